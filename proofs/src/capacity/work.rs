//! The machine's side: doing the steps of a round, committing, opening.

use super::{
	commitment,
	expand::{line, Side},
	next_seed, positions, root,
	tree::{block_digest, tile_hash, tile_hashes, Place, Tile},
	Opening, Params, ParamsError, Proof,
};
use crate::{merkle, Hash};
use alloc::vec::Vec;
use core::{convert::Infallible, fmt};

/// Something that computes products: a processor's cores, or a graphics card.
///
/// The parameters that it is given are valid. It is the machine's own: nobody else relies on it, but a machine with a
/// wrong one loses its stake. The tests hold each of ours to [`Reference`].
pub trait Kernel {
	/// What can go wrong, for example too little memory.
	type Error: fmt::Debug + fmt::Display;

	/// The [`block_digest`]s of all row blocks of the product of the step with this seed, in order.
	///
	/// This is the work: `2 · n³` operations. A kernel is free to hash the blocks where they are and to forget them.
	fn digests(&self, params: &Params, seed: &Hash) -> Result<Vec<Hash>, Self::Error>;

	/// Some row blocks of that product, each `rows_per_block · n` entries, row by row.
	fn blocks(&self, params: &Params, seed: &Hash, wanted: &[u32]) -> Result<Vec<Vec<u32>>, Self::Error>;
}

/// The plain kernel: one dot product after the other. What every other one must agree with.
#[derive(Clone, Copy, Debug, Default)]
pub struct Reference;

impl Kernel for Reference {
	type Error = Infallible;

	fn digests(&self, params: &Params, seed: &Hash) -> Result<Vec<Hash>, Infallible> {
		let columns = lines(seed, Side::Columns, 0, params.n, params.n);
		let digest = |number| block_digest(&block(params, seed, number, &columns));
		Ok((0..params.blocks()).filter_map(digest).collect())
	}

	fn blocks(&self, params: &Params, seed: &Hash, wanted: &[u32]) -> Result<Vec<Vec<u32>>, Infallible> {
		let columns = lines(seed, Side::Columns, 0, params.n, params.n);
		Ok(wanted.iter().map(|number| block(params, seed, *number, &columns)).collect())
	}
}

fn lines(seed: &Hash, side: Side, first: u32, count: u32, n: u32) -> Vec<Vec<i8>> {
	(0..count).map(|number| line(seed, side, first.saturating_add(number), n)).collect()
}

fn block(params: &Params, seed: &Hash, number: u32, columns: &[Vec<i8>]) -> Vec<u32> {
	let first = number.saturating_mul(params.rows_per_block);
	let rows = lines(seed, Side::Rows, first, params.rows_per_block, params.n);
	rows.iter().flat_map(|row| columns.iter().map(|column| dot(row, column))).collect()
}

/// The product of a row and a column, mod 2³².
fn dot(row: &[i8], column: &[i8]) -> u32 {
	let products = row.iter().zip(column).map(|(a, b)| i32::from(*a) * i32::from(*b));
	products.fold(0, |sum: u32, product| sum.wrapping_add(product as u32))
}

/// A step that was done.
#[derive(Clone, Debug)]
struct Step {
	seed: Hash,
	digests: Vec<Hash>,
	root: Hash,
}

/// The work of a round: what of it must be kept to open entries later, 32 bytes for each row block.
#[derive(Clone, Debug)]
pub struct Work {
	params: Params,
	first_seed: Hash,
	steps: Vec<Step>,
}

impl Work {
	/// A round of which nothing is done yet.
	pub fn new(params: Params, seed: Hash) -> Result<Self, ParamsError> {
		params.validate()?;
		Ok(Self { params, first_seed: seed, steps: Vec::new() })
	}

	/// A round, done from its beginning to its end.
	pub fn complete<K: Kernel>(kernel: &K, params: Params, seed: Hash) -> Result<Self, WorkError<K::Error>> {
		let mut work = Self::new(params, seed).map_err(WorkError::Params)?;
		while !work.is_done() {
			work.advance(kernel)?;
		}
		Ok(work)
	}

	/// Steps that are done.
	pub fn done(&self) -> u32 {
		self.steps.len() as u32
	}

	/// Whether all are.
	pub fn is_done(&self) -> bool {
		self.done() >= self.params.steps
	}

