//! Several nodes that know each other.

use crate::{
	binaries,
	constants::{COMMAND_TIMEOUT, FINALITY_TIMEOUT, PEERING_TIMEOUT, POLL_INTERVAL},
	definition::Definition,
	host::Host,
	node::{Node, NodeConfig},
	release,
	rpc::Rpc,
};
use anyhow::{anyhow, bail, Context, Result};
use std::{
	env,
	ffi::OsStr,
	fs,
	path::{Path, PathBuf},
	time::{Duration, Instant},
};
use tempfile::TempDir;

/// A running network. All its processes end when it is dropped.
#[derive(Debug)]
pub struct Network {
	// Before the folder, so that no process writes into it any more when it goes.
	nodes: Vec<Node>,
	specification: PathBuf,
	args: Vec<String>,
	folder: TempDir,
}

impl Network {
	/// Start the network of `local.toml`.
	pub async fn local() -> Result<Self> {
		Self::start(&Definition::local()?).await
	}

	/// Start the nodes of `local.toml` on a chain that begins with the runtime of the last release.
	pub async fn of_release() -> Result<Self> {
		let folder = temp_folder()?;
		let specification = release::specification(folder.path()).await?;
		Self::launch(&Definition::local()?, folder, specification, &[]).await
	}

	/// Start the nodes of `local.toml`, each on one of `hosts`, in the same order.
	pub async fn on_hosts(hosts: &[Host]) -> Result<Self> {
		let (definition, folder) = (Definition::local()?, temp_folder()?);
		let specification = chain_specification(&definition.relaychain.chain, folder.path()).await?;
		Self::launch(&definition, folder, specification, hosts).await
	}

	/// Start the nodes of `definition` and wait until each has found another.
	pub async fn start(definition: &Definition) -> Result<Self> {
		let folder = temp_folder()?;
		let specification = chain_specification(&definition.relaychain.chain, folder.path()).await?;
		Self::launch(definition, folder, specification, &[]).await
	}

	/// The first node starts alone: the others then find a boot node that answers and a runtime that is compiled.
	async fn launch(definition: &Definition, folder: TempDir, specification: PathBuf, hosts: &[Host]) -> Result<Self> {
		if definition.settings.provider != "native" {
			bail!("only the provider `native` can be started here");
		}
		let args = definition.relaychain.default_args.clone();
		let mut network = Self { nodes: Vec::new(), specification, args, folder };
		for (position, node) in definition.relaychain.nodes.iter().enumerate() {
			let host = hosts.get(position).cloned().unwrap_or_default();
			let index = network.add_on(host, &node.name, node.validator, &[])?;
			if index == 0 {
				network.node(index)?.rpc().await?;
			}
		}
		let peers = u64::from(network.nodes.len() > 1);
		network.wait_for_peers(peers).await?;
		Ok(network)
	}

	/// Add a node that joins by the nodes that are there already. Returns its index.
	pub fn add(&mut self, name: &str, validator: bool, args: &[&str]) -> Result<usize> {
		self.add_on(Host::default(), name, validator, args)
	}

	fn add_on(&mut self, host: Host, name: &str, validator: bool, args: &[&str]) -> Result<usize> {
		let mut all: Vec<String> = self.args.clone();
		for node in &self.nodes {
			all.extend(["--bootnodes".into(), node.address()?]);
		}
		all.extend(args.iter().map(|arg| (*arg).to_owned()));
		let config = NodeConfig { name: name.into(), chain: self.specification.clone(), validator, args: all };
		self.nodes.push(Node::start_on(host, config, self.folder.path().join(name))?);
		Ok(self.nodes.len() - 1)
	}

	/// The nodes, in the order of their definition.
	pub fn nodes(&mut self) -> &mut [Node] {
		&mut self.nodes
	}

	/// The node with `index`.
	pub fn node(&mut self, index: usize) -> Result<&mut Node> {
		let count = self.nodes.len();
		self.nodes.get_mut(index).ok_or_else(|| anyhow!("the network has {count} nodes, not {}", index + 1))
	}

	/// A folder of the network, for what a test starts beside the nodes; gone with it.
	pub fn folder(&self) -> &Path {
		self.folder.path()
	}

