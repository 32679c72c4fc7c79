//! What `assay checker` takes.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{AccountArgs, KeyArgs};

/// `assay checker`
#[derive(Debug, Subcommand)]
pub enum CheckerCommand {
	/// Run the checker daemon: run units again, vote, and have the chain decide where it is needed
	Run(CheckArgs),
	/// Put up the bond, or what is missing of it, and take a seat
	Join(KeyArgs),
	/// Give up the seat
	Leave(KeyArgs),
	/// Have the bond back, some time after leaving
	Withdraw(KeyArgs),
	/// Show bond, seat and duties of a checker
	Status(AccountArgs),
}

/// `assay checker run`
#[derive(Args, Debug)]
pub struct CheckArgs {
	/// Who signs.
	#[command(flatten)]
	pub key: KeyArgs,
	/// Put up the bond, or what is missing of it, first
	#[arg(long)]
	pub join: bool,
	/// Where to keep guests and inputs [default: assay/checker in the user's data directory]
	#[arg(long, value_name = "DIR")]
	pub data_dir: Option<PathBuf>,
}
