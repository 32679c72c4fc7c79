//! Which machines are probed, what members may report, and what comes of it.

use crate::{mock::*, *};
use frame_support::{assert_noop, assert_ok};

/// How the last probe ended.
fn ended() -> Option<(Option<bool>, u32, u32)> {
	let ended = |event| match event {
		Event::ProbeEnded { outcome, latency, rate, .. } => Some((outcome, latency, rate)),
		_ => None,
	};
	events().into_iter().filter_map(ended).next_back()
}

/// What became of these: credits, bonds and silences. Nobody has a duty left.
fn fates(members: &[AccountId]) -> Vec<(u128, Balance, u32)> {
	let fate = |who: &AccountId| {
		assert_eq!(checker(*who).duties, 0);
		(credits(*who), checker(*who).bond, checker(*who).silences)
	};
	members.iter().map(fate).collect()
}

#[test]
fn machines_should_be_probed_one_for_some_seats_and_none_twice() {
	build_and_execute(|| {
		seat_all();
		for (seats, most) in [(0u64, 0), (1, 1), (2, 1), (3, 2), (40, 3)] {
			Fleet::put((0..seats).map(MachineId).collect::<Vec<_>>());
			let mut counts = Vec::new();
			for _ in 0..10 {
				next_epoch();
				counts.push(Probes::<Test>::iter().count());
				check_everything();
			}
			assert_eq!(counts.into_iter().max(), Some(most), "{seats} seats");
		}
	});
}

#[test]
fn probe_should_begin_with_randomness_only_and_with_a_whole_committee() {
	build_and_execute(|| {
		Fleet::put(vec![MachineId(7)]);
		for who in [PROVIDER, 21, 22] {
			assert_ok!(CheckersPallet::join(signed(who)));
		}
		// A provider does not probe its own machine, so that one is missing.
		next_epoch();
		assert!(Probing::<Test>::get().is_empty());
		assert_ok!(CheckersPallet::join(signed(23)));
		NoRandomness::put(true);
		next_epoch();
		assert!(Probing::<Test>::get().is_empty());
		NoRandomness::put(false);
		next_epoch();
		let machine = MachineId(7);
		let mut members = probers(machine);
		let until = now() + 8;
		assert!(events().contains(&Event::ProbeBegan { machine, members: members.clone(), until }));
		members.sort();
		assert_eq!(members, vec![21, 22, 23]);
		assert_eq!(CheckersPallet::probes_of(21), vec![(machine, probe(machine))]);
		assert!(CheckersPallet::probes_of(PROVIDER).is_empty());
	});
}

#[test]
fn machine_should_be_rated_as_served_when_most_were() {
	build_and_execute(|| {
		let machine = probed();
		let (members, epoch) = (probers(machine), probe(machine).epoch);
		serve(members[0], machine, 40, 900);
		miss(members[1], machine);
		assert!(Ratings::get().is_empty());
		serve(members[2], machine, 30, 700);
		assert_eq!(Ratings::get(), vec![(machine, true)]);
		assert_eq!(ended(), Some((Some(true), 30, 700)));
		let service = Service { epoch, latency: 30, rate: 700, served: true };
		assert_eq!(CheckersPallet::service(machine), Some(service));
		assert_eq!(fates(&members), vec![(1, BOND, 0), (0, BOND, 0), (1, BOND, 0)]);
		assert!(Probing::<Test>::get().is_empty());
	});
}

#[test]
fn medians_should_be_those_of_all_who_were_served() {
	build_and_execute(|| {
		let machine = probed();
		for (who, (latency, rate)) in probers(machine).into_iter().zip([(90, 5), (10, 7), (20, 6)]) {
			serve(who, machine, latency, rate);
		}
		assert_eq!(ended(), Some((Some(true), 20, 6)));
	});
}

#[test]
fn machine_should_be_rated_as_unreachable_when_most_could_not_reach_it() {
	build_and_execute(|| {
		let machine = probed();
		let (members, epoch) = (probers(machine), probe(machine).epoch);
		serve(members[0], machine, 40, 900);
		// Too slow for anybody, and nothing at all, are as good as no answer.
		serve(members[1], machine, 10_001, 900);
		serve(members[2], machine, 40, 0);
		assert_eq!(Ratings::get(), vec![(machine, false)]);
		assert_eq!(ended(), Some((Some(false), 0, 0)));
		let service = Service { epoch, latency: 0, rate: 0, served: false };
		assert_eq!(CheckersPallet::service(machine), Some(service));
		assert_eq!(fates(&members), vec![(0, BOND, 0), (1, BOND, 0), (1, BOND, 0)]);
	});
}

#[test]
fn machine_should_not_be_rated_when_there_is_no_majority() {
	build_and_execute(|| {
		let machine = probed();
		let members = probers(machine);
		serve(members[0], machine, 40, 900);
		miss(members[1], machine);
		run_to(probe(machine).until + 1);
		NoRandomness::put(true);
		next_epoch();
		assert!(Ratings::get().is_empty());
		assert_eq!(ended(), Some((None, 0, 0)));
		assert_eq!(CheckersPallet::service(machine), None);
	});
}

