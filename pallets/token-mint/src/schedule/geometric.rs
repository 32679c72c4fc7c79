//! Geometric series: every step pays a fixed part of what the step before paid, evenly over the step's periods.
//!
//! ```text
//! cumulative(n) = T × (1 − q^k × (1 − (1 − q) × j / every))    T = first / (1 − q),  k = ⌊(n − 1) / every⌋,  j = n − k × every
//! ```
//!
//! At the end of a step this is the sum of its first terms `first × q^i`; between, the step's amount is spread evenly. The factor `q` is a multiple of 10⁻⁹, so that `T` is a fraction of small integers; `q^k` alone is rounded.
//!
//! ## How exact it is
//!
//! With `first` ≤ [`MAX_POOL`](super::MAX_POOL) the result is never above the exact value and, after rounding that down to a
//! whole unit, at most **one unit** below it:
//!
//! - `q^k` comes from 32 steps of squaring and multiplying with 76 decimal places, each rounded up. Decimal ones, so that the
//!   first powers have no error: a row of a published table that is a whole number comes out as that. Write `u` for 10⁻⁷⁶.
//!   As no number is above one, a step makes an error `e` at most `2 e + 2 u`, so that it ends below 2³⁴ u < 2⁻²¹⁸.
//! - The part that is left, `q^k × (1 − (1 − q) × j / every)`, is held at `θ` = 10⁻⁴⁶ < 2⁻¹⁵² or above.
//! - `T` ≤ 2¹¹² × 10⁹ < 2¹⁴². So the sum is too low by less than `T × (2⁻²¹⁸ + θ)` < 2⁻⁹ units before it is rounded down.
//!
//! It is monotone: while more than `θ` is left, a period takes off at least `θ × (1 − q) / every` > 2⁻¹⁵³ × 2⁻³⁰ × 2⁻³², and
//! an error of 2⁻²¹⁸ cannot hide that; from then on the part that is left is held. This is what `θ` is for.

use assay_primitives::Balance;
use sp_core::U512;
use sp_runtime::{PerThing, Perbill};

/// Half of the decimal places of the fixed-point numbers. With all of them the square of one still fits into 512 bits.
const HALF_PLACES: u128 = 10u128.pow(38);

/// `θ` with all decimal places: what is taken to be left when less is.
const LEAST: u128 = 10u128.pow(76 - 46);

/// Units paid by the end of `period`, when the first `every` periods pay `first` and each `every` after them `factor` times
/// what those before paid.
///
/// An `every` of zero is taken for one, and a factor of one makes the series flat; [`Curve::check`](super::Curve::check)
/// refuses both. O(1): up to 64 multiplications and divisions.
pub(super) fn cumulative(first: Balance, factor: Perbill, every: u32, period: u32) -> Balance {
	let every = every.max(1);
	let (first, parts) = (U512::from(first), u64::from(Perbill::ACCURACY));
	let loss = parts.saturating_sub(factor.deconstruct().into());
	if loss == 0 {
		return narrow(first.saturating_mul(period.into()) / U512::from(every));
	}
	// A step's last period belongs to it, and not to the next step as its period 0: so a power less has to be rounded.
	let steps = period.saturating_sub(1) / every;
	let part = period.saturating_sub(steps.saturating_mul(every));
	// Below 2^62. What is left is counted in parts of this, with the decimal places.
	let whole = parts.saturating_mul(every.into());
	let all = U512::from(whole).saturating_mul(one());
	let left = U512::from(whole.saturating_sub(loss.saturating_mul(part.into())))
		.saturating_mul(power(factor, steps))
		.max(U512::from(whole).saturating_mul(LEAST.into()));
	// At most 2^128 × 2^62 × 2^253: no overflow.
	let paid = first.saturating_mul(all.saturating_sub(left));
	narrow(paid / U512::from(loss.saturating_mul(every.into())).saturating_mul(one()))
}

/// One, with the decimal places.
fn one() -> U512 {
	U512::from(HALF_PLACES).saturating_mul(HALF_PLACES.into())
}

/// `factor^exponent` with the decimal places, rounded up.
fn power(factor: Perbill, exponent: u32) -> U512 {
	let one = one();
	// Without a rest: a factor has nine decimal places.
	let base = U512::from(factor.deconstruct()).saturating_mul(one / U512::from(Perbill::ACCURACY));
	(0..u32::BITS - exponent.leading_zeros()).rev().fold(one, |power, bit| {
		let square = div_up(power.saturating_mul(power), one);
		if (exponent >> bit) & 1 == 1 {
			div_up(square.saturating_mul(base), one)
		} else {
			square
		}
	})
}

/// `number / divisor`, rounded up; the divisor is not zero.
fn div_up(number: U512, divisor: U512) -> U512 {
	let (whole, rest) = number.div_mod(divisor);
	if rest.is_zero() {
		whole
	} else {
		whole.saturating_add(U512::one())
	}
}

/// The number, or the largest amount there is.
fn narrow(number: U512) -> Balance {
	number.try_into().unwrap_or(Balance::MAX)
}
