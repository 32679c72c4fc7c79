//! Measures calls of ours beside the SDK's, in the runtime's WASM, in one run: one line for each figure,
//! `name=value unit`.
//!
//! The only argument is the WASM of a runtime with its benchmarks. A time is the median of many repetitions, with each
//! component of a benchmark at its highest, where nothing else is said: what weights are for. It is time in the runtime
//! alone, as the SDK's weights state it before they add what the database takes.

use anyhow::{anyhow, bail, Context, Result};
use codec::{Decode, Encode};
use frame_benchmarking::{BenchmarkBatch, BenchmarkConfig, BenchmarkList, BenchmarkParameter};
use sc_chain_spec::GenesisConfigBuilderRuntimeCaller;
use sc_client_db::BenchmarkingState;
use sc_executor::WasmExecutor;
use sp_core::traits::{CallContext, RuntimeCode, WrappedRuntimeCode};
use sp_externalities::Extensions;
use sp_runtime::traits::BlakeTwo256;
use sp_state_machine::{OverlayedChanges, StateMachine};
use std::time::{Duration, Instant};

/// What the runtime may ask of its host. As everything here that is generic, it is compiled with this program, and so with
/// optimisation.
type HostFunctions = (sp_io::SubstrateHostFunctions, frame_benchmarking::benchmarking::HostFunctions);

/// Calls whose time depends on no delegators: the name of the figure, the pallet and the benchmark.
const CALLS: [(&str, &str, &str); 6] = [
	("transfer", "pallet_balances", "transfer_keep_alive"),
	("staking_bond", "pallet_staking", "bond"),
	("claim", "measured", "claim_alone"),
	("claim_highest", "pallet_token_mint", "claim"),
	("bond", "measured", "bond"),
	("bond_highest", "pallet_staking_slash", "bond"),
];

/// Calls measured with few delegators and with many: the name of the figure, of the ratio, and the benchmark.
const BY_DELEGATORS: [(&str, &str, &str); 4] = [
	("claim_with_delegators", "claim", "claim"),
	("claim_as_delegator", "claim_as_delegator", "claim_as_delegator"),
	("report", "slash", "report_proven"),
	("report_queued", "report_queued", "report_queued"),
];

/// How many delegators are few, and how many are many.
const FEW: u32 = 10;
const MANY: u32 = 10_000;
/// Delegators of the provider and of others: in a small storage, and few and many in a storage of the same size.
const DELEGATORS: [(&str, [u32; 2]); 3] = [("", [FEW, 0]), ("_few", [FEW, MANY - FEW]), ("_many", [MANY, 0])];

/// What of ours is put beside what of the SDK's.
const BESIDE: [(&str, &str); 5] = [
	("claim", "transfer"),
	("bond", "staking_bond"),
	("report", "transfer"),
	("report_queued", "transfer"),
	("staking_bond", "transfer"),
];

/// Passes over all calls, so that a machine that is slower for a while is so to all of them.
const PASSES: u32 = 10;
/// Repetitions of a call in one pass.
const REPETITIONS: u32 = 100;
/// The same where each repetition makes thousands of delegators anew.
const REPETITIONS_WITH_DELEGATORS: u32 = 1;
/// How long the machine warms up.
const WARM_UP: Duration = Duration::from_secs(2);

/// A runtime with its genesis, ready to run benchmarks.
struct Bench {
	code: Vec<u8>,
	hash: Vec<u8>,
	executor: WasmExecutor<HostFunctions>,
	state: BenchmarkingState<BlakeTwo256>,
	list: Vec<BenchmarkList>,
}

/// A benchmark with the values of its components.
#[derive(Clone)]
struct Case {
	pallet: Vec<u8>,
	instance: Vec<u8>,
	benchmark: Vec<u8>,
	components: Vec<(BenchmarkParameter, u32)>,
}

impl Bench {
	/// Compile `code` and build the genesis of its preset for development.
	fn new(code: Vec<u8>) -> Result<Self> {
		let caller = GenesisConfigBuilderRuntimeCaller::<()>::new(&code);
		let genesis =
			caller.get_storage_for_named_preset(Some(&"development".into())).map_err(|error| anyhow!(error))?;
		let state = BenchmarkingState::new(genesis, None, false, false).map_err(|error| anyhow!(error))?;
		let executor = WasmExecutor::builder().with_max_runtime_instances(2).build();
		let hash = sp_io::hashing::blake2_256(&code).to_vec();
		let mut bench = Self { code, hash, executor, state, list: Vec::new() };
		let metadata = bench.call("Benchmark_benchmark_metadata", &true.encode())?;
		// What follows the list, about storage, is not needed.
		bench.list = Vec::decode(&mut &metadata[..])?;
		Ok(bench)
	}

