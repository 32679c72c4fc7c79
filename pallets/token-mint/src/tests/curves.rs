//! Each curve against exact arithmetic, and what all of them promise.

use super::reference::{assert_within_a_unit, big, decayed, exp2, ln, numbers, one, Real};
use crate::schedule::{
	baseline::LN_2, Baseline, Curve, Emission, Inflation, Inputs, Memory, State, TableRow, TargetRatio, MAX_POOL,
};
use assay_primitives::Balance;
use codec::{Decode, Encode, MaxEncodedLen};
use frame_support::BoundedVec;
use num_bigint::BigUint;
use proptest::prelude::*;
use sp_core::U256;
use sp_runtime::{PerThing, Perbill};

fn emission(curve: Curve, pool: Balance) -> Emission {
	Emission { curve, pool, period: 1, start: 0 }
}

/// What `curve` says when no pool ends it early.
fn unbounded(curve: Curve, period: u32) -> Balance {
	emission(curve, Balance::MAX).cumulative(&State::default(), period)
}

fn table(rows: &[(u32, Balance)], then: Option<Perbill>) -> Curve {
	let rows = rows.iter().map(|(periods, amount)| TableRow { periods: *periods, amount: *amount });
	Curve::Table { rows: BoundedVec::truncate_from(rows.collect()), then }
}

const TARGET: TargetRatio = TargetRatio {
	initial: Perbill::from_percent(13),
	floor: Perbill::from_percent(7),
	ceiling: Perbill::from_percent(20),
	goal: Perbill::from_percent(67),
	change: Perbill::from_percent(13),
	year: 8_766,
};

const BASELINE: Baseline = Baseline { half_life: 300, initial: 1_000, doubling: 50 };

/// One curve of each kind that has a closed form.
fn closed_forms() -> Vec<Curve> {
	vec![
		Curve::Flat { amount: 1_000_003, periods: 7 },
		Curve::SmoothDecay { half_life: 20 },
		Curve::Disinflation { first: 1_000_003, factor: Perbill::from_parts(989_849_199), every: 5, steps: 240 },
		Curve::HalvingByTime { first: 1_000_003, every: 20 },
		Curve::HalvingByIssuance { first: 1_000, supply: 1_000_003, issued_before: 17 },
		table(&[(3, 1_000), (4, 999), (5, 1_001)], None),
		table(&[(3, 1_000), (4, 999), (5, 1_001)], Some(Perbill::from_percent(90))),
	]
}

/// `Σ first × factor^i` over the whole steps, and the part of the one that runs; as a fraction rounded down.
fn series(first: Balance, factor: Perbill, every: u32, period: u32) -> BigUint {
	let (steps, part) = (period / every, period % every);
	let (numerator, denominator) = (big(factor.deconstruct()), big(Perbill::ACCURACY));
	// Both with the denominator `denominator^k`.
	let (mut sum, mut term) = (big(0u8), big(first));
	for _ in 0..steps {
		sum = (sum + &term) * &denominator;
		term *= &numerator;
	}
	(sum * every + term * part) / (denominator.pow(steps) * every)
}

#[test]
fn flat_should_be_exact_and_lose_no_remainder() {
	let curve = Curve::Flat { amount: 10, periods: 3 };
	let minted: Vec<_> = (0..=7).map(|period| unbounded(curve.clone(), period)).collect();
	assert_eq!(minted, [0, 3, 6, 10, 13, 16, 20, 23]);
	assert_eq!(emission(curve, 15).cumulative(&State::default(), u32::MAX), 15);
	assert_eq!(unbounded(Curve::Flat { amount: 10, periods: 0 }, 9), 0);
	assert_eq!(unbounded(Curve::Flat { amount: Balance::MAX, periods: 1 }, 9), Balance::MAX);
}

#[test]
fn disinflation_should_spread_a_step_evenly_and_end_after_the_last() {
	let curve = Curve::Disinflation { first: 100, factor: Perbill::from_percent(50), every: 4, steps: 3 };
	let minted: Vec<_> = (0..=14).map(|period| unbounded(curve.clone(), period)).collect();
	assert_eq!(minted, [0, 25, 50, 75, 100, 112, 125, 137, 150, 156, 162, 168, 175, 175, 175]);
}

