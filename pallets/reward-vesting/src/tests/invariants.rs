//! The pallet's checks fail on what they are there for.

use crate::{mock::*, tranche::Tranche, *};
use assay_primitives::VestingStake;
use frame_support::{assert_ok, traits::fungible::MutateHold, traits::tokens::Precision};
use sp_runtime::TryRuntimeError;

/// Corrupt a healthy state that has several plans, tranches, an exit and a pledge, and expect `check` to notice it.
#[track_caller]
fn assert_noticed(check: fn() -> Result<(), TryRuntimeError>, message: &'static str, corrupt: impl FnOnce()) {
	new_test_ext().execute_with(|| {
		grant(ALICE, Checker, 1_800);
		pass(3);
		grant(ALICE, Checker, 1_800);
		pass(20);
		grant(ALICE, Checker, 1_800);
		grant(BOB, Escrowed, 1_000);
		assert_ok!(exit(ALICE, Checker, Some(100)));
		assert_ok!(RewardVesting::pledge(&BOB, 900));
		assert_eq!(RewardVesting::do_try_state(), Ok(()));
		corrupt();
		assert_eq!(check(), Err(message.into()));
		assert_eq!(RewardVesting::do_try_state(), Err(message.into()));
	});
}

/// Change the first tranche of ALICE.
fn tranche(corrupt: fn(&mut Tranche)) {
	Ledgers::<Test>::mutate(ALICE, Checker, |ledger| corrupt(ledger.vesting.0.iter_mut().next().unwrap()));
}

#[test]
fn check_ledgers_should_fail_when_one_is_empty_or_its_pledge_too_large() {
	let check = RewardVesting::check_ledgers;
	assert_noticed(check, "an empty ledger is stored", || {
		Ledgers::<Test>::insert(CAROL, Checker, Ledger::default());
	});
	assert_noticed(check, "more is pledged than there is", || {
		Ledgers::<Test>::mutate(BOB, Escrowed, |ledger| ledger.pledged = 1_001);
	});
}

#[test]
fn check_tranches_should_fail_when_they_make_no_sense() {
	let check = RewardVesting::check_tranches;
	assert_noticed(check, "tranches are not in order", || tranche(|tranche| tranche.last = 24));
	assert_noticed(check, "a tranche ends before it begins", || tranche(|tranche| tranche.first = 23));
	assert_noticed(check, "a tranche is from the future", || {
		Ledgers::<Test>::mutate(ALICE, Checker, |ledger| ledger.exiting.0.last_mut().unwrap().last = 25);
	});
	assert_noticed(check, "nothing is left of a tranche", || tranche(|tranche| tranche.vested = tranche.amount));
	assert_noticed(check, "a moment is larger than its grants", || tranche(|tranche| tranche.moment = 10_801));
}

#[test]
fn check_holds_should_fail_when_tokens_are_missing_or_too_many() {
	let reason = HoldReason::Vesting.into();
	let message = "an account's hold differs from its ledgers";
	assert_noticed(RewardVesting::check_holds, message, || {
		assert_ok!(Balances::release(&reason, &ALICE, 1, Precision::Exact));
	});
	assert_noticed(RewardVesting::check_holds, message, || {
		assert_ok!(Balances::hold(&reason, &BOB, 1));
	});
}
