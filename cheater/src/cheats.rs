//! The ways to cheat.

use std::{convert::Infallible, thread, time::Duration};

use assay_cli::{
	checker,
	guest::{Program, ProgramError},
	provider::conduct::{Conduct, SharedKernel},
};
use assay_proofs::{
	capacity::{block_digest, Cpu, Kernel, Params},
	Hash, Outcome,
};
use clap::ValueEnum;

/// The unit that is made wrong by [`Cheat::WrongUnit`].
const WRONG: u32 = 1;

/// A way to cheat.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum Cheat {
	/// Have one unit wrong: of a job's second one, the halves of the output are exchanged
	WrongUnit,
	/// Run every second unit only, and take zeros for the others
	SkipUnits,
	/// Run every second unit only, and take the result of the unit before for the others
	Copy,
	/// Commit to what is right, serve nothing of it, and leave demands unanswered
	Withhold,
	/// Compute half of what capacity rounds ask, as a machine does that shares its device with another one
	BorrowCapacity,
	/// Tell that the machine is there, and answer no capacity round, as a machine does whose device hangs
	Hang,
}

impl Conduct for Cheat {
	fn outcome(&self, program: &Program, index: u32) -> Result<Outcome, ProgramError> {
		let other = index & !1;
		match self {
			Self::WrongUnit if index == WRONG => program.run(index).map(altered),
			// Not run: its length is that of the unit before, which is the only one that is known.
			Self::SkipUnits if index != other => program.run(other).map(zeroed),
			Self::Copy => program.run(other),
			_ => program.run(index),
		}
	}

	fn shows_results(&self) -> bool {
		*self != Self::Withhold
	}

	fn kernel(&self) -> SharedKernel {
		match self {
			Self::BorrowCapacity => SharedKernel::new(Half(Cpu::new())),
			Self::Hang => SharedKernel::new(Hanging(Cpu::new())),
			_ => SharedKernel::new(Cpu::new()),
		}
	}
}

/// A checker that its providers have bought.
#[derive(Clone, Copy, Debug)]
pub struct Bought;

impl checker::conduct::Conduct for Bought {
	fn takes_sides(&self) -> bool {
		true
	}
}

/// Another outcome, which still looks like one: a picture stays a picture.
fn altered(outcome: Outcome) -> Outcome {
	let result = match outcome.result {
		Ok(right) => {
			let mut output = right.clone();
			output.rotate_left(right.len() / 2);
			if output == right {
				output.push(0);
			}
			Ok(output)
		},
		Err(_) => Ok(Vec::new()),
	};
	Outcome { result, ..outcome }
}

fn zeroed(outcome: Outcome) -> Outcome {
	Outcome { result: outcome.result.map(|output| vec![0; output.len()]), ..outcome }
}

/// Computes the first half of each product only, and takes zeros for the rest.
struct Half(Cpu);

impl Half {
	/// The row blocks that are computed.
	fn is_computed(params: &Params, block: u32) -> bool {
		block < params.blocks() / 2
	}
}

impl Kernel for Half {
	type Error = Infallible;

	fn digests(&self, params: &Params, seed: &Hash) -> Result<Vec<Hash>, Infallible> {
		let all: Vec<u32> = (0..params.blocks()).collect();
		Ok(self.blocks(params, seed, &all)?.iter().filter_map(|entries| block_digest(entries)).collect())
	}

	fn blocks(&self, params: &Params, seed: &Hash, wanted: &[u32]) -> Result<Vec<Vec<u32>>, Infallible> {
		let computed: Vec<u32> = wanted.iter().copied().filter(|block| Self::is_computed(params, *block)).collect();
		let mut blocks = self.0.blocks(params, seed, &computed)?.into_iter();
		let zeros = || vec![0; params.rows_per_block as usize * params.n as usize];
		let block = |number: &u32| match Self::is_computed(params, *number) {
			true => blocks.next().unwrap_or_else(zeros),
			false => zeros(),
		};
		Ok(wanted.iter().map(block).collect())
	}
}

