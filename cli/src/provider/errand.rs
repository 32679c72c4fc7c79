//! Transactions of the daemon's: what each is for, and how long it rests when it has failed.

use crate::chain::{model::RewardKind, TxError};

/// A transaction that failed `n` times in a row is not tried again for 2ⁿ blocks, at most 2 to this: each failure may cost
/// a fee.
const LONGEST_REST: u32 = 6;

/// A transaction under way, of which there must not be a second one.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Errand {
	Bid(u64),
	Close(u64),
	Commit(u64),
	Settle(u64),
	Claim(RewardKind),
}

impl Errand {
	/// The job that it is about.
	pub const fn job(self) -> Option<u64> {
		match self {
			Self::Bid(job) | Self::Close(job) | Self::Commit(job) | Self::Settle(job) => Some(job),
			Self::Claim(_) => None,
		}
	}
}

/// How often in a row a transaction has failed after it did so with `error` in block `now`, and until which block it rests.
pub(super) fn rest(before: Option<(u32, u32)>, error: &TxError, now: u32) -> (u32, u32) {
	let failures = before.map_or(0, |(failures, _)| failures);
	// It is there. What it did is seen once its block is final; until then a second one would do nothing but cost a fee.
	if let TxError::NotFinal { block, .. } = error {
		return (failures, u32::try_from(*block).unwrap_or(u32::MAX));
	}
	let failures = failures.saturating_add(1);
	let until = now.saturating_add(1 << failures.min(LONGEST_REST));
	match error {
		// It can still come to be.
		TxError::NotIncluded { until: dead, .. } => (failures, until.max(u32::try_from(*dead).unwrap_or(u32::MAX))),
		_ => (failures, until),
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn transaction_should_rest_longer_when_it_fails_again() {
		let lost = TxError::Lost(String::new());
		assert_eq!(rest(None, &lost, 100), (1, 102));
		assert_eq!(rest(Some((1, 102)), &lost, 102), (2, 106));
		assert_eq!(rest(Some((50, 102)), &lost, 102), (51, 166));
	}

	#[test]
	fn transaction_should_not_be_repeated_when_its_block_is_not_final_yet() {
		let error = TxError::NotFinal { block: 180, lag: 80, seconds: 240 };
		assert_eq!(rest(None, &error, 100), (0, 180));
		assert_eq!(rest(Some((2, 90)), &error, 100), (2, 180));
	}

	#[test]
	fn transaction_should_not_be_repeated_when_it_can_still_be_included() {
		let error = |until| TxError::NotIncluded { until, seconds: 420 };
		assert_eq!(rest(None, &error(140), 100), (1, 140));
		assert_eq!(rest(None, &error(90), 100), (1, 102));
	}
}
