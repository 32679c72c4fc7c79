//! What must always be true of delegation.

use crate::{departed::SubPools, Config, Departed, Pallet, Period, Pools, Positions, Shares};
use alloc::collections::BTreeMap;
use assay_primitives::Balance;
use frame_support::{
	ensure,
	traits::fungible::{Inspect, InspectHold},
};
use sp_runtime::{traits::Zero, TryRuntimeError};

impl<T: Config> Pallet<T> {
	/// Check everything that must always be true of delegation.
	pub(crate) fn check_delegation() -> Result<(), TryRuntimeError> {
		Self::check_pool_holds()?;
		Self::check_pool_shares()?;
		Self::check_departed()?;
		Self::check_rewards()?;
		Self::check_positions()
	}

	/// What is on hold in the account of a pool is the pool's stake and what is unbonding from it.
	fn check_pool_holds() -> Result<(), TryRuntimeError> {
		for (provider, pool) in Pools::<T>::iter() {
			let unbonding = Departed::<T>::iter_prefix_values(&provider)
				.fold(0, |sum: Balance, sub_pools| sum.saturating_add(sub_pools.unbonding.amount));
			let held = T::Currency::balance_on_hold(&Self::pool_hold(), &pool.account);
			ensure!(held == pool.fund.amount.saturating_add(unbonding), "the hold differs from the pool");
		}
		Ok(())
	}

	/// A pool's shares are those of its delegators, and a pool without shares has no stake, nor one without stake shares.
	fn check_pool_shares() -> Result<(), TryRuntimeError> {
		for (provider, pool) in Pools::<T>::iter() {
			let shares = Positions::<T>::iter_prefix_values(&provider)
				.fold(0, |sum: Shares, position| sum.saturating_add(position.valid_shares(&pool)));
			ensure!(shares == pool.fund.shares, "a pool's shares differ from its delegators'");
			ensure!(
				pool.fund.shares.is_zero() == pool.fund.amount.is_zero(),
				"stake without shares, or shares without"
			);
		}
		Ok(())
	}

	/// The shares of sub-pools are those of chunks and liabilities, and no sub-pools are without.
	fn check_departed() -> Result<(), TryRuntimeError> {
		let mut expected = BTreeMap::<(T::AccountId, Period), SubPools>::new();
		for (provider, _, position) in Positions::<T>::iter() {
			for chunk in &position.chunks {
				let sub_pools = expected.entry((provider.clone(), chunk.period)).or_default();
				sub_pools.unbonding.shares = sub_pools.unbonding.shares.saturating_add(chunk.shares);
			}
			for liability in &position.liabilities {
				let sub_pools = expected.entry((liability.provider.clone(), liability.period)).or_default();
				sub_pools.moved.shares = sub_pools.moved.shares.saturating_add(liability.shares);
			}
		}
		let mut count = 0;
		for (provider, period, sub_pools) in Departed::<T>::iter() {
			let shares = expected.get(&(provider.clone(), period)).copied().unwrap_or_default();
			ensure!(sub_pools.unbonding.shares == shares.unbonding.shares, "unbonding shares differ from the chunks'");
			ensure!(sub_pools.moved.shares == shares.moved.shares, "moved shares differ from the liabilities'");
			ensure!(
				[sub_pools.unbonding, sub_pools.moved]
					.iter()
					.all(|fund| !fund.shares.is_zero() || fund.amount.is_zero()),
				"a sub-pool has an amount without shares"
			);
			let latest = Pools::<T>::get(&provider).and_then(|pool| pool.last_departure);
			ensure!(latest >= Some(period), "stake left later than its pool knows");
			count += 1;
		}
		ensure!(count == expected.len(), "sub-pools are missing or stored empty");
		Ok(())
	}

	/// The account of a pool covers what it owes, and what it owes covers all that can be claimed.
	fn check_rewards() -> Result<(), TryRuntimeError> {
		for (provider, pool) in Pools::<T>::iter() {
			let due = pool.owed.saturating_add(T::Currency::minimum_balance());
			ensure!(T::Currency::balance(&pool.account) >= due, "a pool's account does not cover its rewards");
			let claimable = Positions::<T>::iter_prefix_values(&provider)
				.fold(pool.undivided, |sum, position| sum.saturating_add(position.pending_reward(&provider, &pool)));
			ensure!(claimable <= pool.owed, "more rewards can be claimed than are owed");
		}
		Ok(())
	}

	/// No position is empty or without pool, and nothing in it is without shares.
	fn check_positions() -> Result<(), TryRuntimeError> {
		for (provider, _, position) in Positions::<T>::iter() {
			ensure!(Pools::<T>::contains_key(&provider), "a position has no pool");
			ensure!(!position.is_empty(), "an empty position is stored");
			ensure!(position.chunks.iter().all(|chunk| !chunk.shares.is_zero()), "a delegator's chunk is empty");
			ensure!(
				position
					.liabilities
					.iter()
					.all(|liability| !liability.shares.is_zero() && liability.provider != provider),
				"a liability is empty, or for where the stake is"
			);
		}
		Ok(())
	}
}
