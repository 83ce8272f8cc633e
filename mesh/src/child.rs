//! Parts of the mesh as processes of their own. Such a process ends when its
//! standard input does, so it never outlives the mesh; one that dies is started again.

use std::process::Stdio;
use std::time::Duration;

use anyhow::Context as _;
use tokio::io::AsyncReadExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::Place;

/// Longest a child may take until it listens.
const PATIENCE: Duration = Duration::from_secs(30);

/// Runs this program with a subcommand until `stop`. It listens on `port` when this
/// returns.
pub(crate) async fn supervise(
    place: &Place,
    name: &'static str,
    subcommand: Vec<&'static str>,
    port: u16,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    TcpListener::bind(("127.0.0.1", port))
        .await
        .map(drop)
        .with_context(|| busy(port))?;
    let mut child = spawn(place, name, &subcommand)?;
    ready(&mut child, name, port).await?;
    let place = place.clone();
    tokio::spawn(async move {
        loop {
            // Waiting for a child closes its standard input, which would end it.
            let stdin = child.stdin.take();
            tokio::select! {
                () = stop.cancelled() => {
                    drop(stdin);
                    let _ = child.wait().await;
                    return;
                }
                _ = child.wait() => {}
            }
            warn!("{name} ended; starting it again");
            sleep(Duration::from_millis(500)).await;
            match spawn(&place, name, &subcommand) {
                Ok(next) => child = next,
                Err(error) => warn!(error = %error, "{name} does not start"),
            }
        }
    });
    Ok(())
}

/// The child's side: a token that is cancelled when the mesh is gone.
pub(crate) fn until_parent_is_gone() -> CancellationToken {
    let stop = CancellationToken::new();
    let parent_gone = stop.clone();
    tokio::spawn(async move {
        stdin_ends().await;
        parent_gone.cancel();
    });
    // Ctrl-C in a terminal reaches the whole group; the mesh says when to end.
    tokio::spawn(async { while tokio::signal::ctrl_c().await.is_ok() {} });
    stop
}

/// Returns when standard input ends: nothing is ever written there, so that is
/// when its writer ends.
pub(crate) async fn stdin_ends() {
    let _ = tokio::io::stdin().read_to_end(&mut Vec::new()).await;
}

/// What to say when somebody else listens on a port.
pub(crate) fn busy(port: u16) -> String {
    format!(
        "port {port} is used by another program; end that one first (ss -ltnp 'sport = :{port}' shows it)"
    )
}

fn spawn(place: &Place, name: &str, subcommand: &[&str]) -> anyhow::Result<Child> {
    let program = std::env::current_exe().context("cannot find the program itself")?;
    Command::new(program)
        .arg("--data")
        .arg(&place.data)
        .arg("--port-offset")
        .arg(place.port_offset.to_string())
        .args(subcommand)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .with_context(|| format!("cannot start {name}"))
}

async fn ready(child: &mut Child, name: &str, port: u16) -> anyhow::Result<()> {
    let begun = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
        if let Some(status) = child.try_wait()? {
            anyhow::bail!("{name} ended at once: {status}");
        }
        anyhow::ensure!(begun.elapsed() < PATIENCE, "{name} does not answer");
        sleep(Duration::from_millis(10)).await;
    }
    Ok(())
}
