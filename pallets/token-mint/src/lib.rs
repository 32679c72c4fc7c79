//! # Token mint
//!
//! When, how much and to whom new tokens go: emission by schedules under a hard cap, pots and accounts fed by budgets, and
//! rewards paid out of the pots.
//!
//! ## Emission
//!
//! [`Config::Schedules`] are what the chain mints by, each with a start, a length of its periods and a curve of what is
//! minted by the end of each (see [`schedule`], and [`presets`] for those of known networks). A start may be before genesis;
//! then all that is due since is minted in the first block. As every mint is a difference to what is due altogether, a block
//! without hooks, a halted chain or an upgrade loses nothing and mints nothing twice; the next mint catches up (see
//! [`emission`]). Curves that depend on the network are told about it by [`Config::Inputs`].
//!
//! The only count of tokens is the total issuance of [`Config::Currency`]. Whatever schedules and budgets say, minting stops
//! where that reaches [`Config::Cap`], and where the schedules have minted what the cap leaves above the genesis supply:
//! burning makes no room for more.
//!
//! ## Recipients
//!
//! Each mint is split by the schedule's budget, whose parts sum to one, without losing a unit (see [`budget`]). A
//! [`Recipient`] is a [`Pot`], which is an account of this pallet's own that is never emptied below the existential deposit,
//! or a named account, at once or by a vesting plan. A share that cannot be put there, because it is too small to bring an
//! account into being or nothing more can vest for it, is not minted: it is noted as [`Owed`] and added to the
//! recipient's next share.
//!
//! ## Rewards
//!
//! The pots for work, capacity, checks and validators share out what they have free among those who earned it in a round
//! (see [`rounds`]). Other pallets report what was earned through [`assay_primitives::WorkRewards`],
//! [`assay_primitives::CapacityRewards`] and [`assay_primitives::CheckerRewards`], the authorship pallet through its
//! `EventHandler`. [`Pallet::claim`] pays; anyone may call it for an account. A slash takes what was not claimed first, through
//! [`assay_primitives::SeizeRewards`].
//!
//! A reward for work is bounded by the fees on it, which is what makes buying one's own work a loss: with
//! [`Config::RewardFeeShare`] `k`, who spends `fee` gets at most `k × fee` back. And as work
//! counts only as far as [`Config::MinFeePerWork`] was paid for it, whoever reports much work at a small fee cannot make the
//! shares of others small either. What
//! is left in the pot is shared out next time.
//!
//! [`ToPot`] is a sink by which other pallets pay into a pot, [`ToTreasury`] the one into the treasury.
//!
//! ## Transfer lock
//!
//! Genesis may close transfers until a part of the cap is minted; [`Pallet::transfers_open`] says whether they are open. The
//! runtime's `BaseCallFilter` asks it for calls that move tokens between accounts, such as those of the balances pallet, and
//! lets all others through, so that fees, staking and escrow work meanwhile. Calls inside a batch, a proxy's or a multisig's
//! call are dispatched with an origin that carries the same filter, which sees each of them by itself.

#![cfg_attr(not(feature = "std"), no_std)]
#![cfg_attr(test, allow(clippy::expect_used, clippy::panic, clippy::unwrap_used))]

extern crate alloc;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
pub mod budget;
pub mod emission;
#[cfg(any(feature = "std", feature = "try-runtime"))]
mod invariants;
#[cfg(test)]
mod mock;
pub mod presets;
pub mod rounds;
pub mod schedule;
#[cfg(test)]
mod tests;
mod types;
pub mod weights;

pub use emission::EmissionInputs;
pub use pallet::*;
pub use rounds::PayInFull;
pub use schedule::{Curve, Emission, Inputs};
pub use types::{
	BudgetTable, ChainSchedule, Ledger, NextMint, OwedTable, Parts, Pot, PotState, Progress, Recipient, Round,
	RunningRound, ScheduleId, UnexpectedKind, MAX_OWED, MAX_RECIPIENTS, MAX_SCHEDULES, POTS,
};
pub use weights::WeightInfo;

use alloc::vec::Vec;
use assay_primitives::{Balance, RewardKind, RewardPayee, Vesting, VestingPlan};
use core::marker::PhantomData;
use frame_support::{
	pallet_prelude::*,
	traits::{
		fungible::{Balanced, Credit, Inspect, Mutate},
		Imbalance, OnUnbalanced,
	},
	PalletId,
};
use frame_system::pallet_prelude::*;
use schedule::State;
use sp_runtime::{
	traits::{AccountIdConversion, Convert, Zero},
	Perbill, SaturatedConversion,
};

