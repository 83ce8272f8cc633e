//! Copies of an index that another replica begins with.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tantivy::directory::META_LOCK;
use tantivy::{Directory as _, TantivyError};

use crate::error::Error;
use crate::index::{Index, Stamp};

/// What a snapshot holds. It is kept beside its files as [`Manifest::FILE`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Place in the event stream up to which it is.
    pub position: u64,
    /// Version of the fields: another one cannot be read.
    pub schema_version: u32,
    /// Version of the dictionary it was analysed with.
    pub dictionary_version: String,
    /// How many products are in it.
    pub products: u64,
    /// Its files, by name.
    pub files: Vec<SnapshotFile>,
}

/// A file of a snapshot.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SnapshotFile {
    /// Its name; there are no folders. Files of one name are equal but for `meta.json`.
    pub name: String,
    /// Bytes.
    pub size: u64,
}

/// Names what the commit consists of.
const META_FILE: &str = "meta.json";

/// Names the files tantivy may remove when they are merged away; it takes note of those alone that it wrote itself.
const OWN_FILES: &str = ".managed.json";

impl Manifest {
    /// Name of the file the manifest is in.
    pub const FILE: &'static str = "manifest.json";

    /// Reads the manifest of the snapshot in `folder`.
    ///
    /// # Errors
    /// [`Error::Unusable`] if it is none, or files are missing or cut.
    pub fn read(folder: &Path) -> Result<Self, Error> {
        let text = fs::read(folder.join(Self::FILE))?;
        let manifest: Self =
            serde_json::from_slice(&text).map_err(|error| Error::Unusable(error.to_string()))?;
        for file in &manifest.files {
            let plain = Path::new(&file.name)
                .file_name()
                .is_some_and(|name| name == file.name.as_str());
            let size = fs::metadata(folder.join(&file.name))
                .map(|metadata| metadata.len())
                .unwrap_or_default();
            if !plain || size != file.size {
                return Err(Error::Unusable(format!(
                    "{} is not what the manifest says",
                    file.name
                )));
            }
        }
        Ok(manifest)
    }
}

impl Index {
    /// Copies the last commit into `folder`, which is made, and must be empty if it is
    /// there. Files that never change are linked where the file system allows it, so
    /// this takes milliseconds. The manifest is written last: without one there is no
    /// snapshot.
    ///
    /// # Errors
    /// When the files cannot be copied, or the index lives in memory only.
    pub fn snapshot(&self, folder: &Path) -> Result<Manifest, Error> {
        let source = self
            .folder
            .as_deref()
            .ok_or_else(|| Error::Unusable("it has no folder".to_owned()))?;
        fs::create_dir_all(folder)?;
        // Nothing is committed meanwhile, and what `meta` names is not cleaned away while it lives. A merge may
        // end, so the file it was read from may change.
        let _writing = self.pause();
        let meta = {
            let lock = self.tantivy.directory().acquire_lock(&META_LOCK);
            let _reading = lock.map_err(|error| TantivyError::LockFailure(error, None))?;
            self.tantivy.load_metas()?
        };
        let mut files = Vec::new();
        for path in meta.list_segment_files() {
            if source.join(&path).exists() {
                files.push(copy(source, folder, path)?);
            }
        }
        let text = serde_json::to_vec(&meta).map_err(std::io::Error::from)?;
        fs::write(folder.join(META_FILE), text)?;
        files.push(describe(folder, PathBuf::from(META_FILE))?);
        files.sort();
        let stamp: Stamp = match meta.payload {
            Some(payload) => serde_json::from_str(&payload).map_err(std::io::Error::from)?,
            None => self.stamp.clone(),
        };
        let manifest = Manifest {
            position: stamp.position,
            schema_version: stamp.schema,
            dictionary_version: stamp.dictionary,
            products: meta
                .segments
                .iter()
                .map(|segment| u64::from(segment.num_docs()))
                .sum(),
            files,
        };
        let text = serde_json::to_vec_pretty(&manifest).map_err(std::io::Error::from)?;
        crate::disk::write_atomically(&folder.join(Manifest::FILE), &text)?;
        Ok(manifest)
    }

    /// Puts the files of the snapshot in `snapshot` into `folder`, from where
    /// [`Index::open`] opens it; what was there is removed.
    ///
    /// # Errors
    /// [`Error::Unusable`] if it is no whole snapshot; others when files cannot be copied.
    pub fn restore(snapshot: &Path, folder: &Path) -> Result<Manifest, Error> {
        let manifest = Manifest::read(snapshot)?;
        if folder.exists() {
            fs::remove_dir_all(folder)?;
        }
        fs::create_dir_all(folder)?;
        for file in &manifest.files {
            match file.name.as_str() {
                META_FILE => drop(fs::copy(snapshot.join(META_FILE), folder.join(META_FILE))?),
                name => drop(copy(snapshot, folder, PathBuf::from(name))?),
            }
        }
        let names: Vec<&str> = manifest.files.iter().map(|file| file.name.as_str()).collect();
        let names = serde_json::to_vec(&names).map_err(std::io::Error::from)?;
        fs::write(folder.join(OWN_FILES), names)?;
        Ok(manifest)
    }
}

/// Puts a file that never changes into another folder.
fn copy(from: &Path, to: &Path, name: PathBuf) -> Result<SnapshotFile, Error> {
    let (source, target) = (from.join(&name), to.join(&name));
    if fs::hard_link(&source, &target).is_err() {
        fs::copy(&source, &target)?;
    }
    describe(to, name)
}

fn describe(folder: &Path, name: PathBuf) -> Result<SnapshotFile, Error> {
    let size = fs::metadata(folder.join(&name))?.len();
    Ok(SnapshotFile {
        name: name.to_string_lossy().into_owned(),
        size,
    })
}
