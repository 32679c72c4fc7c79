//! The command line: what all commands have in common here, and each group of them in a file of its own.

mod checker;
mod job;
mod lease;
mod money;
mod provider;
mod slash;
mod stake;
mod vesting;

use std::{path::PathBuf, time::Duration};

use clap::{Args, Parser, Subcommand};
use subxt::utils::AccountId32;
use subxt_signer::sr25519::Keypair;

use crate::keys::{self, KeyError, Secret};

pub use self::{
	checker::{CheckArgs, CheckerCommand},
	job::{JobCommand, StateArg, StoreArgs, SubmitArgs, WatchArgs},
	lease::{LeaseBidArgs, LeaseCommand, ManifestArgs, OrderArgs},
	money::{BuyArgs, CreditsCommand, EmissionCommand, PaymentsCommand, RewardsCommand},
	provider::{ProviderCommand, RunArgs},
	slash::SlashCommand,
	stake::{CommissionArgs, StakeCommand},
	vesting::VestingCommand,
};

/// Rent out and buy compute on Assay.
///
/// Amounts are in ASY, for example 12.5; in JSON they are strings of the smallest denomination (10⁻¹² ASY).
#[derive(Debug, Parser)]
#[command(name = "assay", version)]
pub struct Cli {
	/// What all commands have in common.
	#[command(flatten)]
	pub common: Common,
	/// The command.
	#[command(subcommand)]
	pub command: Command,
}

/// What all commands have in common.
#[derive(Args, Clone, Debug)]
pub struct Common {
	/// WebSocket address of the node to talk to
	#[arg(
		long,
		global = true,
		env = "ASSAY_NODE",
		default_value = "ws://127.0.0.1:9944",
		value_parser = node_url,
		value_name = "URL"
	)]
	pub node: String,
	/// Print one JSON object per result
	#[arg(long, global = true)]
	pub json: bool,
	/// How many seconds to try to reach the node
	#[arg(
		long,
		global = true,
		default_value_t = 10,
		value_parser = clap::value_parser!(u64).range(..=MAX_CONNECT_TIMEOUT),
		value_name = "SECONDS"
	)]
	pub connect_timeout: u64,
}

/// A day: whoever wants to wait longer writes a loop. Without a bound, adding it to the clock could overflow.
const MAX_CONNECT_TIMEOUT: u64 = 24 * 60 * 60;

/// What can be no address of a node is refused at once, and not tried until the time is over.
fn node_url(text: &str) -> Result<String, String> {
	match reqwest::Url::parse(text) {
		Ok(url) if matches!(url.scheme(), "ws" | "wss") => Ok(text.to_owned()),
		_ => Err("the address of a node is written like ws://127.0.0.1:9944".to_owned()),
	}
}

impl Common {
	/// How long to try to reach the node.
	pub const fn patience(&self) -> Duration {
		Duration::from_secs(self.connect_timeout)
	}
}

/// A command.
#[derive(Debug, Subcommand)]
pub enum Command {
	/// Do jobs for pay
	#[command(subcommand)]
	Provider(ProviderCommand),
	/// Run results of others again, for pay
	#[command(subcommand)]
	Checker(CheckerCommand),
	/// Have jobs done
	#[command(subcommand)]
	Job(JobCommand),
	/// Have a machine by the block
	#[command(subcommand)]
	Lease(LeaseCommand),
	/// Bond and delegate stake
	#[command(subcommand)]
	Stake(StakeCommand),
	/// Look at slashes and debts, doubt and pay them
	#[command(subcommand)]
	Slash(SlashCommand),
	/// Claim what the emission pays
	#[command(subcommand)]
	Rewards(RewardsCommand),
	/// Use tokens that vest
	#[command(subcommand)]
	Vesting(VestingCommand),
	/// Buy compute credits
	#[command(subcommand)]
	Credits(CreditsCommand),
	/// Claim payments that could not be taken when they were due
	#[command(subcommand)]
	Payments(PaymentsCommand),
	/// Look at what became of the trades of an account
	#[command(subcommand)]
	Reputation(ReputationCommand),
	/// Look at the emission of new tokens
	#[command(subcommand)]
	Emission(EmissionCommand),
	/// Look at the chain
	#[command(subcommand)]
	Chain(ChainCommand),
}

/// Who signs. The variable may be set for good, so that a file may be named beside it.
#[derive(Args, Clone, Debug)]
#[group(required = true, multiple = true)]
pub struct KeyArgs {
	/// Secret URI of the signing key, such as //Alice
	#[arg(long, env = "ASSAY_KEY", hide_env_values = true, value_name = "SURI")]
	pub key: Option<Secret>,
	/// File whose first line is the secret URI; used instead of --key if both are given
	#[arg(long, value_name = "FILE")]
	pub key_file: Option<PathBuf>,
}

