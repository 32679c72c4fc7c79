//! What went wrong with leases elsewhere, and does not here. The numbers are those of Akash's repositories `support` and
//! `node`.

use crate::{mock::*, *};
use frame_support::{assert_noop, assert_ok};

/// x/escrow finds no payments in the second settlement of a block: closing then leaves a payment open, or strands it.
#[test]
fn close_lease_should_pay_everything_when_it_was_settled_in_the_same_block() {
	build_and_execute(|| {
		let lease = running();
		skip_to(11);
		for _ in 0..2 {
			assert_ok!(ComputeLease::settle(signed(PROVIDER), lease));
		}
		assert_ok!(ComputeLease::fund(signed(PATRON), lease, 400));
		assert_ok!(ComputeLease::close_lease(signed(CLIENT), lease));
		assert_eq!((paid_in(lease), free(CLIENT), free(PATRON)), (800, ENDOWMENT - 800, ENDOWMENT));
		assert_eq!(escrow_of(CLIENT) + escrow_of(PATRON), 0);
	});
}

/// node#1635: nothing settles by itself, so that an overdrawn deployment runs free until its provider withdraws.
#[test]
fn lease_should_stop_when_escrow_is_spent_and_nobody_withdraws() {
	build_and_execute(|| {
		let lease = running();
		run_to(200);
		assert_eq!(end_of(lease), Some((EndReason::RanOut, 31)));
		assert_eq!(free(PROVIDER), ENDOWMENT - 40 + 1_520);
	});
}

/// support#368: an exhausted escrow closes the whole deployment, and there is no way back.
#[test]
fn lease_should_be_resumable_when_escrow_is_exhausted() {
	build_and_execute(|| {
		let lease = running();
		run_to(30);
		assert_ok!(ComputeLease::fund(signed(CLIENT), lease, 400));
		assert_eq!(standing(lease), Some(Standing::Running));
		assert_eq!(entry(lease).tenancy().unwrap().bid.machine, MachineId(0));
	});
}

/// v1.1.0: accounts that were overdrawn could neither be topped up nor closed.
#[test]
fn lease_should_never_be_stuck_when_escrow_is_exhausted() {
	build_and_execute(|| {
		let lease = running();
		skip_to(25);
		assert_ok!(ComputeLease::settle(signed(PROVIDER), lease));
		assert_ok!(ComputeLease::close_lease(signed(CLIENT), lease));
		assert_eq!(end_of(lease), Some((EndReason::Closed, 25)));
	});
}

/// support#43, node#1548: between settlements, queries show balances of long ago.
#[test]
fn views_should_show_the_present_when_nobody_has_settled() {
	build_and_execute(|| {
		let lease = running();
		skip_to(15);
		let view = ComputeLease::lease(lease).unwrap();
		assert_eq!((view.accrued, view.unspent, view.runs_out_at), (1_120, 480, 21));
	});
}

/// CreateLease drops an error in the loop that closes losing bids, so that their deposits can stay behind.
#[test]
fn losing_bids_should_have_their_deposits_back_when_they_are_beaten() {
	build_and_execute(|| {
		let lease = place(spec(), 1_000);
		let machines = [(PROVIDER, machine(PROVIDER)), (RIVAL, machine(RIVAL))];
		let mut rate = 100;
		for (who, machine) in machines.into_iter().cycle().take(9) {
			assert_ok!(ComputeLease::bid(signed(who), lease, machine, rate, 8));
			rate -= 2;
			let deposits = held(HoldReason::BidDeposit, PROVIDER) + held(HoldReason::BidDeposit, RIVAL);
			assert_eq!(deposits, 20);
		}
		assert_ok!(ComputeLease::close_auction(signed(CLIENT), lease));
		assert_eq!(held(HoldReason::BidDeposit, PROVIDER) + held(HoldReason::BidDeposit, RIVAL), 0);
	});
}

