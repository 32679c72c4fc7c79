//! Getting on the market: stake bonded, machine registered, endpoint up to date.

use anyhow::{bail, ensure, Context};
use subxt::utils::AccountId32;
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

/// A machine that was offered before.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Known {
	/// The operator says which.
	Named(u64),
	/// The daemon's directory remembers it.
	Remembered(u64),
}

impl Known {
	/// Its id.
	pub const fn id(self) -> u64 {
		match self {
			Self::Named(id) | Self::Remembered(id) => id,
		}
	}
}

/// What machine to offer.
#[derive(Clone, Debug)]
pub struct Offer {
	/// Performance class.
	pub tier: u8,
	/// Where it stands.
	pub region: u16,
	/// How many jobs side by side.
	pub slots: u32,
	/// Where outputs are fetched.
	pub endpoint: String,
	/// Whether to bond, and how much.
	pub bond: Option<Bond>,
	/// The machine to go on with, if there is one.
	pub known: Option<Known>,
}

/// Which machines a daemon answers for. Any other machine of the account may be another daemon's.
#[derive(Clone, Debug)]
pub struct Owner {
	provider: AccountId32,
	known: Option<u64>,
	endpoint: String,
}

impl Owner {
	/// Whose machines they are.
	pub const fn provider(&self) -> &AccountId32 {
		&self.provider
	}

	/// Whether it answers for `machine`: by number if it knows it, else by endpoint.
	pub fn has(&self, machine: &Machine) -> bool {
		let known = Some(machine.id) == self.known || machine.endpoint == self.endpoint;
		machine.provider == self.provider && known
	}
}

impl Offer {
	/// Which machines whoever makes this offer for `provider` answers for.
	pub fn owner(&self, provider: AccountId32) -> Owner {
		Owner { provider, known: self.known.map(Known::id), endpoint: self.endpoint.clone() }
	}

	/// Whether `machine` is of that kind.
	fn fits(&self, machine: &Machine) -> bool {
		machine.tier == self.tier && machine.region == self.region && machine.slots == self.slots
	}

	/// Refuse to go on with a machine that is not there for account `me`. `found` is what stands on the chain for it.
	///
	/// Registering another one instead would lock up stake, and leave the jobs of the right one undone.
	fn check_known(&self, known: Known, found: Option<&Machine>, me: &AccountId32) -> anyhow::Result<()> {
		match (known, found) {
			(Known::Named(id), Some(machine)) if machine.provider != *me => {
				bail!(
					"machine {id} belongs to {}, and the key is that of {me}: give that provider's key",
					machine.provider
				)
			},
			(Known::Remembered(id), Some(machine)) if machine.provider != *me => bail!(
				"this directory is that of machine {id}, which belongs to {}, and the key is that of {me}: give that \
				 provider's key, or another directory with --data-dir",
				machine.provider
			),
			(Known::Named(id), Some(machine)) => ensure!(
				self.fits(machine),
				"machine {id} has tier {} and {} slots: start with --tier {} --slots {}",
				machine.tier,
				machine.slots,
				machine.tier,
				machine.slots
			),
			(Known::Named(id), None) => bail!("there is no machine {id}: without --machine a new one is registered"),
			(Known::Remembered(_), _) => {},
		}
		Ok(())
	}
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
	chain.wait_for_pending(&me).await?;
	let at = chain.finalised().await?;
	let rules = at.rules()?;
	rules.check_url(&offer.endpoint)?;
	if let Some(known) = offer.known {
		offer.check_known(known, at.machine(known.id()).await?.as_ref(), &me)?;
	}
	let known = offer.known.map(Known::id);
	let machines = at.machines_of(&me).await?;
	let suits = |machine: &&Machine| offer.fits(machine);
	// By number if we know it; else by endpoint. Any other machine of the account may be another daemon's.
	let found = machines
		.iter()
		.filter(suits)
		.find(|machine| Some(machine.id) == known)
		.or_else(|| machines.iter().filter(suits).find(|machine| machine.endpoint == offer.endpoint))
		.cloned();
	let owner = offer.owner(me);
	let mut own: Vec<u64> = machines.iter().filter(|machine| owner.has(machine)).map(|machine| machine.id).collect();
	let k = at
		.tier_stake(offer.tier)
		.await?
		.with_context(|| format!("there is no tier {}: see `assay chain status`", offer.tier))?;
	let stake = at.stake(&me).await?;
	let required = match &found {
		Some(_) => stake.required.0,
		None => stake.required.0.saturating_add(k.0),
	};
	let required = required.max(rules.min_bond.0);
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
	let call = Call::RegisterMachine {
		tier: offer.tier,
		region: offer.region,
		slots: offer.slots,
		endpoint: endpoint.clone(),
	};
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
	let (tier, region, slots, endpoint) = (offer.tier, offer.region, offer.slots, endpoint.clone());
	Ok(Enrolled { machine: Machine { id, provider: me, tier, region, slots, running: 0, endpoint }, own })
}

