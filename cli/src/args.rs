//! The command line.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use clap::{Args, Parser, Subcommand, ValueEnum};
use subxt::utils::AccountId32;
use subxt_signer::sr25519::Keypair;

use crate::{
	amount::Amount,
	chain::model::Payment,
	keys::{self, KeyError, Secret},
	provider::enrol::Bond,
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
	/// Have jobs done
	#[command(subcommand)]
	Job(JobCommand),
	/// Bond and unbond stake
	#[command(subcommand)]
	Stake(StakeCommand),
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

/// `assay provider`
#[derive(Debug, Subcommand)]
pub enum ProviderCommand {
	/// Run the provider daemon: bid, compute, commit, serve, claim
	Run(Box<RunArgs>),
	/// Show stake, machines, jobs and rewards of a provider
	Status(AccountArgs),
	/// Have the work reward paid
	Claim(KeyArgs),
	/// Take a machine off the market and its deposit back
	Deregister {
		/// Id of the machine
		machine: u64,
		/// Who signs.
		#[command(flatten)]
		key: KeyArgs,
	},
}

/// `assay provider run`
#[derive(Args, Debug)]
pub struct RunArgs {
	/// Who signs.
	#[command(flatten)]
	pub key: KeyArgs,
	/// Address to serve outputs at
	#[arg(long, default_value = "127.0.0.1:8701", value_name = "ADDRESS")]
	pub listen: SocketAddr,
	/// URL under which clients reach that [default: http://ADDRESS]
	#[arg(long, value_name = "URL")]
	pub endpoint: Option<String>,
	/// Performance class of the machine
	#[arg(long, default_value_t = 1)]
	pub tier: u8,
	/// Where the machine stands: a number that machines share which one power cut may take down together
	#[arg(long, default_value_t = 0, value_name = "N")]
	pub region: u16,
	/// How many jobs to do side by side
	#[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..))]
	pub slots: u32,
	/// Machine of the same account to take over, registered before from another directory
	#[arg(long, value_name = "ID")]
	pub machine: Option<u64>,
	/// Bond what the machine requires, or up to AMOUNT in all
	#[arg(long, num_args = 0..=1, default_missing_value = "required", value_parser = bond, value_name = "AMOUNT")]
	pub bond: Option<Bond>,
	/// Where to keep inputs and outputs [default: assay/provider in the user's data directory]
	#[arg(long, value_name = "DIR")]
	pub data_dir: Option<PathBuf>,
	/// Price of a million gas to ask for first
	#[arg(long, default_value = "0.001", value_name = "AMOUNT")]
	pub price: Amount,
	/// Price of a million gas below which not to bid [default: half of --price]
	#[arg(long, value_name = "AMOUNT")]
	pub min_price: Option<Amount>,
	/// Price in US dollars of a million gas to ask for first, for jobs that are paid in the stable asset or in credits;
	/// without it such jobs are left alone. Mind that a job paid in credits earns nothing but work rewards
	#[arg(long, value_name = "AMOUNT")]
	pub usd_price: Option<Amount>,
	/// Price in US dollars of a million gas below which not to bid [default: half of --usd-price]
	#[arg(long, value_name = "AMOUNT", requires = "usd_price")]
	pub min_usd_price: Option<Amount>,
	/// By how many per cent to go below another bid
	#[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u8).range(..=100), value_name = "PERCENT")]
	pub undercut: u8,
	/// How many threads compute; 0 is one per core
	#[arg(long, default_value_t = 0, value_name = "N")]
	pub threads: usize,
	/// Claim work rewards of at least this much
	#[arg(long, default_value = "0.01", value_name = "AMOUNT")]
	pub claim_above: Amount,
}

fn bond(text: &str) -> Result<Bond, String> {
	match text {
		"required" => Ok(Bond::Required),
		amount => amount.parse().map(Bond::UpTo).map_err(|error: crate::amount::AmountError| error.to_string()),
	}
}

/// `assay job`
#[derive(Debug, Subcommand)]
pub enum JobCommand {
	/// Check a guest and an input here, post a job with them, and serve them until a provider has them
	Submit(Box<SubmitArgs>),
	/// Follow a job until it is paid or refunded
	Watch(WatchArgs),
	/// List the jobs on the chain
	List {
		/// Only those of this client
		#[arg(long, value_name = "ADDRESS")]
		client: Option<AccountId32>,
		/// Only those that this provider leads or has won
		#[arg(long, value_name = "ADDRESS")]
		provider: Option<AccountId32>,
		/// Only those in this state
		#[arg(long)]
		state: Option<StateArg>,
	},
	/// Fetch the outputs of a job and check them against the chain
	Fetch {
		/// Id of the job
		job: u64,
		/// Directory to write the outputs to
		#[arg(long, value_name = "DIR", required_unless_present = "png")]
		out: Option<PathBuf>,
		/// File to write the picture to (path tracer only)
		#[arg(long, value_name = "FILE")]
		png: Option<PathBuf>,
		/// Where inputs are kept.
		#[command(flatten)]
		store: StoreArgs,
	},
	/// Withdraw an open job and take the escrow back
	Cancel {
		/// Id of the job
		job: u64,
		/// Who signs.
		#[command(flatten)]
		key: KeyArgs,
	},
	/// Check the result of a job and pay for it now
	Accept {
		/// Id of the job
		job: u64,
		/// How many units to run again here, drawn at random
		#[arg(long, default_value_t = 2, value_name = "N")]
		verify: u32,
		/// Who signs.
		#[command(flatten)]
		key: KeyArgs,
		/// Where inputs are kept.
		#[command(flatten)]
		store: StoreArgs,
	},
	/// Close the auction of a job: assign it to the best bid, or refund it if there is none
	///
	/// The chain does that by itself when the auction is over. Anyone may do it if the chain is late; the client may do it
	/// as soon as there is a bid.
	Close {
		/// Id of the job
		job: u64,
		/// Who signs.
		#[command(flatten)]
		key: KeyArgs,
	},
	/// Refund a job whose provider has missed the deadline, and have the provider slashed
	///
	/// The chain does that by itself when the deadline has passed. Anyone may do it if the chain is late.
	Expire {
		/// Id of the job
		job: u64,
		/// Who signs.
		#[command(flatten)]
		key: KeyArgs,
	},
	/// Pay for a result whose review is over
	///
	/// The chain does that by itself when the review is over. Anyone may do it if the chain is late.
	Settle {
		/// Id of the job
		job: u64,
		/// Who signs.
		#[command(flatten)]
		key: KeyArgs,
	},
	/// Tell what became of a job, with the money
	Report {
		/// Id of the job
		job: u64,
	},
	/// Remove an ended job and take its deposit back
	Clear {
		/// Id of the job
		job: u64,
		/// Who signs.
		#[command(flatten)]
		key: KeyArgs,
	},
}

/// Where a job stands.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum StateArg {
	/// Providers are bidding
	Open,
	/// The winner is computing
	Assigned,
	/// A result can be reviewed
	Committed,
	/// Paid
	Settled,
	/// The client has its money back
	Refunded,
}

