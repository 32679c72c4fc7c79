//! Jobs without a result, and removing ended ones.

use crate::{mock::*, *};
use frame_support::{assert_noop, assert_ok};

#[test]
fn expire_job_should_refund_client_and_slash_provider() {
	build_and_execute(|| {
		let job = assigned();
		skip_to(22);
		assert_ok!(ComputeMarket::expire_job(signed(STRANGER), job));

		let reason = RefundReason::DeadlineMissed;
		assert_eq!(state(job), JobState::Refunded { reason });
		assert_eq!((held(HoldReason::Escrow, CLIENT), free(CLIENT)), (0, ENDOWMENT - 50));
		assert_eq!(running(MachineId(0)), 0);
		assert_eq!(Reports::get(), vec![missed(job)]);
		assert!(events().contains(&Event::JobRefunded {
			job,
			client: CLIENT,
			payment: PaymentKind::Native,
			amount: 800,
			reason
		}));
	});
}

#[test]
fn expire_job_should_fail_when_deadline_has_not_passed() {
	build_and_execute(|| {
		let job = assigned();
		skip_to(21);
		assert_noop!(ComputeMarket::expire_job(signed(CLIENT), job), Error::<Test>::DeadlineNotPassed);
		assert_eq!(Reports::get(), vec![]);
	});
}

#[test]
fn expire_job_should_fail_when_there_is_a_result() {
	build_and_execute(|| {
		let job = committed();
		skip_to(22);
		assert_noop!(ComputeMarket::expire_job(signed(CLIENT), job), Error::<Test>::JobNotAssigned);
		assert_noop!(ComputeMarket::expire_job(signed(CLIENT), JobId(9)), Error::<Test>::UnknownJob);
	});
}

#[test]
fn expire_job_should_slash_once_when_called_twice() {
	build_and_execute(|| {
		let job = assigned();
		skip_to(22);
		assert_ok!(ComputeMarket::expire_job(signed(CLIENT), job));
		assert_noop!(ComputeMarket::expire_job(signed(CLIENT), job), Error::<Test>::JobNotAssigned);
		assert_eq!(Reports::get().len(), 1);
	});
}

#[test]
fn expire_job_should_refund_when_slashing_fails() {
	build_and_execute(|| {
		let job = assigned();
		skip_to(22);
		SlashFails::set(true);
		assert_ok!(ComputeMarket::expire_job(signed(CLIENT), job));

		assert_eq!(state(job), JobState::Refunded { reason: RefundReason::DeadlineMissed });
		assert_eq!(free(CLIENT), ENDOWMENT - 50);
		let error = DispatchError::Unavailable;
		assert_eq!(unexpected(), vec![UnexpectedKind::SlashFailed { job, provider: PROVIDER, error }]);
		assert_eq!(System::account_nonce(PROVIDER), 0, "what the failed slash wrote was rolled back");
	});
}

#[test]
fn expire_job_should_refund_when_machine_is_missing() {
	new_test_ext().execute_with(|| {
		let job = assigned();
		Machines::<Test>::remove(MachineId(0));
		skip_to(22);
		assert_ok!(ComputeMarket::expire_job(signed(CLIENT), job));
		assert_eq!(free(CLIENT), ENDOWMENT - 50);
		assert_eq!(unexpected(), vec![UnexpectedKind::SlotMissing { machine: MachineId(0) }]);
	});
}

#[test]
fn close_auction_should_give_surplus_to_treasury_when_client_cannot_take_it() {
	build_and_execute(|| {
		let spec = JobSpec { units: 1, ..spec() };
		assert_ok!(ComputeMarket::submit_job(signed(CLIENT), spec, PaymentKind::Native));
		assert_ok!(ComputeMarket::bid(signed(PROVIDER), JobId(0), machine(PROVIDER), 91));
		impoverish(CLIENT);
		skip_to(6);
		assert_ok!(ComputeMarket::close_auction(signed(STRANGER), JobId(0)));

		assert_eq!((free(CLIENT), free(TREASURY)), (0, ENDOWMENT + 9));
		assert_eq!(unexpected(), vec![UnexpectedKind::PayoutDiverted { account: CLIENT, amount: 9 }]);
		let assigned = Event::JobAssigned {
			job: JobId(0),
			provider: PROVIDER,
			machine: MachineId(0),
			payment: PaymentKind::Native,
			price: 91,
			surplus: 0,
		};
		assert!(events().contains(&assigned));
	});
}

#[test]
fn refund_preview_should_tell_amount_and_time() {
	build_and_execute(|| {
		assert_eq!(ComputeMarket::refund_preview(JobId(0)), None);
		let job = submit(CLIENT);
		let open = RefundPreview { payment: PaymentKind::Native, escrow: 1_000, deposit: 50, now: true };
		assert_eq!(ComputeMarket::refund_preview(job), Some(open));

		let job = assigned();
		let running = RefundPreview { payment: PaymentKind::Native, escrow: 800, deposit: 50, now: false };
		assert_eq!(ComputeMarket::refund_preview(job), Some(running.clone()));
		skip_to(22);
		assert_eq!(ComputeMarket::refund_preview(job), Some(RefundPreview { now: true, ..running }));
		assert_ok!(ComputeMarket::expire_job(signed(CLIENT), job));
		assert_eq!(ComputeMarket::refund_preview(job), None);
	});
}

#[test]
fn refund_preview_should_be_none_when_there_is_a_result() {
	build_and_execute(|| {
		let job = committed();
		assert_eq!(ComputeMarket::refund_preview(job), None);
	});
}

#[test]
fn clear_job_should_release_deposit_as_it_was_paid() {
	build_and_execute(|| {
		let job = submit(CLIENT);
		assert_ok!(ComputeMarket::cancel_job(signed(CLIENT), job));
		JobDeposit::set(5_000);
		assert_ok!(ComputeMarket::clear_job(signed(CLIENT), job));
		JobDeposit::set(50);

		assert_eq!(Jobs::<Test>::get(job), None);
		assert_eq!((free(CLIENT), held(HoldReason::JobDeposit, CLIENT)), (ENDOWMENT, 0));
		assert!(events().contains(&Event::JobCleared { job }));
	});
}

#[test]
fn clear_job_should_fail_when_job_is_live() {
	build_and_execute(|| {
		for job in [submit(CLIENT), assigned(), committed()] {
			assert_noop!(ComputeMarket::clear_job(signed(CLIENT), job), Error::<Test>::JobLive);
		}
	});
}

#[test]
fn clear_job_should_be_open_to_anyone_when_retention_is_over() {
	build_and_execute(|| {
		let job = submit(CLIENT);
		assert_ok!(ComputeMarket::cancel_job(signed(CLIENT), job));
		// Deadline 21, review 6, retention 20.
		skip_to(46);
		assert_noop!(ComputeMarket::clear_job(signed(STRANGER), job), Error::<Test>::RetentionNotOver);
		skip_to(47);
		assert_ok!(ComputeMarket::clear_job(signed(STRANGER), job));
		assert_eq!(free(CLIENT), ENDOWMENT);
	});
}

#[test]
fn clear_job_should_fail_when_it_was_cleared_before() {
	build_and_execute(|| {
		let job = submit(CLIENT);
		assert_ok!(ComputeMarket::cancel_job(signed(CLIENT), job));
		assert_ok!(ComputeMarket::clear_job(signed(CLIENT), job));
		assert_noop!(ComputeMarket::clear_job(signed(CLIENT), job), Error::<Test>::UnknownJob);
	});
}
