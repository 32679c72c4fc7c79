//! Machine time by the block, through market, stake, emission, credits and capacity rounds.

use crate::{
	capacity::{drawn, go, heartbeat, send},
	support::*,
};
use assay_primitives::{OffenceReport, ProviderStake, RewardKind};
use assay_runtime::{
	configs::STABLE_ASSET,
	params::{
		EPOCH_DURATION_IN_BLOCKS, FAILED_SERVICE_SLASH, LEASE_ARREARS, LEASE_MIN_FUNDED, MARKET_FEE, MARKET_FEE_BURN,
		MINT_PERIOD, SHORTEST_NOTICE, SLASH_DEFERRAL, SLASH_TO_WRONGED, STABLE_FEE, TOP_UP_WINDOW,
		WORK_REWARD_SHARE_OF_FEE,
	},
	AccountId, Balance, Balances, ComputeLease, LeaseId, MachineId, Offence, PaymentKind, Region, Runtime,
	RuntimeEvent, StakingSlash, System, Tier,
};
use frame_support::traits::{fungible::Inspect, fungibles};
use pallet_capacity::Event as CapacityEvent;
use pallet_checkers::{Call as Checking, Probes};
use pallet_compute_credits::Call as Credits;
use pallet_compute_lease::{Call, EndReason, Event, Leases, NextLeaseId, OrderSpec, Standing};
use pallet_compute_market::{Call as Market, Event as MarketEvent, RefundReason};
use pallet_staking_slash::{Call as Stake, PendingSlashes, SlashState};
use sp_core::H256;
use sp_keyring::Sr25519Keyring::{Alice, Bob, Charlie, Eve, Ferdie};
use sp_runtime::FixedU128;

/// What a block costs.
const RATE: Balance = UNIT / 100;
/// For how many blocks what is put into escrow pays: twice as many as it must.
const BLOCKS: u32 = 2 * LEASE_MIN_FUNDED;
/// What some leases serve: less than that.
const SERVED: u32 = LEASE_MIN_FUNDED;

fn order() -> OrderSpec<Runtime> {
	OrderSpec {
		min_tier: Tier(1),
		region: None,
		slots: 1,
		ceiling: RATE,
		auction_blocks: 5,
		max_blocks: None,
		grace_blocks: 20,
		min_notice: SHORTEST_NOTICE,
		manifest: H256::zero(),
		source: b"http://127.0.0.1:8700".to_vec().try_into().unwrap(),
	}
}

/// A lease of Alice's on a machine of Bob's, which begins in this block and is paid for [`BLOCKS`] blocks.
fn started(machine: MachineId, payment: PaymentKind, rate: Balance) -> LeaseId {
	let lease = NextLeaseId::<Runtime>::get();
	let spec = OrderSpec { ceiling: rate, ..order() };
	let funding = rate * Balance::from(BLOCKS);
	call(&account(Alice), Call::place_order { spec, payment, funding }).unwrap();
	call(&account(Bob), Call::bid { lease, machine, rate, notice: SHORTEST_NOTICE }).unwrap();
	call(&account(Alice), Call::close_auction { lease }).unwrap();
	lease
}

fn end_of(lease: LeaseId) -> Option<EndReason> {
	take_events().into_iter().find_map(|event| match event {
		RuntimeEvent::ComputeLease(Event::LeaseEnded { lease: id, reason, .. }) if id == lease => Some(reason),
		_ => None,
	})
}

fn total(who: &AccountId) -> Balance {
	Balances::total_balance(who)
}

