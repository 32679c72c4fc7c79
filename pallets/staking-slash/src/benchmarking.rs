//! Benchmarks of the calls. Slashes are measured where they come from, in the benchmarks of the market.

use crate::*;
use assay_primitives::{MachineId, ProviderStake, Region, RewardKind, RewardPayee};
use frame_benchmarking::v2::*;
use frame_support::{assert_ok, traits::fungible::Balanced};
use frame_system::RawOrigin;
use sp_runtime::{FixedPointNumber, Perbill};

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
	assert_ok!(Pallet::<T>::put_coefficient(FixedU128::from_u32(3)));
}

/// Have `amount` vest for `who` that it can pledge. A runtime in which nothing can be pledged has no such cost.
fn pledgeable<T: Config>(who: &T::AccountId, amount: Balance) -> Result<(), BenchmarkError> {
	T::Vesting::make_pledgeable(who, amount);
	T::Vesting::pledge(who, amount)
		.and_then(|()| T::Vesting::release(who, amount))
		.map_err(|_| BenchmarkError::Weightless)
}

/// What `provider` has in its ledger.
fn ledger_of<T: Config>(provider: &T::AccountId) -> Ledger<T> {
	Ledgers::<T>::get(provider).unwrap_or_default()
}

/// What benchmarks delegate at once: room for many parts of the least delegation.
fn delegation_unit<T: Config>() -> Balance {
	T::MinDelegation::get().saturating_mul(100)
}

/// A provider with a bond beside which there is room for ten [`delegation_unit`]s, and with a machine of each of as many
/// tiers as there can be, so that looking at its standing costs the most that it can.
fn backed_provider<T: Config>(index: u32) -> T::AccountId {
	set_tiers::<T>(T::MaxTiers::get());
	let provider: T::AccountId = account("provider", index, 0);
	let room = delegation_unit::<T>().saturating_mul(10);
	let bond = T::MaxDelegationRatio::get()
		.reciprocal()
		.map_or(room, |ratio| ratio.saturating_mul_int(room).saturating_add(1))
		.max(T::MinBond::get().saturating_mul(Balance::from(T::MaxTiers::get())));
	fund::<T>(&provider, bond);
	assert_ok!(Pallet::<T>::bond(RawOrigin::Signed(provider.clone()).into(), bond));
	for tier in 0..T::MaxTiers::get() {
		let tier = Tier(tier as u8);
		assert_ok!(<Pallet<T> as ProviderStake<_, _>>::add_machine(&provider, MachineId(0), tier, Region(0)));
	}
	provider
}

/// A provider and a delegator with a [`delegation_unit`] of stake at work, `chunks` chunks of the least delegation, each
/// of a period of its own, and `liabilities` liabilities of the same size to providers of their own.
fn delegator_with<T: Config>(chunks: u32, liabilities: u32) -> (T::AccountId, T::AccountId) {
	let provider = backed_provider::<T>(0);
	let delegator: T::AccountId = whitelisted_caller();
	let least = T::MinDelegation::get();
	let unit = delegation_unit::<T>();
	let parts = least.saturating_mul(Balance::from(chunks));
	fund::<T>(&delegator, unit.saturating_add(parts).saturating_mul(2).saturating_add(T::Currency::minimum_balance()));
	let signed = || RawOrigin::Signed(delegator.clone()).into();
	assert_ok!(Pallet::<T>::delegate(signed(), provider.clone(), unit.saturating_add(parts)));
	for _ in 0..chunks {
		let now = frame_system::Pallet::<T>::block_number();
		frame_system::Pallet::<T>::set_block_number(now + T::LiabilityPeriod::get());
		assert_ok!(Pallet::<T>::undelegate(signed(), provider.clone(), least));
	}
	// After the chunks, for which more blocks pass than a liability lasts.
	for index in 0..liabilities {
		let other = backed_provider::<T>(index.saturating_add(100));
		fund::<T>(&delegator, least.saturating_add(T::Currency::minimum_balance()));
		assert_ok!(Pallet::<T>::delegate(signed(), other.clone(), least));
		assert_ok!(Pallet::<T>::move_delegation(signed(), other, provider.clone(), least));
	}
	(provider, delegator)
}

/// What `delegator` has with `provider`, as front ends see it.
fn delegated<T: Config>(provider: &T::AccountId, delegator: &T::AccountId) -> DelegationStatus {
	Pallet::<T>::delegation_status(provider, delegator).unwrap_or_default()
}

