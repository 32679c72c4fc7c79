//! Having the chain decide about a unit of a result, or show it.

use std::fmt;

use anyhow::{bail, ensure, Context};
use serde::Serialize;
use subxt_signer::sr25519::Keypair;

use assay_proofs::merkle;

use super::{fetch, report::no_such_job};
use crate::{
	amount::Amount,
	blobs::{BlobHash, BlobSource},
	chain::{
		model::{BlockNumber, Dispute, Event, Job, ProofEvent},
		At, Call, Chain,
	},
	guest::{self, Program},
	output::Output,
};

/// What became of a question about a unit.
#[derive(Serialize)]
#[serde(rename_all = "snake_case", tag = "event")]
enum Notice {
	Refuted { job: u64, unit: u32, block: u64, found: BlobHash, gas: u64, slashed: Amount },
	Upheld { job: u64, unit: u32, block: u64, gas: u64, paid: Amount },
	Demanded { job: u64, unit: u32, block: u64, deposit: Amount, reveal_by: BlockNumber },
}

impl fmt::Display for Notice {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Self::Refuted { job, unit, block, found, gas, slashed } => write!(
				f,
				"job {job}: the chain ran unit {unit} in block {block} with {gas} gas and came to {found}: the client has \
				 its money back, and the provider is slashed by {slashed}"
			),
			Self::Upheld { job, unit, block, gas, paid } => write!(
				f,
				"job {job}: the chain ran unit {unit} in block {block} with {gas} gas, and it is right: {paid} of your \
				 bond went to the provider"
			),
			Self::Demanded { job, unit, block, deposit, reveal_by } => write!(
				f,
				"job {job}: unit {unit} demanded in block {block}, {deposit} on hold; the provider has until block \
				 {reveal_by} to show it"
			),
		}
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
	ensure!(
		unit < job.spec.units,
		"job {id} has {} units, of which the first is 0: there is no {unit}",
		job.spec.units
	);
	Ok(job)
}

/// Run unit `unit` of job `id` here, and have the chain do the same if it comes to something else than its provider
/// committed to.
///
/// With `force` the chain is asked either way.
pub async fn dispute(
	chain: &Chain,
	key: &Keypair,
	id: u64,
	unit: u32,
	force: bool,
	local: &impl BlobSource,
	out: Output,
) -> anyhow::Result<()> {
	let at = chain.finalised().await?;
	let job = questionable(&at, id, unit).await?;
	let provider = fetch::provider_of(&at, &job).await?;
	let manifest =
		fetch::manifest(&job, &provider).await.with_context(|| {
			format!("without the provider's list nothing can be disputed; `assay job demand {id} {unit}` has it show the unit")
		})?;
	let guest = fetch::obtain(job.spec.guest, local, &provider).await.context("cannot get the guest")?;
	let input = fetch::obtain(job.spec.input, local, &provider).await.context("cannot get the input")?;
	let leaves: Vec<_> = manifest.outputs.iter().map(|unit| unit.hash.0).collect();
	let (Some(claimed), Some(opening)) = (leaves.get(unit as usize).copied(), merkle::prove(&leaves, unit)) else {
		bail!("the provider's list has no unit {unit}");
	};

	let (module, bytes, limit) = (guest.clone(), input.clone(), job.spec.gas_per_unit);
	let run = move || Ok::<_, anyhow::Error>(guest::leaf(&Program::load(&module, bytes, limit)?.run(unit)?));
	let found = tokio::task::spawn_blocking(run).await.context("the unit broke off")??;
	ensure!(
		force || found.0 != claimed,
		"unit {unit} of job {id} is right: it came to {found} here as well, and a dispute would cost the bond; --force \
		 asks the chain all the same"
	);

	let claimed = BlobHash(claimed);
	let dispute = Dispute { job: id, index: unit, claimed, opening, gas_limit: limit, guest, input };
	let included = chain.submit(key, Call::DisputeUnit(Box::new(dispute))).await?;
	let block = included.block;
	let notice = included.events.iter().find_map(|event| match event {
		Event::Proof(ProofEvent::Refuted { found, gas, slashed, .. }) => {
			Some(Notice::Refuted { job: id, unit, block, found: *found, gas: *gas, slashed: *slashed })
		},
		Event::Proof(ProofEvent::Upheld { gas, paid, .. }) => {
			Some(Notice::Upheld { job: id, unit, block, gas: *gas, paid: *paid })
		},
		_ => None,
	});
	out.result(&notice.with_context(|| format!("the chain did not say what it decided about job {id}"))?);
	Ok(())
}

/// Have the provider of job `id` show unit `unit` on the chain.
pub async fn demand(chain: &Chain, key: &Keypair, id: u64, unit: u32, out: Output) -> anyhow::Result<()> {
	let at = chain.finalised().await?;
	questionable(&at, id, unit).await?;
	let included = chain.submit(key, Call::DemandUnit { job: id, index: unit }).await?;
	let notice = included.events.iter().find_map(|event| match event {
		Event::Proof(ProofEvent::Demanded { deposit, reveal_by, .. }) => {
			Some(Notice::Demanded { job: id, unit, block: included.block, deposit: *deposit, reveal_by: *reveal_by })
		},
		_ => None,
	});
	out.result(&notice.with_context(|| format!("the chain did not say that unit {unit} of job {id} was demanded"))?);
	Ok(())
}
