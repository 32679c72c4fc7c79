//! Every number by which agents decide, with its unit. What the chain decides by is the runtime's own.

/// How the agents behave. Tokens are whole ASY; a unit is one unit of a job; a day is 288 mint periods.
#[derive(Clone, Debug)]
pub struct Params {
	/// Seed of every random choice.
	pub seed: u64,
	/// Simulated days.
	pub days: u32,
	/// Steps in a day. In each, jobs are posted, done and paid, and then time leaps to the next.
	pub steps_per_day: u32,

	/// Accounts that post jobs which somebody needs.
	pub clients: u32,
	/// Jobs a day where demand is one.
	pub jobs_per_day: f64,
	/// Demand at equal distances over the whole time, straight lines between.
	pub demand: &'static [f64],
	/// Spread of the number of jobs around demand, as a part of it.
	pub demand_noise: f64,
	/// Fewest and most units of a job.
	pub units: (u32, u32),
	/// Gas per unit.
	pub gas_per_unit: u64,
	/// The most that a client pays for a unit, in US dollars.
	pub ceiling_usd: f64,
	/// Part of the results that the client accepts; the others settle after the review.
	pub accepts: f64,

	/// US dollars for a token at the start.
	pub token_usd: f64,
	/// Part of its distance to its anchor, the start's price × √demand, that the token's price goes a day.
	pub token_pull: f64,
	/// Random daily change of the token's price, as a part of it.
	pub token_noise: f64,

	/// Honest providers, with one machine each.
	pub honest: u32,
	/// Range of what a unit costs a provider, in US dollars.
	pub unit_cost_usd: (f64, f64),
	/// What a machine of tier 1 costs a day, busy or not, in US dollars; twice as much a tier up.
	pub idle_cost_usd: f64,
	/// Units a day of a machine of tier 1; twice as many a tier up.
	pub units_per_day: f64,
	/// Range of the margin on cost that providers ask for.
	pub margin: (f64, f64),
	/// Daily change of the margin, as a part: up when yesterday's use was above, down when it was below `busy`.
	pub margin_step: f64,
	/// Days between reviews, at which a provider that has lost money by serving switches its machine off.
	pub review_days: u32,
	/// Use of the market's capacity below which margins fall, and above which they rise.
	pub busy: (f64, f64),
	/// Providers that look at a job before its auction closes.
	pub bidders: u32,
	/// Part of their jobs that honest providers fail to deliver.
	pub failures: f64,
	/// Part of delegators' rewards that honest providers keep, in per cent.
	pub commission: u32,

	/// Accounts that delegate to honest providers.
	pub delegators: u32,
	/// Tokens that each of them delegates.
	pub delegation: f64,

	/// Self-dealers: each is client and provider at once, by two accounts.
	pub self_dealers: u32,
	/// Tokens in each job that a self-dealer posts to itself, of which it posts one a step.
	pub self_job: f64,
	/// Tokens that a self-dealer begins with as client.
	pub self_capital: f64,

	/// Owners with many identities.
	pub sybils: u32,
	/// Identities of each: a provider, and a delegator who backs the next of them.
	pub identities: u32,
	/// Tokens in each job that one identity posts to the next, one a day each.
	pub sybil_job: f64,
	/// Tokens that each delegator of theirs delegates.
	pub sybil_delegation: f64,
	/// Tokens that each identity begins with beside its bond.
	pub sybil_capital: f64,

	/// Providers that leave with unfinished jobs.
	pub quitters: u32,
	/// Range of days that a quitter serves before it leaves.
	pub quits_after: (u32, u32),
	/// Days from leaving to coming back under a new name: more than unbonding takes.
	pub returns_after: u32,

	/// Tokens of reward below which nobody pays the fee of a claim.
	pub claims_above: f64,
}

impl Default for Params {
	fn default() -> Self {
		Self {
			seed: 1,
			days: 730,
			steps_per_day: 3,
			clients: 10,
			jobs_per_day: 36.0,
			demand: &[1.0, 1.6, 2.0, 1.0, 0.4, 0.5, 1.2, 2.0, 2.4],
			demand_noise: 0.2,
			units: (20, 100),
			gas_per_unit: 10_000_000,
			ceiling_usd: 0.2,
			accepts: 0.9,
			token_usd: 0.1,
			token_pull: 0.05,
			token_noise: 0.02,
			honest: 16,
			unit_cost_usd: (0.03, 0.05),
			idle_cost_usd: 0.2,
			units_per_day: 60.0,
			margin: (0.05, 1.5),
			margin_step: 0.03,
			review_days: 30,
			busy: (0.4, 0.65),
			bidders: 4,
			failures: 0.002,
			commission: 10,
			delegators: 8,
			delegation: 50.0,
			self_dealers: 3,
			self_job: 50.0,
			self_capital: 3_000.0,
			sybils: 2,
			identities: 10,
			sybil_job: 10.0,
			sybil_delegation: 50.0,
			sybil_capital: 200.0,
			quitters: 4,
			quits_after: (20, 60),
			returns_after: 30,
			claims_above: 0.01,
		}
	}
}

/// SplitMix64: small, and the same on every machine.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
	/// The sequence of that seed.
	pub fn new(seed: u64) -> Self {
		Self(seed)
	}

	/// Evenly out of all numbers.
	pub fn bits(&mut self) -> u64 {
		self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
		let mut mixed = self.0;
		mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
		mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
		mixed ^ (mixed >> 31)
	}

	/// Evenly from zero to below one.
	pub fn part(&mut self) -> f64 {
		(self.bits() >> 11) as f64 / (1u64 << 53) as f64
	}

	/// Evenly between the two.
	pub fn between(&mut self, (low, high): (f64, f64)) -> f64 {
		low + (high - low) * self.part()
	}

	/// Evenly out of `0..below`; zero when there is nothing to choose from.
	pub fn index(&mut self, below: usize) -> usize {
		((self.part() * below as f64) as usize).min(below.saturating_sub(1))
	}
}
