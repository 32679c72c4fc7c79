//! Seeing to a result without a human act: units are run again, a wrong one is disputed, and what is not served is demanded.
//!
//! What is done follows from the chain and from what the provider serves, and is looked at anew with each final block.

use std::{collections::BTreeSet, fmt, ops::Range, path::PathBuf, str::FromStr, time::Duration};

use anyhow::{anyhow, Context};
use assay_proofs::merkle;
use futures::future::join_all;
use indicatif::ProgressBar;
use rayon::prelude::*;
use serde::Serialize;
use subxt::utils::AccountId32;
use subxt_signer::sr25519::Keypair;
use tokio::time::{timeout, Instant};

use super::{
	announce,
	dispute::{self, Claim, Material, Verdict},
	evidence, fetch,
	watch::WatchError,
};
use crate::{
	amount::Amount,
	blobs::{BlobHash, BlobSource, HttpSource},
	chain::{
		model::{BlockNumber, Event, Job, JobState, ProofEvent},
		At, Chain, TxError,
	},
	guest::{self, Program},
	http::Manifest,
	output::Output,
	provider::execute::Workers,
};

/// Blocks for which a provider that does not serve a result is asked again before the chain is.
const GRACE: BlockNumber = 3;
/// Blocks before the end of a review from which on there is no time to be patient: a demand must be in a block before that,
/// and the blocks that we see are some old.
const MARGIN: BlockNumber = 6;
/// However little time is left, a provider that serves has this long to do so.
const LEAST_PATIENCE: Duration = Duration::from_secs(5);
/// Units that are demanded at a time. One that is not shown is enough to refuse a result; the other is for the case that a
/// provider shows what it is asked for and serves nothing all the same.
const DEMANDS_AT_ONCE: usize = 2;
/// Units of a result that are demanded in all: whoever makes us do so is paid for each that it shows.
const MAX_DEMANDS: usize = 8;
/// Transactions that may fail before it is given up.
const MAX_FAILURES: u32 = 3;

/// Errors of the chain that say that there is nothing left to do: somebody was faster, or the time is over.
const MOOT: [&str; 6] = [
	"ComputeMarket::JobNotCommitted",
	"ComputeMarket::UnknownJob",
	"WorkProofs::DemandOpen",
	"WorkProofs::ReviewOver",
	"WorkProofs::TooManyDemands",
	"WorkProofs::NoSuchUnit",
];

/// How many units of a result are run again.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Sample {
	/// All.
	All,
	/// So many, drawn at random; of a job that has no more, all.
	Units(u32),
}

impl FromStr for Sample {
	type Err = String;

	fn from_str(text: &str) -> Result<Self, String> {
		match text.parse() {
			Ok(0) => Err("at least one unit".to_owned()),
			Ok(count) => Ok(Self::Units(count)),
			Err(_) if text == "all" => Ok(Self::All),
			Err(_) => Err("a number of units, or all".to_owned()),
		}
	}
}

impl Sample {
	/// Which of these units, as their provider could not foresee.
	fn draw(self, units: &Range<u32>) -> BTreeSet<u32> {
		match self {
			Self::All => units.clone().collect(),
			Self::Units(count) => fetch::sample(units, count),
		}
	}
}

/// How a result is seen to.
pub struct Check {
	/// Signs disputes and demands.
	pub key: Keypair,
	/// How many units to run again.
	pub sample: Sample,
	/// Where to keep what is wrong.
	pub evidence: Option<PathBuf>,
}

/// A result that is right as far as can be seen, and served.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Checked {
	/// The units that were run again.
	pub run_again: Vec<u32>,
	/// How many units trapped.
	pub trapped: u32,
}

/// What was seen, or came of it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case", tag = "event")]
enum Notice {
	Wrong { job: u64, unit: u32, claimed: BlobHash, found: BlobHash },
	Unserved { job: u64, reason: String },
	Shown { job: u64, unit: u32, paid: Amount, right: bool },
	Withheld { job: u64, unit: u32, provider: AccountId32, slashed: Amount, to_client: Amount },
}

impl fmt::Display for Notice {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Self::Wrong { job, unit, claimed, found } => {
				write!(
					f,
					"job {job}: unit {unit} is wrong: it is {found} here and {claimed} at the provider; disputing it"
				)
			},
			Self::Unserved { job, reason } => write!(f, "job {job}: the result is not served: {reason}"),
			Self::Shown { job, unit, paid, right } => {
				let verdict = if *right { "right" } else { "wrong" };
				write!(f, "job {job}: unit {unit} was shown on the chain for {paid}, and is {verdict}")
			},
			Self::Withheld { job, unit, provider, slashed, to_client } => write!(
				f,
				"job {job}: unit {unit} was not shown in time: the client has its money back, and {provider} is slashed by \
				 {slashed}, of which {to_client} go to the client"
			),
		}
	}
}

