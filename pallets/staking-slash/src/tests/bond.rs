//! Bonding and rebonding.

use super::*;

#[test]
fn bond_should_hold_the_stake_in_the_providers_own_account() {
	build_and_execute(|| {
		assert_ok!(StakingSlash::bond(RuntimeOrigin::signed(ALICE), 500));

		assert_eq!(held(ALICE), 500);
		assert_eq!(free(ALICE), ENDOWMENT - 500);
		assert_eq!(bonded(ALICE), 500);
		assert_eq!(events(), vec![Event::Bonded { provider: ALICE, amount: 500, bonded: 500 }]);
	});
}

#[test]
fn bond_should_add_to_the_bond_when_there_is_one() {
	build_and_execute(|| {
		bond(ALICE, 500);
		bond(ALICE, 1);

		assert_eq!(bonded(ALICE), 501);
		assert_eq!(events().last(), Some(&Event::Bonded { provider: ALICE, amount: 1, bonded: 501 }));
	});
}

#[test]
fn bond_should_fail_when_it_is_below_the_minimum() {
	build_and_execute(|| {
		assert_noop!(StakingSlash::bond(RuntimeOrigin::signed(ALICE), LEAST_BOND - 1), Error::<Test>::BelowMinBond);
		assert_ok!(StakingSlash::bond(RuntimeOrigin::signed(ALICE), LEAST_BOND));
	});
}

#[test]
fn bond_should_fail_when_the_amount_is_zero() {
	build_and_execute(|| {
		assert_noop!(StakingSlash::bond(RuntimeOrigin::signed(ALICE), 0), Error::<Test>::ZeroAmount);
	});
}

#[test]
fn bond_should_fail_when_it_would_leave_less_than_the_existential_deposit() {
	build_and_execute(|| {
		assert_noop!(
			StakingSlash::bond(RuntimeOrigin::signed(ALICE), ENDOWMENT - EXISTENTIAL_DEPOSIT + 1),
			TokenError::FundsUnavailable
		);
		assert_ok!(StakingSlash::bond(RuntimeOrigin::signed(ALICE), ENDOWMENT - EXISTENTIAL_DEPOSIT));
		assert_eq!(free(ALICE), EXISTENTIAL_DEPOSIT);
	});
}

#[test]
fn bond_should_fail_when_the_account_is_not_signing() {
	build_and_execute(|| {
		assert_noop!(StakingSlash::bond(RuntimeOrigin::root(), 500), DispatchError::BadOrigin);
		assert_noop!(StakingSlash::bond(RuntimeOrigin::none(), 500), DispatchError::BadOrigin);
	});
}

#[test]
fn bond_should_return_the_weight_of_the_tiers_read() {
	build_and_execute(|| {
		let weight_of = |post: frame_support::dispatch::PostDispatchInfo| post.actual_weight;

		let none = StakingSlash::bond(RuntimeOrigin::signed(ALICE), 2_000).map(weight_of).unwrap();
		assert_eq!(none, Some(<() as WeightInfo>::bond(0)));
		add_machine(ALICE, SMALL);
		add_machine(ALICE, SMALL);
		let one = StakingSlash::bond(RuntimeOrigin::signed(ALICE), 1).map(weight_of).unwrap();
		assert_eq!(one, Some(<() as WeightInfo>::bond(1)));
	});
}

#[test]
fn bond_should_keep_the_account_from_being_reaped() {
	build_and_execute(|| {
		assert_eq!(System::consumers(&ALICE), 0);
		bond(ALICE, 500);
		assert_eq!(System::consumers(&ALICE), 1);
		assert_noop!(
			Balances::transfer_allow_death(RuntimeOrigin::signed(ALICE), BOB, ENDOWMENT - 500),
			TokenError::Frozen
		);
	});
}

#[test]
fn rebond_should_take_the_newest_chunks_first() {
	build_and_execute(|| {
		bond(ALICE, 1_000);
		unbond(ALICE, 100);
		advance(1);
		unbond(ALICE, 200);
		advance(1);
		unbond(ALICE, 300);
		events();

		assert_ok!(StakingSlash::rebond(RuntimeOrigin::signed(ALICE), 350));

		assert_eq!(bonded(ALICE), 750);
		assert_eq!(chunks(ALICE), vec![(100, 51), (150, 52)]);
		assert_eq!(held(ALICE), 1_000);
		assert_eq!(events(), vec![Event::Rebonded { provider: ALICE, amount: 350, bonded: 750 }]);
	});
}

#[test]
fn rebond_should_work_when_the_chunk_could_be_withdrawn() {
	build_and_execute(|| {
		bond(ALICE, 500);
		unbond(ALICE, 500);
		advance(PERIOD);

		assert_ok!(StakingSlash::rebond(RuntimeOrigin::signed(ALICE), 500));
		assert_eq!(bonded(ALICE), 500);
		assert!(chunks(ALICE).is_empty());
	});
}

#[test]
fn rebond_should_fail_when_more_is_asked_than_is_unbonding() {
	build_and_execute(|| {
		bond(ALICE, 1_000);
		unbond(ALICE, 400);
		assert_noop!(StakingSlash::rebond(RuntimeOrigin::signed(ALICE), 401), Error::<Test>::InsufficientUnbonding);
	});
}

#[test]
fn rebond_should_fail_when_the_bond_would_be_below_the_minimum() {
	build_and_execute(|| {
		bond(ALICE, 500);
		unbond(ALICE, 500);
		assert_noop!(StakingSlash::rebond(RuntimeOrigin::signed(ALICE), LEAST_BOND - 1), Error::<Test>::BelowMinBond);
	});
}

#[test]
fn rebond_should_fail_when_there_is_no_stake_or_nothing_is_asked() {
	build_and_execute(|| {
		assert_noop!(StakingSlash::rebond(RuntimeOrigin::signed(ALICE), 1), Error::<Test>::NotBonded);
		bond(ALICE, 500);
		assert_noop!(StakingSlash::rebond(RuntimeOrigin::signed(ALICE), 0), Error::<Test>::ZeroAmount);
	});
}
