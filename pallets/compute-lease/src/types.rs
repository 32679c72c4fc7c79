//! What is stored of orders and leases, and what can be asked about them.

use super::*;
use codec::DecodeWithMemTracking;
use frame_support::{traits::fungible::Inspect, CloneNoBound, DebugNoBound, EqNoBound, PartialEqNoBound};
use frame_system::pallet_prelude::BlockNumberFor;

/// Amount of the currency in which deposits are, and of whatever leases are paid in.
pub type BalanceOf<T> = <<T as Config>::Currency as Inspect<<T as frame_system::Config>::AccountId>>::Balance;
/// Where to find something off chain: the bytes of a URL.
pub type UrlOf<T> = BoundedVec<u8, <T as Config>::MaxUrlLen>;
/// Who has put how much into escrow for a lease and has not spent it yet, in the order in which it is spent.
pub type SourcesOf<T> =
	BoundedVec<Source<<T as frame_system::Config>::AccountId, BalanceOf<T>>, <T as Config>::MaxSources>;
/// A bid of this runtime.
pub type BidOf<T> = Bid<<T as frame_system::Config>::AccountId, BalanceOf<T>, BlockNumberFor<T>>;
/// A tenancy of this runtime.
pub type TenancyOf<T> = Tenancy<<T as frame_system::Config>::AccountId, BalanceOf<T>, BlockNumberFor<T>>;
/// The state of an order or lease of this runtime.
pub type StateOf<T> = LeaseState<<T as frame_system::Config>::AccountId, BalanceOf<T>, BlockNumberFor<T>>;

/// What a client asks for: a machine of this kind, for at most so much a block, to run this.
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
pub struct OrderSpec<T: Config> {
	/// The weakest class of machine that may bid.
	pub min_tier: Tier,
	/// Where the machine must stand; `None` for anywhere.
	pub region: Option<Region>,
	/// How many slots of one machine are wanted.
	pub slots: u32,
	/// The highest rate that the client pays: for all slots and one block, fee included, in the smallest unit of what the
	/// lease is paid with.
	pub ceiling: BalanceOf<T>,
	/// How many blocks the auction is open, extensions apart.
	pub auction_blocks: BlockNumberFor<T>,
	/// How many blocks the lease lasts at most, pauses included; `None` for as long as there is money.
	pub max_blocks: Option<BlockNumberFor<T>>,
	/// How many blocks the machine is kept for the client without pay, over all pauses together.
	pub grace_blocks: BlockNumberFor<T>,
	/// The fewest blocks of notice with which the provider may end the lease.
	pub min_notice: BlockNumberFor<T>,
	/// Hash of the document that says what is to be run.
	pub manifest: BlobHash,
	/// Base URL under which that can be fetched by its hash.
	pub source: UrlOf<T>,
}

/// A provider's offer to lend a machine.
#[derive(Clone, Debug, Decode, DecodeWithMemTracking, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo)]
pub struct Bid<AccountId, Balance, BlockNumber> {
	/// Who offers.
	pub provider: AccountId,
	/// The machine. The bid keeps the slots taken that the order asks for.
	pub machine: MachineId,
	/// What a block costs, in the smallest unit of what the lease is paid with.
	pub rate: Balance,
	/// With how many blocks of notice the provider may end the lease.
	pub notice: BlockNumber,
	/// What the provider put down for the bid, on hold as long as the auction is open.
	pub deposit: Balance,
}

/// What somebody has put into escrow for a lease.
#[derive(Clone, Debug, Decode, DecodeWithMemTracking, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo)]
pub struct Source<AccountId, Balance> {
	/// On whose account it is on hold, and who gets back what is not spent.
	pub who: AccountId,
	/// What is not spent. Above zero.
	pub left: Balance,
}

/// A machine lent to a client.
#[derive(Clone, Debug, Decode, DecodeWithMemTracking, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo)]
pub struct Tenancy<AccountId, Balance, BlockNumber> {
	/// The winning bid.
	pub bid: Bid<AccountId, Balance, BlockNumber>,
	/// The block in which the lease began.
	pub started: BlockNumber,
	/// The first block that is not paid for yet.
	pub paid_to: BlockNumber,
	/// How many blocks of grace are left.
	pub grace: BlockNumber,
	/// The block in which the lease ends whatever there is in escrow: the most that it may last, or the end of the notice
	/// that its provider gave.
	pub ends_at: Option<BlockNumber>,
	/// Whether that is the end of the notice.
	pub reclaimed: bool,
}

