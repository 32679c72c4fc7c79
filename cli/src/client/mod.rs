//! What a client does: post jobs, follow them, fetch and check their results, pay.

mod announce;
pub mod check;
pub mod dispute;
mod evidence;
pub mod fetch;
pub mod list;
pub mod report;
pub mod step;
pub mod submit;
pub mod watch;

use std::{
	fmt, fs,
	path::{Path, PathBuf},
};

use anyhow::{bail, ensure, Context};
use serde::Serialize;
use subxt_signer::sr25519::Keypair;

use self::{fetch::Outcomes, report::no_such_job, watch::Accept};
use crate::{
	amount::Amount,
	blobs::{BlobHash, BlobSource},
	chain::{
		model::{Event, Job, JobState},
		Call, Chain,
	},
	keys,
	output::Output,
};

/// Something was done to a job.
#[derive(Serialize)]
#[serde(rename_all = "snake_case", tag = "event")]
enum Notice {
	Cancelled {
		job: u64,
		block: u64,
		refunded: Amount,
	},
	Accepted {
		job: u64,
		block: u64,
		run_again: Vec<u32>,
	},
	Cleared {
		job: u64,
		block: u64,
		deposit: Amount,
	},
	Fetched {
		job: u64,
		/// One for each range, if it is paid for range by range.
		roots: Vec<BlobHash>,
		units: u32,
		trapped: u32,
		#[serde(skip_serializing_if = "Option::is_none")]
		out: Option<PathBuf>,
		#[serde(skip_serializing_if = "Option::is_none")]
		png: Option<PathBuf>,
	},
}

impl fmt::Display for Notice {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Self::Cancelled { job, block, refunded } => {
				write!(f, "job {job}: cancelled in block {block}, {refunded} refunded")
			},
			Self::Accepted { job, block, run_again } => {
				write!(f, "job {job}: accepted in block {block}, {} units were run again", run_again.len())
			},
			Self::Cleared { job, block, deposit } => {
				write!(f, "job {job}: cleared in block {block}, deposit of {deposit} released")
			},
			Self::Fetched { job, roots, units, trapped, out, png } => {
				match roots.as_slice() {
					[root] => write!(f, "job {job}: {units} outputs match the root {root}")?,
					roots => write!(f, "job {job}: {units} outputs match the roots of {} ranges", roots.len())?,
				}
				if *trapped > 0 {
					write!(f, " ({trapped} of them trapped)")?;
				}
				for path in [out, png].into_iter().flatten() {
					write!(f, "\n  written to {}", path.display())?;
				}
				Ok(())
			},
		}
	}
}

async fn job(chain: &Chain, id: u64) -> anyhow::Result<Job> {
	chain.finalised().await?.job(id).await?.with_context(|| no_such_job(id))
}

/// Whoever is not the client would only pay for being refused.
fn ensure_client(job: &Job, key: &Keypair) -> anyhow::Result<()> {
	let me = keys::account(key);
	ensure!(job.client == me, "job {} is not yours: its client is {}, and the key is that of {me}", job.id, job.client);
	Ok(())
}

/// Withdraw an open job.
pub async fn cancel(chain: &Chain, key: &Keypair, id: u64, out: Output) -> anyhow::Result<()> {
	let job = job(chain, id).await?;
	ensure_client(&job, key)?;
	ensure!(
		matches!(job.state, JobState::Open { .. }),
		"job {id} is {}: only an open job can be cancelled",
		job.state.name()
	);
	let included = chain.submit(key, Call::CancelJob(id)).await?;
	let refunded = included.events.iter().find_map(|event| match event {
		Event::JobRefunded { job, amount, .. } if *job == id => Some(*amount),
		_ => None,
	});
	out.result(&Notice::Cancelled { job: id, block: included.block, refunded: refunded.unwrap_or_default() });
	Ok(())
}

