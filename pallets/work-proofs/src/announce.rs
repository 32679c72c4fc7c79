//! Announcements: whoever has found a wrong unit says so some blocks before it says which.
//!
//! A dispute shows all that there is to know to whoever sees it waiting. Whoever copies it cannot have announced it long
//! enough ago, and an announcement names its challenger, so that it cannot be copied itself.

use super::*;
use assay_primitives::UnitRun;
use assay_proofs::announcement;
use codec::Encode;
use core::marker::PhantomData;
use frame_system::pallet_prelude::BlockNumberFor;
use sp_runtime::traits::Saturating;

/// Announcements that are forgotten when their time is over. A clock of its own, beside that of the demands.
pub struct Expiry<T>(PhantomData<T>);

impl<T: Config> Appointments for Expiry<T> {
	type BlockNumber = BlockNumberFor<T>;
	type Item = (T::AccountId, H256);
	type Cursor = ExpiryCursor<T>;
	type Items = Expiries<T>;

	fn base_weight() -> Weight {
		T::WeightInfo::expiries_base()
	}

	fn block_weight() -> Weight {
		T::WeightInfo::expiries_block()
	}

	fn max_item_weight() -> Weight {
		T::WeightInfo::expiries_announcement()
	}

	fn act((by, hash): (T::AccountId, H256)) -> Weight {
		if let Some(deposit) = Pallet::<T>::strike(&by, hash) {
			Pallet::<T>::deposit_event(Event::AnnouncementExpired { by, hash, deposit });
		}
		T::WeightInfo::expiries_announcement()
	}
}

impl<T: Config> Pallet<T> {
	/// What `challenger` announces that has found that unit `index` of a job comes to `outcome`.
	pub(crate) fn announcement_of(challenger: &T::AccountId, job: JobId, index: u32, outcome: &H256) -> H256 {
		H256(challenger.using_encoded(|challenger| announcement::hash(job.0, index, &outcome.0, challenger)))
	}

	/// Take an announcement down.
	pub(crate) fn announce(by: T::AccountId, hash: H256) -> DispatchResult {
		ensure!(!Announcements::<T>::contains_key(&by, hash), Error::<T>::AlreadyAnnounced);
		let deposit = T::AnnouncementDeposit::get();
		Self::put_up(HoldReason::AnnouncementDeposit, &by, deposit)?;
		let now = frame_system::Pallet::<T>::block_number();
		let counts_from = now.saturating_add(T::AnnouncementDelay::get());
		let until = now.saturating_add(T::AnnouncementLifetime::get());
		Expiry::<T>::appoint((by.clone(), hash), Self::due(until), now);
		Announcements::<T>::insert(&by, hash, Announcement { deposit, counts_from, until });
		Self::deposit_event(Event::DisputeAnnounced { by, hash, deposit, counts_from, until });
		Ok(())
	}

	/// Take an announcement back.
	pub(crate) fn withdraw(by: T::AccountId, hash: H256) -> DispatchResult {
		let deposit = Self::strike(&by, hash).ok_or(Error::<T>::NotAnnounced)?;
		Self::deposit_event(Event::AnnouncementWithdrawn { by, hash, deposit });
		Ok(())
	}

	/// Who has found that a unit comes to what `run` has, now that `challenger` has shown it.
	///
	/// Whoever has voted so has said it first: what a vote says can be copied from it. Otherwise it is the challenger, if that has
	/// announced it in time, and nobody if not. An announcement of it is used up in any case, since there is nothing
	/// left to find.
	pub(crate) fn finder(challenger: &T::AccountId, job: JobId, index: u32, run: &UnitRun) -> Option<T::AccountId> {
		let announced = Self::use_up(challenger, Self::announcement_of(challenger, job, index, &run.outcome));
		T::Finders::finder(job, index, run, challenger).or_else(|| announced.then(|| challenger.clone()))
	}

	/// Use an announcement up, if there is one. Returns whether it counts.
	fn use_up(by: &T::AccountId, hash: H256) -> bool {
		let Some(Announcement { counts_from, until, .. }) = Announcements::<T>::get(by, hash) else { return false };
		let now = frame_system::Pallet::<T>::block_number();
		// The chain may not have come to forget it.
		let counts = (counts_from..=until).contains(&now);
		if let Some(deposit) = Self::strike(by, hash) {
			Self::deposit_event(Event::AnnouncementUsed { by: by.clone(), hash, deposit, counts });
		}
		counts
	}

	/// Remove an announcement and its appointment, and release its deposit. Returns that, if there was one.
	fn strike(by: &T::AccountId, hash: H256) -> Option<BalanceOf<T>> {
		let Announcement { deposit, until, .. } = Announcements::<T>::take(by, hash)?;
		Expiry::<T>::call_off((by.clone(), hash), Self::due(until));
		Self::give_back(HoldReason::AnnouncementDeposit, by, deposit);
		Some(deposit)
	}
}
