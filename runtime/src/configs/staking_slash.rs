//! Who may serve and what they stand to lose.

use crate::{
	params::{MISSED_DEADLINE_SLASH, OFFENCE_LIFETIME, SLASH_TO_TREASURY, SLASH_TO_WRONGED, UNBONDING_PERIOD, UNIT},
	AccountId, Balances, Runtime, RuntimeHoldReason,
};
use frame_support::{
	parameter_types,
	traits::{ConstU128, ConstU32},
};
use frame_system::EnsureRoot;
use sp_runtime::Perbill;

parameter_types! {
	pub const DeadlineMissedSlash: Perbill = MISSED_DEADLINE_SLASH;
	pub const WrongedShare: Perbill = SLASH_TO_WRONGED;
	pub const TreasuryShare: Perbill = SLASH_TO_TREASURY;
}

impl pallet_staking_slash::Config for Runtime {
	type Currency = Balances;
	type RuntimeHoldReason = RuntimeHoldReason;
	type AdminOrigin = EnsureRoot<AccountId>;
	type SlashTreasury = pallet_token_mint::ToTreasury<Runtime>;
	type MinBond = ConstU128<{ 10 * UNIT }>;
	type UnbondingPeriod = ConstU32<UNBONDING_PERIOD>;
	type SlashWindow = ConstU32<OFFENCE_LIFETIME>;
	type MaxUnbondingChunks = ConstU32<16>;
	type MaxTiers = ConstU32<8>;
	type DeadlineMissedSlash = DeadlineMissedSlash;
	type WrongedShare = WrongedShare;
	type TreasuryShare = TreasuryShare;
	type WeightInfo = pallet_staking_slash::weights::SubstrateWeight<Runtime>;
}
