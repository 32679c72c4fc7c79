//! # Compute market
//!
//! Where compute is traded: providers register machines, clients submit jobs with the money in escrow, providers bid
//! against each other from the client's ceiling downwards, the winner commits a result, and after the review the
//! provider is paid.
//!
//! ## A job's way
//!
//! ```text
//!  submit_job            close_auction          commit_result           accept_result | settle_job
//! ───────────► Open ───────────────► Assigned ───────────────► Committed ─────────────────────────► Settled
//!               │  bid lowers            │                                                            │
//!               │  the price             │ expire_job (deadline missed, provider slashed)             │ clear_job
//!               ▼                        ▼                                                            ▼
//!           Refunded ◄───────────────────┘  ──────────────────── clear_job ──────────────────────► removed
//! ```
//!
//! [`JobState`] says for every state which calls leave it.
//!
//! A committed result can be questioned and refuted, see the module `verdicts` and pallet work-proofs: a question keeps it
//! [`Contested`](JobState::Contested) and unpaid until it is answered, and a verdict against it refunds the client.
//!
//! ## Money
//!
//! All money stays on its owner's account, on [hold](HoldReason), until it is paid, burned, or released; the pallet has
//! no account of its own. A job is paid in one [kind of payment](PaymentKind), and its ceiling, bids and escrow are in the
//! smallest unit of that. Each kind has its [rail](Rails):
//!
//! | paid in | to the provider | fee | what counts for the work reward |
//! |---|---|---|---|
//! | native tokens | the price less the fee | [`Config::FeeRate`], of which [`Config::FeeBurnShare`] is burned and the rest goes to the treasury | the fee |
//! | an accepted asset | the price less the fee | [`AssetRailConfig::FeeRate`], all to the treasury | the fee's value in native tokens |
//! | compute credits | nothing | none: the credits are used up whole | what was burned for the credits |
//!
//! Akash has the same rates in two classes: less for its own token than for a stable one. A fee is part of the price and is
//! rounded down, in the provider's favour; the burned share of it is rounded down too. Rates count as they are when a job
//! is settled. A refund pays no fee.
//!
//! - Submitting a job puts `ceiling * units` into escrow. When the auction closes at a lower price, the difference is
//!   released at once.
//! - Settling and refunding are **total**: an account that cannot take an amount cannot keep a job from ending. Native
//!   tokens that would leave it below the existential deposit go to the treasury, and
//!   [`UnexpectedKind::PayoutDiverted`] says so. With an asset there is more to keep an account from taking it: its issuer
//!   can freeze the whole asset, or block the account; a small amount may not open an account. None of that is the
//!   owner's fault, nor for ever, so that the amount becomes its own all the same, on [hold](HoldReason::Unclaimed),
//!   until [`claim_payment`](Pallet::claim_payment) can give it out. Freezes of native tokens do not stop a payment
//!   either: the escrow was promised when it was put on hold.
//! - Both are **idempotent**: they leave the state which they need, so that a second try is an error without effect.
//! - An asset that is no longer accepted takes no new jobs; those that are paid in it end as they would have.
//! - Deposits keep storage and auctions from being flooded. They are native tokens, whatever the job is paid with. Each is
//!   recorded as it was paid, so that changing the constants never touches deposits that are on hold already.
//!
//! ## The chain keeps the clock
//!
//! Nobody has to call anything for a job to end: every live job has an item in the [`Agenda`] at the block where its
//! next step is due, and [`on_idle`](Hooks::on_idle) closes auctions, expires what missed its deadline and settles what
//! nobody contested, within the weight that a block has left. What does not fit waits for the next block, and anyone may
//! call the step meanwhile. An item whose step fails is dropped with an event; it never blocks those behind it.
//!
//! ## No walks
//!
//! No call and no step reads more than one job and two machines. Auctions keep only the best bid: the bid before it is
//! released when it is beaten.

#![cfg_attr(not(feature = "std"), no_std)]

#[cfg(any(feature = "std", feature = "runtime-benchmarks", feature = "try-runtime"))]
extern crate alloc;

mod agenda;
mod auction;
#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod escrow;
#[cfg(any(feature = "std", feature = "try-runtime"))]
mod invariants;
#[cfg(test)]
mod mock;
mod rails;
#[cfg(test)]
mod tests;
mod types;
mod verdicts;
pub mod weights;

