//! Weights for `pallet_token_mint`: estimates, until scripts/weights.sh has measured them.

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
	fn claim() -> Weight;
	fn set_budget() -> Weight;
	fn credit_work() -> Weight;
	fn credit_points() -> Weight;
	fn note_author() -> Weight;
	fn seize_rewards() -> Weight;
	fn on_initialize_idle() -> Weight;
	fn mint(r: u32) -> Weight;
	fn close_round() -> Weight;
}

/// Weights for `pallet_token_mint`, with the runtime's cost of reading and writing.
pub struct SubstrateWeight<T>(PhantomData<T>);
impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	/// Storage: `TokenMint::Ledgers` (r:1 w:1)
	/// Proof: `TokenMint::Ledgers` (`max_values`: None, `max_size`: Some(109), added: 2584, mode: `MaxEncodedLen`)
	/// Storage: `TokenMint::PotStates` (r:1 w:1)
	/// Proof: `TokenMint::PotStates` (`max_values`: None, `max_size`: Some(65), added: 2540, mode: `MaxEncodedLen`)
	/// Storage: `TokenMint::Rounds` (r:1 w:1)
	/// Proof: `TokenMint::Rounds` (`max_values`: None, `max_size`: Some(83), added: 2558, mode: `MaxEncodedLen`)
	/// Storage: `System::Account` (r:2 w:2)
	/// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
	fn claim_work_reward() -> Weight {
		// Estimated: not measured yet.
		Weight::from_parts(212_517_000, 6196)
			.saturating_add(T::DbWeight::get().reads(5_u64))
			.saturating_add(T::DbWeight::get().writes(5_u64))
	}
	/// Storage: `TokenMint::Ledgers` (r:1 w:1)
	/// Proof: `TokenMint::Ledgers` (`max_values`: None, `max_size`: Some(109), added: 2584, mode: `MaxEncodedLen`)
	/// Storage: `TokenMint::PotStates` (r:1 w:1)
	/// Proof: `TokenMint::PotStates` (`max_values`: None, `max_size`: Some(65), added: 2540, mode: `MaxEncodedLen`)
	/// Storage: `TokenMint::Rounds` (r:1 w:1)
	/// Proof: `TokenMint::Rounds` (`max_values`: None, `max_size`: Some(83), added: 2558, mode: `MaxEncodedLen`)
	/// Storage: `System::Account` (r:2 w:2)
	/// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
	fn claim() -> Weight {
		// Estimated: not measured yet.
		Weight::from_parts(240_000_000, 6196)
			.saturating_add(T::DbWeight::get().reads(5_u64))
			.saturating_add(T::DbWeight::get().writes(5_u64))
	}
	/// Storage: `TokenMint::Owed` (r:1 w:0)
	/// Proof: `TokenMint::Owed` (`max_values`: None, `max_size`: Some(1643), added: 4118, mode: `MaxEncodedLen`)
	/// Storage: `TokenMint::Budgets` (r:0 w:1)
	/// Proof: `TokenMint::Budgets` (`max_values`: None, `max_size`: Some(626), added: 3101, mode: `MaxEncodedLen`)
	fn set_budget() -> Weight {
		// Estimated: not measured yet.
		Weight::from_parts(40_000_000, 5108)
			.saturating_add(T::DbWeight::get().reads(1_u64))
			.saturating_add(T::DbWeight::get().writes(1_u64))
	}
	/// Storage: `TokenMint::PotStates` (r:1 w:1)
	/// Proof: `TokenMint::PotStates` (`max_values`: None, `max_size`: Some(65), added: 2540, mode: `MaxEncodedLen`)
	/// Storage: `TokenMint::Ledgers` (r:1 w:1)
	/// Proof: `TokenMint::Ledgers` (`max_values`: None, `max_size`: Some(109), added: 2584, mode: `MaxEncodedLen`)
	/// Storage: `TokenMint::Rounds` (r:1 w:1)
	/// Proof: `TokenMint::Rounds` (`max_values`: None, `max_size`: Some(83), added: 2558, mode: `MaxEncodedLen`)
	fn credit_work() -> Weight {
		// Estimated: not measured yet.
		Weight::from_parts(62_783_000, 3574)
			.saturating_add(T::DbWeight::get().reads(3_u64))
			.saturating_add(T::DbWeight::get().writes(3_u64))
	}
	/// Storage: `TokenMint::PotStates` (r:1 w:1)
	/// Proof: `TokenMint::PotStates` (`max_values`: None, `max_size`: Some(65), added: 2540, mode: `MaxEncodedLen`)
	/// Storage: `TokenMint::Ledgers` (r:1 w:1)
	/// Proof: `TokenMint::Ledgers` (`max_values`: None, `max_size`: Some(109), added: 2584, mode: `MaxEncodedLen`)
	/// Storage: `TokenMint::Rounds` (r:1 w:1)
	/// Proof: `TokenMint::Rounds` (`max_values`: None, `max_size`: Some(83), added: 2558, mode: `MaxEncodedLen`)
	fn credit_points() -> Weight {
		// Estimated: not measured yet.
		Weight::from_parts(60_000_000, 3574)
			.saturating_add(T::DbWeight::get().reads(3_u64))
			.saturating_add(T::DbWeight::get().writes(3_u64))
	}
	/// Storage: `TokenMint::PotStates` (r:1 w:1)
	/// Proof: `TokenMint::PotStates` (`max_values`: None, `max_size`: Some(65), added: 2540, mode: `MaxEncodedLen`)
	/// Storage: `TokenMint::Ledgers` (r:1 w:1)
	/// Proof: `TokenMint::Ledgers` (`max_values`: None, `max_size`: Some(109), added: 2584, mode: `MaxEncodedLen`)
	/// Storage: `TokenMint::Rounds` (r:1 w:1)
	/// Proof: `TokenMint::Rounds` (`max_values`: None, `max_size`: Some(83), added: 2558, mode: `MaxEncodedLen`)
	fn note_author() -> Weight {
		// Estimated: not measured yet.
		Weight::from_parts(55_000_000, 3574)
			.saturating_add(T::DbWeight::get().reads(3_u64))
			.saturating_add(T::DbWeight::get().writes(3_u64))
	}
	/// Storage: `TokenMint::Ledgers` (r:4 w:4)
	/// Proof: `TokenMint::Ledgers` (`max_values`: None, `max_size`: Some(109), added: 2584, mode: `MaxEncodedLen`)
	/// Storage: `TokenMint::PotStates` (r:4 w:4)
	/// Proof: `TokenMint::PotStates` (`max_values`: None, `max_size`: Some(65), added: 2540, mode: `MaxEncodedLen`)
	/// Storage: `TokenMint::Rounds` (r:4 w:4)
	/// Proof: `TokenMint::Rounds` (`max_values`: None, `max_size`: Some(83), added: 2558, mode: `MaxEncodedLen`)
	/// Storage: `System::Account` (r:4 w:4)
	/// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
	fn seize_rewards() -> Weight {
		// Estimated: not measured yet.
		Weight::from_parts(480_000_000, 11402)
			.saturating_add(T::DbWeight::get().reads(16_u64))
			.saturating_add(T::DbWeight::get().writes(16_u64))
	}
	/// Storage: `TokenMint::AllProgress` (r:1 w:0)
	/// Proof: `TokenMint::AllProgress` (`max_values`: Some(1), `max_size`: Some(1505), added: 2000, mode: `MaxEncodedLen`)
	/// Storage: `TokenMint::CurrentRound` (r:1 w:0)
	/// Proof: `TokenMint::CurrentRound` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	fn on_initialize_idle() -> Weight {
		// Estimated: not measured yet.
		Weight::from_parts(9_500_000, 2990)
			.saturating_add(T::DbWeight::get().reads(2_u64))
	}
	/// Storage: `TokenMint::AllProgress` (r:1 w:1)
	/// Proof: `TokenMint::AllProgress` (`max_values`: Some(1), `max_size`: Some(1505), added: 2000, mode: `MaxEncodedLen`)
	/// Storage: `TokenMint::Owed` (r:1 w:1)
	/// Proof: `TokenMint::Owed` (`max_values`: None, `max_size`: Some(1643), added: 4118, mode: `MaxEncodedLen`)
	/// Storage: `TokenMint::Budgets` (r:1 w:0)
	/// Proof: `TokenMint::Budgets` (`max_values`: None, `max_size`: Some(626), added: 3101, mode: `MaxEncodedLen`)
	/// Storage: `System::Account` (r:32 w:32)
	/// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
	/// Storage: `TokenMint::EmittedToCapacity` (r:1 w:1)
	/// Proof: `TokenMint::EmittedToCapacity` (`max_values`: Some(1), `max_size`: Some(16), added: 511, mode: `MaxEncodedLen`)
	/// Storage: `TokenMint::TransferLock` (r:1 w:1)
	/// Proof: `TokenMint::TransferLock` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
	/// The range of component `r` is `[1, 32]`.
	fn mint(r: u32) -> Weight {
		// Estimated: not measured yet.
		Weight::from_parts(150_000_000, 5108)
			.saturating_add(Weight::from_parts(90_000_000, 0).saturating_mul(r.into()))
			.saturating_add(T::DbWeight::get().reads(5_u64))
			.saturating_add(T::DbWeight::get().reads((1_u64).saturating_mul(r.into())))
			.saturating_add(T::DbWeight::get().writes(4_u64))
			.saturating_add(T::DbWeight::get().writes((1_u64).saturating_mul(r.into())))
			.saturating_add(Weight::from_parts(0, 2603).saturating_mul(r.into()))
	}
	/// Storage: `TokenMint::CurrentRound` (r:1 w:1)
	/// Proof: `TokenMint::CurrentRound` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `TokenMint::PotStates` (r:4 w:4)
	/// Proof: `TokenMint::PotStates` (`max_values`: None, `max_size`: Some(65), added: 2540, mode: `MaxEncodedLen`)
	/// Storage: `System::Account` (r:4 w:0)
	/// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
	/// Storage: `TokenMint::Rounds` (r:0 w:4)
	/// Proof: `TokenMint::Rounds` (`max_values`: None, `max_size`: Some(83), added: 2558, mode: `MaxEncodedLen`)
	fn close_round() -> Weight {
		// Estimated: not measured yet.
		Weight::from_parts(190_000_000, 11402)
			.saturating_add(T::DbWeight::get().reads(9_u64))
			.saturating_add(T::DbWeight::get().writes(9_u64))
	}
}

