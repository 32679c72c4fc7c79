//! Debts.

use super::*;
use assay_primitives::{RewardKind, RewardPayee};
use frame_support::traits::{
	fungible::{Balanced, Mutate},
	Imbalance,
};

/// Slash ALICE by `amount` above what there is.
#[track_caller]
fn indebt(amount: Balance) {
	assert_ok!(StakingSlash::set_tier_stake(RuntimeOrigin::root(), LARGE, held(ALICE) + amount));
	assert_ok!(report(OffenceReport { machine: MachineId(NextSubject::get()), ..offence(Offence::WrongWork, ALICE) }));
	assert_ok!(StakingSlash::set_tier_stake(RuntimeOrigin::root(), LARGE, 900));
}

fn reward(amount: Balance) -> Result<(), Balance> {
	let credit = <Balances as Balanced<_>>::issue(amount);
	<StakingSlash as RewardPayee<_, _>>::pay(&ALICE, RewardKind::Work, credit).map_err(|credit| credit.peek())
}

#[test]
fn slash_above_what_is_left_should_leave_a_debt() {
	with_providers(|| {
		indebt(1_000);
		assert_eq!((held(ALICE), StakingSlash::debt(ALICE), TotalDebt::<Test>::get()), (0, 1_000, 1_000));
		let all = events();
		assert!(all.contains(&Event::DebtIncurred { provider: ALICE, amount: 1_000, debt: 1_000 }));
		assert!(all.iter().any(|event| matches!(event, Event::Slashed { amount: 10_000, debt: 1_000, .. })));
		// A second one adds to it.
		indebt(500);
		assert_eq!(StakingSlash::debt(ALICE), 1_500);
	});
}

#[test]
fn debt_should_be_bounded() {
	with_providers(|| {
		MaxDebt::set(1_200);
		indebt(1_000);
		events();
		indebt(1_000);
		assert_eq!((StakingSlash::debt(ALICE), TotalDebt::<Test>::get()), (1_200, 1_200));
		assert!(events().contains(&Event::DebtIncurred { provider: ALICE, amount: 200, debt: 1_200 }));
	});
}

#[test]
fn delegators_should_owe_no_debt() {
	with_providers(|| {
		assert_ok!(StakingSlash::delegate(signed(CLIENT), ALICE, 4_000));
		assert_ok!(StakingSlash::move_delegation(signed(CLIENT), ALICE, BOB, 1_000));
		indebt(5_000);
		// 3,000 in the pool and 1,000 that moved were liable; the rest is the provider's.
		assert_eq!(StakingSlash::debt(ALICE), 1_000);
		assert_eq!(StakingSlash::delegation(BOB, CLIENT).unwrap().owed, 1_000);
		// The delegator leaves as it may, with nothing.
		assert_ok!(StakingSlash::collect_liability(signed(CLIENT), CLIENT, BOB));
		assert_eq!(StakingSlash::debt(ALICE), 1_000);
	});
}

#[test]
fn debt_should_be_paid_out_of_a_bond_first() {
	with_providers(|| {
		indebt(1_000);
		events();
		let (before, issuance) = (free(ALICE), Balances::total_issuance());
		bond(ALICE, 400);
		assert_eq!((held(ALICE), StakingSlash::debt(ALICE), free(ALICE)), (0, 600, before - 400));
		assert_eq!(
			events(),
			vec![Event::DebtCollected { provider: ALICE, amount: 400, debt: 600, to_treasury: 100, burned: 300 }]
		);
		assert_eq!(Balances::total_issuance(), issuance - 300);
		// What is left over must be a bond.
		assert_noop!(StakingSlash::bond(signed(ALICE), 650), Error::<Test>::BelowMinBond);
		bond(ALICE, 1_000);
		assert_eq!((held(ALICE), StakingSlash::debt(ALICE)), (400, 0));
		assert!(!Debts::<Test>::contains_key(ALICE));
	});
}

#[test]
fn debt_should_be_withheld_from_rewards() {
	with_providers(|| {
		indebt(1_000);
		events();
		let before = free(ALICE);
		assert_eq!(reward(400), Ok(()));
		assert_eq!((free(ALICE), StakingSlash::debt(ALICE)), (before, 600));
		assert_eq!(reward(700), Ok(()));
		assert_eq!((free(ALICE), StakingSlash::debt(ALICE)), (before + 100, 0));
	});
}

#[test]
fn debt_should_be_withheld_from_the_providers_side_alone() {
	with_providers(|| {
		indebt(1_000);
		// A bond that others can be delegated beside, while the debt is still there.
		Ledgers::<Test>::insert(ALICE, Ledger { bonded: 1_000, ..Default::default() });
		assert_ok!(<Balances as frame_support::traits::fungible::MutateHold<_>>::hold(
			&HoldReason::Stake.into(),
			&ALICE,
			1_000
		));
		assert_ok!(StakingSlash::delegate(signed(CLIENT), ALICE, 1_000));
		assert_eq!(reward(600), Ok(()));
		assert_eq!(StakingSlash::debt(ALICE), 700);
		// Less a unit of rounding.
		assert_eq!(StakingSlash::pending_delegation_reward(ALICE, CLIENT), 299);
	});
}

