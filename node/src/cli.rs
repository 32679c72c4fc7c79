//! What the node accepts on its command line.

use std::path::PathBuf;

/// The arguments of the node: run it, or one of the sub-commands.
#[derive(Debug, clap::Parser)]
pub struct Cli {
	#[command(subcommand)]
	pub subcommand: Option<Subcommand>,

	#[clap(flatten)]
	pub run: sc_cli::RunCmd,

	/// Keep compiled runtimes in this folder, which must be for nothing else.
	///
	/// A node that starts again, and others on this machine, then find the runtime compiled. Whoever can write to the
	/// folder decides what the node executes.
	#[arg(long, env = "ASSAY_RUNTIME_CACHE", value_name = "PATH", global = true)]
	pub runtime_cache: Option<PathBuf>,
}

#[derive(Debug, clap::Subcommand)]
#[allow(clippy::large_enum_variant)]
pub enum Subcommand {
	/// Make, show and insert keys.
	#[command(subcommand)]
	Key(sc_cli::KeySubcommand),

	/// Write a chain specification (legacy name; prefer `export-chain-spec`).
	BuildSpec(sc_cli::BuildSpecCmd),

	/// Write the chain specification of `--chain` as JSON.
	ExportChainSpec(sc_cli::ExportChainSpecCmd),

	/// Check blocks that are in the database by executing them again.
	CheckBlock(sc_cli::CheckBlockCmd),

	/// Write blocks to a file.
	ExportBlocks(sc_cli::ExportBlocksCmd),

	/// Write the state at a block into a chain specification.
	ExportState(sc_cli::ExportStateCmd),

	/// Read blocks from a file, execute and keep them.
	ImportBlocks(sc_cli::ImportBlocksCmd),

	/// Delete the chain's database.
	PurgeChain(sc_cli::PurgeChainCmd),

	/// Go back a number of blocks.
	Revert(sc_cli::RevertCmd),

	/// Show what the database holds.
	ChainInfo(sc_cli::ChainInfoCmd),

	/// Measure pallets, storage and this machine.
	#[cfg(feature = "benchmark-cli")]
	#[command(subcommand)]
	Benchmark(frame_benchmarking_cli::BenchmarkCmd),
}
