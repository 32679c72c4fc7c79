//! What of a provider's work is its own to do rightly: nobody but the chain's disputes, demands and challenges makes it.
//!
//! The command line knows [`Honest`] only. Builds for tests put another [`Conduct`] in its place, to see cheats caught.

use std::{convert::Infallible, sync::Arc};

use assay_proofs::{
	capacity::{Cpu, Kernel, Params},
	Hash, Outcome,
};

use crate::guest::{Program, ProgramError};

/// How a daemon goes about its work.
pub trait Conduct: Send + Sync {
	/// The outcome of unit `index` that is kept, committed to and served.
	fn outcome(&self, program: &Program, index: u32) -> Result<Outcome, ProgramError> {
		program.run(index)
	}

	/// Whether results are served, and shown on the chain when they are demanded.
	fn shows_results(&self) -> bool {
		true
	}

	/// What computes the products of capacity rounds.
	fn kernel(&self) -> SharedKernel {
		SharedKernel::new(Cpu::new())
	}
}

/// Does what was promised.
#[derive(Clone, Copy, Debug)]
pub struct Honest;

impl Conduct for Honest {}

/// A kernel of any kind. Clones share it.
#[derive(Clone)]
pub struct SharedKernel(Arc<dyn Kernel<Error = Infallible> + Send + Sync>);

impl SharedKernel {
	/// Share `kernel`.
	pub fn new(kernel: impl Kernel<Error = Infallible> + Send + Sync + 'static) -> Self {
		Self(Arc::new(kernel))
	}
}

impl Kernel for SharedKernel {
	type Error = Infallible;

	fn digests(&self, params: &Params, seed: &Hash) -> Result<Vec<Hash>, Infallible> {
		self.0.digests(params, seed)
	}

	fn blocks(&self, params: &Params, seed: &Hash, wanted: &[u32]) -> Result<Vec<Vec<u32>>, Infallible> {
		self.0.blocks(params, seed, wanted)
	}
}
