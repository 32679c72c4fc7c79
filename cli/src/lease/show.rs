//! Orders and leases as they stand now.

use std::fmt;

use anyhow::bail;
use serde::Serialize;
use subxt::utils::AccountId32;

use super::{
	ensure_leases, find, gone, moment,
	order::{longest, Wanted},
	stretch, Rate,
};
use crate::{
	amount::Amount,
	blobs::BlobHash,
	chain::{
		model::{
			Accrued, BlockNumber, Lease, LeaseBid, LeaseSource, LeaseStanding, LeaseState, LeaseView, OrderView,
			Payment,
		},
		At, Chain,
	},
	output::Output,
	span::Span,
};

/// An order whose auction is not closed.
#[derive(Serialize)]
struct OrderReport {
	/// The block that it is seen in.
	block: u64,
	#[serde(flatten)]
	lease: Lease,
	escrow: Amount,
	ceiling_per_hour: Amount,
	/// The highest rate that can be bid now. Zero when none can.
	rate_to_bid: Amount,
	closes_in_seconds: Span,
	#[serde(skip)]
	block_millis: u64,
}

impl OrderReport {
	fn new(lease: Lease, view: &OrderView, block: u64, block_millis: u64) -> Self {
		Self {
			block,
			escrow: view.escrow,
			ceiling_per_hour: Rate::new(lease.spec.ceiling, lease.payment, block_millis).an_hour,
			rate_to_bid: view.rate_to_bid,
			closes_in_seconds: Span::between(block, view.closes_at.into(), block_millis),
			lease,
			block_millis,
		}
	}
}

impl fmt::Display for OrderReport {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		let Self { block, lease, escrow, rate_to_bid, block_millis, .. } = self;
		let Lease { id, client, spec, payment, deposit, state, .. } = lease;
		let rate = |rate: Amount| Rate::new(rate, *payment, *block_millis);
		let time = |blocks| stretch(blocks, *block_millis);
		write!(
			f,
			"lease {id}: an order of {client} (block {block})\n  machine  {}\n  ceiling  {}\n  auction  closes in {}",
			Wanted(spec),
			rate(spec.ceiling),
			moment(lease.due(), *block, *block_millis)
		)?;
		match state.bid() {
			Some(LeaseBid { provider, machine, rate: best, notice, .. }) => write!(
				f,
				"\n  best bid {} by {provider} with machine {machine}, notice {}",
				rate(*best),
				time(*notice)
			)?,
			None => f.write_str("\n  best bid none")?,
		}
		match rate_to_bid {
			Amount(0) => f.write_str("\n  to lead  no bid is taken any more")?,
			highest => write!(f, "\n  to lead  bid at most {}", rate(*highest))?,
		}
		write!(
			f,
			"\n  escrow   {}\n  deposit  {deposit}\n  lasts    {}\n  grace    {}\n  notice   {} at least\n  manifest {}\n  \
			 source   {}",
			payment.show(*escrow),
			longest(spec, *block_millis),
			time(spec.grace_blocks),
			time(spec.min_notice),
			spec.manifest,
			spec.source
		)
	}
}

/// A lease.
#[derive(Serialize)]
struct LeaseReport {
	/// The block that it is seen in.
	block: u64,
	lease: u64,
	#[serde(flatten)]
	standing: LeaseStanding,
	client: AccountId32,
	provider: AccountId32,
	machine: u64,
	/// Where the machine is found; nothing if it was deregistered.
	endpoint: Option<String>,
	slots: u32,
	payment: Payment,
	#[serde(flatten)]
	rate: Rate,
	started: BlockNumber,
	/// What was paid since then.
	paid: Amount,
	/// The first block that is not paid for.
	paid_to: BlockNumber,
	/// What is earned and not paid.
	accrued: Amount,
	/// What settling would pay of that now.
	payable: Amount,
	/// What nobody has earned.
	unspent: Amount,
	/// Whose that is.
	sources: Vec<LeaseSource>,
	runs_out_at: BlockNumber,
	runs_out_in_seconds: Span,
	ends_at: Option<BlockNumber>,
	ends_in_seconds: Option<Span>,
	reclaimed: bool,
	grace: BlockNumber,
	notice: BlockNumber,
	deposit: Amount,
	manifest: BlobHash,
	source: String,
	#[serde(skip)]
	block_millis: u64,
}

