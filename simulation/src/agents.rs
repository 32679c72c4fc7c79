//! What the agents do in each step, and what it brings them.

use crate::{
	chain::{account, call, check_invariants, genesis, leap, root, skip_empty_agenda, take_events, tokens, whole, DAY},
	params::{Params, Random},
};
use anyhow::{anyhow, Context, Result};
use assay_runtime::{
	params::{EMISSION_POOL, MARKET_FEE, SHORTEST_RUN, UNBONDING_PERIOD},
	AccountId, Balance, Balances, BlockNumber, JobId, MachineId, PaymentKind, Region, Runtime, RuntimeEvent,
	StakingSlash, System, Tier, TokenMint,
};
use frame_support::traits::{fungible::Inspect, Get};
use pallet_compute_market::{Call as Market, Config as MarketConfig, JobSpec, JobState, Jobs, Machines, NextJobId};
use pallet_staking_slash::{Call as Stake, Event as StakeEvent, TierStakes};
use sp_core::H256;
use sp_runtime::{DispatchError, Perbill};
use std::collections::BTreeMap;

/// Tokens that a self-dealer keeps where it provides, for fees and deposits.
const PURSE: f64 = 20.0;

/// Who an owner is.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Kind {
	/// Does the work that it takes.
	Honest,
	/// Backs honest providers.
	Delegator,
	/// Posts jobs to itself for the work reward.
	SelfDealer,
	/// Is many providers and delegators, who trade in a ring.
	Sybil,
	/// Serves, then takes jobs and leaves with them.
	Quitter,
}

impl Kind {
	/// All, in the order of tables.
	pub const ALL: [Self; 5] = [Self::Honest, Self::Delegator, Self::SelfDealer, Self::Sybil, Self::Quitter];

	/// Its name in tables.
	pub fn name(self) -> &'static str {
		match self {
			Self::Honest => "honest",
			Self::Delegator => "delegators",
			Self::SelfDealer => "self-dealers",
			Self::Sybil => "sybils",
			Self::Quitter => "quitters",
		}
	}
}

/// One who decides, with all accounts that are its own.
#[derive(Debug)]
struct Owner {
	kind: Kind,
	accounts: Vec<AccountId>,
	/// Providers that it has delegated to, with the account by which it did.
	backs: Vec<(AccountId, AccountId)>,
	/// Tokens that it was given.
	given: Balance,
	/// Tokens' worth of electricity and hardware.
	costs: f64,
	/// Most tokens that it had at stake by its own doing at a time.
	staked: f64,
	/// Tokens in the jobs that were paid to it.
	turnover: f64,
	/// Work rewards that were paid to its accounts as providers.
	rewards: f64,
	/// Slashes of its providers.
	slashed: f64,
}

/// A provider with one machine.
#[derive(Debug)]
struct Provider {
	owner: usize,
	account: AccountId,
	machine: MachineId,
	/// US dollars a unit.
	cost: f64,
	/// Asked on top of cost, as a part of it.
	margin: f64,
	/// Units a day.
	capacity: f64,
	/// Units that it can still do today.
	left: f64,
	/// How many times dearer than tier 1.
	size: f64,
	/// US dollars earned since its last review, less what serving cost; without slashes, which are gone whatever it does.
	earned: f64,
	/// Whether it has switched its machine off because serving lost money.
	rests: bool,
	/// For quitters, the day on which it takes jobs to leave them.
	quits: Option<u32>,
	/// When everything it had could be taken out, once it has left.
	leaves: Option<BlockNumber>,
}

/// A job that is under way.
struct Live {
	id: JobId,
	client: AccountId,
	units: u32,
}

/// What a CSV row says: sums since the start, but for demand and prices.
#[derive(Clone, Debug, Default)]
pub struct Row {
	/// Day.
	pub day: u32,
	/// Demand.
	pub demand: f64,
	/// US dollars for a token.
	pub token_usd: f64,
	/// Tokens for a unit, on average since the last row.
	pub unit_price: f64,
	/// Clients' jobs that were assigned.
	pub jobs: u64,
	/// Tokens minted.
	pub minted: f64,
	/// Tokens burned.
	pub burned: f64,
	/// Market fees, burned or to the treasury.
	pub fees: f64,
	/// Work rewards paid.
	pub rewards: f64,
	/// Tokens slashed.
	pub slashed: f64,
	/// Profit per staked token, by kind.
	pub profit: [f64; Kind::ALL.len()],
}

