//! The checker daemon: runs the units that its committees have drawn, votes, and has the chain decide where it knows better;
//! and asks the machines that it is to probe, see the module `probing`.
//!
//! It acts on finalised state, or on the newest while finality lags, and keeps nothing on disk but its checks' blobs. What
//! there is to do stands on the chain; a vote is found again by running the units again, and its salt is derived from the
//! key, so that the daemon can be killed between commitment and vote.

pub mod conduct;
mod duty;
pub mod notice;
mod probing;
mod shelf;

use std::{
	collections::BTreeMap,
	future::Future,
	path::PathBuf,
	sync::{Arc, Mutex, PoisonError},
	time::Duration,
};

use anyhow::{ensure, Context};
use subxt::utils::AccountId32;
use subxt_signer::sr25519::Keypair;
use tokio::time::sleep;

use self::{
	conduct::Conduct,
	duty::{salt, Examination, Step},
	notice::Notice,
	probing::Probing,
	shelf::Shelf,
};
use crate::{
	blobs::DirStore,
	chain::{
		checks::{Ballot, Check, CheckerStanding},
		model::{BlockNumber, Event, ProofEvent},
		Call, Chain, ChainError,
	},
	keys,
	output::Output,
};

/// Pause between two looks at the chain. Test networks leave half a minute for a vote.
const TICK: Duration = Duration::from_secs(2);
/// Pause before another attempt at what has failed.
const RETRY: Duration = Duration::from_secs(10);
/// Pause after the connection broke.
const RECONNECT: Duration = Duration::from_secs(5);

/// How a daemon is set up.
pub struct Config {
	/// Address of the node.
	pub node: String,
	/// How long to try to reach the node at the start.
	pub patience: Duration,
	/// Signs for the checker.
	pub key: Keypair,
	/// Whether to put up a bond, or what is missing of it, at the start.
	pub join: bool,
	/// Where to keep blobs.
	pub data_dir: PathBuf,
}

/// Run a daemon that goes about its checks by `conduct`, until `stop` is there.
pub async fn run(
	config: Config,
	conduct: Arc<dyn Conduct>,
	out: Output,
	stop: impl Future<Output = ()>,
) -> anyhow::Result<()> {
	let store = DirStore::open(config.data_dir.join("blobs"))?;
	let mut chain = Chain::connect_within(&config.node, config.patience).await?;
	let me = keys::account(&config.key);
	let standing = standing(&chain, &me).await?;
	match standing {
		Some(standing) if standing.seated => {},
		_ if config.join => join(&chain, &config.key, out).await?,
		_ => anyhow::bail!("account {me} has no seat: --join puts up the bond and takes one"),
	}
	out.result(&Notice::Ready { checker: me });

	let probing = Probing::new(config.key.clone(), me, out);
	let shelf = Shelf::new(store.clone());
	let daemon = Daemon { key: config.key, me, store, shelf, conduct, out, probing, under_way: Arc::default() };
	let mut stop = std::pin::pin!(stop);
	loop {
		let error = tokio::select! {
			() = &mut stop => break,
			error = daemon.session(&chain) => error,
		};
		tracing::debug!(%error, "the checker lost the node");
		chain = loop {
			tokio::select! {
				() = &mut stop => {
					out.result(&Notice::Stopped);
					return Ok(());
				},
				() = sleep(RECONNECT) => {},
			}
			match chain.reconnect().await {
				Ok(chain) => break chain,
				Err(error @ (ChainError::WrongChain { .. } | ChainError::OtherChain { .. })) => {
					return Err(error.into())
				},
				Err(error) => tracing::debug!(%error, "the checker cannot reach the node"),
			}
		};
	}
	out.result(&Notice::Stopped);
	Ok(())
}

async fn standing(chain: &Chain, who: &AccountId32) -> anyhow::Result<Option<CheckerStanding>> {
	let at = chain.finalised().await?;
	ensure!(at.has_checkers(), "this chain has no checkers: its runtime is older than this program");
	Ok(at.checker(who).await?)
}

