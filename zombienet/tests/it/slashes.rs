//! What becomes of slashes that wait, on a live network: nobody contests one, or its provider does and governance decides. Who is
//! slashed there, and what for, stands in [`crate::cheats`].

use crate::{
	commands::{amount, refusal, submit, CallOf},
	support::{account, number, report},
};
use anyhow::{bail, ensure, Context, Result};
use assay_cli::{
	amount::Amount,
	chain::{model::Funds, At, Chain},
};
use assay_network::{
	constants::{CAPACITY_TIMEOUT, COMMAND_TIMEOUT, FINALITY_TIMEOUT, SLASH_TIMEOUT},
	network::wait_for,
	Client, Process,
};
use assay_runtime::{
	params::{CONTEST_BOND, CONTEST_PERIOD, MILLISECS_PER_BLOCK, SLASH_DEFERRAL, SLASH_TO_TREASURY, UNIT},
	Runtime, RuntimeEvent, StakingSlash, Sudo,
};
use codec::Decode;
use pallet_staking_slash::Event as Staking;
use subxt::utils::AccountId32;

/// A slash that waits, as its provider sees it.
pub struct Waiting<'a> {
	/// Key of the provider.
	key: &'a str,
	who: AccountId32,
	id: u64,
	/// What it shall take.
	pub amount: u128,
	/// The block in which it shall be carried out.
	due: u64,
}

/// What a provider had before it contested a slash.
pub struct Before {
	funds: Funds,
	bonded: Amount,
}

/// Wait until the provider of `daemon` is to be slashed for a challenge that it has missed; the oldest of such slashes.
pub async fn queued<'a>(client: &Client, chain: &Chain, daemon: &mut Process, key: &'a str) -> Result<Waiting<'a>> {
	let who = account(key)?;
	let id = wait_for("a challenge to be missed", CAPACITY_TIMEOUT, async || {
		daemon.ensure_running()?;
		Ok(chain.finalised().await?.pending_slashes(&who).await?.first().map(|pending| pending.slash))
	})
	.await?;
	// There it may not be final yet, and one before it may not be gone.
	let slash = wait_for("the slash on another node", FINALITY_TIMEOUT, async || {
		let listed = client.run(&["slash", "list", "--key", key], COMMAND_TIMEOUT).await?;
		Ok(listed.into_iter().find(|line| line["slash"] == id))
	})
	.await?;
	ensure!(slash["state"] == "queued" && slash["offence"] == "missed_challenge", "{slash}");
	let due = number(&slash, "due")?;
	ensure!(due == number(&slash, "reported_at")? + u64::from(SLASH_DEFERRAL), "{slash}");
	let (left, most) = (number(&slash, "due_in_seconds")?, u64::from(SLASH_DEFERRAL) * MILLISECS_PER_BLOCK / 1_000);
	ensure!(0 < left && left <= most, "there are {most} s at first: {slash}");
	Ok(Waiting { key, who, id, amount: amount(&slash, "/amount")?, due })
}

/// Nobody contests a slash: the chain carries it out when it is due, and not before, by itself.
pub async fn left_alone(client: &Client, chain: &Chain, slash: &Waiting<'_>) -> Result<()> {
	let number = slash.id.to_string();
	let early = refusal(client, &["slash", "apply", &number, "--key", "//Dave"]).await?;
	ensure!(early.contains(&format!("not due before block {}", slash.due)), "the error does not say when: {early}");
	let foreign = refusal(client, &["slash", "contest", &number, "--key", "//Dave"]).await?;
	ensure!(foreign.contains("not one of yours"), "the error does not say whose it is: {foreign}");

	wait_for("a slash to be due", SLASH_TIMEOUT, async || {
		Ok((chain.finalised().await?.number() >= slash.due).then_some(()))
	})
	.await?;
	carried_out(chain, slash, slash.due, 0).await?;
	for command in [&["slash", "show", &number][..], &["slash", "apply", &number, "--key", "//Dave"]] {
		let gone = refusal(client, command).await?;
		ensure!(gone.contains("does not wait"), "{command:?} complains: {gone}");
	}
	Ok(())
}

/// A provider puts a bond on a slash. Returns what it had before.
pub async fn contest(client: &Client, chain: &Chain, slash: &Waiting<'_>) -> Result<Before> {
	let (who, number) = (&slash.who, slash.id.to_string());
	let at = chain.finalised().await?;
	let before = Before { funds: at.funds(who).await?, bonded: at.stake(who).await?.bonded };
	let contested = report(client, &["slash", "contest", &number, "--key", slash.key]).await?;
	ensure!(contested["event"] == "contested" && amount(&contested, "/bond")? == CONTEST_BOND, "{contested}");
	let due = slash.due + u64::from(CONTEST_PERIOD);
	ensure!(contested["due"] == due, "there is time until block {due}: {contested}");
	let held = wait_for("the bond on another node", FINALITY_TIMEOUT, async || {
		let held = chain.finalised().await?.funds(who).await?.held;
		Ok((held > before.funds.held).then_some(held))
	})
	.await?;
	ensure!(held.0 == before.funds.held.0 + CONTEST_BOND, "{held} is on hold and {} was", before.funds.held);
	let shown = report(client, &["slash", "show", &number]).await?;
	ensure!(shown["state"] == "contested" && shown["due"] == due, "{shown}");
	Ok(before)
}

