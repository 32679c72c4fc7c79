//! What went wrong on other chains, and must not here.

use crate::{mock::*, CurrentRound, Error, GenesisConfig, Ledgers, Pot, Rounds, UnexpectedKind};
use assay_primitives::{Balance, RewardKind};
use frame_support::{
	assert_noop, assert_ok,
	traits::{
		fungible::Mutate,
		tokens::{Fortitude, Precision, Preservation},
	},
};
use proptest::prelude::*;
use sp_runtime::Perbill;

/// Pay `fee` for own work, as a client does: it is burned.
fn burn_fee(n: u8, fee: Balance) {
	let (exact, polite) = (Precision::Exact, Fortitude::Polite);
	assert_ok!(Balances::burn_from(&account(n), fee, Preservation::Preserve, exact, polite));
}

/// Helium paid a fixed pool pro rata to usage: 145 dollars of own data bought 21,000 dollars of rewards (HIP-10).
///
/// Here someone alone with a full pot, who buys as much of his own work as he can, from several accounts, gets back less
/// than he paid, in every round and altogether.
#[test]
fn helium_hip10_fixed_pool_should_not_be_arbitraged() {
	reset();
	check_after(genesis(GenesisConfig::default(), 40_000), || {
		end_period(30);
		let in_pot = pot(Pot::RenderWork);
		assert!(in_pot > 90_000);
		for round in 31..=60 {
			for n in 1..=3 {
				let fee = 7 * u128::from(n);
				burn_fee(n, fee);
				work(n, u128::MAX / 8, fee);
			}
			end_period(round);
			let before: Balance = (1..=3).map(balance).sum();
			(1..=3).for_each(|n| claim_of(RewardKind::Work, n).unwrap());
			let got = (1..=3).map(balance).sum::<Balance>() - before;
			assert!(got > 0 && got <= (7 + 14 + 21) / 2);
		}
		(1..=3).for_each(|n| assert!(balance(n) < 10_000));
		// What was not paid out is there for honest work.
		assert!(pot(Pot::RenderWork) > in_pot);
	});
}

/// As above, at any fees, shares and numbers of accounts.
#[test]
fn helium_hip10_should_not_be_arbitraged_at_any_fee() {
	proptest!(ProptestConfig::with_cases(64), |(fees in prop::collection::vec((1u8..=3, 1u128..5_000), 1..40), share: u32)| {
		reset();
		genesis(GenesisConfig::default(), 400_000).execute_with(|| {
			end_period(20);
			RewardFeeShare::set(Perbill::from_parts(share));
			let (before, mut spent) = ((1..=3).map(balance).sum::<Balance>(), 0);
			for (round, (n, fee)) in (21..).zip(fees) {
				burn_fee(n, fee);
				work(n, fee * 1_000, fee);
				spent += fee;
				end_period(round);
			}
			(1..=3).for_each(|n| { let _ = claim_of(RewardKind::Work, n); });
			let after = (1..=3).map(balance).sum::<Balance>();
			prop_assert!(after + spent - before <= MaxRewardFeeShare::get() * spent);
			prop_assert!(after < before);
			Ok(())
		})?;
	});
}

/// Work that is declared at next to no fee cannot take the shares of honest providers either.
#[test]
fn declared_work_at_a_tiny_fee_should_not_dilute_others() {
	build_and_execute(|| {
		MinFeePerWork::set(10);
		work(1, 99_999, 1_000_000);
		work(2, u128::MAX, 19);
		end_period(1);
		let due = |n| TokenMint::pending_work_reward(account(n));
		let whole = pot(Pot::RenderWork) - ED;
		assert_eq!((due(1), due(2)), (whole * 99_999 / 100_000, 0));
	});
}

/// Subtensor kept a second count of the total issuance, which drifted from the first by 172,001 TAO.
///
/// Here the currency's is the only one: what is burned or minted elsewhere changes it, and no check or mint is wrong for it.
#[test]
fn subtensor_second_issuance_counter_should_not_exist() {
	build_and_execute(|| {
		end_period(3);
		burn_fee(1, 900);
		assert_ok!(Balances::mint_into(&account(2), 77));
		TokenMint::do_try_state().unwrap();
		let issued = Balances::total_issuance();
		let due = TokenMint::next_mint(MAIN).unwrap().amount;
		end_period(4);
		assert_eq!(Balances::total_issuance(), issued + due);
		assert_eq!(Balances::total_issuance(), ENDOWED + minted() - 900 + 77);
		let all = (1..=4).map(balance).sum::<Balance>() + Pot::ALL.map(pot).iter().sum::<Balance>();
		assert_eq!(Balances::total_issuance(), all);
	});
}

