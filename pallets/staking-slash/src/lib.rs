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
pub mod contest;
pub mod debt;
pub mod delegation;
pub mod departed;
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
use assay_primitives::{Balance, EmissionLedger, MachineId, Offence, Region, SeizeRewards, Tier, VestingStake};
use frame_support::{
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

		/// The part of a slash that the wronged account gets.
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
		type Rewards: SeizeRewards<Self::AccountId, Balance, CreditOf<Self>>;

		/// Tokens that vest: those that are not pledged a slash takes next, the others are stake.
		type Vesting: VestingStake<Self::AccountId, Balance, CreditOf<Self>>;

		/// The part of a slash that whoever reported the offence gets.
		#[pallet::constant]
		type ReporterShare: Get<Perbill>;

		/// Blocks of a period of which a machine pays for its dearest offence only.
		///
		/// As long as one cause goes on having effects, such as a power cut that lets several jobs miss their deadlines; no
		/// longer, since further offences are free in it. Changing it on a running chain renumbers the periods, so that what
		/// was punished in the present one may be punished again.
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

	/// What each machine was punished for in each period, by its dearest offence. Kept while more can follow.
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

	#[pallet::event]
	#[pallet::generate_deposit(pub(super) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A provider bonded stake.
		#[codec(index = 0)]
		Bonded {
			/// Who bonded.
			provider: T::AccountId,
			/// How much was added.
			amount: Balance,
			/// The bond now.
			bonded: Balance,
		},
		/// A provider began to unbond stake.
		#[codec(index = 1)]
		Unbonding {
			/// Who unbonds.
			provider: T::AccountId,
			/// How much left the bond.
			amount: Balance,
			/// The first block in which it can be withdrawn.
			withdrawable_at: BlockNumberFor<T>,
		},
		/// A provider put unbonding stake back into its bond.
		#[codec(index = 2)]
		Rebonded {
			/// Who rebonded.
			provider: T::AccountId,
			/// How much was put back.
			amount: Balance,
			/// The bond now.
			bonded: Balance,
		},
		/// A provider withdrew stake whose unbonding period was over.
		#[codec(index = 3)]
		Withdrawn {
			/// Who withdrew.
			provider: T::AccountId,
			/// How much became free.
			amount: Balance,
		},
		/// A provider was slashed. The four sources sum to `amount`, and so do the four parts that it was divided into.
		#[codec(index = 4)]
		Slashed {
			/// Which pending slash it was. None for one at once.
			slash: Option<SlashId>,
			/// Who was slashed.
			provider: T::AccountId,
			/// With which machine the offence was committed.
			machine: MachineId,
			/// What for.
			offence: Offence,
			/// The tier of the machine.
			tier: Tier,
			/// How much was taken.
			amount: Balance,
			/// Of that, the bond of a contest that was lost.
			from_bond: Balance,
			/// Of that, unclaimed rewards.
			from_rewards: Balance,
			/// Of that, vesting tokens.
			from_vesting: Balance,
			/// Of that, stake, the delegators' among it.
			from_stake: Balance,
			/// What the provider owes from now on because it was not there.
			debt: Balance,
			/// The account that the offence wronged.
			wronged: Option<T::AccountId>,
			/// What the wronged account got.
			to_wronged: Balance,
			/// Who reported the offence.
			reporter: Option<T::AccountId>,
			/// What whoever reported it got.
			to_reporter: Balance,
			/// What went to the treasury.
			to_treasury: Balance,
			/// What was burned.
			burned: Balance,
		},
		/// A provider is halted: no new work until it tops up. Its window is over, or it lost too much to have one.
		///
		/// A window that runs out halts a provider without this event, as nobody visits it, until somebody notes it
		/// (`note_shortfall`).
		#[codec(index = 5)]
		Halted {
			/// Who is halted.
			provider: T::AccountId,
			/// Its own stake now: bonded and pledged.
			bonded: Balance,
			/// What its machines require.
			required: Balance,
		},
		/// A halted provider covers again what its machines require, or enough of it within its window.
		#[codec(index = 6)]
		Reactivated {
			/// Who is active again.
			provider: T::AccountId,
		},
		/// The K value of a tier was set.
		#[codec(index = 7)]
		TierStakeSet {
			/// Which tier.
			tier: Tier,
			/// Its K value.
			stake: Balance,
		},
		/// The coefficient of all K values was set.
		#[codec(index = 8)]
		CoefficientSet {
			/// The coefficient.
			coefficient: FixedU128,
		},
		/// Something happened that cannot happen. Operators should report it.
		#[codec(index = 9)]
		Unexpected {
			/// What happened.
			kind: UnexpectedKind,
		},
		/// The coefficient was refreshed from what the network did.
		#[codec(index = 10)]
		CoefficientRefreshed {
			/// The month that begins.
			month: u32,
			/// What was emitted for capacity in the month before; when months were skipped, in the mean of them.
			emitted: Balance,
			/// Σ K over all registered machines.
			staked: Balance,
			/// The coefficient from now on.
			coefficient: FixedU128,
		},
		/// The coefficient follows the network from the next month on.
		#[codec(index = 11)]
		CoefficientFollowsNetwork,
		/// The entry threshold of a tier was set. Zero means that it has none.
		#[codec(index = 12)]
		TierThresholdSet {
			/// Which tier.
			tier: Tier,
			/// The least own stake of a provider with machines of it.
			threshold: Balance,
		},
		/// A provider does not cover what its machines ask, and has a window to top up.
		#[codec(index = 13)]
		Shortfall {
			/// Who is short.
			provider: T::AccountId,
			/// Own and delegated stake, as far as the latter counts.
			backing: Balance,
			/// What the machines require of `backing`.
			required: Balance,
			/// Own stake.
			own: Balance,
			/// What the machines require of `own`.
			threshold: Balance,
			/// The first block in which the provider is halted.
			until: BlockNumberFor<T>,
		},
		/// A provider that was short, and not halted, covers again what its machines ask.
		#[codec(index = 14)]
		ShortfallEnded {
			/// Who was short.
			provider: T::AccountId,
		},
		/// A provider pledged vesting tokens as stake.
		#[codec(index = 15)]
		Pledged {
			/// Who pledged.
			provider: T::AccountId,
			/// How much was added.
			amount: Balance,
			/// The pledge now.
			pledged: Balance,
		},
		/// A provider began to take pledged tokens back.
		#[codec(index = 16)]
		Unpledging {
			/// Who unpledges.
			provider: T::AccountId,
			/// How much left the pledge.
			amount: Balance,
			/// The first block in which it can be released.
			withdrawable_at: BlockNumberFor<T>,
		},
		/// Pledged tokens whose unbonding period was over were released to where they vest.
		#[codec(index = 17)]
		PledgeReleased {
			/// Who had pledged them.
			provider: T::AccountId,
			/// How much was released.
			amount: Balance,
		},
		/// A provider's pool was opened, for the existential deposit of its account.
		#[codec(index = 20)]
		PoolOpened {
			/// Whose pool it is.
			provider: T::AccountId,
			/// Where its tokens lie.
			account: T::AccountId,
		},
		/// Stake was delegated to a provider.
		#[codec(index = 21)]
		Delegated {
			/// Who is backed.
			provider: T::AccountId,
			/// By whom.
			delegator: T::AccountId,
			/// How much was added.
			amount: Balance,
			/// The shares issued for it.
			shares: Shares,
		},
		/// A delegator began to take stake back.
		#[codec(index = 22)]
		Undelegating {
			/// Who was backed.
			provider: T::AccountId,
			/// By whom.
			delegator: T::AccountId,
			/// How much left the pool.
			amount: Balance,
			/// The first block in which it can be withdrawn.
			withdrawable_at: BlockNumberFor<T>,
		},
		/// A delegator withdrew stake whose unbonding period was over.
		#[codec(index = 23)]
		DelegationWithdrawn {
			/// Who was backed.
			provider: T::AccountId,
			/// By whom.
			delegator: T::AccountId,
			/// How much became free.
			amount: Balance,
		},
		/// A delegator moved stake from one provider to another.
		#[codec(index = 24)]
		DelegationMoved {
			/// Whose stake it is.
			delegator: T::AccountId,
			/// Whom it backed.
			from: T::AccountId,
			/// Whom it backs now.
			to: T::AccountId,
			/// How much was moved.
			amount: Balance,
			/// The shares issued for it in the new pool.
			shares: Shares,
			/// The first block in which it is liable for nothing new that `from` did before.
			liable_until: BlockNumberFor<T>,
		},
		/// The delegated part of a slash was taken or booked.
		#[codec(index = 25)]
		DelegationSlashed {
			/// Whose delegators lost it.
			provider: T::AccountId,
			/// Taken from the pool.
			from_pool: Balance,
			/// Taken from stake that was being undelegated.
			from_unbonding: Balance,
			/// Owed from now on by those who had moved their stake away.
			booked: Balance,
		},
		/// A pool was slashed whole: its shares are void.
		#[codec(index = 26)]
		PoolEmptied {
			/// Whose pool it is.
			provider: T::AccountId,
			/// The generation of its shares that ended.
			generation: u32,
		},
		/// What a position owed for a slash at an earlier provider was collected, as far as it was there.
		#[codec(index = 27)]
		LiabilityCollected {
			/// Who had moved stake.
			delegator: T::AccountId,
			/// With whom the position is.
			provider: T::AccountId,
			/// Who had been slashed.
			offender: T::AccountId,
			/// What was owed. What the two parts are short of it is lost.
			owed: Balance,
			/// What went to the treasury.
			to_treasury: Balance,
			/// What was burned.
			burned: Balance,
		},
		/// A reward was divided between a provider and its delegators.
		#[codec(index = 28)]
		RewardDivided {
			/// Who earned it.
			provider: T::AccountId,
			/// The provider's side.
			to_provider: Balance,
			/// The delegators' side.
			to_delegators: Balance,
		},
		/// A delegator claimed its part of rewards.
		#[codec(index = 29)]
		DelegationRewardClaimed {
			/// Who is backed.
			provider: T::AccountId,
			/// By whom.
			delegator: T::AccountId,
			/// How much it was.
			amount: Balance,
			/// Whether it was delegated at once.
			compounded: bool,
		},
		/// A provider announced a commission and a kick-back.
		#[codec(index = 30)]
		CommissionAnnounced {
			/// Whose they are.
			provider: T::AccountId,
			/// The part of the delegators' rewards that it will keep.
			commission: Perbill,
			/// The part of its rewards that it will give to its delegators.
			kickback: Perbill,
			/// The first block in which they count.
			from: BlockNumberFor<T>,
		},
		/// An offence that is not proven was reported, and its slash queued.
		#[codec(index = 40)]
		SlashQueued {
			/// The number of the slash.
			slash: SlashId,
			/// Whom it will take it from.
			provider: T::AccountId,
			/// With which machine the offence was committed.
			machine: MachineId,
			/// What for.
			offence: Offence,
			/// How much it takes at most.
			amount: Balance,
			/// The first block in which it is carried out.
			due: BlockNumberFor<T>,
		},
		/// The same, where there were too many in the region: it waits for governance.
		#[codec(index = 41)]
		SlashHeld {
			/// The number of the slash.
			slash: SlashId,
			/// Whom it might take it from.
			provider: T::AccountId,
			/// With which machine the offence was committed.
			machine: MachineId,
			/// What for.
			offence: Offence,
			/// How much it takes at most.
			amount: Balance,
			/// The region.
			region: Region,
			/// The first block in which it lapses.
			due: BlockNumberFor<T>,
		},
		/// A provider contested a slash.
		#[codec(index = 42)]
		SlashContested {
			/// The number of the slash.
			slash: SlashId,
			/// Who contested it.
			provider: T::AccountId,
			/// What it put on it.
			bond: Balance,
			/// The first block in which it is too late to decide.
			due: BlockNumberFor<T>,
		},
		/// A contest ended.
		#[codec(index = 43)]
		ContestResolved {
			/// The number of the slash.
			slash: SlashId,
			/// Who contested it.
			provider: T::AccountId,
			/// How it ended.
			outcome: ContestOutcome,
			/// The bond that was lost, when it was upheld, or given back.
			bond: Balance,
		},
		/// A pending slash was cancelled.
		#[codec(index = 44)]
		SlashCancelled {
			/// The number of the slash.
			slash: SlashId,
			/// Who is not slashed.
			provider: T::AccountId,
			/// What it would have taken at most.
			amount: Balance,
		},
		/// A slash that was held is carried out after all.
		#[codec(index = 45)]
		SlashReleased {
			/// The number of the slash.
			slash: SlashId,
			/// Whom it takes it from.
			provider: T::AccountId,
			/// The first block in which it is carried out: at once when it has passed.
			due: BlockNumberFor<T>,
		},
		/// A slash that was held was not released in time.
		#[codec(index = 46)]
		SlashLapsed {
			/// The number of the slash.
			slash: SlashId,
			/// Who is not slashed.
			provider: T::AccountId,
			/// What it would have taken at most.
			amount: Balance,
		},
		/// A slash found less than it asked for.
		#[codec(index = 47)]
		DebtIncurred {
			/// Who owes.
			provider: T::AccountId,
			/// How much more.
			amount: Balance,
			/// All that it owes.
			debt: Balance,
		},
		/// What a provider owed was paid or collected.
		#[codec(index = 48)]
		DebtCollected {
			/// Who owed.
			provider: T::AccountId,
			/// How much was paid: the sum of the two parts.
			amount: Balance,
			/// What it still owes.
			debt: Balance,
			/// What went to the treasury.
			to_treasury: Balance,
			/// What was burned.
			burned: Balance,
		},
	}

	#[pallet::error]
	pub enum Error<T> {
		/// The amount is zero.
		ZeroAmount,
		/// The bond would be smaller than the least one.
		BelowMinBond,
		/// The account has no stake.
		NotBonded,
		/// More is to be unbonded than is bonded.
		InsufficientBond,
		/// The bond would not cover what the machines require.
		BelowRequirement,
		/// Too much is unbonding in separate chunks: withdraw or rebond first.
		TooManyChunks,
		/// More is to be rebonded than is unbonding.
		InsufficientUnbonding,
		/// No unbonding stake can be withdrawn yet.
		NothingToWithdraw,
		/// The tier has no K value.
		UnknownTier,
		/// There are as many tiers as there can be.
		TooManyTiers,
		/// A K value must be above zero.
		ZeroTierStake,
		/// The coefficient must be above zero.
		ZeroCoefficient,
		/// The provider has no machine of this tier.
		NoSuchMachine,
		/// The delegator would have less than the least delegation with the provider.
		BelowMinDelegation,
		/// The provider can take no more delegated stake beside its bond.
		DelegationCapReached,
		/// The delegator has nothing there with the provider.
		NotDelegated,
		/// No reward can be claimed.
		NothingToClaim,
		/// The delegator owes nothing, and no liability is over.
		NothingToCollect,
		/// The stake would be liable for too many earlier delegations: wait until one is over.
		TooManyLiabilities,
		/// Stake cannot be moved to where it is.
		SameProvider,
		/// The commission is above the greatest one.
		CommissionTooHigh,
		/// What left the provider lately was slashed whole, twice: wait for the next liability period.
		PeriodExhausted,
		/// The pool was slashed so nearly whole that its shares have no price.
		PoolDepleted,
		/// The account of the pool cannot be derived.
		NoPoolAccount,
		/// What remains would not cover what the stake is liable for elsewhere: wait until that is over.
		StillLiable,
		/// The same offence with the same machine and subject was reported before.
		AlreadyReported,
		/// The offence is too old to be punished.
		OffenceTooOld,
		/// The provider has as many pending slashes as it can have: report again when one has ended.
		TooManyPending,
		/// There is no pending slash with this number.
		UnknownSlash,
		/// The slash is due: what happens to it is settled.
		DeadlinePassed,
		/// The slash is not due yet.
		NotDue,
		/// Only who is to be slashed can contest it.
		NotTheOffender,
		/// The slash is contested already, or held.
		NotContestable,
		/// The slash is not contested.
		NotContested,
		/// The slash is not held.
		NotHeld,
		/// The provider owes something: pay that first.
		InDebt,
		/// The provider owes nothing.
		NoDebt,
		/// The provider has neither rewards nor vesting tokens to take.
		NothingToSeize,
		/// What remained would not cover the pending slashes: wait until they have ended.
		SlashPending,
		/// The provider's own stake would be below the entry threshold of a tier.
		BelowThreshold,
		/// More is to be unpledged than is pledged.
		InsufficientPledge,
		/// How the provider stands is noted already.
		NothingToNote,
		/// The coefficient follows the network already.
		AlreadyFollowing,
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		fn on_idle(now: BlockNumberFor<T>, limit: Weight) -> Weight {
			Self::work_off_agenda(now, limit)
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

	#[pallet::call]
	impl<T: Config> Pallet<T> {
		/// Bond `amount` of the caller's free tokens, or add it to the caller's bond.
		///
		/// What the caller owes is paid out of it first, and only the rest is bonded. The bond must be at least `MinBond`
		/// afterwards, unless nothing is left to bond. A top-up that covers what the caller's machines ask makes a halted
		/// caller active again.
		///
		/// Emits [`Event::Bonded`], and [`Event::DebtCollected`], [`Event::Reactivated`] or [`Event::ShortfallEnded`] if so.
		///
		/// # Errors
		/// [`Error::ZeroAmount`], [`Error::BelowMinBond`], `Token::FundsUnavailable`.
		///
		/// # Complexity
		/// O(tiers of which the caller has machines).
		#[pallet::call_index(0)]
		#[pallet::weight(T::WeightInfo::bond(T::MaxTiers::get()))]
		pub fn bond(origin: OriginFor<T>, #[pallet::compact] amount: Balance) -> DispatchResultWithPostInfo {
			let provider = ensure_signed(origin)?;
			ensure!(!amount.is_zero(), Error::<T>::ZeroAmount);
			let amount = amount.saturating_sub(Self::pay_debt_from(&provider, &provider, amount)?);
			if amount.is_zero() {
				return Ok(().into());
			}
			let mut ledger = Ledgers::<T>::get(&provider).unwrap_or_default();
			let before = Self::footing(&provider, &ledger);

			ledger.bond(amount)?;
			T::Currency::hold(&HoldReason::Stake.into(), &provider, amount)?;
			Self::deposit_event(Event::Bonded { provider: provider.clone(), amount, bonded: ledger.bonded });
			Self::note_standing(&provider, &mut ledger, before);
			Self::store_ledger(&provider, &ledger);
			Ok(Some(T::WeightInfo::bond(ledger.tiers())).into())
		}

		/// Begin to take `amount` out of the caller's bond. It can be withdrawn after `UnbondingPeriod` and slashed
		/// until it is.
		///
		/// What remains must cover, with the delegated stake that then still counts, what the caller's machines require,
		/// and be either nothing or at least `MinBond`. Delegated stake beyond what counts keeps nobody from unbonding.
		///
		/// Emits [`Event::Unbonding`].
		///
		/// # Errors
		/// [`Error::ZeroAmount`], [`Error::NotBonded`], [`Error::InsufficientBond`], [`Error::BelowMinBond`],
		/// [`Error::BelowRequirement`] and [`Error::BelowThreshold`] (one of them for a caller that is short, within its
		/// window or not), [`Error::TooManyChunks`], [`Error::InDebt`].
		///
		/// # Complexity
		/// O(tiers of which the caller has machines).
		#[pallet::call_index(1)]
		#[pallet::weight(T::WeightInfo::unbond(T::MaxTiers::get()))]
		pub fn unbond(origin: OriginFor<T>, #[pallet::compact] amount: Balance) -> DispatchResultWithPostInfo {
			let provider = ensure_signed(origin)?;
			ensure!(!amount.is_zero(), Error::<T>::ZeroAmount);
			let mut ledger = Self::ledger(&provider)?;
			Self::ensure_no_debt(&provider)?;
			let now = frame_system::Pallet::<T>::block_number();
			let at = now.checked_add(&T::UnbondingPeriod::get()).ok_or(ArithmeticError::Overflow)?;

			let withdrawable_at = ledger.unbond(amount, at)?;
			Self::ensure_covered(&provider, &mut ledger)?;
			Self::store_ledger(&provider, &ledger);

			Self::deposit_event(Event::Unbonding { provider, amount, withdrawable_at });
			Ok(Some(T::WeightInfo::unbond(ledger.tiers())).into())
		}

		/// Put `amount` of the caller's unbonding stake, the newest first, back into the bond.
		///
		/// The bond must be at least `MinBond` afterwards.
		///
		/// Emits [`Event::Rebonded`], and [`Event::Reactivated`] or [`Event::ShortfallEnded`] if the caller was short and
		/// now covers what its machines ask.
		///
		/// # Errors
		/// [`Error::ZeroAmount`], [`Error::NotBonded`], [`Error::InsufficientUnbonding`], [`Error::BelowMinBond`].
		///
		/// # Complexity
		/// O(chunks + tiers of which the caller has machines).
		#[pallet::call_index(2)]
		#[pallet::weight(T::WeightInfo::rebond(T::MaxTiers::get()))]
		pub fn rebond(origin: OriginFor<T>, #[pallet::compact] amount: Balance) -> DispatchResultWithPostInfo {
			let provider = ensure_signed(origin)?;
			ensure!(!amount.is_zero(), Error::<T>::ZeroAmount);
			let mut ledger = Self::ledger(&provider)?;
			let before = Self::footing(&provider, &ledger);

			ledger.rebond(amount)?;
			Self::deposit_event(Event::Rebonded { provider: provider.clone(), amount, bonded: ledger.bonded });
			Self::note_standing(&provider, &mut ledger, before);
			Self::store_ledger(&provider, &ledger);
			Ok(Some(T::WeightInfo::rebond(ledger.tiers())).into())
		}

		/// Release the caller's unbonding stake whose period is over, as far as the rest covers the caller's pending slashes,
		/// pledged tokens to where they vest.
		///
		/// Emits [`Event::Withdrawn`] for what was bonded, and [`Event::PledgeReleased`] for what was pledged.
		///
		/// # Errors
		/// [`Error::NotBonded`], [`Error::NothingToWithdraw`], [`Error::InDebt`], [`Error::SlashPending`] (nothing can be
		/// spared), `Token::CannotCreate` (less than the existential deposit,
		/// and the account has no free balance).
		///
		/// # Complexity
		/// O(chunks).
		#[pallet::call_index(3)]
		#[pallet::weight(T::WeightInfo::withdraw_unbonded())]
		pub fn withdraw_unbonded(origin: OriginFor<T>) -> DispatchResult {
			let provider = ensure_signed(origin)?;
			Self::do_withdraw(&provider)
		}

		/// Set the K value of `tier`, or add the tier.
		///
		/// It counts for all machines of the tier at once: providers who do not cover a higher one have a window to top up.
		///
		/// Emits [`Event::TierStakeSet`].
		///
		/// # Errors
		/// `BadOrigin` unless by `AdminOrigin`, [`Error::ZeroTierStake`], [`Error::TooManyTiers`],
		/// `Arithmetic::Overflow` (times the coefficient).
		///
		/// # Complexity
		/// O(tiers).
		#[pallet::call_index(4)]
		#[pallet::weight(T::WeightInfo::set_tier_stake())]
		pub fn set_tier_stake(origin: OriginFor<T>, tier: Tier, #[pallet::compact] stake: Balance) -> DispatchResult {
			T::AdminOrigin::ensure_origin(origin)?;
			Self::do_set_tier_stake(tier, stake)
		}

		/// Set the coefficient by which all K values are multiplied. It no longer follows the network.
		///
		/// It counts for all machines at once: providers who do not cover a higher one have a window to top up.
		///
		/// Emits [`Event::CoefficientSet`].
		///
		/// # Errors
		/// `BadOrigin` unless by `AdminOrigin`, [`Error::ZeroCoefficient`], `Arithmetic::Overflow` (times a K value).
		///
		/// # Complexity
		/// O(tiers).
		#[pallet::call_index(5)]
		#[pallet::weight(T::WeightInfo::set_coefficient(T::MaxTiers::get()))]
		pub fn set_coefficient(origin: OriginFor<T>, coefficient: FixedU128) -> DispatchResultWithPostInfo {
			T::AdminOrigin::ensure_origin(origin)?;
			Self::do_set_coefficient(coefficient)?;
			Ok(Some(T::WeightInfo::set_coefficient(TierStakes::<T>::count())).into())
		}

		/// Have the coefficient follow the network: it is refreshed when the next month begins, and stays until then.
		///
		/// See [`requirement`]. [`set_coefficient`](Pallet::set_coefficient) ends it.
		///
		/// Emits [`Event::CoefficientFollowsNetwork`].
		///
		/// # Errors
		/// `BadOrigin` unless by `AdminOrigin`, [`Error::AlreadyFollowing`].
		///
		/// # Complexity
		/// O(1).
		#[pallet::call_index(10)]
		#[pallet::weight(T::WeightInfo::follow_network())]
		pub fn follow_network(origin: OriginFor<T>) -> DispatchResult {
			T::AdminOrigin::ensure_origin(origin)?;
			ensure!(Source::<T>::get() != CoefficientSource::Network, Error::<T>::AlreadyFollowing);
			Source::<T>::put(CoefficientSource::Network);
			Self::deposit_event(Event::CoefficientFollowsNetwork);
			Ok(())
		}

		/// Set the entry threshold of `tier`: the least own stake, bonded or pledged, of a provider with machines of it.
		/// Zero takes it away.
		///
		/// It counts for all providers with machines of the tier at once: those below a higher one have a window to top
		/// up.
		///
		/// Emits [`Event::TierThresholdSet`].
		///
		/// # Errors
		/// `BadOrigin` unless by `AdminOrigin`, [`Error::UnknownTier`].
		///
		/// # Complexity
		/// O(tiers).
		#[pallet::call_index(11)]
		#[pallet::weight(T::WeightInfo::set_tier_threshold())]
		pub fn set_tier_threshold(
			origin: OriginFor<T>,
			tier: Tier,
			#[pallet::compact] threshold: Balance,
		) -> DispatchResult {
			T::AdminOrigin::ensure_origin(origin)?;
			Self::do_set_tier_threshold(tier, threshold)
		}

		/// Write down and tell that `provider` is short since a raise, is halted since its window ended, or covers again
		/// what is asked since that was lowered. Anybody may.
		///
		/// It tells front ends; what the provider may do follows without it.
		///
		/// Emits [`Event::Shortfall`], [`Event::Halted`], [`Event::ShortfallEnded`] or [`Event::Reactivated`].
		///
		/// # Errors
		/// [`Error::NotBonded`], [`Error::NothingToNote`].
		///
		/// # Complexity
		/// O(tiers of which the provider has machines).
		#[pallet::call_index(12)]
		#[pallet::weight(T::WeightInfo::note_shortfall(T::MaxTiers::get()))]
		pub fn note_shortfall(origin: OriginFor<T>, provider: T::AccountId) -> DispatchResultWithPostInfo {
			ensure_signed(origin)?;
			let tiers = Self::do_note_shortfall(&provider)?;
			Ok(Some(T::WeightInfo::note_shortfall(tiers)).into())
		}

		/// Pledge `amount` of the tokens that vest for the caller as stake, or add it to the caller's pledge.
		///
		/// They must vest by a plan that allows it. All own stake must be at least `MinBond` afterwards. See [`pledge`].
		///
		/// Emits [`Event::Pledged`], and [`Event::Reactivated`] or [`Event::ShortfallEnded`] if the caller was short and
		/// now covers what its machines ask.
		///
		/// # Errors
		/// [`Error::ZeroAmount`], [`Error::BelowMinBond`], and those of `Vesting` when there is not so much to pledge.
		///
		/// # Complexity
		/// O(tiers of which the caller has machines).
		#[pallet::call_index(13)]
		#[pallet::weight(T::WeightInfo::pledge(T::MaxTiers::get()))]
		pub fn pledge(origin: OriginFor<T>, #[pallet::compact] amount: Balance) -> DispatchResultWithPostInfo {
			let tiers = Self::do_pledge(&ensure_signed(origin)?, amount)?;
			Ok(Some(T::WeightInfo::pledge(tiers)).into())
		}

		/// Begin to take `amount` out of the caller's pledge. It can be released by
		/// [`withdraw_unbonded`](Pallet::withdraw_unbonded) after `UnbondingPeriod` and slashed until it is.
		///
		/// What remains must cover what the caller's machines ask, and all own stake be nothing or at least `MinBond`.
		///
		/// Emits [`Event::Unpledging`].
		///
		/// # Errors
		/// [`Error::ZeroAmount`], [`Error::NotBonded`], [`Error::InsufficientPledge`], [`Error::BelowMinBond`],
		/// [`Error::BelowRequirement`], [`Error::BelowThreshold`], [`Error::TooManyChunks`].
		///
		/// # Complexity
		/// O(tiers of which the caller has machines).
		#[pallet::call_index(14)]
		#[pallet::weight(T::WeightInfo::unpledge(T::MaxTiers::get()))]
		pub fn unpledge(origin: OriginFor<T>, #[pallet::compact] amount: Balance) -> DispatchResultWithPostInfo {
			let tiers = Self::do_unpledge(&ensure_signed(origin)?, amount)?;
			Ok(Some(T::WeightInfo::unpledge(tiers)).into())
		}

		/// Delegate `amount` of the caller's free tokens to `provider`, which must have a bond.
		///
		/// The tokens lie in the account of the provider's pool from then on, and the caller owns shares of it. They count
		/// for the provider at once, earn a part of its rewards, and are slashed with it, for what is punished after they
		/// came whenever it was done. The first to delegate also pays the existential deposit of the pool's account.
		///
		/// What the caller owes for stake that it moved here is collected first.
		///
		/// Emits [`Event::Delegated`], and [`Event::PoolOpened`] and [`Event::LiabilityCollected`] if so.
		///
		/// # Errors
		/// [`Error::ZeroAmount`], [`Error::NotBonded`], [`Error::DelegationCapReached`], [`Error::BelowMinDelegation`],
		/// [`Error::PoolDepleted`], `Token::FundsUnavailable`.
		///
		/// # Complexity
		/// O(liabilities of the position).
		#[pallet::call_index(20)]
		#[pallet::weight(T::WeightInfo::delegate().saturating_add(delegation::touch_weight::<T>(T::MaxLiabilities::get())))]
		pub fn delegate(
			origin: OriginFor<T>,
			provider: T::AccountId,
			#[pallet::compact] amount: Balance,
		) -> DispatchResultWithPostInfo {
			let delegator = ensure_signed(origin)?;
			let liabilities = Self::do_delegate(&delegator, &provider, amount)?;
			Ok(Some(T::WeightInfo::delegate().saturating_add(delegation::touch_weight::<T>(liabilities))).into())
		}

		/// Begin to take `amount` of the caller's stake with `provider` back, or all of it when it is worth no more.
		///
		/// It can be withdrawn after `UnbondingPeriod` and is slashed, until it is, for what the provider did before. What
		/// remains must be nothing or at least `MinDelegation`.
		///
		/// Emits [`Event::Undelegating`], and [`Event::LiabilityCollected`] if so.
		///
		/// # Errors
		/// [`Error::ZeroAmount`], [`Error::NotDelegated`], [`Error::BelowMinDelegation`], [`Error::TooManyChunks`],
		/// [`Error::PeriodExhausted`].
		///
		/// # Complexity
		/// O(liabilities of the position).
		#[pallet::call_index(21)]
		#[pallet::weight(T::WeightInfo::undelegate().saturating_add(delegation::touch_weight::<T>(T::MaxLiabilities::get())))]
		pub fn undelegate(
			origin: OriginFor<T>,
			provider: T::AccountId,
			#[pallet::compact] amount: Balance,
		) -> DispatchResultWithPostInfo {
			let delegator = ensure_signed(origin)?;
			let liabilities = Self::do_undelegate(&delegator, &provider, amount)?;
			Ok(Some(T::WeightInfo::undelegate().saturating_add(delegation::touch_weight::<T>(liabilities))).into())
		}

		/// Release all of the caller's stake with `provider` whose unbonding period is over.
		///
		/// Emits [`Event::DelegationWithdrawn`], and [`Event::LiabilityCollected`] if so. The amount is zero when all of
		/// it was slashed meanwhile.
		///
		/// # Errors
		/// [`Error::NotDelegated`], [`Error::NothingToWithdraw`], [`Error::StillLiable`], `Token::CannotCreate` (less than
		/// the existential deposit, and the account has no free balance).
		///
		/// # Complexity
		/// O(chunks + liabilities of the position).
		#[pallet::call_index(22)]
		#[pallet::weight(
			T::WeightInfo::withdraw_delegation().saturating_add(delegation::touch_weight::<T>(T::MaxLiabilities::get()))
		)]
		pub fn withdraw_delegation(origin: OriginFor<T>, provider: T::AccountId) -> DispatchResultWithPostInfo {
			let delegator = ensure_signed(origin)?;
			let liabilities = Self::do_withdraw_delegation(&delegator, &provider)?;
			let weight = T::WeightInfo::withdraw_delegation();
			Ok(Some(weight.saturating_add(delegation::touch_weight::<T>(liabilities))).into())
		}

		/// Move `amount` of the caller's stake with `from` to `to`, or all of it when it is worth no more.
		///
		/// It counts for `to` at once, and stays liable for `UnbondingPeriod` for what `from` did before, as for what it
		/// was liable for already. What remains must be nothing or at least `MinDelegation`.
		///
		/// Emits [`Event::DelegationMoved`], and [`Event::PoolOpened`] and [`Event::LiabilityCollected`] if so.
		///
		/// # Errors
		/// [`Error::ZeroAmount`], [`Error::SameProvider`], [`Error::NotDelegated`], [`Error::NotBonded`] (`to`),
		/// [`Error::DelegationCapReached`] (`to`), [`Error::BelowMinDelegation`], [`Error::TooManyLiabilities`],
		/// [`Error::PeriodExhausted`], [`Error::PoolDepleted`].
		///
		/// # Complexity
		/// O(chunks and liabilities of both positions).
		#[pallet::call_index(23)]
		#[pallet::weight(
			T::WeightInfo::move_delegation(T::MaxLiabilities::get())
				.saturating_add(delegation::touch_weight::<T>(T::MaxLiabilities::get().saturating_mul(2)))
		)]
		pub fn move_delegation(
			origin: OriginFor<T>,
			from: T::AccountId,
			to: T::AccountId,
			#[pallet::compact] amount: Balance,
		) -> DispatchResultWithPostInfo {
			let delegator = ensure_signed(origin)?;
			let liabilities = Self::do_move_delegation(&delegator, &from, &to, amount)?;
			let weight = T::WeightInfo::move_delegation(liabilities.min(T::MaxLiabilities::get()));
			Ok(Some(weight.saturating_add(delegation::touch_weight::<T>(liabilities))).into())
		}

		/// Claim what the caller has earned with `provider`: pay it out, or delegate it to the same provider (`compound`).
		///
		/// Emits [`Event::DelegationRewardClaimed`], and [`Event::LiabilityCollected`] if so.
		///
		/// # Errors
		/// [`Error::NotDelegated`], [`Error::NothingToClaim`]; when compounding also those of
		/// [`delegate`](Pallet::delegate).
		///
		/// # Complexity
		/// O(liabilities of the position).
		#[pallet::call_index(24)]
		#[pallet::weight(
			T::WeightInfo::claim_delegation_reward()
				.saturating_add(delegation::touch_weight::<T>(T::MaxLiabilities::get()))
		)]
		pub fn claim_delegation_reward(
			origin: OriginFor<T>,
			provider: T::AccountId,
			compound: bool,
		) -> DispatchResultWithPostInfo {
			let delegator = ensure_signed(origin)?;
			let liabilities = Self::do_claim_reward(&delegator, &provider, compound)?;
			let weight = T::WeightInfo::claim_delegation_reward();
			Ok(Some(weight.saturating_add(delegation::touch_weight::<T>(liabilities))).into())
		}

		/// Collect what the position of `delegator` with `provider` owes for stake that it moved there, and drop its
		/// liabilities that are over. Anybody may.
		///
		/// Emits [`Event::LiabilityCollected`] for each that owes.
		///
		/// # Errors
		/// [`Error::NotDelegated`], [`Error::NothingToCollect`].
		///
		/// # Complexity
		/// O(liabilities of the position), and O(chunks) when its shares do not suffice.
		#[pallet::call_index(25)]
		#[pallet::weight(T::WeightInfo::collect_liability(T::MaxLiabilities::get()))]
		pub fn collect_liability(
			origin: OriginFor<T>,
			delegator: T::AccountId,
			provider: T::AccountId,
		) -> DispatchResultWithPostInfo {
			ensure_signed(origin)?;
			let liabilities = Self::do_collect_liability(&delegator, &provider)?;
			Ok(Some(T::WeightInfo::collect_liability(liabilities)).into())
		}

		/// Announce the part of its delegators' rewards that the caller will keep, and the part of its own, that among
		/// them, that it will give to them.
		///
		/// They count from `CommissionNotice` blocks later, or at once while nobody delegates to the caller. A new
		/// announcement takes the place of one that does not count yet.
		///
		/// Emits [`Event::CommissionAnnounced`], and [`Event::PoolOpened`] if so.
		///
		/// # Errors
		/// [`Error::CommissionTooHigh`], [`Error::NotBonded`], `Token::FundsUnavailable` (the existential deposit of the
		/// pool's account).
		///
		/// # Complexity
		/// O(1).
		#[pallet::call_index(26)]
		#[pallet::weight(T::WeightInfo::set_commission())]
		pub fn set_commission(origin: OriginFor<T>, commission: Perbill, kickback: Perbill) -> DispatchResult {
			let provider = ensure_signed(origin)?;
			Self::do_set_commission(&provider, commission, kickback)
		}

		/// Do with the pending slash `slash`, which is due, what its state says: carry it out, or let it lapse. Anybody may,
		/// but the chain does it by itself in a block that has room.
		///
		/// Emits [`Event::Slashed`] or [`Event::SlashLapsed`], and [`Event::ContestResolved`] if so.
		///
		/// # Errors
		/// [`Error::UnknownSlash`], [`Error::NotDue`].
		///
		/// # Complexity
		/// O(tiers of which the provider has machines).
		#[pallet::call_index(30)]
		#[pallet::weight(T::WeightInfo::apply_slash())]
		pub fn apply_slash(origin: OriginFor<T>, #[pallet::compact] slash: SlashId) -> DispatchResult {
			ensure_signed(origin)?;
			Self::do_apply_slash(slash)
		}

		/// Contest the queued slash `slash` of the caller, with `ContestBond` on hold. Governance has until `ContestPeriod`
		/// after it would have been carried out to decide; if it does not, it is carried out and the bond given back.
		///
		/// Emits [`Event::SlashContested`].
		///
		/// # Errors
		/// [`Error::UnknownSlash`], [`Error::NotTheOffender`], [`Error::NotContestable`], [`Error::DeadlinePassed`],
		/// `Token::FundsUnavailable`.
		///
		/// # Complexity
		/// O(1).
		#[pallet::call_index(31)]
		#[pallet::weight(T::WeightInfo::contest_slash())]
		pub fn contest_slash(origin: OriginFor<T>, #[pallet::compact] slash: SlashId) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_contest_slash(&who, slash)
		}

		/// Decide on the contested slash `slash`: carry it out at once, with the bond, or cancel it and give the bond back.
		///
		/// Emits [`Event::ContestResolved`], and [`Event::Slashed`] or [`Event::SlashCancelled`].
		///
		/// # Errors
		/// `BadOrigin` unless by `AdminOrigin`, [`Error::UnknownSlash`], [`Error::NotContested`], [`Error::DeadlinePassed`].
		///
		/// # Complexity
		/// O(tiers of which the provider has machines).
		#[pallet::call_index(32)]
		#[pallet::weight(T::WeightInfo::resolve_contest())]
		pub fn resolve_contest(
			origin: OriginFor<T>,
			#[pallet::compact] slash: SlashId,
			uphold: bool,
		) -> DispatchResult {
			T::AdminOrigin::ensure_origin(origin)?;
			Self::do_resolve_contest(slash, uphold)
		}

		/// Cancel the pending slash `slash`, in whatever state, before it is due. The bond of a contest is given back.
		///
		/// Emits [`Event::SlashCancelled`], and [`Event::ContestResolved`] if so.
		///
		/// # Errors
		/// `BadOrigin` unless by `AdminOrigin`, [`Error::UnknownSlash`], [`Error::DeadlinePassed`].
		///
		/// # Complexity
		/// O(1).
		#[pallet::call_index(33)]
		#[pallet::weight(T::WeightInfo::cancel_slash())]
		pub fn cancel_slash(origin: OriginFor<T>, #[pallet::compact] slash: SlashId) -> DispatchResult {
			T::AdminOrigin::ensure_origin(origin)?;
			Self::do_cancel_slash(slash)
		}

		/// Have the held slash `slash` carried out: when `SlashDeferral` is over since its report, at once if it is.
		///
		/// Emits [`Event::SlashReleased`], and [`Event::Slashed`] if so.
		///
		/// # Errors
		/// `BadOrigin` unless by `AdminOrigin`, [`Error::UnknownSlash`], [`Error::NotHeld`], [`Error::DeadlinePassed`].
		///
		/// # Complexity
		/// O(tiers of which the provider has machines).
		#[pallet::call_index(34)]
		#[pallet::weight(T::WeightInfo::release_slash())]
		pub fn release_slash(origin: OriginFor<T>, #[pallet::compact] slash: SlashId) -> DispatchResult {
			T::AdminOrigin::ensure_origin(origin)?;
			Self::do_release_slash(slash)
		}

		/// Pay what `provider` owes, at most `amount`, out of the caller's free balance. Anybody may.
		///
		/// Emits [`Event::DebtCollected`].
		///
		/// # Errors
		/// [`Error::ZeroAmount`], [`Error::NoDebt`], `Token::FundsUnavailable`.
		///
		/// # Complexity
		/// O(1).
		#[pallet::call_index(35)]
		#[pallet::weight(T::WeightInfo::pay_debt())]
		pub fn pay_debt(
			origin: OriginFor<T>,
			provider: T::AccountId,
			#[pallet::compact] amount: Balance,
		) -> DispatchResult {
			let payer = ensure_signed(origin)?;
			Self::do_pay_debt(&payer, &provider, amount)
		}

		/// Take what `provider` owes from its unclaimed rewards, then from its vesting tokens. Anybody may.
		///
		/// Emits [`Event::DebtCollected`].
		///
		/// # Errors
		/// [`Error::NoDebt`], [`Error::NothingToSeize`].
		///
		/// # Complexity
		/// O(1).
		#[pallet::call_index(36)]
		#[pallet::weight(T::WeightInfo::collect_debt())]
		pub fn collect_debt(origin: OriginFor<T>, provider: T::AccountId) -> DispatchResult {
			ensure_signed(origin)?;
			Self::do_collect_debt(&provider)
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

		/// What an offence done now costs a provider that has enough left, and who gets it: with a machine of `tier` that has
		/// done nothing before, or with `machine` of that tier, which may repeat itself or have paid for the present period.
		/// There is a wronged account, and if `reported` there is somebody who reported it.
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
			let due = machine.map_or(amount, |machine| Self::beyond_punished(machine, now, amount));
			Some(SlashSplit::of::<T>(due, true, reported))
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
