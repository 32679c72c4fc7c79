//! What the pallet stores: machines as the rounds know them, seats in the draw, rounds, and who was drawn.

use super::*;
use codec::DecodeWithMemTracking;
use frame_support::{CloneNoBound, DebugNoBound, EqNoBound, PartialEqNoBound};
use frame_system::pallet_prelude::BlockNumberFor;

/// A machine as the rounds know it.
#[derive(
	CloneNoBound,
	DebugNoBound,
	Decode,
	DecodeWithMemTracking,
	Encode,
	EqNoBound,
	MaxEncodedLen,
	PartialEqNoBound,
	TypeInfo,
)]
#[codec(mel_bound(T: Config))]
#[scale_info(skip_type_params(T))]
pub struct Machine<T: Config> {
	/// Whose it is.
	pub provider: T::AccountId,
	/// Its performance class: says what a round asks of it.
	pub tier: Tier,
	/// Where it stands.
	pub region: Region,
	/// The key of the daemon on it. Without one it says nothing and is not drawn.
	pub device: Option<T::AccountId>,
	/// Its place in the draw. It has one from two epochs after its first heartbeat on.
	pub seat: Option<u32>,
	/// How far it can be relied upon, in parts of [`QUALITY_ONE`](assay_proofs::draw::QUALITY_ONE).
	pub quality: u32,
	/// When it was heard of.
	pub presence: Presence<BlockNumberFor<T>>,
	/// Whether it was taken off the market. It is forgotten when its seat is given up.
	pub gone: bool,
	/// Whether it is the best bidder of an auction or has work.
	pub busy: bool,
}

/// When a machine was heard of.
#[derive(
	Clone, Copy, Debug, Decode, DecodeWithMemTracking, Default, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo,
)]
pub struct Presence<BlockNumber> {
	/// The epoch of the last heartbeat.
	pub epoch: EpochIndex,
	/// A bit for each interval of that epoch in which there was a heartbeat, the lowest for the first.
	pub seen: u32,
	/// The block of the last heartbeat.
	pub last: Option<BlockNumber>,
}

/// A place in the draw. It belongs to the draw and not to the machine: nothing that anybody does changes it before two
/// whole epochs are over.
#[derive(Clone, Debug, Decode, DecodeWithMemTracking, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo)]
pub struct Seat<AccountId> {
	/// Whose place it is.
	pub machine: MachineId,
	/// Whose machine that is.
	pub provider: AccountId,
	/// Which of that provider's seats it is, from zero on.
	pub number: u32,
	/// Stake by quality, as they counted when the present weight was asked for.
	pub base: u128,
	/// How often it was drawn of late, as it was in epoch `faded_in` and with the draws since.
	pub recent: u32,
	/// The epoch up to which that has faded.
	pub faded_in: EpochIndex,
}

/// What becomes of a machine's seat when two whole epochs are over.
///
/// Indices are pinned: append only.
#[derive(Clone, Copy, Debug, Decode, DecodeWithMemTracking, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo)]
pub enum Change {
	/// It has this stake by quality. The machine gets a seat if it has none.
	#[codec(index = 0)]
	Weigh(u128),
	/// It is given up, and the machine forgotten.
	#[codec(index = 1)]
	Leave,
}

/// A round.
#[derive(
	CloneNoBound,
	DebugNoBound,
	Decode,
	DecodeWithMemTracking,
	Encode,
	EqNoBound,
	MaxEncodedLen,
	PartialEqNoBound,
	TypeInfo,
)]
#[codec(mel_bound(T: Config))]
#[scale_info(skip_type_params(T))]
pub struct Round<T: Config> {
	/// The epoch in which machines were drawn and commit.
	pub epoch: EpochIndex,
	/// The block of the draw.
	pub began: BlockNumberFor<T>,
	/// The randomness that drew, and of which seeds are made.
	pub randomness: H256,
	/// How many of the machines that were drawn have neither proved nor been settled.
	pub open: u32,
	/// Where it stands.
	pub stage: Stage<BlockNumberFor<T>>,
}

/// Where a round stands.
///
/// Indices are pinned: append only.
#[derive(Clone, Copy, Debug, Decode, DecodeWithMemTracking, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo)]
pub enum Stage<BlockNumber> {
	/// Machines work, and [`commit`](Pallet::commit) until two thirds of the epoch are over. Left as the next epoch begins.
	#[codec(index = 0)]
	Committing,
	/// What is opened is known. Machines [`prove`](Pallet::prove), until none is left.
	#[codec(index = 1)]
	Proving {
		/// The randomness of which challenges are made.
		randomness: H256,
		/// The block in which it became known.
		since: BlockNumber,
		/// The last block in which a proof is accepted.
		until: BlockNumber,
	},
	/// There was no randomness to go on with, or too few blocks to commit in: nobody gains or loses anything.
	#[codec(index = 2)]
	Void,
}

