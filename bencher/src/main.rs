//! Runs the benchmarks of a runtime.
//!
//! The host of a runtime (storage overlay, trie, host functions) is generic code, and so is compiled where it is put
//! together: here, with optimisation. In the node of the ordinary build, which is compiled without, calls take four times
//! as long.

mod calls;
mod host;
mod weights;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};
use host::Host;
use std::path::PathBuf;

/// Run the benchmarks of a runtime.
#[derive(Debug, Parser)]
struct Cli {
	/// The runtime's WASM, built with its benchmarks.
	runtime: PathBuf,

	#[command(subcommand)]
	what: What,
}

#[derive(Debug, Subcommand)]
enum What {
	/// Print what some calls of ours take beside the SDK's: one line for each figure, `name=value unit`.
	Calls {
		/// Measure these only, by the names of the figures without their units.
		only: Vec<String>,
	},
	/// Print a pallet's weights as Rust.
	Weights(weights::Options),
}

fn main() -> Result<()> {
	let Cli { runtime, what } = Cli::parse();
	let host = Host::new(std::fs::read(&runtime).with_context(|| format!("cannot read {}", runtime.display()))?)?;
	match what {
		What::Calls { only } => calls::print(&host, &only),
		What::Weights(options) => weights::print(&host, &options),
	}
}
