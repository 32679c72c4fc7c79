//! The provider daemon: bids on jobs, computes them, commits, serves the outcomes, and is paid. It [serves leases](leases) beside that.
//!
//! It acts on finalised state, but for what must not miss its time: answers to demands and capacity rounds go by the newest
//! state while finality lags. What it has to do follows from the chain (which jobs are its own) and from its disk
//! (which units are done), so that it can be killed at any moment, and so can its node.

mod answers;
mod capacity;
mod checks;
pub mod conduct;
mod daemon;
mod demands;
pub mod enrol;
mod errand;
pub mod execute;
pub mod leases;
pub mod notice;
mod plan;
pub mod policy;
mod programs;
mod shares;
pub mod state;
pub mod status;

use std::{future::Future, net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use anyhow::{ensure, Context};
use subxt_signer::sr25519::Keypair;
use tokio::{sync::watch, task::JoinSet};

use self::{
	answers::{Answers, Ours},
	capacity::Device,
	checks::Checks,
	conduct::Conduct,
	daemon::Daemon,
	demands::Demands,
	enrol::{Bond, Known, Offer},
	execute::Workers,
	leases::{Board, LeaseTerms, Leases},
	notice::Notice,
	policy::{Conditions, Prices},
	shares::Shares,
	state::Workspace,
};
use crate::{
	amount::Amount,
	blobs::MemoryStore,
	chain::Chain,
	http::{self, NoJobs},
	keys,
	output::Output,
};

/// How long requests that are being answered may take once the daemon is told to stop.
const LAST_ANSWERS: Duration = Duration::from_secs(5);

/// How a daemon is set up.
pub struct Config {
	/// Address of the node.
	pub node: String,
	/// How long to try to reach the node at the start.
	pub patience: Duration,
	/// Signs for the provider.
	pub key: Keypair,
	/// Where to serve.
	pub listen: SocketAddr,
	/// Under which URL others reach that; `None` is the address itself.
	pub endpoint: Option<String>,
	/// Performance class of the machine.
	pub tier: u8,
	/// Where it stands.
	pub region: u16,
	/// How many jobs side by side.
	pub slots: u32,
	/// A registered machine to take over.
	pub machine: Option<u64>,
	/// Whether to bond at the start.
	pub bond: Option<Bond>,
	/// Where to keep blobs and outcomes.
	pub data_dir: PathBuf,
	/// At which price to bid.
	pub prices: Prices,
	/// On which jobs to bid at all.
	pub conditions: Conditions,
	/// How many threads compute; 0 is one per core.
	pub threads: usize,
	/// Whether to answer capacity rounds.
	pub capacity: bool,
	/// Rewards of one kind below this are not worth the fee of claiming them, nor is the pay of leases.
	pub claim_above: Amount,
	/// On which terms to lease the machine out, if at all.
	pub leases: Option<LeaseTerms>,
}

/// Run a daemon that goes about its work by `conduct`, until `stop` is there.
pub async fn run(
	config: Config,
	conduct: Arc<dyn Conduct>,
	out: Output,
	stop: impl Future<Output = ()>,
) -> anyhow::Result<()> {
	ensure!(config.prices.native.floor <= config.prices.native.ask, "--min-price must not be above --price");
	ensure!(
		config.prices.dollars.is_none_or(|dollars| dollars.floor <= dollars.ask),
		"--min-usd-price must not be above --usd-price"
	);
	// All that can be wrong on this machine comes first, before anything is promised on the chain.
	let workspace = Workspace::open(&config.data_dir)?;
	let listener = http::listen(config.listen).await?;
	let endpoint = http::advertised(config.endpoint.as_deref(), listener.local_addr()?)
		.context("give the URL under which clients reach this machine with --endpoint")?;
	let workers = Workers::start(config.threads)?;
	let speed = workers.measure()?;
	let overhead = workers.measure_beside(&workspace, speed)?;
	tracing::info!(speed, ?overhead, threads = workers.threads(), "measured");
	// All slots may be busy at once.
	let speed = speed.saturating_mul(workers.threads() as u64) / u64::from(config.slots.max(1));

	let chain = Chain::connect_within(&config.node, config.patience).await?;
	let genesis = chain.genesis();
	let offer = Offer {
		tier: config.tier,
		region: config.region,
		slots: config.slots,
		endpoint: endpoint.clone(),
		bond: config.bond,
		known: config.machine.map(Known::Named).or_else(|| workspace.machine(&genesis).map(Known::Remembered)),
	};
	// What goes on beside the loop ends with it, or when something fails before. Demands and checks do not wait until we are on the market:
	// earlier transactions may take long to be final.
	let mut beside = JoinSet::new();
	if conduct.shows_results() {
		let ours = || Ours::new(offer.owner(keys::account(&config.key)), workspace.clone());
		beside.spawn(Answers::new(config.key.clone(), out, Demands::new(ours())).run(chain.clone()));
		beside.spawn(Answers::new(config.key.clone(), out, Checks::new(ours())).run(chain.clone()));
	}
	let enrolled = enrol::enrol(&chain, &config.key, &offer).await?;
	workspace.set_machine(&genesis, enrolled.machine.id)?;

	let (stop_serving, serving) = watch::channel(false);
	let told = || {
		let mut serving = serving.clone();
		async move {
			// An error means that the sender is gone: the daemon ended, and so do we.
			let _ = serving.changed().await;
		}
	};
	let device = config
		.capacity
		.then(|| Device::new(config.key.clone(), enrolled.machine.id, workers.clone(), conduct.kernel(), out));
	let probes = device.as_ref().map(|device| device.responder(chain.genesis_hash()).routes()).unwrap_or_default();
	let board = Board::new(chain.genesis_hash());
	let server = if conduct.shows_results() {
		let others = probes.merge(board.routes());
		tokio::spawn(http::serve_beside(others, listener, workspace.clone(), workspace.clone(), told()))
	} else {
		tokio::spawn(http::serve(listener, MemoryStore::default(), NoJobs, told()))
	};
	out.result(&Notice::Ready {
		provider: keys::account(&config.key),
		machine: enrolled.machine.id,
		endpoint,
		threads: workers.threads(),
	});

	if let Some(device) = device {
		beside.spawn(device.run(chain.clone()));
	}
	let shares = Shares::default();
	let leases = match &config.leases {
		Some(terms) => {
			let common = leases::Common {
				key: config.key.clone(),
				enrolled: enrolled.clone(),
				workers: workers.clone(),
				shares: shares.clone(),
				board,
				settle_above: config.claim_above,
				capacity: config.capacity,
				out,
			};
			let leases = Leases::new(common, terms.clone(), chain.genesis_hash(), &config.data_dir)?;
			Some(tokio::spawn(leases.run(chain.clone(), told())))
		},
		None => {
			leases::stop_remains(&config.data_dir).await;
			match leases::unserved(&chain, &enrolled.own).await {
				Ok(unserved) => {
					for lease in unserved {
						let reason = "there is no --lease-runner".to_owned();
						out.result(&Notice::LeaseFailing { lease, failures: 0, reason });
					}
				},
				Err(error) => tracing::warn!(%error, "cannot tell whether the machine is leased"),
			}
			None
		},
	};
	let mut daemon =
		Daemon::new(&config, enrolled, (speed, overhead), workspace, (workers.clone(), shares), conduct, out);
	let result = daemon.run(chain, stop).await;

	beside.abort_all();
	workers.stop();
	let _ = stop_serving.send(true);
	if tokio::time::timeout(LAST_ANSWERS, server).await.is_err() {
		tracing::warn!("broke off answers to requests");
	}
	// What it has to stop has its time.
	if let Some(Err(error)) = async { Some(leases?.await) }.await {
		tracing::error!(%error, "whoever serves leases broke off");
	}
	out.result(&Notice::Stopped);
	result
}
