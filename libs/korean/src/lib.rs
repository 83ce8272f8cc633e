#![doc = include_str!("../README.md")]

mod analyzer;
mod bigrams;
pub mod compile;
mod dictionary;
mod distance;
mod english;
pub mod jamo;
pub mod keyboard;
mod lattice;
mod matrix;
pub mod own_words;
mod scan;
mod source;
mod synonyms;
mod tag;
mod text;
pub mod units;
mod word;

pub use analyzer::{Analyzer, Kind, Mode, Token};
pub use bigrams::bigrams;
pub use dictionary::{Dictionary, DictionaryError};
pub use distance::distance;
pub use synonyms::{Synonyms, SynonymsError};
pub use tag::{Tag, Tags};

/// `text` normalised as tokens are: NFKC, lower case, without accents and invisible characters.
pub fn fold(text: &str) -> String {
    text::fold(text)
}
