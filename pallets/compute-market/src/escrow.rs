//! The money behind a job: paying the provider, refunding the client.
//!
//! Everything here is total: an account that cannot take what is due to it does not keep a job from ending. The only
//! error is that the books name a hold which is not there.

use super::*;
use frame_support::{
	storage::with_storage_layer,
	traits::{
		tokens::{Fortitude, Restriction},
		Imbalance,
	},
};

impl<T: Config> Pallet<T> {
	/// How the price `total` of a job is divided. All roundings are down, so that the provider gets the remainders.
	pub(crate) fn divide(total: BalanceOf<T>) -> Settlement<BalanceOf<T>> {
		let fee = T::FeeRate::get().mul_floor(total);
		let burned = T::FeeBurnShare::get().mul_floor(fee);
		Settlement { paid: total.saturating_sub(fee), fee, burned, to_treasury: fee.saturating_sub(burned) }
	}

	/// Pay for the result of a job: when its review is over, or before that when the client has `accepted` it.
	pub(crate) fn settle(id: JobId, mut job: Job<T>, accepted: bool) -> DispatchResult {
		let JobState::Committed { bid, root, review_ends } = job.state.clone() else {
			return Err(Error::<T>::JobNotCommitted.into());
		};
		let now = frame_system::Pallet::<T>::block_number();
		ensure!(accepted || now >= review_ends, Error::<T>::ReviewNotOver);

		let Settlement { paid: due, fee, burned, to_treasury } = Self::divide(job.escrow);
		let paid = Self::pay(&job.client, &bid.provider, due)?;
		let (to_burn, rest) = Self::take(HoldReason::Escrow, &job.client, fee)?.split(burned);
		// Dropping a credit takes it out of the total issuance.
		drop(to_burn);
		T::ToTreasury::on_unbalanced(rest);
		Self::release_slot(bid.machine);
		T::Rewards::credit_work(&bid.provider, job.spec.work(), fee);

		job.escrow = Zero::zero();
		Self::deposit_event(Event::JobSettled {
			job: id,
			client: job.client.clone(),
			provider: bid.provider.clone(),
			paid,
			fee,
			burned,
			to_treasury: to_treasury.saturating_add(due.saturating_sub(paid)),
		});
		Self::enter(id, job, JobState::Settled { bid, root, paid, fee });
		Ok(())
	}

	/// End a job whose provider missed the deadline: refund the client, and have the provider slashed.
	pub(crate) fn expire(id: JobId, job: Job<T>) -> DispatchResult {
		let JobState::Assigned { bid } = job.state.clone() else { return Err(Error::<T>::JobNotAssigned.into()) };
		let now = frame_system::Pallet::<T>::block_number();
		ensure!(now > job.spec.deadline, Error::<T>::DeadlineNotPassed);

		let tier = Self::release_slot(bid.machine);
		let client = job.client.clone();
		Self::refund(id, job, RefundReason::DeadlineMissed)?;
		let Some(tier) = tier else { return Ok(()) };
		// In a layer of its own: a slash that fails halfway leaves nothing behind, and the refund stands.
		let slashed = with_storage_layer(|| T::Stake::slash(&bid.provider, tier, Offence::DeadlineMissed, &client));
		if let Err(error) = slashed {
			Self::unexpected(UnexpectedKind::SlashFailed { job: id, provider: bid.provider, error });
		}
		Ok(())
	}

	/// End a job by releasing all that is in escrow to its client.
	pub(crate) fn refund(id: JobId, mut job: Job<T>, reason: RefundReason) -> DispatchResult {
		let amount = Self::give_back(HoldReason::Escrow, &job.client, job.escrow)?;
		job.escrow = Zero::zero();
		Self::deposit_event(Event::JobRefunded { job: id, client: job.client.clone(), amount, reason });
		Self::enter(id, job, JobState::Refunded { reason });
		Ok(())
	}

	/// Release what `who` has on hold for `reason`, or give it to the treasury when the account cannot take it.
	///
	/// Returns what was released.
	pub(crate) fn give_back(
		reason: HoldReason,
		who: &T::AccountId,
		amount: BalanceOf<T>,
	) -> Result<BalanceOf<T>, DispatchError> {
		if amount.is_zero() {
			return Ok(amount);
		}
		with_storage_layer(|| T::Currency::release(&reason.into(), who, amount, Precision::Exact))
			.or_else(|_| Self::divert(reason, who, who, amount))
	}

	/// Pay `provider` out of the escrow of `client`, or give it to the treasury when the account cannot take it.
	///
	/// Returns what was paid.
	fn pay(
		client: &T::AccountId,
		provider: &T::AccountId,
		amount: BalanceOf<T>,
	) -> Result<BalanceOf<T>, DispatchError> {
		if amount.is_zero() {
			return Ok(amount);
		}
		with_storage_layer(|| {
			T::Currency::transfer_on_hold(
				&HoldReason::Escrow.into(),
				client,
				provider,
				amount,
				Precision::Exact,
				Restriction::Free,
				// What is in escrow was promised; freezing it later is no way out.
				Fortitude::Force,
			)
		})
		.or_else(|_| Self::divert(HoldReason::Escrow, client, provider, amount))
	}

	/// Give to the treasury what `holder` has on hold for `reason` and `payee` could not take. Returns zero.
	fn divert(
		reason: HoldReason,
		holder: &T::AccountId,
		payee: &T::AccountId,
		amount: BalanceOf<T>,
	) -> Result<BalanceOf<T>, DispatchError> {
		T::ToTreasury::on_unbalanced(Self::take(reason, holder, amount)?);
		Self::unexpected(UnexpectedKind::PayoutDiverted { account: payee.clone(), amount });
		Ok(Zero::zero())
	}

	/// Take exactly `amount` out of what `who` has on hold for `reason`.
	fn take(reason: HoldReason, who: &T::AccountId, amount: BalanceOf<T>) -> Result<CreditOf<T>, Error<T>> {
		let (credit, missing) = T::Currency::slash(&reason.into(), who, amount);
		ensure!(missing.is_zero(), Error::<T>::HoldMissing);
		Ok(credit)
	}
}
