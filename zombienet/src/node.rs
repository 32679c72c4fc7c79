//! One node of a network.

use crate::{
	binaries,
	constants::{EXIT_TIMEOUT, HTTP_TIMEOUT, NODE_START_TIMEOUT, POLL_INTERVAL},
	host::Host,
	ports,
	process::Process,
	rpc::Rpc,
};
use anyhow::{anyhow, bail, Context, Result};
use std::{
	fs,
	io::{Read, Write},
	net::{Ipv4Addr, TcpStream},
	path::{Path, PathBuf},
	process::Command,
	time::Instant,
};

/// How to start a node.
#[derive(Clone, Debug)]
pub struct NodeConfig {
	/// Names it in messages, in its folder and on the network.
	pub name: String,
	/// File of the chain specification.
	pub chain: PathBuf,
	/// Whether it makes blocks, with the development key that `name` stands for.
	pub validator: bool,
	/// Further arguments.
	pub args: Vec<String>,
}

/// A node's process with its folder and ports.
#[derive(Debug)]
pub struct Node {
	config: NodeConfig,
	folder: PathBuf,
	place: Place,
	process: Process,
}

/// Where a node listens.
#[derive(Clone, Debug)]
struct Place {
	host: Host,
	rpc_port: u16,
	p2p_port: u16,
	prometheus_port: u16,
}

impl Node {
	/// Start a node that keeps everything of its own in `folder`, which is made when it is missing.
	///
	/// Returns when the process runs; [`Node::rpc`] waits until it answers.
	pub fn start(config: NodeConfig, folder: PathBuf) -> Result<Self> {
		Self::start_on(Host::default(), config, folder)
	}

	/// The same on another host than this machine.
	pub fn start_on(host: Host, config: NodeConfig, folder: PathBuf) -> Result<Self> {
		let [rpc_port, p2p_port, prometheus_port] = [ports::free()?, ports::free()?, ports::free()?];
		let place = Place { host, rpc_port, p2p_port, prometheus_port };
		node_key(&folder)?;
		let process = Process::spawn(&config.name, &mut command(&config, &folder, &place)?, folder.join("log"))?;
		Ok(Self { config, folder, place, process })
	}

	/// The node's name.
	pub fn name(&self) -> &str {
		&self.config.name
	}

	/// Where clients connect to.
	pub fn url(&self) -> String {
		format!("ws://{}:{}", self.place.host.address(), self.place.rpc_port)
	}

	/// Where the node runs.
	pub fn host(&self) -> &Host {
		&self.place.host
	}

	/// The port of the JSON-RPC server.
	pub fn rpc_port(&self) -> u16 {
		self.place.rpc_port
	}

	/// The port on which other nodes are listened for.
	pub fn p2p_port(&self) -> u16 {
		self.place.p2p_port
	}

	/// The node's process.
	pub fn process(&mut self) -> &mut Process {
		&mut self.process
	}

	/// The folder with the chain, the node's key and the log.
	pub fn folder(&self) -> &Path {
		&self.folder
	}

	/// Connect to the node as soon as it answers.
	///
	/// Errors when the process has ended, with the end of its log.
	pub async fn rpc(&mut self) -> Result<Rpc> {
		let start = Instant::now();
		loop {
			self.process.ensure_running()?;
			match Rpc::connect(&self.url()).await {
				Ok(rpc) => return Ok(rpc),
				Err(error) if start.elapsed() > NODE_START_TIMEOUT => {
					let name = &self.config.name;
					let tail = self.process.log_tail();
					return Err(error.context(format!("{name} does not answer; its log ends with:\n{tail}")));
				},
				Err(_) => tokio::time::sleep(POLL_INTERVAL).await,
			}
		}
	}

	/// End the node's process at once, as a power failure would.
	pub fn kill(&mut self) -> Result<()> {
		self.process.kill()
	}

	/// Ask the node to stop and wait until it has. Errors when it does not end well.
	pub async fn stop(&mut self) -> Result<()> {
		let status = self.process.terminate(EXIT_TIMEOUT).await?;
		if !status.success() {
			bail!("{} stopped with {status}; its log ends with:\n{}", self.config.name, self.process.log_tail());
		}
		Ok(())
	}

