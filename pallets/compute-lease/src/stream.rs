//! A lease from its first block to its last: settled, topped up, given notice of, ended.
//!
//! Whatever is done with a lease, it is first brought up to date by its [clock](crate::clock). If that finds that it has
//! ended, it ends, and nothing else is done: the call of a party that came too late has the effect of a settlement. Only
//! [`fund`](Pallet::fund) fails then, so that nobody takes the lease for one that goes on.

use super::*;
use clock::{Reckoning, Standing};
use frame_system::pallet_prelude::BlockNumberFor;
use sp_runtime::SaturatedConversion;

/// A lease after it was brought up to date.
#[derive(CloneNoBound, DebugNoBound, EqNoBound, PartialEqNoBound)]
pub(crate) enum Settled<T: Config> {
	/// It runs, with all paid that is payable.
	Running(Lease<T>),
	/// It is paused, with all paid.
	Paused(Lease<T>),
	/// It has ended, and is gone.
	Ended,
}

impl<T: Config> Settled<T> {
	/// The lease, unless it has ended.
	fn live(self) -> Option<Lease<T>> {
		match self {
			Self::Running(lease) | Self::Paused(lease) => Some(lease),
			Self::Ended => None,
		}
	}
}

impl<T: Config> Pallet<T> {
	/// Bring a lease up to date: pay what is payable, pause or end it when that is due. Total and idempotent. O(sources).
	pub(crate) fn bring_up(id: LeaseId, mut lease: Lease<T>) -> Result<Settled<T>, DispatchError> {
		let now = frame_system::Pallet::<T>::block_number();
		let Reckoning { payable_to, standing, .. } = lease.reckon(now).ok_or(Error::<T>::NotALease)?;
		// Does not move the block in which the next step is due.
		Self::pay(id, &mut lease, payable_to)?;
		match standing {
			Standing::Running => {
				Leases::<T>::insert(id, &lease);
				Ok(Settled::Running(lease))
			},
			Standing::Paused { since, until } => {
				if let LeaseState::Running { tenancy } = lease.state.clone() {
					Self::enter(id, &mut lease, LeaseState::Paused { tenancy, since });
					Self::deposit_event(Event::LeasePaused { lease: id, since, until });
				}
				Ok(Settled::Paused(lease))
			},
			Standing::Ended { at, reason } => {
				Self::finish(id, lease, reason, at)?;
				Ok(Settled::Ended)
			},
		}
	}

	/// End an order or lease: the one way in which all of them end. What is to be paid was paid before. O(sources).
	pub(crate) fn finish(id: LeaseId, lease: Lease<T>, reason: EndReason, at: BlockNumberFor<T>) -> DispatchResult {
		Self::take_off(id, lease.due(), frame_system::Pallet::<T>::block_number());
		Leases::<T>::remove(id);
		match &lease.state {
			LeaseState::Open { best: Some(bid), .. } => Self::withdraw_bid(bid, lease.spec.slots)?,
			LeaseState::Open { best: None, .. } => (),
			LeaseState::Running { tenancy } | LeaseState::Paused { tenancy, .. } => {
				T::Machines::release(tenancy.bid.machine, lease.spec.slots);
			},
		}
		Self::return_escrow(id, lease.payment, lease.sources)?;
		Self::release_deposit(HoldReason::OrderDeposit, &lease.client, lease.deposit)?;
		Self::deposit_event(Event::LeaseEnded { lease: id, client: lease.client, reason, at });
		Ok(())
	}

	/// End a lease at its client's wish: all blocks up to now are paid for, the last of them to nobody when it was not `served`,
	/// and the rest of the escrow goes back.
	pub(crate) fn close_now(id: LeaseId, lease: Lease<T>, served: bool) -> DispatchResult {
		let now = frame_system::Pallet::<T>::block_number();
		let Some(mut lease) = Self::bring_up(id, lease)?.live() else { return Ok(()) };
		let runs = matches!(lease.state, LeaseState::Running { .. });
		match served {
			true if runs => Self::pay(id, &mut lease, now)?,
			false if runs => Self::forfeit(id, &mut lease, now)?,
			_ => (),
		}
		Self::finish(id, lease, if served { EndReason::Closed } else { EndReason::Unserved }, now)
	}

	/// Begin the notice after which the provider has its machine back. It has it back at once from a client that does not pay.
	pub(crate) fn give_notice(id: LeaseId, lease: Lease<T>) -> DispatchResult {
		let Some(mut lease) = Self::left_unpaid(id, lease)? else { return Ok(()) };
		let before = lease.due();
		let LeaseState::Running { tenancy } = &mut lease.state else { return Err(Error::<T>::NotALease.into()) };
		let ends_at = frame_system::Pallet::<T>::block_number().saturating_add(tenancy.bid.notice);
		ensure!(tenancy.ends_at.is_none_or(|end| ends_at < end), Error::<T>::EndsAlready);
		tenancy.ends_at = Some(ends_at);
		tenancy.reclaimed = true;
		let provider = tenancy.bid.provider.clone();
		Self::file(id, &lease, before);
		Self::deposit_event(Event::LeaseReclaimed { lease: id, provider, ends_at });
		Ok(())
	}

