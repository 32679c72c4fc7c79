//! Offences: what each costs, that each is punished once, and that a machine pays for the gravest failure of a period
//! only.
//!
//! # Amounts
//!
//! An offence costs a part of what its machine requires, K(tier) × coefficient, by the table [`SlashParts`], rounded up.
//! The amount is fixed when the offence is reported. A missed challenge costs a small step at first, and twice as much
//! with each repetition by the same machine within [`Config::RepeatWindow`], up to the whole. A slash that is cancelled
//! or lapses is no repetition. One that the queue has no room for is: it costs nothing, but the next one costs more.
//!
//! # Of failures the largest, not the sum
//!
//! Time is cut into periods of [`Config::SlashPeriod`] blocks. Of all failures of a machine in one period only the
//! dearest is punished: a smaller one takes nothing more, a larger one takes the difference. One power cut that lets
//! ten jobs miss their deadlines is punished once. The period is that of the offence and not of its report, and the
//! rule is applied when stake is taken, so that it is the same for slashes at once and for those that were queued.
//!
//! Fraud ([`Offence::is_fraud`]) stands apart: each is punished in full, whatever else the machine has paid for, and
//! none is counted for what follows. Otherwise the first one of a period, which a provider can commit against itself,
//! would be a licence for all others.
//!
//! # Once
//!
//! A report is remembered by offence, machine and subject for as long as the offence can be reported, which is
//! [`Config::SlashWindow`]. All memory of this module is forgotten by the [`agenda`](crate::agenda).

use crate::{
	agenda::Task, ledger::Rates, Config, Error, Event, Misses, Pallet, PendingOf, Punished, Reported, SlashPeriodIndex,
};
use assay_primitives::{Appointments, Balance, BlockNumber, MachineId, Offence, OffenceReport, Tier};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{ensure, pallet_prelude::DispatchError, traits::Get};
use frame_system::pallet_prelude::BlockNumberFor;
use scale_info::TypeInfo;
use sp_runtime::{
	traits::{One, SaturatedConversion, Saturating, UniqueSaturatedInto, Zero},
	Perbill,
};

/// After how many repetitions a missed challenge costs no more: 2³¹ times the first step is the whole of anything.
pub const MAX_MISSES: u32 = 31;

/// The part of a machine's required stake that each offence costs. None is zero.
#[derive(Clone, Copy, Debug, Decode, DecodeWithMemTracking, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo)]
pub struct SlashParts {
	/// For a missed deadline.
	pub deadline_missed: Perbill,
	/// For not answering while serving.
	pub downtime: Perbill,
	/// For the first missed challenge. The next ones cost twice as much each.
	pub missed_challenge: Perbill,
	/// For a refuted capacity proof.
	pub false_capacity: Perbill,
	/// For a refuted result.
	pub wrong_work: Perbill,
	/// For a lease closed outside the rules.
	pub lease_abandoned: Perbill,
	/// For a unit of a result that was demanded on chain and not revealed there. As much as for a refuted result, or
	/// whoever has committed to nothing would rather show nothing.
	pub data_withheld: Perbill,
}

impl SlashParts {
	/// The part that `offence` costs a machine that has missed `misses` challenges before.
	pub fn of(&self, offence: Offence, misses: u32) -> Perbill {
		match offence {
			Offence::DeadlineMissed => self.deadline_missed,
			Offence::Downtime => self.downtime,
			Offence::MissedChallenge => {
				let steps = 1u32.checked_shl(misses.min(MAX_MISSES)).unwrap_or(u32::MAX);
				Perbill::from_parts(self.missed_challenge.deconstruct().saturating_mul(steps))
			},
			Offence::FalseCapacity => self.false_capacity,
			Offence::WrongWork => self.wrong_work,
			Offence::LeaseAbandoned => self.lease_abandoned,
			Offence::DataWithheld => self.data_withheld,
		}
	}

	/// Whether every offence costs something.
	pub(crate) fn all_cost(&self) -> bool {
		let parts = [
			self.deadline_missed,
			self.downtime,
			self.missed_challenge,
			self.false_capacity,
			self.wrong_work,
			self.lease_abandoned,
			self.data_withheld,
		];
		parts.iter().all(|part| !part.is_zero())
	}
}