/// Check a committed result and pay for it.
pub async fn accept(
	chain: &Chain,
	accept: &Accept,
	id: u64,
	local: &impl BlobSource,
	out: Output,
) -> anyhow::Result<()> {
	let at = chain.finalised().await?;
	let job = at.job(id).await?.with_context(|| no_such_job(id))?;
	ensure_client(&job, &accept.key)?;
	ensure!(job.state.has_result(), "job {id} is {}: only a committed result can be accepted", job.state.name());
	let provider = fetch::provider_of(&at, &job).await?;
	let outcomes = fetch::reviewed(&job, &provider).await?;
	let run_again = fetch::verify(&job, &outcomes.manifest, accept.verify, &provider, local).await?;
	let included = chain.submit(&accept.key, Call::AcceptResult(id, job.units_due().start)).await?;
	out.result(&Notice::Accepted { job: id, block: included.block, run_again });
	Ok(())
}

/// Remove a job that has ended, and get its deposit back.
pub async fn clear(chain: &Chain, key: &Keypair, id: u64, out: Output) -> anyhow::Result<()> {
	let job = job(chain, id).await?;
	ensure!(job.state.is_final(), "job {id} is {}: only an ended job can be cleared", job.state.name());
	let included = chain.submit(key, Call::ClearJob(id)).await?;
	out.result(&Notice::Cleared { job: id, block: included.block, deposit: job.deposit });
	Ok(())
}

/// Fetch the outputs of a job, check them against the chain, and write them to files.
pub async fn fetch(
	chain: &Chain,
	id: u64,
	dir: Option<PathBuf>,
	png: Option<PathBuf>,
	local: &impl BlobSource,
	out: Output,
) -> anyhow::Result<()> {
	let at = chain.finalised().await?;
	let job = at.job(id).await?.with_context(|| no_such_job(id))?;
	if png.is_some() {
		ensure!(
			job.spec.guest == BlobHash::of(assay_guests::PATHTRACER),
			"job {id} was not done by the path tracer: use --out"
		);
	}
	let provider = fetch::provider_of(&at, &job).await?;
	let Outcomes { manifest, outputs } = fetch::outcomes(&job, &provider).await?;
	ensure!(
		png.is_none() || outputs.len() == job.spec.units as usize,
		"{} of {} units of job {id} are there: without the others the picture is not complete; use --out",
		outputs.len(),
		job.spec.units
	);
	if let Some(dir) = &dir {
		write_outputs(dir, &outputs)?;
	}
	if let Some(path) = &png {
		let input = fetch::obtain(job.spec.input, local, &provider).await.context("cannot get the scene")?;
		write_picture(path, &input, &outputs)?;
	}
	out.result(&Notice::Fetched {
		job: id,
		roots: job.results().into_iter().map(|(_, root)| root).collect(),
		units: manifest.outputs.len() as u32,
		trapped: manifest.outputs.iter().filter(|unit| unit.trapped).count() as u32,
		out: dir,
		png,
	});
	Ok(())
}

fn write_outputs(dir: &Path, outputs: &[Option<Vec<u8>>]) -> anyhow::Result<()> {
	fs::create_dir_all(dir).with_context(|| format!("cannot make {}", dir.display()))?;
	for (index, output) in outputs.iter().enumerate() {
		if let Some(output) = output {
			let path = dir.join(format!("{index:06}.out"));
			fs::write(&path, output).with_context(|| format!("cannot write {}", path.display()))?;
		}
	}
	Ok(())
}

fn write_picture(path: &Path, scene: &[u8], outputs: &[Option<Vec<u8>>]) -> anyhow::Result<()> {
	let mut tiles = Vec::with_capacity(outputs.len());
	for (index, output) in outputs.iter().enumerate() {
		match output {
			Some(output) => tiles.push(output.clone()),
			None => bail!("unit {index} trapped, so that the picture is not complete: use --out"),
		}
	}
	let picture = assay_guests::stitch(scene, &tiles).context("the outputs do not make a picture")?;
	fs::write(path, picture).with_context(|| format!("cannot write {}", path.display()))
}
