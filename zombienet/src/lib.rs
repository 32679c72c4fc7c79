//! Networks of several node processes on one machine.
//!
//! `zombienet/local.toml` describes a network in zombienet's format, and zombienet can run it as it is. This crate
//! starts the very same definition with nothing but the operating system: each node is a process in a fresh folder, on
//! ports of its own, with its log in a file, and is stopped by its process id when the value that stands for it is
//! dropped. The tests in `zombienet/tests` and the programs `assay-bench` and `assay-soak` are built on it.
//!
//! ```no_run
//! # async fn example() -> anyhow::Result<()> {
//! use assay_network::Network;
//!
//! let mut network = Network::local().await?;
//! network.wait_for_finalized(3).await?;
//! # Ok(())
//! # }
//! ```

pub mod binaries;
pub mod client;
pub mod constants;
pub mod definition;
pub mod disturbance;
pub mod host;
pub mod link;
pub mod network;
pub mod node;
pub mod ports;
pub mod process;
pub mod release;
pub mod rpc;

pub use client::Client;
pub use definition::Definition;
pub use host::Host;
pub use link::Link;
pub use network::Network;
pub use node::{Node, NodeConfig};
pub use process::Process;
pub use rpc::Rpc;
