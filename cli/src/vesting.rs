//! Tokens that vest: what there is, having it released, leaving early, putting it at stake.

use std::fmt;

use anyhow::{ensure, Context};
use serde::Serialize;
use subxt::utils::AccountId32;
use subxt_signer::sr25519::Keypair;

use crate::{
	amount::{Amount, Portion},
	chain::{
		model::{BlockNumber, Event, ExitPreview, PlanStatus, PledgeEvent, VestingEvent, VestingPlan},
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
	Claimed { block: u64, account: AccountId32, plan: VestingPlan, amount: Amount },
	Exited { block: u64, amount: Amount, forfeited: Amount },
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
			Self::Claimed { block, account, plan, amount } => {
				write!(f, "{amount} of the plan {} released to {account} in block {block}", plan.name())
			},
			Self::Exited { block, amount, forfeited } => {
				write!(f, "{amount} left early in block {block}, of which {forfeited} is forfeited")
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
		Event::Vesting(VestingEvent::Claimed { account, plan, amount }) => {
			Some(Notice::Claimed { block, account: *account, plan: *plan, amount: *amount })
		},
		Event::Vesting(VestingEvent::ExitedEarly { amount, forfeited }) => {
			Some(Notice::Exited { block, amount: *amount, forfeited: *forfeited })
		},
		_ => None,
	})
}

/// What vests for an account.
#[derive(Serialize)]
struct VestingReport {
	account: AccountId32,
	plans: Vec<PlanStatus>,
}

impl fmt::Display for VestingReport {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		if self.plans.is_empty() {
			return write!(f, "nothing vests for {}", self.account);
		}
		write!(f, "vesting for {}", self.account)?;
		for status in &self.plans {
			write!(f, "\n  {:<12}  {} vest", status.plan.name(), status.vesting)?;
			if let Some(complete) = status.complete {
				write!(f, " until block {complete}")?;
			}
			if status.exiting.0 > 0 {
				write!(f, ", {} of it on the early way out", status.exiting)?;
			}
			write!(f, ", {} can be claimed", status.claimable)?;
			if status.pledged.0 > 0 {
				write!(f, ", {} is pledged", status.pledged)?;
			}
		}
		Ok(())
	}
}

/// What an early exit would cost.
#[derive(Serialize)]
struct ExitReport {
	plan: VestingPlan,
	#[serde(flatten)]
	preview: ExitPreview,
}

impl fmt::Display for ExitReport {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		let ExitPreview { amount, forfeited, kept, complete } = &self.preview;
		let plan = self.plan.name();
		write!(
			f,
			"of {amount} that leave the plan {plan}, {forfeited} is forfeited, and {kept} vests until block {complete}"
		)
	}
}

/// Show what vests for `account`.
pub async fn show(chain: &Chain, account: &AccountId32, out: Output) -> anyhow::Result<()> {
	let plans = chain.finalised().await?.vesting(account).await?;
	out.result(&VestingReport { account: *account, plans });
	Ok(())
}

/// Have what has vested for `account` released: by one plan, or by all. Whoever signs pays the fees.
pub async fn claim(
	chain: &Chain,
	key: &Keypair,
	account: &AccountId32,
	plan: Option<VestingPlan>,
	out: Output,
) -> anyhow::Result<()> {
	let mut plans = chain.finalised().await?.vesting(account).await?;
	plans.retain(|status| status.claimable.0 > 0 && plan.is_none_or(|plan| plan == status.plan));
	ensure!(!plans.is_empty(), "nothing has vested for {account} that can be claimed: see `assay vesting show`");
	for status in plans {
		submit(chain, key, Call::ClaimVested(status.plan, *account), out).await?;
	}
	Ok(())
}

/// Leave a plan early, or only say what that would cost.
pub async fn exit(
	chain: &Chain,
	key: &Keypair,
	plan: VestingPlan,
	amount: Portion,
	preview: bool,
	out: Output,
) -> anyhow::Result<()> {
	let amount = match amount {
		Portion::All => None,
		Portion::Of(amount) => Some(amount),
	};
	let me = keys::account(key);
	let found = chain.finalised().await?.exit_preview(&me, plan, amount).await?;
	let found = found.with_context(|| {
		format!("the plan {} has no early exit, or not so much vests by it: see `assay vesting show`", plan.name())
	})?;
	if preview {
		out.result(&ExitReport { plan, preview: found });
		return Ok(());
	}
	submit(chain, key, Call::ExitEarly(plan, amount), out).await
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
	use crate::chain::model::RewardKind;

	#[test]
	fn notice_should_tell_when_what_was_pledged_can_be_withdrawn() {
		let unpledging = PledgeEvent::Unpledging { amount: Amount(5), withdrawable_at: 90 };
		let told = notice(&Included {
			block: 30,
			events: vec![Event::RoundClosed(RewardKind::Work), Event::Pledge(unpledging)],
		})
		.unwrap();
		assert_eq!(
			serde_json::to_string(&told).unwrap(),
			r#"{"event":"unpledging","block":30,"amount":"5","withdrawable_at":90}"#
		);
		assert_eq!(notice(&Included { block: 30, events: vec![] }), None);
	}

	#[test]
	fn vesting_should_be_shown_by_plan_and_only_what_there_is() {
		let account = AccountId32([1; 32]);
		let mut report = VestingReport { account, plans: vec![] };
		assert!(report.to_string().starts_with("nothing vests for"), "{report}");
		let unit = |units: u128| Amount(units * 1_000_000_000_000);
		let plan = |plan, exiting, pledged, complete| PlanStatus {
			plan,
			vesting: unit(8),
			exiting,
			claimable: unit(2),
			pledged,
			complete,
		};
		report.plans = vec![
			plan(VestingPlan::Checker, unit(3), unit(0), Some(90)),
			plan(VestingPlan::Escrowed, unit(0), unit(5), None),
		];
		let text = report.to_string();
		let [_, checker, escrowed] = text.lines().collect::<Vec<_>>()[..] else {
			panic!("not a line for each plan: {text}")
		};
		assert!(checker.ends_with("8 ASY vest until block 90, 3 ASY of it on the early way out, 2 ASY can be claimed"));
		assert!(escrowed.ends_with("8 ASY vest, 2 ASY can be claimed, 5 ASY is pledged"), "{escrowed}");
		let json = serde_json::to_value(&report).unwrap();
		assert_eq!(
			(&json["plans"][0]["exiting"], &json["plans"][1]["pledged"]),
			(&"3000000000000".into(), &"5000000000000".into())
		);
	}

	#[test]
	fn early_exit_should_tell_its_price() {
		let preview = ExitPreview { amount: Amount(8), forfeited: Amount(6), kept: Amount(2), complete: 90 };
		let report = ExitReport { plan: VestingPlan::Checker, preview };
		let json = serde_json::to_value(&report).unwrap();
		assert_eq!((&json["forfeited"], &json["complete"]), (&"6".into(), &90.into()));
		assert!(report.to_string().ends_with("vests until block 90"), "{report}");
		let exited = VestingEvent::ExitedEarly { amount: Amount(8), forfeited: Amount(6) };
		assert_eq!(
			notice(&Included { block: 30, events: vec![Event::Vesting(exited)] }),
			Some(Notice::Exited { block: 30, amount: Amount(8), forfeited: Amount(6) })
		);
	}
}
