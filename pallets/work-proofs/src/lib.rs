//! # Work proofs
//!
//! How a wrong result is refuted. Nobody has to be believed: whoever says that a unit of a committed result is wrong has
//! the chain run that unit, and whoever was wrong pays.
//!
//! ## Disputes
//!
//! ```text
//!                         ┌ hashes of guest and input are the job's? ┐   ┌ same outcome: the bond goes to the provider
//! dispute_unit ─► opening ┤                                          ├ run
//!  (with a bond)          └ leaf of the committed root?              ┘   └ another: job refunded, provider slashed,
//!                                                                          the challenger gets its bond and its part
//! ```
//!
//! A [dispute](Pallet::dispute_unit) brings everything along: what the commitment has for the unit, the Merkle proof of
//! that, the guest and the input. The [`Arbiter`] runs the unit with the gas limit of the job and by the rules that were
//! in force when the job was submitted. It is all over within the call. A result can be disputed from its commitment until
//! it is paid for.
//!
//! A result is about all units of a job, or about a range of them where the job is paid for range by range. Units keep the
//! indices that they have in the job; their leaves are numbered from the first of the range on.
//!
//! A unit that traps has an outcome like any other: the commitment has a fixed value for each trap, and a provider is
//! right to commit to it. So have the units of a guest that is no program which the rules accept
//! ([`Trap::InvalidGuest`](assay_proofs::Trap)): whoever commits to outputs of one has not run it. Where the arbiter cannot run a
//! unit (it does not know the rules, or it fails itself) there is **no verdict** but an error, and the bond is not touched: an
//! opinion about the arbiter must cost nobody anything.
//!
//! ## Announcements
//!
//! Whoever sees a dispute waiting can send the same. So that whoever has found a wrong unit is its reporter, and nobody who
//! copies it, what is found is [announced](Pallet::announce_dispute) first: by a hash of challenger, job, unit and the outcome
//! that is right, which nobody knows who has not run the unit.
//!
//! ```text
//! announce_dispute ───┬── AnnouncementDelay ──► counts ──────────────────────────► forgotten after AnnouncementLifetime
//!  (with a deposit)   │                           └─ dispute_unit: the challenger is the reporter, if nobody has voted so
//!                     └── withdraw_announcement, at any time
//! ```
//!
//! The dispute finds the right outcome, and so the announcement. Of two who have announced the same, the one who disputes
//! first is the reporter. Without an announcement that is old enough a dispute is all the same, but **nobody is the
//! reporter**. Where checkers have voted for what the chain finds ([`Finders`]), one of them is: the challenger if that is
//! one of them, the first one otherwise. Their votes stand on chain before there is a dispute.
//!
//! ## Demands
//!
//! ```text
//! demand_unit ───► open ──── reveal_unit ───► answered: review prolonged, the provider paid for its trouble
//!  (with a deposit)  │
//!                    ├── time over: result refused, provider slashed  ┐ close_demand, or the chain by itself
//!                    └── job ended meanwhile: deposit back            ┘
//! ```
//!
//! A dispute needs the leaf and its proof, and a client needs the outputs, all of which the provider is to serve. From one
//! that does not, anyone can [demand](Pallet::demand_unit) a unit during the review. The result is not paid for while a
//! demand is open. The provider [reveals](Pallet::reveal_unit) the unit's output in a transaction, and is paid for that
//! out of the deposit; after that there is a [`DisputeWindow`](Config::DisputeWindow) in which what was revealed can
//! be disputed. A provider that lets [`RevealWindow`](Config::RevealWindow) pass is slashed as one that withholds data.
//! So is one that committed to a root of nothing, since nothing opens it.
//!
//! Whoever fills blocks to keep an answer out must fill them whole and pay more for it: answers are operational
//! transactions, for which blocks keep room that no others can take, and which the pool ranks by their fee.
//!
//! Demands are taken before the review ends only, so that they put off the payment by at most the two windows, and a result
//! has at most [`MaxOpenDemands`](Config::MaxOpenDemands) of them at a time, each paying for its answer, so that
//! nobody can demand more than can be revealed.
//!
//! ## Cost
//!
//! The weight of a dispute is charged in advance, by the gas limit and the sizes of guest and input, and what the unit
//! does not use is given back, as is that of all that is not done when it is refused. The dearest dispute fits into [`MaxDisputeShare`](Config::MaxDisputeShare) of the
//! largest transaction that a block has room for, whatever the guest does.
//!
//! Who refutes a result pays no fee if the provider was slashed at least the bond at once. Where it has less to lose,
//! be it that its stake is gone or that the slash failed, a dispute costs what it takes of a block: otherwise a
//! provider with nothing left that disputes its own results through another account could fill blocks for nothing.
//!
//! ## Money
//!
//! A bond stays free on the challenger's account, as a dispute is over when its call is. Deposits stay on their owner's
//! account, on [hold](HoldReason); that of an announcement always goes back. Refunds are the market's and slashes the
//! stake's business; both are asked through [`JobResults`] and [`ProviderStake`].

