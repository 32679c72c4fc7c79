//! Machines that others have work for: [`MachineSlots`].

use super::*;

impl<T: Config> MachineSlots<T::AccountId> for Pallet<T> {
	fn most() -> u32 {
		T::MaxSlots::get()
	}

	fn offer(machine: MachineId) -> Result<MachineOffer<T::AccountId>, DispatchError> {
		let Machine { provider, tier, region, .. } = Machines::<T>::get(machine).ok_or(Error::<T>::UnknownMachine)?;
		Ok(MachineOffer { provider, tier, region })
	}

	fn take(machine: MachineId, slots: u32) -> DispatchResult {
		Self::take_slots(machine, slots)
	}

	fn release(machine: MachineId, slots: u32) -> Option<(Tier, Region)> {
		Self::release_slots(machine, slots)
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn make_offer(provider: &T::AccountId, tier: Tier, region: Region, slots: u32) -> Result<MachineId, DispatchError> {
		benchmarking::make_offer::<T>(provider, tier, region, slots)
	}
}
