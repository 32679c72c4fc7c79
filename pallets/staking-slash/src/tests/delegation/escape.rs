//! Slashes, and attempts to escape them.

use super::*;

#[test]
fn slash_should_be_shared_pro_rata_and_round_against_the_provider() {
	with_providers(|| {
		delegate(DORA, ALICE, 1_000);
		delegate(EMIL, ALICE, 4_000);
		assert_eq!(slash_stake(ALICE, 1, 1_000), 1_000);
		// 666.67 own, rounded up.
		assert_eq!(bonded(ALICE), 10_000 - 667);
		assert_eq!(pool_of(ALICE).stake, 5_000 - 333);
		assert_eq!((value(DORA, ALICE), value(EMIL, ALICE)), (933, 3_733));
	});
}

#[test]
fn reported_offence_should_cost_the_delegators_their_part() {
	with_providers(|| {
		add_machine(ALICE, LARGE);
		delegate(DORA, ALICE, 5_000);
		assert_eq!(slash(ALICE, LARGE, CLIENT), Ok(300));
		assert_eq!(bonded(ALICE), 9_800);
		assert_eq!(pool_of(ALICE).stake, 4_900);
		// Half of what ALICE bore.
		assert_eq!(free(CLIENT), ENDOWMENT + 100);
	});
}

#[test]
fn reported_offence_should_cost_the_delegators_when_the_provider_has_gone() {
	with_providers(|| {
		delegate(DORA, ALICE, 5_000);
		unbond(ALICE, 10_000);
		advance(PERIOD);
		assert_ok!(StakingSlash::withdraw_unbonded(signed(ALICE)));
		assert_eq!(Ledgers::<Test>::get(ALICE), None);
		assert_eq!(slash(ALICE, LARGE, CLIENT), Ok(300));
		assert_eq!(value(DORA, ALICE), 4_700);
	});
}

#[test]
fn stake_should_not_escape_a_pending_slash_by_undelegating() {
	with_providers(|| {
		delegate(DORA, ALICE, 5_000);
		delegate(EMIL, ALICE, 5_000);
		let offence_at = System::block_number();
		advance(1);
		undelegate(DORA, ALICE, 5_000);
		advance(SLASH_WINDOW);

		events();
		assert_eq!(slash_stake(ALICE, offence_at, 4_000), 4_000);
		assert_eq!(
			events(),
			vec![Event::DelegationSlashed { provider: ALICE, from_pool: 1_000, from_unbonding: 1_000, booked: 0 }]
		);
		advance(PERIOD);
		let before = free(DORA);
		assert_ok!(StakingSlash::withdraw_delegation(signed(DORA), ALICE));
		assert_eq!(free(DORA), before + 4_000);
		assert_eq!(value(EMIL, ALICE), 4_000);
	});
}

#[test]
fn stake_should_not_escape_a_pending_slash_by_a_move() {
	with_providers(|| {
		delegate(DORA, ALICE, 5_000);
		delegate(EMIL, ALICE, 5_000);
		let offence_at = System::block_number();
		advance(1);
		events();
		move_stake(DORA, ALICE, BOB, 5_000);
		let until = System::block_number() + PERIOD;
		assert_eq!(
			events().last(),
			Some(&Event::DelegationMoved {
				delegator: DORA,
				from: ALICE,
				to: BOB,
				amount: 5_000,
				shares: 5_000,
				liable_until: until
			})
		);
		// It counts at once.
		assert_eq!((pool_of(BOB).stake, pooled(BOB), pooled(ALICE)), (5_000, 5_000, 5_000));
		assert_noop!(StakingSlash::collect_liability(signed(CLIENT), DORA, BOB), Error::<Test>::NothingToCollect);

		advance(SLASH_WINDOW);
		assert_eq!(slash_stake(ALICE, offence_at, 4_000), 3_000);
		assert_eq!(
			events(),
			vec![Event::DelegationSlashed { provider: ALICE, from_pool: 1_000, from_unbonding: 0, booked: 1_000 }]
		);
		assert_eq!((value(DORA, BOB), status(DORA, BOB).owed, status(DORA, BOB).liable), (5_000, 1_000, 4_000));

		let (treasury, issuance) = (free(TREASURY), Balances::total_issuance());
		collect(DORA, BOB);
		assert_eq!(
			events(),
			vec![Event::LiabilityCollected {
				delegator: DORA,
				provider: BOB,
				offender: ALICE,
				owed: 1_000,
				to_treasury: 250,
				burned: 750
			}]
		);
		assert_eq!((value(DORA, BOB), status(DORA, BOB).owed), (4_000, 0));
		assert_eq!((free(TREASURY), Balances::total_issuance()), (treasury + 250, issuance - 750));
		assert_noop!(StakingSlash::collect_liability(signed(CLIENT), DORA, BOB), Error::<Test>::NothingToCollect);
	});
}

