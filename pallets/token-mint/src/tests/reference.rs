//! The curves' transcendental functions with hundreds of binary places, as what the pallet computes is held against.
//!
//! All of it comes from power series, so that nothing is shared with the pallet's ways. Errors are bounded on both sides; where
//! they leave a result open, it panics.

use assay_primitives::Balance;
use num_bigint::BigUint;

/// Binary places of a [`Real`].
pub const PLACES: u32 = 600;

/// Bound on the error of any number computed here, in units of the last place: thousands of roundings, each multiplied by less
/// than 2⁶⁴ in what follows.
const ERROR: u32 = 100;

/// A number with [`PLACES`] binary places.
pub type Real = BigUint;

pub fn big(number: impl Into<BigUint>) -> BigUint {
	number.into()
}

pub fn one() -> Real {
	big(1u8) << PLACES
}

pub fn multiply(a: &Real, b: &Real) -> Real {
	(a * b) >> PLACES
}

/// `ln 2 = Σ 1 / (k × 2^k)`
pub fn ln_2() -> Real {
	(1..=PLACES).map(|k| (big(1u8) << (PLACES - k)) / k).sum()
}

/// `e^x = Σ x^k / k!` for `x` below one.
fn exp(x: &Real) -> Real {
	let (mut sum, mut term) = (one(), one());
	for k in 1..150u32 {
		term = multiply(&term, x) / k;
		sum += &term;
	}
	sum
}

/// `ln x` for `x` from one on: `ln m = 2 × Σ y^(2 k + 1) / (2 k + 1)` with `y = (m − 1) / (m + 1)` for `m` in [1, 2).
pub fn ln(x: &Real) -> Real {
	let whole = x.bits() - 1 - u64::from(PLACES);
	let m = x >> whole;
	let y = ((&m - one()) << PLACES) / (&m + one());
	let square = multiply(&y, &y);
	let (mut sum, mut power) = (big(0u8), y);
	for k in 0..400u32 {
		sum += &power / (2 * k + 1);
		power = multiply(&power, &square);
	}
	sum * 2u8 + ln_2() * whole
}

/// `2^(numerator / denominator)`
pub fn exp2(numerator: u64, denominator: u64) -> Real {
	exp(&(ln_2() * (numerator % denominator) / denominator)) << (numerator / denominator)
}

/// `pool × (1 − e^(−x))`, rounded down to a whole unit.
pub fn decayed(pool: Balance, x: &Real) -> Balance {
	let ln_2 = ln_2();
	let (halvings, rest) = (x / &ln_2, x % &ln_2);
	let halvings = u32::try_from(halvings).unwrap();
	let decay = (one() << PLACES) / exp(&rest);
	let round_up = |left: BigUint| {
		let places = PLACES + halvings;
		(left + (big(1u8) << places) - 1u8) >> places
	};
	let error = big(1u8) << ERROR;
	let least = round_up(pool * (&decay - &error));
	let most = round_up(pool * (decay + error));
	assert_eq!(least, most, "more places are needed");
	(big(pool) - most).try_into().unwrap()
}

/// `pool × (1 − 2^(−period / half_life))`, rounded down to a whole unit.
pub fn smooth_decay(pool: Balance, half_life: u32, period: u32) -> Balance {
	if period.is_multiple_of(half_life) {
		// Exactly a power of two.
		let halvings = period / half_life;
		let left = (big(pool) + (big(1u8) << halvings) - 1u8) >> halvings;
		return (big(pool) - left).try_into().unwrap();
	}
	decayed(pool, &(ln_2() * period / half_life))
}

/// Numbers below `limit` that look random and are the same in every run.
pub fn numbers(limit: u32) -> impl Iterator<Item = u32> {
	let mut state = 0x9e37_79b9_7f4a_7c15_u64;
	core::iter::repeat_with(move || {
		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		(state % u64::from(limit)) as u32
	})
}

/// The curves' promise: never above the exact value, and at most a unit below it.
#[track_caller]
pub fn assert_within_a_unit(computed: Balance, exact: Balance, period: u32) {
	assert!(computed <= exact, "period {period}: {computed} is above {exact}");
	assert!(exact - computed <= 1, "period {period}: {computed} is too far below {exact}");
}
