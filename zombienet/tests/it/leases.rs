//! Leases by hand, on a live chain: orders, bids, whoever pays, and every way in which they end by their rules. What a provider's
//! daemon does with them is tested elsewhere.

use crate::{
	commands::{amount, refusal},
	support::{account, dev_node, number, report, text},
};
use anyhow::{bail, ensure, Context, Result};
use assay_cli::{
	amount::Amount,
	blobs::{BlobHash, BlobSource, HttpSource},
	chain::{
		model::{Event, Funds, LeaseEnd, LeaseEvent},
		Call, Chain,
	},
	keys,
};
use assay_network::{
	constants::{COMMAND_TIMEOUT, EXIT_TIMEOUT, FINALITY_TIMEOUT, JOB_TIMEOUT},
	network::{temp_folder, wait_for},
	Client, Process, Rpc,
};
use assay_runtime::params::UNIT;
use serde_json::Value;
use std::{fs, path::Path};
use subxt::utils::AccountId32;

/// The most that the clients pay for a block, a hundredth of a token, as they write it.
const CEILING: &str = "0.01";
/// What the better of two bids asks for: 8 thousandths of a token.
const RATE: u128 = UNIT * 8 / 1_000;
/// What the client puts into escrow: 20 blocks at the ceiling, and 25 at that rate.
const FUNDED: u128 = UNIT / 5;
/// Blocks for which somebody else pays.
const MORE: u128 = 40;

/// Have `name` bond for a machine with two slots and put it on offer, with nobody who serves it. Returns its number.
async fn machine(chain: &Chain, name: &str) -> Result<u64> {
	let key = keys::from_secret(&name.parse()?)?;
	chain.submit(&key, Call::Bond(Amount(200 * UNIT))).await?;
	let endpoint = format!("http://127.0.0.1:1/{}", name.trim_matches('/'));
	let included = chain.submit(&key, Call::RegisterMachine { tier: 1, region: 7, slots: 2, endpoint }).await?;
	let registered = included.events.iter().find_map(|event| match event {
		Event::MachineRegistered { machine, .. } => Some(*machine),
		_ => None,
	});
	registered.context("the chain did not say which machine it registered")
}

/// The report of `process` whose event is `what`.
async fn says(process: &mut Process, what: &str) -> Result<Value> {
	wait_for(what, JOB_TIMEOUT, async || {
		let output = process.output()?;
		let mut lines = output.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
		let line = lines.find(|line| line["event"] == what);
		if line.is_none() && process.exited()?.is_some() {
			bail!("it ended and never said {what}: {}", process.log_tail());
		}
		Ok(line)
	})
	.await
}

/// Place an order with a manifest, and serve that until a machine runs.
fn order(client: &Client, folder: &Path, key: &str, auction: &str) -> Result<Process> {
	let name = format!("order-of-{}", key.trim_matches('/').to_lowercase());
	let (manifest, store) = (folder.join(format!("{name}.manifest")), folder.join(&name));
	fs::write(&manifest, format!("what {key} wants to run"))?;
	let order = ["lease", "order", "--key", key, "--manifest", text(&manifest)?, "--data-dir", text(&store)?];
	let terms =
		["--ceiling", CEILING, "--fund", "0.2", "--slots", "2", "--region", "7", "--auction", auction, "--watch"];
	client.start(&name, &[&order[..], &terms[..]].concat(), folder)
}

/// What happened to a lease from block `first` to `last`.
async fn story(chain: &Chain, id: u64, first: u64, last: u64) -> Result<Vec<(u64, LeaseEvent)>> {
	let mut story = Vec::new();
	for block in first..=last {
		let events = chain.at(block).await?.events().await?;
		story.extend(events.iter().filter_map(|event| event.of_lease(id)).map(|event| (block, event.clone())));
	}
	Ok(story)
}

/// Whether the chain has done by itself in block `done` what was due in block `due`. On a test network the first block of an epoch
/// may have no room for it (docs/adr/0004); then the next one does it.
async fn in_time(rpc: &Rpc, done: u64, due: u64) -> Result<bool> {
	Ok(done == due || (done == due + 1 && rpc.begins_epoch(u32::try_from(due)?).await?))
}

