//! # Token mint
//!
//! When, how much and to whom new tokens go: emission by a schedule under a hard cap, pots fed by a budget, and rewards for
//! accepted work.
//!
//! ## Emission
//!
//! [`Config::Schedule`] says how much is minted by the end of each period, in closed form (see [`schedule`]). At the first
//! block after a period's end the pallet mints `cumulative(period) − minted`. As that is a difference to a closed form, a
//! block without hooks, a halted chain or an upgrade loses nothing and mints nothing twice; the next mint catches up.
//!
//! ## Pots
//!
//! Each mint is split among the [`Pot`]s by the [`Budget`], whose parts sum to one, without losing a unit (see [`budget`]).
//! Pots are accounts of their own, and none is ever emptied below the existential deposit. A share that is too small to bring
//! a pot's account into being is not minted: it is noted as [`Owed`] to that pot and added to its next share, until
//! together they suffice.
//!
//! ## Rewards for work
//!
//! Other pallets report accepted work through [`assay_primitives::WorkRewards`]. The render-work pot shares out what it has free
//! among the providers that worked in a period, pro rata to work and within a part of the fees on it (see [`work`]).
//! [`Pallet::claim_work_reward`] pays; anyone may call it for a provider.
//!
//! The bound by fees is what makes buying one's own work a loss: with [`Config::RewardFeeShare`] `k`, who spends `fee` gets at
//! most `k × fee` back. The measure of work is the reporter's to vouch for: whoever can report much work at a small fee takes
//! little himself, but makes the shares of others in that round smaller. What that leaves in the pot is shared out next time.
//!
//! ## Other pots
//!
//! The pots for capacity, checkers and validators gather their shares for the pallets that will pay them out. [`ToTreasury`] is a
//! sink by which other pallets pay into the treasury.

#![cfg_attr(not(feature = "std"), no_std)]
#![cfg_attr(test, allow(clippy::expect_used, clippy::panic, clippy::unwrap_used))]

extern crate alloc;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
pub mod budget;
#[cfg(any(feature = "std", feature = "try-runtime"))]
mod invariants;
#[cfg(test)]
mod mock;
pub mod presets;
pub mod schedule;
#[cfg(test)]
mod tests;
mod types;
pub mod weights;
pub mod work;

pub use pallet::*;
pub use types::{BudgetTable, NextMint, Pot, Round, RoundTotals, Schedule, UnexpectedKind, WorkLedger, POTS};
pub use weights::WeightInfo;