/// For how long a device hangs at each step of a round: longer than test networks leave for all of them.
const HANG: Duration = Duration::from_secs(60);

/// Computes what is asked when it is too late.
struct Hanging(Cpu);

impl Kernel for Hanging {
	type Error = Infallible;

	fn digests(&self, params: &Params, seed: &Hash) -> Result<Vec<Hash>, Infallible> {
		thread::sleep(HANG);
		self.0.digests(params, seed)
	}

	fn blocks(&self, params: &Params, seed: &Hash, wanted: &[u32]) -> Result<Vec<Vec<u32>>, Infallible> {
		self.0.blocks(params, seed, wanted)
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use assay_proofs::capacity::{challenge, verify, Fault, Work};

	const GAS: u64 = 1_000_000;

	/// A program whose units give their own number and a constant, and trap from the sixth on.
	fn program() -> Program {
		let guest = wat::parse_str(
			r#"(module
				(import "assay" "output_write" (func $write (param i32 i32)))
				(memory (export "memory") 1)
				(func (export "unit") (param $index i32)
					(if (i32.ge_u (local.get $index) (i32.const 6)) (then unreachable))
					(i32.store (i32.const 0) (local.get $index))
					(i32.store (i32.const 4) (i32.const 99))
					(call $write (i32.const 0) (i32.const 8))))"#,
		)
		.unwrap();
		Program::load(&guest, Vec::new(), GAS).unwrap()
	}

	/// The units that come out wrong.
	fn wrong(cheat: Cheat) -> Vec<u32> {
		let program = program();
		let hash = |outcome: Result<Outcome, ProgramError>| outcome.unwrap().output_hash();
		(0..8).filter(|index| hash(cheat.outcome(&program, *index)) != hash(program.run(*index))).collect()
	}

	#[test]
	fn each_cheat_should_have_the_units_wrong_that_it_says() {
		assert_eq!(wrong(Cheat::WrongUnit), [1]);
		// A trap is the same for both of the last two.
		assert_eq!(wrong(Cheat::SkipUnits), [1, 3, 5]);
		assert_eq!(wrong(Cheat::Copy), [1, 3, 5]);
		for cheat in [Cheat::Withhold, Cheat::BorrowCapacity, Cheat::Hang] {
			assert!(wrong(cheat).is_empty(), "{cheat:?}");
		}
	}

	#[test]
	fn outcome_should_be_altered_whatever_it_is() {
		for result in [Ok(vec![1, 2, 3, 4]), Ok(vec![7, 7]), Ok(Vec::new()), program().run(7).unwrap().result] {
			let outcome = Outcome { result, gas: 1 };
			assert_ne!(altered(outcome.clone()).output_hash(), outcome.output_hash());
		}
		assert_eq!(altered(Outcome { result: Ok(vec![1, 2, 3, 4]), gas: 1 }).result, Ok(vec![3, 4, 1, 2]));
	}

	#[test]
	fn only_one_cheat_should_withhold() {
		let silent: Vec<_> = Cheat::value_variants().iter().filter(|cheat| !cheat.shows_results()).collect();
		assert_eq!(silent, [&Cheat::Withhold]);
	}

	#[test]
	fn half_a_round_should_be_evidence_against_whoever_did_it() {
		let params = Params { n: 256, steps: 2, rows_per_block: 32, openings: 16 };
		let prove = |cheat: Cheat| {
			let kernel = cheat.kernel();
			let work = Work::complete(&kernel, params, [1; 32]).unwrap();
			let commitment = work.commitment().unwrap();
			let challenge = challenge(&[2; 32], &commitment);
			let proof = work.open(&kernel, &challenge).unwrap();
			verify(&params, &[1; 32], &commitment, &challenge, &proof)
		};
		assert_eq!(prove(Cheat::Withhold), Ok(()));
		assert!(prove(Cheat::BorrowCapacity).is_err_and(Fault::is_evidence));
	}
}
