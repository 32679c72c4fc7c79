//! Who checks: bonds, seats, and what failing costs.
//!
//! Seats are numbered without gaps, so that a draw is a number and a read: whoever gives up a seat has the last one move
//! into it.

use super::*;
use frame_support::traits::{
	fungible::{BalancedHold, MutateHold},
	tokens::Precision,
	Imbalance, OnUnbalanced,
};
use sp_runtime::traits::{Saturating, Zero};

impl<T: Config> Pallet<T> {
	/// Have `who` put up what is missing of a whole bond, and take a seat if it has none.
	///
	/// A row of silences ends with the seat that was lost by it, and not by what is put up between.
	pub(crate) fn do_join(who: T::AccountId) -> DispatchResult {
		let now = frame_system::Pallet::<T>::block_number();
		let mut checker = Checkers::<T>::get(&who).unwrap_or(Checker {
			bond: Zero::zero(),
			seat: None,
			duties: 0,
			silences: 0,
			free_at: now,
		});
		let missing = T::Bond::get().saturating_sub(checker.bond);
		ensure!(checker.seat.is_none() || !missing.is_zero(), Error::<T>::AlreadyJoined);
		T::Currency::hold(&HoldReason::CheckerBond.into(), &who, missing)?;
		checker.bond = checker.bond.saturating_add(missing);
		let seat = checker.seat.unwrap_or_else(|| {
			checker.silences = 0;
			let seat = Roster::<T>::count();
			Roster::<T>::insert(seat, who.clone());
			seat
		});
		checker.seat = Some(seat);
		let bond = checker.bond;
		Checkers::<T>::insert(&who, checker);
		Self::deposit_event(Event::Joined { checker: who, bond });
		Ok(())
	}

	/// Have `who` give up its seat.
	pub(crate) fn do_leave(who: T::AccountId) -> DispatchResult {
		let mut checker = Checkers::<T>::get(&who).ok_or(Error::<T>::NotChecker)?;
		ensure!(checker.seat.is_some(), Error::<T>::NotSeated);
		Self::unseat(&mut checker);
		let free_at = checker.free_at;
		Checkers::<T>::insert(&who, checker);
		Self::deposit_event(Event::Left { checker: who, free_at });
		Ok(())
	}

	/// Give the bond of `who` back, who has left.
	pub(crate) fn do_withdraw(who: T::AccountId) -> DispatchResult {
		let checker = Checkers::<T>::get(&who).ok_or(Error::<T>::NotChecker)?;
		ensure!(checker.seat.is_none(), Error::<T>::StillSeated);
		ensure!(checker.duties.is_zero(), Error::<T>::DutiesOpen);
		ensure!(frame_system::Pallet::<T>::block_number() >= checker.free_at, Error::<T>::BondNotFree);
		let amount = checker.bond;
		T::Currency::release(&HoldReason::CheckerBond.into(), &who, amount, Precision::Exact)?;
		Checkers::<T>::remove(&who);
		Self::deposit_event(Event::Withdrawn { checker: who, amount });
		Ok(())
	}

	/// Take the seat of a checker, whose entry the caller stores.
	fn unseat(checker: &mut Checker<T>) {
		let Some(seat) = checker.seat.take() else { return };
		let now = frame_system::Pallet::<T>::block_number();
		checker.free_at = now.saturating_add(T::UnbondBlocks::get());
		let last = Roster::<T>::count().saturating_sub(1);
		if let Some(moved) = Roster::<T>::take(last).filter(|_| last != seat) {
			Checkers::<T>::mutate_extant(&moved, |other| other.seat = Some(seat));
			Roster::<T>::insert(seat, moved);
		}
	}

	/// Count one more open duty of `who`.
	pub(crate) fn engage(who: &T::AccountId) {
		Checkers::<T>::mutate_extant(who, |checker| checker.duties = checker.duties.saturating_add(1));
	}

	/// End the part of `member` in a check, at what its failing costs. Returns that.
	///
	/// Only a vote that was revealed ends a row of silences: who had no time to speak has neither been silent nor spoken, and a
	/// commitment can be one to nothing.
	pub(crate) fn dismiss(job: JobId, member: &CommitteeMember<T>, failing: Option<Failing>) -> BalanceOf<T> {
		let CommitteeMember { who, vote } = member;
		let mut lost = BalanceOf::<T>::zero();
		let Some(mut checker) = Checkers::<T>::get(who) else {
			Self::unexpected(UnexpectedKind::CheckerMissing { job });
			return lost;
		};
		checker.duties = checker.duties.saturating_sub(1);
		match failing {
			Some(failing) => {
				lost = Self::penalise(who, &mut checker, failing);
				Self::deposit_event(Event::Penalised { job, checker: who.clone(), failing, amount: lost });
				Self::unseat_if_failed(who, &mut checker);
			},
			None if vote.findings().is_some() => checker.silences = 0,
			None => (),
		}
		Checkers::<T>::insert(who, checker);
		lost
	}

	/// End the part of `who` in a probe.
	///
	/// Only what others say as well ends a row of silences: to say that nobody answers takes nobody who has asked.
	pub(crate) fn discharge(machine: MachineId, who: &T::AccountId, part: Part) {
		let Some(mut checker) = Checkers::<T>::get(who) else {
			Self::unexpected(UnexpectedKind::ProberMissing { machine });
			return;
		};
		checker.duties = checker.duties.saturating_sub(1);
		match part {
			Part::Agreed => checker.silences = 0,
			Part::Alone => (),
			Part::Silent => {
				let amount = Self::penalise(who, &mut checker, Failing::Silent);
				Self::deposit_event(Event::ProbeMissed { machine, checker: who.clone(), amount });
				Self::unseat_if_failed(who, &mut checker);
			},
		}
		Checkers::<T>::insert(who, checker);
	}

	/// Have a checker, whose entry the caller stores, lose what `failing` costs. Returns how much that was.
	fn penalise(who: &T::AccountId, checker: &mut Checker<T>, failing: Failing) -> BalanceOf<T> {
		let whole = T::Bond::get();
		let (cost, silences) = match failing {
			Failing::Silent => (T::SilencePenalty::get() * whole, checker.silences.saturating_add(1)),
			Failing::Outvoted => (T::OutvotedPenalty::get() * whole, 0),
			Failing::Wrong => (checker.bond, 0),
		};
		checker.silences = silences;
		let (credit, _) = T::Currency::slash(&HoldReason::CheckerBond.into(), who, cost.min(checker.bond));
		let amount = credit.peek();
		checker.bond = checker.bond.saturating_sub(amount);
		T::ToTreasury::on_unbalanced(credit);
		amount
	}

	/// Take the seat of a checker, whose entry the caller stores, that has too little left or has failed too often.
	fn unseat_if_failed(who: &T::AccountId, checker: &mut Checker<T>) {
		let poor = checker.bond < T::MinBond::get();
		if checker.seat.is_some() && (poor || checker.silences >= T::MaxSilences::get()) {
			Self::unseat(checker);
			Self::deposit_event(Event::Left { checker: who.clone(), free_at: checker.free_at });
		}
	}
}
