use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Result, anyhow, bail};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::guard::Server;
use crate::guarded::Guarded;
use crate::log::Log;
use crate::parts::Child;
use crate::probe::{Answer, probe};

/// PostgreSQL may have to recover from a crash first.
const READY_AFTER: Duration = Duration::from_secs(120);
const PROBE_EVERY: Duration = Duration::from_millis(10);
const SHORTEST_WAIT: Duration = Duration::from_millis(100);
const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// A server that ran this long is started again without a wait.
const HEALTHY_AFTER: Duration = Duration::from_secs(30);

/// Everything needed to start a server again as it was.
pub(crate) struct Recipe {
    pub server: Server,
    pub port: u16,
    pub log: Arc<Log>,
    pub guard: Option<PathBuf>,
}

/// The port was taken by another program between its choice and its use.
#[derive(Debug)]
pub(crate) struct PortBusy(u16);

impl fmt::Display for PortBusy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "port {} is used by another program: stop that one, or choose another port",
            self.0
        )
    }
}

impl std::error::Error for PortBusy {}

/// Keeps one server running until it is told to stop.
pub(crate) struct Supervisor {
    child: Arc<Mutex<Child>>,
    stop: CancellationToken,
    task: Option<JoinHandle<()>>,
}

impl Supervisor {
    /// Starts the server and waits until it answers.
    pub async fn start(recipe: Recipe, mut child: Child) -> Result<Supervisor> {
        let guarded = launch(&recipe, &child).await?;
        child.pid = guarded.pid;
        let child = Arc::new(Mutex::new(child));
        let stop = CancellationToken::new();
        let task = tokio::spawn(supervise(recipe, guarded, child.clone(), stop.clone()));
        Ok(Supervisor {
            child,
            stop,
            task: Some(task),
        })
    }

    pub fn child(&self) -> Child {
        self.child.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub async fn stop(mut self) {
        self.stop.cancel();
        if let Some(task) = self.task.take() {
            let _ = task.await;
        }
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

async fn supervise(recipe: Recipe, mut guarded: Guarded, child: Arc<Mutex<Child>>, stop: CancellationToken) {
    let part = child.lock().unwrap_or_else(PoisonError::into_inner).part;
    let mut wait = SHORTEST_WAIT;
    loop {
        let started = Instant::now();
        let ended = tokio::select! {
            () = stop.cancelled() => return guarded.stop().await,
            ended = guarded.ended() => ended,
        };
        let gone = Instant::now();
        if gone - started > HEALTHY_AFTER {
            wait = SHORTEST_WAIT;
        }
        guarded = loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = sleep(wait) => {}
            }
            wait = (wait * 2).min(LONGEST_WAIT);
            let mut next = child.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let launched = tokio::select! {
                () = stop.cancelled() => return,
                launched = launch(&recipe, &next) => launched,
            };
            match launched {
                Ok(guarded) => {
                    next.pid = guarded.pid;
                    next.restarts += 1;
                    *child.lock().unwrap_or_else(PoisonError::into_inner) = next;
                    break guarded;
                }
                Err(error) => {
                    tracing::error!(%part, ended, error = format!("{error:#}"), retry_ms = wait.as_millis(), "part.restart_failed")
                }
            }
        };
        tracing::warn!(%part, ended, away_ms = gone.elapsed().as_millis(), pid = guarded.pid, "part.restarted");
    }
}

async fn launch(recipe: &Recipe, child: &Child) -> Result<Guarded> {
    let start = recipe.log.end();
    let mut guarded = Guarded::start(recipe.guard.as_deref(), &recipe.server, &recipe.log.file).await?;
    let ready = async {
        while !matches!(
            probe(child.part, "127.0.0.1", recipe.port).await,
            Ok(Answer::Ready)
        ) {
            sleep(PROBE_EVERY).await;
        }
    };
    let ready = tokio::select! {
        ended = guarded.ended() => Err(ended),
        ready = timeout(READY_AFTER, ready) => Ok(ready),
    };
    match ready {
        Ok(Ok(())) => Ok(guarded),
        Ok(Err(_)) => bail!(
            "{} is not ready after {} s, see {}",
            child.part,
            READY_AFTER.as_secs(),
            recipe.log.path.display()
        ),
        Err(ended) => {
            let said = recipe.log.since(start);
            if said.to_ascii_lowercase().contains("address already in use") {
                return Err(PortBusy(recipe.port).into());
            }
            Err(anyhow!(
                "{} does not start: {}",
                child.part,
                explain(&said, &ended, &recipe.log, &recipe.server.dir)
            ))
        }
    }
}

/// Why a server ended, in one line, from what it wrote.
pub(crate) fn explain(said: &str, ended: &str, log: &Log, dir: &Path) -> String {
    if said.contains("No space left on device")
        || said.contains("no space left on device")
        || said.contains("Disk quota exceeded")
    {
        return format!("the disk that holds {} is full: free some space", dir.display());
    }
    let lines = || said.lines().map(str::trim).filter(|line| !line.is_empty());
    let loud = lines().find(|line| {
        ["FATAL", "PANIC", "[FTL]", "[ERR]", "error:", "rror "]
            .iter()
            .any(|sign| line.contains(sign))
    });
    match loud.or_else(|| lines().next_back()) {
        Some(line) => format!("{line} ({ended}, see {})", log.path.display()),
        None => format!("{ended}, without a word in {}", log.path.display()),
    }
}