/// What an account has before and after a block.
async fn around(chain: &Chain, who: &AccountId32, block: u64) -> Result<(Funds, Funds)> {
	Ok((chain.at(block - 1).await?.funds(who).await?, chain.at(block).await?.funds(who).await?))
}

/// Hold the story of a lease against its terms: `served` blocks were paid for at `rate`, to the provider and as the fee, out of what
/// the payers had put in, the client's first; and what was not spent is theirs again. Each payer is an account and what it had put
/// in, in the order in which it is spent.
fn balance(story: &[(u64, LeaseEvent)], rate: u128, served: u64, payers: &[(AccountId32, u128)]) -> Result<()> {
	let mut due = rate * u128::from(served);
	for (who, put_in) in payers {
		let spent = due.min(*put_in);
		due -= spent;
		let (mut paid, mut returned) = (0, 0);
		for (block, event) in story {
			match event {
				LeaseEvent::Paid { payer, to_provider, burned, to_treasury, .. } if payer == who => {
					let all = to_provider.0 + burned.0 + to_treasury.0;
					// Whole blocks at this rate, of which a hundredth is whole as well.
					let parts = [to_provider.0, burned.0, to_treasury.0];
					ensure!(parts == [all * 96 / 100, all * 2 / 100, all * 2 / 100], "block {block}: {event:?}");
					paid += all;
				},
				LeaseEvent::Returned { who: other, amount, .. } if other == who => returned += amount.0,
				_ => {},
			}
		}
		ensure!(
			(paid, returned) == (spent, put_in - spent),
			"{paid} and {returned} of {put_in}, {spent} spent: {story:?}"
		);
	}
	ensure!(due == 0, "{due} was not covered: {story:?}");
	Ok(())
}

