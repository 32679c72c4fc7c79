//! What must always be true of the storage, checked after every test of the pallet and by `try-runtime`.
//!
//! That no account has stake on hold without a ledger cannot be seen from here, since holds cannot be enumerated through
//! the `fungible` traits; the tests check it as well.

mod delegation;
mod offences;

use crate::{
	ledger::scaled_stake, Coefficient, Config, HoldReason, LastRefresh, Ledgers, Pallet, Requirements, TierMachines,
	TierStakes,
};
use alloc::collections::BTreeMap;
use assay_primitives::{Tier, VestingStake};
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
		Self::check_pledges()?;
		Self::check_counts()?;
		Self::check_requirements()?;
		Self::check_shortages()?;
		Self::check_delegation()?;
		Self::check_offences()
	}

	/// What is on hold in an account is what its ledger says.
	fn check_holds() -> Result<(), TryRuntimeError> {
		for (provider, ledger) in Ledgers::<T>::iter() {
			let held = T::Currency::balance_on_hold(&HoldReason::Stake.into(), &provider);
			ensure!(held == ledger.held(), "the hold differs from the ledger");
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
			for chunks in [&ledger.unbonding, &ledger.unpledging] {
				ensure!(chunks.iter().all(|chunk| !chunk.amount.is_zero()), "a chunk is empty");
				let blocks = chunks.iter().map(|chunk| chunk.withdrawable_at);
				ensure!(blocks.clone().zip(blocks.skip(1)).all(|(a, b)| a < b), "chunks are out of order");
			}
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

	/// What is pledged where it vests is what the ledgers say, as far as that can be told.
	fn check_pledges() -> Result<(), TryRuntimeError> {
		for (provider, ledger) in Ledgers::<T>::iter() {
			let pledged = T::Vesting::pledged(&provider).unwrap_or(ledger.pledged_total());
			ensure!(pledged == ledger.pledged_total(), "the pledge differs from the ledger");
		}
		Ok(())
	}

	/// The machines of each tier on the chain are those of all ledgers.
	fn check_counts() -> Result<(), TryRuntimeError> {
		let mut counts = BTreeMap::<Tier, u32>::new();
		for (tier, count) in Ledgers::<T>::iter_values().flat_map(|ledger| ledger.machines) {
			let sum = counts.entry(tier).or_default();
			*sum = sum.saturating_add(count);
		}
		ensure!(counts == *TierMachines::<T>::get(), "the machines of a tier differ from the ledgers'");
		Ok(())
	}

	/// Thresholds are above zero and of known tiers, raises and refreshes are past.
	fn check_requirements() -> Result<(), TryRuntimeError> {
		let now = frame_system::Pallet::<T>::block_number();
		let table = Requirements::<T>::get();
		for (tier, threshold) in &table.thresholds {
			ensure!(!threshold.is_zero(), "a threshold is zero");
			ensure!(TierStakes::<T>::contains_key(tier), "a threshold is of no tier");
		}
		if let Some(raise) = table.raise {
			ensure!(raise.first <= raise.at && raise.at <= now, "a raise is to come");
			ensure!(!raise.before.coefficient.is_zero(), "the coefficient was zero");
		}
		ensure!(LastRefresh::<T>::get().month <= Self::month_of(now), "a refresh is to come");
		Ok(())
	}

	/// Shortages have begun, and whoever is short without one written down is so by a raise.
	fn check_shortages() -> Result<(), TryRuntimeError> {
		let now = frame_system::Pallet::<T>::block_number();
		let raised = Requirements::<T>::get().raise.is_some();
		for (provider, ledger) in Ledgers::<T>::iter() {
			match ledger.shortage {
				Some(shortage) => ensure!(shortage.since <= now, "a shortage is to come"),
				None => {
					let is_short = Self::footing(&provider, &ledger).since.is_some();
					ensure!(raised || !is_short, "a shortage was not written down");
				},
			}
		}
		Ok(())
	}
}
