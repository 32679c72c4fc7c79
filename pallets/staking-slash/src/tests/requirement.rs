//! K values, the coefficient, machines and what follows from them.

use super::*;
use sp_runtime::ArithmeticError;

fn remove_machine(who: AccountId, tier: Tier) -> DispatchResult {
	<StakingSlash as ProviderStake<_, _>>::remove_machine(&who, MachineId(0), tier, Region(0))
}

fn try_add_machine(who: AccountId, tier: Tier) -> DispatchResult {
	<StakingSlash as ProviderStake<_, _>>::add_machine(&who, MachineId(0), tier, Region(0))
}

#[test]
fn requirement_should_be_the_sum_over_all_machines() {
	build_and_execute(|| {
		assert_eq!(StakingSlash::required_stake(ALICE), 0);
		bond(ALICE, 5_000);
		add_machine(ALICE, SMALL);
		add_machine(ALICE, SMALL);
		add_machine(ALICE, LARGE);
		assert_eq!(StakingSlash::required_stake(ALICE), 2 * 300 + 900);

		assert_ok!(remove_machine(ALICE, SMALL));
		assert_eq!(StakingSlash::required_stake(ALICE), 300 + 900);
	});
}

#[test]
fn requirement_should_follow_the_coefficient() {
	build_and_execute(|| {
		bond(ALICE, 1_000);
		add_machine(ALICE, LARGE);
		assert!(is_active(ALICE));
		events();

		assert_ok!(StakingSlash::set_coefficient(RuntimeOrigin::root(), FixedU128::from_rational(10, 9)));
		assert_eq!(StakingSlash::required_stake(ALICE), 1_000);
		assert!(is_active(ALICE));

		// The product is rounded up.
		let just_more = FixedU128::from_rational(10, 9) + FixedU128::from_inner(1_000);
		assert_ok!(StakingSlash::set_coefficient(RuntimeOrigin::root(), just_more));
		assert_eq!(StakingSlash::required_stake(ALICE), 1_001);
		assert!(is_active(ALICE));
		advance(WINDOW);
		assert!(!is_active(ALICE));

		assert_ok!(StakingSlash::set_coefficient(RuntimeOrigin::root(), FixedU128::from_rational(1, 2)));
		assert_eq!(StakingSlash::required_stake(ALICE), 450);
		assert!(is_active(ALICE));
		assert_eq!(events().last(), Some(&Event::CoefficientSet { coefficient: FixedU128::from_rational(1, 2) }));
	});
}

#[test]
fn requirement_should_follow_the_tiers_stake() {
	build_and_execute(|| {
		bond(ALICE, 1_000);
		add_machine(ALICE, LARGE);
		events();

		assert_ok!(StakingSlash::set_tier_stake(RuntimeOrigin::root(), LARGE, 1_001));
		assert_eq!(StakingSlash::required_stake(ALICE), 1_001);
		advance(WINDOW);
		assert!(!is_active(ALICE));
		assert_eq!(events(), vec![Event::TierStakeSet { tier: LARGE, stake: 1_001 }]);

		bond(ALICE, 1);
		assert!(is_active(ALICE));
		assert_eq!(events().last(), Some(&Event::Reactivated { provider: ALICE }));
	});
}

#[test]
fn requirement_should_be_above_zero_when_the_coefficient_is_tiny() {
	build_and_execute(|| {
		bond(ALICE, 100);
		assert_ok!(StakingSlash::set_coefficient(RuntimeOrigin::root(), FixedU128::from_inner(1)));
		add_machine(ALICE, SMALL);
		assert_eq!(StakingSlash::required_stake(ALICE), 1);
	});
}

#[test]
fn requirement_should_saturate_when_it_overflows() {
	build_and_execute(|| {
		bond(ALICE, 600);
		add_machine(ALICE, SMALL);
		add_machine(ALICE, SMALL);
		assert_ok!(StakingSlash::set_tier_stake(RuntimeOrigin::root(), SMALL, Balance::MAX));

		assert_eq!(StakingSlash::required_stake(ALICE), Balance::MAX);
		assert!(!is_active(ALICE));
		assert_eq!(slash(ALICE, SMALL, CLIENT), Ok(600));
	});
}

