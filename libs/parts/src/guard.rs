//! The guard: a small process between the launcher and a server. It is the launcher's own program, started again,
//! and holds the reading end of a pipe whose writing end only the launcher has. When the launcher is gone in
//! whatever way, the pipe ends and the guard stops its server. When the guard is killed, the kernel signals the
//! server (on Linux). Neither leaves anything behind.

use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio, exit};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};
use serde::{Deserialize, Serialize};

use crate::account::Account;

/// Asks the program to guard; the next argument is a [`Server`].
pub(crate) const GUARD: &str = "__parts-guard";
/// Asks the program to become the server; the next arguments are a [`Server`] and the guard's process id.
const BECOME: &str = "__parts-become";

/// How long a server may take to stop when it was asked to, and when its launcher is gone.
const ORDERLY: Duration = Duration::from_secs(30);
const ORPHANED: Duration = Duration::from_secs(3);
/// How long it may take to give up once told to.
const ABANDONED: Duration = Duration::from_secs(1);

static WILL_GUARD: AtomicBool = AtomicBool::new(false);

/// Runs as guard, and never returns, when this process was started as one; otherwise returns at once. It must be the
/// first line of `main` in every program that calls [`crate::Parts::start`] without naming another guard program.
pub fn guard_main_if_asked() {
    WILL_GUARD.store(true, Ordering::Relaxed);
    let mut arguments = std::env::args().skip(1);
    let role = arguments.next();
    if !matches!(role.as_deref(), Some(GUARD | BECOME)) {
        return;
    }
    let Some(server) = arguments
        .next()
        .and_then(|text| serde_json::from_str::<Server>(&text).ok())
    else {
        eprintln!("this is for the launcher of the parts only");
        exit(2)
    };
    if role.as_deref() == Some(GUARD) {
        guard(&server);
    }
    become_server(&server, arguments.next().and_then(|pid| pid.parse().ok()));
}

/// Whether the running program can be started again as a guard.
pub(crate) fn will_guard() -> bool {
    WILL_GUARD.load(Ordering::Relaxed)
}

/// The path that starts the running program again, even after its file was replaced.
pub(crate) fn own_program() -> io::Result<PathBuf> {
    if cfg!(target_os = "linux") {
        Ok("/proc/self/exe".into())
    } else {
        std::env::current_exe()
    }
}

/// What a guard needs to know to run a server.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Server {
    pub name: String,
    pub program: PathBuf,
    pub args: Vec<String>,
    /// Current folder and `HOME`.
    pub dir: PathBuf,
    /// Whom to become; `None` is nobody else.
    pub account: Option<Account>,
    /// The signal that asks for an orderly end.
    pub stop: i32,
    /// The signal for an end at once that leaves nothing running.
    pub abandon: i32,
}

enum Event {
    Exited,
    Stop,
    Orphaned,
}

fn guard(server: &Server) -> ! {
    let mut child = match start(server) {
        Ok(child) => child,
        Err(error) => {
            tell(&format!("failed {error}"));
            exit(1)
        }
    };
    tell(&format!("pid {}", child.id()));
    let pid = Pid::from_child(&child);
    let (events, inbox) = mpsc::channel();
    let exits = events.clone();
    thread::spawn(move || {
        // Leaves the process unreaped, so that its id cannot be another's when a signal is sent.
        while waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT).is_err() {}
        let _ = exits.send(Event::Exited);
    });
    thread::spawn(move || watch_launcher(&events));

    let mut signals = [server.stop, server.abandon, Signal::KILL.as_raw()].into_iter();
    let mut send_next = || {
        if let Some(signal) = signals.next().and_then(Signal::from_named_raw) {
            let _ = kill_process(pid, signal);
        }
    };
    let mut deadline: Option<Instant> = None;
    loop {
        let event = match deadline {
            None => inbox.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(at) => inbox.recv_timeout(at.saturating_duration_since(Instant::now())),
        };
        match event {
            Ok(Event::Exited) | Err(RecvTimeoutError::Disconnected) => break,
            Ok(event @ (Event::Stop | Event::Orphaned)) => {
                let patience = if matches!(event, Event::Stop) {
                    ORDERLY
                } else {
                    ORPHANED
                };
                if deadline.is_none() {
                    send_next();
                }
                let at = Instant::now() + patience;
                deadline = Some(deadline.map_or(at, |earlier| earlier.min(at)));
            }
            Err(RecvTimeoutError::Timeout) => {
                send_next();
                deadline = Some(Instant::now() + ABANDONED);
            }
        }
    }
    match child.wait() {
        Ok(status) => tell(&format!("exit {}", describe(status))),
        Err(error) => tell(&format!("exit {error}")),
    }
    exit(0)
}

fn start(server: &Server) -> io::Result<Child> {
    let mut command = Command::new(own_program()?);
    command
        .arg0(format!("parts-{}", server.name))
        .arg(BECOME)
        .arg(serde_json::to_string(server)?)
        .arg(std::process::id().to_string())
        .stdin(Stdio::null())
        // The log file is the guard's standard error.
        .stdout(Stdio::from(io::stderr().as_fd().try_clone_to_owned()?))
        .spawn()
}

/// Anything the launcher writes asks for an orderly stop; the end of the pipe says that the launcher is gone.
fn watch_launcher(events: &Sender<Event>) {
    let mut byte = [0];
    while let Ok(1) = io::stdin().read(&mut byte) {
        let _ = events.send(Event::Stop);
    }
    let _ = events.send(Event::Orphaned);
}

/// Says a line to the launcher, who may be gone.
fn tell(line: &str) {
    let mut out = io::stdout();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

/// Exit code or signal in words.
pub(crate) fn describe(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("code {code}"),
        (None, Some(signal)) => format!("signal {signal}"),
        (None, None) => "unknown".into(),
    }
}

/// Turns this process into the server: gives up root, ties its life to the guard's, and executes.
fn become_server(server: &Server, guard: Option<u32>) -> ! {
    let mut command = Command::new(&server.program);
    command.args(&server.args).current_dir(&server.dir).env_clear();
    command
        .env("HOME", &server.dir)
        .env("LC_ALL", "C")
        .env("PATH", "/usr/bin:/bin");
    let error = match tie(&mut command, server, guard) {
        Ok(()) => command.exec(),
        Err(error) => error,
    };
    eprintln!("cannot run {}: {error}", server.program.display());
    exit(127)
}

#[cfg(target_os = "linux")]
fn tie(_: &mut Command, server: &Server, guard: Option<u32>) -> io::Result<()> {
    use rustix::process::{Gid, Uid, getppid, set_parent_process_death_signal};
    use rustix::thread::{set_thread_gid, set_thread_groups, set_thread_uid};

    // Here and not by the command, which would do it after the line below, and that undoes it. This process has one thread.
    if let Some(account) = &server.account {
        set_thread_groups(&[])?;
        set_thread_gid(Gid::from_raw(account.gid))?;
        set_thread_uid(Uid::from_raw(account.uid))?;
    }
    set_parent_process_death_signal(Signal::from_named_raw(server.abandon))?;
    let parent = getppid().map(|pid| pid.as_raw_nonzero().get().unsigned_abs());
    if guard.is_some() && parent != guard {
        return Err(io::Error::other("its guard is gone"));
    }
    Ok(())
}

/// Without a way to learn of the guard's death, the launcher alone notices it.
#[cfg(not(target_os = "linux"))]
fn tie(command: &mut Command, server: &Server, _: Option<u32>) -> io::Result<()> {
    if let Some(account) = &server.account {
        command.uid(account.uid).gid(account.gid);
    }
    Ok(())
}
