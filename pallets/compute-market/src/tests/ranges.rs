//! Jobs that are paid for range by range.

use crate::{mock::*, *};
use assay_primitives::{Fault, JobResults};
use frame_support::{assert_noop, assert_ok};

/// A new job of [`CLIENT`] in ranges of four, four and two units, assigned to [`PROVIDER`] at 80 a unit: 800 in escrow.
fn divided() -> JobId {
	let job = NextJobId::<Test>::get();
	assert_ok!(ComputeMarket::submit_job_in_ranges(signed(CLIENT), spec(), PaymentKind::Native, 4));
	assert_ok!(ComputeMarket::bid(signed(PROVIDER), job, machine(PROVIDER), 80));
	assert_ok!(ComputeMarket::close_auction(signed(CLIENT), job));
	job
}

fn root(range: u8) -> H256 {
	H256::repeat_byte(range)
}

/// The first unit that is not paid for.
fn due_from(job: JobId) -> u32 {
	ComputeMarket::units_due(job, &entry(job).spec).start
}

fn commit(job: JobId, range: u8) {
	assert_eq!(due_from(job), u32::from(range - 1) * Ranges::<Test>::get(job).unwrap().length);
	let first = due_from(job);
	assert_ok!(ComputeMarket::commit_result(signed(PROVIDER), job, first, root(range)));
}

fn accept(job: JobId) {
	assert_ok!(ComputeMarket::accept_result(signed(CLIENT), job, due_from(job)));
}

fn entry(job: JobId) -> Job<Test> {
	Jobs::<Test>::get(job).unwrap()
}

/// The units that the result under review is about.
fn under_review(job: JobId) -> (u32, u32) {
	let result = ComputeMarket::result(job).unwrap();
	(result.first, result.units)
}

#[test]
fn job_should_be_paid_range_by_range_and_in_full() {
	build_and_execute(|| {
		let job = divided();
		let had = free(PROVIDER);
		for (range, units, first, left) in [(1, 4, 0, 480), (2, 4, 4, 160)] {
			commit(job, range);
			assert_eq!(under_review(job), (first, units));
			accept(job);
			assert_eq!(entry(job).escrow, left);
			assert!(matches!(state(job), JobState::Assigned { .. }));
			// 320: 5 % are 16, of which one half is burned.
			assert_eq!(free(PROVIDER), had + Balance::from(range) * 304);
			let told = events().pop();
			let deadline = entry(job).spec.deadline;
			let (client, provider, payment) = (CLIENT, PROVIDER, PaymentKind::Native);
			let (root, paid) = (root(range), paid(304, 8, 8, 16));
			let settled = Event::RangeSettled { job, client, provider, payment, first, units, root, paid, deadline };
			assert_eq!(told, Some(settled));
		}
		assert_eq!(running(MachineId(0)), 1);
		commit(job, 3);
		assert_eq!(under_review(job), (8, 2));
		accept(job);

		assert_eq!((free(PROVIDER), held(HoldReason::Escrow, CLIENT)), (had + 760, 0));
		assert_eq!(running(MachineId(0)), 0);
		assert_eq!(Rewards::get(), vec![(PROVIDER, 4_000, 16), (PROVIDER, 4_000, 16), (PROVIDER, 2_000, 8)]);
		// What the last range cost is told when it is paid, what all cost is kept.
		assert!(matches!(state(job), JobState::Settled { paid: total, .. } if total == paid(760, 20, 20, 40)));
		let last = paid(152, 4, 4, 8);
		assert!(matches!(events().pop(), Some(Event::JobSettled { paid, .. }) if paid == last));
		let progress = Ranges::<Test>::get(job).unwrap();
		assert_eq!(progress.roots, vec![root(1), root(2), root(3)]);
		// One outcome, however many ranges there were.
		assert_eq!(ComputeMarket::reputation(PROVIDER).provider.outcomes, 1);
	});
}

#[test]
fn chain_should_pay_each_range_by_itself() {
	build_and_execute(|| {
		let job = divided();
		for range in 1..=3 {
			commit(job, range);
			run_to(now() + spec().review_blocks + 1);
		}
		assert!(matches!(state(job), JobState::Settled { .. }));
	});
}

