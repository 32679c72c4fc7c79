//! What the tests ask of a node's JSON-RPC server.

use anyhow::{anyhow, ensure, Context, Result};
use serde::de::DeserializeOwned;
use serde_json::Value;
use subxt::rpcs::{
	client::{rpc_params, RpcParams},
	RpcClient,
};

/// A connection to one node.
#[derive(Clone)]
pub struct Rpc {
	client: RpcClient,
}

impl Rpc {
	/// Connect to the WebSocket server at `url`.
	pub async fn connect(url: &str) -> Result<Self> {
		Ok(Self { client: RpcClient::from_insecure_url(url).await? })
	}

	/// The connection itself, for clients that are built on it.
	pub fn client(&self) -> RpcClient {
		self.client.clone()
	}

	/// Call `method`.
	pub async fn request<T: DeserializeOwned>(&self, method: &str, params: RpcParams) -> Result<T> {
		self.client.request(method, params).await.with_context(|| format!("{method} failed"))
	}

	/// Height of the best block.
	pub async fn best_number(&self) -> Result<u32> {
		number(&self.request("chain_getHeader", rpc_params![]).await?)
	}

	/// Height of the last block that is final.
	pub async fn finalized_number(&self) -> Result<u32> {
		let hash: String = self.request("chain_getFinalizedHead", rpc_params![]).await?;
		number(&self.request("chain_getHeader", rpc_params![hash]).await?)
	}

	/// Hash of the block at `height` on the best chain; nothing when the chain is not that high.
	pub async fn block_hash(&self, height: u32) -> Result<Option<String>> {
		self.request("chain_getBlockHash", rpc_params![height]).await
	}

	/// Whether the block at `height` on the best chain is the first of an epoch: BABE notes what the next one brings in its header.
	/// It also notes there, and nowhere else, that a validator is disabled.
	pub async fn begins_epoch(&self, height: u32) -> Result<bool> {
		/// A consensus log, and BABE's name.
		const NOTE: &str = "0x0442414245";
		let hash = self.block_hash(height).await?.with_context(|| format!("there is no block {height} yet"))?;
		let header: Value = self.request("chain_getHeader", rpc_params![hash]).await?;
		let logs = header.pointer("/digest/logs").and_then(Value::as_array);
		let logs = logs.ok_or_else(|| anyhow!("not a header: {header}"))?;
		ensure!(logs.iter().all(Value::is_string), "not logs: {header}");
		Ok(logs.iter().filter_map(Value::as_str).any(|log| log.starts_with(NOTE)))
	}

	/// Number of peers, and whether the node is still far behind them.
	pub async fn health(&self) -> Result<(u64, bool)> {
		let health: Value = self.request("system_health", rpc_params![]).await?;
		let peers = health.get("peers").and_then(Value::as_u64);
		let syncing = health.get("isSyncing").and_then(Value::as_bool);
		peers.zip(syncing).ok_or_else(|| anyhow!("system_health answered {health}"))
	}
}

/// The height in a header.
fn number(header: &Value) -> Result<u32> {
	let hex = header.get("number").and_then(Value::as_str).and_then(|number| number.strip_prefix("0x"));
	let hex = hex.ok_or_else(|| anyhow!("not a header: {header}"))?;
	Ok(u32::from_str_radix(hex, 16)?)
}
