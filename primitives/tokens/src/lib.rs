//! # Tokens
//!
//! The tokens of the balances pallet, moved with as few looks at the storage as it takes.
//!
//! The `fungible` traits are made of small steps, each of which reads the account anew: a hold reads it some twenty times
//! and writes it three times. In a runtime's WASM that is most of what a call that moves tokens costs. [`Tokens`] does the
//! same to the same storage, with the same events and results: an account is read once and written once.
//!
//! It does so only where an account lives before and after by the free balance in it, so that nothing but amounts changes,
//! and with them whether the balances pallet counts as a consumer of it. All else is left to the balances pallet: accounts
//! that come into being or cease to be, dust, whatever fails, and so every error.
//!
//! ```text
//! step ──► account read ──┬─ lives, and will: amounts changed, written, told of
//!                         └─ otherwise: the balances pallet's own step
//! ```
//!
//! Nothing is kept here. A runtime may name [`Tokens`] in one place and the pallet in another, and take the credits of the
//! one for the other's: they are of one type.

#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod entry;
#[cfg(test)]
mod tests;

use assay_primitives::Balance;
use core::marker::PhantomData;
use entry::{Entry, HoldsOf};
use frame_support::{
	pallet_prelude::{DispatchError, DispatchResult},
	traits::{
		fungible::{
			hold::DoneSlash, Balanced, BalancedHold, Dust, Inspect, InspectHold, Mutate, MutateHold, Unbalanced,
			UnbalancedHold,
		},
		tokens::{
			DepositConsequence, Fortitude, Precision, Preservation, Provenance, Restriction, WithdrawConsequence,
		},
	},
};
use frame_system::Account;
use pallet_balances::{AccountData, Holds, NegativeImbalance, Pallet as Balances, PositiveImbalance};

/// A runtime whose balances stand with its accounts.
pub trait Config:
	frame_system::Config<AccountData = AccountData<Balance>>
	+ pallet_balances::Config<Balance = Balance, AccountStore = frame_system::Pallet<Self>>
{
}

impl<T> Config for T where
	T: frame_system::Config<AccountData = AccountData<Balance>>
		+ pallet_balances::Config<Balance = Balance, AccountStore = frame_system::Pallet<T>>
{
}

/// The tokens of the balances pallet. See the [crate].
pub struct Tokens<T>(PhantomData<T>);

impl<T: Config> Tokens<T> {
	/// [`Unbalanced::decrease_balance`], where nothing but amounts changes.
	fn decrease(
		who: &T::AccountId,
		amount: Balance,
		precision: Precision,
		preservation: Preservation,
		force: Fortitude,
	) -> Option<Balance> {
		let mut entry = Entry::<T>::of(who)?;
		let amount = within(amount, entry.reducible(preservation, force), precision)?;
		entry.take(amount)?;
		entry.store()?;
		Some(amount)
	}

	/// Whether `amount` can be taken of an account that lives on without it.
	fn leaves_enough(who: &T::AccountId, amount: Balance) -> bool {
		let Some(mut entry) = Entry::<T>::of(who) else { return false };
		// Of every token there is one in the issuance.
		amount <= entry.reducible(Preservation::Preserve, Fortitude::Polite) && entry.take(amount).is_some()
	}

	/// [`Unbalanced::increase_balance`], likewise.
	fn increase(who: &T::AccountId, amount: Balance) -> Option<Balance> {
		let mut entry = Entry::<T>::of(who)?;
		if amount > 0 {
			entry.put(amount)?;
			entry.store()?;
		}
		Some(amount)
	}

	/// [`Mutate::transfer`], likewise of two accounts.
	fn pass_on(source: &T::AccountId, dest: &T::AccountId, amount: Balance) -> Option<()> {
		if amount == 0 || source == dest {
			return None;
		}
		let (mut from, mut to) = (Entry::<T>::of(source)?, Entry::<T>::of(dest)?);
		// Whoever lives afterwards has kept its deposit, whatever was asked for.
		within(amount, from.reducible(Preservation::Preserve, Fortitude::Polite), Precision::Exact)?;
		from.take(amount)?;
		to.put(amount)?;
		let (from, to) = (from.settle()?, to.settle()?);
		from.store();
		to.store();
		Some(())
	}

	/// [`MutateHold::hold`], likewise.
	fn put_on_hold(reason: &T::RuntimeHoldReason, who: &T::AccountId, amount: Balance) -> Option<()> {
		let mut entry = Entry::<T>::of(who)?;
		within(amount, entry.reducible(Preservation::Protect, Fortitude::Force), Precision::Exact)?;
		let mut holds = Holds::<T>::get(who);
		entry.take(amount)?;
		entry.hold(&mut holds, reason, amount)?;
		entry.store()?;
		Self::store_holds(who, holds);
		Some(())
	}

