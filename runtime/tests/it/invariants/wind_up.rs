//! The way out.

use super::{books::booked, ops::actors};
use crate::{capacity::go, support::*};
use assay_primitives::RewardKind;
use assay_runtime::{
	configs::STABLE_ASSET,
	params::{
		CHECKER_UNBONDING, CHECK_ATTEMPTS, CHECK_COMMIT_WINDOW, CHECK_REVEAL_WINDOW, DISPUTE_WINDOW, ESCROWED_VESTING,
		REVEAL_WINDOW, UNBONDING_PERIOD,
	},
	Balance, Runtime, StakingSlash, TokenMint,
};
use pallet_capacity::{Rounds, Seats};
use pallet_checkers::{Call as Checking, Checkers};
use pallet_compute_credits::{Call as Credits, Conversions};
use pallet_compute_lease::{Call as Leasing, Leases};
use pallet_compute_market::{Call as Market, Jobs, Machines};
use pallet_staking_slash::{Call as Stake, Debts, Ledgers, PendingSlashes, Positions};
use pallet_token_mint::Call as Mint;
use sp_keyring::Sr25519Keyring::Alice;

/// However it went: when the jobs have ended, everybody can take everything out.
pub fn wind_up() {
	for who in actors() {
		let thaw = pallet_assets::Call::thaw { id: STABLE_ASSET, who: who.into() };
		let _ = call(&account(Alice), thaw);
	}
	leap(REVEAL_WINDOW + DISPUTE_WINDOW);
	advance(120);
	// Whatever is checked or waits to be has as many epochs as it may take, and time for every stage.
	for _ in 0..CHECK_ATTEMPTS + 2 {
		go(pallet_babe::EpochIndex::<Runtime>::get() + 1, 0);
		leap(CHECK_COMMIT_WINDOW + CHECK_REVEAL_WINDOW + REVEAL_WINDOW + DISPUTE_WINDOW);
		advance(30);
	}
	for (who, checker) in Checkers::<Runtime>::iter().collect::<Vec<_>>() {
		if checker.seat.is_some() {
			call(&who, Checking::leave {}).unwrap();
		}
	}
	// Ends the last probes. Nobody is left for others.
	leap(CHECKER_UNBONDING);
	go(pallet_babe::EpochIndex::<Runtime>::get() + 1, 0);
	for who in Checkers::<Runtime>::iter_keys().collect::<Vec<_>>() {
		call(&who, Checking::withdraw {}).unwrap();
	}
	for (id, job) in Jobs::<Runtime>::iter().collect::<Vec<_>>() {
		assert_eq!(job.due(), None, "still live: {job:?}");
		call(&job.client, Market::clear_job { job: id }).unwrap();
	}
	for (id, lease) in Leases::<Runtime>::iter().collect::<Vec<_>>() {
		assert!(lease.tenancy().is_some(), "still an order: {lease:?}");
		call(&lease.client, Leasing::close_lease { lease: id }).unwrap();
	}
	for (id, conversion) in Conversions::<Runtime>::iter().collect::<Vec<_>>() {
		call(&conversion.who, Credits::cancel_conversion { id }).unwrap();
	}
	for (id, machine) in Machines::<Runtime>::iter().collect::<Vec<_>>() {
		call(&machine.provider, Market::deregister_machine { machine: id }).unwrap();
	}
	// Their seats are given up two epochs later, and whatever they were asked has ended long before.
	for _ in 0..2 {
		go(pallet_babe::EpochIndex::<Runtime>::get() + 1, 0);
	}
	assert_eq!(Rounds::<Runtime>::iter().count(), 0);
	assert_eq!(Seats::<Runtime>::iter().count(), 0);
	assert_eq!(pallet_capacity::Machines::<Runtime>::iter().count(), 0);
	for (provider, delegator) in Positions::<Runtime>::iter_keys().collect::<Vec<_>>() {
		let status = StakingSlash::delegation(provider.clone(), delegator.clone()).unwrap();
		if status.reward > 0 {
			let claim = Stake::claim_delegation_reward { provider: provider.clone(), compound: false };
			call(&delegator, claim).unwrap();
		}
		if status.value > 0 {
			// What it owes is taken first, which may be all that there is.
			let _ = call(&delegator, Stake::undelegate { provider: provider.clone(), amount: Balance::MAX });
		}
	}
	leap(UNBONDING_PERIOD);
	// What is pending ends by itself, and what is owed is paid by whoever can.
	while PendingSlashes::<Runtime>::iter().next().is_some() {
		advance(1);
	}
	for (provider, debt) in Debts::<Runtime>::iter().collect::<Vec<_>>() {
		let payers = actors();
		let mut pay = payers.iter().map(|who| call(who, Stake::pay_debt { provider: provider.clone(), amount: debt }));
		assert!(pay.any(|paid| paid.is_ok()), "nobody can pay {debt}");
	}
	for (provider, delegator) in Positions::<Runtime>::iter_keys().collect::<Vec<_>>() {
		let withdraw = Stake::withdraw_delegation { provider: provider.clone() };
		let _ = call(&delegator, withdraw);
		let _ = call(&delegator, Stake::collect_liability { delegator: delegator.clone(), provider });
	}
	// First what is unbonding already, then the bonds.
	for _ in 0..2 {
		leap(UNBONDING_PERIOD);
		for who in actors() {
			let status = StakingSlash::stake_status(who.clone());
			assert_eq!((status.unbonding, status.unpledging), (status.withdrawable, status.releasable));
			if status.unbonding > 0 || status.unpledging > 0 {
				call(&who, Stake::withdraw_unbonded {}).unwrap();
			}
			if status.pledged > 0 {
				call(&who, Stake::unpledge { amount: status.pledged }).unwrap();
			}
			if status.bonded > 0 {
				call(&who, Stake::unbond { amount: status.bonded }).unwrap();
			}
		}
	}
	for who in actors() {
		for kind in RewardKind::ALL {
			if TokenMint::pending_reward(kind, who.clone()) > 0 {
				call(&who, Mint::claim { kind, account: who.clone() }).unwrap();
			}
		}
	}
	// By the longest plan, all has vested, the grants that were merged with later ones too.
	leap(ESCROWED_VESTING + ESCROWED_VESTING / 30 + 1);
	for (who, plan) in pallet_reward_vesting::Ledgers::<Runtime>::iter_keys().collect::<Vec<_>>() {
		call(&who, pallet_reward_vesting::Call::claim { plan, account: who.clone() }).unwrap();
	}
	assert_eq!(pallet_reward_vesting::Ledgers::<Runtime>::iter().count(), 0);
	assert_eq!(Ledgers::<Runtime>::iter().count(), 0);
	// Shares of a pool that was slashed whole are void, and may lie about.
	let valid = |(provider, delegator)| StakingSlash::delegation(provider, delegator).map_or(0, |status| status.value);
	assert_eq!(Positions::<Runtime>::iter_keys().map(valid).sum::<Balance>(), 0);
	// Of delegated stake only the dust of rounding may stay, which nobody has shares of.
	assert!(booked() < 1_000, "{} are still on hold", booked());
}