/// What a look at a provider has shown.
enum Look {
	/// All is there, and right.
	Right(Checked),
	/// A unit is wrong.
	Wrong(Claim, Box<(Material, HttpSource)>),
	/// Something is not there: these units, or nobody knows which.
	Unserved(Option<Vec<u32>>, String),
}

/// Sees to the result of one job.
pub(super) struct Inspector<'a, L> {
	check: &'a Check,
	local: &'a L,
	out: Output,
	bar: ProgressBar,
	/// The units that are run again. They stay the same, so that nothing is gained by making us look once more.
	drawn: Option<BTreeSet<u32>>,
	/// They were, and are right.
	are_right: bool,
	/// Nothing is missing.
	checked: Option<Checked>,
	/// From which block on something was not served, and what.
	unserved: Option<(BlockNumber, Option<Vec<u32>>)>,
	/// Not before that is the provider asked again: one that is slow to answer must not hold up the rest.
	ask_again: Instant,
	demanded: BTreeSet<u32>,
	/// Units that stand on the chain.
	shown: BTreeSet<u32>,
	/// A unit that is wrong, until the chain has said so.
	wrong: Option<Claim>,
	failures: u32,
	/// The chain has decided.
	over: bool,
}

impl<'a, L: BlobSource> Inspector<'a, L> {
	pub fn new(check: &'a Check, local: &'a L, out: Output, bar: ProgressBar) -> Self {
		Self {
			check,
			local,
			out,
			bar,
			drawn: None,
			are_right: false,
			checked: None,
			unserved: None,
			ask_again: Instant::now(),
			demanded: BTreeSet::new(),
			shown: BTreeSet::new(),
			wrong: None,
			failures: 0,
			over: false,
		}
	}

	fn tell(&self, notice: &(impl Serialize + fmt::Display)) {
		self.bar.suspend(|| self.out.result(notice));
	}

	/// Take in what happened in a block.
	pub async fn observe(&mut self, chain: &Chain, at: &At, job: &Job, events: &[Event]) -> Result<(), WatchError> {
		for event in events {
			match event {
				Event::Proof(ProofEvent::Withheld { job: id, index, provider, slashed }) if *id == job.id => {
					self.over = true;
					let (to_client, provider) = (dispute::shares(events, Some(provider)).to_client, *provider);
					let (unit, slashed) = (*index, *slashed);
					self.tell(&Notice::Withheld { job: *id, unit, provider, slashed, to_client });
				},
				Event::Proof(ProofEvent::Revealed { job: id, index, outcome, paid, .. }) if *id == job.id => {
					self.look_at_shown(chain, at, job, *index, *outcome, *paid).await?;
				},
				_ => {},
			}
		}
		Ok(())
	}

	/// A unit was shown on the chain: run it again, whether it was drawn or not, and dispute it if it is wrong.
	async fn look_at_shown(
		&mut self,
		chain: &Chain,
		at: &At,
		job: &Job,
		index: u32,
		leaf: BlobHash,
		paid: Amount,
	) -> Result<(), WatchError> {
		self.shown.insert(index);
		if self.over {
			return Ok(());
		}
		let provider = fetch::provider_of(at, job).await?;
		let material = Material::obtain(job, self.local, &provider).await?;
		let right = guest::leaf(&material.run(job, index).await?) == leaf;
		self.tell(&Notice::Shown { job: job.id, unit: index, paid, right });
		let Some(root) = job.state.root().filter(|_| !right) else { return Ok(()) };
		let units = job.units_due();
		let place = index.checked_sub(units.start).context("a unit was shown that the result is not about")?;
		let openings = at.shown_openings(job.id, index).await?;
		let opening = openings
			.into_iter()
			.find(|opening| merkle::verify(&root.0, units.len() as u32, place, &leaf.0, opening))
			.with_context(|| format!("the proof of unit {index} is not to be found in block {}", at.number()))?;
		self.dispute(chain, job, Claim { index, leaf, opening }, material, &provider).await
	}

