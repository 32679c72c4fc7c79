//! Debts: what a slash asked for and did not find.
//!
//! A provider that is slashed above what there is owes the rest. While it does it can neither unbond nor withdraw, and
//! the debt is taken, before anything else, from what it bonds, from its side of rewards, and from its unclaimed rewards
//! and vesting tokens when anybody [asks](crate::Pallet::collect_debt). Anybody may [pay](crate::Pallet::pay_debt) it.
//! Delegators owe nothing.
//!
//! What is collected goes to the treasury by `TreasuryShare` and is burned otherwise: the wronged account and the
//! reporter had their parts of what was there at once, as with what moved stake owes.
//!
//! A debt is at most [`Config::MaxDebt`]; what passes it is forgiven. There is one entry for a provider that owes, and
//! [`TotalDebt`] is their sum.

use crate::{Config, CreditOf, Debts, Error, Event, Pallet, TotalDebt};
use assay_primitives::{Balance, SeizeRewards, VestingStake};
use frame_support::{
	ensure,
	pallet_prelude::{DispatchError, DispatchResult},
	traits::{
		fungible::Balanced,
		tokens::{Fortitude, Precision, Preservation},
		Get, Imbalance, OnUnbalanced,
	},
};
use sp_runtime::traits::Zero;

impl<T: Config> Pallet<T> {
	/// Refuse a provider that owes something.
	pub(crate) fn ensure_no_debt(provider: &T::AccountId) -> Result<(), Error<T>> {
		ensure!(Debts::<T>::get(provider).is_zero(), Error::<T>::InDebt);
		Ok(())
	}

	/// Store what `provider` owes.
	fn set_debt(provider: &T::AccountId, before: Balance, debt: Balance) {
		TotalDebt::<T>::mutate(|total| *total = total.saturating_sub(before).saturating_add(debt));
		if debt.is_zero() {
			Debts::<T>::remove(provider);
		} else {
			Debts::<T>::insert(provider, debt);
		}
	}

	/// Have `provider` owe `amount` more. Returns how much that is within the bound.
	pub(crate) fn incur_debt(provider: &T::AccountId, amount: Balance) -> Balance {
		if amount.is_zero() {
			return 0;
		}
		let before = Debts::<T>::get(provider);
		let debt = before.saturating_add(amount).min(T::MaxDebt::get()).max(before);
		let incurred = debt.saturating_sub(before);
		Self::set_debt(provider, before, debt);
		Self::deposit_event(Event::DebtIncurred { provider: provider.clone(), amount: incurred, debt });
		incurred
	}

	/// Take `credit`, at most what `provider` owes, as payment of its debt.
	fn settle_debt(provider: &T::AccountId, credit: CreditOf<T>) {
		let amount = credit.peek();
		if amount.is_zero() {
			return;
		}
		let before = Debts::<T>::get(provider);
		let debt = before.saturating_sub(amount);
		Self::set_debt(provider, before, debt);
		let (to_treasury, burned) = credit.split(T::TreasuryShare::get().mul_floor(amount));
		Self::deposit_event(Event::DebtCollected {
			provider: provider.clone(),
			amount,
			debt,
			to_treasury: to_treasury.peek(),
			burned: burned.peek(),
		});
		// Not even tried for nothing, which would put an empty deposit among the events.
		if !to_treasury.peek().is_zero() {
			T::SlashTreasury::on_unbalanced(to_treasury);
		}
	}

	/// Pay what `provider` owes, at most `amount`, out of the free balance of `payer`. Returns what was paid.
	pub(crate) fn pay_debt_from(
		payer: &T::AccountId,
		provider: &T::AccountId,
		amount: Balance,
	) -> Result<Balance, DispatchError> {
		let amount = amount.min(Debts::<T>::get(provider));
		if !amount.is_zero() {
			let credit =
				T::Currency::withdraw(payer, amount, Precision::Exact, Preservation::Preserve, Fortitude::Polite)?;
			Self::settle_debt(provider, credit);
		}
		Ok(amount)
	}

	/// Keep `debt`, which `provider` owes, back from its `reward`. Returns the rest.
	pub(crate) fn withhold_debt(provider: &T::AccountId, debt: Balance, reward: CreditOf<T>) -> CreditOf<T> {
		let (withheld, rest) = reward.split(debt);
		Self::settle_debt(provider, withheld);
		rest
	}

	/// See [`pay_debt`](crate::Pallet::pay_debt).
	pub(crate) fn do_pay_debt(payer: &T::AccountId, provider: &T::AccountId, amount: Balance) -> DispatchResult {
		ensure!(!amount.is_zero(), Error::<T>::ZeroAmount);
		let paid = Self::pay_debt_from(payer, provider, amount)?;
		ensure!(!paid.is_zero(), Error::<T>::NoDebt);
		Ok(())
	}

	/// See [`collect_debt`](crate::Pallet::collect_debt).
	pub(crate) fn do_collect_debt(provider: &T::AccountId) -> DispatchResult {
		let debt = Debts::<T>::get(provider);
		ensure!(!debt.is_zero(), Error::<T>::NoDebt);
		let rewards = T::Rewards::seize_rewards(provider, debt);
		let left = debt.saturating_sub(rewards.peek());
		let credit = if left.is_zero() { rewards } else { rewards.merge(T::Vesting::seize_unpledged(provider, left)) };
		ensure!(!credit.peek().is_zero(), Error::<T>::NothingToSeize);
		Self::settle_debt(provider, credit);
		Ok(())
	}
}
