//! Machines as the rounds know them: what the market says of them, their device keys, and their weights.
//!
//! # Two epochs
//!
//! A machine's weight in the draw is its stake by its quality. Neither may be chosen by somebody who already knows, or can
//! guess, what will be drawn: not only raising a weight but lowering or removing one moves all others along the line on
//! which the random number falls, so that whoever has twenty machines could try twenty draws. So **nothing** that anybody
//! does reaches the draw at once. What changes a weight in epoch `r` is written down as a [`Change`] and carried out in
//! epoch `r + 2`, for the draw of `r + 3`. The randomness of that draw is made of the blocks of `r + 2`, and what these
//! blocks can bring is known to nobody before `r + 1` begins.
//!
//! That goes for machines that leave as well: they keep their seat until then, and what they asked for before is carried
//! out still.
//!
//! What takes effect at once is only that a machine is *not* drawn: it is busy, silent, gone, or its provider halted. A
//! draw that falls on such a machine is lost. It goes to nobody else, so that no other machine's chance depends on it.

use super::*;
use assay_proofs::draw::QUALITY_ONE;
use frame_system::pallet_prelude::BlockNumberFor;

impl<T: Config> MachineObserver<T::AccountId> for Pallet<T> {
	fn registered(provider: &T::AccountId, machine: MachineId, tier: Tier, region: Region) {
		let presence = Presence { epoch: T::Epochs::now().index, ..Default::default() };
		let provider = provider.clone();
		let (device, seat, quality) = (None, None, quality::INITIAL);
		let (gone, busy) = (false, false);
		let entry = Machine { provider, tier, region, device, seat, quality, presence, gone, busy };
		Machines::<T>::insert(machine, entry);
	}

	fn deregistered(machine: MachineId) {
		let known = Machines::<T>::mutate_extant(machine, |entry| {
			entry.gone = true;
			true
		});
		if known {
			Self::ask_for(machine, Change::Leave);
		}
	}

	fn busy(machine: MachineId) {
		Machines::<T>::mutate_extant(machine, |entry| entry.busy = true);
	}

	fn idle(machine: MachineId) {
		Machines::<T>::mutate_extant(machine, |entry| entry.busy = false);
	}
}

impl<T: Config> Pallet<T> {
	/// See [`set_device`](Pallet::set_device).
	pub(crate) fn do_set_device(
		provider: T::AccountId,
		machine: MachineId,
		device: Option<T::AccountId>,
	) -> DispatchResult {
		Machines::<T>::try_mutate(machine, |entry| -> DispatchResult {
			let entry = entry.as_mut().filter(|entry| !entry.gone).ok_or(Error::<T>::UnknownMachine)?;
			ensure!(entry.provider == provider, Error::<T>::NotMachineOwner);
			entry.device = device.clone();
			Ok(())
		})?;
		Self::deposit_event(Event::DeviceSet { machine, device });
		Ok(())
	}

	/// Write down a change of a machine's weight. A later one of the same epoch takes its place.
	pub(crate) fn ask_for(machine: MachineId, change: Change) {
		let epoch = T::Epochs::now().index;
		if !ChangeCursor::<T>::exists() {
			ChangeCursor::<T>::put(epoch);
		}
		Changes::<T>::insert(epoch, machine, change);
	}

	/// The epoch in which changes of epoch `asked` are carried out.
	pub(crate) fn carried_out_in(asked: EpochIndex) -> EpochIndex {
		asked.saturating_add(2)
	}

	/// Give a machine that is registered another quality, and ask for the weight that follows.
	pub(crate) fn requalify(machine: MachineId, requalified: impl FnOnce(u32) -> u32) {
		let base = Machines::<T>::mutate_extant(machine, |entry| {
			entry.quality = requalified(entry.quality).min(QUALITY_ONE);
			// Who was never heard of asks for no seat, and who is gone has asked to leave.
			let counts = !entry.gone && (entry.seat.is_some() || entry.presence.last.is_some());
			counts.then(|| Self::base(entry))
		});
		if let Some(base) = base {
			Self::ask_for(machine, Change::Weigh(base));
		}
	}

	/// What a machine weighs in the draw, but for how often it was drawn of late.
	pub(crate) fn base(entry: &Machine<T>) -> u128 {
		tree::weight(T::Stake::machine_stake(entry.tier), entry.quality, 0)
	}

	/// Carry out a change.
	pub(crate) fn carry_out(machine: MachineId, change: Change) {
		let done = match change {
			Change::Weigh(base) => Self::weigh(machine, base),
			Change::Leave => Self::give_up(machine),
		};
		if done.is_err() {
			Self::unexpected(UnexpectedKind::SeatFailed { machine });
		}
	}

	/// Give a machine's seat another base, and the machine a seat if it has none.
	pub(crate) fn weigh(machine: MachineId, base: u128) -> Result<(), tree::DrawError> {
		let Some(mut entry) = Machines::<T>::get(machine) else { return Ok(()) };
		let epoch = T::Epochs::now().index;
		let mut tree = Self::tree();
		match entry.seat.and_then(|slot| Seats::<T>::get(slot).map(|seat| (slot, seat))) {
			Some((slot, mut seat)) => {
				seat.base = base;
				tree.update(slot, Self::seat_weight(&seat, epoch))?;
				Seats::<T>::insert(slot, seat);
			},
			None => {
				let slot = tree.insert(base)?;
				let provider = entry.provider.clone();
				let number = SeatCounts::<T>::get(&provider);
				SeatCounts::<T>::insert(&provider, number.saturating_add(1));
				SeatsOf::<T>::insert(&provider, number, slot);
				Seats::<T>::insert(slot, Seat { machine, provider, number, base, recent: 0, faded_in: epoch });
				entry.seat = Some(slot);
				Machines::<T>::insert(machine, entry);
			},
		}
		Ok(())
	}

	/// Forget a machine that is gone, and free its seat.
	fn give_up(machine: MachineId) -> Result<(), tree::DrawError> {
		let Some(slot) = Machines::<T>::take(machine).and_then(|entry| entry.seat) else { return Ok(()) };
		if let Some(seat) = Seats::<T>::take(slot) {
			Self::close_gap(&seat.provider, seat.number);
		}
		Self::tree().remove(slot).map(drop)
	}

	/// Have the last of a provider's seats take the number of one that was given up. Otherwise whoever gave up the right ones
	/// would have groups of one machine.
	fn close_gap(provider: &T::AccountId, number: u32) {
		let last = SeatCounts::<T>::get(provider).saturating_sub(1);
		if last == 0 {
			SeatCounts::<T>::remove(provider);
		} else {
			SeatCounts::<T>::insert(provider, last);
		}
		let Some(slot) = SeatsOf::<T>::take(provider, last).filter(|_| last != number) else { return };
		SeatsOf::<T>::insert(provider, number, slot);
		if let Some(seat) = Seats::<T>::get(slot) {
			Seats::<T>::insert(slot, Seat { number, ..seat });
		}
	}

	/// Whether a machine has told of itself lately: not longer ago than three intervals, with as many blocks as slots.
	pub(crate) fn is_present(entry: &Machine<T>, now: BlockNumberFor<T>) -> bool {
		let patience = BlockNumberFor::<T>::from(T::HeartbeatSlots::get().saturating_mul(3));
		entry.presence.last.is_some_and(|last| last.saturating_add(patience) >= now)
	}
}
