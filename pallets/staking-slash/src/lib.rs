//! # Staking and slashing of providers
//!
//! Who may serve, and what they stand to lose. A provider bonds tokens, its machines require a part of the bond, and an
//! offence that the chain has established costs it.
//!
//! ## Required stake
//!
//! Every performance class of machines, a [`Tier`], has a governed stake, its K value ([`TierStakes`]). With the
//! [`Coefficient`], which is governed or follows the network, a provider requires
//!
//! ```text
//! required = Σ over tiers  machines of the tier × ⌈K(tier) × coefficient⌉
//! ```
//!
//! A tier may ask for a least own stake beside that, its entry threshold. See [`requirement`].
//!
//! A provider is **active**, which means that it may take on new work, while it has own stake and covers both. One that
//! does not, be it after a slash or because more is asked than before, has a window to top up, and is **halted** after
//! that. Both are derived whenever they are asked for, so a new K value counts for everybody at once, at no cost per
//! provider. See [`standing`].
//!
//! ## Life of stake
//!
//! ```text
//! free ──bond──► bonded ──unbond──► chunk, UnbondingPeriod long ──withdraw_unbonded──► free
//!                  ▲                  │
//!                  └──────rebond──────┘
//! ```
//!
//! Vesting tokens can be staked as well; see [`pledge`]. Stake cannot be unbonded while machines require it. Bonded and
//! unbonding stake are one hold in the provider's own account ([`HoldReason::Stake`]) and both can be slashed, until the moment a chunk is withdrawn. `UnbondingPeriod` is
//! longer than an offence can be old, deferred and contested, so whoever commits one cannot leave before it is punished.
//!
//! ## Delegation
//!
//! Others can back a provider: see [`pool`], [`delegation`] and [`departed`]. Delegated stake counts towards the
//! requirement up to `MaxDelegationRatio` times the bond, is slashed pro rata with it, and earns a part of the rewards.
//!
//! ## Slashes
//!
//! The other pallets report offences through [`assay_primitives::ProviderStake::report`]. What an offence costs, and that
//! it is punished once, stands in [`offences`]; where a slash is taken from and where it goes, in [`slashing`] and
//! [`debt`]. What is proven is punished at once, anything else waits in the [`queue`], where it can be contested (see
//! [`contest`]) and is put before governance when there is too much of it in one [`region`].
//!
//! ## Existential deposit
//!
//! A hold needs an account that lives from its free balance, so bonding leaves the existential deposit free. Should the
//! free balance be gone all the same (another pallet keeps the account alive) and a slashed chunk be smaller than the
//! existential deposit, then it can be withdrawn as soon as the account has free balance again.

#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

pub mod agenda;
#[cfg(feature = "runtime-benchmarks")]
pub mod benchmarking;
mod calls;
pub mod contest;
pub mod debt;
pub mod delegation;
pub mod departed;
mod events;
#[cfg(any(feature = "std", feature = "try-runtime"))]
mod invariants;
mod ledger;
pub mod offences;
pub mod pledge;
pub mod pool;
mod provider;
pub mod queue;
pub mod region;
pub mod requirement;
pub mod slashing;
pub mod standing;
pub mod types;
pub mod weights;

#[cfg(test)]
pub(crate) mod mock;
#[cfg(test)]
mod tests;

pub use agenda::Task;
pub use contest::ContestOutcome;
pub use delegation::{DelegationStatus, PoolStatus, Position};
pub use departed::{Period, SubPools};
pub use offences::{MissCount, ReportKey, SlashParts};
pub use pallet::*;
pub use pool::{Fund, Pool, PoolOf, Shares, Terms};
pub use queue::{PendingList, PendingSlash, PendingSlashOf, SlashId, SlashState};
pub use requirement::{
	CoefficientSource, CoefficientStatus, Raise, Refresh, RequirementTable, Rules, TierRequirement, TierRule,
};
pub use standing::{ProviderStanding, Shortage, Standing};
pub use types::{Chunks, CreditOf, Ledger, SlashSplit, StakeStatus, UnbondingChunk, UnexpectedKind};
pub use weights::WeightInfo;

