//! The `assay` command line as a library: client commands and the provider daemon.
//!
//! - [`chain`]: the chain, as finalised state, events of every phase, and transactions that are waited for.
//! - [`blobs`] and [`http`]: data by hash, and how daemons serve it to each other.
//! - [`guest`]: running programs on this machine.
//! - [`provider`]: the daemon that does jobs for pay, and serves leases.
//! - [`leased`]: what it tells of a lease, and to whom.
//! - [`checker`]: the daemon that runs results of others again.
//! - [`client`]: posting jobs, following them, fetching and checking results.
//! - [`lease`]: machines by the block, for clients and by hand for providers.
//! - [`stake`], [`delegation`], [`rewards`], [`credits`], [`payments`], [`slash`], [`vesting`]: stake and money.
//! - [`reputation`]: what became of an account's trades.
//! - [`status`], [`emission`]: how the chain stands.
//! - [`process`]: what the programs do around that.

pub mod amount;
pub mod args;
pub mod blobs;
pub mod chain;
pub mod checker;
pub mod client;
pub mod commands;
pub mod credits;
pub mod delegation;
pub mod emission;
pub mod fraction;
pub mod guest;
pub mod http;
pub mod keys;
pub mod lease;
pub mod leased;
pub mod output;
pub mod payments;
pub mod probe;
pub mod process;
pub mod provider;
pub mod reputation;
pub mod rewards;
pub mod slash;
pub mod span;
pub mod stake;
pub mod status;
pub mod vesting;
