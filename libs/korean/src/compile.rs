//! Compiles mecab-ko-dic and the house's own words into what [`Dictionary`](crate::Dictionary) opens.

use std::collections::BTreeMap;
use std::path::Path;

use lindera_dictionary::dictionary::prefix_dictionary::PrefixDictionary;
use lindera_dictionary::viterbi::{LexType, WordEntry, WordId};

use crate::dictionary::{ABOUT, About, DETAILS, FORMAT, INDEX, Kinds, MATRIX, TRIE, VALUES, space_penalty};
use crate::matrix::{Classes, Matrix};
use crate::own_words::OwnWord;
use crate::source::{Entry, Source};

/// Changes when the compiled form may: the source text of what makes it.
pub const FINGERPRINT: &str = concat!(
    include_str!("compile.rs"),
    include_str!("dictionary.rs"),
    include_str!("matrix.rs"),
    include_str!("own_words.rs"),
    include_str!("source.rs"),
    include_str!("text.rs"),
    include_str!("word.rs")
);

/// What went wrong while compiling.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    /// A file could not be read or written.
    #[error("{path}: {cause}")]
    File {
        /// Which one.
        path: String,
        /// Why.
        cause: String,
    },
    /// A line of the source does not say what it should.
    #[error("{path}, line {line}: {cause}")]
    Line {
        /// Of which file.
        path: String,
        /// Counted from 1.
        line: u64,
        /// What is wrong.
        cause: String,
    },
}

/// What was compiled.
#[derive(Debug)]
pub struct Compiled {
    /// Different words.
    pub surfaces: usize,
    /// Entries, of which a word may have several.
    pub entries: usize,
    /// Entries of the source that cannot be on a cheapest path, or are of characters never looked up.
    pub dropped: usize,
}

/// Compiles the source in `folder` with `own` words into the folder `out`, which must exist.
///
/// # Errors
/// When a file cannot be read, is not what it should be, or cannot be written.
pub fn compile(folder: &Path, own: &[OwnWord], out: &Path) -> Result<Compiled, CompileError> {
    let mut source = Source::default();
    let mut names: Vec<_> = std::fs::read_dir(folder)
        .map_err(|error| file(folder, error))?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "csv"))
        .collect();
    names.sort();
    for path in &names {
        source.read(path)?;
    }
    if !source.knows_shapes() {
        return Err(file(
            folder,
            "numbers its contexts otherwise than mecab-ko-dic 2.1.1: see Shape::ids",
        ));
    }
    source.add_own(own);
    let kinds = source.kinds(&folder.join("unk.def"))?;
    let path = folder.join("matrix.bin");
    let bytes = std::fs::read(&path).map_err(|error| file(&path, error))?;
    let matrix = Matrix::read(&bytes).ok_or_else(|| file(&path, "is not what mecab writes"))?;
    source.write(kinds, &matrix, out)
}

impl Source {
    /// Brings all ids that connect alike to one, and drops the entries that then are dominated.
    fn classify(&mut self, matrix: &Matrix) -> Classes {
        let mut lefts = vec![0.0; matrix.lefts];
        let mut rights = vec![0.0; matrix.rights];
        for (surface, entries) in &self.entries {
            // How often a word is tried falls steeply with its length.
            let weight = 40_f64.powi(-(surface.chars().count() as i32));
            for entry in entries {
                let (left, right) = (entry.connection.left, entry.connection.right);
                lefts
                    .get_mut(usize::from(left))
                    .into_iter()
                    .for_each(|sum| *sum += weight);
                rights
                    .get_mut(usize::from(right))
                    .into_iter()
                    .for_each(|sum| *sum += weight);
            }
        }
        let penalty = |left: u16| self.tags_by_left.get(&left).map_or(0, |&tag| space_penalty(tag));
        let classes = matrix.classify(&lefts, &rights, penalty);
        for (surface, entries) in std::mem::take(&mut self.entries) {
            for mut entry in entries {
                classes.rename(&mut entry.connection);
                self.insert(surface.clone(), entry);
            }
        }
        classes
    }

    fn write(mut self, mut kinds: Kinds, matrix: &Matrix, out: &Path) -> Result<Compiled, CompileError> {
        let classes = self.classify(matrix);
        kinds.each(|connection| classes.rename(connection));
        let mut values = Vec::new();
        let mut keys = BTreeMap::new();
        let mut total = 0;
        for (surface, entries) in self.entries {
            for Entry { connection, word } in &entries {
                values.extend_from_slice(&word.bits().to_le_bytes());
                values.extend_from_slice(&connection.cost.to_le_bytes());
                values.extend_from_slice(&connection.left.to_le_bytes());
                values.extend_from_slice(&connection.right.to_le_bytes());
            }
            total += entries.len();
            // The trie only asks how many there are.
            let counted = WordEntry::new(WordId::new(LexType::System, 0), 0, 0, 0);
            keys.insert(surface, vec![counted; entries.len()]);
        }
        let (trie, index) =
            PrefixDictionary::serialize_trie(&keys).map_err(|error| file(&out.join(TRIE), error))?;
        let about = About {
            format: FORMAT,
            surfaces: keys.len(),
            entries: total,
            kinds,
            penalties: classes.penalties,
            cheapest: classes.cheapest,
        };
        let about = serde_json::to_vec(&about).map_err(|error| file(&out.join(ABOUT), error))?;
        for (name, bytes) in [
            (TRIE, trie),
            (INDEX, index),
            (VALUES, values),
            (DETAILS, self.details),
            (MATRIX, classes.matrix),
            (ABOUT, about),
        ] {
            let path = out.join(name);
            std::fs::write(&path, bytes).map_err(|error| file(&path, error))?;
        }
        Ok(Compiled {
            surfaces: keys.len(),
            entries: total,
            dropped: self.dropped,
        })
    }
}

pub(crate) fn file(path: &Path, cause: impl ToString) -> CompileError {
    CompileError::File {
        path: path.display().to_string(),
        cause: cause.to_string(),
    }
}