/// Tokens that are taken from somewhere and not yet put anywhere.
pub type CreditOf<T> = Credit<<T as frame_system::Config>::AccountId, <T as Config>::Currency>;

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
		/// The token that is minted.
		type Currency: Inspect<Self::AccountId, Balance = Balance> + Mutate<Self::AccountId> + Balanced<Self::AccountId>;

		/// Who may change the budget.
		type AdminOrigin: EnsureOrigin<Self::RuntimeOrigin>;

		/// The id whose sub-accounts are the pots. Changing it on a running chain would lose the pots' balances.
		#[pallet::constant]
		type PalletId: Get<PalletId>;

		/// Units that can ever exist. Genesis supply and the schedules' pools together may not be above it.
		#[pallet::constant]
		type Cap: Get<Balance>;

		/// Units that may exist at genesis; a chain specification that endows more does not build.
		#[pallet::constant]
		type GenesisSupply: Get<Balance>;

		/// What is minted when: at most [`MAX_SCHEDULES`], each with an id of its own.
		///
		/// On a running chain only an upgrade can change them. It may add schedules, and must keep for the others the amount
		/// due by their last period; the pallet's checks fail otherwise. Minting would merely pause until the new schedule is
		/// ahead of the old.
		#[pallet::constant]
		type Schedules: Get<Vec<ChainSchedule>>;

		/// What schedules are told about the network that depend on it.
		type Inputs: EmissionInputs;

		/// Blocks in a round of rewards. So long that everybody who serves is credited in each round, and that nobody who can choose
		/// the block of a credit can choose among rounds; short enough that rewards do not come in lumps.
		#[pallet::constant]
		type RoundLength: Get<u32>;

		/// `k`: the part of the fees on its work that a provider's reward for it may reach, where it is not above
		/// [`Config::MaxRewardFeeShare`]. It is fixed for a round when that closes.
		type RewardFeeShare: Get<Perbill>;

		/// Bound of [`Config::RewardFeeShare`], whoever sets that. Less than one, or else buying one's own work could pay.
		#[pallet::constant]
		type MaxRewardFeeShare: Get<Perbill>;

		/// Units of fee that must have been paid for each gas of work that counts; of zero, all work does. Some way below
		/// what honest work pays; without it, work declared at next to no fee would take the shares of others.
		type MinFeePerWork: Get<Balance>;

		/// Who divides rewards that do not vest. [`PayInFull`] gives them to who earned them.
		type Payee: RewardPayee<Self::AccountId, CreditOf<Self>>;

		/// Where rewards and the parts of named accounts vest.
		type Vesting: Vesting<Self::AccountId, CreditOf<Self>>;

		/// The plan by which rewards of a kind vest. None: they are paid at once.
		type VestingOf: Convert<RewardKind, Option<VestingPlan>>;

		/// Weights of this pallet's calls and hooks.
		type WeightInfo: WeightInfo;
	}

	/// How far the schedules have got.
	#[pallet::storage]
	pub type AllProgress<T: Config> = StorageValue<_, BoundedVec<Progress, ConstU32<MAX_SCHEDULES>>, ValueQuery>;

	/// Units due to recipients of a schedule that were not minted because they could not be put there. Normally empty.
	#[pallet::storage]
	pub type Owed<T: Config> = StorageMap<_, Twox64Concat, ScheduleId, OwedTable<T::AccountId>, ValueQuery>;

	/// How each schedule's mints are split.
	#[pallet::storage]
	pub type Budgets<T: Config> =
		StorageMap<_, Twox64Concat, ScheduleId, BudgetTable<T::AccountId>, ValueQuery, DefaultBudget<T>>;

	/// The budget of a schedule for which none was ever set.
	#[pallet::type_value]
	pub fn DefaultBudget<T: Config>() -> BudgetTable<T::AccountId> {
		budget::default_budget()
	}

	/// Units that schedules have ever minted into the capacity pot.
	#[pallet::storage]
	pub type EmittedToCapacity<T: Config> = StorageValue<_, Balance, ValueQuery>;

	/// The part of the cap that schedules must have minted before transfers open. Absent when they are open.
	#[pallet::storage]
	pub type TransferLock<T: Config> = StorageValue<_, Perbill, OptionQuery>;

	/// The round that is running, for all kinds of rewards.
	#[pallet::storage]
	pub type CurrentRound<T: Config> = StorageValue<_, RunningRound<BlockNumberFor<T>>, ValueQuery>;

	/// The running round of each kind of reward, and what its pot has promised.
	#[pallet::storage]
	pub type PotStates<T: Config> = StorageMap<_, Twox64Concat, RewardKind, PotState, ValueQuery>;

	/// Closed rounds that somebody has a reward of and has not settled. Never more than there are [`Ledgers`].
	#[pallet::storage]
	pub type Rounds<T: Config> = StorageDoubleMap<_, Twox64Concat, RewardKind, Twox64Concat, u32, Round, OptionQuery>;

	/// What each account has earned and was not paid. Absent when that is nothing.
	#[pallet::storage]
	pub type Ledgers<T: Config> =
		StorageDoubleMap<_, Twox64Concat, RewardKind, Blake2_128Concat, T::AccountId, Ledger, ValueQuery>;

	/// Indices are pinned: append only.
	#[pallet::event]
	#[pallet::generate_deposit(pub(crate) fn deposit_event)]
	pub enum Event<T: Config> {
		/// New tokens were minted by a schedule.
		#[codec(index = 0)]
		Minted {
			/// The schedule.
			schedule: ScheduleId,
			/// Its period that ended.
			period: u32,
			/// Units minted now.
			amount: Balance,
			/// Units that the schedule has minted since genesis.
			minted: Balance,
		},
		/// A pot took in tokens: its share of a mint, or a payment to the treasury.
		#[codec(index = 1)]
		PotCredited {
			/// The pot.
			pot: Pot,
			/// Units it took in.
			amount: Balance,
		},
		/// Accepted work was counted into the current round.
		#[codec(index = 2)]
		WorkCredited {
			/// Who did it.
			provider: T::AccountId,
			/// The round it counts in.
			round: u32,
			/// Gas of the work that counts.
			work: u128,
			/// Fee burned or paid to the treasury on it.
			fee: Balance,
		},
		/// A round in which somebody earned was closed.
		#[codec(index = 3)]
		RoundClosed {
			/// What the rewards are for.
			kind: RewardKind,
			/// The round.
			round: u32,
			/// Points of all accounts in it.
			points: u128,
			/// What was set aside for it, and so the most that its rewards can sum to.
			distributed: Balance,
		},
		/// An account was paid its rewards, or they began to vest for it.
		#[codec(index = 4)]
		RewardPaid {
			/// What the rewards are for.
			kind: RewardKind,
			/// Who earned them.
			account: T::AccountId,
			/// Units paid.
			amount: Balance,
			/// How they vest.
			plan: Option<VestingPlan>,
		},
		/// A budget was changed; it holds from the next mint on.
		#[codec(index = 5)]
		BudgetSet {
			/// The schedule whose mints it splits.
			schedule: ScheduleId,
			/// The new budget.
			budget: BudgetTable<T::AccountId>,
		},
		/// An account's reward of a closed round was computed and added to its pending rewards. Not told of one that was paid
		/// at once.
		#[codec(index = 6)]
		RewardSettled {
			/// What the reward is for.
			kind: RewardKind,
			/// Who earned it.
			account: T::AccountId,
			/// The round.
			round: u32,
			/// The reward: zero when the pot was empty or the share is less than a unit.
			reward: Balance,
		},
		/// A payment into a pot was too small to bring its account into being, and was burned.
		#[codec(index = 7)]
		DepositBurned {
			/// The pot.
			pot: Pot,
			/// Units burned.
			amount: Balance,
		},
		/// Something happened that should not have.
		#[codec(index = 8)]
		Unexpected {
			/// What.
			kind: UnexpectedKind,
		},
		/// Points without a fee were counted into the current round.
		#[codec(index = 9)]
		PointsCredited {
			/// What they are for.
			kind: RewardKind,
			/// Who earned them.
			account: T::AccountId,
			/// The round they count in.
			round: u32,
			/// How many.
			points: u128,
		},
		/// Rewards that were not claimed were taken by a slash.
		#[codec(index = 10)]
		RewardsSeized {
			/// What they were for.
			kind: RewardKind,
			/// Who had earned them.
			account: T::AccountId,
			/// Units taken.
			amount: Balance,
		},
		/// So much of the cap is minted that transfers are open from now on.
		#[codec(index = 11)]
		TransfersOpened {
			/// Units that all schedules have minted.
			minted: Balance,
		},
		/// A named account was given its share of a mint.
		#[codec(index = 12)]
		AccountCredited {
			/// Who.
			account: T::AccountId,
			/// How it vests.
			plan: Option<VestingPlan>,
			/// Units minted for it.
			amount: Balance,
		},
	}

	#[pallet::error]
	pub enum Error<T> {
		/// The budget's parts do not sum to exactly one.
		BudgetNotExact,
		/// The budget names a recipient twice.
		DuplicateRecipient,
		/// The account has no pending reward and earned nothing in a closed round.
		NothingToClaim,
		/// The chain has no such schedule.
		UnknownSchedule,
		/// The budget's recipients and those of earlier budgets that are still owed something are too many.
		TooManyOwed,
		/// Nothing of the reward could be paid, for one because it cannot open the account. It stays pending.
		RewardNotTaken,
	}

	#[pallet::genesis_config]
	pub struct GenesisConfig<T: Config> {
		/// Block from which the starts of the schedules are counted.
		pub start: BlockNumberFor<T>,
		/// How mints are split, of schedules with another budget than the default one.
		pub budgets: Vec<(ScheduleId, Parts<T::AccountId>)>,
		/// Keep transfers closed until the schedules have minted this part of the cap.
		pub transfers_open_at: Option<Perbill>,
	}

	impl<T: Config> Default for GenesisConfig<T> {
		fn default() -> Self {
			Self { start: Zero::zero(), budgets: Vec::new(), transfers_open_at: None }
		}
	}

	#[pallet::genesis_build]
	impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
		/// Panics when a budget is not valid or names no schedule, when more is endowed than [`Config::GenesisSupply`], when
		/// the schedules do not fit under the cap, or when it is not certain that they ever open transfers.
		fn build(&self) {
			for (id, budget) in &self.budgets {
				let table = BudgetTable::truncate_from(budget.clone());
				assert!(table.len() == budget.len(), "a budget has more parts than there may be recipients");
				assert!(budget::validate::<T>(&table).is_ok(), "a budget's parts must sum to one, nobody named twice",);
				assert!(Pallet::<T>::schedule(*id).is_some(), "a budget names a schedule that the chain does not have");
				Budgets::<T>::insert(id, table);
			}
			assert!(
				T::Currency::total_issuance() <= T::GenesisSupply::get(),
				"the endowed accounts hold more than the genesis supply",
			);
			Pallet::<T>::assert_schedules_fit();
			let start = i64::from(Pallet::<T>::block(self.start));
			let progress = T::Schedules::get()
				.into_iter()
				.map(|schedule| Progress::new(schedule.id, schedule.emission.start.saturating_add(start)));
			AllProgress::<T>::put(BoundedVec::truncate_from(progress.collect::<Vec<_>>()));
			if let Some(part) = self.transfers_open_at {
				// What a schedule mints that depends on the network is not certain, and counts as nothing.
				let in_the_end = T::Schedules::get().iter().fold(0, |sum: Balance, schedule| {
					sum.saturating_add(schedule.emission.cumulative(&State::default(), u32::MAX))
				});
				assert!(Pallet::<T>::opens_at(part) <= in_the_end, "transfers would never open");
				TransferLock::<T>::put(part);
			}
		}
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		/// At the first block after the end of a period mint and feed the recipients, and at that of a round close it.
		///
		/// O(schedules) and O(recipients) of those that mint, otherwise two reads. The weight includes that of counting the
		/// block for its author, which the authorship pallet leaves out.
		fn on_initialize(now: BlockNumberFor<T>) -> Weight {
			let mut weight = T::WeightInfo::on_initialize_idle().saturating_add(T::WeightInfo::note_author());
			// Minting comes first, so that a round is paid out of the share of the period in which its points were earned.
			weight.saturating_accrue(Self::mint_due(now));
			if Self::close_round_if_due(now) {
				weight.saturating_accrue(T::WeightInfo::close_round());
			}
			weight
		}

		fn integrity_test() {
			Self::assert_schedules_fit();
			assert!(T::RoundLength::get() > 0, "a round of no blocks would never close");
			assert!(T::MaxRewardFeeShare::get() < Perbill::one(), "buying one's own work must not pay");
			// A short account id would cut off what tells the pots apart.
			for pot in Pot::ALL {
				let same = Pot::ALL.into_iter().filter(|other| Self::pot_account(*other) == Self::pot_account(pot));
				assert!(same.count() == 1, "every pot must have an account of its own");
			}
		}

		#[cfg(feature = "try-runtime")]
		fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::do_try_state()
		}
	}

	#[pallet::call]
	impl<T: Config> Pallet<T> {
		/// [`Pallet::claim`] the rewards for work of `provider`.
		#[pallet::call_index(0)]
		#[pallet::weight(T::WeightInfo::claim_work_reward())]
		pub fn claim_work_reward(origin: OriginFor<T>, provider: T::AccountId) -> DispatchResult {
			ensure_signed(origin)?;
			Self::do_claim(RewardKind::Work, &provider)
		}

		/// Change how a schedule's mints are split, from the next mint on. [`Config::AdminOrigin`] only.
		///
		/// What was minted, and what a recipient is owed, stays with it.
		///
		/// ## Errors
		///
		/// - [`Error::UnknownSchedule`]: the chain has no such schedule.
		/// - [`Error::DuplicateRecipient`]: somebody is named twice.
		/// - [`Error::BudgetNotExact`]: the parts do not sum to exactly one.
		/// - [`Error::TooManyOwed`]: with those that earlier budgets still owe something there are more than [`MAX_OWED`].
		///
		/// ## Events
		///
		/// `BudgetSet`.
		///
		/// ## Complexity
		///
		/// O(recipients²), with at most [`MAX_RECIPIENTS`].
		#[pallet::call_index(1)]
		#[pallet::weight(T::WeightInfo::set_budget())]
		pub fn set_budget(
			origin: OriginFor<T>,
			schedule: ScheduleId,
			budget: BudgetTable<T::AccountId>,
		) -> DispatchResult {
			T::AdminOrigin::ensure_origin(origin)?;
			ensure!(Self::schedule(schedule).is_some(), Error::<T>::UnknownSchedule);
			budget::validate::<T>(&budget)?;
			budget::validate_owed::<T>(&budget, &Owed::<T>::get(schedule))?;
			Budgets::<T>::insert(schedule, &budget);
			Self::deposit_event(Event::BudgetSet { schedule, budget });
			Ok(())
		}

		/// Pay `account` what it has earned of one kind in all rounds that have closed, at once or by the plan of
		/// [`Config::VestingOf`].
		///
		/// Signed by anyone: the reward goes to `account` whoever asks, and the caller pays the transaction fee. So nobody can
		/// keep a part of a pot reserved by not claiming. What [`Config::Payee`] or [`Config::Vesting`] does not take stays
		/// pending.
		///
		/// ## Errors
		///
		/// - [`Error::NothingToClaim`]: no pending reward, and nothing earned in a round that has closed.
		/// - [`Error::RewardNotTaken`]: nothing of the reward could be paid, for one because the account does not exist and
		///   the reward is below the existential deposit. It stays pending.
		///
		/// ## Events
		///
		/// `RewardPaid` unless the reward is zero. `RewardSettled` for a round that had closed since the last settlement, if
		/// something of its reward stays pending, or it is zero.
		///
		/// ## Complexity
		///
		/// O(1), and what the payee adds.
		#[pallet::call_index(2)]
		#[pallet::weight(Pallet::<T>::claim_weight())]
		pub fn claim(origin: OriginFor<T>, kind: RewardKind, account: T::AccountId) -> DispatchResult {
			ensure_signed(origin)?;
			Self::do_claim(kind, &account)
		}
	}

	#[pallet::view_functions]
	impl<T: Config> Pallet<T> {
		/// Units that [`Pallet::claim_work_reward`] would pay `provider` now. Work of the running round is not in it.
		pub fn pending_work_reward(provider: T::AccountId) -> Balance {
			Self::claimable(RewardKind::Work, &provider)
		}

		/// Units that [`Pallet::claim`] would pay `account` now, at once or vesting. The running round is not in it.
		pub fn pending_reward(kind: RewardKind, account: T::AccountId) -> Balance {
			Self::claimable(kind, &account)
		}

		/// Units that `schedule` has minted by the end of its `period`, counted from 1. None if the chain does not have it, and
		/// if it depends on the network: for all periods but the last that has ended, as others are not kept or yet to come.
		pub fn emission(schedule: ScheduleId, period: u32) -> Option<Balance> {
			let emission = Self::schedule(schedule)?.emission;
			let state = Self::progress(schedule).map(|progress| progress.state).unwrap_or_default();
			let known = !emission.is_stateful() || period == state.period;
			known.then(|| emission.cumulative(&state, period))
		}

		/// Units that all schedules have minted.
		pub fn minted() -> Balance {
			Self::sum_minted(&AllProgress::<T>::get())
		}

		/// Account of `pot`.
		pub fn pot_account(pot: Pot) -> T::AccountId {
			T::PalletId::get().into_sub_account_truncating(pot)
		}

		/// When `schedule` mints next, if no hook is skipped, and how much it releases, if the network stays as it is. None if the
		/// chain does not have it.
		pub fn next_mint(schedule: ScheduleId) -> Option<NextMint<BlockNumberFor<T>>> {
			let schedule = Self::schedule(schedule)?;
			let progress = Self::progress(schedule.id);
			let progress = progress.unwrap_or(Progress::new(schedule.id, schedule.emission.start));
			let emission = schedule.since(progress.start);
			// Of a schedule that was backdated, all periods that are over end with the next block.
			let next = Self::block(frame_system::Pallet::<T>::block_number()).saturating_add(1);
			let period = progress.state.period.saturating_add(1).max(emission.periods_at(next.into()));
			let length = i64::from(emission.period).saturating_mul(period.into());
			let at = progress.start.saturating_add(length).max(next.into()).saturated_into::<u32>();
			let mut state = progress.state;
			let released = emission.cumulative(&state, state.period).saturating_sub(progress.withheld);
			emission.advance(&mut state, period, &T::Inputs::inputs());
			let amount = emission.cumulative(&state, period).saturating_sub(released);
			Some(NextMint { at: at.into(), period, amount })
		}

		/// Whether tokens may be transferred: not until the part of the cap is minted for which genesis closed transfers.
		pub fn transfers_open() -> bool {
			!TransferLock::<T>::exists()
		}
	}
}

