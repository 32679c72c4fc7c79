//! The daemon's loop: finalised blocks and finished tasks come in, transactions and tasks go out.

use std::{
	collections::{btree_map::Entry, BTreeMap, BTreeSet, HashMap, HashSet},
	future::Future,
	sync::Arc,
	time::{Duration, Instant},
};

use subxt::utils::AccountId32;
use subxt_signer::sr25519::Keypair;
use tokio::sync::mpsc;

use super::{
	capacity::owed_by,
	conduct::Conduct,
	enrol::Enrolled,
	errand::{rest, Errand},
	execute::{Beside, ExecuteError, Workers},
	notice::Notice,
	plan::{concerns, preference, to_compute, Readiness, Situation, Step},
	policy::{Conditions, Prices, Share},
	programs::{Origin, PrepareError, Programs},
	shares::Shares,
	state::{Work, Workspace},
	Config,
};
use crate::{
	amount::{Amount, DECIMALS},
	blobs::BlobHash,
	chain::{
		model::{Event, Job, JobState, Machine, RewardKind},
		At, Call, Chain, ChainError, Follower, Included, Step as ChainStep, TxError,
	},
	guest::Program,
	keys,
	output::Output,
};

/// Pause before the second attempt to reach the node again; it doubles up to [`MAX_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// Longest pause between two attempts to reach the node.
const MAX_PAUSE: Duration = Duration::from_secs(15);
/// Blocks after which what is no longer needed is removed from the disk.
const TIDY_BLOCKS: u32 = 50;
/// What must be free on the account for bids on jobs: the fee for showing guest and input of a job on the chain is up to 1.31 ASY, and
/// whoever cannot pay it is slashed as one that withholds data.
const LEAST_FREE: Amount = Amount(2 * 10u128.pow(DECIMALS));
/// The rewards that machines earn. Those of checkers and validators are their daemons' and their owners' business.
const CLAIMED: [RewardKind; 2] = [RewardKind::Work, RewardKind::Capacity];

/// Something that went on beside the loop has ended.
enum Done {
	Prepared { origin: Origin, result: Result<Program, PrepareError> },
	Looked { job: u64, end: u32, root: Option<[u8; 32]> },
	Executed { job: u64, end: u32, result: Result<Option<[u8; 32]>, ExecuteError>, took: Duration },
	Sent { errand: Errand, call: Call, result: Result<Included, TxError> },
}

pub(super) struct Daemon {
	key: Keypair,
	me: AccountId32,
	own: Vec<u64>,
	machine: Machine,
	active: bool,
	/// Whether the account has [`LEAST_FREE`].
	funded: bool,
	/// Whether we answer capacity rounds.
	capacity: bool,
	/// The capacity round in which our machine has to commit yet.
	owed: Option<u64>,
	prices: Prices,
	conditions: Conditions,
	min_improvement: Share,
	claim_above: Amount,
	/// Gas that one slot can use in a second.
	speed: u64,
	/// What units take beside their gas.
	beside: Beside,
	block_millis: u64,
	workspace: Workspace,
	workers: Workers,
	/// Slots that leases are about to take, and that jobs are.
	shares: Shares,
	conduct: Arc<dyn Conduct>,
	out: Output,

	/// The last finalised block that was acted on.
	now: Option<u32>,
	/// Jobs that are ours or may come to be, as of that block.
	jobs: BTreeMap<u64, Job>,
	/// Those of them that go on, in the order in which they are looked at. None when it is to be found again.
	order: Option<Vec<u64>>,
	programs: Programs,
	/// Jobs of which units are computed, or outcomes looked through.
	executing: BTreeSet<u64>,
	/// Jobs of ours that were looked for on the disk, each with the unit below which all are to be there, and the root of the last
	/// range of them if they are.
	roots: BTreeMap<(u64, u32), Option<BlobHash>>,
	/// Jobs that the operator was told we do not do.
	declined: BTreeSet<u64>,
	/// Our reputation as a provider, as of the last block in which a job asked for one.
	reputation: Share,
	/// By open job, the reputation of its client when we first saw it, if we mind that.
	clients: BTreeMap<u64, Share>,
	errands: BTreeSet<Errand>,
	/// Transactions that failed: how often in a row, and until which block they rest.
	resting: BTreeMap<Errand, (u32, u32)>,
	/// The rewards of which something may be due, and whether that is worth claiming.
	claims: BTreeMap<RewardKind, bool>,
	tidied: u32,
	done: mpsc::UnboundedSender<Done>,
	tasks: mpsc::UnboundedReceiver<Done>,
}

