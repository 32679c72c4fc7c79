//! What may happen: every call of our pallets by anybody, what the administrator may do, what other pallets report, prices
//! and time.

use super::devices;
use crate::support::*;
use assay_primitives::{
	Arbiter, CapacityRewards, CheckerRewards, Offence, OffenceReport, ProviderStake, RewardKind, Vesting, VestingPlan,
};
use assay_proofs::{announcement, hash, merkle, vote};
use assay_runtime::{
	arbiter::RuntimeArbiter,
	configs::{
		dynamic::{market, rewards},
		RuntimeParameters, STABLE_ASSET,
	},
	params::{LEASE_MIN_FUNDED, MIN_ROUND_BLOCKS, SHORTEST_AUCTION, SHORTEST_NOTICE, UNBONDING_PERIOD},
	AccountId, Balance, Balances, BlockNumber, JobId, LeaseId, MachineId, PaymentKind, Region, RewardVesting, Runtime,
	RuntimeCall, StakingSlash, System, Tier, TokenMint,
};
use codec::Encode;
use frame_support::{
	storage::with_storage_layer,
	traits::{
		fungible::Balanced,
		tokens::{Fortitude, Precision, Preservation},
	},
};
use pallet_authorship::EventHandler;
use pallet_capacity::Call as Rounds;
use pallet_checkers::{Call as Checking, Check, Checks, Finding, Stage};
use pallet_compute_credits::{Call as Credits, Conversions};
use pallet_compute_lease::{Call as Leasing, Lease, Leases, NextLeaseId, OrderSpec};
use pallet_compute_market::{Call as Market, Job, JobState, Jobs, Machines, NextJobId, Ranges};
use pallet_reward_vesting::Call as VestingCall;
use pallet_staking_slash::{Call as Stake, Debts, PendingSlashes, Positions, SlashId};
use pallet_token_mint::Call as Mint;
use pallet_work_proofs::{Announcements, Call as Proofs, Demands, UnitOutput};
use proptest::prelude::*;
use sp_core::H256;
use sp_keyring::Sr25519Keyring::{Alice, Bob, Charlie, Dave, Eve, Ferdie};
use sp_runtime::{DispatchError, FixedU128, Perbill};
use std::ops::Range;

/// All of them buy and serve, and also try what is not theirs to do. The first four are validators as well, and say what the
/// token costs.
pub fn actors() -> [AccountId; 6] {
	[Alice, Bob, Charlie, Dave, Eve, Ferdie].map(account)
}

/// What a chain begins with, so that there is something to act on: providers with machines, backers, a price, credits. The
/// least machine of each provider has a device, and a seat in the draw. Everybody is a checker if results are to be `checked`
/// from the beginning, otherwise nobody is yet.
pub fn begin(checked: bool) {
	let [alice, bob, charlie, dave, eve, ferdie] = actors();
	for (place, provider) in [&bob, &charlie, &dave].into_iter().enumerate() {
		call(provider, Stake::bond { amount: 2_000 * UNIT }).unwrap();
		for tier in 1..3 {
			let endpoint = b"http://127.0.0.1:1".to_vec().try_into().unwrap();
			let region = Region(place as u16);
			let machine = pallet_compute_market::NextMachineId::<Runtime>::get();
			call(provider, Market::register_machine { tier: Tier(tier), region, slots: 3, endpoint }).unwrap();
			if tier == 1 {
				call(provider, Rounds::set_device { machine, device: Some(provider.clone()) }).unwrap();
			}
		}
		call(&ferdie, Stake::delegate { provider: provider.clone(), amount: 500 * UNIT }).unwrap();
	}
	feed(FixedU128::from_rational(1, 2));
	call_as_root(Credits::<Runtime>::reset_breaker {}).unwrap();
	for client in [alice, eve] {
		call(&client, Credits::buy_credits { amount: 5_000 * UNIT, min_credits: 0 }).unwrap();
	}
	for who in actors().iter().filter(|_| checked) {
		call(who, Checking::join {}).unwrap();
	}
	advance(15);
	for _ in 0..3 {
		devices::begin_epoch();
		devices::beat(u8::MAX);
	}
}

