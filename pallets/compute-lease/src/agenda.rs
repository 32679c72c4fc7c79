//! The chain's own clock: steps of orders and leases that are due, taken in blocks that have weight left.
//!
//! Every order and lease has one item, at the block where its auction closes, its escrow or its grace runs out, or its time
//! is over. So nobody has to call anything for a lease to stop when it is not paid any more.

use super::{auction::Closed, stream::Settled, *};
use frame_support::storage::with_storage_layer;
use frame_system::pallet_prelude::BlockNumberFor;

/// A step that the chain takes by itself.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Step {
	/// Lent the best bidder's machine.
	Start,
	/// Ended an order whose auction had no winner.
	Withdraw,
	/// Paid what was served of a lease, and paused it.
	Pause,
	/// Paid what was served of a lease, and ended it.
	End,
}

impl Step {
	/// What taking this step off the agenda weighs, with `sources` sources of escrow.
	fn weight<T: Config>(self, sources: u32) -> Weight {
		match self {
			Step::Start => T::WeightInfo::agenda_start(),
			// As for the call.
			Step::Withdraw => T::WeightInfo::agenda_start().saturating_add(T::WeightInfo::cancel_order(sources)),
			Step::Pause => T::WeightInfo::agenda_pause(sources),
			Step::End => T::WeightInfo::agenda_end(sources),
		}
	}

	/// What any step weighs at most.
	fn max_weight<T: Config>() -> Weight {
		let sources = T::MaxSources::get();
		let closing = Step::Start.weight::<T>(sources).max(Step::Withdraw.weight::<T>(sources));
		closing.max(Step::Pause.weight::<T>(sources)).max(Step::End.weight::<T>(sources))
	}
}

impl<T: Config> Appointments for Pallet<T> {
	type BlockNumber = BlockNumberFor<T>;
	type Item = LeaseId;
	type Cursor = AgendaCursor<T>;
	type Items = Agenda<T>;

	fn base_weight() -> Weight {
		T::WeightInfo::agenda_base()
	}

	fn block_weight() -> Weight {
		T::WeightInfo::agenda_block()
	}

	fn max_item_weight() -> Weight {
		Step::max_weight::<T>().saturating_add(T::WeightInfo::agenda_postpone())
	}

	fn act(lease: LeaseId) -> Weight {
		match with_storage_layer(|| Self::take_step(lease)) {
			Ok((step, sources)) => step.weight::<T>(sources),
			Err(error) => {
				let kind = UnexpectedKind::AgendaItemFailed { lease, error };
				log::warn!(target: LOG_TARGET, "worked around: {kind:?}");
				Self::deposit_event(Event::Unexpected { kind });
				Self::put_off(lease);
				Self::max_item_weight()
			},
		}
	}
}

impl<T: Config> Recurring for Pallet<T> {
	type Postponed = Postponed<T>;

	fn first_pause() -> BlockNumberFor<T> {
		T::RetryBlocks::get()
	}
}

impl<T: Config> Pallet<T> {
	/// Have the due step of an order or lease, which has failed, come back.
	pub(crate) fn put_off(id: LeaseId) {
		let now = frame_system::Pallet::<T>::block_number();
		let is_due = Leases::<T>::get(id).is_some_and(|lease| lease.due() <= now);
		if is_due {
			Self::postpone(id, now);
		}
	}

	/// Store an order or lease in its next state, and move its item to where that is due.
	pub(crate) fn enter(id: LeaseId, lease: &mut Lease<T>, state: StateOf<T>) {
		let before = lease.due();
		lease.state = state;
		Self::file(id, lease, before);
	}

	/// Store an order or lease, and move its item from where it was due `before`.
	pub(crate) fn file(id: LeaseId, lease: &Lease<T>, before: BlockNumberFor<T>) {
		let after = lease.due();
		if before != after {
			let now = frame_system::Pallet::<T>::block_number();
			Self::take_off(id, before, now);
			Self::appoint(id, after, now);
		}
		Leases::<T>::insert(id, lease);
	}

	/// Take the due step of an order or lease. Returns it with the number of sources of escrow that there were.
	fn take_step(id: LeaseId) -> Result<(Step, u32), DispatchError> {
		let lease = Leases::<T>::get(id).ok_or(Error::<T>::UnknownLease)?;
		let sources = lease.sources.len() as u32;
		let step = match lease.state {
			LeaseState::Open { .. } => match Self::close(id, lease, None)? {
				Closed::Started => Step::Start,
				Closed::Withdrawn | Closed::Empty => Step::Withdraw,
			},
			LeaseState::Running { .. } | LeaseState::Paused { .. } => match Self::bring_up(id, lease)? {
				Settled::Ended => Step::End,
				Settled::Running(_) | Settled::Paused(_) => Step::Pause,
			},
		};
		Ok((step, sources))
	}
}
