//! The clock of a lease: what was served, what can be paid of it, and whether the lease still runs.
//!
//! All of this follows from what is stored and the present block, and from nothing else: not from how often, when or by
//! whom a lease was settled before. That is what makes settling idempotent, and a lease end in the same block and with the
//! same money whether the chain, its parties or nobody has looked at it meanwhile.

use super::*;
use codec::DecodeWithMemTracking;
use frame_system::pallet_prelude::BlockNumberFor;
use sp_runtime::traits::{Bounded, CheckedDiv, UniqueSaturatedInto};

/// Whether a lease runs, paused or ended, and since when.
#[derive(Clone, Copy, Debug, Decode, DecodeWithMemTracking, Encode, Eq, PartialEq, TypeInfo)]
pub enum Standing<BlockNumber> {
	/// It runs.
	#[codec(index = 0)]
	Running,
	/// Escrow has run out.
	#[codec(index = 1)]
	Paused {
		/// The first block that it did not cover.
		since: BlockNumber,
		/// The block in which the lease ends unless somebody tops it up.
		until: BlockNumber,
	},
	/// It has ended.
	#[codec(index = 2)]
	Ended {
		/// In which block.
		at: BlockNumber,
		/// Why.
		reason: EndReason,
	},
}

/// A lease brought up to date.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Reckoning<BlockNumber> {
	/// The first block that was not served, or that was not over yet.
	pub(crate) served_to: BlockNumber,
	/// The first block that is not to be paid now.
	pub(crate) payable_to: BlockNumber,
	/// Where the lease stands.
	pub(crate) standing: Standing<BlockNumber>,
}

/// The price of `blocks` blocks at `rate`.
pub(crate) fn price<T: Config>(rate: BalanceOf<T>, blocks: BlockNumberFor<T>) -> BalanceOf<T> {
	let blocks: u32 = blocks.unique_saturated_into();
	rate.saturating_mul(blocks.into())
}

impl<T: Config> Lease<T> {
	/// The first block that escrow does not cover at `rate`, if the blocks before `paid_to` are paid.
	///
	/// Paying for whole blocks does not move it: escrow and what is unpaid shrink alike.
	pub(crate) fn runs_out_at(&self, rate: BalanceOf<T>, paid_to: BlockNumberFor<T>) -> BlockNumberFor<T> {
		let blocks: u32 = self.escrow().checked_div(&rate).unwrap_or_default().unique_saturated_into();
		paid_to.saturating_add(blocks.into())
	}

	/// The price of all blocks before `until` that were not paid. Zero for an order.
	pub(crate) fn price_to(&self, until: BlockNumberFor<T>) -> BalanceOf<T> {
		self.tenancy()
			.map_or(Zero::zero(), |tenancy| price::<T>(tenancy.bid.rate, until.saturating_sub(tenancy.paid_to)))
	}

	/// Where a lease stands at `now`. `None` for an order. O(sources).
	pub(crate) fn reckon(&self, now: BlockNumberFor<T>) -> Option<Reckoning<BlockNumberFor<T>>> {
		let (tenancy, out) = match &self.state {
			LeaseState::Open { .. } => return None,
			LeaseState::Running { tenancy } => (tenancy, self.runs_out_at(tenancy.bid.rate, tenancy.paid_to)),
			LeaseState::Paused { tenancy, since } => (tenancy, *since),
		};
		let paused = matches!(self.state, LeaseState::Paused { .. });
		let end = tenancy.ends_at.unwrap_or_else(Bounded::max_value);
		let served_to = if paused { tenancy.paid_to } else { now.min(out).min(end) };
		if now < out.min(end) {
			// The last blocks are kept back, for the client to have if the provider leaves.
			let payable_to = now.saturating_sub(T::ArrearsBlocks::get()).max(tenancy.paid_to);
			return Some(Reckoning { served_to, payable_to, standing: Standing::Running });
		}
		let until = out.saturating_add(tenancy.grace).min(end);
		let standing = if now < until {
			Standing::Paused { since: out, until }
		} else {
			let reason = match (until < end, tenancy.reclaimed) {
				(true, _) => EndReason::RanOut,
				(false, true) => EndReason::Reclaimed,
				(false, false) => EndReason::Expired,
			};
			Standing::Ended { at: until, reason }
		};
		Some(Reckoning { served_to, payable_to: served_to, standing })
	}

	/// The block in which the chain takes the next step by itself. After the present one, if the lease was just settled.
	pub fn due(&self) -> BlockNumberFor<T> {
		match &self.state {
			LeaseState::Open { closes_at, .. } => *closes_at,
			LeaseState::Running { tenancy } => {
				let out = self.runs_out_at(tenancy.bid.rate, tenancy.paid_to);
				tenancy.ends_at.map_or(out, |end| end.min(out))
			},
			LeaseState::Paused { tenancy, since } => {
				let over = since.saturating_add(tenancy.grace);
				tenancy.ends_at.map_or(over, |end| end.min(over))
			},
		}
	}
}