impl Row {
	/// Heading of the CSV file.
	pub const HEADING: &'static str = "day,demand,token_usd,unit_price,jobs,minted,burned,fees,rewards,slashed,\
		honest,delegators,self_dealers,sybils,quitters";

	/// The row as CSV.
	pub fn csv(&self) -> String {
		let profit = self.profit.map(|part| format!("{part:.6}")).join(",");
		format!(
			"{},{:.3},{:.5},{:.6},{},{:.3},{:.6},{:.6},{:.6},{:.6},{profit}",
			self.day,
			self.demand,
			self.token_usd,
			self.unit_price,
			self.jobs,
			self.minted,
			self.burned,
			self.fees,
			self.rewards,
			self.slashed
		)
	}
}

/// What a kind has come to, in tokens.
#[derive(Clone, Debug)]
pub struct Line {
	/// Who.
	pub kind: Kind,
	/// How many owners.
	pub owners: usize,
	/// Most that they had at stake.
	pub staked: f64,
	/// Paid to them by jobs, before fees.
	pub turnover: f64,
	/// Work rewards of their providers.
	pub rewards: f64,
	/// Slashes of their providers.
	pub slashed: f64,
	/// What computing cost them.
	pub costs: f64,
	/// What they have more than they were given, less costs.
	pub profit: f64,
}

/// The end of a run.
#[derive(Clone, Debug)]
pub struct Outcome {
	/// Weekly figures, and those of the last day.
	pub rows: Vec<Row>,
	/// By kind.
	pub lines: Vec<Line>,
}

impl Outcome {
	/// Profit per staked token of a kind.
	pub fn result(&self, kind: Kind) -> f64 {
		self.lines.iter().find(|line| line.kind == kind).map_or(0.0, |line| ratio(line.profit, line.staked))
	}

	/// The results as a table.
	pub fn table(&self) -> String {
		let mut table = String::from(
			"kind          owners    staked  turnover   rewards   slashed     costs    profit  per staked token\n",
		);
		for line in &self.lines {
			table += &format!(
				"{:<12} {:>7} {:>9.1} {:>9.1} {:>9.1} {:>9.1} {:>9.1} {:>9.1} {:>+17.4}\n",
				line.kind.name(),
				line.owners,
				line.staked,
				line.turnover,
				line.rewards,
				line.slashed,
				line.costs,
				line.profit,
				ratio(line.profit, line.staked)
			);
		}
		table
	}
}

fn ratio(part: f64, whole: f64) -> f64 {
	if whole > 0.0 {
		part / whole
	} else {
		0.0
	}
}

/// A whole run. The same parameters give the same outcome.
pub fn run(params: &Params) -> Result<Outcome> {
	let mut ext = sp_io::TestExternalities::default();
	let mut world = ext.execute_with(|| {
		genesis()?;
		World::new(params)
	})?;
	for day in 0..params.days {
		ext.execute_with(|| {
			world.day(day)?;
			if day % 7 == 0 || day + 1 == params.days {
				world.note(day);
			}
			anyhow::Ok(())
		})?;
		if day % 7 == 0 {
			// What was removed is looked at on every walk until it is committed.
			ext.commit_all().map_err(|error| anyhow!("committing: {error}"))?;
		}
	}
	ext.execute_with(|| {
		check_invariants()?;
		let (minted, burned) = world.issuance();
		anyhow::ensure!(minted > 0 && minted < EMISSION_POOL, "the emission left its bounds: {minted}");
		anyhow::ensure!(burned > 0, "fees were paid and nothing was burned");
		Ok(Outcome { lines: world.lines(), rows: world.rows })
	})
}

struct World<'a> {
	params: &'a Params,
	random: Random,
	root: AccountId,
	genesis: Balance,
	clients: Vec<AccountId>,
	owners: Vec<Owner>,
	/// Owner by account, for events.
	owner_of: BTreeMap<AccountId, usize>,
	/// Owner by its provider's account.
	providers: Vec<Provider>,
	demand: f64,
	token_usd: f64,
	names: u32,
	/// Days on which quitters come back.
	returns: Vec<(u32, usize)>,
	offered: f64,
	used: f64,
	/// Units assigned since the last row, and tokens for them.
	sold: (f64, f64),
	sums: Row,
	rows: Vec<Row>,
}

