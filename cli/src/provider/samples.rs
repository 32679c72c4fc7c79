//! Shows what our results have for the samples that committees have drawn, beside the daemon's loop.
//!
//! Whoever does not is slashed as one that withholds data, so this goes on whatever the loop is busy with, and looks at the
//! chain's state, which is the same after a restart.

use std::{collections::BTreeSet, time::Duration};

use anyhow::Context;
use assay_proofs::merkle;
use subxt_signer::sr25519::Keypair;
use tokio::time::sleep;

use super::{notice::Notice, state::Workspace};
use crate::{
	chain::{
		checks::{Sample, Stage},
		model::JobState,
		Call, Chain, ChainError,
	},
	http::{JobBoard, Manifest},
	keys,
	output::Output,
};

/// Pause between two looks at the chain: there are hours, and on test networks less than a minute.
const TICK: Duration = Duration::from_secs(4);

/// Shows samples.
pub(super) struct Samples {
	key: Keypair,
	workspace: Workspace,
	out: Output,
	/// What could not be shown and was told to the operator.
	told: BTreeSet<u64>,
}

impl Samples {
	pub(super) fn new(key: Keypair, workspace: Workspace, out: Output) -> Self {
		Self { key, workspace, out, told: BTreeSet::new() }
	}

	/// Go on until the task is ended, connecting to the node of `first` again as often as it takes.
	pub(super) async fn run(mut self, first: Chain) {
		loop {
			match first.reconnect().await {
				Ok(chain) => {
					let error = self.session(&chain).await;
					tracing::debug!(%error, "whoever shows samples lost the node");
				},
				Err(error) => tracing::debug!(%error, "whoever shows samples cannot reach the node"),
			}
			sleep(TICK).await;
		}
	}

	/// Go on until the connection fails.
	async fn session(&mut self, chain: &Chain) -> ChainError {
		loop {
			if let Err(error) = self.show_all(chain).await {
				return error;
			}
			sleep(TICK).await;
		}
	}

	/// Show what is waited for.
	async fn show_all(&mut self, chain: &Chain) -> Result<(), ChainError> {
		let at = chain.timely().await?;
		if !at.has_checkers() {
			return Ok(());
		}
		let me = keys::account(&self.key);
		for job in at.jobs().await? {
			let JobState::Contested { bid, open: 1.., .. } = &job.state else { continue };
			if bid.provider != me {
				continue;
			}
			let Some(check) = at.check(job.id).await? else { continue };
			if !matches!(check.stage, Stage::Opening { .. }) {
				continue;
			}
			match self.show(chain, job.id, &check.sample).await {
				Ok(()) => self.out.result(&Notice::Shown { job: job.id, units: check.sample }),
				// Told once, and tried again until it is too late.
				Err(error) if self.told.insert(job.id) => tracing::error!(
					"cannot show what was committed to for units {:?} of job {} before block {}: {error:#}",
					check.sample,
					job.id,
					check.until
				),
				Err(_) => {},
			}
		}
		Ok(())
	}

	/// Show what our commitment has for these units of a job.
	async fn show(&self, chain: &Chain, job: u64, sample: &[u32]) -> anyhow::Result<()> {
		let manifest = self.workspace.manifest(job).context("the outputs are not in the data folder any more")?;
		let sample = opened(&manifest, sample).context("the list has no such units")?;
		chain.submit(&self.key, Call::OpenSample(Box::new(sample))).await?;
		Ok(())
	}
}

/// What the list has for these units, with the proofs of that.
fn opened(manifest: &Manifest, sample: &[u32]) -> Option<Sample> {
	let leaves: Vec<_> = manifest.outputs.iter().map(|unit| unit.hash.0).collect();
	let open = |index: &u32| {
		let unit = manifest.outputs.get(*index as usize)?;
		Some((unit.hash, merkle::prove(&leaves, *index)?))
	};
	Some(Sample { job: manifest.job, leaves: sample.iter().map(open).collect::<Option<_>>()? })
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{blobs::BlobHash, http::UnitRecord};

	#[test]
	fn sample_should_lead_to_the_root_of_the_list() {
		let unit = |number: u8| UnitRecord { hash: BlobHash([number; 32]), trapped: false };
		let manifest = Manifest { job: 3, outputs: (0..5).map(unit).collect() };
		let sample = opened(&manifest, &[1, 4]).unwrap();
		assert_eq!((sample.job, sample.leaves.len()), (3, 2));
		for ((hash, opening), index) in sample.leaves.iter().zip([1, 4]) {
			assert!(merkle::verify(&manifest.root().unwrap(), 5, index, &hash.0, opening));
		}
		assert_eq!(opened(&manifest, &[5]), None);
	}
}
