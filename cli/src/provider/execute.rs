//! Running the units of jobs on all cores.

use std::{
	sync::{
		atomic::{AtomicBool, AtomicUsize, Ordering},
		Arc,
	},
	time::{Duration, Instant},
};

use assay_proofs::{Gas, Native};
use rayon::prelude::*;

use super::{conduct::Conduct, state::JobRecord};
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
	pool: Arc<rayon::ThreadPool>,
	stop: Arc<AtomicBool>,
	/// Whether units have to wait.
	held: Arc<AtomicBool>,
	/// Other things that wait for these threads.
	waiting: Arc<AtomicUsize>,
}

impl Workers {
	/// Start `threads` threads; 0 is one per core.
	pub fn start(threads: usize) -> Result<Self, ExecuteError> {
		let pool = rayon::ThreadPoolBuilder::new()
			.num_threads(threads)
			.spawn_handler(|worker| Native::spawn(format!("unit-{}", worker.index()), || worker.run()).map(drop))
			.build()?;
		Ok(Self { pool: Arc::new(pool), stop: Arc::default(), held: Arc::default(), waiting: Arc::default() })
	}

	/// How many threads there are.
	pub fn threads(&self) -> usize {
		self.pool.current_num_threads()
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
			let outcomes = self.pool.broadcast(|_| program.run(0));
			let seconds = begun.elapsed().as_secs_f64().max(1e-6);
			let mut gas = u64::MAX;
			for outcome in outcomes {
				gas = gas.min(outcome?.gas);
			}
			best = best.max(gas as f64 / seconds);
		}
		Ok(best as u64)
	}

	/// Do something on these threads, before any more units are begun. Blocks the caller.
	pub fn install<R: Send>(&self, task: impl FnOnce() -> R + Send) -> R {
		self.waiting.fetch_add(1, Ordering::Relaxed);
		self.pool.install(|| {
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

	/// Run what is missing of a job. Returns the root over all outcomes, or `None` if [`stop`](Self::stop) came first.
	///
	/// Blocks the caller.
	pub fn run(
		&self,
		program: &Program,
		record: &JobRecord,
		conduct: &dyn Conduct,
	) -> Result<Option<[u8; 32]>, ExecuteError> {
		self.run_missing(program, record, conduct)?;
		Ok(record.root())
	}

	/// Whether units that are not begun have to wait.
	fn must_wait(&self) -> bool {
		self.held.load(Ordering::Relaxed) || self.waiting.load(Ordering::Relaxed) > 0
	}

	/// Run what is missing of a job, until [`stop`](Self::stop).
	///
	/// The threads take up what comes from elsewhere only when nothing is left to do of what they have, which can be hours
	/// from now. So when something waits, the units that are being run end, and the others queue behind it.
	fn run_missing(&self, program: &Program, record: &JobRecord, conduct: &dyn Conduct) -> Result<(), ExecuteError> {
		loop {
			let missing = record.missing();
			if missing.is_empty() || self.stop.load(Ordering::Relaxed) {
				return Ok(());
			}
			if self.held.load(Ordering::Relaxed) {
				std::thread::sleep(LOOK);
				continue;
			}
			self.pool.install(|| {
				missing.into_par_iter().try_for_each(|index| {
					if self.stop.load(Ordering::Relaxed) || self.must_wait() {
						return Ok(());
					}
					let outcome = conduct.outcome(program, index)?;
					record.finish(index, &outcome)?;
					Ok::<_, ExecuteError>(())
				})
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
		Work { guest: BlobHash::of(guest), input: BlobHash::of(b"x"), units: UNITS, gas_per_unit: GAS }
	}

	#[test]
	fn workers_should_run_every_unit_and_keep_what_traps() {
		let dir = tempfile::tempdir().unwrap();
		let workspace = Workspace::open(dir.path()).unwrap();
		let guest = echo(5);
		let program = Program::load(&guest, b"x".to_vec(), GAS).unwrap();
		let record = workspace.job(0, work(&guest)).unwrap();
		let root = Workers::start(2).unwrap().run(&program, &record, &Honest).unwrap().unwrap();

		let leaves: Vec<_> = (0..UNITS).map(|index| program.run(index).unwrap().output_hash()).collect();
		assert_eq!(assay_proofs::merkle::root(&leaves), Some(root));
		let outputs = workspace.manifest(0).unwrap().outputs;
		assert!(outputs.iter().enumerate().all(|(index, unit)| unit.trapped == (index == 5)));
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
		assert_eq!(record.missing(), (UNITS / 2..UNITS).collect::<Vec<_>>());
		let root = Workers::start(0).unwrap().run(&program, &record, &Honest).unwrap();
		assert!(root.is_some() && root == record.root());
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
		workers.pool.spawn(move || {
			let _ = blocked.recv();
		});
		std::thread::scope(|scope| {
			let job = scope.spawn(|| workers.run(&program, &record, &Honest).unwrap());
			std::thread::sleep(LOOK);
			let other = scope.spawn(|| workers.install(|| record.done()));
			while workers.waiting.load(Ordering::Relaxed) == 0 {
				std::thread::yield_now();
			}
			drop(release);
			assert_eq!(other.join().unwrap(), 0, "it waited for the job");
			assert_eq!(job.join().unwrap(), record.root());
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
			let job = scope.spawn(|| workers.run(&program, &record, &Honest).unwrap());
			std::thread::sleep(LOOK * 4);
			// Other things go on.
			assert_eq!(workers.install(|| record.done()), 0);
			workers.hold(false);
			assert_eq!(job.join().unwrap(), record.root());
		});
		assert_eq!(record.done(), UNITS);
		// Whoever stops does not wait for anything.
		let other = workspace.job(1, work(&guest)).unwrap();
		workers.hold(true);
		workers.stop();
		assert!(matches!(workers.run(&program, &other, &Honest), Ok(None)));
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
		assert!(matches!(workers.run(&program, &record, &Honest), Ok(None)));
		assert_eq!(record.done(), 0);
	}
}
