//! What must always be true of the pallet's state.
//!
//! Each check stands for one invariant. They run after every test of this pallet, and in `try-runtime`.

use super::*;
use alloc::collections::{BTreeMap, BTreeSet};
use sp_runtime::TryRuntimeError;

impl<T: Config> Pallet<T> {
	/// All invariants.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		Self::check_bonds()?;
		Self::check_seats()?;
		Self::check_duties()?;
		Self::check_data()?;
		Self::check_probes()?;
		Self::check_questions()?;
		Self::check_deadlines()
	}

	/// What a checker has on hold is its bond, and never more than a whole one.
	pub(crate) fn check_bonds() -> Result<(), TryRuntimeError> {
		for (who, checker) in Checkers::<T>::iter() {
			let held = T::Currency::balance_on_hold(&HoldReason::CheckerBond.into(), &who);
			ensure!(held == checker.bond, "a checker's hold differs from the books");
			ensure!(checker.bond <= T::Bond::get(), "a bond is larger than a whole one");
			let poor = checker.bond < T::MinBond::get();
			ensure!(checker.seat.is_none() || !poor, "a checker has a seat and too little of a bond");
		}
		Ok(())
	}

	/// Seats are numbered without gaps, and each is that of one checker, who knows it.
	pub(crate) fn check_seats() -> Result<(), TryRuntimeError> {
		let count = Roster::<T>::count();
		ensure!(Roster::<T>::iter_keys().count() == count as usize, "the roster's count is wrong");
		for seat in 0..count {
			let who = Roster::<T>::get(seat).ok_or("the roster has a gap")?;
			let known = Checkers::<T>::get(who).and_then(|checker| checker.seat);
			ensure!(known == Some(seat), "a checker does not know its seat");
		}
		let seated = Checkers::<T>::iter_values().filter(|checker| checker.seat.is_some()).count();
		ensure!(seated == count as usize, "a checker has a seat that is not in the roster");
		Ok(())
	}

	/// A checker's duties are the checks and probes that it is a member of; each check has different members and units.
	pub(crate) fn check_duties() -> Result<(), TryRuntimeError> {
		let mut duties = BTreeMap::<T::AccountId, u32>::new();
		for check in Checks::<T>::iter_values() {
			let members: BTreeSet<_> = check.members.iter().map(|member| &member.who).collect();
			ensure!(members.len() == T::CommitteeSize::get() as usize, "a committee is not whole");
			ensure!(!check.sample.is_empty(), "a check has no units");
			ensure!(check.sample.windows(2).all(|pair| pair[0] < pair[1]), "a sample is out of order");
			let whole = |findings: &Findings<T>| findings.len() == check.sample.len();
			let votes = check.members.iter().filter_map(|member| member.vote.findings());
			ensure!(votes.into_iter().all(whole), "a vote is not about the whole sample");
			ensure!(check.stage.speaker().is_none() || check.majority().is_some(), "nobody speaks for a majority");
			for member in &check.members {
				let count = duties.entry(member.who.clone()).or_default();
				*count = count.saturating_add(1);
			}
		}
		for member in Probes::<T>::iter_values().flat_map(|probe| probe.members) {
			let count = duties.entry(member.who).or_default();
			*count = count.saturating_add(1);
		}
		for (who, checker) in Checkers::<T>::iter() {
			let count = duties.remove(&who).unwrap_or_default();
			ensure!(checker.duties == count, "a checker has other duties than there are checks of it");
		}
		ensure!(duties.is_empty(), "a member of a committee is no checker");
		Ok(())
	}

	/// Guest and input are asked for when most of a committee lacks them, or some where votes that were counted came to no majority,
	/// and of nobody who has shown them; nobody lacks what was
	/// shown, and of that nothing is kept longer than its result is checked.
	pub(crate) fn check_data() -> Result<(), TryRuntimeError> {
		for (job, check) in Checks::<T>::iter() {
			let asked = check.stage == Stage::Asked;
			let without = check.has(&Vote::NoData);
			let lacking = check.lacks_data() || (asked && check.is_counted() && without);
			ensure!(asked == lacking, "data is asked for that is not lacking, or lacking and not asked for");
			ensure!(!(without && Shown::<T>::contains_key(job)), "somebody lacks what was shown");
		}
		let waiting: BTreeSet<_> = Waiting::<T>::get().into_iter().map(|candidate| candidate.job).collect();
		let checked = |job: JobId| Checks::<T>::contains_key(job) || waiting.contains(&job);
		ensure!(Shown::<T>::iter_keys().all(checked), "it is kept what was shown of a result that is not checked");
		Ok(())
	}

	/// The probes that are on are those that are listed, each of another machine, of this epoch, by a whole committee of
	/// which somebody has not reported. What is known of service is known of machines that are registered.
	pub(crate) fn check_probes() -> Result<(), TryRuntimeError> {
		let listed: BTreeSet<_> = Probing::<T>::get().into_iter().collect();
		ensure!(listed.len() == Probing::<T>::get().len(), "a machine is probed twice");
		ensure!(Probes::<T>::iter_keys().count() == listed.len(), "a probe is not listed");
		for machine in listed {
			let probe = Probes::<T>::get(machine).ok_or("a machine is listed and not probed")?;
			let members: BTreeSet<_> = probe.members.iter().map(|member| &member.who).collect();
			ensure!(members.len() == T::CommitteeSize::get() as usize, "a probe's committee is not whole");
			let waits = probe.members.iter().any(|member| member.observation.is_none());
			ensure!(waits, "all have reported, and a probe is on");
			ensure!(LastEpoch::<T>::get() == Some(probe.epoch), "a probe has outlived its epoch");
		}
		let known = Services::<T>::iter_keys().all(T::Machines::is_registered);
		ensure!(known, "something is known of the service of a machine that is gone");
		Ok(())
	}

	/// A result that waits for its check, or is checked and not found to agree, is questioned.
	pub(crate) fn check_questions() -> Result<(), TryRuntimeError> {
		let mut jobs = BTreeSet::new();
		for candidate in Waiting::<T>::get() {
			ensure!(jobs.insert(candidate.job), "a result waits twice");
			ensure!(!Checks::<T>::contains_key(candidate.job), "a result waits and is checked");
		}
		let open = |check: &Check<T>| !matches!(check.stage, Stage::Agreed { .. });
		jobs.extend(Checks::<T>::iter().filter(|(_, check)| open(check)).map(|(job, _)| job));
		for job in jobs {
			// A job may have ended; then there is nothing to keep from being paid.
			let asked = T::Results::result(job).map_or(true, |result| result.open > 0);
			ensure!(asked, "a result that is checked can be paid for");
		}
		Ok(())
	}

	/// Each check has exactly one deadline, right after the last block of its stage, which the cursor has not passed.
	pub(crate) fn check_deadlines() -> Result<(), TryRuntimeError> {
		let mut checks = 0usize;
		for (job, check) in Checks::<T>::iter() {
			ensure!(Deadlines::<T>::contains_key(Self::due(check.until), job), "a check has no deadline");
			checks = checks.saturating_add(1);
		}
		ensure!(Deadlines::<T>::iter_keys().count() == checks, "there is a deadline that no check explains");
		let cursor = DeadlineCursor::<T>::get().unwrap_or_default();
		ensure!(Deadlines::<T>::iter_keys().all(|(due, _)| due >= cursor), "the cursor has passed a deadline");
		Ok(())
	}
}
