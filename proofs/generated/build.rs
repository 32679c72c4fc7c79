//! Makes the random programs: those of the seeds from `ASSAY_SMITH_SEED` on, `ASSAY_SMITH_COUNT` in number.

use assay_smith::Program;
use std::{env, error::Error, fs, path::Path};

/// Programs that are made if nothing else is said.
const COUNT: u64 = 1_200;

fn main() -> Result<(), Box<dyn Error>> {
	println!("cargo::rerun-if-changed=build.rs");
	let given = |name: &str| {
		println!("cargo::rerun-if-env-changed={name}");
		env::var(name).ok().map(|value| value.parse::<u64>()).transpose()
	};
	let seed = given("ASSAY_SMITH_SEED")?;
	// A seed alone is that of one program which somebody wants to see again.
	let count = given("ASSAY_SMITH_COUNT")?.unwrap_or(if seed.is_some() { 1 } else { COUNT });
	let first = seed.unwrap_or_default();

	let mut archive = Vec::new();
	for seed in first..first + count {
		let Program { blob, input, index, later } = Program::of_seed(seed);
		archive.extend(seed.to_le_bytes());
		archive.extend(index.to_le_bytes());
		archive.push(later.into());
		for part in [blob, input] {
			archive.extend(u32::try_from(part.len())?.to_le_bytes());
			archive.extend(part);
		}
	}
	fs::write(Path::new(&env::var("OUT_DIR")?).join("programs"), archive)?;
	Ok(())
}
