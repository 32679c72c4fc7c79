//! Credits in escrow, and what they are worth when they are spent.

use crate::{mock::*, *};
use assay_primitives::CreditsEscrow;
use frame_support::{assert_noop, assert_ok};

type Escrow = Credits;

#[test]
fn hold_and_release_should_move_credits_and_nothing_else() {
	build_and_execute(|| {
		bought(ALICE, 100);
		assert_ok!(Escrow::hold(&ALICE, 40_000));
		assert_eq!(ledger(ALICE), CreditLedger { free: 59_000, escrowed: 40_000, basis: 100, queued: 0 });
		assert_eq!(last_event(), Event::CreditsHeld { who: ALICE, credits: 40_000 });
		assert_eq!(Escrow::held(&ALICE), 40_000);
		assert_ok!(Escrow::release(&ALICE, 15_000));
		assert_eq!(ledger(ALICE), CreditLedger { free: 74_000, escrowed: 25_000, basis: 100, queued: 0 });
		assert_eq!(last_event(), Event::CreditsReleased { who: ALICE, credits: 15_000 });
	});
}

#[test]
fn spend_should_make_credits_vanish_and_return_what_was_burned_for_them() {
	build_and_execute(|| {
		let credits = escrowed(ALICE, 100);
		assert_eq!(credits, 99_000);
		assert_eq!(Credits::spend_value(ALICE, 49_500), 50);
		assert_eq!(Escrow::spend(&ALICE, 49_500), Ok(50));
		assert_eq!(ledger(ALICE), CreditLedger { free: 0, escrowed: 49_500, basis: 50, queued: 0 });
		assert_eq!(last_event(), Event::CreditsSpent { who: ALICE, credits: 49_500, value: 50 });
		assert_eq!(Escrow::spend(&ALICE, 49_500), Ok(50));
		assert!(!Ledgers::<Test>::contains_key(ALICE));
		let totals = CreditTotals { bought: 99_000, spent: 99_000, burned: 100, spent_value: 100 };
		assert_eq!(Totals::<Test>::get(), totals);
	});
}

#[test]
fn escrow_should_fail_beyond_what_is_there() {
	build_and_execute(|| {
		assert_noop!(Escrow::hold(&ALICE, 1), Error::<Test>::NotEnoughCredits);
		assert_noop!(Escrow::release(&ALICE, 1), Error::<Test>::NotEnoughEscrowed);
		assert_noop!(Escrow::spend(&ALICE, 1), Error::<Test>::NotEnoughEscrowed);
		bought(ALICE, 100);
		assert_noop!(Escrow::hold(&ALICE, 99_001), Error::<Test>::NotEnoughCredits);
		// Free credits cannot be spent: they have to be put into escrow first.
		assert_noop!(Escrow::spend(&ALICE, 1), Error::<Test>::NotEnoughEscrowed);
		assert_ok!(Escrow::hold(&ALICE, 10));
		assert_noop!(Escrow::spend(&ALICE, 11), Error::<Test>::NotEnoughEscrowed);
		assert_noop!(Escrow::release(&ALICE, 11), Error::<Test>::NotEnoughEscrowed);
		assert_noop!(Escrow::hold(&BOB, 1), Error::<Test>::NotEnoughCredits);
	});
}

#[test]
fn escrow_of_nothing_should_leave_no_trace() {
	build_and_execute(|| {
		assert_ok!(Escrow::hold(&ALICE, 0));
		assert_ok!(Escrow::release(&ALICE, 0));
		assert_eq!(Escrow::spend(&ALICE, 0), Ok(0));
		assert!(events().is_empty());
		assert!(!Ledgers::<Test>::contains_key(ALICE));
	});
}

#[test]
fn escrow_should_go_on_while_halted() {
	build_and_execute(|| {
		bought(ALICE, 100);
		Usd::set(None);
		run(3);
		assert_eq!(halted_for(), Some(HaltReason::NoPrice));
		assert_ok!(Escrow::hold(&ALICE, 99_000));
		assert_ok!(Escrow::release(&ALICE, 9_000));
		assert_eq!(Escrow::spend(&ALICE, 90_000), Ok(90));
	});
}

#[test]
fn spending_should_be_valued_at_what_was_burned_when_the_price_falls() {
	build_and_execute(|| {
		let credits = escrowed(ALICE, 100);
		set_price(1, 10);
		assert_ok!(Credits::reset_breaker(RuntimeOrigin::root()));
		// At the present price these dollars are 990 tokens. A reward bounded by that could be ten times what was burned.
		assert_eq!(Credits::native_value_of_usd(credits), Some(990));
		assert_eq!(Escrow::spend(&ALICE, credits), Ok(100));
	});
}

#[test]
fn spending_should_be_valued_at_the_average_of_what_was_burned() {
	build_and_execute(|| {
		escrowed(ALICE, 100);
		set_price(2, 1);
		assert_ok!(Credits::reset_breaker(RuntimeOrigin::root()));
		escrowed(ALICE, 100);
		assert_eq!(ledger(ALICE), CreditLedger { free: 0, escrowed: 297_000, basis: 200, queued: 0 });
		assert_eq!(Escrow::spend(&ALICE, 148_500), Ok(100));
		// Rounded down; the rest stays with the rest.
		assert_eq!(Escrow::spend(&ALICE, 1_484), Ok(0));
		assert_eq!(ledger(ALICE).basis, 100);
		assert_eq!(Escrow::spend(&ALICE, 147_016), Ok(100));
	});
}

#[test]
fn buying_ones_own_work_in_credits_should_lose_whatever_the_price_does() {
	build_and_execute(|| {
		// As the runtime has it: a reward is at most four fifths of the value.
		let mut back = 0;
		let mut burned = 0;
		for price in [1, 5, 1, 20, 1, 3] {
			set_price(price, 2);
			assert_ok!(Credits::reset_breaker(RuntimeOrigin::root()));
			let credits = escrowed(ALICE, 777);
			burned += 777;
			back += Perbill::from_percent(80).mul_floor(Escrow::spend(&ALICE, credits / 3).unwrap());
		}
		let rest = Escrow::held(&ALICE);
		back += Perbill::from_percent(80).mul_floor(Escrow::spend(&ALICE, rest).unwrap());
		assert!(back <= burned * 4 / 5, "{back} of {burned}");
	});
}

#[test]
fn escrow_of_one_account_should_not_touch_another() {
	build_and_execute(|| {
		escrowed(ALICE, 100);
		escrowed(BOB, 50);
		let before = ledger(BOB);
		assert_ok!(Escrow::spend(&ALICE, 99_000));
		assert_eq!(ledger(BOB), before);
	});
}