#[test]
fn refused_range_should_give_back_what_is_not_paid_for() {
	build_and_execute(|| {
		let job = divided();
		commit(job, 1);
		accept(job);
		let (client, provider) = (free(CLIENT), free(PROVIDER));
		commit(job, 2);
		assert_ok!(ComputeMarket::refuse(job, Fault::Refuted));

		assert_eq!(state(job), JobState::Refunded { reason: RefundReason::ResultRefuted });
		assert_eq!((free(CLIENT), free(PROVIDER)), (client + 480, provider));
		// It is known who serves what was paid for.
		let bid = Ranges::<Test>::get(job).unwrap().bid.unwrap();
		assert_eq!((bid.provider, bid.machine), (PROVIDER, MachineId(0)));
		assert_eq!(ComputeMarket::reputation(PROVIDER).provider.outcomes, 1);
		assert!(ComputeMarket::reputation(PROVIDER).provider.average < InitialReputation::get());
	});
}

#[test]
fn missed_deadline_should_give_back_what_is_not_paid_for() {
	build_and_execute(|| {
		let job = divided();
		commit(job, 1);
		accept(job);
		let client = free(CLIENT);
		run_to(entry(job).spec.deadline + 2);
		assert_eq!(state(job), JobState::Refunded { reason: RefundReason::DeadlineMissed });
		assert_eq!(free(CLIENT), client + 480);
		assert_eq!(Reports::get(), vec![missed(job)]);
	});
}

#[test]
fn deadline_should_wait_while_a_range_is_under_review() {
	build_and_execute(|| {
		let job = divided();
		let deadline = entry(job).spec.deadline;
		run_to(now() + 3);
		let left = deadline - now();
		commit(job, 1);
		// It is paid for when the review is over, and not before that block has ended.
		run_to(now() + 7);
		// And by four blocks, in which the provider sees that it is to go on.
		assert_eq!(entry(job).spec.deadline, deadline + 6 + 4);
		assert_eq!(entry(job).spec.deadline - (now() - 1), left + 4);
		run_to(entry(job).spec.deadline);
		commit(job, 2);
		assert_noop!(ComputeMarket::clear_job(signed(STRANGER), job), Error::<Test>::JobLive);
	});
}

#[test]
fn last_block_of_the_deadline_should_still_be_enough_for_each_range() {
	build_and_execute(|| {
		let job = divided();
		run_to(entry(job).spec.deadline);
		commit(job, 1);
		accept(job);
		run_to(entry(job).spec.deadline);
		commit(job, 2);
		run_to(now() + 3);
		accept(job);
		assert_eq!(entry(job).spec.deadline, now() + 4);
		run_to(entry(job).spec.deadline);
		commit(job, 3);
	});
}

#[test]
fn result_should_be_committed_once_for_each_range() {
	build_and_execute(|| {
		let job = divided();
		commit(job, 1);
		assert_noop!(ComputeMarket::commit_result(signed(PROVIDER), job, 4, root(2)), Error::<Test>::JobNotAssigned);
		assert_noop!(ComputeMarket::accept_result(signed(PROVIDER), job, 0), Error::<Test>::NotClient);
		accept(job);
		assert_noop!(ComputeMarket::accept_result(signed(CLIENT), job, 4), Error::<Test>::JobNotCommitted);
		assert_noop!(ComputeMarket::settle_job(signed(CLIENT), job), Error::<Test>::JobNotCommitted);
	});
}

#[test]
fn commitment_should_be_to_the_next_range() {
	build_and_execute(|| {
		let job = divided();
		for first in [1, 4, 8] {
			let commit = ComputeMarket::commit_result(signed(PROVIDER), job, first, ROOT);
			assert_noop!(commit, Error::<Test>::WrongRange);
		}
		commit(job, 1);
		accept(job);
		// One that was sent twice.
		let again = ComputeMarket::commit_result(signed(PROVIDER), job, 0, root(1));
		assert_noop!(again, Error::<Test>::WrongRange);
		commit(job, 2);
		assert!(events().iter().any(|event| matches!(event, Event::ResultCommitted { first: 4, .. })));
		let whole = assigned();
		let commit = ComputeMarket::commit_result(signed(PROVIDER), whole, 4, ROOT);
		assert_noop!(commit, Error::<Test>::WrongRange);
	});
}