impl LeaseReport {
	fn new(
		lease: Lease,
		view: LeaseView,
		accrued: Option<Accrued>,
		endpoint: Option<String>,
		block: u64,
		block_millis: u64,
	) -> Self {
		let span = |then: BlockNumber| Span::between(block, then.into(), block_millis);
		let paid = lease.paid();
		let LeaseView { client, tenancy, payment, standing, accrued: earned, unspent, runs_out_at } = view;
		Self {
			block,
			lease: lease.id,
			standing,
			client,
			provider: tenancy.bid.provider,
			machine: tenancy.bid.machine,
			endpoint,
			slots: lease.spec.slots,
			payment,
			rate: Rate::new(tenancy.bid.rate, payment, block_millis),
			started: tenancy.started,
			paid,
			paid_to: tenancy.paid_to,
			accrued: earned,
			payable: accrued.map(|accrued| accrued.payable).unwrap_or_default(),
			unspent,
			sources: lease.sources,
			runs_out_at,
			runs_out_in_seconds: span(runs_out_at),
			ends_at: tenancy.ends_at,
			ends_in_seconds: tenancy.ends_at.map(span),
			reclaimed: tenancy.reclaimed,
			grace: tenancy.grace,
			notice: tenancy.bid.notice,
			deposit: lease.deposit,
			manifest: lease.spec.manifest,
			source: lease.spec.source,
			block_millis,
		}
	}
}

impl fmt::Display for LeaseReport {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		let show = |amount: Amount| self.payment.show(amount);
		let at = |then: BlockNumber| moment(then, self.block, self.block_millis);
		write!(f, "lease {}: ", self.lease)?;
		match self.standing {
			LeaseStanding::Running => write!(f, "runs since block {}", self.started)?,
			LeaseStanding::Paused { since, until } => write!(
				f,
				"paused since block {since}; it ends in {} unless somebody pays: `assay lease fund {}`",
				at(until),
				self.lease
			)?,
			LeaseStanding::Ended { at, reason } => {
				write!(f, "over since block {at} ({reason}), which the chain is about to find")?;
			},
		}
		let slots = if self.slots == 1 { "1 slot".to_owned() } else { format!("{} slots", self.slots) };
		write!(
			f,
			" (block {})\n  client   {}\n  machine  {}, {slots}, of {}\n  endpoint {}\n  rate     {}\n  paid     {} for all \
			 blocks before {}\n  accrued  {}, of which {} can be paid now\n  unspent  {}",
			self.block,
			self.client,
			self.machine,
			self.provider,
			self.endpoint.as_deref().unwrap_or("none: the machine is no longer registered"),
			self.rate,
			show(self.paid),
			self.paid_to,
			show(self.accrued),
			show(self.payable),
			show(self.unspent)
		)?;
		if matches!(self.standing, LeaseStanding::Running) {
			write!(f, "\n  runs out {}", at(self.runs_out_at))?;
		}
		if let Some(ends_at) = self.ends_at {
			let why = if self.reclaimed { "the provider has given notice" } else { "as it was ordered" };
			write!(f, "\n  ends     {}: {why}", at(ends_at))?;
		}
		write!(
			f,
			"\n  grace    {} left\n  notice   {}\n  deposit  {}",
			stretch(self.grace, self.block_millis),
			stretch(self.notice, self.block_millis),
			self.deposit
		)?;
		// What is accrued is on hold with the rest until it is paid.
		for LeaseSource { who, left } in &self.sources {
			write!(f, "\n  held     {} of {who}", show(*left))?;
		}
		write!(f, "\n  manifest {}\n  source   {}", self.manifest, self.source)
	}
}

/// Show an order or lease.
pub async fn show(chain: &Chain, id: u64, out: Output) -> anyhow::Result<()> {
	let at = chain.finalised().await?;
	let lease = find(&at, id).await?;
	let (block, block_millis) = (at.number(), at.lease_rules()?.block_millis);
	if let Some(view) = at.order(id).await? {
		out.result(&OrderReport::new(lease, &view, block, block_millis));
		return Ok(());
	}
	let Some(view) = at.lease(id).await? else { bail!(gone(&at, id).await?) };
	let accrued = at.accrued(id).await?;
	let endpoint = at.machine(view.tenancy.bid.machine).await?.map(|machine| machine.endpoint);
	out.result(&LeaseReport::new(lease, view, accrued, endpoint, block, block_millis));
	Ok(())
}

/// Which orders and leases to show.
#[derive(Clone, Debug, Default)]
pub struct Filter {
	/// Only orders that can be bid on.
	pub open: bool,
	/// Only those of this client.
	pub client: Option<AccountId32>,
	/// Only those that this provider leads or serves.
	pub provider: Option<AccountId32>,
	/// Only those for which this machine leads or serves.
	pub machine: Option<u64>,
}