/// Governance takes the side of who contests a slash, who had `before`: nothing is lost but a fee.
pub async fn cancelled(chain: &Chain, slash: &Waiting<'_>, before: &Before) -> Result<()> {
	decide(chain, slash, false).await?;
	let at = chain.finalised().await?;
	ensure!(at.pending_slash(slash.id).await?.is_none(), "slash {} still waits", slash.id);
	let after = at.funds(&slash.who).await?;
	ensure!(after.held == before.funds.held, "{} is on hold and {} was", after.held, before.funds.held);
	// Less the fee.
	ensure!(after.free.0 + UNIT / 10 > before.funds.free.0, "{} is left of {}", after.free, before.funds.free);
	let left = at.stake(&slash.who).await?.bonded;
	ensure!(left == before.bonded, "{left} is left of a stake of {} that nobody has slashed", before.bonded);
	Ok(())
}

/// Governance takes the side against who contests a slash, long before it is due: stake and bond are lost at once. Returns how much
/// that is together.
pub async fn upheld(chain: &Chain, slash: &Waiting<'_>) -> Result<u128> {
	let before = chain.finalised().await?.number();
	decide(chain, slash, true).await?;
	let at = chain.finalised().await?;
	for block in before + 1..=at.number() {
		if slashed(&chain.at(block).await?).await?.iter().any(|event| is_of(event, slash.id)) {
			carried_out(chain, slash, block, CONTEST_BOND).await?;
			return Ok(slash.amount + CONTEST_BOND);
		}
	}
	bail!("slash {} was upheld after block {before}, and not carried out up to block {}", slash.id, at.number())
}

async fn decide(chain: &Chain, slash: &Waiting<'_>, uphold: bool) -> Result<()> {
	let decision = CallOf::<StakingSlash>::resolve_contest { slash: slash.id, uphold };
	submit(chain, "//Alice", CallOf::<Sudo>::sudo { call: Box::new(decision.into()) }.into()).await
}

/// What the last block of a state tells of slashes that were carried out in it.
async fn slashed(at: &At) -> Result<Vec<Staking<Runtime>>> {
	let mut found = Vec::new();
	for event in at.client().events().fetch().await?.iter() {
		let event = event?;
		let bytes = [&[event.pallet_index(), event.event_index()][..], event.field_bytes()].concat();
		if let RuntimeEvent::StakingSlash(event @ Staking::Slashed { .. }) = RuntimeEvent::decode(&mut &bytes[..])? {
			found.push(event);
		}
	}
	Ok(found)
}

fn is_of(event: &Staking<Runtime>, id: u64) -> bool {
	matches!(event, Staking::Slashed { slash: Some(slash), .. } if *slash == id)
}

/// Hold the `block` in which a slash was carried out, and the `bond` of a contest was lost, against the one before: to the unit,
/// what it said that it would take is gone, a part of it to the treasury and the rest for good.
async fn carried_out(chain: &Chain, slash: &Waiting<'_>, block: u64, bond: u128) -> Result<()> {
	let Waiting { id, who, amount: shown, .. } = slash;
	let (before, after) = (chain.at(block - 1).await?, chain.at(block).await?);
	ensure!(before.pending_slash(*id).await?.is_some(), "slash {id} was carried out before block {block}");
	ensure!(after.pending_slash(*id).await?.is_none(), "slash {id} still waits after block {block}");

	let events = slashed(&after).await?;
	let told = events.iter().find(|event| is_of(event, *id)).with_context(|| format!("{events:?} in block {block}"))?;
	let Staking::Slashed { amount, from_bond, from_stake, to_wronged, to_reporter, to_treasury, burned, debt, .. } =
		told
	else {
		bail!("another event: {told:?}");
	};
	let taken = shown + bond;
	ensure!(
		[*amount, *from_stake, *from_bond, *debt] == [taken, *shown, bond, 0],
		"{shown} and {bond} were due: {told:?}"
	);
	// Nobody is wronged by a machine that does not answer, and it is the chain that has asked.
	let part = SLASH_TO_TREASURY.mul_floor(taken);
	ensure!([*to_wronged, *to_reporter, *to_treasury, *burned] == [0, 0, part, taken - part], "{told:?}");

	let (had, has) = (before.stake(who).await?.bonded, after.stake(who).await?.bonded);
	ensure!(has.0 + shown == had.0, "{has} is left of a stake of {had}: {told:?}");
	let (had, has) = (before.funds(who).await?, after.funds(who).await?);
	ensure!(has.held.0 + taken == had.held.0, "{} is on hold and {} was: {told:?}", has.held, had.held);
	ensure!(has.free == had.free, "{} is free and {} was: {told:?}", has.free, had.free);

	// Others may be slashed in the same block, and pay fees.
	let all_burned: u128 = events.iter().map(burned_by).sum();
	let minted = after.minted().await?.0 - before.minted().await?.0;
	let (had, has) = (before.issuance().await?, after.issuance().await?);
	ensure!(has.0 + all_burned == had.0 + minted, "{has} of {had} and {minted} are left: {events:?}");
	let (had, has) = (treasury(&before).await?, treasury(&after).await?);
	ensure!(has.0 >= had.0 + part, "the treasury had {had} and has {has}: {told:?}");
	Ok(())
}

const fn burned_by(event: &Staking<Runtime>) -> u128 {
	match event {
		Staking::Slashed { burned, .. } => *burned,
		_ => 0,
	}
}

async fn treasury(at: &At) -> Result<Amount> {
	let pots = at.pots().await?;
	pots.iter().find(|pot| pot.pot == "treasury").map(|pot| pot.balance).context("there is no treasury")
}
