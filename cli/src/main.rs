//! `assay`: rent out and buy compute.

use std::process::ExitCode;

use assay_cli::{args::Cli, commands, output::Output};
use clap::Parser;
use tokio::signal::unix::{signal, SignalKind};
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
	let cli = Cli::parse();
	let out = Output::new(cli.common.json);
	let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn,assay_cli=info"));
	tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false).init();
	match run(cli, out) {
		Ok(()) => ExitCode::SUCCESS,
		Err(error) => {
			out.error(&error);
			ExitCode::FAILURE
		},
	}
}

fn run(cli: Cli, out: Output) -> anyhow::Result<()> {
	let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
	runtime.block_on(async {
		let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
		let stop = async move {
			tokio::select! {
				_ = interrupt.recv() => {},
				_ = terminate.recv() => {},
			}
		};
		commands::run(cli, out, stop).await
	})
}
