//! Measures what the README and the decision records state: how fast guests run, what calls weigh, how a network does.
//!
//! Prints one line for each figure: `name=value unit`.

#[path = "bench/capacity.rs"]
mod capacity;

use anyhow::{anyhow, bail, ensure, Result};
use assay_network::{
	network::{chain_specification, finalized_hash, temp_folder},
	Network, Node, NodeConfig,
};
use assay_proofs::{prepare, Engine, Limits, Native, ARBITER_GAS};
use assay_runtime::{Runtime, RuntimeCall};
use clap::{Parser, Subcommand};
use codec::Encode;
use frame_support::dispatch::GetDispatchInfo;
use std::{
	path::Path,
	time::{Duration, Instant},
};
use subxt::rpcs::client::rpc_params;

/// Measure guests, the runtime and a network. Prints one line for each figure: `name=value unit`.
#[derive(Debug, Parser)]
struct Cli {
	#[command(subcommand)]
	what: What,
}

#[derive(Clone, Copy, Debug, Subcommand)]
enum What {
	/// The demo's units as a guest and as native code, on one core.
	Guest,
	/// One of the demo's units inside the runtime.
	Runtime,
	/// Block time, finality and memory of four validators on this machine.
	Network,
	/// The weight of each of our calls, in transfers.
	Weights,
	/// A capacity round on both sides, the draw, and the kernel beside a library's.
	Capacity,
}

#[tokio::main]
async fn main() -> Result<()> {
	match Cli::parse().what {
		What::Guest => Native::spawn("guest".into(), guest)?.join().map_err(|_| anyhow!("the measurement panicked"))?,
		What::Runtime => runtime().await,
		What::Network => network().await,
		What::Weights => {
			weights();
			Ok(())
		},
		What::Capacity => capacity::measure(),
	}
}

/// How many of the demo's units are timed: enough for seconds of work, spread over the picture.
const TIMED_UNITS: u32 = 48;

/// The indices of the timed units among `count`.
fn sample(count: u32) -> impl Iterator<Item = u32> {
	(0..count).step_by((count / TIMED_UNITS).max(1) as usize)
}

fn guest() -> Result<()> {
	let input = assay_guests::demo_scene()?;
	let units: Vec<u32> = sample(assay_guests::units(&input)?).collect();
	let engine = Native::new()?;
	let module = engine.compile(&prepare(assay_guests::PATHTRACER, &Limits::STANDARD)?)?;
	let run = |index| engine.run(&module, &input, index, ARBITER_GAS);
	// Once without a clock, so that neither pays for what is done at the first use.
	run(0)?;
	let _ = pathtracer::render_unit(&input, 0);

	let mut gas = 0u64;
	let begin = Instant::now();
	let mut outputs = Vec::with_capacity(units.len());
	for &index in &units {
		let outcome = run(index)?;
		gas += outcome.gas;
		outputs.push(outcome.result);
	}
	let guest = begin.elapsed();

	let begin = Instant::now();
	let native_outputs: Vec<_> = units.iter().map(|&index| pathtracer::render_unit(&input, index)).collect();
	let native = begin.elapsed();

	for ((output, native_output), index) in outputs.into_iter().zip(native_outputs).zip(&units) {
		let output = output.map_err(|trap| anyhow!("unit {index} does not end well as a guest: {trap}"))?;
		let native_output =
			native_output.map_err(|error| anyhow!("unit {index} does not end well natively: {error}"))?;
		ensure!(output == native_output, "guest and native code differ in unit {index}");
	}
	let count = units.len() as f64;
	println!("guest_share_of_native={:.3} of 1", native.as_secs_f64() / guest.as_secs_f64());
	println!("guest_units_per_s={:.1} 1/s", count / guest.as_secs_f64());
	println!("native_units_per_s={:.1} 1/s", count / native.as_secs_f64());
	println!("gas_per_unit={:.0} gas", gas as f64 / count);
	Ok(())
}

