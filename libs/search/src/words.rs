//! The words and phrases of the catalogue, looked up in memory.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::hash::BuildHasher;
use std::sync::Arc;

use tantivy::schema::Field;
use xlcfi_korean::Synonyms;

use crate::error::Error;
use crate::lexicon::{Lexicon, Phrase};
use crate::nearest::nearest;
use crate::view::View;

/// In larger indexes, phrases of one product alone are not kept.
const SMALL: u64 = 20_000;

/// The words and phrases of the catalogue: those of a commit, and what came since.
#[derive(Clone, Default)]
pub(crate) struct Words {
    /// Words of names, categories and synonyms.
    pub words: Arc<Lexicon>,
    /// What names begin with, of more than one word.
    pub phrases: Arc<Lexicon>,
    /// Both, of what changed since.
    pub fresh: Arc<Lexicon>,
}

/// A phrase that was looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Candidate {
    pub text: String,
    /// In how many products it stands, about.
    pub products: u32,
    /// How many slips away it is.
    pub distance: u8,
}

/// The words of a view, and those of the synonyms of any.
pub(crate) fn words(view: &View, synonyms: &Synonyms) -> Result<Lexicon, Error> {
    let mut counts = HashMap::new();
    terms(view, view.fields.words, |word, count| {
        match counts.get_mut(word) {
            Some(known) => *known += count,
            None => drop(counts.insert(word.to_owned(), count)),
        }
    })?;
    for word in synonyms.words().filter(|word| !word.contains(' ')) {
        if counts.contains_key(word) {
            continue;
        }
        let mut most = 0;
        for synonym in synonyms.of(word) {
            most = most.max(view.frequency(view.fields.text, synonym)?);
        }
        if most > 0 {
            counts.insert(word.to_owned(), u32::try_from(most).unwrap_or(u32::MAX));
        }
    }
    Ok(Lexicon::new(
        counts.iter().map(|(word, count)| (word.as_str(), *count)),
    ))
}

/// The phrases of a view. Most stand in one product alone: their texts are not even read
/// into memory.
pub(crate) fn phrases(view: &View) -> Result<Lexicon, Error> {
    let least = if view.len() > SMALL { 2 } else { 1 };
    let hasher = std::hash::RandomState::new();
    let mut hashed: HashMap<u64, u32> = HashMap::new();
    terms(view, view.fields.phrases, |phrase, count| {
        *hashed.entry(hasher.hash_one(phrase)).or_default() += count
    })?;
    hashed.retain(|_, count| *count >= least);
    let mut counts: HashMap<String, u32> = HashMap::with_capacity(hashed.len());
    terms(view, view.fields.phrases, |phrase, _| {
        if let Some(count) = hashed.remove(&hasher.hash_one(phrase)) {
            counts.insert(phrase.to_owned(), count);
        }
    })?;
    Ok(Lexicon::new(
        counts.iter().map(|(phrase, count)| (phrase.as_str(), *count)),
    ))
}

/// Gives the terms of a field and in how many documents of a segment each stands, one
/// segment after the other.
fn terms(view: &View, field: Field, mut each: impl FnMut(&str, u32)) -> Result<(), Error> {
    for segment in view.segments() {
        let inverted = segment.reader.inverted_index(field)?;
        let mut stream = inverted.terms().stream()?;
        while let Some((term, info)) = stream.next() {
            if let Ok(term) = std::str::from_utf8(term) {
                each(term, info.doc_freq);
            }
        }
    }
    Ok(())
}

impl Words {
    fn all(&self) -> [&Lexicon; 3] {
        [&self.words, &self.phrases, &self.fresh]
    }

    /// The words and phrases that begin with the jamo `prefix`, the `most` of most
    /// products.
    pub fn beginning(&self, prefix: &[u8], most: usize) -> Vec<Candidate> {
        Self::begin(&self.all(), prefix, most, |_| true)
    }

    /// The words that begin with the jamo `prefix` and are `wanted`, the `most` of most
    /// products.
    pub fn words_beginning(
        &self,
        prefix: &[u8],
        most: usize,
        wanted: impl Fn(&str) -> bool,
    ) -> Vec<Candidate> {
        Self::begin(&[&self.words, &self.fresh], prefix, most, |text| {
            !text.contains(' ') && wanted(text)
        })
    }

    fn begin(
        lexicons: &[&Lexicon],
        prefix: &[u8],
        most: usize,
        wanted: impl Fn(&str) -> bool,
    ) -> Vec<Candidate> {
        let mut best = Best::new(most);
        for lexicon in lexicons {
            lexicon
                .begins(prefix)
                .for_each(|at| best.offer(lexicon.phrase(at), 0, &wanted));
        }
        best.finish()
    }

    /// The phrases whose initials begin with `typed`.
    pub fn with_initials(&self, typed: &str, most: usize) -> Vec<Candidate> {
        let mut best = Best::new(most);
        for lexicon in self.all() {
            lexicon
                .begins_initials(typed)
                .for_each(|at| best.offer(lexicon.phrase(at), 0, |_| true));
        }
        best.finish()
    }

    /// In how many products `word` stands in the name or the category, about.
    pub fn products(&self, word: &str) -> u32 {
        self.words.products(word) + self.fresh.products(word)
    }

    /// The words within `slips` of the jamo `word`, or with `prefix` beginning so, the
    /// nearest first, but itself left out. Two slips are only thought of when there is
    /// no word one slip away.
    pub fn near(&self, word: &[u8], slips: u8, prefix: bool, most: usize) -> Vec<Candidate> {
        for slips in 1..=slips {
            let mut best = Best::new(most);
            for lexicon in [&self.words, &self.fresh] {
                nearest(lexicon, word, slips, prefix, |places, distance| {
                    if distance > 0 {
                        places.for_each(|at| {
                            best.offer(lexicon.phrase(at), distance, |text| !text.contains(' '))
                        });
                    }
                });
            }
            let found = best.finish();
            if !found.is_empty() {
                return found;
            }
        }
        Vec::new()
    }
}

/// The best of many phrases: the nearest, of those the ones in most products, of those
/// the shortest.
struct Best<'a> {
    most: usize,
    heap: BinaryHeap<Ranked<'a>>,
}

/// Distance, products and length of a phrase, the best lowest.
type Ranked<'a> = (u8, Reverse<u32>, usize, &'a str);

impl<'a> Best<'a> {
    fn new(most: usize) -> Self {
        Self {
            most,
            heap: BinaryHeap::new(),
        }
    }

    fn offer(&mut self, phrase: Phrase<'a>, distance: u8, wanted: impl Fn(&str) -> bool) {
        let ranked = (distance, Reverse(phrase.products), phrase.text.len(), phrase.text);
        let full = self.heap.len() >= self.most;
        if full && self.heap.peek().is_none_or(|worst| *worst < ranked) || !wanted(phrase.text) {
            return;
        }
        self.heap.push(ranked);
        if full {
            self.heap.pop();
        }
    }

    fn finish(self) -> Vec<Candidate> {
        let mut candidates: Vec<Candidate> = Vec::new();
        for (distance, Reverse(products), _, text) in self.heap.into_sorted_vec() {
            if candidates.iter().all(|known| known.text != text) {
                candidates.push(Candidate {
                    text: text.to_owned(),
                    products,
                    distance,
                });
            }
        }
        candidates
    }
}
