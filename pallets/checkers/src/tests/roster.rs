//! Joining, leaving, and losing a seat.

use crate::{mock::*, *};
use frame_support::{
	assert_noop, assert_ok,
	traits::{fungible::InspectHold, tokens::Fortitude},
};
use sp_runtime::TokenError;

#[test]
fn join_should_hold_a_bond_and_give_a_seat() {
	build_and_execute(|| {
		assert_ok!(CheckersPallet::join(signed(21)));
		assert_ok!(CheckersPallet::join(signed(22)));
		assert_eq!(Balances::balance_on_hold(&HoldReason::CheckerBond.into(), &21), BOND);
		assert_eq!((checker(21).seat, checker(22).seat), (Some(0), Some(1)));
		assert_eq!(events().first(), Some(&Event::Joined { checker: 21, bond: BOND }));
		assert_noop!(CheckersPallet::join(signed(21)), Error::<Test>::AlreadyJoined);
	});
}

#[test]
fn join_should_fail_when_there_is_too_little() {
	build_and_execute(|| {
		assert_noop!(CheckersPallet::join(signed(POOR)), TokenError::FundsUnavailable);
		assert_eq!(Balances::reducible_total_balance_on_hold(&POOR, Fortitude::Force), 0);
	});
}

#[test]
fn leave_should_move_the_last_seat_into_the_gap() {
	build_and_execute(|| {
		seat_all();
		assert_ok!(CheckersPallet::leave(signed(22)));
		assert_eq!(checker(25).seat, Some(1));
		assert_eq!(checker(22).seat, None);
		assert_eq!(events().last(), Some(&Event::Left { checker: 22, free_at: 21 }));
		assert_ok!(CheckersPallet::leave(signed(24)));
		assert_eq!(Roster::<Test>::count(), 3);
		assert_noop!(CheckersPallet::leave(signed(22)), Error::<Test>::NotSeated);
		assert_noop!(CheckersPallet::leave(signed(CLIENT)), Error::<Test>::NotChecker);
	});
}

#[test]
fn bond_should_come_back_when_its_time_is_over_and_no_duty_is_left() {
	build_and_execute(|| {
		let job = drawn(false);
		let who = members(job)[0];
		assert_noop!(CheckersPallet::withdraw(signed(who)), Error::<Test>::StillSeated);
		assert_ok!(CheckersPallet::leave(signed(who)));
		let free_at = checker(who).free_at;
		assert_noop!(CheckersPallet::withdraw(signed(who)), Error::<Test>::DutiesOpen);
		abandon(job);
		assert_noop!(CheckersPallet::withdraw(signed(who)), Error::<Test>::BondNotFree);
		run_to(free_at);
		assert_ok!(CheckersPallet::withdraw(signed(who)));
		assert_eq!(Balances::free_balance(who), ENDOWMENT);
		assert_noop!(CheckersPallet::withdraw(signed(who)), Error::<Test>::NotChecker);
	});
}

#[test]
fn checker_should_come_back_with_its_bond_when_it_joins_after_leaving() {
	build_and_execute(|| {
		assert_ok!(CheckersPallet::join(signed(21)));
		assert_ok!(CheckersPallet::leave(signed(21)));
		assert_ok!(CheckersPallet::join(signed(21)));
		assert_eq!(Balances::balance_on_hold(&HoldReason::CheckerBond.into(), &21), BOND);
		assert_eq!(checker(21).seat, Some(0));
	});
}

#[test]
fn checker_should_lose_its_seat_when_it_is_silent_too_often() {
	build_and_execute(|| {
		MaxAttempts::set(10);
		CommitteeSize::set(5);
		seat_all();
		let job = committed(false);
		for _ in 0..3 {
			assert_eq!(Roster::<Test>::count(), 5);
			next_epoch();
			// Nobody speaks.
			run_to(check(job).until + 2);
		}
		assert_eq!(Roster::<Test>::count(), 0);
		assert_eq!(checker(21).bond, BOND - 3 * 20);
		assert!(CHECKERS.into_iter().all(|who| checker(who).duties == 0));
		// Whoever tops up is back.
		assert_ok!(CheckersPallet::join(signed(21)));
		assert_eq!((checker(21).bond, checker(21).silences), (BOND, 0));
		// Too few are left: the result is paid for.
		next_epoch();
		assert_eq!(conclusions(job), vec![Conclusion::NoCommittee]);
		assert_eq!(Results::get(job).unwrap().open, 0);
		CommitteeSize::set(3);
		MaxAttempts::set(2);
	});
}

/// Who puts up two silences' cost after every second one would keep its seat for ever, and speak never.
#[test]
fn silences_should_go_on_in_a_row_when_a_seated_checker_tops_up() {
	build_and_execute(|| {
		seat_all();
		Checkers::<Test>::mutate_extant(21, |entry| {
			entry.silences = 2;
			entry.bond -= 40;
		});
		let _ = Balances::slash(&HoldReason::CheckerBond.into(), &21, 40);
		assert_ok!(CheckersPallet::join(signed(21)));
		assert_eq!((checker(21).bond, checker(21).silences), (BOND, 2));
	});
}

#[test]
fn silences_should_go_on_in_a_row_when_a_check_ends_before_a_checker_has_spoken() {
	build_and_execute(|| {
		seat_all();
		let set = |who: AccountId| Checkers::<Test>::mutate_extant(who, |entry| entry.silences = 2);
		CHECKERS.into_iter().for_each(set);
		let silences = |who: &AccountId| checker(*who).silences;

		// One has committed, which can be to anything.
		let job = drawn(true);
		let (right, committee) = (honest(job), members(job));
		assert_ok!(commit_vote(committee[0], job, &right));
		dispute(job, WRONG_UNIT, true);
		assert_eq!(committee.iter().map(silences).collect::<Vec<_>>(), [2, 2, 2]);

		// One has revealed.
		let job = drawn(true);
		let (right, committee) = (honest(job), members(job));
		for who in &committee {
			assert_ok!(commit_vote(*who, job, &right));
		}
		assert_ok!(reveal_vote(committee[0], job, &right));
		refute_beside(job);
		assert_eq!(committee.iter().map(silences).collect::<Vec<_>>(), [0, 2, 2]);
		assert!(committee.iter().all(|who| checker(*who).bond == BOND && checker(*who).seat.is_some()));
	});
}
