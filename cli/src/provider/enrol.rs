//! Getting on the market: stake bonded, machine registered, endpoint up to date.

use anyhow::{bail, ensure, Context};
use subxt_signer::sr25519::Keypair;

use crate::{
	amount::Amount,
	chain::{
		model::{Event, Machine},
		Call, Chain,
	},
	keys,
};

/// How much to bond at the start.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Bond {
	/// As much as is missing for the machine.
	Required,
	/// So that this much is bonded.
	UpTo(Amount),
}

/// What machine to offer.
#[derive(Clone, Debug)]
pub struct Offer {
	/// Performance class.
	pub tier: u8,
	/// How many jobs side by side.
	pub slots: u32,
	/// Where outputs are fetched.
	pub endpoint: String,
	/// Whether to bond, and how much.
	pub bond: Option<Bond>,
	/// The machine to take over, if it is ours and of that kind.
	pub known: Option<u64>,
}

/// What of ours is on the market.
#[derive(Clone, Debug)]
pub struct Enrolled {
	/// The machine that bids.
	pub machine: Machine,
	/// All machines whose jobs this daemon has to finish: those with its endpoint.
	pub own: Vec<u64>,
}

/// Put the machine on the market unless it is there. Does nothing at all unless it can do everything.
pub async fn enrol(chain: &Chain, key: &Keypair, offer: &Offer) -> anyhow::Result<Enrolled> {
	let me = keys::account(key);
	let at = chain.finalised().await?;
	let machines = at.machines_of(&me).await?;
	let suits = |machine: &&Machine| machine.tier == offer.tier && machine.slots == offer.slots;
	// By number if we know it; else by endpoint. Any other machine of the account may be another daemon's.
	let found = machines
		.iter()
		.filter(suits)
		.find(|machine| Some(machine.id) == offer.known)
		.or_else(|| machines.iter().filter(suits).find(|machine| machine.endpoint == offer.endpoint))
		.cloned();
	let mut own: Vec<u64> = machines
		.iter()
		.filter(|machine| Some(machine.id) == offer.known || machine.endpoint == offer.endpoint)
		.map(|machine| machine.id)
		.collect();
	let k = at
		.tier_stake(offer.tier)
		.await?
		.with_context(|| format!("there is no tier {}: see `assay chain status`", offer.tier))?;
	let stake = at.stake(&me).await?;
	let required = match &found {
		Some(_) => stake.required.0,
		None => stake.required.0.saturating_add(k.0),
	};
	let required = required.max(at.rules()?.min_bond.0);
	let missing = Amount(required.saturating_sub(stake.bonded.0));

	let to_bond = match offer.bond {
		Some(Bond::Required) => missing,
		Some(Bond::UpTo(total)) => {
			ensure!(
				total.0 >= required,
				"a machine of tier {} needs {} bonded in all, more than --bond {total}",
				offer.tier,
				Amount(required)
			);
			Amount(total.0.saturating_sub(stake.bonded.0))
		},
		None if missing.0 == 0 => Amount(0),
		// Its jobs can still be finished; only new ones are out of reach.
		None if found.is_some() => {
			tracing::warn!(
				"the stake does not cover the machines: no bids until you run `assay stake bond {}`",
				plain(missing)
			);
			Amount(0)
		},
		None => bail!(
			"account {me} has {} bonded, and a machine of tier {} needs {}: run `assay stake bond {} --key ...` first, \
			 or start with --bond",
			stake.bonded,
			offer.tier,
			Amount(required),
			plain(missing)
		),
	};
	if to_bond.0 > 0 {
		let funds = at.funds(&me).await?;
		ensure!(
			funds.free.0 > to_bond.0,
			"account {me} has only {} free, and {to_bond} must be bonded: send it some tokens first",
			funds.free
		);
		chain.submit(key, Call::Bond(to_bond)).await.context("cannot bond")?;
		tracing::info!(amount = %to_bond, "bonded");
	}

	let endpoint = &offer.endpoint;
	if let Some(machine) = found {
		if machine.endpoint != *endpoint {
			let call = Call::SetEndpoint { machine: machine.id, endpoint: endpoint.clone() };
			chain.submit(key, call).await.context("cannot change the machine's endpoint")?;
		}
		return Ok(Enrolled { machine: Machine { endpoint: endpoint.clone(), ..machine }, own });
	}
	let call = Call::RegisterMachine { tier: offer.tier, slots: offer.slots, endpoint: endpoint.clone() };
	let included = chain.submit(key, call).await.context("cannot register the machine")?;
	let id = included
		.events
		.iter()
		.find_map(|event| match event {
			Event::MachineRegistered { machine, provider } if *provider == me => Some(*machine),
			_ => None,
		})
		.context("the chain did not say which machine it registered")?;
	own.push(id);
	let (tier, slots, endpoint) = (offer.tier, offer.slots, endpoint.clone());
	Ok(Enrolled { machine: Machine { id, provider: me, tier, slots, running: 0, endpoint }, own })
}

/// An amount as it is typed.
fn plain(amount: Amount) -> String {
	amount.to_string().trim_end_matches(crate::amount::SYMBOL).trim_end().to_owned()
}
