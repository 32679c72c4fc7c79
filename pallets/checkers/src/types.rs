//! What the pallet stores, takes and tells.

use super::*;
use codec::DecodeWithMemTracking;
use frame_support::{
	traits::fungible::{Credit, Inspect},
	CloneNoBound, DebugNoBound, EqNoBound, PartialEqNoBound,
};
use frame_system::pallet_prelude::BlockNumberFor;

/// Amount of the currency in which bonds are held.
pub type BalanceOf<T> = <<T as Config>::Currency as Inspect<<T as frame_system::Config>::AccountId>>::Balance;
/// Tokens taken out of an account and not yet put into another one.
pub type CreditOf<T> = Credit<<T as frame_system::Config>::AccountId, <T as Config>::Currency>;
/// What a checker has found, in the order of the sample.
pub type Findings<T> = BoundedVec<Finding, <T as Config>::SampleSize>;
/// What a commitment has for the units of a sample, in their order, with the proofs of that.
pub type Leaves<T> = BoundedVec<(H256, Opening), <T as Config>::SampleSize>;
/// The bytes of a guest program.
pub type GuestOf<T> = BoundedVec<u8, <T as Config>::MaxGuestBytes>;
/// The bytes of a job's input.
pub type InputOf<T> = BoundedVec<u8, <T as Config>::MaxInputBytes>;
/// The machines that are probed.
pub type ProbeList<T> = BoundedVec<MachineId, <T as Config>::MaxProbes>;
/// The results that wait for randomness.
pub type WaitingList<T> = BoundedVec<Candidate, <T as Config>::MaxWaiting>;

/// A bonded checker.
#[derive(CloneNoBound, DebugNoBound, Decode, Encode, EqNoBound, MaxEncodedLen, PartialEqNoBound, TypeInfo)]
#[codec(mel_bound(T: Config))]
#[scale_info(skip_type_params(T))]
pub struct Checker<T: Config> {
	/// What it has on hold.
	pub bond: BalanceOf<T>,
	/// Its place in the roster. Without one it is not drawn.
	pub seat: Option<u32>,
	/// Checks and probes that it is a member of and that have not ended.
	pub duties: u32,
	/// Checks and probes in a row in which it was silent.
	pub silences: u32,
	/// From which block on a bond without a seat can be withdrawn.
	pub free_at: BlockNumberFor<T>,
}

/// A result that is to be checked when randomness of `epoch` is known.
#[derive(
	Clone, Copy, Debug, Decode, DecodeWithMemTracking, Encode, Eq, MaxEncodedLen, Ord, PartialEq, PartialOrd, TypeInfo,
)]
pub struct Candidate {
	/// The job.
	pub job: JobId,
	/// How many committees came to no majority about it.
	pub attempt: u32,
	/// The first epoch whose randomness nobody could know when the result was committed.
	pub epoch: EpochIndex,
}

/// What a unit came to when a checker ran it.
#[derive(Clone, Copy, Debug, Decode, DecodeWithMemTracking, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo)]
pub struct Finding {
	/// What stands for it in a commitment: the hash of its output, or the value of its trap.
	pub outcome: H256,
	/// Gas used. It stands in no commitment and in no output: whoever copies from those does not know it.
	pub gas: Gas,
}

impl From<UnitRun> for Finding {
	fn from(UnitRun { outcome, gas }: UnitRun) -> Self {
		Self { outcome, gas }
	}
}

/// What a member of a committee has said.
///
/// Indices are pinned: append only.
#[derive(CloneNoBound, DebugNoBound, Decode, Encode, EqNoBound, MaxEncodedLen, PartialEqNoBound, TypeInfo)]
#[codec(mel_bound(T: Config))]
#[scale_info(skip_type_params(T))]
pub enum Vote<T: Config> {
	/// Nothing.
	#[codec(index = 0)]
	Missing,
	/// What its vote hashes to.
	#[codec(index = 1)]
	Committed(H256),
	/// Its vote.
	#[codec(index = 2)]
	Revealed(Findings<T>),
	/// That it could not have guest or input.
	#[codec(index = 3)]
	NoData,
}

impl<T: Config> Vote<T> {
	/// What was found, once it is revealed.
	pub fn findings(&self) -> Option<&Findings<T>> {
		match self {
			Self::Revealed(findings) => Some(findings),
			Self::Missing | Self::Committed(_) | Self::NoData => None,
		}
	}
}

