//! Heartbeats: a machine tells that it is there, once an interval, for nothing.
//!
//! An epoch is cut into intervals of [`HeartbeatSlots`](Config::HeartbeatSlots) slots. What is kept of the heartbeats of
//! an epoch is a bit for each interval; with the first heartbeat of a later epoch they are counted into the machine's
//! [`quality`], and a weight is asked for that follows from it and from what its stake is by then.
//!
//! # Signed by devices, paid by nobody
//!
//! Heartbeats, commitments and proofs are signed by the machine's device key, which is an account that needs no tokens and
//! has no nonce. The call authorizes itself: what it says is checked when a transaction pool first sees it, cheapest first
//! and the signature after that, and once more when it is put into a block. What would not change anything is refused, so
//! that nothing that was sent once can be sent again, and nothing wrong is ever in a block. Numbers of the chain, round,
//! interval and machine are part of what is signed.

use super::*;

/// What is signed by devices. Each begins with what it is, so that none passes for one of another kind.
pub mod payload {
	use super::*;

	/// What a device signs for a [`heartbeat`](Pallet::heartbeat).
	pub fn heartbeat(genesis: &impl Encode, machine: MachineId, epoch: EpochIndex, interval: u32) -> Vec<u8> {
		(b"assay/heartbeat", genesis, machine, epoch, interval).encode()
	}

	/// What a device signs for a `checker` that asks whether it is there: worth nothing to any other, or in another epoch.
	pub fn probe(genesis: &impl Encode, machine: MachineId, epoch: EpochIndex, checker: &impl Encode) -> Vec<u8> {
		(b"assay/probe", genesis, machine, epoch, checker).encode()
	}

	/// What a device signs to [`commit`](Pallet::commit).
	pub fn commitment(genesis: &impl Encode, round: RoundId, machine: MachineId, commitment: &H256) -> Vec<u8> {
		(b"assay/commitment", genesis, round, machine, commitment).encode()
	}

	/// What a device signs to [`prove`](Pallet::prove): the BLAKE2b-256 of the proof stands for it.
	pub fn proof(genesis: &impl Encode, round: RoundId, machine: MachineId, proof: &Proof) -> Vec<u8> {
		(b"assay/proof", genesis, round, machine, blake2_256(&proof.encode())).encode()
	}
}

impl<T: Config> Pallet<T> {
	/// The chain's name in what devices sign.
	pub(crate) fn genesis() -> T::Hash {
		frame_system::Pallet::<T>::block_hash(frame_system::pallet_prelude::BlockNumberFor::<T>::zero())
	}

	/// Whether `signature` is one of `device` on `payload`.
	pub(crate) fn check_signature(
		device: &T::AccountId,
		payload: &[u8],
		signature: &T::Signature,
	) -> Result<(), Refusal> {
		signature.verify(payload, device).then_some(()).ok_or(Refusal::Signature)
	}

	/// Intervals of an epoch.
	pub(crate) fn intervals() -> u32 {
		T::EpochSlots::get().checked_div(T::HeartbeatSlots::get()).unwrap_or(0)
	}

	/// The interval of a slot, the last one being longer if need be.
	pub(crate) fn interval_of(elapsed: u32) -> u32 {
		let interval = elapsed.checked_div(T::HeartbeatSlots::get()).unwrap_or(0);
		interval.min(Self::intervals().saturating_sub(1))
	}

	/// Whether a heartbeat says something new. Returns the device that must have signed it. O(1).
	fn check_heartbeat(machine: MachineId, epoch: EpochIndex, interval: u32) -> Result<T::AccountId, Refusal> {
		let now = T::Epochs::now();
		let present = Self::interval_of(now.elapsed);
		// The one before as well: a transaction may have to wait for the next block.
		let timely = epoch == now.index && interval <= present && interval.saturating_add(1) >= present;
		ensure!(timely, Refusal::Interval);
		let entry = Machines::<T>::get(machine).filter(|entry| !entry.gone).ok_or(Refusal::NoDevice)?;
		let device = entry.device.ok_or(Refusal::NoDevice)?;
		let known = entry.presence.last.is_some() && entry.presence.epoch == epoch;
		ensure!(!known || entry.presence.seen & bit(interval) == 0, Refusal::Repeated);
		Ok(device)
	}

	/// Whether a heartbeat may go into a block.
	pub(crate) fn authorize_heartbeat(
		machine: MachineId,
		epoch: EpochIndex,
		interval: u32,
		signature: &T::Signature,
	) -> TransactionValidityWithRefund {
		let device = Self::check_heartbeat(machine, epoch, interval)?;
		Self::check_signature(&device, &payload::heartbeat(&Self::genesis(), machine, epoch, interval), signature)?;
		Self::authorized((b"beat", machine, epoch, interval), T::HeartbeatSlots::get())
	}

	/// What a pool needs to know of a transaction that is authorized: it is one of its kind, and worth having for `slots`
	/// blocks.
	pub(crate) fn authorized(tag: impl Encode, slots: u32) -> TransactionValidityWithRefund {
		let validity = ValidTransaction::with_tag_prefix("AssayCapacity")
			// Before whatever pays little: machines are bounded by their stake, and lose by being late.
			.priority(TransactionPriority::MAX / 4)
			.longevity(slots.max(1).into())
			.and_provides(tag)
			.propagate(true)
			.build()?;
		Ok((validity, Weight::zero()))
	}

	/// Note a heartbeat that was authorized.
	pub(crate) fn beat(machine: MachineId, epoch: EpochIndex, interval: u32) -> DispatchResult {
		Self::check_heartbeat(machine, epoch, interval).map_err(|_| Error::<T>::NothingToNote)?;
		let now = frame_system::Pallet::<T>::block_number();
		let base = Machines::<T>::mutate_extant(machine, |entry| {
			let presence = entry.presence;
			let first = presence.last.is_none() || presence.epoch != epoch;
			let mut seen = bit(interval);
			if !first {
				seen |= presence.seen;
			} else if presence.last.is_some() {
				let silent = epoch.saturating_sub(presence.epoch).saturating_sub(1);
				let beats = presence.seen.count_ones();
				entry.quality = quality::after_epoch(entry.quality, beats, Self::intervals(), silent);
			}
			entry.presence = Presence { epoch, seen, last: Some(now) };
			first.then(|| Self::base(entry))
		});
		if let Some(base) = base {
			Self::ask_for(machine, Change::Weigh(base));
		}
		Ok(())
	}
}

/// The bit of an interval.
fn bit(interval: u32) -> u32 {
	1u32.checked_shl(interval).unwrap_or(0)
}
