//! The pallet's checks fail on what they are there for.

use crate::{mock::*, *};
use assay_primitives::CreditsEscrow;
use frame_support::{
	assert_ok,
	traits::{fungible::MutateHold, tokens::Precision},
};
use sp_runtime::TryRuntimeError;

/// Corrupt a healthy state that has credits, free and in escrow, and a queue, and expect `check` to notice it.
#[track_caller]
fn assert_noticed(check: fn() -> Result<(), TryRuntimeError>, message: &'static str, corrupt: impl FnOnce()) {
	new_test_ext().execute_with(|| {
		escrowed(ALICE, 100);
		bought(BOB, 100);
		assert_ok!(Credits::spend(&ALICE, 20_000));
		buy(ALICE, 50);
		buy(CAROL, 60);
		assert_eq!(Credits::do_try_state(), Ok(()));
		corrupt();
		assert_eq!(check(), Err(message.into()));
		assert_eq!(Credits::do_try_state(), Err(message.into()));
	});
}

fn conversion(corrupt: fn(&mut Conversion<AccountId, u32>)) {
	Conversions::<Test>::mutate(ConversionId(2), |conversion| corrupt(conversion.as_mut().unwrap()));
}

#[test]
fn check_credits_should_fail_when_credits_come_from_nowhere_or_get_lost() {
	let message = "bought - spent != credits of all accounts";
	let check = Credits::check_credits;
	assert_noticed(check, message, || Ledgers::<Test>::mutate(BOB, |ledger| ledger.free += 1));
	assert_noticed(check, message, || Ledgers::<Test>::mutate(ALICE, |ledger| ledger.escrowed -= 1));
	assert_noticed(check, message, || Totals::<Test>::mutate(|totals| totals.spent += 1));
	assert_noticed(check, message, || Totals::<Test>::mutate(|totals| totals.spent = u128::MAX));
}

#[test]
fn check_basis_should_fail_when_credits_are_worth_more_than_was_burned() {
	let message = "burned - spent value != bases of all accounts";
	let check = Credits::check_basis;
	assert_noticed(check, message, || Ledgers::<Test>::mutate(BOB, |ledger| ledger.basis += 1));
	assert_noticed(check, message, || Totals::<Test>::mutate(|totals| totals.burned += 1));
	assert_noticed(check, "an empty ledger is stored", || Ledgers::<Test>::insert(9, CreditLedger::default()));
	assert_noticed(check, "a basis without credits", || {
		Ledgers::<Test>::insert(9, CreditLedger { basis: 1, ..Default::default() });
		Totals::<Test>::mutate(|totals| totals.burned += 1);
	});
}

#[test]
fn check_queue_should_fail_when_conversions_and_positions_differ() {
	let check = Credits::check_queue;
	assert_noticed(check, "a position names no conversion", || Queue::<Test>::insert(3, ConversionId(99)));
	assert_noticed(check, "a conversion stands elsewhere", || conversion(|conversion| conversion.position = 3));
	assert_noticed(check, "a position lies outside the queue", || Line::<Test>::mutate(|line| line.head += 1));
	assert_noticed(check, "a position lies outside the queue", || Line::<Test>::mutate(|line| line.tail -= 1));
	let early = "a conversion is ready before the one ahead of it";
	assert_noticed(check, early, || conversion(|conversion| conversion.ready_at = 99));
	assert_noticed(check, "a conversion of an id that was not given", || {
		NextConversionId::<Test>::put(ConversionId(3));
	});
	assert_noticed(check, "a conversion has no position", || Queue::<Test>::remove(2));
	assert_noticed(check, "the queue's count is wrong", || Line::<Test>::mutate(|line| line.count += 1));
	assert_noticed(check, "the queue's sum is wrong", || conversion(|conversion| conversion.amount += 1));
}

#[test]
fn check_queued_by_account_should_fail_when_a_count_is_wrong() {
	let check = Credits::check_queued_by_account;
	let message = "an account's count of conversions is wrong";
	assert_noticed(check, message, || Ledgers::<Test>::mutate(ALICE, |ledger| ledger.queued += 1));
	assert_noticed(check, message, || Ledgers::<Test>::mutate(BOB, |ledger| ledger.queued += 1));
	assert_noticed(check, "a conversion's account has no ledger", || Ledgers::<Test>::remove(CAROL));
}

#[test]
fn check_holds_should_fail_when_tokens_are_missing() {
	let reason = HoldReason::Conversion.into();
	let message = "an account's hold differs from its conversions";
	assert_noticed(Credits::check_holds, message, || {
		assert_ok!(Balances::release(&reason, &ALICE, 1, Precision::Exact));
	});
	assert_noticed(Credits::check_holds, message, || {
		assert_ok!(Balances::hold(&reason, &BOB, 1));
	});
}

#[test]
fn check_guard_should_fail_when_the_breaker_makes_no_sense() {
	let check = Credits::check_guard;
	assert_noticed(check, "the breaker is open without an average", || {
		Guard::<Test>::mutate(|guard| guard.average = None);
	});
	assert_noticed(check, "prices are sound since before the halt", || {
		let reason = HaltReason::NoPrice;
		Guard::<Test>::mutate(|guard| guard.breaker = Breaker::Halted { reason, since: 5, sound_since: Some(4) });
	});
}
