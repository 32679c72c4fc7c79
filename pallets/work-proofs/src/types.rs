//! What the pallet stores, takes and tells.

use super::*;
use assay_proofs::{Outcome, Trap};
use codec::DecodeWithMemTracking;
use frame_support::{
	traits::fungible::{Credit, Inspect},
	CloneNoBound, DebugNoBound, EqNoBound, PartialEqNoBound,
};
use frame_system::pallet_prelude::BlockNumberFor;
use sp_runtime::traits::{BlakeTwo256, Hash};

/// Amount of the currency in which bonds and deposits are held.
pub type BalanceOf<T> = <<T as Config>::Currency as Inspect<<T as frame_system::Config>::AccountId>>::Balance;
/// Tokens taken out of an account and not yet put into another one.
pub type CreditOf<T> = Credit<<T as frame_system::Config>::AccountId, <T as Config>::Currency>;
/// The bytes of a guest program.
pub type GuestOf<T> = BoundedVec<u8, <T as Config>::MaxGuestBytes>;
/// The bytes of a job's input.
pub type InputOf<T> = BoundedVec<u8, <T as Config>::MaxInputBytes>;
/// A result under review.
pub type ResultOf<T> = JobResult<<T as frame_system::Config>::AccountId>;

/// A demand that a unit's output be revealed.
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
pub struct Demand<T: Config> {
	/// Who wants to see it.
	pub by: T::AccountId,
	/// What that account has on hold for it, as it was when it was paid.
	pub deposit: BalanceOf<T>,
	/// The last block in which it can be revealed.
	pub reveal_by: BlockNumberFor<T>,
}

/// That somebody is going to dispute something.
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
pub struct Announcement<T: Config> {
	/// What is on hold for it, as it was when it was paid.
	pub deposit: BalanceOf<T>,
	/// The first block in which it counts.
	pub counts_from: BlockNumberFor<T>,
	/// The last one.
	pub until: BlockNumberFor<T>,
}

/// What a unit came to, in full.
///
/// Indices are pinned: append only.
#[derive(CloneNoBound, DebugNoBound, Decode, DecodeWithMemTracking, Encode, EqNoBound, PartialEqNoBound, TypeInfo)]
#[scale_info(skip_type_params(T))]
pub enum UnitOutput<T: Config> {
	/// It ended well with this output.
	#[codec(index = 0)]
	Bytes(BoundedVec<u8, T::MaxOutputBytes>),
	/// It stopped, and there is no output.
	#[codec(index = 1)]
	Trapped(Trap),
}

impl<T: Config> UnitOutput<T> {
	/// What stands for it in its job's commitment. O(bytes).
	pub fn outcome(&self) -> H256 {
		match self {
			Self::Bytes(output) => BlakeTwo256::hash(output),
			Self::Trapped(trap) => H256(Outcome { result: Err(*trap), gas: 0 }.output_hash()),
		}
	}

	/// How many bytes it has.
	pub fn len(&self) -> u32 {
		match self {
			// Bounded by a u32.
			Self::Bytes(output) => output.len() as u32,
			Self::Trapped(_) => 0,
		}
	}

	/// Whether there are no bytes.
	pub fn is_empty(&self) -> bool {
		self.len() == 0
	}
}

/// What a dispute says: that a job's commitment has this for a unit, and that it is wrong.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Claim {
	/// The unit.
	pub index: u32,
	/// What stands for it in the commitment: the hash of its output, or the value of its trap.
	pub claimed: H256,
	/// Proof that it does.
	pub opening: Opening,
}

/// What a dispute takes: the answer of the view function [`dispute_quote`](Pallet::dispute_quote).
#[derive(Clone, Debug, Decode, DecodeWithMemTracking, Encode, Eq, PartialEq, TypeInfo)]
pub struct DisputeQuote<Balance> {
	/// The bond, which is lost to the provider when the unit turns out to be right.
	pub bond: Balance,
	/// The gas limit to give.
	pub gas_limit: Gas,
	/// The rules by which the unit would be run.
	pub engine: EngineVersion,
	/// The weight that is charged in advance. What the unit does not use of it is given back.
	pub weight: Weight,
}

/// Something that ought not to happen, did, and was worked around.
///
/// Indices are pinned: append only.
#[derive(Clone, Debug, Decode, DecodeWithMemTracking, Encode, Eq, PartialEq, TypeInfo)]
pub enum UnexpectedKind<AccountId, Balance> {
	/// A provider could not be slashed. Its result was refused, and the client refunded, all the same.
	#[codec(index = 0)]
	SlashFailed {
		/// The job.
		job: JobId,
		/// The offender.
		provider: AccountId,
		/// What stopped it.
		error: DispatchError,
	},
	/// The machine with which it was done is not registered any more, so that nobody could be slashed.
	#[codec(index = 1)]
	MachineMissing {
		/// The job.
		job: JobId,
		/// The machine.
		machine: MachineId,
	},
	/// The chain could not close a demand whose time was over. Nothing changed; anyone can close it by its call.
	#[codec(index = 2)]
	DemandNotClosed {
		/// The job.
		job: JobId,
		/// The unit.
		index: u32,
		/// What stopped it.
		error: DispatchError,
	},
	/// An account could not take a bond or deposit (it would have stayed below the existential deposit): the amount went
	/// to the treasury.
	#[codec(index = 3)]
	DepositDiverted {
		/// Who should have received it.
		account: AccountId,
		/// How much.
		amount: Balance,
	},
}
