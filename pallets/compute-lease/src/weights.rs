//! Weights for `pallet_compute_lease`, written by hand from those of like steps of `pallet_compute_market` until
//! scripts/weights.sh has measured them. `s` is the number of sources of escrow.

#![cfg_attr(rustfmt, rustfmt_skip)]
#![allow(unused_parens)]
#![allow(unused_imports)]
#![allow(missing_docs)]
#![allow(dead_code)]

use frame_support::{traits::Get, weights::{Weight, constants::RocksDbWeight}};
use core::marker::PhantomData;

/// Weight functions needed for `pallet_compute_lease`.
pub trait WeightInfo {
	fn place_order() -> Weight;
	fn bid() -> Weight;
	fn bid_first() -> Weight;
	fn close_auction_started() -> Weight;
	fn close_auction_empty(s: u32, ) -> Weight;
	fn cancel_order(s: u32, ) -> Weight;
	fn fund(s: u32, ) -> Weight;
	fn settle(s: u32, ) -> Weight;
	fn close_lease(s: u32, ) -> Weight;
	fn reclaim(s: u32, ) -> Weight;
	fn abandon(s: u32, ) -> Weight;
	fn set_manifest() -> Weight;
	fn agenda_base() -> Weight;
	fn agenda_block() -> Weight;
	fn agenda_start() -> Weight;
	fn agenda_pause(s: u32, ) -> Weight;
	fn agenda_end(s: u32, ) -> Weight;
}

/// Weights for `pallet_compute_lease`, with the runtime's cost of reading and writing.
pub struct SubstrateWeight<T>(PhantomData<T>);
impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	fn place_order() -> Weight {
		Weight::from_parts(110_000_000, 20990)
			.saturating_add(T::DbWeight::get().reads(8_u64))
			.saturating_add(T::DbWeight::get().writes(9_u64))
	}
	fn bid() -> Weight {
		Weight::from_parts(210_000_000, 20990)
			.saturating_add(T::DbWeight::get().reads(22_u64))
			.saturating_add(T::DbWeight::get().writes(11_u64))
	}
	fn bid_first() -> Weight {
		Weight::from_parts(140_000_000, 20990)
			.saturating_add(T::DbWeight::get().reads(18_u64))
			.saturating_add(T::DbWeight::get().writes(7_u64))
	}
	fn close_auction_started() -> Weight {
		Weight::from_parts(110_000_000, 20990)
			.saturating_add(T::DbWeight::get().reads(16_u64))
			.saturating_add(T::DbWeight::get().writes(4_u64))
	}
	fn close_auction_empty(s: u32, ) -> Weight {
		Weight::from_parts(60_000_000, 20990)
			.saturating_add(Weight::from_parts(60_000_000, 2821).saturating_mul(s.into()))
			.saturating_add(T::DbWeight::get().reads(3_u64))
			.saturating_add(T::DbWeight::get().reads((4_u64).saturating_mul(s.into())))
			.saturating_add(T::DbWeight::get().writes(4_u64))
			.saturating_add(T::DbWeight::get().writes((5_u64).saturating_mul(s.into())))
	}
	fn cancel_order(s: u32, ) -> Weight {
		Weight::from_parts(90_000_000, 20990)
			.saturating_add(Weight::from_parts(60_000_000, 2821).saturating_mul(s.into()))
			.saturating_add(T::DbWeight::get().reads(6_u64))
			.saturating_add(T::DbWeight::get().reads((4_u64).saturating_mul(s.into())))
			.saturating_add(T::DbWeight::get().writes(8_u64))
			.saturating_add(T::DbWeight::get().writes((5_u64).saturating_mul(s.into())))
	}
	fn fund(s: u32, ) -> Weight {
		Weight::from_parts(150_000_000, 20990)
			.saturating_add(Weight::from_parts(95_000_000, 2821).saturating_mul(s.into()))
			.saturating_add(T::DbWeight::get().reads(14_u64))
			.saturating_add(T::DbWeight::get().reads((7_u64).saturating_mul(s.into())))
			.saturating_add(T::DbWeight::get().writes(12_u64))
			.saturating_add(T::DbWeight::get().writes((7_u64).saturating_mul(s.into())))
	}
	fn settle(s: u32, ) -> Weight {
		Weight::from_parts(140_000_000, 20990)
			.saturating_add(Weight::from_parts(95_000_000, 2821).saturating_mul(s.into()))
			.saturating_add(T::DbWeight::get().reads(10_u64))
			.saturating_add(T::DbWeight::get().reads((7_u64).saturating_mul(s.into())))
			.saturating_add(T::DbWeight::get().writes(9_u64))
			.saturating_add(T::DbWeight::get().writes((7_u64).saturating_mul(s.into())))
	}
	fn close_lease(s: u32, ) -> Weight {
		Weight::from_parts(140_000_000, 20990)
			.saturating_add(Weight::from_parts(95_000_000, 2821).saturating_mul(s.into()))
			.saturating_add(T::DbWeight::get().reads(10_u64))
			.saturating_add(T::DbWeight::get().reads((7_u64).saturating_mul(s.into())))
			.saturating_add(T::DbWeight::get().writes(9_u64))
			.saturating_add(T::DbWeight::get().writes((7_u64).saturating_mul(s.into())))
	}
	fn reclaim(s: u32, ) -> Weight {
		Weight::from_parts(70_000_000, 20990)
			.saturating_add(Weight::from_parts(95_000_000, 2821).saturating_mul(s.into()))
			.saturating_add(T::DbWeight::get().reads(8_u64))
			.saturating_add(T::DbWeight::get().reads((7_u64).saturating_mul(s.into())))
			.saturating_add(T::DbWeight::get().writes(6_u64))
			.saturating_add(T::DbWeight::get().writes((7_u64).saturating_mul(s.into())))
	}
	fn abandon(s: u32, ) -> Weight {
		Weight::from_parts(260_000_000, 20990)
			.saturating_add(Weight::from_parts(95_000_000, 2821).saturating_mul(s.into()))
			.saturating_add(T::DbWeight::get().reads(26_u64))
			.saturating_add(T::DbWeight::get().reads((7_u64).saturating_mul(s.into())))
			.saturating_add(T::DbWeight::get().writes(24_u64))
			.saturating_add(T::DbWeight::get().writes((7_u64).saturating_mul(s.into())))
	}
	fn set_manifest() -> Weight {
		Weight::from_parts(20_000_000, 20990)
			.saturating_add(T::DbWeight::get().reads(1_u64))
			.saturating_add(T::DbWeight::get().writes(1_u64))
	}
	fn agenda_base() -> Weight {
		Weight::from_parts(5_000_000, 20990)
			.saturating_add(T::DbWeight::get().reads(1_u64))
			.saturating_add(T::DbWeight::get().writes(1_u64))
	}
	fn agenda_block() -> Weight {
		Weight::from_parts(4_000_000, 20990)
			.saturating_add(T::DbWeight::get().reads(1_u64))
	}
	fn agenda_start() -> Weight {
		Weight::from_parts(115_000_000, 20990)
			.saturating_add(T::DbWeight::get().reads(17_u64))
			.saturating_add(T::DbWeight::get().writes(5_u64))
	}
	fn agenda_pause(s: u32, ) -> Weight {
		Weight::from_parts(75_000_000, 20990)
			.saturating_add(Weight::from_parts(95_000_000, 2821).saturating_mul(s.into()))
			.saturating_add(T::DbWeight::get().reads(8_u64))
			.saturating_add(T::DbWeight::get().reads((7_u64).saturating_mul(s.into())))
			.saturating_add(T::DbWeight::get().writes(7_u64))
			.saturating_add(T::DbWeight::get().writes((7_u64).saturating_mul(s.into())))
	}
	fn agenda_end(s: u32, ) -> Weight {
		Weight::from_parts(140_000_000, 20990)
			.saturating_add(Weight::from_parts(95_000_000, 2821).saturating_mul(s.into()))
			.saturating_add(T::DbWeight::get().reads(10_u64))
			.saturating_add(T::DbWeight::get().reads((7_u64).saturating_mul(s.into())))
			.saturating_add(T::DbWeight::get().writes(10_u64))
			.saturating_add(T::DbWeight::get().writes((7_u64).saturating_mul(s.into())))
	}
}

