//! Delegating, taking back, and what it counts for.

use super::*;
use crate::{departed::LIVE_PERIODS, pool::Fund};

#[test]
fn delegate_should_put_the_tokens_on_hold_in_the_pool() {
	with_providers(|| {
		delegate(DORA, ALICE, 1_000);

		let pool = pool_of(ALICE);
		assert_eq!(pooled(ALICE), 1_000);
		assert_eq!(free(pool.account), EXISTENTIAL_DEPOSIT);
		assert_eq!(free(DORA), ENDOWMENT - 1_000 - EXISTENTIAL_DEPOSIT);
		assert_eq!((pool.own, pool.stake, pool.counted, pool.room, pool.shares), (10_000, 1_000, 1_000, 9_000, 1_000));
		assert_eq!(
			events(),
			vec![
				Event::PoolOpened { provider: ALICE, account: pool.account },
				Event::Delegated { provider: ALICE, delegator: DORA, amount: 1_000, shares: 1_000 },
			]
		);
		// Only the first pays for the pool's account.
		delegate(EMIL, ALICE, 1_000);
		assert_eq!(free(EMIL), ENDOWMENT - 1_000);
		assert_eq!(status(EMIL, ALICE), DelegationStatus { shares: 1_000, value: 1_000, ..Default::default() });
	});
}

#[test]
fn delegate_should_fail_when_it_is_not_allowed() {
	with_providers(|| {
		assert_noop!(StakingSlash::delegate(signed(DORA), ALICE, 0), Error::<Test>::ZeroAmount);
		assert_noop!(StakingSlash::delegate(signed(DORA), CLIENT, 1_000), Error::<Test>::NotBonded);
		assert_noop!(StakingSlash::delegate(signed(DORA), ALICE, 49), Error::<Test>::BelowMinDelegation);
		assert_noop!(StakingSlash::delegate(signed(DORA), ALICE, 10_001), Error::<Test>::DelegationCapReached);
		// The existential deposit stays free.
		assert_ok!(Balances::transfer_allow_death(signed(DORA), CLIENT, ENDOWMENT - 120));
		assert_noop!(StakingSlash::delegate(signed(DORA), ALICE, 111), TokenError::FundsUnavailable);
		delegate(DORA, ALICE, 100);
		delegate(EMIL, ALICE, 9_900);
		assert_noop!(StakingSlash::delegate(signed(EMIL), ALICE, 50), Error::<Test>::DelegationCapReached);
	});
}

#[test]
fn delegated_stake_should_count_up_to_the_cap() {
	build_and_execute(|| {
		assert_ok!(Balances::mint_into(&DORA, ENDOWMENT));
		bond(ALICE, 500);
		assert_noop!(
			<StakingSlash as ProviderStake<_, _>>::add_machine(&ALICE, MachineId(0), LARGE, Region(0)),
			Error::<Test>::BelowRequirement
		);
		delegate(DORA, ALICE, 400);
		add_machine(ALICE, LARGE);
		assert!(is_active(ALICE));
		assert!(StakingSlash::stake_status(ALICE).active);

		// Own stake below a half does not suffice, whatever is delegated.
		assert_noop!(StakingSlash::unbond(RuntimeOrigin::signed(ALICE), 100), Error::<Test>::BelowRequirement);
		delegate(DORA, ALICE, 100);
		unbond(ALICE, 50);
		assert_eq!((pool_of(ALICE).stake, pool_of(ALICE).counted, pool_of(ALICE).room), (500, 450, 0));
		assert!(is_active(ALICE));

		undelegate(DORA, ALICE, 100);
		assert_eq!(standing(ALICE), Standing::TopUp { until: 1 + WINDOW });
		advance(WINDOW);
		assert!(!is_active(ALICE));
		bond(ALICE, 50);
		assert!(is_active(ALICE));
	});
}

#[test]
fn provider_should_be_inactive_without_own_stake() {
	with_providers(|| {
		delegate(DORA, ALICE, 10_000);
		unbond(ALICE, 10_000);
		assert!(!is_active(ALICE));
		assert_eq!(pool_of(ALICE).counted, 0);
		assert_noop!(StakingSlash::delegate(signed(EMIL), ALICE, 50), Error::<Test>::NotBonded);
		// Its delegators can leave.
		undelegate(DORA, ALICE, Balance::MAX);
		assert_eq!(status(DORA, ALICE).unbonding, 10_000);
	});
}

