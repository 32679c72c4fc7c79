//! Following a job to its end.

use std::{fmt, time::Duration};

use anyhow::{bail, Context};
use serde::Serialize;
use subxt_signer::sr25519::Keypair;
use tokio::time::Instant;

use super::{
	check::{Check, Checked, Inspector},
	fetch,
	report::{no_such_job, JobReport},
};
use crate::{
	amount::Amount,
	blobs::{BlobError, BlobSource, HttpSource},
	chain::{
		model::{Event, Job, JobState},
		At, Call, Chain, ChainError, Follower, Step, TxError,
	},
	http::Progress,
	output::Output,
};

/// How long the node may be away while a job is watched.
const PATIENCE: Duration = Duration::from_secs(90);
/// How long a provider may take to say how far it is.
const PROGRESS_TIMEOUT: Duration = Duration::from_secs(2);

/// How far to follow.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Until {
	/// Until a provider has the job, with all data, or nobody does.
	Assigned,
	/// Until it is paid or refunded.
	Ended,
}

/// What to do with a committed result.
pub struct Accept {
	/// Signs for the client.
	pub key: Keypair,
	/// How many units to run again.
	pub verify: u32,
}

/// A step of a job, as it is reported.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case", tag = "event")]
enum Notice {
	State {
		job: u64,
		state: &'static str,
		block: u64,
		escrow: Amount,
		#[serde(skip_serializing_if = "Option::is_none")]
		price: Option<Amount>,
	},
	Verified {
		job: u64,
		units: u32,
		run_again: Vec<u32>,
		trapped: u32,
	},
	Accepted {
		job: u64,
		block: u64,
	},
}

impl fmt::Display for Notice {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Self::State { job, state, block, escrow, price } => {
				write!(f, "job {job}: {state} (block {block}, escrow {escrow}")?;
				match price {
					Some(price) => write!(f, ", {price} a unit)"),
					None => f.write_str(")"),
				}
			},
			Self::Verified { job, units, run_again, trapped } => {
				write!(f, "job {job}: all {units} outputs match the root, {} were run again", run_again.len())?;
				match trapped {
					0 => Ok(()),
					trapped => write!(f, "; {trapped} units trapped"),
				}
			},
			Self::Accepted { job, block } => write!(f, "job {job}: accepted in block {block}"),
		}
	}
}

/// What to do while a job is followed.
pub struct Plan {
	/// How far to follow it.
	pub until: Until,
	/// Whether to pay as soon as there is a result that is right.
	pub accept: Option<Accept>,
	/// Whether to have the chain decide when it is not.
	pub check: Option<Check>,
}

/// Follow job `id` as `plan` says. `None` if that came to its end before the job did.
///
/// Survives restarts of the node.
pub async fn watch(
	chain: &Chain,
	id: u64,
	plan: &Plan,
	local: &impl BlobSource,
	out: Output,
) -> anyhow::Result<Option<JobReport>> {
	let job = chain.finalised().await?.job(id).await?.with_context(|| no_such_job(id))?;
	let bar = out.progress(u64::from(job.spec.units));
	let mut watcher = Watcher {
		id,
		until: plan.until,
		accept: plan.accept.as_ref(),
		check: plan.check.as_ref(),
		inspector: None,
		first: None,
		local,
		out,
		seen: None,
		last: None,
		end: None,
		provider: None,
		checked: None,
		accepted: false,
		bar,
	};
	let mut chain = chain.clone();
	let mut lost: Option<Instant> = None;
	let result = loop {
		match watcher.session(&chain, &mut lost).await {
			Ok(result) => break Ok(result),
			Err(WatchError::Chain(error)) => {
				let since = *lost.get_or_insert_with(Instant::now);
				if since.elapsed() > PATIENCE {
					break Err(error.into());
				}
				out.note(format!("lost the node: {error}; trying again"));
				let again = Chain::connect_within(chain.url(), PATIENCE).await;
				match again.and_then(|again| again.continuing(&chain.genesis())) {
					Ok(again) => chain = again,
					Err(error) => break Err(error.into()),
				}
			},
			Err(WatchError::Other(error)) => break Err(error),
		}
	};
	watcher.bar.finish_and_clear();
	result
}

