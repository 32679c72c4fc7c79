//! Calls as anyone can send them: any bytes are refused, or decode to a call that encodes to them again and has a weight.

use assay_runtime::{RuntimeCall, UncheckedExtrinsic};
use codec::{Decode, DecodeLimit, Encode};
use frame_support::dispatch::GetDispatchInfo;
use sp_io::{hashing::blake2_256, TestExternalities};
use std::collections::BTreeMap;

/// As deep as the executive decodes.
const DEPTH: u32 = 256;
/// Changed calls that are tried.
const TRIES: u64 = 200_000;

/// Numbers that are the same every time.
fn number(of: u64) -> u64 {
	u64::from_le_bytes(blake2_256(&of.to_le_bytes())[..8].try_into().unwrap())
}

/// What must be true of any bytes. The length of the call at their beginning, if there is one.
fn check(bytes: &[u8]) -> Option<usize> {
	let mut rest = bytes;
	let call = RuntimeCall::decode_with_depth_limit(DEPTH, &mut rest).ok()?;
	let length = bytes.len() - rest.len();
	assert_eq!(call.encode(), bytes[..length]);
	// Weights are worked out from arguments, before anything is paid.
	call.get_dispatch_info();
	// As an extrinsic without a signature: the version, the call.
	let mut extrinsic = vec![5];
	extrinsic.extend(&bytes[..length]);
	let decoded = UncheckedExtrinsic::decode(&mut &extrinsic.encode()[..]).unwrap();
	assert_eq!(decoded.encode(), extrinsic.encode());
	Some(length)
}

#[test]
fn calls_should_be_refused_or_encode_to_the_same_bytes_whatever_is_sent() {
	TestExternalities::default().execute_with(|| {
		// Nearly every call can be made of zeros.
		let mut pool = Vec::new();
		for (pallet, call) in (0..=255).flat_map(|pallet| (0..=255).map(move |call| (pallet, call))) {
			let mut bytes = vec![0; 300];
			bytes[..2].copy_from_slice(&[pallet, call]);
			if let Some(length) = check(&bytes) {
				bytes.truncate(length);
				pool.push(bytes);
			}
		}
		let first = pool.len();
		assert!(first > 100, "{first} calls");

		let mut good = BTreeMap::<[u8; 2], usize>::new();
		for round in 0..TRIES {
			let dice = number(round);
			let mut bytes = pool[dice as usize % pool.len()].clone();
			let place = (dice >> 32) as usize % bytes.len();
			match dice >> 60 {
				0..4 => bytes[place] ^= 1 << (dice >> 56 & 7),
				4..8 => bytes[place] = number(dice) as u8,
				8..10 => bytes.truncate(place),
				10..12 => drop(bytes.splice(place..place, number(dice).to_le_bytes())),
				// A call in a call, and more of the same.
				12..14 => drop(bytes.splice(place..place, pool[number(dice) as usize % pool.len()].clone())),
				_ => bytes.extend((0..64).map(|part| number(dice ^ part) as u8)),
			}
			if let Some(length) = check(&bytes) {
				let known = good.entry([bytes[0], bytes[1]]).or_default();
				*known += 1;
				// Some of each kind to go on from.
				if *known <= 8 && length <= 4_096 {
					bytes.truncate(length);
					pool.push(bytes);
				}
			}
		}
		println!("{first} calls of zeros; of {TRIES} changed ones {} decode", good.values().sum::<usize>());
		assert!(good.len() >= first, "{} calls", good.len());
	});
}
