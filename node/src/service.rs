//! The parts of a running node and how they are put together.

use assay_runtime::{apis::RuntimeApi, opaque::Block};
use futures::{future::BoxFuture, FutureExt};
use sc_client_api::{Backend as _, BlockBackend};
use sc_consensus::LongestChain;
use sc_consensus_babe::{BabeBlockImport, BabeLink, BabeWorkerHandle, SlotProportion};
use sc_consensus_grandpa::{GrandpaBlockImport, LinkHalf, SharedVoterState};
use sc_consensus_slots::BackoffAuthoringOnFinalizedHeadLagging;
use sc_executor::{HeapAllocStrategy, DEFAULT_HEAP_ALLOC_STRATEGY};
use sc_network::NetworkBackend;
use sc_service::{
	config::ExecutorConfiguration, error::Error as ServiceError, BuildGenesisBlock, Configuration, GenesisBlockBuilder,
	KeystoreContainer, SpawnEssentialTaskHandle, SpawnTaskHandle, TaskManager, WarpSyncConfig,
};
use sc_telemetry::{Telemetry, TelemetryWorker};
use sc_transaction_pool_api::OffchainTransactionPoolFactory;
use sp_consensus_babe::{
	inherents::{BabeCreateInherentDataProviders, InherentDataProvider as BabeInherent},
	SlotDuration,
};
use sp_core::traits::SpawnEssentialNamed;
use sp_runtime::traits::Block as BlockT;
use sp_timestamp::InherentDataProvider as TimestampInherent;
use std::{
	path::{self, Path},
	sync::Arc,
	time::Duration,
};

/// Compiles the runtime's WASM and runs it.
type Executor = sc_executor::WasmExecutor<sp_io::SubstrateHostFunctions>;
/// The client: database, executor and runtime in one.
pub type Client = sc_service::TFullClient<Block, RuntimeApi, Executor>;
/// The database.
pub type Backend = sc_service::TFullBackend<Block>;
/// The rule by which the best block is chosen.
pub type SelectChain = LongestChain<Backend, Block>;
/// The transaction pool.
pub type Pool = sc_transaction_pool::TransactionPoolHandle<Block, Client>;
type Grandpa = GrandpaBlockImport<Backend, Block, Client, SelectChain>;
type BlockImport = BabeBlockImport<Block, Client, Grandpa, BabeCreateInherentDataProviders<Block>, SelectChain>;
type BlockHash = <Block as BlockT>::Hash;

/// Blocks after which a finality proof is kept at the latest. Shorter means more proofs to store, longer means that a warp
/// sync ends further from the head: 512 blocks are under an hour.
const JUSTIFICATION_PERIOD: u32 = 512;

/// What every sub-command and the running node need.
pub struct Partial {
	/// Database, executor, runtime.
	pub client: Arc<Client>,
	/// The database alone.
	pub backend: Arc<Backend>,
	/// Background tasks; the node ends with it.
	pub task_manager: TaskManager,
	/// Where blocks from the network or a file go.
	pub import_queue: sc_consensus::DefaultImportQueue<Block>,
	keystore: KeystoreContainer,
	select_chain: SelectChain,
	transaction_pool: Arc<Pool>,
	block_import: BlockImport,
	babe_link: BabeLink<Block>,
	babe_worker: BabeWorkerHandle<Block>,
	grandpa_link: LinkHalf<Block, Client, SelectChain>,
	telemetry: Option<Telemetry>,
}

/// The slot and the time, as they are on this machine.
fn inherents(slot_duration: SlotDuration) -> BabeCreateInherentDataProviders<Block> {
	Arc::new(move |_, ()| async move {
		let timestamp = TimestampInherent::from_system_time();
		let slot = BabeInherent::from_timestamp_and_slot_duration(*timestamp, slot_duration);
		Ok((slot, timestamp))
	})
}

