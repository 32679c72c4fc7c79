//! The programs of jobs: fetched, checked, and in memory as long as they may be run. Jobs that ask for the same share one.

use std::{collections::HashMap, future::Future, sync::Arc, time::Duration};

use assay_proofs::Limits;
use subxt::utils::AccountId32;
use tokio::{sync::Semaphore, time::timeout};

use super::plan::Readiness;
use crate::{
	blobs::{self, BlobError, BlobHash, BlobSource, DirStore, HttpSource},
	chain::model::{BlockNumber, Job, JobSpec},
	guest::{Program, ProgramError},
};

/// Programs that are fetched at once, and as many again of jobs that are ours.
const PARALLEL_FETCHES: usize = 8;
/// Programs that are checked at once, and as many again of jobs that are ours. Each may hold a compiled guest in memory.
const PARALLEL_CHECKS: usize = 2;
/// How long it may take to fetch guest and input: 1.25 MiB at a third of a Mbit/s.
const FETCH_LIMIT: Duration = Duration::from_secs(30);
/// Programs that are held in memory.
const MOST: usize = 16;
/// Programs of one client, or from one host, that are being made ready. Who is slow to serve must not keep us from others.
const MOST_OF_ONE: usize = 2;
/// Blocks until a source that could not be reached is tried again, times the number of attempts so far.
const RETRY_BLOCKS: BlockNumber = 2;

/// Why a program is not ready.
#[derive(Debug, thiserror::Error)]
pub enum PrepareError {
	#[error(transparent)]
	Blob(#[from] BlobError),
	#[error(transparent)]
	Program(#[from] ProgramError),
	#[error("guest and input were not there within {} s", .0.as_secs())]
	Slow(Duration),
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
			Self::Slow(_) | Self::Interrupted => false,
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
	/// Make sure that the first unit works. What is not in `store` is fetched, as `permits` let it.
	async fn program(&self, store: &DirStore, permits: &Permits) -> Result<Program, PrepareError> {
		let (guest, input) = match self.kept(store).await {
			Some(parts) => parts,
			None => {
				let _permit = permits.fetches.acquire().await;
				timeout(permits.limit, self.fetch(store)).await.map_err(|_| PrepareError::Slow(permits.limit))??
			},
		};
		let _permit = permits.checks.acquire().await;
		let gas = self.gas_per_unit;
		let check = move || Program::check(&guest, input, gas);
		let (program, _) = tokio::task::spawn_blocking(check).await.map_err(|_| PrepareError::Interrupted)??;
		Ok(program)
	}

	/// Guest and input, if both are in `store` and sound.
	async fn kept(&self, store: &DirStore) -> Option<(Vec<u8>, Vec<u8>)> {
		Some((store.get(self.guest).await.ok()?, store.get(self.input).await.ok()?))
	}

	/// Guest and input, which are in `store` then.
	async fn fetch(&self, store: &DirStore) -> Result<(Vec<u8>, Vec<u8>), BlobError> {
		let Limits { max_blob, max_input, .. } = Limits::STANDARD;
		let source = HttpSource::new(&self.source)?;
		let guest = blobs::obtain(self.guest, store, &source.clone().with_limit(max_blob.into())).await?;
		let input = blobs::obtain(self.input, store, &source.with_limit(max_input.into())).await?;
		Ok((guest, input))
	}

	/// The host that serves it. Ports and paths do not count: one host has as many as it likes.
	fn host(&self) -> Option<String> {
		blobs::host(&self.source)
	}
}

/// How many programs can be made ready at once, and in which time.
#[derive(Clone)]
struct Permits {
	fetches: Arc<Semaphore>,
	checks: Arc<Semaphore>,
	limit: Duration,
}

impl Permits {
	fn new(limit: Duration) -> Self {
		let (fetches, checks) = (Semaphore::new(PARALLEL_FETCHES), Semaphore::new(PARALLEL_CHECKS));
		Self { fetches: Arc::new(fetches), checks: Arc::new(checks), limit }
	}
}

/// Who answers for a program that is being made ready.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Sponsor {
	client: AccountId32,
	host: Option<String>,
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
	/// What is being made ready, and who answers for that. Nobody does for jobs of ours.
	under_way: HashMap<Origin, Option<Sponsor>>,
	/// For jobs that we may come to have.
	open: Permits,
	/// For jobs that we have, which nothing else must keep waiting.
	assigned: Permits,
}

impl Programs {
	/// Programs the parts of which are kept in `store`.
	pub fn new(store: DirStore) -> Self {
		Self::within(store, FETCH_LIMIT)
	}

