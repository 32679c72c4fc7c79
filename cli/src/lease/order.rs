//! Ordering a machine, and saying what it shall run: everything is checked here before anything is put into escrow there.

use std::{fmt, net::SocketAddr};

use anyhow::{bail, ensure, Context};
use serde::Serialize;
use subxt_signer::sr25519::Keypair;

use super::{blocks_of, ensure_client, ensure_leases, find, moment, notice::Notice, stretch, Funding, Rate, Written};
use crate::{
	amount::Amount,
	blobs::{BlobHash, BlobStore, DirStore},
	chain::{
		model::{BlockNumber, Event, LeaseCall, LeaseEvent, LeaseRules, LeaseSpec, LeaseState, OrderQuote, Payment},
		Call, Chain,
	},
	client::submit::{self, Serving},
	keys,
	leased::LARGEST_MANIFEST,
	output::Output,
	span::{Span, Stretch},
};

/// Auction length unless one is given: enough for a provider to see the order finalised, fetch the manifest, and answer a rival.
const AUCTION_BLOCKS: BlockNumber = 10;
/// How long the machine is kept while nobody pays, unless it is said: long enough to notice it.
const GRACE: Stretch = Stretch::Seconds(60 * 60);

/// An order to be placed.
pub struct Request {
	/// What is to be run.
	pub manifest: Vec<u8>,
	/// What to pay with.
	pub payment: Payment,
	/// The highest rate.
	pub ceiling: Written,
	/// What to put into escrow.
	pub funding: Funding,
	/// The weakest class of machine that may bid.
	pub min_tier: u8,
	/// Where the machine must stand.
	pub region: Option<u16>,
	/// How many slots.
	pub slots: u32,
	/// How long the auction is open.
	pub auction: Option<Stretch>,
	/// How long the lease lasts at most.
	pub longest: Option<Stretch>,
	/// How long the machine is kept while nobody pays.
	pub grace: Option<Stretch>,
	/// The least notice.
	pub notice: Option<Stretch>,
	/// Where to serve the manifest; `None` with a source means that somebody else does.
	pub listen: Option<SocketAddr>,
	/// Under which URL it can be fetched.
	pub source: Option<String>,
}

/// An order that was placed.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "event", rename = "placed")]
pub struct Placed {
	/// Its number.
	pub lease: u64,
	/// Block in which it was placed.
	pub block: u64,
	/// What it is paid with.
	pub payment: Payment,
	/// What is in escrow for it.
	pub escrow: Amount,
	/// What it takes at the least, and how the price of a block would be divided.
	#[serde(flatten)]
	pub quote: OrderQuote,
	/// The ceiling for an hour.
	pub ceiling_per_hour: Amount,
	/// When the auction closes.
	pub closes_at: BlockNumber,
	/// In how long that is.
	pub closes_in_seconds: Span,
	/// What was asked for.
	#[serde(flatten)]
	pub spec: LeaseSpec,
	/// Milliseconds between blocks.
	#[serde(skip)]
	pub block_millis: u64,
}

impl fmt::Display for Placed {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		let Self { lease, block, payment, escrow, quote, closes_at, ref spec, block_millis, .. } = *self;
		let ceiling = Rate::new(spec.ceiling, payment, block_millis);
		let funded = escrow.0.checked_div(spec.ceiling.0).unwrap_or_default();
		let funded = BlockNumber::try_from(funded).unwrap_or(BlockNumber::MAX);
		write!(
			f,
			"lease {lease}: ordered in block {block}\n  machine  {}\n  ceiling  {ceiling}\n           of which the \
			 provider gets {} a block, and the fee is {}\n  escrow   {}: lasts for {} at the ceiling\n  deposit  {}\n  \
			 auction  closes in {}\n  lasts    {}\n  grace    {}\n  notice   {} at least\n  manifest {}\n  source   {}",
			Wanted(spec),
			payment.show(quote.to_provider),
			payment.show(quote.fee),
			payment.show(escrow),
			stretch(funded, block_millis),
			quote.deposit,
			moment(closes_at, block, block_millis),
			longest(spec, block_millis),
			stretch(spec.grace_blocks, block_millis),
			stretch(spec.min_notice, block_millis),
			spec.manifest,
			spec.source
		)
	}
}

