//! Payments that wait for an account, because it could not take them when they were due.

use std::fmt;

use anyhow::{ensure, Context};
use serde::Serialize;
use subxt::utils::AccountId32;
use subxt_signer::sr25519::Keypair;

use crate::{
	amount::Amount,
	chain::{
		model::{Event, Payment},
		Call, Chain,
	},
	output::Output,
};

/// What waits for an account.
#[derive(Serialize)]
pub struct Waiting {
	/// The account.
	pub account: AccountId32,
	/// What it was paid with.
	pub payment: Payment,
	/// How much waits, in the smallest units of that.
	pub amount: Amount,
}

impl fmt::Display for Waiting {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		write!(f, "{} waits for {}", self.payment.show(self.amount), self.account)
	}
}

/// What was paid out.
#[derive(Serialize)]
#[serde(rename_all = "snake_case", tag = "event")]
enum Notice {
	Claimed { block: u64, account: AccountId32, payment: Payment, amount: Amount },
}

impl fmt::Display for Notice {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		let Self::Claimed { block, account, payment, amount } = self;
		write!(f, "{} paid out to {account} in block {block}", payment.show(*amount))
	}
}

/// Show what of `payment` waits for `account`.
pub async fn show(chain: &Chain, account: &AccountId32, payment: Payment, out: Output) -> anyhow::Result<()> {
	let amount = chain.finalised().await?.unclaimed(payment, account).await?;
	out.result(&Waiting { account: *account, payment, amount });
	Ok(())
}

/// Have paid out what of `payment` waits for `account`. Whoever signs pays the fee.
pub async fn claim(
	chain: &Chain,
	key: &Keypair,
	account: &AccountId32,
	payment: Payment,
	out: Output,
) -> anyhow::Result<()> {
	let waiting = chain.finalised().await?.unclaimed(payment, account).await?;
	ensure!(waiting.0 > 0, "no payment waits for account {account}");
	let included = chain.submit(key, Call::ClaimPayment(payment, *account)).await?;
	let amount = included.events.iter().find_map(|event| match event {
		Event::PaymentClaimed { account: owner, amount } if owner == account => Some(*amount),
		_ => None,
	});
	let amount = amount.with_context(|| format!("the chain did not say what it paid in block {}", included.block))?;
	out.result(&Notice::Claimed { block: included.block, account: *account, payment, amount });
	Ok(())
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn payment_should_be_shown_in_what_was_paid_with() {
		let account = AccountId32([1; 32]);
		let waiting = Waiting { account, payment: Payment::Stable, amount: Amount(1_500_000) };
		assert_eq!(waiting.to_string(), format!("1.5 USD waits for {account}"));
		let claimed = Notice::Claimed { block: 3, account, payment: Payment::Stable, amount: Amount(1_500_000) };
		assert_eq!(claimed.to_string(), format!("1.5 USD paid out to {account} in block 3"));
		let json =
			format!(r#"{{"event":"claimed","block":3,"account":"{account}","payment":"stable","amount":"1500000"}}"#);
		assert_eq!(serde_json::to_string(&claimed).unwrap(), json);
	}
}