impl Daemon {
	pub fn new(
		config: &Config,
		enrolled: Enrolled,
		(speed, beside): (u64, Beside),
		workspace: Workspace,
		(workers, shares): (Workers, Shares),
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
			funded: true,
			capacity: config.capacity,
			owed: None,
			prices: config.prices,
			conditions: config.conditions,
			min_improvement: Share(0),
			claim_above: config.claim_above,
			speed,
			beside,
			block_millis: 0,
			programs: Programs::new(workspace.blobs().clone()),
			workspace,
			workers,
			shares,
			conduct,
			out,
			now: None,
			jobs: BTreeMap::new(),
			order: None,
			executing: BTreeSet::new(),
			roots: BTreeMap::new(),
			declined: BTreeSet::new(),
			reputation: Share(0),
			clients: BTreeMap::new(),
			errands: BTreeSet::new(),
			resting: BTreeMap::new(),
			claims: CLAIMED.map(|kind| (kind, false)).into(),
			tidied: 0,
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
			// What else has ended meanwhile is taken in before all jobs are looked at.
			while let Ok(done) = self.tasks.try_recv() {
				if let Err(error) = self.conclude(chain, done).await {
					return error;
				}
			}
			self.act(chain);
		}
	}

	/// Take in the next finalised block.
	async fn advance(&mut self, chain: &Chain, step: ChainStep) -> Result<(), ChainError> {
		let at = match step {
			ChainStep::Anew(at) => {
				let mut jobs = at.jobs().await?;
				jobs.retain(|job| concerns(job, &self.me, &self.own));
				self.note_resumed(&jobs);
				self.jobs = jobs.into_iter().map(|job| (job.id, job)).collect();
				self.order = None;
				self.claims = CLAIMED.map(|kind| (kind, false)).into();
				self.tidied = 0;
				at
			},
			ChainStep::Block(at) => {
				let mut touched = BTreeSet::new();
				for event in at.events().await? {
					// What never concerned us, or does not any more, will not again.
					let new = matches!(event, Event::JobSubmitted { .. });
					touched.extend(event.job().filter(|job| new || self.jobs.contains_key(job)));
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
		self.note_funds(at.funds(&self.me).await?.free);
		self.look_for_rounds(chain).await?;
		self.look_at_reputations(&at).await?;
		let rules = at.rules()?;
		self.min_improvement = Share(rules.min_bid_improvement);
		self.block_millis = rules.block_millis;
		let now = at.block_number();
		self.now = Some(now);
		self.tidy(now);
		self.look_at_rewards(&at).await
	}

	/// Look up what rewards are due. What is too little is looked up again with each block: a further round may make it worth the fee.
	async fn look_at_rewards(&mut self, at: &At) -> Result<(), ChainError> {
		for kind in self.claims.keys().copied().collect::<Vec<_>>() {
			if self.errands.contains(&Errand::Claim(kind)) {
				continue;
			}
			match at.reward(kind, &self.me).await? {
				Amount(0) => self.claims.remove(&kind),
				due => self.claims.insert(kind, due >= self.claim_above),
			};
		}
		Ok(())
	}

	/// Take in what is `free` on the account, and tell the operator when it becomes too little for bids on jobs, or enough again.
	fn note_funds(&mut self, free: Amount) {
		let funded = free >= LEAST_FREE;
		if funded != self.funded {
			self.funded = funded;
			let notice =
				if funded { Notice::FundsRestored { free } } else { Notice::FundsLow { free, least: LEAST_FREE } };
			self.out.result(&notice);
		}
	}

	/// See whether our machine owes a commitment in a capacity round: then it bids on nothing.
	async fn look_for_rounds(&mut self, chain: &Chain) -> Result<(), ChainError> {
		if !self.capacity {
			return Ok(());
		}
		let owed = owed_by(chain, self.machine.id).await?;
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
		if self.conditions.min_client > Share(0) {
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
		let job = at.job(id).await?;
		self.take_in(id, job);
		Ok(())
	}

	/// Keep a job as it is now, if it has to do with us.
	fn take_in(&mut self, id: u64, job: Option<Job>) {
		match job.filter(|job| concerns(job, &self.me, &self.own)) {
			Some(job) => self.jobs.insert(id, job),
			None => self.jobs.remove(&id),
		};
		self.order = None;
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
			Event::JobSettled { job, provider, paid, fee, .. }
			| Event::RangeSettled { job, provider, paid, fee, .. }
				if provider == self.me =>
			{
				self.out.result(&Notice::Paid { job, paid, fee });
			},
			Event::JobRefunded { job, reason, .. } => {
				let ours = |state: &JobState| state.bid().is_some_and(|bid| self.own.contains(&bid.machine));
				if self.jobs.get(&job).is_some_and(|job| ours(&job.state)) {
					self.out.result(&Notice::Lost { job, reason });
				}
			},
			Event::RewardPaid { kind, account, amount, .. } if account == self.me && CLAIMED.contains(&kind) => {
				self.out.result(&Notice::Reward { kind, amount });
			},
			Event::Slashed { provider, amount, .. } if provider == self.me => {
				self.out.result(&Notice::Slashed { amount });
			},
			Event::Halted { provider } if provider == self.me => self.out.result(&Notice::Halted),
			Event::Reactivated { provider } if provider == self.me => self.out.result(&Notice::Reactivated),
			Event::RoundClosed(kind) if CLAIMED.contains(&kind) => {
				self.claims.entry(kind).or_default();
			},
			_ => {},
		}
	}

	/// Take in what a task brought.
	async fn conclude(&mut self, chain: &Chain, done: Done) -> Result<(), ChainError> {
		match done {
			Done::Prepared { origin, result } => {
				self.programs.prepared(origin, result, self.now.unwrap_or_default());
			},
			Done::Looked { job, end, root } => {
				self.executing.remove(&job);
				self.roots.insert((job, end), root.map(BlobHash));
			},
			Done::Executed { job, end, result, took } => {
				self.executing.remove(&job);
				let spec = self.jobs.get(&job).map(|job| &job.spec);
				match result {
					Ok(Some(root)) => {
						let root = BlobHash(root);
						self.roots.insert((job, end), Some(root));
						self.out.result(&Notice::Computed { job, root, seconds: took.as_secs_f64() });
					},
					// Told to stop.
					Ok(None) => {},
					Err(ExecuteError::Program(error)) if error.is_final() => {
						if let Some(spec) = spec {
							self.programs.give_up(spec, error.to_string());
						}
					},
					Err(error) => {
						tracing::error!(job, %error, "cannot compute; will be tried again");
						if let Some(spec) = spec {
							self.programs.rest(spec, self.now.unwrap_or_default());
						}
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
		self.look_for_outcomes();
		let steps = self.steps(now);
		let mut full = false;
		for (job, step) in steps {
			match step {
				Step::Nothing => {},
				Step::Prepare => full |= !self.prepare(job, now, full),
				Step::Execute => self.execute(job),
				Step::Bid(price) => {
					let call = Call::Bid { job, machine: self.machine.id, price };
					self.send(chain, Errand::Bid(job), call);
				},
				Step::CloseAuction => self.send(chain, Errand::Close(job), Call::CloseAuction(job)),
				Step::Commit(first, root) => {
					let call = Call::CommitResult { job, first, root };
					self.send(chain, Errand::Commit(job), call);
				},
				Step::Settle => self.send(chain, Errand::Settle(job), Call::SettleJob(job)),
			}
		}
		self.shares.set_jobs(self.bidding());
		for kind in CLAIMED {
			// Once: whether it is worth claiming again is seen with a further block.
			if self.claims.get_mut(&kind).is_some_and(std::mem::take) {
				self.send(chain, Errand::Claim(kind), Call::ClaimReward(kind, self.me));
			}
		}
	}

	/// The next step of every job for which there is something to do, and of which it is known what is on the disk.
	fn steps(&mut self, now: u32) -> Vec<(u64, Step)> {
		let mut steps = Vec::new();
		let mut bidding = self.bidding().saturating_add(self.shares.leases());
		let order = self.order.take().unwrap_or_else(|| self.order());
		// Deadlines do not wait.
		let pressed =
			self.jobs.values().any(|job| matches!(job.state, JobState::Assigned { .. }) && self.lacks_units(job));
		for job in order.iter().filter_map(|id| self.jobs.get(id)) {
			let situation = Situation {
				me: &self.me,
				machine: &self.machine,
				own: &self.own,
				active: self.active,
				funded: self.funded,
				owes: self.owed.is_some(),
				bidding,
				now,
				prices: &self.prices,
				conditions: &self.conditions,
				min_improvement: self.min_improvement,
				reputation: self.reputation,
				client: self.clients.get(&job.id).copied(),
				gas_per_block: self.speed.saturating_mul(self.block_millis) / 1_000,
				beside: self.beside,
			};
			let root = self.root(job);
			let step = situation.next(job, self.readiness(job, now), root);
			if step == Step::Execute && pressed && job.state.is_at_rest() {
				continue;
			}
			let objection = situation.objection(job).map(|objection| objection.to_string());
			let reason = objection.or_else(|| self.programs.unfit(&job.spec).map(str::to_owned));
			if let Some(reason) = reason.filter(|_| self.declined.insert(job.id)) {
				self.out.result(&Notice::Declined { job: job.id, reason });
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
		self.order = Some(order);
		steps
	}

	/// Slots that bids under way will take.
	fn bidding(&self) -> u32 {
		self.errands.iter().filter(|errand| matches!(errand, Errand::Bid(_))).count() as u32
	}

	/// The jobs that go on, in the order in which they are looked at.
	fn order(&self) -> Vec<u64> {
		let mut jobs: Vec<_> = self.jobs.values().filter(|job| !job.state.is_final()).collect();
		jobs.sort_by_cached_key(|job| preference(self.machine.id, job));
		jobs.into_iter().map(|job| job.id).collect()
	}

	/// Whether another program can be held in memory, if need be instead of one with which only others have work.
	fn has_room(&mut self) -> bool {
		let (jobs, own) = (&self.jobs, &self.own);
		let waits = |job: &&Job| match &job.state {
			JobState::Open { best, .. } => best.as_ref().is_none_or(|best| own.contains(&best.machine)),
			_ => self.lacks_units(job),
		};
		let needed: HashSet<Origin> = jobs.values().filter(waits).map(|job| (&job.spec).into()).collect();
		self.programs.has_room(|origin| needed.contains(origin))
	}

	fn readiness(&self, job: &Job, now: u32) -> Readiness {
		if self.executing.contains(&job.id) {
			return Readiness::Wait;
		}
		self.programs.readiness(&job.spec, now)
	}

	/// The root of the last range of a job of ours that is to be computed, if all units are known to be there.
	fn root(&self, job: &Job) -> Option<BlobHash> {
		let end = to_compute(job)?;
		self.roots.get(&(job.id, end)).copied().flatten()
	}

	/// Whether units of a job of ours are to be computed yet.
	fn lacks_units(&self, job: &Job) -> bool {
		to_compute(job).is_some() && self.root(job).is_none()
	}

	/// Find out which of our jobs are done, as far as that is not known.
	///
	/// A large job has a large tree: it is made once, and not by who waits for blocks.
	fn look_for_outcomes(&mut self) {
		let unknown = |job: &Job| {
			let end = to_compute(job)?;
			let known = self.roots.contains_key(&(job.id, end)) || self.executing.contains(&job.id);
			(!known).then(|| (job.id, end, work(job)))
		};
		let jobs: Vec<_> = self.jobs.values().filter_map(unknown).collect();
		for (id, end, work) in jobs {
			let (workspace, done) = (self.workspace.clone(), self.done.clone());
			self.executing.insert(id);
			tokio::task::spawn_blocking(move || {
				let root = match workspace.job(id, work) {
					Ok(record) => record.root(end),
					Err(error) => {
						tracing::warn!(job = id, %error, "cannot look for outcomes");
						None
					},
				};
				let _ = done.send(Done::Looked { job: id, end, root });
			});
		}
	}

	/// Fetch guest and input, and check them, unless the place for that is `full` and the job not ours yet.
	///
	/// Returns whether there was room.
	fn prepare(&mut self, id: u64, now: u32, full: bool) -> bool {
		let Some(job) = self.jobs.get(&id) else { return true };
		let ours = !matches!(job.state, JobState::Open { .. });
		// Another job may have begun it in the same breath.
		if self.programs.readiness(&job.spec, now) != Readiness::Unknown {
			return true;
		}
		if !ours {
			if full {
				return false;
			}
			if !self.programs.may_begin(job) {
				return true;
			}
			if !self.has_room() {
				return false;
			}
		}
		let Some(job) = self.jobs.get(&id) else { return true };
		let origin = Origin::from(&job.spec);
		let (preparing, done) = (self.programs.prepare(job, ours), self.done.clone());
		tokio::spawn(async move {
			let result = preparing.await;
			// Nobody listens any more when the daemon has ended.
			let _ = done.send(Done::Prepared { origin, result });
		});
		true
	}

	/// Run the units that are missing of those to be computed next.
	fn execute(&mut self, id: u64) {
		let Some(job) = self.jobs.get(&id) else { return };
		let Some(end) = to_compute(job) else { return };
		let Some(program) = self.programs.get(&job.spec) else { return };
		let (program, workers, done) = (program.clone(), self.workers.clone(), self.done.clone());
		let (workspace, conduct, work) = (self.workspace.clone(), self.conduct.clone(), work(job));
		self.executing.insert(id);
		tokio::task::spawn_blocking(move || {
			let begun = Instant::now();
			let record = workspace.job(id, work).map_err(ExecuteError::from);
			let result = record.and_then(|record| workers.run(&program, &record, end, &*conduct));
			let _ = done.send(Done::Executed { job: id, end, result, took: begun.elapsed() });
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
		let jobs = &self.jobs;
		let runnable = |job: &Job| {
			let goes_on = !job.state.is_final() && job.units_after().is_some();
			matches!(job.state, JobState::Open { .. }) || goes_on || self.lacks_units(job)
		};
		let needed: HashSet<Origin> = jobs.values().filter(|job| runnable(job)).map(|job| (&job.spec).into()).collect();
		self.programs.retain(|origin| needed.contains(origin));
		self.declined.retain(|id| jobs.contains_key(id));
		self.clients.retain(|id, _| jobs.contains_key(id));
		self.resting.retain(|errand, _| errand.job().is_none_or(|job| jobs.contains_key(&job)));
		self.roots.retain(|(id, end), _| jobs.get(id).and_then(to_compute) == Some(*end));
		if now < self.tidied.saturating_add(TIDY_BLOCKS) {
			return;
		}
		self.tidied = now;
		let kept: HashMap<u64, Work> = jobs.values().map(|job| (job.id, work(job))).collect();
		let needed = |hash| kept.values().any(|work| work.guest == hash || work.input == hash);
		if let Err(error) = self.workspace.retain(|id, work| kept.get(&id) == Some(work), needed) {
			tracing::warn!(%error, "cannot tidy up");
		}
	}
}

/// What decides the outcomes of a job's units.
fn work(job: &Job) -> Work {
	let spec = &job.spec;
	let range = job.ranges.as_ref().map(|ranges| ranges.length);
	Work { guest: spec.guest, input: spec.input, units: spec.units, gas_per_unit: spec.gas_per_unit, range }
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{
		chain::model::{Bid, JobSpec, Payment, RefundReason},
		provider::{conduct::Honest, policy::Policy},
	};
	use assay_proofs::Outcome;
	use subxt_signer::sr25519::dev;

	const OTHER: AccountId32 = AccountId32([2; 32]);

	/// A daemon with machine 4, which keeps what it does in `dir`.
	fn daemon(dir: &std::path::Path) -> Daemon {
		let key = dev::bob();
		let machine = Machine {
			id: 4,
			provider: keys::account(&key),
			tier: 1,
			region: 0,
			slots: 2,
			running: 0,
			endpoint: String::new(),
		};
		let config = Config {
			node: String::new(),
			patience: Duration::ZERO,
			key,
			listen: ([127, 0, 0, 1], 0).into(),
			endpoint: None,
			tier: 1,
			region: 0,
			slots: 2,
			machine: None,
			bond: None,
			data_dir: dir.to_owned(),
			prices: Prices { native: Policy { ask: Amount(100), floor: Amount(50), step: Share(0) }, dollars: None },
			conditions: Conditions { least: Amount(0), max_auction: 100, max_review: 100, min_client: Share(0) },
			threads: 1,
			capacity: false,
			claim_above: Amount(0),
			leases: None,
		};
		let enrolled = Enrolled { machine, own: vec![4] };
		let (workspace, workers) = (Workspace::open(dir).unwrap(), Workers::start(1).unwrap());
		let pace = (1_000_000_000, Beside::default());
		let (shares, honest, out) = (Shares::default(), Arc::new(Honest), Output::new(true));
		let mut daemon = Daemon::new(&config, enrolled, pace, workspace, (workers, shares), honest, out);
		daemon.active = true;
		daemon.block_millis = 6_000;
		daemon
	}

	fn job(id: u64, state: JobState) -> Job {
		let spec = JobSpec {
			guest: BlobHash::of(&id.to_le_bytes()),
			input: BlobHash([0; 32]),
			units: 2,
			gas_per_unit: 1_000_000,
			ceiling: Amount(1_000),
			min_tier: 1,
			min_reputation: Share(0),
			auction_blocks: 10,
			deadline: 100,
			review_blocks: 10,
			source: "http://127.0.0.1:1".to_owned(),
		};
		let (payment, escrow, deposit) = (Payment::Native, Amount(2_000), Amount(1));
		Job { id, client: AccountId32([3; 32]), spec, payment, escrow, deposit, state, ranges: None }
	}

	const fn open() -> JobState {
		JobState::Open { closes_at: 20, best: None }
	}

	fn assigned(machine: u64) -> JobState {
		let provider = if machine == 4 { keys::account(&dev::bob()) } else { OTHER };
		JobState::Assigned { bid: Bid { provider, machine, price: Amount(1) } }
	}

	#[tokio::test]
	async fn daemon_should_keep_only_jobs_that_have_to_do_with_it() {
		let dir = tempfile::tempdir().unwrap();
		let mut daemon = daemon(dir.path());
		let mine = Job { client: daemon.me, ..job(9, open()) };
		for job in [job(1, open()), job(2, assigned(4)), job(3, assigned(5)), mine] {
			daemon.take_in(job.id, Some(job));
		}
		assert_eq!(daemon.jobs.keys().copied().collect::<Vec<_>>(), [1, 2]);
		// Somebody else wins; ours is refunded; another is cleared.
		daemon.take_in(1, Some(job(1, assigned(5))));
		daemon.take_in(2, Some(job(2, JobState::Refunded { reason: RefundReason::DeadlineMissed })));
		daemon.take_in(3, None);
		assert!(daemon.jobs.is_empty());
	}

	#[tokio::test]
	async fn assigned_jobs_should_be_prepared_before_open_ones() {
		let dir = tempfile::tempdir().unwrap();
		let mut daemon = daemon(dir.path());
		for id in 0..40 {
			daemon.take_in(id, Some(job(id, if id % 10 == 5 { assigned(4) } else { open() })));
		}
		daemon.roots = [5, 15, 25, 35].map(|id| ((id, 2), None)).into();
		let steps = daemon.steps(10);
		assert_eq!((steps.len(), daemon.order.as_ref().map(Vec::len)), (40, Some(40)));
		assert!(steps.iter().all(|(_, step)| *step == Step::Prepare));
		assert!(steps.iter().take(4).all(|(id, _)| id % 10 == 5));
	}

	#[tokio::test]
	async fn daemon_should_bid_on_nothing_while_its_account_cannot_pay_for_an_answer() {
		let dir = tempfile::tempdir().unwrap();
		let mut daemon = daemon(dir.path());
		for (id, state) in [(1, open()), (2, assigned(4))] {
			daemon.take_in(id, Some(job(id, state)));
		}
		daemon.roots = [((2, 2), None)].into();
		daemon.note_funds(Amount(LEAST_FREE.0 - 1));
		assert_eq!(daemon.steps(10), [(2, Step::Prepare)]);
		daemon.note_funds(LEAST_FREE);
		assert_eq!(daemon.steps(10), [(2, Step::Prepare), (1, Step::Prepare)]);
	}

	#[tokio::test]
	async fn root_should_be_computed_once_when_all_units_are_on_disk() {
		let dir = tempfile::tempdir().unwrap();
		let mut daemon = daemon(dir.path());
		let job = job(1, assigned(4));
		let record = daemon.workspace.job(1, work(&job)).unwrap();
		for index in 0..2 {
			record.finish(index, &Outcome { result: Ok(vec![index as u8]), gas: 1 }).unwrap();
		}
		daemon.take_in(1, Some(job));
		daemon.look_for_outcomes();
		// Nothing is done about a job before it is known what there is of it, and it is looked for once.
		assert_eq!(daemon.steps(10), []);
		daemon.look_for_outcomes();
		let Some(Done::Looked { job: 1, end: 2, root: Some(root) }) = daemon.tasks.recv().await else {
			panic!("not looked")
		};
		assert_eq!(Some(root), record.root(2));
		daemon.executing.remove(&1);
		daemon.roots.insert((1, 2), Some(BlobHash(root)));
		daemon.look_for_outcomes();
		assert!(daemon.executing.is_empty() && daemon.tasks.try_recv().is_err());
		assert_eq!(daemon.steps(10), [(1, Step::Commit(0, BlobHash(root)))]);
	}
}
