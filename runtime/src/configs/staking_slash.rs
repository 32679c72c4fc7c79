//! Who may serve and what they stand to lose.

use crate::{
	params::{
		COEFFICIENT_PERIOD, CONTEST_BOND, CONTEST_PERIOD, EPOCH_DURATION_IN_BLOCKS, FAILED_SERVICE_SLASH, FRAUD_SLASH,
		MAX_COEFFICIENT, MAX_COEFFICIENT_STEP, MAX_DEBT, MAX_PENDING_SLASHES, MIN_COEFFICIENT, MISSED_CHALLENGE_SLASH,
		OFFENCE_LIFETIME, REGION_LIMIT, REGION_WINDOW, REPEAT_WINDOW, SLASH_DEFERRAL, SLASH_PERIOD, SLASH_TO_REPORTER,
		SLASH_TO_TREASURY, SLASH_TO_WRONGED, STAKED_MONTHS, TOP_UP_FLOOR, TOP_UP_WINDOW, UNBONDING_PERIOD, UNIT,
	},
	AccountId, RewardVesting, Runtime, RuntimeHoldReason, TokenMint, Tokens,
};
use frame_support::{
	parameter_types,
	traits::{ConstU128, ConstU32},
	PalletId,
};
use frame_system::EnsureRoot;
use pallet_staking_slash::SlashParts;
use sp_runtime::{FixedU128, Perbill};

parameter_types! {
	pub const PartsOfOffences: SlashParts = SlashParts {
		deadline_missed: FAILED_SERVICE_SLASH,
		downtime: FAILED_SERVICE_SLASH,
		missed_challenge: MISSED_CHALLENGE_SLASH,
		false_capacity: FRAUD_SLASH,
		wrong_work: FRAUD_SLASH,
		lease_abandoned: FAILED_SERVICE_SLASH,
		data_withheld: FRAUD_SLASH,
	};
	pub const ReporterShare: Perbill = SLASH_TO_REPORTER;
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
	type Currency = Tokens;
	type RuntimeHoldReason = RuntimeHoldReason;
	type AdminOrigin = EnsureRoot<AccountId>;
	type SlashTreasury = pallet_token_mint::ToTreasury<Runtime>;
	type MinBond = ConstU128<{ 10 * UNIT }>;
	type UnbondingPeriod = ConstU32<UNBONDING_PERIOD>;
	type SlashWindow = ConstU32<OFFENCE_LIFETIME>;
	type MaxUnbondingChunks = ConstU32<16>;
	type MaxTiers = ConstU32<8>;
	type SlashParts = PartsOfOffences;
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
	type Rewards = TokenMint;
	type Vesting = RewardVesting;
	type ReporterShare = ReporterShare;
	type SlashPeriod = ConstU32<SLASH_PERIOD>;
	type RepeatWindow = ConstU32<REPEAT_WINDOW>;
	type SlashDeferral = ConstU32<SLASH_DEFERRAL>;
	type ContestPeriod = ConstU32<CONTEST_PERIOD>;
	type ContestBond = ConstU128<CONTEST_BOND>;
	type MaxPendingSlashes = ConstU32<MAX_PENDING_SLASHES>;
	type RegionWindow = ConstU32<REGION_WINDOW>;
	type RegionLimit = ConstU32<REGION_LIMIT>;
	type MaxDebt = ConstU128<MAX_DEBT>;
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