use alloc::vec::Vec;
use assay_primitives::{
	Appointments, Balance, EmissionLedger, MachineId, Offence, PayRewards, Region, SeizeRewards, Tier, VestingStake,
};
use frame_support::{
	pallet_macros::import_section,
	pallet_prelude::*,
	traits::{
		fungible::{BalancedHold, Inspect, Mutate, MutateHold},
		OnUnbalanced,
	},
	BoundedBTreeMap, PalletId,
};
use frame_system::pallet_prelude::*;
use sp_runtime::{
	traits::{CheckedAdd, Zero},
	ArithmeticError, FixedU128, Perbill,
};

/// Number of a slash period: of the block divided by `SlashPeriod`.
pub type SlashPeriodIndex = u32;

const LOG_TARGET: &str = "runtime::staking-slash";

// What the macros make of storage and errors expects; our own code does not.
#[allow(clippy::expect_used)]
#[import_section(events::events)]
#[import_section(calls::calls)]
#[frame_support::pallet]
pub mod pallet {
	use super::*;

	/// The in-code storage version.
	const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	#[pallet::config]
	pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>> {
		/// The token that is staked.
		type Currency: MutateHold<Self::AccountId, Balance = Balance, Reason = Self::RuntimeHoldReason>
			+ BalancedHold<Self::AccountId, Balance = Balance, Reason = Self::RuntimeHoldReason>
			+ Mutate<Self::AccountId, Balance = Balance>;

		/// The runtime's hold reasons, of which ours is one.
		type RuntimeHoldReason: From<HoldReason>;

		/// Who sets the K values and the coefficient.
		type AdminOrigin: EnsureOrigin<Self::RuntimeOrigin>;

		/// Takes the treasury's part of slashes. What it cannot keep it drops, which burns it.
		type SlashTreasury: OnUnbalanced<CreditOf<Self>>;

		/// The least bond. No bond can be made or left smaller, except by a slash.
		///
		/// At least the existential deposit, so that stake is never dust that cannot be released.
		#[pallet::constant]
		type MinBond: Get<Balance>;

		/// Blocks between unbonding and withdrawing. Longer than `SlashWindow`, `SlashDeferral` and `ContestPeriod` together.
		#[pallet::constant]
		type UnbondingPeriod: Get<BlockNumberFor<Self>>;

		/// Blocks after an offence in which it can be reported. Also what the runtime's other pallets promise: the market,
		/// that a job's deadline is no farther ahead.
		#[pallet::constant]
		type SlashWindow: Get<BlockNumberFor<Self>>;

		/// How many chunks of one provider can be unbonding at once. Bounds its ledger. Only ever raise it.
		#[pallet::constant]
		type MaxUnbondingChunks: Get<u32>;

		/// How many tiers there can be. Bounds the ledgers and the reads of a provider's requirement. Only ever raise it.
		#[pallet::constant]
		type MaxTiers: Get<u32>;

		/// The part of a machine's required stake that each offence costs.
		#[pallet::constant]
		type SlashParts: Get<SlashParts>;

		/// The part of what a slash takes of the provider's own tokens that the wronged account gets.
		///
		/// With `ReporterShare` below one: otherwise a provider that is its own client and reports itself would lose nothing
		/// by an offence.
		#[pallet::constant]
		type WrongedShare: Get<Perbill>;

		/// The part of a slash that the treasury gets. What the shares leave is burned.
		#[pallet::constant]
		type TreasuryShare: Get<Perbill>;

		/// From which the accounts of the pools are derived.
		#[pallet::constant]
		type PalletId: Get<PalletId>;

		/// Blocks of a liability period: how finely it is told when delegated stake left.
		///
		/// Stake that left up to this long before an offence may share in the slash. At least a seventh of
		/// `UnbondingPeriod`, so that a slash looks at a bounded number of periods. Changing it on a running chain
		/// renumbers the periods, and needs a migration.
		#[pallet::constant]
		type LiabilityPeriod: Get<BlockNumberFor<Self>>;

		/// The delegated stake that counts and can be taken, as a multiple of the provider's bond.
		///
		/// So that whoever offends always loses own stake as well: one, as io.net has it, means at most half.
		#[pallet::constant]
		type MaxDelegationRatio: Get<FixedU128>;

		/// The least that a delegator can have with a provider, except after a slash.
		///
		/// It stands for the storage of a position, and keeps a pool's shares many enough to be priced well.
		#[pallet::constant]
		type MinDelegation: Get<Balance>;

		/// For how many earlier delegations the stake of one position can be liable at once. Only ever raise it.
		#[pallet::constant]
		type MaxLiabilities: Get<u32>;

		/// The most that a provider can keep of its delegators' rewards. Below one.
		#[pallet::constant]
		type MaxCommission: Get<Perbill>;

		/// Blocks between announcing a commission and its taking effect: a round or more.
		#[pallet::constant]
		type CommissionNotice: Get<BlockNumberFor<Self>>;

		/// Unclaimed rewards, which a slash takes first.
		type Rewards: SeizeRewards<Self::AccountId, Balance, CreditOf<Self>> + PayRewards<Self::AccountId>;

		/// Tokens that vest: those that are not pledged a slash takes next, the others are stake.
		type Vesting: VestingStake<Self::AccountId, Balance, CreditOf<Self>>;

		/// The part of what a slash takes of the provider's own tokens that whoever reported the offence gets.
		#[pallet::constant]
		type ReporterShare: Get<Perbill>;

		/// Blocks of a period of which a machine pays for its dearest failure only, beside all fraud.
		///
		/// As long as one cause goes on having effects, such as a power cut that lets several jobs miss their
		/// deadlines; no longer, since further failures are free in it. Changing it on a running chain renumbers the
		/// periods, so that what was punished in the present one may be punished again.
		#[pallet::constant]
		type SlashPeriod: Get<BlockNumberFor<Self>>;

		/// Blocks within which one missed challenge makes the next one dearer.
		#[pallet::constant]
		type RepeatWindow: Get<BlockNumberFor<Self>>;

		/// Blocks between the report of an offence that is not proven and its slash: the time to contest or to cancel it.
		#[pallet::constant]
		type SlashDeferral: Get<BlockNumberFor<Self>>;

		/// Blocks that governance has to decide on a contest, from when the slash would have been carried out.
		#[pallet::constant]
		type ContestPeriod: Get<BlockNumberFor<Self>>;

		/// What a contest costs whoever loses it: enough to contest nothing by habit. At least the existential deposit.
		#[pallet::constant]
		type ContestBond: Get<Balance>;

		/// How many pending slashes a provider can have. Bounds the list of them. Only ever raise it.
		#[pallet::constant]
		type MaxPendingSlashes: Get<u32>;

		/// Blocks of a window in which the unproven offences of a region are counted together.
		#[pallet::constant]
		type RegionWindow: Get<BlockNumberFor<Self>>;

		/// How many unproven offences of a region and window are queued. Further ones are put before governance.
		#[pallet::constant]
		type RegionLimit: Get<u32>;

		/// The most that a provider can owe.
		#[pallet::constant]
		type MaxDebt: Get<Balance>;
		/// What has been emitted for capacity, which the coefficient follows if it follows the network.
		type Emission: EmissionLedger<Balance>;

		/// Blocks of a month: how often the coefficient is refreshed. Longer than `TopUpWindow`.
		///
		/// Changing it on a running chain renumbers the months, and needs a migration of [`LastRefresh`].
		#[pallet::constant]
		type CoefficientPeriod: Get<BlockNumberFor<Self>>;

		/// In how many months all machines together are given by emission what they have at stake, while the coefficient
		/// follows the network.
		#[pallet::constant]
		type StakedMonths: Get<FixedU128>;

		/// The least coefficient that the network can lead to: keeps a machine from having next to nothing to lose when
		/// there are very many.
		#[pallet::constant]
		type MinCoefficient: Get<FixedU128>;

		/// The greatest coefficient that the network can lead to: keeps machines affordable when there are very few.
		#[pallet::constant]
		type MaxCoefficient: Get<FixedU128>;

		/// By what a refresh can multiply or divide the coefficient at most. Above one.
		///
		/// So that nobody can move what others must have at stake by much at once, by taking machines away or bringing
		/// them. Times `TopUpFloor` at most one.
		#[pallet::constant]
		type MaxCoefficientStep: Get<FixedU128>;

		/// Blocks that a provider that is short has to top up before it is halted.
		#[pallet::constant]
		type TopUpWindow: Get<BlockNumberFor<Self>>;

		/// The part of what is asked of it that a provider must cover to have a top-up window at all.
		///
		/// So that nobody goes on working with next to nothing left to lose.
		#[pallet::constant]
		type TopUpFloor: Get<Perbill>;

		/// Weights of the calls.
		type WeightInfo: WeightInfo;
	}

