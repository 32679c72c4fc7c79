//! Random calls over our pallets together, with all invariants checked after each.
//!
//! More cases by `PROPTEST_CASES`; a failing case is kept in `proptest-regressions` and run first ever after.

use crate::support::*;
use assay_proofs::{hash, merkle};
use assay_runtime::{
	params::{DISPUTE_WINDOW, MINT_PERIOD, REVEAL_WINDOW, UNBONDING_PERIOD},
	AccountId, Balance, Balances, BlockNumber, JobId, MachineId, Region, Runtime, RuntimeEvent, StakingSlash, System,
	Tier, TokenMint,
};
use frame_support::traits::OnInitialize;
use pallet_compute_market::{
	Call as Market, Event as MarketEvent, Job, JobState, Jobs, Machines, NextJobId, NextMachineId,
};
use pallet_staking_slash::{Call as Stake, Departed, Event as StakeEvent, Ledgers, Pools, Positions};
use pallet_token_mint::{Call as Mint, Event as MintEvent};
use pallet_work_proofs::{Call as Proofs, Demands, Event as ProofsEvent, UnitOutput};
use proptest::{collection::vec, prelude::*, test_runner::Config};
use sp_core::H256;
use sp_keyring::Sr25519Keyring::{Alice, Bob, Charlie, Dave, Eve, Ferdie};
use sp_runtime::{Perbill, StateVersion};
use std::collections::BTreeMap;

/// All of them buy and serve, and also try what is not theirs to do.
fn actors() -> [AccountId; 6] {
	[Alice, Bob, Charlie, Dave, Eve, Ferdie].map(account)
}

/// Something an actor does. Numbers are taken modulo what exists.
#[derive(Clone, Debug)]
enum Op {
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
	Claim(u8),
	Delegate(u8, u8, u16),
	Undelegate(u8, u8, u16),
	WithdrawDelegation(u8, u8),
	MoveDelegation(u8, u8, u8, u16),
	ClaimDelegation(u8, u8, bool),
	CollectLiability(u8, u8, u8),
	SetCommission(u8, u8, u8),
	Dispute(u8, u8, u8),
	Demand(u8, u8, u8),
	Reveal(u8, u8),
	CloseDemand(u8, u8),
	/// Much of the time that stake needs to leave.
	Days(u8),
	/// Blocks with room for the agenda.
	Blocks(u8),
	/// Blocks without, so that due steps are left to calls.
	FullBlocks(u8),
}

fn op() -> impl Strategy<Value = Op> {
	use Op::*;
	let two = || (any::<u8>(), any::<u8>());
	let amount = || (any::<u8>(), any::<u16>());
	prop_oneof![
		3 => amount().prop_map(|(who, amount)| Bond(who, amount)),
		2 => amount().prop_map(|(who, amount)| Unbond(who, amount)),
		1 => amount().prop_map(|(who, amount)| Rebond(who, amount)),
		1 => any::<u8>().prop_map(Withdraw),
		3 => (any::<u8>(), 1u8..5, 1u8..4).prop_map(|(who, tier, slots)| Register(who, tier, slots)),
		1 => two().prop_map(|(who, machine)| Deregister(who, machine)),
		5 => (any::<u8>(), any::<u8>(), any::<u16>(), any::<u8>())
			.prop_map(|(who, units, ceiling, run)| Submit(who, units, ceiling, run)),
		10 => (any::<u8>(), any::<u8>(), any::<u8>(), any::<u16>())
			.prop_map(|(who, job, machine, price)| Bid(who, job, machine, price)),
		4 => two().prop_map(|(who, job)| Close(who, job)),
		2 => two().prop_map(|(who, job)| Cancel(who, job)),
		8 => two().prop_map(|(who, job)| Commit(who, job)),
		4 => two().prop_map(|(who, job)| Accept(who, job)),
		3 => two().prop_map(|(who, job)| Settle(who, job)),
		3 => two().prop_map(|(who, job)| Expire(who, job)),
		2 => two().prop_map(|(who, job)| Clear(who, job)),
		2 => any::<u8>().prop_map(Claim),
		6 => (any::<u8>(), any::<u8>(), any::<u16>()).prop_map(|(who, to, amount)| Delegate(who, to, amount)),
		3 => (any::<u8>(), any::<u8>(), any::<u16>()).prop_map(|(who, from, amount)| Undelegate(who, from, amount)),
		2 => two().prop_map(|(who, from)| WithdrawDelegation(who, from)),
		3 => (any::<u8>(), any::<u8>(), any::<u8>(), any::<u16>())
			.prop_map(|(who, from, to, amount)| MoveDelegation(who, from, to, amount)),
		2 => (any::<u8>(), any::<u8>(), any::<bool>())
			.prop_map(|(who, from, compound)| ClaimDelegation(who, from, compound)),
		1 => (any::<u8>(), any::<u8>(), any::<u8>()).prop_map(|(who, of, at)| CollectLiability(who, of, at)),
		1 => (any::<u8>(), 0u8..60, 0u8..100).prop_map(|(who, part, back)| SetCommission(who, part, back)),
		2 => (any::<u8>(), any::<u8>(), any::<u8>()).prop_map(|(who, job, unit)| Dispute(who, job, unit)),
		4 => (any::<u8>(), any::<u8>(), any::<u8>()).prop_map(|(who, job, unit)| Demand(who, job, unit)),
		3 => two().prop_map(|(who, demand)| Reveal(who, demand)),
		2 => two().prop_map(|(who, demand)| CloseDemand(who, demand)),
		1 => (1u8..8).prop_map(Days),
		5 => (1u8..12).prop_map(Blocks),
		3 => (1u8..25).prop_map(FullBlocks),
	]
}

