//! What checkers find when they ask machines: whether clients can reach them.
//!
//! Heartbeats say that a device has a connection to the chain, and no more. Who is asked is drawn from the same weights as
//! rounds are, by a subject of its own, and one at a time: siblings are not asked together, since an answer takes no work that
//! another machine could do in its place. Nothing but [`quality`] comes of it.

use super::*;

impl<T: Config> ProbedMachines<T::AccountId, T::Signature> for Pallet<T> {
	fn seats() -> u32 {
		Seats::<T>::count()
	}

	fn draw(randomness: &H256, number: u32) -> Option<(MachineId, T::AccountId)> {
		let random = blake2_256(&(b"assay/probe", randomness, number).encode());
		let machine = Self::tree().pick(&random).and_then(Seats::<T>::get)?.machine;
		let entry = Machines::<T>::get(machine).filter(|entry| !entry.gone)?;
		Some((machine, entry.provider))
	}

	fn is_registered(machine: MachineId) -> bool {
		Machines::<T>::get(machine).is_some_and(|entry| !entry.gone)
	}

	fn answered(machine: MachineId, epoch: EpochIndex, checker: &T::AccountId, signature: &T::Signature) -> bool {
		let device = Machines::<T>::get(machine).filter(|entry| !entry.gone).and_then(|entry| entry.device);
		let payload = payload::probe(&Self::genesis(), machine, epoch, checker);
		device.is_some_and(|device| Self::check_signature(&device, &payload, signature).is_ok())
	}

	fn rate(machine: MachineId, served: bool) {
		Self::requalify(machine, |quality| quality::after_probe(quality, served));
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn make_probed(number: u32) -> MachineId {
		benchmarking::make_seated::<T>(number)
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn make_answer(machine: MachineId, epoch: EpochIndex, checker: &T::AccountId) -> T::Signature {
		let payload = payload::probe(&Self::genesis(), machine, epoch, checker);
		T::BenchmarkHelper::sign(&T::BenchmarkHelper::device(), &payload)
	}
}
