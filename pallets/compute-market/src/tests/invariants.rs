//! Each check of the state finds what it is there for.

use crate::{mock::*, *};
use frame_support::{
	assert_ok,
	traits::{fungible::MutateHold, fungibles::MutateHold as _, Hooks},
};

/// Check a sound state, spoil it, and expect `check` to say `message`.
fn assert_found(check: fn() -> Result<(), sp_runtime::TryRuntimeError>, message: &'static str, spoil: impl FnOnce()) {
	new_test_ext().execute_with(|| {
		submit(OTHER_CLIENT);
		let open = submit(CLIENT);
		assert_ok!(ComputeMarket::bid(signed(RIVAL), open, machine(RIVAL), 90));
		committed();
		assigned();
		check_everything();
		spoil();
		assert_eq!(check(), Err(sp_runtime::TryRuntimeError::Other(message)));
		assert!(ComputeMarket::do_try_state().is_err());
	});
}

fn change_job(change: impl FnOnce(&mut Job<Test>)) {
	Jobs::<Test>::mutate(JobId(1), |job| change(job.as_mut().unwrap()));
}

fn change_machine(change: impl FnOnce(&mut Machine<Test>)) {
	Machines::<Test>::mutate(MachineId(0), |machine| change(machine.as_mut().unwrap()));
}

#[test]
fn check_ids_should_fail_when_an_id_is_from_the_future() {
	assert_found(ComputeMarket::check_ids, "a job's id has not been given yet", || {
		NextJobId::<Test>::put(JobId(3));
	});
	assert_found(ComputeMarket::check_ids, "a machine's id has not been given yet", || {
		NextMachineId::<Test>::put(MachineId(0));
	});
}

#[test]
fn check_escrow_should_fail_when_escrow_is_not_the_price() {
	let message = "a job's escrow is not what its state demands";
	assert_found(ComputeMarket::check_escrow, message, || change_job(|job| job.escrow += 1));
	assert_found(ComputeMarket::check_escrow, message, || {
		change_job(|job| job.state = JobState::Refunded { reason: RefundReason::NoBids });
	});
}

#[test]
fn check_holds_should_fail_when_a_hold_differs_from_the_books() {
	let message = "an account's hold differs from the books";
	let held =
		[(HoldReason::JobDeposit, CLIENT), (HoldReason::MachineDeposit, PROVIDER), (HoldReason::BidDeposit, RIVAL)];
	for (reason, who) in held {
		assert_found(ComputeMarket::check_holds, message, || {
			assert_ok!(Balances::release(&reason.into(), &who, 1, Precision::Exact));
		});
		assert_found(ComputeMarket::check_holds, message, || {
			assert_ok!(Balances::hold(&reason.into(), &who, 1));
		});
	}
}

#[test]
fn check_rails_should_fail_when_escrow_differs_from_the_books() {
	let message = "a client's escrow differs from the books";
	assert_found(ComputeMarket::check_rails, message, || {
		assert_ok!(Balances::release(&HoldReason::Escrow.into(), &CLIENT, 1, Precision::Exact));
	});
	assert_found(ComputeMarket::check_rails, message, || {
		submit_in(PaymentKind::Asset(STABLE), CLIENT);
		assert_ok!(AssetsHolder::release(STABLE, &HoldReason::Escrow.into(), &CLIENT, 1, Precision::Exact));
	});
	assert_found(ComputeMarket::check_rails, message, || {
		submit_in(PaymentKind::Credits, CLIENT);
		HeldCredits::mutate(CLIENT, |held| *held += 1);
	});
	// The right sum on the wrong rail.
	assert_found(ComputeMarket::check_rails, message, || change_job(|job| job.payment = PaymentKind::Credits));
}