#[test]
fn reward_should_be_given_back_whole_when_what_remains_cannot_be_paid() {
	with_providers(|| {
		assert_ok!(StakingSlash::set_tier_stake(RuntimeOrigin::root(), LARGE, 1_000));
		assert_ok!(report(offence(Offence::WrongWork, DEAD)));
		assert_eq!(StakingSlash::debt(DEAD), 1_000);
		let pay = |amount| {
			let credit = <Balances as Balanced<_>>::issue(amount);
			<StakingSlash as RewardPayee<_, _>>::pay(&DEAD, RewardKind::Work, credit).map_err(|credit| credit.peek())
		};
		// Five would remain, which is below the existential deposit.
		assert_eq!(pay(1_005), Err(1_005));
		assert_eq!(StakingSlash::debt(DEAD), 1_000);
		assert_eq!(pay(1_000), Ok(()));
		assert_eq!(StakingSlash::debt(DEAD), 0);
	});
}

/// What is pledged is out of reach of a debt, and would earn: a bond pays it before.
#[test]
fn debt_should_block_a_pledge() {
	with_providers(|| {
		escrow(ALICE, 5_000, 1_000);
		Debts::<Test>::insert(ALICE, 10);
		TotalDebt::<Test>::put(10);
		assert_noop!(StakingSlash::pledge(signed(ALICE), 1_000), Error::<Test>::InDebt);
		assert_ok!(StakingSlash::pay_debt(signed(ALICE), ALICE, 10));
		assert_ok!(StakingSlash::pledge(signed(ALICE), 1_000));
	});
}

#[test]
fn debt_should_block_unbonding_and_withdrawal() {
	with_providers(|| {
		unbond(ALICE, 5_000);
		advance(PERIOD);
		// However it came about.
		Debts::<Test>::insert(ALICE, 10);
		TotalDebt::<Test>::put(10);
		assert_noop!(StakingSlash::withdraw_unbonded(signed(ALICE)), Error::<Test>::InDebt);
		assert_noop!(StakingSlash::unbond(signed(ALICE), 100), Error::<Test>::InDebt);
		assert_eq!(StakingSlash::stake_status(ALICE).withdrawable, 0);
		assert_ok!(StakingSlash::pay_debt(signed(ALICE), ALICE, 10));
		assert_eq!(StakingSlash::stake_status(ALICE).withdrawable, 5_000);
		assert_ok!(StakingSlash::withdraw_unbonded(signed(ALICE)));
		assert_ok!(StakingSlash::unbond(signed(ALICE), 100));
	});
}

#[test]
fn anybody_should_pay_a_debt() {
	with_providers(|| {
		assert_noop!(StakingSlash::pay_debt(signed(CLIENT), ALICE, 1), Error::<Test>::NoDebt);
		indebt(1_000);
		events();
		assert_noop!(StakingSlash::pay_debt(signed(CLIENT), ALICE, 0), Error::<Test>::ZeroAmount);
		assert_noop!(StakingSlash::pay_debt(signed(FINDER), ALICE, 1), TokenError::FundsUnavailable);
		assert_ok!(StakingSlash::pay_debt(signed(CLIENT), ALICE, 100));
		assert_eq!(
			events(),
			vec![Event::DebtCollected { provider: ALICE, amount: 100, debt: 900, to_treasury: 25, burned: 75 }]
		);
		// No more than is owed.
		assert_ok!(StakingSlash::pay_debt(signed(CLIENT), ALICE, 5_000));
		assert_eq!((StakingSlash::debt(ALICE), free(CLIENT)), (0, ENDOWMENT - 1_000));
	});
}

#[test]
fn anybody_should_collect_a_debt_from_rewards_and_vesting() {
	with_providers(|| {
		let collect = || StakingSlash::collect_debt(signed(CLIENT), ALICE);
		assert_noop!(collect(), Error::<Test>::NoDebt);
		indebt(1_000);
		assert_noop!(collect(), Error::<Test>::NothingToSeize);
		give_rewards(ALICE, 300);
		give_vesting(ALICE, 400);
		assert_ok!(collect());
		assert_eq!((StakingSlash::debt(ALICE), free(ALICE + 100), Escrows::get(ALICE).amount), (300, 10, 0));
		give_rewards(ALICE, 5_000);
		assert_ok!(collect());
		assert_eq!((StakingSlash::debt(ALICE), free(ALICE + 100)), (0, 4_710));
	});
}

#[test]
fn debt_should_be_collected_when_the_treasury_cannot_take_its_part() {
	with_providers(|| {
		indebt(1_000);
		assert_ok!(Balances::burn_from(
			&TREASURY,
			free(TREASURY),
			frame_support::traits::tokens::Preservation::Expendable,
			frame_support::traits::tokens::Precision::Exact,
			frame_support::traits::tokens::Fortitude::Force,
		));
		let issuance = Balances::total_issuance();
		assert_ok!(StakingSlash::pay_debt(signed(CLIENT), ALICE, 20));
		assert_eq!(Balances::total_issuance(), issuance - 20);
	});
}
