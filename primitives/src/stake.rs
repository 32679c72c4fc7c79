//! Who may serve, and what they stand to lose.

use crate::{BlockNumber, MachineId, Region, Tier};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::pallet_prelude::{DispatchError, DispatchResult};
use scale_info::TypeInfo;

/// What a provider can be slashed for.
///
/// Indices are pinned: append only.
#[derive(Clone, Copy, Debug, Decode, DecodeWithMemTracking, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo)]
pub enum Offence {
	/// An assigned job had no result committed when its deadline passed. The chain itself sees this.
	#[codec(index = 0)]
	DeadlineMissed,
	/// A machine did not answer while it served. Checkers report this, and it can be contested.
	#[codec(index = 1)]
	Downtime,
	/// A capacity challenge went unanswered. Costs a small step at first, more with each repetition.
	#[codec(index = 2)]
	MissedChallenge,
	/// A capacity proof was refuted on chain, or a machine that had committed to one did not show it in time, which must
	/// cost as much: whoever sees that a wrong entry is asked for would rather show nothing. The chain itself sees both.
	#[codec(index = 3)]
	FalseCapacity,
	/// A result was refuted on chain by running the unit again.
	#[codec(index = 4)]
	WrongWork,
	/// A lease was closed by its provider outside the rules, by a call that it has signed.
	#[codec(index = 5)]
	LeaseAbandoned,
	/// A unit of a committed result was demanded on chain, and not revealed there in time. The chain itself sees this.
	#[codec(index = 6)]
	DataWithheld,
}

impl Offence {
	/// Whether the chain has established the offence itself, so that there is nothing to contest.
	///
	/// An abandoned lease is one: its provider has signed that. Were it counted among what is only said of machines, a provider
	/// could abandon leases to itself to have that of its region taken for an outage.
	pub fn is_proven(self) -> bool {
		matches!(
			self,
			Self::DeadlineMissed | Self::FalseCapacity | Self::WrongWork | Self::LeaseAbandoned | Self::DataWithheld
		)
	}

	/// Whether the offence is fraud, of which each is punished, and not a failure, of which one cause can have many.
	pub fn is_fraud(self) -> bool {
		matches!(self, Self::FalseCapacity | Self::WrongWork | Self::DataWithheld)
	}
}

/// An offence with all that its punishment depends on.
#[derive(Clone, Debug, Decode, DecodeWithMemTracking, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo)]
pub struct OffenceReport<AccountId> {
	/// What was done.
	pub offence: Offence,
	/// By whom.
	pub provider: AccountId,
	/// With which machine.
	pub machine: MachineId,
	/// The machine's performance class, from which follows what there is to lose.
	pub tier: Tier,
	/// Where the machine stands.
	pub region: Region,
	/// The block in which it was done.
	pub at: BlockNumber,
	/// What it was done to: the job, lease or challenge by its number. The same offence with the same machine and
	/// subject can be reported once.
	pub subject: u64,
	/// Whom it wronged.
	pub wronged: Option<AccountId>,
	/// Who found it out. None when the chain did.
	pub reporter: Option<AccountId>,
}

/// Who may serve, and what they stand to lose. Implemented by staking-slash, used by the market and the proofs.
pub trait ProviderStake<AccountId, Balance> {
	/// Whether the provider's stake covers what its machines require, or did so until a top-up window that is still
	/// open began, so that it may take on new work. O(tiers).
	fn is_active(provider: &AccountId) -> bool;

	/// Count one more machine of `tier` in `region` into what `provider` must have bonded.
	///
	/// Errors when the stake would not cover the new requirement, or the tier has no K value.
	fn add_machine(provider: &AccountId, machine: MachineId, tier: Tier, region: Region) -> DispatchResult;

	/// Take one machine out of the requirement again.
	fn remove_machine(provider: &AccountId, machine: MachineId, tier: Tier, region: Region) -> DispatchResult;

	/// What a machine of `tier` requires of its provider at present, nothing if the tier has no K value. O(1).
	fn machine_stake(tier: Tier) -> Balance;

	/// Punish an offence: at once when it [is proven](Offence::is_proven), otherwise after the time to contest it. O(1).
	///
	/// The part due to the wronged account is paid to it with the slash. Returns what was slashed at once: nothing for
	/// a slash that is queued, and less than the offence demands when the provider has less left or, as long as it [is
	/// no fraud](Offence::is_fraud), has paid for a graver failure with the same machine in the same period. A missed
	/// challenge for whose slash there is no room in the queue counts as a repetition all the same.
	///
	/// Errors when the same offence was reported before, or is too old to be punished.
	fn report(report: OffenceReport<AccountId>) -> Result<Balance, DispatchError>;

	/// Bond enough for `provider` to add machines of `tier`.
	#[cfg(feature = "runtime-benchmarks")]
	fn make_active(provider: &AccountId, tier: Tier);
}
