//! Prints a preset's emission as CSV, `row,minted,cumulative` in whole tokens with decimals (scripts/emission.sh).

use assay_primitives::Balance;
use pallet_token_mint::presets::{Preset, Rows};
use std::{
	io::{self, BufWriter, ErrorKind, Write},
	process::ExitCode,
};

/// What is asked for.
struct Arguments {
	preset: Preset,
	rows: u32,
}

impl Arguments {
	fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
		let (mut name, mut rows, mut schedule, mut unit) = (None, None, None, None);
		while let Some(argument) = arguments.next() {
			let mut value = || arguments.next().ok_or(format!("{argument} wants a value"));
			match argument.as_str() {
				"--rows" => rows = Some(value()?),
				"--schedule" => schedule = Some(value()?),
				"--by" => unit = Some(value()?),
				option if option.starts_with('-') => return Err(format!("there is no option {option}")),
				_ if name.is_none() => name = Some(argument),
				other => return Err(format!("one preset, please: {other} is one too many")),
			}
		}
		let name = name.ok_or("name a preset")?;
		let mut preset = Preset::find(&name).ok_or(format!("there is no preset {name}"))?;
		let rows = rows.map_or(Ok(preset.count), |rows| match rows.parse() {
			Ok(0) | Err(_) => Err(format!("--rows wants a number from 1 on, not {rows}")),
			Ok(rows) => Ok(rows),
		})?;
		if let Some(schedule) = schedule {
			let names: Vec<_> = preset.schedules.iter().map(|(name, _)| *name).collect();
			let names = names.join(", ");
			preset.schedules.retain(|(name, _)| *name == schedule);
			if preset.schedules.is_empty() {
				return Err(format!("{name} has no schedule {schedule}; it has: {names}"));
			}
		}
		if let Some(unit) = unit {
			let error = format!("a table is cut by period, day, month or year, not by {unit}");
			preset = preset.by(&unit).ok_or(error)?;
		}
		Ok(Self { preset, rows })
	}
}

/// `amount` in whole tokens, with all decimals.
fn in_tokens(amount: Balance, decimals: u8) -> String {
	let token = 10u128.pow(decimals.into());
	format!("{}.{:0width$}", amount / token, amount % token, width = decimals.into())
}

fn print(Arguments { preset, rows }: &Arguments) -> io::Result<()> {
	let mut out = BufWriter::new(io::stdout().lock());
	writeln!(out, "row,minted,cumulative")?;
	for row in preset.table().take(*rows as usize) {
		let [minted, cumulative] = [row.minted, row.cumulative].map(|amount| in_tokens(amount, preset.decimals));
		writeln!(out, "{},{minted},{cumulative}", row.row)?;
	}
	out.flush()
}

fn main() -> ExitCode {
	let arguments = match Arguments::parse(std::env::args().skip(1)) {
		Ok(arguments) => arguments,
		Err(error) => {
			eprintln!("error: {error}");
			eprintln!("usage: ./scripts/emission.sh PRESET [--rows N] [--by period|day|month|year] [--schedule NAME]");
			eprintln!("presets:");
			for preset in Preset::NAMES.into_iter().filter_map(Preset::find) {
				let unit = match preset.rows {
					Rows::Blocks { unit, .. } => unit,
					Rows::Halvings => "halving",
				};
				let schedules: Vec<_> = preset.schedules.iter().map(|(name, _)| *name).collect();
				eprintln!("  {:<10} a row for each {unit}; {}", preset.name, schedules.join(" + "));
			}
			return ExitCode::from(2);
		},
	};
	match print(&arguments) {
		// Whoever reads may have seen enough.
		Err(error) if error.kind() == ErrorKind::BrokenPipe => ExitCode::SUCCESS,
		Err(error) => {
			eprintln!("error: {error}");
			ExitCode::FAILURE
		},
		Ok(()) => ExitCode::SUCCESS,
	}
}
