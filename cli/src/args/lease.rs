//! What `assay lease` takes.

use std::{net::SocketAddr, path::PathBuf};

use clap::{ArgGroup, Args, Subcommand};
use subxt::utils::AccountId32;

use super::{KeyArgs, StoreArgs};
use crate::{amount::Amount, chain::model::Payment, span::Stretch};

/// `assay lease`
#[derive(Debug, Subcommand)]
pub enum LeaseCommand {
	/// Ask for a machine by the block, and serve what it shall run until a provider has it
	Order(Box<OrderArgs>),
	/// Withdraw an order and take the escrow back
	Cancel {
		/// Number of the order
		lease: u64,
		/// Who signs.
		#[command(flatten)]
		key: KeyArgs,
	},
	/// Close the auction of an order now: take the best bid so far
	///
	/// The chain does that by itself when the auction is over. Anyone may do it if the chain is late; the client may do it
	/// as soon as there is a bid.
	Take {
		/// Number of the order
		lease: u64,
		/// Who signs.
		#[command(flatten)]
		key: KeyArgs,
	},
	/// Put more into the escrow of an order or lease
	///
	/// Anyone but the provider may do that. What is not spent comes back to who has put it in.
	#[command(group = ArgGroup::new("how_much").required(true).args(["amount", "time"]))]
	Fund {
		/// Number of the order or lease
		lease: u64,
		/// How much, in what it is paid with
		amount: Option<Amount>,
		/// For how long at its rate, such as 12h, instead of an amount
		#[arg(long = "for", value_name = "TIME")]
		time: Option<Stretch>,
		/// Who signs.
		#[command(flatten)]
		key: KeyArgs,
	},
	/// Take back what you have paid for somebody else's order or lease, and nobody has earned yet
	Defund {
		/// Number of the order or lease
		lease: u64,
		/// Who signs.
		#[command(flatten)]
		key: KeyArgs,
	},
	/// End a lease: pay up to now, and take the rest of the escrow back
	Close {
		/// Number of the lease
		lease: u64,
		/// The machine did not serve: what its provider has not been paid yet goes to the treasury
		#[arg(long)]
		unserved: bool,
		/// Who signs.
		#[command(flatten)]
		key: KeyArgs,
	},
	/// Have something else run from now on
	Manifest(ManifestArgs),
	/// Offer a machine for an order
	Bid(LeaseBidArgs),
	/// Have paid what can be paid of a lease
	///
	/// Anyone may do that, as often as they like.
	Settle {
		/// Number of the lease
		lease: u64,
		/// Who signs.
		#[command(flatten)]
		key: KeyArgs,
	},
	/// Give notice: the lease ends after the blocks of notice that the bid has named, or at once while it is paused
	Reclaim {
		/// Number of the lease
		lease: u64,
		/// Who signs.
		#[command(flatten)]
		key: KeyArgs,
	},
	/// Take a machine back at once, which is an offence; without --yes, only say what it costs
	Abandon {
		/// Number of the lease
		lease: u64,
		/// Do it
		#[arg(long)]
		yes: bool,
		/// Who signs.
		#[command(flatten)]
		key: KeyArgs,
	},
	/// Ask the machine how a lease is served, and where it is reached
	///
	/// Only its client is told where. The answer comes over plain HTTP.
	Open {
		/// Number of the lease
		lease: u64,
		/// The client's.
		#[command(flatten)]
		key: KeyArgs,
	},
	/// Show an order or lease as it stands now
	Show {
		/// Its number
		lease: u64,
	},
	/// List the orders and leases that have not ended
	List {
		/// Only orders that can be bid on
		#[arg(long)]
		open: bool,
		/// Only those of this client
		#[arg(long, value_name = "ADDRESS")]
		client: Option<AccountId32>,
		/// Only those that this provider leads or serves
		#[arg(long, value_name = "ADDRESS")]
		provider: Option<AccountId32>,
		/// Only those for which this machine leads or serves
		#[arg(long, value_name = "MACHINE")]
		machine: Option<u64>,
	},
	/// Follow an order or lease to its end
	Watch {
		/// Its number
		lease: u64,
		/// Serve the manifest again at the address that the order names
		#[arg(long, value_name = "ADDRESS")]
		listen: Option<SocketAddr>,
		/// Where manifests are kept.
		#[command(flatten)]
		store: StoreArgs,
	},
}

