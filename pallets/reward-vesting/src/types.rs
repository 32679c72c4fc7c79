//! What the pallet stores and reports, and the terms of plans.
//!
//! The SCALE bytes of stored types are pinned by tests: fields and variants are only ever appended, through a migration.

use crate::tranche::Lane;
use assay_primitives::{Balance, BlockNumber, VestingPlan};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sp_runtime::Perbill;

/// The way out of a plan before its time.
#[derive(Clone, Copy, Debug, Decode, DecodeWithMemTracking, Encode, Eq, PartialEq, TypeInfo)]
pub struct EarlyExit {
	/// Blocks over which what is left of it vests, from the exit on. Less than the plan's own.
	pub term: BlockNumber,
	/// The part that is forfeited at once, rounded up.
	pub forfeit: Perbill,
}

/// How tokens of a plan vest.
#[derive(Clone, Copy, Debug, Decode, DecodeWithMemTracking, Encode, Eq, PartialEq, TypeInfo)]
pub struct Terms {
	/// The part that is paid at once, rounded down. Below 100 %.
	pub at_once: Perbill,
	/// Blocks over which the rest vests, in proportion to time. At least 1.
	pub term: BlockNumber,
	/// Blocks before which nothing of it can be claimed; then all that has vested since its grant can. At most `term`.
	pub cliff: Option<BlockNumber>,
	/// The way out before the time, if there is one.
	pub early_exit: Option<EarlyExit>,
	/// Whether it can be pledged as stake.
	pub stakeable: bool,
	/// Whether the rewards that pledged tokens earn vest by the same plan. Only where they are stakeable.
	pub compounds: bool,
}

/// What vests for an account by one plan. Absent when that is nothing.
#[derive(Clone, Debug, Decode, DecodeWithMemTracking, Default, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo)]
pub struct Ledger {
	/// Units that were seen to have vested and were not claimed.
	pub ready: Balance,
	/// Units, vested or not, that are pledged. As much must stay.
	pub pledged: Balance,
	/// What vests over the plan's term.
	pub vesting: Lane,
	/// What was taken out of the plan early and vests over the shorter term.
	pub exiting: Lane,
}

/// What an account has at work as stake.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct AtStake {
	/// Units besides pledges.
	pub bonded: Balance,
	/// Units that it has pledged and not begun to take back.
	pub pledged: Balance,
}

/// How an account stands in one plan. See [`crate::Pallet::vesting_status`].
#[derive(Clone, Debug, Decode, DecodeWithMemTracking, Encode, Eq, PartialEq, TypeInfo)]
pub struct PlanStatus {
	/// The plan.
	pub plan: VestingPlan,
	/// Units that have not vested, those on the early way out among them.
	pub vesting: Balance,
	/// Those of them that are on the early way out.
	pub exiting: Balance,
	/// Units that have vested and were not claimed.
	pub vested: Balance,
	/// Units that a claim would pay now: what has vested, as far as the rest covers the pledge.
	pub claimable: Balance,
	/// Units that are pledged.
	pub pledged: Balance,
	/// The first block in which more will have vested. None when nothing vests.
	pub next: Option<BlockNumber>,
	/// The block in which all will have vested, if nothing more comes. None when nothing vests.
	pub complete: Option<BlockNumber>,
}

/// What an early exit would do now. See [`crate::Pallet::exit_preview`].
#[derive(Clone, Copy, Debug, Decode, DecodeWithMemTracking, Encode, Eq, PartialEq, TypeInfo)]
pub struct ExitPreview {
	/// Units that leave the plan.
	pub amount: Balance,
	/// Units of them that are forfeited at once.
	pub forfeited: Balance,
	/// Units of them that vest over the shorter term.
	pub kept: Balance,
	/// The block in which the latter will have vested.
	pub complete: BlockNumber,
}

/// What should never happen, and is survived when it does.
///
/// Indices are pinned: append only.
#[derive(Clone, Copy, Debug, Decode, DecodeWithMemTracking, Encode, Eq, PartialEq, TypeInfo)]
pub enum UnexpectedKind {
	/// Less was on hold than the ledger says; only that was taken.
	#[codec(index = 0)]
	HoldBelowLedger {
		/// Units that the ledger gave.
		expected: Balance,
		/// Units that the hold gave.
		taken: Balance,
	},
	/// Tokens could neither be put on hold nor be given back; they stay free in their account.
	#[codec(index = 1)]
	NotHeld {
		/// How many.
		amount: Balance,
	},
}
