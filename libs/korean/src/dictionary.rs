//! The compiled dictionary, mapped into memory.

use std::path::{Path, PathBuf};

use lindera_dictionary::dictionary::connection_cost_matrix::ConnectionCostMatrix;
use lindera_dictionary::dictionary::prefix_dictionary::PrefixDictionary;
use lindera_dictionary::util::{Data, mmap_file};
use serde::{Deserialize, Serialize};

use crate::tag::Tag;

/// Counts up whenever the files of a compiled dictionary change their meaning.
pub(crate) const FORMAT: u32 = 1;

pub(crate) const ABOUT: &str = "about.json";
pub(crate) const TRIE: &str = "words.trie";
pub(crate) const INDEX: &str = "words.index";
pub(crate) const VALUES: &str = "words.values";
pub(crate) const DETAILS: &str = "details.bin";
pub(crate) const MATRIX: &str = "matrix.bin";

/// A record of `words.values`: word u32, cost i16, left id u16, right id u16.
pub(crate) const VALUE: usize = 10;

/// Why a dictionary cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DictionaryError {
    /// It is not there, or not whole.
    #[error("there is no Korean dictionary at {folder}: {cause}; run `make dictionary`")]
    Missing {
        /// Where it was looked for.
        folder: PathBuf,
        /// What was missed.
        cause: String,
    },
    /// It was compiled by another version of this crate.
    #[error("the Korean dictionary at {folder} is of format {found}, not {FORMAT}; run `make dictionary`")]
    Outdated {
        /// Where it is.
        folder: PathBuf,
        /// The format it has.
        found: u32,
    },
}

/// What a compiled dictionary says of itself.
#[derive(Serialize, Deserialize)]
pub(crate) struct About {
    pub format: u32,
    /// Words in the trie, counting each surface once.
    pub surfaces: usize,
    /// Entries of all surfaces.
    pub entries: usize,
    /// Costs of connection for what is not looked up.
    pub kinds: Kinds,
    /// What each left id costs more after a space.
    pub penalties: Vec<i32>,
    /// The cheapest connection of each left id.
    pub cheapest: Vec<i32>,
}

/// Ids and costs of what the dictionary has no words for.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Kinds {
    pub hangul: Connection,
    pub hanja: Connection,
    pub letters: Connection,
    pub number: Connection,
    pub counter: Connection,
    pub symbol: Connection,
    pub separator: Connection,
    pub sentence_end: Connection,
    pub opening: Connection,
    pub closing: Connection,
}

impl Kinds {
    pub fn each(&mut self, mut change: impl FnMut(&mut Connection)) {
        let Self {
            hangul,
            hanja,
            letters,
            number,
            counter,
            symbol,
            separator,
            sentence_end,
            opening,
            closing,
        } = self;
        for kind in [
            hangul,
            hanja,
            letters,
            number,
            counter,
            symbol,
            separator,
            sentence_end,
            opening,
            closing,
        ] {
            change(kind);
        }
    }
}

/// How a word connects, and what it costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Connection {
    pub left: u16,
    pub right: u16,
    pub cost: i16,
}

/// The compiled dictionary: mecab-ko-dic and the house's own words.
///
/// Its files are mapped into memory and shared by all processes that open it; opening reads none of the words.
pub struct Dictionary {
    pub(crate) words: PrefixDictionary,
    pub(crate) matrix: ConnectionCostMatrix,
    pub(crate) details: Data,
    pub(crate) kinds: Kinds,
    pub(crate) penalties: Vec<i32>,
    /// The cheapest connection of each left id.
    pub(crate) cheapest: Vec<i32>,
    surfaces: usize,
}

impl Dictionary {
    /// Opens what `make dictionary` compiled into `folder`.
    ///
    /// # Errors
    /// When the folder has no whole dictionary of this version; the message says what to do.
    pub fn open(folder: &Path) -> Result<Self, DictionaryError> {
        let missing = |cause: String| DictionaryError::Missing {
            folder: folder.to_owned(),
            cause,
        };
        let about = std::fs::read(folder.join(ABOUT)).map_err(|error| missing(error.to_string()))?;
        let about: About = serde_json::from_slice(&about).map_err(|error| missing(error.to_string()))?;
        if about.format != FORMAT {
            return Err(DictionaryError::Outdated {
                folder: folder.to_owned(),
                found: about.format,
            });
        }
        let map = |name: &str| mmap_file(&folder.join(name)).map_err(|error| missing(error.to_string()));
        let words = PrefixDictionary::load(map(TRIE)?, map(INDEX)?, map(VALUES)?, Vec::new(), Vec::new())
            .map_err(|error| missing(error.to_string()))?;
        let matrix = ConnectionCostMatrix::load(map(MATRIX)?).map_err(|error| missing(error.to_string()))?;
        let mut penalties = about.penalties;
        penalties.resize(matrix.backward_size as usize, 0);
        let cheapest = about.cheapest;
        if cheapest.len() != penalties.len() {
            return Err(missing("about.json is of another matrix".into()));
        }
        let details = Data::from(map(DETAILS)?);
        Ok(Self {
            words,
            matrix,
            details,
            kinds: about.kinds,
            penalties,
            cheapest,
            surfaces: about.surfaces,
        })
    }

    /// How many different words it knows.
    pub fn len(&self) -> usize {
        self.surfaces
    }

    /// Whether it knows none.
    pub fn is_empty(&self) -> bool {
        self.surfaces == 0
    }

    /// Whether `surface`, normalised, is a word of it.
    pub fn contains(&self, surface: &str) -> bool {
        self.words.find_surface_iter(surface).next().is_some()
    }
}

/// What mecab-ko adds to the cost of a word after a space: particles and endings seldom stand there.
pub(crate) fn space_penalty(tag: Tag) -> i32 {
    match tag {
        Tag::Jc | Tag::Jkb | Tag::Jkc | Tag::Jkg | Tag::Jko | Tag::Jkq | Tag::Jks | Tag::Jkv | Tag::Jx => {
            6000
        }
        Tag::Ec | Tag::Ef | Tag::Ep | Tag::Etm | Tag::Etn | Tag::Vcp | Tag::Xsa | Tag::Xsn | Tag::Xsv => 3000,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::Dictionary;

    #[test]
    fn a_missing_dictionary_says_how_to_make_one() {
        let error = Dictionary::open(Path::new("/nowhere"))
            .err()
            .map(|error| error.to_string());
        assert!(error.unwrap().contains("make dictionary"));
    }
}
