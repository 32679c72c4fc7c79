//! Random operations over all our pallets together, with all invariants checked after each.
//!
//! The seed is printed, and `PROPTEST_RNG_SEED` sets it, so that any run can be had again; `PROPTEST_CASES` says how many
//! sequences of [`OPERATIONS`] there are. What fails is made as short as possible, kept in `proptest-regressions`, and run
//! first ever after.

mod books;
mod devices;
mod ops;
mod wind_up;

use crate::support::chain;
use books::Books;
use ops::{apply, begin, op, Op};
use proptest::{
	arbitrary::any,
	collection::vec,
	prop_assert_eq,
	test_runner::{Config, RngSeed, TestCaseResult, TestRunner},
};
use sp_runtime::StateVersion;
use std::{
	cell::RefCell,
	collections::BTreeMap,
	io::Write,
	time::{SystemTime, UNIX_EPOCH},
};
use wind_up::wind_up;

/// Operations in one sequence.
const OPERATIONS: usize = 400;

/// Sequences, unless the environment wants another number: 20,000 operations in all.
const SEQUENCES: u32 = 50;

fn config() -> Config {
	let mut config = Config { source_file: Some(file!()), ..Config::default() };
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

/// Operations that must succeed in every run, or else it shows little. In one of [`LONG`] sequences all must, but those that
/// wait for a rare coincidence.
const OFTEN: [&str; 26] = [
	"Accept",
	"Announce",
	"Beat",
	"Bid",
	"BidLease",
	"BuyCredits",
	"Close",
	"CloseOrder",
	"Commit",
	"CommitWork",
	"Delegate",
	"Demand",
	"Dispute",
	"Fund",
	"JoinCheckers",
	"MoveDelegation",
	"Order",
	"Pledge",
	"Prove",
	"Register",
	"Report",
	"ReportProbe",
	"SettleLease",
	"Undelegate",
	"Vest",
	"Vote",
];

/// Sequences that make 100,000 operations.
const LONG: u32 = 250;

/// Operations that wait for a rare coincidence.
const RARE: [&str; 3] = ["ClaimPayment", "CollectDebt", "CollectLiability"];

/// How parts in capacity rounds and probes must have ended, and what must have become of leases and ranges of jobs.
const ENDINGS: [&str; 20] = [
	"LeaseAbandoned",
	"LeaseCancelled",
	"LeaseClosed",
	"LeaseExpired",
	"LeaseForfeited",
	"LeaseNoBids",
	"LeasePaid",
	"LeasePaused",
	"LeaseRanOut",
	"LeaseReclaimed",
	"LeaseResumed",
	"Missed",
	"Proved",
	"RangeSettled",
	"Refuted",
	"Served",
	"Silent",
	"Undecided",
	"Unreachable",
	"Void",
];

/// Of these, what has to happen only in one of [`LONG`] sequences.
const LATE_ENDINGS: [&str; 7] = [
	"LeaseAbandoned",
	"LeaseCancelled",
	"LeaseClosed",
	"LeaseExpired",
	"LeaseForfeited",
	"LeaseReclaimed",
	"LeaseResumed",
];

/// How often each kind of operation has succeeded, and what devices and checkers did, and leases, has come to.
#[derive(Default)]
struct Successes {
	operations: BTreeMap<String, (u32, u32)>,
	endings: BTreeMap<String, u32>,
}

impl Successes {
	fn note(&mut self, op: &Op, succeeded: bool) {
		let name = format!("{op:?}").chars().take_while(|letter| letter.is_alphanumeric()).collect();
		let (successes, tries) = self.operations.entry(name).or_default();
		*successes += u32::from(succeeded);
		*tries += 1;
	}

	fn note_endings(&mut self, books: Books) {
		for (how, count) in books.endings {
			*self.endings.entry(how).or_default() += count;
		}
	}

	/// Refused calls alone would show nothing.
	fn check(&self, sequences: u32) {
		let _ = writeln!(std::io::stderr(), "succeeded: {:?}; ended: {:?}", self.operations, self.endings);
		let wanted = |name: &str| OFTEN.contains(&name) || (sequences >= LONG && !RARE.contains(&name));
		let missing: Vec<_> = self.operations.iter().filter(|(name, (count, _))| *count == 0 && wanted(name)).collect();
		let (enough, all) = (sequences >= SEQUENCES, &self.operations);
		assert!(!enough || missing.is_empty(), "never succeeded: {missing:?} of {all:?}");
		let wanted = |how: &&&str| sequences >= LONG || !LATE_ENDINGS.contains(*how);
		let missing: Vec<_> = ENDINGS.iter().filter(wanted).filter(|how| !self.endings.contains_key(**how)).collect();
		assert!(!enough || missing.is_empty(), "never ended as {missing:?}, but {:?}", self.endings);
	}
}

/// One sequence on a chain of its own, with every check after every operation, and the way out at its end. Results are
/// `checked` from the beginning, or not before somebody wants to.
fn run(checked: bool, ops: &[Op], successes: &mut Successes) -> TestCaseResult {
	// Four validators, who say what the token costs.
	chain("local_testnet").execute_with(|| {
		let mut books = Books::at_genesis();
		begin(checked);
		books.read_events();
		books.check();
		// Known as long as nothing changes.
		let mut known = None;
		for op in ops {
			let root = known.take().unwrap_or_else(|| sp_io::storage::root(StateVersion::V1));
			let succeeded = apply(op);
			if !succeeded {
				let after = sp_io::storage::root(StateVersion::V1);
				prop_assert_eq!(&root, &after, "a refused call changed something: {:?}", op);
				known = Some(after);
			}
			successes.note(op, succeeded);
			books.read_events();
			books.check();
		}
		wind_up();
		books.read_events();
		books.check();
		successes.note_endings(books);
		Ok(())
	})
}

#[test]
fn invariants_should_hold_when_anybody_calls_anything() {
	let config = config();
	let sequences = config.cases;
	let mut runner = TestRunner::new(config);
	let successes = RefCell::new(Successes::default());
	let sequence = (any::<bool>(), vec(op(), OPERATIONS));
	let outcome = runner.run(&sequence, |(checked, ops)| run(checked, &ops, &mut successes.borrow_mut()));
	if let Err(error) = outcome {
		panic!("{error}\n{runner}");
	}
	successes.borrow().check(sequences);
}