#[test]
fn check_slots_should_fail_when_taken_slots_are_wrong() {
	assert_found(ComputeMarket::check_slots, "a machine's taken slots are wrong", || {
		change_machine(|machine| machine.running = 2);
	});
	assert_found(ComputeMarket::check_slots, "more of a machine's slots are taken than it has", || {
		change_machine(|machine| machine.slots = 0);
	});
	assert_found(ComputeMarket::check_slots, "a live bid's machine is not registered", || {
		Machines::<Test>::remove(MachineId(0));
	});
	assert_found(ComputeMarket::check_slots, "a live bid's machine is another provider's", || {
		change_machine(|machine| machine.provider = PROVIDER);
	});
	assert_found(ComputeMarket::check_slots, "a live bid's machine is too weak for the job", || {
		change_machine(|machine| machine.tier = Tier(0));
	});
}

#[test]
fn check_agenda_should_fail_when_items_are_wrong() {
	assert_found(ComputeMarket::check_agenda, "a live job is not on the agenda", || {
		Agenda::<Test>::remove(6, JobId(1));
	});
	assert_found(ComputeMarket::check_agenda, "a job is postponed that was not due", || {
		Postponed::<Test>::insert(JobId(1), Postponement { until: 6, failures: 1 });
	});
	assert_found(ComputeMarket::check_agenda, "a job is postponed for which nothing is left to do", || {
		Postponed::<Test>::insert(JobId(77), Postponement { until: 50, failures: 1 });
	});
	assert_found(ComputeMarket::check_agenda, "the agenda has an item that no live job explains", || {
		Agenda::<Test>::insert(50, JobId(1), ());
	});
	assert_found(ComputeMarket::check_agenda, "the cursor has passed an item", || {
		AgendaCursor::<Test>::put(7);
	});
}

#[test]
fn check_reputations_should_fail_when_one_cannot_be() {
	let newcomer = Score::newcomer(Perbill::one());
	assert_found(ComputeMarket::check_reputations, "a reputation comes of no outcome", || {
		Reputations::<Test>::insert(CLIENT, Reputation { provider: newcomer, client: newcomer });
	});
	assert_found(ComputeMarket::check_reputations, "a reputation is of no account", || {
		let client = Score { outcomes: 1, ..newcomer };
		Reputations::<Test>::insert(77, Reputation { provider: newcomer, client });
	});
}

#[test]
fn integrity_test_should_pass_on_sound_constants() {
	new_test_ext().execute_with(ComputeMarket::integrity_test);
}

#[test]
#[should_panic(expected = "an outcome must count")]
fn integrity_test_should_panic_when_outcomes_do_not_count() {
	new_test_ext().execute_with(|| {
		ReputationStep::set(Perbill::zero());
		ComputeMarket::integrity_test();
	});
}

#[test]
#[should_panic(expected = "a deposit below the existential deposit")]
fn integrity_test_should_panic_when_a_deposit_is_dust() {
	new_test_ext().execute_with(|| {
		BidDeposit::set(9);
		ComputeMarket::integrity_test();
	});
}

#[test]
fn check_ranges_paid_should_fail_when_progress_is_not_that_of_the_job() {
	let begin = |job, length| Ranges::<Test>::insert(JobId(job), Progress::begin(length));
	assert_found(ComputeMarket::check_ranges_paid, "there are ranges of no job", || begin(77, 4));
	let message = "a job cannot be divided into its ranges";
	assert_found(ComputeMarket::check_ranges_paid, message, || begin(1, 0));
	assert_found(ComputeMarket::check_ranges_paid, message, || begin(1, 10));
	let message = "other ranges are paid for than the job's state says";
	let paid = |job, count| {
		let roots = vec![ROOT; count].try_into().unwrap();
		Ranges::<Test>::insert(JobId(job), Progress { roots, ..Progress::begin(4) });
	};
	// Of a job that is open, and of one under review: all of it.
	assert_found(ComputeMarket::check_ranges_paid, message, || paid(1, 1));
	assert_found(ComputeMarket::check_ranges_paid, message, || paid(2, 3));
}
