//! How grants are merged, and what has vested of them. Nothing here moves tokens.
//!
//! Rewards come every few minutes for years, so grants that come within a [`Line::window`] of each other, a thirtieth of
//! the term, become one [`Tranche`]. An account has [`MAX_TRANCHES`] of a lane at most, whatever happens.
//!
//! A tranche of grants `aᵢ` of blocks `tᵢ` keeps `A = Σ aᵢ` and the moment `M = Σ aᵢ × (tᵢ − first)`. As each grant vests in
//! proportion to time, so does their sum, and `A` and `M` say exactly how much. In block `t` there are yet to vest
//!
//! ```text
//!  (A × (first + term − t) + M) ÷ term           until the first grant is through, at first + term
//!  M × (last + term − t) ÷ (term × (last − first))    from then on
//!  0                                             from last + term on
//! ```
//!
//! The first line is exact. The second is the straight line from where the first one ends to zero. What is yet to vest of
//! each grant is a convex function of its block, so that the straight line is never below the sum: **nothing vests earlier
//! than by the grants' own lines**. It is late by at most a quarter of `(last − first) ÷ term`, and so a 120th, of the
//! tranche, by at most the length of a window, and for a tranche of one grant not at all. Amounts that have vested are
//! rounded down to the unit, once a tranche; how often somebody claims makes no difference.
//!
//! With a cliff, a tranche begins to pay when its last grant has passed it: up to a window late for the others.

use assay_primitives::{Balance, BlockNumber};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{traits::ConstU32, BoundedVec};
use scale_info::TypeInfo;
use sp_runtime::{helpers_128bit::multiply_by_rational_with_rounding, traits::Zero, Rounding};

/// Windows in a term. More make what merging delays less, and ledgers larger.
pub const WINDOWS_PER_TERM: u32 = 30;

/// Most tranches of a lane: as many as begin in a term and are not through, and the one that begins when the first is.
pub const MAX_TRANCHES: u32 = WINDOWS_PER_TERM + 1;

/// By what rule tranches vest.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Line {
	/// Blocks from a grant until all of it has vested.
	pub term: BlockNumber,
	/// Blocks from a grant before which nothing is paid.
	pub cliff: BlockNumber,
}

impl Line {
	/// Blocks from a tranche's first grant within which others are merged with it.
	pub fn window(self) -> BlockNumber {
		self.term.div_ceil(WINDOWS_PER_TERM).max(1)
	}
}

/// Grants that were merged.
#[derive(
	Clone, Copy, Debug, Decode, DecodeWithMemTracking, Default, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo,
)]
pub struct Tranche {
	/// Block of the first grant.
	pub first: BlockNumber,
	/// Block of the last grant.
	pub last: BlockNumber,
	/// Units granted.
	pub amount: Balance,
	/// Sum over the grants of units × blocks since the first.
	pub moment: u128,
	/// Units that were seen to have vested.
	pub vested: Balance,
}

impl Tranche {
	/// Units that were not seen to have vested.
	pub fn rest(&self) -> Balance {
		self.amount.saturating_sub(self.vested)
	}

	/// Units that have yet to vest in block `now`, by the formula alone. O(1).
	fn unvested_at(&self, now: BlockNumber, line: Line) -> Balance {
		let end = self.last.saturating_add(line.term);
		if now >= end {
			return 0;
		}
		if now < self.last.saturating_add(line.cliff) {
			return self.amount;
		}
		// Not zero: otherwise `now` would be at the end.
		let term = Balance::from(line.term.max(1));
		let first_end = self.first.saturating_add(line.term);
		let unvested = if now <= first_end {
			let left = Balance::from(first_end.saturating_sub(now));
			self.amount
				.checked_mul(left)
				.and_then(|product| product.checked_add(self.moment))
				.map(|sum| sum.div_ceil(term))
		} else {
			let left = Balance::from(end.saturating_sub(now));
			let span = Balance::from(self.last.saturating_sub(self.first));
			multiply_by_rational_with_rounding(self.moment, left, term.saturating_mul(span), Rounding::Up)
		};
		// What does not fit into 128 bits has not vested: it only comes late.
		unvested.unwrap_or(self.amount).min(self.amount)
	}

	/// Units that will have been seen to have vested if somebody looks in block `now`. O(1).
	pub fn vested_at(&self, now: BlockNumber, line: Line) -> Balance {
		self.amount.saturating_sub(self.unvested_at(now, line)).max(self.vested)
	}

