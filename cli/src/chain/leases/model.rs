//! Orders and leases in this program's own words.

use std::fmt;

use serde::Serialize;
use subxt::utils::AccountId32;

use super::super::model::{BlockNumber, Payment};
use crate::{amount::Amount, blobs::BlobHash};

/// What a client asks for. Amounts of an order and its lease are in the smallest units of what it is paid with.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct LeaseSpec {
	/// The weakest class of machine that may bid.
	pub min_tier: u8,
	/// Where the machine must stand, if that matters.
	pub region: Option<u16>,
	/// How many slots of one machine are wanted.
	pub slots: u32,
	/// The most that a block may cost, for all slots, fee included.
	pub ceiling: Amount,
	/// How many blocks the auction is open.
	pub auction_blocks: BlockNumber,
	/// How many blocks the lease lasts at most, if that is bounded.
	pub max_blocks: Option<BlockNumber>,
	/// How many blocks the machine is kept while nobody pays.
	pub grace_blocks: BlockNumber,
	/// The fewest blocks of notice with which the provider may end the lease.
	pub min_notice: BlockNumber,
	/// What is to be run.
	pub manifest: BlobHash,
	/// Where that can be fetched.
	pub source: String,
}

/// A provider's offer to lend a machine.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct LeaseBid {
	/// Who offers.
	pub provider: AccountId32,
	/// Which machine.
	pub machine: u64,
	/// What a block costs, for all slots.
	pub rate: Amount,
	/// With how many blocks of notice the provider may end the lease.
	pub notice: BlockNumber,
	/// What the provider has on hold for it until the auction closes.
	pub deposit: Amount,
}

/// What somebody has in escrow for a lease.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub struct LeaseSource {
	/// Who.
	pub who: AccountId32,
	/// What is not spent of it.
	pub left: Amount,
}

/// A machine that is lent.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Tenancy {
	/// The bid that won.
	#[serde(flatten)]
	pub bid: LeaseBid,
	/// The block in which the lease began.
	pub started: BlockNumber,
	/// The first block that is not paid for yet.
	pub paid_to: BlockNumber,
	/// How many blocks of grace are left.
	pub grace: BlockNumber,
	/// The block in which the lease ends whatever there is in escrow.
	pub ends_at: Option<BlockNumber>,
	/// Whether that is so because the provider has given notice.
	pub reclaimed: bool,
}

/// Where an order or lease stands. What has ended is not on the chain.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum LeaseState {
	/// Providers are bidding.
	Open {
		/// The first block without bids.
		closes_at: BlockNumber,
		/// The block that no extension goes beyond.
		latest: BlockNumber,
		/// The lowest bid.
		best: Option<LeaseBid>,
	},
	/// The machine serves.
	Running {
		/// What was agreed, and how far it is paid.
		tenancy: Tenancy,
	},
	/// Escrow has run out, and the machine is kept.
	Paused {
		/// What was agreed. All that was served is paid.
		tenancy: Tenancy,
		/// The first block that escrow did not cover.
		since: BlockNumber,
	},
}

impl LeaseState {
	/// One word for it.
	pub const fn name(&self) -> &'static str {
		match self {
			Self::Open { .. } => "open",
			Self::Running { .. } => "running",
			Self::Paused { .. } => "paused",
		}
	}

	/// The bid that leads, or won.
	pub const fn bid(&self) -> Option<&LeaseBid> {
		match self {
			Self::Open { best, .. } => best.as_ref(),
			Self::Running { tenancy } | Self::Paused { tenancy, .. } => Some(&tenancy.bid),
		}
	}

	/// What was agreed, once there is a lease.
	pub const fn tenancy(&self) -> Option<&Tenancy> {
		match self {
			Self::Open { .. } => None,
			Self::Running { tenancy } | Self::Paused { tenancy, .. } => Some(tenancy),
		}
	}
}

/// An order, or the lease that came of it, as it was when somebody last touched it. [`LeaseView`] is up to date.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Lease {
	/// Its number.
	#[serde(rename = "lease")]
	pub id: u64,
	/// Who asked for it.
	pub client: AccountId32,
	/// What was asked for.
	#[serde(flatten)]
	pub spec: LeaseSpec,
	/// What it is paid with.
	pub payment: Payment,
	/// What is in escrow and not paid out, in the order in which it is spent.
	pub sources: Vec<LeaseSource>,
	/// What the client has on hold for the storage.
	pub deposit: Amount,
	/// Where it stands.
	#[serde(flatten)]
	pub state: LeaseState,
}

