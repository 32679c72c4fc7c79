//! Running one unit of a guest inside the runtime: what settles a dispute in the last resort.
//!
//! It is the [`Arbiter`] of the pallet that decides disputes, and is offered to callers off chain as a runtime API, with
//! which anyone can ask any node what a unit's output is and what it costs, without trusting the provider who sold it. No
//! state is read or written.
//!
//! A change of the rules by which guests run ([`ENGINE_VERSION`]) comes with the code of both versions, for as long as jobs
//! that were submitted under the old one can be disputed.

use alloc::{
	string::{String, ToString},
	vec::Vec,
};
use assay_primitives::{Arbiter, ArbiterError, EngineVersion, Gas, UnitRun};
use assay_proofs::{prepare, Engine, Interpreter, Limits, Outcome, Trap, ARBITER_GAS, ENGINE_VERSION};
use codec::{Decode, Encode};
use frame_support::parameter_types;
use scale_info::TypeInfo;
use sp_core::H256;
use sp_runtime::traits::{BlakeTwo256, Hash};

parameter_types! {
	/// The rules for jobs that are submitted now.
	pub const CurrentEngine: EngineVersion = EngineVersion(ENGINE_VERSION);
}

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
	run(guest, input, index, gas_limit).map(|Outcome { result, gas }| UnitOutcome { result, gas })
}

fn run(guest: &[u8], input: &[u8], index: u32, gas_limit: Gas) -> Result<Outcome, Refusal> {
	if gas_limit > ARBITER_GAS {
		return Err(Refusal::GasLimitTooHigh(ARBITER_GAS));
	}
	let guest = prepare(guest, &Limits::STANDARD).map_err(|error| Refusal::Guest(error.to_string()))?;
	let engine = Interpreter::new();
	engine.compile(&guest).and_then(|module| engine.run(&module, input, index, gas_limit)).map_err(|_| Refusal::Engine)
}

/// The interpreter in the runtime, deciding disputes.
pub struct RuntimeArbiter;

impl Arbiter for RuntimeArbiter {
	fn run_unit(
		engine: EngineVersion,
		guest: &[u8],
		input: &[u8],
		index: u32,
		gas_limit: Gas,
	) -> Result<UnitRun, ArbiterError> {
		if engine != CurrentEngine::get() {
			return Err(ArbiterError::UnknownEngine);
		}
		let outcome = match run(guest, input, index, gas_limit) {
			Ok(outcome) => outcome,
			Err(Refusal::Guest(_)) => Outcome::invalid_guest(),
			Err(Refusal::GasLimitTooHigh(_)) => return Err(ArbiterError::GasLimitTooHigh),
			Err(Refusal::Engine) => return Err(ArbiterError::Engine),
		};
		let gas = outcome.gas;
		let outcome = match &outcome.result {
			// The same function, by the node and not by the runtime's own code.
			Ok(output) => BlakeTwo256::hash(output),
			Err(_) => H256(outcome.output_hash()),
		};
		Ok(UnitRun { outcome, gas })
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn dearest_guest(bytes: u32) -> Vec<u8> {
		assay_proofs::guest::dearest(bytes)
	}
}
