//! # Capacity
//!
//! What machines can do is proved before they have work: in every epoch some of them are drawn, do a chain of matrix
//! products that only real capacity does in time, and open what is asked for. Those who prove earn; the reward is for what was
//! proved, never for what was registered. How the proof works, and what it is worth, is the business of
//! `assay_proofs::capacity`; here stands who is asked, by when, and what an answer or the lack of one costs.
//!
//! ## A round
//!
//! ```text
//!  epoch e begins                       2/3 of e            e + 1 begins               ProveBlocks later
//!  │ draw, seeds known                  │                   │ challenge known          │
//!  ▼                                    ▼                   ▼                          ▼
//!  ├──────────── work, commit ──────────┼── 50 more blocks ─┼────────── prove ─────────┤
//!                                         of randomness     └► who has not committed:  └► who has not proved:
//!                                                              a missed challenge         as a wrong proof
//! ```
//!
//! Draw and seeds come from the randomness that becomes known as the epoch begins, challenges from that of the next one, to
//! which blocks still add after the last commitment. If an epoch is skipped, brings no randomness, or had fewer than
//! [`MinRoundBlocks`](Config::MinRoundBlocks) blocks, the round is [void](Stage::Void): no reward, no slash.
//!
//! | a machine that was drawn | |
//! |---|---|
//! | proves | points: what it has proved × [quality] × [scarcity] of its region, both as they were at the draw |
//! | has not committed, whatever work it was given since | [`Offence::MissedChallenge`]: a small step, twice as much with each repetition, contestable |
//! | shows that what it committed to is wrong | [`Offence::FalseCapacity`], at once |
//! | has committed and shows nothing in time | the same, or silence would be the answer of whoever is caught |
//!
//! A proof that shows nothing is not accepted as a transaction, and another can be sent until the time is over. That is
//! many epochs, since what is opened is fixed by then: the time is for machines that fail, and helps no cheat.
//!
//! A client's hardware does no puzzles: a machine that has work, or is the best bidder of an auction, as the epoch begins is not
//! drawn. One that was drawn takes no work before it has committed; for what it takes all the same it is not excused.
//!
//! ## Who is drawn
//!
//! The modules [`draw`](self) and `machines` say how: by `stake × quality / (1 + recent)`, machines of a provider together and
//! yet each as often as if it stood alone, from weights that nobody could change in the last two epochs.
//!
//! ## Costs nothing to live
//!
//! Heartbeats, commitments and proofs are signed by a device key and are free, see the module `heartbeats`.
//!
//! ## Bounded
//!
//! The draw is made in the first block of an epoch, its cost bounded by [`MaxDrawn`](Config::MaxDrawn). All else waits for
//! blocks with weight left, see the module `backlog`. No call walks through machines.

#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod backlog;
#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod draw;
mod heartbeats;
#[cfg(any(feature = "std", feature = "try-runtime"))]
mod invariants;
mod machines;
#[cfg(test)]
mod mock;
mod probes;
pub mod quality;
mod rounds;
pub mod scarcity;
#[cfg(test)]
mod tests;
mod types;
pub mod weights;

pub use self::draw::FADE_EPOCHS;
#[cfg(feature = "runtime-benchmarks")]
pub use benchmarking::BenchmarkHelper;
pub use heartbeats::payload;
pub use pallet::*;
pub use scarcity::RegionTable;
pub use types::*;
pub use weights::WeightInfo;

use alloc::vec::Vec;
use assay_primitives::{
	Balance, CapacityRewards, Epoch, EpochIndex, Epochs, MachineId, MachineObserver, Offence, OffenceReport,
	ProbedMachines, ProviderStake, Region, RoundId, Tier,
};
use assay_proofs::{
	capacity::{challenge, first_seed, verify, Fault, Params, Proof, MAX_EXPANDED, MAX_N, MAX_STEPS},
	draw as tree,
};
use core::marker::PhantomData;
use frame_support::{pallet_prelude::*, traits::StorageVersion, BoundedBTreeMap};
use sp_core::H256;
use sp_runtime::{
	traits::{BlakeTwo256, Bounded, CheckedSub, Convert, Hash as _, IdentifyAccount, One, Saturating, Verify, Zero},
	Perbill,
};