impl<'a> World<'a> {
	fn new(params: &'a Params) -> Result<Self> {
		let mut world = Self {
			params,
			random: Random::new(params.seed),
			root: root()?,
			genesis: Balances::total_issuance(),
			clients: Vec::new(),
			owners: Vec::new(),
			owner_of: BTreeMap::new(),
			providers: Vec::new(),
			demand: 1.0,
			token_usd: params.token_usd,
			names: 0,
			returns: Vec::new(),
			offered: 0.0,
			used: 0.0,
			sold: (0.0, 0.0),
			sums: Row::default(),
			rows: Vec::new(),
		};
		// The first mint opens the pots.
		leap(DAY / 4);
		take_events();
		world.populate().map_err(|error| anyhow!("setting up: {error:?}"))?;
		Ok(world)
	}

	fn populate(&mut self) -> Result<(), DispatchError> {
		let params = self.params;
		for _ in 0..params.clients {
			let client = self.name("client");
			self.transfer(&client, tokens(10_000.0))?;
			self.clients.push(client);
		}
		for index in 0..params.honest {
			let owner = self.owner(Kind::Honest);
			let provider = self.provider(owner, 1 + (index % 4) as u8, tokens(1_000.0))?;
			let commission = Perbill::from_percent(params.commission);
			call(&provider, Stake::set_commission { commission, kickback: Perbill::zero() })?;
		}
		let honest: Vec<_> = self.providers.iter().map(|provider| provider.account.clone()).collect();
		for index in 0..params.delegators {
			let owner = self.owner(Kind::Delegator);
			if let Some(provider) = honest.get(index as usize % honest.len().max(1)) {
				self.delegate(owner, provider, params.delegation)?;
			}
		}
		for _ in 0..params.self_dealers {
			let owner = self.owner(Kind::SelfDealer);
			self.provider(owner, 1, tokens(PURSE))?;
			// Nobody can bid on its own job, so the client is another account.
			self.give(owner, tokens(params.self_capital))?;
		}
		for _ in 0..params.sybils {
			let owner = self.owner(Kind::Sybil);
			let mut ring = Vec::new();
			for _ in 0..params.identities {
				ring.push(self.provider(owner, 1, tokens(params.sybil_capital))?);
			}
			// Whose delegators they are themselves; each backs another.
			ring.rotate_left(1);
			for provider in ring {
				self.delegate(owner, &provider, params.sybil_delegation)?;
			}
		}
		for _ in 0..params.quitters {
			let owner = self.owner(Kind::Quitter);
			self.quitter(owner, 0)?;
		}
		Ok(())
	}

	fn name(&mut self, what: &str) -> AccountId {
		self.names += 1;
		account(&format!("{what} {}", self.names))
	}

	fn owner(&mut self, kind: Kind) -> usize {
		self.owners.push(Owner {
			kind,
			accounts: Vec::new(),
			backs: Vec::new(),
			given: 0,
			costs: 0.0,
			staked: 0.0,
			turnover: 0.0,
			rewards: 0.0,
			slashed: 0.0,
		});
		self.owners.len() - 1
	}

	fn transfer(&self, to: &AccountId, value: Balance) -> Result<(), DispatchError> {
		call(&self.root, pallet_balances::Call::transfer_keep_alive { dest: to.clone().into(), value })
	}

	/// An account of `owner` with that much on it.
	fn give(&mut self, owner: usize, value: Balance) -> Result<AccountId, DispatchError> {
		let account = self.name("agent");
		self.transfer(&account, value)?;
		self.owner_of.insert(account.clone(), owner);
		let owner = &mut self.owners[owner];
		owner.accounts.push(account.clone());
		owner.given += value;
		Ok(account)
	}

	/// A provider of `owner` with a bond for its one machine, and `capital` beside it.
	fn provider(&mut self, owner: usize, tier: u8, capital: Balance) -> Result<AccountId, DispatchError> {
		let bond = TierStakes::<Runtime>::get(Tier(tier)).unwrap_or_default();
		let account = self.give(owner, bond + capital)?;
		let machine = pallet_compute_market::NextMachineId::<Runtime>::get();
		call(&account, Stake::bond { amount: bond })?;
		let endpoint = Default::default();
		call(&account, Market::register_machine { tier: Tier(tier), region: Region(0), slots: 64, endpoint })?;
		let size = f64::from(1u32 << (tier - 1));
		let capacity = self.params.units_per_day * size;
		let cost = self.random.between(self.params.unit_cost_usd);
		self.providers.push(Provider {
			owner,
			account: account.clone(),
			machine,
			cost,
			margin: self.random.between((self.params.margin.0, 0.5)),
			capacity,
			left: capacity,
			size,
			earned: 0.0,
			rests: false,
			quits: None,
			leaves: None,
		});
		// One that comes back has the same stake again, not more.
		let again = self.owners[owner].kind == Kind::Quitter && self.owners[owner].staked > 0.0;
		if !again {
			self.owners[owner].staked += whole(bond);
		}
		Ok(account)
	}