	/// Call the runtime.
	fn call(&self, method: &str, arguments: &[u8]) -> Result<Vec<u8>> {
		let fetcher = WrappedRuntimeCode(self.code.as_slice().into());
		let code = RuntimeCode { code_fetcher: &fetcher, hash: self.hash.clone(), heap_pages: None };
		let (mut overlay, mut extensions) = (OverlayedChanges::default(), Extensions::default());
		let context = CallContext::Offchain;
		let (state, executor) = (&self.state, &self.executor);
		let mut machine =
			StateMachine::new(state, &mut overlay, executor, method, arguments, &mut extensions, &code, context);
		machine.execute().map_err(|error| anyhow!("{method}: {error}"))
	}

	/// The benchmark of that name with its components at `values`, and others at their highest.
	fn case(&self, pallet: &str, benchmark: &str, values: &[u32]) -> Result<Case> {
		let list = self.list.iter().find(|list| list.pallet == pallet.as_bytes());
		let list = list.with_context(|| format!("the runtime has no benchmarks of {pallet}"))?;
		let found = list.benchmarks.iter().find(|found| found.name == benchmark.as_bytes());
		let found = found.with_context(|| format!("{pallet} has no benchmark {benchmark}"))?;
		let components = found.components.iter().enumerate();
		let components =
			components.map(|(at, (name, _, highest))| (*name, values.get(at).copied().unwrap_or(*highest)));
		Ok(Case {
			pallet: list.pallet.clone(),
			instance: list.instance.clone(),
			benchmark: found.name.clone(),
			components: components.collect(),
		})
	}

	/// Run a case so many times. Returns the times in microseconds; none of a run that verifies.
	fn run(&self, case: &Case, verify: bool, repetitions: u32) -> Result<Vec<f64>> {
		let Case { pallet, instance, benchmark, components } = case.clone();
		let name = format!("{}::{}", String::from_utf8_lossy(&pallet), String::from_utf8_lossy(&benchmark));
		let config = BenchmarkConfig {
			pallet,
			instance,
			benchmark,
			selected_components: components,
			verify,
			internal_repeats: repetitions,
		};
		let answer = self.call("Benchmark_dispatch_benchmark", &config.encode())?;
		let batches = Result::<Vec<BenchmarkBatch>, String>::decode(&mut &answer[..])?;
		let batches = batches.map_err(|error| anyhow!("{name}: {error}"))?;
		let results = batches.iter().flat_map(|batch| &batch.results);
		let times: Vec<f64> = results.map(|result| result.extrinsic_time as f64 / 1_000.0).collect();
		if times.is_empty() && !verify {
			bail!("{name} was not run");
		}
		Ok(times)
	}
}

/// The middle of some times.
fn median(mut times: Vec<f64>) -> f64 {
	times.sort_by(f64::total_cmp);
	times.get(times.len() / 2).copied().unwrap_or(f64::NAN)
}

fn main() -> Result<()> {
	let mut arguments = std::env::args().skip(1);
	let (Some(path), None) = (arguments.next(), arguments.next()) else {
		bail!("the only argument is the WASM of a runtime with its benchmarks");
	};
	let bench = Bench::new(std::fs::read(&path).with_context(|| path)?)?;

	// Name, case, repetitions in a pass, times so far.
	let mut rows = Vec::new();
	for (name, pallet, benchmark) in CALLS {
		rows.push((name.to_string(), bench.case(pallet, benchmark, &[])?, REPETITIONS, Vec::new()));
	}
	for (name, _, benchmark) in BY_DELEGATORS {
		for (suffix, delegators) in DELEGATORS {
			let case = bench.case("measured", benchmark, &delegators)?;
			let repetitions = if delegators == [FEW, 0] { REPETITIONS } else { REPETITIONS_WITH_DELEGATORS };
			rows.push((format!("{name}{suffix}"), case, repetitions, Vec::new()));
		}
	}
	for (_, case, ..) in rows.iter().filter(|(_, _, repetitions, _)| *repetitions == REPETITIONS) {
		bench.run(case, true, 1)?;
	}
	if let Some((_, case, repetitions, _)) = rows.first() {
		let begin = Instant::now();
		while begin.elapsed() < WARM_UP {
			bench.run(case, false, *repetitions)?;
		}
	}
	for _ in 0..PASSES {
		for (_, case, repetitions, times) in &mut rows {
			times.extend(bench.run(case, false, *repetitions)?);
		}
	}

	let figures: Vec<(String, f64)> = rows.into_iter().map(|(name, _, _, times)| (name, median(times))).collect();
	let time = |name: &str| figures.iter().find(|(figure, _)| figure == name).map_or(f64::NAN, |(_, time)| *time);
	for name in CALLS.iter().chain(&BY_DELEGATORS).map(|(name, ..)| name) {
		println!("{name}_us={:.1} us", time(name));
	}
	for (ours, theirs) in BESIDE {
		println!("{ours}_to_{theirs}={:.2} of 1", time(ours) / time(theirs));
	}
	for (name, ratio, _) in BY_DELEGATORS {
		println!("{ratio}_ratio_10k_to_10={:.2} of 1", time(&format!("{name}_many")) / time(&format!("{name}_few")));
	}
	Ok(())
}
