//! Rounds: what is credited, shared out, settled, paid and seized.

use crate::{
	mock::*, CurrentRound, Error, Event, Ledger, Ledgers, Pot, PotState, PotStates, Round, Rounds, UnexpectedKind,
};
use assay_primitives::{Balance, PayRewards, RewardKind, VestingPlan};
use frame_support::{
	assert_noop, assert_ok,
	traits::{fungible::Mutate, tokens::Preservation},
};
use sp_runtime::Perbill;

/// What the render-work pot can share out after the first mint: a quarter of 20,438, less the existential deposit.
const FIRST: Balance = 5_109 - ED;

/// Anyone claims for account `n`.
fn claim(n: u8) -> Result<(), sp_runtime::DispatchError> {
	TokenMint::claim_work_reward(RuntimeOrigin::signed(account(4)), account(n))
}

fn pending(n: u8) -> Balance {
	TokenMint::pending_work_reward(account(n))
}

#[test]
fn work_should_add_up_in_the_round_and_by_provider() {
	build_and_execute(|| {
		work(1, 100, 10);
		work(1, 50, 5);
		work(2, 1, 1);
		assert_eq!(
			PotStates::<Test>::get(RewardKind::Work),
			PotState { points: 151, fee: 16, accounts: 2, ..Default::default() }
		);
		assert_eq!(ledger(1), Some(Ledger { round: 0, points: 150, fee: 15, pending: 0 }));
		let credited = |n, work, fee| Event::WorkCredited { provider: account(n), round: 0, work, fee };
		assert_eq!(take_events(), [credited(1, 100, 10), credited(1, 50, 5), credited(2, 1, 1)]);
	});
}

#[test]
fn work_should_not_count_when_it_paid_no_fee() {
	build_and_execute(|| {
		work(1, 1_000, 0);
		work(2, 0, 1_000);
		assert!(!PotStates::<Test>::contains_key(RewardKind::Work));
		assert_eq!((ledger(1), ledger(2)), (None, None));
		assert!(take_events().is_empty());
	});
}

#[test]
fn work_should_not_count_when_sums_overflow() {
	build_and_execute(|| {
		work(1, u128::MAX, 1_000);
		take_events();
		work(2, 1, 1);
		let unexpected = Event::Unexpected { kind: UnexpectedKind::RoundOverflow };
		assert_eq!(take_events(), [unexpected]);
		assert_eq!(ledger(2), None);

		// The largest round can be settled.
		end_period(1);
		assert_ok!(claim(1));
		assert_eq!(ledger(1), None);
	});
}

#[test]
fn reward_should_be_the_share_of_work_when_fees_allow() {
	build_and_execute(|| {
		work(1, 300, 100_000);
		work(2, 100, 100_000);
		assert_eq!((pending(1), pending(2)), (0, 0));
		end_period(1);
		// 3,824.25 and 1,274.75
		assert_eq!((pending(1), pending(2)), (FIRST * 3 / 4, FIRST / 4));
		assert_ok!(claim(1));
		assert_ok!(claim(2));
		assert_eq!((balance(1), balance(2)), (1_000 + 3_824, 1_000 + 1_274));
		// The unit lost to rounding is free again.
		assert_eq!((pot(Pot::RenderWork), reserved(RewardKind::Work)), (ED + 1, 0));
	});
}

#[test]
fn reward_should_stay_within_the_part_of_fees() {
	build_and_execute(|| {
		work(1, 300, 101);
		work(2, 100, 100_000);
		end_period(1);
		assert_eq!((pending(1), pending(2)), (50, FIRST / 4));
		assert_ok!(claim(1));
		assert_eq!(balance(1), 1_050);
		// What is too much for the fees of one is not given to another, but stays in the pot for the next round.
		assert_ok!(claim(2));
		assert_eq!(pot(Pot::RenderWork), 5_109 - 50 - FIRST / 4);
		assert_eq!(reserved(RewardKind::Work), 0);
	});
}

#[test]
fn round_should_reserve_no_more_than_fees_can_earn() {
	build_and_execute(|| {
		work(1, 1, 7);
		end_period(1);
		assert_eq!(
			Rounds::<Test>::get(RewardKind::Work, 0),
			Some(Round { points: 1, amount: FIRST, fee_share: Some(FEE_SHARE), reserved: 3, unsettled: 1 })
		);
		assert_eq!(reserved(RewardKind::Work), 3);

		// So one who does not claim holds nothing back from the next round.
		work(2, 1, 1_000_000);
		end_period(2);
		assert_eq!(pending(2), pot(Pot::RenderWork) - ED - 3);
	});
}

