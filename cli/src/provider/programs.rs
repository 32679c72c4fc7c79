//! The programs of jobs: fetched, checked, and in memory as long as they may be run. Jobs that ask for the same share one.

use std::{collections::HashMap, future::Future, sync::Arc};

use assay_proofs::Limits;
use tokio::sync::Semaphore;

use super::plan::Readiness;
use crate::{
	blobs::{self, BlobError, BlobHash, DirStore, HttpSource},
	chain::model::{BlockNumber, JobSpec},
	guest::{Program, ProgramError},
};

/// Programs that are fetched and checked at once. Each may hold an input and a compiled guest in memory.
const PARALLEL_CHECKS: usize = 2;
/// Programs that are held in memory.
const MOST: usize = 16;
/// Blocks until a source that could not be reached is tried again, times the number of attempts so far.
const RETRY_BLOCKS: BlockNumber = 2;

/// Why a program is not ready.
#[derive(Debug, thiserror::Error)]
pub enum PrepareError {
	#[error(transparent)]
	Blob(#[from] BlobError),
	#[error(transparent)]
	Program(#[from] ProgramError),
	#[error("the check broke off")]
	Interrupted,
}

impl PrepareError {
	/// Whether trying again is in vain.
	fn is_final(&self) -> bool {
		match self {
			Self::Program(error) => error.is_final(),
			// Whoever serves something else under a hash, or something too large, has made its choice.
			Self::Blob(error) => {
				matches!(error, BlobError::BadUrl { .. } | BlobError::TooLarge { .. } | BlobError::WrongHash { .. })
			},
			Self::Interrupted => false,
		}
	}
}

/// What a program is made of, and where that is to be had. Another source may serve what this one does not.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Origin {
	guest: BlobHash,
	input: BlobHash,
	gas_per_unit: u64,
	source: String,
}

impl From<&JobSpec> for Origin {
	fn from(spec: &JobSpec) -> Self {
		let JobSpec { guest, input, gas_per_unit, .. } = *spec;
		Self { guest, input, gas_per_unit, source: spec.source.clone() }
	}
}

impl Origin {
	/// Fetch what is not in `store`, and make sure that the first unit works.
	async fn program(&self, store: &DirStore) -> Result<Program, PrepareError> {
		let Limits { max_blob, max_input, .. } = Limits::STANDARD;
		let source = HttpSource::new(&self.source)?;
		let guest = blobs::obtain(self.guest, store, &source.clone().with_limit(max_blob.into())).await?;
		let input = blobs::obtain(self.input, store, &source.with_limit(max_input.into())).await?;
		let gas = self.gas_per_unit;
		let check = move || Program::check(&guest, input, gas);
		let (program, _) = tokio::task::spawn_blocking(check).await.map_err(|_| PrepareError::Interrupted)??;
		Ok(program)
	}
}

/// What is known of a program.
enum Known {
	/// It is being made ready, after so many attempts that failed.
	Wait {
		attempts: u32,
	},
	Ready(Program),
	/// No use, whatever we try.
	Unfit {
		reason: String,
	},
	/// It could not be had; to be tried again at that block.
	Later {
		at: BlockNumber,
		attempts: u32,
	},
}

/// All programs that the daemon knows of.
pub struct Programs {
	store: DirStore,
	known: HashMap<Origin, Known>,
	checks: Arc<Semaphore>,
}

impl Programs {
	/// Programs the parts of which are kept in `store`.
	pub fn new(store: DirStore) -> Self {
		Self { store, known: HashMap::new(), checks: Arc::new(Semaphore::new(PARALLEL_CHECKS)) }
	}

	/// How far the program of `spec` is in block `now`.
	pub fn readiness(&self, spec: &JobSpec, now: BlockNumber) -> Readiness {
		match self.known.get(&spec.into()) {
			None => Readiness::Unknown,
			Some(Known::Later { at, .. }) if now >= *at => Readiness::Unknown,
			Some(Known::Ready(_)) => Readiness::Ready,
			Some(Known::Wait { .. } | Known::Unfit { .. } | Known::Later { .. }) => Readiness::Wait,
		}
	}

	/// The program of `spec`, if it is ready.
	pub fn get(&self, spec: &JobSpec) -> Option<&Program> {
		match self.known.get(&spec.into())? {
			Known::Ready(program) => Some(program),
			_ => None,
		}
	}

	/// Why the program of `spec` is of no use, if it is not.
	pub fn unfit(&self, spec: &JobSpec) -> Option<&str> {
		match self.known.get(&spec.into())? {
			Known::Unfit { reason } => Some(reason),
			_ => None,
		}
	}

	/// Whether one more can be held. If not, one that is not `needed` makes room.
	///
	/// Anybody can post jobs with large inputs: they must not fill the memory.
	pub fn has_room(&mut self, needed: impl Fn(&Origin) -> bool) -> bool {
		let held = self.known.values().filter(|known| matches!(known, Known::Wait { .. } | Known::Ready(_))).count();
		if held < MOST {
			return true;
		}
		let idle = |(origin, known): &(&Origin, &Known)| matches!(known, Known::Ready(_)) && !needed(origin);
		let Some(idle) = self.known.iter().find(idle).map(|(origin, _)| origin.clone()) else { return false };
		self.known.remove(&idle);
		true
	}

