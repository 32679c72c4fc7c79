//! The chain's own clock: steps of jobs that are due, taken in blocks that have weight left.

use super::{auction::Closed, *};
use frame_support::{storage::with_storage_layer, weights::WeightMeter};
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
}

impl Step {
	/// What taking this step off the agenda weighs.
	fn weight<T: Config>(self) -> Weight {
		match self {
			Step::Assign => T::WeightInfo::agenda_assign(),
			Step::Withdraw => T::WeightInfo::agenda_withdraw(),
			Step::Expire => T::WeightInfo::agenda_expire(),
			Step::Settle => T::WeightInfo::agenda_settle(),
		}
	}

	/// What any step weighs at most.
	fn max_weight<T: Config>() -> Weight {
		let closing = Step::Assign.weight::<T>().max(Step::Withdraw.weight::<T>());
		closing.max(Step::Expire.weight::<T>()).max(Step::Settle.weight::<T>())
	}
}

impl<T: Config> Pallet<T> {
	/// Store `job` in its next state and move its agenda item to where that state is due.
	pub(crate) fn enter(id: JobId, mut job: Job<T>, state: JobState<T>) {
		let before = job.due();
		job.state = state;
		let after = job.due();
		if before != after {
			if let Some(due) = before {
				Agenda::<T>::remove(due, id);
			}
			if let Some(due) = after {
				Self::schedule(id, due, frame_system::Pallet::<T>::block_number());
			}
		}
		Jobs::<T>::insert(id, job);
	}

	/// Have the next step of a job taken in block `due`, which lies after `now`.
	pub(crate) fn schedule(id: JobId, due: BlockNumberFor<T>, now: BlockNumberFor<T>) {
		// From its first job on, the agenda is worked off block by block; what was before does not matter.
		if !AgendaCursor::<T>::exists() {
			AgendaCursor::<T>::put(now);
		}
		Agenda::<T>::insert(due, id, ());
	}

	/// Take the steps that are due at `now`, oldest first, as far as they fit into `limit`. Returns what was used.
	///
	/// Looks at each block once; a block whose items did not fit is gone on with next time.
	pub(crate) fn work_off_agenda(now: BlockNumberFor<T>, limit: Weight) -> Weight {
		let mut meter = WeightMeter::with_limit(limit);
		if meter.try_consume(T::WeightInfo::agenda_base()).is_err() {
			return meter.consumed();
		}
		let Some(start) = AgendaCursor::<T>::get() else { return meter.consumed() };
		let mut cursor = start;
		while cursor <= now && Self::work_off_block(cursor, &mut meter) {
			cursor.saturating_inc();
		}
		if cursor != start {
			AgendaCursor::<T>::put(cursor);
		}
		meter.consumed()
	}

	/// With less weight than this left, no block takes a step.
	pub(crate) fn smallest_useful_limit() -> Weight {
		T::WeightInfo::agenda_base()
			.saturating_add(T::WeightInfo::agenda_block())
			.saturating_add(Step::max_weight::<T>())
	}

	/// Take the steps that were due in `block`. Returns whether none is left.
	pub(crate) fn work_off_block(block: BlockNumberFor<T>, meter: &mut WeightMeter) -> bool {
		if meter.try_consume(T::WeightInfo::agenda_block()).is_err() {
			return false;
		}
		let mut items = Agenda::<T>::drain_prefix(block);
		// Getting an item takes it off, so that there must be weight for its step before.
		while meter.can_consume(Step::max_weight::<T>()) {
			let Some((id, ())) = items.next() else { return true };
			let used = match Self::take_step(id) {
				Ok(step) => step.weight::<T>(),
				Err(error) => {
					Self::unexpected(UnexpectedKind::AgendaItemFailed { job: id, error });
					Step::max_weight::<T>()
				},
			};
			meter.consume(used);
		}
		false
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
				JobState::Committed { .. } | JobState::Contested { .. } => {
					Self::settle(id, job, false).map(|()| Step::Settle)
				},
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
