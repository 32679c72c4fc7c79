//! What the pallet stores: pots, the emission schedule, rounds of work and what providers earned in them.
//!
//! The SCALE bytes of these types are pinned by tests: fields and variants are only ever appended, through a migration.

use crate::schedule;
use assay_primitives::Balance;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{traits::ConstU32, BoundedVec};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};
use sp_runtime::Perbill;

/// Number of [`Pot`]s, and so of parts that a budget can have.
pub const POTS: u32 = 5;

/// A reward account fed by the emission: a sub-account of the pallet's id.
///
/// Indices are pinned: they are part of the pots' addresses. Append only, and raise [`POTS`].
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
	Ord,
	PartialEq,
	PartialOrd,
	Serialize,
	TypeInfo,
)]
pub enum Pot {
	/// For machines in good standing, by proven capacity.
	#[codec(index = 0)]
	Capacity,
	/// For providers, by accepted work: what this pallet pays out by [`Round`]s.
	#[codec(index = 1)]
	RenderWork,
	/// For those who check others' work.
	#[codec(index = 2)]
	Checkers,
	/// For those who make and finalise blocks.
	#[codec(index = 3)]
	Validators,
	/// For common purposes; also takes in the treasury's part of fees and slashes.
	#[codec(index = 4)]
	Treasury,
}

impl Pot {
	/// Every pot, in the order of indices.
	pub const ALL: [Self; POTS as usize] =
		[Self::Capacity, Self::RenderWork, Self::Checkers, Self::Validators, Self::Treasury];
}

/// How each mint is split: a part for each pot. Valid when no pot stands in it twice and the parts sum to exactly one.
pub type BudgetTable = BoundedVec<(Pot, Perbill), ConstU32<POTS>>;

/// A smooth decay: by the end of period `n`, `pool × (1 − 2^(−n / half_life))` is minted, rounded down.
#[derive(Clone, Copy, Debug, Decode, DecodeWithMemTracking, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo)]
pub struct Schedule {
	/// Length of a period in blocks; more than zero.
	pub period: u32,
	/// Periods until half of the pool is minted, and then half of the rest; more than zero.
	pub half_life: u32,
	/// What is minted in the end; at most [`schedule::MAX_POOL`].
	pub pool: Balance,
}

impl Schedule {
	/// What is minted by the end of `period`, counted from 1; nothing by the end of period 0.
	///
	/// Never above the exact value and at most one unit below it; monotone; see [`schedule`].
	pub fn cumulative(&self, period: u32) -> Balance {
		schedule::cumulative(self.pool, self.half_life, period)
	}
}

/// Accepted work of all providers since the last period ended.
#[derive(
	Clone, Copy, Debug, Decode, DecodeWithMemTracking, Default, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo,
)]
pub struct RoundTotals {
	/// Gas of the accepted work.
	pub work: u128,
	/// Fees burned or paid to the treasury on it.
	pub fee: Balance,
	/// Providers that did it.
	pub providers: u32,
}

/// A closed round in which somebody has earned who has not settled yet.
#[derive(Clone, Copy, Debug, Decode, DecodeWithMemTracking, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo)]
pub struct Round {
	/// Gas of all work accepted in the round.
	pub work: u128,
	/// What the pot could give when the round closed. A provider's share of it is its share of the work.
	pub amount: Balance,
	/// What is kept for those who have not settled: at least the sum of their rewards.
	pub reserved: Balance,
	/// Providers that have not settled. The round is forgotten when the last one does.
	pub unsettled: u32,
}

/// What a provider has earned and not been paid.
#[derive(
	Clone, Copy, Debug, Decode, DecodeWithMemTracking, Default, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo,
)]
pub struct WorkLedger {
	/// The round that `work` and `fee` belong to: the current one, or one that closed and is not settled yet.
	pub round: u32,
	/// Gas of the provider's accepted work in that round.
	pub work: u128,
	/// Fees burned or paid to the treasury on that work; bounds the reward.
	pub fee: Balance,
	/// Rewards of rounds that are settled, ready to be paid.
	pub pending: Balance,
}

/// The mint to come. See [`crate::Pallet::next_mint`].
#[derive(Clone, Copy, Debug, Decode, DecodeWithMemTracking, Encode, Eq, PartialEq, TypeInfo)]
pub struct NextMint<BlockNumber> {
	/// Block at whose start it is made.
	pub at: BlockNumber,
	/// The period that ends there.
	pub period: u32,
	/// Units that will be released.
	pub amount: Balance,
}

/// What should never happen, and is survived when it does.
///
/// Indices are pinned: append only.
#[derive(Clone, Copy, Debug, Decode, DecodeWithMemTracking, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo)]
pub enum UnexpectedKind {
	/// A round's work or fees passed what fits into 128 bits; the work that did it was not credited.
	#[codec(index = 0)]
	RoundOverflow,
	/// A round had less reserved than it owed; the reward was cut to what was there.
	#[codec(index = 1)]
	RewardNotCovered,
}
