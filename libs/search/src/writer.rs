//! What changes go through.

use std::collections::HashMap;

use tantivy::merge_policy::LogMergePolicy;
use tantivy::{IndexWriter, Term};
use uuid::Uuid;

use crate::error::Error;
use crate::food::Change;
use crate::terms::Documents;
use crate::view::View;
use crate::vocabulary::Vocabulary;

/// Writes changes, and knows of each product what was written last.
pub(crate) struct Writer {
    pub tantivy: IndexWriter,
    documents: Documents,
    /// Versions of what changed since the last commit.
    pub pending: HashMap<Uuid, u64>,
    /// Versions of what was removed, so that what is older does not come back.
    removed: HashMap<Uuid, u64>,
    /// Place in the event stream of the last change.
    pub position: u64,
    /// Whether there is something to commit.
    pub dirty: bool,
}

/// So many removed products are remembered.
const REMEMBERED: usize = 100_000;

/// Bytes for new documents that tantivy asks for at least.
const LEAST_MEMORY: usize = 15_000_000;

impl Writer {
    /// Writes into `index`, which nobody else writes into; new documents take `memory` bytes at most.
    pub fn new(
        index: &tantivy::Index,
        memory: usize,
        documents: Documents,
        position: u64,
    ) -> tantivy::Result<Self> {
        let tantivy = index.writer_with_num_threads(1, memory.max(LEAST_MEMORY))?;
        tantivy.set_merge_policy(Box::new(merge_policy()));
        Ok(Self {
            tantivy,
            documents,
            pending: HashMap::new(),
            removed: HashMap::new(),
            position,
            dirty: false,
        })
    }

    /// Takes a change, unless something as new is known of its product or `whatever_is_known`; answers whether it did.
    pub fn apply(
        &mut self,
        change: &Change,
        view: &View,
        vocabulary: &Vocabulary,
        whatever_is_known: bool,
    ) -> Result<bool, Error> {
        let id = change.id();
        let known = match self.pending.get(&id).or_else(|| self.removed.get(&id)) {
            Some(&version) => Some(version),
            None => view.version(id)?,
        };
        if !whatever_is_known && known.is_some_and(|known| known >= change.version()) {
            return Ok(false);
        }
        if known.is_some() {
            self.tantivy
                .delete_term(Term::from_field_bytes(view.fields.id, id.as_bytes()));
        }
        match change {
            Change::Put(food) => {
                self.tantivy.add_document(self.documents.make(food))?;
                vocabulary.add(self.documents.phrases());
                self.removed.remove(&id);
            }
            Change::Remove { version, .. } => {
                if self.removed.len() >= REMEMBERED {
                    self.removed.clear();
                }
                self.removed.insert(id, *version);
            }
        }
        self.pending.insert(id, change.version());
        Ok(true)
    }
}

/// Few segments: small ones are merged soon, those with many replaced documents too.
fn merge_policy() -> LogMergePolicy {
    let mut policy = LogMergePolicy::default();
    policy.set_min_num_segments(4);
    policy.set_min_layer_size(1_000);
    policy.set_del_docs_ratio_before_merge(0.3);
    policy
}
