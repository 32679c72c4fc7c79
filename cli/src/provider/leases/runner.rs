//! Has the operator's command run for one lease as long as the lease is to run, and starts it again when it ends by itself.
//!
//! The daemon does not know what a lease's machine is: a container, a virtual machine, a bare process. It starts the command once
//! for each lease, with what there is to know in environment variables, and stops it with all that it has started.
//!
//! | variable | says |
//! |---|---|
//! | `ASSAY_LEASE` | number of the lease |
//! | `ASSAY_CLIENT` | address of the client |
//! | `ASSAY_MACHINE` | number of the machine |
//! | `ASSAY_SLOTS` | how many slots of it are leased |
//! | `ASSAY_PROCESSORS` | how many processors that comes to: more would be those of jobs and of other leases |
//! | `ASSAY_MANIFEST` | path of what the client wants run |
//! | `ASSAY_LEASE_DIR` | folder of the lease, where the command begins; it outlives pauses, and is removed with the lease |
//!
//! Its first line on standard output is a JSON object ([`Reach`]): one line is whole or not there, a shell can print it, and
//! it has room for whatever else a client needs to get in. Its standard input ends when it is to stop, also when the daemon
//! was killed.

use std::{
	fs, io,
	path::{Path, PathBuf},
	process::{ExitStatus, Stdio},
	sync::Arc,
	time::{Duration, Instant},
};

use anyhow::{bail, ensure, Context};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use subxt::utils::AccountId32;
use tokio::{
	io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
	process::{Child, ChildStdin, ChildStdout, Command},
	sync::watch,
	task::JoinHandle,
};

use super::{
	board::Board,
	group::{Group, PATIENCE},
};
use crate::{
	blobs::{self, BlobError, BlobHash, DirStore},
	leased::LeaseService,
	output::Output,
	provider::notice::Notice,
};

/// Longest first line of a runner.
const LONGEST_LINE: u64 = 16 << 10;
/// Pause before a runner that has ended by itself is started again; it doubles up to [`MAX_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// Longest pause before a runner is started again.
const MAX_PAUSE: Duration = Duration::from_secs(300);
/// A runner that has run for so long, and ends, has not failed in a row.
const STABLE: Duration = Duration::from_secs(600);
/// So many failures in a row, and the operator is told.
const ALARMING: u32 = 5;
/// What the shell does before the command: it waits until the daemon has written down which process it is. Without that line the
/// daemon is gone, and nothing is started that nobody would find.
const PRELUDE: &str = r#"read -r _ || exit 0; exec /bin/sh -c "$1""#;

/// What a runner has told about how its lease is reached.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Reach(Map<String, Value>);

impl Reach {
	/// Read the first line of a runner.
	pub fn parse(line: &str) -> anyhow::Result<Self> {
		let value: Value = serde_json::from_str(line.trim()).context("its first line is not JSON")?;
		let Value::Object(mut told) = value else { bail!("its first line is not a JSON object") };
		ensure!(told.get("endpoint").is_some_and(Value::is_string), "its first line names no endpoint");
		// These are ours to tell.
		told.remove("lease");
		told.remove("state");
		Ok(Self(told))
	}

	/// All of it.
	pub fn into_map(self) -> Map<String, Value> {
		self.0
	}
}

/// What is to be run for a lease.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Task {
	/// Hash of what the client wants run. It is in the store, or was run before.
	pub manifest: BlobHash,
	/// How many slots are leased.
	pub slots: u32,
	/// How many processors that comes to.
	pub processors: usize,
}

/// Which lease it is, wherever a number alone could mean another one.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(super) struct Identity {
	/// The chain.
	pub genesis: BlobHash,
	/// The lease.
	pub lease: u64,
	/// Its client.
	pub client: AccountId32,
	/// The machine.
	pub machine: u64,
	/// In which block it began.
	pub started: u32,
}

/// What a lease has on the disk.
///
/// ```text
/// DIR/lease.json     which lease it is
/// DIR/runner.json    the processes that serve it
/// DIR/manifest       what is run
/// DIR/files/         the lease's own folder
/// ```
#[derive(Clone, Debug)]
pub(super) struct Folder(PathBuf);

impl Folder {
	/// A folder that is there, or is to come.
	pub const fn new(dir: PathBuf) -> Self {
		Self(dir)
	}

