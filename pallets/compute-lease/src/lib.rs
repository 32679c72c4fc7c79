//! # Compute leases
//!
//! Machine time, lent by the block: a client orders a machine with the money in escrow, providers bid against each other from
//! the client's ceiling downwards, the winner's machine is lent, and each block costs the rate until somebody ends the
//! lease, its time is over, or the money is. Work that is paid by the unit is pallet compute-market's; the machines are
//! those that are on offer there.
//!
//! ## A lease's way
//!
//! ```text
//!  place_order          close_auction              escrow runs out
//! ─────────────► Open ────────────────► Running ───────────────────► Paused
//!                 │  bid lowers          │  ▲                          │ │
//!                 │  the rate            │  └────────── fund ──────────┘ │
//!                 │                      │                              │
//!                 │ cancel_order,        │ close_lease, abandon,        │ the same, reclaim,
//!                 │ no bid               │ notice or time over          │ grace over
//!                 ▼                      ▼                              ▼
//!                end ◄───────────────────┴──────────────────────────────┘
//! ```
//!
//! [`LeaseState`] says for every state which calls leave it. What has ended is not stored: escrow and deposits go back in
//! the block in which it ends, and the events tell the rest.
//!
//! ## Who can end it, and what that costs
//!
//! | how | paid | what else |
//! |---|---|---|
//! | the client [closes](Pallet::close_lease) it, at any time | up to that block | |
//! | the client closes it as [unserved](Pallet::close_unserved), at any time | all but the last [`ArrearsBlocks`](Config::ArrearsBlocks) | these go to the treasury |
//! | the provider [gives notice](Pallet::reclaim), and it is over | up to the end of the notice | |
//! | the provider takes the machine back [in a pause](Pallet::reclaim) | up to the block that escrow did not cover | |
//! | the provider [abandons](Pallet::abandon) it | all but the last [`ArrearsBlocks`](Config::ArrearsBlocks) | [`Offence::LeaseAbandoned`] |
//! | escrow runs out, and the grace too | up to the block that escrow did not cover | |
//! | it has lasted as long as the order allows | up to that block | |
//!
//! A provider that is halted by a slash serves its leases to their end by these rules, and takes no new ones. A new price
//! takes a new order.
//!
//! ## The stream
//!
//! Nothing is written while a lease runs. What was served, what is payable and whether the lease still runs follow from
//! what is stored and the present block (see the module `clock`), so that [settling](Pallet::settle) is total and idempotent, and it
//! does not matter who does it, when, or how often. Akash settles lazily as well, and has two holes there: a second
//! settlement in a block finds no payments, and an overdrawn lease runs on until its provider withdraws. Here the block in which
//! escrow runs out is known, and on the chain's agenda.
//!
//! - Escrow covers whole blocks. What is left of it below the rate of a block comes back.
//! - Payment is [`ArrearsBlocks`](Config::ArrearsBlocks) late, so that what a provider forfeits by abandoning its client, or by
//!   not serving it, is there, whoever has settled when. It is paid up as soon as a lease pauses, or ends by its rules; so
//!   what is late are blocks since the lease began, or was last resumed.
//! - A **pause** is not paid for: the machine is kept for the client, and need not serve. All pauses together last no longer
//!   than the grace that the order names and the bidder has accepted, and each no longer than the provider likes.
//! - Anyone but the provider may pay for a lease. See the module `escrow` for whose money is spent first, and goes back to whom.
//! - Fees are those of the rail, see compute-market. They count towards the reward for work as far as that rewards
//!   work at [the least fee](assay_primitives::WorkRewards): machine time has no gas by which it could be told apart.
//!
//! ## Machines
//!
//! A lease takes [slots](MachineSlots) of a machine, from the best bid to the end. That keeps the machine busy, and a busy
//! machine is drawn for no capacity round: no client's machine does puzzles. Checkers probe it all the same.
//!
//! ## The chain keeps the clock
//!
//! Every order and lease has an item in the [`Agenda`] at the block where its next step is due, and
//! [`on_idle`](Hooks::on_idle) takes these steps within the weight that a block has left. What does not fit waits for the
//! next block, and changes nothing: a lease that is looked at late ends as of the block in which it ought to have.
//!
//! ## No walks
//!
//! No call and no step reads more than one lease, two machines and [`MaxSources`](Config::MaxSources) accounts. Auctions keep
//! only the best bid.

