//! From the command line to the modules that do the work.

use std::{
	fs,
	future::Future,
	net::SocketAddr,
	path::{Path, PathBuf},
	sync::Arc,
};

use anyhow::{bail, ensure, Context};
use subxt::utils::AccountId32;
use subxt_signer::sr25519::Keypair;

use crate::{
	amount::Amount,
	args::{
		ChainCommand, CheckArgs, CheckerCommand, Cli, Command, Common, CreditsCommand, EmissionCommand, JobCommand,
		KeyArgs, LeaseCommand, ManifestArgs, OrderArgs, PaymentsCommand, ProviderCommand, ReputationCommand,
		RewardsCommand, RunArgs, SlashCommand, StakeCommand, StoreArgs, SubmitArgs, VestingCommand, WatchArgs,
	},
	blobs::{BlobHash, DirStore},
	chain::{
		model::{Payment, Terms},
		Chain,
	},
	checker,
	client::{
		self,
		check::{Check, Sample},
		dispute::Doubt,
		list::Filter,
		report,
		step::{self, Step},
		submit::{self, Request, Serving},
		watch::{self, Accept, Plan, Until},
	},
	credits, delegation, emission, guest, http, keys,
	lease::{self, Funding, Written},
	output::Output,
	payments,
	provider::{
		self,
		conduct::Honest,
		leases::LeaseTerms,
		policy::{Conditions, Policy, Prices, Share},
	},
	reputation, rewards, slash, stake, status, vesting,
};

/// Do what the command line says. `stop` ends a daemon, which then tidies up.
pub async fn run(cli: Cli, out: Output, stop: impl Future<Output = ()>) -> anyhow::Result<()> {
	let Cli { common, command } = cli;
	match command {
		Command::Provider(command) => run_provider(&common, command, out, stop).await,
		Command::Checker(command) => run_checker(&common, command, out, stop).await,
		Command::Job(command) => unless(stop, run_job(&common, command, out)).await,
		Command::Lease(command) => unless(stop, run_lease(&common, command, out)).await,
		Command::Stake(command) => unless(stop, run_stake(&common, command, out)).await,
		Command::Slash(command) => unless(stop, run_slash(&common, command, out)).await,
		Command::Rewards(command) => unless(stop, run_rewards(&common, command, out)).await,
		Command::Vesting(command) => unless(stop, run_vesting(&common, command, out)).await,
		Command::Credits(command) => unless(stop, run_credits(&common, command, out)).await,
		Command::Payments(command) => unless(stop, run_payments(&common, command, out)).await,
		Command::Reputation(ReputationCommand::Show(account)) => {
			let account = account.load()?;
			unless(stop, async { reputation::show(&connect(&common).await?, &account, out).await }).await
		},
		Command::Emission(EmissionCommand::Show) => {
			unless(stop, async { emission::show(&connect(&common).await?, out).await }).await
		},
		Command::Chain(ChainCommand::Status) => {
			unless(stop, async { status::show(&connect(&common).await?, out).await }).await
		},
	}
}

/// Do `work` unless `stop` comes first: there is nothing to tidy up.
async fn unless(stop: impl Future<Output = ()>, work: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
	tokio::select! {
		result = work => result,
		() = stop => bail!("interrupted"),
	}
}

async fn run_provider(
	common: &Common,
	command: ProviderCommand,
	out: Output,
	stop: impl Future<Output = ()>,
) -> anyhow::Result<()> {
	match command {
		ProviderCommand::Run(args) => provider::run(provider_config(common, *args)?, Arc::new(Honest), out, stop).await,
		ProviderCommand::Status(account) => {
			let account = account.load()?;
			provider::status::show(&connect(common).await?, &account, out).await
		},
		ProviderCommand::Claim(key) => {
			let key = key.load()?;
			provider::status::claim(&connect(common).await?, &key, out).await
		},
		ProviderCommand::Deregister { machine, key } => {
			let key = key.load()?;
			provider::status::deregister(&connect(common).await?, &key, machine, out).await
		},
	}
}

