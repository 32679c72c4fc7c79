//! The chain's calls, storage and events as Rust types, generated from the runtime's metadata.

// Generated code is not ours to document or to tidy.
#![allow(missing_docs, unused, clippy::all)]

/// Everything that the runtime offers.
#[subxt::subxt(runtime_metadata_path = "metadata.scale")]
pub mod api {}
