//! Slashes that wait.

use super::*;

#[test]
fn proven_offence_should_be_punished_at_once_and_others_queued() {
	for (kind, proven) in [
		(Offence::DeadlineMissed, true),
		(Offence::FalseCapacity, true),
		(Offence::WrongWork, true),
		(Offence::LeaseAbandoned, true),
		(Offence::DataWithheld, true),
		(Offence::Downtime, false),
		(Offence::MissedChallenge, false),
	] {
		with_providers(|| {
			let taken = report(offence(kind, ALICE)).unwrap();
			assert_eq!(taken > 0, proven);
			assert_eq!(bonded(ALICE), 10_000 - taken);
			assert_eq!(pending(ALICE).is_empty(), proven);
		});
	}
}

#[test]
fn queued_slash_should_be_carried_out_when_it_is_due() {
	with_providers(|| {
		let downtime =
			OffenceReport { wronged: Some(CLIENT), reporter: Some(FINDER), ..offence(Offence::Downtime, ALICE) };
		assert_eq!(report(downtime.clone()), Ok(0));
		let due = 1 + DEFERRAL;
		assert_eq!(
			events(),
			vec![Event::SlashQueued {
				slash: 0,
				provider: ALICE,
				machine: MachineId(ALICE),
				offence: Offence::Downtime,
				amount: THIRD,
				due
			}]
		);
		let waiting =
			PendingSlash { report: downtime, amount: THIRD, reported_at: 1, state: SlashState::Queued { due } };
		assert_eq!(StakingSlash::pending_slashes(ALICE), vec![(0, waiting)]);

		run(DEFERRAL - 1);
		assert_eq!(bonded(ALICE), 10_000);
		run(1);
		assert_eq!(bonded(ALICE), 10_000 - THIRD);
		assert_eq!(last_slash(), Slash { slash: Some(0), from: [0, 0, 0, THIRD], debt: 0, to: [150, 75, 75, 0] });
		assert!(StakingSlash::pending_slashes(ALICE).is_empty());
	});
}

#[test]
fn anybody_should_carry_out_a_due_slash_when_blocks_are_full() {
	with_providers(|| {
		let slash = queue_slash();
		advance(DEFERRAL - 1);
		assert_noop!(StakingSlash::apply_slash(signed(CLIENT), slash), Error::<Test>::NotDue);
		advance(1);
		assert_ok!(StakingSlash::apply_slash(signed(CLIENT), slash));
		assert_eq!(bonded(ALICE), 10_000 - THIRD);
		assert_noop!(StakingSlash::apply_slash(signed(CLIENT), slash), Error::<Test>::UnknownSlash);
		// Nothing is left for the agenda to do.
		run(1);
		assert_eq!(bonded(ALICE), 10_000 - THIRD);
	});
}

#[test]
fn agenda_should_go_on_where_a_block_had_no_more_weight() {
	with_providers(|| {
		for _ in 0..3 {
			queue_slash();
		}
		advance(DEFERRAL + 1);
		// Too little for anything, then enough for one after the other.
		assert!(work_off(Weight::zero()).is_zero());
		assert_eq!(pending(ALICE).len(), 3);
		let mut blocks = 0;
		while !pending(ALICE).is_empty() {
			let limit = StakingSlash::smallest_useful_limit()
				.saturating_add(<() as WeightInfo>::agenda_block().saturating_mul(20));
			assert!(work_off(limit).all_lte(limit));
			blocks += 1;
			assert!(blocks <= 4);
		}
		assert!(blocks > 1);
		assert_eq!(bonded(ALICE), 10_000 - 3 * THIRD);
	});
}

#[test]
fn agenda_should_skip_a_slash_that_fails() {
	build_and_execute(|| {
		bond(ALICE, 10_000);
		let (bad, _good) = (queue_slash(), queue_slash());
		assert_ok!(StakingSlash::contest_slash(signed(ALICE), bad));
		// Its bond is gone, which cannot be.
		let spoil = |state| PendingSlashes::<Test>::mutate(bad, |pending| pending.as_mut().unwrap().state = state);
		let due = 1 + DEFERRAL + CONTEST;
		spoil(SlashState::Contested { due, bond: 1_000_000 });
		events();
		run(DEFERRAL + CONTEST);
		assert_eq!(bonded(ALICE), 10_000 - THIRD);
		let failed = |event: &Event<Test>| matches!(event, Event::Unexpected { kind: UnexpectedKind::PendingSlashFailed { slash, .. } } if *slash == bad);
		assert!(events().iter().any(failed));
		// Whole again, it can be carried out by hand.
		spoil(SlashState::Contested { due, bond: CONTEST_COST });
		assert_ok!(StakingSlash::apply_slash(signed(CLIENT), bad));
		assert_eq!(bonded(ALICE), 10_000 - 2 * THIRD);
	});
}

