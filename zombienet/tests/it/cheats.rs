//! Providers that cheat, on a live network: a client that checks finds them out, and the chain does the rest. Nobody else acts,
//! but for whoever contests a slash, and who decides on that.

use crate::{
	slashes::{cancelled, contest, left_alone, queued, upheld},
	support::{account, amount, text},
};
use anyhow::{ensure, Context, Result};
use assay_cli::chain::{model::JobState, Chain};
use assay_network::{
	constants::{CAPACITY_TIMEOUT, FINALITY_TIMEOUT, VERDICT_TIMEOUT},
	network::wait_for,
	ports, Client, Network, Process,
};
use serde_json::Value;
use std::{fs, path::Path};

const UNIT: u128 = 1_000_000_000_000;

/// Accounts of the network's validators, which earn rewards.
const VALIDATORS: [&str; 4] = ["//Alice", "//Bob", "//Charlie", "//Dave"];

/// A cheat with a machine of its own class, and the client that has a job for that class.
struct Case {
	cheat: &'static str,
	provider: &'static str,
	client: &'static str,
	/// Of the machine, and the least that the job takes.
	tier: &'static str,
	/// What the machine asks, and does not go below. The higher its class the more, so that jobs for lower ones go to others.
	price: &'static str,
	/// What a machine of the class has at stake.
	stake: u128,
}

/// A case that runs.
struct Running {
	case: Case,
	// Kept so that it goes on.
	_provider: Process,
	client: Process,
}

/// Start the provider of a case and wait until its machine is on the market; only stake that the machine needs is bonded.
async fn start_provider(client: &Client, case: &Case, folder: &Path) -> Result<Process> {
	let listen = format!("127.0.0.1:{}", ports::free()?);
	// Two may cheat in the same way.
	let name = format!("{}{}", case.cheat, case.provider.replace("//", "-").to_lowercase());
	let data = folder.join(format!("data-{name}"));
	let args = [
		&["provider", "--cheat", case.cheat, "--key", case.provider, "--tier", case.tier, "--slots", "4", "--bond"][..],
		&["--price", case.price, "--min-price", case.price, "--listen", &listen, "--data-dir", text(&data)?],
	];
	let mut daemon = client.start_cheater(&name, &args.concat(), folder)?;
	wait_for("the cheat's machine to be on the market", FINALITY_TIMEOUT, async || {
		daemon.ensure_running()?;
		Ok(daemon.output()?.contains("\"event\":\"ready\"").then_some(()))
	})
	.await?;
	Ok(daemon)
}

/// Have the client of a case post a job of a few units, and see to its result by itself.
fn start_client(client: &Client, case: &Case, folder: &Path) -> Result<Process> {
	let store = folder.join(format!("store-{}", case.cheat));
	let evidence = folder.join(format!("evidence-{}", case.cheat));
	let args = [
		&["job", "submit", "--demo", "--units", "8", "--key", case.client, "--min-tier", case.tier][..],
		&["--ceiling", "0.1", "--review-blocks", "60", "--data-dir", text(&store)?],
		&["--watch", "--check", "all", "--evidence", text(&evidence)?],
	];
	client.start(&format!("client-{}", case.cheat), &args.concat(), folder)
}

/// What a client's log says in JSON, line by line.
fn lines(process: &Process) -> Result<Vec<Value>> {
	Ok(process.output()?.lines().filter_map(|line| serde_json::from_str(line).ok()).collect())
}

/// The line in which `field` is `value`.
fn find<'a>(lines: &'a [Value], field: &str, value: &str) -> Result<&'a Value> {
	let found = lines.iter().find(|line| line.get(field).and_then(Value::as_str) == Some(value));
	found.with_context(|| format!("no {field} is {value} in {lines:?}"))
}

