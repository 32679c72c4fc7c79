//! What happened to an order or lease, as it is reported.

use std::fmt;

use serde::Serialize;

use super::{moment, stretch, Rate};
use crate::{
	amount::Amount,
	chain::model::{LeaseEvent, Payment},
};

/// An event of a block.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub(super) struct Notice {
	/// Number of the block.
	pub block: u64,
	/// What happened in it.
	#[serde(flatten)]
	pub event: LeaseEvent,
	/// What the lease is paid with.
	#[serde(skip)]
	pub payment: Payment,
	/// Milliseconds between blocks.
	#[serde(skip)]
	pub block_millis: u64,
}

impl fmt::Display for Notice {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		let Self { block, payment, block_millis, .. } = *self;
		let rate = |rate: &Amount| Rate::new(*rate, payment, block_millis);
		let at = |then: &u32| moment(*then, block, block_millis);
		write!(f, "lease {}: ", self.event.lease())?;
		match &self.event {
			LeaseEvent::Placed { escrow, closes_at, .. } => {
				write!(f, "ordered with {} in escrow; the auction closes in {}", payment.show(*escrow), at(closes_at))?;
			},
			LeaseEvent::Bid { provider, machine, rate: offered, notice, closes_at, .. } => write!(
				f,
				"machine {machine} of {provider} is offered for {}, with a notice of {}; the auction closes in {}",
				rate(offered),
				stretch(*notice, block_millis),
				at(closes_at)
			)?,
			LeaseEvent::Started { provider, machine, rate: agreed, runs_out_at, ends_at, .. } => {
				write!(
					f,
					"runs on machine {machine} of {provider} for {}; the escrow runs out in {}",
					rate(agreed),
					at(runs_out_at)
				)?;
				if let Some(ends_at) = ends_at {
					write!(f, "; it ends in {}", at(ends_at))?;
				}
			},
			LeaseEvent::Paid { payer, provider, until, to_provider, burned, to_treasury, .. } => write!(
				f,
				"{} paid to {provider} out of the escrow of {payer}, and a fee of {}, for all blocks before {until}",
				payment.show(*to_provider),
				payment.show(Amount(burned.0.saturating_add(to_treasury.0)))
			)?,
			LeaseEvent::Funded { who, amount, .. } => write!(f, "{} put into escrow by {who}", payment.show(*amount))?,
			LeaseEvent::Paused { lease, since, until } => write!(
				f,
				"paused, as escrow covers nothing from block {since} on; it ends in {} unless somebody pays: \
				 `assay lease fund {lease}`",
				at(until)
			)?,
			LeaseEvent::Resumed { runs_out_at, .. } => {
				write!(f, "goes on; the escrow runs out in {}", at(runs_out_at))?
			},
			LeaseEvent::Reclaimed { provider, ends_at, .. } => {
				write!(f, "{provider} takes its machine back; it ends in {}", at(ends_at))?;
			},
			LeaseEvent::Returned { who, amount, .. } => write!(f, "{} returned to {who}", payment.show(*amount))?,
			LeaseEvent::Forfeited { payer, until, amount, .. } => write!(
				f,
				"{} out of the escrow of {payer} forfeited to the treasury, for blocks before {until} that were not served",
				payment.show(*amount)
			)?,
			LeaseEvent::Withdrawn { who, amount, .. } => {
				write!(f, "{who} takes {} back out of the escrow", payment.show(*amount))?;
			},
			LeaseEvent::Ended { reason, at, .. } => {
				write!(f, "ended: {reason}")?;
				if u64::from(*at) != block {
					write!(f, "; by its rules that was in block {at}")?;
				}
			},
			LeaseEvent::ManifestSet { manifest, .. } => write!(f, "what is to be run is {manifest} from now on")?,
		}
		write!(f, " (block {block})")
	}
}

#[cfg(test)]
mod tests {
	use super::{
		super::fixture::{CLIENT, PROVIDER, UNIT},
		*,
	};
	use crate::chain::model::LeaseEnd;

	fn notice(event: LeaseEvent) -> Notice {
		Notice { block: 100, event, payment: Payment::Native, block_millis: 6_000 }
	}

	#[test]
	fn start_should_say_what_it_costs_and_when_it_is_over() {
		let started = notice(LeaseEvent::Started {
			lease: 3,
			provider: PROVIDER,
			machine: 4,
			payment: Payment::Native,
			rate: Amount(UNIT / 100),
			runs_out_at: 700,
			ends_at: Some(1_300),
		});
		let text = started.to_string();
		for part in ["lease 3: runs on machine 4 of", "0.01 ASY a block (6 ASY an hour)", "block 700, in about 60 min"]
		{
			assert!(text.contains(part), "{part} is not in {text}");
		}
		assert!(text.ends_with("it ends in block 1300, in about 2 h (block 100)"), "{text}");
		let json = serde_json::to_value(&started).unwrap();
		assert_eq!((&json["event"], &json["lease"], &json["block"]), (&"started".into(), &3.into(), &100.into()));
		assert_eq!((&json["rate"], &json["payment"]), (&"10000000000".into(), &"native".into()));
	}

	#[test]
	fn pause_should_say_what_to_do() {
		let text = notice(LeaseEvent::Paused { lease: 3, since: 98, until: 130 }).to_string();
		assert!(
			text.contains("ends in block 130, in about 3 min unless somebody pays: `assay lease fund 3`"),
			"{text}"
		);
	}

	#[test]
	fn end_should_name_its_block_when_the_chain_was_late() {
		let ended =
			|at| notice(LeaseEvent::Ended { lease: 3, client: CLIENT, reason: LeaseEnd::RanOut, at }).to_string();
		assert!(ended(100).ends_with("within the grace (block 100)"), "{}", ended(100));
		assert!(ended(98).contains("by its rules that was in block 98"), "{}", ended(98));
	}
}
