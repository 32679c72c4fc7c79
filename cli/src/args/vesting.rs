//! What `assay vesting` takes.

use clap::Subcommand;

use super::KeyArgs;
use crate::amount::{Amount, Portion};

/// `assay vesting`
#[derive(Debug, Subcommand)]
pub enum VestingCommand {
	/// Put vesting tokens at stake, as a provider
	Pledge {
		/// How much
		amount: Amount,
		/// Who signs.
		#[command(flatten)]
		key: KeyArgs,
	},
	/// Begin to take pledged tokens back to where they vest; `assay stake withdraw` ends it
	Unpledge {
		/// How much, or `all`
		amount: Portion,
		/// Who signs.
		#[command(flatten)]
		key: KeyArgs,
	},
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::args::{Cli, Command};
	use clap::Parser;

	#[test]
	fn tokens_should_be_pledged_by_amount_and_taken_back_in_part_or_whole() {
		let parse = |args: &[&str]| {
			let all = ["assay", "vesting"].iter().chain(args).chain(&["--key", "//Bob"]);
			match Cli::try_parse_from(all).map(|cli| cli.command) {
				Ok(Command::Vesting(command)) => Some(command),
				_ => None,
			}
		};
		assert!(matches!(parse(&["unpledge", "all"]), Some(VestingCommand::Unpledge { amount: Portion::All, .. })));
		let Some(VestingCommand::Pledge { amount, .. }) = parse(&["pledge", "2"]) else { panic!("not a pledge") };
		assert_eq!(amount, Amount(2_000_000_000_000));
		assert!(parse(&["pledge", "all"]).is_none() && parse(&["unpledge"]).is_none());
	}
}
