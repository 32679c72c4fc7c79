//! What must always be true of the pallet's state.
//!
//! Each check stands for one invariant. They run after every test of this pallet, and in `try-runtime`.

use super::*;
use alloc::collections::{BTreeMap, BTreeSet};
use assay_proofs::draw::QUALITY_ONE;
use sp_runtime::TryRuntimeError;

impl<T: Config> Pallet<T> {
	/// All invariants.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		Self::check_tree()?;
		Self::check_seats()?;
		Self::check_machines()?;
		Self::check_changes()?;
		Self::check_rounds()?;
		Self::check_regions()
	}

	/// The sums of the draw's pages are right, its taken slots are the seats, and its total is the sum of their weights.
	pub(crate) fn check_tree() -> Result<(), TryRuntimeError> {
		let tree = Self::tree();
		tree.check()?;
		let mut total = 0u128;
		for (slot, seat) in Seats::<T>::iter() {
			let weight = tree.weight(slot).ok_or("a seat's slot is free")?;
			ensure!(weight <= seat.base, "a seat weighs more than its base");
			total = total.saturating_add(weight);
		}
		ensure!(tree.total() == total, "there is weight that no seat explains");
		Ok(())
	}

	/// Each seat is listed once with its provider, whose numbers have no gap, and is its machine's.
	pub(crate) fn check_seats() -> Result<(), TryRuntimeError> {
		for (slot, seat) in Seats::<T>::iter() {
			ensure!(
				SeatsOf::<T>::get(&seat.provider, seat.number) == Some(slot),
				"a seat is not listed with its provider"
			);
			ensure!(seat.number < SeatCounts::<T>::get(&seat.provider), "a provider's seats are not numbered in a row");
			let entry = Machines::<T>::get(seat.machine);
			ensure!(
				entry.is_some_and(|entry| entry.seat == Some(slot) && entry.provider == seat.provider),
				"a seat is of a machine that has another"
			);
		}
		ensure!(
			SeatsOf::<T>::iter_values().count() == Seats::<T>::iter_keys().count(),
			"a provider has a seat that is none"
		);
		let counted = SeatCounts::<T>::iter_values().fold(0u32, u32::saturating_add);
		ensure!(
			counted == Seats::<T>::count() && SeatCounts::<T>::iter_values().all(|count| count > 0),
			"the seats of a provider are counted wrongly"
		);
		ensure!(Seats::<T>::count() as usize == Seats::<T>::iter_keys().count(), "the seats are counted wrongly");
		Ok(())
	}

	/// Each machine's quality is in bounds, and its seat is there.
	pub(crate) fn check_machines() -> Result<(), TryRuntimeError> {
		for (machine, entry) in Machines::<T>::iter() {
			ensure!(entry.quality <= QUALITY_ONE, "a quality is above one");
			let seat = entry.seat.map(Seats::<T>::get);
			ensure!(
				seat.is_none_or(|seat| seat.is_some_and(|seat| seat.machine == machine)),
				"a machine has a seat of another, or none"
			);
		}
		Ok(())
	}

	/// The cursor has passed no change, and whoever is gone is about to be forgotten.
	pub(crate) fn check_changes() -> Result<(), TryRuntimeError> {
		let cursor = ChangeCursor::<T>::get();
		let mut leaving = BTreeSet::<MachineId>::new();
		for (epoch, machine, change) in Changes::<T>::iter() {
			ensure!(cursor.is_some_and(|cursor| epoch >= cursor), "the cursor has passed a change");
			if change == Change::Leave {
				leaving.insert(machine);
			}
		}
		for (machine, entry) in Machines::<T>::iter() {
			ensure!(
				entry.gone == leaving.contains(&machine),
				"a machine is kept though it is gone, or leaves though it is not"
			);
		}
		Ok(())
	}

	/// Every round counts those who were drawn and have not been handled, and no cursor has passed one of them.
	pub(crate) fn check_rounds() -> Result<(), TryRuntimeError> {
		let next = NextRound::<T>::get();
		let mut open = BTreeMap::<RoundId, u32>::new();
		let count = |open: &mut BTreeMap<RoundId, u32>, id: RoundId| {
			let count = open.entry(id).or_default();
			*count = count.saturating_add(1);
		};
		for (id, machine, _) in Draws::<T>::iter() {
			ensure!(id >= DrawCursor::<T>::get(), "the cursor has passed a draw");
			ensure!(!Commitments::<T>::contains_key(id, machine), "a machine is there twice in a round");
			count(&mut open, id);
		}
		for (id, _, _) in Commitments::<T>::iter() {
			ensure!(id >= CommitmentCursor::<T>::get(), "the cursor has passed a commitment");
			count(&mut open, id);
		}
		for (id, round) in Rounds::<T>::iter() {
			ensure!(id < next, "a round has a number that was not given yet");
			ensure!(open.remove(&id) == Some(round.open), "a round counts others than are open in it");
			ensure!(round.open <= T::MaxDrawn::get(), "a round has too many machines");
			let latest = id.0.saturating_add(1) == next.0;
			ensure!(round.stage != Stage::Committing || latest, "an old round still takes commitments");
		}
		ensure!(open.is_empty(), "a machine is in a round that is none");
		Ok(())
	}

	/// Every factor is in bounds.
	pub(crate) fn check_regions() -> Result<(), TryRuntimeError> {
		let regions = Regions::<T>::get();
		for region in regions.table.keys() {
			let factor = regions.factor(*region);
			ensure!(
				(scarcity::MIN_FACTOR..=scarcity::MAX_FACTOR).contains(&factor),
				"a region's factor is out of bounds"
			);
		}
		Ok(())
	}
}
