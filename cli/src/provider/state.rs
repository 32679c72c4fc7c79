//! What a provider keeps on disk, so that it can be killed at any moment and go on.
//!
//! ```text
//! DIR/lock                        held while a daemon uses the directory
//! DIR/machine.json                which machine this is, on which chain
//! DIR/blobs/<hash>                guests and inputs
//! DIR/jobs/<id>/job.json          what the job is
//! DIR/jobs/<id>/<index>-<leaf>.out    output of a unit
//! DIR/jobs/<id>/<index>-<leaf>.trap   a unit that trapped (its code)
//! ```
//!
//! Each file appears whole or not at all, and its name says what it must hash to: whatever is damaged is computed again.
//! What is open on the chain decides what is kept, not this directory.

use std::{
	collections::{BTreeMap, HashMap},
	fs::{self, File},
	io,
	path::{Path, PathBuf},
	sync::{Arc, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

use assay_proofs::{Gas, Outcome, Trap};
use codec::{DecodeAll, Encode};
use serde::{Deserialize, Serialize};

use crate::{
	blobs::{self, blocking, BlobError, BlobHash, BlobSource, BlobStore, DirStore},
	http::{JobBoard, Manifest, Progress, ProgressState, UnitRecord},
};

/// What decides the outcomes of a job's units, and so whether those on disk are still good.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Work {
	/// The guest program.
	pub guest: BlobHash,
	/// Its input.
	pub input: BlobHash,
	/// How many units there are.
	pub units: u32,
	/// The most gas that one unit may use.
	pub gas_per_unit: Gas,
}

/// Why the directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
	/// Another daemon works there.
	#[error("{0} is in use by another daemon; give this one a directory of its own with --data-dir")]
	InUse(PathBuf),
	/// The disk failed.
	#[error(transparent)]
	Disk(#[from] BlobError),
}

fn disk(path: &Path) -> impl FnOnce(io::Error) -> BlobError + '_ {
	move |reason| BlobError::Disk { path: path.to_owned(), reason }
}

/// The directory of one provider daemon. Clones share it.
#[derive(Clone)]
pub struct Workspace {
	shared: Arc<Shared>,
}

struct Shared {
	dir: PathBuf,
	blobs: DirStore,
	jobs: RwLock<BTreeMap<u64, Arc<JobRecord>>>,
	/// Dropping the file releases the lock; so does the end of the process, however it comes.
	_lock: File,
}

/// What `machine.json` holds.
#[derive(Deserialize, Serialize)]
struct MachineNote {
	genesis: String,
	machine: u64,
}

/// The outcomes of a job's units, on disk and known in memory.
pub struct JobRecord {
	dir: PathBuf,
	work: Work,
	units: RwLock<Units>,
}

#[derive(Default)]
struct Units {
	leaves: BTreeMap<u32, UnitRecord>,
	/// Where an output lies. Several units may have the same one.
	by_hash: HashMap<BlobHash, u32>,
}

