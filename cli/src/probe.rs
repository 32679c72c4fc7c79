//! Probes: how a provider's daemon answers those who ask whether it serves, and how a checker's asks.
//!
//! | path | answer |
//! |---|---|
//! | `/probe/{epoch}/{checker}` | [`Answer`] as JSON; `checker` is the account in 64 hexadecimal digits |
//! | `/probe/payload` | [`PAYLOAD`] bytes that cannot be compressed |
//!
//! An answer is signed for one checker and one epoch by the machine's device, so that only who was answered can say so.
//! Answers are given for the present epoch and the one before it: none can be collected for later.

use std::{
	sync::{Arc, OnceLock},
	time::{Duration, Instant},
};

use anyhow::{bail, ensure, Context};
use axum::{
	extract::{Path, State},
	response::Response,
	routing::get,
	Router,
};
use codec::Encode;
use serde::{Deserialize, Serialize};
use subxt::utils::AccountId32;
use subxt_signer::sr25519::{self, Keypair, PublicKey, Signature};
use tokio::{sync::watch, time::timeout};

use crate::{
	blobs::{BlobHash, HttpSource},
	http,
};

/// Bytes by which it is seen how fast a machine serves.
pub const PAYLOAD: usize = 256 * 1024;
/// How often a machine is asked for an answer; the median of the times counts.
const ROUND_TRIPS: usize = 3;
/// How long any answer may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// What a device answers a checker.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Answer {
	/// The machine.
	pub machine: u64,
	/// The epoch.
	pub epoch: u64,
	/// The device's signature, in hexadecimal digits.
	pub signature: String,
}

/// What a device signs, as `pallet_capacity::payload` has it.
fn message(genesis: &[u8; 32], machine: u64, epoch: u64, checker: &[u8; 32]) -> Vec<u8> {
	(b"assay/probe", genesis, machine, epoch, checker).encode()
}

/// What answers for a machine.
#[derive(Clone)]
pub struct Responder {
	/// The device's key.
	pub key: Keypair,
	/// The machine.
	pub machine: u64,
	/// The chain.
	pub genesis: [u8; 32],
	/// The present epoch, once it is known.
	pub epoch: watch::Receiver<Option<u64>>,
}

impl Responder {
	/// The answer to `checker` for `epoch`. None when that is neither the present one nor the one before.
	fn answer(&self, epoch: u64, checker: &[u8; 32]) -> Option<Answer> {
		let present = (*self.epoch.borrow())?;
		if epoch > present || epoch.saturating_add(1) < present {
			return None;
		}
		let signature = self.key.sign(&message(&self.genesis, self.machine, epoch, checker)).0;
		Some(Answer { machine: self.machine, epoch, signature: hex::encode(signature) })
	}

	/// Routes that answer probes.
	pub fn routes(self) -> Router {
		Router::new()
			.route("/probe/payload", get(payload))
			.route("/probe/{epoch}/{checker}", get(answer))
			.with_state(Arc::new(self))
	}
}

async fn answer(State(responder): State<Arc<Responder>>, Path((epoch, checker)): Path<(u64, String)>) -> Response {
	let checker = checker.parse::<BlobHash>().ok();
	http::document(checker.and_then(|checker| responder.answer(epoch, &checker.0)))
}

async fn payload() -> Response {
	http::answer("application/octet-stream", "no-store", noise())
}

/// Bytes that cannot be compressed. Made once, so that requests take no memory, however many there are.
fn noise() -> &'static [u8] {
	static NOISE: OnceLock<Vec<u8>> = OnceLock::new();
	NOISE.get_or_init(|| (0u64..).flat_map(|number| BlobHash::of(&number.to_le_bytes()).0).take(PAYLOAD).collect())
}

/// What a checker wants to know of a machine.
#[derive(Clone, Debug)]
pub struct Question {
	/// Where it says it serves.
	pub endpoint: String,
	/// The machine.
	pub machine: u64,
	/// Whose signature counts.
	pub device: AccountId32,
	/// The chain.
	pub genesis: [u8; 32],
	/// The epoch of the probe.
	pub epoch: u64,
	/// Who asks.
	pub checker: AccountId32,
}

/// How a machine has served.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Served {
	/// The median of the times of an answer, in milliseconds.
	pub latency: u32,
	/// KiB a second.
	pub rate: u32,
	/// The device's signature.
	pub signature: [u8; 64],
}

