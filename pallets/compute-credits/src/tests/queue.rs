//! Requests, cancellation, and what the executor makes of them.

use crate::{mock::*, *};
use frame_support::{
	assert_noop, assert_ok,
	traits::{
		fungible::{MutateHold, Unbalanced},
		tokens::Precision,
		Hooks,
	},
};
use sp_runtime::{traits::BadOrigin, TokenError};

#[test]
fn buy_credits_should_hold_the_tokens_and_queue_a_conversion() {
	build_and_execute(|| {
		assert_ok!(Credits::buy_credits(signed(ALICE), 100, 99_000));
		assert_eq!((free(ALICE), held(ALICE)), (ENDOWMENT - 100, 100));
		assert_eq!(Balances::total_issuance(), 3 * ENDOWMENT);
		assert_eq!(ledger(ALICE), CreditLedger { queued: 1, ..Default::default() });
		let id = ConversionId(0);
		let queued = Event::ConversionQueued { id, who: ALICE, amount: 100, min_credits: 99_000, ready_at: 3 };
		assert_eq!(events(), [queued]);
		let conversion =
			Conversion { who: ALICE, amount: 100, min_credits: 99_000, ready_at: 3, attempts: 0, position: 0 };
		let status = ConversionStatus { conversion, ahead: 0, credits: Some(99_000) };
		assert_eq!(Credits::conversion_status(id), Some(status));
	});
}

#[test]
fn executor_should_burn_and_issue_at_the_price_of_its_time() {
	build_and_execute(|| {
		let id = buy(ALICE, 100);
		assert_eq!(Credits::quote_credits(100), Some(99_000));
		run(2);
		assert_eq!(ledger(ALICE).free, 0, "executed before the delay was over");
		set_price(105, 100);
		end_block();
		assert_eq!(ledger(ALICE), CreditLedger { free: 103_950, escrowed: 0, basis: 100, queued: 0 });
		assert_eq!((free(ALICE), held(ALICE)), (ENDOWMENT - 100, 0));
		assert_eq!(Balances::total_issuance(), 3 * ENDOWMENT - 100);
		let price = FixedU128::from_rational(105, 100);
		assert_eq!(last_event(), Event::CreditsBought { id, who: ALICE, burned: 100, credits: 103_950, price });
		assert_eq!(Credits::conversion_status(id), None);
		assert_eq!(Window::<Test>::get(), BurnWindow { start: 0, burned: 100 });
	});
}

#[test]
fn executor_should_go_by_the_order_of_requests() {
	build_and_execute(|| {
		let ids = [buy(CAROL, 50), buy(ALICE, 60), buy(BOB, 70), buy(ALICE, 80), buy(BOB, 90)];
		run(3);
		let made = || {
			let bought = events().into_iter().filter_map(|event| match event {
				Event::CreditsBought { id, .. } => Some(id),
				_ => None,
			});
			bought.collect::<Vec<_>>()
		};
		assert_eq!(made(), ids[..4], "more than the most that a block executes");
		assert_eq!(Credits::conversion_status(ids[4]).unwrap().ahead, 0);
		run(1);
		assert_eq!(made(), ids);
	});
}

#[test]
fn buy_credits_should_fail_outside_the_bounds_of_an_amount() {
	build_and_execute(|| {
		assert_noop!(Credits::buy_credits(RuntimeOrigin::root(), 100, 0), BadOrigin);
		assert_noop!(Credits::buy_credits(signed(ALICE), 0, 0), Error::<Test>::AmountTooSmall);
		assert_noop!(Credits::buy_credits(signed(ALICE), 9, 0), Error::<Test>::AmountTooSmall);
		assert_noop!(Credits::buy_credits(signed(ALICE), 10_001, 0), Error::<Test>::AmountTooLarge);
		assert_noop!(Credits::buy_credits(signed(ALICE), Balance::MAX, 0), Error::<Test>::AmountTooLarge);
		assert_ok!(Credits::buy_credits(signed(ALICE), 10, 0));
		assert_ok!(Credits::buy_credits(signed(ALICE), 10_000, 0));
	});
}

#[test]
fn buy_credits_should_fail_when_the_buyer_does_not_have_the_tokens() {
	build_and_execute(|| {
		let stranger = 77;
		assert_noop!(Credits::buy_credits(signed(stranger), 100, 0), TokenError::FundsUnavailable);
		assert!(!Ledgers::<Test>::contains_key(stranger));
	});
}

