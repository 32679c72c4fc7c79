//! Makes the random programs: those of the seeds from `ASSAY_SMITH_SEED` on, `ASSAY_SMITH_COUNT` in number; and those that
//! the fuzzer found worth keeping.

use assay_smith::Program;
use std::{env, error::Error, fs, path::Path};

/// Programs that are made if nothing else is said.
const COUNT: u64 = 1_200;

/// Where the fuzzer's are: the choices that each is made with.
const KEPT: &str = "../../fuzz/corpus/program";

fn main() -> Result<(), Box<dyn Error>> {
	println!("cargo::rerun-if-changed=build.rs");
	println!("cargo::rerun-if-changed={KEPT}");
	let given = |name: &str| {
		println!("cargo::rerun-if-env-changed={name}");
		env::var(name).ok().map(|value| value.parse::<u64>()).transpose()
	};
	let seed = given("ASSAY_SMITH_SEED")?;
	// A seed alone is that of one program which somebody wants to see again.
	let count = given("ASSAY_SMITH_COUNT")?.unwrap_or(if seed.is_some() { 1 } else { COUNT });
	let first = seed.unwrap_or_default();
	write("programs", (first..first + count).map(|seed| (seed, Program::of_seed(seed))))?;

	let mut files = fs::read_dir(KEPT)?.map(|file| Ok(file?.path())).collect::<Result<Vec<_>, std::io::Error>>()?;
	files.sort();
	let choices = files.iter().map(fs::read).collect::<Result<Vec<_>, _>>()?;
	write("kept", (0..).zip(&choices).filter_map(|(number, choices)| Some((number, Program::of_choices(choices)?))))
}

fn write(name: &str, programs: impl Iterator<Item = (u64, Program)>) -> Result<(), Box<dyn Error>> {
	let mut archive = Vec::new();
	for (seed, Program { blob, input, index, later }) in programs {
		archive.extend(seed.to_le_bytes());
		archive.extend(index.to_le_bytes());
		archive.push(later.into());
		for part in [blob, input] {
			archive.extend(u32::try_from(part.len())?.to_le_bytes());
			archive.extend(part);
		}
	}
	Ok(fs::write(Path::new(&env::var("OUT_DIR")?).join(name), archive)?)
}
