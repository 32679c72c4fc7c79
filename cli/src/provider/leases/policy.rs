//! On which orders a daemon bids, at which rate, and when what it has earned is worth having paid: pure functions of the chain's state
//! and of what the operator wants.

use std::fmt;

use subxt::utils::AccountId32;

use crate::{
	amount::Amount,
	chain::model::{Accrued, BlockNumber, Lease, LeaseRules, LeaseState, Machine, Payment},
	fraction::Share,
	span::{Stretch, HOUR_MILLIS},
};

/// The chain closes auctions by itself. If it is this many blocks late, the daemon does it.
const GRACE: BlockNumber = 5;

/// Blocks in so many hours.
pub(super) fn hours(hours: u64, block_millis: u64) -> BlockNumber {
	Stretch::hours(hours).blocks(block_millis).unwrap_or(BlockNumber::MAX)
}

/// On which terms an operator leases a machine out.
#[derive(Clone, Debug)]
pub struct LeaseTerms {
	/// The command that serves a lease.
	pub runner: String,
	/// Least price of a slot for an hour, in native tokens.
	pub price: Amount,
	/// The same in millionths of a US dollar, if leases are taken that are paid in such.
	pub dollars: Option<Amount>,
	/// The longest grace: for so long a slot is taken and not paid for.
	pub max_grace: Stretch,
	/// The longest notice: for so long the machine cannot be had back.
	pub max_notice: Stretch,
	/// The longest auction, in blocks.
	pub max_auction: BlockNumber,
}

impl LeaseTerms {
	/// The price of a slot for an hour in `payment`, if that is taken at all.
	fn price(&self, payment: Payment) -> Option<Amount> {
		match payment {
			Payment::Native => Some(self.price),
			Payment::Stable | Payment::Credits => self.dollars,
			Payment::Other => None,
		}
	}

	/// What `native` tokens come to in `payment`, by what a slot costs in both.
	pub fn convert(&self, native: Amount, payment: Payment) -> u128 {
		match (payment, self.dollars) {
			(Payment::Stable | Payment::Credits, Some(dollars)) => {
				native.0.saturating_mul(dollars.0).checked_div(self.price.0).unwrap_or_default()
			},
			_ => native.0,
		}
	}

	/// The least rate for so many slots, a block.
	pub fn least_rate(&self, payment: Payment, slots: u32, block_millis: u64) -> Option<u128> {
		let price = self.price(payment)?.0;
		let hourly = price.saturating_mul(u128::from(slots)).saturating_mul(u128::from(block_millis));
		Some(hourly.div_ceil(u128::from(HOUR_MILLIS)).max(1))
	}
}

/// Why an open order is not for us, whoever else bids.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Objection {
	/// It asks for a better machine.
	Tier,
	/// It asks for another place.
	Region,
	/// It asks for more slots than the machine has.
	Slots,
	/// It is paid with something that we do not take.
	Payment,
	/// It pays too little.
	Cheap,
	/// It holds slots for too long before it is paid for.
	LongAuction,
	/// It may hold slots for too long without pay.
	LongGrace,
	/// It binds us for too long.
	LongNotice,
}

impl fmt::Display for Objection {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.write_str(match self {
			Self::Tier => "it asks for a higher tier",
			Self::Region => "it asks for another region",
			Self::Slots => "it asks for more slots than the machine has",
			Self::Payment => "it is paid in dollars, and there is no --lease-usd-price",
			Self::Cheap => "it pays less than --lease-price",
			Self::LongAuction => "its auction is longer than --max-auction",
			Self::LongGrace => "its grace is longer than --max-grace",
			Self::LongNotice => "its notice is longer than --max-notice",
		})
	}
}

/// The next step about an open order.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Step {
	Nothing,
	/// Fetch what is to be run.
	Fetch,
	Bid {
		rate: Amount,
		notice: BlockNumber,
	},
	CloseAuction,
}

/// What the daemon knows besides the order.
pub(super) struct Situation<'a> {
	pub me: &'a AccountId32,
	/// Our machine as it stands on the chain.
	pub machine: &'a Machine,
	/// Whether our stake allows new work.
	pub active: bool,
	/// Whether our machine owes a commitment in a capacity round, which no work excuses.
	pub owes: bool,
	/// Slots that bids under way will take, on jobs as well.
	pub bidding: u32,
	/// The last finalised block.
	pub now: BlockNumber,
	pub terms: &'a LeaseTerms,
	pub rules: &'a LeaseRules,
}

