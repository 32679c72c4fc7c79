//! The SCALE bytes of everything stored and of the calls' own types. A change here needs a migration.

use crate::{mock::*, *};
use codec::{Decode, Encode};
use frame_support::traits::{GetStorageVersion, StorageVersion};
use sp_core::hexdisplay::HexDisplay;

fn assert_bytes<V: Encode + Decode + PartialEq + core::fmt::Debug>(value: V, expected: &str) {
	let bytes = value.encode();
	assert_eq!(HexDisplay::from(&bytes).to_string(), expected);
	assert_eq!(V::decode(&mut bytes.as_slice()), Ok(value));
}

#[test]
fn storage_version_should_be_one() {
	new_test_ext().execute_with(|| assert_eq!(Capacity::in_code_storage_version(), StorageVersion::new(1)));
}

fn draw() -> Draw<Test> {
	Draw { provider: 1, device: 2, tier: Tier(3), region: Region(4), params: PARAMS, quality: 5, factor: 6 }
}

#[test]
fn machine_should_keep_its_bytes() {
	let machine = Machine::<Test> {
		provider: 1,
		tier: Tier(2),
		region: Region(3),
		device: Some(4),
		seat: Some(5),
		quality: 6,
		presence: Presence { epoch: 7, seen: 8, last: Some(9) },
		gone: false,
		busy: true,
	};
	assert_bytes(
		machine,
		"010000000000000002030001040000000000000001050000000600000007000000000000000800000001090000000001",
	);
}

#[test]
fn seat_and_changes_should_keep_their_bytes() {
	let seat = Seat::<AccountId> { machine: MachineId(1), provider: 2, number: 6, base: 3, recent: 4, faded_in: 5 };
	assert_bytes(
		seat,
		"010000000000000002000000000000000600000003000000000000000000000000000000040000000500000000000000",
	);
	assert_bytes(Change::Weigh(1), "0001000000000000000000000000000000");
	assert_bytes(Change::Leave, "01");
}

#[test]
fn rounds_should_keep_their_bytes() {
	let round = Round::<Test> { epoch: 1, began: 2, randomness: H256::zero(), open: 3, stage: Stage::Committing };
	let zeros = "0".repeat(64);
	assert_bytes(round, &format!("010000000000000002000000{zeros}0300000000"));
	let proving = Stage::Proving { randomness: H256::zero(), since: 1u32, until: 2 };
	assert_bytes(proving, &format!("01{zeros}0100000002000000"));
	assert_bytes(Stage::<u32>::Void, "02");
	let drawn = "010000000000000002000000000000000304008000000002000000200000000400000";
	assert_bytes(draw(), &format!("{drawn}00500000006000000"));
	let commitment = Commitment::<Test> { draw: draw(), hash: H256::zero(), elapsed: 1 };
	assert_bytes(commitment, &format!("{drawn}00500000006000000{zeros}01000000"));
}

#[test]
fn regions_should_keep_their_bytes() {
	let mut regions = RegionTable::default();
	regions.add(Region(1), 2);
	let zeros = "0".repeat(32);
	assert_bytes(regions, &format!("040100{zeros}02{}", "0".repeat(30)));
}

#[test]
fn outcomes_and_refusals_should_keep_their_numbers() {
	let outcomes = [Settled::Void, Settled::Missed, Settled::Silent];
	assert_eq!(outcomes.map(|outcome| outcome.encode()[0]), [0, 2, 3]);
	let refusals = [
		Refusal::NoDevice,
		Refusal::Signature,
		Refusal::Interval,
		Refusal::Repeated,
		Refusal::NotDrawn,
		Refusal::Time,
		Refusal::Commitment,
		Refusal::Proof,
	];
	assert_eq!(refusals.map(|refusal| refusal as u8), [1, 2, 3, 4, 5, 6, 7, 8]);
}

#[test]
fn payloads_should_keep_their_bytes() {
	let hex = |bytes: Vec<u8>| HexDisplay::from(&bytes).to_string();
	let zeros = "0".repeat(64);
	let heartbeat = payload::heartbeat(&H256::zero(), MachineId(1), 2, 3);
	assert_eq!(
		hex(heartbeat),
		format!("61737361792f686561727462656174{zeros}0100000000000000020000000000000003000000")
	);
	let commitment = payload::commitment(&H256::zero(), RoundId(1), MachineId(2), &H256::zero());
	assert_eq!(
		hex(commitment),
		format!("61737361792f636f6d6d69746d656e74{zeros}01000000000000000200000000000000{zeros}")
	);
}
