//! `assay-cheater`: the provider daemon of the `assay` command line, with another conduct.
//!
//! It bids, commits and claims as the honest one does, by the same code, and cheats in one way that is chosen. Tests and
//! `scripts/demo.sh --cheat` run it, to see that it is caught. It is no part of what operators install.

mod cheats;

use std::{process::ExitCode, sync::Arc};

use assay_cli::{
	args::{Common, RunArgs},
	commands,
	output::Output,
	process, provider,
};
use clap::Parser;

use cheats::Cheat;

/// Do jobs for pay, and cheat.
#[derive(Debug, Parser)]
#[command(name = "assay-cheater", version)]
struct Cli {
	/// What all commands have in common.
	#[command(flatten)]
	common: Common,
	/// How to cheat
	#[arg(long, value_enum)]
	cheat: Cheat,
	/// What the honest daemon takes.
	#[command(flatten)]
	run: RunArgs,
}

fn main() -> ExitCode {
	let Cli { common, cheat, run } = Cli::parse();
	let out = Output::new(common.json);
	process::run(out, |stop| async move {
		provider::run(commands::provider_config(&common, run)?, Arc::new(cheat), out, stop).await
	})
}

#[cfg(test)]
mod tests {
	use super::*;
	use clap::CommandFactory;

	#[test]
	fn command_line_should_be_consistent() {
		Cli::command().debug_assert();
	}
}
