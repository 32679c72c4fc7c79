//! The SCALE bytes of everything stored and of the calls' own types. A change here needs a migration.

use crate::{mock::*, *};
use assay_proofs::Trap;
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
	new_test_ext().execute_with(|| assert_eq!(WorkProofs::in_code_storage_version(), StorageVersion::new(1)));
}

#[test]
fn demand_should_keep_its_bytes() {
	let demand = Demand::<Test> { by: 0x15, deposit: 0x1f4, reveal_by: 7 };
	assert_bytes(demand, "1500000000000000f401000000000000000000000000000007000000");
}

#[test]
fn announcement_should_keep_its_bytes() {
	let announcement = Announcement::<Test> { deposit: 0x46, counts_from: 3, until: 9 };
	assert_bytes(announcement, "460000000000000000000000000000000300000009000000");
}

#[test]
fn announcement_should_be_the_hash_that_others_make_of_it() {
	let hash = WorkProofs::announcement_of(&0x15, JobId(7), 2, &H256([9; 32]));
	let expected = assay_proofs::announcement::hash(7, 2, &[9; 32], &0x15u64.to_le_bytes());
	assert_eq!(hash, H256(expected));
}

#[test]
fn outputs_should_keep_their_bytes() {
	assert_bytes(UnitOutput::<Test>::Bytes(vec![1, 2].try_into().unwrap()), "00080102");
	assert_bytes(UnitOutput::<Test>::Trapped(Trap::Unreachable), "0102");
}

#[test]
fn output_should_not_decode_when_too_long() {
	let mut bytes = vec![0];
	bytes.extend(vec![7u8; 201].encode());
	assert!(UnitOutput::<Test>::decode(&mut bytes.as_slice()).is_err());
}

#[test]
fn hold_reasons_should_keep_their_bytes() {
	assert_bytes(HoldReason::DemandDeposit, "00");
	assert_bytes(HoldReason::AnnouncementDeposit, "01");
}
