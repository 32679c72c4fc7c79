//! Leaving a plan early.

use crate::{mock::*, *};
use assay_primitives::VestingStake;
use frame_support::{assert_noop, assert_ok};

#[test]
fn an_exit_should_forfeit_its_part_at_once_and_vest_the_rest_over_the_shorter_term() {
	build_and_execute(|| {
		grant(ALICE, Checker, 1_800);
		assert_ok!(exit(ALICE, Checker, None));
		assert_eq!(last_event(), Event::ExitedEarly { account: ALICE, plan: Checker, amount: 1_800, forfeited: 1_350 });
		assert_eq!((free(POT), held(ALICE)), (ENDOWMENT + 1_350, 450));
		assert_eq!(claim(ALICE, Checker), 0);
		pass(EXIT_TERM / 2);
		assert_eq!(claim(ALICE, Checker), 225);
		pass(EXIT_TERM / 2);
		assert_eq!(claim(ALICE, Checker), 225);
		assert!(!Ledgers::<Test>::contains_key(ALICE, Checker));
	});
}

#[test]
fn an_exit_should_not_touch_what_has_vested() {
	build_and_execute(|| {
		grant(ALICE, Checker, 1_800);
		pass(90);
		assert_ok!(exit(ALICE, Checker, None));
		assert_eq!(free(POT), ENDOWMENT + 675);
		assert_eq!(claim(ALICE, Checker), 900);
		pass(EXIT_TERM);
		assert_eq!(claim(ALICE, Checker), 225);
	});
}

#[test]
fn a_part_that_leaves_should_be_what_would_have_taken_longest() {
	build_and_execute(|| {
		grant(ALICE, Checker, 1_800);
		pass(50);
		grant(ALICE, Checker, 1_800);
		assert_ok!(exit(ALICE, Checker, Some(1_800)));
		let first = ledger(ALICE, Checker).vesting.0;
		assert_eq!(first.iter().map(|tranche| (tranche.first, tranche.amount)).collect::<Vec<_>>(), [(1, 1_800)]);
		pass(CHECKER_TERM);
		assert_eq!(claim(ALICE, Checker), 1_800 + 450);
	});
}

#[test]
fn the_forfeit_should_be_rounded_up() {
	build_and_execute(|| {
		grant(ALICE, Checker, 100);
		assert_ok!(exit(ALICE, Checker, Some(1)));
		assert_eq!((free(POT), held(ALICE)), (ENDOWMENT + 1, 99));
		assert!(ledger(ALICE, Checker).exiting.0.is_empty());
	});
}

#[test]
fn what_is_on_the_way_out_should_not_leave_again() {
	build_and_execute(|| {
		grant(ALICE, Checker, 1_800);
		assert_ok!(exit(ALICE, Checker, None));
		assert_noop!(exit(ALICE, Checker, None), Error::<Test>::NothingToExit);
		assert_noop!(exit(ALICE, Checker, Some(1)), Error::<Test>::NotEnoughVesting);
	});
}

#[test]
fn an_exit_should_fail_when_it_cannot_be() {
	build_and_execute(|| {
		grant(ALICE, ServiceFee, 100);
		assert_noop!(exit(ALICE, ServiceFee, None), Error::<Test>::NoEarlyExit);
		assert_noop!(exit(ALICE, Checker, None), Error::<Test>::NothingToExit);
		grant(ALICE, Checker, 100);
		assert_noop!(exit(ALICE, Checker, Some(0)), Error::<Test>::NothingToExit);
		assert_noop!(exit(ALICE, Checker, Some(101)), Error::<Test>::NotEnoughVesting);
		assert_noop!(RewardVesting::exit_early(RuntimeOrigin::root(), Checker, None), DispatchError::BadOrigin);
	});
}

#[test]
fn what_is_pledged_should_not_leave() {
	build_and_execute(|| {
		CheckerTerms::set(Terms { stakeable: true, ..checker_terms() });
		grant(ALICE, Checker, 1_000);
		assert_ok!(RewardVesting::pledge(&ALICE, 700));
		assert_noop!(exit(ALICE, Checker, Some(301)), Error::<Test>::NotEnoughVesting);
		assert_ok!(exit(ALICE, Checker, None));
		assert_eq!(held(ALICE), 700 + 75);
	});
}

#[test]
fn the_preview_should_be_what_the_exit_does() {
	build_and_execute(|| {
		assert_eq!(RewardVesting::exit_preview(ALICE, Checker, None), None);
		assert_eq!(RewardVesting::exit_preview(ALICE, ServiceFee, None), None);
		grant(ALICE, Checker, 1_801);
		pass(33);
		let preview = RewardVesting::exit_preview(ALICE, Checker, Some(777)).unwrap();
		assert_eq!(preview, ExitPreview { amount: 777, forfeited: 583, kept: 194, complete: 34 + EXIT_TERM });
		assert_ok!(exit(ALICE, Checker, Some(777)));
		assert_eq!(free(POT), ENDOWMENT + 583);
		let exiting = ledger(ALICE, Checker).exiting;
		assert_eq!((exiting.rest(), exiting.complete(checker_terms().exit_line())), (194, Some(preview.complete)));
		let all = RewardVesting::exit_preview(ALICE, Checker, None).unwrap();
		assert_eq!(all.amount, ledger(ALICE, Checker).vesting.rest());
	});
}

#[test]
fn what_left_early_should_have_vested_when_the_exit_is_abolished() {
	build_and_execute(|| {
		grant(ALICE, Checker, 1_800);
		assert_ok!(exit(ALICE, Checker, None));
		CheckerTerms::set(plain(CHECKER_TERM));
		assert_eq!(claim(ALICE, Checker), 450);
	});
}
