//! What a provider daemon tells its operator.

use std::fmt;

use serde::Serialize;
use subxt::utils::AccountId32;

use crate::{
	amount::Amount,
	blobs::BlobHash,
	chain::model::{BlockNumber, LeaseEnd, Payment, RefundReason, RewardKind},
};

/// One line of the daemon's report.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case", tag = "event")]
pub enum Notice {
	/// The daemon is on the market.
	Ready {
		/// Whose it is.
		provider: AccountId32,
		/// Its machine.
		machine: u64,
		/// Where it serves.
		endpoint: String,
		/// How many threads compute.
		threads: usize,
	},
	/// A bid is final.
	Bid {
		/// The job.
		job: u64,
		/// Price per unit.
		price: Amount,
	},
	/// The auction was won.
	Won {
		/// The job.
		job: u64,
		/// How many units it has.
		units: u32,
		/// How many of them were done before.
		done: u32,
	},
	/// A job is no use to us.
	Declined {
		/// The job.
		job: u64,
		/// Why.
		reason: String,
	},
	/// All units are done.
	Computed {
		/// The job.
		job: u64,
		/// Root over the outcomes.
		root: BlobHash,
		/// How long it took since the daemon began or resumed.
		seconds: f64,
	},
	/// The root is final on the chain.
	Committed {
		/// The job.
		job: u64,
		/// In which block.
		block: u64,
	},
	/// The job was paid.
	Paid {
		/// The job.
		job: u64,
		/// What we received.
		paid: Amount,
		/// What the market kept.
		fee: Amount,
	},
	/// The job ended without pay.
	Lost {
		/// The job.
		job: u64,
		/// Why.
		reason: RefundReason,
	},
	/// A committee has been shown what we have committed to for its sample.
	Shown {
		/// The job.
		job: u64,
		/// The units.
		units: Vec<u32>,
	},
	/// A committee that could not have guest and input was shown them on the chain.
	Published {
		/// The job.
		job: u64,
	},
	/// A bid on a lease is final.
	LeaseBid {
		/// The order.
		lease: u64,
		/// What a block costs, for all slots.
		rate: Amount,
		/// What it is paid with.
		payment: Payment,
	},
	/// The machine is leased.
	LeaseWon {
		/// The lease.
		lease: u64,
		/// What a block costs, for all slots.
		rate: Amount,
		/// What it is paid with.
		payment: Payment,
	},
	/// An order is no use to us.
	LeaseDeclined {
		/// The order.
		lease: u64,
		/// Why.
		reason: String,
	},
	/// The runner has told where a lease is reached.
	LeaseServing {
		/// The lease.
		lease: u64,
	},
	/// A lease is not served, and somebody should see to that.
	LeaseFailing {
		/// The lease.
		lease: u64,
		/// How often it has failed in a row.
		failures: u32,
		/// Why.
		reason: String,
	},
	/// The escrow of a lease has run out: what it runs is stopped.
	LeasePaused {
		/// The lease.
		lease: u64,
		/// The block in which it ends unless somebody tops it up.
		until: BlockNumber,
	},
	/// A lease that was paused goes on.
	LeaseResumed {
		/// The lease.
		lease: u64,
	},
	/// A lease was paid up to some block.
	LeasePaid {
		/// The lease.
		lease: u64,
		/// What we received.
		paid: Amount,
		/// What was kept.
		fee: Amount,
		/// What it is paid with.
		payment: Payment,
	},
	/// A lease is over.
	LeaseEnded {
		/// The lease.
		lease: u64,
		/// Why.
		reason: LeaseEnd,
	},
	/// A reward was paid.
	Reward {
		/// What for.
		kind: RewardKind,
		/// How much.
		amount: Amount,
	},
	/// We were slashed.
	Slashed {
		/// How much.
		amount: Amount,
	},
	/// Our stake no longer covers the machines.
	Halted,
	/// Our stake covers the machines again.
	Reactivated,
	/// The account has too little for the fees of answers: no bids on jobs.
	FundsLow {
		/// What is free.
		free: Amount,
		/// What should be.
		least: Amount,
	},
	/// The account has enough for them again.
	FundsRestored {
		/// What is free.
		free: Amount,
	},
	/// A unit that was demanded was shown.
	Revealed {
		/// The job.
		job: u64,
		/// The unit.
		unit: u32,
	},
	/// The machine was drawn for a capacity round.
	Drawn {
		/// The round.
		round: u64,
		/// How many steps are to be done.
		steps: u32,
	},
	/// The machine does not bid before it has committed in a round.
	Abstains {
		/// The round.
		round: u64,
	},
	/// The work of a round is done, and its commitment sent.
	RoundCommitted {
		/// The round.
		round: u64,
		/// How long it took.
		seconds: f64,
	},
	/// The proof of a round is sent.
	RoundProved {
		/// The round.
		round: u64,
	},
	/// The connection to the node broke; trying again.
	Disconnected {
		/// Why.
		reason: String,
	},
	/// The connection to the node is back.
	Reconnected,
	/// The daemon ends.
	Stopped,
}