	fn delegate(&mut self, owner: usize, provider: &AccountId, amount: f64) -> Result<(), DispatchError> {
		let delegator = self.give(owner, tokens(amount + 5.0))?;
		call(&delegator, Stake::delegate { provider: provider.clone(), amount: tokens(amount) })?;
		let owner = &mut self.owners[owner];
		owner.backs.push((provider.clone(), delegator));
		owner.staked += amount;
		Ok(())
	}

	/// A quitter's next name.
	fn quitter(&mut self, owner: usize, day: u32) -> Result<(), DispatchError> {
		self.provider(owner, 1, tokens(50.0))?;
		let (soonest, latest) = self.params.quits_after;
		let after = soonest + self.random.index((latest - soonest) as usize) as u32;
		if let Some(provider) = self.providers.last_mut() {
			provider.quits = Some(day + after);
		}
		Ok(())
	}

	fn day(&mut self, day: u32) -> Result<()> {
		self.weather(day);
		self.margins(day);
		for index in 0..self.providers.len() {
			let (owner, idle) = (self.providers[index].owner, self.params.idle_cost_usd * self.providers[index].size);
			// Who does no work needs no machine.
			let works = matches!(self.owners[owner].kind, Kind::Honest | Kind::Quitter);
			if works && self.providers[index].leaves.is_none() && !self.providers[index].rests {
				self.owners[owner].costs += idle / self.token_usd;
				self.providers[index].earned -= idle;
			}
		}
		for step in 0..self.params.steps_per_day {
			self.step(day, step)?;
		}
		self.leave(day);
		self.top_up();
		self.claim(day);
		let due: Vec<_> = self.returns.iter().filter(|(at, _)| *at <= day).map(|(_, owner)| *owner).collect();
		self.returns.retain(|(at, _)| *at > day);
		for owner in due {
			self.quitter(owner, day).map_err(|error| anyhow!("coming back: {error:?}"))?;
		}
		Ok(())
	}

	/// Demand and the token's price.
	fn weather(&mut self, day: u32) {
		let points = self.params.demand;
		let place = f64::from(day) / f64::from(self.params.days.max(2) - 1) * (points.len().max(2) - 1) as f64;
		let (left, part) = (place.floor() as usize, place.fract());
		let point = |index: usize| points.get(index).or(points.last()).copied().unwrap_or(1.0);
		self.demand = point(left) * (1.0 - part) + point(left + 1) * part;
		let anchor = self.params.token_usd * self.demand.sqrt();
		let noise = 1.0 + self.params.token_noise * self.random.between((-1.0, 1.0));
		self.token_usd = (self.token_usd + (anchor - self.token_usd) * self.params.token_pull) * noise;
	}

	/// Who sold out asks for more, who idled for less. Who lost money rests, until the market sells out.
	fn margins(&mut self, day: u32) {
		let params = self.params;
		let used = ratio(self.used, self.offered);
		let none = self.offered == 0.0 && day > 0;
		(self.used, self.offered) = (0.0, 0.0);
		if day % params.review_days == params.review_days - 1 {
			for provider in &mut self.providers {
				provider.rests |= provider.earned < 0.0 && self.owners[provider.owner].kind == Kind::Honest;
				provider.earned = 0.0;
			}
		}
		if used > params.busy.1 || none {
			let resting = self.providers.iter_mut().filter(|provider| provider.rests);
			if let Some(cheapest) = resting.min_by(|one, other| one.cost.total_cmp(&other.cost)) {
				cheapest.rests = false;
				cheapest.earned = 0.0;
			}
		}
		for provider in &mut self.providers {
			let change = if used > params.busy.1 {
				1.0 + params.margin_step
			} else if used < params.busy.0 {
				1.0 - params.margin_step
			} else {
				1.0
			};
			provider.margin = (provider.margin * change).clamp(params.margin.0, params.margin.1);
			provider.left = provider.capacity;
			if !provider.rests && self.owners[provider.owner].kind == Kind::Honest {
				self.offered += provider.capacity;
			}
		}
	}

