//! The daemon's loop: finalised blocks and finished tasks come in, transactions and tasks go out.

use std::{
	collections::{btree_map::Entry, BTreeMap, BTreeSet, HashMap},
	future::Future,
	sync::Arc,
	time::{Duration, Instant},
};

use assay_proofs::Limits;
use subxt::utils::AccountId32;
use subxt_signer::sr25519::Keypair;
use tokio::sync::{mpsc, Semaphore};

use super::{
	capacity::owed,
	conduct::Conduct,
	enrol::Enrolled,
	execute::{ExecuteError, Workers},
	notice::Notice,
	plan::{concerns, Readiness, Situation, Step},
	policy::{Prices, Share},
	state::{Work, Workspace},
	Config,
};
use crate::{
	amount::Amount,
	blobs::{self, BlobError, BlobHash, DirStore, HttpSource},
	chain::{
		model::{Event, Job, JobSpec, JobState, Machine, RewardKind},
		At, Call, Chain, ChainError, Follower, Included, Step as ChainStep, TxError,
	},
	guest::{Program, ProgramError},
	keys,
	output::Output,
};

/// Pause before the second attempt to reach the node again; it doubles up to [`MAX_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// Longest pause between two attempts to reach the node.
const MAX_PAUSE: Duration = Duration::from_secs(15);
/// Programs that are fetched and checked at once. Each may hold an input and a compiled guest in memory.
const PARALLEL_CHECKS: usize = 2;
/// Programs of open jobs that are held in memory.
const MAX_READY: usize = 16;
/// Blocks until a source that could not be reached is tried again, times the number of attempts so far.
const RETRY_BLOCKS: u32 = 2;
/// A transaction that failed `n` times in a row is not tried again for 2ⁿ blocks, at most 2 to this: each failure may cost
/// a fee.
const LONGEST_REST: u32 = 6;
/// Blocks after which what is no longer needed is removed from the disk.
const TIDY_BLOCKS: u32 = 50;

/// What the daemon knows of a job's program.
enum Readying {
	/// Under way, after so many attempts that failed.
	Now { attempts: u32 },
	/// Ready to run.
	Ready(Program),
	/// No use, whatever we try.
	Unfit,
	/// Could not be had; to be tried again at that block.
	Later { at: u32, attempts: u32 },
}

/// A transaction under way, of which there must not be a second one.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Errand {
	Bid(u64),
	Close(u64),
	Commit(u64),
	Settle(u64),
	Claim,
}

impl Errand {
	/// The job that it is about.
	const fn job(self) -> Option<u64> {
		match self {
			Self::Bid(job) | Self::Close(job) | Self::Commit(job) | Self::Settle(job) => Some(job),
			Self::Claim => None,
		}
	}
}

/// Something that went on beside the loop has ended.
enum Done {
	Prepared { job: u64, result: Result<Program, PrepareError> },
	Executed { job: u64, result: Result<Option<[u8; 32]>, ExecuteError>, took: Duration },
	Sent { errand: Errand, call: Call, result: Result<Included, TxError> },
}

