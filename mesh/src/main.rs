//! The whole mesh on one machine, by one command.

mod catalogue;
mod child;
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
    /// Added to every port, so that two meshes can run side by side.
    #[arg(long, default_value_t = 0, env = "XLCFI_PORT_OFFSET", global = true)]
    port_offset: u16,
    /// Services to run as processes of their own, such as `order,payment`; one that
    /// dies is started again.
    #[arg(long, value_delimiter = ',', env = "XLCFI_APART", global = true)]
    apart: Vec<String>,
    /// Ends when standard input does, so that a test never leaves a mesh behind.
    #[arg(long, hide = true, global = true)]
    until_stdin_ends: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

/// Which mesh of this machine: its folder and its ports.
#[derive(Debug, Clone)]
struct Place {
    data: PathBuf,
    port_offset: u16,
}

impl Place {
    /// A usual port as it is in this mesh.
    fn port(&self, usual: u16) -> u16 {
        usual.saturating_add(self.port_offset)
    }
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
    Sandbox,
    /// Runs one service; the mesh starts those apart as children.
    #[command(hide = true)]
    Service {
        /// Its name.
        name: String,
    },
}

fn main() -> ExitCode {
    xlcfi_parts::guard_main_if_asked();
    let arguments = Arguments::parse();
    xlcfi_service::allow_open_files();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&anyhow::anyhow!("cannot start threads: {error}")),
    };
    let place = Place {
        data: arguments.data,
        port_offset: arguments.port_offset,
    };
    let result = runtime.block_on(async {
        match arguments.command.unwrap_or(Command::Run) {
            Command::Run => run::run(&place, &arguments.apart, arguments.until_stdin_ends).await,
            Command::Parts => run::parts_only(&place).await,
            Command::Env => env::print(&place),
            Command::Sandbox => sandbox::serve(&place).await,
            Command::Service { name } => run::one(&place, &name).await,
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
