//! What `assay vesting` takes.

use clap::Subcommand;
use subxt::utils::AccountId32;

use super::{AccountArgs, KeyArgs};
use crate::{
	amount::{Amount, Portion},
	chain::model::VestingPlan,
};

/// `assay vesting`
#[derive(Debug, Subcommand)]
pub enum VestingCommand {
	/// Show what vests for an account, by plan
	Show(AccountArgs),
	/// Release what has vested
	///
	/// Anyone may do it for any account: the tokens are the account's.
	Claim {
		/// Only what vests by this plan [default: all that has vested]
		#[arg(long)]
		plan: Option<VestingPlan>,
		/// Whose tokens [default: those of the account that signs]
		#[arg(long, value_name = "ADDRESS")]
		account: Option<AccountId32>,
		/// Who signs.
		#[command(flatten)]
		key: KeyArgs,
	},
	/// Have tokens vest sooner, at the price of a part of them
	///
	/// The forfeit is gone at once; the rest vests over the plan's shorter term from now on. Cannot be undone.
	Exit {
		/// How much is to leave, or `all`
		amount: Portion,
		/// The plan to leave
		#[arg(long, default_value = "checker")]
		plan: VestingPlan,
		/// Only say what it would cost
		#[arg(long)]
		preview: bool,
		/// Who signs.
		#[command(flatten)]
		key: KeyArgs,
	},
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

	#[test]
	fn plans_should_be_named_and_the_one_that_can_be_left_be_the_default() {
		let parse = |args: &[&str]| {
			let all = ["assay", "vesting"].iter().chain(args).chain(&["--key", "//Bob"]);
			match Cli::try_parse_from(all).map(|cli| cli.command) {
				Ok(Command::Vesting(command)) => Some(command),
				_ => None,
			}
		};
		let Some(VestingCommand::Exit { amount, plan, preview, .. }) = parse(&["exit", "all"]) else {
			panic!("not an exit")
		};
		assert_eq!((amount, plan, preview), (Portion::All, VestingPlan::Checker, false));
		let claim = parse(&["claim", "--plan", "escrowed"]);
		assert!(matches!(claim, Some(VestingCommand::Claim { plan: Some(VestingPlan::Escrowed), account: None, .. })));
		assert!(matches!(parse(&["show"]), Some(VestingCommand::Show(_))));
		assert!(parse(&["claim", "--plan", "soon"]).is_none());
	}
}
