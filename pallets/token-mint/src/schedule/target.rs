//! Target ratio: a yearly inflation that moves towards keeping a part of all tokens bonded.
//!
//! Source: the x/mint module of the Cosmos SDK, which Akash runs. In each period
//!
//! ```text
//! inflation ← clamp(inflation + (1 − bonded / goal) × change / year, floor, ceiling)
//! minted    ← minted + inflation × total issuance / year
//! ```
//!
//! ## How exact it is
//!
//! Nothing is rounded but what is shown. Inflation is a whole number of parts of `10⁹ × goal × year`, of which each step and
//! both bounds are whole numbers too (`goal` counted in its 10⁻⁹ parts), and the fraction of a unit that a mint leaves is
//! carried to the next. So the amount is the exact sum, rounded down to a whole unit, **always**, and it is the same however
//! the periods are cut into advances, given the same inputs.
//!
//! Within an advance over several periods the inputs stand still: what is minted in it is not compounded. Skipped periods
//! so mint a little less than they would have, and never more.
//!
//! What is carried means something else when `goal` or `year` are changed. It is then still a rate within the bounds and less than
//! a unit, no more.

use super::Inputs;
use assay_primitives::Balance;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::ensure;
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};
use sp_core::U256;
use sp_runtime::{PerThing, Perbill};

/// How inflation moves.
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
pub struct TargetRatio {
	/// Yearly inflation at the start.
	pub initial: Perbill,
	/// Least yearly inflation.
	pub floor: Perbill,
	/// Largest yearly inflation; at least `floor`.
	pub ceiling: Perbill,
	/// Part of all tokens that should be bonded; more than zero. With less bonded inflation rises, with more it falls.
	pub goal: Perbill,
	/// How far inflation would rise within a year in which nothing is bonded.
	pub change: Perbill,
	/// Periods in a year; more than zero.
	pub year: u32,
}

/// What is carried from one advance to the next.
#[derive(Clone, Copy, Debug, Decode, DecodeWithMemTracking, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo)]
pub struct Inflation {
	/// Yearly inflation, in parts of `10⁹ × goal × year`.
	pub rate: u128,
	/// Fraction of a unit that is due and not minted, in parts of `10⁹ × goal × year²`.
	pub remainder: u128,
}

impl TargetRatio {
	/// Why this makes no sense, if it does not.
	pub(super) fn check(&self) -> Result<(), &'static str> {
		ensure!(!self.goal.is_zero(), "a goal of nothing bonded divides by zero");
		ensure!(self.year > 0, "a year has periods");
		ensure!(self.floor <= self.ceiling, "the floor of inflation is above its ceiling");
		Ok(())
	}

	/// Units minted by `periods` more, and what is carried on. O(1).
	pub(super) fn advance(&self, carried: Option<Inflation>, periods: u32, inputs: &Inputs) -> (Balance, Inflation) {
		let (goal, year) = (u128::from(self.goal.deconstruct().max(1)), u128::from(self.year.max(1)));
		// Below 2^62, and a rate below 2^92.
		let part = goal.saturating_mul(year);
		let [initial, floor, ceiling] =
			[self.initial, self.floor, self.ceiling].map(|rate| u128::from(rate.deconstruct()).saturating_mul(part));
		let carried = carried.unwrap_or(Inflation { rate: initial, remainder: 0 });
		let before = carried.rate.min(ceiling).max(floor);

		let bonded = u128::from(inputs.bonded_ratio.deconstruct());
		let step = goal.abs_diff(bonded).saturating_mul(self.change.deconstruct().into());
		let room = if bonded < goal { ceiling.saturating_sub(before) } else { before.saturating_sub(floor) };
		// Periods in which inflation moves by a whole step; in those after them it stands at the bound.
		let periods = u128::from(periods);
		let moving = room.checked_div(step).map_or(periods, |moving| moving.min(periods));
		let still = periods.saturating_sub(moving);
		let moved = step.saturating_mul(moving);
		// step × (1 + 2 + ... + moving), below 2^60 × 2^63
		let drift = step.saturating_mul(moving.saturating_mul(moving.saturating_add(1)) / 2);
		let standing = before.saturating_mul(moving);
		let (rate, sum) = if bonded < goal {
			let rate = if still > 0 { ceiling } else { before.saturating_add(moved) };
			(rate, standing.saturating_add(drift).saturating_add(ceiling.saturating_mul(still)))
		} else {
			let rate = if still > 0 { floor } else { before.saturating_sub(moved) };
			(rate, standing.saturating_sub(drift).saturating_add(floor.saturating_mul(still)))
		};

		let unit = U256::from(part) * U256::from(Perbill::ACCURACY) * U256::from(year);
		// A fraction of a unit, also after a change of the parameters that it was counted in.
		let remainder = U256::from(carried.remainder) % unit;
		// Below 2^124 × 2^128.
		let due = U256::from(sum).saturating_mul(inputs.total_issuance.into()).saturating_add(remainder);
		let (minted, remainder) = due.div_mod(unit);
		let inflation = Inflation { rate, remainder: remainder.low_u128() };
		(minted.try_into().unwrap_or(Balance::MAX), inflation)
	}
}
