//! What the parts of a daemon that bid must know of each other: jobs and leases have the slots of one machine.

use std::sync::{
	atomic::{AtomicU32, Ordering},
	Arc,
};

/// Slots that bids under way will take, which the chain does not show yet. Clones share it.
#[derive(Clone, Debug, Default)]
pub(super) struct Shares {
	jobs: Arc<AtomicU32>,
	leases: Arc<AtomicU32>,
}

impl Shares {
	/// So many slots are bid with for jobs.
	pub fn set_jobs(&self, slots: u32) {
		self.jobs.store(slots, Ordering::Relaxed);
	}

	/// So many slots are bid with for leases.
	pub fn set_leases(&self, slots: u32) {
		self.leases.store(slots, Ordering::Relaxed);
	}

	/// How many slots are bid with for jobs.
	pub fn jobs(&self) -> u32 {
		self.jobs.load(Ordering::Relaxed)
	}

	/// How many slots are bid with for leases.
	pub fn leases(&self) -> u32 {
		self.leases.load(Ordering::Relaxed)
	}
}
