//! Delegation, by theme.

mod escape;
mod invariants;
mod pool;
mod reward;

use super::*;
use crate::delegation::{DelegationStatus, PoolStatus};
use assay_primitives::{BlockNumber, RewardKind, RewardPayee};
use frame_support::traits::{
	fungible::{Balanced, InspectHold, Mutate},
	Imbalance,
};
use sp_runtime::Perbill;

/// Delegators with [`ENDOWMENT`] each.
const DORA: AccountId = 11;
const EMIL: AccountId = 12;
const FINN: AccountId = 13;
/// A third provider.
const GRETA: AccountId = 14;

/// Like `build_and_execute`, with three delegators, and three providers that bonded 10,000 each.
fn with_providers(test: impl FnOnce()) {
	build_and_execute(|| {
		for who in [DORA, EMIL, FINN, GRETA] {
			assert_ok!(Balances::mint_into(&who, ENDOWMENT));
		}
		for provider in [ALICE, BOB, GRETA] {
			bond(provider, 10_000);
		}
		events();
		test();
		assert!(!events().iter().any(|event| matches!(event, Event::Unexpected { .. })));
	});
}

fn signed(who: AccountId) -> RuntimeOrigin {
	RuntimeOrigin::signed(who)
}

#[track_caller]
fn delegate(who: AccountId, provider: AccountId, amount: Balance) {
	assert_ok!(StakingSlash::delegate(signed(who), provider, amount));
}

#[track_caller]
fn undelegate(who: AccountId, provider: AccountId, amount: Balance) {
	assert_ok!(StakingSlash::undelegate(signed(who), provider, amount));
}

#[track_caller]
fn move_stake(who: AccountId, from: AccountId, to: AccountId, amount: Balance) {
	assert_ok!(StakingSlash::move_delegation(signed(who), from, to, amount));
}

#[track_caller]
fn collect(who: AccountId, provider: AccountId) {
	assert_ok!(StakingSlash::collect_liability(signed(CLIENT), who, provider));
}

fn status(who: AccountId, provider: AccountId) -> DelegationStatus {
	StakingSlash::delegation(provider, who).unwrap_or_default()
}

fn value(who: AccountId, provider: AccountId) -> Balance {
	status(who, provider).value
}

fn pool_of(provider: AccountId) -> PoolStatus<AccountId, BlockNumber> {
	StakingSlash::pool(provider).unwrap()
}

/// What is on hold in the account of the pool of `provider`.
fn pooled(provider: AccountId) -> Balance {
	Balances::balance_on_hold(&HoldReason::Delegated.into(), &pool_of(provider).account)
}

/// Slash `amount` of all that is liable for what `provider` did in block `at`, and burn it. Returns what was there.
fn slash_stake(provider: AccountId, at: BlockNumber, amount: Balance) -> Balance {
	let mut ledger = Ledgers::<Test>::get(provider).unwrap_or_default();
	let mut pool = Pools::<Test>::get(provider);
	let stake = StakingSlash::take_stake(&provider, &mut ledger, pool.as_mut(), at, amount);
	StakingSlash::store_ledger(&provider, &ledger);
	stake.taken()
}

/// Pay `provider` a reward of `amount`.
fn reward(provider: AccountId, amount: Balance) -> Result<(), Balance> {
	let credit = <Balances as Balanced<_>>::issue(amount);
	<StakingSlash as RewardPayee<_, _>>::pay(&provider, RewardKind::Capacity, credit).map_err(|credit| credit.peek())
}