#[test]
fn round_should_cost_and_store_nothing_when_nobody_earned() {
	build_and_execute(|| {
		end_period(3);
		assert_eq!(Rounds::<Test>::iter().count(), 0);
		let idle = PotState { round: 3, ..Default::default() };
		assert!(PotStates::<Test>::iter_values().all(|state| state == idle));
		assert!(!take_events().iter().any(|event| matches!(event, Event::RoundClosed { .. })));
	});
}

#[test]
fn round_should_not_be_stored_when_its_fees_earn_nothing() {
	build_and_execute(|| {
		work(1, 10, 1);
		end_period(1);
		let closed = Event::RoundClosed { kind: RewardKind::Work, round: 0, points: 10, distributed: 0 };
		assert!(take_events().contains(&closed));
		assert_eq!((Rounds::<Test>::iter().count(), pending(1)), (0, 0));

		// Settling it frees the ledger, without a payment.
		assert_ok!(claim(1));
		assert_eq!(ledger(1), None);
		assert_eq!(
			take_events(),
			[Event::RewardSettled { kind: RewardKind::Work, account: account(1), round: 0, reward: 0 }]
		);
	});
}

#[test]
fn round_should_be_forgotten_when_the_last_provider_settles() {
	build_and_execute(|| {
		work(1, 1, 1_000_000);
		work(2, 1, 1_000_000);
		end_period(1);
		let closed = Round { points: 2, amount: FIRST, fee_share: Some(FEE_SHARE), reserved: FIRST, unsettled: 2 };
		assert_eq!(Rounds::<Test>::get(RewardKind::Work, 0), Some(closed));
		assert_ok!(claim(1));
		let half = FIRST / 2;
		assert_eq!(
			Rounds::<Test>::get(RewardKind::Work, 0),
			Some(Round { reserved: FIRST - half, unsettled: 1, ..closed })
		);
		assert_ok!(claim(2));
		assert_eq!(Rounds::<Test>::get(RewardKind::Work, 0), None);
	});
}

#[test]
fn round_should_include_the_mint_at_its_end() {
	build_and_execute(|| {
		work(1, 1, 1_000_000);
		assert_eq!(pot(Pot::RenderWork), 0);
		end_period(1);
		assert_eq!(pending(1), FIRST);
		let closed = Event::RoundClosed { kind: RewardKind::Work, round: 0, points: 1, distributed: FIRST };
		assert_eq!(take_events().last(), Some(&closed));
	});
}

#[test]
fn round_should_span_periods_when_hooks_were_skipped() {
	build_and_execute(|| {
		work(1, 1, 1_000_000);
		skip_to(5 * PERIOD + 2);
		assert_eq!((last_period(), CurrentRound::<Test>::get().number), (5, 1));
		work(2, 1, 1_000_000);
		assert_eq!(pending(1), pot(Pot::RenderWork) - ED);
		assert_eq!(ledger(2).unwrap().round, 1);
		// The next round ends where it would have, had no hook been skipped.
		run_to(6 * PERIOD - 1);
		assert_eq!(CurrentRound::<Test>::get().number, 1);
		run_to(6 * PERIOD);
		assert_eq!(CurrentRound::<Test>::get().number, 2);
	});
}

#[test]
fn work_should_settle_the_closed_round_when_credited_again() {
	build_and_execute(|| {
		work(1, 1, 1_000_000);
		end_period(1);
		take_events();
		work(1, 5, 20);
		assert_eq!(ledger(1), Some(Ledger { round: 1, points: 5, fee: 20, pending: FIRST }));
		assert_eq!(Rounds::<Test>::get(RewardKind::Work, 0), None);
		// Settled is not paid yet.
		assert_eq!(reserved(RewardKind::Work), FIRST);
		assert_eq!(
			take_events(),
			[
				Event::RewardSettled { kind: RewardKind::Work, account: account(1), round: 0, reward: FIRST },
				Event::WorkCredited { provider: account(1), round: 1, work: 5, fee: 20 },
			]
		);
		assert_eq!(pending(1), FIRST);
	});
}

#[test]
fn claim_should_keep_work_of_the_current_round() {
	build_and_execute(|| {
		work(1, 1, 1_000_000);
		end_period(1);
		work(1, 5, 20);
		assert_ok!(claim(1));
		assert_eq!(ledger(1), Some(Ledger { round: 1, points: 5, fee: 20, pending: 0 }));
		assert_eq!(balance(1), 1_000 + FIRST);
		assert_noop!(claim(1), Error::<Test>::NothingToClaim);
		end_period(2);
		assert_ok!(claim(1));
		assert_eq!((balance(1), ledger(1)), (1_000 + FIRST + 10, None));
	});
}

