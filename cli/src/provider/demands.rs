//! Shows what was demanded of our results on the chain, beside the daemon's loop.
//!
//! Whoever lets a demand pass loses the whole stake of a machine, so this goes on whatever the loop is busy with, and looks
//! at the chain's state, which is the same after a restart. The most urgent demand is answered first, and several answers are
//! under way at a time, so that nobody can keep us from one by asking for others. While finality lags the newest state counts:
//! the time to answer runs by block number.

use std::{
	collections::{BTreeMap, BTreeSet},
	pin::pin,
	time::Duration,
};

use anyhow::{ensure, Context};
use assay_proofs::merkle;
use futures::{future::BoxFuture, stream::FuturesUnordered, FutureExt, StreamExt};
use subxt_signer::sr25519::Keypair;
use tokio::time::sleep;

use super::{notice::Notice, state::Workspace};
use crate::{
	blobs::BlobSource,
	chain::{
		model::{BlockNumber, JobState, Revelation},
		Call, Chain, ChainError, Included, TxError, MORTALITY, USUAL_LAG,
	},
	guest::trap_of,
	http::JobBoard,
	keys,
	output::Output,
};

/// Pause between two looks at the chain: a demand leaves hours.
const TICK: Duration = Duration::from_secs(6);
/// Answers that are under way at a time. With the longest outputs they fill a block or two.
const MOST_UNDER_WAY: usize = 16;
/// Blocks for which an answer rests that failed without costing anything.
const SHORT_REST: BlockNumber = 4;
/// Part of the time left for which an answer rests that failed otherwise.
const REST_SHARE: BlockNumber = 16;

/// A unit that was demanded of us. The most urgent is the least.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct Asked {
	/// The last block in which it can be shown.
	reveal_by: BlockNumber,
	job: u64,
	index: u32,
}

impl Asked {
	const fn unit(self) -> (u64, u32) {
		(self.job, self.index)
	}
}

/// How an attempt to answer failed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Failure {
	/// Nothing was sent.
	Free,
	/// A fee was paid, or what was sent may still turn up, or trying again changes nothing.
	Dear,
}

impl From<&TxError> for Failure {
	fn from(error: &TxError) -> Self {
		match error {
			TxError::Invalid(_) | TxError::Chain(_) => Self::Free,
			TxError::Refused { .. } | TxError::NotIncluded { .. } | TxError::NotFinal { .. } | TxError::Lost(_) => {
				Self::Dear
			},
		}
	}
}

/// What is to be answered, and what is under way.
#[derive(Debug, Default)]
struct Queue {
	/// The block after which the chain was last looked at.
	now: BlockNumber,
	/// Units whose answer is under way, of which there must not be a second one.
	under_way: BTreeSet<(u64, u32)>,
	/// Units that are left alone until that block.
	resting: BTreeMap<(u64, u32), BlockNumber>,
}

impl Queue {
	/// What of `open`, the demands after block `now`, is to be answered, the most urgent first, and how many answers there is
	/// room for.
	fn look(&mut self, now: BlockNumber, open: &[Asked]) -> (Vec<Asked>, usize) {
		self.now = now;
		// The next look may be at final state, which is older than the newest by this much at most.
		self.resting.retain(|_, until| now < until.saturating_add(USUAL_LAG));
		// What is in a block by now is not open any more, and takes no room, however long it takes to be final.
		let under_way = open.iter().filter(|asked| self.under_way.contains(&asked.unit())).count();
		let mut due: Vec<_> = open.iter().copied().filter(|asked| self.is_due(asked)).collect();
		due.sort_unstable();
		(due, MOST_UNDER_WAY.saturating_sub(under_way))
	}

	fn is_due(&self, asked: &Asked) -> bool {
		let rests = self.resting.get(&asked.unit()).is_some_and(|until| self.now < *until);
		// The earliest block for an answer is the next one.
		asked.reveal_by > self.now && !rests && !self.under_way.contains(&asked.unit())
	}

	/// An answer was sent.
	fn sent(&mut self, asked: Asked) {
		self.under_way.insert(asked.unit());
	}

