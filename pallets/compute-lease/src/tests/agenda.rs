//! What the chain does by itself.

use crate::{mock::*, *};
use frame_support::{assert_ok, traits::Hooks};

fn failed() -> Vec<(LeaseId, DispatchError)> {
	events()
		.into_iter()
		.filter_map(|event| match event {
			Event::Unexpected { kind: UnexpectedKind::AgendaItemFailed { lease, error } } => Some((lease, error)),
			_ => None,
		})
		.collect()
}

#[test]
fn lease_should_run_from_auction_to_end_when_nobody_calls() {
	build_and_execute(|| {
		let lease = place(spec(), 1_600);
		let machine = machine(PROVIDER);
		assert_ok!(ComputeLease::bid(signed(PROVIDER), lease, machine, 80, 8));
		run_to(6);
		assert!(ComputeLease::order(lease).is_some());
		run_to(7);
		assert_eq!(standing(lease), Some(Standing::Running));
		run_to(26);
		assert_eq!(standing(lease), Some(Standing::Paused { since: 26, until: 36 }));
		run_to(37);
		assert_eq!(end_of(lease), Some((EndReason::RanOut, 36)));
		assert_eq!(paid_in(lease), 1_600);
	});
}

#[test]
fn order_should_end_when_nobody_does_anything() {
	build_and_execute(|| {
		let lease = place(spec(), 1_000);
		run_to(7);
		assert_eq!(end_of(lease), Some((EndReason::NoBids, 6)));
	});
}

#[test]
fn order_should_end_when_its_best_bidder_is_halted() {
	build_and_execute(|| {
		let lease = place(spec(), 1_000);
		assert_ok!(ComputeLease::bid(signed(PROVIDER), lease, machine(PROVIDER), 80, 8));
		Halted::set(vec![PROVIDER]);
		run_to(7);
		assert_eq!(end_of(lease), Some((EndReason::ProviderHalted, 6)));
		assert_eq!(slots_taken(MachineId(0)), 0);
	});
}

#[test]
fn agenda_should_forget_a_step_that_was_taken_by_a_call() {
	build_and_execute(|| {
		let lease = running();
		assert_ok!(ComputeLease::close_lease(signed(CLIENT), lease));
		assert_eq!(Agenda::<Test>::iter().count(), 0);
		run_to(40);
		assert_eq!(failed(), vec![]);
	});
}

#[test]
fn agenda_should_follow_what_moves_the_next_step() {
	build_and_execute(|| {
		let lease = running();
		let due = || Agenda::<Test>::iter_keys().map(|(due, _)| due).collect::<Vec<_>>();
		assert_eq!(due(), vec![21]);
		assert_ok!(ComputeLease::fund(signed(CLIENT), lease, 800));
		assert_eq!(due(), vec![31]);
		assert_ok!(ComputeLease::reclaim(signed(PROVIDER), lease));
		assert_eq!(due(), vec![9]);
	});
}

#[test]
fn lease_should_end_as_of_its_block_when_blocks_were_full() {
	build_and_execute(|| {
		let lease = start(spec(), 1_650);
		skip_to(500);
		run_to(501);
		assert_eq!(end_of(lease), Some((EndReason::RanOut, 31)));
		assert_eq!((paid_in(lease), free(CLIENT)), (1_600, ENDOWMENT - 1_600));

		let other = start(OrderSpec { max_blocks: Some(12), ..spec() }, 1_600);
		skip_to(900);
		run_to(901);
		assert_eq!(end_of(other), Some((EndReason::Expired, 513)));
		assert_eq!(paid_in(other), 960);
	});
}

#[test]
fn fund_should_count_the_pause_from_when_escrow_ran_out_when_blocks_were_full() {
	build_and_execute(|| {
		let lease = running();
		skip_to(26);
		assert_ok!(ComputeLease::fund(signed(CLIENT), lease, 400));
		assert!(events().contains(&Event::LeasePaused { lease, since: 21, until: 31 }));
		assert_eq!(entry(lease).tenancy().map(|tenancy| (tenancy.paid_to, tenancy.grace)), Some((26, 5)));
		assert_eq!(paid_in(lease), 1_600);
	});
}

#[test]
fn agenda_should_do_no_more_than_fits_and_the_rest_later() {
	build_and_execute(|| {
		let leases: Vec<_> = (0..4).map(|_| start(OrderSpec { grace_blocks: 0, ..spec() }, 400)).collect();
		skip_to(6);
		let ended = || leases.iter().filter(|lease| end_of(**lease).is_some()).count();
		assert_eq!(ComputeLease::on_idle(now(), Weight::zero()), Weight::zero());
		assert_eq!(ended(), 0);
		// Enough for one at most as dear as can be, on top of the blocks that have nothing.
		let blocks = <() as WeightInfo>::agenda_block().saturating_mul(6);
		let limit = ComputeLease::smallest_useful_limit() + blocks;
		for count in 1..=4 {
			let used = ComputeLease::on_idle(now(), limit);
			assert!(used.all_lte(limit));
			assert!(ended() >= count.min(4));
			check_everything();
		}
		assert_eq!(ended(), 4);
	});
}

#[test]
fn agenda_should_go_on_when_an_item_fails() {
	build_and_execute(|| {
		let bad = start_in(PaymentKind::Credits, OrderSpec { grace_blocks: 0, ..spec() }, 400);
		let good = start(OrderSpec { grace_blocks: 0, ..spec() }, 400);
		LedgerFails::set(true);
		run_to(7);
		assert_eq!(failed(), vec![(bad, DispatchError::Unavailable)]);
		assert_eq!(end_of(good), Some((EndReason::RanOut, 6)));
		// Nothing of the failed step is left, and anyone can take it when the ledger is well again.
		assert_eq!((entry(bad).escrow(), slots_taken(MachineId(0))), (400, 1));
		LedgerFails::set(false);
		skip_to(20);
		assert_ok!(ComputeLease::settle(signed(STRANGER), bad));
		assert_eq!(end_of(bad), Some((EndReason::RanOut, 6)));
		assert_eq!(paid_in(bad), 400);
		assert_eq!((Agenda::<Test>::iter().count(), Postponed::<Test>::iter().count()), (0, 0));
	});
}

#[test]
fn lease_should_end_by_itself_when_what_stopped_its_step_is_over() {
	build_and_execute(|| {
		let lease = start_in(PaymentKind::Credits, OrderSpec { grace_blocks: 0, ..spec() }, 400);
		LedgerFails::set(true);
		run_to(7);
		assert_eq!(Postponed::<Test>::get(lease), Some(Postponement { until: 9, failures: 1 }));
		run_to(10);
		assert_eq!(Postponed::<Test>::get(lease), Some(Postponement { until: 15, failures: 2 }));
		check_everything();
		LedgerFails::set(false);
		run_to(16);
		assert_eq!((end_of(lease), paid_in(lease)), (Some((EndReason::RanOut, 6)), 400));
		assert_eq!((Agenda::<Test>::iter().count(), Postponed::<Test>::iter().count()), (0, 0));
	});
}
