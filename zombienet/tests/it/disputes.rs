//! Results that are wrong or not served, on a live network: the chain decides, and nobody else.

use crate::support::{account, amount, report, text};
use anyhow::{ensure, Context, Result};
use assay_cli::{
	amount::Amount,
	blobs::{BlobHash, MemoryStore},
	chain::{
		model::{Event, JobState},
		Call, Chain,
	},
	guest::{self, Program},
	http::{self, JobBoard, Manifest, Progress, UnitRecord},
	keys,
};
use assay_network::{
	constants::{COMMAND_TIMEOUT, JOB_TIMEOUT},
	network::wait_for,
	ports, Client, Network,
};
use serde_json::Value;
use tokio::net::TcpListener;

const UNITS: u32 = 8;
const UNIT: u128 = 1_000_000_000_000;
/// Long enough for one bid however slow the machine is. The client closes the auction as soon as the bid is there.
const AUCTION_BLOCKS: &str = "90";

/// Serves what a cheating provider has committed to.
#[derive(Clone)]
struct Board(Manifest);

impl JobBoard for Board {
	fn progress(&self, _: u64) -> Option<Progress> {
		None
	}

	fn manifest(&self, job: u64) -> Option<Manifest> {
		(job == self.0.job).then(|| self.0.clone())
	}
}

/// Have Ferdie post some units of the demo. Returns the job.
async fn post(client: &Client, source: &str, store: &str, run_blocks: &str) -> Result<u64> {
	let units = UNITS.to_string();
	let submit = [
		&["job", "submit", "--demo", "--key", "//Ferdie", "--ceiling", "0.1", "--units", &units][..],
		&["--source", source, "--data-dir", store, "--run-blocks", run_blocks, "--review-blocks", "60"],
		&["--auction-blocks", AUCTION_BLOCKS],
	];
	let submitted = report(client, &submit.concat()).await?;
	submitted.get("job").and_then(Value::as_u64).with_context(|| format!("no job in {submitted}"))
}

/// Eve bonds stake and offers a machine that is reached at `endpoint`. Returns the machine.
async fn enrol(chain: &Chain, endpoint: String) -> Result<u64> {
	let eve = keys::from_secret(&"//Eve".parse()?)?;
	chain.submit(&eve, Call::Bond(Amount(200 * UNIT))).await?;
	let registered = chain.submit(&eve, Call::RegisterMachine { tier: 1, region: 1, slots: 1, endpoint }).await?;
	let machine = registered.events.iter().find_map(|event| match event {
		Event::MachineRegistered { machine, .. } => Some(*machine),
		_ => None,
	});
	machine.context("no machine was registered")
}