	/// [`MutateHold::release`], likewise.
	fn take_off_hold(
		reason: &T::RuntimeHoldReason,
		who: &T::AccountId,
		amount: Balance,
		precision: Precision,
	) -> Option<Balance> {
		let mut entry = Entry::<T>::of(who)?;
		let mut holds = Holds::<T>::get(who);
		// Also more than is on hold must fit, or else it is refused.
		entry.has_room_for(amount)?;
		let amount = entry.unhold(&mut holds, reason, amount, precision)?;
		entry.put(amount)?;
		entry.store()?;
		Self::store_holds(who, holds);
		Some(amount)
	}

	/// [`UnbalancedHold::decrease_balance_on_hold`], likewise.
	fn decrease_on_hold(
		reason: &T::RuntimeHoldReason,
		who: &T::AccountId,
		amount: Balance,
		precision: Precision,
	) -> Option<Balance> {
		let mut entry = Entry::<T>::of(who)?;
		let mut holds = Holds::<T>::get(who);
		let amount = entry.unhold(&mut holds, reason, amount, precision)?;
		entry.store()?;
		Self::store_holds(who, holds);
		Some(amount)
	}

	/// [`UnbalancedHold::increase_balance_on_hold`], likewise.
	fn increase_on_hold(reason: &T::RuntimeHoldReason, who: &T::AccountId, amount: Balance) -> Option<Balance> {
		let mut entry = Entry::<T>::of(who)?;
		let mut holds = Holds::<T>::get(who);
		entry.hold(&mut holds, reason, amount)?;
		entry.store()?;
		Self::store_holds(who, holds);
		Some(amount)
	}

	/// [`MutateHold::transfer_on_hold`], likewise of two accounts.
	fn pass_on_from_hold(
		reason: &T::RuntimeHoldReason,
		source: &T::AccountId,
		dest: &T::AccountId,
		amount: Balance,
		precision: Precision,
		mode: Restriction,
		force: Fortitude,
	) -> Option<Balance> {
		if source == dest {
			return None;
		}
		let (mut from, mut to) = (Entry::<T>::of(source)?, Entry::<T>::of(dest)?);
		let mut holds = Holds::<T>::get(source);
		let amount = within(amount, from.reducible_on_hold(force), precision)?;
		let amount = from.unhold(&mut holds, reason, amount, precision)?;
		to.has_room_for(amount)?;
		let on_hold = if mode == Restriction::OnHold {
			let mut holds = Holds::<T>::get(dest);
			to.hold(&mut holds, reason, amount)?;
			Some(holds)
		} else {
			to.put(amount)?;
			None
		};
		let (from, to) = (from.settle()?, to.settle()?);
		from.store();
		Self::store_holds(source, holds);
		to.store();
		if let Some(holds) = on_hold {
			Self::store_holds(dest, holds);
		}
		Some(amount)
	}

	/// [`MutateHold::transfer_and_hold`], likewise of two accounts.
	fn pass_on_to_hold(
		reason: &T::RuntimeHoldReason,
		source: &T::AccountId,
		dest: &T::AccountId,
		amount: Balance,
		precision: Precision,
		preservation: Preservation,
		force: Fortitude,
	) -> Option<Balance> {
		if source == dest {
			return None;
		}
		let (mut from, mut to) = (Entry::<T>::of(source)?, Entry::<T>::of(dest)?);
		// Also more than there is must fit, or else it is refused.
		to.has_room_for(amount)?;
		let amount = within(amount, from.reducible(preservation, force), precision)?;
		let mut holds = Holds::<T>::get(dest);
		from.take(amount)?;
		to.hold(&mut holds, reason, amount)?;
		let (from, to) = (from.settle()?, to.settle()?);
		from.store();
		to.store();
		Self::store_holds(dest, holds);
		Some(amount)
	}

	/// Keep the holds of `who`, if there are any.
	fn store_holds(who: &T::AccountId, holds: HoldsOf<T>) {
		if holds.is_empty() {
			Holds::<T>::remove(who);
		} else {
			Holds::<T>::insert(who, holds);
		}
	}
}

/// `amount`, or as much of it as there is `most`. None when that is not exact enough.
fn within(amount: Balance, most: Balance, precision: Precision) -> Option<Balance> {
	match precision {
		Precision::BestEffort => Some(amount.min(most)),
		Precision::Exact => (amount <= most).then_some(amount),
	}
}

impl<T: Config> Inspect<T::AccountId> for Tokens<T> {
	type Balance = Balance;

	fn total_issuance() -> Balance {
		Balances::<T>::total_issuance()
	}

	fn active_issuance() -> Balance {
		Balances::<T>::active_issuance()
	}

