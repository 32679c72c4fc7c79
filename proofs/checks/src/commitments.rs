//! What the chain decodes of a job's work: openings and outcomes.

use crate::decoded;
use assay_proofs::{hash, merkle, Outcome, Trap};
use codec::{Decode, Encode, MaxEncodedLen};

/// Any bytes are decoded or refused, and an opening proves nothing but what is in the tree.
pub fn commitments(bytes: &[u8]) {
	decoded::<Trap>(bytes, Some(Trap::max_encoded_len()));
	decoded::<Outcome>(bytes, None);
	decoded::<merkle::Opening>(bytes, Some(merkle::Opening::max_encoded_len()));

	// A tree, a unit of it, and an opening of somebody's making: the first bytes say which, the rest is the opening.
	let Some(([count, index, other, level, bit], rest)) = bytes.split_first_chunk() else { return };
	let outputs: Vec<_> = (0..*count).map(|unit| hash(&[unit, *other])).collect();
	let Some(root) = merkle::root(&outputs) else { return };
	let (count, index) = (u32::from(*count), u32::from(*index));
	let output = outputs.get(index as usize).copied().unwrap_or_default();
	let proved = merkle::prove(&outputs, index);
	assert_eq!(proved.is_some(), index < count);
	if let Some(opening) = &proved {
		assert!(merkle::verify(&root, count, index, &output, opening));
		assert_eq!(merkle::verify(&root, count, u32::from(*other), &output, opening), u32::from(*other) == index);
		// One bit of it is another.
		let mut bent = opening.encode();
		if let Some(byte) = bent.get_mut(1 + usize::from(*level) * 3) {
			*byte ^= 1 << (bit % 8);
			if let Ok(bent) = merkle::Opening::decode(&mut &bent[..]) {
				assert!(!merkle::verify(&root, count, index, &output, &bent));
			}
		}
	}
	if let Ok(opening) = merkle::Opening::decode(&mut &rest[..]) {
		assert_eq!(merkle::verify(&root, count, index, &output, &opening), proved.as_ref() == Some(&opening));
		// Of any size, and of no tree.
		let number = u32::from_le_bytes([*other, *level, *bit, 0]);
		assert!(!merkle::verify(&[7; 32], number, number / 2, &output, &opening));
		assert!(!merkle::verify(&[7; 32], u32::MAX - number, number, &output, &opening));
	}
}
