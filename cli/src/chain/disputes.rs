//! Disputes and demands: questions about a unit of a result that the chain decides.

use codec::{Decode, Encode};
use subxt::utils::{AccountId32, H256};

use assay_chain_types::api::{
	self,
	runtime_types::{
		assay_primitives::JobId,
		assay_proofs::{engine, merkle},
		bounded_collections::bounded_vec::BoundedVec,
		pallet_work_proofs::types as proofs,
	},
	work_proofs::Event as Proofs,
};
use assay_proofs::{announcement, merkle::Opening, Trap};

use super::{ask, model::BlockNumber, read::At, ChainError};
use crate::{amount::Amount, blobs::BlobHash};

/// All that a dispute of a unit brings along.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Dispute {
	/// The job.
	pub job: u64,
	/// The unit.
	pub index: u32,
	/// What its provider committed to for it.
	pub claimed: BlobHash,
	/// The proof of that.
	pub opening: Opening,
	/// The most gas that the unit may use.
	pub gas_limit: u64,
	/// The guest.
	pub guest: Vec<u8>,
	/// The input.
	pub input: Vec<u8>,
}

/// The answer to a demand.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Revelation {
	/// The job.
	pub job: u64,
	/// The unit.
	pub index: u32,
	/// What it came to.
	pub result: Result<Vec<u8>, Trap>,
	/// The proof that this is what was committed to.
	pub opening: Opening,
}

/// A unit that somebody wants to see.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Demand {
	/// The unit.
	pub index: u32,
	/// The last block in which it can be revealed.
	pub reveal_by: BlockNumber,
}

/// That somebody is going to dispute something, as the chain has it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Announcement {
	/// The first block in which that counts.
	pub counts_from: BlockNumber,
	/// The last one.
	pub until: BlockNumber,
}

/// What `who` announces that has found that a unit of a job comes to `found`.
pub fn announcement(who: &AccountId32, job: u64, index: u32, found: BlobHash) -> BlobHash {
	BlobHash(announcement::hash(job, index, &found.0, &who.0))
}

/// What was decided about a unit, or asked.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ProofEvent {
	/// It was disputed and is right.
	Upheld {
		/// The job.
		job: u64,
		/// The unit.
		index: u32,
		/// Gas that finding out used.
		gas: u64,
		/// What the provider got of the bond.
		paid: Amount,
	},
	/// It was disputed and is wrong.
	Refuted {
		/// The job.
		job: u64,
		/// The unit.
		index: u32,
		/// What it came to.
		found: BlobHash,
		/// Gas that finding out used.
		gas: u64,
		/// What the provider was slashed.
		slashed: Amount,
	},
	/// Somebody is going to dispute something.
	Announced(Announcement),
	/// It was demanded.
	Demanded {
		/// The job.
		job: u64,
		/// The unit.
		index: u32,
		/// What is on hold for the demand.
		deposit: Amount,
		/// The last block in which it can be revealed.
		reveal_by: BlockNumber,
	},
	/// It was revealed.
	Revealed {
		/// The job.
		job: u64,
		/// The unit.
		index: u32,
		/// Who revealed it.
		provider: AccountId32,
		/// What the commitment has for it.
		outcome: BlobHash,
		/// What its provider got for that.
		paid: Amount,
	},
	/// It was demanded and not revealed in time.
	Withheld {
		/// The job.
		job: u64,
		/// The unit.
		index: u32,
		/// Who withheld it.
		provider: AccountId32,
		/// What the provider was slashed.
		slashed: Amount,
	},
}

/// The event, if it is one of these.
pub(super) fn event(event: Proofs) -> Option<ProofEvent> {
	Some(match event {
		Proofs::UnitUpheld { job: JobId(job), index, gas, paid, .. } => {
			ProofEvent::Upheld { job, index, gas, paid: Amount(paid) }
		},
		Proofs::UnitRefuted { job: JobId(job), index, found, gas, slashed, .. } => {
			ProofEvent::Refuted { job, index, found: BlobHash(found.0), gas, slashed: Amount(slashed) }
		},
		Proofs::UnitDemanded { job: JobId(job), index, deposit, reveal_by, .. } => {
			ProofEvent::Demanded { job, index, deposit: Amount(deposit), reveal_by }
		},
		Proofs::UnitRevealed { job: JobId(job), index, provider, outcome, paid, .. } => {
			ProofEvent::Revealed { job, index, provider, outcome: BlobHash(outcome.0), paid: Amount(paid) }
		},
		Proofs::UnitWithheld { job: JobId(job), index, provider, slashed, .. } => {
			ProofEvent::Withheld { job, index, provider, slashed: Amount(slashed) }
		},
		Proofs::DisputeAnnounced { counts_from, until, .. } => {
			ProofEvent::Announced(Announcement { counts_from, until })
		},
		_ => return None,
	})
}