#![cfg_attr(not(feature = "std"), no_std)]

#[cfg(any(feature = "std", feature = "runtime-benchmarks", feature = "try-runtime"))]
extern crate alloc;

mod announce;
#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod bonds;
mod deadlines;
mod dispute;
#[cfg(any(feature = "std", feature = "try-runtime"))]
mod invariants;
#[cfg(test)]
mod mock;
mod reveal;
#[cfg(test)]
mod tests;
mod types;
mod verdict;
pub mod weights;

pub use announce::Expiry;
pub use pallet::*;
pub use types::*;
pub use weights::WeightInfo;

use assay_primitives::{
	Appointments, Arbiter, ArbiterError, BlockNumber, Convictions, EngineVersion, Fault, Finders, Gas, JobId,
	JobResult, JobResults, MachineId, OffenceReport, ProviderStake, VerdictObserver,
};
use assay_proofs::merkle::{self, Opening};
use frame_support::{
	dispatch::{DispatchErrorWithPostInfo, PostDispatchInfo, WithPostDispatchInfo},
	pallet_prelude::*,
	traits::{
		fungible::{BalancedHold, Inspect, InspectHold, MutateHold},
		OnUnbalanced, StorageVersion,
	},
};
use sp_core::H256;
use sp_runtime::{
	traits::{One, Saturating},
	Perbill,
};