// For tests: the same with a database's usual costs.
impl WeightInfo for () {
	/// Storage: `TokenMint::Ledgers` (r:1 w:1)
	/// Proof: `TokenMint::Ledgers` (`max_values`: None, `max_size`: Some(109), added: 2584, mode: `MaxEncodedLen`)
	/// Storage: `TokenMint::PotStates` (r:1 w:1)
	/// Proof: `TokenMint::PotStates` (`max_values`: None, `max_size`: Some(65), added: 2540, mode: `MaxEncodedLen`)
	/// Storage: `TokenMint::Rounds` (r:1 w:1)
	/// Proof: `TokenMint::Rounds` (`max_values`: None, `max_size`: Some(83), added: 2558, mode: `MaxEncodedLen`)
	/// Storage: `System::Account` (r:2 w:2)
	/// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
	fn claim_work_reward() -> Weight {
		// Estimated: not measured yet.
		Weight::from_parts(212_517_000, 6196)
			.saturating_add(RocksDbWeight::get().reads(5_u64))
			.saturating_add(RocksDbWeight::get().writes(5_u64))
	}
	/// Storage: `TokenMint::Ledgers` (r:1 w:1)
	/// Proof: `TokenMint::Ledgers` (`max_values`: None, `max_size`: Some(109), added: 2584, mode: `MaxEncodedLen`)
	/// Storage: `TokenMint::PotStates` (r:1 w:1)
	/// Proof: `TokenMint::PotStates` (`max_values`: None, `max_size`: Some(65), added: 2540, mode: `MaxEncodedLen`)
	/// Storage: `TokenMint::Rounds` (r:1 w:1)
	/// Proof: `TokenMint::Rounds` (`max_values`: None, `max_size`: Some(83), added: 2558, mode: `MaxEncodedLen`)
	/// Storage: `System::Account` (r:2 w:2)
	/// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
	fn claim() -> Weight {
		// Estimated: not measured yet.
		Weight::from_parts(240_000_000, 6196)
			.saturating_add(RocksDbWeight::get().reads(5_u64))
			.saturating_add(RocksDbWeight::get().writes(5_u64))
	}
	/// Storage: `TokenMint::Owed` (r:1 w:0)
	/// Proof: `TokenMint::Owed` (`max_values`: None, `max_size`: Some(1643), added: 4118, mode: `MaxEncodedLen`)
	/// Storage: `TokenMint::Budgets` (r:0 w:1)
	/// Proof: `TokenMint::Budgets` (`max_values`: None, `max_size`: Some(626), added: 3101, mode: `MaxEncodedLen`)
	fn set_budget() -> Weight {
		// Estimated: not measured yet.
		Weight::from_parts(40_000_000, 5108)
			.saturating_add(RocksDbWeight::get().reads(1_u64))
			.saturating_add(RocksDbWeight::get().writes(1_u64))
	}
	/// Storage: `TokenMint::PotStates` (r:1 w:1)
	/// Proof: `TokenMint::PotStates` (`max_values`: None, `max_size`: Some(65), added: 2540, mode: `MaxEncodedLen`)
	/// Storage: `TokenMint::Ledgers` (r:1 w:1)
	/// Proof: `TokenMint::Ledgers` (`max_values`: None, `max_size`: Some(109), added: 2584, mode: `MaxEncodedLen`)
	/// Storage: `TokenMint::Rounds` (r:1 w:1)
	/// Proof: `TokenMint::Rounds` (`max_values`: None, `max_size`: Some(83), added: 2558, mode: `MaxEncodedLen`)
	fn credit_work() -> Weight {
		// Estimated: not measured yet.
		Weight::from_parts(62_783_000, 3574)
			.saturating_add(RocksDbWeight::get().reads(3_u64))
			.saturating_add(RocksDbWeight::get().writes(3_u64))
	}
	/// Storage: `TokenMint::PotStates` (r:1 w:1)
	/// Proof: `TokenMint::PotStates` (`max_values`: None, `max_size`: Some(65), added: 2540, mode: `MaxEncodedLen`)
	/// Storage: `TokenMint::Ledgers` (r:1 w:1)
	/// Proof: `TokenMint::Ledgers` (`max_values`: None, `max_size`: Some(109), added: 2584, mode: `MaxEncodedLen`)
	/// Storage: `TokenMint::Rounds` (r:1 w:1)
	/// Proof: `TokenMint::Rounds` (`max_values`: None, `max_size`: Some(83), added: 2558, mode: `MaxEncodedLen`)
	fn credit_points() -> Weight {
		// Estimated: not measured yet.
		Weight::from_parts(60_000_000, 3574)
			.saturating_add(RocksDbWeight::get().reads(3_u64))
			.saturating_add(RocksDbWeight::get().writes(3_u64))
	}
	/// Storage: `TokenMint::PotStates` (r:1 w:1)
	/// Proof: `TokenMint::PotStates` (`max_values`: None, `max_size`: Some(65), added: 2540, mode: `MaxEncodedLen`)
	/// Storage: `TokenMint::Ledgers` (r:1 w:1)
	/// Proof: `TokenMint::Ledgers` (`max_values`: None, `max_size`: Some(109), added: 2584, mode: `MaxEncodedLen`)
	/// Storage: `TokenMint::Rounds` (r:1 w:1)
	/// Proof: `TokenMint::Rounds` (`max_values`: None, `max_size`: Some(83), added: 2558, mode: `MaxEncodedLen`)
	fn note_author() -> Weight {
		// Estimated: not measured yet.
		Weight::from_parts(55_000_000, 3574)
			.saturating_add(RocksDbWeight::get().reads(3_u64))
			.saturating_add(RocksDbWeight::get().writes(3_u64))
	}
	/// Storage: `TokenMint::Ledgers` (r:4 w:4)
	/// Proof: `TokenMint::Ledgers` (`max_values`: None, `max_size`: Some(109), added: 2584, mode: `MaxEncodedLen`)
	/// Storage: `TokenMint::PotStates` (r:4 w:4)
	/// Proof: `TokenMint::PotStates` (`max_values`: None, `max_size`: Some(65), added: 2540, mode: `MaxEncodedLen`)
	/// Storage: `TokenMint::Rounds` (r:4 w:4)
	/// Proof: `TokenMint::Rounds` (`max_values`: None, `max_size`: Some(83), added: 2558, mode: `MaxEncodedLen`)
	/// Storage: `System::Account` (r:4 w:4)
	/// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
	fn seize_rewards() -> Weight {
		// Estimated: not measured yet.
		Weight::from_parts(480_000_000, 11402)
			.saturating_add(RocksDbWeight::get().reads(16_u64))
			.saturating_add(RocksDbWeight::get().writes(16_u64))
	}
	/// Storage: `TokenMint::AllProgress` (r:1 w:0)
	/// Proof: `TokenMint::AllProgress` (`max_values`: Some(1), `max_size`: Some(1505), added: 2000, mode: `MaxEncodedLen`)
	/// Storage: `TokenMint::CurrentRound` (r:1 w:0)
	/// Proof: `TokenMint::CurrentRound` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	fn on_initialize_idle() -> Weight {
		// Estimated: not measured yet.
		Weight::from_parts(9_500_000, 2990)
			.saturating_add(RocksDbWeight::get().reads(2_u64))
	}
	/// Storage: `TokenMint::AllProgress` (r:1 w:1)
	/// Proof: `TokenMint::AllProgress` (`max_values`: Some(1), `max_size`: Some(1505), added: 2000, mode: `MaxEncodedLen`)
	/// Storage: `TokenMint::Owed` (r:1 w:1)
	/// Proof: `TokenMint::Owed` (`max_values`: None, `max_size`: Some(1643), added: 4118, mode: `MaxEncodedLen`)
	/// Storage: `TokenMint::Budgets` (r:1 w:0)
	/// Proof: `TokenMint::Budgets` (`max_values`: None, `max_size`: Some(626), added: 3101, mode: `MaxEncodedLen`)
	/// Storage: `System::Account` (r:32 w:32)
	/// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
	/// Storage: `TokenMint::EmittedToCapacity` (r:1 w:1)
	/// Proof: `TokenMint::EmittedToCapacity` (`max_values`: Some(1), `max_size`: Some(16), added: 511, mode: `MaxEncodedLen`)
	/// Storage: `TokenMint::TransferLock` (r:1 w:1)
	/// Proof: `TokenMint::TransferLock` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
	/// The range of component `r` is `[1, 32]`.
	fn mint(r: u32) -> Weight {
		// Estimated: not measured yet.
		Weight::from_parts(150_000_000, 5108)
			.saturating_add(Weight::from_parts(90_000_000, 0).saturating_mul(r.into()))
			.saturating_add(RocksDbWeight::get().reads(5_u64))
			.saturating_add(RocksDbWeight::get().reads((1_u64).saturating_mul(r.into())))
			.saturating_add(RocksDbWeight::get().writes(4_u64))
			.saturating_add(RocksDbWeight::get().writes((1_u64).saturating_mul(r.into())))
			.saturating_add(Weight::from_parts(0, 2603).saturating_mul(r.into()))
	}
	/// Storage: `TokenMint::CurrentRound` (r:1 w:1)
	/// Proof: `TokenMint::CurrentRound` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
	/// Storage: `TokenMint::PotStates` (r:4 w:4)
	/// Proof: `TokenMint::PotStates` (`max_values`: None, `max_size`: Some(65), added: 2540, mode: `MaxEncodedLen`)
	/// Storage: `System::Account` (r:4 w:0)
	/// Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
	/// Storage: `TokenMint::Rounds` (r:0 w:4)
	/// Proof: `TokenMint::Rounds` (`max_values`: None, `max_size`: Some(83), added: 2558, mode: `MaxEncodedLen`)
	fn close_round() -> Weight {
		// Estimated: not measured yet.
		Weight::from_parts(190_000_000, 11402)
			.saturating_add(RocksDbWeight::get().reads(9_u64))
			.saturating_add(RocksDbWeight::get().writes(9_u64))
	}
}
