//! How long it is until something, and how long something shall last, as people say it.

use std::{fmt, str::FromStr};

use serde::Serialize;

/// Seconds of a minute.
const MINUTE: u64 = 60;
/// Seconds of an hour.
const HOUR: u64 = 60 * MINUTE;
/// Seconds of a day.
const DAY: u64 = 24 * HOUR;
/// Milliseconds of an hour.
pub const HOUR_MILLIS: u64 = 1_000 * HOUR;

/// Seconds, roughly: slots can stay empty, so that blocks come later than they should.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Span(pub u64);

impl Span {
	/// From block `now` to block `then`, with `block_millis` milliseconds between blocks. Nothing when it has come.
	pub const fn between(now: u64, then: u64, block_millis: u64) -> Self {
		Self(then.saturating_sub(now).saturating_mul(block_millis) / 1_000)
	}

	/// So many blocks.
	pub const fn of(blocks: u32, block_millis: u64) -> Self {
		Self::between(0, blocks as u64, block_millis)
	}
}

impl fmt::Display for Span {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
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

/// How long something shall last. Written by people as a time, `90s`, `30min`, `2h` or `7d`, or as `100 blocks`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Stretch {
	/// So many seconds.
	Seconds(u64),
	/// So many blocks.
	Blocks(u32),
}

/// Why a text is not a [`Stretch`].
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum StretchError {
	/// Something else than a whole number and a unit.
	#[error("a time is written like 90s, 30min, 2h or 7d, or as a number of blocks like `100 blocks`")]
	Malformed,
	/// More than a chain has blocks.
	#[error("the time is too long")]
	TooLong,
}

impl Stretch {
	/// So many hours.
	pub const fn hours(hours: u64) -> Self {
		Self::Seconds(hours.saturating_mul(HOUR))
	}

	/// How many blocks that is, a part of one counting as a whole. None for more than a chain has.
	pub fn blocks(self, block_millis: u64) -> Option<u32> {
		match self {
			Self::Blocks(blocks) => Some(blocks),
			Self::Seconds(seconds) => u32::try_from(seconds.checked_mul(1_000)?.div_ceil(block_millis.max(1))).ok(),
		}
	}
}

impl FromStr for Stretch {
	type Err = StretchError;

	fn from_str(text: &str) -> Result<Self, Self::Err> {
		let text = text.trim();
		let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
		if number.is_empty() {
			return Err(StretchError::Malformed);
		}
		let number: u64 = number.parse().map_err(|_| StretchError::TooLong)?;
		let seconds = match unit.trim_start() {
			"block" | "blocks" => {
				return u32::try_from(number).map(Self::Blocks).map_err(|_| StretchError::TooLong);
			},
			"s" => 1,
			"m" | "min" => MINUTE,
			"h" => HOUR,
			"d" | "day" | "days" => DAY,
			_ => return Err(StretchError::Malformed),
		};
		number.checked_mul(seconds).map(Self::Seconds).ok_or(StretchError::TooLong)
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

	#[test]
	fn stretch_should_be_a_time_or_a_number_of_blocks() {
		for (text, blocks) in [
			("90s", 15),
			("91 s", 16),
			("30min", 300),
			("2m", 20),
			("2h", 1_200),
			("7d", 100_800),
			("2 days", 28_800),
			("100 blocks", 100),
			("1block", 1),
			("0s", 0),
		] {
			let stretch: Stretch = text.parse().unwrap();
			assert_eq!(stretch.blocks(6_000), Some(blocks), "{text}");
		}
		assert_eq!("1s".parse::<Stretch>().map(|stretch| stretch.blocks(2_000)), Ok(Some(1)));
	}

	#[test]
	fn stretch_should_be_refused_when_it_is_none_or_longer_than_any_chain() {
		for text in ["", "h", "10", "-1h", "1.5h", "2 weeks", "blocks"] {
			assert_eq!(text.parse::<Stretch>(), Err(StretchError::Malformed), "{text}");
		}
		for text in ["5000000000 blocks", "99999999999999999999s", "999999999999999999d"] {
			assert_eq!(text.parse::<Stretch>(), Err(StretchError::TooLong), "{text}");
		}
		assert_eq!(Stretch::Seconds(u64::MAX).blocks(6_000), None);
		assert_eq!("400000d".parse::<Stretch>().map(|stretch| stretch.blocks(6_000)), Ok(None));
	}
}
