//! The chain as these programs see it: finalised state, events of every phase, transactions that are waited for.

pub mod capacity;
pub mod checks;
mod convert;
mod credits;
mod delegation;
mod disputes;
mod emission;
mod follow;
mod grants;
pub mod model;
mod read;
mod slashes;
mod standing;
mod submit;
mod view;

use std::{future::Future, sync::Arc, time::Duration};

use subxt::{
	backend::LegacyBackend,
	config::RpcConfigFor,
	rpcs::{methods::legacy::LegacyRpcMethods, RpcClient},
	utils::AccountId32,
	OnlineClient, SubstrateConfig,
};
use tokio::{sync::Mutex, time::Instant};

use self::submit::FINALITY_TIMEOUT;
use crate::blobs::BlobHash;

pub use self::{
	follow::{Follower, Step},
	read::At,
	submit::{Call, Included, TxError},
};

/// How long the node may take to answer one request.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// Pause before the second attempt to connect; it doubles up to [`MAX_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// Longest pause between two attempts to connect.
const MAX_PAUSE: Duration = Duration::from_secs(8);
/// Pause between two looks whether earlier transactions are final.
const PENDING_PAUSE: Duration = Duration::from_secs(1);

/// Why the chain cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ChainError {
	/// Nobody answers.
	#[error("cannot reach the node at {url}: {reason}; is it running? name another with --node")]
	Unreachable {
		/// The node.
		url: String,
		/// What went wrong.
		reason: String,
	},
	/// The node runs something else.
	#[error(
		"the node at {url} runs a chain or a runtime version that this program was not built for; update the older of \
		 the two"
	)]
	WrongChain {
		/// The node.
		url: String,
	},
	/// The node runs another chain than it did before.
	#[error("the node at {url} now runs another chain than before: what was known does not hold there, begin anew")]
	OtherChain {
		/// The node.
		url: String,
	},
	/// The node took too long.
	#[error("the node did not {what} within {seconds} s")]
	Timeout {
		/// What it was asked for.
		what: &'static str,
		/// For how long.
		seconds: u64,
	},
	/// The node answered with an error, or the connection broke.
	#[error("the node failed to {what}: {reason}")]
	Node {
		/// What it was asked for.
		what: &'static str,
		/// What it said.
		reason: Box<subxt::Error>,
	},
	/// The connection was closed.
	#[error("the connection to the node was closed")]
	Closed,
}

/// Wait for the node to do `what`, but not for ever.
pub(crate) async fn ask<T, E: Into<subxt::Error>>(
	what: &'static str,
	request: impl Future<Output = Result<T, E>>,
) -> Result<T, ChainError> {
	match tokio::time::timeout(REQUEST_TIMEOUT, request).await {
		Ok(Ok(answer)) => Ok(answer),
		Ok(Err(error)) => Err(ChainError::Node { what, reason: Box::new(error.into()) }),
		Err(_) => Err(ChainError::Timeout { what, seconds: REQUEST_TIMEOUT.as_secs() }),
	}
}

/// A connection to a node. Clones share it.
#[derive(Clone)]
pub struct Chain {
	url: String,
	client: OnlineClient<SubstrateConfig>,
	rpc: LegacyRpcMethods<RpcConfigFor<SubstrateConfig>>,
	/// Held from asking for a nonce until the transaction with it is in the pool.
	signing: Arc<Mutex<()>>,
}

impl Chain {
	/// Connect to the node at `url`, once.
	pub async fn connect(url: &str) -> Result<Self, ChainError> {
		let unreachable = |reason: String| ChainError::Unreachable { url: url.to_owned(), reason };
		let rpc_client = match tokio::time::timeout(REQUEST_TIMEOUT, RpcClient::from_insecure_url(url)).await {
			Ok(Ok(rpc_client)) => rpc_client,
			Ok(Err(error)) => {
				// Only the innermost cause tells something; the layers around it say no more than that they are there.
				let text = error.to_string();
				return Err(unreachable(text.rsplit("client error: ").next().unwrap_or(&text).to_owned()));
			},
			Err(_) => return Err(unreachable(format!("no answer within {} s", REQUEST_TIMEOUT.as_secs()))),
		};
		// One backend for all: every node and proxy has these methods, they survive a restart of the node without state
		// of their own, and blocks stay readable as long as the node keeps them.
		let backend = LegacyBackend::builder().build(rpc_client.clone());
		let client =
			ask("tell its genesis", OnlineClient::from_backend_with_config(SubstrateConfig::new(), Arc::new(backend)))
				.await?;
		let chain =
			Self { url: url.to_owned(), client, rpc: LegacyRpcMethods::new(rpc_client), signing: Arc::default() };
		chain.check_runtime().await?;
		Ok(chain)
	}