#[test]
fn disinflation_should_be_exact_to_a_unit_when_factor_and_amount_are_extreme() {
	let cases = [(MAX_POOL, 999_999_999), (MAX_POOL, 1), (MAX_POOL, 0), (1, 999_999_999), (999_999_999, 500_000_000)];
	for (first, parts) in cases {
		let factor = Perbill::from_parts(parts);
		for every in [1u32, 3, 10_000_000] {
			for period in (0..50).chain(numbers(every.saturating_mul(200).min(2_000_000_000)).take(50)) {
				let curve = Curve::Disinflation { first, factor, every, steps: u32::MAX };
				let Ok(exact) = series(first, factor, every, period).try_into() else { continue };
				assert_within_a_unit(unbounded(curve, period), exact, period);
			}
		}
	}
}

#[test]
fn disinflation_should_stay_monotone_when_almost_nothing_is_left() {
	// The sum of each series is a whole number, and what is left of it falls below any place that is computed.
	for (first, parts) in [(1u128 << 100, 500_000_000), (999_999_999_999, 999_999_999), (MAX_POOL, 999_000_000)] {
		let curve = Curve::Disinflation { first, factor: Perbill::from_parts(parts), every: 1, steps: u32::MAX };
		let periods = (0..2_000).chain((0..2_000).map(|n| n * 1_000_003)).chain(u32::MAX - 2_000..=u32::MAX);
		let mut periods: Vec<_> = periods.collect();
		periods.sort();
		let minted: Vec<_> = periods.into_iter().map(|period| unbounded(curve.clone(), period)).collect();
		assert!(minted.is_sorted());
		let sum = big(first) * Perbill::ACCURACY / (Perbill::ACCURACY - parts);
		let last = big(*minted.last().unwrap());
		assert!(last <= sum && last >= sum * 98u8 / 100u8);
	}
}

#[test]
fn halving_by_time_should_halve_what_a_period_pays() {
	let curve = Curve::HalvingByTime { first: 800, every: 4 };
	let minted: Vec<_> = (0..=12).map(|period| unbounded(curve.clone(), period)).collect();
	assert_eq!(minted, [0, 200, 400, 600, 800, 900, 1_000, 1_100, 1_200, 1_250, 1_300, 1_350, 1_400]);
	assert_eq!(unbounded(curve, u32::MAX), 1_599);
	assert_eq!(unbounded(Curve::HalvingByTime { first: 0, every: 4 }, u32::MAX), 0);
}

#[test]
fn halving_by_issuance_should_follow_the_rule_period_by_period() {
	for (first, supply, issued_before) in [
		(1_000, 1_000_003, 17),
		(1, 64, 0),
		(1 << 20, 1 << 24, 5 << 21),
		(7, 5, 0),
		(100, 1_000, 1_000),
		(3, 1_000, 990),
	] {
		let (mut issued, mut halvings): (Balance, u32) = (issued_before, 0);
		for period in 0..20_000 {
			let curve = Curve::HalvingByIssuance { first, supply, issued_before };
			assert_eq!(unbounded(curve, period), issued - issued_before, "period {period}");
			// The rule in its own words: halve as long as half of the rest of before is issued.
			while issued < supply && (supply - issued) << (halvings + 1) <= supply {
				halvings += 1;
			}
			issued = supply.min(issued + (first >> halvings));
		}
	}
}

#[test]
fn table_should_spread_each_row_and_lose_no_remainder() {
	let curve = table(&[(3, 10), (2, 5)], None);
	let minted: Vec<_> = (0..=7).map(|period| unbounded(curve.clone(), period)).collect();
	assert_eq!(minted, [0, 3, 6, 10, 12, 15, 15, 15]);

	let curve = table(&[(3, 10), (2, 100)], Some(Perbill::from_percent(50)));
	let minted: Vec<_> = (3..=9).map(|period| unbounded(curve.clone(), period)).collect();
	assert_eq!(minted, [10, 60, 110, 135, 160, 172, 185]);
}

