//! Shortages, their windows, and halted providers.

use super::*;

/// ALICE with a bond of 1,000 for a large machine, in block 1.
fn provider() {
	bond(ALICE, 1_000);
	add_machine(ALICE, LARGE);
	events();
}

fn set_stake(stake: Balance) {
	assert_ok!(StakingSlash::set_tier_stake(RuntimeOrigin::root(), LARGE, stake));
}

fn set_coefficient(percent: u32) {
	let coefficient = FixedU128::from_rational(percent.into(), 100);
	assert_ok!(StakingSlash::set_coefficient(RuntimeOrigin::root(), coefficient));
}

fn note(who: AccountId) -> DispatchResultWithPostInfo {
	StakingSlash::note_shortfall(RuntimeOrigin::signed(CLIENT), who)
}

fn top_up(until: u32) -> Standing<u32> {
	Standing::TopUp { until }
}

#[test]
fn window_should_begin_with_the_slash() {
	build_and_execute(|| {
		provider();
		advance(4);
		assert_ok!(slash(ALICE, LARGE, CLIENT));
		let shortfall = Event::Shortfall {
			provider: ALICE,
			backing: 700,
			required: 900,
			own: 700,
			threshold: 0,
			until: 5 + WINDOW,
		};
		assert_eq!(events().last(), Some(&shortfall));
		assert_eq!(
			StakingSlash::standing(ALICE),
			ProviderStanding {
				standing: top_up(5 + WINDOW),
				short_since: Some(5),
				own: 700,
				backing: 700,
				required: 900,
				threshold: 0,
			}
		);

		advance(WINDOW - 1);
		assert!(is_active(ALICE));
		advance(1);
		assert!(!is_active(ALICE));
		assert_eq!(standing(ALICE), Standing::Halted);
		// Nobody has looked, so nobody was told.
		assert_eq!(events(), vec![]);
	});
}

#[test]
fn window_should_begin_with_the_refresh() {
	build_and_execute(|| {
		provider();
		assert_ok!(StakingSlash::follow_network(RuntimeOrigin::root()));
		Emitted::set(1_080);
		leap(MONTH);
		assert_eq!(StakingSlash::required_stake(ALICE), 1_080);
		leap(MONTH + 6);
		assert_eq!(standing(ALICE), top_up(MONTH + WINDOW));

		leap(MONTH + WINDOW);
		assert_eq!(standing(ALICE), Standing::Halted);
		// The next raise finds a provider that has been short for a month, and gives it no window.
		Emitted::mutate(|emitted| *emitted += 1_300);
		leap(2 * MONTH);
		assert_eq!(StakingSlash::required_stake(ALICE), 1_300);
		assert_eq!(standing(ALICE), Standing::Halted);
	});
}

#[test]
fn window_should_begin_with_the_raise_of_a_k_value() {
	build_and_execute(|| {
		provider();
		advance(2);
		set_stake(1_100);
		advance(5);
		assert_eq!(standing(ALICE), top_up(3 + WINDOW));
		advance(5);
		assert_eq!(standing(ALICE), Standing::Halted);
		bond(ALICE, 100);
		assert_eq!(standing(ALICE), Standing::Active);
	});
}

#[test]
fn window_should_begin_with_the_raise_of_a_threshold() {
	build_and_execute(|| {
		provider();
		assert_ok!(StakingSlash::set_tier_threshold(RuntimeOrigin::root(), LARGE, 1_200));
		assert_eq!(standing(ALICE), top_up(1 + WINDOW));
		assert_ok!(note(ALICE));
		let shortfall = Event::Shortfall {
			provider: ALICE,
			backing: 1_000,
			required: 900,
			own: 1_000,
			threshold: 1_200,
			until: 1 + WINDOW,
		};
		assert_eq!(events().last(), Some(&shortfall));
		advance(WINDOW);
		assert_eq!(standing(ALICE), Standing::Halted);
		bond(ALICE, 200);
		assert_eq!(events().last(), Some(&Event::Reactivated { provider: ALICE }));
	});
}

#[test]
fn window_should_begin_when_delegators_leave() {
	build_and_execute(|| {
		bond(ALICE, 600);
		assert_ok!(StakingSlash::delegate(RuntimeOrigin::signed(BOB), ALICE, 600));
		add_machine(ALICE, LARGE);
		advance(1);
		events();
		assert_ok!(StakingSlash::undelegate(RuntimeOrigin::signed(BOB), ALICE, 400));
		assert!(events().iter().any(|event| matches!(event, Event::Shortfall { backing: 800, until: 12, .. })));
		advance(WINDOW);
		assert_eq!(standing(ALICE), Standing::Halted);

		assert_ok!(StakingSlash::delegate(RuntimeOrigin::signed(BOB), ALICE, 100));
		assert!(events().contains(&Event::Reactivated { provider: ALICE }));
		// That shortage is over: the next one has a window of its own.
		assert_ok!(StakingSlash::undelegate(RuntimeOrigin::signed(BOB), ALICE, 100));
		assert_eq!(standing(ALICE), top_up(12 + WINDOW));
	});
}