impl KeyArgs {
	/// The key.
	pub fn load(&self) -> Result<Keypair, KeyError> {
		match (&self.key_file, &self.key) {
			(Some(path), _) => keys::from_file(path),
			(None, Some(secret)) => keys::from_secret(secret),
			(None, None) => Err(KeyError::Missing),
		}
	}
}

/// Whom to look at: by address, or by the key that one has anyway.
#[derive(Args, Clone, Debug)]
#[group(required = true, multiple = true)]
pub struct AccountArgs {
	/// Address of the account; used instead of a key if both are given
	#[arg(long, value_name = "ADDRESS")]
	pub account: Option<AccountId32>,
	/// Secret URI of the account's key, such as //Alice
	#[arg(long, env = "ASSAY_KEY", hide_env_values = true, value_name = "SURI")]
	pub key: Option<Secret>,
	/// File whose first line is the secret URI; used instead of --key if both are given
	#[arg(long, value_name = "FILE")]
	pub key_file: Option<PathBuf>,
}

impl AccountArgs {
	/// The account.
	pub fn load(&self) -> Result<AccountId32, KeyError> {
		match &self.account {
			Some(account) => Ok(*account),
			None => {
				let key = KeyArgs { key: self.key.clone(), key_file: self.key_file.clone() }.load()?;
				Ok(keys::account(&key))
			},
		}
	}
}

/// `assay reputation`
#[derive(Debug, Subcommand)]
pub enum ReputationCommand {
	/// Show the reputation of an account, as a provider and as a client
	Show(AccountArgs),
}

/// `assay chain`
#[derive(Debug, Subcommand)]
pub enum ChainCommand {
	/// Show blocks, peers, issuance and pots
	Status,
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{amount::Amount, client::check::Sample, fraction::Share, provider::enrol::Bond};
	use clap::CommandFactory;

	#[test]
	fn command_line_should_be_consistent() {
		Cli::command().debug_assert();
	}

	#[test]
	fn bond_should_be_optional_in_value() {
		let run = |extra: &[&str]| {
			let args = ["assay", "provider", "run", "--key", "//Bob"].iter().chain(extra).copied();
			match Cli::try_parse_from(args).map(|cli| cli.command) {
				Ok(Command::Provider(ProviderCommand::Run(args))) => Ok(args.bond),
				other => Err(format!("{other:?}")),
			}
		};
		assert_eq!(run(&[]), Ok(None));
		assert_eq!(run(&["--bond"]), Ok(Some(Bond::Required)));
		assert_eq!(run(&["--bond", "12"]), Ok(Some(Bond::UpTo(Amount(12_000_000_000_000)))));
		assert!(run(&["--bond", "much"]).is_err());
		assert!(run(&["--slots", "0"]).is_err());
	}

	#[test]
	fn runner_of_leases_should_be_given_together_with_their_price() {
		let run = |extra: &[&str]| {
			let args = ["assay", "provider", "run", "--key", "//Bob"].iter().chain(extra).copied();
			match Cli::try_parse_from(args).map(|cli| cli.command) {
				Ok(Command::Provider(ProviderCommand::Run(args))) => Ok((args.lease_runner, args.lease_price)),
				other => Err(format!("{other:?}")),
			}
		};
		let (runner, price) = ("serve --all", Amount(500_000_000_000));
		assert_eq!(run(&[]), Ok((None, None)));
		let both =
			["--lease-runner", runner, "--lease-price", "0.5", "--max-grace", "2h", "--max-notice", "100 blocks"];
		assert_eq!(run(&both), Ok((Some(runner.to_owned()), Some(price))));
		for half in [&both[..2], &both[2..4], &["--lease-usd-price", "1"]] {
			assert!(run(half).is_err(), "{half:?}");
		}
		assert!(run(&["--max-grace", "2 weeks"]).is_err());
	}

	#[test]
	fn least_reputation_should_be_given_in_per_cent() {
		let submit = |extra: &[&str]| {
			let args = ["assay", "job", "submit", "--key", "//Alice", "--demo", "--ceiling", "1"];
			match Cli::try_parse_from(args.iter().chain(extra).copied()).map(|cli| cli.command) {
				Ok(Command::Job(JobCommand::Submit(args))) => Ok(args.min_reputation),
				Ok(other) => Err(format!("{other:?}")),
				Err(error) => Err(error.to_string()),
			}
		};
		assert_eq!(submit(&[]), Ok(Share(0)));
		assert_eq!(submit(&["--min-reputation", "62.5"]), Ok(Share(625_000_000)));
		let error = submit(&["--min-reputation", "101"]).unwrap_err();
		assert!(error.contains("a share is at most 100 per cent"), "{error}");
		let run = |percent| {
			let args = ["assay", "provider", "run", "--key", "//Bob", "--min-client-reputation", percent];
			match Cli::try_parse_from(args).map(|cli| cli.command) {
				Ok(Command::Provider(ProviderCommand::Run(args))) => Ok(args.min_client_reputation),
				other => Err(format!("{other:?}")),
			}
		};
		assert_eq!(run("40"), Ok(Share(400_000_000)));
		assert!(run("-1").is_err());
	}

