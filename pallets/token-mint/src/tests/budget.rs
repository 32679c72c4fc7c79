//! The budget, its changes, and what the pots get by it.

use crate::{
	budget::{default_budget, split, validate},
	mock::*,
	BudgetTable, Budgets, CreditOf, Error, Event, GenesisConfig, Owed, OwedTable, Pot, Recipient, ScheduleId,
	ToTreasury, MAX_OWED, MAX_RECIPIENTS,
};
use assay_primitives::{AccountId, Balance, VestingPlan};
use frame_support::{
	assert_noop, assert_ok,
	traits::{fungible::Balanced, OnUnbalanced},
};
use num_bigint::BigUint;
use proptest::prelude::*;
use sp_runtime::{DispatchError, Perbill};

const ONE: u32 = 1_000_000_000;

/// [`split`] of a budget of pots.
fn shares(amount: Balance, budget: &BudgetTable<AccountId>) -> Vec<(Pot, Balance)> {
	let pots = split(amount, budget).into_iter().map(|(recipient, share)| match recipient {
		Recipient::Pot(pot) => (pot, share),
		Recipient::Account { .. } => panic!("an account"),
	});
	pots.collect()
}

fn set_budget(budget: BudgetTable<AccountId>) -> sp_runtime::DispatchResult {
	TokenMint::set_budget(RuntimeOrigin::root(), MAIN, budget)
}

fn treasury_gets(amount: Balance) {
	let credit: CreditOf<Test> = <Balances as Balanced<_>>::issue(amount);
	ToTreasury::<Test>::on_unbalanced(credit);
}

#[test]
fn default_budget_should_be_valid_and_feed_every_pot() {
	let budget = default_budget::<AccountId>();
	assert_ok!(validate::<Test>(&budget));
	assert!(Pot::ALL
		.iter()
		.all(|pot| budget.iter().any(|(other, part)| *other == Recipient::Pot(*pot) && part.deconstruct() > 0)));
}

#[test]
fn split_should_give_units_left_over_to_the_largest_remainders() {
	let thirds = budget(&[(Pot::Capacity, 333_333_333), (Pot::Checkers, 333_333_333), (Pot::Treasury, 333_333_334)]);
	// Remainders: two of 0.333333333 and one of 0.333333334.
	assert_eq!(shares(1, &thirds), [(Pot::Capacity, 0), (Pot::Checkers, 0), (Pot::Treasury, 1)]);
	// 0.666666666, 0.666666666 and 0.666666668: of equals the first.
	assert_eq!(shares(2, &thirds), [(Pot::Capacity, 1), (Pot::Checkers, 0), (Pot::Treasury, 1)]);
	assert_eq!(shares(3, &thirds), [(Pot::Capacity, 1), (Pot::Checkers, 1), (Pot::Treasury, 1)]);
	assert_eq!(shares(0, &thirds), [(Pot::Capacity, 0), (Pot::Checkers, 0), (Pot::Treasury, 0)]);
}

#[test]
fn split_should_give_nothing_to_a_part_of_zero() {
	let budget = budget(&[(Pot::Capacity, 0), (Pot::Treasury, ONE)]);
	assert_eq!(shares(7, &budget), [(Pot::Capacity, 0), (Pot::Treasury, 7)]);
}

proptest! {
	#[test]
	fn split_should_lose_nothing_and_be_fair_to_a_unit(amount: u128, cuts in prop::collection::vec(0..=ONE, 4)) {
		let mut cuts = cuts;
		cuts.sort_unstable();
		let ends = cuts.iter().copied().chain([ONE]);
		let starts = [0].into_iter().chain(cuts.iter().copied());
		let parts: Vec<_> =
			starts.zip(ends).zip(Pot::ALL).map(|((start, end), pot)| (pot, end - start)).collect();
		let budget = budget(&parts);
		prop_assert!(validate::<Test>(&budget).is_ok());

		let shares = shares(amount, &budget);
		let sum: BigUint = shares.iter().map(|(_, share)| BigUint::from(*share)).sum();
		prop_assert_eq!(sum, BigUint::from(amount));
		for ((pot, share), (expected_pot, part)) in shares.into_iter().zip(parts) {
			prop_assert_eq!(pot, expected_pot);
			let exact = BigUint::from(amount) * part;
			let share = BigUint::from(share) * ONE;
			// Less than a unit away on either side.
			prop_assert!(share < &exact + ONE && exact < &share + ONE);
		}
	}
}

