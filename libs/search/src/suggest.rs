//! Completing what is being typed.

use xlcfi_korean::{fold, jamo, keyboard};

use crate::error::Error;
use crate::highlight::render;
use crate::index::Index;
use crate::lexicon::key;
use crate::matching::Bound;
use crate::nearest::allowed;
use crate::query::mind::Mind;
use crate::split::cut;
use crate::words::{Candidate, Words};

/// Something that can be typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// The whole text.
    pub text: String,
    /// `text` escaped for HTML, what completes it between `<em>` and `</em>`.
    pub highlighted: String,
    /// How many products it finds, at most 1,000.
    pub products: u64,
    /// It corrects what was typed.
    pub correction: bool,
}

/// Products are counted so far. Of phrases of frequent words that seldom meet, which
/// would take more steps, what is known is told: those whose name begins so.
const COUNTED: Bound = Bound {
    enough: 1_000,
    steps: 1_500,
};

/// Texts are read so far, in bytes.
const LONGEST: usize = 200;

impl Index {
    /// The `limit` likeliest ways to go on from `text`, those of most products first. Of
    /// products put in a moment ago the phrases may be missing for a second.
    ///
    /// # Errors
    /// Only if the index cannot be read.
    pub fn suggest(&self, text: &str, limit: usize) -> Result<Vec<Suggestion>, Error> {
        let typed = fold(cut(text, LONGEST));
        let typed = typed.trim_start();
        if typed.is_empty() || limit == 0 {
            return Ok(Vec::new());
        }
        let (view, words) = (self.view(), self.words());
        let mut mind = Mind::new(&view, &self.analyzer, &self.synonyms, &words);
        mind.literal = true;
        let mut suggestions: Vec<Suggestion> = Vec::with_capacity(limit);
        for (correction, candidates) in [
            (false, completions(&words, typed, limit)),
            (true, slips(&words, cut(text, LONGEST).trim_start(), limit)),
        ] {
            for candidate in candidates {
                if suggestions.len() == limit {
                    break;
                }
                if suggestions.iter().any(|known| known.text == candidate.text) {
                    continue;
                }
                let products = match mind.count(&candidate.text, COUNTED)? {
                    (counted, true) => counted,
                    (counted, false) => counted.max(u64::from(candidate.products)).min(COUNTED.enough),
                };
                if products > 0 {
                    let highlighted = highlight(&candidate.text, typed);
                    suggestions.push(Suggestion {
                        text: candidate.text,
                        highlighted,
                        products,
                        correction,
                    });
                }
            }
            if !suggestions.is_empty() {
                break;
            }
        }
        Ok(suggestions)
    }
}

/// What begins as it is typed, in letters or in initials; or else what its last word may
/// become.
fn completions(words: &Words, typed: &str, limit: usize) -> Vec<Candidate> {
    let most = 2 * limit;
    let consonants = |text: &str| {
        jamo::decompose(text)
            .chars()
            .all(|c| jamo::is_consonant(c) || c == ' ')
            && !text.trim().is_empty()
    };
    let found = match consonants(typed) {
        true => words.with_initials(typed.trim_end(), most),
        false => words.beginning(&key(typed), most),
    };
    if !found.is_empty() {
        return found;
    }
    let Some((before, last)) = typed.rsplit_once(' ') else {
        return found;
    };
    let ends = match consonants(last) {
        true => words.with_initials(last, most),
        false => words.words_beginning(&key(last), most, |_| true),
    };
    let join = |end: Candidate| Candidate {
        text: format!("{} {}", before.trim_end(), end.text),
        // Not known of both together.
        products: 0,
        ..end
    };
    ends.into_iter().map(join).collect()
}

/// What begins as it would have been typed without a slip: of the keyboard, or of a jamo.
fn slips(words: &Words, typed: &str, limit: usize) -> Vec<Candidate> {
    // The last letter may not make a syllable yet.
    let shorter = typed
        .char_indices()
        .next_back()
        .map_or("", |(last, _)| &typed[..last]);
    let meant = [
        keyboard::to_hangul(typed),
        keyboard::to_latin(typed),
        keyboard::to_hangul(shorter),
    ];
    for meant in meant.into_iter().flatten() {
        let found = completions(words, &fold(&meant), limit);
        if !found.is_empty() {
            return found;
        }
    }
    let typed = fold(typed);
    let (before, last) = typed.rsplit_once(' ').unwrap_or(("", &typed));
    let word = key(last);
    let join = |end: Candidate| Candidate {
        text: format!("{before} {}", end.text).trim_start().to_owned(),
        products: if before.is_empty() { end.products } else { 0 },
        ..end
    };
    words
        .near(&word, allowed(word.len()), true, 2 * limit)
        .into_iter()
        .map(join)
        .collect()
}

/// `text` with all marked that goes beyond what it has in common with `typed`.
fn highlight(text: &str, typed: &str) -> String {
    let same = text
        .chars()
        .zip(typed.chars())
        .take_while(|(a, b)| a == b)
        .map(|(c, _)| c.len_utf8())
        .sum();
    render(text, std::iter::once(same..text.len()))
}

#[cfg(test)]
mod tests {
    use super::highlight;

    #[test]
    fn what_completes_the_text_is_marked() {
        assert_eq!(highlight("감자", "감ㅈ"), "감<em>자</em>");
        assert_eq!(highlight("감자", "감자"), "감자");
        assert_eq!(highlight("감자", "ㄱㅈ"), "<em>감자</em>");
        assert_eq!(highlight("<b>", "<"), "&lt;<em>b&gt;</em>");
    }
}
