//! Which results are checked, by whom, and what of them.

use crate::{mock::*, *};
use frame_support::assert_ok;
use std::collections::BTreeMap;

#[test]
fn result_should_not_be_questioned_when_there_are_too_few_checkers() {
	build_and_execute(|| {
		assert_ok!(CheckersPallet::join(signed(21)));
		assert_ok!(CheckersPallet::join(signed(22)));
		let job = committed(false);
		assert_eq!(Results::get(job).unwrap().open, 0);
		assert!(Waiting::<Test>::get().is_empty());
		assert_ok!(CheckersPallet::join(signed(23)));
		assert_eq!(Results::get(committed(false)).unwrap().open, 1);
	});
}

#[test]
fn check_should_begin_with_randomness_that_came_after_the_commitment() {
	build_and_execute(|| {
		seat_all();
		let early = committed(false);
		Clock::put((0, 6));
		let late = committed(false);
		assert_eq!(
			Waiting::<Test>::get().to_vec(),
			vec![Candidate { job: early, attempt: 0, epoch: 1 }, Candidate { job: late, attempt: 0, epoch: 2 },]
		);
		next_block();
		assert!(Checks::<Test>::iter().next().is_none());
		next_epoch();
		assert_eq!(Checks::<Test>::iter_keys().collect::<Vec<_>>(), vec![early]);
		next_epoch();
		assert!(Checks::<Test>::contains_key(late));
		assert!(Waiting::<Test>::get().is_empty());
		let until = now() + 5;
		let (units, members) = (check(late).sample.to_vec(), members(late));
		assert!(events().contains(&Event::Began { job: late, units, members, until }));
	});
}

#[test]
fn check_should_wait_when_an_epoch_brings_no_randomness_or_is_skipped() {
	build_and_execute(|| {
		seat_all();
		let job = committed(false);
		NoRandomness::put(true);
		next_epoch();
		assert!(!Checks::<Test>::contains_key(job));
		NoRandomness::put(false);
		Clock::put((7, 3));
		next_block();
		assert!(Checks::<Test>::contains_key(job));
	});
}

#[test]
fn result_should_be_paid_for_unchecked_when_too_many_wait() {
	build_and_execute(|| {
		seat_all();
		let jobs: Vec<_> = (0..5).map(|_| committed(false)).collect();
		assert_eq!(Waiting::<Test>::get().len(), 4);
		assert_eq!(events().last(), Some(&Event::Skipped { job: jobs[4] }));
		assert_eq!(Results::get(jobs[4]).unwrap().open, 0);
		assert_eq!(Results::get(jobs[3]).unwrap().open, 1);
		next_epoch();
		assert_eq!(Checks::<Test>::iter().count(), 4);
	});
}

#[test]
fn check_should_be_dropped_when_its_job_has_ended_before_the_draw() {
	build_and_execute(|| {
		seat_all();
		let job = committed(false);
		Results::remove(job);
		next_epoch();
		assert_eq!(conclusions(job), vec![Conclusion::Moot]);
		assert!(CHECKERS.into_iter().all(|who| checker(who).duties == 0));
	});
}

#[test]
fn committee_should_hold_no_party_to_the_job() {
	build_and_execute(|| {
		for who in [CLIENT, PROVIDER, 21, 22, 23] {
			assert_ok!(CheckersPallet::join(signed(who)));
		}
		for _ in 0..10 {
			let job = committed(false);
			next_epoch();
			let mut members = members(job);
			members.sort();
			assert_eq!(members, vec![21, 22, 23]);
			abandon(job);
		}
	});
}

#[test]
fn committee_should_not_be_drawn_when_there_are_too_few_others() {
	build_and_execute(|| {
		for who in [CLIENT, PROVIDER, 21, 22] {
			assert_ok!(CheckersPallet::join(signed(who)));
		}
		let job = committed(false);
		next_epoch();
		assert_eq!(conclusions(job), vec![Conclusion::NoCommittee]);
		assert_eq!(Results::get(job).unwrap().open, 0);
	});
}

#[test]
fn committees_should_hold_everybody_about_equally_often() {
	build_and_execute(|| {
		seat_all();
		let mut drawn = BTreeMap::<AccountId, u32>::new();
		const ROUNDS: u32 = 600;
		for _ in 0..ROUNDS {
			let job = committed(false);
			next_epoch();
			for who in members(job) {
				*drawn.entry(who).or_default() += 1;
			}
			abandon(job);
		}
		// 360 are expected, with a standard deviation of 12.
		for who in CHECKERS {
			assert!((310..410).contains(&drawn[&who]), "{who} was drawn {} times", drawn[&who]);
		}
	});
}

#[test]
fn samples_should_be_of_different_units_each_about_equally_often() {
	let mut drawn = [0u32; 40];
	for seed in 0..3_000u64 {
		let sample = CheckersPallet::sample(&H256::from_low_u64_be(seed), 0, 40);
		assert_eq!(sample.len(), 4);
		assert!(sample.windows(2).all(|pair| pair[0] < pair[1]));
		sample.iter().for_each(|unit| drawn[*unit as usize] += 1);
	}
	// 300 are expected, with a standard deviation of 16.
	assert!(drawn.iter().all(|count| (220..380).contains(count)), "{drawn:?}");
}

#[test]
fn sample_should_be_all_units_when_there_are_few() {
	for units in 1..=4 {
		let sample = CheckersPallet::sample(&H256::repeat_byte(7), 0, units);
		assert_eq!(sample.to_vec(), (0..units).collect::<Vec<_>>());
	}
}
