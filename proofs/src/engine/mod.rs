//! Running one unit of a guest.
//!
//! An [`Engine`] takes a [`Metered`] guest and runs units of it, each in a fresh instance. What a unit gives, its
//! [`Outcome`], depends on the guest, the input, the index and the gas limit alone, whichever engine runs it. All rules are
//! in the guest's rewritten code (see [`guest`](crate::guest)) and in this module's `Host`, which both engines share; an
//! engine only connects them. When an engine cannot do its part, for example for want of memory, that is an
//! [`EngineError`] and never an outcome: no verdict may rest on it.

mod interpreter;
#[cfg(feature = "native")]
mod native;

pub use interpreter::{Interpreter, InterpreterModule};
#[cfg(feature = "native")]
pub use native::{Native, NativeModule};

use crate::{
	guest::{gas, Limits, Metered},
	hash, Gas, Hash,
};
use alloc::{string::String, vec::Vec};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::{fmt, ops::Range};
use scale_info::TypeInfo;

/// Something that runs guests.
pub trait Engine {
	/// A guest in the form that this engine runs.
	type Module;

	/// Translate a guest. Do it once for all units of a job.
	fn compile(&self, guest: &Metered) -> Result<Self::Module, EngineError>;

	/// Run unit `index` on `input` with at most `gas_limit` gas.
	fn run(&self, module: &Self::Module, input: &[u8], index: u32, gas_limit: Gas) -> Result<Outcome, EngineError>;
}

/// What a unit gave.
#[derive(Clone, Debug, Decode, DecodeWithMemTracking, Encode, Eq, PartialEq, TypeInfo)]
pub struct Outcome {
	/// The output, or why there is none.
	pub result: Result<Vec<u8>, Trap>,
	/// Gas used. A unit that traps uses up its whole limit, but for [`Trap::InvalidGuest`].
	pub gas: Gas,
}

impl Outcome {
	/// What every unit comes to of a guest that is not accepted.
	pub const fn invalid_guest() -> Self {
		Self { result: Err(Trap::InvalidGuest), gas: 0 }
	}

	/// What stands for this unit in its job's commitment: the hash of the output, or a fixed value for each trap.
	///
	/// The values for traps are 31 zero bytes and the trap's index plus one. No output is known, nor can be found, that hashes to one.
	pub fn output_hash(&self) -> Hash {
		match &self.result {
			Ok(output) => hash(output),
			Err(trap) => {
				let mut value = Hash::default();
				if let Some(last) = value.last_mut() {
					*last = trap.number();
				}
				value
			},
		}
	}
}

/// Why a unit stopped before its end. The same for every engine.
///
/// Indices are pinned: append only.
#[derive(Clone, Copy, Debug, Decode, DecodeWithMemTracking, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo)]
pub enum Trap {
	/// The next instructions would have cost more gas than was left.
	#[codec(index = 0)]
	OutOfGas,
	/// Calls were nested too deep.
	#[codec(index = 1)]
	StackOverflow,
	/// The guest gave up: it ran an `unreachable` instruction, as compilers emit for panics and aborts.
	#[codec(index = 2)]
	Unreachable,
	/// Memory was accessed beyond its size.
	#[codec(index = 3)]
	MemoryOutOfBounds,
	/// An integer was divided by zero.
	#[codec(index = 4)]
	DivisionByZero,
	/// The result of a division or conversion has no place in its integer type.
	#[codec(index = 5)]
	IntegerOverflow,
	/// A NaN was converted to an integer.
	#[codec(index = 6)]
	InvalidConversion,
	/// An indirect call named an entry beyond the table.
	#[codec(index = 7)]
	TableOutOfBounds,
	/// An indirect call named an empty entry of the table.
	#[codec(index = 8)]
	IndirectCallToNull,
	/// An indirect call expected another type of function.
	#[codec(index = 9)]
	BadSignature,
	/// The guest wanted to read beyond the input.
	#[codec(index = 10)]
	InputOutOfBounds,
	/// The output would have been longer than the limit.
	#[codec(index = 11)]
	OutputTooLong,
	/// The guest is not a program that the rules accept, so that none of its units was run. No gas is used.
	#[codec(index = 12)]
	InvalidGuest,
}

impl Trap {
	/// All traps, in the order of their indices.
	pub const ALL: [Self; 13] = [
		Self::OutOfGas,
		Self::StackOverflow,
		Self::Unreachable,
		Self::MemoryOutOfBounds,
		Self::DivisionByZero,
		Self::IntegerOverflow,
		Self::InvalidConversion,
		Self::TableOutOfBounds,
		Self::IndirectCallToNull,
		Self::BadSignature,
		Self::InputOutOfBounds,
		Self::OutputTooLong,
		Self::InvalidGuest,
	];

	/// The pinned index, counted from one so that it is never zero.
	fn number(self) -> u8 {
		(self as u8).saturating_add(1)
	}
}

