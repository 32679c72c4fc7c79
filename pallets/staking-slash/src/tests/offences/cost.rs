//! What offences cost, that each is punished once, and that of failures the largest of a period counts.

use super::*;

#[test]
fn every_offence_should_cost_its_part() {
	let cost = |offence| StakingSlash::slash_preview(LARGE, offence, None, false).unwrap().amount;
	with_providers(|| {
		assert_eq!(cost(Offence::DeadlineMissed), THIRD);
		assert_eq!(cost(Offence::Downtime), THIRD);
		assert_eq!(cost(Offence::LeaseAbandoned), THIRD);
		assert_eq!(cost(Offence::DataWithheld), cost(Offence::WrongWork));
		assert_eq!(cost(Offence::MissedChallenge), 9);
		assert_eq!(cost(Offence::FalseCapacity), 900);
		assert_eq!(cost(Offence::WrongWork), 900);
	});
}

#[test]
fn missed_challenges_should_cost_twice_as_much_with_each_repetition() {
	with_providers(|| {
		let mut costs = Vec::new();
		for _ in 0..9 {
			let slash = NextSlashId::<Test>::get();
			assert_ok!(report(offence(Offence::MissedChallenge, ALICE)));
			costs.push(PendingSlashes::<Test>::get(slash).unwrap().amount);
			assert_ok!(StakingSlash::cancel_slash(RuntimeOrigin::root(), slash));
			// As if it had not been cancelled.
			Misses::<Test>::mutate(MachineId(ALICE), |misses| misses.as_mut().unwrap().count += 1);
			advance(REPEAT_WINDOW);
		}
		assert_eq!(costs, [9, 18, 36, 72, 144, 288, 576, 900, 900]);
		assert_eq!(
			StakingSlash::slash_preview(LARGE, Offence::MissedChallenge, Some(MachineId(ALICE)), false).unwrap().amount,
			900
		);
		// A window without any, and it begins anew.
		advance(1);
		assert_ok!(report(offence(Offence::MissedChallenge, ALICE)));
		assert_eq!(StakingSlash::pending_slashes(ALICE)[0].1.amount, 9);
	});
}

#[test]
fn missed_challenge_should_not_count_when_its_slash_is_cancelled() {
	with_providers(|| {
		assert_ok!(report(offence(Offence::MissedChallenge, ALICE)));
		assert_ok!(report(offence(Offence::MissedChallenge, ALICE)));
		assert_ok!(StakingSlash::cancel_slash(RuntimeOrigin::root(), 1));
		assert_ok!(report(offence(Offence::MissedChallenge, ALICE)));
		let amounts: Vec<_> = StakingSlash::pending_slashes(ALICE).iter().map(|(_, slash)| slash.amount).collect();
		assert_eq!(amounts, [9, 18]);
	});
}

#[test]
fn missed_challenges_should_never_cost_more_than_the_whole() {
	for misses in [0, 6, 7, 31, u32::MAX] {
		let part = parts().of(Offence::MissedChallenge, misses);
		assert!(part <= Perbill::one());
		assert_eq!(part == Perbill::one(), misses >= 7);
	}
}

#[test]
fn offence_should_be_reported_once() {
	with_providers(|| {
		let first = offence(Offence::DeadlineMissed, ALICE);
		assert_eq!(report(first.clone()), Ok(THIRD));
		assert_noop!(report(first.clone()), Error::<Test>::AlreadyReported);
		// Neither by another reporter nor to the disadvantage of somebody else.
		let again = OffenceReport { reporter: Some(FINDER), wronged: Some(CLIENT), ..first.clone() };
		assert_noop!(report(again), Error::<Test>::AlreadyReported);
		// Another offence, machine or subject is another matter.
		assert_ok!(report(OffenceReport { offence: Offence::WrongWork, ..first.clone() }));
		assert_ok!(report(OffenceReport { machine: MachineId(77), ..first.clone() }));
		assert_ok!(report(OffenceReport { subject: 77, ..first.clone() }));
		// For as long as it could be reported.
		run(SLASH_WINDOW);
		assert_noop!(report(first.clone()), Error::<Test>::AlreadyReported);
		run(1);
		assert_noop!(report(first), Error::<Test>::OffenceTooOld);
		assert_eq!(Reported::<Test>::iter().count(), 0);
	});
}

