//! What the pallet stores, and what its view functions answer.

use crate::{queue::SlashId, standing::Shortage, Config};
use assay_primitives::{Balance, Tier};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{
	traits::fungible::Credit, BoundedBTreeMap, BoundedVec, CloneNoBound, DebugNoBound, DefaultNoBound, EqNoBound,
	PartialEqNoBound,
};
use frame_system::pallet_prelude::BlockNumberFor;
use scale_info::TypeInfo;
use sp_runtime::DispatchError;

/// Tokens taken by a slash that are not in any account yet. Dropping it burns them.
pub type CreditOf<T> = Credit<<T as frame_system::Config>::AccountId, <T as Config>::Currency>;

/// Stake on its way out: it backs no machine any more, but can be slashed until it is withdrawn.
#[derive(Clone, Copy, Debug, Decode, DecodeWithMemTracking, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo)]
pub struct UnbondingChunk<BlockNumber> {
	/// How much is left of it. Never zero.
	pub amount: Balance,
	/// The first block in which it can be withdrawn.
	pub withdrawable_at: BlockNumber,
}

/// The chunks of one ledger, the oldest first. No two share a block.
pub type Chunks<T> = BoundedVec<UnbondingChunk<BlockNumberFor<T>>, <T as Config>::MaxUnbondingChunks>;

/// Everything that the pallet knows of one provider.
///
/// `bonded` and the chunks of `unbonding` together are exactly what is on hold in the provider's account under
/// [`HoldReason::Stake`](crate::HoldReason::Stake); `pledged` and those of `unpledging` are what is pledged with
/// [`Config::Vesting`]. A ledger in which nothing is left is removed.
#[derive(
	CloneNoBound, DebugNoBound, Decode, DefaultNoBound, Encode, EqNoBound, MaxEncodedLen, PartialEqNoBound, TypeInfo,
)]
#[scale_info(skip_type_params(T))]
pub struct Ledger<T: Config> {
	/// Stake that backs the machines.
	pub bonded: Balance,
	/// Stake on its way out, the oldest first. No two chunks share a block.
	pub unbonding: Chunks<T>,
	/// How many machines of each tier the provider has registered. No count is zero.
	pub machines: BoundedBTreeMap<Tier, u32, T::MaxTiers>,
	/// Vesting tokens that back the machines.
	pub pledged: Balance,
	/// Pledged tokens on their way out, the oldest first. No two chunks share a block.
	pub unpledging: Chunks<T>,
	/// Since when the stake does not cover what the machines ask, if it was written down.
	pub shortage: Option<Shortage<BlockNumberFor<T>>>,
}

/// What a provider has at stake and what it needs: the answer of the view function `stake_status`.
#[derive(
	Clone, Copy, Debug, Decode, DecodeWithMemTracking, Default, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo,
)]
pub struct StakeStatus {
	/// Own tokens that back the machines.
	pub bonded: Balance,
	/// What the machines require of all stake that backs them.
	pub required: Balance,
	/// Sum of all stake on its way out, withdrawable or not.
	pub unbonding: Balance,
	/// The part of `unbonding` that can be withdrawn in the present block, given what is pending and what is owed.
	pub withdrawable: Balance,
	/// Whether the provider may take on new work. `standing` tells more.
	pub active: bool,
	/// Vesting tokens that back the machines.
	pub pledged: Balance,
	/// Sum of all pledged tokens on their way out, releasable or not.
	pub unpledging: Balance,
	/// The part of `unpledging` that can be released in the present block.
	pub releasable: Balance,
}

/// How a slash is divided. The four parts sum to `amount` exactly.
#[derive(
	Clone, Copy, Debug, Decode, DecodeWithMemTracking, Default, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo,
)]
pub struct SlashSplit {
	/// The whole slash.
	pub amount: Balance,
	/// The part due to the wronged account, rounded down.
	pub to_wronged: Balance,
	/// The part due to whoever reported the offence, rounded down.
	pub to_reporter: Balance,
	/// The part due to the treasury, rounded down.
	pub to_treasury: Balance,
	/// The rest, with the dust of all roundings.
	pub burned: Balance,
}

/// What should never be seen, told in [`Event::Unexpected`](crate::Event::Unexpected).
#[derive(Clone, Copy, Debug, Decode, DecodeWithMemTracking, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo)]
pub enum UnexpectedKind {
	/// A slash found less on hold than the ledger says.
	#[codec(index = 0)]
	HoldBelowLedger {
		/// What the ledger said could be taken.
		expected: Balance,
		/// What was taken.
		taken: Balance,
	},
	/// A pending slash could not be carried out, or let go, when it was due. Anyone may try again.
	#[codec(index = 1)]
	PendingSlashFailed {
		/// Which one.
		slash: SlashId,
		/// What kept it back.
		error: DispatchError,
	},
	/// A slash found less pledged than the ledger says.
	#[codec(index = 10)]
	PledgeBelowLedger {
		/// What the ledger said could be taken.
		expected: Balance,
		/// What was taken.
		taken: Balance,
	},
}
