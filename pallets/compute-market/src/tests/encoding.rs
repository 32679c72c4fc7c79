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

fn some_bid() -> Bid<Test> {
	Bid { provider: 0x0b, machine: MachineId(3), price: 0x50, deposit: 0x14 }
}

const BID: &str = "0b00000000000000\
	0300000000000000\
	50000000000000000000000000000000\
	14000000000000000000000000000000";
const ROOT_BYTES: &str = "0707070707070707070707070707070707070707070707070707070707070707";

#[test]
fn postponement_should_keep_its_bytes() {
	assert_bytes(Postponement { until: 7u32, failures: 2 }, "0700000002000000");
}

#[test]
fn storage_version_should_be_one() {
	new_test_ext().execute_with(|| assert_eq!(ComputeMarket::in_code_storage_version(), StorageVersion::new(1)));
}

#[test]
fn machine_should_keep_its_bytes() {
	let machine = Machine::<Test> {
		provider: 0x0b,
		tier: Tier(2),
		region: Region(7),
		slots: 4,
		running: 1,
		endpoint: url("ab"),
		deposit: 0x28,
	};
	assert_bytes(
		machine,
		"0b000000000000000207000400000001000000086162\
		28000000000000000000000000000000",
	);
}

#[test]
fn job_should_keep_its_bytes() {
	let job = Job::<Test> {
		client: 1,
		spec: JobSpec {
			guest: H256::repeat_byte(1),
			input: H256::repeat_byte(2),
			units: 10,
			gas_per_unit: 1_000,
			ceiling: 100,
			min_tier: Tier(2),
			min_reputation: Perbill::from_percent(50),
			auction_blocks: 5,
			deadline: 21,
			review_blocks: 6,
			source: url("ab"),
		},
		payment: PaymentKind::Asset(3),
		escrow: 1_000,
		deposit: 50,
		state: JobState::Refunded { reason: RefundReason::NoBids },
		engine: EngineVersion(3),
	};
	assert_bytes(
		job,
		"0100000000000000\
		0101010101010101010101010101010101010101010101010101010101010101\
		0202020202020202020202020202020202020202020202020202020202020202\
		0a000000\
		e803000000000000\
		64000000000000000000000000000000\
		02\
		0065cd1d\
		05000000\
		15000000\
		06000000\
		086162\
		0103000000\
		e8030000000000000000000000000000\
		32000000000000000000000000000000\
		0401\
		0300",
	);
}

#[test]
fn job_states_should_keep_their_bytes() {
	assert_bytes(JobState::<Test>::Open { closes_at: 6, best: None }, "000600000000");
	assert_bytes(JobState::Open { closes_at: 6, best: Some(some_bid()) }, &format!("000600000001{BID}"));
	assert_bytes(JobState::Assigned { bid: some_bid() }, &format!("01{BID}"));
	assert_bytes(
		JobState::Committed { bid: some_bid(), root: ROOT, review_ends: 7 },
		&format!("02{BID}{ROOT_BYTES}07000000"),
	);
	assert_bytes(
		JobState::Settled { bid: some_bid(), root: ROOT, paid: paid(0x10, 0x01, 0x02, 0x04) },
		&format!(
			"03{BID}{ROOT_BYTES}\
			10000000000000000000000000000000\
			01000000000000000000000000000000\
			02000000000000000000000000000000\
			04000000000000000000000000000000"
		),
	);
	assert_bytes(
		JobState::Contested { bid: some_bid(), root: ROOT, review_ends: 7, settles_at: 9, open: 2 },
		&format!("05{BID}{ROOT_BYTES}070000000900000002000000"),
	);
	let reasons = [
		RefundReason::Cancelled,
		RefundReason::NoBids,
		RefundReason::DeadlineMissed,
		RefundReason::ProviderHalted,
		RefundReason::TooLate,
		RefundReason::ResultRefuted,
		RefundReason::DataWithheld,
	];
	for (index, reason) in reasons.into_iter().enumerate() {
		assert_bytes(JobState::<Test>::Refunded { reason }, &format!("04{index:02x}"));
	}
}

#[test]
fn reputation_should_keep_its_bytes() {
	let provider = Score { average: Perbill::from_percent(50), outcomes: 3 };
	let client = Score { average: Perbill::one(), outcomes: 4 };
	assert_bytes(Reputation { provider, client }, "0065cd1d0300000000ca9a3b04000000");
}

#[test]
fn kinds_of_payment_should_keep_their_bytes() {
	assert_bytes(PaymentKind::Native, "00");
	assert_bytes(PaymentKind::Asset(3), "0103000000");
	assert_bytes(PaymentKind::Credits, "02");
}

#[test]
fn ids_and_hold_reasons_should_keep_their_bytes() {
	assert_bytes(MachineId(3), "0300000000000000");
	assert_bytes(JobId(3), "0300000000000000");
	let reasons = [
		HoldReason::Escrow,
		HoldReason::JobDeposit,
		HoldReason::MachineDeposit,
		HoldReason::BidDeposit,
		HoldReason::Unclaimed,
	];
	for (index, reason) in reasons.into_iter().enumerate() {
		assert_bytes(reason, &format!("{index:02x}"));
	}
}

#[test]
fn progress_should_keep_its_bytes() {
	let progress = Progress::<Test> {
		length: 4,
		roots: vec![ROOT].try_into().unwrap(),
		bid: Some(some_bid()),
		paid: paid(0x10, 0x01, 0x02, 0x04),
	};
	assert_bytes(
		progress,
		&format!(
			"0400000004{ROOT_BYTES}01{BID}\
			10000000000000000000000000000000\
			01000000000000000000000000000000\
			02000000000000000000000000000000\
			04000000000000000000000000000000"
		),
	);
}
