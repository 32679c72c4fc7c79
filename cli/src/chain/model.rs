//! What stands on the chain, in this program's own words. The module `convert` makes it of the generated types.

use std::{fmt, ops::Range};

use serde::Serialize;
use subxt::utils::AccountId32;

pub use super::{
	credits::{Conversion, ConversionEvent, ConversionRules, Conversions, Credits, Halt, HaltReason, Quoted},
	delegation::{Announced, DelegationEvent, DelegationRules, Liability, Pool, Position, Terms},
	disputes::{announcement, Announcement, Demand, Dispute, ProofEvent, Revelation},
	emission::{NextMint, RewardKind, VestingPlan},
	grants::{ExitPreview, PlanStatus, VestingEvent},
	leases::{
		Accrued, Lease, LeaseBid, LeaseCall, LeaseEnd, LeaseEvent, LeaseRules, LeaseSource, LeaseSpec, LeaseStanding,
		LeaseState, LeaseView, OrderQuote, OrderView, Tenancy,
	},
	slashes::{Offence, PendingSlash, SlashEvent, SlashState},
	standing::{PledgeEvent, ProviderStanding, Standing},
};
use crate::{amount::Amount, blobs::BlobHash, fraction::Share};

/// Number of a block.
pub type BlockNumber = u32;

/// A machine on offer.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Machine {
	/// Its id.
	pub id: u64,
	/// Whose it is.
	pub provider: AccountId32,
	/// Its performance class.
	pub tier: u8,
	/// Where it stands, as its provider says.
	pub region: u16,
	/// How many jobs it can run side by side.
	pub slots: u32,
	/// How many slots are taken.
	pub running: u32,
	/// Where outputs are fetched.
	pub endpoint: String,
}

/// What a client pays with. Amounts of a job are in its smallest units.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Payment {
	/// The native token
	#[default]
	Native,
	/// The stable asset: millionths of a US dollar
	Stable,
	/// Compute credits: millionths of a US dollar, used up whole; the provider earns work rewards only
	Credits,
	/// An asset that this program does not know
	#[value(skip)]
	Other,
}

/// Smallest units of the native token in a millionth: amounts are written alike, whatever they are of.
const UNITS_OF_A_MILLIONTH: u128 = 1_000_000;

impl Payment {
	/// The chain's amount for one that was written like an amount of tokens.
	pub fn from_written(self, written: Amount) -> anyhow::Result<Amount> {
		match self {
			Self::Native => Ok(written),
			_ => {
				anyhow::ensure!(
					written.0.is_multiple_of(UNITS_OF_A_MILLIONTH),
					"an amount in US dollars has at most 6 digits after the point"
				);
				Ok(Amount(written.0 / UNITS_OF_A_MILLIONTH))
			},
		}
	}

	/// The chain's amount as people write it.
	pub fn show(self, amount: Amount) -> String {
		let dollars = || {
			let written = Amount(amount.0.saturating_mul(UNITS_OF_A_MILLIONTH)).to_string();
			written.trim_end_matches(crate::amount::SYMBOL).trim_end().to_owned()
		};
		match self {
			Self::Native => amount.to_string(),
			Self::Stable => format!("{} USD", dollars()),
			Self::Credits => format!("{} USD in credits", dollars()),
			Self::Other => format!("{} of an unknown asset", amount.0),
		}
	}
}

/// What a client asks for.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct JobSpec {
	/// The guest program.
	pub guest: BlobHash,
	/// Its input.
	pub input: BlobHash,
	/// How many units there are.
	pub units: u32,
	/// The most gas that one unit may use.
	pub gas_per_unit: u64,
	/// The highest price per unit.
	pub ceiling: Amount,
	/// The weakest class of machine that may bid.
	pub min_tier: u8,
	/// The lowest reputation as a provider with which one may bid.
	pub min_reputation: Share,
	/// How many blocks the auction is open.
	pub auction_blocks: BlockNumber,
	/// The last block in which a result can be committed.
	pub deadline: BlockNumber,
	/// For how many blocks the result can be reviewed.
	pub review_blocks: BlockNumber,
	/// Where guest and input can be fetched.
	pub source: String,
}

/// An average over outcomes, of which each counts less the longer it is ago.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub struct Score {
	/// The average: 100 % are good outcomes only.
	pub average: Share,
	/// How many outcomes there were.
	pub outcomes: u32,
}

impl fmt::Display for Score {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self.outcomes {
			0 => write!(f, "{}, with no outcomes yet", self.average),
			1 => write!(f, "{} over 1 outcome", self.average),
			outcomes => write!(f, "{} over {outcomes} outcomes", self.average),
		}
	}
}

/// What became of the trades of an account.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub struct Reputation {
	/// As a provider.
	pub provider: Score,
	/// As a client.
	pub client: Score,
}

