//! Measures a mesh of its own, next to pgbench on the same PostgreSQL.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use clap::Parser;
use reqwest::Method;
use serde_json::json;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Child;
use tokio::time::{MissedTickBehavior, interval, sleep};
use uuid::Uuid;
use xlcfi_contracts::order::v1::order_service_client::OrderServiceClient;
use xlcfi_contracts::order::v1::{OrderState, WatchOrderRequest};
use xlcfi_e2e::people::{Person, add_address, list_product, make_seller, sign_up, store_card};
use xlcfi_e2e::{Edge, Sandbox, authorized};

const PORT_OFFSET: u16 = 23_000;

/// Measures orders a second, the time to CONFIRMED, memory and start-up time.
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

    let first = Mesh::start(&data).await?;
    println!(
        "first start, catalogue loaded       {:>8.2} s",
        first.took.as_secs_f64()
    );
    first.stop().await?;
    let mesh = Mesh::start(&data).await?;
    println!(
        "second start                        {:>8.2} s",
        mesh.took.as_secs_f64()
    );
    sleep(Duration::from_secs(5)).await;
    println!(
        "resident memory, idle               {:>8.1} MiB  five services and the edge",
        mesh.resident()?
    );

    let shop = Shop::open(arguments.buyers).await?;
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

/// A mesh of the bench's own.
struct Mesh {
    child: Child,
    took: Duration,
}

impl Mesh {
    async fn start(data: &Path) -> anyhow::Result<Self> {
        let program = std::env::current_exe()?.with_file_name("xlcfi-mesh");
        ensure!(
            program.exists(),
            "{} is not built; run `make bench`",
            program.display()
        );
        let begun = Instant::now();
        let mut child = tokio::process::Command::new(program)
            .args(["--until-stdin-ends", "--data"])
            .arg(data)
            .arg("--port-offset")
            .arg(PORT_OFFSET.to_string())
            .env("EDGE_RATE_LIMIT", "10000000")
            .env("EDGE_CREDENTIAL_RATE_LIMIT", "10000000")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let mut lines = BufReader::new(child.stdout.take().context("no output")?).lines();
        while let Some(line) = lines.next_line().await? {
            if line.contains("XLCfi is ready") {
                let took = begun.elapsed();
                // Nobody may be kept waiting for a reader of the rest.
                tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
                return Ok(Self { child, took });
            }
        }
        anyhow::bail!("the mesh did not start; its last words are above")
    }

    /// Resident memory of the process, in MiB.
    fn resident(&self) -> anyhow::Result<f64> {
        let pid = self.child.id().context("the mesh has ended")?;
        let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
        let line = status
            .lines()
            .find(|line| line.starts_with("VmRSS:"))
            .context("no VmRSS")?;
        let kib: f64 = line.split_whitespace().nth(1).context("no VmRSS")?.parse()?;
        Ok(kib / 1024.0)
    }

    async fn stop(mut self) -> anyhow::Result<()> {
        drop(self.child.stdin.take());
        self.child.wait().await?;
        Ok(())
    }
}

/// Buyers with a stored card each, and something to buy.
struct Shop {
    edge: Edge,
    buyers: Vec<(Person, String)>,
    product_ids: Vec<String>,
}

impl Shop {
    async fn open(buyers: usize) -> anyhow::Result<Self> {
        let edge = Edge::at(&format!("http://127.0.0.1:{}", 8080 + PORT_OFFSET))?;
        let sandbox = Sandbox::at(&format!("http://127.0.0.1:{}", 8090 + PORT_OFFSET));
        let run = Uuid::now_v7().simple().to_string();
        let seller = sign_up(&edge, &format!("bench-seller-{run}@example.com"), "평창감자농원").await?;
        let seller = make_seller(&edge, seller).await?;
        let mut product_ids = Vec::new();
        for index in 0..8 {
            product_ids.push(list_product(&edge, &seller, &format!("{run}-{index}"), 1_000_000).await?);
        }
        let mut people = Vec::new();
        for index in 0..buyers {
            let buyer = sign_up(&edge, &format!("bench-{index}-{run}@example.com"), "김바다").await?;
            add_address(&edge, &buyer).await?;
            let card = store_card(&edge, &sandbox, &buyer, None).await?;
            people.push((buyer, card));
        }
        Ok(Self {
            edge,
            buyers: people,
            product_ids,
        })
    }

