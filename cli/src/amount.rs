//! Amounts of the token, as people write them and as programs read them.

use std::{fmt, str::FromStr};

use serde::{Serialize, Serializer};

/// Digits after the decimal point.
pub const DECIMALS: u32 = 12;
/// Symbol of the token.
pub const SYMBOL: &str = "ASY";

const UNIT: u128 = 10u128.pow(DECIMALS);

/// An amount in the smallest denomination (10⁻¹² of a token).
///
/// Written by people as `12.5` or `12.5 ASY`; printed for them as `12.5 ASY`; in JSON a string of the smallest
/// denomination, since a JSON number cannot hold it.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct Amount(pub u128);

/// Why a text is not an amount.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum AmountError {
	/// Something else than digits and one decimal point.
	#[error("an amount is written like 12.5 (in {SYMBOL})")]
	Malformed,
	/// Finer than the smallest denomination.
	#[error("an amount has at most {DECIMALS} digits after the point")]
	TooFine,
	/// More than any account can hold.
	#[error("the amount is too large")]
	TooLarge,
}

impl FromStr for Amount {
	type Err = AmountError;

	fn from_str(text: &str) -> Result<Self, Self::Err> {
		let text = text.trim();
		let text = text.strip_suffix(SYMBOL).unwrap_or(text).trim_end();
		let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
		let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
		if !digits(whole) || !digits(fraction) || (whole.is_empty() && fraction.is_empty()) {
			return Err(AmountError::Malformed);
		}
		let fraction = fraction.trim_end_matches('0');
		if fraction.len() > DECIMALS as usize {
			return Err(AmountError::TooFine);
		}
		let number = |part: &str| match part {
			"" => Ok(0),
			digits => digits.parse::<u128>().map_err(|_| AmountError::TooLarge),
		};
		let scale = 10u128.pow(DECIMALS - fraction.len() as u32);
		number(whole)?
			.checked_mul(UNIT)
			.and_then(|whole| whole.checked_add(number(fraction).ok()? * scale))
			.map(Self)
			.ok_or(AmountError::TooLarge)
	}
}

impl fmt::Display for Amount {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		let (whole, fraction) = (self.0 / UNIT, self.0 % UNIT);
		if fraction == 0 {
			return write!(f, "{whole} {SYMBOL}");
		}
		let fraction = format!("{fraction:012}");
		write!(f, "{whole}.{} {SYMBOL}", fraction.trim_end_matches('0'))
	}
}

impl Serialize for Amount {
	fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
		serializer.collect_str(&self.0)
	}
}

/// An amount, or all that there is. Written by people as an amount or `all`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Portion {
	/// All that there is when the chain looks.
	All,
	/// So much.
	Of(Amount),
}

impl Portion {
	/// What is told to the chain, for calls that take no more than there is.
	pub const fn at_most(self) -> Amount {
		match self {
			Self::All => Amount(u128::MAX),
			Self::Of(amount) => amount,
		}
	}

	/// How much that is of `whole`.
	pub fn of(self, whole: Amount) -> Amount {
		self.at_most().min(whole)
	}
}

impl FromStr for Portion {
	type Err = AmountError;

	fn from_str(text: &str) -> Result<Self, Self::Err> {
		match text.trim() {
			"all" => Ok(Self::All),
			amount => amount.parse().map(Self::Of),
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn amount_should_parse_when_written_with_or_without_a_fraction() {
		for (text, value) in [
			("12.5", 12_500_000_000_000),
			("12", 12_000_000_000_000),
			(".5", 500_000_000_000),
			("0.000000000001", 1),
			("1.500000000000000", 1_500_000_000_000),
			("3 ASY", 3_000_000_000_000),
			("7ASY", 7_000_000_000_000),
		] {
			assert_eq!(text.parse(), Ok(Amount(value)), "{text}");
		}
	}

	#[test]
	fn amount_should_be_refused_when_it_cannot_be_held() {
		for (text, error) in [
			("", AmountError::Malformed),
			(".", AmountError::Malformed),
			("-1", AmountError::Malformed),
			("1e6", AmountError::Malformed),
			("1.2.3", AmountError::Malformed),
			("0x10", AmountError::Malformed),
			("0.0000000000001", AmountError::TooFine),
			("999999999999999999999999999999", AmountError::TooLarge),
			("99999999999999999999999999999999999999999999", AmountError::TooLarge),
		] {
			assert_eq!(text.parse::<Amount>(), Err(error), "{text}");
		}
	}

	#[test]
	fn amount_should_print_what_it_parses() {
		for text in ["12.5 ASY", "0.000000000001 ASY", "1000000000 ASY", "0 ASY"] {
			assert_eq!(text.parse::<Amount>().map(|a| a.to_string()).as_deref(), Ok(text));
		}
	}

	#[test]
	fn amount_should_be_an_exact_string_in_json() {
		assert_eq!(serde_json::to_string(&Amount(u128::MAX)).ok(), Some(format!("\"{}\"", u128::MAX)));
	}

	#[test]
	fn portion_should_be_all_or_an_amount_and_never_more_than_there_is() {
		let five = Amount(5 * UNIT);
		assert_eq!("all".parse(), Ok(Portion::All));
		assert_eq!("5".parse(), Ok(Portion::Of(five)));
		assert_eq!("some".parse::<Portion>(), Err(AmountError::Malformed));
		assert_eq!(Portion::All.of(five), five);
		assert_eq!(Portion::Of(Amount(7 * UNIT)).of(five), five);
		assert_eq!(Portion::Of(Amount(UNIT)).of(five), Amount(UNIT));
		assert_eq!(Portion::All.at_most(), Amount(u128::MAX));
	}
}