#[test]
fn buy_credits_should_fail_when_the_price_makes_too_few_credits() {
	build_and_execute(|| {
		assert_noop!(Credits::buy_credits(signed(ALICE), 100, 99_001), Error::<Test>::TooFewCredits);
		assert_ok!(Credits::buy_credits(signed(ALICE), 100, 99_000));
	});
}

#[test]
fn buy_credits_should_fail_while_halted() {
	build_and_execute(|| {
		assert_ok!(Credits::halt_conversions(RuntimeOrigin::root()));
		assert_noop!(Credits::buy_credits(signed(ALICE), 100, 0), Error::<Test>::Halted);
	});
	build_and_execute(|| {
		// The breaker has not tripped yet: the price went bad in this block.
		Usd::set(None);
		assert!(is_open());
		assert_noop!(Credits::buy_credits(signed(ALICE), 100, 0), Error::<Test>::Halted);
		assert_eq!(Credits::quote_credits(100), None);
	});
}

#[test]
fn queue_should_be_bounded_in_all_and_by_account() {
	build_and_execute(|| {
		for _ in 0..3 {
			buy(ALICE, 100);
		}
		assert_noop!(Credits::buy_credits(signed(ALICE), 100, 0), Error::<Test>::TooManyConversions);
		let last = [buy(BOB, 100), buy(BOB, 100), buy(BOB, 100)][2];
		assert_noop!(Credits::buy_credits(signed(CAROL), 100, 0), Error::<Test>::QueueFull);
		assert_ok!(Credits::cancel_conversion(signed(BOB), last));
		assert_ok!(Credits::buy_credits(signed(CAROL), 100, 0));
	});
}

#[test]
fn cancel_conversion_should_release_the_exact_amount() {
	build_and_execute(|| {
		let id = buy(ALICE, 123);
		run(2);
		assert_ok!(Credits::cancel_conversion(signed(ALICE), id));
		assert_eq!((free(ALICE), held(ALICE)), (ENDOWMENT, 0));
		assert!(!Ledgers::<Test>::contains_key(ALICE));
		let reason = CancelReason::Requested;
		assert_eq!(last_event(), Event::ConversionCancelled { id, who: ALICE, refunded: 123, reason });
		run(5);
		assert_eq!(Totals::<Test>::get(), CreditTotals::default());
	});
}

#[test]
fn cancel_conversion_should_work_while_halted() {
	build_and_execute(|| {
		let id = buy(ALICE, 123);
		Age::set(60_001);
		run(10);
		assert_eq!(halted_for(), Some(HaltReason::StalePrice));
		assert_ok!(Credits::cancel_conversion(signed(ALICE), id));
		assert_eq!(free(ALICE), ENDOWMENT);
	});
}

#[test]
fn cancel_conversion_should_fail_for_others_and_when_it_is_over() {
	build_and_execute(|| {
		let id = buy(ALICE, 123);
		assert_noop!(Credits::cancel_conversion(RuntimeOrigin::root(), id), BadOrigin);
		assert_noop!(Credits::cancel_conversion(signed(BOB), id), Error::<Test>::NotOwner);
		assert_noop!(Credits::cancel_conversion(signed(ALICE), ConversionId(1)), Error::<Test>::UnknownConversion);
		run(3);
		assert_noop!(Credits::cancel_conversion(signed(ALICE), id), Error::<Test>::UnknownConversion);
		let again = buy(ALICE, 123);
		assert_ok!(Credits::cancel_conversion(signed(ALICE), again));
		assert_noop!(Credits::cancel_conversion(signed(ALICE), again), Error::<Test>::UnknownConversion);
	});
}

#[test]
fn cancelled_conversions_should_not_keep_up_those_behind_them() {
	build_and_execute(|| {
		let mut gaps = 0;
		for _ in 0..20 {
			let id = buy(ALICE, 50);
			let other = buy(BOB, 50);
			assert_ok!(Credits::cancel_conversion(signed(ALICE), id));
			assert_ok!(Credits::cancel_conversion(signed(BOB), other));
			gaps += 2;
		}
		// An emptied queue has no gaps left.
		assert_eq!(Line::<Test>::get(), QueueLine { head: gaps, tail: gaps, count: 0, amount: 0 });
		buy(CAROL, 70);
		let inside = [buy(ALICE, 50), buy(ALICE, 50)];
		buy(BOB, 60);
		for id in inside {
			assert_ok!(Credits::cancel_conversion(signed(ALICE), id));
		}
		assert_eq!(Line::<Test>::get(), QueueLine { head: gaps, tail: gaps + 4, count: 2, amount: 130 });
		run(3);
		assert_eq!((ledger(CAROL).basis, ledger(BOB).basis), (70, 60));
		assert_eq!(Line::<Test>::get(), QueueLine { head: gaps + 4, tail: gaps + 4, count: 0, amount: 0 });
	});
}

