//! Each check of the state finds what it is there for.

use crate::{mock::*, *};
use frame_support::{assert_ok, traits::Hooks};

/// Check a sound state, spoil it, and expect `check` to say `message`.
fn assert_found(check: fn() -> Result<(), sp_runtime::TryRuntimeError>, message: &'static str, spoil: impl FnOnce()) {
	new_test_ext().execute_with(|| {
		// Lease 0 is an order with a bid, lease 1 is paused, lease 2 runs and has two sources.
		let open = place(OrderSpec { auction_blocks: 40, region: Some(REGION), ..spec() }, 1_000);
		assert_ok!(ComputeLease::bid(signed(RIVAL), open, machine(RIVAL), 90, 8));
		start(spec(), 410);
		run_to(8);
		let lease = running();
		assert_ok!(ComputeLease::fund(signed(PATRON), lease, 400));
		check_everything();
		spoil();
		assert_eq!(check(), Err(sp_runtime::TryRuntimeError::Other(message)));
		assert!(ComputeLease::do_try_state().is_err());
	});
}

fn change(lease: u64, change: impl FnOnce(&mut Lease<Test>)) {
	Leases::<Test>::mutate(LeaseId(lease), |entry| change(entry.as_mut().unwrap()));
}

fn change_machine(change: impl FnOnce(&mut pallet_compute_market::Machine<Test>)) {
	pallet_compute_market::Machines::<Test>::mutate(MachineId(0), |machine| change(machine.as_mut().unwrap()));
}

fn change_tenancy(lease: u64, alter: impl FnOnce(&mut TenancyOf<Test>)) {
	change(lease, |entry| match &mut entry.state {
		LeaseState::Running { tenancy } | LeaseState::Paused { tenancy, .. } => alter(tenancy),
		LeaseState::Open { .. } => panic!("an order has no tenancy"),
	});
}

#[test]
fn check_ids_should_fail_when_an_id_is_from_the_future() {
	assert_found(ComputeLease::check_ids, "a lease's id has not been given yet", || {
		NextLeaseId::<Test>::put(LeaseId(2));
	});
}

#[test]
fn check_readable_should_fail_when_a_bound_has_shrunk() {
	assert_found(ComputeLease::check_readable, "a lease cannot be read", || {
		let key = Leases::<Test>::hashed_key_for(LeaseId(2));
		let bytes = sp_io::storage::get(&key).unwrap();
		sp_io::storage::set(&key, &bytes[..bytes.len() - 1]);
	});
}

#[test]
fn check_sources_should_fail_when_the_list_is_not_as_it_is_spent() {
	assert_found(ComputeLease::check_sources, "a client's money is not the first to be spent", || {
		change(2, |lease| lease.sources.as_mut().swap(0, 1));
	});
	assert_found(ComputeLease::check_sources, "a source stands twice", || {
		change(2, |lease| {
			let again = Source { who: PATRON, left: 1 };
			lease.sources.try_push(again).unwrap();
		});
	});
	assert_found(ComputeLease::check_sources, "a source is empty", || {
		change(2, |lease| lease.sources.as_mut()[0].left = 0);
	});
	assert_found(ComputeLease::check_sources, "a provider pays itself", || {
		change(2, |lease| lease.sources.as_mut()[1].who = PROVIDER);
	});
}

#[test]
fn check_escrow_should_fail_when_the_rails_hold_less() {
	assert_found(ComputeLease::check_escrow, "the rails hold less than is in escrow", || {
		change(2, |lease| lease.sources.as_mut()[1].left += 1);
	});
	assert_found(ComputeLease::check_escrow, "the rails hold less than is in escrow", || {
		change(2, |lease| lease.payment = PaymentKind::Credits);
	});
}

#[test]
fn market_should_find_escrow_and_slots_that_no_lease_explains() {
	let escrow = "a client's escrow differs from the books";
	let slots = "a machine's taken slots are wrong";
	for (message, spoil) in [
		(escrow, (|| change(2, |lease| lease.sources.as_mut()[1].left -= 1)) as fn()),
		(slots, || change(2, |lease| lease.spec.slots = 2)),
	] {
		new_test_ext().execute_with(|| {
			place(spec(), 1_000);
			running();
			let lease = running();
			assert_ok!(ComputeLease::fund(signed(PATRON), lease, 400));
			check_everything();
			spoil();
			let found = ComputeMarket::do_try_state();
			assert_eq!(found, Err(sp_runtime::TryRuntimeError::Other(message)));
		});
	}
}