impl fmt::Display for Notice {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Self::Ready { provider, machine, endpoint, threads } => {
				write!(
					f,
					"provider {provider}, machine {machine}: serving at {endpoint}, computing on {threads} threads"
				)
			},
			Self::Bid { job, price } => write!(f, "job {job}: bid {price} a unit"),
			Self::Won { job, units, done: 0 } => write!(f, "job {job}: won, {units} units to compute"),
			Self::Won { job, units, done } => write!(f, "job {job}: {done} of {units} units are done already"),
			Self::Declined { job, reason } => write!(f, "job {job}: declined, {reason}"),
			Self::Computed { job, root, seconds } => write!(f, "job {job}: computed in {seconds:.1} s, root {root}"),
			Self::Committed { job, block } => write!(f, "job {job}: committed in block {block}"),
			Self::Paid { job, paid, fee } => write!(f, "job {job}: paid {paid} (fee {fee})"),
			Self::Lost { job, reason } => write!(f, "job {job}: not paid, {reason}"),
			Self::LeaseBid { lease, rate, payment } => write!(f, "lease {lease}: bid {} a block", payment.show(*rate)),
			Self::LeaseWon { lease, rate, payment } => {
				write!(f, "lease {lease}: won, at {} a block", payment.show(*rate))
			},
			Self::LeaseDeclined { lease, reason } => write!(f, "lease {lease}: declined, {reason}"),
			Self::LeaseServing { lease } => write!(f, "lease {lease}: serving"),
			Self::LeaseFailing { lease, failures, reason } => {
				write!(f, "lease {lease}: NOT SERVED, {reason}")?;
				if *failures > 1 {
					write!(f, " ({failures} times in a row)")?;
				}
				write!(
					f,
					"; it goes on costing its client: see to it, or give notice with `assay lease reclaim {lease}`"
				)
			},
			Self::LeasePaused { lease, until } => {
				write!(f, "lease {lease}: paused, its escrow has run out; it ends in block {until} unless topped up")
			},
			Self::LeaseResumed { lease } => write!(f, "lease {lease}: goes on"),
			Self::LeasePaid { lease, paid, fee, payment } => {
				write!(f, "lease {lease}: paid {} (fee {})", payment.show(*paid), payment.show(*fee))
			},
			Self::LeaseEnded { lease, reason } => write!(f, "lease {lease}: over, {reason}"),
			Self::Reward { kind, amount } => write!(f, "{} reward of {amount}", kind.name()),
			Self::Slashed { amount } => write!(f, "slashed by {amount}"),
			Self::Halted => f.write_str("halted: the stake no longer covers the machines; bond more to bid again"),
			Self::Reactivated => f.write_str("active again"),
			Self::FundsLow { free, least } => write!(
				f,
				"no bids on jobs: the account has {free} free; keep {least}, for the fees of what the chain may ask us to show"
			),
			Self::FundsRestored { free } => write!(f, "bidding on jobs again: the account has {free} free"),
			Self::Shown { job, units } => {
				write!(f, "job {job}: a committee was shown what was committed to for units {units:?}")
			},
			Self::Published { job } => write!(
				f,
				"job {job}: checkers could not fetch guest and input, and were shown them on the chain for a fee; see \
				 whether others can reach this machine"
			),
			Self::Revealed { job, unit } => write!(f, "job {job}: unit {unit} was demanded, and shown on the chain"),
			Self::Drawn { round, steps } => write!(f, "capacity round {round}: drawn, {steps} steps to do"),
			Self::Abstains { round } => write!(f, "capacity round {round}: no bids until it is committed to"),
			Self::RoundCommitted { round, seconds } => {
				write!(f, "capacity round {round}: worked in {seconds:.1} s, commitment sent")
			},
			Self::RoundProved { round } => write!(f, "capacity round {round}: proof sent"),
			Self::Disconnected { reason } => write!(f, "lost the node: {reason}; trying again"),
			Self::Reconnected => f.write_str("connected to the node again"),
			Self::Stopped => f.write_str("stopped"),
		}
	}
}
