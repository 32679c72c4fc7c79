//! Benchmarks of the calls and of what the chain does by itself.
//!
//! A report is measured here at its dearest, and where it comes from, in the benchmarks of the market, for which
//! [`make_active`] makes a provider as dear to slash as it can be.

use crate::{pool::AnnouncedTerms, *};
use assay_primitives::{MachineId, OffenceReport, ProviderStake, Region, RewardKind, RewardPayee};
use frame_benchmarking::v2::*;
use frame_support::{assert_ok, traits::fungible::Balanced, weights::WeightMeter};
use frame_system::RawOrigin;
use sp_runtime::{
	traits::{One, SaturatedConversion, Saturating},
	FixedPointNumber, Perbill,
};

/// For how many machines [`make_active`] bonds: more than any benchmark registers for one provider.
const MACHINES: Balance = 100;

/// Give `who` enough for a hold of `amount`.
fn fund<T: Config>(who: &T::AccountId, amount: Balance) {
	let credit = T::Currency::issue(amount.saturating_add(T::Currency::minimum_balance()));
	assert!(T::Currency::resolve(who, credit).is_ok());
}

/// Bond enough for `provider` to add [`MACHINES`] machines of `tier`.
///
/// It gets a machine of as many other tiers as there can be, so that looking at its standing costs the most that it can,
/// and rewards, tokens that vest and stake that left in every period there is, so that slashing it does too. Tiers without K value get one.
pub fn make_active<T: Config>(provider: &T::AccountId, tier: Tier) {
	// First, as it may take until a later block.
	T::Vesting::make_seizable(provider);
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
	make_dear_to_slash::<T>(provider, Pallet::<T>::period_of(frame_system::Pallet::<T>::block_number()));
}

/// Have `provider` have rewards, and delegated stake in its pool and in all periods from `first` on that a slash can
/// look at.
fn make_dear_to_slash<T: Config>(provider: &T::AccountId, first: Period) {
	T::Rewards::make_seizable(provider);
	let part = delegation_unit::<T>();
	let periods = departed::LIVE_PERIODS.saturating_add(1);
	let (unbonding, moved) = (Fund { shares: part, amount: part }, Fund { shares: part, amount: part });
	for period in first..first.saturating_add(periods) {
		Departed::<T>::insert(provider, period, SubPools { unbonding, moved });
	}
	fund::<T>(provider, T::Currency::minimum_balance());
	let pool = Pallet::<T>::pool_or_open(provider, provider);
	assert!(pool.is_ok());
	let Ok(mut pool) = pool else { return };
	pool.fund = Fund { shares: part, amount: part };
	pool.last_departure = Some(first.saturating_add(periods));
	let held = part.saturating_mul(Balance::from(periods.saturating_add(1)));
	fund::<T>(&pool.account, held);
	assert_ok!(T::Currency::hold(&HoldReason::Delegated.into(), &pool.account, held));
	Pools::<T>::insert(provider, pool);
}

/// Have `provider` owe something that rewards pay first, and delegators to divide what is left with by terms that have
/// just come to count, and pledge what can be pledged.
pub(crate) fn make_dear_to_pay<T: Config>(provider: &T::AccountId) {
	let unit = delegation_unit::<T>().max(T::MinBond::get());
	fund::<T>(provider, unit.saturating_add(T::Currency::minimum_balance()));
	assert_ok!(Pallet::<T>::bond(RawOrigin::Signed(provider.clone()).into(), unit));
	T::Vesting::make_pledgeable(provider, unit);
	// A runtime in which nothing can be pledged has no such cost.
	let _ = Pallet::<T>::do_pledge(provider, unit);
	indebt::<T>(provider, T::Currency::minimum_balance().saturating_mul(10).min(T::MaxDebt::get()));

	let pool = Pallet::<T>::pool_or_open(provider, provider);
	assert!(pool.is_ok());
	let Ok(mut pool) = pool else { return };
	pool.fund = Fund { shares: unit, amount: unit };
	let terms = Terms { commission: Perbill::from_percent(10), kickback: Perbill::from_percent(10) };
	pool.announced = Some(AnnouncedTerms { terms, from: frame_system::Pallet::<T>::block_number() });
	fund::<T>(&pool.account, unit);
	assert_ok!(T::Currency::hold(&HoldReason::Delegated.into(), &pool.account, unit));
	Pools::<T>::insert(provider, pool);
}

/// The tier of the machine that offends.
const TIER: Tier = Tier(1);

/// A provider that is as dear to slash as one can be, and an offence with its dearest machine in the first period, that
/// takes all that it has and leaves a debt. It is done in the present block.
fn offender<T: Config>(offence: Offence) -> OffenceReport<T::AccountId> {
	let provider: T::AccountId = account("offender", 0, 0);
	make_active::<T>(&provider, TIER);
	let signed = || RawOrigin::Signed(provider.clone()).into();
	for _ in 0..T::MaxUnbondingChunks::get() {
		assert_ok!(Pallet::<T>::unbond(signed(), 1));
		skip::<T>(One::one());
	}
	let (wronged, reporter): (T::AccountId, T::AccountId) = (account("wronged", 0, 0), account("reporter", 0, 0));
	fund::<T>(&wronged, 0);
	fund::<T>(&reporter, 0);
	// More than is there, whatever part of it the offence costs.
	TierStakes::<T>::insert(TIER, ledger_of::<T>(&provider).total().saturating_mul(1_000));
	OffenceReport {
		offence,
		provider,
		machine: MachineId(0),
		tier: TIER,
		region: Region(0),
		at: frame_system::Pallet::<T>::block_number().saturated_into(),
		subject: 0,
		wronged: Some(wronged),
		reporter: Some(reporter),
	}
}

