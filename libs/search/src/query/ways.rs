//! Ways to understand a word that is not simply there.

use xlcfi_korean::jamo;

use crate::error::Error;
use crate::lexicon::key;
use crate::name::{ENDING, INITIALS_FROM_WORD, bigrams};
use crate::query::mind::{Mind, WHOLE, Way, way};
use crate::query::plan::{Alternative, Slot, Term};
use crate::split::Leaf;

/// An unfinished word is completed to so many words at most, those of most products.
const COMPLETIONS: usize = 48;

/// Shares of alternatives, in 256ths of a word as it is.
pub(crate) const COMPLETED: u32 = 200;
const LOOSE: u32 = 110;

impl Mind<'_> {
    /// What a compound is: of 물오징어, the last part.
    pub fn loosened(&self, mut slot: Slot, leaves: &[Leaf]) -> Result<Slot, Error> {
        if let [_, .., head] = leaves {
            let products = self.in_text(&head.text)?;
            if products > 0 {
                slot.products = slot.products.max(products);
                slot.loose.push(Alternative {
                    term: Term::Text(head.text.clone()),
                    share: LOOSE,
                });
            }
        }
        Ok(slot)
    }

    /// Initial consonants of the name.
    pub fn initials(&self, surface: &str) -> Result<Option<Slot>, Error> {
        let letters = jamo::decompose(surface);
        if letters.is_empty() || !letters.chars().all(jamo::is_consonant) {
            return Ok(None);
        }
        let run: String = letters.chars().take(INITIALS_FROM_WORD).collect();
        let frequency = self.frequency(self.view.fields.initials, &run)?;
        let found = way(Term::Initials(run), WHOLE, frequency);
        Ok(self.slot(found.into_iter().collect(), false))
    }

    /// Longer words of the name that end so: 콩나물 for 나물.
    pub fn endings(&self, surface: &str) -> Result<Option<Way>, Error> {
        let syllables = surface.chars().count();
        // One syllable says too little: 튀김 is no 김.
        if !(1..=ENDING).contains(&syllables) || syllables == 1 && self.known(surface)? {
            return Ok(None);
        }
        let frequency = self.frequency(self.view.fields.endings, surface)?;
        Ok(way(Term::Ending(surface.to_owned()), WHOLE, frequency))
    }

    /// The words that begin so. A lone consonant at the end begins the next syllable, if
    /// there are such words; else it may end the one before.
    pub fn completed(&self, surface: &str) -> Result<Option<Slot>, Error> {
        let jamo = key(surface);
        let mut candidates = Vec::new();
        if let Some(lone) = surface.chars().last().filter(|&c| jamo::is_consonant(c)) {
            let whole = &surface[..surface.len() - lone.len_utf8()];
            candidates = self.words.words_beginning(&jamo, COMPLETIONS, |text| {
                let next = text.strip_prefix(whole).and_then(|rest| rest.chars().next());
                next.and_then(jamo::split)
                    .is_some_and(|(initial, ..)| initial == lone)
            });
        }
        if candidates.is_empty() {
            candidates = self.words.words_beginning(&jamo, COMPLETIONS, |_| true);
        }
        let mut found = Vec::new();
        for candidate in candidates {
            let count = self.in_text(&candidate.text)?;
            if count > 0 {
                found.extend(way(self.term(candidate.text)?, COMPLETED, count));
            } else {
                found.extend(self.exact_text(&candidate.text, COMPLETED)?);
            }
        }
        Ok(self.slot(found, false))
    }

    /// Names with all pairs of letters of a word.
    pub fn by_letters(&self, surface: &str) -> Result<Option<Slot>, Error> {
        let mut pairs = Vec::new();
        bigrams(surface, |bigram| pairs.push(bigram.to_owned()));
        let mut least = if pairs.is_empty() { 0 } else { u64::MAX };
        for bigram in &pairs {
            least = least.min(self.frequency(self.view.fields.bigrams, bigram)?);
        }
        let found = way(Term::Bigrams(pairs), WHOLE, least);
        Ok(self.slot(found.into_iter().collect(), false))
    }
}
