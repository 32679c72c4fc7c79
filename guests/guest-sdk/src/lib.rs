//! What a guest program of Assay is written with.
//!
//! A guest is a pure function from an input and a unit's index to an output. It is compiled to a WASM module which
//! exports `memory` and `unit: (i32) -> ()` and imports nothing but three functions of the module `assay`:
//!
//! | import | meaning |
//! |---|---|
//! | `input_len() -> i32` | length of the job's input in bytes |
//! | `input_read(dst: i32, offset: i32, len: i32)` | copies a part of the input into the guest's memory |
//! | `output_write(src: i32, len: i32)` | appends bytes to the unit's output |
//!
//! A guest needs only the function itself and one line:
//!
//! ```
//! fn sum(input: &[u8], index: u32) -> Vec<u8> {
//! 	let sum = input.iter().fold(index, |sum, &byte| sum.wrapping_add(byte.into()));
//! 	sum.to_le_bytes().to_vec()
//! }
//! assay_guest_sdk::export_unit!(sum);
//! # assert_eq!(sum(&[1, 2], 3), [6, 0, 0, 0]);
//! ```
//!
//! On other targets the macro exports nothing: the same crate is then an ordinary library, and its function can be
//! tested and run natively. For the two to give the same bytes, a guest computes with `+`, `-`, `*`, `/` and the
//! functions of [`math`], never with the platform's own mathematics.
//!
//! # Target
//!
//! `wasm32v1-none`: WebAssembly 1.0 with mutable globals, which every engine runs alike. On that target this crate
//! brings a global allocator and a panic handler; a panic is the trap `unreachable`.

#![no_std]
#![warn(missing_docs)]

extern crate alloc;
#[cfg(not(target_arch = "wasm32"))]
extern crate std;

#[cfg(target_arch = "wasm32")]
mod allocator;
#[cfg(target_arch = "wasm32")]
mod host;
pub mod math;

#[cfg(target_arch = "wasm32")]
pub use host::{input, output, run_unit, trap};

use alloc::vec::Vec;

/// What a guest's function may return: bytes, or bytes unless something is wrong with the input.
pub trait IntoOutput {
	/// The output, or `None` where the unit has to trap.
	fn into_output(self) -> Option<Vec<u8>>;
}

impl IntoOutput for Vec<u8> {
	fn into_output(self) -> Option<Vec<u8>> {
		Some(self)
	}
}

impl<E> IntoOutput for Result<Vec<u8>, E> {
	/// An error has no way out of a guest but the trap: the error's text is for those who run the function natively.
	fn into_output(self) -> Option<Vec<u8>> {
		self.ok()
	}
}

/// Makes a function `fn(input: &[u8], index: u32) -> impl IntoOutput` the guest's entry point. Once per program.
#[macro_export]
macro_rules! export_unit {
	($unit:path) => {
		#[cfg(target_arch = "wasm32")]
		const _: () = {
			#[no_mangle]
			extern "C" fn unit(index: u32) {
				$crate::run_unit($unit, index)
			}
		};
	};
}

#[cfg(test)]
mod tests {
	use super::*;
	use alloc::vec;

	#[test]
	fn output_should_be_missing_only_when_the_function_fails() {
		assert_eq!(vec![1u8, 2].into_output(), Some(vec![1, 2]));
		assert_eq!(Ok::<_, ()>(vec![3u8]).into_output(), Some(vec![3]));
		assert_eq!(Err::<Vec<u8>, _>("bad input").into_output(), None);
	}
}
