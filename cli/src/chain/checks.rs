//! Checks: who has to run which units of a result again, and what was said about them.
//!
//! Read by the bytes, as capacity rounds are: names of the pallet's view functions are looked up in the node's metadata, so
//! that a chain without the pallet is told apart.

use std::ops::Range;

use codec::{Compact, Decode, DecodeAll, Encode};
use serde::Serialize;
use subxt::{
	transactions::StaticPayload,
	utils::{AccountId32, H256},
};

use assay_chain_types::api::{
	self,
	runtime_types::{
		assay_primitives::{JobId, MachineId},
		bounded_collections::bounded_vec::BoundedVec,
		pallet_checkers::types as checkers,
		sp_runtime::MultiSignature,
	},
};
use assay_proofs::{
	merkle::{self, Opening},
	Hash, Limits,
};

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
	/// That it could not have guest or input.
	#[codec(index = 3)]
	NoData,
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
	/// Most of the committee could not have guest or input. They are to be shown.
	#[codec(index = 5)]
	Asked,
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
			Self::Asked => "asked",
		}
	}

	/// Who speaks for the majority, once there is one.
	pub const fn speaker(&self) -> Option<u32> {
		match self {
			Self::Voting | Self::Revealing | Self::Asked => None,
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
			Vote::Missing | Vote::Committed(_) | Vote::NoData => None,
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

/// What a commitment has for a unit, and the proof of that.
pub type Leaf = (Hash, Opening);

/// What a commitment has for a sample.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Sample {
	/// The job.
	pub job: u64,
	/// For each unit, in order, what stands for it and the proof of that.
	pub leaves: Vec<(BlobHash, Opening)>,
}

/// Guest and input of a job, for a committee that could not have them.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Program {
	/// The job.
	pub job: u64,
	/// The guest.
	pub guest: Vec<u8>,
	/// The input.
	pub input: Vec<u8>,
}

/// What a checker has seen of a machine.
#[derive(Clone, Copy, Debug, Decode, Encode, Eq, PartialEq)]
pub enum Seen {
	/// It has not answered.
	#[codec(index = 0)]
	Unreachable,
	/// It has answered.
	#[codec(index = 1)]
	Served {
		/// In so many milliseconds.
		latency: u32,
		/// With so many KiB a second.
		rate: u32,
	},
}

/// A member of a probe's committee.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
pub struct Prober {
	/// Who.
	pub who: AccountId32,
	/// What it has reported.
	pub observation: Option<Seen>,
}

/// A committee that asks a machine.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
pub struct Probe {
	/// The epoch for which the machine answers.
	pub epoch: u64,
	/// Who asks.
	pub members: Vec<Prober>,
	/// The last block to report in.
	pub until: BlockNumber,
}

/// What the last committee with a majority found of a machine.
#[derive(Clone, Copy, Debug, Decode, Encode, Eq, PartialEq, Serialize)]
pub struct Service {
	/// The epoch of the probe.
	pub epoch: u64,
	/// How long an answer took, in milliseconds; zero if there was none.
	pub latency: u32,
	/// How fast it served, in KiB a second; zero if it did not.
	pub rate: u32,
	/// Whether it served.
	pub served: bool,
}

/// What a checker reports of a machine.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Observation {
	/// It has not answered.
	Unreachable,
	/// It has answered.
	Served {
		/// In so many milliseconds.
		latency: u32,
		/// With so many KiB a second.
		rate: u32,
		/// With the signature of its device.
		signature: [u8; 64],
	},
}