/// The same for tests, with the costs of RocksDB.
impl WeightInfo for () {
	fn place_order() -> Weight {
		Weight::from_parts(110_000_000, 20990)
			.saturating_add(RocksDbWeight::get().reads(8_u64))
			.saturating_add(RocksDbWeight::get().writes(9_u64))
	}
	fn bid() -> Weight {
		Weight::from_parts(210_000_000, 20990)
			.saturating_add(RocksDbWeight::get().reads(22_u64))
			.saturating_add(RocksDbWeight::get().writes(11_u64))
	}
	fn bid_first() -> Weight {
		Weight::from_parts(140_000_000, 20990)
			.saturating_add(RocksDbWeight::get().reads(18_u64))
			.saturating_add(RocksDbWeight::get().writes(7_u64))
	}
	fn close_auction_started() -> Weight {
		Weight::from_parts(110_000_000, 20990)
			.saturating_add(RocksDbWeight::get().reads(16_u64))
			.saturating_add(RocksDbWeight::get().writes(4_u64))
	}
	fn close_auction_empty(s: u32, ) -> Weight {
		Weight::from_parts(60_000_000, 20990)
			.saturating_add(Weight::from_parts(60_000_000, 2821).saturating_mul(s.into()))
			.saturating_add(RocksDbWeight::get().reads(3_u64))
			.saturating_add(RocksDbWeight::get().reads((4_u64).saturating_mul(s.into())))
			.saturating_add(RocksDbWeight::get().writes(4_u64))
			.saturating_add(RocksDbWeight::get().writes((5_u64).saturating_mul(s.into())))
	}
	fn cancel_order(s: u32, ) -> Weight {
		Weight::from_parts(90_000_000, 20990)
			.saturating_add(Weight::from_parts(60_000_000, 2821).saturating_mul(s.into()))
			.saturating_add(RocksDbWeight::get().reads(6_u64))
			.saturating_add(RocksDbWeight::get().reads((4_u64).saturating_mul(s.into())))
			.saturating_add(RocksDbWeight::get().writes(8_u64))
			.saturating_add(RocksDbWeight::get().writes((5_u64).saturating_mul(s.into())))
	}
	fn fund(s: u32, ) -> Weight {
		Weight::from_parts(150_000_000, 20990)
			.saturating_add(Weight::from_parts(95_000_000, 2821).saturating_mul(s.into()))
			.saturating_add(RocksDbWeight::get().reads(14_u64))
			.saturating_add(RocksDbWeight::get().reads((7_u64).saturating_mul(s.into())))
			.saturating_add(RocksDbWeight::get().writes(12_u64))
			.saturating_add(RocksDbWeight::get().writes((7_u64).saturating_mul(s.into())))
	}
	fn settle(s: u32, ) -> Weight {
		Weight::from_parts(140_000_000, 20990)
			.saturating_add(Weight::from_parts(95_000_000, 2821).saturating_mul(s.into()))
			.saturating_add(RocksDbWeight::get().reads(10_u64))
			.saturating_add(RocksDbWeight::get().reads((7_u64).saturating_mul(s.into())))
			.saturating_add(RocksDbWeight::get().writes(9_u64))
			.saturating_add(RocksDbWeight::get().writes((7_u64).saturating_mul(s.into())))
	}
	fn close_lease(s: u32, ) -> Weight {
		Weight::from_parts(140_000_000, 20990)
			.saturating_add(Weight::from_parts(95_000_000, 2821).saturating_mul(s.into()))
			.saturating_add(RocksDbWeight::get().reads(10_u64))
			.saturating_add(RocksDbWeight::get().reads((7_u64).saturating_mul(s.into())))
			.saturating_add(RocksDbWeight::get().writes(9_u64))
			.saturating_add(RocksDbWeight::get().writes((7_u64).saturating_mul(s.into())))
	}
	fn reclaim(s: u32, ) -> Weight {
		Weight::from_parts(70_000_000, 20990)
			.saturating_add(Weight::from_parts(95_000_000, 2821).saturating_mul(s.into()))
			.saturating_add(RocksDbWeight::get().reads(8_u64))
			.saturating_add(RocksDbWeight::get().reads((7_u64).saturating_mul(s.into())))
			.saturating_add(RocksDbWeight::get().writes(6_u64))
			.saturating_add(RocksDbWeight::get().writes((7_u64).saturating_mul(s.into())))
	}
	fn abandon(s: u32, ) -> Weight {
		Weight::from_parts(260_000_000, 20990)
			.saturating_add(Weight::from_parts(95_000_000, 2821).saturating_mul(s.into()))
			.saturating_add(RocksDbWeight::get().reads(26_u64))
			.saturating_add(RocksDbWeight::get().reads((7_u64).saturating_mul(s.into())))
			.saturating_add(RocksDbWeight::get().writes(24_u64))
			.saturating_add(RocksDbWeight::get().writes((7_u64).saturating_mul(s.into())))
	}
	fn set_manifest() -> Weight {
		Weight::from_parts(20_000_000, 20990)
			.saturating_add(RocksDbWeight::get().reads(1_u64))
			.saturating_add(RocksDbWeight::get().writes(1_u64))
	}
	fn agenda_base() -> Weight {
		Weight::from_parts(5_000_000, 20990)
			.saturating_add(RocksDbWeight::get().reads(1_u64))
			.saturating_add(RocksDbWeight::get().writes(1_u64))
	}
	fn agenda_block() -> Weight {
		Weight::from_parts(4_000_000, 20990)
			.saturating_add(RocksDbWeight::get().reads(1_u64))
	}
	fn agenda_start() -> Weight {
		Weight::from_parts(115_000_000, 20990)
			.saturating_add(RocksDbWeight::get().reads(17_u64))
			.saturating_add(RocksDbWeight::get().writes(5_u64))
	}
	fn agenda_pause(s: u32, ) -> Weight {
		Weight::from_parts(75_000_000, 20990)
			.saturating_add(Weight::from_parts(95_000_000, 2821).saturating_mul(s.into()))
			.saturating_add(RocksDbWeight::get().reads(8_u64))
			.saturating_add(RocksDbWeight::get().reads((7_u64).saturating_mul(s.into())))
			.saturating_add(RocksDbWeight::get().writes(7_u64))
			.saturating_add(RocksDbWeight::get().writes((7_u64).saturating_mul(s.into())))
	}
	fn agenda_end(s: u32, ) -> Weight {
		Weight::from_parts(140_000_000, 20990)
			.saturating_add(Weight::from_parts(95_000_000, 2821).saturating_mul(s.into()))
			.saturating_add(RocksDbWeight::get().reads(10_u64))
			.saturating_add(RocksDbWeight::get().reads((7_u64).saturating_mul(s.into())))
			.saturating_add(RocksDbWeight::get().writes(10_u64))
			.saturating_add(RocksDbWeight::get().writes((7_u64).saturating_mul(s.into())))
	}
}
