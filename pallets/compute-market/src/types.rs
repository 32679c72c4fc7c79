//! What the market stores: machines, jobs, bids and the life cycle of a job.

use super::*;
use codec::DecodeWithMemTracking;
use core::ops::Range;
use frame_support::{
	traits::fungible::{Credit, Inspect},
	CloneNoBound, DebugNoBound, EqNoBound, PartialEqNoBound,
};
use frame_system::pallet_prelude::BlockNumberFor;
use sp_runtime::traits::{CheckedMul, One, Saturating, Zero};

/// Amount of the currency in which the market trades.
pub type BalanceOf<T> = <<T as Config>::Currency as Inspect<<T as frame_system::Config>::AccountId>>::Balance;
/// Tokens taken out of an account and not yet burned or put into another one.
pub type CreditOf<T> = Credit<<T as frame_system::Config>::AccountId, <T as Config>::Currency>;
/// Where to find something off chain: the bytes of a URL.
pub type UrlOf<T> = BoundedVec<u8, <T as Config>::MaxUrlLen>;

/// A device that its provider offers for jobs and leases.
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
	/// Who registered it, answers for it with its stake and is paid for its work.
	pub provider: T::AccountId,
	/// Its performance class, from which follows what the provider must have bonded for it.
	pub tier: Tier,
	/// Where it stands, as its provider declares. A machine that is moved is registered anew.
	pub region: Region,
	/// How many jobs it can run side by side, or leases of one slot.
	pub slots: u32,
	/// How many slots are taken: by best bids of open auctions, by jobs assigned or under review, and by leases.
	pub running: u32,
	/// Where clients fetch the outputs.
	pub endpoint: UrlOf<T>,
	/// What the provider has on hold for the registration, as it was when it was paid.
	pub deposit: BalanceOf<T>,
}

/// What a client asks for: so many units of a deterministic program, for at most so much, by then.
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
pub struct JobSpec<T: Config> {
	/// The guest program, a pure function `unit(input, index) -> output`.
	pub guest: BlobHash,
	/// The input that all units share.
	pub input: BlobHash,
	/// How many units there are; their indices are `0..units`.
	pub units: u32,
	/// The most gas that one unit may use.
	pub gas_per_unit: Gas,
	/// The highest price per unit that the client pays, fee included, in the smallest unit of what the job is paid with.
	pub ceiling: BalanceOf<T>,
	/// The weakest class of machine that may bid.
	pub min_tier: Tier,
	/// The lowest average of outcomes as a provider with which one may bid; zero for anybody.
	pub min_reputation: Perbill,
	/// How many blocks the auction is open, extensions apart.
	pub auction_blocks: BlockNumberFor<T>,
	/// The last block in which a result can be committed. Of a job that is paid for range by range it moves on with each
	/// range that is paid for, by as long as its result was under review and by `MinRunBlocks`.
	pub deadline: BlockNumberFor<T>,
	/// For how many blocks the client can review a committed result before it counts as accepted.
	pub review_blocks: BlockNumberFor<T>,
	/// Base URL under which guest and input can be fetched by their hashes.
	pub source: UrlOf<T>,
}

impl<T: Config> JobSpec<T> {
	/// The price of all units at `price` each, unless it exceeds what the balance type can express.
	pub fn total_at(&self, price: BalanceOf<T>) -> Option<BalanceOf<T>> {
		price.checked_mul(&self.units.into())
	}

	/// What so many of its units may cost in gas, which is the work credited for them.
	pub fn work_of(&self, units: u32) -> u128 {
		u128::from(units).saturating_mul(u128::from(self.gas_per_unit))
	}
}

/// How far a job is that is paid for range by range.
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
pub struct Progress<T: Config> {
	/// How many units a range has; the last one has what is left.
	pub length: u32,
	/// Merkle roots over the outcomes of the ranges that are paid for, in their order.
	pub roots: BoundedVec<H256, T::MaxRanges>,
	/// The bid of whoever was paid for them, who serves their outputs however the job ends.
	pub bid: Option<Bid<T>>,
	/// How all that was paid for them was divided.
	pub paid: Paid<BalanceOf<T>>,
}

impl<T: Config> Progress<T> {
	/// Nothing is paid for yet, in ranges of `length` units each.
	pub fn begin(length: u32) -> Self {
		Self { length, roots: BoundedVec::new(), bid: None, paid: Paid::default() }
	}

