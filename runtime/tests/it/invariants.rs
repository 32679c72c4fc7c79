//! Random calls over the three pallets together, with all invariants checked after each.
//!
//! More cases by `PROPTEST_CASES`; a failing case is kept in `proptest-regressions` and run first ever after.

use crate::support::*;
use assay_runtime::{
	params::{MINT_PERIOD, UNBONDING_PERIOD},
	AccountId, Balance, Balances, BlockNumber, JobId, MachineId, Runtime, RuntimeEvent, StakingSlash, System, Tier,
	TokenMint,
};
use frame_support::traits::OnInitialize;
use pallet_compute_market::{
	Call as Market, Event as MarketEvent, Job, JobState, Jobs, Machines, NextJobId, NextMachineId,
};
use pallet_staking_slash::{Call as Stake, Event as StakeEvent, Ledgers};
use pallet_token_mint::{Call as Mint, Event as MintEvent, Reserved, WorkLedgers};
use proptest::{collection::vec, prelude::*, test_runner::Config};
use sp_core::H256;
use sp_keyring::Sr25519Keyring::{Alice, Bob, Charlie, Dave, Eve, Ferdie};
use sp_runtime::StateVersion;
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
	let machines: Balance = Machines::<Runtime>::iter_values().map(|machine| machine.deposit).sum();
	let of_job = |job: Job<Runtime>| {
		let bid = match &job.state {
			JobState::Open { best: Some(bid), .. } => bid.deposit,
			_ => 0,
		};
		job.escrow + job.deposit + bid
	};
	let jobs: Balance = Jobs::<Runtime>::iter_values().map(of_job).sum();
	stakes + machines + jobs
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
				RuntimeEvent::ComputeMarket(MarketEvent::JobSettled {
					job, paid, fee, burned, to_treasury, ..
				}) => {
					self.jobs.entry(job).or_default().paid += paid + burned + to_treasury;
					self.burned += burned;
					assert_eq!(fee, burned + to_treasury, "a fee is burned or goes to the treasury");
				},
				RuntimeEvent::ComputeMarket(MarketEvent::Unexpected { kind }) => panic!("market: {kind:?}"),
				RuntimeEvent::StakingSlash(StakeEvent::Slashed { amount, to_wronged, to_treasury, burned, .. }) => {
					assert_eq!(amount, to_wronged + to_treasury + burned, "a slash is split without loss");
					self.burned += burned;
				},
				RuntimeEvent::StakingSlash(StakeEvent::Unexpected { kind }) => panic!("stake: {kind:?}"),
				// Before the first mint there is no treasury, so that a small payment to it is burned.
				RuntimeEvent::TokenMint(MintEvent::DepositBurned { amount, .. }) => self.burned += amount,
				RuntimeEvent::TokenMint(MintEvent::Unexpected { kind }) => panic!("mint: {kind:?}"),
				_ => {},
			}
		}
	}

	fn check(&self) {
		// 1. Issuance.
		let minted = TokenMint::emission(System::block_number() / MINT_PERIOD);
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

/// The provider that a job is with.
fn provider_of(job: &Job<Runtime>) -> Option<AccountId> {
	use pallet_compute_market::JobState::*;
	match &job.state {
		Assigned { bid } | Committed { bid, .. } => Some(bid.provider.clone()),
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
			let register = Market::register_machine { tier: Tier(tier), slots: slots.into(), endpoint };
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
			let commit = Market::commit_result { job: id, root: H256::repeat_byte(who) };
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
	advance(120);
	for (id, job) in Jobs::<Runtime>::iter().collect::<Vec<_>>() {
		assert_eq!(job.due(), None, "still live: {job:?}");
		call(&job.client, Market::clear_job { job: id }).unwrap();
	}
	for (id, machine) in Machines::<Runtime>::iter().collect::<Vec<_>>() {
		call(&machine.provider, Market::deregister_machine { machine: id }).unwrap();
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
	for provider in WorkLedgers::<Runtime>::iter_keys().collect::<Vec<_>>() {
		call(&provider, Mint::claim_work_reward { provider: provider.clone() }).unwrap();
	}
	assert_eq!(Ledgers::<Runtime>::iter().count(), 0);
	assert_eq!(WorkLedgers::<Runtime>::iter().count(), 0);
	assert_eq!(Reserved::<Runtime>::get(), 0);
	assert_eq!(booked(), 0);
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