/// Something that happens. Numbers are taken modulo what exists.
#[derive(Clone, Debug)]
pub enum Op {
	Bond(u8, u16),
	Unbond(u8, u16),
	Rebond(u8, u16),
	Withdraw(u8),
	Register(u8, u8, u8),
	Deregister(u8, u8),
	Submit(u8, u8, u16, u8),
	Bid(u8, u8, u8, u16),
	Close(u8, u8),
	Cancel(u8, u8),
	Commit(u8, u8),
	Accept(u8, u8),
	Settle(u8, u8),
	Expire(u8, u8),
	Clear(u8, u8),
	ClaimPayment(u8, u8),
	Order(u8, u8, u16, u8),
	BidLease(u8, u8, u8, u16),
	CloseOrder(u8, u8),
	CancelOrder(u8, u8),
	Fund(u8, u8, u8),
	Defund(u8, u8),
	SettleLease(u8, u8),
	CloseLease(u8, u8),
	CloseUnserved(u8, u8),
	SetManifest(u8, u8),
	Reclaim(u8, u8),
	Abandon(u8, u8),
	Dispute(u8, u8, u8),
	Announce(u8, u8, u8),
	WithdrawAnnouncement(u8),
	Demand(u8, u8, u8),
	Reveal(u8, u8),
	CloseDemand(u8, u8),
	JoinCheckers(u8),
	LeaveCheckers(u8),
	/// The members of a committee say, as far as it is their turn, what units come to, or what they were paid to say. Some are
	/// silent.
	Vote(u8, u8),
	OpenSample(u8, u8),
	/// The members of a committee, all or all but one, say that they could not have guest and input.
	MissData(u8, u8),
	/// Somebody shows them, or something else.
	ShowData(u8, u8),
	CloseCheck(u8, u8),
	/// A provider names a machine's device, or none.
	SetDevice(u8, u8),
	/// Machines tell of themselves, all but one.
	Beat(u8),
	/// A machine that was drawn commits to its work. Some have not done it.
	CommitWork(u8, u8),
	/// A machine opens what it has committed to.
	Prove(u8, u8),
	/// The members of a probe's committee report. Some could not reach the machine, some are silent.
	ReportProbe(u8, u8),
	/// Somebody does what rounds and weights of machines have left to do.
	WorkOff(u8, u8),
	/// An epoch begins.
	Epoch,
	/// Most of an epoch goes by, in blocks without room.
	LateEpoch,
	/// The stable asset's issuer lets an account neither give nor take it.
	Freeze(u8),
	Thaw(u8),
	Claim(u8, u8),
	Delegate(u8, u8, u16),
	Undelegate(u8, u8, u16),
	WithdrawDelegation(u8, u8),
	MoveDelegation(u8, u8, u8, u16),
	ClaimDelegation(u8, u8, bool),
	CollectLiability(u8, u8, u8),
	SetCommission(u8, u8, u8),
	BuyCredits(u8, u16),
	CancelConversion(u8, u8),
	/// Three operators feed a price, in thousandths of a dollar.
	Price(u16),
	/// Capacity or checks that were proven.
	Points(u8, u8, u16),
	/// A block of a validator's.
	Author(u8),
	/// An offence, so many blocks ago.
	Report(u8, u8, u8, u16),
	Apply(u8, u8),
	Contest(u8, u8),
	/// Governance decides on a contest, cancels a slash or releases it.
	Govern(u8, u8),
	PayDebt(u8, u8, u16),
	CollectDebt(u8, u8),
	NoteShortfall(u8, u8),
	/// Tokens of somebody's that begin to vest, by the plan that can be staked twice out of three times.
	Vest(u8, u16),
	ClaimVested(u8, u8),
	ExitEarly(u8, u16),
	Pledge(u8, u16),
	Unpledge(u8, u16),
	/// A decision of the administrator's.
	Admin(Decision),
	/// Quarters of the time that a lease's escrow must last: what a lease lives in.
	Hours(u8),
	/// A part of the time that stake needs to leave: days, which add up to months.
	Days(u8),
	/// Blocks with room for the agenda.
	Blocks(u8),
	/// Blocks without, so that due steps are left to calls.
	FullBlocks(u8),
	/// As many of these as it takes until the deadline of a job.
	FullUntilDue(u8),
}

/// What an administrator decides.
#[derive(Clone, Debug)]
pub enum Decision {
	Coefficient(u8),
	FollowNetwork,
	TierStake(u8, u8),
	TierThreshold(u8, u8),
	Fee(u8),
	StableFee(u8),
	BurnShare(u8),
	WorkShare(u8),
	HaltConversions,
	ResetBreaker,
}