/// What has gone in and out of one job's escrow, by the events.
#[derive(Default)]
struct JobFlow {
	deposited: Balance,
	paid: Balance,
	refunded: Balance,
}

/// All that is on hold in any account.
fn held() -> Balance {
	frame_system::Account::<Runtime>::iter_values().map(|account| account.data.reserved).sum()
}

/// All that should be on hold by what our pallets store.
fn booked() -> Balance {
	let stakes: Balance = Ledgers::<Runtime>::iter_values().map(|ledger| ledger.total()).sum();
	let pools: Balance = Pools::<Runtime>::iter_values().map(|pool| pool.fund.amount).sum();
	let leaving: Balance = Departed::<Runtime>::iter_values().map(|left| left.unbonding.amount).sum();
	let machines: Balance = Machines::<Runtime>::iter_values().map(|machine| machine.deposit).sum();
	let of_job = |job: Job<Runtime>| {
		let bid = match &job.state {
			JobState::Open { best: Some(bid), .. } => bid.deposit,
			_ => 0,
		};
		job.escrow + job.deposit + bid
	};
	let jobs: Balance = Jobs::<Runtime>::iter_values().map(of_job).sum();
	let demands: Balance = Demands::<Runtime>::iter_values().map(|demand| demand.deposit).sum();
	stakes + pools + leaving + machines + jobs + demands
}

/// The sums that the invariants are about, kept by reading events.
struct Books {
	/// Issuance at genesis.
	genesis: Balance,
	/// What was on hold at genesis, for other pallets.
	others: Balance,
	burned: Balance,
	jobs: BTreeMap<JobId, JobFlow>,
}

impl Books {
	fn at_genesis() -> Self {
		System::reset_events();
		Self { genesis: Balances::total_issuance(), others: held(), burned: 0, jobs: BTreeMap::new() }
	}

	fn read_events(&mut self) {
		for event in take_events() {
			match event {
				RuntimeEvent::ComputeMarket(MarketEvent::JobSubmitted { job, escrow, .. }) => {
					self.jobs.entry(job).or_default().deposited += escrow;
				},
				RuntimeEvent::ComputeMarket(MarketEvent::JobAssigned { job, surplus, .. }) => {
					self.jobs.entry(job).or_default().refunded += surplus;
				},
				RuntimeEvent::ComputeMarket(MarketEvent::JobRefunded { job, amount, .. }) => {
					self.jobs.entry(job).or_default().refunded += amount;
				},
				RuntimeEvent::ComputeMarket(MarketEvent::JobSettled { job, paid, .. }) => {
					self.jobs.entry(job).or_default().paid += paid.to_provider + paid.burned + paid.to_treasury;
					self.burned += paid.burned;
				},
				RuntimeEvent::ComputeMarket(MarketEvent::Unexpected { kind }) => panic!("market: {kind:?}"),
				RuntimeEvent::StakingSlash(StakeEvent::Slashed { amount, to_wronged, to_treasury, burned, .. }) => {
					assert_eq!(amount, to_wronged + to_treasury + burned, "a slash is split without loss");
					self.burned += burned;
				},
				RuntimeEvent::StakingSlash(StakeEvent::LiabilityCollected { burned, .. }) => self.burned += burned,
				RuntimeEvent::StakingSlash(StakeEvent::Unexpected { kind }) => panic!("stake: {kind:?}"),
				RuntimeEvent::WorkProofs(ProofsEvent::Unexpected { kind }) => panic!("proofs: {kind:?}"),
				// Before the first mint there is no treasury, so that a small payment to it is burned.
				RuntimeEvent::TokenMint(MintEvent::DepositBurned { amount, .. }) => self.burned += amount,
				RuntimeEvent::TokenMint(MintEvent::Unexpected { kind }) => panic!("mint: {kind:?}"),
				_ => {},
			}
		}
	}