async fn run_checker(
	common: &Common,
	command: CheckerCommand,
	out: Output,
	stop: impl Future<Output = ()>,
) -> anyhow::Result<()> {
	match command {
		CheckerCommand::Run(args) => {
			checker::run(checker_config(common, args)?, Arc::new(checker::conduct::Honest), out, stop).await
		},
		CheckerCommand::Join(key) => {
			let key = key.load()?;
			unless(stop, async { checker::join(&connect(common).await?, &key, out).await }).await
		},
		CheckerCommand::Leave(key) => {
			let key = key.load()?;
			unless(stop, async { checker::leave(&connect(common).await?, &key, out).await }).await
		},
		CheckerCommand::Withdraw(key) => {
			let key = key.load()?;
			unless(stop, async { checker::withdraw(&connect(common).await?, &key, out).await }).await
		},
		CheckerCommand::Status(account) => {
			let account = account.load()?;
			unless(stop, async { checker::show(&connect(common).await?, &account, out).await }).await
		},
	}
}

/// What the command line says of a checker's daemon.
pub fn checker_config(common: &Common, args: CheckArgs) -> anyhow::Result<checker::Config> {
	Ok(checker::Config {
		node: common.node.clone(),
		patience: common.patience(),
		key: args.key.load()?,
		join: args.join,
		data_dir: data_dir(args.data_dir, "checker")?,
	})
}

/// What the command line says of a provider's daemon.
pub fn provider_config(common: &Common, args: RunArgs) -> anyhow::Result<provider::Config> {
	let step = Share::percent(args.undercut);
	let policy = |ask: Amount, floor: Option<Amount>| Policy { ask, floor: floor.unwrap_or(Amount(ask.0 / 2)), step };
	let written = |price: Option<Amount>| price.map(|price| Payment::Stable.from_written(price)).transpose();
	let native = policy(args.price, args.min_price);
	let floor = written(args.min_usd_price)?;
	let dollars = written(args.usd_price)?.map(|ask| policy(ask, floor));
	let conditions = Conditions {
		least: args.min_job_price,
		max_auction: args.max_auction,
		max_review: args.max_review,
		min_client: args.min_client_reputation,
	};
	// Each of the two requires the other.
	let leases = match (args.lease_runner, args.lease_price) {
		(Some(runner), Some(price)) => Some(LeaseTerms {
			runner,
			price,
			dollars: written(args.lease_usd_price)?,
			max_grace: args.max_grace,
			max_notice: args.max_notice,
			max_auction: args.max_auction,
		}),
		_ => None,
	};
	Ok(provider::Config {
		node: common.node.clone(),
		patience: common.patience(),
		key: args.key.load()?,
		listen: args.listen,
		endpoint: args.endpoint,
		tier: args.tier,
		region: args.region,
		slots: args.slots,
		machine: args.machine,
		bond: args.bond,
		data_dir: data_dir(args.data_dir, "provider")?,
		prices: Prices { native, dollars },
		conditions,
		threads: args.threads,
		capacity: !args.no_capacity,
		claim_above: args.claim_above,
		leases,
	})
}

/// What is done to one's own stake, or to delegated stake.
enum StakeAction {
	Own(stake::Action),
	Delegated(delegation::Action),
}

async fn run_stake(common: &Common, command: StakeCommand, out: Output) -> anyhow::Result<()> {
	use delegation::Action as Delegation;
	use stake::Action as Own;
	let own = |key: KeyArgs, action| (key, StakeAction::Own(action));
	let delegated = |key: KeyArgs, action| (key, StakeAction::Delegated(action));
	let (key, action) = match command {
		StakeCommand::Bond { amount, key } => own(key, Own::Bond(amount)),
		StakeCommand::Unbond { amount, key } => own(key, Own::Unbond(amount)),
		StakeCommand::Rebond { amount, key } => own(key, Own::Rebond(amount)),
		StakeCommand::Withdraw { provider: None, key } => own(key, Own::Withdraw),
		StakeCommand::Withdraw { provider: Some(provider), key } => delegated(key, Delegation::Withdraw { provider }),
		StakeCommand::Delegate { provider, amount, key } => delegated(key, Delegation::Delegate { provider, amount }),
		StakeCommand::Undelegate { provider, amount, key } => {
			delegated(key, Delegation::Undelegate { provider, amount })
		},
		StakeCommand::Move { from, to, amount, key } => delegated(key, Delegation::Move { from, to, amount }),
		StakeCommand::Claim { provider, compound, key } => delegated(key, Delegation::Claim { provider, compound }),
		StakeCommand::Collect { provider, account, key } => {
			let delegator = owner(account, &key)?;
			delegated(key, Delegation::Collect { provider, delegator })
		},
		StakeCommand::Commission(args) => {
			let terms = Terms { commission: args.commission, kickback: args.kickback };
			delegated(args.key, Delegation::Announce(terms))
		},
		StakeCommand::Status { account, providers } => {
			let account = account.load()?;
			return stake::show(&connect(common).await?, &account, &providers, out).await;
		},
		StakeCommand::Pool { provider } => {
			return delegation::show_pool(&connect(common).await?, &provider, out).await;
		},
		StakeCommand::Position { provider, account } => {
			let account = account.load()?;
			return delegation::show_position(&connect(common).await?, &provider, &account, out).await;
		},
	};
	let key = key.load()?;
	let chain = connect(common).await?;
	match action {
		StakeAction::Own(action) => stake::act(&chain, &key, action, out).await,
		StakeAction::Delegated(action) => delegation::act(&chain, &key, action, out).await,
	}
}

