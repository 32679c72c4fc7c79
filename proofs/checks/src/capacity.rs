//! What a machine shows of a capacity round.

use crate::decoded;
use assay_proofs::{
	capacity::{commitment, positions, verify, Fault, Opening, Params, Proof, MAX_OPENINGS, MAX_STEPS},
	Hash,
};
use codec::MaxEncodedLen;

/// Any bytes are decoded or refused, and what decodes is judged without a panic and passes for nobody's work.
pub fn capacity(bytes: &[u8]) {
	decoded::<Opening>(bytes, Some(Opening::max_encoded_len()));
	decoded::<Proof>(bytes, Some(Proof::max_encoded_len()));

	// What is asked for, then the proof.
	let Some(params) = decoded::<Params>(bytes, Some(Params::max_encoded_len())) else { return };
	let valid = params.validate().is_ok();
	params.operations();
	params.score(u32::from(bytes[0]));
	let Some(proof) = decoded::<Proof>(&bytes[Params::max_encoded_len()..], Some(Proof::max_encoded_len())) else {
		return;
	};
	let (roots, openings) = (proof.roots(), proof.openings());
	assert!(roots.len() <= MAX_STEPS as usize && openings.len() <= MAX_OPENINGS as usize);
	let seed: Hash = [bytes[0]; 32];
	let judged = |params: &Params, challenge: &Hash| {
		verify(params, &seed, &commitment(params, &seed, proof.roots()), challenge, &proof)
	};
	let challenge = [7; 32];
	match judged(&params, &challenge) {
		// Nobody finds a product and a path to its root by trying.
		Ok(()) => panic!("a proof out of thin air"),
		Err(fault) => {
			assert_eq!(matches!(fault, Fault::Params(_)), !valid);
			assert!(!matches!(fault, Fault::Commitment | Fault::Wrong(_)), "{fault:?}");
		},
	}
	// Asked for just what is there, so that it gets as far as it can.
	let fitting = Params { n: 128, steps: roots.len() as u32, rows_per_block: 32, openings: openings.len() as u32 };
	if fitting.validate().is_ok() {
		assert_eq!(positions(&fitting, &challenge).count(), openings.len());
		assert!(matches!(judged(&fitting, &challenge), Err(Fault::Unbound(_))));
	}
}