	fn minimum_balance() -> Balance {
		<Balances<T> as Inspect<_>>::minimum_balance()
	}

	fn total_balance(who: &T::AccountId) -> Balance {
		<Balances<T> as Inspect<_>>::total_balance(who)
	}

	fn balance(who: &T::AccountId) -> Balance {
		<Balances<T> as Inspect<_>>::balance(who)
	}

	fn reducible_balance(who: &T::AccountId, preservation: Preservation, force: Fortitude) -> Balance {
		entry::reducible::<T>(&Account::<T>::get(who), preservation, force)
	}

	fn can_deposit(who: &T::AccountId, amount: Balance, provenance: Provenance) -> DepositConsequence {
		Balances::<T>::can_deposit(who, amount, provenance)
	}

	fn can_withdraw(who: &T::AccountId, amount: Balance) -> WithdrawConsequence<Balance> {
		if Self::leaves_enough(who, amount) {
			WithdrawConsequence::Success
		} else {
			Balances::<T>::can_withdraw(who, amount)
		}
	}
}

impl<T: Config> Unbalanced<T::AccountId> for Tokens<T> {
	fn handle_dust(dust: Dust<T::AccountId, Self>) {
		Balances::<T>::handle_dust(Dust(dust.0));
	}

	fn write_balance(who: &T::AccountId, amount: Balance) -> Result<Option<Balance>, DispatchError> {
		Balances::<T>::write_balance(who, amount)
	}

	fn set_total_issuance(amount: Balance) {
		Balances::<T>::set_total_issuance(amount);
	}

	fn decrease_balance(
		who: &T::AccountId,
		amount: Balance,
		precision: Precision,
		preservation: Preservation,
		force: Fortitude,
	) -> Result<Balance, DispatchError> {
		match Self::decrease(who, amount, precision, preservation, force) {
			Some(amount) => Ok(amount),
			None => Balances::<T>::decrease_balance(who, amount, precision, preservation, force),
		}
	}

	fn increase_balance(who: &T::AccountId, amount: Balance, precision: Precision) -> Result<Balance, DispatchError> {
		match Self::increase(who, amount) {
			Some(amount) => Ok(amount),
			None => Balances::<T>::increase_balance(who, amount, precision),
		}
	}

	fn deactivate(amount: Balance) {
		Balances::<T>::deactivate(amount);
	}

	fn reactivate(amount: Balance) {
		Balances::<T>::reactivate(amount);
	}
}

impl<T: Config> Mutate<T::AccountId> for Tokens<T> {
	fn transfer(
		source: &T::AccountId,
		dest: &T::AccountId,
		amount: Balance,
		preservation: Preservation,
	) -> Result<Balance, DispatchError> {
		match Self::pass_on(source, dest, amount) {
			Some(()) => {
				Self::done_transfer(source, dest, amount);
				Ok(amount)
			},
			None => <Balances<T> as Mutate<_>>::transfer(source, dest, amount, preservation),
		}
	}

	fn done_mint_into(who: &T::AccountId, amount: Balance) {
		Balances::<T>::done_mint_into(who, amount);
	}

	fn done_burn_from(who: &T::AccountId, amount: Balance) {
		Balances::<T>::done_burn_from(who, amount);
	}

	fn done_shelve(who: &T::AccountId, amount: Balance) {
		Balances::<T>::done_shelve(who, amount);
	}

	fn done_restore(who: &T::AccountId, amount: Balance) {
		Balances::<T>::done_restore(who, amount);
	}

	fn done_transfer(source: &T::AccountId, dest: &T::AccountId, amount: Balance) {
		Balances::<T>::done_transfer(source, dest, amount);
	}
}

impl<T: Config> Balanced<T::AccountId> for Tokens<T> {
	type OnDropCredit = NegativeImbalance<T>;
	type OnDropDebt = PositiveImbalance<T>;

	fn done_deposit(who: &T::AccountId, amount: Balance) {
		Balances::<T>::done_deposit(who, amount);
	}

	fn done_withdraw(who: &T::AccountId, amount: Balance) {
		Balances::<T>::done_withdraw(who, amount);
	}

	fn done_issue(amount: Balance) {
		Balances::<T>::done_issue(amount);
	}

	fn done_rescind(amount: Balance) {
		Balances::<T>::done_rescind(amount);
	}
}

impl<T: Config> InspectHold<T::AccountId> for Tokens<T> {
	type Reason = T::RuntimeHoldReason;

	fn total_balance_on_hold(who: &T::AccountId) -> Balance {
		Balances::<T>::total_balance_on_hold(who)
	}

	fn reducible_total_balance_on_hold(who: &T::AccountId, force: Fortitude) -> Balance {
		Balances::<T>::reducible_total_balance_on_hold(who, force)
	}