	fn step(&mut self, day: u32, step: u32) -> Result<()> {
		let params = self.params;
		let start = DAY * (day + 1) + DAY / params.steps_per_day * step;
		skip_empty_agenda(start);
		leap(start);
		let auction: BlockNumber = <Runtime as MarketConfig>::MinAuctionBlocks::get();
		let review: BlockNumber = <Runtime as MarketConfig>::MinReviewBlocks::get();
		let deadline = start + auction + SHORTEST_RUN + 2;

		let mut live = Vec::new();
		let noise = 1.0 + params.demand_noise * self.random.between((-1.0, 1.0));
		let wanted = params.jobs_per_day / f64::from(params.steps_per_day) * self.demand * noise;
		for _ in 0..(wanted + self.random.part()) as u32 {
			let client = self.clients.get(self.random.index(self.clients.len())).cloned().context("a client")?;
			if Balances::balance(&client) < tokens(1_000.0) {
				self.transfer(&client, tokens(10_000.0)).map_err(|error| anyhow!("a client's funds: {error:?}"))?;
			}
			let units = self.random.between((f64::from(params.units.0), f64::from(params.units.1))) as u32;
			let ceiling = tokens(params.ceiling_usd / self.token_usd);
			let id = submit(&client, units, ceiling, deadline, params).map_err(|error| anyhow!("a job: {error:?}"))?;
			self.auction(id, units, ceiling, day);
			live.push(Live { id, client, units });
		}
		self.deal_with_oneself(step, deadline);

		leap(start + auction);
		self.work(&live, day);
		leap(start + auction + 1);
		for job in &live {
			if self.random.part() < params.accepts {
				// Fails when there is no result.
				let _ = call(&job.client, Market::accept_result { job: job.id, first: 0 });
			}
		}
		leap(start + auction + 1 + review);
		leap(deadline + 1);
		for job in live {
			call(&job.client, Market::clear_job { job: job.id }).map_err(|error| anyhow!("clearing: {error:?}"))?;
		}
		self.read_events();
		Ok(())
	}

	/// Some providers see the job, one after the other.
	fn auction(&mut self, job: JobId, units: u32, ceiling: Balance, day: u32) {
		let quits = |provider: &Provider| provider.quits.is_some_and(|quits| day >= quits);
		let mut awake: Vec<_> = (0..self.providers.len())
			.filter(|index| {
				let provider = &self.providers[*index];
				let serves = matches!(self.owners[provider.owner].kind, Kind::Honest | Kind::Quitter);
				let room = quits(provider) || provider.left >= f64::from(units);
				serves && provider.leaves.is_none() && !provider.rests && room
			})
			.collect();
		for _ in 0..self.params.bidders.min(awake.len() as u32) {
			let provider = &self.providers[awake.swap_remove(self.random.index(awake.len()))];
			let quitting = quits(provider);
			let best = match Jobs::<Runtime>::get(job).map(|job| job.state) {
				Some(JobState::Open { best, .. }) => best,
				_ => return,
			};
			// What is left of the price after the fee must bring the margin.
			let net = (1.0 - f64::from(MARKET_FEE.deconstruct()) / 1e9) * self.token_usd;
			let floor = tokens(provider.cost * (1.0 + self.params.margin.0) / net);
			let asked = if quitting { floor } else { tokens(provider.cost * (1.0 + provider.margin) / net) };
			let beats = best.map_or(ceiling, |best| (best.price as f64 * 0.989) as Balance);
			let price = asked.min(beats);
			if price < floor || price == 0 {
				continue;
			}
			// A halted provider is refused.
			let _ = call(&provider.account, Market::bid { job, machine: provider.machine, price });
		}
	}