#[test]
fn conversion_should_be_refunded_when_its_attempts_are_exhausted() {
	build_and_execute(|| {
		let id = buy_at_least(ALICE, 100, 99_000);
		let other = buy(BOB, 100);
		set_price(99, 100);
		run(3);
		let failure = Failure::Slippage;
		assert!(events().contains(&Event::ConversionRetried { id, attempts: 1, failure }));
		// The one behind was executed in the same block.
		assert_eq!((Conversions::<Test>::contains_key(other), ledger(BOB).free), (false, 98_010));
		assert_eq!(Credits::conversion_status(id).unwrap().conversion.ready_at, 5);
		run(2);
		assert_eq!(last_event(), Event::ConversionRetried { id, attempts: 2, failure });
		assert_eq!(held(ALICE), 100);
		run(2);
		let reason = CancelReason::Failed(failure);
		assert_eq!(last_event(), Event::ConversionCancelled { id, who: ALICE, refunded: 100, reason });
		assert_eq!((free(ALICE), held(ALICE)), (ENDOWMENT, 0));
		assert!(!Ledgers::<Test>::contains_key(ALICE));
	});
}

#[test]
fn conversion_should_be_executed_by_a_later_attempt_when_the_price_is_back() {
	build_and_execute(|| {
		buy_at_least(ALICE, 100, 99_000);
		set_price(99, 100);
		run(3);
		set_price(1, 1);
		run(2);
		assert_eq!(ledger(ALICE), CreditLedger { free: 99_000, escrowed: 0, basis: 100, queued: 0 });
	});
}

#[test]
fn conversion_of_dust_should_be_refunded_at_once() {
	build_and_execute(|| {
		// Ten units make one credit, and at a slightly lower price none.
		let price = FixedU128::from_rational(101, 1_000_000);
		Usd::set(Some(price));
		Guard::<Test>::put(PriceGuard { average: Some(price), breaker: Breaker::Open });
		Spread::set(Perbill::zero());
		let id = buy(ALICE, 10);
		assert_eq!(Credits::quote_credits(10), Some(1));
		set_price(99, 1_000_000);
		assert_noop!(Credits::buy_credits(signed(BOB), 10, 0), Error::<Test>::AmountTooSmall);
		run(3);
		let reason = CancelReason::Failed(Failure::Dust);
		assert_eq!(last_event(), Event::ConversionCancelled { id, who: ALICE, refunded: 10, reason });
		assert_eq!(free(ALICE), ENDOWMENT);
	});
}

#[test]
fn conversion_above_a_lowered_limit_should_be_refunded_at_once() {
	build_and_execute(|| {
		let id = buy(ALICE, 200);
		MaxBurnPerPeriod::set(199);
		run(3);
		let reason = CancelReason::Failed(Failure::TooLarge);
		assert_eq!(last_event(), Event::ConversionCancelled { id, who: ALICE, refunded: 200, reason });
	});
}

#[test]
fn conversion_should_be_refunded_when_the_credits_do_not_fit() {
	new_test_ext().execute_with(|| {
		Totals::<Test>::mutate(|totals| totals.bought = u128::MAX - 98_999);
		let id = buy(ALICE, 100);
		run(3);
		let reason = CancelReason::Failed(Failure::Overflow);
		assert_eq!(last_event(), Event::ConversionCancelled { id, who: ALICE, refunded: 100, reason });
		// What had been burned before the sums were looked at was rolled back.
		assert_eq!((free(ALICE), Balances::total_issuance()), (ENDOWMENT, 3 * ENDOWMENT));
		assert_eq!(Totals::<Test>::get().burned, 0);
	});
}

#[test]
fn period_should_burn_no_more_than_its_limit() {
	build_and_execute(|| {
		for who in [ALICE, ALICE, BOB] {
			buy(who, 8_000);
		}
		let small = buy(CAROL, 10);
		run(3);
		assert_eq!(Window::<Test>::get().burned, 16_000);
		// The third does not fit. It waits at the head and loses no attempt; nobody overtakes it.
		assert_eq!(Credits::conversion_status(small).unwrap().ahead, 1);
		while now() < 20 {
			next_block();
		}
		assert_eq!(ledger(BOB).free, 0);
		end_block();
		assert_eq!(Window::<Test>::get(), BurnWindow { start: 20, burned: 8_010 });
		assert_eq!((ledger(BOB).basis, ledger(CAROL).basis), (8_000, 10));
		assert!(!events().iter().any(|event| matches!(event, Event::ConversionRetried { .. })));
	});
}

