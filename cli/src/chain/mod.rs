//! The chain as these programs see it: finalised state, events of every phase, transactions that are waited for.
//!
//! Windows run by block number, whether blocks are final or not. Who must not miss one looks at the newest state while
//! finality lags ([`Chain::timely`]), and transactions are born at the best block, not at the last final one.

pub mod capacity;
pub mod checks;
mod convert;
mod credits;
mod delegation;
mod disputes;
mod emission;
mod follow;
mod grants;
mod leases;
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
	utils::{AccountId32, H256},
	OnlineClient, SubstrateConfig,
};
use tokio::{sync::Mutex, time::Instant};

use self::submit::FINALITY_TIMEOUT;
use crate::blobs::BlobHash;

pub(crate) use self::submit::MORTALITY;
pub use self::{
	follow::{Follower, Step},
	read::At,
	submit::{Call, Included, Sent, TxError},
};

/// How long the node may take to answer one request.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// Pause before the second attempt to connect; it doubles up to [`MAX_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// Longest pause between two attempts to connect.
const MAX_PAUSE: Duration = Duration::from_secs(8);
/// Pause between two looks whether earlier transactions are final.
const PENDING_PAUSE: Duration = Duration::from_secs(1);
/// Blocks that finality is behind the best block at most while all is well. Votes take two or three; a block that has as many
/// as this on top of it is hardly ever replaced by another, whether it is final or not.
pub(crate) const USUAL_LAG: u32 = 16;

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
	/// What was done with an answer broke off: this program is ending.
	#[error("the work on what the node answered broke off: {0}")]
	Interrupted(#[from] tokio::task::JoinError),
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

/// Whether finality is so far behind that who must not miss a window cannot wait for it.
const fn lags(finalised: u64, best: u64) -> bool {
	best.saturating_sub(finalised) > USUAL_LAG as u64
}

/// The block at which a transaction is born: its life counts from there, and it is void on a chain without that block.
///
/// The last final block, as long as finality keeps up. Else one so deep below the best that it will stay: born at a final
/// block that is older than its life, it would be dead before it is sent.
fn birth(finalised: u64, best: u64) -> u64 {
	finalised.max(best.saturating_sub(USUAL_LAG.into()))
}

/// A connection to a node. Clones share it.
#[derive(Clone)]
pub struct Chain {
	url: String,
	client: OnlineClient<SubstrateConfig>,
	rpc: LegacyRpcMethods<RpcConfigFor<SubstrateConfig>>,
	/// Held from asking for a nonce until the transaction with it is in the pool. Connections that come of this one share it.
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

	/// Connect to the same node anew, once. An error when it runs another chain by now.
	///
	/// What is signed over both connections does not get in each other's way.
	pub async fn reconnect(&self) -> Result<Self, ChainError> {
		let chain = Self::connect(&self.url).await?.continuing(&self.genesis())?;
		Ok(Self { signing: self.signing.clone(), ..chain })
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
		self.ensure_known(&self.timely().await?)
	}

	/// Refuse the state of a runtime that is not the one we know.
	fn ensure_known(&self, at: &At) -> Result<(), ChainError> {
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
		BlobHash(self.genesis_hash()).to_string()
	}

	/// The same, in bytes.
	pub fn genesis_hash(&self) -> [u8; 32] {
		self.client.genesis_hash().0
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

	/// The state after the best block, which may still change.
	pub async fn newest(&self) -> Result<At, ChainError> {
		let hash = ask("show its best block", self.rpc.chain_get_block_hash(None)).await?.ok_or(ChainError::Closed)?;
		ask("show its best block", self.client.at_block(hash)).await.map(At::new)
	}

	/// The state for who must not miss a window: after the last finalised block, or after the best one while finality lags.
	pub async fn timely(&self) -> Result<At, ChainError> {
		let (finalised, best) = (self.last_finalised().await?, self.best().await?);
		if lags(finalised, best) {
			self.newest().await
		} else {
			self.finalised().await
		}
	}

	/// Number of the last finalised block. However old that is, the node has its number, if not its state.
	pub(crate) async fn last_finalised(&self) -> Result<u64, ChainError> {
		let what = "show its last finalised block";
		let hash = ask(what, self.rpc.chain_get_finalized_head()).await?;
		self.number_of(what, hash).await?.ok_or(ChainError::Closed)
	}

	/// Number of a block, if the node knows it.
	pub(crate) async fn number_of(&self, what: &'static str, block: H256) -> Result<Option<u64>, ChainError> {
		use subxt::config::Header;
		let header = ask(what, self.rpc.chain_get_header(Some(block))).await?;
		Ok(header.map(|header| header.number()))
	}

	/// Where and as what a transaction that is sent now is born: the state after the best block, and number and hash of the
	/// block from which its life counts.
	pub(crate) async fn birthplace(&self) -> Result<(At, u64, H256), ChainError> {
		let finalised = self.last_finalised().await?;
		let at = self.newest().await?;
		let number = birth(finalised, at.number());
		let hash = ask("show an old block", self.rpc.chain_get_block_hash(Some(number.into()))).await?;
		Ok((at, number, hash.ok_or(ChainError::Closed)?))
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

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn transaction_should_be_born_at_the_last_final_block_when_finality_keeps_up() {
		assert_eq!(birth(97, 100), 97);
		assert_eq!(birth(100, 100), 100);
		assert_eq!(birth(0, 5), 0);
	}

	#[test]
	fn transaction_should_live_for_most_of_its_life_when_finality_lags() {
		// Even when nothing was ever final.
		for finalised in [0, 900, 983] {
			let (best, born) = (1_000, birth(finalised, 1_000));
			assert_eq!(born, best - u64::from(USUAL_LAG));
			let left = (born + u64::from(MORTALITY)).saturating_sub(best);
			assert!(left >= 3 * u64::from(MORTALITY) / 4, "{left} blocks are left");
		}
	}

	#[test]
	fn newest_state_should_count_only_when_finality_lags() {
		assert!(!lags(97, 100) && !lags(84, 100) && lags(83, 100) && lags(0, 100));
		// A node may know of a final block before it has it.
		assert!(!lags(101, 100));
	}
}
