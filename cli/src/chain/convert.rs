//! From the generated types to ours and back: the only place that knows how the runtime spells them.

use subxt::utils::H256;

use assay_chain_types::api::{
	self,
	runtime_types::{
		assay_primitives::{payment::PaymentKind, JobId, MachineId, Tier},
		bounded_collections::bounded_vec::BoundedVec,
		pallet_compute_market::types as market,
		pallet_staking_slash::types as staking,
		sp_arithmetic::per_things::Perbill,
	},
};

use super::{
	credits, delegation, disputes, emission, grants, leases,
	model::{Bid, Event, Job, JobSpec, JobState, Machine, Payment, Ranges, RefundReason, Reputation, Score, Stake},
	slashes, standing,
};
use crate::{amount::Amount, blobs::BlobHash, fraction::Share};

pub(super) fn url(bytes: BoundedVec<u8>) -> String {
	// Anybody can put any bytes on the chain: what is not text becomes an address that nobody has.
	String::from_utf8_lossy(&bytes.0).into_owned()
}

pub(super) fn hash(hash: H256) -> BlobHash {
	BlobHash(hash.0)
}

pub(super) fn machine(id: u64, machine: market::Machine) -> Machine {
	let market::Machine { provider, tier, region, slots, running, endpoint, deposit: _ } = machine;
	Machine { id, provider, tier: tier.0, region: region.0, slots, running, endpoint: url(endpoint) }
}

pub(super) fn job(id: u64, job: market::Job, progress: Option<market::Progress>) -> Job {
	let market::Job { client, spec, payment, escrow, deposit, state, engine: _ } = job;
	Job {
		id,
		client,
		spec: from_spec(spec),
		payment: from_payment(payment),
		escrow: Amount(escrow),
		deposit: Amount(deposit),
		state: from_state(state),
		ranges: progress.map(from_progress),
	}
}

fn from_progress(market::Progress { length, roots, bid, paid }: market::Progress) -> Ranges {
	Ranges {
		length,
		roots: roots.0.into_iter().map(hash).collect(),
		bid: bid.map(from_bid),
		paid: Amount(paid.to_provider),
		burned: Amount(paid.burned),
		to_treasury: Amount(paid.to_treasury),
	}
}

fn from_spec(spec: market::JobSpec) -> JobSpec {
	JobSpec {
		guest: hash(spec.guest),
		input: hash(spec.input),
		units: spec.units,
		gas_per_unit: spec.gas_per_unit,
		ceiling: Amount(spec.ceiling),
		min_tier: spec.min_tier.0,
		min_reputation: Share(spec.min_reputation.0),
		auction_blocks: spec.auction_blocks,
		deadline: spec.deadline,
		review_blocks: spec.review_blocks,
		source: url(spec.source),
	}
}

pub(super) fn from_payment(payment: PaymentKind) -> Payment {
	match payment {
		PaymentKind::Native => Payment::Native,
		PaymentKind::Asset(STABLE_ASSET) => Payment::Stable,
		PaymentKind::Asset(_) => Payment::Other,
		PaymentKind::Credits => Payment::Credits,
	}
}

pub(super) fn to_payment(payment: Payment) -> PaymentKind {
	match payment {
		Payment::Native => PaymentKind::Native,
		// Nobody can ask for an unknown one; the chain would refuse it.
		Payment::Other => PaymentKind::Asset(0),
		Payment::Stable => PaymentKind::Asset(STABLE_ASSET),
		Payment::Credits => PaymentKind::Credits,
	}
}

pub(super) fn to_spec(spec: &JobSpec) -> market::JobSpec {
	market::JobSpec {
		guest: H256(spec.guest.0),
		input: H256(spec.input.0),
		units: spec.units,
		gas_per_unit: spec.gas_per_unit,
		ceiling: spec.ceiling.0,
		min_tier: Tier(spec.min_tier),
		min_reputation: Perbill(spec.min_reputation.0),
		auction_blocks: spec.auction_blocks,
		deadline: spec.deadline,
		review_blocks: spec.review_blocks,
		source: BoundedVec(spec.source.as_bytes().to_vec()),
	}
}

pub(super) fn reputation(reputation: market::Reputation) -> Reputation {
	let score = |score: market::Score| Score { average: Share(score.average.0), outcomes: score.outcomes };
	Reputation { provider: score(reputation.provider), client: score(reputation.client) }
}

fn from_bid(bid: market::Bid) -> Bid {
	Bid { provider: bid.provider, machine: bid.machine.0, price: Amount(bid.price) }
}

fn from_state(state: market::JobState) -> JobState {
	match state {
		market::JobState::Open { closes_at, best } => JobState::Open { closes_at, best: best.map(from_bid) },
		market::JobState::Assigned { bid } => JobState::Assigned { bid: from_bid(bid) },
		market::JobState::Committed { bid, root, review_ends } => {
			JobState::Committed { bid: from_bid(bid), root: hash(root), review_ends }
		},
		market::JobState::Contested { bid, root, review_ends, settles_at, open } => {
			JobState::Contested { bid: from_bid(bid), root: hash(root), review_ends, settles_at, open }
		},
		market::JobState::Settled { bid, root, paid } => JobState::Settled {
			bid: from_bid(bid),
			root: hash(root),
			paid: Amount(paid.to_provider),
			fee: Amount(paid.burned.saturating_add(paid.to_treasury)),
		},
		market::JobState::Refunded { reason } => JobState::Refunded { reason: from_reason(reason) },
	}
}

