//! One unit of a real guest, run inside the runtime's WASM by the node's executor.

use assay_proofs::{prepare, Engine, Interpreter, Limits, Trap, ARBITER_GAS};
use assay_runtime::{
	arbiter::{Refusal, UnitOutcome},
	Gas, WASM_BINARY,
};
use codec::{Decode, Encode};
use sc_executor::WasmExecutor;
use sp_core::traits::{CallContext, CodeExecutor, RuntimeCode, WrappedRuntimeCode};
use sp_io::{hashing::blake2_256, SubstrateHostFunctions, TestExternalities};
use std::sync::LazyLock;

/// One for all tests: it compiles the runtime once.
static EXECUTOR: LazyLock<WasmExecutor<SubstrateHostFunctions>> = LazyLock::new(|| WasmExecutor::builder().build());
static HASH: LazyLock<Vec<u8>> =
	LazyLock::new(|| blake2_256(WASM_BINARY.expect("the runtime is built for WASM")).to_vec());

/// Calls the runtime API as `state_call` does.
pub(crate) fn run_in_runtime(guest: &[u8], input: &[u8], index: u32, gas: Gas) -> Result<UnitOutcome, Refusal> {
	let binary = WASM_BINARY.expect("the runtime is built for WASM");
	let wasm = WrappedRuntimeCode(binary.into());
	let code = RuntimeCode { code_fetcher: &wasm, heap_pages: None, hash: HASH.clone() };
	let mut ext = TestExternalities::default();
	let mut ext = ext.ext();
	let argument = (guest, input, index, gas).encode();
	let (result, _) = EXECUTOR.call(&mut ext, &code, "ArbiterApi_run_unit", &argument, CallContext::Offchain);
	Decode::decode(&mut &result.expect("the call returns")[..]).expect("of the declared type")
}

#[test]
fn unit_should_have_the_same_output_and_gas_inside_the_runtime_and_outside() {
	let input = assay_guests::demo_scene().unwrap();
	let guest = prepare(assay_guests::PATHTRACER, &Limits::STANDARD).expect("the path tracer is a valid guest");
	let engine = Interpreter::new();
	let module = engine.compile(&guest).unwrap();
	let outside = engine.run(&module, &input, 3, ARBITER_GAS).unwrap();
	let inside = run_in_runtime(assay_guests::PATHTRACER, &input, 3, ARBITER_GAS).unwrap();
	assert_eq!(inside.gas, outside.gas);
	assert_eq!(inside.result, outside.result);
	assert!(inside.result.is_ok(), "{:?}", inside.result);
}

#[test]
fn unit_should_trap_alike_when_gas_runs_out_inside_the_runtime() {
	let input = assay_guests::demo_scene().unwrap();
	let outcome = run_in_runtime(assay_guests::PATHTRACER, &input, 0, 10_000).unwrap();
	assert_eq!(outcome.result, Err(Trap::OutOfGas));
	assert_eq!(outcome.gas, 10_000);
}

/// A guest that does `code`, as bytes, in a loop without end.
fn looping(code: &[u8]) -> Vec<u8> {
	let body = [&[0, 0x03, 0x40], code, &[0x0c, 0, 0x0b, 0x0b]].concat();
	let mut guest = b"\0asm\x01\0\0\0\x01\x05\x01\x60\x01\x7f\0\x03\x02\x01\0\x05\x03\x01\0\x01\
		\x07\x11\x02\x06memory\x02\0\x04unit\0\0"
		.to_vec();
	// All lengths are below 128, hence one byte each.
	guest.extend([0x0a, body.len() as u8 + 2, 1, body.len() as u8]);
	guest.extend(body);
	guest
}

#[test]
fn hostile_guest_should_trap_and_not_break_the_runtime() {
	// As large and as slow as can be.
	let largest = assay_proofs::guest::dearest(Limits::STANDARD.max_blob);
	let outcome = run_in_runtime(&largest, &vec![7; Limits::STANDARD.max_input as usize], 0, ARBITER_GAS).unwrap();
	assert_eq!(outcome, UnitOutcome { result: Err(Trap::OutOfGas), gas: ARBITER_GAS });
	let cases: [(&[u8], Trap); 5] = [
		// Grows the memory page by page, up to the limit and on.
		(&[0x41, 1, 0x40, 0, 0x1a], Trap::OutOfGas),
		// And all at once, then fills it.
		(&[0x41, 0xff, 1, 0x40, 0, 0x1a, 0x41, 0, 0x41, 9, 0x41, 0x80, 0x80, 0x80, 8, 0xfc, 0x0b, 0], Trap::OutOfGas),
		// Calls itself.
		(&[0x41, 0, 0x10, 0], Trap::StackOverflow),
		// Reads where there is nothing.
		(&[0x41, 0x7f, 0x28, 2, 0, 0x1a], Trap::MemoryOutOfBounds),
		// Divides by zero.
		(&[0x41, 1, 0x41, 0, 0x6d, 0x1a], Trap::DivisionByZero),
	];
	for (code, trap) in cases {
		let outcome = run_in_runtime(&looping(code), &[], 0, ARBITER_GAS).unwrap();
		assert_eq!(outcome, UnitOutcome { result: Err(trap), gas: ARBITER_GAS });
	}
}

#[test]
fn unit_should_be_refused_when_guest_or_gas_is_not_acceptable() {
	assert!(matches!(run_in_runtime(b"not wasm", &[], 0, 1), Err(Refusal::Guest(_))));
	assert!(matches!(
		run_in_runtime(assay_guests::PATHTRACER, &[], 0, ARBITER_GAS + 1),
		Err(Refusal::GasLimitTooHigh(ARBITER_GAS))
	));
}
