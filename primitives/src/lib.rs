//! Ids, amounts and the small traits by which the pallets of Assay know each other.
//!
//! No pallet's `Config` names another pallet of ours. What one needs of another is a trait here with a few methods; the
//! runtime joins them. The concrete types of the chain (account, balance, block number) stand here as well, so that
//! node, runtime and tools name them alike.

#![cfg_attr(not(feature = "std"), no_std)]

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::pallet_prelude::{DispatchError, DispatchResult};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};
use sp_runtime::{
	traits::{IdentifyAccount, Verify},
	MultiAddress, MultiSignature,
};

/// Number of a block.
pub type BlockNumber = u32;
/// Signature of a transaction: any of the schemes that wallets use.
pub type Signature = MultiSignature;
/// Public key of an account, 32 bytes.
pub type AccountId = <<Signature as Verify>::Signer as IdentifyAccount>::AccountId;
/// How a transaction names an account.
pub type Address = MultiAddress<AccountId, ()>;
/// Amount of the token in its smallest denomination (10⁻¹² of a token).
pub type Balance = u128;
/// Count of an account's transactions.
pub type Nonce = u32;
/// Hash of blocks and state.
pub type Hash = sp_core::H256;
/// BLAKE2b-256 of a guest program, an input or an output: how data is named on chain and found off chain.
pub type BlobHash = sp_core::H256;
/// Metered cost of computation: one unit per simple guest instruction (see `assay-proofs`).
pub type Gas = u64;

macro_rules! id {
	($(#[$doc:meta])* $name:ident($inner:ty)) => {
		$(#[$doc])*
		#[derive(
			Clone, Copy, Debug, Default, Decode, DecodeWithMemTracking, Deserialize, Encode, Eq, Hash,
			MaxEncodedLen, Ord, PartialEq, PartialOrd, Serialize, TypeInfo,
		)]
		pub struct $name(pub $inner);
	};
}

id! {
	/// A machine of a provider. Given in order of registration, never used twice.
	MachineId(u64)
}
id! {
	/// A job. Given in order of submission, never used twice.
	JobId(u64)
}
id! {
	/// Performance class of a machine; each has a required stake, its K value. Higher is stronger.
	Tier(u8)
}

/// What a provider can be slashed for.
///
/// Indices are pinned: append only.
#[derive(Clone, Copy, Debug, Decode, DecodeWithMemTracking, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo)]
pub enum Offence {
	/// An assigned job had no result committed when its deadline passed. The chain itself sees this.
	#[codec(index = 0)]
	DeadlineMissed,
}

/// Who may serve, and what they stand to lose. Implemented by staking-slash, used by the market.
pub trait ProviderStake<AccountId, Balance> {
	/// Whether the provider's bonded stake covers what its machines require, so that it may take on new work. O(tiers).
	fn is_active(provider: &AccountId) -> bool;

	/// Count one more machine of `tier` into what `provider` must have bonded.
	///
	/// Errors when the bond would not cover the new requirement, or the tier has no K value.
	fn add_machine(provider: &AccountId, tier: Tier) -> DispatchResult;

	/// Take one machine of `tier` out of the requirement again.
	fn remove_machine(provider: &AccountId, tier: Tier) -> DispatchResult;

	/// Slash `provider` for an offence that the chain itself has established, committed with a machine of `tier`.
	///
	/// The part due to the wronged account is paid to it at once. Returns the whole amount slashed, which is smaller than
	/// the offence demands when the provider has less left.
	fn slash(provider: &AccountId, tier: Tier, offence: Offence, wronged: &AccountId)
		-> Result<Balance, DispatchError>;

	/// Bond enough for `provider` to add machines of `tier`.
	#[cfg(feature = "runtime-benchmarks")]
	fn make_active(provider: &AccountId, tier: Tier);
}

/// Rewards for proven work. Implemented by token-mint, used by the market.
pub trait WorkRewards<AccountId, Balance> {
	/// Note that `provider` finished accepted work of `work` gas, on which `fee` was burned or paid to the treasury.
	///
	/// The reward never exceeds a part of `fee`, so that buying one's own work cannot pay.
	fn credit_work(provider: &AccountId, work: u128, fee: Balance);

	/// Bring `provider` to where its next credit costs the most that it can.
	#[cfg(feature = "runtime-benchmarks")]
	fn make_dearest(_provider: &AccountId) {}
}

impl<AccountId, Balance> WorkRewards<AccountId, Balance> for () {
	fn credit_work(_: &AccountId, _: u128, _: Balance) {}
}
