//! One unit of a real guest, run inside the runtime's WASM by the node's executor.

use assay_proofs::{prepare, Engine, Interpreter, Limits, Trap, ARBITER_GAS};
use assay_runtime::{
	arbiter::{Refusal, UnitOutcome},
	Gas, WASM_BINARY,
};
use codec::{Decode, Encode};
use sc_executor::WasmExecutor;
use sp_core::traits::{CallContext, CodeExecutor, RuntimeCode, WrappedRuntimeCode};
use sp_io::{SubstrateHostFunctions, TestExternalities};

/// Calls the runtime API as `state_call` does.
fn run_in_runtime(guest: &[u8], input: &[u8], index: u32, gas: Gas) -> Result<UnitOutcome, Refusal> {
	let binary = WASM_BINARY.expect("the runtime is built for WASM");
	let executor = WasmExecutor::<SubstrateHostFunctions>::builder().build();
	let wasm = WrappedRuntimeCode(binary.into());
	let code = RuntimeCode { code_fetcher: &wasm, heap_pages: None, hash: sp_io::hashing::blake2_256(binary).to_vec() };
	let mut ext = TestExternalities::default();
	let mut ext = ext.ext();
	let argument = (guest, input, index, gas).encode();
	let (result, _) = executor.call(&mut ext, &code, "ArbiterApi_run_unit", &argument, CallContext::Offchain);
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

#[test]
fn unit_should_be_refused_when_guest_or_gas_is_not_acceptable() {
	assert!(matches!(run_in_runtime(b"not wasm", &[], 0, 1), Err(Refusal::Guest(_))));
	assert!(matches!(
		run_in_runtime(assay_guests::PATHTRACER, &[], 0, ARBITER_GAS + 1),
		Err(Refusal::GasLimitTooHigh(ARBITER_GAS))
	));
}
