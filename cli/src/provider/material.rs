//! Shows guest and input of our jobs to committees that could not have them, on the chain.

use std::{collections::BTreeSet, time::Duration};

use anyhow::Context;

use super::{
	answers::{Asked, Ours, Questions},
	notice::Notice,
};
use crate::{
	blobs::{BlobHash, BlobSource},
	chain::{
		checks::{Program, Stage},
		At, Call, ChainError,
	},
};

/// Guest and input of a job of ours.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Wanted {
	job: u64,
	guest: BlobHash,
	input: BlobHash,
}

/// What committees could not have of our jobs.
pub(super) struct Material(Ours);

impl Material {
	pub(super) const fn new(ours: Ours) -> Self {
		Self(ours)
	}
}

impl Questions for Material {
	type Name = Wanted;
	const WHAT: &'static str = "guests and inputs";
	// There are hours, and on test networks less than a minute.
	const TICK: Duration = Duration::from_secs(4);

	async fn open(&mut self, at: &At) -> Result<Vec<Asked<Wanted>>, ChainError> {
		if !at.asks_for_data() {
			return Ok(Vec::new());
		}
		// They are few, however many jobs there are.
		let mut checks = at.all_checks().await?;
		checks.retain(|(_, check)| check.stage == Stage::Asked);
		self.0.retain(&checks.iter().map(|(job, _)| *job).collect::<BTreeSet<_>>());
		let mut open = Vec::new();
		for (job, check) in checks {
			if !self.0.has(at, job).await? {
				continue;
			}
			let Some(spec) = at.job(job).await?.map(|job| job.spec) else { continue };
			open.push(Asked { by: check.until, name: Wanted { job, guest: spec.guest, input: spec.input } });
		}
		Ok(open)
	}

	async fn answer(&self, Wanted { job, guest, input }: &Wanted) -> anyhow::Result<Call> {
		let workspace = self.0.workspace();
		let guest = workspace.get(*guest).await.context("the guest is not in the data folder any more")?;
		let input = workspace.get(*input).await.context("the input is not in the data folder any more")?;
		Ok(Call::ShowData(Box::new(Program { job: *job, guest, input })))
	}

	fn shown(&self, Wanted { job, .. }: Wanted) -> Notice {
		Notice::Published { job }
	}

	fn describe(&self, Wanted { job, .. }: &Wanted) -> String {
		format!("guest and input of job {job}")
	}
}