/// Why a job's program is not ready.
#[derive(Debug, thiserror::Error)]
enum PrepareError {
	#[error(transparent)]
	Blob(#[from] BlobError),
	#[error(transparent)]
	Program(#[from] ProgramError),
	#[error("the check broke off")]
	Interrupted,
}

impl PrepareError {
	/// Whether trying again is in vain.
	fn is_final(&self) -> bool {
		match self {
			Self::Program(error) => error.is_final(),
			// Whoever serves something else under a hash, or something too large, has made its choice.
			Self::Blob(error) => {
				matches!(error, BlobError::BadUrl { .. } | BlobError::TooLarge { .. } | BlobError::WrongHash { .. })
			},
			Self::Interrupted => false,
		}
	}
}

pub(super) struct Daemon {
	key: Keypair,
	me: AccountId32,
	own: Vec<u64>,
	machine: Machine,
	active: bool,
	/// Whether we answer capacity rounds.
	capacity: bool,
	/// The capacity round in which our machine has to commit yet.
	owed: Option<u64>,
	prices: Prices,
	min_improvement: Share,
	/// The lowest reputation of clients that we work for.
	min_client: Share,
	claim_above: Amount,
	/// Gas that one slot can use in a second.
	speed: u64,
	block_millis: u64,
	workspace: Workspace,
	workers: Workers,
	conduct: Arc<dyn Conduct>,
	out: Output,

	/// The last finalised block that was acted on.
	now: Option<u32>,
	/// Jobs that are open or ours, as of that block.
	jobs: BTreeMap<u64, Job>,
	readying: HashMap<u64, Readying>,
	executing: BTreeSet<u64>,
	/// Open jobs of which the operator was told that they are not for us.
	declined: BTreeSet<u64>,
	/// Our reputation as a provider, as of the last block in which a job asked for one.
	reputation: Share,
	/// By open job, the reputation of its client when we first saw it, if we mind that.
	clients: BTreeMap<u64, Share>,
	errands: BTreeSet<Errand>,
	/// Transactions that failed: how often in a row, and until which block they rest.
	resting: BTreeMap<Errand, (u32, u32)>,
	/// Rewards may have become due.
	claim_due: bool,
	tidied: u32,
	checks: Arc<Semaphore>,
	done: mpsc::UnboundedSender<Done>,
	tasks: mpsc::UnboundedReceiver<Done>,
}

impl Daemon {
	pub fn new(
		config: &Config,
		enrolled: Enrolled,
		speed: u64,
		workspace: Workspace,
		workers: Workers,
		conduct: Arc<dyn Conduct>,
		out: Output,
	) -> Self {
		let (done, tasks) = mpsc::unbounded_channel();
		Self {
			key: config.key.clone(),
			me: keys::account(&config.key),
			own: enrolled.own,
			machine: enrolled.machine,
			active: false,
			capacity: config.capacity,
			owed: None,
			prices: config.prices,
			min_improvement: Share(0),
			min_client: config.min_client_reputation,
			claim_above: config.claim_above,
			speed,
			block_millis: 0,
			workspace,
			workers,
			conduct,
			out,
			now: None,
			jobs: BTreeMap::new(),
			readying: HashMap::new(),
			executing: BTreeSet::new(),
			declined: BTreeSet::new(),
			reputation: Share(0),
			clients: BTreeMap::new(),
			errands: BTreeSet::new(),
			resting: BTreeMap::new(),
			claim_due: true,
			tidied: 0,
			checks: Arc::new(Semaphore::new(PARALLEL_CHECKS)),
			done,
			tasks,
		}
	}

	/// Work until `stop` is there, connecting to the node again as often as it takes.
	pub async fn run(&mut self, first: Chain, stop: impl Future<Output = ()>) -> anyhow::Result<()> {
		let mut stop = std::pin::pin!(stop);
		let mut chain = Some(first.clone());
		let mut pause = FIRST_PAUSE;
		loop {
			let error = match chain.take() {
				Some(chain) => {
					let begun = Instant::now();
					let ended = tokio::select! {
						() = &mut stop => return Ok(()),
						error = self.session(&chain) => error,
					};
					if begun.elapsed() > MAX_PAUSE {
						pause = FIRST_PAUSE;
					}
					self.out.result(&Notice::Disconnected { reason: ended.to_string() });
					ended
				},
				None => {
					let attempt = tokio::select! {
						() = &mut stop => return Ok(()),
						attempt = first.reconnect() => attempt,
					};
					match attempt {
						Ok(connected) => {
							self.out.result(&Notice::Reconnected);
							chain = Some(connected);
							continue;
						},
						Err(error) => error,
					}
				},
			};
			// The node will not change its mind, and bids made by rules that we do not know could cost money. On another
			// chain we have no machine, or somebody else's.
			if let ChainError::WrongChain { .. } | ChainError::OtherChain { .. } = error {
				return Err(error.into());
			}
			tracing::debug!(%error, "connecting again in {pause:?}");
			tokio::select! {
				() = &mut stop => return Ok(()),
				() = tokio::time::sleep(pause) => {},
			}
			pause = (pause * 2).min(MAX_PAUSE);
		}
	}

	/// Work until the connection fails.
	async fn session(&mut self, chain: &Chain) -> ChainError {
		let mut follower = match Follower::start(chain, self.now.map(u64::from)).await {
			Ok(follower) => follower,
			Err(error) => return error,
		};
		loop {
			let result = tokio::select! {
				step = follower.next() => match step {
					Ok(step) => self.advance(chain, step).await,
					Err(error) => Err(error),
				},
				Some(done) = self.tasks.recv() => self.conclude(chain, done).await,
			};
			if let Err(error) = result {
				return error;
			}
			self.act(chain);
		}
	}

	/// Take in the next finalised block.
	async fn advance(&mut self, chain: &Chain, step: ChainStep) -> Result<(), ChainError> {
		let at = match step {
			ChainStep::Anew(at) => {
				let jobs = at.jobs().await?;
				self.note_resumed(&jobs);
				self.jobs = jobs.into_iter().map(|job| (job.id, job)).collect();
				self.claim_due = true;
				self.tidied = 0;
				at
			},
			ChainStep::Block(at) => {
				let mut touched = BTreeSet::new();
				for event in at.events().await? {
					touched.extend(event.job());
					self.note(event);
				}
				for job in touched {
					self.refresh(&at, job).await?;
				}
				at
			},
		};
		if let Some(machine) = at.machine(self.machine.id).await? {
			self.machine = machine;
		}
		self.active = at.stake(&self.me).await?.active;
		self.look_for_rounds(chain).await?;
		self.look_at_reputations(&at).await?;
		let rules = at.rules()?;
		self.min_improvement = Share(rules.min_bid_improvement);
		self.block_millis = rules.block_millis;
		let now = at.block_number();
		self.now = Some(now);
		self.tidy(now);
		if self.claim_due && !self.errands.contains(&Errand::Claim) {
			let due = at.pending_reward(&self.me).await?;
			// Kept due while it is too small: another round may make it worth the fee.
			self.claim_due = due >= self.claim_above && due.0 > 0;
		}
		Ok(())
	}

	/// See whether our machine owes a commitment in a capacity round: then it bids on nothing.
	///
	/// By the newest state: a bid that is sent as a draw becomes final is one too many.
	async fn look_for_rounds(&mut self, chain: &Chain) -> Result<(), ChainError> {
		if !self.capacity {
			return Ok(());
		}
		let newest = chain.newest().await?;
		let owed =
			if newest.has_capacity_rounds() { owed(&newest.assignments(self.machine.id, 0).await?) } else { None };
		if let Some(round) = owed.filter(|_| owed != self.owed) {
			self.out.result(&Notice::Abstains { round });
		}
		self.owed = owed;
		Ok(())
	}

	/// Look at the reputations that decide whether we bid: ours where a job asks for one, and those of clients if we mind them.
	async fn look_at_reputations(&mut self, at: &At) -> Result<(), ChainError> {
		let open = |job: &&Job| matches!(job.state, JobState::Open { .. }) && concerns(job, &self.me, &self.own);
		if self.jobs.values().filter(open).any(|job| job.spec.min_reputation > Share(0)) {
			self.reputation = at.reputation(&self.me).await?.provider.average;
		}
		if self.min_client > Share(0) {
			for job in self.jobs.values().filter(open) {
				if let Entry::Vacant(unknown) = self.clients.entry(job.id) {
					unknown.insert(at.reputation(&job.client).await?.client.average);
				}
			}
		}
		Ok(())
	}

	/// Read a job again.
	async fn refresh(&mut self, at: &At, id: u64) -> Result<(), ChainError> {
		match at.job(id).await? {
			Some(job) => self.jobs.insert(id, job),
			None => self.jobs.remove(&id),
		};
		Ok(())
	}

	/// Tell the operator of our jobs that go on after a restart.
	fn note_resumed(&self, jobs: &[Job]) {
		for job in jobs {
			if let JobState::Assigned { bid } = &job.state {
				if self.own.contains(&bid.machine) && !self.executing.contains(&job.id) {
					self.note_won(job);
				}
			}
		}
	}

	fn note_won(&self, job: &Job) {
		let done = self.workspace.job(job.id, work(job)).map_or(0, |record| record.done());
		self.out.result(&Notice::Won { job: job.id, units: job.spec.units, done });
	}

	/// Tell the operator what concerns us, and note what follows from it.
	fn note(&mut self, event: Event) {
		match event {
			Event::JobAssigned { job, provider, .. } if provider == self.me => {
				if let Some(job) = self.jobs.get(&job) {
					self.note_won(job);
				}
			},
			Event::JobSettled { job, provider, paid, fee, .. } if provider == self.me => {
				self.out.result(&Notice::Paid { job, paid, fee });
			},
			Event::JobRefunded { job, reason, .. } => {
				let ours = |state: &JobState| state.bid().is_some_and(|bid| self.own.contains(&bid.machine));
				if self.jobs.get(&job).is_some_and(|job| ours(&job.state)) {
					self.out.result(&Notice::Lost { job, reason });
				}
			},
			Event::RewardPaid { kind: RewardKind::Work, account, amount, .. } if account == self.me => {
				self.out.result(&Notice::Reward { amount });
			},
			Event::Slashed { provider, amount, .. } if provider == self.me => {
				self.out.result(&Notice::Slashed { amount });
			},
			Event::Halted { provider } if provider == self.me => self.out.result(&Notice::Halted),
			Event::Reactivated { provider } if provider == self.me => self.out.result(&Notice::Reactivated),
			Event::RoundClosed => self.claim_due = true,
			_ => {},
		}
	}

	/// Take in what a task brought.
	async fn conclude(&mut self, chain: &Chain, done: Done) -> Result<(), ChainError> {
		match done {
			Done::Prepared { job, result } => {
				let attempts = match self.readying.get(&job) {
					Some(Readying::Now { attempts }) => attempts.saturating_add(1),
					_ => 1,
				};
				let known = match result {
					Ok(program) => Readying::Ready(program),
					Err(error) if error.is_final() => {
						self.out.result(&Notice::Declined { job, reason: error.to_string() });
						Readying::Unfit
					},
					Err(error) => {
						tracing::warn!(job, %error, "will be tried again");
						let at = self.now.unwrap_or_default().saturating_add(RETRY_BLOCKS.saturating_mul(attempts));
						Readying::Later { at, attempts }
					},
				};
				self.readying.insert(job, known);
			},
			Done::Executed { job, result, took } => {
				self.executing.remove(&job);
				match result {
					Ok(Some(root)) => {
						self.out.result(&Notice::Computed { job, root: BlobHash(root), seconds: took.as_secs_f64() })
					},
					// Told to stop.
					Ok(None) => {},
					Err(ExecuteError::Program(error)) if error.is_final() => {
						self.out.result(&Notice::Declined { job, reason: error.to_string() });
						self.readying.insert(job, Readying::Unfit);
					},
					Err(error) => {
						tracing::error!(job, %error, "cannot compute; will be tried again");
						let at = self.now.unwrap_or_default().saturating_add(RETRY_BLOCKS);
						self.readying.insert(job, Readying::Later { at, attempts: 1 });
					},
				}
			},
			Done::Sent { errand, call, result } => {
				self.errands.remove(&errand);
				match result {
					Ok(included) => {
						self.resting.remove(&errand);
						self.note_sent(errand, &call, &included);
					},
					Err(error) => {
						tracing::warn!(?errand, %error, "a transaction failed");
						let rest = rest(self.resting.get(&errand).copied(), &error, self.now.unwrap_or_default());
						self.resting.insert(errand, rest);
					},
				}
				// Only with the state that the transaction made, or did not make, can the next step be right.
				if let Some(job) = errand.job() {
					let at = chain.finalised().await?;
					self.refresh(&at, job).await?;
				}
			},
		}
		Ok(())
	}

	fn note_sent(&self, errand: Errand, call: &Call, included: &Included) {
		match (errand, call) {
			(Errand::Bid(job), Call::Bid { price, .. }) => self.out.result(&Notice::Bid { job, price: *price }),
			(Errand::Commit(job), _) => self.out.result(&Notice::Committed { job, block: included.block }),
			_ => tracing::debug!(?errand, block = included.block, "done"),
		}
	}

	/// Take the next step of every job.
	fn act(&mut self, chain: &Chain) {
		let Some(now) = self.now else { return };
		let mut steps = Vec::new();
		let mut bidding = self.errands.iter().filter(|errand| matches!(errand, Errand::Bid(_))).count() as u32;
		for job in self.jobs.values() {
			let situation = Situation {
				me: &self.me,
				machine: &self.machine,
				own: &self.own,
				active: self.active,
				owes: self.owed.is_some(),
				bidding,
				now,
				prices: &self.prices,
				min_improvement: self.min_improvement,
				reputation: self.reputation,
				client: self.clients.get(&job.id).copied(),
				min_client: self.min_client,
				gas_per_block: self.speed.saturating_mul(self.block_millis) / 1_000,
			};
			let step = situation.next(job, self.readiness(job.id, now), self.root(job));
			if let Some(objection) = situation.objection(job) {
				if self.declined.insert(job.id) {
					self.out.result(&Notice::Declined { job: job.id, reason: objection.to_string() });
				}
			}
			let errand = Errand::Bid(job.id);
			let new = !self.errands.contains(&errand) && !self.resting.contains_key(&errand);
			if matches!(step, Step::Bid(_)) && new {
				bidding += 1;
			}
			if step != Step::Nothing {
				steps.push((job.id, step));
			}
		}
		// Where not all open jobs can be held, each machine looks at others first: rivals who all look at the same ones leave
		// the rest without a bid.
		steps.sort_by_key(|(job, _)| preference(self.machine.id, *job));
		for (job, step) in steps {
			match step {
				Step::Nothing => {},
				// Anybody can post jobs with large inputs: those that are not ours yet must not fill the memory.
				Step::Prepare if self.held() >= MAX_READY && !self.is_assigned(job) => {},
				Step::Prepare => self.prepare(job),
				Step::Execute => self.execute(job),
				Step::Bid(price) => {
					let call = Call::Bid { job, machine: self.machine.id, price };
					self.send(chain, Errand::Bid(job), call);
				},
				Step::CloseAuction => self.send(chain, Errand::Close(job), Call::CloseAuction(job)),
				Step::Commit(root) => self.send(chain, Errand::Commit(job), Call::CommitResult { job, root }),
				Step::Settle => self.send(chain, Errand::Settle(job), Call::SettleJob(job)),
			}
		}
		if self.claim_due {
			self.claim_due = false;
			self.send(chain, Errand::Claim, Call::ClaimWorkReward);
		}
	}

	/// How many programs are in memory, or about to be.
	fn held(&self) -> usize {
		let held = |readying: &&Readying| matches!(readying, Readying::Now { .. } | Readying::Ready(_));
		self.readying.values().filter(held).count()
	}

	fn is_assigned(&self, job: u64) -> bool {
		self.jobs.get(&job).is_some_and(|job| matches!(job.state, JobState::Assigned { .. }))
	}

	fn readiness(&self, job: u64, now: u32) -> Readiness {
		match self.readying.get(&job) {
			_ if self.executing.contains(&job) => Readiness::Wait,
			None => Readiness::Unknown,
			Some(Readying::Later { at, .. }) if now >= *at => Readiness::Unknown,
			Some(Readying::Ready(_)) => Readiness::Ready,
			Some(Readying::Now { .. } | Readying::Unfit | Readying::Later { .. }) => Readiness::Wait,
		}
	}

	/// Root over the outcomes of a job of ours, once all are there.
	fn root(&self, job: &Job) -> Option<BlobHash> {
		let assigned = matches!(job.state, JobState::Assigned { .. });
		if !assigned || !concerns(job, &self.me, &self.own) || self.executing.contains(&job.id) {
			return None;
		}
		self.workspace.job(job.id, work(job)).ok()?.root().map(BlobHash)
	}

	/// Fetch guest and input, and check them.
	fn prepare(&mut self, id: u64) {
		let Some(job) = self.jobs.get(&id) else { return };
		let (spec, workspace, checks, done) =
			(job.spec.clone(), self.workspace.clone(), self.checks.clone(), self.done.clone());
		let attempts = match self.readying.get(&id) {
			Some(Readying::Later { attempts, .. }) => *attempts,
			_ => 0,
		};
		self.readying.insert(id, Readying::Now { attempts });
		tokio::spawn(async move {
			let _permit = checks.acquire().await;
			let result = obtain_program(&spec, workspace.blobs()).await;
			// Nobody listens any more when the daemon has ended.
			let _ = done.send(Done::Prepared { job: id, result });
		});
	}

	/// Run the units that are missing.
	fn execute(&mut self, id: u64) {
		let Some(job) = self.jobs.get(&id) else { return };
		let Some(Readying::Ready(program)) = self.readying.get(&id) else { return };
		let (program, workers, done) = (program.clone(), self.workers.clone(), self.done.clone());
		let (workspace, conduct, work) = (self.workspace.clone(), self.conduct.clone(), work(job));
		self.executing.insert(id);
		tokio::task::spawn_blocking(move || {
			let begun = Instant::now();
			let record = workspace.job(id, work).map_err(ExecuteError::from);
			let result = record.and_then(|record| workers.run(&program, &record, &*conduct));
			let _ = done.send(Done::Executed { job: id, result, took: begun.elapsed() });
		});
	}

	/// Send a transaction, unless it is under way or rests.
	fn send(&mut self, chain: &Chain, errand: Errand, call: Call) {
		let rests = self.resting.get(&errand).is_some_and(|(_, until)| self.now < Some(*until));
		if rests || !self.errands.insert(errand) {
			return;
		}
		let (chain, key, done) = (chain.clone(), self.key.clone(), self.done.clone());
		tokio::spawn(async move {
			let result = chain.submit(&key, call.clone()).await;
			let _ = done.send(Done::Sent { errand, call, result });
		});
	}

	/// Forget, and remove from the disk, what concerns nobody any more.
	///
	/// The outcomes of a job are kept as long as the chain keeps the job.
	fn tidy(&mut self, now: u32) {
		let (jobs, me, own) = (&self.jobs, &self.me, self.own.as_slice());
		let runnable = |job: &Job| {
			concerns(job, me, own) && matches!(job.state, JobState::Open { .. } | JobState::Assigned { .. })
		};
		// One that is being checked reports back, and is forgotten then.
		self.readying
			.retain(|id, readying| matches!(readying, Readying::Now { .. }) || jobs.get(id).is_some_and(runnable));
		self.declined.retain(|id| jobs.contains_key(id));
		self.clients.retain(|id, _| jobs.contains_key(id));
		self.resting.retain(|errand, _| errand.job().is_none_or(|job| jobs.contains_key(&job)));
		if now < self.tidied.saturating_add(TIDY_BLOCKS) {
			return;
		}
		self.tidied = now;
		let kept: HashMap<u64, Work> =
			jobs.values().filter(|job| concerns(job, me, own)).map(|job| (job.id, work(job))).collect();
		let needed = |hash| kept.values().any(|work| work.guest == hash || work.input == hash);
		if let Err(error) = self.workspace.retain(|id, work| kept.get(&id) == Some(work), needed) {
			tracing::warn!(%error, "cannot tidy up");
		}
	}
}

/// The order in which `machine` looks at jobs: another one for each machine.
fn preference(machine: u64, job: u64) -> BlobHash {
	BlobHash::of(&[machine.to_le_bytes(), job.to_le_bytes()].concat())
}

/// Fetch what is not in `store`, and make sure that the first unit works.
async fn obtain_program(spec: &JobSpec, store: &DirStore) -> Result<Program, PrepareError> {
	let Limits { max_blob, max_input, .. } = Limits::STANDARD;
	let source = HttpSource::new(&spec.source)?;
	let guest = blobs::obtain(spec.guest, store, &source.clone().with_limit(max_blob.into())).await?;
	let input = blobs::obtain(spec.input, store, &source.with_limit(max_input.into())).await?;
	let gas = spec.gas_per_unit;
	let check = move || Program::check(&guest, input, gas);
	let (program, _) = tokio::task::spawn_blocking(check).await.map_err(|_| PrepareError::Interrupted)??;
	Ok(program)
}

/// How often in a row a transaction has failed after it did so with `error` in block `now`, and until which block it rests.
fn rest(before: Option<(u32, u32)>, error: &TxError, now: u32) -> (u32, u32) {
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

/// What decides the outcomes of a job's units.
fn work(job: &Job) -> Work {
	let spec = &job.spec;
	Work { guest: spec.guest, input: spec.input, units: spec.units, gas_per_unit: spec.gas_per_unit }
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{
		blobs::{BlobSource, BlobStore, MemoryStore},
		guest::tests::echo,
		http::{self, NoJobs},
	};

	/// Serves what it has under the names that it was told, right or wrong.
	struct Named(HashMap<BlobHash, Vec<u8>>);

	impl BlobSource for Named {
		async fn get(&self, hash: BlobHash) -> Result<Vec<u8>, BlobError> {
			self.0.get(&hash).cloned().ok_or(BlobError::NotFound(hash))
		}
	}

	/// A job whose guest and input are called `guest` and `input`, to be had from a server of `blobs`.
	async fn spec(guest: BlobHash, input: BlobHash, blobs: impl BlobSource + 'static) -> JobSpec {
		let listener = http::listen(([127, 0, 0, 1], 0).into()).await.unwrap();
		let source = format!("http://{}", listener.local_addr().unwrap());
		tokio::spawn(http::serve(listener, blobs, NoJobs, std::future::pending()));
		JobSpec {
			guest,
			input,
			units: 1,
			gas_per_unit: 1_000_000,
			ceiling: Amount(1),
			min_tier: 1,
			min_reputation: Share(0),
			auction_blocks: 5,
			deadline: 50,
			review_blocks: 5,
			source,
		}
	}

	/// Prepares a job, which must fail.
	async fn failure(spec: &JobSpec) -> PrepareError {
		let dir = tempfile::tempdir().unwrap();
		let store = DirStore::open(dir.path()).unwrap();
		match obtain_program(spec, &store).await {
			Ok(_) => panic!("accepted"),
			Err(error) => error,
		}
	}

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

	#[test]
	fn machines_should_look_at_jobs_in_different_orders() {
		let first = |machine| {
			let mut jobs: Vec<u64> = (0..64).collect();
			jobs.sort_by_key(|job| preference(machine, *job));
			jobs.truncate(MAX_READY);
			jobs
		};
		assert_eq!(first(1), first(1));
		let both = first(1).into_iter().filter(|job| first(2).contains(job)).count();
		assert!(both < MAX_READY / 2, "two machines have {both} of their first jobs in common");
	}

	#[tokio::test]
	async fn job_should_be_prepared_when_guest_and_input_are_sound() {
		let blobs = MemoryStore::default();
		let (guest, input) = (blobs.put(echo(-1)).await.unwrap(), blobs.put(b"x".to_vec()).await.unwrap());
		let dir = tempfile::tempdir().unwrap();
		let store = DirStore::open(dir.path()).unwrap();
		assert!(obtain_program(&spec(guest, input, blobs).await, &store).await.is_ok());
		assert!(store.read(guest).is_ok() && store.read(input).is_ok());
	}

	#[tokio::test]
	async fn job_should_be_declined_for_good_when_its_input_has_another_hash() {
		let (guest, input) = (BlobHash::of(&echo(-1)), BlobHash::of(b"x"));
		let blobs = Named(HashMap::from([(guest, echo(-1)), (input, b"y".to_vec())]));
		let error = failure(&spec(guest, input, blobs).await).await;
		assert!(matches!(error, PrepareError::Blob(BlobError::WrongHash { .. })) && error.is_final(), "{error}");
	}

	#[tokio::test]
	async fn job_should_be_declined_for_good_when_guest_or_input_is_too_large() {
		let Limits { max_blob, max_input, .. } = Limits::STANDARD;
		for (guest, input) in
			[(echo(-1), vec![0; max_input as usize + 1]), (vec![0; max_blob as usize + 1], b"x".to_vec())]
		{
			let blobs = MemoryStore::default();
			let (guest, input) = (blobs.put(guest).await.unwrap(), blobs.put(input).await.unwrap());
			let error = failure(&spec(guest, input, blobs).await).await;
			assert!(matches!(error, PrepareError::Blob(BlobError::TooLarge { .. })) && error.is_final(), "{error}");
		}
	}

	#[tokio::test]
	async fn job_should_be_declined_for_good_when_its_guest_does_not_work() {
		for guest in [b"no module".to_vec(), echo(0)] {
			let blobs = MemoryStore::default();
			let (guest, input) = (blobs.put(guest).await.unwrap(), blobs.put(b"x".to_vec()).await.unwrap());
			let error = failure(&spec(guest, input, blobs).await).await;
			assert!(matches!(error, PrepareError::Program(_)) && error.is_final(), "{error}");
		}
	}

	#[tokio::test]
	async fn job_should_be_tried_again_when_its_data_is_not_there_yet() {
		let (guest, input) = (BlobHash::of(b"guest"), BlobHash::of(b"input"));
		let error = failure(&spec(guest, input, MemoryStore::default()).await).await;
		assert!(matches!(error, PrepareError::Blob(BlobError::NotFound(_))) && !error.is_final(), "{error}");
		let nobody = http::listen(([127, 0, 0, 1], 0).into()).await.unwrap();
		let source = format!("http://{}", nobody.local_addr().unwrap());
		drop(nobody);
		let spec = JobSpec { source, ..spec(guest, input, MemoryStore::default()).await };
		let error = failure(&spec).await;
		assert!(matches!(error, PrepareError::Blob(BlobError::Transfer { .. })) && !error.is_final(), "{error}");
	}
}
