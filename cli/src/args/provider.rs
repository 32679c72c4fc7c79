//! What `assay provider` takes.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Subcommand};

use super::{AccountArgs, KeyArgs};
use crate::{amount::Amount, fraction::Share, provider::enrol::Bond, span::Stretch};

/// `assay provider`
#[derive(Debug, Subcommand)]
pub enum ProviderCommand {
	/// Run the provider daemon: bid, compute, commit, serve, lease, claim
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
	/// How many jobs to do side by side, or slots to lease out
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
	/// Least pay for a whole job, however small it is; in US dollars, as much as --usd-price is to --price. The default is a few
	/// times the fees of bid, commitment and claim
	#[arg(long, default_value = "0.01", value_name = "AMOUNT")]
	pub min_job_price: Amount,
	/// Longest auction to bid in, in blocks: a bid that leads takes a slot
	#[arg(long, default_value_t = 600, value_name = "BLOCKS")]
	pub max_auction: u32,
	/// Longest review of jobs to bid on, in blocks: a job keeps its slot until it is paid for
	#[arg(long, default_value_t = 14_400, value_name = "BLOCKS")]
	pub max_review: u32,
	/// By how many per cent to go below another bid
	#[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u8).range(..=100), value_name = "PERCENT")]
	pub undercut: u8,
	/// The lowest reputation of clients to bid for, in per cent; newcomers have 50
	#[arg(long, default_value = "0", value_name = "PERCENT")]
	pub min_client_reputation: Share,
	/// How many threads compute; 0 is one per core
	#[arg(long, default_value_t = 0, value_name = "N")]
	pub threads: usize,
	/// Leave capacity rounds alone: no heartbeats, no proofs, and no rewards for capacity
	#[arg(long)]
	pub no_capacity: bool,
	/// Command, run by the shell, that serves a lease: bids on orders of machines. Without it there are none
	#[arg(long, value_name = "COMMAND", requires = "lease_price")]
	pub lease_runner: Option<String>,
	/// Least price of a slot for an hour of lease
	#[arg(long, value_name = "AMOUNT", requires = "lease_runner")]
	pub lease_price: Option<Amount>,
	/// Least price of a slot for an hour in US dollars, for leases that are paid in the stable asset or in credits; without it
	/// such orders are left alone. Mind that a lease paid in credits earns nothing but work rewards
	#[arg(long, value_name = "AMOUNT", requires = "lease_runner")]
	pub lease_usd_price: Option<Amount>,
	/// Longest grace of leases to bid on: for so long a client may keep the slots without paying
	#[arg(long, default_value = "1h", value_name = "TIME")]
	pub max_grace: Stretch,
	/// Longest notice of leases to bid on: for so long you serve after you have said that you want the machine back
	#[arg(long, default_value = "1d", value_name = "TIME")]
	pub max_notice: Stretch,
	/// Claim rewards for work, and for capacity, of at least this much, and the pay of leases once an hour
	#[arg(long, default_value = "0.01", value_name = "AMOUNT")]
	pub claim_above: Amount,
}

fn bond(text: &str) -> Result<Bond, String> {
	match text {
		"required" => Ok(Bond::Required),
		amount => amount.parse().map(Bond::UpTo).map_err(|error: crate::amount::AmountError| error.to_string()),
	}
}
