//! Starting and stopping the mesh.

use std::path::Path;
use std::time::Instant;

use anyhow::Context as _;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use xlcfi_parts::{Options, Parts};

use crate::identities::Identities;
use crate::services::Servers;
use crate::steps::step;
use crate::{Place, catalogue, child, env, page, sandbox, services};

/// Runs the mesh until Ctrl-C.
pub(crate) async fn run(place: &Place, apart: &[String], until_stdin_ends: bool) -> anyhow::Result<()> {
    let begun = Instant::now();
    let _telemetry = telemetry()?;
    println!(
        "Starting XLCfi. Everything it keeps is in {}.",
        place.data.display()
    );
    let (parts, servers) = start_parts(&place.data).await?;
    let stop = CancellationToken::new();
    let result = with_parts(place, &servers, apart, &stop, begun, until_stdin_ends).await;
    stop.cancel();
    parts.stop().await;
    result
}

/// Runs only the servers and the sandbox until Ctrl-C.
pub(crate) async fn parts_only(place: &Place) -> anyhow::Result<()> {
    let _telemetry = telemetry()?;
    let (parts, servers) = start_parts(&place.data).await?;
    let stop = CancellationToken::new();
    let sandbox = step("payment sandbox", sandbox::supervise(place, stop.clone())).await;
    if sandbox.is_ok() {
        env::note(place, &servers)?;
        println!(
            "\nThe servers run. `make env` writes .env; then `set -a; . ./.env; cargo run -p xlcfi-order`. Ctrl-C stops them."
        );
        stopped().await?;
    }
    stop.cancel();
    parts.stop().await;
    sandbox
}

/// Runs one service of a running mesh until that is gone.
pub(crate) async fn one(place: &Place, name: &str) -> anyhow::Result<()> {
    let _telemetry = telemetry()?;
    let (servers, identities) = (env::noted(place)?, Identities::load_or_make(&place.data)?);
    services::serve_one(&servers, &identities, place, name, child::until_parent_is_gone()).await
}

async fn with_parts(
    place: &Place,
    servers: &Servers,
    apart: &[String],
    stop: &CancellationToken,
    begun: Instant,
    until_stdin_ends: bool,
) -> anyhow::Result<()> {
    let identities = Identities::load_or_make(&place.data)?;
    env::note(place, servers)?;
    step("payment sandbox", sandbox::supervise(place, stop.clone())).await?;
    let services = services::start(servers, &identities, place, apart, stop);
    let names = services::names();
    let mut running = step(&format!("{names}, edge"), services).await?;
    step("demo catalogue", catalogue::load(place, &identities)).await?;
    page::print(place, begun.elapsed());
    let result = tokio::select! {
        signal = stopped() => signal,
        () = child::stdin_ends(), if until_stdin_ends => Ok(()),
        ended = running.join_next() => match ended {
            Some(Ok(Err(error))) => Err(error),
            _ => Err(anyhow::anyhow!("a service ended by itself")),
        },
    };
    println!("\nStopping; work at hand is finished first.");
    stop.cancel();
    while running.join_next().await.is_some() {}
    result
}

async fn start_parts(data: &Path) -> anyhow::Result<(Parts, Servers)> {
    std::fs::create_dir_all(data).with_context(|| format!("cannot make the folder {}", data.display()))?;
    let options = Options {
        anvil: true,
        ..Options::persistent(data)
    };
    let parts = step("PostgreSQL, NATS, Valkey", Parts::start(options)).await?;
    if parts.ethereum_url().is_none() {
        println!("  no Ethereum node: nothing is anchored (make anvil)");
    }
    let servers = Servers {
        database_url: parts.database_url().to_owned(),
        nats_url: parts.nats_url().to_owned(),
        redis_url: parts.redis_url().to_owned(),
        ethereum_url: parts.ethereum_url().map(str::to_owned),
    };
    Ok((parts, servers))
}

/// Lines of services are for the log, not for the newcomer's page: unless
/// `LOG` says otherwise, only warnings are shown.
fn telemetry() -> anyhow::Result<xlcfi_service::telemetry::Telemetry> {
    Ok(xlcfi_service::telemetry::init_with_filter("mesh", "warn")?)
}

async fn stopped() -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate()).context("cannot watch signals")?;
    tokio::select! {
        pressed = tokio::signal::ctrl_c() => pressed.context("cannot watch signals"),
        _ = terminate.recv() => Ok(()),
    }
}
