use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Child;

/// A mesh of one's own, beside any other on this machine. It ends with this process.
#[derive(Debug)]
pub struct Mesh {
    child: Child,
    took: Duration,
}

impl Mesh {
    /// Starts one in a folder, its ports so far above the usual ones. `settings` are
    /// variables of its environment.
    ///
    /// # Errors
    /// The program beside this one is not built, or does not start.
    pub async fn start(data: &Path, port_offset: u16, settings: &[(&str, &str)]) -> anyhow::Result<Self> {
        let program = std::env::current_exe()?.with_file_name("xlcfi-mesh");
        ensure!(
            program.exists(),
            "{} is not built; `make` builds it",
            program.display()
        );
        let begun = Instant::now();
        let mut child = tokio::process::Command::new(program)
            .args(["--until-stdin-ends", "--data"])
            .arg(data)
            .arg("--port-offset")
            .arg(port_offset.to_string())
            .env("EDGE_RATE_LIMIT", "10000000")
            .env("EDGE_CREDENTIAL_RATE_LIMIT", "10000000")
            .envs(settings.iter().copied())
            .env_remove("DATABASE_URL")
            .env_remove("NATS_URL")
            .env_remove("REDIS_URL")
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

    /// How long it took to start.
    pub fn took(&self) -> Duration {
        self.took
    }

    /// Process id of a service that runs apart, if it runs just now.
    pub fn pid_of(&self, service: &str) -> Option<u32> {
        let parent = format!("\nPPid:\t{}\n", self.child.id()?);
        let mut processes = std::fs::read_dir("/proc").ok()?.filter_map(|entry| entry.ok());
        processes.find_map(|process| {
            let pid = process.file_name().to_str()?.parse().ok()?;
            let command = std::fs::read_to_string(process.path().join("cmdline")).ok()?;
            let status = std::fs::read_to_string(process.path().join("status")).ok()?;
            let is_it = command.ends_with(&format!("service\0{service}\0")) && status.contains(&parent);
            is_it.then_some(pid)
        })
    }

    /// Resident memory of the process, in MiB.
    ///
    /// # Errors
    /// It has ended.
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

    /// Stops it and waits until it has.
    ///
    /// # Errors
    /// It cannot be waited for.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        drop(self.child.stdin.take());
        self.child.wait().await?;
        Ok(())
    }
}