	fn check(&self) {
		// 1. Issuance.
		let minted = TokenMint::emission(MAIN, System::block_number() / MINT_PERIOD).unwrap();
		assert_eq!(Balances::total_issuance(), self.genesis + minted - self.burned, "issuance");
		// 2. Holds and ledgers, 4. stake, 5. pots: by the pallets, which cannot see what no ledger explains.
		check_invariants();
		assert_eq!(held(), self.others + booked(), "something is on hold that nobody accounts for");
		// 3. Every escrow account.
		for (id, flow) in &self.jobs {
			let held = Jobs::<Runtime>::get(id).map_or(0, |job| job.escrow);
			assert_eq!(flow.deposited, flow.paid + flow.refunded + held, "escrow of {id:?}");
		}
	}
}

/// Whoever may do it does it two times out of three, anybody otherwise, so that both paths are walked often.
fn pick(rightful: Option<AccountId>, who: u8) -> AccountId {
	rightful.filter(|_| !who.is_multiple_of(3)).unwrap_or_else(|| actors()[usize::from(who) % 6].clone())
}

/// One of the last six jobs.
fn job_of(index: u8) -> Option<(JobId, Job<Runtime>)> {
	let next = NextJobId::<Runtime>::get().0;
	let back = 1 + u64::from(index) % next.clamp(1, 6);
	let id = JobId(next.checked_sub(back)?);
	Some((id, Jobs::<Runtime>::get(id)?))
}

fn machine_of(index: u8) -> Option<(MachineId, AccountId)> {
	let id = MachineId(u64::from(index).checked_rem(NextMachineId::<Runtime>::get().0)?);
	Some((id, Machines::<Runtime>::get(id)?.provider))
}

fn demand_of(index: u8) -> Option<(JobId, u32)> {
	let mut all: Vec<_> = Demands::<Runtime>::iter_keys().collect();
	all.sort();
	all.get(usize::from(index).checked_rem(all.len())?).copied()
}

/// What providers commit to for a job of [`SILENT`]: the truth, or that its first unit has written something.
fn outcomes(units: u32, wrong: bool) -> Vec<[u8; 32]> {
	let mut all = vec![hash(b""); units as usize];
	if wrong {
		all[0] = hash(b"something");
	}
	all
}

/// The provider that a job is with.
fn provider_of(job: &Job<Runtime>) -> Option<AccountId> {
	use pallet_compute_market::JobState::*;
	match &job.state {
		Assigned { bid } | Committed { bid, .. } | Contested { bid, .. } => Some(bid.provider.clone()),
		_ => None,
	}
}

/// A call on a job by its client or by anybody.
fn on_job(who: u8, index: u8, make: impl Fn(JobId) -> Market<Runtime>) -> bool {
	job_of(index).is_some_and(|(id, job)| call(&pick(Some(job.client), who), make(id)).is_ok())
}

