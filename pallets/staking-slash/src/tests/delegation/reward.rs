//! Rewards: how they are divided, counted and claimed.

use super::*;
use crate::pool::RewardSplit;

#[test]
fn reward_should_go_to_the_provider_when_nobody_delegates() {
	with_providers(|| {
		assert_eq!(reward(ALICE, 1_000), Ok(()));
		assert_eq!(free(ALICE), ENDOWMENT - 10_000 + 1_000);
		delegate(DORA, ALICE, 1_000);
		undelegate(DORA, ALICE, 1_000);
		// Stake on its way out earns nothing.
		assert_eq!(reward(ALICE, 1_000), Ok(()));
		assert_eq!(free(ALICE), ENDOWMENT - 10_000 + 2_000);
	});
}

#[test]
fn reward_should_be_divided_by_stake_and_terms() {
	with_providers(|| {
		assert_ok!(StakingSlash::set_commission(signed(ALICE), Perbill::from_percent(10), Perbill::from_percent(20)));
		delegate(DORA, ALICE, 1_000);
		delegate(EMIL, ALICE, 4_000);
		events();
		let before = free(ALICE);
		assert_eq!(reward(ALICE, 3_000), Ok(()));
		// By stake 1,000 to the delegators; 100 commission; a fifth of 2,100 back.
		assert_eq!(events(), vec![Event::RewardDivided { provider: ALICE, to_provider: 1_680, to_delegators: 1_320 }]);
		assert_eq!(free(ALICE), before + 1_680);
		// A fifth and four fifths, less the dust of rounding down.
		assert_eq!(status(DORA, ALICE).reward, 263);
		assert_eq!(status(EMIL, ALICE).reward, 1_055);

		let before = free(DORA);
		assert_ok!(StakingSlash::claim_delegation_reward(signed(DORA), ALICE, false));
		assert_eq!(free(DORA), before + 263);
		assert_eq!(
			events(),
			vec![Event::DelegationRewardClaimed { provider: ALICE, delegator: DORA, amount: 263, compounded: false }]
		);
		assert_noop!(StakingSlash::claim_delegation_reward(signed(DORA), ALICE, false), Error::<Test>::NothingToClaim);
		assert_noop!(StakingSlash::claim_delegation_reward(signed(FINN), ALICE, false), Error::<Test>::NotDelegated);
	});
}

#[test]
fn reward_should_be_given_back_without_a_trace_when_the_provider_cannot_be_paid() {
	with_providers(|| {
		delegate(DORA, ALICE, 10_000);
		// A dead account that others backed.
		Ledgers::<Test>::insert(DEAD, Ledger { bonded: 0, ..Default::default() });
		Pools::<Test>::mutate(ALICE, |pool| {
			let pool = pool.clone().unwrap();
			Pools::<Test>::insert(DEAD, pool);
		});
		Pools::<Test>::mutate(DEAD, |pool| {
			pool.as_mut().unwrap().terms.commission = Perbill::from_percent(10);
		});
		System::reset_events();
		let before = sp_io::storage::root(sp_runtime::StateVersion::V1);
		let issuance = Balances::total_issuance();
		let credit = <Balances as Balanced<_>>::issue(50);
		let back = <StakingSlash as RewardPayee<_, _>>::pay(&DEAD, RewardKind::Work, credit).unwrap_err();
		assert_eq!(back.peek(), 50);
		drop(back);
		assert_eq!(Balances::total_issuance(), issuance);
		System::reset_events();
		// A commission of five is below the existential deposit. Nothing was written.
		assert_eq!(sp_io::storage::root(sp_runtime::StateVersion::V1), before);
		Pools::<Test>::remove(DEAD);
		Ledgers::<Test>::remove(DEAD);
	});
}

