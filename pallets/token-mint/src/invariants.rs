//! What must always be true of the pallet's storage; one check each. Run after every test and by `try-runtime`.

use crate::{
	budget, AllProgress, Budgets, ChainSchedule, Config, CurrentRound, EmittedToCapacity, Ledgers, Owed, Pallet,
	PotState, PotStates, Rounds, TransferLock,
};
use alloc::collections::BTreeMap;
use assay_primitives::{Balance, RewardKind};
use frame_support::{
	ensure,
	traits::{
		fungible::Inspect,
		tokens::{Fortitude, Preservation},
		Get,
	},
};
use sp_runtime::{traits::Zero, TryRuntimeError};

impl<T: Config> Pallet<T> {
	/// Every check of this file. O(accounts with rewards).
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		Self::check_emission()?;
		Self::check_supply()?;
		Self::check_budgets()?;
		Self::check_owed()?;
		Self::check_emitted_to_capacity()?;
		Self::check_transfer_lock()?;
		for kind in RewardKind::ALL {
			Self::check_reserved_is_covered(kind)?;
			Self::check_reserved_is_promised(kind)?;
			Self::check_ledgers(kind)?;
			Self::check_current_round(kind)?;
			Self::check_closed_rounds(kind)?;
		}
		Ok(())
	}

	/// What each schedule has minted, owes and withholds is what was due by the end of its last period, by its closed form or
	/// by its state; and within its pool.
	pub(crate) fn check_emission() -> Result<(), TryRuntimeError> {
		for progress in AllProgress::<T>::get() {
			// A schedule that an upgrade has ended is only counted.
			let Some(ChainSchedule { emission, .. }) = Self::schedule(progress.id) else { continue };
			let owed = Owed::<T>::get(progress.id).iter().fold(0, |sum: Balance, (_, owed)| sum.saturating_add(*owed));
			let released = progress.minted.saturating_add(owed).saturating_add(progress.withheld);
			let due = emission.cumulative(&progress.state, progress.state.period);
			ensure!(released == due, "minted + owed + withheld != what the schedule says");
			ensure!(released <= emission.pool, "more minted than the pool");
		}
		Ok(())
	}

	/// There are not more tokens than the cap, and schedules have not minted more than it leaves to them.
	pub(crate) fn check_supply() -> Result<(), TryRuntimeError> {
		let cap = T::Cap::get();
		ensure!(T::Currency::total_issuance() <= cap, "total issuance is above the cap");
		let minted = Self::sum_minted(&AllProgress::<T>::get());
		ensure!(minted <= cap.saturating_sub(T::GenesisSupply::get()), "schedules have minted more than their part");
		Ok(())
	}

	/// Every budget is valid.
	pub(crate) fn check_budgets() -> Result<(), TryRuntimeError> {
		let valid = Budgets::<T>::iter_values().all(|budget| budget::validate::<T>(&budget).is_ok());
		ensure!(valid, "a budget is not valid");
		Ok(())
	}

	/// Nobody is owed nothing or twice, and all that the budget could come to owe has room.
	pub(crate) fn check_owed() -> Result<(), TryRuntimeError> {
		for (id, owed) in Owed::<T>::iter() {
			ensure!(!owed.is_empty() && owed.iter().all(|(_, amount)| !amount.is_zero()), "nothing is owed");
			let count = |who| owed.iter().filter(|(other, _)| other == who).count();
			ensure!(owed.iter().all(|(who, _)| count(who) == 1), "a recipient is owed twice");
			ensure!(budget::validate_owed::<T>(&Budgets::<T>::get(id), &owed).is_ok(), "too many are owed something");
		}
		Ok(())
	}

	/// The capacity pot was not given more than was minted.
	pub(crate) fn check_emitted_to_capacity() -> Result<(), TryRuntimeError> {
		let minted = Self::sum_minted(&AllProgress::<T>::get());
		ensure!(EmittedToCapacity::<T>::get() <= minted, "more minted into the capacity pot than minted");
		Ok(())
	}

	/// Transfers are not closed any more when what they wait for is minted.
	pub(crate) fn check_transfer_lock() -> Result<(), TryRuntimeError> {
		let minted = Self::sum_minted(&AllProgress::<T>::get());
		let due = TransferLock::<T>::get().is_some_and(|part| !part.is_zero() && minted >= Self::opens_at(part));
		ensure!(!due, "transfers should be open");
		Ok(())
	}

	/// The pot can pay all that is reserved and live on.
	pub(crate) fn check_reserved_is_covered(kind: RewardKind) -> Result<(), TryRuntimeError> {
		let pot = Self::pot_account(kind.into());
		let payable = T::Currency::reducible_balance(&pot, Preservation::Preserve, Fortitude::Polite);
		ensure!(PotStates::<T>::get(kind).reserved <= payable, "more reserved than the pot can pay");
		Ok(())
	}

	/// What is reserved is what closed rounds hold for those who have not settled, and the pending rewards of the others.
	pub(crate) fn check_reserved_is_promised(kind: RewardKind) -> Result<(), TryRuntimeError> {
		let rounds = Rounds::<T>::iter_prefix_values(kind);
		let held = rounds.fold(0, |sum: Balance, round| sum.saturating_add(round.reserved));
		let ledgers = Ledgers::<T>::iter_prefix_values(kind);
		let all = ledgers.fold(held, |sum, ledger| sum.saturating_add(ledger.pending));
		ensure!(PotStates::<T>::get(kind).reserved == all, "reserved != held by rounds + pending");
		Ok(())
	}

	/// Ledgers are of no later round than the current one, have a fee if and only if they have work, and are not empty.
	pub(crate) fn check_ledgers(kind: RewardKind) -> Result<(), TryRuntimeError> {
		let current = CurrentRound::<T>::get().number;
		for ledger in Ledgers::<T>::iter_prefix_values(kind) {
			let has_fee = kind == RewardKind::Work && !ledger.points.is_zero();
			ensure!(ledger.round <= current, "a ledger of a round to come");
			ensure!(has_fee != ledger.fee.is_zero(), "work without a fee, or a fee without work");
			ensure!(!ledger.points.is_zero() || !ledger.pending.is_zero(), "an empty ledger is stored");
		}
		Ok(())
	}

	/// The kind's running round is that of all kinds, and its sums are those of the ledgers in it.
	pub(crate) fn check_current_round(kind: RewardKind) -> Result<(), TryRuntimeError> {
		let state = PotStates::<T>::get(kind);
		ensure!(state.round == CurrentRound::<T>::get().number, "a kind is in another round than the others");
		let none = PotState { round: state.round, reserved: state.reserved, ..Default::default() };
		let sums = Ledgers::<T>::iter_prefix_values(kind)
			.filter(|ledger| ledger.round == state.round && !ledger.points.is_zero())
			.fold(none, |sums, ledger| PotState {
				points: sums.points.saturating_add(ledger.points),
				fee: sums.fee.saturating_add(ledger.fee),
				accounts: sums.accounts.saturating_add(1),
				..sums
			});
		ensure!(state == sums, "the current round's sums are not those of its ledgers");
		Ok(())
	}

	/// A closed round is before the current one, knows how many have not settled, and holds enough for them.
	pub(crate) fn check_closed_rounds(kind: RewardKind) -> Result<(), TryRuntimeError> {
		let current = CurrentRound::<T>::get().number;
		let mut unsettled = BTreeMap::<u32, (u32, Balance)>::new();
		for ledger in Ledgers::<T>::iter_prefix_values(kind).filter(|ledger| !ledger.points.is_zero()) {
			let Some(round) = Rounds::<T>::get(kind, ledger.round) else { continue };
			let (count, promised) = unsettled.entry(ledger.round).or_default();
			*count = count.saturating_add(1);
			*promised = promised.saturating_add(Self::reward(&round, &ledger));
		}
		for (index, round) in Rounds::<T>::iter_prefix(kind) {
			let (count, promised) = unsettled.get(&index).copied().unwrap_or_default();
			ensure!(index < current, "a closed round that is not over");
			ensure!(count == round.unsettled && count > 0, "unsettled != ledgers of the round");
			ensure!(promised <= round.reserved, "a round holds less than its rewards");
			ensure!(round.reserved <= round.amount, "a round holds more than it could share out");
		}
		Ok(())
	}
}