	/// The units of the next range to be paid for of a job with `units`; an empty range when all are.
	pub fn next(&self, units: u32) -> Range<u32> {
		let first = (self.roots.len() as u32).saturating_mul(self.length).min(units);
		first..first.saturating_add(self.length).min(units)
	}
}

/// An exponential average over outcomes, of which each counts less the longer it is ago.
#[derive(Clone, Copy, Debug, Decode, DecodeWithMemTracking, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo)]
pub struct Score {
	/// The average: 100 % are good outcomes only.
	pub average: Perbill,
	/// How many outcomes there were.
	pub outcomes: u32,
}

/// What became of the trades of an account.
#[derive(Clone, Copy, Debug, Decode, DecodeWithMemTracking, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo)]
pub struct Reputation {
	/// As a provider.
	pub provider: Score,
	/// As a client.
	pub client: Score,
}

/// A provider's offer to do a job.
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
pub struct Bid<T: Config> {
	/// Who offers.
	pub provider: T::AccountId,
	/// The machine that will do the work; the bid keeps one of its slots taken.
	pub machine: MachineId,
	/// The price per unit, in the smallest unit of what the job is paid with.
	pub price: BalanceOf<T>,
	/// What the provider put down for the bid, on hold as long as the job is open.
	pub deposit: BalanceOf<T>,
}

/// Why a client got its escrow back.
///
/// Indices are pinned: append only.
#[derive(Clone, Copy, Debug, Decode, DecodeWithMemTracking, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo)]
pub enum RefundReason {
	/// The client withdrew the job before it was assigned.
	#[codec(index = 0)]
	Cancelled,
	/// Nobody had bid when the auction closed.
	#[codec(index = 1)]
	NoBids,
	/// The provider had committed no result when the deadline passed, and was slashed for it.
	#[codec(index = 2)]
	DeadlineMissed,
	/// The best bidder's stake no longer covered its machines when the auction closed.
	#[codec(index = 3)]
	ProviderHalted,
	/// The auction was closed so late that less than `MinRunBlocks` were left for the work. That happens only when blocks
	/// have been too full for the chain to close auctions by itself, and is nobody's fault, so that nobody is slashed.
	#[codec(index = 4)]
	TooLate,
	/// A unit of the result was run again on chain and came to something else. The provider was slashed for it.
	#[codec(index = 5)]
	ResultRefuted,
	/// A unit of the result was demanded on chain and not revealed in time. The provider was slashed for it.
	#[codec(index = 6)]
	DataWithheld,
}

impl From<Fault> for RefundReason {
	fn from(fault: Fault) -> Self {
		match fault {
			Fault::Refuted => Self::ResultRefuted,
			Fault::Withheld => Self::DataWithheld,
		}
	}
}