	fn failed(&self) -> impl FnOnce(io::Error) -> BlobError + '_ {
		move |reason| BlobError::Disk { path: self.0.clone(), reason }
	}

	fn processes(&self) -> PathBuf {
		self.0.join("runner.json")
	}

	fn manifest(&self) -> PathBuf {
		self.0.join("manifest")
	}

	fn files(&self) -> PathBuf {
		self.0.join("files")
	}

	/// Which lease it is about, if it is about one.
	pub fn identity(&self) -> Option<Identity> {
		serde_json::from_slice(&fs::read(self.0.join("lease.json")).ok()?).ok()
	}

	/// Make it, for a lease that it is not about yet.
	fn create(&self, identity: &Identity) -> Result<(), BlobError> {
		if self.identity().as_ref() != Some(identity) {
			self.remove()?;
			fs::create_dir_all(self.files()).map_err(self.failed())?;
			let path = self.0.join("lease.json");
			let text = serde_json::to_vec(identity).map_err(|error| self.failed()(error.into()))?;
			blobs::write_whole(&path, &text)?;
		}
		fs::create_dir_all(self.files()).map_err(self.failed())
	}

	/// Stop what an earlier daemon has started for it and not stopped.
	pub async fn stop_remains(&self) {
		if let Some(group) = Group::recall(&self.processes()) {
			if group.lives() {
				tracing::warn!(folder = %self.0.display(), "stopping what an earlier daemon has left running");
			}
			group.stop(PATIENCE).await;
		}
	}

	/// Remove it from the disk.
	pub fn remove(&self) -> Result<(), BlobError> {
		match fs::remove_dir_all(&self.0) {
			Err(error) if error.kind() != io::ErrorKind::NotFound => Err(self.failed()(error)),
			_ => Ok(()),
		}
	}
}

/// What a keeper is to see to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Wanted {
	/// That nothing runs, because the lease stands so.
	Rest(LeaseService),
	/// That this runs.
	Run(Task),
}

/// What all runners of a daemon have in common.
#[derive(Clone)]
pub(super) struct Shop {
	/// The operator's command.
	pub command: Arc<str>,
	/// Manifests.
	pub store: DirStore,
	/// Where it is told how leases stand.
	pub board: Board,
	/// Where the operator is told.
	pub out: Output,
}

/// Keeps one lease served, or stopped, as it is told. Dropping it stops what it has started.
pub(super) struct Keeper {
	folder: Folder,
	wanted: watch::Sender<Wanted>,
	task: JoinHandle<()>,
}

impl Keeper {
	/// Keep a lease, with its files in `folder`. Nothing is run yet.
	pub fn new(shop: Shop, identity: Identity, folder: Folder) -> Self {
		let (wanted, told) = watch::channel(Wanted::Rest(LeaseService::Starting));
		let keeping = Keeping { shop, identity, folder: folder.clone() };
		Self { folder, wanted, task: tokio::spawn(keeping.keep(told)) }
	}

	/// See to something else from now on.
	pub fn want(&self, next: Wanted) {
		self.wanted.send_if_modified(|wanted| {
			let new = *wanted != next;
			*wanted = next;
			new
		});
	}

	/// What is to run is not there yet. What has run before runs on until then.
	pub fn wait(&self) {
		let waits = Wanted::Rest(LeaseService::Starting);
		self.wanted.send_if_modified(|wanted| {
			let new = matches!(wanted, Wanted::Rest(_)) && *wanted != waits;
			if new {
				*wanted = waits;
			}
			new
		});
	}

	/// Stop what runs, and wait until that has ended. The folder stays.
	pub async fn stop(self) -> Folder {
		let Self { folder, wanted, task } = self;
		drop(wanted);
		if let Err(error) = task.await {
			tracing::error!(%error, "whoever keeps a lease broke off");
		}
		folder
	}
}

/// What ended a runner.
enum Ended {
	/// Something else is wanted by now.
	Told,
	/// It did by itself.
	ByItself(ExitStatus),
}

struct Keeping {
	shop: Shop,
	identity: Identity,
	folder: Folder,
}