	fn balance_on_hold(reason: &Self::Reason, who: &T::AccountId) -> Balance {
		Balances::<T>::balance_on_hold(reason, who)
	}

	fn hold_available(reason: &Self::Reason, who: &T::AccountId) -> bool {
		Balances::<T>::hold_available(reason, who)
	}
}

impl<T: Config> UnbalancedHold<T::AccountId> for Tokens<T> {
	fn set_balance_on_hold(reason: &Self::Reason, who: &T::AccountId, amount: Balance) -> DispatchResult {
		Balances::<T>::set_balance_on_hold(reason, who, amount)
	}

	fn decrease_balance_on_hold(
		reason: &Self::Reason,
		who: &T::AccountId,
		amount: Balance,
		precision: Precision,
	) -> Result<Balance, DispatchError> {
		match Self::decrease_on_hold(reason, who, amount, precision) {
			Some(amount) => Ok(amount),
			None => Balances::<T>::decrease_balance_on_hold(reason, who, amount, precision),
		}
	}

	fn increase_balance_on_hold(
		reason: &Self::Reason,
		who: &T::AccountId,
		amount: Balance,
		precision: Precision,
	) -> Result<Balance, DispatchError> {
		match Self::increase_on_hold(reason, who, amount) {
			Some(amount) => Ok(amount),
			None => Balances::<T>::increase_balance_on_hold(reason, who, amount, precision),
		}
	}
}

impl<T: Config> MutateHold<T::AccountId> for Tokens<T> {
	fn hold(reason: &Self::Reason, who: &T::AccountId, amount: Balance) -> DispatchResult {
		match Self::put_on_hold(reason, who, amount) {
			Some(()) => {
				Self::done_hold(reason, who, amount);
				Ok(())
			},
			None => Balances::<T>::hold(reason, who, amount),
		}
	}

	fn release(
		reason: &Self::Reason,
		who: &T::AccountId,
		amount: Balance,
		precision: Precision,
	) -> Result<Balance, DispatchError> {
		match Self::take_off_hold(reason, who, amount, precision) {
			Some(amount) => {
				Self::done_release(reason, who, amount);
				Ok(amount)
			},
			None => Balances::<T>::release(reason, who, amount, precision),
		}
	}

	fn transfer_on_hold(
		reason: &Self::Reason,
		source: &T::AccountId,
		dest: &T::AccountId,
		amount: Balance,
		precision: Precision,
		mode: Restriction,
		force: Fortitude,
	) -> Result<Balance, DispatchError> {
		match Self::pass_on_from_hold(reason, source, dest, amount, precision, mode, force) {
			Some(amount) => {
				Self::done_transfer_on_hold(reason, source, dest, amount);
				Ok(amount)
			},
			None => Balances::<T>::transfer_on_hold(reason, source, dest, amount, precision, mode, force),
		}
	}

	fn transfer_and_hold(
		reason: &Self::Reason,
		source: &T::AccountId,
		dest: &T::AccountId,
		amount: Balance,
		precision: Precision,
		preservation: Preservation,
		force: Fortitude,
	) -> Result<Balance, DispatchError> {
		match Self::pass_on_to_hold(reason, source, dest, amount, precision, preservation, force) {
			Some(amount) => {
				Self::done_transfer_and_hold(reason, source, dest, amount);
				Ok(amount)
			},
			None => Balances::<T>::transfer_and_hold(reason, source, dest, amount, precision, preservation, force),
		}
	}

	fn done_hold(reason: &Self::Reason, who: &T::AccountId, amount: Balance) {
		Balances::<T>::done_hold(reason, who, amount);
	}

	fn done_release(reason: &Self::Reason, who: &T::AccountId, amount: Balance) {
		Balances::<T>::done_release(reason, who, amount);
	}

	fn done_burn_held(reason: &Self::Reason, who: &T::AccountId, amount: Balance) {
		Balances::<T>::done_burn_held(reason, who, amount);
	}

	fn done_transfer_on_hold(reason: &Self::Reason, source: &T::AccountId, dest: &T::AccountId, amount: Balance) {
		Balances::<T>::done_transfer_on_hold(reason, source, dest, amount);
	}

	fn done_transfer_and_hold(reason: &Self::Reason, source: &T::AccountId, dest: &T::AccountId, transferred: Balance) {
		Balances::<T>::done_transfer_and_hold(reason, source, dest, transferred);
	}
}

impl<T: Config> BalancedHold<T::AccountId> for Tokens<T> {}

impl<T: Config> DoneSlash<T::RuntimeHoldReason, T::AccountId, Balance> for Tokens<T> {
	fn done_slash(reason: &T::RuntimeHoldReason, who: &T::AccountId, amount: Balance) {
		Balances::<T>::done_slash(reason, who, amount);
	}
}