/// Put up a bond, or what is missing of it, and take a seat.
pub async fn join(chain: &Chain, key: &Keypair, out: Output) -> anyhow::Result<()> {
	let me = keys::account(key);
	let held = standing(chain, &me).await?.map(|standing| standing.bond).unwrap_or_default();
	let at = chain.finalised().await?;
	let (bond, free) = (at.checker_bond()?, at.funds(&me).await?.free);
	ensure!(
		free.0.saturating_add(held.0) > bond.0,
		"a checker has {bond} on hold, and account {me} has only {free} free"
	);
	let included = chain.submit(key, Call::JoinCheckers).await?;
	out.result(&Notice::Joined { block: included.block, bond });
	Ok(())
}

/// Give up the seat.
pub async fn leave(chain: &Chain, key: &Keypair, out: Output) -> anyhow::Result<()> {
	let me = keys::account(key);
	let included = chain.submit(key, Call::LeaveCheckers).await?;
	let free_at = standing(chain, &me).await?.map(|standing| standing.free_at).unwrap_or_default();
	out.result(&Notice::Left { block: included.block, free_at });
	Ok(())
}

/// Have the bond back.
pub async fn withdraw(chain: &Chain, key: &Keypair, out: Output) -> anyhow::Result<()> {
	let me = keys::account(key);
	let known = standing(chain, &me).await?.with_context(|| format!("account {me} is no checker"))?;
	ensure!(!known.seated, "account {me} has a seat: `assay checker leave` gives it up");
	ensure!(known.duties == 0, "account {me} is a member of {} checks and probes that have not ended", known.duties);
	let next = chain.best().await?.saturating_add(1);
	ensure!(
		u64::from(known.free_at) <= next,
		"the bond stays on hold until block {}, and the next is {next}",
		known.free_at
	);
	let included = chain.submit(key, Call::WithdrawCheckerBond).await?;
	out.result(&Notice::Withdrawn { block: included.block, bond: known.bond });
	Ok(())
}

/// Show how a checker stands, and what it has to do.
pub async fn show(chain: &Chain, who: &AccountId32, out: Output) -> anyhow::Result<()> {
	let known = standing(chain, who).await?.with_context(|| format!("account {who} is no checker"))?;
	let at = chain.finalised().await?;
	let duties = at.duties(who).await?;
	let probes = if at.has_probes() { at.probes_of(who).await? } else { Vec::new() };
	out.result(&notice::Report::new(*who, known, &duties, &probes));
	Ok(())
}

/// A step of a check that is being taken.
type UnderWay = (u64, u32, Step);

#[derive(Clone)]
struct Daemon {
	key: Keypair,
	me: AccountId32,
	store: DirStore,
	shelf: Shelf,
	conduct: Arc<dyn Conduct>,
	out: Output,
	/// Machines that are being asked.
	probing: Probing,
	/// What is being done, with the block in which it was first seen to be due.
	under_way: Arc<Mutex<BTreeMap<UnderWay, Progress>>>,
}

#[derive(Clone, Copy)]
struct Progress {
	first_seen: BlockNumber,
	state: State,
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum State {
	/// To be begun, for the first time or again.
	Waiting,
	Running,
	/// Nothing is left to do, though the chain may not show that: whoever has no doubt says nothing.
	Done,
}

impl Daemon {
	/// Go on until the connection fails.
	async fn session(&self, chain: &Chain) -> ChainError {
		loop {
			if let Err(error) = self.look(chain).await {
				return error;
			}
			sleep(TICK).await;
		}
	}

	/// See what is to be done, and begin it.
	async fn look(&self, chain: &Chain) -> Result<(), ChainError> {
		let at = chain.timely().await?;
		let now = at.block_number();
		self.probing.look(chain, &at).await?;
		let duties = at.duties(&self.me).await?;
		self.shelf.tidy(&at, &duties).await?;
		let mut due = BTreeMap::new();
		for (job, check) in duties {
			if let Some(step) = duty::step(&check, &self.me) {
				due.insert((job, check.attempt, step), check);
			}
		}
		self.lock().retain(|key, progress| progress.state == State::Running || due.contains_key(key));
		for (key, check) in due {
			if self.begin(key, &check, now) {
				tokio::spawn(self.clone().work(chain.clone(), key, check));
			}
		}
		Ok(())
	}

	fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<UnderWay, Progress>> {
		self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
	}

	/// Whether a step is to be begun now, noting that it is.
	fn begin(&self, key: UnderWay, check: &Check, now: BlockNumber) -> bool {
		let mut under_way = self.lock();
		let progress = under_way.entry(key).or_insert(Progress { first_seen: now, state: State::Waiting });
		let turn = progress.first_seen.saturating_add(duty::patience(check, &self.me, key.2));
		let begins = progress.state == State::Waiting && now >= turn;
		if begins {
			progress.state = State::Running;
		}
		begins
	}

	/// Take a step of a check.
	async fn work(self, chain: Chain, key: UnderWay, check: Check) {
		let (job, attempt, step) = key;
		let state = match self.take(&chain, job, &check, step).await {
			Ok(notice) => {
				if let Some(notice) = notice {
					self.out.result(&notice);
				}
				State::Done
			},
			Err(error) => {
				tracing::warn!(job, attempt, "{step:?} of a check failed and will be tried again: {error:#}");
				sleep(RETRY).await;
				State::Waiting
			},
		};
		if let Some(progress) = self.lock().get_mut(&key) {
			progress.state = state;
		}
	}

	/// What a step comes to.
	async fn take(&self, chain: &Chain, job: u64, check: &Check, step: Step) -> anyhow::Result<Option<Notice>> {
		let examination = Examination::begin(chain, job, &self.store).await?;
		let mut findings = examination.findings(&check.sample).await?;
		if self.conduct.takes_sides() {
			findings = examination.claims(&check.sample, findings).await?;
		}
		match step {
			Step::Commit => {
				let salt = salt(&self.key, &chain.genesis_hash(), job, check.attempt);
				let commitment = duty::commitment(job, check.attempt, &self.me, &findings, &salt);
				chain.submit(&self.key, Call::CommitVote { job, commitment }).await?;
				Ok(Some(Notice::Voted { job, units: check.sample.clone() }))
			},
			Step::Reveal => {
				let salt = salt(&self.key, &chain.genesis_hash(), job, check.attempt);
				let ballot = Ballot { job, findings, salt };
				chain.submit(&self.key, Call::RevealVote(Box::new(ballot))).await?;
				Ok(Some(Notice::Revealed { job }))
			},
			Step::Doubt => {
				let Some(dispute) = examination.dispute(check, &findings).await? else { return Ok(None) };
				let unit = dispute.index;
				let included = chain.submit(&self.key, Call::DisputeUnit(Box::new(dispute))).await?;
				let verdict = included.events.iter().find_map(|event| match event {
					Event::Proof(ProofEvent::Refuted { slashed, .. }) => {
						Some(Notice::Refuted { job, unit, slashed: *slashed })
					},
					Event::Proof(ProofEvent::Upheld { paid, .. }) => Some(Notice::Upheld { job, unit, paid: *paid }),
					_ => None,
				});
				Ok(verdict)
			},
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::chain::checks::Stage;
	use subxt_signer::sr25519::dev;

	#[test]
	fn step_should_be_taken_once_and_again_only_when_it_has_failed() {
		let dir = tempfile::tempdir().unwrap();
		let (key, store, out) = (dev::bob(), DirStore::open(dir.path()).unwrap(), Output::new(true));
		let (me, conduct) = (keys::account(&key), Arc::new(conduct::Honest));
		let probing = Probing::new(key.clone(), me, out);
		let shelf = Shelf::new(store.clone());
		let daemon = Daemon { key, me, store, shelf, conduct, out, probing, under_way: Arc::default() };
		let stage = Stage::Agreed { speaker: 0 };
		let check = Check { attempt: 0, sample: vec![1], members: vec![], stage, until: 90 };
		let step = (7, 0, Step::Doubt);
		let end = |state| daemon.lock().get_mut(&step).unwrap().state = state;
		assert!(daemon.begin(step, &check, 20));
		assert!(!daemon.begin(step, &check, 21));
		end(State::Waiting);
		assert!(daemon.begin(step, &check, 22));
		end(State::Done);
		assert!(!daemon.begin(step, &check, 23));
		assert!(daemon.begin((8, 0, Step::Doubt), &check, 23));
	}
}
