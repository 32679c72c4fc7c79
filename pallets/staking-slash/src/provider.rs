//! How the other pallets see a provider: [`ProviderStake`].

#[cfg(feature = "runtime-benchmarks")]
use crate::benchmarking;
use crate::{Config, Error, Ledgers, Pallet, TierStakes};
use assay_primitives::{Balance, MachineId, OffenceReport, ProviderStake, Region, Tier};
use frame_support::{
	ensure,
	pallet_prelude::{DispatchError, DispatchResult},
};

impl<T: Config> ProviderStake<T::AccountId, Balance> for Pallet<T> {
	fn is_active(provider: &T::AccountId) -> bool {
		Ledgers::<T>::get(provider).is_some_and(|ledger| Self::footing(provider, &ledger).standing.may_work())
	}

	fn add_machine(provider: &T::AccountId, _machine: MachineId, tier: Tier, _region: Region) -> DispatchResult {
		ensure!(TierStakes::<T>::contains_key(tier), Error::<T>::UnknownTier);
		let mut ledger = Self::ledger(provider)?;
		ledger.add_machine(tier)?;
		Self::ensure_covered(provider, &mut ledger)?;
		Self::count_machine(tier)?;
		Self::store_ledger(provider, &ledger);
		Ok(())
	}

	fn remove_machine(provider: &T::AccountId, _machine: MachineId, tier: Tier, _region: Region) -> DispatchResult {
		let mut ledger = Self::ledger(provider)?;
		let mut before = Self::footing(provider, &ledger);
		ledger.remove_machine(tier)?;
		before.asked = Self::asked(&ledger);
		Self::uncount_machine(tier);
		Self::note_standing(provider, &mut ledger, before);
		Self::store_ledger(provider, &ledger);
		Ok(())
	}

	fn machine_stake(tier: Tier) -> Balance {
		Self::machine_stake(tier).unwrap_or_default()
	}

	fn report(report: OffenceReport<T::AccountId>) -> Result<Balance, DispatchError> {
		Self::do_report(report)
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn make_active(provider: &T::AccountId, tier: Tier) {
		benchmarking::make_active::<T>(provider, tier);
	}
}
