//! What a program does around its work: it keeps a log, listens to whoever stops it, and says how it ended.

use std::{future::Future, pin::Pin, process::ExitCode};

use tokio::signal::unix::{signal, SignalKind};
use tracing_subscriber::EnvFilter;

use crate::output::Output;

/// Comes when the program is to stop.
pub type Stop = Pin<Box<dyn Future<Output = ()>>>;

/// Do `work` to its end. It is given what ends it before, when the program is interrupted or told to terminate.
pub fn run<W: Future<Output = anyhow::Result<()>>>(out: Output, work: impl FnOnce(Stop) -> W) -> ExitCode {
	let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn,assay_cli=info"));
	tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false).init();
	match run_with_signals(work) {
		Ok(()) => ExitCode::SUCCESS,
		Err(error) => {
			out.error(&error);
			ExitCode::FAILURE
		},
	}
}

fn run_with_signals<W: Future<Output = anyhow::Result<()>>>(work: impl FnOnce(Stop) -> W) -> anyhow::Result<()> {
	let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
	runtime.block_on(async {
		let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
		let stop = async move {
			tokio::select! {
				_ = interrupt.recv() => {},
				_ = terminate.recv() => {},
			}
		};
		work(Box::pin(stop)).await
	})
}