impl Question {
	/// Ask. Fails, and says why, when the machine cannot be reached or answers nothing that counts.
	pub async fn ask(&self) -> anyhow::Result<Served> {
		let mut times = Vec::new();
		let mut signature = [0; 64];
		for _ in 0..ROUND_TRIPS {
			// A connection of its own each time, as every client has to open one.
			let source = HttpSource::new(&self.endpoint)?;
			let begun = Instant::now();
			signature = timeout(TIMEOUT, self.answer(&source)).await.context("no answer in time")??;
			times.push(begun.elapsed());
		}
		times.sort_unstable();
		let latency = times.get(ROUND_TRIPS / 2).copied().unwrap_or(TIMEOUT);
		let source = HttpSource::new(&self.endpoint)?;
		let begun = Instant::now();
		let loaded = timeout(TIMEOUT, source.load("/probe/payload", PAYLOAD as u64)).await;
		let bytes = loaded.context("too slow with data")??.context("it serves no data")?;
		ensure!(bytes == noise(), "it serves other data");
		Ok(Served { latency: milliseconds(latency), rate: rate(begun.elapsed()), signature })
	}

	/// The signature that a machine answers with.
	async fn answer(&self, source: &HttpSource) -> anyhow::Result<[u8; 64]> {
		let path = format!("/probe/{}/{}", self.epoch, hex::encode(self.checker.0));
		let answer: Answer = source.document(&path).await?.context("it answers no probes")?;
		let Some(signature) = hex::decode(&answer.signature).ok().and_then(|bytes| <[u8; 64]>::try_from(bytes).ok())
		else {
			bail!("what it answers is no signature");
		};
		let message = message(&self.genesis, self.machine, self.epoch, &self.checker.0);
		let signed = sr25519::verify(&Signature(signature), message, &PublicKey(self.device.0));
		ensure!(signed, "the answer is not signed by the machine's device");
		Ok(signature)
	}
}

/// At least one: an answer always takes some time.
fn milliseconds(time: Duration) -> u32 {
	u32::try_from(time.as_millis()).unwrap_or(u32::MAX).max(1)
}

/// KiB a second, if the payload took `time`; at least one, as it did come.
fn rate(time: Duration) -> u32 {
	let kib = (PAYLOAD / 1024) as u128 * 1_000_000;
	u32::try_from(kib.checked_div(time.as_micros()).unwrap_or(u128::MAX)).unwrap_or(u32::MAX).max(1)
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{blobs::MemoryStore, http::NoJobs, keys};
	use subxt_signer::sr25519::dev;

	const GENESIS: [u8; 32] = [7; 32];

	/// A machine that answers as `key` in epoch 5, and the question to it in `epoch`.
	async fn asking(key: Keypair, epoch: u64) -> Question {
		let (_, present) = watch::channel(Some(5));
		let responder = Responder { key, machine: 3, genesis: GENESIS, epoch: present };
		let listener = http::listen(([127, 0, 0, 1], 0).into()).await.unwrap();
		let endpoint = format!("http://{}", listener.local_addr().unwrap());
		let routes = responder.routes();
		tokio::spawn(http::serve_beside(routes, listener, MemoryStore::default(), NoJobs, std::future::pending()));
		let (device, checker) = (keys::account(&dev::dave()), keys::account(&dev::eve()));
		Question { endpoint, machine: 3, device, genesis: GENESIS, epoch, checker }
	}

	#[test]
	fn message_should_be_that_of_the_pallet() {
		let (zeros, ones) = ("00".repeat(32), "01".repeat(32));
		let expected = format!("61737361792f70726f6265{zeros}01000000000000000200000000000000{ones}");
		assert_eq!(hex::encode(message(&[0; 32], 1, 2, &[1; 32])), expected);
	}

	#[tokio::test]
	async fn machine_should_be_found_serving_in_this_epoch_and_the_last() {
		for epoch in [4, 5] {
			let question = asking(dev::dave(), epoch).await;
			let Served { latency, rate, signature } = question.ask().await.unwrap();
			assert!(latency < 10_000 && rate > 0);
			let signed = message(&GENESIS, 3, epoch, &question.checker.0);
			assert!(sr25519::verify(&Signature(signature), signed, &dev::dave().public_key()));
		}
	}

	#[tokio::test]
	async fn answers_should_not_be_given_for_other_epochs() {
		for epoch in [3, 6] {
			let error = asking(dev::dave(), epoch).await.ask().await.unwrap_err();
			assert!(error.to_string().contains("it answers no probes"), "{error}");
		}
	}

	#[tokio::test]
	async fn answer_should_not_count_when_another_device_signs_it() {
		let error = asking(dev::bob(), 5).await.ask().await.unwrap_err();
		assert!(error.to_string().contains("not signed by the machine's device"), "{error}");
	}

	#[tokio::test]
	async fn machine_should_not_count_as_serving_when_nobody_listens() {
		let mut question = asking(dev::dave(), 5).await;
		question.endpoint = "http://127.0.0.1:1".to_owned();
		assert!(question.ask().await.is_err());
	}

	#[test]
	fn rate_should_be_in_kib_a_second() {
		assert_eq!(rate(Duration::from_millis(500)), 512);
		assert_eq!(rate(Duration::from_secs(1_000)), 1);
		assert_eq!(milliseconds(Duration::from_micros(10)), 1);
	}
}