#[test]
fn acceptance_should_be_of_the_range_under_review() {
	build_and_execute(|| {
		let job = divided();
		commit(job, 1);
		for first in [1, 4, 8] {
			let accept = ComputeMarket::accept_result(signed(CLIENT), job, first);
			assert_noop!(accept, Error::<Test>::WrongRange);
		}
		accept(job);
		commit(job, 2);
		// One that was sent twice.
		let again = ComputeMarket::accept_result(signed(CLIENT), job, 0);
		assert_noop!(again, Error::<Test>::WrongRange);
		accept(job);
		let whole = committed();
		let accept = ComputeMarket::accept_result(signed(CLIENT), whole, 4);
		assert_noop!(accept, Error::<Test>::WrongRange);
	});
}

#[test]
fn open_question_should_keep_a_range_from_being_paid_for_and_not_the_next_one() {
	build_and_execute(|| {
		let job = divided();
		commit(job, 1);
		assert_ok!(ComputeMarket::contest(job));
		assert_noop!(ComputeMarket::accept_result(signed(CLIENT), job, 0), Error::<Test>::ResultContested);
		assert_ok!(ComputeMarket::answer(job, now()));
		accept(job);
		assert!(ComputeMarket::result(job).is_err());
		commit(job, 2);
		assert_eq!(ComputeMarket::result(job).unwrap().open, 0);
		accept(job);
	});
}

#[test]
fn ranges_should_have_a_length_and_a_number_in_bounds() {
	build_and_execute(|| {
		// Of ten units: none, all, more, and five ranges where there can be four.
		for length in [0, 10, 11, u32::MAX, 2] {
			assert_noop!(
				ComputeMarket::submit_job_in_ranges(signed(CLIENT), spec(), PaymentKind::Native, length),
				Error::<Test>::RangeLengthOutOfRange
			);
			let quote = ComputeMarket::job_in_ranges_quote(spec(), PaymentKind::Native, length);
			assert_eq!(quote, Err(Error::<Test>::RangeLengthOutOfRange.into()));
		}
		for length in [3, 9] {
			assert_ok!(ComputeMarket::submit_job_in_ranges(signed(CLIENT), spec(), PaymentKind::Native, length));
		}
		let none = JobSpec { units: 0, ..spec() };
		assert_noop!(
			ComputeMarket::submit_job_in_ranges(signed(CLIENT), none, PaymentKind::Native, 0),
			Error::<Test>::ZeroUnits
		);
	});
}

#[test]
fn deposit_should_be_quoted_held_and_given_back_with_that_for_the_roots() {
	build_and_execute(|| {
		let quote = ComputeMarket::job_in_ranges_quote(spec(), PaymentKind::Native, 4).unwrap();
		assert_eq!((quote.escrow, quote.deposit), (1_000, 80));
		let job = divided();
		assert_eq!(held(HoldReason::JobDeposit, CLIENT), 80);
		for range in 1..=3 {
			commit(job, range);
			accept(job);
		}
		assert_ok!(ComputeMarket::clear_job(signed(CLIENT), job));
		assert_eq!(held(HoldReason::JobDeposit, CLIENT), 0);
		assert!(!Ranges::<Test>::contains_key(job));
	});
}

#[test]
fn previews_should_be_of_what_is_not_paid_for() {
	build_and_execute(|| {
		let job = divided();
		commit(job, 1);
		accept(job);
		let preview = ComputeMarket::settlement_preview(job).unwrap();
		assert_eq!(preview.paid, paid(456, 12, 12, 24));
		assert_eq!(ComputeMarket::refund_preview(job).unwrap().escrow, 480);
	});
}

#[test]
fn ranges_should_be_paid_for_in_assets_and_credits() {
	build_and_execute(|| {
		for payment in [PaymentKind::Asset(STABLE), PaymentKind::Credits] {
			let job = NextJobId::<Test>::get();
			assert_ok!(ComputeMarket::submit_job_in_ranges(signed(CLIENT), spec(), payment, 5));
			assert_ok!(ComputeMarket::bid(signed(PROVIDER), job, machine(PROVIDER), 80));
			assert_ok!(ComputeMarket::close_auction(signed(CLIENT), job));
			commit(job, 1);
			accept(job);
			assert_eq!(entry(job).escrow, 400);
			commit(job, 2);
			accept(job);
			assert!(matches!(state(job), JobState::Settled { .. }));
		}
	});
}
