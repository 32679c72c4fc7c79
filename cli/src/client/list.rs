//! The jobs on the chain.

use std::fmt;

use serde::Serialize;
use subxt::utils::AccountId32;

use crate::{chain::model::Job, chain::Chain, fraction::Share, output::Output};

/// Which jobs to show.
#[derive(Clone, Debug, Default)]
pub struct Filter {
	/// Only those of this client.
	pub client: Option<AccountId32>,
	/// Only those of this provider, as best bidder or winner.
	pub provider: Option<AccountId32>,
	/// Only those in this state (`open`, `assigned`, `committed`, `settled`, `refunded`).
	pub state: Option<String>,
}

impl Filter {
	fn shows(&self, job: &Job) -> bool {
		let provider = job.bid().map(|bid| &bid.provider);
		self.client.as_ref().is_none_or(|client| *client == job.client)
			&& self.provider.as_ref().is_none_or(|wanted| provider == Some(wanted))
			&& self.state.as_ref().is_none_or(|state| state == job.state.name())
	}
}

/// One line of the list.
#[derive(Serialize)]
#[serde(transparent)]
struct Line<'a>(&'a Job);

impl fmt::Display for Line<'_> {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		let job = self.0;
		write!(f, "{:>6}  {:<10} {:>6} units  escrow {}", job.id, job.state.name(), job.spec.units, job.escrow)?;
		if let Some(bid) = job.bid() {
			write!(f, "  {} a unit by {}", bid.price, bid.provider)?;
		}
		if job.spec.min_reputation > Share(0) {
			write!(f, "  for a reputation of {}", job.spec.min_reputation)?;
		}
		Ok(())
	}
}

/// Show the jobs that were not cleared.
pub async fn list(chain: &Chain, filter: &Filter, out: Output) -> anyhow::Result<()> {
	let jobs = chain.finalised().await?.jobs().await?;
	let shown: Vec<_> = jobs.iter().filter(|job| filter.shows(job)).collect();
	if shown.is_empty() {
		out.note("no jobs");
	}
	for job in shown {
		out.result(&Line(job));
	}
	Ok(())
}
