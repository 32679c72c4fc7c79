//! Some calls of ours beside the SDK's, in one run.
//!
//! A time is the median of many repetitions, with each component of a benchmark at its highest where nothing else is said:
//! what weights are for. It is time in the runtime alone, as weights state it before they add what the database takes.

use crate::host::{Case, Host, Run};
use anyhow::Result;
use std::time::{Duration, Instant};

/// Calls of those behind whom nobody stands: the name of the figure, the pallet and the benchmark.
const CALLS: [(&str, &str, &str); 6] = [
	("transfer", "pallet_balances", "transfer_keep_alive"),
	("staking_bond", "pallet_staking", "bond"),
	("claim", "measured", "claim_alone"),
	("claim_highest", "pallet_token_mint", "claim"),
	("bond", "measured", "bond"),
	("bond_highest", "pallet_staking_slash", "bond"),
];

/// Calls measured with few delegators and with many: the name of the figure, of the ratio, and the benchmark.
const BY_DELEGATORS: [(&str, &str, &str); 4] = [
	("claim_with_delegators", "claim", "claim"),
	("claim_as_delegator", "claim_as_delegator", "claim_as_delegator"),
	("report", "slash", "report_proven"),
	("report_queued", "report_queued", "report_queued"),
];

/// Calls that compute, printed in milliseconds: the name of the figure, the pallet, the benchmark, and its components, all
/// at their highest where none is given. A dispute is about a unit as the demo has them (thousands of gas, bytes of guest
/// and of input), or the dearest one that is accepted.
const COMPUTING: [(&str, &str, &str, &[u32]); 3] = [
	("dispute", "pallet_work_proofs", "dispute_unit", &[5_060, 20_000, 2_000]),
	("dispute_highest", "pallet_work_proofs", "dispute_unit", &[]),
	("capacity_prove_highest", "pallet_capacity", "prove", &[]),
];

/// As many delegators as are few.
const FEW: u32 = 10;
/// As many as are many.
const MANY: u32 = 10_000;
/// Delegators of the provider and of others: in a small storage, and few and many in a storage of the same size.
const DELEGATORS: [(&str, [u32; 2]); 3] = [("", [FEW, 0]), ("_few", [FEW, MANY - FEW]), ("_many", [MANY, 0])];

/// What of ours is put beside what of the SDK's.
const BESIDE: [(&str, &str); 5] = [
	("claim", "transfer"),
	("bond", "staking_bond"),
	("report", "transfer"),
	("report_queued", "transfer"),
	("staking_bond", "transfer"),
];

/// Passes over all calls, so that a machine that is slower for a while is so to all of them.
const PASSES: u32 = 10;
/// Repetitions of a call in one pass.
const REPETITIONS: u32 = 100;
/// The same where each repetition makes thousands of delegators anew, or computes for a long time.
const FEW_REPETITIONS: u32 = 1;
/// How long the machine warms up.
const WARM_UP: Duration = Duration::from_secs(2);

/// A case that is measured.
struct Row {
	name: String,
	case: Case,
	/// Repetitions in a pass.
	repetitions: u32,
	/// In microseconds.
	times: Vec<f64>,
}

/// The middle of some times.
fn median(mut times: Vec<f64>) -> f64 {
	times.sort_by(f64::total_cmp);
	times.get(times.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Measure and print all calls; or those of the names in `only`, and how often each goes through to the storage.
pub fn print(host: &Host, only: &[String]) -> Result<()> {
	let mut rows = Vec::new();
	let mut row = |name: String, pallet, benchmark, values: &[u32], repetitions| -> Result<()> {
		if !only.is_empty() && !only.contains(&name) {
			return Ok(());
		}
		let case = host.case(pallet, benchmark, values)?;
		rows.push(Row { name, case, repetitions, times: Vec::new() });
		Ok(())
	};
	for (name, pallet, benchmark) in CALLS {
		row(name.into(), pallet, benchmark, &[], REPETITIONS)?;
	}
	for (name, _, benchmark) in BY_DELEGATORS {
		for (suffix, delegators) in DELEGATORS {
			let repetitions = if delegators == [FEW, 0] { REPETITIONS } else { FEW_REPETITIONS };
			row(format!("{name}{suffix}"), "measured", benchmark, &delegators, repetitions)?;
		}
	}
	for (name, pallet, benchmark, values) in COMPUTING {
		row(name.into(), pallet, benchmark, values, FEW_REPETITIONS)?;
	}
	for row in rows.iter().filter(|row| row.repetitions == REPETITIONS) {
		host.run(&row.case, Run::Verified)?;
	}
	let begin = Instant::now();
	while begin.elapsed() < WARM_UP {
		for row in rows.iter().filter(|row| row.repetitions == REPETITIONS) {
			host.run(&row.case, Run::Timed(REPETITIONS))?;
		}
	}
	for _ in 0..PASSES {
		for row in &mut rows {
			let results = host.run(&row.case, Run::Timed(row.repetitions))?;
			row.times.extend(results.iter().map(|result| result.extrinsic_time as f64 / 1_000.0));
		}
	}

	if !only.is_empty() {
		for row in rows {
			let (name, time) = (row.name, median(row.times));
			println!("{name}_us={time:.1} us");
			for result in host.run(&row.case, Run::Tracked)? {
				println!("{name}_reads={} and {} again", result.reads, result.repeat_reads);
				println!("{name}_writes={} and {} again", result.writes, result.repeat_writes);
			}
		}
		return Ok(());
	}
	let figures: Vec<(String, f64)> = rows.into_iter().map(|row| (row.name, median(row.times))).collect();
	let time = |name: &str| figures.iter().find(|(figure, _)| figure == name).map_or(f64::NAN, |(_, time)| *time);
	for name in CALLS.iter().chain(&BY_DELEGATORS).map(|(name, ..)| name) {
		println!("{name}_us={:.1} us", time(name));
	}
	for (name, ..) in COMPUTING {
		println!("{name}_ms={:.2} ms", time(name) / 1_000.0);
	}
	for (ours, theirs) in BESIDE {
		println!("{ours}_to_{theirs}={:.2} of 1", time(ours) / time(theirs));
	}
	for (name, ratio, _) in BY_DELEGATORS {
		println!("{ratio}_ratio_10k_to_10={:.2} of 1", time(&format!("{name}_many")) / time(&format!("{name}_few")));
	}
	Ok(())
}
