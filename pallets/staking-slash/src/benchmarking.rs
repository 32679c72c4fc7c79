//! Benchmarks of the calls. Slashes are measured where they come from, in the benchmarks of the market.

use crate::*;
use assay_primitives::{MachineId, ProviderStake, Region, RewardKind, RewardPayee};
use frame_benchmarking::v2::*;
use frame_support::{assert_ok, traits::fungible::Balanced};
use frame_system::RawOrigin;
use sp_runtime::Saturating;

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

/// A provider named by `index` with a bond that lets much be delegated.
fn backed<T: Config>(index: u32) -> T::AccountId {
	let provider: T::AccountId = account("backed", index, 0);
	let amount = T::MinDelegation::get().max(T::MinBond::get()).saturating_mul(1_000);
	fund::<T>(&provider, amount);
	assert_ok!(Pallet::<T>::bond(RawOrigin::Signed(provider.clone()).into(), amount));
	provider
}

/// What a delegator of these benchmarks delegates at a time.
fn part<T: Config>() -> Balance {
	T::MinDelegation::get().saturating_mul(10)
}

/// Have `delegator` delegate [`part`] to `provider`.
fn delegate_to<T: Config>(delegator: &T::AccountId, provider: &T::AccountId) {
	let amount = part::<T>();
	fund::<T>(delegator, amount.saturating_add(T::Currency::minimum_balance()));
	assert_ok!(Pallet::<T>::delegate(RawOrigin::Signed(delegator.clone()).into(), provider.clone(), amount));
}

/// Have `delegator` move [`part`] to `provider` from `count` others, and those slashed since: so many liabilities owe.
fn liable_to<T: Config>(delegator: &T::AccountId, provider: &T::AccountId, count: u32) {
	for index in 1..=count {
		let other = backed::<T>(index);
		delegate_to::<T>(delegator, &other);
		let origin = RawOrigin::Signed(delegator.clone()).into();
		assert_ok!(Pallet::<T>::move_delegation(origin, other.clone(), provider.clone(), part::<T>()));
		let mut ledger = ledger_of::<T>(&other);
		let due = ledger.bonded;
		let now = frame_system::Pallet::<T>::block_number();
		drop(Pallet::<T>::take_stake(&other, &mut ledger, now, due));
		Pallet::<T>::store_ledger(&other, &ledger);
	}
}

