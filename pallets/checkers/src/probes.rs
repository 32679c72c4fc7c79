//! Probes: whether clients can reach a machine, and how fast it serves them.
//!
//! A member can say that it was served only with the device's signature on an answer to itself, of this epoch, so that nobody
//! has to commit to anything first: there is nothing to copy but that a machine was not reached, and it takes most of a
//! committee to have that believed. What was reachable cannot be checked again, so nothing but quality hangs on it.

use super::*;
use frame_system::pallet_prelude::BlockNumberFor;
use sp_runtime::traits::{BlakeTwo256, Hash, Saturating};

/// What somebody's part in a probe came to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Part {
	/// It has said what most have.
	Agreed,
	/// It has said something else, or there was no majority, or no time or nothing left to ask: it neither gains nor loses.
	Alone,
	/// It has said nothing.
	Silent,
}

impl<T: Config> Pallet<T> {
	/// How many machines are probed in an epoch.
	fn probes() -> u32 {
		T::Machines::seats().div_ceil(T::SeatsPerProbe::get().max(1)).min(T::MaxProbes::get())
	}

	/// Draw machines, and a committee for each. Draws that are lost are not made again, nor those that fall on a machine twice.
	pub(crate) fn begin_probes(epoch: EpochIndex, randomness: &H256, now: BlockNumberFor<T>) {
		let until = now.saturating_add(T::ProbeBlocks::get());
		let mut probing = ProbeList::<T>::new();
		for number in 0..Self::probes() {
			let Some((machine, provider)) = T::Machines::draw(randomness, number) else { continue };
			if probing.contains(&machine) {
				continue;
			}
			let seed = BlakeTwo256::hash_of(&(b"assay/probers", randomness, machine));
			let Some(members) = Self::committee(&seed, &[&provider]) else { continue };
			if probing.try_push(machine).is_err() {
				break;
			}
			members.iter().for_each(Self::engage);
			Self::deposit_event(Event::ProbeBegan { machine, members: members.to_vec(), until });
			let members = members.into_iter().map(|who| Prober { who, observation: None }).collect();
			let members = BoundedVec::truncate_from(members);
			Probes::<T>::insert(machine, Probe { epoch, members, until });
		}
		Probing::<T>::put(probing);
	}

	/// Note what a member has found.
	pub(crate) fn do_report(
		who: T::AccountId,
		machine: MachineId,
		observation: Observation<T::Signature>,
	) -> DispatchResult {
		let mut probe = Probes::<T>::get(machine).ok_or(Error::<T>::UnknownProbe)?;
		let now = frame_system::Pallet::<T>::block_number();
		let epoch = probe.epoch;
		let member = probe.members.iter_mut().find(|member| member.who == who).ok_or(Error::<T>::NotMember)?;
		ensure!(member.observation.is_none(), Error::<T>::AlreadyReported);
		ensure!(now <= probe.until, Error::<T>::ProbeOver);
		let seen = match observation {
			Observation::Unreachable => Seen::Unreachable,
			Observation::Served { latency, rate, signature } => {
				ensure!(T::Machines::answered(machine, epoch, &who, &signature), Error::<T>::NotAnswered);
				// What is as slow as that serves nobody.
				if latency > T::MaxLatency::get() || rate.is_zero() {
					Seen::Unreachable
				} else {
					Seen::Served { latency, rate }
				}
			},
		};
		member.observation = Some(seen);
		let served = seen != Seen::Unreachable;
		Self::deposit_event(Event::ProbeReported { machine, checker: who, served });
		if probe.members.iter().all(|member| member.observation.is_some()) {
			Probing::<T>::mutate(|probing| probing.retain(|other| *other != machine));
			Probes::<T>::remove(machine);
			Self::settle_probe(machine, probe, now);
		} else {
			Probes::<T>::insert(machine, probe);
		}
		Ok(())
	}

	/// End all probes that are on. At most [`MaxProbes`](Config::MaxProbes).
	pub(crate) fn settle_probes(now: BlockNumberFor<T>) {
		for machine in Probing::<T>::take() {
			if let Some(probe) = Probes::<T>::take(machine) {
				Self::settle_probe(machine, probe, now);
			}
		}
	}

	/// Let what a probe has found count. The caller has removed it.
	fn settle_probe(machine: MachineId, probe: Probe<T>, now: BlockNumberFor<T>) {
		let size = probe.members.len();
		let seen = || probe.members.iter().filter_map(|member| member.observation);
		let is_majority = |count: usize| count.saturating_mul(2) > size;
		let (mut latencies, mut rates): (Vec<_>, Vec<_>) = seen()
			.filter_map(|seen| match seen {
				Seen::Served { latency, rate } => Some((latency, rate)),
				Seen::Unreachable => None,
			})
			.unzip();
		let outcome = if is_majority(latencies.len()) {
			Some(true)
		} else {
			is_majority(seen().count().saturating_sub(latencies.len())).then_some(false)
		};
		let (latency, rate) = match outcome {
			Some(true) => (median(&mut latencies), median(&mut rates)),
			Some(false) | None => (0, 0),
		};
		let registered = T::Machines::is_registered(machine);
		if let Some(served) = outcome.filter(|_| registered) {
			T::Machines::rate(machine, served);
			Services::<T>::insert(machine, Service { epoch: probe.epoch, latency, rate, served });
		}
		// Who had no time, in an epoch of few blocks, has not been silent, nor who could find nothing there any more.
		let could_speak = registered && now > probe.until;
		for Prober { who, observation } in &probe.members {
			let part = match observation.map(|seen| seen != Seen::Unreachable) {
				Some(served) if outcome == Some(served) => Part::Agreed,
				None if could_speak => Part::Silent,
				Some(_) | None => Part::Alone,
			};
			if part == Part::Agreed {
				T::Rewards::credit_checks(who, 1);
			}
			Self::discharge(machine, who, part);
		}
		Self::deposit_event(Event::ProbeEnded { machine, outcome, latency, rate });
	}
}

/// The middle one, and the lower of two. Zero of none.
fn median(values: &mut [u32]) -> u32 {
	values.sort_unstable();
	let middle = values.len().saturating_sub(1) / 2;
	values.get(middle).copied().unwrap_or(0)
}

impl<T: Config> MachineObserver<T::AccountId> for Pallet<T> {
	fn registered(_: &T::AccountId, _: MachineId, _: Tier, _: Region) {}

	/// A probe that is on ends as any does, and changes nothing.
	fn deregistered(machine: MachineId) {
		Services::<T>::remove(machine);
	}

	fn busy(_: MachineId) {}

	fn idle(_: MachineId) {}
}
