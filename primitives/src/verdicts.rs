//! Verdicts about results: what the market and the proofs have to say to each other, and who runs a disputed unit.

use crate::{Balance, BlobHash, BlockNumber, EngineVersion, Gas, JobId, MachineId, Offence, Region, Tier};
#[cfg(feature = "runtime-benchmarks")]
use alloc::vec::Vec;
use frame_support::pallet_prelude::{DispatchError, DispatchResult};

/// A committed result that is not paid for yet, with all that it takes to check it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct JobResult<AccountId> {
	/// Who pays for it.
	pub client: AccountId,
	/// Who committed to it.
	pub provider: AccountId,
	/// On which machine.
	pub machine: MachineId,
	/// The guest program.
	pub guest: BlobHash,
	/// The input that all units share.
	pub input: BlobHash,
	/// The first unit that it is about: above zero where a job is paid for range by range.
	pub first: u32,
	/// How many units it is about, from that one on.
	pub units: u32,
	/// The most gas that one unit may use.
	pub gas_per_unit: Gas,
	/// The rules by which units are run, as they were when the job was submitted.
	pub engine: EngineVersion,
	/// Merkle root over the outcomes of these units.
	pub root: sp_core::H256,
	/// When it was committed.
	pub committed_at: BlockNumber,
	/// The first block in which no new question is taken.
	pub review_ends: BlockNumber,
	/// How many questions are open.
	pub open: u32,
}

impl<AccountId> JobResult<AccountId> {
	/// The place in the commitment of unit `index` of the job. None if the result is not about that.
	pub fn place(&self, index: u32) -> Option<u32> {
		index.checked_sub(self.first).filter(|place| *place < self.units)
	}
}

/// What is wrong with a result that is refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Fault {
	/// A unit was run again on chain, and its outcome is another one.
	Refuted,
	/// Something was to be shown, and was not in time.
	Withheld,
}

impl Fault {
	/// What the provider is slashed for.
	pub fn offence(self) -> Offence {
		match self {
			Self::Refuted => Offence::WrongWork,
			Self::Withheld => Offence::DataWithheld,
		}
	}
}

/// Results under review. Implemented by the market, used by the proofs.
///
/// What fails may leave something behind: callers are transactions, which roll back.
pub trait JobResults<AccountId> {
	/// The result of a job from its commitment until it is paid for or refused. O(1).
	///
	/// Errors when there is none, or none any more.
	fn result(job: JobId) -> Result<JobResult<AccountId>, DispatchError>;

	/// Open a question about a result: until it [is answered](Self::answer), nobody is paid. O(1).
	///
	/// Errors when there is no result, or its review is over.
	fn contest(job: JobId) -> DispatchResult;

	/// Open a question again that was answered, before the result is paid for. Its review may be over. O(1).
	///
	/// Errors when there is no result, or none any more.
	fn reopen(job: JobId) -> DispatchResult;

	/// Note that one open question was answered. The result is not paid for before `until`, unless the client accepts
	/// it. O(1).
	///
	/// Errors when no question is open.
	fn answer(job: JobId, until: BlockNumber) -> DispatchResult;

	/// End a job because of what is wrong with its result, and give the client back all that is in escrow. O(1).
	///
	/// Returns the machine's class and place, which a report of the offence needs; `None` when it is not registered any
	/// more. Errors when there is no result.
	fn refuse(job: JobId, fault: Fault) -> Result<Option<(Tier, Region)>, DispatchError>;

	/// Have a result committed for a job of `units` units, in the way whose refusal weighs most.
	#[cfg(feature = "runtime-benchmarks")]
	fn make_result(
		guest: BlobHash,
		input: BlobHash,
		units: u32,
		gas_per_unit: Gas,
		root: sp_core::H256,
	) -> Result<JobId, DispatchError>;
}

/// Is told of results that were committed. Called by the market, implemented by whoever checks results.
///
/// O(1), and cannot fail: whoever watches must not keep the market from doing its business.
pub trait ResultObserver {
	/// A result was committed for a job. Its review has begun, and it can be questioned.
	///
	/// It may be the next one of a job that is paid for range by range: then the one before was paid for. Returns whether something
	/// that was about that has ended with it.
	fn committed(job: JobId) -> bool;