	/// Look at the result as it stands, and do what is to be done. Returns what was checked, once all is there and right.
	pub async fn step(&mut self, chain: &Chain, at: &At, job: &Job) -> Result<Option<Checked>, WatchError> {
		if self.over || self.checked.is_some() {
			return Ok(self.checked.clone());
		}
		if let Some(claim) = self.wrong.clone() {
			// The transaction failed.
			let provider = fetch::provider_of(at, job).await?;
			let material = Material::obtain(job, self.local, &provider).await?;
			self.dispute(chain, job, claim, material, &provider).await?;
			return Ok(None);
		}
		if Instant::now() >= self.ask_again {
			let begun = Instant::now();
			match self.look(at, job).await? {
				Look::Right(checked) => {
					self.unserved = None;
					self.checked = Some(checked);
				},
				Look::Wrong(claim, with) => {
					let (material, provider) = *with;
					self.dispute(chain, job, claim, material, &provider).await?;
				},
				Look::Unserved(missing, reason) => {
					self.ask_again = Instant::now() + begun.elapsed() * 2;
					if self.unserved.is_none() {
						self.tell(&Notice::Unserved { job: job.id, reason });
					}
					let since = self.unserved.as_ref().map_or(at.block_number(), |(since, _)| *since);
					self.unserved = Some((since, missing));
				},
			}
		}
		if self.unserved.is_some() && !self.over {
			self.demand(chain, at, job).await?;
		}
		Ok(self.checked.clone())
	}

	/// See what the provider serves.
	async fn look(&mut self, at: &At, job: &Job) -> Result<Look, WatchError> {
		let patience = patience(job, at.block_number(), at.rules()?.block_millis);
		let late = || format!("the provider took longer than {} s", patience.as_secs());
		let provider = match fetch::provider_of(at, job).await {
			Ok(provider) => provider,
			Err(error) => return unserved(error),
		};
		let manifest = match timeout(patience, fetch::manifest(job, &provider)).await {
			Ok(Ok(manifest)) => manifest,
			Ok(Err(error)) => return unserved(error),
			Err(_) => return Ok(Look::Unserved(None, late())),
		};
		let units = job.units_due();
		let drawn = self.drawn.get_or_insert_with(|| self.check.sample.draw(&units));
		if !self.are_right {
			let material = Material::obtain(job, self.local, &provider).await?;
			if let Some(index) = first_wrong(job, &manifest, drawn, &material).await? {
				let claim = Claim::of(&manifest, &units, index).context("the provider's list is too short")?;
				return Ok(Look::Wrong(claim, Box::new((material, provider))));
			}
			self.are_right = true;
		}
		let missing = match timeout(patience, fetch::missing(&manifest, &units, &self.shown, &provider)).await {
			Ok(missing) => missing,
			Err(_) => return Ok(Look::Unserved(None, late())),
		};
		if missing.is_empty() {
			let listed = manifest.units(&units).unwrap_or_default();
			let trapped = listed.iter().filter(|unit| unit.trapped).count() as u32;
			let run_again = drawn.iter().copied().collect();
			return Ok(Look::Right(Checked { run_again, trapped }));
		}
		let reason = format!("{} of {} outputs cannot be had", missing.len(), units.len());
		Ok(Look::Unserved(Some(missing), reason))
	}

	/// Have the chain decide about a unit that is wrong. It is run once more before: money is put on it.
	async fn dispute(
		&mut self,
		chain: &Chain,
		job: &Job,
		claim: Claim,
		material: Material,
		provider: &HttpSource,
	) -> Result<(), WatchError> {
		let unit = claim.index;
		let right = material.run(job, unit).await?;
		let found = guest::leaf(&right);
		if found == claim.leaf {
			let error = anyhow!("unit {unit} of job {} came to two outcomes: this machine makes mistakes", job.id);
			return Err(error.into());
		}
		self.tell(&Notice::Wrong { job: job.id, unit, claimed: claim.leaf, found });
		self.wrong = Some(claim.clone());
		if let Some(dir) = &self.check.evidence {
			match evidence::keep(dir, job, &claim, &right, &material, provider).await {
				Ok(kept) => self.tell(&kept),
				// The dispute does not need it.
				Err(error) => self.bar.suspend(|| tracing::warn!("cannot keep the evidence: {error:#}")),
			}
		}
		let key = &self.check.key;
		if let Err(error) = announce::announce(chain, key, job, unit, found, |notice| self.tell(notice)).await {
			return self.failed(error, "cannot announce a dispute");
		}
		match dispute::decide(chain, &self.check.key, job, claim, material).await {
			Ok(verdict @ Verdict::Refuted { .. }) => {
				self.over = true;
				self.tell(&verdict);
				Ok(())
			},
			Ok(verdict) => {
				self.tell(&verdict);
				let error =
					anyhow!("the chain came to another outcome of unit {unit} than this machine, which makes mistakes");
				Err(error.into())
			},
			Err(error) => self.failed(error, "cannot dispute"),
		}
	}

