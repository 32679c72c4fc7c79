//! What checkers ask of machines, and what becomes of it.

use crate::{mock::*, *};
use assay_proofs::draw::QUALITY_ONE;
use frame_support::assert_ok;
use sp_runtime::testing::TestSignature;

/// Somebody who asks.
const CHECKER: AccountId = 50;

fn draw(number: u32) -> Option<(MachineId, AccountId)> {
	<Capacity as ProbedMachines<AccountId, TestSignature>>::draw(&H256::repeat_byte(9), number)
}

fn answered(machine: MachineId, epoch: EpochIndex, checker: AccountId, signature: &TestSignature) -> bool {
	<Capacity as ProbedMachines<_, _>>::answered(machine, epoch, &checker, signature)
}

fn rate(machine: MachineId, served: bool) {
	<Capacity as ProbedMachines<AccountId, TestSignature>>::rate(machine, served);
}

#[test]
fn draw_should_fall_on_machines_with_seats_that_are_not_gone() {
	build_and_execute(|| {
		assert_eq!(draw(0), None);
		let (first, second) = (machine(1, ALICE), machine(2, BOB));
		for _ in 0..3 {
			run_to_next_epoch();
		}
		assert_eq!(<Capacity as ProbedMachines<AccountId, TestSignature>>::seats(), 2);
		let drawn = || (0..40).map(draw).collect::<Vec<_>>();
		assert!(drawn().iter().all(Option::is_some));
		assert!(drawn().contains(&Some((first, ALICE))) && drawn().contains(&Some((second, BOB))));
		<Capacity as MachineObserver<AccountId>>::deregistered(first);
		assert!(drawn().contains(&None), "a draw on a machine that is gone is lost");
		assert!(!drawn().contains(&Some((first, ALICE))) && drawn().contains(&Some((second, BOB))));
		assert!(!<Capacity as ProbedMachines<AccountId, TestSignature>>::is_registered(first));
	});
}

#[test]
fn answer_should_count_when_the_device_gave_it_to_that_checker_in_that_epoch() {
	build_and_execute(|| {
		let (machine, other) = (machine(1, ALICE), machine(2, BOB));
		let payload = payload::probe(&genesis(), machine, 3, &CHECKER);
		let signature = sign(machine, payload.clone());
		assert!(answered(machine, 3, CHECKER, &signature));
		assert!(!answered(machine, 4, CHECKER, &signature));
		assert!(!answered(machine, 3, CHECKER + 1, &signature));
		assert!(!answered(other, 3, CHECKER, &signature));
		assert!(!answered(machine, 3, CHECKER, &TestSignature(device(other), payload)));
		assert!(!answered(machine, 3, CHECKER, &sign(machine, payload::heartbeat(&genesis(), machine, 3, 0))));
		assert_ok!(Capacity::set_device(signed(ALICE), machine, None));
		assert!(!answered(machine, 3, CHECKER, &signature));
	});
}

#[test]
fn rate_should_move_quality_and_ask_for_the_weight_that_follows() {
	build_and_execute(|| {
		let machine = machine(1, ALICE);
		rate(machine, true);
		assert_eq!(quality_of(machine), quality::INITIAL + (QUALITY_ONE - quality::INITIAL) / 16);
		// Who was never heard of has no seat to weigh.
		assert_eq!(Changes::<Test>::iter().count(), 0);
		assert_ok!(heartbeat(machine));
		let before = quality_of(machine);
		rate(machine, false);
		assert_eq!(quality_of(machine), before - before / 4);
		let base = tree::weight(STAKE, quality_of(machine), 0);
		assert_eq!(Changes::<Test>::get(epoch(), machine), Some(Change::Weigh(base)));
		rate(MachineId(9), true);
		assert!(!Machines::<Test>::contains_key(MachineId(9)));
	});
}
