//! The commands of the node that operators use, each on a small chain; those for stake and money; and what node and command
//! line say to those who use them wrongly.

use crate::support::{account, dev_node, report, text};
use anyhow::{bail, ensure, Context, Result};
use assay_cli::{chain::Chain, keys};
use assay_network::{
	binaries,
	constants::{COMMAND_TIMEOUT, EXIT_TIMEOUT, FINALITY_TIMEOUT},
	network::{chain_specification, finalized_hash, temp_folder, wait_for},
	ports, Client, Node, NodeConfig,
};
use assay_runtime::{
	configs::PriceKey, AccountId, ComputeCredits, PriceOperators, PriceOracle, Runtime, RuntimeCall, Sudo, TokenMint,
	Utility, VestingPlan,
};
use codec::Encode;
use frame_support::{dispatch::CallableCallFor, BoundedVec};
use pallet_token_mint::{budget::default_budget, Pot, Recipient, ScheduleId};
use serde_json::Value;
use sp_runtime::{traits::Saturating, Perbill};
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
	let mut alice = dev_node(folder.path()).await?;
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

/// One token.
const UNIT: u128 = 1_000_000_000_000;

/// The calls of a pallet of the runtime.
pub(crate) type CallOf<P> = CallableCallFor<P, Runtime>;

/// Address of a development account.
fn address(name: &str) -> Result<String> {
	Ok(account(name)?.to_string())
}

/// What a command that must fail complains about.
pub(crate) async fn refusal(client: &Client, args: &[&str]) -> Result<String> {
	match client.run(args, COMMAND_TIMEOUT).await {
		Ok(reports) => bail!("{args:?} ended well: {reports:?}"),
		Err(error) => Ok(error.to_string()),
	}
}

/// What of a report is an amount: a string with the number of its smallest denomination.
pub(crate) fn amount(report: &Value, pointer: &str) -> Result<u128> {
	let text = report.pointer(pointer).and_then(Value::as_str);
	Ok(text.with_context(|| format!("no amount {pointer} in {report}"))?.parse()?)
}

/// Sign what the command line has no command for, and wait until it is final.
pub(crate) async fn submit(chain: &Chain, name: &str, call: RuntimeCall) -> Result<()> {
	let key = keys::from_secret(&name.parse()?)?;
	let at = chain.client().at_current_block().await?;
	let payload = at.transactions().from_call_data_bytes(&call.encode())?;
	at.transactions().sign_and_submit_then_watch_default(&payload, &key).await?.wait_for_finalized_success().await?;
	Ok(())
}

/// Have three operators say that a token costs two dollars, and conversions run.
async fn set_price(chain: &Chain) -> Result<()> {
	let feed = || -> RuntimeCall {
		let values = BoundedVec::truncate_from(vec![(PriceKey::NativeInUsd, 2u128.into())]);
		CallOf::<PriceOracle>::feed_values { values }.into()
	};
	let sudo = |call: RuntimeCall| -> RuntimeCall { CallOf::<Sudo>::sudo { call: Box::new(call) }.into() };
	let batch = |calls| -> RuntimeCall { CallOf::<Utility>::batch_all { calls }.into() };
	let bob = AccountId::from(account("//Bob")?.0);
	// On this chain Alice is the only operator; root is one as well.
	let add = CallOf::<PriceOperators>::add_member { who: bob.into() }.into();
	submit(chain, "//Alice", batch(vec![sudo(batch(vec![add, feed()])), feed()])).await?;
	submit(chain, "//Bob", feed()).await?;
	submit(chain, "//Alice", sudo(CallOf::<ComputeCredits>::reset_breaker {}.into())).await
}

/// Have a tenth of what is minted vest for Eve by the plan whose tokens can be pledged, out of the part for capacity.
async fn let_vest(chain: &Chain) -> Result<()> {
	let eve = AccountId::from(account("//Eve")?.0);
	let mut budget = default_budget::<AccountId>();
	for (recipient, part) in budget.iter_mut().filter(|(recipient, _)| *recipient == Recipient::Pot(Pot::Capacity)) {
		*part = part.saturating_sub(Perbill::from_percent(10));
		ensure!(!part.is_zero(), "nothing is left for {recipient:?}");
	}
	let tokens = Recipient::Account { who: eve, plan: Some(VestingPlan::Escrowed) };
	ensure!(budget.try_push((tokens, Perbill::from_percent(10))).is_ok(), "the budget has no room");
	let set = CallOf::<TokenMint>::set_budget { schedule: ScheduleId(0), budget };
	submit(chain, "//Alice", CallOf::<Sudo>::sudo { call: Box::new(set.into()) }.into()).await
}

