//! PostgreSQL with pg_trgm, in the server that the project ships; queries go over loopback, as a shop's would.

mod find;
mod load;

use anyhow::Context as _;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{Connection as _, Row as _};
use xlcfi_parts::{Options, Part, Parts};

use crate::engine::{Event, Hear, Indexed, Job, Memory, Outcome, Run};
use crate::measure::ask_all;

pub fn run(job: &Job, tell: &mut Hear<'_>) -> anyhow::Result<Outcome> {
    if !xlcfi_parts::find_tools_dir().join("bin/postgres").is_file() {
        return Ok(Outcome::Skipped("not installed: run `make tools`".to_owned()));
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    let parts = runtime.block_on(Parts::start(options()))?;
    let done = measured(&runtime, &parts, job, tell);
    runtime.block_on(parts.stop());
    done
}

/// A server that has the machine's memory to itself and answers each query with one process.
fn options() -> Options {
    let mut options = Options::ephemeral();
    options.given = Default::default();
    options.postgres_settings = [
        ("shared_buffers", "2GB"),
        ("work_mem", "256MB"),
        ("maintenance_work_mem", "1GB"),
        ("max_wal_size", "8GB"),
        ("max_parallel_workers_per_gather", "0"),
        ("max_parallel_maintenance_workers", "0"),
        ("random_page_cost", "1.1"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .to_vec();
    options
}

fn measured(
    runtime: &tokio::runtime::Runtime,
    parts: &Parts,
    job: &Job,
    tell: &mut Hear<'_>,
) -> anyhow::Result<Outcome> {
    let mut run = Run::of(job);
    let mut told = |event: Event| {
        tell(&event);
        run.take(event);
    };
    let server: PgConnectOptions = parts.database_url().parse()?;
    let mut database = runtime.block_on(load::database(&server))?;
    let Some(mut database) = database.take() else {
        return Ok(Outcome::Skipped(
            "this PostgreSQL comes without pg_trgm".to_owned(),
        ));
    };
    let version: String =
        runtime.block_on(sqlx::query_scalar("show server_version").fetch_one(&mut database))?;
    told(Event::Version {
        text: format!("PostgreSQL {version} pg_trgm"),
    });
    let seconds = runtime.block_on(load::index(&mut database, &job.products, &mut told))?;
    let children = parts.children();
    let postgres = children.iter().find(|child| child.part == Part::Postgres);
    let postgres = postgres.context("PostgreSQL is not a child")?.pid;
    told(Event::Indexed(Indexed {
        documents: job.count,
        threads: 1,
        seconds,
        suggester_seconds: 0.0,
        peak_kib: proportional(postgres)?.resident_kib,
    }));
    let bytes = runtime.block_on(size(&mut database))?;
    ask_all(&job.queries, job.pace, &mut told, |query| {
        runtime.block_on(find::find(&mut database, query))
    })?;
    told(Event::Memory(proportional(postgres)?));
    runtime.block_on(database.close())?;
    run.index_bytes = bytes;
    Ok(Outcome::Done(Box::new(run)))
}

/// Table and indexes.
async fn size(database: &mut PgConnection) -> anyhow::Result<u64> {
    let row = sqlx::query("select pg_total_relation_size('product')")
        .fetch_one(database)
        .await?;
    Ok(row.try_get::<i64, _>(0)?.try_into()?)
}

/// Memory of the server and its processes, shared pages counted once; the cache counts as anonymous.
fn proportional(postgres: u32) -> anyhow::Result<Memory> {
    let mut sum = 0;
    for pid in below(postgres)? {
        // A process may have ended since.
        let Ok(text) = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup")) else {
            continue;
        };
        let line = text.lines().find_map(|line| line.strip_prefix("Pss:"));
        let kib = line.and_then(|line| line.split_whitespace().next());
        sum += kib.context("no Pss")?.parse::<u64>()?;
    }
    Ok(Memory {
        resident_kib: sum,
        anonymous_kib: sum,
    })
}

/// A process and all it started.
fn below(pid: u32) -> anyhow::Result<Vec<u32>> {
    let mut found = vec![pid];
    let mut next = 0;
    while let Some(pid) = found.get(next).copied() {
        next += 1;
        let children =
            std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
        for child in children.split_whitespace() {
            found.push(child.parse()?);
        }
    }
    Ok(found)
}