#![cfg_attr(not(feature = "std"), no_std)]

#[cfg(any(feature = "std", feature = "runtime-benchmarks", feature = "try-runtime"))]
extern crate alloc;

mod agenda;
mod auction;
#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod books;
mod calls;
mod clock;
mod escrow;
mod events;
#[cfg(any(feature = "std", feature = "try-runtime"))]
mod invariants;
#[cfg(test)]
mod mock;
mod stream;
#[cfg(test)]
mod tests;
mod types;
pub mod weights;

pub use clock::Standing;
pub use pallet::*;
pub use types::*;
pub use weights::WeightInfo;

use assay_primitives::{
	Appointments, AuctionRules, BlobHash, LeaseId, MachineId, MachineOffer, MachineSlots, Offence, OffenceReport, Paid,
	PaymentKind, PaymentRails, Postponement, PriceFault, ProviderStake, Recurring, Region, SharedBooks, Tier,
	WorkRewards,
};
use frame_support::{
	pallet_macros::import_section,
	pallet_prelude::*,
	traits::{
		fungible::{InspectHold, MutateHold},
		tokens::Precision,
		StorageVersion,
	},
	CloneNoBound, DebugNoBound, EqNoBound, PartialEqNoBound,
};
use sp_runtime::{
	traits::{CheckedAdd, One, Saturating, Zero},
	ArithmeticError, Perbill,
};

const LOG_TARGET: &str = "runtime::compute-lease";

// What the macros make of storage and errors expects; our own code does not.
#[allow(clippy::expect_used)]
#[import_section(events::events)]
#[import_section(calls::calls)]
#[frame_support::pallet]
pub mod pallet {
	use super::*;
	use frame_system::pallet_prelude::*;

	/// The in-code storage version.
	const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	#[pallet::config]
	pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>> {
		/// The native token, in which deposits are.
		type Currency: InspectHold<Self::AccountId, Reason = Self::RuntimeHoldReason> + MutateHold<Self::AccountId>;

		/// The runtime's hold reasons.
		type RuntimeHoldReason: From<HoldReason>;

		/// Escrow in whatever leases are paid with. The same rails as the market's: its checks of the state see both.
		type Rails: PaymentRails<Self::AccountId, BalanceOf<Self>>;

		/// The machines that are on offer, and their slots.
		type Machines: MachineSlots<Self::AccountId>;

		/// Who may serve, and who punishes a provider that abandons a lease.
		type Stake: ProviderStake<Self::AccountId, BalanceOf<Self>>;

		/// Who rewards work out of the emission.
		type Rewards: WorkRewards<Self::AccountId, BalanceOf<Self>>;

		/// What a client has on hold from placing an order until it, or the lease, has ended: pays for its storage. At least
		/// the existential deposit, so that it can always be released; the same holds for the bid's.
		#[pallet::constant]
		type OrderDeposit: Get<BalanceOf<Self>>;

		/// What a provider has on hold for being the best bidder of an open auction: makes it cost something to occupy them.
		#[pallet::constant]
		type BidDeposit: Get<BalanceOf<Self>>;

		/// By which part of the best rate a new bid has to be lower, rounded up, and by 1 at least. Below 100 %.
		#[pallet::constant]
		type MinBidImprovement: Get<Perbill>;

		/// The shortest auction, in blocks. At least 1: providers must have a block to see the order in.
		#[pallet::constant]
		type MinAuctionBlocks: Get<BlockNumberFor<Self>>;

		/// The longest auction before extensions, in blocks.
		#[pallet::constant]
		type MaxAuctionBlocks: Get<BlockNumberFor<Self>>;

		/// A bid in the last so many blocks of an auction keeps it open for so many blocks more. At most the shortest
		/// auction.
		#[pallet::constant]
		type ExtensionWindow: Get<BlockNumberFor<Self>>;

		/// By how many blocks all extensions together can put off the end of an auction. Without it, a rate that is improved
		/// by 1 at a time could keep a client waiting for ever.
		#[pallet::constant]
		type MaxExtension: Get<BlockNumberFor<Self>>;

		/// For how many blocks whatever is put into escrow must pay at least. Bounds how often a lease can pause, and makes
		/// every entry in its list of sources worth its place. At least 1.
		#[pallet::constant]
		type MinFundedBlocks: Get<BlockNumberFor<Self>>;

		/// By how many blocks payment is late while a lease runs: what a provider forfeits that abandons it, or of which its
		/// client says that it does not serve. As long as a client may take to notice that.
		#[pallet::constant]
		type ArrearsBlocks: Get<BlockNumberFor<Self>>;

		/// The longest grace, in blocks: for how long a client that does not pay keeps a machine from others if the provider lets
		/// it.
		#[pallet::constant]
		type MaxGraceBlocks: Get<BlockNumberFor<Self>>;

		/// The shortest notice, in blocks. At least 1.
		#[pallet::constant]
		type MinNoticeBlocks: Get<BlockNumberFor<Self>>;

		/// The longest notice, in blocks: how long a provider can be bound to serve at a rate that it regrets.
		#[pallet::constant]
		type MaxNoticeBlocks: Get<BlockNumberFor<Self>>;

		/// How many accounts can have money in the escrow of one lease: the client's, and others'. At least 1. Each costs
		/// every settlement a payment at most. Never lowered without a migration: a lease with more could not be read any more.
		#[pallet::constant]
		type MaxSources: Get<u32>;

		/// The longest URL of a manifest's source, in bytes. Never lowered without a migration, either.
		#[pallet::constant]
		type MaxUrlLen: Get<u32>;

		/// For how many blocks the due step of an order or lease rests that has failed for the first time; with each further failure for twice
		/// as long, up to 128 times this.
		///
		/// At least 1: long enough for what has stopped it to pass, short against what the step keeps waiting.
		#[pallet::constant]
		type RetryBlocks: Get<BlockNumberFor<Self>>;

		/// Weights of the calls and of the agenda's steps.
		type WeightInfo: WeightInfo;
	}

