//! What a provider does next about a job: a pure function of the finalised state and of what it knows itself.

use std::fmt;

use assay_proofs::Gas;
use subxt::utils::AccountId32;

use super::{
	execute::Beside,
	policy::{Auction, Conditions, Prices, Share},
};
use crate::{
	amount::Amount,
	blobs::BlobHash,
	chain::model::{BlockNumber, Job, JobState, Machine},
};

/// The chain closes auctions and settles jobs by itself. If it is this many blocks late, the provider does it.
const GRACE: BlockNumber = 5;

/// A job must fit into this part of the time that there is for it, if each unit uses all its gas. The rest is for being slower
/// than measured, for fetching, and for a restart: a missed deadline costs stake. That each has the longest output there can be
/// as well is so rare that the whole of the time does for it.
const MARGIN: u128 = 2;

/// What the daemon knows besides the job.
pub(super) struct Situation<'a> {
	pub me: &'a AccountId32,
	/// Our machine as it stands on the chain.
	pub machine: &'a Machine,
	/// All machines whose jobs are ours to finish.
	pub own: &'a [u64],
	/// Whether our stake allows new work.
	pub active: bool,
	/// Whether our account can pay for what a job may come to ask of us.
	pub funded: bool,
	/// Whether our machine owes a commitment in a capacity round, which no work excuses.
	pub owes: bool,
	/// Slots that bids under way will take.
	pub bidding: u32,
	/// The last finalised block.
	pub now: BlockNumber,
	pub prices: &'a Prices,
	pub conditions: &'a Conditions,
	pub min_improvement: Share,
	/// Our reputation as a provider; need not be known while no job asks for one.
	pub reputation: Share,
	/// That of the job's client as a client, if we mind it.
	pub client: Option<Share>,
	/// Gas that one of our slots uses between two blocks.
	pub gas_per_block: u64,
	/// What units take beside their gas.
	pub beside: Beside,
}

/// Why an open job is not for us, whatever its price.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Objection {
	/// It holds a slot for too long before it is ours.
	LongAuction,
	/// It holds a slot for too long after the work.
	LongReview,
	/// We might miss the deadline.
	TooSlow,
	/// We might miss it by what units take beside their gas.
	TooManyUnits,
	/// We might miss it if outputs are as long as they can be.
	LongOutputs,
	/// It asks for a better reputation than `ours`.
	Unproven { least: Share, ours: Share },
	/// Its client's reputation is below what we mind.
	Client { least: Share, theirs: Share },
}

impl fmt::Display for Objection {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Self::LongAuction => f.write_str("its auction is longer than --max-auction"),
			Self::LongReview => {
				f.write_str("its review, or those of all its ranges together, is longer than --max-review")
			},
			Self::TooSlow => f.write_str("it could not be finished with certainty before the deadline"),
			Self::TooManyUnits => f.write_str(
				"it has so many units that to begin and keep each could take longer than there is before the deadline",
			),
			Self::LongOutputs => f.write_str(
				"its outputs could be so long that to keep them takes longer than there is before the deadline",
			),
			Self::Unproven { least, ours } => {
				write!(f, "it asks for a reputation of {least} at least, and ours is {ours}")
			},
			Self::Client { least, theirs } => {
				write!(f, "the reputation of its client is {theirs}, and we want {least} at least")
			},
		}
	}
}

/// What is known of a job's program.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Readiness {
	/// Not looked at, or to be tried again.
	Unknown,
	/// Being fetched and checked, or no use.
	Wait,
	/// Fetched, checked, ready to run.
	Ready,
}

/// The next step.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Step {
	Nothing,
	/// Fetch and check guest and input.
	Prepare,
	Bid(Amount),
	CloseAuction,
	/// Run the units that are missing.
	Execute,
	/// To the units from that one on.
	Commit(u32, BlobHash),
	Settle,
}

/// Whether a daemon that acts for `me` with the machines `own` has, or might come to have, anything to do with the job.
pub(super) fn concerns(job: &Job, me: &AccountId32, own: &[u64]) -> bool {
	match &job.state {
		// Buying from oneself costs the fee.
		JobState::Open { .. } => job.client != *me,
		// One that is refunded may have ranges that were paid for: their outputs are its client's to fetch.
		_ => job.bid().is_some_and(|bid| own.contains(&bid.machine)),
	}
}