#[test]
fn provider_should_not_be_active_when_nothing_is_bonded() {
	build_and_execute(|| {
		assert!(!is_active(ALICE));
		bond(ALICE, 500);
		assert!(is_active(ALICE));
		unbond(ALICE, 500);
		assert!(!is_active(ALICE));
	});
}

#[test]
fn add_machine_should_fail_when_the_bond_does_not_cover_it() {
	build_and_execute(|| {
		assert_noop!(try_add_machine(ALICE, SMALL), Error::<Test>::NotBonded);
		bond(ALICE, 899);
		assert_noop!(try_add_machine(ALICE, LARGE), Error::<Test>::BelowRequirement);
		add_machine(ALICE, SMALL);
		add_machine(ALICE, SMALL);
		assert_noop!(try_add_machine(ALICE, SMALL), Error::<Test>::BelowRequirement);
		bond(ALICE, 1);
		add_machine(ALICE, SMALL);
	});
}

#[test]
fn add_machine_should_fail_when_the_tier_has_no_stake() {
	build_and_execute(|| {
		bond(ALICE, 500);
		assert_noop!(try_add_machine(ALICE, UNKNOWN), Error::<Test>::UnknownTier);
	});
}

#[test]
fn remove_machine_should_free_the_stake() {
	build_and_execute(|| {
		bond(ALICE, 1_000);
		add_machine(ALICE, LARGE);
		assert_ok!(remove_machine(ALICE, LARGE));
		unbond(ALICE, 1_000);
	});
}

#[test]
fn remove_machine_should_fail_when_there_is_none() {
	build_and_execute(|| {
		assert_noop!(remove_machine(ALICE, LARGE), Error::<Test>::NotBonded);
		bond(ALICE, 1_000);
		add_machine(ALICE, LARGE);
		assert_noop!(remove_machine(ALICE, SMALL), Error::<Test>::NoSuchMachine);
	});
}

#[test]
fn remove_machine_should_reactivate_a_halted_provider_when_the_rest_is_covered() {
	build_and_execute(|| {
		bond(ALICE, 1_200);
		add_machine(ALICE, SMALL);
		add_machine(ALICE, LARGE);
		assert_ok!(slash(ALICE, LARGE, CLIENT));
		advance(WINDOW);
		assert!(!is_active(ALICE));

		assert_ok!(remove_machine(ALICE, SMALL));
		assert!(is_active(ALICE));
		assert_eq!(events().last(), Some(&Event::Reactivated { provider: ALICE }));
	});
}

#[test]
fn remove_machine_should_remove_the_ledger_when_nothing_is_left() {
	build_and_execute(|| {
		bond(ALICE, 300);
		add_machine(ALICE, SMALL);
		PartsOfOffences::set(SlashParts { deadline_missed: Perbill::one(), ..parts() });
		assert_eq!(slash(ALICE, SMALL, CLIENT), Ok(300));
		events();

		assert_ok!(remove_machine(ALICE, SMALL));
		assert!(!Ledgers::<Test>::contains_key(ALICE));
		assert!(!is_active(ALICE));
		assert!(events().is_empty());
	});
}

#[test]
fn set_tier_stake_should_fail_when_not_by_the_admin() {
	build_and_execute(|| {
		assert_noop!(StakingSlash::set_tier_stake(RuntimeOrigin::signed(ALICE), SMALL, 1), DispatchError::BadOrigin);
	});
}

#[test]
fn set_tier_stake_should_fail_when_the_stake_is_zero() {
	build_and_execute(|| {
		assert_noop!(StakingSlash::set_tier_stake(RuntimeOrigin::root(), SMALL, 0), Error::<Test>::ZeroTierStake);
	});
}

