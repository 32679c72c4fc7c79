//! How leases end: by the client, by notice, by leaving.

use crate::{mock::*, *};
use frame_support::{assert_noop, assert_ok};

#[test]
fn close_lease_should_pay_to_this_block_and_return_the_rest() {
	build_and_execute(|| {
		let lease = running();
		run_to(11);
		assert_noop!(ComputeLease::close_lease(signed(PROVIDER), lease), Error::<Test>::NotClient);
		assert_ok!(ComputeLease::close_lease(signed(CLIENT), lease));
		assert_eq!(end_of(lease), Some((EndReason::Closed, 11)));
		assert_eq!((paid_in(lease), free(CLIENT)), (800, ENDOWMENT - 800));
		assert_eq!(slots_taken(MachineId(0)), 0);
		assert_eq!(Agenda::<Test>::iter().count(), 0);
		assert_noop!(ComputeLease::close_lease(signed(CLIENT), lease), Error::<Test>::UnknownLease);
	});
}

#[test]
fn close_lease_should_pay_nothing_when_no_block_has_passed() {
	build_and_execute(|| {
		let lease = running();
		assert_ok!(ComputeLease::close_lease(signed(CLIENT), lease));
		assert_eq!((paid_in(lease), free(CLIENT)), (0, ENDOWMENT));
	});
}

#[test]
fn close_lease_should_pay_nothing_for_a_pause() {
	build_and_execute(|| {
		let lease = start(spec(), 1_650);
		skip_to(28);
		assert_ok!(ComputeLease::close_lease(signed(CLIENT), lease));
		assert_eq!(end_of(lease), Some((EndReason::Closed, 28)));
		assert_eq!((paid_in(lease), free(CLIENT)), (1_600, ENDOWMENT - 1_600));
	});
}

#[test]
fn close_lease_should_fail_when_it_is_an_order() {
	build_and_execute(|| {
		let lease = place(spec(), 1_000);
		assert_noop!(ComputeLease::close_lease(signed(CLIENT), lease), Error::<Test>::NotALease);
	});
}

#[test]
fn reclaim_should_end_the_lease_after_the_notice_of_the_bid() {
	build_and_execute(|| {
		let lease = running();
		run_to(6);
		for who in [CLIENT, STRANGER] {
			assert_noop!(ComputeLease::reclaim(signed(who), lease), Error::<Test>::NotProvider);
		}
		assert_ok!(ComputeLease::reclaim(signed(PROVIDER), lease));
		assert_eq!(events().last(), Some(&Event::LeaseReclaimed { lease, provider: PROVIDER, ends_at: 14 }));
		assert_noop!(ComputeLease::reclaim(signed(PROVIDER), lease), Error::<Test>::EndsAlready);
		run_to(14);
		assert_eq!(standing(lease), Some(Standing::Ended { at: 14, reason: EndReason::Reclaimed }));
		run_to(15);
		assert_eq!(end_of(lease), Some((EndReason::Reclaimed, 14)));
		assert_eq!((paid_in(lease), free(CLIENT)), (13 * 80, ENDOWMENT - 13 * 80));
		assert_eq!(Reports::get(), vec![]);
	});
}

#[test]
fn reclaim_should_fail_when_the_lease_ends_before_the_notice() {
	build_and_execute(|| {
		let lease = start(OrderSpec { max_blocks: Some(10), ..spec() }, 1_600);
		skip_to(3);
		assert_noop!(ComputeLease::reclaim(signed(PROVIDER), lease), Error::<Test>::EndsAlready);
	});
}

#[test]
fn reclaim_should_give_way_when_escrow_runs_out_within_the_notice() {
	build_and_execute(|| {
		let lease = start(OrderSpec { grace_blocks: 1, ..spec() }, 1_600);
		run_to(18);
		assert_ok!(ComputeLease::reclaim(signed(PROVIDER), lease));
		run_to(23);
		assert_eq!(end_of(lease), Some((EndReason::RanOut, 22)));
	});
}

#[test]
fn provider_should_leave_at_once_and_unpunished_when_the_client_does_not_pay() {
	let ways: [fn(LeaseId) -> DispatchResultWithPostInfo; 2] = [
		|lease| ComputeLease::reclaim(signed(PROVIDER), lease),
		|lease| ComputeLease::abandon(signed(PROVIDER), lease),
	];
	for leave in ways {
		build_and_execute(|| {
			let lease = running();
			// Whether the chain has looked meanwhile or not, and although nobody could be punished.
			skip_to(22);
			ReportFails::set(true);
			assert_ok!(leave(lease));
			assert_eq!(end_of(lease), Some((EndReason::Reclaimed, 22)));
			assert_eq!((paid_in(lease), Reports::get(), slots_taken(MachineId(0))), (1_600, vec![], 0));
		});
		build_and_execute(|| {
			// In the notice too.
			let lease = running();
			run_to(18);
			assert_ok!(ComputeLease::reclaim(signed(PROVIDER), lease));
			run_to(23);
			assert_ok!(leave(lease));
			assert_eq!(end_of(lease), Some((EndReason::Reclaimed, 23)));
		});
	}
}

