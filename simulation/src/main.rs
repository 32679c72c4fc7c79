//! Runs the simulation and says how it ended; fails when cheating pays.

use anyhow::{Context, Result};
use assay_simulation::{plot, run, verdict, Params, Row};
use clap::Parser;
use std::{fs, path::PathBuf, process::ExitCode};

/// Agents on the real pallets for simulated years.
#[derive(Parser)]
struct Options {
	/// Simulated days.
	#[arg(long, default_value_t = 730, value_parser = clap::value_parser!(u32).range(1..=3_650))]
	days: u32,
	/// Seed of every random choice.
	#[arg(long, default_value_t = 1)]
	seed: u64,
	/// Folder for simulation.csv and simulation.png.
	#[arg(long, default_value = "simulation-out")]
	out: PathBuf,
}

fn main() -> Result<ExitCode> {
	let options = Options::parse();
	println!("seed {}, {} days", options.seed, options.days);
	let outcome = run(&Params { seed: options.seed, days: options.days, ..Default::default() })?;

	fs::create_dir_all(&options.out).with_context(|| format!("{}", options.out.display()))?;
	let csv = options.out.join("simulation.csv");
	let rows: Vec<_> = outcome.rows.iter().map(Row::csv).collect();
	fs::write(&csv, format!("{}\n{}\n", Row::HEADING, rows.join("\n")))?;
	let png = options.out.join("simulation.png");
	plot::write(&outcome.rows, options.seed, &png)?;
	println!("{}\n{}", csv.display(), png.display());

	let wrong = verdict(&outcome);
	for wrong in &wrong {
		eprintln!("error: {wrong}");
	}
	print!("{}", outcome.table());
	Ok(if wrong.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
