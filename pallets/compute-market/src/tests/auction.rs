//! Auctions: submitting, bidding, closing, cancelling.

use crate::{mock::*, *};
use frame_support::{assert_noop, assert_ok};
use sp_runtime::TokenError;

/// Submit what `change` makes of the usual job, and expect `error` and no change.
fn assert_refused(error: Error<Test>, change: impl FnOnce(&mut JobSpec<Test>)) {
	let mut spec = spec();
	change(&mut spec);
	assert_noop!(ComputeMarket::submit_job(signed(CLIENT), spec.clone(), PaymentKind::Native), error);
	assert!(ComputeMarket::job_quote(spec, PaymentKind::Native).is_err());
}

fn best(job: JobId) -> Option<Bid<Test>> {
	Jobs::<Test>::get(job).unwrap().live_bid().cloned()
}

fn closes_at(job: JobId) -> u32 {
	match state(job) {
		JobState::Open { closes_at, .. } => closes_at,
		other => panic!("not open: {other:?}"),
	}
}

#[test]
fn submit_job_should_hold_escrow_and_deposit() {
	build_and_execute(|| {
		assert_ok!(ComputeMarket::submit_job(signed(CLIENT), spec(), PaymentKind::Native));

		let job = Jobs::<Test>::get(JobId(0)).unwrap();
		assert_eq!((job.client, job.escrow, job.deposit), (CLIENT, 1_000, 50));
		assert_eq!(job.state, JobState::Open { closes_at: 6, best: None });
		assert_eq!(held(HoldReason::Escrow, CLIENT), 1_000);
		assert_eq!(held(HoldReason::JobDeposit, CLIENT), 50);
		assert_eq!(
			events(),
			vec![Event::JobSubmitted {
				job: JobId(0),
				client: CLIENT,
				units: 10,
				payment: PaymentKind::Native,
				escrow: 1_000
			}]
		);
	});
}

#[test]
fn job_quote_should_match_what_submitting_holds() {
	build_and_execute(|| {
		let quote = ComputeMarket::job_quote(spec(), PaymentKind::Native).unwrap();
		assert_eq!(
			quote,
			JobQuote { payment: PaymentKind::Native, escrow: 1_000, deposit: 50, paid: paid(950, 25, 25, 50) }
		);
		submit(CLIENT);
		assert_eq!(ENDOWMENT - free(CLIENT), quote.escrow + quote.deposit);
	});
}

#[test]
fn submit_job_should_fail_when_there_are_no_units() {
	build_and_execute(|| assert_refused(Error::ZeroUnits, |spec| spec.units = 0));
}

#[test]
fn submit_job_should_fail_when_there_are_too_many_units() {
	build_and_execute(|| assert_refused(Error::TooManyUnits, |spec| spec.units = 1_001));
}

#[test]
fn submit_job_should_fail_when_gas_is_out_of_range() {
	build_and_execute(|| {
		assert_refused(Error::GasOutOfRange, |spec| spec.gas_per_unit = 0);
		assert_refused(Error::GasOutOfRange, |spec| spec.gas_per_unit = 1_000_001);
	});
}

#[test]
fn submit_job_should_fail_when_price_is_zero() {
	build_and_execute(|| assert_refused(Error::ZeroPrice, |spec| spec.ceiling = 0));
}

#[test]
fn submit_job_should_fail_when_price_overflows() {
	build_and_execute(|| assert_refused(Error::PriceOverflow, |spec| spec.ceiling = Balance::MAX / 10 + 1));
}

#[test]
fn submit_job_should_fail_when_auction_length_is_out_of_range() {
	build_and_execute(|| {
		assert_refused(Error::AuctionLengthOutOfRange, |spec| spec.auction_blocks = 2);
		assert_refused(Error::AuctionLengthOutOfRange, |spec| spec.auction_blocks = 51);
	});
}

#[test]
fn submit_job_should_fail_when_deadline_leaves_no_time_to_run() {
	build_and_execute(|| {
		assert_refused(Error::DeadlineTooSoon, |spec| spec.deadline = now() + 5 + 3);
		assert_refused(Error::DeadlineTooSoon, |spec| spec.deadline = 0);
	});
}