/// Whatever changes after a round has closed, its rewards stay what they were.
#[test]
fn reward_should_not_be_overclaimed_after_a_stake_or_work_change() {
	build_and_execute(|| {
		for kind in RewardKind::ALL {
			credit(kind, 1, 1);
			credit(kind, 2, 3);
		}
		work(1, 0, 1_000);
		end_period(1);
		let due = |n| RewardKind::ALL.map(|kind| TokenMint::pending_reward(kind, account(n)));
		let (first, second) = (due(1), due(2));

		// More points, a larger part of fees, another budget, a fuller pot, and many times the same claim.
		RewardFeeShare::set(Perbill::from_percent(80));
		RewardKind::ALL.into_iter().for_each(|kind| credit(kind, 1, 100_000));
		assert_ok!(TokenMint::set_budget(RuntimeOrigin::root(), MAIN, budget(&[(Pot::Capacity, 1_000_000_000)])));
		assert_ok!(Balances::mint_into(&TokenMint::pot_account(Pot::RenderWork), 50_000));
		assert_eq!((due(1), due(2)), (first, second));
		for (kind, due) in RewardKind::ALL.into_iter().zip(first) {
			let before = pot(kind.into());
			assert_ok!(claim_of(kind, 1));
			assert_noop!(claim_of(kind, 1), Error::<Test>::NothingToClaim);
			assert_eq!(before - pot(kind.into()), due);
		}
		assert_eq!(due(2), second);

		// Nor can what was seized be claimed, or what was claimed be seized.
		assert_eq!(seize(1, Balance::MAX), 0);
		assert_eq!(seize(2, Balance::MAX), second.iter().sum());
		for kind in RewardKind::ALL {
			assert_noop!(claim_of(kind, 2), Error::<Test>::NothingToClaim);
		}
	});
}

/// Rewards of many rounds that were not claimed are as covered as those of one.
#[test]
fn reward_should_not_be_overclaimed_when_rounds_pile_up() {
	build_and_execute(|| {
		for round in 1..=20 {
			for kind in RewardKind::ALL {
				credit(kind, 1 + (round % 3) as u8, round);
			}
			end_period(round);
			TokenMint::do_try_state().unwrap();
		}
		for kind in RewardKind::ALL {
			(1..=3).for_each(|n| claim_of(kind, n).unwrap());
			assert!(pot(kind.into()) >= ED && reserved(kind) == 0);
		}
		assert_eq!(Rounds::<Test>::iter().count(), 0);
	});
}

/// A pot that holds no more than its account needs has nothing to share out, and is not closed by what it shares out.
#[test]
fn dust_at_the_existential_deposit_should_neither_be_paid_nor_lost() {
	build_and_execute(|| {
		assert_ok!(TokenMint::set_budget(RuntimeOrigin::root(), MAIN, budget(&[(Pot::Treasury, 1_000_000_000)])));
		assert_ok!(Balances::mint_into(&TokenMint::pot_account(Pot::Capacity), ED));
		credit(RewardKind::Capacity, 1, 1);
		end_period(1);
		assert_eq!(TokenMint::pending_reward(RewardKind::Capacity, account(1)), 0);
		assert_ok!(claim_of(RewardKind::Capacity, 1));

		// One unit above it is paid, and to the unit.
		assert_ok!(Balances::mint_into(&TokenMint::pot_account(Pot::Capacity), 1));
		credit(RewardKind::Capacity, 1, 1);
		end_period(2);
		assert_ok!(claim_of(RewardKind::Capacity, 1));
		assert_eq!((pot(Pot::Capacity), balance(1)), (ED, 1_001));
	});
}

/// A dead account's reward waits until it is worth an account, or is seized.
#[test]
fn dust_at_the_existential_deposit_should_wait_for_a_dead_account() {
	build_and_execute(|| {
		assert_ok!(TokenMint::set_budget(RuntimeOrigin::root(), MAIN, budget(&[(Pot::Treasury, 1_000_000_000)])));
		for reward in [ED - 1, 1] {
			assert_ok!(Balances::mint_into(&TokenMint::pot_account(Pot::Capacity), ED + reward));
			credit(RewardKind::Capacity, 9, 1);
			end_period(CurrentRound::<Test>::get().number + 1);
			if reward == ED - 1 {
				assert_noop!(claim_of(RewardKind::Capacity, 9), Error::<Test>::RewardNotTaken);
			}
		}
		assert!(TokenMint::pending_reward(RewardKind::Capacity, account(9)) >= ED);
		assert_ok!(claim_of(RewardKind::Capacity, 9));
		assert!(balance(9) >= ED && !Ledgers::<Test>::contains_key(RewardKind::Capacity, account(9)));
	});
}

/// Sums at the limits of 128 bits are refused, not wrapped.
#[test]
fn points_should_not_wrap_when_sums_overflow() {
	build_and_execute(|| {
		use assay_primitives::CapacityRewards;
		TokenMint::credit_capacity(&account(1), u128::MAX);
		take_events();
		TokenMint::credit_capacity(&account(2), 1);
		assert_eq!(take_events(), [crate::Event::Unexpected { kind: UnexpectedKind::RoundOverflow }]);
		end_period(1);
		assert_ok!(claim_of(RewardKind::Capacity, 1));
		assert_noop!(claim_of(RewardKind::Capacity, 2), Error::<Test>::NothingToClaim);
	});
}