/// One machine can be bid on many orders there, as a bid reserves nothing.
#[test]
fn machine_should_not_be_offered_more_often_than_it_has_slots() {
	build_and_execute(|| {
		let machine = machine(PROVIDER);
		let orders: Vec<_> = (0..3).map(|_| place(spec(), 1_000)).collect();
		assert_ok!(ComputeLease::bid(signed(PROVIDER), orders[0], machine, 80, 8));
		assert_ok!(ComputeLease::bid(signed(PROVIDER), orders[1], machine, 80, 8));
		assert_noop!(
			ComputeLease::bid(signed(PROVIDER), orders[2], machine, 80, 8),
			pallet_compute_market::Error::<Test>::NoFreeSlot
		);
	});
}

/// A provider there walks away from a lease with its bid deposit.
#[test]
fn provider_should_not_walk_away_for_free() {
	build_and_execute(|| {
		let lease = running();
		skip_to(3);
		let expected = abandonment(lease);
		assert_ok!(ComputeLease::abandon(signed(PROVIDER), lease));
		assert_eq!(Reports::get(), vec![expected]);
		assert_eq!((paid_in(lease), free(CLIENT)), (0, ENDOWMENT));
	});
}

/// There a provider may close a reclaimed lease after its deadline, but nobody else does it.
#[test]
fn reclaimed_lease_should_end_by_itself_when_the_notice_is_over() {
	build_and_execute(|| {
		let lease = running();
		assert_ok!(ComputeLease::reclaim(signed(PROVIDER), lease));
		run_to(10);
		assert_eq!(end_of(lease), Some((EndReason::Reclaimed, 9)));
	});
}

/// The vector "ruh roh": two payments of 10 a block on one account of 100. The first in order of keys is paid to the end,
/// the other one is not.
#[test]
fn leases_of_one_client_should_not_drain_each_other() {
	build_and_execute(|| {
		let spec = || OrderSpec { ceiling: 10, grace_blocks: 0, ..spec() };
		let (one, two) = (place(spec(), 50), place(spec(), 50));
		let machine = machine(PROVIDER);
		for lease in [one, two] {
			assert_ok!(ComputeLease::bid(signed(PROVIDER), lease, machine, 10, 8));
			assert_ok!(ComputeLease::close_auction(signed(CLIENT), lease));
		}
		run_to(8);
		assert_eq!((paid_in(one), paid_in(two)), (50, 50));
		assert_eq!((end_of(one), end_of(two)), (Some((EndReason::RanOut, 6)), Some((EndReason::RanOut, 6))));
	});
}

/// support#361: deposits of several payers, and what came back to whom.
#[test]
fn refunds_should_go_to_those_who_have_paid() {
	build_and_execute(|| {
		let lease = running();
		assert_ok!(ComputeLease::fund(signed(PATRON), lease, 500));
		assert_ok!(ComputeLease::fund(signed(OTHER_PATRON), lease, 700));
		run_to(5);
		assert_ok!(ComputeLease::abandon(signed(PROVIDER), lease));
		assert_eq!([CLIENT, PATRON, OTHER_PATRON].map(free), [ENDOWMENT; 3]);
	});
}

/// support#403: the reason why a lease was closed was recorded wrongly.
#[test]
fn end_should_be_told_with_the_reason_that_came_first() {
	build_and_execute(|| {
		let spec = || OrderSpec { max_blocks: Some(30), grace_blocks: 5, ..spec() };
		let lease = start(spec(), 1_600);
		skip_to(100);
		// Whoever comes last, the grace was over first.
		assert_ok!(ComputeLease::close_lease(signed(CLIENT), lease));
		assert_eq!(end_of(lease), Some((EndReason::RanOut, 26)));
		let lease = start(spec(), 3_200);
		skip_to(200);
		assert_ok!(ComputeLease::abandon(signed(PROVIDER), lease));
		assert_eq!(end_of(lease), Some((EndReason::Expired, 130)));
		assert_eq!(Reports::get(), vec![]);
	});
}
