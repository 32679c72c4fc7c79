//! What outcomes make of reputations, and what those decide.

use crate::{mock::*, *};
use frame_support::{assert_noop, assert_ok};
use proptest::prelude::*;

/// The average of one who began as a newcomer and of whom `good` is known: the mock's step is a tenth.
fn after(outcomes: &[bool]) -> Score {
	let mut score = Score::newcomer(Perbill::from_percent(50));
	for good in outcomes {
		score.record(*good, Perbill::from_percent(10));
	}
	score
}

fn assert_known(provider: &[bool], client: &[bool]) {
	assert_eq!(ComputeMarket::reputation(PROVIDER).provider, after(provider), "as a provider");
	assert_eq!(ComputeMarket::reputation(CLIENT).client, after(client), "as a client");
	// Each side is its own.
	assert_eq!(ComputeMarket::reputation(PROVIDER).client, after(&[]));
	assert_eq!(ComputeMarket::reputation(CLIENT).provider, after(&[]));
}

/// A job of [`CLIENT`] with the bid of [`PROVIDER`] at 80 a unit.
fn bid_for() -> JobId {
	let job = submit(CLIENT);
	assert_ok!(ComputeMarket::bid(signed(PROVIDER), job, machine(PROVIDER), 80));
	job
}

#[test]
fn reputation_should_be_a_newcomers_when_nothing_is_known() {
	build_and_execute(|| {
		let newcomer = Score { average: Perbill::from_percent(50), outcomes: 0 };
		assert_eq!(ComputeMarket::reputation(77), Reputation { provider: newcomer, client: newcomer });
	});
}

#[test]
fn reputation_should_rise_on_both_sides_when_a_job_is_paid_for() {
	build_and_execute(|| {
		let job = committed();
		assert_known(&[], &[]);
		assert_ok!(ComputeMarket::accept_result(signed(CLIENT), job, 0));
		assert_known(&[true], &[true]);
		let score = Score { average: Perbill::from_percent(55), outcomes: 1 };
		assert_eq!(ComputeMarket::reputation(PROVIDER).provider, score);

		committed();
		run_to(now() + 7);
		assert_known(&[true, true], &[true, true]);
	});
}

#[test]
fn reputation_should_fall_for_the_provider_alone_when_it_misses_the_deadline() {
	build_and_execute(|| {
		assigned();
		// Whether the slash succeeds or not.
		SlashFails::set(true);
		run_to(23);
		assert_known(&[false], &[]);
		let score = Score { average: Perbill::from_percent(45), outcomes: 1 };
		assert_eq!(ComputeMarket::reputation(PROVIDER).provider, score);
	});
}

#[test]
fn reputation_should_fall_for_the_provider_alone_when_its_result_is_refused() {
	build_and_execute(|| {
		assert_ok!(ComputeMarket::refuse(committed(), Fault::Refuted));
		assert_known(&[false], &[]);
		let job = committed();
		assert_ok!(ComputeMarket::contest(job));
		assert_ok!(ComputeMarket::refuse(job, Fault::Withheld));
		assert_known(&[false, false], &[]);
	});
}

#[test]
fn reputation_should_fall_for_the_client_alone_when_it_cancels_over_a_bid() {
	build_and_execute(|| {
		let job = bid_for();
		assert_ok!(ComputeMarket::cancel_job(signed(CLIENT), job));
		assert_known(&[], &[false]);
	});
}

#[test]
fn reputation_should_stay_when_nobody_is_to_blame() {
	build_and_execute(|| {
		let cancelled = submit(CLIENT);
		assert_ok!(ComputeMarket::cancel_job(signed(CLIENT), cancelled));

		let unwanted = submit(CLIENT);
		run_to(now() + 6);
		assert_eq!(state(unwanted), JobState::Refunded { reason: RefundReason::NoBids });

		let halted = bid_for();
		Halted::set(vec![PROVIDER]);
		run_to(now() + 6);
		assert_eq!(state(halted), JobState::Refunded { reason: RefundReason::ProviderHalted });

		Halted::set(vec![]);
		let late = bid_for();
		skip_to(now() + 17);
		assert_ok!(ComputeMarket::close_auction(signed(STRANGER), late));
		assert_eq!(state(late), JobState::Refunded { reason: RefundReason::TooLate });

		assert_eq!(Reputations::<Test>::iter().count(), 0);
	});
}

