//! The client of a soak: posts jobs in waves, and knows what each of them must come to.

use super::fleet::SLOTS;
use anyhow::{bail, Context, Result};
use assay_cli::{
	amount::Amount,
	blobs::{BlobHash, BlobStore, MemoryStore},
	chain::{
		model::{Job, JobSpec, JobState, Payment},
		At, Call, Chain, ChainError, TxError,
	},
	fraction::Share,
	guest::{self, Program},
	http::{self, NoJobs},
	keys,
};
use assay_network::{constants::NODE_START_TIMEOUT, disturbance::Dice};
use assay_proofs::{merkle, ARBITER_GAS};
use std::{future::pending, time::Duration};
use subxt_signer::sr25519::Keypair;
use tokio::{task::JoinSet, time::sleep};

/// Who pays.
const KEY: &str = "//Ferdie";
/// The most that it pays for a unit: far more than the daemons ask.
const CEILING: Amount = Amount(100_000_000_000);
/// The most units of a job: some hundredths of a second of work, so that most of a job's time is waiting.
const MOST_UNITS: u32 = 48;
/// Of so many jobs one is paid in two ranges.
const IN_RANGES: u64 = 4;
/// Blocks in which the auction is open: a minute and a half. A machine that is drawn as it begins does not bid for half of
/// that, and is back before its end even if it, or its node, is killed twice in it.
const AUCTION_BLOCKS: u32 = 45;
/// Blocks until a result must be there. Nobody is to be pressed, and a job that is lost is to end within the soak.
const RUN_BLOCKS: u32 = 60;
/// Blocks for a look at the result, which nobody takes: silence accepts.
const REVIEW_BLOCKS: u32 = 5;
/// Blocks until the submission is in one.
const SUBMISSION_BLOCKS: u32 = 5;
/// Jobs that are posted at once: not all slots that there are, since a daemon that goes on after a restart must find one
/// for each of its bids.
const WAVE: u32 = 28;
/// Epochs between two waves, the one that is on included. Machines with work are not drawn for capacity rounds.
const IDLE_EPOCHS: u64 = 2;
/// Pause between two looks at the chain.
const LOOK: Duration = Duration::from_secs(2);

// One daemon alone can take the greater part of a wave, both together all.
const _: () = assert!(WAVE as usize <= 2 * SLOTS);

/// A client with a guest and an input that it serves for all its jobs.
pub struct Customer {
	url: String,
	source: String,
	key: Keypair,
	guest: BlobHash,
	input: BlobHash,
	gas_per_unit: u64,
	/// What each unit must come to.
	leaves: Vec<[u8; 32]>,
	dice: Dice,
	/// How many jobs there are to be on the chain by now.
	goal: u32,
	/// The epoch in which the next wave begins.
	idle_until: Option<u64>,
}

/// What became of all jobs.
#[derive(Debug, Default)]
pub struct Done {
	pub jobs: usize,
	pub settled: usize,
	pub refunded: usize,
	pub units: u32,
	/// Results that were paid for: one of a job, or of each of its ranges.
	pub results: usize,
}

impl Customer {
	/// Run the demo's first units here, and serve it from now on.
	pub async fn open(url: &str, seed: u64) -> Result<Self> {
		let (guest, input) = (assay_guests::PATHTRACER.to_vec(), assay_guests::demo_scene()?);
		let program = Program::load(&guest, input.clone(), ARBITER_GAS)?;
		let outcomes = (0..MOST_UNITS).map(|index| program.run(index)).collect::<Result<Vec<_>, _>>()?;
		let gas_per_unit = outcomes.iter().map(|outcome| outcome.gas).max().context("a job has units")?;
		let leaves = outcomes.iter().map(|outcome| guest::leaf(outcome).0).collect();
		let store = MemoryStore::default();
		let (guest, input) = (store.put(guest).await?, store.put(input).await?);
		let listener = http::listen(([127, 0, 0, 1], 0).into()).await?;
		let source = format!("http://{}", listener.local_addr()?);
		tokio::spawn(http::serve(listener, store, NoJobs, pending()));
		let (url, key, dice) = (url.to_owned(), keys::from_secret(&KEY.parse()?)?, Dice::new(seed, "jobs"));
		Ok(Self { url, source, key, guest, input, gas_per_unit, leaves, dice, goal: 0, idle_until: None })
	}

	/// Have `count` jobs done, however often the node is lost.
	pub async fn have_done(&mut self, count: u32) -> Result<()> {
		// A small soak has waves as well.
		let wave = WAVE.min(count.div_ceil(3));
		self.goal = wave;
		loop {
			let chain = Chain::connect_within(&self.url, NODE_START_TIMEOUT).await?;
			match self.session(&chain, count, wave).await {
				Ok(()) => return Ok(()),
				// The connection breaks with each kill of the node.
				Err(error) if error.is::<ChainError>() => sleep(LOOK).await,
				Err(error) => return Err(error),
			}
		}
	}

