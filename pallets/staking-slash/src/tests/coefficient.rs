//! The coefficient that follows the network.

use super::*;
use frame_support::traits::Hooks;

fn follow() {
	assert_ok!(StakingSlash::follow_network(RuntimeOrigin::root()));
}

/// Have `amount` emitted for capacity.
fn emit(amount: Balance) {
	Emitted::mutate(|emitted| *emitted += amount);
}

fn coefficient() -> FixedU128 {
	Coefficient::<Test>::get()
}

/// ALICE with K values of 1,500: two small machines and a large one.
fn network() {
	bond(ALICE, 50_000);
	add_machine(ALICE, SMALL);
	add_machine(ALICE, SMALL);
	add_machine(ALICE, LARGE);
	follow();
	events();
}

/// Thousandths, cut off.
fn thousandths(of: FixedU128) -> u128 {
	of.into_inner() / 1_000_000_000_000_000
}

#[test]
fn coefficient_should_be_what_the_months_say_when_reckoned_by_hand() {
	// K values of 1,500; at least 1/4, at most 8, at most 3/2 up or down at once.
	let months = [
		// emitted, coefficient in thousandths
		(1_500, 1_000), // 1,500 ÷ 1,500
		(1_800, 1_200), // 1,800 ÷ 1,500
		(600, 800),     // 0.4, but at least 1.2 ÷ 1.5
		(600, 533),     // 0.4, but at least 0.8 ÷ 1.5
		(600, 400),     // 0.4 in the end
		(150, 266),     // 0.1, which is 0.25 at the least, but at least 0.4 ÷ 1.5
		(150, 250),     // 0.25
		(15_000, 375),  // 10, which is 8 at the most, but at most 0.25 × 1.5
		(0, 375),       // nothing said
		(750, 500),     // 0.5
	];
	build_and_execute(|| {
		network();
		for (month, (emitted, expected)) in (1u32..).zip(months) {
			emit(emitted);
			leap(month * MONTH - 1);
			assert_eq!(events(), vec![], "the coefficient stands still between");
			leap(month * MONTH);
			assert_eq!(thousandths(coefficient()), expected, "month {month}");
			let coefficient = coefficient();
			assert_eq!(events(), vec![Event::CoefficientRefreshed { month, emitted, staked: 1_500, coefficient }]);
		}
	});
}

#[test]
fn coefficient_should_reach_its_bounds_and_stay_there() {
	build_and_execute(|| {
		network();
		for month in 1..=20 {
			emit(1_000_000_000);
			leap(month * MONTH);
		}
		assert_eq!(coefficient(), MaxCoefficient::get());
		for month in 21..=50 {
			emit(1);
			leap(month * MONTH);
		}
		assert_eq!(coefficient(), MinCoefficient::get());
	});
}

#[test]
fn coefficient_should_count_the_staked_months() {
	build_and_execute(|| {
		StakedMonths::set(FixedU128::from_rational(1, 2));
		network();
		emit(3_600);
		leap(MONTH);
		assert_eq!(thousandths(coefficient()), 1_200);
	});
}

#[test]
fn coefficient_should_stay_when_no_machine_is_registered() {
	build_and_execute(|| {
		follow();
		events();
		emit(1_000_000);
		leap(MONTH);
		let coefficient = FixedU128::from_u32(1);
		let refreshed = Event::CoefficientRefreshed { month: 1, emitted: 1_000_000, staked: 0, coefficient };
		assert_eq!(events(), vec![refreshed]);
		// What was emitted then is not counted again.
		network_with(1_500, 2);
	});
}

/// Register ALICE's machines, emit `amount` and see the coefficient of one stay at that in `month`.
fn network_with(amount: Balance, month: u32) {
	bond(ALICE, 50_000);
	for tier in [SMALL, SMALL, LARGE] {
		add_machine(ALICE, tier);
	}
	emit(amount);
	leap(month * MONTH);
	assert_eq!(coefficient(), FixedU128::from_u32(1));
}

#[test]
fn coefficient_should_rise_by_no_more_than_a_step_when_all_other_machines_go() {
	build_and_execute(|| {
		network();
		bond(BOB, 50_000);
		for _ in 0..50 {
			add_machine(BOB, LARGE);
		}
		emit(46_500);
		leap(MONTH);
		assert_eq!(coefficient(), FixedU128::from_u32(1));
		for _ in 0..50 {
			assert_ok!(<StakingSlash as ProviderStake<_, _>>::remove_machine(&BOB, MachineId(0), LARGE, Region(0)));
		}
		emit(46_500);
		leap(2 * MONTH);
		assert_eq!(coefficient(), FixedU128::from_rational(3, 2));
		assert_eq!(StakingSlash::required_stake(ALICE), 2_250);
	});
}

#[test]
fn coefficient_should_count_k_values_as_they_are_when_the_month_ends() {
	build_and_execute(|| {
		network();
		emit(2_100);
		leap(MONTH / 2);
		assert_ok!(StakingSlash::set_tier_stake(RuntimeOrigin::root(), SMALL, 600));
		leap(MONTH);
		// 2 × 600 + 900.
		assert_eq!(coefficient(), FixedU128::from_u32(1));
		assert!(matches!(events().last(), Some(Event::CoefficientRefreshed { staked: 2_100, .. })));
	});
}