impl Filter {
	/// Whether to show `lease` after block `now`.
	fn shows(&self, lease: &Lease, now: u64) -> bool {
		let bid = lease.state.bid();
		let open = matches!(lease.state, LeaseState::Open { closes_at, .. } if now < u64::from(closes_at));
		(!self.open || open)
			&& self.client.is_none_or(|client| client == lease.client)
			&& self.provider.is_none_or(|provider| bid.is_some_and(|bid| bid.provider == provider))
			&& self.machine.is_none_or(|machine| bid.is_some_and(|bid| bid.machine == machine))
	}
}

/// One line of the list.
#[derive(Serialize)]
struct Line<'a> {
	#[serde(flatten)]
	lease: &'a Lease,
	escrow: Amount,
	due: BlockNumber,
	due_in_seconds: Span,
}

impl<'a> Line<'a> {
	fn new(lease: &'a Lease, now: u64, block_millis: u64) -> Self {
		let due = lease.due();
		Self { lease, escrow: lease.escrow(), due, due_in_seconds: Span::between(now, due.into(), block_millis) }
	}
}

impl fmt::Display for Line<'_> {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		let Lease { id, spec, payment, state, .. } = self.lease;
		let (escrow, left) = (payment.show(self.escrow), self.due_in_seconds);
		write!(f, "{id:>6}  {:<8} {:>3} slots  escrow {escrow}  ", state.name(), spec.slots)?;
		match state {
			LeaseState::Open { .. } => write!(f, "at most {} a block, closes in {left}", payment.show(spec.ceiling))?,
			LeaseState::Running { .. } => write!(f, "covered for {left}")?,
			LeaseState::Paused { .. } => write!(f, "kept for {left}")?,
		}
		match state.bid() {
			Some(LeaseBid { provider, machine, rate, .. }) => {
				write!(f, "  {} a block by {provider} with machine {machine}", payment.show(*rate))
			},
			None => Ok(()),
		}
	}
}

/// Show the orders and leases that have not ended.
pub async fn list(chain: &Chain, filter: &Filter, out: Output) -> anyhow::Result<()> {
	let at: At = chain.finalised().await?;
	ensure_leases(&at)?;
	let (now, block_millis) = (at.number(), at.lease_rules()?.block_millis);
	let leases = at.stored_leases().await?;
	let mut shown = leases.iter().filter(|lease| filter.shows(lease, now)).peekable();
	if shown.peek().is_none() {
		out.note("no orders or leases");
	}
	for lease in shown {
		out.result(&Line::new(lease, now, block_millis));
	}
	Ok(())
}

#[cfg(test)]
mod tests {
	use super::{
		super::fixture::{bid, lease, tenancy, CLIENT, FRIEND, PROVIDER, UNIT},
		*,
	};
	use crate::chain::model::{LeaseEnd, Tenancy};

	fn order(best: Option<LeaseBid>) -> Lease {
		lease(LeaseState::Open { closes_at: 100, latest: 200, best })
	}

	fn report(standing: LeaseStanding, tenancy: Tenancy) -> LeaseReport {
		let stored = lease(LeaseState::Running { tenancy: tenancy.clone() });
		let view = LeaseView {
			client: CLIENT,
			tenancy,
			payment: Payment::Native,
			standing,
			accrued: Amount(5 * UNIT),
			unspent: Amount(35 * UNIT),
			runs_out_at: 190,
		};
		let accrued = Accrued {
			payment: Payment::Native,
			earned: Amount(5 * UNIT),
			payable: Amount(5 * UNIT / 2),
			to_provider: Amount(12 * UNIT / 5),
			fee: Amount(UNIT / 10),
		};
		LeaseReport::new(stored, view, Some(accrued), Some("http://127.0.0.1:8701".to_owned()), 120, 6_000)
	}

	#[test]
	fn lease_should_show_its_money_and_its_time() {
		let running = report(LeaseStanding::Running, tenancy());
		let text = running.to_string();
		for line in [
			"lease 3: runs since block 100 (block 120)",
			"  endpoint http://127.0.0.1:8701\n",
			"  rate     0.5 ASY a block (300 ASY an hour)\n",
			"  paid     5 ASY for all blocks before 110\n",
			"  accrued  5 ASY, of which 2.5 ASY can be paid now\n",
			"  unspent  35 ASY\n",
			"  runs out block 190, in about 7 min\n",
			"  grace    30 blocks (3 min) left\n",
			"  held     40 ASY of ",
		] {
			assert!(text.contains(line), "{line} is not in {text}");
		}
		assert!(!text.contains("  ends "), "{text}");
		let json = serde_json::to_value(&running).unwrap();
		assert_eq!((&json["state"], &json["machine"]), (&"running".into(), &4.into()));
		assert_eq!((&json["rate"], &json["rate_per_hour"]), (&"500000000000".into(), &"300000000000000".into()));
		assert_eq!((&json["paid"], &json["payable"]), (&"5000000000000".into(), &"2500000000000".into()));
		assert_eq!((&json["runs_out_in_seconds"], &json["ends_in_seconds"]), (&420.into(), &serde_json::Value::Null));
	}

