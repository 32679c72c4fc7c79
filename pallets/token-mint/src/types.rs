//! What the pallet stores: pots, schedules and how far they are, rounds of rewards and what accounts earned in them.
//!
//! The SCALE bytes of these types are pinned by tests: fields and variants are only ever appended, through a migration.

use crate::schedule::{Emission, State};
use alloc::vec::Vec;
use assay_primitives::{Balance, RewardKind, VestingPlan};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{traits::ConstU32, BoundedVec};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};
use sp_runtime::Perbill;

/// Number of [`Pot`]s.
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
	/// For providers, by accepted work.
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

impl From<RewardKind> for Pot {
	/// The pot that rewards of `kind` are paid out of.
	fn from(kind: RewardKind) -> Self {
		match kind {
			RewardKind::Work => Self::RenderWork,
			RewardKind::Capacity => Self::Capacity,
			RewardKind::Checks => Self::Checkers,
			RewardKind::Validation => Self::Validators,
		}
	}
}

/// Most recipients that a budget can name. Bounds what a mint costs.
pub const MAX_RECIPIENTS: u32 = 16;

/// Most recipients that one schedule can owe: those of a budget, and as many that earlier budgets named.
pub const MAX_OWED: u32 = 2 * MAX_RECIPIENTS;

/// Most schedules that a chain can ever have run. Bounds what is read in every block.
pub const MAX_SCHEDULES: u32 = 16;

/// Whom a part of a mint goes to.
///
/// Indices are pinned: append only.
#[derive(
	Clone,
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
pub enum Recipient<AccountId> {
	/// A pot of this pallet.
	#[codec(index = 0)]
	Pot(Pot),
	/// A named account.
	#[codec(index = 1)]
	Account {
		/// Who.
		who: AccountId,
		/// How its part vests. None: it is paid at once.
		plan: Option<VestingPlan>,
	},
}

/// How a schedule's mints are split: a part for each recipient. Valid when nobody stands in it twice and the parts sum to
/// exactly one.
pub type BudgetTable<AccountId> = BoundedVec<(Recipient<AccountId>, Perbill), ConstU32<MAX_RECIPIENTS>>;

/// The parts of a budget as genesis states them, not checked yet.
pub type Parts<AccountId> = Vec<(Recipient<AccountId>, Perbill)>;

/// Units due to recipients that were not minted because they could not be put there.
pub type OwedTable<AccountId> = BoundedVec<(Recipient<AccountId>, Balance), ConstU32<MAX_OWED>>;

/// Which of the chain's schedules. Never used twice.
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
pub struct ScheduleId(pub u8);

/// One of the chain's schedules.
#[derive(Clone, Debug, Decode, DecodeWithMemTracking, Encode, Eq, PartialEq, TypeInfo)]
pub struct ChainSchedule {
	/// Its id.
	pub id: ScheduleId,
	/// What it mints by when. Its start is counted from the one that genesis sets.
	pub emission: Emission,
}

/// How far a schedule has got. `minted`, `withheld` and what it [owes](crate::Owed) are together what it says for the period
/// of `state`.
#[derive(Clone, Copy, Debug, Decode, DecodeWithMemTracking, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo)]
pub struct Progress {
	/// The schedule.
	pub id: ScheduleId,
	/// Block at which its first period begins. Fixed at genesis, or when the schedule is first seen.
	pub start: i64,
	/// The last period whose end was noticed, and what the curve carries on from there.
	pub state: State,
	/// Units that it has minted.
	pub minted: Balance,
	/// Units due that could not be minted without passing the cap. Nothing, unless the schedules do not fit under it.
	pub withheld: Balance,
}

/// The round that is running, of all kinds of rewards.
#[derive(
	Clone, Copy, Debug, Decode, DecodeWithMemTracking, Default, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo,
)]
pub struct RunningRound<BlockNumber> {
	/// Its number. Rounds are counted from 0.
	pub number: u32,
	/// The block from which its length is counted.
	pub since: BlockNumber,
}

/// The pot of one kind of reward: what was credited in the running round, and what is promised of those that closed. In one
/// value, as whoever is credited or paid needs all of it.
#[derive(
	Clone, Copy, Debug, Decode, DecodeWithMemTracking, Default, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo,
)]
pub struct PotState {
	/// Number of the running round.
	pub round: u32,
	/// Points of all accounts in it: gas of accepted work, score of proven capacity, checks, or blocks.
	pub points: u128,
	/// Work only: fees burned or paid to the treasury on it.
	pub fee: Balance,
	/// Accounts that earned them.
	pub accounts: u32,
	/// Part of the pot that closed rounds have promised and that was not paid.
	pub reserved: Balance,
}

/// A closed round in which somebody has earned who has not settled yet.
#[derive(Clone, Copy, Debug, Decode, DecodeWithMemTracking, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo)]
pub struct Round {
	/// Points of all accounts.
	pub points: u128,
	/// What the pot could give when the round closed. An account's share of it is its share of the points.
	pub amount: Balance,
	/// Work only: the part of the fees on its work that an account's reward may reach.
	pub fee_share: Option<Perbill>,
	/// What is kept for those who have not settled: at least the sum of their rewards.
	pub reserved: Balance,
	/// Accounts that have not settled. The round is forgotten when the last one does.
	pub unsettled: u32,
}

/// What an account has earned in one kind of reward and not been paid.
#[derive(
	Clone, Copy, Debug, Decode, DecodeWithMemTracking, Default, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo,
)]
pub struct Ledger {
	/// The round that `points` and `fee` belong to: the running one, or one that closed and is not settled yet.
	pub round: u32,
	/// Points of the account in that round.
	pub points: u128,
	/// Work only: fees burned or paid to the treasury on it; bounds the reward.
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
	/// A round's points or fees passed what fits into 128 bits; the points that did it were not credited.
	#[codec(index = 0)]
	RoundOverflow,
	/// A round had less reserved than it owed; the reward was cut to what was there.
	#[codec(index = 1)]
	RewardNotCovered,
	/// A schedule was due more than there is room for under the cap. The rest is withheld.
	#[codec(index = 2)]
	CapReached,
	/// The chain has more schedules than [`MAX_SCHEDULES`]; those too many do not run.
	#[codec(index = 3)]
	TooManySchedules,
	/// A pot could not give what it had reserved for a reward that was seized; the reward stays.
	#[codec(index = 4)]
	PotNotCovered,
}