#[test]
fn undelegated_stake_should_be_withdrawn_after_the_period() {
	with_providers(|| {
		delegate(DORA, ALICE, 1_000);
		events();
		undelegate(DORA, ALICE, 400);
		let at = System::block_number() + PERIOD;
		assert_eq!(
			events(),
			vec![Event::Undelegating { provider: ALICE, delegator: DORA, amount: 400, withdrawable_at: at }]
		);
		assert_eq!((pool_of(ALICE).stake, pooled(ALICE)), (600, 1_000));

		advance(PERIOD - 1);
		assert_noop!(StakingSlash::withdraw_delegation(signed(DORA), ALICE), Error::<Test>::NothingToWithdraw);
		advance(1);
		assert_eq!(status(DORA, ALICE).withdrawable, 400);
		let before = free(DORA);
		assert_ok!(StakingSlash::withdraw_delegation(signed(DORA), ALICE));
		assert_eq!(free(DORA), before + 400);
		assert_eq!(events(), vec![Event::DelegationWithdrawn { provider: ALICE, delegator: DORA, amount: 400 }]);
		assert_eq!(Departed::<Test>::iter().count(), 0);
	});
}

#[test]
fn position_should_be_removed_when_nothing_is_left() {
	with_providers(|| {
		delegate(DORA, ALICE, 1_000);
		undelegate(DORA, ALICE, 1_000);
		advance(PERIOD);
		assert_ok!(StakingSlash::withdraw_delegation(signed(DORA), ALICE));
		assert_eq!(StakingSlash::delegation(ALICE, DORA), None);
		assert_eq!(free(DORA), ENDOWMENT - EXISTENTIAL_DEPOSIT);
		assert_eq!(pool_of(ALICE).shares, 0);
	});
}

#[test]
fn undelegate_should_fail_when_it_is_not_allowed() {
	with_providers(|| {
		assert_noop!(StakingSlash::undelegate(signed(DORA), ALICE, 1), Error::<Test>::NotDelegated);
		assert_noop!(StakingSlash::withdraw_delegation(signed(DORA), ALICE), Error::<Test>::NotDelegated);
		delegate(DORA, ALICE, 1_000);
		assert_noop!(StakingSlash::undelegate(signed(DORA), ALICE, 0), Error::<Test>::ZeroAmount);
		assert_noop!(StakingSlash::undelegate(signed(DORA), ALICE, 951), Error::<Test>::BelowMinDelegation);
		assert_noop!(StakingSlash::undelegate(signed(DORA), ALICE, 49), Error::<Test>::BelowMinDelegation);
		for _ in 0..MAX_CHUNKS {
			undelegate(DORA, ALICE, 50);
			// Chunks of one block are one.
			undelegate(DORA, ALICE, 50);
			advance(1);
		}
		assert_noop!(StakingSlash::undelegate(signed(DORA), ALICE, 50), Error::<Test>::TooManyChunks);
		// It keeps nobody else from leaving.
		delegate(EMIL, ALICE, 100);
		undelegate(EMIL, ALICE, 50);
	});
}

#[test]
fn tokens_sent_to_the_pool_should_not_move_the_price() {
	with_providers(|| {
		// The attack on a first depositor: own the only share, then make it dear.
		delegate(DORA, ALICE, 50);
		assert_ok!(Balances::transfer_allow_death(signed(DORA), pool_of(ALICE).account, 50_000));
		delegate(EMIL, ALICE, 99);
		assert_eq!((value(DORA, ALICE), value(EMIL, ALICE)), (50, 99));
		assert_eq!(pool_of(ALICE).price, FixedU128::from_u32(1));
	});
}

#[test]
fn shares_of_a_pool_that_was_slashed_whole_should_be_void() {
	with_providers(|| {
		delegate(DORA, ALICE, 1_000);
		reward(ALICE, 1_100).unwrap();
		events();
		assert_eq!(slash_stake(ALICE, 1, Balance::MAX), 11_000);
		assert_eq!(
			events(),
			vec![
				Event::PoolEmptied { provider: ALICE, generation: 0 },
				Event::DelegationSlashed { provider: ALICE, from_pool: 1_000, from_unbonding: 0, booked: 0 },
			]
		);
		bond(ALICE, 5_000);
		delegate(EMIL, ALICE, 500);
		reward(ALICE, 1_100).unwrap();

		// The new shares are nobody else's, and neither are their rewards; the old rewards are still to be claimed.
		assert_eq!((value(DORA, ALICE), value(EMIL, ALICE)), (0, 500));
		assert_eq!(StakingSlash::pending_delegation_reward(ALICE, DORA), 99);
		assert_eq!(StakingSlash::pending_delegation_reward(ALICE, EMIL), 99);
		assert_ok!(StakingSlash::claim_delegation_reward(signed(DORA), ALICE, false));
		assert_eq!(StakingSlash::delegation(ALICE, DORA), None);
		delegate(DORA, ALICE, 100);
		assert_eq!(value(DORA, ALICE), 100);
		assert_eq!(StakingSlash::pending_delegation_reward(ALICE, DORA), 0);
	});
}

