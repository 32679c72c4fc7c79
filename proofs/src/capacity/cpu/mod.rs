//! The kernel for processors: all cores, and the widest instructions that they have.
//!
//! Both matrices are expanded straight into the layout that the inner loops read: *panels* of 16 lines, cut into words of
//! four entries, word by word the 16 lines side by side. That is how 16 blocks of keystream come out of vectors that hold a
//! word of 16 lines each, and one such vector is what instructions for products of bytes take. A pair of B's panels, a
//! few hundred words deep, stays in a near cache while all rows of a chunk are multiplied by it, and so does the chunk's
//! part of A meanwhile. Each chunk of rows is one piece of work for a core, from its expansion to its digests.

mod portable;
#[cfg(target_arch = "x86_64")]
mod x86;

use super::{
	expand::{key, Side},
	tree::block_digest_by,
	Kernel, Params,
};
use crate::Hash;
use alloc::{vec, vec::Vec};
use blake2b_simd::many::{hash_many, HashManyJob};
use core::{convert::Infallible, fmt, ops::Range};
use rayon::prelude::*;

/// Lines in a panel.
const LANES: usize = 16;

/// Rows and columns that the innermost loop multiplies: two panels by two.
const EDGE: usize = 2 * LANES;

/// Words of depth that are multiplied at a time: deep enough that sums are seldom fetched and put back, and a pair of
/// panels of that depth, 64 KiB, is still near. Measured: half as many are slower with AMX by a quarter.
const DEPTH: usize = 512;

/// Rows that a core works on at a time, where blocks are not larger.
const CHUNK: usize = 256;

/// A word (four neighbouring entries) of each line of a panel.
#[repr(C, align(64))]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Word([u32; LANES]);

/// Which instructions are used.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Instructions {
	/// What every processor has, as the compiler uses it.
	Portable,
	/// AVX2: products of 16-bit numbers, 256 bits wide.
	Avx2,
	/// AVX-512 with VNNI: products of bytes, 512 bits wide.
	Avx512,
	/// AMX: products of tiles of 16 × 64 bytes. On Linux.
	Amx,
}

impl Instructions {
	/// All of them, the widest last.
	pub const ALL: [Self; 4] = [Self::Portable, Self::Avx2, Self::Avx512, Self::Amx];

	/// Whether this machine has them.
	pub fn are_available(self) -> bool {
		match self {
			Self::Portable => true,
			#[cfg(target_arch = "x86_64")]
			_ => x86::available(self),
			#[cfg(not(target_arch = "x86_64"))]
			_ => false,
		}
	}
}

impl fmt::Display for Instructions {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.write_str(match self {
			Self::Portable => "portable",
			Self::Avx2 => "AVX2",
			Self::Avx512 => "AVX-512 VNNI",
			Self::Amx => "AMX",
		})
	}
}

/// Computes products on all cores: those of the rayon pool that it is called in.
#[derive(Clone, Copy, Debug)]
pub struct Cpu(Instructions);

impl Default for Cpu {
	fn default() -> Self {
		Self::new()
	}
}

/// Lines of one of the matrices, in panels.
#[derive(Clone, Debug, Default)]
pub struct Lines {
	/// Words in a line.
	depth: usize,
	words: Vec<Word>,
}

impl Lines {
	/// `count` lines of `n` entries, still to be filled.
	fn resize(&mut self, count: u32, n: u32) {
		self.depth = n as usize / 4;
		self.words.resize(self.depth * count as usize / LANES, Word([0; LANES]));
	}

	fn view(&self) -> View<'_> {
		View { depth: self.depth, words: &self.words }
	}
}

/// Some of the panels of [`Lines`].
#[derive(Clone, Copy)]
struct View<'a> {
	depth: usize,
	words: &'a [Word],
}

impl<'a> View<'a> {
	/// How many lines there are.
	fn count(&self) -> usize {
		self.words.len().checked_div(self.depth).unwrap_or(0) * LANES
	}

