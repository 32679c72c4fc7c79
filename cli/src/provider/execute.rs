//! Running the units of jobs on all cores.

use std::{
	sync::{
		atomic::{AtomicBool, AtomicUsize, Ordering},
		Arc, RwLock,
	},
	time::{Duration, Instant},
};

use assay_proofs::{Gas, Limits, Native};
use rayon::prelude::*;

use super::{
	conduct::{Conduct, Honest},
	state::{Batch, JobRecord, Workspace},
};
use crate::{
	blobs::BlobError,
	guest::{Program, ProgramError},
};

/// Enough for a unit of the demo picture; a unit that used it all would take seconds.
const CALIBRATION_GAS: Gas = 1_000_000_000;

/// Pause between two looks at whether units may go on.
const LOOK: Duration = Duration::from_millis(50);

/// How often speed is measured.
const CALIBRATION_ROUNDS: usize = 10;

/// A guest the units of which give as many zeros as the input has bytes, and do nothing else.
const IDLE: &[u8] = b"\0asm\x01\0\0\0\
	\x01\x0e\x03\x60\0\x01\x7f\x60\x02\x7f\x7f\0\x60\x01\x7f\0\
	\x02\x28\x02\x05assay\x09input_len\0\0\x05assay\x0coutput_write\0\x01\
	\x03\x02\x01\x02\
	\x05\x03\x01\0\x04\
	\x07\x11\x02\x06memory\x02\0\x04unit\0\x02\
	\x0a\x0a\x01\x08\0\x41\0\x10\0\x10\x01\x0b";
/// Enough for a unit of [`IDLE`] with the longest output.
const IDLE_GAS: Gas = 100_000;
/// How many of its units, with an output of how many bytes each, show what a unit takes beside its gas.
const IDLE_SHORT: (u32, usize) = (4_096, 8);
/// The same for the bytes of outputs.
const IDLE_LONG: (u32, usize) = (64, Limits::STANDARD.max_output as usize);
/// How often that is measured.
const IDLE_ROUNDS: usize = 3;
/// Bytes that a guest can write to its output for a unit of gas.
const BYTES_PER_GAS: u64 = 8;

/// What units take beside their gas: an instance each, and a place on the disk. Written as the gas that the machine could use
/// in that time.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Beside {
	/// For each unit.
	pub unit: Gas,
	/// For each KiB of its output.
	pub kib: Gas,
}

impl Beside {
	/// What a unit takes that uses all its gas, its gas included.
	pub const fn with(&self, gas: Gas) -> Gas {
		gas.saturating_add(self.unit)
	}

	/// The same with an output as long as it can be for that gas.
	pub fn at_worst(&self, gas: Gas) -> Gas {
		let output = gas.saturating_mul(BYTES_PER_GAS).min(Limits::STANDARD.max_output.into());
		self.with(gas).saturating_add(self.kib.saturating_mul(output.div_ceil(1024)))
	}
}

