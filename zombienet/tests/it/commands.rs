//! The commands of the node that operators use, each on a small chain, and what node and command line say to those who
//! use them wrongly.

use anyhow::{bail, ensure, Context, Result};
use assay_network::{
	binaries,
	constants::{COMMAND_TIMEOUT, EXIT_TIMEOUT, FINALITY_TIMEOUT},
	network::{chain_specification, finalized_hash, temp_folder, wait_for},
	ports, Client, Node, NodeConfig,
};
use serde_json::Value;
use std::{
	fs,
	net::{Ipv4Addr, TcpListener},
	path::Path,
	process::{Command, Output},
};
use subxt::rpcs::client::rpc_params;
use tokio::time::timeout;

/// Run the node's program to its end.
async fn run(args: &[&str]) -> Result<Output> {
	run_program(binaries::node_command()?, args).await
}

/// Run a program to its end.
async fn run_program(program: Command, args: &[&str]) -> Result<Output> {
	let mut command = tokio::process::Command::from(program);
	let output = command.args(args).kill_on_drop(true).output();
	Ok(timeout(COMMAND_TIMEOUT, output).await.with_context(|| format!("{args:?} does not end"))??)
}

/// Run the command line, which must fail; what it complains about.
async fn complaint(args: &[&str]) -> Result<String> {
	let output = run_program(Command::new(binaries::assay()?), args).await?;
	let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
	ensure!(!output.status.success(), "{args:?} ended well");
	ensure!(!complaint.contains("panicked"), "{args:?} panicked: {complaint}");
	Ok(complaint)
}

/// Run the node's program; what it prints when it ends well, an error with what it complains about otherwise.
async fn succeed(args: &[&str]) -> Result<String> {
	let output = run(args).await?;
	if !output.status.success() {
		bail!("{args:?} ended with {}: {}", output.status, String::from_utf8_lossy(&output.stderr));
	}
	Ok(String::from_utf8(output.stdout)?)
}

/// A node of the chain whose specification is the file `chain`, with its own files in `folder`.
fn node(name: &str, validator: bool, chain: &Path, folder: &Path) -> Result<Node> {
	let config = NodeConfig { name: name.into(), chain: chain.into(), validator, args: vec!["--no-mdns".into()] };
	Node::start(config, folder.join(name))
}

fn text(path: &Path) -> Result<&str> {
	path.to_str().context("the folder's name is not UTF-8")
}

