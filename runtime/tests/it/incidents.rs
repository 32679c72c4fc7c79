//! What went wrong on other chains, where several pallets together must prevent it here.
//!
//! Where one pallet does, the test stands with it: `incidents` and `presets` (io.net's formula) of token-mint,
//! `delegation::escape` of staking-slash.

use crate::support::*;
use assay_primitives::{CapacityRewards, RewardKind};
use assay_runtime::{
	params::{EXISTENTIAL_DEPOSIT, MINT_PERIOD, SUPPLY_CAP},
	AccountId, Balance, Balances, Runtime, StakingSlash, System, TokenMint,
};
use frame_support::traits::{
	fungible::{Inspect, Mutate},
	OnInitialize,
};
use pallet_compute_market::{Call as Market, JobSpec};
use pallet_staking_slash::Call as Stake;
use pallet_token_mint::{Call as Mint, Pot};
use sp_core::H256;
use sp_keyring::Sr25519Keyring::{Alice, Bob, Charlie, Dave, Eve};

/// All tokens in accounts, free or on hold.
fn in_accounts() -> Balance {
	frame_system::Account::<Runtime>::iter_values().map(|account| account.data.free + account.data.reserved).sum()
}

/// Have `provider` earn a reward for capacity in a round of its own, and claim it.
fn pay_capacity(provider: &AccountId) {
	TokenMint::credit_capacity(provider, 1_000);
	advance(MINT_PERIOD);
	call(provider, Mint::claim { kind: RewardKind::Capacity, account: provider.clone() }).unwrap();
}

/// A provider takes a job of `client` at its ceiling and does it.
fn sell(client: &AccountId, provider: &AccountId, machine: assay_runtime::MachineId, spec: JobSpec<Runtime>) {
	let price = spec.ceiling;
	let job = submit(client, spec).unwrap();
	call(provider, Market::bid { job, machine, price }).unwrap();
	advance(6);
	call(provider, Market::commit_result { job, first: 0, root: H256::repeat_byte(7) }).unwrap();
	call(client, Market::accept_result { job, first: 0 }).unwrap();
}

/// Helium's HIP-10: a fixed pool was shared out by usage, so that buying one's own paid many times what it cost.
///
/// Here a provider that is its own client, alone beside pots that filled for months, loses with every job.
#[test]
fn helium_hip10_fixed_pool_should_not_be_arbitraged_by_buying_own_jobs() {
	chain("development").execute_with(|| {
		let (client, provider) = (account(Alice), account(Bob));
		advance(20 * MINT_PERIOD);
		let machine = machine(&provider, 1, 4);
		let wealth = || Balances::total_balance(&client) + Balances::total_balance(&provider);
		for round in 1..=5u32 {
			let (before, pot) = (wealth(), Balances::free_balance(TokenMint::pot_account(Pot::RenderWork)));
			// Declares all the gas that there may be, to have the largest share of the pot.
			let spec = JobSpec { gas_per_unit: assay_proofs::ARBITER_GAS, ..spec(round * 10, UNIT / 10) };
			sell(&client, &provider, machine, spec);
			advance(MINT_PERIOD);
			let poorer = before - wealth();
			call(&client, Mint::claim_work_reward { provider: provider.clone() }).unwrap();
			let after = wealth();
			assert!(after > before - poorer, "work earns a reward");
			assert!(after < before, "own work of round {round} must not pay");
			assert!(Balances::free_balance(TokenMint::pot_account(Pot::RenderWork)) > pot, "the pot stays for others");
		}
		check_invariants();
	});
}