impl Lease {
	/// Whether `who` pays for it: as its client, or with what it has put in for another.
	pub fn is_paid_by(&self, who: &AccountId32) -> bool {
		self.client == *who || self.sources.iter().any(|source| source.who == *who)
	}

	/// All that is in escrow.
	pub fn escrow(&self) -> Amount {
		Amount(self.sources.iter().fold(0, |sum, source| sum.saturating_add(source.left.0)))
	}

	/// What a block costs: the ceiling, as long as nothing else is agreed.
	pub fn rate(&self) -> Amount {
		self.state.tenancy().map_or(self.spec.ceiling, |tenancy| tenancy.bid.rate)
	}

	/// What was paid out of escrow since the lease began.
	pub fn paid(&self) -> Amount {
		let Some(tenancy) = self.state.tenancy() else { return Amount(0) };
		// What was paused was not paid for, and was taken off the grace.
		let paused = self.spec.grace_blocks.saturating_sub(tenancy.grace);
		let blocks = tenancy.paid_to.saturating_sub(tenancy.started).saturating_sub(paused);
		Amount(tenancy.bid.rate.0.saturating_mul(blocks.into()))
	}

	/// The block in which the chain takes the next step by itself: closes the auction, pauses the lease or ends it.
	pub fn due(&self) -> BlockNumber {
		let ends_or = |tenancy: &Tenancy, due: BlockNumber| tenancy.ends_at.map_or(due, |end| end.min(due));
		match &self.state {
			LeaseState::Open { closes_at, .. } => *closes_at,
			LeaseState::Running { tenancy } => {
				let covered = self.escrow().0.checked_div(tenancy.bid.rate.0).unwrap_or_default();
				let covered = BlockNumber::try_from(covered).unwrap_or(BlockNumber::MAX);
				ends_or(tenancy, tenancy.paid_to.saturating_add(covered))
			},
			LeaseState::Paused { tenancy, since } => ends_or(tenancy, since.saturating_add(tenancy.grace)),
		}
	}
}

/// What placing an order takes, and how the price of a block at the ceiling would be divided.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub struct OrderQuote {
	/// The least that must go into escrow.
	pub min_funding: Amount,
	/// What is held for the storage, in native tokens.
	pub deposit: Amount,
	/// What the provider would get of a block's price.
	pub to_provider: Amount,
	/// What would be kept of it.
	pub fee: Amount,
}

/// The auction of an order.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct OrderView {
	/// Who asks.
	pub client: AccountId32,
	/// What it is paid with.
	pub payment: Payment,
	/// All that is in escrow for it.
	pub escrow: Amount,
	/// The first block without bids.
	pub closes_at: BlockNumber,
	/// The highest rate that can be bid now. Zero when none can.
	pub rate_to_bid: Amount,
	/// The lowest bid.
	pub best: Option<LeaseBid>,
}

/// Whether a lease runs.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum LeaseStanding {
	/// It does.
	Running,
	/// Escrow has run out.
	Paused {
		/// The first block that it did not cover.
		since: BlockNumber,
		/// The block in which the lease ends unless somebody tops it up.
		until: BlockNumber,
	},
	/// It has ended, and the chain has not got round to it.
	Ended {
		/// In which block.
		at: BlockNumber,
		/// Why.
		reason: LeaseEnd,
	},
}

/// A lease as it stands in a block, whether somebody has settled it or not.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct LeaseView {
	/// Who pays.
	pub client: AccountId32,
	/// What was agreed.
	pub tenancy: Tenancy,
	/// What it is paid with.
	pub payment: Payment,
	/// Whether it runs.
	#[serde(flatten)]
	pub standing: LeaseStanding,
	/// What the provider has earned and was not paid yet.
	pub accrued: Amount,
	/// What nobody has earned yet.
	pub unspent: Amount,
	/// The first block that escrow does not cover.
	pub runs_out_at: BlockNumber,
}

/// What the provider of a lease has earned and was not paid yet.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub struct Accrued {
	/// What it is paid with.
	pub payment: Payment,
	/// All of it.
	pub earned: Amount,
	/// What settling would pay of it now.
	pub payable: Amount,
	/// What the provider would get of that.
	pub to_provider: Amount,
	/// What would be kept of it.
	pub fee: Amount,
}

