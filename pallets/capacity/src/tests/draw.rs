//! Who is drawn, and that nobody can have a say in it.

use crate::{mock::*, *};
use assay_proofs::draw::QUALITY_ONE;
use sp_runtime::Perbill;

fn drawn_machines() -> Vec<MachineId> {
	let mut drawn: Vec<MachineId> = Draws::<Test>::iter().map(|(_, machine, _)| machine).collect();
	drawn.sort();
	drawn
}

#[test]
fn machine_should_weigh_two_epochs_after_its_first_heartbeat() {
	build_and_execute(|| {
		let machine = machine(1, ALICE);
		run_to_next_epoch();
		run(5);
		assert_eq!(Capacity::standing(machine).unwrap().weight, 0);
		run_to_next_epoch();
		run(5);
		// Stake by a quality of a half.
		assert_eq!(Capacity::standing(machine).unwrap().weight, STAKE / 2);
		assert_eq!(Capacity::standing(machine).unwrap().total, STAKE / 2);
	});
}

#[test]
fn machine_should_not_be_drawn_when_it_never_told_of_itself() {
	build_and_execute(|| {
		let machine = machine(1, ALICE);
		for _ in 0..100 {
			next_block(Weight::MAX);
		}
		assert_eq!(Machines::<Test>::get(machine).unwrap().seat, None);
		assert_eq!(NextRound::<Test>::get(), RoundId(0));
	});
}

#[test]
fn draw_should_be_lost_when_it_falls_on_a_machine_that_is_busy_silent_gone_or_halted() {
	let prevent: [fn(MachineId); 5] = [
		|machine| <Capacity as MachineObserver<AccountId>>::busy(machine),
		|machine| Machines::<Test>::mutate(machine, |entry| entry.as_mut().unwrap().presence.last = Some(1)),
		|machine| <Capacity as MachineObserver<AccountId>>::deregistered(machine),
		|_| Halted::set(vec![ALICE]),
		|machine| Capacity::set_device(signed(ALICE), machine, None).unwrap(),
	];
	for prevent in prevent {
		build_and_execute(|| {
			let (machine, other) = (machine(1, ALICE), machine(2, BOB));
			for _ in 0..2 {
				run_to_next_epoch();
			}
			run(EPOCH - 1);
			prevent(machine);
			next_block(Weight::MAX);
			assert_eq!(drawn_machines(), [other]);
		});
	}
}

#[test]
fn draw_should_not_depend_on_what_others_do_in_the_last_two_epochs() {
	// Whatever Alice does with her machines shortly before, the same ones of Bob's and Carol's are drawn.
	let play = |act: &dyn Fn(MachineId)| {
		let mut ext = new_test_ext();
		ext.execute_with(|| {
			DrawShare::set(Perbill::from_percent(30));
			MaxTogether::set(2);
			for number in 0..4 {
				machine(number, ALICE);
				machine(10 + number, BOB);
				machine(20 + number, CAROL);
			}
			for _ in 0..4 {
				run_to_next_epoch();
			}
			run(1);
			for number in 0..4 {
				act(MachineId(number));
			}
			let mut draws = Vec::new();
			for _ in 0..2 {
				let latest = NextRound::<Test>::get();
				run_to_next_epoch();
				let mut drawn: Vec<MachineId> = Draws::<Test>::iter_key_prefix(latest).collect();
				drawn.retain(|machine| (10..30).contains(&machine.0));
				drawn.sort();
				draws.push(drawn);
			}
			Capacity::do_try_state().unwrap();
			draws
		})
	};
	let nothing = play(&|_| ());
	assert!(nothing.iter().all(|drawn| !drawn.is_empty()));
	let deregister = |machine: MachineId| {
		if machine.0.is_multiple_of(2) {
			<Capacity as MachineObserver<AccountId>>::deregistered(machine);
		}
	};
	let more = |machine: MachineId| {
		machine_of(40 + machine.0, ALICE, Tier(8), REGION);
	};
	let busy = |machine: MachineId| <Capacity as MachineObserver<AccountId>>::busy(machine);
	assert_eq!(nothing, play(&deregister));
	assert_eq!(nothing, play(&more));
	assert_eq!(nothing, play(&busy));
}