/// The machine that is asked for.
pub(super) struct Wanted<'a>(pub &'a LeaseSpec);

impl fmt::Display for Wanted<'_> {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		let LeaseSpec { slots, min_tier, region, .. } = self.0;
		let slots = if *slots == 1 { "1 slot".to_owned() } else { format!("{slots} slots") };
		write!(f, "{slots} of a machine of tier {min_tier} or better, ")?;
		match region {
			Some(region) => write!(f, "in region {region}"),
			None => f.write_str("anywhere"),
		}
	}
}

/// How long a lease lasts.
pub(super) fn longest(spec: &LeaseSpec, block_millis: u64) -> String {
	match spec.max_blocks {
		Some(blocks) => format!("{} at most", stretch(blocks, block_millis)),
		None => "as long as there is money".to_owned(),
	}
}

/// Refuse what the chain would refuse, by the names of the options.
fn check(spec: &LeaseSpec, rules: &LeaseRules) -> anyhow::Result<()> {
	let show = |blocks| stretch(blocks, rules.block_millis);
	let (least, most) = (rules.min_auction_blocks, rules.max_auction_blocks);
	ensure!(
		(least..=most).contains(&spec.auction_blocks),
		"--auction is {}, and must be from {} to {} on this chain",
		show(spec.auction_blocks),
		show(least),
		show(most)
	);
	ensure!(spec.max_blocks != Some(0), "--for must be a block at least; leave it out for as long as there is money");
	ensure!(
		spec.grace_blocks <= rules.max_grace_blocks,
		"--grace is {}, and at most {} on this chain",
		show(spec.grace_blocks),
		show(rules.max_grace_blocks)
	);
	let (least, most) = (rules.min_notice_blocks, rules.max_notice_blocks);
	ensure!(
		(least..=most).contains(&spec.min_notice),
		"--notice is {}, and must be from {} to {} on this chain",
		show(spec.min_notice),
		show(least),
		show(most)
	);
	check_url(&spec.source, rules)
}

fn check_url(url: &str, rules: &LeaseRules) -> anyhow::Result<()> {
	let (bytes, most) = (url.len(), rules.max_url_len);
	ensure!(bytes <= most as usize, "the URL {url} has {bytes} bytes, at most {most} are allowed on this chain");
	Ok(())
}

/// Refuse a manifest that no provider would fetch.
pub fn check_manifest(manifest: &[u8]) -> anyhow::Result<()> {
	let bytes = manifest.len();
	ensure!(bytes > 0, "the manifest is empty: it must say what is to be run");
	ensure!(
		bytes as u64 <= LARGEST_MANIFEST,
		"the manifest has {bytes} bytes, and daemons fetch {LARGEST_MANIFEST} at most: have it name what is large"
	);
	Ok(())
}

/// What `request` asks for, by the rules of the chain.
fn spec_of(request: &Request, ceiling: &Rate, source: String, rules: &LeaseRules) -> anyhow::Result<LeaseSpec> {
	let blocks = |time: Stretch| blocks_of(time, rules.block_millis);
	let spec = LeaseSpec {
		min_tier: request.min_tier,
		region: request.region,
		slots: request.slots,
		ceiling: ceiling.a_block,
		auction_blocks: match request.auction {
			Some(time) => blocks(time)?,
			None => AUCTION_BLOCKS.max(rules.min_auction_blocks),
		},
		max_blocks: request.longest.map(blocks).transpose()?,
		grace_blocks: match request.grace {
			Some(time) => blocks(time)?,
			None => blocks(GRACE)?.min(rules.max_grace_blocks),
		},
		min_notice: match request.notice {
			Some(time) => blocks(time)?,
			None => rules.min_notice_blocks,
		},
		manifest: BlobHash::of(&request.manifest),
		source,
	};
	check(&spec, rules)?;
	Ok(spec)
}

