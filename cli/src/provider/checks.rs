//! Shows committees what they wait for: what our results have for the samples that they have drawn, and guest and input of our
//! jobs where they could not have them.

use std::{collections::BTreeSet, time::Duration};

use anyhow::Context;
use assay_proofs::merkle::Opening;

use super::{
	answers::{Asked, Ours, Questions},
	notice::Notice,
	state::JobRecord,
};
use crate::{
	blobs::{BlobHash, BlobSource},
	chain::{
		checks::{Program, Sample, Stage},
		At, Call, ChainError,
	},
};

/// What a committee waits for.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Wanted {
	/// What was committed to for a sample. Another committee draws another one.
	Sample { job: u64, units: Vec<u32> },
	/// Guest and input.
	Data { job: u64, guest: BlobHash, input: BlobHash },
}

/// What committees wait for of our results.
pub(super) struct Checks(Ours);

impl Checks {
	pub(super) const fn new(ours: Ours) -> Self {
		Self(ours)
	}
}

impl Questions for Checks {
	type Name = Wanted;
	const WHAT: &'static str = "checks";
	// There are hours, and on test networks less than a minute.
	const TICK: Duration = Duration::from_secs(4);

	async fn open(&mut self, at: &At) -> Result<Vec<Asked<Wanted>>, ChainError> {
		if !at.has_checkers() {
			return Ok(Vec::new());
		}
		// They are few, however many jobs there are.
		let mut checks = at.all_checks().await?;
		checks.retain(|(_, check)| matches!(check.stage, Stage::Opening { .. } | Stage::Asked));
		self.0.retain(&checks.iter().map(|(job, _)| *job).collect::<BTreeSet<_>>());
		let mut open = Vec::new();
		for (job, check) in checks {
			if !self.0.has(at, job).await? {
				continue;
			}
			let name = if check.stage == Stage::Asked {
				let Some(spec) = at.job(job).await?.map(|job| job.spec) else { continue };
				Wanted::Data { job, guest: spec.guest, input: spec.input }
			} else {
				Wanted::Sample { job, units: check.sample }
			};
			open.push(Asked { by: check.until, name });
		}
		Ok(open)
	}

	async fn answer(&self, name: &Wanted) -> anyhow::Result<Call> {
		let workspace = self.0.workspace();
		match name {
			Wanted::Sample { job, units } => {
				let (board, job, units) = (workspace.clone(), *job, units.clone());
				// A large result has a large tree.
				let find = move || {
					let leaves = board.record(job).and_then(|record| opened(&record, &units));
					let leaves = leaves.context("the outputs are not in the data folder any more")?;
					anyhow::Ok(Sample { job, leaves })
				};
				let sample = tokio::task::spawn_blocking(find).await??;
				Ok(Call::OpenSample(Box::new(sample)))
			},
			Wanted::Data { job, guest, input } => {
				let guest = workspace.get(*guest).await.context("the guest is not in the data folder any more")?;
				let input = workspace.get(*input).await.context("the input is not in the data folder any more")?;
				Ok(Call::ShowData(Box::new(Program { job: *job, guest, input })))
			},
		}
	}

	fn shown(&self, name: Wanted) -> Notice {
		match name {
			Wanted::Sample { job, units } => Notice::Shown { job, units },
			Wanted::Data { job, .. } => Notice::Published { job },
		}
	}

	fn describe(&self, name: &Wanted) -> String {
		match name {
			Wanted::Sample { job, units } => format!("what was committed to for units {units:?} of job {job}"),
			Wanted::Data { job, .. } => format!("guest and input of job {job}"),
		}
	}
}

/// What was committed to for these units, with the proofs of that.
fn opened(record: &JobRecord, sample: &[u32]) -> Option<Vec<(BlobHash, Opening)>> {
	sample.iter().map(|index| record.prove(*index).map(|(unit, opening)| (unit.hash, opening))).collect()
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::provider::state::{Work, Workspace};
	use assay_proofs::{merkle, Outcome};

	#[test]
	fn sample_should_lead_to_the_root_of_its_range() {
		let dir = tempfile::tempdir().unwrap();
		let workspace = Workspace::open(dir.path()).unwrap();
		let (guest, input) = (BlobHash([0; 32]), BlobHash([0; 32]));
		for (job, range, sample, places) in [(3, None, [1, 4], [1, 4]), (4, Some(3), [3, 4], [0, 1])] {
			let work = Work { guest, input, units: 5, gas_per_unit: 1, range };
			let record = workspace.job(job, work).unwrap();
			for index in 0..5 {
				record.finish(index, &Outcome { result: Ok(vec![index as u8]), gas: 1 }).unwrap();
			}
			let (root, units) = (record.root(5).unwrap(), work.range_of(4).len() as u32);
			let leaves = opened(&record, &sample).unwrap();
			for ((hash, opening), place) in leaves.iter().zip(places) {
				assert!(merkle::verify(&root, units, place, &hash.0, opening));
			}
			assert_eq!(opened(&record, &[5]), None);
		}
	}
}
