//! Rewards that the emission pays: what an account has earned, and having it paid.

use std::fmt;

use anyhow::{ensure, Context};
use serde::Serialize;
use subxt::utils::AccountId32;
use subxt_signer::sr25519::Keypair;

use crate::{
	amount::Amount,
	chain::{
		model::{DelegationEvent, Event, RewardKind, VestingPlan},
		Call, Chain, Included,
	},
	output::Output,
};

/// What an account could claim.
#[derive(Serialize)]
pub struct RewardsReport {
	/// The account.
	pub account: AccountId32,
	/// By kind.
	pub pending: Vec<Pending>,
}

/// What of one kind could be claimed.
#[derive(Clone, Copy, Serialize)]
pub struct Pending {
	/// The kind.
	pub kind: RewardKind,
	/// How much.
	pub amount: Amount,
}

impl fmt::Display for RewardsReport {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		write!(f, "rewards of {}", self.account)?;
		for Pending { kind, amount } in &self.pending {
			write!(f, "\n  {:<12}  {amount}", kind.name())?;
		}
		Ok(())
	}
}

/// What was paid.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "event")]
enum Notice {
	Paid {
		block: u64,
		account: AccountId32,
		kind: RewardKind,
		/// All that the account had earned.
		amount: Amount,
		/// The part of it that its delegators have.
		to_delegators: Amount,
		/// How it vests, if it is not paid at once.
		vests: Option<VestingPlan>,
	},
}

impl fmt::Display for Notice {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		let Self::Paid { block, account, kind, amount, to_delegators, vests } = self;
		write!(f, "{amount} for {} ", kind.name())?;
		match vests {
			Some(plan) => write!(f, "vests for {account} by the plan {} since block {block}", plan.name())?,
			None => write!(f, "paid to {account} in block {block}")?,
		}
		if to_delegators.0 > 0 {
			write!(f, ", {to_delegators} of it to its delegators")?;
		}
		Ok(())
	}
}

impl Notice {
	/// What the events of the transaction say about the reward of `kind` of `account`.
	fn of(included: &Included, wanted: RewardKind, owner: &AccountId32) -> Option<Self> {
		let to_delegators = included.events.iter().find_map(|event| match event {
			Event::Delegation(DelegationEvent::RewardDivided { provider, to_delegators }) if provider == owner => {
				Some(*to_delegators)
			},
			_ => None,
		});
		included.events.iter().find_map(|event| match event {
			Event::RewardPaid { kind, account, amount, plan } if *kind == wanted && account == owner => {
				Some(Self::Paid {
					block: included.block,
					account: *account,
					kind: *kind,
					amount: *amount,
					to_delegators: to_delegators.unwrap_or_default(),
					vests: *plan,
				})
			},
			_ => None,
		})
	}
}

/// The kinds that are meant: one, or all.
fn kinds(kind: Option<RewardKind>) -> Vec<RewardKind> {
	kind.map_or_else(|| RewardKind::ALL.to_vec(), |kind| vec![kind])
}

async fn pending(chain: &Chain, account: &AccountId32, kind: Option<RewardKind>) -> anyhow::Result<Vec<Pending>> {
	let at = chain.finalised().await?;
	let mut pending = Vec::new();
	for kind in kinds(kind) {
		pending.push(Pending { kind, amount: at.reward(kind, account).await? });
	}
	Ok(pending)
}

/// Show what `account` could claim.
pub async fn show(chain: &Chain, account: &AccountId32, kind: Option<RewardKind>, out: Output) -> anyhow::Result<()> {
	let pending = pending(chain, account, kind).await?;
	out.result(&RewardsReport { account: *account, pending });
	Ok(())
}

/// Have the rewards of `account` paid: those of one kind, or all that there are. Whoever signs pays the fees.
pub async fn claim(
	chain: &Chain,
	key: &Keypair,
	account: &AccountId32,
	kind: Option<RewardKind>,
	out: Output,
) -> anyhow::Result<()> {
	let mut pending = pending(chain, account, kind).await?;
	pending.retain(|pending| pending.amount.0 > 0);
	ensure!(
		!pending.is_empty(),
		"account {account} has no reward to claim: what is earned can be claimed when the round is closed"
	);
	for Pending { kind, .. } in pending {
		let included = chain.submit(key, Call::ClaimReward(kind, *account)).await?;
		let notice = Notice::of(&included, kind, account)
			.with_context(|| format!("the chain did not say what it paid in block {}", included.block))?;
		out.result(&notice);
	}
	Ok(())
}

#[cfg(test)]
mod tests {
	use super::*;

	const ME: AccountId32 = AccountId32([1; 32]);
	const OTHER: AccountId32 = AccountId32([2; 32]);

	fn paid(kind: RewardKind, account: AccountId32, amount: u128, plan: Option<VestingPlan>) -> Event {
		Event::RewardPaid { kind, account, amount: Amount(amount), plan }
	}

	#[test]
	fn notice_should_tell_the_delegators_part_when_the_reward_was_divided() {
		let divided = |provider, amount| {
			Event::Delegation(DelegationEvent::RewardDivided { provider, to_delegators: Amount(amount) })
		};
		let events = vec![divided(OTHER, 1), divided(ME, 4), paid(RewardKind::Work, ME, 10, None)];
		let notice = Notice::of(&Included { block: 9, events }, RewardKind::Work, &ME).unwrap();
		assert_eq!(
			serde_json::to_string(&notice).unwrap(),
			format!(
				r#"{{"event":"paid","block":9,"account":"{ME}","kind":"work","amount":"10","to_delegators":"4","vests":null}}"#
			)
		);
		assert!(notice.to_string().ends_with("of it to its delegators"), "{notice}");
	}

	#[test]
	fn notice_should_tell_the_plan_when_the_reward_vests() {
		let events =
			vec![paid(RewardKind::Work, ME, 1, None), paid(RewardKind::Checks, ME, 7, Some(VestingPlan::Checker))];
		let included = Included { block: 9, events };
		let text = Notice::of(&included, RewardKind::Checks, &ME).unwrap().to_string();
		assert!(text.starts_with("0.000000000007 ASY for checks vests for") && text.contains("checker"), "{text}");
		assert_eq!(Notice::of(&included, RewardKind::Checks, &OTHER), None);
		assert_eq!(Notice::of(&included, RewardKind::Capacity, &ME), None);
	}

	#[test]
	fn kinds_should_be_all_when_none_is_named() {
		assert_eq!(kinds(None).len(), 4);
		assert_eq!(kinds(Some(RewardKind::Checks)), [RewardKind::Checks]);
	}
}