	/// An answer is in `block`, as every state from there on shows.
	fn shown(&mut self, asked: Asked, block: u64) {
		self.under_way.remove(&asked.unit());
		self.resting.insert(asked.unit(), BlockNumber::try_from(block).unwrap_or(BlockNumber::MAX));
	}

	/// An answer came to nothing. It is tried again, seldom while there is time, and in every block at the end.
	fn failed(&mut self, asked: Asked, failure: Failure) {
		self.under_way.remove(&asked.unit());
		let longest = match failure {
			Failure::Free => SHORT_REST,
			// One that got lost cannot turn up after that.
			Failure::Dear => MORTALITY,
		};
		let left = asked.reveal_by.saturating_sub(self.now);
		let rest = (left / REST_SHARE).clamp(1, longest);
		self.resting.insert(asked.unit(), self.now.saturating_add(rest));
	}
}

/// Answers demands.
pub(super) struct Demands {
	key: Keypair,
	workspace: Workspace,
	out: Output,
	queue: Queue,
	/// What comes of the answers that are under way.
	outcomes: FuturesUnordered<BoxFuture<'static, (Asked, Result<Included, TxError>)>>,
	/// What could not be answered and was told to the operator.
	told: BTreeSet<(u64, u32)>,
}

impl Demands {
	pub(super) fn new(key: Keypair, workspace: Workspace, out: Output) -> Self {
		let (queue, outcomes, told) = (Queue::default(), FuturesUnordered::new(), BTreeSet::new());
		Self { key, workspace, out, queue, outcomes, told }
	}

	/// Go on until the task is ended, connecting to the node of `first` again as often as it takes.
	pub(super) async fn run(mut self, first: Chain) {
		loop {
			match first.reconnect().await {
				Ok(chain) => {
					let error = self.session(&chain).await;
					tracing::debug!(%error, "whoever answers demands lost the node");
				},
				Err(error) => tracing::debug!(%error, "whoever answers demands cannot reach the node"),
			}
			self.pause().await;
		}
	}

	/// Go on until the connection fails.
	async fn session(&mut self, chain: &Chain) -> ChainError {
		loop {
			if let Err(error) = self.answer_all(chain).await {
				return error;
			}
			self.pause().await;
		}
	}

	/// Wait until it is time for the next look, and take in meanwhile what came of answers. Only here: what is known of an
	/// answer must not be newer than the state that is looked at next.
	async fn pause(&mut self) {
		let mut over = pin!(sleep(TICK));
		loop {
			tokio::select! {
				() = &mut over => return,
				Some((asked, result)) = self.outcomes.next() => self.conclude(asked, result),
			}
		}
	}

	/// Answer what is demanded of our results.
	async fn answer_all(&mut self, chain: &Chain) -> Result<(), ChainError> {
		let at = chain.timely().await?;
		let me = keys::account(&self.key);
		let mut open = Vec::new();
		for job in at.jobs().await? {
			let JobState::Contested { bid, open: questions, .. } = &job.state else { continue };
			if *questions == 0 || bid.provider != me {
				continue;
			}
			let demands = at.demands(job.id).await?.into_iter();
			open.extend(demands.map(|demand| Asked { reveal_by: demand.reveal_by, job: job.id, index: demand.index }));
		}
		self.told.retain(|unit| open.iter().any(|asked| asked.unit() == *unit));
		let (due, mut room) = self.queue.look(at.block_number(), &open);
		for asked in due {
			if room == 0 {
				break;
			}
			match revelation(&self.workspace, asked.job, asked.index).await {
				Ok(revelation) => {
					if self.send(chain, asked, revelation).await? {
						room -= 1;
					}
				},
				Err(error) => self.give_up(asked, Failure::Dear, &error),
			}
		}
		Ok(())
	}

