//! What daemons serve to each other, over plain HTTP: data that its receiver checks by hash.
//!
//! | path | answer |
//! |---|---|
//! | `/blobs/{hash}` | the bytes |
//! | `/jobs/{id}` | [`Progress`] as JSON |
//! | `/jobs/{id}/outputs` | [`Manifest`] as JSON; the outputs themselves are blobs |
//!
//! Providers answer [probes](crate::probe) beside that.
//!
//! Whoever asks is a stranger: what all of them together can take up is bounded by `Limits`, and nobody holds a part
//! of that for long.

mod connection;
mod sending;

use std::{future::Future, io, net::SocketAddr, ops::Range, sync::Arc, time::Duration};

use assay_proofs::{
	merkle::{self, Opening},
	Hash,
};

use axum::{
	body::Body,
	extract::{Path, State},
	http::{header, StatusCode},
	response::Response,
	routing::get,
	Router,
};
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;

use self::sending::{Busy, Manifests, Reads};
use crate::blobs::{BlobError, BlobHash, BlobSource, HttpSource, READ_TIMEOUT, TRANSFER_TIMEOUT};

/// What a server lets others take up.
#[derive(Clone, Copy, Debug)]
struct Limits {
	/// Connections. More are not accepted until one ends; each takes up a file descriptor.
	connections: usize,
	/// Blobs and manifests that are being sent, of which up to a blob each is in memory.
	reads: usize,
	/// Records of all manifests that are being sent, at 33 bytes each; the same manifest counts once.
	records: usize,
	/// How long a request waits for its turn before it is refused.
	turn: Duration,
	/// How long a connection may take over the head of a request, and lie idle between two.
	head: Duration,
	/// How long a reader may take nothing.
	stall: Duration,
	/// How long a connection is used for new requests, and may then go on with the last one.
	lifetime: Duration,
}

impl Limits {
	/// 64 MiB of blobs and 140 MB of records. Times are those after which our own client gives up.
	const STANDARD: Self = Self {
		connections: 512,
		reads: 64,
		records: 4 << 20,
		turn: Duration::from_secs(10),
		head: READ_TIMEOUT,
		stall: READ_TIMEOUT,
		lifetime: TRANSFER_TIMEOUT,
	};
}

/// How far a provider is with a job. Its word only: nothing is paid on it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Progress {
	/// The job.
	pub job: u64,
	/// How many units it has.
	pub units: u32,
	/// How many of them are done.
	pub done: u32,
	/// `running` or `done`.
	pub state: ProgressState,
}

/// Part of [`Progress`].
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ProgressState {
	/// Not all units are done.
	Running,
	/// All units are done and can be fetched.
	Done,
}

/// The outcomes of a job's units: of all, or, where it is paid for range by range, of all ranges up to the last one that is done.
/// Their leaves must hash to the roots that stand on the chain.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Manifest {
	/// The job.
	pub job: u64,
	/// One entry per unit, in order.
	pub outputs: Vec<UnitRecord>,
}

impl Manifest {
	/// The Merkle root of all outcomes; `None` when there are none or too many.
	pub fn root(&self) -> Option<[u8; 32]> {
		merkle::root(&leaves(&self.outputs))
	}

	/// The same of these units; `None` when not all of them are there.
	pub fn root_of(&self, units: &Range<u32>) -> Option<[u8; 32]> {
		merkle::root(&leaves(self.units(units)?))
	}

	/// The outcomes of these units, if all of them are there.
	pub fn units(&self, units: &Range<u32>) -> Option<&[UnitRecord]> {
		self.outputs.get(units.start as usize..units.end as usize)
	}

	/// What a commitment to these units has for unit `index`, and the proof of that; `None` when it has nothing for that.
	pub fn prove(&self, units: &Range<u32>, index: u32) -> Option<(BlobHash, Opening)> {
		let place = index.checked_sub(units.start)?;
		let leaves = leaves(self.units(units)?);
		Some((BlobHash(*leaves.get(place as usize)?), merkle::prove(&leaves, place)?))
	}
}

fn leaves(outputs: &[UnitRecord]) -> Vec<Hash> {
	outputs.iter().map(|unit| unit.hash.0).collect()
}