#[test]
fn check_deposits_should_fail_when_a_hold_differs_from_the_books() {
	use frame_support::traits::fungible::MutateHold;
	let message = "an account's deposit differs from the books";
	for (reason, who) in [(HoldReason::OrderDeposit, CLIENT), (HoldReason::BidDeposit, RIVAL)] {
		assert_found(ComputeLease::check_deposits, message, || {
			assert_ok!(Balances::release(&reason.into(), &who, 1, Precision::Exact));
		});
		assert_found(ComputeLease::check_deposits, message, || {
			assert_ok!(Balances::hold(&reason.into(), &who, 1));
		});
	}
}

#[test]
fn check_machines_should_fail_when_a_machine_is_not_what_was_ordered() {
	assert_found(ComputeLease::check_machines, "a live bid's machine is not on offer", || {
		pallet_compute_market::Machines::<Test>::remove(MachineId(0));
	});
	assert_found(ComputeLease::check_machines, "a live bid's machine is another provider's", || {
		change_machine(|machine| machine.provider = PROVIDER);
	});
	assert_found(ComputeLease::check_machines, "a live bid's machine is too weak for the order", || {
		change_machine(|machine| machine.tier = Tier(0));
	});
	assert_found(ComputeLease::check_machines, "a live bid's machine stands elsewhere", || {
		change_machine(|machine| machine.region = Region(8));
	});
	assert_found(ComputeLease::check_machines, "a live bid is above the ceiling", || {
		change(2, |lease| lease.spec.ceiling = 79);
	});
}

#[test]
fn check_streams_should_fail_when_a_lease_is_paid_for_what_was_not_served() {
	assert_found(ComputeLease::check_streams, "a lease is paid ahead", || {
		change_tenancy(2, |tenancy| tenancy.paid_to = now() + 1);
	});
	assert_found(ComputeLease::check_streams, "a lease has more grace than was agreed", || {
		change_tenancy(2, |tenancy| tenancy.grace = 11);
	});
	assert_found(ComputeLease::check_streams, "a lease is paused that could run", || {
		change(1, |lease| lease.sources.as_mut()[0].left = 80);
	});
	assert_found(ComputeLease::check_streams, "a lease was paused with something to pay", || {
		change_tenancy(1, |tenancy| tenancy.paid_to -= 1);
	});
	assert_found(ComputeLease::check_streams, "a lease pauses later", || {
		change(1, |lease| {
			let LeaseState::Paused { since, .. } = &mut lease.state else { panic!("not paused") };
			*since = now() + 1;
		});
	});
}

#[test]
fn check_agenda_should_fail_when_items_are_wrong() {
	assert_found(ComputeLease::check_agenda, "a lease is not on the agenda", || {
		Agenda::<Test>::remove(41, LeaseId(0));
	});
	assert_found(ComputeLease::check_agenda, "a lease is postponed that was not due", || {
		Postponed::<Test>::insert(LeaseId(0), Postponement { until: 41, failures: 1 });
	});
	assert_found(ComputeLease::check_agenda, "a lease is postponed that there is not", || {
		Postponed::<Test>::insert(LeaseId(77), Postponement { until: 50, failures: 1 });
	});
	assert_found(ComputeLease::check_agenda, "the agenda has an item that no lease explains", || {
		Agenda::<Test>::insert(50, LeaseId(1), ());
	});
	assert_found(ComputeLease::check_agenda, "the cursor has passed an item", || {
		AgendaCursor::<Test>::put(42);
	});
}

#[test]
fn integrity_test_should_pass_on_sound_constants() {
	new_test_ext().execute_with(ComputeLease::integrity_test);
}

#[test]
#[should_panic(expected = "a deposit below the existential deposit")]
fn integrity_test_should_panic_when_a_deposit_is_dust() {
	new_test_ext().execute_with(|| {
		BidDeposit::set(9);
		ComputeLease::integrity_test();
	});
}
