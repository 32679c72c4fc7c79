//! Committees that check results on a live network of four validators: nobody types a command about any of them.

use crate::support::{account, says, text};
use anyhow::{bail, ensure, Context, Result};
use assay_cli::chain::{
	model::{JobState, RefundReason},
	Chain,
};
use assay_network::{
	constants::{CHECK_TIMEOUT, COMMAND_TIMEOUT, FINALITY_TIMEOUT},
	network::wait_for,
	ports,
	process::Process,
	Client, Network,
};
use std::path::Path;

/// Whose daemons check.
const CHECKERS: [&str; 3] = ["//Alice", "//Bob", "//Dave"];

const UNITS: u32 = 4;
const UNIT: u128 = 1_000_000_000_000;

/// Have `//Ferdie` post some units of the demo, and serve them.
fn post(client: &Client, name: &str, folder: &Path) -> Result<Process> {
	let listen = format!("127.0.0.1:{}", ports::free()?);
	let store = folder.join(name);
	let units = UNITS.to_string();
	let submit = ["job", "submit", "--demo", "--key", "//Ferdie", "--ceiling", "0.1", "--units", &units, "--watch"];
	let terms = ["--review-blocks", "5", "--auction-blocks", "12", "--listen", &listen, "--data-dir", text(&store)?];
	client.start(name, &[&submit[..], &terms[..]].concat(), folder)
}

/// Have a daemon check results for `key`. One that is bought says that whatever a provider claims is right.
fn check(client: &Client, key: &str, bought: bool, folder: &Path) -> Result<Process> {
	let name = format!("checker-{}", key.trim_matches('/').to_lowercase());
	let data = folder.join(&name);
	let args = ["--join", "--key", key, "--data-dir", text(&data)?];
	match bought {
		true => client.start_cheater(&name, &[&["checker"], &args[..]].concat(), folder),
		false => client.start(&name, &[&["checker", "run"], &args[..]].concat(), folder),
	}
}

/// The checkers, each at a node of its own, when all of them have seats. There are as many as a committee has members.
pub async fn committee(network: &mut Network, bought: [bool; 3]) -> Result<Vec<Process>> {
	let folder = network.folder().to_owned();
	let mut checkers = Vec::new();
	for (index, (key, bought)) in CHECKERS.into_iter().zip(bought).enumerate() {
		checkers.push(check(&Client::of(network.node(index)?), key, bought, &folder)?);
	}
	for checker in &mut checkers {
		says(checker, "ready").await?;
	}
	Ok(checkers)
}

/// In how many logs it stands that something was done.
fn told(checkers: &[Process], what: &str) -> Result<usize> {
	let mut count = 0;
	for checker in checkers {
		count += usize::from(checker.output()?.contains(&format!("\"event\":\"{what}\"")));
	}
	Ok(count)
}

/// What each of the checkers has on hold, and whether it has a seat.
async fn standings(chain: &Chain) -> Result<Vec<(u128, bool)>> {
	let at = chain.finalised().await?;
	let mut standings = Vec::new();
	for key in CHECKERS {
		let standing = at.checker(&account(key)?).await?;
		standings.push(standing.map_or((0, false), |standing| (standing.bond.0, standing.seated)));
	}
	Ok(standings)
}

/// Have Eve cheat at a job of Ferdie's, and wait for what becomes of that: she loses her stake, and he has his money back and
/// half of that. Nobody watches but the committee: the client takes whatever comes.
async fn refuted(client: &Client, chain: &Chain, folder: &Path) -> Result<()> {
	let ferdie = account("//Ferdie")?;
	let eve = account("//Eve")?;
	let listen = format!("127.0.0.1:{}", ports::free()?);
	let data = folder.join("cheater");
	let cheat = ["provider", "--cheat", "wrong-unit", "--key", "//Eve", "--tier", "1", "--slots", "1", "--bond"];
	let serve = ["--no-capacity", "--listen", &listen, "--data-dir", text(&data)?];
	let mut cheater = client.start_cheater("cheater", &[&cheat[..], &serve[..]].concat(), folder)?;
	says(&mut cheater, "ready").await?;
	let before = chain.finalised().await?.funds(&ferdie).await?.free;
	let _watch = post(client, "client-of-eve", folder)?;
	let job = wait_for("the job", FINALITY_TIMEOUT, async || Ok(chain.finalised().await?.jobs().await?.pop())).await?;
	let ended = wait_for("the chain to decide", CHECK_TIMEOUT, async || {
		let job = chain.finalised().await?.job(job.id).await?;
		Ok(job.filter(|job| matches!(job.state, JobState::Refunded { .. } | JobState::Settled { .. })))
	})
	.await?;
	let JobState::Refunded { reason } = ended.state else { bail!("Eve was paid: {ended:?}") };
	ensure!(reason == RefundReason::ResultRefuted, "the job was refunded: {reason}");
	let at = chain.finalised().await?;
	let stake = at.stake(&eve).await?.bonded;
	ensure!(stake.0 == 0, "{stake} is left of what Eve had at stake");
	let after = at.funds(&ferdie).await?.free;
	// All that was in escrow is back, and half of the slash beside it, less a deposit and fees.
	ensure!(after.0 >= before.0 + 45 * UNIT, "Ferdie had {before} and has {after}; the job is {ended:?}");
	Ok(())
}