/// By what a report is told from others: the same cannot be reported twice.
#[derive(Clone, Copy, Debug, Decode, DecodeWithMemTracking, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo)]
pub struct ReportKey {
	/// What was done.
	pub offence: Offence,
	/// With which machine.
	pub machine: MachineId,
	/// To which job, lease or challenge, by its number.
	pub subject: u64,
}

/// The challenges that a machine missed lately.
#[derive(Clone, Copy, Debug, Decode, DecodeWithMemTracking, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo)]
pub struct MissCount<BlockNumber> {
	/// How many in a row, each within [`Config::RepeatWindow`] of the one before. At most [`MAX_MISSES`].
	pub count: u32,
	/// The block of the last one.
	pub last: BlockNumber,
}

impl<T: Config> Pallet<T> {
	/// Relations between the constants of offences, for `integrity_test`.
	pub(crate) fn check_offence_constants() {
		let one = BlockNumberFor::<T>::one();
		assert!(T::SlashParts::get().all_cost(), "every offence must cost something");
		assert!(
			T::SlashPeriod::get() >= one && T::RepeatWindow::get() >= one && T::RegionWindow::get() >= one,
			"periods and windows must last a block"
		);
		assert!(
			T::SlashDeferral::get() >= one && T::ContestPeriod::get() >= one,
			"there must be time to contest a slash, and to decide on it"
		);
		let latest =
			T::SlashWindow::get().saturating_add(T::SlashDeferral::get()).saturating_add(T::ContestPeriod::get());
		assert!(
			T::UnbondingPeriod::get() > latest,
			"UnbondingPeriod must be longer than an offence can be old, deferred and contested, or it escapes the slash"
		);
		assert!(T::MaxPendingSlashes::get() >= 1, "without pending slashes nothing unproven can be punished");
		assert!(T::RegionLimit::get() >= 1, "a region must be able to have one offence that is not damped");
		assert!(
			T::ContestBond::get() >= <T::Currency as frame_support::traits::fungible::Inspect<_>>::minimum_balance()
				&& !T::ContestBond::get().is_zero(),
			"ContestBond must be at least the existential deposit and above zero"
		);
	}

	/// The slash period of a block.
	pub(crate) fn slash_period_of(block: BlockNumberFor<T>) -> SlashPeriodIndex {
		Self::index_of(block, T::SlashPeriod::get())
	}

	/// Which of the spans of `length` blocks `block` is in.
	pub(crate) fn index_of(block: BlockNumberFor<T>, length: BlockNumberFor<T>) -> u32 {
		let (block, length): (u128, u128) = (block.unique_saturated_into(), length.unique_saturated_into());
		block.checked_div(length).unwrap_or_default().unique_saturated_into()
	}

	/// The first block after span `index` of `length` blocks.
	pub(crate) fn end_of(index: u32, length: BlockNumberFor<T>) -> BlockNumberFor<T> {
		let end = u64::from(index).saturating_add(1).saturating_mul(length.unique_saturated_into());
		end.saturated_into::<BlockNumber>().into()
	}

	/// Punish an offence at once or queue it. Returns what was slashed at once. O(1).
	///
	/// Everything that can fail does so before the first write. A missed challenge does not fail for want of room in the queue:
	/// whoever reports one reports it once, and it must count as a repetition.
	pub(crate) fn do_report(mut report: OffenceReport<T::AccountId>) -> Result<Balance, DispatchError> {
		let now = frame_system::Pallet::<T>::block_number();
		let at = BlockNumberFor::<T>::from(report.at).min(now);
		report.at = at.saturated_into();
		ensure!(at.saturating_add(T::SlashWindow::get()) >= now, Error::<T>::OffenceTooOld);
		let key = ReportKey { offence: report.offence, machine: report.machine, subject: report.subject };
		ensure!(!Reported::<T>::contains_key(key), Error::<T>::AlreadyReported);
		let counts = report.offence == Offence::MissedChallenge;
		let misses = if counts { Self::misses_before(report.machine, at) } else { 0 };
		let mut rates = Rates::default();
		let amount = Self::part_due(report.offence, misses, rates.of(report.tier)?);
		let proven = report.offence.is_proven();
		let has_room = proven || PendingOf::<T>::get(&report.provider).has_room();
		ensure!(has_room || counts, Error::<T>::TooManyPending);

		Reported::<T>::insert(key, ());
		Self::appoint(Task::Report(key), at.saturating_add(T::SlashWindow::get()).saturating_add(One::one()), now);
		if counts {
			Self::note_miss(report.machine, at, misses, now);
		}
		if proven {
			return Ok(Self::punish(&report, amount, None, Default::default(), &mut rates, now));
		}
		if !has_room {
			let OffenceReport { provider, machine, subject, .. } = report;
			Self::deposit_event(Event::MissCounted { provider, machine, subject });
			return Ok(0);
		}
		let damped = Self::note_in_region(report.region, at, now);
		Self::enqueue(report, amount, damped, now)?;
		Ok(0)
	}

