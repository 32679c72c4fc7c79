//! Checks: who has to run which units of a result again, and what was said about them.
//!
//! Read by the bytes, as capacity rounds are: names of the pallet's view functions are looked up in the node's metadata, so
//! that a chain without the pallet is told apart.

use codec::{Decode, DecodeAll, Encode};
use serde::Serialize;
use subxt::{
	transactions::StaticPayload,
	utils::{AccountId32, H256},
};

use assay_chain_types::api::{
	self,
	runtime_types::{
		assay_primitives::JobId, bounded_collections::bounded_vec::BoundedVec, pallet_checkers::types as checkers,
	},
};
use assay_proofs::{merkle::Opening, Hash};

use super::{ask, disputes, model::BlockNumber, read::At, view, ChainError};
use crate::{amount::Amount, blobs::BlobHash};

/// The pallet's name.
const PALLET: &str = "Checkers";

/// What a unit came to when a checker ran it.
#[derive(Clone, Copy, Debug, Decode, Encode, Eq, PartialEq)]
pub struct Finding {
	/// What stands for it in a commitment.
	pub outcome: Hash,
	/// Gas used.
	pub gas: u64,
}

/// What a member of a committee has said.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
pub enum Vote {
	/// Nothing.
	#[codec(index = 0)]
	Missing,
	/// What its vote hashes to.
	#[codec(index = 1)]
	Committed(Hash),
	/// Its vote.
	#[codec(index = 2)]
	Revealed(Vec<Finding>),
}

/// A member of a committee.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
pub struct Member {
	/// Who.
	pub who: AccountId32,
	/// What it has said.
	pub vote: Vote,
}

/// How far a check is. `speaker` is the place of a member who has voted with the majority.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
pub enum Stage {
	/// Members commit to their votes.
	#[codec(index = 0)]
	Voting,
	/// Those who have committed reveal.
	#[codec(index = 1)]
	Revealing,
	/// The provider has to show what its commitment has for the sample.
	#[codec(index = 2)]
	Opening {
		/// Who speaks for the majority.
		speaker: u32,
	},
	/// The commitment has something else for a unit than the majority has found.
	#[codec(index = 3)]
	Accused {
		/// Who speaks for the majority.
		speaker: u32,
		/// Which of the sample.
		position: u32,
		/// What the commitment has for it.
		claimed: Hash,
		/// Proof of that.
		opening: Opening,
	},
	/// The commitment has what the majority has found.
	#[codec(index = 4)]
	Agreed {
		/// Who speaks for the majority.
		speaker: u32,
	},
}

impl Stage {
	/// What it is called.
	pub const fn name(&self) -> &'static str {
		match self {
			Self::Voting => "voting",
			Self::Revealing => "revealing",
			Self::Opening { .. } => "opening",
			Self::Accused { .. } => "accused",
			Self::Agreed { .. } => "agreed",
		}
	}

	/// Who speaks for the majority, once there is one.
	pub const fn speaker(&self) -> Option<u32> {
		match self {
			Self::Voting | Self::Revealing => None,
			Self::Opening { speaker } | Self::Accused { speaker, .. } | Self::Agreed { speaker } => Some(*speaker),
		}
	}
}

/// A committee, and what it has to check.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
pub struct Check {
	/// How many committees came to no majority before.
	pub attempt: u32,
	/// The units to run, in ascending order.
	pub sample: Vec<u32>,
	/// Who runs them.
	pub members: Vec<Member>,
	/// How far it is.
	pub stage: Stage,
	/// The last block of that stage.
	pub until: BlockNumber,
}

impl Check {
	/// What the majority has found, once there is one.
	pub fn majority(&self) -> Option<&[Finding]> {
		match &self.members.get(self.stage.speaker()? as usize)?.vote {
			Vote::Revealed(findings) => Some(findings),
			Vote::Missing | Vote::Committed(_) => None,
		}
	}
}