/// Have the pool of `provider` earn `amount`.
fn reward<T: Config>(provider: &T::AccountId, amount: Balance) {
	let credit = T::Currency::issue(amount);
	assert!(<Pallet<T> as RewardPayee<_, _>>::pay(provider, RewardKind::Work, credit).is_ok());
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

	/// The first delegation, which opens the pool.
	#[benchmark]
	fn delegate() {
		let (provider, delegator) = (backed::<T>(0), whitelisted_caller::<T::AccountId>());
		let amount = part::<T>();
		fund::<T>(&delegator, amount.saturating_add(T::Currency::minimum_balance().saturating_mul(2)));

		#[extrinsic_call]
		_(RawOrigin::Signed(delegator.clone()), provider.clone(), amount);

		assert!(Positions::<T>::get(&provider, &delegator).is_some_and(|position| position.shares == amount));
	}

	/// The last chunk for which there is room.
	#[benchmark]
	fn undelegate() {
		let (provider, delegator) = (backed::<T>(0), whitelisted_caller::<T::AccountId>());
		for block in 1..T::MaxUnbondingChunks::get() {
			frame_system::Pallet::<T>::set_block_number(block.into());
			delegate_to::<T>(&delegator, &provider);
			let origin = RawOrigin::Signed(delegator.clone()).into();
			assert_ok!(Pallet::<T>::undelegate(origin, provider.clone(), part::<T>()));
		}
		delegate_to::<T>(&delegator, &provider);
		reward::<T>(&provider, part::<T>());
		frame_system::Pallet::<T>::set_block_number(T::MaxUnbondingChunks::get().into());

		#[extrinsic_call]
		_(RawOrigin::Signed(delegator.clone()), provider.clone(), part::<T>());

		let chunks = Positions::<T>::get(&provider, &delegator).map_or(0, |position| position.chunks.len() as u32);
		assert_eq!(chunks, T::MaxUnbondingChunks::get());
	}

	/// All chunks at once, of as many periods as there can be.
	#[benchmark]
	fn withdraw_delegation() {
		let (provider, delegator) = (backed::<T>(0), whitelisted_caller::<T::AccountId>());
		for chunk in 1..=T::MaxUnbondingChunks::get() {
			let block = T::LiabilityPeriod::get().saturating_mul(chunk.into());
			frame_system::Pallet::<T>::set_block_number(block);
			delegate_to::<T>(&delegator, &provider);
			let origin = RawOrigin::Signed(delegator.clone()).into();
			assert_ok!(Pallet::<T>::undelegate(origin, provider.clone(), part::<T>()));
		}
		let now = frame_system::Pallet::<T>::block_number().saturating_add(T::UnbondingPeriod::get());
		frame_system::Pallet::<T>::set_block_number(now);

		#[extrinsic_call]
		_(RawOrigin::Signed(delegator.clone()), provider.clone());

		assert!(Positions::<T>::get(&provider, &delegator).is_none());
	}

	/// With `l` liabilities that owe and move along.
	#[benchmark]
	fn move_delegation(l: Linear<0, { T::MaxLiabilities::get().saturating_sub(1) }>) {
		let (from, to, delegator) = (backed::<T>(100), backed::<T>(101), whitelisted_caller::<T::AccountId>());
		delegate_to::<T>(&delegator, &from);
		liable_to::<T>(&delegator, &from, l);
		delegate_to::<T>(&account::<T::AccountId>("other", 0, 0), &to);
		let amount = T::MinDelegation::get();

		#[extrinsic_call]
		_(RawOrigin::Signed(delegator.clone()), from, to.clone(), amount);

		assert!(Positions::<T>::get(&to, &delegator).is_some());
	}

	#[benchmark]
	fn claim_delegation_reward() {
		let (provider, delegator) = (backed::<T>(0), whitelisted_caller::<T::AccountId>());
		delegate_to::<T>(&delegator, &provider);
		reward::<T>(&provider, part::<T>().saturating_mul(1_000));

		#[extrinsic_call]
		_(RawOrigin::Signed(delegator.clone()), provider.clone(), true);

		assert!(Positions::<T>::get(&provider, &delegator).is_some_and(|position| position.shares > part::<T>()));
	}

	/// With `l` liabilities that owe.
	#[benchmark]
	fn collect_liability(l: Linear<1, { T::MaxLiabilities::get() }>) {
		let (provider, delegator) = (backed::<T>(100), account::<T::AccountId>("delegator", 0, 0));
		delegate_to::<T>(&delegator, &provider);
		liable_to::<T>(&delegator, &provider, l);
		let caller: T::AccountId = whitelisted_caller();
		let before = Pools::<T>::get(&provider).map(|pool| pool.fund.amount);

		#[extrinsic_call]
		_(RawOrigin::Signed(caller), delegator, provider.clone());

		assert!(Pools::<T>::get(&provider).map(|pool| pool.fund.amount) < before);
	}

	/// Announced to delegators.
	#[benchmark]
	fn set_commission() {
		let provider = backed::<T>(0);
		delegate_to::<T>(&account::<T::AccountId>("delegator", 0, 0), &provider);
		let (commission, kickback) = (T::MaxCommission::get(), Perbill::from_percent(1));

		#[extrinsic_call]
		_(RawOrigin::Signed(provider.clone()), commission, kickback);

		assert!(Pools::<T>::get(&provider).is_some_and(|pool| pool.announced.is_some()));
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}
