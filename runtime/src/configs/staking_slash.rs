//! Who may serve and what they stand to lose.

use crate::{
	params::{
		COEFFICIENT_PERIOD, EPOCH_DURATION_IN_BLOCKS, MAX_COEFFICIENT, MAX_COEFFICIENT_STEP, MIN_COEFFICIENT,
		MISSED_DEADLINE_SLASH, OFFENCE_LIFETIME, SLASH_TO_TREASURY, SLASH_TO_WRONGED, STAKED_MONTHS, TOP_UP_FLOOR,
		TOP_UP_WINDOW, UNBONDING_PERIOD, UNIT,
	},
	AccountId, Balances, Runtime, RuntimeHoldReason, TokenMint,
};
use frame_support::{
	parameter_types,
	traits::{ConstU128, ConstU32},
	PalletId,
};
use frame_system::EnsureRoot;
use sp_runtime::{FixedU128, Perbill};

parameter_types! {
	pub const DeadlineMissedSlash: Perbill = MISSED_DEADLINE_SLASH;
	pub const WrongedShare: Perbill = SLASH_TO_WRONGED;
	pub const TreasuryShare: Perbill = SLASH_TO_TREASURY;
	/// The accounts of delegated stake are sub-accounts of this id.
	pub const StakePalletId: PalletId = PalletId(*b"assay/st");
	/// Delegated stake counts up to the provider's own: at least half is its own, as with io.net.
	pub const MaxDelegationRatio: FixedU128 = FixedU128::from_u32(1);
	pub const MaxCommission: Perbill = Perbill::from_percent(50);
	pub const StakedMonths: FixedU128 = STAKED_MONTHS;
	pub const MinCoefficient: FixedU128 = MIN_COEFFICIENT;
	pub const MaxCoefficient: FixedU128 = MAX_COEFFICIENT;
	pub const MaxCoefficientStep: FixedU128 = MAX_COEFFICIENT_STEP;
	pub const TopUpFloor: Perbill = TOP_UP_FLOOR;
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
	type PalletId = StakePalletId;
	// The eight live periods of departed stake are what a slash visits at most.
	type LiabilityPeriod = ConstU32<{ UNBONDING_PERIOD / 7 }>;
	type MaxDelegationRatio = MaxDelegationRatio;
	type MinDelegation = ConstU128<UNIT>;
	type MaxLiabilities = ConstU32<4>;
	type MaxCommission = MaxCommission;
	type CommissionNotice = ConstU32<EPOCH_DURATION_IN_BLOCKS>;
	type Vesting = ();
	type Emission = TokenMint;
	type CoefficientPeriod = ConstU32<COEFFICIENT_PERIOD>;
	type StakedMonths = StakedMonths;
	type MinCoefficient = MinCoefficient;
	type MaxCoefficient = MaxCoefficient;
	type MaxCoefficientStep = MaxCoefficientStep;
	type TopUpWindow = ConstU32<TOP_UP_WINDOW>;
	type TopUpFloor = TopUpFloor;
	type WeightInfo = pallet_staking_slash::weights::SubstrateWeight<Runtime>;
}
