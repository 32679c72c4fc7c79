//! The money behind a job: paying the provider, refunding the client.
//!
//! Everything here is total: an account that cannot take what is due to it does not keep a job from ending. The only
//! errors are that the books name a hold which is not there, and those of a rail that is out of order.

use super::{agenda::Step, *};
use core::ops::Range;
use frame_support::storage::with_storage_layer;
use frame_system::pallet_prelude::BlockNumberFor;
use sp_runtime::{traits::CheckedSub, SaturatedConversion};

impl<T: Config> Pallet<T> {
	/// The units of a job that the next result is about, or the one that stands: those of its next range, or all.
	pub(crate) fn units_due(id: JobId, spec: &JobSpec<T>) -> Range<u32> {
		Ranges::<T>::get(id).map_or(0..spec.units, |progress| progress.next(spec.units))
	}

	/// Pay for the result of a job, or of a range of it: when its review is over, or before that when the client has `accepted`
	/// what begins with that unit.
	pub(crate) fn settle(id: JobId, mut job: Job<T>, accepted: Option<u32>) -> Result<Step, DispatchError> {
		let standing = job.standing().ok_or(Error::<T>::JobNotCommitted)?;
		ensure!(standing.open == 0, Error::<T>::ResultContested);
		let now = frame_system::Pallet::<T>::block_number();
		ensure!(accepted.is_some() || now >= standing.settles_at, Error::<T>::ReviewNotOver);

		let all = job.spec.units;
		let progress = Ranges::<T>::get(id);
		let range = progress.as_ref().map_or(0..all, |progress| progress.next(all));
		// Nobody accepts what it has not seen, should it have signed twice.
		ensure!(accepted.is_none_or(|first| first == range.start), Error::<T>::WrongRange);
		let units = range.end.saturating_sub(range.start);
		let is_last = range.end >= all;
		let price = if is_last { job.escrow } else { standing.bid.price.saturating_mul(units.into()) };
		// The rail has the escrow of other jobs as well.
		job.escrow = job.escrow.checked_sub(&price).ok_or(Error::<T>::HoldMissing)?;
		let paid = T::Rails::pay(job.payment, &job.client, &standing.bid.provider, price)?;
		T::Rewards::credit_work(&standing.bid.provider, job.spec.work_of(units), paid.fee_value);
		let total = match progress {
			Some(progress) => Self::note_range(id, progress, &standing, paid)?,
			None => paid,
		};
		if is_last {
			Self::end_settled(id, job, standing, paid, total);
			return Ok(Step::Settle);
		}
		Self::go_on(id, job, standing, range, paid, now);
		Ok(Step::SettleRange)
	}

	/// Pay for the result of a job that begins with unit `first`, because its client accepts it. Returns whether a check has ended
	/// with that.
	pub(crate) fn accept(id: JobId, job: Job<T>, first: u32) -> Result<bool, DispatchError> {
		let now = frame_system::Pallet::<T>::block_number();
		let is_early = job.standing().is_some_and(|standing| now < standing.settles_at);
		Self::settle(id, job, Some(first))?;
		Ok(is_early && T::Checks::accepted(id))
	}

	/// Write down that a range is paid for. Returns how all that was paid for the job so far was divided.
	fn note_range(
		id: JobId,
		mut progress: Progress<T>,
		standing: &Standing<T>,
		paid: Paid<BalanceOf<T>>,
	) -> Result<Paid<BalanceOf<T>>, DispatchError> {
		let before = progress.paid;
		let total = Paid {
			to_provider: before.to_provider.saturating_add(paid.to_provider),
			burned: before.burned.saturating_add(paid.burned),
			to_treasury: before.to_treasury.saturating_add(paid.to_treasury),
			fee_value: before.fee_value.saturating_add(paid.fee_value),
		};
		progress.paid = total;
		progress.bid = Some(standing.bid.clone());
		// There is room, unless a runtime takes fewer ranges than the one that took the job.
		progress.roots.try_push(standing.root).map_err(|_| DispatchError::Corruption)?;
		Ranges::<T>::insert(id, progress);
		Ok(total)
	}

	/// End a job of which all is paid for, its last range last. `total` is what that comes to in all.
	fn end_settled(id: JobId, job: Job<T>, standing: Standing<T>, paid: Paid<BalanceOf<T>>, total: Paid<BalanceOf<T>>) {
		let Standing { bid, root, .. } = standing;
		Self::release_slot(bid.machine);
		Self::note_settled(&job.client, &bid);
		Self::deposit_event(Event::JobSettled {
			job: id,
			client: job.client.clone(),
			provider: bid.provider.clone(),
			payment: job.payment,
			paid,
		});
		Self::enter(id, job, JobState::Settled { bid, root, paid: total });
	}

	/// Have the provider go on with the next range, now that `range` is paid for. It has as much time left to compute as when it had
	/// committed to that, and besides the time that it takes to see that it is to commit again.
	fn go_on(
		id: JobId,
		mut job: Job<T>,
		standing: Standing<T>,
		range: Range<u32>,
		paid: Paid<BalanceOf<T>>,
		now: BlockNumberFor<T>,
	) {
		let reviewed = now.saturating_sub(standing.committed_at(&job.spec));
		job.spec.deadline = job.spec.deadline.saturating_add(reviewed).saturating_add(T::MinRunBlocks::get());
		Self::deposit_event(Event::RangeSettled {
			job: id,
			client: job.client.clone(),
			provider: standing.bid.provider.clone(),
			payment: job.payment,
			first: range.start,
			units: range.end.saturating_sub(range.start),
			root: standing.root,
			paid,
			deadline: job.spec.deadline,
		});
		Self::enter(id, job, JobState::Assigned { bid: standing.bid });
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
