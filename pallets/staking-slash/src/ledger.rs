//! Arithmetic of one provider's ledger. Nothing here moves tokens or emits events.

use crate::{
	pledge::Parts,
	types::{Chunks, UnbondingChunk},
	Coefficient, Config, Error, Ledger, Ledgers, Pallet, TierStakes,
};
use alloc::collections::BTreeMap;
use assay_primitives::{Balance, Tier};
use core::marker::PhantomData;
use frame_support::{ensure, traits::Get, DefaultNoBound};
use frame_system::pallet_prelude::BlockNumberFor;
use sp_runtime::{
	helpers_128bit::multiply_by_rational_with_rounding, traits::Zero, ArithmeticError, DispatchError, FixedPointNumber,
	FixedU128, Rounding,
};

/// What one machine of a tier with the K value `tier_stake` requires: `tier_stake × coefficient`, rounded up.
///
/// Rounding up keeps the requirement of a K value above zero above zero, however small the coefficient.
pub(crate) fn scaled_stake(tier_stake: Balance, coefficient: FixedU128) -> Option<Balance> {
	multiply_by_rational_with_rounding(tier_stake, coefficient.into_inner(), FixedU128::DIV, Rounding::Up)
}

/// What one machine of each tier requires at present, looked up once in a call.
#[derive(DefaultNoBound)]
pub(crate) struct Rates<T> {
	coefficient: Option<FixedU128>,
	each: BTreeMap<Tier, Balance>,
	_config: PhantomData<T>,
}

impl<T: Config> Rates<T> {
	/// What one machine of `tier` requires.
	pub(crate) fn of(&mut self, tier: Tier) -> Result<Balance, DispatchError> {
		if let Some(each) = self.each.get(&tier) {
			return Ok(*each);
		}
		let tier_stake = TierStakes::<T>::get(tier).ok_or(Error::<T>::UnknownTier)?;
		let coefficient = *self.coefficient.get_or_insert_with(Coefficient::<T>::get);
		let each = scaled_stake(tier_stake, coefficient).ok_or(ArithmeticError::Overflow)?;
		self.each.insert(tier, each);
		Ok(each)
	}
}

/// Sum of all chunks, withdrawable or not.
fn sum<T: Config>(chunks: &Chunks<T>) -> Balance {
	chunks.iter().fold(0, |sum, chunk| sum.saturating_add(chunk.amount))
}

/// Sum of the chunks that can be withdrawn in block `now`.
fn matured<T: Config>(chunks: &Chunks<T>, now: BlockNumberFor<T>) -> Balance {
	chunks.iter().filter(|chunk| chunk.withdrawable_at <= now).fold(0, |sum, chunk| sum.saturating_add(chunk.amount))
}

/// Take up to `most` out of the chunks that can be withdrawn in block `now`, the oldest first. Returns how much it was.
fn take_matured<T: Config>(chunks: &mut Chunks<T>, now: BlockNumberFor<T>, most: Balance) -> Balance {
	let mut left = most;
	for chunk in chunks.iter_mut().filter(|chunk| chunk.withdrawable_at <= now) {
		let taken = chunk.amount.min(left);
		chunk.amount = chunk.amount.saturating_sub(taken);
		left = left.saturating_sub(taken);
	}
	chunks.retain(|chunk| !chunk.amount.is_zero());
	most.saturating_sub(left)
}

/// Put `amount` into a chunk that can be withdrawn from block `at` on. Returns that block.
///
/// It is later than `at` when an earlier chunk already waits for longer, which only happens after the unbonding period was
/// shortened: so the chunks stay in order.
fn push<T: Config>(
	chunks: &mut Chunks<T>,
	amount: Balance,
	at: BlockNumberFor<T>,
) -> Result<BlockNumberFor<T>, DispatchError> {
	match chunks.last_mut() {
		Some(last) if last.withdrawable_at >= at => {
			last.amount = last.amount.checked_add(amount).ok_or(ArithmeticError::Overflow)?;
			Ok(last.withdrawable_at)
		},
		_ => {
			chunks.try_push(UnbondingChunk { amount, withdrawable_at: at }).map_err(|_| Error::<T>::TooManyChunks)?;
			Ok(at)
		},
	}
}

/// Take up to `most` out of the newest chunk, which goes when nothing is left in it. Returns how much was there.
fn take_last<T: Config>(chunks: &mut Chunks<T>, most: Balance) -> Balance {
	let Some(last) = chunks.last_mut() else { return 0 };
	let taken = last.amount.min(most);
	last.amount = last.amount.saturating_sub(taken);
	if last.amount.is_zero() {
		chunks.pop();
	}
	taken
}

