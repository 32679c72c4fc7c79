//! Guests, inputs and outputs: data that is named by its hash and checked against it wherever it comes in.

use std::{
	collections::HashMap,
	fmt, fs,
	future::Future,
	io::{self, Write},
	path::{Path, PathBuf},
	str::FromStr,
	sync::{Arc, RwLock},
	time::Duration,
};

use assay_proofs::Limits;
use serde::{de, Deserialize, Deserializer, Serialize, Serializer};

/// Largest blob that is accepted from another machine, in bytes: no guest, input or output may be larger.
pub const MAX_BLOB: u64 = Limits::STANDARD.max_input as u64;
/// Largest JSON document that is accepted from another machine, in bytes: the manifest of a job with as many units as a
/// Merkle tree can have, at not quite 90 bytes each.
const MAX_DOCUMENT: u64 = 96 << 20;
/// Largest document that only some may have, in bytes.
const MAX_ANSWER: u64 = 64 << 10;

/// How long another machine may take to accept a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a transfer may pause.
pub(crate) const READ_TIMEOUT: Duration = Duration::from_secs(20);
/// How long one whole transfer may take: [`MAX_DOCUMENT`] at a little over 3 Mbit/s.
pub(crate) const TRANSFER_TIMEOUT: Duration = Duration::from_secs(240);

/// Name of a blob: the BLAKE2b-256 hash of its bytes. Written as `0x` and 64 hex digits.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct BlobHash(pub [u8; 32]);

impl BlobHash {
	/// Name of `bytes`.
	pub fn of(bytes: &[u8]) -> Self {
		Self(assay_proofs::hash(bytes))
	}
}

impl fmt::Display for BlobHash {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		write!(f, "0x{}", hex::encode(self.0))
	}
}

impl fmt::Debug for BlobHash {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		fmt::Display::fmt(self, f)
	}
}

/// A text that is not `0x` (optional) and 64 hex digits.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a hash is written as 0x and 64 hex digits")]
pub struct MalformedHash;

impl FromStr for BlobHash {
	type Err = MalformedHash;

	fn from_str(text: &str) -> Result<Self, Self::Err> {
		let mut hash = [0; 32];
		hex::decode_to_slice(text.strip_prefix("0x").unwrap_or(text), &mut hash).map_err(|_| MalformedHash)?;
		Ok(Self(hash))
	}
}

impl Serialize for BlobHash {
	fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
		serializer.collect_str(self)
	}
}

impl<'de> Deserialize<'de> for BlobHash {
	fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
		String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
	}
}

/// Why a blob could not be had.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
	/// There is none of that name.
	#[error("{0} is not here")]
	NotFound(BlobHash),
	/// What came is something else: a faulty disk, or a peer that lies.
	#[error("refused: the bytes received for {expected} hash to {actual}")]
	WrongHash {
		/// What was asked for.
		expected: BlobHash,
		/// What came.
		actual: BlobHash,
	},
	/// More than anybody may send us.
	#[error("refused: larger than {limit} bytes")]
	TooLarge {
		/// The limit in bytes.
		limit: u64,
	},
	/// The address cannot be used.
	#[error("cannot fetch from {url:?}: only plain http:// addresses are served between daemons")]
	BadUrl {
		/// The address.
		url: String,
	},
	/// The other machine cannot be reached or breaks off.
	#[error("cannot fetch from {url}: {reason}")]
	Transfer {
		/// The address.
		url: String,
		/// What went wrong.
		reason: String,
	},
	/// The local disk failed.
	#[error("cannot access {path}: {reason}")]
	Disk {
		/// The file.
		path: PathBuf,
		/// What the system says.
		reason: io::Error,
	},
}

fn disk(path: &Path) -> impl FnOnce(io::Error) -> BlobError + '_ {
	move |reason| BlobError::Disk { path: path.to_owned(), reason }
}

/// Refuse `bytes` unless they are what `hash` names.
pub fn verify(hash: BlobHash, bytes: Vec<u8>) -> Result<Vec<u8>, BlobError> {
	let actual = BlobHash::of(&bytes);
	if actual == hash {
		Ok(bytes)
	} else {
		Err(BlobError::WrongHash { expected: hash, actual })
	}
}

/// Something that blobs can be had from. Whatever it returns has been checked against the hash.
pub trait BlobSource: Send + Sync {
	/// The blob called `hash`.
	fn get(&self, hash: BlobHash) -> impl Future<Output = Result<Vec<u8>, BlobError>> + Send;
}

