//! When and to whom new tokens go.

use super::parameters::WorkShareOfFee;
use crate::{
	params::{
		EMISSION_HALF_LIFE, EMISSION_POOL, GENESIS_SUPPLY, MAX_WORK_REWARD_SHARE_OF_FEE, MINT_PERIOD, MIN_FEE_PER_GAS,
		REWARD_ROUND, SUPPLY_CAP,
	},
	AccountId, Balances, RewardVesting, Runtime, StakingSlash, Tokens,
};
use alloc::{vec, vec::Vec};
use assay_primitives::{RewardKind, VestingPlan};
use frame_support::{
	parameter_types,
	traits::{ConstU128, ConstU32},
	PalletId,
};
use frame_system::EnsureRoot;
use pallet_token_mint::{ChainSchedule, Curve, Emission, EmissionInputs, Inputs, ScheduleId};
use sp_runtime::{traits::Convert, Perbill};

parameter_types! {
	/// The pots are sub-accounts of this id.
	pub const MintPalletId: PalletId = PalletId(*b"assay/mt");
	pub Schedules: Vec<ChainSchedule> = vec![ChainSchedule {
		id: ScheduleId(0),
		emission: Emission {
			curve: Curve::SmoothDecay { half_life: EMISSION_HALF_LIFE },
			pool: EMISSION_POOL,
			period: MINT_PERIOD,
			start: 0,
		},
	}];
	pub const MaxRewardFeeShare: Perbill = MAX_WORK_REWARD_SHARE_OF_FEE;
}

/// What schedules are told about the network. Ours does not depend on it: nothing is bonded for inflation's sake and no
/// schedule follows a baseline of capacity, so both are zero until one does.
pub struct NetworkInputs;

impl EmissionInputs for NetworkInputs {
	fn inputs() -> Inputs {
		Inputs { bonded_ratio: Perbill::zero(), capacity: 0, total_issuance: Balances::total_issuance() }
	}
}

/// How rewards vest: those of checkers as Aethir has it, the others not at all, since who earns them has stake to lose.
pub struct VestingOf;

impl Convert<RewardKind, Option<VestingPlan>> for VestingOf {
	fn convert(kind: RewardKind) -> Option<VestingPlan> {
		(kind == RewardKind::Checks).then_some(VestingPlan::Checker)
	}
}

impl pallet_token_mint::Config for Runtime {
	type Currency = Tokens;
	type AdminOrigin = EnsureRoot<AccountId>;
	type PalletId = MintPalletId;
	type Cap = ConstU128<SUPPLY_CAP>;
	type GenesisSupply = ConstU128<GENESIS_SUPPLY>;
	type Schedules = Schedules;
	type Inputs = NetworkInputs;
	type RoundLength = ConstU32<REWARD_ROUND>;
	type RewardFeeShare = WorkShareOfFee;
	type MaxRewardFeeShare = MaxRewardFeeShare;
	type MinFeePerWork = ConstU128<MIN_FEE_PER_GAS>;
	type Payee = pallet_reward_vesting::Compounding<Runtime, StakingSlash>;
	type Vesting = RewardVesting;
	type VestingOf = VestingOf;
	type WeightInfo = pallet_token_mint::weights::SubstrateWeight<Runtime>;
}