impl Keeping {
	/// Run what is wanted, until nobody wants anything any more.
	async fn keep(self, mut wanted: watch::Receiver<Wanted>) {
		self.folder.stop_remains().await;
		let mut failures = 0;
		loop {
			let next = wanted.borrow_and_update().clone();
			let task = match next {
				Wanted::Run(task) => task,
				Wanted::Rest(service) => {
					failures = 0;
					self.tell(service, None);
					match wanted.changed().await {
						Ok(()) => continue,
						Err(_) => return,
					}
				},
			};
			self.tell(LeaseService::Starting, None);
			let begun = Instant::now();
			let failure = match self.serve(&task, &mut wanted).await {
				Ok(Ended::Told) if wanted.has_changed().is_err() => return,
				Ok(Ended::Told) => {
					failures = 0;
					continue;
				},
				Ok(Ended::ByItself(status)) => anyhow::anyhow!("the runner ended by itself: {status}"),
				Err(error) => error,
			};
			failures = if begun.elapsed() >= STABLE { 1 } else { failures + 1 };
			self.tell(LeaseService::Failing, None);
			self.complain(failures, &failure);
			tokio::select! {
				() = tokio::time::sleep(pause(failures)) => {},
				changed = wanted.changed() => match changed {
					Ok(()) => failures = 0,
					Err(_) => return,
				},
			}
		}
	}

	fn tell(&self, service: LeaseService, reach: Option<Reach>) {
		self.shop.board.set(self.identity.lease, self.identity.client, service, reach);
	}

	/// Tell of a failure, and loudly when it has failed for long.
	fn complain(&self, failures: u32, failure: &anyhow::Error) {
		let lease = self.identity.lease;
		tracing::warn!(lease, failures, "will be started again in {:?}: {failure:#}", pause(failures));
		if failures.is_multiple_of(ALARMING) {
			self.shop.out.result(&Notice::LeaseFailing { lease, failures, reason: format!("{failure:#}") });
		}
	}

	/// Have `task` run until something else is wanted, or it ends.
	async fn serve(&self, task: &Task, wanted: &mut watch::Receiver<Wanted>) -> anyhow::Result<Ended> {
		let manifest = self.manifest(task.manifest)?;
		self.folder.create(&self.identity)?;
		blobs::write_whole(&self.folder.manifest(), &manifest)?;
		let mut running = Running::start(self.command(task), &self.folder.processes()).await?;
		let ended = self.attend(&mut running, wanted).await;
		running.stop().await;
		ended
	}

	/// The manifest called `hash`. What was run before is in the lease's folder, and no longer in the store once the client wants
	/// something else run.
	fn manifest(&self, hash: BlobHash) -> Result<Vec<u8>, BlobError> {
		match fs::read(self.folder.manifest()) {
			Ok(bytes) if BlobHash::of(&bytes) == hash => Ok(bytes),
			_ => self.shop.store.read(hash),
		}
	}

	/// The operator's command, for `task`.
	fn command(&self, task: &Task) -> Command {
		let Identity { lease, client, machine, .. } = &self.identity;
		let mut command = Command::new("/bin/sh");
		command.args(["-c", PRELUDE, "runner", &*self.shop.command]).current_dir(self.folder.files());
		// What the daemon was given is not for those whom it serves: its key least of all.
		for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("ASSAY_")) {
			command.env_remove(name);
		}
		command
			.env("ASSAY_LEASE", lease.to_string())
			.env("ASSAY_CLIENT", client.to_string())
			.env("ASSAY_MACHINE", machine.to_string())
			.env("ASSAY_SLOTS", task.slots.to_string())
			.env("ASSAY_PROCESSORS", task.processors.to_string())
			.env("ASSAY_MANIFEST", self.folder.manifest())
			.env("ASSAY_LEASE_DIR", self.folder.files());
		command
	}

	/// Take in what a runner tells, until something else is wanted or it ends.
	async fn attend(&self, running: &mut Running, wanted: &mut watch::Receiver<Wanted>) -> anyhow::Result<Ended> {
		loop {
			tokio::select! {
				_ = wanted.changed() => return Ok(Ended::Told),
				status = running.child.wait() => return Ok(Ended::ByItself(status?)),
				line = running.output.next() => {
					self.tell(LeaseService::Serving, Some(Reach::parse(&line?)?));
					self.shop.out.result(&Notice::LeaseServing { lease: self.identity.lease });
				},
			}
		}
	}
}

/// How long to wait before the next start after so many failures in a row.
fn pause(failures: u32) -> Duration {
	let doubled = 1u32.checked_shl(failures.saturating_sub(1).min(16)).unwrap_or(u32::MAX);
	FIRST_PAUSE.saturating_mul(doubled).min(MAX_PAUSE)
}

/// A runner, and all that it has started.
struct Running {
	child: Child,
	group: Group,
	output: Lines,
	/// Ends when the runner is to stop.
	_input: ChildStdin,
}