/// Two providers bid by hand and the chain closes the auction; somebody else pays as well; the provider is paid, gives notice,
/// and has its machine back when that is over.
async fn reclaimed(client: &Client, chain: &Chain, rpc: &Rpc, folder: &Path) -> Result<()> {
	let (by_client, by_loser, by_winner, by_friend) = ("//Ferdie", "//Bob", "//Dave", "//Charlie");
	let (beaten, winner) = tokio::try_join!(machine(chain, by_loser), machine(chain, by_winner))?;
	let mut ordering = order(client, folder, by_client, "16 blocks")?;
	let placed = says(&mut ordering, "placed").await?;
	let (lease, placed_in) = (number(&placed, "lease")?, number(&placed, "block")?);
	let id = lease.to_string();
	ensure!(number(&placed, "closes_at")? == placed_in + 16, "{placed}");
	ensure!(amount(&placed, "/escrow")? == FUNDED, "{placed}");
	let rules = chain.finalised().await?.lease_rules()?;
	let an_hour = UNIT / 100 * u128::from(3_600_000 / rules.block_millis);
	ensure!(amount(&placed, "/ceiling_per_hour")? == an_hour, "{placed}");
	ensure!(amount(&placed, "/min_funding")? == UNIT / 100 * u128::from(rules.min_funded_blocks), "{placed}");
	ensure!(placed["min_notice"] == rules.min_notice_blocks, "{placed}");

	// Whoever wants to bid can have the manifest.
	let source = placed["source"].as_str().context("the order has no source")?;
	let manifest: BlobHash = placed["manifest"].as_str().context("the order has no manifest")?.parse()?;
	ensure!(HttpSource::new(source)?.get(manifest).await? == b"what //Ferdie wants to run", "another manifest");

	let bid = async |key: &str, rate: &str| report(client, &["lease", "bid", &id, "--rate", rate, "--key", key]).await;
	let first = bid(by_loser, CEILING).await?;
	ensure!(first["event"] == "bid" && number(&first, "machine")? == beaten, "{first}");
	let second = bid(by_winner, "0.008").await?;
	ensure!(amount(&second, "/rate")? == RATE && number(&second, "machine")? == winner, "{second}");
	let (had, has) = around(chain, &account(by_loser)?, number(&second, "block")?).await?;
	ensure!(has.held.0 + UNIT == had.held.0, "the beaten bid's deposit is not back: {has:?} after {had:?}");

	let started = says(&mut ordering, "started").await?;
	ensure!(ordering.wait(EXIT_TIMEOUT).await?.success(), "the order did not end well: {}", ordering.log_tail());
	let start = number(&started, "block")?;
	let closes_at = number(&second, "closes_at")?;
	ensure!(in_time(rpc, start, closes_at).await?, "the chain has closed the auction in another block: {started}");
	ensure!(number(&started, "runs_out_at")? == start + 25, "{started}");
	let (had, has) = around(chain, &account(by_winner)?, start).await?;
	ensure!(has.held.0 + UNIT == had.held.0, "the bid's deposit is not back: {has:?} after {had:?}");

	let time = format!("{MORE} blocks");
	let funded = report(client, &["lease", "fund", &id, "--for", &time, "--key", by_friend]).await?;
	ensure!(amount(&funded, "/amount")? == RATE * MORE, "{funded}");
	let shown = report(client, &["lease", "show", &id]).await?;
	ensure!(shown["state"] == "running" && number(&shown, "runs_out_at")? == start + 25 + MORE as u64, "{shown}");
	ensure!(shown["endpoint"] == "http://127.0.0.1:1/Dave" && amount(&shown, "/rate")? == RATE, "{shown}");
	let earned = RATE * u128::from(number(&shown, "block")? - start);
	ensure!(amount(&shown, "/paid")? + amount(&shown, "/accrued")? == earned, "{shown}");

	// By somebody who has nothing to do with it any more.
	let settled = report(client, &["lease", "settle", &id, "--key", by_loser]).await?;
	let paid_to = number(&settled, "block")? - u64::from(rules.arrears_blocks);
	ensure!(settled["event"] == "paid" && number(&settled, "until")? == paid_to, "{settled}");
	ensure!(
		amount(&settled, "/to_provider")? == RATE * u128::from(paid_to - number(&shown, "paid_to")?) * 96 / 100,
		"{settled}"
	);

	let foreign = refusal(client, &["lease", "reclaim", &id, "--key", by_loser]).await?;
	ensure!(foreign.contains("is served by"), "the error does not say by whom: {foreign}");
	let costs = refusal(client, &["lease", "abandon", &id, "--key", by_winner]).await?;
	ensure!(costs.contains("33.3") && costs.contains("--yes"), "the error does not say what it costs: {costs}");
	let reclaimed = report(client, &["lease", "reclaim", &id, "--key", by_winner]).await?;
	let ends_at = number(&reclaimed, "ends_at")?;
	ensure!(ends_at == number(&reclaimed, "block")? + u64::from(rules.min_notice_blocks), "{reclaimed}");
	wait_for("the end of the notice", FINALITY_TIMEOUT, async || {
		Ok((chain.finalised().await?.number() > ends_at).then_some(()))
	})
	.await?;

	let story = story(chain, lease, placed_in, ends_at + 1).await?;
	let (ended_in, end) = story.last().context("nothing happened")?;
	let ended = matches!(end, LeaseEvent::Ended { reason: LeaseEnd::Reclaimed, .. });
	ensure!(
		ended && in_time(rpc, *ended_in, ends_at).await?,
		"it did not end in block {ends_at}, but in {ended_in}: {end:?}"
	);
	let served = ends_at - start;
	let payers = [(account(by_client)?, FUNDED), (account(by_friend)?, RATE * MORE)];
	balance(&story, RATE, served, &payers)?;
	// To the unit, in the block in which it ended: what was paid out of it or returned is no longer held, and the rest is free.
	let of_payer = |who: &AccountId32| {
		let at_end = story.iter().filter(|(block, _)| block == ended_in);
		at_end.fold((0, 0), |(paid, returned), (_, event)| match event {
			LeaseEvent::Paid { payer, to_provider, burned, to_treasury, .. } if payer == who => {
				(paid + to_provider.0 + burned.0 + to_treasury.0, returned)
			},
			LeaseEvent::Returned { who: other, amount, .. } if other == who => (paid, returned + amount.0),
			_ => (paid, returned),
		})
	};
	for (who, deposit) in [(account(by_client)?, amount(&placed, "/deposit")?), (account(by_friend)?, 0)] {
		let ((had, has), (paid, returned)) = (around(chain, &who, *ended_in).await?, of_payer(&who));
		ensure!(
			has.held.0 == 0 && had.held.0 == paid + returned + deposit,
			"{who} had {had:?} and has {has:?}: {story:?}"
		);
		ensure!(has.free.0 == had.free.0 + returned + deposit, "{who} had {had:?} and has {has:?}: {story:?}");
	}
	let gone = refusal(client, &["lease", "show", &id]).await?;
	ensure!(gone.contains("has ended"), "the error does not say it: {gone}");
	let freed = chain.finalised().await?.machine(winner).await?.context("the machine is gone")?;
	ensure!(freed.running == 0, "{} slots are still taken", freed.running);
	Ok(())
}