impl Situation<'_> {
	/// The next step about `order`, of which it is `held` what is to be run.
	pub fn next(&self, order: &Lease, held: bool) -> Step {
		let LeaseState::Open { closes_at, best, .. } = &order.state else { return Step::Nothing };
		if best.as_ref().is_some_and(|best| best.provider == *self.me) {
			let late = self.now >= closes_at.saturating_add(GRACE);
			return if late { Step::CloseAuction } else { Step::Nothing };
		}
		// The next block is the first that a bid can get into.
		if self.now.saturating_add(1) >= *closes_at || order.is_paid_by(self.me) || self.objection(order).is_some() {
			return Step::Nothing;
		}
		let free = self.machine.slots.saturating_sub(self.machine.running).saturating_sub(self.bidding);
		if !self.active || self.owes || order.spec.slots > free {
			return Step::Nothing;
		}
		match (self.rate(order), held) {
			(None, _) => Step::Nothing,
			(Some(_), false) => Step::Fetch,
			// What the client asks for: more would bind us for longer, and win nothing.
			(Some(rate), true) => Step::Bid { rate, notice: order.spec.min_notice },
		}
	}

	/// What keeps us from bidding on an open order, whatever others bid.
	pub fn objection(&self, order: &Lease) -> Option<Objection> {
		let (spec, block_millis) = (&order.spec, self.rules.block_millis);
		let longer = |blocks: BlockNumber, most: Stretch| most.blocks(block_millis).is_some_and(|most| blocks > most);
		if spec.min_tier > self.machine.tier {
			return Some(Objection::Tier);
		}
		if spec.region.is_some_and(|region| region != self.machine.region) {
			return Some(Objection::Region);
		}
		if spec.slots > self.machine.slots {
			return Some(Objection::Slots);
		}
		let Some(least) = self.terms.least_rate(order.payment, spec.slots, block_millis) else {
			return Some(Objection::Payment);
		};
		if least > spec.ceiling.0 {
			return Some(Objection::Cheap);
		}
		if spec.auction_blocks > self.terms.max_auction {
			return Some(Objection::LongAuction);
		}
		if longer(spec.grace_blocks, self.terms.max_grace) {
			return Some(Objection::LongGrace);
		}
		longer(spec.min_notice, self.terms.max_notice).then_some(Objection::LongNotice)
	}

	/// The highest rate that can be bid, unless that is below the least.
	fn rate(&self, order: &Lease) -> Option<Amount> {
		let least = self.terms.least_rate(order.payment, order.spec.slots, self.rules.block_millis)?;
		let highest = match order.state.bid() {
			None => order.spec.ceiling.0,
			Some(best) => {
				let step = Share(self.rules.min_bid_improvement).of(best.rate.0).max(1);
				best.rate.0.checked_sub(step)?
			},
		};
		(highest >= least).then_some(Amount(highest))
	}
}

/// Whether to have paid what has `accrued`, of which the first block is `age` blocks old: when it comes to `least`, or once a
/// day, whatever it comes to.
pub(super) fn is_due(accrued: &Accrued, least: u128, age: BlockNumber, rules: &LeaseRules) -> bool {
	let daily = age >= hours(24, rules.block_millis).saturating_add(rules.arrears_blocks);
	accrued.payable.0 > 0 && (daily || accrued.to_provider.0 >= least)
}

/// How many of `threads` processors come to `slots` of the `all` slots of a machine.
pub(super) fn processors(threads: usize, slots: u32, all: u32) -> usize {
	let share = (threads as u64).saturating_mul(slots.into()) / u64::from(all.max(1));
	usize::try_from(share).unwrap_or(threads).clamp(1, threads.max(1))
}

