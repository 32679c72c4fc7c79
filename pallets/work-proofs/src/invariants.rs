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
		Self::check_deadlines()?;
		Self::check_expiries()
	}

	/// In each account, what is on hold is the sum of the deposits of its open demands, and of its announcements. O(accounts).
	pub(crate) fn check_deposits() -> Result<(), TryRuntimeError> {
		let demands = Demands::<T>::iter_values().map(|demand| (demand.by, demand.deposit));
		Self::check_holds(HoldReason::DemandDeposit, demands)?;
		let announcements = Announcements::<T>::iter().map(|(by, _, announcement)| (by, announcement.deposit));
		Self::check_holds(HoldReason::AnnouncementDeposit, announcements)
	}

	/// In each account, what is on hold for `reason` is the sum of its `deposits`.
	fn check_holds(
		reason: HoldReason,
		deposits: impl Iterator<Item = (T::AccountId, BalanceOf<T>)>,
	) -> Result<(), TryRuntimeError> {
		let mut books = BTreeMap::<T::AccountId, BalanceOf<T>>::new();
		for (by, deposit) in deposits {
			let sum = books.entry(by).or_default();
			*sum = sum.saturating_add(deposit);
		}
		// Holds cannot be enumerated, but accounts can: so whoever has no deposit is looked at as well.
		for account in frame_system::Account::<T>::iter_keys() {
			let sum = books.remove(&account).unwrap_or_default();
			let held = T::Currency::balance_on_hold(&reason.into(), &account);
			ensure!(held == sum, "an account's hold differs from the books");
		}
		ensure!(books.is_empty(), "somebody who has put up a deposit has no account");
		Ok(())
	}

	/// Each demand is an open question about its result, for a unit that it has, and there are not too many.
	pub(crate) fn check_questions() -> Result<(), TryRuntimeError> {
		let mut counts = BTreeMap::<JobId, u32>::new();
		for (job, index, _) in Demands::<T>::iter() {
			let Ok(result) = T::Results::result(job) else { continue };
			ensure!(result.place(index).is_some(), "a unit is demanded that the result is not about");
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

	/// Each announcement has exactly one appointment, right after the last block in which it counts, which the cursor has not
	/// passed.
	pub(crate) fn check_expiries() -> Result<(), TryRuntimeError> {
		let mut announced = 0usize;
		for (by, hash, announcement) in Announcements::<T>::iter() {
			let due = Self::due(announcement.until);
			ensure!(Expiries::<T>::contains_key(due, (by, hash)), "an announcement would be kept for ever");
			ensure!(announcement.counts_from <= announcement.until, "an announcement never counts");
			announced = announced.saturating_add(1);
		}
		ensure!(Expiries::<T>::iter_keys().count() == announced, "there is an expiry that no announcement explains");
		let cursor = ExpiryCursor::<T>::get().unwrap_or_default();
		ensure!(Expiries::<T>::iter_keys().all(|(due, _)| due >= cursor), "the cursor has passed an expiry");
		Ok(())
	}
}
