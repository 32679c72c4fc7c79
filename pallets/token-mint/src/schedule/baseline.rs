//! Baseline: minting follows a smooth decay in a time that runs only as fast as verified capacity keeps up with a baseline,
//! which doubles every so many periods.
//!
//! ```text
//! baseline(t)   = initial × g^t                            g = 2^(1 / doubling)
//! reach(n)      = 1 + (g − 1) × Σ min(baseline(t), capacity(t)) / initial    over periods t from 0 to n − 1
//! θ(n)          = doubling × log2 reach(n)
//! cumulative(n) = pool × (1 − 2^(−θ(n) / half_life))
//! ```
//!
//! Source: Filecoin's baseline minting. `θ`, the effective network time, is when the baseline's own sum would have come to
//! what was realised: `Σ baseline(t) / initial` over `θ` periods is `(g^θ − 1) / (g − 1)`. With the capacity at or above the
//! baseline all the time, `reach = g^n` and `θ = n`. Filecoin interpolates `θ` between whole periods by a line, where this takes
//! the sum's own formula; the two differ by less than 10⁻⁷ of a period.
//!
//! ## How it is computed
//!
//! [`State`](super::State) keeps `reach` with 160 binary places. The baseline only grows, so that in an advance with one capacity
//! it is met in the first periods and missed in the others; a binary search finds where that turns. What the first add is
//! `g^b − g^a`, what the others add is `(g − 1) × capacity / initial` each. `g^t` is the exponential series with 240 places,
//! `log2` takes a digit by each of 128 squarings, and the decay is that of [`super::decay`]. O(log periods).
//!
//! ## How exact it is
//!
//! With `pool` ≤ [`MAX_POOL`](super::MAX_POOL) and what [`Curve::check`](super::Curve::check) asks for, the result is never above the exact value
//! and, after rounding that down to a whole unit, at most **one unit** below it, up to 2³² periods of one advance each:
//!
//! - The series has less than 64 terms and each is less than 2 units of its last place too low; so is `ln 2`. A `g^t` is below
//!   2⁶⁴, so it is too low by less than 2⁶⁴ × 2⁸ × 2⁻²⁴⁰ = 2⁻¹⁶⁸.
//! - An advance rounds what it adds down to 160 places, and takes off 2⁻¹⁶⁰ more so that no error of a `g^t` can make it too
//!   large. With the rounding of the capacity that is less than 4 × 2⁻¹⁶⁰ an advance and 2⁻¹²⁶ in 2³² of them.
//! - Write `a` for `doubling / half_life`, at most 2¹⁰. As `reach` ≥ 1, an error of 2⁻¹²⁶ in it makes one of at most
//!   `a × 2⁻¹²⁶` in the decay `reach^(−a)`. The digits of `log2` that are cut off make `a × 2⁻¹²⁷` of it at most, and
//!   [`super::decay`] less than 2⁻¹¹⁹. Together that is below 2⁻¹¹⁴, so 2⁻² units of any pool.
//!
//! It is monotone: [`Emission::advance`](super::Emission::advance) never goes back. A capacity of more than 2⁶³ times the initial
//! baseline counts as that.

use super::{decay, Inputs};
use assay_primitives::Balance;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::ensure;
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};
use sp_core::{U256, U512};

/// A baseline and the decay that follows it.
#[derive(
	Clone,
	Copy,
	Debug,
	Decode,
	DecodeWithMemTracking,
	Deserialize,
	Encode,
	Eq,
	MaxEncodedLen,
	PartialEq,
	Serialize,
	TypeInfo,
)]
pub struct Baseline {
	/// Periods of effective time until half of the pool is minted; more than zero.
	pub half_life: u32,
	/// The baseline in the first period, in the unit that capacity is measured in; more than zero.
	pub initial: u128,
	/// Periods until the baseline has doubled; more than zero and at most 1,024 half-lives.
	pub doubling: u32,
}

/// Binary places of [`Baseline::advance`]'s result.
const REACH_PLACES: u32 = 160;

/// Binary places of the exponential function.
const PLACES: u32 = 240;

/// The largest power of two that is told apart: the baseline is not computed beyond 2⁶⁴ times its initial value.
const MAX_DOUBLINGS: u64 = 64;

/// `ln 2` with [`PLACES`] binary places, rounded down; least significant words first.
pub(crate) const LN_2: U512 =
	U512([0xb62d_8a0d_175b_8baa, 0xf6af_40f3_4326_7298, 0x79ab_c9e3_b398_03f2, 0xb172_17f7_d1cf, 0, 0, 0, 0]);