/// A report of a probe.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ProbeReport {
	/// The machine.
	pub machine: u64,
	/// What was seen.
	pub observation: Observation,
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

	/// All checks that are on, with their jobs.
	pub async fn all_checks(&self) -> Result<Vec<(u64, Check)>, ChainError> {
		let what = "list all checks";
		let mut entries = ask(what, self.client().storage().iter(api::storage().checkers().checks(), ())).await?;
		let mut checks = Vec::new();
		while let Some(check) = ask(what, async {
			let Some(entry) = entries.next().await.transpose()? else { return Ok(None) };
			let (JobId(job),) = entry.key()?.decode()?;
			let check = Check::decode_all(&mut entry.value().bytes()).map_err(subxt::Error::other)?;
			Ok::<_, subxt::Error>(Some((job, check)))
		})
		.await?
		{
			checks.push(check);
		}
		Ok(checks)
	}

	/// Whether checkers can say that they could not have guest or input: older runtimes have no such call.
	pub fn asks_for_data(&self) -> bool {
		let pallet = self.client().metadata_ref().pallet_by_name(PALLET);
		pallet.is_some_and(|pallet| pallet.call_variant_by_name("miss_data").is_some())
	}

	/// The block in which guest and input of a job were shown, if its result is checked.
	pub async fn data_shown(&self, job: u64) -> Result<Option<BlockNumber>, ChainError> {
		if !self.asks_for_data() {
			return Ok(None);
		}
		ask("show where guest and input are", async {
			let stored = self.client().storage().try_fetch(api::storage().checkers().shown(), (JobId(job),)).await?;
			Ok::<_, subxt::Error>(stored.map(|stored| stored.decode()).transpose()?)
		})
		.await
	}

	/// The guest and the input that this block's transactions show of a job, whose names these are.
	///
	/// The call may be inside others (a proxy's, a batch), so it is looked for by its bytes.
	pub async fn shown_program(
		&self,
		job: u64,
		guest: BlobHash,
		input: BlobHash,
	) -> Result<Option<Program>, ChainError> {
		let Some((begin, transactions)) = self.transactions_for("show_data", job).await? else { return Ok(None) };
		// Hashing all that looks like one can take some time.
		let find = move || {
			let mut all = transactions.iter().flat_map(|transaction| programs(transaction, &begin));
			let is_it = |(one, other): &(&[u8], &[u8])| BlobHash::of(one) == guest && BlobHash::of(other) == input;
			all.find(is_it).map(|(guest, input)| Program { job, guest: guest.to_vec(), input: input.to_vec() })
		};
		Ok(tokio::task::spawn_blocking(find).await?)
	}

	/// What the commitment `root` over `units` has for those of `sample`, as this block's transactions show it, with the proofs
	/// of that.
	pub async fn shown_leaves(
		&self,
		job: u64,
		root: BlobHash,
		units: Range<u32>,
		sample: Vec<u32>,
	) -> Result<Option<Vec<Leaf>>, ChainError> {
		let Some((begin, transactions)) = self.transactions_for("open_sample", job).await? else { return Ok(None) };
		let find = move || {
			let opens = |unit: &u32, (claimed, opening): &Leaf| {
				let place = unit.checked_sub(units.start);
				place.is_some_and(|place| merkle::verify(&root.0, units.len() as u32, place, claimed, opening))
			};
			let is_it = |leaves: &Vec<Leaf>| sample.iter().zip(leaves).all(|(unit, leaf)| opens(unit, leaf));
			transactions.iter().flat_map(|transaction| leaves(transaction, &begin, sample.len())).find(is_it)
		};
		Ok(tokio::task::spawn_blocking(find).await?)
	}

	/// How calls of the pallet begin with that name and about that job, with the bytes of all transactions of this block. None
	/// where the chain has no such call.
	async fn transactions_for(&self, call: &str, job: u64) -> Result<Option<(Vec<u8>, Vec<Vec<u8>>)>, ChainError> {
		let pallet = self.client().metadata_ref().pallet_by_name(PALLET);
		let call = pallet.and_then(|pallet| Some([pallet.call_index(), pallet.call_variant_by_name(call)?.index]));
		let Some(call) = call else { return Ok(None) };
		let transactions = ask("show a block's transactions", async {
			let transactions = self.client().extrinsics().fetch().await?;
			Ok::<_, subxt::Error>(transactions.iter().flatten().map(|one| one.bytes().to_vec()).collect())
		});
		Ok(Some(((call, job).encode(), transactions.await?)))
	}

	/// For how many blocks leaves that were shown can be disputed.
	pub fn dispute_blocks(&self) -> Result<BlockNumber, ChainError> {
		let blocks = self.client().constants().entry(api::constants().checkers().dispute_blocks());
		blocks.map_err(|error| ChainError::Node {
			what: "tell for how long can be disputed",
			reason: Box::new(error.into()),
		})
	}

	/// Whether checkers probe machines.
	pub fn has_probes(&self) -> bool {
		let pallet = self.client().metadata_ref().pallet_by_name(PALLET);
		pallet.is_some_and(|pallet| pallet.call_variant_by_name("report_probe").is_some())
	}

	/// The probes that `who` is a member of, by machine.
	pub async fn probes_of(&self, who: &AccountId32) -> Result<Vec<(u64, Probe)>, ChainError> {
		ask("list the probes of a checker", async {
			let answer = view::call_by_bytes(self.client(), PALLET, "probes_of", &who.0).await?;
			Vec::<(u64, Probe)>::decode_all(&mut &answer[..]).map_err(subxt::Error::other)
		})
		.await
	}

	/// What the last probe found of a machine.
	pub async fn service(&self, machine: u64) -> Result<Option<Service>, ChainError> {
		ask("show how a machine serves", async {
			let answer = view::call_by_bytes(self.client(), PALLET, "service", &machine.encode()).await?;
			Option::<Service>::decode_all(&mut &answer[..]).map_err(subxt::Error::other)
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

/// Guest and input of all calls in `transaction` that begin with `begin`: their index, and the job.
///
/// Whoever signs can write very much that looks like such calls, each with all that follows for its guest. So nothing is
/// copied, and each is looked at only when it is asked for.
fn programs<'a>(transaction: &'a [u8], begin: &'a [u8]) -> impl Iterator<Item = (&'a [u8], &'a [u8])> {
	arguments(transaction, begin).filter_map(|rest| {
		let (guest, rest) = split_bytes(rest, Limits::STANDARD.max_blob)?;
		let (input, _) = split_bytes(rest, Limits::STANDARD.max_input)?;
		Some((guest, input))
	})
}

/// The same of leaves for `count` units.
fn leaves<'a>(transaction: &'a [u8], begin: &'a [u8], count: usize) -> impl Iterator<Item = Vec<Leaf>> + use<'a> {
	arguments(transaction, begin).filter_map(move |mut rest| {
		let length = Compact::<u32>::decode(&mut rest).ok()?.0;
		let fits = usize::try_from(length).is_ok_and(|length| length == count);
		fits.then(|| (0..count).map(|_| Leaf::decode(&mut rest).ok()).collect())?
	})
}

/// What follows each `begin` in `transaction`.
fn arguments<'a>(transaction: &'a [u8], begin: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
	let starts = transaction.windows(begin.len()).enumerate().filter(move |(_, bytes)| *bytes == begin);
	starts.filter_map(move |(start, _)| transaction.get(start + begin.len()..))
}

/// The bytes with whose length and selves `from` begins, and what follows. None when they are more than `most`.
fn split_bytes(mut from: &[u8], most: u32) -> Option<(&[u8], &[u8])> {
	let length = Compact::<u32>::decode(&mut from).ok()?.0;
	if length > most {
		return None;
	}
	from.split_at_checked(usize::try_from(length).ok()?)
}

/// The call that shows guest and input.
pub(super) fn show_data(program: Program) -> StaticPayload<api::checkers::calls::ShowData> {
	let Program { job, guest, input } = program;
	api::transactions().checkers().show_data(JobId(job), BoundedVec(guest), BoundedVec(input))
}

/// The call that reveals a vote.
pub(super) fn reveal_vote(ballot: Ballot) -> StaticPayload<api::checkers::calls::RevealVote> {
	let finding = |finding: Finding| checkers::Finding { outcome: H256(finding.outcome), gas: finding.gas };
	let findings = ballot.findings.into_iter().map(finding).collect();
	api::transactions().checkers().reveal_vote(JobId(ballot.job), BoundedVec(findings), ballot.salt)
}

/// The call that reports a probe.
pub(super) fn report_probe(report: ProbeReport) -> StaticPayload<api::checkers::calls::ReportProbe> {
	let observation = match report.observation {
		Observation::Unreachable => checkers::Observation::Unreachable,
		Observation::Served { latency, rate, signature } => {
			checkers::Observation::Served { latency, rate, signature: MultiSignature::Sr25519(signature) }
		},
	};
	api::transactions().checkers().report_probe(MachineId(report.machine), observation)
}

/// The call that shows what a commitment has for a sample.
pub(super) fn open_sample(sample: Sample) -> StaticPayload<api::checkers::calls::OpenSample> {
	let leaf = |(claimed, opening): (BlobHash, Opening)| (H256(claimed.0), disputes::opening(&opening));
	let leaves = sample.leaves.into_iter().map(leaf).collect();
	api::transactions().checkers().open_sample(JobId(sample.job), BoundedVec(leaves))
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn leaves_should_be_found_wherever_the_call_is() {
		let begin = ([61u8, 6], 7u64).encode();
		let outcomes = [[1; 32], [2; 32], [3; 32]];
		let shown: Vec<Leaf> =
			[0, 2].map(|unit| (outcomes[unit as usize], merkle::prove(&outcomes, unit).unwrap())).into();
		let call = [begin.clone(), shown.encode()].concat();
		let nested = [b"batch".as_slice(), &begin, &call].concat();
		let found = |count| leaves(&nested, &begin, count).collect::<Vec<_>>();
		assert_eq!(found(2), [shown]);
		assert!(found(1).is_empty() && found(3).is_empty());
		assert!(leaves(&call[..call.len() - 1], &begin, 2).next().is_none());
	}

	#[test]
	fn programs_should_be_found_wherever_the_call_is() {
		let begin = ([61u8, 9], 7u64).encode();
		let (guest, input) = (vec![5u8; 300], b"a scene".to_vec());
		let call = [begin.clone(), (&guest, &input).encode()].concat();
		let programs = |transaction: &[u8], begin: &[u8]| {
			let all = programs(transaction, begin).map(|(guest, input)| (guest.to_vec(), input.to_vec()));
			all.collect::<Vec<_>>()
		};
		assert_eq!(programs(&call, &begin), [(guest.clone(), input.clone())]);
		// Twice in a batch, and something that only begins like one.
		let nested = [b"proxy".as_slice(), &call, &call, &begin].concat();
		assert_eq!(programs(&nested, &begin), [(guest.clone(), input.clone()), (guest, input)]);
		assert!(programs(&call, &([61u8, 9], 8u64).encode()).is_empty());
		// More than the chain would take, and less than it says.
		let large = vec![0u8; Limits::STANDARD.max_blob as usize + 1];
		assert!(programs(&[begin.clone(), (large, b"").encode()].concat(), &begin).is_empty());
		assert!(programs(&call[..call.len() - 1], &begin).is_empty());
	}
}
