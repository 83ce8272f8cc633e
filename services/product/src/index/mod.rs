//! The query side: an index of what is on sale, of this process alone, built from
//! product's events.

mod drift;
mod facts;
mod food;
mod replica;
mod snapshots;
mod unanswered;

use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

use xlcfi_korean::{Analyzer, Dictionary, DictionaryError, Synonyms};
use xlcfi_search::{Index, Options};

pub use replica::Replica;
pub use unanswered::Unanswered;

use crate::error::Error;

/// The index as it serves now. Another takes its place when it is made anew.
#[derive(Clone, Default)]
pub struct Serving(Arc<RwLock<Option<Arc<Index>>>>);

impl std::fmt::Debug for Serving {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Serving")
    }
}

impl Serving {
    /// The index.
    ///
    /// # Errors
    /// It is not ready yet.
    pub fn get(&self) -> Result<Arc<Index>, Error> {
        let serving = self.0.read().unwrap_or_else(PoisonError::into_inner);
        serving.clone().ok_or(Error::IndexNotReady)
    }

    fn put(&self, index: Arc<Index>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some(index);
    }
}

/// What an index is made with.
#[derive(Clone)]
pub struct Workshop {
    analyzer: Analyzer,
    options: Options,
    /// Where indexes lie; in memory for `None`.
    folder: Option<PathBuf>,
}

impl Workshop {
    /// Opens the dictionary.
    ///
    /// # Errors
    /// It is not there, or another version's.
    pub fn open(dictionary: &std::path::Path, folder: Option<PathBuf>) -> Result<Self, DictionaryError> {
        let opened = Dictionary::open(dictionary)?;
        let version = std::fs::canonicalize(dictionary)
            .ok()
            .and_then(|path| path.file_name().map(|name| name.to_string_lossy().into_owned()));
        Ok(Self {
            analyzer: Analyzer::new(Arc::new(opened)),
            options: Options {
                dictionary_version: version.unwrap_or_default(),
                ..Options::default()
            },
            folder,
        })
    }

    /// Tells indexes apart that cannot be exchanged.
    fn kind(&self) -> String {
        format!(
            "{}-{}",
            xlcfi_search::SCHEMA_VERSION,
            self.options.dictionary_version
        )
    }

    /// Where the index `name` will lie, when it does not lie there yet.
    fn missing(&self, name: &str) -> Option<PathBuf> {
        let folder = self.folder.as_ref()?.join(name);
        (!folder.exists()).then_some(folder)
    }

    /// Throws the index `name` away.
    fn discard(&self, name: &str) -> std::io::Result<()> {
        match &self.folder {
            Some(folder) if folder.join(name).exists() => std::fs::remove_dir_all(folder.join(name)),
            _ => Ok(()),
        }
    }

    /// The index at `name` in the folder, or a new one.
    fn index(&self, name: &str) -> Result<Index, xlcfi_search::Error> {
        let synonyms = Synonyms::food();
        match &self.folder {
            Some(folder) => Index::open(&folder.join(name), self.analyzer.clone(), synonyms, &self.options),
            None => Index::in_memory(self.analyzer.clone(), synonyms, &self.options),
        }
    }
}