/// Where a job stands. Every variant carries what is known by then and names the calls that leave it.
///
/// Indices are pinned: append only.
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
pub enum JobState<T: Config> {
	/// Providers are bidding; `ceiling * units` is in escrow.
	///
	/// Left by [`close_auction`](Pallet::close_auction) (which the chain does by itself at `closes_at`) to
	/// [`Assigned`](JobState::Assigned) or [`Refunded`](JobState::Refunded), and by [`cancel_job`](Pallet::cancel_job) to
	/// [`Refunded`](JobState::Refunded). [`bid`](Pallet::bid) changes it.
	#[codec(index = 0)]
	Open {
		/// The first block in which no bid is taken any more.
		closes_at: BlockNumberFor<T>,
		/// The lowest bid so far.
		best: Option<Bid<T>>,
	},
	/// The winner is computing; `price` for each unit that is not paid for is in escrow, here and in what follows.
	///
	/// Left by [`commit_result`](Pallet::commit_result) to [`Committed`](JobState::Committed), and by
	/// [`expire_job`](Pallet::expire_job) (which the chain does by itself after the deadline) to
	/// [`Refunded`](JobState::Refunded).
	#[codec(index = 1)]
	Assigned {
		/// The winning bid.
		bid: Bid<T>,
	},
	/// A result stands and can be reviewed.
	///
	/// Left by [`accept_result`](Pallet::accept_result) and [`settle_job`](Pallet::settle_job) (which the chain does by
	/// itself at `review_ends`) to [`Settled`](JobState::Settled), or back to [`Assigned`](JobState::Assigned) when it is
	/// paid for and there are other ranges; by a question about it
	/// ([`JobResults::contest`]) to [`Contested`](JobState::Contested), and by a verdict against it
	/// ([`JobResults::refuse`]) to [`Refunded`](JobState::Refunded).
	#[codec(index = 2)]
	Committed {
		/// The winning bid.
		bid: Bid<T>,
		/// Merkle root over the hashes of all units' outputs, or of those of the range.
		root: H256,
		/// The first block in which anyone can settle.
		review_ends: BlockNumberFor<T>,
	},
	/// The provider is paid; nothing is in escrow. Left by [`clear_job`](Pallet::clear_job), which removes the job.
	#[codec(index = 3)]
	Settled {
		/// The winning bid.
		bid: Bid<T>,
		/// Merkle root over the hashes of all units' outputs, or of those of the last range.
		root: H256,
		/// How the price was divided, that of all ranges.
		paid: Paid<BalanceOf<T>>,
	},
	/// The client has its escrow back; nothing is in escrow. Left by [`clear_job`](Pallet::clear_job), which removes the
	/// job.
	#[codec(index = 4)]
	Refunded {
		/// Why.
		reason: RefundReason,
	},
	/// A result stands about which somebody has asked.
	///
	/// While no question is open, left by [`accept_result`](Pallet::accept_result) and
	/// [`settle_job`](Pallet::settle_job) (which the chain does by itself at `settles_at`) to
	/// [`Settled`](JobState::Settled), or back to [`Assigned`](JobState::Assigned) as [`Committed`](JobState::Committed) is.
	/// Left by a verdict against it ([`JobResults::refuse`]) to
	/// [`Refunded`](JobState::Refunded). [`JobResults::contest`] and [`JobResults::answer`] change it.
	#[codec(index = 5)]
	Contested {
		/// The winning bid.
		bid: Bid<T>,
		/// Merkle root over the hashes of all units' outputs, or of those of the range.
		root: H256,
		/// The first block in which no new question is taken. Never changes, so that questions cannot put off payment for
		/// ever.
		review_ends: BlockNumberFor<T>,
		/// The first block in which anyone can settle, if no question is open then.
		settles_at: BlockNumberFor<T>,
		/// How many questions are open.
		open: u32,
	},
}

/// A result that is not paid for yet, whether it is contested or not.
#[derive(CloneNoBound, DebugNoBound, EqNoBound, PartialEqNoBound)]
pub struct Standing<T: Config> {
	/// The winning bid.
	pub bid: Bid<T>,
	/// Merkle root over the hashes of all units' outputs, or of those of the range.
	pub root: H256,
	/// The first block in which no new question is taken.
	pub review_ends: BlockNumberFor<T>,
	/// The first block in which anyone can settle, if no question is open then.
	pub settles_at: BlockNumberFor<T>,
	/// How many questions are open.
	pub open: u32,
}

impl<T: Config> Standing<T> {
	/// The block in which it was committed.
	pub fn committed_at(&self, spec: &JobSpec<T>) -> BlockNumberFor<T> {
		self.review_ends.saturating_sub(spec.review_blocks)
	}
}

/// A client's batch of deterministic work, with the money behind it.
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
pub struct Job<T: Config> {
	/// Who wants it done and pays.
	pub client: T::AccountId,
	/// What is to be done.
	pub spec: JobSpec<T>,
	/// What it is paid with. Its ceiling, bids and escrow are in the smallest unit of that; deposits are native tokens.
	pub payment: PaymentKind,
	/// What is still in escrow to pay for it.
	pub escrow: BalanceOf<T>,
	/// What the client has on hold for the storage, as it was when it was paid.
	pub deposit: BalanceOf<T>,
	/// Where it stands.
	pub state: JobState<T>,
	/// The rules by which its units are run, as they were when it was submitted.
	pub engine: EngineVersion,
}

impl<T: Config> Job<T> {
	/// The block in which the chain takes the next step by itself; `None` in a terminal state, and while a question about
	/// the result is open.
	pub fn due(&self) -> Option<BlockNumberFor<T>> {
		match &self.state {
			JobState::Open { closes_at, .. } => Some(*closes_at),
			JobState::Assigned { .. } => Some(self.spec.deadline.saturating_add(One::one())),
			JobState::Committed { review_ends, .. } => Some(*review_ends),
			JobState::Contested { settles_at, open, .. } => (*open == 0).then_some(*settles_at),
			JobState::Settled { .. } | JobState::Refunded { .. } => None,
		}
	}

	/// Whether nothing can happen to it any more but to be cleared.
	pub fn has_ended(&self) -> bool {
		matches!(self.state, JobState::Settled { .. } | JobState::Refunded { .. })
	}

