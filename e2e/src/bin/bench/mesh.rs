use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Child;

use crate::PORT_OFFSET;

/// A mesh of the bench's own.
pub struct Mesh {
    child: Child,
    pub took: Duration,
}

impl Mesh {
    pub async fn start(data: &Path) -> anyhow::Result<Self> {
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
    pub fn resident(&self) -> anyhow::Result<f64> {
        let pid = self.child.id().context("the mesh has ended")?;
        let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
        let line = status
            .lines()
            .find(|line| line.starts_with("VmRSS:"))
            .context("no VmRSS")?;
        let kib: f64 = line.split_whitespace().nth(1).context("no VmRSS")?.parse()?;
        Ok(kib / 1024.0)
    }

    pub async fn stop(mut self) -> anyhow::Result<()> {
        drop(self.child.stdin.take());
        self.child.wait().await?;
        Ok(())
    }
}
