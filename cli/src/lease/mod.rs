//! Machines by the block: what clients, providers and whoever else do about orders and leases.
//!
//! Everything is looked at before anything is signed: what the chain would refuse is refused here, for free, with what to do
//! instead.

pub mod bid;
mod notice;
pub mod open;
pub mod order;
pub mod show;
pub mod step;
pub mod watch;

use std::fmt;

use anyhow::{bail, ensure};
use serde::Serialize;
use subxt::utils::AccountId32;

use crate::{
	amount::Amount,
	chain::{
		model::{BlockNumber, Lease, Payment},
		At, ChainError,
	},
	span::{Span, Stretch, HOUR_MILLIS},
};

/// What a block costs, and as many of them as there are in an hour.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub struct Rate {
	/// For a block.
	#[serde(rename = "rate")]
	pub a_block: Amount,
	/// For an hour.
	#[serde(rename = "rate_per_hour")]
	pub an_hour: Amount,
	#[serde(skip)]
	payment: Payment,
}

impl Rate {
	/// The rate of which a block costs `a_block`.
	pub fn new(a_block: Amount, payment: Payment, block_millis: u64) -> Self {
		let an_hour = a_block.0.saturating_mul(HOUR_MILLIS.into()) / u128::from(block_millis.max(1));
		Self { a_block, an_hour: Amount(an_hour), payment }
	}

	/// The rate that was written, for a block or an hour. What does not come out even is rounded down.
	pub fn from_written(written: &Written, payment: Payment, block_millis: u64) -> anyhow::Result<Self> {
		let a_block = match written {
			Written::ABlock(amount) => payment.from_written(*amount)?,
			Written::AnHour(amount) => {
				let an_hour = payment.from_written(*amount)?;
				let a_block = Amount(an_hour.0.saturating_mul(block_millis.into()) / u128::from(HOUR_MILLIS));
				ensure!(
					a_block.0 > 0 || an_hour.0 == 0,
					"{} an hour is less than the smallest unit a block: give more",
					payment.show(an_hour)
				);
				a_block
			},
		};
		ensure!(a_block.0 > 0, "give a rate above zero");
		Ok(Self::new(a_block, payment, block_millis))
	}
}

impl fmt::Display for Rate {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		write!(f, "{} a block ({} an hour)", self.payment.show(self.a_block), self.payment.show(self.an_hour))
	}
}

/// A rate as it was written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Written {
	/// For a block.
	ABlock(Amount),
	/// For an hour.
	AnHour(Amount),
}

impl Written {
	/// The one of the two that was given. The command line sees to it that it is one.
	pub fn one_of(a_block: Option<Amount>, an_hour: Option<Amount>) -> Self {
		match (a_block, an_hour) {
			(None, Some(amount)) => Self::AnHour(amount),
			(amount, _) => Self::ABlock(amount.unwrap_or_default()),
		}
	}
}

/// How much is put into escrow, as it was written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Funding {
	/// So much.
	Amount(Amount),
	/// For so long.
	Time(Stretch),
}

impl Funding {
	/// The one of the two that was given. The command line sees to it that it is one.
	pub fn one_of(amount: Option<Amount>, time: Option<Stretch>) -> Self {
		match (amount, time) {
			(None, Some(time)) => Self::Time(time),
			(amount, _) => Self::Amount(amount.unwrap_or_default()),
		}
	}

	/// How much that is at `rate`. Refused when it pays for fewer than `least` blocks.
	fn at(self, rate: &Rate, least: BlockNumber, block_millis: u64) -> anyhow::Result<Amount> {
		let payment = rate.payment;
		let amount = match self {
			Self::Amount(written) => payment.from_written(written)?,
			Self::Time(time) => Amount(rate.a_block.0.saturating_mul(blocks_of(time, block_millis)?.into())),
		};
		let needed = Amount(rate.a_block.0.saturating_mul(least.into()));
		ensure!(
			amount >= needed,
			"{} is too little: it must pay for {} at {rate} at least, which is {}",
			payment.show(amount),
			stretch(least, block_millis),
			payment.show(needed)
		);
		Ok(amount)
	}
}

/// How many blocks `time` is.
fn blocks_of(time: Stretch, block_millis: u64) -> anyhow::Result<BlockNumber> {
	match time.blocks(block_millis) {
		Some(blocks) => Ok(blocks),
		None => bail!("the time is too long: a chain never has that many blocks"),
	}
}

/// Blocks, and how long they take.
fn stretch(blocks: BlockNumber, block_millis: u64) -> String {
	format!("{blocks} blocks ({})", Span::of(blocks, block_millis))
}

/// A block, and in how long it comes when `now` is the present one.
fn moment(block: BlockNumber, now: u64, block_millis: u64) -> String {
	match Span::between(now, block.into(), block_millis) {
		Span(0) => format!("block {block}"),
		left => format!("block {block}, in about {left}"),
	}
}

/// An order or lease as it is stored. An error when it has ended, or never was.
async fn find(at: &At, id: u64) -> anyhow::Result<Lease> {
	ensure_leases(at)?;
	match at.stored_lease(id).await? {
		Some(lease) => Ok(lease),
		None => bail!(gone(at, id).await?),
	}
}

/// What to say of an order or lease that is not on the chain.
async fn gone(at: &At, id: u64) -> Result<String, ChainError> {
	let next = at.next_lease().await?;
	Ok(if id < next {
		format!("lease {id} has ended, and is no longer on the chain; the event LeaseEnded of the block in which it did says why")
	} else {
		format!("there is no order or lease {id}: the next order gets the number {next}")
	})
}