	/// A part of the depth of panel `number` and of the one after it. Empty where there are none.
	fn pair(&self, number: usize, part: &Range<usize>) -> Pair<'a> {
		let panel = |number: usize| {
			let begin = number * self.depth;
			self.words.get(begin + part.start..begin + part.end).unwrap_or_default()
		};
		[panel(number), panel(number + 1)]
	}
}

/// Two panels, of the same depth.
type Pair<'a> = [&'a [Word]; 2];

impl Cpu {
	/// The kernel with the widest instructions that this machine has.
	pub fn new() -> Self {
		let widest = Instructions::ALL.into_iter().rev().find(|instructions| instructions.are_available());
		Self(widest.unwrap_or(Instructions::Portable))
	}

	/// The kernel with these instructions. `None` where this machine lacks them.
	pub fn with(instructions: Instructions) -> Option<Self> {
		instructions.are_available().then_some(Self(instructions))
	}

	/// The instructions that it uses.
	pub fn instructions(&self) -> Instructions {
		self.0
	}

	/// All `n` lines of one of the matrices of the step with this seed, on all cores.
	pub fn expand(&self, seed: &Hash, side: Side, n: u32) -> Lines {
		let (mut lines, key) = (Lines::default(), key(seed));
		lines.resize(n, n);
		let panels = lines.words.par_chunks_mut(lines.depth.max(1));
		panels.enumerate().for_each(|(number, panel)| self.fill(&key, side, (number * LANES) as u32, panel));
		lines
	}

	/// The product of rows of A with columns of B, both from [`expand`](Self::expand) of a kernel with the same
	/// instructions: row by row into `product`, which has just the room, on all cores.
	pub fn multiply(&self, a: &Lines, b: &Lines, product: &mut [u32]) {
		let b = b.view();
		let rows = a.words.par_chunks((a.depth * CHUNK / LANES).max(1));
		let products = product.par_chunks_mut((b.count() * CHUNK).max(1));
		rows.zip(products).for_each(|(words, product)| {
			product.fill(0);
			self.add_product(View { depth: a.depth, words }, b, product);
		});
	}

	/// Expand a panel: the 16 lines from `first` on.
	fn fill(&self, key: &[u32; 8], side: Side, first: u32, panel: &mut [Word]) {
		#[cfg(target_arch = "x86_64")]
		x86::fill(self.0, key, side, first, panel);
		#[cfg(not(target_arch = "x86_64"))]
		portable::fill(key, side, first, panel);
	}

	/// Add the product of some rows, a multiple of 32, with some columns, on this core.
	fn add_product(&self, a: View, b: View, product: &mut [u32]) {
		let columns = b.count();
		#[cfg(target_arch = "x86_64")]
		let _ready = x86::Ready::new(self.0, a, product, columns);
		for begin in (0..a.depth).step_by(DEPTH) {
			let part = begin..a.depth.min(begin + DEPTH);
			for panel in (0..columns / LANES).step_by(2) {
				let b = b.pair(panel, &part);
				for (row, rows) in (0..).step_by(2).zip(product.chunks_mut(EDGE * columns)) {
					let rows = rows.get_mut(panel * LANES..).unwrap_or_default();
					self.add_square(a.pair(row, &part), b, rows, columns);
				}
			}
		}
	}

	/// Add the product of 32 rows with 32 columns to the first 32 of each `stride` entries.
	fn add_square(&self, a: Pair, b: Pair, square: &mut [u32], stride: usize) {
		#[cfg(target_arch = "x86_64")]
		x86::add_square(self.0, a, b, square, stride);
		#[cfg(not(target_arch = "x86_64"))]
		portable::add_square(a, b, square, stride);
	}

	/// Compute `blocks` row blocks from `first` on into `scratch.product`, on this core.
	fn blocks_from(&self, params: &Params, key: &[u32; 8], b: &Lines, first: u32, blocks: u32, scratch: &mut Scratch) {
		let (rows, n) = (blocks * params.rows_per_block, params.n);
		scratch.a.resize(rows, n);
		scratch.product.clear();
		scratch.product.resize(rows as usize * n as usize, 0);
		let first = first * params.rows_per_block;
		for (first, panel) in (first..).step_by(LANES).zip(scratch.a.words.chunks_mut(scratch.a.depth.max(1))) {
			self.fill(key, Side::Rows, first, panel);
		}
		self.add_product(scratch.a.view(), b.view(), &mut scratch.product);
	}
}