const LOG_TARGET: &str = "runtime::work-proofs";

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
		/// The native token, in which bonds and deposits are held.
		type Currency: InspectHold<Self::AccountId, Reason = Self::RuntimeHoldReason>
			+ MutateHold<Self::AccountId>
			+ BalancedHold<Self::AccountId>;

		/// The runtime's hold reasons.
		type RuntimeHoldReason: From<HoldReason>;

		/// The results that can be disputed.
		type Results: JobResults<Self::AccountId>;

		/// Who is slashed for a refuted or withheld result.
		type Stake: ProviderStake<Self::AccountId, BalanceOf<Self>>;

		/// Who runs a disputed unit.
		type Arbiter: Arbiter;

		/// Who is told what disputed units came to.
		type Observer: VerdictObserver;

		/// Who has said what a unit comes to before it was disputed.
		type Finders: Finders<Self::AccountId>;

		/// Takes what its owner's account could not take.
		type ToTreasury: OnUnbalanced<CreditOf<Self>>;

		/// What a challenger must be able to pay, and pays to the provider when the unit is right.
		///
		/// Pays the provider for a doubt that a run off chain would have dispelled, since it gives the same outcome. At
		/// least the existential deposit, so that it can always be given; the same holds for the other deposit.
		///
		/// It is also what a refuted provider must be slashed for the dispute to be free. So much that the part of it
		/// that nobody gets back, whoever conspires, is worth more than the dearest dispute's fee.
		#[pallet::constant]
		type DisputeBond: Get<BalanceOf<Self>>;

		/// What somebody has on hold for an announcement until it is used, withdrawn or forgotten: pays for its storage.
		#[pallet::constant]
		type AnnouncementDeposit: Get<BalanceOf<Self>>;

		/// How many blocks after the block of an announcement it begins to count.
		///
		/// More than finality takes, so that no fork brings an announcement that was made when the dispute was seen; and more
		/// than a dispute waits for its block, since whoever sees it waiting has that long to announce the same. Short
		/// against [`DisputeWindow`](Config::DisputeWindow), so that there is time to announce what was shown. At least 1.
		#[pallet::constant]
		type AnnouncementDelay: Get<BlockNumberFor<Self>>;

		/// How many blocks after the block of an announcement it counts for the last time.
		///
		/// Bounds what the state keeps of it. Long enough for a dispute to get into blocks that are full.
		#[pallet::constant]
		type AnnouncementLifetime: Get<BlockNumberFor<Self>>;

		/// What somebody has on hold for a demand until it is answered or closed: pays for its storage, and for the answer.
		///
		/// At least the dearest answer and the existential deposit, so that a provider is never left with the cost.
		#[pallet::constant]
		type DemandDeposit: Get<BalanceOf<Self>>;

		/// What a provider gets for an answer to a demand, however long: the fee of a short transaction.
		#[pallet::constant]
		type RevealBaseFee: Get<BalanceOf<Self>>;

		/// What a provider gets for each byte of the output on top of that: the fee for the transaction's length.
		#[pallet::constant]
		type RevealByteFee: Get<BalanceOf<Self>>;

		/// For how many blocks after the block of a demand the unit can be revealed.
		///
		/// Long enough for a daemon to come back that is down, and to reveal all that can be demanded at once while blocks
		/// are full. At least 1.
		#[pallet::constant]
		type RevealWindow: Get<BlockNumberFor<Self>>;

		/// For how many blocks after an answer the result is not paid for, so that what was revealed can be disputed.
		///
		/// At least 1.
		#[pallet::constant]
		type DisputeWindow: Get<BlockNumberFor<Self>>;

		/// How many demands for units of one result can be open at once.
		///
		/// Keeps it possible to answer all of them in time. At least 1.
		#[pallet::constant]
		type MaxOpenDemands: Get<u32>;

		/// How many of them are kept for the job's client, whatever others demand. Others can demand as long as fewer than the rest
		/// are open, the client's own and the question of a committee counted.
		///
		/// Two at least, as a check by a committee takes one; less than all.
		#[pallet::constant]
		type ClientDemands: Get<u32>;

		/// The largest guest that can be given to a dispute, in bytes: the largest that the arbiter accepts.
		#[pallet::constant]
		type MaxGuestBytes: Get<u32>;

		/// The longest input that can be given to a dispute, in bytes: the longest that the arbiter accepts.
		#[pallet::constant]
		type MaxInputBytes: Get<u32>;

		/// The longest output that can be revealed, in bytes: the longest that a unit can have.
		#[pallet::constant]
		type MaxOutputBytes: Get<u32>;

		/// The most gas that a unit can use: what the arbiter accepts.
		#[pallet::constant]
		type MaxGas: Get<Gas>;

		/// Within which part of the largest transaction that a block has room for, in weight and in length, the dearest
		/// dispute stays.
		///
		/// Leaves room for everybody else. Checked by the integrity test; nothing is measured by it at run time.
		#[pallet::constant]
		type MaxDisputeShare: Get<Perbill>;

		/// Weights of the calls and of closing demands.
		type WeightInfo: WeightInfo;
	}

	/// Why the pallet has funds on hold. Indices are pinned: append only.
	#[pallet::composite_enum]
	pub enum HoldReason {
		/// The deposit for an open demand.
		#[codec(index = 0)]
		DemandDeposit,
		/// The deposit for an announcement.
		#[codec(index = 1)]
		AnnouncementDeposit,
	}

	/// The open demands, by job and unit. Bounded by their deposits.
	#[pallet::storage]
	pub type Demands<T: Config> = StorageDoubleMap<_, Twox64Concat, JobId, Twox64Concat, u32, Demand<T>, OptionQuery>;

	/// By the block in which the chain closes them, the open demands: one item for each.
	#[pallet::storage]
	pub type Deadlines<T: Config> =
		StorageDoubleMap<_, Twox64Concat, BlockNumberFor<T>, Twox64Concat, (JobId, u32), (), OptionQuery>;

	/// The first block of which there may still be deadlines. Unset until the first demand.
	#[pallet::storage]
	pub type DeadlineCursor<T: Config> = StorageValue<_, BlockNumberFor<T>>;

	/// What was announced, by whom and as which hash. Bounded by their deposits, and in time.
	#[pallet::storage]
	pub type Announcements<T: Config> =
		StorageDoubleMap<_, Blake2_128Concat, T::AccountId, Blake2_128Concat, H256, Announcement<T>, OptionQuery>;

	/// By the block in which the chain forgets them, the announcements: one item for each.
	#[pallet::storage]
	pub type Expiries<T: Config> =
		StorageDoubleMap<_, Twox64Concat, BlockNumberFor<T>, Blake2_128Concat, (T::AccountId, H256), (), OptionQuery>;

	/// The first block of which there may still be announcements to forget. Unset until the first announcement.
	#[pallet::storage]
	pub type ExpiryCursor<T: Config> = StorageValue<_, BlockNumberFor<T>>;

	/// Indices are pinned: append only.
	#[pallet::event]
	#[pallet::generate_deposit(pub(crate) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A disputed unit turned out to be right.
		#[codec(index = 0)]
		UnitUpheld {
			/// The job.
			job: JobId,
			/// The unit.
			index: u32,
			/// Who committed to it.
			provider: T::AccountId,
			/// Who disputed it.
			challenger: T::AccountId,
			/// Gas that finding out used.
			gas: Gas,
			/// What the provider got of the bond.
			paid: BalanceOf<T>,
		},
		/// A disputed unit turned out to be wrong: the job was refunded.
		#[codec(index = 1)]
		UnitRefuted {
			/// The job.
			job: JobId,
			/// The unit.
			index: u32,
			/// Who committed to it.
			provider: T::AccountId,
			/// Who disputed it, and has its bond back.
			challenger: T::AccountId,
			/// What the commitment has for the unit.
			claimed: H256,
			/// What it came to.
			found: H256,
			/// Gas that finding out used.
			gas: Gas,
			/// What the provider was slashed at once.
			slashed: BalanceOf<T>,
		},
		/// A unit was demanded.
		#[codec(index = 2)]
		UnitDemanded {
			/// The job.
			job: JobId,
			/// The unit.
			index: u32,
			/// Who wants to see it.
			by: T::AccountId,
			/// What that account has on hold for it.
			deposit: BalanceOf<T>,
			/// The last block in which it can be revealed.
			reveal_by: BlockNumberFor<T>,
		},
		/// A demanded unit was revealed. Its output and proof stand in the transaction.
		#[codec(index = 3)]
		UnitRevealed {
			/// The job.
			job: JobId,
			/// The unit.
			index: u32,
			/// Who revealed it.
			provider: T::AccountId,
			/// What the commitment has for it.
			outcome: H256,
			/// Who had demanded it.
			by: T::AccountId,
			/// What the provider got of the deposit.
			paid: BalanceOf<T>,
			/// What is no longer on hold of the rest.
			returned: BalanceOf<T>,
		},
		/// A demanded unit was not revealed in time: the job was refunded.
		#[codec(index = 4)]
		UnitWithheld {
			/// The job.
			job: JobId,
			/// The unit.
			index: u32,
			/// Who withheld it.
			provider: T::AccountId,
			/// Who had demanded it.
			by: T::AccountId,
			/// The deposit, which is no longer on hold.
			deposit: BalanceOf<T>,
			/// What the provider was slashed at once.
			slashed: BalanceOf<T>,
		},
		/// A demand was closed because its job had ended.
		#[codec(index = 5)]
		DemandDropped {
			/// The job.
			job: JobId,
			/// The unit.
			index: u32,
			/// Who had demanded it.
			by: T::AccountId,
			/// The deposit, which is no longer on hold.
			deposit: BalanceOf<T>,
		},
		/// Something ought not to have happened, and was worked around.
		#[codec(index = 6)]
		Unexpected {
			/// What.
			kind: UnexpectedKind<T::AccountId, BalanceOf<T>>,
		},
		/// Somebody has announced that it will dispute something.
		#[codec(index = 7)]
		DisputeAnnounced {
			/// Who.
			by: T::AccountId,
			/// What: nobody else can read it.
			hash: H256,
			/// What that account has on hold for it.
			deposit: BalanceOf<T>,
			/// The first block in which it counts.
			counts_from: BlockNumberFor<T>,
			/// The last one.
			until: BlockNumberFor<T>,
		},
		/// An announcement was taken back.
		#[codec(index = 8)]
		AnnouncementWithdrawn {
			/// Whose it was.
			by: T::AccountId,
			/// What it was.
			hash: H256,
			/// The deposit, which is no longer on hold.
			deposit: BalanceOf<T>,
		},
		/// An announcement was forgotten: its time was over.
		#[codec(index = 9)]
		AnnouncementExpired {
			/// Whose it was.
			by: T::AccountId,
			/// What it was.
			hash: H256,
			/// The deposit, which is no longer on hold.
			deposit: BalanceOf<T>,
		},
		/// What was announced was disputed, by whoever had announced it, and is wrong.
		#[codec(index = 10)]
		AnnouncementUsed {
			/// Whose it was.
			by: T::AccountId,
			/// What it was.
			hash: H256,
			/// The deposit, which is no longer on hold.
			deposit: BalanceOf<T>,
			/// Whether it was old enough, and not too old.
			counts: bool,
		},
	}

	#[pallet::error]
	pub enum Error<T> {
		/// The caller is the provider of the result itself.
		OwnResult,
		/// The caller is not the provider of the result.
		NotProvider,
		/// The result is not about this unit: the job has fewer, or it is paid for range by range, and this is none of the
		/// range under review.
		NoSuchUnit,
		/// The opening does not lead from that outcome of the unit to the committed root.
		OpeningInvalid,
		/// The gas limit is below that of the job's units.
		GasLimitTooLow,
		/// The caller could not pay the bond if the unit turned out to be right.
		BondNotCovered,
		/// A unit may use more gas than the arbiter has.
		GasLimitTooHigh,
		/// The guest is another one than the job's.
		GuestMismatch,
		/// The input is another one than the job's.
		InputMismatch,
		/// The arbiter does not know the rules under which the job was submitted: there is no verdict.
		UnknownEngine,
		/// The arbiter could not run the unit, which says nothing about it: there is no verdict.
		ArbiterFailed,
		/// The review is over: no unit can be demanded any more.
		ReviewOver,
		/// A demand for this unit is open already.
		DemandOpen,
		/// As many questions about the result are open as there can be; some of them are kept for the job's client.
		TooManyDemands,
		/// No demand for this unit is open.
		NoDemand,
		/// The time to reveal the unit is over.
		RevealTooLate,
		/// The time to reveal the unit is not over.
		RevealNotOver,
		/// The caller has announced this already: it can dispute when the announcement counts.
		AlreadyAnnounced,
		/// The caller has not announced this, or the announcement was used, withdrawn or forgotten.
		NotAnnounced,
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		fn on_idle(now: BlockNumberFor<T>, limit: Weight) -> Weight {
			let used = Self::keep(now, limit);
			used.saturating_add(Expiry::<T>::keep(now, limit.saturating_sub(used)))
		}

		fn integrity_test() {
			let minimum = T::Currency::minimum_balance();
			assert!(
				T::DisputeBond::get() >= minimum,
				"a bond below the existential deposit might be impossible to give"
			);
			assert!(
				T::DemandDeposit::get() >= Self::reveal_cost(T::MaxOutputBytes::get()).saturating_add(minimum),
				"a demand's deposit must cover the dearest answer"
			);
			assert!(T::RevealWindow::get() >= One::one(), "a provider must have a block to answer in");
			assert!(T::DisputeWindow::get() >= One::one(), "there must be a block to dispute an answer in");
			assert!(
				(2..T::MaxOpenDemands::get()).contains(&T::ClientDemands::get()),
				"demands must be possible, for the client beside a check, and for others"
			);
			assert!(
				T::AnnouncementDeposit::get() >= minimum,
				"an announcement's deposit below the existential deposit might be impossible to give"
			);
			let delay = T::AnnouncementDelay::get();
			assert!(delay >= One::one(), "whoever sees a dispute must not be able to announce it in the same block");
			let twice = delay.saturating_add(delay);
			assert!(twice <= T::DisputeWindow::get(), "there must be time to announce what an answer has shown");
			assert!(twice <= T::AnnouncementLifetime::get(), "an announcement must count for as long as it waits");

			let share = T::MaxDisputeShare::get();
			let length = *<T as frame_system::Config>::BlockLength::get().max.get(DispatchClass::Normal);
			let blobs = T::MaxGuestBytes::get().saturating_add(T::MaxInputBytes::get());
			assert!(blobs <= share * length, "the longest dispute takes more of a block than its share");
			let weights = <T as frame_system::Config>::BlockWeights::get();
			let most = weights.get(DispatchClass::Normal).max_extrinsic.unwrap_or(weights.max_block);
			let room = Weight::from_parts(share * most.ref_time(), share * most.proof_size());
			assert!(
				Self::max_dispute_weight().all_lte(room),
				"the dearest dispute takes more of a block than its share"
			);
			// What no transactions of the normal class can take of a block.
			let kept = <T as frame_system::Config>::BlockLength::get()
				.max
				.get(DispatchClass::Operational)
				.saturating_sub(length);
			assert!(T::MaxOutputBytes::get() < kept, "a full block must have room for the longest answer");
			let kept = weights.get(DispatchClass::Operational).reserved.unwrap_or_default();
			let dearest = T::WeightInfo::reveal_unit(T::MaxOutputBytes::get());
			assert!(dearest.all_lt(kept), "a full block must have room for the dearest answer");
			assert!(
				Self::smallest_useful_limit().all_lte(weights.max_block),
				"a block must have room for closing a demand"
			);
			assert!(
				Expiry::<T>::smallest_useful_limit().all_lte(weights.max_block),
				"a block must have room for forgetting an announcement"
			);
		}

		#[cfg(feature = "try-runtime")]
		fn try_state(_now: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::do_try_state()
		}
	}

	#[pallet::call]
	impl<T: Config> Pallet<T> {
		/// Say that unit `index` of a committed result is wrong, and have the chain run it.
		///
		/// Signed by anyone but the provider, who must have [`DisputeBond`](Config::DisputeBond) to spare. `claimed` is what the commitment has for the unit, and `opening` the proof of that; `guest` and `input` are
		/// what the job's hashes name; `gas_limit` is the job's or more, and is what the weight is charged by.
		///
		/// If the unit is wrong, the job's client gets its escrow back, the provider is slashed for
		/// [`WrongWork`](assay_primitives::Offence::WrongWork), and the caller pays no fee
		/// if that took at least [`DisputeBond`](Config::DisputeBond) at once. If it is right, the caller pays the bond
		/// to the provider; neither bond nor fee if checkers have lost as much by it, having voted otherwise.
		///
		/// The caller is the reporter if it has [announced](Pallet::announce_dispute) what the unit comes to at least
		/// [`AnnouncementDelay`](Config::AnnouncementDelay) blocks ago. If checkers have voted so before, one of them is: the
		/// caller, or the first. Otherwise nobody is. An announcement of it is used up in any case.
		///
		/// - Errors: those of the market when there is no result or none any more, [`OwnResult`](Error::OwnResult),
		///   [`GasLimitTooLow`](Error::GasLimitTooLow), [`NoSuchUnit`](Error::NoSuchUnit),
		///   [`OpeningInvalid`](Error::OpeningInvalid), [`BondNotCovered`](Error::BondNotCovered),
		///   [`GuestMismatch`](Error::GuestMismatch), [`InputMismatch`](Error::InputMismatch); and without a verdict
		///   [`UnknownEngine`](Error::UnknownEngine), [`GasLimitTooHigh`](Error::GasLimitTooHigh),
		///   [`ArbiterFailed`](Error::ArbiterFailed).
		/// - Emits [`UnitRefuted`](Event::UnitRefuted) or [`UnitUpheld`](Event::UnitUpheld), and
		///   [`AnnouncementUsed`](Event::AnnouncementUsed) if there was one.
		/// - Linear in the sizes of guest and input and in the gas used, O(log units) beside that. The weight of what was
		///   not used is refunded, also of a dispute that is refused: of the run when guest or input are not the job's, and of
		///   everything when a cheap check fails.
		#[pallet::call_index(0)]
		#[pallet::weight(Pallet::<T>::dispute_weight(*gas_limit, guest.len(), input.len()))]
		#[allow(clippy::too_many_arguments)]
		pub fn dispute_unit(
			origin: OriginFor<T>,
			job: JobId,
			index: u32,
			claimed: H256,
			opening: Opening,
			gas_limit: Gas,
			guest: GuestOf<T>,
			input: InputOf<T>,
		) -> DispatchResultWithPostInfo {
			let challenger = ensure_signed(origin)?;
			let claim = Claim { index, claimed, opening };
			// The cheapest first: whoever is refused pays for what was looked at until then.
			let result = Self::check_claim(&challenger, job, &claim, gas_limit)
				.map_err(|error| error.with_weight(T::WeightInfo::dispute_refused(0)))?;
			Self::check_blobs(&result, &guest, &input)
				.map_err(|error| error.with_weight(Self::refused_weight(guest.len(), input.len())))?;
			let run = T::Arbiter::run_unit(result.engine, &guest, &input, index, result.gas_per_unit)
				.map_err(|error| Self::without_verdict(error, guest.len(), input.len()))?;
			let weight = Self::dispute_weight(run.gas, guest.len(), input.len());
			let pays_fee =
				Self::judge(challenger, job, result, claim, run).map_err(|error| error.with_weight(weight))?;
			Ok(PostDispatchInfo { actual_weight: Some(weight), pays_fee })
		}

		/// Demand that unit `index` of a committed result be revealed on chain.
		///
		/// Signed by anyone but the provider, during the review. [`DemandDeposit`](Config::DemandDeposit) is held until the
		/// demand is answered, which takes the cost of the answer out of it, or closed. The result is not paid for
		/// meanwhile.
		///
		/// - Errors: those of the market when there is no result or none any more, [`OwnResult`](Error::OwnResult),
		///   [`NoSuchUnit`](Error::NoSuchUnit), [`DemandOpen`](Error::DemandOpen),
		///   [`TooManyDemands`](Error::TooManyDemands), [`ReviewOver`](Error::ReviewOver), and too little to hold.
		/// - Emits [`UnitDemanded`](Event::UnitDemanded).
		/// - O(1).
		#[pallet::call_index(1)]
		#[pallet::weight(T::WeightInfo::demand_unit())]
		pub fn demand_unit(origin: OriginFor<T>, job: JobId, index: u32) -> DispatchResult {
			Self::demand(ensure_signed(origin)?, job, index)
		}

		/// Answer a demand: show what unit `index` came to, with the proof that this is what was committed to.
		///
		/// Signed by the provider. It gets [`RevealBaseFee`](Config::RevealBaseFee) and
		/// [`RevealByteFee`](Config::RevealByteFee) for each byte out of the deposit; the rest goes back. The result is not
		/// paid for before another [`DisputeWindow`](Config::DisputeWindow) is over, unless its client accepts it.
		///
		/// - Errors: [`NoDemand`](Error::NoDemand), those of the market when there is no result any more,
		///   [`NotProvider`](Error::NotProvider), [`RevealTooLate`](Error::RevealTooLate),
		///   [`OpeningInvalid`](Error::OpeningInvalid).
		/// - Emits [`UnitRevealed`](Event::UnitRevealed).
		/// - Linear in the size of the output, O(log units) beside that. Operational, so that blocks that are kept full
		///   of other transactions have room for it; it pays the fee of any other transaction.
		#[pallet::call_index(2)]
		#[pallet::weight((T::WeightInfo::reveal_unit(output.len()), DispatchClass::Operational))]
		pub fn reveal_unit(
			origin: OriginFor<T>,
			job: JobId,
			index: u32,
			output: UnitOutput<T>,
			opening: Opening,
		) -> DispatchResult {
			Self::reveal(ensure_signed(origin)?, job, index, output, &opening)
		}

		/// Close a demand that was not answered in time, which refutes the result, or whose job has ended meanwhile.
		///
		/// Signed by anyone; the chain does it by itself too once the time to reveal is over. In the first case the client
		/// gets its escrow back, and the provider is slashed for
		/// [`DataWithheld`](assay_primitives::Offence::DataWithheld) with the account that demanded as reporter. The deposit
		/// goes back in both.
		///
		/// - Errors: [`NoDemand`](Error::NoDemand), [`RevealNotOver`](Error::RevealNotOver).
		/// - Emits [`UnitWithheld`](Event::UnitWithheld) or [`DemandDropped`](Event::DemandDropped).
		/// - O(1), apart from the stake's own bounded slash. The weight of the cheaper outcome is refunded.
		#[pallet::call_index(3)]
		#[pallet::weight(T::WeightInfo::close_demand_withheld().max(T::WeightInfo::close_demand_moot()))]
		pub fn close_demand(origin: OriginFor<T>, job: JobId, index: u32) -> DispatchResultWithPostInfo {
			ensure_signed(origin)?;
			let closed = Self::close(job, index)?;
			Ok(Some(closed.weight::<T>()).into())
		}

		/// Announce a dispute, so that whoever copies it when it is sent does not get what is due to the caller.
		///
		/// Signed by whoever is going to dispute. `hash` is [`assay_proofs::announcement::hash`] of job, unit, the outcome that
		/// is right and the caller; it is not checked, since that would tell what it is of.
		/// [`AnnouncementDeposit`](Config::AnnouncementDeposit) is held until a dispute uses the announcement, the caller
		/// withdraws it, or the chain forgets it after [`AnnouncementLifetime`](Config::AnnouncementLifetime).
		///
		/// - Errors: [`AlreadyAnnounced`](Error::AlreadyAnnounced), and too little to hold.
		/// - Emits [`DisputeAnnounced`](Event::DisputeAnnounced).
		/// - O(1).
		#[pallet::call_index(4)]
		#[pallet::weight(T::WeightInfo::announce_dispute())]
		pub fn announce_dispute(origin: OriginFor<T>, hash: H256) -> DispatchResult {
			Self::announce(ensure_signed(origin)?, hash)
		}

		/// Take an announcement back, and have its deposit released.
		///
		/// Signed by whoever has made it, at any time.
		///
		/// - Errors: [`NotAnnounced`](Error::NotAnnounced).
		/// - Emits [`AnnouncementWithdrawn`](Event::AnnouncementWithdrawn).
		/// - O(1).
		#[pallet::call_index(5)]
		#[pallet::weight(T::WeightInfo::withdraw_announcement())]
		pub fn withdraw_announcement(origin: OriginFor<T>, hash: H256) -> DispatchResult {
			Self::withdraw(ensure_signed(origin)?, hash)
		}
	}

	#[pallet::view_functions]
	impl<T: Config> Pallet<T> {
		/// What disputing a unit of a job takes, with a guest and an input of so many bytes. `None` when it has no result
		/// that can be disputed.
		pub fn dispute_quote(job: JobId, guest_bytes: u32, input_bytes: u32) -> Option<DisputeQuote<BalanceOf<T>>> {
			let result = T::Results::result(job).ok()?;
			let gas_limit = result.gas_per_unit;
			let weight = Self::dispute_weight(gas_limit, guest_bytes as usize, input_bytes as usize);
			Some(DisputeQuote { bond: T::DisputeBond::get(), gas_limit, engine: result.engine, weight })
		}

		/// The open demand for a unit of a job.
		pub fn open_demand(job: JobId, index: u32) -> Option<Demand<T>> {
			Demands::<T>::get(job, index)
		}

		/// What somebody has announced as `hash`.
		pub fn announcement(by: T::AccountId, hash: H256) -> Option<Announcement<T>> {
			Announcements::<T>::get(by, hash)
		}

		/// What a provider gets for revealing an output of so many bytes.
		pub fn reveal_payment(bytes: u32) -> BalanceOf<T> {
			Self::reveal_cost(bytes)
		}
	}
}
