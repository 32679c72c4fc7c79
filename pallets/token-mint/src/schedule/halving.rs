//! Halvings, by time and by issuance. Both are computed in integers only.

use assay_primitives::Balance;
use sp_core::U256;

/// Units paid by the end of `period`, when the first `every` periods pay `first`, evenly, and each `every` after them half of
/// what those before paid.
///
/// ```text
/// cumulative(n) = 2 × first − first × (2 × every − j) / (every × 2^k)    k = ⌊n / every⌋,  j = n mod every
/// ```
///
/// The exact value, rounded down to a whole unit; so it is monotone, and stays a unit below `2 × first`. An `every` of zero
/// is taken for one. O(1).
pub(super) fn by_time(first: Balance, every: u32, period: u32) -> Balance {
	let every = every.max(1);
	// The numerator stands in 161 bits. From 161 halvings on the quotient is less than one, whatever their number is.
	let (halvings, part) = ((period / every).min(161), period % every);
	let numerator = U256::from(first).saturating_mul(U256::from(every) * 2u32 - U256::from(part));
	let (whole, rest) = numerator.div_mod(U256::from(every) << halvings);
	let left = if rest.is_zero() { whole } else { whole.saturating_add(U256::one()) };
	(U256::from(first) * 2u32).saturating_sub(left).try_into().unwrap_or(Balance::MAX)
}

/// Units paid by the end of `period`, when a period pays `first / 2^k`, rounded down, as long as `k` halvings of `supply` have
/// been issued: as what is not issued is at most `supply / 2^k` and more than `supply / 2^(k + 1)`.
///
/// This is Bittensor's rule, where `k = ⌊log2(1 / (1 − issued / supply))⌋` and a halving is due once 10.5 M, 15.75 M, 18.375 M
/// ... of 21 M are issued. A period is paid by what was issued before it, so that the last one before a halving may pass the
/// mark by less than what it pays. When `first / 2^k` is less than a unit, it ends.
///
/// Exact, as the rule is stated in integers. O(128) at most: all periods between two halvings pay the same.
pub(super) fn by_issuance(first: Balance, supply: Balance, issued_before: Balance, period: u32) -> Balance {
	let start = supply.saturating_sub(issued_before);
	let (mut left, mut periods) = (start, Balance::from(period));
	// Each turn passes a halving, and a number of 128 bits can be halved so often.
	for _ in 0..Balance::BITS {
		let Some(halvings) = supply.checked_div(left).and_then(Balance::checked_ilog2) else { break };
		let amount = first >> halvings;
		if amount == 0 || periods == 0 {
			break;
		}
		let next = supply.checked_shr(halvings.saturating_add(1)).unwrap_or_default();
		let taken = left.saturating_sub(next).div_ceil(amount).min(periods);
		periods = periods.saturating_sub(taken);
		left = left.saturating_sub(amount.saturating_mul(taken));
	}
	start.saturating_sub(left)
}
