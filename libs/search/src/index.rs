//! The index: changes go in, a view comes out.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use serde::{Deserialize, Serialize};
use tantivy::directory::RamDirectory;
use tantivy::store::Compressor;
use tantivy::{Directory, IndexReader, IndexSettings, IndexSortByField, Order, ReloadPolicy};
use uuid::Uuid;
use xlcfi_korean::{Analyzer, Synonyms};

use crate::disk::{self, Disk};
use crate::error::Error;
use crate::food::Change;
use crate::schema::{QUALITY, SCHEMA_VERSION, schema, tokenizers};
use crate::terms::Documents;
use crate::view::View;
use crate::vocabulary::Vocabulary;
use crate::words::Words;
use crate::writer::Writer;

/// Settings of an index.
#[derive(Clone, Debug)]
pub struct Options {
    /// Bytes that new documents may take before they are written out; 15 MB at least.
    /// More makes larger segments, which helps loading many products at once.
    pub memory: usize,
    /// Changes with the dictionary: an index made with another one cannot be used.
    pub dictionary_version: String,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            memory: 48_000_000,
            dictionary_version: String::new(),
        }
    }
}

/// The search index of one process. All methods may be called from any thread;
/// searches never wait for changes.
pub struct Index {
    pub(crate) tantivy: tantivy::Index,
    pub(crate) folder: Option<PathBuf>,
    pub(crate) analyzer: Analyzer,
    pub(crate) synonyms: Arc<Synonyms>,
    pub(crate) stamp: Stamp,
    reader: IndexReader,
    writer: Mutex<Writer>,
    view: RwLock<Arc<View>>,
    vocabulary: Arc<Vocabulary>,
}

/// What is written with each commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stamp {
    /// Place in the event stream.
    pub position: u64,
    /// [`SCHEMA_VERSION`].
    pub schema: u32,
    /// [`Options::dictionary_version`].
    pub dictionary: String,
}

/// Written beside the index: the run of the machine it was last written in.
const BOOT_FILE: &str = "boot";

impl Index {
    /// Opens the index in `folder`, or begins one there.
    ///
    /// # Errors
    /// [`Error::Unusable`] when what is there was made by another version of this crate
    /// or with another dictionary, or was damaged when the machine stopped.
    pub fn open(
        folder: &Path,
        analyzer: Analyzer,
        synonyms: Synonyms,
        options: &Options,
    ) -> Result<Self, Error> {
        std::fs::create_dir_all(folder)?;
        let disk = Disk::open(folder).map_err(|error| Error::Tantivy(error.into()))?;
        let boot_file = folder.join(BOOT_FILE);
        let boot = disk::boot();
        let same_run = std::fs::read_to_string(&boot_file).is_ok_and(|last| last == boot);
        let index = Self::with_directory(disk, Some(folder), analyzer, synonyms, options)?;
        if !same_run {
            let broken = index.tantivy.validate_checksum()?;
            if !broken.is_empty() {
                return Err(Error::Unusable(format!(
                    "{} of its files are damaged",
                    broken.len()
                )));
            }
            std::fs::write(&boot_file, boot)?;
        }
        Ok(index)
    }

    /// An index that lives in memory only.
    ///
    /// # Errors
    /// When tantivy fails.
    pub fn in_memory(analyzer: Analyzer, synonyms: Synonyms, options: &Options) -> Result<Self, Error> {
        Self::with_directory(RamDirectory::create(), None, analyzer, synonyms, options)
    }

    fn with_directory(
        directory: impl Into<Box<dyn Directory>>,
        folder: Option<&Path>,
        analyzer: Analyzer,
        synonyms: Synonyms,
        options: &Options,
    ) -> Result<Self, Error> {
        let (schema, fields) = schema();
        let settings = IndexSettings {
            docstore_compression: Compressor::Lz4,
            docstore_blocksize: 8 * 1024,
            docstore_compress_dedicated_thread: false,
            sort_by_field: Some(IndexSortByField {
                field: QUALITY.to_owned(),
                order: Order::Desc,
            }),
            ..IndexSettings::default()
        };
        let tantivy = tantivy::Index::builder()
            .schema(schema)
            .settings(settings)
            .tokenizers(tokenizers())
            .open_or_create(directory)
            .map_err(unusable)?;
        let fresh = Stamp {
            position: 0,
            schema: SCHEMA_VERSION,
            dictionary: options.dictionary_version.clone(),
        };
        let meta = tantivy.load_metas().map_err(unusable)?;
        let stamp = match meta.payload {
            Some(payload) => {
                serde_json::from_str(&payload).map_err(|error| Error::Unusable(error.to_string()))?
            }
            None => fresh.clone(),
        };
        if (stamp.schema, &stamp.dictionary) != (fresh.schema, &fresh.dictionary) {
            return Err(Error::Unusable("it was made by another version".to_owned()));
        }
        let reader = tantivy
            .reader_builder()
            .reload_policy(ReloadPolicy::Manual)
            .try_into()?;
        let view = Arc::new(View::new(reader.searcher(), fields, stamp.position, None)?);
        let synonyms = Arc::new(synonyms);
        let vocabulary = Vocabulary::open(Arc::clone(&synonyms), &view)?;
        let documents = Documents::new(analyzer.clone(), fields);
        let writer = Writer::new(&tantivy, options.memory, documents, stamp.position)?;
        Ok(Self {
            tantivy,
            folder: folder.map(Path::to_owned),
            analyzer,
            synonyms,
            stamp,
            reader,
            writer: Mutex::new(writer),
            vocabulary,
            view: RwLock::new(view),
        })
    }

