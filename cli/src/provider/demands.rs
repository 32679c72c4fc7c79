//! Shows what was demanded of our results on the chain, beside the daemon's loop.
//!
//! Whoever lets a demand pass loses the whole stake of a machine, so this goes on whatever the loop is busy with, and looks
//! at the chain's state, which is the same after a restart.

use std::{collections::BTreeSet, time::Duration};

use anyhow::{ensure, Context};
use assay_proofs::merkle;
use subxt_signer::sr25519::Keypair;
use tokio::time::sleep;

use super::{notice::Notice, state::Workspace};
use crate::{
	blobs::BlobSource,
	chain::{
		model::{JobState, Revelation},
		Call, Chain, ChainError,
	},
	guest::trap_of,
	http::JobBoard,
	keys,
	output::Output,
};

/// Pause between two looks at the chain: a demand leaves hours.
const TICK: Duration = Duration::from_secs(6);

/// Answers demands.
pub(super) struct Demands {
	key: Keypair,
	workspace: Workspace,
	out: Output,
	/// What could not be answered and was told to the operator.
	told: BTreeSet<(u64, u32)>,
}

impl Demands {
	pub(super) fn new(key: Keypair, workspace: Workspace, out: Output) -> Self {
		Self { key, workspace, out, told: BTreeSet::new() }
	}

	/// Go on until the task is ended, connecting to the node again as often as it takes.
	pub(super) async fn run(mut self, node: String) {
		loop {
			match Chain::connect(&node).await {
				Ok(chain) => {
					let error = self.session(&chain).await;
					tracing::debug!(%error, "whoever answers demands lost the node");
				},
				Err(error) => tracing::debug!(%error, "whoever answers demands cannot reach the node"),
			}
			sleep(TICK).await;
		}
	}

	/// Go on until the connection fails.
	async fn session(&mut self, chain: &Chain) -> ChainError {
		loop {
			if let Err(error) = self.answer_all(chain).await {
				return error;
			}
			sleep(TICK).await;
		}
	}

	/// Answer what is demanded of our results.
	async fn answer_all(&mut self, chain: &Chain) -> Result<(), ChainError> {
		let at = chain.finalised().await?;
		let me = keys::account(&self.key);
		for job in at.jobs().await? {
			let JobState::Contested { bid, open, .. } = &job.state else { continue };
			if *open == 0 || bid.provider != me {
				continue;
			}
			for demand in at.demands(job.id).await? {
				match self.answer(chain, job.id, demand.index).await {
					Ok(()) => self.out.result(&Notice::Revealed { job: job.id, unit: demand.index }),
					// Told once, and tried again until it is too late.
					Err(error) if self.told.insert((job.id, demand.index)) => tracing::error!(
						"cannot show unit {} of job {} before block {}: {error:#}",
						demand.index,
						job.id,
						demand.reveal_by
					),
					Err(_) => {},
				}
			}
		}
		Ok(())
	}

	/// Show unit `index` of job `job`.
	async fn answer(&self, chain: &Chain, job: u64, index: u32) -> anyhow::Result<()> {
		let manifest = self.workspace.manifest(job).context("the outputs are not in the data folder any more")?;
		let leaves: Vec<_> = manifest.outputs.iter().map(|unit| unit.hash.0).collect();
		let unit = manifest.outputs.get(index as usize).context("there is no such unit")?;
		let opening = merkle::prove(&leaves, index).context("there is no such unit")?;
		let result = if unit.trapped {
			Err(trap_of(&unit.hash).context("the unit stopped for a reason that is not known")?)
		} else {
			let output = self.workspace.get(unit.hash).await?;
			ensure!(crate::blobs::BlobHash::of(&output) == unit.hash, "the output is damaged");
			Ok(output)
		};
		chain.submit(&self.key, Call::RevealUnit(Box::new(Revelation { job, index, result, opening }))).await?;
		Ok(())
	}
}