/// A provider's offer.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Bid {
	/// Who offers.
	pub provider: AccountId32,
	/// On which machine.
	pub machine: u64,
	/// Price per unit.
	pub price: Amount,
}

/// Why a job ended without a result.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundReason {
	/// The client withdrew it.
	Cancelled,
	/// Nobody bid.
	NoBids,
	/// The provider committed nothing in time.
	DeadlineMissed,
	/// The winner's stake no longer sufficed.
	ProviderHalted,
	/// The auction closed too late for the work to be done.
	TooLate,
	/// The chain ran a unit of the result again, and it came to something else.
	ResultRefuted,
	/// A unit of the result was demanded on the chain and not revealed.
	DataWithheld,
}

impl fmt::Display for RefundReason {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.write_str(match self {
			Self::Cancelled => "cancelled",
			Self::NoBids => "nobody bid",
			Self::DeadlineMissed => "the provider missed the deadline and was slashed",
			Self::ProviderHalted => "the best bidder's stake no longer covers its machines",
			Self::TooLate => "the auction closed too late",
			Self::ResultRefuted => "the chain refuted the result, and the provider was slashed",
			Self::DataWithheld => "the provider withheld what it was to show, and was slashed",
		})
	}
}

/// Where a job stands.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum JobState {
	/// Providers are bidding.
	Open {
		/// The first block without bids.
		closes_at: BlockNumber,
		/// The lowest bid.
		best: Option<Bid>,
	},
	/// The winner is computing.
	Assigned {
		/// The winning bid.
		bid: Bid,
	},
	/// A result can be reviewed.
	Committed {
		/// The winning bid.
		bid: Bid,
		/// Merkle root over the outcomes.
		root: BlobHash,
		/// The first block in which anyone can settle.
		review_ends: BlockNumber,
	},
	/// Questions about a result were asked.
	Contested {
		/// The winning bid.
		bid: Bid,
		/// Merkle root over the outcomes.
		root: BlobHash,
		/// The first block in which no new question is taken.
		review_ends: BlockNumber,
		/// The first block in which anyone can settle, if no question is open then.
		settles_at: BlockNumber,
		/// How many questions are open.
		open: u32,
	},
	/// Paid.
	Settled {
		/// The winning bid.
		bid: Bid,
		/// Merkle root over the outcomes.
		root: BlobHash,
		/// What the provider received.
		paid: Amount,
		/// What the market kept.
		fee: Amount,
	},
	/// The client has its money back.
	Refunded {
		/// Why.
		reason: RefundReason,
	},
}

impl JobState {
	/// One word for it.
	pub const fn name(&self) -> &'static str {
		match self {
			Self::Open { .. } => "open",
			Self::Assigned { .. } => "assigned",
			Self::Committed { .. } => "committed",
			Self::Contested { .. } => "contested",
			Self::Settled { .. } => "settled",
			Self::Refunded { .. } => "refunded",
		}
	}

	/// Whether nothing more happens to the job.
	pub const fn is_final(&self) -> bool {
		matches!(self, Self::Settled { .. } | Self::Refunded { .. })
	}

	/// The bid that leads, or won.
	pub const fn bid(&self) -> Option<&Bid> {
		match self {
			Self::Open { best, .. } => best.as_ref(),
			Self::Assigned { bid }
			| Self::Committed { bid, .. }
			| Self::Contested { bid, .. }
			| Self::Settled { bid, .. } => Some(bid),
			Self::Refunded { .. } => None,
		}
	}

	/// The root that the provider committed itself to.
	pub const fn root(&self) -> Option<BlobHash> {
		match self {
			Self::Committed { root, .. } | Self::Contested { root, .. } | Self::Settled { root, .. } => Some(*root),
			_ => None,
		}
	}

	/// Whether there is a result that is not paid for yet, and nobody has an open question about it.
	pub const fn is_at_rest(&self) -> bool {
		matches!(self, Self::Committed { .. } | Self::Contested { open: 0, .. })
	}

	/// Whether there is a result that is not paid for yet.
	pub const fn has_result(&self) -> bool {
		matches!(self, Self::Committed { .. } | Self::Contested { .. })
	}
}

/// How far a job is that is paid for range by range.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Ranges {
	/// How many units a range has; the last one has what is left.
	pub length: u32,
	/// Merkle roots over the outcomes of those that are paid for.
	pub roots: Vec<BlobHash>,
	/// The bid of whoever was paid for them.
	pub bid: Option<Bid>,
	/// What the provider has received for them.
	pub paid: Amount,
	/// What of their price was burned.
	pub burned: Amount,
	/// What of it the treasury got.
	pub to_treasury: Amount,
}

impl Ranges {
	/// Range `number` of a job with `units`; an empty one after the last.
	fn nth(&self, number: usize, units: u32) -> Range<u32> {
		let number = u32::try_from(number).unwrap_or(u32::MAX);
		range_from(number.saturating_mul(self.length), self.length, units)
	}
}

