//! Benchmarks of the calls. Slashes are measured where they come from, in the benchmarks of the market.

use crate::*;
use assay_primitives::{MachineId, ProviderStake, Region};
use frame_benchmarking::v2::*;
use frame_support::{assert_ok, traits::fungible::Balanced};
use frame_system::RawOrigin;

/// For how many machines [`make_active`] bonds: more than any benchmark registers for one provider.
const MACHINES: Balance = 100;

/// Give `who` enough for a hold of `amount`.
fn fund<T: Config>(who: &T::AccountId, amount: Balance) {
	let credit = T::Currency::issue(amount.saturating_add(T::Currency::minimum_balance()));
	assert!(T::Currency::resolve(who, credit).is_ok());
}

/// Bond enough for `provider` to add [`MACHINES`] machines of `tier`.
///
/// It gets a machine of as many other tiers as there can be, so that looking at its standing costs the most that it can.
/// Tiers without K value get one.
pub fn make_active<T: Config>(provider: &T::AccountId, tier: Tier) {
	let rest = T::MaxTiers::get().saturating_sub(1) as usize;
	let others = || (0..=u8::MAX).map(Tier).filter(move |other| *other != tier).take(rest);
	for each in core::iter::once(tier).chain(others()) {
		if !TierStakes::<T>::contains_key(each) {
			TierStakes::<T>::insert(each, T::MinBond::get());
		}
	}
	let stake = |tier| Pallet::<T>::machine_stake(tier).unwrap_or_default();
	let amount = others().fold(stake(tier).saturating_mul(MACHINES), |sum, other| sum.saturating_add(stake(other)));
	let amount = amount.max(T::MinBond::get());
	fund::<T>(provider, amount);
	assert_ok!(Pallet::<T>::bond(RawOrigin::Signed(provider.clone()).into(), amount));
	for other in others() {
		assert_ok!(<Pallet<T> as ProviderStake<_, _>>::add_machine(provider, MachineId(0), other, Region(0)));
	}
}

/// Replace the K values by `count` tiers of the least bond each, and the coefficient by one.
fn set_tiers<T: Config>(count: u32) {
	let _ = TierStakes::<T>::clear(u32::MAX, None);
	for tier in 0..count {
		TierStakes::<T>::insert(Tier(tier as u8), T::MinBond::get());
	}
	Coefficient::<T>::put(DefaultCoefficient::get());
}

/// A provider with a machine of each of `tiers` tiers, the bond for them and one more, and `chunks` unbonding chunks of
/// the least bond each.
fn provider<T: Config>(tiers: u32, chunks: u32) -> T::AccountId {
	set_tiers::<T>(tiers);
	let provider: T::AccountId = whitelisted_caller();
	let amount = T::MinBond::get().saturating_mul(Balance::from(tiers.saturating_add(chunks).saturating_add(1)));
	fund::<T>(&provider, amount);
	assert_ok!(Pallet::<T>::bond(RawOrigin::Signed(provider.clone()).into(), amount));
	for tier in 0..tiers {
		assert_ok!(<Pallet<T> as ProviderStake<_, _>>::add_machine(
			&provider,
			MachineId(0),
			Tier(tier as u8),
			Region(0)
		));
	}
	for chunk in 1..=chunks {
		frame_system::Pallet::<T>::set_block_number(chunk.into());
		assert_ok!(Pallet::<T>::unbond(RawOrigin::Signed(provider.clone()).into(), T::MinBond::get()));
	}
	frame_system::Pallet::<T>::set_block_number(chunks.saturating_add(1).into());
	provider
}

/// Raise the requirement of all machines above what [`provider`] bonded for them.
fn halt<T: Config>() {
	Coefficient::<T>::put(FixedU128::from_u32(3));
}

/// What `provider` has in its ledger.
fn ledger_of<T: Config>(provider: &T::AccountId) -> Ledger<T> {
	Ledgers::<T>::get(provider).unwrap_or_default()
}

#[benchmarks]
mod benchmarks {
	use super::*;

	/// The top-up of a halted provider that makes it active again.
	#[benchmark]
	fn bond(t: Linear<0, { T::MaxTiers::get() }>) {
		let provider = provider::<T>(t, T::MaxUnbondingChunks::get());
		halt::<T>();
		let before = ledger_of::<T>(&provider).bonded;
		let amount = T::MinBond::get().saturating_mul(Balance::from(t.saturating_mul(2).saturating_add(1)));
		fund::<T>(&provider, amount);

		#[extrinsic_call]
		_(RawOrigin::Signed(provider.clone()), amount);

		assert_eq!(ledger_of::<T>(&provider).bonded, before.saturating_add(amount));
		assert!(<Pallet<T> as ProviderStake<_, _>>::is_active(&provider));
	}

	/// The last chunk for which there is room.
	#[benchmark]
	fn unbond(t: Linear<0, { T::MaxTiers::get() }>) {
		let chunks = T::MaxUnbondingChunks::get();
		let provider = provider::<T>(t, chunks.saturating_sub(1));
		let before = ledger_of::<T>(&provider).bonded;
		let amount = T::MinBond::get();

		#[extrinsic_call]
		_(RawOrigin::Signed(provider.clone()), amount);

		assert_eq!(ledger_of::<T>(&provider).bonded, before.saturating_sub(amount));
		assert_eq!(ledger_of::<T>(&provider).unbonding.len() as u32, chunks);
	}

	/// A halted provider that puts all of its chunks back.
	#[benchmark]
	fn rebond(t: Linear<0, { T::MaxTiers::get() }>) {
		let provider = provider::<T>(t, T::MaxUnbondingChunks::get());
		halt::<T>();
		let before = ledger_of::<T>(&provider);
		let amount = before.unbonding_total();

		#[extrinsic_call]
		_(RawOrigin::Signed(provider.clone()), amount);

		assert_eq!(ledger_of::<T>(&provider).bonded, before.total());
		assert!(ledger_of::<T>(&provider).unbonding.is_empty());
	}

	/// All chunks at once.
	#[benchmark]
	fn withdraw_unbonded() {
		let provider = provider::<T>(T::MaxTiers::get(), T::MaxUnbondingChunks::get());
		let bonded = ledger_of::<T>(&provider).bonded;
		let now = frame_system::Pallet::<T>::block_number();
		frame_system::Pallet::<T>::set_block_number(now + T::UnbondingPeriod::get());

		#[extrinsic_call]
		_(RawOrigin::Signed(provider.clone()));

		assert_eq!(ledger_of::<T>(&provider).total(), bonded);
	}

	/// A new tier.
	#[benchmark]
	fn set_tier_stake() -> Result<(), BenchmarkError> {
		set_tiers::<T>(T::MaxTiers::get().saturating_sub(1));
		let origin = T::AdminOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;
		let tier = Tier(u8::MAX);
		let stake = T::MinBond::get();

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, tier, stake);

		assert_eq!(TierStakes::<T>::get(tier), Some(stake));
		Ok(())
	}

	/// With `t` tiers to check it against.
	#[benchmark]
	fn set_coefficient(t: Linear<0, { T::MaxTiers::get() }>) -> Result<(), BenchmarkError> {
		set_tiers::<T>(t);
		let origin = T::AdminOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;
		let coefficient = FixedU128::from_u32(2);

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, coefficient);

		assert_eq!(Coefficient::<T>::get(), coefficient);
		Ok(())
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}