	/// Winners compute and commit, but for those who leave and the failures.
	fn work(&mut self, live: &[Live], day: u32) {
		for job in live {
			let Some(JobState::Assigned { bid }) = Jobs::<Runtime>::get(job.id).map(|job| job.state) else { continue };
			let Some(provider) = self.providers.iter_mut().find(|provider| provider.account == bid.provider) else {
				continue;
			};
			self.sums.jobs += 1;
			self.sold.0 += f64::from(job.units);
			self.sold.1 += whole(bid.price) * f64::from(job.units);
			if provider.quits.is_some_and(|quits| day >= quits) || self.random.part() < self.params.failures {
				continue;
			}
			provider.left -= f64::from(job.units);
			let owner = &mut self.owners[provider.owner];
			if owner.kind == Kind::Honest {
				self.used += f64::from(job.units);
			}
			owner.costs += provider.cost * f64::from(job.units) / self.token_usd;
			let root = H256::repeat_byte(1);
			if call(&bid.provider, Market::commit_result { job: job.id, first: 0, root }).is_ok() {
				let price = whole(bid.price) * f64::from(job.units);
				owner.turnover += price;
				let net = 1.0 - f64::from(MARKET_FEE.deconstruct()) / 1e9;
				provider.earned += price * net * self.token_usd - provider.cost * f64::from(job.units);
			}
		}
	}

	/// Self-dealers and sybils post, bid, close, commit, accept and clear in one block, so that nobody can underbid them.
	fn deal_with_oneself(&mut self, step: u32, deadline: BlockNumber) {
		for index in 0..self.providers.len() {
			let provider = &self.providers[index];
			let owner = &self.owners[provider.owner];
			let (client, amount) = match owner.kind {
				Kind::SelfDealer => {
					let Some(client) = owner.accounts.last().cloned() else { continue };
					(client, self.params.self_job)
				},
				Kind::Sybil if step == 0 => {
					let next = owner.accounts.iter().position(|account| *account == provider.account).unwrap_or(0) + 1;
					let ring = self.params.identities as usize;
					let Some(client) = owner.accounts.get(next % ring).cloned() else { continue };
					(client, self.params.sybil_job)
				},
				_ => continue,
			};
			let (account, machine) = (provider.account.clone(), provider.machine);
			let is_alone = owner.kind == Kind::SelfDealer;
			let deal = || -> Result<(), DispatchError> {
				let job = submit(&client, 100, tokens(amount / 100.0), deadline, self.params)?;
				call(&account, Market::bid { job, machine, price: tokens(amount / 100.0) })?;
				call(&client, Market::close_auction { job })?;
				call(&account, Market::commit_result { job, first: 0, root: H256::zero() })?;
				call(&client, Market::accept_result { job, first: 0 })?;
				call(&client, Market::clear_job { job })?;
				if is_alone {
					// For the next job.
					let value = Balances::balance(&account).saturating_sub(tokens(PURSE));
					call(&account, pallet_balances::Call::transfer_keep_alive { dest: client.clone().into(), value })?;
				}
				Ok(())
			};
			// Fails when the money is gone.
			if deal().is_ok() {
				let owner = provider.owner;
				self.owners[owner].turnover += amount;
			}
		}
	}

	/// Quitters take out what is left of their stake, and go; who has gone withdraws when it can.
	fn leave(&mut self, day: u32) {
		let now = System::block_number();
		for provider in &mut self.providers {
			match provider.leaves {
				None if provider.quits.is_some_and(|quits| day >= quits) => {
					let machine = provider.machine;
					if Machines::<Runtime>::get(machine).is_some_and(|machine| machine.running == 0) {
						let _ = call(&provider.account, Market::deregister_machine { machine });
					}
					let amount = StakingSlash::stake_status(provider.account.clone()).bonded;
					// A stake that is slashed away, or below the least bond, is left with nothing to unbond.
					let _ = call(&provider.account, Stake::unbond { amount });
					provider.leaves = Some(now + UNBONDING_PERIOD + 1);
					self.returns.push((day + self.params.returns_after, provider.owner));
				},
				Some(at) if at <= now && provider.quits.take().is_some() => {
					let _ = call(&provider.account, Stake::withdraw_unbonded {});
				},
				_ => {},
			}
		}
	}

	/// Honest providers make up for slashes.
	fn top_up(&mut self) {
		for provider in &self.providers {
			if self.owners[provider.owner].kind != Kind::Honest {
				continue;
			}
			let status = StakingSlash::stake_status(provider.account.clone());
			if status.bonded < status.required {
				// Fails when it has not enough; then it stays halted.
				let _ = call(&provider.account, Stake::bond { amount: status.required - status.bonded });
			}
		}
	}

