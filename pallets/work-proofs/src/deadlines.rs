//! The chain's own clock: demands whose time is over are closed in blocks that have weight left.

use super::*;
use frame_support::storage::with_storage_layer;
use frame_system::pallet_prelude::BlockNumberFor;

impl<T: Config> Appointments for Pallet<T> {
	type BlockNumber = BlockNumberFor<T>;
	type Item = (JobId, u32);
	type Cursor = DeadlineCursor<T>;
	type Items = Deadlines<T>;

	fn base_weight() -> Weight {
		T::WeightInfo::deadlines_base()
	}

	fn block_weight() -> Weight {
		T::WeightInfo::deadlines_block()
	}

	fn max_item_weight() -> Weight {
		T::WeightInfo::deadlines_demand()
	}

	fn act((job, index): (JobId, u32)) -> Weight {
		if let Err(error) = with_storage_layer(|| Self::close(job, index)) {
			Self::unexpected(UnexpectedKind::DemandNotClosed { job, index, error });
		}
		T::WeightInfo::deadlines_demand()
	}
}

impl<T: Config> Pallet<T> {
	/// The block in which the chain ends what can be used until block `last`.
	pub(crate) fn due(last: BlockNumberFor<T>) -> BlockNumberFor<T> {
		last.saturating_add(One::one())
	}
}
