//! The closed form against exact arithmetic, and the mints that follow it.

use crate::{
	mock::*,
	schedule::{cumulative, MAX_POOL, ROOTS},
	Config, Curve, Event, GenesisConfig, NextMint, Pot, WeightInfo,
};
use assay_primitives::Balance;
use frame_support::traits::Hooks;
use num_bigint::BigUint;
use proptest::prelude::*;
use sp_runtime::Perbill;

/// A smooth decay.
#[derive(Clone, Copy)]
struct Schedule {
	half_life: u32,
	pool: Balance,
}

impl Schedule {
	fn cumulative(&self, period: u32) -> Balance {
		cumulative(self.pool, self.half_life, period)
	}
}

/// The schedule that the design gives our own chain: 600 million tokens, half of them within four years of 5-minute periods.
const CHAIN: Schedule = Schedule { half_life: 420_768, pool: 600_000_000 * 1_000_000_000_000 };

/// The last period of interest: from here on less than a unit is left of any pool.
const LIFE: u32 = CHAIN.half_life * 113;

fn big(number: impl Into<BigUint>) -> BigUint {
	number.into()
}

/// Whether `minted` is at most `pool × (1 − 2^(−period / half_life))` rounded down, and at least that less one unit: by
/// comparing integers that are the `half_life`-th powers of both sides.
fn within_a_unit_below(minted: Balance, pool: Balance, half_life: u32, period: u32) -> bool {
	// left × 2^(period / half_life) ≥ pool, for the exact value that is left and for any larger one.
	let enough = |left: Balance| big(left).pow(half_life) << period >= big(pool).pow(half_life);
	let left = pool - minted;
	enough(left) && (left < 2 || !enough(left - 2))
}

/// `pool × (1 − 2^(−period / half_life))` rounded down, with 600 binary places.
///
/// The exponential function is summed by its Taylor series, so that nothing is shared with the pallet's way of computing it.
/// Errors are bounded on both sides; where that leaves the result open, it panics.
struct Reference {
	ln2: BigUint,
}

impl Reference {
	const PLACES: u32 = 600;

	fn new() -> Self {
		// ln 2 = Σ 1 / (k × 2^k)
		let ln2 = (1..=Self::PLACES).map(|k| (big(1u8) << (Self::PLACES - k)) / k).sum();
		Self { ln2 }
	}

	fn cumulative(&self, schedule: &Schedule, period: u32) -> Balance {
		let (halvings, rest) = (period / schedule.half_life, period % schedule.half_life);
		let one = big(1u8) << Self::PLACES;
		let pool = big(schedule.pool);
		let round_up = |left: BigUint, places: u32| (left + (big(1u8) << places) - 1u8) >> places;
		let left = if rest == 0 {
			round_up(pool, halvings)
		} else {
			// e^(−x) = Σ (−x)^k / k!
			let exponent = &self.ln2 * rest / schedule.half_life;
			let (mut positive, mut negative, mut term) = (one.clone(), big(0u8), one.clone());
			for k in 1..200u32 {
				term = ((term * &exponent) >> Self::PLACES) / k;
				if k % 2 == 0 {
					positive += &term;
				} else {
					negative += &term;
				}
			}
			let decay = positive - negative;
			// Some hundred roundings of 2^−600 each, and as many in ln 2.
			let error = big(1u8) << 20;
			let places = Self::PLACES + halvings;
			let least = round_up(&pool * (&decay - &error), places);
			let most = round_up(&pool * (decay + error), places);
			assert_eq!(least, most, "more places are needed for period {period}");
			most
		};
		(big(schedule.pool) - left).try_into().unwrap()
	}
}

/// Numbers below `limit` that look random and are the same in every run.
fn numbers(limit: u32) -> impl Iterator<Item = u32> {
	let mut state = 0x9e37_79b9_7f4a_7c15_u64;
	core::iter::repeat_with(move || {
		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		(state % u64::from(limit)) as u32
	})
}