/// The outcome of a unit.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct UnitRecord {
	/// Its leaf: the hash of the output, or what stands for the trap.
	pub hash: BlobHash,
	/// Whether the unit trapped, so that there is no output.
	#[serde(default, skip_serializing_if = "std::ops::Not::not")]
	pub trapped: bool,
}

/// What a server knows about jobs.
pub trait JobBoard: Send + Sync {
	/// How far `job` is.
	fn progress(&self, job: u64) -> Option<Progress>;
	/// The outcomes of `job`, once all are there, or all of its first range.
	fn manifest(&self, job: u64) -> Option<Manifest>;
}

/// For servers that only serve blobs.
#[derive(Clone, Copy, Debug)]
pub struct NoJobs;

impl JobBoard for NoJobs {
	fn progress(&self, _: u64) -> Option<Progress> {
		None
	}

	fn manifest(&self, _: u64) -> Option<Manifest> {
		None
	}
}

/// The address cannot be listened on.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}: {reason}; give another address with --listen")]
pub struct ListenError {
	address: SocketAddr,
	reason: io::Error,
}

/// Take `address`, before anything is promised under it.
pub async fn listen(address: SocketAddr) -> Result<TcpListener, ListenError> {
	TcpListener::bind(address).await.map_err(|reason| ListenError { address, reason })
}

/// The URL to tell others: `given`, or else the address `bound` itself, which must be one that others can use.
pub fn advertised(given: Option<&str>, bound: SocketAddr) -> anyhow::Result<String> {
	match given {
		Some(url) => {
			HttpSource::new(url)?;
			Ok(url.trim_end_matches('/').to_owned())
		},
		None => {
			anyhow::ensure!(!bound.ip().is_unspecified(), "nobody can reach http://{bound}");
			Ok(format!("http://{bound}"))
		},
	}
}

struct Shared<S, B> {
	blobs: S,
	board: B,
	reads: Reads,
	manifests: Manifests,
}

