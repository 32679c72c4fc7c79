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
use assay_primitives::{Appointments, MachineId, Region};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{storage::with_storage_layer, weights::Weight};
use frame_system::pallet_prelude::BlockNumberFor;
use scale_info::TypeInfo;

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
}

impl<T: Config> Appointments for Pallet<T> {
	type BlockNumber = BlockNumberFor<T>;
	type Item = Task;
	type Cursor = AgendaCursor<T>;
	type Items = Agenda<T>;

	fn base_weight() -> Weight {
		T::WeightInfo::agenda_base()
	}

	fn block_weight() -> Weight {
		T::WeightInfo::agenda_block()
	}

	fn max_item_weight() -> Weight {
		T::WeightInfo::agenda_slash().max(T::WeightInfo::agenda_forget())
	}

	fn act(task: Task) -> Weight {
		Self::do_task(task);
		task.weight::<T>()
	}
}

impl<T: Config> Pallet<T> {
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