/// An amount as it is typed.
fn plain(amount: Amount) -> String {
	amount.to_string().trim_end_matches(crate::amount::SYMBOL).trim_end().to_owned()
}

#[cfg(test)]
mod tests {
	use super::*;

	const ME: AccountId32 = AccountId32([1; 32]);
	const OTHER: AccountId32 = AccountId32([2; 32]);

	#[test]
	fn daemon_should_answer_for_no_machine_of_another_daemon() {
		let endpoint = || "http://127.0.0.1:1".to_owned();
		let offer =
			Offer { tier: 1, region: 0, slots: 2, endpoint: endpoint(), bond: None, known: Some(Known::Remembered(4)) };
		let owner = offer.owner(ME);
		let machine = |id, provider, endpoint: String| Machine {
			id,
			provider,
			tier: 1,
			region: 0,
			slots: 2,
			running: 0,
			endpoint,
		};
		// The one that it remembers, and an older one in the same place.
		assert!(owner.has(&machine(4, ME, String::new())) && owner.has(&machine(3, ME, endpoint())));
		assert!(!owner.has(&machine(5, ME, "http://127.0.0.1:2".to_owned())));
		assert!(!owner.has(&machine(4, OTHER, endpoint())));
	}

	/// What [`Offer::check_known`] says about a machine of `provider` with `slots` slots.
	fn check(known: Known, provider: Option<AccountId32>, slots: u32) -> Result<(), String> {
		let offer = Offer { tier: 1, region: 0, slots: 2, endpoint: String::new(), bond: None, known: Some(known) };
		let machine = provider.map(|provider| Machine {
			id: 4,
			provider,
			tier: 1,
			region: 0,
			slots,
			running: 0,
			endpoint: String::new(),
		});
		offer.check_known(known, machine.as_ref(), &ME).map_err(|error| error.to_string())
	}

	#[test]
	fn machine_should_be_taken_over_when_it_is_ours_and_of_that_kind() {
		for known in [Known::Named(4), Known::Remembered(4)] {
			assert_eq!(check(known, Some(ME), 2), Ok(()));
		}
		assert!(check(Known::Named(4), Some(ME), 3).unwrap_err().contains("--slots 3"));
		assert!(check(Known::Named(4), None, 2).unwrap_err().contains("there is no machine 4"));
	}

	#[test]
	fn machine_should_be_registered_anew_when_the_remembered_one_is_gone_or_of_another_kind() {
		assert_eq!(check(Known::Remembered(4), None, 2), Ok(()));
		assert_eq!(check(Known::Remembered(4), Some(ME), 3), Ok(()));
	}

	#[test]
	fn machine_should_be_refused_when_the_key_is_not_that_of_its_provider() {
		for (known, advice) in [(Known::Named(4), "key"), (Known::Remembered(4), "--data-dir")] {
			let error = check(known, Some(OTHER), 2).unwrap_err();
			assert!(error.contains("belongs to") && error.contains(&OTHER.to_string()), "{error}");
			assert!(error.contains(&ME.to_string()) && error.contains(advice), "{error}");
		}
	}
}