#[test]
fn target_ratio_should_be_exact_when_told_each_period() {
	let emission = emission(Curve::TargetRatio(TARGET), MAX_POOL);
	let part = big(Perbill::ACCURACY) * TARGET.goal.deconstruct() * TARGET.year;
	let bound = |rate: Perbill| big(rate.deconstruct()) * TARGET.goal.deconstruct() * TARGET.year;
	let (mut rate, mut sum) = (bound(TARGET.initial), big(0u8));
	let mut state = State::default();
	for (period, number) in (1..=60_000).zip(numbers(1_000_000_000)) {
		// Years of too little and of too much, so that both bounds are reached.
		let bonded = if period / 20_000 % 2 == 0 { number / 3 } else { 750_000_000 + number / 4 };
		let total_issuance = 230_800_000_000_000 + Balance::from(number);
		let inputs = Inputs { bonded_ratio: Perbill::from_parts(bonded), total_issuance, ..Default::default() };
		let up = rate + big(TARGET.goal.deconstruct()) * TARGET.change.deconstruct();
		let down = big(bonded) * TARGET.change.deconstruct();
		rate = if up > down { up - down } else { big(0u8) }.max(bound(TARGET.floor)).min(bound(TARGET.ceiling));
		sum += &rate * total_issuance;
		let exact: Balance = (&sum / (&part * TARGET.year)).try_into().unwrap();
		assert_eq!(emission.advance(&mut state, period, &inputs), exact);
	}
	assert_eq!(emission.cumulative(&state, u32::MAX), state.minted);
}

#[test]
fn target_ratio_should_move_inflation_by_the_change_in_a_year() {
	let emission = emission(Curve::TargetRatio(TARGET), MAX_POOL);
	let rate = |percent: u128| percent * 10_000_000 * 670_000_000 * 8_766;
	let after = |bonded_ratio, years: u32| {
		let mut state = State::default();
		let inputs = Inputs { bonded_ratio, total_issuance: 1_000_000, ..Default::default() };
		emission.advance(&mut state, years * TARGET.year, &inputs);
		match state.memory {
			Memory::Inflation(inflation) => (inflation.rate, state.minted),
			memory => panic!("unexpected {memory:?}"),
		}
	};
	// At the goal it stands: 13 % of a million, not compounded.
	assert_eq!(after(TARGET.goal, 1), (rate(13), 130_000));
	// 13 × (1 − 2) = −13 points a year, which the floor ends: 7 % stay, and the way there is 6 points long.
	assert_eq!(after(Perbill::from_parts(1_000_000_000), 10).0, rate(7));
	// 13 points up, which the ceiling ends.
	assert_eq!(after(Perbill::zero(), 10).0, rate(20));
	assert_eq!(after(Perbill::zero(), 1).0, rate(20));
	// Half of the goal bonded: half of the change in a year.
	assert_eq!(after(Perbill::from_parts(335_000_000), 1).0, rate(13) + rate(13) / 2);
}

#[test]
fn target_ratio_should_carry_less_than_a_unit_when_its_parameters_were_changed() {
	let inflation = Inflation { rate: u128::MAX, remainder: u128::MAX };
	let mut state = State { period: 1, minted: 0, memory: Memory::Inflation(inflation) };
	let curve = TargetRatio { goal: Perbill::from_parts(1), year: 1, ..TARGET };
	let inputs = Inputs { bonded_ratio: curve.goal, total_issuance: 1_000_000, ..Default::default() };
	// The ceiling of 20 %, and a fraction.
	assert!(
		(200_000..=200_001).contains(&emission(Curve::TargetRatio(curve), MAX_POOL).advance(&mut state, 2, &inputs))
	);
}

/// `1 + (g − 1) × Σ min(g^t, capacity / initial)`, a period at a time.
fn reach(baseline: &Baseline, capacities: impl IntoIterator<Item = u128>) -> Vec<Real> {
	let step = exp2(1, baseline.doubling.into()) - one();
	let mut reach = one();
	let add = |(t, capacity)| {
		let met = exp2(t, baseline.doubling.into());
		let met = met.min(one() * capacity / baseline.initial);
		reach += super::reference::multiply(&step, &met);
		reach.clone()
	};
	(0..).zip(capacities).map(add).collect()
}

/// `pool × (1 − reach^(−doubling / half_life))`, rounded down.
fn minted_at(baseline: &Baseline, pool: Balance, reach: &Real) -> Balance {
	decayed(pool, &(ln(reach) * baseline.doubling / baseline.half_life))
}

