//! What a pallet has to do in later blocks.

use codec::{Decode, Encode, FullCodec, MaxEncodedLen};
use frame_support::{
	storage::{IterableStorageDoubleMap, StorageDoubleMap, StorageMap, StorageValue},
	weights::{Weight, WeightMeter},
};
use scale_info::TypeInfo;
use sp_runtime::traits::{One, Saturating};

/// Items of work, each with the block in which it is due, and the means to do them.
///
/// They are filed by block, and done in order, the oldest block first, in blocks that have weight left. What does not fit
/// waits for the next block. Each block is looked at once, and a cursor tells which is next. An item is taken off
/// before it is done, so that none can keep those behind it back, whatever happens to it.
///
/// A pallet says what its items are and what doing one weighs, and calls [`keep`](Self::keep) in its `on_idle`.
pub trait Appointments {
	/// Number of a block.
	type BlockNumber: FullCodec + Copy + Ord + One + Saturating;
	/// What is to be done.
	type Item: FullCodec;
	/// The first block of which there may still be items. Unset until the first one.
	type Cursor: StorageValue<Self::BlockNumber, Query = Option<Self::BlockNumber>>;
	/// The items by the block in which they are due.
	type Items: IterableStorageDoubleMap<Self::BlockNumber, Self::Item, ()>;

	/// What looking at the cursor and moving it weighs.
	fn base_weight() -> Weight;

	/// What looking for the items of a block weighs.
	fn block_weight() -> Weight;

	/// What taking an item off and doing it weighs at most.
	fn max_item_weight() -> Weight;

	/// Do an item that is due, wholly or not at all. Returns what that weighed, taking it off included.
	fn act(item: Self::Item) -> Weight;

	/// Have `item` done in block `due`, or in the block after `now` if that is later. O(1).
	fn appoint(item: Self::Item, due: Self::BlockNumber, now: Self::BlockNumber) {
		// From the first item on, blocks are looked at one by one; what was before does not matter.
		if !Self::Cursor::exists() {
			Self::Cursor::put(now);
		}
		Self::Items::insert(due.max(now.saturating_add(One::one())), item, ());
	}

	/// Take `item`, which is due in block `due`, off. O(1).
	fn call_off(item: Self::Item, due: Self::BlockNumber) {
		Self::Items::remove(due, item);
	}

	/// Do what is due at `now`, the oldest first, as far as it fits into `limit`. Returns what was used.
	fn keep(now: Self::BlockNumber, limit: Weight) -> Weight {
		let mut meter = WeightMeter::with_limit(limit);
		if meter.try_consume(Self::base_weight()).is_err() {
			return meter.consumed();
		}
		let Some(start) = Self::Cursor::get() else { return meter.consumed() };
		let mut cursor = start;
		while cursor <= now && Self::keep_block(cursor, &mut meter) {
			cursor = cursor.saturating_add(One::one());
		}
		if cursor != start {
			Self::Cursor::put(cursor);
		}
		meter.consumed()
	}

	/// Do what was due in `block`, as far as `meter` has room. Returns whether nothing is left of it.
	fn keep_block(block: Self::BlockNumber, meter: &mut WeightMeter) -> bool {
		if meter.try_consume(Self::block_weight()).is_err() {
			return false;
		}
		let mut items = Self::Items::drain_prefix(block);
		// Getting an item takes it off, so that there must be weight for it before.
		while meter.can_consume(Self::max_item_weight()) {
			let Some((item, ())) = items.next() else { return true };
			meter.consume(Self::act(item));
		}
		false
	}

	/// With less weight than this left, no block does an item.
	fn smallest_useful_limit() -> Weight {
		Self::base_weight().saturating_add(Self::block_weight()).saturating_add(Self::max_item_weight())
	}
}

/// How often the pause before an item comes back is doubled.
const MAX_DOUBLINGS: u32 = 7;

/// When an item comes back that could not be done.
#[derive(Clone, Copy, Debug, Decode, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo)]
pub struct Postponement<BlockNumber> {
	/// The block in which it is tried again.
	pub until: BlockNumber,
	/// How often it has failed in a row.
	pub failures: u32,
}

/// Appointments whose items come back when they could not be done.
///
/// An item that has failed is filed again for a later block: after a [first pause](Self::first_pause), then after twice as long
/// with each failure, up to 128 times that. It does not end by itself, since what keeps an item from being done may last until an
/// upgrade mends it, and nobody may be there to do it by hand. It blocks nothing: an item has one place at a time, and at the longest
/// pause it costs next to nothing. When a call does what was due, it [takes the item off](Self::take_off) wherever it is.
pub trait Recurring: Appointments<Item: Copy> {
	/// When items come back that could not be done.
	type Postponed: StorageMap<
		Self::Item,
		Postponement<Self::BlockNumber>,
		Query = Option<Postponement<Self::BlockNumber>>,
	>;

	/// For how many blocks an item rests that has failed for the first time. At least 1.
	fn first_pause() -> Self::BlockNumber;

	/// File `item`, which was taken off and could not be done, for a later block. O(1).
	fn postpone(item: Self::Item, now: Self::BlockNumber) {
		let before = Self::Postponed::get(item).map_or(0, |postponed| postponed.failures);
		let doublings = before.min(MAX_DOUBLINGS);
		let pause = (0..doublings).fold(Self::first_pause(), |pause, _| pause.saturating_add(pause));
		let until = now.saturating_add(pause);
		Self::Postponed::insert(item, Postponement { until, failures: before.saturating_add(1) });
		Self::appoint(item, until, now);
	}

	/// Take `item` off, which was due in block `due`, and may have been postponed since. O(1).
	fn take_off(item: Self::Item, due: Self::BlockNumber, now: Self::BlockNumber) {
		Self::call_off(item, due);
		// Before it is due nothing can have failed.
		if due <= now {
			if let Some(postponed) = Self::Postponed::take(item) {
				Self::call_off(item, postponed.until);
			}
		}
	}
}
