//! What `assay slash` takes.

use clap::Subcommand;
use subxt::utils::AccountId32;

use super::{AccountArgs, KeyArgs};
use crate::amount::Portion;

/// `assay slash`
#[derive(Debug, Subcommand)]
pub enum SlashCommand {
	/// List the slashes of a provider that are not carried out yet
	List(AccountArgs),
	/// Show one of them
	Show {
		/// Number of the slash
		slash: u64,
	},
	/// Doubt a slash of one's own, with a bond on it, so that governance decides
	Contest {
		/// Number of the slash
		slash: u64,
		/// Who signs.
		#[command(flatten)]
		key: KeyArgs,
	},
	/// Carry out a slash that is due, or let it lapse
	///
	/// The chain does that by itself. Anyone may do it if the chain is late.
	Apply {
		/// Number of the slash
		slash: u64,
		/// Who signs.
		#[command(flatten)]
		key: KeyArgs,
	},
	/// Show what a provider owes because slashes found too little
	Debt(AccountArgs),
	/// Pay what a provider owes: until then it can neither unbond nor withdraw
	///
	/// Anyone may do it for any provider.
	Pay {
		/// How much, or `all`
		amount: Portion,
		/// Whose debt [default: that of the account that signs]
		#[arg(long, value_name = "ADDRESS")]
		account: Option<AccountId32>,
		/// Who signs.
		#[command(flatten)]
		key: KeyArgs,
	},
	/// Have taken what a provider owes out of its unclaimed rewards and of what vests for it
	///
	/// Anyone may do it for any provider.
	Collect {
		/// Whose debt [default: that of the account that signs]
		#[arg(long, value_name = "ADDRESS")]
		account: Option<AccountId32>,
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
	fn slash_should_be_named_by_its_number_and_a_debt_by_its_account() {
		let parse = |args: &[&str]| {
			let all = ["assay", "slash"].iter().chain(args).chain(&["--key", "//Bob"]);
			match Cli::try_parse_from(all).map(|cli| cli.command) {
				Ok(Command::Slash(command)) => Some(command),
				_ => None,
			}
		};
		assert!(matches!(parse(&["contest", "3"]), Some(SlashCommand::Contest { slash: 3, .. })));
		assert!(matches!(parse(&["pay", "all"]), Some(SlashCommand::Pay { amount: Portion::All, account: None, .. })));
		assert!(matches!(parse(&["list"]), Some(SlashCommand::List(_))));
		for args in [&["contest"][..], &["contest", "all"], &["pay"], &["apply", "-1"]] {
			assert!(parse(args).is_none(), "{args:?}");
		}
	}
}