/// Subtensor's second count of the issuance was 172,001 TAO off.
///
/// Here all pallets together, with what they mint, burn, slash and leave as dust, keep the one count that there is.
#[test]
fn subtensor_second_issuance_counter_should_not_exist_in_any_pallet() {
	chain("development").execute_with(|| {
		let (client, provider, delegator) = (account(Alice), account(Bob), account(Charlie));
		let check = || {
			assert_eq!(Balances::total_issuance(), in_accounts());
			assert!(Balances::total_issuance() <= SUPPLY_CAP);
			let periods = System::block_number() / MINT_PERIOD;
			assert_eq!(TokenMint::minted(), TokenMint::emission(MAIN, periods).unwrap());
			check_invariants();
		};
		let machine = machine(&provider, 1, 2);
		call(&delegator, Stake::delegate { provider: provider.clone(), amount: 50 * UNIT }).unwrap();
		check();

		// Mints and fees, of which a part is burned.
		advance(2 * MINT_PERIOD);
		check();
		sell(&client, &provider, machine, spec(100, UNIT));
		pay_capacity(&provider);
		check();

		// A slash, of which a part is burned.
		let issued = Balances::total_issuance();
		let job = submit(&client, spec(10, UNIT)).unwrap();
		call(&provider, Stake::bond { amount: 100 * UNIT }).unwrap();
		call(&provider, Market::bid { job, machine, price: UNIT }).unwrap();
		let bonded = StakingSlash::stake_status(provider.clone()).bonded;
		advance(101);
		assert!(StakingSlash::stake_status(provider.clone()).bonded < bonded);
		check();

		// Tokens that are burned and minted elsewhere, and dust.
		let minted = TokenMint::minted();
		call(&client, pallet_balances::Call::burn { value: 1_000 * UNIT, keep_alive: true }).unwrap();
		assert!(Balances::total_issuance() < issued + minted);
		check();
		Balances::mint_into(&delegator, 77).unwrap();
		check();
	});
}

/// What a reward brought to whom is settled when it is paid: no later change of stake makes it more, and it is paid once.
#[test]
fn reward_should_not_be_overclaimed_after_a_stake_change() {
	chain("development").execute_with(|| {
		let (provider, other) = (account(Bob), account(Dave));
		let delegators = [account(Charlie), account(Eve)];
		for provider in [&provider, &other] {
			call(provider, Stake::bond { amount: 10_000 * UNIT }).unwrap();
		}
		for (delegator, amount) in delegators.iter().zip([10 * UNIT, 30 * UNIT]) {
			call(delegator, Stake::delegate { provider: provider.clone(), amount }).unwrap();
		}
		advance(MINT_PERIOD);
		pay_capacity(&provider);
		let pending = |of: &AccountId| StakingSlash::pending_delegation_reward(provider.clone(), of.clone());
		let due = delegators.each_ref().map(pending);
		assert!(due[0] > 0 && due[1].abs_diff(3 * due[0]) <= 3);

		// One has a hundred times the stake, the other leaves by both ways, and somebody comes after the reward.
		let late = account(Alice);
		call(&delegators[0], Stake::delegate { provider: provider.clone(), amount: 1_000 * UNIT }).unwrap();
		call(&delegators[1], Stake::undelegate { provider: provider.clone(), amount: 10 * UNIT }).unwrap();
		let to = other.clone();
		call(&delegators[1], Stake::move_delegation { from: provider.clone(), to, amount: 15 * UNIT }).unwrap();
		call(&late, Stake::delegate { provider: provider.clone(), amount: 5_000 * UNIT }).unwrap();
		assert_eq!(pending(&late), 0);

		let claim = Stake::claim_delegation_reward { provider: provider.clone(), compound: false };
		for (delegator, due) in delegators.iter().zip(due) {
			let before = Balances::free_balance(delegator);
			// A change of stake may have paid it out already.
			let _ = call(delegator, claim.clone());
			let got = Balances::free_balance(delegator) - before;
			assert!(got <= due && due - got <= 3, "{got} of {due}");
			assert!(call(delegator, claim.clone()).is_err());
			assert_eq!(pending(delegator), 0);
		}
		assert!(call(&late, claim).is_err());
		check_invariants();
	});
}

