//! How long it is until something, as people say it.

use std::fmt;

use serde::Serialize;

/// Seconds, roughly: slots can stay empty, so that blocks come later than they should.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Span(pub u64);

impl Span {
	/// From block `now` to block `then`, with `block_millis` milliseconds between blocks. Nothing when it has come.
	pub const fn between(now: u64, then: u64, block_millis: u64) -> Self {
		Self(then.saturating_sub(now).saturating_mul(block_millis) / 1_000)
	}
}

impl fmt::Display for Span {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		const MINUTE: u64 = 60;
		const HOUR: u64 = 60 * MINUTE;
		const DAY: u64 = 24 * HOUR;
		// In units of which there are two at least, so that rounding leaves something to go by.
		let (unit, name) = match self.0 {
			seconds if seconds < 2 * MINUTE => (1, "s"),
			seconds if seconds < 2 * HOUR => (MINUTE, "min"),
			seconds if seconds < 2 * DAY => (HOUR, "h"),
			_ => (DAY, "days"),
		};
		write!(f, "{} {name}", self.0.saturating_add(unit / 2) / unit)
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn span_should_be_said_in_the_largest_unit_of_which_there_are_two() {
		for (blocks, text) in [
			(0, "0 s"),
			(19, "114 s"),
			(20, "2 min"),
			(1_199, "120 min"),
			(1_200, "2 h"),
			(28_799, "48 h"),
			(100_800, "7 days"),
		] {
			assert_eq!(Span::between(5, 5 + blocks, 6_000).to_string(), text);
		}
	}

	#[test]
	fn span_should_be_nothing_when_the_block_has_come() {
		assert_eq!(Span::between(9, 7, 6_000), Span(0));
	}
}
