//! The queue of conversions and its executor.
//!
//! First in, first out. A conversion is executed no earlier than [`Config::QueueDelay`] blocks after its request, at the price
//! of that time: who asks does not know the price yet, and cannot ask at one that the next feed will correct.
//!
//! The executor runs in what weight a block has left, [`Config::MaxConversionsPerBlock`] at most. Each conversion is
//! executed wholly or not at all. One that fails goes to the end of the queue, and is given up with a refund when it has
//! failed [`Config::MaxAttempts`] times, or at once when no later attempt could succeed; it never keeps up those behind it.
//! Two things stop the executor where it stands, and count as no attempt: the breaker, and the limit on what a period may burn.
//!
//! A conversion that is cancelled inside the queue leaves an empty position, which the executor passes once.

use crate::{
	CancelReason, Config, Conversion, ConversionId, Conversions, Event, Failure, HoldReason, Ledgers, Line, Pallet,
	Queue, UnexpectedKind, WeightInfo, Window,
};
use frame_support::{
	pallet_prelude::DispatchError,
	storage::with_storage_layer,
	traits::{
		fungible::{BalancedHold, MutateHold},
		tokens::Precision,
		Get,
	},
	weights::{Weight, WeightMeter},
};
use frame_system::pallet_prelude::BlockNumberFor;
use sp_runtime::{
	traits::{Saturating, Zero},
	FixedU128,
};

/// A conversion of this runtime.
pub(crate) type ConversionOf<T> = Conversion<<T as frame_system::Config>::AccountId, BlockNumberFor<T>>;

/// What the executor did with a position of the queue.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Step {
	/// Passed an empty one.
	Gap,
	/// Executed the conversion.
	Converted,
	/// Moved the conversion to the end.
	Retried,
	/// Gave the conversion up.
	Refunded,
}

impl Step {
	fn weight<T: Config>(self) -> Weight {
		match self {
			Step::Gap => T::WeightInfo::executor_gap(),
			Step::Converted => T::WeightInfo::executor_convert(),
			Step::Retried => T::WeightInfo::executor_retry(),
			Step::Refunded => T::WeightInfo::executor_refund(),
		}
	}

	/// What any step weighs at most.
	fn max_weight<T: Config>() -> Weight {
		let failed = Step::Retried.weight::<T>().max(Step::Refunded.weight::<T>());
		failed.max(Step::Converted.weight::<T>()).max(Step::Gap.weight::<T>())
	}
}

impl<T: Config> Pallet<T> {
	/// With less weight than this left, no block converts anything.
	pub(crate) fn smallest_useful_limit() -> Weight {
		T::WeightInfo::executor_idle().saturating_add(Step::max_weight::<T>())
	}

	/// Execute what is ready at `now`, as far as it fits into `limit`. Returns what was used.
	pub(crate) fn work_off_queue(now: BlockNumberFor<T>, limit: Weight) -> Weight {
		let mut meter = WeightMeter::with_limit(limit);
		if meter.try_consume(T::WeightInfo::executor_idle()).is_err() || Line::<T>::get().count.is_zero() {
			return meter.consumed();
		}
		let Some(price) = Self::price_or_trip(now) else { return meter.consumed() };
		let mut left = T::MaxConversionsPerBlock::get();
		while left > 0 && meter.can_consume(Step::max_weight::<T>()) {
			let Some(step) = Self::take_step(now, price) else { break };
			meter.consume(step.weight::<T>());
			if step != Step::Gap {
				left = left.saturating_sub(1);
			}
		}
		meter.consumed()
	}

	/// Deal with the first position of the queue. None when there is none, or it has to wait. O(1).
	pub(crate) fn take_step(now: BlockNumberFor<T>, price: FixedU128) -> Option<Step> {
		let mut line = Line::<T>::get();
		if line.head >= line.tail {
			return None;
		}
		let Some(id) = Queue::<T>::get(line.head) else {
			line.head = line.head.saturating_add(1);
			Line::<T>::put(line);
			return Some(Step::Gap);
		};
		let Some(conversion) = Conversions::<T>::get(id) else {
			Self::unexpected(UnexpectedKind::UnknownConversion { id });
			Queue::<T>::remove(line.head);
			return Some(Step::Gap);
		};
		if conversion.ready_at > now {
			return None;
		}
		let limit = T::MaxBurnPerPeriod::get();
		let would_burn = Self::window(now).burned.saturating_add(conversion.amount);
		if conversion.amount <= limit && would_burn > limit {
			return None;
		}
		match with_storage_layer(|| Self::convert(id, &conversion, price, now)) {
			Ok(()) => Some(Step::Converted),
			Err(failure) => Some(Self::fail(id, conversion, failure, now)),
		}
	}