pub fn op() -> impl Strategy<Value = Op> {
	use Op::*;
	let two = || (any::<u8>(), any::<u8>());
	let three = || (any::<u8>(), any::<u8>(), any::<u8>());
	let amount = || (any::<u8>(), any::<u16>());
	let stake = prop_oneof![
		3 => amount().prop_map(|(who, amount)| Bond(who, amount)),
		2 => amount().prop_map(|(who, amount)| Unbond(who, amount)),
		1 => amount().prop_map(|(who, amount)| Rebond(who, amount)),
		3 => any::<u8>().prop_map(Withdraw),
		6 => (any::<u8>(), any::<u8>(), any::<u16>()).prop_map(|(who, to, amount)| Delegate(who, to, amount)),
		3 => (any::<u8>(), any::<u8>(), any::<u16>()).prop_map(|(who, from, amount)| Undelegate(who, from, amount)),
		4 => two().prop_map(|(who, from)| WithdrawDelegation(who, from)),
		3 => (any::<u8>(), any::<u8>(), any::<u8>(), any::<u16>())
			.prop_map(|(who, from, to, amount)| MoveDelegation(who, from, to, amount)),
		2 => (any::<u8>(), any::<u8>(), any::<bool>())
			.prop_map(|(who, from, compound)| ClaimDelegation(who, from, compound)),
		1 => three().prop_map(|(who, of, at)| CollectLiability(who, of, at)),
		1 => (any::<u8>(), 0u8..60, 0u8..100).prop_map(|(who, part, back)| SetCommission(who, part, back)),
	];
	let market = prop_oneof![
		3 => (any::<u8>(), 1u8..5, 1u8..4).prop_map(|(who, tier, slots)| Register(who, tier, slots)),
		1 => two().prop_map(|(who, machine)| Deregister(who, machine)),
		10 => (any::<u8>(), any::<u8>(), any::<u16>(), any::<u8>())
			.prop_map(|(who, units, ceiling, run)| Submit(who, units, ceiling, run)),
		22 => (any::<u8>(), any::<u8>(), any::<u8>(), any::<u16>())
			.prop_map(|(who, job, machine, price)| Bid(who, job, machine, price)),
		10 => two().prop_map(|(who, job)| Close(who, job)),
		1 => two().prop_map(|(who, job)| Cancel(who, job)),
		20 => two().prop_map(|(who, job)| Commit(who, job)),
		24 => two().prop_map(|(who, job)| Accept(who, job)),
		5 => two().prop_map(|(who, job)| Settle(who, job)),
		4 => two().prop_map(|(who, job)| Expire(who, job)),
		2 => two().prop_map(|(who, job)| Clear(who, job)),
		1 => two().prop_map(|(who, of)| ClaimPayment(who, of)),
		6 => (any::<u8>(), any::<u8>(), any::<u16>(), any::<u8>())
			.prop_map(|(who, kind, ceiling, times)| Order(who, kind, ceiling, times)),
		8 => (any::<u8>(), any::<u8>(), any::<u8>(), any::<u16>())
			.prop_map(|(who, lease, machine, rate)| BidLease(who, lease, machine, rate)),
		8 => two().prop_map(|(who, lease)| CloseOrder(who, lease)),
		1 => two().prop_map(|(who, lease)| CancelOrder(who, lease)),
		6 => three().prop_map(|(who, lease, blocks)| Fund(who, lease, blocks)),
		2 => two().prop_map(|(who, lease)| Defund(who, lease)),
		8 => two().prop_map(|(who, lease)| SettleLease(who, lease)),
		3 => two().prop_map(|(who, lease)| CloseLease(who, lease)),
		2 => two().prop_map(|(who, lease)| CloseUnserved(who, lease)),
		1 => two().prop_map(|(who, lease)| SetManifest(who, lease)),
		3 => two().prop_map(|(who, lease)| Reclaim(who, lease)),
		2 => two().prop_map(|(who, lease)| Abandon(who, lease)),
		10 => three().prop_map(|(who, job, unit)| Dispute(who, job, unit)),
		2 => three().prop_map(|(who, job, unit)| Announce(who, job, unit)),
		1 => any::<u8>().prop_map(WithdrawAnnouncement),
		6 => three().prop_map(|(who, job, unit)| Demand(who, job, unit)),
		6 => two().prop_map(|(who, demand)| Reveal(who, demand)),
		4 => two().prop_map(|(who, demand)| CloseDemand(who, demand)),
		6 => any::<u8>().prop_map(JoinCheckers),
		2 => any::<u8>().prop_map(LeaveCheckers),
		16 => two().prop_map(|(check, silent)| Vote(check, silent)),
		10 => two().prop_map(|(who, check)| OpenSample(who, check)),
		8 => two().prop_map(|(check, silent)| MissData(check, silent)),
		10 => two().prop_map(|(who, check)| ShowData(who, check)),
		5 => two().prop_map(|(who, check)| CloseCheck(who, check)),
		2 => any::<u8>().prop_map(Freeze),
		2 => any::<u8>().prop_map(Thaw),
	];
	let capacity = prop_oneof![
		1 => two().prop_map(|(who, machine)| SetDevice(who, machine)),
		5 => (0u8..16).prop_map(Beat),
		12 => two().prop_map(|(machine, how)| CommitWork(machine, how)),
		10 => two().prop_map(|(machine, how)| Prove(machine, how)),
		12 => two().prop_map(|(probe, how)| ReportProbe(probe, how)),
		1 => (any::<u8>(), 0u8..4).prop_map(|(who, items)| WorkOff(who, items)),
		7 => Just(Epoch),
		5 => Just(LateEpoch),
	];
	let money = prop_oneof![
		4 => two().prop_map(|(who, kind)| Claim(who, kind)),
		4 => amount().prop_map(|(who, amount)| BuyCredits(who, amount)),
		1 => two().prop_map(|(who, id)| CancelConversion(who, id)),
		2 => (400u16..600).prop_map(Price),
		1 => any::<u16>().prop_map(Price),
		3 => (any::<u8>(), any::<u8>(), any::<u16>()).prop_map(|(who, kind, points)| Points(who, kind, points)),
		3 => any::<u8>().prop_map(Author),
	];
	let slash = prop_oneof![
		4 => (any::<u8>(), any::<u8>(), any::<u8>(), any::<u16>())
			.prop_map(|(who, machine, kind, ago)| Report(who, machine, kind, ago)),
		2 => two().prop_map(|(who, slash)| Apply(who, slash)),
		2 => two().prop_map(|(who, slash)| Contest(who, slash)),
		2 => two().prop_map(|(slash, how)| Govern(slash, how)),
		2 => (any::<u8>(), any::<u8>(), any::<u16>()).prop_map(|(who, of, amount)| PayDebt(who, of, amount)),
		1 => two().prop_map(|(who, of)| CollectDebt(who, of)),
		2 => two().prop_map(|(who, of)| NoteShortfall(who, of)),
	];
	let vesting = prop_oneof![
		4 => amount().prop_map(|(who, amount)| Vest(who, amount)),
		2 => two().prop_map(|(who, plan)| ClaimVested(who, plan)),
		1 => amount().prop_map(|(who, amount)| ExitEarly(who, amount)),
		3 => amount().prop_map(|(who, amount)| Pledge(who, amount)),
		2 => amount().prop_map(|(who, amount)| Unpledge(who, amount)),
	];
	let decision = prop_oneof![
		3 => (5u8..200).prop_map(Decision::Coefficient),
		3 => Just(Decision::FollowNetwork),
		2 => (1u8..6, 0u8..100).prop_map(|(tier, stake)| Decision::TierThreshold(tier, stake)),
		2 => (1u8..6, 1u8..100).prop_map(|(tier, stake)| Decision::TierStake(tier, stake)),
		2 => (0u8..30).prop_map(Decision::Fee),
		1 => (0u8..50).prop_map(Decision::StableFee),
		1 => (0u8..101).prop_map(Decision::WorkShare),
		1 => (0u8..101).prop_map(Decision::BurnShare),
		1 => Just(Decision::HaltConversions),
		3 => Just(Decision::ResetBreaker),
	];
	let time = prop_oneof![
		1 => (1u8..12).prop_map(Days),
		6 => (1u8..8).prop_map(Blocks),
		2 => (1u8..25).prop_map(FullBlocks),
		1 => any::<u8>().prop_map(FullUntilDue),
	];
	prop_oneof![
		26 => stake,
		84 => market,
		30 => capacity,
		13 => money,
		11 => slash,
		11 => vesting,
		3 => decision.prop_map(Admin),
		8 => time,
		2 => (1u8..6).prop_map(Hours),
	]
}

/// Whoever may do it does it two times out of three, anybody otherwise, so that both paths are walked often.
fn pick(rightful: Option<AccountId>, who: u8) -> AccountId {
	rightful.filter(|_| !who.is_multiple_of(3)).unwrap_or_else(|| actor(who))
}

fn actor(who: u8) -> AccountId {
	actors()[usize::from(who) % 6].clone()
}

/// The one at `index`, counted over and over.
pub fn nth<T>(all: Vec<T>, index: u8) -> Option<T> {
	let place = usize::from(index).checked_rem(all.len())?;
	all.into_iter().nth(place)
}

