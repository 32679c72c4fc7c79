//! Tests of the whole runtime: what no pallet can see alone.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod arbiter;
mod capacity;
mod checks;
mod decoders;
mod disputes;
mod flow;
mod generated;
mod incidents;
mod invariants;
mod leases;
mod metadata;
mod presets;
mod probes;
mod proxies;
#[cfg(feature = "fast-runtime")]
mod stripped;
mod support;
mod vesting;
mod weights;