#[test]
fn client_should_close_when_notice_was_given() {
	build_and_execute(|| {
		let lease = running();
		assert_ok!(ComputeLease::reclaim(signed(PROVIDER), lease));
		run_to(4);
		assert_ok!(ComputeLease::close_lease(signed(CLIENT), lease));
		assert_eq!(end_of(lease), Some((EndReason::Closed, 4)));
		assert_eq!(paid_in(lease), 240);
	});
}

#[test]
fn abandon_should_report_the_provider_and_not_pay_the_arrears() {
	build_and_execute(|| {
		let lease = running();
		run_to(11);
		for who in [CLIENT, STRANGER] {
			assert_noop!(ComputeLease::abandon(signed(who), lease), Error::<Test>::NotProvider);
		}
		let expected = abandonment(lease);
		assert_ok!(ComputeLease::abandon(signed(PROVIDER), lease));
		assert_eq!(Reports::get(), vec![expected]);
		assert_eq!(end_of(lease), Some((EndReason::Abandoned, 11)));
		assert_eq!((paid_in(lease), free(CLIENT)), (400, ENDOWMENT - 400));
		assert_eq!(slots_taken(MachineId(0)), 0);
	});
}

#[test]
fn abandon_should_cost_the_same_when_everything_was_settled_just_before() {
	build_and_execute(|| {
		let lease = running();
		for block in 2..=11 {
			skip_to(block);
			assert_ok!(ComputeLease::settle(signed(PROVIDER), lease));
		}
		assert_ok!(ComputeLease::abandon(signed(PROVIDER), lease));
		assert_eq!((paid_in(lease), free(CLIENT)), (400, ENDOWMENT - 400));
	});
}

#[test]
fn abandon_should_be_an_offence_when_notice_was_given_but_is_not_over() {
	build_and_execute(|| {
		let lease = running();
		run_to(5);
		assert_ok!(ComputeLease::reclaim(signed(PROVIDER), lease));
		skip_to(12);
		let expected = abandonment(lease);
		assert_ok!(ComputeLease::abandon(signed(PROVIDER), lease));
		assert_eq!(Reports::get(), vec![expected]);
	});
}

#[test]
fn abandon_should_be_no_offence_when_the_lease_is_over_already() {
	build_and_execute(|| {
		let lease = running();
		skip_to(5);
		assert_ok!(ComputeLease::reclaim(signed(PROVIDER), lease));
		skip_to(13);
		assert_ok!(ComputeLease::abandon(signed(PROVIDER), lease));
		assert_eq!(Reports::get(), vec![]);
		assert_eq!(end_of(lease), Some((EndReason::Reclaimed, 13)));
		assert_eq!(paid_in(lease), 12 * 80);
	});
}

#[test]
fn abandon_should_fail_when_it_cannot_be_punished() {
	build_and_execute(|| {
		let lease = running();
		skip_to(5);
		ReportFails::set(true);
		assert_noop!(ComputeLease::abandon(signed(PROVIDER), lease), DispatchError::Unavailable);
	});
}

#[test]
fn machine_should_be_busy_from_the_first_bid_to_the_end() {
	build_and_execute(|| {
		let lease = place(spec(), 1_600);
		let machine = machine(PROVIDER);
		assert!(!Busy::get(machine));
		assert_ok!(ComputeLease::bid(signed(PROVIDER), lease, machine, 80, 8));
		assert!(Busy::get(machine));
		while Leases::<Test>::contains_key(lease) {
			assert!(Busy::get(machine));
			next_block();
		}
		assert!(!Busy::get(machine));
		// The auction closed in block 6, escrow lasted for 20 blocks, and the grace for 10.
		assert_eq!(end_of(lease), Some((EndReason::RanOut, 36)));
	});
}

#[test]
fn machine_should_stay_busy_when_a_job_ends_beside_a_lease() {
	build_and_execute(|| {
		let lease = running();
		let job = pallet_compute_market::JobSpec::<Test> {
			guest: BlobHash::repeat_byte(1),
			input: BlobHash::repeat_byte(2),
			units: 1,
			gas_per_unit: 1,
			ceiling: 100,
			min_tier: TIER,
			min_reputation: Default::default(),
			auction_blocks: 3,
			deadline: 20,
			review_blocks: 2,
			source: Default::default(),
		};
		assert_ok!(ComputeMarket::submit_job(signed(OTHER_CLIENT), job, PaymentKind::Native));
		let job = assay_primitives::JobId(0);
		assert_ok!(ComputeMarket::bid(signed(PROVIDER), job, MachineId(0), 50));
		assert_eq!(slots_taken(MachineId(0)), 2);
		check_everything();
		assert_ok!(ComputeMarket::cancel_job(signed(OTHER_CLIENT), job));
		assert_eq!((slots_taken(MachineId(0)), Busy::get(MachineId(0))), (1, true));
		assert_ok!(ComputeLease::close_lease(signed(CLIENT), lease));
		assert!(!Busy::get(MachineId(0)));
	});
}

