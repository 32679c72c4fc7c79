//! What becomes of machines, for whoever keeps books of them, and what is found out about them.

#[cfg(any(feature = "std", feature = "try-runtime"))]
use crate::PaymentKind;
use crate::{EpochIndex, Hash, MachineId, Region, Tier};
#[cfg(any(feature = "std", feature = "try-runtime"))]
use alloc::collections::BTreeMap;
use frame_support::pallet_prelude::{DispatchError, DispatchResult};

/// Is told what becomes of machines. Called by the market, implemented by capacity and checkers.
///
/// All of these are O(1) and cannot fail: whoever watches must not keep the market from doing its business.
pub trait MachineObserver<AccountId> {
	/// A machine was put on offer. It has no work.
	fn registered(provider: &AccountId, machine: MachineId, tier: Tier, region: Region);

	/// A machine, which had no work, was taken off the market.
	fn deregistered(machine: MachineId);

	/// A machine that had no work is the best bidder of an auction now, which is the beginning of work.
	fn busy(machine: MachineId);

	/// A machine is the best bidder nowhere and has no work any more.
	fn idle(machine: MachineId);
}

impl<AccountId> MachineObserver<AccountId> for () {
	fn registered(_: &AccountId, _: MachineId, _: Tier, _: Region) {}

	fn deregistered(_: MachineId) {}

	fn busy(_: MachineId) {}

	fn idle(_: MachineId) {}
}

/// Both are told, the first one first.
impl<AccountId, A: MachineObserver<AccountId>, B: MachineObserver<AccountId>> MachineObserver<AccountId> for (A, B) {
	fn registered(provider: &AccountId, machine: MachineId, tier: Tier, region: Region) {
		A::registered(provider, machine, tier, region);
		B::registered(provider, machine, tier, region);
	}

	fn deregistered(machine: MachineId) {
		A::deregistered(machine);
		B::deregistered(machine);
	}

	fn busy(machine: MachineId) {
		A::busy(machine);
		B::busy(machine);
	}

	fn idle(machine: MachineId) {
		A::idle(machine);
		B::idle(machine);
	}
}

/// A machine on offer, as whoever has work for it sees it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct MachineOffer<AccountId> {
	/// Who offers it, and answers for it.
	pub provider: AccountId,
	/// Its performance class.
	pub tier: Tier,
	/// Where it stands.
	pub region: Region,
}

/// Slots of the machines on offer. Implemented by the market, used by whoever else has work for machines.
///
/// A machine is [busy](MachineObserver::busy) from the first slot that is taken to the last one that is released, whoever
/// has them, and cannot be taken off the market meanwhile.
pub trait MachineSlots<AccountId> {
	/// The most slots that any machine has.
	fn most() -> u32;

	/// A machine that is on offer. O(1).
	fn offer(machine: MachineId) -> Result<MachineOffer<AccountId>, DispatchError>;

	/// Take `slots` free slots of a machine, all of them or none. O(1).
	///
	/// Errors when there are not so many, or no such machine.
	fn take(machine: MachineId, slots: u32) -> DispatchResult;

	/// Release `slots` slots of a machine that were taken. Returns its class and place, which a report of an offence needs;
	/// `None` when it is not on offer any more. O(1).
	fn release(machine: MachineId, slots: u32) -> Option<(Tier, Region)>;

	/// Have `provider`, who can pay for it, offer a machine of `tier` in `region` with `slots` slots.
	#[cfg(feature = "runtime-benchmarks")]
	fn make_offer(provider: &AccountId, tier: Tier, region: Region, slots: u32) -> Result<MachineId, DispatchError>;
}

/// What somebody else has booked on the machines and the payment rails of the market. Implemented by whoever uses them,
/// used by the market's checks of its state. Both add what they know to what is in the books already.
pub trait SharedBooks<AccountId, Balance> {
	/// Slots by machine.
	#[cfg(any(feature = "std", feature = "try-runtime"))]
	fn add_slots(_books: &mut BTreeMap<MachineId, u32>) {}

	/// Escrow by owner and kind of payment.
	#[cfg(any(feature = "std", feature = "try-runtime"))]
	fn add_escrow(_books: &mut BTreeMap<(AccountId, PaymentKind), Balance>) {}
}

impl<AccountId, Balance> SharedBooks<AccountId, Balance> for () {}

/// Machines whose service is looked at from outside. Implemented by capacity, used by whoever looks.
pub trait ProbedMachines<AccountId, Signature> {
	/// How many machines can be drawn. O(1).
	fn seats() -> u32;

	/// A machine that follows from `randomness` and `number`, as likely as it is in the draw of a round, and its provider.
	/// O(log n).
	///
	/// `None` when the draw is lost: it falls on a machine that is gone, or there is none.
	fn draw(randomness: &Hash, number: u32) -> Option<(MachineId, AccountId)>;

	/// Whether a machine is on the market. O(1).
	fn is_registered(machine: MachineId) -> bool;

	/// Whether `signature` is that of a machine's device on its answer to `checker` in `epoch`. O(1).
	fn answered(machine: MachineId, epoch: EpochIndex, checker: &AccountId, signature: &Signature) -> bool;

	/// Note that a machine `served` clients, or could not be reached. O(1), and cannot fail.
	fn rate(machine: MachineId, served: bool);

	/// The `number`th of some machines that can be drawn, of which what is noted is as dear as it can be.
	#[cfg(feature = "runtime-benchmarks")]
	fn make_probed(number: u32) -> MachineId;

	/// The answer of a machine that was [made](Self::make_probed).
	#[cfg(feature = "runtime-benchmarks")]
	fn make_answer(machine: MachineId, epoch: EpochIndex, checker: &AccountId) -> Signature;
}