#[test]
fn submit_job_should_fail_when_deadline_is_too_far_away() {
	build_and_execute(|| {
		assert_refused(Error::DeadlineTooLate, |spec| spec.deadline = now() + 101);
		assert_refused(Error::DeadlineTooLate, |spec| spec.deadline = u32::MAX);
	});
}

#[test]
fn submit_job_should_fail_when_review_length_is_out_of_range() {
	build_and_execute(|| {
		assert_refused(Error::ReviewLengthOutOfRange, |spec| spec.review_blocks = 1);
		assert_refused(Error::ReviewLengthOutOfRange, |spec| spec.review_blocks = 51);
	});
}

#[test]
fn submit_job_should_fail_when_client_cannot_pay() {
	build_and_execute(|| {
		let mut spec = spec();
		spec.ceiling = ENDOWMENT;
		assert_noop!(
			ComputeMarket::submit_job(signed(CLIENT), spec, PaymentKind::Native),
			TokenError::FundsUnavailable
		);
	});
}

#[test]
fn submit_job_should_fail_when_only_the_deposit_cannot_be_held() {
	build_and_execute(|| {
		let mut spec = spec();
		spec.units = 1;
		spec.ceiling = ENDOWMENT - 40;
		assert_noop!(
			ComputeMarket::submit_job(signed(CLIENT), spec, PaymentKind::Native),
			TokenError::FundsUnavailable
		);
	});
}

#[test]
fn bid_should_take_slot_and_deposit() {
	build_and_execute(|| {
		let (job, machine) = (submit(CLIENT), machine(PROVIDER));
		assert_ok!(ComputeMarket::bid(signed(PROVIDER), job, machine, 100));

		assert_eq!(best(job), Some(Bid { provider: PROVIDER, machine, price: 100, deposit: 20 }));
		assert_eq!((running(machine), held(HoldReason::BidDeposit, PROVIDER)), (1, 20));
		assert!(events().contains(&Event::BidPlaced { job, provider: PROVIDER, machine, price: 100, closes_at: 6 }));
	});
}

#[test]
fn bid_should_release_the_bid_that_it_beats() {
	build_and_execute(|| {
		let (job, ours, theirs) = (submit(CLIENT), machine(PROVIDER), machine(RIVAL));
		assert_ok!(ComputeMarket::bid(signed(PROVIDER), job, ours, 100));
		assert_ok!(ComputeMarket::bid(signed(RIVAL), job, theirs, 99));

		assert_eq!(best(job).map(|bid| bid.provider), Some(RIVAL));
		assert_eq!((running(ours), held(HoldReason::BidDeposit, PROVIDER)), (0, 0));
		assert_eq!((running(theirs), held(HoldReason::BidDeposit, RIVAL)), (1, 20));
	});
}

#[test]
fn bid_should_release_deposit_as_it_was_paid() {
	build_and_execute(|| {
		let (job, ours, theirs) = (submit(CLIENT), machine(PROVIDER), machine(RIVAL));
		assert_ok!(ComputeMarket::bid(signed(PROVIDER), job, ours, 100));
		BidDeposit::set(2_000);
		assert_ok!(ComputeMarket::bid(signed(RIVAL), job, theirs, 99));
		BidDeposit::set(20);
		assert_eq!(held(HoldReason::BidDeposit, PROVIDER), 0);
		assert_eq!(held(HoldReason::BidDeposit, RIVAL), 2_000);
	});
}

#[test]
fn bid_should_improve_own_bid_when_nothing_else_is_free() {
	build_and_execute(|| {
		let job = submit(CLIENT);
		assert_ok!(ComputeMarket::register_machine(signed(PROVIDER), TIER, REGION, 1, url("")));
		assert_ok!(ComputeMarket::bid(signed(PROVIDER), job, MachineId(0), 100));
		// Nothing is left but the existential deposit.
		let rest = free(PROVIDER) - 10;
		assert_ok!(Balances::transfer_keep_alive(signed(PROVIDER), STRANGER, rest));
		assert_ok!(ComputeMarket::bid(signed(PROVIDER), job, MachineId(0), 90));
		assert_eq!((running(MachineId(0)), best(job).map(|bid| bid.price)), (1, Some(90)));
	});
}

