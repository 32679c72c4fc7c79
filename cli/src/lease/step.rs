//! What clients, providers and those who pay do about an order or lease that is there.

use anyhow::{bail, ensure, Context};
use subxt::utils::AccountId32;
use subxt_signer::sr25519::Keypair;

use super::{ensure_client, find, moment, notice::Notice, stretch, Funding, Rate};
use crate::{
	amount::Amount,
	chain::{
		model::{Lease, LeaseCall, LeaseRules, LeaseStanding, LeaseState, Payment},
		Call, Chain, Included,
	},
	keys,
	output::Output,
};

/// Something that takes nothing but the number.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Step {
	/// Withdraw an order.
	Cancel,
	/// Close an auction with the best bid.
	Take,
	/// End a lease as its client.
	Close,
	/// End a lease as its client, and say that it was not served.
	CloseUnserved,
	/// Take back what was paid for another's order or lease.
	Defund,
	/// Pay what can be paid.
	Settle,
	/// Give notice as its provider.
	Reclaim,
}

impl Step {
	const fn call(self, lease: u64) -> LeaseCall {
		match self {
			Self::Cancel => LeaseCall::CancelOrder(lease),
			Self::Take => LeaseCall::CloseAuction(lease),
			Self::Close => LeaseCall::Close(lease),
			Self::CloseUnserved => LeaseCall::CloseUnserved(lease),
			Self::Defund => LeaseCall::Defund(lease),
			Self::Settle => LeaseCall::Settle(lease),
			Self::Reclaim => LeaseCall::Reclaim(lease),
		}
	}

	/// Refuse what the chain would refuse, so that nobody pays a fee for it. Block `next` is the first that the call can
	/// get into.
	fn check(self, lease: &Lease, me: &AccountId32, next: u64, rules: &LeaseRules) -> anyhow::Result<()> {
		let (id, due) = (lease.id, u64::from(lease.due()));
		match (self, &lease.state) {
			(Self::Cancel, LeaseState::Open { closes_at, best, .. }) => {
				ensure_client(lease, me)?;
				ensure!(
					best.is_none() || next < u64::from(*closes_at),
					"the auction of lease {id} is over and its best bid has won: end the lease that comes of it with \
					 `assay lease close {id}`"
				);
			},
			(Self::Cancel, _) => bail!("lease {id} has begun: end it with `assay lease close {id}`"),
			(Self::Take, LeaseState::Open { closes_at, best, .. }) => {
				let content = best.is_some() && lease.client == *me;
				ensure!(
					next >= u64::from(*closes_at) || content,
					"the auction of lease {id} is open until block {closes_at}, and the next is {next}: earlier than that \
					 only its client can close it, and only when there is a bid"
				);
			},
			(Self::Take, _) => bail!("the auction of lease {id} is closed, and the lease has begun"),
			(Self::Close | Self::CloseUnserved, LeaseState::Open { .. }) => {
				bail!("lease {id} is an order still: withdraw it with `assay lease cancel {id}`")
			},
			(Self::Close | Self::CloseUnserved, _) => ensure_client(lease, me)?,
			(Self::Defund, _) => {
				ensure!(
					lease.client != *me,
					"lease {id} is yours: end it with `assay lease close {id}`, or `assay lease cancel {id}` while it is an order"
				);
				ensure!(
					lease.sources.iter().any(|source| source.who == *me && source.left.0 > 0),
					"{me} has nothing in the escrow of lease {id}"
				);
			},
			(Self::Settle | Self::Reclaim, LeaseState::Open { .. }) => {
				bail!("lease {id} is an order still: it begins when its auction closes")
			},
			(Self::Settle, LeaseState::Running { tenancy }) => {
				let payable = u64::from(tenancy.paid_to) + u64::from(rules.arrears_blocks);
				ensure!(
					next > payable || next >= due,
					"nothing of lease {id} can be paid yet: while it runs payment is {} late, and all before block {} is \
					 paid; try again from block {} on",
					stretch(rules.arrears_blocks, rules.block_millis),
					tenancy.paid_to,
					payable.saturating_add(1).min(due)
				);
			},
			(Self::Settle, LeaseState::Paused { .. }) => ensure!(
				next >= due,
				"lease {id} is paused: all that was served is paid, and it ends in block {due} unless somebody tops it up"
			),
			// At once: nobody has to wait for a client that does not pay.
			(Self::Reclaim, LeaseState::Paused { .. }) => ensure_provider(lease, me)?,
			(Self::Reclaim, LeaseState::Running { tenancy }) => {
				ensure_provider(lease, me)?;
				let notice = tenancy.bid.notice;
				if let Some(end) = tenancy.ends_at {
					let over = next.saturating_add(notice.into());
					ensure!(
						over < u64::from(end),
						"lease {id} ends in block {end} anyway{}, and a notice of {} would be over no sooner",
						if tenancy.reclaimed { ", by the notice that was given" } else { "" },
						stretch(notice, rules.block_millis)
					);
				}
			},
		}
		Ok(())
	}
}