/// The range of `length` units from `first` on of a job with `units`: less at the end, and nothing after it.
pub(crate) fn range_from(first: u32, length: u32, units: u32) -> Range<u32> {
	let first = first.min(units);
	first..first.saturating_add(length).min(units)
}

/// A job and the money behind it.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Job {
	/// Its id.
	pub id: u64,
	/// Who pays.
	pub client: AccountId32,
	/// What is asked for.
	#[serde(flatten)]
	pub spec: JobSpec,
	/// What it is paid with.
	pub payment: Payment,
	/// What is on hold to pay for it.
	pub escrow: Amount,
	/// What is on hold for its storage.
	pub deposit: Amount,
	/// Where it stands.
	#[serde(flatten)]
	pub state: JobState,
	/// How far it is, if it is paid for range by range.
	#[serde(skip_serializing_if = "Option::is_none")]
	pub ranges: Option<Ranges>,
}

impl Job {
	/// The units that the result under review is about, or the next one will be: those of the next range to be paid for, or all.
	pub fn units_due(&self) -> Range<u32> {
		let units = self.spec.units;
		self.ranges.as_ref().map_or(0..units, |ranges| ranges.nth(ranges.roots.len(), units))
	}

	/// The bid that leads, or has won; of a job that is refunded, that of whoever was paid for its first ranges.
	pub fn bid(&self) -> Option<&Bid> {
		self.state.bid().or_else(|| self.ranges.as_ref()?.bid.as_ref())
	}

	/// How many results there are to be: one, or one for each range.
	pub fn result_count(&self) -> u32 {
		self.ranges.as_ref().map_or(1, |ranges| self.spec.units.div_ceil(ranges.length.max(1)))
	}

	/// The units of the range after that, if there is one.
	pub fn units_after(&self) -> Option<Range<u32>> {
		let ranges = self.ranges.as_ref()?;
		let after = ranges.nth(ranges.roots.len().saturating_add(1), self.spec.units);
		(!after.is_empty()).then_some(after)
	}

	/// What stands on the chain of its results: units, and the root over their outcomes.
	pub fn results(&self) -> Vec<(Range<u32>, BlobHash)> {
		let Some(ranges) = &self.ranges else {
			return self.state.root().map(|root| (0..self.spec.units, root)).into_iter().collect();
		};
		let paid = ranges.roots.iter().enumerate();
		let mut results: Vec<_> = paid.map(|(number, root)| (ranges.nth(number, self.spec.units), *root)).collect();
		results.extend(self.state.root().filter(|_| self.state.has_result()).map(|root| (self.units_due(), root)));
		results
	}
}

/// A provider's stake.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub struct Stake {
	/// What backs its machines.
	pub bonded: Amount,
	/// What its machines require.
	pub required: Amount,
	/// What is on its way out.
	pub unbonding: Amount,
	/// The part of that which can be withdrawn now.
	pub withdrawable: Amount,
	/// Whether it may take on new work.
	pub active: bool,
	/// Vesting tokens that back its machines as well.
	pub pledged: Amount,
	/// Pledged tokens that are on their way out.
	pub unpledging: Amount,
	/// The part of those that can be released now.
	pub releasable: Amount,
}

/// What an account has.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Funds {
	/// Can be spent or put on hold.
	pub free: Amount,
	/// Is on hold.
	pub held: Amount,
}

/// What submitting a job puts on hold.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub struct Quote {
	/// The ceiling for all units.
	pub escrow: Amount,
	/// For the storage.
	pub deposit: Amount,
}

/// The market's rules that programs must know.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Rules {
	/// By how much a bid must be below the best one, in billionths.
	pub min_bid_improvement: u32,
	/// The most units of a job.
	pub max_units: u32,
	/// The most gas of a unit.
	pub max_gas_per_unit: u64,
	/// The shortest auction.
	pub min_auction_blocks: BlockNumber,
	/// The shortest review.
	pub min_review_blocks: BlockNumber,
	/// The fewest blocks between the end of an auction and the deadline.
	pub min_run_blocks: BlockNumber,
	/// The most blocks between submission and deadline.
	pub max_job_blocks: BlockNumber,
	/// The longest URL in bytes.
	pub max_url_len: u32,
	/// The least bond.
	pub min_bond: Amount,
	/// Milliseconds between blocks.
	pub block_millis: u64,
}

impl Rules {
	/// Refuse a URL that the chain could not even read.
	pub fn check_url(&self, url: &str) -> anyhow::Result<()> {
		anyhow::ensure!(
			url.len() <= self.max_url_len as usize,
			"the URL {url} has {} bytes, at most {} are allowed on this chain",
			url.len(),
			self.max_url_len
		);
		Ok(())
	}
}

