//! Emission curves: what a schedule has minted by the end of a period.
//!
//! A schedule is data: an [`Emission`] is a [`Curve`] with a pool, a period and a start. What it has minted by the end of a
//! period is a closed form, so that there is no state to lose: whoever evaluates it late, after a skipped block, a halt or
//! an upgrade, gets what was due all along. Two curves depend on what the network does, on the ratio of bonded tokens or on
//! verified capacity; they keep a [`State`] and advance over any number of periods in one go.
//!
//! All amounts are in the token's smallest unit. Every curve is monotone, never above its pool, and at most **one unit** below
//! the exact value rounded down to a whole unit, over its whole life and for every period that fits into 32 bits. Why this
//! is so stands with each curve:
//!
//! | curve | computed in | error before the last rounding |
//! |---|---|---|
//! | [`Curve::Flat`] | [`linear`] | none |
//! | [`Curve::SmoothDecay`] | [`decay`] | below 2⁻⁷ units |
//! | [`Curve::Disinflation`] | [`geometric`] | below 2⁻⁹ units |
//! | [`Curve::HalvingByTime`] | [`halving`] | none |
//! | [`Curve::HalvingByIssuance`] | [`halving`] | none |
//! | [`Curve::Table`] | [`linear`], after its last row [`geometric`] | none; after its last row below 2⁻⁹ units |
//! | [`Curve::TargetRatio`] | [`target`] | none |
//! | [`Curve::Baseline`] | [`baseline`] | below 2⁻² units |
//!
//! docs/emission.md has the formulas, the networks that publish them, and how to print their tables.

pub mod baseline;
pub mod decay;
pub mod geometric;
pub mod halving;
pub mod linear;
pub mod target;

pub use baseline::Baseline;
pub use decay::{cumulative, MAX_POOL};
pub use target::{Inflation, TargetRatio};

#[cfg(test)]
pub(crate) use decay::ROOTS;

use assay_primitives::Balance;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{ensure, traits::ConstU32, BoundedVec};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};
use sp_core::U256;
use sp_runtime::Perbill;

/// Rows that a [`Curve::Table`] can have.
pub const MAX_ROWS: u32 = 32;

/// A row of a [`Curve::Table`].
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
pub struct TableRow {
	/// Length of the row in periods; more than zero.
	pub periods: u32,
	/// Units minted in the row, evenly over its periods.
	pub amount: Balance,
}

/// How much is minted by when.
///
/// Indices are pinned: append only.
#[derive(
	Clone, Debug, Decode, DecodeWithMemTracking, Deserialize, Encode, Eq, MaxEncodedLen, PartialEq, Serialize, TypeInfo,
)]
pub enum Curve {
	/// The same in every period, until the pool is minted.
	#[codec(index = 0)]
	Flat {
		/// Units minted in so many periods ...
		amount: Balance,
		/// ... evenly; more than zero.
		periods: u32,
	},
	/// The same part of what is left in every period: `pool × (1 − 2^(−n / half_life))`.
	#[codec(index = 1)]
	SmoothDecay {
		/// Periods until half of the pool is minted, and then half of the rest; more than zero.
		half_life: u32,
	},
	/// A geometric series on a fixed base: steps of which each mints `factor` times what the one before did.
	#[codec(index = 2)]
	Disinflation {
		/// Units minted in the first step, evenly over its periods.
		first: Balance,
		/// What a step mints of what the one before did; less than one.
		factor: Perbill,
		/// Length of a step in periods; more than zero.
		every: u32,
		/// Number of steps, after which nothing is minted.
		steps: u32,
	},
	/// Half as much after every so many periods.
	#[codec(index = 3)]
	HalvingByTime {
		/// Units minted before the first halving, evenly.
		first: Balance,
		/// Periods between halvings; more than zero.
		every: u32,
	},
	/// Half as much after each time that half of the rest has been issued.
	#[codec(index = 4)]
	HalvingByIssuance {
		/// Units minted in a period before the first halving.
		first: Balance,
		/// What is issued in the end. A halving is due once half, three quarters, seven eighths ... of it are.
		supply: Balance,
		/// What of the supply was issued before the schedule began.
		///
		/// From then on this schedule's own mints count, and neither what is burned nor what others mint.
		issued_before: Balance,
	},
	/// Rows of amounts, and what follows them.
	#[codec(index = 5)]
	Table {
		/// The rows, at least one.
		rows: BoundedVec<TableRow, ConstU32<MAX_ROWS>>,
		/// When given, the last row is followed by others as long, of which each mints this part of what the one before did;
		/// less than one.
		then: Option<Perbill>,
	},
	/// A yearly inflation that moves towards keeping a part of all tokens bonded. Keeps a [`State`].
	#[codec(index = 6)]
	TargetRatio(TargetRatio),
	/// A smooth decay in a time that runs as fast as verified capacity keeps up with a baseline. Keeps a [`State`].
	#[codec(index = 7)]
	Baseline(Baseline),
}