#[test]
fn offence_should_not_be_punished_when_it_is_too_old() {
	with_providers(|| {
		let old = offence(Offence::WrongWork, ALICE);
		let older = offence(Offence::Downtime, ALICE);
		advance(SLASH_WINDOW);
		assert_ok!(report(old));
		advance(1);
		assert_noop!(report(older), Error::<Test>::OffenceTooOld);
	});
}

#[test]
fn report_should_be_dated_now_when_it_is_dated_ahead() {
	with_providers(|| {
		assert_ok!(report(OffenceReport { at: 1_000_000, ..offence(Offence::Downtime, ALICE) }));
		assert_eq!(StakingSlash::pending_slashes(ALICE)[0].1.report.at, 1);
	});
}

#[test]
fn report_should_fail_when_the_tier_is_unknown() {
	with_providers(|| {
		let unknown = OffenceReport { tier: UNKNOWN, ..offence(Offence::Downtime, ALICE) };
		assert_noop!(report(unknown), Error::<Test>::UnknownTier);
	});
}

#[test]
fn largest_failure_of_a_period_should_count_and_not_the_sum() {
	let deadline_missed = |part| PartsOfOffences::mutate(|parts| parts.deadline_missed = Perbill::from_percent(part));
	with_providers(|| {
		assert_eq!(report(offence(Offence::DeadlineMissed, ALICE)), Ok(THIRD));
		// As small: nothing more.
		assert_eq!(report(offence(Offence::DeadlineMissed, ALICE)), Ok(0));
		assert_eq!(last_slash().from, [0; 4]);
		// Larger: the difference.
		deadline_missed(50);
		let preview = StakingSlash::slash_preview(LARGE, Offence::DeadlineMissed, Some(MachineId(ALICE)), false);
		assert_eq!(preview.unwrap().amount, 450 - THIRD);
		assert_eq!(report(offence(Offence::DeadlineMissed, ALICE)), Ok(450 - THIRD));
		deadline_missed(40);
		assert_eq!(report(offence(Offence::DeadlineMissed, ALICE)), Ok(0));
		assert_eq!(bonded(ALICE), 9_550);
		// Another machine and the next period are another matter.
		assert_eq!(
			report(OffenceReport { machine: MachineId(77), ..offence(Offence::DeadlineMissed, ALICE) }),
			Ok(360)
		);
		advance(SLASH_PERIOD);
		assert_eq!(report(offence(Offence::DeadlineMissed, ALICE)), Ok(360));
	});
}

#[test]
fn fraud_should_cost_the_whole_each_time_whatever_the_machine_has_paid_for() {
	with_providers(|| {
		let machine = MachineId(ALICE);
		assert_eq!(report(offence(Offence::DeadlineMissed, ALICE)), Ok(THIRD));
		for kind in [Offence::WrongWork, Offence::WrongWork, Offence::FalseCapacity, Offence::DataWithheld] {
			let preview = StakingSlash::slash_preview(LARGE, kind, Some(machine), false);
			assert_eq!(preview.unwrap().amount, 900);
			assert_eq!(report(offence(kind, ALICE)), Ok(900));
		}
		assert_eq!((bonded(ALICE), Punished::<Test>::get(machine, 0)), (10_000 - THIRD - 4 * 900, THIRD));
	});
}

#[test]
fn failure_should_cost_its_part_when_the_machine_has_paid_for_fraud() {
	with_providers(|| {
		assert_eq!(report(offence(Offence::WrongWork, ALICE)), Ok(900));
		assert_eq!(report(offence(Offence::DeadlineMissed, ALICE)), Ok(THIRD));
		assert_eq!(report(offence(Offence::DeadlineMissed, ALICE)), Ok(0));
	});
}

#[test]
fn fraud_should_take_what_is_left_and_be_owed_otherwise() {
	with_providers(|| {
		assert_ok!(StakingSlash::set_tier_stake(RuntimeOrigin::root(), LARGE, 4_000));
		for (taken, debt) in [(4_000, 0), (4_000, 0), (2_000, 2_000), (0, 6_000)] {
			assert_eq!(report(offence(Offence::WrongWork, ALICE)), Ok(taken));
			assert_eq!(StakingSlash::debt(ALICE), debt);
		}
	});
}

