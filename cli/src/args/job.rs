//! What `assay job` takes.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use subxt::utils::AccountId32;

use super::KeyArgs;
use crate::{amount::Amount, chain::model::Payment, client::check::Sample, fraction::Share, keys::Secret};

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
	/// Have the chain run a unit of a result that is wrong
	///
	/// The unit is run here first, and the chain is only asked when it comes to something else. If the chain agrees,
	/// the client gets its money back, the provider is slashed, and you pay no fee, unless the provider has next to
	/// nothing left to lose. If it does not, the provider gets your bond of 10 ASY. Anyone may do it until the result is
	/// paid for.
	///
	/// The dispute is announced first, about a minute ahead, without saying what it is about: so you get a part of the
	/// slash, and whoever copies your dispute gets nothing. With less time than that left, it is sent at once.
	Dispute {
		/// Id of the job
		job: u64,
		/// The unit; the first is 0
		unit: u32,
		/// Ask the chain even if the unit is right here
		#[arg(long)]
		force: bool,
		/// Do not announce the dispute: the refund comes a minute sooner, and nobody gets the reporter's part of the slash
		#[arg(long)]
		at_once: bool,
		/// Folder to keep both outputs in, and for the path tracer a picture of them
		#[arg(long, value_name = "DIR")]
		evidence: Option<PathBuf>,
		/// Who signs.
		#[command(flatten)]
		key: KeyArgs,
		/// Where inputs are kept.
		#[command(flatten)]
		store: StoreArgs,
	},
	/// Have the provider show a unit of its result on the chain
	///
	/// For results that are not served. Puts 1 ASY on hold, of which the provider is paid for its answer. If there is none in
	/// time, the client gets its money back and the provider is slashed. Anyone may do it during the review.
	Demand {
		/// Id of the job
		job: u64,
		/// The unit; the first is 0
		unit: u32,
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
	/// Questions about the result were asked
	Contested,
}

impl StateArg {
	/// Its name.
	pub const fn name(self) -> &'static str {
		match self {
			Self::Open => "open",
			Self::Assigned => "assigned",
			Self::Committed => "committed",
			Self::Contested => "contested",
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
	/// Pay for so many units at a time, each time they are done and checked, and not for all at the end
	#[arg(long, value_name = "UNITS")]
	pub range: Option<u32>,
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
	/// The lowest reputation as a provider with which one may bid, in per cent; newcomers have 50
	#[arg(long, default_value = "0", value_name = "PERCENT")]
	pub min_reputation: Share,
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
	/// With --watch: run units of the result again here, dispute a wrong one, and demand what is not served. How many is N
	/// drawn at random, or all; 64 if it is not said
	#[arg(
		long,
		requires = "watch",
		conflicts_with = "verify",
		num_args = 0..=1,
		default_missing_value = "64",
		value_name = "N|all"
	)]
	pub check: Option<Sample>,
	/// With --check: folder to keep a wrong output and the right one in, and for the path tracer a picture of both
	#[arg(long, requires = "check", value_name = "DIR")]
	pub evidence: Option<PathBuf>,
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
	/// Run units of the result again here, dispute a wrong one, and demand what is not served; needs --key or --key-file. How
	/// many is N drawn at random, or all; 64 if it is not said
	#[arg(long, conflicts_with = "verify", num_args = 0..=1, default_missing_value = "64", value_name = "N|all")]
	pub check: Option<Sample>,
	/// With --check: folder to keep a wrong output and the right one in, and for the path tracer a picture of both
	#[arg(long, requires = "check", value_name = "DIR")]
	pub evidence: Option<PathBuf>,
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
