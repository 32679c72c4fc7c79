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
		checks::Service,
		model::{Machine, PendingSlash, ProviderStanding, Reputation, Stake, Standing},
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
	/// What became of its trades.
	pub reputation: Reputation,
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
		let Stake { bonded, required, unbonding, pledged, .. } = self.stake;
		let missing = self.standing.missing(required);
		write!(f, "provider {}: ", self.provider)?;
		match self.standing.standing {
			Standing::Unstaked => write!(f, "not active")?,
			Standing::Active => write!(f, "active")?,
			Standing::TopUp { until } => {
				write!(f, "short of {missing} of stake, and halted from block {until} on")?;
			},
			Standing::Halted => write!(f, "halted, short of {missing} of stake")?,
		}
		write!(
			f,
			"\n  bonded {bonded}, required {required}, unbonding {unbonding}\n  work reward to claim: {}\n  reputation: {}",
			self.pending_reward, self.reputation.provider
		)?;
		if pledged.0 > 0 {
			write!(f, "\n  pledged {pledged}")?;
		}
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
		for CapacityLine { machine, device, quality, last_heartbeat, chance, scarcity, service, open_rounds } in
			&self.capacity
		{
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
			match service {
				Some(Service { served: true, latency, rate, .. }) => {
					write!(f, ", answered checkers in {latency} ms with {rate} KiB a second")?;
				},
				Some(_) => f.write_str(", could not be reached by checkers: see that its endpoint is open to all")?,
				None => {},
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
		reputation: at.reputation(provider).await?,
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

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{
		chain::model::{Offence, Score, SlashState},
		fraction::Share,
	};

	const UNIT: u128 = 1_000_000_000_000;

	fn status(standing: Standing) -> ProviderStatus {
		let provider = AccountId32([1; 32]);
		ProviderStatus {
			provider,
			stake: Stake {
				bonded: Amount(70 * UNIT),
				required: Amount(100 * UNIT),
				unbonding: Amount(0),
				withdrawable: Amount(0),
				active: false,
				pledged: Amount(5 * UNIT),
				unpledging: Amount(0),
				releasable: Amount(0),
			},
			standing: ProviderStanding {
				standing,
				short_since: Some(20),
				own: Amount(75 * UNIT),
				backing: Amount(75 * UNIT),
				threshold: Amount(0),
			},
			debt: Amount(3 * UNIT),
			pending_slashes: vec![PendingSlash {
				slash: 3,
				provider,
				offence: Offence::MissedChallenge,
				machine: 4,
				committed_at: 10,
				subject: 7,
				reported_at: 12,
				amount: Amount(UNIT),
				state: SlashState::Queued { due: 50 },
			}],
			pending_reward: Amount(0),
			reputation: Reputation {
				provider: Score { average: Share::percent(45), outcomes: 3 },
				client: Score { average: Share::percent(50), outcomes: 0 },
			},
			capacity: vec![],
			machines: vec![],
			jobs: vec![],
		}
	}

	#[test]
	fn status_should_say_what_is_missing_owed_and_to_be_taken() {
		let text = status(Standing::TopUp { until: 90 }).to_string();
		for part in [
			"short of 25 ASY of stake, and halted from block 90 on",
			"bonded 70 ASY, required 100 ASY",
			"pledged 5 ASY",
			"owes 3 ASY",
			"reputation: 45 % over 3 outcomes",
			"slash 3: up to 1 ASY for a missed challenge, queued, due in block 50",
		] {
			assert!(text.contains(part), "{part} is not in {text}");
		}
		assert!(status(Standing::Halted).to_string().contains("halted, short of 25 ASY of stake"));
		let json = serde_json::to_value(status(Standing::Halted)).unwrap();
		assert_eq!((&json["standing"]["standing"], &json["debt"]), (&"halted".into(), &"3000000000000".into()));
		assert_eq!(json["pending_slashes"][0]["state"], "queued");
	}

	#[test]
	fn status_should_not_speak_of_slashes_when_there_are_none() {
		let mut status = status(Standing::Active);
		(status.debt, status.stake.pledged) = (Amount(0), Amount(0));
		status.pending_slashes.clear();
		let text = status.to_string();
		for word in ["short", "halted", "owes", "slash", "pledged"] {
			assert!(!text.contains(word), "{text}");
		}
	}
}