impl StateArg {
	/// Its name.
	pub const fn name(self) -> &'static str {
		match self {
			Self::Open => "open",
			Self::Assigned => "assigned",
			Self::Committed => "committed",
			Self::Settled => "settled",
			Self::Refunded => "refunded",
		}
	}
}

/// Where guests and inputs of one's own jobs are kept.
#[derive(Args, Clone, Debug)]
pub struct StoreArgs {
	/// Where to keep guests and inputs [default: assay/client in the user's data directory]
	#[arg(long, value_name = "DIR")]
	pub data_dir: Option<PathBuf>,
}

/// `assay job submit`
#[derive(Args, Debug)]
pub struct SubmitArgs {
	/// Who signs.
	#[command(flatten)]
	pub key: KeyArgs,
	/// The guest program, a WASM module [default: the built-in path tracer, if the input is a scene as text (*.scene)]
	#[arg(long, value_name = "FILE")]
	pub guest: Option<PathBuf>,
	/// The input that all units share; for the path tracer also a scene as text (*.scene)
	#[arg(long, value_name = "FILE", required_unless_present = "demo")]
	pub input: Option<PathBuf>,
	/// Render the built-in scene with the built-in path tracer
	#[arg(long, conflicts_with_all = ["guest", "input"])]
	pub demo: bool,
	/// How many units; for the path tracer all by default
	#[arg(long, value_name = "N")]
	pub units: Option<u32>,
	/// The most gas that a unit may use [default: twice what the dearest of some units needs]
	#[arg(long, value_name = "GAS")]
	pub gas_per_unit: Option<u64>,
	/// What to pay with
	#[arg(long, value_enum, default_value_t = Payment::Native)]
	pub pay: Payment,
	/// The highest price per unit, in what is paid with
	#[arg(long, value_name = "AMOUNT")]
	pub ceiling: Amount,
	/// The weakest class of machine that may bid
	#[arg(long, default_value_t = 1, value_name = "TIER")]
	pub min_tier: u8,
	/// How many blocks the auction is open
	#[arg(long, value_name = "BLOCKS")]
	pub auction_blocks: Option<u32>,
	/// How many blocks the winner has to compute
	#[arg(long, value_name = "BLOCKS")]
	pub run_blocks: Option<u32>,
	/// How many blocks the result can be reviewed
	#[arg(long, value_name = "BLOCKS")]
	pub review_blocks: Option<u32>,
	/// Address to serve guest and input at [default: a free port of 127.0.0.1, unless --source is given]
	#[arg(long, value_name = "ADDRESS")]
	pub listen: Option<SocketAddr>,
	/// URL under which providers find guest and input [default: http://ADDRESS]
	#[arg(long, value_name = "URL")]
	pub source: Option<String>,
	/// Follow the job until it is paid or refunded
	#[arg(long)]
	pub watch: bool,
	/// With --watch: check the result and pay for it as soon as it is there
	#[arg(long, requires = "watch")]
	pub accept: bool,
	/// With --accept: how many units to run again here, drawn at random
	#[arg(long, default_value_t = 2, value_name = "N")]
	pub verify: u32,
	/// Where inputs are kept.
	#[command(flatten)]
	pub store: StoreArgs,
}