#[test]
fn coefficient_should_catch_up_once_with_the_mean_when_months_were_skipped() {
	build_and_execute(|| {
		network();
		emit(1_500);
		leap(MONTH);
		events();

		emit(5_400);
		leap(4 * MONTH + 17);
		assert_eq!(thousandths(coefficient()), 1_200);
		let coefficient = coefficient();
		let refreshed = Event::CoefficientRefreshed { month: 4, emitted: 1_800, staked: 1_500, coefficient };
		assert_eq!(events(), vec![refreshed]);
		leap(4 * MONTH + 18);
		assert_eq!(events(), vec![]);

		// One step, however many months it was.
		emit(15_000_000);
		leap(14 * MONTH);
		assert_eq!(thousandths(Coefficient::<Test>::get()), 1_800);
	});
}

#[test]
fn coefficient_should_take_the_mean_since_genesis_when_the_chain_learns_to_count_late() {
	build_and_execute(|| {
		network();
		emit(7_500);
		leap(5 * MONTH);
		assert!(matches!(events().last(), Some(Event::CoefficientRefreshed { month: 5, emitted: 1_500, .. })));
	});
}

#[test]
fn coefficient_should_stay_when_it_is_governed() {
	build_and_execute(|| {
		network();
		assert_ok!(StakingSlash::set_coefficient(RuntimeOrigin::root(), FixedU128::from_u32(2)));
		assert_eq!(Source::<Test>::get(), CoefficientSource::Governed);
		emit(1_500_000);
		events();
		leap(MONTH);
		assert_eq!(coefficient(), FixedU128::from_u32(2));
		assert_eq!(events(), vec![]);

		// The emission of a governed month is not counted in a later one.
		follow();
		emit(3_000);
		leap(2 * MONTH);
		assert_eq!(coefficient(), FixedU128::from_u32(2));
	});
}

#[test]
fn coefficient_should_walk_into_its_bounds_when_governance_left_it_outside() {
	build_and_execute(|| {
		network();
		assert_ok!(StakingSlash::set_coefficient(RuntimeOrigin::root(), FixedU128::from_rational(1, 10)));
		follow();
		for (month, expected) in [(1, 150), (2, 225), (3, 250)] {
			emit(1);
			leap(month * MONTH);
			assert_eq!(thousandths(coefficient()), expected);
		}
	});
}

#[test]
fn coefficient_should_stay_when_a_k_value_could_not_be_multiplied() {
	build_and_execute(|| {
		network();
		assert_ok!(StakingSlash::set_tier_stake(RuntimeOrigin::root(), Tier(3), Balance::MAX));
		emit(3_000);
		leap(MONTH);
		assert_eq!(coefficient(), FixedU128::from_u32(1));
		assert_eq!(LastRefresh::<Test>::get(), Refresh { month: 1, emitted: 3_000 });
	});
}

#[test]
fn follow_network_should_fail_when_not_by_the_admin_or_when_it_does_already() {
	build_and_execute(|| {
		assert_noop!(StakingSlash::follow_network(RuntimeOrigin::signed(ALICE)), DispatchError::BadOrigin);
		follow();
		assert_eq!(events(), vec![Event::CoefficientFollowsNetwork]);
		assert_noop!(StakingSlash::follow_network(RuntimeOrigin::root()), Error::<Test>::AlreadyFollowing);
	});
}

#[test]
fn coefficient_status_should_tell_what_a_refresh_would_make_of_it() {
	build_and_execute(|| {
		network();
		emit(1_800);
		leap(40);
		let status = StakingSlash::coefficient_status();
		assert_eq!(thousandths(status.projected), 1_200);
		assert_eq!(
			status,
			CoefficientStatus {
				coefficient: FixedU128::from_u32(1),
				source: CoefficientSource::Network,
				refresh_at: MONTH,
				emitted: 1_800,
				staked: 1_500,
				projected: status.projected,
			}
		);
		leap(MONTH);
		assert_eq!(coefficient(), status.projected);
		assert_eq!(StakingSlash::coefficient_status().emitted, 0);
		assert_eq!(StakingSlash::coefficient_status().refresh_at, 2 * MONTH);
	});
}

#[test]
fn hook_should_cost_one_read_when_no_month_begins() {
	build_and_execute(|| {
		let read =
			<<Test as frame_system::Config>::DbWeight as Get<frame_support::weights::RuntimeDbWeight>>::get().reads(1);
		assert_eq!(StakingSlash::on_initialize(MONTH - 1), read);
		System::set_block_number(MONTH);
		assert_eq!(StakingSlash::on_initialize(MONTH), <() as WeightInfo>::refresh_coefficient(2));
		assert_eq!(StakingSlash::on_initialize(MONTH), read);
	});
}

#[test]
fn genesis_should_follow_the_network_when_it_says_so() {
	sp_io::TestExternalities::default().execute_with(|| {
		crate::GenesisConfig::<Test> { follow_network: true, ..Default::default() }.build();
		assert_eq!(Source::<Test>::get(), CoefficientSource::Network);
	});
}
