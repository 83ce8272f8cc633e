//! What is kept of a review that was read.

use std::collections::BTreeMap;

use uuid::Uuid;

use crate::keyword;
use crate::sentiment::{Aspect, Sentiment, analyse};

/// A published review nobody has read since it changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    pub review_id: Uuid,
    pub product_id: Uuid,
    pub version: i64,
}

/// What a review says.
#[derive(Debug, Clone, PartialEq)]
pub struct Opinion {
    pub sentiment: Sentiment,
    pub aspects: Vec<(Aspect, Sentiment)>,
    /// Nouns, with the sentence each stands in.
    pub words: BTreeMap<String, String>,
}

/// How many reviews think so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    pub positive: i64,
    pub neutral: i64,
    pub negative: i64,
}

impl Opinion {
    pub fn read(text: &str) -> Self {
        let said = analyse(text);
        Self {
            sentiment: said.sentiment,
            aspects: said.aspects,
            words: keyword::words(text),
        }
    }

    pub fn of(&self, aspect: Aspect) -> Option<Sentiment> {
        let found = self.aspects.iter().find(|(one, _)| *one == aspect);
        found.map(|(_, sentiment)| *sentiment)
    }
}

impl Tally {
    pub fn reviews(self) -> i64 {
        self.positive + self.neutral + self.negative
    }
}
