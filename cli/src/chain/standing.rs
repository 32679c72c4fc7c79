//! How providers stand: whether their stake suffices, and what they have until when to top up.

use serde::Serialize;
use subxt::utils::AccountId32;

use assay_chain_types::api::{
	self,
	runtime_types::pallet_staking_slash::standing::{self as staking},
	staking_slash::Event as Staking,
};

use super::{ask, model::BlockNumber, read::At, view, ChainError};
use crate::amount::Amount;

/// Whether the stake of a provider suffices.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "standing")]
pub enum Standing {
	/// It has nothing of its own at stake, and no machines.
	Unstaked,
	/// It covers everything that its machines ask.
	Active,
	/// It is short, and may take on new work until the window ends.
	TopUp {
		/// The first block in which it is halted.
		until: BlockNumber,
	},
	/// It is short, and may take on no new work.
	Halted,
}

/// How a provider stands, and what that follows from.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub struct ProviderStanding {
	/// How it stands.
	#[serde(flatten)]
	pub standing: Standing,
	/// Since when it is short.
	pub short_since: Option<BlockNumber>,
	/// Its own stake: bonded and pledged.
	pub own: Amount,
	/// Own and delegated stake, as far as the latter counts.
	pub backing: Amount,
	/// What its machines require of own stake.
	pub threshold: Amount,
}

impl ProviderStanding {
	/// How much more it must put at stake to be active, if `required` is what its machines require of all stake.
	pub fn missing(&self, required: Amount) -> Amount {
		let of_all = required.0.saturating_sub(self.backing.0);
		Amount(of_all.max(self.threshold.0.saturating_sub(self.own.0)))
	}
}

/// What happened to a pledge.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum PledgeEvent {
	/// Vesting tokens were pledged.
	Pledged {
		/// How much.
		amount: Amount,
		/// The pledge now.
		pledged: Amount,
	},
	/// Pledged tokens are on their way back.
	Unpledging {
		/// How much.
		amount: Amount,
		/// The first block in which it can be released.
		withdrawable_at: BlockNumber,
	},
}

impl At {
	/// How a provider stands.
	pub async fn standing(&self, provider: &AccountId32) -> Result<ProviderStanding, ChainError> {
		let payload = api::view_functions().staking_slash().standing(*provider);
		let found = ask("tell how a provider stands", view::call(self.client(), payload)).await?;
		Ok(ProviderStanding {
			standing: match found.standing {
				staking::Standing::Unstaked => Standing::Unstaked,
				staking::Standing::Active => Standing::Active,
				staking::Standing::TopUp { until } => Standing::TopUp { until },
				staking::Standing::Halted => Standing::Halted,
			},
			short_since: found.short_since,
			own: Amount(found.own),
			backing: Amount(found.backing),
			threshold: Amount(found.threshold),
		})
	}
}

/// The event, if it is about a pledge.
pub(super) const fn event(event: &Staking) -> Option<PledgeEvent> {
	Some(match event {
		Staking::Pledged { amount, pledged, .. } => {
			PledgeEvent::Pledged { amount: Amount(*amount), pledged: Amount(*pledged) }
		},
		Staking::Unpledging { amount, withdrawable_at, .. } => {
			PledgeEvent::Unpledging { amount: Amount(*amount), withdrawable_at: *withdrawable_at }
		},
		_ => return None,
	})
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn missing_stake_should_be_the_larger_of_what_is_required_and_the_threshold() {
		let standing = |own, backing, threshold| ProviderStanding {
			standing: Standing::Halted,
			short_since: None,
			own: Amount(own),
			backing: Amount(backing),
			threshold: Amount(threshold),
		};
		assert_eq!(standing(60, 90, 0).missing(Amount(100)), Amount(10));
		assert_eq!(standing(60, 90, 80).missing(Amount(100)), Amount(20));
		assert_eq!(standing(60, 120, 50).missing(Amount(100)), Amount(0));
	}
}
