//! Damping: many offences of one region at one time are more likely an outage than so many frauds.
//!
//! Offences that are not proven are counted by region and window of [`Config::RegionWindow`] blocks in which they were
//! done. After [`Config::RegionLimit`] of them, further ones of the same region and window are put before governance:
//! [held](crate::queue::SlashState::Held) instead of queued. Proven offences are neither counted nor damped.
//!
//! Windows do not overlap, so that two of them side by side let through twice the limit; in return a report costs one
//! counter.

use crate::{agenda::Task, Config, Pallet, RegionReports};
use assay_primitives::{Appointments, Region};
use frame_support::traits::Get;
use frame_system::pallet_prelude::BlockNumberFor;
use sp_runtime::traits::{One, Saturating, Zero};

impl<T: Config> Pallet<T> {
	/// Count, in block `now`, an unproven offence done in `region` in block `at`. Returns whether it is damped. O(1).
	pub(crate) fn note_in_region(region: Region, at: BlockNumberFor<T>, now: BlockNumberFor<T>) -> bool {
		let window = Self::index_of(at, T::RegionWindow::get());
		let before = RegionReports::<T>::get(region, window);
		RegionReports::<T>::insert(region, window, before.saturating_add(1));
		if before.is_zero() {
			// No offence of the window can be reported any more.
			let over = Self::end_of(window, T::RegionWindow::get())
				.saturating_add(T::SlashWindow::get())
				.saturating_add(One::one());
			Self::appoint(Task::Region(region, window), over, now);
		}
		before >= T::RegionLimit::get()
	}
}