/// One of the accounts that the emission feeds.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct PotBalance {
	/// Its name.
	pub pot: &'static str,
	/// Its account.
	pub account: AccountId32,
	/// What is in it.
	pub balance: Amount,
}

/// What happened in a block, as far as these programs care.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Event {
	/// A unit was disputed, demanded or revealed.
	Proof(ProofEvent),
	/// A question about a result was asked or answered.
	ResultQuestioned {
		/// The job.
		job: u64,
	},
	/// A machine was put on offer.
	MachineRegistered {
		/// The machine.
		machine: u64,
		/// Whose it is.
		provider: AccountId32,
	},
	/// A job was posted.
	JobSubmitted {
		/// The job.
		job: u64,
		/// Who pays.
		client: AccountId32,
		/// What is in escrow for it.
		escrow: Amount,
	},
	/// A bid is the best so far.
	BidPlaced {
		/// The job.
		job: u64,
		/// Who offers.
		provider: AccountId32,
		/// Price per unit.
		price: Amount,
	},
	/// An auction closed with a winner.
	JobAssigned {
		/// The job.
		job: u64,
		/// The winner.
		provider: AccountId32,
		/// Price per unit.
		price: Amount,
		/// What was released to the client.
		surplus: Amount,
	},
	/// A job ended without a result.
	JobRefunded {
		/// The job.
		job: u64,
		/// What was released to the client.
		amount: Amount,
		/// Why.
		reason: RefundReason,
	},
	/// A provider committed itself to a result.
	ResultCommitted {
		/// The job.
		job: u64,
		/// The root.
		root: BlobHash,
	},
	/// A job was paid.
	JobSettled {
		/// The job.
		job: u64,
		/// Who did the work.
		provider: AccountId32,
		/// What the provider received.
		paid: Amount,
		/// What the market kept.
		fee: Amount,
		/// The part of the fee that was burned.
		burned: Amount,
		/// The part of the fee that the treasury got.
		to_treasury: Amount,
	},
	/// A range of a job was paid, and there are others.
	RangeSettled {
		/// The job.
		job: u64,
		/// Who did the work.
		provider: AccountId32,
		/// The first unit.
		first: u32,
		/// How many units.
		units: u32,
		/// What the provider received.
		paid: Amount,
		/// What the market kept.
		fee: Amount,
	},
	/// An ended job was removed.
	JobCleared {
		/// The job.
		job: u64,
	},
	/// A provider was slashed.
	Slashed {
		/// Who.
		provider: AccountId32,
		/// How much.
		amount: Amount,
		/// What of it the wronged client got.
		to_wronged: Amount,
		/// What of it whoever reported the offence got.
		to_reporter: Amount,
		/// Who reported it, if anybody did.
		reporter: Option<AccountId32>,
	},
	/// A provider's stake no longer covers its machines.
	Halted {
		/// Who.
		provider: AccountId32,
	},
	/// A provider's stake covers its machines again.
	Reactivated {
		/// Who.
		provider: AccountId32,
	},
	/// A round of rewards closed: they can be claimed.
	RoundClosed(RewardKind),
	/// A reward was paid, or began to vest.
	RewardPaid {
		/// What for.
		kind: RewardKind,
		/// Who earned it.
		account: AccountId32,
		/// How much.
		amount: Amount,
		/// How it vests.
		plan: Option<VestingPlan>,
	},
	/// What waited for an account was paid out.
	PaymentClaimed {
		/// To whom.
		account: AccountId32,
		/// How much.
		amount: Amount,
	},
	/// Something happened to delegated stake.
	Delegation(DelegationEvent),
	/// Something happened to a conversion of tokens into credits.
	Conversion(ConversionEvent),
	/// Something happened to a pending slash or a debt.
	Slash(SlashEvent),
	/// Something happened to a pledge.
	Pledge(PledgeEvent),
	/// Something happened to tokens that vest.
	Vesting(VestingEvent),
	/// Something happened to an order or lease.
	Lease(LeaseEvent),
}

impl Event {
	/// The job that it is about.
	pub const fn job(&self) -> Option<u64> {
		match self {
			Self::JobSubmitted { job, .. }
			| Self::BidPlaced { job, .. }
			| Self::JobAssigned { job, .. }
			| Self::JobRefunded { job, .. }
			| Self::ResultCommitted { job, .. }
			| Self::JobSettled { job, .. }
			| Self::RangeSettled { job, .. }
			| Self::ResultQuestioned { job }
			| Self::JobCleared { job } => Some(*job),
			_ => None,
		}
	}

	/// The event, if it is about order or lease `id`.
	pub fn of_lease(&self, id: u64) -> Option<&LeaseEvent> {
		match self {
			Self::Lease(event) if event.lease() == id => Some(event),
			_ => None,
		}
	}
}
