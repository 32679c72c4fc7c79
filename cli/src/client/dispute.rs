//! Having the chain decide about a unit of a result, or show it.

use std::{fmt, ops::Range, path::PathBuf};

use anyhow::{ensure, Context};
use serde::Serialize;
use subxt::utils::AccountId32;
use subxt_signer::sr25519::Keypair;

use assay_proofs::{merkle::Opening, Outcome};

use super::{announce, evidence, fetch, report::no_such_job};
use crate::{
	amount::Amount,
	blobs::{BlobHash, BlobSource, HttpSource},
	chain::{
		model::{BlockNumber, Dispute, Event, Job, ProofEvent},
		At, Call, Chain, TxError,
	},
	guest::{self, Program},
	http::Manifest,
	keys,
	output::Output,
};

/// What the chain decided about a unit.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case", tag = "event")]
pub(super) enum Verdict {
	/// It is wrong.
	Refuted {
		job: u64,
		unit: u32,
		block: u64,
		found: BlobHash,
		gas: u64,
		#[serde(skip_serializing_if = "Option::is_none")]
		provider: Option<AccountId32>,
		slashed: Amount,
		to_client: Amount,
		to_challenger: Amount,
	},
	/// It is right.
	Upheld { job: u64, unit: u32, block: u64, gas: u64, paid: Amount },
}

impl fmt::Display for Verdict {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Self::Refuted { job, unit, block, found, gas, slashed, to_client, to_challenger, .. } => write!(
				f,
				"job {job}: the chain ran unit {unit} in block {block} with {gas} gas and came to {found}: the client has \
				 its money back, and the provider is slashed by {slashed}, of which {to_client} go to the client and \
				 {to_challenger} to you"
			),
			Self::Upheld { job, unit, block, gas, paid } => write!(
				f,
				"job {job}: the chain ran unit {unit} in block {block} with {gas} gas, and it is right: {paid} of your \
				 bond went to the provider"
			),
		}
	}
}

/// A unit was asked for on the chain.
#[derive(Clone, Debug, Serialize)]
#[serde(rename = "demanded", tag = "event")]
pub(super) struct Demanded {
	job: u64,
	unit: u32,
	block: u64,
	deposit: Amount,
	reveal_by: BlockNumber,
}

impl fmt::Display for Demanded {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		let Self { job, unit, block, deposit, reveal_by } = self;
		write!(
			f,
			"job {job}: unit {unit} demanded in block {block}, {deposit} on hold; the provider has until block \
			 {reveal_by} to show it"
		)
	}
}

/// The job, if it has a result with such a unit that is not paid for yet.
async fn questionable(at: &At, id: u64, unit: u32) -> anyhow::Result<Job> {
	let job = at.job(id).await?.with_context(|| no_such_job(id))?;
	ensure!(
		job.state.has_result(),
		"job {id} is {}: only a result that is not paid for yet can be questioned",
		job.state.name()
	);
	let (units, all) = (job.units_due(), job.spec.units);
	ensure!(unit < all, "job {id} has {all} units, of which the first is 0: there is no {unit}");
	ensure!(
		units.contains(&unit),
		"job {id} is paid for range by range: its result is about units {} to {}, and not about {unit}",
		units.start,
		units.end.saturating_sub(1)
	);
	Ok(job)
}

/// A unit, and what the provider of its job has committed to for it.
#[derive(Clone, Debug)]
pub(super) struct Claim {
	/// The unit.
	pub index: u32,
	/// What the commitment has for it.
	pub leaf: BlobHash,
	/// The proof of that.
	pub opening: Opening,
}

impl Claim {
	/// What a commitment to `units` has for one of them by `manifest`, if that has it.
	pub fn of(manifest: &Manifest, units: &Range<u32>, index: u32) -> Option<Self> {
		manifest.prove(units, index).map(|(leaf, opening)| Self { index, leaf, opening })
	}
}

/// Guest and input of a job, by which anybody can run its units.
#[derive(Clone)]
pub(super) struct Material {
	/// The guest.
	pub guest: Vec<u8>,
	/// The input.
	pub input: Vec<u8>,
}

impl Material {
	/// From `local`, else from the provider.
	pub async fn obtain(job: &Job, local: &impl BlobSource, provider: &HttpSource) -> anyhow::Result<Self> {
		let guest = fetch::obtain(job.spec.guest, local, provider).await.context("cannot get the guest")?;
		let input = fetch::obtain(job.spec.input, local, provider).await.context("cannot get the input")?;
		Ok(Self { guest, input })
	}

	/// Run a unit of `job`.
	pub async fn run(&self, job: &Job, unit: u32) -> anyhow::Result<Outcome> {
		let (Self { guest, input }, limit) = (self.clone(), job.spec.gas_per_unit);
		let run = move || Ok::<_, anyhow::Error>(Program::load(&guest, input, limit)?.run(unit)?);
		tokio::task::spawn_blocking(run).await.context("the unit broke off")?
	}
}

