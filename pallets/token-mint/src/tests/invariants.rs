//! The pallet's checks fail on what they are there for, stored bytes are pinned, and money adds up under random use.

use crate::{
	mock::*,
	schedule::{Baseline, Curve, Memory, State},
	BudgetTable, Budgets, ChainSchedule, CreditOf, CurrentRound, EmittedToCapacity, Event, Ledger, Ledgers, Owed,
	OwedTable, Pot, PotState, PotStates, Progress, Recipient, Round, Rounds, RunningRound, ScheduleId, ToTreasury,
	TransferLock, UnexpectedKind, POTS,
};
use assay_primitives::{AccountId, Balance, RewardKind, VestingPlan};
use codec::{Decode, Encode};
use frame_support::{
	assert_ok,
	traits::{fungible::Balanced, fungible::Mutate, OnUnbalanced},
};
use proptest::prelude::*;
use sp_runtime::{Perbill, TryRuntimeError};
use std::collections::BTreeMap;

const KIND: RewardKind = RewardKind::Work;

/// Corrupt a healthy state that has a settled, an unsettled and a running round of every kind, and expect `check` to notice it.
#[track_caller]
fn assert_noticed(check: impl FnOnce() -> Result<(), TryRuntimeError>, message: &'static str, corrupt: impl FnOnce()) {
	new_test_ext().execute_with(|| {
		for kind in RewardKind::ALL {
			credit(kind, 1, 30);
			credit(kind, 2, 10);
		}
		end_period(1);
		for kind in RewardKind::ALL {
			credit(kind, 1, 7);
		}
		assert_eq!(TokenMint::do_try_state(), Ok(()));
		corrupt();
		assert_eq!(check(), Err(message.into()));
		assert_eq!(TokenMint::do_try_state(), Err(message.into()));
	});
}

#[test]
fn check_emission_should_fail_when_minted_is_not_the_closed_form() {
	let message = "minted + owed + withheld != what the schedule says";
	let check = TokenMint::check_emission;
	assert_noticed(check, message, || change_progress(|progress| progress.minted += 1));
	assert_noticed(check, message, || change_progress(|progress| progress.withheld += 1));
	assert_noticed(check, message, || {
		Owed::<Test>::insert(MAIN, OwedTable::truncate_from(vec![(Recipient::Pot(Pot::Capacity), 1)]));
	});
}

#[test]
fn check_emission_should_fail_when_minted_is_not_what_the_state_has_come_to() {
	let message = "minted + owed + withheld != what the schedule says";
	let stateful = || {
		change_schedule(|schedule| {
			schedule.curve = Curve::Baseline(Baseline { half_life: 1, initial: 1, doubling: 1 });
		});
		assert_eq!(TokenMint::do_try_state(), Ok(()));
	};
	let check = TokenMint::check_emission;
	assert_noticed(check, message, || {
		stateful();
		change_progress(|progress| progress.minted += 1);
	});
	assert_noticed(check, message, || {
		stateful();
		change_progress(|progress| progress.state.minted += 1);
	});
}

#[test]
fn check_supply_should_fail_when_the_cap_is_passed() {
	assert_noticed(TokenMint::check_supply, "total issuance is above the cap", || {
		assert_ok!(Balances::mint_into(&account(1), Cap::get()));
	});
	// What a schedule that is gone has minted counts as well.
	assert_noticed(TokenMint::check_supply, "schedules have minted more than their part", || {
		crate::AllProgress::<Test>::mutate(|all| {
			assert!(all.try_push(Progress { minted: 600_000, ..Progress::new(ScheduleId(7), 0) }).is_ok());
		});
	});
}

#[test]
fn check_budgets_should_fail_when_parts_do_not_sum_to_one() {
	assert_noticed(TokenMint::check_budgets, "a budget is not valid", || {
		Budgets::<Test>::insert(MAIN, BudgetTable::default());
	});
}

#[test]
fn check_owed_should_fail_when_entries_make_no_sense() {
	let owe = |entries: Vec<(Recipient<AccountId>, Balance)>| {
		move || {
			let sum: Balance = entries.iter().map(|(_, owed)| owed).sum();
			Owed::<Test>::insert(MAIN, OwedTable::truncate_from(entries));
			change_progress(|progress| progress.minted -= sum);
		}
	};
	let check = TokenMint::check_owed;
	assert_noticed(check, "nothing is owed", owe(vec![]));
	assert_noticed(check, "nothing is owed", owe(vec![(named(1, None), 0)]));
	assert_noticed(check, "a recipient is owed twice", owe(vec![(named(1, None), 1), (named(1, None), 2)]));
	let many = (0..30).map(|n| (named(n, None), 1)).collect();
	assert_noticed(check, "too many are owed something", owe(many));
}

