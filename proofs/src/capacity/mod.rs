//! Capacity rounds: work that only real capacity can do in time, and that the chain checks in a millisecond.
//!
//! A drawn machine gets a seed. A step expands it into two matrices of `n × n` signed bytes ([`expand`]) and multiplies
//! them; the entries are numbers mod 2³². The step's root binds them all, and the next step's seed is made of that root,
//! so steps can neither be done at the same time nor ahead. When the last is done, the machine commits to all roots.
//! Randomness that comes later then says which entries it has to open, and the chain computes each again as one dot
//! product:
//!
//! ```text
//! seed₀ = H(randomness, machine)     C_t = A(seed_t) · B(seed_t)     root_t = tree(C_t)     seed_t₊₁ = H(seed_t, root_t)
//! commitment = H(parameters, seed₀, root₀ … root_T₋₁)               positions = H(later randomness, commitment)
//! ```
//!
//! | | time | data |
//! |---|---|---|
//! | the machine | `2 · steps · n³` operations, and hashing `4 · steps · n²` bytes | |
//! | the chain | `2 · openings · n` bytes expanded and as many operations | a proof of some ten kilobytes |
//!
//! A machine of whose committed entries a share `f` is wrong or missing passes with probability `(1 − f)^openings`. What
//! this proves, what it does not, and what a cheat would gain: `docs/capacity-proof.md`.
//!
//! ```
//! use assay_proofs::capacity::{challenge, first_seed, verify, Params, Reference, Work};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // Tiny, for the example's sake.
//! let params = Params { n: 128, steps: 2, rows_per_block: 32, openings: 4 };
//! let seed = first_seed(&[1; 32], b"machine 7");
//!
//! // The machine works and commits ...
//! let work = Work::complete(&Reference, params, seed)?;
//! let commitment = work.commitment().ok_or("not done")?;
//! // ... randomness comes, the machine opens, and the chain verifies.
//! let challenge = challenge(&[2; 32], &commitment);
//! let proof = work.open(&Reference, &challenge)?;
//! verify(&params, &seed, &commitment, &challenge, &proof)?;
//! # Ok(())
//! # }
//! ```
//!
//! All of this is the same code in the runtime and off chain, and allocates and counts within bounds given by
//! [`Params::validate`]. How the products are computed is open: a [`Kernel`] does it. [`Reference`] is the plain one, and
//! `Cpu` (feature `native`) uses all cores and their vector units.

#[cfg(feature = "native")]
pub mod cpu;
pub mod expand;
mod opening;
mod params;
mod tree;
mod work;

#[cfg(feature = "native")]
pub use cpu::Cpu;
pub use opening::{Opening, Proof};
pub use params::{Params, ParamsError};
pub use tree::{block_digest, root, TILE};
pub use work::{Kernel, Reference, Work, WorkError};

use crate::{hash_parts, Hash};
use alloc::vec::Vec;
use codec::Encode;
use core::fmt;

/// Most steps of a round. The roots of all of them are in a proof.
pub const MAX_STEPS: u32 = 256;

/// Most entries that a round opens.
pub const MAX_OPENINGS: u32 = 64;

/// Largest matrices. Up to this size no sum of products leaves 32 bits, whichever way it is computed.
pub const MAX_N: u32 = 1 << 16;

/// Most bytes that the chain expands to verify one proof: what bounds its time, some milliseconds.
pub const MAX_EXPANDED: u64 = 1 << 21;

/// What each hash begins with, after the kinds of [`merkle`](crate::merkle), so that none passes for one of another kind.
mod kind {
	pub const FIRST_SEED: u8 = 16;
	pub const NEXT_SEED: u8 = 17;
	pub const COMMITMENT: u8 = 18;
	pub const CHALLENGE: u8 = 19;
	pub const POSITION: u8 = 20;
}

/// The seed of a round's first step, of randomness that nobody could know before the round, and of what names the round's
/// subject (the chain, the machine and the round), so that no two subjects share work.
pub fn first_seed(randomness: &Hash, subject: &[u8]) -> Hash {
	hash_parts(&[&[kind::FIRST_SEED], randomness, subject])
}

/// The seed of the step after the one that had `seed` and came to `root`.
pub fn next_seed(seed: &Hash, root: &Hash) -> Hash {
	hash_parts(&[&[kind::NEXT_SEED], seed, root])
}

/// What a machine commits to when it has done its steps: their roots, and what they were asked to be.
pub fn commitment(params: &Params, seed: &Hash, roots: &[Hash]) -> Hash {
	hash_parts(&[&[kind::COMMITMENT], &params.encode(), seed, roots.as_flattened()])
}

/// What says which entries are opened: of randomness that nobody could know when the commitment was made.
///
/// The commitment is in it so that machines of the same round have entries of their own to open.
pub fn challenge(randomness: &Hash, commitment: &Hash) -> Hash {
	hash_parts(&[&[kind::CHALLENGE], randomness, commitment])
}