/// Why an order or lease ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LeaseEnd {
	/// The client withdrew the order.
	Cancelled,
	/// Nobody bid.
	NoBids,
	/// The best bidder's stake no longer sufficed.
	ProviderHalted,
	/// The client closed the lease.
	Closed,
	/// Escrow had run out, and the grace was over.
	RanOut,
	/// The lease had lasted as long as it may.
	Expired,
	/// The provider took the machine back with notice.
	Reclaimed,
	/// The provider took the machine back at once.
	Abandoned,
	/// The client closed the lease, as the machine did not serve.
	Unserved,
}

impl fmt::Display for LeaseEnd {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.write_str(match self {
			Self::Cancelled => "the client cancelled the order",
			Self::NoBids => "nobody bid",
			Self::ProviderHalted => "the best bidder's stake no longer covers its machines",
			Self::Closed => "the client closed it",
			Self::RanOut => "the escrow had run out, and nobody topped it up within the grace",
			Self::Expired => "it had lasted as long as it may",
			Self::Reclaimed => "the provider took its machine back, and the notice was over or nobody paid",
			Self::Abandoned => "the provider abandoned it, and is slashed for that",
			Self::Unserved => "the client closed it as one that was not served",
		})
	}
}

/// The rules of leases that programs must know.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct LeaseRules {
	/// By how much a bid must be below the best one, in billionths.
	pub min_bid_improvement: u32,
	/// The shortest auction.
	pub min_auction_blocks: BlockNumber,
	/// The longest auction, extensions apart.
	pub max_auction_blocks: BlockNumber,
	/// For how many blocks whatever is put into escrow must pay at least.
	pub min_funded_blocks: BlockNumber,
	/// By how many blocks payment is late, and what a provider forfeits that abandons a lease.
	pub arrears_blocks: BlockNumber,
	/// The longest grace.
	pub max_grace_blocks: BlockNumber,
	/// The shortest notice.
	pub min_notice_blocks: BlockNumber,
	/// The longest notice.
	pub max_notice_blocks: BlockNumber,
	/// How many accounts can have money in the escrow of a lease, the client's among them.
	pub max_sources: u32,
	/// The longest URL in bytes.
	pub max_url_len: u32,
	/// What the best bidder has on hold until the auction closes.
	pub bid_deposit: Amount,
	/// Milliseconds between blocks.
	pub block_millis: u64,
}

