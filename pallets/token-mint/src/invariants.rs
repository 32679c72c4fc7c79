//! What must always be true of the pallet's storage; one check each. Run after every test and by `try-runtime`.

use crate::{
	budget, Budget, Config, CurrentRound, LastPeriod, Minted, Owed, Pallet, Pot, Reserved, RoundTotals, Rounds,
	WorkLedgers,
};
use alloc::collections::BTreeMap;
use assay_primitives::Balance;
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
	/// Every check of this file. O(providers).
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		Self::check_emission()?;
		Self::check_supply()?;
		Self::check_budget()?;
		Self::check_reserved_is_covered()?;
		Self::check_reserved_is_promised()?;
		Self::check_ledgers()?;
		Self::check_current_round()?;
		Self::check_closed_rounds()
	}

	/// What was minted and what pots are owed is what the schedule says for the last period, within the pool.
	pub(crate) fn check_emission() -> Result<(), TryRuntimeError> {
		let schedule = T::Schedule::get();
		let owed = Owed::<T>::iter_values().fold(0, |sum: Balance, owed| sum.saturating_add(owed));
		let released = Minted::<T>::get().saturating_add(owed);
		ensure!(released == schedule.cumulative(LastPeriod::<T>::get()), "minted + owed != what the schedule says");
		ensure!(released <= schedule.pool, "more minted than the pool");
		Ok(())
	}

	/// There are not more tokens than the cap.
	pub(crate) fn check_supply() -> Result<(), TryRuntimeError> {
		ensure!(T::Currency::total_issuance() <= T::Cap::get(), "total issuance is above the cap");
		Ok(())
	}

	/// The budget is valid.
	pub(crate) fn check_budget() -> Result<(), TryRuntimeError> {
		ensure!(budget::validate::<T>(&Budget::<T>::get()).is_ok(), "the budget is not valid");
		Ok(())
	}

	/// The render-work pot can pay all that is reserved and live on.
	pub(crate) fn check_reserved_is_covered() -> Result<(), TryRuntimeError> {
		let pot = Self::pot_account(Pot::RenderWork);
		let payable = T::Currency::reducible_balance(&pot, Preservation::Preserve, Fortitude::Polite);
		ensure!(Reserved::<T>::get() <= payable, "more reserved than the render-work pot can pay");
		Ok(())
	}

	/// What is reserved is what closed rounds hold for those who have not settled, and the pending rewards of the others.
	pub(crate) fn check_reserved_is_promised() -> Result<(), TryRuntimeError> {
		let rounds = Rounds::<T>::iter_values().fold(0, |sum: Balance, round| sum.saturating_add(round.reserved));
		let all = WorkLedgers::<T>::iter_values().fold(rounds, |sum, ledger| sum.saturating_add(ledger.pending));
		ensure!(Reserved::<T>::get() == all, "reserved != held by rounds + pending");
		Ok(())
	}

	/// Ledgers are of no later round than the current one, have a fee if and only if they have work, and are not empty.
	pub(crate) fn check_ledgers() -> Result<(), TryRuntimeError> {
		let current = LastPeriod::<T>::get();
		for ledger in WorkLedgers::<T>::iter_values() {
			ensure!(ledger.round <= current, "a ledger of a round to come");
			ensure!(ledger.work.is_zero() == ledger.fee.is_zero(), "work without a fee, or a fee without work");
			ensure!(!ledger.work.is_zero() || !ledger.pending.is_zero(), "an empty ledger is stored");
		}
		Ok(())
	}

	/// The current round's sums are those of the ledgers in it.
	pub(crate) fn check_current_round() -> Result<(), TryRuntimeError> {
		let current = LastPeriod::<T>::get();
		let totals = WorkLedgers::<T>::iter_values()
			.filter(|ledger| ledger.round == current && !ledger.work.is_zero())
			.fold(RoundTotals::default(), |sums, ledger| RoundTotals {
				work: sums.work.saturating_add(ledger.work),
				fee: sums.fee.saturating_add(ledger.fee),
				providers: sums.providers.saturating_add(1),
			});
		ensure!(CurrentRound::<T>::get() == totals, "the current round's sums are not those of its ledgers");
		Ok(())
	}

	/// A closed round is before the current one, knows how many have not settled, and holds enough for them.
	pub(crate) fn check_closed_rounds() -> Result<(), TryRuntimeError> {
		let current = LastPeriod::<T>::get();
		let mut unsettled = BTreeMap::<u32, (u32, Balance)>::new();
		for ledger in WorkLedgers::<T>::iter_values().filter(|ledger| !ledger.work.is_zero()) {
			let Some(round) = Rounds::<T>::get(ledger.round) else { continue };
			let (count, promised) = unsettled.entry(ledger.round).or_default();
			*count = count.saturating_add(1);
			*promised = promised.saturating_add(Self::reward(&round, &ledger));
		}
		for (index, round) in Rounds::<T>::iter() {
			let (count, promised) = unsettled.get(&index).copied().unwrap_or_default();
			ensure!(index < current, "a closed round that is not over");
			ensure!(count == round.unsettled && count > 0, "unsettled != ledgers of the round");
			ensure!(promised <= round.reserved, "a round holds less than its rewards");
			ensure!(round.reserved <= round.amount, "a round holds more than it could share out");
		}
		Ok(())
	}
}
