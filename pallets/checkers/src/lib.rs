//! # Checkers
//!
//! Somebody must look at results, or nobody would know which to dispute. Here a few bonded checkers, drawn at random, run a
//! sample of each result's units again. What they say is held against what was committed to; where it differs, they have the
//! chain run the unit. **A committee decides nothing that a computation can decide**: its vote costs a provider nothing
//! before the chain itself has found the same, and costs the voters their bonds when it has not.
//!
//! ## A check
//!
//! ```text
//!  result        an epoch's          all, or                all, or             leaves shown
//!  committed     randomness          CommitBlocks           RevealBlocks        and as found ─► Agreed, paid for
//!  │             │                   │                      │                   │               after DisputeBlocks
//!  ▼             ▼                   ▼                      ▼                   │
//!  ├── awaited ──┼───── Voting ──────┼───── Revealing ──────┼───── Opening ─────┼─ leaves shown
//!                committee and       hashes of votes        votes               │  and another ─► Accused: the chain
//!                sample drawn                               no majority:        │                 runs the unit
//!                                                           another committee   └─ not shown in OpenBlocks: result
//!                                                                                  refused as withheld
//! ```
//!
//! The result is [questioned](JobResults::contest) when it is committed and not paid for before the question is answered.
//! Committee and sample are drawn, see the module `draw`, by randomness that was not known when the result was committed.
//!
//! A vote is what each unit of the sample came to **and how much gas it used**. Gas is the same everywhere, and
//! stands neither in a commitment nor in an output: whoever copies what the provider serves instead of running the units does
//! not know it. Votes are committed to before they are shown, so that nobody can copy others.
//!
//! When more than half of the whole committee has found the same, the provider shows what its commitment has for the sample.
//! If that is something else, there is an accusation, and all that a dispute takes stands on chain: any member can
//! [have the chain run the unit](assay_primitives::Arbiter). If it is right it gets the reporter's part of the slash, and
//! pays no fee if that took at least the bond of a dispute. Nor does it pay bond or fee for having run a unit that is right, when that
//! shows the majority wrong. A vote is word of what it says, so that a member need not announce
//! its dispute, and whoever copies that makes a member the [reporter](Finders). If the majority was wrong, or bought, one honest checker is
//! enough, since it can dispute a result that the others have let pass just as well.
//!
//! ## Guest and input
//!
//! Members fetch them from the provider, which holds them since it has bid, or from the client. Who can have them from neither
//! says so, where everybody can read it: there is nothing in that to copy.
//!
//! ```text
//!  Voting ─── more than half of the committee say so ───► Asked ─┬─ shown: Voting again, of the same sample by the same
//!                                                                 │         members, of whom none can say so any more
//!  votes counted, no majority, and somebody says so ────► Asked ─┼─ shown: another committee, likewise
//!                                                                 └─ not shown in OpenBlocks: result refused as withheld
//! ```
//!
//! Whoever shows them pays the fee for them; they stand in the block's body, and the state keeps [which block](Shown) that is. See
//! the module `data`.
//!
//! ## What comes of a vote
//!
//! | known at the end | voted so | otherwise | silent |
//! |---|---|---|---|
//! | what the chain has found for a unit of the sample | rewarded | loses the whole bond | loses a little |
//! | what the majority has found, which nobody has refuted | rewarded | loses a part | loses a little |
//! | that the majority accused, and had nobody decide: another committee tries | loses a part | nothing | loses a little |
//! | that the result is wrong by a unit outside the sample, after the majority accused it | rewarded | nothing | loses a little |
//! | the same, without an accusation and with no other vote | rewarded | | loses a little |
//! | the same, with another vote | nothing | nothing | loses a little |
//! | no majority: another committee tries, at most [`MaxAttempts`](Config::MaxAttempts) | nothing | nothing | loses a little |
//! | that the job has ended before the votes were counted | nothing | nothing | nothing |
//! | that guest and input are withheld, and nobody has committed to a vote | who has said so is rewarded | | nothing |
//! | the same, and somebody has | nothing | nothing | nothing |
//!
//! That guest or input could not be had costs nobody anything, and brings nothing in the other rows.
//!
//! Another committee tries as well where the chain has found a majority wrong that is right about the result, or about that unit of
//! it: a lie about one unit must not have the others pass. After the last attempt there are [`DisputeBlocks`](Config::DisputeBlocks)
//! more for whoever knows better.
//!
//! In the rows about a unit outside the sample, no unit of the sample can be run any more. A provider can bring that about: it
//! refutes itself, or has it done, before a member shows voters wrong that it has bought. It saves them their bonds and pays
//! with its stake, which that member would have cost it; and since that member has voted otherwise, nobody is rewarded.
//!
//! Whoever is silent [`MaxSilences`](Config::MaxSilences) times in a row, which only a vote that was revealed interrupts, or
//! has less than [`MinBond`](Config::MinBond) left, loses its seat. It can join again by putting up what is missing.
//!
//! ## Probes
//!
//! Heartbeats say that a device has a connection to the chain; a probe, see the module `probes`, whether clients can reach the
//! machine. In the first block of each epoch that brings randomness some machines are drawn, and a committee for each. Until
//! [`ProbeBlocks`](Config::ProbeBlocks) later each member asks the machine for an answer to itself, signed by the device, and
//! reports. A probe ends when all have, and at the latest as the next epoch begins.
//!
//! | of the whole committee | the machine's quality | who said so | who said otherwise | silent |
//! |---|---|---|---|---|
//! | more than half were served | 1/16 of the way to one | rewarded as for a unit | nothing | loses a little |
//! | more than half could not reach it | 1/4 of the way to zero | rewarded as for a unit | nothing | loses a little |
//! | neither | nothing | nothing | nothing | loses a little |
//!
//! No stake hangs on it, since what was reachable cannot be checked again.
//!
//! ## Bounded
//!
//! A committee has [`CommitteeSize`](Config::CommitteeSize) members, a sample [`SampleSize`](Config::SampleSize) units, and
//! an epoch begins at most [`MaxWaiting`](Config::MaxWaiting) checks; results beyond that are [skipped](Event::Skipped),
//! as are all results while there are fewer checkers than a committee has members. Whatever takes a check on is O(members × sample).
//! An epoch begins at most [`MaxProbes`](Config::MaxProbes) probes, and ends those of the one before.

