//! One account as it was read, to be changed and written once.

use crate::Config;
use alloc::vec::Vec;
use assay_primitives::Balance;
use frame_support::{
	storage::unhashed,
	traits::{
		tokens::{Fortitude, IdAmount, Precision, Preservation},
		Get, VariantCountOf,
	},
	BoundedVec,
};
use frame_system::{Account, AccountInfo, ConsumerLimits};
use pallet_balances::AccountData;

/// An account as the storage has it.
pub(crate) type Info<T> = AccountInfo<<T as frame_system::Config>::Nonce, AccountData<Balance>>;

/// The reason of a hold.
type Reason<T> = <T as pallet_balances::Config>::RuntimeHoldReason;

/// What is on hold in an account, by reason.
pub(crate) type HoldsOf<T> = BoundedVec<IdAmount<Reason<T>, Balance>, VariantCountOf<Reason<T>>>;

/// An account that lives by the free balance in it, and counts its consumers as the balances pallet does.
///
/// Every change fails, with None, where the balances pallet has to see to more than amounts. Nothing is stored then.
pub(crate) struct Entry<T: Config> {
	key: Vec<u8>,
	info: Info<T>,
	/// Whether the balances pallet counted as a consumer when it was read.
	consumed: bool,
}

/// An account that can be written: nothing fails any more.
pub(crate) struct Settled<T: Config> {
	key: Vec<u8>,
	info: Info<T>,
}

impl<T: Config> Settled<T> {
	/// Write the account.
	pub(crate) fn store(self) {
		unhashed::put(&self.key, &self.info);
	}
}

/// Whether an account lives by the free balance in it.
fn lives<T: Config>(data: &AccountData<Balance>) -> bool {
	data.free > 0 && data.free >= <T as pallet_balances::Config>::ExistentialDeposit::get()
}

/// Whether the balances pallet counts as a consumer of an account.
fn consumes(data: &AccountData<Balance>) -> bool {
	data.reserved > 0 || data.frozen > 0
}

/// What can be taken of the free balance of an account: the rule of the balances pallet, of what was read already.
pub(crate) fn reducible<T: Config>(info: &Info<T>, preservation: Preservation, force: Fortitude) -> Balance {
	let data = &info.data;
	let frozen = if force == Fortitude::Polite { data.frozen.saturating_sub(data.reserved) } else { 0 };
	let must_live = match preservation {
		Preservation::Preserve => true,
		Preservation::Protect => data.free > 0 && info.providers == 1,
		Preservation::Expendable => data.free > 0 && info.consumers > 0 && info.providers <= 1,
	};
	let deposit = if must_live { <T as pallet_balances::Config>::ExistentialDeposit::get() } else { 0 };
	data.free.saturating_sub(frozen.max(deposit))
}

impl<T: Config> Entry<T> {
	/// The account of `who`, if it is such a one.
	pub(crate) fn of(who: &T::AccountId) -> Option<Self> {
		let key = Account::<T>::hashed_key_for(who);
		let info: Info<T> = unhashed::get(&key)?;
		let consumed = consumes(&info.data);
		let plain = info.providers > 0
			&& info.data.flags.is_new_logic()
			&& lives::<T>(&info.data)
			&& (info.consumers > 0 || !consumed);
		plain.then_some(Self { key, info, consumed })
	}

	/// What can be taken of the free balance.
	pub(crate) fn reducible(&self, preservation: Preservation, force: Fortitude) -> Balance {
		reducible::<T>(&self.info, preservation, force)
	}

	/// What can be taken of all that is on hold.
	pub(crate) fn reducible_on_hold(&self, force: Fortitude) -> Balance {
		let data = &self.info.data;
		let frozen = if force == Fortitude::Polite { data.frozen.saturating_sub(data.free) } else { 0 };
		data.reserved.saturating_sub(frozen)
	}

	/// Take `amount` out of the free balance.
	pub(crate) fn take(&mut self, amount: Balance) -> Option<()> {
		self.info.data.free = self.info.data.free.checked_sub(amount)?;
		lives::<T>(&self.info.data).then_some(())
	}

	/// Fails where the balance would be more than can be counted with `amount` on top.
	pub(crate) fn has_room_for(&self, amount: Balance) -> Option<()> {
		self.info.data.free.checked_add(amount)?.checked_add(self.info.data.reserved).map(|_| ())
	}

	/// Put `amount` into the free balance.
	pub(crate) fn put(&mut self, amount: Balance) -> Option<()> {
		self.has_room_for(amount)?;
		self.info.data.free = self.info.data.free.checked_add(amount)?;
		Some(())
	}

	/// Have `amount`, above zero, on hold for `reason`, beside all other `holds`.
	pub(crate) fn hold(&mut self, holds: &mut HoldsOf<T>, reason: &Reason<T>, amount: Balance) -> Option<()> {
		if amount == 0 {
			return None;
		}
		match holds.iter_mut().find(|hold| hold.id == *reason) {
			Some(hold) => hold.amount = hold.amount.checked_add(amount)?,
			None => holds.try_push(IdAmount { id: *reason, amount }).ok()?,
		}
		self.info.data.reserved = self.info.data.reserved.checked_add(amount)?;
		Some(())
	}

	/// Take up to `amount` of what is on hold for `reason` off, which is more than nothing. Returns how much it was.
	pub(crate) fn unhold(
		&mut self,
		holds: &mut HoldsOf<T>,
		reason: &Reason<T>,
		amount: Balance,
		precision: Precision,
	) -> Option<Balance> {
		let hold = holds.iter_mut().find(|hold| hold.id == *reason)?;
		let amount = crate::within(amount, hold.amount, precision)?;
		if amount == 0 {
			return None;
		}
		hold.amount = hold.amount.checked_sub(amount)?;
		holds.retain(|hold| hold.amount > 0);
		self.info.data.reserved = self.info.data.reserved.checked_sub(amount)?;
		Some(amount)
	}

	/// Count one consumer more or less if the balances pallet has become or ceased to be one.
	pub(crate) fn settle(mut self) -> Option<Settled<T>> {
		let consumers = self.info.consumers;
		self.info.consumers = match (self.consumed, consumes(&self.info.data)) {
			(false, true) if consumers < T::MaxConsumers::max_consumers() => consumers.checked_add(1)?,
			(false, true) => return None,
			(true, false) => consumers.checked_sub(1)?,
			_ => consumers,
		};
		Some(Settled { key: self.key, info: self.info })
	}

	/// Write the account, unless it may not have another consumer.
	pub(crate) fn store(self) -> Option<()> {
		self.settle().map(Settled::store)
	}
}