	/// Why tokens of an account are on hold.
	#[pallet::composite_enum]
	pub enum HoldReason {
		/// A provider's stake, bonded or unbonding.
		#[codec(index = 0)]
		Stake,
		/// Delegated stake in the account of a pool, at work or unbonding.
		#[codec(index = 1)]
		Delegated,
		/// What a provider loses with a contest that is upheld.
		#[codec(index = 2)]
		ContestBond,
	}

	/// What each provider has at stake and which machines that has to cover.
	#[pallet::storage]
	pub type Ledgers<T: Config> = StorageMap<_, Blake2_128Concat, T::AccountId, Ledger<T>, OptionQuery>;

	/// The K value of each tier: the stake that one machine of it requires, before the coefficient. Never zero.
	///
	/// Counted, because `MaxTiers` bounds it. A tier is never removed, since machines of it may exist.
	#[pallet::storage]
	pub type TierStakes<T: Config> = CountedStorageMap<_, Twox64Concat, Tier, Balance, OptionQuery>;

	/// The coefficient before it was ever set: one.
	#[pallet::type_value]
	pub fn DefaultCoefficient() -> FixedU128 {
		FixedU128::from_u32(1)
	}

	/// By what all K values are multiplied. Never zero.
	#[pallet::storage]
	pub type Coefficient<T: Config> = StorageValue<_, FixedU128, ValueQuery, DefaultCoefficient>;

