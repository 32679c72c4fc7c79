//! Who checks what: committees and samples, drawn when randomness is known that the provider could not know.
//!
//! A result that was committed in the first part of an epoch is checked by the randomness that the next epoch begins with,
//! since blocks of the rest still add to it; a later one waits for an epoch more. All draws are made in the first block of an
//! epoch, before any transaction, so that nobody can join or leave with the randomness in hand; at most
//! [`MaxWaiting`](Config::MaxWaiting) of them, each at the price of some reads and writes.

use super::*;
use alloc::vec::Vec;
use frame_system::pallet_prelude::BlockNumberFor;
use sp_runtime::{
	traits::{BlakeTwo256, Hash, Saturating},
	SaturatedConversion,
};

/// How many seats are tried for each that is to be found: those found before and those of parties to the job are passed.
const TRIES: u32 = 8;

impl<T: Config> Pallet<T> {
	/// See whether an epoch has begun, and if so draw for the results that waited for it. Returns what it weighed.
	pub(crate) fn watch(now: BlockNumberFor<T>) -> Weight {
		let epoch = T::Epochs::now();
		if LastEpoch::<T>::get() == Some(epoch.index) {
			return T::WeightInfo::watch();
		}
		T::WeightInfo::turn(Self::turn(&epoch, now))
	}

	/// Begin an epoch: end the probes of the last one, draw for checks, and for other probes. Returns for how many results there
	/// was a draw.
	pub(crate) fn turn(epoch: &Epoch, now: BlockNumberFor<T>) -> u32 {
		LastEpoch::<T>::put(epoch.index);
		Self::settle_probes(now);
		let Some(randomness) = epoch.randomness else { return 0 };
		let (due, later): (Vec<_>, Vec<_>) =
			Waiting::<T>::take().into_iter().partition(|candidate| candidate.epoch <= epoch.index);
		let drawn = due.len() as u32;
		// Never longer than what was there.
		Waiting::<T>::put(WaitingList::<T>::truncate_from(later));
		for candidate in due {
			Self::begin(candidate, &randomness, now);
		}
		Self::begin_probes(epoch.index, &randomness, now);
		drawn
	}

	/// Have a result wait for randomness. Returns whether there was room.
	pub(crate) fn await_randomness(job: JobId, attempt: u32) -> bool {
		let now = T::Epochs::now();
		let wait = if now.elapsed < T::EarlySlots::get() { 1 } else { 2 };
		let epoch = now.index.saturating_add(wait);
		let waits = Waiting::<T>::try_append(Candidate { job, attempt, epoch }).is_ok();
		if waits {
			Self::deposit_event(Event::Awaited { job, epoch });
		}
		waits
	}

	/// Begin the check of a result.
	fn begin(Candidate { job, attempt, .. }: Candidate, randomness: &H256, now: BlockNumberFor<T>) {
		let Ok(result) = T::Results::result(job) else {
			Self::conclude(job, Conclusion::Moot);
			return;
		};
		let seed = BlakeTwo256::hash_of(&(b"assay/check", randomness, job));
		let Some(members) = Self::committee(&seed, &[&result.client, &result.provider]) else {
			Self::give_up(job, attempt, Conclusion::NoCommittee, now);
			return;
		};
		members.iter().for_each(Self::engage);
		let sample = Self::sample(&seed, result.first, result.units);
		let until = now.saturating_add(T::CommitBlocks::get());
		Self::deposit_event(Event::Began { job, units: sample.to_vec(), members: members.to_vec(), until });
		Self::appoint(job, Self::due(until), now);
		let silent = |who| CommitteeMember { who, vote: Vote::Missing };
		let members = BoundedVec::truncate_from(members.into_iter().map(silent).collect());
		Checks::<T>::insert(job, Check { attempt, sample, members, stage: Stage::Voting, until });
	}

	/// A committee without those accounts. None when there are too few others.
	pub(crate) fn committee(
		seed: &H256,
		parties: &[&T::AccountId],
	) -> Option<BoundedVec<T::AccountId, T::CommitteeSize>> {
		let seats = Roster::<T>::count();
		let size = T::CommitteeSize::get();
		let mut seen = Vec::new();
		let mut members = BoundedVec::new();
		for number in 0..size.saturating_mul(TRIES) {
			let seat = below(seed, (b"member", number), seats)?;
			if seen.contains(&seat) {
				continue;
			}
			seen.push(seat);
			let who = Roster::<T>::get(seat)?;
			if parties.contains(&&who) {
				continue;
			}
			members.try_push(who).ok()?;
			if members.len() == size as usize {
				return Some(members);
			}
		}
		None
	}

	/// The units to run of `units` from `first` on: each set of [`SampleSize`](Config::SampleSize) of them is as likely as any other. In
	/// ascending order.
	///
	/// Floyd's way: one number for each unit, whatever was drawn before.
	pub(crate) fn sample(seed: &H256, first: u32, units: u32) -> BoundedVec<u32, T::SampleSize> {
		let mut sample = Vec::new();
		for last in units.saturating_sub(T::SampleSize::get())..units {
			let drawn = below(seed, (b"unit", last), last.saturating_add(1)).unwrap_or(last);
			sample.push(if sample.contains(&drawn) { last } else { drawn });
		}
		sample.sort_unstable();
		BoundedVec::truncate_from(sample.into_iter().map(|place| first.saturating_add(place)).collect())
	}

	/// The block in which the chain ends a stage whose last block is `until`.
	pub(crate) fn due(until: BlockNumberFor<T>) -> BlockNumberFor<T> {
		until.saturating_add(One::one())
	}

	/// Answer the question about a result: it is not paid for before `until`.
	pub(crate) fn release(job: JobId, until: BlockNumberFor<T>) {
		if let Err(error) = T::Results::answer(job, until.saturated_into()) {
			Self::unexpected(UnexpectedKind::QuestionFailed { job, error });
		}
	}
}

/// A number below `count` that follows from `seed` and `subject`, each as likely as any other but for a part in 2³². None
/// when there is none.
fn below(seed: &H256, subject: impl Encode, count: u32) -> Option<u32> {
	let hash = BlakeTwo256::hash_of(&(seed, subject));
	let random = hash.0.first_chunk().map(|bytes| u64::from_le_bytes(*bytes))?;
	random.checked_rem(count.into()).and_then(|number| number.try_into().ok())
}