#[test]
fn bid_should_weigh_less_when_there_is_none_to_beat() {
	build_and_execute(|| {
		let (job, ours, theirs) = (submit(CLIENT), machine(PROVIDER), machine(RIVAL));
		let first = ComputeMarket::bid(signed(PROVIDER), job, ours, 100).unwrap();
		assert_eq!(first.actual_weight, Some(<() as WeightInfo>::bid_first()));
		let second = ComputeMarket::bid(signed(RIVAL), job, theirs, 99).unwrap();
		assert_eq!(second.actual_weight, None);
	});
}

#[test]
fn bid_should_fail_when_price_is_above_ceiling() {
	build_and_execute(|| {
		let (job, machine) = (submit(CLIENT), machine(PROVIDER));
		assert_noop!(ComputeMarket::bid(signed(PROVIDER), job, machine, 101), Error::<Test>::BidAboveCeiling);
	});
}

#[test]
fn bid_should_fail_when_price_is_zero() {
	build_and_execute(|| {
		let (job, machine) = (submit(CLIENT), machine(PROVIDER));
		assert_noop!(ComputeMarket::bid(signed(PROVIDER), job, machine, 0), Error::<Test>::ZeroPrice);
	});
}

#[test]
fn bid_should_fail_when_bidder_is_the_client() {
	build_and_execute(|| {
		let (job, ours) = (submit(PROVIDER), machine(PROVIDER));
		assert_noop!(ComputeMarket::bid(signed(PROVIDER), job, ours, 80), Error::<Test>::OwnJob);
		let theirs = machine(RIVAL);
		assert_ok!(ComputeMarket::bid(signed(RIVAL), job, theirs, 80));
	});
}

#[test]
fn bid_should_fail_when_it_does_not_improve_enough() {
	build_and_execute(|| {
		let (job, ours, theirs) = (submit(CLIENT), machine(PROVIDER), machine(RIVAL));
		assert_ok!(ComputeMarket::bid(signed(PROVIDER), job, ours, 100));
		for price in [100, 100] {
			assert_noop!(ComputeMarket::bid(signed(RIVAL), job, theirs, price), Error::<Test>::BidNotImproving);
		}
		assert_ok!(ComputeMarket::bid(signed(RIVAL), job, theirs, 99));
	});
}

#[test]
fn price_to_beat_should_round_the_improvement_up() {
	for (best, highest) in [(1_000u128, 990), (1_001, 990), (100, 99), (99, 98), (2, 1), (1, 0)] {
		assert_eq!(ComputeMarket::rules().price_to_beat(best), highest);
	}
}

#[test]
fn bid_should_fail_when_provider_is_halted() {
	build_and_execute(|| {
		let (job, machine) = (submit(CLIENT), machine(PROVIDER));
		Halted::set(vec![PROVIDER]);
		assert_noop!(ComputeMarket::bid(signed(PROVIDER), job, machine, 80), Error::<Test>::ProviderNotActive);
	});
}

#[test]
fn bid_should_fail_when_auction_is_over() {
	build_and_execute(|| {
		let (job, machine) = (submit(CLIENT), machine(PROVIDER));
		skip_to(6);
		assert_noop!(ComputeMarket::bid(signed(PROVIDER), job, machine, 80), Error::<Test>::AuctionClosed);
	});
}

#[test]
fn bid_should_fail_when_job_is_not_open() {
	build_and_execute(|| {
		let job = assigned();
		let theirs = machine(RIVAL);
		assert_noop!(ComputeMarket::bid(signed(RIVAL), job, theirs, 50), Error::<Test>::JobNotOpen);
		assert_noop!(ComputeMarket::bid(signed(RIVAL), JobId(9), theirs, 50), Error::<Test>::UnknownJob);
	});
}

#[test]
fn bid_should_fail_when_machine_is_anothers_or_unknown() {
	build_and_execute(|| {
		let (job, machine) = (submit(CLIENT), machine(PROVIDER));
		assert_noop!(ComputeMarket::bid(signed(RIVAL), job, machine, 80), Error::<Test>::NotMachineOwner);
		assert_noop!(ComputeMarket::bid(signed(RIVAL), job, MachineId(9), 80), Error::<Test>::UnknownMachine);
	});
}

