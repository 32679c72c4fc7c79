//! Rewards that pledged tokens earn vest themselves.
//!
//! Whoever pledges tokens of a plan that compounds earns with them, and what they earn is of their kind, as Heurist pays
//! esHUE for staked esHUE. [`Compounding`] stands around the payee of rewards. When that has paid, it looks at how much the
//! payment has made liquid in the earner's account, and puts the part that the pledge has earned,
//! `gained × pledged ÷ (bonded + pledged)`, on hold again as a new grant of the plan.
//!
//! So nobody else pays for it: what delegators, pots and the treasury get is what the payee has given them, and the earner
//! gets every unit, some of them later. The new tokens are not pledged by themselves, as a pledge is a matter between its
//! owner and whoever slashes it; the owner can pledge them at once. Where they cannot be put on hold they stay liquid.

use crate::{AtStake, Config, CreditOf, Event, Ledgers, Pallet};
use assay_primitives::{Balance, RewardKind, RewardPayee, VestingPlan};
use core::marker::PhantomData;
use frame_support::traits::fungible::Inspect;
use sp_runtime::{
	helpers_128bit::multiply_by_rational_with_rounding,
	traits::{Convert, Zero},
	Rounding,
};

/// Pays rewards by `Payee`, and has vest again what pledged tokens have earned of them. O(plans) beside that.
pub struct Compounding<T, Payee>(PhantomData<(T, Payee)>);

impl<T: Config, Payee: RewardPayee<T::AccountId, CreditOf<T>>> RewardPayee<T::AccountId, CreditOf<T>>
	for Compounding<T, Payee>
{
	fn pay(earner: &T::AccountId, kind: RewardKind, reward: CreditOf<T>) -> Result<(), CreditOf<T>> {
		let stake = T::StakeOf::convert(earner.clone());
		if stake.pledged.is_zero() {
			return Payee::pay(earner, kind, reward);
		}
		let before = T::Currency::balance(earner);
		let paid = Payee::pay(earner, kind, reward);
		let gained = T::Currency::balance(earner).saturating_sub(before);
		Pallet::<T>::compound(earner, stake, gained);
		paid
	}

	fn takes_whole(earner: &T::AccountId) -> bool {
		T::StakeOf::convert(earner.clone()).pledged.is_zero() && Payee::takes_whole(earner)
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn make_dearest(earner: &T::AccountId) {
		crate::benchmarking::fill_compounding::<T>(earner);
		Payee::make_dearest(earner);
	}
}

impl<T: Config> Pallet<T> {
	/// Have vest again what the pledges in `stake` of `who` have earned of `gained`, which is in its account. Rounded
	/// down. O(plans).
	///
	/// Of what is pledged by several plans, the first count as being at work.
	pub(crate) fn compound(who: &T::AccountId, stake: AtStake, gained: Balance) {
		let own = stake.bonded.saturating_add(stake.pledged);
		let mut at_work = stake.pledged;
		for plan in VestingPlan::ALL {
			let terms = Self::terms_of(plan);
			if !terms.stakeable {
				continue;
			}
			let part = Ledgers::<T>::get(who, plan).pledged.min(at_work);
			at_work = at_work.saturating_sub(part);
			if !terms.compounds {
				continue;
			}
			let amount = multiply_by_rational_with_rounding(gained, part, own, Rounding::Down).unwrap_or_default();
			if amount.is_zero() {
				continue;
			}
			let mut ledger = Self::accrued(who, plan);
			let booked = ledger.vesting.grant(Self::now(), amount, terms.line());
			if booked.is_none() || Self::hold(who, amount).is_err() {
				continue;
			}
			Self::store(who, plan, ledger);
			Self::deposit_event(Event::Compounded { account: who.clone(), plan, amount });
		}
	}
}
