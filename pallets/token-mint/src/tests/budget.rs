//! The budget, its changes, and what the pots get by it.

use crate::{
	budget::{default_budget, split, validate},
	mock::*,
	Budget, BudgetTable, CreditOf, Error, Event, Minted, Owed, Pot, ToTreasury,
};
use assay_primitives::Balance;
use frame_support::{
	assert_noop, assert_ok,
	traits::{fungible::Balanced, OnUnbalanced},
};
use num_bigint::BigUint;
use proptest::prelude::*;
use sp_runtime::{DispatchError, Perbill};

const ONE: u32 = 1_000_000_000;

fn treasury_gets(amount: Balance) {
	let credit: CreditOf<Test> = <Balances as Balanced<_>>::issue(amount);
	ToTreasury::<Test>::on_unbalanced(credit);
}

#[test]
fn default_budget_should_be_valid_and_feed_every_pot() {
	let budget = default_budget();
	assert_ok!(validate::<Test>(&budget));
	assert!(Pot::ALL.iter().all(|pot| budget.iter().any(|(other, part)| other == pot && part.deconstruct() > 0)));
}

#[test]
fn split_should_give_units_left_over_to_the_largest_remainders() {
	let thirds = budget(&[(Pot::Capacity, 333_333_333), (Pot::Checkers, 333_333_333), (Pot::Treasury, 333_333_334)]);
	// Remainders: two of 0.333333333 and one of 0.333333334.
	assert_eq!(split(1, &thirds), [(Pot::Capacity, 0), (Pot::Checkers, 0), (Pot::Treasury, 1)]);
	// 0.666666666, 0.666666666 and 0.666666668: of equals the first.
	assert_eq!(split(2, &thirds), [(Pot::Capacity, 1), (Pot::Checkers, 0), (Pot::Treasury, 1)]);
	assert_eq!(split(3, &thirds), [(Pot::Capacity, 1), (Pot::Checkers, 1), (Pot::Treasury, 1)]);
	assert_eq!(split(0, &thirds), [(Pot::Capacity, 0), (Pot::Checkers, 0), (Pot::Treasury, 0)]);
}

#[test]
fn split_should_give_nothing_to_a_part_of_zero() {
	let budget = budget(&[(Pot::Capacity, 0), (Pot::Treasury, ONE)]);
	assert_eq!(split(7, &budget), [(Pot::Capacity, 0), (Pot::Treasury, 7)]);
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

		let shares = split(amount, &budget);
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
		assert_ok!(TokenMint::set_budget(RuntimeOrigin::root(), new.clone()));
		assert_eq!(take_events(), [Event::BudgetSet { budget: new.clone() }]);
		assert_eq!(Budget::<Test>::get(), new);
		end_period(1);
		assert_eq!((pot(Pot::Treasury), pot(Pot::RenderWork), pot(Pot::Capacity)), (5_110, 15_328, 0));
	});
}

#[test]
fn set_budget_should_fail_when_the_origin_is_not_the_admin() {
	build_and_execute(|| {
		assert_noop!(
			TokenMint::set_budget(RuntimeOrigin::signed(account(1)), default_budget()),
			DispatchError::BadOrigin
		);
	});
}

#[test]
fn set_budget_should_fail_when_parts_do_not_sum_to_one() {
	build_and_execute(|| {
		for parts in [&[(Pot::Treasury, ONE - 1)][..], &[(Pot::Treasury, ONE), (Pot::Capacity, 1)], &[]] {
			assert_noop!(TokenMint::set_budget(RuntimeOrigin::root(), budget(parts)), Error::<Test>::BudgetNotExact);
		}
	});
}

#[test]
fn set_budget_should_fail_when_a_pot_is_named_twice() {
	build_and_execute(|| {
		let twice = budget(&[(Pot::Treasury, ONE / 2), (Pot::Treasury, ONE / 2)]);
		assert_noop!(TokenMint::set_budget(RuntimeOrigin::root(), twice), Error::<Test>::DuplicatePot);
	});
}

