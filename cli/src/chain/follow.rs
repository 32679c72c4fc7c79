//! Every finalised block, once, in order.

use std::{collections::VecDeque, time::Duration};

use subxt::{client::Blocks, SubstrateConfig};

use super::{ask, At, Chain, ChainError};

/// How long a chain may go without finalising a block before the connection is thought to be broken.
const STALL: Duration = Duration::from_secs(120);
/// More missed blocks than this are not walked through: reading the whole state anew is cheaper.
const LONGEST_CATCH_UP: u64 = 200;

/// What comes next.
pub enum Step {
	/// The next finalised block.
	Block(At),
	/// Too much was missed, or the node knows less than before: here is its state now, whatever was known before is void.
	Anew(At),
}

/// Follows the finalised chain from where an earlier one stopped.
pub struct Follower {
	chain: Chain,
	blocks: Blocks<SubstrateConfig>,
	last: Option<u64>,
	queue: VecDeque<u64>,
	/// The version of the runtime that was looked at last.
	version: Option<u32>,
}

impl Follower {
	/// Begin after block `last`, or with the state as it is now.
	pub async fn start(chain: &Chain, last: Option<u64>) -> Result<Self, ChainError> {
		let blocks = ask("announce finalised blocks", chain.client.stream_blocks()).await?;
		let head = chain.finalised().await?.number();
		// A finalised chain only grows: if it is shorter now, then this node knows less than the one before.
		let last = last.filter(|last| *last <= head);
		Ok(Self { chain: chain.clone(), blocks, last, queue: VecDeque::new(), version: None })
	}

	/// Wait for the next finalised block. May be given up while waiting without missing one.
	///
	/// Fails for good with the first block of a runtime that this program does not know.
	pub async fn next(&mut self) -> Result<Step, ChainError> {
		loop {
			let Some(last) = self.last else {
				let at = self.chain.finalised().await?;
				self.ensure_known(&at)?;
				self.last = Some(at.number());
				return Ok(Step::Anew(at));
			};
			if let Some(number) = self.queue.front().copied() {
				let at = self.chain.at(number).await?;
				self.ensure_known(&at)?;
				self.queue.pop_front();
				self.last = Some(number);
				return Ok(Step::Block(at));
			}
			let announced = match tokio::time::timeout(STALL, self.blocks.next()).await {
				Ok(Some(Ok(block))) => block.number(),
				Ok(Some(Err(error))) => {
					return Err(ChainError::Node { what: "announce a block", reason: Box::new(error.into()) });
				},
				Ok(None) => return Err(ChainError::Closed),
				Err(_) => return Err(ChainError::Timeout { what: "finalise a block", seconds: STALL.as_secs() }),
			};
			match missing(last, announced) {
				Some(numbers) => self.queue.extend(numbers),
				None => self.last = None,
			}
		}
	}

	/// Look at the runtime of a block again when it has been upgraded.
	fn ensure_known(&mut self, at: &At) -> Result<(), ChainError> {
		if self.version != Some(at.spec_version()) {
			self.chain.ensure_known(at)?;
			self.version = Some(at.spec_version());
		}
		Ok(())
	}
}

/// The blocks to read up to the `announced` one; `None` when it is cheaper to begin anew.
fn missing(last: u64, announced: u64) -> Option<std::ops::RangeInclusive<u64>> {
	let missed = announced.saturating_sub(last);
	(missed <= LONGEST_CATCH_UP).then_some(last + 1..=announced)
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn follower_should_read_every_missed_block() {
		assert_eq!(missing(7, 8), Some(8..=8));
		assert_eq!(missing(7, 12), Some(8..=12));
		assert!(missing(7, 7).is_some_and(|blocks| blocks.is_empty()));
		// Announced while we were reading further.
		assert!(missing(7, 5).is_some_and(|blocks| blocks.is_empty()));
	}

	#[test]
	fn follower_should_begin_anew_when_too_much_was_missed() {
		assert_eq!(missing(7, 7 + LONGEST_CATCH_UP + 1), None);
	}
}
