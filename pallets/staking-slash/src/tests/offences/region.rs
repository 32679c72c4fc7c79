//! Damping by region.

use super::*;

/// Three unproven offences of a region are queued in a window.
const LIMIT: u32 = 3;

/// Report downtime of `provider` in `region`, with another machine each time. Returns the number of the slash.
#[track_caller]
fn down(provider: AccountId, region: u16) -> SlashId {
	let slash = NextSlashId::<Test>::get();
	let machine = MachineId(NextSubject::get());
	assert_ok!(report(OffenceReport { machine, region: Region(region), ..offence(Offence::Downtime, provider) }));
	slash
}

fn is_held(slash: SlashId) -> bool {
	matches!(PendingSlashes::<Test>::get(slash).unwrap().state, SlashState::Held { .. })
}

/// A slash of ALICE that is held because of three of BOB.
fn held_slash() -> SlashId {
	RegionLimit::set(LIMIT);
	for _ in 0..LIMIT {
		down(BOB, 1);
	}
	let slash = down(ALICE, 1);
	assert!(is_held(slash));
	slash
}

#[test]
fn unproven_offences_should_be_held_when_there_are_too_many_in_a_region() {
	with_providers(|| {
		RegionLimit::set(LIMIT);
		assert!((0..LIMIT).all(|_| !is_held(down(ALICE, 1))));
		events();
		let slash = down(BOB, 1);
		let due = 1 + DEFERRAL + CONTEST;
		assert!(is_held(slash));
		assert!(matches!(
			events().as_slice(),
			[Event::SlashHeld { provider: BOB, amount: THIRD, region: Region(1), due: at, .. }] if *at == due
		));
		// Other regions and later windows are not concerned.
		assert!(!is_held(down(BOB, 2)));
		advance(REGION_WINDOW);
		assert!(!is_held(down(BOB, 1)));
	});
}

#[test]
fn abandoned_leases_should_not_buy_the_region_an_amnesty() {
	with_providers(|| {
		RegionLimit::set(LIMIT);
		// One machine can abandon as many leases to its own provider as it has slots, and pays for one of them.
		for _ in 0..20 {
			assert_ok!(report(OffenceReport { region: Region(1), ..offence(Offence::LeaseAbandoned, BOB) }));
		}
		assert_eq!(bonded(BOB), 10_000 - THIRD);
		assert!((0..LIMIT).all(|_| !is_held(down(ALICE, 1))));
		assert!(is_held(down(ALICE, 1)));
	});
}

#[test]
fn abandoned_leases_should_not_fill_the_queue() {
	with_providers(|| {
		for _ in 0..2 * MAX_PENDING {
			assert_ok!(report(offence(Offence::LeaseAbandoned, ALICE)));
		}
		assert!(pending(ALICE).is_empty());
		// And one is punished although it is full.
		for _ in 0..MAX_PENDING {
			queue_slash();
		}
		let machine = MachineId(NextSubject::get());
		assert_eq!(report(OffenceReport { machine, ..offence(Offence::LeaseAbandoned, ALICE) }), Ok(THIRD));
	});
}

#[test]
fn offences_should_be_counted_by_when_they_were_done() {
	with_providers(|| {
		RegionLimit::set(LIMIT);
		let late = OffenceReport { machine: MachineId(77), region: Region(1), ..offence(Offence::Downtime, BOB) };
		for _ in 0..LIMIT {
			down(ALICE, 1);
		}
		advance(REGION_WINDOW);
		assert_ok!(report(late));
		assert!(is_held(u64::from(LIMIT)));
	});
}

#[test]
fn proven_fraud_should_be_neither_damped_nor_counted() {
	with_providers(|| {
		held_slash();
		let proven = |machine| OffenceReport {
			machine: MachineId(machine),
			region: Region(1),
			..offence(Offence::WrongWork, ALICE)
		};
		assert_eq!(report(proven(77)), Ok(900));
		for machine in 0..LIMIT {
			let fraud = OffenceReport { region: Region(2), ..proven(100 + u64::from(machine)) };
			assert_eq!(report(fraud), Ok(900));
		}
		assert!(!is_held(down(BOB, 2)));
	});
}

#[test]
fn held_slash_should_lapse_when_nobody_releases_it() {
	with_providers(|| {
		let slash = held_slash();
		run(DEFERRAL + CONTEST - 1);
		assert!(is_held(slash));
		events();
		run(1);
		assert_eq!(events(), vec![Event::SlashLapsed { slash, provider: ALICE, amount: THIRD }]);
		assert_eq!((bonded(ALICE), pending(ALICE)), (10_000, vec![]));
		// Those before it were not held.
		assert_eq!(bonded(BOB), 10_000 - 3 * THIRD);
	});
}

#[test]
fn held_slash_should_be_queued_when_it_is_released_early() {
	with_providers(|| {
		let slash = held_slash();
		assert_noop!(StakingSlash::release_slash(signed(ALICE), slash), DispatchError::BadOrigin);
		assert_noop!(StakingSlash::contest_slash(signed(ALICE), slash), Error::<Test>::NotContestable);
		events();
		assert_ok!(StakingSlash::release_slash(RuntimeOrigin::root(), slash));
		let due = 1 + DEFERRAL;
		assert_eq!(events(), vec![Event::SlashReleased { slash, provider: ALICE, due }]);
		assert_noop!(StakingSlash::release_slash(RuntimeOrigin::root(), slash), Error::<Test>::NotHeld);
		// It can be contested now.
		assert_ok!(StakingSlash::contest_slash(signed(ALICE), slash));
		assert_ok!(StakingSlash::resolve_contest(RuntimeOrigin::root(), slash, true));
		assert_eq!(bonded(ALICE), 10_000 - THIRD);
	});
}

#[test]
fn held_slash_should_be_carried_out_at_once_when_it_is_released_late() {
	with_providers(|| {
		let slash = held_slash();
		run(DEFERRAL);
		assert_ok!(StakingSlash::release_slash(RuntimeOrigin::root(), slash));
		assert_eq!((bonded(ALICE), pending(ALICE)), (10_000 - THIRD, vec![]));
	});
}

#[test]
fn held_slash_should_be_cancelled_and_not_be_released_when_it_is_over() {
	with_providers(|| {
		let slash = held_slash();
		let other = down(ALICE, 1);
		assert_ok!(StakingSlash::cancel_slash(RuntimeOrigin::root(), slash));
		advance(DEFERRAL + CONTEST);
		assert_noop!(StakingSlash::release_slash(RuntimeOrigin::root(), other), Error::<Test>::DeadlinePassed);
		work_off(Weight::MAX);
		assert_eq!((bonded(ALICE), pending(ALICE)), (10_000, vec![]));
	});
}

#[test]
fn lapsed_missed_challenge_should_not_make_the_next_dearer() {
	with_providers(|| {
		RegionLimit::set(1);
		let missed = || offence(Offence::MissedChallenge, ALICE);
		down(BOB, 0);
		assert_ok!(report(missed()));
		run(DEFERRAL + CONTEST);
		assert_ok!(report(missed()));
		assert_eq!(StakingSlash::pending_slashes(ALICE)[0].1.amount, 9);
	});
}
