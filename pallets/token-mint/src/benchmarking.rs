//! Benchmarks of the calls, of what other pallets and the hook call, each asserting its effect.

use super::*;
use assay_primitives::WorkRewards;
use frame_benchmarking::v2::*;
use frame_system::RawOrigin;

/// A fee of which `k` is well above the existential deposit.
fn fee<T: Config>() -> Balance {
	T::Currency::minimum_balance().saturating_mul(1_000).saturating_add(1_000)
}

/// Put enough into the render-work pot for any reward here.
fn fund_pot<T: Config>() -> Result<(), BenchmarkError> {
	let pot = Pallet::<T>::pot_account(Pot::RenderWork);
	T::Currency::mint_into(&pot, fee::<T>().saturating_mul(10))?;
	Ok(())
}

/// End the current period as the hook would.
fn end_round<T: Config>() {
	Pallet::<T>::end_period(LastPeriod::<T>::get().saturating_add(1));
}

/// Have `provider` earn in a round that closes, so that its next credit has to settle that round first.
pub(crate) fn leave_unsettled<T: Config>(provider: &T::AccountId) {
	assert!(fund_pot::<T>().is_ok());
	Pallet::<T>::credit_work(provider, 1_000, fee::<T>());
	end_round::<T>();
}

#[benchmarks]
mod benchmarks {
	use super::*;

	/// The provider is the last to settle a closed round and its account is created.
	#[benchmark]
	fn claim_work_reward() -> Result<(), BenchmarkError> {
		let caller: T::AccountId = whitelisted_caller();
		let provider: T::AccountId = account("provider", 0, 0);
		leave_unsettled::<T>(&provider);
		let reward = Pallet::<T>::pending_work_reward(provider.clone());
		assert!(!reward.is_zero());

		#[extrinsic_call]
		_(RawOrigin::Signed(caller), provider.clone());

		assert_eq!(T::Currency::balance(&provider), reward);
		assert!(!WorkLedgers::<T>::contains_key(&provider));
		assert!(Reserved::<T>::get().is_zero());
		Ok(())
	}

	/// As many parts as there are pots.
	#[benchmark]
	fn set_budget() -> Result<(), BenchmarkError> {
		let origin = T::AdminOrigin::try_successful_origin().map_err(|()| BenchmarkError::Weightless)?;
		let mut budget = budget::default_budget();
		budget.as_mut().reverse();

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, budget.clone());

		assert_eq!(Budget::<T>::get(), budget);
		Ok(())
	}

	/// The provider is credited in a new round, so that the one before is settled.
	#[benchmark]
	fn credit_work() -> Result<(), BenchmarkError> {
		let provider: T::AccountId = account("provider", 0, 0);
		leave_unsettled::<T>(&provider);
		let round = LastPeriod::<T>::get();

		#[block]
		{
			Pallet::<T>::credit_work(&provider, 2_000, fee::<T>());
		}

		let ledger = WorkLedgers::<T>::get(&provider);
		assert_eq!((ledger.round, ledger.work), (round, 2_000));
		assert!(!ledger.pending.is_zero());
		Ok(())
	}

	/// A block in which no period ends.
	#[benchmark]
	fn on_initialize_idle() {
		let last = LastPeriod::<T>::get();
		let now = Start::<T>::get();

		#[block]
		{
			Pallet::<T>::on_initialize(now);
		}

		assert_eq!(LastPeriod::<T>::get(), last);
	}

	/// A mint into all pots, each of which was owed something, and the closing of a round in which somebody worked.
	#[benchmark]
	fn on_initialize_mint() -> Result<(), BenchmarkError> {
		let provider: T::AccountId = account("provider", 0, 0);
		fund_pot::<T>()?;
		Budget::<T>::put(budget::default_budget());
		for pot in Pot::ALL {
			Owed::<T>::insert(pot, 1);
		}
		Pallet::<T>::credit_work(&provider, 1_000, fee::<T>());
		let round = LastPeriod::<T>::get();
		// The fraction of a half-life with the most digits set, and so the most multiplications.
		let schedule = T::Schedule::get();
		let period = round.saturating_add(schedule.half_life.saturating_sub(1).max(1));
		let length = BlockNumberFor::<T>::from(schedule.period);
		let now = Start::<T>::get().saturating_add(length.saturating_mul(period.into()));

		#[block]
		{
			Pallet::<T>::on_initialize(now);
		}

		assert_eq!(LastPeriod::<T>::get(), period);
		assert!(Pot::ALL.into_iter().all(|pot| !Owed::<T>::contains_key(pot)));
		assert!(Rounds::<T>::contains_key(round));
		Ok(())
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}
