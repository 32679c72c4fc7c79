//! The weights of a pallet, from its benchmarks.
//!
//! As the SDK's `benchmark pallet` reckons them: a linear model of time, and of what is read and written, in the components
//! of each benchmark, by least squares without the outer quarters of each value's repetitions.

use crate::host::{Host, Run};
use anyhow::{Context, Result};
use frame_benchmarking::{Analysis, BenchmarkMetadata, BenchmarkResult, BenchmarkSelector};
use frame_support::traits::StorageInfo;
use std::{
	collections::{BTreeMap, BTreeSet},
	fmt::Write,
};

/// What is measured, and how thoroughly.
#[derive(Debug, clap::Args)]
pub struct Options {
	/// The pallet by its crate's name.
	pallet: String,
	/// At most so many values of each component.
	#[arg(long, default_value_t = 50)]
	steps: u32,
	/// Repetitions for each value; a benchmark with fewer values has as many altogether.
	#[arg(long, default_value_t = 20)]
	repeat: u32,
	/// What the file says about the day and the machine.
	#[arg(long, default_value = "")]
	note: String,
}

/// Values of a map whose size has no bound, for the depth of the trie.
const MAP_SIZE: u32 = 1_000_000;
/// Bytes of a proof for one layer of the trie: the hashes of fifteen siblings.
const LAYER: u32 = 15 * 33;
/// Layers of the trie above a storage item's own.
const OUTER_LAYERS: u32 = 2;

/// A benchmark's part of the file.
struct Function {
	name: String,
	comments: Vec<String>,
	/// Components as parameters; with an underscore where nothing depends on them.
	parameters: String,
	minimum: u128,
	time: Model,
	reads: Model,
	writes: Model,
	proof: Model,
}

/// A base, and what is added for each unit of a component.
#[derive(Default)]
struct Model {
	base: u128,
	/// Name, slope, and error of the slope.
	slopes: Vec<(String, u128, u128)>,
}

impl Model {
	/// The model of what `selector` chooses.
	fn of(results: &Vec<BenchmarkResult>, selector: BenchmarkSelector) -> Result<Self> {
		// Few results of many components have no least squares.
		let analysis =
			Analysis::min_squares_iqr(results, selector).or_else(|_| Analysis::median_slopes(results, selector));
		let Analysis { base, slopes, names, errors, .. } = analysis?;
		let errors = errors.unwrap_or_else(|| vec![0; slopes.len()]);
		let slopes = names.into_iter().zip(slopes).zip(errors).map(|((name, slope), error)| (name, slope, error));
		Ok(Self { base, slopes: slopes.filter(|(_, slope, _)| *slope != 0).collect() })
	}

	/// The larger of the two, base by base and slope by slope.
	fn max(mut self, other: Self) -> Self {
		self.base = self.base.max(other.base);
		for (name, slope, error) in other.slopes {
			match self.slopes.iter_mut().find(|(known, ..)| *known == name) {
				Some(known) => known.1 = known.1.max(slope),
				None => self.slopes.push((name, slope, error)),
			}
		}
		self
	}
}

/// Measure and print.
pub fn print(host: &Host, options: &Options) -> Result<()> {
	let list = host.benchmarks.iter().find(|list| list.pallet == options.pallet.as_bytes());
	let list = list.with_context(|| format!("the runtime has no benchmarks of {}", options.pallet))?;
	let mut functions = Vec::new();
	for benchmark in &list.benchmarks {
		let function = measure(host, options, benchmark);
		let function = function.with_context(|| String::from_utf8_lossy(&benchmark.name).into_owned())?;
		eprintln!("{:>9} ns at least  {}", grouped(function.minimum), function.name);
		functions.push(function);
	}
	print!("{}", file(options, &functions)?);
	Ok(())
}