impl<T: Config> Ledger<T> {
	/// Sum of all chunks of the bond, withdrawable or not.
	pub fn unbonding_total(&self) -> Balance {
		sum::<T>(&self.unbonding)
	}

	/// Sum of all chunks of the pledge, withdrawable or not.
	pub fn unpledging_total(&self) -> Balance {
		sum::<T>(&self.unpledging)
	}

	/// Own stake at work: what backs the machines of what is the provider's own.
	pub fn own(&self) -> Balance {
		self.bonded.saturating_add(self.pledged)
	}

	/// What is on hold in the provider's account: bonded and unbonding.
	pub fn held(&self) -> Balance {
		self.bonded.saturating_add(self.unbonding_total())
	}

	/// What is pledged where it vests: at work and on its way out.
	pub fn pledged_total(&self) -> Balance {
		self.pledged.saturating_add(self.unpledging_total())
	}

	/// All that is at stake, at work and on its way out.
	pub fn total(&self) -> Balance {
		self.held().saturating_add(self.pledged_total())
	}

	/// Sum of the chunks of the bond that can be withdrawn in block `now`.
	pub fn withdrawable(&self, now: BlockNumberFor<T>) -> Balance {
		matured::<T>(&self.unbonding, now)
	}

	/// Sum of the chunks of the pledge that can be released in block `now`.
	pub fn releasable(&self, now: BlockNumberFor<T>) -> Balance {
		matured::<T>(&self.unpledging, now)
	}

	/// Whether there is nothing left to remember.
	pub fn is_empty(&self) -> bool {
		self.own().is_zero() && self.unbonding.is_empty() && self.unpledging.is_empty() && self.machines.is_empty()
	}

	/// Number of tiers of which the provider has machines: what the cost of reading its requirement grows with.
	pub(crate) fn tiers(&self) -> u32 {
		self.machines.len() as u32
	}

	/// What the machines require to be bonded under the present K values and coefficient.
	///
	/// Saturates: a requirement beyond the largest balance cannot be met either way. O(tiers).
	pub fn required(&self) -> Balance {
		self.required_at(&mut Rates::default())
	}

	/// The same, for whoever has looked up some of the `rates`.
	pub(crate) fn required_at(&self, rates: &mut Rates<T>) -> Balance {
		self.machines.iter().fold(0, |sum: Balance, (tier, count)| {
			let each = rates.of(*tier).unwrap_or(Balance::MAX);
			sum.saturating_add(each.saturating_mul(Balance::from(*count)))
		})
	}

	/// A bond is none at all or no smaller than the least one, and so is all own stake at work.
	fn ensure_bond_size(&self) -> Result<(), Error<T>> {
		let is_enough = |amount: Balance| amount.is_zero() || amount >= T::MinBond::get();
		ensure!(is_enough(self.bonded) && is_enough(self.own()), Error::<T>::BelowMinBond);
		Ok(())
	}

	/// Add `amount` to the bond.
	pub(crate) fn bond(&mut self, amount: Balance) -> Result<(), DispatchError> {
		self.bonded = self.bonded.checked_add(amount).ok_or(ArithmeticError::Overflow)?;
		Ok(self.ensure_bond_size()?)
	}

	/// Add `amount` to the pledge.
	pub(crate) fn pledge(&mut self, amount: Balance) -> Result<(), DispatchError> {
		self.pledged = self.pledged.checked_add(amount).ok_or(ArithmeticError::Overflow)?;
		Ok(self.ensure_bond_size()?)
	}

	/// Move `amount` from the bond into a chunk that can be withdrawn from block `at` on. Returns that block.
	///
	/// See [`push`] for when it is later than `at`. Whether the rest covers the machines is the caller's to see.
	pub(crate) fn unbond(
		&mut self,
		amount: Balance,
		at: BlockNumberFor<T>,
	) -> Result<BlockNumberFor<T>, DispatchError> {
		self.bonded = self.bonded.checked_sub(amount).ok_or(Error::<T>::InsufficientBond)?;
		self.ensure_bond_size()?;
		push::<T>(&mut self.unbonding, amount, at)
	}

