//! The money behind a job: paying the provider, refunding the client.
//!
//! Everything here is total: an account that cannot take what is due to it does not keep a job from ending. The only
//! errors are that the books name a hold which is not there, and those of a rail that is out of order.

use super::*;
use frame_support::storage::with_storage_layer;
use sp_runtime::SaturatedConversion;

impl<T: Config> Pallet<T> {
	/// Pay for the result of a job: when its review is over, or before that when the client has `accepted` it.
	pub(crate) fn settle(id: JobId, mut job: Job<T>, accepted: bool) -> DispatchResult {
		let Standing { bid, root, settles_at, open, .. } = job.standing().ok_or(Error::<T>::JobNotCommitted)?;
		ensure!(open == 0, Error::<T>::ResultContested);
		let now = frame_system::Pallet::<T>::block_number();
		ensure!(accepted || now >= settles_at, Error::<T>::ReviewNotOver);

		let paid = T::Rails::pay(job.payment, &job.client, &bid.provider, job.escrow)?;
		Self::release_slot(bid.machine);
		T::Rewards::credit_work(&bid.provider, job.spec.work(), paid.fee_value);
		Self::note_settled(&job.client, &bid);

		job.escrow = Zero::zero();
		Self::deposit_event(Event::JobSettled {
			job: id,
			client: job.client.clone(),
			provider: bid.provider.clone(),
			payment: job.payment,
			paid,
		});
		Self::enter(id, job, JobState::Settled { bid, root, paid });
		Ok(())
	}

	/// End a job whose provider missed the deadline: refund the client, and have the provider slashed.
	pub(crate) fn expire(id: JobId, job: Job<T>) -> DispatchResult {
		let JobState::Assigned { bid } = job.state.clone() else { return Err(Error::<T>::JobNotAssigned.into()) };
		let now = frame_system::Pallet::<T>::block_number();
		let deadline = job.spec.deadline;
		ensure!(now > deadline, Error::<T>::DeadlineNotPassed);

		let machine = Self::release_slot(bid.machine);
		let client = job.client.clone();
		Self::refund(id, job, RefundReason::DeadlineMissed)?;
		let Some((tier, region)) = machine else { return Ok(()) };
		let report = OffenceReport {
			offence: Offence::DeadlineMissed,
			provider: bid.provider.clone(),
			machine: bid.machine,
			tier,
			region,
			at: deadline.saturated_into(),
			subject: id.0,
			wronged: Some(client),
			reporter: None,
		};
		// In a layer of its own: a slash that fails halfway leaves nothing behind, and the refund stands.
		if let Err(error) = with_storage_layer(|| T::Stake::report(report)) {
			Self::unexpected(UnexpectedKind::SlashFailed { job: id, provider: bid.provider, error });
		}
		Ok(())
	}

	/// End a job by releasing all that is in escrow to its client.
	pub(crate) fn refund(id: JobId, mut job: Job<T>, reason: RefundReason) -> DispatchResult {
		let amount = T::Rails::release(job.payment, &job.client, job.escrow)?;
		Self::note_refunded(&job, reason);
		job.escrow = Zero::zero();
		let (client, payment) = (job.client.clone(), job.payment);
		Self::deposit_event(Event::JobRefunded { job: id, client, payment, amount, reason });
		Self::enter(id, job, JobState::Refunded { reason });
		Ok(())
	}
}