#[test]
fn slash_should_be_cancelled_by_the_administrator_before_it_is_due() {
	with_providers(|| {
		let (first, second) = (queue_slash(), queue_slash());
		assert_noop!(StakingSlash::cancel_slash(signed(ALICE), first), DispatchError::BadOrigin);
		advance(DEFERRAL - 1);
		events();
		assert_ok!(StakingSlash::cancel_slash(RuntimeOrigin::root(), first));
		assert_eq!(events(), vec![Event::SlashCancelled { slash: first, provider: ALICE, amount: THIRD }]);
		assert_noop!(StakingSlash::cancel_slash(RuntimeOrigin::root(), first), Error::<Test>::UnknownSlash);
		advance(1);
		assert_noop!(StakingSlash::cancel_slash(RuntimeOrigin::root(), second), Error::<Test>::DeadlinePassed);
		work_off(Weight::MAX);
		assert_eq!((bonded(ALICE), pending(ALICE)), (10_000 - THIRD, vec![]));
	});
}

#[test]
fn report_should_be_refused_and_not_be_lost_when_the_provider_has_too_many_pending() {
	with_providers(|| {
		for _ in 0..MAX_PENDING {
			queue_slash();
		}
		let one_more = OffenceReport { machine: MachineId(77), ..offence(Offence::Downtime, ALICE) };
		assert_noop!(report(one_more.clone()), Error::<Test>::TooManyPending);
		// Proven ones and other providers' are not kept back.
		assert_eq!(report(offence(Offence::WrongWork, ALICE)), Ok(900));
		assert_ok!(report(offence(Offence::Downtime, BOB)));
		// Not remembered, so that it is reported again when there is room.
		assert_ok!(StakingSlash::cancel_slash(RuntimeOrigin::root(), 0));
		assert_ok!(report(one_more));
		assert_eq!(pending(ALICE).len() as u32, MAX_PENDING);
	});
}

#[test]
fn missed_challenge_should_count_when_its_slash_cannot_be_queued() {
	with_providers(|| {
		for _ in 0..MAX_PENDING {
			queue_slash();
		}
		events();
		let machine = MachineId(ALICE);
		let missed = offence(Offence::MissedChallenge, ALICE);
		let subject = missed.subject;
		assert_eq!(report(missed.clone()), Ok(0));
		assert_eq!(events(), [Event::MissCounted { provider: ALICE, machine, subject }]);
		assert_noop!(report(missed), Error::<Test>::AlreadyReported);
		assert_ok!(report(offence(Offence::MissedChallenge, ALICE)));
		assert_eq!(pending(ALICE).len() as u32, MAX_PENDING);
		check_invariants();
		// The third, for which there is room, costs as the third.
		assert_ok!(StakingSlash::cancel_slash(RuntimeOrigin::root(), 0));
		assert_ok!(report(offence(Offence::MissedChallenge, ALICE)));
		let amounts: Vec<_> = StakingSlash::pending_slashes(ALICE).iter().map(|(_, slash)| slash.amount).collect();
		assert_eq!(amounts.last(), Some(&(4 * 9)));
	});
}

#[test]
fn queued_slash_should_leave_the_provider_short_only_when_it_is_carried_out() {
	with_providers(|| {
		unbond(ALICE, 9_000);
		add_machine(ALICE, LARGE);
		queue_slash();
		assert!(is_active(ALICE));
		assert_eq!(StakingSlash::standing(ALICE).short_since, None);
		run(DEFERRAL);
		assert!(is_active(ALICE), "it has a window to top up");
		let carried_out = System::block_number();
		assert_eq!(StakingSlash::standing(ALICE).short_since, Some(carried_out));
		run(WINDOW);
		assert!(!is_active(ALICE));
	});
}
