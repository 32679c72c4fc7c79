//! Offering a machine for an order by hand.

use anyhow::{bail, ensure, Context};
use subxt::utils::AccountId32;
use subxt_signer::sr25519::Keypair;

use super::{blocks_of, find, notice::Notice, stretch, Rate, Written};
use crate::{
	amount::Amount,
	chain::{
		model::{BlockNumber, Lease, LeaseCall, LeaseRules, LeaseState, Machine},
		At, Call, Chain,
	},
	keys,
	output::Output,
	span::Stretch,
};

/// An offer as it was written.
pub struct Offer {
	/// On which order.
	pub lease: u64,
	/// Which machine; none for the only one that there is.
	pub machine: Option<u64>,
	/// For how much.
	pub rate: Written,
	/// With how much notice it can be taken back; none for the least that the order takes.
	pub notice: Option<Stretch>,
}

/// Refuse an offer that the chain would refuse. `highest` is the highest rate that can be bid, and block `next` the first that
/// the bid can get into.
fn check(
	lease: &Lease,
	machine: &Machine,
	(rate, highest): (&Rate, Amount),
	notice: BlockNumber,
	next: u64,
	rules: &LeaseRules,
) -> anyhow::Result<()> {
	let (id, me, spec) = (lease.id, &machine.provider, &lease.spec);
	let LeaseState::Open { closes_at, best, .. } = &lease.state else {
		bail!("the auction of lease {id} is closed: nobody can bid any more");
	};
	ensure!(next < u64::from(*closes_at), "the auction of lease {id} takes no bids from block {closes_at} on");
	ensure!(!lease.is_paid_by(me), "you pay for lease {id} yourself: nobody can serve what it pays for");
	ensure!(
		rate.a_block <= highest,
		"{rate} is too much: to lead, bid at most {}",
		Rate::new(highest, lease.payment, rules.block_millis)
	);
	let (least, most) = (spec.min_notice, rules.max_notice_blocks);
	ensure!(
		(least..=most).contains(&notice),
		"--notice is {}, and must be from {}, which the order asks for, to {}",
		stretch(notice, rules.block_millis),
		stretch(least, rules.block_millis),
		stretch(most, rules.block_millis)
	);
	let Machine { id: machine_id, tier, region, slots, running, .. } = machine;
	ensure!(*tier >= spec.min_tier, "machine {machine_id} is of tier {tier}, and the order asks for {}", spec.min_tier);
	if let Some(wanted) = spec.region {
		ensure!(*region == wanted, "machine {machine_id} stands in region {region}, and the order asks for {wanted}");
	}
	// Those of the bid that is beaten are free by then.
	let own = best.as_ref().filter(|best| best.machine == *machine_id).map_or(0, |_| spec.slots);
	let free = slots.saturating_sub(running.saturating_sub(own));
	ensure!(free >= spec.slots, "machine {machine_id} has {free} free slots, and the order asks for {}", spec.slots);
	Ok(())
}

/// The machine that is offered.
async fn machine_of(at: &At, me: &AccountId32, wanted: Option<u64>) -> anyhow::Result<Machine> {
	let mut machines = at.machines_of(me).await?;
	match wanted {
		Some(id) => {
			let found = machines.into_iter().find(|machine| machine.id == id);
			found.with_context(|| format!("machine {id} is not one of {me}"))
		},
		None => {
			let only =
				machines.pop().with_context(|| format!("account {me} has no machine: see `assay provider run`"))?;
			ensure!(machines.is_empty(), "account {me} has several machines: say which with --machine");
			Ok(only)
		},
	}
}

