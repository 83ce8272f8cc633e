//! The words of an index that changes.
//!
//! Making a lexicon takes a moment when there are a million products, so a commit does
//! not wait for it: phrases of what changed since are kept in a small lexicon of their
//! own, and a thread makes the large ones anew when there are enough of them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockWriteGuard};
use std::thread::JoinHandle;

use xlcfi_korean::Synonyms;

use crate::error::Error;
use crate::lexicon::Lexicon;
use crate::view::View;
use crate::words::{Words, phrases, words};

/// Up to so many products a commit makes the lexicons anew.
const SMALL: u64 = 5_000;

/// So many phrases are kept beside the large lexicons at most.
const FRESH: usize = 4_096;

/// Keeps the words of an index.
pub(crate) struct Vocabulary {
    words: RwLock<Words>,
    synonyms: Arc<Synonyms>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Phrases put in since the large lexicons were begun.
    fresh: HashMap<String, u32>,
    /// More came than are kept.
    overflown: bool,
    making: Option<JoinHandle<()>>,
}

impl Vocabulary {
    /// The words of `view`. Words of `synonyms` are known wherever what they mean is.
    pub fn open(synonyms: Arc<Synonyms>, view: &Arc<View>) -> Result<Arc<Self>, Error> {
        let vocabulary = Arc::new(Self {
            words: RwLock::default(),
            synonyms,
            state: Mutex::default(),
        });
        vocabulary.write().words = Arc::new(words(view, &vocabulary.synonyms)?);
        if view.len() <= SMALL {
            vocabulary.write().phrases = Arc::new(phrases(view)?);
        } else {
            vocabulary.make(&mut vocabulary.state(), view)?;
        }
        Ok(vocabulary)
    }

    /// The words now.
    pub fn words(&self) -> Words {
        self.words.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes note of the words and phrases of a product that was put in.
    pub fn add<'a>(&self, phrases: impl Iterator<Item = &'a str>) {
        let mut state = self.state();
        for phrase in phrases {
            if let Some(count) = state.fresh.get_mut(phrase) {
                *count += 1;
            } else if state.fresh.len() < FRESH {
                state.fresh.insert(phrase.to_owned(), 1);
            } else {
                state.overflown = true;
                return;
            }
        }
    }

    /// Takes note of a commit that `view` shows.
    pub fn commit(self: &Arc<Self>, view: &Arc<View>) -> Result<(), Error> {
        let mut state = self.state();
        if view.len() <= SMALL {
            let (words, phrases) = (words(view, &self.synonyms)?, phrases(view)?);
            state.fresh.clear();
            state.overflown = false;
            *self.write() = Words {
                words: Arc::new(words),
                phrases: Arc::new(phrases),
                fresh: Arc::default(),
            };
            return Ok(());
        }
        let fresh = Lexicon::new(state.fresh.iter().map(|(text, count)| (text.as_str(), *count)));
        self.write().fresh = Arc::new(fresh);
        let full = state.overflown || 2 * state.fresh.len() > FRESH;
        if full && state.making.as_ref().is_none_or(JoinHandle::is_finished) {
            state.fresh.clear();
            state.overflown = false;
            self.make(&mut state, view)?;
        }
        Ok(())
    }

    /// Makes the large lexicons of `view` in a thread of its own.
    fn make(self: &Arc<Self>, state: &mut State, view: &Arc<View>) -> Result<(), Error> {
        let (vocabulary, view) = (Arc::clone(self), Arc::clone(view));
        // What cannot be read leaves the lexicons as they are.
        let make = move || {
            if let Ok(words) = words(&view, &vocabulary.synonyms) {
                vocabulary.write().words = Arc::new(words);
            }
            if let Ok(phrases) = phrases(&view) {
                vocabulary.write().phrases = Arc::new(phrases);
            }
        };
        state.making = Some(
            std::thread::Builder::new()
                .name("search-words".to_owned())
                .spawn(make)?,
        );
        Ok(())
    }

    /// Waits until what is being made is there.
    pub fn settle(&self) {
        let making = self.state().making.take();
        if let Some(making) = making {
            // One that could not be made leaves the one before.
            drop(making.join());
        }
    }

    fn write(&self) -> RwLockWriteGuard<'_, Words> {
        self.words.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
