//! Slashes.

use super::*;

/// What an offence with a [`LARGE`] machine costs: a third of 900, rounded up from 299.9999997.
const LARGE_SLASH: Balance = 300;

#[test]
fn slash_should_divide_what_it_takes() {
	build_and_execute(|| {
		bond(ALICE, 1_200);
		add_machine(ALICE, LARGE);
		events();
		let issuance = Balances::total_issuance();

		assert_eq!(slash(ALICE, LARGE, CLIENT), Ok(LARGE_SLASH));

		assert_eq!(bonded(ALICE), 900);
		assert_eq!(held(ALICE), 900);
		assert_eq!(free(ALICE), ENDOWMENT - 1_200);
		assert_eq!(free(CLIENT), ENDOWMENT + 150);
		assert_eq!(free(TREASURY), EXISTENTIAL_DEPOSIT + 75);
		assert_eq!(Balances::total_issuance(), issuance - 75);
		assert_eq!(
			events(),
			vec![Event::Slashed {
				slash: None,
				provider: ALICE,
				machine: MachineId(NextSubject::get() - 1),
				offence: Offence::DeadlineMissed,
				tier: LARGE,
				amount: 300,
				from_bond: 0,
				from_rewards: 0,
				from_vesting: 0,
				from_stake: 300,
				debt: 0,
				wronged: Some(CLIENT),
				to_wronged: 150,
				reporter: None,
				to_reporter: 0,
				to_treasury: 75,
				burned: 75,
			}]
		);
	});
}

#[test]
fn slash_should_scale_with_the_coefficient() {
	build_and_execute(|| {
		bond(ALICE, 2_000);
		add_machine(ALICE, LARGE);
		assert_ok!(StakingSlash::set_coefficient(RuntimeOrigin::root(), FixedU128::from_rational(3, 2)));

		assert_eq!(slash(ALICE, LARGE, CLIENT), Ok(450));
	});
}

#[test]
fn slash_should_burn_the_dust_when_the_parts_do_not_divide() {
	build_and_execute(|| {
		assert_ok!(StakingSlash::set_tier_stake(RuntimeOrigin::root(), SMALL, 100));
		bond(ALICE, 1_000);
		add_machine(ALICE, SMALL);
		events();

		// A third of 100, rounded up.
		assert_eq!(slash(ALICE, SMALL, CLIENT), Ok(34));
		match events().as_slice() {
			[Event::Slashed { amount: 34, to_wronged: 17, to_treasury: 8, burned: 9, .. }] => (),
			other => panic!("{other:?}"),
		}
	});
}

#[test]
fn slash_should_take_unbonding_chunks_when_the_bond_does_not_suffice() {
	build_and_execute(|| {
		bond(ALICE, 1_000);
		unbond(ALICE, 200);
		advance(1);
		unbond(ALICE, 250);
		advance(1);
		unbond(ALICE, 450);
		assert_ok!(StakingSlash::set_tier_stake(RuntimeOrigin::root(), LARGE, 2_400));

		// 100 from the bond, 450 and 250 from the newest chunks.
		assert_eq!(slash(ALICE, LARGE, CLIENT), Ok(800));

		assert_eq!(bonded(ALICE), 0);
		assert_eq!(chunks(ALICE), vec![(200, 51)]);
		assert_eq!(held(ALICE), 200);
	});
}

#[test]
fn slash_should_take_a_part_of_a_chunk_when_that_suffices() {
	build_and_execute(|| {
		bond(ALICE, 500);
		unbond(ALICE, 100);
		advance(1);
		unbond(ALICE, 400);

		assert_eq!(slash(ALICE, LARGE, CLIENT), Ok(LARGE_SLASH));
		assert_eq!(chunks(ALICE), vec![(100, 51), (100, 52)]);
	});
}