#[test]
fn lease_should_run_from_order_to_end_when_nobody_but_the_bidder_calls() {
	chain("development").execute_with(|| {
		let (client, provider) = (account(Alice), account(Bob));
		let machine = machine(&provider, 1, 1);
		let (client_before, provider_before) = (total(&client), total(&provider));
		let lease = NextLeaseId::<Runtime>::get();
		let funding = RATE * Balance::from(BLOCKS);
		call(&client, Call::place_order { spec: order(), payment: PaymentKind::Native, funding }).unwrap();
		call(&provider, Call::bid { lease, machine, rate: RATE, notice: SHORTEST_NOTICE }).unwrap();
		take_events();
		advance(6 + BLOCKS + 20);
		assert_eq!(end_of(lease), Some(EndReason::RanOut));
		let fee = MARKET_FEE * funding;
		assert_eq!(total(&client), client_before - funding);
		assert_eq!(total(&provider), provider_before + funding - fee);
		check_invariants();

		// Its fee counts for the reward as a job's does, and pays less than it cost.
		advance(MINT_PERIOD);
		call(&client, pallet_token_mint::Call::claim_work_reward { provider: provider.clone() }).unwrap();
		let reward = total(&provider) - (provider_before + funding - fee);
		assert!(reward > 0 && reward <= WORK_REWARD_SHARE_OF_FEE * fee);
	});
}

#[test]
fn lease_should_burn_and_pay_the_treasury_as_a_job_does() {
	chain("development").execute_with(|| {
		let lease = started(machine(&account(Bob), 1, 1), PaymentKind::Native, RATE);
		leap(SERVED);
		let issuance = Balances::total_issuance();
		call(&account(Alice), Call::close_lease { lease }).unwrap();
		let fee = MARKET_FEE * (Balance::from(SERVED) * RATE);
		assert_eq!(Balances::total_issuance(), issuance - MARKET_FEE_BURN * fee);
		check_invariants();
	});
}

#[test]
fn lease_should_be_paid_in_the_stable_asset() {
	chain("development").execute_with(|| {
		let stable = |who: &AccountId| {
			<assay_runtime::AssetsHolder as fungibles::Inspect<AccountId>>::total_balance(STABLE_ASSET, who)
		};
		let (client, provider) = (account(Alice), account(Bob));
		let (client_before, provider_before) = (stable(&client), stable(&provider));
		let rate = 1_000;
		let lease = started(machine(&provider, 1, 1), PaymentKind::Asset(STABLE_ASSET), rate);
		leap(SERVED);
		call(&client, Call::close_lease { lease }).unwrap();
		let price = Balance::from(SERVED) * rate;
		assert_eq!(stable(&client), client_before - price);
		assert_eq!(stable(&provider), provider_before + price - STABLE_FEE * price);
		check_invariants();
	});
}

#[test]
fn lease_should_be_paid_in_credits_by_the_emission() {
	chain("local_testnet").execute_with(|| {
		let (client, provider) = (account(Alice), account(Bob));
		feed(FixedU128::from_rational(1, 2));
		call_as_root(Credits::<Runtime>::reset_breaker {}).unwrap();
		call(&client, Credits::buy_credits { amount: 100 * UNIT, min_credits: 0 }).unwrap();
		advance(15);
		let credits = pallet_compute_credits::Ledgers::<Runtime>::get(&client).free;
		assert!(credits > 0, "nothing was bought");
		let rate = credits / Balance::from(2 * BLOCKS);
		let lease = started(machine(&provider, 1, 1), PaymentKind::Credits, rate);
		let before = total(&provider);
		leap(SERVED);
		call(&client, Call::close_lease { lease }).unwrap();
		let left = credits - Balance::from(SERVED) * rate;
		assert_eq!(pallet_compute_credits::Ledgers::<Runtime>::get(&client).free, left);
		assert_eq!(total(&provider), before, "credits bring no tokens themselves");
		assert!(pallet_token_mint::Ledgers::<Runtime>::contains_key(RewardKind::Work, &provider));
		check_invariants();
	});
}

