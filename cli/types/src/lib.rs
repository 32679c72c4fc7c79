//! The chain's calls, storage and events as Rust types, generated from the runtime's metadata (scripts/metadata.sh).
//!
//! A crate of its own, because generating and compiling them takes a minute: so it happens once, and only when the runtime's
//! interface changes.

// Generated code is not ours to document or to tidy.
#![allow(missing_docs, unused, clippy::all)]

// Tells cargo to compile this again when the metadata changes.
const _: &[u8] = include_bytes!("../metadata.scale");

/// What the runtime offers to the command line.
#[subxt::subxt(runtime_metadata_path = "metadata.scale")]
pub mod api {}