/// How many of `threads` processors jobs have while `leased` of the `all` slots of a machine are leased.
///
/// Rounded up: a job's slot has at least the share of the machine by which it is planned.
pub(super) fn left(threads: usize, leased: u32, all: u32) -> usize {
	let share = (threads as u64).saturating_mul(all.saturating_sub(leased).into()).div_ceil(all.max(1).into());
	usize::try_from(share).unwrap_or(threads).clamp(1, threads.max(1))
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{
		blobs::BlobHash,
		chain::model::{LeaseBid, LeaseSource, LeaseSpec},
	};

	const ME: AccountId32 = AccountId32([1; 32]);
	const OTHER: AccountId32 = AccountId32([2; 32]);
	const CLIENT: AccountId32 = AccountId32([3; 32]);

	const RULES: LeaseRules = LeaseRules {
		min_bid_improvement: 10_000_000,
		min_auction_blocks: 3,
		max_auction_blocks: 600,
		min_funded_blocks: 600,
		arrears_blocks: 600,
		max_grace_blocks: 14_400,
		min_notice_blocks: 600,
		max_notice_blocks: 432_000,
		max_sources: 4,
		max_url_len: 256,
		bid_deposit: Amount(1),
		block_millis: 6_000,
	};

	fn terms() -> LeaseTerms {
		LeaseTerms {
			runner: "true".to_owned(),
			// A slot costs 100 a block.
			price: Amount(60_000),
			dollars: None,
			max_grace: Stretch::Blocks(600),
			max_notice: Stretch::Seconds(86_400),
			max_auction: 100,
		}
	}

	fn machine() -> Machine {
		Machine { id: 4, provider: ME, tier: 2, region: 5, slots: 4, running: 1, endpoint: String::new() }
	}

	/// An order for two slots, with this best bid.
	fn order(best: Option<(AccountId32, u128)>) -> Lease {
		let spec = LeaseSpec {
			min_tier: 1,
			region: None,
			slots: 2,
			ceiling: Amount(1_000),
			auction_blocks: 10,
			max_blocks: None,
			grace_blocks: 600,
			min_notice: 700,
			manifest: BlobHash([0; 32]),
			source: String::new(),
		};
		let best = best.map(|(provider, rate)| {
			let machine = if provider == ME { 4 } else { 9 };
			LeaseBid { provider, machine, rate: Amount(rate), notice: 700, deposit: Amount(1) }
		});
		Lease {
			id: 3,
			client: CLIENT,
			spec,
			payment: Payment::Native,
			sources: vec![],
			deposit: Amount(1),
			state: LeaseState::Open { closes_at: 50, latest: 60, best },
		}
	}

	fn situation<'a>(machine: &'a Machine, terms: &'a LeaseTerms) -> Situation<'a> {
		Situation { me: &ME, machine, active: true, owes: false, bidding: 0, now: 40, terms, rules: &RULES }
	}

	fn next(order: &Lease, held: bool) -> Step {
		situation(&machine(), &terms()).next(order, held)
	}

	const fn bid(rate: u128) -> Step {
		Step::Bid { rate: Amount(rate), notice: 700 }
	}

	#[test]
	fn order_should_be_bid_on_only_when_what_is_to_be_run_is_held() {
		assert_eq!(next(&order(None), false), Step::Fetch);
		assert_eq!(next(&order(None), true), bid(1_000));
	}

	#[test]
	fn bid_should_be_a_step_below_the_best_and_never_below_the_price() {
		assert_eq!(next(&order(Some((OTHER, 1_000))), true), bid(990));
		assert_eq!(next(&order(Some((OTHER, 203))), true), bid(200));
		assert_eq!(next(&order(Some((OTHER, 202))), true), Step::Nothing);
		assert_eq!(next(&order(Some((OTHER, 0))), true), Step::Nothing);
		// Not below oneself.
		assert_eq!(next(&order(Some((ME, 1_000))), true), Step::Nothing);
	}

	#[test]
	fn price_should_be_for_a_slot_and_an_hour() {
		let (terms, one) = (terms(), LeaseTerms { price: Amount(1), dollars: Some(Amount(1_200)), ..terms() });
		assert_eq!(terms.least_rate(Payment::Native, 1, 6_000), Some(100));
		assert_eq!(terms.least_rate(Payment::Native, 3, 6_000), Some(300));
		assert_eq!(terms.least_rate(Payment::Native, 3, 2_000), Some(100));
		assert_eq!(terms.least_rate(Payment::Stable, 1, 6_000), None);
		assert_eq!(one.least_rate(Payment::Native, 1, 6_000), Some(1));
		assert_eq!(one.least_rate(Payment::Credits, 1, 6_000), Some(2));
		assert_eq!(one.least_rate(Payment::Other, 1, 6_000), None);
	}

	#[test]
	fn order_should_be_left_alone_when_it_does_not_suit() {
		let with = |change: fn(&mut Lease)| {
			let mut order = order(None);
			change(&mut order);
			let (machine, terms) = (machine(), terms());
			let situation = situation(&machine, &terms);
			assert_eq!(situation.next(&order, true), Step::Nothing);
			situation.objection(&order)
		};
		assert_eq!(with(|order| order.spec.min_tier = 3), Some(Objection::Tier));
		assert_eq!(with(|order| order.spec.region = Some(6)), Some(Objection::Region));
		assert_eq!(with(|order| order.spec.slots = 5), Some(Objection::Slots));
		assert_eq!(with(|order| order.payment = Payment::Stable), Some(Objection::Payment));
		assert_eq!(with(|order| order.spec.ceiling = Amount(199)), Some(Objection::Cheap));
		assert_eq!(with(|order| order.spec.auction_blocks = 101), Some(Objection::LongAuction));
		assert_eq!(with(|order| order.spec.grace_blocks = 601), Some(Objection::LongGrace));
		assert_eq!(with(|order| order.spec.min_notice = 14_401), Some(Objection::LongNotice));
		// Nobody serves what it pays for.
		assert_eq!(with(|order| order.client = ME), None);
		assert_eq!(with(|order| order.sources.push(LeaseSource { who: ME, left: Amount(1) })), None);
		let mut here = order(None);
		(here.spec.region, here.spec.ceiling, here.spec.min_notice) = (Some(5), Amount(200), 14_400);
		assert_eq!(next(&here, true), Step::Bid { rate: Amount(200), notice: 14_400 });
	}

	#[test]
	fn order_should_be_left_alone_when_slots_or_stake_or_time_are_wanting() {
		let (machine, terms) = (machine(), terms());
		let situation = || situation(&machine, &terms);
		let next = |situation: Situation<'_>| situation.next(&order(None), true);
		assert_eq!(next(Situation { bidding: 1, ..situation() }), bid(1_000));
		// One runs, and two are bid on.
		assert_eq!(next(Situation { bidding: 2, ..situation() }), Step::Nothing);
		let full = Machine { running: 3, ..machine.clone() };
		assert_eq!(next(Situation { machine: &full, ..situation() }), Step::Nothing);
		assert_eq!(next(Situation { active: false, ..situation() }), Step::Nothing);
		assert_eq!(next(Situation { owes: true, ..situation() }), Step::Nothing);
		assert_eq!(next(Situation { now: 49, ..situation() }), Step::Nothing);
	}

	#[test]
	fn auction_should_be_closed_when_the_chain_is_late_with_it() {
		let (machine, terms) = (machine(), terms());
		let at = |now| Situation { now, ..situation(&machine, &terms) };
		let ours = order(Some((ME, 500)));
		assert_eq!(at(54).next(&ours, true), Step::Nothing);
		assert_eq!(at(55).next(&ours, true), Step::CloseAuction);
		assert_eq!(at(55).next(&order(Some((OTHER, 500))), true), Step::Nothing);
	}

	#[test]
	fn pay_should_be_had_when_it_is_worth_it_or_a_day_old() {
		let accrued = |payable, to_provider| Accrued {
			payment: Payment::Native,
			earned: Amount(payable),
			payable: Amount(payable),
			to_provider: Amount(to_provider),
			fee: Amount(0),
		};
		assert!(is_due(&accrued(100, 96), 96, 700, &RULES));
		assert!(!is_due(&accrued(100, 96), 97, 14_999, &RULES));
		assert!(is_due(&accrued(100, 96), 97, 15_000, &RULES));
		// Paid in credits, it brings a reward only.
		assert!(is_due(&accrued(100, 0), 97, 15_000, &RULES));
		assert!(!is_due(&accrued(0, 0), 0, 15_000, &RULES));
	}

	#[test]
	fn processors_should_be_shared_so_that_a_job_has_its_part_at_least() {
		assert_eq!((processors(8, 1, 4), left(8, 1, 4)), (2, 6));
		assert_eq!((processors(2, 1, 4), left(2, 1, 4)), (1, 2));
		assert_eq!((processors(2, 1, 2), left(2, 1, 2)), (1, 1));
		assert_eq!((processors(8, 4, 4), left(8, 4, 4)), (8, 1));
		assert_eq!((processors(1, 1, 64), left(1, 64, 64), left(4, 0, 2)), (1, 1, 4));
		assert_eq!(hours(1, 6_000), 600);
	}

	#[test]
	fn least_settlement_should_be_that_of_slots_in_dollars_when_leases_are_paid_so() {
		let terms = LeaseTerms { price: Amount(200), dollars: Some(Amount(10)), ..terms() };
		assert_eq!(terms.convert(Amount(1_000), Payment::Native), 1_000);
		assert_eq!(terms.convert(Amount(1_000), Payment::Stable), 50);
		assert_eq!(terms.convert(Amount(1_000), Payment::Credits), 50);
	}
}