#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod data;
mod deadlines;
mod draw;
#[cfg(any(feature = "std", feature = "try-runtime"))]
mod invariants;
#[cfg(test)]
mod mock;
mod opening;
mod probes;
mod roster;
mod settle;
#[cfg(test)]
mod tests;
mod types;
mod votes;
pub mod weights;

pub(crate) use probes::Part;

pub use pallet::*;
pub use types::*;
pub use weights::WeightInfo;

use alloc::vec::Vec;
use assay_primitives::{
	Appointments, CheckerRewards, Convictions, Epoch, EpochIndex, Epochs, Finders, Gas, JobId, JobResult, JobResults,
	MachineId, MachineObserver, ProbedMachines, Region, ResultObserver, Tier, UnitRun, VerdictObserver,
};
use assay_proofs::merkle::Opening;
use frame_support::{
	dispatch::WithPostDispatchInfo,
	pallet_prelude::*,
	traits::{
		fungible::{BalancedHold, Inspect, InspectHold, MutateHold},
		OnUnbalanced, StorageVersion,
	},
};
use sp_core::H256;
use sp_runtime::{
	traits::{One, Zero},
	Perbill,
};

const LOG_TARGET: &str = "runtime::checkers";

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
		/// The native token, in which bonds are held.
		type Currency: InspectHold<Self::AccountId, Reason = Self::RuntimeHoldReason>
			+ MutateHold<Self::AccountId>
			+ BalancedHold<Self::AccountId>;

		/// The runtime's hold reasons.
		type RuntimeHoldReason: From<HoldReason>;

		/// The chain's epochs and their randomness.
		type Epochs: Epochs;

		/// The results that are checked.
		type Results: JobResults<Self::AccountId>;

		/// Who refuses a result of which a sample is withheld.
		type Convictions: Convictions;

		/// The machines that are probed.
		type Machines: ProbedMachines<Self::AccountId, Self::Signature>;

		/// What devices sign with.
		type Signature: Parameter;

		/// Who pays for checks.
		type Rewards: CheckerRewards<Self::AccountId>;

		/// Takes what checkers lose.
		type ToTreasury: OnUnbalanced<CreditOf<Self>>;

		/// What a checker has on hold.
		///
		/// More than a majority could be paid for letting a wrong result pass, by the least that a result may cost to be worth
		/// it. At least the existential deposit.
		#[pallet::constant]
		type Bond: Get<BalanceOf<Self>>;

		/// With less than this left of its bond, a checker loses its seat. At most the bond.
		#[pallet::constant]
		type MinBond: Get<BalanceOf<Self>>;

		/// For how many blocks a bond stays on hold after its checker has left.
		#[pallet::constant]
		type UnbondBlocks: Get<BlockNumberFor<Self>>;

		/// How many checkers a committee has. Odd.
		#[pallet::constant]
		type CommitteeSize: Get<u32>;

		/// How many units of a result are run again, or all if it has fewer. At least 1.
		#[pallet::constant]
		type SampleSize: Get<u32>;

		/// How many results can wait for randomness. Bounds the first block of an epoch.
		#[pallet::constant]
		type MaxWaiting: Get<u32>;

		/// In how many slots of an epoch results are committed that the next epoch's randomness is for. What is left of the epoch
		/// adds to that randomness, and must be some blocks.
		#[pallet::constant]
		type EarlySlots: Get<u32>;

		/// For how many blocks votes are committed to. At least 1, as all of these.
		#[pallet::constant]
		type CommitBlocks: Get<BlockNumberFor<Self>>;

		/// For how many blocks votes are revealed.
		#[pallet::constant]
		type RevealBlocks: Get<BlockNumberFor<Self>>;

		/// For how many blocks a provider can show what its commitment has for a sample, and before that guest and input if they
		/// are asked for.
		#[pallet::constant]
		type OpenBlocks: Get<BlockNumberFor<Self>>;

		/// The largest guest that can be shown, in bytes: the largest that can be disputed.
		#[pallet::constant]
		type MaxGuestBytes: Get<u32>;

		/// The longest input that can be shown, in bytes: the longest that can be disputed.
		#[pallet::constant]
		type MaxInputBytes: Get<u32>;

		/// For how many blocks after that whoever knows better can have the chain run a unit.
		#[pallet::constant]
		type DisputeBlocks: Get<BlockNumberFor<Self>>;

		/// How many committees try to come to a majority about a result. At least 1.
		#[pallet::constant]
		type MaxAttempts: Get<u32>;

		/// The part of a whole bond that silence costs.
		#[pallet::constant]
		type SilencePenalty: Get<Perbill>;

		/// The part of a whole bond that a vote costs that others have outvoted, or an accusation that nobody had decided.
		#[pallet::constant]
		type OutvotedPenalty: Get<Perbill>;

		/// Whoever is silent so many times in a row loses its seat. At least 1.
		#[pallet::constant]
		type MaxSilences: Get<u32>;

		/// For how many blocks members of a probe's committee can report. At least 1, and less than an epoch has.
		#[pallet::constant]
		type ProbeBlocks: Get<BlockNumberFor<Self>>;

		/// One machine is probed in an epoch for each so many that can be drawn, rounded up.
		#[pallet::constant]
		type SeatsPerProbe: Get<u32>;

		/// How many machines are probed in an epoch at most. Bounds its first block.
		#[pallet::constant]
		type MaxProbes: Get<u32>;

		/// Milliseconds after which an answer is none.
		#[pallet::constant]
		type MaxLatency: Get<u32>;

		/// Weights of calls and hooks.
		type WeightInfo: WeightInfo;
	}

	/// Why the pallet has funds on hold. Indices are pinned: append only.
	#[pallet::composite_enum]
	pub enum HoldReason {
		/// The bond of a checker.
		#[codec(index = 0)]
		CheckerBond,
	}

	/// The checkers, and those who have left and not withdrawn.
	#[pallet::storage]
	pub type Checkers<T: Config> = StorageMap<_, Blake2_128Concat, T::AccountId, Checker<T>>;

	/// The seats, numbered without gaps.
	#[pallet::storage]
	pub type Roster<T: Config> = CountedStorageMap<_, Twox64Concat, u32, T::AccountId>;

	/// The results that wait for randomness.
	#[pallet::storage]
	pub type Waiting<T: Config> = StorageValue<_, WaitingList<T>, ValueQuery>;

	/// The checks that are on. Bounded by the jobs that pay for what is checked.
	#[pallet::storage]
	pub type Checks<T: Config> = StorageMap<_, Twox64Concat, JobId, Check<T>>;

	/// In which block guest and input were shown, of jobs whose results wait for a check or are checked.
	#[pallet::storage]
	pub type Shown<T: Config> = StorageMap<_, Twox64Concat, JobId, BlockNumberFor<T>>;

	/// By the block in which the chain takes them on, the checks: one item for each.
	#[pallet::storage]
	pub type Deadlines<T: Config> =
		StorageDoubleMap<_, Twox64Concat, BlockNumberFor<T>, Twox64Concat, JobId, (), OptionQuery>;

	/// The first block of which there may still be deadlines. Unset until the first check.
	#[pallet::storage]
	pub type DeadlineCursor<T: Config> = StorageValue<_, BlockNumberFor<T>>;

	/// The epoch of the last block.
	#[pallet::storage]
	pub type LastEpoch<T> = StorageValue<_, EpochIndex>;

	/// The probes that are on.
	#[pallet::storage]
	pub type Probes<T: Config> = StorageMap<_, Twox64Concat, MachineId, Probe<T>>;

	/// The machines of these.
	#[pallet::storage]
	pub type Probing<T: Config> = StorageValue<_, ProbeList<T>, ValueQuery>;

	/// What the last probe with a majority found of each machine that is registered.
	#[pallet::storage]
	pub type Services<T> = StorageMap<_, Twox64Concat, MachineId, Service>;

	/// Indices are pinned: append only.
	#[pallet::event]
	#[pallet::generate_deposit(pub(crate) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A checker has put up what was missing of its bond, and has a seat.
		#[codec(index = 0)]
		Joined {
			/// The checker.
			checker: T::AccountId,
			/// What it has on hold.
			bond: BalanceOf<T>,
		},
		/// A checker has no seat any more.
		#[codec(index = 1)]
		Left {
			/// The checker.
			checker: T::AccountId,
			/// From which block on it can withdraw its bond.
			free_at: BlockNumberFor<T>,
		},
		/// A checker that had left has its bond back.
		#[codec(index = 2)]
		Withdrawn {
			/// The checker.
			checker: T::AccountId,
			/// The bond.
			amount: BalanceOf<T>,
		},
		/// A result will be checked.
		#[codec(index = 3)]
		Awaited {
			/// The job.
			job: JobId,
			/// The first epoch that can begin the check.
			epoch: EpochIndex,
		},
		/// A result is not checked, because too many are.
		#[codec(index = 4)]
		Skipped {
			/// The job.
			job: JobId,
		},
		/// The check of a result has begun.
		#[codec(index = 5)]
		Began {
			/// The job.
			job: JobId,
			/// The units to run.
			units: Vec<u32>,
			/// Who runs them.
			members: Vec<T::AccountId>,
			/// The last block to commit to a vote in.
			until: BlockNumberFor<T>,
		},
		/// A member has committed to its vote.
		#[codec(index = 6)]
		VoteCommitted {
			/// The job.
			job: JobId,
			/// The member.
			checker: T::AccountId,
		},
		/// No vote can be committed to any more: those that were are revealed.
		#[codec(index = 7)]
		RevealingBegan {
			/// The job.
			job: JobId,
			/// The last block to reveal in.
			until: BlockNumberFor<T>,
		},
		/// A member has revealed its vote. It stands in the transaction, and with the check.
		#[codec(index = 8)]
		VoteRevealed {
			/// The job.
			job: JobId,
			/// The member.
			checker: T::AccountId,
		},
		/// There is no majority.
		#[codec(index = 9)]
		NoMajority {
			/// The job.
			job: JobId,
			/// How many committees had come to none before.
			attempt: u32,
		},
		/// There is a majority. The provider has to show what its commitment has for the sample.
		#[codec(index = 10)]
		OpeningBegan {
			/// The job.
			job: JobId,
			/// The last block to show it in.
			until: BlockNumberFor<T>,
		},
		/// The commitment has what the majority has found.
		#[codec(index = 11)]
		Confirmed {
			/// The job.
			job: JobId,
			/// The last block before the result can be paid for.
			until: BlockNumberFor<T>,
		},
		/// The commitment has something else for a unit than the majority has found.
		#[codec(index = 12)]
		Contradicted {
			/// The job.
			job: JobId,
			/// The unit.
			index: u32,
			/// What the commitment has for it.
			claimed: H256,
			/// What the majority has found.
			found: H256,
			/// The last block to have the chain decide in.
			until: BlockNumberFor<T>,
		},
		/// A check has ended.
		#[codec(index = 13)]
		Ended {
			/// The job.
			job: JobId,
			/// How.
			conclusion: Conclusion,
		},
		/// A checker has lost a part of its bond.
		#[codec(index = 14)]
		Penalised {
			/// The job that it was to check.
			job: JobId,
			/// The checker.
			checker: T::AccountId,
			/// What for.
			failing: Failing,
			/// How much.
			amount: BalanceOf<T>,
		},
		/// Something ought not to have happened, and was worked around.
		#[codec(index = 15)]
		Unexpected {
			/// What.
			kind: UnexpectedKind,
		},
		/// A machine is probed.
		#[codec(index = 16)]
		ProbeBegan {
			/// The machine.
			machine: MachineId,
			/// Who asks it.
			members: Vec<T::AccountId>,
			/// The last block to report in.
			until: BlockNumberFor<T>,
		},
		/// A member has reported.
		#[codec(index = 17)]
		ProbeReported {
			/// The machine.
			machine: MachineId,
			/// The member.
			checker: T::AccountId,
			/// Whether it was served.
			served: bool,
		},
		/// A probe has ended.
		#[codec(index = 18)]
		ProbeEnded {
			/// The machine.
			machine: MachineId,
			/// Whether most of the committee were served or could not reach it. None when neither was.
			outcome: Option<bool>,
			/// Median of the latencies in milliseconds, if it served.
			latency: u32,
			/// Median of the rates in KiB a second, if it served.
			rate: u32,
		},
		/// A checker has not reported, and lost a part of its bond.
		#[codec(index = 19)]
		ProbeMissed {
			/// The machine that it was to ask.
			machine: MachineId,
			/// The checker.
			checker: T::AccountId,
			/// How much.
			amount: BalanceOf<T>,
		},
		/// A member could have guest or input from nobody.
		#[codec(index = 20)]
		DataMissed {
			/// The job.
			job: JobId,
			/// The member.
			checker: T::AccountId,
		},
		/// Most of the committee could not have guest or input. They are to be shown.
		#[codec(index = 21)]
		DataAsked {
			/// The job.
			job: JobId,
			/// The last block to show them in.
			until: BlockNumberFor<T>,
		},
		/// Guest and input were shown. They stand in the transaction. Votes are committed to again, by another committee if some were
		/// revealed.
		#[codec(index = 22)]
		DataShown {
			/// The job.
			job: JobId,
			/// Who has shown them.
			by: T::AccountId,
			/// The last block to commit to a vote in; the present one if there is to be another committee.
			until: BlockNumberFor<T>,
		},
	}

	#[pallet::error]
	pub enum Error<T> {
		/// The caller has a seat and a whole bond.
		AlreadyJoined,
		/// The caller is no checker.
		NotChecker,
		/// The caller has no seat.
		NotSeated,
		/// The caller has a seat: it must leave first.
		StillSeated,
		/// The caller is a member of checks or probes that have not ended.
		DutiesOpen,
		/// The time after leaving is not over.
		BondNotFree,
		/// No check of this job is on.
		UnknownCheck,
		/// The check is at another stage, or the stage is over.
		WrongStage,
		/// The caller is no member of the committee.
		NotMember,
		/// The caller has committed to a vote.
		AlreadyVoted,
		/// The caller has committed to no vote, or has revealed it.
		NothingToReveal,
		/// The vote is not the one that was committed to, or is not about the whole sample.
		VoteMismatch,
		/// The openings do not lead from the leaves of the sample, in its order, to the committed root.
		OpeningInvalid,
		/// The stage is not over.
		StageNotOver,
		/// As many results wait as can.
		WaitingListFull,
		/// This machine is not probed.
		UnknownProbe,
		/// The caller has reported.
		AlreadyReported,
		/// The time to report is over.
		ProbeOver,
		/// The machine's device has not signed that it answers the caller in this epoch, or there is none.
		NotAnswered,
		/// Guest and input were shown on chain: whoever looks there has them.
		DataIsShown,
		/// The guest is another one than the job's.
		GuestMismatch,
		/// The input is another one than the job's.
		InputMismatch,
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		fn on_initialize(now: BlockNumberFor<T>) -> Weight {
			Self::watch(now)
		}

		fn on_idle(now: BlockNumberFor<T>, limit: Weight) -> Weight {
			Self::keep(now, limit)
		}

		fn integrity_test() {
			assert!(T::CommitteeSize::get() % 2 == 1, "a committee must be able to have a majority");
			assert!(!T::SampleSize::get().is_zero(), "something must be checked");
			assert!(!T::MaxAttempts::get().is_zero(), "a committee must be able to try");
			assert!(!T::MaxSilences::get().is_zero(), "nobody could keep a seat");
			assert!(T::Bond::get() >= T::Currency::minimum_balance(), "a bond might be impossible to give back");
			assert!(T::MinBond::get() <= T::Bond::get(), "a whole bond must be enough for a seat");
			let windows = [
				T::CommitBlocks::get(),
				T::RevealBlocks::get(),
				T::OpenBlocks::get(),
				T::DisputeBlocks::get(),
				T::ProbeBlocks::get(),
			];
			assert!(!T::SeatsPerProbe::get().is_zero(), "a probe must be of somebody");
			assert!(windows.into_iter().all(|blocks| blocks >= One::one()), "a stage must have a block to act in");
			let blocks = <T as frame_system::Config>::BlockWeights::get();
			let quarter = Perbill::from_percent(25) * blocks.max_block;
			assert!(
				T::WeightInfo::turn(T::MaxWaiting::get()).ref_time() <= quarter.ref_time(),
				"the draws take more than a quarter of a block"
			);
			assert!(
				Self::smallest_useful_limit().all_lte(blocks.max_block),
				"a block must have room for taking a check on"
			);
			let length = *<T as frame_system::Config>::BlockLength::get().max.get(DispatchClass::Operational);
			let most = T::MaxGuestBytes::get().saturating_add(T::MaxInputBytes::get());
			assert!(most < length, "a block must have room for the largest guest and the longest input");
			let room = blocks.get(DispatchClass::Operational).max_extrinsic.unwrap_or(blocks.max_block);
			assert!(
				T::WeightInfo::show_data(most).all_lte(room),
				"showing guest and input weighs more than a transaction can"
			);
		}

		#[cfg(feature = "try-runtime")]
		fn try_state(_now: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::do_try_state()
		}
	}

	#[pallet::call]
	impl<T: Config> Pallet<T> {
		/// Put up what is missing of a whole [`Bond`](Config::Bond), and take a seat: from the next draw on, the caller can become
		/// a member of committees, and must vote or lose by it.
		///
		/// - Errors: [`AlreadyJoined`](Error::AlreadyJoined), and too little to hold.
		/// - Emits [`Joined`](Event::Joined).
		/// - O(1).
		#[pallet::call_index(0)]
		#[pallet::weight(T::WeightInfo::join())]
		pub fn join(origin: OriginFor<T>) -> DispatchResult {
			Self::do_join(ensure_signed(origin)?)
		}

		/// Give up the seat. Checks that are on go on, and the bond stays on hold for
		/// [`UnbondBlocks`](Config::UnbondBlocks).
		///
		/// - Errors: [`NotChecker`](Error::NotChecker), [`NotSeated`](Error::NotSeated).
		/// - Emits [`Left`](Event::Left).
		/// - O(1).
		#[pallet::call_index(1)]
		#[pallet::weight(T::WeightInfo::leave())]
		pub fn leave(origin: OriginFor<T>) -> DispatchResult {
			Self::do_leave(ensure_signed(origin)?)
		}

		/// Have the bond back, some time after leaving.
		///
		/// - Errors: [`NotChecker`](Error::NotChecker), [`StillSeated`](Error::StillSeated),
		///   [`DutiesOpen`](Error::DutiesOpen), [`BondNotFree`](Error::BondNotFree).
		/// - Emits [`Withdrawn`](Event::Withdrawn).
		/// - O(1).
		#[pallet::call_index(2)]
		#[pallet::weight(T::WeightInfo::withdraw())]
		pub fn withdraw(origin: OriginFor<T>) -> DispatchResult {
			Self::do_withdraw(ensure_signed(origin)?)
		}

		/// Commit to a vote: `commitment` is `assay_proofs::vote::commitment` of it.
		///
		/// Signed by a member of the committee, once, also if it has [missed](Pallet::miss_data) guest or input before. Free when
		/// it is taken. With the last one, votes are revealed at once.
		///
		/// - Errors: [`UnknownCheck`](Error::UnknownCheck), [`WrongStage`](Error::WrongStage),
		///   [`NotMember`](Error::NotMember), [`AlreadyVoted`](Error::AlreadyVoted).
		/// - Emits [`VoteCommitted`](Event::VoteCommitted), and maybe [`RevealingBegan`](Event::RevealingBegan).
		/// - O(1).
		#[pallet::call_index(3)]
		#[pallet::weight(T::WeightInfo::commit_vote())]
		pub fn commit_vote(origin: OriginFor<T>, job: JobId, commitment: H256) -> DispatchResultWithPostInfo {
			Self::do_commit(ensure_signed(origin)?, job, commitment)?;
			Ok(Pays::No.into())
		}

		/// Reveal a vote: what each unit of the sample came to, in order.
		///
		/// Signed by a member that has committed to it. Free when it is taken. With the last one, votes are counted at once.
		///
		/// - Errors: [`UnknownCheck`](Error::UnknownCheck), [`WrongStage`](Error::WrongStage),
		///   [`NotMember`](Error::NotMember), [`NothingToReveal`](Error::NothingToReveal),
		///   [`VoteMismatch`](Error::VoteMismatch).
		/// - Emits [`VoteRevealed`](Event::VoteRevealed), and maybe [`OpeningBegan`](Event::OpeningBegan) or
		///   [`NoMajority`](Event::NoMajority).
		/// - O(members × sample).
		#[pallet::call_index(4)]
		#[pallet::weight(T::WeightInfo::reveal_vote())]
		pub fn reveal_vote(
			origin: OriginFor<T>,
			job: JobId,
			findings: Findings<T>,
			salt: [u8; 32],
		) -> DispatchResultWithPostInfo {
			Self::do_reveal(ensure_signed(origin)?, job, findings, salt)?;
			Ok(Pays::No.into())
		}

		/// Show what the commitment has for the units of the sample, in order.
		///
		/// Signed by anyone; it is for the provider to see to it. Free when it is taken.
		///
		/// - Errors: [`UnknownCheck`](Error::UnknownCheck), [`WrongStage`](Error::WrongStage), those of the market when there is
		///   no result any more, [`OpeningInvalid`](Error::OpeningInvalid).
		/// - Emits [`Confirmed`](Event::Confirmed) or [`Contradicted`](Event::Contradicted).
		/// - O(sample × log units).
		#[pallet::call_index(5)]
		#[pallet::weight(T::WeightInfo::open_sample())]
		pub fn open_sample(origin: OriginFor<T>, job: JobId, leaves: Leaves<T>) -> DispatchResultWithPostInfo {
			ensure_signed(origin)?;
			Self::do_open(job, leaves)?;
			Ok(Pays::No.into())
		}

		/// Take a check on whose stage is over, or whose job has ended.
		///
		/// Signed by anyone; the chain does it by itself too.
		///
		/// - Errors: [`UnknownCheck`](Error::UnknownCheck), [`StageNotOver`](Error::StageNotOver).
		/// - Emits what belongs to the next stage, or [`Ended`](Event::Ended).
		/// - O(members × sample), apart from the stake's own bounded slash.
		#[pallet::call_index(6)]
		#[pallet::weight(T::WeightInfo::close_check())]
		pub fn close_check(origin: OriginFor<T>, job: JobId) -> DispatchResult {
			ensure_signed(origin)?;
			Self::advance(job)
		}

		/// Report whether a machine that is probed has answered, and how fast.
		///
		/// Signed by a member of its committee, once. Free when it is taken. With the last one, the probe ends at once. An answer
		/// that took longer than [`MaxLatency`](Config::MaxLatency), or a rate of zero, counts as none.
		///
		/// - Errors: [`UnknownProbe`](Error::UnknownProbe), [`NotMember`](Error::NotMember),
		///   [`AlreadyReported`](Error::AlreadyReported), [`ProbeOver`](Error::ProbeOver),
		///   [`NotAnswered`](Error::NotAnswered).
		/// - Emits [`ProbeReported`](Event::ProbeReported), and maybe [`ProbeEnded`](Event::ProbeEnded).
		/// - O(members).
		#[pallet::call_index(7)]
		#[pallet::weight(T::WeightInfo::report_probe())]
		pub fn report_probe(
			origin: OriginFor<T>,
			machine: MachineId,
			observation: Observation<T::Signature>,
		) -> DispatchResultWithPostInfo {
			Self::do_report(ensure_signed(origin)?, machine, observation)?;
			Ok(Pays::No.into())
		}

		/// Say that guest or input of a job cannot be had, neither from its provider nor from its client.
		///
		/// Signed by a member of the committee that has not voted, once. Free when it is taken. When more than half of the
		/// committee have said so, they are asked for; whoever is not among these can still vote.
		///
		/// - Errors: [`UnknownCheck`](Error::UnknownCheck), [`WrongStage`](Error::WrongStage), [`NotMember`](Error::NotMember),
		///   [`DataIsShown`](Error::DataIsShown), [`AlreadyVoted`](Error::AlreadyVoted).
		/// - Emits [`DataMissed`](Event::DataMissed), and maybe [`DataAsked`](Event::DataAsked) or
		///   [`RevealingBegan`](Event::RevealingBegan).
		/// - O(members).
		#[pallet::call_index(8)]
		#[pallet::weight(T::WeightInfo::miss_data())]
		pub fn miss_data(origin: OriginFor<T>, job: JobId) -> DispatchResultWithPostInfo {
			Self::do_miss(ensure_signed(origin)?, job)?;
			Ok(Pays::No.into())
		}

		/// Show guest and input of a job whose committee could not have them.
		///
		/// Signed by anyone; it is for the provider to see to it. They stand in the block's body and nowhere else. Members vote
		/// again after that, or another committee does if votes were counted.
		///
		/// - Errors: [`UnknownCheck`](Error::UnknownCheck), [`WrongStage`](Error::WrongStage), those of the market when there is
		///   no result any more, [`GuestMismatch`](Error::GuestMismatch), [`InputMismatch`](Error::InputMismatch).
		/// - Emits [`DataShown`](Event::DataShown), and maybe those of a check that came to no majority.
		/// - Linear in the sizes of guest and input. Nothing is charged for them when nobody has asked. Operational, as all
		///   answers that somebody is slashed for without them; it pays the fee of any other transaction.
		#[pallet::call_index(9)]
		#[pallet::weight((Pallet::<T>::show_weight(guest, input), DispatchClass::Operational))]
		pub fn show_data(
			origin: OriginFor<T>,
			job: JobId,
			guest: GuestOf<T>,
			input: InputOf<T>,
		) -> DispatchResultWithPostInfo {
			let by = ensure_signed(origin)?;
			let asked = Self::asked(job).map_err(|error| error.with_weight(T::WeightInfo::show_data(0)))?;
			Self::do_show(by, job, asked, &guest, &input)?;
			Ok(().into())
		}
	}

	#[pallet::view_functions]
	impl<T: Config> Pallet<T> {
		/// The checks that `who` is a member of. Walks through all that are on: for nodes, not for blocks.
		pub fn duties(who: T::AccountId) -> Vec<(JobId, Check<T>)> {
			let member = |check: &Check<T>| check.members.iter().any(|member| member.who == who);
			Checks::<T>::iter().filter(|(_, check)| member(check)).collect()
		}

		/// The check of a job's result.
		pub fn check(job: JobId) -> Option<Check<T>> {
			Checks::<T>::get(job)
		}

		/// In which block guest and input of a job were shown, if its result is checked or waits to be.
		pub fn data_shown(job: JobId) -> Option<BlockNumberFor<T>> {
			Shown::<T>::get(job)
		}

		/// The probes that `who` is a member of, by machine. Walks through all that are on, at most
		/// [`MaxProbes`](Config::MaxProbes).
		pub fn probes_of(who: T::AccountId) -> Vec<(MachineId, Probe<T>)> {
			let member = |probe: &Probe<T>| probe.members.iter().any(|member| member.who == who);
			let all = Probing::<T>::get().into_iter();
			all.filter_map(|machine| Some((machine, Probes::<T>::get(machine).filter(member)?))).collect()
		}

		/// What the last probe with a majority found of a machine.
		pub fn service(machine: MachineId) -> Option<Service> {
			Services::<T>::get(machine)
		}
	}

	impl<T: Config> Pallet<T> {
		/// Tell everybody that something was worked around which ought not to have happened.
		pub(crate) fn unexpected(kind: UnexpectedKind) {
			log::warn!(target: LOG_TARGET, "worked around: {kind:?}");
			Self::deposit_event(Event::Unexpected { kind });
		}
	}
}
