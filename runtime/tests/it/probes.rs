//! Checkers that ask machines whether they are there, with real devices' signatures.

use crate::{
	capacity::{drawn, go, DEVICE},
	support::*,
};
use assay_primitives::RewardKind;
use assay_proofs::draw::QUALITY_ONE;
use assay_runtime::{
	params::{CHECKER_BOND, PROBE_WINDOW},
	AccountId, Balances, Checkers, MachineId, Runtime, Signature, System,
};
use frame_support::traits::fungible::InspectHold;
use pallet_capacity::payload;
use pallet_checkers::{Call as Checking, Error, HoldReason, Observation, Probes};
use sp_keyring::Sr25519Keyring::{self, Alice, Bob, Charlie, Eve, Ferdie};

/// Enough for a committee, whoever is drawn.
const CHECKERS: [Sr25519Keyring; 4] = [Alice, Charlie, Eve, Ferdie];
/// Whose the machine is.
const PROVIDER: Sr25519Keyring = Bob;

/// A machine that is probed in epoch 5, and by whom.
fn probed() -> (MachineId, Vec<AccountId>) {
	let machine = drawn();
	for key in CHECKERS {
		call(&account(key), Checking::join {}).unwrap();
	}
	go(5, 0);
	let probe = Probes::<Runtime>::get(machine).expect("the only machine is probed");
	(machine, probe.members.into_iter().map(|member| member.who).collect())
}

fn served(machine: MachineId, checker: &AccountId, by: Sr25519Keyring) -> Checking<Runtime> {
	let signature = by.sign(&payload::probe(&System::block_hash(0), machine, 5, checker)).into();
	let observation: Observation<Signature> = Observation::Served { latency: 40, rate: 9_000, signature };
	Checking::report_probe { machine, observation }
}

fn quality(machine: MachineId) -> u32 {
	pallet_capacity::Machines::<Runtime>::get(machine).unwrap().quality
}

fn is_rewarded(who: &AccountId) -> bool {
	pallet_token_mint::Ledgers::<Runtime>::contains_key(RewardKind::Checks, who)
}

fn bond(who: &AccountId) -> u128 {
	Balances::balance_on_hold(&HoldReason::CheckerBond.into(), who)
}

#[test]
fn quality_should_rise_and_checkers_be_paid_when_a_machine_answers() {
	chain("development").execute_with(|| {
		let (machine, members) = probed();
		let before = quality(machine);
		let forged = call(&members[0], served(machine, &members[0], PROVIDER));
		assert_eq!(forged, Err(Error::<Runtime>::NotAnswered.into()));
		let copied = call(&members[1], served(machine, &members[0], DEVICE));
		assert_eq!(copied, Err(Error::<Runtime>::NotAnswered.into()));
		for who in &members {
			call(who, served(machine, who, DEVICE)).unwrap();
		}
		assert_eq!(quality(machine), before + (QUALITY_ONE - before) / 16);
		assert!(members.iter().all(|who| is_rewarded(who) && bond(who) == CHECKER_BOND));
		let service = Checkers::service(machine).unwrap();
		assert_eq!((service.epoch, service.latency, service.rate, service.served), (5, 40, 9_000, true));
		check_invariants();
		let deregister = pallet_compute_market::Call::deregister_machine { machine };
		call(&account(PROVIDER), deregister).unwrap();
		assert_eq!(Checkers::service(machine), None);
		check_invariants();
	});
}

#[test]
fn quality_should_fall_and_silence_cost_when_most_cannot_reach_a_machine() {
	chain("development").execute_with(|| {
		let (machine, members) = probed();
		let before = quality(machine);
		for who in &members[..2] {
			call(who, Checking::report_probe { machine, observation: Observation::Unreachable }).unwrap();
		}
		leap(PROBE_WINDOW);
		assert_eq!(quality(machine), before);
		go(6, 0);
		let ended =
			pallet_checkers::Event::<Runtime>::ProbeEnded { machine, outcome: Some(false), latency: 0, rate: 0 };
		System::assert_has_event(ended.into());
		assert!(!Checkers::service(machine).unwrap().served);
		assert!(quality(machine) <= before - before / 4);
		assert!(is_rewarded(&members[0]) && is_rewarded(&members[1]) && !is_rewarded(&members[2]));
		assert!(bond(&members[2]) < CHECKER_BOND);
		check_invariants();
	});
}
