//! Renditions in an object store: a folder of its own for each content, files that
//! never change.

use std::sync::Arc;

use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _, PutPayload};
use uuid::Uuid;

use crate::error::Error;
use crate::workshop::{Encoded, NAMES};

type Failed = Box<dyn std::error::Error + Send + Sync>;

/// Where renditions are kept.
#[derive(Debug, Clone)]
pub struct Blobs {
    store: Arc<dyn ObjectStore>,
    root: Path,
}

impl Blobs {
    /// The store at a URL, as [`xlcfi_blobs::open`] takes it.
    ///
    /// # Errors
    /// No such kind of store, or a folder that cannot be made.
    pub fn at(url: &str) -> Result<Self, Failed> {
        let (store, root) = xlcfi_blobs::open(url)?;
        Ok(Self { store, root })
    }

    fn path(&self, place: Uuid, name: &str) -> Path {
        let folder = self.root.clone().join("renditions");
        folder.join(place.simple().to_string()).join(name)
    }

    /// Keeps the renditions of a content.
    pub async fn put(&self, place: Uuid, renditions: Vec<Encoded>) -> Result<(), Error> {
        let puts = renditions.into_iter().map(|rendition| async move {
            let path = self.path(place, &rendition.name);
            self.store.put(&path, PutPayload::from(rendition.bytes)).await
        });
        futures::future::try_join_all(puts).await?;
        Ok(())
    }

    /// A rendition.
    pub async fn get(&self, place: Uuid, name: &str) -> Result<Vec<u8>, Error> {
        let found = match self.store.get(&self.path(place, name)).await {
            // Its content went away a moment ago.
            Err(object_store::Error::NotFound { .. }) => return Err(Error::ImageNotFound),
            found => found?,
        };
        Ok(found.bytes().await?.into())
    }

    /// Empties the folder of a content.
    pub async fn delete(&self, place: Uuid) -> Result<(), Error> {
        for name in NAMES {
            match self.store.delete(&self.path(place, name)).await {
                Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}
