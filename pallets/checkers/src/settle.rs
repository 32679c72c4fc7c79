//! How checks end, and what that means for those who voted.

use super::*;
use assay_primitives::Balance;
use frame_support::storage::with_storage_layer;
use frame_system::pallet_prelude::BlockNumberFor;
use sp_runtime::{traits::Saturating, SaturatedConversion};

/// What is known when a check ends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Known {
	/// What the unit at that place of the sample came to, as the chain has found.
	Truth(usize, Finding),
	/// That nobody has shown the majority wrong.
	Majority,
	/// That the majority has accused and let nobody decide.
	Accusation,
	/// That the job has ended by something else, which speaks against nothing that the majority says.
	Beside,
	/// That guest and input are shown to nobody.
	NoData,
	/// Nothing.
	Nothing,
}

impl Known {
	/// What becomes of a member with that vote: credited, neither, or at which failing. `majority` is what that has found.
	fn judge<T: Config>(self, vote: &Vote<T>, majority: Option<&Findings<T>>) -> (bool, Option<Failing>) {
		let findings = match vote {
			Vote::Revealed(findings) => findings,
			Vote::NoData => return (self == Self::NoData, None),
			// Whoever had no time to speak has not been silent: votes are counted when it is over.
			Vote::Missing | Vote::Committed(_) => return (false, majority.is_some().then_some(Failing::Silent)),
		};
		let with_majority = Some(findings) == majority;
		match self {
			Self::Truth(place, truth) if findings.get(place) == Some(&truth) => (true, None),
			Self::Truth(..) => (false, Some(Failing::Wrong)),
			Self::Majority if with_majority => (true, None),
			Self::Majority => (false, Some(Failing::Outvoted)),
			Self::Accusation => (false, with_majority.then_some(Failing::Outvoted)),
			Self::Beside => (with_majority, None),
			Self::NoData | Self::Nothing => (false, None),
		}
	}
}

impl<T: Config> Check<T> {
	/// What is known when the job ends before the sample could be looked at, so that none of it can be run any more: the
	/// result is wrong by a unit outside the sample, or data about it is withheld, or its client accepts it.
	///
	/// An accusation is not shown to be right by that, but what it is against is shown to be a cheat. A majority that agrees,
	/// or has not seen the leaves yet, may be one that the provider has bought: it is not paid if anybody has said otherwise,
	/// or the provider, by refuting itself elsewhere, could turn a lie that one member is about to show into pay. As long as
	/// some have not revealed, nobody knows whether they will say otherwise. And whoever has said otherwise has not had the time
	/// that it takes to have the chain decide: a client in league with the provider would accept as soon as it can.
	fn beside(&self) -> Known {
		let Some(found) = self.majority() else { return Known::Nothing };
		let mut votes = self.members.iter().filter_map(|member| member.vote.findings());
		let believed = matches!(self.stage, Stage::Accused { .. }) || votes.all(|vote| vote == found);
		if believed {
			Known::Beside
		} else {
			Known::Nothing
		}
	}

	/// What is known when something was not shown in time.
	///
	/// Of a committee that could not have guest and input, whoever has committed to a vote has had them, or has said so for the
	/// provider's sake: as with votes that differ, nobody is paid where nobody can tell who was right.
	fn unshown(&self) -> Known {
		if self.stage != Stage::Asked {
			return self.beside();
		}
		let had = |vote: &Vote<T>| matches!(vote, Vote::Committed(_) | Vote::Revealed(_));
		let had_by_some = self.members.iter().any(|member| had(&member.vote));
		if had_by_some {
			Known::Nothing
		} else {
			Known::NoData
		}
	}
}

impl<T: Config> Pallet<T> {
	/// End a check: everybody gets what is due by what is known. Returns what members have lost by it. There may be another one.
	fn end(job: JobId, check: Check<T>, known: Known, conclusion: Conclusion) -> BalanceOf<T> {
		Checks::<T>::remove(job);
		Self::call_off(job, Self::due(check.until));
		let majority = check.majority();
		let mut lost = BalanceOf::<T>::zero();
		for member in &check.members {
			let (right, failing) = known.judge(&member.vote, majority);
			if right {
				T::Rewards::credit_checks(&member.who, check.sample.len() as u128);
			}
			lost = lost.saturating_add(Self::dismiss(job, member, failing));
		}
		Self::deposit_event(Event::Ended { job, conclusion });
		lost
	}

