//! Windows run on when nothing becomes final, and so does what must not miss them.

use crate::support::text;
use anyhow::{ensure, Context, Result};
use assay_cli::{
	chain::{model::JobState, At, Call, Chain},
	keys,
};
use assay_network::{
	constants::{FINALITY_TIMEOUT, JOB_TIMEOUT, LAG_TIMEOUT},
	network::{chain_specification, finalized_hash, temp_folder, wait_for},
	ports, Client, Node, NodeConfig,
};

/// More blocks that are not final than the daemon takes for usual.
const LAG: u64 = 20;

async fn open_questions(at: &At, job: u64) -> Result<Option<u32>> {
	let state = at.job(job).await?.context("the job is gone")?.state;
	Ok(match state {
		JobState::Contested { open, .. } => Some(open),
		_ => None,
	})
}

#[tokio::test(flavor = "multi_thread")]
async fn demands_should_be_answered_when_nothing_becomes_final() -> Result<()> {
	let folder = temp_folder()?;
	let specification = chain_specification("dev", folder.path()).await?;
	let usual = vec!["--no-mdns".to_owned()];
	let config = NodeConfig { name: "alice".into(), chain: specification, validator: true, args: usual.clone() };
	let mut alice = Node::start(config, folder.path().join("alice"))?;
	finalized_hash(&alice.rpc().await?, 1).await?;
	let client = Client::of(&alice);

	let listen = format!("127.0.0.1:{}", ports::free()?);
	let endpoint = format!("http://{listen}");
	let [data, store] = ["provider", "client"].map(|name| folder.path().join(name));
	let (data, store) = (text(&data)?, text(&store)?);
	let run = ["provider", "run", "--key", "//Bob", "--bond", "--listen", &listen, "--endpoint", &endpoint];
	let mut daemon = client.start("provider-daemon", &[&run[..], &["--data-dir", data]].concat(), folder.path())?;
	wait_for("the provider's machine to be on the market", FINALITY_TIMEOUT, async || {
		daemon.ensure_running()?;
		Ok(daemon.output()?.contains("\"event\":\"ready\"").then_some(()))
	})
	.await?;
	let submit = ["job", "submit", "--demo", "--key", "//Ferdie", "--ceiling", "0.1", "--units", "8", "--watch"];
	let submit = [&submit[..], &["--review-blocks", "400", "--data-dir", store]].concat();
	let mut submitter = client.start("client", &submit, folder.path())?;
	let chain = Chain::connect(&alice.url()).await?;
	wait_for("a result to review", JOB_TIMEOUT, async || {
		let job = chain.finalised().await?.job(0).await?;
		Ok(job.filter(|job| matches!(job.state, JobState::Committed { .. })))
	})
	.await?;
	submitter.kill()?;

	// From here on blocks are made, and nobody votes on them.
	alice.stop().await?;
	alice.restart_with([usual.as_slice(), &["--no-grandpa".to_owned()]].concat())?;
	alice.rpc().await?;
	let chain = Chain::connect(&alice.url()).await?;
	let stuck = chain.finalised().await?.number();
	wait_for("finality to lag", LAG_TIMEOUT, async || {
		daemon.ensure_running()?;
		Ok((chain.best().await? >= stuck + LAG).then_some(()))
	})
	.await?;

	// Two at once: more than one answer is under way. What comes of the demands is not waited for, as none becomes final.
	let ferdie = keys::from_secret(&"//Ferdie".parse()?)?;
	let demands = [
		chain.post(&ferdie, Call::DemandUnit { job: 0, index: 5 }).await?,
		chain.post(&ferdie, Call::DemandUnit { job: 0, index: 2 }).await?,
	];
	wait_for("the demands to be in a block", FINALITY_TIMEOUT, async || {
		Ok((open_questions(&chain.newest().await?, 0).await? == Some(2)).then_some(()))
	})
	.await?;
	wait_for("the demands to be answered", LAG_TIMEOUT, async || {
		daemon.ensure_running()?;
		Ok((open_questions(&chain.newest().await?, 0).await? == Some(0)).then_some(()))
	})
	.await?;
	ensure!(chain.finalised().await?.number() == stuck, "something became final");
	ensure!(open_questions(&chain.finalised().await?, 0).await?.is_none(), "final state knows of the demands");
	drop(demands);

	// Finality is back: what was done counts, and was done once.
	alice.stop().await?;
	alice.restart_with(usual)?;
	alice.rpc().await?;
	let chain = Chain::connect(&alice.url()).await?;
	wait_for("the answers to be final", FINALITY_TIMEOUT, async || {
		daemon.ensure_running()?;
		Ok((open_questions(&chain.finalised().await?, 0).await? == Some(0)).then_some(()))
	})
	.await?;
	ensure!(!daemon.output()?.contains("cannot show unit"), "an answer failed: {}", daemon.output()?);
	alice.stop().await
}