	/// Go on until all jobs are over or the connection breaks. What is still to be done follows from the chain.
	async fn session(&mut self, chain: &Chain, count: u32, wave: u32) -> Result<()> {
		loop {
			let at = chain.finalised().await?;
			let jobs = self.jobs(&at).await?;
			let posted = jobs.len() as u32;
			if posted < self.goal {
				self.post(chain).await?;
				continue;
			}
			let (epoch, _) = at.heartbeat_interval().await?;
			let under_way = |job: &Job| match job.state {
				JobState::Open { .. } | JobState::Assigned { .. } => true,
				_ => job.state.has_result() && job.units_after().is_some(),
			};
			match self.idle_until {
				_ if jobs.iter().any(under_way) => {},
				_ if posted >= count => {
					if jobs.iter().all(|job| job.state.is_final()) {
						return Ok(());
					}
				},
				None => {
					eprintln!("         {posted} of {count} jobs are done or in review");
					self.idle_until = Some(epoch + IDLE_EPOCHS);
				},
				Some(until) if epoch < until => {},
				Some(_) => {
					self.idle_until = None;
					self.goal = count.min(self.goal.max(posted) + wave);
				},
			}
			sleep(LOOK).await;
		}
	}

	/// The jobs of this client.
	async fn jobs(&self, at: &At) -> Result<Vec<Job>, ChainError> {
		let me = keys::account(&self.key);
		Ok(at.jobs().await?.into_iter().filter(|job| job.client == me).collect())
	}

	/// Post what is missing of the wave.
	async fn post(&mut self, chain: &Chain) -> Result<()> {
		// Those of which nobody knew whether they had been included before the node was killed.
		chain.wait_for_pending(&keys::account(&self.key)).await?;
		let posted = self.jobs(&chain.finalised().await?).await?.len() as u32;
		let now = u32::try_from(chain.best().await?)?;
		let mut sending = JoinSet::new();
		for _ in posted..self.goal {
			let spec = JobSpec {
				guest: self.guest,
				input: self.input,
				units: self.dice.throw(1..=u64::from(MOST_UNITS)) as u32,
				gas_per_unit: self.gas_per_unit,
				ceiling: CEILING,
				min_tier: 1,
				min_reputation: Share(0),
				auction_blocks: AUCTION_BLOCKS,
				deadline: now + SUBMISSION_BLOCKS + AUCTION_BLOCKS + RUN_BLOCKS,
				review_blocks: REVIEW_BLOCKS,
				source: self.source.clone(),
			};
			let (chain, key) = (chain.clone(), self.key.clone());
			let in_ranges = spec.units > 1 && self.dice.throw(1..=IN_RANGES) == 1;
			let range = in_ranges.then(|| spec.units.div_ceil(2));
			sending.spawn(async move { chain.submit(&key, Call::SubmitJob(spec, Payment::Native, range)).await });
		}
		while let Some(sent) = sending.join_next().await {
			match sent? {
				// What was lost is found on the chain, or posted again.
				Ok(_)
				| Err(
					TxError::Lost(_) | TxError::Invalid(_) | TxError::NotFinal { .. } | TxError::NotIncluded { .. },
				) => {},
				Err(TxError::Chain(error)) => return Err(error.into()),
				Err(error @ TxError::Refused { .. }) => bail!("cannot post a job: {error}"),
			}
		}
		Ok(())
	}

	/// What became of the jobs, and what is wrong with that.
	pub async fn verdict(&self, chain: &Chain, count: u32) -> Result<(Done, Vec<String>)> {
		let (mut done, mut faults) = (Done::default(), Vec::new());
		for job in self.jobs(&chain.finalised().await?).await? {
			done.jobs += 1;
			done.units += job.spec.units;
			match &job.state {
				JobState::Settled { .. } => {
					done.settled += 1;
					let results = job.results();
					done.results += results.len();
					for (units, root) in results {
						let leaves = self.leaves.get(units.start as usize..units.end as usize);
						if leaves.and_then(merkle::root) != Some(root.0) {
							faults.push(format!("job {} was settled with the root {root}, which is wrong", job.id));
						}
					}
				},
				JobState::Refunded { reason } => {
					done.refunded += 1;
					faults.push(format!("job {} was refunded: {reason}", job.id));
				},
				state => faults.push(format!("job {} is {}", job.id, state.name())),
			}
		}
		if done.jobs < count as usize {
			faults.push(format!("{} jobs were posted, not {count}", done.jobs));
		}
		Ok((done, faults))
	}
}
