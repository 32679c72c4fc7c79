//! How work is proved: the same code in the runtime and off chain.
//!
//! A job's work is done by a *guest*, a WebAssembly module that is a pure function `unit(input, index) -> output`. This
//! crate says what a guest may be ([`guest`]), runs one unit of it ([`engine`]) and binds the outputs of all units into
//! one commitment ([`merkle`]):
//!
//! ```
//! use assay_proofs::{hash, merkle, prepare, Engine, Interpreter, Limits};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // The guest as its author compiled it: this one writes back its input.
//! let blob = wat::parse_str(
//! 	r#"(module
//! 		(import "assay" "input_len" (func $len (result i32)))
//! 		(import "assay" "input_read" (func $read (param i32 i32 i32)))
//! 		(import "assay" "output_write" (func $write (param i32 i32)))
//! 		(memory (export "memory") 1)
//! 		(func (export "unit") (param $index i32)
//! 			(call $read (i32.const 0) (i32.const 0) (call $len))
//! 			(call $write (i32.const 0) (call $len))))"#,
//! )?;
//! let guest = prepare(&blob, &Limits::STANDARD)?;
//! let engine = Interpreter::new();
//! let module = engine.compile(&guest)?;
//!
//! let mut outputs = Vec::new();
//! for index in 0..3 {
//! 	let outcome = engine.run(&module, b"scene", index, 1_000_000)?;
//! 	assert_eq!(outcome.result.as_deref(), Ok(&b"scene"[..]));
//! 	outputs.push(outcome.output_hash());
//! }
//!
//! // What a provider commits to, and how one unit of it is opened.
//! let root = merkle::root(&outputs).ok_or("no units")?;
//! let opening = merkle::prove(&outputs, 1).ok_or("no such unit")?;
//! assert!(merkle::verify(&root, 3, 1, &hash(b"scene"), &opening));
//! # Ok(())
//! # }
//! ```
//!
//! What a machine can do before it has any job is proved in rounds ([`capacity`]), for which machines are drawn by weight
//! ([`draw`]).
//!
//! Without features the crate is `no_std`: that is how the runtime has it, with the [`Interpreter`]. Feature `native` adds
//! `Native`, which compiles guests to machine code, and the kernel of capacity rounds for processors. Both engines give the **same bytes, the same gas and the same
//! [`Trap`]** for the same blob, input, index and gas limit; `tests/differential.rs` holds them together.

#![cfg_attr(not(feature = "std"), no_std)]
// Feature `native` has some around vector instructions, in `capacity::cpu`; what the runtime is built of has none.
#![cfg_attr(not(feature = "native"), forbid(unsafe_code))]
#![cfg_attr(feature = "native", deny(unsafe_code))]

extern crate alloc;

pub mod announcement;
pub mod capacity;
pub mod draw;
pub mod engine;
pub mod guest;
pub mod merkle;
pub mod vote;

pub use engine::{Engine, EngineError, Interpreter, InterpreterModule, Outcome, Trap};
#[cfg(feature = "native")]
pub use engine::{Native, NativeModule};
pub use guest::{prepare, GuestError, Limits, Metered};

use blake2::{digest::consts::U32, Blake2b, Digest};

/// Metered cost of computation: about one unit per simple guest instruction (see [`guest::gas`]).
pub type Gas = u64;

/// Version of the rules in this crate: of what a guest may be, what its units give and what gas they use.
///
/// Whatever changes the outcome or the gas of any unit of any guest is a new version, and a chain keeps the code of the
/// old one for as long as jobs that were submitted under it can be disputed.
pub const ENGINE_VERSION: u16 = 1;

/// BLAKE2b-256 of something.
pub type Hash = [u8; 32];

/// Gas of the largest unit that the chain should be asked to settle by running it again: the default limit of a unit.
///
/// A dispute is settled by running the disputed unit with the [`Interpreter`] inside the runtime, in the part of a block
/// that is set aside for it. A unit with a higher limit could still be checked by anyone off chain, but the chain could
/// not give the last word on it. The interpreter uses about 127,000 gas in a millisecond where it is itself compiled to
/// WebAssembly, in the runtime (`scripts/bench.sh runtime`, on a small server), so this takes about an eighth of a second.
pub const ARBITER_GAS: Gas = 16_000_000;

/// BLAKE2b-256 of `data`: the name of blobs, inputs and outputs.
pub fn hash(data: &[u8]) -> Hash {
	hash_parts(&[data])
}

/// BLAKE2b-256 of the concatenation of `parts`.
pub(crate) fn hash_parts(parts: &[&[u8]]) -> Hash {
	let mut state = Blake2b::<U32>::new();
	for part in parts {
		state.update(part);
	}
	state.finalize().into()
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn hash_should_be_blake2b_256() {
		// The digest of no bytes, as the chain's own `blake2_256` gives it.
		let empty = [
			0x0e, 0x57, 0x51, 0xc0, 0x26, 0xe5, 0x43, 0xb2, 0xe8, 0xab, 0x2e, 0xb0, 0x60, 0x99, 0xda, 0xa1, 0xd1, 0xe5,
			0xdf, 0x47, 0x77, 0x8f, 0x77, 0x87, 0xfa, 0xab, 0x45, 0xcd, 0xf1, 0x2f, 0xe3, 0xa8,
		];
		assert_eq!(hash(b""), empty);
		assert_eq!(hash_parts(&[b"as", b"", b"say"]), hash(b"assay"));
	}
}
