//! What a provider's daemon says of a lease, and how its client shows that it may know.
//!
//! A client signs for one lease and one block with the key that has placed the order. Whoever listens on the way can read the
//! answer, and ask again for some minutes: what must stay secret beyond that is not for a token in a plain answer.

use std::{fmt, str::FromStr};

use anyhow::{ensure, Context};
use codec::Encode;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use subxt::utils::AccountId32;
use subxt_signer::sr25519::{self, Keypair, PublicKey, Signature};

use crate::{
	blobs::HttpSource,
	chain::{
		model::{BlockNumber, Lease, Machine},
		At, Chain,
	},
};

/// The largest manifest that a provider's daemon fetches, in bytes. It says what is to be run; images and data are fetched by what
/// runs it.
pub const LARGEST_MANIFEST: u64 = 256 << 10;
/// What the header begins with.
const SCHEME: &str = "Assay ";

/// How a daemon serves a lease. Its word only: nothing is paid on it.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LeaseService {
	/// What is to be run is being fetched or started.
	Starting,
	/// It runs, and has told where it is reached.
	Serving,
	/// It has ended by itself or cannot be started, and is tried again.
	Failing,
	/// Escrow has run out: nothing runs.
	Paused,
}

impl fmt::Display for LeaseService {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.write_str(match self {
			Self::Starting => "starting",
			Self::Serving => "serving",
			Self::Failing => "failing",
			Self::Paused => "paused",
		})
	}
}

/// What a daemon answers about a lease.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Answer {
	/// The lease.
	pub lease: u64,
	/// How it is served.
	pub state: LeaseService,
	/// What the runner has told: `endpoint`, and whatever else. Nothing for anybody but the client.
	#[serde(flatten)]
	pub told: Map<String, Value>,
}

/// The right to know all: the header `Authorization: Assay BLOCK:SIGNATURE`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Request {
	/// The chain's block when it was signed.
	pub block: BlockNumber,
	/// The client's signature.
	signature: [u8; 64],
}

/// What a client signs.
fn message(genesis: &[u8; 32], lease: u64, block: BlockNumber) -> Vec<u8> {
	(b"assay/lease", genesis, lease, block).encode()
}

impl Request {
	/// Sign for `lease` in `block` of the chain with that genesis.
	pub fn sign(key: &Keypair, genesis: &[u8; 32], lease: u64, block: BlockNumber) -> Self {
		Self { block, signature: key.sign(&message(genesis, lease, block)).0 }
	}

	/// Whether `client` has signed it for `lease`.
	pub fn is_signed(&self, genesis: &[u8; 32], lease: u64, client: &AccountId32) -> bool {
		let message = message(genesis, lease, self.block);
		sr25519::verify(&Signature(self.signature), message, &PublicKey(client.0))
	}
}

impl fmt::Display for Request {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		write!(f, "{SCHEME}{}:{}", self.block, hex::encode(self.signature))
	}
}

/// A text that is no [`Request`].
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a request is written as Assay, a block, a colon and 128 hex digits")]
pub struct MalformedRequest;

impl FromStr for Request {
	type Err = MalformedRequest;

	fn from_str(text: &str) -> Result<Self, Self::Err> {
		let (block, digits) =
			text.strip_prefix(SCHEME).and_then(|rest| rest.split_once(':')).ok_or(MalformedRequest)?;
		let mut signature = [0; 64];
		hex::decode_to_slice(digits, &mut signature).map_err(|_| MalformedRequest)?;
		Ok(Self { block: block.parse().map_err(|_| MalformedRequest)?, signature })
	}
}

/// Ask whoever serves `lease` how it stands, and where it is reached. `key` is that of its client, and `at` the present state.
pub async fn ask(chain: &Chain, at: &At, key: &Keypair, lease: &Lease) -> anyhow::Result<(Machine, Answer)> {
	let id = lease.id;
	let tenancy =
		lease.state.tenancy().with_context(|| format!("lease {id} is an order still: its auction is not closed"))?;
	let machine = at.machine(tenancy.bid.machine).await?;
	let machine = machine.with_context(|| format!("there is no machine {} any more", tenancy.bid.machine))?;
	let request = Request::sign(key, &chain.genesis_hash(), id, at.block_number());
	let source = HttpSource::new(&machine.endpoint)?;
	let answer: Option<Answer> = source.document_for(&format!("/lease/{id}"), &request.to_string()).await?;
	let answer = answer.with_context(|| {
		format!(
			"{} does not serve lease {id}: it may have begun a moment ago, or its provider serves leases in another way",
			machine.endpoint
		)
	})?;
	ensure!(answer.lease == id, "{} answers about another lease", machine.endpoint);
	Ok((machine, answer))
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::keys;
	use subxt_signer::sr25519::dev;

	#[test]
	fn message_should_name_chain_lease_and_block() {
		let zeros = "00".repeat(32);
		assert_eq!(
			hex::encode(message(&[0; 32], 1, 2)),
			format!("61737361792f6c65617365{zeros}010000000000000002000000")
		);
	}

	#[test]
	fn request_should_be_read_back_and_count_for_who_signed_it() {
		let request = Request::sign(&dev::alice(), &[1; 32], 5, 77);
		let read: Request = request.to_string().parse().unwrap();
		assert_eq!(read, request);
		assert!(read.is_signed(&[1; 32], 5, &keys::account(&dev::alice())));
		assert!(!read.is_signed(&[1; 32], 5, &keys::account(&dev::bob())));
		for text in ["", "Assay", "Assay 1", "Assay 1:00", "Bearer 1:00", "Assay x:"] {
			assert_eq!(text.parse::<Request>(), Err(MalformedRequest), "{text}");
		}
	}

	#[test]
	fn answer_should_have_what_the_runner_told_beside_the_state() {
		let text = r#"{"lease":3,"state":"serving","endpoint":"http://x","token":"t"}"#;
		let answer: Answer = serde_json::from_str(text).unwrap();
		assert_eq!(answer.told.get("endpoint"), Some(&"http://x".into()));
		assert_eq!(serde_json::to_string(&answer).unwrap(), text);
		let text = r#"{"lease":3,"state":"paused"}"#;
		let answer: Answer = serde_json::from_str(text).unwrap();
		assert_eq!(answer, Answer { lease: 3, state: LeaseService::Paused, told: Map::new() });
		assert_eq!(serde_json::to_string(&answer).unwrap(), text);
	}
}