/// Have the chain decide about a unit of `job`.
pub(super) async fn decide(
	chain: &Chain,
	key: &Keypair,
	job: &Job,
	claim: Claim,
	material: Material,
) -> Result<Verdict, TxError> {
	let (id, Claim { index, leaf, opening }, Material { guest, input }) = (job.id, claim, material);
	let dispute = Dispute { job: id, index, claimed: leaf, opening, gas_limit: job.spec.gas_per_unit, guest, input };
	let included = chain.submit(key, Call::DisputeUnit(Box::new(dispute))).await?;
	let block = included.block;
	let verdict = included.events.iter().find_map(|event| match event {
		Event::Proof(ProofEvent::Refuted { found, gas, slashed, .. }) => {
			let provider = job.state.bid().map(|bid| bid.provider);
			let Shares { to_client, to_reporter, reporter } = shares(&included.events, provider.as_ref());
			// Of a unit that a committee has voted about, the reporter is one of its members.
			let to_challenger = if reporter == Some(keys::account(key)) { to_reporter } else { Amount::default() };
			let (unit, found, gas, slashed) = (index, *found, *gas, *slashed);
			Some(Verdict::Refuted { job: id, unit, block, found, gas, provider, slashed, to_client, to_challenger })
		},
		Event::Proof(ProofEvent::Upheld { gas, paid, .. }) => {
			Some(Verdict::Upheld { job: id, unit: index, block, gas: *gas, paid: *paid })
		},
		_ => None,
	});
	verdict.ok_or_else(|| TxError::Lost(format!("the chain did not say what it decided about job {id}")))
}

/// What others have of a slash.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Shares {
	/// What went to the client.
	pub to_client: Amount,
	/// What went to whoever reported it.
	pub to_reporter: Amount,
	/// Who that is.
	pub reporter: Option<AccountId32>,
}

/// What others have of a provider's slash, if there is one among `events`.
pub(super) fn shares(events: &[Event], provider: Option<&AccountId32>) -> Shares {
	let shares = events.iter().find_map(|event| match event {
		Event::Slashed { provider: slashed, to_wronged, to_reporter, reporter, .. } if Some(slashed) == provider => {
			Some(Shares { to_client: *to_wronged, to_reporter: *to_reporter, reporter: *reporter })
		},
		_ => None,
	});
	shares.unwrap_or_default()
}

/// Ask for a unit of job `id` on the chain.
pub(super) async fn ask_for(chain: &Chain, key: &Keypair, id: u64, unit: u32) -> Result<Demanded, TxError> {
	let included = chain.submit(key, Call::DemandUnit { job: id, index: unit }).await?;
	let demanded = included.events.iter().find_map(|event| match event {
		Event::Proof(ProofEvent::Demanded { deposit, reveal_by, .. }) => {
			Some(Demanded { job: id, unit, block: included.block, deposit: *deposit, reveal_by: *reveal_by })
		},
		_ => None,
	});
	demanded.ok_or_else(|| TxError::Lost(format!("the chain did not say that unit {unit} of job {id} was demanded")))
}

/// A unit that somebody doubts.
pub struct Doubt {
	/// The job.
	pub job: u64,
	/// The unit.
	pub unit: u32,
	/// Ask the chain even if it is right here.
	pub force: bool,
	/// Ask it without an announcement, which brings the refund sooner and no reporter's part.
	pub at_once: bool,
	/// Where to keep what is wrong.
	pub evidence: Option<PathBuf>,
}

/// Run a unit here, and have the chain do the same if it comes to something else than its provider committed to.
pub async fn dispute(
	chain: &Chain,
	key: &Keypair,
	doubt: Doubt,
	local: &impl BlobSource,
	out: Output,
) -> anyhow::Result<()> {
	let Doubt { job: id, unit, force, at_once, evidence } = doubt;
	let at = chain.finalised().await?;
	let job = questionable(&at, id, unit).await?;
	let provider = fetch::provider_of(&at, &job).await?;
	let manifest =
		fetch::manifest(&job, &provider).await.with_context(|| {
			format!("without the provider's list nothing can be disputed; `assay job demand {id} {unit}` has it show the unit")
		})?;
	let claim = Claim::of(&manifest, &job.units_due(), unit)
		.with_context(|| format!("the provider's list has no unit {unit}"))?;
	let material = Material::obtain(&job, local, &provider).await?;
	let right = material.run(&job, unit).await?;
	let found = guest::leaf(&right);
	ensure!(
		force || found != claim.leaf,
		"unit {unit} of job {id} is right: it came to {found} here as well, and a dispute would cost the bond; --force \
		 asks the chain all the same"
	);
	if let Some(dir) = evidence.filter(|_| found != claim.leaf) {
		out.result(&evidence::keep(&dir, &job, &claim, &right, &material, &provider).await?);
	}
	// What is right cannot be refuted, and so has no reporter.
	if !at_once && found != claim.leaf {
		announce::announce(chain, key, &job, unit, found, |notice| out.result(notice)).await?;
	}
	out.result(&decide(chain, key, &job, claim, material).await?);
	Ok(())
}

/// Have the provider of job `id` show unit `unit` on the chain.
pub async fn demand(chain: &Chain, key: &Keypair, id: u64, unit: u32, out: Output) -> anyhow::Result<()> {
	let at = chain.finalised().await?;
	questionable(&at, id, unit).await?;
	out.result(&ask_for(chain, key, id, unit).await?);
	Ok(())
}