/// [`merkle::hash_each`](crate::merkle) with vector instructions, four messages at a time where there are.
fn hash_each(messages: &[u8], length: usize) -> Vec<Hash> {
	// So many that their jobs stay in the first cache.
	const JOBS: usize = 64;
	let mut params = blake2b_simd::Params::new();
	params.hash_length(size_of::<Hash>());
	let mut hashes = Vec::with_capacity(messages.len() / length);
	for messages in messages.chunks(JOBS * length) {
		let mut jobs: Vec<_> =
			messages.chunks_exact(length).map(|message| HashManyJob::new(&params, message)).collect();
		hash_many(&mut jobs);
		hashes.extend(jobs.iter().filter_map(|job| job.to_hash().as_bytes().first_chunk().copied()));
	}
	hashes
}

/// What a core needs for a chunk of rows.
#[derive(Default)]
struct Scratch {
	a: Lines,
	product: Vec<u32>,
}

impl Kernel for Cpu {
	type Error = Infallible;

	/// Takes `n²` bytes for B, and for each core the rows of A and of the product that it works on.
	fn digests(&self, params: &Params, seed: &Hash) -> Result<Vec<Hash>, Infallible> {
		let (key, b) = (key(seed), self.expand(seed, Side::Columns, params.n));
		// As many blocks at a time as keep all cores busy, and the part of A within a second cache.
		let each = params.rows_per_block as usize;
		let fair = (params.n as usize / (4 * rayon::current_num_threads()).max(1)).min(CHUNK);
		let at_once = (fair / each).max(1);
		let mut digests = vec![None; params.blocks() as usize];
		digests.par_chunks_mut(at_once).enumerate().for_each_init(Scratch::default, |scratch, (number, digests)| {
			self.blocks_from(params, &key, &b, (number * at_once) as u32, digests.len() as u32, scratch);
			let blocks = scratch.product.chunks_exact(each * params.n as usize);
			for (digest, entries) in digests.iter_mut().zip(blocks) {
				*digest = block_digest_by(entries, &hash_each);
			}
		});
		Ok(digests.into_iter().flatten().collect())
	}