#[test]
fn bid_should_fail_when_machine_is_too_weak() {
	build_and_execute(|| {
		let job = submit(CLIENT);
		assert_ok!(ComputeMarket::register_machine(signed(PROVIDER), Tier(1), REGION, 1, url("")));
		assert_noop!(ComputeMarket::bid(signed(PROVIDER), job, MachineId(0), 80), Error::<Test>::TierTooLow);
	});
}

#[test]
fn bid_should_fail_when_all_slots_are_taken() {
	build_and_execute(|| {
		let machine = machine(PROVIDER);
		for _ in 0..2 {
			assert_ok!(ComputeMarket::bid(signed(PROVIDER), submit(CLIENT), machine, 80));
		}
		let job = submit(CLIENT);
		assert_noop!(ComputeMarket::bid(signed(PROVIDER), job, machine, 80), Error::<Test>::NoFreeSlot);
	});
}

#[test]
fn bid_should_fail_when_deposit_cannot_be_held() {
	build_and_execute(|| {
		let (job, machine) = (submit(CLIENT), machine(PROVIDER));
		assert_ok!(Balances::transfer_keep_alive(signed(PROVIDER), STRANGER, free(PROVIDER) - 29));
		assert_noop!(ComputeMarket::bid(signed(PROVIDER), job, machine, 80), TokenError::FundsUnavailable);
	});
}

#[test]
fn bid_should_extend_auction_when_it_is_about_to_close() {
	build_and_execute(|| {
		let (job, ours, theirs) = (submit(CLIENT), machine(PROVIDER), machine(RIVAL));
		run_to(4);
		assert_ok!(ComputeMarket::bid(signed(PROVIDER), job, ours, 100));
		assert_eq!(closes_at(job), 6);
		run_to(5);
		assert_ok!(ComputeMarket::bid(signed(RIVAL), job, theirs, 90));
		assert_eq!(closes_at(job), 7);
		run_to(7);
		assert_eq!(closes_at(job), 7);
		run_to(8);
		assert!(matches!(state(job), JobState::Assigned { .. }));
	});
}

#[test]
fn bid_should_not_extend_auction_when_the_time_to_run_would_suffer() {
	build_and_execute(|| {
		let mut spec = spec();
		// The auction may take until block 6, the work until 10.
		spec.deadline = now() + 5 + 4;
		assert_ok!(ComputeMarket::submit_job(signed(CLIENT), spec, PaymentKind::Native));
		let machine = machine(PROVIDER);
		run_to(5);
		assert_ok!(ComputeMarket::bid(signed(PROVIDER), JobId(0), machine, 100));
		assert_eq!(closes_at(JobId(0)), 6);
		run_to(7);
		assert!(matches!(state(JobId(0)), JobState::Assigned { .. }));
	});
}

#[test]
fn close_auction_should_assign_and_release_surplus_and_bid_deposit() {
	build_and_execute(|| {
		let (job, machine) = (submit(CLIENT), machine(PROVIDER));
		assert_ok!(ComputeMarket::bid(signed(PROVIDER), job, machine, 80));
		skip_to(6);
		let done = ComputeMarket::close_auction(signed(STRANGER), job).unwrap();

		assert_eq!(done.actual_weight, Some(<() as WeightInfo>::close_auction_assigned()));
		let entry = Jobs::<Test>::get(job).unwrap();
		let bid = Bid { provider: PROVIDER, machine, price: 80, deposit: 20 };
		assert_eq!((entry.escrow, entry.state), (800, JobState::Assigned { bid }));
		assert_eq!((held(HoldReason::Escrow, CLIENT), free(CLIENT)), (800, ENDOWMENT - 850));
		assert_eq!((held(HoldReason::BidDeposit, PROVIDER), running(machine)), (0, 1));
		assert!(events().contains(&Event::JobAssigned {
			job,
			provider: PROVIDER,
			machine,
			payment: PaymentKind::Native,
			price: 80,
			surplus: 200
		}));
	});
}