/// Something that keeps blobs.
pub trait BlobStore: BlobSource {
	/// Keep `bytes` and tell their name.
	fn put(&self, bytes: Vec<u8>) -> impl Future<Output = Result<BlobHash, BlobError>> + Send;
}

/// The blob called `hash`: from `store` if it is there and sound, else from `source`, and then kept in `store`.
pub async fn obtain(hash: BlobHash, store: &impl BlobStore, source: &impl BlobSource) -> Result<Vec<u8>, BlobError> {
	match store.get(hash).await {
		Ok(bytes) => return Ok(bytes),
		Err(BlobError::NotFound(_)) => {},
		Err(error) => tracing::warn!(%hash, %error, "fetching again"),
	}
	let bytes = source.get(hash).await?;
	store.put(bytes.clone()).await?;
	Ok(bytes)
}

/// Blobs in memory.
#[derive(Clone, Default)]
pub struct MemoryStore {
	blobs: Arc<RwLock<HashMap<BlobHash, Vec<u8>>>>,
}

impl BlobSource for MemoryStore {
	async fn get(&self, hash: BlobHash) -> Result<Vec<u8>, BlobError> {
		let blobs = self.blobs.read().unwrap_or_else(|poisoned| poisoned.into_inner());
		blobs.get(&hash).cloned().ok_or(BlobError::NotFound(hash))
	}
}

impl BlobStore for MemoryStore {
	async fn put(&self, bytes: Vec<u8>) -> Result<BlobHash, BlobError> {
		let hash = BlobHash::of(&bytes);
		self.blobs.write().unwrap_or_else(|poisoned| poisoned.into_inner()).insert(hash, bytes);
		Ok(hash)
	}
}

/// Blobs in a directory, one file each, named by the hash.
///
/// A file appears whole or not at all, and is checked each time it is read: a crash or a bad disk cannot make a wrong blob.
#[derive(Clone, Debug)]
pub struct DirStore {
	dir: PathBuf,
}

impl DirStore {
	/// Use `dir`, and make it if need be.
	pub fn open(dir: impl Into<PathBuf>) -> Result<Self, BlobError> {
		let dir = dir.into();
		fs::create_dir_all(&dir).map_err(disk(&dir))?;
		remove_unfinished(&dir)?;
		Ok(Self { dir })
	}

	fn path(&self, hash: BlobHash) -> PathBuf {
		self.dir.join(hex::encode(hash.0))
	}

	/// Read the blob called `hash`.
	pub fn read(&self, hash: BlobHash) -> Result<Vec<u8>, BlobError> {
		let path = self.path(hash);
		match fs::read(&path) {
			Ok(bytes) => verify(hash, bytes),
			Err(error) if error.kind() == io::ErrorKind::NotFound => Err(BlobError::NotFound(hash)),
			Err(error) => Err(disk(&path)(error)),
		}
	}

	/// Keep `bytes`.
	pub fn write(&self, bytes: &[u8]) -> Result<BlobHash, BlobError> {
		let hash = BlobHash::of(bytes);
		write_whole(&self.path(hash), bytes)?;
		Ok(hash)
	}

	/// Remove all blobs but those that `keep` approves.
	pub fn retain(&self, keep: impl Fn(BlobHash) -> bool) -> Result<(), BlobError> {
		for entry in fs::read_dir(&self.dir).map_err(disk(&self.dir))? {
			let path = entry.map_err(disk(&self.dir))?.path();
			let hash = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.parse().ok());
			if hash.is_some_and(|hash| !keep(hash)) {
				fs::remove_file(&path).map_err(disk(&path))?;
			}
		}
		Ok(())
	}
}

impl BlobSource for DirStore {
	async fn get(&self, hash: BlobHash) -> Result<Vec<u8>, BlobError> {
		let store = self.clone();
		blocking(move || store.read(hash)).await
	}
}

impl BlobStore for DirStore {
	async fn put(&self, bytes: Vec<u8>) -> Result<BlobHash, BlobError> {
		let store = self.clone();
		blocking(move || store.write(&bytes)).await
	}
}

/// Run disk work where it does not hold up the network.
pub(crate) async fn blocking<T: Send + 'static>(
	work: impl FnOnce() -> Result<T, BlobError> + Send + 'static,
) -> Result<T, BlobError> {
	tokio::task::spawn_blocking(work)
		.await
		.unwrap_or_else(|error| Err(disk(Path::new("(background task)"))(io::Error::other(error))))
}

/// Ending of files that are being written.
const UNFINISHED: &str = "part";

