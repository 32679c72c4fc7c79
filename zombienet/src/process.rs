//! A child process with its log in a file, gone at the latest when its value is dropped.

use crate::constants::{LOG_TAIL_LINES, POLL_INTERVAL};
use anyhow::{bail, Context, Result};
use std::{
	fs::{self, File},
	path::{Path, PathBuf},
	process::{Child, Command, ExitStatus, Stdio},
	time::{Duration, Instant},
};

/// A running (or ended) process that this one started.
#[derive(Debug)]
pub struct Process {
	name: String,
	child: Child,
	log: PathBuf,
}

impl Process {
	/// Start `command`, appending what it prints to the file `log`.
	pub fn spawn(name: &str, command: &mut Command, log: PathBuf) -> Result<Self> {
		let file = File::options()
			.create(true)
			.append(true)
			.open(&log)
			.with_context(|| format!("cannot open the log {}", log.display()))?;
		let child = command
			.stdin(Stdio::null())
			.stdout(file.try_clone()?)
			.stderr(file)
			.spawn()
			.with_context(|| format!("cannot start {}", command.get_program().display()))?;
		Ok(Self { name: name.into(), child, log })
	}

	/// The operating system's number of the process.
	pub fn id(&self) -> u32 {
		self.child.id()
	}

	/// The file with everything that the process printed.
	pub fn log(&self) -> &Path {
		&self.log
	}

	/// What the process printed so far.
	pub fn output(&self) -> Result<String> {
		Ok(String::from_utf8_lossy(&fs::read(&self.log)?).into_owned())
	}

	/// How the process ended, if it has.
	pub fn exited(&mut self) -> Result<Option<ExitStatus>> {
		Ok(self.child.try_wait()?)
	}

	/// An error that shows the end of the log, when the process has ended.
	pub fn ensure_running(&mut self) -> Result<()> {
		match self.exited()? {
			None => Ok(()),
			Some(status) => {
				bail!("{} ended by itself with {status}; its log ends with:\n{}", self.name, self.log_tail())
			},
		}
	}

	/// Wait until the process ends by itself.
	pub async fn wait(&mut self, timeout: Duration) -> Result<ExitStatus> {
		let start = Instant::now();
		loop {
			if let Some(status) = self.exited()? {
				return Ok(status);
			}
			if start.elapsed() > timeout {
				bail!("{} still runs after {timeout:?}; its log ends with:\n{}", self.name, self.log_tail());
			}
			tokio::time::sleep(POLL_INTERVAL).await;
		}
	}

	/// Ask the process to stop, as a service manager does, and wait until it has.
	pub async fn terminate(&mut self, timeout: Duration) -> Result<ExitStatus> {
		let asked = Command::new("kill").arg("-TERM").arg(self.id().to_string()).status()?;
		if !asked.success() {
			bail!("{} could not be asked to stop", self.name);
		}
		self.wait(timeout).await
	}

	/// End the process at once, without a chance to put its house in order.
	pub fn kill(&mut self) -> Result<()> {
		self.child.kill()?;
		self.child.wait()?;
		Ok(())
	}

	/// The last lines of the log.
	pub fn log_tail(&self) -> String {
		let output = self.output().unwrap_or_default();
		let lines: Vec<_> = output.lines().collect();
		lines.get(lines.len().saturating_sub(LOG_TAIL_LINES)..).unwrap_or_default().join("\n")
	}
}

impl Drop for Process {
	fn drop(&mut self) {
		// Both fail only if the process is gone already, which is what is wanted.
		let _ = self.child.kill();
		let _ = self.child.wait();
	}
}
