//! The price guard: which price is acted on, and when none is.
//!
//! The source gives one price: the median of what its operators fed. Here it must pass three tests before anything is made
//! at it. It must be there and above zero; it must be younger than [`Config::MaxPriceAge`]; and it must lie within
//! [`Config::MaxDeviation`] of its moving average. A price that fails trips the **circuit breaker**.
//!
//! The average is exponential, of [`Config::AverageBlocks`] blocks: each block it goes that part of the way to the price.
//! A price outside the bound pulls no harder than one at the bound, so that nobody moves the average by more than
//! `MaxDeviation / AverageBlocks` a block, whatever he feeds. It goes on moving while conversions are halted, so that a
//! market that has truly moved is caught up with, in time in which people can look.
//!
//! A halt ends by itself when every price of [`Config::RecoveryBlocks`] blocks in a row was sound, or by
//! `reset_breaker`. The first price of a chain becomes the average, and has to stay sound for as long.

use crate::{Breaker, BurnWindow, Config, Event, Guard, HaltReason, Pallet, PriceGuard, Window, MICRO_PER_USD};
use assay_primitives::{Balance, MicroUsd, Price, PriceSource};
use frame_support::traits::{Get, Time};
use frame_system::pallet_prelude::BlockNumberFor;
use sp_runtime::{
	helpers_128bit::multiply_by_rational_with_rounding,
	traits::{Saturating, Zero},
	FixedPointNumber, FixedU128, Rounding,
};

impl<T: Config> Pallet<T> {
	/// Look at the price: move the average, trip or reset the breaker. Once a block.
	pub(crate) fn observe_price(now: BlockNumberFor<T>) {
		let before = Guard::<T>::get();
		let price = T::Price::price();
		let verdict = Self::assess(price, before.average);
		let mut guard = before;
		if let (Ok(usd), _) | (Err(HaltReason::Deviation), Some(Price { usd, .. })) = (verdict, price) {
			guard.average = Some(before.average.map_or(usd, |average| Self::follow(average, usd)));
		}
		match verdict {
			Ok(_) => Self::note_sound(&mut guard, now),
			Err(reason) => Self::note_refused(&mut guard, reason, price, now),
		}
		if guard != before {
			Guard::<T>::put(guard);
		}
	}

	/// The price to convert at now; trips the breaker when it is refused.
	pub(crate) fn price_or_trip(now: BlockNumberFor<T>) -> Option<FixedU128> {
		let mut guard = Guard::<T>::get();
		if guard.breaker != Breaker::Open {
			return None;
		}
		let price = T::Price::price();
		match Self::assess(price, guard.average) {
			Ok(usd) => Some(usd),
			Err(reason) => {
				Self::note_refused(&mut guard, reason, price, now);
				Guard::<T>::put(guard);
				None
			},
		}
	}

	/// The price to convert at now. None while the breaker is tripped, or would be.
	pub(crate) fn sound_price() -> Option<FixedU128> {
		let guard = Guard::<T>::get();
		if guard.breaker != Breaker::Open {
			return None;
		}
		Self::assess(T::Price::price(), guard.average).ok()
	}

	/// Whether `price` may be acted on, beside an average of `average`.
	pub(crate) fn assess(price: Option<Price>, average: Option<FixedU128>) -> Result<FixedU128, HaltReason> {
		let price = price.filter(|price| !price.usd.is_zero()).ok_or(HaltReason::NoPrice)?;
		if T::Time::now().saturating_sub(price.at) > T::MaxPriceAge::get() {
			return Err(HaltReason::StalePrice);
		}
		if average.is_some_and(|average| Self::clamp(price.usd, average) != price.usd) {
			return Err(HaltReason::Deviation);
		}
		Ok(price.usd)
	}

