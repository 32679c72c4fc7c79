//! The chain's own clock: demands whose time is over are closed in blocks that have weight left.

use super::*;
use frame_support::{storage::with_storage_layer, weights::WeightMeter};
use frame_system::pallet_prelude::BlockNumberFor;
use sp_runtime::traits::{One, Saturating};

impl<T: Config> Pallet<T> {
	/// The block in which the chain closes a demand that could be answered until `reveal_by`.
	pub(crate) fn due(reveal_by: BlockNumberFor<T>) -> BlockNumberFor<T> {
		reveal_by.saturating_add(One::one())
	}

	/// Have a demand closed when its time is over, which is after `now`.
	pub(crate) fn schedule(job: JobId, index: u32, reveal_by: BlockNumberFor<T>, now: BlockNumberFor<T>) {
		// From the first demand on, deadlines are worked off block by block; what was before does not matter.
		if !DeadlineCursor::<T>::exists() {
			DeadlineCursor::<T>::put(now);
		}
		Deadlines::<T>::insert(Self::due(reveal_by), (job, index), ());
	}

	/// With less weight than this left, no block closes a demand.
	pub(crate) fn smallest_useful_limit() -> Weight {
		T::WeightInfo::deadlines_base()
			.saturating_add(T::WeightInfo::deadlines_block())
			.saturating_add(T::WeightInfo::deadlines_demand())
	}

	/// Close the demands whose time is over at `now`, oldest first, as far as they fit into `limit`. Returns what was used.
	///
	/// Looks at each block once; a block whose demands did not fit is gone on with next time.
	pub(crate) fn work_off_deadlines(now: BlockNumberFor<T>, limit: Weight) -> Weight {
		let mut meter = WeightMeter::with_limit(limit);
		if meter.try_consume(T::WeightInfo::deadlines_base()).is_err() {
			return meter.consumed();
		}
		let Some(start) = DeadlineCursor::<T>::get() else { return meter.consumed() };
		let mut cursor = start;
		while cursor <= now && Self::work_off_block(cursor, &mut meter) {
			cursor.saturating_inc();
		}
		if cursor != start {
			DeadlineCursor::<T>::put(cursor);
		}
		meter.consumed()
	}

	/// Close the demands that are due in `block`. Returns whether none is left.
	pub(crate) fn work_off_block(block: BlockNumberFor<T>, meter: &mut WeightMeter) -> bool {
		if meter.try_consume(T::WeightInfo::deadlines_block()).is_err() {
			return false;
		}
		let mut items = Deadlines::<T>::drain_prefix(block);
		// Getting an item takes it off, so that there must be weight for it before.
		while meter.can_consume(T::WeightInfo::deadlines_demand()) {
			let Some(((job, index), ())) = items.next() else { return true };
			meter.consume(T::WeightInfo::deadlines_demand());
			if let Err(error) = with_storage_layer(|| Self::close(job, index)) {
				Self::unexpected(UnexpectedKind::DemandNotClosed { job, index, error });
			}
		}
		false
	}
}