#[test]
fn claim_should_pay_the_provider_whoever_calls() {
	build_and_execute(|| {
		work(1, 1, 1_000);
		end_period(1);
		take_events();
		assert_ok!(TokenMint::claim_work_reward(RuntimeOrigin::signed(account(3)), account(1)));
		assert_eq!((balance(1), balance(3)), (1_500, 1_000));
		assert_eq!(
			take_events(),
			[Event::RewardPaid { kind: RewardKind::Work, account: account(1), amount: 500, plan: None },]
		);
	});
}

#[test]
fn claim_should_fail_when_nothing_was_earned_in_a_closed_round() {
	build_and_execute(|| {
		assert_noop!(claim(1), Error::<Test>::NothingToClaim);
		work(1, 1, 1_000);
		assert_noop!(claim(1), Error::<Test>::NothingToClaim);
		end_period(1);
		assert_ok!(claim(1));
		assert_noop!(claim(1), Error::<Test>::NothingToClaim);
	});
}

#[test]
fn claim_should_fail_when_nobody_signed() {
	build_and_execute(|| {
		assert_noop!(
			TokenMint::claim_work_reward(RuntimeOrigin::none(), account(1)),
			sp_runtime::DispatchError::BadOrigin
		);
	});
}

#[test]
fn claim_should_wait_when_the_reward_cannot_open_the_providers_account() {
	build_and_execute(|| {
		work(9, 1, 2 * ED - 2);
		end_period(1);
		assert_eq!(pending(9), ED - 1);
		assert_noop!(claim(9), Error::<Test>::RewardNotTaken);
		assert_eq!(pending(9), ED - 1);

		work(9, 1, 2);
		end_period(2);
		assert_ok!(claim(9));
		assert_eq!(balance(9), ED);
	});
}

#[test]
fn claim_should_leave_the_existential_deposit_in_the_pot() {
	build_and_execute(|| {
		work(1, 1, 1_000_000);
		end_period(1);
		assert_ok!(claim(1));
		assert_eq!(pot(Pot::RenderWork), ED);
	});
}

#[test]
fn round_should_share_out_gifts_to_the_pot() {
	build_and_execute(|| {
		end_period(1);
		let gift = 400;
		let render_work = TokenMint::pot_account(Pot::RenderWork);
		assert_ok!(Balances::transfer(&account(3), &render_work, gift, Preservation::Preserve));
		work(1, 1, 1_000_000);
		let next = TokenMint::next_mint(MAIN).unwrap().amount;
		end_period(2);
		assert!(pending(1) >= FIRST + gift + next / 4);
	});
}

#[test]
fn buying_ones_own_work_should_lose_when_alone_in_every_round() {
	build_and_execute(|| {
		let fee = 1_001;
		for period in 1..=30 {
			work(1, u128::from(u64::MAX), fee);
			end_period(period);
			assert_ok!(claim(1));
		}
		assert_eq!(balance(1) - 1_000, 30 * (fee / 2));
	});
}

/// The kinds whose rewards no fee bounds, with what their pots can share out after the first mint.
const UNBOUNDED: [(RewardKind, Balance); 3] =
	[(RewardKind::Capacity, 7_153 - ED), (RewardKind::Checks, 3_066 - ED), (RewardKind::Validation, 3_066 - ED)];

#[test]
fn pot_should_be_shared_out_whole_and_pro_rata_when_no_fee_bounds_its_rewards() {
	build_and_execute(|| {
		for (kind, _) in UNBOUNDED {
			credit(kind, 1, 3);
			credit(kind, 2, 1);
		}
		end_period(1);
		for (kind, first) in UNBOUNDED {
			assert_eq!(TokenMint::pending_reward(kind, account(1)), first * 3 / 4);
			assert_eq!(TokenMint::pending_reward(kind, account(2)), first / 4);
			assert_eq!(reserved(kind), first);
			assert_ok!(claim_of(kind, 1));
			assert_ok!(claim_of(kind, 2));
			assert_noop!(claim_of(kind, 2), Error::<Test>::NothingToClaim);
			let rest = first - first * 3 / 4 - first / 4;
			assert_eq!((pot(kind.into()), reserved(kind)), (ED + rest, 0));
		}
		assert_eq!(Rounds::<Test>::iter().count() + Ledgers::<Test>::iter().count(), 0);
	});
}

