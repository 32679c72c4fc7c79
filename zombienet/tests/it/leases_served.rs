//! A lease as the daemons serve it: won, run, reached, paused, topped up, left by a daemon that is killed, closed.

use crate::support::{account, dev_node, says, text};
use anyhow::{ensure, Context, Result};
use assay_cli::{
	amount::Amount,
	blobs::{BlobStore, HttpSource, MemoryStore},
	chain::{
		model::{Event, LeaseCall, LeaseEvent, LeaseSpec, LeaseState, Payment},
		Call, Chain,
	},
	http::{self, NoJobs},
	keys,
};
use assay_network::{
	constants::{COMMAND_TIMEOUT, FINALITY_TIMEOUT, HTTP_TIMEOUT},
	network::{temp_folder, wait_for},
	ports, Client,
};
use serde_json::{json, Value};
use std::{fs, path::Path};
use tokio::time::timeout;

/// What a block costs, in all bids: nobody bids against the daemon.
const RATE: u128 = 10_000_000_000;
/// The blocks that the first escrow covers.
const FUNDED: u128 = 20;
/// The blocks that the second covers: more than the rest of the test takes.
const TOPPED_UP: u128 = 150;

/// A lease as its client sees it by `assay lease open`.
async fn open(client: &Client, lease: u64) -> Result<Value> {
	let report = client.run(&["lease", "open", &lease.to_string(), "--key", "//Ferdie"], COMMAND_TIMEOUT).await?;
	report.into_iter().last().context("nothing is told of the lease")
}

/// Wait until the client is told where its lease is reached.
async fn reached(client: &Client, lease: u64, not: Option<&str>) -> Result<String> {
	wait_for("the lease to be served", FINALITY_TIMEOUT, async || {
		let Ok(opened) = open(client, lease).await else { return Ok(None) };
		let endpoint = opened.get("endpoint").and_then(Value::as_str).filter(|endpoint| Some(*endpoint) != not);
		Ok(endpoint.map(str::to_owned))
	})
	.await
}

/// What the leased program serves, if it is there.
async fn answer(endpoint: &str, path: &str) -> Option<Value> {
	let source = HttpSource::new(endpoint).ok()?;
	timeout(HTTP_TIMEOUT, source.document(path)).await.ok()?.ok()?
}

/// The number of the process that leads what serves the lease.
fn leader(data: &Path, lease: u64) -> Result<u64> {
	let record: Value = serde_json::from_slice(&fs::read(data.join(format!("leases/{lease}/runner.json")))?)?;
	record.get("leader").and_then(Value::as_u64).context("no leader is recorded")
}

/// Whether any process of a group is there.
fn lives(group: u64) -> bool {
	let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
	processes.filter_map(|process| fs::read_to_string(process.path().join("stat")).ok()).any(|stat| {
		let fields: Vec<_> = stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace().collect();
		fields.get(2) == Some(&group.to_string().as_str()) && fields.first() != Some(&"Z")
	})
}

/// All events of a lease in final blocks, with the blocks.
async fn history(chain: &Chain, lease: u64, from: u64) -> Result<Vec<(u64, LeaseEvent)>> {
	let mut events = Vec::new();
	for number in from..=chain.finalised().await?.number() {
		for event in chain.at(number).await?.events().await? {
			match event {
				Event::Lease(event) if event.lease() == lease => events.push((number, event)),
				_ => {},
			}
		}
	}
	Ok(events)
}

