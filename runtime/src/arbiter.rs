//! Running one unit of a guest inside the runtime: what settles a dispute in the last resort.
//!
//! Here it is offered to callers off chain as a runtime API, with which anyone can ask any node what a unit's output is
//! and what it costs, without trusting the provider who sold it. No state is read or written.

use alloc::{
	string::{String, ToString},
	vec::Vec,
};
use assay_primitives::Gas;
use assay_proofs::{prepare, Engine, Interpreter, Limits, Trap, ARBITER_GAS};
use codec::{Decode, Encode};
use scale_info::TypeInfo;

/// What a unit came to.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq, TypeInfo)]
pub struct UnitOutcome {
	/// The output, or why there is none.
	pub result: Result<Vec<u8>, Trap>,
	/// Gas used.
	pub gas: Gas,
}

/// Why a unit was not run.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq, TypeInfo)]
pub enum Refusal {
	/// The guest is not a program that this network accepts; the text says why and what to do.
	#[codec(index = 0)]
	Guest(String),
	/// The unit may use more gas than the arbiter has; the field is the most it accepts.
	#[codec(index = 1)]
	GasLimitTooHigh(Gas),
	/// The interpreter failed; this says nothing about the guest.
	#[codec(index = 2)]
	Engine,
}

sp_api::decl_runtime_apis! {
	/// Running one unit of a guest in the runtime.
	pub trait ArbiterApi {
		/// Run unit `index` of `guest` on `input`, with at most `gas_limit` gas.
		fn run_unit(
			guest: Vec<u8>,
			input: Vec<u8>,
			index: u32,
			gas_limit: Gas,
		) -> Result<UnitOutcome, Refusal>;
	}
}

/// See [`ArbiterApi`]. Linear in the size of the guest, and in the gas used.
pub fn run_unit(guest: &[u8], input: &[u8], index: u32, gas_limit: Gas) -> Result<UnitOutcome, Refusal> {
	if gas_limit > ARBITER_GAS {
		return Err(Refusal::GasLimitTooHigh(ARBITER_GAS));
	}
	let guest = prepare(guest, &Limits::STANDARD).map_err(|error| Refusal::Guest(error.to_string()))?;
	let engine = Interpreter::new();
	let outcome = engine
		.compile(&guest)
		.and_then(|module| engine.run(&module, input, index, gas_limit))
		.map_err(|_| Refusal::Engine)?;
	Ok(UnitOutcome { result: outcome.result, gas: outcome.gas })
}
