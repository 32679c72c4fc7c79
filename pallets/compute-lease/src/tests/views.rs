//! What can be asked.

use crate::{mock::*, *};
use frame_support::assert_ok;

#[test]
fn order_quote_should_match_what_placing_takes() {
	build_and_execute(|| {
		let quote = ComputeLease::order_quote(spec(), PaymentKind::Native).unwrap();
		assert_eq!(quote, OrderQuote { min_funding: 400, deposit: 50, paid: paid(95, 2, 3, 5) });
		place(spec(), quote.min_funding);
		assert_eq!(ENDOWMENT - free(CLIENT), quote.min_funding + quote.deposit);
	});
}

#[test]
fn order_should_say_what_can_be_bid() {
	build_and_execute(|| {
		let lease = place(spec(), 1_000);
		let rate = || ComputeLease::order(lease).unwrap().rate_to_bid;
		assert_eq!(rate(), 100);
		let machine = machine(PROVIDER);
		assert_ok!(ComputeLease::bid(signed(PROVIDER), lease, machine, rate(), 8));
		assert_eq!(rate(), 99);
		assert_ok!(ComputeLease::bid(signed(PROVIDER), lease, machine, rate(), 8));
		let view = ComputeLease::order(lease).unwrap();
		assert_eq!((view.client, view.escrow, view.closes_at, view.latest), (CLIENT, 1_000, 6, 12));
		assert_eq!(view.best.map(|bid| bid.rate), Some(99));
		skip_to(6);
		assert_eq!(rate(), 0);
		assert_ok!(ComputeLease::close_auction(signed(CLIENT), lease));
		assert_eq!(ComputeLease::order(lease), None);
	});
}

#[test]
fn views_should_be_none_when_there_is_no_lease() {
	build_and_execute(|| {
		let order = place(spec(), 1_000);
		for lease in [order, LeaseId(7)] {
			assert_eq!(ComputeLease::lease(lease), None);
			assert_eq!(ComputeLease::runs_out_at(lease), None);
			assert_eq!(ComputeLease::accrued(lease), None);
		}
		assert_eq!(ComputeLease::order(LeaseId(7)), None);
	});
}

#[test]
fn accrued_should_be_what_settling_and_closing_pay() {
	build_and_execute(|| {
		let lease = running();
		skip_to(11);
		let accrued = ComputeLease::accrued(lease).unwrap();
		assert_eq!((accrued.earned, accrued.payable, accrued.paid), (800, 400, paid(380, 10, 10, 20)));
		assert_ok!(ComputeLease::settle(signed(STRANGER), lease));
		assert_eq!(paid_in(lease), 400);
		let accrued = ComputeLease::accrued(lease).unwrap();
		assert_eq!((accrued.earned, accrued.payable), (400, 0));
		assert_ok!(ComputeLease::close_lease(signed(CLIENT), lease));
		assert_eq!(paid_in(lease), 800);
	});
}

#[test]
fn lease_should_say_how_it_stands_whoever_has_settled() {
	build_and_execute(|| {
		let lease = running();
		for block in [1, 11, 20, 21, 30, 31, 400] {
			skip_to(block);
			let before = ComputeLease::lease(lease).unwrap();
			frame_support::storage::with_storage_layer(|| {
				assert_ok!(ComputeLease::settle(signed(STRANGER), lease));
				if let Some(after) = ComputeLease::lease(lease) {
					assert_eq!((after.standing, after.unspent), (before.standing, before.unspent));
					assert_eq!(after.runs_out_at, before.runs_out_at);
				} else {
					assert!(matches!(before.standing, Standing::Ended { at: 31, reason: EndReason::RanOut }));
				}
				// Only to look.
				Err::<(), _>(DispatchError::Other("rolled back"))
			})
			.unwrap_err();
		}
	});
}