/// What ends a session.
pub(super) enum WatchError {
	/// Connecting again may help.
	Chain(ChainError),
	Other(anyhow::Error),
}

impl From<ChainError> for WatchError {
	fn from(error: ChainError) -> Self {
		Self::Chain(error)
	}
}

impl From<anyhow::Error> for WatchError {
	fn from(error: anyhow::Error) -> Self {
		match error.downcast::<ChainError>() {
			Ok(error) => Self::Chain(error),
			Err(error) => Self::Other(error),
		}
	}
}

struct Watcher<'a, L> {
	id: u64,
	until: Until,
	accept: Option<&'a Accept>,
	check: Option<&'a Check>,
	/// Sees to the result that `first` is the first unit of.
	inspector: Option<Inspector<'a, L>>,
	first: Option<u32>,
	local: &'a L,
	out: Output,
	/// The last state that was reported.
	seen: Option<JobState>,
	last: Option<u64>,
	end: Option<(u64, Event)>,
	provider: Option<HttpSource>,
	/// That result is right, as far as was looked.
	checked: Option<Checked>,
	/// The acceptance is final, though the block that shows it may not have been read yet.
	accepted: bool,
	bar: indicatif::ProgressBar,
}

impl<L: BlobSource> Watcher<'_, L> {
	async fn session(&mut self, chain: &Chain, lost: &mut Option<Instant>) -> Result<Option<JobReport>, WatchError> {
		let mut follower = Follower::start(chain, self.last).await?;
		loop {
			let (at, events) = match follower.next().await? {
				Step::Anew(at) => (at, Vec::new()),
				Step::Block(at) => {
					let events = at.events().await?;
					let ends = |event: &Event| {
						matches!(event, Event::JobSettled { .. } | Event::JobRefunded { .. })
							&& event.job() == Some(self.id)
					};
					if let Some(event) = events.iter().find(|event| ends(event)) {
						self.end = Some((at.number(), event.clone()));
					}
					(at, events)
				},
			};
			*lost = None;
			let Some(job) = at.job(self.id).await? else {
				return Err(anyhow::anyhow!("job {} was cleared while it was watched", self.id).into());
			};
			self.show(&at, &job).await?;
			self.turn_to(job.units_due().start);
			if let Some(inspector) = &mut self.inspector {
				inspector.observe(chain, &at, &job, &events).await?;
			}
			self.last = Some(at.number());
			if job.state.is_final() {
				return self.report(chain, &at, &job).await.map(Some);
			}
			if self.until == Until::Assigned && !matches!(job.state, JobState::Open { .. }) {
				return Ok(None);
			}
			if job.state.has_result() {
				self.see_to_result(chain, &at, &job).await?;
			}
		}
	}

	/// Begin anew with the result that begins with unit `first`: that of a job, or of the next range of one.
	fn turn_to(&mut self, first: u32) {
		if self.first.replace(first) != Some(first) {
			let inspector = |check| Inspector::new(check, self.local, self.out, self.bar.clone());
			self.inspector = self.check.map(inspector);
			(self.checked, self.accepted) = (None, false);
		}
	}

	/// Check the result, and pay for it if that is wanted and nothing speaks against it.
	async fn see_to_result(&mut self, chain: &Chain, at: &At, job: &Job) -> Result<(), WatchError> {
		if self.checked.is_none() {
			self.checked = match (&mut self.inspector, self.accept) {
				(Some(inspector), _) => inspector.step(chain, at, job).await?,
				(None, Some(accept)) => self.verify(at, job, accept.verify).await?,
				(None, None) => None,
			};
			if let Some(Checked { run_again, trapped }) = self.checked.clone() {
				let units = job.units_due().len() as u32;
				let notice = Notice::Verified { job: job.id, units, run_again, trapped };
				self.bar.suspend(|| self.out.result(&notice));
			}
		}
		let is_contested = matches!(job.state, JobState::Contested { open: 1.., .. });
		match self.accept {
			Some(accept) if self.checked.is_some() && !self.accepted && !is_contested => {
				self.accept(chain, job, accept).await
			},
			_ => Ok(()),
		}
	}

	/// Report the state when it has changed, and the progress in between.
	async fn show(&mut self, at: &At, job: &Job) -> Result<(), WatchError> {
		let (block, escrow) = (at.number(), job.escrow);
		if self.seen.as_ref() != Some(&job.state) {
			self.bar.suspend(|| {
				let price = job.state.bid().map(|bid| bid.price);
				self.out.result(&Notice::State { job: job.id, state: job.state.name(), block, escrow, price });
			});
			self.seen = Some(job.state.clone());
			self.provider = match job.state.bid() {
				// A provider that is not to be found does not keep the job from going on.
				Some(_) if !matches!(job.state, JobState::Open { .. }) => fetch::provider_of(at, job).await.ok(),
				_ => None,
			};
		}
		if let (Some(provider), JobState::Assigned { .. }) = (&self.provider, &job.state) {
			let path = format!("/jobs/{}", job.id);
			let asked = tokio::time::timeout(PROGRESS_TIMEOUT, provider.document::<Progress>(&path)).await;
			if let Ok(Ok(Some(progress))) = asked {
				self.bar.set_position(u64::from(progress.done));
			}
		}
		self.bar.set_message(format!("block {block}, escrow {escrow}"));
		Ok(())
	}

	/// Fetch the result and run some units again. `None` if it cannot be had now.
	async fn verify(&self, at: &At, job: &Job, count: u32) -> Result<Option<Checked>, WatchError> {
		let provider = fetch::provider_of(at, job).await?;
		let outcomes = match fetch::reviewed(job, &provider).await {
			Ok(outcomes) => outcomes,
			// The provider may be back with the next block, as long as the review lasts.
			Err(error) if matches!(error.downcast_ref(), Some(BlobError::Transfer { .. })) => {
				self.bar.suspend(|| tracing::warn!(job = job.id, %error, "cannot check the result; trying again"));
				return Ok(None);
			},
			Err(error) => return Err(error.into()),
		};
		let run_again = fetch::verify(job, &outcomes.manifest, count, &provider, self.local).await?;
		let trapped = outcomes.outputs.iter().filter(|output| output.is_none()).count() as u32;
		Ok(Some(Checked { run_again, trapped }))
	}

	/// Pay for the result.
	async fn accept(&mut self, chain: &Chain, job: &Job, accept: &Accept) -> Result<(), WatchError> {
		match chain.submit(&accept.key, Call::AcceptResult(job.id, job.units_due().start)).await {
			Ok(included) => {
				let block = included.block;
				self.accepted = true;
				self.bar.suspend(|| self.out.result(&Notice::Accepted { job: job.id, block }));
				Ok(())
			},
			// The review ended meanwhile, so that the chain settled by itself.
			Err(TxError::Refused { name, .. }) if name == "ComputeMarket::JobNotCommitted" => Ok(()),
			// The next range is under review by now.
			Err(TxError::Refused { name, .. }) if name == "ComputeMarket::WrongRange" => Ok(()),
			// Somebody has demanded a unit meanwhile: nobody can be paid before that is answered.
			Err(TxError::Refused { name, .. }) if name == "ComputeMarket::ResultContested" => Ok(()),
			Err(TxError::Chain(error)) => Err(error.into()),
			// If it comes to nothing after all, the chain settles when the review is over.
			Err(error @ TxError::NotFinal { .. }) => {
				self.accepted = true;
				self.bar.suspend(|| tracing::warn!(job = job.id, %error, "accepted, but not final"));
				Ok(())
			},
			Err(error @ (TxError::Lost(_) | TxError::NotIncluded { .. })) => {
				tracing::warn!(%error, "accepting may have failed; looking again");
				Ok(())
			},
			Err(error) => Err(anyhow::Error::from(error).context("cannot accept the result").into()),
		}
	}

	async fn report(&self, chain: &Chain, at: &At, job: &Job) -> Result<JobReport, WatchError> {
		match &self.end {
			Some(end) => Ok(JobReport::new(at, job, Some(end)).await?),
			// It ended before we looked.
			None => Ok(super::report::report(chain, job.id).await?),
		}
	}
}

/// Fail unless the job ended with a result.
pub fn expect_settled(report: &JobReport) -> anyhow::Result<()> {
	match report.reason {
		None => Ok(()),
		Some(reason) => bail!("job {} ended without a result: {reason}", report.job),
	}
}