#[test]
fn close_auction_should_not_wait_when_client_is_content() {
	build_and_execute(|| {
		let (job, machine) = (submit(CLIENT), machine(PROVIDER));
		assert_noop!(ComputeMarket::close_auction(signed(CLIENT), job), Error::<Test>::AuctionOpen);
		assert_ok!(ComputeMarket::bid(signed(PROVIDER), job, machine, 80));
		assert_noop!(ComputeMarket::close_auction(signed(STRANGER), job), Error::<Test>::AuctionOpen);
		assert_noop!(ComputeMarket::close_auction(signed(PROVIDER), job), Error::<Test>::AuctionOpen);
		assert_ok!(ComputeMarket::close_auction(signed(CLIENT), job));
		assert!(matches!(state(job), JobState::Assigned { .. }));
	});
}

#[test]
fn close_auction_should_refund_when_nobody_bid() {
	build_and_execute(|| {
		let job = submit(CLIENT);
		skip_to(6);
		let done = ComputeMarket::close_auction(signed(STRANGER), job).unwrap();

		assert_eq!(done.actual_weight, Some(<() as WeightInfo>::close_auction_empty()));
		let reason = RefundReason::NoBids;
		assert_eq!(state(job), JobState::Refunded { reason });
		assert_eq!(free(CLIENT), ENDOWMENT - 50);
		assert!(events().contains(&Event::JobRefunded {
			job,
			client: CLIENT,
			payment: PaymentKind::Native,
			amount: 1_000,
			reason
		}));
	});
}

#[test]
fn close_auction_should_refund_when_winner_is_halted() {
	build_and_execute(|| {
		let (job, machine) = (submit(CLIENT), machine(PROVIDER));
		assert_ok!(ComputeMarket::bid(signed(PROVIDER), job, machine, 80));
		Halted::set(vec![PROVIDER]);
		skip_to(6);
		let done = ComputeMarket::close_auction(signed(STRANGER), job).unwrap();

		assert_eq!(done.actual_weight, Some(<() as WeightInfo>::close_auction_withdrawn()));
		assert_eq!(state(job), JobState::Refunded { reason: RefundReason::ProviderHalted });
		assert_eq!((free(CLIENT), free(PROVIDER), running(machine)), (ENDOWMENT - 50, ENDOWMENT - 40, 0));
		assert_eq!(Reports::get(), vec![]);
	});
}

#[test]
fn close_auction_should_fail_when_the_best_bidder_is_halted_and_others_can_bid() {
	build_and_execute(|| {
		let (job, spoiler, other) = (submit(CLIENT), machine(PROVIDER), machine(RIVAL));
		assert_ok!(ComputeMarket::bid(signed(PROVIDER), job, spoiler, 80));
		Halted::set(vec![PROVIDER]);
		assert_noop!(ComputeMarket::close_auction(signed(CLIENT), job), Error::<Test>::ProviderNotActive);
		assert_ok!(ComputeMarket::bid(signed(RIVAL), job, other, 70));
		assert_ok!(ComputeMarket::close_auction(signed(CLIENT), job));
		assert!(matches!(state(job), JobState::Assigned { bid } if bid.provider == RIVAL));
	});
}

#[test]
fn job_should_be_finished_and_paid_when_its_provider_is_halted_after_the_auction() {
	build_and_execute(|| {
		let job = assigned();
		Halted::set(vec![PROVIDER]);
		let before = free(PROVIDER);
		assert_ok!(ComputeMarket::commit_result(signed(PROVIDER), job, 0, sp_core::H256::repeat_byte(9)));
		assert_ok!(ComputeMarket::accept_result(signed(CLIENT), job, 0));
		assert!(matches!(state(job), JobState::Settled { .. }));
		assert!(free(PROVIDER) > before);
		assert_eq!(Reports::get(), vec![]);
	});
}

#[test]
fn close_auction_should_refund_when_too_little_time_is_left() {
	build_and_execute(|| {
		let (job, machine) = (submit(CLIENT), machine(PROVIDER));
		assert_ok!(ComputeMarket::bid(signed(PROVIDER), job, machine, 80));
		// The deadline is 21 and a run takes 4 blocks at least.
		skip_to(18);
		assert_ok!(ComputeMarket::close_auction(signed(STRANGER), job));
		assert_eq!(state(job), JobState::Refunded { reason: RefundReason::TooLate });
		assert_eq!((free(CLIENT), free(PROVIDER), running(machine)), (ENDOWMENT - 50, ENDOWMENT - 40, 0));
	});
}

