//! Saying that something is wrong before saying what, so that whoever copies a dispute is not taken for who has found it.
//!
//! What was announced stands on the chain: who is stopped meanwhile and finds the same unit again goes on from there.

use std::{fmt, time::Duration};

use serde::Serialize;
use subxt_signer::sr25519::Keypair;
use tokio::time::sleep;

use crate::{
	blobs::BlobHash,
	chain::{
		model::{announcement, Announcement, BlockNumber, Event, Job, JobState, ProofEvent},
		Call, Chain, TxError,
	},
	keys,
};

/// Blocks that a transaction may take to be in one: what is seen of the chain is some blocks old, and blocks may be full.
const SENDING: BlockNumber = 6;
/// Pause between two looks at the chain.
const TICK: Duration = Duration::from_secs(1);

/// What becomes of an announcement.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "event")]
pub(super) enum Notice {
	/// It stands on the chain.
	Announced { job: u64, unit: u32, counts_from: BlockNumber },
	/// It does not, and the dispute is sent at once.
	NotAnnounced { job: u64, unit: u32, reason: String },
}

impl fmt::Display for Notice {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Self::Announced { job, unit, counts_from } => write!(
				f,
				"job {job}: the dispute of unit {unit} is announced, and sent in block {counts_from}, so that nobody can copy it"
			),
			Self::NotAnnounced { job, unit, reason } => write!(
				f,
				"job {job}: the dispute of unit {unit} is sent unannounced, without the reporter's part of the slash: {reason}"
			),
		}
	}
}

/// How to go about a dispute.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Plan {
	/// Announce it.
	Announce,
	/// It is announced: wait until that counts.
	Wait(BlockNumber),
	/// There is no time for that: the result may be paid for from this block on.
	AtOnce(BlockNumber),
}

/// The first block in which a result may be paid for, as far as anybody knows: a question that is open may be answered at any
/// time.
fn payable_from(job: &Job) -> BlockNumber {
	match &job.state {
		JobState::Committed { review_ends, .. } => *review_ends,
		JobState::Contested { settles_at, .. } => *settles_at,
		_ => 0,
	}
}

/// How to go about a dispute about `job` at block `now`, when announcements count after `delay`. A refund that comes too late is
/// worth more than the reporter's part.
fn plan(job: &Job, now: BlockNumber, delay: BlockNumber, made: Option<Announcement>) -> Plan {
	let payable = payable_from(job);
	match made {
		Some(made) => Plan::Wait(made.counts_from),
		None if now.saturating_add(delay).saturating_add(2 * SENDING) <= payable => Plan::Announce,
		None => Plan::AtOnce(payable),
	}
}

/// Announce that unit `unit` of `job` comes to `found`, and wait until a dispute of it makes whoever signs with `key` its
/// reporter. What cannot be announced is told, and no error: the dispute is worth it all the same.
pub(super) async fn announce(
	chain: &Chain,
	key: &Keypair,
	job: &Job,
	unit: u32,
	found: BlobHash,
	tell: impl Fn(&Notice),
) -> Result<(), TxError> {
	let (at, me, id) = (chain.timely().await?, keys::account(key), job.id);
	if !at.has_announcements() {
		return Ok(());
	}
	let hash = announcement(&me, id, unit, found);
	let made = at.announced(&me, hash).await?;
	let counts_from = match plan(job, at.block_number(), at.announcement_delay()?, made) {
		Plan::Wait(block) => block,
		Plan::AtOnce(payable) => {
			let reason = format!("the result may be paid for from block {payable} on");
			tell(&Notice::NotAnnounced { job: id, unit, reason });
			return Ok(());
		},
		Plan::Announce => match send(chain, key, hash).await {
			Ok(made) => made.counts_from,
			Err(error @ TxError::Chain(_)) => return Err(error),
			// It may stand there all the same: in a block that is not final yet, or from before this program was stopped.
			Err(error) => match chain.newest().await?.announced(&me, hash).await? {
				Some(made) => made.counts_from,
				None => {
					tell(&Notice::NotAnnounced { job: id, unit, reason: error.to_string() });
					return Ok(());
				},
			},
		},
	};
	tell(&Notice::Announced { job: id, unit, counts_from });
	wait(chain, id, counts_from).await
}

async fn send(chain: &Chain, key: &Keypair, hash: BlobHash) -> Result<Announcement, TxError> {
	let included = chain.submit(key, Call::AnnounceDispute(hash)).await?;
	let made = included.events.iter().find_map(|event| match event {
		Event::Proof(ProofEvent::Announced(made)) => Some(*made),
		_ => None,
	});
	made.ok_or_else(|| TxError::Lost("the chain did not say that the dispute was announced".to_owned()))
}

/// Wait for block `counts_from`, but no longer than there is a dispute left to win.
async fn wait(chain: &Chain, id: u64, counts_from: BlockNumber) -> Result<(), TxError> {
	loop {
		let at = chain.newest().await?;
		let job = at.job(id).await?.filter(|job| job.state.has_result());
		let Some(job) = job else {
			return Err(TxError::Refused {
				name: "ComputeMarket::JobNotCommitted".to_owned(),
				message: format!("job {id} has no result any more: somebody was faster, or it was paid for"),
			});
		};
		if is_over(&job, at.block_number(), counts_from) {
			return Ok(());
		}
		sleep(TICK).await;
	}
}

/// Whether a dispute is to be sent at block `now`.
fn is_over(job: &Job, now: BlockNumber, counts_from: BlockNumber) -> bool {
	// One block later than it could be: the best block may be replaced by one of the same height.
	now >= counts_from || now.saturating_add(SENDING) >= payable_from(job)
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::client::fetch::tests::committed;

	/// A result that may be paid for from block 100 on.
	fn job() -> Job {
		let mut job = committed();
		let JobState::Committed { review_ends, .. } = &mut job.state else { panic!("not committed") };
		*review_ends = 100;
		job
	}

	#[test]
	fn dispute_should_be_announced_when_there_is_time() {
		assert_eq!(plan(&job(), 78, 10, None), Plan::Announce);
		assert_eq!(plan(&job(), 79, 10, None), Plan::AtOnce(100));
		assert_eq!(plan(&job(), 200, 10, None), Plan::AtOnce(100));
	}

	#[test]
	fn dispute_should_be_announced_by_when_the_result_settles_when_it_was_questioned() {
		let mut job = job();
		let JobState::Committed { bid, root, review_ends } = job.state.clone() else { panic!("not committed") };
		job.state = JobState::Contested { bid, root, review_ends, settles_at: 130, open: 0 };
		assert_eq!(plan(&job, 108, 10, None), Plan::Announce);
		assert_eq!(plan(&job, 109, 10, None), Plan::AtOnce(130));
	}

	#[test]
	fn dispute_should_wait_for_what_was_announced_before() {
		let made = Announcement { counts_from: 95, until: 900 };
		assert_eq!(plan(&job(), 94, 10, Some(made)), Plan::Wait(95));
	}

	#[test]
	fn dispute_should_be_sent_when_the_announcement_counts_or_the_result_is_about_to_be_paid_for() {
		assert!(!is_over(&job(), 59, 60) && is_over(&job(), 60, 60));
		assert!(!is_over(&job(), 93, 99) && is_over(&job(), 94, 99));
	}
}