impl Workspace {
	/// Use `dir`, make it if need be, and read back what is there.
	pub fn open(dir: impl Into<PathBuf>) -> Result<Self, StateError> {
		let dir = dir.into();
		let jobs_dir = dir.join("jobs");
		fs::create_dir_all(&jobs_dir).map_err(disk(&jobs_dir))?;
		let lock_path = dir.join("lock");
		let lock = File::create(&lock_path).map_err(disk(&lock_path))?;
		match lock.try_lock() {
			Ok(()) => {},
			Err(fs::TryLockError::WouldBlock) => return Err(StateError::InUse(dir)),
			Err(fs::TryLockError::Error(error)) => return Err(disk(&lock_path)(error).into()),
		}
		let blobs = DirStore::open(dir.join("blobs"))?;
		let mut jobs = BTreeMap::new();
		for entry in fs::read_dir(&jobs_dir).map_err(disk(&jobs_dir))? {
			let path = entry.map_err(disk(&jobs_dir))?.path();
			let id = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.parse::<u64>().ok());
			let (Some(id), Some(work)) = (id, JobRecord::stored_work(&path)) else {
				tracing::warn!(path = %path.display(), "ignored: not the record of a job");
				continue;
			};
			jobs.insert(id, Arc::new(JobRecord::open(path, work)?));
		}
		Ok(Self { shared: Arc::new(Shared { dir, blobs, jobs: RwLock::new(jobs), _lock: lock }) })
	}

	/// The machine that this daemon offered when it last ran on the chain with that genesis.
	pub fn machine(&self, genesis: &str) -> Option<u64> {
		let bytes = fs::read(self.shared.dir.join("machine.json")).ok()?;
		let note: MachineNote = serde_json::from_slice(&bytes).ok()?;
		(note.genesis == genesis).then_some(note.machine)
	}

	/// Remember which machine this daemon offers.
	pub fn set_machine(&self, genesis: &str, machine: u64) -> Result<(), BlobError> {
		let path = self.shared.dir.join("machine.json");
		let note = MachineNote { genesis: genesis.to_owned(), machine };
		let text = serde_json::to_vec(&note).map_err(|error| disk(&path)(error.into()))?;
		blobs::write_whole(&path, &text)
	}

	/// Guests and inputs.
	pub fn blobs(&self) -> &DirStore {
		&self.shared.blobs
	}

	fn jobs(&self) -> RwLockReadGuard<'_, BTreeMap<u64, Arc<JobRecord>>> {
		self.shared.jobs.read().unwrap_or_else(|poisoned| poisoned.into_inner())
	}

	fn jobs_mut(&self) -> RwLockWriteGuard<'_, BTreeMap<u64, Arc<JobRecord>>> {
		self.shared.jobs.write().unwrap_or_else(|poisoned| poisoned.into_inner())
	}

	/// The record of a job. What is there for other work under the same number (of another chain) is thrown away.
	pub fn job(&self, id: u64, work: Work) -> Result<Arc<JobRecord>, BlobError> {
		let mut jobs = self.jobs_mut();
		if let Some(record) = jobs.get(&id).filter(|record| record.work == work) {
			return Ok(record.clone());
		}
		jobs.remove(&id);
		let dir = self.shared.dir.join("jobs").join(id.to_string());
		if dir.exists() {
			fs::remove_dir_all(&dir).map_err(disk(&dir))?;
		}
		let record = Arc::new(JobRecord::create(dir, work)?);
		jobs.insert(id, record.clone());
		Ok(record)
	}

	/// Forget the jobs that `keep` does not approve, and the blobs that neither a kept job nor `needed` names.
	pub fn retain(
		&self,
		keep: impl Fn(u64, &Work) -> bool,
		needed: impl Fn(BlobHash) -> bool,
	) -> Result<(), BlobError> {
		let mut jobs = self.jobs_mut();
		let forgotten: Vec<u64> =
			jobs.iter().filter(|(id, record)| !keep(**id, &record.work)).map(|(id, _)| *id).collect();
		for id in forgotten {
			if let Some(record) = jobs.remove(&id) {
				fs::remove_dir_all(&record.dir).map_err(disk(&record.dir))?;
			}
		}
		let used = |hash| jobs.values().any(|record| record.work.guest == hash || record.work.input == hash);
		self.shared.blobs.retain(|hash| needed(hash) || used(hash))
	}
}

impl BlobSource for Workspace {
	async fn get(&self, hash: BlobHash) -> Result<Vec<u8>, BlobError> {
		let output = self.jobs().values().find_map(|record| record.output_path(hash));
		let store = self.blobs().clone();
		blocking(move || match output {
			Some(path) => fs::read(&path).map_err(disk(&path)).and_then(|bytes| blobs::verify(hash, bytes)),
			None => store.read(hash),
		})
		.await
	}
}

impl BlobStore for Workspace {
	async fn put(&self, bytes: Vec<u8>) -> Result<BlobHash, BlobError> {
		self.blobs().put(bytes).await
	}
}

impl JobBoard for Workspace {
	fn progress(&self, job: u64) -> Option<Progress> {
		self.jobs().get(&job).map(|record| {
			let (units, done) = (record.work.units, record.done());
			let state = if done < units { ProgressState::Running } else { ProgressState::Done };
			Progress { job, units, done, state }
		})
	}

	fn manifest(&self, job: u64) -> Option<Manifest> {
		let outputs = self.jobs().get(&job)?.outcomes()?;
		Some(Manifest { job, outputs })
	}
}

impl JobRecord {
	fn stored_work(dir: &Path) -> Option<Work> {
		serde_json::from_slice(&fs::read(dir.join("job.json")).ok()?).ok()
	}

	fn create(dir: PathBuf, work: Work) -> Result<Self, BlobError> {
		fs::create_dir_all(&dir).map_err(disk(&dir))?;
		let path = dir.join("job.json");
		let text = serde_json::to_vec(&work).map_err(|error| disk(&path)(error.into()))?;
		blobs::write_whole(&path, &text)?;
		Ok(Self { dir, work, units: RwLock::default() })
	}