#[test]
fn silent_members_should_lose_a_little_and_their_seat_in_the_end() {
	build_and_execute(|| {
		for who in [21, 22, 23] {
			assert_ok!(CheckersPallet::join(signed(who)));
		}
		for number in 1..=3 {
			let machine = probed();
			run_to(probe(machine).until + 1);
			NoRandomness::put(true);
			next_epoch();
			NoRandomness::put(false);
			assert_eq!(ended(), Some((None, 0, 0)));
			assert_eq!(fates(&[21, 22, 23]), vec![(0, BOND - 20 * Balance::from(number), number); 3]);
			assert!(events().contains(&Event::ProbeMissed { machine, checker: 21, amount: 20 }));
		}
		assert_eq!(Roster::<Test>::count(), 0);
	});
}

#[test]
fn silences_should_be_forgotten_by_what_others_say_as_well_only() {
	build_and_execute(|| {
		let machine = probed();
		let members = probers(machine);
		for who in &members {
			Checkers::<Test>::mutate_extant(who, |checker| checker.silences = 2);
		}
		serve(members[0], machine, 40, 900);
		serve(members[1], machine, 40, 900);
		miss(members[2], machine);
		assert_eq!(fates(&members), vec![(1, BOND, 0), (1, BOND, 0), (0, BOND, 2)]);
	});
}

#[test]
fn member_should_not_be_silent_when_the_epoch_was_too_short_to_speak() {
	build_and_execute(|| {
		let machine = probed();
		let members = probers(machine);
		serve(members[0], machine, 40, 900);
		serve(members[1], machine, 40, 900);
		NoRandomness::put(true);
		next_epoch();
		assert_eq!(ended(), Some((Some(true), 40, 900)));
		assert_eq!(fates(&members), vec![(1, BOND, 0), (1, BOND, 0), (0, BOND, 0)]);
	});
}

#[test]
fn answer_should_be_refused_when_it_is_of_another_device_checker_or_epoch() {
	build_and_execute(|| {
		let machine = probed();
		let (members, epoch) = (probers(machine), probe(machine).epoch);
		let (who, other) = (members[0], members[1]);
		for signature in [(MachineId(8), epoch, who), (machine, epoch, other), (machine, epoch - 1, who)] {
			let observation = Observation::Served { latency: 1, rate: 1, signature };
			assert_noop!(report(who, machine, observation), Error::<Test>::NotAnswered);
		}
	});
}

#[test]
fn report_should_be_free_once_and_refused_twice_late_or_from_others() {
	build_and_execute(|| {
		let machine = probed();
		let members = probers(machine);
		let outsider = CHECKERS.into_iter().find(|who| !members.contains(who)).unwrap();
		assert_noop!(report(outsider, machine, Observation::Unreachable), Error::<Test>::NotMember);
		assert_noop!(report(members[0], MachineId(8), Observation::Unreachable), Error::<Test>::UnknownProbe);
		assert_eq!(report(members[0], machine, Observation::Unreachable).unwrap().pays_fee, Pays::No);
		assert_eq!(events().last(), Some(&Event::ProbeReported { machine, checker: members[0], served: false }));
		let again = answer(members[0], machine, 1, 1);
		assert_noop!(report(members[0], machine, again), Error::<Test>::AlreadyReported);
		run_to(probe(machine).until);
		serve(members[1], machine, 1, 1);
		next_block();
		assert_noop!(report(members[2], machine, Observation::Unreachable), Error::<Test>::ProbeOver);
	});
}

#[test]
fn bond_should_not_come_back_while_a_probe_is_on() {
	build_and_execute(|| {
		let machine = probed();
		let who = probers(machine)[0];
		assert_ok!(CheckersPallet::leave(signed(who)));
		run_to(checker(who).free_at);
		assert_noop!(CheckersPallet::withdraw(signed(who)), Error::<Test>::DutiesOpen);
		NoRandomness::put(true);
		next_epoch();
		assert_ok!(CheckersPallet::withdraw(signed(who)));
	});
}

#[test]
fn probe_should_cost_nobody_anything_when_the_machine_is_gone() {
	build_and_execute(|| {
		let machine = probed();
		let members = probers(machine);
		miss(members[0], machine);
		deregister(machine);
		assert_noop!(report(members[1], machine, answer(members[1], machine, 1, 1)), Error::<Test>::NotAnswered);
		miss(members[1], machine);
		run_to(probe(machine).until + 1);
		next_epoch();
		assert!(Ratings::get().is_empty());
		assert_eq!(CheckersPallet::service(machine), None);
		assert_eq!(fates(&members), vec![(1, BOND, 0), (1, BOND, 0), (0, BOND, 0)]);
		// A draw on it is lost.
		assert!(Probing::<Test>::get().is_empty());
	});
}

#[test]
fn service_should_be_forgotten_when_a_machine_is_deregistered() {
	build_and_execute(|| {
		let machine = probed();
		for who in probers(machine) {
			serve(who, machine, 1, 1);
		}
		assert!(CheckersPallet::service(machine).is_some());
		deregister(machine);
		assert_eq!(CheckersPallet::service(machine), None);
	});
}
