//! Shows what our results have for the samples that committees have drawn.

use std::{collections::BTreeSet, time::Duration};

use anyhow::Context;
use assay_proofs::merkle;

use super::{
	answers::{Asked, Ours, Questions},
	notice::Notice,
};
use crate::{
	chain::{
		checks::{Sample, Stage},
		At, Call, ChainError,
	},
	http::{JobBoard, Manifest},
};

/// A sample of a result. Another committee draws another one.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Drawn {
	job: u64,
	units: Vec<u32>,
}

/// The samples of our results that are waited for.
pub(super) struct Samples(Ours);

impl Samples {
	pub(super) const fn new(ours: Ours) -> Self {
		Self(ours)
	}
}

impl Questions for Samples {
	type Name = Drawn;
	const WHAT: &'static str = "samples";
	// There are hours, and on test networks less than a minute.
	const TICK: Duration = Duration::from_secs(4);

	async fn open(&mut self, at: &At) -> Result<Vec<Asked<Drawn>>, ChainError> {
		if !at.has_checkers() {
			return Ok(Vec::new());
		}
		// They are few, however many jobs there are.
		let mut checks = at.all_checks().await?;
		checks.retain(|(_, check)| matches!(check.stage, Stage::Opening { .. }));
		self.0.retain(&checks.iter().map(|(job, _)| *job).collect::<BTreeSet<_>>());
		let mut open = Vec::new();
		for (job, check) in checks {
			if self.0.has(at, job).await? {
				open.push(Asked { by: check.until, name: Drawn { job, units: check.sample } });
			}
		}
		Ok(open)
	}

	async fn answer(&self, Drawn { job, units }: &Drawn) -> anyhow::Result<Call> {
		let (board, job, units) = (self.0.workspace().clone(), *job, units.clone());
		// A large result has a large tree.
		let find = move || {
			let manifest = board.manifest(job).context("the outputs are not in the data folder any more")?;
			opened(&manifest, &units).context("the list has no such units")
		};
		let sample = tokio::task::spawn_blocking(find).await??;
		Ok(Call::OpenSample(Box::new(sample)))
	}

	fn shown(&self, Drawn { job, units }: Drawn) -> Notice {
		Notice::Shown { job, units }
	}

	fn describe(&self, Drawn { job, units }: &Drawn) -> String {
		format!("what was committed to for units {units:?} of job {job}")
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
