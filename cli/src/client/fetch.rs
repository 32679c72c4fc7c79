//! Getting the outcomes of a job from its provider, and checking them.

use std::{
	collections::{hash_map::RandomState, BTreeSet},
	hash::BuildHasher,
	ops::Range,
};

use anyhow::{bail, ensure, Context};
use futures::{stream, StreamExt, TryStreamExt};

use crate::{
	blobs::{self, BlobHash, BlobSource, HttpSource, MemoryStore},
	chain::{model::Job, At},
	guest::{self, Program},
	http::Manifest,
};

/// Outputs that are fetched at once.
const PARALLEL_FETCHES: usize = 8;

/// The outcomes of some units of a job, as its provider committed to them.
pub struct Outcomes {
	/// What the roots on the chain were made of.
	pub manifest: Manifest,
	/// The outputs by unit, from the first of those on; `None` where the unit trapped.
	pub outputs: Vec<Option<Vec<u8>>>,
}

/// Where the provider of `job` serves.
pub async fn provider_of(at: &At, job: &Job) -> anyhow::Result<HttpSource> {
	let bid = job.bid().with_context(|| format!("job {} has no provider yet", job.id))?;
	let machine = at
		.machine(bid.machine)
		.await?
		.with_context(|| format!("machine {} is no longer registered: nobody serves job {}", bid.machine, job.id))?;
	HttpSource::new(&machine.endpoint).with_context(|| format!("the endpoint of machine {} is no use", bid.machine))
}

/// Fetch the list of what the provider of `job` committed to, up to the last range if it is paid for range by range. One that does
/// not match the roots on the chain is refused.
pub async fn manifest(job: &Job, provider: &HttpSource) -> anyhow::Result<Manifest> {
	let (id, results) = (job.id, job.results());
	let Some((last, _)) = results.last() else {
		bail!("job {id} is {}: there is no result yet", job.state.name());
	};
	let mut manifest: Manifest = provider
		.document(&format!("/jobs/{id}/outputs"))
		.await?
		.with_context(|| format!("{} does not serve job {id}", provider.base()))?;
	// What is beyond is nothing that anybody has committed to.
	manifest.outputs.truncate(last.end as usize);
	// Whether a unit trapped is said beside what the root binds: whoever said so of an output would not have to serve it.
	let traps = manifest.outputs.iter().all(|unit| unit.trapped == guest::trap_of(&unit.hash).is_some());
	ensure!(
		traps && results.iter().all(|(units, root)| manifest.root_of(units) == Some(root.0)),
		"refused: what {} serves for job {id} is not what its provider committed to on the chain",
		provider.base()
	);
	Ok(manifest)
}

/// Fetch all outcomes of `job` that its provider has committed to. Whatever does not match the roots on the chain is refused.
pub async fn outcomes(job: &Job, provider: &HttpSource) -> anyhow::Result<Outcomes> {
	let manifest = manifest(job, provider).await?;
	let all = 0..manifest.outputs.len() as u32;
	fetch(manifest, &all, provider).await
}

/// Fetch those of the result under review only.
pub async fn reviewed(job: &Job, provider: &HttpSource) -> anyhow::Result<Outcomes> {
	fetch(manifest(job, provider).await?, &job.units_due(), provider).await
}

async fn fetch(manifest: Manifest, units: &Range<u32>, provider: &HttpSource) -> anyhow::Result<Outcomes> {
	let listed = manifest.units(units).context("the list is too short")?;
	let outputs = stream::iter(listed.iter().map(|unit| async move {
		match unit.trapped {
			true => Ok(None),
			false => provider.get(unit.hash).await.map(Some),
		}
	}))
	.buffered(PARALLEL_FETCHES)
	.try_collect()
	.await?;
	Ok(Outcomes { manifest, outputs })
}

/// Which outputs of these units the provider does not serve, but for those in `shown`. They are fetched, checked and forgotten.
pub(super) async fn missing(
	manifest: &Manifest,
	units: &Range<u32>,
	shown: &BTreeSet<u32>,
	provider: &HttpSource,
) -> Vec<u32> {
	let listed = units.clone().zip(manifest.units(units).unwrap_or_default());
	let outputs = listed.filter(|(index, unit)| !unit.trapped && !shown.contains(index));
	stream::iter(outputs.map(|(index, unit)| async move { provider.get(unit.hash).await.err().map(|_| index) }))
		.buffered(PARALLEL_FETCHES)
		.filter_map(|missing| async move { missing })
		.collect()
		.await
}

