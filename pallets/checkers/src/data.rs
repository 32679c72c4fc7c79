//! Guest and input that a committee cannot have: the chain asks for them, and whoever does not show them withholds them.
//!
//! Nothing that a member could do is worth less than to say that it cannot: it is not paid for that while others have them, and
//! it has to vote when they are shown. A provider that serves nobody pays the fee for them each time, and gains some hours.

use super::*;
use frame_system::pallet_prelude::BlockNumberFor;
use sp_runtime::traits::{BlakeTwo256, Hash};

/// A check that waits for guest and input, with the result that it is about.
pub(crate) type AskedFor<T> = (Check<T>, JobResult<<T as frame_system::Config>::AccountId>, BlockNumberFor<T>);

impl<T: Config> Pallet<T> {
	/// What showing a guest and an input weighs.
	pub(crate) fn show_weight(guest: &[u8], input: &[u8]) -> Weight {
		let bytes = guest.len().saturating_add(input.len());
		T::WeightInfo::show_data(u32::try_from(bytes).unwrap_or(u32::MAX))
	}

	/// Note that a member could not have guest or input.
	pub(crate) fn do_miss(who: T::AccountId, job: JobId) -> DispatchResult {
		let (mut check, now) = Self::at_stage(job, |stage| *stage == Stage::Voting)?;
		let member = Self::member(&mut check, &who)?;
		ensure!(!Shown::<T>::contains_key(job), Error::<T>::DataIsShown);
		ensure!(member.vote == Vote::Missing, Error::<T>::AlreadyVoted);
		member.vote = Vote::NoData;
		Self::deposit_event(Event::DataMissed { job, checker: who });
		if check.lacks_data() {
			Self::ask_for_data(job, check, now);
		} else {
			Self::end_voting_if_complete(job, check, now);
		}
		Ok(())
	}

	/// Ask for guest and input.
	pub(crate) fn ask_for_data(job: JobId, check: Check<T>, now: BlockNumberFor<T>) {
		let until = Self::enter(job, check, Stage::Asked, T::OpenBlocks::get(), now);
		Self::deposit_event(Event::DataAsked { job, until });
	}

	/// The check of a job whose guest and input are asked for.
	pub(crate) fn asked(job: JobId) -> Result<AskedFor<T>, DispatchError> {
		let (check, now) = Self::at_stage(job, |stage| *stage == Stage::Asked)?;
		Ok((check, T::Results::result(job)?, now))
	}

	/// Have the committee vote again, if these are guest and input of its job; or another one, if votes were revealed.
	///
	/// Votes that were committed to stay: nobody has seen them.
	pub(crate) fn do_show(
		by: T::AccountId,
		job: JobId,
		(mut check, result, now): AskedFor<T>,
		guest: &[u8],
		input: &[u8],
	) -> DispatchResult {
		ensure!(BlakeTwo256::hash(guest) == result.guest, Error::<T>::GuestMismatch);
		ensure!(BlakeTwo256::hash(input) == result.input, Error::<T>::InputMismatch);
		Shown::<T>::insert(job, now);
		if check.is_counted() {
			Self::deposit_event(Event::DataShown { job, by, until: now });
			Self::adjourn(job, check, now);
			return Ok(());
		}
		let without = check.members.iter_mut().filter(|member| member.vote == Vote::NoData);
		without.for_each(|member| member.vote = Vote::Missing);
		let until = Self::enter(job, check, Stage::Voting, T::CommitBlocks::get(), now);
		Self::deposit_event(Event::DataShown { job, by, until });
		Ok(())
	}
}
