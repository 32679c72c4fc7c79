//! Leases: bids on orders, has what a client has leased the machine for run by the operator's command, stops it, and has it paid.
//!
//! It goes beside the daemon's loop, which is about jobs. What is to run follows from the chain, and what an earlier daemon has left
//! running from the disk, so that it can be killed at any moment. Notice is the operator's to give: nothing here ends a lease.

mod board;
mod group;
mod manifests;
mod policy;
mod runner;

use std::{
	collections::{BTreeMap, BTreeSet},
	fs,
	future::Future,
	io,
	path::{Path, PathBuf},
	time::Duration,
};

use subxt::utils::AccountId32;
use subxt_signer::sr25519::Keypair;
use tokio::{sync::mpsc, task::JoinSet, time::sleep};

pub use self::policy::LeaseTerms;

use self::{
	manifests::{FetchError, Manifests, Origin},
	policy::{hours, is_due, left, processors, Situation, Step},
	runner::{Folder, Identity, Keeper, Shop, Task, Wanted},
};
use super::{capacity::owed_by, enrol::Enrolled, errand::rest, execute::Workers, notice::Notice, shares::Shares};
use crate::{
	amount::Amount,
	blobs::{BlobError, BlobHash, DirStore},
	chain::{
		model::{BlockNumber, Event, Lease, LeaseCall, LeaseEvent, LeaseRules, LeaseState, Machine},
		At, Call, Chain, ChainError, Follower, Step as ChainStep, TxError,
	},
	keys,
	leased::LeaseService,
	output::Output,
};

pub(super) use self::board::Board;

/// Where the folders of leases are, below the daemon's.
const FOLDERS: &str = "leases";
/// Pause after the connection broke.
const RECONNECT: Duration = Duration::from_secs(3);
/// Blocks after which what is no longer needed is removed from the disk.
const TIDY_BLOCKS: BlockNumber = 50;

/// A transaction under way, of which there must not be a second one.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Errand {
	Bid(u64),
	Close(u64),
	Settle(u64),
}

impl Errand {
	const fn lease(self) -> u64 {
		match self {
			Self::Bid(lease) | Self::Close(lease) | Self::Settle(lease) => lease,
		}
	}
}

/// Something that went on beside the loop has ended.
enum Done {
	Fetched { origin: Origin, result: Result<(), FetchError> },
	Sent { errand: Errand, result: Result<(), TxError> },
}

/// What leases have in common with the rest of the daemon.
pub(super) struct Common {
	pub key: Keypair,
	pub enrolled: Enrolled,
	pub workers: Workers,
	pub shares: Shares,
	pub board: Board,
	/// Pay below this, in native tokens, is not worth the fee of having it paid.
	pub settle_above: Amount,
	/// Whether the machine is drawn for capacity rounds.
	pub capacity: bool,
	pub out: Output,
}

/// What is known after a block.
struct Now {
	block: BlockNumber,
	machine: Machine,
	active: bool,
	owes: bool,
	rules: LeaseRules,
}

/// Serves leases.
pub(super) struct Leases {
	common: Common,
	me: AccountId32,
	genesis: BlobHash,
	terms: LeaseTerms,
	shop: Shop,
	dir: PathBuf,
	/// The last block that was followed.
	followed: Option<u64>,
	now: Option<Now>,
	/// Orders, and leases of ours.
	known: BTreeMap<u64, Lease>,
	keepers: BTreeMap<u64, Keeper>,
	/// Leases that are over, whose runners are being stopped.
	ending: JoinSet<()>,
	manifests: Manifests,
	errands: BTreeMap<Errand, u32>,
	/// Transactions that failed: how often in a row, and until which block they rest.
	resting: BTreeMap<Errand, (u32, u32)>,
	/// What the operator was told of already: orders that are not for us, and manifests of ours that cannot be had.
	declined: BTreeSet<u64>,
	missing: BTreeSet<(u64, BlobHash)>,
	/// When it was last looked whether pay is due.
	looked: BTreeMap<u64, BlockNumber>,
	due: BTreeSet<u64>,
	tidied: BlockNumber,
	done: mpsc::UnboundedSender<Done>,
	tasks: mpsc::UnboundedReceiver<Done>,
}

