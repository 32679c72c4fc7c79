//! What a checker commits to before it shows its vote, so that nobody can follow it.

use crate::{hash_parts, Hash};

/// The commitment of `checker` to `findings`, both as they are encoded, in the committee that is the `attempt`th after the
/// first on job `job`. Without the secret `salt`, findings can be guessed from what others have found.
///
/// ```text
/// H("assay/vote" ‖ job: u64 LE ‖ attempt: u32 LE ‖ salt ‖ length of checker: u32 LE ‖ checker ‖ findings)
/// ```
pub fn commitment(job: u64, attempt: u32, checker: &[u8], findings: &[u8], salt: &[u8; 32]) -> Hash {
	let length = u32::try_from(checker.len()).unwrap_or(u32::MAX).to_le_bytes();
	hash_parts(&[b"assay/vote", &job.to_le_bytes(), &attempt.to_le_bytes(), salt, &length, checker, findings])
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn commitment_should_differ_with_all_that_it_is_made_of() {
		let salt = [7; 32];
		let one = commitment(1, 0, b"checker", b"findings", &salt);
		let others = [
			commitment(2, 0, b"checker", b"findings", &salt),
			commitment(1, 1, b"checker", b"findings", &salt),
			commitment(1, 0, b"checkerf", b"indings", &salt),
			commitment(1, 0, b"checker", b"finding", &salt),
			commitment(1, 0, b"checker", b"findings", &[8; 32]),
		];
		assert!(others.iter().all(|other| *other != one));
		assert_eq!(one, commitment(1, 0, b"checker", b"findings", &salt));
	}

	#[test]
	fn commitment_should_be_the_hash_of_its_parts_in_order() {
		let mut message = b"assay/vote".to_vec();
		message.extend(5u64.to_le_bytes());
		message.extend(2u32.to_le_bytes());
		message.extend([9; 32]);
		message.extend(3u32.to_le_bytes());
		message.extend(b"me!found");
		assert_eq!(commitment(5, 2, b"me!", b"found", &[9; 32]), crate::hash(&message));
	}
}
