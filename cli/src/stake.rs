//! Bonding and unbonding stake.

use std::fmt;

use anyhow::ensure;
use serde::Serialize;
use subxt::utils::AccountId32;
use subxt_signer::sr25519::Keypair;

use crate::{
	amount::Amount,
	chain::{
		model::{ProviderStanding, Stake, Standing},
		Call, Chain,
	},
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
	/// Whether that suffices.
	pub standing: ProviderStanding,
	/// What it owes for slashes that found too little.
	pub debt: Amount,
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
		let Stake { bonded, required, unbonding, withdrawable, pledged, unpledging, releasable, .. } = self.stake;
		let missing = self.standing.missing(required);
		write!(f, "account {}: ", self.account)?;
		match self.standing.standing {
			Standing::Unstaked => write!(f, "not bonded")?,
			Standing::Active => write!(f, "active")?,
			Standing::TopUp { until } => write!(f, "short: bond {missing} more before block {until}")?,
			Standing::Halted => write!(f, "halted: bond {missing} more to take on new jobs")?,
		}
		write!(f, "\n  bonded        {bonded}\n  required      {required}")?;
		if self.standing.threshold.0 > 0 {
			write!(f, ", {} of it own", self.standing.threshold)?;
		}
		write!(f, "\n  unbonding     {unbonding}\n  withdrawable  {withdrawable}")?;
		if pledged.0 > 0 || unpledging.0 > 0 {
			write!(f, "\n  pledged       {pledged}\n  unpledging    {unpledging}\n  releasable    {releasable}")?;
		}
		if self.debt.0 > 0 {
			write!(f, "\n  owes          {}: pay it with `assay slash pay`", self.debt)?;
		}
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
			let debt = at.debt(&me).await?;
			ensure!(
				debt.0 == 0,
				"account {me} owes {debt}, and can withdraw nothing before that is paid: see `assay slash`"
			);
			ensure!(
				stake.withdrawable.0 > 0 || stake.releasable.0 > 0,
				"nothing can be withdrawn yet: {} is unbonding and must wait for the end of its period, or for pending slashes",
				Amount(stake.unbonding.0.saturating_add(stake.unpledging.0))
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
		standing: at.standing(account).await?,
		debt: at.debt(account).await?,
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

	const UNIT: u128 = 1_000_000_000_000;

	fn report(standing: Standing) -> StakeReport {
		let stake = Stake {
			bonded: Amount(UNIT),
			required: Amount(4 * UNIT),
			unbonding: Amount(3 * UNIT),
			withdrawable: Amount(2 * UNIT),
			active: true,
			pledged: Amount(0),
			unpledging: Amount(0),
			releasable: Amount(0),
		};
		let standing = ProviderStanding {
			standing,
			short_since: None,
			own: Amount(UNIT),
			backing: Amount(2 * UNIT),
			threshold: Amount(0),
		};
		StakeReport {
			account: AccountId32([1; 32]),
			stake,
			standing,
			debt: Amount(0),
			delegated: Amount(0),
			counted: Amount(0),
			free: Amount(1),
			delegations: vec![],
		}
	}

	#[test]
	fn stake_should_show_what_there_is_and_nothing_else() {
		let mut report = report(Standing::Active);
		let text = report.to_string();
		for word in ["delegated", "pledged", "owes", "of it own"] {
			assert!(!text.contains(word), "{text}");
		}
		report.delegated = Amount(7 * UNIT);
		report.counted = Amount(UNIT);
		report.stake.pledged = Amount(5 * UNIT);
		report.debt = Amount(9 * UNIT);
		let text = report.to_string();
		for line in ["delegated     7 ASY, of which 1 ASY counts", "pledged       5 ASY", "owes          9 ASY"] {
			assert!(text.contains(line), "{text}");
		}
		let json = serde_json::to_value(&report).unwrap();
		assert_eq!((&json["bonded"], &json["delegated"]), (&"1000000000000".into(), &"7000000000000".into()));
		assert!(json.get("delegations").is_none());
	}

	#[test]
	fn standing_should_say_how_much_is_missing_and_until_when() {
		let text = |standing| report(standing).to_string();
		assert!(text(Standing::Active).starts_with(&format!("account {}: active\n", AccountId32([1; 32]))));
		assert!(text(Standing::TopUp { until: 90 }).contains("short: bond 2 ASY more before block 90"));
		assert!(text(Standing::Halted).contains("halted: bond 2 ASY more"));
		assert!(text(Standing::Unstaked).contains("not bonded"));
		let json = serde_json::to_value(report(Standing::TopUp { until: 90 })).unwrap();
		assert_eq!((&json["standing"]["standing"], &json["standing"]["until"]), (&"top_up".into(), &90.into()));
	}
}