impl Baseline {
	/// Why this makes no sense, if it does not.
	pub(super) fn check(&self) -> Result<(), &'static str> {
		ensure!(self.half_life > 0, "the half-life divides");
		ensure!(self.initial > 0, "a baseline of nothing cannot double");
		ensure!(self.doubling > 0, "the baseline's doubling time divides");
		ensure!(
			u64::from(self.doubling) <= u64::from(self.half_life).saturating_mul(1_024),
			"the error bound holds up to a doubling time of 1,024 half-lives",
		);
		Ok(())
	}

	/// `reach` before the first period, with its 160 places: one.
	pub(super) fn start() -> U256 {
		U256::one() << REACH_PLACES
	}

	/// `reach` after `periods` more from period `from` on, each with the capacity given.
	pub(super) fn advance(&self, reach: U256, from: u32, periods: u32, inputs: &Inputs) -> U256 {
		let from = u64::from(from);
		let capacity = (U512::from(inputs.capacity) << REACH_PLACES) / U512::from(self.initial.max(1));
		let capacity = capacity.min(U512::one() << (REACH_PLACES + 63));
		let limit = capacity << (PLACES - REACH_PLACES);

		// Periods in which the baseline is met.
		let (mut met, mut missed) = (0, u64::from(periods));
		// Half of the range each time.
		while met < missed {
			let middle = met.midpoint(missed);
			if self.growth(from.saturating_add(middle)) <= limit {
				met = middle.saturating_add(1);
			} else {
				missed = middle;
			}
		}
		let at_baseline = if met == 0 {
			U512::zero()
		} else {
			self.growth(from.saturating_add(met)).saturating_sub(self.growth(from))
		};
		let step = self.growth(1).saturating_sub(U512::one() << PLACES);
		// At most 2^223 × 2^32 × 2^240: no overflow.
		let below =
			capacity.saturating_mul(u64::from(periods).saturating_sub(met).into()).saturating_mul(step) >> REACH_PLACES;
		let gain = at_baseline.saturating_add(below) >> (PLACES - REACH_PLACES);
		// So that no error of the exponential function makes it too large.
		let gain = gain.saturating_sub(U512::one());
		reach.saturating_add(gain.try_into().unwrap_or(U256::MAX))
	}

	/// Units minted out of `pool` once `reach` is reached.
	pub(super) fn cumulative(&self, pool: Balance, reach: U256) -> Balance {
		// θ / half_life with 128 places: at most 2^136 × 2^32 before the division.
		let time = log2(reach).saturating_mul(self.doubling.into()) / U256::from(self.half_life.max(1));
		let halvings = (time >> 128).try_into().unwrap_or(u32::MAX);
		decay::minted(pool, halvings, time.low_u128() >> (128 - decay::DIGITS))
	}

	/// `2^(period / doubling)` with [`PLACES`] binary places, rounded down.
	fn growth(&self, period: u64) -> U512 {
		let doubling = u64::from(self.doubling.max(1));
		let doublings = period / doubling;
		if doublings >= MAX_DOUBLINGS {
			return U512::one() << (u64::from(PLACES) + MAX_DOUBLINGS) as usize;
		}
		// Below ln 2.
		let exponent = LN_2.saturating_mul((period % doubling).into()) / U512::from(doubling);
		exp(exponent) << doublings as usize
	}
}

/// `e^exponent`, for an exponent below one, with [`PLACES`] binary places, rounded down.
fn exp(exponent: U512) -> U512 {
	let one = U512::one() << PLACES;
	// Σ x^k / k!: the 64th term is below 2^−295.
	(1..64u32)
		.scan(one, |term, k| {
			*term = (term.saturating_mul(exponent) >> PLACES) / U512::from(k);
			(!term.is_zero()).then_some(*term)
		})
		.fold(one, |sum, term| sum.saturating_add(term))
}

/// `log2` of a number that is at least one and has [`REACH_PLACES`] binary places; with 128 places, rounded down.
fn log2(number: U256) -> U256 {
	let whole = (number.bits() as u32).saturating_sub(REACH_PLACES + 1);
	// In [1, 2) with 255 places: its square fits into 512 bits.
	let mut mantissa = U512::from(number) << (255 - REACH_PLACES - whole);
	let fraction = (0..128).rev().fold(0u128, |digits, digit| {
		mantissa = mantissa.saturating_mul(mantissa) >> 255;
		let carry = mantissa.bit(256);
		if carry {
			mantissa >>= 1;
		}
		digits | (u128::from(carry) << digit)
	});
	(U256::from(whole) << 128) | U256::from(fraction)
}
