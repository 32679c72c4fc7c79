//! What must always be true of orders and leases.
//!
//! Each check stands for one invariant. They run after every test of this pallet, and in `try-runtime`. That all escrow on the
//! rails and all taken slots are those of jobs and leases together is for the market to check, which sees both by
//! [`SharedBooks`].

use super::*;
use alloc::collections::BTreeMap;
use sp_runtime::TryRuntimeError;

impl<T: Config> Pallet<T> {
	/// All invariants.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		Self::check_ids()?;
		Self::check_readable()?;
		Self::check_sources()?;
		Self::check_escrow()?;
		Self::check_deposits()?;
		Self::check_machines()?;
		Self::check_streams()?;
		Self::check_agenda()
	}

	/// Ids are below the next one to be given.
	pub(crate) fn check_ids() -> Result<(), TryRuntimeError> {
		let next = NextLeaseId::<T>::get();
		ensure!(Leases::<T>::iter_keys().all(|id| id < next), "a lease's id has not been given yet");
		Ok(())
	}

	/// Every lease can be read. What cannot counts as ended, and binds slots and escrow for good.
	pub(crate) fn check_readable() -> Result<(), TryRuntimeError> {
		let readable = Leases::<T>::iter_values().count();
		ensure!(Leases::<T>::iter_keys().count() == readable, "a lease cannot be read");
		Ok(())
	}

	/// Every source has something left and stands once, the client's first, and none is the provider's.
	pub(crate) fn check_sources() -> Result<(), TryRuntimeError> {
		for lease in Leases::<T>::iter_values() {
			let mut others = lease.sources.iter().filter(|source| source.who != lease.client);
			let first = lease.sources.first().is_none_or(|source| source.who == lease.client);
			let clients = lease.sources.iter().filter(|source| source.who == lease.client).count();
			ensure!(clients == 0 || (clients == 1 && first), "a client's money is not the first to be spent");
			let distinct = lease.sources.iter().map(|source| &source.who).collect::<alloc::collections::BTreeSet<_>>();
			ensure!(distinct.len() == lease.sources.len(), "a source stands twice");
			ensure!(lease.sources.iter().all(|source| !source.left.is_zero()), "a source is empty");
			let provider = lease.live_bid().map(|bid| &bid.provider);
			ensure!(others.all(|source| Some(&source.who) != provider), "a provider pays itself");
		}
		Ok(())
	}

	/// The rails hold for each source what it has left.
	pub(crate) fn check_escrow() -> Result<(), TryRuntimeError> {
		let mut books = BTreeMap::new();
		Self::add_escrow(&mut books);
		for ((who, payment), sum) in books {
			ensure!(T::Rails::held(payment, &who) >= sum, "the rails hold less than is in escrow");
		}
		Ok(())
	}

	/// For each account and kind of deposit, what is on hold is the sum of what the books say.
	pub(crate) fn check_deposits() -> Result<(), TryRuntimeError> {
		// By account: order deposits, bid deposits.
		let mut books = BTreeMap::<T::AccountId, [BalanceOf<T>; 2]>::new();
		let mut book = |account: T::AccountId, amounts: [BalanceOf<T>; 2]| {
			let sums = books.entry(account).or_insert([Zero::zero(); 2]);
			for (sum, amount) in sums.iter_mut().zip(amounts) {
				*sum = sum.saturating_add(amount);
			}
		};
		for lease in Leases::<T>::iter_values() {
			book(lease.client, [lease.deposit, Zero::zero()]);
			if let LeaseState::Open { best: Some(bid), .. } = lease.state {
				book(bid.provider, [Zero::zero(), bid.deposit]);
			}
		}
		for (account, sums) in books {
			for (reason, sum) in [HoldReason::OrderDeposit, HoldReason::BidDeposit].into_iter().zip(sums) {
				let held = T::Currency::balance_on_hold(&reason.into(), &account);
				ensure!(held == sum, "an account's deposit differs from the books");
			}
		}
		Ok(())
	}

	/// The machine of every live bid is on offer, by the bidder, and is what was ordered.
	pub(crate) fn check_machines() -> Result<(), TryRuntimeError> {
		for lease in Leases::<T>::iter_values() {
			let Some(bid) = lease.live_bid() else { continue };
			let offer = T::Machines::offer(bid.machine).map_err(|_| "a live bid's machine is not on offer")?;
			ensure!(offer.provider == bid.provider, "a live bid's machine is another provider's");
			ensure!(offer.tier >= lease.spec.min_tier, "a live bid's machine is too weak for the order");
			let region = lease.spec.region.unwrap_or(offer.region);
			ensure!(offer.region == region, "a live bid's machine stands elsewhere");
			ensure!(bid.rate <= lease.spec.ceiling, "a live bid is above the ceiling");
		}
		Ok(())
	}

	/// Nothing is paid that was not served, and a pause is one: escrow covers no block of it.
	pub(crate) fn check_streams() -> Result<(), TryRuntimeError> {
		let now = frame_system::Pallet::<T>::block_number();
		for lease in Leases::<T>::iter_values() {
			let Some(tenancy) = lease.tenancy() else { continue };
			ensure!(tenancy.started <= tenancy.paid_to && tenancy.paid_to <= now, "a lease is paid ahead");
			ensure!(tenancy.grace <= lease.spec.grace_blocks, "a lease has more grace than was agreed");
			if let LeaseState::Paused { since, .. } = lease.state {
				ensure!(since <= now, "a lease pauses later");
				ensure!(tenancy.paid_to == since, "a lease was paused with something to pay");
				ensure!(lease.escrow() < tenancy.bid.rate, "a lease is paused that could run");
			}
		}
		Ok(())
	}

	/// Each order and lease has exactly one item, which the cursor has not passed: at the block where it is due, or at the one to
	/// which what was due has been postponed.
	pub(crate) fn check_agenda() -> Result<(), TryRuntimeError> {
		let mut live = 0usize;
		for (id, lease) in Leases::<T>::iter() {
			let postponed = Postponed::<T>::get(id).map(|postponed| postponed.until);
			ensure!(postponed.is_none_or(|until| until > lease.due()), "a lease is postponed that was not due");
			let place = postponed.unwrap_or(lease.due());
			ensure!(Agenda::<T>::contains_key(place, id), "a lease is not on the agenda");
			live = live.saturating_add(1);
		}
		ensure!(Postponed::<T>::iter_keys().all(Leases::<T>::contains_key), "a lease is postponed that there is not");
		ensure!(Agenda::<T>::iter_keys().count() == live, "the agenda has an item that no lease explains");
		let cursor = AgendaCursor::<T>::get().unwrap_or_default();
		ensure!(Agenda::<T>::iter_keys().all(|(due, _)| due >= cursor), "the cursor has passed an item");
		Ok(())
	}
}
