//! Following an order, and the lease that comes of it.

use std::{fmt, time::Duration};

use anyhow::bail;
use serde::Serialize;
use tokio::time::Instant;

use super::{find, gone, moment, notice::Notice, Rate};
use crate::{
	chain::{
		model::{Lease, LeaseEnd, LeaseEvent, LeaseState, Payment},
		At, Chain, ChainError, Follower, Step,
	},
	output::Output,
};

/// How long the node may be away while a lease is watched.
const PATIENCE: Duration = Duration::from_secs(90);

/// How far to follow.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Until {
	/// Until a machine runs, or there will be none.
	Running,
	/// Until it ends.
	Ended,
}

/// How a lease stands when it is first looked at.
#[derive(Serialize)]
struct Seen<'a> {
	block: u64,
	#[serde(flatten)]
	lease: &'a Lease,
	#[serde(skip)]
	block_millis: u64,
}

impl fmt::Display for Seen<'_> {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		let Self { block, lease, block_millis } = self;
		write!(f, "lease {}: {}", lease.id, lease.state.name())?;
		if let Some(bid) = lease.state.bid() {
			let rate = Rate::new(bid.rate, lease.payment, *block_millis);
			write!(f, ", machine {} of {} for {rate}", bid.machine, bid.provider)?;
		}
		let due = moment(lease.due(), *block, *block_millis);
		match lease.state {
			LeaseState::Open { .. } => write!(f, "; the auction closes in {due}")?,
			LeaseState::Running { .. } => write!(f, "; covered until {due}")?,
			LeaseState::Paused { .. } => write!(f, "; ends in {due} unless somebody pays")?,
		}
		write!(f, " (block {block})")
	}
}

/// What ends a session.
enum WatchError {
	/// Connecting again may help.
	Chain(ChainError),
	Other(anyhow::Error),
}

impl From<ChainError> for WatchError {
	fn from(error: ChainError) -> Self {
		Self::Chain(error)
	}
}

struct Watcher {
	id: u64,
	until: Until,
	out: Output,
	/// The last block that was looked at.
	last: Option<u64>,
	/// What the lease is paid with.
	payment: Payment,
}

/// Follow order or lease `id` from the block after `since`, or from now on. Returns why it ended, if it did before there was
/// nothing more to follow.
///
/// Survives restarts of the node.
pub async fn watch(
	chain: &Chain,
	id: u64,
	since: Option<u64>,
	until: Until,
	out: Output,
) -> anyhow::Result<Option<LeaseEnd>> {
	let payment = match since {
		Some(block) => find(&chain.at(block).await?, id).await?.payment,
		None => find(&chain.finalised().await?, id).await?.payment,
	};
	let mut watcher = Watcher { id, until, out, last: since, payment };
	let mut chain = chain.clone();
	let mut lost: Option<Instant> = None;
	loop {
		match watcher.session(&chain, &mut lost).await {
			Ok(end) => return Ok(end),
			Err(WatchError::Chain(error)) => {
				if lost.get_or_insert_with(Instant::now).elapsed() > PATIENCE {
					return Err(error.into());
				}
				out.note(format!("lost the node: {error}; trying again"));
				let again = Chain::connect_within(chain.url(), PATIENCE).await?;
				chain = again.continuing(&chain.genesis())?;
			},
			Err(WatchError::Other(error)) => return Err(error),
		}
	}
}

impl Watcher {
	async fn session(&mut self, chain: &Chain, lost: &mut Option<Instant>) -> Result<Option<LeaseEnd>, WatchError> {
		let mut follower = Follower::start(chain, self.last).await?;
		loop {
			let done = match follower.next().await? {
				Step::Anew(at) => {
					let done = self.look(&at).await?;
					self.last = Some(at.number());
					done.then_some(None)
				},
				Step::Block(at) => {
					let done = self.tell(&at).await?;
					self.last = Some(at.number());
					done
				},
			};
			*lost = None;
			if let Some(end) = done {
				return Ok(end);
			}
		}
	}