#[test]
fn close_auction_should_assign_when_just_enough_time_is_left() {
	build_and_execute(|| {
		let (job, machine) = (submit(CLIENT), machine(PROVIDER));
		assert_ok!(ComputeMarket::bid(signed(PROVIDER), job, machine, 80));
		skip_to(17);
		assert_ok!(ComputeMarket::close_auction(signed(STRANGER), job));
		assert!(matches!(state(job), JobState::Assigned { .. }));
	});
}

#[test]
fn close_auction_should_fail_when_job_is_not_open() {
	build_and_execute(|| {
		let job = assigned();
		assert_noop!(ComputeMarket::close_auction(signed(CLIENT), job), Error::<Test>::JobNotOpen);
		assert_noop!(ComputeMarket::close_auction(signed(CLIENT), JobId(9)), Error::<Test>::UnknownJob);
	});
}

#[test]
fn cancel_job_should_refund_everything_when_there_is_no_bid() {
	build_and_execute(|| {
		let job = submit(CLIENT);
		let done = ComputeMarket::cancel_job(signed(CLIENT), job).unwrap();

		assert_eq!(done.actual_weight, Some(<() as WeightInfo>::cancel_job_without_bid()));
		let reason = RefundReason::Cancelled;
		assert_eq!(state(job), JobState::Refunded { reason });
		assert!(events().contains(&Event::JobRefunded {
			job,
			client: CLIENT,
			payment: PaymentKind::Native,
			amount: 1_000,
			reason
		}));
		assert_ok!(ComputeMarket::clear_job(signed(CLIENT), job));
		assert_eq!(free(CLIENT), ENDOWMENT);
	});
}

#[test]
fn cancel_job_should_release_the_best_bid() {
	build_and_execute(|| {
		let (job, machine) = (submit(CLIENT), machine(PROVIDER));
		assert_ok!(ComputeMarket::bid(signed(PROVIDER), job, machine, 80));
		let done = ComputeMarket::cancel_job(signed(CLIENT), job).unwrap();

		assert_eq!(done.actual_weight, None);
		assert_eq!((held(HoldReason::BidDeposit, PROVIDER), running(machine)), (0, 0));
		assert_eq!((held(HoldReason::Escrow, CLIENT), free(CLIENT)), (0, ENDOWMENT - 50));
	});
}

#[test]
fn cancel_job_should_fail_when_caller_is_not_the_client() {
	build_and_execute(|| {
		let job = submit(CLIENT);
		assert_noop!(ComputeMarket::cancel_job(signed(OTHER_CLIENT), job), Error::<Test>::NotClient);
		assert_noop!(ComputeMarket::cancel_job(signed(CLIENT), JobId(9)), Error::<Test>::UnknownJob);
	});
}

#[test]
fn cancel_job_should_fail_when_job_is_assigned() {
	build_and_execute(|| {
		let job = assigned();
		assert_noop!(ComputeMarket::cancel_job(signed(CLIENT), job), Error::<Test>::JobNotOpen);
	});
}

#[test]
fn cancel_job_should_fail_when_a_bid_has_won() {
	build_and_execute(|| {
		let (job, without_bid) = (submit(CLIENT), submit(CLIENT));
		assert_ok!(ComputeMarket::bid(signed(PROVIDER), job, machine(PROVIDER), 80));
		let JobState::Open { closes_at, .. } = state(job) else { panic!("the job is open") };
		// Nobody has closed the auction yet.
		skip_to(closes_at);
		assert_noop!(ComputeMarket::cancel_job(signed(CLIENT), job), Error::<Test>::AuctionClosed);
		assert_ok!(ComputeMarket::cancel_job(signed(CLIENT), without_bid));
	});
}

#[test]
fn cancel_job_should_fail_when_it_was_cancelled_before() {
	build_and_execute(|| {
		let job = submit(CLIENT);
		assert_ok!(ComputeMarket::cancel_job(signed(CLIENT), job));
		assert_noop!(ComputeMarket::cancel_job(signed(CLIENT), job), Error::<Test>::JobNotOpen);
	});
}
