//! How the chain stands.

use std::fmt;

use serde::Serialize;

use crate::{
	amount::Amount,
	chain::{model::PotBalance, Chain},
	output::Output,
};

/// How the chain stands.
#[derive(Serialize)]
pub struct ChainStatus {
	/// Address of the node that was asked.
	pub node: String,
	/// Hash of the first block.
	pub genesis: String,
	/// Number of the best block.
	pub best: u64,
	/// Number of the last finalised block, to which the rest refers.
	pub finalized: u64,
	/// How many nodes the node is connected to.
	pub peers: usize,
	/// All tokens there are.
	pub issuance: Amount,
	/// Those of them that the emission has minted.
	pub minted: Amount,
	/// Balance of the treasury.
	pub treasury: Amount,
	/// The accounts that the emission feeds.
	pub pots: Vec<PotBalance>,
	/// The stake that a machine requires, by tier.
	pub tiers: Vec<TierStake>,
}

/// What a machine of a tier requires.
#[derive(Serialize)]
pub struct TierStake {
	/// The tier.
	pub tier: u8,
	/// What must be bonded for a machine of it.
	pub stake: Amount,
}

impl fmt::Display for ChainStatus {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		write!(
			f,
			"node {} (genesis {})\n  best block       {}\n  finalised block  {}\n  peers            {}\n  issuance         \
			 {}\n  minted           {}",
			self.node, self.genesis, self.best, self.finalized, self.peers, self.issuance, self.minted
		)?;
		for PotBalance { pot, account, balance } in &self.pots {
			write!(f, "\n  pot {pot:<12} {balance} ({account})")?;
		}
		for TierStake { tier, stake } in &self.tiers {
			write!(f, "\n  tier {tier:<11} {stake} a machine")?;
		}
		Ok(())
	}
}

/// Show how the chain stands.
pub async fn show(chain: &Chain, out: Output) -> anyhow::Result<()> {
	let at = chain.finalised().await?;
	let pots = at.pots().await?;
	let treasury = pots.iter().find(|pot| pot.pot == "treasury").map(|pot| pot.balance);
	let tiers = at.tiers().await?.into_iter().map(|(tier, stake)| TierStake { tier, stake }).collect();
	out.result(&ChainStatus {
		node: chain.url().to_owned(),
		genesis: chain.genesis(),
		best: chain.best().await?,
		finalized: at.number(),
		peers: chain.peers().await?,
		issuance: at.issuance().await?,
		minted: at.minted().await?,
		treasury: treasury.unwrap_or_default(),
		pots,
		tiers,
	});
	Ok(())
}
