//! Has honest providers do many jobs while they and their node are killed again and again, and looks at the chain
//! afterwards: everything must have been paid, and nobody slashed.
//!
//! Prints one line for each figure, `name=value`, and fails when something is not as it should be.

#[path = "soak/customer.rs"]
mod customer;
#[path = "soak/fleet.rs"]
mod fleet;
#[path = "soak/verdict.rs"]
mod verdict;

use anyhow::{bail, ensure, Context, Result};
use assay_cli::chain::Chain;
use assay_network::constants::NODE_START_TIMEOUT;
use clap::Parser;
use customer::Customer;
use fleet::Fleet;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::{
	signal::unix::{signal, SignalKind},
	sync::Notify,
	time::timeout,
};
use verdict::Ledger;

/// Jobs done by honest providers while node and daemons are killed and started again.
#[derive(Debug, Parser)]
struct Cli {
	/// How many jobs
	#[arg(default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..=10_000))]
	jobs: u32,
	/// Which disturbances and jobs; the same number brings the same ones [default: the clock]
	#[arg(long, env = "SEED", value_name = "NUMBER")]
	seed: Option<u64>,
}

/// For start, stop, and what is left to be judged at the end.
const BASE_LIMIT: Duration = Duration::from_secs(10 * 60);
/// For each job. Some dozen are done side by side in two minutes.
const LIMIT_PER_JOB: Duration = Duration::from_secs(6);
/// Until the rounds that were under way at the end are over: an epoch and the time for proofs are two minutes.
const LAST_ROUNDS_LIMIT: Duration = Duration::from_secs(5 * 60);
/// How often it is looked whether they are.
const LOOK: Duration = Duration::from_secs(4);

#[tokio::main]
async fn main() -> Result<()> {
	let Cli { jobs, seed } = Cli::parse();
	let seed = match seed {
		Some(seed) => seed,
		None => SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs(),
	};
	println!("seed={seed}");
	let limit = BASE_LIMIT + LIMIT_PER_JOB * jobs;
	let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
	// Whichever comes first, what was started ends with the value that stands for it.
	tokio::select! {
		result = timeout(limit, soak(jobs, seed)) => {
			result.with_context(|| format!("the soak did not end within {} s", limit.as_secs()))?
		},
		_ = interrupt.recv() => bail!("interrupted"),
		_ = terminate.recv() => bail!("interrupted"),
	}
}

async fn soak(jobs: u32, seed: u64) -> Result<()> {
	let begin = Instant::now();
	let mut fleet = Fleet::start(seed).await?;
	let chain = Chain::connect(&fleet.url()).await?;
	let providers = fleet.accounts();
	let before = verdict::stakes(&chain, &providers).await?;
	let mut customer = Customer::open(&fleet.url(), seed).await?;
	drop(chain);

	let calm = Notify::new();
	let shop = async {
		let result = customer.have_done(jobs).await;
		calm.notify_one();
		result
	};
	tokio::try_join!(shop, fleet.disturb(&calm))?;
	fleet.ensure_ready().await?;
	let disturbed = begin.elapsed();

	// What was missed while something was away may be judged only now.
	let chain = Chain::connect_within(&fleet.url(), NODE_START_TIMEOUT).await?;
	let mut ledger = Ledger::default();
	ledger.read(&chain).await?;
	let owed = ledger.open_rounds();
	let waiting = Instant::now();
	while ledger.open_rounds().intersection(&owed).next().is_some() {
		ensure!(waiting.elapsed() < LAST_ROUNDS_LIMIT, "the capacity rounds {owed:?} do not come to an end");
		tokio::time::sleep(LOOK).await;
		ledger.read(&chain).await?;
	}
	fleet.ensure_running()?;

	let mut faults = ledger.faults();
	faults.extend(verdict::stake_faults(&chain, &before).await?);
	let (done, job_faults) = customer.verdict(&chain, jobs).await?;
	faults.extend(job_faults);
	let (node_kills, provider_kills) = fleet.kills();
	drop(chain);
	faults.extend(fleet.stop().await?);

	println!("jobs={}", done.jobs);
	println!("settled={}", done.settled);
	println!("refunded={}", done.refunded);
	println!("units={}", done.units);
	println!("results={}", done.results);
	println!("node_kills={node_kills}");
	println!("provider_kills={provider_kills}");
	ledger.print();
	println!("seconds_disturbed={}", disturbed.as_secs());
	println!("seconds={}", begin.elapsed().as_secs());
	println!("faults={}", faults.len());
	for fault in &faults {
		eprintln!("fault: {fault}");
	}
	ensure!(faults.is_empty(), "{} things are not as they should be; again with SEED={seed}", faults.len());
	Ok(())
}
