//! Benchmarks of the calls, and of what other pallets call, each asserting its effect.

use super::*;
use crate::tranche::{Lane, Tranche, MAX_TRANCHES};
use assay_primitives::{Vesting, VestingStake};
use frame_benchmarking::v2::*;
use frame_support::traits::{fungible::Balanced, Imbalance};
use frame_system::RawOrigin;
use sp_runtime::PerThing;

/// What each tranche has where it matters little.
const FEW: Balance = 10;

/// What each tranche has where it does not.
fn unit<T: Config>() -> Balance {
	T::Currency::minimum_balance().saturating_mul(100).saturating_add(1_000)
}

/// Bring `who` into being.
fn open<T: Config>(who: &T::AccountId) {
	assert!(T::Currency::mint_into(who, T::Currency::minimum_balance()).is_ok());
}

/// A plan of which `is` holds. A runtime may have none.
fn plan_that<T: Config>(is: impl Fn(&Terms) -> bool) -> Result<VestingPlan, BenchmarkError> {
	VestingPlan::ALL.into_iter().find(|plan| is(&Pallet::<T>::terms_of(*plan))).ok_or(BenchmarkError::Weightless)
}

/// Have `amount` vest for `who` by a plan that can be staked, if there is one.
pub(crate) fn endow_stakeable<T: Config>(who: &T::AccountId, amount: Balance) {
	if let Ok(plan) = plan_that::<T>(|terms| terms.stakeable) {
		open::<T>(who);
		// So much that this is what is not paid at once.
		let all = Pallet::<T>::terms_of(plan).at_once.left_from_one().saturating_reciprocal_mul_ceil(amount);
		assert!(Pallet::<T>::vest(who, plan, T::Currency::issue(all)).is_ok());
	}
}

/// As [`fill_all`], with next to nothing in it.
pub(crate) fn make_seizable<T: Config>(who: &T::AccountId) {
	fill_all::<T>(who, FEW);
}

/// Go on to a block before which every plan had time for all its tranches.
fn go<T: Config>() -> u32 {
	let longest = VestingPlan::ALL.into_iter().map(|plan| Pallet::<T>::terms_of(plan).term).max().unwrap_or_default();
	let now = longest.saturating_mul(2).max(Pallet::<T>::now());
	frame_system::Pallet::<T>::set_block_number(now.into());
	now
}

/// Give `who` all tranches of `plan` that it can have, of `amount` each, none of them through, and as much that has
/// vested.
fn fill<T: Config>(who: &T::AccountId, plan: VestingPlan, amount: Balance) {
	open::<T>(who);
	let (now, terms) = (go::<T>(), Pallet::<T>::terms_of(plan));
	let lane = |term: u32| {
		let window = (term / MAX_TRANCHES).max(2);
		let tranches = (0..MAX_TRANCHES).map(|n| {
			let since = n.saturating_mul(window).min(term.saturating_sub(2));
			let first = now.saturating_sub(term).saturating_add(since);
			Tranche { first, last: first.saturating_add(1), amount, moment: amount / 2, vested: 1 }
		});
		Lane(BoundedVec::truncate_from(tranches.collect::<Vec<_>>()))
	};
	let exiting = terms.early_exit.map(|exit| lane(exit.term)).unwrap_or_default();
	let ledger = Ledger { ready: amount, pledged: 0, vesting: lane(terms.term), exiting };
	assert!(T::Currency::mint_into(who, ledger.total()).is_ok());
	assert!(Pallet::<T>::hold(who, ledger.total()).is_ok());
	Ledgers::<T>::insert(who, plan, ledger);
}

/// As [`fill`], of the plan by which rewards of pledged tokens vest, if there is one.
pub(crate) fn fill_compounding<T: Config>(who: &T::AccountId) {
	if let Ok(plan) = plan_that::<T>(|terms| terms.compounds) {
		fill::<T>(who, plan, unit::<T>());
	}
}

/// As [`fill`], of every plan. Returns how much is on hold.
fn fill_all<T: Config>(who: &T::AccountId, amount: Balance) -> Balance {
	VestingPlan::ALL.into_iter().for_each(|plan| fill::<T>(who, plan, amount));
	T::Currency::balance_on_hold(&HoldReason::Vesting.into(), who)
}

#[benchmarks]
mod benchmarks {
	use super::*;

	/// By the plan with the most tranches to look at.
	#[benchmark]
	fn claim() {
		let caller: T::AccountId = whitelisted_caller();
		let who: T::AccountId = account("who", 0, 0);
		let plan = plan_that::<T>(|terms| terms.early_exit.is_some()).unwrap_or(VestingPlan::ServiceFee);
		fill::<T>(&who, plan, unit::<T>());
		let before = T::Currency::balance(&who);

		#[extrinsic_call]
		_(RawOrigin::Signed(caller), plan, who.clone());

		assert!(T::Currency::balance(&who) > before);
		assert!(Ledgers::<T>::get(&who, plan).ready.is_zero());
	}

