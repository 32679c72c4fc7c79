//! Weights of `pallet_token_mint`.

#![cfg_attr(rustfmt, rustfmt_skip)]
#![allow(unused_parens)]
#![allow(unused_imports)]
#![allow(missing_docs)]
#![allow(dead_code)]

use frame_support::{traits::Get, weights::{Weight, constants::RocksDbWeight}};
use core::marker::PhantomData;

/// Weight functions needed for `pallet_token_mint`.
pub trait WeightInfo {
	fn claim_work_reward() -> Weight;
	fn set_budget() -> Weight;
	fn credit_work() -> Weight;
	fn on_initialize_idle() -> Weight;
	fn on_initialize_mint() -> Weight;
}

/// Weights for `pallet_token_mint` using the Substrate node and recommended hardware.
pub struct SubstrateWeight<T>(PhantomData<T>);
impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	fn claim_work_reward() -> Weight {
		Weight::from_parts(60_000_000, 6196)
			.saturating_add(T::DbWeight::get().reads(6_u64))
			.saturating_add(T::DbWeight::get().writes(5_u64))
	}
	fn set_budget() -> Weight {
		Weight::from_parts(9_000_000, 0)
			.saturating_add(T::DbWeight::get().writes(1_u64))
	}
	fn credit_work() -> Weight {
		Weight::from_parts(30_000_000, 3531)
			.saturating_add(T::DbWeight::get().reads(5_u64))
			.saturating_add(T::DbWeight::get().writes(4_u64))
	}
	fn on_initialize_idle() -> Weight {
		Weight::from_parts(4_000_000, 1489)
			.saturating_add(T::DbWeight::get().reads(2_u64))
	}
	fn on_initialize_mint() -> Weight {
		Weight::from_parts(220_000_000, 14005)
			.saturating_add(T::DbWeight::get().reads(17_u64))
			.saturating_add(T::DbWeight::get().writes(16_u64))
	}
}

// For backwards compatibility and tests.
impl WeightInfo for () {
	fn claim_work_reward() -> Weight {
		Weight::from_parts(60_000_000, 6196)
			.saturating_add(RocksDbWeight::get().reads(6_u64))
			.saturating_add(RocksDbWeight::get().writes(5_u64))
	}
	fn set_budget() -> Weight {
		Weight::from_parts(9_000_000, 0)
			.saturating_add(RocksDbWeight::get().writes(1_u64))
	}
	fn credit_work() -> Weight {
		Weight::from_parts(30_000_000, 3531)
			.saturating_add(RocksDbWeight::get().reads(5_u64))
			.saturating_add(RocksDbWeight::get().writes(4_u64))
	}
	fn on_initialize_idle() -> Weight {
		Weight::from_parts(4_000_000, 1489)
			.saturating_add(RocksDbWeight::get().reads(2_u64))
	}
	fn on_initialize_mint() -> Weight {
		Weight::from_parts(220_000_000, 14005)
			.saturating_add(RocksDbWeight::get().reads(17_u64))
			.saturating_add(RocksDbWeight::get().writes(16_u64))
	}
}