/// A chain with one validator in `folder`.
async fn development_node(folder: &Path) -> Result<Node> {
	let chain = chain_specification("dev", folder).await?;
	let config = NodeConfig { name: "alice".into(), chain, validator: true, args: vec!["--no-mdns".into()] };
	Node::start(config, folder.join("alice"))
}

async fn runtime() -> Result<()> {
	let input = assay_guests::demo_scene()?;
	let units: Vec<u32> = sample(assay_guests::units(&input)?).step_by(8).collect();
	let folder = temp_folder()?;
	let mut node = development_node(folder.path()).await?;
	let rpc = node.rpc().await?;
	finalized_hash(&rpc, 1).await?;

	let mut total = Duration::ZERO;
	let mut gas = 0u64;
	// The first call compiles nothing that later ones find ready, but it warms up the node; it is not counted.
	for (position, index) in std::iter::once(0).chain(units.iter().copied()).enumerate() {
		let arguments = (assay_guests::PATHTRACER, input.as_slice(), index, ARBITER_GAS).encode();
		let arguments = format!("0x{}", hex::encode(arguments));
		let begin = Instant::now();
		let answer: String = rpc.request("state_call", rpc_params!["ArbiterApi_run_unit", arguments]).await?;
		if position > 0 {
			total += begin.elapsed();
			gas += unit_gas(&answer)?;
		}
	}
	let count = units.len() as f64;
	println!("unit_in_runtime_ms={:.1} ms", total.as_secs_f64() * 1_000.0 / count);
	println!("gas_in_runtime_per_ms={:.0} gas/ms", gas as f64 / (total.as_secs_f64() * 1_000.0));
	node.stop().await
}

/// The gas in an answer of the arbiter, which must be that of a unit that ended well: two zeros for two `Ok`s, the
/// output, the gas in the last eight bytes.
fn unit_gas(answer: &str) -> Result<u64> {
	let bytes = hex::decode(answer.trim_start_matches("0x"))?;
	match (bytes.get(..2), bytes.last_chunk()) {
		(Some([0, 0]), Some(gas)) => Ok(u64::from_le_bytes(*gas)),
		_ => bail!("the arbiter refused a unit of the demo: {answer}"),
	}
}

/// Blocks over which the network is watched.
const WATCHED_BLOCKS: u32 = 20;

async fn network() -> Result<()> {
	let mut network = Network::local().await?;
	// The first blocks come late, until all nodes have met.
	network.wait_for_finalized(5).await?;
	let rpc = network.node(0)?.rpc().await?;
	let first = rpc.best_number().await?;
	let begin = Instant::now();
	let (mut best, mut lag, mut samples) = (first, 0u64, 0u32);
	while best < first + WATCHED_BLOCKS {
		tokio::time::sleep(Duration::from_millis(100)).await;
		let finalized = rpc.finalized_number().await?;
		best = rpc.best_number().await?;
		lag += u64::from(best.saturating_sub(finalized));
		samples += 1;
		ensure!(begin.elapsed() < Duration::from_secs(300), "the network makes no blocks");
	}
	let blocks = f64::from(best - first);
	println!("block_time_s={:.2} s", begin.elapsed().as_secs_f64() / blocks);
	println!("finality_lag_blocks={:.2} blocks", lag as f64 / f64::from(samples));
	let memory = network.nodes().iter().map(Node::memory_kib).sum::<Result<u64>>()?;
	println!("node_rss_mb={:.0} MB", memory as f64 / 1_024.0 / network.nodes().len() as f64);
	Ok(())
}

fn weights() {
	let transfer = pallet_balances::Call::<Runtime>::transfer_keep_alive { dest: account().into(), value: 1 };
	let transfer = weight(transfer);
	for (name, call) in calls() {
		println!("weight_{name}={:.2} transfers", weight(call) / transfer);
	}
}

/// An account; weights do not depend on which.
fn account() -> assay_runtime::AccountId {
	[0; 32].into()
}

/// The time that the runtime allows for a call, without what every transaction costs.
fn weight(call: impl Into<RuntimeCall>) -> f64 {
	call.into().get_dispatch_info().call_weight.ref_time() as f64
}