#[tokio::test(flavor = "multi_thread")]
async fn lease_should_be_served_by_a_daemon_as_long_as_it_is_paid_for() -> Result<()> {
	let folder = temp_folder()?;
	let mut alice = dev_node(folder.path()).await?;
	let (client, chain) = (Client::of(&alice), Chain::connect(&alice.url()).await?);

	// A provider whose machine runs what the example of docs/leases.md runs. Its input does not end with the daemon, so that
	// something is left running when that is killed.
	let runner = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/examples/lease-runner.py");
	let runner = format!("sleep 1000 | python3 {runner} python3");
	let listen = format!("127.0.0.1:{}", ports::free()?);
	let (endpoint, data) = (format!("http://{listen}"), folder.path().join("provider"));
	let run = ["provider", "run", "--key", "//Bob", "--bond", "--listen", &listen, "--endpoint", &endpoint];
	let lend = ["--data-dir", text(&data)?, "--lease-runner", &runner, "--lease-price", "1"];
	let run = [&run[..], &lend[..]].concat();
	let mut daemon = client.start("provider-daemon", &run, folder.path())?;
	says(&mut daemon, "ready").await?;

	// A client that serves what is to be run.
	let manifest = json!({
		"command": ["python3", "-m", "http.server", "--bind", "127.0.0.1", "{port}"],
		"files": { "answer.json": "{\"answer\": 42}" },
	});
	let store = MemoryStore::default();
	let manifest = store.put(serde_json::to_vec(&manifest)?).await?;
	let listener = http::listen(format!("127.0.0.1:{}", ports::free()?).parse()?).await?;
	let source = format!("http://{}", listener.local_addr()?);
	let serving = tokio::spawn(http::serve(listener, store, NoJobs, std::future::pending()));
	let ferdie = keys::from_secret(&"//Ferdie".parse()?)?;
	let (account, bob) = (keys::account(&ferdie), account("//Bob")?);
	let before = chain.finalised().await?.funds(&account).await?;
	let spec = LeaseSpec {
		min_tier: 1,
		region: None,
		slots: 1,
		ceiling: Amount(RATE),
		auction_blocks: 60,
		max_blocks: None,
		grace_blocks: 300,
		min_notice: 5,
		manifest,
		source,
	};
	let order =
		LeaseCall::PlaceOrder { spec: Box::new(spec), payment: Payment::Native, funding: Amount(FUNDED * RATE) };
	let placed = chain.submit(&ferdie, Call::Lease(order)).await?;
	let id = placed.events.iter().find_map(|event| match event {
		Event::Lease(LeaseEvent::Placed { lease, .. }) => Some(*lease),
		_ => None,
	});
	let id = id.context("no order was placed")?;
	wait_for("the daemon to bid", FINALITY_TIMEOUT, async || {
		daemon.ensure_running()?;
		let lease = chain.finalised().await?.stored_lease(id).await?.context("the order is gone")?;
		Ok(lease.state.bid().is_some().then_some(()))
	})
	.await?;
	chain.submit(&ferdie, Call::Lease(LeaseCall::CloseAuction(id))).await?;

	// It serves, and tells nobody else where.
	let first = reached(&client, id, None).await?;
	ensure!(answer(&first, "/answer.json").await == Some(json!({ "answer": 42 })), "{first} serves something else");
	let public = answer(&endpoint, &format!("/lease/{id}")).await;
	ensure!(public == Some(json!({ "lease": id, "state": "serving" })), "everybody is told {public:?}");
	let group = leader(&data, id)?;
	ensure!(lives(group), "nothing of group {group} is there");

	// Nobody pays any more, and nobody serves any more.
	wait_for("the program to be stopped", FINALITY_TIMEOUT, async || {
		daemon.ensure_running()?;
		let paused = answer(&endpoint, &format!("/lease/{id}")).await;
		Ok((paused == Some(json!({ "lease": id, "state": "paused" }))).then_some(()))
	})
	.await?;
	ensure!(!lives(group) && answer(&first, "/answer.json").await.is_none(), "it is served without pay");
	ensure!(matches!(
		chain.finalised().await?.stored_lease(id).await?.map(|lease| lease.state),
		Some(LeaseState::Paused { .. })
	));
	// The manifest is on the provider's disk by now.
	serving.abort();
	chain.submit(&ferdie, Call::Lease(LeaseCall::Fund { lease: id, amount: Amount(TOPPED_UP * RATE) })).await?;
	let second = reached(&client, id, None).await?;
	ensure!(answer(&second, "/answer.json").await.is_some(), "{second} serves nothing");
	let group = leader(&data, id)?;

	// What a killed daemon has left does not run beside what the next one starts.
	daemon.kill()?;
	ensure!(lives(group), "the program has ended with its daemon");
	let mut daemon = client.start("provider-again", &run, folder.path())?;
	let third = reached(&client, id, Some(&second)).await?;
	ensure!(!lives(group) && leader(&data, id)? != group, "what was left still runs");
	ensure!(answer(&third, "/answer.json").await.is_some(), "{third} serves nothing");

	// The machine is there for the chain and for checkers, as busy as it is.
	let machine = chain.finalised().await?.machines_of(&bob).await?.pop().context("Bob has no machine")?;
	ensure!(machine.running == 1, "{} slots are taken", machine.running);
	let since = chain.finalised().await?.block_number();
	wait_for("a heartbeat of the leased machine", FINALITY_TIMEOUT, async || {
		daemon.ensure_running()?;
		let line = chain.finalised().await?.capacity_line(machine.id).await?;
		Ok(line.filter(|line| line.last_heartbeat.is_some_and(|block| block > since)))
	})
	.await?;
	let (epoch, _) = chain.finalised().await?.heartbeat_interval().await?;
	let probe = answer(&endpoint, &format!("/probe/{epoch}/{}", "00".repeat(32))).await;
	ensure!(probe.is_some_and(|probe| probe.get("signature").is_some()), "a probe is not answered");

	chain.submit(&ferdie, Call::Lease(LeaseCall::Close(id))).await?;
	let group = leader(&data, id)?;
	wait_for("all of the lease to be gone", FINALITY_TIMEOUT, async || {
		daemon.ensure_running()?;
		Ok((!data.join(format!("leases/{id}")).exists() && !lives(group)).then_some(()))
	})
	.await?;
	ensure!(answer(&third, "/answer.json").await.is_none(), "it is served after its end");

	// Each block that was covered is paid, and no other.
	let history = history(&chain, id, placed.block).await?;
	let at = |wanted: fn(&LeaseEvent) -> bool| {
		let found = history.iter().find(|(_, event)| wanted(event));
		found.map(|(block, _)| u128::from(*block)).context("something did not happen to the lease")
	};
	let (started, ended) = (
		at(|event| matches!(event, LeaseEvent::Started { .. }))?,
		at(|event| matches!(event, LeaseEvent::Ended { .. }))?,
	);
	let resumed = at(|event| matches!(event, LeaseEvent::Resumed { .. }))?;
	let (mut paid, mut returned) = (0, 0);
	for (_, event) in &history {
		match event {
			LeaseEvent::Paid { to_provider, burned, to_treasury, .. } => {
				paid += to_provider.0 + burned.0 + to_treasury.0;
			},
			LeaseEvent::Returned { who, amount, .. } if *who == account => returned += amount.0,
			LeaseEvent::Paused { since, .. } => {
				ensure!(u128::from(*since) == started + FUNDED, "escrow has run out in block {since}");
			},
			_ => {},
		}
	}
	let served = FUNDED + ended - resumed;
	ensure!(paid == served * RATE, "{paid} is paid for {served} blocks");
	ensure!(paid + returned == (FUNDED + TOPPED_UP) * RATE, "{paid} is paid, and {returned} given back");
	let after = chain.finalised().await?.funds(&account).await?;
	ensure!(after.held == before.held, "{} is on hold, and {} was before", after.held, before.held);
	for said in ["lease_bid", "lease_won", "lease_serving", "lease_paused", "lease_resumed"] {
		let log = fs::read_to_string(folder.path().join("provider-daemon.log"))?;
		ensure!(log.contains(&format!("\"event\":\"{said}\"")), "the daemon did not say {said}");
	}
	for said in ["lease_paid", "lease_ended"] {
		ensure!(daemon.output()?.contains(&format!("\"event\":\"{said}\"")), "the second daemon did not say {said}");
	}
	alice.stop().await
}