#[test]
fn check_emitted_to_capacity_should_fail_when_it_is_more_than_was_minted() {
	let message = "more minted into the capacity pot than minted";
	assert_noticed(TokenMint::check_emitted_to_capacity, message, || EmittedToCapacity::<Test>::put(minted() + 1));
}

#[test]
fn check_transfer_lock_should_fail_when_transfers_should_be_open() {
	assert_noticed(TokenMint::check_transfer_lock, "transfers should be open", || {
		TransferLock::<Test>::put(Perbill::from_percent(2));
	});
}

#[test]
fn check_reserved_is_covered_should_fail_when_a_pot_is_too_poor() {
	for kind in RewardKind::ALL {
		assert_noticed(
			|| TokenMint::check_reserved_is_covered(kind),
			"more reserved than the pot can pay",
			|| {
				let least = ED + reserved(kind);
				Balances::set_balance(&TokenMint::pot_account(kind.into()), least - 1);
			},
		);
	}
}

#[test]
fn check_reserved_is_promised_should_fail_when_the_sums_differ() {
	let message = "reserved != held by rounds + pending";
	for kind in RewardKind::ALL {
		let check = || TokenMint::check_reserved_is_promised(kind);
		assert_noticed(check, message, || change_reserved(kind, |reserved| *reserved -= 1));
		assert_noticed(check, message, || {
			Ledgers::<Test>::mutate(kind, account(1), |ledger| ledger.pending -= 1);
		});
	}
}

#[test]
fn check_ledgers_should_fail_when_a_ledger_makes_no_sense() {
	let check = || TokenMint::check_ledgers(KIND);
	assert_noticed(check, "a ledger of a round to come", || {
		Ledgers::<Test>::mutate(KIND, account(1), |ledger| ledger.round = 2);
	});
	assert_noticed(check, "work without a fee, or a fee without work", || {
		Ledgers::<Test>::mutate(KIND, account(1), |ledger| ledger.fee = 0);
	});
	assert_noticed(check, "an empty ledger is stored", || {
		Ledgers::<Test>::insert(KIND, account(3), Ledger::default());
	});
	let kind = RewardKind::Checks;
	assert_noticed(
		|| TokenMint::check_ledgers(kind),
		"work without a fee, or a fee without work",
		|| {
			Ledgers::<Test>::mutate(kind, account(1), |ledger| ledger.fee = 1);
		},
	);
}

#[test]
fn check_current_round_should_fail_when_its_sums_are_wrong() {
	let wrong: [fn(&mut PotState); 3] =
		[|round| round.points += 1, |round| round.fee += 1, |round| round.accounts += 1];
	for kind in RewardKind::ALL {
		for corrupt in wrong {
			let message = "the current round's sums are not those of its ledgers";
			let check = || TokenMint::check_current_round(kind);
			assert_noticed(check, message, || PotStates::<Test>::mutate(kind, corrupt));
		}
	}
}

#[test]
fn check_current_round_should_fail_when_kinds_are_not_in_step() {
	for kind in RewardKind::ALL {
		let check = || TokenMint::check_current_round(kind);
		assert_noticed(check, "a kind is in another round than the others", || {
			PotStates::<Test>::mutate(kind, |state| state.round += 1);
		});
	}
}

#[test]
fn check_closed_rounds_should_fail_when_a_round_is_not_that_of_its_ledgers() {
	for kind in RewardKind::ALL {
		let check = || TokenMint::check_closed_rounds(kind);
		let round =
			|corrupt: fn(&mut Round)| move || Rounds::<Test>::mutate(kind, 0, |round| corrupt(round.as_mut().unwrap()));
		assert_noticed(check, "unsettled != ledgers of the round", round(|round| round.unsettled += 1));
		assert_noticed(
			check,
			"a round holds more than it could share out",
			round(|round| {
				round.fee_share = Some(Perbill::zero());
				round.amount = round.reserved - 1
			}),
		);
		assert_noticed(check, "a closed round that is not over", || {
			let round = Round { points: 7, amount: 0, fee_share: None, reserved: 0, unsettled: 1 };
			Rounds::<Test>::insert(kind, 1, round);
		});
		assert_noticed(check, "a round holds less than its rewards", || {
			// As if it had been paid out already.
			let round = |round: &mut Option<Round>| core::mem::take(&mut round.as_mut().unwrap().reserved);
			let reserved = Rounds::<Test>::mutate(kind, 0, round);
			change_reserved(kind, |all| *all -= reserved);
		});
	}
}

