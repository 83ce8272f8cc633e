//! What a query becomes: slots that all must match, and bonuses.

use std::fmt;

use crate::place::{COVERS, KIND_WORTH, PLACES, WORTH};

/// One thing asked for; any of its alternatives will do.
#[derive(Clone, Debug, Default)]
pub(crate) struct Slot {
    /// Ways to match.
    pub alternatives: Vec<Alternative>,
    /// Ways to match that will do when too little does otherwise.
    pub loose: Vec<Alternative>,
    /// How much it tells: rarer terms more.
    pub weight: u32,
    /// In how many products its most frequent way stands.
    pub products: u64,
    /// It alone is nothing one would look for: a quantity.
    pub light: bool,
}

/// A way to match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Alternative {
    /// What is looked up.
    pub term: Term,
    /// How much of the slot's worth it has, in 256ths.
    pub share: u32,
}

/// What is looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Term {
    /// A term of any text.
    Text(String),
    /// The same, being what a category is called.
    Kind(String),
    /// A run of initials of the name.
    Initials(String),
    /// All of these terms of any texts.
    All(Vec<String>),
    /// All of these pairs of characters of the name.
    Bigrams(Vec<String>),
    /// Neighbours in the name, as a bonus.
    Pair(String),
    /// Neighbours in the name, as the two parts of one word.
    Joined(String),
    /// The end of longer words of the name.
    Ending(String),
}

/// Raises what matches already.
#[derive(Clone, Debug)]
pub(crate) struct Bonus {
    /// What is looked up.
    pub term: Term,
    /// What it adds at best.
    pub weight: u32,
}

/// What a query becomes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plan {
    /// What must match.
    pub slots: Vec<Slot>,
    /// What may match besides.
    pub bonuses: Vec<Bonus>,
    /// The query that is answered instead, if words were replaced.
    pub corrected: Option<String>,
    /// Its words, as they were understood.
    pub spelled: Vec<String>,
    /// The words that are marked in names.
    pub marks: Vec<Mark>,
}

/// What is marked in a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// Tokens with this text.
    Token(String),
    /// Syllables with these initials.
    Initials(String),
    /// This text wherever it stands.
    Substring(String),
}

/// What a term is worth by its frequency: the score in the upper bits, and how much of
/// the name it covers, in halves of a word, in the lower [`COVER_BITS`]. Those of the
/// slots of a query, 32 at most, are simply added up.
pub(crate) type Table = [u32; 16];

/// See [`Table`].
pub(crate) const COVER_BITS: u32 = 7;

/// Takes the cover out of a sum of values.
pub(crate) const COVER_MASK: u32 = (1 << COVER_BITS) - 1;

/// The most slots of a query.
pub(crate) const MOST_SLOTS: usize = 32;

/// Score of an alternative of full share in the best place, per weight.
const FULL: u32 = 1000;

/// Worth of runs of initials by [`crate::name::Run`], and what they cover.
const INITIALS_WORTH: [(u32, u32); 8] = [
    (0, 0),
    (200, 0),
    (450, 1),
    (600, 1),
    (650, 1),
    (880, 1),
    (940, 2),
    (1000, 2),
];

/// Worth of a word found by its pairs of characters only.
const BIGRAMS_WORTH: (u32, u32) = (250, 1);

/// Worth of a word that stands in two in the name.
const JOINED_WORTH: (u32, u32) = (960, 2);

/// Worth of the end of a longer word.
const ENDING_WORTH: (u32, u32) = (600, 1);

impl Term {
    /// What it is worth by frequency, for a slot of `weight`.
    pub fn table(&self, share: u32, weight: u32) -> Table {
        let mut table = [0; 16];
        let mut set = |frequency: usize, worth: u32, covers: u32| {
            let score = worth * share / 256 * weight;
            table[frequency] = (score << COVER_BITS) | covers;
        };
        match self {
            Self::Text(_) | Self::All(_) => (0..PLACES).for_each(|at| set(at, WORTH[at], COVERS[at])),
            Self::Kind(_) => (0..PLACES).for_each(|at| set(at, KIND_WORTH[at], COVERS[at])),
            Self::Initials(_) => {
                (0..)
                    .zip(INITIALS_WORTH)
                    .for_each(|(at, (worth, covers))| set(at, worth, covers));
            }
            Self::Bigrams(_) => (1..16).for_each(|at| set(at, BIGRAMS_WORTH.0, BIGRAMS_WORTH.1)),
            Self::Ending(_) => (1..16).for_each(|at| set(at, ENDING_WORTH.0, ENDING_WORTH.1)),
            Self::Joined(_) => (1..16).for_each(|at| set(at, JOINED_WORTH.0, JOINED_WORTH.1)),
            Self::Pair(_) => (1..16).for_each(|at| set(at, FULL, 0)),
        }
        table
    }
}

impl Slot {
    /// Its alternatives, with `loose` those that will do when too little does otherwise.
    pub fn ways(&self, loose: bool) -> impl Iterator<Item = &Alternative> {
        self.alternatives
            .iter()
            .chain(self.loose.iter().filter(move |_| loose))
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for slot in &self.slots {
            let light = if slot.light { ", light" } else { "" };
            writeln!(out, "weight {}{light}:", slot.weight)?;
            for Alternative { term, share } in &slot.alternatives {
                writeln!(out, "  {share:3} {term:?}")?;
            }
            for Alternative { term, share } in &slot.loose {
                writeln!(out, "  or {share} {term:?}")?;
            }
        }
        Ok(())
    }
}

/// How much a term that stands in `frequency` of `documents` tells, 1 to 30: half a nat
/// each. Coarse, so that replicas with other merges behind them give equal scores.
pub(crate) fn weight(frequency: u64, documents: u64) -> u32 {
    let rarity = (documents as f64 + 1.0) / (frequency.max(1) as f64);
    (1.0 + 2.0 * rarity.max(1.0).ln()).round().clamp(1.0, 30.0) as u32
}

#[cfg(test)]
mod tests {
    use super::{COVER_BITS, Term, weight};
    use crate::place::PLACES;

    #[test]
    fn rare_terms_weigh_more() {
        assert_eq!(weight(1_000_000, 1_000_000), 1);
        assert!(weight(1, 1_000_000) > weight(1_000, 1_000_000));
        assert_eq!(weight(0, 0), 1);
    }

    #[test]
    fn better_places_score_more() {
        let table = Term::Text("감자".to_owned()).table(256, 30);
        assert!(table[PLACES - 2] >> COVER_BITS > table[1] >> COVER_BITS);
        assert_eq!(table[PLACES - 1] >> COVER_BITS, 30_000);
    }
}
