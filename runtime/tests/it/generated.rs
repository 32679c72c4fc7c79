//! Random and hostile guests inside the runtime's WASM: they give what they give outside, and cost no more than they weigh.
//!
//! The tests of `assay-proofs` run the same guests, with the same gas, in the interpreter built natively and in wasmtime.

use crate::arbiter::run_in_runtime;
use assay_generated::{hostile, programs, Expected, GAS};
use assay_proofs::{prepare, Engine, Interpreter, Limits};
use assay_runtime::{
	arbiter::{Refusal, UnitOutcome},
	Gas, Runtime,
};
use pallet_work_proofs::WeightInfo;
use std::{collections::BTreeMap, thread, time::Duration};

/// What the arbiter's code gives when it is built natively.
fn run_outside(guest: &[u8], input: &[u8], index: u32, gas: Gas) -> Result<UnitOutcome, Refusal> {
	let guest = prepare(guest, &Limits::STANDARD).map_err(|error| Refusal::Guest(error.to_string()))?;
	let engine = Interpreter::new();
	let module = engine.compile(&guest).map_err(|_| Refusal::Engine)?;
	let outcome = engine.run(&module, input, index, gas).map_err(|_| Refusal::Engine)?;
	Ok(UnitOutcome { result: outcome.result, gas: outcome.gas })
}

#[test]
fn generated_programs_should_give_the_same_inside_the_runtime_and_outside() {
	let programs = programs();
	let workers = thread::available_parallelism().map_or(1, usize::from);
	let seen = thread::scope(|scope| {
		let threads: Vec<_> = (0..workers)
			.map(|worker| {
				let programs = &programs;
				scope.spawn(move || {
					let mut seen = BTreeMap::<String, usize>::new();
					for program in programs.iter().skip(worker).step_by(workers) {
						let inside = run_in_runtime(program.blob, program.input, program.index, GAS);
						let outside = run_outside(program.blob, program.input, program.index, GAS);
						assert!(inside == outside, "the program of seed {}", program.seed);
						assert!(inside != Err(Refusal::Engine), "the program of seed {}", program.seed);
						if let Ok(UnitOutcome { result, .. }) = inside {
							let name = result.map_or_else(|trap| format!("{trap:?}"), |_| "ended well".into());
							*seen.entry(name).or_default() += 1;
						}
					}
					seen
				})
			})
			.collect();
		threads.into_iter().map(|thread| thread.join().unwrap()).fold(
			BTreeMap::<String, usize>::new(),
			|mut all, seen| {
				seen.into_iter().for_each(|(name, count)| *all.entry(name).or_default() += count);
				all
			},
		)
	});
	println!("{} programs: {seen:?}", programs.len());
	let ran: usize = seen.values().sum();
	assert!(programs.len() < 1_000 || ran >= 1_000, "{ran} programs ran");
}

#[test]
fn hostile_guests_should_be_bounded_inside_the_runtime() {
	const GAS: Gas = 1_000_000;
	let input = [7; 64];
	// The first call compiles the runtime.
	let _ = run_in_runtime(b"", &input, 0, GAS);
	for case in hostile() {
		let begin = processor_time();
		let inside = run_in_runtime(&case.blob, &input, 0, GAS);
		let took = processor_time() - begin;
		assert!(inside == run_outside(&case.blob, &input, 0, GAS), "{}", case.name);
		match (&inside, case.expected) {
			(Ok(outcome), Expected::Taken) => assert!(outcome.gas <= GAS, "{}", case.name),
			(Err(Refusal::Guest(why)), Expected::Refused(part)) => assert!(why.contains(part), "{}: {why}", case.name),
			other => panic!("{}: {other:?}", case.name),
		}
		type Weights = <Runtime as pallet_work_proofs::Config>::WeightInfo;
		let gas = inside.map_or(0, |outcome| outcome.gas.div_ceil(1_000)) as u32;
		let weight = Weights::dispute_unit(gas, case.blob.len() as u32, input.len() as u32);
		let paid = Duration::from_nanos(weight.ref_time() / 1_000);
		println!("{}: {} bytes took {took:.1?}, paid for {paid:.1?}", case.name, case.blob.len());
		// Weights hold on the reference machine; a slower one, with tests beside it, is allowed some times that.
		assert!(took <= paid * 8 + Duration::from_millis(500), "{}: {took:?} for {paid:?}", case.name);
	}
}

/// How long the present thread has had a processor, from Linux's account of it: what a busy machine makes it wait does not count.
fn processor_time() -> Duration {
	let account = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
	Duration::from_nanos(account.split(' ').next().unwrap().parse().unwrap())
}
