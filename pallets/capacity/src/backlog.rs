//! What the chain does by itself in blocks that have weight left: changes of weights, and what is left of rounds.
//!
//! Three queues, each with a cursor that never goes back. What does not fit waits for the next block; and anyone can have
//! it done by [`work_off`](Pallet::work_off) when blocks are full for long.

use super::*;
use frame_support::weights::WeightMeter;
use frame_system::pallet_prelude::BlockNumberFor;

impl<T: Config> Pallet<T> {
	/// The dearest thing in a queue.
	pub(crate) fn dearest_item() -> Weight {
		T::WeightInfo::backlog_change().max(T::WeightInfo::backlog_draw()).max(T::WeightInfo::backlog_commitment())
	}

	/// What doing up to `items` things weighs, with as many steps of a cursor.
	pub(crate) fn backlog_weight(items: u32) -> Weight {
		let each = T::WeightInfo::backlog_step().saturating_add(Self::dearest_item());
		T::WeightInfo::backlog_base().saturating_add(each.saturating_mul(items.into()))
	}

	/// Do what is due at `now`, as far as it fits into `limit`. Returns what was used.
	pub(crate) fn work_off_backlog(now: BlockNumberFor<T>, limit: Weight) -> Weight {
		let mut meter = WeightMeter::with_limit(limit);
		if meter.try_consume(T::WeightInfo::backlog_base()).is_ok() {
			Self::work_off_changes(&mut meter);
			Self::work_off_draws(&mut meter);
			Self::work_off_commitments(now, &mut meter);
		}
		meter.consumed()
	}

	/// Carry out the changes that are old enough, the oldest epoch first.
	fn work_off_changes(meter: &mut WeightMeter) {
		let Some(start) = ChangeCursor::<T>::get() else { return };
		let present = T::Epochs::now().index;
		let mut cursor = start;
		while Self::carried_out_in(cursor) <= present && meter.try_consume(T::WeightInfo::backlog_step()).is_ok() {
			let mut items = Changes::<T>::drain_prefix(cursor);
			let drained = loop {
				// Getting an item takes it off, so that there must be weight for it before.
				if !meter.can_consume(T::WeightInfo::backlog_change()) {
					break false;
				}
				let Some((machine, change)) = items.next() else { break true };
				meter.consume(T::WeightInfo::backlog_change());
				Self::carry_out(machine, change);
			};
			if !drained {
				break;
			}
			cursor = cursor.saturating_add(1);
		}
		if cursor != start {
			ChangeCursor::<T>::put(cursor);
		}
	}

	/// Settle machines that have committed to nothing in rounds in which nobody can any more.
	fn work_off_draws(meter: &mut WeightMeter) {
		let start = DrawCursor::<T>::get();
		let end = NextRound::<T>::get();
		let mut cursor = start;
		while cursor < end && meter.try_consume(T::WeightInfo::backlog_step()).is_ok() {
			let drained = loop {
				let Some(round) = Rounds::<T>::get(cursor) else { break true };
				if round.stage == Stage::Committing || !meter.can_consume(T::WeightInfo::backlog_draw()) {
					break false;
				}
				let Some((machine, draw)) = Draws::<T>::drain_prefix(cursor).next() else { break true };
				meter.consume(T::WeightInfo::backlog_draw());
				Self::settle_draw(cursor, round, machine, draw);
			};
			if !drained {
				break;
			}
			cursor = RoundId(cursor.0.saturating_add(1));
		}
		if cursor != start {
			DrawCursor::<T>::put(cursor);
		}
	}

	/// Settle machines that have committed and not proved in rounds that are over.
	fn work_off_commitments(now: BlockNumberFor<T>, meter: &mut WeightMeter) {
		let start = CommitmentCursor::<T>::get();
		let end = NextRound::<T>::get();
		let mut cursor = start;
		while cursor < end && meter.try_consume(T::WeightInfo::backlog_step()).is_ok() {
			let drained = loop {
				let Some(round) = Rounds::<T>::get(cursor) else { break true };
				if !Self::is_over(&round, now) || !meter.can_consume(T::WeightInfo::backlog_commitment()) {
					break false;
				}
				let Some((machine, commitment)) = Commitments::<T>::drain_prefix(cursor).next() else { break true };
				meter.consume(T::WeightInfo::backlog_commitment());
				Self::settle_commitment(cursor, round, machine, commitment);
			};
			if !drained {
				break;
			}
			cursor = RoundId(cursor.0.saturating_add(1));
		}
		if cursor != start {
			CommitmentCursor::<T>::put(cursor);
		}
	}

	/// Whether a round is over, so that whoever has not proved by then has not.
	fn is_over(round: &Round<T>, now: BlockNumberFor<T>) -> bool {
		match round.stage {
			Stage::Committing => false,
			Stage::Proving { until, .. } => now > until,
			Stage::Void => true,
		}
	}
}
