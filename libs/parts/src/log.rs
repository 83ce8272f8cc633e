//! A part's log file is also its lock: every process of the part inherits the open file, so the lock is free again
//! only when the last of them is gone, whoever started them.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tokio::time::{Instant, sleep};

use crate::Part;
use crate::trouble::cannot;

/// A launcher that was killed leaves guards that need up to 5 s to stop their servers.
const PATIENCE: Duration = Duration::from_secs(10);
/// A log that has outgrown this is begun anew at the next start.
const LARGE_BYTES: u64 = 10 << 20;

pub(crate) struct Log {
    pub path: PathBuf,
    pub file: File,
}

impl Log {
    /// Opens the log of a part and waits until no process of an earlier run is left.
    pub async fn open(dir: &Path, part: Part) -> Result<Log> {
        let path = dir.join(format!("{part}.log"));
        let open = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .mode(0o600)
            .open(&path);
        let file = open.map_err(|error| cannot("write", &path, error))?;
        let deadline = Instant::now() + PATIENCE;
        while let Err(error) = file.try_lock() {
            match error {
                TryLockError::WouldBlock if Instant::now() < deadline => {
                    sleep(Duration::from_millis(50)).await
                }
                TryLockError::WouldBlock => {
                    bail!(
                        "a {part} of an earlier run is still there: end it (it writes {})",
                        path.display()
                    )
                }
                TryLockError::Error(error) => {
                    return Err(error).context(format!("cannot lock {}", path.display()));
                }
            }
        }
        if file.metadata()?.len() > LARGE_BYTES {
            file.set_len(0)?;
        }
        Ok(Log { path, file })
    }

    /// Where the next line will stand.
    pub fn end(&self) -> u64 {
        self.file.metadata().map_or(0, |log| log.len())
    }

    /// What was written since `start`, at most the last 64 KiB.
    pub fn since(&self, start: u64) -> String {
        let mut text = Vec::new();
        let read = fs::File::open(&self.path).and_then(|mut file| {
            file.seek(SeekFrom::Start(start.max(self.end().saturating_sub(64 << 10))))?;
            file.read_to_end(&mut text)
        });
        read.map_or_else(|_| String::new(), |_| String::from_utf8_lossy(&text).into_owned())
    }
}