/// Make an offer.
pub async fn bid(chain: &Chain, key: &Keypair, offer: Offer, out: Output) -> anyhow::Result<()> {
	let me = keys::account(key);
	let at = chain.finalised().await?;
	let (lease, rules) = (find(&at, offer.lease).await?, at.lease_rules()?);
	let machine = machine_of(&at, &me, offer.machine).await?;
	let rate = Rate::from_written(&offer.rate, lease.payment, rules.block_millis)?;
	let notice = match offer.notice {
		Some(time) => blocks_of(time, rules.block_millis)?,
		None => lease.spec.min_notice,
	};
	let highest = at.order(lease.id).await?.map(|order| order.rate_to_bid).unwrap_or_default();
	check(&lease, &machine, (&rate, highest), notice, chain.best().await?.saturating_add(1), &rules)?;
	ensure!(
		at.stake(&me).await?.active,
		"the stake of {me} does not cover its machines: see `assay stake status`, and bond more"
	);
	// What is on hold for the own bid is there again by then.
	let own = lease.state.bid().filter(|best| best.provider == me).map_or(0, |best| best.deposit.0);
	let (free, deposit) = (at.funds(&me).await?.free, rules.bid_deposit);
	ensure!(
		free.0.saturating_add(own) > deposit.0,
		"a bid puts {deposit} on hold until the auction closes, and account {me} has only {free} free"
	);

	let call = LeaseCall::Bid { lease: lease.id, machine: machine.id, rate: rate.a_block, notice };
	let included = chain.submit(key, Call::Lease(call)).await?;
	let (payment, block_millis) = (lease.payment, rules.block_millis);
	for event in included.events.iter().filter_map(|event| event.of_lease(lease.id)).cloned() {
		out.result(&Notice { block: included.block, event, payment, block_millis });
	}
	Ok(())
}

#[cfg(test)]
mod tests {
	use super::{
		super::fixture::{bid as best_bid, lease, rules, tenancy, CLIENT, PROVIDER, UNIT},
		*,
	};
	use crate::chain::model::Payment;

	fn machine() -> Machine {
		Machine { id: 4, provider: PROVIDER, tier: 2, region: 5, slots: 4, running: 2, endpoint: String::new() }
	}

	fn order() -> Lease {
		lease(LeaseState::Open { closes_at: 100, latest: 200, best: None })
	}

	fn refusal(lease: &Lease, machine: &Machine, rate: u128, notice: BlockNumber, next: u64) -> Option<String> {
		let rate = Rate::new(Amount(rate), Payment::Native, 6_000);
		check(lease, machine, (&rate, Amount(UNIT)), notice, next, &rules()).err().map(|error| error.to_string())
	}

	#[test]
	fn bid_should_be_refused_before_it_costs_a_fee() {
		let (order, machine) = (order(), machine());
		assert_eq!(refusal(&order, &machine, UNIT, 10, 99), None);
		let says = |refusal: Option<String>, why: &str| {
			let refusal = refusal.unwrap();
			assert!(refusal.contains(why), "{refusal}");
		};
		says(refusal(&order, &machine, UNIT, 10, 100), "no bids from block 100 on");
		says(refusal(&order, &machine, UNIT + 1, 10, 50), "bid at most 1 ASY a block (600 ASY an hour)");
		says(refusal(&order, &machine, UNIT, 9, 50), "--notice is 9 blocks");
		says(refusal(&order, &machine, UNIT, 10_001, 50), "--notice is 10001 blocks");
		let running = lease(LeaseState::Running { tenancy: tenancy() });
		says(refusal(&running, &machine, UNIT, 10, 50), "is closed");
		for (wrong, why) in [
			(Machine { provider: CLIENT, ..machine.clone() }, "you pay for lease 3 yourself"),
			(Machine { tier: 1, ..machine.clone() }, "is of tier 1, and the order asks for 2"),
			(Machine { region: 6, ..machine.clone() }, "stands in region 6"),
			(Machine { running: 3, ..machine.clone() }, "has 1 free slots, and the order asks for 2"),
		] {
			says(refusal(&order, &wrong, UNIT, 10, 50), why);
		}
	}

	#[test]
	fn slots_of_the_own_bid_should_be_free_for_a_better_one() {
		let led = lease(LeaseState::Open { closes_at: 100, latest: 200, best: Some(best_bid()) });
		assert_eq!(refusal(&led, &Machine { running: 4, ..machine() }, UNIT, 10, 50), None);
		assert!(refusal(&led, &Machine { id: 5, running: 4, ..machine() }, UNIT, 10, 50).is_some());
	}
}