impl Leases {
	/// Serve leases on these terms, with what they need below `data_dir`.
	pub fn new(common: Common, terms: LeaseTerms, genesis: [u8; 32], data_dir: &Path) -> Result<Self, BlobError> {
		let failed = |reason| BlobError::Disk { path: data_dir.to_owned(), reason };
		// Runners are started elsewhere, and must find their files.
		let data_dir = std::path::absolute(data_dir).map_err(failed)?;
		let dir = data_dir.join(FOLDERS);
		fs::create_dir_all(&dir).map_err(failed)?;
		let store = DirStore::open(data_dir.join("manifests"))?;
		let shop = Shop {
			command: terms.runner.as_str().into(),
			store: store.clone(),
			board: common.board.clone(),
			out: common.out,
		};
		let (done, tasks) = mpsc::unbounded_channel();
		Ok(Self {
			me: keys::account(&common.key),
			common,
			genesis: BlobHash(genesis),
			terms,
			shop,
			dir,
			followed: None,
			now: None,
			known: BTreeMap::new(),
			keepers: BTreeMap::new(),
			ending: JoinSet::new(),
			manifests: Manifests::new(store),
			errands: BTreeMap::new(),
			resting: BTreeMap::new(),
			declined: BTreeSet::new(),
			missing: BTreeSet::new(),
			looked: BTreeMap::new(),
			due: BTreeSet::new(),
			tidied: 0,
			done,
			tasks,
		})
	}

	/// Go on until `stop` is there, connecting to the node of `first` again as often as it takes; then stop what runs.
	pub async fn run(mut self, first: Chain, stop: impl Future<Output = ()>) {
		tokio::select! {
			() = stop => {},
			() = self.work(&first) => {},
		}
		let stopping = std::mem::take(&mut self.keepers).into_values().map(Keeper::stop);
		futures::future::join_all(stopping).await;
		while self.ending.join_next().await.is_some() {}
	}

	/// Does not come back.
	async fn work(&mut self, first: &Chain) {
		loop {
			match first.reconnect().await {
				Ok(chain) => {
					let error = self.session(&chain).await;
					tracing::debug!(%error, "whoever serves leases lost the node");
				},
				Err(error) => tracing::debug!(%error, "whoever serves leases cannot reach the node"),
			}
			// What runs goes on: its client has paid for it, and pays.
			sleep(RECONNECT).await;
		}
	}

