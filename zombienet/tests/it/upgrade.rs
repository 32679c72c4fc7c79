//! A chain that was begun by the runtime of the last release goes on with that of this checkout: what people have on it stays
//! theirs, what was under way comes to its end.
//!
//! Most commits do not raise the runtime's version, and a chain takes no code of a version that it has. So that this is shown for
//! each of them, such code is put in place without the checks, together with a mark that an older version ran last, so that all
//! migrations run. A runtime with other calls, events or storage than the last release needs another version than that: clients
//! take one version for one runtime. The first commit that changes any of them raises it.

use crate::{
	commands::amount,
	support::{account, report, text},
};
use anyhow::{bail, ensure, Context, Result};
use assay_cli::{
	chain::{
		model::{Job, JobState, RewardKind},
		Chain,
	},
	keys,
};
use assay_network::{
	constants::{FINALITY_TIMEOUT, JOB_TIMEOUT},
	network::{chain_specification, wait_for},
	ports, release, Client, Network, Node, Process, Rpc,
};
use assay_runtime::{
	params::UNIT, Capacity, Checkers, ComputeCredits, ComputeLease, ComputeMarket, RewardVesting, Runtime, RuntimeCall,
	StakingSlash, Sudo, System, TokenMint, Utility, WorkProofs, VERSION,
};
use codec::{Compact, Decode, Encode};
use frame_support::{
	dispatch::CallableCallFor,
	storage::storage_prefix,
	traits::{GetStorageVersion, PalletInfoAccess, StorageVersion},
};
use pallet_token_mint::ScheduleId;
use serde_json::Value as Json;
use sp_runtime::traits::{BlakeTwo256, Hash};
use std::{fs, path::Path, sync::Arc};
use subxt::{
	backend::LegacyBackend,
	client::OnlineClientAtBlock,
	dynamic::{self, Value},
	rpcs::client::rpc_params,
	utils::AccountId32,
	Metadata, OnlineClient, SubstrateConfig,
};

type CallOf<P> = CallableCallFor<P, Runtime>;
type At = OnlineClientAtBlock<SubstrateConfig>;

/// Key under which a state has its runtime.
const CODE: &str = "0x3a636f6465";
/// The version of metadata in which two runtimes are compared.
const METADATA: u32 = 15;
/// The job that is in review when the runtime changes.
const IN_REVIEW: u64 = 0;
/// The job whose auction runs when the runtime changes.
const IN_AUCTION: u64 = 1;
/// Of the job in review: its units, and what each costs.
const UNITS: u32 = 4;
const PRICE: u128 = UNIT / 10;
/// For how long it is in review, in blocks: beyond the upgrade.
const REVIEW: u32 = 30;
/// A block by which tokens were minted on test networks.
const FIRST_MINT: u32 = 11;
/// A block by which a round of the validators is over on test networks.
const ROUND_OVER: u32 = 22;
/// What Eve has at stake, and what Ferdie has delegated to her.
const STAKE: u128 = 1_000 * UNIT;
const DELEGATED: u128 = 100 * UNIT;

fn key_of(prefix: impl AsRef<[u8]>) -> String {
	format!("0x{}", hex::encode(prefix))
}

/// What is stored under `key` after block `hash`.
async fn stored<T: Decode>(rpc: &Rpc, key: &str, hash: &str) -> Result<Option<T>> {
	let value: Option<String> = rpc.request("state_getStorage", rpc_params![key, hash]).await?;
	let Some(value) = value else { return Ok(None) };
	let bytes = hex::decode(value.trim_start_matches("0x"))?;
	Ok(Some(T::decode(&mut &bytes[..]).with_context(|| format!("{key} has {value}"))?))
}

/// The hash of the runtime after block `hash`.
async fn code_hash(rpc: &Rpc, hash: &str) -> Result<String> {
	rpc.request("state_getStorageHash", rpc_params![CODE, hash]).await
}

