//! What must always be true of offences, pending slashes and debts.
//!
//! That no account has a contest's bond on hold without a contest cannot be seen from here, as with stake.

use crate::{
	Agenda, AgendaCursor, Config, Debts, HoldReason, Misses, NextSlashId, Pallet, PendingOf, PendingSlashes, Punished,
	RegionReports, Reported, SlashId, SlashState, Task, TotalDebt,
};
use alloc::collections::{BTreeMap, BTreeSet};
use assay_primitives::{Balance, Offence};
use codec::Encode;
use frame_support::{
	ensure,
	traits::{fungible::InspectHold, Get},
};
use sp_runtime::{traits::Zero, TryRuntimeError};

impl<T: Config> Pallet<T> {
	/// Check everything that must always be true of offences.
	pub(crate) fn check_offences() -> Result<(), TryRuntimeError> {
		Self::check_queue()?;
		Self::check_contests()?;
		Self::check_debts()?;
		Self::check_memory()?;
		Self::check_agenda()
	}

	/// The list of each provider has its pending slashes and their sum, and is neither empty nor too long.
	fn check_queue() -> Result<(), TryRuntimeError> {
		let mut expected = BTreeMap::<T::AccountId, (Balance, BTreeSet<SlashId>)>::new();
		for (slash, pending) in PendingSlashes::<T>::iter() {
			ensure!(slash < NextSlashId::<T>::get(), "the number of a pending slash is not used yet");
			// Abandoned leases were queued before spec_version 8, for ten days at most.
			let was_queued = pending.report.offence == Offence::LeaseAbandoned;
			ensure!(was_queued || !pending.report.offence.is_proven(), "a proven offence is pending");
			let (amount, slashes) = expected.entry(pending.report.provider).or_default();
			*amount = amount.saturating_add(pending.amount);
			slashes.insert(slash);
		}
		for (provider, list) in PendingOf::<T>::iter() {
			ensure!(
				list.slashes.len() as u32 <= T::MaxPendingSlashes::get(),
				"a provider has too many pending slashes"
			);
			let (amount, slashes) = expected.remove(&provider).unwrap_or_default();
			ensure!(!list.slashes.is_empty(), "an empty list of pending slashes is stored");
			ensure!(list.amount == amount, "the sum of pending slashes differs");
			ensure!(
				list.slashes.len() == slashes.len() && list.slashes.iter().all(|slash| slashes.contains(slash)),
				"a list of pending slashes differs"
			);
		}
		ensure!(expected.is_empty(), "a pending slash is in no list");
		Ok(())
	}

	/// What is on hold for contests is the sum of their bonds, for every provider with pending slashes.
	fn check_contests() -> Result<(), TryRuntimeError> {
		let mut bonds = BTreeMap::<T::AccountId, Balance>::new();
		for pending in PendingSlashes::<T>::iter_values() {
			let bond = match pending.state {
				SlashState::Contested { bond, .. } => bond,
				_ => 0,
			};
			let sum = bonds.entry(pending.report.provider).or_default();
			*sum = sum.saturating_add(bond);
		}
		for (provider, bond) in bonds {
			let held = T::Currency::balance_on_hold(&HoldReason::ContestBond.into(), &provider);
			ensure!(held == bond, "the hold differs from the contests");
		}
		Ok(())
	}

	/// No debt is zero or too large, and the total is their sum.
	fn check_debts() -> Result<(), TryRuntimeError> {
		let mut total: Balance = 0;
		for debt in Debts::<T>::iter_values() {
			ensure!(!debt.is_zero(), "a debt is zero");
			ensure!(debt <= T::MaxDebt::get(), "a debt is too large");
			total = total.saturating_add(debt);
		}
		ensure!(TotalDebt::<T>::get() == total, "the total differs from the debts");
		Ok(())
	}

	/// Nothing is remembered that says nothing, or will not be forgotten: each entry has one task of the agenda.
	fn check_memory() -> Result<(), TryRuntimeError> {
		let mut tasks = BTreeMap::<_, u32>::new();
		for (_, task) in Agenda::<T>::iter_keys() {
			let count = tasks.entry(task.encode()).or_default();
			*count = count.saturating_add(1);
		}
		let mut once = |task: Task| tasks.remove(&task.encode()) == Some(1);
		for slash in PendingSlashes::<T>::iter_keys() {
			ensure!(once(Task::Slash(slash)), "a pending slash has not one task");
		}
		for key in Reported::<T>::iter_keys() {
			ensure!(once(Task::Report(key)), "a report has not one task");
		}
		for (machine, period, amount) in Punished::<T>::iter() {
			ensure!(!amount.is_zero(), "a machine was punished by nothing");
			ensure!(once(Task::Punished(machine, period)), "a punishment has not one task");
		}
		for (machine, misses) in Misses::<T>::iter() {
			ensure!(misses.count <= crate::offences::MAX_MISSES, "too many missed challenges are counted");
			ensure!(once(Task::Misses(machine)), "missed challenges have not one task");
		}
		for (region, window, count) in RegionReports::<T>::iter() {
			ensure!(!count.is_zero(), "a region's count is zero");
			ensure!(once(Task::Region(region, window)), "a region's count has not one task");
		}
		ensure!(tasks.is_empty(), "a task has nothing to do");
		Ok(())
	}

	/// No task is filed before the block from which on the agenda is worked off.
	fn check_agenda() -> Result<(), TryRuntimeError> {
		let cursor = AgendaCursor::<T>::get();
		for (due, _) in Agenda::<T>::iter_keys() {
			ensure!(cursor.is_some_and(|cursor| cursor <= due), "a task is behind the cursor");
		}
		Ok(())
	}
}