/// The account that was named, or that of the key.
fn owner(account: Option<AccountId32>, key: &KeyArgs) -> anyhow::Result<AccountId32> {
	match account {
		Some(account) => Ok(account),
		None => Ok(keys::account(&key.load()?)),
	}
}

async fn run_slash(common: &Common, command: SlashCommand, out: Output) -> anyhow::Result<()> {
	match command {
		SlashCommand::List(account) => {
			let account = account.load()?;
			slash::list(&connect(common).await?, &account, out).await
		},
		SlashCommand::Show { slash } => slash::show(&connect(common).await?, slash, out).await,
		SlashCommand::Contest { slash, key } => {
			let key = key.load()?;
			slash::contest(&connect(common).await?, &key, slash, out).await
		},
		SlashCommand::Apply { slash, key } => {
			let key = key.load()?;
			slash::apply(&connect(common).await?, &key, slash, out).await
		},
		SlashCommand::Debt(account) => {
			let account = account.load()?;
			slash::debt(&connect(common).await?, &account, out).await
		},
		SlashCommand::Pay { amount, account, key } => {
			let (provider, key) = (owner(account, &key)?, key.load()?);
			slash::pay(&connect(common).await?, &key, &provider, amount, out).await
		},
		SlashCommand::Collect { account, key } => {
			let (provider, key) = (owner(account, &key)?, key.load()?);
			slash::collect(&connect(common).await?, &key, &provider, out).await
		},
	}
}

async fn run_rewards(common: &Common, command: RewardsCommand, out: Output) -> anyhow::Result<()> {
	match command {
		RewardsCommand::Show { kind, account } => {
			let account = account.load()?;
			rewards::show(&connect(common).await?, &account, kind, out).await
		},
		RewardsCommand::Claim { kind, account, key } => {
			let (account, key) = (owner(account, &key)?, key.load()?);
			rewards::claim(&connect(common).await?, &key, &account, kind, out).await
		},
	}
}

async fn run_vesting(common: &Common, command: VestingCommand, out: Output) -> anyhow::Result<()> {
	match command {
		VestingCommand::Show(account) => {
			let account = account.load()?;
			vesting::show(&connect(common).await?, &account, out).await
		},
		VestingCommand::Claim { plan, account, key } => {
			let (account, key) = (owner(account, &key)?, key.load()?);
			vesting::claim(&connect(common).await?, &key, &account, plan, out).await
		},
		VestingCommand::Exit { amount, plan, preview, key } => {
			let key = key.load()?;
			vesting::exit(&connect(common).await?, &key, plan, amount, preview, out).await
		},
		VestingCommand::Pledge { amount, key } => {
			let key = key.load()?;
			vesting::pledge(&connect(common).await?, &key, amount, out).await
		},
		VestingCommand::Unpledge { amount, key } => {
			let key = key.load()?;
			vesting::unpledge(&connect(common).await?, &key, amount, out).await
		},
	}
}

async fn run_credits(common: &Common, command: CreditsCommand, out: Output) -> anyhow::Result<()> {
	match command {
		CreditsCommand::Buy(args) => {
			let key = args.key.load()?;
			credits::buy(&connect(common).await?, &key, args.amount, args.max_slippage, args.wait, out).await
		},
		CreditsCommand::Cancel { conversion, key } => {
			let key = key.load()?;
			credits::cancel(&connect(common).await?, &key, conversion, out).await
		},
		CreditsCommand::Show(account) => {
			let account = account.load()?;
			credits::show(&connect(common).await?, &account, out).await
		},
	}
}

