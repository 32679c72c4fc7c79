//! Weights of `pallet_compute_market`: accesses counted by hand and times estimated, to be replaced by generated ones.

#![cfg_attr(rustfmt, rustfmt_skip)]
#![allow(unused_parens)]
#![allow(unused_imports)]
#![allow(missing_docs)]

use frame_support::{traits::Get, weights::{Weight, constants::RocksDbWeight}};
use core::marker::PhantomData;

/// Weight functions needed for `pallet_compute_market`.
pub trait WeightInfo {
	fn register_machine() -> Weight;
	fn deregister_machine() -> Weight;
	fn set_endpoint() -> Weight;
	fn submit_job() -> Weight;
	fn bid() -> Weight;
	fn bid_first() -> Weight;
	fn close_auction_assigned() -> Weight;
	fn close_auction_withdrawn() -> Weight;
	fn close_auction_empty() -> Weight;
	fn cancel_job() -> Weight;
	fn cancel_job_without_bid() -> Weight;
	fn commit_result() -> Weight;
	fn accept_result() -> Weight;
	fn settle_job() -> Weight;
	fn expire_job() -> Weight;
	fn clear_job() -> Weight;
	fn agenda_base() -> Weight;
	fn agenda_block() -> Weight;
	fn agenda_assign() -> Weight;
	fn agenda_withdraw() -> Weight;
	fn agenda_expire() -> Weight;
	fn agenda_settle() -> Weight;
}