#[test]
fn set_budget_should_change_the_split_of_the_next_mint() {
	build_and_execute(|| {
		let new = budget(&[(Pot::Treasury, ONE / 4), (Pot::RenderWork, ONE / 4 * 3)]);
		assert_ok!(set_budget(new.clone()));
		assert_eq!(take_events(), [Event::BudgetSet { schedule: MAIN, budget: new.clone() }]);
		assert_eq!(Budgets::<Test>::get(MAIN), new);
		end_period(1);
		assert_eq!((pot(Pot::Treasury), pot(Pot::RenderWork), pot(Pot::Capacity)), (5_110, 15_328, 0));
	});
}

#[test]
fn set_budget_should_fail_when_the_origin_is_not_the_admin() {
	build_and_execute(|| {
		assert_noop!(
			TokenMint::set_budget(RuntimeOrigin::signed(account(1)), MAIN, default_budget()),
			DispatchError::BadOrigin
		);
	});
}

#[test]
fn set_budget_should_fail_when_parts_do_not_sum_to_one() {
	build_and_execute(|| {
		for parts in [&[(Pot::Treasury, ONE - 1)][..], &[(Pot::Treasury, ONE), (Pot::Capacity, 1)], &[]] {
			assert_noop!(set_budget(budget(parts)), Error::<Test>::BudgetNotExact);
		}
	});
}

#[test]
fn set_budget_should_fail_when_a_recipient_is_named_twice() {
	build_and_execute(|| {
		let twice = budget(&[(Pot::Treasury, ONE / 2), (Pot::Treasury, ONE / 2)]);
		assert_noop!(set_budget(twice), Error::<Test>::DuplicateRecipient);
	});
}

#[test]
fn share_should_be_owed_when_it_cannot_open_the_pots_account() {
	build_and_execute(|| {
		// 0.02 % of 20,438 is 4.09, below the existential deposit of 10.
		let tiny = [(Pot::Capacity, ONE - ONE / 5_000), (Pot::Checkers, ONE / 5_000)];
		assert_ok!(set_budget(budget(&tiny)));
		end_period(1);
		assert_eq!((owed(Pot::Checkers), pot(Pot::Checkers)), (4, 0));
		// It is not minted, so nothing was lost.
		assert_eq!(minted(), 20_434);
		assert_eq!(Balances::total_issuance(), ENDOWED + 20_434);
		TokenMint::do_try_state().unwrap();

		end_period(2);
		assert_eq!(owed(Pot::Checkers), 8);
		end_period(3);
		assert!(!Owed::<Test>::contains_key(MAIN));
		assert_eq!(pot(Pot::Checkers), 12);
		assert_eq!(minted(), TokenMint::emission(MAIN, 3).unwrap());

		// The account lives, so that the next share is paid however small.
		end_period(4);
		assert_eq!(pot(Pot::Checkers), 16);
	});
}

#[test]
fn owed_share_should_be_paid_when_the_budget_names_the_pot_no_more() {
	build_and_execute(|| {
		let tiny = [(Pot::Capacity, ONE - ONE / 5_000), (Pot::Treasury, ONE / 5_000)];
		assert_ok!(set_budget(budget(&tiny)));
		end_period(1);
		assert_eq!(owed(Pot::Treasury), 4);
		assert_ok!(set_budget(budget(&[(Pot::Capacity, ONE)])));
		end_period(2);
		assert_eq!(owed(Pot::Treasury), 4);

		treasury_gets(ED);
		end_period(3);
		assert_eq!((owed(Pot::Treasury), pot(Pot::Treasury)), (0, 14));
		assert_eq!(minted(), TokenMint::emission(MAIN, 3).unwrap());
	});
}