	/// The same, with another limit on the time to fetch one.
	fn within(store: DirStore, limit: Duration) -> Self {
		Self {
			store,
			known: HashMap::new(),
			under_way: HashMap::new(),
			open: Permits::new(limit),
			assigned: Permits::new(limit),
		}
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

	/// Whether the client of `job`, and who serves its program, have no other programs under way that keep us waiting.
	pub fn may_begin(&self, job: &Job) -> bool {
		let host = Origin::from(&job.spec).host();
		let sponsors = || self.under_way.values().flatten();
		sponsors().filter(|sponsor| sponsor.client == job.client).count() < MOST_OF_ONE
			&& sponsors().filter(|sponsor| sponsor.host == host).count() < MOST_OF_ONE
	}

	/// Begin to make ready the program of `job`, which is `ours` or might come to be: what it comes to is to be
	/// [told](Self::prepared).
	pub fn prepare(
		&mut self,
		job: &Job,
		ours: bool,
	) -> impl Future<Output = Result<Program, PrepareError>> + Send + 'static {
		let origin = Origin::from(&job.spec);
		let attempts = match self.known.get(&origin) {
			Some(Known::Later { attempts, .. }) => *attempts,
			_ => 0,
		};
		let sponsor = (!ours).then(|| Sponsor { client: job.client, host: origin.host() });
		self.known.insert(origin.clone(), Known::Wait { attempts });
		self.under_way.insert(origin.clone(), sponsor);
		let permits = if ours { self.assigned.clone() } else { self.open.clone() };
		let store = self.store.clone();
		async move { origin.program(&store, &permits).await }
	}

	/// Take in what making a program ready came to in block `now`.
	pub fn prepared(&mut self, origin: Origin, result: Result<Program, PrepareError>, now: BlockNumber) {
		self.under_way.remove(&origin);
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
		blobs::{BlobStore, MemoryStore},
		chain::model::{JobState, Payment},
		fraction::Share,
		guest::tests::echo,
		http::{self, NoJobs},
	};
	use std::{
		io::{Read, Write},
		net::{TcpListener, TcpStream},
		ops::Range,
		time::Instant,
	};
	use tokio::time::sleep;

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

	/// The job of `client` that asks for that.
	fn job(client: u8, spec: &JobSpec) -> Job {
		Job {
			id: 0,
			client: AccountId32([client; 32]),
			spec: spec.clone(),
			payment: Payment::Native,
			escrow: Amount(1),
			deposit: Amount(1),
			state: JobState::Open { closes_at: 5, best: None },
			ranges: None,
		}
	}

	/// Where somebody answers every request with a byte now and then.
	fn trickle() -> String {
		let listener = TcpListener::bind("127.0.0.1:0").unwrap();
		let source = format!("http://{}", listener.local_addr().unwrap());
		let serve = |mut stream: TcpStream| {
			// An answer that comes before the request is none.
			let asked = stream.read(&mut [0; 1024]);
			assert!(asked.is_ok_and(|bytes| bytes > 0));
			let mut sent = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n");
			while sent.is_ok() {
				std::thread::sleep(Duration::from_millis(20));
				sent = stream.write_all(b"x");
			}
		};
		std::thread::spawn(move || {
			for stream in listener.incoming() {
				std::thread::spawn(move || serve(stream.unwrap()));
			}
		});
		source
	}

	/// Begins to prepare jobs that trickle, one for each of `clients`.
	async fn begin_slow(programs: &mut Programs, clients: Range<u8>, source: &str) {
		for client in clients {
			let one = spec(BlobHash::of(&[client]), BlobHash::of(b"x"), MemoryStore::default()).await;
			let preparing = programs.prepare(&job(client, &JobSpec { source: source.to_owned(), ..one }), false);
			tokio::spawn(preparing);
		}
		// Until they have all the permits there are.
		sleep(Duration::from_millis(50)).await;
	}