/// Weights for `pallet_compute_market` using the Substrate node and recommended hardware.
pub struct SubstrateWeight<T>(PhantomData<T>);
impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	fn register_machine() -> Weight {
		Weight::from_parts(52_000_000, 18000)
			.saturating_add(T::DbWeight::get().reads(6_u64))
			.saturating_add(T::DbWeight::get().writes(5_u64))
	}
	fn deregister_machine() -> Weight {
		Weight::from_parts(54_000_000, 15000)
			.saturating_add(T::DbWeight::get().reads(5_u64))
			.saturating_add(T::DbWeight::get().writes(4_u64))
	}
	fn set_endpoint() -> Weight {
		Weight::from_parts(14_000_000, 3000)
			.saturating_add(T::DbWeight::get().reads(1_u64))
			.saturating_add(T::DbWeight::get().writes(1_u64))
	}
	fn submit_job() -> Weight {
		Weight::from_parts(66_000_000, 12000)
			.saturating_add(T::DbWeight::get().reads(4_u64))
			.saturating_add(T::DbWeight::get().writes(6_u64))
	}
	fn bid() -> Weight {
		Weight::from_parts(98_000_000, 27000)
			.saturating_add(T::DbWeight::get().reads(9_u64))
			.saturating_add(T::DbWeight::get().writes(10_u64))
	}
	fn bid_first() -> Weight {
		Weight::from_parts(66_000_000, 18000)
			.saturating_add(T::DbWeight::get().reads(6_u64))
			.saturating_add(T::DbWeight::get().writes(6_u64))
	}
	fn close_auction_assigned() -> Weight {
		Weight::from_parts(92_000_000, 21000)
			.saturating_add(T::DbWeight::get().reads(7_u64))
			.saturating_add(T::DbWeight::get().writes(7_u64))
	}
	fn close_auction_withdrawn() -> Weight {
		Weight::from_parts(98_000_000, 21000)
			.saturating_add(T::DbWeight::get().reads(7_u64))
			.saturating_add(T::DbWeight::get().writes(7_u64))
	}
	fn close_auction_empty() -> Weight {
		Weight::from_parts(48_000_000, 9000)
			.saturating_add(T::DbWeight::get().reads(3_u64))
			.saturating_add(T::DbWeight::get().writes(4_u64))
	}
	fn cancel_job() -> Weight {
		Weight::from_parts(92_000_000, 18000)
			.saturating_add(T::DbWeight::get().reads(6_u64))
			.saturating_add(T::DbWeight::get().writes(7_u64))
	}
	fn cancel_job_without_bid() -> Weight {
		Weight::from_parts(48_000_000, 9000)
			.saturating_add(T::DbWeight::get().reads(3_u64))
			.saturating_add(T::DbWeight::get().writes(4_u64))
	}
	fn commit_result() -> Weight {
		Weight::from_parts(20_000_000, 6000)
			.saturating_add(T::DbWeight::get().reads(2_u64))
			.saturating_add(T::DbWeight::get().writes(3_u64))
	}
	fn accept_result() -> Weight {
		Weight::from_parts(104_000_000, 27000)
			.saturating_add(T::DbWeight::get().reads(9_u64))
			.saturating_add(T::DbWeight::get().writes(9_u64))
	}
	fn settle_job() -> Weight {
		Weight::from_parts(104_000_000, 27000)
			.saturating_add(T::DbWeight::get().reads(9_u64))
			.saturating_add(T::DbWeight::get().writes(9_u64))
	}
	fn expire_job() -> Weight {
		Weight::from_parts(96_000_000, 21000)
			.saturating_add(T::DbWeight::get().reads(7_u64))
			.saturating_add(T::DbWeight::get().writes(7_u64))
	}
	fn clear_job() -> Weight {
		Weight::from_parts(38_000_000, 9000)
			.saturating_add(T::DbWeight::get().reads(3_u64))
			.saturating_add(T::DbWeight::get().writes(3_u64))
	}
	fn agenda_base() -> Weight {
		Weight::from_parts(4_000_000, 3000)
			.saturating_add(T::DbWeight::get().reads(1_u64))
			.saturating_add(T::DbWeight::get().writes(1_u64))
	}
	fn agenda_block() -> Weight {
		Weight::from_parts(3_000_000, 3000)
			.saturating_add(T::DbWeight::get().reads(1_u64))
	}
	fn agenda_assign() -> Weight {
		Weight::from_parts(100_000_000, 24000)
			.saturating_add(T::DbWeight::get().reads(8_u64))
			.saturating_add(T::DbWeight::get().writes(8_u64))
	}
	fn agenda_withdraw() -> Weight {
		Weight::from_parts(104_000_000, 24000)
			.saturating_add(T::DbWeight::get().reads(8_u64))
			.saturating_add(T::DbWeight::get().writes(9_u64))
	}
	fn agenda_expire() -> Weight {
		Weight::from_parts(98_000_000, 24000)
			.saturating_add(T::DbWeight::get().reads(8_u64))
			.saturating_add(T::DbWeight::get().writes(8_u64))
	}
	fn agenda_settle() -> Weight {
		Weight::from_parts(106_000_000, 30000)
			.saturating_add(T::DbWeight::get().reads(10_u64))
			.saturating_add(T::DbWeight::get().writes(10_u64))
	}
}