/// Eve puts tokens that vest for her at stake, and begins to take them back.
async fn pledge(client: &Client) -> Result<()> {
	let by_eve = "//Eve";
	report(client, &signed(&["stake", "bond", "10"], by_eve)).await?;
	let show = signed(&["vesting", "show"], by_eve);
	let vesting = wait_for("tokens that vest for Eve", COMMAND_TIMEOUT, async || {
		let shown = report(client, &show).await?;
		Ok(shown.pointer("/plans/0").is_some().then_some(shown))
	})
	.await?;
	ensure!(vesting.pointer("/plans/0/plan") == Some(&"escrowed".into()), "{vesting}");
	ensure!(amount(&vesting, "/plans/0/vesting")? >= UNIT, "{vesting}");

	let pledged = report(client, &signed(&["vesting", "pledge", "1"], by_eve)).await?;
	ensure!(pledged["event"] == "pledged" && amount(&pledged, "/amount")? == UNIT, "{pledged}");
	let status = report(client, &signed(&["stake", "status"], by_eve)).await?;
	ensure!(amount(&status, "/standing/own")? == 11 * UNIT, "the pledge is no stake: {status}");
	let shown = report(client, &show).await?;
	ensure!(amount(&shown, "/plans/0/pledged")? == UNIT, "{shown}");
	let error = refusal(client, &signed(&["vesting", "pledge", "100000000"], by_eve)).await?;
	ensure!(error.contains("Fewer tokens vest that can be pledged and are not"), "{error}");

	let error = refusal(client, &signed(&["vesting", "unpledge", "2"], by_eve)).await?;
	ensure!(error.contains("has pledged 1 ASY"), "the error does not say how much is pledged: {error}");
	let leaving = report(client, &signed(&["vesting", "unpledge", "all"], by_eve)).await?;
	ensure!(leaving["event"] == "unpledging" && amount(&leaving, "/amount")? == UNIT, "{leaving}");
	ensure!(leaving["block"].as_u64() < leaving["withdrawable_at"].as_u64(), "{leaving}");
	let status = report(client, &signed(&["stake", "status"], by_eve)).await?;
	ensure!(amount(&status, "/standing/own")? == 10 * UNIT, "{status}");
	Ok(())
}

/// A command that `key` signs, or that is about its account.
fn signed<'a>(command: &[&'a str], key: &'a str) -> Vec<&'a str> {
	[command, &["--key", key]].concat()
}

