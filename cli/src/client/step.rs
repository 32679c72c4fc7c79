//! The steps that the chain takes by itself, taken by hand: when the chain is late, or the client content early.

use std::fmt;

use anyhow::{bail, ensure, Context};
use serde::Serialize;
use subxt::utils::AccountId32;
use subxt_signer::sr25519::Keypair;

use super::report::no_such_job;
use crate::{
	amount::Amount,
	chain::{
		model::{Event, Job, JobState, RefundReason},
		Call, Chain,
	},
	keys,
	output::Output,
};

/// A step that needs nobody's consent once it is due.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Step {
	/// From the auction to the winner, or to the refund.
	Close,
	/// From a missed deadline to the refund.
	Expire,
	/// From the end of the review to the provider's pay.
	Settle,
}

/// What became of the job.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "event")]
enum Notice {
	Assigned {
		job: u64,
		block: u64,
		provider: AccountId32,
		price: Amount,
		surplus: Amount,
	},
	Refunded {
		job: u64,
		block: u64,
		refunded: Amount,
		reason: RefundReason,
	},
	Settled {
		job: u64,
		block: u64,
		provider: AccountId32,
		provider_received: Amount,
		fee: Amount,
	},
	RangeSettled {
		job: u64,
		block: u64,
		first: u32,
		units: u32,
		provider: AccountId32,
		provider_received: Amount,
		fee: Amount,
	},
}

impl fmt::Display for Notice {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Self::Assigned { job, block, provider, price, surplus } => {
				write!(f, "job {job}: assigned to {provider} at {price} a unit in block {block}, {surplus} released")
			},
			Self::Refunded { job, block, refunded, reason } => {
				write!(f, "job {job}: ended in block {block}, {refunded} refunded: {reason}")
			},
			Self::Settled { job, block, provider, provider_received, fee } => {
				write!(f, "job {job}: settled in block {block}, {provider_received} paid to {provider} (fee {fee})")
			},
			Self::RangeSettled { job, block, first, units, provider, provider_received, fee } => write!(
				f,
				"job {job}: {units} units from {first} on settled in block {block}, {provider_received} paid to {provider} \
				 (fee {fee})"
			),
		}
	}
}

impl Notice {
	/// What the events of the transaction in `block` say about job `id`.
	fn of(events: &[Event], id: u64, block: u64) -> Option<Self> {
		events.iter().filter(|event| event.job() == Some(id)).find_map(|event| match event {
			Event::JobAssigned { job, provider, price, surplus } => {
				let (provider, price, surplus) = (*provider, *price, *surplus);
				Some(Self::Assigned { job: *job, block, provider, price, surplus })
			},
			Event::JobRefunded { job, amount, reason } => {
				Some(Self::Refunded { job: *job, block, refunded: *amount, reason: *reason })
			},
			Event::JobSettled { job, provider, paid, fee, .. } => {
				let (provider, provider_received, fee) = (*provider, *paid, *fee);
				Some(Self::Settled { job: *job, block, provider, provider_received, fee })
			},
			Event::RangeSettled { job, provider, first, units, paid, fee } => {
				let (job, first, units) = (*job, *first, *units);
				let (provider, provider_received, fee) = (*provider, *paid, *fee);
				Some(Self::RangeSettled { job, block, first, units, provider, provider_received, fee })
			},
			_ => None,
		})
	}
}

impl Step {
	const fn call(self, job: u64) -> Call {
		match self {
			Self::Close => Call::CloseAuction(job),
			Self::Expire => Call::ExpireJob(job),
			Self::Settle => Call::SettleJob(job),
		}
	}

	/// Refuse what the chain would refuse, so that nobody pays a fee for it. Block `next` is the first that the call can
	/// get into.
	fn check(self, job: &Job, me: &AccountId32, next: u64) -> anyhow::Result<()> {
		let (id, state) = (job.id, job.state.name());
		match (self, &job.state) {
			(Self::Close, JobState::Open { closes_at, best }) => {
				let content = best.is_some() && job.client == *me;
				ensure!(
					next >= u64::from(*closes_at) || content,
					"the auction of job {id} is open until block {closes_at}, and the next is {next}: earlier than that \
					 only its client can close it, and only when there is a bid"
				);
			},
			(Self::Expire, JobState::Assigned { .. }) => ensure!(
				next > u64::from(job.spec.deadline),
				"the provider of job {id} has until block {}, and the next is {next}",
				job.spec.deadline
			),
			(Self::Settle, JobState::Committed { review_ends, .. }) => ensure!(
				next >= u64::from(*review_ends),
				"the review of job {id} ends with block {review_ends}, and the next is {next}: earlier than that its \
				 client pays with `assay job accept`"
			),
			(Self::Settle, JobState::Contested { settles_at, open, .. }) => {
				ensure!(
					*open == 0,
					"{open} questions about the result of job {id} are open: it cannot be settled before"
				);
				ensure!(
					next >= u64::from(*settles_at),
					"a unit of job {id} was revealed, and can be disputed until block {settles_at}; the next is {next}"
				);
			},
			(Self::Close, _) => bail!("job {id} is {state}: only the auction of an open job can be closed"),
			(Self::Expire, _) => bail!("job {id} is {state}: only an assigned job can expire"),
			(Self::Settle, _) => bail!("job {id} is {state}: only a committed result can be settled"),
		}
		Ok(())
	}
}

