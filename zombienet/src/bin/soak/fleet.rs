//! The processes of a soak: a node and the providers' daemons, killed and started again.

use anyhow::{ensure, Context, Result};
use assay_cli::keys;
use assay_network::{
	constants::{EXIT_TIMEOUT, FINALITY_TIMEOUT},
	disturbance::{Disturbance, Disturbances, Target},
	network::{chain_specification, finalized_hash, temp_folder, wait_for},
	ports, Client, Node, NodeConfig, Process,
};
use std::{
	path::Path,
	time::{Duration, Instant},
};
use subxt::utils::AccountId32;
use tempfile::TempDir;
use tokio::{sync::Notify, time::sleep};

/// Whose daemons do the jobs.
const PROVIDERS: [&str; 2] = ["//Bob", "//Eve"];
/// Jobs that a daemon does side by side.
pub const SLOTS: usize = 16;
/// How long a daemon waits for its node when it starts: longer than the node is away.
const PATIENCE: &str = "90";
/// What a daemon prints once it is on the market.
const READY: &str = "\"event\":\"ready\"";
/// Pause between two looks whether all that should run does.
const WATCH: Duration = Duration::from_secs(1);

/// A provider's daemon.
struct Provider {
	name: String,
	account: AccountId32,
	args: Vec<String>,
	process: Process,
	/// How often it was started. Each run has a log of its own.
	runs: u32,
}

impl Provider {
	/// The daemon of the account `key`, with everything of its own in `folder`.
	fn start(index: usize, key: &str, client: &Client, folder: &Path) -> Result<Self> {
		let name = format!("provider-{index}");
		let listen = format!("127.0.0.1:{}", ports::free()?);
		let endpoint = format!("http://{listen}");
		let data = folder.join(format!("{name}-data"));
		let data = data.to_str().context("the folder's name is not UTF-8")?;
		let (slots, region) = (SLOTS.to_string(), index.to_string());
		let args = [
			&["provider", "run", "--key", key, "--listen", &listen, "--endpoint", &endpoint, "--data-dir", data][..],
			&["--slots", &slots, "--region", &region, "--threads", "1", "--claim-above", "0.000001"],
			&["--connect-timeout", PATIENCE],
		]
		.concat();
		// Only the first time: afterwards it would make up for a slash that must be seen.
		let first = [&args[..], &["--bond"]].concat();
		let process = client.start(&format!("{name}-run-1"), &first, folder)?;
		let account = keys::account(&keys::from_secret(&key.parse()?)?);
		let args = args.into_iter().map(str::to_owned).collect();
		Ok(Self { name, account, args, process, runs: 1 })
	}

	fn restart(&mut self, client: &Client, folder: &Path) -> Result<()> {
		self.runs += 1;
		let args: Vec<_> = self.args.iter().map(String::as_str).collect();
		self.process = client.start(&format!("{}-run-{}", self.name, self.runs), &args, folder)?;
		Ok(())
	}

	/// Wait until the present run is on the market.
	async fn ready(&mut self) -> Result<()> {
		wait_for(&format!("{} to be on the market", self.name), FINALITY_TIMEOUT, async || {
			self.process.ensure_running()?;
			Ok(self.process.output()?.contains(READY).then_some(()))
		})
		.await
	}
}

/// What is wrong with a process that its log tells.
fn log_fault(name: &str, process: &Process) -> Result<Option<String>> {
	let panicked = process.output()?.contains("panicked");
	Ok(panicked.then(|| format!("{name} panicked, see {}", process.log().display())))
}

/// A node and the daemons that work by it. All of them end when it is dropped.
pub struct Fleet {
	providers: Vec<Provider>,
	node: Node,
	disturbances: Disturbances,
	begun: Instant,
	node_kills: u32,
	provider_kills: u32,
	/// What is wrong with runs that were killed.
	faults: Vec<String>,
	// Last, so that no process writes into it any more when it goes.
	folder: TempDir,
}

