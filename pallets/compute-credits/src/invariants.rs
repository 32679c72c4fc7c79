//! What must always be true of the pallet's storage; one check each. Run after every test and by `try-runtime`.

use crate::{
	Breaker, Config, ConversionId, Conversions, CreditLedger, Guard, HoldReason, Ledgers, Line, NextConversionId,
	Pallet, Queue, Totals,
};
use alloc::collections::BTreeMap;
use assay_primitives::Balance;
use frame_support::{ensure, traits::fungible::InspectHold};
use sp_runtime::{traits::Zero, TryRuntimeError};

impl<T: Config> Pallet<T> {
	/// Every check of this file. O(accounts + queue).
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		Self::check_credits()?;
		Self::check_basis()?;
		Self::check_queue()?;
		Self::check_queued_by_account()?;
		Self::check_holds()?;
		Self::check_guard()
	}

	/// Credits bought and not spent are what the accounts have.
	pub(crate) fn check_credits() -> Result<(), TryRuntimeError> {
		let totals = Totals::<T>::get();
		let all = Ledgers::<T>::iter_values()
			.try_fold(0u128, |sum, ledger| sum.checked_add(ledger.free)?.checked_add(ledger.escrowed));
		ensure!(totals.bought.checked_sub(totals.spent) == all, "bought - spent != credits of all accounts");
		Ok(())
	}

	/// Tokens burned for credits that were not spent are the accounts' bases, and no ledger is stored empty.
	pub(crate) fn check_basis() -> Result<(), TryRuntimeError> {
		let totals = Totals::<T>::get();
		let all = Ledgers::<T>::iter_values().try_fold(0u128, |sum, ledger| sum.checked_add(ledger.basis));
		ensure!(totals.burned.checked_sub(totals.spent_value) == all, "burned - spent value != bases of all accounts");
		for ledger in Ledgers::<T>::iter_values() {
			ensure!(!ledger.is_empty(), "an empty ledger is stored");
			ensure!(ledger.basis.is_zero() || !ledger.total().is_zero(), "a basis without credits");
		}
		Ok(())
	}

	/// Conversions and positions name each other, between the queue's ends, in the order in which they become ready.
	pub(crate) fn check_queue() -> Result<(), TryRuntimeError> {
		let line = Line::<T>::get();
		let by_position: BTreeMap<u64, ConversionId> = Queue::<T>::iter().collect();
		let mut ready = Zero::zero();
		let mut amount: Balance = 0;
		for (position, id) in &by_position {
			let conversion = Conversions::<T>::get(id).ok_or("a position names no conversion")?;
			ensure!(conversion.position == *position, "a conversion stands elsewhere");
			ensure!((line.head..line.tail).contains(position), "a position lies outside the queue");
			ensure!(conversion.ready_at >= ready, "a conversion is ready before the one ahead of it");
			ensure!(*id < NextConversionId::<T>::get(), "a conversion of an id that was not given");
			ready = conversion.ready_at;
			amount = amount.saturating_add(conversion.amount);
		}
		let count = Conversions::<T>::iter_keys().count();
		ensure!(count == by_position.len(), "a conversion has no position");
		ensure!(u32::try_from(count) == Ok(line.count), "the queue's count is wrong");
		ensure!(amount == line.amount, "the queue's sum is wrong");
		Ok(())
	}

	/// Each account's count of conversions is right.
	pub(crate) fn check_queued_by_account() -> Result<(), TryRuntimeError> {
		let mut counts = BTreeMap::<T::AccountId, u32>::new();
		for conversion in Conversions::<T>::iter_values() {
			let count = counts.entry(conversion.who).or_default();
			*count = count.saturating_add(1);
		}
		for (who, CreditLedger { queued, .. }) in Ledgers::<T>::iter() {
			ensure!(counts.remove(&who).unwrap_or_default() == queued, "an account's count of conversions is wrong");
		}
		ensure!(counts.is_empty(), "a conversion's account has no ledger");
		Ok(())
	}

	/// An account's tokens on hold are those of its conversions.
	pub(crate) fn check_holds() -> Result<(), TryRuntimeError> {
		let mut sums: BTreeMap<T::AccountId, Balance> = Ledgers::<T>::iter_keys().map(|who| (who, 0)).collect();
		for conversion in Conversions::<T>::iter_values() {
			let sum = sums.entry(conversion.who).or_default();
			*sum = sum.saturating_add(conversion.amount);
		}
		for (who, sum) in sums {
			let held = T::Currency::balance_on_hold(&HoldReason::Conversion.into(), &who);
			ensure!(held == sum, "an account's hold differs from its conversions");
		}
		Ok(())
	}

	/// Conversions run only beside an average, and halts are told in order.
	pub(crate) fn check_guard() -> Result<(), TryRuntimeError> {
		let guard = Guard::<T>::get();
		match guard.breaker {
			Breaker::Open => ensure!(guard.average.is_some(), "the breaker is open without an average"),
			Breaker::Halted { since, sound_since, .. } => {
				ensure!(sound_since.is_none_or(|sound| sound >= since), "prices are sound since before the halt");
			},
		}
		Ok(())
	}
}