/// Check and place an order. The returned server has to live until a provider has the manifest.
pub async fn place(
	chain: &Chain,
	key: &Keypair,
	request: Request,
	store: &DirStore,
	out: Output,
) -> anyhow::Result<(Placed, Option<Serving>)> {
	let at = chain.finalised().await?;
	ensure_leases(&at)?;
	let (rules, payment) = (at.lease_rules()?, request.payment);
	let block_millis = rules.block_millis;
	let ceiling = Rate::from_written(&request.ceiling, payment, block_millis).context("the ceiling is no use")?;
	let funding = request.funding.at(&ceiling, rules.min_funded_blocks, block_millis)?;
	let (listener, source) = submit::place_to_serve(request.listen, request.source.as_deref()).await?;
	let spec = spec_of(&request, &ceiling, source.clone(), &rules)?;

	let quote = match at.order_quote(&spec, payment).await? {
		Ok(quote) => quote,
		Err(reason) => bail!("the chain would refuse the order: {reason}"),
	};
	let me = keys::account(key);
	// What is not native the chain itself looks at; it refuses what is not there.
	let escrow = if payment == Payment::Native { funding } else { Amount(0) };
	let needed = Amount(escrow.0.saturating_add(quote.deposit.0));
	let funds = at.funds(&me).await?;
	ensure!(
		funds.free > needed,
		"the order puts {needed} on hold (escrow {escrow}, deposit {}), and account {me} has only {} free",
		quote.deposit,
		funds.free
	);

	store.put(request.manifest).await?;
	let serving = listener.map(|listener| Serving::start(listener, source, store.clone()));
	let call = LeaseCall::PlaceOrder { spec: Box::new(spec.clone()), payment, funding };
	let included = chain.submit(key, Call::Lease(call)).await.context("cannot place the order")?;
	let placed = included.events.iter().find_map(|event| match event {
		Event::Lease(LeaseEvent::Placed { lease, client, escrow, closes_at, .. }) if *client == me => {
			Some((*lease, *escrow, *closes_at))
		},
		_ => None,
	});
	let (lease, escrow, closes_at) = placed.context("the chain did not say which order it took")?;
	let block = included.block;
	let placed = Placed {
		lease,
		block,
		payment,
		escrow,
		quote,
		ceiling_per_hour: ceiling.an_hour,
		closes_at,
		closes_in_seconds: Span::between(block, closes_at.into(), block_millis),
		spec,
		block_millis,
	};
	out.note("the escrow stays on your account, on hold; what is not spent is released when the lease ends");
	Ok((placed, serving))
}

/// Have something else run by an order or lease from now on. The returned server has to live until the provider has it.
pub async fn set_manifest(
	chain: &Chain,
	key: &Keypair,
	id: u64,
	manifest: Vec<u8>,
	place: (Option<SocketAddr>, Option<String>),
	store: &DirStore,
	out: Output,
) -> anyhow::Result<Option<Serving>> {
	let at = chain.finalised().await?;
	let lease = find(&at, id).await?;
	ensure_client(&lease, &keys::account(key))?;
	ensure!(
		!matches!(lease.state, LeaseState::Open { best: Some(_), .. }),
		"order {id} has a bid, which is one on what is to be run: wait until the lease begins, or cancel the order"
	);
	let hash = BlobHash::of(&manifest);
	let (listener, source) = submit::place_to_serve(place.0, place.1.as_deref()).await?;
	let rules = at.lease_rules()?;
	check_url(&source, &rules)?;
	ensure!(
		(hash, &source) != (lease.spec.manifest, &lease.spec.source),
		"lease {id} runs just that already, from {source}"
	);
	store.put(manifest).await?;
	let serving = listener.map(|listener| Serving::start(listener, source.clone(), store.clone()));
	let included = chain.submit(key, Call::Lease(LeaseCall::SetManifest { lease: id, manifest: hash, source })).await?;
	for event in included.events.iter().filter_map(|event| event.of_lease(id)).cloned() {
		let (payment, block_millis) = (lease.payment, rules.block_millis);
		out.result(&Notice { block: included.block, event, payment, block_millis });
	}
	Ok(serving)
}

#[cfg(test)]
mod tests {
	use super::{
		super::fixture::{rules, spec, UNIT},
		*,
	};