	/// Say how it stands, as there are no events to tell it. Whether that is all.
	async fn look(&self, at: &At) -> Result<bool, WatchError> {
		let Some(lease) = at.stored_lease(self.id).await? else {
			return Err(WatchError::Other(anyhow::anyhow!(gone(at, self.id).await?)));
		};
		let block_millis = at.lease_rules()?.block_millis;
		self.out.result(&Seen { block: at.number(), lease: &lease, block_millis });
		Ok(self.until == Until::Running && lease.state.tenancy().is_some())
	}

	/// Tell what has happened in a block. The end, and why, if there is nothing more to follow.
	async fn tell(&self, at: &At) -> Result<Option<Option<LeaseEnd>>, WatchError> {
		let events = at.events().await?;
		let block_millis = at.lease_rules()?.block_millis;
		let mut done = None;
		for event in events.iter().filter_map(|event| event.of_lease(self.id)).cloned() {
			match &event {
				LeaseEvent::Ended { reason, .. } => done = Some(Some(*reason)),
				LeaseEvent::Started { .. } if self.until == Until::Running => done = Some(None),
				_ => {},
			}
			self.out.result(&Notice { block: at.number(), event, payment: self.payment, block_millis });
		}
		Ok(done)
	}
}

/// Fail when there was no lease, its provider broke it, or its client has said that it was not served.
pub fn expect_served(id: u64, end: Option<LeaseEnd>) -> anyhow::Result<()> {
	match end {
		Some(reason @ (LeaseEnd::Cancelled | LeaseEnd::NoBids | LeaseEnd::ProviderHalted)) => {
			bail!("lease {id} ended before it had begun: {reason}")
		},
		Some(reason @ LeaseEnd::Abandoned) => bail!("lease {id} ended against its rules: {reason}"),
		Some(reason @ LeaseEnd::Unserved) => bail!("lease {id} ended: {reason}"),
		Some(LeaseEnd::Closed | LeaseEnd::RanOut | LeaseEnd::Expired | LeaseEnd::Reclaimed) | None => Ok(()),
	}
}

#[cfg(test)]
mod tests {
	use super::{
		super::fixture::{bid, lease, tenancy},
		*,
	};

	#[test]
	fn lease_should_be_told_with_what_comes_next() {
		let text = |state| Seen { block: 90, lease: &lease(state), block_millis: 6_000 }.to_string();
		let open = text(LeaseState::Open { closes_at: 100, latest: 200, best: None });
		assert_eq!(open, "lease 3: open; the auction closes in block 100, in about 60 s (block 90)");
		let led = text(LeaseState::Open { closes_at: 100, latest: 200, best: Some(bid()) });
		assert!(led.contains("open, machine 4 of") && led.contains("for 0.5 ASY a block (300 ASY an hour);"), "{led}");
		let running = text(LeaseState::Running { tenancy: tenancy() });
		assert!(running.contains("covered until block 190, in about 10 min"), "{running}");
		let paused = text(LeaseState::Paused { tenancy: tenancy(), since: 110 });
		assert!(paused.contains("ends in block 140, in about 5 min unless somebody pays"), "{paused}");
	}

	#[test]
	fn end_should_be_an_error_when_the_client_has_not_got_what_it_asked_for() {
		assert!(expect_served(3, None).is_ok() && expect_served(3, Some(LeaseEnd::Closed)).is_ok());
		let error = |end| expect_served(3, Some(end)).unwrap_err().to_string();
		assert_eq!(error(LeaseEnd::NoBids), "lease 3 ended before it had begun: nobody bid");
		assert!(error(LeaseEnd::Abandoned).starts_with("lease 3 ended against its rules: the provider abandoned it"));
		// That is the client's word.
		assert_eq!(error(LeaseEnd::Unserved), "lease 3 ended: the client closed it as one that was not served");
	}
}
