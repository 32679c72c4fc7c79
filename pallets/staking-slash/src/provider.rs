//! How the other pallets see a provider: [`ProviderStake`].

#[cfg(feature = "runtime-benchmarks")]
use crate::benchmarking;
use crate::{Config, Error, Event, Ledger, Ledgers, Pallet, TierStakes};
use assay_primitives::{Balance, MachineId, OffenceReport, ProviderStake, Region, Tier};
use frame_support::{
	ensure,
	pallet_prelude::{DispatchError, DispatchResult},
};
use sp_runtime::traits::Zero;

impl<T: Config> ProviderStake<T::AccountId, Balance> for Pallet<T> {
	fn is_active(provider: &T::AccountId) -> bool {
		Ledgers::<T>::get(provider).is_some_and(|ledger| ledger.is_active(Self::backing(provider, &ledger)))
	}

	fn add_machine(provider: &T::AccountId, _machine: MachineId, tier: Tier, _region: Region) -> DispatchResult {
		ensure!(TierStakes::<T>::contains_key(tier), Error::<T>::UnknownTier);
		let mut ledger = Self::ledger(provider)?;
		ledger.add_machine(tier)?;
		Self::ensure_covered(provider, &ledger)?;
		Self::store_ledger(provider, &ledger);
		Ok(())
	}

	fn remove_machine(provider: &T::AccountId, _machine: MachineId, tier: Tier, _region: Region) -> DispatchResult {
		let mut ledger = Self::ledger(provider)?;
		let was_halted = ledger.is_halted(Self::backing(provider, &ledger));
		ledger.remove_machine(tier)?;
		Self::store_ledger(provider, &ledger);
		Self::note_standing(provider, &ledger, was_halted, ledger.required());
		Ok(())
	}

	fn report(report: OffenceReport<T::AccountId>) -> Result<Balance, DispatchError> {
		Self::do_report(report)
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn make_active(provider: &T::AccountId, tier: Tier) {
		benchmarking::make_active::<T>(provider, tier);
	}
}

impl<T: Config> Pallet<T> {
	/// Tell of a provider that was halted or became active again, given how it stood before.
	pub(crate) fn note_standing(provider: &T::AccountId, ledger: &Ledger<T>, was_halted: bool, required: Balance) {
		let is_halted = Self::backing(provider, ledger) < required;
		if is_halted && !was_halted {
			Self::deposit_event(Event::Halted { provider: provider.clone(), bonded: ledger.bonded, required });
		}
		// A provider that gave up the last machine with nothing bonded is neither halted nor active.
		if was_halted && !is_halted && !ledger.bonded.is_zero() {
			Self::deposit_event(Event::Reactivated { provider: provider.clone() });
		}
	}
}
