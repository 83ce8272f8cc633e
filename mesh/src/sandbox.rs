//! The payment sandbox as a child of the mesh. It ends when its standard input
//! does, so it never outlives the mesh.

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

/// Usual port of the sandbox.
const PORT: u16 = 8090;

/// Where the sandbox of a mesh is.
pub(crate) fn url(place: &Place) -> String {
    format!("http://127.0.0.1:{}", place.port(PORT))
}

/// Its secret key, which protects nothing.
pub(crate) const SECRET_KEY: &str = "test_sk_sandbox";

/// Starts the sandbox and keeps it running until `stop`.
pub(crate) async fn supervise(place: &Place, stop: CancellationToken) -> anyhow::Result<()> {
    let port = place.port(PORT);
    free(port).await?;
    let mut child = spawn(place)?;
    ready(&mut child, port).await?;
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
            warn!("the payment sandbox ended; starting it again");
            sleep(Duration::from_millis(500)).await;
            match spawn(&place) {
                Ok(next) => child = next,
                Err(error) => warn!(error = %error, "the payment sandbox does not start"),
            }
        }
    });
    Ok(())
}

/// The child's side: serves until standard input ends.
pub(crate) async fn serve(place: &Place) -> anyhow::Result<()> {
    let port = place.port(PORT);
    let listener = TcpListener::bind(("127.0.0.1", port))
        .await
        .with_context(|| busy(port))?;
    let folder = place.data.join("sandbox");
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let options = xlcfi_sandbox::Options {
        data: Some(folder),
        ..xlcfi_sandbox::Options::from_env()
    };
    let stop = CancellationToken::new();
    let parent_gone = stop.clone();
    tokio::spawn(async move {
        stdin_ends().await;
        parent_gone.cancel();
    });
    // Ctrl-C in a terminal reaches the whole group; the mesh says when to end.
    tokio::spawn(async { while tokio::signal::ctrl_c().await.is_ok() {} });
    xlcfi_sandbox::serve(listener, options, stop).await
}

/// Returns when standard input ends: nothing is ever written there, so that is
/// when its writer ends.
pub(crate) async fn stdin_ends() {
    let _ = tokio::io::stdin().read_to_end(&mut Vec::new()).await;
}

fn spawn(place: &Place) -> anyhow::Result<Child> {
    let program = std::env::current_exe().context("cannot find the program itself")?;
    Command::new(program)
        .arg("--data")
        .arg(&place.data)
        .arg("--port-offset")
        .arg(place.port_offset.to_string())
        .arg("sandbox")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .context("cannot start the payment sandbox")
}

async fn ready(child: &mut Child, port: u16) -> anyhow::Result<()> {
    let begun = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
        if let Some(status) = child.try_wait()? {
            anyhow::bail!("the payment sandbox ended at once: {status}");
        }
        anyhow::ensure!(
            begun.elapsed() < Duration::from_secs(10),
            "the payment sandbox does not answer"
        );
        sleep(Duration::from_millis(10)).await;
    }
    Ok(())
}

/// Checks that nobody listens on a port.
async fn free(port: u16) -> anyhow::Result<()> {
    TcpListener::bind(("127.0.0.1", port))
        .await
        .map(drop)
        .with_context(|| busy(port))
}

fn busy(port: u16) -> String {
    format!(
        "port {port} is used by another program; end that one first (ss -ltnp 'sport = :{port}' shows it)"
    )
}
