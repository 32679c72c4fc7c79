//! When and to whom new tokens go.

use crate::{
	params::{EMISSION_HALF_LIFE, EMISSION_POOL, GENESIS_SUPPLY, MINT_PERIOD, SUPPLY_CAP, WORK_REWARD_SHARE_OF_FEE},
	AccountId, Balances, Runtime,
};
use frame_support::{parameter_types, traits::ConstU128, PalletId};
use frame_system::EnsureRoot;
use pallet_token_mint::Schedule;
use sp_runtime::Perbill;

parameter_types! {
	/// The pots are sub-accounts of this id.
	pub const MintPalletId: PalletId = PalletId(*b"assay/mt");
	pub const EmissionSchedule: Schedule =
		Schedule { period: MINT_PERIOD, half_life: EMISSION_HALF_LIFE, pool: EMISSION_POOL };
	pub const RewardFeeShare: Perbill = WORK_REWARD_SHARE_OF_FEE;
}

impl pallet_token_mint::Config for Runtime {
	type Currency = Balances;
	type AdminOrigin = EnsureRoot<AccountId>;
	type PalletId = MintPalletId;
	type Cap = ConstU128<SUPPLY_CAP>;
	type GenesisSupply = ConstU128<GENESIS_SUPPLY>;
	type Schedule = EmissionSchedule;
	type RewardFeeShare = RewardFeeShare;
	type WeightInfo = pallet_token_mint::weights::SubstrateWeight<Runtime>;
}
