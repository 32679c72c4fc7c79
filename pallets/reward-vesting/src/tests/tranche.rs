//! Merged grants against the exact sum of their lines.

use crate::tranche::{Lane, Line, MAX_TRANCHES};
use assay_primitives::Balance;
use num_bigint::BigUint;
use proptest::prelude::*;

/// Grants by the block in which they were made.
type Grants = Vec<(u32, Balance)>;

const LINE: Line = Line { term: 300, cliff: 0 };

fn lane(grants: &[(u32, Balance)], line: Line) -> Lane {
	let mut lane = Lane::default();
	for (block, amount) in grants {
		lane.grant(*block, *amount, line).unwrap();
	}
	lane
}

/// What has yet to vest of `grants` in block `now`, by their own lines, times the term.
fn exact_unvested(grants: &[(u32, Balance)], now: u32, line: Line) -> Balance {
	let left = |block: u32| if now < block + line.cliff { line.term } else { (block + line.term).saturating_sub(now) };
	grants.iter().map(|(block, amount)| amount * Balance::from(left(*block).min(line.term))).sum()
}

#[test]
fn a_single_grant_should_vest_exactly_by_its_line() {
	for amount in [1, 299, 300, 1_000, 999_999] {
		for passed in 0..=LINE.term + 5 {
			let mut lane = lane(&[(100, amount)], LINE);
			let vested = lane.accrue(100 + passed, LINE);
			assert_eq!(vested, amount * Balance::from(passed.min(300)) / 300);
			assert_eq!(lane.rest(), amount - vested);
		}
	}
}

#[test]
fn merged_grants_should_vest_exactly_until_the_first_is_through() {
	let grants = [(100, 700), (103, 11), (109, 5_000)];
	for now in 109..=400 {
		let mut lane = lane(&grants, LINE);
		assert_eq!(lane.0.len(), 1);
		lane.accrue(now, LINE);
		assert_eq!(lane.rest(), exact_unvested(&grants, now, LINE).div_ceil(300));
	}
}

#[test]
fn merged_grants_should_be_late_by_a_120th_at_most() {
	// The further from both ends, the later.
	let grants = [(100, 1), (104, 1_000_000), (109, 1)];
	let mut late = 0;
	for now in 109..=409 {
		let mut lane = lane(&grants, LINE);
		lane.accrue(now, LINE);
		late = late.max(lane.rest() - exact_unvested(&grants, now, LINE) / 300);
	}
	assert!(late > 1_000_000 / 140 && late <= 1_000_000 / 120, "late by {late}");
	assert_eq!(lane(&grants, LINE).accrue(409, LINE), 1_000_002);
}

#[test]
fn a_grant_after_the_window_should_begin_a_tranche() {
	let lane = lane(&[(100, 1), (109, 1), (110, 1)], LINE);
	assert_eq!(
		lane.0.iter().map(|tranche| (tranche.first, tranche.last)).collect::<Vec<_>>(),
		[(100, 109), (110, 110)]
	);
}

#[test]
fn a_lane_should_never_be_longer_than_its_bound() {
	// Every block, and every window, which makes most tranches.
	for step in [1, 9, 10, 11, 19] {
		let mut lane = Lane::default();
		let mut longest = 0;
		for n in 1..1_000 {
			lane.accrue(n * step, LINE);
			lane.grant(n * step, 1_000, LINE).unwrap();
			longest = longest.max(lane.0.len());
			// However many there are, none had to be merged for want of room.
			assert!(lane.0.iter().all(|tranche| tranche.last - tranche.first < LINE.window()));
		}
		assert!(longest <= MAX_TRANCHES as usize, "{longest} tranches with a grant every {step} blocks");
	}
}

#[test]
fn a_full_lane_should_merge_grants_into_the_newest_tranche() {
	let short = Line { term: 30, cliff: 0 };
	let mut lane = Lane::default();
	for block in 0..100 {
		// As if the term had been long all the time.
		lane.grant(block, 1, short).unwrap();
	}
	assert_eq!(lane.0.len(), MAX_TRANCHES as usize);
	assert_eq!(lane.rest(), 100);
	assert_eq!(lane.accrue(99 + 30, short), 100);
}

#[test]
fn grants_that_do_not_fit_should_be_refused_and_change_nothing() {
	let mut full = lane(&[(100, Balance::MAX - 5)], LINE);
	let before = full.clone();
	assert_eq!(full.grant(100, 6, LINE), None);
	assert_eq!(full.grant(105, 5, LINE), Some(()));
	// The moment does not fit.
	let mut full = lane(&[(100, 1)], LINE);
	let small = full.clone();
	assert_eq!(full.grant(109, Balance::MAX / 8, LINE), None);
	assert_eq!(full, small);
	// So much that the formula does not fit comes when all is through.
	let mut huge = before;
	assert_eq!(huge.accrue(250, LINE), 0);
	assert_eq!(huge.accrue(400, LINE), Balance::MAX - 5);
}