/// The hash of the finalised block at `height`.
async fn hash_at(rpc: &Rpc, height: u64) -> Result<String> {
	rpc.block_hash(u32::try_from(height)?).await?.with_context(|| format!("there is no block {height}"))
}

async fn spec_version(rpc: &Rpc) -> Result<u64> {
	let version: Json = rpc.request("state_getRuntimeVersion", rpc_params![]).await?;
	version.get("specVersion").and_then(Json::as_u64).with_context(|| format!("no version in {version}"))
}

/// A client that knows nothing of the runtime but what the node tells.
async fn client(rpc: &Rpc) -> Result<OnlineClient<SubstrateConfig>> {
	let backend = LegacyBackend::builder().build(rpc.client());
	Ok(OnlineClient::from_backend_with_config(SubstrateConfig::new(), Arc::new(backend)).await?)
}

/// Sign what the last release has as the call `data`, and wait until it is final. Returns the hash of its block.
///
/// What the block tells of it is not looked at: the state after an upgrade tells by new rules what was done by old ones.
async fn sign(rpc: &Rpc, name: &str, data: &[u8]) -> Result<String> {
	let key = keys::from_secret(&name.parse()?)?;
	let at = client(rpc).await?.at_current_block().await?;
	let payload = at.transactions().from_call_data_bytes(data)?;
	let sent = at.transactions().sign_and_submit_then_watch_default(&payload, &key).await?;
	Ok(key_of(sent.wait_for_finalized().await?.block_hash()))
}

/// Have a machine, a stake with a delegation, and a job with a result in review, all by calls of the last release.
///
/// In one transaction by the administrator in the name of the others, so that each call finds what the one before it did.
async fn populate(rpc: &Rpc) -> Result<()> {
	let at = client(rpc).await?.at_current_block().await?;
	let (eve, ferdie) = (account("//Eve")?, account("//Ferdie")?);
	let id = |who: &AccountId32| Value::unnamed_variant("Id", [Value::from_bytes(who.0)]);
	let call = |pallet: &str, name: &str, arguments: Vec<Value>| {
		Value::unnamed_variant(pallet, [Value::unnamed_variant(name, arguments)])
	};
	let by = |who: &AccountId32, what: Value| call("Sudo", "sudo_as", vec![id(who), what]);
	let number = |number: u32| Value::u128(number.into());
	let url = || Value::from_bytes(b"http://127.0.0.1:1");
	let field = |name: &str, value: Value| (name.to_owned(), value);
	let now = u32::try_from(at.block_number())?;
	let spec = Value::named_composite([
		field("guest", Value::from_bytes([1; 32])),
		field("input", Value::from_bytes([2; 32])),
		field("units", number(UNITS)),
		field("gas_per_unit", number(1_000_000)),
		field("ceiling", Value::u128(2 * PRICE)),
		field("min_tier", number(1)),
		field("min_reputation", number(0)),
		field("auction_blocks", number(10)),
		field("deadline", number(now + 100)),
		field("review_blocks", number(REVIEW)),
		field("source", url()),
	]);
	let job = || Value::u128(IN_REVIEW.into());
	let calls = vec![
		by(&eve, call("StakingSlash", "bond", vec![Value::u128(STAKE)])),
		by(&eve, call("ComputeMarket", "register_machine", vec![number(1), number(0), number(2), url()])),
		by(&ferdie, call("StakingSlash", "delegate", vec![Value::from_bytes(eve.0), Value::u128(DELEGATED)])),
		by(&ferdie, call("ComputeMarket", "submit_job", vec![spec, Value::unnamed_variant("Native", [])])),
		by(&eve, call("ComputeMarket", "bid", vec![job(), number(0), Value::u128(PRICE)])),
		by(&ferdie, call("ComputeMarket", "close_auction", vec![job()])),
		by(&eve, call("ComputeMarket", "commit_result", vec![job(), Value::from_bytes([3; 32])])),
	];
	let count = calls.len();
	let batch = dynamic::tx("Utility", "batch_all", vec![Value::unnamed_composite(calls)]);
	let block = sign(rpc, "//Alice", &at.transactions().call_data(&batch)?).await?;
	let events = at.events().from_bytes(raw_events(rpc, &block).await?);
	let mut done = 0;
	for event in events.iter() {
		let event = event?;
		// The result is the only field; its first byte tells success from failure.
		if event.event_name() == "SudoAsDone" && event.field_bytes().first() == Some(&0) {
			done += 1;
		}
	}
	ensure!(done == count, "{done} of {count} calls have succeeded in block {block}");
	Ok(())
}