#[tokio::test(flavor = "multi_thread")]
async fn chain_should_survive_export_and_import_when_a_node_has_stopped() -> Result<()> {
	let folder = temp_folder()?;
	let spec = chain_specification("dev", folder.path()).await?;
	let mut alice = node("alice", true, &spec, folder.path())?;
	let hash = finalized_hash(&alice.rpc().await?, 5).await?;
	alice.stop().await?;

	// A node's folder has its chain in `chain`.
	let [here, there] = ["alice", "reader"].map(|name| folder.path().join(name).join("chain"));
	let (spec_text, here, there) = (text(&spec)?, text(&here)?, text(&there)?);
	let chain = async |command: &[&str], base: &str| -> Result<String> {
		succeed(&[command, &["--chain", spec_text, "--base-path", base]].concat()).await
	};

	let info: Value = serde_json::from_str(&chain(&["chain-info"], here).await?)?;
	let finalized = info.get("finalized_number").and_then(Value::as_u64);
	ensure!(finalized >= Some(5), "chain-info printed {info}");
	chain(&["check-block", "5"], here).await?;
	let blocks = folder.path().join("blocks");
	chain(&["export-blocks", "--to", "5", text(&blocks)?], here).await?;
	// Only blocks that are not final can be taken back; there may be none.
	chain(&["revert", "1"], here).await?;

	chain(&["import-blocks", text(&blocks)?], there).await?;
	let mut reader = node("reader", false, &spec, folder.path())?;
	let imported = reader.rpc().await?.block_hash(5).await?;
	ensure!(imported.as_ref() == Some(&hash), "block 5 is {imported:?} after the import and was {hash}");
	reader.stop().await?;

	chain(&["purge-chain", "-y"], there).await?;
	let info: Value = serde_json::from_str(&chain(&["chain-info"], there).await?)?;
	ensure!(info.get("best_number") == Some(&0.into()), "after the chain was purged, chain-info printed {info}");
	Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn chain_specifications_should_be_complete_when_exported() -> Result<()> {
	for (chain, validators) in [("dev", 1), ("local", 4)] {
		let spec: Value =
			serde_json::from_str(&succeed(&["build-spec", "--chain", chain, "--disable-default-bootnode"]).await?)?;
		let properties = spec.get("properties").cloned().unwrap_or_default();
		ensure!(properties.get("tokenSymbol") == Some(&"ASY".into()), "{chain} has the properties {properties}");
		ensure!(properties.get("tokenDecimals") == Some(&12.into()), "{chain} has the properties {properties}");
		ensure!(properties.get("ss58Format") == Some(&42.into()), "{chain} has the properties {properties}");
		// Zombienet writes its nodes' session keys here.
		let keys = spec.pointer("/genesis/runtimeGenesis/patch/session/keys").and_then(Value::as_array).map(Vec::len);
		ensure!(keys == Some(validators), "{chain} has {keys:?} validators");
	}
	let folder = temp_folder()?;
	let raw = folder.path().join("raw.json");
	succeed(&["export-chain-spec", "--chain", "staging", "--raw", "--output", text(&raw)?]).await?;
	let spec: Value = serde_json::from_str(&fs::read_to_string(&raw)?)?;
	ensure!(spec.pointer("/genesis/raw/top/0x3a636f6465").is_some(), "the raw specification has no code");
	Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_should_be_made_and_read_when_asked_for() -> Result<()> {
	let key: Value = serde_json::from_str(&succeed(&["key", "generate", "--output-type", "json"]).await?)?;
	let phrase = key.get("secretPhrase").and_then(Value::as_str).context("no secret phrase")?;
	let again: Value = serde_json::from_str(&succeed(&["key", "inspect", "--output-type", "json", phrase]).await?)?;
	ensure!(again.get("ss58Address") == key.get("ss58Address"), "{again} differs from {key}");
	let alice: Value = serde_json::from_str(&succeed(&["key", "inspect", "--output-type", "json", "//Alice"]).await?)?;
	let address = alice.get("ss58Address").and_then(Value::as_str);
	ensure!(address == Some("5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"), "//Alice is {address:?}");
	Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn node_should_end_with_an_error_when_the_chain_is_unknown() -> Result<()> {
	let output = run(&["--chain", "nowhere"]).await?;
	let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
	ensure!(!output.status.success(), "the node started on a chain that does not exist");
	ensure!(complaint.contains("nowhere"), "the error does not name the chain: {complaint}");
	ensure!(!complaint.contains("panicked"), "the node panicked: {complaint}");
	Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn node_should_end_with_an_error_when_a_port_is_in_use() -> Result<()> {
	let port = ports::free()?;
	let _holder = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
	let [taken, free] = [port, ports::free()?].map(|port| port.to_string());
	for option in ["--rpc-port", "--prometheus-port", "--port"] {
		// All but one are free.
		let mut args = vec!["--dev".to_owned(), "--listen-addr".into(), "/ip4/127.0.0.1/tcp/0".into()];
		for other in ["--rpc-port", "--prometheus-port"] {
			args.extend([other.into(), if other == option { taken.clone() } else { free.clone() }]);
		}
		if option == "--port" {
			args.extend(["--listen-addr".into(), format!("/ip4/127.0.0.1/tcp/{taken}")]);
		}
		let output = run(&args.iter().map(String::as_str).collect::<Vec<_>>()).await?;
		let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
		ensure!(!output.status.success(), "the node started although {option} is in use");
		ensure!(complaint.contains(&format!("127.0.0.1:{taken} is in use")), "no address: {complaint}");
		ensure!(complaint.contains(&format!("with {option}")), "the error does not name {option}: {complaint}");
	}
	Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn light_clients_should_get_a_checkpoint_when_they_ask_for_one() -> Result<()> {
	let folder = temp_folder()?;
	// The methods for the past are those of nodes that keep it.
	let args = ["--no-mdns", "--state-pruning", "archive", "--blocks-pruning", "archive"].map(String::from).to_vec();
	let chain = chain_specification("dev", folder.path()).await?;
	let config = NodeConfig { name: "alice".into(), chain, validator: true, args };
	let mut alice = Node::start(config, folder.path().join("alice"))?;
	let rpc = alice.rpc().await?;
	finalized_hash(&rpc, 2).await?;
	let spec: Value = rpc.request("sync_state_genSyncSpec", rpc_params![true]).await?;
	let checkpoint = spec.get("lightSyncState").context("the specification has no checkpoint")?;
	for part in ["babeEpochChanges", "babeFinalizedBlockWeight", "finalizedBlockHeader", "grandpaAuthoritySet"] {
		ensure!(checkpoint.get(part).is_some(), "the checkpoint has no {part}");
	}
	for group in ["chainHead_v1_follow", "archive_v1_body", "transaction_v1_broadcast", "chainSpec_v1_chainName"] {
		let methods: Value = rpc.request("rpc_methods", rpc_params![]).await?;
		let known = methods.get("methods").and_then(Value::as_array).context("rpc_methods has no list")?;
		ensure!(known.iter().any(|method| method == group), "the node does not know {group}");
	}
	alice.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn provider_should_end_with_an_error_when_its_key_is_no_key() -> Result<()> {
	let folder = temp_folder()?;
	let (data, file) = (folder.path().join("provider"), folder.path().join("key"));
	fs::write(&file, "correct horse battery staple")?;
	let run = ["provider", "run", "--data-dir", text(&data)?];
	for key in [["--key", "hunter2"], ["--key-file", text(&file)?]] {
		let complaint = complaint(&[&run[..], &key[..]].concat()).await?;
		ensure!(complaint.contains("phrase of 12 or 24 words"), "the error does not say what a key is: {complaint}");
		ensure!(!complaint.contains("hunter2") && !complaint.contains("horse"), "the error shows the key: {complaint}");
	}
	ensure!(!data.exists(), "the daemon went on without a key");
	Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn provider_should_end_with_an_error_when_its_port_is_in_use() -> Result<()> {
	let folder = temp_folder()?;
	let data = folder.path().join("provider");
	let port = ports::free()?;
	let _holder = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
	let address = format!("127.0.0.1:{port}");
	// No node is needed to find that out.
	let run = ["provider", "run", "--key", "//Bob", "--node", "ws://127.0.0.1:1", "--listen", &address];
	let complaint = complaint(&[&run[..], &["--data-dir", text(&data)?]].concat()).await?;
	ensure!(complaint.contains(&format!("cannot listen on {address}")), "the error names no address: {complaint}");
	ensure!(complaint.contains("--listen"), "the error does not say what to do: {complaint}");
	Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_should_end_with_an_error_when_no_node_answers() -> Result<()> {
	let url = format!("ws://127.0.0.1:{}", ports::free()?);
	let complaint = complaint(&["chain", "status", "--node", &url, "--connect-timeout", "1"]).await?;
	ensure!(complaint.contains(&format!("cannot reach the node at {url}")), "the error names no node: {complaint}");
	Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn provider_should_end_with_an_error_when_the_key_is_not_that_of_its_machine() -> Result<()> {
	let folder = temp_folder()?;
	let mut alice = node("alice", true, &chain_specification("dev", folder.path()).await?, folder.path())?;
	finalized_hash(&alice.rpc().await?, 1).await?;
	let data = folder.path().join("provider");
	let listen = format!("127.0.0.1:{}", ports::free()?);
	let run = |key| ["provider", "run", "--key", key, "--bond", "--listen", &listen, "--data-dir"];
	let data = text(&data)?;

	let client = Client::of(&alice);
	let mut daemon = client.start("provider-daemon", &[&run("//Bob")[..], &[data]].concat(), folder.path())?;
	wait_for("the provider's machine to be on the market", FINALITY_TIMEOUT, async || {
		daemon.ensure_running()?;
		Ok(daemon.output()?.contains("\"event\":\"ready\"").then_some(()))
	})
	.await?;
	// Without a chance to tidy up: the directory must be good for the next one all the same.
	daemon.kill()?;

	let Err(error) = client.run(&[&run("//Dave")[..], &[data]].concat(), COMMAND_TIMEOUT).await else {
		bail!("the daemon ran with the key of another account");
	};
	let error = error.to_string();
	ensure!(error.contains("belongs to") && error.contains("--data-dir"), "the error does not say it: {error}");

	let mut daemon = client.start("provider-again", &[&run("//Bob")[..], &[data]].concat(), folder.path())?;
	wait_for("the provider to go on", FINALITY_TIMEOUT, async || {
		daemon.ensure_running()?;
		Ok(daemon.output()?.contains("\"machine\":0").then_some(()))
	})
	.await?;
	ensure!(daemon.terminate(EXIT_TIMEOUT).await?.success(), "the daemon did not stop well: {}", daemon.log_tail());
	alice.stop().await
}
