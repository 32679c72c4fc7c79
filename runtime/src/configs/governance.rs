//! Who may decide: sudo until governance comes, and the pallets by which people act together or for each other.

use crate::{params::deposit, Balances, Runtime, RuntimeCall, RuntimeEvent, System};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::traits::{ConstU128, ConstU32, InstanceFilter};
use scale_info::TypeInfo;
use sp_runtime::traits::BlakeTwo256;

impl pallet_sudo::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type RuntimeCall = RuntimeCall;
	type WeightInfo = pallet_sudo::weights::SubstrateWeight<Runtime>;
}

impl pallet_utility::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type RuntimeCall = RuntimeCall;
	type PalletsOrigin = crate::OriginCaller;
	type WeightInfo = pallet_utility::weights::SubstrateWeight<Runtime>;
}

impl pallet_multisig::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type RuntimeCall = RuntimeCall;
	type Currency = Balances;
	type DepositBase = ConstU128<{ deposit(1, 88) }>;
	type DepositFactor = ConstU128<{ deposit(0, 32) }>;
	type MaxSignatories = ConstU32<100>;
	type WeightInfo = pallet_multisig::weights::SubstrateWeight<Runtime>;
	type BlockNumberProvider = System;
}

/// What a proxy may do for the account that appointed it.
///
/// Indices are pinned: append only.
#[derive(
	Clone,
	Copy,
	Debug,
	Decode,
	DecodeWithMemTracking,
	Default,
	Encode,
	Eq,
	MaxEncodedLen,
	Ord,
	PartialEq,
	PartialOrd,
	TypeInfo,
)]
pub enum ProxyType {
	/// Everything.
	#[default]
	#[codec(index = 0)]
	Any,
	/// Everything but transfers of tokens and sudo. It can still spend: a job is paid to whoever does it.
	#[codec(index = 1)]
	NonTransfer,
	/// Serving: machines, bids, auctions, results, notices, answers to demands, claims. Not abandoning a lease, which costs stake.
	/// For wallets and programs of a provider's own; the `assay` command line signs for the account of its key alone.
	#[codec(index = 2)]
	Provider,
	/// Buying: jobs and their acceptance, leases, disputes and demands.
	#[codec(index = 3)]
	Client,
}

impl InstanceFilter<RuntimeCall> for ProxyType {
	fn filter(&self, call: &RuntimeCall) -> bool {
		use pallet_compute_lease::Call as Lease;
		use pallet_compute_market::Call as Market;
		use pallet_work_proofs::Call as Proofs;
		match self {
			Self::Any => true,
			Self::NonTransfer => {
				!matches!(call, RuntimeCall::Balances(_) | RuntimeCall::Assets(_) | RuntimeCall::Sudo(_))
			},
			Self::Provider => matches!(
				call,
				RuntimeCall::ComputeMarket(
					Market::register_machine { .. }
						| Market::deregister_machine { .. }
						| Market::set_endpoint { .. }
						| Market::bid { .. }
						| Market::close_auction { .. }
						| Market::commit_result { .. }
						| Market::settle_job { .. }
						| Market::claim_payment { .. }
				) | RuntimeCall::ComputeLease(
					Lease::bid { .. } | Lease::close_auction { .. } | Lease::settle { .. } | Lease::reclaim { .. }
				) | RuntimeCall::TokenMint(
					pallet_token_mint::Call::claim_work_reward { .. } | pallet_token_mint::Call::claim { .. }
				) | RuntimeCall::RewardVesting(pallet_reward_vesting::Call::claim { .. })
					| RuntimeCall::WorkProofs(Proofs::reveal_unit { .. })
					| RuntimeCall::Capacity(pallet_capacity::Call::set_device { .. })
					| RuntimeCall::Checkers(
						pallet_checkers::Call::open_sample { .. } | pallet_checkers::Call::show_data { .. }
					)
			),
			Self::Client => matches!(
				call,
				RuntimeCall::ComputeMarket(
					Market::submit_job { .. }
						| Market::submit_job_in_ranges { .. }
						| Market::close_auction { .. }
						| Market::cancel_job { .. }
						| Market::accept_result { .. }
						| Market::expire_job { .. }
						| Market::clear_job { .. }
				) | RuntimeCall::ComputeLease(
					Lease::place_order { .. }
						| Lease::close_auction { .. }
						| Lease::cancel_order { .. }
						| Lease::fund { .. }
						| Lease::defund { .. }
						| Lease::close_lease { .. }
						| Lease::close_unserved { .. }
						| Lease::set_manifest { .. }
				) | RuntimeCall::WorkProofs(
					Proofs::announce_dispute { .. }
						| Proofs::withdraw_announcement { .. }
						| Proofs::dispute_unit { .. }
						| Proofs::demand_unit { .. }
						| Proofs::close_demand { .. }
				)
			),
		}
	}

	fn is_superset(&self, other: &Self) -> bool {
		match (self, other) {
			(a, b) if a == b => true,
			(Self::Any, _) => true,
			(Self::NonTransfer, Self::Provider | Self::Client) => true,
			_ => false,
		}
	}
}

impl pallet_proxy::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type RuntimeCall = RuntimeCall;
	type Currency = Balances;
	type ProxyType = ProxyType;
	type ProxyDepositBase = ConstU128<{ deposit(1, 8) }>;
	type ProxyDepositFactor = ConstU128<{ deposit(0, 33) }>;
	type MaxProxies = ConstU32<32>;
	type WeightInfo = pallet_proxy::weights::SubstrateWeight<Runtime>;
	type MaxPending = ConstU32<32>;
	type CallHasher = BlakeTwo256;
	type AnnouncementDepositBase = ConstU128<{ deposit(1, 8) }>;
	type AnnouncementDepositFactor = ConstU128<{ deposit(0, 66) }>;
	type BlockNumberProvider = System;
}