/// Why a job's units could not be finished.
#[derive(Debug, thiserror::Error)]
pub enum ExecuteError {
	/// The program cannot be run here.
	#[error(transparent)]
	Program(#[from] ProgramError),
	/// The outcome cannot be kept.
	#[error(transparent)]
	Disk(#[from] BlobError),
	/// The program that speed is measured on is broken.
	#[error("cannot measure this machine's speed: {0}")]
	Demo(#[from] assay_guests::Error),
	/// No threads.
	#[error("cannot start worker threads: {0}")]
	Threads(#[from] rayon::ThreadPoolBuildError),
}

/// The threads that do the computing, shared by all jobs of the daemon. Clones share them.
#[derive(Clone)]
pub struct Workers {
	pool: Arc<RwLock<Arc<rayon::ThreadPool>>>,
	/// How many threads there are when nothing else has processors.
	all: usize,
	/// How often the threads have become more or fewer.
	sizes: Arc<AtomicUsize>,
	stop: Arc<AtomicBool>,
	/// Whether units have to wait.
	held: Arc<AtomicBool>,
	/// Other things that wait for these threads.
	waiting: Arc<AtomicUsize>,
}

impl Workers {
	/// Start `threads` threads; 0 is one per core.
	pub fn start(threads: usize) -> Result<Self, ExecuteError> {
		let pool = Self::pool_of(threads)?;
		let all = pool.current_num_threads();
		Ok(Self {
			pool: Arc::new(RwLock::new(Arc::new(pool))),
			all,
			sizes: Arc::default(),
			stop: Arc::default(),
			held: Arc::default(),
			waiting: Arc::default(),
		})
	}

	fn pool_of(threads: usize) -> Result<rayon::ThreadPool, ExecuteError> {
		let builder = rayon::ThreadPoolBuilder::new().num_threads(threads);
		let spawn =
			|worker: rayon::ThreadBuilder| Native::spawn(format!("unit-{}", worker.index()), || worker.run()).map(drop);
		Ok(builder.spawn_handler(spawn).build()?)
	}

	fn pool(&self) -> Arc<rayon::ThreadPool> {
		self.pool.read().unwrap_or_else(|poisoned| poisoned.into_inner()).clone()
	}

	/// How many threads there are.
	pub fn threads(&self) -> usize {
		self.pool().current_num_threads()
	}

	/// How many there are when nothing else has processors.
	pub const fn all(&self) -> usize {
		self.all
	}

	/// Have so many threads from now on. Units that are being run end on those that there were.
	pub fn resize(&self, threads: usize) -> Result<(), ExecuteError> {
		if threads == self.threads() {
			return Ok(());
		}
		let pool = Arc::new(Self::pool_of(threads)?);
		*self.pool.write().unwrap_or_else(|poisoned| poisoned.into_inner()) = pool;
		self.sizes.fetch_add(1, Ordering::Relaxed);
		Ok(())
	}

	/// Gas that one thread uses in a second, measured on a known program: the best of some rounds, so that a moment in which
	/// the machine did something else does not count.
	///
	/// Each round takes about as long as one unit of the demo picture.
	pub fn measure(&self) -> Result<u64, ExecuteError> {
		let scene = assay_guests::demo_scene()?;
		let program = Program::load(assay_guests::PATHTRACER, scene, CALIBRATION_GAS)?;
		let mut best = 0.0f64;
		for _ in 0..CALIBRATION_ROUNDS {
			let begun = Instant::now();
			// On all threads at once: cores that share their caches or their power are slower together than alone.
			let outcomes = self.pool().broadcast(|_| program.run(0));
			let seconds = begun.elapsed().as_secs_f64().max(1e-6);
			let mut gas = u64::MAX;
			for outcome in outcomes {
				gas = gas.min(outcome?.gas);
			}
			best = best.max(gas as f64 / seconds);
		}
		Ok(best as u64)
	}

	/// What units take beside their gas, on these threads, which use `speed` gas in a second each, and on the disk of
	/// `workspace`.
	pub fn measure_beside(&self, workspace: &Workspace, speed: u64) -> Result<Beside, ExecuteError> {
		let gas = |took: Duration, count: u64| {
			let speed = u128::from(speed).saturating_mul(self.threads() as u128);
			let gas = speed.saturating_mul(took.as_nanos()) / 1_000_000_000 / u128::from(count.max(1));
			Gas::try_from(gas).unwrap_or(Gas::MAX)
		};
		let (short, long) = (self.idle(workspace, IDLE_SHORT)?, self.idle(workspace, IDLE_LONG)?);
		let kib = u64::from(IDLE_LONG.0).saturating_mul(IDLE_LONG.1 as u64 / 1024);
		Ok(Beside { unit: gas(short, IDLE_SHORT.0.into()), kib: gas(long, kib) })
	}

	/// How long so many units with so long outputs take that do nothing, at best.
	fn idle(&self, workspace: &Workspace, (units, output): (u32, usize)) -> Result<Duration, ExecuteError> {
		let program = Program::load(IDLE, vec![0; output], IDLE_GAS)?;
		let mut best = Duration::MAX;
		for _ in 0..IDLE_ROUNDS {
			let record = workspace.trial(units)?;
			let begun = Instant::now();
			self.run_missing(&program, &record, units, &Honest)?;
			best = best.min(begun.elapsed());
			record.remove()?;
		}
		Ok(best)
	}

	/// Do something on these threads, before any more units are begun. Blocks the caller.
	pub fn install<R: Send>(&self, task: impl FnOnce() -> R + Send) -> R {
		self.waiting.fetch_add(1, Ordering::Relaxed);
		self.pool().install(|| {
			self.waiting.fetch_sub(1, Ordering::Relaxed);
			task()
		})
	}

	/// Let the units that are being run end, and begin no more as long as they are `held`.
	pub fn hold(&self, held: bool) {
		self.held.store(held, Ordering::Relaxed);
	}

	/// Let the units that are being run end, and begin no more.
	pub fn stop(&self) {
		self.stop.store(true, Ordering::Relaxed);
	}

	/// Run what is missing of a job's units below `end`. Returns [what is committed to](JobRecord::root) then, or `None` if
	/// [`stop`](Self::stop) came first.
	///
	/// Blocks the caller.
	pub fn run(
		&self,
		program: &Program,
		record: &JobRecord,
		end: u32,
		conduct: &dyn Conduct,
	) -> Result<Option<[u8; 32]>, ExecuteError> {
		self.run_missing(program, record, end, conduct)?;
		Ok(record.root(end))
	}

	/// Whether units that are not begun have to wait.
	fn must_wait(&self) -> bool {
		self.held.load(Ordering::Relaxed) || self.waiting.load(Ordering::Relaxed) > 0
	}

	/// Run what is missing of a job's units below `end`, until [`stop`](Self::stop).
	///
	/// The threads take up what comes from elsewhere only when nothing is left to do of what they have, which can be hours
	/// from now. So when something waits, the units that are being run end, and the others queue behind it.
	fn run_missing(
		&self,
		program: &Program,
		record: &JobRecord,
		end: u32,
		conduct: &dyn Conduct,
	) -> Result<(), ExecuteError> {
		loop {
			let missing = record.missing(0..end);
			if missing.is_empty() || self.stop.load(Ordering::Relaxed) {
				return Ok(());
			}
			if self.held.load(Ordering::Relaxed) {
				std::thread::sleep(LOOK);
				continue;
			}
			let (sizes, pool) = (self.sizes.load(Ordering::Relaxed), self.pool());
			let resized = || self.sizes.load(Ordering::Relaxed) != sizes;
			pool.install(|| {
				missing
					.into_par_iter()
					.try_fold(
						|| Batch::new(record),
						|mut batch, index| {
							if self.stop.load(Ordering::Relaxed) || self.must_wait() || resized() {
								batch.write()?;
							} else {
								batch.push(index, conduct.outcome(program, index)?)?;
							}
							Ok::<_, ExecuteError>(batch)
						},
					)
					.try_for_each(|batch| batch?.write().map_err(ExecuteError::from))
			})?;
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{
		blobs::BlobHash,
		guest::tests::echo,
		http::JobBoard,
		provider::{
			conduct::Honest,
			state::{Work, Workspace},
		},
	};

	const UNITS: u32 = 12;
	const GAS: u64 = 1_000_000;

	fn work(guest: &[u8]) -> Work {
		Work { guest: BlobHash::of(guest), input: BlobHash::of(b"x"), units: UNITS, gas_per_unit: GAS, range: None }
	}

	#[test]
	fn workers_should_run_every_unit_and_keep_what_traps() {
		let dir = tempfile::tempdir().unwrap();
		let workspace = Workspace::open(dir.path()).unwrap();
		let guest = echo(5);
		let program = Program::load(&guest, b"x".to_vec(), GAS).unwrap();
		let record = workspace.job(0, work(&guest)).unwrap();
		let root = Workers::start(2).unwrap().run(&program, &record, record.work().units, &Honest).unwrap().unwrap();

		let leaves: Vec<_> = (0..UNITS).map(|index| program.run(index).unwrap().output_hash()).collect();
		assert_eq!(assay_proofs::merkle::root(&leaves), Some(root));
		let outputs = workspace.manifest(0).unwrap().outputs;
		assert!(outputs.iter().enumerate().all(|(index, unit)| unit.trapped == (index == 5)));
	}

	#[test]
	fn units_should_go_on_with_fewer_threads_when_the_others_are_leased() {
		let dir = tempfile::tempdir().unwrap();
		let workspace = Workspace::open(dir.path()).unwrap();
		let guest = echo(-1);
		let program = Program::load(&guest, b"x".to_vec(), GAS).unwrap();
		let work = Work { units: 2_000, ..work(&guest) };
		let record = workspace.job(0, work).unwrap();
		let workers = Workers::start(2).unwrap();
		let root = std::thread::scope(|scope| {
			let run = scope.spawn(|| workers.run(&program, &record, record.work().units, &Honest).unwrap());
			for threads in [1, 2, 1] {
				workers.resize(threads).unwrap();
				std::thread::sleep(Duration::from_millis(5));
			}
			run.join().unwrap()
		});
		assert_eq!((root, workers.threads(), workers.all()), (record.root(record.work().units), 1, 2));
		assert!(root.is_some());
	}

	#[test]
	fn idle_guest_should_be_what_it_says() {
		let text = r#"(module
			(type (func (result i32))) (type (func (param i32 i32))) (type (func (param i32)))
			(import "assay" "input_len" (func (type 0)))
			(import "assay" "output_write" (func (type 1)))
			(memory (export "memory") 4)
			(func (export "unit") (type 2) (call 1 (i32.const 0) (call 0))))"#;
		assert_eq!(IDLE, wat::parse_str(text).unwrap());
		let program = Program::load(IDLE, vec![7; IDLE_LONG.1], IDLE_GAS).unwrap();
		assert_eq!(program.run(5).unwrap().result, Ok(vec![0; IDLE_LONG.1]));
	}

	#[test]
	fn what_units_take_beside_their_gas_should_be_measured_on_the_disk_and_leave_nothing_there() {
		let dir = tempfile::tempdir().unwrap();
		let workspace = Workspace::open(dir.path()).unwrap();
		let workers = Workers::start(2).unwrap();
		let Beside { unit, kib } = workers.measure_beside(&workspace, 1_000_000_000).unwrap();
		assert!(unit > 0 && kib > 0, "{unit} {kib}");
		assert_eq!(std::fs::read_dir(dir.path().join("jobs")).unwrap().count(), 0);
		assert!(!dir.path().join("trial").exists());
	}

	#[test]
	fn unit_should_at_worst_have_the_longest_output_that_its_gas_pays_for() {
		let beside = Beside { unit: 100, kib: 10 };
		assert_eq!((beside.with(0), beside.at_worst(0)), (100, 100));
		assert_eq!((beside.with(128), beside.at_worst(128)), (228, 238));
		assert_eq!(beside.at_worst(1_000_000), 1_000_100 + 256 * 10);
		assert_eq!(beside.at_worst(Gas::MAX), Gas::MAX);
	}

	#[test]
	fn short_units_should_share_files() {
		let dir = tempfile::tempdir().unwrap();
		let workspace = Workspace::open(dir.path()).unwrap();
		let guest = echo(-1);
		let program = Program::load(&guest, b"x".to_vec(), GAS).unwrap();
		let work = Work { units: 1_000, ..work(&guest) };
		let record = workspace.job(0, work).unwrap();
		let root = Workers::start(2).unwrap().run(&program, &record, record.work().units, &Honest).unwrap().unwrap();
		let files = std::fs::read_dir(dir.path().join("jobs/0")).unwrap().count();
		assert!(files < 200, "{files} files");
		drop((record, workspace));
		let workspace = Workspace::open(dir.path()).unwrap();
		assert_eq!(workspace.job(0, work).unwrap().root(work.units), Some(root));
	}

	#[test]
	fn workers_should_not_run_again_what_was_done_before_a_crash() {
		let dir = tempfile::tempdir().unwrap();
		let guest = echo(-1);
		let program = Program::load(&guest, b"x".to_vec(), GAS).unwrap();
		{
			let workspace = Workspace::open(dir.path()).unwrap();
			let record = workspace.job(0, work(&guest)).unwrap();
			for index in 0..UNITS / 2 {
				record.finish(index, &program.run(index).unwrap()).unwrap();
			}
		}
		let workspace = Workspace::open(dir.path()).unwrap();
		let record = workspace.job(0, work(&guest)).unwrap();
		assert_eq!(record.missing(0..record.work().units), (UNITS / 2..UNITS).collect::<Vec<_>>());
		let root = Workers::start(0).unwrap().run(&program, &record, record.work().units, &Honest).unwrap();
		assert!(root.is_some() && root == record.root(record.work().units));
	}

	#[test]
	fn workers_should_let_in_what_waits_before_a_job_has_ended() {
		let dir = tempfile::tempdir().unwrap();
		let workspace = Workspace::open(dir.path()).unwrap();
		let guest = echo(-1);
		let program = Program::load(&guest, b"x".to_vec(), GAS).unwrap();
		let record = workspace.job(0, work(&guest)).unwrap();
		let workers = Workers::start(1).unwrap();
		// The only thread is taken until both are in its queue.
		let (release, blocked) = std::sync::mpsc::channel::<()>();
		workers.pool().spawn(move || {
			let _ = blocked.recv();
		});
		std::thread::scope(|scope| {
			let job = scope.spawn(|| workers.run(&program, &record, record.work().units, &Honest).unwrap());
			std::thread::sleep(LOOK);
			let other = scope.spawn(|| workers.install(|| record.done()));
			while workers.waiting.load(Ordering::Relaxed) == 0 {
				std::thread::yield_now();
			}
			drop(release);
			assert_eq!(other.join().unwrap(), 0, "it waited for the job");
			assert_eq!(job.join().unwrap(), record.root(record.work().units));
		});
		assert_eq!(record.done(), UNITS);
	}

	#[test]
	fn workers_should_begin_no_unit_while_they_are_held() {
		let dir = tempfile::tempdir().unwrap();
		let workspace = Workspace::open(dir.path()).unwrap();
		let guest = echo(-1);
		let program = Program::load(&guest, b"x".to_vec(), GAS).unwrap();
		let record = workspace.job(0, work(&guest)).unwrap();
		let workers = Workers::start(1).unwrap();
		workers.hold(true);
		std::thread::scope(|scope| {
			let job = scope.spawn(|| workers.run(&program, &record, record.work().units, &Honest).unwrap());
			std::thread::sleep(LOOK * 4);
			// Other things go on.
			assert_eq!(workers.install(|| record.done()), 0);
			workers.hold(false);
			assert_eq!(job.join().unwrap(), record.root(record.work().units));
		});
		assert_eq!(record.done(), UNITS);
		// Whoever stops does not wait for anything.
		let other = workspace.job(1, work(&guest)).unwrap();
		workers.hold(true);
		workers.stop();
		assert!(matches!(workers.run(&program, &other, other.work().units, &Honest), Ok(None)));
	}

	#[test]
	fn workers_should_run_no_more_than_they_are_asked_for() {
		let dir = tempfile::tempdir().unwrap();
		let workspace = Workspace::open(dir.path()).unwrap();
		let guest = echo(-1);
		let program = Program::load(&guest, b"x".to_vec(), GAS).unwrap();
		let work = Work { range: Some(5), ..work(&guest) };
		let record = workspace.job(0, work).unwrap();
		let workers = Workers::start(2).unwrap();
		for range in [0..5, 5..10, 10..UNITS] {
			let leaves: Vec<_> = range.clone().map(|index| program.run(index).unwrap().output_hash()).collect();
			let root = workers.run(&program, &record, range.end, &Honest).unwrap();
			assert_eq!((root, record.done()), (assay_proofs::merkle::root(&leaves), range.end));
		}
	}

	#[test]
	fn workers_should_begin_nothing_when_stopped() {
		let dir = tempfile::tempdir().unwrap();
		let workspace = Workspace::open(dir.path()).unwrap();
		let guest = echo(-1);
		let record = workspace.job(0, work(&guest)).unwrap();
		let workers = Workers::start(1).unwrap();
		workers.stop();
		let program = Program::load(&guest, b"x".to_vec(), GAS).unwrap();
		assert!(matches!(workers.run(&program, &record, record.work().units, &Honest), Ok(None)));
		assert_eq!(record.done(), 0);
	}
}