fn ensure_leases(at: &At) -> anyhow::Result<()> {
	ensure!(at.has_leases(), "the runtime of this chain is too old: it knows no leases");
	Ok(())
}

/// Whoever is not the client would only pay for being refused.
fn ensure_client(lease: &Lease, me: &AccountId32) -> anyhow::Result<()> {
	let (id, client) = (lease.id, &lease.client);
	ensure!(client == me, "lease {id} is not yours: its client is {client}, and the key is that of {me}");
	Ok(())
}

#[cfg(test)]
mod fixture {
	//! An order, and what may become of it.

	use super::*;
	use crate::{
		blobs::BlobHash,
		chain::model::{LeaseBid, LeaseRules, LeaseSource, LeaseSpec, LeaseState, Tenancy},
	};

	pub const CLIENT: AccountId32 = AccountId32([1; 32]);
	pub const PROVIDER: AccountId32 = AccountId32([2; 32]);
	pub const FRIEND: AccountId32 = AccountId32([3; 32]);
	pub const UNIT: u128 = 1_000_000_000_000;

	pub fn bid() -> LeaseBid {
		LeaseBid { provider: PROVIDER, machine: 4, rate: Amount(UNIT / 2), notice: 20, deposit: Amount(UNIT) }
	}

	pub fn tenancy() -> Tenancy {
		Tenancy { bid: bid(), started: 100, paid_to: 110, grace: 30, ends_at: None, reclaimed: false }
	}

	pub fn spec() -> LeaseSpec {
		LeaseSpec {
			min_tier: 2,
			region: Some(5),
			slots: 2,
			ceiling: Amount(UNIT),
			auction_blocks: 10,
			max_blocks: None,
			grace_blocks: 30,
			min_notice: 10,
			manifest: BlobHash([7; 32]),
			source: "http://127.0.0.1:8700".to_owned(),
		}
	}

	pub fn lease(state: LeaseState) -> Lease {
		let sources = vec![LeaseSource { who: CLIENT, left: Amount(40 * UNIT) }];
		let (payment, deposit) = (Payment::Native, Amount(UNIT));
		Lease { id: 3, client: CLIENT, spec: spec(), payment, sources, deposit, state }
	}

	pub fn rules() -> LeaseRules {
		LeaseRules {
			min_bid_improvement: 10_000_000,
			min_auction_blocks: 3,
			max_auction_blocks: 600,
			min_funded_blocks: 10,
			arrears_blocks: 5,
			max_grace_blocks: 1_000,
			min_notice_blocks: 5,
			max_notice_blocks: 10_000,
			max_sources: 2,
			max_url_len: 256,
			bid_deposit: Amount(UNIT),
			block_millis: 6_000,
		}
	}
}

#[cfg(test)]
mod tests {
	use super::{fixture::UNIT, *};

	#[test]
	fn rate_should_be_told_for_a_block_and_for_an_hour() {
		let rate = Rate::new(Amount(UNIT / 1_000), Payment::Native, 6_000);
		assert_eq!(rate.to_string(), "0.001 ASY a block (0.6 ASY an hour)");
		assert_eq!(serde_json::to_string(&rate).unwrap(), r#"{"rate":"1000000000","rate_per_hour":"600000000000"}"#);
		let dollars = Rate::new(Amount(1_000), Payment::Credits, 2_000);
		assert_eq!(dollars.to_string(), "0.001 USD in credits a block (1.8 USD in credits an hour)");
	}

	#[test]
	fn rate_an_hour_should_never_come_to_more_than_was_written() {
		let rate = |amount, payment| Rate::from_written(&Written::AnHour(amount), payment, 6_000);
		assert_eq!(rate(Amount(UNIT), Payment::Native).unwrap().a_block, Amount(1_666_666_666));
		assert_eq!(rate(Amount(6 * UNIT), Payment::Stable).unwrap().a_block, Amount(10_000));
		let error = rate(Amount(599), Payment::Native).unwrap_err().to_string();
		assert!(error.contains("less than the smallest unit a block"), "{error}");
		assert!(rate(Amount(1), Payment::Stable).unwrap_err().to_string().contains("6 digits"));
		assert!(Rate::from_written(&Written::ABlock(Amount(0)), Payment::Native, 6_000).is_err());
	}

	#[test]
	fn funding_should_pay_for_the_least_time_or_say_how_much_does() {
		let rate = Rate::new(Amount(UNIT / 2), Payment::Native, 6_000);
		let at = |funding: Funding| funding.at(&rate, 10, 6_000);
		assert_eq!(at(Funding::Amount(Amount(5 * UNIT))).unwrap(), Amount(5 * UNIT));
		assert_eq!(at(Funding::Time("2min".parse().unwrap())).unwrap(), Amount(10 * UNIT));
		let error = at(Funding::Time("9 blocks".parse().unwrap())).unwrap_err().to_string();
		assert!(error.starts_with("4.5 ASY is too little: it must pay for 10 blocks (60 s)"), "{error}");
		assert!(error.ends_with("which is 5 ASY"), "{error}");
	}

	#[test]
	fn moment_should_be_a_block_and_how_long_it_is_until_then() {
		assert_eq!(moment(130, 100, 6_000), "block 130, in about 3 min");
		assert_eq!(moment(90, 100, 6_000), "block 90");
		assert_eq!(stretch(600, 6_000), "600 blocks (60 min)");
	}
}