impl At {
	/// Whether disputes can be announced: older runtimes have no such call.
	pub fn has_announcements(&self) -> bool {
		let pallet = self.client().metadata_ref().pallet_by_name("WorkProofs");
		pallet.is_some_and(|pallet| pallet.call_variant_by_name("announce_dispute").is_some())
	}

	/// How many blocks after the block of an announcement it begins to count.
	pub fn announcement_delay(&self) -> Result<BlockNumber, ChainError> {
		let address = api::constants().work_proofs().announcement_delay();
		self.client()
			.constants()
			.entry(address)
			.map_err(|error| ChainError::Node { what: "tell its constants", reason: Box::new(error.into()) })
	}

	/// What `who` has announced as `hash`, if the chain still has it.
	pub async fn announced(&self, who: &AccountId32, hash: BlobHash) -> Result<Option<Announcement>, ChainError> {
		ask("show an announcement", async {
			let address = api::storage().work_proofs().announcements();
			let Some(stored) = self.client().storage().try_fetch(address, (*who, H256(hash.0))).await? else {
				return Ok(None);
			};
			let stored = stored.decode()?;
			Ok::<_, subxt::Error>(Some(Announcement { counts_from: stored.counts_from, until: stored.until }))
		})
		.await
	}

	/// The open demands for units of a job.
	pub async fn demands(&self, job: u64) -> Result<Vec<Demand>, ChainError> {
		ask("list the demands", async {
			let mut demands = Vec::new();
			let address = api::storage().work_proofs().demands();
			let mut entries = self.client().storage().iter(address, (JobId(job),)).await?;
			while let Some(entry) = entries.next().await {
				let entry = entry?;
				let (_, index): (JobId, u32) = entry.key()?.decode()?;
				let stored = entry.value().decode()?;
				demands.push(Demand { index, reveal_by: stored.reveal_by });
			}
			demands.sort_by_key(|demand| demand.index);
			Ok::<_, subxt::Error>(demands)
		})
		.await
	}

	/// All open demands, with the jobs of the units.
	pub async fn all_demands(&self) -> Result<Vec<(u64, Demand)>, ChainError> {
		let what = "list all demands";
		let mut entries = ask(what, self.client().storage().iter(api::storage().work_proofs().demands(), ())).await?;
		let mut demands = Vec::new();
		while let Some(demand) = ask(what, async {
			let Some(entry) = entries.next().await.transpose()? else { return Ok(None) };
			let (JobId(job), index) = entry.key()?.decode()?;
			let reveal_by = entry.value().decode()?.reveal_by;
			Ok::<_, subxt::Error>(Some((job, Demand { index, reveal_by })))
		})
		.await?
		{
			demands.push(demand);
		}
		Ok(demands)
	}

	/// The proofs that this block's transactions have for a unit that was revealed there. Not all need be right.
	///
	/// The call may be inside others (a proxy's, a batch), so it is looked for by its bytes.
	pub async fn shown_openings(&self, job: u64, index: u32) -> Result<Vec<Opening>, ChainError> {
		ask("show a block's transactions", async {
			let pallet = self.client().metadata_ref().pallet_by_name("WorkProofs");
			let call = pallet
				.and_then(|pallet| Some([pallet.call_index(), pallet.call_variant_by_name("reveal_unit")?.index]));
			let Some(call) = call else { return Ok(Vec::new()) };
			let begin = (call, job, index).encode();
			let transactions = self.client().extrinsics().fetch().await?;
			let openings = transactions.iter().flatten().flat_map(|transaction| openings(transaction.bytes(), &begin));
			Ok::<_, subxt::Error>(openings.collect())
		})
		.await
	}
}

