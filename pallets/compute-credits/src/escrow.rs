//! Credits of an account: made, put into escrow, given back, spent.
//!
//! An account's ledger also keeps the tokens that were burned for its credits, its **basis**. Credits that are spent take
//! their part of it along, rounded down; the last credit takes what is left. So what all spending is valued at never sums to
//! more than what was burned, and a change of the price between buying and spending neither adds to it nor takes away.

use crate::{Config, CreditLedger, Error, Event, Ledgers, Pallet, Totals};
use assay_primitives::{Balance, CreditsEscrow, MicroUsd};
use frame_support::pallet_prelude::{DispatchError, DispatchResult};
use sp_runtime::{helpers_128bit::multiply_by_rational_with_rounding, traits::Zero, Rounding};

impl<T: Config> Pallet<T> {
	/// Store `ledger`, or forget it when it is empty.
	pub(crate) fn put_ledger(who: &T::AccountId, ledger: CreditLedger) {
		if ledger.is_empty() {
			Ledgers::<T>::remove(who);
		} else {
			Ledgers::<T>::insert(who, ledger);
		}
	}

	/// Make `credits` for `who`, for whom `burned` tokens were burned. None when the sums do not fit.
	pub(crate) fn issue(who: &T::AccountId, credits: MicroUsd, burned: Balance) -> Option<()> {
		let mut totals = Totals::<T>::get();
		// An account's sums are parts of these, so that they fit when these do.
		totals.bought = totals.bought.checked_add(credits)?;
		totals.burned = totals.burned.checked_add(burned)?;
		let mut ledger = Ledgers::<T>::get(who);
		ledger.free = ledger.free.checked_add(credits)?;
		ledger.basis = ledger.basis.checked_add(burned)?;
		Totals::<T>::put(totals);
		Self::put_ledger(who, ledger);
		Some(())
	}

	/// The part of the basis of `ledger` that falls to `amount` of its credits.
	pub(crate) fn value_of(ledger: &CreditLedger, amount: MicroUsd) -> Balance {
		multiply_by_rational_with_rounding(ledger.basis, amount, ledger.total(), Rounding::Down)
			.unwrap_or_default()
			.min(ledger.basis)
	}
}

impl<T: Config> CreditsEscrow<T::AccountId, Balance> for Pallet<T> {
	fn hold(client: &T::AccountId, amount: MicroUsd) -> DispatchResult {
		if amount.is_zero() {
			return Ok(());
		}
		let mut ledger = Ledgers::<T>::get(client);
		ledger.free = ledger.free.checked_sub(amount).ok_or(Error::<T>::NotEnoughCredits)?;
		ledger.escrowed = ledger.escrowed.saturating_add(amount);
		Self::put_ledger(client, ledger);
		Self::deposit_event(Event::CreditsHeld { who: client.clone(), credits: amount });
		Ok(())
	}

	fn release(client: &T::AccountId, amount: MicroUsd) -> DispatchResult {
		if amount.is_zero() {
			return Ok(());
		}
		let mut ledger = Ledgers::<T>::get(client);
		ledger.escrowed = ledger.escrowed.checked_sub(amount).ok_or(Error::<T>::NotEnoughEscrowed)?;
		ledger.free = ledger.free.saturating_add(amount);
		Self::put_ledger(client, ledger);
		Self::deposit_event(Event::CreditsReleased { who: client.clone(), credits: amount });
		Ok(())
	}

	fn spend(client: &T::AccountId, amount: MicroUsd) -> Result<Balance, DispatchError> {
		if amount.is_zero() {
			return Ok(Zero::zero());
		}
		let mut ledger = Ledgers::<T>::get(client);
		let value = Self::value_of(&ledger, amount);
		ledger.escrowed = ledger.escrowed.checked_sub(amount).ok_or(Error::<T>::NotEnoughEscrowed)?;
		ledger.basis = ledger.basis.saturating_sub(value);
		Self::put_ledger(client, ledger);
		Totals::<T>::mutate(|totals| {
			totals.spent = totals.spent.saturating_add(amount);
			totals.spent_value = totals.spent_value.saturating_add(value);
		});
		Self::deposit_event(Event::CreditsSpent { who: client.clone(), credits: amount, value });
		Ok(value)
	}

	fn held(client: &T::AccountId) -> MicroUsd {
		Ledgers::<T>::get(client).escrowed
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn endow(client: &T::AccountId, amount: MicroUsd) {
		assert!(Self::issue(client, amount, amount).is_some());
	}
}