	/// Why this pallet has funds on hold. Escrow is on hold for the market's reason. Indices are pinned: append only.
	#[pallet::composite_enum]
	pub enum HoldReason {
		/// A client's deposit for an order's or lease's storage.
		#[codec(index = 0)]
		OrderDeposit,
		/// A provider's deposit for being the best bidder of an open auction.
		#[codec(index = 1)]
		BidDeposit,
	}

	/// The id that the next order gets.
	#[pallet::storage]
	pub type NextLeaseId<T> = StorageValue<_, LeaseId, ValueQuery>;

	/// All orders and leases that have not ended. Bounded by their deposits.
	#[pallet::storage]
	pub type Leases<T: Config> = StorageMap<_, Twox64Concat, LeaseId, Lease<T>>;

	/// By due block, the orders and leases whose next step the chain takes in that block: one item for each.
	#[pallet::storage]
	pub type Agenda<T: Config> = StorageDoubleMap<_, Twox64Concat, BlockNumberFor<T>, Twox64Concat, LeaseId, ()>;

	/// The first block of which the agenda may still hold items. Unset until the first order is placed.
	#[pallet::storage]
	pub type AgendaCursor<T: Config> = StorageValue<_, BlockNumberFor<T>>;

	/// When steps are tried again that the chain could not take when they were due.
	#[pallet::storage]
	pub type Postponed<T: Config> = StorageMap<_, Twox64Concat, LeaseId, Postponement<BlockNumberFor<T>>>;

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		fn on_idle(now: BlockNumberFor<T>, limit: Weight) -> Weight {
			Self::keep(now, limit)
		}