/// Ferdie backs two providers, moves and takes stake, and has a part of a reward.
async fn delegate(client: &Client) -> Result<()> {
	let (alice, bob) = (address("//Alice")?, address("//Bob")?);
	let (alice, bob) = (alice.as_str(), bob.as_str());
	let [by_alice, by_bob, by_ferdie] = ["//Alice", "//Bob", "//Ferdie"];

	let unknown = refusal(client, &signed(&["stake", "delegate", alice, "100"], by_ferdie)).await?;
	ensure!(unknown.contains("has no bond"), "the error does not say it: {unknown}");
	let bond = async |by| report(client, &signed(&["stake", "bond", "1000"], by)).await;
	tokio::try_join!(bond(by_alice), bond(by_bob))?;
	let terms = ["stake", "commission", "--commission", "10", "--kickback", "2.5"];
	let announced = report(client, &signed(&terms, by_alice)).await?;
	// At once, as nobody has delegated yet.
	ensure!(announced["from"] == announced["block"], "the terms are announced: {announced}");

	let delegated = report(client, &signed(&["stake", "delegate", alice, "100"], by_ferdie)).await?;
	ensure!(amount(&delegated, "/amount")? == 100 * UNIT, "the delegation is {delegated}");
	let pool = report(client, &["stake", "pool", alice]).await?;
	ensure!(amount(&pool, "/delegated")? == 100 * UNIT && amount(&pool, "/counted")? == 100 * UNIT, "{pool}");
	ensure!(amount(&pool, "/room")? == 900 * UNIT && pool["price"] == "1", "the pool is {pool}");
	ensure!(pool["commission"] == 100_000_000 && pool["kickback"] == 25_000_000, "the terms are in {pool}");

	let rest = refusal(client, &signed(&["stake", "undelegate", alice, "99.5"], by_ferdie)).await?;
	ensure!(rest.contains("leave at least 1 ASY"), "the error does not say what may remain: {rest}");
	let moved = report(client, &signed(&["stake", "move", alice, bob, "40"], by_ferdie)).await?;
	ensure!(amount(&moved, "/amount")? == 40 * UNIT && moved["to"] == bob, "{moved}");
	let left = report(client, &signed(&["stake", "undelegate", bob, "all"], by_ferdie)).await?;
	ensure!(amount(&left, "/amount")? == 40 * UNIT, "{left}");
	let position = report(client, &signed(&["stake", "position", bob], by_ferdie)).await?;
	ensure!(amount(&position, "/value")? == 0 && amount(&position, "/unbonding")? == 40 * UNIT, "{position}");
	ensure!(position["withdrawable_from"] == left["withdrawable_at"], "{position} after {left}");
	ensure!(position.pointer("/liabilities/0/provider") == Some(&alice.into()), "{position} is not liable");
	for (command, complaint) in [
		(&["stake", "withdraw", "--provider", bob][..], "nothing can be withdrawn yet"),
		(&["stake", "withdraw", "--provider", alice], "begin with `assay stake undelegate`"),
		(&["stake", "collect", bob], "owes nothing"),
	] {
		let error = refusal(client, &signed(command, by_ferdie)).await?;
		ensure!(error.contains(complaint), "{command:?} complains: {error}");
	}

	// Alice makes the blocks, and what she earns by that is divided as well.
	let show = ["rewards", "show", "--kind", "validation", "--account", alice];
	wait_for("a reward of the validator", COMMAND_TIMEOUT, async || {
		Ok((amount(&report(client, &show).await?, "/pending/0/amount")? > 0).then_some(()))
	})
	.await?;
	// Whoever signs: it goes to who has earned it.
	let claim = ["rewards", "claim", "--kind", "validation", "--account", alice];
	let paid = report(client, &signed(&claim, by_ferdie)).await?;
	let (whole, part) = (amount(&paid, "/amount")?, amount(&paid, "/to_delegators")?);
	ensure!(paid["account"] == alice && 0 < part && part < whole, "the reward is {paid}");
	let claim = ["stake", "claim", "--provider", alice, "--compound"];
	let claimed = report(client, &signed(&claim, by_ferdie)).await?;
	let compounded = amount(&claimed, "/amount")?;
	// Of each reward a unit may be lost by rounding. What Alice has earned since is divided before.
	ensure!(claimed["compounded"] == true && compounded + 1 >= part, "{claimed} of {paid}");
	let status = ["stake", "status", "--provider", alice, "--provider", bob];
	let status = report(client, &signed(&status, by_ferdie)).await?;
	// The worth of shares is rounded down.
	let due = 60 * UNIT + compounded;
	let value = amount(&status, "/delegations/0/value")?;
	ensure!((due - 1..=due).contains(&value), "{status} after {claimed}");
	ensure!(amount(&status, "/delegations/1/unbonding")? == 40 * UNIT, "{status}");
	Ok(())
}