#[test]
fn largest_failure_should_count_for_queued_ones_too() {
	with_providers(|| {
		let machine = MachineId(ALICE);
		let (first, second) = (offence(Offence::Downtime, ALICE), offence(Offence::Downtime, ALICE));
		assert_ok!(report(first));
		assert_ok!(report(second));
		// Proven within the same period, while both wait.
		assert_eq!(report(offence(Offence::DeadlineMissed, ALICE)), Ok(THIRD));
		run(DEFERRAL);
		assert_eq!((bonded(ALICE), pending(ALICE)), (10_000 - THIRD, vec![]));
		// And the difference when the queue comes first: reported late, for the same period.
		PartsOfOffences::mutate(|parts| parts.deadline_missed = Perbill::one());
		let late = OffenceReport { at: 2, ..offence(Offence::DeadlineMissed, ALICE) };
		assert_eq!(report(late), Ok(900 - THIRD));
		assert_eq!(Punished::<Test>::get(machine, 0), 900);
	});
}

#[test]
fn abandoned_lease_should_pay_whom_it_wronged_when_a_sham_job_fails_after_it() {
	with_providers(|| {
		let wrongs = |who, kind| OffenceReport { wronged: Some(who), ..offence(kind, ALICE) };
		assert_eq!(report(wrongs(CLIENT, Offence::LeaseAbandoned)), Ok(THIRD));
		// A job of the provider's own other account, on the same machine and the same day.
		assert_eq!(report(wrongs(FINDER, Offence::DeadlineMissed)), Ok(0));
		run(DEFERRAL);
		assert_eq!((free(CLIENT), free(FINDER)), (ENDOWMENT + THIRD / 2, EXISTENTIAL_DEPOSIT));
	});
}

#[test]
fn many_jobs_on_one_machine_should_cost_one_slash() {
	with_providers(|| {
		for _ in 0..20 {
			assert_ok!(report(OffenceReport { wronged: Some(CLIENT), ..offence(Offence::DeadlineMissed, ALICE) }));
		}
		assert_eq!(bonded(ALICE), 10_000 - THIRD);
		assert_eq!(free(CLIENT), ENDOWMENT + THIRD / 2);
	});
}

#[test]
fn many_jobs_on_many_machines_should_be_paid_from_one_stake_until_it_is_gone() {
	with_providers(|| {
		for _ in 0..40 {
			assert_ok!(slash(ALICE, LARGE, CLIENT));
		}
		assert_eq!((held(ALICE), StakingSlash::debt(ALICE)), (0, 40 * THIRD - 10_000));
		assert_eq!(free(CLIENT), ENDOWMENT + 5_000);
		assert_eq!(bonded(BOB), 10_000);
	});
}

#[test]
fn offence_should_be_punished_after_the_machine_is_gone() {
	with_providers(|| {
		add_machine(ALICE, LARGE);
		let (proven, unproven) = (offence(Offence::WrongWork, ALICE), offence(Offence::Downtime, ALICE));
		assert_ok!(<StakingSlash as ProviderStake<_, _>>::remove_machine(&ALICE, MachineId(0), LARGE, Region(0)));
		unbond(ALICE, 10_000);
		assert_eq!(report(proven), Ok(900));
		assert_ok!(report(OffenceReport { machine: MachineId(77), ..unproven }));
		run(DEFERRAL);
		assert_eq!(held(ALICE), 10_000 - 900 - THIRD);
	});
}

#[test]
fn amount_should_be_that_of_the_report_when_the_requirement_changes() {
	with_providers(|| {
		queue_slash();
		assert_ok!(StakingSlash::set_tier_stake(RuntimeOrigin::root(), LARGE, 9_000));
		run(DEFERRAL);
		assert_eq!(bonded(ALICE), 10_000 - THIRD);
	});
}

#[test]
fn everything_remembered_should_be_forgotten() {
	with_providers(|| {
		for offence_of in [Offence::DeadlineMissed, Offence::Downtime, Offence::MissedChallenge] {
			assert_ok!(report(offence(offence_of, ALICE)));
			run(3);
		}
		assert_ok!(report(offence(Offence::MissedChallenge, ALICE)));
		run(PERIOD + SLASH_PERIOD + REPEAT_WINDOW);
		assert_eq!(Agenda::<Test>::iter().count(), 0);
		assert_eq!(Reported::<Test>::iter().count() + Punished::<Test>::iter().count(), 0);
		assert_eq!(Misses::<Test>::iter().count() + RegionReports::<Test>::iter().count(), 0);
	});
}
