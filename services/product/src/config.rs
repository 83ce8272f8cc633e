use std::path::PathBuf;

use serde::Deserialize;

/// The service's own settings.
#[derive(Debug, Clone, Deserialize)]
pub struct Config {
    /// The dictionary that `make dictionary` compiles.
    #[serde(default = "dictionary")]
    pub dictionary: PathBuf,
    /// Where the search index of this process lies; in memory when not set.
    #[serde(default)]
    pub index_folder: Option<PathBuf>,
    /// URL of the store of snapshots, `file://` and a folder or `s3://`, a bucket and a
    /// folder; none when not set.
    #[serde(default)]
    pub snapshot_url: Option<String>,
    /// Seconds between comparisons of the index with the database, and snapshots.
    #[serde(default = "a_minute")]
    pub index_check_seconds: u64,
}

fn dictionary() -> PathBuf {
    ".tools/dictionary".into()
}

fn a_minute() -> u64 {
    60
}