#[test]
fn roots_should_be_integer_square_roots_rounded_up() {
	const PLACES: usize = 1_024;
	// The square root of 2^(2 × PLACES − 1) is √½ with so many places.
	let mut root = (big(1u8) << (2 * PLACES - 1)).sqrt();
	for pinned in ROOTS {
		assert_eq!(big(pinned), (&root >> (PLACES - 128)) + 1u8);
		root = (root << PLACES).sqrt();
	}
}

#[test]
fn cumulative_should_be_exact_to_a_unit_over_the_whole_life_of_the_chain() {
	let reference = Reference::new();
	let boundaries = (0..=113).flat_map(|halving| {
		let boundary = halving * CHAIN.half_life;
		boundary.saturating_sub(3)..=boundary + 3
	});
	let first = 0..2_000;
	let fine = numbers(LIFE).take(4_000);
	// The amounts that matter are minted in the first decades.
	let early = numbers(CHAIN.half_life * 10).take(4_000);
	let periods = boundaries.chain(first).chain(fine).chain(early).chain([LIFE, u32::MAX - 1, u32::MAX]);
	let mut inexact = 0;
	for period in periods {
		let (computed, exact) = (CHAIN.cumulative(period), reference.cumulative(&CHAIN, period));
		assert!(computed <= exact, "period {period}: {computed} is above {exact}");
		assert!(exact - computed <= 1, "period {period}: {computed} is too far below {exact}");
		inexact += u32::from(computed != exact);
	}
	// The error comes near 2⁹ × 2⁻¹²⁸ × 2⁷⁰ of a unit at most, so that not even rounding shows it.
	assert_eq!(inexact, 0);
}

#[test]
fn cumulative_should_be_exact_to_a_unit_at_the_largest_pool_and_half_life() {
	let reference = Reference::new();
	let schedule = Schedule { half_life: u32::MAX, pool: MAX_POOL };
	for period in (0..500).chain(numbers(u32::MAX).take(1_000)).chain([u32::MAX - 1, u32::MAX]) {
		let (computed, exact) = (schedule.cumulative(period), reference.cumulative(&schedule, period));
		assert!(computed <= exact && exact - computed <= 1, "period {period}: {computed}, exactly {exact}");
	}
}

#[test]
fn reference_should_agree_with_exact_powers() {
	let reference = Reference::new();
	for half_life in [1, 2, 3, 7, 48] {
		let schedule = Schedule { half_life, pool: CHAIN.pool };
		for period in 0..half_life * 75 {
			let exact = reference.cumulative(&schedule, period);
			assert!(within_a_unit_below(exact, schedule.pool, half_life, period));
			// The next unit would be too much.
			assert!(!within_a_unit_below(exact + 1, schedule.pool, half_life, period));
		}
	}
}

#[test]
fn cumulative_should_halve_what_is_left_at_every_half_life() {
	for halvings in 0..=60 {
		let left = CHAIN.pool - CHAIN.cumulative(CHAIN.half_life * halvings);
		assert_eq!(left, CHAIN.pool.div_ceil(1 << halvings));
	}
}

#[test]
fn cumulative_should_rise_from_period_to_period_when_near_any_boundary() {
	for halving in 0..=113 {
		let boundary = halving * CHAIN.half_life;
		let around = boundary.saturating_sub(200)..boundary + 200;
		let minted: Vec<_> = around.map(|period| CHAIN.cumulative(period)).collect();
		assert!(minted.is_sorted());
		// While a period's mint is more than a unit, none is empty.
		assert!(halving > 48 || minted.windows(2).all(|pair| pair[0] < pair[1]));
	}
}