/// Serve until `shutdown` is there.
pub async fn serve<S, B>(
	listener: TcpListener,
	blobs: S,
	board: B,
	shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()>
where
	S: BlobSource + 'static,
	B: JobBoard + 'static,
{
	serve_beside(Router::new(), listener, blobs, board, shutdown).await
}

/// Serve, and what `others` has beside it, until `shutdown` is there.
pub async fn serve_beside<S, B>(
	others: Router,
	listener: TcpListener,
	blobs: S,
	board: B,
	shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()>
where
	S: BlobSource + 'static,
	B: JobBoard + 'static,
{
	serve_within(Limits::STANDARD, others, listener, blobs, board, shutdown).await;
	Ok(())
}

async fn serve_within<S, B>(
	limits: Limits,
	others: Router,
	listener: TcpListener,
	blobs: S,
	board: B,
	shutdown: impl Future<Output = ()>,
) where
	S: BlobSource + 'static,
	B: JobBoard + 'static,
{
	let (reads, manifests) = (Reads::new(limits.reads, limits.turn), Manifests::new(limits.records));
	let router = Router::new()
		.route("/blobs/{hash}", get(blob::<S, B>))
		.route("/jobs/{id}", get(progress::<S, B>))
		.route("/jobs/{id}/outputs", get(manifest::<S, B>))
		.with_state(Arc::new(Shared { blobs, board, reads, manifests }))
		.merge(others);
	connection::serve(limits, listener, router, shutdown).await;
}

async fn blob<S: BlobSource, B: JobBoard>(
	State(shared): State<Arc<Shared<S, B>>>,
	Path(hash): Path<String>,
) -> Response {
	let Ok(hash) = hash.parse::<BlobHash>() else { return status(StatusCode::BAD_REQUEST) };
	let Ok(turn) = shared.reads.turn().await else { return status(StatusCode::SERVICE_UNAVAILABLE) };
	match shared.blobs.get(hash).await {
		// A blob never changes under its name.
		Ok(bytes) => answer("application/octet-stream", "public, max-age=31536000, immutable", turn.hold(bytes)),
		Err(BlobError::NotFound(_)) => status(StatusCode::NOT_FOUND),
		Err(error) => {
			tracing::error!(%hash, %error, "cannot serve a blob");
			status(StatusCode::INTERNAL_SERVER_ERROR)
		},
	}
}

async fn progress<S: BlobSource, B: JobBoard>(
	State(shared): State<Arc<Shared<S, B>>>,
	Path(job): Path<u64>,
) -> Response {
	document(shared.board.progress(job))
}

async fn manifest<S: BlobSource + 'static, B: JobBoard + 'static>(
	State(shared): State<Arc<Shared<S, B>>>,
	Path(job): Path<u64>,
) -> Response {
	let Ok(turn) = shared.reads.turn().await else { return status(StatusCode::SERVICE_UNAVAILABLE) };
	let board = shared.clone();
	match shared.manifests.open(job, move || board.board.manifest(job)).await {
		Ok(Some(manifest)) => answer("application/json", "no-store", sending::text(manifest, turn)),
		Ok(None) => status(StatusCode::NOT_FOUND),
		Err(Busy) => status(StatusCode::SERVICE_UNAVAILABLE),
	}
}

/// `value` as JSON, or 404 without one.
pub(crate) fn document(value: Option<impl Serialize>) -> Response {
	match value.map(|value| serde_json::to_vec(&value)) {
		Some(Ok(bytes)) => answer("application/json", "no-store", bytes),
		Some(Err(_)) => status(StatusCode::INTERNAL_SERVER_ERROR),
		None => status(StatusCode::NOT_FOUND),
	}
}

/// Some bytes.
pub(crate) fn answer(content: &'static str, caching: &'static str, bytes: impl Into<Body>) -> Response {
	let response = Response::builder()
		.header(header::CONTENT_TYPE, content)
		.header(header::CACHE_CONTROL, caching)
		// Public data: a web page may show a job's progress and its picture.
		.header(header::ACCESS_CONTROL_ALLOW_ORIGIN, "*")
		.body(bytes.into());
	response.unwrap_or_else(|_| status(StatusCode::INTERNAL_SERVER_ERROR))
}

fn status(code: StatusCode) -> Response {
	let mut response = Response::new(Body::empty());
	*response.status_mut() = code;
	response
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::blobs::{BlobStore, MemoryStore};
	use std::{
		io::{Read, Write},
		net::TcpStream,
		time::Instant,
	};
	use tokio::time::sleep;

	struct Board;

	impl JobBoard for Board {
		fn progress(&self, job: u64) -> Option<Progress> {
			(job == 7).then_some(Progress { job, units: 4, done: 3, state: ProgressState::Running })
		}

		fn manifest(&self, job: u64) -> Option<Manifest> {
			let outputs = vec![
				UnitRecord { hash: BlobHash([1; 32]), trapped: false },
				UnitRecord { hash: BlobHash([2; 32]), trapped: true },
			];
			(job == 8).then_some(Manifest { job, outputs })
		}
	}

	/// A source that lies about everything.
	struct Liar;

	impl BlobSource for Liar {
		async fn get(&self, _: BlobHash) -> Result<Vec<u8>, BlobError> {
			Ok(b"something else".to_vec())
		}
	}

	async fn serving(blobs: impl BlobSource + 'static) -> HttpSource {
		let listener = listen(([127, 0, 0, 1], 0).into()).await.unwrap();
		let address = listener.local_addr().unwrap();
		tokio::spawn(serve(listener, blobs, Board, std::future::pending()));
		HttpSource::new(&format!("http://{address}/")).unwrap()
	}

	const MOMENT: Duration = Duration::from_millis(50);
	const WHILE: Duration = Duration::from_secs(3);

	/// Far more than the system takes for a connection.
	const HUGE: usize = 32 << 20;

	/// A server within `limits`, with a small blob and a huge one.
	async fn serving_within(limits: Limits) -> (SocketAddr, HttpSource, [BlobHash; 2]) {
		let store = MemoryStore::default();
		let blobs = [store.put(vec![1; 10]).await.unwrap(), store.put(vec![2; HUGE]).await.unwrap()];
		let listener = listen(([127, 0, 0, 1], 0).into()).await.unwrap();
		let address = listener.local_addr().unwrap();
		tokio::spawn(serve_within(limits, Router::new(), listener, store, Board, std::future::pending()));
		(address, HttpSource::new(&format!("http://{address}")).unwrap(), blobs)
	}

	/// A connection on which `text` was sent and nothing is read.
	fn said(address: SocketAddr, text: &str) -> TcpStream {
		let mut stream = TcpStream::connect(address).unwrap();
		stream.write_all(text.as_bytes()).unwrap();
		stream
	}

	fn get_request(path: &str) -> String {
		format!("GET {path} HTTP/1.1\r\nhost: a\r\n\r\n")
	}

	/// What `source` says to a request for `hash` once `wanted` is in it, or `None` if it does not say that in time.
	async fn comes(source: &HttpSource, hash: BlobHash, wanted: &str) -> Option<Duration> {
		let begun = Instant::now();
		while begun.elapsed() < 4 * WHILE {
			let said = match source.get(hash).await {
				Ok(_) => "served".to_owned(),
				Err(error) => error.to_string(),
			};
			if said.contains(wanted) {
				return Some(begun.elapsed());
			}
			sleep(MOMENT).await;
		}
		None
	}

	#[tokio::test]
	async fn reader_should_keep_its_turn_until_its_time_is_over_when_it_reads_nothing() {
		let limits = Limits { reads: 2, turn: MOMENT, stall: WHILE, ..Limits::STANDARD };
		let (address, source, [small, huge]) = serving_within(limits).await;
		let request = get_request(&format!("/blobs/{huge}"));
		let first = said(address, &request);
		sleep(4 * MOMENT).await;
		// Others are served up to the bound, and told to come again beyond it.
		assert!(source.get(small).await.is_ok());
		let second = said(address, &request);
		assert!(comes(&source, small, "503").await.unwrap() < WHILE);
		assert!(source.document::<Manifest>("/jobs/8/outputs").await.unwrap_err().to_string().contains("503"));
		// What takes up nothing is answered.
		assert!(source.document::<Progress>("/jobs/7").await.is_ok());
		assert!(comes(&source, small, "served").await.is_some());
		drop((first, second));
	}

	#[tokio::test]
	async fn reader_should_have_all_of_a_blob_when_it_is_slow() {
		let limits = Limits { reads: 1, turn: 4 * WHILE, stall: WHILE, ..Limits::STANDARD };
		let (address, source, [small, huge]) = serving_within(limits).await;
		let mut stream = said(address, &get_request(&format!("/blobs/{huge}")));
		let slow = tokio::task::spawn_blocking(move || {
			let mut bytes = vec![0; HUGE];
			for part in bytes.chunks_mut(HUGE / 4) {
				std::thread::sleep(WHILE / 3);
				stream.read_exact(part).unwrap();
			}
		});
		sleep(4 * MOMENT).await;
		// The turn is free when the blob is with its reader.
		let begun = Instant::now();
		assert!(source.get(small).await.is_ok());
		assert!(begun.elapsed() > WHILE / 3);
		slow.await.unwrap();
	}

	#[tokio::test]
	async fn turn_should_end_when_the_reader_goes_away() {
		let limits = Limits { reads: 1, turn: MOMENT, ..Limits::STANDARD };
		let (address, source, [small, huge]) = serving_within(limits).await;
		let reader = said(address, &get_request(&format!("/blobs/{huge}")));
		assert!(comes(&source, small, "503").await.is_some());
		drop(reader);
		assert!(comes(&source, small, "served").await.is_some());
	}

	#[tokio::test]
	async fn connections_should_wait_for_those_that_are_there_when_there_are_too_many() {
		for half in ["", "GET /blobs/0", "GET / HTTP/1.1\r\nhost: a\r\n"] {
			let limits = Limits { connections: 1, head: WHILE / 3, ..Limits::STANDARD };
			let (address, source, [small, _]) = serving_within(limits).await;
			let _slow = said(address, half);
			sleep(MOMENT).await;
			let begun = Instant::now();
			assert!(source.get(small).await.is_ok());
			assert!(begun.elapsed() > WHILE / 6, "{half:?}");
		}
	}

	#[tokio::test]
	async fn connection_should_end_when_its_lifetime_is_over() {
		let limits = Limits { reads: 1, turn: MOMENT, lifetime: WHILE / 2, ..Limits::STANDARD };
		let (address, source, [small, huge]) = serving_within(limits).await;
		let _slow = said(address, &get_request(&format!("/blobs/{huge}")));
		assert!(comes(&source, small, "503").await.is_some());
		assert!(comes(&source, small, "served").await.unwrap() < 2 * WHILE);
	}

	#[tokio::test]
	async fn server_should_end_when_it_is_told_though_a_connection_lies_idle() {
		let listener = listen(([127, 0, 0, 1], 0).into()).await.unwrap();
		let source = HttpSource::new(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
		let (end, told) = tokio::sync::oneshot::channel::<()>();
		let told = async { drop(told.await) };
		let server = tokio::spawn(serve(listener, MemoryStore::default(), Board, told));
		assert!(source.document::<Progress>("/jobs/7").await.unwrap().is_some());
		end.send(()).unwrap();
		tokio::time::timeout(WHILE, server).await.unwrap().unwrap().unwrap();
		assert!(source.document::<Progress>("/jobs/7").await.is_err());
	}

	#[tokio::test]
	async fn connection_should_be_refused_when_it_speaks_another_version() {
		let (address, ..) = serving_within(Limits::STANDARD).await;
		let mut stream = said(address, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0");
		let read = move || {
			let mut answer = Vec::new();
			stream.read_to_end(&mut answer).map(|_| answer)
		};
		let answer = tokio::time::timeout(WHILE, tokio::task::spawn_blocking(read)).await.unwrap().unwrap();
		// No frame of settings.
		assert!(answer.is_err() || answer.is_ok_and(|answer| answer.is_empty() || answer.starts_with(b"HTTP/1.1 4")));
	}

	#[tokio::test]
	async fn server_should_give_blobs_by_hash() {
		let store = MemoryStore::default();
		let blob = vec![7; 1 << 20];
		let hash = store.put(blob.clone()).await.unwrap();
		let source = serving(store).await;
		assert_eq!(source.get(hash).await.unwrap(), blob);
		assert!(matches!(source.get(BlobHash([0; 32])).await, Err(BlobError::NotFound(_))));
	}

	#[tokio::test]
	async fn blob_should_be_refused_when_its_hash_is_wrong() {
		let source = serving(Liar).await;
		let error = source.get(BlobHash::of(b"blob")).await.unwrap_err();
		assert!(matches!(error, BlobError::WrongHash { .. }), "{error}");
	}

	#[tokio::test]
	async fn blob_should_be_refused_when_it_is_too_large() {
		let store = MemoryStore::default();
		let hash = store.put(vec![0; 1000]).await.unwrap();
		let source = serving(store).await.with_limit(999);
		assert!(matches!(source.get(hash).await, Err(BlobError::TooLarge { limit: 999 })));
	}

	#[tokio::test]
	async fn server_should_tell_progress_and_manifest() {
		let source = serving(MemoryStore::default()).await;
		assert_eq!(source.document::<Progress>("/jobs/7").await.unwrap(), Board.progress(7));
		assert_eq!(source.document::<Manifest>("/jobs/8/outputs").await.unwrap(), Board.manifest(8));
		assert_eq!(source.document::<Progress>("/jobs/9").await.unwrap(), None);
		assert!(source.document::<Progress>("/jobs/8/outputs").await.is_err());
	}

	#[test]
	fn advertised_address_should_be_one_that_others_can_use() {
		let bound = |text: &str| text.parse().unwrap();
		assert_eq!(advertised(None, bound("127.0.0.1:80")).unwrap(), "http://127.0.0.1:80");
		assert_eq!(advertised(Some("http://a.example/"), bound("0.0.0.0:80")).unwrap(), "http://a.example");
		assert!(advertised(None, bound("0.0.0.0:80")).is_err());
		assert!(advertised(Some("a.example"), bound("0.0.0.0:80")).is_err());
	}

	#[tokio::test]
	async fn listen_should_name_the_address_when_it_is_taken() {
		let first = listen(([127, 0, 0, 1], 0).into()).await.unwrap();
		let address = first.local_addr().unwrap();
		let error = listen(address).await.unwrap_err().to_string();
		assert!(error.contains(&address.to_string()) && error.contains("--listen"), "{error}");
	}

	#[tokio::test]
	async fn source_should_say_why_when_nobody_listens() {
		let listener = listen(([127, 0, 0, 1], 0).into()).await.unwrap();
		let address = listener.local_addr().unwrap();
		drop(listener);
		let source = HttpSource::new(&format!("http://{address}")).unwrap();
		let error = source.get(BlobHash([0; 32])).await.unwrap_err().to_string();
		assert!(error.contains("refused"), "{error}");
	}
}
