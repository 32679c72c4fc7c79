//! Committees that check results on a live network of four validators: nobody types a command about any of them.

use anyhow::{ensure, Context, Result};
use assay_cli::{
	amount::Amount,
	blobs::{BlobHash, MemoryStore},
	chain::{
		checks::Stage,
		model::{Event, JobState},
		Call, Chain,
	},
	guest::{self, Program},
	http::{self, JobBoard, Manifest, Progress, UnitRecord},
	keys,
};
use assay_network::{
	constants::{COMMAND_TIMEOUT, FINALITY_TIMEOUT, JOB_TIMEOUT},
	network::wait_for,
	ports,
	process::Process,
	Client, Network,
};
use assay_proofs::merkle;
use std::path::Path;
use subxt_signer::sr25519::Keypair;

const UNITS: u32 = 4;
const UNIT: u128 = 1_000_000_000_000;

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

fn text(path: &Path) -> Result<&str> {
	path.to_str().context("the folder's name is not UTF-8")
}

async fn says(process: &mut Process, what: &str) -> Result<()> {
	wait_for(what, JOB_TIMEOUT, async || {
		process.ensure_running()?;
		Ok(process.output()?.contains(&format!("\"event\":\"{what}\"")).then_some(()))
	})
	.await
}

/// Have `//Ferdie` post some units of the demo, and serve them.
fn post(client: &Client, name: &str, folder: &Path) -> Result<Process> {
	let listen = format!("127.0.0.1:{}", ports::free()?);
	let store = folder.join(name);
	let units = UNITS.to_string();
	let submit = ["job", "submit", "--demo", "--key", "//Ferdie", "--ceiling", "0.1", "--units", &units, "--watch"];
	let terms = ["--review-blocks", "5", "--auction-blocks", "12", "--listen", &listen, "--data-dir", text(&store)?];
	client.start(name, &[&submit[..], &terms[..]].concat(), folder)
}

/// Offer a machine of Eve's. Returns its id, and where it is to serve.
async fn enrol(chain: &Chain, eve: &Keypair) -> Result<(u64, tokio::net::TcpListener)> {
	let listener = http::listen(([127, 0, 0, 1], 0).into()).await?;
	let endpoint = format!("http://{}", listener.local_addr()?);
	chain.submit(eve, Call::Bond(Amount(200 * UNIT))).await?;
	let registered = chain.submit(eve, Call::RegisterMachine { tier: 1, region: 1, slots: 1, endpoint }).await?;
	let machine = registered.events.iter().find_map(|event| match event {
		Event::MachineRegistered { machine, .. } => Some(*machine),
		_ => None,
	});
	Ok((machine.context("no machine was registered")?, listener))
}

/// Eve wins `job`, commits to a result of which only the first unit is right, serves her list, and shows its leaves.
async fn cheat(chain: &Chain, eve: &Keypair, job: u64, machine: u64) -> Result<Manifest> {
	let posted = chain.finalised().await?.job(job).await?.context("the job is not there")?;
	let program = Program::load(assay_guests::PATHTRACER, assay_guests::demo_scene()?, posted.spec.gas_per_unit)?;
	let unit = |hash| UnitRecord { hash, trapped: false };
	let wrong = (1..UNITS).map(|index| unit(BlobHash::of(&index.to_le_bytes())));
	let outputs = core::iter::once(unit(guest::leaf(&program.run(0)?))).chain(wrong).collect();
	let manifest = Manifest { job, outputs };
	let root = BlobHash(manifest.root().context("a result has a root")?);
	chain.submit(eve, Call::Bid { job, machine, price: Amount(UNIT / 20) }).await?;
	wait_for("the auction to close", FINALITY_TIMEOUT, async || {
		let state = chain.finalised().await?.job(job).await?.map(|job| job.state);
		Ok(matches!(state, Some(JobState::Assigned { .. })).then_some(()))
	})
	.await?;
	chain.submit(eve, Call::CommitResult { job, root }).await?;
	Ok(manifest)
}