	/// The client of a job has accepted its result before the time for questions, or to contradict an answer, was over. Returns
	/// whether something that was about it has ended with it.
	fn accepted(job: JobId) -> bool;

	/// Bring everything to where the next commitment costs the most that it can, if nothing ends with it.
	#[cfg(feature = "runtime-benchmarks")]
	fn make_watchful() {}

	/// Have something be about the result of `job` whose end with the next one, or with its acceptance, costs the most that it can.
	#[cfg(feature = "runtime-benchmarks")]
	fn make_confirmed(_job: JobId) {}
}

impl ResultObserver for () {
	fn committed(_: JobId) -> bool {
		false
	}

	fn accepted(_: JobId) -> bool {
		false
	}
}

/// Results that are refused for what did not happen. Implemented by work-proofs, used by checks.
pub trait Convictions {
	/// Refuse the result of a job whose provider has not shown in time, which was in block `at`, what it was to show.
	///
	/// The client is refunded, and the provider slashed for [`Offence::DataWithheld`]. Errors when there is no result.
	fn withheld(job: JobId, at: BlockNumber) -> DispatchResult;
}

/// Is told what units came to. Called by work-proofs, implemented by whoever has said what they come to.
///
/// O(1), and cannot fail.
pub trait VerdictObserver {
	/// The chain has run unit `index` of a job. If the result was `refuted`, the job is over. Returns what those have lost by it
	/// who had said something else.
	fn judged(job: JobId, index: u32, run: UnitRun, refuted: bool) -> Balance;

	/// Bring everything to where a verdict about unit `index` of a job costs the most that it can.
	#[cfg(feature = "runtime-benchmarks")]
	fn make_interested(_job: JobId, _index: u32) {}
}

impl VerdictObserver for () {
	fn judged(_: JobId, _: u32, _: UnitRun, _: bool) -> Balance {
		0
	}
}

/// Who has said what units come to before the chain ran them. Implemented by whoever takes that down, used by work-proofs.
pub trait Finders<AccountId> {
	/// Who has said, where everybody can read it, that unit `index` of a job comes to what `run` has: `challenger` if it is one
	/// of them, the first of them otherwise. O(1).
	///
	/// What has been said so can be copied: who says it later has not found it.
	fn finder(job: JobId, index: u32, run: &UnitRun, challenger: &AccountId) -> Option<AccountId>;
}

impl<AccountId> Finders<AccountId> for () {
	fn finder(_: JobId, _: u32, _: &UnitRun, _: &AccountId) -> Option<AccountId> {
		None
	}
}

/// What a unit came to when the arbiter ran it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct UnitRun {
	/// What stands for the unit in a commitment: the hash of its output, or the value of its trap.
	pub outcome: sp_core::H256,
	/// Gas used.
	pub gas: Gas,
}

/// Why the arbiter ran nothing, so that there is no verdict.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ArbiterError {
	/// It does not know the rules of this version, or does not any more.
	UnknownEngine,
	/// The unit may use more gas than it has.
	GasLimitTooHigh,
	/// It failed itself, which says nothing about the unit.
	Engine,
}

/// Who runs a disputed unit. Implemented by the runtime, used by the proofs.
pub trait Arbiter {
	/// Run unit `index` of `guest` on `input` with at most `gas_limit` gas, by the rules of version `engine`.
	///
	/// A guest that these rules do not accept has outcomes as well: a fixed value, for no gas.
	///
	/// The same arguments give the same answer for ever, as long as the version is known. Linear in the size of guest and
	/// input and in the gas used, whatever the guest is.
	fn run_unit(
		engine: EngineVersion,
		guest: &[u8],
		input: &[u8],
		index: u32,
		gas_limit: Gas,
	) -> Result<UnitRun, ArbiterError>;

	/// A guest of about `bytes` bytes whose units use up all gas that they get, in the way that takes longest.
	#[cfg(feature = "runtime-benchmarks")]
	fn dearest_guest(bytes: u32) -> Vec<u8>;
}
