//! Tokens that vest, as they stand on the chain.

use clap::ValueEnum;
use serde::Serialize;
use subxt::utils::AccountId32;

use assay_chain_types::api::{
	self, reward_vesting::Event as Vesting, runtime_types::assay_primitives::vesting::VestingPlan as Plan,
};

use super::{
	ask, emission,
	model::{BlockNumber, VestingPlan},
	read::At,
	view, ChainError,
};
use crate::amount::Amount;

/// What vests for an account by one plan.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub struct PlanStatus {
	/// The plan.
	pub plan: VestingPlan,
	/// What has not vested, what is on the early way out among it.
	pub vesting: Amount,
	/// What of that is on the early way out.
	pub exiting: Amount,
	/// What a claim would pay now.
	pub claimable: Amount,
	/// What is pledged as stake, and cannot be claimed meanwhile.
	pub pledged: Amount,
	/// The block in which all will have vested, if nothing more comes.
	pub complete: Option<BlockNumber>,
}

/// What an early exit would do now.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub struct ExitPreview {
	/// What leaves the plan.
	pub amount: Amount,
	/// What of it is forfeited at once.
	pub forfeited: Amount,
	/// What of it is kept, and vests over the shorter term.
	pub kept: Amount,
	/// The block in which that will have vested.
	pub complete: BlockNumber,
}

/// What happened to tokens that vest.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum VestingEvent {
	/// Tokens that have vested were released.
	Claimed {
		/// Whose.
		account: AccountId32,
		/// By which plan they had vested.
		plan: VestingPlan,
		/// How much.
		amount: Amount,
	},
	/// Tokens left a plan early.
	ExitedEarly {
		/// How much.
		amount: Amount,
		/// What of it was forfeited.
		forfeited: Amount,
	},
}

impl ValueEnum for VestingPlan {
	fn value_variants<'a>() -> &'a [Self] {
		&[Self::ServiceFee, Self::Checker, Self::BlockReward, Self::Escrowed]
	}

	fn to_possible_value(&self) -> Option<clap::builder::PossibleValue> {
		Some(clap::builder::PossibleValue::new(self.name()))
	}
}

pub(super) const fn to_plan(plan: VestingPlan) -> Plan {
	match plan {
		VestingPlan::ServiceFee => Plan::ServiceFee,
		VestingPlan::Checker => Plan::Checker,
		VestingPlan::BlockReward => Plan::BlockReward,
		VestingPlan::Escrowed => Plan::Escrowed,
	}
}

impl At {
	/// What vests for `account`, by plan.
	pub async fn vesting(&self, account: &AccountId32) -> Result<Vec<PlanStatus>, ChainError> {
		let payload = api::view_functions().reward_vesting().vesting_status(*account);
		let plans = ask("tell what vests", view::call(self.client(), payload)).await?;
		let plans = plans.into_iter().map(|status| PlanStatus {
			plan: emission::from_plan(&status.plan),
			vesting: Amount(status.vesting),
			exiting: Amount(status.exiting),
			claimable: Amount(status.claimable),
			pledged: Amount(status.pledged),
			complete: status.complete,
		});
		Ok(plans.collect())
	}

	/// What leaving a plan early with `amount`, or with all that can leave, would do. None when it is refused.
	pub async fn exit_preview(
		&self,
		account: &AccountId32,
		plan: VestingPlan,
		amount: Option<Amount>,
	) -> Result<Option<ExitPreview>, ChainError> {
		let amount = amount.map(|amount| amount.0);
		let payload = api::view_functions().reward_vesting().exit_preview(*account, to_plan(plan), amount);
		let preview = ask("tell what an early exit costs", view::call(self.client(), payload)).await?;
		Ok(preview.map(|preview| ExitPreview {
			amount: Amount(preview.amount),
			forfeited: Amount(preview.forfeited),
			kept: Amount(preview.kept),
			complete: preview.complete,
		}))
	}
}

/// The event, if these programs care about it.
pub(super) const fn event(event: &Vesting) -> Option<VestingEvent> {
	Some(match event {
		Vesting::Claimed { account, plan, amount } => {
			VestingEvent::Claimed { account: *account, plan: emission::from_plan(plan), amount: Amount(*amount) }
		},
		Vesting::ExitedEarly { amount, forfeited, .. } => {
			VestingEvent::ExitedEarly { amount: Amount(*amount), forfeited: Amount(*forfeited) }
		},
		_ => return None,
	})
}