	/// Bring a lease up to date that its provider wants to leave, and end it if it is paused: nobody is owed a machine that
	/// nobody pays. Returns the lease if it runs.
	fn left_unpaid(id: LeaseId, lease: Lease<T>) -> Result<Option<Lease<T>>, DispatchError> {
		match Self::bring_up(id, lease)? {
			Settled::Running(lease) => Ok(Some(lease)),
			Settled::Paused(lease) => {
				let now = frame_system::Pallet::<T>::block_number();
				Self::finish(id, lease, EndReason::Reclaimed, now)?;
				Ok(None)
			},
			Settled::Ended => Ok(None),
		}
	}

	/// End a lease at its provider's wish and against its rules: the last blocks are not paid for, and the provider is
	/// reported.
	pub(crate) fn leave(id: LeaseId, lease: Lease<T>) -> DispatchResult {
		let now = frame_system::Pallet::<T>::block_number();
		let Some(lease) = Self::left_unpaid(id, lease)? else { return Ok(()) };
		let bid = lease.live_bid().ok_or(Error::<T>::NotALease)?;
		let MachineOffer { tier, region, .. } = T::Machines::offer(bid.machine)?;
		let report = OffenceReport {
			offence: Offence::LeaseAbandoned,
			provider: bid.provider.clone(),
			machine: bid.machine,
			tier,
			region,
			at: now.saturated_into(),
			subject: id.0,
			wronged: Some(lease.client.clone()),
			reporter: None,
		};
		// Who cannot be punished can leave with notice only.
		T::Stake::report(report)?;
		Self::finish(id, lease, EndReason::Abandoned, now)
	}

	/// What taking money out of an escrow of `sources` sources weighs: of a lease that is over nothing is left to do but to settle.
	pub(crate) fn weight_of_defund(sources: u32) -> Weight {
		T::WeightInfo::defund(sources).max(T::WeightInfo::settle(sources))
	}

	/// What ending a lease that was not served weighs, likewise.
	pub(crate) fn weight_of_close_unserved(sources: u32) -> Weight {
		T::WeightInfo::close_unserved(sources).max(T::WeightInfo::settle(sources))
	}

	/// Give a source that is not the client back what nobody has earned of its own.
	pub(crate) fn take_out(id: LeaseId, lease: Lease<T>, who: T::AccountId) -> DispatchResult {
		ensure!(lease.client != who, Error::<T>::NothingToDefund);
		let (mut lease, until) = match lease.state {
			LeaseState::Open { .. } => (lease, Zero::zero()),
			_ => match Self::bring_up(id, lease)? {
				// The present block is being served. So escrow does not run out before the next one.
				Settled::Running(lease) => {
					(lease, frame_system::Pallet::<T>::block_number().saturating_add(One::one()))
				},
				// All that was served is paid.
				Settled::Paused(lease) => (lease, Zero::zero()),
				Settled::Ended => return Ok(()),
			},
		};
		let before = lease.due();
		let amount = Self::release_source(&mut lease, &who, until)?;
		Self::file(id, &lease, before);
		Self::deposit_event(Event::EscrowWithdrawn { lease: id, who, payment: lease.payment, amount });
		Ok(())
	}

	/// Put more into the escrow of an order or lease, and have the lease go on if it was paused.
	pub(crate) fn top_up(id: LeaseId, lease: Lease<T>, who: T::AccountId, amount: BalanceOf<T>) -> DispatchResult {
		ensure!(lease.live_bid().is_none_or(|bid| bid.provider != who), Error::<T>::OwnLease);
		let mut lease = match lease.state {
			LeaseState::Open { .. } => lease,
			// The error takes the end back, and the chain or anybody else brings it about.
			_ => Self::bring_up(id, lease)?.live().ok_or(Error::<T>::LeaseOver)?,
		};
		let before = lease.due();
		Self::add_funds(&mut lease, &who, amount)?;
		Self::deposit_event(Event::EscrowFunded { lease: id, who, payment: lease.payment, amount });
		if let LeaseState::Paused { mut tenancy, since } = lease.state.clone() {
			let now = frame_system::Pallet::<T>::block_number();
			tenancy.grace = tenancy.grace.saturating_sub(now.saturating_sub(since));
			tenancy.paid_to = now;
			let runs_out_at = lease.runs_out_at(tenancy.bid.rate, now);
			lease.state = LeaseState::Running { tenancy };
			Self::deposit_event(Event::LeaseResumed { lease: id, runs_out_at });
		}
		Self::file(id, &lease, before);
		Ok(())
	}
}
