//! What must always be true of the storage, checked after every test of the pallet and by `try-runtime`.
//!
//! That no account has stake on hold without a ledger cannot be seen from here, since holds cannot be enumerated through
//! the `fungible` traits; the tests check it as well.

mod delegation;
mod offences;

use crate::{ledger::scaled_stake, Coefficient, Config, HoldReason, Ledgers, Pallet, TierStakes};
use frame_support::{
	ensure,
	traits::{fungible::InspectHold, Get},
};
use sp_runtime::{traits::Zero, TryRuntimeError};

impl<T: Config> Pallet<T> {
	/// Check everything that must always be true of the storage.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		Self::check_holds()?;
		Self::check_ledgers()?;
		Self::check_chunks()?;
		Self::check_machines()?;
		Self::check_tiers()?;
		Self::check_delegation()?;
		Self::check_offences()
	}

	/// What is on hold in an account is what its ledger says.
	fn check_holds() -> Result<(), TryRuntimeError> {
		for (provider, ledger) in Ledgers::<T>::iter() {
			let held = T::Currency::balance_on_hold(&HoldReason::Stake.into(), &provider);
			ensure!(held == ledger.total(), "the hold differs from the ledger");
		}
		Ok(())
	}

	/// No ledger is empty.
	fn check_ledgers() -> Result<(), TryRuntimeError> {
		for ledger in Ledgers::<T>::iter_values() {
			ensure!(!ledger.is_empty(), "an empty ledger is stored");
		}
		Ok(())
	}

	/// Chunks are not empty, and in order of the blocks in which they can be withdrawn.
	fn check_chunks() -> Result<(), TryRuntimeError> {
		for ledger in Ledgers::<T>::iter_values() {
			ensure!(ledger.unbonding.iter().all(|chunk| !chunk.amount.is_zero()), "a chunk is empty");
			let blocks = ledger.unbonding.iter().map(|chunk| chunk.withdrawable_at);
			ensure!(blocks.clone().zip(blocks.skip(1)).all(|(a, b)| a < b), "chunks are out of order");
		}
		Ok(())
	}

	/// Counts of machines are not zero, and their tiers have K values.
	fn check_machines() -> Result<(), TryRuntimeError> {
		for ledger in Ledgers::<T>::iter_values() {
			for (tier, count) in &ledger.machines {
				ensure!(!count.is_zero(), "a count of machines is zero");
				ensure!(TierStakes::<T>::contains_key(tier), "a machine's tier has no K value");
			}
		}
		Ok(())
	}

	/// K values and the coefficient are above zero, few enough and small enough to be multiplied.
	fn check_tiers() -> Result<(), TryRuntimeError> {
		let coefficient = Coefficient::<T>::get();
		ensure!(!coefficient.is_zero(), "the coefficient is zero");
		ensure!(TierStakes::<T>::count() <= T::MaxTiers::get(), "there are too many tiers");
		for stake in TierStakes::<T>::iter_values() {
			ensure!(!stake.is_zero(), "a K value is zero");
			ensure!(scaled_stake(stake, coefficient).is_some(), "a K value overflows");
		}
		Ok(())
	}
}