use alloc::vec::Vec;
use assay_primitives::Balance;
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
use sp_runtime::{
	traits::{AccountIdConversion, Saturating, Zero},
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

		/// Units that can ever exist. Genesis supply and the schedule's pool together may not be above it.
		#[pallet::constant]
		type Cap: Get<Balance>;

		/// Units that may exist at genesis; a chain specification that endows more does not build.
		#[pallet::constant]
		type GenesisSupply: Get<Balance>;

		/// What is minted when.
		///
		/// On a running chain only an upgrade that keeps the amount due by the last period may change it; the
		/// pallet's checks fail otherwise. Minting would merely pause until the new schedule is ahead of the old.
		#[pallet::constant]
		type Schedule: Get<Schedule>;

		/// `k`: the part of the fees on its work that a provider's reward for it may reach. Less than one, or else
		/// buying one's own work could pay.
		#[pallet::constant]
		type RewardFeeShare: Get<Perbill>;

		/// Weights of this pallet's calls and hooks.
		type WeightInfo: WeightInfo;
	}

	/// Block at which the first period begins. Set at genesis.
	#[pallet::storage]
	pub type Start<T: Config> = StorageValue<_, BlockNumberFor<T>, ValueQuery>;

	/// The last period whose end was noticed, and so the number of the current round of work.
	#[pallet::storage]
	pub type LastPeriod<T: Config> = StorageValue<_, u32, ValueQuery>;

	/// Units minted by the schedule. With what is [`Owed`] it is what the schedule says for [`LastPeriod`].
	#[pallet::storage]
	pub type Minted<T: Config> = StorageValue<_, Balance, ValueQuery>;

	/// Units due to a pot that were not minted because they would not bring its account into being. Normally empty.
	#[pallet::storage]
	pub type Owed<T: Config> = StorageMap<_, Twox64Concat, Pot, Balance, ValueQuery>;

	/// How each mint is split.
	#[pallet::storage]
	pub type Budget<T: Config> = StorageValue<_, BudgetTable, ValueQuery, DefaultBudget>;

	/// The budget of a chain that never set one.
	#[pallet::type_value]
	pub fn DefaultBudget() -> BudgetTable {
		budget::default_budget()
	}

	/// Sums over the round that is running. Absent while nobody has earned in it.
	#[pallet::storage]
	pub type CurrentRound<T: Config> = StorageValue<_, RoundTotals, ValueQuery>;

	/// Closed rounds that somebody has a reward of and has not settled. Never more than there are [`WorkLedgers`].
	#[pallet::storage]
	pub type Rounds<T: Config> = StorageMap<_, Twox64Concat, u32, Round, OptionQuery>;

	/// What each provider has earned and was not paid. Absent when that is nothing.
	#[pallet::storage]
	pub type WorkLedgers<T: Config> = StorageMap<_, Blake2_128Concat, T::AccountId, WorkLedger, ValueQuery>;

	/// Part of the render-work pot that closed rounds have promised and that was not paid.
	#[pallet::storage]
	pub type Reserved<T: Config> = StorageValue<_, Balance, ValueQuery>;

	/// Indices are pinned: append only.
	#[pallet::event]
	#[pallet::generate_deposit(pub(crate) fn deposit_event)]
	pub enum Event<T: Config> {
		/// New tokens were minted by the schedule.
		#[codec(index = 0)]
		Minted {
			/// The period that ended.
			period: u32,
			/// Units minted now.
			amount: Balance,
			/// Units minted since genesis.
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
			/// Gas of the work.
			work: u128,
			/// Fee burned or paid to the treasury on it.
			fee: Balance,
		},
		/// A round in which somebody worked was closed.
		#[codec(index = 3)]
		RoundClosed {
			/// The round.
			round: u32,
			/// Gas of all work in it.
			work: u128,
			/// What was set aside for it, and so the most that its rewards can sum to.
			distributed: Balance,
		},
		/// A provider was paid its rewards.
		#[codec(index = 4)]
		WorkRewardPaid {
			/// Who was paid.
			provider: T::AccountId,
			/// Units paid.
			amount: Balance,
		},
		/// The budget was changed; it holds from the next mint on.
		#[codec(index = 5)]
		BudgetSet {
			/// The new budget.
			budget: BudgetTable,
		},
		/// A provider's reward of a closed round was computed and added to its pending rewards.
		#[codec(index = 6)]
		WorkSettled {
			/// Who earned it.
			provider: T::AccountId,
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
	}

	#[pallet::error]
	pub enum Error<T> {
		/// The budget's parts do not sum to exactly one.
		BudgetNotExact,
		/// The budget names a pot twice.
		DuplicatePot,
		/// The provider has no pending reward and no work in a closed round.
		NothingToClaim,
	}

	#[pallet::genesis_config]
	pub struct GenesisConfig<T: Config> {
		/// Block at which the first period begins.
		pub start: BlockNumberFor<T>,
		/// How mints are split.
		pub budget: Vec<(Pot, Perbill)>,
	}

	impl<T: Config> Default for GenesisConfig<T> {
		fn default() -> Self {
			Self { start: Zero::zero(), budget: budget::default_budget().into_inner() }
		}
	}

	#[pallet::genesis_build]
	impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
		/// Panics when the budget is not valid or more is endowed than [`Config::GenesisSupply`].
		fn build(&self) {
			let budget = BudgetTable::truncate_from(self.budget.clone());
			assert!(budget.len() == self.budget.len(), "the budget has more parts than there are pots");
			assert!(budget::validate::<T>(&budget).is_ok(), "the budget's parts must sum to one, no pot named twice");
			assert!(
				T::Currency::total_issuance() <= T::GenesisSupply::get(),
				"the endowed accounts hold more than the genesis supply",
			);
			Start::<T>::put(self.start);
			Budget::<T>::put(budget);
		}
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		/// At the first block after a period's end: mint, feed the pots and close the round of work. O(pots), otherwise two
		/// reads.
		fn on_initialize(now: BlockNumberFor<T>) -> Weight {
			let period = Self::period_at(now);
			if period <= LastPeriod::<T>::get() {
				return T::WeightInfo::on_initialize_idle();
			}
			Self::end_period(period);
			T::WeightInfo::on_initialize_mint()
		}

		fn integrity_test() {
			let schedule = T::Schedule::get();
			assert!(schedule.period > 0, "a period of no blocks would never end");
			assert!(schedule.half_life > 0, "the half-life divides");
			assert!(schedule.pool <= schedule::MAX_POOL, "the schedule's error bound holds up to this pool only");
			assert!(
				T::GenesisSupply::get().checked_add(schedule.pool).is_some_and(|supply| supply <= T::Cap::get()),
				"genesis supply and pool together must stay within the cap",
			);
			assert!(T::RewardFeeShare::get() < Perbill::one(), "buying one's own work must not pay");
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
		/// Pay `provider` what its work has earned in all rounds that have closed.
		///
		/// Signed by anyone: the reward goes to `provider` whoever asks, and the caller pays the transaction fee. So nobody can
		/// keep a part of the pot reserved by not claiming.
		///
		/// ## Errors
		///
		/// - [`Error::NothingToClaim`]: no pending reward, and no work in a round that has closed.
		/// - `BelowMinimum` of the token: the provider's account does not exist and the reward is below the existential deposit.
		///   The reward stays pending.
		///
		/// ## Events
		///
		/// `WorkSettled` for a round that had closed since the last settlement; `WorkRewardPaid` unless the reward is zero.
		///
		/// ## Complexity
		///
		/// O(1).
		#[pallet::call_index(0)]
		#[pallet::weight(T::WeightInfo::claim_work_reward())]
		pub fn claim_work_reward(origin: OriginFor<T>, provider: T::AccountId) -> DispatchResult {
			ensure_signed(origin)?;
			Self::do_claim_work_reward(&provider)
		}

		/// Change how mints are split, from the next mint on. [`Config::AdminOrigin`] only.
		///
		/// What was minted, and what a pot is owed, stays with its pot.
		///
		/// ## Errors
		///
		/// - [`Error::DuplicatePot`]: a pot is named twice.
		/// - [`Error::BudgetNotExact`]: the parts do not sum to exactly one.
		///
		/// ## Events
		///
		/// `BudgetSet`.
		///
		/// ## Complexity
		///
		/// O(pots²), with five pots.
		#[pallet::call_index(1)]
		#[pallet::weight(T::WeightInfo::set_budget())]
		pub fn set_budget(origin: OriginFor<T>, budget: BudgetTable) -> DispatchResult {
			T::AdminOrigin::ensure_origin(origin)?;
			budget::validate::<T>(&budget)?;
			Budget::<T>::put(&budget);
			Self::deposit_event(Event::BudgetSet { budget });
			Ok(())
		}
	}

	#[pallet::view_functions]
	impl<T: Config> Pallet<T> {
		/// Units that [`Pallet::claim_work_reward`] would pay `provider` now. Work of the current round is not in it.
		pub fn pending_work_reward(provider: T::AccountId) -> Balance {
			let ledger = WorkLedgers::<T>::get(provider);
			let closed = !ledger.work.is_zero() && ledger.round < LastPeriod::<T>::get();
			let round = if closed { Rounds::<T>::get(ledger.round) } else { None };
			ledger.pending.saturating_add(round.map_or(0, |round| Self::reward(&round, &ledger)))
		}

		/// Units that the schedule has minted by the end of `period`, counted from 1.
		pub fn emission(period: u32) -> Balance {
			T::Schedule::get().cumulative(period)
		}

		/// Account of `pot`.
		pub fn pot_account(pot: Pot) -> T::AccountId {
			T::PalletId::get().into_sub_account_truncating(pot)
		}

		/// When the next mint is made, if no hook is skipped, and how much it releases.
		pub fn next_mint() -> NextMint<BlockNumberFor<T>> {
			let last = LastPeriod::<T>::get();
			let period = last.saturating_add(1);
			let schedule = T::Schedule::get();
			let length = BlockNumberFor::<T>::from(schedule.period);
			NextMint {
				at: Start::<T>::get().saturating_add(length.saturating_mul(period.into())),
				period,
				amount: schedule.cumulative(period).saturating_sub(schedule.cumulative(last)),
			}
		}
	}
}

