//! The runtime of the last release, as test networks have it. `zombienet/releases` says what lies there.

use crate::network::make_raw;
use anyhow::{Context, Result};
use serde_json::{json, Value};
use std::{
	fs,
	path::{Path, PathBuf},
};

/// The last release.
const VERSION: &str = "0.8.0";

/// The release's file with `extension`.
fn file(extension: &str) -> PathBuf {
	Path::new(env!("CARGO_MANIFEST_DIR")).join("releases").join(format!("{VERSION}.{extension}"))
}

/// Its runtime: WASM, compressed.
pub fn code() -> Result<Vec<u8>> {
	let path = file("wasm");
	fs::read(&path).with_context(|| format!("cannot read {}", path.display()))
}

/// Write a specification of its chain with four validators into `folder`, with the first state that its runtime makes.
pub async fn specification(folder: &Path) -> Result<PathBuf> {
	let path = file("json");
	let text = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
	let mut specification: Value = serde_json::from_slice(&text)?;
	let genesis = specification.pointer_mut("/genesis/runtimeGenesis").and_then(Value::as_object_mut);
	let genesis = genesis.with_context(|| format!("{} has no first state", path.display()))?;
	genesis.insert("code".into(), json!(format!("0x{}", hex::encode(code()?))));
	let (plain, raw) = (folder.join("release-plain.json"), folder.join("release.json"));
	fs::write(&plain, specification.to_string())?;
	make_raw(plain.as_os_str(), &raw).await?;
	Ok(raw)
}
