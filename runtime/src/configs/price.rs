//! What the native token costs, and the credits that are made at that price.

use crate::{
	params::{DAYS, UNIT},
	AccountId, PriceOperators, PriceOracle, Runtime, RuntimeEvent, RuntimeHoldReason, Timestamp, Tokens,
};
use assay_primitives::{Price, PriceSource};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{
	parameter_types,
	traits::{ConstU128, ConstU32, ConstU64},
	PalletId,
};
use frame_system::EnsureRoot;
use pallet_oracle::DefaultCombineData;
use scale_info::TypeInfo;
use sp_runtime::{FixedU128, Perbill};

/// What operators feed.
///
/// Indices are pinned: append only.
#[derive(
	Clone, Copy, Debug, Decode, DecodeWithMemTracking, Encode, Eq, MaxEncodedLen, Ord, PartialEq, PartialOrd, TypeInfo,
)]
pub enum PriceKey {
	/// US dollars for one whole native token.
	#[codec(index = 0)]
	NativeInUsd,
}

parameter_types! {
	pub const PriceOraclePalletId: PalletId = PalletId(*b"assay/po");
	/// A feed counts for five minutes in the median.
	pub const FeedLifetime: u64 = 5 * 60 * 1_000;
	pub const CreditsSpread: Perbill = Perbill::from_parts(2_500_000);
	pub const MaxPriceDeviation: Perbill = Perbill::from_percent(10);
}

impl pallet_oracle::Config for Runtime {
	type OnNewData = ();
	// A median of three at least: one operator cannot move it alone.
	type CombineData = DefaultCombineData<Self, ConstU32<3>, FeedLifetime>;
	type Time = Timestamp;
	type OracleKey = PriceKey;
	type OracleValue = FixedU128;
	type PalletId = PriceOraclePalletId;
	type Members = PriceOperators;
	type WeightInfo = pallet_oracle::weights::SubstrateWeight<Runtime>;
	type MaxHasDispatchedSize = ConstU32<32>;
	type MaxFeedValues = ConstU32<4>;
	#[cfg(feature = "runtime-benchmarks")]
	type BenchmarkHelper = OracleBenchmark;
}

/// Values for the oracle's benchmarks.
#[cfg(feature = "runtime-benchmarks")]
pub struct OracleBenchmark;

#[cfg(feature = "runtime-benchmarks")]
impl pallet_oracle::BenchmarkHelper<PriceKey, FixedU128, ConstU32<4>> for OracleBenchmark {
	fn get_currency_id_value_pairs() -> frame_support::BoundedVec<(PriceKey, FixedU128), ConstU32<4>> {
		frame_support::BoundedVec::truncate_from(alloc::vec![(PriceKey::NativeInUsd, FixedU128::from_u32(1))])
	}
}

impl pallet_membership::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type AddOrigin = EnsureRoot<AccountId>;
	type RemoveOrigin = EnsureRoot<AccountId>;
	type SwapOrigin = EnsureRoot<AccountId>;
	type ResetOrigin = EnsureRoot<AccountId>;
	type PrimeOrigin = EnsureRoot<AccountId>;
	type MembershipInitialized = ();
	type MembershipChanged = ();
	type MaxMembers = ConstU32<32>;
	type WeightInfo = pallet_membership::weights::SubstrateWeight<Runtime>;
}

/// The oracle's median, with the time at which it was made.
pub struct MedianPrice;

impl PriceSource for MedianPrice {
	fn price() -> Option<Price> {
		let value = PriceOracle::get(&PriceKey::NativeInUsd)?;
		Some(Price { usd: value.value, at: value.timestamp })
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn set_price(usd: FixedU128) {
		use frame_support::traits::Time;
		let value = pallet_oracle::TimestampedValue { value: usd, timestamp: Timestamp::now() };
		pallet_oracle::Values::<Runtime>::insert(PriceKey::NativeInUsd, value);
	}
}

impl pallet_compute_credits::Config for Runtime {
	type Currency = Tokens;
	type RuntimeHoldReason = RuntimeHoldReason;
	type Price = MedianPrice;
	type Time = Timestamp;
	type AdminOrigin = EnsureRoot<AccountId>;
	type TokenUnit = ConstU128<UNIT>;
	// A quarter of a percent, as Akash takes for the same.
	type Spread = CreditsSpread;
	type MaxPriceAge = ConstU64<{ 10 * 60 * 1_000 }>;
	type MaxDeviation = MaxPriceDeviation;
	// A false price carries the average along by a thirtieth of a percent a block.
	type AverageBlocks = ConstU32<300>;
	type RecoveryBlocks = ConstU32<20>;
	type QueueDelay = ConstU32<10>;
	type MinConversion = ConstU128<UNIT>;
	type MaxConversion = ConstU128<{ 10_000 * UNIT }>;
	type MaxQueue = ConstU32<500>;
	type MaxQueuedPerAccount = ConstU32<5>;
	type MaxAttempts = ConstU32<3>;
	type MaxConversionsPerBlock = ConstU32<50>;
	type LimitPeriod = ConstU32<DAYS>;
	// A thousandth of the cap a day: no error of the price burns more before people notice.
	type MaxBurnPerPeriod = ConstU128<{ 1_000_000 * UNIT }>;
	type WeightInfo = pallet_compute_credits::weights::SubstrateWeight<Runtime>;
}
