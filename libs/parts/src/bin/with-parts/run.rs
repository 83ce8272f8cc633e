//! The command runs below a runner, which is this program once more: it adopts whatever the command leaves behind
//! and ends all of it when `with-parts` is killed.

use std::ffi::OsString;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::time::Duration;

use anyhow::{Context, Result};
use rustix::process::{Pid, Signal, getppid, kill_process};
use tokio::process::{Child, Command};
use tokio::signal::unix::{Signal as Stream, SignalKind, signal};
use tokio::time::{sleep, timeout};

const RUNNER: &str = "__with-parts-run";
const NOT_FOUND: u8 = 127;
/// How long the command may take to end by itself after a signal that it has also got from the terminal.
const AFTER_INTERRUPT: Duration = Duration::from_secs(3);
/// How long it may take after it was told to end.
const AFTER_TERMINATE: Duration = Duration::from_secs(10);
/// The same when nobody waits for it any more.
const ORPHANED: Duration = Duration::from_secs(2);

/// The signals that end a program, taken in place of ending.
pub struct Signals {
    interrupt: Stream,
    terminate: Stream,
    hangup: Stream,
}

impl Signals {
    pub fn new() -> Result<Signals> {
        Ok(Signals {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    /// The number of the next one.
    pub async fn next(&mut self) -> u8 {
        tokio::select! {
            _ = self.interrupt.recv() => 2,
            _ = self.terminate.recv() => 15,
            _ = self.hangup.recv() => 1,
        }
    }
}

/// Runs the command below a runner. Its exit code, or 128 and its signal.
pub async fn command<'a>(
    words: &[OsString],
    env: impl Iterator<Item = (&'static str, &'a str)>,
    signals: &mut Signals,
) -> Result<u8> {
    let own = if cfg!(target_os = "linux") {
        "/proc/self/exe".into()
    } else {
        std::env::current_exe()?
    };
    let mut runner = Command::new(own);
    runner
        .arg(RUNNER)
        .arg(std::process::id().to_string())
        .args(words)
        .envs(env);
    let mut runner = runner.spawn().context("cannot start the runner of the command")?;
    let signal = tokio::select! {
        status = runner.wait() => return Ok(code(status?)),
        signal = signals.next() => signal,
    };
    if signal == 2
        && let Ok(status) = timeout(AFTER_INTERRUPT, runner.wait()).await
    {
        return Ok(code(status?));
    }
    terminate(&runner);
    Ok(code(runner.wait().await?).max(128 + signal))
}

/// The command, when this process was started as its runner.
pub fn asked() -> Option<Vec<OsString>> {
    let mut words = std::env::args_os().skip(1);
    (words.next()? == RUNNER).then(|| words.collect())
}

/// Runs the command until it ends, or until `with-parts` sends a signal or is gone; then ends it and all below it.
pub async fn runner(words: Vec<OsString>) -> i32 {
    let Ok(mut signals) = Signals::new() else { return 1 };
    let [launcher, program, arguments @ ..] = words.as_slice() else {
        return 2;
    };
    adopt();
    let mut child = match Command::new(program).args(arguments).spawn() {
        Ok(child) => child,
        Err(error) => {
            eprintln!("with-parts: cannot run {}: {error}", program.to_string_lossy());
            return NOT_FOUND.into();
        }
    };
    let launcher = launcher.to_string_lossy().parse::<i32>().ok();
    loop {
        let signal = tokio::select! {
            status = child.wait() => return status.map_or(1, |status| code(status).into()),
            signal = signals.next() => signal,
        };
        if signal == 2 {
            continue; // From the terminal, and the command has it too.
        }
        let orphaned = getppid().map(|pid| pid.as_raw_nonzero().get()) != launcher;
        terminate(&child);
        let status = timeout(if orphaned { ORPHANED } else { AFTER_TERMINATE }, child.wait()).await;
        kill_descendants().await;
        return status.map_or(128 + 9, |status| status.map_or(1, |status| code(status).into()));
    }
}

fn terminate(child: &Child) {
    if let Some(pid) = child.id().and_then(|pid| Pid::from_raw(pid as i32)) {
        let _ = kill_process(pid, Signal::TERM);
    }
}

fn code(status: ExitStatus) -> u8 {
    let code = status
        .code()
        .or_else(|| status.signal().map(|signal| 128 + signal))
        .unwrap_or(1);
    u8::try_from(code).unwrap_or(1)
}

/// Makes orphans below this process its children, and asks for SIGTERM when its own parent is gone.
#[cfg(target_os = "linux")]
fn adopt() {
    use rustix::process::{getpid, set_child_subreaper, set_parent_process_death_signal};

    let _ = set_child_subreaper(Some(getpid()));
    let _ = set_parent_process_death_signal(Some(Signal::TERM));
}

#[cfg(not(target_os = "linux"))]
fn adopt() {}

/// Kills children until none is left: those of a killed child become this process's own.
async fn kill_descendants() {
    let own = std::process::id();
    loop {
        let list = std::fs::read_to_string(format!("/proc/{own}/task/{own}/children")).unwrap_or_default();
        let children: Vec<Pid> = list
            .split_whitespace()
            .filter_map(|pid| Pid::from_raw(pid.parse().ok()?))
            .collect();
        if children.is_empty() {
            return;
        }
        for pid in children {
            let _ = kill_process(pid, Signal::KILL);
        }
        sleep(Duration::from_millis(20)).await;
        while let Ok(Some(_)) = rustix::process::wait(rustix::process::WaitOptions::NOHANG) {}
    }
}