	/// Wait until every node has at least `peers` peers.
	pub async fn wait_for_peers(&mut self, peers: u64) -> Result<()> {
		for node in &mut self.nodes {
			let rpc = node.rpc().await?;
			wait_for(&format!("{} peers of {}", peers, node.name()), PEERING_TIMEOUT, async || {
				let (count, _) = rpc.health().await?;
				Ok((count >= peers).then_some(()))
			})
			.await?;
		}
		Ok(())
	}

	/// Wait until the block at `height` is final on every node, and return its hash, which must be the same everywhere.
	pub async fn wait_for_finalized(&mut self, height: u32) -> Result<String> {
		let mut agreed: Option<String> = None;
		for node in &mut self.nodes {
			let rpc = node.rpc().await?;
			let hash = finalized_hash(&rpc, height).await.with_context(|| node.name().to_owned())?;
			match &agreed {
				Some(other) if *other != hash => {
					bail!("block {height} is {hash} on {} and {other} before", node.name())
				},
				_ => agreed = Some(hash),
			}
		}
		agreed.ok_or_else(|| anyhow!("the network has no nodes"))
	}
}

/// The hash of the block at `height` as soon as it is final on the node.
pub async fn finalized_hash(rpc: &Rpc, height: u32) -> Result<String> {
	wait_for(&format!("block {height} to be final"), FINALITY_TIMEOUT, async || {
		Ok(if rpc.finalized_number().await? >= height { rpc.block_hash(height).await? } else { None })
	})
	.await
}

/// Look again and again until `probe` finds something.
///
/// Errors when it found nothing within `timeout`, naming what was waited for, or as soon as looking itself fails.
pub async fn wait_for<T>(
	what: &str,
	timeout: Duration,
	mut probe: impl AsyncFnMut() -> Result<Option<T>>,
) -> Result<T> {
	let start = Instant::now();
	loop {
		if let Some(found) = probe().await? {
			return Ok(found);
		}
		if start.elapsed() > timeout {
			bail!("waited {timeout:?} in vain for {what}");
		}
		tokio::time::sleep(POLL_INTERVAL).await;
	}
}

/// Write the specification of `chain` with its first state into `folder`, as networks are started.
///
/// From a chain's name, each process would compile the runtime once to make that state, and once more to run. The
/// file is made once for each build of the node.
pub async fn chain_specification(chain: &str, folder: &Path) -> Result<PathBuf> {
	let path = folder.join(format!("{chain}.json"));
	let cache = binaries::cache_folder()?;
	let kept = cache.join(format!("{chain}-{}.json", binaries::node_build()?));
	if kept.exists() {
		fs::copy(&kept, &path)?;
		return Ok(path);
	}
	make_raw(chain.as_ref(), &path).await?;
	fs::create_dir_all(&cache)?;
	for entry in fs::read_dir(&cache)? {
		let entry = entry?;
		// Those of older builds. Another test may have been faster to delete one.
		if entry.file_name().to_string_lossy().starts_with(&format!("{chain}-")) && entry.path() != kept {
			let _ = fs::remove_file(entry.path());
		}
	}
	// In one step, so that nobody reads half a file.
	let unfinished = tempfile::NamedTempFile::new_in(&cache)?;
	fs::copy(&path, unfinished.path())?;
	unfinished.persist(&kept)?;
	Ok(path)
}

/// Write the specification of `chain`, a name or a file, with its first state to `path`.
pub(crate) async fn make_raw(chain: &OsStr, path: &Path) -> Result<()> {
	let mut command = tokio::process::Command::from(binaries::node_command()?);
	command.args(["export-chain-spec", "--raw", "--chain"]).arg(chain).arg("--output").arg(path).kill_on_drop(true);
	let output = tokio::time::timeout(COMMAND_TIMEOUT, command.output()).await??;
	if !output.status.success() {
		bail!("export-chain-spec failed: {}", String::from_utf8_lossy(&output.stderr));
	}
	Ok(())
}

/// A fresh folder: in `ASSAY_NETWORK_DIR`, where it stays for those who want to read the logs, or with the system's
/// other temporary files, where it does not.
pub fn temp_folder() -> Result<TempDir> {
	let mut builder = tempfile::Builder::new();
	builder.prefix("assay-");
	match env::var_os("ASSAY_NETWORK_DIR") {
		Some(parent) => {
			fs::create_dir_all(&parent)?;
			Ok(builder.disable_cleanup(true).tempdir_in(parent)?)
		},
		None => Ok(builder.tempdir()?),
	}
}
