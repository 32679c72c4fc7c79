//! Granting and claiming.

use crate::{mock::*, *};
use assay_primitives::VestingStake;
use frame_support::{assert_noop, assert_ok};

#[test]
fn vest_should_put_tokens_on_hold_in_the_accounts_own_balance() {
	build_and_execute(|| {
		grant(ALICE, Checker, 1_800);
		assert_eq!((free(ALICE), held(ALICE)), (ENDOWMENT, 1_800));
		assert_eq!(last_event(), Event::Granted { account: ALICE, plan: Checker, at_once: 0, vesting: 1_800 });
	});
}

#[test]
fn vest_should_pay_a_part_at_once_when_the_plan_says_so() {
	build_and_execute(|| {
		grant(ALICE, BlockReward, 1_001);
		assert_eq!((free(ALICE), held(ALICE)), (ENDOWMENT + 250, 751));
		assert_eq!(last_event(), Event::Granted { account: ALICE, plan: BlockReward, at_once: 250, vesting: 751 });
	});
}

#[test]
fn vest_should_do_nothing_when_there_is_nothing() {
	build_and_execute(|| {
		grant(ALICE, Checker, 0);
		assert!(events().is_empty());
		assert!(!Ledgers::<Test>::contains_key(ALICE, Checker));
	});
}

#[test]
fn vest_should_give_all_back_when_the_account_does_not_exist() {
	build_and_execute(|| {
		assert_eq!(vest(NOBODY, Checker, 1_000), 1_000);
		assert!(!System::account_exists(&NOBODY));
		assert!(events().is_empty());
		// What would be paid at once is less than the existential deposit.
		assert_eq!(vest(NOBODY, BlockReward, 19), 19);
		assert!(!System::account_exists(&NOBODY));
	});
}

#[test]
fn vest_should_open_an_account_when_what_is_paid_at_once_keeps_it_alive() {
	build_and_execute(|| {
		grant(NOBODY, BlockReward, 20);
		assert_eq!((free(NOBODY), held(NOBODY)), (ED, 15));
	});
}

#[test]
fn vest_should_give_all_back_when_the_account_can_take_no_more_references() {
	build_and_execute(|| {
		while System::inc_consumers(&ALICE).is_ok() {}
		assert_eq!(vest(ALICE, Checker, 1_000), 1_000);
		assert_eq!((free(ALICE), held(ALICE)), (ENDOWMENT, 0));
		assert!(!Ledgers::<Test>::contains_key(ALICE, Checker));
	});
}

#[test]
fn vest_should_give_all_back_when_it_does_not_fit() {
	build_and_execute(|| {
		grant(ALICE, Checker, 1);
		pass(3);
		assert_eq!(vest(ALICE, Checker, Balance::MAX / 2), Balance::MAX / 2);
		assert_eq!((free(ALICE), held(ALICE)), (ENDOWMENT, 1));
	});
}

#[test]
fn claim_should_release_what_has_vested_for_anybody_who_asks() {
	build_and_execute(|| {
		grant(ALICE, Checker, 1_800);
		pass(90);
		assert_ok!(RewardVesting::claim(signed(BOB), Checker, ALICE));
		assert_eq!((free(ALICE), held(ALICE), free(BOB)), (ENDOWMENT + 900, 900, ENDOWMENT));
		assert_eq!(last_event(), Event::Claimed { account: ALICE, plan: Checker, amount: 900 });
	});
}

#[test]
fn claim_should_fail_when_nothing_has_vested_since_the_last() {
	build_and_execute(|| {
		let call = || RewardVesting::claim(signed(ALICE), Checker, ALICE);
		assert_noop!(call(), Error::<Test>::NothingVested);
		grant(ALICE, Checker, 1_800);
		assert_noop!(call(), Error::<Test>::NothingVested);
		pass(1);
		assert_ok!(call());
		assert_noop!(call(), Error::<Test>::NothingVested);
		assert_noop!(RewardVesting::claim(RuntimeOrigin::root(), Checker, ALICE), DispatchError::BadOrigin);
	});
}

#[test]
fn claim_should_leave_nothing_behind_when_all_has_vested() {
	build_and_execute(|| {
		for n in 0..100u32 {
			grant(ALICE, ServiceFee, Balance::from(n) + 1);
			pass(1);
		}
		pass(SERVICE_TERM);
		assert_eq!(claim(ALICE, ServiceFee), 5_050);
		assert!(!Ledgers::<Test>::contains_key(ALICE, ServiceFee));
		assert_eq!(held(ALICE), 0);
	});
}

#[test]
fn plans_should_not_mix() {
	build_and_execute(|| {
		grant(ALICE, ServiceFee, 600);
		grant(ALICE, Escrowed, 3_600);
		grant(BOB, ServiceFee, 60);
		pass(30);
		assert_eq!(claim(ALICE, ServiceFee), 300);
		assert_eq!(claim(ALICE, Escrowed), 300);
		assert_eq!(claim(BOB, ServiceFee), 30);
	});
}

#[test]
fn nothing_should_be_claimable_before_the_cliff() {
	build_and_execute(|| {
		Cliff::set(Some(20));
		grant(ALICE, ServiceFee, 600);
		pass(19);
		assert_eq!(claim(ALICE, ServiceFee), 0);
		assert_eq!(status(ALICE, ServiceFee).next, Some(21));
		pass(1);
		assert_eq!(claim(ALICE, ServiceFee), 200);
	});
}

#[test]
fn status_should_say_what_vests_and_until_when() {
	build_and_execute(|| {
		assert!(RewardVesting::vesting_status(ALICE).is_empty());
		grant(ALICE, Checker, 1_800);
		grant(ALICE, Escrowed, 360);
		pass(100);
		assert_ok!(exit(ALICE, Checker, Some(400)));
		assert_ok!(RewardVesting::pledge(&ALICE, 300));
		let checker = PlanStatus {
			plan: Checker,
			vesting: 500,
			exiting: 100,
			vested: 1_000,
			claimable: 1_000,
			pledged: 0,
			next: Some(102),
			complete: Some(181),
		};
		let escrowed = PlanStatus {
			plan: Escrowed,
			vesting: 260,
			exiting: 0,
			vested: 100,
			claimable: 60,
			pledged: 300,
			next: Some(102),
			complete: Some(361),
		};
		assert_eq!(RewardVesting::vesting_status(ALICE), [checker, escrowed]);
	});
}

#[test]
fn longer_terms_should_never_take_back_what_has_vested() {
	build_and_execute(|| {
		grant(ALICE, Checker, 1_800);
		pass(90);
		assert_eq!(claim(ALICE, Checker), 900);
		CheckerTerms::set(Terms { term: 1_800, ..checker_terms() });
		pass(90);
		assert_eq!(claim(ALICE, Checker), 0);
		pass(1_800);
		assert_eq!(claim(ALICE, Checker), 900);
	});
}
