//! `assay`: rent out and buy compute.

use std::process::ExitCode;

use assay_cli::{args::Cli, commands, output::Output, process};
use clap::Parser;

fn main() -> ExitCode {
	let cli = Cli::parse();
	let out = Output::new(cli.common.json);
	process::run(out, |stop| commands::run(cli, out, stop))
}