#[test]
fn machines_of_a_provider_should_be_drawn_together() {
	build_and_execute(|| {
		DrawShare::set(Perbill::from_percent(1));
		for number in 0..10 {
			machine(number, ALICE);
		}
		for _ in 0..3 {
			run_to_next_epoch();
		}
		// One draw, three machines.
		assert_eq!(drawn_machines().len(), 3);
	});
}

#[test]
fn draws_should_be_bounded() {
	build_and_execute(|| {
		for number in 0..20 {
			machine(number, number % 7);
		}
		for _ in 0..3 {
			run_to_next_epoch();
		}
		assert_eq!(drawn_machines().len(), MaxDrawn::get() as usize);
	});
}

#[test]
fn machine_should_weigh_less_when_it_was_drawn_and_more_again_later() {
	build_and_execute(|| {
		let machine = drawn();
		let slot = Machines::<Test>::get(machine).unwrap().seat.unwrap();
		let seat = Seats::<Test>::get(slot).unwrap();
		assert_eq!((seat.recent, seat.faded_in), (1, 3));
		assert_eq!(Capacity::tree().weight(slot), Some(seat.base / 2));
		assert_eq!(Capacity::seat_weight(&seat, 3 + FADE_EPOCHS), seat.base);
		assert_eq!(Capacity::seat_weight(&seat, u64::MAX), seat.base);
	});
}

#[test]
fn draws_should_be_forgotten_by_time_alone() {
	build_and_execute(|| {
		let slot = Machines::<Test>::get(drawn()).unwrap().seat.unwrap();
		// Drawn at even distances for long: as much is forgotten as comes.
		let recent_after = |distance: u64| {
			let mut seat = Seats::<Test>::get(slot).unwrap();
			for draw in 1..=200 {
				Capacity::note_drawn(&mut seat, 3 + draw * distance);
			}
			seat.recent
		};
		assert!((1..=3).contains(&recent_after(FADE_EPOCHS - 1)));
		assert!((2..=3).contains(&recent_after(FADE_EPOCHS / 2)));
		assert!((16..=32).contains(&recent_after(1)));
		// A draw takes nothing away of what is forgotten of others.
		let mut seat = Seats::<Test>::get(slot).unwrap();
		(seat.recent, seat.faded_in) = (8, 3);
		Capacity::note_drawn(&mut seat, 3 + FADE_EPOCHS - 1);
		assert_eq!(Capacity::seat_weight(&seat, 3 + FADE_EPOCHS - 1), seat.base / 10);
		assert_eq!(Capacity::seat_weight(&seat, 3 + FADE_EPOCHS), seat.base / 5);
	});
}

#[test]
fn weight_should_be_stake_by_quality() {
	build_and_execute(|| {
		let strong = machine_of(1, ALICE, Tier(4), REGION);
		let entry = Machines::<Test>::get(strong).unwrap();
		assert_eq!(Capacity::base(&entry), 4 * STAKE / 2);
		let best = Machine { quality: QUALITY_ONE, ..entry };
		assert_eq!(Capacity::base(&best), 4 * STAKE);
	});
}

#[test]
fn seat_should_be_given_up_two_epochs_after_a_machine_is_gone() {
	build_and_execute(|| {
		let machine = drawn();
		commit(machine, true);
		<Capacity as MachineObserver<AccountId>>::deregistered(machine);
		assert_eq!(Seats::<Test>::count(), 1);
		run_to_next_epoch();
		run(5);
		assert_eq!(Seats::<Test>::count(), 1);
		run_to_next_epoch();
		run(5);
		assert_eq!(Seats::<Test>::count(), 0);
		assert!(!Machines::<Test>::contains_key(machine));
		assert_eq!(DrawPages::<Test>::iter().count(), 0);
	});
}
