//! From the command line to the modules that do the work.

use std::{
	fs,
	future::Future,
	path::{Path, PathBuf},
};

use anyhow::{bail, ensure, Context};

use crate::{
	amount::Amount,
	args::{
		ChainCommand, Cli, Command, Common, JobCommand, KeyArgs, ProviderCommand, RunArgs, StakeCommand, StoreArgs,
		SubmitArgs, WatchArgs,
	},
	blobs::{BlobHash, DirStore},
	chain::Chain,
	client::{
		self,
		list::Filter,
		report,
		submit::{self, Request, Serving},
		watch::{self, Accept, Until},
	},
	http,
	output::Output,
	provider::{
		self,
		policy::{Policy, Share},
	},
	stake::{self, Action},
	status,
};

/// Do what the command line says. `stop` ends a daemon, which then tidies up.
pub async fn run(cli: Cli, out: Output, stop: impl Future<Output = ()>) -> anyhow::Result<()> {
	let Cli { common, command } = cli;
	match command {
		Command::Provider(command) => run_provider(&common, command, out, stop).await,
		Command::Job(command) => unless(stop, run_job(&common, command, out)).await,
		Command::Stake(command) => unless(stop, run_stake(&common, command, out)).await,
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
		ProviderCommand::Run(args) => provider::run(provider_config(common, *args)?, out, stop).await,
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

fn provider_config(common: &Common, args: RunArgs) -> anyhow::Result<provider::Config> {
	let floor = args.min_price.unwrap_or(Amount(args.price.0 / 2));
	Ok(provider::Config {
		node: common.node.clone(),
		patience: common.patience(),
		key: args.key.load()?,
		listen: args.listen,
		endpoint: args.endpoint,
		tier: args.tier,
		slots: args.slots,
		machine: args.machine,
		bond: args.bond,
		data_dir: data_dir(args.data_dir, "provider")?,
		policy: Policy { ask: args.price, floor, step: Share::percent(args.undercut) },
		threads: args.threads,
		claim_above: args.claim_above,
	})
}

async fn run_stake(common: &Common, command: StakeCommand, out: Output) -> anyhow::Result<()> {
	let (key, action) = match command {
		StakeCommand::Bond { amount, key } => (key, Action::Bond(amount)),
		StakeCommand::Unbond { amount, key } => (key, Action::Unbond(amount)),
		StakeCommand::Rebond { amount, key } => (key, Action::Rebond(amount)),
		StakeCommand::Withdraw(key) => (key, Action::Withdraw),
		StakeCommand::Status(account) => {
			let account = account.load()?;
			return stake::show(&connect(common).await?, &account, out).await;
		},
	};
	let key = key.load()?;
	stake::act(&connect(common).await?, &key, action, out).await
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

async fn submit_job(common: &Common, args: SubmitArgs, out: Output) -> anyhow::Result<()> {
	let key = args.key.load()?;
	let store = open_store(args.store)?;
	let (guest, input) = match (args.guest, args.input) {
		(Some(guest), Some(input)) => (read(&guest)?, read_input(&input)?),
		// The parser sees to it that both are given, or `--demo`.
		_ => (assay_guests::PATHTRACER.to_vec(), assay_guests::demo_scene()?),
	};
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
		gas_per_unit: args.gas_per_unit,
		ceiling: args.ceiling,
		min_tier: args.min_tier,
		auction_blocks: args.auction_blocks,
		run_blocks: args.run_blocks,
		review_blocks: args.review_blocks,
		listen: args.listen,
		source: args.source,
	};
	let chain = connect(common).await?;
	let (submitted, serving) = submit::submit(&chain, &key, request, &store, out).await?;
	out.result(&submitted);
	let accept = args.accept.then_some(Accept { key, verify: args.verify });
	let until = match (args.watch, &serving) {
		(true, _) => Until::Ended,
		(false, Some(serving)) => {
			out.note(format!("serving guest and input at {} until a provider has them", serving.url()));
			Until::Assigned
		},
		(false, None) => return Ok(()),
	};
	follow(&chain, submitted.job, until, accept, &store, out).await
}

async fn watch_job(common: &Common, args: WatchArgs, out: Output) -> anyhow::Result<()> {
	let store = open_store(args.store)?;
	let accept = match args.accept {
		true => {
			ensure!(args.key.is_some() || args.key_file.is_some(), "--accept needs --key or --key-file");
			let key = KeyArgs { key: args.key, key_file: args.key_file }.load()?;
			Some(Accept { key, verify: args.verify })
		},
		false => None,
	};
	// Kept until the job has ended.
	let _serving = match args.listen {
		Some(address) => {
			let listener = http::listen(address).await?;
			let url = format!("http://{}", listener.local_addr()?);
			Some(Serving::start(listener, url, store.clone()))
		},
		None => None,
	};
	follow(&connect(common).await?, args.job, Until::Ended, accept, &store, out).await
}

async fn follow(
	chain: &Chain,
	job: u64,
	until: Until,
	accept: Option<Accept>,
	store: &DirStore,
	out: Output,
) -> anyhow::Result<()> {
	match watch::watch(chain, job, until, accept.as_ref(), store, out).await? {
		Some(report) => {
			out.result(&report);
			watch::expect_settled(&report)
		},
		None => Ok(()),
	}
}

async fn connect(common: &Common) -> anyhow::Result<Chain> {
	Ok(Chain::connect_within(&common.node, common.patience()).await?)
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
	fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

/// Scenes are written by people as text; the path tracer takes them in another form.
fn read_input(path: &Path) -> anyhow::Result<Vec<u8>> {
	let bytes = read(path)?;
	if path.extension().is_none_or(|ending| ending != "scene") {
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