impl<T: Config> Pallet<T> {
	/// The treasury's account.
	pub fn treasury_account() -> T::AccountId {
		Self::pot_account(Pot::Treasury)
	}

	/// Panics when the schedules make no sense or do not fit under the cap. For genesis and the integrity test.
	fn assert_schedules_fit() {
		let schedules = T::Schedules::get();
		assert!(schedules.len() <= MAX_SCHEDULES as usize, "there are too many schedules");
		let mut supply = T::GenesisSupply::get();
		for ChainSchedule { id, emission } in &schedules {
			let same = schedules.iter().filter(|other| other.id == *id).count();
			assert!(same == 1, "every schedule must have an id of its own");
			let checked = emission.check();
			assert!(checked.is_ok(), "schedule {id:?} makes no sense: {checked:?}");
			supply = supply.saturating_add(emission.pool);
		}
		assert!(supply <= T::Cap::get(), "genesis supply and pools together must stay within the cap");
	}
}

/// Sink that pays tokens into the pot `P`, for other pallets' parts of fees, slashes and forfeits.
///
/// While the pot's account does not exist, that is before the first mint, less than the existential deposit cannot be put
/// there and is burned. Emits `PotCredited` or `DepositBurned`.
pub struct ToPot<T, P>(PhantomData<(T, P)>);

impl<T: Config, P: Get<Pot>> OnUnbalanced<CreditOf<T>> for ToPot<T, P> {
	fn on_nonzero_unbalanced(credit: CreditOf<T>) {
		let (pot, amount) = (P::get(), credit.peek());
		let event = match T::Currency::resolve(&Pallet::<T>::pot_account(pot), credit) {
			Ok(()) => Event::PotCredited { pot, amount },
			Err(credit) => {
				drop(credit);
				Event::DepositBurned { pot, amount }
			},
		};
		Pallet::<T>::deposit_event(event);
	}
}

/// Names the treasury to [`ToPot`].
pub struct TreasuryPot;

impl Get<Pot> for TreasuryPot {
	fn get() -> Pot {
		Pot::Treasury
	}
}

/// Sink that pays tokens into the treasury.
pub type ToTreasury<T> = ToPot<T, TreasuryPot>;
