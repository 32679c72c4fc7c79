//! What the node answers over JSON-RPC besides what every node of the SDK does.
//!
//! Reads of our pallets need nothing here: they are view functions and runtime APIs.

use crate::service::{Backend, Client, Pool, SelectChain};
use assay_runtime::{opaque::Block, BlockNumber, Hash};
use jsonrpsee::RpcModule;
use pallet_transaction_payment_rpc::{TransactionPayment, TransactionPaymentApiServer};
use sc_consensus_babe::BabeWorkerHandle;
use sc_consensus_babe_rpc::{Babe, BabeApiServer};
use sc_consensus_grandpa::{FinalityProofProvider, GrandpaJustificationStream, SharedAuthoritySet, SharedVoterState};
use sc_consensus_grandpa_rpc::{Grandpa, GrandpaApiServer};
use sc_rpc::SubscriptionTaskExecutor;
use sc_sync_state_rpc::{SyncState, SyncStateApiServer};
use sp_keystore::KeystorePtr;
use std::sync::Arc;
use substrate_frame_rpc_system::{System, SystemApiServer};

/// What the methods need.
pub struct Deps {
	pub client: Arc<Client>,
	pub backend: Arc<Backend>,
	pub pool: Arc<Pool>,
	pub select_chain: SelectChain,
	pub chain_spec: Box<dyn sc_chain_spec::ChainSpec>,
	pub keystore: KeystorePtr,
	pub babe_worker: BabeWorkerHandle<Block>,
	pub authority_set: SharedAuthoritySet<Hash, BlockNumber>,
	pub voter_state: SharedVoterState,
	pub justifications: GrandpaJustificationStream<Block>,
}

impl Clone for Deps {
	fn clone(&self) -> Self {
		Self {
			client: self.client.clone(),
			backend: self.backend.clone(),
			pool: self.pool.clone(),
			select_chain: self.select_chain.clone(),
			chain_spec: self.chain_spec.cloned_box(),
			keystore: self.keystore.clone(),
			babe_worker: self.babe_worker.clone(),
			authority_set: self.authority_set.clone(),
			voter_state: self.voter_state.clone(),
			justifications: self.justifications.clone(),
		}
	}
}

/// Account nonces and dry runs, fees, block authorship, finality, and the starting point of light clients.
pub fn create_full(
	deps: Deps,
	executor: SubscriptionTaskExecutor,
) -> Result<RpcModule<()>, Box<dyn std::error::Error + Send + Sync>> {
	let mut module = RpcModule::new(());
	module.merge(System::new(deps.client.clone(), deps.pool).into_rpc())?;
	module.merge(TransactionPayment::new(deps.client.clone()).into_rpc())?;
	module
		.merge(Babe::new(deps.client.clone(), deps.babe_worker.clone(), deps.keystore, deps.select_chain).into_rpc())?;
	let proofs = FinalityProofProvider::new_for_service(deps.backend, Some(deps.authority_set.clone()));
	module.merge(
		Grandpa::new(executor, deps.authority_set.clone(), deps.voter_state, deps.justifications, proofs).into_rpc(),
	)?;
	module.merge(SyncState::new(deps.chain_spec, deps.client, deps.authority_set, deps.babe_worker)?.into_rpc())?;
	Ok(module)
}
