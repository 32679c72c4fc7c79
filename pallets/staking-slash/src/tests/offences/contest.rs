//! Contests.

use super::*;

/// A slash of ALICE that it has contested.
#[track_caller]
fn contested() -> SlashId {
	let slash = queue_slash();
	assert_ok!(StakingSlash::contest_slash(signed(ALICE), slash));
	slash
}

#[test]
fn contest_should_put_a_bond_on_hold_and_defer_the_slash() {
	with_providers(|| {
		let slash = queue_slash();
		advance(DEFERRAL - 1);
		events();
		assert_ok!(StakingSlash::contest_slash(signed(ALICE), slash));
		let due = 1 + DEFERRAL + CONTEST;
		assert_eq!(events(), vec![Event::SlashContested { slash, provider: ALICE, bond: CONTEST_COST, due }]);
		assert_eq!(contest_bonds(ALICE), CONTEST_COST);
		run(CONTEST);
		assert_eq!(bonded(ALICE), 10_000);
	});
}

#[test]
fn lost_contest_should_cost_the_bond_which_is_split_as_the_slash_is() {
	with_providers(|| {
		let downtime =
			OffenceReport { wronged: Some(CLIENT), reporter: Some(FINDER), ..offence(Offence::Downtime, ALICE) };
		assert_ok!(report(downtime));
		assert_ok!(StakingSlash::contest_slash(signed(ALICE), 0));
		events();
		assert_ok!(StakingSlash::resolve_contest(RuntimeOrigin::root(), 0, true));
		let outcome = ContestOutcome::Upheld;
		let all = events();
		assert_eq!(
			all.first(),
			Some(&Event::ContestResolved { slash: 0, provider: ALICE, outcome, bond: CONTEST_COST })
		);
		assert!(matches!(
			all.last(),
			Some(Event::Slashed {
				slash: Some(0),
				amount: 400,
				from_bond: 100,
				from_stake: 300,
				to_wronged: 200,
				to_reporter: 100,
				to_treasury: 100,
				burned: 0,
				..
			})
		));
		assert_eq!((bonded(ALICE), contest_bonds(ALICE)), (10_000 - THIRD, 0));
		assert_eq!(Balances::total_balance(&ALICE), ENDOWMENT - THIRD - CONTEST_COST);
	});
}

#[test]
fn lost_contest_should_cost_the_bond_when_the_slash_takes_nothing_more() {
	with_providers(|| {
		assert_ok!(report(offence(Offence::Downtime, ALICE)));
		assert_ok!(StakingSlash::contest_slash(signed(ALICE), 0));
		assert_ok!(report(offence(Offence::DeadlineMissed, ALICE)));
		assert_ok!(StakingSlash::resolve_contest(RuntimeOrigin::root(), 0, true));
		assert_eq!(last_slash().from, [CONTEST_COST, 0, 0, 0]);
		assert_eq!(bonded(ALICE), 10_000 - THIRD);
	});
}

#[test]
fn won_contest_should_give_the_bond_back_and_cancel_the_slash() {
	with_providers(|| {
		let slash = contested();
		events();
		assert_ok!(StakingSlash::resolve_contest(RuntimeOrigin::root(), slash, false));
		let outcome = ContestOutcome::Cancelled;
		assert_eq!(
			events(),
			vec![
				Event::ContestResolved { slash, provider: ALICE, outcome, bond: CONTEST_COST },
				Event::SlashCancelled { slash, provider: ALICE, amount: THIRD },
			]
		);
		run(PERIOD);
		assert_eq!(Balances::total_balance(&ALICE), ENDOWMENT);
		assert_eq!((bonded(ALICE), contest_bonds(ALICE)), (10_000, 0));
	});
}

#[test]
fn undecided_contest_should_give_the_bond_back_and_carry_the_slash_out() {
	with_providers(|| {
		let slash = contested();
		run(DEFERRAL + CONTEST - 1);
		assert_eq!(bonded(ALICE), 10_000);
		events();
		run(1);
		let outcome = ContestOutcome::Undecided;
		let all = events();
		assert_eq!(all.first(), Some(&Event::ContestResolved { slash, provider: ALICE, outcome, bond: CONTEST_COST }));
		assert!(matches!(all.last(), Some(Event::Slashed { amount: THIRD, from_bond: 0, .. })));
		assert_eq!(Balances::total_balance(&ALICE), ENDOWMENT - THIRD);
		assert_eq!(contest_bonds(ALICE), 0);
	});
}

#[test]
fn contested_slash_should_be_cancelled_with_the_bond_given_back() {
	with_providers(|| {
		let slash = contested();
		assert_ok!(StakingSlash::cancel_slash(RuntimeOrigin::root(), slash));
		assert_eq!((contest_bonds(ALICE), pending(ALICE)), (0, vec![]));
		assert_eq!(Balances::total_balance(&ALICE), ENDOWMENT);
	});
}

#[test]
fn contest_should_fail_when_it_is_not_allowed() {
	with_providers(|| {
		let contest = |who, slash| StakingSlash::contest_slash(signed(who), slash);
		let resolve = |origin, slash| StakingSlash::resolve_contest(origin, slash, true);
		assert_noop!(contest(ALICE, 7), Error::<Test>::UnknownSlash);
		let (first, second) = (queue_slash(), queue_slash());
		assert_noop!(contest(BOB, first), Error::<Test>::NotTheOffender);
		assert_noop!(resolve(RuntimeOrigin::root(), first), Error::<Test>::NotContested);
		assert_ok!(contest(ALICE, first));
		assert_noop!(contest(ALICE, first), Error::<Test>::NotContestable);
		assert_noop!(resolve(signed(ALICE), first), DispatchError::BadOrigin);
		// Too poor.
		bond(ALICE, free(ALICE) - EXISTENTIAL_DEPOSIT);
		assert_noop!(contest(ALICE, second), TokenError::FundsUnavailable);
		assert_ok!(Balances::transfer_allow_death(signed(CLIENT), ALICE, CONTEST_COST));
		// Too late.
		advance(DEFERRAL);
		assert_noop!(contest(ALICE, second), Error::<Test>::DeadlinePassed);
		advance(CONTEST);
		assert_noop!(resolve(RuntimeOrigin::root(), first), Error::<Test>::DeadlinePassed);
		assert_noop!(StakingSlash::resolve_contest(RuntimeOrigin::root(), first, false), Error::<Test>::DeadlinePassed);
		work_off(Weight::MAX);
		assert!(pending(ALICE).is_empty());
	});
}