	/// Move `amount` from the pledge into a chunk that is released from block `at` on. Returns that block.
	pub(crate) fn unpledge(
		&mut self,
		amount: Balance,
		at: BlockNumberFor<T>,
	) -> Result<BlockNumberFor<T>, DispatchError> {
		self.pledged = self.pledged.checked_sub(amount).ok_or(Error::<T>::InsufficientPledge)?;
		self.ensure_bond_size()?;
		push::<T>(&mut self.unpledging, amount, at)
	}

	/// Move `amount` from the chunks of the bond, the newest first, back into it.
	pub(crate) fn rebond(&mut self, amount: Balance) -> Result<(), DispatchError> {
		ensure!(amount <= self.unbonding_total(), Error::<T>::InsufficientUnbonding);
		let mut left = amount;
		while !left.is_zero() && !self.unbonding.is_empty() {
			left = left.saturating_sub(take_last::<T>(&mut self.unbonding, left));
		}
		self.bond(amount)
	}

	/// All that can be withdrawn or released in block `now`.
	pub(crate) fn matured(&self, now: BlockNumberFor<T>) -> Balance {
		self.withdrawable(now).saturating_add(self.releasable(now))
	}

	/// Take up to `most` out of the chunks that can be withdrawn in block `now`, those of the bond before those of the
	/// pledge, the oldest first. Returns how much it was.
	pub(crate) fn withdraw(&mut self, now: BlockNumberFor<T>, most: Balance) -> Parts {
		let held = take_matured::<T>(&mut self.unbonding, now, most);
		let pledged = take_matured::<T>(&mut self.unpledging, now, most.saturating_sub(held));
		Parts { held, pledged }
	}

	/// Take up to `amount`: from the pledge, then from the bond, then from all chunks, the newest first. Returns how much
	/// was where.
	pub(crate) fn slash(&mut self, amount: Balance) -> Parts {
		let pledged = self.pledged.min(amount);
		self.pledged = self.pledged.saturating_sub(pledged);
		let held = self.bonded.min(amount.saturating_sub(pledged));
		self.bonded = self.bonded.saturating_sub(held);
		let mut taken = Parts { held, pledged };
		loop {
			let left = amount.saturating_sub(taken.sum());
			let newest = |chunks: &Chunks<T>| chunks.last().map(|chunk| chunk.withdrawable_at);
			let (bonded, pledged) = (newest(&self.unbonding), newest(&self.unpledging));
			if left.is_zero() || (bonded.is_none() && pledged.is_none()) {
				return taken;
			}
			// No block at all is less than any.
			if pledged >= bonded {
				taken.pledged = taken.pledged.saturating_add(take_last::<T>(&mut self.unpledging, left));
			} else {
				taken.held = taken.held.saturating_add(take_last::<T>(&mut self.unbonding, left));
			}
		}
	}

	/// Count one more machine of `tier`.
	pub(crate) fn add_machine(&mut self, tier: Tier) -> Result<(), DispatchError> {
		let count = self.machines.get(&tier).copied().unwrap_or_default();
		let count = count.checked_add(1).ok_or(ArithmeticError::Overflow)?;
		self.machines.try_insert(tier, count).map_err(|_| Error::<T>::TooManyTiers)?;
		Ok(())
	}

	/// Count one machine of `tier` less.
	pub(crate) fn remove_machine(&mut self, tier: Tier) -> Result<(), DispatchError> {
		let count = self.machines.get_mut(&tier).ok_or(Error::<T>::NoSuchMachine)?;
		*count = count.checked_sub(1).ok_or(Error::<T>::NoSuchMachine)?;
		if count.is_zero() {
			self.machines.remove(&tier);
		}
		Ok(())
	}
}

impl<T: Config> Pallet<T> {
	/// The ledger of `provider`, or the error that it has none.
	pub(crate) fn ledger(provider: &T::AccountId) -> Result<Ledger<T>, Error<T>> {
		Ledgers::<T>::get(provider).ok_or(Error::<T>::NotBonded)
	}

	/// Store the ledger of `provider`, or remove it when nothing is left in it.
	pub(crate) fn store_ledger(provider: &T::AccountId, ledger: &Ledger<T>) {
		if ledger.is_empty() {
			Ledgers::<T>::remove(provider);
		} else {
			Ledgers::<T>::insert(provider, ledger);
		}
	}

	/// What one machine of `tier` requires under the present K value and coefficient.
	pub(crate) fn machine_stake(tier: Tier) -> Result<Balance, DispatchError> {
		Rates::<T>::default().of(tier)
	}
}
