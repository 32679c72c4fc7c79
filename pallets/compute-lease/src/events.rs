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
		/// An order was placed and its auction opened.
		#[codec(index = 0)]
		OrderPlaced {
			/// The order, and the lease that may come of it.
			lease: LeaseId,
			/// Who pays.
			client: T::AccountId,
			/// What it is paid with.
			payment: PaymentKind,
			/// The highest rate that the client pays for a block.
			ceiling: BalanceOf<T>,
			/// What the client has in escrow for it.
			escrow: BalanceOf<T>,
			/// When the auction closes.
			closes_at: BlockNumberFor<T>,
		},
		/// A bid is the best so far.
		#[codec(index = 1)]
		BidPlaced {
			/// The order.
			lease: LeaseId,
			/// Who offers.
			provider: T::AccountId,
			/// Which machine.
			machine: MachineId,
			/// For how much a block.
			rate: BalanceOf<T>,
			/// With how many blocks of notice.
			notice: BlockNumberFor<T>,
			/// When the auction now closes.
			closes_at: BlockNumberFor<T>,
		},
		/// An auction closed with a winner: the machine is lent from this block on.
		#[codec(index = 2)]
		LeaseStarted {
			/// The lease.
			lease: LeaseId,
			/// The winner.
			provider: T::AccountId,
			/// The machine that is lent.
			machine: MachineId,
			/// What it is paid with.
			payment: PaymentKind,
			/// What a block costs.
			rate: BalanceOf<T>,
			/// The first block that escrow does not cover.
			runs_out_at: BlockNumberFor<T>,
			/// The block in which the lease ends at the latest.
			ends_at: Option<BlockNumberFor<T>>,
		},
		/// A source of escrow paid: `to_provider + burned + to_treasury` left it.
		#[codec(index = 3)]
		LeasePaid {
			/// The lease.
			lease: LeaseId,
			/// Out of whose money.
			payer: T::AccountId,
			/// To whom.
			provider: T::AccountId,
			/// What was paid with.
			payment: PaymentKind,
			/// The first block that is not paid for yet. All sources that pay in one settlement pay up to the same.
			until: BlockNumberFor<T>,
			/// How the amount was divided.
			paid: Paid<BalanceOf<T>>,
		},
		/// More was put into escrow.
		#[codec(index = 4)]
		EscrowFunded {
			/// For which order or lease.
			lease: LeaseId,
			/// By whom.
			who: T::AccountId,
			/// What it is paid with.
			payment: PaymentKind,
			/// How much.
			amount: BalanceOf<T>,
		},
		/// Escrow has run out. The machine is kept, and need not serve.
		#[codec(index = 5)]
		LeasePaused {
			/// The lease.
			lease: LeaseId,
			/// The first block that was not covered.
			since: BlockNumberFor<T>,
			/// When the lease ends, unless somebody tops it up.
			until: BlockNumberFor<T>,
		},
		/// A lease that was paused goes on.
		#[codec(index = 6)]
		LeaseResumed {
			/// The lease.
			lease: LeaseId,
			/// The first block that escrow does not cover.
			runs_out_at: BlockNumberFor<T>,
		},
		/// A provider gave notice.
		#[codec(index = 7)]
		LeaseReclaimed {
			/// The lease.
			lease: LeaseId,
			/// Who takes its machine back.
			provider: T::AccountId,
			/// When the lease ends.
			ends_at: BlockNumberFor<T>,
		},
		/// A source of escrow got back what was not spent.
		#[codec(index = 8)]
		EscrowReturned {
			/// The order or lease.
			lease: LeaseId,
			/// Whose it is.
			who: T::AccountId,
			/// What it was to be paid with.
			payment: PaymentKind,
			/// How much.
			amount: BalanceOf<T>,
		},
		/// An order or lease ended, and is gone.
		#[codec(index = 9)]
		LeaseEnded {
			/// The order or lease.
			lease: LeaseId,
			/// Who asked for it.
			client: T::AccountId,
			/// Why.
			reason: EndReason,
			/// In which block, by its rules. Earlier than the present one when blocks were too full for the chain to look.
			at: BlockNumberFor<T>,
		},
		/// Something else is to be run.
		#[codec(index = 10)]
		ManifestSet {
			/// By which order or lease.
			lease: LeaseId,
			/// Hash of what says so.
			manifest: BlobHash,
		},
		/// Something ought not to have happened, and was worked around.
		#[codec(index = 11)]
		Unexpected {
			/// What.
			kind: UnexpectedKind,
		},
		/// A source of escrow paid for blocks that were not served, as the client says: to the treasury, and in credits to nobody.
		#[codec(index = 12)]
		ArrearsForfeited {
			/// The lease.
			lease: LeaseId,
			/// Out of whose money.
			payer: T::AccountId,
			/// What was paid with.
			payment: PaymentKind,
			/// The first block that is not paid for.
			until: BlockNumberFor<T>,
			/// How much.
			amount: BalanceOf<T>,
		},
		/// A source of escrow took back what it had put in and nobody had earned. The order or lease goes on.
		#[codec(index = 13)]
		EscrowWithdrawn {
			/// The order or lease.
			lease: LeaseId,
			/// Whose it is.
			who: T::AccountId,
			/// What it was to be paid with.
			payment: PaymentKind,
			/// How much.
			amount: BalanceOf<T>,
		},
	}

	#[pallet::error]
	pub enum Error<T> {
		/// There is no such order or lease, or not any more: look for its end in the events.
		UnknownLease,
		/// It is an order still: wait until its auction is closed, or cancel it.
		NotALease,
		/// The auction has been closed: bids and cancelling come too late.
		NotOpen,
		/// The caller is not the client.
		NotClient,
		/// The caller is not the provider of the lease.
		NotProvider,
		/// The caller is not the provider of the machine.
		NotMachineOwner,
		/// The bidder pays for the lease itself, or the payer serves it.
		OwnLease,
		/// An order needs a slot at least.
		ZeroSlots,
		/// The rate is zero.
		ZeroRate,
		/// A lease must last a block at least.
		ZeroBlocks,
		/// The auction is shorter than `MinAuctionBlocks` or longer than `MaxAuctionBlocks`.
		AuctionLengthOutOfRange,
		/// The grace is longer than `MaxGraceBlocks`.
		GraceTooLong,
		/// The notice is shorter than `MinNoticeBlocks` or longer than `MaxNoticeBlocks`.
		NoticeOutOfRange,
		/// The notice is shorter than the order demands.
		NoticeTooShort,
		/// The amount pays for less than `MinFundedBlocks` blocks: put more in.
		FundingTooSmall,
		/// As many others pay for the lease as can: the client, or one of them, can put more in.
		TooManySources,
		/// Leases cannot be paid with this.
		PaymentNotAccepted,
		/// The auction is over: it takes no bids any more, and its best bid, if there is one, has won.
		AuctionClosed,
		/// The auction is still open.
		AuctionOpen,
		/// The rate is above what the client pays.
		BidAboveCeiling,
		/// The rate is not far enough below the best bid.
		BidNotImproving,
		/// The machine's tier is below what the order asks for.
		TierTooLow,
		/// The machine stands in another region than the order asks for.
		WrongRegion,
		/// The provider's bonded stake does not cover its machines.
		ProviderNotActive,
		/// The lease ends before the notice would be over: there is nothing to be gained by it.
		EndsAlready,
		/// The lease's time was over before this came: place a new order.
		LeaseOver,
		/// Somebody has bid on what is to be run: it can be changed when there is a lease.
		HasBid,
		/// The caller has nothing in escrow that was not earned, or is the client, who closes the lease instead.
		NothingToDefund,
		/// No machine has so many slots.
		TooManySlots,
	}

	impl<T> From<PriceFault> for Error<T> {
		fn from(fault: PriceFault) -> Self {
			match fault {
				PriceFault::Zero => Self::ZeroRate,
				PriceFault::AboveCeiling => Self::BidAboveCeiling,
				PriceFault::NotImproving => Self::BidNotImproving,
			}
		}
	}
}