	/// Begin to make ready what is not: what it comes to is to be [told](Self::prepared).
	pub fn prepare(&mut self, origin: Origin) -> impl Future<Output = Result<Program, PrepareError>> + Send + 'static {
		let attempts = match self.known.get(&origin) {
			Some(Known::Later { attempts, .. }) => *attempts,
			_ => 0,
		};
		self.known.insert(origin.clone(), Known::Wait { attempts });
		let (store, checks) = (self.store.clone(), self.checks.clone());
		async move {
			let _permit = checks.acquire().await;
			origin.program(&store).await
		}
	}

	/// Take in what making a program ready came to in block `now`.
	pub fn prepared(&mut self, origin: Origin, result: Result<Program, PrepareError>, now: BlockNumber) {
		let attempts = match self.known.get(&origin) {
			Some(Known::Wait { attempts }) => attempts.saturating_add(1),
			_ => 1,
		};
		let known = match result {
			Ok(program) => Known::Ready(program),
			Err(error) if error.is_final() => Known::Unfit { reason: error.to_string() },
			Err(error) => {
				tracing::warn!(?origin, %error, "will be tried again");
				Known::Later { at: now.saturating_add(RETRY_BLOCKS.saturating_mul(attempts)), attempts }
			},
		};
		self.known.insert(origin, known);
	}

	/// Have done with the program of `spec`.
	pub fn give_up(&mut self, spec: &JobSpec, reason: String) {
		self.known.insert(spec.into(), Known::Unfit { reason });
	}

	/// Let the program of `spec`, which could not be run, rest for some blocks after `now`.
	pub fn rest(&mut self, spec: &JobSpec, now: BlockNumber) {
		self.known.insert(spec.into(), Known::Later { at: now.saturating_add(RETRY_BLOCKS), attempts: 1 });
	}

