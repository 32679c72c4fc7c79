//! How a provider stands.

use std::fmt;

use anyhow::{ensure, Context};
use serde::Serialize;
use subxt::utils::AccountId32;
use subxt_signer::sr25519::Keypair;

use crate::{
	amount::Amount,
	chain::{
		capacity::CapacityLine,
		model::{Machine, PendingSlash, ProviderStanding, Stake, Standing},
		Call, Chain,
	},
	keys,
	output::Output,
};

/// How a provider stands.
#[derive(Serialize)]
pub struct ProviderStatus {
	/// Who.
	pub provider: AccountId32,
	/// Its stake.
	#[serde(flatten)]
	pub stake: Stake,
	/// Whether that suffices.
	pub standing: ProviderStanding,
	/// What it owes for slashes that found too little.
	pub debt: Amount,
	/// Slashes of it that are not carried out yet.
	pub pending_slashes: Vec<PendingSlash>,
	/// Work rewards that could be claimed.
	pub pending_reward: Amount,
	/// Its machines.
	pub machines: Vec<Machine>,
	/// How its machines stand in capacity rounds.
	pub capacity: Vec<CapacityLine>,
	/// Its jobs: those that it leads or has won.
	pub jobs: Vec<JobLine>,
}

/// A job of a provider.
#[derive(Serialize)]
pub struct JobLine {
	/// The job.
	pub job: u64,
	/// Where it stands.
	pub state: &'static str,
	/// How many units.
	pub units: u32,
	/// Price per unit.
	pub price: Amount,
}

impl fmt::Display for ProviderStatus {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		let Stake { bonded, required, unbonding, .. } = self.stake;
		write!(f, "provider {}: ", self.provider)?;
		match self.standing.standing {
			Standing::Unstaked => write!(f, "not active")?,
			Standing::Active => write!(f, "active")?,
			Standing::TopUp { until } => write!(f, "short, and halted from block {until} on")?,
			Standing::Halted => write!(f, "halted")?,
		}
		write!(
			f,
			"\n  bonded {bonded}, required {required}, unbonding {unbonding}\n  work reward to claim: {}",
			self.pending_reward
		)?;
		if self.debt.0 > 0 {
			write!(f, "\n  owes {}", self.debt)?;
		}
		for PendingSlash { slash, offence, amount, state, .. } in &self.pending_slashes {
			write!(
				f,
				"\n  slash {slash}: up to {amount} for {offence}, {}, due in block {}",
				state.name(),
				state.due()
			)?;
		}
		for Machine { id, tier, slots, running, endpoint, .. } in &self.machines {
			write!(f, "\n  machine {id}: tier {tier}, {running} of {slots} slots taken, {endpoint}")?;
		}
		for CapacityLine { machine, device, quality, last_heartbeat, chance, scarcity, open_rounds } in &self.capacity {
			let parts = |millionths: u32| f64::from(millionths) / 1e6;
			let heard =
				last_heartbeat.map_or("never heard of".to_owned(), |block| format!("heard of in block {block}"));
			write!(
				f,
				"\n  machine {machine} in capacity rounds: quality {:.2}, {heard}, chance {:.4} a draw, region's factor {:.2}",
				parts(*quality),
				parts(*chance),
				parts(*scarcity)
			)?;
			if device.is_none() {
				f.write_str(", no device key")?;
			}
			for round in open_rounds {
				write!(f, "\n    round {round} is open")?;
			}
		}
		for JobLine { job, state, units, price } in &self.jobs {
			write!(f, "\n  job {job}: {state}, {units} units at {price}")?;
		}
		Ok(())
	}
}

/// Show how `provider` stands.
pub async fn show(chain: &Chain, provider: &AccountId32, out: Output) -> anyhow::Result<()> {
	let at = chain.finalised().await?;
	let jobs = at.jobs().await?.into_iter().filter_map(|job| {
		let bid = job.state.bid().filter(|bid| bid.provider == *provider)?;
		Some(JobLine { job: job.id, state: job.state.name(), units: job.spec.units, price: bid.price })
	});
	let machines = at.machines_of(provider).await?;
	let mut capacity = Vec::new();
	for machine in &machines {
		capacity.extend(at.capacity_line(machine.id).await?);
	}
	out.result(&ProviderStatus {
		stake: at.stake(provider).await?,
		standing: at.standing(provider).await?,
		debt: at.debt(provider).await?,
		pending_slashes: at.pending_slashes(provider).await?,
		pending_reward: at.pending_reward(provider).await?,
		machines,
		capacity,
		jobs: jobs.collect(),
		provider: *provider,
	});
	Ok(())
}

/// Take a machine off the market.
pub async fn deregister(chain: &Chain, key: &Keypair, id: u64, out: Output) -> anyhow::Result<()> {
	let me = keys::account(key);
	let machine = chain.finalised().await?.machine(id).await?.with_context(|| format!("there is no machine {id}"))?;
	ensure!(machine.provider == me, "machine {id} is not yours: it belongs to {}", machine.provider);
	ensure!(machine.running == 0, "machine {id} has {} jobs or bids: wait until they have ended", machine.running);
	chain.submit(key, Call::DeregisterMachine(id)).await?;
	show(chain, &me, out).await
}

/// Have the work reward paid.
pub async fn claim(chain: &Chain, key: &Keypair, out: Output) -> anyhow::Result<()> {
	let me = keys::account(key);
	let due = chain.finalised().await?.pending_reward(&me).await?;
	ensure!(due.0 > 0, "account {me} has no work reward to claim");
	chain.submit(key, Call::ClaimWorkReward).await?;
	show(chain, &me, out).await
}