#[test]
fn cumulative_should_stay_a_unit_below_the_pool_forever() {
	for half_life in [1, 20, CHAIN.half_life] {
		assert_eq!(cumulative(CHAIN.pool, half_life, u32::MAX), CHAIN.pool - 1);
	}
	assert_eq!(cumulative(0, 1, u32::MAX), 0);
	assert_eq!(cumulative(1, 1, u32::MAX), 0);
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(512))]

	#[test]
	fn cumulative_should_be_within_a_unit_of_exact_powers(
		half_life in 1u32..=64,
		lives in 0u32..=120,
		rest in 0u32..64,
		bits in 0u32..=112,
		noise: u128,
	) {
		let pool = (noise >> (128 - bits.max(1))).min(MAX_POOL);
		let period = half_life * lives + rest;
		prop_assert!(within_a_unit_below(cumulative(pool, half_life, period), pool, half_life, period));
	}

	#[test]
	fn cumulative_should_be_monotone(half_life in 1u32.., period in 0..u32::MAX, further in 1u32.., pool in 0..=MAX_POOL) {
		let now = cumulative(pool, half_life, period);
		prop_assert!(now <= cumulative(pool, half_life, period + 1));
		prop_assert!(now <= cumulative(pool, half_life, period.saturating_add(further)));
		prop_assert!(now <= pool);
	}
}

#[test]
fn mint_should_follow_the_schedule_when_periods_end() {
	build_and_execute(|| {
		let before = Balances::total_issuance();
		run_to(PERIOD - 1);
		assert_eq!((last_period(), minted()), (0, 0));
		assert!(take_events().is_empty());

		run_to(PERIOD);
		// 600,000 × (1 − 2^(−1/20)) = 20,438.3
		assert_eq!((last_period(), minted()), (1, 20_438));
		assert_eq!(Balances::total_issuance() - before, 20_438);
		// 7,153.3, 5,109.5, 3,065.7 twice and 2,043.8: the three units left go to the shares that lost most.
		let shares = [
			(Pot::Capacity, 7_153),
			(Pot::RenderWork, 5_109),
			(Pot::Checkers, 3_066),
			(Pot::Validators, 3_066),
			(Pot::Treasury, 2_044),
		];
		let credited = shares.map(|(pot, amount)| Event::PotCredited { pot, amount });
		let mint = Event::Minted { schedule: MAIN, period: 1, amount: 20_438, minted: 20_438 };
		assert_eq!(take_events(), credited.into_iter().chain([mint]).collect::<Vec<_>>());

		run_to(20 * PERIOD);
		assert_eq!(minted(), 300_000);
	});
}

#[test]
fn mint_should_not_wait_for_hooks_that_were_skipped() {
	let skipped = new_test_ext().execute_with(|| {
		skip_to(7 * PERIOD + 3);
		TokenMint::do_try_state().unwrap();
		assert_eq!(last_period(), 7);
		minted()
	});
	build_and_execute(|| {
		end_period(7);
		assert_eq!(minted(), skipped);
	});
}

#[test]
fn mint_should_come_once_when_a_block_is_initialised_again() {
	build_and_execute(|| {
		end_period(3);
		let before = minted();
		skip_to(3 * PERIOD);
		skip_to(3 * PERIOD + 1);
		assert_eq!(minted(), before);
	});
}

#[test]
fn mint_should_end_when_the_pool_is_exhausted() {
	build_and_execute(|| {
		skip_to(20 * 30 * PERIOD);
		assert_eq!(minted(), 599_999);
		take_events();
		run_to(20 * 30 * PERIOD + 3 * PERIOD);
		assert!(take_events().is_empty());
		assert_eq!(Balances::total_issuance(), ENDOWED + 599_999);
	});
}

#[test]
fn emission_should_begin_at_start_when_genesis_sets_one() {
	reset();
	genesis(GenesisConfig { start: 105, ..Default::default() }, ENDOWED).execute_with(|| {
		assert_eq!(next_mint(), NextMint { at: 115, period: 1, amount: 20_438 });
		run_to(114);
		assert_eq!(minted(), 0);
		run_to(115);
		assert_eq!(minted(), 20_438);
		TokenMint::do_try_state().unwrap();
	});
}

