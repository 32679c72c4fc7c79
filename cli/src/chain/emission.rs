//! New tokens and the rewards that are paid of them, as they stand on the chain.

use serde::Serialize;
use subxt::utils::AccountId32;

use assay_chain_types::api::{
	self,
	runtime_types::{
		assay_primitives::{rewards, vesting},
		pallet_token_mint::types::ScheduleId,
	},
};

use super::{ask, model::BlockNumber, read::At, view, ChainError};
use crate::amount::Amount;

/// What a reward is for.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum RewardKind {
	/// Accepted work
	Work,
	/// Proven capacity
	Capacity,
	/// Checks of others' work
	Checks,
	/// Blocks made as a validator
	Validation,
}

impl RewardKind {
	/// Every kind.
	pub const ALL: [Self; 4] = [Self::Work, Self::Capacity, Self::Checks, Self::Validation];

	/// One word for it.
	pub const fn name(self) -> &'static str {
		match self {
			Self::Work => "work",
			Self::Capacity => "capacity",
			Self::Checks => "checks",
			Self::Validation => "validation",
		}
	}
}

/// How tokens vest.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum VestingPlan {
	/// That of service fees.
	ServiceFee,
	/// That of checkers.
	Checker,
	/// That of block rewards.
	BlockReward,
	/// That of tokens that can be staked meanwhile.
	Escrowed,
}

impl VestingPlan {
	/// One word for it.
	pub const fn name(self) -> &'static str {
		match self {
			Self::ServiceFee => "service_fee",
			Self::Checker => "checker",
			Self::BlockReward => "block_reward",
			Self::Escrowed => "escrowed",
		}
	}
}

/// The mint to come.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub struct NextMint {
	/// Which schedule mints.
	pub schedule: u8,
	/// In which block.
	pub at: BlockNumber,
	/// The period that ends there.
	pub period: u32,
	/// How much.
	pub amount: Amount,
}

impl At {
	/// The reward of one kind that an account could claim.
	pub async fn reward(&self, kind: RewardKind, account: &AccountId32) -> Result<Amount, ChainError> {
		let payload = api::view_functions().token_mint().pending_reward(to_kind(kind), *account);
		ask("show a pending reward", view::call(self.client(), payload)).await.map(Amount)
	}

	/// What each schedule mints next.
	pub async fn next_mints(&self) -> Result<Vec<NextMint>, ChainError> {
		let ids = ask("list the schedules of emission", async {
			let schedules = self.client().constants().entry(api::constants().token_mint().schedules())?;
			Ok::<_, subxt::Error>(schedules.into_iter().map(|schedule| schedule.id.0).collect::<Vec<_>>())
		})
		.await?;
		let mut mints = Vec::new();
		for schedule in ids {
			let payload = api::view_functions().token_mint().next_mint(ScheduleId(schedule));
			let next = ask("tell the next mint", view::call(self.client(), payload)).await?;
			mints.extend(next.map(|next| NextMint {
				schedule,
				at: next.at,
				period: next.period,
				amount: Amount(next.amount),
			}));
		}
		Ok(mints)
	}

	/// Whether tokens may be transferred already.
	pub async fn transfers_open(&self) -> Result<bool, ChainError> {
		let payload = api::view_functions().token_mint().transfers_open();
		ask("tell whether transfers are open", view::call(self.client(), payload)).await
	}

	/// The most tokens that will ever exist.
	pub fn cap(&self) -> Result<Amount, ChainError> {
		let cap = self.client().constants().entry(api::constants().token_mint().cap());
		cap.map(Amount).map_err(|error| ChainError::Node { what: "tell the cap", reason: Box::new(error.into()) })
	}
}

pub(super) const fn to_kind(kind: RewardKind) -> rewards::RewardKind {
	match kind {
		RewardKind::Work => rewards::RewardKind::Work,
		RewardKind::Capacity => rewards::RewardKind::Capacity,
		RewardKind::Checks => rewards::RewardKind::Checks,
		RewardKind::Validation => rewards::RewardKind::Validation,
	}
}

pub(super) const fn from_kind(kind: &rewards::RewardKind) -> RewardKind {
	match kind {
		rewards::RewardKind::Work => RewardKind::Work,
		rewards::RewardKind::Capacity => RewardKind::Capacity,
		rewards::RewardKind::Checks => RewardKind::Checks,
		rewards::RewardKind::Validation => RewardKind::Validation,
	}
}

pub(super) const fn from_plan(plan: &vesting::VestingPlan) -> VestingPlan {
	match plan {
		vesting::VestingPlan::ServiceFee => VestingPlan::ServiceFee,
		vesting::VestingPlan::Checker => VestingPlan::Checker,
		vesting::VestingPlan::BlockReward => VestingPlan::BlockReward,
		vesting::VestingPlan::Escrowed => VestingPlan::Escrowed,
	}
}