	/// The result, if there is one that is not paid for yet.
	pub fn standing(&self) -> Option<Standing<T>> {
		match self.state.clone() {
			JobState::Committed { bid, root, review_ends } => {
				Some(Standing { bid, root, review_ends, settles_at: review_ends, open: 0 })
			},
			JobState::Contested { bid, root, review_ends, settles_at, open } => {
				Some(Standing { bid, root, review_ends, settles_at, open })
			},
			_ => None,
		}
	}

	/// The bid that keeps a slot of a machine taken.
	pub fn live_bid(&self) -> Option<&Bid<T>> {
		match &self.state {
			JobState::Open { best, .. } => best.as_ref(),
			JobState::Assigned { bid } | JobState::Committed { bid, .. } | JobState::Contested { bid, .. } => Some(bid),
			JobState::Settled { .. } | JobState::Refunded { .. } => None,
		}
	}

	/// What must be in escrow in this state when `paid` units are paid for; `None` when it cannot be expressed, which no
	/// stored job allows.
	pub fn owed(&self, paid: u32) -> Option<BalanceOf<T>> {
		let price = match &self.state {
			JobState::Open { .. } => self.spec.ceiling,
			JobState::Assigned { bid } | JobState::Committed { bid, .. } | JobState::Contested { bid, .. } => bid.price,
			JobState::Settled { .. } | JobState::Refunded { .. } => return Some(Zero::zero()),
		};
		price.checked_mul(&self.spec.units.checked_sub(paid)?.into())
	}
}

/// What submitting a job would put on hold, and what the market would keep of it.
#[derive(Clone, Debug, Decode, DecodeWithMemTracking, Encode, Eq, PartialEq, TypeInfo)]
pub struct JobQuote<Balance> {
	/// What escrow and division are in.
	pub payment: PaymentKind,
	/// Held until the job is settled or refunded, or its units are paid for: the ceiling for all of them.
	pub escrow: Balance,
	/// Held until the job is cleared, in native tokens.
	pub deposit: Balance,
	/// How the escrow would be divided if the winner bids exactly the ceiling, at the present rates.
	pub paid: Paid<Balance>,
}

/// How the price of a job would be divided if it were settled at the present rates.
#[derive(Clone, Debug, Decode, DecodeWithMemTracking, Encode, Eq, PartialEq, TypeInfo)]
pub struct Settlement<Balance> {
	/// What the job is paid with.
	pub payment: PaymentKind,
	/// The parts of the price.
	pub paid: Paid<Balance>,
}

/// What a client would get back if its job ended without a result.
#[derive(Clone, Debug, Decode, DecodeWithMemTracking, Encode, Eq, PartialEq, TypeInfo)]
pub struct RefundPreview<Balance> {
	/// What the job is paid with.
	pub payment: PaymentKind,
	/// All that is still in escrow.
	pub escrow: Balance,
	/// The storage deposit, on clearing the job, in native tokens.
	pub deposit: Balance,
	/// Whether the client can have the escrow back now, by cancelling (open) or expiring (deadline missed) the job.
	pub now: bool,
}

/// Something that ought not to happen, did, and was worked around.
///
/// Indices are pinned: append only.
#[derive(Clone, Debug, Decode, DecodeWithMemTracking, Encode, Eq, PartialEq, TypeInfo)]
pub enum UnexpectedKind<AccountId, Balance> {
	/// The chain could not take the due step of a job. Nothing changed: it tries again later, and anyone
	/// can take the step by its call.
	#[codec(index = 0)]
	AgendaItemFailed {
		/// The job.
		job: JobId,
		/// What stopped it.
		error: DispatchError,
	},
	/// A provider that missed a deadline could not be slashed. The client was refunded all the same.
	#[codec(index = 1)]
	SlashFailed {
		/// The job.
		job: JobId,
		/// The offender.
		provider: AccountId,
		/// What stopped it.
		error: DispatchError,
	},
	/// An account could not take native tokens that were due to it (it would have stayed below the existential deposit):
	/// the amount went to the treasury.
	#[codec(index = 2)]
	PayoutDiverted {
		/// Who should have received it.
		account: AccountId,
		/// How much.
		amount: Balance,
	},
	/// A job ended on a machine that is not registered, so that no slot could be given back.
	#[codec(index = 3)]
	SlotMissing {
		/// The machine.
		machine: MachineId,
	},
}
