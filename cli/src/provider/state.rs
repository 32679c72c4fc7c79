//! What a provider keeps on disk, so that it can be killed at any moment and go on.
//!
//! ```text
//! DIR/lock                        held while a daemon uses the directory
//! DIR/machine.json                which machine this is, on which chain
//! DIR/blobs/<hash>                guests and inputs
//! DIR/trial                       what is written at the start to see how long that takes
//! DIR/jobs/<id>/job.json          what the job is
//! DIR/jobs/<id>/<index>-<leaf>.out    output of a unit
//! DIR/jobs/<id>/<index>-<leaf>.trap   a unit that trapped (its code)
//! DIR/jobs/<id>/<index>-<hash>.units  outcomes of several units, that of `index` first
//! ```
//!
//! Each file appears whole or not at all, and its name says what it must hash to: whatever is damaged is computed again.
//! To have a file on the disk for sure takes far longer than a short unit, so outcomes that come fast share one. What is open
//! on the chain decides what is kept, not this directory.

use std::{
	collections::{BTreeMap, HashMap},
	fs::{self, File},
	io::{self, Read, Seek, SeekFrom},
	ops::Range,
	path::{Path, PathBuf},
	sync::{Arc, RwLock, RwLockReadGuard, RwLockWriteGuard},
	time::{Duration, Instant},
};

use assay_proofs::{
	merkle::{self, Opening},
	Gas, Hash, Outcome, Trap,
};
use codec::{Decode, DecodeAll, Encode};
use serde::{Deserialize, Serialize};

use crate::{
	blobs::{self, blocking, BlobError, BlobHash, BlobSource, BlobStore, DirStore},
	chain::model::range_from,
	http::{JobBoard, Manifest, Progress, ProgressState, UnitRecord},
};

/// Ending of files with the outcomes of several units.
const BATCH: &str = "units";
/// How old outcomes get before they are on the disk. What is younger is computed again when the daemon is killed.
const BATCH_AGE: Duration = Duration::from_millis(200);
/// How many bytes of outputs wait for others before they are on the disk.
const BATCH_BYTES: usize = 4 << 20;

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
	/// How many units a range has, if it is paid for range by range.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	pub range: Option<u32>,
}

impl Work {
	/// The units that are committed to together with unit `index`.
	pub fn range_of(&self, index: u32) -> Range<u32> {
		let length = self.range.unwrap_or(self.units).max(1);
		range_from(index / length * length, length, self.units)
	}
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
	by_hash: HashMap<BlobHash, Place>,
	/// Files that several outputs lie in.
	batches: Vec<PathBuf>,
}

/// Where an output lies.
#[derive(Clone, Copy)]
enum Place {
	/// In the file of this unit.
	Own(u32),
	/// In a file with others.
	Batch { number: u32, offset: u32, len: u32 },
}

/// Some bytes of a file.
struct Piece {
	path: PathBuf,
	/// Where they begin, and how many there are; the whole file without it.
	range: Option<(u32, u32)>,
}

impl Piece {
	fn read(&self) -> io::Result<Vec<u8>> {
		let Some((offset, len)) = self.range else { return fs::read(&self.path) };
		let mut file = File::open(&self.path)?;
		file.seek(SeekFrom::Start(offset.into()))?;
		let mut bytes = Vec::new();
		file.take(len.into()).read_to_end(&mut bytes)?;
		Ok(bytes)
	}
}

/// A unit in a file with others: its outcome, and where the output begins and how long it is.
type Entry = (u32, UnitRecord, Option<(u32, u32)>);

/// What is remembered of a unit whose outcome ends at `end` of its file.
fn entry(index: u32, outcome: &Outcome, end: usize) -> Option<Entry> {
	let range = match &outcome.result {
		Ok(output) => Some((u32::try_from(end.checked_sub(output.len())?).ok()?, u32::try_from(output.len()).ok()?)),
		Err(_) => None,
	};
	let unit = UnitRecord { hash: BlobHash(outcome.output_hash()), trapped: outcome.result.is_err() };
	Some((index, unit, range))
}