impl Fleet {
	/// Start everything, and wait until all providers are on the market.
	pub async fn start(seed: u64) -> Result<Self> {
		let folder = temp_folder()?;
		let chain = chain_specification("dev", folder.path()).await?;
		// Every block is read at the end, those before the last kills as well.
		let args =
			["--no-mdns", "--state-pruning", "archive", "--blocks-pruning", "archive"].map(String::from).to_vec();
		let config = NodeConfig { name: "alice".into(), chain, validator: true, args };
		let mut node = Node::start(config, folder.path().join("alice"))?;
		finalized_hash(&node.rpc().await?, 1).await?;
		let client = Client::of(&node);
		let providers = PROVIDERS.iter().enumerate();
		let providers = providers.map(|(index, key)| Provider::start(index, key, &client, folder.path()));
		let providers = providers.collect::<Result<Vec<_>>>()?;
		let disturbances = Disturbances::new(seed, providers.len());
		let (begun, faults) = (Instant::now(), Vec::new());
		let (node_kills, provider_kills) = (0, 0);
		let mut fleet = Self { providers, node, disturbances, begun, node_kills, provider_kills, faults, folder };
		fleet.ensure_ready().await?;
		Ok(fleet)
	}

	/// Where clients connect to.
	pub fn url(&self) -> String {
		self.node.url()
	}

	/// The accounts of the providers.
	pub fn accounts(&self) -> Vec<AccountId32> {
		self.providers.iter().map(|provider| provider.account).collect()
	}

	/// How often the node was killed, and daemons were.
	pub const fn kills(&self) -> (u32, u32) {
		(self.node_kills, self.provider_kills)
	}

	/// Fail if something ended that nobody killed.
	pub fn ensure_running(&mut self) -> Result<()> {
		self.node.process().ensure_running()?;
		self.providers.iter_mut().try_for_each(|provider| provider.process.ensure_running())
	}

	/// Kill and start again, until it is to be `calm`. Everything runs then.
	pub async fn disturb(&mut self, calm: &Notify) -> Result<()> {
		loop {
			let Some(disturbance) = self.disturbances.next() else { return Ok(()) };
			tokio::select! {
				() = calm.notified() => return Ok(()),
				result = self.watch(disturbance.pause) => result?,
			}
			self.carry_out(disturbance).await?;
		}
	}

	/// Look on for a while.
	async fn watch(&mut self, pause: Duration) -> Result<()> {
		let begin = Instant::now();
		while begin.elapsed() < pause {
			self.ensure_running()?;
			sleep(WATCH.min(pause.saturating_sub(begin.elapsed()))).await;
		}
		Ok(())
	}

	async fn carry_out(&mut self, Disturbance { target, down, .. }: Disturbance) -> Result<()> {
		eprintln!("{:5} s  {target} killed, for {:.1} s", self.begun.elapsed().as_secs(), down.as_secs_f64());
		let hits_node = matches!(target, Target::Node | Target::Everything);
		if hits_node {
			self.node.kill()?;
			self.node_kills += 1;
		}
		let hit = |index| target == Target::Everything || target == Target::Provider(index);
		for (index, provider) in self.providers.iter_mut().enumerate() {
			if hit(index) {
				provider.process.kill()?;
				self.provider_kills += 1;
				self.faults.extend(log_fault(&provider.name, &provider.process)?);
			}
		}
		sleep(down).await;
		if hits_node {
			self.node.restart()?;
		}
		let client = Client::of(&self.node);
		for (index, provider) in self.providers.iter_mut().enumerate() {
			if hit(index) {
				provider.restart(&client, self.folder.path())?;
			}
		}
		// Errors when it does not come up again.
		self.node.rpc().await.map(drop)
	}

	/// Wait until all providers are on the market.
	pub async fn ensure_ready(&mut self) -> Result<()> {
		self.ensure_running()?;
		for provider in &mut self.providers {
			provider.ready().await?;
		}
		Ok(())
	}

	/// Have everything end well. Returns what was wrong with it.
	pub async fn stop(mut self) -> Result<Vec<String>> {
		for provider in &mut self.providers {
			let status = provider.process.terminate(EXIT_TIMEOUT).await?;
			ensure!(status.success(), "{} stopped with {status}", provider.name);
			self.faults.extend(log_fault(&provider.name, &provider.process)?);
		}
		self.node.stop().await?;
		// Its log goes on from run to run.
		self.faults.extend(log_fault("the node", self.node.process())?);
		Ok(self.faults)
	}
}
