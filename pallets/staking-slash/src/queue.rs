//! The queue: slashes for what is not proven wait before they are carried out.
//!
//! ```text
//! report, proven ──────────────────────────────────────────────► carried out at once
//! report, not proven ──► Queued, SlashDeferral ──due───────────► carried out
//!   │                      ├─ contest_slash ──► Contested, ContestPeriod longer
//!   │                      │                      ├─ resolve_contest(uphold)  ► carried out with the bond
//!   │                      │                      ├─ resolve_contest(cancel)  ► cancelled, bond back
//!   │                      │                      └─ due, nobody decided      ► carried out, bond back
//!   │                      └─ cancel_slash ───► cancelled
//!   └ too many in its region ──► Held, SlashDeferral + ContestPeriod
//!                           ├─ release_slash ──► Queued, or carried out when the deferral is over
//!                           ├─ cancel_slash ───► cancelled
//!                           └─ due, nobody released it ──► lapses
//! ```
//!
//! What is due is done by the [`agenda`](crate::agenda), or by anyone with
//! [`apply_slash`](crate::Pallet::apply_slash). A contest on which nobody decides neither wins nor loses: it delayed the
//! slash. What was held and nobody released lapses, because so many unproven offences at once speak for an outage.
//!
//! # Whoever leaves takes the slash along
//!
//! Stake that leaves after an offence stays liable for it wherever it is: see [`departed`](crate::departed). The longest
//! way of a slash, an offence as old as it can be, deferred and contested, ends before stake that left after the offence
//! can be withdrawn (integrity test). And where blocks were so full that a due slash still waits, a provider withdraws no
//! more of its own stake than leaves all its pending slashes covered.
//!
//! # Bound
//!
//! A provider has at most [`Config::MaxPendingSlashes`] pending slashes. A report beyond that is refused with an error
//! and not remembered, so that it can be made again when there is room. Proven offences are never refused for it. A missed
//! challenge is not queued then, but counts as one that was missed.

use crate::{
	agenda::Task, contest::ContestOutcome, pledge::Parts, Config, Error, Event, Ledger, NextSlashId, Pallet, PendingOf,
	PendingSlashes,
};
use alloc::vec::Vec;
use assay_primitives::{Appointments, Balance, OffenceReport};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{
	ensure,
	pallet_prelude::{DispatchError, DispatchResult},
	traits::Get,
	BoundedVec, CloneNoBound, DebugNoBound, DefaultNoBound, EqNoBound, PartialEqNoBound,
};
use frame_system::pallet_prelude::BlockNumberFor;
use scale_info::TypeInfo;
use sp_runtime::traits::{Saturating, Zero};

/// Number of a pending slash. Never used again.
pub type SlashId = u64;

/// Where a pending slash stands. Each state has a block in which it ends by itself.
///
/// Indices are pinned: append only.
#[derive(Clone, Copy, Debug, Decode, DecodeWithMemTracking, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo)]
pub enum SlashState<BlockNumber> {
	/// Carried out when due, unless contested or cancelled before.
	#[codec(index = 0)]
	Queued {
		/// The first block in which it is carried out.
		due: BlockNumber,
	},
	/// Contested by its provider: before governance. Carried out when due, with the bond given back.
	#[codec(index = 1)]
	Contested {
		/// The first block in which it is too late to decide.
		due: BlockNumber,
		/// What the provider has on hold for it.
		bond: Balance,
	},
	/// One of too many in its region: before governance. Lapses when due.
	#[codec(index = 2)]
	Held {
		/// The first block in which it is too late to release it.
		due: BlockNumber,
	},
}

impl<BlockNumber: Copy> SlashState<BlockNumber> {
	/// The block in which the state ends by itself.
	pub fn due(&self) -> BlockNumber {
		match *self {
			Self::Queued { due } | Self::Contested { due, .. } | Self::Held { due } => due,
		}
	}
}

/// A slash that is not carried out yet.
#[derive(Clone, Debug, Decode, DecodeWithMemTracking, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo)]
pub struct PendingSlash<AccountId, BlockNumber> {
	/// What for.
	pub report: OffenceReport<AccountId>,
	/// What it takes, unless the machine paid for something else in the same period.
	pub amount: Balance,
	/// The block in which it was reported.
	pub reported_at: BlockNumber,
	/// Where it stands.
	pub state: SlashState<BlockNumber>,
}