	/// Ask the chain for something that is not served, once there is no hope that it will be.
	async fn demand(&mut self, chain: &Chain, at: &At, job: &Job) -> Result<(), WatchError> {
		let Some((since, missing)) = &self.unserved else { return Ok(()) };
		let now = at.block_number();
		if !is_due(job, *since, now) || self.demanded.len() >= MAX_DEMANDS {
			return Ok(());
		}
		// Those of others do not count: they may be the provider's own, to keep us from ours.
		let waiting = self.demanded.difference(&self.shown).count();
		let room = DEMANDS_AT_ONCE.saturating_sub(waiting).min(MAX_DEMANDS.saturating_sub(self.demanded.len()));
		let open: BTreeSet<u32> = at.demands(job.id).await?.into_iter().map(|demand| demand.index).collect();
		let asked = |unit: &u32| open.contains(unit) || self.demanded.contains(unit) || self.shown.contains(unit);
		let candidates: Vec<u32> = match missing {
			Some(missing) => missing.iter().copied().filter(|unit| !asked(unit)).collect(),
			None => job.units_due().filter(|unit| !asked(unit)).collect(),
		};
		let drawn = fetch::sample(&(0..candidates.len() as u32), room as u32);
		let units: Vec<u32> = drawn.into_iter().filter_map(|number| candidates.get(number as usize).copied()).collect();
		let key = &self.check.key;
		let sent = join_all(units.iter().map(|unit| dispute::ask_for(chain, key, job.id, *unit))).await;
		for (unit, result) in units.into_iter().zip(sent) {
			match result {
				Ok(demanded) => {
					self.demanded.insert(unit);
					self.tell(&demanded);
				},
				Err(error) => self.failed(error, "cannot demand a unit")?,
			}
		}
		Ok(())
	}

	/// A transaction has failed: it is tried again with a later block, a few times.
	fn failed(&mut self, error: TxError, what: &'static str) -> Result<(), WatchError> {
		match error {
			TxError::Chain(error) => return Err(error.into()),
			TxError::Refused { name, .. } if MOOT.contains(&name.as_str()) => return Ok(()),
			// It is in a block: what comes of it will be seen.
			TxError::NotFinal { .. } => return Ok(()),
			_ => {},
		}
		self.failures += 1;
		if self.failures >= MAX_FAILURES {
			return Err(anyhow::Error::from(error).context(what).into());
		}
		self.bar.suspend(|| tracing::warn!(%error, "{what}; trying again"));
		Ok(())
	}
}

/// Nothing can be had of the provider, unless it was the node that failed.
fn unserved(error: anyhow::Error) -> Result<Look, WatchError> {
	match WatchError::from(error) {
		WatchError::Other(error) => Ok(Look::Unserved(None, format!("{error:#}"))),
		error => Err(error),
	}
}

/// The block in which a review ends.
fn review_ends(job: &Job) -> BlockNumber {
	match &job.state {
		JobState::Committed { review_ends, .. } | JobState::Contested { review_ends, .. } => *review_ends,
		_ => 0,
	}
}

/// How long a provider may take to serve what was asked for at block `now`, so that there is time for a demand.
fn patience(job: &Job, now: BlockNumber, block_millis: u64) -> Duration {
	let blocks = review_ends(job).saturating_sub(now).saturating_sub(MARGIN);
	Duration::from_millis(u64::from(blocks).saturating_mul(block_millis)).max(LEAST_PATIENCE)
}

/// Whether what was not served from block `since` on is to be demanded at block `now`.
fn is_due(job: &Job, since: BlockNumber, now: BlockNumber) -> bool {
	let ends = review_ends(job);
	now < ends && (now >= since.saturating_add(GRACE) || now.saturating_add(MARGIN) >= ends)
}