#[track_caller]
fn assert_bytes<T: Decode + Encode + PartialEq + core::fmt::Debug>(value: T, bytes: &[u8]) {
	assert_eq!(value.encode(), bytes);
	assert_eq!(T::decode(&mut &bytes[..]), Ok(value));
}

#[test]
fn stored_types_should_keep_their_bytes() {
	let number = |n: u128| n.to_le_bytes();
	for (index, pot) in (0u8..).zip(Pot::ALL) {
		assert_bytes(pot, &[index]);
	}
	assert_eq!(Pot::ALL.len(), POTS as usize);
	let kinds = [
		UnexpectedKind::RoundOverflow,
		UnexpectedKind::RewardNotCovered,
		UnexpectedKind::CapReached,
		UnexpectedKind::TooManySchedules,
		UnexpectedKind::PotNotCovered,
	];
	for (index, kind) in (0u8..).zip(kinds) {
		assert_bytes(kind, &[index]);
	}
	for (index, kind) in (0u8..).zip(RewardKind::ALL) {
		assert_bytes(kind, &[index]);
	}
	assert_bytes(
		budget(&[(Pot::Treasury, 1_000_000_000), (Pot::RenderWork, 2)]),
		&[8, 0, 4, 0x00, 0xca, 0x9a, 0x3b, 0, 1, 2, 0, 0, 0],
	);
	assert_bytes(named(7, Some(VestingPlan::Escrowed)), &[&[1][..], &[7; 32], &[1, 3]].concat());
	assert_bytes(
		ChainSchedule { id: ScheduleId(1), emission: decay(2, 3, 4, -1) },
		&[&[1, 1, 2, 0, 0, 0][..], &number(3), &[4, 0, 0, 0], &[0xff; 8]].concat(),
	);
	let state = State { period: 2, minted: 3, memory: Memory::Nothing };
	assert_bytes(
		Progress { id: ScheduleId(1), start: -1, state, minted: 4, withheld: 5 },
		&[&[1][..], &[0xff; 8], &[2, 0, 0, 0], &number(3), &[0], &number(4), &number(5)].concat(),
	);
	assert_bytes(RunningRound::<u32> { number: 1, since: 2 }, &[1, 0, 0, 0, 2, 0, 0, 0]);
	assert_bytes(
		PotState { round: 5, points: 1, fee: 2, accounts: 3, reserved: 4 },
		&[&[5, 0, 0, 0][..], &number(1), &number(2), &[3, 0, 0, 0], &number(4)].concat(),
	);
	assert_bytes(
		Round { points: 1, amount: 2, fee_share: Some(Perbill::from_parts(5)), reserved: 3, unsettled: 4 },
		&[&number(1)[..], &number(2), &[1, 5, 0, 0, 0], &number(3), &[4, 0, 0, 0]].concat(),
	);
	assert_bytes(
		Ledger { round: 1, points: 2, fee: 3, pending: 4 },
		&[&[1, 0, 0, 0][..], &number(2), &number(3), &number(4)].concat(),
	);
}

#[test]
fn pot_accounts_should_keep_their_addresses() {
	build_and_execute(|| {
		for (index, pot) in (0u8..).zip(Pot::ALL) {
			let mut expected = [0; 32];
			expected[..12].copy_from_slice(b"modltst/mint");
			expected[12] = index;
			assert_eq!(TokenMint::pot_account(pot), expected.into());
		}
		assert_eq!(TokenMint::treasury_account(), TokenMint::pot_account(Pot::Treasury));
	});
}

/// Something that happens to the pallet.
#[derive(Clone, Debug)]
enum Operation {
	Work { provider: u8, work: u128, fee: Balance },
	Claim { provider: u8 },
	Run { blocks: u32 },
	Skip { blocks: u32 },
	SetBudget { render_work: u32 },
	PayTreasury { amount: Balance },
}

fn operations() -> impl Strategy<Value = Vec<Operation>> {
	let provider = 1u8..=5;
	let work = prop_oneof![0u128..100, 0..=u128::from(u64::MAX), 0..=u128::MAX / 4];
	let fee = prop_oneof![0u128..50, 0u128..100_000];
	let operation = prop_oneof![
		6 => (provider.clone(), work, fee)
			.prop_map(|(provider, work, fee)| Operation::Work { provider, work, fee }),
		4 => provider.prop_map(|provider| Operation::Claim { provider }),
		4 => (1u32..15).prop_map(|blocks| Operation::Run { blocks }),
		1 => (1u32..300).prop_map(|blocks| Operation::Skip { blocks }),
		1 => (0u32..=1_000_000_000).prop_map(|render_work| Operation::SetBudget { render_work }),
		1 => (1u128..30).prop_map(|amount| Operation::PayTreasury { amount }),
	];
	prop::collection::vec(operation, 1..80)
}

