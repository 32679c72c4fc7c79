//! Delegated stake: what stands on the chain about it, and what happens to it.

use serde::{Serialize, Serializer};
use subxt::utils::AccountId32;

use assay_chain_types::api::{
	self,
	runtime_types::{pallet_staking_slash::delegation as staking, sp_arithmetic::per_things::Perbill},
	staking_slash::Event as Staking,
};

use super::{ask, model::BlockNumber, read::At, view, ChainError};
use crate::{
	amount::Amount,
	fraction::{Fixed, Share},
};

/// The stake that is delegated to a provider.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Pool {
	/// Where its tokens lie.
	pub account: AccountId32,
	/// The provider's bond.
	pub own: Amount,
	/// The delegated stake.
	pub delegated: Amount,
	/// The part of it that counts towards what the provider's machines require.
	pub counted: Amount,
	/// How much more can be delegated.
	pub room: Amount,
	/// All shares.
	#[serde(serialize_with = "number")]
	pub shares: u128,
	/// What a share is worth, in the smallest denomination.
	pub price: Fixed,
	/// What one share has ever earned, times 2⁶⁴.
	#[serde(serialize_with = "number")]
	pub reward_per_share: u128,
	/// The terms that count now.
	#[serde(flatten)]
	pub terms: Terms,
	/// The terms that will count.
	pub announced: Option<Announced>,
}

/// What a provider keeps of its delegators' rewards, and gives of its own.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub struct Terms {
	/// The part of the delegators' rewards that it keeps.
	pub commission: Share,
	/// The part of its own rewards that it gives to them.
	pub kickback: Share,
}

/// Terms to come.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub struct Announced {
	/// The terms.
	#[serde(flatten)]
	pub terms: Terms,
	/// The first block in which they count.
	pub from: BlockNumber,
}

/// What a delegator has with a provider.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Position {
	/// Shares of the provider's pool.
	#[serde(serialize_with = "number")]
	pub shares: u128,
	/// What they are worth.
	pub value: Amount,
	/// What is on its way out.
	pub unbonding: Amount,
	/// The part of that which can be withdrawn now.
	pub withdrawable: Amount,
	/// The first block in which something of it can be withdrawn.
	pub withdrawable_from: Option<BlockNumber>,
	/// Rewards that can be claimed.
	pub reward: Amount,
	/// What it is still liable for elsewhere.
	pub liable: Amount,
	/// What it owes, and loses when it is next touched.
	pub owed: Amount,
	/// For whose past it is liable, and until when.
	pub liabilities: Vec<Liability>,
}

/// What stake that was moved is liable for.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub struct Liability {
	/// To whom it was delegated.
	pub provider: AccountId32,
	/// The first block in which it is liable for nothing new.
	pub until: BlockNumber,
}

/// The rules that delegators and providers must know.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct DelegationRules {
	/// The least that a delegator can have with a provider.
	pub min_delegation: Amount,
	/// The highest commission.
	pub max_commission: Share,
}

/// What happened to delegated stake.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum DelegationEvent {
	/// Stake was delegated.
	Delegated {
		/// How much.
		amount: Amount,
	},
	/// Stake is on its way back.
	Undelegating {
		/// How much.
		amount: Amount,
		/// The first block in which it can be withdrawn.
		withdrawable_at: BlockNumber,
	},
	/// Stake was paid out.
	Withdrawn {
		/// How much.
		amount: Amount,
	},
	/// Stake moved to another provider.
	Moved {
		/// How much.
		amount: Amount,
		/// The first block in which it is liable for nothing new of the provider that it left.
		liable_until: BlockNumber,
	},
	/// A reward was divided between a provider and its delegators.
	RewardDivided {
		/// Who earned it.
		provider: AccountId32,
		/// The delegators' part.
		to_delegators: Amount,
	},
	/// A delegator's rewards were paid out or delegated.
	RewardClaimed {
		/// How much.
		amount: Amount,
	},
	/// What a position owed was taken.
	Collected {
		/// Who had been slashed.
		offender: AccountId32,
		/// How much was owed.
		owed: Amount,
		/// How much of it was there.
		collected: Amount,
	},
	/// A provider announced terms.
	Announced(Announced),
}

impl At {
	/// The pool of a provider, if it was ever opened.
	pub async fn pool(&self, provider: &AccountId32) -> Result<Option<Pool>, ChainError> {
		let payload = api::view_functions().staking_slash().pool(*provider);
		let found = ask("show a pool", view::call(self.client(), payload)).await?;
		Ok(found.map(from_pool))
	}

