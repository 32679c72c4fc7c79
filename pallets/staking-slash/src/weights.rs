//! Weights of `pallet_staking_slash`: estimated by hand, to be replaced by generated ones (scripts/weights.sh).

#![cfg_attr(rustfmt, rustfmt_skip)]
#![allow(unused_parens)]
#![allow(unused_imports)]
#![allow(missing_docs)]
#![allow(dead_code)]

use frame_support::{traits::Get, weights::{Weight, constants::RocksDbWeight}};
use core::marker::PhantomData;

/// Weight functions needed for `pallet_staking_slash`.
pub trait WeightInfo {
	fn bond(t: u32, ) -> Weight;
	fn unbond(t: u32, ) -> Weight;
	fn rebond(t: u32, ) -> Weight;
	fn withdraw_unbonded() -> Weight;
	fn set_tier_stake() -> Weight;
	fn set_coefficient(t: u32, ) -> Weight;
}

/// Weights for `pallet_staking_slash` using the Substrate node and recommended hardware.
pub struct SubstrateWeight<T>(PhantomData<T>);
impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	/// The range of component `t` is `[0, 8]`.
	fn bond(t: u32, ) -> Weight {
		Weight::from_parts(62_000_000, 4764)
			.saturating_add(Weight::from_parts(5_200_000, 0).saturating_mul(t.into()))
			.saturating_add(T::DbWeight::get().reads(4_u64))
			.saturating_add(T::DbWeight::get().reads((1_u64).saturating_mul(t.into())))
			.saturating_add(T::DbWeight::get().writes(3_u64))
			.saturating_add(Weight::from_parts(0, 2519).saturating_mul(t.into()))
	}
	/// The range of component `t` is `[0, 8]`.
	fn unbond(t: u32, ) -> Weight {
		Weight::from_parts(21_000_000, 3800)
			.saturating_add(Weight::from_parts(5_100_000, 0).saturating_mul(t.into()))
			.saturating_add(T::DbWeight::get().reads(2_u64))
			.saturating_add(T::DbWeight::get().reads((1_u64).saturating_mul(t.into())))
			.saturating_add(T::DbWeight::get().writes(1_u64))
			.saturating_add(Weight::from_parts(0, 2519).saturating_mul(t.into()))
	}
	/// The range of component `t` is `[0, 8]`.
	fn rebond(t: u32, ) -> Weight {
		Weight::from_parts(22_000_000, 3800)
			.saturating_add(Weight::from_parts(5_100_000, 0).saturating_mul(t.into()))
			.saturating_add(T::DbWeight::get().reads(2_u64))
			.saturating_add(T::DbWeight::get().reads((1_u64).saturating_mul(t.into())))
			.saturating_add(T::DbWeight::get().writes(1_u64))
			.saturating_add(Weight::from_parts(0, 2519).saturating_mul(t.into()))
	}
	fn withdraw_unbonded() -> Weight {
		Weight::from_parts(58_000_000, 4764)
			.saturating_add(T::DbWeight::get().reads(3_u64))
			.saturating_add(T::DbWeight::get().writes(3_u64))
	}
	fn set_tier_stake() -> Weight {
		Weight::from_parts(14_000_000, 3501)
			.saturating_add(T::DbWeight::get().reads(3_u64))
			.saturating_add(T::DbWeight::get().writes(2_u64))
	}
	/// The range of component `t` is `[0, 8]`.
	fn set_coefficient(t: u32, ) -> Weight {
		Weight::from_parts(9_000_000, 990)
			.saturating_add(Weight::from_parts(3_300_000, 0).saturating_mul(t.into()))
			.saturating_add(T::DbWeight::get().reads(1_u64))
			.saturating_add(T::DbWeight::get().reads((1_u64).saturating_mul(t.into())))
			.saturating_add(T::DbWeight::get().writes(1_u64))
			.saturating_add(Weight::from_parts(0, 2519).saturating_mul(t.into()))
	}
}

// For backwards compatibility and tests.
impl WeightInfo for () {
	/// The range of component `t` is `[0, 8]`.
	fn bond(t: u32, ) -> Weight {
		Weight::from_parts(62_000_000, 4764)
			.saturating_add(Weight::from_parts(5_200_000, 0).saturating_mul(t.into()))
			.saturating_add(RocksDbWeight::get().reads(4_u64))
			.saturating_add(RocksDbWeight::get().reads((1_u64).saturating_mul(t.into())))
			.saturating_add(RocksDbWeight::get().writes(3_u64))
			.saturating_add(Weight::from_parts(0, 2519).saturating_mul(t.into()))
	}
	/// The range of component `t` is `[0, 8]`.
	fn unbond(t: u32, ) -> Weight {
		Weight::from_parts(21_000_000, 3800)
			.saturating_add(Weight::from_parts(5_100_000, 0).saturating_mul(t.into()))
			.saturating_add(RocksDbWeight::get().reads(2_u64))
			.saturating_add(RocksDbWeight::get().reads((1_u64).saturating_mul(t.into())))
			.saturating_add(RocksDbWeight::get().writes(1_u64))
			.saturating_add(Weight::from_parts(0, 2519).saturating_mul(t.into()))
	}
	/// The range of component `t` is `[0, 8]`.
	fn rebond(t: u32, ) -> Weight {
		Weight::from_parts(22_000_000, 3800)
			.saturating_add(Weight::from_parts(5_100_000, 0).saturating_mul(t.into()))
			.saturating_add(RocksDbWeight::get().reads(2_u64))
			.saturating_add(RocksDbWeight::get().reads((1_u64).saturating_mul(t.into())))
			.saturating_add(RocksDbWeight::get().writes(1_u64))
			.saturating_add(Weight::from_parts(0, 2519).saturating_mul(t.into()))
	}
	fn withdraw_unbonded() -> Weight {
		Weight::from_parts(58_000_000, 4764)
			.saturating_add(RocksDbWeight::get().reads(3_u64))
			.saturating_add(RocksDbWeight::get().writes(3_u64))
	}
	fn set_tier_stake() -> Weight {
		Weight::from_parts(14_000_000, 3501)
			.saturating_add(RocksDbWeight::get().reads(3_u64))
			.saturating_add(RocksDbWeight::get().writes(2_u64))
	}
	/// The range of component `t` is `[0, 8]`.
	fn set_coefficient(t: u32, ) -> Weight {
		Weight::from_parts(9_000_000, 990)
			.saturating_add(Weight::from_parts(3_300_000, 0).saturating_mul(t.into()))
			.saturating_add(RocksDbWeight::get().reads(1_u64))
			.saturating_add(RocksDbWeight::get().reads((1_u64).saturating_mul(t.into())))
			.saturating_add(RocksDbWeight::get().writes(1_u64))
			.saturating_add(Weight::from_parts(0, 2519).saturating_mul(t.into()))
	}
}
