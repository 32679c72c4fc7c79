//! The guest's side of the calls between guest and host.

use crate::IntoOutput;
use alloc::vec::Vec;

#[link(wasm_import_module = "assay")]
unsafe extern "C" {
	safe fn input_len() -> usize;
	fn input_read(dst: *mut u8, offset: usize, len: usize);
	fn output_write(src: *const u8, len: usize);
}

/// The job's input, copied into the guest's memory. Each call copies again: a guest calls it once.
pub fn input() -> Vec<u8> {
	let length = input_len();
	let mut bytes = Vec::with_capacity(length);
	// SAFETY: the host writes `length` bytes from `bytes.as_mut_ptr()` on, all of them inside this vector's capacity.
	unsafe { input_read(bytes.as_mut_ptr(), 0, length) };
	// SAFETY: that many bytes were reserved and have just been written.
	unsafe { bytes.set_len(length) };
	bytes
}

/// Appends bytes to the unit's output.
pub fn output(bytes: &[u8]) {
	// SAFETY: the host only reads `bytes.len()` bytes from `bytes.as_ptr()` on, all of them inside this slice.
	unsafe { output_write(bytes.as_ptr(), bytes.len()) }
}

/// Ends the unit without a result: the outcome is the trap `unreachable`.
pub fn trap() -> ! {
	core::arch::wasm32::unreachable()
}

/// Runs one unit of `unit` on the job's input. What [`export_unit!`](crate::export_unit) calls.
pub fn run_unit<T: IntoOutput>(unit: fn(&[u8], u32) -> T, index: u32) {
	match unit(&input(), index).into_output() {
		Some(bytes) => output(&bytes),
		None => trap(),
	}
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
	trap()
}
