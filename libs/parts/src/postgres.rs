use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use rustix::process::Signal;

use crate::Part;
use crate::data_dir::DataDir;
use crate::guard::Server;
use crate::guarded::Guarded;
use crate::log::Log;
use crate::options::Options;
use crate::supervisor::explain;
use crate::tools::Tools;

/// The only role of the cluster, which owns everything.
const ROLE: &str = "xlcfi";

pub(crate) fn url(password: &str, port: u16) -> String {
    format!("postgres://{ROLE}:{password}@127.0.0.1:{port}/postgres")
}

/// Makes the cluster when there is none, and says how to run it.
pub(crate) async fn prepare(
    data: &DataDir,
    tools: &Tools<'_>,
    options: &Options,
    log: &Log,
) -> Result<Server> {
    let home = data.home(Part::Postgres)?;
    let cluster = home.join("cluster");
    let mut server = Server {
        name: Part::Postgres.name().into(),
        program: tools.program("postgres")?,
        args: Vec::new(),
        dir: home.clone(),
        account: data.account(),
        // Fast shutdown: open transactions are rolled back, then a checkpoint. Quit: the next start recovers.
        stop: if data.is_ephemeral() {
            Signal::QUIT
        } else {
            Signal::INT
        }
        .as_raw(),
        abandon: Signal::QUIT.as_raw(),
    };
    match fs::read_to_string(cluster.join("PG_VERSION")) {
        Ok(found) => same_major(found.trim(), &server.program, &cluster)?,
        Err(_) => init(data, tools, options, log, &server, &cluster).await?,
    }
    server.args = vec!["-D".into(), utf8(&cluster)?];
    Ok(server)
}

/// The arguments that depend on the port.
pub(crate) fn arguments(data: &DataDir, options: &Options, port: u16) -> Vec<String> {
    let port = port.to_string();
    let mut settings = vec![
        ("listen_addresses", "127.0.0.1"),
        ("port", &port),
        ("unix_socket_directories", ""),
        ("max_connections", "200"),
        ("shared_buffers", "64MB"),
        ("max_wal_size", "512MB"),
        ("jit", "off"),
        ("timezone", "UTC"),
        ("log_timezone", "UTC"),
        ("log_checkpoints", "off"),
        ("shared_preload_libraries", "pg_stat_statements"),
    ];
    if data.is_ephemeral() {
        let fast = [
            ("fsync", "off"),
            ("synchronous_commit", "off"),
            ("full_page_writes", "off"),
            ("wal_level", "minimal"),
        ];
        settings.extend(fast);
        settings.push(("max_wal_senders", "0"));
    }
    settings.extend(
        options
            .postgres_settings
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str())),
    );
    settings
        .iter()
        .flat_map(|(name, value)| ["-c".to_owned(), format!("{name}={value}")])
        .collect()
}

/// Makes a cluster beside its final place, so that one that was not finished is never used.
async fn init(
    data: &DataDir,
    tools: &Tools<'_>,
    options: &Options,
    log: &Log,
    server: &Server,
    cluster: &Path,
) -> Result<()> {
    let fresh = cluster.with_extension("new");
    if fresh.exists() {
        fs::remove_dir_all(&fresh).with_context(|| format!("cannot remove {}", fresh.display()))?;
    }
    let password = server.dir.join("password");
    data.write(&password, &data.password)?;
    let mut args = vec![
        format!("--pgdata={}", utf8(&fresh)?),
        format!("--username={ROLE}"),
        format!("--pwfile={}", utf8(&password)?),
        "--auth=scram-sha-256".into(),
        // The password has 128 random bits: repeated hashing would protect nothing, and slow down every connection.
        "--set=scram_iterations=1".into(),
        "--encoding=UTF8".into(),
        // The same order of strings on every system.
        "--locale=C".into(),
        "--locale-provider=builtin".into(),
        "--builtin-locale=C.UTF-8".into(),
        "--no-instructions".into(),
    ];
    if data.is_ephemeral() {
        args.push("--no-sync".into());
    }
    let start = log.end();
    let initdb = Server {
        name: "initdb".into(),
        program: tools.program("initdb")?,
        args,
        ..server.clone()
    };
    let ended = Guarded::start(options.guard.as_deref(), &initdb, &log.file)
        .await?
        .ended()
        .await;
    fs::remove_file(&password).with_context(|| format!("cannot remove {}", password.display()))?;
    if ended != "code 0" {
        bail!(
            "cannot make a PostgreSQL cluster: {}",
            explain(&log.since(start), &ended, log, &server.dir)
        );
    }
    fs::rename(&fresh, cluster).with_context(|| format!("cannot make {}", cluster.display()))
}

fn same_major(found: &str, postgres: &Path, cluster: &Path) -> Result<()> {
    let answer = Command::new(postgres).arg("--version").output();
    let answer = answer.with_context(|| format!("cannot run {}", postgres.display()))?;
    let answer = String::from_utf8_lossy(&answer.stdout);
    let major = answer
        .split_whitespace()
        .last()
        .and_then(|version| version.split('.').next())
        .unwrap_or_default();
    if major != found {
        bail!(
            "{} holds data of PostgreSQL {found}, and the installed one is {major}: dump it with the old version, or use another data folder",
            cluster.display()
        );
    }
    Ok(())
}

pub(crate) fn utf8(path: &Path) -> Result<String> {
    path.to_str()
        .map(str::to_owned)
        .with_context(|| format!("{} is not UTF-8: use another folder", path.display()))
}