#[test]
fn provider_should_be_slashed_for_the_client_when_it_abandons_a_lease() {
	chain("development").execute_with(|| {
		let (client, provider) = (account(Alice), account(Bob));
		let machine = machine(&provider, 1, 1);
		let before = total(&client);
		let lease = started(machine, PaymentKind::Native, RATE);
		let served = LEASE_ARREARS + 3;
		leap(served);
		call(&provider, Call::settle { lease }).unwrap();
		call(&provider, Call::abandon { lease }).unwrap();
		assert_eq!(end_of(lease), Some(EndReason::Abandoned));
		assert_eq!(PendingSlashes::<Runtime>::iter().count(), 0);
		let slash = FAILED_SERVICE_SLASH * (100 * UNIT);
		// What it has earned and not claimed goes first, and none of that to the client.
		let left = StakingSlash::stake_status(provider).bonded;
		assert!(left >= 100 * UNIT - slash && left < 100 * UNIT - slash + UNIT);
		assert_eq!(total(&client), before - 3 * RATE + SLASH_TO_WRONGED * (100 * UNIT - left));
		check_invariants();
	});
}

#[test]
fn abandoned_leases_should_neither_excuse_their_region_nor_fill_the_queue() {
	chain("development").execute_with(|| {
		let (provider, other) = (account(Bob), account(Charlie));
		let machine_of_bob = machine(&provider, 1, 64);
		let machine_of_charlie = machine(&other, 1, 1);
		// More than what an outage would be taken for, and more than the queue has room for: of one machine, to one account.
		let leases: Vec<_> = (0..64).map(|_| started(machine_of_bob, PaymentKind::Native, RATE)).collect();
		for lease in leases {
			call(&provider, Call::abandon { lease }).unwrap();
		}
		let slash = FAILED_SERVICE_SLASH * (100 * UNIT);
		assert_eq!(StakingSlash::stake_status(provider.clone()).bonded, 100 * UNIT - slash);
		assert!(StakingSlash::pending_slashes(provider.clone()).is_empty());
		for (provider, machine) in [(provider, machine_of_bob), (other, machine_of_charlie)] {
			let report = OffenceReport {
				offence: Offence::MissedChallenge,
				provider: provider.clone(),
				machine,
				tier: Tier(1),
				region: Region(0),
				at: System::block_number(),
				subject: 1_000,
				wronged: None,
				reporter: None,
			};
			StakingSlash::report(report).unwrap();
			let pending = StakingSlash::pending_slashes(provider);
			assert!(matches!(pending.as_slice(), [(_, slash)] if matches!(slash.state, SlashState::Queued { .. })));
		}
		check_invariants();
	});
}

#[test]
fn client_of_an_abandoned_lease_should_keep_its_part_when_a_sham_job_fails_after_it() {
	chain("development").execute_with(|| {
		let (client, provider, accomplice) = (account(Alice), account(Bob), account(Charlie));
		let machine = machine(&provider, 1, 2);
		let before = (total(&client), total(&accomplice));
		let lease = started(machine, PaymentKind::Native, RATE);
		call(&provider, Call::abandon { lease }).unwrap();
		let part = SLASH_TO_WRONGED * (FAILED_SERVICE_SLASH * (100 * UNIT));
		assert_eq!(total(&client), before.0 + part);

		let job = submit(&accomplice, spec(1, UNIT)).unwrap();
		call(&provider, Market::bid { job, machine, price: UNIT }).unwrap();
		call(&accomplice, Market::close_auction { job }).unwrap();
		take_events();
		advance(102);
		let missed = |event: &RuntimeEvent| {
			let reason = RefundReason::DeadlineMissed;
			matches!(event, RuntimeEvent::ComputeMarket(MarketEvent::JobRefunded { reason: why, .. }) if *why == reason)
		};
		assert!(take_events().iter().any(missed));
		leap(SLASH_DEFERRAL);
		advance(1);
		assert_eq!((total(&client), total(&accomplice)), (before.0 + part, before.1));
		check_invariants();
	});
}

