//! How many new tokens there are, and when the next come.

use std::fmt;

use serde::Serialize;

use crate::{
	amount::Amount,
	chain::{
		model::{NextMint, PotBalance},
		Chain,
	},
	output::Output,
};

/// How the emission stands.
#[derive(Serialize)]
pub struct EmissionReport {
	/// The block to which this refers.
	pub block: u64,
	/// All tokens there are.
	pub issuance: Amount,
	/// The most that there will ever be.
	pub cap: Amount,
	/// Those that the emission has minted.
	pub minted: Amount,
	/// Whether tokens may be transferred.
	pub transfers_open: bool,
	/// What is minted next, by schedule.
	pub next: Vec<NextMint>,
	/// The accounts that the emission feeds.
	pub pots: Vec<PotBalance>,
}

impl fmt::Display for EmissionReport {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		write!(
			f,
			"emission at block {}\n  issuance         {} of {} at most\n  minted           {}",
			self.block, self.issuance, self.cap, self.minted
		)?;
		if !self.transfers_open {
			write!(f, "\n  transfers        not open yet")?;
		}
		for NextMint { schedule, at, period, amount } in &self.next {
			write!(f, "\n  next mint        {amount} in block {at} (schedule {schedule}, period {period})")?;
		}
		for PotBalance { pot, balance, .. } in &self.pots {
			write!(f, "\n  pot {pot:<12} {balance}")?;
		}
		Ok(())
	}
}

/// Show how the emission stands.
pub async fn show(chain: &Chain, out: Output) -> anyhow::Result<()> {
	let at = chain.finalised().await?;
	out.result(&EmissionReport {
		block: at.number(),
		issuance: at.issuance().await?,
		cap: at.cap()?,
		minted: at.minted().await?,
		transfers_open: at.transfers_open().await?,
		next: at.next_mints().await?,
		pots: at.pots().await?,
	});
	Ok(())
}

#[cfg(test)]
mod tests {
	use super::*;
	use subxt::utils::AccountId32;

	#[test]
	fn emission_should_tell_when_and_what_is_minted_next() {
		let report = EmissionReport {
			block: 12,
			issuance: Amount(3_000_000_000_000),
			cap: Amount(9_000_000_000_000),
			minted: Amount(1_000_000_000_000),
			transfers_open: false,
			next: vec![NextMint { schedule: 0, at: 21, period: 2, amount: Amount(500_000_000_000) }],
			pots: vec![PotBalance { pot: "capacity", account: AccountId32([1; 32]), balance: Amount(7) }],
		};
		let text = report.to_string();
		assert!(text.contains("3 ASY of 9 ASY at most") && text.contains("0.5 ASY in block 21"), "{text}");
		assert!(text.contains("not open yet"), "{text}");
		let json = serde_json::to_value(&report).unwrap();
		assert_eq!(json["next"][0]["at"], 21);
		assert_eq!(json["pots"][0]["pot"], "capacity");
	}
}