/// `assay lease order`
#[derive(Args, Debug)]
#[command(group = ArgGroup::new("highest_rate").required(true).args(["ceiling", "ceiling_per_hour"]))]
#[command(group = ArgGroup::new("escrow").required(true).args(["fund", "fund_for"]))]
pub struct OrderArgs {
	/// Who signs.
	#[command(flatten)]
	pub key: KeyArgs,
	/// What is to be run, as the provider reads it
	#[arg(long, value_name = "FILE")]
	pub manifest: PathBuf,
	/// What to pay with
	#[arg(long, value_enum, default_value_t = Payment::Native)]
	pub pay: Payment,
	/// The most that a block may cost for all slots, fee included, in what is paid with
	#[arg(long, value_name = "AMOUNT")]
	pub ceiling: Option<Amount>,
	/// The same for as many blocks as there are in an hour
	#[arg(long, value_name = "AMOUNT")]
	pub ceiling_per_hour: Option<Amount>,
	/// How much to put into escrow, in what is paid with
	#[arg(long, value_name = "AMOUNT")]
	pub fund: Option<Amount>,
	/// For how long at the ceiling the escrow shall last, such as 1d, instead of an amount
	#[arg(long, value_name = "TIME")]
	pub fund_for: Option<Stretch>,
	/// The weakest class of machine that may bid
	#[arg(long, default_value_t = 1, value_name = "TIER")]
	pub min_tier: u8,
	/// Where the machine must stand [default: anywhere]
	#[arg(long, value_name = "REGION")]
	pub region: Option<u16>,
	/// How many slots of the one machine
	#[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..), value_name = "N")]
	pub slots: u32,
	/// How long the auction is open, such as 10min or `20 blocks` [default: 10 blocks]
	#[arg(long, value_name = "TIME")]
	pub auction: Option<Stretch>,
	/// How long the lease lasts at most, pauses included [default: as long as there is money]
	#[arg(long = "for", value_name = "TIME")]
	pub longest: Option<Stretch>,
	/// How long the machine is kept while nobody pays, over the whole lease [default: an hour]
	#[arg(long, value_name = "TIME")]
	pub grace: Option<Stretch>,
	/// With how much notice, at least, the provider may take its machine back [default: the least that the chain takes]
	#[arg(long, value_name = "TIME")]
	pub notice: Option<Stretch>,
	/// Address to serve the manifest at [default: a free port of 127.0.0.1, unless --source is given]
	#[arg(long, value_name = "ADDRESS")]
	pub listen: Option<SocketAddr>,
	/// URL under which providers find the manifest [default: http://ADDRESS]
	#[arg(long, value_name = "URL")]
	pub source: Option<String>,
	/// Follow the order until the machine runs, or the order ends without one; so it is anyway while the manifest is served
	#[arg(long)]
	pub watch: bool,
	/// Where manifests are kept.
	#[command(flatten)]
	pub store: StoreArgs,
}

/// `assay lease manifest`
#[derive(Args, Debug)]
pub struct ManifestArgs {
	/// Number of the order or lease
	pub lease: u64,
	/// What is to be run, as the provider reads it
	pub manifest: PathBuf,
	/// Address to serve it at until the lease ends [default: a free port of 127.0.0.1, unless --source is given]
	#[arg(long, value_name = "ADDRESS")]
	pub listen: Option<SocketAddr>,
	/// URL under which the provider finds it [default: http://ADDRESS]
	#[arg(long, value_name = "URL")]
	pub source: Option<String>,
	/// Who signs.
	#[command(flatten)]
	pub key: KeyArgs,
	/// Where manifests are kept.
	#[command(flatten)]
	pub store: StoreArgs,
}

/// `assay lease bid`
#[derive(Args, Debug)]
#[command(group = ArgGroup::new("offer").required(true).args(["rate", "rate_per_hour"]))]
pub struct LeaseBidArgs {
	/// Number of the order
	pub lease: u64,
	/// The machine to offer [default: the only one that the signer has]
	#[arg(long, value_name = "MACHINE")]
	pub machine: Option<u64>,
	/// What a block shall cost for all slots, in what the order is paid with
	#[arg(long, value_name = "AMOUNT")]
	pub rate: Option<Amount>,
	/// The same for as many blocks as there are in an hour
	#[arg(long, value_name = "AMOUNT")]
	pub rate_per_hour: Option<Amount>,
	/// With how much notice the machine can be taken back [default: the least that the order takes]
	#[arg(long, value_name = "TIME")]
	pub notice: Option<Stretch>,
	/// Who signs.
	#[command(flatten)]
	pub key: KeyArgs,
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::args::{Cli, Command};
	use clap::Parser;

