//! The parts for real: started, used, killed, and stopped.

mod clients;
mod failures;
mod lives;
mod root;
mod wrapper;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use xlcfi_parts::{Given, Options, Part, Parts};

/// A folder that is removed at the end of the test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Folder {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!(
            "parts-test-{}-{}",
            std::process::id(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        );
        let path = std::env::temp_dir().join(name);
        fs::create_dir(&path).expect("a folder");
        Folder(path)
    }

    fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn with_parts() -> PathBuf {
    env!("CARGO_BIN_EXE_with-parts").into()
}

fn ephemeral() -> Options {
    Options {
        guard: Some(with_parts()),
        given: Given::default(),
        ..Options::ephemeral()
    }
}

fn persistent(dir: &Path) -> Options {
    Options {
        data_dir: Some(dir.to_owned()),
        ..ephemeral()
    }
}

fn pid(parts: &Parts, part: Part) -> u32 {
    parts
        .children()
        .into_iter()
        .find(|child| child.part == part)
        .expect("a child")
        .pid
}

fn kill(pid: u32) {
    kill_process(Pid::from_raw(pid as i32).expect("a process id"), Signal::KILL).expect("a process");
}

/// Whether a process is there; one that ended and was not yet collected by its parent is not.
fn lives(pid: u32) -> bool {
    let zombie = || {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        stat.rsplit_once(')')
            .is_some_and(|(_, rest)| rest.trim_start().starts_with('Z'))
    };
    let there = test_kill_process(Pid::from_raw(pid as i32).expect("a process id"));
    there != Err(rustix::io::Errno::SRCH) && !zombie()
}

/// Every process below `pid`, itself included.
fn tree(pid: u32) -> Vec<u32> {
    let mut all = vec![pid];
    let mut next = 0;
    while next < all.len() {
        for task in fs::read_dir(format!("/proc/{}/task", all[next]))
            .into_iter()
            .flatten()
            .flatten()
        {
            let children = fs::read_to_string(task.path().join("children")).unwrap_or_default();
            all.extend(
                children
                    .split_whitespace()
                    .filter_map(|pid| pid.parse::<u32>().ok()),
            );
        }
        next += 1;
    }
    all
}

/// Waits for a condition, and fails with `what` when it does not hold in time.
async fn eventually(what: &str, limit: Duration, mut condition: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + limit;
    while !condition().await {
        assert!(Instant::now() < deadline, "not within {limit:?}: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
