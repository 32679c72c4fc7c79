//! Every waiting time and every name that the tests share.
//!
//! Times are upper bounds: a wait ends as soon as its condition holds. They are wide enough for two busy cores, and
//! small enough that the whole network part of the tests ends within minutes even when something hangs.

use std::time::Duration;

/// How often a condition is looked at again.
pub const POLL_INTERVAL: Duration = Duration::from_millis(200);

/// Name of the folder with compiled runtimes and chain specifications, beside the program that runs the networks.
pub const CACHE_FOLDER: &str = "assay-network-cache";

/// Environment variable by which the node learns where it keeps compiled runtimes.
pub const RUNTIME_CACHE_VARIABLE: &str = "ASSAY_RUNTIME_CACHE";

/// From the start of a node's process to the first answer of its RPC server. Nearly all of it is compiling the runtime,
/// ten seconds of a core, unless a node has done so before.
pub const NODE_START_TIMEOUT: Duration = Duration::from_secs(120);

/// Until every node of a network has connected to others. Dialling a boot node that was not up yet is tried again after
/// some seconds only.
pub const PEERING_TIMEOUT: Duration = Duration::from_secs(60);

/// Until a small number of blocks is final on every node.
pub const FINALITY_TIMEOUT: Duration = Duration::from_secs(60);

/// Until a node that joins late has caught up with a chain of some dozen blocks.
pub const SYNC_TIMEOUT: Duration = Duration::from_secs(60);

/// From the submission of a job to its last state, with an auction and some seconds of rendering between.
pub const JOB_TIMEOUT: Duration = Duration::from_secs(120);

/// From the submission of a job to the verdict about its result, with the time that a provider has to show a unit between.
pub const VERDICT_TIMEOUT: Duration = Duration::from_secs(180);

/// From a new machine to the verdict about its first round: two whole epochs before it can be drawn, and one for the round,
/// of forty seconds each, and some more when the proof opens nothing wrong by chance.
pub const CAPACITY_TIMEOUT: Duration = Duration::from_secs(360);

/// From a slash that is queued to the block in which it is carried out: four minutes, when no slot stays empty.
pub const SLASH_TIMEOUT: Duration = Duration::from_secs(420);

/// From the submission of a job to the end of the check of its result: up to two epochs until a committee is drawn, then its votes,
/// the provider's leaves, and the time to dispute.
pub const CHECK_TIMEOUT: Duration = Duration::from_secs(300);

/// Until finality lags by some twenty blocks, and for what follows from blocks that are not final.
pub const LAG_TIMEOUT: Duration = Duration::from_secs(120);

/// From the mending of a link to the agreement of both sides: peers whose connection has broken are dialled again after some
/// seconds only, and longer waits follow after each vain attempt.
pub const CONVERGENCE_TIMEOUT: Duration = Duration::from_secs(90);

/// For a process that was asked to stop.
pub const EXIT_TIMEOUT: Duration = Duration::from_secs(30);

/// For a command that does its work and ends, having compiled the runtime perhaps.
pub const COMMAND_TIMEOUT: Duration = Duration::from_secs(90);

/// For one answer of an HTTP server on this machine.
pub const HTTP_TIMEOUT: Duration = Duration::from_secs(5);

/// Lines of a log that an error message shows.
pub const LOG_TAIL_LINES: usize = 20;

/// First port that [`crate::ports`] gives out; the last is [`LAST_PORT`]. The range lies below the one from which
/// systems take the ports of outgoing connections, so that none of those sits on a port of ours.
pub const FIRST_PORT: u16 = 20_000;
/// See [`FIRST_PORT`].
pub const LAST_PORT: u16 = 31_999;

/// Heights of the chain as a node sees it, with the label `status`. Prometheus answers nothing for a metric that does
/// not exist, which reads like zero: [`crate::Node::metric`] makes an error of it.
pub const METRIC_BEST_BLOCK: &str = "substrate_block_height{status=\"best\"";
/// See [`METRIC_BEST_BLOCK`].
pub const METRIC_FINALIZED_BLOCK: &str = "substrate_block_height{status=\"finalized\"";
/// Number of peers that a node is connected to.
pub const METRIC_PEERS: &str = "substrate_sub_libp2p_peers_count";