fn ensure_provider(lease: &Lease, me: &AccountId32) -> anyhow::Result<()> {
	let id = lease.id;
	let Some(tenancy) = lease.state.tenancy() else {
		bail!("lease {id} is an order still: it begins when its auction closes");
	};
	let provider = &tenancy.bid.provider;
	ensure!(provider == me, "lease {id} is served by {provider}, and the key is that of {me}");
	Ok(())
}

/// Report what a transaction did to a lease.
fn report(included: &Included, lease: &Lease, block_millis: u64, out: Output) {
	let mut events = included.events.iter().filter_map(|event| event.of_lease(lease.id)).peekable();
	if events.peek().is_none() {
		out.note(format!("lease {}: nothing has changed, as somebody else was faster", lease.id));
	}
	for event in events.cloned() {
		out.result(&Notice { block: included.block, event, payment: lease.payment, block_millis });
	}
}

/// Take a step.
pub async fn take(chain: &Chain, key: &Keypair, step: Step, id: u64, out: Output) -> anyhow::Result<()> {
	let at = chain.finalised().await?;
	let (lease, rules) = (find(&at, id).await?, at.lease_rules()?);
	step.check(&lease, &keys::account(key), chain.best().await?.saturating_add(1), &rules)?;
	let included = chain.submit(key, Call::Lease(step.call(id))).await?;
	report(&included, &lease, rules.block_millis, out);
	Ok(())
}

/// Refuse a payer that the chain would refuse.
fn check_payer(lease: &Lease, me: &AccountId32, rules: &LeaseRules) -> anyhow::Result<()> {
	let id = lease.id;
	ensure!(
		lease.state.bid().is_none_or(|bid| bid.provider != *me),
		"the provider of lease {id} cannot pay for it: sign with another account's key"
	);
	let others = lease.sources.iter().filter(|source| source.who != lease.client).count();
	ensure!(
		lease.is_paid_by(me) || others.saturating_add(1) < rules.max_sources as usize,
		"{others} others pay for lease {id} already, and it can be no more: only they and its client can put more in"
	);
	Ok(())
}

/// Put more into escrow.
pub async fn fund(chain: &Chain, key: &Keypair, id: u64, funding: Funding, out: Output) -> anyhow::Result<()> {
	let me = keys::account(key);
	let at = chain.finalised().await?;
	let (lease, rules) = (find(&at, id).await?, at.lease_rules()?);
	check_payer(&lease, &me, &rules)?;
	if let Some(view) = at.lease(id).await? {
		ensure!(
			!matches!(view.standing, LeaseStanding::Ended { .. }),
			"the time of lease {id} is over: place a new order with `assay lease order`"
		);
	}
	let rate = Rate::new(lease.rate(), lease.payment, rules.block_millis);
	let amount = funding.at(&rate, rules.min_funded_blocks, rules.block_millis)?;
	if lease.payment == Payment::Native {
		let free = at.funds(&me).await?.free;
		ensure!(free > amount, "{amount} would go on hold, and account {me} has only {free} free");
	}
	let included = chain.submit(key, Call::Lease(LeaseCall::Fund { lease: id, amount })).await?;
	report(&included, &lease, rules.block_millis, out);
	if let Some(view) = chain.at(included.block).await?.lease(id).await? {
		let over = moment(view.runs_out_at, included.block, rules.block_millis);
		out.note(format!("the escrow of lease {id} runs out in {over}"));
	}
	Ok(())
}