impl<T: Config> Pallet<T> {
	/// The treasury's account.
	pub fn treasury_account() -> T::AccountId {
		Self::pot_account(Pot::Treasury)
	}

	/// Number of periods that have ended before block `now` is executed.
	pub(crate) fn period_at(now: BlockNumberFor<T>) -> u32 {
		// An integrity test refuses a period of no blocks; here it would only stop the emission.
		now.saturating_sub(Start::<T>::get())
			.saturated_into::<u32>()
			.checked_div(T::Schedule::get().period)
			.unwrap_or_default()
	}

	/// Do what is due at the end of `period`: mint for it and for any before it that went unnoticed, close the round.
	pub(crate) fn end_period(period: u32) {
		// Minting comes first, so that the round is paid out of the share of the period in which the work was done.
		Self::mint(period);
		Self::close_round(LastPeriod::<T>::get());
		LastPeriod::<T>::put(period);
	}

	/// Mint what the schedule says for the end of `period` and was not minted yet, and feed the pots with it.
	fn mint(period: u32) {
		let before = Minted::<T>::get();
		let owed = Pot::ALL.into_iter().fold(0, |sum: Balance, pot| sum.saturating_add(Owed::<T>::get(pot)));
		let due = T::Schedule::get().cumulative(period).saturating_sub(before.saturating_add(owed));
		let shares = budget::split(due, &Budget::<T>::get());
		let minted = Pot::ALL.into_iter().fold(before, |minted, pot| {
			// A pot that the budget does not name any more still gets what it is owed.
			let share = shares.iter().find(|(other, _)| *other == pot).map_or(0, |(_, share)| *share);
			minted.saturating_add(Self::feed(pot, share))
		});
		let amount = minted.saturating_sub(before);
		if !amount.is_zero() {
			Minted::<T>::put(minted);
			Self::deposit_event(Event::Minted { period, amount, minted });
		}
	}