	/// Once a week providers claim, the day after their delegators.
	fn claim(&mut self, day: u32) {
		let least = tokens(self.params.claims_above);
		if day % 7 == 5 {
			for index in 0..self.providers.len() {
				let provider = self.providers[index].account.clone();
				let pending = TokenMint::pending_work_reward(provider.clone());
				let claim = pallet_token_mint::Call::claim_work_reward { provider: provider.clone() };
				if pending > least && call(&provider, claim).is_ok() {
					let owner = self.providers[index].owner;
					self.owners[owner].rewards += whole(pending);
					self.sums.rewards += whole(pending);
				}
			}
		}
		if day % 7 == 6 {
			for (provider, delegator) in self.owners.iter().flat_map(|owner| &owner.backs) {
				if StakingSlash::pending_delegation_reward(provider.clone(), delegator.clone()) > least {
					let claim = Stake::claim_delegation_reward { provider: provider.clone(), compound: false };
					let _ = call(delegator, claim);
				}
			}
		}
	}

	fn read_events(&mut self) {
		for event in take_events() {
			match event {
				RuntimeEvent::ComputeMarket(pallet_compute_market::Event::JobSettled { paid, .. }) => {
					self.sums.fees += whole(paid.burned + paid.to_treasury);
				},
				RuntimeEvent::StakingSlash(StakeEvent::Slashed { provider, amount, .. }) => {
					self.sums.slashed += whole(amount);
					if let Some(owner) = self.owner_of.get(&provider) {
						self.owners[*owner].slashed += whole(amount);
					}
				},
				_ => {},
			}
		}
	}

	/// Tokens minted and burned since genesis.
	fn issuance(&self) -> (Balance, Balance) {
		let minted = TokenMint::minted();
		(minted, (self.genesis + minted).saturating_sub(Balances::total_issuance()))
	}

	/// What an owner has more than it was given, less costs, in tokens.
	fn profit(&self, owner: &Owner) -> f64 {
		let own: f64 = owner
			.accounts
			.iter()
			.map(|account| {
				let pending = TokenMint::pending_work_reward(account.clone());
				whole(Balances::total_balance(account) + pending)
			})
			.sum();
		let backs: f64 = owner
			.backs
			.iter()
			.filter_map(|(provider, delegator)| StakingSlash::delegation(provider.clone(), delegator.clone()))
			.map(|status| whole(status.value + status.unbonding + status.reward) - whole(status.owed))
			.sum();
		own + backs - whole(owner.given) - owner.costs
	}

	fn lines(&self) -> Vec<Line> {
		Kind::ALL
			.into_iter()
			.map(|kind| {
				let owners: Vec<_> = self.owners.iter().filter(|owner| owner.kind == kind).collect();
				let sum = |of: &dyn Fn(&Owner) -> f64| owners.iter().map(|owner| of(owner)).sum();
				Line {
					kind,
					owners: owners.len(),
					staked: sum(&|owner| owner.staked),
					turnover: sum(&|owner| owner.turnover),
					rewards: sum(&|owner| owner.rewards),
					slashed: sum(&|owner| owner.slashed),
					costs: sum(&|owner| owner.costs),
					profit: sum(&|owner| self.profit(owner)),
				}
			})
			.collect()
	}

	fn note(&mut self, day: u32) {
		let (minted, burned) = self.issuance();
		let mut row = self.sums.clone();
		row.day = day + 1;
		row.demand = self.demand;
		row.token_usd = self.token_usd;
		row.unit_price = ratio(self.sold.1, self.sold.0);
		row.minted = whole(minted);
		row.burned = whole(burned);
		for (profit, line) in row.profit.iter_mut().zip(self.lines()) {
			*profit = ratio(line.profit, line.staked);
		}
		self.sold = (0.0, 0.0);
		self.rows.push(row);
	}
}

/// Posts a job of `units` with the shortest times that the market allows.
fn submit(
	client: &AccountId,
	units: u32,
	ceiling: Balance,
	deadline: BlockNumber,
	params: &Params,
) -> Result<JobId, DispatchError> {
	let id = NextJobId::<Runtime>::get();
	let spec = JobSpec {
		guest: H256::repeat_byte(1),
		input: H256::repeat_byte(2),
		units,
		gas_per_unit: params.gas_per_unit,
		ceiling,
		min_tier: Tier(1),
		min_reputation: Perbill::zero(),
		auction_blocks: <Runtime as MarketConfig>::MinAuctionBlocks::get(),
		deadline,
		review_blocks: <Runtime as MarketConfig>::MinReviewBlocks::get(),
		source: Default::default(),
	};
	call(client, Market::submit_job { spec, payment: PaymentKind::Native })?;
	Ok(id)
}
