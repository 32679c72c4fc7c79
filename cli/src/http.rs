//! What daemons serve to each other, over plain HTTP: data that its receiver checks by hash.
//!
//! | path | answer |
//! |---|---|
//! | `/blobs/{hash}` | the bytes |
//! | `/jobs/{id}` | [`Progress`] as JSON |
//! | `/jobs/{id}/outputs` | [`Manifest`] as JSON; the outputs themselves are blobs |
//!
//! Providers answer [probes](crate::probe) beside that.

use std::{future::Future, io, net::SocketAddr, sync::Arc};

use axum::{
	body::Body,
	extract::{Path, State},
	http::{header, StatusCode},
	response::Response,
	routing::get,
	Router,
};
use serde::{Deserialize, Serialize};
use tokio::{net::TcpListener, sync::Semaphore};

use crate::blobs::{BlobError, BlobHash, BlobSource, HttpSource};

/// Blobs that are read at once. More requests wait: memory stays below this times the largest blob.
const PARALLEL_READS: usize = 16;

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

/// The outcomes of all units of a job. Its leaves must hash to the root that stands on the chain.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Manifest {
	/// The job.
	pub job: u64,
	/// One entry per unit, in order.
	pub outputs: Vec<UnitRecord>,
}

impl Manifest {
	/// The Merkle root of the outcomes; `None` when there are none or too many.
	pub fn root(&self) -> Option<[u8; 32]> {
		let leaves: Vec<_> = self.outputs.iter().map(|unit| unit.hash.0).collect();
		assay_proofs::merkle::root(&leaves)
	}
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
	/// The outcomes of `job`, once all are there.
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
	reads: Semaphore,
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
	let shared = Arc::new(Shared { blobs, board, reads: Semaphore::new(PARALLEL_READS) });
	let router = Router::new()
		.route("/blobs/{hash}", get(blob::<S, B>))
		.route("/jobs/{id}", get(progress::<S, B>))
		.route("/jobs/{id}/outputs", get(manifest::<S, B>))
		.with_state(shared)
		.merge(others);
	axum::serve(listener, router).with_graceful_shutdown(shutdown).await
}

async fn blob<S: BlobSource, B: JobBoard>(
	State(shared): State<Arc<Shared<S, B>>>,
	Path(hash): Path<String>,
) -> Response {
	let Ok(hash) = hash.parse::<BlobHash>() else { return status(StatusCode::BAD_REQUEST) };
	let Ok(_permit) = shared.reads.acquire().await else { return status(StatusCode::SERVICE_UNAVAILABLE) };
	match shared.blobs.get(hash).await {
		// A blob never changes under its name.
		Ok(bytes) => answer("application/octet-stream", "public, max-age=31536000, immutable", bytes),
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

async fn manifest<S: BlobSource, B: JobBoard>(
	State(shared): State<Arc<Shared<S, B>>>,
	Path(job): Path<u64>,
) -> Response {
	document(shared.board.manifest(job))
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
