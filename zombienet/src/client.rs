//! The `assay` command line, run as people run it.

use crate::{binaries, host::Host, node::Node, process::Process};
use anyhow::{bail, Context, Result};
use serde_json::Value;
use std::{path::Path, process::Command, time::Duration};
use tokio::time::timeout;

/// The command line, connected to one node.
#[derive(Clone, Debug)]
pub struct Client {
	url: String,
	host: Host,
}

impl Client {
	/// Clients of `node`, on the same host.
	pub fn of(node: &Node) -> Self {
		Self { url: node.url(), host: node.host().clone() }
	}

	/// Run a command to its end and return what it reports: one JSON value a line.
	///
	/// Errors when the command fails, with what it says about that, or takes longer than `limit`.
	pub async fn run(&self, args: &[&str], limit: Duration) -> Result<Vec<Value>> {
		let shown = args.join(" ");
		let mut command = tokio::process::Command::from(self.command(args)?);
		let output = timeout(limit, command.kill_on_drop(true).output())
			.await
			.with_context(|| format!("`assay {shown}` did not end within {limit:?}"))??;
		if !output.status.success() {
			bail!("`assay {shown}` ended with {}: {}", output.status, String::from_utf8_lossy(&output.stderr));
		}
		String::from_utf8(output.stdout)?
			.lines()
			.map(|line| serde_json::from_str(line).with_context(|| format!("`assay {shown}` printed: {line}")))
			.collect()
	}

	/// Start a command that runs until it is stopped, with its log in `folder`.
	pub fn start(&self, name: &str, args: &[&str], folder: &Path) -> Result<Process> {
		Process::spawn(name, &mut self.command(args)?, folder.join(format!("{name}.log")))
	}

	/// Start a daemon that cheats, a provider's or a checker's, with its log in `folder`.
	pub fn start_cheater(&self, name: &str, args: &[&str], folder: &Path) -> Result<Process> {
		let mut command = self.connected(&binaries::assay_cheater()?, args);
		Process::spawn(name, &mut command, folder.join(format!("{name}.log")))
	}

	fn command(&self, args: &[&str]) -> Result<Command> {
		Ok(self.connected(&binaries::assay()?, args))
	}

	fn connected(&self, program: &Path, args: &[&str]) -> Command {
		let mut command = self.host.command(Command::new(program));
		command.args(args).args(["--node", &self.url, "--json"]);
		command
	}
}