/// Run `count` units of the result of `job` under review here, drawn at random, and compare. Returns which.
pub async fn verify(
	job: &Job,
	manifest: &Manifest,
	count: u32,
	provider: &HttpSource,
	local: &impl BlobSource,
) -> anyhow::Result<Vec<u32>> {
	let guest = obtain(job.spec.guest, local, provider).await.context("cannot get the guest to verify with")?;
	let input = obtain(job.spec.input, local, provider).await.context("cannot get the input to verify with")?;
	let units: Vec<_> = sample(&job.units_due(), count)
		.into_iter()
		.filter_map(|index| manifest.outputs.get(index as usize).map(|unit| (index, unit.hash)))
		.collect();
	let (id, limit) = (job.id, job.spec.gas_per_unit);
	let check = move || {
		let program = Program::load(&guest, input, limit)?;
		for (index, claimed) in &units {
			let actual = guest::leaf(&program.run(*index)?);
			ensure!(
				actual == *claimed,
				"unit {index} of job {id} is wrong: it is {actual} here and {claimed} at the provider; do not accept it"
			);
		}
		Ok(units.into_iter().map(|(index, _)| index).collect())
	};
	tokio::task::spawn_blocking(check).await.context("the verification broke off")?
}

/// From `local`, else from the provider.
pub async fn obtain(hash: BlobHash, local: &impl BlobSource, provider: &HttpSource) -> anyhow::Result<Vec<u8>> {
	match local.get(hash).await {
		Ok(bytes) => Ok(bytes),
		Err(_) => Ok(blobs::obtain(hash, &MemoryStore::default(), provider).await?),
	}
}

/// Up to `count` different ones of `units`, which nobody can foresee.
pub(super) fn sample(units: &Range<u32>, count: u32) -> BTreeSet<u32> {
	let mut chosen = BTreeSet::new();
	let all = units.len() as u64;
	if u64::from(count) >= all {
		return units.clone().collect();
	}
	// The standard library keys its hash maps from the system's randomness; that is all the randomness needed here.
	let random = RandomState::new();
	let mut draw = 0u64;
	while (chosen.len() as u32) < count {
		// The bias of the remainder is below 2⁻³².
		chosen.insert(units.start + (random.hash_one(draw) % all) as u32);
		draw += 1;
	}
	chosen
}

#[cfg(test)]
pub(super) mod tests {
	use super::*;
	use crate::{
		amount::Amount,
		chain::model::{Bid, JobSpec, JobState, Payment, Ranges},
		fraction::Share,
		guest::tests::echo,
		http::{self, JobBoard},
		provider::{
			conduct::Honest,
			execute::Workers,
			state::{Work, Workspace},
		},
	};
	use subxt::utils::AccountId32;

	const GAS: u64 = 1_000_000;
	const UNITS: u32 = 6;

	/// Says of a job what it was told.
	struct Board(Manifest);

	impl JobBoard for Board {
		fn progress(&self, _: u64) -> Option<http::Progress> {
			None
		}

		fn manifest(&self, _: u64) -> Option<Manifest> {
			Some(self.0.clone())
		}
	}

	/// A job of six units with a result.
	pub(in crate::client) fn committed() -> Job {
		let spec = JobSpec {
			guest: BlobHash::of(&echo(4)),
			input: BlobHash::of(b"x"),
			units: UNITS,
			gas_per_unit: GAS,
			ceiling: Amount(1),
			min_tier: 1,
			min_reputation: Share(0),
			auction_blocks: 1,
			deadline: 1,
			review_blocks: 1,
			source: String::new(),
		};
		let bid = Bid { provider: AccountId32([1; 32]), machine: 0, price: Amount(1) };
		Job {
			id: 5,
			client: AccountId32([2; 32]),
			spec,
			payment: Payment::Native,
			escrow: Amount(0),
			deposit: Amount(0),
			state: JobState::Committed { bid, root: BlobHash([0; 32]), review_ends: 9 },
			ranges: None,
		}
	}