async fn run_payments(common: &Common, command: PaymentsCommand, out: Output) -> anyhow::Result<()> {
	match command {
		PaymentsCommand::Show { pay, account } => {
			let account = account.load()?;
			payments::show(&connect(common).await?, &account, pay, out).await
		},
		PaymentsCommand::Claim { pay, account, key } => {
			let (account, key) = (owner(account, &key)?, key.load()?);
			payments::claim(&connect(common).await?, &key, &account, pay, out).await
		},
	}
}

async fn run_job(common: &Common, command: JobCommand, out: Output) -> anyhow::Result<()> {
	match command {
		JobCommand::Submit(args) => submit_job(common, *args, out).await,
		JobCommand::Watch(args) => watch_job(common, args, out).await,
		JobCommand::List { client, provider, state } => {
			let state = state.map(|state| state.name().to_owned());
			client::list::list(&connect(common).await?, &Filter { client, provider, state }, out).await
		},
		JobCommand::Fetch { job, out: dir, png, store } => {
			let store = open_store(store)?;
			client::fetch(&connect(common).await?, job, dir, png, &store, out).await
		},
		JobCommand::Cancel { job, key } => {
			let key = key.load()?;
			client::cancel(&connect(common).await?, &key, job, out).await
		},
		JobCommand::Accept { job, verify, key, store } => {
			let accept = Accept { key: key.load()?, verify };
			let store = open_store(store)?;
			client::accept(&connect(common).await?, &accept, job, &store, out).await
		},
		JobCommand::Close { job, key } => take_step(common, Step::Close, job, key, out).await,
		JobCommand::Expire { job, key } => take_step(common, Step::Expire, job, key, out).await,
		JobCommand::Settle { job, key } => take_step(common, Step::Settle, job, key, out).await,
		JobCommand::Dispute { job, unit, force, at_once, evidence, key, store } => {
			let (key, store) = (key.load()?, open_store(store)?);
			let doubt = Doubt { job, unit, force, at_once, evidence };
			client::dispute::dispute(&connect(common).await?, &key, doubt, &store, out).await
		},
		JobCommand::Demand { job, unit, key } => {
			let key = key.load()?;
			client::dispute::demand(&connect(common).await?, &key, job, unit, out).await
		},
		JobCommand::Report { job } => {
			out.result(&report::report(&connect(common).await?, job).await?);
			Ok(())
		},
		JobCommand::Clear { job, key } => {
			let key = key.load()?;
			client::clear(&connect(common).await?, &key, job, out).await
		},
	}
}

async fn take_step(common: &Common, step: Step, job: u64, key: KeyArgs, out: Output) -> anyhow::Result<()> {
	let key = key.load()?;
	step::take(&connect(common).await?, &key, step, job, out).await
}

async fn submit_job(common: &Common, args: SubmitArgs, out: Output) -> anyhow::Result<()> {
	let key = args.key.load()?;
	let (guest, input) = read_program(args.guest.as_deref(), args.input.as_deref())?;
	guest::check_sizes(&guest, &input)?;
	let store = open_store(args.store)?;
	let units = match args.units {
		Some(units) => units,
		None => {
			ensure!(
				BlobHash::of(&guest) == BlobHash::of(assay_guests::PATHTRACER),
				"say with --units how many units the job has"
			);
			assay_guests::units(&input)?
		},
	};
	let request = Request {
		guest,
		input,
		units,
		range: args.range,
		gas_per_unit: args.gas_per_unit,
		payment: args.pay,
		ceiling: args.ceiling,
		min_tier: args.min_tier,
		min_reputation: args.min_reputation,
		auction_blocks: args.auction_blocks,
		run_blocks: args.run_blocks,
		review_blocks: args.review_blocks.or(args.check.map(|_| submit::CHECKED_REVIEW_BLOCKS)),
		listen: args.listen,
		source: args.source,
	};
	let chain = connect(common).await?;
	let (submitted, serving) = submit::submit(&chain, &key, request, &store, out).await?;
	out.result(&submitted);
	let check = check(args.check, &key, args.evidence);
	let accept = args.accept.then_some(Accept { key, verify: args.verify });
	let until = match (args.watch, &serving) {
		(true, _) => Until::Ended,
		(false, Some(serving)) => {
			out.note(format!("serving guest and input at {} until a provider has them", serving.url()));
			Until::Assigned
		},
		(false, None) => return Ok(()),
	};
	follow(&chain, submitted.job, &Plan { until, accept, check }, &store, out).await
}