	/// Send an answer. Returns whether the node took it.
	async fn send(&mut self, chain: &Chain, asked: Asked, revelation: Revelation) -> Result<bool, ChainError> {
		match chain.post(&self.key, Call::RevealUnit(Box::new(revelation))).await {
			Ok(sent) => {
				self.queue.sent(asked);
				self.outcomes.push(async move { (asked, sent.outcome().await) }.boxed());
				Ok(true)
			},
			Err(error) => {
				let failure = Failure::from(&error);
				match error {
					// The others may get through, even if it is this answer that the node cannot take.
					TxError::Chain(error) => {
						self.queue.failed(asked, failure);
						Err(error)
					},
					error => {
						self.give_up(asked, failure, &error.into());
						Ok(false)
					},
				}
			},
		}
	}

	/// Take in what came of an answer.
	fn conclude(&mut self, asked: Asked, result: Result<Included, TxError>) {
		match result {
			Ok(included) => {
				self.queue.shown(asked, included.block);
				self.out.result(&Notice::Revealed { job: asked.job, unit: asked.index });
			},
			Err(error @ TxError::NotFinal { block, .. }) => {
				self.queue.shown(asked, block);
				tracing::warn!(job = asked.job, unit = asked.index, %error, "shown on the chain, but not final");
			},
			Err(error @ (TxError::Lost(_) | TxError::NotIncluded { .. } | TxError::Chain(_))) => {
				self.queue.failed(asked, Failure::from(&error));
				tracing::warn!(job = asked.job, unit = asked.index, %error, "an answer may be lost; looking again");
			},
			Err(error) => self.give_up(asked, Failure::from(&error), &error.into()),
		}
	}

	/// Leave a unit alone for some time, and tell the operator of it, once.
	fn give_up(&mut self, asked: Asked, failure: Failure, error: &anyhow::Error) {
		self.queue.failed(asked, failure);
		let Asked { reveal_by, job, index } = asked;
		if self.told.insert(asked.unit()) {
			tracing::error!(
				"cannot show unit {index} of job {job}, which must be done by block {reveal_by}: {error:#}"
			);
		}
	}
}

/// What shows unit `index` of job `job`, from what is on the disk.
async fn revelation(workspace: &Workspace, job: u64, index: u32) -> anyhow::Result<Revelation> {
	let manifest = workspace.manifest(job).context("the outputs are not in the data folder any more")?;
	let leaves: Vec<_> = manifest.outputs.iter().map(|unit| unit.hash.0).collect();
	let unit = manifest.outputs.get(index as usize).context("there is no such unit")?;
	let opening = merkle::prove(&leaves, index).context("there is no such unit")?;
	let result = if unit.trapped {
		Err(trap_of(&unit.hash).context("the unit stopped for a reason that is not known")?)
	} else {
		let output = workspace.get(unit.hash).await?;
		ensure!(crate::blobs::BlobHash::of(&output) == unit.hash, "the output is damaged");
		Ok(output)
	};
	Ok(Revelation { job, index, result, opening })
}

#[cfg(test)]
mod tests {
	use super::*;

	fn asked(reveal_by: BlockNumber, job: u64, index: u32) -> Asked {
		Asked { reveal_by, job, index }
	}

	/// Looks at `open` after block `now` and sends what there is room for.
	fn answer(queue: &mut Queue, now: BlockNumber, open: &[Asked]) -> Vec<Asked> {
		let (due, room) = queue.look(now, open);
		let sent: Vec<_> = due.into_iter().take(room).collect();
		sent.iter().for_each(|asked| queue.sent(*asked));
		sent
	}

	#[test]
	fn demands_should_be_answered_by_deadline_when_older_jobs_have_more_time() {
		let open = [asked(900, 1, 0), asked(500, 2, 7), asked(700, 3, 1), asked(500, 2, 3)];
		let expected = [asked(500, 2, 3), asked(500, 2, 7), asked(700, 3, 1), asked(900, 1, 0)];
		assert_eq!(answer(&mut Queue::default(), 100, &open), expected);
	}

	#[test]
	fn urgent_demand_should_be_answered_at_once_when_many_others_were_there_before() {
		let mut queue = Queue::default();
		let mut open: Vec<_> = (0..1_000).map(|job| asked(4_000, job, 0)).collect();
		open.push(asked(120, 5_000, 0));
		let sent = answer(&mut queue, 100, &open);
		assert_eq!((sent.len(), sent[0]), (MOST_UNDER_WAY, asked(120, 5_000, 0)));
	}

