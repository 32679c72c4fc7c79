//! The whole way of a job through market, stake and emission.

use crate::support::*;
use assay_primitives::EmissionLedger;
use assay_runtime::{
	params::{
		COEFFICIENT_PERIOD, FAILED_SERVICE_SLASH, MARKET_FEE, MARKET_FEE_BURN, MAX_COEFFICIENT_STEP, MINT_PERIOD,
		SLASH_TO_WRONGED, TOP_UP_WINDOW, WORK_REWARD_SHARE_OF_FEE,
	},
	Balances, ComputeMarket, Region, Runtime, RuntimeCall, RuntimeEvent, RuntimeOrigin, StakingSlash, System, Tier,
	TokenMint,
};
use frame_support::traits::fungible::Inspect;
use pallet_compute_market::{Call as Market, Error as MarketError, Event as MarketEvent, JobSpec, RefundReason, Score};
use pallet_staking_slash::{Event as StakeEvent, Standing};
use sp_core::H256;
use sp_keyring::Sr25519Keyring::{Alice, Bob, Charlie};
use sp_runtime::{traits::Dispatchable, Perbill};

#[test]
fn job_should_pay_provider_fee_and_reward_when_result_is_accepted() {
	chain("development").execute_with(|| {
		let (client, provider) = (account(Alice), account(Bob));
		let machine = machine(&provider, 1, 2);
		let client_before = Balances::total_balance(&client);
		let provider_before = Balances::total_balance(&provider);
		let job = submit(&client, spec(100, UNIT)).unwrap();

		call(&provider, Market::bid { job, machine, price: UNIT / 2 }).unwrap();
		advance(6);
		call(&provider, Market::commit_result { job, first: 0, root: H256::repeat_byte(7) }).unwrap();
		let issuance = Balances::total_issuance();
		call(&client, Market::accept_result { job, first: 0 }).unwrap();

		let paid = 50 * UNIT;
		let fee = MARKET_FEE * paid;
		assert_eq!(Balances::total_balance(&client), client_before - paid);
		assert_eq!(Balances::total_balance(&provider), provider_before + paid - fee);
		assert_eq!(Balances::total_issuance(), issuance - MARKET_FEE_BURN * fee);

		advance(MINT_PERIOD);
		call(&client, pallet_token_mint::Call::claim_work_reward { provider: provider.clone() }).unwrap();
		let reward = Balances::total_balance(&provider) - (provider_before + paid - fee);
		assert!(reward > 0, "work pays more than its price");
		assert!(reward <= WORK_REWARD_SHARE_OF_FEE * fee, "buying one's own work must not pay");
		check_invariants();
	});
}

#[test]
fn job_should_settle_by_itself_when_client_is_silent() {
	chain("development").execute_with(|| {
		let (client, provider) = (account(Alice), account(Bob));
		let machine = machine(&provider, 1, 1);
		let job = submit(&client, spec(10, UNIT)).unwrap();
		call(&provider, Market::bid { job, machine, price: UNIT }).unwrap();
		advance(6);
		call(&provider, Market::commit_result { job, first: 0, root: H256::zero() }).unwrap();
		take_events();
		advance(12);
		assert!(take_events().iter().any(|event| matches!(
			event,
			RuntimeEvent::ComputeMarket(MarketEvent::JobSettled { paid, .. })
				if paid.to_provider + paid.burned + paid.to_treasury == 10 * UNIT
		)));
		check_invariants();
	});
}

#[test]
fn reputation_should_follow_outcomes_and_decide_who_may_bid() {
	chain("development").execute_with(|| {
		let (client, provider, newcomer) = (account(Alice), account(Bob), account(Charlie));
		let machines = [machine(&provider, 1, 1), machine(&newcomer, 1, 1)];
		let job = submit(&client, spec(1, UNIT)).unwrap();
		call(&provider, Market::bid { job, machine: machines[0], price: UNIT }).unwrap();
		advance(6);
		call(&provider, Market::commit_result { job, first: 0, root: H256::zero() }).unwrap();
		call(&client, Market::accept_result { job, first: 0 }).unwrap();

		// A sixteenth of the way from 50 to 100 %.
		let known = Score { average: Perbill::from_parts(531_250_000), outcomes: 1 };
		assert_eq!(ComputeMarket::reputation(provider.clone()).provider, known);
		assert_eq!(ComputeMarket::reputation(client.clone()).client, known);
		let job = submit(&client, JobSpec { min_reputation: known.average, ..spec(1, UNIT) }).unwrap();
		assert_eq!(
			call(&newcomer, Market::bid { job, machine: machines[1], price: UNIT / 2 }),
			Err(MarketError::<Runtime>::ReputationTooLow.into())
		);
		call(&provider, Market::bid { job, machine: machines[0], price: UNIT }).unwrap();
		call(&client, Market::cancel_job { job }).unwrap();
		assert_eq!(ComputeMarket::reputation(provider).provider, known);
		// A sixteenth of that is lost: 33,203,125 billionths.
		let cancelled = Score { average: Perbill::from_parts(498_046_875), outcomes: 2 };
		assert_eq!(ComputeMarket::reputation(client).client, cancelled);
		check_invariants();
	});
}