impl Curve {
	/// Why the curve makes no sense or its error bound would not hold, if that is so. For integrity tests.
	pub fn check(&self) -> Result<(), &'static str> {
		const EVEN: &str = "an amount cannot be spread over no periods";
		const FACTOR: &str = "a series whose factor is one is flat";
		const LARGE: &str = "the error bound holds up to 2^112 units only";
		match self {
			Self::Flat { periods: 0, .. } | Self::Disinflation { every: 0, .. } => Err(EVEN),
			Self::SmoothDecay { half_life: 0 } => Err("the half-life divides"),
			Self::HalvingByTime { every: 0, .. } => Err("halvings have time between them"),
			Self::Disinflation { factor, .. } if *factor == Perbill::one() => Err(FACTOR),
			Self::Disinflation { first, .. } if *first > MAX_POOL => Err(LARGE),
			Self::HalvingByIssuance { supply, issued_before, .. } if issued_before > supply => {
				Err("more than the supply was issued before")
			},
			Self::Table { rows, .. } if rows.is_empty() => Err("a table has rows"),
			Self::Table { rows, .. } if rows.iter().any(|row| row.periods == 0) => Err(EVEN),
			Self::Table { rows, .. } if rows.iter().any(|row| row.amount > MAX_POOL) => Err(LARGE),
			Self::Table { then: Some(factor), .. } if *factor == Perbill::one() => Err(FACTOR),
			Self::TargetRatio(curve) => curve.check(),
			Self::Baseline(curve) => curve.check(),
			_ => Ok(()),
		}
	}

	/// Units minted by the end of `period` and out of `pool`, unless that depends on a [`State`]. O(1), or O(rows).
	///
	/// Only a smooth decay looks at the pool: the others' result may be above it.
	fn closed_form(&self, pool: Balance, period: u32) -> Option<Balance> {
		Some(match self {
			Self::Flat { amount, periods } => linear::cumulative(*amount, *periods, period),
			Self::SmoothDecay { half_life } => decay::cumulative(pool, *half_life, period),
			Self::Disinflation { first, factor, every, steps } => {
				let end = every.saturating_mul(*steps);
				geometric::cumulative(*first, *factor, *every, period.min(end))
			},
			Self::HalvingByTime { first, every } => halving::by_time(*first, *every, period),
			Self::HalvingByIssuance { first, supply, issued_before } => {
				halving::by_issuance(*first, *supply, *issued_before, period)
			},
			Self::Table { rows, then } => linear::table(rows, *then, period),
			Self::TargetRatio(_) | Self::Baseline(_) => return None,
		})
	}
}

/// What a curve that depends on the network is told about it, for all periods since it was last told.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Inputs {
	/// Part of all tokens that is bonded. For [`Curve::TargetRatio`].
	pub bonded_ratio: Perbill,
	/// Verified capacity, in the unit of [`Baseline::initial`]. For [`Curve::Baseline`].
	pub capacity: u128,
	/// Units in existence. For [`Curve::TargetRatio`].
	pub total_issuance: Balance,
}

/// How far a schedule has come. Starts as the default.
#[derive(
	Clone, Copy, Debug, Decode, DecodeWithMemTracking, Default, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo,
)]
pub struct State {
	/// The last period that was advanced to.
	pub period: u32,
	/// Units minted by its end.
	pub minted: Balance,
	/// What the curve carries on beside that.
	pub memory: Memory,
}