async fn raw_events(rpc: &Rpc, block: &str) -> Result<Vec<u8>> {
	let key = key_of(storage_prefix(b"System", b"Events"));
	let value: Option<String> = rpc.request("state_getStorage", rpc_params![key, block]).await?;
	Ok(hex::decode(value.context("a block without events")?.trim_start_matches("0x"))?)
}

/// The code of the runtime that is built from this checkout, as the node has it.
async fn present_code(folder: &Path) -> Result<Vec<u8>> {
	let specification: Json = serde_json::from_slice(&fs::read(chain_specification("local", folder).await?)?)?;
	let code = specification.pointer("/genesis/raw/top").and_then(|top| top.get(CODE)).and_then(Json::as_str);
	Ok(hex::decode(code.context("the specification has no code")?.trim_start_matches("0x"))?)
}

/// What tells one runtime's calls, events and storage from another's, without their documentation.
fn shape(mut metadata: &[u8]) -> Result<[u8; 32]> {
	Ok(Metadata::decode(&mut metadata)?.hasher().hash())
}

/// Whether this checkout's version is higher than the last release's. An error when it should be.
async fn is_raised(rpc: &Rpc) -> Result<bool> {
	let (old, new) = (spec_version(rpc).await?, u64::from(VERSION.spec_version));
	ensure!(old <= new, "the last release has spec_version {old}, and this runtime {new}");
	let argument = key_of(METADATA.encode());
	let released: String = rpc.request("state_call", rpc_params!["Metadata_metadata_at_version", argument]).await?;
	let released = hex::decode(released.trim_start_matches("0x"))?;
	let released = Option::<Vec<u8>>::decode(&mut &released[..])?.context("the release has no metadata")?;
	let present = Runtime::metadata_at_version(METADATA).context("the runtime has no metadata")?;
	ensure!(
		old < new || shape(&released)? == shape(&present)?,
		"calls, events or storage are not those of the last release, and the version is: raise spec_version in \
		 runtime/src/lib.rs above {old}"
	);
	Ok(old < new)
}

/// Replace the runtime by `code`, and return the hash of the block that did.
async fn upgrade(rpc: &Rpc, code: Vec<u8>, raised: bool) -> Result<String> {
	let sudo = |call: RuntimeCall| RuntimeCall::from(CallOf::<Sudo>::sudo { call: Box::new(call) });
	if raised {
		// As docs/validator.md has it.
		let code_hash = BlakeTwo256::hash(&code);
		let authorize = CallOf::<System>::authorize_upgrade { code_hash };
		sign(rpc, "//Alice", &sudo(authorize.into()).encode()).await?;
		let apply = CallOf::<System>::apply_authorized_upgrade { code };
		return sign(rpc, "//Ferdie", &RuntimeCall::from(apply).encode()).await;
	}
	let mark = (Compact(VERSION.spec_version - 1), VERSION.spec_name.to_string()).encode();
	let items = vec![(last_upgrade_key().to_vec(), mark)];
	let calls =
		vec![CallOf::<System>::set_code_without_checks { code }.into(), CallOf::<System>::set_storage { items }.into()];
	sign(rpc, "//Alice", &sudo(CallOf::<Utility>::batch_all { calls }.into()).encode()).await
}

/// Where the chain keeps the version whose migrations have run.
fn last_upgrade_key() -> [u8; 32] {
	storage_prefix(b"System", b"LastRuntimeUpgrade")
}