/// How a checker stands.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct CheckerStanding {
	/// What it has on hold.
	pub bond: Amount,
	/// Whether it has a seat, so that it can be drawn.
	pub seated: bool,
	/// Checks that it is a member of and that have not ended.
	pub duties: u32,
	/// Checks in a row in which it was silent.
	pub silences: u32,
	/// From which block on a bond without a seat can be withdrawn.
	pub free_at: BlockNumber,
}

/// What a vote is about, and what it says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Ballot {
	/// The job.
	pub job: u64,
	/// What was found, in the order of the sample.
	pub findings: Vec<Finding>,
	/// What the commitment was salted with.
	pub salt: [u8; 32],
}

/// What a commitment has for a sample.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Sample {
	/// The job.
	pub job: u64,
	/// For each unit, in order, what stands for it and the proof of that.
	pub leaves: Vec<(BlobHash, Opening)>,
}

impl At {
	/// Whether the chain has checkers.
	pub fn has_checkers(&self) -> bool {
		self.client().metadata_ref().pallet_by_name(PALLET).is_some()
	}

	/// The checks that `who` is a member of, by job.
	pub async fn duties(&self, who: &AccountId32) -> Result<Vec<(u64, Check)>, ChainError> {
		ask("list the duties of a checker", async {
			let answer = view::call_by_bytes(self.client(), PALLET, "duties", &who.0).await?;
			let mut duties = Vec::<(u64, Check)>::decode_all(&mut &answer[..]).map_err(subxt::Error::other)?;
			duties.sort_by_key(|(job, _)| *job);
			Ok::<_, subxt::Error>(duties)
		})
		.await
	}

	/// The check of a job's result.
	pub async fn check(&self, job: u64) -> Result<Option<Check>, ChainError> {
		ask("show a check", async {
			let answer = view::call_by_bytes(self.client(), PALLET, "check", &job.encode()).await?;
			Option::<Check>::decode_all(&mut &answer[..]).map_err(subxt::Error::other)
		})
		.await
	}

	/// How a checker stands. None when `who` is none.
	pub async fn checker(&self, who: &AccountId32) -> Result<Option<CheckerStanding>, ChainError> {
		ask("show a checker", async {
			let stored = self.client().storage().try_fetch(api::storage().checkers().checkers(), (*who,)).await?;
			let stored = stored.map(|stored| stored.decode()).transpose()?;
			Ok::<_, subxt::Error>(stored.map(|stored: checkers::Checker| CheckerStanding {
				bond: Amount(stored.bond),
				seated: stored.seat.is_some(),
				duties: stored.duties,
				silences: stored.silences,
				free_at: stored.free_at,
			}))
		})
		.await
	}

	/// What a checker has on hold.
	pub fn checker_bond(&self) -> Result<Amount, ChainError> {
		let bond = self.client().constants().entry(api::constants().checkers().bond());
		bond.map(Amount)
			.map_err(|error| ChainError::Node { what: "tell the bond of checkers", reason: Box::new(error.into()) })
	}
}

/// The call that reveals a vote.
pub(super) fn reveal_vote(ballot: Ballot) -> StaticPayload<api::checkers::calls::RevealVote> {
	let finding = |finding: Finding| checkers::Finding { outcome: H256(finding.outcome), gas: finding.gas };
	let findings = ballot.findings.into_iter().map(finding).collect();
	api::transactions().checkers().reveal_vote(JobId(ballot.job), BoundedVec(findings), ballot.salt)
}

/// The call that shows what a commitment has for a sample.
pub(super) fn open_sample(sample: Sample) -> StaticPayload<api::checkers::calls::OpenSample> {
	let leaf = |(claimed, opening): (BlobHash, Opening)| (H256(claimed.0), disputes::opening(&opening));
	let leaves = sample.leaves.into_iter().map(leaf).collect();
	api::transactions().checkers().open_sample(JobId(sample.job), BoundedVec(leaves))
}