#[test]
fn set_tier_stake_should_fail_when_there_are_too_many_tiers() {
	build_and_execute(|| {
		assert_ok!(StakingSlash::set_tier_stake(RuntimeOrigin::root(), Tier(3), 100));
		assert_noop!(StakingSlash::set_tier_stake(RuntimeOrigin::root(), Tier(4), 100), Error::<Test>::TooManyTiers);
		assert_ok!(StakingSlash::set_tier_stake(RuntimeOrigin::root(), Tier(3), 200));
	});
}

#[test]
fn set_tier_stake_should_fail_when_it_overflows_with_the_coefficient() {
	build_and_execute(|| {
		assert_ok!(StakingSlash::set_coefficient(RuntimeOrigin::root(), FixedU128::from_u32(2)));
		assert_noop!(
			StakingSlash::set_tier_stake(RuntimeOrigin::root(), SMALL, Balance::MAX),
			ArithmeticError::Overflow
		);
	});
}

#[test]
fn set_coefficient_should_fail_when_not_by_the_admin() {
	build_and_execute(|| {
		assert_noop!(
			StakingSlash::set_coefficient(RuntimeOrigin::signed(ALICE), FixedU128::from_u32(2)),
			DispatchError::BadOrigin
		);
	});
}

#[test]
fn set_coefficient_should_fail_when_it_is_zero() {
	build_and_execute(|| {
		assert_noop!(
			StakingSlash::set_coefficient(RuntimeOrigin::root(), FixedU128::zero()),
			Error::<Test>::ZeroCoefficient
		);
	});
}

#[test]
fn set_coefficient_should_fail_when_it_overflows_with_a_tiers_stake() {
	build_and_execute(|| {
		assert_ok!(StakingSlash::set_tier_stake(RuntimeOrigin::root(), SMALL, Balance::MAX));
		assert_noop!(
			StakingSlash::set_coefficient(RuntimeOrigin::root(), FixedU128::from_u32(2)),
			ArithmeticError::Overflow
		);
	});
}

#[test]
fn stake_status_should_tell_everything() {
	build_and_execute(|| {
		assert_eq!(StakingSlash::stake_status(DEAD), StakeStatus::default());
		bond(ALICE, 2_000);
		add_machine(ALICE, LARGE);
		unbond(ALICE, 200);
		advance(1);
		unbond(ALICE, 300);
		advance(PERIOD - 1);
		assert_eq!(
			StakingSlash::stake_status(ALICE),
			StakeStatus {
				bonded: 1_500,
				required: 900,
				unbonding: 500,
				withdrawable: 200,
				active: true,
				..Default::default()
			}
		);
	});
}

fn set_threshold(tier: Tier, threshold: Balance) -> DispatchResult {
	StakingSlash::set_tier_threshold(RuntimeOrigin::root(), tier, threshold)
}

#[test]
fn add_machine_should_fail_when_own_stake_is_below_the_tiers_threshold() {
	build_and_execute(|| {
		assert_ok!(set_threshold(LARGE, 2_000));
		assert_eq!(events(), vec![Event::TierThresholdSet { tier: LARGE, threshold: 2_000 }]);
		bond(ALICE, 1_000);
		assert_ok!(StakingSlash::delegate(RuntimeOrigin::signed(BOB), ALICE, 1_000));

		// Delegated stake covers what is required, and no threshold.
		assert_noop!(try_add_machine(ALICE, LARGE), Error::<Test>::BelowThreshold);
		add_machine(ALICE, SMALL);
		bond(ALICE, 1_000);
		add_machine(ALICE, LARGE);
		// Not once for each machine.
		add_machine(ALICE, LARGE);
		assert_eq!(StakingSlash::standing(ALICE).threshold, 2_000);
	});
}

#[test]
fn unbond_should_fail_when_own_stake_would_be_below_the_threshold() {
	build_and_execute(|| {
		assert_ok!(set_threshold(LARGE, 2_000));
		assert_ok!(set_threshold(SMALL, 500));
		bond(ALICE, 2_500);
		add_machine(ALICE, LARGE);
		add_machine(ALICE, SMALL);
		assert_noop!(StakingSlash::unbond(RuntimeOrigin::signed(ALICE), 501), Error::<Test>::BelowThreshold);
		unbond(ALICE, 500);
		// The greatest counts, and goes with the last machine of its tier.
		assert_ok!(remove_machine(ALICE, LARGE));
		unbond(ALICE, 1_500);
	});
}

