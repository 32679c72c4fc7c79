//! What the commands print: text for people, or one JSON object a line for programs.

use std::{
	fmt::Display,
	io::{IsTerminal, Write},
};

use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

/// Where and how a command reports.
///
/// Results go to standard output, notes and progress to standard error.
#[derive(Clone, Copy, Debug)]
pub struct Output {
	json: bool,
}

impl Output {
	/// Report as text, or with `json` as JSON lines.
	pub const fn new(json: bool) -> Self {
		Self { json }
	}

	/// Print one result.
	pub fn result(&self, result: &(impl Serialize + Display)) {
		let line = if self.json {
			serde_json::to_string(result).unwrap_or_else(|error| format!("{{\"error\":\"{error}\"}}"))
		} else {
			result.to_string()
		};
		// A reader that went away (a closed pipe) is not an error of ours.
		let _ = writeln!(std::io::stdout(), "{line}");
	}

	/// Print the error that ended the command.
	pub fn error(&self, error: &anyhow::Error) {
		let text = explain(error);
		let line = if self.json { serde_json::json!({ "error": text }).to_string() } else { format!("error: {text}") };
		let _ = writeln!(std::io::stderr(), "{line}");
	}

	/// Tell a person what is going on. Programs do not get this.
	pub fn note(&self, text: impl Display) {
		if !self.json {
			let _ = writeln!(std::io::stderr(), "{text}");
		}
	}

	/// A progress bar over `length` steps; hidden when nobody looks at a terminal.
	pub fn progress(&self, length: u64) -> ProgressBar {
		if self.json || !std::io::stderr().is_terminal() {
			return ProgressBar::hidden();
		}
		let bar = ProgressBar::new(length);
		match ProgressStyle::with_template("{bar:30} {pos}/{len} units  {msg}") {
			Ok(style) => bar.with_style(style),
			Err(_) => bar,
		}
	}
}

/// The error and its causes, without those that it tells itself.
fn explain(error: &anyhow::Error) -> String {
	error.chain().skip(1).fold(error.to_string(), |text, cause| {
		let cause = cause.to_string();
		if text.contains(&cause) {
			text
		} else {
			format!("{text}: {cause}")
		}
	})
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn error_should_tell_each_cause_once() {
		let error = anyhow::anyhow!("no money").context("cannot pay: no money").context("cannot submit");
		assert_eq!(explain(&error), "cannot submit: cannot pay: no money");
	}
}