#[tokio::test(flavor = "multi_thread")]
async fn committees_should_confirm_what_is_right_and_refute_what_is_wrong() -> Result<()> {
	let mut network = Network::local().await?;
	network.wait_for_finalized(2).await?;
	let folder = network.folder().to_owned();
	let client = Client::of(network.node(2)?);
	let chain = Chain::connect(&network.node(1)?.url()).await?;
	let ferdie = keys::account(&keys::from_secret(&"//Ferdie".parse()?)?);
	let eve = keys::from_secret(&"//Eve".parse()?)?;

	// Three checkers, each at a node of its own.
	let mut checkers = Vec::new();
	for (index, key) in ["//Alice", "//Bob", "//Dave"].into_iter().enumerate() {
		let name = format!("checker-{index}");
		let data = folder.join(&name);
		let run = ["checker", "run", "--join", "--key", key, "--data-dir", text(&data)?];
		checkers.push(Client::of(network.node(index)?).start(&name, &run, &folder)?);
	}
	for checker in &mut checkers {
		says(checker, "ready").await?;
	}
	let (machine, listener) = enrol(&chain, &eve).await?;

	// A provider that cheats, and whom nobody watches but the committee.
	let _watch = post(&client, "client-of-eve", &folder)?;
	let job = wait_for("the job", FINALITY_TIMEOUT, async || Ok(chain.finalised().await?.jobs().await?.pop())).await?;
	let before = chain.finalised().await?.funds(&ferdie).await?.free;
	let manifest = cheat(&chain, &eve, job.id, machine).await?;
	let board = Board(manifest.clone());
	tokio::spawn(http::serve(listener, MemoryStore::default(), board, std::future::pending()));
	let check = wait_for("a majority", JOB_TIMEOUT, async || {
		let check = chain.finalised().await?.check(job.id).await?;
		Ok(check.filter(|check| matches!(check.stage, Stage::Opening { .. })))
	})
	.await?;
	ensure!(check.sample == (0..UNITS).collect::<Vec<_>>(), "the sample is {:?}", check.sample);
	let leaves: Vec<_> = manifest.outputs.iter().map(|unit| unit.hash.0).collect();
	let open = |index: &u32| Some((BlobHash(leaves[*index as usize]), merkle::prove(&leaves, *index)?));
	let leaves = check.sample.iter().map(open).collect::<Option<_>>().context("no opening")?;
	let sample = assay_cli::chain::checks::Sample { job: job.id, leaves };
	chain.submit(&eve, Call::OpenSample(Box::new(sample))).await?;
	let ended = wait_for("the chain to decide", JOB_TIMEOUT, async || {
		let job = chain.finalised().await?.job(job.id).await?;
		Ok(job.filter(|job| matches!(job.state, JobState::Refunded { .. })))
	})
	.await?;
	let at = chain.finalised().await?;
	let stake = at.stake(&keys::account(&eve)).await?.bonded;
	ensure!(stake.0 == 100 * UNIT, "{} is left of what Eve had at stake", stake);
	let after = at.funds(&ferdie).await?.free;
	// The escrow of before the auction is back, and half of the slash beside it.
	ensure!(after.0 >= before.0 + 50 * UNIT, "Ferdie had {before} and has {after}; the job is {ended:?}");
	let told = |what: &str| -> Result<usize> {
		let mut count = 0;
		for checker in &checkers {
			count += usize::from(checker.output()?.contains(&format!("\"event\":\"{what}\"")));
		}
		Ok(count)
	};
	ensure!(told("voted")? == 3 && told("refuted")? == 1, "the checkers say otherwise");

	// An honest provider, whose daemon shows the sample by itself, and who is paid after the check.
	let listen = format!("127.0.0.1:{}", ports::free()?);
	let data = folder.join("provider");
	let mut daemon = Client::of(network.node(3)?).start(
		"provider-daemon",
		&[
			&["provider", "run", "--key", "//Charlie", "--tier", "1", "--slots", "1", "--bond", "--no-capacity"][..],
			&["--listen", &listen, "--endpoint", &format!("http://{listen}"), "--data-dir", text(&data)?],
		]
		.concat(),
		&folder,
	)?;
	says(&mut daemon, "ready").await?;
	let _watch = post(&client, "client-of-charlie", &folder)?;
	says(&mut daemon, "shown").await?;
	says(&mut daemon, "paid").await?;
	let at = chain.finalised().await?;
	for key in ["//Alice", "//Bob", "//Dave"] {
		let checker = keys::account(&keys::from_secret(&key.parse()?)?);
		let bond = at.checker(&checker).await?.context("no checker")?.bond;
		ensure!(bond.0 == 100 * UNIT, "{key} has {bond} left of its bond");
	}
	let report = client.run(&["checker", "status", "--key", "//Bob"], COMMAND_TIMEOUT).await?;
	ensure!(report.iter().any(|line| line.get("seated") == Some(&true.into())), "{report:?}");
	Ok(())
}
