//! The chain's slow clock, and the randomness that comes with it.

use crate::Hash;

/// Number of an epoch. Grows by one from epoch to epoch, and by more where epochs passed without a block.
pub type EpochIndex = u64;

/// An epoch, as seen from one of its blocks.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Epoch {
	/// Its number.
	pub index: EpochIndex,
	/// How many of its slots are over. A slot has a fixed length, whether a block was made in it or not.
	pub elapsed: u32,
	/// The randomness that became known to everybody as the epoch began, made of the blocks of the epoch before. `None`
	/// when there is none, as in the first epoch of a chain.
	pub randomness: Option<Hash>,
}

/// Where the chain stands in its epochs. Implemented by the runtime on its consensus.
pub trait Epochs {
	/// The epoch of the present block. Right from the moment on when consensus has begun the block. O(1).
	fn now() -> Epoch;
}
