//! Arithmetic of one provider's ledger. Nothing here moves tokens or emits events.

use crate::{types::UnbondingChunk, Coefficient, Config, Error, Ledger, Ledgers, Pallet, TierStakes};
use assay_primitives::{Balance, Tier};
use frame_support::{ensure, traits::Get};
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

impl<T: Config> Ledger<T> {
	/// Sum of all chunks, withdrawable or not.
	pub fn unbonding_total(&self) -> Balance {
		self.unbonding.iter().fold(0, |sum, chunk| sum.saturating_add(chunk.amount))
	}

	/// All that is at stake: bonded and unbonding.
	pub fn total(&self) -> Balance {
		self.bonded.saturating_add(self.unbonding_total())
	}

	/// Sum of the chunks that can be withdrawn in block `now`.
	pub fn withdrawable(&self, now: BlockNumberFor<T>) -> Balance {
		self.unbonding
			.iter()
			.filter(|chunk| chunk.withdrawable_at <= now)
			.fold(0, |sum, chunk| sum.saturating_add(chunk.amount))
	}

	/// Whether there is nothing left to remember.
	pub fn is_empty(&self) -> bool {
		self.bonded.is_zero() && self.unbonding.is_empty() && self.machines.is_empty()
	}

	/// Number of tiers of which the provider has machines: what the cost of reading its requirement grows with.
	pub(crate) fn tiers(&self) -> u32 {
		self.machines.len() as u32
	}

	/// What the machines require to be bonded under the present K values and coefficient.
	///
	/// Saturates: a requirement beyond the largest balance cannot be met either way. O(tiers).
	pub fn required(&self) -> Balance {
		if self.machines.is_empty() {
			return 0;
		}
		let coefficient = Coefficient::<T>::get();
		self.machines.iter().fold(0, |sum: Balance, (tier, count)| {
			let each = TierStakes::<T>::get(tier)
				.and_then(|tier_stake| scaled_stake(tier_stake, coefficient))
				.unwrap_or(Balance::MAX);
			sum.saturating_add(each.saturating_mul(Balance::from(*count)))
		})
	}

	/// Whether the machines stand still because `backing`, the bond and the delegated stake that counts, does not cover
	/// them.
	pub fn is_halted(&self, backing: Balance) -> bool {
		backing < self.required()
	}

	/// Whether the provider may take on new work, given its `backing`.
	pub fn is_active(&self, backing: Balance) -> bool {
		!self.bonded.is_zero() && !self.is_halted(backing)
	}

	/// A bond is none at all or no smaller than the least one.
	fn ensure_bond_size(&self) -> Result<(), Error<T>> {
		ensure!(self.bonded.is_zero() || self.bonded >= T::MinBond::get(), Error::<T>::BelowMinBond);
		Ok(())
	}

	/// Add `amount` to the bond.
	pub(crate) fn bond(&mut self, amount: Balance) -> Result<(), DispatchError> {
		self.bonded = self.bonded.checked_add(amount).ok_or(ArithmeticError::Overflow)?;
		Ok(self.ensure_bond_size()?)
	}

	/// Move `amount` from the bond into a chunk that can be withdrawn from block `at` on. Returns that block.
	///
	/// It is later than `at` when an earlier chunk already waits for longer, which only happens after the unbonding
	/// period was shortened: so the chunks stay in order. Whether the rest covers the machines is the caller's to see.
	pub(crate) fn unbond(
		&mut self,
		amount: Balance,
		at: BlockNumberFor<T>,
	) -> Result<BlockNumberFor<T>, DispatchError> {
		self.bonded = self.bonded.checked_sub(amount).ok_or(Error::<T>::InsufficientBond)?;
		self.ensure_bond_size()?;
		match self.unbonding.last_mut() {
			Some(last) if last.withdrawable_at >= at => {
				last.amount = last.amount.checked_add(amount).ok_or(ArithmeticError::Overflow)?;
				Ok(last.withdrawable_at)
			},
			_ => {
				self.unbonding
					.try_push(UnbondingChunk { amount, withdrawable_at: at })
					.map_err(|_| Error::<T>::TooManyChunks)?;
				Ok(at)
			},
		}
	}

	/// Move `amount` from the chunks, the newest first, back into the bond.
	pub(crate) fn rebond(&mut self, amount: Balance) -> Result<(), DispatchError> {
		ensure!(self.take_newest(amount) == amount, Error::<T>::InsufficientUnbonding);
		self.bond(amount)
	}

	/// Take up to `amount` out of the chunks, the oldest first.
	pub(crate) fn withdraw(&mut self, amount: Balance) {
		let mut left = amount;
		for chunk in self.unbonding.iter_mut() {
			let taken = chunk.amount.min(left);
			chunk.amount = chunk.amount.saturating_sub(taken);
			left = left.saturating_sub(taken);
		}
		self.unbonding.retain(|chunk| !chunk.amount.is_zero());
	}

	/// Take up to `amount`: from the bond first, then from the chunks, the newest first. Returns how much was there.
	pub(crate) fn slash(&mut self, amount: Balance) -> Balance {
		let from_bond = self.bonded.min(amount);
		self.bonded = self.bonded.saturating_sub(from_bond);
		let from_chunks = self.take_newest(amount.saturating_sub(from_bond));
		from_bond.saturating_add(from_chunks)
	}

	/// Take up to `amount` out of the chunks, the newest first. Returns how much was there.
	fn take_newest(&mut self, amount: Balance) -> Balance {
		let mut left = amount;
		for chunk in self.unbonding.iter_mut().rev() {
			let taken = chunk.amount.min(left);
			chunk.amount = chunk.amount.saturating_sub(taken);
			left = left.saturating_sub(taken);
			if left.is_zero() {
				break;
			}
		}
		self.unbonding.retain(|chunk| !chunk.amount.is_zero());
		amount.saturating_sub(left)
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

	/// Refuse a ledger of `provider` whose machines would not be covered.
	pub(crate) fn ensure_covered(provider: &T::AccountId, ledger: &Ledger<T>) -> Result<(), Error<T>> {
		ensure!(!ledger.is_halted(Self::backing(provider, ledger)), Error::<T>::BelowRequirement);
		Ok(())
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
		let tier_stake = TierStakes::<T>::get(tier).ok_or(Error::<T>::UnknownTier)?;
		Ok(scaled_stake(tier_stake, Coefficient::<T>::get()).ok_or(ArithmeticError::Overflow)?)
	}
}