impl Running {
	/// Start `command`, and write to `record` which processes it is.
	async fn start(mut command: Command, record: &Path) -> anyhow::Result<Self> {
		let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).process_group(0).kill_on_drop(true);
		let mut child = command.spawn().context("cannot start the runner")?;
		let group = child.id().and_then(Group::led_by).context("the runner has no number")?;
		let (mut input, output) = (child.stdin.take().context("no input")?, child.stdout.take().context("no output")?);
		group.remember(record)?;
		input.write_all(b"go\n").await.context("the runner's shell does not listen")?;
		Ok(Self { child, group, output: Lines::new(output), _input: input })
	}

	/// Stop it with all that it has started.
	async fn stop(self) {
		let Self { mut child, group, output, _input } = self;
		drop((_input, output));
		// The leader is not gone before it was asked how it ended.
		let (_, status) = tokio::join!(group.stop(PATIENCE), child.wait());
		if let Err(error) = status {
			tracing::warn!(%error, "cannot tell how a runner ended");
		}
	}
}

/// What a runner prints.
struct Lines {
	reader: BufReader<ChildStdout>,
	/// What there is of the first line.
	line: Vec<u8>,
	/// Whether that was given out.
	told: bool,
}

impl Lines {
	fn new(output: ChildStdout) -> Self {
		Self { reader: BufReader::new(output), line: Vec::new(), told: false }
	}

