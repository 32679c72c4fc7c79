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
	duty::{salt, Examination, Step, Unavailable},
	notice::Notice,
	probing::Probing,
	shelf::Shelf,
};
use crate::{
	blobs::DirStore,
	chain::{
		checks::{Ballot, Check, CheckerStanding},
		model::{BlockNumber, Event, ProofEvent},
		Call, Chain, ChainError, TxError,
	},
	keys,
	output::Output,
};

/// Pause between two looks at the chain. Test networks leave half a minute for a vote.
const TICK: Duration = Duration::from_secs(2);
/// Pause before another attempt at what has failed.
const RETRY: Duration = Duration::from_secs(10);
/// How often that is doubled for disputes.
const MAX_DOUBLINGS: u32 = 5;
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

/// A step of a check that is being taken: of which job, at which attempt, with which sample. A job that is paid for range by range
/// has one check after the other.
type UnderWay = (u64, u32, Vec<u32>, Step);

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
	/// How often it has failed.
	failures: u32,
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
				due.insert((job, check.attempt, check.sample.clone(), step), check);
			}
		}
		self.lock().retain(|key, progress| progress.state == State::Running || due.contains_key(key));
		for (key, check) in due {
			if self.begin(&key, &check, now) {
				tokio::spawn(self.clone().work(chain.clone(), key, check));
			}
		}
		Ok(())
	}

	fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<UnderWay, Progress>> {
		self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
	}

	/// Whether a step is to be begun now, noting that it is.
	fn begin(&self, key: &UnderWay, check: &Check, now: BlockNumber) -> bool {
		let mut under_way = self.lock();
		let progress =
			under_way.entry(key.clone()).or_insert(Progress { first_seen: now, state: State::Waiting, failures: 0 });
		let turn = progress.first_seen.saturating_add(duty::patience(check, &self.me, key.3));
		let begins = progress.state == State::Waiting && now >= turn;
		if begins {
			progress.state = State::Running;
		}
		begins
	}

	/// Take a step of a check.
	async fn work(self, chain: Chain, key: UnderWay, check: Check) {
		let (job, attempt, step) = (key.0, key.1, key.3);
		let known = self.lock().get(&key).copied();
		let (first_seen, failures) = known.map_or((0, 0), |known| (known.first_seen, known.failures));
		let (state, failures) = match self.take(&chain, job, &check, step, first_seen).await {
			Ok(Some(notice @ Notice::Missed { .. })) => {
				self.out.result(&notice);
				// It is to be voted when the data is shown.
				(State::Waiting, 0)
			},
			Ok(notice) => {
				if let Some(notice) = notice {
					self.out.result(&notice);
				}
				(State::Done, 0)
			},
			Err(error) if step == Step::Doubt && is_settled(&error) => {
				tracing::error!(job, attempt, "{step:?} of a check has failed for good: {error:#}");
				(State::Done, 0)
			},
			Err(error) => {
				tracing::warn!(job, attempt, "{step:?} of a check failed and will be tried again: {error:#}");
				sleep(rest(step, failures)).await;
				(State::Waiting, failures.saturating_add(1))
			},
		};
		if let Some(progress) = self.lock().get_mut(&key) {
			(progress.state, progress.failures) = (state, failures);
		}
	}

	/// What a step comes to, which has been due since block `first_seen`.
	async fn take(
		&self,
		chain: &Chain,
		job: u64,
		check: &Check,
		step: Step,
		first_seen: BlockNumber,
	) -> anyhow::Result<Option<Notice>> {
		let half = first_seen.saturating_add(check.until.saturating_sub(first_seen) / 2);
		let at = chain.timely().await?;
		// What was shown is there.
		let may_lack = step == Step::Commit && at.asks_for_data() && at.data_shown(job).await?.is_none();
		let enough = async {
			match may_lack {
				true => reached(chain, half).await,
				false => std::future::pending().await,
			}
		};
		let begun = Examination::begin(chain, job, &self.store, enough).await;
		let lacks = may_lack && begun.as_ref().err().is_some_and(|error| error.is::<Unavailable>());
		if lacks && chain.best().await? >= half.into() {
			chain.submit(&self.key, Call::MissData(job)).await?;
			return Ok(Some(Notice::Missed { job }));
		}
		let examination = begun?;
		let mut findings = examination.findings(&check.sample).await?;
		if self.conduct.takes_sides() {
			findings = examination.claims(&check.sample, findings).await?;
		}
		match step {
			Step::Commit => {
				let salt = salt(&self.key, &chain.genesis_hash(), job, check);
				let commitment = duty::commitment(job, check.attempt, &self.me, &findings, &salt);
				chain.submit(&self.key, Call::CommitVote { job, commitment }).await?;
				Ok(Some(Notice::Voted { job, units: check.sample.clone() }))
			},
			Step::Reveal => {
				let salt = salt(&self.key, &chain.genesis_hash(), job, check);
				let ballot = Ballot { job, findings, salt };
				chain.submit(&self.key, Call::RevealVote(Box::new(ballot))).await?;
				Ok(Some(Notice::Revealed { job }))
			},
			Step::Doubt => {
				let shown = examination.shown_leaves(chain, check).await.unwrap_or_else(|error| {
					tracing::warn!(job, "cannot read on the chain what the provider has committed to: {error:#}");
					None
				});
				let Some(dispute) = examination.dispute(check, &findings, shown).await? else { return Ok(None) };
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

/// Until block `number` is there, and at least for as long as a fetch may take that goes well.
async fn reached(chain: &Chain, number: BlockNumber) {
	loop {
		sleep(RETRY).await;
		if chain.best().await.is_ok_and(|best| best >= number.into()) {
			return;
		}
	}
}

/// How long to wait before a step that has failed so often before is tried again. A dispute that is refused costs a fee, and
/// there are hours for it; the others have minutes.
fn rest(step: Step, failures: u32) -> Duration {
	match step {
		Step::Doubt => RETRY.saturating_mul(1 << failures.min(MAX_DOUBLINGS)),
		Step::Commit | Step::Reveal => RETRY,
	}
}

/// Whether the chain has refused a dispute for a reason that will not change: whatever proofs and market say, but that the bond
/// is not covered.
fn is_settled(error: &anyhow::Error) -> bool {
	let Some(TxError::Refused { name, .. }) = error.downcast_ref::<TxError>() else { return false };
	let says = |pallet: &str| name.split_once("::").is_some_and(|(of, _)| of == pallet);
	(says("WorkProofs") || says("ComputeMarket")) && name != "WorkProofs::BondNotCovered"
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::chain::checks::Stage;

	#[test]
	fn dispute_should_not_be_tried_again_when_the_chain_will_say_the_same() {
		let refused = |name: &str| anyhow::Error::from(TxError::Refused { name: name.into(), message: String::new() });
		assert!(is_settled(&refused("WorkProofs::OpeningInvalid")));
		assert!(is_settled(&refused("ComputeMarket::JobNotCommitted")));
		// Somebody may send the account something.
		assert!(!is_settled(&refused("WorkProofs::BondNotCovered")));
		assert!(!is_settled(&TxError::Lost(String::new()).into()));
		assert!(!is_settled(&anyhow::anyhow!("the provider does not answer")));
	}

	#[test]
	fn pauses_should_grow_for_disputes_only() {
		let pauses = |step| [0, 1, 2, 3, 4, 5, 9].map(|failures| rest(step, failures).as_secs());
		assert_eq!(pauses(Step::Doubt), [10, 20, 40, 80, 160, 320, 320]);
		assert_eq!(pauses(Step::Commit), [10; 7]);
	}
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
		let step = (7, 0, vec![1], Step::Doubt);
		let end = |state| daemon.lock().get_mut(&step).unwrap().state = state;
		assert!(daemon.begin(&step, &check, 20));
		assert!(!daemon.begin(&step, &check, 21));
		end(State::Waiting);
		assert!(daemon.begin(&step, &check, 22));
		end(State::Done);
		assert!(!daemon.begin(&step, &check, 23));
		assert!(daemon.begin(&(8, 0, vec![1], Step::Doubt), &check, 23));
		// Of the next range of the same job.
		assert!(daemon.begin(&(7, 0, vec![2], Step::Doubt), &check, 23));
	}
}