/// Write a file so that it appears whole or not at all, even when the machine stops in between.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), BlobError> {
	static COUNTER: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
	// Two threads may write the same blob at once; each has its own unfinished file, and either result is right.
	let count = COUNTER.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
	let unfinished = path.with_extension(format!("{}-{count}.{UNFINISHED}", std::process::id()));
	let write = || {
		let mut file = fs::File::create(&unfinished)?;
		file.write_all(bytes)?;
		file.sync_all()?;
		fs::rename(&unfinished, path)
	};
	write().map_err(|error| {
		let _ = fs::remove_file(&unfinished);
		disk(path)(error)
	})
}

/// Remove what an earlier process left half written in `dir`.
pub(crate) fn remove_unfinished(dir: &Path) -> Result<(), BlobError> {
	for entry in fs::read_dir(dir).map_err(disk(dir))? {
		let path = entry.map_err(disk(dir))?.path();
		if path.extension().is_some_and(|ending| ending == UNFINISHED) {
			fs::remove_file(&path).map_err(disk(&path))?;
		}
	}
	Ok(())
}

/// The host of a URL.
pub(crate) fn host(url: &str) -> Option<String> {
	reqwest::Url::parse(url).ok()?.host_str().map(str::to_owned)
}

/// Client for what daemons serve: see [`crate::http`] for the paths.
#[derive(Clone, Debug)]
pub struct HttpSource {
	base: String,
	client: reqwest::Client,
	limit: u64,
}

impl HttpSource {
	/// Fetch from the daemon at `base`, for example `http://127.0.0.1:8701`.
	pub fn new(base: &str) -> Result<Self, BlobError> {
		let bad = || BlobError::BadUrl { url: base.to_owned() };
		let url = reqwest::Url::parse(base).map_err(|_| bad())?;
		if url.scheme() != "http" || url.host_str().is_none() {
			return Err(bad());
		}
		let client = reqwest::Client::builder()
			.connect_timeout(CONNECT_TIMEOUT)
			.read_timeout(READ_TIMEOUT)
			.timeout(TRANSFER_TIMEOUT)
			// Whoever names an address answers for it: no sending us on to somewhere else.
			.redirect(reqwest::redirect::Policy::none())
			.no_proxy()
			.build()
			.map_err(|error| BlobError::Transfer { url: base.to_owned(), reason: error.to_string() })?;
		Ok(Self { base: base.trim_end_matches('/').to_owned(), client, limit: MAX_BLOB })
	}

	/// Accept blobs of at most `limit` bytes.
	pub fn with_limit(self, limit: u64) -> Self {
		Self { limit, ..self }
	}

	/// The address that this fetches from.
	pub fn base(&self) -> &str {
		&self.base
	}

	/// What stands at `path`, unchecked; `None` if there is nothing.
	pub(crate) async fn load(&self, path: &str, limit: u64) -> Result<Option<Vec<u8>>, BlobError> {
		self.load_for(path, limit, None).await
	}

	/// The same for whoever may have it by `authorization`.
	async fn load_for(
		&self,
		path: &str,
		limit: u64,
		authorization: Option<&str>,
	) -> Result<Option<Vec<u8>>, BlobError> {
		let url = format!("{}{path}", self.base);
		let failed = |error: reqwest::Error| BlobError::Transfer { url: url.clone(), reason: root_cause(&error) };
		let mut request = self.client.get(&url);
		if let Some(authorization) = authorization {
			request = request.header(reqwest::header::AUTHORIZATION, authorization);
		}
		let mut response = request.send().await.map_err(failed)?;
		if response.status() == reqwest::StatusCode::NOT_FOUND {
			return Ok(None);
		}
		if !response.status().is_success() {
			return Err(BlobError::Transfer { url: url.clone(), reason: format!("status {}", response.status()) });
		}
		let too_large = BlobError::TooLarge { limit };
		if response.content_length().is_some_and(|length| length > limit) {
			return Err(too_large);
		}
		let mut bytes = Vec::new();
		while let Some(chunk) = response.chunk().await.map_err(failed)? {
			// The stated length may be a lie.
			if bytes.len() as u64 + chunk.len() as u64 > limit {
				return Err(too_large);
			}
			bytes.extend_from_slice(&chunk);
		}
		Ok(Some(bytes))
	}

	/// The JSON document at `path`; `None` if there is none.
	pub async fn document<T: de::DeserializeOwned>(&self, path: &str) -> Result<Option<T>, BlobError> {
		self.parsed(path, self.load(path, MAX_DOCUMENT).await?)
	}

