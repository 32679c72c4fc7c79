//! How somebody says that it has found a wrong unit, without anybody learning which.

use crate::{hash_parts, Hash};

/// The announcement of `challenger`, as it is encoded, that unit `index` of a job comes to `outcome`.
///
/// ```text
/// H("assay/announcement" ‖ job: u64 LE ‖ index: u32 LE ‖ outcome ‖ challenger)
/// ```
///
/// The challenger is part of it, so that a copy is of no use to others. Who has not run the unit does not know the outcome, and
/// can neither make one nor read one.
pub fn hash(job: u64, index: u32, outcome: &Hash, challenger: &[u8]) -> Hash {
	hash_parts(&[b"assay/announcement", &job.to_le_bytes(), &index.to_le_bytes(), outcome, challenger])
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn hash_should_differ_with_all_that_it_is_made_of() {
		let one = hash(1, 2, &[3; 32], b"challenger");
		let others = [
			hash(2, 2, &[3; 32], b"challenger"),
			hash(1, 1, &[3; 32], b"challenger"),
			hash(1, 2, &[4; 32], b"challenger"),
			hash(1, 2, &[3; 32], b"somebody"),
		];
		assert!(others.iter().all(|other| *other != one));
		assert_eq!(one, hash(1, 2, &[3; 32], b"challenger"));
	}

	#[test]
	fn hash_should_be_that_of_its_parts_in_order() {
		let mut message = b"assay/announcement".to_vec();
		message.extend(5u64.to_le_bytes());
		message.extend(2u32.to_le_bytes());
		message.extend([9; 32]);
		message.extend(b"me");
		assert_eq!(hash(5, 2, &[9; 32], b"me"), crate::hash(&message));
	}
}
