//! Where the programs under test lie, and what is kept between their runs.

use crate::constants::{CACHE_FOLDER, RUNTIME_CACHE_VARIABLE};
use anyhow::{bail, Result};
use std::{
	env,
	path::{Path, PathBuf},
	process::Command,
	time::UNIX_EPOCH,
};

/// The node: `ASSAY_NODE_BIN`, or `assay-node` beside the running test.
pub fn assay_node() -> Result<PathBuf> {
	find("assay-node", "ASSAY_NODE_BIN")
}

/// The node, to be given arguments. It finds the runtime compiled if any node on this machine has run the same one.
pub fn node_command() -> Result<Command> {
	let mut command = Command::new(assay_node()?);
	if env::var_os(RUNTIME_CACHE_VARIABLE).is_none() {
		command.env(RUNTIME_CACHE_VARIABLE, cache_folder()?.join("runtimes"));
	}
	Ok(command)
}

/// A number that is another one after the node has been built anew.
pub fn node_build() -> Result<u128> {
	Ok(assay_node()?.metadata()?.modified()?.duration_since(UNIX_EPOCH)?.as_nanos())
}

/// Where that is kept which takes long to make and is the same in each run: a folder beside the running program.
pub fn cache_folder() -> Result<PathBuf> {
	Ok(env::current_exe()?.with_file_name(CACHE_FOLDER))
}

/// The command line with the provider daemon: `ASSAY_BIN`, or `assay` beside the running test.
pub fn assay() -> Result<PathBuf> {
	find("assay", "ASSAY_BIN")
}

/// The daemons that cheat: `ASSAY_CHEATER_BIN`, or `assay-cheater` beside the running test.
pub fn assay_cheater() -> Result<PathBuf> {
	find("assay-cheater", "ASSAY_CHEATER_BIN")
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