/// What `delegator` has with `provider`, as it is stored.
fn position_of<T: Config>(provider: &T::AccountId, delegator: &T::AccountId) -> Position<T> {
	Positions::<T>::get(provider, delegator).unwrap_or_default()
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

	/// All chunks at once, those of the pledge too if there can be any.
	#[benchmark]
	fn withdraw_unbonded() {
		let provider = provider::<T>(T::MaxTiers::get(), T::MaxUnbondingChunks::get());
		let least = T::MinBond::get();
		let chunks = T::MaxUnbondingChunks::get();
		if pledgeable::<T>(&provider, least.saturating_mul(chunks.into())).is_ok() {
			let signed = || RawOrigin::Signed(provider.clone()).into();
			assert_ok!(Pallet::<T>::pledge(signed(), least.saturating_mul(chunks.into())));
			for _ in 0..chunks {
				let now = frame_system::Pallet::<T>::block_number();
				frame_system::Pallet::<T>::set_block_number(now + 1u32.into());
				assert_ok!(Pallet::<T>::unpledge(signed(), least));
			}
		}
		let bonded = ledger_of::<T>(&provider).bonded;
		let now = frame_system::Pallet::<T>::block_number();
		frame_system::Pallet::<T>::set_block_number(now + T::UnbondingPeriod::get());

		#[extrinsic_call]
		_(RawOrigin::Signed(provider.clone()));

		assert_eq!(ledger_of::<T>(&provider).total(), bonded);
	}

	/// A higher K value, the second raise within a window.
	#[benchmark]
	fn set_tier_stake() -> Result<(), BenchmarkError> {
		set_tiers::<T>(T::MaxTiers::get());
		halt::<T>();
		let origin = T::AdminOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;
		let tier = Tier(0);
		let stake = T::MinBond::get().saturating_add(1);

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

	/// The first delegation to a provider, which opens its pool.
	#[benchmark]
	fn delegate() {
		let provider = backed_provider::<T>(0);
		let delegator: T::AccountId = whitelisted_caller();
		let amount = delegation_unit::<T>();
		fund::<T>(&delegator, amount.saturating_add(T::Currency::minimum_balance()));

		#[extrinsic_call]
		_(RawOrigin::Signed(delegator.clone()), provider.clone(), amount);

		assert_eq!(delegated::<T>(&provider, &delegator).value, amount);
	}

	/// The last chunk for which there is room.
	#[benchmark]
	fn undelegate() {
		let (provider, delegator) = delegator_with::<T>(T::MaxUnbondingChunks::get().saturating_sub(1), 0);
		let amount = T::MinDelegation::get();
		let now = frame_system::Pallet::<T>::block_number();
		frame_system::Pallet::<T>::set_block_number(now + T::LiabilityPeriod::get());

		#[extrinsic_call]
		_(RawOrigin::Signed(delegator.clone()), provider.clone(), amount);

		let chunks = position_of::<T>(&provider, &delegator).chunks.len();
		assert_eq!(chunks as u32, T::MaxUnbondingChunks::get());
	}

	/// All chunks, each of a period of its own.
	#[benchmark]
	fn withdraw_delegation() {
		let (provider, delegator) = delegator_with::<T>(T::MaxUnbondingChunks::get(), 0);
		let now = frame_system::Pallet::<T>::block_number();
		frame_system::Pallet::<T>::set_block_number(now + T::UnbondingPeriod::get());

		#[extrinsic_call]
		_(RawOrigin::Signed(delegator.clone()), provider.clone());

		assert!(position_of::<T>(&provider, &delegator).chunks.is_empty());
	}

	/// Stake with `l` liabilities to a provider whose pool it opens: all but one of them, or none, are carried along. Each
	/// owes a little, which is collected first.
	#[benchmark]
	fn move_delegation(l: Linear<0, { T::MaxLiabilities::get() }>) {
		// One is taken on by the move itself.
		let carried = l.min(T::MaxLiabilities::get().saturating_sub(1));
		let (provider, delegator) = delegator_with::<T>(T::MaxUnbondingChunks::get(), carried);
		let target = backed_provider::<T>(1);
		fund::<T>(&delegator, T::Currency::minimum_balance());
		Positions::<T>::mutate(&provider, &delegator, |position| {
			for liability in position.iter_mut().flat_map(|position| position.liabilities.iter_mut()) {
				liability.amount = liability.amount.saturating_add(1);
			}
		});
		let amount = T::MinDelegation::get();

		#[extrinsic_call]
		_(RawOrigin::Signed(delegator.clone()), provider, target.clone(), amount);

		assert_eq!(position_of::<T>(&target, &delegator).liabilities.len() as u32, carried.saturating_add(1));
	}

	/// A reward that is delegated at once, which costs more than paying it out.
	#[benchmark]
	fn claim_delegation_reward() {
		let (provider, delegator) = delegator_with::<T>(T::MaxUnbondingChunks::get(), 0);
		let reward = T::Currency::issue(delegation_unit::<T>());
		assert!(<Pallet<T> as RewardPayee<_, _>>::pay(&provider, RewardKind::Capacity, reward).is_ok());
		let before = delegated::<T>(&provider, &delegator);
		assert!(!before.reward.is_zero());

		#[extrinsic_call]
		_(RawOrigin::Signed(delegator.clone()), provider.clone(), true);

		assert!(delegated::<T>(&provider, &delegator).value > before.value);
	}

	/// `l` liabilities that owe more than the position's shares are worth, so that its chunks are gone through as well.
	#[benchmark]
	fn collect_liability(l: Linear<1, { T::MaxLiabilities::get() }>) {
		let (provider, delegator) = delegator_with::<T>(T::MaxUnbondingChunks::get(), l);
		Positions::<T>::mutate(&provider, &delegator, |position| {
			for liability in position.iter_mut().flat_map(|position| position.liabilities.iter_mut()) {
				liability.amount = liability.amount.saturating_mul(1_000);
			}
		});
		let caller: T::AccountId = account("caller", 0, 0);

		#[extrinsic_call]
		_(RawOrigin::Signed(caller), delegator.clone(), provider.clone());

		assert!(delegated::<T>(&provider, &delegator).value.is_zero());
		assert_eq!(position_of::<T>(&provider, &delegator).chunks.len(), 0);
	}

	/// The first, which opens the pool.
	#[benchmark]
	fn set_commission() {
		let provider = backed_provider::<T>(0);
		fund::<T>(&provider, T::Currency::minimum_balance());

		#[extrinsic_call]
		_(RawOrigin::Signed(provider.clone()), T::MaxCommission::get(), Perbill::one());

		assert!(Pools::<T>::contains_key(&provider));
	}

	/// From a governed coefficient.
	#[benchmark]
	fn follow_network() -> Result<(), BenchmarkError> {
		Source::<T>::put(CoefficientSource::Governed);
		let origin = T::AdminOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin);

		assert_eq!(Source::<T>::get(), CoefficientSource::Network);
		Ok(())
	}

	/// The last tier to get a threshold, in the second raise within a window.
	#[benchmark]
	fn set_tier_threshold() -> Result<(), BenchmarkError> {
		set_tiers::<T>(T::MaxTiers::get());
		let origin = || T::AdminOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless);
		let threshold = T::MinBond::get();
		for tier in 1..T::MaxTiers::get() {
			assert_ok!(Pallet::<T>::set_tier_threshold(origin()?, Tier(tier as u8), threshold));
		}
		let origin = origin()?;

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, Tier(0), threshold);

		assert_eq!(Requirements::<T>::get().threshold_of(Tier(0)), threshold);
		Ok(())
	}

	/// A refresh that raises the coefficient, with machines of `t` tiers. Not a call: what a block costs in which a month
	/// begins.
	#[benchmark]
	fn refresh_coefficient(t: Linear<0, { T::MaxTiers::get() }>) {
		provider::<T>(t, 0);
		let coefficient = T::MinCoefficient::get();
		Coefficient::<T>::put(coefficient);
		Source::<T>::put(CoefficientSource::Network);
		let last = Refresh::default();

		#[block]
		{
			Pallet::<T>::refresh_coefficient(7, last);
		}

		assert_eq!(LastRefresh::<T>::get().month, 7);
		assert!(Coefficient::<T>::get() >= coefficient || t == 0);
	}

	/// A provider that a raise left short.
	#[benchmark]
	fn note_shortfall(t: Linear<1, { T::MaxTiers::get() }>) {
		let provider = provider::<T>(t, T::MaxUnbondingChunks::get());
		halt::<T>();
		let caller: T::AccountId = account("caller", 0, 0);

		#[extrinsic_call]
		_(RawOrigin::Signed(caller), provider.clone());

		assert!(ledger_of::<T>(&provider).shortage.is_some());
	}

	/// The pledge of a halted provider that makes it active again.
	#[benchmark]
	fn pledge(t: Linear<0, { T::MaxTiers::get() }>) -> Result<(), BenchmarkError> {
		let provider = provider::<T>(t, T::MaxUnbondingChunks::get());
		halt::<T>();
		let amount = T::MinBond::get().saturating_mul(Balance::from(t.saturating_mul(2).saturating_add(1)));
		pledgeable::<T>(&provider, amount)?;

		#[extrinsic_call]
		_(RawOrigin::Signed(provider.clone()), amount);

		assert_eq!(ledger_of::<T>(&provider).pledged, amount);
		assert!(<Pallet<T> as ProviderStake<_, _>>::is_active(&provider));
		Ok(())
	}

	/// The last chunk for which there is room.
	#[benchmark]
	fn unpledge(t: Linear<0, { T::MaxTiers::get() }>) -> Result<(), BenchmarkError> {
		let chunks = T::MaxUnbondingChunks::get();
		let provider = provider::<T>(t, chunks);
		let least = T::MinBond::get();
		pledgeable::<T>(&provider, least.saturating_mul(chunks.into()))?;
		let signed = || RawOrigin::Signed(provider.clone()).into();
		assert_ok!(Pallet::<T>::pledge(signed(), least.saturating_mul(chunks.into())));
		for _ in 1..chunks {
			let now = frame_system::Pallet::<T>::block_number();
			frame_system::Pallet::<T>::set_block_number(now + 1u32.into());
			assert_ok!(Pallet::<T>::unpledge(signed(), least));
		}
		let now = frame_system::Pallet::<T>::block_number();
		frame_system::Pallet::<T>::set_block_number(now + 1u32.into());

		#[extrinsic_call]
		_(RawOrigin::Signed(provider.clone()), least);

		assert!(ledger_of::<T>(&provider).pledged.is_zero());
		assert_eq!(ledger_of::<T>(&provider).unpledging.len() as u32, chunks);
		Ok(())
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}
