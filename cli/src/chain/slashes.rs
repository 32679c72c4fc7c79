//! Slashes that are not carried out yet, and debts: what stands on the chain about them, and what happens to them.

use std::fmt;

use serde::Serialize;
use subxt::utils::AccountId32;

use assay_chain_types::api::{
	self,
	runtime_types::{assay_primitives::stake, pallet_staking_slash::queue},
	staking_slash::Event as Staking,
};

use super::{ask, model::BlockNumber, read::At, view, ChainError};
use crate::amount::Amount;

/// What a provider is slashed for.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Offence {
	/// A job had no result when its deadline passed.
	DeadlineMissed,
	/// A machine did not answer while it served.
	Downtime,
	/// A challenge of its capacity went unanswered.
	MissedChallenge,
	/// A proof of its capacity was refuted.
	FalseCapacity,
	/// A result was refuted.
	WrongWork,
	/// A lease was closed outside the rules.
	LeaseAbandoned,
	/// A unit of a result was demanded on the chain and not revealed there.
	DataWithheld,
}

impl fmt::Display for Offence {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.write_str(match self {
			Self::DeadlineMissed => "a missed deadline",
			Self::Downtime => "downtime",
			Self::MissedChallenge => "a missed challenge",
			Self::FalseCapacity => "a false proof of capacity",
			Self::WrongWork => "wrong work",
			Self::LeaseAbandoned => "an abandoned lease",
			Self::DataWithheld => "withheld data",
		})
	}
}

/// Where a pending slash stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum SlashState {
	/// It is carried out when due.
	Queued {
		/// The first block in which it is.
		due: BlockNumber,
	},
	/// Its provider doubts it: it is carried out when due, unless somebody decides before.
	Contested {
		/// The first block in which it is too late to decide.
		due: BlockNumber,
		/// What the provider has put on it.
		bond: Amount,
	},
	/// There were too many in its region: it lapses when due, unless somebody decides before.
	Held {
		/// The first block in which it is too late to decide.
		due: BlockNumber,
	},
}

impl SlashState {
	/// One word for it.
	pub const fn name(&self) -> &'static str {
		match self {
			Self::Queued { .. } => "queued",
			Self::Contested { .. } => "contested",
			Self::Held { .. } => "held",
		}
	}

	/// The block in which it ends by itself.
	pub const fn due(&self) -> BlockNumber {
		match self {
			Self::Queued { due } | Self::Contested { due, .. } | Self::Held { due } => *due,
		}
	}
}

/// A slash that is not carried out yet.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct PendingSlash {
	/// Its number.
	pub slash: u64,
	/// Whom it takes it from.
	pub provider: AccountId32,
	/// What for.
	pub offence: Offence,
	/// With which machine that was done.
	pub machine: u64,
	/// In which block.
	pub committed_at: BlockNumber,
	/// To which job, lease or challenge, by its number.
	pub subject: u64,
	/// In which block it was reported.
	pub reported_at: BlockNumber,
	/// How much it takes at most.
	pub amount: Amount,
	/// Where it stands.
	#[serde(flatten)]
	pub state: SlashState,
}

/// What happened to a slash or a debt.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum SlashEvent {
	/// A slash was contested.
	Contested {
		/// Which.
		slash: u64,
		/// What was put on it.
		bond: Amount,
		/// The first block in which it is too late to decide.
		due: BlockNumber,
	},
	/// A slash that was held lapsed.
	Lapsed {
		/// Which.
		slash: u64,
	},
	/// What a provider owed was paid or collected.
	DebtCollected {
		/// How much.
		amount: Amount,
		/// What it still owes.
		debt: Amount,
	},
}

impl At {
	/// The slashes of a provider that are not carried out yet, the oldest first.
	pub async fn pending_slashes(&self, provider: &AccountId32) -> Result<Vec<PendingSlash>, ChainError> {
		let payload = api::view_functions().staking_slash().pending_slashes(*provider);
		let pending = ask("list the pending slashes", view::call(self.client(), payload)).await?;
		Ok(pending.into_iter().map(|(slash, pending)| from_pending(slash, pending)).collect())
	}

	/// A slash that is not carried out yet.
	pub async fn pending_slash(&self, slash: u64) -> Result<Option<PendingSlash>, ChainError> {
		ask("show a pending slash", async {
			let address = api::storage().staking_slash().pending_slashes();
			let stored = self.client().storage().try_fetch(address, (slash,)).await?;
			let pending = stored.map(|pending| pending.decode()).transpose()?;
			Ok::<_, subxt::Error>(pending.map(|pending| from_pending(slash, pending)))
		})
		.await
	}

	/// What a provider owes.
	pub async fn debt(&self, provider: &AccountId32) -> Result<Amount, ChainError> {
		let payload = api::view_functions().staking_slash().debt(*provider);
		ask("show a debt", view::call(self.client(), payload)).await.map(Amount)
	}

	/// What contesting a slash puts on hold.
	pub fn contest_bond(&self) -> Result<Amount, ChainError> {
		let bond = self.client().constants().entry(api::constants().staking_slash().contest_bond());
		bond.map(Amount)
			.map_err(|error| ChainError::Node { what: "tell the bond of a contest", reason: Box::new(error.into()) })
	}
}

fn from_pending(slash: u64, pending: queue::PendingSlash<AccountId32, u32>) -> PendingSlash {
	let queue::PendingSlash { report, amount, reported_at, state } = pending;
	PendingSlash {
		slash,
		provider: report.provider,
		offence: from_offence(&report.offence),
		machine: report.machine.0,
		committed_at: report.at,
		subject: report.subject,
		reported_at,
		amount: Amount(amount),
		state: match state {
			queue::SlashState::Queued { due } => SlashState::Queued { due },
			queue::SlashState::Contested { due, bond } => SlashState::Contested { due, bond: Amount(bond) },
			queue::SlashState::Held { due } => SlashState::Held { due },
		},
	}
}

const fn from_offence(offence: &stake::Offence) -> Offence {
	match offence {
		stake::Offence::DeadlineMissed => Offence::DeadlineMissed,
		stake::Offence::Downtime => Offence::Downtime,
		stake::Offence::MissedChallenge => Offence::MissedChallenge,
		stake::Offence::FalseCapacity => Offence::FalseCapacity,
		stake::Offence::WrongWork => Offence::WrongWork,
		stake::Offence::LeaseAbandoned => Offence::LeaseAbandoned,
		stake::Offence::DataWithheld => Offence::DataWithheld,
	}
}

/// The event, if it is about a pending slash or a debt.
pub(super) const fn event(event: &Staking) -> Option<SlashEvent> {
	Some(match event {
		Staking::SlashContested { slash, bond, due, .. } => {
			SlashEvent::Contested { slash: *slash, bond: Amount(*bond), due: *due }
		},
		Staking::SlashLapsed { slash, .. } => SlashEvent::Lapsed { slash: *slash },
		Staking::DebtCollected { amount, debt, .. } => {
			SlashEvent::DebtCollected { amount: Amount(*amount), debt: Amount(*debt) }
		},
		_ => return None,
	})
}