/// What a reader of the rules keeps, round by round and without any cleverness, to say what each provider must get.
#[derive(Default)]
struct Model {
	/// Work and fees of the current round.
	round: BTreeMap<u8, (u128, Balance)>,
	/// Rewards of closed rounds that were not claimed.
	rewards: BTreeMap<u8, Balance>,
	/// What closed rounds hold back until the last provider has settled: reserve, and who has not.
	held: Vec<(Balance, Vec<u8>)>,
	fees: BTreeMap<u8, Balance>,
	paid: BTreeMap<u8, Balance>,
}

impl Model {
	fn credit(&mut self, provider: u8, work: u128, fee: Balance) {
		if work == 0 || fee == 0 {
			return;
		}
		let total = self.round.values().try_fold(work, |sum, (work, _)| sum.checked_add(*work));
		if total.is_none() {
			return;
		}
		self.settle(provider);
		let entry = self.round.entry(provider).or_default();
		*entry = (entry.0 + work, entry.1 + fee);
		*self.fees.entry(provider).or_default() += fee;
	}

	/// `provider` has computed its reward of the closed round: the last one frees what nobody earned.
	fn settle(&mut self, provider: u8) {
		for (_, unsettled) in &mut self.held {
			unsettled.retain(|other| *other != provider);
		}
		self.held.retain(|(_, unsettled)| !unsettled.is_empty());
	}

	/// The round closes, with `available` in the pot above its existential deposit.
	fn close(&mut self, available: Balance) {
		let round = core::mem::take(&mut self.round);
		let reserve: Balance =
			self.rewards.values().sum::<Balance>() + self.held.iter().map(|(rest, _)| rest).sum::<Balance>();
		let amount = available - reserve;
		let work: num_bigint::BigUint = round.values().map(|(work, _)| num_bigint::BigUint::from(*work)).sum();
		let all_fees: Balance = round.values().map(|(_, fee)| fee).sum();
		let mut rest = amount.min(all_fees / 2);
		for (provider, (part, fee)) in &round {
			let share: Balance = (num_bigint::BigUint::from(amount) * *part / &work).try_into().unwrap();
			let reward = share.min(fee / 2);
			rest -= reward;
			*self.rewards.entry(*provider).or_default() += reward;
		}
		if rest > 0 {
			self.held.push((rest, round.into_keys().collect()));
		}
	}
}