impl fmt::Display for Trap {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.write_str(match self {
			Self::OutOfGas => "out of gas: raise the job's gas per unit, or cut the work into more units",
			Self::StackOverflow => {
				"stack overflow: make recursion shallower, or large local arrays static or allocated"
			},
			Self::Unreachable => "the guest gave up: it panicked, aborted or ran out of its memory",
			Self::MemoryOutOfBounds => "the guest accessed memory out of bounds",
			Self::DivisionByZero => "the guest divided an integer by zero",
			Self::IntegerOverflow => "an integer division or conversion overflowed",
			Self::InvalidConversion => "the guest converted a NaN to an integer",
			Self::TableOutOfBounds => "the guest called a function beyond its table",
			Self::IndirectCallToNull => "the guest called a function through an empty table entry",
			Self::BadSignature => "the guest called a function through a pointer of another type",
			Self::InputOutOfBounds => "the guest read beyond the end of the input: ask `input_len` first",
			Self::OutputTooLong => "the output is longer than allowed: cut the work into more units",
			Self::InvalidGuest => "the guest is not a program that this network accepts: `assay job submit` says why",
		})
	}
}

impl core::error::Error for Trap {}

/// Why an engine could not run a unit. It tells something about this machine or a bug, and nothing about the unit.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum EngineError {
	/// The engine could not be set up, or could not translate the guest.
	Setup(String),
	/// The input has more bytes than the guest was prepared for.
	InputTooLong {
		/// Bytes of the input.
		size: u64,
		/// Most bytes allowed.
		max: u32,
	},
	/// The machine ran out of something, or engine and pass disagree.
	Fault(String),
}

impl fmt::Display for EngineError {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Self::Setup(cause) => write!(f, "the execution engine could not be set up for this guest: {cause}"),
			Self::InputTooLong { size, max } => {
				write!(f, "the input has {size} bytes, at most {max} are allowed: shrink it or split the job")
			},
			Self::Fault(cause) => write!(
				f,
				"this machine could not run the unit: {cause}. It says nothing about the unit: free memory and try again, \
				 or report it if it stays"
			),
		}
	}
}

impl core::error::Error for EngineError {}

/// How the guest's code ended when not by returning.
enum Stop {
	/// An instruction trapped.
	Trap(Trap),
	/// An `unreachable` was run: the guest's or the pass's own.
	Unreachable,
	/// A host function stopped the unit and left the reason with the [`Host`].
	Host,
}

/// The host's side of a unit: what the three functions that guests import work on.
struct Host {
	input: Vec<u8>,
	output: Vec<u8>,
	max_output: usize,
	/// Why a host function stopped the unit.
	stopped: Option<Trap>,
}

impl Host {
	fn new(input: &[u8], limits: &Limits) -> Result<Self, EngineError> {
		if input.len() > limits.max_input as usize {
			return Err(EngineError::InputTooLong { size: input.len() as u64, max: limits.max_input });
		}
		Ok(Self { input: input.to_vec(), output: Vec::new(), max_output: limits.max_output as usize, stopped: None })
	}

	/// `input_len`.
	fn input_len(&self) -> u32 {
		// Within the limit, which is a u32.
		self.input.len() as u32
	}

	/// `input_read`: copies `len` bytes from `offset` of the input to `dst` of the memory. `false` stops the unit.
	#[must_use]
	fn input_read(&mut self, memory: &mut [u8], gas: &mut i64, dst: u32, offset: u32, len: u32) -> bool {
		self.stopped = (|| {
			pay(gas, len)?;
			let from = self.input.get(span(offset, len)).ok_or(Trap::InputOutOfBounds)?;
			memory.get_mut(span(dst, len)).ok_or(Trap::MemoryOutOfBounds)?.copy_from_slice(from);
			Ok(())
		})()
		.err();
		self.stopped.is_none()
	}

	/// `output_write`: appends `len` bytes from `src` of the memory to the output. `false` stops the unit.
	#[must_use]
	fn output_write(&mut self, memory: &[u8], gas: &mut i64, src: u32, len: u32) -> bool {
		self.stopped = (|| {
			pay(gas, len)?;
			let from = memory.get(span(src, len)).ok_or(Trap::MemoryOutOfBounds)?;
			if from.len() > self.max_output.saturating_sub(self.output.len()) {
				return Err(Trap::OutputTooLong);
			}
			self.output.extend_from_slice(from);
			Ok(())
		})()
		.err();
		self.stopped.is_none()
	}

	/// The outcome, from how the code ended and what it left of gas and stack slots.
	fn outcome(self, limit: Gas, stop: Option<Stop>, gas_left: i64, stack_left: i32) -> Result<Outcome, EngineError> {
		let trap = match stop {
			None => match Gas::try_from(gas_left) {
				Ok(left) => {
					return Ok(Outcome { result: Ok(self.output), gas: budget(limit).saturating_sub(left) });
				},
				// The last instructions were not paid for.
				Err(_) => Trap::OutOfGas,
			},
			Some(Stop::Trap(trap)) => trap,
			// The pass's own `unreachable` is only reached with one of the two below zero.
			Some(Stop::Unreachable) if gas_left < 0 => Trap::OutOfGas,
			Some(Stop::Unreachable) if stack_left < 0 => Trap::StackOverflow,
			Some(Stop::Unreachable) => Trap::Unreachable,
			Some(Stop::Host) => match self.stopped {
				Some(trap) => trap,
				None => return Err(EngineError::Fault("a host function failed without a reason".into())),
			},
		};
		Ok(Outcome { result: Err(trap), gas: limit })
	}
}