#[test]
fn ln_2_should_be_rounded_down() {
	let exact = super::reference::ln_2() >> (super::reference::PLACES - 240);
	let words = LN_2.0.iter().rev().fold(big(0u8), |number, word| (number << 64) + *word);
	assert_eq!(words, exact);
}

#[test]
fn baseline_should_be_exact_to_a_unit_when_told_each_period() {
	let emission = emission(Curve::Baseline(BASELINE), MAX_POOL);
	let mut state = State::default();
	// Above the baseline, then below it, then gone, then enormous for a while.
	let capacities = numbers(3_000).take(600).enumerate().map(|(t, number)| match t {
		0..100 => 100_000,
		300..320 => 0,
		400..405 => u128::MAX,
		_ => u128::from(number),
	});
	let capacities: Vec<_> = capacities.collect();
	for (t, reach) in reach(&BASELINE, capacities.iter().copied()).iter().enumerate() {
		let inputs = Inputs { capacity: capacities[t], ..Default::default() };
		let computed = emission.advance(&mut state, t as u32 + 1, &inputs);
		assert_within_a_unit(computed, minted_at(&BASELINE, MAX_POOL, reach), t as u32 + 1);
	}
}

#[test]
fn baseline_should_be_exact_to_a_unit_when_periods_are_skipped() {
	let emission = emission(Curve::Baseline(BASELINE), MAX_POOL);
	for capacity in [0, 1, 999, 1_000, 1_500, 4_000, 50_000] {
		let inputs = Inputs { capacity, ..Default::default() };
		let reach = reach(&BASELINE, core::iter::repeat_n(capacity, 400));
		for period in [1, 2, 49, 50, 51, 99, 100, 101, 102, 399, 400] {
			let exact = if capacity == 0 { 0 } else { minted_at(&BASELINE, MAX_POOL, &reach[period - 1]) };
			let period = period as u32;
			let computed = emission.advance(&mut State::default(), period, &inputs);
			assert_within_a_unit(computed, exact, period);

			let mut state = State::default();
			emission.advance(&mut state, period / 3, &inputs);
			assert_within_a_unit(emission.advance(&mut state, period, &inputs), exact, period);
		}
	}
}

#[test]
fn baseline_should_be_a_smooth_decay_when_capacity_always_meets_it() {
	let inputs = Inputs { capacity: u128::MAX, ..Default::default() };
	let emission = emission(Curve::Baseline(BASELINE), MAX_POOL);
	for period in (0..3_000).step_by(7) {
		let decay = crate::schedule::cumulative(MAX_POOL, BASELINE.half_life, period);
		let minted = emission.advance(&mut State::default(), period, &inputs);
		assert!(minted.abs_diff(decay) <= 1, "period {period}: {minted} and {decay}");
	}
}

#[test]
fn baseline_should_mint_nothing_while_there_is_no_capacity() {
	let emission = emission(Curve::Baseline(BASELINE), MAX_POOL);
	let mut state = State::default();
	assert_eq!(emission.advance(&mut state, u32::MAX - 1, &Inputs::default()), 0);
	assert!(emission.advance(&mut state, u32::MAX, &Inputs { capacity: 1_000, ..Default::default() }) > 0);
}

#[test]
fn baseline_should_not_overflow_at_the_bounds() {
	for (doubling, half_life) in [(1, 1), (u32::MAX, u32::MAX), (1, u32::MAX), (1_024, 1)] {
		for initial in [1, u128::MAX] {
			let curve = Curve::Baseline(Baseline { half_life, initial, doubling });
			curve.check().unwrap();
			let emission = emission(curve, MAX_POOL);
			let mut state = State::default();
			let inputs = Inputs { capacity: u128::MAX, ..Default::default() };
			let minted = [1, 2, 1_000, u32::MAX - 1, u32::MAX].map(|n| emission.advance(&mut state, n, &inputs));
			assert!(minted.is_sorted() && minted[4] < MAX_POOL);
		}
	}
}