/// The values that each component takes, with the others at their highest.
fn values(benchmark: &BenchmarkMetadata, steps: u32) -> BTreeSet<Vec<u32>> {
	let highest: Vec<u32> = benchmark.components.iter().map(|(_, _, highest)| *highest).collect();
	let mut all = BTreeSet::from([highest.clone()]);
	for (at, (_, low, high)) in benchmark.components.iter().enumerate() {
		let (distance, last) = (u64::from(high.saturating_sub(*low)), u64::from(steps.max(2)) - 1);
		for step in 0..=last {
			let value = u64::from(*low) + distance * step / last;
			let mut values = highest.clone();
			if let Some(place) = values.get_mut(at) {
				*place = value as u32;
			}
			all.insert(values);
		}
	}
	all
}

/// Run a benchmark and reckon its model.
fn measure(host: &Host, options: &Options, benchmark: &BenchmarkMetadata) -> Result<Function> {
	let name = String::from_utf8_lossy(&benchmark.name).into_owned();
	let all = values(benchmark, options.steps);
	let repetitions = (options.steps * options.repeat / all.len() as u32).clamp(options.repeat, 1_000);
	let (mut timed, mut tracked) = (Vec::new(), Vec::new());
	for values in &all {
		let case = host.case(&options.pallet, &name, values)?;
		host.run(&case, Run::Verified)?;
		tracked.extend(host.run(&case, Run::Tracked)?);
		timed.extend(host.run(&case, Run::Timed(repetitions))?);
	}
	let time = Model::of(&timed, BenchmarkSelector::ExtrinsicTime)?;
	let reads = Model::of(&tracked, BenchmarkSelector::Reads)?;
	let writes = Model::of(&tracked, BenchmarkSelector::Writes)?;
	let (mut comments, proof) = touched(&tracked, &host.storage)?;
	let mut parameters = String::new();
	for (component, low, high) in &benchmark.components {
		let name = component.to_string();
		comments.push(format!("The range of component `{name}` is `[{low}, {high}]`."));
		let used = [&time, &reads, &writes, &proof].iter().any(|model| model.slopes.iter().any(|(of, ..)| *of == name));
		write!(parameters, "{}{name}: u32, ", if used { "" } else { "_" })?;
	}
	let minimum = timed.iter().map(|result| result.extrinsic_time).min().unwrap_or_default();
	Ok(Function { name, comments, parameters, minimum, time, reads, writes, proof })
}

/// What storage was touched, as lines that say so, and how large a proof of what was read can be.
fn touched(results: &[BenchmarkResult], storage: &[StorageInfo]) -> Result<(Vec<String>, Model)> {
	// By item: how many keys of it were read and written in each run, in the order of runs. The host has summed them up.
	let mut items = BTreeMap::<Vec<u8>, Vec<(u32, u32)>>::new();
	for (run, result) in results.iter().enumerate() {
		for (key, reads, writes, _) in result.keys.iter().filter(|(_, _, _, whitelisted)| !whitelisted) {
			let item = key.get(..32).unwrap_or(key).to_vec();
			let counts = items.entry(item).or_insert_with(|| vec![(0, 0); results.len()]);
			if let Some(counts) = counts.get_mut(run) {
				counts.0 += reads;
				counts.1 += writes;
			}
		}
	}
	let (mut comments, mut proof) = (Vec::new(), Model::default());
	for (item, counts) in items {
		let most = |of: fn(&(u32, u32)) -> u32| counts.iter().map(of).max().unwrap_or_default();
		let (reads, writes) = (most(|counts| counts.0), most(|counts| counts.1));
		let known = storage.iter().find(|info| info.prefix == item);
		let name = known.map_or_else(
			|| format!("unknown key `0x{}`", item.iter().map(|byte| format!("{byte:02x}")).collect::<String>()),
			|info| {
				let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
				format!("`{}::{}`", text(&info.pallet_name), text(&info.storage_name))
			},
		);
		let (max_values, max_size) = known.map_or((None, None), |info| (info.max_values, info.max_size));
		comments.push(format!(
			"Storage: {name} (r:{reads} w:{writes}, `max_values`: {max_values:?}, `max_size`: {max_size:?})"
		));
		let each = layers(max_values.unwrap_or(MAP_SIZE)) * LAYER + max_size.unwrap_or_default();
		let sizes = results.iter().zip(&counts).map(|(result, (reads, _))| BenchmarkResult {
			proof_size: if *reads == 0 { 0 } else { each * reads + OUTER_LAYERS * LAYER },
			..result.clone()
		});
		proof = proof.max(Model::of(&sizes.collect(), BenchmarkSelector::ProofSize)?);
	}
	Ok((comments, proof))
}