/// Where an order or lease stands. What has ended is not stored.
///
/// Indices are pinned: append only.
#[derive(Clone, Debug, Decode, DecodeWithMemTracking, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo)]
pub enum LeaseState<AccountId, Balance, BlockNumber> {
	/// An order: providers are bidding.
	///
	/// Left by [`close_auction`](Pallet::close_auction) (which the chain does by itself at `closes_at`) to
	/// [`Running`](LeaseState::Running) or to the end, and by [`cancel_order`](Pallet::cancel_order) to the end.
	/// [`bid`](Pallet::bid) changes it.
	#[codec(index = 0)]
	Open {
		/// The first block in which no bid is taken any more.
		closes_at: BlockNumber,
		/// What no extension goes beyond.
		latest: BlockNumber,
		/// The lowest bid so far.
		best: Option<Bid<AccountId, Balance, BlockNumber>>,
	},
	/// A lease: the machine serves, and each block costs the rate.
	///
	/// Left to [`Paused`](LeaseState::Paused) when escrow has run out; to the end when its time is over, both of which the
	/// chain does by itself, and by [`close_lease`](Pallet::close_lease), [`close_unserved`](Pallet::close_unserved) and
	/// [`abandon`](Pallet::abandon). [`settle`](Pallet::settle), [`fund`](Pallet::fund) and [`reclaim`](Pallet::reclaim) change it.
	#[codec(index = 1)]
	Running {
		/// What was agreed, and how far it is paid.
		tenancy: Tenancy<AccountId, Balance, BlockNumber>,
	},
	/// A lease whose escrow has run out: the machine is kept for the client, but need not serve, and nothing is paid.
	///
	/// Left by [`fund`](Pallet::fund) to [`Running`](LeaseState::Running); to the end when the grace or its time is over, which
	/// the chain does by itself, and by [`close_lease`](Pallet::close_lease), [`close_unserved`](Pallet::close_unserved),
	/// [`reclaim`](Pallet::reclaim) and [`abandon`](Pallet::abandon).
	#[codec(index = 2)]
	Paused {
		/// What was agreed. All that was served is paid.
		tenancy: Tenancy<AccountId, Balance, BlockNumber>,
		/// The first block that escrow did not cover.
		since: BlockNumber,
	},
}

/// An order, and the lease that came of it.
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
pub struct Lease<T: Config> {
	/// Who asked for it.
	pub client: T::AccountId,
	/// What was asked for.
	pub spec: OrderSpec<T>,
	/// What it is paid with. Ceiling, bids and escrow are in the smallest unit of that; deposits are native tokens.
	pub payment: PaymentKind,
	/// What is in escrow, by who has put it there.
	pub sources: SourcesOf<T>,
	/// What the client has on hold for the storage, as it was when it was paid.
	pub deposit: BalanceOf<T>,
	/// Where it stands.
	pub state: StateOf<T>,
}

impl<T: Config> Lease<T> {
	/// All that is in escrow.
	pub fn escrow(&self) -> BalanceOf<T> {
		self.sources.iter().fold(Zero::zero(), |sum: BalanceOf<T>, source| sum.saturating_add(source.left))
	}

	/// The bid that keeps slots of a machine taken.
	pub fn live_bid(&self) -> Option<&BidOf<T>> {
		match &self.state {
			LeaseState::Open { best, .. } => best.as_ref(),
			LeaseState::Running { tenancy } | LeaseState::Paused { tenancy, .. } => Some(&tenancy.bid),
		}
	}

	/// What was agreed, if there is a lease already.
	pub fn tenancy(&self) -> Option<&TenancyOf<T>> {
		match &self.state {
			LeaseState::Open { .. } => None,
			LeaseState::Running { tenancy } | LeaseState::Paused { tenancy, .. } => Some(tenancy),
		}
	}
}