	/// Start a node that was killed or stopped again, on the same folder and ports.
	pub fn restart(&mut self) -> Result<()> {
		let mut command = command(&self.config, &self.folder, &self.place)?;
		self.process = Process::spawn(&self.config.name, &mut command, self.folder.join("log"))?;
		Ok(())
	}

	/// The same, with other further arguments than before.
	pub fn restart_with(&mut self, args: Vec<String>) -> Result<()> {
		self.config.args = args;
		self.restart()
	}

	/// The address by which other nodes find this one.
	pub fn address(&self) -> Result<String> {
		let key = node_key(&self.folder)?;
		let output =
			Command::new(binaries::assay_node()?).args(["key", "inspect-node-key", "--file"]).arg(&key).output()?;
		if !output.status.success() {
			bail!("key inspect-node-key failed: {}", String::from_utf8_lossy(&output.stderr));
		}
		let peer = String::from_utf8(output.stdout)?;
		Ok(format!("/ip4/{}/tcp/{}/p2p/{}", self.place.host.address(), self.place.p2p_port, peer.trim()))
	}

	/// The value of the metric whose line begins with `name`.
	///
	/// Errors when there is no such metric, so that a name that has changed is not taken for a zero.
	pub fn metric(&self, name: &str) -> Result<f64> {
		let page = http_get(self.place.host.address(), self.place.prometheus_port, "/metrics")?;
		page.lines()
			.find(|line| line.starts_with(name))
			.and_then(|line| line.rsplit(' ').next())
			.and_then(|value| value.parse().ok())
			.ok_or_else(|| anyhow!("{} has no metric {name}", self.config.name))
	}

	/// Memory that the process occupies, in KiB.
	pub fn memory_kib(&self) -> Result<u64> {
		let output = Command::new("ps").args(["-o", "rss=", "-p", &self.process.id().to_string()]).output()?;
		let text = String::from_utf8(output.stdout)?;
		text.trim().parse().with_context(|| format!("{} has no process", self.config.name))
	}
}

/// The file with the key by which other nodes know the one in `folder`; made at the first call.
fn node_key(folder: &Path) -> Result<PathBuf> {
	let path = folder.join("node-key");
	if !path.exists() {
		fs::create_dir_all(folder)?;
		let output =
			Command::new(binaries::assay_node()?).args(["key", "generate-node-key", "--file"]).arg(&path).output()?;
		if !output.status.success() {
			bail!("key generate-node-key failed: {}", String::from_utf8_lossy(&output.stderr));
		}
	}
	Ok(path)
}

fn command(config: &NodeConfig, folder: &Path, place: &Place) -> Result<Command> {
	let Place { host, rpc_port, p2p_port, prometheus_port } = place;
	let mut command = host.command(binaries::node_command()?);
	command
		.arg("--base-path")
		.arg(folder.join("chain"))
		.arg("--node-key-file")
		.arg(folder.join("node-key"))
		.arg("--chain")
		.arg(&config.chain)
		.args(["--rpc-port", &rpc_port.to_string()])
		.args(["--listen-addr", &format!("/ip4/{}/tcp/{p2p_port}", host.address())])
		.args(["--prometheus-port", &prometheus_port.to_string()])
		.arg("--no-telemetry")
		.args(&config.args);
	if host.is_elsewhere() {
		command.args(["--unsafe-rpc-external", "--rpc-cors", "all", "--prometheus-external"]);
	}
	if config.validator {
		command.arg(format!("--{}", config.name));
	} else {
		command.args(["--name", &config.name]);
	}
	Ok(command)
}

/// The body of the page `path` of the HTTP server on `port` of `address`.
fn http_get(address: Ipv4Addr, port: u16, path: &str) -> Result<String> {
	let mut stream = TcpStream::connect((address, port))?;
	stream.set_read_timeout(Some(HTTP_TIMEOUT))?;
	write!(stream, "GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n")?;
	let mut answer = String::new();
	stream.read_to_string(&mut answer)?;
	match answer.split_once("\r\n\r\n") {
		Some((head, body)) if head.contains(" 200 ") => Ok(body.into()),
		_ => bail!("the server on port {port} answered: {}", answer.lines().next().unwrap_or_default()),
	}
}
