//! The bytes of stored types and the names of entries are pinned.

use crate::{mock::*, *};
use codec::{Decode, Encode};
use frame_support::traits::Hooks;

#[track_caller]
fn assert_bytes<V: Decode + Encode + PartialEq + core::fmt::Debug>(value: V, bytes: &[u8]) {
	assert_eq!(value.encode(), bytes);
	assert_eq!(V::decode(&mut &bytes[..]), Ok(value));
}

#[test]
fn stored_types_should_keep_their_bytes() {
	let number = |n: u128| n.to_le_bytes();
	assert_bytes(ConversionId(1), &[1, 0, 0, 0, 0, 0, 0, 0]);
	assert_bytes(
		Conversion::<u8, u32> { who: 9, amount: 1, min_credits: 2, ready_at: 3, attempts: 4, position: 5 },
		&[&[9][..], &number(1), &number(2), &[3, 0, 0, 0, 4, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0]].concat(),
	);
	assert_bytes(
		CreditLedger { free: 1, escrowed: 2, basis: 3, queued: 4 },
		&[&number(1)[..], &number(2), &number(3), &[4, 0, 0, 0]].concat(),
	);
	assert_bytes(
		CreditTotals { bought: 1, spent: 2, burned: 3, spent_value: 4 },
		&[number(1), number(2), number(3), number(4)].concat(),
	);
	assert_bytes(
		QueueLine { head: 1, tail: 2, count: 3, amount: 4 },
		&[&[1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0][..], &number(4)].concat(),
	);
	assert_bytes(BurnWindow::<u32> { start: 1, burned: 2 }, &[&[1, 0, 0, 0][..], &number(2)].concat());
	let open = PriceGuard::<u32> { average: Some(FixedU128::from_inner(7)), breaker: Breaker::Open };
	assert_bytes(open, &[&[1][..], &number(7), &[0]].concat());
	let reasons = [HaltReason::NoPrice, HaltReason::StalePrice, HaltReason::Deviation, HaltReason::Admin];
	for (index, reason) in (0u8..).zip(reasons) {
		let breaker = Breaker::Halted { reason, since: 1, sound_since: Some(2) };
		let bytes = [0, 1, index, 1, 0, 0, 0, 1, 2, 0, 0, 0];
		assert_bytes(PriceGuard::<u32> { average: None, breaker }, &bytes);
	}
	assert_eq!(HoldReason::Conversion.encode(), [0]);
}

#[test]
fn reported_types_should_keep_their_bytes() {
	let failures = [Failure::Slippage, Failure::Dust, Failure::TooLarge, Failure::Overflow];
	for (index, failure) in (0u8..).zip(failures) {
		assert_bytes(CancelReason::Failed(failure), &[1, index]);
	}
	assert_bytes(Failure::Burn(DispatchError::Unavailable), &[4, 12]);
	assert_bytes(CancelReason::Requested, &[0]);
	assert_bytes(UnexpectedKind::UnknownConversion { id: ConversionId(1) }, &[0, 1, 0, 0, 0, 0, 0, 0, 0]);
}

#[test]
fn integrity_test_should_accept_the_mock() {
	new_test_ext().execute_with(Credits::integrity_test);
}

#[test]
#[should_panic(expected = "a block must not try a conversion twice")]
fn integrity_test_should_refuse_to_convert_at_once() {
	new_test_ext().execute_with(|| {
		QueueDelay::set(0);
		Credits::integrity_test();
	});
}

#[test]
#[should_panic(expected = "a smaller conversion might be impossible to release")]
fn integrity_test_should_refuse_conversions_below_the_existential_deposit() {
	new_test_ext().execute_with(|| {
		MinConversion::set(4);
		Credits::integrity_test();
	});
}

#[test]
#[should_panic(expected = "a price of zero must be out of bounds")]
fn integrity_test_should_refuse_to_allow_any_deviation() {
	new_test_ext().execute_with(|| {
		MaxDeviation::set(Perbill::one());
		Credits::integrity_test();
	});
}

#[test]
#[should_panic(expected = "a conversion must fit into a period")]
fn integrity_test_should_refuse_a_limit_below_a_conversion() {
	new_test_ext().execute_with(|| {
		MaxBurnPerPeriod::set(9_999);
		Credits::integrity_test();
	});
}
