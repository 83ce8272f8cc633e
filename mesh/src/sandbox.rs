//! The payment sandbox as a child of the mesh. It ends when its standard input
//! does, so it never outlives the mesh.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::Context as _;
use tokio::io::AsyncReadExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use tracing::warn;

/// Usual port of the sandbox.
pub(crate) const PORT: u16 = 8090;

/// Its secret key, which protects nothing.
pub(crate) const SECRET_KEY: &str = "test_sk_sandbox";

/// Starts the sandbox and keeps it running until `stop`.
pub(crate) async fn supervise(data: &Path, stop: CancellationToken) -> anyhow::Result<()> {
    free(PORT).await?;
    let mut child = spawn(data)?;
    ready(&mut child).await?;
    let data = data.to_owned();
    tokio::spawn(async move {
        loop {
            tokio::select! {
                () = stop.cancelled() => {
                    drop(child.stdin.take());
                    let _ = child.wait().await;
                    return;
                }
                _ = child.wait() => {}
            }
            warn!("the payment sandbox ended; starting it again");
            sleep(Duration::from_millis(500)).await;
            match spawn(&data) {
                Ok(next) => child = next,
                Err(error) => warn!(error = %error, "the payment sandbox does not start"),
            }
        }
    });
    Ok(())
}

/// The child's side: serves until standard input ends.
pub(crate) async fn serve(port: u16, data: &Path) -> anyhow::Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", port)).await.with_context(|| busy(port))?;
    let folder = data.join("sandbox");
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let options = xlcfi_sandbox::Options { data: Some(folder), ..xlcfi_sandbox::Options::from_env()? };
    let stop = CancellationToken::new();
    let parent_gone = stop.clone();
    tokio::spawn(async move {
        // Nothing is ever written there: reading ends when the parent does.
        let _ = tokio::io::stdin().read_to_end(&mut Vec::new()).await;
        parent_gone.cancel();
    });
    // Ctrl-C in a terminal reaches the whole group; the mesh says when to end.
    tokio::spawn(async { while tokio::signal::ctrl_c().await.is_ok() {} });
    xlcfi_sandbox::serve(listener, options, stop).await
}

fn spawn(data: &Path) -> anyhow::Result<Child> {
    let program = std::env::current_exe().context("cannot find the program itself")?;
    Command::new(program)
        .arg("--data")
        .arg(data)
        .arg("sandbox")
        .arg(PORT.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .context("cannot start the payment sandbox")
}

async fn ready(child: &mut Child) -> anyhow::Result<()> {
    let begun = Instant::now();
    while TcpStream::connect(("127.0.0.1", PORT)).await.is_err() {
        if let Some(status) = child.try_wait()? {
            anyhow::bail!("the payment sandbox ended at once: {status}");
        }
        anyhow::ensure!(begun.elapsed() < Duration::from_secs(10), "the payment sandbox does not answer");
        sleep(Duration::from_millis(10)).await;
    }
    Ok(())
}

/// Checks that nobody listens on a port.
async fn free(port: u16) -> anyhow::Result<()> {
    TcpListener::bind(("127.0.0.1", port)).await.map(drop).with_context(|| busy(port))
}

fn busy(port: u16) -> String {
    format!("port {port} is used by another program; end that one first (ss -ltnp 'sport = :{port}' shows it)")
}
