//! Each check of the state finds what it is there for.

use crate::{mock::*, *};
use frame_support::{
	assert_ok,
	traits::{fungible::MutateHold, tokens::Precision},
};

/// Check a sound state, spoil it, and expect `check` to say `message`.
fn assert_found(
	check: fn() -> Result<(), sp_runtime::TryRuntimeError>,
	message: &'static str,
	spoil: impl FnOnce(JobId),
) {
	new_test_ext().execute_with(|| {
		demanded();
		let job = demanded();
		assert_ok!(WorkProofs::demand_unit(signed(STRANGER), job, 2));
		assert_ok!(announce(STRANGER, job, 2));
		check_everything();
		spoil(job);
		assert_eq!(check(), Err(sp_runtime::TryRuntimeError::Other(message)));
		assert!(WorkProofs::do_try_state().is_err());
	});
}

#[test]
fn check_deposits_should_fail_when_a_hold_differs_from_the_books() {
	let message = "an account's hold differs from the books";
	let reason = RuntimeHoldReason::from(HoldReason::DemandDeposit);
	assert_found(WorkProofs::check_deposits, message, |_| {
		assert_ok!(Balances::hold(&reason, &STRANGER, 1));
	});
	assert_found(WorkProofs::check_deposits, message, |_| {
		assert_ok!(Balances::release(&reason, &CHALLENGER, 1, Precision::Exact));
	});
	// Nor may somebody have something on hold who demands nothing.
	assert_found(WorkProofs::check_deposits, message, |_| {
		assert_ok!(Balances::hold(&reason, &CLIENT, 1));
	});
	assert_found(WorkProofs::check_deposits, "somebody who has put up a deposit has no account", |job| {
		Demands::<Test>::insert(job, 3, Demand { by: 77, deposit: 1, reveal_by: 7 });
	});
}

#[test]
fn check_deposits_should_fail_when_what_is_on_hold_for_announcements_differs_from_the_books() {
	let message = "an account's hold differs from the books";
	let reason = RuntimeHoldReason::from(HoldReason::AnnouncementDeposit);
	for who in [STRANGER, CLIENT] {
		assert_found(WorkProofs::check_deposits, message, |_| {
			assert_ok!(Balances::hold(&reason, &who, 1));
		});
	}
	assert_found(WorkProofs::check_deposits, message, |_| {
		assert_ok!(Balances::release(&reason, &STRANGER, 1, Precision::Exact));
	});
}

#[test]
fn check_expiries_should_fail_when_they_are_wrong() {
	// Announced in block 1, forgotten in block 10.
	let key = |job| (STRANGER, announcement(STRANGER, job, 2));
	assert_found(WorkProofs::check_expiries, "an announcement would be kept for ever", |job| {
		Expiries::<Test>::remove(10, key(job));
	});
	assert_found(WorkProofs::check_expiries, "there is an expiry that no announcement explains", |job| {
		Expiries::<Test>::insert(11, key(job), ());
	});
	assert_found(WorkProofs::check_expiries, "an announcement never counts", |job| {
		let (by, hash) = key(job);
		Announcements::<Test>::mutate(by, hash, |announcement| announcement.as_mut().unwrap().counts_from = 10);
	});
	assert_found(WorkProofs::check_expiries, "the cursor has passed an expiry", |_| ExpiryCursor::<Test>::put(11));
}

#[test]
fn check_questions_should_fail_when_the_market_counts_otherwise() {
	let message = "the market counts fewer open questions than there are demands";
	assert_found(WorkProofs::check_questions, message, |job| {
		Results::mutate(job, |entry| entry.as_mut().unwrap().open = 1);
	});
	assert_found(WorkProofs::check_questions, "a unit is demanded that the result is not about", |job| {
		Results::mutate(job, |entry| entry.as_mut().unwrap().units = 2);
	});
	assert_found(WorkProofs::check_questions, "a result has too many open demands", |_| MaxOpenDemands::set(1));
	MaxOpenDemands::set(5);
}

#[test]
fn check_deadlines_should_fail_when_they_are_wrong() {
	assert_found(WorkProofs::check_deadlines, "a demand has no deadline", |job| {
		Deadlines::<Test>::remove(8, (job, 2));
	});
	assert_found(WorkProofs::check_deadlines, "there is a deadline that no demand explains", |job| {
		Deadlines::<Test>::insert(9, (job, 2), ());
	});
	assert_found(WorkProofs::check_deadlines, "the cursor has passed a deadline", |_| {
		DeadlineCursor::<Test>::put(9);
	});
}