	/// Forget what is not `needed`. What is being made ready reports back, and is forgotten then.
	pub fn retain(&mut self, needed: impl Fn(&Origin) -> bool) {
		self.known.retain(|origin, known| matches!(known, Known::Wait { .. }) || needed(origin));
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{
		amount::Amount,
		blobs::{BlobSource, BlobStore, MemoryStore},
		fraction::Share,
		guest::tests::echo,
		http::{self, NoJobs},
	};

	/// Serves what it has under the names that it was told, right or wrong.
	struct Named(HashMap<BlobHash, Vec<u8>>);

	impl BlobSource for Named {
		async fn get(&self, hash: BlobHash) -> Result<Vec<u8>, BlobError> {
			self.0.get(&hash).cloned().ok_or(BlobError::NotFound(hash))
		}
	}

	/// A job whose guest and input are called `guest` and `input`, to be had from a server of `blobs`.
	async fn spec(guest: BlobHash, input: BlobHash, blobs: impl BlobSource + 'static) -> JobSpec {
		let listener = http::listen(([127, 0, 0, 1], 0).into()).await.unwrap();
		let source = format!("http://{}", listener.local_addr().unwrap());
		tokio::spawn(http::serve(listener, blobs, NoJobs, std::future::pending()));
		JobSpec {
			guest,
			input,
			units: 1,
			gas_per_unit: 1_000_000,
			ceiling: Amount(1),
			min_tier: 1,
			min_reputation: Share(0),
			auction_blocks: 5,
			deadline: 50,
			review_blocks: 5,
			source,
		}
	}

	/// Prepares a job, which must fail.
	async fn failure(spec: &JobSpec) -> PrepareError {
		let dir = tempfile::tempdir().unwrap();
		let store = DirStore::open(dir.path()).unwrap();
		match Origin::from(spec).program(&store).await {
			Ok(_) => panic!("accepted"),
			Err(error) => error,
		}
	}

	#[tokio::test]
	async fn job_should_be_prepared_when_guest_and_input_are_sound() {
		let blobs = MemoryStore::default();
		let (guest, input) = (blobs.put(echo(-1)).await.unwrap(), blobs.put(b"x".to_vec()).await.unwrap());
		let dir = tempfile::tempdir().unwrap();
		let store = DirStore::open(dir.path()).unwrap();
		assert!(Origin::from(&spec(guest, input, blobs).await).program(&store).await.is_ok());
		assert!(store.read(guest).is_ok() && store.read(input).is_ok());
	}

	#[tokio::test]
	async fn job_should_be_declined_for_good_when_its_input_has_another_hash() {
		let (guest, input) = (BlobHash::of(&echo(-1)), BlobHash::of(b"x"));
		let blobs = Named(HashMap::from([(guest, echo(-1)), (input, b"y".to_vec())]));
		let error = failure(&spec(guest, input, blobs).await).await;
		assert!(matches!(error, PrepareError::Blob(BlobError::WrongHash { .. })) && error.is_final(), "{error}");
	}

	#[tokio::test]
	async fn job_should_be_declined_for_good_when_guest_or_input_is_too_large() {
		let Limits { max_blob, max_input, .. } = Limits::STANDARD;
		for (guest, input) in
			[(echo(-1), vec![0; max_input as usize + 1]), (vec![0; max_blob as usize + 1], b"x".to_vec())]
		{
			let blobs = MemoryStore::default();
			let (guest, input) = (blobs.put(guest).await.unwrap(), blobs.put(input).await.unwrap());
			let error = failure(&spec(guest, input, blobs).await).await;
			assert!(matches!(error, PrepareError::Blob(BlobError::TooLarge { .. })) && error.is_final(), "{error}");
		}
	}

	#[tokio::test]
	async fn job_should_be_declined_for_good_when_its_guest_does_not_work() {
		for guest in [b"no module".to_vec(), echo(0)] {
			let blobs = MemoryStore::default();
			let (guest, input) = (blobs.put(guest).await.unwrap(), blobs.put(b"x".to_vec()).await.unwrap());
			let error = failure(&spec(guest, input, blobs).await).await;
			assert!(matches!(error, PrepareError::Program(_)) && error.is_final(), "{error}");
		}
	}

	#[tokio::test]
	async fn job_should_be_tried_again_when_its_data_is_not_there_yet() {
		let (guest, input) = (BlobHash::of(b"guest"), BlobHash::of(b"input"));
		let error = failure(&spec(guest, input, MemoryStore::default()).await).await;
		assert!(matches!(error, PrepareError::Blob(BlobError::NotFound(_))) && !error.is_final(), "{error}");
		let nobody = http::listen(([127, 0, 0, 1], 0).into()).await.unwrap();
		let source = format!("http://{}", nobody.local_addr().unwrap());
		drop(nobody);
		let spec = JobSpec { source, ..spec(guest, input, MemoryStore::default()).await };
		let error = failure(&spec).await;
		assert!(matches!(error, PrepareError::Blob(BlobError::Transfer { .. })) && !error.is_final(), "{error}");
	}

	#[tokio::test]
	async fn jobs_that_ask_for_the_same_should_share_a_program() {
		let blobs = MemoryStore::default();
		let (guest, input) = (blobs.put(echo(-1)).await.unwrap(), blobs.put(b"x".to_vec()).await.unwrap());
		let one = spec(guest, input, blobs).await;
		let other = JobSpec { units: 2, ceiling: Amount(2), ..one.clone() };
		let dearer = JobSpec { gas_per_unit: 2_000_000, ..one.clone() };
		let dir = tempfile::tempdir().unwrap();
		let mut programs = Programs::new(DirStore::open(dir.path()).unwrap());
		assert_eq!(programs.readiness(&one, 1), Readiness::Unknown);
		let preparing = programs.prepare((&one).into());
		assert_eq!(programs.readiness(&other, 1), Readiness::Wait);
		let result = preparing.await;
		programs.prepared((&one).into(), result, 1);
		assert_eq!(programs.readiness(&other, 1), Readiness::Ready);
		assert!(programs.get(&other).is_some());
		assert_eq!(programs.readiness(&dearer, 1), Readiness::Unknown);
		programs.give_up(&one, "it does not work".to_owned());
		assert_eq!(programs.unfit(&other), Some("it does not work"));
	}

	#[tokio::test]
	async fn program_should_rest_longer_when_it_cannot_be_had_again() {
		let spec = spec(BlobHash::of(b"guest"), BlobHash::of(b"input"), MemoryStore::default()).await;
		let dir = tempfile::tempdir().unwrap();
		let mut programs = Programs::new(DirStore::open(dir.path()).unwrap());
		for (now, until) in [(10, 12), (12, 16), (16, 22)] {
			let result = programs.prepare((&spec).into()).await;
			programs.prepared((&spec).into(), result, now);
			assert_eq!(programs.readiness(&spec, until - 1), Readiness::Wait);
			assert_eq!(programs.readiness(&spec, until), Readiness::Unknown);
		}
	}

	#[tokio::test]
	async fn only_programs_that_nobody_needs_should_make_room() {
		let blobs = MemoryStore::default();
		let (guest, input) = (blobs.put(echo(-1)).await.unwrap(), blobs.put(b"x".to_vec()).await.unwrap());
		let one = spec(guest, input, blobs).await;
		let dir = tempfile::tempdir().unwrap();
		let mut programs = Programs::new(DirStore::open(dir.path()).unwrap());
		let origin = |number: u64| Origin::from(&JobSpec { gas_per_unit: 1_000_000 + number, ..one.clone() });
		for number in 0..MOST as u64 {
			assert!(programs.has_room(|_| true));
			let result = programs.prepare(origin(number)).await;
			programs.prepared(origin(number), result, 1);
		}
		assert!(!programs.has_room(|_| true));
		assert!(programs.has_room(|other| *other != origin(3)));
		assert_eq!(programs.readiness(&JobSpec { gas_per_unit: 1_000_003, ..one.clone() }, 1), Readiness::Unknown);
		assert_eq!(programs.readiness(&JobSpec { gas_per_unit: 1_000_004, ..one.clone() }, 1), Readiness::Ready);
	}
}