/// Layers of a trie with so many values, sixteen branches each.
fn layers(values: u32) -> u32 {
	(0..).find(|layers| 16u64.pow(*layers) >= u64::from(values)).unwrap_or(8)
}

/// A number with its digits in groups of three.
fn grouped(number: u128) -> String {
	let digits = number.to_string();
	let mut text = String::new();
	for (at, digit) in digits.chars().enumerate() {
		if at > 0 && (digits.len() - at) % 3 == 0 {
			text.push('_');
		}
		text.push(digit);
	}
	text
}

/// The whole file.
fn file(options: &Options, functions: &[Function]) -> Result<String> {
	let Options { pallet, steps, repeat, note } = options;
	let mut text = String::new();
	write!(
		text,
		"//! Autogenerated weights for `{pallet}`, measured by scripts/weights.sh: change the benchmarks, not this file.
//!
//! STEPS: `{steps}`, REPEAT: `{repeat}`, WORST CASE MAP SIZE: `{MAP_SIZE}`
//! {note}

#![cfg_attr(rustfmt, rustfmt_skip)]
#![allow(unused_parens)]
#![allow(unused_imports)]
#![allow(missing_docs)]
#![allow(dead_code)]

use frame_support::{{traits::Get, weights::{{Weight, constants::RocksDbWeight}}}};
use core::marker::PhantomData;

/// Weight functions needed for `{pallet}`.
pub trait WeightInfo {{
"
	)?;
	for Function { name, parameters, .. } in functions {
		writeln!(text, "\tfn {name}({}) -> Weight;", parameters.replace('_', ""))?;
	}
	writeln!(
		text,
		"}}\n\n/// Weights for `{pallet}`, with the runtime's cost of reading and writing.
pub struct SubstrateWeight<T>(PhantomData<T>);
impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {{"
	)?;
	functions.iter().try_for_each(|each| function(&mut text, each, "T::DbWeight"))?;
	writeln!(text, "}}\n\n// For tests: the same with a database's usual costs.\nimpl WeightInfo for () {{")?;
	functions.iter().try_for_each(|each| function(&mut text, each, "RocksDbWeight"))?;
	writeln!(text, "}}")?;
	Ok(text)
}

/// One function, with what the database takes from `database`.
fn function(text: &mut String, function: &Function, database: &str) -> Result<()> {
	let Function { name, comments, parameters, minimum, time, reads, writes, proof } = function;
	for comment in comments {
		writeln!(text, "\t/// {comment}")?;
	}
	writeln!(text, "\tfn {name}({parameters}) -> Weight {{")?;
	writeln!(text, "\t\t// Minimum execution time: {}_000 picoseconds.", grouped(*minimum))?;
	write!(text, "\t\tWeight::from_parts({}, {})", grouped(time.base), proof.base)?;
	for (of, slope, error) in &time.slopes {
		write!(text, "\n\t\t\t// Standard error: {}", grouped(*error))?;
		let slope = grouped(*slope);
		write!(text, "\n\t\t\t.saturating_add(Weight::from_parts({slope}, 0).saturating_mul({of}.into()))")?;
	}
	for (model, of_database) in [(reads, "reads"), (writes, "writes")] {
		if model.base != 0 {
			write!(text, "\n\t\t\t.saturating_add({database}::get().{of_database}({}_u64))", model.base)?;
		}
		for (of, slope, _) in &model.slopes {
			let count = format!("({slope}_u64).saturating_mul({of}.into())");
			write!(text, "\n\t\t\t.saturating_add({database}::get().{of_database}({count}))")?;
		}
	}
	for (of, slope, _) in &proof.slopes {
		write!(text, "\n\t\t\t.saturating_add(Weight::from_parts(0, {slope}).saturating_mul({of}.into()))")?;
	}
	writeln!(text, "\n\t}}")?;
	Ok(())
}