/// The first of the units that does not come to what `manifest` has for it. Runs them on all cores.
async fn first_wrong(
	job: &Job,
	manifest: &Manifest,
	units: &BTreeSet<u32>,
	material: &Material,
) -> anyhow::Result<Option<u32>> {
	let claims: Vec<(u32, BlobHash)> =
		(0u32..).zip(&manifest.outputs).filter(|(i, _)| units.contains(i)).map(|(i, unit)| (i, unit.hash)).collect();
	let (Material { guest, input }, limit) = (material.clone(), job.spec.gas_per_unit);
	let run = move || {
		let program = Program::load(&guest, input, limit)?;
		let compare = |(index, claimed): &(u32, BlobHash)| match program.run(*index) {
			Ok(outcome) => (guest::leaf(&outcome) != *claimed).then_some(Ok(*index)),
			Err(error) => Some(Err(error)),
		};
		let wrong = Workers::start(0)?.install(|| claims.par_iter().find_map_first(compare));
		anyhow::Ok(wrong.transpose()?)
	};
	tokio::task::spawn_blocking(run).await.context("the check broke off")?
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{
		blobs::MemoryStore,
		client::fetch::tests::{committed, provider},
		http::JobBoard,
	};

	#[test]
	fn sample_should_be_a_number_or_all() {
		assert_eq!(("all".parse(), "7".parse()), (Ok(Sample::All), Ok(Sample::Units(7))));
		for text in ["", "0", "-1", "some"] {
			assert!(text.parse::<Sample>().is_err(), "{text}");
		}
	}

	#[test]
	fn all_units_should_be_drawn_of_a_small_job() {
		assert_eq!(Sample::Units(7).draw(&(0..5)).len(), 5);
		assert_eq!(Sample::Units(7).draw(&(0..500)).len(), 7);
		assert_eq!(Sample::All.draw(&(500..1_000)).len(), 500);
	}

	#[test]
	fn demand_should_be_due_when_patience_is_over_and_the_review_is_not() {
		let mut job = committed();
		let JobState::Committed { review_ends, .. } = &mut job.state else { panic!("not committed") };
		*review_ends = 100;
		assert!(!is_due(&job, 10, 10 + GRACE - 1) && is_due(&job, 10, 10 + GRACE));
		// Seen late: there is no time to be patient.
		assert!(!is_due(&job, 93, 93) && is_due(&job, 94, 94) && is_due(&job, 99, 99));
		assert!(!is_due(&job, 94, 100));
		job.state = JobState::Refunded { reason: crate::chain::model::RefundReason::NoBids };
		assert!(!is_due(&job, 10, 50));
	}

	#[test]
	fn provider_should_have_as_long_as_leaves_time_for_a_demand() {
		let mut job = committed();
		let JobState::Committed { review_ends, .. } = &mut job.state else { panic!("not committed") };
		*review_ends = 100;
		assert_eq!(patience(&job, 50, 6_000), Duration::from_secs(44 * 6));
		assert_eq!(patience(&job, 94, 6_000), LEAST_PATIENCE);
		assert_eq!(patience(&job, 200, 6_000), LEAST_PATIENCE);
	}

	#[tokio::test]
	async fn wrong_unit_should_be_found_among_those_that_are_drawn() {
		let dir = tempfile::tempdir().unwrap();
		let (source, job, workspace) = provider(dir.path()).await;
		let mut manifest = workspace.manifest(5).unwrap();
		let material = Material::obtain(&job, &MemoryStore::default(), &source).await.unwrap();
		let units = job.units_due();
		let all = Sample::All.draw(&units);
		assert_eq!(first_wrong(&job, &manifest, &all, &material).await.unwrap(), None);
		manifest.outputs[3].hash = BlobHash([0; 32]);
		manifest.outputs[5].hash = BlobHash([0; 32]);
		assert_eq!(first_wrong(&job, &manifest, &all, &material).await.unwrap(), Some(3));
		assert_eq!(first_wrong(&job, &manifest, &BTreeSet::from([0, 1, 4]), &material).await.unwrap(), None);
		// What is claimed of it can be shown.
		let claim = Claim::of(&manifest, &units, 3).unwrap();
		let root = manifest.root().unwrap();
		assert!(merkle::verify(&root, job.spec.units, 3, &claim.leaf.0, &claim.opening));
	}

	#[tokio::test]
	async fn outputs_that_are_not_served_should_be_missing_unless_they_were_shown() {
		let dir = tempfile::tempdir().unwrap();
		let (source, job, workspace) = provider(dir.path()).await;
		let mut manifest = workspace.manifest(5).unwrap();
		assert!(fetch::missing(&manifest, &job.units_due(), &BTreeSet::new(), &source).await.is_empty());
		manifest.outputs[1].hash = BlobHash([1; 32]);
		manifest.outputs[2].hash = BlobHash([2; 32]);
		assert_eq!(fetch::missing(&manifest, &job.units_due(), &BTreeSet::from([1]), &source).await, [2]);
	}
}
