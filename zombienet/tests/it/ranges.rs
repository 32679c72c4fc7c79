//! Jobs that are paid for range by range, on a live network of four validators.

use crate::{
	checks::committee,
	support::{account, amount, number, says, text},
};
use anyhow::{bail, ensure, Context, Result};
use assay_cli::chain::{
	model::{JobState, RefundReason},
	Chain,
};
use assay_network::{
	constants::{CHECK_TIMEOUT, FINALITY_TIMEOUT, JOB_TIMEOUT},
	network::wait_for,
	ports, Client, Network,
};
use serde_json::Value;
use std::fs;

const UNIT: u128 = 1_000_000_000_000;

/// How often a daemon has told of the event `what`.
fn times(output: &str, what: &str) -> usize {
	output.lines().filter(|line| line.contains(&format!("\"event\":\"{what}\""))).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn provider_should_be_paid_for_each_range_when_its_client_has_looked_at_it() -> Result<()> {
	let mut network = Network::local().await?;
	network.wait_for_finalized(2).await?;
	let folder = network.folder().to_owned();
	let [data, store, outputs, picture] =
		["provider", "client", "outputs", "picture.png"].map(|name| folder.join(name));
	let listen = format!("127.0.0.1:{}", ports::free()?);
	let serve = ["--no-capacity", "--listen", &listen, "--data-dir", text(&data)?];
	let run = ["provider", "run", "--key", "//Eve", "--tier", "1", "--slots", "1", "--bond"];
	let mut daemon = Client::of(network.node(1)?).start("daemon", &[&run[..], &serve[..]].concat(), &folder)?;
	says(&mut daemon, "ready").await?;

	let client = Client::of(network.node(2)?);
	let store = ["--data-dir", text(&store)?];
	let job = ["job", "submit", "--demo", "--key", "//Ferdie", "--ceiling", "0.1", "--units", "8", "--range", "3"];
	let see_to_it = ["--review-blocks", "40", "--watch", "--accept", "--check", "all"];
	let lines = client.run(&[&job[..], &see_to_it[..], &store[..]].concat(), CHECK_TIMEOUT).await?;
	let report = lines.last().context("the client reports nothing")?;
	ensure!(report.get("state") == Some(&"settled".into()), "the job ended like this: {report}");
	ensure!(number(report, "units")? == 8 && number(report, "units_paid")? == 8, "{report}");
	let verified = lines.iter().filter(|line| line.get("event") == Some(&"verified".into()));
	let verified = verified.map(|line| number(line, "units")).collect::<Result<Vec<_>>>()?;
	ensure!(verified == [3, 3, 2], "results of {verified:?} units were looked at");

	// In three parts, each for what it has.
	wait_for("the last range to be paid", FINALITY_TIMEOUT, async || {
		Ok((times(&daemon.output()?, "paid") == 3).then_some(()))
	})
	.await?;
	let output = daemon.output()?;
	ensure!(times(&output, "committed") == 3 && times(&output, "won") == 1, "the daemon says otherwise:\n{output}");
	let lines: Vec<Value> = output.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
	let payments = lines.iter().filter(|line| line.get("event") == Some(&"paid".into()));
	let payments =
		payments.map(|line| Ok((amount(line, "paid")?, amount(line, "fee")?))).collect::<Result<Vec<_>>>()?;
	let [first, second, last] = payments[..] else { bail!("paid in {payments:?}") };
	// Three units, three, and two, but for what is rounded.
	ensure!(first == second && first.0.abs_diff(last.0 / 2 * 3) <= 3, "{payments:?}");
	let (received, fees) = (first.0 + second.0 + last.0, first.1 + second.1 + last.1);
	ensure!(
		amount(report, "provider_received")? == received && amount(report, "fee")? == fees,
		"{payments:?}: {report}"
	);
	ensure!(amount(report, "paid")? == received + fees, "{report}");
	ensure!(amount(report, "burned")? + amount(report, "to_treasury")? == fees, "{report}");

	// All outputs are there, whatever they were paid with.
	let id = number(report, "job")?.to_string();
	let fetched = client.run(&["job", "fetch", &id, "--out", text(&outputs)?, store[0], store[1]], JOB_TIMEOUT).await?;
	let fetched = fetched.last().context("nothing was fetched")?;
	ensure!(number(fetched, "units")? == 8, "{fetched}");
	ensure!(fetched.get("roots").and_then(Value::as_array).map(Vec::len) == Some(3), "{fetched}");
	let native = assay_guests::render_native(&assay_guests::demo_scene()?)?;
	for (index, tile) in native.iter().take(8).enumerate() {
		ensure!(fs::read(outputs.join(format!("{index:06}.out")))? == *tile, "unit {index} is another one");
	}
	let png = ["job", "fetch", &id, "--png", text(&picture)?, store[0], store[1]];
	client.run(&["job", "clear", &id, "--key", "//Ferdie"], JOB_TIMEOUT).await?;
	ensure!(client.run(&png, JOB_TIMEOUT).await.is_err(), "a job that was cleared has been fetched");
	Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn range_should_stay_paid_when_a_committee_refutes_the_next_one() -> Result<()> {
	let mut network = Network::local().await?;
	network.wait_for_finalized(2).await?;
	let folder = network.folder().to_owned();
	let client = Client::of(network.node(2)?);
	let chain = Chain::connect(&network.node(1)?.url()).await?;
	let mut checkers = committee(&mut network, [false; 3]).await?;

	// Its second unit is wrong, and so the second range of a job with ranges of one.
	let listen = format!("127.0.0.1:{}", ports::free()?);
	let (data, store) = (folder.join("cheater"), folder.join("client"));
	let cheat = ["provider", "--cheat", "wrong-unit", "--key", "//Eve", "--tier", "1", "--slots", "1", "--bond"];
	let serve = ["--no-capacity", "--listen", &listen, "--data-dir", text(&data)?];
	let mut cheater = client.start_cheater("cheater", &[&cheat[..], &serve[..]].concat(), &folder)?;
	says(&mut cheater, "ready").await?;
	let eve = account("//Eve")?;
	let job = ["job", "submit", "--demo", "--key", "//Ferdie", "--ceiling", "0.1", "--units", "3", "--range", "1"];
	let terms = ["--review-blocks", "5", "--auction-blocks", "12", "--watch", "--data-dir", text(&store)?];
	let _watch = client.start("client", &[&job[..], &terms[..]].concat(), &folder)?;

	// The first range is right, and paid for when a committee has confirmed it.
	says(&mut cheater, "paid").await?;
	let job = wait_for("the payment on another node", FINALITY_TIMEOUT, async || {
		Ok(chain.finalised().await?.jobs().await?.pop().filter(|job| job.units_due() == (1..2)))
	})
	.await?;
	let price = job.state.bid().context("no bid")?.price.0;
	ensure!(job.escrow.0 == 2 * price, "the job is {job:?}");
	for checker in &mut checkers {
		says(checker, "revealed").await?;
	}

	let ended = wait_for("the chain to decide about the second", CHECK_TIMEOUT, async || {
		let job = chain.finalised().await?.job(job.id).await?;
		Ok(job.filter(|job| job.state.is_final()))
	})
	.await?;
	let refuted = JobState::Refunded { reason: RefundReason::ResultRefuted };
	ensure!(ended.state == refuted && ended.escrow.0 == 0, "the job is {ended:?}");
	let paid = ended.ranges.context("the job has no ranges")?;
	let fee = paid.burned.0 + paid.to_treasury.0;
	ensure!(paid.roots.len() == 1 && paid.paid.0 + fee == price, "{paid:?} for {price}");
	// What she has earned with the first range may have been taken before her bond.
	let left = chain.finalised().await?.stake(&eve).await?.bonded;
	ensure!(left.0 < UNIT, "{left} is left of what Eve had at stake");
	let report = client.run(&["job", "report", &job.id.to_string()], JOB_TIMEOUT).await?;
	let report = report.last().context("no report")?;
	ensure!(amount(report, "refunded")? == 2 * price && amount(report, "paid")? == price, "{report}");
	ensure!(number(report, "units_paid")? == 1, "{report}");
	Ok(())
}
