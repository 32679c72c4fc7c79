//! What `assay stake` takes.

use clap::{Args, Subcommand};
use subxt::utils::AccountId32;

use super::{AccountArgs, KeyArgs};
use crate::{
	amount::{Amount, Portion},
	fraction::Share,
};

/// `assay stake`
#[derive(Debug, Subcommand)]
pub enum StakeCommand {
	/// Bond stake, or more of it
	Bond {
		/// How much
		amount: Amount,
		/// Who signs.
		#[command(flatten)]
		key: KeyArgs,
	},
	/// Begin to unbond stake
	Unbond {
		/// How much
		amount: Amount,
		/// Who signs.
		#[command(flatten)]
		key: KeyArgs,
	},
	/// Put unbonding stake back into the bond
	Rebond {
		/// How much
		amount: Amount,
		/// Who signs.
		#[command(flatten)]
		key: KeyArgs,
	},
	/// Take out the stake whose unbonding period is over: one's own, or what was delegated
	Withdraw {
		/// Take out what was delegated to this provider
		#[arg(long, value_name = "ADDRESS")]
		provider: Option<AccountId32>,
		/// Who signs.
		#[command(flatten)]
		key: KeyArgs,
	},
	/// Show the stake of an account
	Status {
		/// Whose.
		#[command(flatten)]
		account: AccountArgs,
		/// Show also what the account has delegated to this provider; can be given more than once
		#[arg(long = "provider", value_name = "ADDRESS")]
		providers: Vec<AccountId32>,
	},
	/// Back a provider with stake, for a part of its rewards and of its slashes
	Delegate {
		/// Address of the provider
		provider: AccountId32,
		/// How much
		amount: Amount,
		/// Who signs.
		#[command(flatten)]
		key: KeyArgs,
	},
	/// Begin to take delegated stake back
	Undelegate {
		/// Address of the provider
		provider: AccountId32,
		/// How much, or `all`
		amount: Portion,
		/// Who signs.
		#[command(flatten)]
		key: KeyArgs,
	},
	/// Back another provider with delegated stake, at once
	Move {
		/// Address of the provider to back no more
		from: AccountId32,
		/// Address of the provider to back instead
		to: AccountId32,
		/// How much, or `all`
		amount: Portion,
		/// Who signs.
		#[command(flatten)]
		key: KeyArgs,
	},
	/// Have the rewards of delegated stake paid out
	Claim {
		/// The provider with whom they were earned
		#[arg(long, value_name = "ADDRESS")]
		provider: AccountId32,
		/// Delegate them to the same provider instead
		#[arg(long)]
		compound: bool,
		/// Who signs.
		#[command(flatten)]
		key: KeyArgs,
	},
	/// Have taken what moved stake owes for slashes of the provider that it left, and forget what is over
	///
	/// It happens by itself whenever the stake is touched. Anyone may do it for any account.
	Collect {
		/// Address of the provider to whom the stake was moved
		provider: AccountId32,
		/// Whose stake it is [default: the account that signs]
		#[arg(long, value_name = "ADDRESS")]
		account: Option<AccountId32>,
		/// Who signs.
		#[command(flatten)]
		key: KeyArgs,
	},
	/// Announce one's own terms for delegators
	Commission(CommissionArgs),
	/// Show what is delegated to a provider, the price of a share and the terms
	Pool {
		/// Address of the provider
		provider: AccountId32,
	},
	/// Show what an account has delegated to a provider
	Position {
		/// Address of the provider
		provider: AccountId32,
		/// Whose.
		#[command(flatten)]
		account: AccountArgs,
	},
}

/// `assay stake commission`
#[derive(Args, Debug)]
pub struct CommissionArgs {
	/// The part of the delegators' rewards to keep, in per cent
	#[arg(long, value_name = "PERCENT")]
	pub commission: Share,
	/// The part of one's own rewards to give to the delegators, in per cent
	#[arg(long, default_value = "0", value_name = "PERCENT")]
	pub kickback: Share,
	/// Who signs.
	#[command(flatten)]
	pub key: KeyArgs,
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::args::{Cli, Command};
	use clap::Parser;

	const BOB: &str = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty";
	const DAVE: &str = "5DAAnrj7VHTznn2AWBemMuyBwZWs6FNFjdyVXUeYum3PTXFy";

	fn parse(args: &[&str]) -> Result<StakeCommand, String> {
		let all = ["assay", "stake"].iter().chain(args).chain(&["--key", "//Ferdie"]);
		match Cli::try_parse_from(all).map(|cli| cli.command) {
			Ok(Command::Stake(command)) => Ok(command),
			other => Err(format!("{other:?}")),
		}
	}

	#[test]
	fn delegation_should_name_provider_and_amount() {
		let Ok(StakeCommand::Delegate { provider, amount, .. }) = parse(&["delegate", BOB, "12.5"]) else {
			panic!("not a delegation")
		};
		assert_eq!((provider.to_string().as_str(), amount), (BOB, Amount(12_500_000_000_000)));
		for args in
			[&["delegate", BOB][..], &["delegate", "12.5"], &["delegate", BOB, "all"], &["delegate", "//Bob", "1"]]
		{
			assert!(parse(args).is_err(), "{args:?}");
		}
	}

	#[test]
	fn stake_should_be_taken_or_moved_in_part_or_whole() {
		let undelegated = |amount| match parse(&["undelegate", BOB, amount]) {
			Ok(StakeCommand::Undelegate { amount, .. }) => Some(amount),
			_ => None,
		};
		assert_eq!(undelegated("all"), Some(Portion::All));
		assert_eq!(undelegated("3"), Some(Portion::Of(Amount(3_000_000_000_000))));
		assert_eq!(undelegated("most"), None);
		let Ok(StakeCommand::Move { from, to, amount, .. }) = parse(&["move", BOB, DAVE, "all"]) else {
			panic!("not a move")
		};
		assert_eq!((from.to_string().as_str(), to.to_string().as_str(), amount), (BOB, DAVE, Portion::All));
		assert!(parse(&["move", BOB, "all"]).is_err());
	}

	#[test]
	fn rewards_should_be_claimed_with_one_provider() {
		assert!(matches!(parse(&["claim", "--provider", BOB]), Ok(StakeCommand::Claim { compound: false, .. })));
		let compound = parse(&["claim", "--provider", BOB, "--compound"]);
		assert!(matches!(compound, Ok(StakeCommand::Claim { compound: true, .. })));
		assert!(parse(&["claim"]).is_err());
	}

	#[test]
	fn terms_should_be_given_in_per_cent() {
		let Ok(StakeCommand::Commission(args)) = parse(&["commission", "--commission", "7.5", "--kickback", "2"])
		else {
			panic!("not a commission")
		};
		assert_eq!((args.commission, args.kickback), (Share(75_000_000), Share(20_000_000)));
		assert!(matches!(parse(&["commission", "--commission", "0"]), Ok(StakeCommand::Commission(_))));
		assert!(parse(&["commission"]).is_err());
		assert!(parse(&["commission", "--commission", "101"]).is_err());
	}

	#[test]
	fn status_should_take_several_providers() {
		let Ok(StakeCommand::Status { providers, .. }) = parse(&["status", "--provider", BOB, "--provider", DAVE])
		else {
			panic!("not a status")
		};
		assert_eq!(providers.len(), 2);
		assert!(matches!(parse(&["position", BOB]), Ok(StakeCommand::Position { .. })));
	}
}
