//! The chain's own clock: steps of jobs that are due, taken in blocks that have weight left.

use super::{auction::Closed, *};
use frame_support::storage::with_storage_layer;
use frame_system::pallet_prelude::BlockNumberFor;

/// A step that the chain takes by itself.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Step {
	/// Assigned a job to the best bidder.
	Assign,
	/// Refunded a job whose auction had no winner.
	Withdraw,
	/// Refunded a job whose deadline was missed.
	Expire,
	/// Paid for a result whose review was over.
	Settle,
	/// Paid for a range whose review was over, and there are others.
	SettleRange,
}

impl Step {
	/// What taking this step off the agenda weighs.
	fn weight<T: Config>(self) -> Weight {
		match self {
			Step::Assign => T::WeightInfo::agenda_assign(),
			Step::Withdraw => T::WeightInfo::agenda_withdraw(),
			Step::Expire => T::WeightInfo::agenda_expire(),
			Step::Settle => T::WeightInfo::agenda_settle(),
			Step::SettleRange => T::WeightInfo::agenda_settle_range(),
		}
	}

	/// What any step weighs at most.
	fn max_weight<T: Config>() -> Weight {
		let closing = Step::Assign.weight::<T>().max(Step::Withdraw.weight::<T>());
		let paying = Step::Settle.weight::<T>().max(Step::SettleRange.weight::<T>());
		closing.max(Step::Expire.weight::<T>()).max(paying)
	}
}

impl<T: Config> Appointments for Pallet<T> {
	type BlockNumber = BlockNumberFor<T>;
	type Item = JobId;
	type Cursor = AgendaCursor<T>;
	type Items = Agenda<T>;

	fn base_weight() -> Weight {
		T::WeightInfo::agenda_base()
	}

	fn block_weight() -> Weight {
		T::WeightInfo::agenda_block()
	}

	fn max_item_weight() -> Weight {
		Step::max_weight::<T>().saturating_add(T::WeightInfo::agenda_postpone())
	}

	fn act(job: JobId) -> Weight {
		match Self::take_step(job) {
			Ok(step) => step.weight::<T>(),
			Err(error) => {
				Self::unexpected(UnexpectedKind::AgendaItemFailed { job, error });
				Self::put_off(job);
				Self::max_item_weight()
			},
		}
	}
}

impl<T: Config> Recurring for Pallet<T> {
	type Postponed = Postponed<T>;

	fn first_pause() -> BlockNumberFor<T> {
		T::RetryBlocks::get()
	}
}

impl<T: Config> Pallet<T> {
	/// Have the due step of a job, which has failed, come back.
	pub(crate) fn put_off(id: JobId) {
		let now = frame_system::Pallet::<T>::block_number();
		let is_due = Jobs::<T>::get(id).and_then(|job| job.due()).is_some_and(|due| due <= now);
		if is_due {
			Self::postpone(id, now);
		}
	}

	/// Store `job` in its next state and move its agenda item to where that state is due.
	pub(crate) fn enter(id: JobId, mut job: Job<T>, state: JobState<T>) {
		let before = job.due();
		job.state = state;
		let after = job.due();
		if before != after {
			let now = frame_system::Pallet::<T>::block_number();
			if let Some(due) = before {
				Self::take_off(id, due, now);
			}
			if let Some(due) = after {
				Self::appoint(id, due, now);
			}
		}
		Jobs::<T>::insert(id, job);
	}

	/// Take the due step of a job, wholly or not at all.
	pub(crate) fn take_step(id: JobId) -> Result<Step, DispatchError> {
		with_storage_layer(|| {
			let job = Jobs::<T>::get(id).ok_or(Error::<T>::UnknownJob)?;
			match job.state {
				JobState::Open { .. } => Self::close(id, job, None).map(|outcome| match outcome {
					Closed::Assigned => Step::Assign,
					Closed::Withdrawn | Closed::Empty => Step::Withdraw,
				}),
				JobState::Assigned { .. } => Self::expire(id, job).map(|()| Step::Expire),
				JobState::Committed { .. } | JobState::Contested { .. } => Self::settle(id, job, None),
				JobState::Settled { .. } | JobState::Refunded { .. } => Err(Error::<T>::JobEnded.into()),
			}
		})
	}

	/// Tell everybody that something was worked around which ought not to have happened.
	pub(crate) fn unexpected(kind: UnexpectedKind<T::AccountId, BalanceOf<T>>) {
		log::warn!(target: LOG_TARGET, "worked around: {kind:?}");
		Self::deposit_event(Event::Unexpected { kind });
	}
}