/// An error unless a pallet's storage has the version that its code is for.
async fn check_storage_version<P>(rpc: &Rpc, hash: &str) -> Result<()>
where
	P: GetStorageVersion<InCodeStorageVersion = StorageVersion> + PalletInfoAccess,
{
	let key = key_of(StorageVersion::storage_key::<P>());
	let stored = stored::<StorageVersion>(rpc, &key, hash).await?.unwrap_or_default();
	let code = P::in_code_storage_version();
	ensure!(stored == code, "the storage of {} has version {stored:?}, and its code {code:?}", P::name());
	Ok(())
}

async fn check_storage_versions(rpc: &Rpc, hash: &str) -> Result<()> {
	check_storage_version::<TokenMint>(rpc, hash).await?;
	check_storage_version::<ComputeCredits>(rpc, hash).await?;
	check_storage_version::<RewardVesting>(rpc, hash).await?;
	check_storage_version::<StakingSlash>(rpc, hash).await?;
	check_storage_version::<ComputeMarket>(rpc, hash).await?;
	check_storage_version::<ComputeLease>(rpc, hash).await?;
	check_storage_version::<WorkProofs>(rpc, hash).await?;
	check_storage_version::<Capacity>(rpc, hash).await?;
	check_storage_version::<Checkers>(rpc, hash).await
}

/// An error if a pallet has met what must not happen, in any block up to `last`. Blocks up to `upgraded` are told by the rules of
/// the runtime `old`.
async fn check_events(rpc: &Rpc, old: &At, upgraded: u64, last: u64) -> Result<()> {
	let new = client(rpc).await?.at_block(last).await?;
	for height in 1..=last {
		let events = raw_events(rpc, &hash_at(rpc, height).await?).await?;
		let rules = if height <= upgraded { old } else { &new };
		let events = rules.events().from_bytes(events);
		for event in events.iter() {
			let event = event.with_context(|| format!("in block {height}"))?;
			let (pallet, name) = (event.pallet_name(), event.event_name());
			ensure!(
				name != "Unexpected",
				"{pallet} has met the unexpected in block {height}: {:?}",
				event.field_bytes()
			);
		}
	}
	Ok(())
}

/// A provider's daemon with a machine on the market.
fn daemon(node: &Node, folder: &Path, name: &str) -> Result<Process> {
	let listen = format!("127.0.0.1:{}", ports::free()?);
	let endpoint = format!("http://{listen}");
	let data = folder.join(name);
	let run = ["provider", "run", "--key", "//Bob", "--bond", "--listen", &listen, "--endpoint", &endpoint];
	Client::of(node).start(name, &[&run[..], &["--data-dir", text(&data)?]].concat(), folder)
}

/// Wait until the machine of a daemon is on the market. False when the daemon has ended because it does not know the runtime, and
/// says what to do about that.
async fn ready(daemon: &mut Process) -> Result<bool> {
	wait_for("the provider's machine to be on the market", FINALITY_TIMEOUT, async || {
		let output = daemon.output()?;
		if output.contains("\"event\":\"ready\"") {
			return Ok(Some(true));
		}
		if daemon.exited()?.is_some_and(|status| !status.success()) && output.contains("update the older of the two") {
			return Ok(Some(false));
		}
		daemon.ensure_running()?;
		Ok(None)
	})
	.await
}

/// A client that posts a job and pays for it when it is done.
fn submit(node: &Node, folder: &Path) -> Result<Process> {
	let store = folder.join("client");
	let submit = ["job", "submit", "--demo", "--key", "//Charlie", "--ceiling", "0.1", "--units", "8"];
	let submit = [&submit[..], &["--watch", "--accept"]].concat();
	Client::of(node).start("client", &[&submit[..], &["--data-dir", text(&store)?]].concat(), folder)
}