/// Go past the output of a unit, as the call has it.
fn skip_output(bytes: &mut &[u8]) -> Result<(), codec::Error> {
	match u8::decode(bytes)? {
		0 => Vec::<u8>::decode(bytes).map(drop),
		1 => Trap::decode(bytes).map(drop),
		_ => Err("no such kind of output".into()),
	}
}

/// The proofs of all calls in `transaction` that begin with `begin`: their index, the job and the unit.
fn openings(transaction: &[u8], begin: &[u8]) -> Vec<Opening> {
	let ends = transaction.windows(begin.len()).enumerate().filter(|(_, bytes)| *bytes == begin);
	let rests = ends.filter_map(|(start, _)| transaction.get(start + begin.len()..));
	rests.filter_map(|mut rest| skip_output(&mut rest).and_then(|()| Opening::decode(&mut rest)).ok()).collect()
}

pub(super) fn opening(opening: &Opening) -> merkle::Opening {
	merkle::Opening { siblings: opening.siblings().to_vec() }
}

fn trap(trap: Trap) -> engine::Trap {
	match trap {
		Trap::OutOfGas => engine::Trap::OutOfGas,
		Trap::StackOverflow => engine::Trap::StackOverflow,
		Trap::Unreachable => engine::Trap::Unreachable,
		Trap::MemoryOutOfBounds => engine::Trap::MemoryOutOfBounds,
		Trap::DivisionByZero => engine::Trap::DivisionByZero,
		Trap::IntegerOverflow => engine::Trap::IntegerOverflow,
		Trap::InvalidConversion => engine::Trap::InvalidConversion,
		Trap::TableOutOfBounds => engine::Trap::TableOutOfBounds,
		Trap::IndirectCallToNull => engine::Trap::IndirectCallToNull,
		Trap::BadSignature => engine::Trap::BadSignature,
		Trap::InputOutOfBounds => engine::Trap::InputOutOfBounds,
		Trap::OutputTooLong => engine::Trap::OutputTooLong,
		Trap::InvalidGuest => engine::Trap::InvalidGuest,
	}
}

/// The call that disputes a unit.
pub(super) fn dispute_unit(
	dispute: Dispute,
) -> subxt::transactions::StaticPayload<api::work_proofs::calls::DisputeUnit> {
	api::transactions().work_proofs().dispute_unit(
		JobId(dispute.job),
		dispute.index,
		H256(dispute.claimed.0),
		opening(&dispute.opening),
		dispute.gas_limit,
		BoundedVec(dispute.guest),
		BoundedVec(dispute.input),
	)
}

/// The call that answers a demand.
pub(super) fn reveal_unit(
	revelation: Revelation,
) -> subxt::transactions::StaticPayload<api::work_proofs::calls::RevealUnit> {
	let output = match revelation.result {
		Ok(output) => proofs::UnitOutput::Bytes(BoundedVec(output)),
		Err(cause) => proofs::UnitOutput::Trapped(trap(cause)),
	};
	api::transactions().work_proofs().reveal_unit(
		JobId(revelation.job),
		revelation.index,
		output,
		opening(&revelation.opening),
	)
}

#[cfg(test)]
mod tests {
	use super::*;
	use assay_proofs::merkle;

	#[test]
	fn openings_should_be_found_wherever_the_call_is() {
		let leaves = [[1; 32], [2; 32], [3; 32]];
		let opening = merkle::prove(&leaves, 1).unwrap();
		let begin = ([60u8, 2], 7u64, 1u32).encode();
		for output in [(0u8, vec![5u8; 300]).encode(), (1u8, Trap::OutOfGas).encode()] {
			let call = [begin.clone(), output, opening.encode()].concat();
			assert_eq!(openings(&call, &begin), vec![opening.clone()]);
			// Twice in a batch, and something that only begins like one.
			let nested = [b"proxy".as_slice(), &call, &call, &begin].concat();
			assert_eq!(openings(&nested, &begin), [opening.clone(), opening.clone()]);
			assert!(openings(&call, &([60u8, 2], 7u64, 2u32).encode()).is_empty());
		}
	}
}