#[test]
fn reward_should_not_be_overclaimed_after_a_stake_change() {
	with_providers(|| {
		delegate(DORA, ALICE, 1_000);
		delegate(EMIL, ALICE, 1_000);
		reward(ALICE, 1_200).unwrap();
		assert_eq!(StakingSlash::pending_delegation_reward(ALICE, DORA), 99);

		// Nine times the stake does not earn for the past, by whatever way it comes or goes.
		delegate(DORA, ALICE, 7_000);
		assert_eq!(StakingSlash::pending_delegation_reward(ALICE, DORA), 99);
		assert_ok!(StakingSlash::claim_delegation_reward(signed(EMIL), ALICE, true));
		assert_eq!((value(EMIL, ALICE), StakingSlash::pending_delegation_reward(ALICE, EMIL)), (1_099, 0));
		move_stake(DORA, ALICE, BOB, 7_500);
		assert_eq!(StakingSlash::pending_delegation_reward(ALICE, DORA), 99);
		assert_eq!(StakingSlash::pending_delegation_reward(BOB, DORA), 0);
		undelegate(DORA, ALICE, 500);
		delegate(FINN, ALICE, 1_000);
		assert_eq!(StakingSlash::pending_delegation_reward(ALICE, FINN), 0);
		assert_ok!(StakingSlash::claim_delegation_reward(signed(DORA), ALICE, false));
		assert_noop!(StakingSlash::claim_delegation_reward(signed(DORA), ALICE, false), Error::<Test>::NothingToClaim);
	});
}

#[test]
fn reward_should_be_compounded_within_the_cap_only() {
	with_providers(|| {
		delegate(DORA, ALICE, 9_950);
		reward(ALICE, 1_000).unwrap();
		let pending = StakingSlash::pending_delegation_reward(ALICE, DORA);
		assert!(pending > 50);
		assert_noop!(
			StakingSlash::claim_delegation_reward(signed(DORA), ALICE, true),
			Error::<Test>::DelegationCapReached
		);
		bond(ALICE, 1_000);
		assert_ok!(StakingSlash::claim_delegation_reward(signed(DORA), ALICE, true));
		assert_eq!((value(DORA, ALICE), pooled(ALICE)), (9_950 + pending, 9_950 + pending));
	});
}

#[test]
fn reward_that_does_not_divide_should_wait_for_the_next() {
	with_providers(|| {
		for who in [DORA, EMIL, FINN] {
			delegate(who, ALICE, 100);
		}
		for _ in 0..31 {
			reward(ALICE, 31).unwrap();
		}
		// 0.9 of a unit a time, rounded down to none: the provider has it.
		assert_eq!(StakingSlash::pending_delegation_reward(ALICE, DORA), 0);
		for _ in 0..10 {
			reward(ALICE, 1_030 + 34).unwrap();
		}
		// 30 a time, a third each, never more than came in.
		assert!((98..=100).contains(&StakingSlash::pending_delegation_reward(ALICE, DORA)));
	});
}

#[test]
fn reward_split_should_not_lose_a_unit() {
	let half = Perbill::from_percent(50);
	let split = RewardSplit::of(Balance::MAX, 1, 1, Terms { commission: half, kickback: half });
	assert_eq!(split.to_provider.checked_add(split.to_delegators), Some(Balance::MAX));
	assert_eq!(RewardSplit::of(100, 0, 0, Terms::default()), RewardSplit { to_provider: 100, to_delegators: 0 });
	assert_eq!(RewardSplit::of(100, 0, 5, Terms::default()), RewardSplit { to_provider: 0, to_delegators: 100 });
}

/// A provider that never claims is worth a visit to whoever delegates for a moment: weeks of rewards would be divided by
/// stake that came an instant ago.
#[test]
fn reward_should_not_be_shared_by_who_delegates_just_before_the_claim() {
	with_providers(|| {
		give_rewards(ALICE, 1_000);
		let before = Balances::free_balance(ALICE);
		delegate(DORA, ALICE, 10_000);
		assert_eq!(Balances::free_balance(ALICE), before + 1_000);
		assert_eq!(StakingSlash::pending_delegation_reward(ALICE, DORA), 0);

		// The same by a move, and beside somebody whose stake has earned.
		give_rewards(BOB, 1_000);
		delegate(EMIL, GRETA, 10_000);
		move_stake(EMIL, GRETA, BOB, 10_000);
		assert_eq!(StakingSlash::pending_delegation_reward(BOB, EMIL), 0);
		give_rewards(ALICE, 900);
		MaxDelegationRatio::set(FixedU128::from_u32(2));
		delegate(FINN, ALICE, 10_000);
		assert_eq!(Balances::free_balance(ALICE), before + 1_450);
		assert_eq!(StakingSlash::pending_delegation_reward(ALICE, DORA), 449);
		assert_eq!(StakingSlash::pending_delegation_reward(ALICE, FINN), 0);
	});
}