/// Go on by `blocks`.
fn skip<T: Config>(blocks: BlockNumberFor<T>) {
	let now = frame_system::Pallet::<T>::block_number();
	frame_system::Pallet::<T>::set_block_number(now.saturating_add(blocks));
}

/// Report the offence.
fn report<T: Config>(report: OffenceReport<T::AccountId>) {
	assert_ok!(<Pallet<T> as ProviderStake<_, _>>::report(report));
}

/// The last slash for which there is room of a provider as dear to slash as it can be, reported as late as it can be.
fn pending<T: Config>() -> (T::AccountId, SlashId) {
	let offence = offender::<T>(Offence::Downtime);
	skip::<T>(T::SlashWindow::get());
	for subject in 1..=T::MaxPendingSlashes::get() {
		// So that the last one is not held.
		let _ = RegionReports::<T>::clear(u32::MAX, None);
		report::<T>(OffenceReport { subject: subject.into(), ..offence.clone() });
	}
	(offence.provider, NextSlashId::<T>::get().saturating_sub(1))
}

/// The same, contested.
fn contested<T: Config>() -> (T::AccountId, SlashId) {
	let (provider, slash) = pending::<T>();
	fund::<T>(&provider, T::ContestBond::get());
	assert_ok!(Pallet::<T>::contest_slash(RawOrigin::Signed(provider.clone()).into(), slash));
	(provider, slash)
}

/// The block in which a pending slash is due.
fn due_of<T: Config>(slash: SlashId) -> BlockNumberFor<T> {
	PendingSlashes::<T>::get(slash).map(|pending| pending.state.due()).unwrap_or_default()
}

