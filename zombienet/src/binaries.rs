//! Where the programs under test lie.

use anyhow::{bail, Result};
use std::{
	env,
	path::{Path, PathBuf},
};

/// The node: `ASSAY_NODE_BIN`, or `assay-node` beside the running test.
pub fn assay_node() -> Result<PathBuf> {
	find("assay-node", "ASSAY_NODE_BIN")
}

/// The command line with the provider daemon: `ASSAY_BIN`, or `assay` beside the running test.
pub fn assay() -> Result<PathBuf> {
	find("assay", "ASSAY_BIN")
}

/// Cargo puts a test into `debug/deps` and a program into `debug`: the programs of the same build are in the running
/// program's folder or the one above.
fn find(name: &str, variable: &str) -> Result<PathBuf> {
	if let Some(path) = env::var_os(variable).map(PathBuf::from) {
		if path.is_file() {
			return Ok(path);
		}
		bail!("{variable} names {}, which is not a file", path.display());
	}
	let running = env::current_exe()?;
	running.ancestors().skip(1).take(2).map(|folder| folder.join(name)).find(|path| is_program(path)).ok_or_else(|| {
		anyhow::anyhow!(
			"no {name} beside {}: build it with ./scripts/build.sh, or name one in {variable}",
			running.display()
		)
	})
}

fn is_program(path: &Path) -> bool {
	path.is_file()
}