/// Below which unit all of a job of ours are to be on the disk: those that its next result is about, and, where that is under review,
/// those of the range after; with all before, which may have to be shown, and can have been damaged.
pub(super) fn to_compute(job: &Job) -> Option<u32> {
	match &job.state {
		JobState::Assigned { .. } => Some(job.units_due().end),
		JobState::Committed { .. } | JobState::Contested { .. } => {
			Some(job.units_after().unwrap_or_else(|| job.units_due()).end)
		},
		JobState::Open { .. } | JobState::Settled { .. } | JobState::Refunded { .. } => None,
	}
}

/// The order in which `machine` looks at jobs.
///
/// Those that are assigned have deadlines, and go first. Where not all others can be held, those that nobody wants yet go
/// before the rest, and each machine looks at others first: rivals who all look at the same ones leave the rest without a bid.
pub(super) fn preference(machine: u64, job: &Job) -> (bool, bool, BlobHash) {
	let draw = BlobHash::of(&[machine.to_le_bytes(), job.id.to_le_bytes()].concat());
	(!matches!(job.state, JobState::Assigned { .. }), job.state.bid().is_some(), draw)
}

impl Situation<'_> {
	/// The next step for `job`, of which all units [to be computed](to_compute) are done if there is a `root`, that of the last range of
	/// them.
	pub fn next(&self, job: &Job, readiness: Readiness, root: Option<BlobHash>) -> Step {
		if !concerns(job, self.me, self.own) {
			return Step::Nothing;
		}
		match &job.state {
			JobState::Open { closes_at, best } => {
				let leading = best.as_ref().is_some_and(|best| best.provider == *self.me);
				if leading && self.now >= closes_at.saturating_add(GRACE) {
					return Step::CloseAuction;
				}
				// The next block is the first that a bid can get into.
				if leading || self.now.saturating_add(1) >= *closes_at {
					return Step::Nothing;
				}
				if self.objection(job).is_some() {
					return Step::Nothing;
				}
				match (self.price(job, best.as_ref().map(|best| best.price)), readiness) {
					(None, _) | (_, Readiness::Wait) => Step::Nothing,
					(Some(_), Readiness::Unknown) => Step::Prepare,
					(Some(price), Readiness::Ready) => Step::Bid(price),
				}
			},
			JobState::Assigned { .. } => {
				// A commitment after the deadline is refused, and before it the next block must still be in time.
				if self.now >= job.spec.deadline {
					return Step::Nothing;
				}
				match (root, readiness) {
					(Some(root), _) => Step::Commit(job.units_due().start, root),
					(None, Readiness::Unknown) => Step::Prepare,
					(None, Readiness::Wait) => Step::Nothing,
					(None, Readiness::Ready) => Step::Execute,
				}
			},
			JobState::Committed { review_ends, .. } if self.now >= review_ends.saturating_add(GRACE) => Step::Settle,
			JobState::Contested { settles_at, open: 0, .. } if self.now >= settles_at.saturating_add(GRACE) => {
				Step::Settle
			},
			// The next range is computed while this one is under review, and what was damaged of it.
			JobState::Committed { .. } | JobState::Contested { .. } => match (root, readiness) {
				(None, Readiness::Unknown) => Step::Prepare,
				(None, Readiness::Ready) => Step::Execute,
				_ => Step::Nothing,
			},
			JobState::Settled { .. } | JobState::Refunded { .. } => Step::Nothing,
		}
	}

	/// What keeps us from bidding on an open job, whatever its price.
	pub fn objection(&self, job: &Job) -> Option<Objection> {
		let JobState::Open { closes_at, best } = &job.state else { return None };
		if !concerns(job, self.me, self.own) || best.as_ref().is_some_and(|best| best.provider == *self.me) {
			return None;
		}
		let spec = &job.spec;
		if spec.auction_blocks > self.conditions.max_auction {
			return Some(Objection::LongAuction);
		}
		if spec.review_blocks.saturating_mul(job.result_count()) > self.conditions.max_review {
			return Some(Objection::LongReview);
		}
		let (least, ours) = (spec.min_reputation, self.reputation);
		if ours < least {
			return Some(Objection::Unproven { least, ours });
		}
		let least = self.conditions.min_client;
		if let Some(theirs) = self.client.filter(|theirs| *theirs < least) {
			return Some(Objection::Client { least, theirs });
		}
		if !self.fits(job, *closes_at, MARGIN, spec.gas_per_unit) {
			return Some(Objection::TooSlow);
		}
		if !self.fits(job, *closes_at, MARGIN, self.beside.with(spec.gas_per_unit)) {
			return Some(Objection::TooManyUnits);
		}
		(!self.fits(job, *closes_at, 1, self.beside.at_worst(spec.gas_per_unit))).then_some(Objection::LongOutputs)
	}

	/// Whether all units could be done in a part of the time from the auction's end to the deadline, if each took `gas`.
	fn fits(&self, job: &Job, closes_at: BlockNumber, part: u128, gas: Gas) -> bool {
		let blocks = job.spec.deadline.saturating_sub(closes_at.max(self.now));
		let possible = u128::from(self.gas_per_block).saturating_mul(u128::from(blocks)) / part;
		u128::from(job.spec.units).saturating_mul(u128::from(gas)) <= possible
	}

	/// What to bid, if anything.
	fn price(&self, job: &Job, best: Option<Amount>) -> Option<Amount> {
		let free = self.machine.slots.saturating_sub(self.machine.running).saturating_sub(self.bidding);
		if !self.active || !self.funded || self.owes || free == 0 || job.spec.min_tier > self.machine.tier {
			return None;
		}
		let auction = Auction {
			gas_per_unit: job.spec.gas_per_unit,
			ceiling: job.spec.ceiling.0,
			least: self.prices.convert(self.conditions.least, job.payment).div_ceil(u128::from(job.spec.units.max(1))),
			best: best.map(|best| best.0),
			min_improvement: self.min_improvement,
		};
		self.prices.of(job.payment)?.price(&auction).map(Amount)
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{
		chain::model::{Bid, JobSpec, Payment, Ranges, RefundReason},
		provider::policy::Policy,
	};

	const ME: AccountId32 = AccountId32([1; 32]);
	const OTHER: AccountId32 = AccountId32([2; 32]);
	const PRICES: Prices =
		Prices { native: Policy { ask: Amount(100), floor: Amount(50), step: Share(100_000_000) }, dollars: None };

	const CONDITIONS: Conditions =
		Conditions { least: Amount(0), max_auction: 100, max_review: 200, min_client: Share(0) };

	fn machine() -> Machine {
		Machine { id: 4, provider: ME, tier: 2, region: 0, slots: 2, running: 0, endpoint: String::new() }
	}

	fn job(state: JobState) -> Job {
		Job {
			id: 9,
			client: AccountId32([3; 32]),
			spec: JobSpec {
				guest: BlobHash([0; 32]),
				input: BlobHash([0; 32]),
				units: 3,
				gas_per_unit: 1_000_000,
				ceiling: Amount(1_000),
				min_tier: 1,
				min_reputation: Share(0),
				auction_blocks: 10,
				deadline: 100,
				review_blocks: 10,
				source: String::new(),
			},
			payment: Payment::Native,
			escrow: Amount(3_000),
			deposit: Amount(1),
			state,
			ranges: None,
		}
	}

	fn open(best: Option<Bid>) -> Job {
		job(JobState::Open { closes_at: 20, best })
	}

	fn bid(provider: AccountId32, price: u128) -> Bid {
		let machine = if provider == ME { 4 } else { 5 };
		Bid { provider, machine, price: Amount(price) }
	}

	fn at(now: BlockNumber, job: &Job, readiness: Readiness, root: Option<BlobHash>) -> Step {
		let machine = machine();
		situation(now, &machine).next(job, readiness, root)
	}

	fn situation(now: BlockNumber, machine: &Machine) -> Situation<'_> {
		Situation {
			me: &ME,
			machine,
			own: &[4],
			active: true,
			funded: true,
			owes: false,
			bidding: 0,
			now,
			prices: &PRICES,
			conditions: &CONDITIONS,
			min_improvement: Share(0),
			reputation: Share(0),
			client: None,
			gas_per_block: 75_000,
			beside: Beside::default(),
		}
	}

	#[test]
	fn provider_should_look_at_a_job_before_it_bids() {
		assert_eq!(at(10, &open(None), Readiness::Unknown, None), Step::Prepare);
		assert_eq!(at(10, &open(None), Readiness::Wait, None), Step::Nothing);
		assert_eq!(at(10, &open(None), Readiness::Ready, None), Step::Bid(Amount(100)));
	}

	#[test]
	fn next_range_should_be_computed_while_one_is_under_review() {
		let (bid, root) = (bid(ME, 90), BlobHash([2; 32]));
		let (paid, burned, to_treasury) = (Amount(90), Amount(0), Amount(0));
		let ranges =
			Ranges { length: 1, roots: vec![BlobHash([1; 32])], bid: Some(bid.clone()), paid, burned, to_treasury };
		let divided = |state| Job { ranges: Some(ranges.clone()), ..job(state) };
		let assigned = divided(JobState::Assigned { bid: bid.clone() });
		assert_eq!(to_compute(&assigned), Some(2));
		assert_eq!(at(30, &assigned, Readiness::Unknown, Some(root)), Step::Commit(1, root));
		let committed = divided(JobState::Committed { bid, root, review_ends: 60 });
		assert_eq!(to_compute(&committed), Some(3));
		assert_eq!(at(30, &committed, Readiness::Unknown, None), Step::Prepare);
		assert_eq!(at(30, &committed, Readiness::Ready, None), Step::Execute);
		assert_eq!(at(30, &committed, Readiness::Ready, Some(root)), Step::Nothing);
		assert_eq!(at(70, &committed, Readiness::Ready, None), Step::Settle);
		// What was paid for is served however the job ends.
		let refunded = divided(JobState::Refunded { reason: RefundReason::DeadlineMissed });
		assert!(concerns(&refunded, &ME, &[4]) && !concerns(&refunded, &ME, &[7]));
		assert_eq!(to_compute(&refunded), None);
	}

	#[test]
	fn job_should_be_declined_when_all_its_reviews_together_take_too_long() {
		let mut open = open(None);
		open.spec.review_blocks = 100;
		assert_eq!(at(10, &open, Readiness::Ready, None), Step::Bid(Amount(100)));
		let (paid, burned, to_treasury) = (Amount(0), Amount(0), Amount(0));
		open.ranges = Some(Ranges { length: 1, roots: Vec::new(), bid: None, paid, burned, to_treasury });
		assert_eq!(situation(10, &machine()).objection(&open), Some(Objection::LongReview));
	}

	#[test]
	fn provider_should_answer_when_outbid_and_rest_when_it_leads() {
		assert_eq!(at(10, &open(Some(bid(OTHER, 90))), Readiness::Ready, None), Step::Bid(Amount(81)));
		assert_eq!(at(10, &open(Some(bid(ME, 90))), Readiness::Ready, None), Step::Nothing);
		assert_eq!(at(10, &open(Some(bid(OTHER, 50))), Readiness::Ready, None), Step::Nothing);
	}

	#[test]
	fn provider_should_not_bid_when_it_cannot_win_or_serve() {
		let ready = |situation: &Situation<'_>, job: &Job| situation.next(job, Readiness::Ready, None);
		let machine = machine();
		let situation = || situation(10, &machine);
		let full = Machine { running: 2, ..machine.clone() };
		let weak = Machine { tier: 0, ..machine.clone() };
		assert_eq!(ready(&Situation { now: 19, ..situation() }, &open(None)), Step::Nothing);
		assert_eq!(ready(&Situation { active: false, ..situation() }, &open(None)), Step::Nothing);
		assert_eq!(ready(&Situation { funded: false, ..situation() }, &open(None)), Step::Nothing);
		assert_eq!(ready(&Situation { owes: true, ..situation() }, &open(None)), Step::Nothing);
		assert_eq!(ready(&Situation { bidding: 2, ..situation() }, &open(None)), Step::Nothing);
		assert_eq!(ready(&Situation { machine: &full, ..situation() }, &open(None)), Step::Nothing);
		assert_eq!(ready(&Situation { machine: &weak, ..situation() }, &open(None)), Step::Nothing);
		assert_eq!(ready(&situation(), &Job { client: ME, ..open(None) }), Step::Nothing);
	}

	#[test]
	fn provider_should_not_bid_when_the_deadline_is_too_close_for_its_speed() {
		let machine = machine();
		let slow = Situation { gas_per_block: 74_999, ..situation(10, &machine) };
		assert_eq!(slow.next(&open(None), Readiness::Ready, None), Step::Nothing);
		assert_eq!(slow.objection(&open(None)), Some(Objection::TooSlow));
		assert_eq!(situation(10, &machine).objection(&open(None)), None);
	}

	#[test]
	fn provider_should_not_bid_when_the_job_asks_for_a_better_reputation() {
		let machine = machine();
		let known = |percent| Situation { reputation: Share::percent(percent), ..situation(10, &machine) };
		let mut job = open(None);
		job.spec.min_reputation = Share::percent(60);
		assert_eq!(known(60).next(&job, Readiness::Unknown, None), Step::Prepare);
		// It is not even fetched.
		assert_eq!(known(59).next(&job, Readiness::Unknown, None), Step::Nothing);
		let objection = known(59).objection(&job);
		assert_eq!(objection, Some(Objection::Unproven { least: Share::percent(60), ours: Share::percent(59) }));
		assert_eq!(
			objection.map(|objection| objection.to_string()).as_deref(),
			Some("it asks for a reputation of 60 % at least, and ours is 59 %")
		);
		// What was bid before stands, and so does what was won.
		job.state = JobState::Open { closes_at: 20, best: Some(bid(ME, 90)) };
		assert_eq!(known(59).objection(&job), None);
		assert_eq!(known(59).next(&job, Readiness::Ready, None), Step::Nothing);
		job.state = JobState::Assigned { bid: bid(ME, 90) };
		assert_eq!(known(59).next(&job, Readiness::Ready, None), Step::Execute);
	}

	#[test]
	fn provider_should_not_bid_when_it_minds_the_reputation_of_the_client() {
		let machine = machine();
		let conditions = Conditions { min_client: Share::percent(50), ..CONDITIONS };
		let minds = |client: Option<u8>| Situation {
			client: client.map(Share::percent),
			conditions: &conditions,
			..situation(10, &machine)
		};
		assert_eq!(minds(Some(50)).next(&open(None), Readiness::Unknown, None), Step::Prepare);
		assert_eq!(minds(None).next(&open(None), Readiness::Unknown, None), Step::Prepare);
		assert_eq!(minds(Some(49)).next(&open(None), Readiness::Unknown, None), Step::Nothing);
		let least = Share::percent(50);
		assert_eq!(
			minds(Some(49)).objection(&open(None)),
			Some(Objection::Client { least, theirs: Share::percent(49) })
		);
	}

	#[test]
	fn provider_should_not_bid_when_units_take_too_long_beside_their_gas() {
		let machine = machine();
		let tiny = |units| {
			let job = open(None);
			Job { spec: JobSpec { units, gas_per_unit: 6_000, deadline: 1_020, ..job.spec.clone() }, ..job }
		};
		// A thousand blocks of 6 s at 10⁹ gas a second: the gas of a million units is a five-hundredth of it.
		let fast = |unit| Situation {
			gas_per_block: 6_000_000_000,
			beside: Beside { unit, kib: 0 },
			..situation(10, &machine)
		};
		// Half a microsecond each, and then four milliseconds, as on a disk that is asked to keep each by itself.
		assert_eq!(fast(500).next(&tiny(1_000_000), Readiness::Ready, None), Step::Bid(Amount(1)));
		let slow = fast(4_000_000);
		assert_eq!(slow.next(&tiny(1_000_000), Readiness::Ready, None), Step::Nothing);
		assert!(slow.objection(&tiny(1_000_000)).is_some_and(|reason| reason.to_string().contains("so many units")));
		assert_eq!(slow.next(&tiny(100_000), Readiness::Ready, None), Step::Bid(Amount(1)));
		assert_eq!(slow.objection(&tiny(100_000)), None);
	}

	#[test]
	fn provider_should_not_bid_when_outputs_could_take_longer_than_there_is() {
		let machine = machine();
		// Eighty blocks for three units of a million gas each, which can write 256 KiB.
		let with =
			|kib| Situation { gas_per_block: 1_000_000, beside: Beside { unit: 0, kib }, ..situation(10, &machine) };
		// Eighty million gas at most: 77 of them for 768 KiB.
		assert_eq!(with(100_000).next(&open(None), Readiness::Ready, None), Step::Bid(Amount(100)));
		assert_eq!(with(101_000).next(&open(None), Readiness::Ready, None), Step::Nothing);
		assert!(with(101_000)
			.objection(&open(None))
			.is_some_and(|reason| reason.to_string().contains("outputs could be so long")));
	}

	#[test]
	fn provider_should_ask_for_its_least_pay_when_the_job_is_small() {
		let machine = machine();
		let conditions = Conditions { least: Amount(1_000), ..CONDITIONS };
		let choosy = Situation { conditions: &conditions, ..situation(10, &machine) };
		// Three units.
		assert_eq!(choosy.next(&open(None), Readiness::Ready, None), Step::Bid(Amount(334)));
		let poor = Job { spec: JobSpec { ceiling: Amount(333), ..open(None).spec }, ..open(None) };
		assert_eq!(choosy.next(&poor, Readiness::Ready, None), Step::Nothing);
	}

	#[test]
	fn provider_should_not_bid_when_auction_or_review_would_hold_its_slot_for_too_long() {
		let machine = machine();
		let situation = situation(10, &machine);
		let with = |auction_blocks, review_blocks| {
			let job = open(None);
			Job { spec: JobSpec { auction_blocks, review_blocks, ..job.spec.clone() }, ..job }
		};
		let next = |job: &Job| situation.next(job, Readiness::Ready, None);
		assert_eq!(next(&with(100, 200)), Step::Bid(Amount(100)));
		for (job, option) in [(with(101, 200), "--max-auction"), (with(100, 201), "--max-review")] {
			assert_eq!(next(&job), Step::Nothing);
			assert!(situation.objection(&job).is_some_and(|reason| reason.to_string().contains(option)));
		}
	}

	#[test]
	fn provider_should_execute_and_commit_when_assigned() {
		let assigned = job(JobState::Assigned { bid: bid(ME, 90) });
		let root = BlobHash([7; 32]);
		assert_eq!(at(30, &assigned, Readiness::Unknown, None), Step::Prepare);
		assert_eq!(at(30, &assigned, Readiness::Ready, None), Step::Execute);
		// After a restart all may be on disk already.
		assert_eq!(at(30, &assigned, Readiness::Unknown, Some(root)), Step::Commit(0, root));
		assert_eq!(at(100, &assigned, Readiness::Ready, Some(root)), Step::Nothing);
		let others = job(JobState::Assigned { bid: bid(OTHER, 90) });
		assert_eq!(at(30, &others, Readiness::Ready, None), Step::Nothing);
	}

	#[test]
	fn provider_should_go_on_with_its_job_when_it_owes_a_commitment() {
		let machine = machine();
		let owing = Situation { owes: true, ..situation(30, &machine) };
		let assigned = job(JobState::Assigned { bid: bid(ME, 90) });
		let root = BlobHash([7; 32]);
		assert_eq!(owing.next(&assigned, Readiness::Ready, None), Step::Execute);
		assert_eq!(owing.next(&assigned, Readiness::Ready, Some(root)), Step::Commit(0, root));
	}

	#[test]
	fn provider_should_push_the_chain_only_when_it_is_late() {
		let root = BlobHash([7; 32]);
		let committed = job(JobState::Committed { bid: bid(ME, 90), root, review_ends: 50 });
		assert_eq!(at(50, &committed, Readiness::Ready, Some(root)), Step::Nothing);
		assert_eq!(at(55, &committed, Readiness::Ready, Some(root)), Step::Settle);
		assert_eq!(at(20, &open(Some(bid(ME, 90))), Readiness::Ready, None), Step::Nothing);
		assert_eq!(at(25, &open(Some(bid(ME, 90))), Readiness::Ready, None), Step::CloseAuction);
	}

	#[test]
	fn machines_should_look_at_jobs_in_different_orders() {
		let first = |machine| {
			let mut jobs: Vec<_> = (0..64).map(|id| Job { id, ..open(None) }).collect();
			jobs.sort_by_key(|job| preference(machine, job));
			jobs.iter().map(|job| job.id).take(16).collect::<Vec<_>>()
		};
		assert_eq!(first(1), first(1));
		let both = first(1).into_iter().filter(|job| first(2).contains(job)).count();
		assert!(both < 8, "two machines have {both} of their first 16 jobs in common");
	}

	#[test]
	fn assigned_jobs_should_go_before_open_ones() {
		let state = |id| match id % 4 {
			0 => JobState::Assigned { bid: bid(ME, 90) },
			_ => JobState::Open { closes_at: 20, best: None },
		};
		let mut jobs: Vec<_> = (0..64).map(|id| Job { id, ..job(state(id)) }).collect();
		jobs.sort_by_key(|job| preference(4, job));
		assert!(jobs.iter().take(16).all(|job| job.id % 4 == 0));
	}

	#[test]
	fn jobs_that_nobody_wants_should_go_first() {
		let best = |id| (id % 2 == 0).then(|| bid(OTHER, 90));
		let mut jobs: Vec<_> = (0..64).map(|id| Job { id, ..open(best(id)) }).collect();
		jobs.sort_by_key(|job| preference(4, job));
		assert!(jobs.iter().take(32).all(|job| job.id % 2 == 1));
	}
}