    /// Orders and waits for CONFIRMED; gives the time it took.
    async fn buy(&self, buyer: usize, product: usize) -> anyhow::Result<Duration> {
        let (person, card) = &self.buyers[buyer % self.buyers.len()];
        let begun = Instant::now();
        let body = json!({
            "requestId": Uuid::now_v7().to_string(),
            "lines": [{"productId": self.product_ids[product % self.product_ids.len()], "quantity": "1"}],
            "paymentMethodId": card,
        });
        let answer = self
            .edge
            .rest(Method::POST, "/api/v1/orders", &person.token, Some(body))
            .await?;
        let order_id = answer["order"]["orderId"]
            .as_str()
            .context("no order id")?
            .to_owned();
        let mut orders = OrderServiceClient::new(self.edge.grpc());
        let watch = WatchOrderRequest {
            order_id,
            after_version: 0,
        };
        let mut states = orders
            .watch_order(authorized(&person.token, watch))
            .await?
            .into_inner();
        while let Some(answer) = states.message().await? {
            let order = answer.order.context("no order in the stream")?;
            match order.state() {
                OrderState::Confirmed => return Ok(begun.elapsed()),
                OrderState::Cancelled => anyhow::bail!("an order was cancelled: {}", order.failure_reason),
                _ => {}
            }
        }
        anyhow::bail!("a stream ended before its order was confirmed")
    }

    /// Every buyer orders, one order after the other.
    async fn full_load(&self, time: Duration) -> anyhow::Result<Vec<Duration>> {
        let end = Instant::now() + time;
        let buyer = async |index: usize| {
            let mut taken = Vec::new();
            while Instant::now() < end {
                taken.push(self.buy(index, index + taken.len()).await?);
            }
            anyhow::Ok(taken)
        };
        let all = futures::future::try_join_all((0..self.buyers.len()).map(buyer)).await?;
        Ok(all.into_iter().flatten().collect())
    }

    /// Orders come at a fixed rate, whether the earlier ones are done or not.
    async fn paced(&self, time: Duration, per_second: f64) -> anyhow::Result<Vec<Duration>> {
        let mut ticks = interval(Duration::from_secs_f64(1.0 / per_second.max(1.0)));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
        let end = Instant::now() + time;
        let mut under_way = futures::stream::FuturesUnordered::new();
        let (mut taken, mut next) = (Vec::new(), 0);
        loop {
            tokio::select! {
                _ = ticks.tick(), if Instant::now() < end => {
                    under_way.push(self.buy(next, next));
                    next += 1;
                }
                Some(done) = futures::StreamExt::next(&mut under_way) => taken.push(done?),
                else => return Ok(taken),
            }
            if Instant::now() >= end && under_way.is_empty() {
                return Ok(taken);
            }
        }
    }
}

/// Milliseconds below which this share of the times lies.
fn percentile(times: &[Duration], percent: usize) -> f64 {
    let mut sorted: Vec<Duration> = times.to_vec();
    sorted.sort_unstable();
    let at = (sorted.len() * percent / 100).min(sorted.len().saturating_sub(1));
    sorted
        .get(at)
        .map_or(f64::NAN, |time| time.as_secs_f64() * 1_000.0)
}

/// What PostgreSQL counts of the statements it runs.
struct Statements {
    url: String,
}

impl Statements {
    fn of(data: &Path) -> anyhow::Result<Self> {
        let statements = Self {
            url: database_url(data)?,
        };
        statements.ask("create extension if not exists pg_stat_statements")?;
        Ok(statements)
    }

    fn forget(&self) -> anyhow::Result<()> {
        self.ask("select pg_stat_statements_reset(), pg_stat_reset()")?;
        Ok(())
    }

    /// How many ran, and how many transactions ended, since `forget`.
    fn count(&self) -> anyhow::Result<(f64, f64)> {
        let calls = self.ask("select sum(calls) from pg_stat_statements")?.parse()?;
        let commits = "select sum(calls) from pg_stat_statements where query ilike 'commit%'";
        Ok((calls, self.ask(commits)?.parse()?))
    }

    /// Calls an order, microseconds a call, and the beginning of each.
    fn list(&self, orders: usize) -> anyhow::Result<String> {
        self.ask(&format!(
            r"select round(calls::numeric / {orders}, 2) || E'\t' || round(mean_exec_time::numeric * 1000) || E'\t'
                 || datname || E'\t' || left(regexp_replace(query, '\s+', ' ', 'g'), 150)
             from pg_stat_statements join pg_database on pg_database.oid = dbid
             order by total_exec_time desc limit 80"
        ))
    }

    fn ask(&self, sql: &str) -> anyhow::Result<String> {
        let said = run(Command::new(".tools/bin/psql").args([
            "--no-psqlrc",
            "--tuples-only",
            "--no-align",
            "--command",
            sql,
            &self.url,
        ]))?;
        Ok(said.trim().to_owned())
    }
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