/// What happened to an order or lease.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "event")]
pub enum LeaseEvent {
	/// An order was placed.
	Placed {
		/// Its number.
		lease: u64,
		/// Who asks.
		client: AccountId32,
		/// What it is paid with.
		payment: Payment,
		/// The most that a block may cost.
		ceiling: Amount,
		/// What is in escrow for it.
		escrow: Amount,
		/// When the auction closes.
		closes_at: BlockNumber,
	},
	/// A bid is the best so far.
	Bid {
		/// On which order.
		lease: u64,
		/// Who offers.
		provider: AccountId32,
		/// Which machine.
		machine: u64,
		/// What a block costs.
		rate: Amount,
		/// With how many blocks of notice.
		notice: BlockNumber,
		/// When the auction now closes.
		closes_at: BlockNumber,
	},
	/// A machine is lent from this block on.
	Started {
		/// The lease.
		lease: u64,
		/// Who lends it.
		provider: AccountId32,
		/// Which machine.
		machine: u64,
		/// What it is paid with.
		payment: Payment,
		/// What a block costs.
		rate: Amount,
		/// The first block that escrow does not cover.
		runs_out_at: BlockNumber,
		/// The block in which it ends at the latest.
		ends_at: Option<BlockNumber>,
	},
	/// Money of one account was paid.
	Paid {
		/// For which lease.
		lease: u64,
		/// Whose money.
		payer: AccountId32,
		/// Who has served.
		provider: AccountId32,
		/// What it was paid with.
		payment: Payment,
		/// The first block that is not paid for yet.
		until: BlockNumber,
		/// What the provider got.
		to_provider: Amount,
		/// What was burned.
		burned: Amount,
		/// What the treasury got.
		to_treasury: Amount,
	},
	/// More was put into escrow.
	Funded {
		/// For which order or lease.
		lease: u64,
		/// By whom.
		who: AccountId32,
		/// What it is paid with.
		payment: Payment,
		/// How much.
		amount: Amount,
	},
	/// Escrow has run out.
	Paused {
		/// Of which lease.
		lease: u64,
		/// The first block that it did not cover.
		since: BlockNumber,
		/// The block in which the lease ends unless somebody tops it up.
		until: BlockNumber,
	},
	/// A lease that was paused goes on.
	Resumed {
		/// Which.
		lease: u64,
		/// The first block that escrow does not cover.
		runs_out_at: BlockNumber,
	},
	/// A provider gave notice.
	Reclaimed {
		/// Of which lease.
		lease: u64,
		/// Who.
		provider: AccountId32,
		/// When it ends.
		ends_at: BlockNumber,
	},
	/// Money that was not spent went back to whoever had put it in.
	Returned {
		/// From which order or lease.
		lease: u64,
		/// To whom.
		who: AccountId32,
		/// What it was to be paid with.
		payment: Payment,
		/// How much.
		amount: Amount,
	},
	/// Money of one account went to the treasury, as the machine did not serve.
	Forfeited {
		/// For which lease.
		lease: u64,
		/// Whose money.
		payer: AccountId32,
		/// What it is paid with.
		payment: Payment,
		/// The first block that is not paid for.
		until: BlockNumber,
		/// How much.
		amount: Amount,
	},
	/// Somebody took back what it had paid for another's order or lease.
	Withdrawn {
		/// For which.
		lease: u64,
		/// Who.
		who: AccountId32,
		/// What it is paid with.
		payment: Payment,
		/// How much.
		amount: Amount,
	},
	/// An order or lease has ended.
	Ended {
		/// Which.
		lease: u64,
		/// Who had asked for it.
		client: AccountId32,
		/// Why.
		reason: LeaseEnd,
		/// In which block, by its rules.
		at: BlockNumber,
	},
	/// Something else is to be run.
	ManifestSet {
		/// By which order or lease.
		lease: u64,
		/// What.
		manifest: BlobHash,
	},
}

impl LeaseEvent {
	/// The order or lease that it is about.
	pub const fn lease(&self) -> u64 {
		match self {
			Self::Placed { lease, .. }
			| Self::Bid { lease, .. }
			| Self::Started { lease, .. }
			| Self::Paid { lease, .. }
			| Self::Funded { lease, .. }
			| Self::Paused { lease, .. }
			| Self::Resumed { lease, .. }
			| Self::Reclaimed { lease, .. }
			| Self::Returned { lease, .. }
			| Self::Forfeited { lease, .. }
			| Self::Withdrawn { lease, .. }
			| Self::Ended { lease, .. }
			| Self::ManifestSet { lease, .. } => *lease,
		}
	}
}

/// What can be done about orders and leases. The number is that of the order, and of the lease that came of it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum LeaseCall {
	/// Ask for a machine.
	PlaceOrder {
		/// What kind, and for how much.
		spec: Box<LeaseSpec>,
		/// What to pay with.
		payment: Payment,
		/// What to put into escrow.
		funding: Amount,
	},
	/// Offer a machine.
	Bid {
		/// The order.
		lease: u64,
		/// The machine.
		machine: u64,
		/// What a block costs.
		rate: Amount,
		/// With how many blocks of notice the lease may be ended.
		notice: BlockNumber,
	},
	/// Close an auction.
	CloseAuction(u64),
	/// Withdraw an order.
	CancelOrder(u64),
	/// Put more into escrow.
	Fund {
		/// For which order or lease.
		lease: u64,
		/// How much.
		amount: Amount,
	},
	/// Bring a lease up to date, and pay what can be paid.
	Settle(u64),
	/// End a lease as its client.
	Close(u64),
	/// End a lease as its client, and say that it was not served.
	CloseUnserved(u64),
	/// Take back what was put into the escrow of another's order or lease.
	Defund(u64),
	/// Give notice.
	Reclaim(u64),
	/// End a lease at once as its provider.
	Abandon(u64),
	/// Say what is to be run from now on.
	SetManifest {
		/// By which order or lease.
		lease: u64,
		/// What.
		manifest: BlobHash,
		/// Where it can be fetched.
		source: String,
	},
}