	/// The same, and there is no other.
	fn finish(job: JobId, check: Check<T>, known: Known, conclusion: Conclusion) -> BalanceOf<T> {
		Shown::<T>::remove(job);
		Self::end(job, check, known, conclusion)
	}

	/// End a check whose result does not stand any more: it was paid for, or refused for something else.
	fn lapse(job: JobId, check: Check<T>, now: BlockNumberFor<T>) {
		let known = match check.stage {
			// All of the time to contradict had passed.
			Stage::Agreed { .. } if now > check.until => Known::Majority,
			_ => check.beside(),
		};
		let conclusion = match check.stage {
			Stage::Agreed { .. } => Conclusion::Agreed,
			_ => Conclusion::Moot,
		};
		Self::finish(job, check, known, conclusion);
	}

	/// Note that a result is not checked any more.
	pub(crate) fn conclude(job: JobId, conclusion: Conclusion) {
		Shown::<T>::remove(job);
		Self::deposit_event(Event::Ended { job, conclusion });
	}

	/// End a check that came to no majority, and have another committee try.
	pub(crate) fn adjourn(job: JobId, check: Check<T>, now: BlockNumberFor<T>) {
		Checks::<T>::remove(job);
		Self::call_off(job, Self::due(check.until));
		for member in &check.members {
			let silent = matches!(member.vote, Vote::Missing | Vote::Committed(_));
			Self::dismiss(job, member, silent.then_some(Failing::Silent));
		}
		Self::deposit_event(Event::NoMajority { job, attempt: check.attempt });
		Self::try_again(job, check.attempt, now);
	}

	/// Have another committee check a result, if there may be another and there is room.
	fn try_again(job: JobId, attempt: u32, now: BlockNumberFor<T>) {
		let next = attempt.saturating_add(1);
		if next < T::MaxAttempts::get() && Self::await_randomness(job, next) {
			return;
		}
		Self::give_up(job, next, Conclusion::Undecided, now);
	}

	/// Let a result be paid for that no committee has decided on. If one has tried, some may know better, and have nobody to
	/// convince but the chain.
	pub(crate) fn give_up(job: JobId, attempt: u32, conclusion: Conclusion, now: BlockNumberFor<T>) {
		let wait = if attempt.is_zero() { Zero::zero() } else { T::DisputeBlocks::get() };
		Self::release(job, now.saturating_add(wait).saturating_add(One::one()));
		Self::conclude(job, conclusion);
	}

	/// Take a check on whose stage is over. O(1), apart from the bounded slash of a provider.
	pub(crate) fn advance(job: JobId) -> DispatchResult {
		let check = Checks::<T>::get(job).ok_or(Error::<T>::UnknownCheck)?;
		let now = frame_system::Pallet::<T>::block_number();
		let standing = T::Results::result(job).is_ok();
		ensure!(now > check.until || !standing, Error::<T>::StageNotOver);
		if !standing {
			Self::lapse(job, check, now);
			return Ok(());
		}
		match check.stage {
			Stage::Voting if check.members.iter().any(|member| matches!(member.vote, Vote::Committed(_))) => {
				Self::begin_revealing(job, check, now);
			},
			Stage::Voting => Self::adjourn(job, check, now),
			Stage::Revealing => Self::count(job, check, now),
			Stage::Opening { .. } | Stage::Asked => {
				let at = check.until.saturated_into();
				let known = check.unshown();
				Self::finish(job, check, known, Conclusion::Withheld);
				if let Err(error) = with_storage_layer(|| T::Convictions::withheld(job, at)) {
					Self::unexpected(UnexpectedKind::ConvictionFailed { job, error });
					Self::release(job, now.saturating_add(One::one()));
				}
			},
			// What it did not speak of was not looked at: with a false accusation a majority could have the rest pass.
			Stage::Accused { .. } => {
				let attempt = check.attempt;
				Self::end(job, check, Known::Accusation, Conclusion::Unproven);
				Self::try_again(job, attempt, now);
			},
			// The question was answered.
			Stage::Agreed { .. } => {
				Self::finish(job, check, Known::Majority, Conclusion::Agreed);
			},
		}
		Ok(())
	}
}