/// An executor as `sc_service::new_wasm_executor` makes it, which in addition keeps what it compiles in `cache`.
fn new_executor(config: &ExecutorConfiguration, cache: Option<&Path>) -> Result<Executor, ServiceError> {
	let heap = config.default_heap_pages.map_or(DEFAULT_HEAP_ALLOC_STRATEGY, |pages| HeapAllocStrategy::Static {
		extra_pages: u32::try_from(pages).unwrap_or(u32::MAX),
	});
	let builder = Executor::builder()
		.with_execution_method(config.wasm_method)
		.with_onchain_heap_alloc_strategy(heap)
		.with_offchain_heap_alloc_strategy(heap)
		.with_max_runtime_instances(config.max_runtime_instances)
		.with_runtime_cache_size(config.runtime_cache_size);
	Ok(match cache {
		Some(folder) => builder.with_cache_path(path::absolute(folder)?).build(),
		None => builder.build(),
	})
}

/// Makes the first block and its state when the database has none. The SDK's own way makes that state at every start,
/// and for a chain that is known by name compiles the runtime to do so.
struct FirstBlock<'a> {
	config: &'a Configuration,
	backend: Arc<Backend>,
	executor: Executor,
}

impl BuildGenesisBlock<Block> for FirstBlock<'_> {
	type BlockImportOperation = <Backend as sc_client_api::Backend<Block>>::BlockImportOperation;

	fn build_genesis_block(self) -> sp_blockchain::Result<(Block, Self::BlockImportOperation)> {
		let Self { config, backend, executor } = self;
		GenesisBlockBuilder::<Block, _, _>::new(
			config.chain_spec.as_storage_builder(),
			!config.no_genesis(),
			backend,
			executor,
		)?
		.build_genesis_block()
	}
}

/// Starts the tasks of the transaction pool.
///
/// Its one blocking task waits for requests in a way that cannot be interrupted, so it learns of the node's end only
/// when the pool is gone and then ends by itself. As an essential task it would report each ordinary stop as a failure.
/// A panic in it ends the process either way.
#[derive(Clone)]
struct PoolTasks {
	essential: SpawnEssentialTaskHandle,
	ordinary: SpawnTaskHandle,
}

impl SpawnEssentialNamed for PoolTasks {
	fn spawn_essential_blocking(
		&self,
		name: &'static str,
		group: Option<&'static str>,
		future: BoxFuture<'static, ()>,
	) {
		self.ordinary.spawn_blocking(name, group, future);
	}

	fn spawn_essential(&self, name: &'static str, group: Option<&'static str>, future: BoxFuture<'static, ()>) {
		self.essential.spawn(name, group, future);
	}
}

/// Opens the database and builds everything that does not need the network. Compiled runtimes are kept in `cache`.
pub fn new_partial(config: &Configuration, cache: Option<&Path>) -> Result<Partial, ServiceError> {
	let telemetry = config
		.telemetry_endpoints
		.clone()
		.filter(|endpoints| !endpoints.is_empty())
		.map(|endpoints| -> Result<_, sc_telemetry::Error> {
			let worker = TelemetryWorker::new(16)?;
			let telemetry = worker.handle().new_telemetry(endpoints);
			Ok((worker, telemetry))
		})
		.transpose()?;

	let executor = new_executor(&config.executor, cache)?;
	let backend = sc_service::new_db_backend(config.db_config())?;
	let first_block = FirstBlock { config, backend: backend.clone(), executor: executor.clone() };
	let (client, backend, keystore, mut task_manager) =
		sc_service::new_full_parts_with_genesis_builder::<Block, RuntimeApi, _, _>(
			config,
			telemetry.as_ref().map(|(_, telemetry)| telemetry.handle()),
			executor,
			backend,
			first_block,
			false,
		)?;
	let client = Arc::new(client);

	let telemetry = telemetry.map(|(worker, telemetry)| {
		task_manager.spawn_handle().spawn("telemetry", None, worker.run());
		telemetry
	});
	let telemetry_handle = || telemetry.as_ref().map(|telemetry| telemetry.handle());

	let select_chain = LongestChain::new(backend.clone());
	let transaction_pool: Arc<Pool> = Arc::new(
		sc_transaction_pool::Builder::new(
			PoolTasks { essential: task_manager.spawn_essential_handle(), ordinary: task_manager.spawn_handle() },
			client.clone(),
			config.role.is_authority().into(),
		)
		.with_options(config.transaction_pool.clone())
		.with_prometheus(config.prometheus_registry())
		.build(),
	);
	// Sub-commands have no use for the pool. Its tasks must be told of the end before it goes.
	task_manager.keep_alive(transaction_pool.clone());

	let (grandpa_block_import, grandpa_link) = sc_consensus_grandpa::block_import(
		client.clone(),
		JUSTIFICATION_PERIOD,
		&client,
		select_chain.clone(),
		telemetry_handle(),
	)?;
	let babe_config = sc_consensus_babe::configuration(&*client)?;
	let slot_duration = babe_config.slot_duration();
	let (block_import, babe_link) = sc_consensus_babe::block_import(
		babe_config,
		grandpa_block_import.clone(),
		client.clone(),
		inherents(slot_duration),
		select_chain.clone(),
		OffchainTransactionPoolFactory::new(transaction_pool.clone()),
	)?;
	let (import_queue, babe_worker) = sc_consensus_babe::import_queue(sc_consensus_babe::ImportQueueParams {
		link: babe_link.clone(),
		block_import: block_import.clone(),
		justification_import: Some(Box::new(grandpa_block_import)),
		client: client.clone(),
		slot_duration,
		spawner: &task_manager.spawn_essential_handle(),
		registry: config.prometheus_registry(),
		telemetry: telemetry_handle(),
	})?;

	Ok(Partial {
		client,
		backend,
		task_manager,
		import_queue,
		keystore,
		select_chain,
		transaction_pool,
		block_import,
		babe_link,
		babe_worker,
		grandpa_link,
		telemetry,
	})
}