#[test]
fn owed_stake_should_be_collected_with_every_touch() {
	let touches: [fn(); 4] = [
		|| delegate(DORA, BOB, 100),
		|| undelegate(DORA, BOB, 100),
		|| move_stake(DORA, BOB, GRETA, 100),
		|| {
			assert_ok!(StakingSlash::claim_delegation_reward(signed(DORA), BOB, false));
		},
	];
	for touch in touches {
		with_providers(|| {
			delegate(DORA, ALICE, 5_000);
			move_stake(DORA, ALICE, BOB, 5_000);
			reward(BOB, 1_000).unwrap();
			slash_stake(ALICE, 1, 1_500);
			assert_eq!(status(DORA, BOB).owed, 500);
			touch();
			assert_eq!(status(DORA, BOB).owed, 0);
			assert!(events().iter().any(|event| matches!(event, Event::LiabilityCollected { owed: 500, .. })));
		});
	}
}

#[test]
fn moved_stake_should_stay_liable_after_being_undelegated() {
	with_providers(|| {
		delegate(DORA, ALICE, 5_000);
		let offence_at = System::block_number();
		move_stake(DORA, ALICE, BOB, 5_000);
		advance(5);
		undelegate(DORA, BOB, 5_000);
		slash_stake(ALICE, offence_at, 3_000);
		assert_eq!(status(DORA, BOB).owed, 1_000);
		advance(PERIOD);
		let before = free(DORA);
		assert_ok!(StakingSlash::withdraw_delegation(signed(DORA), BOB));
		assert_eq!(free(DORA), before + 4_000);
		assert_eq!(StakingSlash::delegation(BOB, DORA), None);
	});
}

#[test]
fn stake_should_not_escape_by_moving_on() {
	with_providers(|| {
		delegate(DORA, ALICE, 5_000);
		let offence_at = System::block_number();
		move_stake(DORA, ALICE, BOB, 5_000);
		move_stake(DORA, BOB, GRETA, 5_000);
		assert_eq!(StakingSlash::delegation(BOB, DORA), None);
		slash_stake(ALICE, offence_at, 3_000);
		slash_stake(BOB, offence_at, 3_000);
		assert_eq!(status(DORA, GRETA).owed, 2_000);
		collect(DORA, GRETA);
		assert_eq!(value(DORA, GRETA), 3_000);
	});
}

#[test]
fn stake_should_not_escape_by_moving_on_in_parts() {
	with_providers(|| {
		delegate(DORA, ALICE, 1_000);
		let offence_at = System::block_number();
		move_stake(DORA, ALICE, BOB, 1_000);
		// A part on its way out and another moved on: the liability goes along with each.
		undelegate(DORA, BOB, 500);
		move_stake(DORA, BOB, GRETA, 300);
		assert_eq!((status(DORA, BOB).liable, status(DORA, GRETA).liable), (700, 300 + 300));
		slash_stake(ALICE, offence_at, Balance::MAX);
		collect(DORA, BOB);
		collect(DORA, GRETA);
		assert_eq!((value(DORA, BOB), status(DORA, BOB).unbonding, value(DORA, GRETA)), (0, 0, 0));
	});
}

#[test]
fn chunks_should_not_be_withdrawn_from_under_a_liability() {
	with_providers(|| {
		delegate(DORA, BOB, 1_000);
		undelegate(DORA, BOB, 1_000);
		advance(PERIOD - 1);
		delegate(DORA, ALICE, 1_000);
		let offence_at = System::block_number();
		move_stake(DORA, ALICE, BOB, 1_000);
		// The older chunk backs the liability as well, so a quarter goes along.
		move_stake(DORA, BOB, GRETA, 500);
		assert_eq!((status(DORA, BOB).liable, status(DORA, GRETA).liable), (750, 250 + 500));
		advance(1);
		assert_noop!(StakingSlash::withdraw_delegation(signed(DORA), BOB), Error::<Test>::StillLiable);
		slash_stake(ALICE, offence_at, Balance::MAX);
		collect(DORA, BOB);
		collect(DORA, GRETA);
		assert_eq!((status(DORA, BOB).unbonding, value(DORA, GRETA)), (750, 250));
		// Nothing is liable any more but to BOB.
		assert_ok!(StakingSlash::withdraw_delegation(signed(DORA), BOB));
	});
}