pub use pallet::*;
pub use rails::{AssetRail, AssetRailConfig, CreditsRail, NativeRail, Rails};
pub use types::*;
pub use weights::WeightInfo;

use assay_primitives::{
	Appointments, BlobHash, EngineVersion, Fault, Gas, JobId, JobResult, JobResults, MachineId, MachineObserver,
	Offence, OffenceReport, Paid, PaymentKind, PaymentRails, ProviderStake, Region, ResultObserver, Tier, WorkRewards,
};
use frame_support::{
	pallet_prelude::*,
	traits::{
		fungible::{BalancedHold, InspectHold, MutateHold},
		tokens::Precision,
		OnUnbalanced, StorageVersion,
	},
};
use sp_core::H256;
use sp_runtime::{
	traits::{One, Saturating, Zero},
	Perbill,
};

const LOG_TARGET: &str = "runtime::compute-market";

// What the macros make of storage and errors expects; our own code does not.
#[allow(clippy::expect_used)]
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
		/// The native token: deposits are holds on it, and so is escrow that is paid in it.
		type Currency: InspectHold<Self::AccountId, Reason = Self::RuntimeHoldReason>
			+ MutateHold<Self::AccountId>
			+ BalancedHold<Self::AccountId>;

		/// The runtime's hold reasons.
		type RuntimeHoldReason: From<HoldReason>;

		/// Escrow in whatever jobs are paid with: [`Rails`] of [`NativeRail`], [`AssetRail`] and [`CreditsRail`].
		type Rails: PaymentRails<Self::AccountId, BalanceOf<Self>>;

		/// Who may serve, and who is slashed for a missed deadline.
		type Stake: ProviderStake<Self::AccountId, BalanceOf<Self>>;

		/// Who is told what becomes of machines.
		type Observer: MachineObserver<Self::AccountId>;

		/// Who is told of committed results, and may question them.
		type Checks: ResultObserver;

		/// Who rewards finished work out of the emission.
		type Rewards: WorkRewards<Self::AccountId, BalanceOf<Self>>;

		/// Takes the treasury's part of fees in native tokens, and what its owner's account could not take of them.
		type ToTreasury: OnUnbalanced<CreditOf<Self>>;

		/// The part of a job's price that the market keeps when it is paid in native tokens.
		///
		/// Rewards for work never exceed a part of it, so that it bounds what trading with oneself can earn. It may change
		/// at any time, and counts as it is when a job is settled. Whoever lets it change keeps it well below 100 %, or
		/// providers would work for nothing; no number that it can return loses or makes money.
		type FeeRate: Get<Perbill>;

		/// The part of that fee that is burned; the treasury gets the rest. May change like the rate.
		type FeeBurnShare: Get<Perbill>;

		/// What a client has on hold from submitting a job until it is cleared.
		///
		/// Pays for the storage of a job whose escrow may be tiny. At least the existential deposit, so that it can
		/// always be released; the same holds for the other deposits.
		#[pallet::constant]
		type JobDeposit: Get<BalanceOf<Self>>;

		/// What a provider has on hold for a registered machine: pays for its storage.
		#[pallet::constant]
		type MachineDeposit: Get<BalanceOf<Self>>;

		/// What a provider has on hold for being the best bidder of an open auction.
		///
		/// Makes it cost something to occupy auctions; without it, bidders could only be told apart by their slots.
		#[pallet::constant]
		type BidDeposit: Get<BalanceOf<Self>>;

		/// By which part of the best price a new bid has to be lower, rounded up, and by 1 at least.
		///
		/// Bounds the number of bids, and with it of extensions, that an auction can see. Below 100 %.
		#[pallet::constant]
		type MinBidImprovement: Get<Perbill>;

		/// The shortest auction, in blocks. At least 1: providers must have a block to see the job in.
		#[pallet::constant]
		type MinAuctionBlocks: Get<BlockNumberFor<Self>>;

		/// The longest auction before extensions, in blocks.
		#[pallet::constant]
		type MaxAuctionBlocks: Get<BlockNumberFor<Self>>;

		/// A bid in the last so many blocks of an auction keeps it open for so many blocks more.
		///
		/// Gives others time to answer, so that the last second has no advantage. Extensions always leave
		/// [`MinRunBlocks`](Config::MinRunBlocks) to the deadline. At most the shortest auction.
		#[pallet::constant]
		type ExtensionWindow: Get<BlockNumberFor<Self>>;

		/// The fewest blocks between the end of an auction and the deadline.
		///
		/// Keeps a client from setting deadlines that nobody can meet, and collecting the slash. At least 1.
		#[pallet::constant]
		type MinRunBlocks: Get<BlockNumberFor<Self>>;

		/// The most blocks from submission to deadline: how long a provider's slot and the client's money can be bound.
		///
		/// At least `MaxAuctionBlocks + MinRunBlocks`, or not every allowed auction could be held.
		#[pallet::constant]
		type MaxJobBlocks: Get<BlockNumberFor<Self>>;

		/// The shortest review, in blocks. At least 1: a client must have a block to look at the result in.
		#[pallet::constant]
		type MinReviewBlocks: Get<BlockNumberFor<Self>>;

		/// The longest review, in blocks: how long a client's silence can keep a provider waiting for its pay.
		#[pallet::constant]
		type MaxReviewBlocks: Get<BlockNumberFor<Self>>;

		/// For how many blocks after `deadline + review_blocks` only the client may clear an ended job.
		///
		/// Until then the outcome can be looked up on chain; after that anyone may make room.
		#[pallet::constant]
		type RetentionBlocks: Get<BlockNumberFor<Self>>;

		/// The most units of a job. Bounds the Merkle openings that later prove a unit.
		#[pallet::constant]
		type MaxUnits: Get<u32>;

		/// The most gas that one unit may use. Bounds what checking a single unit costs.
		#[pallet::constant]
		type MaxGasPerUnit: Get<Gas>;

		/// The most slots of a machine. All of them stand behind one machine's stake: more slots, less stake a job.
		#[pallet::constant]
		type MaxSlots: Get<u32>;

		/// The longest URL, in bytes, of a job's source or a machine's endpoint.
		#[pallet::constant]
		type MaxUrlLen: Get<u32>;

		/// The rules by which the units of jobs are run that are submitted now. Each job keeps its own version, so that
		/// raising this changes no verdict about jobs that are there already.
		#[pallet::constant]
		type Engine: Get<EngineVersion>;

		/// Weights of the calls and of the agenda's steps.
		type WeightInfo: WeightInfo;
	}

	/// Why the market has funds on hold. Indices are pinned: append only.
	#[pallet::composite_enum]
	pub enum HoldReason {
		/// A client's money behind a live job, in native tokens or in an asset.
		#[codec(index = 0)]
		Escrow,
		/// A client's deposit for a job's storage.
		#[codec(index = 1)]
		JobDeposit,
		/// A provider's deposit for a machine's storage.
		#[codec(index = 2)]
		MachineDeposit,
		/// A provider's deposit for being the best bidder of an open auction.
		#[codec(index = 3)]
		BidDeposit,
		/// Money of its own, in an asset, that the account could not take when it was due, until it
		/// [can](Pallet::claim_payment).
		#[codec(index = 4)]
		Unclaimed,
	}

	/// The id that the next registered machine gets.
	#[pallet::storage]
	pub type NextMachineId<T> = StorageValue<_, MachineId, ValueQuery>;

	/// The id that the next submitted job gets.
	#[pallet::storage]
	pub type NextJobId<T> = StorageValue<_, JobId, ValueQuery>;

	/// All registered machines. Bounded by their deposits.
	#[pallet::storage]
	pub type Machines<T: Config> = StorageMap<_, Twox64Concat, MachineId, Machine<T>>;

	/// All jobs that were not cleared. Bounded by their deposits.
	#[pallet::storage]
	pub type Jobs<T: Config> = StorageMap<_, Twox64Concat, JobId, Job<T>>;

	/// By due block, the jobs whose next step the chain takes in that block: one item for each live job.
	#[pallet::storage]
	pub type Agenda<T: Config> = StorageDoubleMap<_, Twox64Concat, BlockNumberFor<T>, Twox64Concat, JobId, ()>;

	/// The first block of which the agenda may still hold items. Unset until the first job is submitted.
	#[pallet::storage]
	pub type AgendaCursor<T: Config> = StorageValue<_, BlockNumberFor<T>>;

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
			/// Merkle root over the hashes of all units' outputs.
			root: H256,
			/// When anyone can settle.
			review_ends: BlockNumberFor<T>,
		},
		/// A job was paid: `to_provider + burned + to_treasury` left the escrow.
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
		/// The machine has jobs or is the best bid of an open auction.
		MachineBusy,
		/// All slots of the machine are taken.
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
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		fn on_idle(now: BlockNumberFor<T>, limit: Weight) -> Weight {
			Self::keep(now, limit)
		}

		fn integrity_test() {
			let one = BlockNumberFor::<T>::one();
			let (min_auction, max_auction) = (T::MinAuctionBlocks::get(), T::MaxAuctionBlocks::get());
			assert!(one <= min_auction && min_auction <= max_auction, "auction lengths must be a range from 1 up");
			let (min_review, max_review) = (T::MinReviewBlocks::get(), T::MaxReviewBlocks::get());
			assert!(one <= min_review && min_review <= max_review, "review lengths must be a range from 1 up");
			assert!(T::ExtensionWindow::get() <= min_auction, "an extension must not outlast an auction");
			assert!(one <= T::MinRunBlocks::get(), "a winner must have a block to compute in");
			assert!(
				max_auction.saturating_add(T::MinRunBlocks::get()) <= T::MaxJobBlocks::get(),
				"the longest auction must leave time to run within the longest job"
			);
			assert!(T::MinBidImprovement::get() < Perbill::one(), "a bid must be possible to beat");
			let minimum = <T::Currency as frame_support::traits::fungible::Inspect<T::AccountId>>::minimum_balance();
			for deposit in [T::JobDeposit::get(), T::MachineDeposit::get(), T::BidDeposit::get()] {
				assert!(deposit >= minimum, "a deposit below the existential deposit might be impossible to release");
			}
			assert!(T::MaxUnits::get() >= 1 && T::MaxGasPerUnit::get() >= 1, "jobs must be possible");
			assert!(T::MaxSlots::get() >= 1, "machines must be possible");
			let block = <T as frame_system::Config>::BlockWeights::get().max_block;
			assert!(Self::smallest_useful_limit().all_lte(block), "a block must have room for a step of the agenda");
		}

		#[cfg(feature = "try-runtime")]
		fn try_state(_now: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::do_try_state()
		}
	}

	#[pallet::call]
	impl<T: Config> Pallet<T> {
		/// Put a machine of `tier` with `slots` slots on offer, which stands in `region`, its outputs to be fetched from
		/// `endpoint`.
		///
		/// Signed by the provider, whose stake must cover the machine and from whom
		/// [`MachineDeposit`](Config::MachineDeposit) is held.
		///
		/// - Errors: [`SlotsOutOfRange`](Error::SlotsOutOfRange), those of the stake, and too little to hold.
		/// - Emits [`MachineRegistered`](Event::MachineRegistered).
		/// - O(1), apart from the stake's own O(tiers).
		#[pallet::call_index(0)]
		#[pallet::weight(T::WeightInfo::register_machine())]
		pub fn register_machine(
			origin: OriginFor<T>,
			tier: Tier,
			region: Region,
			slots: u32,
			endpoint: UrlOf<T>,
		) -> DispatchResult {
			let provider = ensure_signed(origin)?;
			ensure!((1..=T::MaxSlots::get()).contains(&slots), Error::<T>::SlotsOutOfRange);
			let machine = NextMachineId::<T>::get();
			let next = machine.0.checked_add(1).ok_or(sp_runtime::ArithmeticError::Overflow)?;

			let deposit = T::MachineDeposit::get();
			T::Currency::hold(&HoldReason::MachineDeposit.into(), &provider, deposit)?;
			T::Stake::add_machine(&provider, machine, tier, region)?;
			NextMachineId::<T>::put(MachineId(next));
			let entry = Machine { provider: provider.clone(), tier, region, slots, running: 0, endpoint, deposit };
			Machines::<T>::insert(machine, entry);
			T::Observer::registered(&provider, machine, tier, region);
			Self::deposit_event(Event::MachineRegistered { machine, provider, tier, region });
			Ok(())
		}

		/// Take a machine off the market and its deposit back.
		///
		/// Signed by its provider. All its slots must be free.
		///
		/// - Errors: [`UnknownMachine`](Error::UnknownMachine), [`NotMachineOwner`](Error::NotMachineOwner),
		///   [`MachineBusy`](Error::MachineBusy), those of the stake.
		/// - Emits [`MachineDeregistered`](Event::MachineDeregistered).
		/// - O(1), apart from the stake's own O(tiers).
		#[pallet::call_index(1)]
		#[pallet::weight(T::WeightInfo::deregister_machine())]
		pub fn deregister_machine(origin: OriginFor<T>, machine: MachineId) -> DispatchResult {
			let provider = ensure_signed(origin)?;
			let entry = Machines::<T>::get(machine).ok_or(Error::<T>::UnknownMachine)?;
			ensure!(entry.provider == provider, Error::<T>::NotMachineOwner);
			ensure!(entry.running == 0, Error::<T>::MachineBusy);

			T::Currency::release(&HoldReason::MachineDeposit.into(), &provider, entry.deposit, Precision::Exact)?;
			T::Stake::remove_machine(&provider, machine, entry.tier, entry.region)?;
			Machines::<T>::remove(machine);
			T::Observer::deregistered(machine);
			Self::deposit_event(Event::MachineDeregistered { machine, provider });
			Ok(())
		}

		/// Say where the outputs of a machine can be fetched from now on.
		///
		/// Signed by its provider.
		///
		/// - Errors: [`UnknownMachine`](Error::UnknownMachine), [`NotMachineOwner`](Error::NotMachineOwner).
		/// - Emits [`EndpointSet`](Event::EndpointSet).
		/// - O(1).
		#[pallet::call_index(2)]
		#[pallet::weight(T::WeightInfo::set_endpoint())]
		pub fn set_endpoint(origin: OriginFor<T>, machine: MachineId, endpoint: UrlOf<T>) -> DispatchResult {
			let provider = ensure_signed(origin)?;
			Machines::<T>::try_mutate(machine, |entry| -> DispatchResult {
				let entry = entry.as_mut().ok_or(Error::<T>::UnknownMachine)?;
				ensure!(entry.provider == provider, Error::<T>::NotMachineOwner);
				entry.endpoint = endpoint.clone();
				Ok(())
			})?;
			Self::deposit_event(Event::EndpointSet { machine, endpoint });
			Ok(())
		}

		/// Post a job that is paid in `payment`: open its auction, put `ceiling * units` of that into escrow, and hold
		/// [`JobDeposit`](Config::JobDeposit) in native tokens.
		///
		/// Signed by the client. An asset must leave its minimum balance beside the escrow. A job that is paid in credits
		/// brings its provider nothing but the reward for the work, because the credits are used up whole.
		///
		/// - Errors: one for each bound in [`JobSpec`] that is not kept ([`ZeroUnits`](Error::ZeroUnits),
		///   [`TooManyUnits`](Error::TooManyUnits), [`GasOutOfRange`](Error::GasOutOfRange),
		///   [`ZeroPrice`](Error::ZeroPrice), [`PriceOverflow`](Error::PriceOverflow),
		///   [`AuctionLengthOutOfRange`](Error::AuctionLengthOutOfRange), [`DeadlineTooSoon`](Error::DeadlineTooSoon),
		///   [`DeadlineTooLate`](Error::DeadlineTooLate), [`ReviewLengthOutOfRange`](Error::ReviewLengthOutOfRange)),
		///   [`PaymentNotAccepted`](Error::PaymentNotAccepted), and too little to hold.
		/// - Emits [`JobSubmitted`](Event::JobSubmitted).
		/// - O(1).
		#[pallet::call_index(3)]
		#[pallet::weight(T::WeightInfo::submit_job())]
		pub fn submit_job(origin: OriginFor<T>, spec: JobSpec<T>, payment: PaymentKind) -> DispatchResult {
			let client = ensure_signed(origin)?;
			let now = frame_system::Pallet::<T>::block_number();
			let escrow = Self::check_spec(&spec, payment, now)?;
			let id = NextJobId::<T>::get();
			let next = id.0.checked_add(1).ok_or(sp_runtime::ArithmeticError::Overflow)?;

			let deposit = T::JobDeposit::get();
			T::Rails::hold(payment, &client, escrow)?;
			T::Currency::hold(&HoldReason::JobDeposit.into(), &client, deposit)?;
			NextJobId::<T>::put(JobId(next));
			let units = spec.units;
			let closes_at = now.saturating_add(spec.auction_blocks);
			let state = JobState::Open { closes_at, best: None };
			Self::appoint(id, closes_at, now);
			let engine = T::Engine::get();
			Jobs::<T>::insert(id, Job { client: client.clone(), spec, payment, escrow, deposit, state, engine });
			Self::deposit_event(Event::JobSubmitted { job: id, client, units, payment, escrow });
			Ok(())
		}

		/// Offer to do an open job on `machine` for `price` a unit.
		///
		/// Signed by the machine's provider. The bid takes a slot of the machine, and [`BidDeposit`](Config::BidDeposit)
		/// is held; both are given back when the bid is beaten, the deposit also when the auction closes. Close to the end
		/// of the auction, a bid extends it.
		///
		/// - Errors: [`UnknownJob`](Error::UnknownJob), [`JobNotOpen`](Error::JobNotOpen), [`OwnJob`](Error::OwnJob),
		///   [`AuctionClosed`](Error::AuctionClosed), [`ZeroPrice`](Error::ZeroPrice),
		///   [`BidAboveCeiling`](Error::BidAboveCeiling), [`BidNotImproving`](Error::BidNotImproving),
		///   [`UnknownMachine`](Error::UnknownMachine), [`NotMachineOwner`](Error::NotMachineOwner),
		///   [`TierTooLow`](Error::TierTooLow), [`ProviderNotActive`](Error::ProviderNotActive),
		///   [`NoFreeSlot`](Error::NoFreeSlot), and too little to hold.
		/// - Emits [`BidPlaced`](Event::BidPlaced).
		/// - O(1): the number of bids before does not matter. Cheaper, and refunded, when there is no bid to beat.
		#[pallet::call_index(4)]
		#[pallet::weight(T::WeightInfo::bid())]
		pub fn bid(
			origin: OriginFor<T>,
			job: JobId,
			machine: MachineId,
			price: BalanceOf<T>,
		) -> DispatchResultWithPostInfo {
			let provider = ensure_signed(origin)?;
			let beaten = Self::place_bid(provider, job, machine, price)?;
			Ok(beaten.is_none().then(T::WeightInfo::bid_first).into())
		}

		/// Close an auction: assign the job to the best bid and release the surplus, or refund it.
		///
		/// Signed by anyone once the auction is over, which the chain does by itself too; by the client as soon as there
		/// is a bid. The escrow is refunded when nobody has bid, when the best bidder's stake no longer covers its
		/// machines, or when too little time is left for the work.
		///
		/// - Errors: [`UnknownJob`](Error::UnknownJob), [`JobNotOpen`](Error::JobNotOpen),
		///   [`AuctionOpen`](Error::AuctionOpen).
		/// - Emits [`JobAssigned`](Event::JobAssigned) or [`JobRefunded`](Event::JobRefunded).
		/// - O(1). The weight of the cheaper outcomes is refunded.
		#[pallet::call_index(5)]
		#[pallet::weight(T::WeightInfo::close_auction_assigned().max(T::WeightInfo::close_auction_withdrawn()))]
		pub fn close_auction(origin: OriginFor<T>, job: JobId) -> DispatchResultWithPostInfo {
			let caller = ensure_signed(origin)?;
			let entry = Jobs::<T>::get(job).ok_or(Error::<T>::UnknownJob)?;
			let outcome = Self::close(job, entry, Some(&caller))?;
			Ok(Some(outcome.weight::<T>()).into())
		}

		/// Withdraw a job that is not assigned yet, and take the whole escrow back.
		///
		/// Signed by the client. The best bid's slot and deposit are released. When the auction's clock has run down with a
		/// bid, that bid has won and the job can no longer be cancelled.
		///
		/// - Errors: [`UnknownJob`](Error::UnknownJob), [`NotClient`](Error::NotClient),
		///   [`JobNotOpen`](Error::JobNotOpen), [`AuctionClosed`](Error::AuctionClosed).
		/// - Emits [`JobRefunded`](Event::JobRefunded).
		/// - O(1). Cheaper, and refunded, when there is no bid.
		#[pallet::call_index(6)]
		#[pallet::weight(T::WeightInfo::cancel_job())]
		pub fn cancel_job(origin: OriginFor<T>, job: JobId) -> DispatchResultWithPostInfo {
			let client = ensure_signed(origin)?;
			let entry = Jobs::<T>::get(job).ok_or(Error::<T>::UnknownJob)?;
			ensure!(entry.client == client, Error::<T>::NotClient);
			let withdrawn = Self::cancel(job, entry)?;
			Ok(withdrawn.is_none().then(T::WeightInfo::cancel_job_without_bid).into())
		}

		/// Commit to the result of an assigned job by the Merkle `root` over the hashes of all units' outputs.
		///
		/// Signed by the provider who won the auction, once, in the block of the deadline at the latest. The review
		/// begins.
		///
		/// - Errors: [`UnknownJob`](Error::UnknownJob), [`JobNotAssigned`](Error::JobNotAssigned),
		///   [`NotAssignedProvider`](Error::NotAssignedProvider), [`DeadlinePassed`](Error::DeadlinePassed).
		/// - Emits [`ResultCommitted`](Event::ResultCommitted).
		/// - O(1).
		#[pallet::call_index(7)]
		#[pallet::weight(T::WeightInfo::commit_result())]
		pub fn commit_result(origin: OriginFor<T>, job: JobId, root: H256) -> DispatchResult {
			let provider = ensure_signed(origin)?;
			let entry = Jobs::<T>::get(job).ok_or(Error::<T>::UnknownJob)?;
			let JobState::Assigned { bid } = &entry.state else { return Err(Error::<T>::JobNotAssigned.into()) };
			ensure!(bid.provider == provider, Error::<T>::NotAssignedProvider);
			let now = frame_system::Pallet::<T>::block_number();
			ensure!(now <= entry.spec.deadline, Error::<T>::DeadlinePassed);

			let review_ends = now.saturating_add(entry.spec.review_blocks);
			let state = JobState::Committed { bid: bid.clone(), root, review_ends };
			Self::enter(job, entry, state);
			Self::deposit_event(Event::ResultCommitted { job, provider, root, review_ends });
			T::Checks::committed(job);
			Ok(())
		}

		/// Accept a committed result before the review is over: pay the provider now.
		///
		/// Signed by the client.
		///
		/// - Errors: [`UnknownJob`](Error::UnknownJob), [`NotClient`](Error::NotClient),
		///   [`JobNotCommitted`](Error::JobNotCommitted), [`ResultContested`](Error::ResultContested).
		/// - Emits [`JobSettled`](Event::JobSettled).
		/// - O(1).
		#[pallet::call_index(8)]
		#[pallet::weight(T::WeightInfo::accept_result())]
		pub fn accept_result(origin: OriginFor<T>, job: JobId) -> DispatchResult {
			let client = ensure_signed(origin)?;
			let entry = Jobs::<T>::get(job).ok_or(Error::<T>::UnknownJob)?;
			ensure!(entry.client == client, Error::<T>::NotClient);
			Self::settle(job, entry, true)
		}

		/// Pay for a committed result whose review is over.
		///
		/// Signed by anyone; the chain does it by itself too. A second settlement is an error without effect.
		///
		/// - Errors: [`UnknownJob`](Error::UnknownJob), [`JobNotCommitted`](Error::JobNotCommitted),
		///   [`ResultContested`](Error::ResultContested), [`ReviewNotOver`](Error::ReviewNotOver).
		/// - Emits [`JobSettled`](Event::JobSettled).
		/// - O(1).
		#[pallet::call_index(9)]
		#[pallet::weight(T::WeightInfo::settle_job())]
		pub fn settle_job(origin: OriginFor<T>, job: JobId) -> DispatchResult {
			ensure_signed(origin)?;
			let entry = Jobs::<T>::get(job).ok_or(Error::<T>::UnknownJob)?;
			Self::settle(job, entry, false)
		}

		/// Refund a job whose provider missed the deadline, and have the provider slashed.
		///
		/// Signed by anyone; the chain does it by itself too. The refund does not depend on the slash.
		///
		/// - Errors: [`UnknownJob`](Error::UnknownJob), [`JobNotAssigned`](Error::JobNotAssigned),
		///   [`DeadlineNotPassed`](Error::DeadlineNotPassed).
		/// - Emits [`JobRefunded`](Event::JobRefunded).
		/// - O(1), apart from the stake's own bounded slash.
		#[pallet::call_index(10)]
		#[pallet::weight(T::WeightInfo::expire_job())]
		pub fn expire_job(origin: OriginFor<T>, job: JobId) -> DispatchResult {
			ensure_signed(origin)?;
			let entry = Jobs::<T>::get(job).ok_or(Error::<T>::UnknownJob)?;
			Self::expire(job, entry)
		}

		/// Remove a job that has ended and release its deposit to its client.
		///
		/// Signed by the client at any time, or by anyone from
		/// `deadline + review_blocks +` [`RetentionBlocks`](Config::RetentionBlocks) on.
		///
		/// - Errors: [`UnknownJob`](Error::UnknownJob), [`JobLive`](Error::JobLive),
		///   [`RetentionNotOver`](Error::RetentionNotOver).
		/// - Emits [`JobCleared`](Event::JobCleared).
		/// - O(1).
		#[pallet::call_index(11)]
		#[pallet::weight(T::WeightInfo::clear_job())]
		pub fn clear_job(origin: OriginFor<T>, job: JobId) -> DispatchResult {
			let caller = ensure_signed(origin)?;
			let entry = Jobs::<T>::get(job).ok_or(Error::<T>::UnknownJob)?;
			ensure!(entry.has_ended(), Error::<T>::JobLive);
			let retained_until =
				entry.spec.deadline.saturating_add(entry.spec.review_blocks).saturating_add(T::RetentionBlocks::get());
			let now = frame_system::Pallet::<T>::block_number();
			ensure!(caller == entry.client || now >= retained_until, Error::<T>::RetentionNotOver);

			T::Currency::release(&HoldReason::JobDeposit.into(), &entry.client, entry.deposit, Precision::Exact)?;
			Jobs::<T>::remove(job);
			Self::deposit_event(Event::JobCleared { job });
			Ok(())
		}

		/// Give `who` all of `payment` that it could not take when it was due.
		///
		/// Signed by anyone: it goes to `who` in any case, and the treasury has no key to sign with.
		///
		/// - Errors: [`NothingToClaim`](Error::NothingToClaim), and those of the asset as long as `who` still cannot take it.
		/// - Emits [`PaymentClaimed`](Event::PaymentClaimed).
		/// - O(1).
		#[pallet::call_index(12)]
		#[pallet::weight(T::WeightInfo::claim_payment())]
		pub fn claim_payment(origin: OriginFor<T>, payment: PaymentKind, who: T::AccountId) -> DispatchResult {
			ensure_signed(origin)?;
			let amount = T::Rails::claim(payment, &who)?;
			ensure!(!amount.is_zero(), Error::<T>::NothingToClaim);
			Self::deposit_event(Event::PaymentClaimed { payment, account: who, amount });
			Ok(())
		}
	}

	#[pallet::view_functions]
	impl<T: Config> Pallet<T> {
		/// What submitting `spec`, paid in `payment`, would put on hold in this block, or why it would be refused.
		pub fn job_quote(spec: JobSpec<T>, payment: PaymentKind) -> Result<JobQuote<BalanceOf<T>>, DispatchError> {
			let escrow = Self::check_spec(&spec, payment, frame_system::Pallet::<T>::block_number())?;
			let paid = T::Rails::quote(payment, escrow);
			Ok(JobQuote { payment, escrow, deposit: T::JobDeposit::get(), paid })
		}

		/// How a price of `amount` in `payment` would be divided at the present rates. `None` if nothing can be paid with
		/// that.
		pub fn payment_quote(payment: PaymentKind, amount: BalanceOf<T>) -> Option<Paid<BalanceOf<T>>> {
			T::Rails::accepts(payment).then(|| T::Rails::quote(payment, amount))
		}

		/// What of `payment` waits for `who` to be able to [take](Pallet::claim_payment) it.
		pub fn unclaimed_payment(payment: PaymentKind, who: T::AccountId) -> BalanceOf<T> {
			T::Rails::unclaimed(payment, &who)
		}

		/// What the client of a job would get back if it ended without a result, and whether it can have that now.
		///
		/// `None` once there is a result, after the end, and for an unknown job.
		pub fn refund_preview(job: JobId) -> Option<RefundPreview<BalanceOf<T>>> {
			let entry = Jobs::<T>::get(job)?;
			let now = match &entry.state {
				JobState::Open { .. } => true,
				JobState::Assigned { .. } => frame_system::Pallet::<T>::block_number() > entry.spec.deadline,
				_ => return None,
			};
			Some(RefundPreview { payment: entry.payment, escrow: entry.escrow, deposit: entry.deposit, now })
		}

		/// How the price of a job would be divided if it were settled at its best bid or assigned price and at the present
		/// rates.
		///
		/// `None` without a bid, after the end, and for an unknown job.
		pub fn settlement_preview(job: JobId) -> Option<Settlement<BalanceOf<T>>> {
			let entry = Jobs::<T>::get(job)?;
			let total = entry.spec.total_at(entry.live_bid()?.price)?;
			Some(Settlement { payment: entry.payment, paid: T::Rails::quote(entry.payment, total) })
		}
	}
}
