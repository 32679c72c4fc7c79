//! What the pallet tells and why it refuses.
//!
//! A section of the pallet in [`lib.rs`](crate): the names in it are those of that module.

use frame_support::pallet_macros::pallet_section;

/// Events and errors.
#[pallet_section]
mod events {
	/// Indices are pinned: append only.
	#[pallet::event]
	#[pallet::generate_deposit(pub(crate) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A machine was put on offer.
		#[codec(index = 0)]
		MachineRegistered {
			/// The new machine.
			machine: MachineId,
			/// Its provider.
			provider: T::AccountId,
			/// Its performance class.
			tier: Tier,
			/// Where it stands.
			region: Region,
		},
		/// A machine was taken off the market.
		#[codec(index = 1)]
		MachineDeregistered {
			/// The machine that is gone.
			machine: MachineId,
			/// Its provider.
			provider: T::AccountId,
		},
		/// A machine can be reached under a new URL.
		#[codec(index = 2)]
		EndpointSet {
			/// The machine.
			machine: MachineId,
			/// The URL.
			endpoint: UrlOf<T>,
		},
		/// A job was posted and its auction opened.
		#[codec(index = 3)]
		JobSubmitted {
			/// The new job.
			job: JobId,
			/// Who pays.
			client: T::AccountId,
			/// How many units are to be computed.
			units: u32,
			/// What it is paid with.
			payment: PaymentKind,
			/// What the client has in escrow for it.
			escrow: BalanceOf<T>,
		},
		/// A bid is the best so far.
		#[codec(index = 4)]
		BidPlaced {
			/// The job.
			job: JobId,
			/// Who offers.
			provider: T::AccountId,
			/// On which machine.
			machine: MachineId,
			/// The price per unit.
			price: BalanceOf<T>,
			/// When the auction now closes.
			closes_at: BlockNumberFor<T>,
		},
		/// An auction closed with a winner.
		#[codec(index = 5)]
		JobAssigned {
			/// The job.
			job: JobId,
			/// The winner.
			provider: T::AccountId,
			/// The machine that does the work.
			machine: MachineId,
			/// What it is paid with.
			payment: PaymentKind,
			/// The price per unit.
			price: BalanceOf<T>,
			/// What was released to the client because the price is below the ceiling.
			surplus: BalanceOf<T>,
		},
		/// A job ended without a result, or with one that was refused.
		#[codec(index = 6)]
		JobRefunded {
			/// The job.
			job: JobId,
			/// Who posted it.
			client: T::AccountId,
			/// What it was to be paid with.
			payment: PaymentKind,
			/// What was released to the client.
			amount: BalanceOf<T>,
			/// Why.
			reason: RefundReason,
		},
		/// A provider committed itself to a result; the review began.
		#[codec(index = 7)]
		ResultCommitted {
			/// The job.
			job: JobId,
			/// The winner of the auction.
			provider: T::AccountId,
			/// The first unit that it is about: above zero for later ranges of a job that is paid for range by range.
			first: u32,
			/// Merkle root over the hashes of all units' outputs, or of those of that range.
			root: H256,
			/// When anyone can settle.
			review_ends: BlockNumberFor<T>,
		},
		/// A job was paid, or the last range of one: `to_provider + burned + to_treasury` left the escrow.
		#[codec(index = 8)]
		JobSettled {
			/// The job.
			job: JobId,
			/// Who paid.
			client: T::AccountId,
			/// Who did the work.
			provider: T::AccountId,
			/// What it was paid with.
			payment: PaymentKind,
			/// How the price was divided.
			paid: Paid<BalanceOf<T>>,
		},
		/// An ended job was removed and its deposit released.
		#[codec(index = 9)]
		JobCleared {
			/// The job that is gone.
			job: JobId,
		},
		/// Something ought not to have happened, and was worked around.
		#[codec(index = 10)]
		Unexpected {
			/// What.
			kind: UnexpectedKind<T::AccountId, BalanceOf<T>>,
		},
		/// An account could not take what is its own: it was put on hold for it instead.
		#[codec(index = 11)]
		PaymentDeferred {
			/// What was paid with.
			payment: PaymentKind,
			/// Whose it is.
			account: T::AccountId,
			/// How much.
			amount: BalanceOf<T>,
		},
		/// An account got what had been deferred.
		#[codec(index = 12)]
		PaymentClaimed {
			/// What was paid with.
			payment: PaymentKind,
			/// Whose it is.
			account: T::AccountId,
			/// All that waited for it.
			amount: BalanceOf<T>,
		},
		/// A question about a result was opened: it is not paid for until all are answered.
		#[codec(index = 13)]
		ResultContested {
			/// The job.
			job: JobId,
			/// How many questions are open now.
			open: u32,
		},
		/// A question about a result was answered.
		#[codec(index = 14)]
		QuestionAnswered {
			/// The job.
			job: JobId,
			/// How many questions are open now.
			open: u32,
			/// When anyone can settle if no question is open then.
			settles_at: BlockNumberFor<T>,
		},
		/// A range of a job was paid, and it is not the last: `to_provider + burned + to_treasury` left the escrow.
		#[codec(index = 15)]
		RangeSettled {
			/// The job.
			job: JobId,
			/// Who paid.
			client: T::AccountId,
			/// Who did the work.
			provider: T::AccountId,
			/// What it was paid with.
			payment: PaymentKind,
			/// The first unit of the range.
			first: u32,
			/// How many units it has.
			units: u32,
			/// Merkle root over the hashes of their outputs.
			root: H256,
			/// How their price was divided.
			paid: Paid<BalanceOf<T>>,
			/// The last block in which the result of the next range can be committed.
			deadline: BlockNumberFor<T>,
		},
	}

	#[pallet::error]
	pub enum Error<T> {
		/// There is no such machine.
		UnknownMachine,
		/// There is no such job.
		UnknownJob,
		/// The caller is not the machine's provider.
		NotMachineOwner,
		/// The caller is not the job's client.
		NotClient,
		/// The caller is not the provider to whom the job is assigned.
		NotAssignedProvider,
		/// The number of slots is zero or above `MaxSlots`.
		SlotsOutOfRange,
		/// The machine has jobs or leases, or is the best bid of an open auction.
		MachineBusy,
		/// The machine has fewer free slots than are to be taken.
		NoFreeSlot,
		/// The machine's tier is below what the job asks for.
		TierTooLow,
		/// The provider's bonded stake does not cover its machines.
		ProviderNotActive,
		/// A job needs a unit at least.
		ZeroUnits,
		/// The job has more than `MaxUnits` units.
		TooManyUnits,
		/// The gas per unit is zero or above `MaxGasPerUnit`.
		GasOutOfRange,
		/// The price is zero.
		ZeroPrice,
		/// The price of all units together is more than a balance can express.
		PriceOverflow,
		/// The auction is shorter than `MinAuctionBlocks` or longer than `MaxAuctionBlocks`.
		AuctionLengthOutOfRange,
		/// Less than `MinRunBlocks` would be left between auction and deadline.
		DeadlineTooSoon,
		/// The deadline is more than `MaxJobBlocks` away.
		DeadlineTooLate,
		/// The review is shorter than `MinReviewBlocks` or longer than `MaxReviewBlocks`.
		ReviewLengthOutOfRange,
		/// The job is not open for bids or cancelling.
		JobNotOpen,
		/// The job is not waiting for a result.
		JobNotAssigned,
		/// The job has no result to accept or settle.
		JobNotCommitted,
		/// The job has not ended yet.
		JobLive,
		/// The job has ended already.
		JobEnded,
		/// The auction is over: it takes no bids any more, and its best bid, if there is one, has won.
		AuctionClosed,
		/// The auction is still open.
		AuctionOpen,
		/// The price is above what the client pays.
		BidAboveCeiling,
		/// The price is not far enough below the best bid.
		BidNotImproving,
		/// The deadline for committing a result has passed.
		DeadlinePassed,
		/// The deadline for committing a result has not passed.
		DeadlineNotPassed,
		/// The client can still review the result.
		ReviewNotOver,
		/// Until the retention is over, only the client can clear the job.
		RetentionNotOver,
		/// What the books say is on hold is not there.
		HoldMissing,
		/// Jobs cannot be paid with this.
		PaymentNotAccepted,
		/// Nothing of this kind waits for the account.
		NothingToClaim,
		/// A question about the result is open: it must be answered first.
		ResultContested,
		/// No question about the result is open.
		NoQuestionOpen,
		/// The review is over: no question about the result is taken any more.
		ReviewOver,
		/// The bidder is the client of the job itself.
		OwnJob,
		/// The provider's reputation is below what the job asks for: finish jobs that ask for less, and it rises.
		ReputationTooLow,
		/// A range has no unit, or all of the job's, or there would be more than `MaxRanges`.
		RangeLengthOutOfRange,
		/// The range that is to be paid for next begins with another unit: of a job that is paid for whole, with 0.
		WrongRange,
	}

	impl<T> From<PriceFault> for Error<T> {
		fn from(fault: PriceFault) -> Self {
			match fault {
				PriceFault::Zero => Self::ZeroPrice,
				PriceFault::AboveCeiling => Self::BidAboveCeiling,
				PriceFault::NotImproving => Self::BidNotImproving,
			}
		}
	}
}