/// The pending slash type of a runtime.
pub type PendingSlashOf<T> = PendingSlash<<T as frame_system::Config>::AccountId, BlockNumberFor<T>>;

/// The pending slashes of one provider. Removed when there are none.
#[derive(
	CloneNoBound, DebugNoBound, Decode, DefaultNoBound, Encode, EqNoBound, MaxEncodedLen, PartialEqNoBound, TypeInfo,
)]
#[scale_info(skip_type_params(T))]
pub struct PendingList<T: Config> {
	/// What they take together, at most.
	pub amount: Balance,
	/// Which they are, the oldest first.
	pub slashes: BoundedVec<SlashId, T::MaxPendingSlashes>,
}

impl<T: Config> PendingList<T> {
	/// Whether there can be one more.
	pub(crate) fn has_room(&self) -> bool {
		(self.slashes.len() as u32) < T::MaxPendingSlashes::get()
	}
}

impl<T: Config> Pallet<T> {
	/// The pending slash with the number `slash`.
	pub(crate) fn pending_slash(slash: SlashId) -> Result<PendingSlashOf<T>, Error<T>> {
		PendingSlashes::<T>::get(slash).ok_or(Error::<T>::UnknownSlash)
	}

	/// Refuse to change a pending slash that is due: what happens to it is settled.
	pub(crate) fn ensure_not_due(pending: &PendingSlashOf<T>) -> Result<(), Error<T>> {
		ensure!(pending.state.due() > frame_system::Pallet::<T>::block_number(), Error::<T>::DeadlinePassed);
		Ok(())
	}

	/// Queue a slash of `amount`, or hold it where its region is `damped`. O(pending slashes of the provider), which are
	/// bounded.
	pub(crate) fn enqueue(
		report: OffenceReport<T::AccountId>,
		amount: Balance,
		damped: bool,
		reported_at: BlockNumberFor<T>,
	) -> DispatchResult {
		let deferred = reported_at.saturating_add(T::SlashDeferral::get());
		let slash = NextSlashId::<T>::get();
		let provider = report.provider.clone();
		PendingOf::<T>::try_mutate(&provider, |list| {
			list.amount = list.amount.saturating_add(amount);
			list.slashes.try_push(slash).map_err(|_| Error::<T>::TooManyPending)
		})?;
		NextSlashId::<T>::put(slash.saturating_add(1));

		let (machine, offence, region) = (report.machine, report.offence, report.region);
		let state = if damped {
			let due = deferred.saturating_add(T::ContestPeriod::get());
			Self::deposit_event(Event::SlashHeld { slash, provider, machine, offence, amount, region, due });
			SlashState::Held { due }
		} else {
			Self::deposit_event(Event::SlashQueued { slash, provider, machine, offence, amount, due: deferred });
			SlashState::Queued { due: deferred }
		};
		Self::appoint(Task::Slash(slash), state.due(), reported_at);
		PendingSlashes::<T>::insert(slash, PendingSlash { report, amount, reported_at, state });
		Ok(())
	}

	/// Put a pending slash into another state, which ends by itself in another block.
	pub(crate) fn enter(slash: SlashId, mut pending: PendingSlashOf<T>, state: SlashState<BlockNumberFor<T>>) {
		Self::call_off(Task::Slash(slash), pending.state.due());
		Self::appoint(Task::Slash(slash), state.due(), frame_system::Pallet::<T>::block_number());
		pending.state = state;
		PendingSlashes::<T>::insert(slash, pending);
	}

	/// Take a slash out of the queue.
	pub(crate) fn dequeue(slash: SlashId, pending: &PendingSlashOf<T>) {
		PendingSlashes::<T>::remove(slash);
		Self::call_off(Task::Slash(slash), pending.state.due());
		PendingOf::<T>::mutate_exists(&pending.report.provider, |entry| {
			let Some(mut list) = entry.take() else { return };
			list.amount = list.amount.saturating_sub(pending.amount);
			list.slashes.retain(|other| *other != slash);
			*entry = (!list.slashes.is_empty()).then_some(list);
		});
	}

