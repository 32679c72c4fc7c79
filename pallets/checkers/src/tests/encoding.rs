//! The SCALE bytes of everything stored. A change here needs a migration.

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
	new_test_ext().execute_with(|| assert_eq!(CheckersPallet::in_code_storage_version(), StorageVersion::new(1)));
}

#[test]
fn checker_should_keep_its_bytes() {
	let checker = Checker::<Test> { bond: 0x3e8, seat: Some(2), duties: 1, silences: 3, free_at: 7 };
	assert_bytes(
		checker,
		"e803000000000000000000000000000001020000000100000003000000\
		07000000",
	);
}

#[test]
fn candidate_should_keep_its_bytes() {
	assert_bytes(Candidate { job: JobId(5), attempt: 1, epoch: 9 }, "0500000000000000010000000900000000000000");
}

#[test]
fn check_should_keep_its_bytes() {
	let finding = Finding { outcome: H256::repeat_byte(0xaa), gas: 0x10 };
	let vote = Vote::Revealed(vec![finding].try_into().unwrap());
	let check = Check::<Test> {
		attempt: 1,
		sample: vec![3].try_into().unwrap(),
		members: vec![CommitteeMember { who: 0x15, vote }].try_into().unwrap(),
		stage: Stage::Agreed { speaker: 0 },
		until: 8,
	};
	let outcome = "aa".repeat(32);
	assert_bytes(
		check,
		&format!("0100000004030000000415000000000000000204{outcome}1000000000000000040000000008000000"),
	);
}

#[test]
fn votes_and_stages_should_keep_their_bytes() {
	assert_bytes(Vote::<Test>::Missing, "00");
	assert_bytes(Vote::<Test>::Committed(H256::repeat_byte(1)), &format!("01{}", "01".repeat(32)));
	assert_bytes(Vote::<Test>::NoData, "03");
	assert_bytes(Stage::Voting, "00");
	assert_bytes(Stage::Revealing, "01");
	assert_bytes(Stage::Opening { speaker: 1 }, "0201000000");
	assert_bytes(Stage::Asked, "05");
	let opening = Opening::decode(&mut &[0u8][..]).unwrap();
	let accused = Stage::Accused { speaker: 1, position: 2, claimed: H256::repeat_byte(3), opening };
	assert_bytes(accused, &format!("030100000002000000{}00", "03".repeat(32)));
}

#[test]
fn hold_reasons_should_keep_their_bytes() {
	assert_bytes(HoldReason::CheckerBond, "00");
}

#[test]
fn probe_and_service_should_keep_their_bytes() {
	let seen = Seen::Served { latency: 2, rate: 3 };
	let members = vec![
		Prober { who: 0x15, observation: Some(seen) },
		Prober { who: 0x16, observation: Some(Seen::Unreachable) },
		Prober { who: 0x17, observation: None },
	];
	let probe = Probe::<Test> { epoch: 9, members: members.try_into().unwrap(), until: 8 };
	assert_bytes(
		probe,
		"09000000000000000c150000000000000001010200000003000000\
		16000000000000000100170000000000000000\
		08000000",
	);
	assert_bytes(Service { epoch: 9, latency: 2, rate: 3, served: true }, "0900000000000000020000000300000001");
	assert_bytes(Observation::<u8>::Unreachable, "00");
	assert_bytes(Observation::Served { latency: 2, rate: 3, signature: 4u8 }, "01020000000300000004");
}