/// A job that is as `is_apt` has it, if there is one and three times out of four; any other way one of the last six.
fn job_of(index: u8, is_apt: impl Fn(&Job<Runtime>) -> bool) -> Option<(JobId, Job<Runtime>)> {
	let mut apt: Vec<_> = Jobs::<Runtime>::iter().filter(|(_, job)| is_apt(job)).collect();
	if apt.is_empty() || index.is_multiple_of(4) {
		let next = NextJobId::<Runtime>::get().0;
		let back = 1 + u64::from(index) % next.clamp(1, 6);
		let id = JobId(next.checked_sub(back)?);
		return Some((id, Jobs::<Runtime>::get(id)?));
	}
	apt.sort_by_key(|(id, _)| *id);
	nth(apt, index)
}

fn is_open(job: &Job<Runtime>) -> bool {
	matches!(job.state, JobState::Open { .. })
}

fn is_assigned(job: &Job<Runtime>) -> bool {
	matches!(job.state, JobState::Assigned { .. })
}

fn is_committed(job: &Job<Runtime>) -> bool {
	job.standing().is_some()
}

fn is_unquestioned(job: &Job<Runtime>) -> bool {
	matches!(job.state, JobState::Committed { .. } | JobState::Contested { open: 0, .. })
}

fn is_due(job: &Job<Runtime>) -> bool {
	job.due().is_some_and(|due| due <= System::block_number())
}

fn is_over(job: &Job<Runtime>) -> bool {
	job.due().is_none()
}

/// An order, or a lease, if there is one and three times out of four; any other way one of the last six.
fn lease_of(index: u8, is_order: bool) -> Option<(LeaseId, Lease<Runtime>)> {
	let mut apt: Vec<_> =
		Leases::<Runtime>::iter().filter(|(_, lease)| lease.tenancy().is_none() == is_order).collect();
	if apt.is_empty() || index.is_multiple_of(4) {
		let next = NextLeaseId::<Runtime>::get().0;
		let id = LeaseId(next.checked_sub(1 + u64::from(index) % next.clamp(1, 6))?);
		return Some((id, Leases::<Runtime>::get(id)?));
	}
	apt.sort_by_key(|(id, _)| *id);
	nth(apt, index)
}

/// A call on an order or a lease by its client, or by its provider, or by anybody.
fn on_lease(who: u8, index: u8, is_order: bool, serves: bool, make: impl Fn(LeaseId) -> Leasing<Runtime>) -> bool {
	lease_of(index, is_order).is_some_and(|(id, lease)| {
		let provider = lease.live_bid().map(|bid| bid.provider.clone());
		let rightful = if serves { provider } else { Some(lease.client) };
		by(&pick(rightful, who), make(id))
	})
}

/// What providers commit to for a job of [`SILENT`]: the truth, or that its first unit has written something.
fn outcomes(units: u32, wrong: bool) -> Vec<[u8; 32]> {
	let mut all = vec![hash(b""); units as usize];
	if wrong {
		all[0] = hash(b"something");
	}
	all
}

/// One of the checks that are on.
fn check_of(index: u8) -> Option<(JobId, Check<Runtime>)> {
	let mut all: Vec<_> = Checks::<Runtime>::iter().collect();
	all.sort_by_key(|(job, _)| *job);
	nth(all, index)
}

/// The units that a job's result is about, or its next one.
fn units_of(id: JobId, job: &Job<Runtime>) -> Range<u32> {
	Ranges::<Runtime>::get(id).map_or(0..job.spec.units, |progress| progress.next(job.spec.units))
}

/// One of those units: every other time the first, which is the one that may be wrong.
fn unit_of(id: JobId, job: &Job<Runtime>, choice: u8) -> u32 {
	let units = units_of(id, job);
	units.start + u32::from(choice / 2) % units.len().max(1) as u32 * u32::from(choice % 2)
}

/// What the provider has committed to, the truth or not.
fn claimed(id: JobId, job: &Job<Runtime>) -> Option<Vec<[u8; 32]>> {
	let (root, units) = (job.standing()?.root.0, units_of(id, job).len() as u32);
	[false, true].map(|wrong| outcomes(units, wrong)).into_iter().find(|all| merkle::root(all) == Some(root))
}

/// What a member says about a sample: the truth, or, if it was paid for it, what the provider has committed to.
fn findings(id: JobId, job: &Job<Runtime>, check: &Check<Runtime>, paid: bool) -> Option<Vec<Finding>> {
	let (all, first) = (claimed(id, job)?, units_of(id, job).start);
	let gas = job.spec.gas_per_unit;
	let of = |unit: &u32| {
		let run = RuntimeArbiter::run_unit(job.engine, SILENT, b"", *unit, gas).ok()?;
		let outcome = if paid { H256(*all.get(unit.checked_sub(first)? as usize)?) } else { run.outcome };
		Some(Finding { outcome, gas: run.gas })
	};
	check.sample.iter().map(of).collect()
}

/// Have a member commit to its vote, or reveal it. Every fifth vote is a lie if there is anything to lie about.
fn say(id: JobId, job: &Job<Runtime>, check: &Check<Runtime>, place: usize) -> Option<bool> {
	let who = &check.members[place].who;
	let findings = findings(id, job, check, (id.0 + place as u64).is_multiple_of(5))?;
	let salt = [1; 32];
	Some(match check.stage {
		Stage::Voting => {
			let hash = vote::commitment(id.0, check.attempt, &who.encode(), &findings.encode(), &salt);
			by(who, Checking::commit_vote { job: id, commitment: H256(hash) })
		},
		_ => by(who, Checking::reveal_vote { job: id, findings: findings.try_into().ok()?, salt }),
	})
}

fn demand_of(index: u8) -> Option<(JobId, u32)> {
	let mut all: Vec<_> = Demands::<Runtime>::iter_keys().collect();
	all.sort();
	nth(all, index)
}

/// A machine whose provider may take on work, if there is one and three times out of four; any other way any machine.
fn machine_of(index: u8) -> Option<(MachineId, AccountId)> {
	let mut all: Vec<_> = Machines::<Runtime>::iter().map(|(id, machine)| (id, machine.provider)).collect();
	all.sort();
	let able = |provider: &AccountId| <StakingSlash as ProviderStake<_, _>>::is_active(provider);
	let apt: Vec<_> = all.iter().filter(|(_, provider)| able(provider)).cloned().collect();
	nth(if apt.is_empty() || index.is_multiple_of(4) { all } else { apt }, index)
}