	/// What decides about the coefficient.
	#[pallet::storage]
	pub type Source<T: Config> = StorageValue<_, CoefficientSource, ValueQuery>;

	/// What the last refresh of the coefficient saw.
	#[pallet::storage]
	pub type LastRefresh<T: Config> = StorageValue<_, Refresh, ValueQuery>;

	/// How many machines of each tier are registered on the whole chain. No count is zero.
	#[pallet::storage]
	pub type TierMachines<T: Config> = StorageValue<_, BoundedBTreeMap<Tier, u32, T::MaxTiers>, ValueQuery>;

	/// Entry thresholds, and the last time that more was asked than before.
	#[pallet::storage]
	pub type Requirements<T: Config> = StorageValue<_, RequirementTable<T>, ValueQuery>;

	/// The delegated stake of each provider. Opened at the cost of an existential deposit, and never removed.
	#[pallet::storage]
	pub type Pools<T: Config> = StorageMap<_, Blake2_128Concat, T::AccountId, PoolOf<T>, OptionQuery>;

	/// What each delegator has with each provider: (provider, delegator).
	#[pallet::storage]
	pub type Positions<T: Config> =
		StorageDoubleMap<_, Blake2_128Concat, T::AccountId, Blake2_128Concat, T::AccountId, Position<T>, OptionQuery>;

	/// Delegated stake that left, by provider and period in which it did.
	#[pallet::storage]
	pub type Departed<T: Config> =
		StorageDoubleMap<_, Blake2_128Concat, T::AccountId, Twox64Concat, Period, SubPools, ValueQuery>;

	/// What one share of a generation of a pool had ever earned when the pool was slashed whole.
	///
	/// Whoever was in it can still claim up to there. One entry for a whole pool's loss.
	#[pallet::storage]
	pub type EndedIndices<T: Config> =
		StorageDoubleMap<_, Blake2_128Concat, T::AccountId, Twox64Concat, u32, u128, ValueQuery>;

	/// The offences reported that could be reported again, by what tells them apart.
	#[pallet::storage]
	pub type Reported<T: Config> = StorageMap<_, Blake2_128Concat, ReportKey, (), OptionQuery>;

	/// What each machine was punished for in each period, by its dearest failure. Kept while more can follow.
	#[pallet::storage]
	pub type Punished<T: Config> =
		StorageDoubleMap<_, Twox64Concat, MachineId, Twox64Concat, SlashPeriodIndex, Balance, ValueQuery>;

	/// The challenges that each machine missed lately.
	#[pallet::storage]
	pub type Misses<T: Config> = StorageMap<_, Twox64Concat, MachineId, MissCount<BlockNumberFor<T>>, OptionQuery>;

