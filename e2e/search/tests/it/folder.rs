//! A run of the bench in a folder of its own.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// Where a run writes; gone in the end.
pub struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

impl Folder {
    pub fn new(name: &str) -> Self {
        let name = format!("bench-search-{name}-{}", std::process::id());
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::create_dir_all(&folder).expect("a writable target folder");
        Self(folder)
    }

    pub fn join(&self, file: &str) -> PathBuf {
        self.0.join(file)
    }

    pub fn read(&self, file: &str) -> String {
        std::fs::read_to_string(self.join(file)).expect("the run wrote it")
    }

    /// Runs the bench: its results, and what it said meanwhile.
    pub fn run(&self, arguments: &[&str]) -> (Value, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_bench-search"))
            .args(arguments)
            .arg("--folder")
            .arg(&self.0)
            .output()
            .expect("the bench runs");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{said}");
        let results = serde_json::from_str(&self.read("results.json")).expect("JSON");
        (results, said)
    }
}
