//! Questions about results, and verdicts against them.

use crate::{mock::*, *};
use frame_support::{assert_noop, assert_ok};

/// How a job under question stands: open questions, end of the review, when it can be settled.
fn contested(job: JobId) -> (u32, u32, u32) {
	match state(job) {
		JobState::Contested { open, review_ends, settles_at, .. } => (open, review_ends, settles_at),
		other => panic!("not contested: {other:?}"),
	}
}

#[test]
fn result_should_tell_all_that_a_check_takes() {
	build_and_execute(|| {
		let job = assigned();
		Engine::set(EngineVersion(4));
		run_to(3);
		assert_ok!(ComputeMarket::commit_result(signed(PROVIDER), job, 0, ROOT));
		Engine::set(EngineVersion(3));
		let expected = JobResult {
			client: CLIENT,
			provider: PROVIDER,
			machine: MachineId(0),
			guest: H256::repeat_byte(1),
			input: H256::repeat_byte(2),
			first: 0,
			units: 10,
			gas_per_unit: 1_000,
			// As it was at submission.
			engine: EngineVersion(3),
			root: ROOT,
			committed_at: 3,
			review_ends: 9,
			open: 0,
		};
		assert_eq!(ComputeMarket::result(job), Ok(expected.clone()));
		assert_ok!(ComputeMarket::contest(job));
		assert_eq!(ComputeMarket::result(job), Ok(JobResult { open: 1, ..expected }));
	});
}

#[test]
fn result_should_be_an_error_when_there_is_none_or_none_any_more() {
	build_and_execute(|| {
		let open = submit(CLIENT);
		let running = assigned();
		let paid = committed();
		assert_ok!(ComputeMarket::accept_result(signed(CLIENT), paid, 0));
		for job in [open, running, paid] {
			assert_eq!(ComputeMarket::result(job), Err(Error::<Test>::JobNotCommitted.into()));
			assert_noop!(ComputeMarket::contest(job), Error::<Test>::JobNotCommitted);
			assert_noop!(ComputeMarket::answer(job, 9), Error::<Test>::JobNotCommitted);
			assert_noop!(ComputeMarket::refuse(job, Fault::Refuted), Error::<Test>::JobNotCommitted);
		}
		assert_eq!(ComputeMarket::result(JobId(9)), Err(Error::<Test>::UnknownJob.into()));
		assert_noop!(ComputeMarket::contest(JobId(9)), Error::<Test>::UnknownJob);
		assert_noop!(ComputeMarket::answer(JobId(9), 9), Error::<Test>::UnknownJob);
		assert_noop!(ComputeMarket::refuse(JobId(9), Fault::Refuted), Error::<Test>::UnknownJob);
	});
}

#[test]
fn contest_should_keep_a_result_unpaid_when_the_review_is_over() {
	build_and_execute(|| {
		let job = committed();
		assert_ok!(ComputeMarket::contest(job));
		assert_eq!(contested(job), (1, 7, 7));
		run_to(40);
		assert_eq!(contested(job), (1, 7, 7));
		assert_noop!(ComputeMarket::settle_job(signed(PROVIDER), job), Error::<Test>::ResultContested);
		assert_eq!((held(HoldReason::Escrow, CLIENT), running(MachineId(0))), (800, 1));
		assert!(events().contains(&Event::ResultContested { job, open: 1 }));
	});
}

#[test]
fn contest_should_keep_the_client_from_accepting_and_clearing() {
	build_and_execute(|| {
		let job = committed();
		assert_ok!(ComputeMarket::contest(job));
		assert_noop!(ComputeMarket::accept_result(signed(CLIENT), job, 0), Error::<Test>::ResultContested);
		assert_noop!(ComputeMarket::clear_job(signed(CLIENT), job), Error::<Test>::JobLive);
		assert_noop!(ComputeMarket::commit_result(signed(PROVIDER), job, 0, ROOT), Error::<Test>::JobNotAssigned);
		assert_eq!(ComputeMarket::refund_preview(job), None);
		assert!(ComputeMarket::settlement_preview(job).is_some());
	});
}