#[test]
fn slash_should_take_chunks_when_they_could_be_withdrawn() {
	build_and_execute(|| {
		bond(ALICE, 500);
		unbond(ALICE, 500);
		advance(PERIOD);

		assert_eq!(slash(ALICE, LARGE, CLIENT), Ok(LARGE_SLASH));
		assert_ok!(StakingSlash::withdraw_unbonded(RuntimeOrigin::signed(ALICE)));
		assert_eq!(free(ALICE), ENDOWMENT - LARGE_SLASH);
	});
}

#[test]
fn slash_should_take_what_is_left_when_it_asks_for_more() {
	build_and_execute(|| {
		bond(ALICE, 900);
		add_machine(ALICE, LARGE);
		for _ in 0..3 {
			assert_eq!(slash(ALICE, LARGE, CLIENT), Ok(LARGE_SLASH));
		}
		assert_eq!(held(ALICE), 0);
		events();

		assert_eq!(slash(ALICE, LARGE, CLIENT), Ok(0));

		assert_eq!(free(ALICE), ENDOWMENT - 900);
		assert_eq!(free(CLIENT), ENDOWMENT + 450);
		match events().as_slice() {
			[Event::DebtIncurred { amount: 300, debt: 300, .. }, Event::Slashed { amount: 0, burned: 0, debt: 300, .. }] =>
				{},
			other => panic!("{other:?}"),
		}
		// The machine is still registered, so the ledger stays.
		assert!(Ledgers::<Test>::contains_key(ALICE));
		assert_eq!(System::consumers(&ALICE), 0);
	});
}

#[test]
fn slash_should_remove_the_ledger_when_nothing_is_left() {
	build_and_execute(|| {
		bond(ALICE, 200);
		assert_eq!(slash(ALICE, LARGE, CLIENT), Ok(200));
		assert!(!Ledgers::<Test>::contains_key(ALICE));
	});
}

#[test]
fn slash_should_count_twice_when_applied_twice() {
	build_and_execute(|| {
		bond(ALICE, 2_000);
		add_machine(ALICE, LARGE);

		assert_eq!(slash(ALICE, LARGE, CLIENT), Ok(LARGE_SLASH));
		assert_eq!(slash(ALICE, LARGE, BOB), Ok(LARGE_SLASH));

		assert_eq!(bonded(ALICE), 2_000 - 2 * LARGE_SLASH);
		assert_eq!(free(CLIENT), ENDOWMENT + 150);
		assert_eq!(free(BOB), ENDOWMENT + 150);
		assert_eq!(free(TREASURY), EXISTENTIAL_DEPOSIT + 150);
	});
}

#[test]
fn slash_should_pay_the_treasury_when_the_wronged_account_is_dead() {
	build_and_execute(|| {
		bond(ALICE, 1_000);
		assert_ok!(StakingSlash::set_tier_stake(RuntimeOrigin::root(), SMALL, 30));
		events();

		// 5 would go to the wronged account, which is below the existential deposit.
		assert_eq!(slash(ALICE, SMALL, DEAD), Ok(10));

		assert!(!System::account_exists(&DEAD));
		assert_eq!(free(TREASURY), EXISTENTIAL_DEPOSIT + 7);
		match events().as_slice() {
			[Event::Slashed { amount: 10, wronged: Some(DEAD), to_wronged: 0, to_treasury: 7, burned: 3, .. }] => (),
			other => panic!("{other:?}"),
		}
	});
}

#[test]
fn slash_should_revive_the_wronged_account_when_its_part_suffices() {
	build_and_execute(|| {
		bond(ALICE, 1_000);
		assert_eq!(slash(ALICE, LARGE, DEAD), Ok(LARGE_SLASH));
		assert_eq!(free(DEAD), 150);
	});
}

#[test]
fn slash_should_cost_a_provider_that_is_its_own_client() {
	build_and_execute(|| {
		bond(ALICE, 1_000);
		assert_eq!(slash(ALICE, LARGE, ALICE), Ok(LARGE_SLASH));
		assert_eq!(Balances::total_balance(&ALICE), ENDOWMENT - LARGE_SLASH / 2);
	});
}

