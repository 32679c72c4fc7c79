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

fn some_bid() -> BidOf<Test> {
	Bid { provider: 0x0b, machine: MachineId(3), rate: 0x50, notice: 8, deposit: 0x14 }
}

fn some_tenancy() -> TenancyOf<Test> {
	Tenancy { bid: some_bid(), started: 6, paid_to: 9, grace: 10, ends_at: Some(36), reclaimed: true }
}

const BID: &str = "0b00000000000000\
	0300000000000000\
	50000000000000000000000000000000\
	08000000\
	14000000000000000000000000000000";
const TENANCY: &str = "06000000090000000a000000012400000001";

#[test]
fn postponement_should_keep_its_bytes() {
	assert_bytes(Postponement { until: 7u32, failures: 2 }, "0700000002000000");
}

#[test]
fn storage_version_should_be_one() {
	new_test_ext().execute_with(|| assert_eq!(ComputeLease::in_code_storage_version(), StorageVersion::new(1)));
}

#[test]
fn states_should_keep_their_bytes() {
	assert_bytes::<StateOf<Test>>(LeaseState::Open { closes_at: 6, latest: 12, best: None }, "00060000000c00000000");
	assert_bytes::<StateOf<Test>>(
		LeaseState::Open { closes_at: 6, latest: 12, best: Some(some_bid()) },
		&format!("00060000000c00000001{BID}"),
	);
	assert_bytes::<StateOf<Test>>(LeaseState::Running { tenancy: some_tenancy() }, &format!("01{BID}{TENANCY}"));
	assert_bytes::<StateOf<Test>>(
		LeaseState::Paused { tenancy: some_tenancy(), since: 9 },
		&format!("02{BID}{TENANCY}09000000"),
	);
}

#[test]
fn lease_should_keep_its_bytes() {
	let lease = Lease::<Test> {
		client: 1,
		spec: OrderSpec { region: Some(REGION), max_blocks: Some(30), source: url("ab"), ..spec() },
		payment: PaymentKind::Asset(3),
		sources: vec![Source { who: 1, left: 0x320 }].try_into().unwrap(),
		deposit: 50,
		state: LeaseState::Open { closes_at: 6, latest: 12, best: None },
	};
	assert_bytes(
		lease,
		"0100000000000000\
		02\
		010700\
		01000000\
		64000000000000000000000000000000\
		05000000\
		011e000000\
		0a000000\
		05000000\
		0101010101010101010101010101010101010101010101010101010101010101\
		086162\
		0103000000\
		04010000000000000020030000000000000000000000000000\
		32000000000000000000000000000000\
		00060000000c00000000",
	);
}

#[test]
fn ids_reasons_and_standings_should_keep_their_bytes() {
	assert_bytes(LeaseId(3), "0300000000000000");
	for (index, reason) in [HoldReason::OrderDeposit, HoldReason::BidDeposit].into_iter().enumerate() {
		assert_bytes(reason, &format!("{index:02x}"));
	}
	let reasons = [
		EndReason::Cancelled,
		EndReason::NoBids,
		EndReason::ProviderHalted,
		EndReason::Closed,
		EndReason::RanOut,
		EndReason::Expired,
		EndReason::Reclaimed,
		EndReason::Abandoned,
		EndReason::Unserved,
	];
	for (index, reason) in reasons.into_iter().enumerate() {
		assert_bytes(reason, &format!("{index:02x}"));
		assert_bytes(Standing::Ended { at: 6u32, reason }, &format!("0206000000{index:02x}"));
	}
	assert_bytes(Standing::<u32>::Running, "00");
	assert_bytes(Standing::Paused { since: 6u32, until: 9 }, "010600000009000000");
}
