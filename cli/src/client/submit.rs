//! Posting a job: everything is checked here before anything is paid there.

use std::{fmt, net::SocketAddr};

use anyhow::{bail, ensure, Context};
use assay_proofs::Gas;
use serde::Serialize;
use subxt_signer::sr25519::Keypair;
use tokio::{net::TcpListener, task::JoinHandle};

use crate::{
	amount::Amount,
	blobs::{BlobHash, BlobStore, DirStore},
	chain::{
		model::{BlockNumber, Event, JobSpec, Payment, Rules},
		Call, Chain,
	},
	fraction::Share,
	guest::Program,
	http::{self, NoJobs},
	keys,
	output::Output,
};

/// Blocks from now until the submission is in a block, allowed for when a deadline is set.
const SUBMISSION_BLOCKS: BlockNumber = 5;
/// Auction length unless one is given: enough for a provider to see the job finalised, fetch it, and answer a rival.
const AUCTION_BLOCKS: BlockNumber = 10;
/// Time to compute unless one is given.
const RUN_BLOCKS: BlockNumber = 100;
/// Time to look at the result unless one is given.
const REVIEW_BLOCKS: BlockNumber = 10;
/// The same when units are run again meanwhile, a wrong one is announced and disputed, and what is not served is demanded.
pub const CHECKED_REVIEW_BLOCKS: BlockNumber = 40;
/// Units that are run to find out how much gas one needs.
const MEASURED_UNITS: u32 = 16;

/// A job to be posted.
pub struct Request {
	/// The guest program.
	pub guest: Vec<u8>,
	/// Its input.
	pub input: Vec<u8>,
	/// How many units.
	pub units: u32,
	/// How many of them are paid for at a time; `None` is all.
	pub range: Option<u32>,
	/// The most gas that one may use; `None` is twice what the dearest of some units needs.
	pub gas_per_unit: Option<Gas>,
	/// What to pay with.
	pub payment: Payment,
	/// The highest price per unit, as it was written.
	pub ceiling: Amount,
	/// The weakest class of machine that may bid.
	pub min_tier: u8,
	/// The lowest reputation with which a provider may bid.
	pub min_reputation: Share,
	/// How long the auction is open.
	pub auction_blocks: Option<BlockNumber>,
	/// How long the winner has.
	pub run_blocks: Option<BlockNumber>,
	/// How long the result can be reviewed.
	pub review_blocks: Option<BlockNumber>,
	/// Where to serve guest and input; `None` with a source means that somebody else does.
	pub listen: Option<SocketAddr>,
	/// Under which URL they can be fetched.
	pub source: Option<String>,
}

/// A job that was posted.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "event", rename = "submitted")]
pub struct Submitted {
	/// Its id.
	pub job: u64,
	/// Block in which it was posted.
	pub block: u64,
	/// What it is paid with.
	pub payment: Payment,
	/// What is in escrow to pay for it.
	pub escrow: Amount,
	/// What is on hold until it is cleared.
	pub deposit: Amount,
	/// How many units are paid for at a time, if not all at the end.
	#[serde(skip_serializing_if = "Option::is_none")]
	pub range: Option<u32>,
	/// What was asked for.
	#[serde(flatten)]
	pub spec: JobSpec,
}

impl fmt::Display for Submitted {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		write!(
			f,
			"job {}: submitted in block {}\n  units    {} of at most {} gas\n  escrow   {} (at most {} a unit)\n  \
			 deposit  {}\n  guest    {}\n  input    {}\n  source   {}\n  deadline block {}",
			self.job,
			self.block,
			self.spec.units,
			self.spec.gas_per_unit,
			self.payment.show(self.escrow),
			self.payment.show(self.spec.ceiling),
			self.deposit,
			self.spec.guest,
			self.spec.input,
			self.spec.source,
			self.spec.deadline
		)?;
		if let Some(range) = self.range {
			write!(f, "\n  paid     for {range} units at a time")?;
		}
		if self.spec.min_reputation > Share(0) {
			write!(f, "\n  bidders  with a reputation of {} at least", self.spec.min_reputation)?;
		}
		Ok(())
	}
}

/// Serves blobs until it is dropped.
pub struct Serving {
	url: String,
	task: JoinHandle<std::io::Result<()>>,
}

impl Serving {
	/// Serve what is in `store` at `listener`, known to others as `url`.
	pub fn start(listener: TcpListener, url: String, store: DirStore) -> Self {
		Self { url, task: tokio::spawn(http::serve(listener, store, NoJobs, std::future::pending())) }
	}

	/// Under which URL.
	pub fn url(&self) -> &str {
		&self.url
	}
}

impl Drop for Serving {
	fn drop(&mut self) {
		self.task.abort();
	}
}

/// Where to serve what providers need, and under which URL they find it. Nowhere when there is a `source` and nothing to
/// `listen` at: somebody else does it then.
pub async fn place_to_serve(
	listen: Option<SocketAddr>,
	source: Option<&str>,
) -> anyhow::Result<(Option<TcpListener>, String)> {
	match (listen, source) {
		(None, Some(source)) => Ok((None, source.to_owned())),
		(listen, source) => {
			let listener = http::listen(listen.unwrap_or_else(|| ([127, 0, 0, 1], 0).into())).await?;
			let source = http::advertised(source, listener.local_addr()?)
				.context("give the URL under which providers reach this machine with --source")?;
			Ok((Some(listener), source))
		},
	}
}