#[test]
fn to_treasury_should_pay_in_when_the_account_lives_or_comes_to_life() {
	build_and_execute(|| {
		treasury_gets(ED);
		treasury_gets(1);
		assert_eq!(Balances::free_balance(TokenMint::treasury_account()), ED + 1);
		let credited = |amount| Event::PotCredited { pot: Pot::Treasury, amount };
		assert_eq!(take_events(), [credited(ED), credited(1)]);
	});
}

#[test]
fn to_treasury_should_burn_when_the_amount_cannot_open_the_account() {
	build_and_execute(|| {
		treasury_gets(ED - 1);
		assert_eq!(pot(Pot::Treasury), 0);
		assert_eq!(Balances::total_issuance(), ENDOWED);
		assert_eq!(take_events(), [Event::DepositBurned { pot: Pot::Treasury, amount: ED - 1 }]);
	});
}

/// A genesis whose first schedule has the budget `parts`.
fn genesis_with(parts: Vec<(Recipient<AccountId>, Perbill)>) {
	reset();
	genesis(GenesisConfig { budgets: vec![(MAIN, parts)], ..Default::default() }, ENDOWED);
}

#[test]
#[should_panic(expected = "must sum to one")]
fn genesis_should_panic_when_the_budget_does_not_sum_to_one() {
	genesis_with(vec![(Recipient::Pot(Pot::Capacity), Perbill::from_percent(99))]);
}

#[test]
#[should_panic(expected = "nobody named twice")]
fn genesis_should_panic_when_the_budget_names_a_pot_twice() {
	genesis_with(vec![(Recipient::Pot(Pot::Capacity), Perbill::from_percent(50)); 2]);
}

#[test]
#[should_panic(expected = "more parts than there may be")]
fn genesis_should_panic_when_the_budget_is_too_long() {
	genesis_with(vec![(Recipient::Pot(Pot::Capacity), Perbill::from_percent(5)); 20]);
}

#[test]
#[should_panic(expected = "a schedule that the chain does not have")]
fn genesis_should_panic_when_the_budget_is_of_no_schedule() {
	reset();
	let budgets = vec![(ScheduleId(9), default_budget().into_inner())];
	genesis(GenesisConfig { budgets, ..Default::default() }, ENDOWED);
}

#[test]
#[should_panic(expected = "more than the genesis supply")]
fn genesis_should_panic_when_more_is_endowed_than_the_genesis_supply() {
	reset();
	genesis(GenesisConfig::default(), GenesisSupply::get() + 4);
}

#[test]
#[should_panic(expected = "within the cap")]
fn genesis_should_panic_when_the_schedules_do_not_fit_under_the_cap() {
	reset();
	change_schedule(|schedule| schedule.pool += 1);
	genesis(GenesisConfig::default(), ENDOWED);
}

#[test]
fn genesis_config_should_be_written_by_the_names_of_recipients() {
	let parts = vec![
		(Recipient::Pot(Pot::RenderWork), Perbill::from_percent(90)),
		(named(0, Some(VestingPlan::Escrowed)), Perbill::from_percent(10)),
	];
	let transfers_open_at = Some(Perbill::from_percent(15));
	let config = GenesisConfig::<Test> { start: 5, budgets: vec![(MAIN, parts)], transfers_open_at };
	let json = r#"{"start":5,"budgets":[[0,[[{"Pot":"RenderWork"},900000000],"#.to_owned()
		+ r#"[{"Account":{"who":"5C4hrfjw9DjXZTzV3MwzrrAr9P1MJhSrvWGWqi1eSuyUpnhM","plan":"Escrowed"}},100000000]]]],"#
		+ r#""transfersOpenAt":150000000}"#;
	assert_eq!(serde_json::to_string(&config).unwrap(), json);
	assert_eq!(serde_json::from_str::<GenesisConfig<Test>>(&json).unwrap().budgets, config.budgets);
}

