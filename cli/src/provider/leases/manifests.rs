//! What clients want run: fetched by hash, bounded in size and time, and kept as long as an order or lease names it.

use std::{
	collections::{BTreeSet, HashMap},
	future::Future,
	time::Duration,
};

use tokio::time::timeout;

use crate::{
	blobs::{self, BlobError, BlobHash, DirStore, HttpSource},
	chain::model::{BlockNumber, Lease},
	leased::LARGEST_MANIFEST,
};

/// How long it may take to fetch one.
const FETCH_LIMIT: Duration = Duration::from_secs(30);
/// How many are fetched at once for orders. What we have a lease for does not wait.
const PARALLEL: usize = 8;
/// How many of them from one host. Who is slow to serve must not keep us from others.
const MOST_OF_ONE: usize = 2;
/// Blocks until a source that could not be reached is tried again, times the number of attempts so far.
const RETRY_BLOCKS: BlockNumber = 2;
/// Most blocks until then.
const LONGEST_RETRY: BlockNumber = 100;

/// What is wanted, and where it is to be had. Another source may serve what this one does not.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(super) struct Origin {
	/// Its hash.
	pub manifest: BlobHash,
	source: String,
}

impl From<&Lease> for Origin {
	fn from(lease: &Lease) -> Self {
		Self { manifest: lease.spec.manifest, source: lease.spec.source.clone() }
	}
}

impl Origin {
	async fn fetch(self, store: DirStore, limit: Duration) -> Result<(), FetchError> {
		let source = HttpSource::new(&self.source)?.with_limit(LARGEST_MANIFEST);
		let fetched = timeout(limit, blobs::obtain(self.manifest, &store, &source)).await;
		fetched.map_err(|_| FetchError::Slow(limit))??;
		Ok(())
	}
}

/// Why a manifest could not be had.
#[derive(Debug, thiserror::Error)]
pub(super) enum FetchError {
	#[error(transparent)]
	Blob(#[from] BlobError),
	#[error("it was not there within {} s", .0.as_secs())]
	Slow(Duration),
}

/// What is known of a manifest that is not held.
#[derive(Clone, Copy, Debug)]
enum Known {
	/// It is being fetched, after so many attempts that failed.
	UnderWay { attempts: u32 },
	/// To be tried again at that block.
	Later { at: BlockNumber, attempts: u32 },
}

/// All manifests that the daemon knows of.
pub(super) struct Manifests {
	store: DirStore,
	held: BTreeSet<BlobHash>,
	known: HashMap<Origin, Known>,
	limit: Duration,
}

impl Manifests {
	/// Manifests that are kept in `store`.
	pub fn new(store: DirStore) -> Self {
		Self { store, held: BTreeSet::new(), known: HashMap::new(), limit: FETCH_LIMIT }
	}

	/// Whether what `lease` wants run is held.
	pub fn has(&self, lease: &Lease) -> bool {
		self.held.contains(&lease.spec.manifest)
	}

	/// Begin to fetch what `lease` wants run, which is `ours` or might come to be, unless it is not its turn in block `now`. What
	/// comes of it is to be [told](Self::fetched).
	pub fn fetch(
		&mut self,
		lease: &Lease,
		ours: bool,
		now: BlockNumber,
	) -> Option<(Origin, impl Future<Output = Result<(), FetchError>> + Send + 'static)> {
		let origin = Origin::from(lease);
		let attempts = match self.known.get(&origin) {
			None => 0,
			Some(Known::Later { at, attempts }) if now >= *at => *attempts,
			Some(_) => return None,
		};
		if !ours && !self.has_room(&origin) {
			return None;
		}
		self.known.insert(origin.clone(), Known::UnderWay { attempts });
		Some((origin.clone(), origin.fetch(self.store.clone(), self.limit)))
	}

	/// Whether there is room for fetching one more from there.
	fn has_room(&self, origin: &Origin) -> bool {
		let under_way = || self.known.iter().filter(|(_, known)| matches!(known, Known::UnderWay { .. }));
		let host = blobs::host(&origin.source);
		under_way().count() < PARALLEL
			&& under_way().filter(|(other, _)| blobs::host(&other.source) == host).count() < MOST_OF_ONE
	}

	/// Take in what fetching came to in block `now`.
	pub fn fetched(&mut self, origin: Origin, result: Result<(), FetchError>, now: BlockNumber) {
		let attempts = match self.known.remove(&origin) {
			Some(Known::UnderWay { attempts }) => attempts.saturating_add(1),
			_ => 1,
		};
		match result {
			Ok(()) => {
				self.held.insert(origin.manifest);
			},
			Err(error) => {
				tracing::warn!(?origin, %error, "will be tried again");
				let at = now.saturating_add(RETRY_BLOCKS.saturating_mul(attempts).min(LONGEST_RETRY));
				self.known.insert(origin, Known::Later { at, attempts });
			},
		}
	}

