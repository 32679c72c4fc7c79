//! Each invariant finds what breaks it.

use crate::{mock::*, *};

fn broken(damage: impl FnOnce(MachineId), expected: &'static str) {
	new_test_ext().execute_with(|| {
		let machine = drawn();
		Capacity::do_try_state().unwrap();
		damage(machine);
		assert_eq!(Capacity::do_try_state(), Err(expected.into()));
	});
}

fn seat(machine: MachineId) -> u32 {
	Machines::<Test>::get(machine).unwrap().seat.unwrap()
}

#[test]
fn tree_should_be_checked() {
	broken(|machine| Seats::<Test>::remove(seat(machine)), "there is weight that no seat explains");
	broken(|_| DrawPages::<Test>::remove(0, 0), "a sum is not that of the page below");
	broken(
		|machine| Seats::<Test>::mutate(seat(machine), |seat| seat.as_mut().unwrap().base = 0),
		"a seat weighs more than its base",
	);
}

#[test]
fn seats_should_be_checked() {
	broken(|_| SeatsOf::<Test>::remove(ALICE, 0), "a seat is not listed with its provider");
	broken(|_| SeatsOf::<Test>::insert(BOB, 0, 9), "a provider has a seat that is none");
	broken(|_| SeatCounts::<Test>::remove(ALICE), "a provider's seats are not numbered in a row");
	broken(|_| SeatCounts::<Test>::insert(ALICE, 2), "the seats of a provider are counted wrongly");
	broken(|_| SeatCounts::<Test>::insert(BOB, 0), "the seats of a provider are counted wrongly");
	broken(
		|machine| Machines::<Test>::mutate(machine, |entry| entry.as_mut().unwrap().seat = None),
		"a seat is of a machine that has another",
	);
}

#[test]
fn machines_should_be_checked() {
	broken(
		|machine| Machines::<Test>::mutate(machine, |entry| entry.as_mut().unwrap().quality = 1_000_001),
		"a quality is above one",
	);
	broken(Machines::<Test>::remove, "a seat is of a machine that has another");
	broken(
		|_| {
			let other = machine(2, BOB);
			Machines::<Test>::mutate(other, |entry| entry.as_mut().unwrap().seat = Some(0));
		},
		"a machine has a seat of another, or none",
	);
}

#[test]
fn changes_should_be_checked() {
	broken(|machine| Changes::<Test>::insert(0, machine, Change::Weigh(0)), "the cursor has passed a change");
	let expected = "a machine is kept though it is gone, or leaves though it is not";
	broken(|machine| Machines::<Test>::mutate(machine, |entry| entry.as_mut().unwrap().gone = true), expected);
	broken(|machine| Changes::<Test>::insert(9, machine, Change::Leave), expected);
}

#[test]
fn rounds_should_be_checked() {
	let open =
		|open| move |_: MachineId| Rounds::<Test>::mutate(RoundId(0), |round| round.as_mut().unwrap().open = open);
	broken(open(2), "a round counts others than are open in it");
	broken(|_| Rounds::<Test>::remove(RoundId(0)), "a machine is in a round that is none");
	broken(|_| DrawCursor::<Test>::put(RoundId(1)), "the cursor has passed a draw");
	broken(|_| NextRound::<Test>::put(RoundId(0)), "a round has a number that was not given yet");
	broken(|_| NextRound::<Test>::put(RoundId(2)), "an old round still takes commitments");
	broken(
		|machine| {
			let draw = Draws::<Test>::get(RoundId(0), machine).unwrap();
			let commitment = Commitment { draw, hash: H256::zero(), elapsed: 0 };
			Commitments::<Test>::insert(RoundId(0), machine, commitment);
		},
		"a machine is there twice in a round",
	);
}
