//! Reverse auctions: what a bid must be, and how long others have to answer it.

use sp_runtime::{
	traits::{AtLeast32BitUnsigned, One, Saturating},
	Perbill,
};

/// The rules by which machines are bid for, whatever they are to do.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct AuctionRules<BlockNumber> {
	/// By which part of the best price a new bid has to be lower, rounded up, and by 1 at least.
	pub improvement: Perbill,
	/// A bid in the last so many blocks keeps the auction open for so many blocks more.
	pub window: BlockNumber,
}

/// Why a price cannot be bid.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum PriceFault {
	/// It is zero.
	Zero,
	/// It is above what the client pays.
	AboveCeiling,
	/// It is not far enough below the best bid.
	NotImproving,
}

impl<BlockNumber: Copy + Ord + Saturating> AuctionRules<BlockNumber> {
	/// The highest price that beats `best`; zero when none does.
	pub fn price_to_beat<Balance: AtLeast32BitUnsigned + Copy>(&self, best: Balance) -> Balance {
		let step = self.improvement.mul_ceil(best).max(One::one());
		best.saturating_sub(step)
	}

	/// Whether `price` can be bid where the client pays up to `ceiling` and `best` is the lowest price so far.
	pub fn check_price<Balance: AtLeast32BitUnsigned + Copy>(
		&self,
		price: Balance,
		ceiling: Balance,
		best: Option<Balance>,
	) -> Result<(), PriceFault> {
		if price.is_zero() {
			return Err(PriceFault::Zero);
		}
		if price > ceiling {
			return Err(PriceFault::AboveCeiling);
		}
		match best {
			Some(best) if price > self.price_to_beat(best) => Err(PriceFault::NotImproving),
			_ => Ok(()),
		}
	}

	/// When an auction that would close at `closes_at` closes after a bid at `now`: never earlier than before, and not
	/// put off beyond `latest`.
	pub fn extended(&self, closes_at: BlockNumber, now: BlockNumber, latest: BlockNumber) -> BlockNumber {
		now.saturating_add(self.window).min(latest).max(closes_at)
	}
}
