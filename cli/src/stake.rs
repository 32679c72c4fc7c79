//! Bonding and unbonding stake.

use std::fmt;

use anyhow::ensure;
use serde::Serialize;
use subxt::utils::AccountId32;
use subxt_signer::sr25519::Keypair;

use crate::{
	amount::Amount,
	chain::{model::Stake, Call, Chain},
	keys,
	output::Output,
};

/// What to do with the stake.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Action {
	/// Add to the bond.
	Bond(Amount),
	/// Take out of the bond; it can be withdrawn after the unbonding period.
	Unbond(Amount),
	/// Put unbonding stake back.
	Rebond(Amount),
	/// Take out what is unbonded.
	Withdraw,
}

/// The stake of an account.
#[derive(Serialize)]
pub struct StakeReport {
	/// Whose.
	pub account: AccountId32,
	/// How much.
	#[serde(flatten)]
	pub stake: Stake,
	/// What it can spend.
	pub free: Amount,
}

impl fmt::Display for StakeReport {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		let Stake { bonded, required, unbonding, withdrawable, active } = self.stake;
		let standing = if active {
			"active"
		} else if required.0 > 0 {
			"halted: bond more to take on new jobs"
		} else {
			"not bonded"
		};
		write!(
			f,
			"account {}: {standing}\n  bonded        {bonded}\n  required      {required}\n  unbonding     {unbonding}\n  \
			 withdrawable  {withdrawable}\n  free          {}",
			self.account, self.free
		)
	}
}

/// Change the stake and show it.
pub async fn act(chain: &Chain, key: &Keypair, action: Action, out: Output) -> anyhow::Result<()> {
	let me = keys::account(key);
	let at = chain.finalised().await?;
	let call = match action {
		Action::Bond(amount) => {
			let free = at.funds(&me).await?.free;
			ensure!(free > amount, "account {me} has only {free} free");
			Call::Bond(amount)
		},
		Action::Unbond(amount) => {
			let stake = at.stake(&me).await?;
			ensure!(amount <= stake.bonded, "account {me} has only {} bonded", stake.bonded);
			Call::Unbond(amount)
		},
		Action::Rebond(amount) => {
			let stake = at.stake(&me).await?;
			ensure!(amount <= stake.unbonding, "account {me} has only {} unbonding", stake.unbonding);
			Call::Rebond(amount)
		},
		Action::Withdraw => {
			let stake = at.stake(&me).await?;
			ensure!(
				stake.withdrawable.0 > 0,
				"nothing can be withdrawn yet: {} is unbonding and must wait for the end of its period",
				stake.unbonding
			);
			Call::WithdrawUnbonded
		},
	};
	chain.submit(key, call).await?;
	show(chain, &me, out).await
}

/// Show the stake of an account.
pub async fn show(chain: &Chain, account: &AccountId32, out: Output) -> anyhow::Result<()> {
	let at = chain.finalised().await?;
	let (stake, free) = (at.stake(account).await?, at.funds(account).await?.free);
	out.result(&StakeReport { account: *account, stake, free });
	Ok(())
}