/// A provider and somebody who has delegated to it, if anybody has, and three times out of four.
fn position_of(provider: u8, delegator: u8) -> (AccountId, AccountId) {
	let mut all: Vec<_> = Positions::<Runtime>::iter_keys().collect();
	all.sort();
	match nth(all, provider) {
		Some(position) if !delegator.is_multiple_of(4) => position,
		_ => (actor(provider), actor(delegator)),
	}
}

/// One of the pending slashes, and its provider.
fn slash_of(index: u8) -> Option<(SlashId, AccountId)> {
	let mut all: Vec<_> =
		PendingSlashes::<Runtime>::iter().map(|(slash, pending)| (slash, pending.report.provider)).collect();
	all.sort();
	nth(all, index)
}

/// Half of what is paid is paid in native tokens.
fn payment_of(index: u8) -> PaymentKind {
	match index % 4 {
		0 => PaymentKind::Asset(STABLE_ASSET),
		1 => PaymentKind::Credits,
		_ => PaymentKind::Native,
	}
}

/// The provider that a job is with.
fn provider_of(job: &Job<Runtime>) -> Option<AccountId> {
	match &job.state {
		JobState::Assigned { bid } | JobState::Committed { bid, .. } | JobState::Contested { bid, .. } => {
			Some(bid.provider.clone())
		},
		_ => None,
	}
}

/// A call of somebody's. Whether it succeeded.
fn by(who: &AccountId, what: impl Into<RuntimeCall>) -> bool {
	call(who, what).is_ok()
}

/// A call on a job that should be as `is_apt` has it, by its client or by anybody.
fn on_job(who: u8, index: u8, is_apt: impl Fn(&Job<Runtime>) -> bool, make: impl Fn(JobId) -> Market<Runtime>) -> bool {
	job_of(index, is_apt).is_some_and(|(id, job)| by(&pick(Some(job.client), who), make(id)))
}

