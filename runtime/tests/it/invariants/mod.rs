//! Random operations over all our pallets together, with all invariants checked after each.
//!
//! The seed is printed, and `PROPTEST_RNG_SEED` sets it, so that any run can be had again; `PROPTEST_CASES` says how many
//! sequences of [`OPERATIONS`] there are. What fails is made as short as possible, kept in `proptest-regressions`, and run
//! first ever after.

mod books;
mod ops;
mod wind_up;

use crate::support::chain;
use books::Books;
use ops::{apply, op};
use proptest::{
	collection::vec,
	prelude::*,
	test_runner::{Config, RngSeed},
};
use sp_runtime::StateVersion;
use std::{
	io::Write,
	time::{SystemTime, UNIX_EPOCH},
};
use wind_up::wind_up;

/// Operations in one sequence.
const OPERATIONS: usize = 250;

/// Sequences, unless the environment wants another number: 12,500 operations in all.
const SEQUENCES: u32 = 50;

fn config() -> Config {
	let mut config = Config::default();
	if std::env::var_os("PROPTEST_CASES").is_none() {
		config.cases = SEQUENCES;
	}
	let seed = match config.rng_seed {
		RngSeed::Fixed(seed) => seed,
		RngSeed::Random => SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_micros() as u64),
	};
	config.rng_seed = RngSeed::Fixed(seed);
	// Straight to where it is seen: the test harness keeps what the usual macros print of tests that pass.
	let _ = writeln!(
		std::io::stderr(),
		"{} sequences of {OPERATIONS} operations; again: PROPTEST_RNG_SEED={seed} PROPTEST_CASES={}",
		config.cases,
		config.cases
	);
	config
}

proptest! {
	#![proptest_config(config())]

	#[test]
	fn invariants_should_hold_when_anybody_calls_anything(ops in vec(op(), OPERATIONS)) {
		// Four validators, who say what the token costs.
		chain("local_testnet").execute_with(|| {
			let mut books = Books::at_genesis();
			for op in &ops {
				let root = sp_io::storage::root(StateVersion::V1);
				if !apply(op) {
					let after = sp_io::storage::root(StateVersion::V1);
					prop_assert_eq!(root, after, "a refused call changed something: {:?}", op);
				}
				books.read_events();
				books.check();
			}
			wind_up();
			books.read_events();
			books.check();
			Ok(())
		})?;
	}
}
