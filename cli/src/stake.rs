//! Bonding and unbonding stake.

use std::fmt;

use anyhow::ensure;
use serde::Serialize;
use subxt::utils::AccountId32;
use subxt_signer::sr25519::Keypair;

use crate::{
	amount::Amount,
	chain::{model::Stake, Call, Chain},
	delegation::PositionReport,
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
	/// What others have delegated to it.
	pub delegated: Amount,
	/// The part of that which counts beside the bond.
	pub counted: Amount,
	/// What it can spend.
	pub free: Amount,
	/// What it has with the providers that were asked for.
	#[serde(skip_serializing_if = "Vec::is_empty")]
	pub delegations: Vec<PositionReport>,
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
			 withdrawable  {withdrawable}",
			self.account
		)?;
		if self.delegated.0 > 0 {
			write!(f, "\n  delegated     {}, of which {} counts", self.delegated, self.counted)?;
		}
		write!(f, "\n  free          {}", self.free)?;
		for position in &self.delegations {
			write!(f, "\n{position}")?;
		}
		Ok(())
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
	show(chain, &me, &[], out).await
}

/// Show the stake of an account, and what it has with `providers`. There is no list of an account's delegations on the
/// chain, and looking for them would mean to go through those of everybody.
pub async fn show(chain: &Chain, account: &AccountId32, providers: &[AccountId32], out: Output) -> anyhow::Result<()> {
	let at = chain.finalised().await?;
	let pool = at.pool(account).await?;
	let mut delegations = Vec::new();
	for provider in providers {
		match at.position(provider, account).await? {
			Some(position) => delegations.push(PositionReport { provider: *provider, delegator: *account, position }),
			None => out.note(format!("account {account} has nothing with provider {provider}")),
		}
	}
	out.result(&StakeReport {
		account: *account,
		stake: at.stake(account).await?,
		delegated: pool.as_ref().map(|pool| pool.delegated).unwrap_or_default(),
		counted: pool.as_ref().map(|pool| pool.counted).unwrap_or_default(),
		free: at.funds(account).await?.free,
		delegations,
	});
	Ok(())
}

#[cfg(test)]
mod tests {
	use super::*;

	fn report(delegated: u128) -> StakeReport {
		let stake = Stake {
			bonded: Amount(5),
			required: Amount(4),
			unbonding: Amount(3),
			withdrawable: Amount(2),
			active: true,
		};
		StakeReport {
			account: AccountId32([1; 32]),
			stake,
			delegated: Amount(delegated),
			counted: Amount(delegated),
			free: Amount(1),
			delegations: vec![],
		}
	}

	#[test]
	fn stake_should_show_delegations_only_when_there_are_some() {
		assert!(!report(0).to_string().contains("delegated"));
		assert!(report(7).to_string().contains("0.000000000007 ASY counts"));
		let json = serde_json::to_value(report(7)).unwrap();
		assert_eq!((&json["bonded"], &json["delegated"]), (&"5".into(), &"7".into()));
		assert!(json.get("delegations").is_none());
	}
}