#[test]
fn kinds_should_not_touch_each_others_pots() {
	build_and_execute(|| {
		RewardKind::ALL.into_iter().for_each(|kind| credit(kind, 1, 5));
		end_period(1);
		let before = Pot::ALL.map(pot);
		assert_ok!(claim_of(RewardKind::Capacity, 1));
		let after = Pot::ALL.map(pot);
		assert_eq!((after[0], &after[1..]), (ED, &before[1..]));
		assert_noop!(claim_of(RewardKind::Capacity, 1), Error::<Test>::NothingToClaim);
		for kind in [RewardKind::Work, RewardKind::Checks, RewardKind::Validation] {
			assert_ok!(claim_of(kind, 1));
		}
	});
}

#[test]
fn points_should_be_told_by_events_except_those_of_authors() {
	build_and_execute(|| {
		credit(RewardKind::Capacity, 1, 5);
		credit(RewardKind::Checks, 2, 6);
		credit(RewardKind::Validation, 3, 1);
		credit(RewardKind::Capacity, 4, 0);
		let credited = |kind, n, points| Event::PointsCredited { kind, account: account(n), round: 0, points };
		assert_eq!(take_events(), [credited(RewardKind::Capacity, 1, 5), credited(RewardKind::Checks, 2, 6)]);
		let blocks = PotStates::<Test>::get(RewardKind::Validation);
		assert_eq!(blocks, PotState { points: 1, accounts: 1, ..Default::default() });
	});
}

#[test]
fn claim_should_let_a_reward_vest_when_its_kind_has_a_plan() {
	build_and_execute(|| {
		credit(RewardKind::Checks, 1, 1);
		end_period(1);
		take_events();
		assert_ok!(claim_of(RewardKind::Checks, 1));
		assert_eq!((balance(1), balance(VAULT)), (1_000, 3_056));
		let (kind, plan) = (RewardKind::Checks, Some(VestingPlan::Checker));
		let paid = Event::RewardPaid { kind, account: account(1), amount: 3_056, plan };
		assert_eq!(take_events().last(), Some(&paid));
	});
}

#[test]
fn claim_should_keep_what_the_payee_does_not_take() {
	build_and_execute(|| {
		for (kind, first, takes) in [
			(RewardKind::Capacity, 7_143, PayeeTakes::set as fn(Balance)),
			(RewardKind::Checks, 3_056, VaultTakes::set as fn(Balance)),
		] {
			credit(kind, 1, 1);
			end_period(CurrentRound::<Test>::get().number + 1);
			let due = TokenMint::pending_reward(kind, account(1));
			assert!(due >= first);
			takes(0);
			assert_noop!(claim_of(kind, 1), Error::<Test>::RewardNotTaken);
			takes(due - 100);
			assert_ok!(claim_of(kind, 1));
			assert_eq!(TokenMint::pending_reward(kind, account(1)), 100);
			assert_eq!((reserved(kind), pot(kind.into())), (100, ED + 100));
			TokenMint::do_try_state().unwrap();

			takes(Balance::MAX);
			assert_ok!(claim_of(kind, 1));
			assert_eq!((reserved(kind), pot(kind.into())), (0, ED));
		}
	});
}

#[test]
fn claim_of_any_kind_should_fail_when_nobody_signed() {
	build_and_execute(|| {
		let claim = TokenMint::claim(RuntimeOrigin::none(), RewardKind::Capacity, account(1));
		assert_noop!(claim, sp_runtime::DispatchError::BadOrigin);
	});
}

#[test]
fn work_should_count_only_as_far_as_its_fee_goes() {
	build_and_execute(|| {
		MinFeePerWork::set(10);
		work(1, 100, 1_000);
		work(2, u128::MAX, 29);
		work(3, 99, 1_000);
		work(4, 5, 9);
		assert_eq!([1, 2, 3].map(|n| ledger(n).unwrap().points), [100, 2, 99]);
		assert_eq!(ledger(4), None);
		let credited = Event::WorkCredited { provider: account(2), round: 0, work: 2, fee: 29 };
		assert_eq!(take_events()[1], credited);
	});
}

#[test]
fn fee_share_should_be_bounded_whoever_sets_it() {
	build_and_execute(|| {
		RewardFeeShare::set(Perbill::one());
		work(1, 1, 1_000);
		end_period(1);
		assert_ok!(claim(1));
		assert_eq!(balance(1), 1_800);
	});
}