#[test]
fn advance_should_come_to_the_closed_form_however_it_is_cut() {
	for curve in closed_forms() {
		let emission = emission(curve, 900_000);
		let mut state = State::default();
		for period in [1, 2, 3, 5, 8, 13, 13, 12, 100, 1_000, u32::MAX] {
			let minted = emission.advance(&mut state, period, &Inputs::default());
			assert_eq!(minted, emission.cumulative(&State::default(), state.period));
			assert_eq!((state.minted, state.memory), (minted, Memory::Nothing));
			assert!(state.period >= period);
		}
	}
}

#[test]
fn advance_should_never_go_back_when_a_curve_was_changed() {
	let mut state = State { period: 10, minted: 500, memory: Memory::Reach(U256::one()) };
	let emission = emission(Curve::Flat { amount: 1, periods: 1 }, 1_000);
	assert_eq!(emission.advance(&mut state, 100, &Inputs::default()), 500);
	assert_eq!(emission.advance(&mut state, 600, &Inputs::default()), 600);
}

#[test]
fn curves_should_mint_nothing_by_the_end_of_period_0() {
	for curve in closed_forms() {
		assert_eq!(unbounded(curve, 0), 0);
	}
}

#[test]
fn periods_should_be_counted_from_a_start_before_or_after_genesis() {
	let mut emission = Emission { period: 10, ..emission(Curve::SmoothDecay { half_life: 1 }, 1_000) };
	assert_eq!([0, 9, 10, 19, 20].map(|now| emission.periods_at(now)), [0, 0, 1, 1, 2]);
	emission.start = -25;
	assert_eq!([0, 4, 5, 15].map(|now| emission.periods_at(now)), [2, 2, 3, 4]);
	emission.start = 25;
	assert_eq!([0, 24, 25, 34, 35].map(|now| emission.periods_at(now)), [0, 0, 0, 0, 1]);
	emission.start = i64::MIN;
	assert_eq!(emission.periods_at(u64::MAX), u32::MAX);
	emission.period = 0;
	assert_eq!(emission.periods_at(u64::MAX), 0);
}

#[test]
fn check_should_refuse_what_makes_no_sense() {
	let half = Perbill::from_percent(50);
	let refused = [
		(Curve::Flat { amount: 1, periods: 0 }, "no periods"),
		(Curve::SmoothDecay { half_life: 0 }, "half-life"),
		(Curve::Disinflation { first: 1, factor: half, every: 0, steps: 1 }, "no periods"),
		(Curve::Disinflation { first: 1, factor: Perbill::one(), every: 1, steps: 1 }, "flat"),
		(Curve::Disinflation { first: MAX_POOL + 1, factor: half, every: 1, steps: 1 }, "2^112"),
		(Curve::HalvingByTime { first: 1, every: 0 }, "between"),
		(Curve::HalvingByIssuance { first: 1, supply: 1, issued_before: 2 }, "before"),
		(table(&[], None), "rows"),
		(table(&[(0, 1)], None), "no periods"),
		(table(&[(1, MAX_POOL + 1)], None), "2^112"),
		(table(&[(1, 1)], Some(Perbill::one())), "flat"),
		(Curve::TargetRatio(TargetRatio { goal: Perbill::zero(), ..TARGET }), "goal"),
		(Curve::TargetRatio(TargetRatio { year: 0, ..TARGET }), "year"),
		(Curve::TargetRatio(TargetRatio { floor: half, ..TARGET }), "floor"),
		(Curve::Baseline(Baseline { half_life: 0, ..BASELINE }), "half-life"),
		(Curve::Baseline(Baseline { initial: 0, ..BASELINE }), "nothing"),
		(Curve::Baseline(Baseline { doubling: 0, ..BASELINE }), "doubling"),
		(Curve::Baseline(Baseline { half_life: 1, doubling: 1_025, ..BASELINE }), "1,024"),
	];
	for (curve, reason) in refused {
		let emission = emission(curve, 1_000);
		assert!(emission.check().unwrap_err().contains(reason), "{emission:?}");
		// What is refused still does no harm.
		let inputs = Inputs { bonded_ratio: half, capacity: 1, total_issuance: 1_000 };
		assert!(emission.advance(&mut State::default(), 10, &inputs) <= 1_000);
	}
	for curve in closed_forms().into_iter().chain([Curve::TargetRatio(TARGET), Curve::Baseline(BASELINE)]) {
		let good = emission(curve, 1_000);
		good.check().unwrap();
		assert!(Emission { period: 0, ..good.clone() }.check().unwrap_err().contains("never end"));
		assert!(Emission { pool: MAX_POOL + 1, ..good }.check().unwrap_err().contains("2^112"));
	}
}

