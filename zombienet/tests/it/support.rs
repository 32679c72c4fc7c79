//! What several of the tests need.

use anyhow::{Context, Result};
use assay_cli::keys;
use assay_network::{
	constants::{CHECK_TIMEOUT, COMMAND_TIMEOUT},
	network::{chain_specification, finalized_hash, wait_for},
	Client, Node, NodeConfig, Process,
};
use serde_json::Value;
use std::path::Path;
use subxt::utils::AccountId32;

/// A path as an argument of a command.
pub fn text(path: &Path) -> Result<&str> {
	path.to_str().context("the folder's name is not UTF-8")
}

/// A development account.
pub fn account(name: &str) -> Result<AccountId32> {
	Ok(keys::account(&keys::from_secret(&name.parse()?)?))
}

/// The number in a field of a report.
pub fn number(line: &Value, field: &str) -> Result<u64> {
	line.get(field).and_then(Value::as_u64).with_context(|| format!("no number {field} in {line}"))
}

/// The amount in a field of a report: a string with the number of its smallest denomination.
pub fn amount(report: &Value, field: &str) -> Result<u128> {
	let text = report.get(field).and_then(Value::as_str);
	Ok(text.with_context(|| format!("no {field} in {report}"))?.parse()?)
}

/// The last thing that a command reports.
pub async fn report(client: &Client, args: &[&str]) -> Result<Value> {
	client.run(args, COMMAND_TIMEOUT).await?.pop().with_context(|| format!("{args:?} reports nothing"))
}

/// Wait until a daemon has told of the event `what`.
pub async fn says(process: &mut Process, what: &str) -> Result<()> {
	wait_for(what, CHECK_TIMEOUT, async || {
		process.ensure_running()?;
		Ok(process.output()?.contains(&format!("\"event\":\"{what}\"")).then_some(()))
	})
	.await
}

/// The only node of a development chain, with its files in `folder`, when its first block is final.
pub async fn dev_node(folder: &Path) -> Result<Node> {
	let chain = chain_specification("dev", folder).await?;
	let config = NodeConfig { name: "alice".into(), chain, validator: true, args: vec!["--no-mdns".into()] };
	let mut alice = Node::start(config, folder.join("alice"))?;
	finalized_hash(&alice.rpc().await?, 1).await?;
	Ok(alice)
}
