//! Unbonding and withdrawing.

use super::*;

#[test]
fn unbond_should_keep_the_stake_on_hold() {
	build_and_execute(|| {
		bond(ALICE, 1_000);
		events();

		assert_ok!(StakingSlash::unbond(RuntimeOrigin::signed(ALICE), 400));

		assert_eq!(bonded(ALICE), 600);
		assert_eq!(chunks(ALICE), vec![(400, 1 + PERIOD)]);
		assert_eq!(held(ALICE), 1_000);
		assert_eq!(events(), vec![Event::Unbonding { provider: ALICE, amount: 400, withdrawable_at: 1 + PERIOD }]);
	});
}

#[test]
fn unbond_should_fail_when_the_machines_require_the_stake() {
	build_and_execute(|| {
		bond(ALICE, 1_000);
		add_machine(ALICE, LARGE);

		assert_noop!(StakingSlash::unbond(RuntimeOrigin::signed(ALICE), 101), Error::<Test>::BelowRequirement);
		assert_noop!(StakingSlash::unbond(RuntimeOrigin::signed(ALICE), 1_000), Error::<Test>::BelowRequirement);
		assert_ok!(StakingSlash::unbond(RuntimeOrigin::signed(ALICE), 100));
	});
}

#[test]
fn unbond_should_fail_when_the_provider_is_halted() {
	build_and_execute(|| {
		bond(ALICE, 1_000);
		add_machine(ALICE, LARGE);
		assert_ok!(slash(ALICE, LARGE, CLIENT));

		assert_noop!(StakingSlash::unbond(RuntimeOrigin::signed(ALICE), 100), Error::<Test>::BelowRequirement);
	});
}

#[test]
fn unbond_should_fail_when_less_than_the_minimum_would_remain() {
	build_and_execute(|| {
		bond(ALICE, 500);
		assert_noop!(
			StakingSlash::unbond(RuntimeOrigin::signed(ALICE), 500 - LEAST_BOND + 1),
			Error::<Test>::BelowMinBond
		);
		assert_ok!(StakingSlash::unbond(RuntimeOrigin::signed(ALICE), 500 - LEAST_BOND));
	});
}

#[test]
fn unbond_should_fail_when_more_is_asked_than_is_bonded() {
	build_and_execute(|| {
		assert_noop!(StakingSlash::unbond(RuntimeOrigin::signed(ALICE), 1), Error::<Test>::NotBonded);
		bond(ALICE, 500);
		assert_noop!(StakingSlash::unbond(RuntimeOrigin::signed(ALICE), 501), Error::<Test>::InsufficientBond);
		assert_noop!(StakingSlash::unbond(RuntimeOrigin::signed(ALICE), 0), Error::<Test>::ZeroAmount);
	});
}

#[test]
fn unbond_should_merge_chunks_when_in_the_same_block() {
	build_and_execute(|| {
		bond(ALICE, 1_000);
		for _ in 0..=MAX_CHUNKS {
			unbond(ALICE, 100);
		}
		assert_eq!(chunks(ALICE), vec![(500, 1 + PERIOD)]);
	});
}

#[test]
fn unbond_should_fail_when_there_are_too_many_chunks() {
	build_and_execute(|| {
		bond(ALICE, 1_000);
		for _ in 0..MAX_CHUNKS {
			unbond(ALICE, 100);
			advance(1);
		}
		assert_noop!(StakingSlash::unbond(RuntimeOrigin::signed(ALICE), 100), Error::<Test>::TooManyChunks);

		advance(PERIOD);
		assert_ok!(StakingSlash::withdraw_unbonded(RuntimeOrigin::signed(ALICE)));
		assert_ok!(StakingSlash::unbond(RuntimeOrigin::signed(ALICE), 100));
	});
}

#[test]
fn unbond_should_keep_chunks_in_order_when_the_period_was_shortened() {
	build_and_execute(|| {
		bond(ALICE, 1_000);
		unbond(ALICE, 100);
		UnbondingPeriod::set(SLASH_WINDOW + 1);
		advance(1);
		events();

		unbond(ALICE, 200);

		assert_eq!(chunks(ALICE), vec![(300, 1 + PERIOD)]);
		assert_eq!(events(), vec![Event::Unbonding { provider: ALICE, amount: 200, withdrawable_at: 1 + PERIOD }]);
	});
}

