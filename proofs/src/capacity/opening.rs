//! What a machine shows of its work.

use super::{
	tree::{tile_hash, Place, Tile, TILE},
	Params, Position, MAX_OPENINGS, MAX_STEPS,
};
use crate::{merkle, Hash};
use alloc::vec::Vec;
use codec::{Compact, Decode, DecodeWithMemTracking, Encode, Error, Input, MaxEncodedLen};
use scale_info::TypeInfo;

/// One entry of a product, in its tile, and the tile's way to the root of its step.
#[derive(Clone, Debug, Decode, DecodeWithMemTracking, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo)]
pub struct Opening {
	pub(super) tile: Tile,
	/// From the tile to the root of its row block.
	pub(super) in_block: merkle::Opening,
	/// From there to the root of the step.
	pub(super) in_step: merkle::Opening,
}

impl Opening {
	/// The entry at `position`, when the tile is the one that holds it.
	pub(super) fn entry(&self, position: &Position) -> Option<u32> {
		self.tile.get((position.column % TILE) as usize).copied()
	}

	/// The root that this opening belongs to when its tile holds the entry at `position`.
	pub(super) fn root(&self, params: &Params, position: &Position) -> Option<Hash> {
		let place = Place::of(params, position);
		let block = merkle::opened(params.tiles_per_block(), place.tile, &tile_hash(&self.tile), &self.in_block)?;
		merkle::opened(params.blocks(), place.block, &block, &self.in_step)
	}
}

/// What a machine answers to a challenge: the roots that it committed to, and the entries asked for, in their order.
///
/// Decoding refuses more than [`MAX_STEPS`] roots and [`MAX_OPENINGS`] openings before it allocates.
#[derive(Clone, Debug, Encode, Eq, PartialEq, TypeInfo)]
pub struct Proof {
	pub(super) roots: Vec<Hash>,
	pub(super) openings: Vec<Opening>,
}

impl Proof {
	/// The roots of the steps.
	pub fn roots(&self) -> &[Hash] {
		&self.roots
	}

	/// The opened entries.
	pub fn openings(&self) -> &[Opening] {
		&self.openings
	}
}

/// At most `most` things, none of them allocated before their number is known to be within.
fn decode_bounded<T: Decode, I: Input>(input: &mut I, most: u32) -> Result<Vec<T>, Error> {
	let count = Compact::<u32>::decode(input)?.0;
	if count > most {
		return Err(Error::from("more of them than any proof of capacity has"));
	}
	// Grows with what was read: a short input that claims many allocates little.
	(0..count).map(|_| T::decode(input)).collect()
}

impl Decode for Proof {
	fn decode<I: Input>(input: &mut I) -> Result<Self, Error> {
		Ok(Self { roots: decode_bounded(input, MAX_STEPS)?, openings: decode_bounded(input, MAX_OPENINGS)? })
	}
}

impl DecodeWithMemTracking for Proof {}

impl MaxEncodedLen for Proof {
	fn max_encoded_len() -> usize {
		let many = |most: u32, each: usize| Compact(most).encoded_size() + most as usize * each;
		many(MAX_STEPS, size_of::<Hash>()) + many(MAX_OPENINGS, Opening::max_encoded_len())
	}
}
