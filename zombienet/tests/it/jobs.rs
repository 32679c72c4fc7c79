//! A job from its client to the provider's pay, with a node between each of them.

use crate::support::{account, amount, text};
use anyhow::{ensure, Context, Result};
use assay_cli::{
	amount::Amount,
	chain::{model::JobState, Call, Chain},
	keys,
};
use assay_network::{
	constants::{COMMAND_TIMEOUT, FINALITY_TIMEOUT, JOB_TIMEOUT},
	network::wait_for,
	ports, Client, Network,
};
use serde_json::{json, Value};
use std::fs;

#[tokio::test(flavor = "multi_thread")]
async fn provider_should_be_paid_when_client_and_provider_use_different_nodes() -> Result<()> {
	let mut network = Network::local().await?;
	network.wait_for_finalized(2).await?;
	let folder = network.folder().to_owned();
	let port = ports::free()?;

	let [data, store, picture] = ["provider", "client", "picture.png"].map(|name| folder.join(name));
	let (data, store, png) = (text(&data)?, text(&store)?, text(&picture)?);
	let mut daemon = Client::of(network.node(1)?).start(
		"provider-daemon",
		&[
			&["provider", "run", "--key", "//Eve", "--tier", "1", "--slots", "2", "--bond"][..],
			&["--listen", &format!("127.0.0.1:{port}"), "--endpoint", &format!("http://127.0.0.1:{port}")],
			// A newcomer has just that.
			&["--data-dir", data, "--min-client-reputation", "50"],
		]
		.concat(),
		&folder,
	)?;
	wait_for("the provider's machine to be on the market", FINALITY_TIMEOUT, async || {
		daemon.ensure_running()?;
		Ok(daemon.output()?.contains("\"event\":\"ready\"").then_some(()))
	})
	.await?;

	// A third party sees it all through a node of its own.
	let watcher = Chain::connect(&network.node(3)?.url()).await?;
	let eve = account("//Eve")?;
	let before = watcher.finalised().await?.funds(&eve).await?;

	let client = Client::of(network.node(2)?);
	let lines = client
		.run(
			&[
				"job",
				"submit",
				"--demo",
				"--key",
				"//Ferdie",
				"--ceiling",
				"0.1",
				"--min-reputation",
				"50",
				// A machine that is busy otherwise would not take the whole picture in the usual time.
				"--run-blocks",
				"300",
				"--watch",
				"--accept",
				"--data-dir",
				store,
			],
			JOB_TIMEOUT,
		)
		.await?;
	let report = lines.last().context("the client reports nothing")?;
	ensure!(report.get("state") == Some(&"settled".into()), "the job ended like this: {report}");
	let (paid, received) = (amount(report, "paid")?, amount(report, "provider_received")?);
	let (fee, burned, to_treasury) =
		(amount(report, "fee")?, amount(report, "burned")?, amount(report, "to_treasury")?);
	ensure!(received > 0 && received + fee == paid && burned + to_treasury == fee, "the sums are wrong: {report}");

	// A sixteenth of the way from 50 to 100 %.
	let known = client.run(&["reputation", "show", "--account", &eve.to_string()], COMMAND_TIMEOUT).await?;
	let known = known.last().and_then(|known| known.get("provider")).context("nothing is known of the provider")?;
	ensure!(*known == json!({ "average": 531_250_000, "outcomes": 1 }), "the provider's reputation is {known}");

	let id = report.get("job").and_then(Value::as_u64).context("the report names no job")?;
	let job = wait_for("the fourth node to see the job settled", FINALITY_TIMEOUT, async || {
		let job = watcher.finalised().await?.job(id).await?;
		Ok(job.filter(|job| job.state.is_final()))
	})
	.await?;
	ensure!(matches!(job.state, JobState::Settled { .. }) && job.escrow.0 == 0, "the job is {}", job.state.name());
	let after = watcher.finalised().await?.funds(&eve).await?;
	ensure!(after.free.0 > before.free.0, "the provider had {} and has {}", before.free, after.free);

	client.run(&["job", "fetch", &id.to_string(), "--png", png, "--data-dir", store], JOB_TIMEOUT).await?;
	let input = assay_guests::demo_scene()?;
	let native = assay_guests::stitch(&input, &assay_guests::render_native(&input)?)?;
	ensure!(fs::read(&picture)? == native, "the picture is not that of a native render");
	Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn stake_should_be_bonded_when_subxt_signs_for_it() -> Result<()> {
	let mut network = Network::local().await?;
	network.wait_for_finalized(1).await?;
	let chain = Chain::connect(&network.node(0)?.url()).await?;
	let key = keys::from_secret(&"//Ferdie".parse()?)?;
	let amount = Amount(150_000_000_000_000);
	let included = chain.submit(&key, Call::Bond(amount)).await?;
	// Another node gives the same answer once that block is final there.
	let other = Chain::connect(&network.node(2)?.url()).await?;
	let stake = wait_for("the bond on another node", FINALITY_TIMEOUT, async || {
		let at = other.finalised().await?;
		Ok(if at.number() >= included.block { Some(at.stake(&keys::account(&key)).await?) } else { None })
	})
	.await?;
	ensure!(stake.bonded == amount, "{} is bonded", stake.bonded);
	Ok(())
}
