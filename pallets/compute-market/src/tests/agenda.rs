//! What the chain does by itself.

use crate::{mock::*, *};
use frame_support::{
	assert_ok,
	traits::{fungible::MutateHold, tokens::Fortitude, Hooks},
};

type Weights = ();

fn step() -> Weight {
	<Weights as WeightInfo>::agenda_assign()
		.max(<Weights as WeightInfo>::agenda_withdraw())
		.max(<Weights as WeightInfo>::agenda_expire())
		.max(<Weights as WeightInfo>::agenda_settle())
}

/// Weight for looking at `blocks` blocks and taking `steps` steps, of which the last may fail.
fn room(blocks: u64, steps: u64) -> Weight {
	<Weights as WeightInfo>::agenda_base()
		+ <Weights as WeightInfo>::agenda_block().saturating_mul(blocks)
		+ step().saturating_mul(steps)
		+ <Weights as WeightInfo>::agenda_postpone()
}

fn refunded(job: JobId) -> bool {
	matches!(state(job), JobState::Refunded { .. })
}

#[test]
fn job_should_run_from_auction_to_pay_when_nobody_but_the_provider_calls() {
	build_and_execute(|| {
		let (job, machine) = (submit(CLIENT), machine(PROVIDER));
		assert_ok!(ComputeMarket::bid(signed(PROVIDER), job, machine, 80));
		run_to(6);
		assert!(matches!(state(job), JobState::Open { .. }));
		run_to(7);
		assert!(matches!(state(job), JobState::Assigned { .. }));
		assert_ok!(ComputeMarket::commit_result(signed(PROVIDER), job, 0, ROOT));
		run_to(13);
		assert!(matches!(state(job), JobState::Committed { .. }));
		run_to(14);
		assert!(matches!(state(job), JobState::Settled { paid: Paid { to_provider: 760, .. }, .. }));
		assert_eq!(free(PROVIDER), ENDOWMENT - 40 + 760);
	});
}

#[test]
fn job_should_be_refunded_when_nobody_does_anything() {
	build_and_execute(|| {
		let job = submit(CLIENT);
		run_to(7);
		assert_eq!(state(job), JobState::Refunded { reason: RefundReason::NoBids });
	});
}

#[test]
fn job_should_expire_when_deadline_is_missed() {
	build_and_execute(|| {
		let job = assigned();
		run_to(22);
		assert!(matches!(state(job), JobState::Assigned { .. }));
		run_to(23);
		assert_eq!(state(job), JobState::Refunded { reason: RefundReason::DeadlineMissed });
		assert_eq!(Reports::get(), vec![missed(job)]);
	});
}

#[test]
fn agenda_should_forget_a_step_that_was_taken_by_a_call() {
	build_and_execute(|| {
		let job = committed();
		assert_ok!(ComputeMarket::accept_result(signed(CLIENT), job, 0));
		assert_eq!(Agenda::<Test>::iter().count(), 0);
		run_to(30);
		assert_eq!(unexpected(), vec![]);
	});
}

#[test]
fn agenda_should_wait_when_blocks_are_full() {
	build_and_execute(|| {
		let job = submit(CLIENT);
		for block in 1..20 {
			skip_to(block);
			assert_eq!(ComputeMarket::on_idle(block, Weight::zero()), Weight::zero());
		}
		assert!(matches!(state(job), JobState::Open { .. }));
		next_block();
		assert!(refunded(job));
		assert_eq!(AgendaCursor::<Test>::get(), Some(20));
	});
}

#[test]
fn agenda_should_take_as_many_steps_as_fit_and_go_on_later() {
	build_and_execute(|| {
		let jobs = [submit(CLIENT), submit(CLIENT), submit(OTHER_CLIENT)];
		run_to(6);
		for done in 1..=3 {
			let limit = room(1, 1);
			assert!(ComputeMarket::on_idle(6, limit).all_lte(limit));
			assert_eq!(jobs.into_iter().filter(|job| refunded(*job)).count(), done);
			assert_eq!(AgendaCursor::<Test>::get(), Some(6));
			assert_ok!(ComputeMarket::do_try_state());
		}
		next_block();
		assert_eq!(AgendaCursor::<Test>::get(), Some(7));
	});
}

#[test]
fn agenda_should_look_at_as_many_blocks_as_fit() {
	build_and_execute(|| {
		submit(CLIENT);
		skip_to(4);
		// Room for two blocks: the cursor gets from 1 to 3, because a step would fit in each of them.
		ComputeMarket::on_idle(4, room(2, 1));
		assert_eq!(AgendaCursor::<Test>::get(), Some(3));
	});
}

#[test]
fn agenda_should_use_no_more_than_the_limit_whatever_it_is() {
	new_test_ext().execute_with(|| {
		for _ in 0..3 {
			submit(CLIENT);
		}
		skip_to(30);
		for parts in 0..40 {
			let limit = room(40, 4).saturating_mul(parts) / 40;
			assert!(ComputeMarket::on_idle(30, limit).all_lte(limit));
			assert_ok!(ComputeMarket::do_try_state());
		}
		assert_eq!(Agenda::<Test>::iter().count(), 0);
	});
}

#[test]
fn agenda_should_only_read_the_cursor_when_there_never_was_a_job() {
	build_and_execute(|| {
		assert_eq!(ComputeMarket::on_idle(1_000_000, Weight::MAX), <Weights as WeightInfo>::agenda_base());
		assert_eq!(AgendaCursor::<Test>::get(), None);
	});
}

#[test]
fn agenda_should_skip_a_failing_item_and_change_nothing_for_it() {
	new_test_ext().execute_with(|| {
		let broken = submit(CLIENT);
		let sound = submit(OTHER_CLIENT);
		let machine = machine(PROVIDER);
		assert_ok!(ComputeMarket::bid(signed(PROVIDER), broken, machine, 80));
		Halted::set(vec![PROVIDER]);
		// Something takes away what is in escrow, which nothing can.
		assert_ok!(Balances::burn_held(&HoldReason::Escrow.into(), &CLIENT, 1, Precision::Exact, Fortitude::Force));
		let before = Jobs::<Test>::get(broken);
		run_to(7);

		let error = Error::<Test>::HoldMissing.into();
		assert_eq!(unexpected(), vec![UnexpectedKind::AgendaItemFailed { job: broken, error }]);
		assert_eq!(Jobs::<Test>::get(broken), before);
		assert_eq!(running(machine), 1, "giving the slot back was rolled back");
		assert!(refunded(sound));
		assert_eq!(AgendaCursor::<Test>::get(), Some(7));
	});
}

#[test]
fn agenda_should_skip_an_item_without_a_live_job() {
	new_test_ext().execute_with(|| {
		let job = submit(CLIENT);
		assert_ok!(ComputeMarket::cancel_job(signed(CLIENT), job));
		Agenda::<Test>::insert(2, job, ());
		Agenda::<Test>::insert(2, JobId(77), ());
		run_to(3);
		let unknown = UnexpectedKind::AgendaItemFailed { job: JobId(77), error: Error::<Test>::UnknownJob.into() };
		let ended = UnexpectedKind::AgendaItemFailed { job, error: Error::<Test>::JobEnded.into() };
		let seen = unexpected();
		assert!(seen.len() == 2 && seen.contains(&unknown) && seen.contains(&ended));
		check_everything();
	});
}