/// Have `provider` owe `amount`.
fn indebt<T: Config>(provider: &T::AccountId, amount: Balance) {
	assert_eq!(Pallet::<T>::incur_debt(provider, amount), amount);
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

	/// The top-up of a halted provider that makes it active again, of which it pays a debt.
	#[benchmark]
	fn bond(t: Linear<0, { T::MaxTiers::get() }>) {
		let provider = provider::<T>(t, T::MaxUnbondingChunks::get());
		halt::<T>();
		let before = ledger_of::<T>(&provider).bonded;
		let amount = T::MinBond::get().saturating_mul(Balance::from(t.saturating_mul(2).saturating_add(1)));
		let debt = T::MinBond::get();
		indebt::<T>(&provider, debt);
		fund::<T>(&provider, amount.saturating_add(debt));

		#[extrinsic_call]
		_(RawOrigin::Signed(provider.clone()), amount.saturating_add(debt));

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

	/// A contested slash on which nobody decided.
	#[benchmark]
	fn apply_slash() {
		let (provider, slash) = contested::<T>();
		frame_system::Pallet::<T>::set_block_number(due_of::<T>(slash));
		let caller: T::AccountId = whitelisted_caller();

		#[extrinsic_call]
		_(RawOrigin::Signed(caller), slash);

		assert!(!PendingSlashes::<T>::contains_key(slash));
		assert!(ledger_of::<T>(&provider).total().is_zero());
	}

	/// With a list of pending slashes that is full.
	#[benchmark]
	fn contest_slash() {
		let (provider, slash) = pending::<T>();
		fund::<T>(&provider, T::ContestBond::get());

		#[extrinsic_call]
		_(RawOrigin::Signed(provider.clone()), slash);

		let state = PendingSlashes::<T>::get(slash).map(|pending| pending.state);
		assert!(matches!(state, Some(SlashState::Contested { .. })));
	}

	/// Upheld, which costs more than cancelling.
	#[benchmark]
	fn resolve_contest() -> Result<(), BenchmarkError> {
		let origin = T::AdminOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;
		let (provider, slash) = contested::<T>();

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, slash, true);

		assert!(!PendingSlashes::<T>::contains_key(slash));
		assert!(ledger_of::<T>(&provider).total().is_zero());
		Ok(())
	}

	/// A contested one, for a missed challenge.
	#[benchmark]
	fn cancel_slash() -> Result<(), BenchmarkError> {
		let origin = T::AdminOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;
		let (_, slash) = contested::<T>();
		PendingSlashes::<T>::mutate(slash, |pending| {
			if let Some(pending) = pending {
				pending.report.offence = Offence::MissedChallenge;
			}
		});
		let last = frame_system::Pallet::<T>::block_number();
		Misses::<T>::insert(MachineId(0), MissCount { count: 1, last });

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, slash);

		assert!(!PendingSlashes::<T>::contains_key(slash));
		assert_eq!(Misses::<T>::get(MachineId(0)).map(|misses| misses.count), Some(0));
		Ok(())
	}

	/// One whose deferral is over, so that it is carried out.
	#[benchmark]
	fn release_slash() -> Result<(), BenchmarkError> {
		let origin = T::AdminOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;
		let (provider, slash) = pending::<T>();
		let now = due_of::<T>(slash);
		if let Some(pending) = PendingSlashes::<T>::get(slash) {
			Pallet::<T>::enter(slash, pending, SlashState::Held { due: now.saturating_add(One::one()) });
		}
		frame_system::Pallet::<T>::set_block_number(now);

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, slash);

		assert!(!PendingSlashes::<T>::contains_key(slash));
		assert!(ledger_of::<T>(&provider).total().is_zero());
		Ok(())
	}

	/// The whole of a debt.
	#[benchmark]
	fn pay_debt() {
		let provider: T::AccountId = account("debtor", 0, 0);
		let caller: T::AccountId = whitelisted_caller();
		let amount = T::MaxDebt::get().min(T::MinBond::get());
		indebt::<T>(&provider, amount);
		fund::<T>(&caller, amount);

		#[extrinsic_call]
		_(RawOrigin::Signed(caller), provider.clone(), amount);

		assert!(Debts::<T>::get(provider).is_zero());
	}

	/// From all rewards that there can be, which do not suffice, so that vesting tokens are looked at as well.
	#[benchmark]
	fn collect_debt() -> Result<(), BenchmarkError> {
		let provider: T::AccountId = account("debtor", 0, 0);
		let debt = T::MaxDebt::get();
		indebt::<T>(&provider, debt);
		fund::<T>(&provider, 0);
		T::Rewards::make_seizable(&provider);
		let caller: T::AccountId = whitelisted_caller();
		let result;

		#[block]
		{
			result = Pallet::<T>::collect_debt(RawOrigin::Signed(caller).into(), provider.clone());
		}

		// Where a runtime has no rewards, there is nothing to collect.
		assert_eq!(result.is_ok(), Debts::<T>::get(provider) < debt);
		Ok(())
	}

	/// What every block pays: the cursor is moved over a block without tasks.
	#[benchmark]
	fn agenda_base() {
		let start = frame_system::Pallet::<T>::block_number();
		AgendaCursor::<T>::put(start);

		#[block]
		{
			Pallet::<T>::keep(start, Weight::MAX);
		}

		assert_eq!(AgendaCursor::<T>::get(), Some(start.saturating_add(One::one())));
	}

	/// What each block that is looked at adds.
	#[benchmark]
	fn agenda_block() {
		let done;

		#[block]
		{
			done = Pallet::<T>::keep_block(frame_system::Pallet::<T>::block_number(), &mut WeightMeter::new());
		}

		assert!(done);
	}

	/// A contested slash on which nobody decided.
	#[benchmark]
	fn agenda_slash() {
		let (provider, slash) = contested::<T>();
		let due = due_of::<T>(slash);
		frame_system::Pallet::<T>::set_block_number(due);

		#[block]
		{
			Pallet::<T>::keep_block(due, &mut WeightMeter::new());
		}

		assert!(!PendingSlashes::<T>::contains_key(slash));
		assert!(ledger_of::<T>(&provider).total().is_zero());
	}

	/// Missed challenges that were repeated meanwhile, so that they are looked at again later.
	#[benchmark]
	fn agenda_forget() {
		let (machine, now) = (MachineId(0), frame_system::Pallet::<T>::block_number());
		Misses::<T>::insert(machine, MissCount { count: 1, last: now });
		let due = now.saturating_add(One::one());
		Pallet::<T>::appoint(Task::Misses(machine), due, frame_system::Pallet::<T>::block_number());
		frame_system::Pallet::<T>::set_block_number(due);

		#[block]
		{
			Pallet::<T>::keep_block(due, &mut WeightMeter::new());
		}

		assert!(!Agenda::<T>::contains_key(due, Task::Misses(machine)));
		assert!(Misses::<T>::contains_key(machine));
	}

	/// A proven offence, as old as it can be, with the provider that is the dearest to slash.
	#[benchmark]
	fn report_proven() {
		let offence = offender::<T>(Offence::WrongWork);
		skip::<T>(T::SlashWindow::get());
		let provider = offence.provider.clone();

		#[block]
		{
			report::<T>(offence);
		}

		assert!(ledger_of::<T>(&provider).total().is_zero());
		assert!(!Debts::<T>::get(provider).is_zero());
	}

	/// The first missed challenge of a machine, in a region of which it is the first, with the last room in the queue.
	#[benchmark]
	fn report_queued() {
		let offence = offender::<T>(Offence::MissedChallenge);
		let provider = offence.provider.clone();
		for subject in 1..T::MaxPendingSlashes::get() {
			report::<T>(OffenceReport { offence: Offence::Downtime, subject: subject.into(), ..offence.clone() });
		}
		let _ = RegionReports::<T>::clear(u32::MAX, None);

		#[block]
		{
			report::<T>(offence);
		}

		assert!(!PendingOf::<T>::get(provider).has_room());
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
