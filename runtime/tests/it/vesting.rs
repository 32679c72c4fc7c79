//! Rewards that vest: from the pot to the checker, out again early, and what pledged tokens earn.

use crate::support::*;
use assay_primitives::{CheckerRewards, RewardKind, RewardPayee, Vesting, VestingPlan};
use assay_runtime::{
	params::{CHECKER_EXIT_VESTING, CHECKER_VESTING, MINT_PERIOD},
	AccountId, Balance, Balances, RewardVesting, Runtime, RuntimeOrigin, StakingSlash, System, TokenMint,
};
use frame_support::{
	assert_noop, assert_ok,
	traits::fungible::{Balanced, Inspect},
};
use pallet_reward_vesting::{Compounding, Error, PlanStatus, Terms};
use pallet_token_mint::{Error as MintError, Pot};
use sp_keyring::Sr25519Keyring::{Alice, Bob};
use sp_runtime::{AccountId32, Perbill};

/// Earn a reward for checks, and claim it. Returns how much vests.
fn earn(checker: &AccountId) -> Balance {
	TokenMint::credit_checks(checker, 1);
	advance(2 * MINT_PERIOD);
	let reward = TokenMint::pending_reward(RewardKind::Checks, checker.clone());
	assert!(reward > 0);
	assert_ok!(TokenMint::claim(RuntimeOrigin::signed(account(Bob)), RewardKind::Checks, checker.clone()));
	reward
}

fn status(who: &AccountId) -> PlanStatus {
	RewardVesting::vesting_status(who.clone()).pop().unwrap()
}

#[test]
fn a_checkers_reward_should_vest_over_its_term_and_then_be_its_own() {
	chain("development").execute_with(|| {
		let checker = account(Alice);
		let before = Balances::balance(&checker);
		let reward = earn(&checker);
		assert_eq!(Balances::balance(&checker), before);
		assert_eq!(Balances::total_balance(&checker), before + reward);
		assert_eq!((status(&checker).plan, status(&checker).vesting), (VestingPlan::Checker, reward));
		System::set_block_number(System::block_number() + CHECKER_VESTING / 2);
		assert_eq!(status(&checker).claimable, reward / 2);
		assert_ok!(RewardVesting::claim(RuntimeOrigin::signed(account(Bob)), VestingPlan::Checker, checker.clone()));
		System::set_block_number(System::block_number() + CHECKER_VESTING);
		assert_ok!(RewardVesting::claim(RuntimeOrigin::signed(account(Bob)), VestingPlan::Checker, checker.clone()));
		assert_eq!(Balances::balance(&checker), before + reward);
		check_invariants();
	});
}

#[test]
fn an_early_exit_should_give_three_quarters_back_to_the_checkers_pot() {
	chain("development").execute_with(|| {
		let checker = account(Alice);
		let before = Balances::balance(&checker);
		let reward = earn(&checker);
		let pot = || Balances::balance(&TokenMint::pot_account(Pot::Checkers));
		let in_pot = pot();
		let forfeited = Perbill::from_percent(75).mul_ceil(reward);
		let exit = || RewardVesting::exit_early(RuntimeOrigin::signed(checker.clone()), VestingPlan::Checker, None);
		assert_ok!(exit());
		assert_eq!(pot(), in_pot + forfeited);
		assert_noop!(exit(), Error::<Runtime>::NothingToExit);
		System::set_block_number(System::block_number() + CHECKER_EXIT_VESTING);
		assert_ok!(RewardVesting::claim(RuntimeOrigin::signed(account(Bob)), VestingPlan::Checker, checker.clone()));
		assert_eq!(Balances::balance(&checker), before + reward - forfeited);
		check_invariants();
	});
}

#[test]
fn a_reward_should_stay_pending_while_the_checker_has_no_account_to_vest_in() {
	chain("development").execute_with(|| {
		let checker = AccountId32::new([77; 32]);
		TokenMint::credit_checks(&checker, 1);
		advance(2 * MINT_PERIOD);
		let reward = TokenMint::pending_reward(RewardKind::Checks, checker.clone());
		let claim = TokenMint::claim(RuntimeOrigin::signed(account(Bob)), RewardKind::Checks, checker.clone());
		assert_eq!(claim, Err(MintError::<Runtime>::RewardNotTaken.into()));
		assert_ok!(Balances::resolve(&checker, Balances::issue(UNIT)).map_err(|_| "the account opens"));
		System::reset_events();
		assert_ok!(TokenMint::claim(RuntimeOrigin::signed(account(Bob)), RewardKind::Checks, checker.clone()));
		assert_eq!(status(&checker).vesting, reward);
	});
}

#[test]
fn rewards_of_a_provider_should_compound_in_proportion_to_its_pledge() {
	chain("development").execute_with(|| {
		let provider = account(Alice);
		assert_ok!(call(&provider, pallet_staking_slash::Call::bond { amount: 300 * UNIT }).map_err(|_| "bonds"));
		let escrowed = Balances::issue(100 * UNIT);
		assert!(RewardVesting::vest(&provider, VestingPlan::Escrowed, escrowed).is_ok());
		call(&provider, pallet_staking_slash::Call::pledge { amount: 100 * UNIT }).unwrap();
		let before = Balances::balance(&provider);
		let reward = Balances::issue(8 * UNIT);
		assert!(Compounding::<Runtime, StakingSlash>::pay(&provider, RewardKind::Work, reward).is_ok());
		assert_eq!(Balances::balance(&provider), before + 6 * UNIT);
		assert_eq!(status(&provider).vesting, 102 * UNIT);
		check_invariants();
	});
}

#[test]
fn terms_should_be_those_of_the_networks_they_are_taken_from() {
	let days = |plan| RewardVesting::terms(plan).term / (CHECKER_VESTING / 180);
	assert_eq!(VestingPlan::ALL.map(days), [45, 180, 180, 365]);
	let Terms { early_exit, .. } = RewardVesting::terms(VestingPlan::Checker);
	assert_eq!(early_exit.map(|exit| exit.forfeit), Some(Perbill::from_percent(75)));
	assert_eq!(early_exit.map(|exit| exit.term * 6), Some(CHECKER_VESTING));
	assert_eq!(RewardVesting::terms(VestingPlan::BlockReward).at_once, Perbill::from_percent(25));
	let exits = VestingPlan::ALL.into_iter().filter(|plan| RewardVesting::terms(*plan).early_exit.is_some());
	// All forfeits go to the pot of the checkers.
	assert_eq!(exits.collect::<Vec<_>>(), [VestingPlan::Checker]);
}