/// A member of a committee.
#[derive(CloneNoBound, DebugNoBound, Decode, Encode, EqNoBound, MaxEncodedLen, PartialEqNoBound, TypeInfo)]
#[codec(mel_bound(T: Config))]
#[scale_info(skip_type_params(T))]
pub struct CommitteeMember<T: Config> {
	/// Who.
	pub who: T::AccountId,
	/// What it has said.
	pub vote: Vote<T>,
}

/// How far a check is. `speaker` is the place of a member who has voted with the majority.
///
/// Indices are pinned: append only.
#[derive(Clone, Debug, Decode, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo)]
pub enum Stage {
	/// Members commit to their votes.
	#[codec(index = 0)]
	Voting,
	/// Those who have committed reveal.
	#[codec(index = 1)]
	Revealing,
	/// A majority has found the same. The result's provider has to show what its commitment has for the sample.
	#[codec(index = 2)]
	Opening {
		/// Who speaks for the majority.
		speaker: u32,
	},
	/// The commitment has something else for a unit than the majority has found. The chain can run that unit.
	#[codec(index = 3)]
	Accused {
		/// Who speaks for the majority.
		speaker: u32,
		/// Which of the sample.
		position: u32,
		/// What the commitment has for it.
		claimed: H256,
		/// Proof of that: all that a dispute takes.
		opening: Opening,
	},
	/// The commitment has what the majority has found. Whoever knows better can still dispute.
	#[codec(index = 4)]
	Agreed {
		/// Who speaks for the majority.
		speaker: u32,
	},
	/// Guest or input could not be had, by most of the committee or by some where the others have come to no majority. The result's
	/// provider, or anybody, has to show them.
	#[codec(index = 5)]
	Asked,
}

impl Stage {
	/// Who speaks for the majority, once there is one.
	pub fn speaker(&self) -> Option<u32> {
		match self {
			Self::Voting | Self::Revealing | Self::Asked => None,
			Self::Opening { speaker } | Self::Accused { speaker, .. } | Self::Agreed { speaker } => Some(*speaker),
		}
	}
}

/// A committee, and what it has to check.
#[derive(CloneNoBound, DebugNoBound, Decode, Encode, EqNoBound, MaxEncodedLen, PartialEqNoBound, TypeInfo)]
#[codec(mel_bound(T: Config))]
#[scale_info(skip_type_params(T))]
pub struct Check<T: Config> {
	/// How many committees came to no majority before.
	pub attempt: u32,
	/// The units to run, in ascending order.
	pub sample: BoundedVec<u32, T::SampleSize>,
	/// Who runs them.
	pub members: BoundedVec<CommitteeMember<T>, T::CommitteeSize>,
	/// How far it is.
	pub stage: Stage,
	/// The last block of that stage.
	pub until: BlockNumberFor<T>,
}

impl<T: Config> Check<T> {
	/// What the majority has found, once there is one.
	pub fn majority(&self) -> Option<&Findings<T>> {
		let speaker = self.stage.speaker()?;
		self.members.get(speaker as usize)?.vote.findings()
	}

	/// Whether more than half of the whole committee could not have guest or input.
	pub fn lacks_data(&self) -> bool {
		let without = self.members.iter().filter(|member| member.vote == Vote::NoData).count();
		without.saturating_mul(2) > self.members.len()
	}

	/// Whether somebody has said just that.
	pub(crate) fn has(&self, vote: &Vote<T>) -> bool {
		self.members.iter().any(|member| member.vote == *vote)
	}

	/// Whether votes were revealed: then this committee votes no more.
	pub fn is_counted(&self) -> bool {
		self.members.iter().any(|member| member.vote.findings().is_some())
	}

	/// At which place of the sample a unit is.
	pub fn position(&self, unit: u32) -> Option<usize> {
		self.sample.binary_search(&unit).ok()
	}
}

/// What a member reports of a machine that it has asked.
///
/// Indices are pinned: append only.
#[derive(Clone, Debug, Decode, DecodeWithMemTracking, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo)]
pub enum Observation<Signature> {
	/// It has not answered.
	#[codec(index = 0)]
	Unreachable,
	/// It has answered.
	#[codec(index = 1)]
	Served {
		/// How long an answer took, in milliseconds: the median of three.
		latency: u32,
		/// How fast it served data, in KiB a second.
		rate: u32,
		/// Its device's signature on what it answers this member in this epoch.
		signature: Signature,
	},
}