	/// Go on until the connection fails.
	async fn session(&mut self, chain: &Chain) -> ChainError {
		let mut follower = match Follower::start(chain, self.followed).await {
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
				if !at.has_leases() {
					return Ok(());
				}
				let leases = at.stored_leases().await?;
				self.known =
					leases.into_iter().filter(|lease| self.concerns(lease)).map(|lease| (lease.id, lease)).collect();
				self.clear_out().await;
				self.tidied = 0;
				at
			},
			ChainStep::Block(at) => {
				if !at.has_leases() {
					return Ok(());
				}
				let mut touched = BTreeSet::new();
				for event in at.events().await? {
					let Event::Lease(event) = event else { continue };
					// What never concerned us, or does not any more, will not again.
					let new = matches!(event, LeaseEvent::Placed { .. });
					if new || self.known.contains_key(&event.lease()) {
						touched.insert(event.lease());
					}
					self.note(event);
				}
				for lease in touched {
					self.refresh(&at, lease).await?;
				}
				at
			},
		};
		self.look(chain, &at).await?;
		self.followed = Some(at.number());
		Ok(())
	}

	/// Look at what decides about all orders and leases.
	async fn look(&mut self, chain: &Chain, at: &At) -> Result<(), ChainError> {
		let machine = match at.machine(self.common.enrolled.machine.id).await? {
			Some(machine) => machine,
			None => self.common.enrolled.machine.clone(),
		};
		let owes = self.common.capacity && owed_by(chain, machine.id).await?.is_some();
		let (block, active, rules) = (at.block_number(), at.stake(&self.me).await?.active, at.lease_rules()?);
		self.common.board.tick(block);
		for (id, age) in self.unpaid(block) {
			let last = self.looked.get(&id).copied();
			if last.is_some_and(|last| block < last.saturating_add(hours(1, rules.block_millis))) {
				continue;
			}
			self.looked.insert(id, block);
			let Some(accrued) = at.accrued(id).await? else { continue };
			let least = self.terms.convert(self.common.settle_above, accrued.payment);
			if is_due(&accrued, least, age, &rules) {
				self.due.insert(id);
			}
		}
		self.now = Some(Now { block, machine, active, owes, rules });
		self.tidy(block);
		Ok(())
	}

	/// Leases of ours that run, and for how many blocks there is no pay yet.
	fn unpaid(&self, block: BlockNumber) -> Vec<(u64, BlockNumber)> {
		let running = |lease: &Lease| match &lease.state {
			LeaseState::Running { tenancy } => Some((lease.id, block.saturating_sub(tenancy.paid_to))),
			_ => None,
		};
		self.known.values().filter_map(running).collect()
	}

	/// Whether we have, or might come to have, anything to do with it.
	fn concerns(&self, lease: &Lease) -> bool {
		match &lease.state {
			LeaseState::Open { .. } => lease.client != self.me,
			state => state.bid().is_some_and(|bid| self.common.enrolled.own.contains(&bid.machine)),
		}
	}

	/// Read an order or lease again.
	async fn refresh(&mut self, at: &At, id: u64) -> Result<(), ChainError> {
		match at.stored_lease(id).await?.filter(|lease| self.concerns(lease)) {
			Some(lease) => self.known.insert(id, lease),
			None => self.known.remove(&id),
		};
		Ok(())
	}

	/// Tell the operator what concerns us.
	fn note(&self, event: LeaseEvent) {
		let ours = |lease: &u64| self.known.get(lease).is_some_and(|lease| lease.state.tenancy().is_some());
		let notice = match event {
			LeaseEvent::Started { lease, machine, rate, payment, .. }
				if self.common.enrolled.own.contains(&machine) =>
			{
				Notice::LeaseWon { lease, rate, payment }
			},
			LeaseEvent::Paid { lease, payment, to_provider, burned, to_treasury, .. } if ours(&lease) => {
				let fee = Amount(burned.0.saturating_add(to_treasury.0));
				Notice::LeasePaid { lease, paid: to_provider, fee, payment }
			},
			LeaseEvent::Paused { lease, until, .. } if ours(&lease) => Notice::LeasePaused { lease, until },
			LeaseEvent::Resumed { lease, .. } if ours(&lease) => Notice::LeaseResumed { lease },
			LeaseEvent::Ended { lease, reason, .. } if ours(&lease) => Notice::LeaseEnded { lease, reason },
			_ => return,
		};
		self.common.out.result(&notice);
	}

	/// Take in what a task brought.
	async fn conclude(&mut self, chain: &Chain, done: Done) -> Result<(), ChainError> {
		let block = self.now.as_ref().map_or(0, |now| now.block);
		match done {
			Done::Fetched { origin, result } => {
				if let Err(error) = &result {
					self.miss(&origin, error);
				}
				self.manifests.fetched(origin, result, block);
			},
			Done::Sent { errand, result } => {
				self.errands.remove(&errand);
				match result {
					Ok(()) => {
						self.resting.remove(&errand);
					},
					Err(error) => {
						tracing::warn!(?errand, %error, "a transaction failed");
						let rest = rest(self.resting.get(&errand).copied(), &error, block);
						self.resting.insert(errand, rest);
					},
				}
				// Only with the state that the transaction made, or did not make, can the next step be right.
				let at = chain.finalised().await?;
				self.refresh(&at, errand.lease()).await?;
				self.look(chain, &at).await?;
			},
		}
		Ok(())
	}

	/// Tell the operator that what we have to run cannot be had, once.
	fn miss(&mut self, origin: &Origin, error: &FetchError) {
		let waits =
			self.known.values().filter(|lease| lease.state.tenancy().is_some() && Origin::from(*lease) == *origin);
		for id in waits.map(|lease| lease.id).collect::<Vec<_>>() {
			if self.missing.insert((id, origin.manifest)) {
				let reason = format!("what its client wants run cannot be had: {error}");
				self.common.out.result(&Notice::LeaseFailing { lease: id, failures: 1, reason });
			}
		}
	}

	/// Take the next step of every order and lease.
	fn act(&mut self, chain: &Chain) {
		if self.now.is_none() {
			return;
		}
		self.serve();
		self.end();
		for (id, step) in self.steps() {
			match step {
				Step::Nothing => {},
				Step::Fetch => self.fetch(id),
				Step::Bid { rate, notice } => {
					let slots = self.known.get(&id).map_or(0, |order| order.spec.slots);
					let machine = self.common.enrolled.machine.id;
					let call = LeaseCall::Bid { lease: id, machine, rate, notice };
					self.send(chain, Errand::Bid(id), slots, call);
				},
				Step::CloseAuction => self.send(chain, Errand::Close(id), 0, LeaseCall::CloseAuction(id)),
			}
		}
		for id in std::mem::take(&mut self.due) {
			self.send(chain, Errand::Settle(id), 0, LeaseCall::Settle(id));
		}
		self.common.shares.set_leases(self.bidding());
	}

	/// Slots that bids under way will take.
	fn bidding(&self) -> u32 {
		self.errands.iter().filter(|(errand, _)| matches!(errand, Errand::Bid(_))).map(|(_, slots)| slots).sum()
	}

	/// The next step of every order for which there is something to do.
	fn steps(&mut self) -> Vec<(u64, Step)> {
		let Some(now) = &self.now else { return Vec::new() };
		let mut steps = Vec::new();
		let mut bidding = self.bidding().saturating_add(self.common.shares.jobs());
		for order in self.known.values() {
			let situation = Situation {
				me: &self.me,
				machine: &now.machine,
				active: now.active,
				owes: now.owes,
				bidding,
				now: now.block,
				terms: &self.terms,
				rules: &now.rules,
			};
			let open = matches!(order.state, LeaseState::Open { .. });
			let objection = situation.objection(order).filter(|_| open && self.declined.insert(order.id));
			if let Some(objection) = objection {
				let (lease, reason) = (order.id, objection.to_string());
				self.common.out.result(&Notice::LeaseDeclined { lease, reason });
			}
			let step = situation.next(order, self.manifests.has(order));
			let errand = Errand::Bid(order.id);
			if self.errands.contains_key(&errand) {
				continue;
			}
			if matches!(step, Step::Bid { .. }) && !self.rests(errand) {
				bidding = bidding.saturating_add(order.spec.slots);
			}
			if step != Step::Nothing {
				steps.push((order.id, step));
			}
		}
		steps
	}

	/// Have all leases of ours run that are to run, and no others.
	fn serve(&mut self) {
		let Some(now) = &self.now else { return };
		let (threads, all) = (self.common.workers.all(), now.machine.slots);
		let (mut leased, mut wanting) = (0u32, Vec::new());
		for lease in self.known.values() {
			let Some(tenancy) = lease.state.tenancy() else { continue };
			let (machine, slots) = (tenancy.bid.machine, lease.spec.slots);
			let identity = Identity {
				genesis: self.genesis,
				lease: lease.id,
				client: lease.client,
				machine,
				started: tenancy.started,
			};
			let shop = &self.shop;
			let folder = Folder::new(self.dir.join(lease.id.to_string()));
			let keeper = self.keepers.entry(lease.id).or_insert_with(|| Keeper::new(shop.clone(), identity, folder));
			let held = self.manifests.has(lease);
			if !held {
				wanting.push(lease.id);
			}
			match &lease.state {
				// Until what is wanted now is there, what was wanted before runs on.
				LeaseState::Running { .. } if held => {
					let processors = processors(threads, slots, all);
					keeper.want(Wanted::Run(Task { manifest: lease.spec.manifest, slots, processors }));
				},
				LeaseState::Paused { .. } => keeper.want(Wanted::Rest(LeaseService::Paused)),
				LeaseState::Running { .. } => keeper.wait(),
				LeaseState::Open { .. } => {},
			}
			if matches!(lease.state, LeaseState::Running { .. }) {
				leased = leased.saturating_add(slots);
			}
		}
		if let Err(error) = self.common.workers.resize(left(threads, leased, all)) {
			tracing::warn!(%error, "jobs keep the processors that they have");
		}
		for id in wanting {
			self.fetch(id);
		}
	}

	/// Stop what is run for leases that are over, and remove it.
	fn end(&mut self) {
		// What is an order still is seen as of a block before the lease began, which is looked at after one in which it ran.
		let over: Vec<u64> = self.keepers.keys().filter(|id| !self.known.contains_key(id)).copied().collect();
		for id in over {
			let Some(keeper) = self.keepers.remove(&id) else { continue };
			let board = self.common.board.clone();
			self.ending.spawn(async move {
				let folder = keeper.stop().await;
				board.remove(id);
				if let Err(error) = folder.remove() {
					tracing::warn!(lease = id, %error, "cannot remove what a lease has left");
				}
			});
		}
		while self.ending.try_join_next().is_some() {}
	}

	/// Stop and remove what an earlier daemon has left of leases that are not ours any more.
	async fn clear_out(&self) {
		for (id, folder) in folders(&self.dir) {
			let kept = id.is_some_and(|id| self.keepers.contains_key(&id) || self.is_leased(id));
			if kept {
				continue;
			}
			folder.stop_remains().await;
			if let Err(error) = folder.remove() {
				tracing::warn!(%error, "cannot remove what a lease has left");
			}
		}
	}

	/// Whether `id` is a lease of ours.
	fn is_leased(&self, id: u64) -> bool {
		self.known.get(&id).is_some_and(|lease| lease.state.tenancy().is_some())
	}

	/// Begin to fetch what is to be run.
	fn fetch(&mut self, id: u64) {
		let Some(now) = &self.now else { return };
		let (Some(lease), ours) = (self.known.get(&id), self.is_leased(id)) else { return };
		let Some((origin, fetching)) = self.manifests.fetch(lease, ours, now.block) else { return };
		let done = self.done.clone();
		tokio::spawn(async move {
			let result = fetching.await;
			// Nobody listens any more when the daemon has ended.
			let _ = done.send(Done::Fetched { origin, result });
		});
	}

	fn rests(&self, errand: Errand) -> bool {
		let until = self.resting.get(&errand).map(|(_, until)| *until);
		until.is_some_and(|until| self.now.as_ref().is_some_and(|now| now.block < until))
	}

	/// Send a transaction, unless it is under way or rests. If it is a bid, it will take so many `slots`.
	fn send(&mut self, chain: &Chain, errand: Errand, slots: u32, call: LeaseCall) {
		if self.rests(errand) || self.errands.contains_key(&errand) {
			return;
		}
		self.errands.insert(errand, slots);
		let (chain, key, done, out) = (chain.clone(), self.common.key.clone(), self.done.clone(), self.common.out);
		let payment = self.known.get(&errand.lease()).map(|lease| lease.payment);
		tokio::spawn(async move {
			let result = chain.submit(&key, Call::Lease(call.clone())).await.map(drop);
			if let (Ok(()), LeaseCall::Bid { lease, rate, .. }, Some(payment)) = (&result, call, payment) {
				out.result(&Notice::LeaseBid { lease, rate, payment });
			}
			let _ = done.send(Done::Sent { errand, result });
		});
	}

	/// Forget, and remove from the disk, what concerns nobody any more.
	fn tidy(&mut self, block: BlockNumber) {
		let known = &self.known;
		self.declined.retain(|id| known.contains_key(id));
		self.missing.retain(|(id, manifest)| known.get(id).is_some_and(|lease| lease.spec.manifest == *manifest));
		self.looked.retain(|id, _| known.contains_key(id));
		self.resting.retain(|errand, _| known.contains_key(&errand.lease()));
		if block < self.tidied.saturating_add(TIDY_BLOCKS) {
			return;
		}
		self.tidied = block;
		if let Err(error) = self.manifests.retain(known.values()) {
			tracing::warn!(%error, "cannot tidy up");
		}
	}
}