	#[test]
	fn demand_should_not_be_answered_twice_when_its_answer_is_under_way() {
		let mut queue = Queue::default();
		let open = [asked(900, 1, 0), asked(900, 1, 1)];
		assert_eq!(answer(&mut queue, 100, &open[..1]), open[..1]);
		assert_eq!(answer(&mut queue, 101, &open), open[1..]);
		assert_eq!(answer(&mut queue, 899, &open), []);
		// Another block with the same demand leaves another time for it; the answer is the same.
		assert_eq!(answer(&mut queue, 102, &[asked(901, 1, 0)]), []);
	}

	#[test]
	fn answers_should_make_room_when_they_are_in_a_block_and_not_before() {
		let mut queue = Queue::default();
		let open: Vec<_> = (0..40).map(|job| asked(900, job, 0)).collect();
		assert_eq!(answer(&mut queue, 100, &open), open[..16]);
		assert_eq!(answer(&mut queue, 101, &open), []);
		// Ten of them are in a block that is not final yet.
		assert_eq!(answer(&mut queue, 102, &open[10..]), open[16..26]);
		assert_eq!(answer(&mut queue, 103, &open[26..]), open[26..]);
	}

	#[test]
	fn demand_should_not_be_answered_again_when_final_state_is_older_than_the_answer() {
		let mut queue = Queue::default();
		let open = [asked(900, 1, 0)];
		assert_eq!(answer(&mut queue, 150, &open), open);
		assert_eq!(answer(&mut queue, 180, &[]), []);
		queue.shown(open[0], 170);
		// Finality keeps up again, but is not there yet.
		assert_eq!(answer(&mut queue, 184, &[]), []);
		assert_eq!(answer(&mut queue, 169, &open), []);
		// The block with the answer was replaced by one without.
		assert_eq!(answer(&mut queue, 170, &open), open);
	}

	#[test]
	fn answer_should_be_tried_again_when_it_failed_and_more_often_towards_the_end() {
		let rest = |failure, now, reveal_by| {
			let mut queue = Queue::default();
			let open = [asked(reveal_by, 1, 0)];
			assert_eq!(answer(&mut queue, now, &open), open);
			queue.failed(open[0], failure);
			let mut later = now;
			while answer(&mut queue, later, &open).is_empty() {
				later += 1;
			}
			later - now
		};
		assert_eq!(rest(Failure::Dear, 100, 3_700), MORTALITY);
		assert_eq!(rest(Failure::Dear, 100, 420), 20);
		assert_eq!(rest(Failure::Dear, 100, 110), 1);
		assert_eq!(rest(Failure::Free, 100, 3_700), SHORT_REST);
		assert_eq!(rest(Failure::Free, 100, 110), 1);
	}

	#[test]
	fn answers_that_cannot_be_given_should_not_keep_others_from_being_given() {
		let mut queue = Queue::default();
		let open: Vec<_> = (0..40).map(|job| asked(900, job, 0)).collect();
		let (due, room) = queue.look(100, &open);
		// The outputs of the most urgent are lost.
		due[..20].iter().for_each(|asked| queue.failed(*asked, Failure::Dear));
		assert_eq!((due.len(), room), (40, MOST_UNDER_WAY));
		assert_eq!(answer(&mut queue, 100, &open), open[20..36]);
	}

	#[test]
	fn demand_should_be_left_when_its_time_is_over() {
		assert_eq!(answer(&mut Queue::default(), 100, &[asked(100, 1, 0), asked(101, 1, 1)]), [asked(101, 1, 1)]);
	}

	#[test]
	fn failure_should_be_dear_when_it_cost_a_fee_or_may_turn_up() {
		let refused = TxError::Refused { name: String::new(), message: String::new() };
		assert_eq!(Failure::from(&refused), Failure::Dear);
		assert_eq!(Failure::from(&TxError::Lost(String::new())), Failure::Dear);
		assert_eq!(Failure::from(&TxError::Invalid(String::new())), Failure::Free);
		assert_eq!(Failure::from(&TxError::Chain(ChainError::Closed)), Failure::Free);
	}
}
