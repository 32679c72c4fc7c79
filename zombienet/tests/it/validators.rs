//! Making blocks and finalising them with four validators, and going on when one of them is gone.

use anyhow::Result;
use assay_network::{
	constants::{FINALITY_TIMEOUT, METRIC_BEST_BLOCK, METRIC_FINALIZED_BLOCK, METRIC_PEERS},
	network::{finalized_hash, wait_for},
	Network,
};

#[tokio::test(flavor = "multi_thread")]
async fn blocks_should_be_final_on_all_nodes_when_four_validators_run() -> Result<()> {
	let mut network = Network::local().await?;
	network.wait_for_finalized(3).await?;
	for node in network.nodes() {
		// A node writes its metrics every few seconds.
		wait_for(&format!("the metrics of {}", node.name()), FINALITY_TIMEOUT, async || {
			let (best, finalized) = (node.metric(METRIC_BEST_BLOCK)?, node.metric(METRIC_FINALIZED_BLOCK)?);
			let peers = node.metric(METRIC_PEERS)?;
			Ok((finalized >= 3.0 && best >= finalized && peers >= 1.0).then_some(()))
		})
		.await?;
	}
	Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn finality_should_go_on_when_a_validator_is_killed_and_comes_back() -> Result<()> {
	let mut network = Network::local().await?;
	network.wait_for_finalized(2).await?;

	let killed = network.node(3)?;
	let before = killed.rpc().await?.finalized_number().await?;
	killed.kill()?;
	// Three of four are more than two thirds.
	let survivor = network.node(0)?.rpc().await?;
	let height = survivor.finalized_number().await?.max(before) + 3;
	finalized_hash(&survivor, height).await?;

	// It was killed in the midst of writing: the database must come up again, and the node catch up.
	network.node(3)?.restart()?;
	network.wait_for_finalized(height + 3).await?;
	Ok(())
}
