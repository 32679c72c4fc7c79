//! The draw: who is asked in a round.
//!
//! All of it happens in the first block of an epoch, before any transaction. Spread over several blocks, it would let
//! providers see a part of what was drawn and move before the rest; and it is bounded by
//! [`MaxDrawn`](Config::MaxDrawn), each machine at the price of some pages.
//!
//! # Together, and no more often
//!
//! Whoever registers ten machines on one device must have to answer ten times in one window. So the seats of a provider make
//! groups of up to [`MaxTogether`](Config::MaxTogether), by their numbers, and a draw takes those of a group together. But if
//! it took the whole group of whatever seat it falls on, a machine of a group of eight would be drawn eight times as often as
//! one that stands alone, would earn as much more, and could do so while its siblings are busy. Therefore:
//!
//! A draw is a point of a seat's weight. It takes all seats of the group that weigh more than that point is deep; and it
//! counts only if it is on the first of these, by number, else it is lost.
//!
//! ```text
//!  weight
//!    5 │ ▓           a point at this depth takes seat 0 alone
//!    4 │ ▓     ▓  ─┐
//!    3 │ ▓     ▓   │ here seats 0 and 2, and counts when it is on seat 0
//!    2 │ ▓  ▓  ▓  ─┐
//!    1 │ ▓  ▓  ▓   │ here all three, and counts when it is on seat 0
//!      └──────────
//!        0  1  2     seats of a group
//! ```
//!
//! Of the points at one depth, one counts, and takes every seat that reaches it. So a seat is taken by just as many points as
//! it weighs: its chance is its weight by the total, as it would be alone, whoever has it and whatever its siblings weigh,
//! do or do not. And it is taken together with every sibling that weighs as much or more.
//!
//! A seat that was taken weighs nothing for the rest of the draw, so that no machine is drawn twice, and less for the next
//! ones: divided by one more than it was drawn of late ([`FADE_EPOCHS`]).

use super::*;
use assay_proofs::draw::{Page, Pages, Tree, QUALITY_ONE};
use frame_system::pallet_prelude::BlockNumberFor;

/// In so many epochs half of a seat's draws are forgotten, however often it is drawn meanwhile. Four hours of epochs of a quarter.
pub const FADE_EPOCHS: u64 = 16;

/// The pages of the draw, in storage.
pub struct StoredPages<T>(PhantomData<T>);

impl<T: Config> Pages for StoredPages<T> {
	fn get(&self, level: u8, index: u32) -> Option<Page> {
		DrawPages::<T>::get(level, index)
	}

	fn put(&mut self, level: u8, index: u32, page: Option<Page>) {
		DrawPages::<T>::set(level, index, page);
	}
}

/// How a draw that fell on a machine ends.
enum Fate<T: Config> {
	/// It is asked.
	Drawn(Draw<T>),
	/// It was not heard of, which counts against it.
	Silent,
	/// It is gone, bids or has work, its provider may not work, or its class has no rounds.
	Lost,
}

impl<T: Config> Pallet<T> {
	/// The weights of all seats.
	pub(crate) fn tree() -> Tree<StoredPages<T>> {
		Tree::new(StoredPages(PhantomData))
	}

	/// How often a seat was drawn of late, in epoch `epoch`, and the epoch up to which that has faded.
	///
	/// The part of a span that is over counts on when the seat is drawn. If every draw began a new one, what was drawn once a
	/// span would never be forgotten.
	fn recent(seat: &Seat<T::AccountId>, epoch: EpochIndex) -> (u32, EpochIndex) {
		let halvings = epoch.saturating_sub(seat.faded_in).checked_div(FADE_EPOCHS).unwrap_or(0);
		let left = u32::try_from(halvings).ok().and_then(|halvings| seat.recent.checked_shr(halvings)).unwrap_or(0);
		let faded_in = seat.faded_in.saturating_add(halvings.saturating_mul(FADE_EPOCHS));
		(left, if left == 0 { epoch } else { faded_in })
	}

	/// What a seat weighs.
	pub(crate) fn seat_weight(seat: &Seat<T::AccountId>, epoch: EpochIndex) -> u128 {
		tree::weight(seat.base, QUALITY_ONE, Self::recent(seat, epoch).0)
	}

