//! # Compute credits
//!
//! The burning half of burn and mint: credits with a fixed price in US dollars, made only by burning the native token, and
//! spent only on orders and jobs. One credit is a millionth of a dollar.
//!
//! Credits cannot be transferred, do not expire, are not turned back into tokens, and nobody can issue them; so they are
//! no money but prepaid compute. What pays the provider of work that credits paid for is the emission, within a part of what
//! was burned for these credits (see [`escrow`]): minting follows its schedule and is never a function of burning.
//!
//! ## Buying
//!
//! ```text
//!  buy_credits               executor, on_idle
//! ────────────► in the queue ─────────────────► tokens burned, credits made
//!                │   ▲  │ failed
//!                │   └──┘ (to the end, a few times)
//!                │
//!                │ cancel_conversion, or failed for good
//!                └────────────────────────────► tokens released, all of them
//! ```
//!
//! [`Pallet::buy_credits`] puts tokens on [hold](HoldReason) and a conversion at the end of a queue. A bounded executor works
//! it off (see [`queue`]), at the price of the time of execution, which has to pass the guard of [`price`]. The buyer says
//! how few credits he accepts, and can have his tokens back at any time before the execution.
//!
//! ## Spending
//!
//! Other pallets use [`assay_primitives::CreditsEscrow`]: hold, release, spend (see [`escrow`]). None of it needs a price, so
//! that it goes on while conversions are halted.
//!
//! ## Bounds
//!
//! The queue is bounded in all and by account. A conversion is at least [`Config::MinConversion`], which is burned for
//! good and so pays for the ledger of its account; at most [`Config::MaxConversion`]; and a period burns at most
//! [`Config::MaxBurnPerPeriod`], which is what a wrong price can cost at most before somebody looks.

#![cfg_attr(not(feature = "std"), no_std)]
#![cfg_attr(test, allow(clippy::expect_used, clippy::panic, clippy::unwrap_used))]

#[cfg(any(feature = "std", feature = "try-runtime"))]
extern crate alloc;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
pub mod escrow;
#[cfg(any(feature = "std", feature = "try-runtime"))]
mod invariants;
#[cfg(test)]
mod mock;
pub mod price;
pub mod queue;
#[cfg(test)]
mod tests;
mod types;
pub mod weights;

pub use pallet::*;
pub use types::*;
pub use weights::WeightInfo;

use assay_primitives::{Balance, MicroUsd, PriceSource};
use frame_support::{
	pallet_prelude::*,
	traits::{
		fungible::{BalancedHold, Inspect, InspectHold, Mutate, MutateHold},
		StorageVersion, Time,
	},
};
use frame_system::pallet_prelude::*;
use sp_runtime::{
	traits::{One, Saturating, Zero},
	FixedPointNumber, FixedU128, Perbill,
};

