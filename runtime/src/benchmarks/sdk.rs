//! A runtime with the SDK's staking, only to measure its calls beside ours, in the same WASM and the same run.
//!
//! The chain's own runtime does not know of it. The two share the accounts' storage and nothing else.

use crate::{params::EXISTENTIAL_DEPOSIT, AccountId, Balance, BlockNumber, Header, Signature};
use alloc::vec::Vec;
use frame_election_provider_support::NoElection;
use frame_support::{
	derive_impl,
	traits::{ConstU128, ConstU32},
};
use frame_system::EnsureRoot;
use pallet_staking::{UseNominatorsAndValidatorsMap, UseValidatorsMap};
use sp_runtime::generic;
use sp_staking::currency_to_vote::SaturatingCurrencyToVote;

#[frame_support::runtime]
mod runtime {
	/// The runtime that has the SDK's staking.
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
		RuntimeTask
	)]
	pub struct Sdk;

	#[runtime::pallet_index(0)]
	pub type System = frame_system;
	#[runtime::pallet_index(1)]
	pub type Balances = pallet_balances;
	#[runtime::pallet_index(2)]
	pub type Staking = pallet_staking;
}

#[derive_impl(frame_system::config_preludes::SolochainDefaultConfig)]
impl frame_system::Config for Sdk {
	type Block = generic::Block<Header, generic::UncheckedExtrinsic<AccountId, RuntimeCall, Signature, ()>>;
	type AccountData = pallet_balances::AccountData<Balance>;
}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Sdk {
	type Balance = Balance;
	type ExistentialDeposit = ConstU128<EXISTENTIAL_DEPOSIT>;
	type AccountStore = System;
}

/// Sizes for benchmarks of elections, of which none is run.
pub struct Sizes;

impl pallet_staking::BenchmarkingConfig for Sizes {
	type MaxValidators = ConstU32<100>;
	type MaxNominators = ConstU32<100>;
}

#[derive_impl(pallet_staking::config_preludes::TestDefaultConfig)]
impl pallet_staking::Config for Sdk {
	type OldCurrency = Balances;
	type Currency = Balances;
	type CurrencyToVote = SaturatingCurrencyToVote;
	type UnixTime = crate::Timestamp;
	type ElectionProvider = NoElection<(AccountId, BlockNumber, Staking, ConstU32<100>, ConstU32<100>)>;
	type GenesisElectionProvider = Self::ElectionProvider;
	type AdminOrigin = EnsureRoot<AccountId>;
	type EraPayout = ();
	type VoterList = UseNominatorsAndValidatorsMap<Self>;
	type TargetList = UseValidatorsMap<Self>;
	type BenchmarkingConfig = Sizes;
}