#[test]
fn close_unserved_should_pay_neither_side_for_the_arrears() {
	build_and_execute(|| {
		let lease = running();
		run_to(11);
		assert_noop!(ComputeLease::close_unserved(signed(PROVIDER), lease), Error::<Test>::NotClient);
		let treasury = free(TREASURY);
		assert_ok!(ComputeLease::close_unserved(signed(CLIENT), lease));
		assert_eq!(end_of(lease), Some((EndReason::Unserved, 11)));
		// Ten blocks were run, of which the last five are not paid.
		assert_eq!((paid_in(lease), forfeited_in(lease), free(CLIENT)), (400, 400, ENDOWMENT - 800));
		assert_eq!(free(PROVIDER), ENDOWMENT - 40 + 380);
		assert_eq!(free(TREASURY), treasury + 10 + 400);
		assert_eq!(Rewards::get(), vec![(PROVIDER, u128::MAX, 20)]);
		assert_eq!((Reports::get(), slots_taken(MachineId(0))), (vec![], 0));
		assert!(events().contains(&Event::ArrearsForfeited {
			lease,
			payer: CLIENT,
			payment: PaymentKind::Native,
			until: 11,
			amount: 400
		}));
		assert_noop!(ComputeLease::close_unserved(signed(CLIENT), lease), Error::<Test>::UnknownLease);
	});
}

/// What the provider is paid, and what the client pays, for a lease of block 1 that ends by `end` in block 11.
fn ended(end: fn(LeaseId) -> DispatchResultWithPostInfo) -> (Balance, Balance) {
	let mut outcome = Default::default();
	build_and_execute(|| {
		let lease = running();
		skip_to(11);
		assert_ok!(end(lease));
		outcome = (free(PROVIDER) - (ENDOWMENT - 40), ENDOWMENT - free(CLIENT));
	});
	outcome
}

#[test]
fn silence_should_pay_no_better_than_abandoning_and_lying_should_gain_nothing() {
	let closed = ended(|lease| ComputeLease::close_lease(signed(CLIENT), lease));
	let unserved = ended(|lease| ComputeLease::close_unserved(signed(CLIENT), lease));
	let abandoned = ended(|lease| ComputeLease::abandon(signed(PROVIDER), lease));
	assert_eq!((closed, unserved, abandoned), ((760, 800), (380, 800), (380, 400)));
}

#[test]
fn silence_should_not_be_paid_when_the_client_notices_within_the_arrears() {
	build_and_execute(|| {
		let lease = running();
		// Served until block 6, and silent from then on.
		skip_to(6 + ARREARS);
		assert_ok!(ComputeLease::settle(signed(PROVIDER), lease));
		assert_ok!(ComputeLease::close_unserved(signed(CLIENT), lease));
		assert_eq!(paid_in(lease), 5 * 80);
	});
}

#[test]
fn close_unserved_should_forfeit_what_others_have_put_in_too() {
	build_and_execute(|| {
		let lease = start(spec(), 400);
		assert_ok!(ComputeLease::fund(signed(PATRON), lease, 800));
		skip_to(9);
		assert_ok!(ComputeLease::close_unserved(signed(CLIENT), lease));
		// Eight blocks: three are paid, and of the five others the client's money covers two.
		assert_eq!((paid_in(lease), forfeited_in(lease)), (240, 400));
		assert_eq!((free(CLIENT), free(PATRON)), (ENDOWMENT - 400, ENDOWMENT - 240));
	});
}

#[test]
fn close_unserved_should_go_by_the_rail() {
	for (payment, to_treasury) in [(STABLE, 80 + 400), (PaymentKind::Credits, 0)] {
		build_and_execute(|| {
			let lease = start_in(payment, spec(), 1_600);
			skip_to(11);
			assert_ok!(ComputeLease::close_unserved(signed(CLIENT), lease));
			assert_eq!(FreeMoney::get((payment, CLIENT)), ENDOWMENT - 800);
			assert_eq!(FreeMoney::get((payment, TREASURY)), ENDOWMENT + to_treasury);
			assert_eq!(forfeited_in(lease), 400);
		});
	}
}

#[test]
fn close_unserved_should_forfeit_nothing_when_the_lease_pauses_or_is_over() {
	build_and_execute(|| {
		let lease = running();
		skip_to(25);
		assert_ok!(ComputeLease::close_unserved(signed(CLIENT), lease));
		assert_eq!(end_of(lease), Some((EndReason::Unserved, 25)));
		assert_eq!((paid_in(lease), forfeited_in(lease)), (1_600, 0));
		let lease = running();
		skip_to(100);
		assert_ok!(ComputeLease::close_unserved(signed(CLIENT), lease));
		assert_eq!(end_of(lease), Some((EndReason::RanOut, 55)));
		assert_eq!((paid_in(lease), forfeited_in(lease)), (1_600, 0));
	});
}
