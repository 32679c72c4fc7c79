//! What is kept of a unit that was wrong, so that people can look at it: what was served, and what it should have been.

use std::{
	fmt, fs,
	path::{Path, PathBuf},
	time::Duration,
};

use anyhow::Context;
use assay_proofs::Outcome;
use serde::Serialize;

use super::dispute::{Claim, Material};
use crate::{
	blobs::{BlobHash, BlobSource, HttpSource},
	chain::model::Job,
};

/// How long to wait for what the provider serves. It is not needed for a dispute, and must not hold one up.
const SERVING_TIMEOUT: Duration = Duration::from_secs(5);

/// Where it is.
#[derive(Clone, Debug, Serialize)]
#[serde(rename = "evidence", tag = "event")]
pub(super) struct Evidence {
	job: u64,
	unit: u32,
	/// What was committed to, if its provider serves it.
	#[serde(skip_serializing_if = "Option::is_none")]
	claimed: Option<PathBuf>,
	/// What it comes to, unless it traps.
	#[serde(skip_serializing_if = "Option::is_none")]
	right: Option<PathBuf>,
	/// Both as a picture (path tracer only).
	#[serde(skip_serializing_if = "Option::is_none")]
	png: Option<PathBuf>,
}

impl fmt::Display for Evidence {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		write!(f, "job {}: unit {} is wrong", self.job, self.unit)?;
		let lines =
			[("as it was served", &self.claimed), ("as it should be", &self.right), ("both, in this order", &self.png)];
		for (what, path) in lines {
			if let Some(path) = path {
				write!(f, "\n  {what:<20}{}", path.display())?;
			}
		}
		Ok(())
	}
}

/// Keep in the folder `dir` what `claim` claims of a unit, if `provider` serves it, and the outcome that is `right`.
pub(super) async fn keep(
	dir: &Path,
	job: &Job,
	claim: &Claim,
	right: &Outcome,
	material: &Material,
	provider: &HttpSource,
) -> anyhow::Result<Evidence> {
	let claimed = match tokio::time::timeout(SERVING_TIMEOUT, provider.get(claim.leaf)).await {
		Ok(Ok(output)) => Some(output),
		_ => None,
	};
	write(dir, job, claim.index, claimed.as_deref(), right.result.as_deref().ok(), &material.input)
}

/// Write what there is.
fn write(
	dir: &Path,
	job: &Job,
	unit: u32,
	claimed: Option<&[u8]>,
	right: Option<&[u8]>,
	input: &[u8],
) -> anyhow::Result<Evidence> {
	fs::create_dir_all(dir).with_context(|| format!("cannot make {}", dir.display()))?;
	let put = |name: &str, bytes: Option<&[u8]>| {
		let path = dir.join(format!("job-{}-unit-{unit}{name}", job.id));
		let Some(bytes) = bytes else { return Ok(None) };
		fs::write(&path, bytes).with_context(|| format!("cannot write {}", path.display()))?;
		anyhow::Ok(Some(path))
	};
	let picture = match (claimed, right) {
		(Some(claimed), Some(right)) if job.spec.guest == BlobHash::of(assay_guests::PATHTRACER) => {
			Some(assay_guests::compare(input, unit, claimed, right).context("the outputs do not make a picture")?)
		},
		_ => None,
	};
	Ok(Evidence {
		job: job.id,
		unit,
		claimed: put("-claimed.out", claimed)?,
		right: put("-right.out", right)?,
		png: put(".png", picture.as_deref())?,
	})
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::client::fetch::tests::committed;

	#[test]
	fn disputed_tile_should_be_drawn_beside_the_true_one_when_both_are_there() {
		let dir = tempfile::tempdir().unwrap();
		let (mut job, input) = (committed(), assay_guests::demo_scene().unwrap());
		job.spec.guest = BlobHash::of(assay_guests::PATHTRACER);
		let kept = write(dir.path(), &job, 3, Some(&[1; 24]), Some(&[2; 24]), &input).unwrap();
		assert_eq!(fs::read(kept.claimed.unwrap()).unwrap(), [1; 24]);
		assert_eq!(fs::read(kept.right.unwrap()).unwrap(), [2; 24]);
		assert_eq!(fs::read(kept.png.unwrap()).unwrap(), assay_guests::compare(&input, 3, &[1; 24], &[2; 24]).unwrap());
	}

	#[test]
	fn what_there_is_should_be_kept_when_one_side_has_no_output() {
		let dir = tempfile::tempdir().unwrap();
		let kept = write(dir.path(), &committed(), 3, None, Some(&[2; 24]), b"x").unwrap();
		assert!(kept.claimed.is_none() && kept.right.is_some() && kept.png.is_none());
	}
}
