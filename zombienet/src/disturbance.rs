//! What is done to running processes in a soak, and when: drawn from a seed, so that the same can be done again.

use codec::Encode;
use std::{fmt, ops::RangeInclusive, time::Duration};

/// Numbers that are none the less the same for the same seed and purpose.
#[derive(Clone, Debug)]
pub struct Dice {
	seed: u64,
	purpose: &'static str,
	thrown: u64,
}

impl Dice {
	/// Dice of their own for each `purpose`: how often one is thrown moves nothing of another.
	pub const fn new(seed: u64, purpose: &'static str) -> Self {
		Self { seed, purpose, thrown: 0 }
	}

	/// The next number in `range`.
	pub fn throw(&mut self, range: RangeInclusive<u64>) -> u64 {
		let bytes = assay_proofs::hash(&(self.seed, self.purpose, self.thrown).encode());
		self.thrown = self.thrown.wrapping_add(1);
		let number = bytes.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
		// A range is far smaller than 2⁶⁴, so that no number in it is noticeably likelier than another.
		range.start() + number % (range.end() - range.start()).saturating_add(1)
	}
}

/// What is killed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Target {
	/// The node.
	Node,
	/// The daemon of that number.
	Provider(usize),
	/// All at once, as by a power cut.
	Everything,
}

impl fmt::Display for Target {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Self::Node => f.write_str("the node"),
			Self::Provider(index) => write!(f, "provider {index}"),
			Self::Everything => f.write_str("the node and all providers"),
		}
	}
}

/// One kill and what follows it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Disturbance {
	/// How long all is left alone before.
	pub pause: Duration,
	/// What is killed.
	pub target: Target,
	/// How long it stays away.
	pub down: Duration,
}

/// Time between two disturbances, in milliseconds: long enough for something to be under way again, and not so long that
/// it is done.
const PAUSE: RangeInclusive<u64> = 10_000..=35_000;
/// For how long something is away, in milliseconds. Test networks leave 26 seconds for the commitment of a capacity round,
/// and starting again takes some of them.
const DOWN: RangeInclusive<u64> = 0..=3_000;

/// Disturbances of a node and some providers, without end.
#[derive(Clone, Debug)]
pub struct Disturbances {
	dice: Dice,
	providers: usize,
}

impl Disturbances {
	/// Those that belong to `seed`.
	pub const fn new(seed: u64, providers: usize) -> Self {
		Self { dice: Dice::new(seed, "disturbances"), providers }
	}
}

impl Iterator for Disturbances {
	type Item = Disturbance;

	fn next(&mut self) -> Option<Disturbance> {
		let pause = Duration::from_millis(self.dice.throw(PAUSE));
		// The node as often as all daemons together: everybody depends on it.
		let providers = self.providers as u64;
		let target = match self.dice.throw(0..=2 * providers) {
			0 => Target::Everything,
			number if number <= providers => Target::Node,
			number => Target::Provider((number - providers - 1) as usize),
		};
		let down = Duration::from_millis(self.dice.throw(DOWN));
		Some(Disturbance { pause, target, down })
	}
}