#[test]
fn budget_of_a_named_account_should_be_paid_at_once_or_vest() {
	build_and_execute(|| {
		let plan = Some(VestingPlan::BlockReward);
		let parts = [(named(9, None), ONE / 4), (named(9, plan), ONE / 4), (Recipient::Pot(Pot::Treasury), ONE / 2)];
		let parts = parts.map(|(recipient, part)| (recipient, Perbill::from_parts(part)));
		assert_ok!(set_budget(BudgetTable::truncate_from(parts.into())));
		take_events();
		end_period(1);
		// A quarter of 20,438 is 5,109.5: of equals the first gets the unit left over.
		assert_eq!((balance(9), balance(VAULT), pot(Pot::Treasury)), (5_110, 5_109, 10_219));
		assert_eq!(
			take_events(),
			[
				Event::AccountCredited { account: account(9), plan: None, amount: 5_110 },
				Event::AccountCredited { account: account(9), plan, amount: 5_109 },
				Event::PotCredited { pot: Pot::Treasury, amount: 10_219 },
				Event::Minted { schedule: MAIN, period: 1, amount: 20_438, minted: 20_438 },
			]
		);
	});
}

#[test]
fn share_should_be_owed_when_only_a_part_of_it_can_vest() {
	build_and_execute(|| {
		let recipient = named(9, Some(VestingPlan::Escrowed));
		let whole = BudgetTable::truncate_from(vec![(recipient.clone(), Perbill::one())]);
		assert_ok!(set_budget(whole));
		VaultTakes::set(20_000);
		end_period(1);
		assert_eq!((balance(VAULT), minted()), (20_000, 20_000));
		assert_eq!(Owed::<Test>::get(MAIN).into_inner(), [(recipient.clone(), 438)]);
		TokenMint::do_try_state().unwrap();

		VaultTakes::set(0);
		end_period(2);
		assert_eq!(minted(), 20_000);
		TokenMint::do_try_state().unwrap();

		VaultTakes::set(Balance::MAX);
		end_period(3);
		assert_eq!(Some(balance(VAULT)), TokenMint::emission(MAIN, 3));
		assert!(!Owed::<Test>::contains_key(MAIN));
	});
}

#[test]
fn set_budget_should_fail_when_the_schedule_is_not_there() {
	build_and_execute(|| {
		let set = TokenMint::set_budget(RuntimeOrigin::root(), ScheduleId(1), default_budget());
		assert_noop!(set, Error::<Test>::UnknownSchedule);
	});
}

#[test]
fn set_budget_should_fail_when_too_many_of_earlier_budgets_are_owed_something() {
	build_and_execute(|| {
		let owe = |count| {
			let owed = (0..count).map(|n| (named(100 + n, None), 1));
			Owed::<Test>::insert(MAIN, OwedTable::truncate_from(owed.collect::<Vec<_>>()));
		};
		// A budget as long as there may be, of others.
		let part = ONE / MAX_RECIPIENTS;
		let parts = (0..MAX_RECIPIENTS).map(|n| (named(n as u8, None), Perbill::from_parts(part)));
		let full = BudgetTable::truncate_from(parts.collect::<Vec<_>>());
		owe((MAX_OWED - MAX_RECIPIENTS) as u8 + 1);
		assert_noop!(set_budget(full.clone()), Error::<Test>::TooManyOwed);
		owe((MAX_OWED - MAX_RECIPIENTS) as u8);
		assert_ok!(set_budget(full));
		Owed::<Test>::remove(MAIN);
	});
}

/// What the chain's tests call the dust of recipients: shares below the existential deposit.
#[test]
fn dust_at_the_existential_deposit_should_be_owed_and_paid_once_it_opens_the_account() {
	build_and_execute(|| {
		let parts = vec![
			(Recipient::Pot(Pot::Treasury), Perbill::from_parts(ONE - ONE / 5_000)),
			(named(9, None), Perbill::from_parts(ONE / 5_000)),
		];
		assert_ok!(set_budget(BudgetTable::truncate_from(parts)));
		end_period(2);
		assert_eq!((balance(9), minted()), (0, TokenMint::emission(MAIN, 2).unwrap() - 8));
		end_period(3);
		assert_eq!((balance(9), minted()), (12, TokenMint::emission(MAIN, 3).unwrap()));

		// Who empties his account is owed dust again, and nothing of it is lost.
		assert_ok!(Balances::transfer_all(RuntimeOrigin::signed(account(9)), account(1), false));
		end_period(4);
		assert_eq!((balance(9), Owed::<Test>::get(MAIN).len()), (0, 1));
	});
}