#[test]
fn slash_should_burn_everything_when_both_shares_are_zero() {
	build_and_execute(|| {
		WrongedShare::set(Perbill::zero());
		TreasuryShare::set(Perbill::zero());
		bond(ALICE, 1_000);
		let issuance = Balances::total_issuance();

		assert_eq!(slash(ALICE, LARGE, CLIENT), Ok(LARGE_SLASH));

		assert_eq!(Balances::total_issuance(), issuance - LARGE_SLASH);
		assert_eq!(free(CLIENT), ENDOWMENT);
	});
}

#[test]
fn slash_should_fail_when_there_is_no_such_tier() {
	build_and_execute(|| {
		bond(ALICE, 1_000);
		assert_noop!(slash(ALICE, UNKNOWN, CLIENT), Error::<Test>::UnknownTier);
	});
}

#[test]
fn slash_should_halt_the_provider_at_once_when_it_loses_more_than_the_floor_allows() {
	build_and_execute(|| {
		bond(ALICE, 1_000);
		add_machine(ALICE, LARGE);
		assert_ok!(slash(ALICE, LARGE, CLIENT));
		assert!(is_active(ALICE));
		events();

		assert_ok!(slash(ALICE, LARGE, CLIENT));
		assert!(!is_active(ALICE));
		assert_eq!(events().last(), Some(&Event::Halted { provider: ALICE, bonded: 400, required: 900 }));

		// Still halted: the third slash does not say it again, nor does a top-up that is too small.
		assert_ok!(slash(ALICE, LARGE, CLIENT));
		bond(ALICE, 349);
		advance(WINDOW);
		bond(ALICE, 450);
		assert!(!is_active(ALICE));
		assert!(!events().iter().any(|event| matches!(event, Event::Halted { .. } | Event::Reactivated { .. })));

		bond(ALICE, 1);
		assert!(is_active(ALICE));
		assert_eq!(events().last(), Some(&Event::Reactivated { provider: ALICE }));
	});
}

#[test]
fn rebond_should_reactivate_a_halted_provider() {
	build_and_execute(|| {
		bond(ALICE, 1_300);
		add_machine(ALICE, LARGE);
		unbond(ALICE, 400);
		assert_ok!(slash(ALICE, LARGE, CLIENT));
		advance(WINDOW);
		assert!(!is_active(ALICE));

		assert_ok!(StakingSlash::rebond(RuntimeOrigin::signed(ALICE), 300));
		assert!(is_active(ALICE));
		assert_eq!(events().last(), Some(&Event::Reactivated { provider: ALICE }));
	});
}

#[test]
fn slash_preview_should_tell_what_a_slash_takes() {
	build_and_execute(|| {
		assert_eq!(
			StakingSlash::slash_preview(LARGE, Offence::DeadlineMissed, None, false),
			Some(SlashSplit { amount: 300, to_wronged: 150, to_reporter: 0, to_treasury: 75, burned: 75 })
		);
		assert_eq!(
			StakingSlash::slash_preview(LARGE, Offence::WrongWork, None, true),
			Some(SlashSplit { amount: 900, to_wronged: 450, to_reporter: 225, to_treasury: 225, burned: 0 })
		);
		assert_eq!(StakingSlash::slash_preview(UNKNOWN, Offence::DeadlineMissed, None, false), None);
	});
}

#[test]
#[should_panic(expected = "less stake on hold than in the ledger")]
fn slash_should_be_defensive_when_the_hold_is_below_the_ledger() {
	build_and_execute(|| {
		bond(ALICE, 1_000);
		Ledgers::<Test>::mutate(ALICE, |ledger| ledger.as_mut().unwrap().bonded = 2_000);
		assert_ok!(StakingSlash::set_tier_stake(RuntimeOrigin::root(), LARGE, 6_000));
		let _ = slash(ALICE, LARGE, CLIENT);
	});
}