/// `assay job watch`
#[derive(Args, Debug)]
pub struct WatchArgs {
	/// Id of the job
	pub job: u64,
	/// Check the result and pay for it as soon as it is there; needs --key or --key-file
	#[arg(long)]
	pub accept: bool,
	/// With --accept: how many units to run again here, drawn at random
	#[arg(long, default_value_t = 2, value_name = "N")]
	pub verify: u32,
	/// Serve guest and input again at the address that the job names, as long as it is open
	#[arg(long, value_name = "ADDRESS")]
	pub listen: Option<SocketAddr>,
	/// Secret URI of the client's key
	#[arg(long, env = "ASSAY_KEY", hide_env_values = true, value_name = "SURI")]
	pub key: Option<Secret>,
	/// File whose first line is the secret URI; used instead of --key if both are given
	#[arg(long, value_name = "FILE")]
	pub key_file: Option<PathBuf>,
	/// Where inputs are kept.
	#[command(flatten)]
	pub store: StoreArgs,
}

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
	/// Take out the stake whose unbonding period is over
	Withdraw(KeyArgs),
	/// Show the stake of an account
	Status(AccountArgs),
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
	fn command_should_be_refused_when_something_is_missing() {
		for args in [
			&["assay", "provider", "run"][..],
			&["assay", "job", "submit", "--key", "//Alice", "--ceiling", "1"],
			&["assay", "job", "submit", "--key", "//Alice", "--demo"],
			&["assay", "job", "submit", "--key", "//Alice", "--demo", "--ceiling", "1", "--accept"],
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
			Command::Stake(StakeCommand::Withdraw(key)) => keys::account(&key.load().unwrap()),
			Command::Stake(StakeCommand::Status(account)) => account.load().unwrap(),
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