/// Does it. Whether it succeeds is the chain's business.
pub fn apply(op: &Op) -> bool {
	let hundredths = |amount: u16| Balance::from(amount) * UNIT / 100;
	match *op {
		Op::Bond(who, amount) => by(&actor(who), Stake::bond { amount: hundredths(amount) }),
		Op::Unbond(who, amount) => by(&actor(who), Stake::unbond { amount: hundredths(amount) }),
		Op::Rebond(who, amount) => by(&actor(who), Stake::rebond { amount: hundredths(amount) }),
		Op::Withdraw(who) => by(&actor(who), Stake::withdraw_unbonded {}),
		Op::Register(who, tier, slots) => {
			let endpoint = b"http://127.0.0.1:1".to_vec().try_into().unwrap();
			let region = Region(u16::from(who) % 3);
			by(&actor(who), Market::register_machine { tier: Tier(tier), region, slots: slots.into(), endpoint })
		},
		Op::Deregister(who, machine) => machine_of(machine)
			.is_some_and(|(machine, owner)| by(&pick(Some(owner), who), Market::deregister_machine { machine })),
		Op::Submit(who, units, ceiling, run) => {
			let payment = payment_of(units);
			// Dollars have six decimals.
			let scale = if payment == PaymentKind::Native { UNIT / 1_000 } else { 10 };
			let mut spec = spec(units.into(), Balance::from(ceiling) * scale);
			spec.auction_blocks = 3 + u32::from(run) % 8;
			// Some jobs take none but newcomers and better ones.
			spec.min_reputation = Perbill::from_percent(if ceiling % 4 == 0 { 50 } else { 0 });
			// Some jobs outlive an epoch.
			spec.deadline = System::block_number() + 15 + u32::from(run) % (60 + MIN_ROUND_BLOCKS);
			spec.review_blocks = 5 + u32::from(ceiling) % 24;
			if run.is_multiple_of(3) {
				let length = 1 + u32::from(run / 3) % spec.units.max(1);
				return by(&actor(who), Market::submit_job_in_ranges { spec, payment, length });
			}
			by(&actor(who), Market::submit_job { spec, payment })
		},
		Op::Bid(who, job, machine, price) => match (job_of(job, is_open), machine_of(machine)) {
			(Some((id, job)), Some((machine, owner))) => {
				let price = 1 + Balance::from(price) * job.spec.ceiling / 50_000;
				by(&pick(Some(owner), who), Market::bid { job: id, machine, price })
			},
			_ => false,
		},
		Op::Close(who, job) => on_job(who, job, is_open, |job| Market::close_auction { job }),
		Op::Cancel(who, job) => on_job(who, job, is_open, |job| Market::cancel_job { job }),
		Op::Commit(who, index) => job_of(index, is_assigned).is_some_and(|(id, job)| {
			let due = units_of(id, &job);
			// Of a job that is settled nothing is due.
			let (first, units) = (due.start, due.len().max(1) as u32);
			let root = H256(merkle::root(&outcomes(units, who.is_multiple_of(4))).unwrap());
			let commit = Market::commit_result { job: id, first, root };
			by(&pick(provider_of(&job), who), commit)
		}),
		Op::Accept(who, index) => job_of(index, is_unquestioned).is_some_and(|(id, job)| {
			let accept = Market::accept_result { job: id, first: units_of(id, &job).start };
			by(&pick(Some(job.client), who), accept)
		}),
		Op::Settle(who, job) => {
			on_job(who, job, |job| is_unquestioned(job) && is_due(job), |job| Market::settle_job { job })
		},
		Op::Expire(who, job) => {
			on_job(who, job, |job| is_assigned(job) && is_due(job), |job| Market::expire_job { job })
		},
		Op::Clear(who, job) => on_job(who, job, is_over, |job| Market::clear_job { job }),
		Op::ClaimPayment(who, of) => {
			by(&actor(who), Market::claim_payment { payment: PaymentKind::Asset(STABLE_ASSET), who: actor(of) })
		},
		Op::Order(who, kind, ceiling, times) => {
			let payment = payment_of(kind);
			let scale = if payment == PaymentKind::Native { UNIT / 1_000_000 } else { 1 };
			let ceiling = Balance::from(ceiling) * scale;
			let spec = OrderSpec {
				min_tier: Tier(1),
				region: kind.is_multiple_of(5).then_some(Region(0)),
				slots: 1 + u32::from(kind % 8 / 7),
				ceiling,
				auction_blocks: SHORTEST_AUCTION + BlockNumber::from(kind % 4) * 20,
				max_blocks: times.is_multiple_of(3).then_some(1 + BlockNumber::from(times) * 8),
				grace_blocks: BlockNumber::from(times) * 4,
				min_notice: SHORTEST_NOTICE + BlockNumber::from(times % 4),
				manifest: H256::zero(),
				source: Default::default(),
			};
			let blocks = Balance::from(LEASE_MIN_FUNDED) * Balance::from(1 + times % 4);
			by(&actor(who), Leasing::place_order { spec, payment, funding: ceiling * blocks })
		},
		Op::BidLease(who, lease, machine, rate) => match (lease_of(lease, true), machine_of(machine)) {
			(Some((id, lease)), Some((machine, owner))) => {
				let rate = 1 + Balance::from(rate) * lease.spec.ceiling / 50_000;
				let notice = lease.spec.min_notice + BlockNumber::from(who % 3);
				let bid = Leasing::bid { lease: id, machine, rate, notice };
				by(&pick(Some(owner), who), bid)
			},
			_ => false,
		},
		Op::CloseOrder(who, lease) => on_lease(who, lease, true, false, |lease| Leasing::close_auction { lease }),
		Op::CancelOrder(who, lease) => on_lease(who, lease, true, false, |lease| Leasing::cancel_order { lease }),
		Op::Fund(who, index, blocks) => lease_of(index, blocks.is_multiple_of(4)).is_some_and(|(id, lease)| {
			let rate = lease.tenancy().map_or(lease.spec.ceiling, |tenancy| tenancy.bid.rate);
			let amount = rate * (Balance::from(LEASE_MIN_FUNDED) + Balance::from(blocks));
			by(&actor(who), Leasing::fund { lease: id, amount })
		}),
		Op::Defund(who, index) => lease_of(index, index.is_multiple_of(2)).is_some_and(|(id, lease)| {
			let patron = lease.sources.last().filter(|source| source.who != lease.client);
			by(&pick(patron.map(|source| source.who.clone()), who), Leasing::defund { lease: id })
		}),
		Op::SettleLease(who, lease) => on_lease(who, lease, false, true, |lease| Leasing::settle { lease }),
		Op::CloseLease(who, lease) => on_lease(who, lease, false, false, |lease| Leasing::close_lease { lease }),
		Op::CloseUnserved(who, lease) => on_lease(who, lease, false, false, |lease| Leasing::close_unserved { lease }),
		Op::SetManifest(who, index) => {
			on_lease(who, index, index.is_multiple_of(2), false, |lease| Leasing::set_manifest {
				lease,
				manifest: H256::repeat_byte(who),
				source: b"http://a".to_vec().try_into().unwrap(),
			})
		},
		Op::Reclaim(who, lease) => on_lease(who, lease, false, true, |lease| Leasing::reclaim { lease }),
		Op::Abandon(who, lease) => on_lease(who, lease, false, true, |lease| Leasing::abandon { lease }),
		Op::Dispute(who, index, unit) => job_of(index, is_committed).is_some_and(|(id, job)| {
			// By whichever of the two it was that the provider has committed to.
			let Some(all) = claimed(id, &job) else { return false };
			let index = unit_of(id, &job, unit);
			let place = index - units_of(id, &job).start;
			let dispute = Proofs::dispute_unit {
				job: id,
				index,
				claimed: H256(all[place as usize]),
				opening: merkle::prove(&all, place).unwrap(),
				gas_limit: job.spec.gas_per_unit,
				guest: SILENT.to_vec().try_into().unwrap(),
				input: Default::default(),
			};
			by(&actor(who), dispute)
		}),
		Op::Announce(who, index, unit) => job_of(index, is_committed).is_some_and(|(id, job)| {
			let index = unit_of(id, &job, unit);
			// All units come to the same.
			let right = outcomes(1, false)[0];
			let hash = announcement::hash(id.0, index, &right, &actor(who).encode());
			by(&actor(who), Proofs::announce_dispute { hash: H256(hash) })
		}),
		Op::WithdrawAnnouncement(which) => {
			let mut all: Vec<_> = Announcements::<Runtime>::iter_keys().collect();
			all.sort();
			nth(all, which).is_some_and(|(who, hash)| by(&who, Proofs::withdraw_announcement { hash }))
		},
		Op::Demand(who, index, unit) => job_of(index, is_committed).is_some_and(|(id, job)| {
			let index = unit_of(id, &job, unit);
			by(&actor(who), Proofs::demand_unit { job: id, index })
		}),
		Op::Reveal(who, demand) => demand_of(demand).is_some_and(|(id, index)| {
			let job = Jobs::<Runtime>::get(id);
			let units = job.as_ref().map_or(0..1, |job| units_of(id, job));
			let count = units.len().max(1) as u32;
			let place = index.saturating_sub(units.start).min(count - 1);
			let opening = merkle::prove(&outcomes(count, false), place).unwrap();
			let output = UnitOutput::Bytes(Default::default());
			let reveal = Proofs::reveal_unit { job: id, index, output, opening };
			by(&pick(job.as_ref().and_then(provider_of), who), reveal)
		}),
		Op::CloseDemand(who, demand) => {
			demand_of(demand).is_some_and(|(job, index)| by(&actor(who), Proofs::close_demand { job, index }))
		},
		Op::JoinCheckers(who) => by(&actor(who), Checking::join {}),
		Op::LeaveCheckers(who) => by(&actor(who), Checking::leave {}),
		Op::Vote(check, silent) => check_of(check)
			.and_then(|(id, check)| Some((id, Jobs::<Runtime>::get(id)?, check)))
			.is_some_and(|(id, job, check)| {
				let speaks = |place: &usize| *place != usize::from(silent) % 8;
				let said = (0..check.members.len()).filter(speaks).map(|place| say(id, &job, &check, place));
				said.filter(|said| *said == Some(true)).count() > 0
			}),
		Op::OpenSample(who, check) => check_of(check).is_some_and(|(id, check)| {
			let Some(job) = Jobs::<Runtime>::get(id) else { return false };
			let (Some(all), first) = (claimed(id, &job), units_of(id, &job).start) else { return false };
			let leaf = |unit: &u32| {
				let place = unit.checked_sub(first)?;
				Some((H256(*all.get(place as usize)?), merkle::prove(&all, place)?))
			};
			// The check may be one of a range that is paid for.
			let Some(leaves) = check.sample.iter().map(leaf).collect::<Option<Vec<_>>>() else { return false };
			by(&actor(who), Checking::open_sample { job: id, leaves: leaves.try_into().unwrap() })
		}),
		Op::MissData(check, silent) => check_of(check).is_some_and(|(job, check)| {
			let speaks = |(place, _): &(usize, _)| *place != usize::from(silent) % 4;
			let members = check.members.iter().enumerate().filter(speaks);
			members.filter(|(_, member)| by(&member.who, Checking::miss_data { job })).count() > 0
		}),
		Op::ShowData(who, check) => {
			let mut asked: Vec<_> =
				Checks::<Runtime>::iter().filter(|(_, check)| check.stage == Stage::Asked).collect();
			asked.sort_by_key(|(job, _)| *job);
			// Nothing is asked for in a check of any other stage.
			nth(asked, check).or_else(|| check_of(check)).is_some_and(|(job, _)| {
				let guest = if who.is_multiple_of(5) { vec![1] } else { SILENT.to_vec() };
				let (guest, input) = (guest.try_into().unwrap(), Default::default());
				by(&actor(who), Checking::show_data { job, guest, input })
			})
		},
		Op::CloseCheck(who, check) => {
			check_of(check).is_some_and(|(job, _)| by(&actor(who), Checking::close_check { job }))
		},
		Op::SetDevice(who, machine) => machine_of(machine).is_some_and(|(machine, owner)| {
			let device = (!who.is_multiple_of(5)).then(|| actor(who));
			by(&pick(Some(owner), who), Rounds::set_device { machine, device })
		}),
		Op::Beat(silent) => devices::beat(silent),
		Op::CommitWork(machine, how) => devices::commit(machine, how),
		Op::Prove(machine, how) => devices::prove(machine, how),
		Op::ReportProbe(probe, how) => devices::report(probe, how),
		Op::WorkOff(who, items) => by(&actor(who), Rounds::work_off { items: items.into() }),
		Op::Epoch => {
			devices::begin_epoch();
			true
		},
		Op::LateEpoch => devices::end_epoch(),
		Op::Freeze(who) => {
			let (id, who) = (STABLE_ASSET, actor(who).into());
			by(&account(Alice), pallet_assets::Call::freeze { id, who })
		},
		Op::Thaw(who) => {
			let (id, who) = (STABLE_ASSET, actor(who).into());
			by(&account(Alice), pallet_assets::Call::thaw { id, who })
		},
		Op::Claim(who, kind) => {
			let kind = RewardKind::ALL[usize::from(kind) % RewardKind::ALL.len()];
			by(&actor(who), Mint::claim { kind, account: actor(who.wrapping_add(1)) })
		},
		Op::Delegate(who, provider, amount) => {
			by(&actor(who), Stake::delegate { provider: actor(provider), amount: hundredths(amount) / 4 })
		},
		Op::Undelegate(who, provider, amount) => {
			let (provider, delegator) = position_of(provider, who);
			by(&delegator, Stake::undelegate { provider, amount: hundredths(amount) / 8 })
		},
		Op::WithdrawDelegation(who, provider) => {
			let (provider, delegator) = position_of(provider, who);
			by(&delegator, Stake::withdraw_delegation { provider })
		},
		Op::MoveDelegation(who, from, to, amount) => {
			let (from, delegator) = position_of(from, who);
			by(&delegator, Stake::move_delegation { from, to: actor(to), amount: hundredths(amount) / 8 })
		},
		Op::ClaimDelegation(who, provider, compound) => {
			let (provider, delegator) = position_of(provider, who);
			by(&delegator, Stake::claim_delegation_reward { provider, compound })
		},
		Op::CollectLiability(who, delegator, provider) => {
			let (provider, delegator) = position_of(provider, delegator);
			by(&actor(who), Stake::collect_liability { delegator, provider })
		},
		Op::SetCommission(who, commission, kickback) => {
			let (commission, kickback) =
				(Perbill::from_percent(commission.into()), Perbill::from_percent(kickback.into()));
			by(&actor(who), Stake::set_commission { commission, kickback })
		},
		Op::BuyCredits(who, amount) => {
			by(&actor(who), Credits::buy_credits { amount: hundredths(amount), min_credits: 0 })
		},
		Op::CancelConversion(who, index) => {
			let mut all: Vec<_> = Conversions::<Runtime>::iter().map(|(id, conversion)| (id, conversion.who)).collect();
			all.sort();
			nth(all, index).is_some_and(|(id, owner)| by(&pick(Some(owner), who), Credits::cancel_conversion { id }))
		},
		Op::Price(price) => {
			feed(FixedU128::from_rational(u128::from(price), 1_000));
			true
		},
		Op::Points(who, kind, points) => {
			match kind % 2 {
				0 => <TokenMint as CapacityRewards<_>>::credit_capacity(&actor(who), points.into()),
				_ => <TokenMint as CheckerRewards<_>>::credit_checks(&actor(who), points.into()),
			}
			true
		},
		Op::Author(who) => {
			<TokenMint as EventHandler<_, _>>::note_author(actor(who % 4));
			true
		},
		Op::Report(who, machine, kind, ago) => machine_of(machine).is_some_and(|(machine, provider)| {
			// Also of somebody who has less at stake than the machine once required, and so comes to owe.
			let provider = if kind.is_multiple_of(4) { actor(who) } else { provider };
			let kinds = [Offence::FalseCapacity, Offence::MissedChallenge, Offence::LeaseAbandoned, Offence::Downtime];
			let report = OffenceReport {
				offence: kinds[usize::from(kind) % 4],
				provider,
				machine,
				tier: Tier(1 + kind % 4),
				region: Region(0),
				at: System::block_number().saturating_sub(ago.into()),
				// No job and no round has such a number.
				subject: 1_000 + u64::from(ago) % 16,
				wronged: kind.is_multiple_of(3).then(|| actor(who)),
				reporter: kind.is_multiple_of(2).then(|| actor(who.wrapping_add(1))),
			};
			with_storage_layer(|| <StakingSlash as ProviderStake<_, _>>::report(report)).is_ok()
		}),
		Op::Apply(who, slash) => {
			slash_of(slash).is_some_and(|(slash, _)| by(&actor(who), Stake::apply_slash { slash }))
		},
		Op::Contest(who, slash) => slash_of(slash)
			.is_some_and(|(slash, provider)| by(&pick(Some(provider), who), Stake::contest_slash { slash })),
		Op::Govern(slash, how) => slash_of(slash).is_some_and(|(slash, _)| {
			let what = match how % 4 {
				0 => Stake::<Runtime>::cancel_slash { slash },
				1 => Stake::release_slash { slash },
				uphold => Stake::resolve_contest { slash, uphold: uphold == 2 },
			};
			call_as_root(what).is_ok()
		}),
		Op::PayDebt(who, index, amount) => {
			let mut all: Vec<_> = Debts::<Runtime>::iter_keys().collect();
			all.sort();
			let provider = nth(all, index).unwrap_or_else(|| actor(index));
			by(&actor(who), Stake::pay_debt { provider, amount: hundredths(amount) })
		},
		Op::CollectDebt(who, provider) => by(&actor(who), Stake::collect_debt { provider: actor(provider) }),
		Op::Vest(who, amount) => {
			let plan = if who.is_multiple_of(3) { VestingPlan::Checker } else { VestingPlan::Escrowed };
			let (who, amount) = (actor(who), hundredths(amount));
			let (exact, keep, polite) = (Precision::Exact, Preservation::Preserve, Fortitude::Polite);
			with_storage_layer(|| {
				let credit = <Balances as Balanced<_>>::withdraw(&who, amount, exact, keep, polite)?;
				<RewardVesting as Vesting<_, _>>::vest(&who, plan, credit)
					.map_err(|_| DispatchError::Other("nothing vests"))
			})
			.is_ok()
		},
		Op::ClaimVested(who, plan) => {
			let plan = VestingPlan::ALL[usize::from(plan) % VestingPlan::ALL.len()];
			by(&actor(who), VestingCall::claim { plan, account: actor(who.wrapping_add(1)) })
		},
		Op::ExitEarly(who, amount) => {
			let amount = (!who.is_multiple_of(4)).then(|| hundredths(amount) / 8);
			by(&actor(who), VestingCall::exit_early { plan: VestingPlan::Checker, amount })
		},
		Op::Pledge(who, amount) => by(&actor(who), Stake::pledge { amount: hundredths(amount) / 4 }),
		Op::Unpledge(who, amount) => {
			let pledged = StakingSlash::stake_status(actor(who)).pledged;
			let amount = if who.is_multiple_of(4) { hundredths(amount) } else { pledged };
			by(&actor(who), Stake::unpledge { amount })
		},
		Op::NoteShortfall(who, provider) => by(&actor(who), Stake::note_shortfall { provider: actor(provider) }),
		Op::Admin(ref decision) => decide(decision),
		Op::Hours(quarters) => {
			leap(LEASE_MIN_FUNDED / 4 * BlockNumber::from(quarters));
			advance(1);
			true
		},
		Op::Days(days) => {
			leap(UNBONDING_PERIOD / 7 * BlockNumber::from(days));
			true
		},
		Op::Blocks(blocks) => {
			advance(blocks.into());
			true
		},
		Op::FullBlocks(blocks) => {
			(0..blocks).for_each(|_| leap(1));
			true
		},
		Op::FullUntilDue(job) => {
			let assigned = job_of(job, is_assigned).filter(|(_, job)| is_assigned(job));
			let due = assigned.and_then(|(_, job)| job.due()?.checked_sub(System::block_number()));
			due.filter(|blocks| *blocks > 0).inspect(|blocks| leap(*blocks)).is_some()
		},
	}
}