	/// What an offence with a machine of `tier` that has missed `misses` challenges costs a provider that has enough left.
	/// Rounded up: against the offender.
	pub(crate) fn slash_due(tier: Tier, offence: Offence, misses: u32) -> Result<Balance, DispatchError> {
		Ok(Self::part_due(offence, misses, Self::machine_stake(tier)?))
	}

	/// The same of a machine that requires `stake`.
	fn part_due(offence: Offence, misses: u32, stake: Balance) -> Balance {
		T::SlashParts::get().of(offence, misses).mul_ceil(stake)
	}

	/// How many challenges `machine` missed that make one missed in block `at` a repetition.
	pub(crate) fn misses_before(machine: MachineId, at: BlockNumberFor<T>) -> u32 {
		Misses::<T>::get(machine)
			.filter(|misses| at <= misses.last.saturating_add(T::RepeatWindow::get()))
			.map_or(0, |misses| misses.count)
	}

	/// Count, in block `now`, a challenge that `machine` missed in block `at`, after `before` others.
	fn note_miss(machine: MachineId, at: BlockNumberFor<T>, before: u32, now: BlockNumberFor<T>) {
		let known = Misses::<T>::get(machine);
		let last = known.map_or(at, |misses| misses.last.max(at));
		Misses::<T>::insert(machine, MissCount { count: before.saturating_add(1).min(MAX_MISSES), last });
		if known.is_none() {
			Self::appoint(Task::Misses(machine), Self::misses_end(last), now);
		}
	}

	/// The first block in which a challenge missed would not be a repetition of one missed in block `last` any more,
	/// however late it were reported.
	fn misses_end(last: BlockNumberFor<T>) -> BlockNumberFor<T> {
		last.saturating_add(T::RepeatWindow::get()).saturating_add(T::SlashWindow::get()).saturating_add(One::one())
	}

	/// Take back a missed challenge whose slash was cancelled.
	pub(crate) fn forgive_miss(report: &OffenceReport<T::AccountId>) {
		if report.offence == Offence::MissedChallenge {
			Misses::<T>::mutate_extant(report.machine, |misses| misses.count = misses.count.saturating_sub(1));
		}
	}

	/// Forget the missed challenges of `machine`, or look again when they are over.
	pub(crate) fn forget_misses(machine: MachineId) {
		let Some(misses) = Misses::<T>::get(machine) else { return };
		let end = Self::misses_end(misses.last);
		let now = frame_system::Pallet::<T>::block_number();
		if end <= now {
			Misses::<T>::remove(machine);
		} else {
			Self::appoint(Task::Misses(machine), end, now);
		}
	}

	/// What `amount` asks beyond the dearest failure that `machine` was punished for in the period of block `at`.
	pub(crate) fn beyond_punished(machine: MachineId, at: BlockNumberFor<T>, amount: Balance) -> Balance {
		amount.saturating_sub(Punished::<T>::get(machine, Self::slash_period_of(at)))
	}

	/// Remember that `machine` is punished by `amount`, in block `now`, for what it did in block `at`. Returns what that is
	/// beyond the dearest failure that it was punished for in the period of the latter.
	pub(crate) fn note_punished(
		machine: MachineId,
		at: BlockNumberFor<T>,
		amount: Balance,
		now: BlockNumberFor<T>,
	) -> Balance {
		let period = Self::slash_period_of(at);
		let before = Punished::<T>::get(machine, period);
		let beyond = amount.saturating_sub(before);
		if beyond.is_zero() {
			return beyond;
		}
		Punished::<T>::insert(machine, period, amount);
		if before.is_zero() {
			// The last block in which a failure of the period can still be punished, and one.
			let latest = Self::end_of(period, T::SlashPeriod::get()).saturating_add(T::UnbondingPeriod::get());
			Self::appoint(Task::Punished(machine, period), latest, now);
		}
		beyond
	}
}