/// The bytes of `value`, in hexadecimal, after a look at whether they are read back.
fn bytes<T: Encode + Decode + MaxEncodedLen + PartialEq + core::fmt::Debug>(value: &T) -> String {
	let bytes = value.encode();
	assert!(bytes.len() <= T::max_encoded_len());
	assert_eq!(T::decode(&mut &bytes[..]).as_ref(), Ok(value));
	sp_core::hexdisplay::HexDisplay::from(&bytes).to_string()
}

#[test]
fn scale_bytes_should_be_pinned() {
	let half = Perbill::from_percent(50);
	let amount = |number: u8| format!("{number:02x}{}", "00".repeat(15));
	let pinned = [
		(Curve::Flat { amount: 1, periods: 2 }, format!("00{}02000000", amount(1))),
		(Curve::SmoothDecay { half_life: 3 }, "0103000000".into()),
		(
			Curve::Disinflation { first: 1, factor: half, every: 2, steps: 3 },
			format!("02{}0065cd1d0200000003000000", amount(1)),
		),
		(Curve::HalvingByTime { first: 1, every: 2 }, format!("03{}02000000", amount(1))),
		(
			Curve::HalvingByIssuance { first: 1, supply: 2, issued_before: 3 },
			format!("04{}{}{}", amount(1), amount(2), amount(3)),
		),
		(table(&[(1, 2)], Some(half)), format!("050401000000{}010065cd1d", amount(2))),
		(
			Curve::TargetRatio(TargetRatio {
				initial: half,
				floor: half,
				ceiling: half,
				goal: half,
				change: half,
				year: 1,
			}),
			format!("06{}01000000", "0065cd1d".repeat(5)),
		),
		(
			Curve::Baseline(Baseline { half_life: 1, initial: 2, doubling: 3 }),
			format!("0701000000{}03000000", amount(2)),
		),
	];
	for (curve, expected) in pinned {
		assert_eq!(bytes(&curve), expected);
		let emission = Emission { curve, pool: 4, period: 5, start: -1 };
		assert_eq!(bytes(&emission), format!("{expected}{}05000000ffffffffffffffff", amount(4)));
	}
	let state = |memory| State { period: 1, minted: 2, memory };
	assert_eq!(bytes(&state(Memory::Nothing)), format!("01000000{}00", amount(2)));
	let inflation = Inflation { rate: 3, remainder: 4 };
	assert_eq!(
		bytes(&state(Memory::Inflation(inflation))),
		format!("01000000{}01{}{}", amount(2), amount(3), amount(4)),
	);
	assert_eq!(
		bytes(&state(Memory::Reach(U256::from(3)))),
		format!("01000000{}02{}{}", amount(2), amount(3), amount(0)),
	);
	assert_eq!(State::default().memory, Memory::Nothing);
}

#[test]
fn emissions_should_be_the_same_after_json() {
	for curve in closed_forms().into_iter().chain([Curve::TargetRatio(TARGET), Curve::Baseline(BASELINE)]) {
		let emission = Emission { start: -7, ..emission(curve, 1_000_000) };
		let json = serde_json::to_string(&emission).unwrap();
		assert_eq!(serde_json::from_str::<Emission>(&json).unwrap(), emission);
	}
}

