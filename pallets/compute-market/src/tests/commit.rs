//! Committing results.

use crate::{mock::*, *};
use frame_support::{assert_noop, assert_ok};

#[test]
fn commit_result_should_begin_the_review() {
	build_and_execute(|| {
		let job = assigned();
		assert_ok!(ComputeMarket::commit_result(signed(PROVIDER), job, 0, ROOT));

		let JobState::Committed { root, review_ends, .. } = state(job) else { panic!("no result") };
		assert_eq!((root, review_ends), (ROOT, 7));
		assert_eq!(held(HoldReason::Escrow, CLIENT), 800);
		let event = Event::ResultCommitted { job, provider: PROVIDER, first: 0, root: ROOT, review_ends: 7 };
		assert!(events().contains(&event));
	});
}

#[test]
fn commit_result_should_work_in_the_block_of_the_deadline() {
	build_and_execute(|| {
		let job = assigned();
		run_to(21);
		assert_ok!(ComputeMarket::commit_result(signed(PROVIDER), job, 0, ROOT));
	});
}

#[test]
fn commit_result_should_fail_when_deadline_has_passed() {
	build_and_execute(|| {
		let job = assigned();
		skip_to(22);
		assert_noop!(ComputeMarket::commit_result(signed(PROVIDER), job, 0, ROOT), Error::<Test>::DeadlinePassed);
	});
}

#[test]
fn commit_result_should_fail_when_caller_did_not_win() {
	build_and_execute(|| {
		let job = assigned();
		for who in [RIVAL, CLIENT, STRANGER] {
			assert_noop!(ComputeMarket::commit_result(signed(who), job, 0, ROOT), Error::<Test>::NotAssignedProvider);
		}
	});
}

#[test]
fn commit_result_should_fail_when_there_is_a_result() {
	build_and_execute(|| {
		let job = committed();
		assert_noop!(
			ComputeMarket::commit_result(signed(PROVIDER), job, 0, H256::zero()),
			Error::<Test>::JobNotAssigned
		);
	});
}

#[test]
fn commit_result_should_fail_when_job_is_not_assigned() {
	build_and_execute(|| {
		let (job, machine) = (submit(CLIENT), machine(PROVIDER));
		assert_ok!(ComputeMarket::bid(signed(PROVIDER), job, machine, 80));
		assert_noop!(ComputeMarket::commit_result(signed(PROVIDER), job, 0, ROOT), Error::<Test>::JobNotAssigned);
		assert_noop!(ComputeMarket::commit_result(signed(PROVIDER), JobId(9), 0, ROOT), Error::<Test>::UnknownJob);
	});
}