#[test]
fn chunks_should_be_withdrawn_when_the_rest_backs_the_liabilities() {
	with_providers(|| {
		delegate(DORA, BOB, 1_000);
		undelegate(DORA, BOB, 1_000);
		delegate(DORA, ALICE, 1_000);
		advance(PERIOD);
		move_stake(DORA, ALICE, BOB, 1_000);
		assert_ok!(StakingSlash::withdraw_delegation(signed(DORA), BOB));
		assert_eq!((status(DORA, BOB).liable, value(DORA, BOB)), (1_000, 1_000));
	});
}

#[test]
fn stake_should_not_escape_by_leaving_between_two_moves() {
	with_providers(|| {
		delegate(DORA, ALICE, 600);
		let offence_at = System::block_number();
		move_stake(DORA, ALICE, BOB, 500);
		undelegate(DORA, BOB, 400);
		advance(1);
		move_stake(DORA, ALICE, BOB, 100);
		move_stake(DORA, BOB, GRETA, 100);
		advance(PERIOD - 1);
		assert_noop!(StakingSlash::withdraw_delegation(signed(DORA), BOB), Error::<Test>::StillLiable);
		slash_stake(ALICE, offence_at, Balance::MAX);
		assert_eq!((status(DORA, BOB).owed, status(DORA, GRETA).owed), (500, 100));
		collect(DORA, BOB);
		collect(DORA, GRETA);
		assert_eq!((pooled(BOB), pooled(GRETA)), (0, 0));
	});
}

#[test]
fn stake_should_be_slashed_once_after_moves_forth_and_back() {
	with_providers(|| {
		delegate(DORA, ALICE, 5_000);
		delegate(EMIL, ALICE, 5_000);
		let offence_at = System::block_number();
		for _ in 0..3 {
			move_stake(DORA, ALICE, BOB, 5_000);
			move_stake(DORA, BOB, ALICE, 5_000);
		}
		// Back where it was, it is liable there as before; what it is liable for to BOB is booked thrice over.
		assert_eq!(Departed::<Test>::iter_prefix_values(ALICE).count(), 0);
		assert_eq!(slash_stake(ALICE, offence_at, 4_000), 4_000);
		assert_eq!((bonded(ALICE), value(DORA, ALICE), value(EMIL, ALICE)), (8_000, 4_000, 4_000));
		assert_eq!(status(DORA, ALICE).owed, 0);
	});
}

#[test]
fn stake_should_be_slashed_twice_for_two_offences() {
	with_providers(|| {
		delegate(DORA, ALICE, 5_000);
		delegate(EMIL, ALICE, 5_000);
		undelegate(DORA, ALICE, 2_500);
		move_stake(DORA, ALICE, BOB, 2_500);
		slash_stake(ALICE, 1, 2_000);
		collect(DORA, BOB);
		slash_stake(ALICE, 1, 1_900);
		collect(DORA, BOB);
		// A fifth and then 19 % of what was left, but for a unit of rounding against those who left.
		assert_eq!((bonded(ALICE), value(EMIL, ALICE)), (8_050, 4_026));
		assert_eq!((status(DORA, ALICE).unbonding, value(DORA, BOB)), (2_012, 2_012));
	});
}

#[test]
fn slash_above_what_is_left_should_take_everything() {
	with_providers(|| {
		delegate(DORA, ALICE, 3_000);
		undelegate(DORA, ALICE, 1_000);
		move_stake(DORA, ALICE, BOB, 1_000);
		assert_eq!(slash_stake(ALICE, 1, 1_000_000), 12_000);
		collect(DORA, BOB);
		assert_eq!((bonded(ALICE), pooled(ALICE), pooled(BOB)), (0, 0, 0));
		assert_eq!(slash_stake(ALICE, 1, 1_000_000), 0);
		// What is worth nothing any more is cleared away.
		advance(PERIOD);
		assert_ok!(StakingSlash::withdraw_delegation(signed(DORA), ALICE));
		assert_eq!(Positions::<Test>::iter().count(), 0);
		assert_eq!(Departed::<Test>::iter().count(), 0);
	});
}

#[test]
fn stake_that_left_in_an_earlier_period_should_not_be_slashed() {
	with_providers(|| {
		delegate(DORA, ALICE, 5_000);
		delegate(EMIL, ALICE, 5_000);
		undelegate(DORA, ALICE, 2_000);
		move_stake(DORA, ALICE, BOB, 3_000);
		advance(LIABILITY_PERIOD);
		let offence_at = System::block_number();
		assert_eq!(slash_stake(ALICE, offence_at, 3_000), 3_000);
		assert_eq!((status(DORA, ALICE).unbonding, status(DORA, BOB).owed), (2_000, 0));
		assert_eq!((bonded(ALICE), value(EMIL, ALICE)), (8_000, 4_000));
	});
}

