//! Benchmarks of the calls, of the hooks, and of what other pallets call, each asserting its effect.

use super::*;
use crate::queue::Step;
use assay_primitives::CreditsEscrow;
use frame_benchmarking::v2::*;
use frame_system::RawOrigin;

/// The price of a token here.
fn dollar() -> FixedU128 {
	FixedU128::one()
}

/// A token that has been worth a dollar for long.
fn open<T: Config>() {
	T::Price::set_price(dollar());
	Guard::<T>::put(PriceGuard { average: Some(dollar()), breaker: Breaker::Open });
}

/// A buyer with enough for two conversions.
fn buyer<T: Config>() -> Result<T::AccountId, BenchmarkError> {
	let who: T::AccountId = whitelisted_caller();
	let amount = T::MaxConversion::get().saturating_mul(2).saturating_add(T::Currency::minimum_balance());
	T::Currency::mint_into(&who, amount)?;
	Ok(who)
}

/// A conversion that is not the only one, and whose buyer has credits.
fn queue<T: Config>() -> Result<(ConversionId, T::AccountId), BenchmarkError> {
	open::<T>();
	let who = buyer::<T>()?;
	Pallet::<T>::endow(&who, 1_000);
	let id = NextConversionId::<T>::get();
	for _ in 0..2 {
		Pallet::<T>::buy_credits(RawOrigin::Signed(who.clone()).into(), T::MaxConversion::get(), 0)?;
	}
	Ok((id, who))
}

/// Go to where the conversions in the queue are ready. The price stays fresh.
fn wait<T: Config>() -> BlockNumberFor<T> {
	let ready = frame_system::Pallet::<T>::block_number().saturating_add(T::QueueDelay::get());
	frame_system::Pallet::<T>::set_block_number(ready);
	T::Price::set_price(dollar());
	ready
}

/// Make a conversion fail by slippage, after `attempts` failures.
fn disappoint<T: Config>(id: ConversionId, attempts: u32) {
	Conversions::<T>::mutate(id, |conversion| {
		if let Some(conversion) = conversion {
			conversion.min_credits = MicroUsd::MAX;
			conversion.attempts = attempts;
		}
	});
}

#[benchmarks]
mod benchmarks {
	use super::*;

	#[benchmark]
	fn buy_credits() -> Result<(), BenchmarkError> {
		open::<T>();
		let who = buyer::<T>()?;
		let amount = T::MaxConversion::get();

		#[extrinsic_call]
		_(RawOrigin::Signed(who.clone()), amount, 1);

		assert_eq!(T::Currency::balance_on_hold(&HoldReason::Conversion.into(), &who), amount);
		assert_eq!(Line::<T>::get().count, 1);
		Ok(())
	}

	#[benchmark]
	fn cancel_conversion() -> Result<(), BenchmarkError> {
		let (id, who) = queue::<T>()?;

		#[extrinsic_call]
		_(RawOrigin::Signed(who), id);

		assert!(!Conversions::<T>::contains_key(id));
		Ok(())
	}

	#[benchmark]
	fn reset_breaker() -> Result<(), BenchmarkError> {
		let origin = T::AdminOrigin::try_successful_origin().map_err(|()| BenchmarkError::Weightless)?;
		T::Price::set_price(dollar());

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin);