#[test]
fn contest_should_fail_when_the_review_is_over() {
	build_and_execute(|| {
		let (first, second) = (committed(), committed());
		assert_ok!(ComputeMarket::contest(second));
		skip_to(6);
		assert_ok!(ComputeMarket::contest(first));
		skip_to(7);
		for job in [first, second] {
			assert_noop!(ComputeMarket::contest(job), Error::<Test>::ReviewOver);
		}
		assert_ok!(ComputeMarket::answer(first, 30));
		assert_noop!(ComputeMarket::contest(first), Error::<Test>::ReviewOver);
	});
}

#[test]
fn reopen_should_keep_a_result_unpaid_until_it_is_answered_again_though_the_review_is_over() {
	build_and_execute(|| {
		let job = committed();
		assert_noop!(ComputeMarket::reopen(JobId(9)), Error::<Test>::UnknownJob);
		assert_ok!(ComputeMarket::contest(job));
		assert_ok!(ComputeMarket::answer(job, 20));
		run_to(15);
		assert_ok!(ComputeMarket::reopen(job));
		run_to(40);
		assert_eq!(contested(job), (1, 7, 20));
		assert_noop!(ComputeMarket::accept_result(signed(CLIENT), job, 0), Error::<Test>::ResultContested);
		assert_ok!(ComputeMarket::answer(job, 41));
		run_to(42);
		assert!(matches!(state(job), JobState::Settled { .. }));
		assert_noop!(ComputeMarket::reopen(job), Error::<Test>::JobNotCommitted);
	});
}

#[test]
fn answer_should_let_the_chain_settle_later_when_it_was_the_last() {
	build_and_execute(|| {
		let job = committed();
		assert_ok!(ComputeMarket::contest(job));
		assert_ok!(ComputeMarket::contest(job));
		run_to(5);
		assert_ok!(ComputeMarket::answer(job, 12));
		assert_eq!(contested(job), (1, 7, 12));
		// An earlier end than before does not count.
		assert_ok!(ComputeMarket::answer(job, 10));
		assert_eq!(contested(job), (0, 7, 12));
		assert!(events().contains(&Event::QuestionAnswered { job, open: 0, settles_at: 12 }));
		run_to(12);
		assert_noop!(ComputeMarket::answer(job, 20), Error::<Test>::NoQuestionOpen);
		next_block();
		assert!(matches!(state(job), JobState::Settled { paid: Paid { to_provider: 760, .. }, .. }));
	});
}

#[test]
fn answer_should_leave_a_block_to_settle_in_when_it_comes_late() {
	build_and_execute(|| {
		let job = committed();
		assert_ok!(ComputeMarket::contest(job));
		run_to(30);
		assert_ok!(ComputeMarket::answer(job, 12));
		assert_eq!(contested(job), (0, 7, 31));
		run_to(32);
		assert!(matches!(state(job), JobState::Settled { .. }));
	});
}

#[test]
fn accept_result_should_pay_at_once_when_all_questions_are_answered() {
	build_and_execute(|| {
		let job = committed();
		assert_ok!(ComputeMarket::contest(job));
		assert_ok!(ComputeMarket::answer(job, 50));
		assert_noop!(ComputeMarket::settle_job(signed(PROVIDER), job), Error::<Test>::ReviewNotOver);
		assert_ok!(ComputeMarket::accept_result(signed(CLIENT), job, 0));
		assert!(matches!(state(job), JobState::Settled { .. }));
	});
}

