//! The bytes of stored types are pinned, and the terms are checked.

use crate::{
	mock::*,
	tranche::{Lane, Tranche},
	*,
};
use codec::{Decode, Encode};
use frame_support::traits::{GetStorageVersion, Hooks};

#[track_caller]
fn assert_bytes<V: Decode + Encode + PartialEq + core::fmt::Debug>(value: V, bytes: &[u8]) {
	assert_eq!(value.encode(), bytes);
	assert_eq!(V::decode(&mut &bytes[..]), Ok(value));
}

#[test]
fn stored_types_should_keep_their_bytes() {
	let number = |n: u128| n.to_le_bytes();
	let tranche = Tranche { first: 1, last: 2, amount: 3, moment: 4, vested: 5 };
	let bytes = [&[1, 0, 0, 0, 2, 0, 0, 0][..], &number(3), &number(4), &number(5)].concat();
	assert_bytes(tranche, &bytes);
	let lane = Lane(BoundedVec::truncate_from(vec![tranche]));
	assert_bytes(lane.clone(), &[&[4][..], &bytes].concat());
	assert_bytes(
		Ledger { ready: 6, pledged: 7, vesting: lane, exiting: Lane::default() },
		&[&number(6)[..], &number(7), &[4], &bytes, &[0]].concat(),
	);
	assert_eq!(Ledger::max_encoded_len(), 32 + 2 * (1 + 31 * 56));
	assert_eq!(HoldReason::Vesting.encode(), [0]);
	for (index, plan) in (0u8..).zip(VestingPlan::ALL) {
		assert_bytes(plan, &[index]);
	}
}

#[test]
fn reported_types_should_keep_their_bytes() {
	let number = |n: u128| n.to_le_bytes();
	assert_bytes(
		UnexpectedKind::HoldBelowLedger { expected: 1, taken: 2 },
		&[&[0][..], &number(1), &number(2)].concat(),
	);
	assert_bytes(UnexpectedKind::NotHeld { amount: 3 }, &[&[1][..], &number(3)].concat());
	let granted = Event::<Test>::Granted { account: 1, plan: Checker, at_once: 2, vesting: 3 };
	assert_eq!(granted.encode(), [&[0, 1, 0, 0, 0, 0, 0, 0, 0, 1][..], &number(2), &number(3)].concat());
}

#[test]
fn calls_should_keep_their_bytes() {
	let claim = Call::<Test>::claim { plan: BlockReward, account: 7 };
	assert_eq!(claim.encode(), [0, 2, 7, 0, 0, 0, 0, 0, 0, 0]);
	let exit = Call::<Test>::exit_early { plan: Checker, amount: None };
	assert_eq!(exit.encode(), [1, 1, 0]);
}

#[test]
fn the_storage_version_should_be_the_first() {
	new_test_ext().execute_with(|| assert_eq!(RewardVesting::in_code_storage_version(), StorageVersion::new(1)));
}

#[test]
fn integrity_test_should_accept_the_mock() {
	new_test_ext().execute_with(RewardVesting::integrity_test);
}

fn integrity_of(terms: Terms) {
	new_test_ext().execute_with(|| {
		CheckerTerms::set(terms);
		RewardVesting::integrity_test();
	});
}

#[test]
#[should_panic(expected = "Checker: what vests in no time need not vest")]
fn integrity_test_should_refuse_a_plan_without_a_term() {
	integrity_of(plain(0));
}

#[test]
#[should_panic(expected = "Checker: what is paid at once need not vest")]
fn integrity_test_should_refuse_to_pay_all_at_once() {
	integrity_of(Terms { at_once: Perbill::one(), ..plain(10) });
}

#[test]
#[should_panic(expected = "Checker: all has vested before the cliff")]
fn integrity_test_should_refuse_a_cliff_beyond_the_term() {
	integrity_of(Terms { cliff: Some(11), ..plain(10) });
}

#[test]
#[should_panic(expected = "Checker: an early exit must take some time, and less")]
fn integrity_test_should_refuse_an_exit_that_takes_longer() {
	let early_exit = Some(EarlyExit { term: 10, forfeit: Perbill::from_percent(75) });
	integrity_of(Terms { early_exit, ..plain(10) });
}

#[test]
#[should_panic(expected = "Checker: nobody would wait if leaving early cost nothing")]
fn integrity_test_should_refuse_an_exit_that_costs_nothing() {
	integrity_of(Terms { early_exit: Some(EarlyExit { term: 5, forfeit: Perbill::zero() }), ..plain(10) });
}

#[test]
#[should_panic(expected = "Checker: what cannot be staked earns nothing")]
fn integrity_test_should_refuse_to_compound_what_cannot_be_staked() {
	integrity_of(Terms { compounds: true, ..plain(10) });
}