#[test]
fn share_should_be_owed_when_it_cannot_open_the_pots_account() {
	build_and_execute(|| {
		// 0.02 % of 20,438 is 4.09, below the existential deposit of 10.
		let tiny = [(Pot::Capacity, ONE - ONE / 5_000), (Pot::Checkers, ONE / 5_000)];
		assert_ok!(TokenMint::set_budget(RuntimeOrigin::root(), budget(&tiny)));
		end_period(1);
		assert_eq!((Owed::<Test>::get(Pot::Checkers), pot(Pot::Checkers)), (4, 0));
		// It is not minted, so nothing was lost.
		assert_eq!(Minted::<Test>::get(), 20_434);
		assert_eq!(Balances::total_issuance(), ENDOWED + 20_434);
		TokenMint::do_try_state().unwrap();

		end_period(2);
		assert_eq!(Owed::<Test>::get(Pot::Checkers), 8);
		end_period(3);
		assert!(!Owed::<Test>::contains_key(Pot::Checkers));
		assert_eq!(pot(Pot::Checkers), 12);
		assert_eq!(Minted::<Test>::get(), TokenMint::emission(3));

		// The account lives, so that the next share is paid however small.
		end_period(4);
		assert_eq!(pot(Pot::Checkers), 16);
	});
}

#[test]
fn owed_share_should_be_paid_when_the_budget_names_the_pot_no_more() {
	build_and_execute(|| {
		let tiny = [(Pot::Capacity, ONE - ONE / 5_000), (Pot::Treasury, ONE / 5_000)];
		assert_ok!(TokenMint::set_budget(RuntimeOrigin::root(), budget(&tiny)));
		end_period(1);
		assert_eq!(Owed::<Test>::get(Pot::Treasury), 4);
		assert_ok!(TokenMint::set_budget(RuntimeOrigin::root(), budget(&[(Pot::Capacity, ONE)])));
		end_period(2);
		assert_eq!(Owed::<Test>::get(Pot::Treasury), 4);

		treasury_gets(ED);
		end_period(3);
		assert_eq!((Owed::<Test>::get(Pot::Treasury), pot(Pot::Treasury)), (0, 14));
		assert_eq!(Minted::<Test>::get(), TokenMint::emission(3));
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

#[test]
#[should_panic(expected = "must sum to one")]
fn genesis_should_panic_when_the_budget_does_not_sum_to_one() {
	genesis(0, vec![(Pot::Capacity, Perbill::from_percent(99))], ENDOWED);
}

#[test]
#[should_panic(expected = "no pot named twice")]
fn genesis_should_panic_when_the_budget_names_a_pot_twice() {
	genesis(0, vec![(Pot::Capacity, Perbill::from_percent(50)); 2], ENDOWED);
}

#[test]
#[should_panic(expected = "more parts than there are pots")]
fn genesis_should_panic_when_the_budget_is_too_long() {
	genesis(0, vec![(Pot::Capacity, Perbill::from_percent(10)); 10], ENDOWED);
}

#[test]
#[should_panic(expected = "more than the genesis supply")]
fn genesis_should_panic_when_more_is_endowed_than_the_genesis_supply() {
	genesis(0, default_budget().into_inner(), GenesisSupply::get() + 4);
}

#[test]
fn genesis_config_should_be_written_by_the_names_of_pots() {
	let config = crate::GenesisConfig::<Test> { start: 5, budget: vec![(Pot::RenderWork, Perbill::one())] };
	let json = r#"{"start":5,"budget":[["RenderWork",1000000000]]}"#;
	assert_eq!(serde_json::to_string(&config).unwrap(), json);
	assert_eq!(serde_json::from_str::<crate::GenesisConfig<Test>>(json).unwrap().budget, config.budget);
	assert_eq!(BudgetTable::truncate_from(crate::GenesisConfig::<Test>::default().budget), default_budget());
}