/// What is kept of an [`Observation`].
///
/// Indices are pinned: append only.
#[derive(Clone, Copy, Debug, Decode, DecodeWithMemTracking, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo)]
pub enum Seen {
	/// It has not answered, or not so that anybody could use it.
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
#[derive(Clone, Debug, Decode, DecodeWithMemTracking, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo)]
pub struct Prober<AccountId> {
	/// Who.
	pub who: AccountId,
	/// What it has reported.
	pub observation: Option<Seen>,
}

/// A committee that asks a machine.
#[derive(CloneNoBound, DebugNoBound, Decode, Encode, EqNoBound, MaxEncodedLen, PartialEqNoBound, TypeInfo)]
#[codec(mel_bound(T: Config))]
#[scale_info(skip_type_params(T))]
pub struct Probe<T: Config> {
	/// The epoch in which it began, and for which the machine answers.
	pub epoch: EpochIndex,
	/// Who asks.
	pub members: BoundedVec<Prober<T::AccountId>, T::CommitteeSize>,
	/// The last block to report in.
	pub until: BlockNumberFor<T>,
}

/// What the last committee with a majority found of a machine.
#[derive(Clone, Copy, Debug, Decode, DecodeWithMemTracking, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo)]
pub struct Service {
	/// The epoch of the probe.
	pub epoch: EpochIndex,
	/// Median of the latencies in milliseconds, the lower of two; zero if it did not serve.
	pub latency: u32,
	/// Median of the rates in KiB a second, the lower of two; zero if it did not serve.
	pub rate: u32,
	/// Whether it served.
	pub served: bool,
}

/// How a check ended.
///
/// Indices are pinned: append only.
#[derive(Clone, Copy, Debug, Decode, DecodeWithMemTracking, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo)]
pub enum Conclusion {
	/// The majority found what was committed to, and nobody could show otherwise.
	#[codec(index = 0)]
	Agreed,
	/// The chain ran a unit and refuted the result.
	#[codec(index = 1)]
	Refuted,
	/// The chain ran a unit, and it was the majority that was wrong.
	#[codec(index = 2)]
	Cleared,
	/// The majority found something else, and nobody had the chain run the unit in time.
	#[codec(index = 3)]
	Unproven,
	/// What the commitment has for the sample, or guest and input, was not shown in time: the result was refused.
	#[codec(index = 4)]
	Withheld,
	/// The job had ended meanwhile.
	#[codec(index = 5)]
	Moot,
	/// No committee came to a majority.
	#[codec(index = 6)]
	Undecided,
	/// There were too few checkers who have nothing to do with the job.
	#[codec(index = 7)]
	NoCommittee,
}

/// What a checker lost a part of its bond for.
///
/// Indices are pinned: append only.
#[derive(Clone, Copy, Debug, Decode, DecodeWithMemTracking, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo)]
pub enum Failing {
	/// It has not voted, or not revealed its vote.
	#[codec(index = 0)]
	Silent,
	/// Others found something else, or it has accused and let nobody decide.
	#[codec(index = 1)]
	Outvoted,
	/// The chain found something else.
	#[codec(index = 2)]
	Wrong,
}

/// Something that ought not to happen, did, and was worked around.
///
/// Indices are pinned: append only.
#[derive(Clone, Debug, Decode, DecodeWithMemTracking, Encode, Eq, PartialEq, TypeInfo)]
pub enum UnexpectedKind {
	/// A question about a result could not be opened or answered.
	#[codec(index = 0)]
	QuestionFailed {
		/// The job.
		job: JobId,
		/// What stopped it.
		error: DispatchError,
	},
	/// A result of which something was not shown could not be refused.
	#[codec(index = 1)]
	ConvictionFailed {
		/// The job.
		job: JobId,
		/// What stopped it.
		error: DispatchError,
	},
	/// The chain could not take a check to its next stage. Nothing changed; anyone can try it by its call.
	#[codec(index = 2)]
	CheckNotClosed {
		/// The job.
		job: JobId,
		/// What stopped it.
		error: DispatchError,
	},
	/// A member of a committee is no checker any more.
	#[codec(index = 3)]
	CheckerMissing {
		/// The job.
		job: JobId,
	},
	/// A member of a probe's committee is no checker any more.
	#[codec(index = 4)]
	ProberMissing {
		/// The machine.
		machine: MachineId,
	},
}