/// Have somebody do a job of Ferdie's, who goes offline when there is a bid, and serve nobody guest and input: the committee asks
/// for them, and Ferdie has his money back when they are not shown.
async fn withheld(client: &Client, chain: &Chain, folder: &Path, listen: &str) -> Result<()> {
	// Somebody who has earned nothing yet: rewards are taken before stake.
	let provider = account("//Ferdie//stash")?;
	let data = folder.join("withholder");
	let cheat =
		["provider", "--cheat", "withhold", "--key", "//Ferdie//stash", "--tier", "1", "--slots", "1", "--bond"];
	let endpoint = format!("http://{listen}");
	let serve = ["--no-capacity", "--listen", listen, "--endpoint", &endpoint, "--data-dir", text(&data)?];
	let mut cheater = client.start_cheater("withholder", &[&cheat[..], &serve[..]].concat(), folder)?;
	says(&mut cheater, "ready").await?;
	let stake = chain.finalised().await?.stake(&provider).await?.bonded;
	let ferdies = post(client, "client-of-withholder", folder)?;
	says(&mut cheater, "bid").await?;
	drop(ferdies);
	let mut jobs = chain.finalised().await?.jobs().await?;
	jobs.sort_by_key(|job| job.id);
	let job = jobs.pop().context("there is no job")?;
	let ended = wait_for("the chain to refuse what is withheld", CHECK_TIMEOUT, async || {
		let job = chain.finalised().await?.job(job.id).await?;
		Ok(job.filter(|job| matches!(job.state, JobState::Refunded { .. } | JobState::Settled { .. })))
	})
	.await?;
	let JobState::Refunded { reason } = ended.state else { bail!("the provider was paid: {ended:?}") };
	ensure!(reason == RefundReason::DataWithheld, "the job was refunded: {reason}");
	let left = chain.finalised().await?.stake(&provider).await?.bonded;
	ensure!(left.0 < stake.0, "{left} is left of {stake}");
	Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn committees_should_refute_what_is_wrong_and_confirm_what_is_right_when_one_member_is_bought() -> Result<()> {
	let mut network = Network::local().await?;
	network.wait_for_finalized(2).await?;
	let folder = network.folder().to_owned();
	let client = Client::of(network.node(2)?);
	let chain = Chain::connect(&network.node(1)?.url()).await?;
	let checkers = committee(&mut network, [false, false, true]).await?;
	refuted(&client, &chain, &folder).await?;
	wait_for("a checker to tell of it", FINALITY_TIMEOUT, async || Ok((told(&checkers, "refuted")? > 0).then_some(())))
		.await?;
	ensure!(told(&checkers, "revealed")? == 3 && told(&checkers, "refuted")? == 1, "the checkers say otherwise");
	let all = standings(&chain).await?;
	ensure!(all == [(100 * UNIT, true), (100 * UNIT, true), (0, false)], "the checkers have {all:?}");

	// An honest provider, whose daemon shows the sample by itself, and who is paid after the check. Whoever says that the
	// provider is right is right this time.
	client.run(&["checker", "join", "--key", "//Dave"], COMMAND_TIMEOUT).await?;
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
	let all = standings(&chain).await?;
	ensure!(all == [(100 * UNIT, true); 3], "the checkers have {all:?}");
	let report = client.run(&["checker", "status", "--key", "//Bob"], COMMAND_TIMEOUT).await?;
	ensure!(report.iter().any(|line| line.get("seated") == Some(&true.into())), "{report:?}");
	drop(daemon);
	withheld(&client, &chain, &folder, &listen).await?;
	// Nobody is the poorer for it, and who has said that it lacks data has a seat all the same.
	let all = standings(&chain).await?;
	ensure!(all == [(100 * UNIT, true); 3], "the checkers have {all:?}");
	ensure!(told(&checkers, "missed")? >= 2, "the checkers say otherwise");
	Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn committees_should_refute_what_is_wrong_when_only_one_member_is_not_bought() -> Result<()> {
	let mut network = Network::local().await?;
	network.wait_for_finalized(2).await?;
	let folder = network.folder().to_owned();
	let client = Client::of(network.node(2)?);
	let chain = Chain::connect(&network.node(1)?.url()).await?;
	let mut checkers = committee(&mut network, [false, true, true]).await?;
	refuted(&client, &chain, &folder).await?;
	// All three have voted, and the one that was outvoted has had the chain decide.
	says(checkers.first_mut().context("no checker")?, "refuted").await?;
	ensure!(told(&checkers, "revealed")? == 3 && told(&checkers, "refuted")? == 1, "the checkers say otherwise");
	let all = standings(&chain).await?;
	ensure!(all == [(100 * UNIT, true), (0, false), (0, false)], "the checkers have {all:?}");
	Ok(())
}