	/// Connect to the node at `url`, trying again for as long as `patience` while nobody answers.
	pub async fn connect_within(url: &str, patience: Duration) -> Result<Self, ChainError> {
		let deadline = Instant::now() + patience;
		let mut pause = FIRST_PAUSE;
		loop {
			match Self::connect(url).await {
				Err(error) if !matches!(error, ChainError::WrongChain { .. }) && Instant::now() + pause < deadline => {
					tracing::debug!(%error, "connecting again in {pause:?}");
					tokio::time::sleep(pause).await;
					pause = (pause * 2).min(MAX_PAUSE);
				},
				result => return result,
			}
		}
	}

	/// This connection, if it goes on with the chain whose first block is `genesis`.
	pub fn continuing(self, genesis: &str) -> Result<Self, ChainError> {
		if self.genesis() == genesis {
			Ok(self)
		} else {
			Err(ChainError::OtherChain { url: self.url })
		}
	}

	/// Refuse a chain whose market, staking or emission is not the one we know.
	async fn check_runtime(&self) -> Result<(), ChainError> {
		let at = self.finalised().await?;
		if at.knows_our_pallets() {
			Ok(())
		} else {
			Err(ChainError::WrongChain { url: self.url.clone() })
		}
	}

	/// Address of the node.
	pub fn url(&self) -> &str {
		&self.url
	}

	/// Hash of the chain's first block, as text.
	pub fn genesis(&self) -> String {
		BlobHash(self.client.genesis_hash().0).to_string()
	}

	/// The subxt client, for what is not offered here.
	pub fn client(&self) -> &OnlineClient<SubstrateConfig> {
		&self.client
	}

	/// The state after the last finalised block.
	pub async fn finalised(&self) -> Result<At, ChainError> {
		ask("show its last finalised block", self.client.at_current_block()).await.map(At::new)
	}

	/// The state after block `number` of the finalised chain.
	///
	/// An error also when the node has thrown it away.
	pub async fn at(&self, number: u64) -> Result<At, ChainError> {
		ask("show an old block", self.client.at_block(number)).await.map(At::new)
	}

	/// Number of the best block, which may still change.
	pub async fn best(&self) -> Result<u64, ChainError> {
		use subxt::config::Header;
		let header = ask("show its best block", self.rpc.chain_get_header(None)).await?;
		header.map(|header| header.number()).ok_or(ChainError::Closed)
	}

	/// How many other nodes the node is connected to.
	pub async fn peers(&self) -> Result<usize, ChainError> {
		ask("tell its health", self.rpc.system_health()).await.map(|health| health.peers)
	}

	/// The nonce of the next transaction of `account`, after those in the pool.
	pub(crate) async fn next_nonce(&self, account: &AccountId32) -> Result<u64, ChainError> {
		ask("tell the next nonce", self.rpc.system_account_next_index(account)).await
	}

	/// Wait until no transaction of `account` is under way. One that a program has sent before it was killed may still
	/// come to be, and whoever decides without it decides twice.
	pub async fn wait_for_pending(&self, account: &AccountId32) -> Result<(), ChainError> {
		let deadline = Instant::now() + FINALITY_TIMEOUT;
		let next = self.next_nonce(account).await?;
		while self.finalised().await?.nonce(account).await? < next {
			if Instant::now() > deadline {
				let what = "finalise the earlier transactions of the account";
				return Err(ChainError::Timeout { what, seconds: FINALITY_TIMEOUT.as_secs() });
			}
			tokio::time::sleep(PENDING_PAUSE).await;
		}
		Ok(())
	}
}