/// What abandoning a lease costs, as people should know it.
fn warning(lease: &Lease, forfeited: Amount, slash: Option<(Amount, Amount)>) -> String {
	let (id, payment) = (lease.id, lease.payment);
	let slash = slash.map_or_else(
		|| "a part of the machine's stake".to_owned(),
		|(amount, to_client)| format!("{amount} of the machine's stake, of which up to {to_client} goes to the client"),
	);
	format!(
		"abandoning lease {id} is an offence. It costs {slash}, at once, and the last blocks are not \
		 paid: {} that is earned by now. To be paid for all and lose nothing, give notice with `assay lease reclaim {id}`",
		payment.show(forfeited)
	)
}

/// End a lease at once as its provider, with what that costs said before. Nothing is done unless `sure`.
pub async fn abandon(chain: &Chain, key: &Keypair, id: u64, sure: bool, out: Output) -> anyhow::Result<()> {
	let at = chain.finalised().await?;
	let (lease, rules) = (find(&at, id).await?, at.lease_rules()?);
	ensure_provider(&lease, &keys::account(key))?;
	ensure!(
		!matches!(lease.state, LeaseState::Paused { .. }),
		"lease {id} is paused: `assay lease reclaim {id}` ends it at once and costs nothing"
	);
	let accrued = at.accrued(id).await?.with_context(|| format!("lease {id} is not there any more"))?;
	let forfeited = Amount(accrued.earned.0.saturating_sub(accrued.payable.0));
	let machine = lease.state.bid().map(|bid| bid.machine).unwrap_or_default();
	let slash = match at.machine(machine).await? {
		Some(machine) => at.price_of_abandoning(machine.id, machine.tier).await?,
		None => None,
	};
	let warning = warning(&lease, forfeited, slash);
	ensure!(sure, "{warning}. To do it all the same, add --yes");
	out.note(warning);
	let included = chain.submit(key, Call::Lease(LeaseCall::Abandon(id))).await?;
	report(&included, &lease, rules.block_millis, out);
	Ok(())
}

#[cfg(test)]
mod tests {
	use super::{
		super::fixture::{bid, lease, rules, tenancy, CLIENT, FRIEND, PROVIDER, UNIT},
		*,
	};
	use crate::chain::model::{LeaseBid, LeaseSource, Tenancy};

	fn open(best: Option<LeaseBid>) -> Lease {
		lease(LeaseState::Open { closes_at: 100, latest: 200, best })
	}

	fn running() -> Lease {
		lease(LeaseState::Running { tenancy: tenancy() })
	}

	fn paused() -> Lease {
		lease(LeaseState::Paused { tenancy: tenancy(), since: 110 })
	}

	fn refusal(step: Step, lease: &Lease, me: AccountId32, next: u64) -> String {
		step.check(lease, &me, next, &rules()).unwrap_err().to_string()
	}

	fn passes(step: Step, lease: &Lease, me: AccountId32, next: u64) -> bool {
		step.check(lease, &me, next, &rules()).is_ok()
	}

	#[test]
	fn order_should_be_cancelled_by_its_client_until_a_bid_has_won() {
		assert!(passes(Step::Cancel, &open(None), CLIENT, 150) && passes(Step::Cancel, &open(Some(bid())), CLIENT, 99));
		for (lease, me, next, why) in [
			(open(None), FRIEND, 50, "not yours"),
			(open(Some(bid())), CLIENT, 100, "`assay lease close 3`"),
			(running(), CLIENT, 120, "`assay lease close 3`"),
		] {
			let error = refusal(Step::Cancel, &lease, me, next);
			assert!(error.contains(why), "{error}");
		}
	}

	#[test]
	fn bid_should_be_taken_by_the_client_at_once_and_by_others_when_the_auction_is_over() {
		assert!(passes(Step::Take, &open(Some(bid())), CLIENT, 50) && passes(Step::Take, &open(None), FRIEND, 100));
		assert!(!passes(Step::Take, &open(None), CLIENT, 50) && !passes(Step::Take, &open(Some(bid())), FRIEND, 99));
		assert!(refusal(Step::Take, &running(), CLIENT, 120).contains("has begun"));
	}