	/// Mint `share` and what `pot` is owed into it, or add the share to what it is owed. Returns what was minted.
	fn feed(pot: Pot, share: Balance) -> Balance {
		let owed = Owed::<T>::get(pot);
		let amount = owed.saturating_add(share);
		if amount.is_zero() {
			return amount;
		}
		match T::Currency::resolve(&Self::pot_account(pot), T::Currency::issue(amount)) {
			Ok(()) => {
				if !owed.is_zero() {
					Owed::<T>::remove(pot);
				}
				Self::deposit_event(Event::PotCredited { pot, amount });
				amount
			},
			Err(credit) => {
				// Dropping the credit takes the issue back.
				drop(credit);
				Owed::<T>::insert(pot, amount);
				Zero::zero()
			},
		}
	}
}

/// Sink that pays tokens into the treasury, for other pallets' parts of fees and slashes.
///
/// While the treasury's account does not exist, that is before the first mint, less than the existential deposit cannot be
/// put there and is burned. Emits `PotCredited` or `DepositBurned`.
pub struct ToTreasury<T>(PhantomData<T>);

impl<T: Config> OnUnbalanced<CreditOf<T>> for ToTreasury<T> {
	fn on_nonzero_unbalanced(credit: CreditOf<T>) {
		let (pot, amount) = (Pot::Treasury, credit.peek());
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
