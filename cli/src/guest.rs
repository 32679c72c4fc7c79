//! Running guest programs on this machine.

use std::sync::Arc;

use assay_proofs::{Engine, EngineError, Gas, GuestError, Interpreter, Limits, Metered, Native, Outcome, Trap};

use crate::blobs::BlobHash;

/// Why a job's program cannot be worked with.
#[derive(Debug, thiserror::Error)]
pub enum ProgramError {
	/// It is no guest.
	#[error("the guest is not usable: {0}")]
	Guest(#[from] GuestError),
	/// A unit ends badly.
	#[error("unit {index} of the guest fails: {trap} (it was given {limit} gas)")]
	Trap {
		/// The unit.
		index: u32,
		/// How it ends.
		trap: Trap,
		/// The gas it was given.
		limit: Gas,
	},
	/// The engines do not agree on a unit.
	#[error(
		"unit {index} of the guest gives one result compiled to machine code and another in the interpreter, with which the \
		 chain decides disputes: keep away from this guest, and report it"
	)]
	Disagreement {
		/// The unit.
		index: u32,
	},
	/// It cannot be run here.
	#[error(transparent)]
	Engine(#[from] EngineError),
}

impl ProgramError {
	/// Whether guest or input is larger than the rules allow: then neither can be shown to the chain.
	pub const fn is_too_large(&self) -> bool {
		matches!(self, Self::Guest(GuestError::BlobTooLarge { .. }) | Self::Engine(EngineError::InputTooLong { .. }))
	}

	/// Whether the fault lies with the guest or its input, so that trying again is in vain.
	pub const fn is_final(&self) -> bool {
		!matches!(self, Self::Engine(EngineError::Setup(_) | EngineError::Fault(_)))
	}
}

/// Refuse a guest or an input that is larger than the rules of a job allow, before any work goes into it.
pub fn check_sizes(guest: &[u8], input: &[u8]) -> Result<(), ProgramError> {
	let Limits { max_blob, max_input, .. } = Limits::STANDARD;
	if guest.len() > max_blob as usize {
		return Err(GuestError::BlobTooLarge { size: guest.len() as u64, max: max_blob }.into());
	}
	if input.len() > max_input as usize {
		return Err(EngineError::InputTooLong { size: input.len() as u64, max: max_input }.into());
	}
	Ok(())
}

/// Check the guest, and that guest and input are not too large.
fn prepare(guest: &[u8], input: &[u8]) -> Result<Metered, ProgramError> {
	check_sizes(guest, input)?;
	Ok(assay_proofs::prepare(guest, &Limits::STANDARD)?)
}

/// Both engines must give the same for a unit.
fn agree(index: u32, compiled: &Outcome, interpreted: &Outcome) -> Result<(), ProgramError> {
	if compiled == interpreted {
		Ok(())
	} else {
		Err(ProgramError::Disagreement { index })
	}
}

/// A guest with its input, compiled and ready. Clones share it.
#[derive(Clone)]
pub struct Program {
	inner: Arc<Inner>,
}

struct Inner {
	engine: Native,
	module: <Native as Engine>::Module,
	input: Vec<u8>,
	limit: Gas,
}

impl Program {
	/// Check the guest and make it ready to work on `input`, with at most `limit` gas a unit.
	pub fn load(guest: &[u8], input: Vec<u8>, limit: Gas) -> Result<Self, ProgramError> {
		let metered = prepare(guest, &input)?;
		Self::compile(&metered, input, limit)
	}

	/// Load the guest and run its first unit, which must end well: nobody pays for, or bids on, a program that does not.
	///
	/// The interpreter runs that unit as well, and must agree: the chain would refute honest work where it does not.
	pub fn check(guest: &[u8], input: Vec<u8>, limit: Gas) -> Result<(Self, Outcome), ProgramError> {
		let metered = prepare(guest, &input)?;
		let program = Self::compile(&metered, input, limit)?;
		let outcome = program.run(0)?;
		if let Err(trap) = outcome.result {
			return Err(ProgramError::Trap { index: 0, trap, limit });
		}
		let interpreter = Interpreter::new();
		let module = interpreter.compile(&metered)?;
		agree(0, &outcome, &interpreter.run(&module, &program.inner.input, 0, limit)?)?;
		Ok((program, outcome))
	}

	fn compile(guest: &Metered, input: Vec<u8>, limit: Gas) -> Result<Self, ProgramError> {
		let engine = Native::new()?;
		let module = engine.compile(guest)?;
		Ok(Self { inner: Arc::new(Inner { engine, module, input, limit }) })
	}

	/// Run one unit. A trap is an outcome like any other: everybody who runs the unit gets the same.
	pub fn run(&self, index: u32) -> Result<Outcome, ProgramError> {
		let Inner { engine, module, input, limit } = &*self.inner;
		Ok(engine.run(module, input, index, *limit)?)
	}
}

/// Hash that stands for an outcome in the Merkle tree of a job.
pub fn leaf(outcome: &Outcome) -> BlobHash {
	BlobHash(outcome.output_hash())
}

/// The trap that `leaf` stands for. `None` when it stands for an output.
pub fn trap_of(leaf: &BlobHash) -> Option<Trap> {
	Trap::ALL.into_iter().find(|trap| self::leaf(&Outcome { result: Err(*trap), gas: 0 }) == *leaf)
}

