//! Ids, amounts and the small traits by which the pallets of Assay know each other.
//!
//! No pallet's `Config` names another pallet of ours. What one needs of another is a trait here with a few methods; the
//! runtime joins them. The concrete types of the chain (account, balance, block number) stand here as well, so that
//! node, runtime and tools name them alike.

#![cfg_attr(not(feature = "std"), no_std)]

#[cfg(any(feature = "std", feature = "runtime-benchmarks", feature = "try-runtime"))]
extern crate alloc;

mod appointments;
mod auctions;
mod credits;
mod epochs;
mod machines;
mod payment;
mod rewards;
mod stake;
mod verdicts;
mod vesting;

pub use appointments::{Appointments, Postponement, Recurring};
pub use auctions::{AuctionRules, PriceFault};
pub use credits::{CreditsEscrow, MicroUsd, Price, PriceSource};
pub use epochs::{Epoch, EpochIndex, Epochs};
pub use machines::{MachineObserver, MachineOffer, MachineSlots, ProbedMachines, SharedBooks};
pub use payment::{NativeValue, Paid, PaymentKind, PaymentRails};
pub use rewards::{
	CapacityRewards, CheckerRewards, EmissionLedger, PayRewards, RewardKind, RewardPayee, SeizeRewards, WorkRewards,
};
pub use stake::{Offence, OffenceReport, ProviderStake};
pub use verdicts::{
	Arbiter, ArbiterError, Convictions, Fault, Finders, JobResult, JobResults, ResultObserver, UnitRun, VerdictObserver,
};
pub use vesting::{Vesting, VestingPlan, VestingStake};

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
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
	/// An order, and the lease that comes of it. Given in order of placing, never used twice.
	LeaseId(u64)
}
id! {
	/// A capacity round. Given in order, never used twice.
	RoundId(u64)
}
id! {
	/// Performance class of a machine; each has a required stake, its K value. Higher is stronger.
	Tier(u8)
}
id! {
	/// Where a machine stands, as its provider declares it: machines that one power cut may take down together.
	Region(u16)
}
id! {
	/// Version of the rules by which guests are run: what a unit's outcome and gas are. A job keeps the version under which
	/// it was submitted, so that an upgrade cannot change a verdict.
	EngineVersion(u16)
}
