//! The launcher's end of a guard.

use std::fs::File;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

use crate::guard::{GUARD, Server, own_program};

/// A guard gives its server 30 s and then ends it, which takes 2 s more.
const STOPPED_AFTER: Duration = Duration::from_secs(40);

/// A running server. When this value is dropped, the server stops.
pub(crate) struct Guarded {
    /// The server's process id, not its guard's.
    pub pid: u32,
    guard: Child,
    lifeline: ChildStdin,
    said: Lines<BufReader<ChildStdout>>,
}

impl Guarded {
    /// Starts `server` under a guard; what it prints goes to `log`.
    pub async fn start(program: Option<&Path>, server: &Server, log: &File) -> Result<Guarded> {
        let program = match program {
            Some(program) => program.to_owned(),
            None => own_program()?,
        };
        let mut guard = Command::new(&program)
            .arg0(format!("parts-guard-{}", server.name))
            .arg(GUARD)
            .arg(serde_json::to_string(server)?)
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log.try_clone()?)
            // Ctrl-C in the terminal is for the launcher, which stops the parts in its own time.
            .process_group(0)
            .spawn()
            .with_context(|| format!("cannot start {} as guard of {}", program.display(), server.name))?;
        let lifeline = guard.stdin.take().context("a guard without a pipe")?;
        let mut said = BufReader::new(guard.stdout.take().context("a guard without a pipe")?).lines();
        let first = said.next_line().await?.unwrap_or_default();
        match first.split_once(' ') {
            Some(("pid", pid)) => Ok(Guarded {
                pid: pid.parse()?,
                guard,
                lifeline,
                said,
            }),
            Some(("failed", error)) => bail!("cannot run {}: {error}", server.program.display()),
            _ => bail!("{} did not act as guard of {}", program.display(), server.name),
        }
    }

    /// Waits until the server has ended and says how: `code 1`, `signal 9`. May be cancelled and called again.
    pub async fn ended(&mut self) -> String {
        let last = self.said.next_line().await.ok().flatten();
        let _ = self.guard.wait().await;
        last.and_then(|line| line.strip_prefix("exit ").map(str::to_owned))
            .unwrap_or_else(|| "guard killed".into())
    }

    /// Asks for an orderly end and waits for it.
    pub async fn stop(mut self) {
        let _ = self.lifeline.write_all(b"s").await;
        let _ = timeout(STOPPED_AFTER, self.ended()).await;
    }
}