impl<T: Config> ResultObserver for Pallet<T> {
	fn committed(job: JobId) -> bool {
		// Of the range before, when blocks were too full for its end.
		let ended = Self::accepted(job);
		if Roster::<T>::count() < T::CommitteeSize::get() {
			return ended;
		}
		// In one piece: a question that nobody answers would keep the provider's pay for ever.
		let asked = with_storage_layer(|| {
			T::Results::contest(job)?;
			ensure!(Self::await_randomness(job, 0), Error::<T>::WaitingListFull);
			Ok(())
		});
		match asked {
			Ok(()) => (),
			Err(error) if error == Error::<T>::WaitingListFull.into() => Self::deposit_event(Event::Skipped { job }),
			Err(error) => Self::unexpected(UnexpectedKind::QuestionFailed { job, error }),
		}
		ended
	}

	// Whoever knows better cannot contradict any more, so that nothing is known that was not before.
	fn accepted(job: JobId) -> bool {
		let Some(check) = Checks::<T>::get(job) else { return false };
		Self::lapse(job, check, frame_system::Pallet::<T>::block_number());
		true
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn make_watchful() {
		benchmarking::seat_committee::<T>();
		benchmarking::fill_waiting_list::<T>();
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn make_confirmed(job: JobId) {
		benchmarking::make_confirmed::<T>(job);
		benchmarking::fill_waiting_list::<T>();
	}
}

impl<T: Config> Finders<T::AccountId> for Pallet<T> {
	fn finder(job: JobId, index: u32, run: &UnitRun, challenger: &T::AccountId) -> Option<T::AccountId> {
		let check = Checks::<T>::get(job)?;
		let (place, truth) = (check.position(index)?, Finding::from(*run));
		let has_found = |member: &&CommitteeMember<T>| {
			member.vote.findings().and_then(|findings| findings.get(place)) == Some(&truth)
		};
		let mut finders = check.members.iter().filter(has_found);
		let first = finders.next()?;
		Some(finders.find(|member| member.who == *challenger).unwrap_or(first).who.clone())
	}
}

impl<T: Config> VerdictObserver for Pallet<T> {
	fn judged(job: JobId, index: u32, run: UnitRun, refuted: bool) -> Balance {
		Self::hear(job, index, run, refuted).saturated_into()
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn make_interested(job: JobId, index: u32) {
		benchmarking::make_check::<T>(job, index);
	}
}

impl<T: Config> Pallet<T> {
	/// Draw from a verdict what follows for a check. Returns what members have lost by it.
	fn hear(job: JobId, index: u32, run: UnitRun, refuted: bool) -> BalanceOf<T> {
		let nothing = BalanceOf::<T>::zero();
		let Some(check) = Checks::<T>::get(job) else { return nothing };
		let now = frame_system::Pallet::<T>::block_number();
		let truth = check.position(index).map(|place| (place, Finding::from(run)));
		if refuted {
			let known = truth.map_or_else(|| check.beside(), |(place, truth)| Known::Truth(place, truth));
			return Self::finish(job, check, known, Conclusion::Refuted);
		}
		// A unit that is right clears nobody of the others: a provider could have it run to be rid of the check.
		let Some((place, truth)) = truth else { return nothing };
		let Some(found) = check.majority().and_then(|found| found.get(place)).copied() else { return nothing };
		if found == truth {
			return nothing;
		}
		// Nor does a majority that was wrong about one unit clear anybody of the others.
		let (attempt, agreed) = (check.attempt, matches!(check.stage, Stage::Agreed { .. }));
		let lost = Self::end(job, check, Known::Truth(place, truth), Conclusion::Cleared);
		if agreed {
			if let Err(error) = T::Results::reopen(job) {
				Self::unexpected(UnexpectedKind::QuestionFailed { job, error });
				Shown::<T>::remove(job);
				return lost;
			}
		}
		Self::try_again(job, attempt, now);
		lost
	}
}