#[test]
fn reward_should_be_divided_before_stake_leaves_or_the_bond_changes() {
	with_providers(|| {
		// Rounding is in favour of the pool, a unit at most.
		delegate(DORA, ALICE, 10_000);
		give_rewards(ALICE, 1_000);
		assert_ok!(StakingSlash::bond(signed(ALICE), 80_000));
		assert_eq!(StakingSlash::pending_delegation_reward(ALICE, DORA), 499);
		give_rewards(ALICE, 1_000);
		assert_ok!(StakingSlash::unbond(signed(ALICE), 80_000));
		assert_eq!(StakingSlash::pending_delegation_reward(ALICE, DORA), 599);
		give_rewards(ALICE, 1_000);
		assert_ok!(StakingSlash::rebond(signed(ALICE), 80_000));
		assert_eq!(StakingSlash::pending_delegation_reward(ALICE, DORA), 1_099);
		give_rewards(ALICE, 1_000);
		undelegate(DORA, ALICE, 10_000);
		assert_eq!(StakingSlash::pending_delegation_reward(ALICE, DORA), 1_199);
	});
}

/// What a liability costs is taken out of stake that has earned until then, whoever asks for it.
#[test]
fn reward_should_be_divided_before_a_liability_is_collected() {
	// What they do, and what of her stake they pay out.
	let touches: [(fn(), Balance); 3] = [
		(|| collect(DORA, BOB), 0),
		(
			|| {
				assert_ok!(StakingSlash::claim_delegation_reward(signed(DORA), BOB, false));
			},
			0,
		),
		(
			|| {
				assert_ok!(StakingSlash::withdraw_delegation(signed(DORA), BOB));
			},
			1_000,
		),
	];
	for (touch, paid_out) in touches {
		with_providers(|| {
			delegate(DORA, ALICE, 5_000);
			let offence_at = System::block_number();
			move_stake(DORA, ALICE, BOB, 5_000);
			undelegate(DORA, BOB, 1_000);
			slash_stake(ALICE, offence_at, 3_000);
			advance(PERIOD);
			give_rewards(BOB, 14_000);
			let before = free(DORA);
			touch();
			assert_eq!((status(DORA, BOB).owed, value(DORA, BOB)), (0, 3_000));
			// 4,000 of the 14,000 at work were hers while that was earned. Rounding is in favour of the pool.
			let earned = free(DORA) - before - paid_out + status(DORA, BOB).reward;
			assert!((3_999..=4_000).contains(&earned), "{earned}");
		});
	}
}

#[test]
fn reward_should_be_transferred_whole_only_where_nobody_else_has_a_part() {
	with_providers(|| {
		let whole = |who: &AccountId| <StakingSlash as RewardPayee<_, CreditOf<Test>>>::takes_whole(who);
		// Somebody without a stake, a provider without delegators, and one whose delegators have left.
		assert!(whole(&DORA) && whole(&ALICE));
		delegate(DORA, ALICE, 1_000);
		assert!(!whole(&ALICE));
		assert_ok!(StakingSlash::undelegate(RuntimeOrigin::signed(DORA), ALICE, 1_000));
		assert!(whole(&ALICE));
		// What it owes is kept back.
		Debts::<Test>::insert(ALICE, 5);
		assert!(!whole(&ALICE));
		Debts::<Test>::remove(ALICE);
	});
}