	/// The price within the bound around `average` that is next to `price`.
	fn clamp(price: FixedU128, average: FixedU128) -> FixedU128 {
		let room = FixedU128::from_inner(T::MaxDeviation::get().mul_floor(average.into_inner()));
		// Not `Ord::clamp`, which could panic.
		price.max(average.saturating_sub(room)).min(average.saturating_add(room))
	}

	/// `average` after one more block at `price`.
	fn follow(average: FixedU128, price: FixedU128) -> FixedU128 {
		let target = Self::clamp(price, average);
		let part = |gap: FixedU128| {
			// An integrity test refuses an average of no blocks; here it would only stand still.
			FixedU128::from_inner(gap.into_inner().checked_div(T::AverageBlocks::get().into()).unwrap_or_default())
		};
		if target > average {
			average.saturating_add(part(target.saturating_sub(average)))
		} else {
			average.saturating_sub(part(average.saturating_sub(target)))
		}
	}

	/// A sound price: the breaker opens when there have been enough of them.
	fn note_sound(guard: &mut PriceGuard<BlockNumberFor<T>>, now: BlockNumberFor<T>) {
		let Breaker::Halted { reason, since, sound_since } = guard.breaker else { return };
		if reason == HaltReason::Admin {
			return;
		}
		let start = sound_since.unwrap_or(now);
		if now.saturating_sub(start) < T::RecoveryBlocks::get() {
			guard.breaker = Breaker::Halted { reason, since, sound_since: Some(start) };
			return;
		}
		guard.breaker = Breaker::Open;
		Self::deposit_event(Event::BreakerReset { average: guard.average, by_admin: false });
	}

	/// A refused price: the breaker trips, or the wait for sound prices begins anew.
	fn note_refused(
		guard: &mut PriceGuard<BlockNumberFor<T>>,
		reason: HaltReason,
		price: Option<Price>,
		now: BlockNumberFor<T>,
	) {
		let (since, told) = match guard.breaker {
			Breaker::Halted { reason: HaltReason::Admin, .. } => return,
			Breaker::Halted { reason: old, since, .. } => (since, old == reason),
			Breaker::Open => (now, false),
		};
		guard.breaker = Breaker::Halted { reason, since, sound_since: None };
		if !told {
			let price = price.map(|price| price.usd);
			Self::deposit_event(Event::BreakerTripped { reason, price, average: guard.average });
		}
	}

	/// A dollar's worth of a unit of the token is `price / scale` millionths.
	pub(crate) fn scale() -> u128 {
		FixedU128::DIV.checked_div(MICRO_PER_USD).unwrap_or_default().saturating_mul(T::TokenUnit::get())
	}

	/// Credits for `tokens` at `price`, less the spread. Rounded against the buyer. None when they do not fit.
	pub(crate) fn credits_at(tokens: Balance, price: FixedU128) -> Option<MicroUsd> {
		let worth = multiply_by_rational_with_rounding(tokens, price.into_inner(), Self::scale(), Rounding::Down)?;
		Some(worth.saturating_sub(T::Spread::get().mul_ceil(worth)))
	}

	/// Tokens that `amount` is worth, rounded down, at the present price or its average, whichever gives fewer. None while
	/// the breaker is tripped, or would be.
	///
	/// For valuing a fee in a stable asset. What is valued here bounds a reward, so that a price that was pushed down must
	/// not make it larger.
	pub fn native_value_of_usd(amount: MicroUsd) -> Option<Balance> {
		let price = Self::sound_price()?;
		let price = Guard::<T>::get().average.map_or(price, |average| average.max(price));
		multiply_by_rational_with_rounding(amount, Self::scale(), price.into_inner(), Rounding::Down)
	}

	/// What the period of block `now` has burned.
	pub(crate) fn window(now: BlockNumberFor<T>) -> BurnWindow<BlockNumberFor<T>> {
		let window = Window::<T>::get();
		if now.saturating_sub(window.start) < T::LimitPeriod::get() {
			window
		} else {
			BurnWindow { start: now, burned: Zero::zero() }
		}
	}
}