		assert_eq!(Guard::<T>::get().breaker, Breaker::Open);
		Ok(())
	}

	#[benchmark]
	fn halt_conversions() -> Result<(), BenchmarkError> {
		let origin = T::AdminOrigin::try_successful_origin().map_err(|()| BenchmarkError::Weightless)?;
		open::<T>();

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin);

		assert!(matches!(Guard::<T>::get().breaker, Breaker::Halted { reason: HaltReason::Admin, .. }));
		Ok(())
	}

	/// A price that trips the breaker and moves the average.
	#[benchmark]
	fn observe_price() {
		open::<T>();
		T::Price::set_price(FixedU128::from_u32(1_000));

		#[block]
		{
			Pallet::<T>::observe_price(frame_system::Pallet::<T>::block_number());
		}

		let guard = Guard::<T>::get();
		assert!(guard.breaker != Breaker::Open);
		assert!(guard.average > Some(dollar()));
	}

	/// The price trips the breaker; or, which is dearer to find out, the first conversion has to wait.
	#[benchmark]
	fn executor_idle() -> Result<(), BenchmarkError> {
		queue::<T>()?;
		let now = frame_system::Pallet::<T>::block_number();

		#[block]
		{
			Pallet::<T>::work_off_queue(now, Weight::MAX);
		}

		assert_eq!(Line::<T>::get().count, 2);
		Ok(())
	}

	#[benchmark]
	fn executor_gap() -> Result<(), BenchmarkError> {
		let (id, _) = queue::<T>()?;
		// As if the first had been cancelled when it was not the first yet.
		Queue::<T>::remove(Conversions::<T>::take(id).map(|conversion| conversion.position).unwrap_or_default());
		let now = wait::<T>();
		let step;

		#[block]
		{
			step = Pallet::<T>::take_step(now, dollar());
		}

		assert_eq!(step, Some(Step::Gap));
		Ok(())
	}

	#[benchmark]
	fn executor_convert() -> Result<(), BenchmarkError> {
		let (_, who) = queue::<T>()?;
		let now = wait::<T>();
		let step;

		#[block]
		{
			step = Pallet::<T>::take_step(now, dollar());
		}

		assert_eq!(step, Some(Step::Converted));
		assert!(Ledgers::<T>::get(who).free > 1_000);
		Ok(())
	}

	#[benchmark]
	fn executor_retry() -> Result<(), BenchmarkError> {
		let (id, _) = queue::<T>()?;
		disappoint::<T>(id, 0);
		let now = wait::<T>();
		let step;

		#[block]
		{
			step = Pallet::<T>::take_step(now, dollar());
		}

		// A chain that tries once only never does this.
		assert!(step == Some(Step::Retried) || T::MaxAttempts::get() == 1);
		Ok(())
	}

	#[benchmark]
	fn executor_refund() -> Result<(), BenchmarkError> {
		let (id, _) = queue::<T>()?;
		disappoint::<T>(id, T::MaxAttempts::get());
		let now = wait::<T>();
		let step;

		#[block]
		{
			step = Pallet::<T>::take_step(now, dollar());
		}

		assert_eq!(step, Some(Step::Refunded));
		assert!(!Conversions::<T>::contains_key(id));
		Ok(())
	}

	#[benchmark]
	fn hold() {
		let who: T::AccountId = whitelisted_caller();
		Pallet::<T>::endow(&who, 1_000);

		#[block]
		{
			assert!(<Pallet<T> as CreditsEscrow<_, _>>::hold(&who, 400).is_ok());
		}

		assert_eq!(Pallet::<T>::held(&who), 400);
	}

	#[benchmark]
	fn release() {
		let who: T::AccountId = whitelisted_caller();
		Pallet::<T>::endow(&who, 1_000);
		assert!(<Pallet<T> as CreditsEscrow<_, _>>::hold(&who, 400).is_ok());

		#[block]
		{
			assert!(<Pallet<T> as CreditsEscrow<_, _>>::release(&who, 400).is_ok());
		}

		assert_eq!(Pallet::<T>::held(&who), 0);
	}

	#[benchmark]
	fn spend() {
		let who: T::AccountId = whitelisted_caller();
		Pallet::<T>::endow(&who, 1_000);
		assert!(<Pallet<T> as CreditsEscrow<_, _>>::hold(&who, 400).is_ok());

		#[block]
		{
			assert!(<Pallet<T> as CreditsEscrow<_, _>>::spend(&who, 300).is_ok());
		}

		assert_eq!(Pallet::<T>::held(&who), 100);
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}