/// Read a file with the outcomes of several units.
fn entries(bytes: &[u8]) -> Option<Vec<Entry>> {
	let mut entries = Vec::new();
	let mut rest = bytes;
	while !rest.is_empty() {
		let (index, result) = <(u32, Result<Vec<u8>, Trap>)>::decode(&mut rest).ok()?;
		entries.push(entry(index, &Outcome { result, gas: 0 }, bytes.len() - rest.len())?);
	}
	Some(entries)
}

/// Stands for all that a file with these outcomes says. Outputs are hashed already, and not once more.
fn digest(entries: &[Entry]) -> BlobHash {
	let parts: Vec<_> =
		entries.iter().map(|(index, unit, range)| (*index, unit.hash.0, unit.trapped, *range)).collect();
	BlobHash::of(&parts.encode())
}

/// Outcomes that wait to be written to the disk together.
pub struct Batch<'a> {
	record: &'a JobRecord,
	outcomes: Vec<(u32, Outcome)>,
	bytes: usize,
	since: Instant,
}

impl<'a> Batch<'a> {
	/// None yet, of the job that `record` is about.
	pub fn new(record: &'a JobRecord) -> Self {
		Self { record, outcomes: Vec::new(), bytes: 0, since: Instant::now() }
	}

	/// Take in one more, and write them all when they have waited for long, or are many.
	pub fn push(&mut self, index: u32, outcome: Outcome) -> Result<(), BlobError> {
		self.bytes = self.bytes.saturating_add(outcome.result.as_ref().map_or(1, Vec::len));
		self.outcomes.push((index, outcome));
		if self.bytes >= BATCH_BYTES || self.since.elapsed() >= BATCH_AGE {
			self.write()?;
		}
		Ok(())
	}

	/// Write what waits.
	pub fn write(&mut self) -> Result<(), BlobError> {
		self.record.keep(&std::mem::take(&mut self.outcomes))?;
		(self.bytes, self.since) = (0, Instant::now());
		Ok(())
	}
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

	/// The record of a job that there is not, of so many units, to see how long it takes to keep them.
	pub fn trial(&self, units: u32) -> Result<JobRecord, BlobError> {
		let dir = self.shared.dir.join("trial");
		if dir.exists() {
			fs::remove_dir_all(&dir).map_err(disk(&dir))?;
		}
		let nothing = BlobHash([0; 32]);
		JobRecord::create(dir, Work { guest: nothing, input: nothing, units, gas_per_unit: 0, range: None })
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

	/// The record of a job, if there is one.
	pub fn record(&self, id: u64) -> Option<Arc<JobRecord>> {
		self.jobs().get(&id).cloned()
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
				record.remove()?;
			}
		}
		let used = |hash| jobs.values().any(|record| record.work.guest == hash || record.work.input == hash);
		self.shared.blobs.retain(|hash| needed(hash) || used(hash))
	}
}