/// Millionths of a dollar, and so credits, in a dollar.
pub const MICRO_PER_USD: MicroUsd = 1_000_000;

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
		/// The token that is burned.
		type Currency: Inspect<Self::AccountId, Balance = Balance>
			+ InspectHold<Self::AccountId, Reason = Self::RuntimeHoldReason>
			+ Mutate<Self::AccountId>
			+ MutateHold<Self::AccountId>
			+ BalancedHold<Self::AccountId>;

		/// The runtime's hold reasons.
		type RuntimeHoldReason: From<HoldReason>;

		/// Where the price comes from: a median over several operators.
		type Price: PriceSource;

		/// The clock that prices are dated by, in milliseconds.
		type Time: Time<Moment = u64>;

		/// Who may halt conversions, and reset the breaker.
		type AdminOrigin: EnsureOrigin<Self::RuntimeOrigin>;

		/// Smallest units of one whole token, which is what the price is of.
		#[pallet::constant]
		type TokenUnit: Get<Balance>;

		/// The part of the credits that a buyer does not get, rounded up: what a price that is a little off may cost. Below
		/// 100 %.
		#[pallet::constant]
		type Spread: Get<Perbill>;

		/// The oldest price that is acted on, in milliseconds. Longer than operators take between two feeds.
		#[pallet::constant]
		type MaxPriceAge: Get<u64>;

		/// The furthest that a price may be from its average, as a part of the average. Above zero, below 100 %.
		#[pallet::constant]
		type MaxDeviation: Get<Perbill>;

		/// Blocks over which the average is taken: each block it goes this part of the way to the price. At least 1.
		///
		/// With [`MaxDeviation`](Config::MaxDeviation) it says how fast a false price can carry the average along.
		#[pallet::constant]
		type AverageBlocks: Get<u32>;

		/// For how many blocks all prices must have been sound before a halt ends by itself.
		#[pallet::constant]
		type RecoveryBlocks: Get<BlockNumberFor<Self>>;

		/// Blocks from a request, or a failed attempt, to the next attempt. At least 1, so that nobody converts at a price
		/// that he knows the next feed will correct, and no block tries the same conversion twice.
		#[pallet::constant]
		type QueueDelay: Get<BlockNumberFor<Self>>;

		/// The smallest conversion, in tokens. At least the existential deposit, so that it can always be released, and worth
		/// more than the storage of the account's ledger, as nothing else pays for that.
		#[pallet::constant]
		type MinConversion: Get<Balance>;

		/// The largest conversion, in tokens. Together with
		/// [`MaxQueuedPerAccount`](Config::MaxQueuedPerAccount) it bounds what one account has in the queue.
		#[pallet::constant]
		type MaxConversion: Get<Balance>;

		/// The most conversions that wait at a time.
		#[pallet::constant]
		type MaxQueue: Get<u32>;

		/// The most conversions of one account that wait at a time.
		#[pallet::constant]
		type MaxQueuedPerAccount: Get<u32>;

		/// How often the execution of a conversion may fail before it is given up. At least 1.
		#[pallet::constant]
		type MaxAttempts: Get<u32>;

		/// The most conversions that one block executes. At least 1.
		#[pallet::constant]
		type MaxConversionsPerBlock: Get<u32>;

		/// Length of the periods that [`MaxBurnPerPeriod`](Config::MaxBurnPerPeriod) limits, in blocks. At least 1.
		#[pallet::constant]
		type LimitPeriod: Get<BlockNumberFor<Self>>;

		/// The most tokens that are converted in a period. At least [`MaxConversion`](Config::MaxConversion).
		#[pallet::constant]
		type MaxBurnPerPeriod: Get<Balance>;

		/// Weights of this pallet's calls and hooks.
		type WeightInfo: WeightInfo;
	}

	/// Why tokens are on hold. Indices are pinned: append only.
	#[pallet::composite_enum]
	pub enum HoldReason {
		/// Tokens that wait to be burned for credits.
		#[codec(index = 0)]
		Conversion,
	}

	/// What each account has. Absent when that is nothing; paid for by what was burned.
	#[pallet::storage]
	pub type Ledgers<T: Config> = StorageMap<_, Blake2_128Concat, T::AccountId, CreditLedger, ValueQuery>;

	/// Sums since genesis.
	#[pallet::storage]
	pub type Totals<T: Config> = StorageValue<_, CreditTotals, ValueQuery>;

	/// The id that the next conversion gets.
	#[pallet::storage]
	pub type NextConversionId<T: Config> = StorageValue<_, ConversionId, ValueQuery>;

	/// Conversions that wait. At most [`Config::MaxQueue`].
	#[pallet::storage]
	pub type Conversions<T: Config> =
		StorageMap<_, Twox64Concat, ConversionId, Conversion<T::AccountId, BlockNumberFor<T>>>;

	/// The same by position.
	#[pallet::storage]
	pub type Queue<T: Config> = StorageMap<_, Twox64Concat, u64, ConversionId>;

	/// The queue's ends and sums.
	#[pallet::storage]
	pub type Line<T: Config> = StorageValue<_, QueueLine, ValueQuery>;

	/// What the current period has burned.
	#[pallet::storage]
	pub type Window<T: Config> = StorageValue<_, BurnWindow<BlockNumberFor<T>>, ValueQuery>;

	/// The breaker, and the average that prices are held against.
	#[pallet::storage]
	pub type Guard<T: Config> = StorageValue<_, PriceGuard<BlockNumberFor<T>>, ValueQuery>;

	/// Indices are pinned: append only.
	#[pallet::event]
	#[pallet::generate_deposit(pub(crate) fn deposit_event)]
	pub enum Event<T: Config> {
		/// Tokens were put on hold to be burned for credits.
		#[codec(index = 0)]
		ConversionQueued {
			/// The conversion.
			id: ConversionId,
			/// Whose tokens.
			who: T::AccountId,
			/// Tokens on hold.
			amount: Balance,
			/// The fewest credits that are accepted for them.
			min_credits: MicroUsd,
			/// The first block in which it may be executed.
			ready_at: BlockNumberFor<T>,
		},
		/// Tokens were burned, and credits made.
		#[codec(index = 1)]
		CreditsBought {
			/// The conversion.
			id: ConversionId,
			/// Whose tokens, and whose credits.
			who: T::AccountId,
			/// Tokens burned.
			burned: Balance,
			/// Credits made.
			credits: MicroUsd,
			/// The price, in dollars a token, before the spread.
			price: FixedU128,
		},
		/// A conversion left the queue, and its tokens were released.
		#[codec(index = 2)]
		ConversionCancelled {
			/// The conversion.
			id: ConversionId,
			/// Whose tokens.
			who: T::AccountId,
			/// Tokens released.
			refunded: Balance,
			/// Why.
			reason: CancelReason,
		},
		/// A conversion failed, and went to the end of the queue.
		#[codec(index = 3)]
		ConversionRetried {
			/// The conversion.
			id: ConversionId,
			/// How often it has failed.
			attempts: u32,
			/// Why.
			failure: Failure,
		},
		/// Credits were put into escrow.
		#[codec(index = 4)]
		CreditsHeld {
			/// Whose.
			who: T::AccountId,
			/// How many.
			credits: MicroUsd,
		},
		/// Credits came back from escrow.
		#[codec(index = 5)]
		CreditsReleased {
			/// Whose.
			who: T::AccountId,
			/// How many.
			credits: MicroUsd,
		},
		/// Credits in escrow paid for work, and vanished.
		#[codec(index = 6)]
		CreditsSpent {
			/// Whose.
			who: T::AccountId,
			/// How many.
			credits: MicroUsd,
			/// Tokens that were burned for them.
			value: Balance,
		},
		/// Conversions were halted, or go on being halted for another reason.
		#[codec(index = 7)]
		BreakerTripped {
			/// Why.
			reason: HaltReason,
			/// The price, in dollars a token, if there is one.
			price: Option<FixedU128>,
			/// Its average.
			average: Option<FixedU128>,
		},
		/// Conversions run again.
		#[codec(index = 8)]
		BreakerReset {
			/// The average of the price, in dollars a token.
			average: Option<FixedU128>,
			/// Whether the administrator has decided so.
			by_admin: bool,
		},
		/// Something happened that should not have.
		#[codec(index = 9)]
		Unexpected {
			/// What.
			kind: UnexpectedKind,
		},
	}

	#[pallet::error]
	pub enum Error<T> {
		/// The amount is below the smallest conversion, or would not make a single credit.
		AmountTooSmall,
		/// The amount is above the largest conversion.
		AmountTooLarge,
		/// Nothing converts: there is no price that could be acted on, or the administrator has halted conversions.
		Halted,
		/// The present price makes fewer credits than the buyer accepts.
		TooFewCredits,
		/// The queue is full.
		QueueFull,
		/// The account has as many conversions in the queue as it may have.
		TooManyConversions,
		/// There is no such conversion: it was executed or cancelled, or never was.
		UnknownConversion,
		/// The conversion is another account's.
		NotOwner,
		/// The account has fewer free credits.
		NotEnoughCredits,
		/// The account has fewer credits in escrow.
		NotEnoughEscrowed,
		/// There is no fresh price to begin with again.
		NoFreshPrice,
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		/// Look at the price. O(1).
		fn on_initialize(now: BlockNumberFor<T>) -> Weight {
			Self::observe_price(now);
			T::WeightInfo::observe_price()
		}

		/// Execute conversions.
		fn on_idle(now: BlockNumberFor<T>, limit: Weight) -> Weight {
			Self::work_off_queue(now, limit)
		}

		fn integrity_test() {
			assert!(T::TokenUnit::get() > 0, "a token must have units");
			let scale = FixedU128::DIV.checked_div(MICRO_PER_USD).and_then(|div| div.checked_mul(T::TokenUnit::get()));
			assert!(scale.is_some(), "prices of so small units do not fit");
			assert!(T::Spread::get() < Perbill::one(), "a buyer must get something");
			let deviation = T::MaxDeviation::get();
			assert!(!deviation.is_zero(), "a price that must not move would halt everything");
			assert!(deviation < Perbill::one(), "a price of zero must be out of bounds");
			assert!(T::AverageBlocks::get() > 0, "an average of no blocks would never move");
			assert!(T::MaxPriceAge::get() > 0, "a price has some age");
			let one = BlockNumberFor::<T>::one();
			assert!(T::QueueDelay::get() >= one, "a block must not try a conversion twice");
			assert!(T::LimitPeriod::get() >= one, "a limit needs a period");
			let (min, max) = (T::MinConversion::get(), T::MaxConversion::get());
			assert!(min >= T::Currency::minimum_balance(), "a smaller conversion might be impossible to release");
			assert!(min <= max && max <= T::MaxBurnPerPeriod::get(), "a conversion must fit into a period");
			let of_one = T::MaxQueuedPerAccount::get();
			assert!(0 < of_one && of_one <= T::MaxQueue::get(), "an account must have room in the queue");
			assert!(T::MaxAttempts::get() > 0, "a conversion must be tried");
			assert!(T::MaxConversionsPerBlock::get() > 0, "the queue must be worked off");
			let block = <T as frame_system::Config>::BlockWeights::get().max_block;
			assert!(Self::smallest_useful_limit().all_lte(block), "a block must have room for a conversion");
		}

		#[cfg(feature = "try-runtime")]
		fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::do_try_state()
		}
	}

	#[pallet::call]
	impl<T: Config> Pallet<T> {
		/// Have `amount` tokens burned for credits: at least `min_credits`, or not at all.
		///
		/// Signed by the buyer, whose tokens are put on hold. The conversion is executed in its turn, at the price of that
		/// time. When it would make fewer than `min_credits` it is tried again, at most [`Config::MaxAttempts`] times in all;
		/// then all tokens are released.
		///
		/// ## Errors
		///
		/// - [`Error::AmountTooSmall`], [`Error::AmountTooLarge`]: `amount` is out of bounds.
		/// - [`Error::Halted`]: nothing converts at present.
		/// - [`Error::TooFewCredits`]: `min_credits` is above what `amount` would make now.
		/// - [`Error::QueueFull`], [`Error::TooManyConversions`]: no room.
		/// - `FundsUnavailable` of the token and the like: the buyer does not have `amount` to put on hold.
		///
		/// ## Events
		///
		/// `ConversionQueued`; later `CreditsBought`, or `ConversionRetried` and `ConversionCancelled`.
		///
		/// ## Complexity
		///
		/// O(1).
		#[pallet::call_index(0)]
		#[pallet::weight(T::WeightInfo::buy_credits())]
		pub fn buy_credits(
			origin: OriginFor<T>,
			#[pallet::compact] amount: Balance,
			#[pallet::compact] min_credits: MicroUsd,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			ensure!(amount >= T::MinConversion::get(), Error::<T>::AmountTooSmall);
			ensure!(amount <= T::MaxConversion::get(), Error::<T>::AmountTooLarge);
			let price = Self::sound_price().ok_or(Error::<T>::Halted)?;
			let credits = Self::credits_at(amount, price).ok_or(Error::<T>::AmountTooLarge)?;
			ensure!(!credits.is_zero(), Error::<T>::AmountTooSmall);
			ensure!(credits >= min_credits, Error::<T>::TooFewCredits);
			ensure!(Line::<T>::get().count < T::MaxQueue::get(), Error::<T>::QueueFull);
			let queued = Ledgers::<T>::get(&who).queued;
			ensure!(queued < T::MaxQueuedPerAccount::get(), Error::<T>::TooManyConversions);

			T::Currency::hold(&HoldReason::Conversion.into(), &who, amount)?;
			let id = NextConversionId::<T>::mutate(|next| {
				let id = *next;
				next.0 = next.0.saturating_add(1);
				id
			});
			let ready_at = frame_system::Pallet::<T>::block_number().saturating_add(T::QueueDelay::get());
			let conversion =
				Conversion { who: who.clone(), amount, min_credits, ready_at, attempts: 0, position: Zero::zero() };
			Self::append(id, conversion);
			Self::deposit_event(Event::ConversionQueued { id, who, amount, min_credits, ready_at });
			Ok(())
		}

		/// Take a conversion off the queue, and have all its tokens released.
		///
		/// Signed by the buyer. Works at any time before the execution, while conversions are halted too.
		///
		/// ## Errors
		///
		/// - [`Error::UnknownConversion`]: it was executed or cancelled, or never was.
		/// - [`Error::NotOwner`]: it is another account's.
		///
		/// ## Events
		///
		/// `ConversionCancelled`.
		///
		/// ## Complexity
		///
		/// O(1).
		#[pallet::call_index(1)]
		#[pallet::weight(T::WeightInfo::cancel_conversion())]
		pub fn cancel_conversion(origin: OriginFor<T>, id: ConversionId) -> DispatchResult {
			let who = ensure_signed(origin)?;
			let conversion = Conversions::<T>::get(id).ok_or(Error::<T>::UnknownConversion)?;
			ensure!(conversion.who == who, Error::<T>::NotOwner);
			Self::refund(id, &conversion, CancelReason::Requested)
		}

		/// Have conversions run again, with the present price as the average. [`Config::AdminOrigin`] only.
		///
		/// For when the market has truly moved, or a halt by the administrator is over. Also when the breaker is open, to set
		/// the average.
		///
		/// ## Errors
		///
		/// - [`Error::NoFreshPrice`]: the source has no price, or a stale one.
		///
		/// ## Events
		///
		/// `BreakerReset`.
		///
		/// ## Complexity
		///
		/// O(1).
		#[pallet::call_index(2)]
		#[pallet::weight(T::WeightInfo::reset_breaker())]
		pub fn reset_breaker(origin: OriginFor<T>) -> DispatchResult {
			T::AdminOrigin::ensure_origin(origin)?;
			let price = Self::assess(T::Price::price(), None).map_err(|_| Error::<T>::NoFreshPrice)?;
			let average = Some(price);
			Guard::<T>::put(PriceGuard { average, breaker: Breaker::Open });
			Self::deposit_event(Event::BreakerReset { average, by_admin: true });
			Ok(())
		}

		/// Halt conversions until [`Pallet::reset_breaker`]. [`Config::AdminOrigin`] only.
		///
		/// Cancelling and spending go on.
		///
		/// ## Events
		///
		/// `BreakerTripped`.
		///
		/// ## Complexity
		///
		/// O(1).
		#[pallet::call_index(3)]
		#[pallet::weight(T::WeightInfo::halt_conversions())]
		pub fn halt_conversions(origin: OriginFor<T>) -> DispatchResult {
			T::AdminOrigin::ensure_origin(origin)?;
			let mut guard = Guard::<T>::get();
			let since = match guard.breaker {
				Breaker::Open => frame_system::Pallet::<T>::block_number(),
				Breaker::Halted { since, .. } => since,
			};
			let reason = HaltReason::Admin;
			guard.breaker = Breaker::Halted { reason, since, sound_since: None };
			Guard::<T>::put(guard);
			let price = T::Price::price().map(|price| price.usd);
			Self::deposit_event(Event::BreakerTripped { reason, price, average: guard.average });
			Ok(())
		}
	}

	#[pallet::view_functions]
	impl<T: Config> Pallet<T> {
		/// What `who` has.
		pub fn credits(who: T::AccountId) -> CreditLedger {
			Ledgers::<T>::get(who)
		}

		/// Credits that `tokens` would make now. None while nothing converts.
		pub fn quote_credits(tokens: Balance) -> Option<MicroUsd> {
			Self::credits_at(tokens, Self::sound_price()?)
		}

		/// How a conversion stands. None when it was executed or cancelled, or never was.
		pub fn conversion_status(id: ConversionId) -> Option<ConversionStatus<T::AccountId, BlockNumberFor<T>>> {
			let conversion = Conversions::<T>::get(id)?;
			let ahead = conversion.position.saturating_sub(Line::<T>::get().head);
			let credits = Self::quote_credits(conversion.amount);
			Some(ConversionStatus { conversion, ahead, credits })
		}

		/// How the breaker stands.
		pub fn breaker() -> BreakerStatus<BlockNumberFor<T>> {
			let PriceGuard { average, breaker } = Guard::<T>::get();
			BreakerStatus { breaker, average, price: Self::sound_price() }
		}

		/// Tokens that were burned for `credits` of what `who` has: what spending them now would count as.
		pub fn spend_value(who: T::AccountId, credits: MicroUsd) -> Balance {
			let ledger = Ledgers::<T>::get(who);
			Self::value_of(&ledger, credits.min(ledger.total()))
		}

		/// Tokens that `micro_usd` is worth, as fees in a stable asset are valued. None while nothing converts.
		pub fn quote_native(micro_usd: MicroUsd) -> Option<Balance> {
			Self::native_value_of_usd(micro_usd)
		}
	}
}