	/// The same for whoever may have it by `authorization`. It is small.
	pub(crate) async fn document_for<T: de::DeserializeOwned>(
		&self,
		path: &str,
		authorization: &str,
	) -> Result<Option<T>, BlobError> {
		self.parsed(path, self.load_for(path, MAX_ANSWER, Some(authorization)).await?)
	}

	/// The JSON document in what came from `path`.
	fn parsed<T: de::DeserializeOwned>(&self, path: &str, bytes: Option<Vec<u8>>) -> Result<Option<T>, BlobError> {
		let Some(bytes) = bytes else { return Ok(None) };
		serde_json::from_slice(&bytes).map(Some).map_err(|error| BlobError::Transfer {
			url: format!("{}{path}", self.base),
			reason: format!("not the expected document: {error}"),
		})
	}
}

/// The innermost cause says "connection refused"; the outer ones only repeat the address.
fn root_cause(error: &dyn std::error::Error) -> String {
	let mut cause = error;
	while let Some(inner) = cause.source() {
		cause = inner;
	}
	cause.to_string()
}

impl BlobSource for HttpSource {
	async fn get(&self, hash: BlobHash) -> Result<Vec<u8>, BlobError> {
		let bytes = self.load(&format!("/blobs/{hash}"), self.limit).await?.ok_or(BlobError::NotFound(hash))?;
		verify(hash, bytes)
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn hash_should_read_back_what_it_prints() {
		let hash = BlobHash::of(b"assay");
		assert_eq!(hash.to_string().parse(), Ok(hash));
		assert_eq!(hex::encode(hash.0).parse(), Ok(hash));
		for text in ["", "0x", "0x12", "zz"] {
			assert_eq!(text.parse::<BlobHash>(), Err(MalformedHash));
		}
	}

	#[tokio::test]
	async fn store_should_return_what_was_put() {
		let dir = tempfile::tempdir().unwrap();
		let store = DirStore::open(dir.path()).unwrap();
		let hash = store.put(b"blob".to_vec()).await.unwrap();
		assert_eq!(hash, BlobHash::of(b"blob"));
		assert_eq!(store.get(hash).await.unwrap(), b"blob");
		assert!(matches!(store.get(BlobHash([0; 32])).await, Err(BlobError::NotFound(_))));
	}

	#[test]
	fn store_should_refuse_a_file_when_its_content_changed() {
		let dir = tempfile::tempdir().unwrap();
		let store = DirStore::open(dir.path()).unwrap();
		let hash = store.write(b"blob").unwrap();
		fs::write(store.path(hash), b"blub").unwrap();
		assert!(matches!(store.read(hash), Err(BlobError::WrongHash { .. })));
	}

	#[test]
	fn store_should_forget_half_written_files_when_opened() {
		let dir = tempfile::tempdir().unwrap();
		let unfinished = dir.path().join("00.1-1.part");
		fs::write(&unfinished, b"bl").unwrap();
		DirStore::open(dir.path()).unwrap();
		assert!(!unfinished.exists());
	}

	#[test]
	fn store_should_keep_only_what_is_approved() {
		let dir = tempfile::tempdir().unwrap();
		let store = DirStore::open(dir.path()).unwrap();
		let (kept, dropped) = (store.write(b"kept").unwrap(), store.write(b"dropped").unwrap());
		store.retain(|hash| hash == kept).unwrap();
		assert!(store.read(kept).is_ok());
		assert!(matches!(store.read(dropped), Err(BlobError::NotFound(_))));
	}

	#[tokio::test]
	async fn obtain_should_replace_a_damaged_blob_from_the_source() {
		let dir = tempfile::tempdir().unwrap();
		let store = DirStore::open(dir.path()).unwrap();
		let source = MemoryStore::default();
		let hash = source.put(b"blob".to_vec()).await.unwrap();
		store.write(b"blob").unwrap();
		fs::write(store.path(hash), b"blub").unwrap();
		assert_eq!(obtain(hash, &store, &source).await.unwrap(), b"blob");
		assert_eq!(store.read(hash).unwrap(), b"blob");
	}

	#[test]
	fn http_source_should_be_refused_when_the_address_is_not_plain_http() {
		for url in ["", "127.0.0.1:8701", "ftp://127.0.0.1", "https://127.0.0.1", "file:///etc/passwd"] {
			assert!(matches!(HttpSource::new(url), Err(BlobError::BadUrl { .. })), "{url}");
		}
	}
}
