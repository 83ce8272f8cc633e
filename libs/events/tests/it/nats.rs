//! A NATS server that a test may kill, restart and set back.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Duration, sleep};
use uuid::Uuid;

pub struct Nats {
    port: u16,
    dir: PathBuf,
    child: Option<Child>,
}

impl Nats {
    /// A server that is not started yet.
    pub async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self {
            port: listener.local_addr().unwrap().port(),
            dir: std::env::temp_dir().join(format!("xlcfi-nats-{}", Uuid::now_v7().simple())),
            child: None,
        }
    }

    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    pub async fn start(&mut self) {
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.tools/bin/nats-server");
        let child = Command::new(program)
            .args(["-a", "127.0.0.1", "-p", &self.port.to_string(), "-js", "-sd"])
            .arg(&self.dir)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("nats-server is not there; run `make tools`");
        self.child = Some(child);
        while TcpStream::connect(("127.0.0.1", self.port)).await.is_err() {
            sleep(Duration::from_millis(10)).await;
        }
    }

    /// As `kill -9` does.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// Keeps a copy of what a stopped server has on its disk.
    pub fn copy(&self) -> PathBuf {
        assert!(self.child.is_none(), "it still writes");
        let copy = self.dir.with_extension("copy");
        copy_dir(&self.dir, &copy);
        copy
    }

    /// Sets a stopped server back to a copy.
    pub fn set_back(&self, copy: &Path) {
        assert!(self.child.is_none(), "it still writes");
        fs::remove_dir_all(&self.dir).unwrap();
        fs::rename(copy, &self.dir).unwrap();
    }
}

impl Drop for Nats {
    fn drop(&mut self) {
        self.kill();
        let _ = fs::remove_dir_all(&self.dir);
    }
}

fn copy_dir(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let (path, to) = {
            let entry = entry.unwrap();
            (entry.path(), to.join(entry.file_name()))
        };
        if path.is_dir() {
            copy_dir(&path, &to);
        } else {
            fs::copy(&path, &to).unwrap();
        }
    }
}
