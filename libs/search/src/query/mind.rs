//! Looking terms up.

use std::cell::RefCell;
use std::collections::HashMap;

use tantivy::schema::Field;
use xlcfi_korean::{Analyzer, Synonyms, fold};

use crate::error::Error;
use crate::matching::Cursor;
use crate::name::pair;
use crate::query::plan::{Alternative, Slot, Term, weight};
use crate::split::{Leaf, words};
use crate::view::View;
use crate::words::Words;

/// Shares of alternatives, in 256ths.
pub(crate) const WHOLE: u32 = 256;
const IN_PARTS: u32 = 208;

/// What understanding a query needs to know.
pub(crate) struct Mind<'a> {
    pub view: &'a View,
    pub analyzer: &'a Analyzer,
    pub synonyms: &'a Synonyms,
    pub words: &'a Words,
    /// Only what stands in the catalogue as it is will be understood.
    pub literal: bool,
    frequencies: RefCell<HashMap<(Field, String), u64>>,
}

/// An alternative and in how many documents it stands.
pub(crate) type Way = (Alternative, u64);

/// The way to find `term`, unless it stands nowhere.
pub(crate) fn way(term: Term, share: u32, frequency: u64) -> Option<Way> {
    (frequency > 0).then_some((Alternative { term, share }, frequency))
}

impl<'a> Mind<'a> {
    /// Of one state of the index.
    pub fn new(view: &'a View, analyzer: &'a Analyzer, synonyms: &'a Synonyms, words: &'a Words) -> Self {
        Self {
            view,
            analyzer,
            synonyms,
            words,
            literal: false,
            frequencies: RefCell::default(),
        }
    }

    /// In how many documents `term` stands.
    pub fn frequency(&self, field: Field, term: &str) -> Result<u64, Error> {
        let key = (field, term.to_owned());
        if let Some(&known) = self.frequencies.borrow().get(&key) {
            return Ok(known);
        }
        let frequency = self.view.frequency(field, term)?;
        self.frequencies.borrow_mut().insert(key, frequency);
        Ok(frequency)
    }

    /// In how many documents `term` stands, in any text.
    pub fn in_text(&self, term: &str) -> Result<u64, Error> {
        self.frequency(self.view.fields.text, term)
    }

    /// Whether `term` stands in some text.
    pub fn known(&self, term: &str) -> Result<bool, Error> {
        Ok(self.in_text(term)? > 0)
    }

    /// Whether each of `leaves` stands in some text.
    pub fn all_known(&self, leaves: &[Leaf]) -> Result<bool, Error> {
        for leaf in leaves {
            if !self.known(&leaf.text)? {
                return Ok(false);
            }
        }
        Ok(!leaves.is_empty())
    }

    /// Whether some product has all of these terms.
    pub fn together(&self, terms: &[String]) -> Result<bool, Error> {
        for segment in self.view.segments() {
            if Cursor::meet(self.view, segment, terms)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether `term` is what a category is called.
    fn is_kind(&self, term: &str) -> Result<bool, Error> {
        Ok(self.frequency(self.view.fields.kinds, term)? > 0)
    }

    /// What is looked up for a word.
    pub fn term(&self, text: String) -> Result<Term, Error> {
        Ok(if self.is_kind(&text)? {
            Term::Kind(text)
        } else {
            Term::Text(text)
        })
    }

    /// The ways to find `surface`, made of `leaves`, as it is: as one term, or as its
    /// parts where some product has them all.
    pub fn exact(&self, surface: &str, leaves: &[Leaf], share: u32) -> Result<Vec<Way>, Error> {
        let mut found = Vec::new();
        let count = if surface.is_empty() {
            0
        } else {
            self.in_text(surface)?
        };
        if count > 0 {
            found.extend(way(self.term(surface.to_owned())?, share, count));
        }
        let in_parts = share * IN_PARTS / WHOLE;
        match leaves {
            [] => {}
            [leaf] if leaf.text == surface => {}
            [leaf] => {
                let term = self.term(leaf.text.clone())?;
                found.extend(way(term, share, self.in_text(&leaf.text)?));
            }
            // A word of two parts may stand in two in a name.
            [first, second] if count > 0 && !self.is_kind(surface)? => {
                let joined = pair(&first.text, &second.text);
                let count = self.frequency(self.view.fields.pairs, &joined)?;
                found.extend(way(Term::Joined(joined), in_parts, count));
            }
            leaves if count == 0 && self.all_known(leaves)? => {
                let terms: Vec<String> = leaves.iter().map(|leaf| leaf.text.clone()).collect();
                let mut least = u64::MAX;
                for term in &terms {
                    least = least.min(self.in_text(term)?);
                }
                if self.together(&terms)? {
                    found.extend(way(Term::All(terms), in_parts, least));
                }
            }
            _ => {}
        }
        Ok(found)
    }

    /// The ways to find a text as it is.
    pub fn exact_text(&self, text: &str, share: u32) -> Result<Vec<Way>, Error> {
        let words = words(self.analyzer, text);
        let leaves: Vec<Leaf> = words.iter().flat_map(|word| word.leaves.clone()).collect();
        let surface = if words.len() == 1 {
            fold(text)
        } else {
            String::new()
        };
        self.exact(&surface, &leaves, share)
    }

    /// The slot that any of `found` fills; `None` without any.
    pub fn slot(&self, found: Vec<Way>, light: bool) -> Option<Slot> {
        let most = found.iter().map(|(_, frequency)| *frequency).max()?;
        let mut alternatives: Vec<Alternative> = Vec::new();
        for (alternative, _) in found {
            if alternatives.iter().all(|known| known.term != alternative.term) {
                alternatives.push(alternative);
            }
        }
        Some(Slot {
            alternatives,
            loose: Vec::new(),
            weight: weight(most, self.view.len()),
            products: most,
            light,
        })
    }
}
