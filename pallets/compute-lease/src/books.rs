//! What leases have of the market's machines and rails: [`SharedBooks`].

use super::*;
#[cfg(any(feature = "std", feature = "try-runtime"))]
use alloc::collections::BTreeMap;

impl<T: Config> SharedBooks<T::AccountId, BalanceOf<T>> for Pallet<T> {
	#[cfg(any(feature = "std", feature = "try-runtime"))]
	fn add_slots(books: &mut BTreeMap<MachineId, u32>) {
		for lease in Leases::<T>::iter_values() {
			if let Some(bid) = lease.live_bid() {
				let slots = books.entry(bid.machine).or_default();
				*slots = slots.saturating_add(lease.spec.slots);
			}
		}
	}

	#[cfg(any(feature = "std", feature = "try-runtime"))]
	fn add_escrow(books: &mut BTreeMap<(T::AccountId, PaymentKind), BalanceOf<T>>) {
		for lease in Leases::<T>::iter_values() {
			for Source { who, left } in lease.sources {
				let sum = books.entry((who, lease.payment)).or_default();
				*sum = sum.saturating_add(left);
			}
		}
	}
}