	/// Do one more step. Nothing happens when all are done.
	pub fn advance<K: Kernel>(&mut self, kernel: &K) -> Result<(), WorkError<K::Error>> {
		if self.is_done() {
			return Ok(());
		}
		let seed = self.steps.last().map_or(self.first_seed, |last| next_seed(&last.seed, &last.root));
		let digests = kernel.digests(&self.params, &seed).map_err(WorkError::Kernel)?;
		if digests.len() != self.params.blocks() as usize {
			return Err(WorkError::Blocks);
		}
		let root = root(&digests).ok_or(WorkError::Blocks)?;
		self.steps.push(Step { seed, digests, root });
		Ok(())
	}

	/// What the machine commits to. `None` while steps are missing.
	pub fn commitment(&self) -> Option<Hash> {
		self.is_done().then(|| commitment(&self.params, &self.first_seed, &self.roots()))
	}

	fn roots(&self) -> Vec<Hash> {
		self.steps.iter().map(|step| step.root).collect()
	}

	/// The answer to a [`challenge`](super::challenge). Each row block that has an entry in it is computed again, and must come out as it
	/// did before.
	///
	/// Takes up to `openings · rows_per_block / (steps · n)` of the time that the round took, and the expansion of a
	/// whole matrix for each step that is opened.
	pub fn open<K: Kernel>(&self, kernel: &K, challenge: &Hash) -> Result<Proof, WorkError<K::Error>> {
		if !self.is_done() {
			return Err(WorkError::NotDone);
		}
		let mut asked: Vec<_> = (0usize..).zip(positions(&self.params, challenge)).collect();
		asked.sort_by_key(|(_, position)| (position.step, position.row));
		let mut openings = Vec::with_capacity(asked.len());
		for of_step in asked.chunk_by(|(_, a), (_, b)| a.step == b.step) {
			let Some((_, first)) = of_step.first() else { continue };
			let step = self.steps.get(first.step as usize).ok_or(WorkError::NotDone)?;
			let mut wanted: Vec<u32> =
				of_step.iter().map(|(_, position)| Place::of(&self.params, position).block).collect();
			wanted.dedup();
			let blocks = kernel.blocks(&self.params, &step.seed, &wanted).map_err(WorkError::Kernel)?;
			for (number, position) in of_step {
				let place = Place::of(&self.params, position);
				let entries = wanted.iter().position(|block| *block == place.block).and_then(|at| blocks.get(at));
				let entries = entries.ok_or(WorkError::Blocks)?;
				openings.push((*number, open(step, &place, entries).ok_or(WorkError::Changed)?));
			}
		}
		openings.sort_by_key(|(number, _)| *number);
		Ok(Proof { roots: self.roots(), openings: openings.into_iter().map(|(_, opening)| opening).collect() })
	}
}

/// The opening of the entry at `place`, in the row block with these `entries`. `None` when that is not the block that
/// was committed to.
fn open(step: &Step, place: &Place, entries: &[u32]) -> Option<Opening> {
	let tiles: &[Tile] = entries.as_chunks().0;
	let tile = *tiles.get(place.tile as usize)?;
	let in_block = merkle::prove(&tile_hashes(entries, &merkle::hash_each), place.tile)?;
	let count = u32::try_from(tiles.len()).ok()?;
	let digest = merkle::opened(count, place.tile, &tile_hash(&tile), &in_block);
	if digest.as_ref() != step.digests.get(place.block as usize) {
		return None;
	}
	Some(Opening { tile, in_block, in_step: merkle::prove(&step.digests, place.block)? })
}

/// Why a round was not worked.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum WorkError<E> {
	/// No round can be held with these parameters.
	Params(ParamsError),
	/// The kernel could not do its part.
	Kernel(E),
	/// The kernel gave another number of blocks than it was asked for, or of another size.
	Blocks,
	/// A block came out otherwise than when it was committed to: the hardware makes mistakes.
	Changed,
	/// There are steps to be done before anything can be opened.
	NotDone,
}

impl<E: fmt::Display> fmt::Display for WorkError<E> {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Self::Params(error) => error.fmt(f),
			Self::Kernel(error) => error.fmt(f),
			Self::Blocks => f.write_str("the kernel gave other blocks than it was asked for"),
			Self::Changed => f.write_str("a block came out otherwise than before: this hardware makes mistakes"),
			Self::NotDone => f.write_str("the round is not worked to its end yet"),
		}
	}
}

impl<E: fmt::Debug + fmt::Display> core::error::Error for WorkError<E> {}
