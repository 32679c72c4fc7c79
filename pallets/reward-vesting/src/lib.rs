//! # Reward vesting
//!
//! Tokens that become an account's own by and by: one ledger for all plans.
//!
//! Whoever pays rewards hands tokens over by [`assay_primitives::Vesting`], with a [`VestingPlan`] that says how they vest;
//! the numbers are data ([`Terms`], by [`Config::TermsOf`]). A part may be paid at once. The rest goes [on
//! hold](HoldReason) in the account of whoever it is for, and vests in proportion to time over the plan's term, after a
//! cliff if there is one. Nothing leaves the account: what vests is neither in a pot nor in two ledgers.
//!
//! ```text
//!         vest                    time                  claim
//! credit ───────► vesting ──────────────────► vested ───────────► free balance
//!           │        │ exit_early                ▲
//!           │        ├──► kept: over a shorter term
//!           │        └──► forfeited: Config::Forfeits
//!           └──► at once: free balance
//! ```
//!
//! ## Lazy, and bounded
//!
//! No hook does anything. What has vested is a closed form of the block, worked out when somebody looks. Rewards come every
//! few minutes; grants that follow each other closely are merged, so that an account has at most
//! [`MAX_TRANCHES`](tranche::MAX_TRANCHES) tranches of a plan (see [`tranche`] for how exact that is: nothing vests early).
//! A ledger exists only while something is on hold for it, in an account that has the existential deposit beside it.
//!
//! ## Early exit
//!
//! A plan may let its owner choose a shorter term, as Aethir does with the rewards of its checkers: 180 days, or 30 days
//! for a quarter. [`Pallet::exit_early`] forfeits a part at once, and what is left of the amount vests over the shorter term
//! from then on. Only what has not vested can leave; what has vested is the owner's in full. The tranches that would
//! have taken longest leave first.
//!
//! ## Stake
//!
//! Tokens of some plans can be pledged while they vest, by [`assay_primitives::VestingStake`], and seized (see [`stake`]).
//! Rewards that pledged tokens earn can vest by the same plan (see [`compound`]).

#![cfg_attr(not(feature = "std"), no_std)]
#![cfg_attr(test, allow(clippy::expect_used, clippy::panic, clippy::unwrap_used))]

extern crate alloc;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
pub mod compound;
#[cfg(any(feature = "std", feature = "try-runtime"))]
mod invariants;
mod ledger;
#[cfg(test)]
mod mock;
pub mod stake;
#[cfg(test)]
mod tests;
pub mod tranche;
mod types;
pub mod weights;

pub use compound::Compounding;
pub use pallet::*;
pub use types::*;
pub use weights::WeightInfo;

