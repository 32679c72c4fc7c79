//! What must always be true of the pallet's storage; one check each. Run after every test and by `try-runtime`.

use crate::{Config, Ledgers, Pallet};
use alloc::collections::BTreeMap;
use assay_primitives::Balance;
use frame_support::{ensure, traits::fungible::InspectHold};
use sp_runtime::{traits::Zero, TryRuntimeError};

impl<T: Config> Pallet<T> {
	/// Every check of this file. O(ledgers).
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		Self::check_ledgers()?;
		Self::check_tranches()?;
		Self::check_holds()
	}

	/// No ledger is stored empty, and no pledge is above what there is.
	pub(crate) fn check_ledgers() -> Result<(), TryRuntimeError> {
		for ledger in Ledgers::<T>::iter_values() {
			ensure!(!ledger.total().is_zero(), "an empty ledger is stored");
			ensure!(ledger.pledged <= ledger.total(), "more is pledged than there is");
		}
		Ok(())
	}

	/// Tranches are in order, none is from the future or used up, and no moment is larger than its grants can make it.
	pub(crate) fn check_tranches() -> Result<(), TryRuntimeError> {
		for ledger in Ledgers::<T>::iter_values() {
			for lane in [&ledger.vesting, &ledger.exiting] {
				let mut after = None;
				for tranche in lane.0.iter() {
					ensure!(after.is_none_or(|last| last < tranche.first), "tranches are not in order");
					ensure!(tranche.first <= tranche.last, "a tranche ends before it begins");
					ensure!(tranche.last <= Self::now(), "a tranche is from the future");
					ensure!(tranche.vested < tranche.amount, "nothing is left of a tranche");
					let span = Balance::from(tranche.last.saturating_sub(tranche.first));
					let most = tranche.amount.saturating_mul(span);
					ensure!(tranche.moment <= most, "a moment is larger than its grants");
					after = Some(tranche.last);
				}
			}
		}
		Ok(())
	}

	/// What an account has on hold is the sum of its ledgers.
	pub(crate) fn check_holds() -> Result<(), TryRuntimeError> {
		let mut sums = BTreeMap::<T::AccountId, Balance>::new();
		for (who, _, ledger) in Ledgers::<T>::iter() {
			let sum = sums.entry(who).or_default();
			*sum = sum.saturating_add(ledger.total());
		}
		for (who, sum) in sums {
			let held = T::Currency::balance_on_hold(&Self::reason(), &who);
			ensure!(held == sum, "an account's hold differs from its ledgers");
		}
		Ok(())
	}
}