	fn request() -> Request {
		Request {
			manifest: b"what to run".to_vec(),
			payment: Payment::Native,
			ceiling: Written::ABlock(Amount(UNIT)),
			funding: Funding::Time(Stretch::Blocks(20)),
			min_tier: 1,
			region: None,
			slots: 1,
			auction: None,
			longest: None,
			grace: None,
			notice: None,
			listen: None,
			source: None,
		}
	}

	fn asked(request: &Request) -> anyhow::Result<LeaseSpec> {
		let ceiling = Rate::new(Amount(UNIT), Payment::Native, 6_000);
		spec_of(request, &ceiling, "http://here".to_owned(), &rules())
	}

	#[test]
	fn order_should_have_the_times_of_the_chain_when_none_are_given() {
		let spec = asked(&request()).unwrap();
		assert_eq!((spec.auction_blocks, spec.max_blocks), (10, None));
		assert_eq!((spec.grace_blocks, spec.min_notice), (600, 5));
		assert_eq!((spec.manifest, spec.ceiling), (BlobHash::of(b"what to run"), Amount(UNIT)));
	}

	#[test]
	fn order_should_be_refused_by_the_name_of_the_option_when_a_time_is_no_use() {
		let time = |text: &str| Some(text.parse().unwrap());
		let refusal = |request: Request| asked(&request).unwrap_err().to_string();
		let error = refusal(Request { auction: time("2h"), ..request() });
		assert_eq!(
			error,
			"--auction is 1200 blocks (2 h), and must be from 3 blocks (18 s) to 600 blocks (60 min) on this chain"
		);
		for (wrong, option) in [
			(Request { auction: time("2 blocks"), ..request() }, "--auction is 2 blocks"),
			(Request { longest: time("0s"), ..request() }, "--for must be a block at least"),
			(Request { grace: time("1001 blocks"), ..request() }, "--grace is 1001 blocks"),
			(Request { notice: time("1 blocks"), ..request() }, "--notice is 1 blocks"),
			(Request { notice: time("60d"), ..request() }, "--notice is 864000 blocks"),
			(Request { grace: time("400000d"), ..request() }, "too long"),
		] {
			let error = refusal(wrong);
			assert!(error.contains(option), "{error}");
		}
	}

	#[test]
	fn manifest_should_be_refused_when_nobody_would_fetch_it() {
		assert!(check_manifest(b"run").is_ok());
		assert!(check_manifest(b"").unwrap_err().to_string().contains("empty"));
		let error = check_manifest(&vec![0; LARGEST_MANIFEST as usize + 1]).unwrap_err().to_string();
		assert!(error.contains("fetch 262144 at most"), "{error}");
	}

	#[test]
	fn order_should_tell_all_that_it_takes_and_when_the_auction_closes() {
		let quote = OrderQuote {
			min_funding: Amount(10 * UNIT),
			deposit: Amount(2 * UNIT),
			to_provider: Amount(UNIT * 96 / 100),
			fee: Amount(UNIT * 4 / 100),
		};
		let placed = Placed {
			lease: 3,
			block: 100,
			payment: Payment::Native,
			escrow: Amount(20 * UNIT),
			quote,
			ceiling_per_hour: Amount(600 * UNIT),
			closes_at: 110,
			closes_in_seconds: Span(60),
			spec: spec(),
			block_millis: 6_000,
		};
		let text = placed.to_string();
		for line in [
			"lease 3: ordered in block 100",
			"machine  2 slots of a machine of tier 2 or better, in region 5",
			"ceiling  1 ASY a block (600 ASY an hour)",
			"provider gets 0.96 ASY a block, and the fee is 0.04 ASY",
			"escrow   20 ASY: lasts for 20 blocks (2 min) at the ceiling",
			"deposit  2 ASY",
			"auction  closes in block 110, in about 60 s",
			"lasts    as long as there is money",
			"grace    30 blocks (3 min)",
			"notice   10 blocks (60 s) at least",
		] {
			assert!(text.contains(line), "{line} is not in {text}");
		}
		let json = serde_json::to_value(&placed).unwrap();
		assert_eq!((&json["event"], &json["lease"], &json["closes_at"]), (&"placed".into(), &3.into(), &110.into()));
		assert_eq!((&json["deposit"], &json["closes_in_seconds"]), (&"2000000000000".into(), &60.into()));
	}
}
