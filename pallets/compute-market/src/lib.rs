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
//! ## Range by range
//!
//! A client can have a job [paid in ranges](Pallet::submit_job_in_ranges) of so many units each. There is one auction, one winner
//! and one escrow, and the way from `Assigned` to the payment is gone once for each range, one after the other:
//!
//! ```text
//!  Assigned ── commit_result ──► Committed ── accept_result | settle_job ──► paid ─┬─ the last one ──► Settled
//!     ▲                                                                            │
//!     └──────────────────────────── the next range ◄───────────────────────────────┘
//! ```
//!
//! Each range has a commitment, a check, a review and a payment of its own, so that what is paid for has been looked at as
//! closely as a job of that size. A range that is refused, or late, ends the job as it would end any: what is not paid for
//! goes back to the client, what was paid for stays paid. While a result is under review the [deadline](JobSpec::deadline)
//! waits, and each payment moves it on by [`Config::MinRunBlocks`], in which the provider sees that it is to go on. [`Ranges`]
//! has the roots of what is paid for.
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
//! call the step meanwhile. An item whose step fails is reported and comes back later; it never blocks those behind it.
//!
//! ## Reputation
//!
//! Every account has a [`Reputation`], as a provider and as a client: an exponential average over the outcomes of its jobs.
//! A job may exclude bidders below a [minimum](JobSpec::min_reputation); no money depends on it. The module `reputation` says
//! what counts for whom. There are no events of it, as those of the jobs tell the same:
//! [`JobSettled`](Event::JobSettled), and [`JobRefunded`](Event::JobRefunded) with its reason.
//!
//! ## Machines and rails for others
//!
//! Machines are registered here, and their slots counted, whatever they are for: who else has work for them takes slots by
//! [`MachineSlots`], as leases do, and pays over the same rails. What they have of both is in [`Config::OtherBooks`], for the
//! checks of the state.
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
mod calls;
mod escrow;
mod events;
#[cfg(any(feature = "std", feature = "try-runtime"))]
mod invariants;
#[cfg(test)]
mod mock;
mod rails;
mod reputation;
mod slots;
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
	Appointments, AuctionRules, BlobHash, EngineVersion, Fault, Gas, JobId, JobResult, JobResults, MachineId,
	MachineObserver, MachineOffer, MachineSlots, Offence, OffenceReport, Paid, PaymentKind, PaymentRails, Postponement,
	PriceFault, ProviderStake, Recurring, Region, ResultObserver, SharedBooks, Tier, WorkRewards,
};
use frame_support::{
	pallet_macros::import_section,
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

		/// What else is booked on machines and rails: leases. Only checks of the state look at it.
		type OtherBooks: SharedBooks<Self::AccountId, BalanceOf<Self>>;

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

		/// What a client has on hold beside that for a job that is paid in ranges: pays for the storage of their roots.
		#[pallet::constant]
		type RangesDeposit: Get<BalanceOf<Self>>;

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

		/// The most ranges that a job can be paid in. At least 2. Bounds what is stored of it, and for how long reviews can
		/// put off its end.
		#[pallet::constant]
		type MaxRanges: Get<u32>;

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

		/// How far an outcome moves a [reputation](Score): so much of the way to 100 % or to zero.
		///
		/// An outcome has counted for half of what it did after about `0.7 / step` more. Too much, and one outcome decides;
		/// too little, and a provider that has turned bad keeps its name for long. Above zero, or nothing would count.
		#[pallet::constant]
		type ReputationStep: Get<Perbill>;

		/// The reputation of whoever has no outcomes yet.
		///
		/// What whoever begins anew under another name falls back to, or rises to: the more it is, the less is lost by that.
		#[pallet::constant]
		type InitialReputation: Get<Perbill>;

		/// For how many blocks the due step of a job rests that has failed for the first time; with each further failure for twice
		/// as long, up to 128 times this.
		///
		/// At least 1: long enough for what has stopped it to pass, short against what the step keeps waiting.
		#[pallet::constant]
		type RetryBlocks: Get<BlockNumberFor<Self>>;

		/// Weights of the calls and of the agenda's steps.
		type WeightInfo: WeightInfo;
	}

	/// Why the market has funds on hold. Indices are pinned: append only.
	#[pallet::composite_enum]
	pub enum HoldReason {
		/// Money behind a live job or lease, in native tokens or in an asset.
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

	/// How far the jobs are that are paid for range by range. Bounded by their deposits.
	#[pallet::storage]
	pub type Ranges<T: Config> = StorageMap<_, Twox64Concat, JobId, Progress<T>>;

	/// By due block, the jobs whose next step the chain takes in that block: one item for each live job.
	#[pallet::storage]
	pub type Agenda<T: Config> = StorageDoubleMap<_, Twox64Concat, BlockNumberFor<T>, Twox64Concat, JobId, ()>;

	/// The first block of which the agenda may still hold items. Unset until the first job is submitted.
	#[pallet::storage]
	pub type AgendaCursor<T: Config> = StorageValue<_, BlockNumberFor<T>>;

	/// When steps are tried again that the chain could not take when they were due.
	#[pallet::storage]
	pub type Postponed<T: Config> = StorageMap<_, Twox64Concat, JobId, Postponement<BlockNumberFor<T>>>;

	/// What became of the trades of those who have had any. Bounded by the accounts that there are: it goes with its account.
	#[pallet::storage]
	pub type Reputations<T: Config> = StorageMap<_, Blake2_128Concat, T::AccountId, Reputation>;

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
			assert!(one <= T::RetryBlocks::get(), "a step that has failed must be tried in a later block");
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
			assert!(T::MaxRanges::get() >= 2, "a job must be possible to divide");
			assert!(T::MaxUnits::get() >= 1 && T::MaxGasPerUnit::get() >= 1, "jobs must be possible");
			assert!(T::MaxSlots::get() >= 1, "machines must be possible");
			assert!(!T::ReputationStep::get().is_zero(), "an outcome must count");
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
		/// What submitting `spec`, paid in `payment`, would put on hold in this block, or why it would be refused.
		pub fn job_quote(spec: JobSpec<T>, payment: PaymentKind) -> Result<JobQuote<BalanceOf<T>>, DispatchError> {
			Self::quote(&spec, payment, None)
		}

		/// The same where the job is paid in ranges of `length` units.
		pub fn job_in_ranges_quote(
			spec: JobSpec<T>,
			payment: PaymentKind,
			length: u32,
		) -> Result<JobQuote<BalanceOf<T>>, DispatchError> {
			Self::quote(&spec, payment, Some(length))
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

		/// What became of the trades of `who` so far; where there were none, a newcomer's average over no outcomes.
		pub fn reputation(who: T::AccountId) -> Reputation {
			Self::reputation_of(&who)
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

		/// How the price of what is not paid for yet of a job would be divided if it were settled at its best bid or assigned
		/// price and at the present rates.
		///
		/// `None` without a bid, after the end, and for an unknown job.
		pub fn settlement_preview(job: JobId) -> Option<Settlement<BalanceOf<T>>> {
			let entry = Jobs::<T>::get(job)?;
			let price = entry.live_bid()?.price;
			let total = match entry.state {
				JobState::Open { .. } => entry.spec.total_at(price)?,
				_ => entry.escrow,
			};
			Some(Settlement { payment: entry.payment, paid: T::Rails::quote(entry.payment, total) })
		}
	}
}