#[cfg(test)]
pub(crate) mod tests {
	use super::*;

	#[test]
	fn traps_should_be_found_by_what_stands_for_them() {
		for trap in Trap::ALL {
			assert_eq!(trap_of(&leaf(&Outcome { result: Err(trap), gas: 5 })), Some(trap));
		}
		assert_eq!(trap_of(&BlobHash([0; 32])), None);
	}

	/// A guest that returns the unit's index and the first input byte, and traps in unit `trap_at`.
	pub(crate) fn echo(trap_at: i32) -> Vec<u8> {
		wat::parse_str(format!(
			r#"(module
				(import "assay" "input_read" (func $read (param i32 i32 i32)))
				(import "assay" "output_write" (func $write (param i32 i32)))
				(memory (export "memory") 1)
				(func (export "unit") (param $index i32)
					(if (i32.eq (local.get $index) (i32.const {trap_at})) (then unreachable))
					(i32.store (i32.const 0) (local.get $index))
					(call $read (i32.const 4) (i32.const 0) (i32.const 1))
					(call $write (i32.const 0) (i32.const 5))))"#
		))
		.unwrap()
	}

	const LIMIT: Gas = 1_000_000;

	#[test]
	fn program_should_run_when_the_guest_is_sound() {
		let (program, outcome) = Program::check(&echo(-1), b"x".to_vec(), LIMIT).unwrap();
		assert_eq!(outcome.result, Ok(vec![0, 0, 0, 0, b'x']));
		assert_eq!(program.run(258).unwrap().result, Ok(vec![2, 1, 0, 0, b'x']));
	}

	#[test]
	fn program_should_be_refused_when_the_guest_is_unusable() {
		let wat = |text: &str| wat::parse_str(text).unwrap();
		for (guest, name) in [
			(b"not wasm".to_vec(), "not WASM"),
			(wat(r#"(module (memory (export "memory") 1))"#), "no unit"),
			(wat(r#"(module (func (export "unit") (param i32)))"#), "no memory"),
			(
				wat(r#"(module (import "env" "clock" (func)) (memory (export "memory") 1)
					(func (export "unit") (param i32)))"#),
				"foreign import",
			),
			(wat(r#"(module (memory (export "memory") 65536) (func (export "unit") (param i32)))"#), "memory hog"),
		] {
			assert!(matches!(Program::check(&guest, vec![], LIMIT), Err(ProgramError::Guest(_))), "{name}");
		}
	}

	#[test]
	fn program_should_be_refused_for_good_when_guest_or_input_is_too_large() {
		let Limits { max_blob, max_input, .. } = Limits::STANDARD;
		assert!(Program::load(&echo(-1), vec![0; max_input as usize], LIMIT).is_ok());
		for (guest, input, what) in [
			(echo(-1), vec![0; max_input as usize + 1], "the input has 1048577 bytes, at most 1048576"),
			(vec![0; max_blob as usize + 1], vec![], "the guest has 262145 bytes, at most 262144"),
		] {
			let Err(error) = Program::load(&guest, input, LIMIT) else { panic!("accepted: {what}") };
			assert!(error.is_final() && error.is_too_large() && error.to_string().contains(what), "{error}");
		}
	}

	#[test]
	fn program_should_be_tried_again_only_when_this_machine_is_at_fault() {
		assert!(!ProgramError::from(EngineError::Fault("no memory".to_owned())).is_final());
		assert!(!ProgramError::from(EngineError::Setup("no engine".to_owned())).is_final());
		let unusable = ProgramError::from(GuestError::NotWasm);
		assert!(unusable.is_final() && !unusable.is_too_large());
	}

	#[test]
	fn program_should_be_refused_for_good_when_the_engines_disagree() {
		let outcome = |result, gas| Outcome { result, gas };
		let compiled = outcome(Ok(vec![1, 2]), 700);
		assert!(agree(0, &compiled, &compiled.clone()).is_ok());
		for interpreted in
			[outcome(Ok(vec![1, 3]), 700), outcome(Ok(vec![1, 2]), 701), outcome(Err(Trap::OutOfGas), 1_000)]
		{
			let error = agree(3, &compiled, &interpreted).unwrap_err();
			assert!(error.is_final() && error.to_string().starts_with("unit 3 of the guest gives"), "{error}");
		}
	}

	#[test]
	fn program_should_be_refused_when_its_first_unit_fails() {
		let looping = wat::parse_str(
			r#"(module (memory (export "memory") 1) (func (export "unit") (param i32) (loop $l (br $l))))"#,
		)
		.unwrap();
		let outside = wat::parse_str(
			r#"(module (memory (export "memory") 1) (func (export "unit") (param i32)
				(drop (i32.load (i32.const 65536)))))"#,
		)
		.unwrap();
		for (guest, expected) in
			[(echo(0), Trap::Unreachable), (looping, Trap::OutOfGas), (outside, Trap::MemoryOutOfBounds)]
		{
			match Program::check(&guest, b"x".to_vec(), LIMIT) {
				Err(ProgramError::Trap { index: 0, trap, .. }) => assert_eq!(trap, expected),
				other => panic!("{:?}", other.map(|_| ())),
			}
		}
	}
}