prop_compose! {
	fn any_closed_form()(
		kind in 0..6,
		bits in 1u32..=112,
		noise: u128,
		parts in 0..Perbill::ACCURACY,
		every in 1u32..,
		steps: u32,
		spread in 0u32..32,
	) -> Curve {
		let amount = noise >> (128 - bits);
		let every = (every >> spread).max(1);
		match kind {
			0 => Curve::Flat { amount, periods: every },
			1 => Curve::SmoothDecay { half_life: every },
			2 => Curve::Disinflation { first: amount, factor: Perbill::from_parts(parts), every, steps },
			3 => Curve::HalvingByTime { first: amount, every },
			4 => Curve::HalvingByIssuance { first: amount >> spread, supply: amount, issued_before: amount / 3 },
			_ => table(
				&[(every, amount), (steps.max(1), amount / 3), (every, amount / 2)],
				(parts % 2 == 0).then_some(Perbill::from_parts(parts)),
			),
		}
	}
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(512))]

	#[test]
	fn curves_should_be_monotone_and_stay_within_the_pool(
		curve in any_closed_form(),
		pool in 0..=MAX_POOL,
		period in 0..u32::MAX,
		spread in 0u32..32,
		further in 1u32..,
	) {
		let emission = emission(curve, pool);
		prop_assert_eq!(emission.check(), Ok(()));
		let period = period >> spread;
		let at = |period| emission.cumulative(&State::default(), period);
		prop_assert!(at(period) <= at(period + 1));
		prop_assert!(at(period) <= at(period.saturating_add(further)));
		prop_assert!(at(u32::MAX) <= pool);
	}

	#[test]
	fn disinflation_should_be_within_a_unit_of_the_series(
		bits in 1u32..=112,
		noise: u128,
		parts in 0..Perbill::ACCURACY,
		every in 1u32..1_000,
		steps in 0u32..200,
		part in 0u32..1_000,
	) {
		let (first, factor) = (noise >> (128 - bits), Perbill::from_parts(parts));
		let period = every * steps + part % every;
		if let Ok(exact) = Balance::try_from(series(first, factor, every, period)) {
			let curve = Curve::Disinflation { first, factor, every, steps: u32::MAX };
			assert_within_a_unit(unbounded(curve, period), exact, period);
		}
	}

	#[test]
	fn halving_by_time_should_be_the_fraction_rounded_down(
		bits in 1u32..=112,
		noise: u128,
		every in 1u32..,
		spread in 0u32..32,
		period: u32,
	) {
		let (first, every) = (noise >> (128 - bits), (every >> spread).max(1));
		let (halvings, part) = (period / every, period % every);
		prop_assume!(halvings < 10_000);
		let denominator = big(every) << halvings;
		let exact = (big(first) * 2u8 * &denominator - big(first) * (2 * u64::from(every) - u64::from(part))) / denominator;
		prop_assert_eq!(big(unbounded(Curve::HalvingByTime { first, every }, period)), exact);
	}

	#[test]
	fn target_ratio_should_not_depend_on_how_periods_are_cut(
		bonded in 0..=Perbill::ACCURACY,
		total_issuance in 0..=MAX_POOL,
		first in 0u32..1_000_000,
		second in 0u32..1_000_000,
		year in 1u32..,
		goal in 1..=Perbill::ACCURACY,
	) {
		let goal = Perbill::from_parts(goal);
		let emission = emission(Curve::TargetRatio(TargetRatio { goal, year, ..TARGET }), MAX_POOL);
		let inputs = Inputs { bonded_ratio: Perbill::from_parts(bonded), total_issuance, ..Default::default() };
		let (mut cut, mut whole) = (State::default(), State::default());
		emission.advance(&mut cut, first, &inputs);
		emission.advance(&mut cut, first + second, &inputs);
		emission.advance(&mut whole, first + second, &inputs);
		prop_assert_eq!(cut, whole);
	}

	#[test]
	fn baseline_should_be_monotone_and_cut_to_within_a_unit(
		capacity: u128,
		bits in 0u32..128,
		initial in 1u128..,
		shift in 0u32..128,
		half_life in 1u32..,
		doubling in 1u32..,
		first in 0u32..1 << 31,
		second in 1u32..1 << 31,
	) {
		let doubling = u64::from(doubling).min(1_024 * u64::from(half_life)) as u32;
		let curve = Curve::Baseline(Baseline { half_life, initial: (initial >> shift).max(1), doubling });
		prop_assert_eq!(curve.check(), Ok(()));
		let emission = emission(curve, MAX_POOL);
		let inputs = Inputs { capacity: capacity >> bits, ..Default::default() };
		let (mut cut, mut whole) = (State::default(), State::default());
		let before = emission.advance(&mut cut, first, &inputs);
		let after = emission.advance(&mut cut, first + second, &inputs);
		prop_assert!(before <= after && after <= MAX_POOL);
		prop_assert!(emission.advance(&mut whole, first + second, &inputs).abs_diff(after) <= 1);
	}
}
