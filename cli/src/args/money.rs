//! What `assay rewards`, `assay credits`, `assay payments` and `assay emission` take.

use clap::{Args, Subcommand};
use subxt::utils::AccountId32;

use super::{AccountArgs, KeyArgs};
use crate::{
	amount::Amount,
	chain::model::{Payment, RewardKind},
	fraction::Share,
};

/// `assay rewards`
#[derive(Debug, Subcommand)]
pub enum RewardsCommand {
	/// Show the rewards that an account can claim
	Show {
		/// Only those of this kind
		#[arg(long)]
		kind: Option<RewardKind>,
		/// Whose.
		#[command(flatten)]
		account: AccountArgs,
	},
	/// Have rewards paid, or begin to vest
	///
	/// Anyone may do it for any account: the rewards go to who has earned them.
	Claim {
		/// Only those of this kind [default: all that there are]
		#[arg(long)]
		kind: Option<RewardKind>,
		/// Whose rewards [default: those of the account that signs]
		#[arg(long, value_name = "ADDRESS")]
		account: Option<AccountId32>,
		/// Who signs.
		#[command(flatten)]
		key: KeyArgs,
	},
}

/// `assay credits`
#[derive(Debug, Subcommand)]
pub enum CreditsCommand {
	/// Have tokens burned for compute credits
	Buy(BuyArgs),
	/// Take tokens back that wait to be burned
	Cancel {
		/// Id of the conversion
		conversion: u64,
		/// Who signs.
		#[command(flatten)]
		key: KeyArgs,
	},
	/// Show the credits of an account, what waits, and the price
	Show(AccountArgs),
}

/// `assay credits buy`
#[derive(Args, Debug)]
pub struct BuyArgs {
	/// How many tokens
	pub amount: Amount,
	/// How many fewer credits to accept than the present price makes, in per cent. What would make fewer is tried again a
	/// few times, and then given up with all tokens released
	#[arg(long, default_value = "2", value_name = "PERCENT")]
	pub max_slippage: Share,
	/// Wait until the tokens are burned, or the conversion is given up
	#[arg(long)]
	pub wait: bool,
	/// Who signs.
	#[command(flatten)]
	pub key: KeyArgs,
}

/// `assay payments`
#[derive(Debug, Subcommand)]
pub enum PaymentsCommand {
	/// Show what waits for an account
	Show {
		/// What it was paid with
		#[arg(long, value_enum, default_value_t = Payment::Stable)]
		pay: Payment,
		/// Whose.
		#[command(flatten)]
		account: AccountArgs,
	},
	/// Have paid out what waits for an account
	///
	/// Anyone may do it for any account, as soon as that can take it.
	Claim {
		/// What it was paid with
		#[arg(long, value_enum, default_value_t = Payment::Stable)]
		pay: Payment,
		/// For whom it waits [default: the account that signs]
		#[arg(long, value_name = "ADDRESS")]
		account: Option<AccountId32>,
		/// Who signs.
		#[command(flatten)]
		key: KeyArgs,
	},
}

/// `assay emission`
#[derive(Debug, Subcommand)]
pub enum EmissionCommand {
	/// Show what was minted, what comes next, and the pots
	Show,
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::args::{Cli, Command};
	use clap::Parser;

	fn parse(args: &[&str]) -> Option<Command> {
		let all = ["assay"].iter().chain(args).chain(&["--key", "//Ferdie"]);
		Cli::try_parse_from(all).ok().map(|cli| cli.command)
	}

	#[test]
	fn rewards_should_be_those_of_one_kind_or_all() {
		let kind = |args: &[&str]| match parse(args) {
			Some(Command::Rewards(RewardsCommand::Show { kind, .. } | RewardsCommand::Claim { kind, .. })) => {
				Some(kind)
			},
			_ => None,
		};
		assert_eq!(kind(&["rewards", "show"]), Some(None));
		assert_eq!(kind(&["rewards", "claim", "--kind", "work"]), Some(Some(RewardKind::Work)));
		assert_eq!(kind(&["rewards", "claim", "--kind", "validation"]), Some(Some(RewardKind::Validation)));
		assert_eq!(kind(&["rewards", "claim", "--kind", "luck"]), None);
	}

	#[test]
	fn credits_should_be_bought_with_a_slippage_in_per_cent() {
		let slippage = |extra: &[&str]| match parse(&[&["credits", "buy", "100"], extra].concat()) {
			Some(Command::Credits(CreditsCommand::Buy(args))) => Some((args.max_slippage, args.wait)),
			_ => None,
		};
		assert_eq!(slippage(&[]), Some((Share::percent(2), false)));
		assert_eq!(slippage(&["--max-slippage", "0.5", "--wait"]), Some((Share(5_000_000), true)));
		assert_eq!(slippage(&["--max-slippage", "101"]), None);
		assert!(parse(&["credits", "buy"]).is_none());
		assert!(parse(&["credits", "cancel", "3"]).is_some() && parse(&["credits", "cancel"]).is_none());
	}

	#[test]
	fn payment_should_be_claimed_in_the_stable_asset_unless_said_otherwise() {
		let pay = |args: &[&str]| match parse(args) {
			Some(Command::Payments(PaymentsCommand::Show { pay, .. } | PaymentsCommand::Claim { pay, .. })) => {
				Some(pay)
			},
			_ => None,
		};
		assert_eq!(pay(&["payments", "claim"]), Some(Payment::Stable));
		assert_eq!(pay(&["payments", "show", "--pay", "credits"]), Some(Payment::Credits));
		assert_eq!(pay(&["payments", "show", "--pay", "shells"]), None);
	}
}