	/// Count a draw of a seat in epoch `epoch`.
	pub(crate) fn note_drawn(seat: &mut Seat<T::AccountId>, epoch: EpochIndex) {
		let (recent, faded_in) = Self::recent(seat, epoch);
		seat.recent = recent.saturating_add(1);
		seat.faded_in = faded_in;
	}

	/// How many draws the next round has.
	pub(crate) fn draws() -> u32 {
		T::DrawShare::get().mul_ceil(Seats::<T>::count()).min(T::MaxDrawn::get())
	}

	/// Draw the machines of round `id`, and ask them. Returns how many are asked, and how many draws or seats that they took,
	/// whichever is more, there were.
	pub(crate) fn draw_machines(id: RoundId, epoch: EpochIndex, randomness: &H256, draws: u32) -> (u32, u32) {
		let most = T::MaxDrawn::get().saturating_sub(T::MaxTogether::get()) as usize;
		let mut tree = Self::tree();
		let (mut taken, mut made) = (Vec::new(), 0u32);
		for number in 0..draws {
			// Whether there is another draw must not depend on what it takes, or there would be more for those who stand alone.
			if taken.len() > most {
				break;
			}
			let random = blake2_256(&(b"assay/draw", randomness, number).encode());
			let Some((slot, depth)) = tree.pick_point(&random) else { break };
			made = made.saturating_add(1);
			for (slot, seat) in Self::reached(&tree, slot, depth) {
				if tree.update(slot, 0).is_ok() {
					taken.push((slot, seat));
				}
			}
		}

		let regions = Regions::<T>::get();
		let mut asked = 0u32;
		let now = frame_system::Pallet::<T>::block_number();
		let cost = made.max(taken.len() as u32);
		for (slot, mut seat) in taken {
			let machine = seat.machine;
			Self::note_drawn(&mut seat, epoch);
			// A weight that was there before cannot make the sum overflow when it comes back smaller.
			let restored = tree.update(slot, Self::seat_weight(&seat, epoch));
			debug_assert!(restored.is_ok(), "a seat is gone");
			Seats::<T>::insert(slot, seat);
			match Self::fate(machine, now, &regions) {
				Fate::Drawn(draw) => {
					let provider = draw.provider.clone();
					Draws::<T>::insert(id, machine, draw);
					asked = asked.saturating_add(1);
					Self::deposit_event(Event::MachineDrawn { round: id, machine, provider });
				},
				Fate::Silent => Self::requalify(machine, quality::after_silence),
				Fate::Lost => (),
			}
		}
		(asked, cost)
	}

	/// The seats that a draw takes that is on `slot` and `depth` deep in its weight: all of the group that weigh more, if this
	/// one is the first of them, and otherwise none.
	pub(crate) fn reached(tree: &Tree<StoredPages<T>>, slot: u32, depth: u128) -> Vec<(u32, Seat<T::AccountId>)> {
		let Some(Seat { provider, number, .. }) = Seats::<T>::get(slot) else { return Vec::new() };
		let together = T::MaxTogether::get();
		let first = number.saturating_sub(number.checked_rem(together).unwrap_or(0));
		let slots = (first..first.saturating_add(together)).map_while(|number| SeatsOf::<T>::get(&provider, number));
		let mut reaching = slots.filter(|slot| tree.weight(*slot).is_some_and(|weight| weight > depth)).peekable();
		if reaching.peek() != Some(&slot) {
			return Vec::new();
		}
		reaching.filter_map(|slot| Seats::<T>::get(slot).map(|seat| (slot, seat))).collect()
	}

	/// Whether a machine on which a draw fell can be asked.
	fn fate(machine: MachineId, now: BlockNumberFor<T>, regions: &RegionTable) -> Fate<T> {
		let Some(entry) = Machines::<T>::get(machine).filter(|entry| !entry.gone && !entry.busy) else {
			return Fate::Lost;
		};
		// Looked at whether it counts or not, so that silence costs the most that there is, and the weight of a draw covers it.
		let active = T::Stake::is_active(&entry.provider);
		let present = Self::is_present(&entry, now);
		let Some(device) = entry.device.filter(|_| present) else { return Fate::Silent };
		if !active {
			return Fate::Lost;
		}
		let Some(params) = T::RoundParams::convert(entry.tier) else { return Fate::Lost };
		let Machine { provider, tier, region, quality, .. } = entry;
		let factor = regions.factor(region);
		Fate::Drawn(Draw { provider, device, tier, region, params, quality, factor })
	}
}