// For backwards compatibility and tests.
impl WeightInfo for () {
	fn register_machine() -> Weight {
		Weight::from_parts(52_000_000, 18000)
			.saturating_add(RocksDbWeight::get().reads(6_u64))
			.saturating_add(RocksDbWeight::get().writes(5_u64))
	}
	fn deregister_machine() -> Weight {
		Weight::from_parts(54_000_000, 15000)
			.saturating_add(RocksDbWeight::get().reads(5_u64))
			.saturating_add(RocksDbWeight::get().writes(4_u64))
	}
	fn set_endpoint() -> Weight {
		Weight::from_parts(14_000_000, 3000)
			.saturating_add(RocksDbWeight::get().reads(1_u64))
			.saturating_add(RocksDbWeight::get().writes(1_u64))
	}
	fn submit_job() -> Weight {
		Weight::from_parts(66_000_000, 12000)
			.saturating_add(RocksDbWeight::get().reads(4_u64))
			.saturating_add(RocksDbWeight::get().writes(6_u64))
	}
	fn bid() -> Weight {
		Weight::from_parts(98_000_000, 27000)
			.saturating_add(RocksDbWeight::get().reads(9_u64))
			.saturating_add(RocksDbWeight::get().writes(10_u64))
	}
	fn bid_first() -> Weight {
		Weight::from_parts(66_000_000, 18000)
			.saturating_add(RocksDbWeight::get().reads(6_u64))
			.saturating_add(RocksDbWeight::get().writes(6_u64))
	}
	fn close_auction_assigned() -> Weight {
		Weight::from_parts(92_000_000, 21000)
			.saturating_add(RocksDbWeight::get().reads(7_u64))
			.saturating_add(RocksDbWeight::get().writes(7_u64))
	}
	fn close_auction_withdrawn() -> Weight {
		Weight::from_parts(98_000_000, 21000)
			.saturating_add(RocksDbWeight::get().reads(7_u64))
			.saturating_add(RocksDbWeight::get().writes(7_u64))
	}
	fn close_auction_empty() -> Weight {
		Weight::from_parts(48_000_000, 9000)
			.saturating_add(RocksDbWeight::get().reads(3_u64))
			.saturating_add(RocksDbWeight::get().writes(4_u64))
	}
	fn cancel_job() -> Weight {
		Weight::from_parts(92_000_000, 18000)
			.saturating_add(RocksDbWeight::get().reads(6_u64))
			.saturating_add(RocksDbWeight::get().writes(7_u64))
	}
	fn cancel_job_without_bid() -> Weight {
		Weight::from_parts(48_000_000, 9000)
			.saturating_add(RocksDbWeight::get().reads(3_u64))
			.saturating_add(RocksDbWeight::get().writes(4_u64))
	}
	fn commit_result() -> Weight {
		Weight::from_parts(20_000_000, 6000)
			.saturating_add(RocksDbWeight::get().reads(2_u64))
			.saturating_add(RocksDbWeight::get().writes(3_u64))
	}
	fn accept_result() -> Weight {
		Weight::from_parts(104_000_000, 27000)
			.saturating_add(RocksDbWeight::get().reads(9_u64))
			.saturating_add(RocksDbWeight::get().writes(9_u64))
	}
	fn settle_job() -> Weight {
		Weight::from_parts(104_000_000, 27000)
			.saturating_add(RocksDbWeight::get().reads(9_u64))
			.saturating_add(RocksDbWeight::get().writes(9_u64))
	}
	fn expire_job() -> Weight {
		Weight::from_parts(96_000_000, 21000)
			.saturating_add(RocksDbWeight::get().reads(7_u64))
			.saturating_add(RocksDbWeight::get().writes(7_u64))
	}
	fn clear_job() -> Weight {
		Weight::from_parts(38_000_000, 9000)
			.saturating_add(RocksDbWeight::get().reads(3_u64))
			.saturating_add(RocksDbWeight::get().writes(3_u64))
	}
	fn agenda_base() -> Weight {
		Weight::from_parts(4_000_000, 3000)
			.saturating_add(RocksDbWeight::get().reads(1_u64))
			.saturating_add(RocksDbWeight::get().writes(1_u64))
	}
	fn agenda_block() -> Weight {
		Weight::from_parts(3_000_000, 3000)
			.saturating_add(RocksDbWeight::get().reads(1_u64))
	}
	fn agenda_assign() -> Weight {
		Weight::from_parts(100_000_000, 24000)
			.saturating_add(RocksDbWeight::get().reads(8_u64))
			.saturating_add(RocksDbWeight::get().writes(8_u64))
	}
	fn agenda_withdraw() -> Weight {
		Weight::from_parts(104_000_000, 24000)
			.saturating_add(RocksDbWeight::get().reads(8_u64))
			.saturating_add(RocksDbWeight::get().writes(9_u64))
	}
	fn agenda_expire() -> Weight {
		Weight::from_parts(98_000_000, 24000)
			.saturating_add(RocksDbWeight::get().reads(8_u64))
			.saturating_add(RocksDbWeight::get().writes(8_u64))
	}
	fn agenda_settle() -> Weight {
		Weight::from_parts(106_000_000, 30000)
			.saturating_add(RocksDbWeight::get().reads(10_u64))
			.saturating_add(RocksDbWeight::get().writes(10_u64))
	}
}