#[test]
fn next_mint_should_foretell_the_mint() {
	build_and_execute(|| {
		for _ in 0..5 {
			let next = next_mint();
			let before = minted();
			run_to(next.at);
			assert_eq!((last_period(), minted() - before), (next.period, next.amount));
			assert_eq!(minted(), TokenMint::emission(MAIN, next.period).unwrap());
		}
	});
}

#[test]
fn on_initialize_should_be_cheap_unless_a_period_or_a_round_ends() {
	build_and_execute(|| {
		type Weights = <Test as Config>::WeightInfo;
		RoundLength::set(3 * PERIOD);
		let idle = Weights::on_initialize_idle() + Weights::note_author();
		assert_eq!(TokenMint::on_initialize(PERIOD - 1), idle);
		assert_eq!(TokenMint::on_initialize(PERIOD), idle + Weights::mint(5));
		assert_eq!(TokenMint::on_initialize(PERIOD), idle);
		assert_eq!(TokenMint::on_initialize(3 * PERIOD), idle + Weights::mint(5) + Weights::close_round());
		assert!(idle.all_lt(Weights::mint(1)));
	});
}

fn next_mint() -> NextMint<u32> {
	TokenMint::next_mint(MAIN).unwrap()
}

/// Run the integrity test after `change`.
fn integrity_test_with(change: impl FnOnce()) {
	build_and_execute(|| {
		change();
		TokenMint::integrity_test();
	});
}

#[test]
fn integrity_test_should_pass_when_constants_fit() {
	integrity_test_with(|| ());
}

#[test]
#[should_panic(expected = "would never end")]
fn integrity_test_should_panic_when_the_period_is_zero() {
	integrity_test_with(|| change_schedule(|schedule| schedule.period = 0));
}

#[test]
#[should_panic(expected = "half-life")]
fn integrity_test_should_panic_when_the_half_life_is_zero() {
	integrity_test_with(|| change_schedule(|schedule| schedule.curve = Curve::SmoothDecay { half_life: 0 }));
}

#[test]
#[should_panic(expected = "no periods")]
fn integrity_test_should_panic_when_a_curve_makes_no_sense() {
	integrity_test_with(|| change_schedule(|schedule| schedule.curve = Curve::Flat { amount: 1, periods: 0 }));
}

#[test]
#[should_panic(expected = "within the cap")]
fn integrity_test_should_panic_when_the_pool_breaks_the_cap() {
	integrity_test_with(|| change_schedule(|schedule| schedule.pool += 1));
}

#[test]
#[should_panic(expected = "error bound")]
fn integrity_test_should_panic_when_the_pool_is_too_large_to_compute() {
	integrity_test_with(|| change_schedule(|schedule| schedule.pool = MAX_POOL + 1));
}

#[test]
#[should_panic(expected = "must not pay")]
fn integrity_test_should_panic_when_rewards_may_reach_fees() {
	integrity_test_with(|| MaxRewardFeeShare::set(Perbill::one()));
}

#[test]
#[should_panic(expected = "would never close")]
fn integrity_test_should_panic_when_rounds_are_of_no_blocks() {
	integrity_test_with(|| RoundLength::set(0));
}

#[test]
#[should_panic(expected = "an id of its own")]
fn integrity_test_should_panic_when_two_schedules_have_one_id() {
	integrity_test_with(|| {
		Schedules::mutate(|all| {
			all[0].emission.pool = 1;
			all.push(all[0].clone());
		})
	});
}

#[test]
#[should_panic(expected = "too many schedules")]
fn integrity_test_should_panic_when_there_are_too_many_schedules() {
	integrity_test_with(|| Schedules::mutate(|all| *all = vec![all[0].clone(); 17]));
}