/// What a curve carries on beside the amount.
///
/// Indices are pinned: append only.
#[derive(
	Clone, Copy, Debug, Decode, DecodeWithMemTracking, Default, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo,
)]
pub enum Memory {
	/// Nothing: the curve is a closed form, or has not begun.
	#[codec(index = 0)]
	#[default]
	Nothing,
	/// For [`Curve::TargetRatio`].
	#[codec(index = 1)]
	Inflation(Inflation),
	/// For [`Curve::Baseline`]: `reach` with 160 binary places; see [`baseline`].
	#[codec(index = 2)]
	Reach(U256),
}

/// A curve on the chain's time: what is minted when, and at most how much.
#[derive(
	Clone, Debug, Decode, DecodeWithMemTracking, Deserialize, Encode, Eq, MaxEncodedLen, PartialEq, Serialize, TypeInfo,
)]
pub struct Emission {
	/// How much by when.
	pub curve: Curve,
	/// Most units that it may mint; at most [`MAX_POOL`].
	pub pool: Balance,
	/// Length of a period in blocks; more than zero.
	pub period: u32,
	/// Block at which the first period begins. Below zero it lies before genesis, and what was due until then is minted with
	/// the first mint.
	pub start: i64,
}

impl Emission {
	/// Why the schedule makes no sense or its error bound would not hold, if that is so. For integrity tests.
	pub fn check(&self) -> Result<(), &'static str> {
		ensure!(self.period > 0, "a period of no blocks would never end");
		ensure!(self.pool <= MAX_POOL, "the error bound holds up to 2^112 units only");
		self.curve.check()
	}

	/// Number of periods that have ended before block `now` is executed.
	pub fn periods_at(&self, now: u64) -> u32 {
		let elapsed = i128::from(now).saturating_sub(self.start.into()).max(0);
		let periods = elapsed.checked_div(self.period.into()).unwrap_or_default();
		periods.try_into().unwrap_or(u32::MAX)
	}

	/// Whether what it mints depends on [`Inputs`], so that it has to be advanced.
	pub fn is_stateful(&self) -> bool {
		matches!(self.curve, Curve::TargetRatio(_) | Curve::Baseline(_))
	}

	/// Units minted by the end of `period`, counted from 1; nothing by the end of period 0.
	///
	/// Monotone, never above the pool, and at most a unit below the exact value. For a curve that depends on the network it is
	/// what `state` has come to, whatever the period: what is to come cannot be known.
	pub fn cumulative(&self, state: &State, period: u32) -> Balance {
		self.curve.closed_form(self.pool, period).unwrap_or(state.minted).min(self.pool)
	}

	/// Bring `state` to the end of `period`, with `inputs` for all periods since it was last advanced. Returns what is minted
	/// by then; does nothing when that period has been reached.
	///
	/// O(1), or O(log periods) for [`Curve::Baseline`], however many periods were skipped.
	pub fn advance(&self, state: &mut State, period: u32, inputs: &Inputs) -> Balance {
		let periods = period.saturating_sub(state.period);
		if periods == 0 {
			return state.minted;
		}
		let minted = match &self.curve {
			Curve::TargetRatio(curve) => {
				let carried = match state.memory {
					Memory::Inflation(inflation) => Some(inflation),
					_ => None,
				};
				let (minted, inflation) = curve.advance(carried, periods, inputs);
				state.memory = Memory::Inflation(inflation);
				state.minted.saturating_add(minted)
			},
			Curve::Baseline(curve) => {
				let reach = match state.memory {
					Memory::Reach(reach) => reach,
					_ => Baseline::start(),
				};
				let reach = curve.advance(reach, state.period, periods, inputs);
				state.memory = Memory::Reach(reach);
				curve.cumulative(self.pool, reach)
			},
			_ => self.cumulative(state, period),
		};
		state.period = period;
		// What is minted stays minted, should a curve have been changed.
		state.minted = minted.min(self.pool).max(state.minted);
		state.minted
	}
}
