//! What work is held against: disputes and demands.

use crate::{
	arbiter::RuntimeArbiter,
	params::{
		ANNOUNCEMENT_DELAY, ANNOUNCEMENT_DEPOSIT, ANNOUNCEMENT_LIFETIME, DEMAND_DEPOSIT, DISPUTE_BOND, DISPUTE_SHARE,
		DISPUTE_WINDOW, REVEAL_BASE_FEE, REVEAL_BYTE_FEE, REVEAL_WINDOW,
	},
	Checkers, ComputeMarket, Runtime, RuntimeHoldReason, StakingSlash, Tokens,
};
use assay_proofs::{Limits, ARBITER_GAS};
use frame_support::{
	parameter_types,
	traits::{ConstU128, ConstU32, ConstU64},
};
use sp_runtime::Perbill;

parameter_types! {
	pub const MaxDisputeShare: Perbill = DISPUTE_SHARE;
}

impl pallet_work_proofs::Config for Runtime {
	type Currency = Tokens;
	type RuntimeHoldReason = RuntimeHoldReason;
	type Results = ComputeMarket;
	type Stake = StakingSlash;
	type Arbiter = RuntimeArbiter;
	type Observer = Checkers;
	type Finders = Checkers;
	type ToTreasury = pallet_token_mint::ToTreasury<Runtime>;
	type DisputeBond = ConstU128<DISPUTE_BOND>;
	type AnnouncementDeposit = ConstU128<ANNOUNCEMENT_DEPOSIT>;
	type AnnouncementDelay = ConstU32<ANNOUNCEMENT_DELAY>;
	type AnnouncementLifetime = ConstU32<ANNOUNCEMENT_LIFETIME>;
	type DemandDeposit = ConstU128<DEMAND_DEPOSIT>;
	type RevealBaseFee = ConstU128<REVEAL_BASE_FEE>;
	type RevealByteFee = ConstU128<REVEAL_BYTE_FEE>;
	type RevealWindow = ConstU32<REVEAL_WINDOW>;
	type DisputeWindow = ConstU32<DISPUTE_WINDOW>;
	type MaxOpenDemands = ConstU32<8>;
	type ClientDemands = ConstU32<4>;
	// What the arbiter accepts, so that whatever can be run can be disputed.
	type MaxGuestBytes = ConstU32<{ Limits::STANDARD.max_blob }>;
	type MaxInputBytes = ConstU32<{ Limits::STANDARD.max_input }>;
	type MaxOutputBytes = ConstU32<{ Limits::STANDARD.max_output }>;
	type MaxGas = ConstU64<ARBITER_GAS>;
	type MaxDisputeShare = MaxDisputeShare;
	type WeightInfo = pallet_work_proofs::weights::SubstrateWeight<Runtime>;
}
