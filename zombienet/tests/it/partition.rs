//! A network falls into two halves that do not hear of each other, and comes together again.

use crate::{
	commands::{amount, CallOf},
	support::{account, report, text},
};
use anyhow::{bail, ensure, Context, Result};
use assay_cli::{
	chain::{model::JobState, Chain},
	keys,
};
use assay_network::{
	constants::{CONVERGENCE_TIMEOUT, FINALITY_TIMEOUT, JOB_TIMEOUT, LAG_TIMEOUT},
	network::wait_for,
	ports, Client, Link, Network, Process, Rpc,
};
use assay_runtime::{RuntimeCall, System};
use codec::Encode;
use std::time::Duration;
use subxt::config::substrate::SubstrateExtrinsicParamsBuilder;

/// Blocks that each half makes on its own.
const ALONE: u32 = 4;
/// Votes that were under way when the link was cut have arrived by then.
const LAST_VOTES: Duration = Duration::from_secs(4);
/// Of the job that is posted while the network is apart: its auction goes on until it is together again.
const AUCTION: &str = "60";

/// Sign a call that does nothing, and leave it with the node. It can be included for most of an hour.
async fn leave(chain: &Chain, name: &str) -> Result<()> {
	let key = keys::from_secret(&name.parse()?)?;
	let at = chain.client().at_current_block().await?;
	let call: RuntimeCall = CallOf::<System>::remark_with_event { remark: name.as_bytes().to_vec() }.into();
	let payload = at.transactions().from_call_data_bytes(&call.encode())?;
	let life = SubstrateExtrinsicParamsBuilder::new().mortal(1_024).build();
	at.transactions().sign_and_submit(&payload, &key, life).await?;
	Ok(())
}

/// Whether an account's first transaction is in a block that is final.
async fn is_in(chain: &Chain, name: &str) -> Result<bool> {
	Ok(chain.finalised().await?.nonce(&account(name)?).await? == 1)
}

/// Wait until a process has told of an event.
async fn told(process: &mut Process, what: &str, event: &str) -> Result<()> {
	wait_for(what, FINALITY_TIMEOUT, async || {
		process.ensure_running()?;
		Ok(process.output()?.contains(event).then_some(()))
	})
	.await
}