/// What Charlie loses of 50 tokens by a job whose deadline Bob missed, while blocks were too full to notice: with her stake
/// where it was, or moved meanwhile to Dave.
fn loss_by_a_late_slash(moves: bool) -> Balance {
	let mut loss = 0;
	chain("development").execute_with(|| {
		let (client, bob, dave, charlie) = (account(Alice), account(Bob), account(Dave), account(Charlie));
		let in_time = machine(&bob, 1, 1);
		machine(&dave, 1, 1);
		call(&charlie, Stake::delegate { provider: bob.clone(), amount: 50 * UNIT }).unwrap();
		let job = submit(&client, spec(10, UNIT)).unwrap();
		call(&bob, Market::bid { job, machine: in_time, price: UNIT }).unwrap();
		advance(6);
		// Full blocks until after the deadline: what is due waits.
		let deadline = System::block_number() + 110;
		while System::block_number() < deadline {
			let next = System::block_number() + 1;
			System::set_block_number(next);
			TokenMint::on_initialize(next);
		}
		let bonded = StakingSlash::stake_status(bob.clone()).bonded;
		let at = if moves { dave.clone() } else { bob.clone() };
		if moves {
			let all = Stake::move_delegation { from: bob.clone(), to: dave.clone(), amount: 50 * UNIT };
			call(&charlie, all).unwrap();
		}
		advance(1);
		let slashed = bonded - StakingSlash::stake_status(bob).bonded;
		assert!(slashed > 0, "the offence is punished when there is room");
		if moves {
			assert!(StakingSlash::delegation(dave.clone(), charlie.clone()).unwrap().owed > 0);
			let collect = Stake::collect_liability { delegator: charlie.clone(), provider: dave };
			call(&client, collect).unwrap();
		}
		loss = 50 * UNIT - StakingSlash::delegation(at, charlie).unwrap().value;
		// She stood for a third of the stake behind the job.
		assert!(loss.abs_diff(slashed / 2) <= 20, "{loss} beside {slashed}");
		check_invariants();
	});
	loss
}

/// A delegator that sees an offence before the chain has got to it cannot take its stake out of the way.
#[test]
fn stake_should_not_escape_a_pending_slash_of_the_market_by_a_move() {
	let (stayed, moved) = (loss_by_a_late_slash(false), loss_by_a_late_slash(true));
	assert!(stayed > 0 && stayed.abs_diff(moved) <= 20, "{stayed} by staying, {moved} by moving");
}

/// What is left of an account that falls below the existential deposit goes to the treasury: not a unit vanishes, and no
/// account lives on less.
#[test]
fn dust_at_the_existential_deposit_should_go_to_the_treasury() {
	chain("development").execute_with(|| {
		// The treasury has an account from the first mint on.
		advance(MINT_PERIOD);
		let (rich, poor) = (account(Alice), AccountId::new([7; 32]));
		let treasury = || Balances::free_balance(TokenMint::pot_account(Pot::Treasury));
		let transfer = |from: &AccountId, to: &AccountId, value: Balance| {
			call(from, pallet_balances::Call::transfer_allow_death { dest: to.clone().into(), value })
		};
		assert!(transfer(&rich, &poor, EXISTENTIAL_DEPOSIT - 1).is_err(), "nobody starts with less");
		for left in [1, EXISTENTIAL_DEPOSIT - 1] {
			transfer(&rich, &poor, 2 * EXISTENTIAL_DEPOSIT).unwrap();
			let (before, issued) = (treasury(), Balances::total_issuance());
			transfer(&poor, &rich, 2 * EXISTENTIAL_DEPOSIT - left).unwrap();
			assert_eq!(treasury(), before + left);
			assert!(!frame_system::Account::<Runtime>::contains_key(&poor));
			assert_eq!((Balances::total_issuance(), in_accounts()), (issued, issued));
		}

		// Exactly the deposit is an account.
		transfer(&rich, &poor, 2 * EXISTENTIAL_DEPOSIT).unwrap();
		transfer(&poor, &rich, EXISTENTIAL_DEPOSIT).unwrap();
		assert_eq!(Balances::free_balance(&poor), EXISTENTIAL_DEPOSIT);
		check_invariants();
	});
}