    /// Takes `changes`, the last of them at `position` of the event stream. They are
    /// found after the next [`Self::commit`]. A change that is not newer than what is
    /// known of its product does nothing.
    ///
    /// Answers how many changed something.
    ///
    /// # Errors
    /// When the index cannot be read or written.
    pub fn apply(&self, changes: &[Change], position: u64) -> Result<usize, Error> {
        let view = self.view();
        let mut writer = self.writer();
        let mut applied = 0;
        for change in changes {
            applied += usize::from(writer.apply(change, &view, &self.vocabulary, false)?);
        }
        writer.position = writer.position.max(position);
        writer.dirty = true;
        Ok(applied)
    }

    /// Takes `changes` whatever is known of their products, and makes them searchable:
    /// for what is known to be wrong.
    ///
    /// # Errors
    /// When the index cannot be read or written.
    pub fn mend(&self, changes: &[Change]) -> Result<(), Error> {
        let view = self.view();
        let mut writer = self.writer();
        for change in changes {
            writer.apply(change, &view, &self.vocabulary, true)?;
        }
        writer.dirty = true;
        drop(writer);
        self.commit()
    }

    /// Version and payload of a product, from the last commit; none when it is not on
    /// sale.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn get(&self, id: Uuid) -> Result<Option<(u64, Vec<u8>)>, Error> {
        self.view().get(id)
    }

    /// Makes what was applied searchable, and keeps its position with it.
    ///
    /// # Errors
    /// When the index cannot be written.
    pub fn commit(&self) -> Result<(), Error> {
        let mut writer = self.writer();
        if !writer.dirty {
            return Ok(());
        }
        let position = writer.position;
        let stamp = Stamp {
            position,
            ..self.stamp.clone()
        };
        let payload = serde_json::to_string(&stamp).map_err(std::io::Error::from)?;
        let mut prepared = writer.tantivy.prepare_commit()?;
        prepared.set_payload(&payload);
        prepared.commit()?;
        self.reader.reload()?;
        let before = self.view();
        let view = Arc::new(View::new(
            self.reader.searcher(),
            before.fields,
            position,
            Some(&before),
        )?);
        *self.view.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&view);
        self.vocabulary.commit(&view)?;
        writer.pending.clear();
        writer.dirty = false;
        Ok(())
    }

    /// Place in the event stream up to which changes are searchable.
    pub fn position(&self) -> u64 {
        self.view().position
    }

    /// How many products can be found.
    pub fn len(&self) -> u64 {
        self.view().len()
    }

    /// Whether it is empty.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The state searches see now.
    pub(crate) fn view(&self) -> Arc<View> {
        Arc::clone(&self.view.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Waits until words and phrases that a thread still makes are there: before
    /// measuring. Merges under way go on; [`Self::close`] waits for them.
    pub fn settle(&self) {
        self.vocabulary.settle();
    }

    /// Commits, waits for the merges under way and closes: what is opened then has as few
    /// segments as it will have. Dropped, an index gives up its merges and begins them
    /// again when it is next written.
    ///
    /// # Errors
    /// When the index cannot be written.
    pub fn close(self) -> Result<(), Error> {
        self.commit()?;
        let writer = self.writer.into_inner().unwrap_or_else(PoisonError::into_inner);
        Ok(writer.tantivy.wait_merging_threads()?)
    }

    /// The words and phrases of the catalogue.
    pub(crate) fn words(&self) -> Words {
        self.vocabulary.words()
    }

    /// Keeps everybody from committing while what is given back lives.
    pub(crate) fn pause(&self) -> impl Drop + use<'_> {
        self.writer()
    }

    fn writer(&self) -> MutexGuard<'_, Writer> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn unusable(error: tantivy::TantivyError) -> Error {
    Error::Unusable(error.to_string())
}
