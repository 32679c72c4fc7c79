//! What must always be true of the pallet's state.
//!
//! Each check stands for one invariant. They run after every test of this pallet, and in `try-runtime`.

use super::*;
use alloc::collections::BTreeMap;
use sp_runtime::TryRuntimeError;

impl<T: Config> Pallet<T> {
	/// All invariants.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		Self::check_deposits()?;
		Self::check_questions()?;
		Self::check_deadlines()
	}

	/// In each account, what is on hold for demands is the sum of the deposits of its open ones. O(accounts).
	pub(crate) fn check_deposits() -> Result<(), TryRuntimeError> {
		let mut books = BTreeMap::<T::AccountId, BalanceOf<T>>::new();
		for demand in Demands::<T>::iter_values() {
			let sum = books.entry(demand.by).or_default();
			*sum = sum.saturating_add(demand.deposit);
		}
		// Holds cannot be enumerated, but accounts can: so whoever has no demand is looked at as well.
		for account in frame_system::Account::<T>::iter_keys() {
			let sum = books.remove(&account).unwrap_or_default();
			let held = T::Currency::balance_on_hold(&HoldReason::DemandDeposit.into(), &account);
			ensure!(held == sum, "an account's hold differs from the books");
		}
		ensure!(books.is_empty(), "somebody who demands something has no account");
		Ok(())
	}

	/// Each demand is an open question about its result, for a unit that it has, and there are not too many.
	pub(crate) fn check_questions() -> Result<(), TryRuntimeError> {
		let mut counts = BTreeMap::<JobId, u32>::new();
		for (job, index, _) in Demands::<T>::iter() {
			let Ok(result) = T::Results::result(job) else { continue };
			ensure!(index < result.units, "a unit is demanded that the job does not have");
			let count = counts.entry(job).or_default();
			*count = count.saturating_add(1);
		}
		for (job, count) in counts {
			let open = T::Results::result(job).map(|result| result.open).unwrap_or_default();
			ensure!(open >= count, "the market counts fewer open questions than there are demands");
			ensure!(count <= T::MaxOpenDemands::get(), "a result has too many open demands");
		}
		Ok(())
	}

	/// Each demand has exactly one deadline, right after the last block to reveal in, which the cursor has not passed.
	pub(crate) fn check_deadlines() -> Result<(), TryRuntimeError> {
		let mut open = 0usize;
		for (job, index, demand) in Demands::<T>::iter() {
			let due = Self::due(demand.reveal_by);
			ensure!(Deadlines::<T>::contains_key(due, (job, index)), "a demand has no deadline");
			open = open.saturating_add(1);
		}
		ensure!(Deadlines::<T>::iter_keys().count() == open, "there is a deadline that no demand explains");
		let cursor = DeadlineCursor::<T>::get().unwrap_or_default();
		ensure!(Deadlines::<T>::iter_keys().all(|(due, _)| due >= cursor), "the cursor has passed a deadline");
		Ok(())
	}
}
