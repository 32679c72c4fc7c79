//! Device keys and heartbeats.

use crate::{mock::*, *};
use assay_proofs::draw::QUALITY_ONE;
use frame_support::{assert_noop, assert_ok};
use sp_runtime::testing::TestSignature;

#[test]
fn device_should_be_set_by_its_provider_only() {
	build_and_execute(|| {
		let machine = machine(1, ALICE);
		assert_noop!(Capacity::set_device(signed(BOB), machine, Some(9)), Error::<Test>::NotMachineOwner);
		assert_noop!(Capacity::set_device(signed(ALICE), MachineId(2), Some(9)), Error::<Test>::UnknownMachine);
		assert_ok!(Capacity::set_device(signed(ALICE), machine, None));
		assert_eq!(heartbeat(machine), refusal(Refusal::NoDevice));
		assert_eq!(events().last(), Some(&Event::DeviceSet { machine, device: None }));
	});
}

#[test]
fn heartbeat_should_count_once_an_interval() {
	build_and_execute(|| {
		let machine = machine(1, ALICE);
		assert_ok!(heartbeat(machine));
		assert_eq!(heartbeat(machine), refusal(Refusal::Repeated));
		for _ in 0..5 {
			next_block(Weight::MAX);
		}
		assert_ok!(heartbeat(machine));
		let presence = Machines::<Test>::get(machine).unwrap().presence;
		assert_eq!(presence, Presence { epoch: 0, seen: 0b11, last: Some(6) });
	});
}

#[test]
fn heartbeat_should_be_refused_when_replayed_early_or_late() {
	build_and_execute(|| {
		let machine = machine(1, ALICE);
		let call = heartbeat_call(machine);
		assert_ok!(send(call.clone()));
		assert_eq!(send(call.clone()), refusal(Refusal::Repeated));
		let of = |epoch, interval| Call::<Test>::heartbeat {
			machine,
			epoch,
			interval,
			signature: sign(machine, payload::heartbeat(&genesis(), machine, epoch, interval)),
		};
		assert_eq!(send(of(0, 1)), refusal(Refusal::Interval));
		assert_eq!(send(of(1, 0)), refusal(Refusal::Interval));
		begin_block(0, 10);
		// The interval before is taken still.
		assert_ok!(send(of(0, 1)));
		assert_ok!(send(of(0, 2)));
		begin_block(1, 0);
		assert_eq!(send(call), refusal(Refusal::Interval));
		assert_eq!(send(of(0, 3)), refusal(Refusal::Interval));
	});
}

#[test]
fn heartbeat_should_be_refused_when_another_signed_or_something_else_was_signed() {
	build_and_execute(|| {
		let (machine, other) = (machine(1, ALICE), machine(2, BOB));
		let payload = payload::heartbeat(&genesis(), machine, 0, 0);
		let with = |signature| send(Call::heartbeat { machine, epoch: 0, interval: 0, signature });
		assert_eq!(with(TestSignature(device(other), payload.clone())), refusal(Refusal::Signature));
		assert_eq!(with(sign(machine, payload::heartbeat(&genesis(), other, 0, 0))), refusal(Refusal::Signature));
		assert_eq!(
			with(sign(machine, payload::heartbeat(&H256::repeat_byte(1), machine, 0, 0))),
			refusal(Refusal::Signature)
		);
		assert_ok!(with(sign(machine, payload)));
	});
}

#[test]
fn calls_of_devices_should_be_refused_when_they_are_not_authorized() {
	build_and_execute(|| {
		let machine = machine(1, ALICE);
		let signature = sign(machine, payload::heartbeat(&genesis(), machine, 0, 0));
		for origin in [signed(ALICE), signed(device(machine)), RuntimeOrigin::root(), RuntimeOrigin::none()] {
			assert_noop!(
				Capacity::heartbeat(origin, machine, 0, 0, signature.clone()),
				sp_runtime::DispatchError::BadOrigin
			);
		}
	});
}

#[test]
fn quality_should_rise_when_a_machine_is_always_there_and_fall_when_it_is_silent() {
	build_and_execute(|| {
		let (present, silent) = (machine(1, ALICE), machine(2, BOB));
		assert_ok!(heartbeat(silent));
		for _ in 0..3 {
			run_to_next_epoch();
			Machines::<Test>::mutate(silent, |entry| entry.as_mut().unwrap().device = None);
		}
		run(1);
		assert!(quality_of(present) > quality::INITIAL);
		assert_ok!(Capacity::set_device(signed(BOB), silent, Some(device(silent))));
		let before = quality_of(silent);
		assert_ok!(heartbeat(silent));
		assert!(quality_of(silent) < before, "three epochs of silence");
		assert!(quality_of(present) <= QUALITY_ONE);
	});
}