use alloc::vec::Vec;
use assay_primitives::{Balance, VestingPlan};
use frame_support::{
	pallet_prelude::*,
	traits::{
		fungible::{Balanced, BalancedHold, Credit, Inspect, InspectHold, Mutate, MutateHold},
		OnUnbalanced, StorageVersion,
	},
};
use frame_system::pallet_prelude::*;
use sp_runtime::{traits::Convert, Perbill};

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
		/// The token that vests.
		type Currency: Inspect<Self::AccountId, Balance = Balance>
			+ InspectHold<Self::AccountId, Reason = Self::RuntimeHoldReason>
			+ Mutate<Self::AccountId>
			+ MutateHold<Self::AccountId>
			+ Balanced<Self::AccountId>
			+ BalancedHold<Self::AccountId>;

		/// The runtime's hold reasons.
		type RuntimeHoldReason: From<HoldReason>;

		/// How the tokens of each plan vest.
		///
		/// An upgrade that changes them changes them for what vests already: it never takes back what has vested.
		type TermsOf: Convert<VestingPlan, Terms>;

		/// Where the forfeits of early exits go: back to the pot that the rewards came from, or else leaving would be
		/// a loss for all.
		type Forfeits: OnUnbalanced<CreditOf<Self>>;

		/// What an account has at stake. It tells which part of a reward its pledges have earned.
		///
		/// Pledges are counted there and not here, so that whoever has none costs one look and not one for each plan.
		type StakeOf: Convert<Self::AccountId, AtStake>;

		/// Weights of this pallet's calls, and of what other pallets call.
		type WeightInfo: WeightInfo;
	}

	/// Why tokens are on hold. Indices are pinned: append only.
	#[pallet::composite_enum]
	pub enum HoldReason {
		/// Tokens that vest, or have vested and were not claimed.
		#[codec(index = 0)]
		Vesting,
	}

	/// What vests for each account, by plan. Absent when that is nothing.
	#[pallet::storage]
	pub type Ledgers<T: Config> =
		StorageDoubleMap<_, Blake2_128Concat, T::AccountId, Twox64Concat, VestingPlan, Ledger, ValueQuery>;

	/// Indices are pinned: append only.
	#[pallet::event]
	#[pallet::generate_deposit(pub(crate) fn deposit_event)]
	pub enum Event<T: Config> {
		/// Tokens begin to vest.
		#[codec(index = 0)]
		Granted {
			/// For whom.
			account: T::AccountId,
			/// By which plan.
			plan: VestingPlan,
			/// Units that were paid at once.
			at_once: Balance,
			/// Units on hold, which vest from now on.
			vesting: Balance,
		},
		/// Tokens that have vested were released.
		#[codec(index = 1)]
		Claimed {
			/// Whose.
			account: T::AccountId,
			/// By which plan they had vested.
			plan: VestingPlan,
			/// Units released.
			amount: Balance,
		},
		/// Tokens left a plan early: a part was forfeited, the rest vests over the shorter term from now on.
		#[codec(index = 2)]
		ExitedEarly {
			/// Whose.
			account: T::AccountId,
			/// The plan.
			plan: VestingPlan,
			/// Units that left.
			amount: Balance,
			/// Units of them that were forfeited.
			forfeited: Balance,
		},
		/// Tokens that vest were pledged as stake.
		#[codec(index = 3)]
		Pledged {
			/// Whose.
			account: T::AccountId,
			/// By which plan they vest.
			plan: VestingPlan,
			/// Units pledged.
			amount: Balance,
		},
		/// A pledge was released.
		#[codec(index = 4)]
		PledgeReleased {
			/// Whose.
			account: T::AccountId,
			/// By which plan the tokens vest.
			plan: VestingPlan,
			/// Units released.
			amount: Balance,
		},
		/// Tokens were taken by force.
		#[codec(index = 5)]
		Seized {
			/// Whose.
			account: T::AccountId,
			/// By which plan they vested.
			plan: VestingPlan,
			/// Units taken.
			amount: Balance,
			/// Whether they were pledged.
			pledged: bool,
		},
		/// What pledged tokens have earned begins to vest itself.
		#[codec(index = 6)]
		Compounded {
			/// For whom.
			account: T::AccountId,
			/// By which plan.
			plan: VestingPlan,
			/// Units of the reward that were put on hold.
			amount: Balance,
		},
		/// Something happened that should not have.
		#[codec(index = 7)]
		Unexpected {
			/// What.
			kind: UnexpectedKind,
		},
	}

	#[pallet::error]
	pub enum Error<T> {
		/// Nothing has vested since the last claim.
		NothingVested,
		/// All that has vested must stay for the pledge.
		AllPledged,
		/// The plan cannot be left early.
		NoEarlyExit,
		/// There is nothing that could leave early, or nothing is to.
		NothingToExit,
		/// Less has not vested and is not pledged than is to leave early.
		NotEnoughVesting,
		/// Fewer tokens vest that can be pledged and are not.
		NotEnoughToPledge,
		/// Fewer tokens are pledged.
		NotEnoughPledged,
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		fn integrity_test() {
			for plan in VestingPlan::ALL {
				let Terms { at_once, term, cliff, early_exit, stakeable, compounds } = Self::terms_of(plan);
				assert!(term > 0, "{plan:?}: what vests in no time need not vest");
				assert!(at_once < Perbill::one(), "{plan:?}: what is paid at once need not vest");
				assert!(cliff.unwrap_or_default() <= term, "{plan:?}: all has vested before the cliff");
				if let Some(EarlyExit { term: shorter, forfeit }) = early_exit {
					assert!(shorter > 0 && shorter < term, "{plan:?}: an early exit must take some time, and less");
					assert!(!forfeit.is_zero(), "{plan:?}: nobody would wait if leaving early cost nothing");
				}
				assert!(stakeable || !compounds, "{plan:?}: what cannot be staked earns nothing");
			}
		}

		#[cfg(feature = "try-runtime")]
		fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::do_try_state()
		}
	}

	#[pallet::call]
	impl<T: Config> Pallet<T> {
		/// Release what has vested for `account` by `plan`, as far as the rest covers what is pledged.
		///
		/// Signed by anyone: the tokens are the account's whoever asks, and the caller pays the transaction fee.
		///
		/// ## Errors
		///
		/// - [`Error::NothingVested`]: nothing has vested since the last claim.
		/// - [`Error::AllPledged`]: all that has vested must stay for the pledge.
		///
		/// ## Events
		///
		/// `Claimed`.
		///
		/// ## Complexity
		///
		/// O(tranches), a constant.
		#[pallet::call_index(0)]
		#[pallet::weight(T::WeightInfo::claim())]
		pub fn claim(origin: OriginFor<T>, plan: VestingPlan, account: T::AccountId) -> DispatchResult {
			ensure_signed(origin)?;
			Self::do_claim(plan, account)
		}

		/// Have `amount` of what has not vested for the caller by `plan`, or all that can, vest over the plan's shorter term
		/// at the price of its forfeit.
		///
		/// The forfeit is gone at once. The rest begins to vest anew, so that leaving is of no use for what would have vested
		/// sooner anyway. Tokens that would have taken longest leave first. Cannot be undone.
		///
		/// ## Errors
		///
		/// - [`Error::NoEarlyExit`]: the plan has no shorter term.
		/// - [`Error::NothingToExit`]: nothing that is not pledged has yet to vest, or `amount` is zero.
		/// - [`Error::NotEnoughVesting`]: it is less than `amount`. What is on the early way out already is not counted.
		///
		/// ## Events
		///
		/// `ExitedEarly`.
		///
		/// ## Complexity
		///
		/// O(tranches), a constant.
		#[pallet::call_index(1)]
		#[pallet::weight(T::WeightInfo::exit_early())]
		pub fn exit_early(origin: OriginFor<T>, plan: VestingPlan, amount: Option<Balance>) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_exit(who, plan, amount)
		}
	}

	#[pallet::view_functions]
	impl<T: Config> Pallet<T> {
		/// How tokens of `plan` vest.
		pub fn terms(plan: VestingPlan) -> Terms {
			Self::terms_of(plan)
		}

		/// How `account` stands in each plan in which anything is on hold for it.
		pub fn vesting_status(account: T::AccountId) -> Vec<PlanStatus> {
			let now = Self::now();
			let status = |plan| {
				let (ledger, terms) = (Self::accrued(&account, plan), Self::terms_of(plan));
				let (line, exit) = (terms.line(), terms.exit_line());
				PlanStatus {
					plan,
					vesting: ledger.unvested(),
					exiting: ledger.exiting.rest(),
					vested: ledger.ready,
					claimable: ledger.claimable(),
					pledged: ledger.pledged,
					next: [ledger.vesting.next(now, line), ledger.exiting.next(now, exit)].into_iter().flatten().min(),
					complete: ledger.vesting.complete(line).max(ledger.exiting.complete(exit)),
				}
			};
			VestingPlan::ALL.into_iter().filter(|plan| Ledgers::<T>::contains_key(&account, plan)).map(status).collect()
		}

		/// What [`Pallet::exit_early`] would do for `account` now. None when it would fail.
		pub fn exit_preview(account: T::AccountId, plan: VestingPlan, amount: Option<Balance>) -> Option<ExitPreview> {
			Self::preview_exit(&Self::accrued(&account, plan), plan, amount).ok()
		}
	}
}