#[test]
fn halt_should_be_no_attempt() {
	build_and_execute(|| {
		let id = buy(ALICE, 100);
		Usd::set(None);
		run(50);
		assert_eq!(Credits::conversion_status(id).unwrap().conversion.attempts, 0);
		assert_eq!(Credits::conversion_status(id).unwrap().credits, None);
		set_price(1, 1);
		run(7);
		assert_eq!(ledger(ALICE).free, 99_000);
	});
}

#[test]
fn executor_should_keep_within_the_weight_that_is_left() {
	build_and_execute(|| {
		for _ in 0..3 {
			buy(ALICE, 100);
		}
		System::set_block_number(10);
		let (idle, one) = (<()>::executor_idle(), <()>::executor_convert());
		let short = Credits::smallest_useful_limit() - Weight::from_parts(1, 0);
		assert_eq!(Credits::on_idle(10, idle - Weight::from_parts(1, 0)), Weight::zero());
		assert_eq!(Credits::on_idle(10, short), idle);
		assert_eq!(Line::<Test>::get().count, 3);
		assert_eq!(Credits::on_idle(10, Credits::smallest_useful_limit()), idle + one);
		assert_eq!(Line::<Test>::get().count, 2);
		assert_eq!(Credits::on_idle(10, Weight::MAX), idle + one * 2);
		assert_eq!(Credits::on_idle(10, Weight::MAX), idle);
	});
}

#[test]
fn dust_at_the_existential_deposit_should_convert_and_come_back() {
	build_and_execute(|| {
		// Nothing but the smallest conversion and the existential deposit.
		let who = 50;
		assert_ok!(<Balances as frame_support::traits::fungible::Mutate<_>>::transfer(
			&CAROL,
			&who,
			15,
			frame_support::traits::tokens::Preservation::Expendable,
		));
		assert_noop!(Credits::buy_credits(signed(who), 11, 0), TokenError::FundsUnavailable);
		let id = buy(who, 10);
		assert_eq!((free(who), held(who)), (5, 10));
		assert_ok!(Credits::cancel_conversion(signed(who), id));
		assert_eq!(free(who), 15);
		bought(who, 10);
		assert_eq!((free(who), ledger(who).free), (5, 9_900));
	});
}

#[test]
fn credits_should_outlive_the_tokens_of_their_account() {
	build_and_execute(|| {
		bought(ALICE, 100);
		assert_ok!(<Balances as frame_support::traits::fungible::Mutate<_>>::transfer(
			&ALICE,
			&BOB,
			ENDOWMENT - 100,
			frame_support::traits::tokens::Preservation::Expendable,
		));
		assert!(!System::account_exists(&ALICE));
		assert_eq!(ledger(ALICE).free, 99_000);
	});
}

#[test]
fn conversion_whose_hold_is_gone_should_not_stop_the_queue() {
	new_test_ext().execute_with(|| {
		let id = buy(ALICE, 100);
		buy(BOB, 100);
		// Cannot happen: nobody else can touch what is on hold for this.
		let reason = HoldReason::Conversion.into();
		assert_ok!(<Balances as MutateHold<_>>::release(&reason, &ALICE, 1, Precision::Exact));
		run(3);
		assert_eq!(ledger(BOB).free, 99_000);
		assert_eq!((held(ALICE), ledger(ALICE).free), (99, 0));
		run(4);
		assert!(matches!(
			last_event(),
			Event::Unexpected { kind: UnexpectedKind::RefundFailed { id: failed, .. } } if failed == id,
		));
		assert_eq!(Line::<Test>::get().count, 1);
		assert_eq!(Balances::total_issuance(), 3 * ENDOWMENT - 100);
	});
}

#[test]
fn position_without_a_conversion_should_be_passed() {
	new_test_ext().execute_with(|| {
		let id = buy(ALICE, 100);
		buy(BOB, 100);
		Conversions::<Test>::remove(id);
		run(3);
		assert!(events().contains(&Event::Unexpected { kind: UnexpectedKind::UnknownConversion { id } }));
		assert_eq!(ledger(BOB).free, 99_000);
	});
}

#[test]
fn inactive_tokens_should_convert_too() {
	build_and_execute(|| {
		buy(ALICE, 100);
		Balances::deactivate(1_000);
		run(3);
		assert_eq!(ledger(ALICE).basis, 100);
	});
}
