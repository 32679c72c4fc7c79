//! Answers what the chain asks of our results, beside the daemon's loop.
//!
//! Whoever lets a question pass is slashed as one that withholds data, so this goes on whatever the loop is busy with, and
//! looks at the chain's state, which is the same after a restart. The most urgent question is answered first, and several
//! answers are under way at a time, so that nobody can keep us from one by asking others. While finality lags the newest state
//! counts: the time to answer runs by block number.

use std::{
	collections::{BTreeMap, BTreeSet},
	fmt::Debug,
	future::Future,
	pin::pin,
	time::Duration,
};

use futures::{future::BoxFuture, stream::FuturesUnordered, FutureExt, StreamExt};
use subxt_signer::sr25519::Keypair;
use tokio::time::sleep;

use super::{enrol::Owner, notice::Notice, state::Workspace};
use crate::{
	chain::{model::BlockNumber, At, Call, Chain, ChainError, Included, TxError, MORTALITY, USUAL_LAG},
	http::JobBoard,
	output::Output,
};

/// Answers that are under way at a time. With the longest outputs they fill a block or two.
const MOST_UNDER_WAY: usize = 16;
/// Blocks for which an answer rests that failed without costing anything.
const SHORT_REST: BlockNumber = 4;
/// Part of the time left for which an answer rests that failed otherwise.
const REST_SHARE: BlockNumber = 16;

/// What is asked of us. The most urgent is the least.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Asked<N> {
	/// The last block in which it can be answered.
	pub by: BlockNumber,
	/// Which question it is.
	pub name: N,
}

/// A kind of questions.
pub(super) trait Questions: Send + Sync + 'static {
	/// What tells one from the others.
	type Name: Clone + Debug + Ord + Send + Sync + 'static;
	/// What they are called.
	const WHAT: &'static str;
	/// Pause between two looks at the chain.
	const TICK: Duration;

	/// What is asked of us in the state `at`.
	fn open(&mut self, at: &At) -> impl Future<Output = Result<Vec<Asked<Self::Name>>, ChainError>> + Send;
	/// The answer, from what is on the disk.
	fn answer(&self, name: &Self::Name) -> impl Future<Output = anyhow::Result<Call>> + Send;
	/// What the operator is told of an answer that is final.
	fn shown(&self, name: Self::Name) -> Notice;
	/// What the operator is told cannot be done.
	fn describe(&self, name: &Self::Name) -> String;
}

/// Which jobs' results are ours to show.
pub(super) struct Ours {
	owner: Owner,
	workspace: Workspace,
	/// What was found. Whose a result is does not change.
	found: BTreeMap<u64, bool>,
}

impl Ours {
	pub(super) fn new(owner: Owner, workspace: Workspace) -> Self {
		Self { owner, workspace, found: BTreeMap::new() }
	}

	/// Whether the result of `job` was computed here, or on one of our machines.
	pub(super) async fn has(&mut self, at: &At, job: u64) -> Result<bool, ChainError> {
		if let Some(found) = self.found.get(&job) {
			return Ok(*found);
		}
		let Some(asked) = at.job(job).await? else { return Ok(false) };
		let Some(bid) = asked.state.bid().filter(|bid| bid.provider == *self.owner.provider()) else {
			self.found.insert(job, false);
			return Ok(false);
		};
		let ours = self.workspace.progress(job).is_some()
			|| at.machine(bid.machine).await?.is_some_and(|machine| self.owner.has(&machine));
		self.found.insert(job, ours);
		Ok(ours)
	}

	/// Forget what was found of jobs that nothing is asked about.
	pub(super) fn retain(&mut self, asked: &BTreeSet<u64>) {
		self.found.retain(|job, _| asked.contains(job));
	}

