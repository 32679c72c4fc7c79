//! Committees that check results on a live network of four validators: nobody types a command about any of them.

use anyhow::{ensure, Context, Result};
use assay_cli::{
	chain::{model::JobState, Chain},
	keys,
};
use assay_network::{
	constants::{CHECK_TIMEOUT, COMMAND_TIMEOUT, FINALITY_TIMEOUT},
	network::wait_for,
	ports,
	process::Process,
	Client, Network,
};
use std::path::Path;

const UNITS: u32 = 4;
const UNIT: u128 = 1_000_000_000_000;

fn text(path: &Path) -> Result<&str> {
	path.to_str().context("the folder's name is not UTF-8")
}

async fn says(process: &mut Process, what: &str) -> Result<()> {
	wait_for(what, CHECK_TIMEOUT, async || {
		process.ensure_running()?;
		Ok(process.output()?.contains(&format!("\"event\":\"{what}\"")).then_some(()))
	})
	.await
}

/// Have `//Ferdie` post some units of the demo, and serve them.
fn post(client: &Client, name: &str, folder: &Path) -> Result<Process> {
	let listen = format!("127.0.0.1:{}", ports::free()?);
	let store = folder.join(name);
	let units = UNITS.to_string();
	let submit = ["job", "submit", "--demo", "--key", "//Ferdie", "--ceiling", "0.1", "--units", &units, "--watch"];
	let terms = ["--review-blocks", "5", "--auction-blocks", "12", "--listen", &listen, "--data-dir", text(&store)?];
	client.start(name, &[&submit[..], &terms[..]].concat(), folder)
}

#[tokio::test(flavor = "multi_thread")]
async fn committees_should_confirm_what_is_right_and_refute_what_is_wrong() -> Result<()> {
	let mut network = Network::local().await?;
	network.wait_for_finalized(2).await?;
	let folder = network.folder().to_owned();
	let client = Client::of(network.node(2)?);
	let chain = Chain::connect(&network.node(1)?.url()).await?;
	let ferdie = keys::account(&keys::from_secret(&"//Ferdie".parse()?)?);
	let eve = keys::account(&keys::from_secret(&"//Eve".parse()?)?);

	// Three checkers, each at a node of its own.
	let mut checkers = Vec::new();
	for (index, key) in ["//Alice", "//Bob", "//Dave"].into_iter().enumerate() {
		let name = format!("checker-{index}");
		let data = folder.join(&name);
		let run = ["checker", "run", "--join", "--key", key, "--data-dir", text(&data)?];
		checkers.push(Client::of(network.node(index)?).start(&name, &run, &folder)?);
	}
	for checker in &mut checkers {
		says(checker, "ready").await?;
	}

	// A provider that cheats, and whom nobody watches but the committee: its client takes whatever comes.
	let listen = format!("127.0.0.1:{}", ports::free()?);
	let data = folder.join("cheater");
	let cheat = ["--cheat", "wrong-unit", "--key", "//Eve", "--tier", "1", "--slots", "1", "--bond", "--no-capacity"];
	let serve = ["--listen", &listen, "--data-dir", text(&data)?];
	let mut cheater = client.start_cheater("cheater", &[&cheat[..], &serve[..]].concat(), &folder)?;
	says(&mut cheater, "ready").await?;
	let before = chain.finalised().await?.funds(&ferdie).await?.free;
	let _watch = post(&client, "client-of-eve", &folder)?;
	let job = wait_for("the job", FINALITY_TIMEOUT, async || Ok(chain.finalised().await?.jobs().await?.pop())).await?;
	let ended = wait_for("the chain to decide", CHECK_TIMEOUT, async || {
		let job = chain.finalised().await?.job(job.id).await?;
		Ok(job.filter(|job| matches!(job.state, JobState::Refunded { .. })))
	})
	.await?;
	let at = chain.finalised().await?;
	let stake = at.stake(&eve).await?.bonded;
	ensure!(stake.0 == 0, "{stake} is left of what Eve had at stake");
	let after = at.funds(&ferdie).await?.free;
	// All that was in escrow is back, and half of the slash beside it, less a deposit and fees.
	ensure!(after.0 >= before.0 + 45 * UNIT, "Ferdie had {before} and has {after}; the job is {ended:?}");
	let told = |what: &str| -> Result<usize> {
		let mut count = 0;
		for checker in &checkers {
			count += usize::from(checker.output()?.contains(&format!("\"event\":\"{what}\"")));
		}
		Ok(count)
	};
	ensure!(told("voted")? == 3 && told("refuted")? == 1, "the checkers say otherwise");

	// An honest provider, whose daemon shows the sample by itself, and who is paid after the check.
	let listen = format!("127.0.0.1:{}", ports::free()?);
	let data = folder.join("provider");
	let mut daemon = Client::of(network.node(3)?).start(
		"provider-daemon",
		&[
			&["provider", "run", "--key", "//Charlie", "--tier", "1", "--slots", "1", "--bond", "--no-capacity"][..],
			&["--listen", &listen, "--endpoint", &format!("http://{listen}"), "--data-dir", text(&data)?],
		]
		.concat(),
		&folder,
	)?;
	says(&mut daemon, "ready").await?;
	let _watch = post(&client, "client-of-charlie", &folder)?;
	says(&mut daemon, "shown").await?;
	says(&mut daemon, "paid").await?;
	let at = chain.finalised().await?;
	for key in ["//Alice", "//Bob", "//Dave"] {
		let checker = keys::account(&keys::from_secret(&key.parse()?)?);
		let bond = at.checker(&checker).await?.context("no checker")?.bond;
		ensure!(bond.0 == 100 * UNIT, "{key} has {bond} left of its bond");
	}
	let report = client.run(&["checker", "status", "--key", "//Bob"], COMMAND_TIMEOUT).await?;
	ensure!(report.iter().any(|line| line.get("seated") == Some(&true.into())), "{report:?}");
	Ok(())
}