#[test]
fn provider_should_be_slashed_for_the_client_when_deadline_passes() {
	chain("development").execute_with(|| {
		let (client, provider) = (account(Alice), account(Bob));
		let machine = machine(&provider, 1, 1);
		let before = Balances::total_balance(&client);
		let job = submit(&client, spec(10, UNIT)).unwrap();
		call(&provider, Market::bid { job, machine, price: UNIT }).unwrap();
		take_events();
		advance(101);

		let slash = FAILED_SERVICE_SLASH * (100 * UNIT);
		let status = StakingSlash::stake_status(provider.clone());
		assert_eq!(status.bonded, 100 * UNIT - slash);
		assert!(status.active, "it has a window to top up");
		assert_eq!(Balances::total_balance(&client), before + SLASH_TO_WRONGED * slash);
		assert!(take_events().iter().any(|event| matches!(
			event,
			RuntimeEvent::ComputeMarket(MarketEvent::JobRefunded { reason: RefundReason::DeadlineMissed, .. })
		)));

		advance(TOP_UP_WINDOW);

		// Halted: it cannot bid until it tops up.
		assert_eq!(StakingSlash::standing(provider.clone()).standing, Standing::Halted);
		let second = submit(&client, spec(10, UNIT)).unwrap();
		let bid = Market::bid { job: second, machine, price: UNIT };
		assert!(call(&provider, bid.clone()).is_err());
		call(&provider, pallet_staking_slash::Call::bond { amount: slash }).unwrap();
		call(&provider, bid).unwrap();
		check_invariants();
	});
}

#[test]
fn provider_should_bid_within_its_window_and_finish_its_job_when_it_is_halted() {
	chain("development").execute_with(|| {
		let (client, provider) = (account(Alice), account(Bob));
		let machine = machine(&provider, 1, 2);
		let raise = pallet_staking_slash::Call::set_tier_stake { tier: Tier(1), stake: 101 * UNIT };
		RuntimeCall::from(raise).dispatch(RuntimeOrigin::root()).unwrap();
		advance(TOP_UP_WINDOW - 20);

		let job = submit(&client, spec(10, UNIT)).unwrap();
		call(&provider, Market::bid { job, machine, price: UNIT }).unwrap();
		advance(20);
		assert_eq!(StakingSlash::standing(provider.clone()).standing, Standing::Halted);
		call(&provider, Market::commit_result { job, first: 0, root: H256::repeat_byte(7) }).unwrap();
		let before = Balances::total_balance(&provider);
		call(&client, Market::accept_result { job, first: 0 }).unwrap();
		assert!(Balances::total_balance(&provider) > before, "a halted provider is paid for what it had taken on");
		check_invariants();
	});
}

#[test]
fn coefficient_should_follow_the_emission_for_capacity_when_told_to() {
	chain("development").execute_with(|| {
		machine(&account(Bob), 1, 1);
		let follow = pallet_staking_slash::Call::follow_network {};
		RuntimeCall::from(follow).dispatch(RuntimeOrigin::root()).unwrap();
		advance(COEFFICIENT_PERIOD);
		// One machine would have a month's emission for capacity at stake: a step up is as far as it goes.
		let status = StakingSlash::coefficient_status();
		assert_eq!(status.coefficient, MAX_COEFFICIENT_STEP);
		assert_eq!(status.staked, 100 * UNIT);
		assert_eq!(StakingSlash::required_stake(account(Bob)), 150 * UNIT);
		let capacity = <TokenMint as EmissionLedger<_>>::emitted_to_capacity();
		assert!(take_events().iter().any(|event| matches!(
			event,
			RuntimeEvent::StakingSlash(StakeEvent::CoefficientRefreshed { month: 1, emitted, .. })
				if *emitted > 100 * UNIT && *emitted <= capacity
		)));
		check_invariants();
	});
}

#[test]
fn account_should_get_into_no_auction_when_it_has_bonded_nothing() {
	chain("development").execute_with(|| {
		let (client, provider, unbonded) = (account(Alice), account(Bob), account(Charlie));
		let machine = machine(&provider, 1, 1);
		let job = submit(&client, spec(10, UNIT)).unwrap();

		let endpoint = b"http://127.0.0.1:8701".to_vec().try_into().unwrap();
		assert!(
			call(&unbonded, Market::register_machine { tier: Tier(1), region: Region(0), slots: 1, endpoint }).is_err()
		);
		let refused = call(&unbonded, Market::bid { job, machine, price: UNIT });
		assert_eq!(refused, Err(pallet_compute_market::Error::<Runtime>::NotMachineOwner.into()));

		// Nor can a provider take its stake away behind its machine, and bid on.
		let unbond = pallet_staking_slash::Call::unbond { amount: 100 * UNIT };
		assert!(call(&provider, unbond).is_err());
		check_invariants();
	});
}

#[test]
fn auction_should_end_with_the_lowest_price_when_providers_compete() {
	chain("development").execute_with(|| {
		let (client, bob, charlie) = (account(Alice), account(Bob), account(Charlie));
		let (first, second) = (machine(&bob, 1, 1), machine(&charlie, 2, 1));
		let job = submit(&client, spec(10, UNIT)).unwrap();
		call(&bob, Market::bid { job, machine: first, price: UNIT }).unwrap();
		call(&charlie, Market::bid { job, machine: second, price: UNIT / 2 }).unwrap();
		assert!(call(&bob, Market::bid { job, machine: first, price: UNIT / 2 }).is_err());
		take_events();
		advance(8);
		assert!(take_events().iter().any(|event| matches!(
			event,
			RuntimeEvent::ComputeMarket(MarketEvent::JobAssigned { provider, price, .. })
				if *provider == charlie && *price == UNIT / 2
		)));
		check_invariants();
	});
}

#[test]
fn issuance_should_follow_the_closed_form_when_blocks_pass() {
	chain("development").execute_with(|| {
		let genesis = Balances::total_issuance();
		advance(20 * MINT_PERIOD);
		let period = System::block_number() / MINT_PERIOD;
		assert_eq!(Balances::total_issuance() - genesis, TokenMint::emission(MAIN, period).unwrap());
	});
}
