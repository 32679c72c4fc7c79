//! A dispute as anyone can send it.

use crate::guest::{arbitrated, BYTES};
use assay_proofs::{hash, merkle, Gas, Hash, ARBITER_GAS};
use codec::{Decode, Encode};

/// What `dispute_unit` of the pallet of disputes takes, in its order: a test of that pallet decodes the same bytes as the
/// call and dispatches it.
#[derive(Debug, Decode, Encode, Eq, PartialEq)]
struct Arguments {
	job: u64,
	index: u32,
	claimed: Hash,
	opening: merkle::Opening,
	gas_limit: Gas,
	guest: Vec<u8>,
	input: Vec<u8>,
}

/// Any bytes are no call, or a dispute that comes to an end within the gas that was paid for. The verdict depends on what
/// the unit gives, and not on what the challenger says.
pub fn dispute(bytes: &[u8]) {
	let Some(call) = crate::decoded::<Arguments>(bytes, None) else { return };
	if call.guest.len() > BYTES || call.input.len() > BYTES {
		return;
	}
	// Whatever root there is, the opening is looked at in any tree.
	let units = 1 + (call.job % 9) as u32;
	let made_up = merkle::opened(units, call.index, &call.claimed, &call.opening);
	if let Some(root) = made_up {
		assert!(call.index < units);
		assert!(merkle::verify(&root, units, call.index, &call.claimed, &call.opening));
	}
	assert!(!merkle::verify(&hash(&call.guest), units, call.index, &call.claimed, &call.opening));

	// A commitment that has the claim, as one of several units.
	let index = call.index % units;
	let outputs: Vec<Hash> =
		(0..units).map(|unit| if unit == index { call.claimed } else { [unit as u8; 32] }).collect();
	let root = merkle::root(&outputs).expect("there are units");
	let opening = merkle::prove(&outputs, index).expect("it is one of them");
	assert!(merkle::verify(&root, units, index, &call.claimed, &opening));
	if call.gas_limit > ARBITER_GAS {
		return;
	}
	let Some(outcome) = arbitrated(&call.guest, &call.input, index, call.gas_limit) else { return };
	assert!(outcome.gas <= call.gas_limit);
	// A provider that committed to what it gives cannot be refuted, whatever was claimed here.
	let honest = vec![outcome.output_hash(); units as usize];
	let root = merkle::root(&honest).expect("there are units");
	let opening = merkle::prove(&honest, index).expect("it is one of them");
	let claimed = merkle::verify(&root, units, index, &call.claimed, &opening);
	assert_eq!(claimed, call.claimed == outcome.output_hash());
}