	#[benchmark]
	fn exit_early() -> Result<(), BenchmarkError> {
		let plan = plan_that::<T>(|terms| terms.early_exit.is_some())?;
		let who: T::AccountId = whitelisted_caller();
		fill::<T>(&who, plan, unit::<T>());
		let before = T::Currency::balance_on_hold(&HoldReason::Vesting.into(), &who);

		#[extrinsic_call]
		_(RawOrigin::Signed(who.clone()), plan, None);

		assert!(T::Currency::balance_on_hold(&HoldReason::Vesting.into(), &who) < before);
		assert!(Ledgers::<T>::get(&who, plan).vesting.rest().is_zero());
		Ok(())
	}

	/// Something is paid at once, if a plan does that.
	#[benchmark]
	fn vest() {
		let who: T::AccountId = account("who", 0, 0);
		let plan = plan_that::<T>(|terms| !terms.at_once.is_zero()).unwrap_or(VestingPlan::ServiceFee);
		fill::<T>(&who, plan, unit::<T>());
		let before = T::Currency::balance_on_hold(&HoldReason::Vesting.into(), &who);
		let credit = T::Currency::issue(unit::<T>());

		#[block]
		{
			assert!(<Pallet<T> as Vesting<_, _>>::vest(&who, plan, credit).is_ok());
		}

		assert!(T::Currency::balance_on_hold(&HoldReason::Vesting.into(), &who) > before);
	}

	#[benchmark]
	fn pledge() -> Result<(), BenchmarkError> {
		plan_that::<T>(|terms| terms.stakeable)?;
		let who: T::AccountId = account("who", 0, 0);
		fill_all::<T>(&who, unit::<T>());

		#[block]
		{
			assert!(<Pallet<T> as VestingStake<_, _, _>>::pledge(&who, unit::<T>()).is_ok());
		}

		assert_eq!(Pallet::<T>::pledged_by(&who), unit::<T>());
		Ok(())
	}

	#[benchmark]
	fn release() -> Result<(), BenchmarkError> {
		plan_that::<T>(|terms| terms.stakeable)?;
		let who: T::AccountId = account("who", 0, 0);
		fill_all::<T>(&who, unit::<T>());
		<Pallet<T> as VestingStake<_, _, _>>::pledge(&who, unit::<T>())?;

		#[block]
		{
			assert!(<Pallet<T> as VestingStake<_, _, _>>::release(&who, unit::<T>()).is_ok());
		}

		assert!(Pallet::<T>::pledged_by(&who).is_zero());
		Ok(())
	}

	/// All of it but a unit, so that every tranche is cut and every ledger but one goes.
	#[benchmark]
	fn seize_unpledged() {
		let who: T::AccountId = account("who", 0, 0);
		let most = fill_all::<T>(&who, unit::<T>()).saturating_sub(1);
		let taken;

		#[block]
		{
			taken = <Pallet<T> as VestingStake<_, _, _>>::seize_unpledged(&who, most);
		}

		assert_eq!(taken.peek(), most);
	}

	#[benchmark]
	fn seize_pledged() -> Result<(), BenchmarkError> {
		let plan = plan_that::<T>(|terms| terms.stakeable)?;
		let who: T::AccountId = account("who", 0, 0);
		fill_all::<T>(&who, unit::<T>());
		let most = Ledgers::<T>::get(&who, plan).total();
		<Pallet<T> as VestingStake<_, _, _>>::pledge(&who, most)?;
		let taken;

		#[block]
		{
			taken = <Pallet<T> as VestingStake<_, _, _>>::seize_pledged(&who, most.saturating_sub(1));
		}

		assert_eq!(taken.peek(), most.saturating_sub(1));
		assert_eq!(Pallet::<T>::pledged_by(&who), 1);
		Ok(())
	}

	/// What a payment costs beside the payee.
	#[benchmark]
	fn compound() -> Result<(), BenchmarkError> {
		let plan = plan_that::<T>(|terms| terms.compounds)?;
		let who: T::AccountId = account("who", 0, 0);
		fill_all::<T>(&who, unit::<T>());
		let before = Ledgers::<T>::get(&who, plan).total();
		<Pallet<T> as VestingStake<_, _, _>>::pledge(&who, before)?;
		T::Currency::mint_into(&who, unit::<T>())?;

		#[block]
		{
			// There need not be a ledger of the stake: that it is looked for is what counts.
			let AtStake { bonded, .. } = T::StakeOf::convert(who.clone());
			Pallet::<T>::compound(&who, AtStake { bonded, pledged: before }, unit::<T>());
		}

		assert!(Ledgers::<T>::get(&who, plan).total() > before);
		Ok(())
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}