#[test]
fn bid_should_fail_when_reputation_is_below_what_the_job_asks_for() {
	build_and_execute(|| {
		let least = |percent| JobSpec { min_reputation: Perbill::from_percent(percent), ..spec() };
		for percent in [50, 51, 55] {
			assert_ok!(ComputeMarket::submit_job(signed(OTHER_CLIENT), least(percent), PaymentKind::Native));
		}
		let machine = machine(PROVIDER);
		// A newcomer has 50 %.
		assert_ok!(ComputeMarket::bid(signed(PROVIDER), JobId(0), machine, 90));
		for job in [JobId(1), JobId(2)] {
			assert_noop!(ComputeMarket::bid(signed(PROVIDER), job, machine, 90), Error::<Test>::ReputationTooLow);
		}
		// Being a good client makes nobody a good provider.
		let client = Score { average: Perbill::one(), outcomes: 9 };
		Reputations::<Test>::insert(PROVIDER, Reputation { provider: after(&[]), client });
		assert_noop!(ComputeMarket::bid(signed(PROVIDER), JobId(1), machine, 90), Error::<Test>::ReputationTooLow);

		Reputations::<Test>::insert(PROVIDER, Reputation { provider: after(&[true]), client });
		assert_ok!(ComputeMarket::bid(signed(PROVIDER), JobId(2), machine, 90));
	});
}

#[test]
fn bid_should_be_open_to_the_worst_when_the_job_takes_anybody() {
	build_and_execute(|| {
		let worst = Score { average: Perbill::zero(), outcomes: 9 };
		Reputations::<Test>::insert(PROVIDER, Reputation { provider: worst, client: worst });
		bid_for();
	});
}

#[test]
fn bid_should_stand_when_reputation_falls_after_it() {
	build_and_execute(|| {
		let spec = JobSpec { min_reputation: Perbill::from_percent(50), ..spec() };
		assert_ok!(ComputeMarket::submit_job(signed(CLIENT), spec, PaymentKind::Native));
		assert_ok!(ComputeMarket::bid(signed(PROVIDER), JobId(0), machine(PROVIDER), 90));
		Reputations::<Test>::insert(PROVIDER, Reputation { provider: after(&[false]), client: after(&[]) });
		assert_ok!(ComputeMarket::close_auction(signed(CLIENT), JobId(0)));
		assert!(matches!(state(JobId(0)), JobState::Assigned { .. }));
	});
}

#[test]
fn reputation_should_go_with_its_account() {
	build_and_execute(|| {
		// One without assets, which would keep the account alive.
		let job = submit(STRANGER);
		assert_ok!(ComputeMarket::bid(signed(PROVIDER), job, machine(PROVIDER), 80));
		assert_ok!(ComputeMarket::cancel_job(signed(STRANGER), job));
		assert_ok!(ComputeMarket::clear_job(signed(STRANGER), job));
		assert!(Reputations::<Test>::contains_key(STRANGER));
		assert_ok!(Balances::transfer_all(signed(STRANGER), CLIENT, false));
		assert!(!System::account_exists(&STRANGER));
		assert!(!Reputations::<Test>::contains_key(STRANGER));
	});
}

#[test]
fn score_should_come_to_its_bounds_when_outcomes_never_change() {
	let step = Perbill::from_rational(1u32, 16);
	let run = |good| {
		let mut score = Score::newcomer(Perbill::from_percent(50));
		let mut count = 0;
		while score.average != if good { Perbill::one() } else { Perbill::zero() } {
			score.record(good, step);
			count += 1;
		}
		count
	};
	// The same upwards as downwards.
	assert_eq!(run(true), run(false));
	assert!(run(true) < 350, "{}", run(true));
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(512))]

	#[test]
	fn score_should_follow_the_exact_average_within_its_error(
		initial in 0..=1_000_000_000u32,
		step in prop_oneof![1..=1_000_000_000u32, Just(62_500_000), Just(1_000_000_000)],
		outcomes in prop::collection::vec(any::<bool>(), 0..400),
	) {
		// So many parts of a billionth that what they are rounded to does not show.
		const FINE: u128 = 1 << 60;
		const WHOLE: u128 = 1_000_000_000 * FINE;
		let mut score = Score::newcomer(Perbill::from_parts(initial));
		let mut exact = u128::from(initial) * FINE;
		for (index, good) in outcomes.into_iter().enumerate() {
			let before = score.average;
			score.record(good, Perbill::from_parts(step));
			let target = if good { WHOLE } else { 0 };
			let moved = target.abs_diff(exact) * u128::from(step) / 1_000_000_000;
			exact = if good { exact + moved } else { exact - moved };

			// Every outcome counts, and none leads out of bounds.
			let bound = if good { Perbill::one() } else { Perbill::zero() };
			let expected = if before == bound { core::cmp::Ordering::Equal } else { before.cmp(&bound).reverse() };
			prop_assert_eq!(score.average.cmp(&before), expected);
			prop_assert!(score.average <= Perbill::one());
			prop_assert_eq!(score.outcomes as usize, index + 1);
			let error = (u128::from(score.average.deconstruct()) * FINE).abs_diff(exact);
			prop_assert!(error <= FINE * 1_000_000_000 / u128::from(step) + FINE, "off by {}", error / FINE);
		}
	}
}