		fn integrity_test() {
			let one = BlockNumberFor::<T>::one();
			let (min_auction, max_auction) = (T::MinAuctionBlocks::get(), T::MaxAuctionBlocks::get());
			assert!(one <= min_auction && min_auction <= max_auction, "auction lengths must be a range from 1 up");
			assert!(T::ExtensionWindow::get() <= min_auction, "an extension must not outlast an auction");
			assert!(one <= T::RetryBlocks::get(), "a step that has failed must be tried in a later block");
			assert!(T::MinBidImprovement::get() < Perbill::one(), "a bid must be possible to beat");
			let (min_notice, max_notice) = (T::MinNoticeBlocks::get(), T::MaxNoticeBlocks::get());
			assert!(one <= min_notice && min_notice <= max_notice, "notices must be a range from 1 up");
			assert!(one <= T::MinFundedBlocks::get(), "a lease must be able to last a block");
			assert!(T::MaxSources::get() >= 1, "somebody must be able to pay");
			let minimum = <T::Currency as frame_support::traits::fungible::Inspect<T::AccountId>>::minimum_balance();
			for deposit in [T::OrderDeposit::get(), T::BidDeposit::get()] {
				assert!(deposit >= minimum, "a deposit below the existential deposit might be impossible to release");
			}
			let block = <T as frame_system::Config>::BlockWeights::get().max_block;
			assert!(Self::smallest_useful_limit().all_lte(block), "a block must have room for a step of the agenda");
		}

		#[cfg(feature = "try-runtime")]
		fn try_state(_now: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::do_try_state()
		}
	}

	#[pallet::view_functions]
	impl<T: Config> Pallet<T> {
		/// What placing `spec`, paid in `payment`, would take, or why it would be refused.
		pub fn order_quote(
			spec: OrderSpec<T>,
			payment: PaymentKind,
		) -> Result<OrderQuote<BalanceOf<T>>, DispatchError> {
			Self::check_spec(&spec, payment)?;
			Ok(OrderQuote {
				min_funding: Self::min_funding(spec.ceiling),
				deposit: T::OrderDeposit::get(),
				paid: T::Rails::quote(payment, spec.ceiling),
			})
		}

		/// An order whose auction was not closed yet.
		pub fn order(lease: LeaseId) -> Option<OrderView<T::AccountId, BalanceOf<T>, BlockNumberFor<T>>> {
			let entry = Leases::<T>::get(lease)?;
			let escrow = entry.escrow();
			let LeaseState::Open { closes_at, latest, best } = entry.state else { return None };
			let open = frame_system::Pallet::<T>::block_number() < closes_at;
			let rate_to_bid = match &best {
				_ if !open => Zero::zero(),
				Some(best) => Self::rules().price_to_beat(best.rate),
				None => entry.spec.ceiling,
			};
			Some(OrderView {
				client: entry.client,
				payment: entry.payment,
				escrow,
				closes_at,
				latest,
				rate_to_bid,
				best,
			})
		}

		/// A lease as it stands in this block, whether somebody has settled it or not.
		pub fn lease(lease: LeaseId) -> Option<LeaseView<T::AccountId, BalanceOf<T>, BlockNumberFor<T>>> {
			let entry = Leases::<T>::get(lease)?;
			let reckoning = entry.reckon(frame_system::Pallet::<T>::block_number())?;
			let tenancy = entry.tenancy()?.clone();
			let accrued = entry.price_to(reckoning.served_to);
			Some(LeaseView {
				runs_out_at: entry.runs_out_at(tenancy.bid.rate, tenancy.paid_to),
				unspent: entry.escrow().saturating_sub(accrued),
				client: entry.client,
				payment: entry.payment,
				standing: reckoning.standing,
				accrued,
				tenancy,
			})
		}

		/// The first block of a lease that escrow does not cover. `None` for an order.
		pub fn runs_out_at(lease: LeaseId) -> Option<BlockNumberFor<T>> {
			Self::lease(lease).map(|view| view.runs_out_at)
		}

		/// What the provider of a lease has earned and was not paid yet. `None` for an order.
		pub fn accrued(lease: LeaseId) -> Option<Accrued<BalanceOf<T>>> {
			let entry = Leases::<T>::get(lease)?;
			let reckoning = entry.reckon(frame_system::Pallet::<T>::block_number())?;
			let payable = entry.price_to(reckoning.payable_to);
			let paid = T::Rails::quote(entry.payment, payable);
			let earned = entry.price_to(reckoning.served_to);
			Some(Accrued { payment: entry.payment, earned, payable, paid })
		}
	}
}
