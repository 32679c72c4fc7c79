//! What a round asks of a machine.

use super::{MAX_EXPANDED, MAX_N, MAX_OPENINGS, MAX_STEPS, TILE};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::fmt;
use scale_info::TypeInfo;

/// What a round asks of a machine.
#[derive(Clone, Copy, Debug, Decode, DecodeWithMemTracking, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo)]
pub struct Params {
	/// Rows and columns of the matrices: a multiple of 128, at most [`MAX_N`]. An operand takes `n²` bytes, a product
	/// `4 · n²`. The larger, the smaller the share of hashing in the work.
	pub n: u32,
	/// Products, one after the other; at most [`MAX_STEPS`].
	pub steps: u32,
	/// Rows of a product that are computed and committed together: a multiple of 32 that divides `n`. A machine that
	/// has not kept a product computes this many rows again for each opening.
	pub rows_per_block: u32,
	/// Entries that are opened, at most [`MAX_OPENINGS`] and `openings · 2 · n` at most [`MAX_EXPANDED`].
	pub openings: u32,
}

impl Params {
	/// A round for a machine of some hundred billion operations a second and core, on two or more cores: 7 · 10¹³
	/// operations. Who does less than nine tenths of them passes three times in a hundred.
	pub const STANDARD: Self = Self { n: 8_192, steps: 64, rows_per_block: 64, openings: 32 };

	/// Whether a round can be held with these.
	pub fn validate(&self) -> Result<(), ParamsError> {
		let multiple = |number: u32, of: u32| number != 0 && number.is_multiple_of(of);
		if !multiple(self.n, TILE) || self.n > MAX_N {
			return Err(ParamsError::Size);
		}
		if !(1..=MAX_STEPS).contains(&self.steps) {
			return Err(ParamsError::Steps);
		}
		if !multiple(self.rows_per_block, 32) || !multiple(self.n, self.rows_per_block) {
			return Err(ParamsError::Block);
		}
		if self.tiles_per_block() > crate::merkle::MAX_UNITS {
			return Err(ParamsError::Block);
		}
		if !(1..=MAX_OPENINGS).contains(&self.openings) || self.expanded() > MAX_EXPANDED {
			return Err(ParamsError::Openings);
		}
		Ok(())
	}

	/// Operations of a round, a multiplication and an addition counted as two: `2 · steps · n³`.
	pub fn operations(&self) -> u64 {
		let n = u64::from(self.n);
		[2, n, n, n].into_iter().fold(u64::from(self.steps), u64::saturating_mul)
	}

	/// What a machine has proved that did the round within `window` milliseconds: millions of operations a second,
	/// rounded down. It is the least that it can do; nothing when the window is nothing.
	pub fn score(&self, window: u32) -> u64 {
		self.operations().checked_div(u64::from(window).saturating_mul(1_000)).unwrap_or(0)
	}

	/// Bytes that the chain expands to verify a proof: what its time goes with.
	pub fn expanded(&self) -> u64 {
		u64::from(self.openings).saturating_mul(2).saturating_mul(u64::from(self.n))
	}

	/// Row blocks of a product.
	pub fn blocks(&self) -> u32 {
		self.n.checked_div(self.rows_per_block).unwrap_or(0)
	}

	/// Tiles of a row.
	pub(super) fn tiles_per_row(&self) -> u32 {
		self.n / TILE
	}

	/// Tiles of a row block.
	pub(super) fn tiles_per_block(&self) -> u32 {
		self.rows_per_block.saturating_mul(self.tiles_per_row())
	}
}

/// Why no round can be held with some [`Params`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ParamsError {
	/// The size of the matrices is not a multiple of 128 from 128 to [`MAX_N`].
	Size,
	/// There are no steps, or more than [`MAX_STEPS`].
	Steps,
	/// The rows of a block are not a multiple of 32 that divides the size.
	Block,
	/// There are no openings, more than [`MAX_OPENINGS`], or they would make the chain expand more than
	/// [`MAX_EXPANDED`].
	Openings,
}

impl fmt::Display for ParamsError {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Self::Size => write!(f, "the size of the matrices must be a multiple of {TILE} from {TILE} to {MAX_N}"),
			Self::Steps => write!(f, "there must be from 1 to {MAX_STEPS} steps"),
			Self::Block => f.write_str("the rows of a block must be a multiple of 32 that divides the size"),
			Self::Openings => write!(
				f,
				"there must be from 1 to {MAX_OPENINGS} openings, and twice the size for each at most {MAX_EXPANDED}"
			),
		}
	}
}

impl core::error::Error for ParamsError {}

#[cfg(test)]
mod tests {
	use super::*;
	use proptest::prelude::*;

	const SMALL: Params = Params { n: 256, steps: 2, rows_per_block: 64, openings: 4 };

	#[test]
	fn standard_should_be_valid_and_count_as_documented() {
		assert_eq!(Params::STANDARD.validate(), Ok(()));
		assert_eq!(Params::STANDARD.operations(), 64 * 2 * 8_192u64.pow(3));
		assert_eq!(Params::STANDARD.expanded(), 512 * 1_024);
		// Five minutes.
		assert_eq!(Params::STANDARD.score(300_000), 234_562);
		assert_eq!(Params::STANDARD.score(0), 0);
	}

	#[test]
	fn validate_should_name_what_is_wrong() {
		let cases = [
			(Params { n: 0, ..SMALL }, ParamsError::Size),
			(Params { n: 192, ..SMALL }, ParamsError::Size),
			(Params { n: MAX_N + TILE, ..SMALL }, ParamsError::Size),
			(Params { steps: 0, ..SMALL }, ParamsError::Steps),
			(Params { steps: MAX_STEPS + 1, ..SMALL }, ParamsError::Steps),
			(Params { rows_per_block: 0, ..SMALL }, ParamsError::Block),
			(Params { rows_per_block: 16, ..SMALL }, ParamsError::Block),
			(Params { rows_per_block: 96, ..SMALL }, ParamsError::Block),
			(Params { rows_per_block: 512, ..SMALL }, ParamsError::Block),
			(Params { n: MAX_N, rows_per_block: 4_096, ..SMALL }, ParamsError::Block),
			(Params { openings: 0, ..SMALL }, ParamsError::Openings),
			(Params { openings: MAX_OPENINGS + 1, ..SMALL }, ParamsError::Openings),
			(Params { n: MAX_N, rows_per_block: 64, openings: 17, ..SMALL }, ParamsError::Openings),
		];
		for (params, error) in cases {
			assert_eq!(params.validate(), Err(error), "{params:?}");
		}
		assert_eq!(SMALL.validate(), Ok(()));
		assert_eq!(Params { n: MAX_N, rows_per_block: 2_048, openings: 16, ..SMALL }.validate(), Ok(()));
	}

	proptest! {
		#[test]
		fn nothing_should_panic_when_parameters_are_arbitrary(n: u32, steps: u32, rows_per_block: u32, openings: u32) {
			let params = Params { n, steps, rows_per_block, openings };
			let _ = params.validate();
			let _ = (params.operations(), params.score(openings), params.expanded(), params.blocks());
			let _ = (params.tiles_per_row(), params.tiles_per_block());
		}
	}
}