/// The last thing that a command has reported when it has ended well.
async fn outcome(process: &mut Process) -> Result<Json> {
	let status = process.wait(JOB_TIMEOUT).await?;
	ensure!(status.success(), "it ended with {status}:\n{}", process.log_tail());
	let output = process.output()?;
	let last = output.lines().rev().find(|line| line.starts_with('{')).context("it has reported nothing")?;
	Ok(serde_json::from_str(last)?)
}

async fn settled(chain: &Chain, id: u64) -> Result<Job> {
	wait_for(&format!("job {id} to be settled"), JOB_TIMEOUT, async || {
		let job = chain.finalised().await?.job(id).await?;
		Ok(job.filter(|job| matches!(job.state, JobState::Settled { .. })))
	})
	.await
}

#[tokio::test(flavor = "multi_thread")]
async fn chain_should_go_on_with_all_it_has_when_its_runtime_is_upgraded() -> Result<()> {
	let mut network = Network::of_release().await?;
	let folder = network.folder().to_owned();
	// The treasury, which gets all fees, has an account from the first mint on.
	network.wait_for_finalized(FIRST_MINT).await?;
	let rpc = network.node(0)?.rpc().await?;
	ensure!(code_hash(&rpc, &hash_at(&rpc, 1).await?).await? == key_of(BlakeTwo256::hash(&release::code()?)));
	let raised = is_raised(&rpc).await?;
	let code = present_code(&folder).await?;

	// People have something on the chain; a daemon runs, if this checkout's knows the last release's chain.
	let mut provider = daemon(network.node(1)?, &folder, "provider-before")?;
	let (_, knows) = tokio::try_join!(populate(&rpc), ready(&mut provider))?;
	let mut submitter = None;
	if knows {
		let submitter = submitter.insert(submit(network.node(2)?, &folder)?);
		let chain = Chain::connect(&network.node(0)?.url()).await?;
		wait_for("an auction", FINALITY_TIMEOUT, async || {
			submitter.ensure_running()?;
			Ok(chain.finalised().await?.job(IN_AUCTION).await?)
		})
		.await?;
	}
	// A round of the validators is over, so that rewards wait.
	network.wait_for_finalized(ROUND_OVER).await?;
	let old = client(&rpc).await?.at_current_block().await?;

	let new_code = key_of(BlakeTwo256::hash(&code));
	let block = upgrade(&rpc, code, raised).await?;
	ensure!(code_hash(&rpc, &block).await? == new_code, "the runtime was not replaced in block {block}");
	let upgraded = client(&rpc).await?.at_block(block.parse::<subxt::utils::H256>()?).await?.block_number();
	let first = upgraded + 1;
	// Whoever comes now has to go by both runtimes, one after the other.
	network.add("late", false, &[])?;

	network.wait_for_finalized(u32::try_from(first)?).await?;
	for node in network.nodes() {
		let rpc = node.rpc().await?;
		let version = spec_version(&rpc).await?;
		ensure!(version == u64::from(VERSION.spec_version), "{} has version {version}", node.name());
		let found = code_hash(&rpc, &hash_at(&rpc, first).await?).await?;
		ensure!(found == new_code, "{} has another runtime", node.name());
	}
	let hash = hash_at(&rpc, first).await?;
	let ran: Option<(Compact<u32>, String)> = stored(&rpc, &key_of(last_upgrade_key()), &hash).await?;
	ensure!(
		ran == Some((Compact(VERSION.spec_version), VERSION.spec_name.to_string())),
		"the migrations of {ran:?} were the last to run"
	);
	check_storage_versions(&rpc, &hash).await?;

	// What people had is theirs.
	let chain = Chain::connect(&network.node(3)?.url()).await?;
	let (alice, eve) = (account("//Alice")?, account("//Eve")?);
	let at = chain.at(first).await?;
	let stake = at.stake(&eve).await?;
	ensure!(stake.bonded.0 == STAKE, "{} is left of the stake", stake.bonded);
	let machine = at.machine(0).await?.context("the machine is gone")?;
	ensure!(machine.provider == eve && machine.running == 1, "the machine is {machine:?}");
	let waiting = at.reward(RewardKind::Validation, &alice).await?;
	ensure!(waiting.0 > 0, "no reward of the validator waits");
	let state = at.job(IN_REVIEW).await?.context("the job in review is gone")?.state;
	ensure!(matches!(state, JobState::Committed { .. }), "the job is {} after the upgrade", state.name());
	let commands = Client::of(network.node(3)?);
	let position = report(&commands, &["stake", "position", &eve.to_string(), "--key", "//Ferdie"]).await?;
	ensure!(amount(&position, "/value")? == DELEGATED, "the delegation is {position}");
	let claim = ["rewards", "claim", "--kind", "validation", "--account", &alice.to_string(), "--key", "//Ferdie"];
	let paid = report(&commands, &claim).await?;
	ensure!(amount(&paid, "/amount")? >= waiting.0, "{waiting} has waited: {paid}");

	// What was under way comes to its end. A daemon that does not know the old runtime is started anew by its operator.
	if !knows {
		provider = daemon(network.node(1)?, &folder, "provider-after")?;
		ensure!(ready(&mut provider).await?, "the daemon does not know this runtime: {}", provider.log_tail());
		submitter = Some(submit(network.node(2)?, &folder)?);
	}
	let auctioned = outcome(&mut submitter.context("nobody has posted a job")?).await?;
	ensure!(auctioned["job"] == IN_AUCTION && auctioned["state"] == "settled", "the job ended like this: {auctioned}");
	provider.ensure_running()?;
	ensure!(!provider.output()?.contains("\"disconnected\""), "the daemon has stumbled:\n{}", provider.log_tail());
	settled(&chain, IN_REVIEW).await?;
	let reviewed = report(&commands, &["job", "report", &IN_REVIEW.to_string()]).await?;
	let ended = reviewed["ended_in"].as_u64().context("the report names no block")?;
	ensure!(ended > first, "the job in review has ended in block {ended}, and not after the upgrade");
	let (cost, received) = (amount(&reviewed, "/paid")?, amount(&reviewed, "/provider_received")?);
	ensure!(cost == u128::from(UNITS) * PRICE && received + amount(&reviewed, "/fee")? == cost, "{reviewed}");
	let (before, after) = (chain.at(ended - 1).await?.funds(&eve).await?, chain.at(ended).await?.funds(&eve).await?);
	let (had, has) = (before.free.0 + before.held.0, after.free.0 + after.held.0);
	ensure!(has == had + received, "the provider had {had} and has {has}: {reviewed}");

	// To the unit, whatever runtime has minted it.
	let last = chain.finalised().await?.number();
	check_issuance(&chain, last, amount(&auctioned, "/burned")? + amount(&reviewed, "/burned")?).await?;
	check_events(&rpc, &old, upgraded, last).await
}

/// Hold the state of the block at `height` against the closed form of the emission, less what was `burned`.
async fn check_issuance(chain: &Chain, height: u64, burned: u128) -> Result<()> {
	let genesis = chain.at(0).await?.issuance().await?.0;
	let at = chain.at(height).await?;
	let (issuance, minted) = (at.issuance().await?.0, at.minted().await?.0);
	let schedules = <Runtime as pallet_token_mint::Config>::Schedules::get();
	let Some(schedule) = schedules.into_iter().find(|schedule| schedule.id == ScheduleId(0)) else {
		bail!("the chain has no schedule");
	};
	let next = at.next_mints().await?;
	let next = next.iter().find(|next| next.schedule == schedule.id.0).context("the chain mints no more")?;
	ensure!(u64::from(next.at) > height, "block {height}: period {} is over and was not minted for", next.period);
	let due = schedule.emission.cumulative(&Default::default(), next.period - 1);
	ensure!(due > 0 && minted == due, "block {height}: {minted} minted, {due} due");
	let left = genesis + due - burned;
	ensure!(issuance == left, "block {height}: {issuance} issued of {genesis}, {due} minted and {burned} burned");
	Ok(())
}