fn check(sample: Option<Sample>, key: &Keypair, evidence: Option<PathBuf>) -> Option<Check> {
	sample.map(|sample| Check { key: key.clone(), sample, evidence })
}

async fn watch_job(common: &Common, args: WatchArgs, out: Output) -> anyhow::Result<()> {
	let mut plan = Plan { until: Until::Ended, accept: None, check: None };
	if args.accept || args.check.is_some() {
		let key = KeyArgs { key: args.key, key_file: args.key_file }.load()?;
		plan.check = check(args.check, &key, args.evidence);
		plan.accept = args.accept.then_some(Accept { key, verify: args.verify });
	}
	let store = open_store(args.store)?;
	// Kept until the job has ended.
	let _serving = serve_again(args.listen, &store).await?;
	follow(&connect(common).await?, args.job, &plan, &store, out).await
}

async fn follow(chain: &Chain, job: u64, plan: &Plan, store: &DirStore, out: Output) -> anyhow::Result<()> {
	match watch::watch(chain, job, plan, store, out).await? {
		Some(report) => {
			out.result(&report);
			watch::expect_settled(&report)
		},
		None => Ok(()),
	}
}

/// Serve what is in `store` at an address that the chain names already.
async fn serve_again(address: Option<SocketAddr>, store: &DirStore) -> anyhow::Result<Option<Serving>> {
	let Some(address) = address else { return Ok(None) };
	let listener = http::listen(address).await?;
	let url = format!("http://{}", listener.local_addr()?);
	Ok(Some(Serving::start(listener, url, store.clone())))
}

async fn run_lease(common: &Common, command: LeaseCommand, out: Output) -> anyhow::Result<()> {
	use lease::step::Step;
	match command {
		LeaseCommand::Order(args) => order_lease(common, *args, out).await,
		LeaseCommand::Manifest(args) => set_manifest(common, args, out).await,
		LeaseCommand::Cancel { lease, key } => step_of_lease(common, Step::Cancel, lease, key, out).await,
		LeaseCommand::Take { lease, key } => step_of_lease(common, Step::Take, lease, key, out).await,
		LeaseCommand::Close { lease, unserved, key } => {
			let step = if unserved { Step::CloseUnserved } else { Step::Close };
			step_of_lease(common, step, lease, key, out).await
		},
		LeaseCommand::Defund { lease, key } => step_of_lease(common, Step::Defund, lease, key, out).await,
		LeaseCommand::Settle { lease, key } => step_of_lease(common, Step::Settle, lease, key, out).await,
		LeaseCommand::Reclaim { lease, key } => step_of_lease(common, Step::Reclaim, lease, key, out).await,
		LeaseCommand::Fund { lease, amount, time, key } => {
			let key = key.load()?;
			let funding = Funding::one_of(amount, time);
			lease::step::fund(&connect(common).await?, &key, lease, funding, out).await
		},
		LeaseCommand::Abandon { lease, yes, key } => {
			let key = key.load()?;
			lease::step::abandon(&connect(common).await?, &key, lease, yes, out).await
		},
		LeaseCommand::Bid(args) => {
			let key = args.key.load()?;
			let rate = Written::one_of(args.rate, args.rate_per_hour);
			let offer = lease::bid::Offer { lease: args.lease, machine: args.machine, rate, notice: args.notice };
			lease::bid::bid(&connect(common).await?, &key, offer, out).await
		},
		LeaseCommand::Open { lease, key } => {
			let key = key.load()?;
			lease::open::open(&connect(common).await?, &key, lease, out).await
		},
		LeaseCommand::Show { lease } => lease::show::show(&connect(common).await?, lease, out).await,
		LeaseCommand::List { open, client, provider, machine } => {
			let filter = lease::show::Filter { open, client, provider, machine };
			lease::show::list(&connect(common).await?, &filter, out).await
		},
		LeaseCommand::Watch { lease, listen, store } => {
			let store = open_store(store)?;
			// Kept until the lease has ended.
			let _serving = serve_again(listen, &store).await?;
			follow_lease(&connect(common).await?, lease, None, lease::watch::Until::Ended, out).await
		},
	}
}

