//! Rewards that the emission pays for work, capacity and checks.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::weights::Weight;
use scale_info::TypeInfo;

/// Rewards for proven work. Implemented by token-mint, used by the market.
pub trait WorkRewards<AccountId, Balance> {
	/// Note that `provider` finished accepted work of `work` gas, on which `fee`, in native tokens, was burned or paid to
	/// the treasury.
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

/// Rewards for proven capacity. Implemented by token-mint, used by the proofs of capacity.
pub trait CapacityRewards<AccountId> {
	/// Count `score` of a machine of `provider` into the round: verified capacity × readiness × scarcity × tier.
	fn credit_capacity(provider: &AccountId, score: u128);

	/// Bring `provider` to where its next credit costs the most that it can.
	#[cfg(feature = "runtime-benchmarks")]
	fn make_dearest(_provider: &AccountId) {}
}

impl<AccountId> CapacityRewards<AccountId> for () {
	fn credit_capacity(_: &AccountId, _: u128) {}
}

/// Rewards for checks. Implemented by token-mint, used by the proofs.
pub trait CheckerRewards<AccountId> {
	/// Count `checks` verdicts of `checker` that agreed with the outcome into the round.
	fn credit_checks(checker: &AccountId, checks: u128);

	/// Bring `checker` to where its next credit costs the most that it can.
	#[cfg(feature = "runtime-benchmarks")]
	fn make_dearest(_checker: &AccountId) {}
}

impl<AccountId> CheckerRewards<AccountId> for () {
	fn credit_checks(_: &AccountId, _: u128) {}
}

/// What a reward is for, from which follows whether it vests.
///
/// Indices are pinned: append only.
#[derive(
	Clone, Copy, Debug, Decode, DecodeWithMemTracking, Encode, Eq, MaxEncodedLen, Ord, PartialEq, PartialOrd, TypeInfo,
)]
pub enum RewardKind {
	/// Accepted work.
	#[codec(index = 0)]
	Work,
	/// Proven capacity.
	#[codec(index = 1)]
	Capacity,
	/// Checks.
	#[codec(index = 2)]
	Checks,
	/// Blocks made as a validator.
	#[codec(index = 3)]
	Validation,
}

impl RewardKind {
	/// Every kind, in the order of indices.
	pub const ALL: [Self; 4] = [Self::Work, Self::Capacity, Self::Checks, Self::Validation];
}

/// Where rewards go: implemented by staking-slash, which gives a provider's delegators their part.
pub trait RewardPayee<AccountId, Credit> {
	/// Divide a reward that `provider` has earned. Gives back what could not be paid.
	fn pay(provider: &AccountId, kind: RewardKind, reward: Credit) -> Result<(), Credit>;

	/// Whether a reward of `provider` would go into its account whole, so that it can be transferred there just as well.
	fn takes_whole(_provider: &AccountId) -> bool {
		false
	}

	/// Bring `provider` to where paying it costs the most that it can.
	#[cfg(feature = "runtime-benchmarks")]
	fn make_dearest(_provider: &AccountId) {}
}

/// Unclaimed rewards, which a slash takes first. Implemented by token-mint, used by staking-slash.
pub trait SeizeRewards<AccountId, Balance, Credit> {
	/// Take up to `amount` of what `who` could claim. O(1).
	fn seize_rewards(who: &AccountId, amount: Balance) -> Credit;

	/// Bring `who` to where taking all of its rewards costs the most that it can.
	#[cfg(feature = "runtime-benchmarks")]
	fn make_seizable(_who: &AccountId) {}
}

impl<AccountId, Balance, Credit: Default> SeizeRewards<AccountId, Balance, Credit> for () {
	fn seize_rewards(_: &AccountId, _: Balance) -> Credit {
		Credit::default()
	}
}

/// Unclaimed rewards, which are divided before the stake changes that they are divided by. Implemented by token-mint, used
/// by staking-slash.
pub trait PayRewards<AccountId> {
	/// Pay `who` what it could claim of all kinds that its delegators have a part of. Returns what that weighs.
	///
	/// What cannot be paid stays as it is.
	fn pay_rewards(who: &AccountId) -> Weight;

	/// What paying weighs at most.
	fn pay_weight() -> Weight;
}

impl<AccountId> PayRewards<AccountId> for () {
	fn pay_rewards(_: &AccountId) -> Weight {
		Weight::zero()
	}

	fn pay_weight() -> Weight {
		Weight::zero()
	}
}

/// What has been emitted. Implemented by token-mint, used by staking-slash for the monthly coefficient.
pub trait EmissionLedger<Balance> {
	/// All that the capacity pot has been credited by emission since genesis.
	fn emitted_to_capacity() -> Balance;
}

impl<Balance: Default> EmissionLedger<Balance> for () {
	fn emitted_to_capacity() -> Balance {
		Balance::default()
	}
}