	fn blocks(&self, params: &Params, seed: &Hash, wanted: &[u32]) -> Result<Vec<Vec<u32>>, Infallible> {
		let (key, b) = (key(seed), self.expand(seed, Side::Columns, params.n));
		let block = |number: &u32| {
			let mut scratch = Scratch::default();
			self.blocks_from(params, &key, &b, *number, 1, &mut scratch);
			scratch.product
		};
		Ok(wanted.par_iter().map(block).collect())
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::capacity::{expand, Reference};
	use proptest::prelude::*;

	/// The kernels that this machine can run.
	fn kernels() -> impl Iterator<Item = Cpu> {
		Instructions::ALL.into_iter().filter_map(Cpu::with)
	}

	#[test]
	fn new_should_use_the_widest_instructions() {
		assert_eq!(kernels().map(|kernel| kernel.instructions()).max(), Some(Cpu::new().instructions()));
		assert!(Cpu::with(Instructions::Portable).is_some());
	}

	#[test]
	fn digests_should_be_those_of_the_reference() {
		for (n, rows_per_block) in [(128, 32), (128, 128), (256, 64), (384, 96), (384, 384)] {
			let params = Params { n, steps: 1, rows_per_block, openings: 1 };
			assert_eq!(params.validate(), Ok(()));
			let expected = Reference.digests(&params, &[3; 32]);
			for kernel in kernels() {
				assert_eq!(kernel.digests(&params, &[3; 32]), expected, "n {n}, {}", kernel.instructions());
			}
		}
	}

	#[test]
	fn hash_each_should_be_as_the_plain_one() {
		let bytes: Vec<u8> = (0..4_000u32).map(|number| number as u8).collect();
		for length in [1, 37, 65, 512] {
			for count in [0, 1, 5, 64, 65, 130] {
				let messages = bytes.get(..count * length).unwrap_or_default();
				assert_eq!(hash_each(messages, length), crate::merkle::hash_each(messages, length));
			}
		}
	}

	#[test]
	fn blocks_should_be_those_of_the_reference() {
		let params = Params { n: 256, steps: 1, rows_per_block: 32, openings: 1 };
		let expected = Reference.blocks(&params, &[4; 32], &[7, 0, 3]);
		for kernel in kernels() {
			assert_eq!(kernel.blocks(&params, &[4; 32], &[7, 0, 3]), expected, "{}", kernel.instructions());
		}
	}

	#[test]
	fn multiply_should_be_exact_when_deeper_than_a_part_and_higher_than_a_chunk() {
		// 2,176 entries are 544 words: two parts of the depth, the second one short; and nine chunks of rows.
		let (n, seed) = (2_176u32, [5; 32]);
		for kernel in kernels() {
			let (a, b) = (kernel.expand(&seed, Side::Rows, n), kernel.expand(&seed, Side::Columns, n));
			// What was there before does not matter.
			let mut product = vec![9; (n * n) as usize];
			kernel.multiply(&a, &b, &mut product);
			for (row, column) in [(0, 0), (0, 2_175), (2_175, 0), (2_175, 2_175), (255, 31), (256, 32), (777, 1_000)] {
				let entry = product[(row * n + column) as usize];
				assert_eq!(entry, expand::entry(&seed, row, column, n), "{}", kernel.instructions());
			}
			// All of it, by its sum over the columns: A times the sum of B's columns.
			let columns = (0..n).map(|column| expand::line(&seed, Side::Columns, column, n));
			let mut sum = vec![0i64; n as usize];
			columns.for_each(|line| sum.iter_mut().zip(line).for_each(|(sum, entry)| *sum += i64::from(entry)));
			for (row, entries) in (0..).zip(product.chunks(n as usize)) {
				let line = expand::line(&seed, Side::Rows, row, n);
				let expected: i64 = line.iter().zip(&sum).map(|(entry, sum)| i64::from(*entry) * sum).sum();
				let found: i64 = entries.iter().map(|entry| i64::from(*entry as i32)).sum();
				assert_eq!(found, expected, "row {row}, {}", kernel.instructions());
			}
		}
	}

	#[test]
	fn multiply_should_be_exact_when_entries_are_extreme() {
		// The sums that lie farthest out, where an instruction that saturates would show.
		let n = 256;
		for kernel in kernels() {
			for (a, b) in [(0x80u8, 0x80u8), (0x80, 0x7f), (0x7f, 0x80), (0x7f, 0x7f)] {
				let filled = |byte: u8, side| {
					let mut lines = kernel.expand(&[0; 32], side, n);
					let flipped = kernel.instructions() == Instructions::Avx512 && side == Side::Columns;
					let byte = if flipped { byte ^ 0x80 } else { byte };
					lines.words.fill(Word([u32::from_le_bytes([byte; 4]); LANES]));
					lines
				};
				let mut product = vec![0; (n * n) as usize];
				kernel.multiply(&filled(a, Side::Rows), &filled(b, Side::Columns), &mut product);
				let expected = 256 * i32::from(a as i8) * i32::from(b as i8);
				assert!(product.iter().all(|entry| *entry as i32 == expected), "{}", kernel.instructions());
			}
		}
	}

	proptest! {
		#![proptest_config(ProptestConfig::with_cases(16))]

		#[test]
		fn all_kernels_should_give_the_same_block(
			seed: Hash,
			n in (1u32..6).prop_map(|tiles| tiles * 128),
			pick: prop::sample::Index,
		) {
			let params = Params { n, steps: 1, rows_per_block: 32, openings: 1 };
			let wanted = [pick.index(params.blocks() as usize) as u32];
			let expected = Reference.blocks(&params, &seed, &wanted);
			for kernel in kernels() {
				prop_assert_eq!(kernel.blocks(&params, &seed, &wanted), expected.clone(), "{}", kernel.instructions());
			}
		}
	}
}
