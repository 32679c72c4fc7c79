//! Pledges, and what is seized.

use crate::{mock::*, *};
use assay_primitives::VestingStake;
use frame_support::{assert_noop, assert_ok};

#[test]
fn a_pledge_should_keep_as_much_as_it_is_from_being_claimed() {
	build_and_execute(|| {
		grant(ALICE, Escrowed, 3_600);
		assert_ok!(RewardVesting::pledge(&ALICE, 3_000));
		assert_eq!(last_event(), Event::Pledged { account: ALICE, plan: Escrowed, amount: 3_000 });
		pass(30);
		assert_eq!(claimable(ALICE, Escrowed), 300);
		pass(60);
		assert_eq!(claim(ALICE, Escrowed), 600);
		pass(30);
		assert_noop!(RewardVesting::claim(signed(ALICE), Escrowed, ALICE), Error::<Test>::AllPledged);
		pass(ESCROW_TERM);
		assert_noop!(RewardVesting::claim(signed(ALICE), Escrowed, ALICE), Error::<Test>::AllPledged);
		assert_eq!(held(ALICE), 3_000);
	});
}

#[test]
fn a_release_should_make_all_claimable_that_has_vested_meanwhile() {
	build_and_execute(|| {
		grant(ALICE, Escrowed, 3_600);
		assert_ok!(RewardVesting::pledge(&ALICE, 3_600));
		pass(180);
		assert_ok!(RewardVesting::release(&ALICE, 3_600));
		assert_eq!(last_event(), Event::PledgeReleased { account: ALICE, plan: Escrowed, amount: 3_600 });
		assert_eq!(claim(ALICE, Escrowed), 1_800);
	});
}

#[test]
fn only_what_is_stakeable_and_not_pledged_should_be_pledged() {
	build_and_execute(|| {
		grant(ALICE, Checker, 1_000);
		assert_noop!(RewardVesting::pledge(&ALICE, 1), Error::<Test>::NotEnoughToPledge);
		grant(ALICE, Escrowed, 1_000);
		assert_ok!(RewardVesting::pledge(&ALICE, 600));
		assert_noop!(RewardVesting::pledge(&ALICE, 401), Error::<Test>::NotEnoughToPledge);
		assert_ok!(RewardVesting::pledge(&ALICE, 400));
		assert_eq!(RewardVesting::pledged(&ALICE), Some(1_000));
		assert_noop!(RewardVesting::release(&ALICE, 1_001), Error::<Test>::NotEnoughPledged);
		assert_ok!(RewardVesting::pledge(&ALICE, 0));
		assert_ok!(RewardVesting::release(&ALICE, 0));
	});
}

#[test]
fn what_has_vested_and_was_not_claimed_should_be_pledgeable() {
	build_and_execute(|| {
		grant(ALICE, Escrowed, 1_000);
		pass(ESCROW_TERM);
		assert_ok!(RewardVesting::pledge(&ALICE, 1_000));
		assert_eq!(claimable(ALICE, Escrowed), 0);
	});
}

#[test]
fn a_pledge_should_take_from_one_plan_after_the_other() {
	build_and_execute(|| {
		CheckerTerms::set(Terms { stakeable: true, ..checker_terms() });
		grant(ALICE, Checker, 100);
		grant(ALICE, Escrowed, 100);
		assert_ok!(RewardVesting::pledge(&ALICE, 150));
		assert_eq!((ledger(ALICE, Checker).pledged, ledger(ALICE, Escrowed).pledged), (100, 50));
		assert_ok!(RewardVesting::release(&ALICE, 120));
		assert_eq!((ledger(ALICE, Checker).pledged, ledger(ALICE, Escrowed).pledged), (0, 30));
	});
}

#[test]
fn a_seizure_should_take_first_what_could_be_claimed_soonest() {
	build_and_execute(|| {
		grant(ALICE, Checker, 1_800);
		pass(50);
		grant(ALICE, Checker, 1_800);
		pass(50);
		// 1,000 and 500 have vested; 400 of the newer are on the way out.
		assert_ok!(exit(ALICE, Checker, Some(1_600 - 1_200)));
		assert_eq!(seize(ALICE, 1_000, false), 1_000);
		assert_eq!(ledger(ALICE, Checker).ready, 500);
		assert_eq!(last_event(), Event::Seized { account: ALICE, plan: Checker, amount: 1_000, pledged: false });
		assert_eq!(seize(ALICE, 550, false), 550);
		let left = ledger(ALICE, Checker);
		assert_eq!((left.ready, left.exiting.rest(), left.vesting.rest()), (0, 50, 800 + 900));
		assert_eq!(seize(ALICE, 450, false), 450);
		let left = ledger(ALICE, Checker);
		assert_eq!((left.exiting.rest(), left.vesting.rest()), (0, 1_300));
		assert_eq!(left.vesting.0.iter().map(|tranche| tranche.rest()).collect::<Vec<_>>(), [400, 900]);
	});
}

#[test]
fn a_seizure_should_spare_what_is_pledged_unless_it_is_meant() {
	build_and_execute(|| {
		grant(ALICE, ServiceFee, 500);
		grant(ALICE, Escrowed, 1_000);
		assert_ok!(RewardVesting::pledge(&ALICE, 800));
		let issuance = Balances::total_issuance();
		assert_eq!(seize(ALICE, 5_000, false), 700);
		assert_eq!(Balances::total_issuance(), issuance - 700);
		assert_eq!((held(ALICE), RewardVesting::pledged(&ALICE)), (800, Some(800)));
		assert_eq!(seize(ALICE, 300, true), 300);
		assert_eq!(last_event(), Event::Seized { account: ALICE, plan: Escrowed, amount: 300, pledged: true });
		assert_eq!((held(ALICE), RewardVesting::pledged(&ALICE)), (500, Some(500)));
		assert_eq!(seize(ALICE, 5_000, true), 500);
		assert!(!Ledgers::<Test>::contains_key(ALICE, Escrowed));
		assert_eq!(seize(ALICE, 5_000, true) + seize(ALICE, 5_000, false), 0);
		assert_eq!(free(ALICE), ENDOWMENT);
	});
}

#[test]
fn a_seizure_should_take_plans_in_their_order() {
	build_and_execute(|| {
		for plan in [Escrowed, BlockReward, Checker, ServiceFee] {
			grant(ALICE, plan, 400);
		}
		assert_eq!(seize(ALICE, 850, false), 850);
		assert_eq!(
			RewardVesting::vesting_status(ALICE).iter().map(|status| status.plan).collect::<Vec<_>>(),
			[BlockReward, Escrowed]
		);
		assert_eq!(ledger(ALICE, BlockReward).total(), 250);
	});
}

#[test]
fn a_seizure_of_a_part_should_leave_the_rest_vesting_over_the_same_time() {
	build_and_execute(|| {
		grant(ALICE, Escrowed, 3_600);
		assert_eq!(seize(ALICE, 1_800, false), 1_800);
		pass(ESCROW_TERM / 2);
		assert_eq!(claim(ALICE, Escrowed), 900);
		pass(ESCROW_TERM / 2);
		assert_eq!(claim(ALICE, Escrowed), 900);
	});
}

#[test]
fn the_empty_implementation_should_still_stake_nothing() {
	assert!(<() as VestingStake<AccountId, Balance, CreditOf<Test>>>::pledge(&ALICE, 1).is_err());
}