/// The folders in `dir`, and which leases they are of.
fn folders(dir: &Path) -> Vec<(Option<u64>, Folder)> {
	let entries = match fs::read_dir(dir) {
		Ok(entries) => entries,
		Err(error) => {
			if error.kind() != io::ErrorKind::NotFound {
				tracing::warn!(%error, "cannot look for what was left of leases");
			}
			return Vec::new();
		},
	};
	let folder = |path: PathBuf| {
		let id = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.parse::<u64>().ok());
		(id, Folder::new(path))
	};
	entries.flatten().map(|entry| folder(entry.path())).collect()
}

/// Stop what an earlier daemon has left running for leases, which a daemon without a runner does not serve. Their files stay: those
/// that go on may be served again.
pub(super) async fn stop_remains(data_dir: &Path) {
	let folders = folders(&data_dir.join(FOLDERS)).into_iter();
	futures::future::join_all(folders.map(|(_, folder)| async move { folder.stop_remains().await })).await;
}

/// The leases of `own` machines, which a daemon without a runner does not serve.
pub(super) async fn unserved(chain: &Chain, own: &[u64]) -> Result<Vec<u64>, ChainError> {
	let at = chain.finalised().await?;
	if !at.has_leases() {
		return Ok(Vec::new());
	}
	let ours = |lease: &Lease| lease.state.tenancy().is_some_and(|tenancy| own.contains(&tenancy.bid.machine));
	Ok(at.stored_leases().await?.into_iter().filter(ours).map(|lease| lease.id).collect())
}
