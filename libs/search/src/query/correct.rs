//! What was probably meant.

use std::cmp::Reverse;

use xlcfi_korean::jamo;

use crate::error::Error;
use crate::lexicon::key;
use crate::nearest::{alike, allowed};
use crate::query::mind::{Mind, Way};
use crate::query::plan::Plan;
use crate::query::units::Unit;
use crate::words::Candidate;

/// Share of a word that only looks like the one typed, in 256ths.
const LIKENESS: u32 = 140;

/// So many corrections are looked at.
const CORRECTIONS: usize = 12;

/// Words of so many jamo are not corrected in their first one: 소주 is no 호주.
const SHORT: usize = 5;

/// Letters that are easily taken for each other are worth so many times the products.
const ALIKE: u64 = 16;

/// A correction is likelier when it stands in so many times more products.
const MUCH_MORE: u64 = 20;

/// Words that stand in more than one of so many products are no misspellings.
const RARE: u64 = 20_000;

impl Mind<'_> {
    /// The word that was probably meant.
    pub fn correction(&self, surface: &str) -> Option<Candidate> {
        self.corrections(surface).into_iter().next()
    }

    /// The words that may have been meant, the likeliest first: the nearest, of those
    /// the ones whose wrong letters are easily taken for the right ones, of those the
    /// most frequent.
    pub fn corrections(&self, surface: &str) -> Vec<Candidate> {
        let word = key(surface);
        let mut near = self.words.near(&word, allowed(word.len()), false, CORRECTIONS);
        if word.len() <= SHORT {
            near.retain(|candidate| alike(&word[..1], &key(&candidate.text)[..1]));
        }
        near.sort_by_cached_key(|candidate| {
            let alike = if alike(&word, &key(&candidate.text)) {
                ALIKE
            } else {
                1
            };
            (candidate.distance, Reverse(u64::from(candidate.products) * alike))
        });
        near
    }

    /// A word that no name has and few descriptions have may be a slip: what it looks
    /// like is found too, below it.
    pub fn likeness(&self, unit: &Unit) -> Result<Vec<Way>, Error> {
        let own = self.in_text(&unit.surface)?;
        if own > self.rare() || unit.light || self.words.products(&unit.surface) > 0 {
            return Ok(Vec::new());
        }
        match self.correction(&unit.surface) {
            Some(better) if better.distance == 1 && u64::from(better.products) > 2 * own => {
                self.exact_text(&better.text, LIKENESS)
            }
            _ => Ok(Vec::new()),
        }
    }

    /// The query of `plan` with words replaced that are much rarer than what they look
    /// like.
    pub fn likelier(&self, plan: &Plan) -> Result<Option<String>, Error> {
        if plan.corrected.is_some() {
            return Ok(None);
        }
        let mut changed = false;
        let mut words = Vec::with_capacity(plan.spelled.len());
        for word in &plan.spelled {
            let own = self.in_text(word)?;
            let mut likely = word.clone();
            if own <= self.rare()
                && word.chars().all(char::is_alphabetic)
                && !word.chars().all(jamo::is_consonant)
                && let Some(better) = self.correction(word)
                && u64::from(better.products) >= MUCH_MORE * own.max(1)
            {
                likely = better.text;
                changed = true;
            }
            words.push(likely);
        }
        Ok(changed.then(|| words.join(" ")))
    }

    fn rare(&self) -> u64 {
        (self.view.len() / RARE).max(3)
    }
}