const LOG_TARGET: &str = "runtime::capacity";

/// BLAKE2b-256 of something.
fn blake2_256(data: &[u8]) -> [u8; 32] {
	BlakeTwo256::hash(data).0
}

// What the macros make of storage and errors expects; our own code does not.
#[allow(clippy::expect_used)]
#[frame_support::pallet]
pub mod pallet {
	use super::*;
	use frame_system::{ensure_authorized, pallet_prelude::*};

	/// The in-code storage version.
	const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	#[pallet::config]
	pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>> {
		/// The chain's epochs and their randomness.
		type Epochs: Epochs;

		/// What stands behind machines, and who is slashed.
		type Stake: ProviderStake<Self::AccountId, Balance>;

		/// Who pays for proven capacity.
		type Rewards: CapacityRewards<Self::AccountId>;

		/// What devices sign with.
		type Signature: Parameter + Verify<Signer: IdentifyAccount<AccountId = Self::AccountId>>;

		/// What a round asks of a machine of a class. None for a class that has no rounds. A change counts from the next draw
		/// on.
		type RoundParams: Convert<Tier, Option<Params>>;

		/// Slots of an epoch.
		#[pallet::constant]
		type EpochSlots: Get<u32>;

		/// Milliseconds of a slot.
		#[pallet::constant]
		type SlotMillis: Get<u32>;

		/// Slots of a heartbeat's interval. An epoch has from 2 to 32 intervals.
		///
		/// The shorter, the sooner a silent machine is seen, and the more transactions there are that pay nothing.
		#[pallet::constant]
		type HeartbeatSlots: Get<u32>;

		/// In how many slots of an epoch commitments are taken. What is left of the epoch adds to the randomness of the challenge,
		/// and must be some blocks.
		#[pallet::constant]
		type CommitSlots: Get<u32>;

		/// For how many blocks after the challenge is known a proof is accepted.
		///
		/// A machine that fails in this time and comes back in it loses nothing; one that does not loses as much as a cheat.
		#[pallet::constant]
		type ProveBlocks: Get<BlockNumberFor<Self>>;

		/// How many blocks the epoch of a round must have had, or the round is void: it took too few transactions to blame
		/// anybody, and the challenge is made of too few blocks.
		#[pallet::constant]
		type MinRoundBlocks: Get<BlockNumberFor<Self>>;

		/// How many draws there are in a round, as a part of the seats, rounded up.
		#[pallet::constant]
		type DrawShare: Get<Perbill>;

		/// How many seats a round's draws fall on at most, and how many draws there are. Bounds the first block of an epoch.
		///
		/// No draw is begun that could fall on more: at least [`MaxTogether`](Config::MaxTogether).
		#[pallet::constant]
		type MaxDrawn: Get<u32>;

		/// How many machines of a provider make a group, which is drawn together. At least 2, or ten machines could be one.
		#[pallet::constant]
		type MaxTogether: Get<u32>;

		/// Weights of calls and hooks.
		type WeightInfo: WeightInfo;

		/// Who signs as a device, and moves the chain through its epochs.
		#[cfg(feature = "runtime-benchmarks")]
		type BenchmarkHelper: BenchmarkHelper<Self::AccountId, Self::Signature>;
	}

	/// The machines that are registered, and those that are gone until their seats are given up.
	#[pallet::storage]
	pub type Machines<T: Config> = StorageMap<_, Twox64Concat, MachineId, Machine<T>>;

	/// The seats of the draw.
	#[pallet::storage]
	pub type Seats<T: Config> = CountedStorageMap<_, Twox64Concat, u32, Seat<T::AccountId>>;

	/// By provider and number, the seat. Numbers go from zero on without a gap; those of a group stand side by side.
	#[pallet::storage]
	pub type SeatsOf<T: Config> = StorageDoubleMap<_, Blake2_128Concat, T::AccountId, Twox64Concat, u32, u32>;

	/// How many seats a provider has.
	#[pallet::storage]
	pub type SeatCounts<T: Config> = StorageMap<_, Blake2_128Concat, T::AccountId, u32, ValueQuery>;