async fn step_of_lease(
	common: &Common,
	step: lease::step::Step,
	lease: u64,
	key: KeyArgs,
	out: Output,
) -> anyhow::Result<()> {
	let key = key.load()?;
	lease::step::take(&connect(common).await?, &key, step, lease, out).await
}

async fn order_lease(common: &Common, args: OrderArgs, out: Output) -> anyhow::Result<()> {
	let key = args.key.load()?;
	let manifest = read(&args.manifest)?;
	lease::order::check_manifest(&manifest)?;
	let store = open_store(args.store)?;
	let request = lease::order::Request {
		manifest,
		payment: args.pay,
		ceiling: Written::one_of(args.ceiling, args.ceiling_per_hour),
		funding: Funding::one_of(args.fund, args.fund_for),
		min_tier: args.min_tier,
		region: args.region,
		slots: args.slots,
		auction: args.auction,
		longest: args.longest,
		grace: args.grace,
		notice: args.notice,
		listen: args.listen,
		source: args.source,
	};
	let chain = connect(common).await?;
	let (placed, serving) = lease::order::place(&chain, &key, request, &store, out).await?;
	out.result(&placed);
	if let Some(serving) = &serving {
		out.note(format!("serving the manifest at {} until a machine runs", serving.url()));
	} else if !args.watch {
		return Ok(());
	}
	follow_lease(&chain, placed.lease, Some(placed.block), lease::watch::Until::Running, out).await
}

async fn set_manifest(common: &Common, args: ManifestArgs, out: Output) -> anyhow::Result<()> {
	let key = args.key.load()?;
	let manifest = read(&args.manifest)?;
	lease::order::check_manifest(&manifest)?;
	let store = open_store(args.store)?;
	let chain = connect(common).await?;
	let place = (args.listen, args.source);
	let serving = lease::order::set_manifest(&chain, &key, args.lease, manifest, place, &store, out).await?;
	let Some(serving) = serving else { return Ok(()) };
	out.note(format!("serving the manifest at {} until the lease ends, or you stop it", serving.url()));
	follow_lease(&chain, args.lease, None, lease::watch::Until::Ended, out).await
}

async fn follow_lease(
	chain: &Chain,
	lease: u64,
	since: Option<u64>,
	until: lease::watch::Until,
	out: Output,
) -> anyhow::Result<()> {
	lease::watch::expect_served(lease, lease::watch::watch(chain, lease, since, until, out).await?)
}

