//! Probes on a live network of four validators: checkers ask a machine that serves, and one that does not any more.

use crate::support::{account, says, text};
use anyhow::{ensure, Context, Result};
use assay_cli::chain::Chain;
use assay_network::{
	constants::{CAPACITY_TIMEOUT, COMMAND_TIMEOUT},
	network::wait_for,
	ports,
	process::Process,
	Client, Network,
};
use serde_json::Value;
use std::time::Duration;

const UNIT: u128 = 1_000_000_000_000;

/// How many of the checkers say that they have found a machine served, or that they have not.
fn probed(checkers: &mut [Process], served: bool) -> Result<usize> {
	let mut count = 0;
	for checker in checkers {
		checker.ensure_running()?;
		let found = |line: &str| {
			let event: Value = serde_json::from_str(line).unwrap_or_default();
			event.get("event") == Some(&"probed".into()) && event.get("served") == Some(&served.into())
		};
		count += usize::from(checker.output()?.lines().any(found));
	}
	Ok(count)
}

/// Wait until most of the checkers have found a machine served, or not, and the chain has it from them.
async fn probe_ends(
	chain: &Chain,
	checkers: &mut [Process],
	machine: u64,
	served: bool,
	limit: Duration,
) -> Result<()> {
	wait_for("a probe to end", limit, async || {
		let told = probed(checkers, served)?;
		let service = chain.finalised().await?.service(machine).await?;
		Ok((told >= 2 && service.is_some_and(|service| service.served == served)).then_some(()))
	})
	.await
}

#[tokio::test(flavor = "multi_thread")]
async fn probes_should_find_a_machine_served_and_unreachable_when_its_daemon_is_killed() -> Result<()> {
	let mut network = Network::local().await?;
	network.wait_for_finalized(2).await?;
	let folder = network.folder().to_owned();
	let chain = Chain::connect(&network.node(1)?.url()).await?;
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

	// The only machine of the network, with a device: it has a seat in the draw after an epoch with heartbeats.
	let listen = format!("127.0.0.1:{}", ports::free()?);
	let (endpoint, data) = (format!("http://{listen}"), folder.join("provider"));
	let run = ["provider", "run", "--key", "//Charlie", "--tier", "1", "--slots", "1", "--bond", "--listen", &listen];
	let serve = ["--endpoint", &endpoint, "--data-dir", text(&data)?];
	let client = Client::of(network.node(3)?);
	let mut daemon = client.start("provider-daemon", &[&run[..], &serve[..]].concat(), &folder)?;
	says(&mut daemon, "ready").await?;
	let charlie = account("//Charlie")?;
	let machine = chain.finalised().await?.machines_of(&charlie).await?.pop().context("Charlie has no machine")?.id;
	probe_ends(&chain, &mut checkers, machine, true, CAPACITY_TIMEOUT).await?;
	let report = client.run(&["provider", "status", "--key", "//Charlie"], COMMAND_TIMEOUT).await?;
	let service = report.iter().find_map(|line| line.get("capacity")?.get(0)?.get("service"));
	let service = service.context("no service is shown")?;
	ensure!(service.get("served") == Some(&true.into()), "{service}");
	ensure!(service.get("rate").and_then(Value::as_u64).is_some_and(|rate| rate > 0), "{service}");

	// One that has been asked is asked again in an epoch to come, whether it is heard of or not.
	daemon.kill()?;
	probe_ends(&chain, &mut checkers, machine, false, CAPACITY_TIMEOUT).await?;
	for key in ["//Alice", "//Bob", "//Dave"] {
		let checker = account(key)?;
		let bond = chain.finalised().await?.checker(&checker).await?.context("no checker")?.bond;
		ensure!(bond.0 == 100 * UNIT, "{key} has {bond} left of its bond");
	}
	Ok(())
}