	/// Burn the tokens of a conversion, and make credits for them at `price`.
	fn convert(
		id: ConversionId,
		conversion: &ConversionOf<T>,
		price: FixedU128,
		now: BlockNumberFor<T>,
	) -> Result<(), Failure> {
		let Conversion { who, amount, .. } = conversion;
		if *amount > T::MaxBurnPerPeriod::get() {
			return Err(Failure::TooLarge);
		}
		let credits = Self::credits_at(*amount, price).ok_or(Failure::Overflow)?;
		if credits.is_zero() {
			return Err(Failure::Dust);
		}
		if credits < conversion.min_credits {
			return Err(Failure::Slippage);
		}
		Self::take_off(id, conversion);
		let (burned, missing) = T::Currency::slash(&HoldReason::Conversion.into(), who, *amount);
		if !missing.is_zero() {
			return Err(Failure::Burn(DispatchError::Unavailable));
		}
		// Dropping a credit takes it out of the total issuance.
		drop(burned);
		Self::issue(who, credits, *amount).ok_or(Failure::Overflow)?;
		let mut window = Self::window(now);
		window.burned = window.burned.saturating_add(*amount);
		Window::<T>::put(window);
		Self::deposit_event(Event::CreditsBought { id, who: who.clone(), burned: *amount, credits, price });
		Ok(())
	}

	/// Try a conversion that failed again later, or give it up.
	fn fail(id: ConversionId, mut conversion: ConversionOf<T>, failure: Failure, now: BlockNumberFor<T>) -> Step {
		conversion.attempts = conversion.attempts.saturating_add(1);
		let attempts = conversion.attempts;
		if failure.is_passing() && attempts < T::MaxAttempts::get() {
			Self::move_to_end(id, conversion, now);
			Self::deposit_event(Event::ConversionRetried { id, attempts, failure });
			return Step::Retried;
		}
		let refunded = with_storage_layer(|| Self::refund(id, &conversion, CancelReason::Failed(failure)));
		if let Err(error) = refunded {
			Self::unexpected(UnexpectedKind::RefundFailed { id, error });
			Self::move_to_end(id, conversion, now);
		}
		Step::Refunded
	}

	/// End a conversion by releasing its tokens.
	pub(crate) fn refund(
		id: ConversionId,
		conversion: &ConversionOf<T>,
		reason: CancelReason,
	) -> Result<(), DispatchError> {
		let Conversion { who, amount, .. } = conversion;
		Self::take_off(id, conversion);
		T::Currency::release(&HoldReason::Conversion.into(), who, *amount, Precision::Exact)?;
		Self::deposit_event(Event::ConversionCancelled { id, who: who.clone(), refunded: *amount, reason });
		Ok(())
	}

	/// Put a new conversion at the end of the queue.
	pub(crate) fn append(id: ConversionId, mut conversion: ConversionOf<T>) {
		Line::<T>::mutate(|line| {
			conversion.position = line.tail;
			line.tail = line.tail.saturating_add(1);
			line.count = line.count.saturating_add(1);
			line.amount = line.amount.saturating_add(conversion.amount);
		});
		Ledgers::<T>::mutate(&conversion.who, |ledger| ledger.queued = ledger.queued.saturating_add(1));
		Queue::<T>::insert(conversion.position, id);
		Conversions::<T>::insert(id, conversion);
	}

	/// Take a conversion off the queue.
	fn take_off(id: ConversionId, conversion: &ConversionOf<T>) {
		Queue::<T>::remove(conversion.position);
		Conversions::<T>::remove(id);
		Line::<T>::mutate(|line| {
			line.count = line.count.saturating_sub(1);
			line.amount = line.amount.saturating_sub(conversion.amount);
			if line.count.is_zero() {
				line.head = line.tail;
			} else if line.head == conversion.position {
				line.head = line.head.saturating_add(1);
			}
		});
		let mut ledger = Ledgers::<T>::get(&conversion.who);
		ledger.queued = ledger.queued.saturating_sub(1);
		Self::put_ledger(&conversion.who, ledger);
	}

	/// Put a conversion that is in the queue at its end.
	fn move_to_end(id: ConversionId, mut conversion: ConversionOf<T>, now: BlockNumberFor<T>) {
		Queue::<T>::remove(conversion.position);
		Line::<T>::mutate(|line| {
			if line.head == conversion.position {
				line.head = line.head.saturating_add(1);
			}
			conversion.position = line.tail;
			line.tail = line.tail.saturating_add(1);
		});
		conversion.ready_at = now.saturating_add(T::QueueDelay::get());
		Queue::<T>::insert(conversion.position, id);
		Conversions::<T>::insert(id, conversion);
	}

	/// Report what should never happen.
	fn unexpected(kind: UnexpectedKind) {
		Self::deposit_event(Event::Unexpected { kind });
	}
}
