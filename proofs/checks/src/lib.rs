//! What must be true of whatever strangers send: one function for each thing that reads from them, which takes any bytes
//! and panics when something is wrong.
//!
//! The targets of the fuzzer (`fuzz/targets`) call them with bytes that it makes up, and a test of `assay-proofs` with
//! those that it found worth keeping (`fuzz/corpus`).

mod capacity;
mod commitments;
mod dispute;
mod guest;
mod scene;

pub use capacity::capacity;
pub use commitments::commitments;
pub use dispute::dispute;
pub use guest::{guest, guest_around, prepare, runs};
pub use scene::scene;

use codec::{Decode, Encode};

/// Something that takes any bytes.
pub type Check = fn(&[u8]);

/// All of them by the name of their target, but for `program`, whose guests are made by a crate that nothing here needs.
pub const ALL: [(&str, Check); 6] = [
	("capacity", capacity),
	("commitments", commitments),
	("dispute", dispute),
	("guest", guest),
	("prepare", prepare),
	("scene", scene),
];

/// Decode the beginning of `bytes`. What decodes encodes to the same bytes, and has at most `most` of them.
fn decoded<T: Decode + Encode>(bytes: &[u8], most: Option<usize>) -> Option<T> {
	let mut rest = bytes;
	let value = T::decode(&mut rest).ok()?;
	let encoded = value.encode();
	assert_eq!(encoded, bytes[..bytes.len() - rest.len()]);
	assert!(most.is_none_or(|most| encoded.len() <= most));
	Some(value)
}