	/// Read back the finished units, and remove what is damaged.
	fn open(dir: PathBuf, work: Work) -> Result<Self, BlobError> {
		blobs::remove_unfinished(&dir)?;
		let mut units = Units::default();
		for entry in fs::read_dir(&dir).map_err(disk(&dir))? {
			let path = entry.map_err(disk(&dir))?.path();
			if path.extension().is_none_or(|ending| ending == "json") {
				continue;
			}
			match Self::check(&path).filter(|(index, _)| *index < work.units) {
				Some((index, unit)) => units.insert(index, unit),
				None => {
					tracing::warn!(path = %path.display(), "damaged: will be computed again");
					fs::remove_file(&path).map_err(disk(&path))?;
				},
			}
		}
		Ok(Self { dir, work, units: RwLock::new(units) })
	}

	/// What the file of a unit says, if it is sound.
	fn check(path: &Path) -> Option<(u32, UnitRecord)> {
		let (index, leaf) = path.file_stem()?.to_str()?.split_once('-')?;
		let (index, hash) = (index.parse().ok()?, leaf.parse().ok()?);
		let bytes = fs::read(path).ok()?;
		let trapped = path.extension()? == "trap";
		let actual = if trapped {
			let result = Err(Trap::decode_all(&mut bytes.as_slice()).ok()?);
			BlobHash(Outcome { result, gas: 0 }.output_hash())
		} else {
			BlobHash::of(&bytes)
		};
		(actual == hash).then_some((index, UnitRecord { hash, trapped }))
	}

	fn file_name(index: u32, unit: &UnitRecord) -> String {
		let ending = if unit.trapped { "trap" } else { "out" };
		format!("{index}-{}.{ending}", hex::encode(unit.hash.0))
	}

	/// What the job is.
	pub const fn work(&self) -> &Work {
		&self.work
	}

	fn units(&self) -> RwLockReadGuard<'_, Units> {
		self.units.read().unwrap_or_else(|poisoned| poisoned.into_inner())
	}

	/// Keep the outcome of a unit.
	pub fn finish(&self, index: u32, outcome: &Outcome) -> Result<(), BlobError> {
		let unit = UnitRecord { hash: BlobHash(outcome.output_hash()), trapped: outcome.result.is_err() };
		let path = self.dir.join(Self::file_name(index, &unit));
		match &outcome.result {
			Ok(output) => blobs::write_whole(&path, output)?,
			Err(trap) => blobs::write_whole(&path, &trap.encode())?,
		}
		self.units.write().unwrap_or_else(|poisoned| poisoned.into_inner()).insert(index, unit);
		Ok(())
	}

	/// How many units are done.
	pub fn done(&self) -> u32 {
		// Indices are below `units`, a `u32`.
		self.units().leaves.len() as u32
	}

	/// The units that are not done.
	pub fn missing(&self) -> Vec<u32> {
		let units = self.units();
		(0..self.work.units).filter(|index| !units.leaves.contains_key(index)).collect()
	}

	/// The outcomes of all units in order, once all are done.
	pub fn outcomes(&self) -> Option<Vec<UnitRecord>> {
		let units = self.units();
		(0..self.work.units).map(|index| units.leaves.get(&index).copied()).collect()
	}

	/// What is committed on the chain, once all units are done.
	pub fn root(&self) -> Option<[u8; 32]> {
		Manifest { job: 0, outputs: self.outcomes()? }.root()
	}

	fn output_path(&self, hash: BlobHash) -> Option<PathBuf> {
		let units = self.units();
		let index = *units.by_hash.get(&hash)?;
		Some(self.dir.join(Self::file_name(index, &UnitRecord { hash, trapped: false })))
	}
}

