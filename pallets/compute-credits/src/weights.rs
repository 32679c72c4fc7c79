//! Estimated weights for `pallet_compute_credits`, to be measured by scripts/weights.sh: change the benchmarks, not this file.

#![cfg_attr(rustfmt, rustfmt_skip)]
#![allow(unused_parens)]
#![allow(unused_imports)]
#![allow(missing_docs)]
#![allow(dead_code)]

use frame_support::{traits::Get, weights::{Weight, constants::RocksDbWeight}};
use core::marker::PhantomData;

/// Weight functions needed for `pallet_compute_credits`.
pub trait WeightInfo {
	fn buy_credits() -> Weight;
	fn cancel_conversion() -> Weight;
	fn reset_breaker() -> Weight;
	fn halt_conversions() -> Weight;
	fn observe_price() -> Weight;
	fn executor_idle() -> Weight;
	fn executor_gap() -> Weight;
	fn executor_convert() -> Weight;
	fn executor_retry() -> Weight;
	fn executor_refund() -> Weight;
	fn hold() -> Weight;
	fn release() -> Weight;
	fn spend() -> Weight;
}

/// Weights for `pallet_compute_credits`, with the runtime's cost of reading and writing.
pub struct SubstrateWeight<T>(PhantomData<T>);
impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	fn buy_credits() -> Weight {
		Weight::from_parts(280_000_000, 6400)
			.saturating_add(T::DbWeight::get().reads(7_u64))
			.saturating_add(T::DbWeight::get().writes(7_u64))
	}
	fn cancel_conversion() -> Weight {
		Weight::from_parts(240_000_000, 5000)
			.saturating_add(T::DbWeight::get().reads(5_u64))
			.saturating_add(T::DbWeight::get().writes(6_u64))
	}
	fn reset_breaker() -> Weight {
		Weight::from_parts(40_000_000, 2900)
			.saturating_add(T::DbWeight::get().reads(2_u64))
			.saturating_add(T::DbWeight::get().writes(1_u64))
	}
	fn halt_conversions() -> Weight {
		Weight::from_parts(40_000_000, 2900)
			.saturating_add(T::DbWeight::get().reads(2_u64))
			.saturating_add(T::DbWeight::get().writes(1_u64))
	}
	fn observe_price() -> Weight {
		Weight::from_parts(45_000_000, 3600)
			.saturating_add(T::DbWeight::get().reads(3_u64))
			.saturating_add(T::DbWeight::get().writes(1_u64))
	}
	fn executor_idle() -> Weight {
		Weight::from_parts(60_000_000, 6400)
			.saturating_add(T::DbWeight::get().reads(7_u64))
			.saturating_add(T::DbWeight::get().writes(1_u64))
	}
	fn executor_gap() -> Weight {
		Weight::from_parts(20_000_000, 2900)
			.saturating_add(T::DbWeight::get().reads(2_u64))
			.saturating_add(T::DbWeight::get().writes(1_u64))
	}
	fn executor_convert() -> Weight {
		Weight::from_parts(330_000_000, 7100)
			.saturating_add(T::DbWeight::get().reads(8_u64))
			.saturating_add(T::DbWeight::get().writes(8_u64))
	}
	fn executor_retry() -> Weight {
		Weight::from_parts(150_000_000, 5700)
			.saturating_add(T::DbWeight::get().reads(6_u64))
			.saturating_add(T::DbWeight::get().writes(4_u64))
	}
	fn executor_refund() -> Weight {
		Weight::from_parts(260_000_000, 7100)
			.saturating_add(T::DbWeight::get().reads(8_u64))
			.saturating_add(T::DbWeight::get().writes(6_u64))
	}
	fn hold() -> Weight {
		Weight::from_parts(50_000_000, 2200)
			.saturating_add(T::DbWeight::get().reads(1_u64))
			.saturating_add(T::DbWeight::get().writes(1_u64))
	}
	fn release() -> Weight {
		Weight::from_parts(50_000_000, 2200)
			.saturating_add(T::DbWeight::get().reads(1_u64))
			.saturating_add(T::DbWeight::get().writes(1_u64))
	}
	fn spend() -> Weight {
		Weight::from_parts(65_000_000, 2900)
			.saturating_add(T::DbWeight::get().reads(2_u64))
			.saturating_add(T::DbWeight::get().writes(2_u64))
	}
}

// For tests: the same with a database's usual costs.
impl WeightInfo for () {
	fn buy_credits() -> Weight {
		Weight::from_parts(280_000_000, 6400)
			.saturating_add(RocksDbWeight::get().reads(7_u64))
			.saturating_add(RocksDbWeight::get().writes(7_u64))
	}
	fn cancel_conversion() -> Weight {
		Weight::from_parts(240_000_000, 5000)
			.saturating_add(RocksDbWeight::get().reads(5_u64))
			.saturating_add(RocksDbWeight::get().writes(6_u64))
	}
	fn reset_breaker() -> Weight {
		Weight::from_parts(40_000_000, 2900)
			.saturating_add(RocksDbWeight::get().reads(2_u64))
			.saturating_add(RocksDbWeight::get().writes(1_u64))
	}
	fn halt_conversions() -> Weight {
		Weight::from_parts(40_000_000, 2900)
			.saturating_add(RocksDbWeight::get().reads(2_u64))
			.saturating_add(RocksDbWeight::get().writes(1_u64))
	}
	fn observe_price() -> Weight {
		Weight::from_parts(45_000_000, 3600)
			.saturating_add(RocksDbWeight::get().reads(3_u64))
			.saturating_add(RocksDbWeight::get().writes(1_u64))
	}
	fn executor_idle() -> Weight {
		Weight::from_parts(60_000_000, 6400)
			.saturating_add(RocksDbWeight::get().reads(7_u64))
			.saturating_add(RocksDbWeight::get().writes(1_u64))
	}
	fn executor_gap() -> Weight {
		Weight::from_parts(20_000_000, 2900)
			.saturating_add(RocksDbWeight::get().reads(2_u64))
			.saturating_add(RocksDbWeight::get().writes(1_u64))
	}
	fn executor_convert() -> Weight {
		Weight::from_parts(330_000_000, 7100)
			.saturating_add(RocksDbWeight::get().reads(8_u64))
			.saturating_add(RocksDbWeight::get().writes(8_u64))
	}
	fn executor_retry() -> Weight {
		Weight::from_parts(150_000_000, 5700)
			.saturating_add(RocksDbWeight::get().reads(6_u64))
			.saturating_add(RocksDbWeight::get().writes(4_u64))
	}
	fn executor_refund() -> Weight {
		Weight::from_parts(260_000_000, 7100)
			.saturating_add(RocksDbWeight::get().reads(8_u64))
			.saturating_add(RocksDbWeight::get().writes(6_u64))
	}
	fn hold() -> Weight {
		Weight::from_parts(50_000_000, 2200)
			.saturating_add(RocksDbWeight::get().reads(1_u64))
			.saturating_add(RocksDbWeight::get().writes(1_u64))
	}
	fn release() -> Weight {
		Weight::from_parts(50_000_000, 2200)
			.saturating_add(RocksDbWeight::get().reads(1_u64))
			.saturating_add(RocksDbWeight::get().writes(1_u64))
	}
	fn spend() -> Weight {
		Weight::from_parts(65_000_000, 2900)
			.saturating_add(RocksDbWeight::get().reads(2_u64))
			.saturating_add(RocksDbWeight::get().writes(2_u64))
	}
}
