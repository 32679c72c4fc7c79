//! What a member of a probe's committee does: asks the machine, and says how it was served.

use std::{
	collections::BTreeMap,
	sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use anyhow::Context;
use subxt::utils::AccountId32;
use subxt_signer::sr25519::Keypair;

use super::notice::Notice;
use crate::{
	chain::{
		checks::{Observation, Probe, ProbeReport},
		model::BlockNumber,
		At, Call, Chain, ChainError,
	},
	output::Output,
	probe::{Question, Served},
};

/// How often a machine that does not answer is asked.
const TRIES: u32 = 3;
/// In which part of a probe's time all of them are made: what is left is for the report.
const PART: BlockNumber = 3;

/// A machine that is asked in an epoch.
type Asked = (u64, u64);

/// How far the asking is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Progress {
	/// Whether somebody is at it.
	running: bool,
	/// How often it did not answer.
	failures: u32,
	/// The block from which on it is asked again.
	next: BlockNumber,
	/// Blocks between two tries.
	pause: BlockNumber,
	/// From this block on one failure is enough: there must be time for the report.
	late: BlockNumber,
}

/// Asks the machines that a checker is to probe.
#[derive(Clone)]
pub(super) struct Probing {
	key: Keypair,
	me: AccountId32,
	out: Output,
	under_way: Arc<Mutex<BTreeMap<Asked, Progress>>>,
}

impl Probing {
	/// For the checker `me`.
	pub(super) fn new(key: Keypair, me: AccountId32, out: Output) -> Self {
		Self { key, me, out, under_way: Arc::default() }
	}

	/// See what is to be probed, and begin it.
	pub(super) async fn look(&self, chain: &Chain, at: &At) -> Result<(), ChainError> {
		if !at.has_probes() {
			return Ok(());
		}
		let now = at.block_number();
		let mut probes = at.probes_of(&self.me).await?;
		probes.retain(|(_, probe)| probe.until > now && awaits(probe, &self.me));
		let open = |asked: &Asked| probes.iter().any(|(machine, probe)| (*machine, probe.epoch) == *asked);
		self.lock().retain(|asked, progress| progress.running || open(asked));
		for (machine, probe) in probes {
			if self.begin((machine, probe.epoch), probe.until, now) {
				tokio::spawn(self.clone().work(chain.clone(), machine, probe.epoch));
			}
		}
		Ok(())
	}

	fn lock(&self) -> MutexGuard<'_, BTreeMap<Asked, Progress>> {
		self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
	}

	/// Whether a machine is to be asked now, noting that it is.
	fn begin(&self, asked: Asked, until: BlockNumber, now: BlockNumber) -> bool {
		let left = until.saturating_sub(now);
		let (pause, late) = ((left / (PART * TRIES)).max(1), until.saturating_sub(left / PART));
		let mut under_way = self.lock();
		let progress =
			under_way.entry(asked).or_insert(Progress { running: false, failures: 0, next: now, pause, late });
		let begins = !progress.running && now >= progress.next;
		progress.running |= begins;
		begins
	}

	/// Note that a machine was asked, which did not answer unless it `served`. Whether to say so now.
	fn end(&self, asked: Asked, now: BlockNumber, served: bool) -> bool {
		let mut under_way = self.lock();
		let Some(progress) = under_way.get_mut(&asked) else { return served };
		progress.failures = progress.failures.saturating_add(u32::from(!served));
		progress.next = now.saturating_add(progress.pause);
		served || progress.failures >= TRIES || now >= progress.late
	}

	/// Ask a machine, and report.
	async fn work(self, chain: Chain, machine: u64, epoch: u64) {
		let asked = (machine, epoch);
		match self.take(&chain, machine, epoch).await {
			Ok(Some(notice)) => self.out.result(&notice),
			Ok(None) => {},
			Err(error) => tracing::warn!(machine, epoch, "a probe failed and will be tried again: {error:#}"),
		}
		if let Some(progress) = self.lock().get_mut(&asked) {
			progress.running = false;
		}
	}

	/// What asking comes to.
	async fn take(&self, chain: &Chain, machine: u64, epoch: u64) -> anyhow::Result<Option<Notice>> {
		let at = chain.timely().await?;
		let known = at.machine(machine).await?.with_context(|| format!("machine {machine} is not there any more"))?;
		let device = at.machine_standing(machine).await?.and_then(|standing| standing.device);
		let answer = match device {
			Some(device) => {
				let (endpoint, genesis, checker) = (known.endpoint, chain.genesis_hash(), self.me);
				Question { endpoint, machine, device, genesis, epoch, checker }.ask().await
			},
			None => Err(anyhow::anyhow!("the machine has no device")),
		};
		if let Err(error) = &answer {
			tracing::info!(machine, epoch, "a machine does not serve: {error:#}");
		}
		let now = chain.timely().await?.block_number();
		if !self.end((machine, epoch), now, answer.is_ok()) {
			return Ok(None);
		}
		let (observation, latency, rate) = match answer {
			Ok(Served { latency, rate, signature }) => {
				(Observation::Served { latency, rate, signature }, Some(latency), Some(rate))
			},
			Err(_) => (Observation::Unreachable, None, None),
		};
		let served = latency.is_some();
		chain.submit(&self.key, Call::ReportProbe(ProbeReport { machine, observation })).await?;
		Ok(Some(Notice::Probed { machine, epoch, served, latency, rate }))
	}
}

/// Whether `me` has still to report.
fn awaits(probe: &Probe, me: &AccountId32) -> bool {
	probe.members.iter().any(|member| member.who == *me && member.observation.is_none())
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{
		chain::checks::{Prober, Seen},
		keys,
	};
	use subxt_signer::sr25519::dev;

	fn probing() -> Probing {
		Probing::new(dev::bob(), keys::account(&dev::bob()), Output::new(true))
	}

	#[test]
	fn report_should_be_owed_by_members_who_have_not_made_it() {
		let of = |key: Keypair, observation| Prober { who: keys::account(&key), observation };
		let members = vec![of(dev::bob(), None), of(dev::eve(), Some(Seen::Unreachable))];
		let probe = Probe { epoch: 1, members, until: 9 };
		assert!(awaits(&probe, &keys::account(&dev::bob())));
		assert!(!awaits(&probe, &keys::account(&dev::eve())));
		assert!(!awaits(&probe, &keys::account(&dev::dave())));
	}

	#[test]
	fn silent_machine_should_be_asked_three_times_before_anything_is_said() {
		let probing = probing();
		let asked = (7, 1);
		let release = || probing.lock().get_mut(&asked).unwrap().running = false;
		assert!(probing.begin(asked, 118, 100));
		assert!(!probing.begin(asked, 118, 101));
		assert!(!probing.end(asked, 100, false));
		release();
		assert!(!probing.begin(asked, 118, 101));
		assert!(probing.begin(asked, 118, 102));
		assert!(!probing.end(asked, 102, false));
		release();
		assert!(probing.begin(asked, 118, 104));
		assert!(probing.end(asked, 104, false));
	}

	#[test]
	fn silence_should_be_told_at_once_when_time_is_short() {
		let probing = probing();
		assert!(probing.begin((7, 1), 115, 100));
		assert!(!probing.end((7, 1), 109, false));
		assert!(probing.end((7, 1), 110, false));
	}

	#[test]
	fn answer_should_be_told_at_once() {
		let probing = probing();
		assert!(probing.begin((7, 1), 101, 100));
		assert!(probing.end((7, 1), 100, true));
	}
}
