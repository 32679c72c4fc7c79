//! Bonds and deposits.
//!
//! A dispute is decided within its call, so that its bond need only be there, and is paid when the dispute is lost. A deposit
//! is on hold on its owner's account, then given back or given to whom it was put up for, which is total: an account that
//! cannot take what is due to it keeps no verdict and no answer from counting.

use super::*;
use frame_support::{
	storage::with_storage_layer,
	traits::{
		fungible::{Balanced, BalancedHold, MutateHold},
		tokens::{Fortitude, Precision, Preservation},
		Imbalance, OnUnbalanced,
	},
};
use sp_runtime::traits::Zero;

impl<T: Config> Pallet<T> {
	/// Check that `who` could pay a bond of `amount` and live on.
	pub(crate) fn ensure_can_pay(who: &T::AccountId, amount: BalanceOf<T>) -> DispatchResult {
		let most = T::Currency::reducible_balance(who, Preservation::Preserve, Fortitude::Polite);
		ensure!(amount <= most, Error::<T>::BondNotCovered);
		Ok(())
	}

	/// Have `from` pay a bond of `amount` to `to`, or to the treasury when that account cannot take it.
	///
	/// Returns what `to` got.
	pub(crate) fn pay_bond(
		from: &T::AccountId,
		to: &T::AccountId,
		amount: BalanceOf<T>,
	) -> Result<BalanceOf<T>, DispatchError> {
		let (exact, alive) = (Precision::Exact, Preservation::Preserve);
		let credit = T::Currency::withdraw(from, amount, exact, alive, Fortitude::Polite)?;
		Ok(Self::pay_out(to, credit))
	}

	/// Put `amount` of `who` on hold.
	pub(crate) fn put_up(reason: HoldReason, who: &T::AccountId, amount: BalanceOf<T>) -> DispatchResult {
		T::Currency::hold(&reason.into(), who, amount)
	}

	/// Release `amount` of what `who` has on hold, or give it to the treasury when the account cannot take it.
	pub(crate) fn give_back(reason: HoldReason, who: &T::AccountId, amount: BalanceOf<T>) {
		if amount.is_zero() {
			return;
		}
		let released =
			with_storage_layer(|| T::Currency::release(&reason.into(), who, amount, Precision::Exact).map(|_| ()));
		if released.is_err() {
			let (credit, _) = T::Currency::slash(&reason.into(), who, amount);
			Self::divert(who, credit);
		}
	}

	/// Give `amount` of what `from` has on hold to `to`, or to the treasury when that account cannot take it.
	///
	/// Returns what `to` got.
	pub(crate) fn forfeit(
		reason: HoldReason,
		from: &T::AccountId,
		to: &T::AccountId,
		amount: BalanceOf<T>,
	) -> BalanceOf<T> {
		if amount.is_zero() {
			return amount;
		}
		let (credit, _) = T::Currency::slash(&reason.into(), from, amount);
		Self::pay_out(to, credit)
	}

	/// Put `credit` into the account of `to`, or give it to the treasury when that cannot take it.
	///
	/// Returns what `to` got.
	fn pay_out(to: &T::AccountId, credit: CreditOf<T>) -> BalanceOf<T> {
		let paid = credit.peek();
		match T::Currency::resolve(to, credit) {
			Ok(()) => paid,
			Err(credit) => {
				Self::divert(to, credit);
				Zero::zero()
			},
		}
	}

	/// Give to the treasury what `account` could not take.
	fn divert(account: &T::AccountId, credit: CreditOf<T>) {
		let amount = credit.peek();
		T::ToTreasury::on_unbalanced(credit);
		Self::unexpected(UnexpectedKind::DepositDiverted { account: account.clone(), amount });
	}
}