/// Units that `events` say went into the render-work pot.
fn fed(events: &[Event<Test>]) -> Balance {
	let amounts = events.iter().map(|event| match event {
		Event::PotCredited { pot: Pot::RenderWork, amount } => *amount,
		_ => 0,
	});
	amounts.sum()
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(256))]

	/// 1. Total issuance = genesis + minted + what was paid into the treasury.
	/// 2. Render-work pot: in − out = balance.
	/// 3. What can be claimed is what the rules say, and it is paid in full.
	/// 4. A provider never gets more than the part of its fees.
	#[test]
	fn money_should_add_up_when_anything_happens(operations in operations()) {
		build_and_execute(|| {
			// The fifth account lives as well, so that any reward can be paid.
			assert_ok!(Balances::mint_into(&account(5), 1_000));
			let endowed = Balances::total_issuance();
			let (mut model, mut donated, mut income, mut paid) = (Model::default(), 0, 0, 0);
			let advance = |model: &mut Model, income: &mut Balance, block: u32, paid: Balance| {
				let before = CurrentRound::<Test>::get().number;
				skip_to(block);
				*income += fed(&take_events());
				if CurrentRound::<Test>::get().number > before && !model.round.is_empty() {
					model.close((*income - paid).saturating_sub(ED));
				}
			};
			for operation in operations {
				match operation {
					Operation::Work { provider, work: amount, fee } => {
						work(provider, amount, fee);
						model.credit(provider, amount, fee);
					},
					Operation::Claim { provider } => {
						let due = TokenMint::pending_work_reward(account(provider));
						prop_assert_eq!(due, model.rewards.get(&provider).copied().unwrap_or_default());
						let (before, known) = (balance(provider), ledger(provider).is_some());
						let claimed = TokenMint::claim_work_reward(RuntimeOrigin::signed(account(1)), account(provider));
						prop_assert!(claimed.is_ok() || due == 0);
						prop_assert!(known || claimed.is_err());
						prop_assert_eq!(balance(provider) - before, due);
						model.settle(provider);
						model.rewards.remove(&provider);
						*model.paid.entry(provider).or_default() += due;
						paid += due;
					},
					Operation::Run { blocks } => for _ in 0..blocks {
						advance(&mut model, &mut income, System::block_number() + 1, paid);
					},
					Operation::Skip { blocks } => {
						advance(&mut model, &mut income, System::block_number() + blocks, paid);
					},
					Operation::SetBudget { render_work } => {
						let new = [(Pot::RenderWork, render_work), (Pot::Treasury, 1_000_000_000 - render_work)];
						assert_ok!(TokenMint::set_budget(RuntimeOrigin::root(), MAIN, budget(&new)));
					},
					Operation::PayTreasury { amount } => {
						let before = pot(Pot::Treasury);
						let credit: CreditOf<Test> = <Balances as Balanced<_>>::issue(amount);
						ToTreasury::<Test>::on_unbalanced(credit);
						donated += pot(Pot::Treasury) - before;
					},
				}
				prop_assert_eq!(TokenMint::do_try_state(), Ok(()));
				prop_assert_eq!(Balances::total_issuance(), endowed + minted() + donated);
				prop_assert_eq!(pot(Pot::RenderWork), income - paid);
			}
			// Everyone can be paid to the last unit, in whatever state it ended.
			for provider in 1..=5 {
				let (due, before) = (TokenMint::pending_work_reward(account(provider)), balance(provider));
				prop_assert_eq!(due, model.rewards.get(&provider).copied().unwrap_or_default());
				let claimed = TokenMint::claim_work_reward(RuntimeOrigin::signed(account(1)), account(provider));
				prop_assert!(claimed.is_ok() || due == 0);
				prop_assert_eq!(balance(provider) - before, due);
				let all = model.paid.get(&provider).copied().unwrap_or_default() + due;
				prop_assert!(all <= FEE_SHARE.mul_floor(model.fees.get(&provider).copied().unwrap_or_default()));
			}
			prop_assert_eq!(Rounds::<Test>::iter().count(), 0);
			prop_assert_eq!(reserved(KIND), 0);
			Ok(())
		})?;
	}
}

#[test]
fn fee_share_should_be_the_half_that_the_model_reckons_with() {
	assert_eq!(FEE_SHARE, Perbill::from_percent(50));
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(128))]

	/// Of each kind that no fee bounds: in − out = balance, every round pays each account its share rounded down, and all that
	/// is left over is shared out in the next.
	#[test]
	fn pots_should_be_shared_out_to_the_unit_when_no_fee_bounds_rewards(
		rounds in prop::collection::vec(prop::collection::vec((0usize..3, 1u8..=4, 1u32..50, any::<bool>()), 0..6), 1..20),
	) {
		let kinds = [RewardKind::Capacity, RewardKind::Checks, RewardKind::Validation];
		build_and_execute(|| {
			let mut expected = BTreeMap::<(usize, u8), Balance>::new();
			for (round, deeds) in (1u32..).zip(rounds) {
				let mut points = BTreeMap::<(usize, u8), Balance>::new();
				for (kind, n, count, claims) in deeds {
					credit(kinds[kind], n, count);
					*points.entry((kind, n)).or_default() += Balance::from(count);
					if claims {
						let due = expected.remove(&(kind, n)).unwrap_or_default();
						let before = pot(kinds[kind].into());
						prop_assert_eq!(claim_of(kinds[kind], n).is_ok(), due > 0);
						prop_assert_eq!(before - pot(kinds[kind].into()), due);
					}
				}
				take_events();
				end_period(round);
				for (kind, reward_kind) in kinds.into_iter().enumerate() {
					let all: Balance = points.iter().filter(|((k, _), _)| *k == kind).map(|(_, points)| points).sum();
					let events = System::events();
					let closed = events.iter().find_map(|record| match record.event {
						RuntimeEvent::TokenMint(Event::RoundClosed { kind, distributed, .. }) if kind == reward_kind =>
							Some(distributed),
						_ => None,
					});
					prop_assert_eq!(closed.is_some(), all > 0);
					for ((_, n), points) in points.iter().filter(|((k, _), _)| *k == kind) {
						*expected.entry((kind, *n)).or_default() += closed.unwrap() * points / all;
					}
				}
				for ((kind, n), due) in &expected {
					prop_assert_eq!(TokenMint::pending_reward(kinds[*kind], account(*n)), *due);
				}
				prop_assert_eq!(TokenMint::do_try_state(), Ok(()));
			}
			Ok(())
		})?;
	}
}