async fn connect(common: &Common) -> anyhow::Result<Chain> {
	Ok(Chain::connect_within(&common.node, common.patience()).await?)
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
	fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

/// Guest and input of a job to be posted: those that are named, or the demo.
fn read_program(guest: Option<&Path>, input: Option<&Path>) -> anyhow::Result<(Vec<u8>, Vec<u8>)> {
	let guest = match (guest, input) {
		(Some(path), _) => read(path)?,
		(None, Some(path)) if !is_scene(path) => bail!(
			"say with --guest which program works on {}: only for a scene as text (*.scene) is it the path tracer by \
			 itself",
			path.display()
		),
		(None, _) => assay_guests::PATHTRACER.to_vec(),
	};
	let input = match input {
		Some(path) => read_input(path)?,
		// The parser sees to it that this is what `--demo` asked for.
		None => assay_guests::demo_scene()?,
	};
	Ok((guest, input))
}

fn is_scene(path: &Path) -> bool {
	path.extension().is_some_and(|ending| ending == "scene")
}

/// Scenes are written by people as text; the path tracer takes them in another form.
fn read_input(path: &Path) -> anyhow::Result<Vec<u8>> {
	let bytes = read(path)?;
	if !is_scene(path) {
		return Ok(bytes);
	}
	let text = String::from_utf8(bytes).with_context(|| format!("{} is not text", path.display()))?;
	assay_guests::parse_scene(&text).with_context(|| format!("{} is not a scene", path.display()))
}

fn open_store(args: StoreArgs) -> anyhow::Result<DirStore> {
	Ok(DirStore::open(data_dir(args.data_dir, "client")?.join("blobs"))?)
}

/// The directory that was given, or the customary one.
fn data_dir(given: Option<PathBuf>, purpose: &str) -> anyhow::Result<PathBuf> {
	if let Some(dir) = given {
		return Ok(dir);
	}
	let base = match std::env::var_os("XDG_DATA_HOME").filter(|dir| !dir.is_empty()) {
		Some(dir) => PathBuf::from(dir),
		None => {
			let home = std::env::var_os("HOME").context("say with --data-dir where to keep data")?;
			PathBuf::from(home).join(".local/share")
		},
	};
	Ok(base.join("assay").join(purpose))
}

#[cfg(test)]
mod tests {
	use super::*;
	use clap::Parser;

	/// Run a command with no node to talk to.
	async fn error_of(args: &[&str]) -> String {
		let node = ["--node", "ws://127.0.0.1:1", "--connect-timeout", "0"];
		let cli = Cli::try_parse_from(["assay"].iter().chain(args).chain(&node)).unwrap();
		run(cli, Output::new(true), std::future::pending()).await.unwrap_err().to_string()
	}

	#[test]
	fn scene_should_go_to_the_path_tracer_unless_another_guest_is_named() {
		let dir = tempfile::tempdir().unwrap();
		let [scene, data, guest] = ["my.scene", "data.bin", "guest.wasm"].map(|name| dir.path().join(name));
		fs::write(&scene, assay_guests::DEMO_SCENE).unwrap();
		fs::write(&data, "image 8 8").unwrap();
		fs::write(&guest, "guest").unwrap();
		let (tracer, demo) = (assay_guests::PATHTRACER.to_vec(), assay_guests::demo_scene().unwrap());
		assert_eq!(read_program(None, None).unwrap(), (tracer.clone(), demo.clone()));
		assert_eq!(read_program(None, Some(&scene)).unwrap(), (tracer, demo.clone()));
		assert_eq!(read_program(Some(&guest), Some(&scene)).unwrap(), (b"guest".to_vec(), demo));
		assert_eq!(read_program(Some(&guest), Some(&data)).unwrap(), (b"guest".to_vec(), b"image 8 8".to_vec()));
		let error = read_program(None, Some(&data)).unwrap_err().to_string();
		assert!(error.contains("--guest") && error.contains("data.bin"), "{error}");
	}

	#[tokio::test]
	async fn job_should_be_refused_before_a_node_is_asked_when_guest_or_input_is_too_large() {
		let dir = tempfile::tempdir().unwrap();
		let [small, large, store] = ["small", "large", "store"].map(|name| dir.path().join(name));
		fs::write(&small, "small").unwrap();
		fs::write(&large, vec![0; (1 << 20) + 1]).unwrap();
		let [small, large, store] = [&small, &large, &store].map(|path| path.to_str().unwrap());
		for (guest, input, what) in [(small, large, "the input has 1048577 bytes"), (large, small, "the guest has")] {
			let files = ["--guest", guest, "--input", input, "--data-dir", store, "--units", "1"];
			let submit = ["job", "submit", "--key", "//Alice", "--ceiling", "1"];
			let error = error_of(&[&submit[..], &files[..]].concat()).await;
			assert!(error.contains(what) && error.contains("at most"), "{error}");
		}
	}

	#[tokio::test]
	async fn order_should_be_refused_before_a_node_is_asked_when_nobody_would_fetch_its_manifest() {
		let dir = tempfile::tempdir().unwrap();
		let [empty, large, none] = ["empty", "large", "none"].map(|name| dir.path().join(name));
		fs::write(&empty, "").unwrap();
		fs::write(&large, vec![0; (1 << 20) + 1]).unwrap();
		let order = ["lease", "order", "--key", "//Alice", "--ceiling", "1", "--fund", "10", "--manifest"];
		for (file, what) in [(empty, "the manifest is empty"), (large, "has 1048577 bytes"), (none, "cannot read")] {
			let error = error_of(&[&order[..], &[file.to_str().unwrap()]].concat()).await;
			assert!(error.contains(what), "{error}");
		}
	}

	#[tokio::test]
	async fn command_should_name_the_node_when_nobody_answers_there() {
		let error = error_of(&["chain", "status"]).await;
		assert!(error.contains("ws://127.0.0.1:1") && error.contains("--node"), "{error}");
	}

	#[tokio::test]
	async fn command_should_name_what_is_missing_when_there_is_no_key_to_sign_with() {
		for what in ["--accept", "--check"] {
			let error = error_of(&["job", "watch", "7", what]).await;
			assert!(error.contains("--key-file"), "{error}");
		}
	}
}