	/// How many unproven offences there were, by region and window.
	#[pallet::storage]
	pub type RegionReports<T: Config> = StorageDoubleMap<_, Twox64Concat, Region, Twox64Concat, u32, u32, ValueQuery>;

	/// The number of the next pending slash.
	#[pallet::storage]
	pub type NextSlashId<T: Config> = StorageValue<_, SlashId, ValueQuery>;

	/// The slashes that are not carried out yet.
	#[pallet::storage]
	pub type PendingSlashes<T: Config> = StorageMap<_, Twox64Concat, SlashId, PendingSlashOf<T>, OptionQuery>;

	/// Which pending slashes each provider has.
	#[pallet::storage]
	pub type PendingOf<T: Config> = StorageMap<_, Blake2_128Concat, T::AccountId, PendingList<T>, ValueQuery>;

	/// What each provider owes. Never zero.
	#[pallet::storage]
	pub type Debts<T: Config> = StorageMap<_, Blake2_128Concat, T::AccountId, Balance, ValueQuery>;

	/// The sum of all debts.
	#[pallet::storage]
	pub type TotalDebt<T: Config> = StorageValue<_, Balance, ValueQuery>;

	/// What is to be done, by the block in which it is due.
	#[pallet::storage]
	pub type Agenda<T: Config> =
		StorageDoubleMap<_, Twox64Concat, BlockNumberFor<T>, Twox64Concat, Task, (), OptionQuery>;

	/// The oldest block of which the agenda may not be worked off. None before the first task.
	#[pallet::storage]
	pub type AgendaCursor<T: Config> = StorageValue<_, BlockNumberFor<T>, OptionQuery>;

	/// The tiers that the chain starts with.
	#[pallet::genesis_config]
	#[derive(frame_support::DefaultNoBound)]
	pub struct GenesisConfig<T: Config> {
		/// K value by tier: above zero, each tier once, at most `MaxTiers` of them.
		pub tier_stakes: Vec<(Tier, Balance)>,
		/// Whether the coefficient follows the network from the first month on, instead of being one until governance
		/// sets it.
		#[serde(default)]
		pub follow_network: bool,
		#[doc(hidden)]
		#[serde(skip)]
		pub _config: core::marker::PhantomData<T>,
	}

	#[pallet::genesis_build]
	impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
		fn build(&self) {
			assert!(self.tier_stakes.len() <= T::MaxTiers::get() as usize, "more tiers than MaxTiers");
			for (tier, stake) in &self.tier_stakes {
				assert!(!stake.is_zero(), "a tier's stake must be above zero");
				assert!(!TierStakes::<T>::contains_key(tier), "a tier must be given once");
				TierStakes::<T>::insert(tier, stake);
			}
			if self.follow_network {
				Source::<T>::put(CoefficientSource::Network);
			}
		}
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		fn on_idle(now: BlockNumberFor<T>, limit: Weight) -> Weight {
			Self::keep(now, limit)
		}

		fn integrity_test() {
			assert!(
				T::MinBond::get() >= T::Currency::minimum_balance() && !T::MinBond::get().is_zero(),
				"MinBond must be at least the existential deposit and above zero"
			);
			assert!(!T::MaxUnbondingChunks::get().is_zero(), "without unbonding chunks nobody can leave");
			assert!((1..=256).contains(&T::MaxTiers::get()), "MaxTiers must be at least one, and a tier is one byte");
			let back = T::WrongedShare::get().deconstruct().saturating_add(T::ReporterShare::get().deconstruct());
			assert!(
				back < Perbill::one().deconstruct(),
				"a provider could be its own client, report itself and lose nothing"
			);
			assert!(
				back.saturating_add(T::TreasuryShare::get().deconstruct()) <= Perbill::one().deconstruct(),
				"the parts of a slash must not exceed it"
			);
			Self::check_delegation_constants();
			Self::check_offence_constants();
			Self::check_requirement_constants();
			let block = <T as frame_system::Config>::BlockWeights::get().max_block;
			assert!(Self::smallest_useful_limit().all_lte(block), "a block must have room for a task of the agenda");
		}

		fn on_initialize(now: BlockNumberFor<T>) -> Weight {
			Self::on_month(now)
		}