#[test]
fn seizure_should_take_closed_rewards_of_all_kinds_in_order() {
	build_and_execute(|| {
		RewardKind::ALL.into_iter().for_each(|kind| credit(kind, 1, 5));
		end_period(1);
		// The running round is not touched.
		credit(RewardKind::Work, 1, 9);
		let due = |kind| TokenMint::pending_reward(kind, account(1));
		let all = RewardKind::ALL.map(due);
		let issued = Balances::total_issuance();
		take_events();

		assert_eq!(seize(1, all[0] + 100), all[0] + 100);
		assert_eq!(RewardKind::ALL.map(due), [0, all[1] - 100, all[2], all[3]]);
		let seized = |kind, amount| Event::RewardsSeized { kind, account: account(1), amount };
		let (work, capacity) = (RewardKind::Work, RewardKind::Capacity);
		let settled = Event::RewardSettled { kind: capacity, account: account(1), round: 0, reward: all[1] };
		assert_eq!(take_events(), [seized(work, all[0]), settled, seized(capacity, 100)]);
		TokenMint::do_try_state().unwrap();

		assert_eq!(seize(1, Balance::MAX), all[1] - 100 + all[2] + all[3]);
		assert_eq!(RewardKind::ALL.map(due), [0; 4]);
		assert_eq!(ledger(1).unwrap().points, 9);
		// What was taken is whoever's that asked for it; here it was burned.
		assert_eq!(issued - Balances::total_issuance(), all.iter().sum());
		assert_eq!((seize(1, 1), seize(3, 1), seize(2, 0)), (0, 0, 0));
	});
}

#[test]
fn seizure_should_leave_the_rewards_of_others() {
	build_and_execute(|| {
		credit(RewardKind::Capacity, 1, 1);
		credit(RewardKind::Capacity, 2, 1);
		end_period(1);
		let half = (7_153 - ED) / 2;
		assert_eq!(seize(1, Balance::MAX), half);
		assert_eq!(TokenMint::pending_reward(RewardKind::Capacity, account(2)), half);
		assert_ok!(claim_of(RewardKind::Capacity, 2));
	});
}

#[test]
fn seizure_should_only_settle_when_nothing_was_earned() {
	build_and_execute(|| {
		work(1, 1, 1);
		end_period(1);
		assert_eq!(seize(1, 100), 0);
		assert_eq!(ledger(1), None);
	});
}

#[test]
fn payment_should_be_of_all_kinds_that_do_not_vest() {
	build_and_execute(|| {
		RewardKind::ALL.into_iter().for_each(|kind| credit(kind, 1, 5));
		credit(RewardKind::Capacity, 2, 5);
		end_period(1);
		credit(RewardKind::Work, 1, 9);
		let due = |kind| TokenMint::pending_reward(kind, account(1));
		let [work, capacity, checks, validation] = RewardKind::ALL.map(due);
		let before = balance(1);

		assert_eq!(TokenMint::pay_rewards(&account(1)), TokenMint::claim_weight().saturating_mul(3));
		assert_eq!(balance(1) - before, work + capacity + validation);
		assert_eq!(RewardKind::ALL.map(due), [0, 0, checks, 0]);
		// The running round goes on, and who has earned nothing costs next to nothing.
		assert_eq!(ledger(1).unwrap().points, 9);
		assert!(TokenMint::pay_rewards(&account(3)).all_lt(TokenMint::claim_weight()));
		assert!(TokenMint::pay_weight().all_gte(TokenMint::claim_weight().saturating_mul(3)));
	});
}

#[test]
fn payment_that_is_not_taken_should_stay_to_be_claimed() {
	build_and_execute(|| {
		credit(RewardKind::Capacity, 1, 5);
		end_period(1);
		let due = TokenMint::pending_reward(RewardKind::Capacity, account(1));
		PayeeTakes::set(0);
		TokenMint::pay_rewards(&account(1));
		assert_eq!(TokenMint::pending_reward(RewardKind::Capacity, account(1)), due);
		PayeeTakes::set(Balance::MAX);
		TokenMint::pay_rewards(&account(1));
		assert_eq!(TokenMint::pending_reward(RewardKind::Capacity, account(1)), 0);
	});
}

#[test]
fn rounds_should_be_as_long_as_set_whatever_the_periods() {
	build_and_execute(|| {
		RoundLength::set(25);
		credit(RewardKind::Capacity, 1, 1);
		run_to(24);
		assert_eq!(TokenMint::pending_reward(RewardKind::Capacity, account(1)), 0);
		run_to(25);
		// Both mints since are in it.
		assert_eq!(TokenMint::pending_reward(RewardKind::Capacity, account(1)), pot(Pot::Capacity) - ED);
		// A change of the length holds for the running round.
		RoundLength::set(5);
		run_to(29);
		assert_eq!(CurrentRound::<Test>::get().number, 1);
		run_to(40);
		assert_eq!(CurrentRound::<Test>::get().number, 4);
	});
}
