//! Runs the benchmarks of a runtime given as a file: the SDK's `benchmark pallet`, in a program of its own.
//!
//! The host of a runtime (storage overlay, trie, host functions) is generic code, and so is compiled where it is put
//! together. In the ordinary build the node is compiled without optimisation, and benchmarks that it ran would measure
//! that; this program is compiled with it.

use clap::Parser;
use frame_benchmarking_cli::PalletCmd;
use sp_runtime::traits::BlakeTwo256;

fn main() -> sc_cli::Result<()> {
	sc_cli::LoggerBuilder::new("info").init()?;
	PalletCmd::parse().run_with_spec::<BlakeTwo256, ()>(None)
}