	#[test]
	fn lease_should_be_closed_by_its_client_only() {
		assert!(passes(Step::Close, &running(), CLIENT, 120) && passes(Step::Close, &paused(), CLIENT, 120));
		assert!(refusal(Step::Close, &running(), PROVIDER, 120).contains("not yours"));
		assert!(refusal(Step::Close, &open(None), CLIENT, 50).contains("`assay lease cancel 3`"));
		assert!(passes(Step::CloseUnserved, &running(), CLIENT, 120));
		assert!(!passes(Step::CloseUnserved, &running(), FRIEND, 120));
	}

	#[test]
	fn escrow_should_be_taken_back_by_those_who_pay_for_anothers_lease() {
		let mut lease = running();
		assert!(refusal(Step::Defund, &lease, FRIEND, 120).contains("has nothing in the escrow"));
		lease.sources.push(LeaseSource { who: FRIEND, left: Amount(UNIT) });
		assert!(passes(Step::Defund, &lease, FRIEND, 120));
		assert!(refusal(Step::Defund, &lease, CLIENT, 120).contains("`assay lease close 3`"));
	}

	#[test]
	fn lease_should_be_settled_when_there_is_something_to_pay_or_it_is_due() {
		// All before block 110 is paid, and five blocks are kept back.
		assert!(passes(Step::Settle, &running(), FRIEND, 116));
		let error = refusal(Step::Settle, &running(), PROVIDER, 115);
		assert!(error.contains("5 blocks (30 s) late") && error.contains("from block 116 on"), "{error}");
		let ends = lease(LeaseState::Running { tenancy: Tenancy { ends_at: Some(113), ..tenancy() } });
		assert!(passes(Step::Settle, &ends, FRIEND, 113) && !passes(Step::Settle, &ends, FRIEND, 112));
		assert!(refusal(Step::Settle, &paused(), PROVIDER, 139).contains("ends in block 140"));
		assert!(passes(Step::Settle, &paused(), PROVIDER, 140));
		assert!(refusal(Step::Settle, &open(None), PROVIDER, 50).contains("an order still"));
	}

	#[test]
	fn notice_should_be_given_by_the_provider_when_it_ends_the_lease_sooner() {
		assert!(passes(Step::Reclaim, &running(), PROVIDER, 120) && passes(Step::Reclaim, &paused(), PROVIDER, 120));
		assert!(refusal(Step::Reclaim, &running(), CLIENT, 120).contains("is served by"));
		let ends = |ends_at, reclaimed| {
			lease(LeaseState::Running { tenancy: Tenancy { ends_at: Some(ends_at), reclaimed, ..tenancy() } })
		};
		assert!(passes(Step::Reclaim, &ends(141, false), PROVIDER, 120));
		let error = refusal(Step::Reclaim, &ends(140, true), PROVIDER, 120);
		assert!(error.contains("by the notice that was given"), "{error}");
	}

	#[test]
	fn payer_should_be_anybody_but_the_provider_as_long_as_there_is_room() {
		let check = |lease: &Lease, me| check_payer(lease, &me, &rules()).map_err(|error| error.to_string());
		assert!(check(&running(), CLIENT).is_ok() && check(&running(), FRIEND).is_ok());
		assert!(check(&running(), PROVIDER).unwrap_err().contains("cannot pay for it"));
		assert!(check(&open(Some(bid())), PROVIDER).is_err());
		let mut full = running();
		full.sources.push(LeaseSource { who: FRIEND, left: Amount(UNIT) });
		assert!(check(&full, FRIEND).is_ok() && check(&full, CLIENT).is_ok());
		assert!(check(&full, AccountId32([9; 32])).unwrap_err().contains("1 others pay for lease 3 already"));
	}

	#[test]
	fn warning_should_say_what_abandoning_costs_and_what_does_not() {
		let text = warning(&running(), Amount(5 * UNIT / 2), Some((Amount(34 * UNIT), Amount(17 * UNIT))));
		for part in
			["34 ASY of the machine's stake", "up to 17 ASY", "2.5 ASY that is earned", "`assay lease reclaim 3`"]
		{
			assert!(text.contains(part), "{part} is not in {text}");
		}
	}
}