/// What a guest is given of a gas limit: its counter is signed, and no machine gets to half the range of it.
fn budget(limit: Gas) -> Gas {
	limit.min(i64::MAX as Gas)
}

/// Gas that a unit has when its instance is ready, or the outcome when it cannot even pay for that.
fn after_start(start: Gas, limit: Gas) -> Result<i64, Outcome> {
	budget(limit)
		.checked_sub(start)
		.and_then(|left| i64::try_from(left).ok())
		.ok_or(Outcome { result: Err(Trap::OutOfGas), gas: limit })
}

/// Charge for a copy of `len` bytes before it is done.
fn pay(left: &mut i64, len: u32) -> Result<(), Trap> {
	// Below 2³⁰, so it always fits.
	*left = left.saturating_sub_unsigned(gas::copy(len));
	if *left < 0 {
		Err(Trap::OutOfGas)
	} else {
		Ok(())
	}
}

/// `len` bytes from `start`; beyond anything that exists when the sum does not fit.
fn span(start: u32, len: u32) -> Range<usize> {
	let start = start as usize;
	start..start.saturating_add(len as usize)
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn trap_indices_should_be_pinned() {
		for (index, trap) in (0u8..).zip(Trap::ALL) {
			assert_eq!(trap.encode(), [index]);
			let outcome = Outcome { result: Err(trap), gas: 0 };
			assert_eq!(outcome.output_hash()[31], index + 1);
			assert_eq!(outcome.output_hash()[..31], [0; 31]);
		}
	}

	#[test]
	fn trap_list_should_be_complete() {
		// Indices are appended one by one: the first that is no trap's comes after the last of the list.
		let decode = |index: usize| Trap::decode(&mut [index as u8].as_slice());
		for (index, trap) in Trap::ALL.into_iter().enumerate() {
			assert_eq!(decode(index), Ok(trap));
		}
		assert!((Trap::ALL.len()..=usize::from(u8::MAX)).all(|index| decode(index).is_err()));
	}

	#[test]
	fn output_hash_should_be_of_the_output_alone_when_the_unit_ended_well() {
		let outcome = Outcome { result: Ok(b"pixels".to_vec()), gas: 3 };
		assert_eq!(outcome.output_hash(), hash(b"pixels"));
	}

	#[test]
	fn host_should_charge_before_it_copies() {
		let limits = Limits { max_output: 8, ..Limits::STANDARD };
		let mut host = Host::new(&[7; 16], &limits).expect("short input");
		let mut memory = [0u8; 16];
		let mut gas = 13;
		assert!(!host.input_read(&mut memory, &mut gas, 0, 0, 16));
		assert_eq!((host.stopped, gas, memory), (Some(Trap::OutOfGas), -1, [0; 16]));
		let mut gas = 14;
		assert!(host.input_read(&mut memory, &mut gas, 0, 0, 16));
		assert_eq!((host.stopped, gas, memory), (None, 0, [7; 16]));
	}

	#[test]
	fn host_should_stop_the_unit_when_a_span_is_out_of_bounds() {
		let limits = Limits { max_output: 8, ..Limits::STANDARD };
		let mut host = Host::new(&[7; 16], &limits).expect("short input");
		let mut memory = [0u8; 8];
		let mut gas = i64::MAX;
		for (dst, offset, len, trap) in [
			(0, 9, 8, Trap::InputOutOfBounds),
			(0, u32::MAX, u32::MAX, Trap::InputOutOfBounds),
			(1, 0, 8, Trap::MemoryOutOfBounds),
			(u32::MAX, 0, 1, Trap::MemoryOutOfBounds),
		] {
			assert!(!host.input_read(&mut memory, &mut gas, dst, offset, len));
			assert_eq!(host.stopped, Some(trap));
		}
		assert!(!host.output_write(&memory, &mut gas, 1, 8));
		assert_eq!(host.stopped, Some(Trap::MemoryOutOfBounds));
		assert!(host.output_write(&memory, &mut gas, 0, 8));
		assert!(host.output_write(&memory, &mut gas, 8, 0));
		assert!(!host.output_write(&memory, &mut gas, 0, 1));
		assert_eq!((host.stopped, host.output.len()), (Some(Trap::OutputTooLong), 8));
	}

	#[test]
	fn host_should_refuse_an_input_over_the_limit() {
		let limits = Limits { max_input: 3, ..Limits::STANDARD };
		assert_eq!(Host::new(&[0; 4], &limits).err(), Some(EngineError::InputTooLong { size: 4, max: 3 }));
	}
}