/// Check and post a job. The returned server has to live until a provider has the data.
pub async fn submit(
	chain: &Chain,
	key: &Keypair,
	request: Request,
	store: &DirStore,
	out: Output,
) -> anyhow::Result<(Submitted, Option<Serving>)> {
	let rules = chain.finalised().await?.rules()?;
	ensure!(request.units > 0, "a job needs at least one unit");
	ensure!(request.units <= rules.max_units, "a job has at most {} units on this chain", rules.max_units);
	let Checked { guest, input, gas_per_unit, gas_used } = check(&request, &rules).await?;
	out.note(format!("the guest works: unit 0 uses {gas_used} of {gas_per_unit} gas"));

	let (listener, source) = place_to_serve(request.listen, request.source.as_deref()).await?;
	rules.check_url(&source)?;
	let auction_blocks = request.auction_blocks.unwrap_or(AUCTION_BLOCKS.max(rules.min_auction_blocks));
	let longest_run = rules.max_job_blocks.saturating_sub(SUBMISSION_BLOCKS.saturating_add(auction_blocks));
	let run_blocks = request.run_blocks.unwrap_or(RUN_BLOCKS.min(longest_run).max(rules.min_run_blocks));
	let review_blocks = request.review_blocks.unwrap_or(REVIEW_BLOCKS.max(rules.min_review_blocks));
	let now = BlockNumber::try_from(chain.best().await?).context("the chain is too long")?;
	let deadline = [SUBMISSION_BLOCKS, auction_blocks, run_blocks]
		.iter()
		.try_fold(now, |sum, blocks| sum.checked_add(*blocks))
		.context("the deadline is too far away")?;
	let spec = JobSpec {
		guest,
		input,
		units: request.units,
		gas_per_unit,
		ceiling: request.payment.from_written(request.ceiling)?,
		min_tier: request.min_tier,
		min_reputation: request.min_reputation,
		auction_blocks,
		deadline,
		review_blocks,
		source: source.clone(),
	};

	let me = keys::account(key);
	let at = chain.finalised().await?;
	let quote = match at.quote(&spec, request.payment, request.range).await? {
		Ok(quote) => quote,
		Err(reason) => bail!("the market would refuse the job: {reason}"),
	};
	// What is not native the chain itself looks at; it refuses what is not there.
	let escrow = if request.payment == Payment::Native { quote.escrow } else { Amount(0) };
	let needed = Amount(escrow.0.saturating_add(quote.deposit.0));
	let funds = at.funds(&me).await?;
	ensure!(
		funds.free > needed,
		"the job puts {needed} on hold (escrow {escrow}, deposit {}), and account {me} has only {} free",
		quote.deposit,
		funds.free
	);

	store.put(request.guest).await?;
	store.put(request.input).await?;
	let serving = listener.map(|listener| Serving::start(listener, source, store.clone()));
	let call = Call::SubmitJob(spec.clone(), request.payment, request.range);
	let included = chain.submit(key, call).await.context("cannot submit the job")?;
	let (job, escrow) = included
		.events
		.iter()
		.find_map(|event| match event {
			Event::JobSubmitted { job, client, escrow } if *client == me => Some((*job, *escrow)),
			_ => None,
		})
		.context("the chain did not say which job it accepted")?;
	let (block, payment, deposit, range) = (included.block, request.payment, quote.deposit, request.range);
	Ok((Submitted { job, block, payment, escrow, deposit, range, spec }, serving))
}

struct Checked {
	guest: BlobHash,
	input: BlobHash,
	gas_per_unit: Gas,
	gas_used: Gas,
}

/// Make sure that the guest is one, and that its first unit ends well.
async fn check(request: &Request, rules: &Rules) -> anyhow::Result<Checked> {
	let (guest, input, units) = (request.guest.clone(), request.input.clone(), request.units);
	let (given, most) = (request.gas_per_unit, rules.max_gas_per_unit);
	if let Some(gas) = given {
		ensure!((1..=most).contains(&gas), "--gas-per-unit must be from 1 to {most} on this chain");
	}
	let check = move || {
		let names = (BlobHash::of(&guest), BlobHash::of(&input));
		let (program, outcome) = Program::check(&guest, input, given.unwrap_or(most))?;
		let gas_per_unit = match given {
			Some(gas) => gas,
			None => measure(&program, units)?.saturating_mul(2).min(most),
		};
		let (guest, input) = names;
		anyhow::Ok(Checked { guest, input, gas_per_unit, gas_used: outcome.gas })
	};
	tokio::task::spawn_blocking(check).await.context("the check of the guest broke off")?
}

/// The most gas that any of some units, spread evenly, uses.
fn measure(program: &Program, units: u32) -> anyhow::Result<Gas> {
	let count = units.min(MEASURED_UNITS);
	let mut most = 1;
	for step in 0..count {
		let index = (u64::from(step) * u64::from(units) / u64::from(count)) as u32;
		most = most.max(program.run(index)?.gas);
	}
	Ok(most)
}