/// The client takes the first bid before the auction is over, has something else run, and closes the lease.
async fn closed(client: &Client, chain: &Chain, folder: &Path) -> Result<()> {
	let (by_client, by_provider) = ("//Alice", "//Eve");
	let machine = machine(chain, by_provider).await?;
	let mut ordering = order(client, folder, by_client, "100 blocks")?;
	let placed = says(&mut ordering, "placed").await?;
	let (lease, placed_in) = (number(&placed, "lease")?, number(&placed, "block")?);
	let id = lease.to_string();
	for (command, complaint) in [
		(&["lease", "take", &id, "--key", by_client][..], "only when there is a bid"),
		(&["lease", "close", &id, "--key", by_client], "`assay lease cancel"),
		(&["lease", "bid", &id, "--rate", "0.011", "--key", by_provider], "bid at most 0.01 ASY a block"),
		(&["lease", "bid", &id, "--rate", "0.01", "--notice", "1 blocks", "--key", by_provider], "--notice"),
		(&["lease", "fund", &id, "0.01", "--key", "//Charlie"], "is too little"),
		(&["lease", "settle", &id, "--key", by_provider], "an order still"),
		(&["lease", "show", "99"], "there is no order or lease 99"),
	] {
		let error = refusal(client, command).await?;
		ensure!(error.contains(complaint), "{command:?} complains: {error}");
	}
	let open =
		client.run(&["lease", "list", "--open", "--client", &account(by_client)?.to_string()], COMMAND_TIMEOUT).await?;
	ensure!(open.len() == 1 && open.iter().all(|line| line["lease"] == lease && line["state"] == "open"), "{open:?}");

	report(client, &["lease", "bid", &id, "--rate", CEILING, "--key", by_provider]).await?;
	let taken = report(client, &["lease", "take", &id, "--key", by_client]).await?;
	ensure!(taken["event"] == "started" && number(&taken, "machine")? == machine, "{taken}");
	ensure!(ordering.wait(EXIT_TIMEOUT).await?.success(), "the order did not end well: {}", ordering.log_tail());
	let start = number(&taken, "block")?;

	let other = folder.join("other.manifest");
	fs::write(&other, "something else")?;
	let set = ["lease", "manifest", &id, text(&other)?, "--source", "http://127.0.0.1:1", "--key", by_client];
	let set = report(client, &[&set[..], &["--data-dir", text(&folder.join("other"))?]].concat()).await?;
	ensure!(set["manifest"] == BlobHash::of(b"something else").to_string(), "{set}");
	let served = client.run(&["lease", "list", "--machine", &machine.to_string()], COMMAND_TIMEOUT).await?;
	ensure!(served.len() == 1 && served.iter().all(|line| line["manifest"] == set["manifest"]), "{served:?}");

	let lines = client.run(&["lease", "close", &id, "--key", by_client], COMMAND_TIMEOUT).await?;
	let end = lines.last().context("closing reports nothing")?;
	ensure!(end["event"] == "ended" && end["reason"] == "closed", "{end}");
	let block = number(end, "block")?;
	let story = story(chain, lease, placed_in, block).await?;
	balance(&story, UNIT / 100, (block - start).min(20), &[(account(by_client)?, FUNDED)])
}

#[tokio::test(flavor = "multi_thread")]
async fn leases_should_be_paid_by_the_block_and_give_back_the_rest_to_the_unit() -> Result<()> {
	let folder = temp_folder()?;
	let mut alice = dev_node(folder.path()).await?;
	let (client, chain) = (Client::of(&alice), Chain::connect(&alice.url()).await?);
	let rpc = alice.rpc().await?;
	tokio::try_join!(reclaimed(&client, &chain, &rpc, folder.path()), closed(&client, &chain, folder.path()))?;
	let none = client.run(&["lease", "list"], COMMAND_TIMEOUT).await?;
	ensure!(none.is_empty(), "something is left: {none:?}");
	alice.stop().await
}
