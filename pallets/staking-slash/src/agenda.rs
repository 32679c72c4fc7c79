//! What the pallet has to do later: carry out slashes that are due, and forget what no longer matters.
//!
//! Tasks are filed by the block in which they are due, and worked off in order, in blocks that have weight left. What does
//! not fit waits for the next block; anyone may carry out a due slash by
//! [`apply_slash`](crate::Pallet::apply_slash) meanwhile. A slash that fails is skipped with an event, and never keeps
//! back those behind it.

use crate::{
	offences::ReportKey, queue::SlashId, types::UnexpectedKind, weights::WeightInfo, Agenda, AgendaCursor, Config,
	Event, Pallet, Punished, RegionReports, Reported, SlashPeriodIndex,
};
use assay_primitives::{MachineId, Region};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{
	storage::with_storage_layer,
	weights::{Weight, WeightMeter},
};
use frame_system::pallet_prelude::BlockNumberFor;
use scale_info::TypeInfo;
use sp_runtime::traits::{One, Saturating};

/// Something to be done in a later block.
///
/// Indices are pinned: append only.
#[derive(Clone, Copy, Debug, Decode, DecodeWithMemTracking, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo)]
pub enum Task {
	/// Carry out a pending slash, or let it lapse.
	#[codec(index = 0)]
	Slash(SlashId),
	/// Forget a report.
	#[codec(index = 1)]
	Report(ReportKey),
	/// Forget what a machine was punished for in a period.
	#[codec(index = 2)]
	Punished(MachineId, SlashPeriodIndex),
	/// Forget the challenges that a machine missed.
	#[codec(index = 3)]
	Misses(MachineId),
	/// Forget how many offences there were in a region in a window.
	#[codec(index = 4)]
	Region(Region, u32),
}

impl Task {
	/// What doing it weighs at most.
	fn weight<T: Config>(self) -> Weight {
		match self {
			Self::Slash(_) => T::WeightInfo::agenda_slash(),
			_ => T::WeightInfo::agenda_forget(),
		}
	}

	/// What any task weighs at most.
	fn max_weight<T: Config>() -> Weight {
		T::WeightInfo::agenda_slash().max(T::WeightInfo::agenda_forget())
	}
}

impl<T: Config> Pallet<T> {
	/// Have `task` done in block `due`, or in the next one if that is over.
	pub(crate) fn schedule(task: Task, due: BlockNumberFor<T>) {
		let now = frame_system::Pallet::<T>::block_number();
		// From its first task on, the agenda is worked off block by block; what was before does not matter.
		if !AgendaCursor::<T>::exists() {
			AgendaCursor::<T>::put(now);
		}
		Agenda::<T>::insert(due.max(now.saturating_add(One::one())), task, ());
	}

	/// Do what is due at `now`, the oldest first, as far as it fits into `limit`. Returns what was used.
	///
	/// Looks at each block once; a block whose tasks did not fit is gone on with next time.
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

	/// With less weight than this left, no block does a task.
	pub(crate) fn smallest_useful_limit() -> Weight {
		T::WeightInfo::agenda_base()
			.saturating_add(T::WeightInfo::agenda_block())
			.saturating_add(Task::max_weight::<T>())
	}

	/// Do what was due in `block`. Returns whether nothing is left of it.
	pub(crate) fn work_off_block(block: BlockNumberFor<T>, meter: &mut WeightMeter) -> bool {
		if meter.try_consume(T::WeightInfo::agenda_block()).is_err() {
			return false;
		}
		let mut tasks = Agenda::<T>::drain_prefix(block);
		// Getting a task takes it off, so that there must be weight for it before.
		while meter.can_consume(Task::max_weight::<T>()) {
			let Some((task, ())) = tasks.next() else { return true };
			Self::do_task(task);
			meter.consume(task.weight::<T>());
		}
		false
	}

	/// Do `task`, wholly or not at all.
	pub(crate) fn do_task(task: Task) {
		match task {
			Task::Slash(slash) => {
				if let Err(error) = with_storage_layer(|| Self::do_apply_slash(slash)) {
					log::warn!(target: crate::LOG_TARGET, "pending slash {slash} failed: {error:?}");
					Self::deposit_event(Event::Unexpected {
						kind: UnexpectedKind::PendingSlashFailed { slash, error },
					});
				}
			},
			Task::Report(key) => Reported::<T>::remove(key),
			Task::Punished(machine, period) => Punished::<T>::remove(machine, period),
			Task::Misses(machine) => Self::forget_misses(machine),
			Task::Region(region, window) => RegionReports::<T>::remove(region, window),
		}
	}
}