#[test]
fn window_should_not_begin_again_when_the_provider_tops_up_in_part() {
	build_and_execute(|| {
		provider();
		assert_ok!(slash(ALICE, LARGE, CLIENT));
		advance(3);
		bond(ALICE, 100);
		assert_eq!(standing(ALICE), top_up(1 + WINDOW));
		advance(3);
		assert_noop!(note(ALICE), Error::<Test>::NothingToNote);
		bond(ALICE, 50);
		assert_eq!(standing(ALICE), top_up(1 + WINDOW));
		advance(WINDOW);
		bond(ALICE, 49);
		assert_eq!(standing(ALICE), Standing::Halted);
		bond(ALICE, 1);
		assert_eq!(standing(ALICE), Standing::Active);
	});
}

#[test]
fn window_should_not_begin_again_when_there_is_another_slash() {
	build_and_execute(|| {
		bond(ALICE, 2_700);
		for _ in 0..3 {
			add_machine(ALICE, LARGE);
		}
		assert_ok!(slash(ALICE, LARGE, CLIENT));
		advance(4);
		assert_ok!(slash(ALICE, LARGE, CLIENT));
		assert_eq!(standing(ALICE), top_up(1 + WINDOW));
		assert_eq!(events().iter().filter(|event| matches!(event, Event::Shortfall { .. })).count(), 1);
	});
}

#[test]
fn window_should_begin_anew_when_the_shortage_had_ended() {
	build_and_execute(|| {
		provider();
		assert_ok!(slash(ALICE, LARGE, CLIENT));
		advance(5);
		bond(ALICE, 200);
		assert_eq!(events().last(), Some(&Event::ShortfallEnded { provider: ALICE }));
		advance(5);
		assert_ok!(slash(ALICE, LARGE, CLIENT));
		assert_eq!(standing(ALICE), top_up(11 + WINDOW));
	});
}

#[test]
fn window_should_begin_anew_when_a_lowering_ended_the_shortage_unseen() {
	build_and_execute(|| {
		provider();
		assert_ok!(slash(ALICE, LARGE, CLIENT));
		advance(2);
		set_stake(700);
		assert_eq!(standing(ALICE), Standing::Active);
		advance(50);
		set_stake(800);
		assert_eq!(standing(ALICE), top_up(53 + WINDOW));
		// Whoever looks writes the same down.
		advance(2);
		assert_ok!(note(ALICE));
		assert_eq!(standing(ALICE), top_up(53 + WINDOW));
		assert_noop!(note(ALICE), Error::<Test>::NothingToNote);
	});
}

#[test]
fn window_should_run_on_when_a_lowering_does_not_end_the_shortage() {
	build_and_execute(|| {
		provider();
		set_stake(1_200);
		advance(4);
		set_stake(1_100);
		assert_eq!(standing(ALICE), top_up(1 + WINDOW));
		advance(WINDOW);
		assert_eq!(standing(ALICE), Standing::Halted);
		// Nor does a raise give a new one to who was short before it.
		set_stake(1_150);
		assert_eq!(standing(ALICE), Standing::Halted);
	});
}

#[test]
fn window_should_begin_with_the_last_of_raises_that_come_close_together() {
	build_and_execute(|| {
		provider();
		set_stake(1_050);
		advance(4);
		set_coefficient(110);
		assert_eq!(standing(ALICE), top_up(5 + WINDOW));
		advance(WINDOW);
		assert_eq!(standing(ALICE), Standing::Halted);
	});
}

#[test]
fn window_should_be_whole_when_a_provider_is_short_by_the_second_raise_alone() {
	build_and_execute(|| {
		provider();
		set_stake(950);
		advance(WINDOW - 1);
		set_stake(1_100);
		assert_eq!(standing(ALICE), top_up(2 * WINDOW));
	});
}

#[test]
fn window_should_not_be_when_less_than_the_floor_is_covered() {
	build_and_execute(|| {
		provider();
		set_stake(2_001);
		assert_eq!(standing(ALICE), Standing::Halted);
		set_stake(2_000);
		assert_eq!(standing(ALICE), top_up(1 + WINDOW));
		assert_ok!(StakingSlash::set_tier_threshold(RuntimeOrigin::root(), LARGE, 2_001));
		assert_eq!(standing(ALICE), Standing::Halted);
	});
}

