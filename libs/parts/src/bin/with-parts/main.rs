//! `with-parts -- CMD ARGS...`: runs a command with PostgreSQL, NATS and Valkey of its own.

mod run;

use std::path::PathBuf;
use std::process::{ExitCode, exit};

use anyhow::Result;
use clap::Parser;
use tracing_subscriber::EnvFilter;
use xlcfi_parts::{Options, Parts, guard_main_if_asked};

/// Exit code when the parts do not start, as opposed to the command's own.
const NO_PARTS: u8 = 125;

/// Runs a command with DATABASE_URL, NATS_URL and REDIS_URL of servers started for it, and returns its exit code.
///
/// A server whose variable is set already is used as it is.
#[derive(Parser)]
#[command(name = "with-parts")]
struct Arguments {
    /// Keep the data in this folder, durably; without it they are in a temporary one and go at the end.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// The folder into which `make tools` installed; found by itself in or above the current folder.
    #[arg(long, value_name = "DIR")]
    tools: Option<PathBuf>,
    /// The command and its arguments.
    #[arg(required = true, last = true, value_name = "CMD")]
    command: Vec<std::ffi::OsString>,
}

fn main() -> ExitCode {
    guard_main_if_asked();
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error.into()),
    };
    if let Some(command) = run::asked() {
        // Not `ExitCode`: the runtime would wait for a read of the terminal.
        exit(runtime.block_on(run::runner(command)));
    }
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_target(false)
        .init();
    match runtime.block_on(with_parts(Arguments::parse())) {
        Ok(code) => ExitCode::from(code),
        Err(error) => fail(&error),
    }
}

async fn with_parts(arguments: Arguments) -> Result<u8> {
    let mut options = match arguments.data {
        Some(dir) => Options::persistent(dir),
        None => Options::ephemeral(),
    };
    if let Some(dir) = arguments.tools {
        options.tools_dir = dir;
    }
    let mut signals = run::Signals::new()?;
    let parts = tokio::select! {
        parts = Parts::start(options) => parts?,
        signal = signals.next() => return Ok(128 + signal),
    };
    let code = run::command(&arguments.command, parts.env(), &mut signals).await;
    parts.stop().await;
    code
}

fn fail(error: &anyhow::Error) -> ExitCode {
    eprintln!("with-parts: {error:#}");
    ExitCode::from(NO_PARTS)
}
