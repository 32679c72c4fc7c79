//! Tokens that become an account's own by and by.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::pallet_prelude::DispatchResult;
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

/// How tokens vest; the terms stand with the pallet that vests them.
///
/// Indices are pinned: append only.
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
pub enum VestingPlan {
	/// Service fees: 45 days, as Aethir has it.
	#[codec(index = 0)]
	ServiceFee,
	/// Checkers: 180 days, or 30 days at the forfeit of three quarters, as Aethir has it.
	#[codec(index = 1)]
	Checker,
	/// A quarter at once, three quarters over 180 days, as Filecoin has it.
	#[codec(index = 2)]
	BlockReward,
	/// One year; can be staked meanwhile and compounds by itself, as Heurist's escrowed token does.
	#[codec(index = 3)]
	Escrowed,
}

impl VestingPlan {
	/// Every plan, in the order of indices.
	pub const ALL: [Self; 4] = [Self::ServiceFee, Self::Checker, Self::BlockReward, Self::Escrowed];
}

/// A place where tokens vest. Implemented by reward-vesting, used by whoever pays rewards.
pub trait Vesting<AccountId, Credit> {
	/// Have `credit` vest for `who` by `plan` from now on. Gives back what could not be taken. O(1).
	fn vest(who: &AccountId, plan: VestingPlan, credit: Credit) -> Result<(), Credit>;
}

/// Nothing vests.
impl<AccountId, Credit> Vesting<AccountId, Credit> for () {
	fn vest(_: &AccountId, _: VestingPlan, credit: Credit) -> Result<(), Credit> {
		Err(credit)
	}
}

/// Vesting tokens as stake. Implemented by reward-vesting, used by staking-slash.
pub trait VestingStake<AccountId, Balance, Credit> {
	/// Pledge `amount` of the tokens that vest for `who` and can be staked; they cannot be claimed until released.
	///
	/// Errors when there are not so many unpledged ones.
	fn pledge(who: &AccountId, amount: Balance) -> DispatchResult;

	/// Release `amount` of what `who` has pledged.
	fn release(who: &AccountId, amount: Balance) -> DispatchResult;

	/// Take up to `amount` out of what vests for `who` and is not pledged. O(plans).
	fn seize_unpledged(who: &AccountId, amount: Balance) -> Credit;

	/// Take up to `amount` out of what `who` has pledged; the pledge shrinks by it. O(plans).
	fn seize_pledged(who: &AccountId, amount: Balance) -> Credit;

	/// All that `who` has pledged, for checks of the state. None when it cannot be told.
	fn pledged(_who: &AccountId) -> Option<Balance> {
		None
	}

	/// Have `amount` vest for `who` that it can pledge.
	#[cfg(feature = "runtime-benchmarks")]
	fn make_pledgeable(_who: &AccountId, _amount: Balance) {}

	/// Bring `who` to where seizing all of its tokens that vest costs the most that it can, although they are few. May
	/// go on to a later block.
	#[cfg(feature = "runtime-benchmarks")]
	fn make_seizable(_who: &AccountId) {}
}

impl<AccountId, Balance, Credit: Default> VestingStake<AccountId, Balance, Credit> for () {
	fn pledge(_: &AccountId, _: Balance) -> DispatchResult {
		Err(sp_runtime::DispatchError::Unavailable)
	}

	fn release(_: &AccountId, _: Balance) -> DispatchResult {
		Err(sp_runtime::DispatchError::Unavailable)
	}

	fn seize_unpledged(_: &AccountId, _: Balance) -> Credit {
		Credit::default()
	}

	fn seize_pledged(_: &AccountId, _: Balance) -> Credit {
		Credit::default()
	}
}
