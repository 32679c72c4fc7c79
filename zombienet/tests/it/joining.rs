//! Nodes that come to a running network later.

use anyhow::{ensure, Result};
use assay_network::{constants::SYNC_TIMEOUT, network::wait_for, Network};

/// A block that is final before the others join.
const EARLY_BLOCK: u32 = 5;

#[tokio::test(flavor = "multi_thread")]
async fn full_nodes_should_follow_the_chain_when_they_join_late() -> Result<()> {
	let mut network = Network::local().await?;
	let hash = network.wait_for_finalized(EARLY_BLOCK).await?;

	// One executes every block from the first, the other takes the state of a block whose finality it has checked.
	let full = network.add("full", false, &[])?;
	let warp = network.add("warp", false, &["--sync", "warp"])?;
	for index in [full, warp] {
		let node = network.node(index)?;
		let rpc = node.rpc().await?;
		wait_for(&format!("{} to be in sync", node.name()), SYNC_TIMEOUT, async || {
			let (peers, syncing) = rpc.health().await?;
			Ok((peers > 0 && !syncing && rpc.finalized_number().await? >= EARLY_BLOCK).then_some(()))
		})
		.await?;
		// The node that took a state fetches the blocks before it afterwards.
		let old = wait_for("the early blocks", SYNC_TIMEOUT, async || rpc.block_hash(EARLY_BLOCK).await).await?;
		ensure!(old == hash, "{} has {old} at height {EARLY_BLOCK}, the network {hash}", node.name());
	}
	// Both go on from there with the others.
	let next = network.node(warp)?.rpc().await?.finalized_number().await? + 3;
	network.wait_for_finalized(next).await?;
	ensure!(
		network.node(warp)?.process().output()?.contains("Warp sync is complete"),
		"the node was told to sync by warp but did not"
	);
	Ok(())
}
