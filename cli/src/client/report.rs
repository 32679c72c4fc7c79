//! What became of a job, with the money.

use std::fmt;

use anyhow::Context;
use serde::Serialize;
use subxt::utils::AccountId32;

use crate::{
	amount::Amount,
	blobs::BlobHash,
	chain::{
		model::{Event, Job, JobState, RefundReason},
		At, Chain,
	},
};

/// What became of a job. What is not known (yet, or no more) is left out.
#[derive(Clone, Debug, Serialize)]
pub struct JobReport {
	/// The job.
	pub job: u64,
	/// Where it stands, in one word.
	pub state: &'static str,
	/// Who pays.
	pub client: AccountId32,
	/// How many units.
	pub units: u32,
	/// How many of them are paid for, if that is done range by range.
	#[serde(skip_serializing_if = "Option::is_none")]
	pub units_paid: Option<u32>,
	/// Price per unit of the bid that leads or won.
	#[serde(skip_serializing_if = "Option::is_none")]
	pub price: Option<Amount>,
	/// What the client paid in all.
	#[serde(skip_serializing_if = "Option::is_none")]
	pub paid: Option<Amount>,
	/// The part that the provider received.
	#[serde(skip_serializing_if = "Option::is_none")]
	pub provider_received: Option<Amount>,
	/// The part that the market kept: `burned + to_treasury`.
	#[serde(skip_serializing_if = "Option::is_none")]
	pub fee: Option<Amount>,
	/// The part of the fee that was burned.
	#[serde(skip_serializing_if = "Option::is_none")]
	pub burned: Option<Amount>,
	/// The part of the fee that the treasury got.
	#[serde(skip_serializing_if = "Option::is_none")]
	pub to_treasury: Option<Amount>,
	/// What the client got back, when there was no result.
	#[serde(skip_serializing_if = "Option::is_none")]
	pub refunded: Option<Amount>,
	/// Why there was none.
	#[serde(skip_serializing_if = "Option::is_none")]
	pub reason: Option<RefundReason>,
	/// Who leads or won; of a refunded job, who was paid for its first ranges.
	#[serde(skip_serializing_if = "Option::is_none")]
	pub provider: Option<AccountId32>,
	/// On which machine.
	#[serde(skip_serializing_if = "Option::is_none")]
	pub machine: Option<u64>,
	/// Where outcomes are served.
	#[serde(skip_serializing_if = "Option::is_none")]
	pub endpoint: Option<String>,
	/// Root over the outcomes.
	#[serde(skip_serializing_if = "Option::is_none")]
	pub root: Option<BlobHash>,
	/// Block in which the job ended.
	#[serde(skip_serializing_if = "Option::is_none")]
	pub ended_in: Option<u64>,
}

impl JobReport {
	/// Report on `job` as it stands, with the event that ended it if that is known.
	pub async fn new(at: &At, job: &Job, end: Option<&(u64, Event)>) -> anyhow::Result<Self> {
		let bid = job.bid();
		let endpoint = match bid {
			Some(bid) => at.machine(bid.machine).await?.map(|machine| machine.endpoint),
			None => None,
		};
		let mut report = Self {
			job: job.id,
			state: job.state.name(),
			client: job.client,
			units: job.spec.units,
			units_paid: job.ranges.is_some().then(|| job.units_due().start),
			price: bid.map(|bid| bid.price),
			paid: None,
			provider_received: None,
			fee: None,
			burned: None,
			to_treasury: None,
			refunded: None,
			reason: None,
			provider: bid.map(|bid| bid.provider),
			machine: bid.map(|bid| bid.machine),
			endpoint,
			root: job.state.root(),
			ended_in: end.map(|(block, _)| *block),
		};
		match &job.state {
			JobState::Settled { paid, fee, .. } => {
				report.paid = Some(Amount(paid.0.saturating_add(fee.0)));
				report.provider_received = Some(*paid);
				report.fee = Some(*fee);
			},
			JobState::Refunded { reason } => report.reason = Some(*reason),
			_ => {},
		}
		match end {
			Some((_, Event::JobSettled { burned, to_treasury, .. })) => {
				report.burned = Some(*burned);
				report.to_treasury = Some(*to_treasury);
			},
			Some((_, Event::JobRefunded { amount, .. })) => report.refunded = Some(*amount),
			_ => {},
		}
		if let Some(ranges) = &job.ranges {
			let fee = ranges.burned.0.saturating_add(ranges.to_treasury.0);
			report.paid = Some(Amount(ranges.paid.0.saturating_add(fee)));
			report.provider_received = Some(ranges.paid);
			report.fee = Some(Amount(fee));
			report.burned = Some(ranges.burned);
			report.to_treasury = Some(ranges.to_treasury);
		}
		Ok(report)
	}
}

impl fmt::Display for JobReport {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		write!(f, "job {}: {}", self.job, self.state)?;
		if let Some(reason) = self.reason {
			write!(f, " ({reason})")?;
		}
		let mut line = |name: &str, value: Option<String>| match value {
			Some(value) => write!(f, "\n  {name:<18}{value}"),
			None => Ok(()),
		};
		let text = |amount: Option<Amount>| amount.map(|amount| amount.to_string());
		line("client", Some(self.client.to_string()))?;
		line("units", Some(self.units.to_string()))?;
		line("units paid for", self.units_paid.map(|units| units.to_string()))?;
		line("provider", self.provider.as_ref().map(ToString::to_string))?;
		line("endpoint", self.endpoint.clone())?;
		line("price per unit", text(self.price))?;
		line("paid", text(self.paid))?;
		line("provider received", text(self.provider_received))?;
		line("fee", text(self.fee))?;
		line("  burned", text(self.burned))?;
		line("  to the treasury", text(self.to_treasury))?;
		line("refunded", text(self.refunded))?;
		line("root", self.root.map(|root| root.to_string()))?;
		line("ended in block", self.ended_in.map(|block| block.to_string()))
	}
}

/// The report on a job, whenever it ended.
pub async fn report(chain: &Chain, id: u64) -> anyhow::Result<JobReport> {
	let at = chain.finalised().await?;
	let job = at.job(id).await?.with_context(|| no_such_job(id))?;
	let end = if job.state.is_final() { find_end(chain, &at, id).await? } else { None };
	JobReport::new(&at, &job, end.as_ref()).await
}

/// What to say when there is no such job.
pub fn no_such_job(id: u64) -> String {
	format!("there is no job {id}: it never was, is not final yet, or has been cleared")
}

/// The event that ended a job, and its block, if the node still has that block's state.
async fn find_end(chain: &Chain, at: &At, id: u64) -> anyhow::Result<Option<(u64, Event)>> {
	// The job ended in one block and stays so: halve the range until that block is left. Blocks whose state the node has
	// thrown away count as "before", so that the search ends at the oldest one that it still has.
	let (mut before, mut after) = (0, at.number());
	while after.saturating_sub(before) > 1 {
		let middle = before + (after - before) / 2;
		let ended = match chain.at(middle).await {
			Ok(at) => at.job(id).await.ok().flatten().is_some_and(|job| job.state.is_final()),
			Err(_) => false,
		};
		if ended {
			after = middle;
		} else {
			before = middle;
		}
	}
	let events = chain.at(after).await?.events().await?;
	let end = events
		.into_iter()
		.find(|event| event.job() == Some(id) && matches!(event, Event::JobSettled { .. } | Event::JobRefunded { .. }));
	Ok(end.map(|event| (after, event)))
}