impl BlobSource for Workspace {
	async fn get(&self, hash: BlobHash) -> Result<Vec<u8>, BlobError> {
		let output = self.jobs().values().find_map(|record| record.output(hash));
		let store = self.blobs().clone();
		blocking(move || match output {
			Some(piece) => piece.read().map_err(disk(&piece.path)).and_then(|bytes| blobs::verify(hash, bytes)),
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
			let sound = if path.extension().is_some_and(|ending| ending == BATCH) {
				Self::check_batch(&path, &work).map(|entries| units.insert_batch(path.clone(), entries))
			} else {
				let unit = Self::check(&path).filter(|(index, _)| *index < work.units);
				unit.map(|(index, unit)| units.insert(index, unit, Place::Own(index)))
			};
			if sound.is_none() {
				tracing::warn!(path = %path.display(), "damaged: will be computed again");
				fs::remove_file(&path).map_err(disk(&path))?;
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

	/// What a file with the outcomes of several units says, if it is sound.
	fn check_batch(path: &Path, work: &Work) -> Option<Vec<Entry>> {
		let (_, name) = path.file_stem()?.to_str()?.split_once('-')?;
		let entries = entries(&fs::read(path).ok()?)?;
		let sound = name.parse() == Ok(digest(&entries)) && entries.iter().all(|(index, ..)| *index < work.units);
		sound.then_some(entries)
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

	fn units_mut(&self) -> RwLockWriteGuard<'_, Units> {
		self.units.write().unwrap_or_else(|poisoned| poisoned.into_inner())
	}

	/// Keep the outcome of a unit.
	pub fn finish(&self, index: u32, outcome: &Outcome) -> Result<(), BlobError> {
		let unit = UnitRecord { hash: BlobHash(outcome.output_hash()), trapped: outcome.result.is_err() };
		let path = self.dir.join(Self::file_name(index, &unit));
		match &outcome.result {
			Ok(output) => blobs::write_whole(&path, output)?,
			Err(trap) => blobs::write_whole(&path, &trap.encode())?,
		}
		self.units_mut().insert(index, unit, Place::Own(index));
		Ok(())
	}

	/// Keep the outcomes of some units. All of them are on the disk before any of them counts.
	fn keep(&self, outcomes: &[(u32, Outcome)]) -> Result<(), BlobError> {
		let first = match outcomes {
			[] => return Ok(()),
			[(index, outcome)] => return self.finish(*index, outcome),
			[(first, _), ..] => first,
		};
		let (mut bytes, mut entries) = (Vec::<u8>::new(), Vec::new());
		for (index, outcome) in outcomes {
			(index, &outcome.result).encode_to(&mut bytes);
			let entry = entry(*index, outcome, bytes.len());
			entries.push(entry.ok_or_else(|| disk(&self.dir)(io::Error::other("too large an outcome")))?);
		}
		let path = self.dir.join(format!("{first}-{}.{BATCH}", hex::encode(digest(&entries).0)));
		blobs::write_whole(&path, &bytes)?;
		self.units_mut().insert_batch(path, entries);
		Ok(())
	}

	/// Remove it from the disk.
	pub fn remove(&self) -> Result<(), BlobError> {
		fs::remove_dir_all(&self.dir).map_err(disk(&self.dir))
	}

	/// How many units are done.
	pub fn done(&self) -> u32 {
		// Indices are below `units`, a `u32`.
		self.units().leaves.len() as u32
	}

	/// The units of these that are not done.
	pub fn missing(&self, range: Range<u32>) -> Vec<u32> {
		let units = self.units();
		range.filter(|index| !units.leaves.contains_key(index)).collect()
	}

	/// The outcomes of all units in order, up to the last range that is done; `None` before the first is.
	pub fn outcomes(&self) -> Option<Vec<UnitRecord>> {
		let units = self.units();
		let done = (0..self.work.units).map_while(|index| units.leaves.get(&index).copied());
		let mut outcomes: Vec<UnitRecord> = done.collect();
		let open = self.work.range_of(outcomes.len() as u32).start;
		if outcomes.len() < self.work.units as usize {
			outcomes.truncate(open as usize);
		}
		(!outcomes.is_empty()).then_some(outcomes)
	}

	/// What is committed to on the chain when all units below `end` are done, with which a range ends: the root of that.
	pub fn root(&self, end: u32) -> Option<[u8; 32]> {
		let last = self.work.range_of(end.checked_sub(1)?);
		let is_whole = last.end == end && self.missing(0..end).is_empty();
		let leaves = self.leaves(last).filter(|_| is_whole)?;
		merkle::root(&leaves)
	}

	/// What the commitment of its range has for unit `index`, once that range is done, and the proof of that.
	pub fn prove(&self, index: u32) -> Option<(UnitRecord, Opening)> {
		let range = self.work.range_of(index);
		let unit = self.units().leaves.get(&index).copied()?;
		let place = index.checked_sub(range.start)?;
		Some((unit, merkle::prove(&self.leaves(range)?, place)?))
	}

	/// The leaves of these units, once all of them are done.
	fn leaves(&self, range: Range<u32>) -> Option<Vec<Hash>> {
		let units = self.units();
		range.map(|index| units.leaves.get(&index).map(|unit| unit.hash.0)).collect()
	}

	fn output(&self, hash: BlobHash) -> Option<Piece> {
		let units = self.units();
		Some(match *units.by_hash.get(&hash)? {
			Place::Own(index) => {
				let path = self.dir.join(Self::file_name(index, &UnitRecord { hash, trapped: false }));
				Piece { path, range: None }
			},
			Place::Batch { number, offset, len } => {
				Piece { path: units.batches.get(number as usize)?.clone(), range: Some((offset, len)) }
			},
		})
	}
}

impl Units {
	fn insert(&mut self, index: u32, unit: UnitRecord, place: Place) {
		if !unit.trapped {
			self.by_hash.insert(unit.hash, place);
		}
		self.leaves.insert(index, unit);
	}

	fn insert_batch(&mut self, path: PathBuf, entries: Vec<Entry>) {
		// One per file that was written, each of which takes some time.
		let number = self.batches.len() as u32;
		self.batches.push(path);
		for (index, unit, range) in entries {
			if let Some((offset, len)) = range {
				self.by_hash.insert(unit.hash, Place::Batch { number, offset, len });
			}
			self.leaves.insert(index, unit);
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	fn work(units: u32) -> Work {
		Work { guest: BlobHash([1; 32]), input: BlobHash([2; 32]), units, gas_per_unit: 10, range: None }
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
			assert_eq!((record.missing(0..record.work().units), record.root(record.work().units)), (vec![1], None));
			assert_eq!(workspace.manifest(3), None);
			record.finish(1, &Outcome { result: Err(Trap::Unreachable), gas: 10 }).unwrap();
			record.root(record.work().units).unwrap()
		};
		let workspace = Workspace::open(dir.path()).unwrap();
		let record = workspace.job(3, work(3)).unwrap();
		assert!(record.missing(0..record.work().units).is_empty());
		assert_eq!(record.root(record.work().units), Some(root));
		assert_eq!(workspace.progress(3), Some(Progress { job: 3, units: 3, done: 3, state: ProgressState::Done }));
		assert_eq!(workspace.manifest(3).unwrap().root(), Some(root));
	}

	#[test]
	fn outcomes_should_be_told_range_by_range() {
		let dir = tempfile::tempdir().unwrap();
		let workspace = Workspace::open(dir.path()).unwrap();
		let work = Work { range: Some(2), ..work(5) };
		assert_eq!([0, 1, 2, 4].map(|index| work.range_of(index)), [0..2, 0..2, 2..4, 4..5]);
		let record = workspace.job(0, work).unwrap();
		let told = || workspace.manifest(0).map_or(0, |manifest| manifest.outputs.len());
		for (index, expected) in [(3, 0), (0, 0), (1, 2), (2, 4), (4, 5)] {
			record.finish(index, &output(&[index as u8])).unwrap();
			assert_eq!(told(), expected, "with unit {index}");
		}
		let manifest = workspace.manifest(0).unwrap();
		for range in [0..2, 2..4, 4..5] {
			let root = manifest.root_of(&range).unwrap();
			assert_eq!(record.root(range.end), Some(root));
			let (leaf, opening) = manifest.prove(&range, range.start).unwrap();
			assert!(merkle::verify(&root, range.len() as u32, 0, &leaf.0, &opening));
			assert_eq!(record.prove(range.start).map(|(unit, opening)| (unit.hash, opening)), Some((leaf, opening)));
			assert_eq!(manifest.prove(&range, range.end), None);
		}
		assert_eq!(manifest.prove(&(2..4), 1), None);
		// Nothing is committed to but whole ranges.
		assert_eq!((record.root(3), record.root(0)), (None, None));
	}

	#[test]
	fn ranges_should_be_proved_when_one_before_them_is_damaged() {
		let dir = tempfile::tempdir().unwrap();
		let work = Work { range: Some(2), ..work(4) };
		let expected = {
			let workspace = Workspace::open(dir.path()).unwrap();
			let record = workspace.job(0, work).unwrap();
			for index in 0..4 {
				record.finish(index, &output(&[index as u8])).unwrap();
			}
			record.prove(3)
		};
		let name = JobRecord::file_name(1, &UnitRecord { hash: BlobHash::of(&[1]), trapped: false });
		fs::write(dir.path().join("jobs/0").join(name), b"?").unwrap();
		let workspace = Workspace::open(dir.path()).unwrap();
		let record = workspace.record(0).unwrap();
		assert!(expected.is_some() && record.prove(3) == expected);
		// What is damaged is missed with whatever comes after it.
		assert_eq!((record.root(4), record.missing(0..4), record.prove(0)), (None, vec![1], None));
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
		assert_eq!(workspace.job(0, work(2)).unwrap().missing(0..2), vec![1]);
		assert!(!path.exists());
	}

	/// A record of which units 0 to 3 are in one file: an empty output, two others, and a trap.
	fn batched(workspace: &Workspace) -> Arc<JobRecord> {
		let record = workspace.job(0, work(5)).unwrap();
		let mut batch = Batch::new(&record);
		for (index, bytes) in [b"".as_slice(), b"one", b"two"].into_iter().enumerate() {
			batch.push(index as u32, output(bytes)).unwrap();
		}
		batch.push(3, Outcome { result: Err(Trap::Unreachable), gas: 10 }).unwrap();
		batch.write().unwrap();
		drop(batch);
		record
	}

	fn files(dir: &Path, ending: &str) -> Vec<PathBuf> {
		let files = fs::read_dir(dir.join("jobs/0")).unwrap().map(|entry| entry.unwrap().path());
		files.filter(|path| path.extension().is_some_and(|found| found == ending)).collect()
	}

	#[tokio::test]
	async fn outcomes_in_one_file_should_be_served_and_read_back_when_the_daemon_restarts() {
		let dir = tempfile::tempdir().unwrap();
		for _ in 0..2 {
			let workspace = Workspace::open(dir.path()).unwrap();
			let record = workspace.job(0, work(5)).unwrap();
			if record.done() == 0 {
				batched(&workspace);
			}
			assert_eq!(record.missing(0..record.work().units), vec![4]);
			for bytes in [b"".as_slice(), b"one", b"two"] {
				assert_eq!(workspace.get(BlobHash::of(bytes)).await.unwrap(), bytes);
			}
			assert_eq!(files(dir.path(), BATCH).len(), 1);
		}
		let workspace = Workspace::open(dir.path()).unwrap();
		let record = workspace.job(0, work(5)).unwrap();
		record.finish(4, &output(b"four")).unwrap();
		let trapped: Vec<_> = record.outcomes().unwrap().iter().map(|unit| unit.trapped).collect();
		assert_eq!(trapped, [false, false, false, true, false]);
	}

	#[test]
	fn units_should_be_computed_again_when_the_file_they_share_is_damaged() {
		let dir = tempfile::tempdir().unwrap();
		batched(&Workspace::open(dir.path()).unwrap());
		let path = files(dir.path(), BATCH).remove(0);
		// Another index would put a right output in the wrong place.
		let mut bytes = fs::read(&path).unwrap();
		bytes[0] ^= 4;
		fs::write(&path, bytes).unwrap();
		let workspace = Workspace::open(dir.path()).unwrap();
		assert_eq!(workspace.job(0, work(5)).unwrap().done(), 0);
		assert!(!path.exists());
	}

	#[tokio::test]
	async fn half_a_file_should_never_be_served() {
		let dir = tempfile::tempdir().unwrap();
		let workspace = Workspace::open(dir.path()).unwrap();
		batched(&workspace);
		let path = files(dir.path(), BATCH).remove(0);
		fs::write(&path, &fs::read(&path).unwrap()[..12]).unwrap();
		let error = workspace.get(BlobHash::of(b"two")).await.unwrap_err();
		assert!(matches!(error, BlobError::WrongHash { .. }), "{error}");
	}

	#[test]
	fn outcome_should_have_a_file_of_its_own_when_it_took_long() {
		let dir = tempfile::tempdir().unwrap();
		let workspace = Workspace::open(dir.path()).unwrap();
		let record = workspace.job(0, work(3)).unwrap();
		let mut batch = Batch::new(&record);
		batch.since = Instant::now().checked_sub(BATCH_AGE).unwrap();
		batch.push(0, output(b"zero")).unwrap();
		assert_eq!((record.done(), files(dir.path(), "out").len()), (1, 1));
		batch.push(1, output(&[0; BATCH_BYTES])).unwrap();
		assert_eq!((record.done(), files(dir.path(), "out").len()), (2, 2));
		batch.push(2, output(b"two")).unwrap();
		assert_eq!(record.done(), 2);
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