	/// Prepares a job, which must fail.
	async fn failure(spec: &JobSpec) -> PrepareError {
		let dir = tempfile::tempdir().unwrap();
		let store = DirStore::open(dir.path()).unwrap();
		match Origin::from(spec).program(&store, &Permits::new(FETCH_LIMIT)).await {
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
		let origin = Origin::from(&spec(guest, input, blobs).await);
		assert!(origin.program(&store, &Permits::new(FETCH_LIMIT)).await.is_ok());
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
		let preparing = programs.prepare(&job(1, &one), false);
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
			let result = programs.prepare(&job(1, &spec), false).await;
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
		let asking = |number: u64| JobSpec { gas_per_unit: 1_000_000 + number, ..one.clone() };
		let origin = |number: u64| Origin::from(&asking(number));
		for number in 0..MOST as u64 {
			assert!(programs.has_room(|_| true));
			let result = programs.prepare(&job(1, &asking(number)), false).await;
			programs.prepared(origin(number), result, 1);
		}
		assert!(!programs.has_room(|_| true));
		assert!(programs.has_room(|other| *other != origin(3)));
		assert_eq!(programs.readiness(&JobSpec { gas_per_unit: 1_000_003, ..one.clone() }, 1), Readiness::Unknown);
		assert_eq!(programs.readiness(&JobSpec { gas_per_unit: 1_000_004, ..one.clone() }, 1), Readiness::Ready);
	}

	#[tokio::test]
	async fn source_should_be_left_for_later_when_it_trickles() {
		let dir = tempfile::tempdir().unwrap();
		let mut programs = Programs::within(DirStore::open(dir.path()).unwrap(), Duration::from_millis(200));
		let one = spec(BlobHash::of(b"guest"), BlobHash::of(b"input"), MemoryStore::default()).await;
		let slow = JobSpec { source: trickle(), ..one };
		let begun = Instant::now();
		let result = programs.prepare(&job(1, &slow), false).await;
		assert!(matches!(result, Err(PrepareError::Slow(_))) && begun.elapsed() < Duration::from_secs(5));
		programs.prepared((&slow).into(), result, 10);
		assert_eq!(programs.readiness(&slow, 11), Readiness::Wait);
		assert_eq!(programs.readiness(&slow, 12), Readiness::Unknown);
	}

	#[tokio::test]
	async fn what_is_on_disk_should_be_ready_when_all_others_trickle() {
		let dir = tempfile::tempdir().unwrap();
		let store = DirStore::open(dir.path()).unwrap();
		let (guest, input) = (store.write(&echo(-1)).unwrap(), store.write(b"x").unwrap());
		let mut programs = Programs::new(store);
		begin_slow(&mut programs, 0..MOST as u8, &trickle()).await;
		// Nobody serves it any more.
		let kept = spec(guest, input, MemoryStore::default()).await;
		assert!(timeout(Duration::from_secs(10), programs.prepare(&job(1, &kept), false)).await.unwrap().is_ok());
	}

	#[tokio::test]
	async fn our_jobs_should_be_fetched_when_all_others_trickle() {
		let dir = tempfile::tempdir().unwrap();
		let mut programs = Programs::new(DirStore::open(dir.path()).unwrap());
		begin_slow(&mut programs, 0..MOST as u8, &trickle()).await;
		let blobs = MemoryStore::default();
		let (guest, input) = (blobs.put(echo(-1)).await.unwrap(), blobs.put(b"x".to_vec()).await.unwrap());
		let ours = job(1, &spec(guest, input, blobs).await);
		assert!(timeout(Duration::from_secs(10), programs.prepare(&ours, true)).await.unwrap().is_ok());
	}

	#[tokio::test]
	async fn one_client_or_host_should_not_take_all_places_when_it_is_slow() {
		let dir = tempfile::tempdir().unwrap();
		let mut programs = Programs::new(DirStore::open(dir.path()).unwrap());
		let at = |source: &str, guest: u8| JobSpec {
			guest: BlobHash([guest; 32]),
			input: BlobHash([0; 32]),
			units: 1,
			gas_per_unit: 1_000_000,
			ceiling: Amount(1),
			min_tier: 1,
			min_reputation: Share(0),
			auction_blocks: 5,
			deadline: 50,
			review_blocks: 5,
			source: source.to_owned(),
		};
		for guest in 0..MOST_OF_ONE as u8 {
			let one = job(guest, &at(&format!("http://slow.example:{}/{guest}", 80 + guest), guest));
			assert!(programs.may_begin(&one));
			drop(programs.prepare(&one, false));
		}
		assert!(!programs.may_begin(&job(9, &at("http://slow.example/other", 9))), "the host has all it may have");
		for guest in 10..10 + MOST_OF_ONE as u8 {
			let one = job(7, &at(&format!("http://{guest}.example"), guest));
			assert!(programs.may_begin(&one));
			drop(programs.prepare(&one, false));
		}
		assert!(!programs.may_begin(&job(7, &at("http://20.example", 20))), "the client has all it may have");
		let other = job(8, &at("http://20.example", 20));
		assert!(programs.may_begin(&other));
		// What is ours counts for nobody, and what is over does not count.
		drop(programs.prepare(&other, true));
		let first = at("http://10.example", 10);
		programs.prepared((&first).into(), Err(PrepareError::Interrupted), 1);
		assert!(programs.may_begin(&job(7, &at("http://21.example", 21))));
	}
}
