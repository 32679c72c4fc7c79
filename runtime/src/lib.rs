//! The state transition function of Assay.
//!
//! | file | what stands there |
//! |---|---|
//! | `lib.rs` | the pallets and the types that make up a block |
//! | `params.rs` | every number of ours that an operator or voter may want to know, with the reasoning |
//! | `configs/` | how each pallet is set up, by subject |
//! | `apis.rs` | what node and tools may ask of the runtime |
//! | `arbiter.rs` | running one unit of a guest inside the runtime |
//! | `genesis_config_presets.rs` | the chains that ship with the node |

#![cfg_attr(not(feature = "std"), no_std)]
#![recursion_limit = "256"]
// The macros that put a runtime together write public items without documentation.
#![allow(missing_docs)]

extern crate alloc;

#[cfg(feature = "std")]
include!(concat!(env!("OUT_DIR"), "/wasm_binary.rs"));

pub mod apis;
pub mod arbiter;
#[cfg(feature = "runtime-benchmarks")]
mod benchmarks;
pub mod configs;
pub mod genesis_config_presets;
pub mod params;

use alloc::vec::Vec;
use sp_runtime::{generic, impl_opaque_keys, traits::BlakeTwo256};
use sp_version::RuntimeVersion;

pub use assay_primitives::{
	AccountId, Address, Balance, BlobHash, BlockNumber, Gas, Hash, JobId, LeaseId, MachineId, Nonce, Offence,
	PaymentKind, Region, RoundId, Signature, Tier, VestingPlan,
};

/// Types for code that handles blocks without knowing what is in them, such as the node's networking.
pub mod opaque {
	use super::*;

	/// An extrinsic as bytes.
	pub use sp_runtime::OpaqueExtrinsic as UncheckedExtrinsic;
	/// A block of such extrinsics.
	pub type Block = generic::Block<Header, UncheckedExtrinsic>;
}

impl_opaque_keys! {
	/// The keys by which a validator takes part in consensus.
	pub struct SessionKeys {
		/// For making blocks.
		pub babe: Babe,
		/// For finalising them.
		pub grandpa: Grandpa,
	}
}

/// Version of this runtime. `spec_version` grows with every change of behaviour, `transaction_version` with every change
/// in how a call is encoded.
#[sp_version::runtime_version]
pub const VERSION: RuntimeVersion = RuntimeVersion {
	spec_name: alloc::borrow::Cow::Borrowed("assay"),
	impl_name: alloc::borrow::Cow::Borrowed("assay"),
	authoring_version: 1,
	spec_version: 9,
	impl_version: 1,
	apis: apis::RUNTIME_API_VERSIONS,
	transaction_version: 9,
	system_version: 1,
};

/// Header of a block.
pub type Header = generic::Header<BlockNumber, BlakeTwo256>;
/// A block.
pub type Block = generic::Block<Header, UncheckedExtrinsic>;
/// An extrinsic as it is submitted.
pub type UncheckedExtrinsic = generic::UncheckedExtrinsic<Address, RuntimeCall, Signature, TxExtension>;

/// What is checked and charged around every transaction. All of these are known to wallets, or put nothing into a
/// transaction that would have to be: the first one is for calls that authorize themselves, as devices' do.
pub type TxExtension = (
	frame_system::AuthorizeCall<Runtime>,
	frame_system::CheckNonZeroSender<Runtime>,
	frame_system::CheckSpecVersion<Runtime>,
	frame_system::CheckTxVersion<Runtime>,
	frame_system::CheckGenesis<Runtime>,
	frame_system::CheckEra<Runtime>,
	frame_system::CheckNonce<Runtime>,
	frame_system::CheckWeight<Runtime>,
	pallet_transaction_payment::ChargeTransactionPayment<Runtime>,
	frame_metadata_hash_extension::CheckMetadataHash<Runtime>,
	frame_system::WeightReclaim<Runtime>,
);

/// Executes blocks.
pub type Executive =
	frame_executive::Executive<Runtime, Block, frame_system::ChainContext<Runtime>, Runtime, AllPalletsWithSystem>;

#[frame_support::runtime]
mod runtime {
	/// The runtime: every pallet with the index that it keeps for ever.
	#[runtime::runtime]
	#[runtime::derive(
		RuntimeCall,
		RuntimeEvent,
		RuntimeError,
		RuntimeOrigin,
		RuntimeFreezeReason,
		RuntimeHoldReason,
		RuntimeSlashReason,
		RuntimeLockId,
		RuntimeTask,
		RuntimeViewFunction
	)]
	pub struct Runtime;

	// Basis. Indices come in tens by subject, so that a later pallet finds a place beside its kin.
	#[runtime::pallet_index(0)]
	pub type System = frame_system;
	#[runtime::pallet_index(1)]
	pub type Timestamp = pallet_timestamp;
	#[runtime::pallet_index(2)]
	pub type Preimage = pallet_preimage;
	#[runtime::pallet_index(3)]
	pub type Scheduler = pallet_scheduler;
	#[runtime::pallet_index(4)]
	pub type Utility = pallet_utility;
	#[runtime::pallet_index(5)]
	pub type Multisig = pallet_multisig;
	#[runtime::pallet_index(6)]
	pub type Proxy = pallet_proxy;
	#[runtime::pallet_index(7)]
	pub type Sudo = pallet_sudo;
	#[runtime::pallet_index(8)]
	pub type Parameters = pallet_parameters;

	// Consensus. Babe stands before Session and Grandpa: it decides in its hook whether a session ends.
	#[runtime::pallet_index(10)]
	pub type Babe = pallet_babe;
	#[runtime::pallet_index(11)]
	pub type Authorship = pallet_authorship;
	#[runtime::pallet_index(12)]
	pub type Session = pallet_session;
	#[runtime::pallet_index(13)]
	pub type Historical = pallet_session::historical;
	#[runtime::pallet_index(14)]
	pub type Offences = pallet_offences;
	#[runtime::pallet_index(15)]
	pub type Grandpa = pallet_grandpa;

	// Money.
	#[runtime::pallet_index(20)]
	pub type Balances = pallet_balances;
	#[runtime::pallet_index(21)]
	pub type TransactionPayment = pallet_transaction_payment;
	#[runtime::pallet_index(22)]
	pub type TokenMint = pallet_token_mint;
	#[runtime::pallet_index(24)]
	pub type Assets = pallet_assets;
	#[runtime::pallet_index(25)]
	pub type AssetsHolder = pallet_assets_holder;
	#[runtime::pallet_index(26)]
	pub type PriceOperators = pallet_membership;
	#[runtime::pallet_index(27)]
	pub type PriceOracle = pallet_oracle;
	#[runtime::pallet_index(28)]
	pub type ComputeCredits = pallet_compute_credits;
	#[runtime::pallet_index(29)]
	pub type RewardVesting = pallet_reward_vesting;

	// The market of compute.
	#[runtime::pallet_index(30)]
	pub type StakingSlash = pallet_staking_slash;
	#[runtime::pallet_index(31)]
	pub type ComputeMarket = pallet_compute_market;
	#[runtime::pallet_index(32)]
	pub type ComputeLease = pallet_compute_lease;

	// What work is held against.
	#[runtime::pallet_index(60)]
	pub type WorkProofs = pallet_work_proofs;
	#[runtime::pallet_index(61)]
	pub type Capacity = pallet_capacity;
	#[runtime::pallet_index(62)]
	pub type Checkers = pallet_checkers;
}

/// The chain's tokens as our own pallets move them: those of [`Balances`], at less cost.
pub type Tokens = assay_tokens::Tokens<Runtime>;
