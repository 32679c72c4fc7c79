//! Rounds of work: what accepted work earns out of the render-work pot, and its payment.
//!
//! A round is the time between two mints. While it runs, [`Pallet::credit_work`] adds up work and fees, in all and by
//! provider. When it closes, what the pot has free is shared out pro rata to work, but a provider's reward is never more than
//! `k` × the fees on its own work. Nobody is visited at that time: the round keeps the two numbers by which each
//! provider's reward can be computed when the provider is next credited or paid. So every step is O(1), whoever else exists.
//!
//! What rewards may come to at most, `k` × all fees, is reserved when the round closes. It is released as far as it was not
//! earned when the last provider has settled. As anyone may claim for a provider, nobody can hold it back.

use crate::{
	Config, CurrentRound, Error, Event, LastPeriod, Pallet, Pot, Reserved, Round, Rounds, UnexpectedKind, WorkLedger,
	WorkLedgers,
};
use assay_primitives::{Balance, WorkRewards};
use frame_support::{
	defensive, ensure,
	pallet_prelude::DispatchResult,
	traits::{
		fungible::{Inspect, Mutate},
		tokens::{Fortitude, Preservation},
		Get,
	},
};
use sp_runtime::{helpers_128bit::multiply_by_rational_with_rounding, traits::Zero, Rounding};

impl<T: Config> WorkRewards<T::AccountId, Balance> for Pallet<T> {
	/// Count accepted work into the current round. O(1).
	///
	/// Work without a fee earns nothing, so it is not counted and takes nothing from the share of others.
	///
	/// Emits `WorkCredited`, and `WorkSettled` when it is the provider's first work since a round closed.
	fn credit_work(provider: &T::AccountId, work: u128, fee: Balance) {
		if work.is_zero() || fee.is_zero() {
			return;
		}
		let mut totals = CurrentRound::<T>::get();
		// A provider's sums are parts of these, so that they fit when these do.
		let (Some(all_work), Some(all_fee)) = (totals.work.checked_add(work), totals.fee.checked_add(fee)) else {
			Self::deposit_event(Event::Unexpected { kind: UnexpectedKind::RoundOverflow });
			return;
		};
		let round = LastPeriod::<T>::get();
		let mut ledger = WorkLedgers::<T>::get(provider);
		Self::settle(provider, &mut ledger);
		if ledger.work.is_zero() {
			totals.providers = totals.providers.saturating_add(1);
		}
		ledger.round = round;
		ledger.work = ledger.work.saturating_add(work);
		ledger.fee = ledger.fee.saturating_add(fee);
		totals.work = all_work;
		totals.fee = all_fee;
		WorkLedgers::<T>::insert(provider, ledger);
		CurrentRound::<T>::put(totals);
		Self::deposit_event(Event::WorkCredited { provider: provider.clone(), round, work, fee });
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn make_dearest(provider: &T::AccountId) {
		crate::benchmarking::leave_unsettled::<T>(provider);
	}
}

impl<T: Config> Pallet<T> {
	/// What the render-work pot can give: its balance without the existential deposit and without what is reserved.
	pub(crate) fn free_for_work() -> Balance {
		let pot = Self::pot_account(Pot::RenderWork);
		T::Currency::reducible_balance(&pot, Preservation::Preserve, Fortitude::Polite)
			.saturating_sub(Reserved::<T>::get())
	}

	/// Close the current round. A round in which nobody earned leaves nothing behind. O(1).
	pub(crate) fn close_round(round: u32) {
		let totals = CurrentRound::<T>::take();
		if totals.work.is_zero() {
			return;
		}
		let amount = Self::free_for_work();
		// No sum of rewards is larger: shares of `amount` are rounded down, and so are the parts of each provider's fees.
		let reserved = T::RewardFeeShare::get().mul_floor(totals.fee).min(amount);
		if !reserved.is_zero() {
			let (work, unsettled) = (totals.work, totals.providers);
			Rounds::<T>::insert(round, Round { work, amount, reserved, unsettled });
			Reserved::<T>::mutate(|all| *all = all.saturating_add(reserved));
		}
		Self::deposit_event(Event::RoundClosed { round, work: totals.work, distributed: reserved });
	}

	/// Reward of `ledger` out of the closed `round` that it belongs to.
	pub(crate) fn reward(round: &Round, ledger: &WorkLedger) -> Balance {
		// Not above `amount`, as no provider's work is above the round's; so it always fits.
		multiply_by_rational_with_rounding(round.amount, ledger.work, round.work, Rounding::Down)
			.unwrap_or_default()
			.min(T::RewardFeeShare::get().mul_floor(ledger.fee))
	}

	/// Move what `ledger` earned in a round that has closed to its pending rewards. Whether there was such a round. O(1).
	fn settle(provider: &T::AccountId, ledger: &mut WorkLedger) -> bool {
		if ledger.work.is_zero() || ledger.round >= LastPeriod::<T>::get() {
			return false;
		}
		let mut reward = Balance::zero();
		// A round that is not there had nothing to give.
		if let Some(mut round) = Rounds::<T>::take(ledger.round) {
			reward = Self::reward(&round, ledger);
			if reward > round.reserved {
				defensive!("rewards of a round are within what it reserved");
				Self::deposit_event(Event::Unexpected { kind: UnexpectedKind::RewardNotCovered });
				reward = round.reserved;
			}
			round.reserved = round.reserved.saturating_sub(reward);
			round.unsettled = round.unsettled.saturating_sub(1);
			if round.unsettled.is_zero() {
				// What nobody earned is free again. The reward itself stays reserved until it is paid.
				Reserved::<T>::mutate(|all| *all = all.saturating_sub(round.reserved));
			} else {
				Rounds::<T>::insert(ledger.round, round);
			}
		}
		Self::deposit_event(Event::WorkSettled { provider: provider.clone(), round: ledger.round, reward });
		*ledger = WorkLedger { pending: ledger.pending.saturating_add(reward), ..Default::default() };
		true
	}

	/// Settle and pay what `provider` has earned in closed rounds. See [`Pallet::claim_work_reward`].
	pub(crate) fn do_claim_work_reward(provider: &T::AccountId) -> DispatchResult {
		let mut ledger = WorkLedgers::<T>::get(provider);
		let settled = Self::settle(provider, &mut ledger);
		let amount = core::mem::take(&mut ledger.pending);
		ensure!(settled || !amount.is_zero(), Error::<T>::NothingToClaim);
		if ledger.work.is_zero() {
			WorkLedgers::<T>::remove(provider);
		} else {
			WorkLedgers::<T>::insert(provider, ledger);
		}
		// A round's only reward may have been rounded down to nothing; then settling it was all there was to do.
		if !amount.is_zero() {
			Reserved::<T>::mutate(|all| *all = all.saturating_sub(amount));
			let pot = Self::pot_account(Pot::RenderWork);
			T::Currency::transfer(&pot, provider, amount, Preservation::Preserve)?;
			Self::deposit_event(Event::WorkRewardPaid { provider: provider.clone(), amount });
		}
		Ok(())
	}
}