#[test]
fn debt_should_not_lapse_when_the_liability_is_over() {
	with_providers(|| {
		delegate(DORA, ALICE, 5_000);
		move_stake(DORA, ALICE, BOB, 5_000);
		slash_stake(ALICE, 1, 3_000);
		advance(PERIOD * 3);
		// Nothing new reaches it, and what was owed still is.
		slash_stake(ALICE, 1, 3_000);
		assert_eq!((status(DORA, BOB).owed, status(DORA, BOB).liable), (1_000, 0));
		collect(DORA, BOB);
		assert_eq!(value(DORA, BOB), 4_000);
		assert_eq!(Departed::<Test>::iter().count(), 0);
	});
}

#[test]
fn what_a_position_cannot_pay_should_be_lost() {
	with_providers(|| {
		delegate(DORA, ALICE, 5_000);
		move_stake(DORA, ALICE, BOB, 5_000);
		slash_stake(BOB, 1, 12_000);
		slash_stake(ALICE, 1, 7_500);
		assert_eq!((value(DORA, BOB), status(DORA, BOB).owed), (1_000, 2_500));
		events();
		collect(DORA, BOB);
		assert_eq!(
			events(),
			vec![Event::LiabilityCollected {
				delegator: DORA,
				provider: BOB,
				offender: ALICE,
				owed: 2_500,
				to_treasury: 250,
				burned: 750
			}]
		);
		assert_eq!(value(DORA, BOB), 0);
	});
}

#[test]
fn move_should_fail_when_it_is_not_allowed() {
	with_providers(|| {
		let moving = |from, to, amount| StakingSlash::move_delegation(signed(DORA), from, to, amount);
		assert_noop!(moving(ALICE, BOB, 100), Error::<Test>::NotDelegated);
		delegate(DORA, ALICE, 5_000);
		assert_noop!(moving(ALICE, BOB, 0), Error::<Test>::ZeroAmount);
		assert_noop!(moving(ALICE, ALICE, 100), Error::<Test>::SameProvider);
		assert_noop!(moving(ALICE, CLIENT, 100), Error::<Test>::NotBonded);
		assert_noop!(moving(ALICE, BOB, 49), Error::<Test>::BelowMinDelegation);
		assert_noop!(moving(ALICE, BOB, 4_951), Error::<Test>::BelowMinDelegation);
		delegate(EMIL, BOB, 9_000);
		assert_noop!(moving(ALICE, BOB, 1_001), Error::<Test>::DelegationCapReached);
		for _ in 0..MAX_LIABILITIES {
			move_stake(DORA, ALICE, GRETA, 100);
			advance(LIABILITY_PERIOD);
		}
		assert_noop!(moving(ALICE, GRETA, 100), Error::<Test>::TooManyLiabilities);
		// The first is over one unbonding period after its move.
		advance(PERIOD - MAX_LIABILITIES * LIABILITY_PERIOD);
		move_stake(DORA, ALICE, GRETA, 100);
	});
}

/// All of the storage: key and value.
fn storage() -> std::collections::BTreeMap<Vec<u8>, Vec<u8>> {
	let mut all = std::collections::BTreeMap::new();
	let mut key = Vec::new();
	while let Some(next) = sp_io::storage::next_key(&key) {
		all.insert(next.clone(), sp_io::storage::get(&next).unwrap().to_vec());
		key = next;
	}
	all
}

#[test]
fn slash_should_touch_as_much_storage_with_ten_thousand_delegators() {
	let changed = [10u64, 10_000].map(|delegators| {
		let mut changed = 0;
		new_test_ext().execute_with(|| {
			assert_ok!(Balances::mint_into(&ALICE, 10_000_000));
			bond(ALICE, 10_000_000);
			for who in 1_000..1_000 + delegators {
				assert_ok!(Balances::mint_into(&who, 1_000));
				delegate(who, ALICE, 100);
				if who % 2 == 0 {
					undelegate(who, ALICE, 50);
				}
			}
			// No position can be read that is not there.
			let _ = Positions::<Test>::clear(u32::MAX, None);
			let before = storage();
			System::reset_events();
			assert_eq!(slash_stake(ALICE, 1, 1_000_000), 1_000_000);
			let after = storage();
			let events = frame_support::storage::storage_prefix(b"System", b"Event");
			let is_state = |key: &[u8]| !key.starts_with(&events[..16]) || key.len() > 48;
			changed = after.iter().filter(|(key, value)| is_state(key) && before.get(*key) != Some(value)).count();
		});
		changed
	});
	assert_eq!(changed[0], changed[1]);
}