		#[cfg(feature = "try-runtime")]
		fn try_state(_n: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::do_try_state()
		}
	}

	#[pallet::view_functions]
	impl<T: Config> Pallet<T> {
		/// What the machines of `provider` require to be bonded, in the smallest denomination. O(tiers).
		pub fn required_stake(provider: T::AccountId) -> Balance {
			Ledgers::<T>::get(provider).map(|ledger| ledger.required()).unwrap_or_default()
		}

		/// What `provider` has at stake and needs, as of the present block. All zero for an unknown account. O(tiers).
		pub fn stake_status(provider: T::AccountId) -> StakeStatus {
			let ledger = Ledgers::<T>::get(&provider).unwrap_or_default();
			let withdrawable = Self::take_withdrawable(&provider, &mut ledger.clone()).unwrap_or_default();
			StakeStatus {
				bonded: ledger.bonded,
				required: ledger.required(),
				unbonding: ledger.unbonding_total(),
				withdrawable: withdrawable.held,
				active: Self::footing(&provider, &ledger).standing.may_work(),
				pledged: ledger.pledged,
				unpledging: ledger.unpledging_total(),
				releasable: withdrawable.pledged,
			}
		}

		/// How `provider` stands in the present block, and what that follows from. O(tiers).
		pub fn standing(provider: T::AccountId) -> ProviderStanding<BlockNumberFor<T>> {
			Self::standing_of(&provider)
		}

		/// The coefficient, what decides about it, and what it would be if it was refreshed now. O(tiers).
		pub fn coefficient_status() -> CoefficientStatus<BlockNumberFor<T>> {
			Self::status_of_coefficient()
		}

		/// What each tier asks of a provider with machines of it, in order of tiers. O(tiers).
		pub fn tier_requirements() -> Vec<TierRequirement> {
			Self::requirements_by_tier()
		}

		/// What an offence done now costs a provider that has enough left, and who gets it: with a machine of `tier`
		/// that has done nothing before, or with `machine` of that tier, which may repeat itself or have paid for the
		/// present period. There is a wronged account, and if `reported` there is somebody who reported it. Both get
		/// less when not all of it is the provider's own bond.
		///
		/// `None` for a tier without K value. O(1).
		pub fn slash_preview(
			tier: Tier,
			offence: Offence,
			machine: Option<MachineId>,
			reported: bool,
		) -> Option<SlashSplit> {
			let now = frame_system::Pallet::<T>::block_number();
			let misses = machine.map_or(0, |machine| Self::misses_before(machine, now));
			let amount = Self::slash_due(tier, offence, misses).ok()?;
			let due = machine
				.filter(|_| !offence.is_fraud())
				.map_or(amount, |machine| Self::beyond_punished(machine, now, amount));
			Some(SlashSplit::of::<T>(due, due, true, reported))
		}

		/// The slashes of `provider` that are not carried out yet, the oldest first. O(pending slashes of it).
		pub fn pending_slashes(provider: T::AccountId) -> Vec<(SlashId, PendingSlashOf<T>)> {
			Self::pending_slashes_of(&provider)
		}

		/// What `provider` owes, in the smallest denomination. O(1).
		pub fn debt(provider: T::AccountId) -> Balance {
			Debts::<T>::get(provider)
		}

		/// What `delegator` has with `provider`, as of the present block. O(chunks + liabilities).
		pub fn delegation(provider: T::AccountId, delegator: T::AccountId) -> Option<DelegationStatus> {
			Self::delegation_status(&provider, &delegator)
		}

		/// The pool of `provider` with the price of a share, its terms, and what a yield is reckoned from. O(1).
		pub fn pool(provider: T::AccountId) -> Option<PoolStatus<T::AccountId, BlockNumberFor<T>>> {
			Self::pool_status(&provider)
		}

		/// The reward that `delegator` can claim with `provider`, in the smallest denomination. O(1).
		pub fn pending_delegation_reward(provider: T::AccountId, delegator: T::AccountId) -> Balance {
			let position = Positions::<T>::get(&provider, &delegator);
			let pool = Pools::<T>::get(&provider);
			position.zip(pool).map_or(0, |(position, pool)| position.pending_reward(&provider, &pool))
		}
	}
}
