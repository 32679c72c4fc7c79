//! Attempts to escape a slash that is pending.

use super::*;

#[test]
fn slash_should_be_taken_from_stake_that_unbonds_meanwhile() {
	with_providers(|| {
		queue_slash();
		advance(1);
		unbond(ALICE, 10_000);
		run(DEFERRAL);
		assert_eq!((bonded(ALICE), held(ALICE)), (0, 10_000 - THIRD));
	});
}

#[test]
fn withdrawal_should_leave_pending_slashes_covered() {
	with_providers(|| {
		unbond(ALICE, 9_900);
		advance(PERIOD);
		assert_eq!(StakingSlash::stake_status(ALICE).withdrawable, 9_900);
		queue_slash();
		// 100 are bonded, so that 200 of what could be withdrawn are kept back.
		assert_eq!(StakingSlash::stake_status(ALICE).withdrawable, 9_700);
		assert_ok!(StakingSlash::withdraw_unbonded(signed(ALICE)));
		assert_eq!(held(ALICE), THIRD);
		assert_noop!(StakingSlash::withdraw_unbonded(signed(ALICE)), Error::<Test>::SlashPending);
		run(DEFERRAL);
		assert_eq!((held(ALICE), StakingSlash::debt(ALICE)), (0, 0));
	});
}

#[test]
fn withdrawal_should_go_on_when_the_slash_is_cancelled() {
	with_providers(|| {
		unbond(ALICE, 10_000);
		advance(PERIOD);
		let slash = queue_slash();
		assert_ok!(StakingSlash::withdraw_unbonded(signed(ALICE)));
		assert_eq!(held(ALICE), THIRD);
		assert_ok!(StakingSlash::cancel_slash(RuntimeOrigin::root(), slash));
		assert_ok!(StakingSlash::withdraw_unbonded(signed(ALICE)));
		assert_eq!(free(ALICE), ENDOWMENT);
	});
}

#[test]
fn delegated_stake_should_not_escape_a_pending_slash_by_leaving_or_moving() {
	with_providers(|| {
		for who in [CLIENT, FINDER] {
			assert_ok!(<Balances as frame_support::traits::fungible::Mutate<_>>::mint_into(&who, 10_000));
			assert_ok!(StakingSlash::delegate(signed(who), ALICE, 5_000));
		}
		assert_ok!(StakingSlash::set_tier_stake(RuntimeOrigin::root(), LARGE, 12_000));
		let downtime = offence(Offence::Downtime, ALICE);
		advance(1);
		assert_ok!(StakingSlash::move_delegation(signed(CLIENT), ALICE, BOB, 5_000));
		assert_ok!(StakingSlash::undelegate(signed(FINDER), ALICE, 5_000));
		// As late as it can be: reported in the last block, contested, and nobody decides.
		advance(SLASH_WINDOW - 1);
		assert_ok!(report(downtime));
		assert_ok!(StakingSlash::contest_slash(signed(ALICE), 0));
		run(DEFERRAL + CONTEST);

		// 4,000: half the provider's, a quarter of each delegator.
		assert_eq!(last_slash().from, [0, 0, 0, 3_000]);
		assert_eq!(bonded(ALICE), 8_000);
		assert_eq!(StakingSlash::delegation(BOB, CLIENT).unwrap().owed, 1_000);
		assert_ok!(StakingSlash::collect_liability(signed(FINDER), CLIENT, BOB));
		assert_eq!(StakingSlash::delegation(BOB, CLIENT).unwrap().value, 4_000);
		assert_eq!(StakingSlash::delegation(ALICE, FINDER).unwrap().unbonding, 4_000);
	});
}

#[test]
fn stake_that_left_before_the_offence_should_not_pay_for_it() {
	with_providers(|| {
		assert_ok!(StakingSlash::delegate(signed(CLIENT), ALICE, 5_000));
		assert_ok!(StakingSlash::undelegate(signed(CLIENT), ALICE, 5_000));
		advance(LIABILITY_PERIOD);
		queue_slash();
		run(DEFERRAL);
		assert_eq!(StakingSlash::delegation(ALICE, CLIENT).unwrap().unbonding, 5_000);
		assert_eq!(bonded(ALICE), 10_000 - THIRD);
	});
}

#[test]
fn two_slashes_should_both_be_taken_while_the_stake_unbonds() {
	with_providers(|| {
		unbond(ALICE, 10_000);
		queue_slash();
		assert_ok!(slash(ALICE, LARGE, CLIENT));
		run(DEFERRAL);
		assert_eq!(held(ALICE), 10_000 - 2 * THIRD);
	});
}

#[test]
fn provider_should_owe_when_it_left_before_the_slash() {
	with_providers(|| {
		unbond(ALICE, 10_000);
		advance(PERIOD);
		assert_ok!(StakingSlash::withdraw_unbonded(signed(ALICE)));
		assert_eq!(Ledgers::<Test>::get(ALICE), None);
		queue_slash();
		run(DEFERRAL);
		assert_eq!(StakingSlash::debt(ALICE), THIRD);
		bond(ALICE, 1_000);
		assert_eq!(bonded(ALICE), 1_000 - THIRD);
	});
}