	#[test]
	fn lease_should_say_what_ends_it_and_what_to_do() {
		let paused = report(LeaseStanding::Paused { since: 110, until: 140 }, tenancy()).to_string();
		assert!(paused.contains("in block 140, in about 2 min unless somebody pays: `assay lease fund 3`"), "{paused}");
		assert!(!paused.contains("runs out"), "{paused}");
		let reclaimed = Tenancy { ends_at: Some(150), reclaimed: true, ..tenancy() };
		let reclaimed = report(LeaseStanding::Running, reclaimed).to_string();
		assert!(reclaimed.contains("ends     block 150, in about 3 min: the provider has given notice"), "{reclaimed}");
		let over = report(LeaseStanding::Ended { at: 118, reason: LeaseEnd::Expired }, tenancy()).to_string();
		assert!(over.contains("over since block 118 (it had lasted as long as it may)"), "{over}");
	}

	#[test]
	fn order_should_show_the_bid_to_beat_and_the_rate_that_does() {
		let view = |rate_to_bid| OrderView {
			client: CLIENT,
			payment: Payment::Native,
			escrow: Amount(40 * UNIT),
			closes_at: 100,
			rate_to_bid,
			best: None,
		};
		let led = OrderReport::new(order(Some(bid())), &view(Amount(UNIT * 49 / 100)), 90, 6_000);
		let text = led.to_string();
		for line in [
			"ceiling  1 ASY a block (600 ASY an hour)\n",
			"auction  closes in block 100, in about 60 s\n",
			"best bid 0.5 ASY a block (300 ASY an hour) by ",
			"to lead  bid at most 0.49 ASY a block (294 ASY an hour)\n",
			"escrow   40 ASY\n",
		] {
			assert!(text.contains(line), "{line} is not in {text}");
		}
		let json = serde_json::to_value(&led).unwrap();
		assert_eq!((&json["state"], &json["rate_to_bid"]), (&"open".into(), &"490000000000".into()));
		assert_eq!((&json["best"]["machine"], &json["closes_in_seconds"]), (&4.into(), &60.into()));
		let over = OrderReport::new(order(None), &view(Amount(0)), 100, 6_000).to_string();
		assert!(over.contains("best bid none\n  to lead  no bid is taken any more"), "{over}");
	}

	#[test]
	fn list_should_show_those_that_are_asked_for() {
		let led = order(Some(bid()));
		let running = lease(LeaseState::Running { tenancy: tenancy() });
		let all = Filter::default();
		assert!(all.shows(&led, 50) && all.shows(&running, 50));
		let open = Filter { open: true, ..Filter::default() };
		assert!(open.shows(&led, 99) && !open.shows(&led, 100) && !open.shows(&running, 50));
		for (who, shown) in [(CLIENT, true), (FRIEND, false)] {
			assert_eq!(Filter { client: Some(who), ..Filter::default() }.shows(&running, 50), shown);
		}
		let by_provider = Filter { provider: Some(PROVIDER), machine: Some(4), ..Filter::default() };
		assert!(by_provider.shows(&led, 50) && by_provider.shows(&running, 50) && !by_provider.shows(&order(None), 50));
		assert!(!Filter { machine: Some(5), ..Filter::default() }.shows(&running, 50));
	}

	#[test]
	fn line_should_say_how_long_the_money_lasts() {
		let running = lease(LeaseState::Running { tenancy: tenancy() });
		let line = Line::new(&running, 120, 6_000);
		let text = line.to_string();
		assert!(text.contains("3  running    2 slots  escrow 40 ASY  covered for 7 min  0.5 ASY a block by"), "{text}");
		let json = serde_json::to_value(&line).unwrap();
		assert_eq!((&json["lease"], &json["due"], &json["due_in_seconds"]), (&3.into(), &190.into(), &420.into()));
		let open = order(None);
		assert!(Line::new(&open, 90, 6_000).to_string().ends_with("at most 1 ASY a block, closes in 60 s"));
	}
}