	/// Forget, and remove from the disk, what no order or lease names.
	pub fn retain<'a>(&mut self, leases: impl Iterator<Item = &'a Lease> + Clone) -> Result<(), BlobError> {
		let named: BTreeSet<BlobHash> = leases.clone().map(|lease| lease.spec.manifest).collect();
		let origins: Vec<Origin> = leases.map(Origin::from).collect();
		self.held.retain(|hash| named.contains(hash));
		self.known.retain(|origin, known| matches!(known, Known::UnderWay { .. }) || origins.contains(origin));
		self.store.retain(|hash| named.contains(&hash))
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{
		amount::Amount,
		blobs::{BlobStore, MemoryStore},
		chain::model::{LeaseSpec, LeaseState, Payment},
		http::{self, NoJobs},
	};
	use subxt::utils::AccountId32;

	fn lease(manifest: BlobHash, source: &str) -> Lease {
		let spec = LeaseSpec {
			min_tier: 1,
			region: None,
			slots: 1,
			ceiling: Amount(1),
			auction_blocks: 10,
			max_blocks: None,
			grace_blocks: 0,
			min_notice: 1,
			manifest,
			source: source.to_owned(),
		};
		let state = LeaseState::Open { closes_at: 10, latest: 20, best: None };
		let (client, payment, deposit) = (AccountId32([1; 32]), Payment::Native, Amount(1));
		Lease { id: 3, client, spec, payment, sources: vec![], deposit, state }
	}

	/// A server with these blobs.
	async fn serving(blobs: &[Vec<u8>]) -> String {
		let store = MemoryStore::default();
		for blob in blobs {
			store.put(blob.clone()).await.unwrap();
		}
		let listener = http::listen(([127, 0, 0, 1], 0).into()).await.unwrap();
		let url = format!("http://{}", listener.local_addr().unwrap());
		tokio::spawn(http::serve(listener, store, NoJobs, std::future::pending()));
		url
	}

	fn manifests(dir: &std::path::Path) -> Manifests {
		Manifests::new(DirStore::open(dir).unwrap())
	}

	async fn fetch(manifests: &mut Manifests, lease: &Lease, now: BlockNumber) {
		let (origin, fetching) = manifests.fetch(lease, false, now).unwrap();
		let result = fetching.await;
		manifests.fetched(origin, result, now);
	}

	#[tokio::test]
	async fn manifest_should_be_held_when_it_was_fetched_and_as_long_as_it_is_named() {
		let dir = tempfile::tempdir().unwrap();
		let url = serving(&[b"manifest".to_vec()]).await;
		let lease = lease(BlobHash::of(b"manifest"), &url);
		let mut manifests = manifests(dir.path());
		assert!(!manifests.has(&lease));
		fetch(&mut manifests, &lease, 1).await;
		assert!(manifests.has(&lease));
		manifests.retain([&lease].into_iter()).unwrap();
		assert!(manifests.has(&lease) && manifests.store.read(lease.spec.manifest).is_ok());
		manifests.retain([].into_iter()).unwrap();
		assert!(!manifests.has(&lease) && manifests.store.read(lease.spec.manifest).is_err());
	}

	#[tokio::test]
	async fn manifest_should_be_had_from_the_disk_when_nobody_serves_it_any_more() {
		let dir = tempfile::tempdir().unwrap();
		let mut manifests = manifests(dir.path());
		let lease = lease(manifests.store.write(b"manifest").unwrap(), "http://127.0.0.1:1");
		fetch(&mut manifests, &lease, 1).await;
		assert!(manifests.has(&lease));
	}

	#[tokio::test]
	async fn manifest_should_be_refused_when_it_is_too_large_and_tried_again_when_it_cannot_be_had() {
		let dir = tempfile::tempdir().unwrap();
		let large = vec![7; LARGEST_MANIFEST as usize + 1];
		let url = serving(std::slice::from_ref(&large)).await;
		for (lease, now) in
			[(lease(BlobHash::of(&large), &url), 1), (lease(BlobHash::of(b"x"), "http://127.0.0.1:1"), 1)]
		{
			let mut manifests = manifests(dir.path());
			fetch(&mut manifests, &lease, now).await;
			assert!(!manifests.has(&lease));
			assert!(manifests.fetch(&lease, true, now + 1).is_none());
			fetch(&mut manifests, &lease, now + 2).await;
			assert!(manifests.fetch(&lease, true, now + 5).is_none());
			assert!(manifests.fetch(&lease, true, now + 6).is_some());
		}
	}

	#[tokio::test]
	async fn host_should_not_keep_us_from_others_when_it_is_slow() {
		let dir = tempfile::tempdir().unwrap();
		let mut manifests = manifests(dir.path());
		let mut begun = |number: u8, host: &str, ours| {
			manifests.fetch(&lease(BlobHash([number; 32]), &format!("http://{host}:{number}")), ours, 1).is_some()
		};
		assert!(begun(1, "10.0.0.1", false) && begun(2, "10.0.0.1", false));
		assert!(!begun(3, "10.0.0.1", false) && begun(4, "10.0.0.2", false));
		// Not what we have promised to run.
		assert!(begun(3, "10.0.0.1", true));
	}
}