#[test]
fn withdraw_should_fail_when_it_is_early() {
	build_and_execute(|| {
		bond(ALICE, 500);
		assert_noop!(StakingSlash::withdraw_unbonded(RuntimeOrigin::signed(ALICE)), Error::<Test>::NothingToWithdraw);
		unbond(ALICE, 500);
		advance(PERIOD - 1);
		assert_noop!(StakingSlash::withdraw_unbonded(RuntimeOrigin::signed(ALICE)), Error::<Test>::NothingToWithdraw);
		advance(1);
		assert_ok!(StakingSlash::withdraw_unbonded(RuntimeOrigin::signed(ALICE)));
	});
}

#[test]
fn withdraw_should_release_only_the_chunks_whose_period_is_over() {
	build_and_execute(|| {
		bond(ALICE, 1_000);
		unbond(ALICE, 100);
		advance(10);
		unbond(ALICE, 200);
		advance(10);
		unbond(ALICE, 300);
		advance(PERIOD - 10);
		events();

		assert_ok!(StakingSlash::withdraw_unbonded(RuntimeOrigin::signed(ALICE)));

		assert_eq!(chunks(ALICE), vec![(300, 21 + PERIOD)]);
		assert_eq!(held(ALICE), 700);
		assert_eq!(free(ALICE), ENDOWMENT - 700);
		assert_eq!(events(), vec![Event::Withdrawn { provider: ALICE, amount: 300 }]);
	});
}

#[test]
fn withdraw_should_fail_when_the_account_has_no_stake() {
	build_and_execute(|| {
		assert_noop!(StakingSlash::withdraw_unbonded(RuntimeOrigin::signed(ALICE)), Error::<Test>::NotBonded);
	});
}

#[test]
fn ledger_should_be_removed_when_nothing_is_left() {
	build_and_execute(|| {
		bond(ALICE, 500);
		unbond(ALICE, 500);
		assert!(Ledgers::<Test>::contains_key(ALICE));
		advance(PERIOD);
		assert_ok!(StakingSlash::withdraw_unbonded(RuntimeOrigin::signed(ALICE)));

		assert!(!Ledgers::<Test>::contains_key(ALICE));
		assert_eq!(free(ALICE), ENDOWMENT);
		assert_eq!(System::consumers(&ALICE), 0);
		assert_eq!(System::providers(&ALICE), 1);
		assert_ok!(Balances::transfer_allow_death(RuntimeOrigin::signed(ALICE), BOB, ENDOWMENT));
		assert!(!System::account_exists(&ALICE));
	});
}

#[test]
fn withdraw_should_wait_for_free_balance_when_slashed_below_the_existential_deposit() {
	build_and_execute(|| {
		// Another pallet keeps the account alive, so that all of its balance can be held.
		System::inc_providers(&ALICE);
		bond(ALICE, ENDOWMENT);
		assert_eq!(free(ALICE), 0);
		unbond(ALICE, ENDOWMENT);
		PartsOfOffences::set(SlashParts { deadline_missed: Perbill::one(), ..parts() });
		assert_ok!(StakingSlash::set_tier_stake(RuntimeOrigin::root(), SMALL, ENDOWMENT - 1));
		assert_eq!(slash(ALICE, SMALL, CLIENT), Ok(ENDOWMENT - 1));
		advance(PERIOD);

		assert_noop!(StakingSlash::withdraw_unbonded(RuntimeOrigin::signed(ALICE)), TokenError::CannotCreate);
		assert_ok!(Balances::transfer_allow_death(RuntimeOrigin::signed(BOB), ALICE, EXISTENTIAL_DEPOSIT));
		assert_ok!(StakingSlash::withdraw_unbonded(RuntimeOrigin::signed(ALICE)));
		assert_eq!(free(ALICE), EXISTENTIAL_DEPOSIT + 1);
	});
}
