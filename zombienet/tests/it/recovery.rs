//! What is paid for is done, also when processes die in between.

use crate::support::{dev_node, text};
use anyhow::Result;
use assay_cli::chain::{model::JobState, Chain};
use assay_network::{
	constants::{FINALITY_TIMEOUT, JOB_TIMEOUT},
	network::{temp_folder, wait_for},
	ports, Client,
};

#[tokio::test(flavor = "multi_thread")]
async fn job_should_be_done_when_daemon_and_node_are_killed_in_between() -> Result<()> {
	let folder = temp_folder()?;
	let mut alice = dev_node(folder.path()).await?;
	let client = Client::of(&alice);

	let listen = format!("127.0.0.1:{}", ports::free()?);
	let endpoint = format!("http://{listen}");
	let data = folder.path().join("provider");
	let data = text(&data)?;
	let run = ["provider", "run", "--key", "//Bob", "--bond", "--listen", &listen, "--endpoint", &endpoint];
	let run = [&run[..], &["--data-dir", data]].concat();
	let mut daemon = client.start("provider-daemon", &run, folder.path())?;
	wait_for("the provider's machine to be on the market", FINALITY_TIMEOUT, async || {
		daemon.ensure_running()?;
		Ok(daemon.output()?.contains("\"event\":\"ready\"").then_some(()))
	})
	.await?;

	// Serves program and scene until the provider has them, and is gone before the result is there.
	let store = folder.path().join("client");
	let store = text(&store)?;
	let submit =
		["job", "submit", "--demo", "--key", "//Ferdie", "--ceiling", "0.1", "--review-blocks", "5", "--watch"];
	let submit = [&submit[..], &["--data-dir", store]].concat();
	let mut submitter = client.start("client", &submit, folder.path())?;
	let chain = Chain::connect(&alice.url()).await?;
	wait_for("the provider to win the job", JOB_TIMEOUT, async || {
		let job = chain.finalised().await?.job(0).await?;
		Ok(job.filter(|job| matches!(job.state, JobState::Assigned { .. })))
	})
	.await?;
	submitter.kill()?;
	daemon.kill()?;

	// The new daemon has nothing but the chain and what lies in its folder.
	let mut daemon = client.start("provider-again", &run, folder.path())?;
	wait_for("the provider to go on", FINALITY_TIMEOUT, async || {
		daemon.ensure_running()?;
		Ok(daemon.output()?.contains("\"machine\":0").then_some(()))
	})
	.await?;
	alice.kill()?;
	alice.restart()?;
	alice.rpc().await?;

	// Nobody has looked at the result: silence accepts it.
	let chain = Chain::connect(&alice.url()).await?;
	wait_for("the provider to be paid", JOB_TIMEOUT, async || {
		daemon.ensure_running()?;
		let job = chain.finalised().await?.job(0).await?;
		Ok(job.filter(|job| matches!(job.state, JobState::Settled { .. })))
	})
	.await?;
	alice.stop().await
}