#[test]
fn provider_should_be_reactivated_within_its_window_when_it_rises_above_the_floor() {
	build_and_execute(|| {
		provider();
		assert_ok!(slash(ALICE, LARGE, CLIENT));
		assert_ok!(slash(ALICE, LARGE, CLIENT));
		assert_eq!(events().last(), Some(&Event::Halted { provider: ALICE, bonded: 400, required: 900 }));
		advance(3);
		bond(ALICE, 50);
		assert_eq!(standing(ALICE), top_up(1 + WINDOW));
		assert!(events().contains(&Event::Reactivated { provider: ALICE }));
	});
}

#[test]
fn provider_should_be_halted_when_it_has_no_stake_of_its_own() {
	build_and_execute(|| {
		assert_eq!(standing(ALICE), Standing::Unstaked);
		provider();
		PartsOfOffences::set(SlashParts { deadline_missed: Perbill::one(), ..parts() });
		assert_ok!(slash(ALICE, LARGE, CLIENT));
		assert_ok!(slash(ALICE, LARGE, CLIENT));
		assert_eq!(standing(ALICE), Standing::Halted);
		assert_ok!(<StakingSlash as ProviderStake<_, _>>::remove_machine(&ALICE, MachineId(0), LARGE, Region(0)));
		assert_eq!(standing(ALICE), Standing::Unstaked);
		assert!(!is_active(ALICE));
	});
}

#[test]
fn calls_should_demand_full_cover_within_the_window() {
	build_and_execute(|| {
		provider();
		assert_ok!(slash(ALICE, LARGE, CLIENT));
		assert!(is_active(ALICE));
		let add = || <StakingSlash as ProviderStake<_, _>>::add_machine(&ALICE, MachineId(0), SMALL, Region(0));
		assert_noop!(add(), Error::<Test>::BelowRequirement);
		assert_noop!(StakingSlash::unbond(RuntimeOrigin::signed(ALICE), 1), Error::<Test>::BelowRequirement);
	});
}

#[test]
fn note_shortfall_should_tell_of_each_turn_once() {
	build_and_execute(|| {
		provider();
		assert_noop!(note(ALICE), Error::<Test>::NothingToNote);
		assert_noop!(note(BOB), Error::<Test>::NotBonded);
		set_stake(1_100);
		events();

		assert_ok!(note(ALICE));
		assert!(matches!(events()[..], [Event::Shortfall { provider: ALICE, until: 11, .. }]));
		assert_noop!(note(ALICE), Error::<Test>::NothingToNote);
		advance(WINDOW);
		assert_ok!(note(ALICE));
		assert_eq!(events(), vec![Event::Halted { provider: ALICE, bonded: 1_000, required: 1_100 }]);
		assert_noop!(note(ALICE), Error::<Test>::NothingToNote);
		set_stake(1_000);
		events();
		assert_ok!(note(ALICE));
		assert_eq!(events(), vec![Event::Reactivated { provider: ALICE }]);
		assert_noop!(note(ALICE), Error::<Test>::NothingToNote);
	});
}

#[test]
fn note_shortfall_should_return_the_weight_of_the_tiers_read() {
	build_and_execute(|| {
		provider();
		set_stake(1_100);
		assert_eq!(note(ALICE).unwrap().actual_weight, Some(<() as WeightInfo>::note_shortfall(1)));
	});
}

#[test]
fn standing_should_be_the_same_whether_it_was_noted_or_not() {
	build_and_execute(|| {
		provider();
		bond(BOB, 1_000);
		add_machine(BOB, LARGE);
		set_stake(1_100);
		advance(2);
		assert_ok!(note(BOB));
		for _ in 0..WINDOW {
			assert_eq!(standing(ALICE), standing(BOB));
			advance(1);
		}
		advance(WINDOW);
		set_stake(1_200);
		assert_eq!([standing(ALICE), standing(BOB)], [Standing::Halted; 2]);
	});
}

#[test]
fn shortage_should_be_told_to_have_ended_when_machines_are_added_after_a_lowering() {
	build_and_execute(|| {
		provider();
		assert_ok!(slash(ALICE, LARGE, CLIENT));
		set_stake(300);
		events();
		add_machine(ALICE, SMALL);
		assert_eq!(events(), vec![Event::ShortfallEnded { provider: ALICE }]);
		assert_eq!(Ledgers::<Test>::get(ALICE).unwrap().shortage, None);
	});
}

#[test]
fn removing_machines_should_end_the_shortage() {
	build_and_execute(|| {
		bond(ALICE, 1_200);
		add_machine(ALICE, LARGE);
		add_machine(ALICE, SMALL);
		assert_ok!(slash(ALICE, LARGE, CLIENT));
		events();
		assert_ok!(<StakingSlash as ProviderStake<_, _>>::remove_machine(&ALICE, MachineId(0), SMALL, Region(0)));
		assert_eq!(events(), vec![Event::ShortfallEnded { provider: ALICE }]);
		assert_eq!(standing(ALICE), Standing::Active);
	});
}