	/// Merge a grant of `amount` in block `now` into it. None when the sums would not fit.
	fn merge(&mut self, now: BlockNumber, amount: Balance) -> Option<()> {
		let since = Balance::from(now.saturating_sub(self.first));
		let moment = self.moment.checked_add(amount.checked_mul(since)?)?;
		self.amount = self.amount.checked_add(amount)?;
		self.moment = moment;
		self.last = now;
		Some(())
	}

	/// Take up to `amount` out of what has not vested. Returns how much that was. O(1).
	///
	/// What is left goes on vesting over the same time. It is scaled down with roundings that delay it by at most three
	/// units and never advance it.
	fn cut(&mut self, amount: Balance) -> Balance {
		let rest = self.rest();
		let taken = amount.min(rest);
		let kept = rest.saturating_sub(taken);
		if taken.is_zero() {
			return taken;
		}
		let scale = |of: u128| multiply_by_rational_with_rounding(of, kept, rest, Rounding::Up).unwrap_or(of);
		self.vested = scale(self.vested);
		self.moment = scale(self.moment);
		self.amount = self.vested.saturating_add(kept);
		taken
	}
}

/// Tranches, the oldest first.
#[derive(Clone, Debug, Decode, DecodeWithMemTracking, Default, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo)]
pub struct Lane(pub BoundedVec<Tranche, ConstU32<MAX_TRANCHES>>);

impl Lane {
	/// Add a grant of `amount` in block `now`, which is not before the last one. None, and nothing changed, when the sums
	/// would not fit into 128 bits. O(1).
	///
	/// A lane that is full, which it can be only after an upgrade with another term, merges all grants into its newest
	/// tranche.
	pub(crate) fn grant(&mut self, now: BlockNumber, amount: Balance, line: Line) -> Option<()> {
		self.rest().checked_add(amount)?;
		let full = self.0.is_full();
		match self.0.last_mut() {
			Some(newest) if full || now.saturating_sub(newest.first) < line.window() => {
				let mut merged = *newest;
				merged.merge(now, amount)?;
				*newest = merged;
				Some(())
			},
			_ => self.0.try_push(Tranche { first: now, last: now, amount, moment: 0, vested: 0 }).ok(),
		}
	}

	/// Note what has vested by block `now`, and forget tranches that are through. Returns how much more it is than when
	/// this was last done. O(tranches).
	pub(crate) fn accrue(&mut self, now: BlockNumber, line: Line) -> Balance {
		let mut gained: Balance = 0;
		for tranche in self.0.iter_mut() {
			let vested = tranche.vested_at(now, line);
			gained = gained.saturating_add(vested.saturating_sub(tranche.vested));
			tranche.vested = vested;
		}
		self.sweep();
		gained
	}

	/// Units that were not seen to have vested. O(tranches).
	pub fn rest(&self) -> Balance {
		self.0.iter().fold(0, |sum, tranche| sum.saturating_add(tranche.rest()))
	}

	/// Take up to `amount` of what has not vested, from the oldest tranches first. Returns how much that was. O(tranches).
	pub(crate) fn take_oldest(&mut self, amount: Balance) -> Balance {
		let taken = self
			.0
			.iter_mut()
			.fold(0, |taken: Balance, tranche| taken.saturating_add(tranche.cut(amount.saturating_sub(taken))));
		self.sweep();
		taken
	}

	/// Take up to `amount` of what has not vested, from the newest tranches first. Returns how much that was. O(tranches).
	pub(crate) fn take_newest(&mut self, amount: Balance) -> Balance {
		let taken = self
			.0
			.iter_mut()
			.rev()
			.fold(0, |taken: Balance, tranche| taken.saturating_add(tranche.cut(amount.saturating_sub(taken))));
		self.sweep();
		taken
	}

	/// The first block after `now` in which more can have vested. None when nothing vests.
	pub(crate) fn next(&self, now: BlockNumber, line: Line) -> Option<BlockNumber> {
		let next = now.saturating_add(1);
		self.0.iter().map(|tranche| tranche.last.saturating_add(line.cliff).max(next)).min()
	}

	/// The block in which all will have vested. None when nothing vests.
	pub(crate) fn complete(&self, line: Line) -> Option<BlockNumber> {
		self.0.iter().map(|tranche| tranche.last.saturating_add(line.term)).max()
	}

	/// Forget tranches of which nothing is left.
	fn sweep(&mut self) {
		self.0.retain(|tranche| !tranche.rest().is_zero());
	}
}