/// Wait for the client of a case to have seen its job to the end; the job is refunded for `reason`, and the provider has lost
/// all that its machine had at stake. Returns what the client said.
async fn caught(chain: &Chain, running: &mut Running, reason: &str) -> Result<Vec<Value>> {
	let Running { case, client, .. } = running;
	client.wait(VERDICT_TIMEOUT).await?;
	let lines = lines(client)?;
	let escrow = amount(find(&lines, "state", "assigned")?, "escrow")?;
	let ended = find(&lines, "reason", reason)?;
	ensure!(escrow > 0 && amount(ended, "refunded")? == escrow, "{}: {escrow} was in escrow: {ended}", case.cheat);
	let id = ended.get("job").and_then(Value::as_u64).context("the report names no job")?;

	let at = wait_for("the refund on another node", FINALITY_TIMEOUT, async || {
		let at = chain.finalised().await?;
		let state = at.job(id).await?.map(|job| job.state);
		Ok(matches!(state, Some(JobState::Refunded { .. })).then_some(at))
	})
	.await?;
	let stake = at.stake(&account(case.provider)?).await?;
	// Rewards that wait for a validator's account are taken before its bond; the verdict says how much it was in all.
	let lost = VALIDATORS.contains(&case.provider) || (stake.bonded.0 == 0 && !stake.active);
	ensure!(lost, "{}: {} is left of the stake", case.cheat, stake.bonded);
	Ok(lines)
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_results_should_be_found_out_and_slashed_when_their_clients_check() -> Result<()> {
	let mut network = Network::local().await?;
	network.wait_for_finalized(2).await?;
	let folder = network.folder().to_owned();
	let case = |cheat, provider, client, tier, price, stake| Case { cheat, provider, client, tier, price, stake };
	let cases = [
		case("wrong-unit", "//Eve", "//Ferdie", "1", "0.001", 100),
		case("skip-units", "//Dave", "//Alice", "2", "0.002", 200),
		case("copy", "//Charlie", "//Bob", "3", "0.003", 400),
	];
	let mut running = Vec::new();
	for case in cases {
		let provider = start_provider(&Client::of(network.node(1)?), &case, &folder).await?;
		running.push((case, provider));
	}
	let mut cases = Vec::new();
	for (case, provider) in running {
		let client = start_client(&Client::of(network.node(2)?), &case, &folder)?;
		cases.push(Running { case, _provider: provider, client });
	}
	let chain = Chain::connect(&network.node(3)?.url()).await?;
	for running in &mut cases {
		let lines = caught(&chain, running, "result_refuted").await?;
		let verdict = find(&lines, "event", "refuted")?;
		let Case { cheat, stake, provider, .. } = running.case;
		ensure!(amount(verdict, "slashed")? == stake * UNIT, "{cheat}: {verdict}");
		let eve = account(provider)?.to_string();
		ensure!(verdict.get("provider").and_then(Value::as_str) == Some(&eve), "{cheat}: {verdict}");
		// The client has announced it. Where rewards are taken before the bond there may be nothing to share.
		find(&lines, "event", "announced")?;
		ensure!(
			VALIDATORS.contains(&provider) || amount(verdict, "to_challenger")? == stake * UNIT / 4,
			"{cheat}: {verdict}"
		);
		// The first unit that is wrong, as it was served beside the true one.
		ensure!(verdict.get("unit") == Some(&1.into()), "{cheat}: {verdict}");
		let kept = find(&lines, "event", "evidence")?;
		let read = |what: &str| {
			let path = kept.get(what).and_then(Value::as_str).with_context(|| format!("no {what} in {kept}"))?;
			Ok::<_, anyhow::Error>(fs::read(path)?)
		};
		let (claimed, right, input) = (read("claimed")?, read("right")?, assay_guests::demo_scene()?);
		ensure!(claimed != right && claimed.len() == right.len(), "{cheat}: the evidence shows no difference");
		ensure!(read("png")? == assay_guests::compare(&input, 1, &claimed, &right)?, "{cheat}: another picture");
	}
	Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn withheld_result_should_be_demanded_and_slashed_when_its_client_checks() -> Result<()> {
	let mut network = Network::local().await?;
	network.wait_for_finalized(2).await?;
	let folder = network.folder().to_owned();
	let (cheat, provider, client) = ("withhold", "//Eve", "//Ferdie");
	let case = Case { cheat, provider, client, tier: "1", price: "0.001", stake: 100 };
	let provider = start_provider(&Client::of(network.node(1)?), &case, &folder).await?;
	let client = start_client(&Client::of(network.node(2)?), &case, &folder)?;
	let chain = Chain::connect(&network.node(3)?.url()).await?;
	let mut running = Running { case, _provider: provider, client };
	let lines = caught(&chain, &mut running, "data_withheld").await?;
	find(&lines, "event", "unserved")?;
	find(&lines, "event", "demanded")?;
	let verdict = find(&lines, "event", "withheld")?;
	ensure!(amount(verdict, "slashed")? == 100 * UNIT, "{verdict}");
	Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn capacity_rounds_should_slash_half_of_the_work_at_once_and_missed_challenges_unless_governance_cancels(
) -> Result<()> {
	let mut network = Network::local().await?;
	network.wait_for_finalized(2).await?;
	let folder = network.folder().to_owned();
	let case = |cheat, provider| Case { cheat, provider, client: "//Dave", tier: "1", price: "0.001", stake: 100 };
	let borrows = case("borrow-capacity", "//Eve");
	let [contests, waits] = ["//Ferdie", "//Ferdie//stash"].map(|provider| case("hang", provider));
	let client = Client::of(network.node(1)?);
	let other = Client::of(network.node(2)?);
	let (mut cheat, mut contesting, mut absent) = tokio::try_join!(
		start_provider(&client, &borrows, &folder),
		start_provider(&other, &contests, &folder),
		start_provider(&client, &waits, &folder)
	)?;
	let chain = Chain::connect(&network.node(3)?.url()).await?;

	// The chain asks, and sees that the answer is wrong, or that there is none. There is no client.
	let by_cheat = async {
		wait_for("the cheat to be drawn and slashed", CAPACITY_TIMEOUT, async || {
			cheat.ensure_running()?;
			Ok(cheat.output()?.contains("\"event\":\"slashed\"").then_some(()))
		})
		.await?;
		let eve = account(borrows.provider)?;
		let stake = wait_for("the slash on another node", FINALITY_TIMEOUT, async || {
			let stake = chain.finalised().await?.stake(&eve).await?;
			Ok((stake.bonded.0 < borrows.stake * UNIT).then_some(stake))
		})
		.await?;
		ensure!(stake.bonded.0 == 0 && !stake.active, "{} is left of the stake", stake.bonded);
		Ok(())
	};
	let by_contesting = async {
		let slash = queued(&other, &chain, &mut contesting, contests.provider).await?;
		// A hundredth of the stake, for the first that was missed.
		ensure!(slash.amount == UNIT, "{} is to be taken", slash.amount);
		let before = contest(&other, &chain, &slash).await?;
		cancelled(&chain, &slash, &before).await?;
		// It goes on missing what it is asked. The next one costs as much, or more if that was before the other was forgiven.
		let slash = queued(&other, &chain, &mut contesting, contests.provider).await?;
		contest(&other, &chain, &slash).await?;
		let taken = upheld(&chain, &slash).await?;
		wait_for("the provider's daemon to tell of it", FINALITY_TIMEOUT, async || {
			let told = format!("\"event\":\"slashed\",\"amount\":\"{taken}\"");
			Ok(contesting.output()?.contains(&told).then_some(()))
		})
		.await
	};
	let by_absent = async {
		let slash = queued(&client, &chain, &mut absent, waits.provider).await?;
		ensure!(slash.amount == UNIT, "{} is to be taken", slash.amount);
		// Nobody has to be there for it.
		absent.kill()?;
		left_alone(&client, &chain, &slash).await
	};
	tokio::try_join!(by_cheat, by_contesting, by_absent)?;
	Ok(())
}