/// Charlie has tokens burned for credits, and takes others back.
async fn buy_credits(client: &Client) -> Result<()> {
	let by_charlie = "//Charlie";
	let buy = |extra: &[&'static str]| signed(&[&["credits", "buy", "10"][..], extra].concat(), by_charlie);
	let queued = report(client, &buy(&["--max-slippage", "1"])).await?;
	// Two dollars a token, less the spread of a quarter per cent, less one per cent.
	ensure!(amount(&queued, "/min_credits")? == 19_750_500, "the conversion is {queued}");
	let id = queued["conversion"].to_string();
	let shown = report(client, &signed(&["credits", "show"], by_charlie)).await?;
	ensure!(shown["price"] == "2" && shown["halted"].is_null(), "{shown}");
	ensure!(amount(&shown, "/queue/0/amount")? == 10 * UNIT, "the queue is in {shown}");
	let error = refusal(client, &["credits", "cancel", &id, "--key", "//Dave"]).await?;
	ensure!(error.contains("is not yours"), "the error does not say whose it is: {error}");
	let cancelled = report(client, &signed(&["credits", "cancel", &id], by_charlie)).await?;
	ensure!(amount(&cancelled, "/refunded")? == 10 * UNIT, "{cancelled}");

	let bought = report(client, &buy(&["--wait"])).await?;
	ensure!(amount(&bought, "/credits")? == 19_950_000 && amount(&bought, "/burned")? == 10 * UNIT, "{bought}");
	let shown = report(client, &signed(&["credits", "show"], by_charlie)).await?;
	ensure!(amount(&shown, "/free")? == 19_950_000 && shown["queue"] == Value::Array(vec![]), "{shown}");
	Ok(())
}

/// Dave becomes a provider whom nothing is taken from, and for whom nothing vests.
async fn owe_nothing(client: &Client) -> Result<()> {
	let (dave, by_dave) = (address("//Dave")?, "//Dave");
	let status = report(client, &signed(&["stake", "status"], by_dave)).await?;
	ensure!(status.pointer("/standing/standing") == Some(&"unstaked".into()), "{status}");
	let status = report(client, &signed(&["stake", "bond", "100"], by_dave)).await?;
	ensure!(status.pointer("/standing/standing") == Some(&"active".into()), "{status}");
	ensure!(amount(&status, "/standing/own")? == 100 * UNIT && amount(&status, "/debt")? == 0, "{status}");
	let status = report(client, &["provider", "status", "--account", &dave]).await?;
	ensure!(status["pending_slashes"] == Value::Array(vec![]) && amount(&status, "/debt")? == 0, "{status}");

	let slashes = client.run(&signed(&["slash", "list"], by_dave), COMMAND_TIMEOUT).await?;
	ensure!(slashes.is_empty(), "slashes of a provider without a machine: {slashes:?}");
	let debt = report(client, &["slash", "debt", "--account", &dave]).await?;
	ensure!(debt["provider"] == dave.as_str() && amount(&debt, "/debt")? == 0, "{debt}");
	let vesting = report(client, &signed(&["vesting", "show"], by_dave)).await?;
	ensure!(vesting["plans"] == Value::Array(vec![]), "{vesting}");
	let unknown = refusal(client, &["slash", "show", "0"]).await?;
	ensure!(unknown.contains("slash 0 does not wait"), "the error does not name the slash: {unknown}");
	for (command, complaint) in [
		(&["vesting", "claim"][..], "nothing has vested"),
		(&["vesting", "exit", "all", "--preview"], "see `assay vesting show`"),
		(&["vesting", "pledge", "20"], "Fewer tokens vest that can be pledged and are not"),
		(&["vesting", "unpledge", "all"], "has pledged nothing"),
		(&["slash", "contest", "0"], "slash 0 does not wait"),
		(&["slash", "apply", "0"], "slash 0 does not wait"),
		(&["slash", "pay", "all"], "owes nothing"),
		(&["slash", "collect"], "owes nothing"),
	] {
		let error = refusal(client, &signed(command, by_dave)).await?;
		ensure!(error.contains(complaint), "{command:?} complains: {error}");
	}
	Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn stake_and_money_should_go_where_the_commands_say() -> Result<()> {
	let folder = temp_folder()?;
	let mut alice = dev_node(folder.path()).await?;
	let client = Client::of(&alice);

	let halted = report(&client, &["credits", "show", "--key", "//Charlie"]).await?;
	ensure!(halted.pointer("/halted/reason") == Some(&"no_price".into()), "{halted}");
	let error = refusal(&client, &["credits", "buy", "10", "--key", "//Charlie"]).await?;
	ensure!(error.contains("there is no price"), "the error does not say why: {error}");
	let chain = Chain::connect(&alice.url()).await?;
	set_price(&chain).await?;
	let_vest(&chain).await?;
	tokio::try_join!(delegate(&client), buy_credits(&client), owe_nothing(&client), pledge(&client))?;

	let waiting = report(&client, &["payments", "show", "--key", "//Charlie"]).await?;
	ensure!(amount(&waiting, "/amount")? == 0 && waiting["payment"] == "stable", "{waiting}");
	let error = refusal(&client, &["payments", "claim", "--key", "//Charlie"]).await?;
	ensure!(error.contains("no payment waits"), "{error}");
	let emission = report(&client, &["emission", "show"]).await?;
	let (now, next) = (emission["block"].as_u64(), emission.pointer("/next/0/at").and_then(Value::as_u64));
	ensure!(now < next && amount(&emission, "/next/0/amount")? > 0, "the next mint is in {emission}");
	ensure!(amount(&emission, "/minted")? > 0, "nothing was minted: {emission}");
	alice.stop().await
}
