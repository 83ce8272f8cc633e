//! Raw answers in an object store: what came, as it came, for who asks later why a row says what it says.

use std::sync::Arc;

use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _, PutPayload};
use sha2::{Digest as _, Sha256};

use crate::run::{Run, Trouble};

/// Where raw answers are kept.
#[derive(Debug, Clone)]
pub struct Archive {
    store: Arc<dyn ObjectStore>,
    root: Path,
}

/// What was kept.
#[derive(Debug, Clone)]
pub struct Kept {
    pub path: String,
    pub byte_count: i64,
    pub sha256: Vec<u8>,
}

impl Archive {
    /// The store at a URL, as [`xlcfi_blobs::open`] takes it.
    ///
    /// # Errors
    /// No such kind of store, or a folder that cannot be made.
    pub fn at(url: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let (store, root) = xlcfi_blobs::open(url)?;
        Ok(Self { store, root })
    }

    /// Where files lie, for who reads them.
    pub fn store(&self) -> Arc<dyn ObjectStore> {
        self.store.clone()
    }

    /// Keeps a file of events; gives where.
    pub async fn keep_events(&self, service: &str, name: &str, file: Vec<u8>) -> Result<String, Trouble> {
        let path = self.root.clone().join("events").join(service).join(name);
        let put = self.store.put(&path, PutPayload::from(file)).await;
        put.map_err(|error| Trouble::Away(format!("the store of events: {error}")))?;
        Ok(path.to_string())
    }

    /// Keeps the answers of a run's next page. The same page again takes the same place.
    pub async fn keep(&self, run: &Run, raw: Vec<u8>) -> Result<Kept, Trouble> {
        let day = run.create_time.date();
        let name = format!("{}-{:05}.jsonl", run.run_id, run.pages_done + 1);
        let path = self
            .root
            .clone()
            .join("raw")
            .join(run.job.as_str())
            .join(day.to_string())
            .join(name);
        let kept = Kept {
            path: path.to_string(),
            byte_count: i64::try_from(raw.len()).unwrap_or(i64::MAX),
            sha256: Sha256::digest(&raw).to_vec(),
        };
        let put = self.store.put(&path, PutPayload::from(raw)).await;
        put.map_err(|error| Trouble::Away(format!("the store of raw answers: {error}")))?;
        Ok(kept)
    }
}
