//! Vesting tokens as stake.
//!
//! A pledge is an amount, not certain tokens: as much of what is on hold by a plan, vested or not, must stay. So tokens
//! go on vesting while they are pledged, and what has vested beyond what must stay can be claimed. When a pledge is
//! released, all that has vested meanwhile can be.
//!
//! What is seized is what could have been claimed soonest: vested tokens first, then those on the early way out, then those
//! that vest first. Of two tokens the nearer one is worth more to the offender, and what is left stays in reach for
//! longest. Plans follow each other in the order of their indices, for the same reason: the shortest has the lowest.

use crate::{Config, CreditOf, Error, Event, Ledger, Ledgers, Pallet};
use assay_primitives::{Balance, VestingPlan, VestingStake};
use frame_support::{ensure, pallet_prelude::DispatchResult, traits::fungible::InspectHold};
use sp_runtime::traits::Zero;

impl<T: Config> VestingStake<T::AccountId, Balance, CreditOf<T>> for Pallet<T> {
	/// Pledge `amount` of what vests for `who` by plans that can be staked. O(plans).
	///
	/// Errors with [`Error::NotEnoughToPledge`]. Emits `Pledged` for each plan.
	fn pledge(who: &T::AccountId, amount: Balance) -> DispatchResult {
		let stakeable = || VestingPlan::ALL.into_iter().filter(|plan| Self::terms_of(*plan).stakeable);
		let free =
			stakeable().fold(0, |sum: Balance, plan| sum.saturating_add(Ledgers::<T>::get(who, plan).unpledged()));
		ensure!(amount <= free, Error::<T>::NotEnoughToPledge);
		let mut left = amount;
		for plan in stakeable() {
			let mut ledger = Ledgers::<T>::get(who, plan);
			let amount = left.min(ledger.unpledged());
			if amount.is_zero() {
				continue;
			}
			left = left.saturating_sub(amount);
			ledger.pledged = ledger.pledged.saturating_add(amount);
			Ledgers::<T>::insert(who, plan, ledger);
			Self::deposit_event(Event::Pledged { account: who.clone(), plan, amount });
		}
		Ok(())
	}

	/// Release `amount` of what `who` has pledged. O(plans).
	///
	/// Errors with [`Error::NotEnoughPledged`]. Emits `PledgeReleased` for each plan.
	fn release(who: &T::AccountId, amount: Balance) -> DispatchResult {
		ensure!(amount <= Self::pledged_by(who), Error::<T>::NotEnoughPledged);
		let mut left = amount;
		for plan in VestingPlan::ALL {
			let mut ledger = Ledgers::<T>::get(who, plan);
			let amount = left.min(ledger.pledged);
			if amount.is_zero() {
				continue;
			}
			left = left.saturating_sub(amount);
			ledger.pledged = ledger.pledged.saturating_sub(amount);
			Ledgers::<T>::insert(who, plan, ledger);
			Self::deposit_event(Event::PledgeReleased { account: who.clone(), plan, amount });
		}
		Ok(())
	}

	/// Take up to `amount` out of what is on hold for `who` by any plan, vested or not, and is not pledged. O(plans).
	///
	/// Emits `Seized` for each plan.
	fn seize_unpledged(who: &T::AccountId, amount: Balance) -> CreditOf<T> {
		Self::seize(who, amount, false)
	}

	/// Take up to `amount` out of what `who` has pledged. O(plans).
	///
	/// Emits `Seized` for each plan.
	fn seize_pledged(who: &T::AccountId, amount: Balance) -> CreditOf<T> {
		Self::seize(who, amount, true)
	}

	fn pledged(who: &T::AccountId) -> Option<Balance> {
		Some(Self::pledged_by(who))
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn make_pledgeable(who: &T::AccountId, amount: Balance) {
		crate::benchmarking::endow_stakeable::<T>(who, amount);
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn make_seizable(who: &T::AccountId) {
		crate::benchmarking::make_seizable::<T>(who);
	}
}

impl<T: Config> Pallet<T> {
	/// All that `who` has pledged. O(plans).
	pub(crate) fn pledged_by(who: &T::AccountId) -> Balance {
		VestingPlan::ALL.into_iter().fold(0, |sum, plan| sum.saturating_add(Ledgers::<T>::get(who, plan).pledged))
	}

	/// Take up to `amount` of what is `pledged`, or of what is not.
	fn seize(who: &T::AccountId, amount: Balance, pledged: bool) -> CreditOf<T> {
		let mut taken: Balance = 0;
		// Most accounts that are slashed have nothing here, and one look tells.
		if T::Currency::balance_on_hold(&Self::reason(), who).is_zero() {
			return CreditOf::<T>::default();
		}
		for plan in VestingPlan::ALL {
			let left = amount.saturating_sub(taken);
			if left.is_zero() {
				break;
			}
			let mut ledger: Ledger = Self::accrued(who, plan);
			let most = if pledged { ledger.pledged } else { ledger.unpledged() };
			let amount = ledger.seize(left.min(most));
			if amount.is_zero() {
				continue;
			}
			if pledged {
				ledger.pledged = ledger.pledged.saturating_sub(amount);
			}
			taken = taken.saturating_add(amount);
			Self::store(who, plan, ledger);
			Self::deposit_event(Event::Seized { account: who.clone(), plan, amount, pledged });
		}
		Self::take_held(who, taken)
	}
}
