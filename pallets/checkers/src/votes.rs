//! Votes: committed to first, so that nobody can follow others, then revealed and counted.

use super::*;
use assay_proofs::vote;
use frame_system::pallet_prelude::BlockNumberFor;
use sp_runtime::traits::Saturating;

impl<T: Config> Pallet<T> {
	/// Note what a member's vote hashes to.
	pub(crate) fn do_commit(who: T::AccountId, job: JobId, commitment: H256) -> DispatchResult {
		let (mut check, now) = Self::at_stage(job, |stage| *stage == Stage::Voting)?;
		let member = Self::member(&mut check, &who)?;
		ensure!(matches!(member.vote, Vote::Missing | Vote::NoData), Error::<T>::AlreadyVoted);
		member.vote = Vote::Committed(commitment);
		Self::deposit_event(Event::VoteCommitted { job, checker: who });
		Self::end_voting_if_complete(job, check, now);
		Ok(())
	}

	/// Store a check in which a member has spoken, and have votes revealed if all have.
	pub(crate) fn end_voting_if_complete(job: JobId, check: Check<T>, now: BlockNumberFor<T>) {
		if check.has(&Vote::Missing) {
			Checks::<T>::insert(job, check);
		} else {
			Self::begin_revealing(job, check, now);
		}
	}

	/// Note a member's vote, if it is what the member has committed to.
	pub(crate) fn do_reveal(who: T::AccountId, job: JobId, findings: Findings<T>, salt: [u8; 32]) -> DispatchResult {
		let (mut check, now) = Self::at_stage(job, |stage| *stage == Stage::Revealing)?;
		let (attempt, sampled) = (check.attempt, check.sample.len());
		let member = Self::member(&mut check, &who)?;
		let Vote::Committed(commitment) = member.vote else { return Err(Error::<T>::NothingToReveal.into()) };
		let found = vote::commitment(job.0, attempt, &who.encode(), &findings.encode(), &salt);
		ensure!(commitment.0 == found && findings.len() == sampled, Error::<T>::VoteMismatch);
		member.vote = Vote::Revealed(findings);
		Self::deposit_event(Event::VoteRevealed { job, checker: who });
		let complete = !check.members.iter().any(|member| matches!(member.vote, Vote::Committed(_)));
		if complete {
			Self::count(job, check, now);
		} else {
			Checks::<T>::insert(job, check);
		}
		Ok(())
	}

	/// The check of a job, if it is at that stage and the stage is not over.
	pub(crate) fn at_stage(
		job: JobId,
		right: impl FnOnce(&Stage) -> bool,
	) -> Result<(Check<T>, BlockNumberFor<T>), DispatchError> {
		let check = Checks::<T>::get(job).ok_or(Error::<T>::UnknownCheck)?;
		let now = frame_system::Pallet::<T>::block_number();
		ensure!(right(&check.stage) && now <= check.until, Error::<T>::WrongStage);
		Ok((check, now))
	}

	pub(crate) fn member<'a>(
		check: &'a mut Check<T>,
		who: &T::AccountId,
	) -> Result<&'a mut CommitteeMember<T>, Error<T>> {
		check.members.iter_mut().find(|member| member.who == *who).ok_or(Error::<T>::NotMember)
	}

	/// Take a check to another stage that lasts `blocks`. Returns its last block.
	pub(crate) fn enter(
		job: JobId,
		mut check: Check<T>,
		stage: Stage,
		blocks: BlockNumberFor<T>,
		now: BlockNumberFor<T>,
	) -> BlockNumberFor<T> {
		Self::call_off(job, Self::due(check.until));
		check.until = now.saturating_add(blocks);
		check.stage = stage;
		let until = check.until;
		Self::appoint(job, Self::due(until), now);
		Checks::<T>::insert(job, check);
		until
	}

	/// End the commitments.
	pub(crate) fn begin_revealing(job: JobId, check: Check<T>, now: BlockNumberFor<T>) {
		let until = Self::enter(job, check, Stage::Revealing, T::RevealBlocks::get(), now);
		Self::deposit_event(Event::RevealingBegan { job, until });
	}

	/// Count the votes.
	///
	/// Where there is no majority and somebody lacks data that was never shown, it is asked for before another committee votes:
	/// otherwise a provider that serves one member only, and has bought another, would be rid of a committee for nothing. Members who
	/// have the data and tell the truth are a majority without the others, so that one liar cannot have it asked for.
	pub(crate) fn count(job: JobId, check: Check<T>, now: BlockNumberFor<T>) {
		let Some(speaker) = Self::speaker(&check) else {
			if check.has(&Vote::NoData) && check.is_counted() && !Shown::<T>::contains_key(job) {
				Self::ask_for_data(job, check, now);
			} else {
				Self::adjourn(job, check, now);
			}
			return;
		};
		let until = Self::enter(job, check, Stage::Opening { speaker }, T::OpenBlocks::get(), now);
		Self::deposit_event(Event::OpeningBegan { job, until });
	}

	/// Somebody with whom more than half of the whole committee have voted.
	fn speaker(check: &Check<T>) -> Option<u32> {
		let votes = || check.members.iter().map(|member| member.vote.findings());
		let place = votes().position(|vote| {
			let same = vote.map_or(0, |vote| votes().flatten().filter(|other| *other == vote).count());
			same.saturating_mul(2) > check.members.len()
		})?;
		u32::try_from(place).ok()
	}
}