/// Take `step` of a job.
pub async fn take(chain: &Chain, key: &Keypair, step: Step, id: u64, out: Output) -> anyhow::Result<()> {
	let job = chain.finalised().await?.job(id).await?.with_context(|| no_such_job(id))?;
	step.check(&job, &keys::account(key), chain.best().await?.saturating_add(1))?;
	let included = chain.submit(key, step.call(id)).await?;
	let notice = Notice::of(&included.events, id, included.block)
		.with_context(|| format!("the chain did not say what became of job {id}: see `assay job report {id}`"))?;
	out.result(&notice);
	Ok(())
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{
		blobs::BlobHash,
		chain::model::{Bid, JobSpec, Payment},
		fraction::Share,
	};

	const CLIENT: AccountId32 = AccountId32([1; 32]);
	const PROVIDER: AccountId32 = AccountId32([2; 32]);
	const STRANGER: AccountId32 = AccountId32([3; 32]);

	fn bid() -> Bid {
		Bid { provider: PROVIDER, machine: 0, price: Amount(5) }
	}

	fn job(state: JobState) -> Job {
		let hash = BlobHash([0; 32]);
		let spec = JobSpec {
			guest: hash,
			input: hash,
			units: 2,
			gas_per_unit: 10,
			ceiling: Amount(9),
			min_tier: 1,
			min_reputation: Share(0),
			auction_blocks: 5,
			deadline: 40,
			review_blocks: 5,
			source: String::new(),
		};
		Job {
			id: 7,
			client: CLIENT,
			spec,
			payment: Payment::Native,
			escrow: Amount(18),
			deposit: Amount(1),
			state,
			ranges: None,
		}
	}

	#[test]
	fn auction_should_be_closed_by_anyone_when_it_is_over_and_by_its_client_when_there_is_a_bid() {
		let check = |best: Option<Bid>, me: &AccountId32, next| {
			Step::Close.check(&job(JobState::Open { closes_at: 10, best }), me, next).is_ok()
		};
		assert!(check(None, &STRANGER, 10) && check(Some(bid()), &STRANGER, 11));
		assert!(check(Some(bid()), &CLIENT, 3));
		assert!(!check(Some(bid()), &STRANGER, 9) && !check(None, &CLIENT, 9));
	}

	#[test]
	fn job_should_expire_or_be_settled_only_when_its_time_is_over() {
		let assigned = job(JobState::Assigned { bid: bid() });
		assert!(Step::Expire.check(&assigned, &CLIENT, 40).is_err());
		assert!(Step::Expire.check(&assigned, &STRANGER, 41).is_ok());
		let committed = job(JobState::Committed { bid: bid(), root: BlobHash([7; 32]), review_ends: 20 });
		assert!(Step::Settle.check(&committed, &PROVIDER, 19).is_err());
		assert!(Step::Settle.check(&committed, &STRANGER, 20).is_ok());
	}

	#[test]
	fn step_should_be_refused_when_the_job_is_in_another_state() {
		let refunded = job(JobState::Refunded { reason: RefundReason::NoBids });
		let assigned = job(JobState::Assigned { bid: bid() });
		for (step, job) in [
			(Step::Close, &refunded),
			(Step::Close, &assigned),
			(Step::Expire, &refunded),
			(Step::Settle, &refunded),
			(Step::Settle, &assigned),
		] {
			let error = step.check(job, &CLIENT, u64::MAX).unwrap_err().to_string();
			assert!(error.contains(job.state.name()), "{error}");
		}
	}

	#[test]
	fn notice_should_tell_what_became_of_the_job_and_of_no_other() {
		let refund = |job, amount| Event::JobRefunded { job, amount: Amount(amount), reason: RefundReason::NoBids };
		let events = [refund(6, 1), refund(7, 18)];
		let notice = Notice::of(&events, 7, 30).unwrap();
		let expected = Notice::Refunded { job: 7, block: 30, refunded: Amount(18), reason: RefundReason::NoBids };
		assert_eq!(notice, expected);
		let json = r#"{"event":"refunded","job":7,"block":30,"refunded":"18","reason":"no_bids"}"#;
		assert_eq!(serde_json::to_string(&notice).unwrap(), json);
		assert_eq!(Notice::of(&events, 8, 30), None);
	}
}
