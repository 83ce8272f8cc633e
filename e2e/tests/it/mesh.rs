//! A mesh of the tests' own: its process, its servers, its folder.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use tokio::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};
use xlcfi_e2e::{Edge, Sandbox};

/// Held for reading by tests that need a calm mesh, for writing by those that
/// disturb it.
static CALM: RwLock<()> = RwLock::const_new(());

/// Waits until nobody disturbs the mesh, and keeps it so.
pub async fn calm() -> RwLockReadGuard<'static, ()> {
    CALM.read().await
}

/// Waits until nobody needs a calm mesh.
pub async fn alone() -> RwLockWriteGuard<'static, ()> {
    CALM.write().await
}

/// Ports of the test mesh are this far above the usual ones.
const PORT_OFFSET: u16 = 22_000;

/// A running mesh. It ends with this process: its standard input does.
pub struct Mesh {
    pub data: PathBuf,
    _child: Child,
}

/// The one mesh all tests of this binary share.
pub fn mesh() -> &'static Mesh {
    static MESH: OnceLock<Mesh> = OnceLock::new();
    MESH.get_or_init(start)
}

impl Mesh {
    pub fn edge(&self) -> Edge {
        Edge::at(&edge_url()).unwrap()
    }

    pub fn sandbox(&self) -> Sandbox {
        Sandbox::at(&sandbox_url())
    }

    /// Process ids of a server of this mesh, by the name of its program.
    pub fn pids(&self, program: &str) -> Vec<u32> {
        let servers = std::fs::read_to_string(self.data.join("servers.json")).unwrap();
        let redis = servers.lines().find(|line| line.contains("REDIS_URL")).unwrap();
        let redis_port = redis
            .rsplit(':')
            .next()
            .unwrap()
            .trim_end_matches([',', '"'])
            .to_owned();
        // Valkey writes its port where its arguments were.
        let marks = [
            self.data.to_string_lossy().into_owned(),
            format!("127.0.0.1:{redis_port}"),
        ];
        let found = std::fs::read_dir("/proc").unwrap().filter_map(|entry| {
            let entry = entry.ok()?;
            let pid = entry.file_name().to_str()?.parse().ok()?;
            let command = std::fs::read(entry.path().join("cmdline")).ok()?;
            let command = String::from_utf8_lossy(&command).into_owned();
            let name = command.split(['\0', ' ']).next()?;
            (name.ends_with(program) && marks.iter().any(|mark| command.contains(mark))).then_some(pid)
        });
        found.collect()
    }
}

pub fn edge_url() -> String {
    format!("http://127.0.0.1:{}", 8080 + PORT_OFFSET)
}

pub fn sandbox_url() -> String {
    format!("http://127.0.0.1:{}", 8090 + PORT_OFFSET)
}

/// A process that stands still until this is dropped.
pub struct Paused(u32);

/// Lets a process stand still.
pub fn pause(pid: u32) -> Paused {
    signal(pid, "STOP");
    Paused(pid)
}

impl Drop for Paused {
    fn drop(&mut self) {
        signal(self.0, "CONT");
    }
}

/// Sends a signal, as `kill` does.
pub fn signal(pid: u32, name: &str) {
    let sent = Command::new("kill")
        .arg(format!("-{name}"))
        .arg(pid.to_string())
        .status()
        .unwrap();
    assert!(sent.success(), "cannot send {name} to {pid}");
}

/// The repository's folder.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// A program of the workspace, built beside this test.
pub fn program(name: &str) -> PathBuf {
    let program = std::env::current_exe()
        .unwrap()
        .ancestors()
        .nth(2)
        .unwrap()
        .join(name);
    assert!(
        program.exists(),
        "{} is not built; run `make test`",
        program.display()
    );
    program
}

fn start() -> Mesh {
    let program = program("xlcfi-mesh");
    let data = root().join("target/e2e").join(std::process::id().to_string());
    std::fs::create_dir_all(&data).unwrap();
    let log = std::fs::File::create(data.join("mesh.log")).unwrap();
    let child = Command::new(program)
        .current_dir(root())
        .args(["--until-stdin-ends", "--data"])
        .arg(&data)
        .arg("--port-offset")
        .arg(PORT_OFFSET.to_string())
        .env("EDGE_RATE_LIMIT", "1000000")
        .env("EDGE_CREDENTIAL_RATE_LIMIT", "1000000")
        .env_remove("DATABASE_URL")
        .env_remove("NATS_URL")
        .env_remove("REDIS_URL")
        .stdin(Stdio::piped())
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .spawn()
        .unwrap();
    let mut mesh = Mesh { data, _child: child };
    wait_until_ready(&mut mesh);
    mesh
}

fn wait_until_ready(mesh: &mut Mesh) {
    let begun = Instant::now();
    let log = mesh.data.join("mesh.log");
    loop {
        let said = std::fs::read_to_string(&log).unwrap_or_default();
        if said.contains("XLCfi is ready") {
            return;
        }
        let ended = mesh._child.try_wait().unwrap();
        assert!(
            ended.is_none() && begun.elapsed() < Duration::from_secs(90),
            "the mesh did not start:\n{said}"
        );
        // No executor runs here; the loop waits for a file to change.
        Command::new("sleep").arg("0.1").status().unwrap();
    }
}