	/// Do with a due slash what its state says. See [`apply_slash`](crate::Pallet::apply_slash).
	pub(crate) fn do_apply_slash(slash: SlashId) -> DispatchResult {
		let pending = Self::pending_slash(slash)?;
		ensure!(pending.state.due() <= frame_system::Pallet::<T>::block_number(), Error::<T>::NotDue);
		match pending.state {
			SlashState::Queued { .. } => Self::carry_out(slash, &pending, Default::default()),
			SlashState::Contested { bond, .. } => {
				Self::give_bond_back(slash, &pending, bond, ContestOutcome::Undecided)?;
				Self::carry_out(slash, &pending, Default::default());
			},
			SlashState::Held { .. } => {
				Self::drop_slash(slash, &pending);
				let provider = pending.report.provider;
				Self::deposit_event(Event::SlashLapsed { slash, provider, amount: pending.amount });
			},
		}
		Ok(())
	}

	/// Take a pending slash, and the lost `bond` of a contest with it.
	pub(crate) fn carry_out(slash: SlashId, pending: &PendingSlashOf<T>, bond: crate::CreditOf<T>) {
		Self::dequeue(slash, pending);
		let now = frame_system::Pallet::<T>::block_number();
		Self::punish(&pending.report, pending.amount, Some(slash), bond, &mut Default::default(), now);
	}

	/// Give a pending slash up.
	pub(crate) fn drop_slash(slash: SlashId, pending: &PendingSlashOf<T>) {
		Self::dequeue(slash, pending);
		Self::forgive_miss(&pending.report);
	}

	/// See [`cancel_slash`](crate::Pallet::cancel_slash).
	pub(crate) fn do_cancel_slash(slash: SlashId) -> DispatchResult {
		let pending = Self::pending_slash(slash)?;
		Self::ensure_not_due(&pending)?;
		if let SlashState::Contested { bond, .. } = pending.state {
			Self::give_bond_back(slash, &pending, bond, ContestOutcome::Cancelled)?;
		}
		Self::drop_slash(slash, &pending);
		let provider = pending.report.provider;
		Self::deposit_event(Event::SlashCancelled { slash, provider, amount: pending.amount });
		Ok(())
	}

	/// See [`release_slash`](crate::Pallet::release_slash).
	pub(crate) fn do_release_slash(slash: SlashId) -> DispatchResult {
		let pending = Self::pending_slash(slash)?;
		ensure!(matches!(pending.state, SlashState::Held { .. }), Error::<T>::NotHeld);
		Self::ensure_not_due(&pending)?;
		let due = pending.reported_at.saturating_add(T::SlashDeferral::get());
		Self::deposit_event(Event::SlashReleased { slash, provider: pending.report.provider.clone(), due });
		if due <= frame_system::Pallet::<T>::block_number() {
			Self::carry_out(slash, &pending, Default::default());
		} else {
			Self::enter(slash, pending, SlashState::Queued { due });
		}
		Ok(())
	}

	/// The pending slashes of `provider`, the oldest first.
	pub(crate) fn pending_slashes_of(provider: &T::AccountId) -> Vec<(SlashId, PendingSlashOf<T>)> {
		let list = PendingOf::<T>::get(provider);
		list.slashes
			.iter()
			.filter_map(|slash| PendingSlashes::<T>::get(slash).map(|pending| (*slash, pending)))
			.collect()
	}

	/// Take out of `ledger` what its provider can withdraw in the present block: what is over its unbonding period, leaves
	/// the pending slashes covered, and is not the stake of a debtor.
	pub(crate) fn take_withdrawable(provider: &T::AccountId, ledger: &mut Ledger<T>) -> Result<Parts, DispatchError> {
		let now = frame_system::Pallet::<T>::block_number();
		let matured = ledger.matured(now);
		ensure!(!matured.is_zero(), Error::<T>::NothingToWithdraw);
		Self::ensure_no_debt(provider)?;
		let spare = ledger.total().saturating_sub(PendingOf::<T>::get(provider).amount);
		ensure!(!spare.is_zero(), Error::<T>::SlashPending);
		Ok(ledger.withdraw(now, matured.min(spare)))
	}
}