/// A machine that was drawn. All that counts in the round is as it was then.
#[derive(
	CloneNoBound,
	DebugNoBound,
	Decode,
	DecodeWithMemTracking,
	Encode,
	EqNoBound,
	MaxEncodedLen,
	PartialEqNoBound,
	TypeInfo,
)]
#[codec(mel_bound(T: Config))]
#[scale_info(skip_type_params(T))]
pub struct Draw<T: Config> {
	/// Who answers for it.
	pub provider: T::AccountId,
	/// The key by which it answers.
	pub device: T::AccountId,
	/// Its performance class.
	pub tier: Tier,
	/// Where it stands.
	pub region: Region,
	/// What it has to do.
	pub params: Params,
	/// Its quality, in parts of [`QUALITY_ONE`](assay_proofs::draw::QUALITY_ONE).
	pub quality: u32,
	/// The [factor](RegionTable::factor) of its region.
	pub factor: u32,
}

/// What a machine that was drawn has committed to.
#[derive(
	CloneNoBound,
	DebugNoBound,
	Decode,
	DecodeWithMemTracking,
	Encode,
	EqNoBound,
	MaxEncodedLen,
	PartialEqNoBound,
	TypeInfo,
)]
#[codec(mel_bound(T: Config))]
#[scale_info(skip_type_params(T))]
pub struct Commitment<T: Config> {
	/// The draw.
	pub draw: Draw<T>,
	/// The commitment.
	pub hash: H256,
	/// How many slots of the epoch were over when it came.
	pub elapsed: u32,
}

/// How the settlement of a machine's part in a round ended.
///
/// Indices are pinned: append only. There is no 1 any more: it stood for an excuse.
#[derive(Clone, Copy, Debug, Decode, DecodeWithMemTracking, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo)]
pub enum Settled {
	/// The round was void.
	#[codec(index = 0)]
	Void,
	/// It had committed to nothing: [`Offence::MissedChallenge`].
	#[codec(index = 2)]
	Missed,
	/// It had committed and did not prove: [`Offence::FalseCapacity`].
	#[codec(index = 3)]
	Silent,
}

/// What a device has to do in a round.
#[derive(Clone, Debug, Decode, DecodeWithMemTracking, Encode, Eq, PartialEq, TypeInfo)]
pub struct Assignment<BlockNumber> {
	/// The round.
	pub round: RoundId,
	/// The seed of the first step.
	pub seed: H256,
	/// What is asked.
	pub params: Params,
	/// What was committed to.
	pub commitment: Option<H256>,
	/// What is to be done now.
	pub task: DeviceTask<BlockNumber>,
}

/// What a device has to do now.
///
/// Indices are pinned: append only.
#[derive(Clone, Copy, Debug, Decode, DecodeWithMemTracking, Encode, Eq, PartialEq, TypeInfo)]
pub enum DeviceTask<BlockNumber> {
	/// Do the steps and commit.
	#[codec(index = 0)]
	Commit {
		/// How many slots are left to commit in.
		slots: u32,
	},
	/// Prove.
	#[codec(index = 1)]
	Prove {
		/// The challenge.
		challenge: H256,
		/// The last block in which a proof is accepted.
		until: BlockNumber,
	},
	/// Nothing but wait for the challenge: it has committed.
	#[codec(index = 2)]
	Wait,
}

/// How a machine stands in the draw.
#[derive(Clone, Debug, Decode, DecodeWithMemTracking, Encode, Eq, PartialEq, TypeInfo)]
pub struct MachineStanding<AccountId, BlockNumber> {
	/// The key of its daemon.
	pub device: Option<AccountId>,
	/// Its quality, in parts of a million.
	pub quality: u32,
	/// When it was heard of.
	pub presence: Presence<BlockNumber>,
	/// Whether it is the best bidder of an auction or has work, so that it is not drawn.
	pub busy: bool,
	/// Its weight in the draw at present.
	pub weight: u128,
	/// The weight of all machines.
	pub total: u128,
	/// What its round's points are multiplied by for its region, in parts of a million.
	pub scarcity: u32,
}

/// Something that ought not to happen, did, and was worked around.
///
/// Indices are pinned: append only.
#[derive(Clone, Copy, Debug, Decode, DecodeWithMemTracking, Encode, Eq, PartialEq, TypeInfo)]
pub enum UnexpectedKind {
	/// An offence could not be reported, so that nobody was slashed for it.
	#[codec(index = 0)]
	SlashFailed {
		/// The machine.
		machine: MachineId,
		/// The round.
		round: RoundId,
		/// What stopped it.
		error: DispatchError,
	},
	/// A change of a machine's weight could not be carried out: there is no seat left, or the sum of all weights would be too
	/// large. It comes again with the machine's next heartbeats.
	#[codec(index = 1)]
	SeatFailed {
		/// The machine.
		machine: MachineId,
	},
}

/// Why a transaction of a device is not accepted: what stands in `InvalidTransaction::Custom`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u8)]
pub enum Refusal {
	/// There is no such machine, or it has no device key.
	NoDevice = 1,
	/// The signature is not that of the device key.
	Signature = 2,
	/// The heartbeat is of another interval than the present one and the one before.
	Interval = 3,
	/// The machine has told of itself in this interval.
	Repeated = 4,
	/// The machine was not drawn in this round, or has proved or been settled.
	NotDrawn = 5,
	/// The time to commit, or to prove, is over or has not begun.
	Time = 6,
	/// The machine has committed already, or it has not and would have to.
	Commitment = 7,
	/// The proof does not show anything; see the faults of `assay_proofs::capacity`.
	Proof = 8,
}

impl From<Refusal> for TransactionValidityError {
	fn from(refusal: Refusal) -> Self {
		InvalidTransaction::Custom(refusal as u8).into()
	}
}
