//! Guests for tests: [`programs`], which are random, and [`hostile()`] ones.
//!
//! The random ones are made when this crate is built, each from a seed that names it. To look at the program of a seed
//! alone: `ASSAY_SMITH_SEED=77 ./scripts/test.sh unit generated`. To try ten thousand others:
//! `ASSAY_SMITH_SEED=5000 ASSAY_SMITH_COUNT=10000 ./scripts/test.sh unit generated`.

pub mod hostile;

pub use hostile::{hostile, Expected, Hostile};

/// Gas that the tests give to each random program: enough for most of those that end at all.
pub const GAS: u64 = 300_000;

/// A random guest and what to run it on.
#[derive(Clone, Copy, Debug)]
pub struct Program {
	/// What it was made from, or its number among those that were kept.
	pub seed: u64,
	/// The guest's module.
	pub blob: &'static [u8],
	/// The input.
	pub input: &'static [u8],
	/// The unit.
	pub index: u32,
	/// Whether it may use features that guests may not use.
	pub later: bool,
}

/// All random programs, in the order of their seeds.
pub fn programs() -> Vec<Program> {
	all(include_bytes!(concat!(env!("OUT_DIR"), "/programs")))
}

/// Those that the fuzzer found worth keeping, in the order of their names (`fuzz/corpus/program`).
pub fn kept() -> Vec<Program> {
	all(include_bytes!(concat!(env!("OUT_DIR"), "/kept")))
}

fn all(mut archive: &'static [u8]) -> Vec<Program> {
	std::iter::from_fn(move || read(&mut archive)).collect()
}

fn read(archive: &mut &'static [u8]) -> Option<Program> {
	Some(Program {
		seed: u64::from_le_bytes(array(archive)?),
		index: u32::from_le_bytes(array(archive)?),
		later: array::<1>(archive)? != [0],
		blob: part(archive)?,
		input: part(archive)?,
	})
}

fn array<const N: usize>(archive: &mut &'static [u8]) -> Option<[u8; N]> {
	let (array, rest) = archive.split_first_chunk()?;
	*archive = rest;
	Some(*array)
}

fn part(archive: &mut &'static [u8]) -> Option<&'static [u8]> {
	let length = u32::from_le_bytes(array(archive)?) as usize;
	let (part, rest) = archive.split_at_checked(length)?;
	*archive = rest;
	Some(part)
}
