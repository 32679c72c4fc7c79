//! The chain's own clock: checks whose stage is over go on in blocks that have weight left.

use super::*;
use frame_support::storage::with_storage_layer;
use frame_system::pallet_prelude::BlockNumberFor;

impl<T: Config> Appointments for Pallet<T> {
	type BlockNumber = BlockNumberFor<T>;
	type Item = JobId;
	type Cursor = DeadlineCursor<T>;
	type Items = Deadlines<T>;

	fn base_weight() -> Weight {
		T::WeightInfo::deadlines_base()
	}

	fn block_weight() -> Weight {
		T::WeightInfo::deadlines_block()
	}

	fn max_item_weight() -> Weight {
		T::WeightInfo::deadlines_check()
	}

	fn act(job: JobId) -> Weight {
		if let Err(error) = with_storage_layer(|| Self::advance(job)) {
			Self::unexpected(UnexpectedKind::CheckNotClosed { job, error });
		}
		T::WeightInfo::deadlines_check()
	}
}
