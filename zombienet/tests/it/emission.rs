//! What a live chain mints is what the schedule's closed form says, whatever happens to the node.

use crate::support::dev_node;
use anyhow::{ensure, Context, Result};
use assay_cli::chain::Chain;
use assay_network::network::{finalized_hash, temp_folder};
use assay_runtime::{
	params::{MILLISECS_PER_BLOCK, MINT_PERIOD},
	Runtime,
};
use pallet_token_mint::ScheduleId;
use std::time::Duration;

/// The chain's own schedule.
const MAIN: ScheduleId = ScheduleId(0);

/// Slots that pass without a block while the node is down.
const SKIPPED_SLOTS: u64 = 4;

#[tokio::test(flavor = "multi_thread")]
async fn issuance_should_be_the_closed_form_to_the_unit_when_slots_were_skipped_and_the_node_restarted() -> Result<()> {
	let folder = temp_folder()?;
	let mut alice = dev_node(folder.path()).await?;
	// In the middle of a period.
	finalized_hash(&alice.rpc().await?, MINT_PERIOD + 2).await?;
	check(&alice.url(), MINT_PERIOD + 2).await?;

	alice.kill()?;
	tokio::time::sleep(Duration::from_millis(SKIPPED_SLOTS * MILLISECS_PER_BLOCK)).await;
	alice.restart()?;

	finalized_hash(&alice.rpc().await?, 2 * MINT_PERIOD + 1).await?;
	check(&alice.url(), 2 * MINT_PERIOD + 1).await?;
	alice.stop().await
}

/// Hold the state of the block at `height` against the closed form. Nobody burns anything on this chain.
async fn check(url: &str, height: u32) -> Result<()> {
	let chain = Chain::connect(url).await?;
	let genesis = chain.at(0).await?.issuance().await?.0;
	let at = chain.at(height.into()).await?;
	let (issuance, minted) = (at.issuance().await?.0, at.minted().await?.0);
	let schedules = <Runtime as pallet_token_mint::Config>::Schedules::get();
	let schedule = schedules.into_iter().find(|schedule| schedule.id == MAIN).context("the chain has no schedule")?;
	let due = schedule.emission.cumulative(&Default::default(), height / MINT_PERIOD);
	ensure!(due > 0 && minted == due, "block {height}: {minted} minted, {due} due");
	ensure!(issuance == genesis + due, "block {height}: {issuance} issued, {genesis} at genesis and {due} minted");
	Ok(())
}