/// Why an order or lease ended.
///
/// Indices are pinned: append only.
#[derive(Clone, Copy, Debug, Decode, DecodeWithMemTracking, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo)]
pub enum EndReason {
	/// The client withdrew the order before there was a lease.
	#[codec(index = 0)]
	Cancelled,
	/// Nobody had bid when the auction closed.
	#[codec(index = 1)]
	NoBids,
	/// The best bidder's stake no longer covered its machines when the auction closed.
	#[codec(index = 2)]
	ProviderHalted,
	/// The client closed the lease.
	#[codec(index = 3)]
	Closed,
	/// Escrow had run out, and nobody topped it up within the grace.
	#[codec(index = 4)]
	RanOut,
	/// The lease had lasted as long as it may.
	#[codec(index = 5)]
	Expired,
	/// The provider took the machine back: the notice was over, or the client did not pay.
	#[codec(index = 6)]
	Reclaimed,
	/// The provider took the machine back at once. It is reported for that.
	#[codec(index = 7)]
	Abandoned,
	/// The client closed the lease because the machine did not serve, as it says.
	#[codec(index = 8)]
	Unserved,
}

/// What placing an order would put on hold, and how the first payment would be divided.
#[derive(Clone, Debug, Decode, DecodeWithMemTracking, Encode, Eq, PartialEq, TypeInfo)]
pub struct OrderQuote<Balance> {
	/// The least that must go into escrow.
	pub min_funding: Balance,
	/// Held until the lease ends, in native tokens.
	pub deposit: Balance,
	/// How the price of a block at the ceiling would be divided at the present rates.
	pub paid: Paid<Balance>,
}

/// An order that providers can bid on.
#[derive(Clone, Debug, Decode, DecodeWithMemTracking, Encode, Eq, PartialEq, TypeInfo)]
pub struct OrderView<AccountId, Balance, BlockNumber> {
	/// Who asks.
	pub client: AccountId,
	/// What it is paid with.
	pub payment: PaymentKind,
	/// All that is in escrow for it.
	pub escrow: Balance,
	/// The first block in which no bid is taken any more.
	pub closes_at: BlockNumber,
	/// What bids in the last blocks can put that off to.
	pub latest: BlockNumber,
	/// The highest rate that can be bid now. Zero when none can.
	pub rate_to_bid: Balance,
	/// The lowest bid so far.
	pub best: Option<Bid<AccountId, Balance, BlockNumber>>,
}

/// A lease as it would stand if it were settled in this block.
#[derive(Clone, Debug, Decode, DecodeWithMemTracking, Encode, Eq, PartialEq, TypeInfo)]
pub struct LeaseView<AccountId, Balance, BlockNumber> {
	/// Who pays.
	pub client: AccountId,
	/// What was agreed.
	pub tenancy: Tenancy<AccountId, Balance, BlockNumber>,
	/// What it is paid with.
	pub payment: PaymentKind,
	/// Whether it runs.
	pub standing: Standing<BlockNumber>,
	/// What the provider has earned and was not paid yet.
	pub accrued: Balance,
	/// What nobody has earned yet.
	pub unspent: Balance,
	/// The first block that escrow does not cover, were nothing to end the lease before.
	pub runs_out_at: BlockNumber,
}

/// What a provider has earned in a lease and was not paid yet, as of this block.
#[derive(Clone, Debug, Decode, DecodeWithMemTracking, Encode, Eq, PartialEq, TypeInfo)]
pub struct Accrued<Balance> {
	/// What it is paid with.
	pub payment: PaymentKind,
	/// All of it.
	pub earned: Balance,
	/// What settling would pay of it now. The rest follows later, or when the lease ends by its rules.
	pub payable: Balance,
	/// How that would be divided at the present rates.
	pub paid: Paid<Balance>,
}

/// Something that ought not to happen, did, and was worked around.
///
/// Indices are pinned: append only.
#[derive(Clone, Debug, Decode, DecodeWithMemTracking, Encode, Eq, PartialEq, TypeInfo)]
pub enum UnexpectedKind {
	/// The chain could not take the due step of an order or lease. Nothing changed: it tries again later, and anyone
	/// can take the step by its call.
	#[codec(index = 0)]
	AgendaItemFailed {
		/// The order or lease.
		lease: LeaseId,
		/// What stopped it.
		error: DispatchError,
	},
}
