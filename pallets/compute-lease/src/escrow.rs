//! The money behind an order or lease: put in by its client and by whoever wants to pay for it too.
//!
//! What a source has put in and was not spent is on hold on its own account all the time. The client's own is spent first,
//! then that of others in the order in which they came. So whoever gets something back gets exactly what is its own: there
//! is nothing to divide, and nothing to round.

use super::*;
use frame_system::pallet_prelude::BlockNumberFor;

impl<T: Config> Pallet<T> {
	/// Put `amount` of `who` into the escrow of an order or lease, for `blocks` blocks at least at its rate.
	pub(crate) fn add_funds(lease: &mut Lease<T>, who: &T::AccountId, amount: BalanceOf<T>) -> DispatchResult {
		let rate = lease.tenancy().map_or(lease.spec.ceiling, |tenancy| tenancy.bid.rate);
		ensure!(amount >= Self::min_funding(rate), Error::<T>::FundingTooSmall);
		// Then every sum of a lease fits, as all are parts of this one.
		lease.escrow().checked_add(&amount).ok_or(ArithmeticError::Overflow)?;
		let is_client = *who == lease.client;
		match lease.sources.iter_mut().find(|source| source.who == *who) {
			Some(source) => source.left = source.left.saturating_add(amount),
			None => {
				let source = Source { who: who.clone(), left: amount };
				let others = lease.sources.iter().filter(|source| source.who != lease.client).count();
				// One place is the client's, whoever has come before.
				let room = (T::MaxSources::get() as usize).saturating_sub(1);
				ensure!(is_client || others < room, Error::<T>::TooManySources);
				let place = if is_client { 0 } else { lease.sources.len() };
				lease.sources.try_insert(place, source).map_err(|_| Error::<T>::TooManySources)?;
			},
		}
		T::Rails::hold(lease.payment, who, amount)
	}

	/// Take the source `who` out of the escrow of an order or lease, but for what of it is needed for the blocks before `until`,
	/// and give it back. Returns how much that was. O(sources).
	pub(crate) fn release_source(
		lease: &mut Lease<T>,
		who: &T::AccountId,
		until: BlockNumberFor<T>,
	) -> Result<BalanceOf<T>, DispatchError> {
		let mut needed = lease.price_to(until);
		for source in lease.sources.iter_mut() {
			let kept = source.left.min(needed);
			if source.who == *who {
				let amount = source.left.saturating_sub(kept);
				source.left = kept;
				lease.sources.retain(|source| !source.left.is_zero());
				ensure!(!amount.is_zero(), Error::<T>::NothingToDefund);
				return T::Rails::release(lease.payment, who, amount);
			}
			needed = needed.saturating_sub(kept);
		}
		Err(Error::<T>::NothingToDefund.into())
	}

	/// The least that can be put into escrow for a lease at `rate`.
	pub(crate) fn min_funding(rate: BalanceOf<T>) -> BalanceOf<T> {
		clock::price::<T>(rate, T::MinFundedBlocks::get())
	}

	/// Pay the provider for all blocks before `until` that were not paid. O(sources).
	pub(crate) fn pay(id: LeaseId, lease: &mut Lease<T>, until: BlockNumberFor<T>) -> DispatchResult {
		let payment = lease.payment;
		let Some(provider) = lease.tenancy().map(|tenancy| tenancy.bid.provider.clone()) else { return Ok(()) };
		if lease.price_to(until).is_zero() {
			return Ok(());
		}
		let mut spent: BalanceOf<T> = Zero::zero();
		Self::spend(lease, until, |payer, amount| {
			let paid = T::Rails::pay(payment, payer, &provider, amount)?;
			spent = spent.saturating_add(paid.fee_value);
			let (payer, provider) = (payer.clone(), provider.clone());
			Self::deposit_event(Event::LeasePaid { lease: id, payer, provider, payment, until, paid });
			Ok(())
		})?;
		// Machine time has no gas. It counts for as much work as its fee could at most stand for.
		T::Rewards::credit_work(&provider, u128::MAX, spent);
		Ok(())
	}

	/// Have nobody be paid for the blocks before `until` that were not paid: neither the provider, of whom the client says that it
	/// did not serve, nor the client, who says so. O(sources).
	pub(crate) fn forfeit(id: LeaseId, lease: &mut Lease<T>, until: BlockNumberFor<T>) -> DispatchResult {
		let payment = lease.payment;
		Self::spend(lease, until, |payer, amount| {
			T::Rails::forfeit(payment, payer, amount)?;
			Self::deposit_event(Event::ArrearsForfeited { lease: id, payer: payer.clone(), payment, until, amount });
			Ok(())
		})
	}

	/// Have `take` spend, from each source in its turn, the price of all blocks before `until` that were not paid.
	///
	/// What escrow does not cover is not paid, which the [clock](crate::clock) never asks for.
	fn spend(
		lease: &mut Lease<T>,
		until: BlockNumberFor<T>,
		mut take: impl FnMut(&T::AccountId, BalanceOf<T>) -> DispatchResult,
	) -> DispatchResult {
		let mut due = lease.price_to(until);
		let (LeaseState::Running { tenancy } | LeaseState::Paused { tenancy, .. }) = &mut lease.state else {
			return Ok(());
		};
		if due.is_zero() {
			return Ok(());
		}
		tenancy.paid_to = until;
		for source in lease.sources.iter_mut() {
			let amount = source.left.min(due);
			if amount.is_zero() {
				break;
			}
			take(&source.who, amount)?;
			source.left = source.left.saturating_sub(amount);
			due = due.saturating_sub(amount);
		}
		lease.sources.retain(|source| !source.left.is_zero());
		Ok(())
	}

	/// Give every source back what was not spent of its own. O(sources).
	pub(crate) fn return_escrow(id: LeaseId, payment: PaymentKind, sources: SourcesOf<T>) -> DispatchResult {
		for Source { who, left } in sources {
			let amount = T::Rails::release(payment, &who, left)?;
			Self::deposit_event(Event::EscrowReturned { lease: id, who, payment, amount });
		}
		Ok(())
	}
}