	/// The first line, once. What comes after it is read and thrown away, so that the runner does not wait for a reader.
	///
	/// May be given up while waiting without losing anything.
	async fn next(&mut self) -> anyhow::Result<String> {
		while !self.told {
			let left = LONGEST_LINE.saturating_sub(self.line.len() as u64);
			ensure!(left > 0, "its first line is longer than {LONGEST_LINE} bytes");
			let read = (&mut self.reader).take(left).read_until(b'\n', &mut self.line).await?;
			self.told = read == 0;
			if self.line.last() == Some(&b'\n') {
				self.told = true;
				return Ok(String::from_utf8_lossy(&self.line).into_owned());
			}
		}
		// When it prints no more, or cannot be read, there is nothing left to do here.
		let _ = tokio::io::copy_buf(&mut self.reader, &mut tokio::io::sink()).await;
		std::future::pending().await
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{keys, provider::leases::stop_remains};
	use subxt_signer::sr25519::dev;

	const WHILE: Duration = Duration::from_secs(20);

	/// A keeper of lease 3 that runs `command`.
	struct Bench {
		dir: tempfile::TempDir,
		board: Board,
		store: DirStore,
		keeper: Keeper,
	}

	fn identity() -> Identity {
		let (genesis, client) = (BlobHash([7; 32]), keys::account(&dev::alice()));
		Identity { genesis, lease: 3, client, machine: 4, started: 10 }
	}

	fn bench(command: &str) -> Bench {
		let dir = tempfile::tempdir().unwrap();
		let (store, board) = (DirStore::open(dir.path().join("manifests")).unwrap(), Board::new([7; 32]));
		let shop = Shop { command: command.into(), store: store.clone(), board: board.clone(), out: Output::new(true) };
		let keeper = Keeper::new(shop, identity(), Folder::new(dir.path().join("3")));
		Bench { dir, board, store, keeper }
	}

	impl Bench {
		fn task(&self, manifest: &[u8]) -> Wanted {
			Wanted::Run(Task { manifest: self.store.write(manifest).unwrap(), slots: 2, processors: 1 })
		}

		fn file(&self, name: &str) -> PathBuf {
			self.dir.path().join("3/files").join(name)
		}

		fn read(&self, name: &str) -> String {
			fs::read_to_string(self.file(name)).unwrap_or_default()
		}

		async fn until(&self, what: &str, holds: impl Fn(&Self) -> bool) {
			let begun = Instant::now();
			while !holds(self) {
				assert!(begun.elapsed() < WHILE, "waited in vain for {what}");
				tokio::time::sleep(Duration::from_millis(20)).await;
			}
		}

		fn service(&self) -> Option<LeaseService> {
			self.board.service(3)
		}

		async fn serving(&self) {
			self.until("it to serve", |bench| bench.service() == Some(LeaseService::Serving)).await;
		}

		fn group(&self) -> Group {
			Group::recall(&self.dir.path().join("3/runner.json")).unwrap()
		}
	}

	/// Tells what it was given, and then runs on.
	const GOOD: &str =
		r#"cat $ASSAY_MANIFEST >> runs; echo >> runs; env > env; sleep 60 & echo "{\"endpoint\":\"x\"}"; wait"#;

	#[tokio::test]
	async fn runner_should_be_started_with_what_there_is_to_know() {
		std::env::set_var("ASSAY_TEST_SECRET", "secret");
		let bench = bench(GOOD);
		bench.keeper.want(bench.task(b"first"));
		bench.serving().await;
		let env = bench.read("env");
		let path = bench.dir.path().join("3");
		for line in [
			"ASSAY_LEASE=3".to_owned(),
			format!("ASSAY_CLIENT={}", keys::account(&dev::alice())),
			"ASSAY_MACHINE=4".to_owned(),
			"ASSAY_SLOTS=2".to_owned(),
			"ASSAY_PROCESSORS=1".to_owned(),
			format!("ASSAY_MANIFEST={}", path.join("manifest").display()),
			format!("ASSAY_LEASE_DIR={}", path.join("files").display()),
		] {
			assert!(env.lines().any(|found| found == line), "{line} is not in {env}");
		}
		assert!(!env.contains("secret"), "what the daemon was given is told: {env}");
		let group = bench.group();
		assert!(group.lives());
		bench.keeper.stop().await.remove().unwrap();
		assert!(!group.lives());
	}

	#[tokio::test]
	async fn runner_should_be_stopped_and_started_again_when_the_lease_pauses_and_goes_on() {
		let bench = bench(GOOD);
		let task = bench.task(b"first");
		bench.keeper.want(task.clone());
		bench.serving().await;
		let group = bench.group();
		bench.keeper.want(Wanted::Rest(LeaseService::Paused));
		bench.until("the pause", |bench| bench.service() == Some(LeaseService::Paused)).await;
		assert!(!group.lives());
		// Its files are kept.
		bench.keeper.want(task.clone());
		bench.serving().await;
		// The same once more changes nothing.
		bench.keeper.want(task);
		tokio::time::sleep(Duration::from_millis(200)).await;
		assert_eq!(bench.read("runs"), "first\nfirst\n");
		bench.keeper.stop().await;
	}

	#[tokio::test]
	async fn runner_should_be_started_anew_when_the_manifest_changes() {
		let bench = bench(GOOD);
		bench.keeper.want(bench.task(b"first"));
		bench.serving().await;
		let group = bench.group();
		bench.keeper.want(bench.task(b"second"));
		bench.until("the second", |bench| bench.read("runs") == "first\nsecond\n").await;
		bench.serving().await;
		assert!(!group.lives() && bench.group().lives());
		bench.keeper.stop().await;
	}

	#[tokio::test]
	async fn runner_should_be_started_again_when_it_ends_by_itself() {
		let bench = bench(r#"echo >> runs; [ $(wc -l < runs) -gt 1 ] || exit 1; echo '{"endpoint":"x"}'; sleep 60"#);
		bench.keeper.want(bench.task(b""));
		bench.until("a failure", |bench| bench.service() == Some(LeaseService::Failing)).await;
		bench.serving().await;
		bench.keeper.stop().await;
	}

	#[tokio::test]
	async fn runner_should_be_started_again_when_its_manifest_is_no_longer_in_the_store() {
		let bench = bench(
			r#"cat $ASSAY_MANIFEST >> runs; echo >> runs; [ -e mended ] || exit 1; echo '{"endpoint":"x"}'; sleep 60"#,
		);
		bench.keeper.want(bench.task(b"first"));
		bench.until("a failure", |bench| bench.service() == Some(LeaseService::Failing)).await;
		bench.store.retain(|_| false).unwrap();
		fs::write(bench.file("mended"), "").unwrap();
		bench.serving().await;
		let runs = bench.read("runs");
		assert!(runs.lines().count() > 1 && runs.lines().all(|run| run == "first"), "{runs}");
		bench.keeper.stop().await;
	}

	#[tokio::test]
	async fn runner_should_be_stopped_when_it_tells_no_endpoint() {
		for command in ["echo hello; sleep 60", "echo '{}'; sleep 60", "yes y | tr -d '\\n'"] {
			let bench = bench(command);
			bench.keeper.want(bench.task(b""));
			bench.until("a failure", |bench| bench.service() == Some(LeaseService::Failing)).await;
			assert!(!bench.group().lives(), "{command} runs on");
			bench.keeper.stop().await;
		}
	}

	#[tokio::test]
	async fn runner_should_not_wait_for_a_reader_when_it_prints_much() {
		let bench = bench(r#"echo '{"endpoint":"x"}'; yes | head -c 1000000; echo > done; sleep 60"#);
		bench.keeper.want(bench.task(b""));
		bench.until("all to be printed", |bench| bench.file("done").exists()).await;
		assert_eq!(bench.service(), Some(LeaseService::Serving));
		bench.keeper.stop().await;
	}

	#[tokio::test]
	async fn input_of_a_runner_should_end_when_it_is_to_stop() {
		let bench = bench(r#"trap '' TERM; echo '{"endpoint":"x"}'; cat; echo > over"#);
		bench.keeper.want(bench.task(b""));
		bench.serving().await;
		let begun = Instant::now();
		let path = bench.file("over");
		bench.keeper.stop().await;
		assert!(path.exists() && begun.elapsed() < PATIENCE);
	}

	/// What a daemon that was killed has left running for the lease of `folder`.
	async fn left_in(folder: &Folder) -> (Child, Group) {
		folder.create(&identity()).unwrap();
		let mut command = Command::new("/bin/sh");
		command.args(["-c", PRELUDE, "runner", "sleep 60 & sleep 60"]);
		let Running { child, group, .. } = Running::start(command, &folder.processes()).await.unwrap();
		assert!(group.lives());
		(child, group)
	}

	#[tokio::test]
	async fn what_an_earlier_daemon_has_left_should_be_stopped_before_anything_is_started() {
		let dir = tempfile::tempdir().unwrap();
		let folder = Folder::new(dir.path().join("3"));
		let (mut child, group) = left_in(&folder).await;
		tokio::join!(folder.stop_remains(), async { child.wait().await.unwrap() });
		assert!(!group.lives());
		folder.stop_remains().await;
	}

	#[tokio::test]
	async fn what_an_earlier_daemon_has_left_should_be_stopped_when_the_next_serves_no_leases() {
		let dir = tempfile::tempdir().unwrap();
		// There need be nothing.
		stop_remains(dir.path()).await;
		let folder = Folder::new(dir.path().join("leases/3"));
		let (mut child, group) = left_in(&folder).await;
		tokio::join!(stop_remains(dir.path()), async { child.wait().await.unwrap() });
		assert!(!group.lives());
		// The lease goes on, and so do its files.
		assert_eq!(folder.identity(), Some(identity()));
	}

	#[tokio::test]
	async fn nothing_should_be_started_when_the_daemon_dies_before_it_is_written_down() {
		let dir = tempfile::tempdir().unwrap();
		let path = dir.path().join("ran");
		let script = format!("echo > {}", path.display());
		let mut child =
			Command::new("/bin/sh").args(["-c", PRELUDE, "runner", &script]).stdin(Stdio::piped()).spawn().unwrap();
		drop(child.stdin.take());
		assert!(child.wait().await.unwrap().success() && !path.exists());
	}

	#[test]
	fn folder_should_be_emptied_when_the_number_means_another_lease() {
		let dir = tempfile::tempdir().unwrap();
		let folder = Folder::new(dir.path().join("3"));
		folder.create(&identity()).unwrap();
		fs::write(folder.files().join("data"), "x").unwrap();
		folder.create(&identity()).unwrap();
		assert!(folder.files().join("data").exists());
		let other = Identity { started: 11, ..identity() };
		folder.create(&other).unwrap();
		assert!(!folder.files().join("data").exists());
		assert_eq!(folder.identity(), Some(other));
		folder.remove().unwrap();
		folder.remove().unwrap();
		assert_eq!(folder.identity(), None);
	}

	#[test]
	fn pause_should_double_up_to_a_bound() {
		assert_eq!([1, 2, 3].map(pause), [1, 2, 4].map(Duration::from_secs));
		assert_eq!((pause(9), pause(10), pause(1_000)), (Duration::from_secs(256), MAX_PAUSE, MAX_PAUSE));
	}

	#[test]
	fn reach_should_be_what_the_runner_told_but_for_what_is_ours_to_tell() {
		let Reach(told) = Reach::parse("{\"endpoint\":\"e\",\"token\":1,\"state\":\"x\",\"lease\":9}\n").unwrap();
		assert_eq!(told.keys().collect::<Vec<_>>(), ["endpoint", "token"]);
		for line in ["", "endpoint=x", "[]", "{\"endpoint\":1}"] {
			assert!(Reach::parse(line).is_err(), "{line}");
		}
	}
}
