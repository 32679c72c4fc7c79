//! `assay-cheater`: the daemons of the `assay` command line, with another conduct.
//!
//! The provider bids, commits and claims as the honest one does, by the same code, and cheats in one way that is chosen. The
//! checker runs its samples and votes, by the same code too, and says that whatever the provider claims is right. Tests and
//! `scripts/demo.sh --cheat` run them, to see that they are caught. It is no part of what operators install.

mod cheats;

use std::{process::ExitCode, sync::Arc};

use assay_cli::{
	args::{CheckArgs, Common, RunArgs},
	checker, commands,
	output::Output,
	process, provider,
};
use clap::{Parser, Subcommand};

use cheats::{Bought, Cheat};

/// Do jobs for pay, or check those of others, and cheat.
#[derive(Debug, Parser)]
#[command(name = "assay-cheater", version)]
struct Cli {
	/// What all commands have in common.
	#[command(flatten)]
	common: Common,
	#[command(subcommand)]
	command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
	/// Run a provider daemon that cheats
	Provider {
		/// How to cheat
		#[arg(long, value_enum)]
		cheat: Cheat,
		/// What the honest daemon takes.
		#[command(flatten)]
		run: Box<RunArgs>,
	},
	/// Run a checker daemon that is in league with every provider: it votes for whatever was committed to
	Checker(CheckArgs),
}

fn main() -> ExitCode {
	let Cli { common, command } = Cli::parse();
	let out = Output::new(common.json);
	process::run(out, |stop| async move {
		match command {
			Command::Provider { cheat, run } => {
				provider::run(commands::provider_config(&common, *run)?, Arc::new(cheat), out, stop).await
			},
			Command::Checker(args) => {
				checker::run(commands::checker_config(&common, args)?, Arc::new(Bought), out, stop).await
			},
		}
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
