//! The whole mesh on one machine, by one command.

mod catalogue;
mod env;
mod identities;
mod page;
mod run;
mod sandbox;
mod services;
mod steps;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Runs the whole of XLCfi as one process, with the servers it needs.
#[derive(Parser)]
#[command(name = "xlcfi-mesh", version)]
struct Arguments {
    /// Folder that keeps everything between runs.
    #[arg(long, default_value = ".data", env = "XLCFI_DATA", global = true)]
    data: PathBuf,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Starts the mesh; the default.
    Run,
    /// Prints the environment with which each service runs as its own process.
    Env,
    /// Starts only the servers and the sandbox, for services run one by one.
    Parts,
    /// Runs the payment sandbox; the mesh starts it as a child.
    #[command(hide = true)]
    Sandbox { port: u16 },
}

fn main() -> ExitCode {
    xlcfi_parts::guard_main_if_asked();
    let arguments = Arguments::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&anyhow::anyhow!("cannot start threads: {error}")),
    };
    let result = runtime.block_on(async {
        match arguments.command.unwrap_or(Command::Run) {
            Command::Run => run::run(&arguments.data).await,
            Command::Parts => run::parts_only(&arguments.data).await,
            Command::Env => env::print(&arguments.data),
            Command::Sandbox { port } => sandbox::serve(port, &arguments.data).await,
        }
    });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(&error),
    }
}

fn failed(error: &anyhow::Error) -> ExitCode {
    eprintln!("xlcfi-mesh: {error:#}");
    ExitCode::FAILURE
}
