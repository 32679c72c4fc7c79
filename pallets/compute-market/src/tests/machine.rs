//! Machines on offer: registering, changing, taking off the market.

use crate::{mock::*, *};
use frame_support::{assert_noop, assert_ok};
use sp_runtime::TokenError;

#[test]
fn register_machine_should_hold_deposit_and_count_for_stake() {
	build_and_execute(|| {
		assert_ok!(ComputeMarket::register_machine(signed(PROVIDER), TIER, REGION, 4, url("http://provider")));

		let entry = Machines::<Test>::get(MachineId(0)).unwrap();
		assert_eq!(
			(entry.provider, entry.tier, entry.region, entry.slots, entry.running),
			(PROVIDER, TIER, REGION, 4, 0)
		);
		assert_eq!(held(HoldReason::MachineDeposit, PROVIDER), 40);
		assert_eq!(Staked::get(), vec![(PROVIDER, MachineId(0), TIER, REGION)]);
		assert_eq!(
			events(),
			vec![Event::MachineRegistered { machine: MachineId(0), provider: PROVIDER, tier: TIER, region: REGION }]
		);
	});
}

#[test]
fn register_machine_should_fail_when_slots_are_out_of_range() {
	build_and_execute(|| {
		for slots in [0, 5, u32::MAX] {
			assert_noop!(
				ComputeMarket::register_machine(signed(PROVIDER), TIER, REGION, slots, url("")),
				Error::<Test>::SlotsOutOfRange
			);
		}
	});
}

#[test]
fn register_machine_should_fail_when_stake_does_not_cover_it() {
	build_and_execute(|| {
		Halted::set(vec![PROVIDER]);
		assert_noop!(
			ComputeMarket::register_machine(signed(PROVIDER), TIER, REGION, 1, url("")),
			DispatchError::Other("halted")
		);
	});
}

#[test]
fn register_machine_should_fail_when_deposit_cannot_be_held() {
	new_test_ext().execute_with(|| {
		impoverish(PROVIDER);
		assert_noop!(
			ComputeMarket::register_machine(signed(PROVIDER), TIER, REGION, 1, url("")),
			TokenError::FundsUnavailable
		);
	});
}

#[test]
fn register_machine_should_never_give_an_id_twice() {
	build_and_execute(|| {
		let first = machine(PROVIDER);
		assert_ok!(ComputeMarket::deregister_machine(signed(PROVIDER), first));
		assert_eq!(machine(PROVIDER), MachineId(1));
	});
}

#[test]
fn deregister_machine_should_release_deposit_as_it_was_paid() {
	build_and_execute(|| {
		let machine = machine(PROVIDER);
		MachineDeposit::set(4_000);
		assert_ok!(ComputeMarket::deregister_machine(signed(PROVIDER), machine));
		MachineDeposit::set(40);

		assert_eq!(Machines::<Test>::get(machine), None);
		assert_eq!((free(PROVIDER), held(HoldReason::MachineDeposit, PROVIDER)), (ENDOWMENT, 0));
		assert_eq!(Staked::get(), vec![]);
		assert!(events().contains(&Event::MachineDeregistered { machine, provider: PROVIDER }));
	});
}

#[test]
fn deregister_machine_should_fail_when_it_is_the_best_bid() {
	build_and_execute(|| {
		let (job, machine) = (submit(CLIENT), machine(PROVIDER));
		assert_ok!(ComputeMarket::bid(signed(PROVIDER), job, machine, 80));
		assert_noop!(ComputeMarket::deregister_machine(signed(PROVIDER), machine), Error::<Test>::MachineBusy);
	});
}

#[test]
fn deregister_machine_should_fail_when_its_job_is_assigned_or_under_review() {
	build_and_execute(|| {
		let job = assigned();
		assert_noop!(ComputeMarket::deregister_machine(signed(PROVIDER), MachineId(0)), Error::<Test>::MachineBusy);
		assert_ok!(ComputeMarket::commit_result(signed(PROVIDER), job, 0, ROOT));
		assert_noop!(ComputeMarket::deregister_machine(signed(PROVIDER), MachineId(0)), Error::<Test>::MachineBusy);
		assert_ok!(ComputeMarket::accept_result(signed(CLIENT), job, 0));
		assert_ok!(ComputeMarket::deregister_machine(signed(PROVIDER), MachineId(0)));
	});
}

#[test]
fn deregister_machine_should_fail_when_caller_is_another() {
	build_and_execute(|| {
		let machine = machine(PROVIDER);
		assert_noop!(ComputeMarket::deregister_machine(signed(RIVAL), machine), Error::<Test>::NotMachineOwner);
		assert_noop!(ComputeMarket::deregister_machine(signed(PROVIDER), MachineId(9)), Error::<Test>::UnknownMachine);
	});
}

#[test]
fn set_endpoint_should_replace_the_url() {
	build_and_execute(|| {
		let machine = machine(PROVIDER);
		let endpoint = url("http://elsewhere");
		assert_ok!(ComputeMarket::set_endpoint(signed(PROVIDER), machine, endpoint.clone()));
		assert_eq!(Machines::<Test>::get(machine).unwrap().endpoint, endpoint);
		assert!(events().contains(&Event::EndpointSet { machine, endpoint }));
	});
}

#[test]
fn set_endpoint_should_fail_when_caller_is_another() {
	build_and_execute(|| {
		let machine = machine(PROVIDER);
		assert_noop!(ComputeMarket::set_endpoint(signed(RIVAL), machine, url("")), Error::<Test>::NotMachineOwner);
		assert_noop!(
			ComputeMarket::set_endpoint(signed(PROVIDER), MachineId(9), url("")),
			Error::<Test>::UnknownMachine
		);
	});
}
