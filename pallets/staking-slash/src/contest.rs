//! Contests: a provider doubts a queued slash, puts a bond on it, and governance decides.
//!
//! The bond, [`Config::ContestBond`], is on hold in the provider's account meanwhile. A contest that is **upheld** against
//! the provider costs it the bond on top of the slash, divided as the slash is: see [`slashing`](crate::slashing). A
//! slash that is **cancelled** gives the bond back, and so does one on which nobody **decided** in time, which is carried
//! out nevertheless: an absent judge shall neither acquit whoever pays a bond nor fine whoever asked.

use crate::{
	queue::{PendingSlashOf, SlashId, SlashState},
	Config, Error, Event, HoldReason, Pallet,
};
use assay_primitives::Balance;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{
	ensure,
	pallet_prelude::DispatchResult,
	traits::{
		fungible::{BalancedHold, MutateHold},
		tokens::Precision,
		Get, Imbalance,
	},
};
use scale_info::TypeInfo;
use sp_runtime::traits::Saturating;

/// How a contest ended.
///
/// Indices are pinned: append only.
#[derive(Clone, Copy, Debug, Decode, DecodeWithMemTracking, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo)]
pub enum ContestOutcome {
	/// The slash was carried out and the bond lost.
	#[codec(index = 0)]
	Upheld,
	/// The slash was cancelled and the bond given back.
	#[codec(index = 1)]
	Cancelled,
	/// The slash was carried out and the bond given back.
	#[codec(index = 2)]
	Undecided,
}

impl<T: Config> Pallet<T> {
	/// See [`contest_slash`](crate::Pallet::contest_slash).
	pub(crate) fn do_contest_slash(who: &T::AccountId, slash: SlashId) -> DispatchResult {
		let pending = Self::pending_slash(slash)?;
		ensure!(pending.report.provider == *who, Error::<T>::NotTheOffender);
		let SlashState::Queued { due } = pending.state else { return Err(Error::<T>::NotContestable.into()) };
		Self::ensure_not_due(&pending)?;
		let bond = T::ContestBond::get();
		let due = due.saturating_add(T::ContestPeriod::get());
		T::Currency::hold(&HoldReason::ContestBond.into(), who, bond)?;
		Self::enter(slash, pending, SlashState::Contested { due, bond });
		Self::deposit_event(Event::SlashContested { slash, provider: who.clone(), bond, due });
		Ok(())
	}

	/// See [`resolve_contest`](crate::Pallet::resolve_contest).
	pub(crate) fn do_resolve_contest(slash: SlashId, uphold: bool) -> DispatchResult {
		let pending = Self::pending_slash(slash)?;
		let SlashState::Contested { bond, .. } = pending.state else { return Err(Error::<T>::NotContested.into()) };
		if !uphold {
			return Self::do_cancel_slash(slash);
		}
		Self::ensure_not_due(&pending)?;
		let provider = &pending.report.provider;
		let (lost, _) = T::Currency::slash(&HoldReason::ContestBond.into(), provider, bond);
		Self::expect_taken(bond, lost.peek());
		Self::deposit_event(Event::ContestResolved {
			slash,
			provider: provider.clone(),
			outcome: ContestOutcome::Upheld,
			bond,
		});
		Self::carry_out(slash, &pending, lost);
		Ok(())
	}

	/// Release the bond of a contest that was not lost.
	pub(crate) fn give_bond_back(
		slash: SlashId,
		pending: &PendingSlashOf<T>,
		bond: Balance,
		outcome: ContestOutcome,
	) -> DispatchResult {
		let provider = &pending.report.provider;
		T::Currency::release(&HoldReason::ContestBond.into(), provider, bond, Precision::Exact)?;
		Self::deposit_event(Event::ContestResolved { slash, provider: provider.clone(), outcome, bond });
		Ok(())
	}
}
