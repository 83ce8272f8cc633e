//! What ingredient texts name: pure, on tables in `data/`.

mod origin;
mod saying;
mod table;

pub use origin::{Origin, origins};

use std::collections::BTreeSet;
use std::ops::Range;

use unicode_normalization::UnicodeNormalization as _;
use xlcfi_contracts::product::v1::Allergen;

use table::TABLE;

#[cfg(test)]
mod tests;

/// What is said of an allergen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Contains,
    MayContain,
    Absent,
    Flavour,
}

/// A place that names an allergen, in bytes of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    pub allergen: Allergen,
    pub kind: Kind,
    pub span: Range<usize>,
}

/// What a text names.
#[derive(Debug)]
pub struct Extracted {
    /// The text in NFC.
    pub text: String,
    pub mentions: Vec<Mention>,
    pub origins: Vec<Origin>,
}

/// Finds what a text names.
pub fn extract(text: &str) -> Extracted {
    let text: String = text.nfc().collect();
    let mentions = mentions(&text);
    let origins = origins(&text);
    Extracted {
        text,
        mentions,
        origins,
    }
}

impl Extracted {
    /// The classes of which this is said and no stronger thing.
    pub fn classes(&self, kind: Kind) -> BTreeSet<Allergen> {
        let said = |kind| {
            let of_kind = self.mentions.iter().filter(move |mention| mention.kind == kind);
            of_kind.map(|mention| mention.allergen)
        };
        let classes: BTreeSet<Allergen> = said(kind).collect();
        if kind == Kind::MayContain {
            return classes
                .difference(&said(Kind::Contains).collect())
                .copied()
                .collect();
        }
        classes
    }
}

fn mentions(text: &str) -> Vec<Mention> {
    let named = TABLE.named(text);
    let said = saying::kinds(text, &named);
    let mut mentions = Vec::with_capacity(named.len());
    for (named, kind) in named.into_iter().zip(said) {
        for allergen in named.allergens {
            mentions.push(Mention {
                allergen: *allergen,
                kind,
                span: named.span.clone(),
            });
        }
    }
    mentions
}

/// The character before a place, and the one after it.
fn neighbours(text: &str, span: &Range<usize>) -> (Option<char>, Option<char>) {
    (
        text[..span.start].chars().next_back(),
        text[span.end..].chars().next(),
    )
}

/// The last letters of a text: patterns that end there need not search all of it.
fn tail(text: &str, letters: usize) -> &str {
    let from = text.char_indices().rev().nth(letters.saturating_sub(1));
    &text[from.map_or(0, |(at, _)| at)..]
}

fn is_syllable(letter: char) -> bool {
    ('가'..='힣').contains(&letter)
}