#[cfg(test)]
mod tests {
	use super::*;

	const CLIENT: AccountId32 = AccountId32([1; 32]);
	const PROVIDER: AccountId32 = AccountId32([2; 32]);

	fn lease(state: LeaseState) -> Lease {
		let spec = LeaseSpec {
			min_tier: 1,
			region: None,
			slots: 2,
			ceiling: Amount(9),
			auction_blocks: 5,
			max_blocks: None,
			grace_blocks: 7,
			min_notice: 6,
			manifest: BlobHash([0; 32]),
			source: String::new(),
		};
		let sources = [(CLIENT, 30), (PROVIDER, 12)];
		let sources = sources.map(|(who, left)| LeaseSource { who, left: Amount(left) }).to_vec();
		Lease { id: 3, client: CLIENT, spec, payment: Payment::Native, sources, deposit: Amount(1), state }
	}

	#[test]
	fn lease_should_be_paid_by_its_client_and_by_all_who_have_put_something_in() {
		let mut lease = lease(LeaseState::Open { closes_at: 10, latest: 20, best: None });
		let friend = AccountId32([3; 32]);
		lease.sources = vec![LeaseSource { who: friend, left: Amount(0) }];
		assert!(lease.is_paid_by(&CLIENT) && lease.is_paid_by(&friend) && !lease.is_paid_by(&PROVIDER));
	}

	#[test]
	fn lease_should_cost_the_ceiling_until_something_else_is_agreed() {
		let bid = LeaseBid { provider: PROVIDER, machine: 4, rate: Amount(5), notice: 6, deposit: Amount(1) };
		let open = lease(LeaseState::Open { closes_at: 10, latest: 20, best: Some(bid.clone()) });
		assert_eq!((open.rate(), open.escrow(), open.state.name()), (Amount(9), Amount(42), "open"));
		assert_eq!((open.state.bid(), open.state.tenancy()), (Some(&bid), None));
		let tenancy = Tenancy { bid: bid.clone(), started: 10, paid_to: 12, grace: 7, ends_at: None, reclaimed: false };
		let paused = lease(LeaseState::Paused { tenancy: tenancy.clone(), since: 15 });
		assert_eq!((paused.rate(), paused.state.name()), (Amount(5), "paused"));
		assert_eq!((paused.state.bid(), paused.state.tenancy()), (Some(&bid), Some(&tenancy)));
	}

	#[test]
	fn lease_should_be_due_when_its_money_or_its_time_is_over() {
		let bid = LeaseBid { provider: PROVIDER, machine: 4, rate: Amount(5), notice: 6, deposit: Amount(1) };
		let tenancy = Tenancy { bid, started: 10, paid_to: 22, grace: 4, ends_at: None, reclaimed: false };
		assert_eq!(lease(LeaseState::Open { closes_at: 10, latest: 20, best: None }).due(), 10);
		// 42 in escrow are eight blocks. Of twelve blocks three were paused.
		let running = lease(LeaseState::Running { tenancy: tenancy.clone() });
		assert_eq!((running.due(), running.paid()), (30, Amount(45)));
		assert_eq!(lease(LeaseState::Paused { tenancy: tenancy.clone(), since: 22 }).due(), 26);
		let bounded = Tenancy { ends_at: Some(25), ..tenancy };
		assert_eq!(lease(LeaseState::Running { tenancy: bounded.clone() }).due(), 25);
		assert_eq!(lease(LeaseState::Paused { tenancy: bounded, since: 22 }).due(), 25);
	}

	#[test]
	fn lease_should_be_flat_in_json_but_for_what_was_agreed() {
		let bid = LeaseBid { provider: PROVIDER, machine: 4, rate: Amount(5), notice: 6, deposit: Amount(1) };
		let tenancy = Tenancy { bid, started: 10, paid_to: 12, grace: 7, ends_at: None, reclaimed: false };
		let json = serde_json::to_value(lease(LeaseState::Running { tenancy })).unwrap();
		assert_eq!((&json["lease"], &json["state"], &json["ceiling"]), (&3.into(), &"running".into(), &"9".into()));
		assert_eq!((&json["tenancy"]["rate"], &json["tenancy"]["machine"]), (&"5".into(), &4.into()));
		assert_eq!(json["sources"][1]["left"], "12");
	}
}