/// Starts the node. It runs until the returned task manager ends. Compiled runtimes are kept in `cache`.
pub fn new_full<Network: NetworkBackend<Block, BlockHash>>(
	config: Configuration,
	cache: Option<&Path>,
) -> Result<TaskManager, ServiceError> {
	let Partial {
		client,
		backend,
		mut task_manager,
		import_queue,
		keystore,
		select_chain,
		transaction_pool,
		block_import,
		babe_link,
		babe_worker,
		grandpa_link,
		mut telemetry,
	} = new_partial(&config, cache)?;

	let mut net_config = sc_network::config::FullNetworkConfiguration::<Block, BlockHash, Network>::new(
		&config.network,
		config.prometheus_registry().cloned(),
	);
	let metrics = Network::register_notification_metrics(config.prometheus_registry());
	let genesis_hash = client
		.block_hash(0)?
		.ok_or_else(|| ServiceError::Other("the database has no genesis block; delete it with `purge-chain`".into()))?;
	let grandpa_protocol = sc_consensus_grandpa::protocol_standard_name(&genesis_hash, &config.chain_spec);
	let (grandpa_peers, grandpa_notifications) = sc_consensus_grandpa::grandpa_peers_set_config::<Block, Network>(
		grandpa_protocol.clone(),
		metrics.clone(),
		net_config.peer_store_handle(),
	);
	net_config.add_notification_protocol(grandpa_peers);

	let warp_sync = sc_consensus_grandpa::warp_proof::NetworkProvider::new(
		backend.clone(),
		grandpa_link.shared_authority_set().clone(),
		Vec::new(),
	);
	let (network, system_rpc_tx, tx_handler_controller, sync_service, _) =
		sc_service::build_network(sc_service::BuildNetworkParams {
			config: &config,
			net_config,
			client: client.clone(),
			transaction_pool: transaction_pool.clone(),
			spawn_handle: task_manager.spawn_handle(),
			spawn_essential_handle: task_manager.spawn_essential_handle(),
			import_queue,
			block_announce_validator_builder: None,
			warp_sync_config: Some(WarpSyncConfig::WithProvider(Arc::new(warp_sync))),
			block_relay: None,
			metrics,
			gap_sync_body_policy: None,
		})?;

	if config.offchain_worker.enabled {
		let workers = sc_offchain::OffchainWorkers::new(sc_offchain::OffchainWorkerOptions {
			runtime_api_provider: client.clone(),
			is_validator: config.role.is_authority(),
			keystore: Some(keystore.keystore()),
			offchain_db: backend.offchain_storage(),
			transaction_pool: Some(OffchainTransactionPoolFactory::new(transaction_pool.clone())),
			network_provider: Arc::new(network.clone()),
			enable_http_requests: false,
			custom_extensions: |_| Vec::new(),
		})?;
		task_manager.spawn_handle().spawn(
			"offchain-workers-runner",
			"offchain-worker",
			workers.run(client.clone(), task_manager.spawn_handle()).boxed(),
		);
	}

	let role = config.role;
	let force_authoring = config.force_authoring;
	let node_name = config.network.node_name.clone();
	let enable_grandpa = !config.disable_grandpa;
	let prometheus_registry = config.prometheus_registry().cloned();
	let voter_state = SharedVoterState::empty();

	let rpc_builder = {
		let rpc = crate::rpc::Deps {
			client: client.clone(),
			backend: backend.clone(),
			pool: transaction_pool.clone(),
			select_chain: select_chain.clone(),
			chain_spec: config.chain_spec.cloned_box(),
			keystore: keystore.keystore(),
			babe_worker,
			authority_set: grandpa_link.shared_authority_set().clone(),
			voter_state: voter_state.clone(),
			justifications: grandpa_link.justification_stream(),
		};
		Box::new(move |executor| crate::rpc::create_full(rpc.clone(), executor).map_err(Into::into))
	};
	sc_service::spawn_tasks(sc_service::SpawnTasksParams {
		network: network.clone(),
		client: client.clone(),
		keystore: keystore.keystore(),
		task_manager: &mut task_manager,
		transaction_pool: transaction_pool.clone(),
		rpc_builder,
		backend,
		system_rpc_tx,
		tx_handler_controller,
		sync_service: sync_service.clone(),
		config,
		telemetry: telemetry.as_mut(),
		tracing_execute_block: None,
	})?;

	if role.is_authority() {
		let proposer = sc_basic_authorship::ProposerFactory::new(
			task_manager.spawn_handle(),
			client.clone(),
			transaction_pool.clone(),
			prometheus_registry.as_ref(),
			telemetry.as_ref().map(|telemetry| telemetry.handle()),
		);
		let slot_duration = babe_link.config().slot_duration();
		let babe = sc_consensus_babe::start_babe(sc_consensus_babe::BabeParams {
			keystore: keystore.keystore(),
			client,
			select_chain,
			env: proposer,
			block_import,
			sync_oracle: sync_service.clone(),
			justification_sync_link: sync_service.clone(),
			create_inherent_data_providers: inherents(slot_duration),
			force_authoring,
			backoff_authoring_blocks: Some(BackoffAuthoringOnFinalizedHeadLagging::default()),
			babe_link,
			// A third of the slot is left for the block to reach the others.
			block_proposal_slot_portion: SlotProportion::new(2f32 / 3f32),
			max_block_proposal_slot_portion: None,
			telemetry: telemetry.as_ref().map(|telemetry| telemetry.handle()),
		})?;
		task_manager.spawn_essential_handle().spawn_blocking("babe-proposer", Some("block-authoring"), babe);
	}

	if enable_grandpa {
		let grandpa_config = sc_consensus_grandpa::Config {
			gossip_duration: Duration::from_millis(333),
			justification_generation_period: JUSTIFICATION_PERIOD,
			name: Some(node_name),
			observer_enabled: false,
			// Without keys a node follows the votes and casts none.
			keystore: role.is_authority().then(|| keystore.keystore()),
			local_role: role,
			telemetry: telemetry.as_ref().map(|telemetry| telemetry.handle()),
			protocol_name: grandpa_protocol,
		};
		let voter = sc_consensus_grandpa::run_grandpa_voter(sc_consensus_grandpa::GrandpaParams {
			config: grandpa_config,
			link: grandpa_link,
			network,
			sync: sync_service,
			notification_service: grandpa_notifications,
			voting_rule: sc_consensus_grandpa::VotingRulesBuilder::default().build(),
			prometheus_registry,
			shared_voter_state: voter_state,
			telemetry: telemetry.as_ref().map(|telemetry| telemetry.handle()),
			offchain_tx_pool_factory: OffchainTransactionPoolFactory::new(transaction_pool),
		})?;
		task_manager.spawn_essential_handle().spawn_blocking("grandpa-voter", None, voter);
	}

	Ok(task_manager)
}