#[test]
fn arrears_should_go_to_neither_side_when_the_client_says_that_it_was_not_served() {
	chain("development").execute_with(|| {
		// The treasury has an account from the first mint on.
		advance(MINT_PERIOD);
		let (client, provider) = (account(Alice), account(Bob));
		let machine = machine(&provider, 1, 1);
		let before = (total(&client), total(&provider));
		let lease = started(machine, PaymentKind::Native, RATE);
		leap(LEASE_ARREARS + 3);
		let issuance = Balances::total_issuance();
		call(&client, Call::close_unserved { lease }).unwrap();
		assert_eq!(end_of(lease), Some(EndReason::Unserved));
		let (paid, forfeited) = (3 * RATE, Balance::from(LEASE_ARREARS) * RATE);
		let fee = MARKET_FEE * paid;
		assert_eq!(total(&client), before.0 - paid - forfeited);
		assert_eq!(total(&provider), before.1 + paid - fee);
		// What is not burned of the fee, the treasury has, and all that was forfeited.
		assert_eq!(Balances::total_issuance(), issuance - MARKET_FEE_BURN * fee);

		let stable = |who: &AccountId| {
			<assay_runtime::AssetsHolder as fungibles::Inspect<AccountId>>::total_balance(STABLE_ASSET, who)
		};
		let before = (stable(&client), stable(&provider));
		let lease = started(machine, PaymentKind::Asset(STABLE_ASSET), 1_000);
		leap(LEASE_ARREARS + 3);
		call(&client, Call::close_unserved { lease }).unwrap();
		assert_eq!(stable(&client), before.0 - 1_000 * Balance::from(LEASE_ARREARS + 3));
		assert_eq!(stable(&provider), before.1 + 3_000 - STABLE_FEE * 3_000);
		check_invariants();
	});
}

#[test]
fn lease_should_run_on_when_its_provider_is_halted() {
	chain("development").execute_with(|| {
		let provider = account(Bob);
		let machine = machine(&provider, 1, 2);
		let lease = NextLeaseId::<Runtime>::get();
		let raise = Stake::set_tier_stake { tier: Tier(1), stake: 101 * UNIT };
		call_as_root(raise).unwrap();
		leap(TOP_UP_WINDOW - 1);
		assert_eq!(started(machine, PaymentKind::Native, RATE), lease);
		advance(5);
		assert!(!StakingSlash::stake_status(provider.clone()).active);
		assert_eq!(ComputeLease::lease(lease).map(|view| view.standing), Some(Standing::Running));
		let second = NextLeaseId::<Runtime>::get();
		let funding = RATE * Balance::from(BLOCKS);
		call(&account(Alice), Call::place_order { spec: order(), payment: PaymentKind::Native, funding }).unwrap();
		let bid = Call::bid { lease: second, machine, rate: RATE, notice: SHORTEST_NOTICE };
		assert!(call(&provider, bid).is_err());
		call(&provider, Call::reclaim { lease }).unwrap();
		take_events();
		advance(SHORTEST_NOTICE);
		assert_eq!(end_of(lease), Some(EndReason::Reclaimed));
		check_invariants();
	});
}

/// A machine that is there all the time, and the only one: how often it is drawn in the next two epochs, and whether it is
/// probed.
fn draws(leased: bool) -> (usize, bool) {
	chain("development").execute_with(|| {
		for key in [Alice, Charlie, Eve, Ferdie] {
			call(&account(key), Checking::join {}).unwrap();
		}
		let machine = drawn();
		if leased {
			started(machine, PaymentKind::Native, RATE);
		}
		let (mut drawn, mut probed) = (0, false);
		for epoch in 5..7 {
			go(epoch - 1, EPOCH_DURATION_IN_BLOCKS - 1);
			send(heartbeat(machine)).unwrap();
			take_events();
			go(epoch, 0);
			let is_draw = |event: &RuntimeEvent| {
				matches!(event, RuntimeEvent::Capacity(CapacityEvent::MachineDrawn { machine: of, .. }) if *of == machine)
			};
			drawn += take_events().iter().filter(|event| is_draw(event)).count();
			probed |= Probes::<Runtime>::contains_key(machine);
			send(heartbeat(machine)).unwrap();
		}
		assert_eq!(Leases::<Runtime>::iter().count(), usize::from(leased));
		check_invariants();
		(drawn, probed)
	})
}

#[test]
fn machine_should_be_probed_and_not_drawn_while_it_is_lent() {
	let (drawn, probed) = draws(false);
	assert!(drawn > 0 && probed, "a machine without a lease is drawn and probed");
	assert_eq!(draws(true), (0, true));
}