	#[test]
	fn check_should_have_a_number_or_all_or_nothing() {
		let check = |extra: &[&str]| {
			let args = ["assay", "job", "watch", "7"].iter().chain(extra).copied();
			match Cli::try_parse_from(args).map(|cli| cli.command) {
				Ok(Command::Job(JobCommand::Watch(args))) => Ok(args.check),
				other => Err(format!("{other:?}")),
			}
		};
		assert_eq!(check(&[]), Ok(None));
		assert_eq!(check(&["--check"]), Ok(Some(Sample::Units(64))));
		assert_eq!(check(&["--check", "all"]), Ok(Some(Sample::All)));
		assert_eq!(check(&["--check", "9", "--evidence", "here"]), Ok(Some(Sample::Units(9))));
		assert!(check(&["--check", "none"]).is_err() && check(&["--check", "--verify", "3"]).is_err());
	}

	#[test]
	fn command_should_be_refused_when_something_is_missing() {
		for args in [
			&["assay", "provider", "run"][..],
			&["assay", "job", "submit", "--key", "//Alice", "--ceiling", "1"],
			&["assay", "job", "submit", "--key", "//Alice", "--demo"],
			&["assay", "job", "submit", "--key", "//Alice", "--demo", "--ceiling", "1", "--accept"],
			&["assay", "job", "submit", "--key", "//Alice", "--demo", "--ceiling", "1", "--check"],
			&["assay", "job", "watch", "1", "--evidence", "here"],
			&["assay", "job", "fetch", "1"],
			&["assay", "stake", "bond", "-5", "--key", "//Alice"],
		] {
			assert!(Cli::try_parse_from(args).is_err(), "{args:?}");
		}
	}

	#[test]
	fn file_and_address_should_go_before_a_key_that_is_there_for_good() {
		let key_file = tempfile::NamedTempFile::new().unwrap();
		std::fs::write(key_file.path(), "//Charlie").unwrap();
		let path = key_file.path().to_str().unwrap();
		let account = |args: &[&str]| match Cli::try_parse_from(args).unwrap().command {
			Command::Stake(StakeCommand::Withdraw { key, .. }) => keys::account(&key.load().unwrap()),
			Command::Stake(StakeCommand::Status { account, .. }) => account.load().unwrap(),
			other => panic!("{other:?}"),
		};
		let of = |name: &str| keys::account(&keys::from_secret(&name.parse().unwrap()).unwrap());
		assert_eq!(account(&["assay", "stake", "withdraw", "--key", "//Bob"]), of("//Bob"));
		assert_eq!(account(&["assay", "stake", "withdraw", "--key", "//Bob", "--key-file", path]), of("//Charlie"));
		let address = of("//Dave").to_string();
		assert_eq!(account(&["assay", "stake", "status", "--key", "//Bob", "--account", &address]), of("//Dave"));
	}

	#[test]
	fn node_should_be_refused_when_it_can_be_no_address_of_one() {
		let parse = |extra: &[&str]| {
			Cli::try_parse_from(["assay", "chain", "status"].iter().chain(extra).copied()).map(|cli| cli.common.node)
		};
		assert_eq!(parse(&["--node", "ws://[::1]:9944"]).unwrap(), "ws://[::1]:9944");
		for url in ["", "127.0.0.1:9944", "localhost:9944", "http://127.0.0.1:9944", "ws://"] {
			assert!(parse(&["--node", url]).is_err(), "{url}");
		}
		assert!(parse(&["--connect-timeout", &u64::MAX.to_string()]).is_err());
	}

	#[test]
	fn step_of_a_job_should_name_the_job_and_a_key() {
		for step in ["close", "expire", "settle"] {
			assert!(Cli::try_parse_from(["assay", "job", step, "7", "--key", "//Alice"]).is_ok(), "{step}");
			assert!(Cli::try_parse_from(["assay", "job", step, "--key", "//Alice"]).is_err(), "{step}");
		}
	}

	#[test]
	fn key_should_not_show_in_debug_output() {
		let cli = Cli::try_parse_from(["assay", "stake", "withdraw", "--key", "//Ferdie"]).unwrap();
		assert!(!format!("{cli:?}").contains("Ferdie"));
	}
}
