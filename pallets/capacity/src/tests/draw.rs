//! Who is drawn, and that nobody can have a say in it.

use crate::{mock::*, *};
use assay_proofs::draw::QUALITY_ONE;
use proptest::prelude::*;
use sp_runtime::Perbill;
use std::collections::{BTreeMap, BTreeSet};

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

/// A machine that has told of itself in the present block.
fn present(id: u64, provider: AccountId) {
	Machines::<Test>::mutate(machine(id, provider), |entry| entry.as_mut().unwrap().presence.last = Some(now()));
}

/// Make `draws` draws in an epoch; the first `machines` machines weigh alike, but for how often they were drawn. Returns who
/// is asked.
fn draw_alike(epoch: u64, seed: u64, machines: u64, draws: u32) -> Vec<(MachineId, AccountId)> {
	Clock::put((epoch, 0));
	// What heartbeats do in every epoch, and a fourth of that is enough here.
	if epoch.is_multiple_of(4) {
		(0..machines).for_each(|id| Capacity::weigh(MachineId(id), STAKE).unwrap());
	}
	let randomness = H256(blake2_256(&(seed, epoch).encode()));
	Capacity::draw_machines(RoundId(epoch), epoch, &randomness, draws);
	Draws::<Test>::drain_prefix(RoundId(epoch)).map(|(machine, draw)| (machine, draw.provider)).collect()
}

#[test]
fn machines_of_a_provider_should_be_drawn_together() {
	build_and_execute(|| {
		(0..10).for_each(|id| present(id, ALICE));
		// By their numbers, threes and one that is left.
		let mut seen = BTreeSet::new();
		for epoch in 0..100 {
			let mut drawn: Vec<u64> = draw_alike(epoch, 1, 10, 1).into_iter().map(|(machine, _)| machine.0).collect();
			drawn.sort();
			seen.insert(drawn);
		}
		assert_eq!(
			seen.into_iter().collect::<Vec<_>>(),
			[vec![], vec![0, 1, 2], vec![3, 4, 5], vec![6, 7, 8], vec![9]]
		);
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
		// Room for a group is left, so that no draw is cut.
		let drawn = drawn_machines().len() as u32;
		assert!((MaxDrawn::get() - MaxTogether::get() + 1..=MaxDrawn::get()).contains(&drawn), "{drawn}");
	});
}

/// Machines of so many providers with these weights, which have seats.
fn seated(weights: &[Vec<u128>]) {
	let mut id = 0;
	for (provider, weights) in (1..).zip(weights) {
		for weight in weights {
			Capacity::weigh(machine(id, provider), *weight).unwrap();
			id += 1;
		}
	}
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(64))]

	/// Not by chance but by counting: of all points on which a draw can fall, each seat is taken by as many as it weighs.
	#[test]
	fn seat_should_be_taken_by_as_many_points_as_it_weighs_whoever_has_it(
		weights in prop::collection::vec(prop::collection::vec(0..9u128, 0..12), 1..4),
		leave in prop::collection::vec(0..30u64, 0..8),
		together in 2..6u32,
	) {
		build_and_execute(|| {
			MaxTogether::set(together);
			seated(&weights);
			for machine in leave.into_iter().map(MachineId) {
				Capacity::carry_out(machine, Change::Leave);
			}
			let tree = Capacity::tree();
			let mut taken = BTreeMap::<u32, u128>::new();
			for point in 0..tree.total() {
				let (slot, depth) = tree.locate(point).unwrap();
				let group = Capacity::reached(&tree, slot, depth);
				assert!(group.len() <= together as usize);
				for (slot, seat) in &group {
					*taken.entry(*slot).or_default() += 1;
					// Never without a sibling that weighs as much.
					let weight = tree.weight(*slot);
					for (other, sibling) in Seats::<Test>::iter() {
						let same = sibling.provider == seat.provider && sibling.number / together == seat.number / together;
						assert!(!same || tree.weight(other) < weight || group.iter().any(|(slot, _)| *slot == other));
					}
				}
			}
			for slot in Seats::<Test>::iter_keys() {
				assert_eq!(taken.get(&slot).copied().unwrap_or(0), tree.weight(slot).unwrap());
			}
		});
	}
}

#[test]
fn machine_should_be_asked_as_often_in_a_group_as_alone() {
	const ROUNDS: u64 = 3_000;
	let mut providers = vec![(ALICE, 8), (BOB, 12), (CAROL, 4)];
	providers.extend((100..112).map(|provider| (provider, 1)));
	// All but one of Carol's machines bid for jobs all the time.
	let busy = 20..23;
	let mut asked = BTreeMap::<AccountId, u32>::new();
	for seed in 1..=8 {
		let mut ext = new_test_ext();
		ext.execute_with(|| {
			MaxTogether::set(8);
			MaxDrawn::set(64);
			let owners = providers.iter().flat_map(|(provider, count)| (0..*count).map(move |_| *provider));
			(0..).zip(owners).for_each(|(id, provider)| present(id, provider));
			busy.clone().for_each(|id| <Capacity as MachineObserver<AccountId>>::busy(MachineId(id)));
			for epoch in 0..ROUNDS {
				for (_, provider) in draw_alike(epoch, seed, 36, 2) {
					// All who have a single machine count as one.
					let who = if provider < 100 { provider } else { 100 };
					*asked.entry(who).or_default() += 1;
				}
				System::reset_events();
			}
		});
	}
	let average = |who, machines: u32| f64::from(asked[&who]) / f64::from(machines);
	let alone = average(100, 12);
	for (who, machines) in [(ALICE, 8), (BOB, 12), (CAROL, 1)] {
		let ratio = average(who, machines) / alone;
		assert!((0.92..1.08).contains(&ratio), "those of {who} are asked {ratio} times as often: {asked:?}");
	}
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

#[test]
fn seats_should_be_numbered_in_a_row_when_one_is_given_up() {
	build_and_execute(|| {
		seated(&[vec![1; 4], vec![1]]);
		Capacity::carry_out(MachineId(1), Change::Leave);
		let numbers = |provider| {
			let seats =
				(0..SeatCounts::<Test>::get(provider)).filter_map(|number| SeatsOf::<Test>::get(provider, number));
			seats.map(|slot| Seats::<Test>::get(slot).unwrap().machine.0).collect::<Vec<_>>()
		};
		assert_eq!(numbers(1), [0, 3, 2]);
		Capacity::carry_out(MachineId(2), Change::Leave);
		assert_eq!((numbers(1), numbers(2)), (vec![0, 3], vec![4]));
		Capacity::carry_out(MachineId(4), Change::Leave);
		assert!(!SeatCounts::<Test>::contains_key(2));
	});
}