	/// A provider that has done a job, and the job as it stands on the chain.
	pub(in crate::client) async fn provider(dir: &std::path::Path) -> (HttpSource, Job, Workspace) {
		let workspace = Workspace::open(dir).unwrap();
		let guest = workspace.blobs().write(&echo(4)).unwrap();
		let input = workspace.blobs().write(b"x").unwrap();
		let work = Work { guest, input, units: UNITS, gas_per_unit: GAS, range: None };
		let record = workspace.job(5, work).unwrap();
		let program = Program::load(&echo(4), b"x".to_vec(), GAS).unwrap();
		let root = Workers::start(1).unwrap().run(&program, &record, work.units, &Honest).unwrap().unwrap();
		let listener = http::listen(([127, 0, 0, 1], 0).into()).await.unwrap();
		let source = HttpSource::new(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
		tokio::spawn(http::serve(listener, workspace.clone(), workspace.clone(), std::future::pending()));
		let mut job = committed();
		if let JobState::Committed { root: committed, .. } = &mut job.state {
			*committed = BlobHash(root);
		}
		(source, job, workspace)
	}

	#[tokio::test]
	async fn outcomes_should_be_fetched_and_verified_against_the_root() {
		let dir = tempfile::tempdir().unwrap();
		let (source, job, _workspace) = provider(dir.path()).await;
		let outcomes = outcomes(&job, &source).await.unwrap();
		assert_eq!(outcomes.outputs[2].as_deref(), Some([2, 0, 0, 0, b'x'].as_slice()));
		assert_eq!(outcomes.outputs[4], None);
		let verified = verify(&job, &outcomes.manifest, 100, &source, &MemoryStore::default()).await.unwrap();
		assert_eq!(verified, (0..UNITS).collect::<Vec<_>>());
	}

	#[tokio::test]
	async fn outcomes_should_be_refused_when_the_chain_says_otherwise() {
		let dir = tempfile::tempdir().unwrap();
		let (source, mut job, _workspace) = provider(dir.path()).await;
		if let JobState::Committed { root, .. } = &mut job.state {
			*root = BlobHash([0; 32]);
		}
		let error = outcomes(&job, &source).await.err().unwrap().to_string();
		assert!(error.contains("committed"), "{error}");
	}

	#[tokio::test]
	async fn outcomes_of_a_range_should_be_fetched_and_verified_against_its_root() {
		let dir = tempfile::tempdir().unwrap();
		let (source, mut job, workspace) = provider(dir.path()).await;
		let manifest = workspace.manifest(5).unwrap();
		let root = |units: Range<u32>| BlobHash(manifest.root_of(&units).unwrap());
		// The first two units are paid for, the next two are under review, the last two are done.
		let (paid, burned, to_treasury) = (Amount(1), Amount(0), Amount(0));
		let mut ranges = Ranges { length: 2, roots: vec![root(0..2)], bid: None, paid, burned, to_treasury };
		job.ranges = Some(ranges.clone());
		if let JobState::Committed { root: committed, .. } = &mut job.state {
			*committed = root(2..4);
		}
		assert_eq!((job.units_due(), job.units_after()), (2..4, Some(4..6)));
		let all = outcomes(&job, &source).await.unwrap();
		assert_eq!((all.outputs.len(), all.manifest.outputs.len()), (4, 4));
		let reviewed = reviewed(&job, &source).await.unwrap();
		assert_eq!(reviewed.outputs, [Some(vec![2, 0, 0, 0, b'x']), Some(vec![3, 0, 0, 0, b'x'])]);
		let verified = verify(&job, &reviewed.manifest, 100, &source, &MemoryStore::default()).await.unwrap();
		assert_eq!(verified, [2, 3]);
		// What was paid for is looked at as well.
		ranges.roots = vec![root(1..3)];
		job.ranges = Some(ranges);
		let error = outcomes(&job, &source).await.err().unwrap().to_string();
		assert!(error.contains("refused"), "{error}");
	}

	#[tokio::test]
	async fn manifest_should_be_refused_when_an_output_passes_for_a_trap() {
		let dir = tempfile::tempdir().unwrap();
		let (_, job, workspace) = provider(dir.path()).await;
		let listener = http::listen(([127, 0, 0, 1], 0).into()).await.unwrap();
		let source = HttpSource::new(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
		let mut lie = workspace.manifest(5).unwrap();
		lie.outputs[1].trapped = true;
		tokio::spawn(http::serve(listener, workspace, Board(lie), std::future::pending()));
		let error = manifest(&job, &source).await.err().unwrap().to_string();
		assert!(error.contains("refused"), "{error}");
	}

	#[tokio::test]
	async fn verification_should_fail_when_a_unit_is_wrong() {
		let dir = tempfile::tempdir().unwrap();
		let (source, job, workspace) = provider(dir.path()).await;
		let mut manifest = workspace.manifest(5).unwrap();
		manifest.outputs[3].hash = BlobHash([0; 32]);
		let error = verify(&job, &manifest, UNITS, &source, &MemoryStore::default()).await.unwrap_err().to_string();
		assert!(error.contains("unit 3"), "{error}");
	}

	#[test]
	fn sample_should_have_different_units_in_range() {
		let drawn = sample(&(500..1_000), 20);
		assert_eq!(drawn.len(), 20);
		assert!(drawn.iter().all(|index| (500..1_000).contains(index)));
		assert_ne!(drawn, sample(&(500..1_000), 20));
		assert_eq!(sample(&(4..7), 7), BTreeSet::from([4, 5, 6]));
	}
}
