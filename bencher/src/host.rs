//! A runtime with its genesis, and what it needs to run benchmarks.

use anyhow::{anyhow, bail, Context, Result};
use codec::{Decode, Encode};
use frame_benchmarking::{BenchmarkBatch, BenchmarkConfig, BenchmarkList, BenchmarkParameter, BenchmarkResult};
use frame_support::traits::StorageInfo;
use sc_chain_spec::GenesisConfigBuilderRuntimeCaller;
use sc_client_db::BenchmarkingState;
use sc_executor::WasmExecutor;
use sp_core::traits::{CallContext, RuntimeCode, WrappedRuntimeCode};
use sp_externalities::Extensions;
use sp_keystore::{testing::MemoryKeystore, KeystoreExt};
use sp_runtime::traits::BlakeTwo256;
use sp_state_machine::{OverlayedChanges, StateMachine};

/// What the runtime may ask of its host.
type HostFunctions = (sp_io::SubstrateHostFunctions, frame_benchmarking::benchmarking::HostFunctions);

/// A runtime, ready to run benchmarks on the genesis of its preset for development.
pub struct Host {
	code: Vec<u8>,
	hash: Vec<u8>,
	executor: WasmExecutor<HostFunctions>,
	timed: BenchmarkingState<BlakeTwo256>,
	tracked: BenchmarkingState<BlakeTwo256>,
	/// The runtime's benchmarks.
	pub benchmarks: Vec<BenchmarkList>,
	/// The items of its storage.
	pub storage: Vec<StorageInfo>,
}

/// A benchmark with the values of its components.
#[derive(Clone, Debug)]
pub struct Case {
	/// The pallet by its crate's name.
	pub pallet: Vec<u8>,
	/// The pallet as the runtime calls it.
	pub instance: Vec<u8>,
	/// The benchmark's name.
	pub benchmark: Vec<u8>,
	/// What its components are.
	pub components: Vec<(BenchmarkParameter, u32)>,
}

/// How a benchmark is run.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Run {
	/// Once, with the checks of its effect; gives no results.
	Verified,
	/// Once, to see which storage it touches. The results' times mean nothing.
	Tracked,
	/// So many times, to see how long it takes.
	Timed(u32),
}

impl Host {
	/// Compile `code` and build the genesis.
	pub fn new(code: Vec<u8>) -> Result<Self> {
		let caller = GenesisConfigBuilderRuntimeCaller::<()>::new(&code);
		let genesis =
			caller.get_storage_for_named_preset(Some(&"development".into())).map_err(|error| anyhow!(error))?;
		// No proofs are recorded: a chain of its own is never asked for one.
		let state = |tracking| BenchmarkingState::new(genesis.clone(), None, false, tracking);
		let (timed, tracked) =
			(state(false).map_err(|error| anyhow!(error))?, state(true).map_err(|error| anyhow!(error))?);
		let executor = WasmExecutor::builder().with_max_runtime_instances(2).build();
		let hash = sp_io::hashing::blake2_256(&code).to_vec();
		let mut host = Self { code, hash, executor, timed, tracked, benchmarks: Vec::new(), storage: Vec::new() };
		let answer = host.call(&host.timed, "Benchmark_benchmark_metadata", &false.encode())?;
		(host.benchmarks, host.storage) = Decode::decode(&mut &answer[..])?;
		Ok(host)
	}

	/// Call the runtime on `state`.
	fn call(&self, state: &BenchmarkingState<BlakeTwo256>, method: &str, arguments: &[u8]) -> Result<Vec<u8>> {
		let fetcher = WrappedRuntimeCode(self.code.as_slice().into());
		let code = RuntimeCode { code_fetcher: &fetcher, hash: self.hash.clone(), heap_pages: None };
		let (mut overlay, mut extensions) = (OverlayedChanges::default(), Extensions::default());
		// Some calls check signatures, which benchmarks have to make.
		extensions.register(KeystoreExt::new(MemoryKeystore::new()));
		let (executor, context) = (&self.executor, CallContext::Offchain);
		let mut machine =
			StateMachine::new(state, &mut overlay, executor, method, arguments, &mut extensions, &code, context);
		machine.execute().map_err(|error| anyhow!("{method}: {error}"))
	}

	/// The benchmark of that name with its components at `values`, and the others at their highest.
	pub fn case(&self, pallet: &str, benchmark: &str, values: &[u32]) -> Result<Case> {
		let list = self.benchmarks.iter().find(|list| list.pallet == pallet.as_bytes());
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

	/// Run a case.
	pub fn run(&self, case: &Case, run: Run) -> Result<Vec<BenchmarkResult>> {
		let Case { pallet, instance, benchmark, components } = case.clone();
		let name = format!("{}::{}", String::from_utf8_lossy(&pallet), String::from_utf8_lossy(&benchmark));
		let config = BenchmarkConfig {
			pallet,
			instance,
			benchmark,
			selected_components: components,
			verify: run == Run::Verified,
			internal_repeats: if let Run::Timed(repetitions) = run { repetitions } else { 1 },
		};
		let state = if run == Run::Tracked { &self.tracked } else { &self.timed };
		let answer = self.call(state, "Benchmark_dispatch_benchmark", &config.encode())?;
		let batches = Result::<Vec<BenchmarkBatch>, String>::decode(&mut &answer[..])?;
		let batches = batches.map_err(|error| anyhow!("{name}: {error}"))?;
		let results: Vec<_> = batches.into_iter().flat_map(|batch| batch.results).collect();
		if results.is_empty() && run != Run::Verified {
			bail!("{name} was not run");
		}
		Ok(results)
	}
}
