//! Tokens that vest: putting them at stake and taking them back.

use std::fmt;

use anyhow::{ensure, Context};
use serde::Serialize;
use subxt_signer::sr25519::Keypair;

use crate::{
	amount::{Amount, Portion},
	chain::{
		model::{BlockNumber, Event, PledgeEvent},
		Call, Chain, Included,
	},
	keys,
	output::Output,
};

/// What was done.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "event")]
enum Notice {
	Pledged { block: u64, amount: Amount, pledged: Amount },
	Unpledging { block: u64, amount: Amount, withdrawable_at: BlockNumber },
}

impl fmt::Display for Notice {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Self::Pledged { block, amount, pledged } => {
				write!(f, "{amount} pledged in block {block}, {pledged} in all")
			},
			Self::Unpledging { block, amount, withdrawable_at } => {
				write!(
					f,
					"{amount} left the pledge in block {block} and can be withdrawn from block {withdrawable_at} on"
				)
			},
		}
	}
}

/// What the events of a transaction say about a pledge.
fn notice(included: &Included) -> Option<Notice> {
	let block = included.block;
	included.events.iter().find_map(|event| match event {
		Event::Pledge(PledgeEvent::Pledged { amount, pledged }) => {
			Some(Notice::Pledged { block, amount: *amount, pledged: *pledged })
		},
		Event::Pledge(PledgeEvent::Unpledging { amount, withdrawable_at }) => {
			Some(Notice::Unpledging { block, amount: *amount, withdrawable_at: *withdrawable_at })
		},
		_ => None,
	})
}

async fn submit(chain: &Chain, key: &Keypair, call: Call, out: Output) -> anyhow::Result<()> {
	let included = chain.submit(key, call).await?;
	let notice =
		notice(&included).with_context(|| format!("the chain did not say what it did in block {}", included.block))?;
	out.result(&notice);
	Ok(())
}

/// Put `amount` of one's own vesting tokens at stake.
pub async fn pledge(chain: &Chain, key: &Keypair, amount: Amount, out: Output) -> anyhow::Result<()> {
	ensure!(amount.0 > 0, "give an amount above zero");
	submit(chain, key, Call::Pledge(amount), out).await
}

/// Begin to take pledged tokens back.
pub async fn unpledge(chain: &Chain, key: &Keypair, amount: Portion, out: Output) -> anyhow::Result<()> {
	let me = keys::account(key);
	let pledged = chain.finalised().await?.stake(&me).await?.pledged;
	ensure!(pledged.0 > 0, "account {me} has pledged nothing");
	// The chain takes exactly what it is told.
	let amount = match amount {
		Portion::All => pledged,
		Portion::Of(amount) => amount,
	};
	ensure!((1..=pledged.0).contains(&amount.0), "account {me} has pledged {pledged}");
	submit(chain, key, Call::Unpledge(amount), out).await
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn notice_should_tell_when_what_was_pledged_can_be_withdrawn() {
		let unpledging = PledgeEvent::Unpledging { amount: Amount(5), withdrawable_at: 90 };
		let told =
			notice(&Included { block: 30, events: vec![Event::RoundClosed, Event::Pledge(unpledging)] }).unwrap();
		assert_eq!(
			serde_json::to_string(&told).unwrap(),
			r#"{"event":"unpledging","block":30,"amount":"5","withdrawable_at":90}"#
		);
		assert_eq!(notice(&Included { block: 30, events: vec![] }), None);
	}
}