fn decide(decision: &Decision) -> bool {
	let what: RuntimeCall = match *decision {
		Decision::Coefficient(tenths) => {
			Stake::set_coefficient { coefficient: FixedU128::from_rational(u128::from(tenths), 10) }.into()
		},
		Decision::FollowNetwork => Stake::<Runtime>::follow_network {}.into(),
		Decision::TierThreshold(tier, tens) => {
			Stake::set_tier_threshold { tier: Tier(tier), threshold: Balance::from(tens) * 10 * UNIT }.into()
		},
		Decision::TierStake(tier, tens) => {
			Stake::set_tier_stake { tier: Tier(tier), stake: Balance::from(tens) * 10 * UNIT }.into()
		},
		Decision::Fee(percent) => set(RuntimeParameters::Market(market::Parameters::NativeFee(
			market::NativeFee,
			Some(Perbill::from_percent(percent.into())),
		))),
		Decision::StableFee(percent) => set(RuntimeParameters::Market(market::Parameters::StableFee(
			market::StableFee,
			Some(Perbill::from_percent(percent.into())),
		))),
		Decision::WorkShare(percent) => set(RuntimeParameters::Rewards(rewards::Parameters::WorkShareOfFee(
			rewards::WorkShareOfFee,
			Some(Perbill::from_percent(percent.into())),
		))),
		Decision::BurnShare(percent) => set(RuntimeParameters::Market(market::Parameters::BurnShare(
			market::BurnShare,
			Some(Perbill::from_percent(percent.into())),
		))),
		Decision::HaltConversions => Credits::<Runtime>::halt_conversions {}.into(),
		Decision::ResetBreaker => Credits::<Runtime>::reset_breaker {}.into(),
	};
	call_as_root(what).is_ok()
}

fn set(key_value: RuntimeParameters) -> RuntimeCall {
	pallet_parameters::Call::<Runtime>::set_parameter { key_value }.into()
}