#[tokio::test(flavor = "multi_thread")]
async fn halves_should_stop_finality_when_they_are_cut_off_and_agree_when_they_are_not() -> Result<()> {
	let link = Link::new()?;
	let [left, right] = link.hosts();
	let mut network = Network::on_hosts(&[left.clone(), left.clone(), right.clone(), right.clone()]).await?;
	let folder = network.folder().to_owned();
	network.wait_for_finalized(2).await?;
	let mut nodes = Vec::new();
	for node in network.nodes() {
		nodes.push(node.rpc().await?);
	}
	let [alice, bob, charlie, dave] = nodes.as_slice() else { bail!("the network has other than four nodes") };

	// A provider on the one side, and its client on the other.
	let [data, store] = ["provider", "client"].map(|name| folder.join(name));
	let listen = format!("{}:{}", left.address(), ports::free()?);
	let endpoint = format!("http://{listen}");
	let run = ["provider", "run", "--key", "//Eve", "--bond", "--listen", &listen, "--endpoint", &endpoint];
	let run = [&run[..], &["--data-dir", text(&data)?]].concat();
	let mut provider = Client::of(network.node(1)?).start("provider-daemon", &run, &folder)?;
	told(&mut provider, "the provider's machine to be on the market", "\"event\":\"ready\"").await?;
	let [here, there] =
		[Chain::connect(&network.node(0)?.url()).await?, Chain::connect(&network.node(2)?.url()).await?];

	link.cut()?;
	tokio::time::sleep(LAST_VOTES).await;
	let stuck = finalized(&nodes).await?;
	let cut_at = [alice.best_number().await?, charlie.best_number().await?];
	// Each half gets a transaction of its own. Only one of the two can have been in the chain that wins.
	leave(&here, "//Dave").await?;
	leave(&there, "//Charlie").await?;
	let listen = format!("{}:{}", right.address(), ports::free()?);
	let source = format!("http://{listen}");
	let submit = ["job", "submit", "--demo", "--key", "//Ferdie", "--ceiling", "0.1", "--units", "8"];
	let watch = ["--auction-blocks", AUCTION, "--watch", "--accept", "--data-dir", text(&store)?];
	let submit = [&submit[..], &watch, &["--listen", &listen, "--source", &source]].concat();
	let mut client = Client::of(network.node(3)?).start("client", &submit, &folder)?;

	wait_for("both halves to make blocks on their own", LAG_TIMEOUT, async || {
		let best = [alice.best_number().await?, charlie.best_number().await?];
		Ok(best.iter().zip(cut_at).all(|(best, cut_at)| *best >= cut_at + ALONE).then_some(()))
	})
	.await?;
	wait_for("the client's half to know of the job", FINALITY_TIMEOUT, async || {
		client.ensure_running()?;
		Ok(there.newest().await?.job(0).await?)
	})
	.await?;
	ensure!(finalized(&nodes).await? == stuck, "something became final without two thirds of the validators");
	// All of them are higher than the last block that was common.
	let height = alice.best_number().await?.min(charlie.best_number().await?).min(bob.best_number().await?);
	let height = height.min(dave.best_number().await?);
	let mut heads = Vec::new();
	for node in &nodes {
		heads.push(node.block_hash(height).await?.with_context(|| format!("no block {height}"))?);
	}
	ensure!(heads[0] != heads[2], "both halves have block {height}: {heads:?}");
	ensure!(here.newest().await?.job(0).await?.is_none(), "the job has crossed a link that is cut");
	for (chain, foreign) in [(&here, "//Charlie"), (&there, "//Dave")] {
		let nonce = chain.newest().await?.nonce(&account(foreign)?).await?;
		ensure!(nonce == 0, "the transaction of {foreign} has crossed a link that is cut");
	}

	let highest = alice.best_number().await?.max(charlie.best_number().await?);
	link.mend()?;
	// One chain, and blocks on it that were made by all.
	wait_for("the halves to come together", CONVERGENCE_TIMEOUT, async || {
		Ok((finalized(&nodes).await?.into_iter().min() > Some(highest)).then_some(()))
	})
	.await?;
	network.wait_for_finalized(highest + 1).await?;
	for name in ["//Dave", "//Charlie"] {
		wait_for(&format!("the transaction of {name} to be final everywhere"), FINALITY_TIMEOUT, async || {
			Ok((is_in(&here, name).await? && is_in(&there, name).await?).then_some(()))
		})
		.await?;
	}

	// The job finds its provider.
	wait_for("a bid", JOB_TIMEOUT, async || {
		provider.ensure_running()?;
		client.ensure_running()?;
		let job = there.finalised().await?.job(0).await?;
		Ok(job.filter(|job| matches!(job.state, JobState::Open { best: Some(_), .. })))
	})
	.await?;
	report(&Client::of(network.node(2)?), &["job", "close", "0", "--key", "//Ferdie"]).await?;
	let status = client.wait(JOB_TIMEOUT).await?;
	ensure!(status.success(), "the client ended with {status}:\n{}", client.log_tail());
	provider.ensure_running()?;
	let ended = report(&Client::of(network.node(0)?), &["job", "report", "0"]).await?;
	ensure!(
		ended["state"] == "settled" && amount(&ended, "/provider_received")? > 0,
		"the job ended like this: {ended}"
	);
	Ok(())
}

/// Heights of the last final blocks.
async fn finalized(nodes: &[Rpc]) -> Result<Vec<u32>> {
	let mut heights = Vec::new();
	for node in nodes {
		heights.push(node.finalized_number().await?);
	}
	Ok(heights)
}
