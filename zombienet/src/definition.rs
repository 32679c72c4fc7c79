//! Reads the part of zombienet's network format that `local.toml` uses.

use anyhow::{Context, Result};
use serde::Deserialize;
use std::{fs, path::Path};

/// A network as a definition file describes it.
///
/// Unknown keys are errors: a key that this harness ignored would be a difference between what zombienet starts and
/// what the tests start.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Definition {
	/// How zombienet shall run it.
	pub settings: Settings,
	/// The chain and its nodes.
	pub relaychain: Chain,
}

/// How zombienet shall run a network.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
	/// Where the nodes run: `native` for processes.
	pub provider: String,
	/// Seconds until the network counts as failed.
	pub timeout: u64,
}

/// A chain and its nodes.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chain {
	/// The node's program.
	pub default_command: String,
	/// Id of the chain specification.
	pub chain: String,
	/// Arguments that every node gets.
	pub default_args: Vec<String>,
	/// The nodes that the network begins with.
	pub nodes: Vec<NodeDefinition>,
}

/// One node of a network.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NodeDefinition {
	/// Also names the development key that a validator gets: `alice` has `//Alice`.
	pub name: String,
	/// Whether it makes blocks.
	pub validator: bool,
	/// What zombienet endows its account with at genesis. The harness takes the preset of the runtime as it is.
	pub balance: u64,
}

impl Definition {
	/// Read a definition from `path`.
	pub fn read(path: &Path) -> Result<Self> {
		let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
		toml::from_str(&text).with_context(|| format!("{} is not a network definition", path.display()))
	}

	/// The definition `local.toml` of this crate.
	pub fn local() -> Result<Self> {
		Self::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("local.toml"))
	}
}
