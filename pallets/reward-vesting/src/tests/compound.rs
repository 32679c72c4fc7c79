//! What pledged tokens earn.

use crate::{mock::*, *};
use assay_primitives::{RewardPayee, VestingStake};
use frame_support::assert_ok;

fn pledged(who: AccountId, amount: Balance) {
	grant(who, Escrowed, amount);
	assert_ok!(RewardVesting::pledge(&who, amount));
}

#[test]
fn a_reward_should_stay_liquid_when_nothing_is_pledged() {
	build_and_execute(|| {
		grant(ALICE, Escrowed, 100);
		assert_eq!(pay(ALICE, 1_000), 0);
		assert_eq!((free(ALICE), held(ALICE)), (ENDOWMENT + 1_000, 100));
	});
}

#[test]
fn a_reward_should_vest_in_proportion_to_the_pledge() {
	build_and_execute(|| {
		Bond::set(200);
		pledged(ALICE, 100);
		assert_eq!(pay(ALICE, 1_000), 0);
		assert_eq!(last_event(), Event::Compounded { account: ALICE, plan: Escrowed, amount: 333 });
		assert_eq!((free(ALICE), held(ALICE)), (ENDOWMENT + 667, 433));
		assert_eq!(RewardVesting::pledged(&ALICE), Some(100));
		// It vests from now on, and can be pledged.
		assert_ok!(RewardVesting::pledge(&ALICE, 333));
	});
}

#[test]
fn all_of_a_reward_should_vest_when_nothing_else_is_at_stake() {
	build_and_execute(|| {
		pledged(ALICE, 100);
		pass(10);
		assert_eq!(pay(ALICE, 1_000), 0);
		assert_eq!((free(ALICE), held(ALICE)), (ENDOWMENT, 1_100));
		pass(ESCROW_TERM);
		assert_eq!(claim(ALICE, Escrowed), 1_000);
	});
}

#[test]
fn nobody_else_should_pay_for_it() {
	build_and_execute(|| {
		BackersPart::set(Perbill::from_percent(40));
		Bond::set(100);
		pledged(ALICE, 100);
		assert_eq!(pay(ALICE, 1_000), 0);
		assert_eq!(free(BACKER), ENDOWMENT + 400);
		assert_eq!((free(ALICE), held(ALICE)), (ENDOWMENT + 300, 100 + 300));
	});
}

#[test]
fn pledges_of_plans_that_do_not_compound_should_earn_liquid_tokens() {
	build_and_execute(|| {
		CheckerTerms::set(Terms { stakeable: true, ..checker_terms() });
		grant(ALICE, Checker, 100);
		pledged(ALICE, 100);
		assert_ok!(RewardVesting::pledge(&ALICE, 100));
		assert_eq!(RewardVesting::pledged(&ALICE), Some(200));
		assert_eq!(pay(ALICE, 1_000), 0);
		assert_eq!((ledger(ALICE, Checker).total(), ledger(ALICE, Escrowed).total()), (100, 600));
		assert_eq!(free(ALICE), ENDOWMENT + 500);
	});
}

#[test]
fn a_reward_should_stay_liquid_when_it_does_not_fit() {
	build_and_execute(|| {
		pledged(ALICE, 100);
		Ledgers::<Test>::mutate(ALICE, Escrowed, |ledger| {
			ledger.vesting.0.last_mut().unwrap().moment = u128::MAX;
		});
		pass(1);
		assert_eq!(pay(ALICE, 1_000), 0);
		assert_eq!((free(ALICE), held(ALICE)), (ENDOWMENT + 1_000, 100));
		Ledgers::<Test>::mutate(ALICE, Escrowed, |ledger| ledger.vesting.0.last_mut().unwrap().moment = 0);
	});
}

#[test]
fn reward_should_be_transferred_whole_only_where_nothing_is_pledged() {
	build_and_execute(|| {
		let whole = || <Compounding<Test, Payee> as RewardPayee<_, CreditOf<Test>>>::takes_whole(&ALICE);
		grant(ALICE, Escrowed, 100);
		assert!(whole());
		BackersPart::set(Perbill::from_percent(40));
		assert!(!whole());
		BackersPart::set(Perbill::zero());
		assert_ok!(RewardVesting::pledge(&ALICE, 100));
		assert!(!whole());
	});
}