	/// The weights of the seats and their sums, by level and index. See `assay_proofs::draw`.
	#[pallet::storage]
	pub type DrawPages<T> = StorageDoubleMap<_, Identity, u8, Identity, u32, tree::Page>;

	/// By the epoch in which they were asked for, the changes to seats.
	#[pallet::storage]
	pub type Changes<T> = StorageDoubleMap<_, Twox64Concat, EpochIndex, Twox64Concat, MachineId, Change>;

	/// The first epoch of which there may be changes. Unset until the first.
	#[pallet::storage]
	pub type ChangeCursor<T> = StorageValue<_, EpochIndex>;

	/// The epoch of the last block.
	#[pallet::storage]
	pub type LastEpoch<T> = StorageValue<_, EpochIndex>;

	/// The number of the next round.
	#[pallet::storage]
	pub type NextRound<T> = StorageValue<_, RoundId, ValueQuery>;

	/// The rounds in which there is somebody left to answer.
	#[pallet::storage]
	pub type Rounds<T: Config> = StorageMap<_, Twox64Concat, RoundId, Round<T>>;

	/// By round, the machines that were drawn and have not committed.
	#[pallet::storage]
	pub type Draws<T: Config> = StorageDoubleMap<_, Twox64Concat, RoundId, Twox64Concat, MachineId, Draw<T>>;

	/// By round, the machines that have committed and have not proved.
	#[pallet::storage]
	pub type Commitments<T: Config> =
		StorageDoubleMap<_, Twox64Concat, RoundId, Twox64Concat, MachineId, Commitment<T>>;

	/// The first round of which there may be draws.
	#[pallet::storage]
	pub type DrawCursor<T> = StorageValue<_, RoundId, ValueQuery>;

	/// The first round of which there may be commitments.
	#[pallet::storage]
	pub type CommitmentCursor<T> = StorageValue<_, RoundId, ValueQuery>;

	/// What was committed to, by region.
	#[pallet::storage]
	pub type Regions<T> = StorageValue<_, RegionTable, ValueQuery>;