impl Units {
	fn insert(&mut self, index: u32, unit: UnitRecord) {
		if !unit.trapped {
			self.by_hash.insert(unit.hash, index);
		}
		self.leaves.insert(index, unit);
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	fn work(units: u32) -> Work {
		Work { guest: BlobHash([1; 32]), input: BlobHash([2; 32]), units, gas_per_unit: 10 }
	}

	fn output(bytes: &[u8]) -> Outcome {
		Outcome { result: Ok(bytes.to_vec()), gas: 1 }
	}

	#[test]
	fn record_should_be_read_back_when_the_daemon_restarts() {
		let dir = tempfile::tempdir().unwrap();
		let root = {
			let workspace = Workspace::open(dir.path()).unwrap();
			let record = workspace.job(3, work(3)).unwrap();
			record.finish(0, &output(b"zero")).unwrap();
			record.finish(2, &output(b"two")).unwrap();
			assert_eq!((record.missing(), record.root()), (vec![1], None));
			assert_eq!(workspace.manifest(3), None);
			record.finish(1, &Outcome { result: Err(Trap::Unreachable), gas: 10 }).unwrap();
			record.root().unwrap()
		};
		let workspace = Workspace::open(dir.path()).unwrap();
		let record = workspace.job(3, work(3)).unwrap();
		assert!(record.missing().is_empty());
		assert_eq!(record.root(), Some(root));
		assert_eq!(workspace.progress(3), Some(Progress { job: 3, units: 3, done: 3, state: ProgressState::Done }));
		assert_eq!(workspace.manifest(3).unwrap().root(), Some(root));
	}

	#[test]
	fn unit_should_be_computed_again_when_its_file_is_damaged() {
		let dir = tempfile::tempdir().unwrap();
		{
			let workspace = Workspace::open(dir.path()).unwrap();
			let record = workspace.job(0, work(2)).unwrap();
			record.finish(0, &output(b"zero")).unwrap();
			record.finish(1, &output(b"one")).unwrap();
		}
		let name = JobRecord::file_name(1, &UnitRecord { hash: BlobHash::of(b"one"), trapped: false });
		let path = dir.path().join("jobs/0").join(name);
		fs::write(&path, b"on").unwrap();
		fs::write(dir.path().join("jobs/0/1-00.7-7.part"), b"o").unwrap();
		let workspace = Workspace::open(dir.path()).unwrap();
		assert_eq!(workspace.job(0, work(2)).unwrap().missing(), vec![1]);
		assert!(!path.exists());
	}

	#[test]
	fn record_should_be_thrown_away_when_the_number_means_other_work() {
		let dir = tempfile::tempdir().unwrap();
		let workspace = Workspace::open(dir.path()).unwrap();
		workspace.job(0, work(2)).unwrap().finish(0, &output(b"old")).unwrap();
		let record = workspace.job(0, work(4)).unwrap();
		assert_eq!(record.done(), 0);
		drop(workspace);
		assert_eq!(Workspace::open(dir.path()).unwrap().job(0, work(4)).unwrap().done(), 0);
	}

	#[test]
	fn machine_should_be_remembered_for_its_chain() {
		let dir = tempfile::tempdir().unwrap();
		let workspace = Workspace::open(dir.path()).unwrap();
		assert_eq!(workspace.machine("0xaa"), None);
		workspace.set_machine("0xaa", 3).unwrap();
		assert_eq!((workspace.machine("0xaa"), workspace.machine("0xbb")), (Some(3), None));
	}

	#[test]
	fn directory_should_serve_one_daemon_only() {
		let dir = tempfile::tempdir().unwrap();
		let first = Workspace::open(dir.path()).unwrap();
		assert!(matches!(Workspace::open(dir.path()), Err(StateError::InUse(_))));
		drop(first);
		assert!(Workspace::open(dir.path()).is_ok());
	}

	#[tokio::test]
	async fn outputs_and_inputs_should_be_served_as_blobs() {
		let dir = tempfile::tempdir().unwrap();
		let workspace = Workspace::open(dir.path()).unwrap();
		let input = workspace.put(b"input".to_vec()).await.unwrap();
		workspace.job(0, work(2)).unwrap().finish(1, &output(b"one")).unwrap();
		assert_eq!(workspace.get(input).await.unwrap(), b"input");
		assert_eq!(workspace.get(BlobHash::of(b"one")).await.unwrap(), b"one");
		assert!(matches!(workspace.get(BlobHash([9; 32])).await, Err(BlobError::NotFound(_))));
	}

	#[tokio::test]
	async fn what_nobody_needs_should_be_removed() {
		let dir = tempfile::tempdir().unwrap();
		let workspace = Workspace::open(dir.path()).unwrap();
		let guest = workspace.put(b"guest".to_vec()).await.unwrap();
		let other = workspace.put(b"other".to_vec()).await.unwrap();
		workspace.job(0, Work { guest, ..work(1) }).unwrap();
		workspace.job(1, work(1)).unwrap();
		workspace.retain(|id, _| id == 0, |_| false).unwrap();
		assert!(workspace.get(guest).await.is_ok());
		assert!(workspace.get(other).await.is_err());
		assert!(workspace.progress(0).is_some() && workspace.progress(1).is_none());
		assert!(!dir.path().join("jobs/1").exists());
	}
}
