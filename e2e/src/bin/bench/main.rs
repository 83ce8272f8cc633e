//! Measures a mesh of its own, next to pgbench on the same PostgreSQL.

mod searchable;
mod shop;
mod statements;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use clap::Parser;
use tokio::time::sleep;

use shop::Shop;
use statements::Statements;
use xlcfi_e2e::{Mesh, percentile};

const PORT_OFFSET: u16 = 23_000;
/// Changes of which the time until a search finds them is measured.
const RENAMES: usize = 300;

/// Measures orders a second, the time to CONFIRMED, the time until a search finds a
/// change, memory and start-up time.
#[derive(Parser)]
struct Arguments {
    /// Seconds of each measured phase.
    #[arg(long, default_value_t = 20)]
    seconds: u64,
    /// Buyers who order one after the other at full load.
    #[arg(long, default_value_t = 32)]
    buyers: usize,
    /// Clients of pgbench.
    #[arg(long, default_value_t = 8)]
    pgbench_clients: u32,
    /// List the statements behind an order, the dearest first.
    #[arg(long)]
    statements: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    match measure(&Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn measure(arguments: &Arguments) -> anyhow::Result<()> {
    let data = std::env::current_dir()?.join("target/bench");
    // A folder of an earlier run would make the first start a second one.
    let _ = std::fs::remove_dir_all(&data);
    std::fs::create_dir_all(&data)?;

    let first = Mesh::start(&data, PORT_OFFSET, &[]).await?;
    println!(
        "first start, catalogue loaded       {:>8.2} s",
        first.took().as_secs_f64()
    );
    first.stop().await?;
    let mesh = Mesh::start(&data, PORT_OFFSET, &[]).await?;
    println!(
        "second start                        {:>8.2} s",
        mesh.took().as_secs_f64()
    );
    sleep(Duration::from_secs(5)).await;
    println!(
        "resident memory, idle               {:>8.1} MiB  five services and the edge",
        mesh.resident()?
    );

    let shop = Shop::open(arguments.buyers).await?;
    let renames = searchable::renames(&shop, RENAMES).await?;
    println!(
        "UpdateProduct to found, p50/p99     {:>8.1} / {:.1} ms",
        percentile(&renames, 50),
        percentile(&renames, 99)
    );
    let time = Duration::from_secs(arguments.seconds);
    shop.full_load(Duration::from_secs(3)).await?;
    let statements = Statements::of(&data)?;
    statements.forget()?;
    let full = shop.full_load(time).await?;
    let (calls, commits) = statements.count()?;
    let per_second = full.len() as f64 / time.as_secs_f64();
    println!(
        "orders confirmed, {:>3} buyers         {per_second:>8.1} /s",
        arguments.buyers
    );
    println!(
        "  CreateOrder to CONFIRMED, p50/p99 {:>8.1} / {:.1} ms",
        percentile(&full, 50),
        percentile(&full, 99)
    );
    println!(
        "  SQL statements / commits an order {:>8.1} / {:.1}",
        calls / full.len() as f64,
        commits / full.len() as f64
    );
    if arguments.statements {
        println!("{}", statements.list(full.len())?);
    }
    let half = shop.paced(time, per_second / 2.0).await?;
    println!(
        "at half that load, p50/p99          {:>8.1} / {:.1} ms",
        percentile(&half, 50),
        percentile(&half, 99)
    );
    println!(
        "resident memory, after the load     {:>8.1} MiB",
        mesh.resident()?
    );

    let tps = pgbench(&data, arguments)?;
    println!(
        "pgbench TPC-B, {:>2} clients           {tps:>8.1} tps  same PostgreSQL",
        arguments.pgbench_clients
    );
    println!("orders confirmed over pgbench       {:>8.3}", per_second / tps);
    mesh.stop().await
}

fn database_url(data: &Path) -> anyhow::Result<String> {
    let servers: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(data.join("servers.json"))?)?;
    Ok(servers["DATABASE_URL"]
        .as_str()
        .context("no DATABASE_URL")?
        .to_owned())
}

/// Transactions a second of pgbench's TPC-B-like script.
fn pgbench(data: &Path, arguments: &Arguments) -> anyhow::Result<f64> {
    let url = database_url(data)?;
    let program = PathBuf::from(".tools/bin/pgbench");
    run(Command::new(&program).args(["--initialize", "--quiet", "--scale", "10", &url]))?;
    let clients = arguments.pgbench_clients.to_string();
    let said = run(Command::new(&program)
        .args(["--client", &clients, "--jobs", "2", "--time"])
        .arg(arguments.seconds.to_string())
        .arg(&url))?;
    let tps = said
        .lines()
        .find_map(|line| line.strip_prefix("tps = "))
        .context("pgbench said no tps")?;
    Ok(tps
        .split_whitespace()
        .next()
        .context("pgbench said no tps")?
        .parse()?)
}

fn run(command: &mut Command) -> anyhow::Result<String> {
    let output = command
        .output()
        .with_context(|| format!("cannot run {command:?}; run `make tools`"))?;
    ensure!(
        output.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