#[test]
fn threshold_should_not_scale_with_the_coefficient() {
	build_and_execute(|| {
		assert_ok!(set_threshold(LARGE, 1_000));
		assert_ok!(StakingSlash::set_coefficient(RuntimeOrigin::root(), FixedU128::from_rational(1, 2)));
		bond(ALICE, 999);
		assert_noop!(try_add_machine(ALICE, LARGE), Error::<Test>::BelowThreshold);
		bond(ALICE, 1);
		add_machine(ALICE, LARGE);
	});
}

#[test]
fn set_tier_threshold_should_take_it_away_when_it_is_zero() {
	build_and_execute(|| {
		assert_ok!(set_threshold(LARGE, 2_000));
		assert_ok!(set_threshold(LARGE, 0));
		assert!(Requirements::<Test>::get().thresholds.is_empty());
		bond(ALICE, 900);
		add_machine(ALICE, LARGE);
	});
}

#[test]
fn set_tier_threshold_should_fail_when_not_by_the_admin_or_for_no_tier() {
	build_and_execute(|| {
		assert_noop!(
			StakingSlash::set_tier_threshold(RuntimeOrigin::signed(ALICE), LARGE, 1),
			DispatchError::BadOrigin
		);
		assert_noop!(set_threshold(UNKNOWN, 1), Error::<Test>::UnknownTier);
	});
}

#[test]
fn tier_requirements_should_tell_what_each_tier_asks() {
	build_and_execute(|| {
		assert_ok!(set_threshold(SMALL, 400));
		assert_ok!(StakingSlash::set_coefficient(RuntimeOrigin::root(), FixedU128::from_rational(3, 2)));
		bond(ALICE, 2_000);
		bond(BOB, 2_000);
		add_machine(ALICE, SMALL);
		add_machine(BOB, SMALL);
		add_machine(BOB, LARGE);
		let small = TierRequirement { tier: SMALL, stake: 300, required: 450, threshold: 400, machines: 2 };
		let large = TierRequirement { tier: LARGE, stake: 900, required: 1_350, threshold: 0, machines: 1 };
		assert_eq!(StakingSlash::tier_requirements(), vec![small, large]);

		assert_ok!(remove_machine(BOB, LARGE));
		assert_eq!(TierMachines::<Test>::get().into_inner(), std::collections::BTreeMap::from([(SMALL, 2)]));
	});
}

#[test]
fn genesis_should_set_the_tiers_and_the_storage_version() {
	build_and_execute(|| {
		assert_eq!(TierStakes::<Test>::get(SMALL), Some(300));
		assert_eq!(TierStakes::<Test>::get(LARGE), Some(900));
		assert_eq!(TierStakes::<Test>::count(), 2);
		assert_eq!(Coefficient::<Test>::get(), FixedU128::from_u32(1));
		assert_eq!(Source::<Test>::get(), CoefficientSource::Governed);
		assert_eq!(StorageVersion::get::<StakingSlash>(), StorageVersion::new(1));
	});
}

fn build_genesis(tier_stakes: Vec<(Tier, Balance)>) {
	sp_io::TestExternalities::default().execute_with(|| {
		crate::GenesisConfig::<Test> { tier_stakes, ..Default::default() }.build();
	});
}

#[test]
#[should_panic(expected = "above zero")]
fn genesis_should_fail_when_a_stake_is_zero() {
	build_genesis(vec![(SMALL, 0)]);
}

#[test]
#[should_panic(expected = "given once")]
fn genesis_should_fail_when_a_tier_is_given_twice() {
	build_genesis(vec![(SMALL, 1), (SMALL, 2)]);
}

#[test]
#[should_panic(expected = "more tiers than MaxTiers")]
fn genesis_should_fail_when_there_are_too_many_tiers() {
	build_genesis((0..=MAX_TIERS as u8).map(|tier| (Tier(tier), 1)).collect());
}