	/// Where results are kept.
	pub(super) const fn workspace(&self) -> &Workspace {
		&self.workspace
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
#[derive(Debug)]
struct Queue<N> {
	/// The block after which the chain was last looked at.
	now: BlockNumber,
	/// Questions whose answer is under way, of which there must not be a second one.
	under_way: BTreeSet<N>,
	/// Questions that are left alone until that block.
	resting: BTreeMap<N, BlockNumber>,
}

impl<N: Clone + Ord> Queue<N> {
	const fn new() -> Self {
		Self { now: 0, under_way: BTreeSet::new(), resting: BTreeMap::new() }
	}

	/// What of `open`, the questions after block `now`, is to be answered, the most urgent first, and how many answers there is
	/// room for.
	fn look(&mut self, now: BlockNumber, open: &[Asked<N>]) -> (Vec<Asked<N>>, usize) {
		self.now = now;
		// The next look may be at final state, which is older than the newest by this much at most.
		self.resting.retain(|_, until| now < until.saturating_add(USUAL_LAG));
		// What is in a block by now is not open any more, and takes no room, however long it takes to be final.
		let under_way = open.iter().filter(|asked| self.under_way.contains(&asked.name)).count();
		let mut due: Vec<_> = open.iter().filter(|asked| self.is_due(asked)).cloned().collect();
		due.sort_unstable();
		(due, MOST_UNDER_WAY.saturating_sub(under_way))
	}

	fn is_due(&self, asked: &Asked<N>) -> bool {
		let rests = self.resting.get(&asked.name).is_some_and(|until| self.now < *until);
		// The earliest block for an answer is the next one.
		asked.by > self.now && !rests && !self.under_way.contains(&asked.name)
	}

	/// An answer was sent.
	fn sent(&mut self, asked: &Asked<N>) {
		self.under_way.insert(asked.name.clone());
	}

	/// An answer is in `block`, as every state from there on shows.
	fn shown(&mut self, asked: &Asked<N>, block: u64) {
		self.under_way.remove(&asked.name);
		self.resting.insert(asked.name.clone(), BlockNumber::try_from(block).unwrap_or(BlockNumber::MAX));
	}

	/// An answer came to nothing. It is tried again, seldom while there is time, and in every block at the end.
	fn failed(&mut self, asked: &Asked<N>, failure: Failure) {
		self.under_way.remove(&asked.name);
		let longest = match failure {
			Failure::Free => SHORT_REST,
			// One that got lost cannot turn up after that.
			Failure::Dear => MORTALITY,
		};
		let left = asked.by.saturating_sub(self.now);
		let rest = (left / REST_SHARE).clamp(1, longest);
		self.resting.insert(asked.name.clone(), self.now.saturating_add(rest));
	}
}

/// What comes of an answer that is under way.
type Outcome<N> = (Asked<N>, Result<Included, TxError>);

/// Answers questions of one kind.
pub(super) struct Answers<Q: Questions> {
	key: Keypair,
	out: Output,
	questions: Q,
	queue: Queue<Q::Name>,
	/// What comes of the answers that are under way.
	outcomes: FuturesUnordered<BoxFuture<'static, Outcome<Q::Name>>>,
	/// What could not be answered and was told to the operator.
	told: BTreeSet<Q::Name>,
}

impl<Q: Questions> Answers<Q> {
	pub(super) fn new(key: Keypair, out: Output, questions: Q) -> Self {
		let (queue, outcomes, told) = (Queue::new(), FuturesUnordered::new(), BTreeSet::new());
		Self { key, out, questions, queue, outcomes, told }
	}

	/// Go on until the task is ended, connecting to the node of `first` again as often as it takes.
	pub(super) async fn run(mut self, first: Chain) {
		loop {
			match first.reconnect().await {
				Ok(chain) => {
					let error = self.session(&chain).await;
					tracing::debug!(%error, "whoever answers {} lost the node", Q::WHAT);
				},
				Err(error) => tracing::debug!(%error, "whoever answers {} cannot reach the node", Q::WHAT),
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
		let mut over = pin!(sleep(Q::TICK));
		loop {
			tokio::select! {
				() = &mut over => return,
				Some((asked, result)) = self.outcomes.next() => self.conclude(asked, result),
			}
		}
	}

	/// Answer what is asked of our results.
	async fn answer_all(&mut self, chain: &Chain) -> Result<(), ChainError> {
		let at = chain.timely().await?;
		let open = self.questions.open(&at).await?;
		let names: BTreeSet<_> = open.iter().map(|asked| &asked.name).collect();
		self.told.retain(|name| names.contains(name));
		let (due, mut room) = self.queue.look(at.block_number(), &open);
		for asked in due {
			if room == 0 {
				break;
			}
			match self.questions.answer(&asked.name).await {
				Ok(answer) => {
					if self.send(chain, asked, answer).await? {
						room -= 1;
					}
				},
				Err(error) => self.give_up(&asked, Failure::Dear, &error),
			}
		}
		Ok(())
	}

	/// Send an answer. Returns whether the node took it.
	async fn send(&mut self, chain: &Chain, asked: Asked<Q::Name>, answer: Call) -> Result<bool, ChainError> {
		match chain.post(&self.key, answer).await {
			Ok(sent) => {
				self.queue.sent(&asked);
				self.outcomes.push(async move { (asked, sent.outcome().await) }.boxed());
				Ok(true)
			},
			Err(error) => {
				let failure = Failure::from(&error);
				match error {
					// The others may get through, even if it is this answer that the node cannot take.
					TxError::Chain(error) => {
						self.queue.failed(&asked, failure);
						Err(error)
					},
					error => {
						self.give_up(&asked, failure, &error.into());
						Ok(false)
					},
				}
			},
		}
	}

	/// Take in what came of an answer.
	fn conclude(&mut self, asked: Asked<Q::Name>, result: Result<Included, TxError>) {
		match result {
			Ok(included) => {
				self.queue.shown(&asked, included.block);
				self.out.result(&self.questions.shown(asked.name));
			},
			Err(error @ TxError::NotFinal { block, .. }) => {
				self.queue.shown(&asked, block);
				tracing::warn!(asked = ?asked.name, %error, "shown on the chain, but not final");
			},
			Err(error @ (TxError::Lost(_) | TxError::NotIncluded { .. } | TxError::Chain(_))) => {
				self.queue.failed(&asked, Failure::from(&error));
				tracing::warn!(asked = ?asked.name, %error, "an answer may be lost; looking again");
			},
			Err(error) => self.give_up(&asked, Failure::from(&error), &error.into()),
		}
	}

	/// Leave a question alone for some time, and tell the operator of it, once.
	fn give_up(&mut self, asked: &Asked<Q::Name>, failure: Failure, error: &anyhow::Error) {
		self.queue.failed(asked, failure);
		if self.told.insert(asked.name.clone()) {
			let what = self.questions.describe(&asked.name);
			tracing::error!("cannot show {what}, which must be done by block {}: {error:#}", asked.by);
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	type Demand = Asked<(u64, u32)>;

	fn asked(by: BlockNumber, job: u64, index: u32) -> Demand {
		Asked { by, name: (job, index) }
	}

	/// Looks at `open` after block `now` and sends what there is room for.
	fn answer(queue: &mut Queue<(u64, u32)>, now: BlockNumber, open: &[Demand]) -> Vec<Demand> {
		let (due, room) = queue.look(now, open);
		let sent: Vec<_> = due.into_iter().take(room).collect();
		sent.iter().for_each(|asked| queue.sent(asked));
		sent
	}

	#[test]
	fn demands_should_be_answered_by_deadline_when_older_jobs_have_more_time() {
		let open = [asked(900, 1, 0), asked(500, 2, 7), asked(700, 3, 1), asked(500, 2, 3)];
		let expected = [asked(500, 2, 3), asked(500, 2, 7), asked(700, 3, 1), asked(900, 1, 0)];
		assert_eq!(answer(&mut Queue::new(), 100, &open), expected);
	}

	#[test]
	fn urgent_demand_should_be_answered_at_once_when_many_others_were_there_before() {
		let mut queue = Queue::new();
		let mut open: Vec<_> = (0..1_000).map(|job| asked(4_000, job, 0)).collect();
		open.push(asked(120, 5_000, 0));
		let sent = answer(&mut queue, 100, &open);
		assert_eq!((sent.len(), sent[0].clone()), (MOST_UNDER_WAY, asked(120, 5_000, 0)));
	}

	#[test]
	fn demand_should_not_be_answered_twice_when_its_answer_is_under_way() {
		let mut queue = Queue::new();
		let open = [asked(900, 1, 0), asked(900, 1, 1)];
		assert_eq!(answer(&mut queue, 100, &open[..1]), open[..1]);
		assert_eq!(answer(&mut queue, 101, &open), open[1..]);
		assert_eq!(answer(&mut queue, 899, &open), []);
		// Another block with the same demand leaves another time for it; the answer is the same.
		assert_eq!(answer(&mut queue, 102, &[asked(901, 1, 0)]), []);
	}

	#[test]
	fn answers_should_make_room_when_they_are_in_a_block_and_not_before() {
		let mut queue = Queue::new();
		let open: Vec<_> = (0..40).map(|job| asked(900, job, 0)).collect();
		assert_eq!(answer(&mut queue, 100, &open), open[..16]);
		assert_eq!(answer(&mut queue, 101, &open), []);
		// Ten of them are in a block that is not final yet.
		assert_eq!(answer(&mut queue, 102, &open[10..]), open[16..26]);
		assert_eq!(answer(&mut queue, 103, &open[26..]), open[26..]);
	}

	#[test]
	fn demand_should_not_be_answered_again_when_final_state_is_older_than_the_answer() {
		let mut queue = Queue::new();
		let open = [asked(900, 1, 0)];
		assert_eq!(answer(&mut queue, 150, &open), open);
		assert_eq!(answer(&mut queue, 180, &[]), []);
		queue.shown(&open[0], 170);
		// Finality keeps up again, but is not there yet.
		assert_eq!(answer(&mut queue, 184, &[]), []);
		assert_eq!(answer(&mut queue, 169, &open), []);
		// The block with the answer was replaced by one without.
		assert_eq!(answer(&mut queue, 170, &open), open);
	}

	#[test]
	fn answer_should_be_tried_again_when_it_failed_and_more_often_towards_the_end() {
		let rest = |failure, now, reveal_by| {
			let mut queue = Queue::new();
			let open = [asked(reveal_by, 1, 0)];
			assert_eq!(answer(&mut queue, now, &open), open);
			queue.failed(&open[0], failure);
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
		let mut queue = Queue::new();
		let open: Vec<_> = (0..40).map(|job| asked(900, job, 0)).collect();
		let (due, room) = queue.look(100, &open);
		// The outputs of the most urgent are lost.
		due[..20].iter().for_each(|asked| queue.failed(asked, Failure::Dear));
		assert_eq!((due.len(), room), (40, MOST_UNDER_WAY));
		assert_eq!(answer(&mut queue, 100, &open), open[20..36]);
	}

	#[test]
	fn demand_should_be_left_when_its_time_is_over() {
		assert_eq!(answer(&mut Queue::new(), 100, &[asked(100, 1, 0), asked(101, 1, 1)]), [asked(101, 1, 1)]);
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