#[test]
fn a_cliff_should_hold_back_all_and_then_pay_what_has_vested() {
	let line = Line { term: 300, cliff: 100 };
	let mut one = lane(&[(100, 3_000)], line);
	assert_eq!(one.accrue(199, line), 0);
	assert_eq!(one.next(150, line), Some(200));
	assert_eq!(one.accrue(200, line), 1_000);
	assert_eq!(one.next(200, line), Some(201));
	// Of merged grants the last one's cliff counts.
	let mut two = lane(&[(100, 3_000), (105, 3_000)], line);
	assert_eq!(two.accrue(204, line), 0);
	assert_eq!(two.accrue(205, line), 1_050 + 1_000);
}

#[test]
fn taking_should_leave_the_others_as_they_are() {
	let grants = [(100, 3_000), (150, 3_000)];
	let mut oldest = lane(&grants, LINE);
	oldest.accrue(200, LINE);
	assert_eq!(oldest.rest(), 2_000 + 2_500);
	let mut newest = oldest.clone();
	assert_eq!(oldest.take_oldest(2_500), 2_500);
	assert_eq!(oldest.0.iter().map(|tranche| tranche.first).collect::<Vec<_>>(), [150]);
	assert_eq!(oldest.rest(), 2_000);
	assert_eq!(newest.take_newest(2_500), 2_500);
	assert_eq!(newest.0.iter().map(|tranche| tranche.first).collect::<Vec<_>>(), [100]);
	assert_eq!(newest.rest(), 2_000);
	assert_eq!(newest.complete(LINE), Some(400));
	assert_eq!(newest.take_newest(9_999), 2_000);
	assert_eq!((newest.complete(LINE), newest.next(200, LINE)), (None, None));
}

#[test]
fn a_tranche_that_was_cut_should_vest_the_rest_over_the_same_time() {
	let mut lane = lane(&[(100, 3_000)], LINE);
	assert_eq!(lane.accrue(200, LINE), 1_000);
	assert_eq!(lane.take_oldest(1_000), 1_000);
	assert_eq!(lane.accrue(300, LINE), 500);
	assert_eq!(lane.accrue(400, LINE), 500);
	assert!(lane.0.is_empty());
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(500))]

	/// Whatever is merged and cut when: never early, late by a window and a few units at most, and complete in the end.
	#[test]
	fn lanes_should_follow_the_exact_lines_when_grants_are_merged_and_cut(
		grants in prop::collection::vec((0u32..40, 1u128..1_000_000_000_000_000_000_000), 1..12),
		cuts in prop::collection::vec((0u32..60, 0u128..=100), 0..5),
		cliff in prop_oneof![Just(0u32), 0u32..=300],
		looks in prop::collection::vec(0u32..60, 1..12),
	) {
		let line = Line { term: 300, cliff };
		let mut now = 10;
		let mut lane = Lane::default();
		let mut gained = 0;
		// By tranche: its grants, and by how much it was scaled down.
		let mut model: Vec<(Grants, BigUint, BigUint)> = vec![];
		let mut granted = 0;
		for (wait, amount) in grants {
			now += wait;
			gained += lane.accrue(now, line);
			lane.grant(now, amount, line).unwrap();
			granted += amount;
			match model.last_mut() {
				Some((merged, ..)) if now - merged[0].0 < line.window() => merged.push((now, amount)),
				_ => model.push((vec![(now, amount)], 1u8.into(), 1u8.into())),
			}
		}
		let mut cut = 0;
		let mut roundings = 0u128;
		let cuts = cuts.into_iter().map(|(wait, part)| (wait, Some(part)));
		let looks = looks.into_iter().map(|wait| (wait, None));
		for (wait, part) in cuts.chain(looks) {
			now += wait;
			gained += lane.accrue(now, line);
			let before = lane.0.clone();
			cut += part.map_or(0, |part| lane.take_oldest(lane.rest() / 100 * part));
			roundings += 3;
			for tranche in &before {
				let kept = lane.0.iter().find(|left| left.first == tranche.first).map_or(0, |left| left.rest());
				if let Some((_, num, den)) = model.iter_mut().find(|(merged, ..)| merged[0].0 == tranche.first) {
					*num *= kept;
					*den *= tranche.rest();
				}
			}
			for (merged, num, den) in &model {
				let rest = lane.0.iter().find(|left| left.first == merged[0].0).map_or(0, |left| left.rest());
				let exact = |now| BigUint::from(exact_unvested(merged, now, line)) * num;
				let scale = den * 300u32;
				prop_assert!(BigUint::from(rest) * &scale >= exact(now), "early in block {now}");
				let late = BigUint::from(rest.saturating_sub(1 + roundings)) * &scale;
				prop_assert!(late <= exact(now - line.window()), "late in block {now}");
			}
		}
		gained += lane.accrue(now + 300, line);
		prop_assert_eq!(gained + cut, granted);
		prop_assert!(lane.0.is_empty());
	}
}
