//! Copies of the index in an object store, so that a new process has it within
//! seconds. Files of an index never change once written: each is uploaded once,
//! under its own name, and a manifest lists those that belong together.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use futures::TryStreamExt as _;
use object_store::path::Path as Place;
use object_store::{ObjectStore, ObjectStoreExt as _, PutPayload};
use tokio::io::AsyncWriteExt as _;
use tokio::task::spawn_blocking;
use tracing::{info, warn};
use xlcfi_events::Lease;
use xlcfi_search::{Index, Manifest};

/// A snapshot is made when so many events were applied since the last one.
const EVENTS_BETWEEN: u64 = 1_000;

type Failed = Box<dyn std::error::Error + Send + Sync>;

/// Where snapshots are kept. Of all processes one at a time makes them.
#[derive(Clone)]
pub struct Snapshots {
    store: Arc<dyn ObjectStore>,
    root: Place,
    lease: Arc<Lease>,
}

impl Snapshots {
    /// The store at a URL, as [`xlcfi_blobs::open`] takes it.
    ///
    /// # Errors
    /// No such kind of store, or a folder that cannot be made.
    pub fn at(url: &str, lease: Lease) -> Result<Self, Failed> {
        let (store, root) = xlcfi_blobs::open(url)?;
        Ok(Self {
            store,
            root,
            lease: Arc::new(lease),
        })
    }

    fn place(&self, index: &str, file: &str) -> Place {
        self.root.clone().join("index").join(index).join(file)
    }

    /// Brings the index `name` into `folder`, when there is a snapshot of it. Without
    /// one, or when that fails, the folder does not exist afterwards.
    pub async fn fetch(&self, name: &str, folder: &Path) {
        match self.try_fetch(name, folder).await {
            Ok(Some(position)) => info!(position, "the search index was brought from a snapshot"),
            Ok(None) => {}
            Err(error) => {
                warn!(error = %error, "no search index can be brought from the snapshots");
                let _ = std::fs::remove_dir_all(folder);
            }
        }
    }

    async fn try_fetch(&self, name: &str, folder: &Path) -> Result<Option<u64>, Failed> {
        let Some(manifest) = self.manifest(name).await? else {
            return Ok(None);
        };
        let part = folder.with_extension("part");
        let _ = tokio::fs::remove_dir_all(&part).await;
        tokio::fs::create_dir_all(&part).await?;
        for file in &manifest.files {
            let place = self.place(name, &kept_as(&manifest, &file.name));
            let mut bytes = self.store.get(&place).await?.into_stream();
            let mut out = tokio::fs::File::create(part.join(&file.name)).await?;
            while let Some(some) = bytes.try_next().await? {
                out.write_all(&some).await?;
            }
            out.flush().await?;
        }
        let text = serde_json::to_vec(&manifest)?;
        tokio::fs::write(part.join(Manifest::FILE), text).await?;
        let (from, to) = (part.clone(), folder.to_owned());
        let restored = spawn_blocking(move || Index::restore(&from, &to)).await?;
        tokio::fs::remove_dir_all(&part).await?;
        Ok(Some(restored?.position))
    }

    async fn manifest(&self, name: &str) -> Result<Option<Manifest>, Failed> {
        match self.store.get(&self.place(name, Manifest::FILE)).await {
            Ok(found) => Ok(Some(serde_json::from_slice(&found.bytes().await?)?)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Makes a snapshot of the index `name`, when it has gone far enough since the
    /// last and no other process does.
    pub async fn offer(&self, name: &str, index: &Arc<Index>) {
        if let Err(error) = self.try_offer(name, index).await {
            warn!(error = %error, "no snapshot of the search index was made");
        }
    }

    async fn try_offer(&self, name: &str, index: &Arc<Index>) -> Result<(), Failed> {
        if !self.lease.hold().await? {
            return Ok(());
        }
        let before = self.manifest(name).await?;
        let enough = before
            .as_ref()
            .is_none_or(|before| index.position() >= before.position + EVENTS_BETWEEN);
        if !enough {
            return Ok(());
        }
        let folder = std::env::temp_dir().join(format!("xlcfi-snapshot-{}", uuid::Uuid::now_v7()));
        let (copied, copy) = (index.clone(), folder.clone());
        let uploaded = match spawn_blocking(move || copied.snapshot(&copy)).await? {
            Ok(manifest) => self.upload(name, &folder, &manifest, before.as_ref()).await,
            Err(error) => Err(error.into()),
        };
        let _ = tokio::fs::remove_dir_all(&folder).await;
        uploaded
    }

    async fn upload(
        &self,
        name: &str,
        folder: &Path,
        manifest: &Manifest,
        before: Option<&Manifest>,
    ) -> Result<(), Failed> {
        let kept = |of: &Manifest| -> HashSet<String> {
            of.files.iter().map(|file| kept_as(of, &file.name)).collect()
        };
        let there = before.map(kept).unwrap_or_default();
        for file in &manifest.files {
            let place = kept_as(manifest, &file.name);
            if !there.contains(&place) {
                let bytes = tokio::fs::read(folder.join(&file.name)).await?;
                self.store
                    .put(&self.place(name, &place), PutPayload::from(bytes))
                    .await?;
            }
        }
        let text = serde_json::to_vec(manifest)?;
        self.store
            .put(&self.place(name, Manifest::FILE), PutPayload::from(text))
            .await?;
        // A process that fetches one of these right now fails, and makes its own.
        for old in there.difference(&kept(manifest)) {
            let _ = self.store.delete(&self.place(name, old)).await;
        }
        info!(
            position = manifest.position,
            products = manifest.products,
            "a snapshot of the search index was made"
        );
        Ok(())
    }
}

/// Name of a file in the store. Files of one name are equal, but for those that
/// say what belongs together.
fn kept_as(manifest: &Manifest, file: &str) -> String {
    if file.ends_with(".json") {
        format!("{}-{file}", manifest.position)
    } else {
        file.to_owned()
    }
}