/// Eve wins `job` with her machine, commits to a result of which only the first unit is right, and serves it at `listener`.
async fn cheat(chain: &Chain, machine: u64, listener: TcpListener, job: u64, input: &[u8]) -> Result<()> {
	let [eve, ferdie] = [keys::from_secret(&"//Eve".parse()?)?, keys::from_secret(&"//Ferdie".parse()?)?];
	chain.submit(&eve, Call::Bid { job, machine, price: Amount(UNIT / 20) }).await?;
	chain.submit(&ferdie, Call::CloseAuction(job)).await?;
	let posted = chain.finalised().await?.job(job).await?.context("the job is not there")?;
	ensure!(matches!(posted.state, JobState::Assigned { .. }), "the job is {}", posted.state.name());
	let right = Program::load(assay_guests::PATHTRACER, input.to_vec(), posted.spec.gas_per_unit)?.run(0)?;
	let unit = |hash| UnitRecord { hash, trapped: false };
	let wrong = (1..UNITS).map(|index| unit(BlobHash::of(&index.to_le_bytes())));
	let outputs = core::iter::once(unit(guest::leaf(&right))).chain(wrong).collect();
	let manifest = Manifest { job, outputs };
	let root = BlobHash(manifest.root().context("a result has a root")?);
	tokio::spawn(http::serve(listener, MemoryStore::default(), Board(manifest), std::future::pending()));
	chain.submit(&eve, Call::CommitResult { job, first: 0, root }).await?;
	Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_chain_should_decide_when_a_result_is_wrong_or_not_served() -> Result<()> {
	let mut network = Network::local().await?;
	network.wait_for_finalized(2).await?;
	let folder = network.folder().to_owned();
	let [store, data] = ["client", "provider"].map(|name| folder.join(name));
	let (store, data) = (text(&store)?, text(&data)?);
	let client = Client::of(network.node(2)?);
	let chain = Chain::connect(&network.node(1)?.url()).await?;
	let ferdie = account("//Ferdie")?;
	let eve = account("//Eve")?;

	// A provider that cheats, and Dave, who has nothing to do with it. Her machine is on offer before the job is posted, so
	// that the auction only has to last for one bid.
	let listener = http::listen(([127, 0, 0, 1], 0).into()).await?;
	let machine = enrol(&chain, format!("http://{}", listener.local_addr()?)).await?;
	let job = post(&client, "http://127.0.0.1:9", store, "60").await?;
	cheat(&chain, machine, listener, job, &assay_guests::demo_scene()?).await?;
	let escrow = chain.finalised().await?.job(job).await?.context("the job is gone")?.escrow;
	let before = chain.finalised().await?.funds(&ferdie).await?;
	let id = job.to_string();
	let dispute = |unit: &'static str| {
		["job", "dispute", &id, unit, "--key", "//Dave", "--data-dir", store].map(str::to_owned).to_vec()
	};
	let run = async |args: Vec<String>| {
		let args: Vec<_> = args.iter().map(String::as_str).collect();
		client.run(&args, COMMAND_TIMEOUT).await
	};
	let refused = run(dispute("0")).await.err().context("a unit that is right was disputed")?.to_string();
	ensure!(refused.contains("is right"), "the error does not say why: {refused}");
	let demanded = report(&client, &["job", "demand", &id, "2", "--key", "//Dave"]).await?;
	ensure!(amount(&demanded, "deposit")? == UNIT, "{demanded}");
	let contested = chain.finalised().await?.job(job).await?.context("the job is gone")?.state;
	ensure!(matches!(contested, JobState::Contested { open: 1, .. }), "the job is {}", contested.name());

	let verdict = run(dispute("3")).await?.pop().context("no verdict")?;
	ensure!(verdict.get("event") == Some(&"refuted".into()), "the verdict is {verdict}");
	ensure!(amount(&verdict, "slashed")? == 100 * UNIT, "the machine's stake is lost: {verdict}");
	let ended = report(&client, &["job", "report", &id]).await?;
	ensure!(ended.get("state") == Some(&"refunded".into()), "{ended}");
	ensure!(ended.get("reason") == Some(&"result_refuted".into()), "{ended}");
	let at = chain.finalised().await?;
	let after = at.funds(&ferdie).await?;
	// The escrow, and half of the slash.
	ensure!(
		after.free.0 >= before.free.0 + escrow.0 + 50 * UNIT,
		"the client had {} and has {}",
		before.free,
		after.free
	);
	ensure!(at.stake(&eve).await?.bonded.0 == 100 * UNIT, "the provider has {} left", at.stake(&eve).await?.bonded);

	// An honest provider, whose daemon shows by itself what is demanded.
	let port = ports::free()?;
	let mut daemon = Client::of(network.node(3)?).start(
		"provider-daemon",
		&[
			&["provider", "run", "--key", "//Charlie", "--tier", "1", "--slots", "1", "--bond"][..],
			&["--listen", &format!("127.0.0.1:{port}"), "--endpoint", &format!("http://127.0.0.1:{port}")],
			&["--data-dir", data],
		]
		.concat(),
		&folder,
	)?;
	let says = async |daemon: &mut assay_network::process::Process, what: &str| {
		wait_for(what, JOB_TIMEOUT, async || {
			daemon.ensure_running()?;
			Ok(daemon.output()?.contains(&format!("\"event\":\"{what}\"")).then_some(()))
		})
		.await
	};
	says(&mut daemon, "ready").await?;
	let listen = format!("127.0.0.1:{}", ports::free()?);
	let mut watch = client.start(
		"client",
		&["job", "submit", "--demo", "--key", "//Ferdie", "--ceiling", "0.1", "--units", "8", "--watch", "--listen"]
			.into_iter()
			.chain([listen.as_str(), "--review-blocks", "60", "--data-dir", store])
			.collect::<Vec<_>>(),
		&folder,
	)?;
	let job = wait_for("a result to review", JOB_TIMEOUT, async || {
		watch.ensure_running()?;
		let jobs = chain.finalised().await?.jobs().await?;
		Ok(jobs.into_iter().find(|job| matches!(job.state, JobState::Committed { .. })))
	})
	.await?;
	report(&client, &["job", "demand", &job.id.to_string(), "5", "--key", "//Dave"]).await?;
	says(&mut daemon, "revealed").await?;
	let state = chain.finalised().await?.job(job.id).await?.context("the job is gone")?.state;
	ensure!(matches!(state, JobState::Contested { open: 0, .. }), "the job is {}", state.name());
	Ok(())
}
