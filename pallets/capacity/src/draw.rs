//! The draw: who is asked in a round.
//!
//! All of it happens in the first block of an epoch, before any transaction. Spread over several blocks, it would let
//! providers see a part of what was drawn and move before the rest; and it is bounded by
//! [`MaxDrawn`](Config::MaxDrawn), each machine at the price of some pages.
//!
//! A draw takes the machine that the random number falls on **and others of its provider**, up to
//! [`MaxTogether`](Config::MaxTogether) in all: the ones after it in the order of the provider's seats, beginning anew
//! at the end. Whoever registers ten machines on one device has to answer ten times in one window. A seat that was
//! taken weighs nothing for the rest of the draw, so that no machine is drawn twice, and less for the next ones:
//! divided by one more than it was drawn of late ([`FADE_EPOCHS`]).

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

	/// Draw the machines of round `id`, and ask them. Returns how many are asked, and on how many seats draws fell.
	pub(crate) fn draw_machines(id: RoundId, epoch: EpochIndex, randomness: &H256, draws: u32) -> (u32, u32) {
		let most = T::MaxDrawn::get() as usize;
		let mut tree = Self::tree();
		let mut taken = Vec::new();
		for number in 0..draws {
			let random = blake2_256(&(b"assay/draw", randomness, number).encode());
			let Some(slot) = tree.pick(&random).filter(|_| taken.len() < most) else { break };
			for (slot, seat) in Self::together(slot).take(most.saturating_sub(taken.len())) {
				// What weighs nothing was taken before, or is of no worth.
				if tree.weight(slot).is_some_and(|weight| weight > 0) && tree.update(slot, 0).is_ok() {
					taken.push((slot, seat));
				}
			}
		}

		let regions = Regions::<T>::get();
		let mut asked = 0u32;
		let now = frame_system::Pallet::<T>::block_number();
		let visited = taken.len() as u32;
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
		(asked, visited)
	}

	/// The seat in `slot`, and others of the same provider, [`MaxTogether`](Config::MaxTogether) in all.
	fn together(slot: u32) -> impl Iterator<Item = (u32, Seat<T::AccountId>)> {
		let first = Seats::<T>::get(slot).map(|seat| (slot, seat));
		let others = first.as_ref().map(|(_, seat)| {
			let provider = &seat.provider;
			let start = SeatsOf::<T>::hashed_key_for(provider, seat.machine);
			let after = SeatsOf::<T>::iter_prefix_from(provider, start);
			after.chain(SeatsOf::<T>::iter_prefix(provider))
		});
		let others = others.into_iter().flatten();
		let others = others.filter_map(|(_, slot)| Seats::<T>::get(slot).map(|seat| (slot, seat)));
		first.into_iter().chain(others).take(T::MaxTogether::get() as usize)
	}

	/// Whether a machine on which a draw fell can be asked.
	fn fate(machine: MachineId, now: BlockNumberFor<T>, regions: &RegionTable) -> Fate<T> {
		let Some(entry) = Machines::<T>::get(machine).filter(|entry| !entry.gone && !entry.busy) else {
			return Fate::Lost;
		};
		let present = Self::is_present(&entry, now);
		let Some(device) = entry.device.filter(|_| present) else { return Fate::Silent };
		if !T::Stake::is_active(&entry.provider) {
			return Fate::Lost;
		}
		let Some(params) = T::RoundParams::convert(entry.tier) else { return Fate::Lost };
		let Machine { provider, tier, region, quality, .. } = entry;
		let factor = regions.factor(region);
		Fate::Drawn(Draw { provider, device, tier, region, params, quality, factor, excused: false })
	}
}