/// Each call of our pallets, with arguments that do not matter.
fn calls() -> Vec<(&'static str, RuntimeCall)> {
	use assay_runtime::{JobId, MachineId, PaymentKind, Region, Tier};
	use pallet_compute_credits::Call as Credits;
	use pallet_compute_market::{Call as Market, JobSpec};
	use pallet_staking_slash::Call as Stake;
	use pallet_token_mint::{Call as Mint, ScheduleId};

	let (job, machine, tier, region) = (JobId(0), MachineId(0), Tier(1), Region(0));
	let payment = PaymentKind::Native;
	let (provider, other) = (account(), account());
	let spec = JobSpec::<Runtime> {
		guest: Default::default(),
		input: Default::default(),
		units: 1,
		gas_per_unit: 1,
		ceiling: 1,
		min_tier: tier,
		min_reputation: Default::default(),
		auction_blocks: 1,
		deadline: 1,
		review_blocks: 1,
		source: Default::default(),
	};
	vec![
		(
			"register_machine",
			Market::<Runtime>::register_machine { tier, region, slots: 1, endpoint: Default::default() }.into(),
		),
		("deregister_machine", Market::<Runtime>::deregister_machine { machine }.into()),
		("set_endpoint", Market::<Runtime>::set_endpoint { machine, endpoint: Default::default() }.into()),
		("submit_job", Market::<Runtime>::submit_job { spec: spec.clone(), payment }.into()),
		("submit_job_in_ranges", Market::<Runtime>::submit_job_in_ranges { spec, payment, length: 1 }.into()),
		("bid", Market::<Runtime>::bid { job, machine, price: 1 }.into()),
		("close_auction", Market::<Runtime>::close_auction { job }.into()),
		("cancel_job", Market::<Runtime>::cancel_job { job }.into()),
		("commit_result", Market::<Runtime>::commit_result { job, first: 0, root: Default::default() }.into()),
		("accept_result", Market::<Runtime>::accept_result { job, first: 0 }.into()),
		("settle_job", Market::<Runtime>::settle_job { job }.into()),
		("expire_job", Market::<Runtime>::expire_job { job }.into()),
		("clear_job", Market::<Runtime>::clear_job { job }.into()),
		("claim_payment", Market::<Runtime>::claim_payment { payment, who: account() }.into()),
		("bond", Stake::<Runtime>::bond { amount: 1 }.into()),
		("unbond", Stake::<Runtime>::unbond { amount: 1 }.into()),
		("rebond", Stake::<Runtime>::rebond { amount: 1 }.into()),
		("withdraw_unbonded", Stake::<Runtime>::withdraw_unbonded {}.into()),
		("set_tier_stake", Stake::<Runtime>::set_tier_stake { tier, stake: 1 }.into()),
		("set_coefficient", Stake::<Runtime>::set_coefficient { coefficient: Default::default() }.into()),
		("claim_work_reward", Mint::<Runtime>::claim_work_reward { provider: account() }.into()),
		("set_budget", Mint::<Runtime>::set_budget { schedule: ScheduleId(0), budget: Default::default() }.into()),
		("delegate", Stake::<Runtime>::delegate { provider: provider.clone(), amount: 1 }.into()),
		("undelegate", Stake::<Runtime>::undelegate { provider: provider.clone(), amount: 1 }.into()),
		("withdraw_delegation", Stake::<Runtime>::withdraw_delegation { provider: provider.clone() }.into()),
		("move_delegation", Stake::<Runtime>::move_delegation { from: provider.clone(), to: other, amount: 1 }.into()),
		("claim_delegation_reward", Stake::<Runtime>::claim_delegation_reward { provider, compound: false }.into()),
		("buy_credits", Credits::<Runtime>::buy_credits { amount: 1, min_credits: 0 }.into()),
		("cancel_conversion", Credits::<Runtime>::cancel_conversion { id: Default::default() }.into()),
	]
}