#[test]
fn refuse_should_refund_the_client_whole_when_paid_in_anything() {
	for payment in PAYMENTS {
		for (fault, reason) in
			[(Fault::Refuted, RefundReason::ResultRefuted), (Fault::Withheld, RefundReason::DataWithheld)]
		{
			build_and_execute(|| {
				let job = committed_in(payment);
				assert_eq!(ComputeMarket::refuse(job, fault), Ok(Some((TIER, REGION))));
				assert_eq!(state(job), JobState::Refunded { reason });
				assert_eq!(running(MachineId(0)), 0);
				let event = Event::JobRefunded { job, client: CLIENT, payment, amount: 800, reason };
				assert!(events().contains(&event));
				assert!(Rewards::get().is_empty());
				// The report is the asker's business.
				assert!(Reports::get().is_empty());
				run_to(40);
				assert_noop!(ComputeMarket::settle_job(signed(PROVIDER), job), Error::<Test>::JobNotCommitted);
				assert_ok!(ComputeMarket::clear_job(signed(CLIENT), job));
				let rest = match payment {
					PaymentKind::Native => free(CLIENT),
					PaymentKind::Asset(id) => asset(id, CLIENT),
					PaymentKind::Credits => FreeCredits::get(CLIENT),
				};
				assert_eq!(rest, ENDOWMENT);
			});
		}
	}
}

#[test]
fn refuse_should_end_a_job_when_questions_are_open() {
	build_and_execute(|| {
		let job = committed();
		assert_ok!(ComputeMarket::contest(job));
		assert_ok!(ComputeMarket::contest(job));
		assert_ok!(ComputeMarket::refuse(job, Fault::Withheld));
		assert_eq!(state(job), JobState::Refunded { reason: RefundReason::DataWithheld });
		assert_noop!(ComputeMarket::answer(job, 9), Error::<Test>::JobNotCommitted);
		assert_noop!(ComputeMarket::refuse(job, Fault::Refuted), Error::<Test>::JobNotCommitted);
	});
}

#[test]
fn refuse_should_refund_when_machine_is_missing() {
	new_test_ext().execute_with(|| {
		let job = committed();
		Machines::<Test>::remove(MachineId(0));
		assert_eq!(ComputeMarket::refuse(job, Fault::Refuted), Ok(None));
		assert_eq!(free(CLIENT), ENDOWMENT - 50);
		assert_eq!(unexpected(), vec![UnexpectedKind::SlotMissing { machine: MachineId(0) }]);
	});
}

#[test]
fn result_should_be_told_of_when_it_is_committed() {
	build_and_execute(|| {
		let job = committed();
		assert_eq!(Committed::get(), vec![job]);
		assert!(matches!(state(job), JobState::Committed { .. }));
	});
}

#[test]
fn result_should_be_contested_when_it_is_questioned_as_it_is_committed() {
	build_and_execute(|| {
		Questioning::set(true);
		let job = committed();
		assert_eq!(contested(job).0, 1);
		assert_noop!(ComputeMarket::accept_result(signed(CLIENT), job, 0), Error::<Test>::ResultContested);
		assert_ok!(ComputeMarket::answer(job, 0));
		assert_ok!(ComputeMarket::accept_result(signed(CLIENT), job, 0));
	});
}

#[test]
fn acceptance_should_be_told_of_when_it_comes_before_the_result_could_be_settled() {
	build_and_execute(|| {
		let early = committed();
		assert_ok!(ComputeMarket::accept_result(signed(CLIENT), early, 0));
		let late = committed();
		skip_to(now() + spec().review_blocks);
		assert_ok!(ComputeMarket::accept_result(signed(CLIENT), late, 0));
		let settled = committed();
		skip_to(now() + spec().review_blocks);
		assert_ok!(ComputeMarket::settle_job(signed(STRANGER), settled));
		assert_eq!(Accepted::get(), vec![early]);
	});
}

#[test]
fn weight_of_ending_a_check_should_be_charged_only_when_one_has_ended() {
	build_and_execute(|| {
		for ending in [false, true] {
			Ending::set(ending);
			let job = assigned();
			let committed = ComputeMarket::commit_result(signed(PROVIDER), job, 0, ROOT).unwrap();
			let accepted = ComputeMarket::accept_result(signed(CLIENT), job, 0).unwrap();
			for info in [committed, accepted] {
				assert_eq!(info.actual_weight.is_none(), ending);
			}
		}
	});
}
