//! Parts of a whole and prices, as people write them and as programs read them.

use std::{fmt, str::FromStr};

use serde::{Serialize, Serializer};

/// Parts of a whole, as the chain counts shares.
const WHOLE: u128 = 1_000_000_000;
/// Billionths in a per cent.
const PER_CENT: u32 = 10_000_000;
/// Digits of a per cent after the point.
const SHARE_DECIMALS: usize = 7;
/// Digits of a [`Fixed`] after the point.
const FIXED_DECIMALS: usize = 18;
/// Those of them that people are shown.
const SHOWN_DECIMALS: usize = 9;
/// The [`Fixed`] that is one.
const ONE: u128 = 10u128.pow(FIXED_DECIMALS as u32);

/// A share in billionths, like the chain's `Perbill`.
///
/// Written by people as per cents, `2.5` or `2.5%`; in JSON the number of billionths.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub struct Share(pub u32);

/// Why a text is not a share.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ShareError {
	/// Something else than digits and one decimal point.
	#[error("a share is written in per cent, like 2.5")]
	Malformed,
	/// Finer than a billionth.
	#[error("a share has at most {SHARE_DECIMALS} digits after the point")]
	TooFine,
	/// More than the whole.
	#[error("a share is at most 100 per cent")]
	TooLarge,
}

impl Share {
	/// So many per cent, at most 100.
	pub fn percent(percent: u8) -> Self {
		Self(u32::from(percent.min(100)) * PER_CENT)
	}

	/// This share of `amount`, rounded up. The intermediate product stays below 2¹²⁸ for all amounts there are tokens for.
	pub fn of(self, amount: u128) -> u128 {
		amount.saturating_mul(u128::from(self.0)).div_ceil(WHOLE)
	}
}

impl FromStr for Share {
	type Err = ShareError;

	fn from_str(text: &str) -> Result<Self, Self::Err> {
		let text = text.trim();
		let text = text.strip_suffix('%').unwrap_or(text).trim_end();
		let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
		let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
		if !digits(whole) || !digits(fraction) || (whole.is_empty() && fraction.is_empty()) {
			return Err(ShareError::Malformed);
		}
		let fraction = fraction.trim_end_matches('0');
		if fraction.len() > SHARE_DECIMALS {
			return Err(ShareError::TooFine);
		}
		let number = |part: &str| match part {
			"" => Ok(0),
			digits => digits.parse::<u32>().map_err(|_| ShareError::TooLarge),
		};
		let whole = number(whole)?.checked_mul(PER_CENT).ok_or(ShareError::TooLarge)?;
		let billionths = number(&format!("{fraction:0<SHARE_DECIMALS$}"))?;
		let share = whole.checked_add(billionths).ok_or(ShareError::TooLarge)?;
		if u128::from(share) > WHOLE {
			return Err(ShareError::TooLarge);
		}
		Ok(Self(share))
	}
}

impl fmt::Display for Share {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		write!(
			f,
			"{} %",
			decimal((self.0 / PER_CENT).into(), (self.0 % PER_CENT).into(), SHARE_DECIMALS, SHARE_DECIMALS)
		)
	}
}

/// A number with 18 digits after the point, like the chain's `FixedU128`.
///
/// Printed for people with 9 of them; in JSON a string with all.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct Fixed(pub u128);

impl Fixed {
	fn text(self, shown: usize) -> String {
		decimal(self.0 / ONE, self.0 % ONE, FIXED_DECIMALS, shown)
	}
}

impl fmt::Display for Fixed {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.write_str(&self.text(SHOWN_DECIMALS))
	}
}

impl Serialize for Fixed {
	fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
		serializer.serialize_str(&self.text(FIXED_DECIMALS))
	}
}

/// A number with up to `shown` of the `digits` that `fraction` has; those beyond are cut off.
fn decimal(whole: u128, fraction: u128, digits: usize, shown: usize) -> String {
	let fraction: String = format!("{fraction:0digits$}").chars().take(shown).collect();
	match fraction.trim_end_matches('0') {
		"" => whole.to_string(),
		fraction => format!("{whole}.{fraction}"),
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn share_should_parse_when_written_in_per_cent() {
		for (text, billionths) in [
			("10", 100_000_000),
			("2.5", 25_000_000),
			("2.5%", 25_000_000),
			(".5 %", 5_000_000),
			("0", 0),
			("100", 1_000_000_000),
			("0.0000001", 1),
			("33.3333333", 333_333_333),
		] {
			assert_eq!(text.parse(), Ok(Share(billionths)), "{text}");
		}
	}

	#[test]
	fn share_should_be_refused_when_it_is_none() {
		for (text, error) in [
			("", ShareError::Malformed),
			("%", ShareError::Malformed),
			("-1", ShareError::Malformed),
			("1.2.3", ShareError::Malformed),
			("0.00000001", ShareError::TooFine),
			("100.0000001", ShareError::TooLarge),
			("430", ShareError::TooLarge),
			("99999999999", ShareError::TooLarge),
		] {
			assert_eq!(text.parse::<Share>(), Err(error), "{text}");
		}
	}

	#[test]
	fn share_should_print_what_it_parses() {
		for text in ["10 %", "2.5 %", "0 %", "0.0000001 %", "100 %"] {
			assert_eq!(text.parse::<Share>().map(|share| share.to_string()).as_deref(), Ok(text));
		}
		assert_eq!(serde_json::to_string(&Share(25_000_000)).ok().as_deref(), Some("25000000"));
	}

	#[test]
	fn fixed_should_be_exact_in_json_and_short_for_people() {
		let third = Fixed(333_333_333_333_333_333);
		assert_eq!(third.to_string(), "0.333333333");
		assert_eq!(serde_json::to_string(&third).ok().as_deref(), Some("\"0.333333333333333333\""));
		assert_eq!(Fixed(3 * ONE / 2).to_string(), "1.5");
		assert_eq!(Fixed(2 * ONE).to_string(), "2");
		assert_eq!(Fixed(1).to_string(), "0");
	}
}