/// An entry of a round's products.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Position {
	/// The step, from zero.
	pub step: u32,
	/// The row of its product.
	pub row: u32,
	/// The column.
	pub column: u32,
}

/// The entries that a challenge asks for: `params.openings` of them, each drawn from all `steps · n²` alike, so that one
/// may come twice.
pub fn positions(params: &Params, challenge: &Hash) -> impl Iterator<Item = Position> {
	let (Params { n, steps, openings, .. }, challenge) = (*params, *challenge);
	(0..openings).map(move |number| {
		let drawn = hash_parts(&[&[kind::POSITION], &challenge, &number.to_le_bytes()]);
		let [step, row, column, _] = words(&drawn);
		Position { step: scale(step, steps), row: scale(row, n), column: scale(column, n) }
	})
}

/// A hash as four numbers.
fn words(hash: &Hash) -> [u64; 4] {
	let mut words = [0; 4];
	for (word, bytes) in words.iter_mut().zip(hash.as_chunks().0) {
		*word = u64::from_le_bytes(*bytes);
	}
	words
}

/// A random number as one below `bound`. No number is more likely than another by more than 2⁻³² of its share.
fn scale(random: u64, bound: u32) -> u32 {
	((u128::from(random) * u128::from(bound)) >> 64) as u32
}

/// Why a proof does not stand.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Fault {
	/// The parameters are not valid.
	Params(ParamsError),
	/// It has not as many roots as there are steps.
	Roots,
	/// Its roots are not those that were committed to.
	Commitment,
	/// It has not as many openings as were asked for.
	Openings,
	/// This opening does not belong to the step's root.
	Unbound(u32),
	/// This opening shows an entry that was committed to and is wrong: the work was not done.
	Wrong(u32),
}

impl Fault {
	/// Whether it shows that what was committed to is false. All other faults are those of the proof, and only show that
	/// this was none.
	pub fn is_evidence(self) -> bool {
		matches!(self, Self::Wrong(_))
	}
}

impl fmt::Display for Fault {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Self::Params(error) => error.fmt(f),
			Self::Roots => f.write_str("the proof has not as many roots as the round has steps"),
			Self::Commitment => f.write_str("the proof's roots are not those that were committed to"),
			Self::Openings => f.write_str("the proof has not as many openings as the round asks for"),
			Self::Unbound(number) => write!(f, "opening {number} does not belong to the root of its step"),
			Self::Wrong(number) => write!(f, "opening {number} shows a wrong entry: the work was not done"),
		}
	}
}

impl core::error::Error for Fault {}

/// Whether a round with these parameters and this first seed was worked, as far as `challenge` asks.
///
/// O(`steps` + `openings` · (`n` + log `n`)): at most [`MAX_STEPS`] hashes, and for each opening one tile hashed, its way
/// to the root, a row and a column expanded and multiplied. What costs least is looked at first: a proof of the wrong
/// shape costs next to nothing. Nothing is allocated but the seeds of the steps.
///
/// `Ok` says nothing about where `seed`, `commitment` and `challenge` come from: the caller must have kept the
/// commitment from before the challenge's randomness was known.
pub fn verify(params: &Params, seed: &Hash, commitment: &Hash, challenge: &Hash, proof: &Proof) -> Result<(), Fault> {
	params.validate().map_err(Fault::Params)?;
	let (roots, openings) = (proof.roots(), proof.openings());
	if roots.len() != params.steps as usize {
		return Err(Fault::Roots);
	}
	if openings.len() != params.openings as usize {
		return Err(Fault::Openings);
	}
	if self::commitment(params, seed, roots) != *commitment {
		return Err(Fault::Commitment);
	}
	let seeds: Vec<Hash> = roots
		.iter()
		.scan(*seed, |next, root| {
			let seed = *next;
			*next = next_seed(&seed, root);
			Some(seed)
		})
		.collect();
	// All ways to the roots first: they cost less than one entry.
	for ((number, opening), position) in (0..).zip(openings).zip(positions(params, challenge)) {
		let root = roots.get(position.step as usize);
		if root.is_none() || opening.root(params, &position).as_ref() != root {
			return Err(Fault::Unbound(number));
		}
	}
	// All entries, wrong ones or not: a verdict costs what its parameters say, whatever it is.
	let mut wrong = None;
	for ((number, opening), position) in (0..).zip(openings).zip(positions(params, challenge)) {
		let Some(seed) = seeds.get(position.step as usize) else { return Err(Fault::Unbound(number)) };
		let entry = expand::entry(seed, position.row, position.column, params.n);
		if opening.entry(&position) != Some(entry) {
			wrong = wrong.or(Some(number));
		}
	}
	wrong.map_or(Ok(()), |number| Err(Fault::Wrong(number)))
}

#[cfg(test)]
mod tests;