	/// What a delegator has with a provider.
	pub async fn position(
		&self,
		provider: &AccountId32,
		delegator: &AccountId32,
	) -> Result<Option<Position>, ChainError> {
		let payload = api::view_functions().staking_slash().delegation(*provider, *delegator);
		let Some(status) = ask("show a delegation", view::call(self.client(), payload)).await? else { return Ok(None) };
		let stored = ask("show a delegation", async {
			let address = api::storage().staking_slash().positions();
			let stored = self.client().storage().try_fetch(address, (*provider, *delegator)).await?;
			Ok::<_, subxt::Error>(stored.map(|position| position.decode()).transpose()?)
		})
		.await?;
		Ok(stored.map(|position| from_position(&status, position)))
	}

	/// The rules of delegation.
	pub fn delegation_rules(&self) -> Result<DelegationRules, ChainError> {
		let constants = self.client().constants();
		let staking = api::constants().staking_slash();
		let read = || {
			Ok::<_, subxt::Error>(DelegationRules {
				min_delegation: Amount(constants.entry(staking.min_delegation())?),
				max_commission: from_share(constants.entry(staking.max_commission())?),
			})
		};
		read().map_err(|error| ChainError::Node { what: "tell the rules of delegation", reason: Box::new(error) })
	}
}

fn from_share(share: Perbill) -> Share {
	Share(share.0)
}

fn from_pool(pool: staking::PoolStatus<AccountId32, u32>) -> Pool {
	let announced = pool.announced.map(|(commission, kickback, from)| {
		let terms = Terms { commission: from_share(commission), kickback: from_share(kickback) };
		Announced { terms, from }
	});
	Pool {
		account: pool.account,
		own: Amount(pool.own),
		delegated: Amount(pool.stake),
		counted: Amount(pool.counted),
		room: Amount(pool.room),
		shares: pool.shares,
		price: Fixed(pool.price.0),
		reward_per_share: pool.reward_per_share,
		terms: Terms { commission: from_share(pool.commission), kickback: from_share(pool.kickback) },
		announced,
	}
}

fn from_position(status: &staking::DelegationStatus, stored: staking::Position) -> Position {
	let liabilities = stored.liabilities.0.into_iter();
	Position {
		shares: status.shares,
		value: Amount(status.value),
		unbonding: Amount(status.unbonding),
		withdrawable: Amount(status.withdrawable),
		withdrawable_from: stored.chunks.0.iter().map(|chunk| chunk.withdrawable_at).min(),
		reward: Amount(status.reward),
		liable: Amount(status.liable),
		owed: Amount(status.owed),
		liabilities: liabilities.map(|one| Liability { provider: one.provider, until: one.until }).collect(),
	}
}

/// The event, if it is about delegated stake.
pub(super) fn event(event: Staking) -> Option<DelegationEvent> {
	Some(match event {
		Staking::Delegated { amount, .. } => DelegationEvent::Delegated { amount: Amount(amount) },
		Staking::Undelegating { amount, withdrawable_at, .. } => {
			DelegationEvent::Undelegating { amount: Amount(amount), withdrawable_at }
		},
		Staking::DelegationWithdrawn { amount, .. } => DelegationEvent::Withdrawn { amount: Amount(amount) },
		Staking::DelegationMoved { amount, liable_until, .. } => {
			DelegationEvent::Moved { amount: Amount(amount), liable_until }
		},
		Staking::RewardDivided { provider, to_delegators, .. } => {
			DelegationEvent::RewardDivided { provider, to_delegators: Amount(to_delegators) }
		},
		Staking::DelegationRewardClaimed { amount, .. } => DelegationEvent::RewardClaimed { amount: Amount(amount) },
		Staking::LiabilityCollected { offender, owed, to_treasury, burned, .. } => DelegationEvent::Collected {
			offender,
			owed: Amount(owed),
			collected: Amount(to_treasury.saturating_add(burned)),
		},
		Staking::CommissionAnnounced { commission, kickback, from, .. } => DelegationEvent::Announced(Announced {
			terms: Terms { commission: from_share(commission), kickback: from_share(kickback) },
			from,
		}),
		_ => return None,
	})
}

/// A number that may be too large for JSON, as a string.
fn number<S: Serializer>(number: &u128, serializer: S) -> Result<S::Ok, S::Error> {
	serializer.collect_str(number)
}