	/// Indices are pinned: append only.
	#[pallet::event]
	#[pallet::generate_deposit(pub(crate) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A machine has another device key.
		#[codec(index = 0)]
		DeviceSet {
			/// The machine.
			machine: MachineId,
			/// The key, or none.
			device: Option<T::AccountId>,
		},
		/// A machine was drawn.
		#[codec(index = 1)]
		MachineDrawn {
			/// The round.
			round: RoundId,
			/// The machine.
			machine: MachineId,
			/// Who answers for it.
			provider: T::AccountId,
		},
		/// A round has begun.
		#[codec(index = 2)]
		RoundBegan {
			/// The round.
			round: RoundId,
			/// Its epoch.
			epoch: EpochIndex,
			/// How many machines were drawn.
			machines: u32,
		},
		/// A machine has committed to its work.
		#[codec(index = 3)]
		Committed {
			/// The round.
			round: RoundId,
			/// The machine.
			machine: MachineId,
			/// What it has committed to.
			commitment: H256,
		},
		/// The challenges of a round are known.
		#[codec(index = 4)]
		ProvingBegan {
			/// The round.
			round: RoundId,
			/// The last block in which a proof is accepted.
			until: BlockNumberFor<T>,
		},
		/// A round can come to nothing any more.
		#[codec(index = 5)]
		RoundVoid {
			/// The round.
			round: RoundId,
		},
		/// A machine has proved its capacity.
		#[codec(index = 6)]
		Proved {
			/// The round.
			round: RoundId,
			/// The machine.
			machine: MachineId,
			/// Who answers for it.
			provider: T::AccountId,
			/// What it has proved, in millions of operations a second.
			score: u64,
			/// What its provider was credited.
			points: u128,
		},
		/// A machine has shown that what it committed to is wrong.
		#[codec(index = 7)]
		Refuted {
			/// The round.
			round: RoundId,
			/// The machine.
			machine: MachineId,
			/// Who answers for it.
			provider: T::AccountId,
			/// What was slashed.
			slashed: Balance,
		},
		/// A machine's part in a round ended without a proof.
		#[codec(index = 8)]
		Settled {
			/// The round.
			round: RoundId,
			/// The machine.
			machine: MachineId,
			/// Who answers for it.
			provider: T::AccountId,
			/// How.
			outcome: Settled,
			/// What was slashed at once.
			slashed: Balance,
		},
		/// Nobody is left to answer in a round.
		#[codec(index = 9)]
		RoundEnded {
			/// The round.
			round: RoundId,
		},
		/// Something ought not to have happened, and was worked around.
		#[codec(index = 10)]
		Unexpected {
			/// What.
			kind: UnexpectedKind,
		},
	}

	#[pallet::error]
	pub enum Error<T> {
		/// There is no such machine.
		UnknownMachine,
		/// The caller is not the machine's provider.
		NotMachineOwner,
		/// What the device says was said before, comes at the wrong time, or is not asked.
		NothingToNote,
		/// The proof shows nothing.
		ProofInvalid,
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		fn on_initialize(now: BlockNumberFor<T>) -> Weight {
			Self::watch(now)
		}

		fn on_idle(now: BlockNumberFor<T>, limit: Weight) -> Weight {
			Self::work_off_backlog(now, limit)
		}

		fn integrity_test() {
			let (epoch, commit) = (T::EpochSlots::get(), T::CommitSlots::get());
			assert!((2..=32).contains(&Self::intervals()), "an epoch must have from 2 to 32 intervals of heartbeats");
			assert!(commit >= 1 && commit < epoch, "commitments must end within the epoch");
			assert!(T::SlotMillis::get() >= 1, "a slot must last");
			assert!(T::ProveBlocks::get() >= One::one(), "a machine must have a block to prove in");
			let most = BlockNumberFor::<T>::from(epoch);
			assert!((One::one()..=most).contains(&T::MinRoundBlocks::get()), "an epoch must be able to hold a round");
			assert!(!T::DrawShare::get().is_zero() && T::MaxDrawn::get() >= 1, "somebody must be drawn");
			assert!(T::MaxTogether::get() >= 2, "machines of a provider must be drawn together");
			assert!(T::MaxDrawn::get() >= T::MaxTogether::get(), "a group must be able to be drawn");
			for tier in 0..=u8::MAX {
				let valid = T::RoundParams::convert(Tier(tier)).is_none_or(|params| params.validate().is_ok());
				assert!(valid, "the parameters of tier {tier} are not valid");
			}
			let blocks = <T as frame_system::Config>::BlockWeights::get();
			let quarter = Perbill::from_percent(25) * blocks.max_block;
			assert!(
				T::WeightInfo::turn(T::MaxDrawn::get()).ref_time() <= quarter.ref_time(),
				"a draw takes more than a quarter of a block"
			);
			let proof = T::WeightInfo::prove(MAX_STEPS, rounds::MAX_KIB)
				.saturating_add(T::WeightInfo::authorize_prove(MAX_STEPS, rounds::MAX_KIB));
			let most = blocks.get(DispatchClass::Normal).max_extrinsic.unwrap_or(blocks.max_block);
			assert!(proof.all_lte(most), "a proof does not fit into a block");
			assert!(Self::backlog_weight(1).all_lte(blocks.max_block), "nothing of the backlog fits into a block");
		}

		#[cfg(feature = "try-runtime")]
		fn try_state(_now: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::do_try_state()
		}
	}

	#[pallet::call]
	impl<T: Config> Pallet<T> {
		/// Set the key by which a machine's daemon signs, or take it away.
		///
		/// Signed by its provider. A round that is on is answered by the key of its draw.
		///
		/// - Errors: [`UnknownMachine`](Error::UnknownMachine), [`NotMachineOwner`](Error::NotMachineOwner).
		/// - Emits [`DeviceSet`](Event::DeviceSet).
		/// - O(1).
		#[pallet::call_index(0)]
		#[pallet::weight(T::WeightInfo::set_device())]
		pub fn set_device(origin: OriginFor<T>, machine: MachineId, device: Option<T::AccountId>) -> DispatchResult {
			Self::do_set_device(ensure_signed(origin)?, machine, device)
		}

		/// Tell that a machine is there, in interval `interval` of epoch `epoch`.
		///
		/// Free, and authorized by the device's `signature` on [`payload::heartbeat`]. Taken once an interval, in it or in the
		/// next one of the same epoch.
		///
		/// - Refused as [`Refusal::Interval`], [`NoDevice`](Refusal::NoDevice), [`Repeated`](Refusal::Repeated),
		///   [`Signature`](Refusal::Signature).
		/// - O(1).
		#[pallet::call_index(1)]
		#[pallet::weight(T::WeightInfo::heartbeat())]
		#[pallet::weight_of_authorize(T::WeightInfo::authorize_heartbeat())]
		#[pallet::authorize(|_source, machine, epoch, interval, signature| {
			Pallet::<T>::authorize_heartbeat(*machine, *epoch, *interval, signature)
		})]
		pub fn heartbeat(
			origin: OriginFor<T>,
			machine: MachineId,
			epoch: EpochIndex,
			interval: u32,
			signature: T::Signature,
		) -> DispatchResult {
			ensure_authorized(origin)?;
			let _ = signature;
			Self::beat(machine, epoch, interval)
		}

		/// Commit to the work of a round.
		///
		/// Free, and authorized by the device's `signature` on [`payload::commitment`]. Once, within the first
		/// [`CommitSlots`](Config::CommitSlots) of the round's epoch.
		///
		/// - Refused as [`Refusal::Time`], [`NotDrawn`](Refusal::NotDrawn), [`Commitment`](Refusal::Commitment),
		///   [`Signature`](Refusal::Signature).
		/// - Emits [`Committed`](Event::Committed).
		/// - O(1).
		#[pallet::call_index(2)]
		#[pallet::weight(T::WeightInfo::commit())]
		#[pallet::weight_of_authorize(T::WeightInfo::authorize_commit())]
		#[pallet::authorize(|_source, round, machine, commitment, signature| {
			Pallet::<T>::authorize_committing(*round, *machine, commitment, signature)
		})]
		pub fn commit(
			origin: OriginFor<T>,
			round: RoundId,
			machine: MachineId,
			commitment: H256,
			signature: T::Signature,
		) -> DispatchResult {
			ensure_authorized(origin)?;
			let _ = signature;
			Self::do_commit(round, machine, commitment)
		}

		/// Open what the challenge of a round asks for.
		///
		/// Free, and authorized by the device's `signature` on [`payload::proof`]. A proof that verifies is credited at
		/// once; one that shows a wrong entry is punished at once; any other is not accepted.
		///
		/// - Refused as [`Refusal::Time`], [`NotDrawn`](Refusal::NotDrawn), [`Signature`](Refusal::Signature),
		///   [`Proof`](Refusal::Proof).
		/// - Emits [`Proved`](Event::Proved) or [`Refuted`](Event::Refuted).
		/// - Linear in what is expanded, `2 · openings · n` bytes, and in the steps. Charged by the largest parameters that the
		///   proof could be of; the rest is refunded.
		#[pallet::call_index(3)]
		#[pallet::weight(T::WeightInfo::prove(
			rounds::roots_charged(proof.roots().len()),
			rounds::openings_charged(proof.openings().len())
		))]
		#[pallet::weight_of_authorize(T::WeightInfo::authorize_prove(
			rounds::roots_charged(proof.roots().len()),
			rounds::openings_charged(proof.openings().len())
		))]
		#[pallet::authorize(|_source, round, machine, proof, signature| {
			Pallet::<T>::authorize_proving(*round, *machine, proof, signature)
		})]
		pub fn prove(
			origin: OriginFor<T>,
			round: RoundId,
			machine: MachineId,
			proof: Proof,
			signature: T::Signature,
		) -> DispatchResultWithPostInfo {
			ensure_authorized(origin)?;
			let _ = signature;
			Ok(Some(Self::do_prove(round, machine, &proof)?).into())
		}

		/// Do up to `items` things that are due and that blocks have had no room for: changes of weights, and settling machines
		/// that have not answered.
		///
		/// Signed by anyone; the chain does it by itself too.
		///
		/// - Emits [`Settled`](Event::Settled) for each machine that is settled.
		/// - O(items). What was not needed is refunded.
		#[pallet::call_index(4)]
		#[pallet::weight(Pallet::<T>::backlog_weight(*items).max(T::WeightInfo::work_off()))]
		pub fn work_off(origin: OriginFor<T>, items: u32) -> DispatchResultWithPostInfo {
			ensure_signed(origin)?;
			let now = frame_system::Pallet::<T>::block_number();
			let used = Self::work_off_backlog(now, Self::backlog_weight(items));
			Ok(Some(used).into())
		}
	}

	#[pallet::view_functions]
	impl<T: Config> Pallet<T> {
		/// What the device of a machine has to do, in the rounds from `from` on: at most eight of them, first what there is the
		/// least time for. Rounds in which it can do nothing any more are none of them.
		pub fn assignments(machine: MachineId, from: RoundId) -> Vec<Assignment<BlockNumberFor<T>>> {
			let first = from.max(CommitmentCursor::<T>::get());
			let ids = (first.0..NextRound::<T>::get().0).rev().map(RoundId).take(MAX_LOOKED_AT);
			let mut urgent: Vec<_> = ids.filter_map(|id| Self::assignment(id, machine)).collect();
			urgent.sort_by_key(|(left, assignment)| (*left, assignment.round));
			urgent.into_iter().map(|(_, assignment)| assignment).take(8).collect()
		}

		/// How a machine stands in the draw. None when it is not registered.
		pub fn standing(machine: MachineId) -> Option<MachineStanding<T::AccountId, BlockNumberFor<T>>> {
			let entry = Machines::<T>::get(machine).filter(|entry| !entry.gone)?;
			let Machine { device, quality, presence, busy, seat, region, .. } = entry;
			let pages = Self::tree();
			let weight = seat.and_then(|slot| pages.weight(slot)).unwrap_or(0);
			let (total, scarcity) = (pages.total(), Regions::<T>::get().factor(region));
			Some(MachineStanding { device, quality, presence, busy, weight, total, scarcity })
		}

		/// What a round's points are multiplied by in a region, in parts of a million.
		pub fn region_factor(region: Region) -> u32 {
			Regions::<T>::get().factor(region)
		}

		/// The epoch, and the interval of heartbeats, of the present block.
		pub fn heartbeat_interval() -> (EpochIndex, u32) {
			let epoch = T::Epochs::now();
			(epoch.index, Self::interval_of(epoch.elapsed))
		}

		/// What a round asks of machines of a class.
		pub fn round_params(tier: Tier) -> Option<Params> {
			T::RoundParams::convert(tier)
		}
	}

	/// Rounds that one answer of a view function looks at.
	const MAX_LOOKED_AT: usize = 256;

	impl<T: Config> Pallet<T> {
		/// What the device of a machine has to do in a round, and how many blocks are left for it. None when there is nothing
		/// that it can do, or will have to.
		fn assignment(id: RoundId, machine: MachineId) -> Option<(BlockNumberFor<T>, Assignment<BlockNumberFor<T>>)> {
			let round = Rounds::<T>::get(id)?;
			let (draw, hash) = match Commitments::<T>::get(id, machine) {
				Some(Commitment { draw, hash, .. }) => (draw, Some(hash)),
				None => (Draws::<T>::get(id, machine)?, None),
			};
			let (left, task) = match (&round.stage, hash) {
				(Stage::Committing, None) => {
					let slots = Self::slots_to_commit(&round)?;
					(slots.into(), DeviceTask::Commit { slots })
				},
				// The time to prove begins after this.
				(Stage::Committing, Some(_)) => (BlockNumberFor::<T>::max_value(), DeviceTask::Wait),
				(Stage::Proving { randomness, until, .. }, Some(hash)) => {
					let left = until.checked_sub(&frame_system::Pallet::<T>::block_number())?;
					(left, DeviceTask::Prove { challenge: H256(challenge(&randomness.0, &hash.0)), until: *until })
				},
				(Stage::Proving { .. }, None) | (Stage::Void, _) => return None,
			};
			let seed = H256(Self::seed(id, &round, machine));
			Some((left, Assignment { round: id, seed, params: draw.params, commitment: hash, task }))
		}

		/// Tell that something ought not to have happened, and was worked around.
		pub(crate) fn unexpected(kind: UnexpectedKind) {
			log::error!(target: LOG_TARGET, "{kind:?}");
			Self::deposit_event(Event::Unexpected { kind });
		}
	}
}