/// Does it. Whether it succeeds is the chain's business.
fn apply(op: &Op) -> bool {
	let hundredths = |amount: u16| Balance::from(amount) * UNIT / 100;
	let actor = |who: u8| actors()[usize::from(who) % 6].clone();
	match *op {
		Op::Bond(who, amount) => call(&actor(who), Stake::bond { amount: hundredths(amount) }).is_ok(),
		Op::Unbond(who, amount) => call(&actor(who), Stake::unbond { amount: hundredths(amount) }).is_ok(),
		Op::Rebond(who, amount) => call(&actor(who), Stake::rebond { amount: hundredths(amount) }).is_ok(),
		Op::Withdraw(who) => call(&actor(who), Stake::withdraw_unbonded {}).is_ok(),
		Op::Register(who, tier, slots) => {
			let endpoint = b"http://127.0.0.1:1".to_vec().try_into().unwrap();
			let register =
				Market::register_machine { tier: Tier(tier), region: Region(0), slots: slots.into(), endpoint };
			call(&actor(who), register).is_ok()
		},
		Op::Deregister(who, machine) => machine_of(machine).is_some_and(|(machine, owner)| {
			call(&pick(Some(owner), who), Market::deregister_machine { machine }).is_ok()
		}),
		Op::Submit(who, units, ceiling, run) => {
			let mut spec = spec(units.into(), Balance::from(ceiling) * UNIT / 1_000);
			spec.deadline = System::block_number() + 15 + u32::from(run) % 60;
			submit(&actor(who), spec).is_ok()
		},
		Op::Bid(who, job, machine, price) => match (job_of(job), machine_of(machine)) {
			(Some((id, job)), Some((machine, owner))) => {
				let price = 1 + Balance::from(price) * job.spec.ceiling / 50_000;
				call(&pick(Some(owner), who), Market::bid { job: id, machine, price }).is_ok()
			},
			_ => false,
		},
		Op::Close(who, job) => on_job(who, job, |job| Market::close_auction { job }),
		Op::Cancel(who, job) => on_job(who, job, |job| Market::cancel_job { job }),
		Op::Commit(who, index) => job_of(index).is_some_and(|(id, job)| {
			let root = H256(merkle::root(&outcomes(job.spec.units, who.is_multiple_of(4))).unwrap());
			let commit = Market::commit_result { job: id, root };
			call(&pick(provider_of(&job), who), commit).is_ok()
		}),
		Op::Accept(who, job) => on_job(who, job, |job| Market::accept_result { job }),
		Op::Settle(who, job) => on_job(who, job, |job| Market::settle_job { job }),
		Op::Expire(who, job) => on_job(who, job, |job| Market::expire_job { job }),
		Op::Clear(who, job) => on_job(who, job, |job| Market::clear_job { job }),
		Op::Claim(who) => {
			let provider = actor(who.wrapping_add(1));
			call(&actor(who), Mint::claim_work_reward { provider }).is_ok()
		},
		Op::Delegate(who, provider, amount) => {
			let (provider, amount) = (actor(provider), hundredths(amount) / 4);
			call(&actor(who), Stake::delegate { provider, amount }).is_ok()
		},
		Op::Undelegate(who, provider, amount) => {
			let (provider, amount) = (actor(provider), hundredths(amount) / 4);
			call(&actor(who), Stake::undelegate { provider, amount }).is_ok()
		},
		Op::WithdrawDelegation(who, provider) => {
			call(&actor(who), Stake::withdraw_delegation { provider: actor(provider) }).is_ok()
		},
		Op::MoveDelegation(who, from, to, amount) => {
			let (from, to, amount) = (actor(from), actor(to), hundredths(amount) / 8);
			call(&actor(who), Stake::move_delegation { from, to, amount }).is_ok()
		},
		Op::ClaimDelegation(who, provider, compound) => {
			call(&actor(who), Stake::claim_delegation_reward { provider: actor(provider), compound }).is_ok()
		},
		Op::CollectLiability(who, delegator, provider) => {
			let (delegator, provider) = (actor(delegator), actor(provider));
			call(&actor(who), Stake::collect_liability { delegator, provider }).is_ok()
		},
		Op::SetCommission(who, commission, kickback) => {
			let (commission, kickback) =
				(Perbill::from_percent(commission.into()), Perbill::from_percent(kickback.into()));
			call(&actor(who), Stake::set_commission { commission, kickback }).is_ok()
		},
		Op::Dispute(who, index, unit) => job_of(index).is_some_and(|(id, job)| {
			let Some(standing) = job.standing() else { return false };
			// By whichever of the two it was that the provider has committed to.
			let honest = outcomes(job.spec.units, false);
			let wrong = outcomes(job.spec.units, true);
			let all = if merkle::root(&honest) == Some(standing.root.0) { honest } else { wrong };
			// Every other time the first unit, which is the one that may be wrong.
			let index = u32::from(unit / 2) % job.spec.units * u32::from(unit % 2);
			let dispute = Proofs::dispute_unit {
				job: id,
				index,
				claimed: H256(all[index as usize]),
				opening: merkle::prove(&all, index).unwrap(),
				gas_limit: job.spec.gas_per_unit,
				guest: SILENT.to_vec().try_into().unwrap(),
				input: Default::default(),
			};
			call(&actor(who), dispute).is_ok()
		}),
		Op::Demand(who, job, unit) => job_of(job).is_some_and(|(id, job)| {
			let index = u32::from(unit) % job.spec.units;
			call(&actor(who), Proofs::demand_unit { job: id, index }).is_ok()
		}),
		Op::Reveal(who, demand) => demand_of(demand).is_some_and(|(id, index)| {
			let job = Jobs::<Runtime>::get(id);
			let units = job.as_ref().map_or(1, |job| job.spec.units);
			let opening = merkle::prove(&outcomes(units, false), index.min(units - 1)).unwrap();
			let output = UnitOutput::Bytes(Default::default());
			let reveal = Proofs::reveal_unit { job: id, index, output, opening };
			call(&pick(job.as_ref().and_then(provider_of), who), reveal).is_ok()
		}),
		Op::CloseDemand(who, demand) => {
			demand_of(demand).is_some_and(|(job, index)| call(&actor(who), Proofs::close_demand { job, index }).is_ok())
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
	}
}

/// Go on `blocks` blocks at once, of which the last mints, and in which the agenda is not worked off.
fn leap(blocks: BlockNumber) {
	let next = System::block_number() + blocks;
	System::set_block_number(next);
	TokenMint::on_initialize(next);
}

/// However it went: when the jobs have ended, everybody can take everything out.
fn wind_up() {
	leap(REVEAL_WINDOW + DISPUTE_WINDOW);
	advance(120);
	for (id, job) in Jobs::<Runtime>::iter().collect::<Vec<_>>() {
		assert_eq!(job.due(), None, "still live: {job:?}");
		call(&job.client, Market::clear_job { job: id }).unwrap();
	}
	for (id, machine) in Machines::<Runtime>::iter().collect::<Vec<_>>() {
		call(&machine.provider, Market::deregister_machine { machine: id }).unwrap();
	}
	for (provider, delegator) in Positions::<Runtime>::iter_keys().collect::<Vec<_>>() {
		let status = StakingSlash::delegation(provider.clone(), delegator.clone()).unwrap();
		if status.reward > 0 {
			let claim = Stake::claim_delegation_reward { provider: provider.clone(), compound: false };
			call(&delegator, claim).unwrap();
		}
		if status.value > 0 {
			// What it owes is taken first, which may be all that there is.
			let _ = call(&delegator, Stake::undelegate { provider: provider.clone(), amount: Balance::MAX });
		}
	}
	leap(UNBONDING_PERIOD);
	for (provider, delegator) in Positions::<Runtime>::iter_keys().collect::<Vec<_>>() {
		let withdraw = Stake::withdraw_delegation { provider: provider.clone() };
		let _ = call(&delegator, withdraw);
		let _ = call(&delegator, Stake::collect_liability { delegator: delegator.clone(), provider });
	}
	// First what is unbonding already, then the bonds.
	for _ in 0..2 {
		leap(UNBONDING_PERIOD);
		for who in actors() {
			let status = StakingSlash::stake_status(who.clone());
			assert_eq!(status.unbonding, status.withdrawable);
			if status.unbonding > 0 {
				call(&who, Stake::withdraw_unbonded {}).unwrap();
			}
			if status.bonded > 0 {
				call(&who, Stake::unbond { amount: status.bonded }).unwrap();
			}
		}
	}
	for who in actors() {
		if TokenMint::pending_work_reward(who.clone()) > 0 {
			call(&who, Mint::claim_work_reward { provider: who.clone() }).unwrap();
		}
	}
	assert_eq!(Ledgers::<Runtime>::iter().count(), 0);
	assert_eq!(Positions::<Runtime>::iter().filter(|(_, _, position)| position.shares > 0).count(), 0);
	// Of delegated stake only the dust of rounding may stay, which nobody has shares of.
	assert!(booked() < 1_000, "{} are still on hold", booked());
}

/// 50 runs of 250 operations, 12,500 in all, unless the environment wants another number of runs.
fn config() -> Config {
	let config = Config::default();
	let cases = if std::env::var_os("PROPTEST_CASES").is_some() { config.cases } else { 50 };
	Config { cases, ..config }
}

proptest! {
	#![proptest_config(config())]

	#[test]
	fn invariants_should_hold_when_anybody_calls_anything(ops in vec(op(), 250)) {
		chain("development").execute_with(|| {
			let mut books = Books::at_genesis();
			for op in &ops {
				let root = sp_io::storage::root(StateVersion::V1);
				if !apply(op) {
					let after = sp_io::storage::root(StateVersion::V1);
					prop_assert_eq!(root, after, "a refused call changed something: {:?}", op);
				}
				books.read_events();
				books.check();
			}
			wind_up();
			books.read_events();
			books.check();
			Ok(())
		})?;
	}
}