	fn parse(args: &[&str]) -> Option<LeaseCommand> {
		let all = ["assay", "lease"].iter().chain(args).chain(&["--key", "//Ferdie"]);
		match Cli::try_parse_from(all).map(|cli| cli.command) {
			Ok(Command::Lease(command)) => Some(command),
			_ => None,
		}
	}

	#[test]
	fn order_should_have_one_ceiling_and_one_funding() {
		let order = |extra: &[&str]| match parse(&[&["order", "--manifest", "file"], extra].concat()) {
			Some(LeaseCommand::Order(args)) => Some((args.ceiling, args.ceiling_per_hour, args.fund, args.fund_for)),
			_ => None,
		};
		let one = Some(Amount(1_000_000_000_000));
		assert_eq!(order(&["--ceiling", "1", "--fund", "1"]), Some((one, None, one, None)));
		let day = Some(Stretch::Seconds(86_400));
		assert_eq!(order(&["--ceiling-per-hour", "1", "--fund-for", "1d"]), Some((None, one, None, day)));
		for extra in [
			&["--ceiling", "1"][..],
			&["--fund", "1"],
			&["--ceiling", "1", "--ceiling-per-hour", "1", "--fund", "1"],
			&["--ceiling", "1", "--fund", "1", "--fund-for", "1d"],
			&["--ceiling", "1", "--fund", "1", "--slots", "0"],
			&["--ceiling", "1", "--fund", "1", "--grace", "10"],
		] {
			assert_eq!(order(extra), None, "{extra:?}");
		}
		assert!(parse(&["order", "--ceiling", "1", "--fund", "1"]).is_none(), "there is nothing to run");
	}

	#[test]
	fn lease_should_be_funded_by_an_amount_or_for_a_time() {
		let fund = |extra: &[&str]| match parse(&[&["fund", "3"], extra].concat()) {
			Some(LeaseCommand::Fund { lease: 3, amount, time, .. }) => Some((amount, time)),
			_ => None,
		};
		assert_eq!(fund(&["2"]), Some((Some(Amount(2_000_000_000_000)), None)));
		assert_eq!(fund(&["--for", "50 blocks"]), Some((None, Some(Stretch::Blocks(50)))));
		assert_eq!(fund(&[]), None);
		assert_eq!(fund(&["2", "--for", "1h"]), None);
	}

	#[test]
	fn lease_should_be_abandoned_only_when_that_is_said_twice() {
		assert!(matches!(parse(&["abandon", "3"]), Some(LeaseCommand::Abandon { lease: 3, yes: false, .. })));
		assert!(matches!(parse(&["abandon", "3", "--yes"]), Some(LeaseCommand::Abandon { yes: true, .. })));
	}

	#[test]
	fn bid_should_name_a_rate() {
		assert!(
			matches!(parse(&["bid", "3", "--rate", "0.1"]), Some(LeaseCommand::Bid(args)) if args.machine.is_none())
		);
		let per_hour = ["bid", "3", "--rate-per-hour", "9", "--machine", "4", "--notice", "2h"];
		assert!(matches!(parse(&per_hour), Some(LeaseCommand::Bid(args)) if args.machine == Some(4)));
		assert!(parse(&["bid", "3"]).is_none());
	}

	#[test]
	fn step_of_a_lease_should_name_the_lease_and_a_key() {
		for step in ["cancel", "take", "close", "settle", "reclaim", "open"] {
			assert!(parse(&[step, "3"]).is_some(), "{step}");
			assert!(parse(&[step]).is_none(), "{step}");
			assert!(Cli::try_parse_from(["assay", "lease", step, "3"]).is_err(), "{step}");
		}
		// Whoever looks needs none.
		for args in [&["show", "3"][..], &["watch", "3"], &["list", "--open", "--machine", "4"]] {
			let all = ["assay", "lease"].iter().chain(args);
			assert!(Cli::try_parse_from(all).is_ok(), "{args:?}");
		}
	}
}