fn from_reason(reason: market::RefundReason) -> RefundReason {
	match reason {
		market::RefundReason::Cancelled => RefundReason::Cancelled,
		market::RefundReason::NoBids => RefundReason::NoBids,
		market::RefundReason::DeadlineMissed => RefundReason::DeadlineMissed,
		market::RefundReason::ProviderHalted => RefundReason::ProviderHalted,
		market::RefundReason::TooLate => RefundReason::TooLate,
		market::RefundReason::ResultRefuted => RefundReason::ResultRefuted,
		market::RefundReason::DataWithheld => RefundReason::DataWithheld,
	}
}

pub(super) fn stake(status: staking::StakeStatus) -> Stake {
	Stake {
		bonded: Amount(status.bonded),
		required: Amount(status.required),
		unbonding: Amount(status.unbonding),
		withdrawable: Amount(status.withdrawable),
		active: status.active,
		pledged: Amount(status.pledged),
		unpledging: Amount(status.unpledging),
		releasable: Amount(status.releasable),
	}
}

/// The id of the stable asset that jobs can be paid in.
const STABLE_ASSET: u32 = 1;

/// Whether [`event`] may know events of this pallet. The generated types have only some pallets (scripts/metadata.sh).
pub(super) fn is_known(pallet: &str) -> bool {
	["ComputeCredits", "ComputeLease", "ComputeMarket", "RewardVesting", "StakingSlash", "TokenMint", "WorkProofs"]
		.contains(&pallet)
}

/// The event, unless these programs do not care about it.
pub(super) fn event(event: api::Event) -> Option<Event> {
	use api::{compute_market::Event as Market, staking_slash::Event as Staking, token_mint::Event as Mint};
	Some(match event {
		api::Event::ComputeMarket(event) => match event {
			Market::MachineRegistered { machine: MachineId(machine), provider, .. } => {
				Event::MachineRegistered { machine, provider }
			},
			Market::JobSubmitted { job: JobId(job), client, escrow, .. } => {
				Event::JobSubmitted { job, client, escrow: Amount(escrow) }
			},
			Market::BidPlaced { job: JobId(job), provider, price, .. } => {
				Event::BidPlaced { job, provider, price: Amount(price) }
			},
			Market::JobAssigned { job: JobId(job), provider, price, surplus, .. } => {
				Event::JobAssigned { job, provider, price: Amount(price), surplus: Amount(surplus) }
			},
			Market::JobRefunded { job: JobId(job), amount, reason, .. } => {
				Event::JobRefunded { job, amount: Amount(amount), reason: from_reason(reason) }
			},
			Market::ResultCommitted { job: JobId(job), root, .. } => Event::ResultCommitted { job, root: hash(root) },
			Market::JobSettled { job: JobId(job), provider, paid, .. } => Event::JobSettled {
				job,
				provider,
				paid: Amount(paid.to_provider),
				fee: Amount(paid.burned.saturating_add(paid.to_treasury)),
				burned: Amount(paid.burned),
				to_treasury: Amount(paid.to_treasury),
			},
			Market::RangeSettled { job: JobId(job), provider, first, units, paid, .. } => Event::RangeSettled {
				job,
				provider,
				first,
				units,
				paid: Amount(paid.to_provider),
				fee: Amount(paid.burned.saturating_add(paid.to_treasury)),
			},
			Market::JobCleared { job: JobId(job) } => Event::JobCleared { job },
			Market::ResultContested { job: JobId(job), .. } | Market::QuestionAnswered { job: JobId(job), .. } => {
				Event::ResultQuestioned { job }
			},
			Market::PaymentClaimed { account, amount, .. } => Event::PaymentClaimed { account, amount: Amount(amount) },
			_ => return None,
		},
		api::Event::StakingSlash(event) => match event {
			Staking::Slashed { provider, amount, to_wronged, to_reporter, reporter, .. } => Event::Slashed {
				provider,
				amount: Amount(amount),
				to_wronged: Amount(to_wronged),
				to_reporter: Amount(to_reporter),
				reporter,
			},
			Staking::Halted { provider, .. } => Event::Halted { provider },
			Staking::Reactivated { provider } => Event::Reactivated { provider },
			other => {
				let slash = slashes::event(&other).map(Event::Slash);
				let known = slash.or_else(|| standing::event(&other).map(Event::Pledge));
				return known.or_else(|| delegation::event(other).map(Event::Delegation));
			},
		},
		api::Event::RewardVesting(event) => return grants::event(&event).map(Event::Vesting),
		api::Event::TokenMint(event) => match event {
			Mint::RoundClosed { kind, .. } => Event::RoundClosed(emission::from_kind(&kind)),
			Mint::RewardPaid { kind, account, amount, plan } => Event::RewardPaid {
				kind: emission::from_kind(&kind),
				account,
				amount: Amount(amount),
				plan: plan.as_ref().map(emission::from_plan),
			},
			_ => return None,
		},
		api::Event::ComputeCredits(event) => Event::Conversion(credits::event(event)?),
		api::Event::ComputeLease(event) => Event::Lease(leases::event(event)?),
		api::Event::WorkProofs(event) => Event::Proof(disputes::event(event)?),
		_ => return None,
	})
}
