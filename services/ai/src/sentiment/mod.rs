//! What a Korean food review says: overall, and about each side of the goods. Pure.

mod clauses;
mod features;
mod lexicon;
pub mod measure;
mod model;
mod train;

pub use model::{BUCKETS, Model};
pub use train::{Sample, samples, train};

use strum::{EnumString, IntoStaticStr};

/// What somebody thinks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Sentiment {
    Negative,
    Neutral,
    Positive,
}

/// A side of the goods reviews speak of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Aspect {
    Freshness,
    Taste,
    Packaging,
    Delivery,
    Price,
}

impl Sentiment {
    pub const ALL: [Self; 3] = [Self::Negative, Self::Neutral, Self::Positive];
}

impl Aspect {
    pub const ALL: [Self; 5] = [
        Self::Freshness,
        Self::Taste,
        Self::Packaging,
        Self::Delivery,
        Self::Price,
    ];
}

/// What a text says.
#[derive(Debug, Clone, PartialEq)]
pub struct Analysis {
    pub sentiment: Sentiment,
    /// How probable each of [`Sentiment::ALL`] is.
    pub probabilities: [f64; 3],
    /// Each aspect it speaks of, once.
    pub aspects: Vec<(Aspect, Sentiment)>,
}

/// Says what a text says, by the weights that stand in the crate.
pub fn analyse(text: &str) -> Analysis {
    Model::own().analyse(text)
}

#[cfg(test)]
mod tests;
