//! How a product is bound by a root: tiles of a row, row blocks, the step.
//!
//! A tile is [`TILE`] neighbouring entries of a row, little-endian. The tiles of a row block, row by row, are the leaves of
//! one tree of [`merkle`], and the roots of all row blocks those of another. So a block can be
//! computed, hashed and forgotten before the next, and an opening is one tile with two short ways.

use super::{Params, Position};
use crate::{
	hash,
	merkle::{self, hash_each, HashEach},
	Hash,
};
use alloc::vec::Vec;

/// Entries of a tile, 512 bytes: large enough that the tree costs half of what the entries do, small enough to send.
pub const TILE: u32 = 128;

/// The entries of a tile.
pub(super) type Tile = [u32; TILE as usize];

/// What stands for a tile in the tree.
pub(super) fn tile_hash(tile: &Tile) -> Hash {
	hash(tile.map(u32::to_le_bytes).as_flattened())
}

/// What stands for each tile of some whole rows.
pub(super) fn tile_hashes(entries: &[u32], hash_each: HashEach) -> Vec<Hash> {
	let bytes: Vec<_> = entries.iter().map(|entry| entry.to_le_bytes()).collect();
	hash_each(bytes.as_flattened(), size_of::<Tile>())
}

/// What stands for a row block in its step: the root over its tiles.
///
/// `entries` are those of the block, row by row. `None` when they are not whole tiles, none, or too many for a tree.
pub fn block_digest(entries: &[u32]) -> Option<Hash> {
	block_digest_by(entries, &hash_each)
}

/// The same by another way to hash many messages.
pub(super) fn block_digest_by(entries: &[u32], hash_each: HashEach) -> Option<Hash> {
	if !entries.len().is_multiple_of(TILE as usize) {
		return None;
	}
	merkle::root_by(&tile_hashes(entries, hash_each), hash_each)
}

/// The root of a step, from the digests of its row blocks in order. `None` when there are none, or too many for a tree.
pub fn root(digests: &[Hash]) -> Option<Hash> {
	merkle::root(digests)
}

/// The tile of an entry, in the trees.
pub(super) struct Place {
	/// The row block.
	pub block: u32,
	/// The tile in the row block.
	pub tile: u32,
}

impl Place {
	/// Where the tile with the entry at `position` is. The parameters are valid and the position is one of theirs.
	pub fn of(params: &Params, position: &Position) -> Self {
		let row = position.row.checked_rem(params.rows_per_block).unwrap_or(0);
		Self {
			block: position.row.checked_div(params.rows_per_block).unwrap_or(0),
			tile: row.saturating_mul(params.tiles_per_row()).saturating_add(position.column / TILE),
		}
	}
}
