//! Shows what was demanded of our results on the chain.

use std::{collections::BTreeSet, time::Duration};

use anyhow::{ensure, Context};

use super::{
	answers::{Asked, Ours, Questions},
	notice::Notice,
	state::Workspace,
};
use crate::{
	blobs::{BlobHash, BlobSource},
	chain::{model::Revelation, At, Call, ChainError},
	guest::trap_of,
};

/// The demands for units of our results, each by job and unit.
pub(super) struct Demands(Ours);

impl Demands {
	pub(super) const fn new(ours: Ours) -> Self {
		Self(ours)
	}
}

impl Questions for Demands {
	type Name = (u64, u32);
	const WHAT: &'static str = "demands";
	// A demand leaves hours.
	const TICK: Duration = Duration::from_secs(6);

	async fn open(&mut self, at: &At) -> Result<Vec<Asked<(u64, u32)>>, ChainError> {
		// They are few, however many jobs there are.
		let demands = at.all_demands().await?;
		self.0.retain(&demands.iter().map(|(job, _)| *job).collect::<BTreeSet<_>>());
		let mut open = Vec::new();
		for (job, demand) in demands {
			if self.0.has(at, job).await? {
				open.push(Asked { by: demand.reveal_by, name: (job, demand.index) });
			}
		}
		Ok(open)
	}

	async fn answer(&self, (job, index): &(u64, u32)) -> anyhow::Result<Call> {
		let revelation = revelation(self.0.workspace(), *job, *index).await?;
		Ok(Call::RevealUnit(Box::new(revelation)))
	}

	fn shown(&self, (job, unit): (u64, u32)) -> Notice {
		Notice::Revealed { job, unit }
	}

	fn describe(&self, (job, index): &(u64, u32)) -> String {
		format!("unit {index} of job {job}")
	}
}

/// What shows unit `index` of job `job`, from what is on the disk.
async fn revelation(workspace: &Workspace, job: u64, index: u32) -> anyhow::Result<Revelation> {
	let board = workspace.clone();
	// A large result has a large tree.
	let find = move || {
		let found = board.record(job).and_then(|record| record.prove(index));
		found.context("the outputs are not in the data folder any more")
	};
	let (unit, opening) = tokio::task::spawn_blocking(find).await??;
	let result = if unit.trapped {
		Err(trap_of(&unit.hash).context("the unit stopped for a reason that is not known")?)
	} else {
		let output = workspace.get(unit.hash).await?;
		ensure!(BlobHash::of(&output) == unit.hash, "the output is damaged");
		Ok(output)
	};
	Ok(Revelation { job, index, result, opening })
}
