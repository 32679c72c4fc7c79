//! What `scripts/bench.sh calls` measures that is no benchmark of one pallet: a first bond, as the SDK's staking measures
//! it, and rewards and slashes of a provider with few delegators and with many.
//!
//! Whatever is read costs more when the whole storage is larger. So that delegators are compared and not storages, others
//! can stand behind another provider meanwhile. No weights come from these.

use crate::{
	params::{REWARD_ROUND, UNIT},
	AccountId, Balance, Balances, MachineId, Offence, Region, Runtime, RuntimeOrigin, StakingSlash, System, Tier,
	TokenMint,
};
use assay_primitives::{CapacityRewards, OffenceReport, ProviderStake, RewardKind};
use frame_benchmarking::v2::*;
use frame_support::{
	assert_ok,
	traits::{fungible::Mutate, Hooks, UnfilteredDispatchable},
};
use pallet_token_mint::{CurrentRound, Pot};

/// What the benchmarks are about: this runtime.
pub trait Config: frame_system::Config {}

impl Config for Runtime {}

/// By this name the benchmarks are asked for.
pub struct Pallet<T>(core::marker::PhantomData<T>);

/// What the provider has bonded: as much as the delegators can have with it.
const BOND: Balance = 10_000 * UNIT;

fn signed(who: &AccountId) -> RuntimeOrigin {
	RuntimeOrigin::signed(who.clone())
}

/// One of the delegators.
fn delegator(index: u32) -> AccountId {
	account("delegator", index, 0)
}

/// A provider by its index that has bonded.
fn bonded(index: u32) -> AccountId {
	let provider: AccountId = account("provider", index, 0);
	assert_ok!(Balances::mint_into(&provider, BOND + UNIT));
	assert_ok!(StakingSlash::bond(signed(&provider), BOND));
	provider
}

/// A provider with one machine and so many delegators, beside others with another provider.
fn provider(delegators: u32, others: u32) -> AccountId {
	let (provider, other) = (bonded(0), bonded(1));
	assert_ok!(<StakingSlash as ProviderStake<_, _>>::add_machine(&provider, MachineId(0), Tier(1), Region(0)));
	for index in 0..delegators + others {
		let (delegator, to) = (delegator(index), if index < delegators { &provider } else { &other });
		assert_ok!(Balances::mint_into(&delegator, 2 * UNIT));
		assert_ok!(StakingSlash::delegate(signed(&delegator), to.clone(), UNIT));
	}
	provider
}

/// Have `provider` earn a reward for capacity that it can claim.
fn earn(provider: &AccountId) {
	assert_ok!(Balances::mint_into(&TokenMint::pot_account(Pot::Capacity), BOND));
	TokenMint::credit_capacity(provider, 1_000);
	let end = CurrentRound::<Runtime>::get().since + REWARD_ROUND;
	System::set_block_number(end);
	TokenMint::on_initialize(end);
	assert_ne!(TokenMint::pending_reward(RewardKind::Capacity, provider.clone()), 0);
}

/// What `provider` is accused of.
fn report_of(provider: &AccountId, offence: Offence) -> OffenceReport<AccountId> {
	let wronged: AccountId = account("wronged", 0, 0);
	// The treasury lives from the first mint on.
	for account in [&wronged, &TokenMint::pot_account(Pot::Treasury)] {
		assert_ok!(Balances::mint_into(account, UNIT));
	}
	OffenceReport {
		offence,
		provider: provider.clone(),
		machine: MachineId(0),
		tier: Tier(1),
		region: Region(0),
		at: System::block_number(),
		subject: 1,
		wronged: Some(wronged),
		reporter: None,
	}
}

#[benchmarks]
mod benchmarks {
	use super::*;

	/// The first bond of a new provider.
	#[benchmark]
	fn bond() {
		let provider: AccountId = whitelisted_caller();
		assert_ok!(Balances::mint_into(&provider, BOND + UNIT));
		let call = pallet_staking_slash::Call::<Runtime>::bond { amount: BOND };

		#[block]
		{
			assert_ok!(call.dispatch_bypass_filter(signed(&provider)));
		}

		assert_eq!(StakingSlash::stake_status(provider).bonded, BOND);
	}

	/// A reward of a provider that is alone.
	#[benchmark]
	fn claim_alone() {
		let provider = bonded(0);
		earn(&provider);
		let (caller, before): (AccountId, _) = (whitelisted_caller(), Balances::free_balance(&provider));
		let kind = RewardKind::Capacity;
		let call = pallet_token_mint::Call::<Runtime>::claim { kind, account: provider.clone() };

		#[block]
		{
			assert_ok!(call.dispatch_bypass_filter(signed(&caller)));
		}

		assert!(Balances::free_balance(&provider) > before);
	}

	/// A reward of a provider with `d` delegators, who get their part.
	#[benchmark]
	fn claim(d: Linear<10, 10_000>, o: Linear<0, 9_990>) {
		let provider = provider(d, o);
		earn(&provider);
		let caller: AccountId = whitelisted_caller();
		let kind = RewardKind::Capacity;
		let call = pallet_token_mint::Call::<Runtime>::claim { kind, account: provider.clone() };

		#[block]
		{
			assert_ok!(call.dispatch_bypass_filter(signed(&caller)));
		}

		assert_eq!(TokenMint::pending_reward(kind, provider.clone()), 0);
		let status = StakingSlash::delegation(provider, delegator(0));
		assert_ne!(status.map(|status| status.reward), Some(0));
	}

	/// One of `d` delegators fetches its part of a reward.
	#[benchmark]
	fn claim_as_delegator(d: Linear<10, 10_000>, o: Linear<0, 9_990>) {
		let (provider, delegator) = (provider(d, o), delegator(0));
		earn(&provider);
		assert_ok!(TokenMint::claim(signed(&provider), RewardKind::Capacity, provider.clone()));
		let before = Balances::free_balance(&delegator);
		let call = pallet_staking_slash::Call::<Runtime>::claim_delegation_reward { provider, compound: false };

		#[block]
		{
			assert_ok!(call.dispatch_bypass_filter(signed(&delegator)));
		}

		assert!(Balances::free_balance(&delegator) > before);
	}

	/// A proven offence of a provider with `d` delegators, who all pay their part of the slash.
	#[benchmark]
	fn report_proven(d: Linear<10, 10_000>, o: Linear<0, 9_990>) {
		let provider = provider(d, o);
		let report = report_of(&provider, Offence::DeadlineMissed);
		let slashed;

		#[block]
		{
			slashed = <StakingSlash as ProviderStake<_, _>>::report(report).unwrap_or_default();
		}

		assert_ne!(slashed, 0);
		let status = StakingSlash::delegation(provider, delegator(0)).unwrap_or_default();
		assert!(status.value < UNIT);
	}

	/// An offence of such a provider that it may contest.
	#[benchmark]
	fn report_queued(d: Linear<10, 10_000>, o: Linear<0, 9_990>) {
		let report = report_of(&provider(d, o), Offence::Downtime);
		let events = System::event_count();

		#[block]
		{
			assert_ok!(<StakingSlash as ProviderStake<_, _>>::report(report));
		}

		assert!(System::event_count() > events);
	}
}