#[test]
fn departure_should_be_booked_into_the_next_period_when_this_one_was_slashed_whole() {
	with_providers(|| {
		let now = System::block_number();
		for _ in 0..2 {
			delegate(DORA, ALICE, 1_000);
			undelegate(DORA, ALICE, 1_000);
			assert!(slash_stake(ALICE, now, Balance::MAX) > 0);
			assert_eq!(status(DORA, ALICE).unbonding, 0);
			bond(ALICE, 10_000);
		}
		delegate(DORA, ALICE, 1_000);
		assert_noop!(StakingSlash::undelegate(signed(DORA), ALICE, 1_000), Error::<Test>::PeriodExhausted);
		advance(LIABILITY_PERIOD * 2);
		undelegate(DORA, ALICE, 1_000);
		assert_eq!(status(DORA, ALICE).unbonding, 1_000);
		advance(PERIOD);
		let before = free(DORA);
		assert_ok!(StakingSlash::withdraw_delegation(signed(DORA), ALICE));
		assert_eq!(free(DORA), before + 1_000);
		assert_eq!(StakingSlash::delegation(ALICE, DORA), None);
	});
}

#[test]
fn commission_should_count_after_the_notice() {
	with_providers(|| {
		let percent = Perbill::from_percent;
		assert_noop!(StakingSlash::set_commission(signed(DORA), percent(1), percent(1)), Error::<Test>::NotBonded);
		assert_noop!(
			StakingSlash::set_commission(signed(ALICE), percent(51), percent(1)),
			Error::<Test>::CommissionTooHigh
		);
		// At once, as there is nobody to tell.
		assert_ok!(StakingSlash::set_commission(signed(ALICE), percent(10), percent(0)));
		assert_eq!(pool_of(ALICE).commission, percent(10));
		delegate(DORA, ALICE, 1_000);
		events();

		assert_ok!(StakingSlash::set_commission(signed(ALICE), percent(50), percent(5)));
		let from = System::block_number() + NOTICE;
		assert_eq!(
			events(),
			vec![Event::CommissionAnnounced { provider: ALICE, commission: percent(50), kickback: percent(5), from }]
		);
		assert_eq!(pool_of(ALICE).announced, Some((percent(50), percent(5), from)));
		advance(NOTICE - 1);
		assert_eq!(pool_of(ALICE).commission, percent(10));
		advance(1);
		assert_eq!((pool_of(ALICE).commission, pool_of(ALICE).kickback), (percent(50), percent(5)));
		assert_eq!(pool_of(ALICE).announced, None);

		// An announcement that does not count yet is replaced, and what counted goes on counting.
		assert_ok!(StakingSlash::set_commission(signed(ALICE), percent(20), percent(0)));
		advance(1);
		assert_ok!(StakingSlash::set_commission(signed(ALICE), percent(30), percent(0)));
		advance(NOTICE - 1);
		assert_eq!(pool_of(ALICE).commission, percent(50));
		advance(1);
		assert_eq!(pool_of(ALICE).commission, percent(30));
	});
}

#[test]
fn commission_should_not_reach_back_when_rewards_were_left_unclaimed() {
	with_providers(|| {
		delegate(DORA, ALICE, 10_000);
		give_rewards(ALICE, 1_000);
		let percent = Perbill::from_percent;
		assert_ok!(StakingSlash::set_commission(signed(ALICE), percent(50), percent(0)));
		advance(NOTICE);
		<Unclaimed as assay_primitives::PayRewards<_>>::pay_rewards(&ALICE);
		// Half by stake, up to the dust of rounding down.
		assert!((499..=500).contains(&status(DORA, ALICE).reward));
		give_rewards(ALICE, 1_000);
		<Unclaimed as assay_primitives::PayRewards<_>>::pay_rewards(&ALICE);
		assert!((749..=750).contains(&status(DORA, ALICE).reward));
	});
}

#[test]
fn fund_should_issue_nothing_when_it_was_slashed_whole() {
	let mut fund = Fund { shares: 100, amount: 0 };
	assert_eq!(fund.issue(100), None);
	// Nor where the shares could not be counted.
	let mut fund = Fund { shares: 1 << 90, amount: 1 };
	assert_eq!(fund.issue(1 << 60), None);
	assert_eq!(fund, Fund { shares: 1 << 90, amount: 1 });
}

#[test]
fn unbonding_should_fit_the_live_periods() {
	const { assert!(LIABILITY_PERIOD * (LIVE_PERIODS - 1) >= PERIOD) };
}
