//! What becomes of machines, for whoever keeps books of them.

use crate::{MachineId, Region, Tier};

/// Is told what becomes of machines. Called by the market, implemented by capacity.
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
