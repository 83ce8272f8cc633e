//! From a text to words and the tokens they are made of.

use std::ops::Range;

use xlcfi_korean::{Analyzer, Kind, Mode};

/// Texts are analysed so far, in bytes: what comes after is not found.
pub(crate) const LONGEST_TEXT: usize = 4_000;

/// `text`, cut to at most `most` bytes.
pub(crate) fn cut(text: &str, most: usize) -> &str {
    let mut end = most.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// A token of a text that is kept.
#[derive(Clone, Debug)]
pub(crate) struct Leaf {
    /// Its text, normalised.
    pub text: String,
    /// Its bytes in the original.
    pub at: Range<usize>,
    /// What it is.
    pub kind: Kind,
}

/// A word of a text: what stands between blanks or punctuation.
#[derive(Clone, Debug)]
pub(crate) struct Word {
    /// Its bytes in the original.
    pub at: Range<usize>,
    /// Its smallest tokens in order.
    pub leaves: Vec<Leaf>,
    /// Tokens made of several of them.
    pub compounds: Vec<Leaf>,
}

impl Word {
    /// The bytes from its first to its last token: without particles and endings.
    pub fn bare(&self) -> Range<usize> {
        let all = || self.leaves.iter().chain(&self.compounds);
        let start = all().map(|leaf| leaf.at.start).min().unwrap_or(self.at.start);
        let end = all().map(|leaf| leaf.at.end).max().unwrap_or(self.at.end);
        start..end
    }

    /// Whether it is but numbers and units.
    pub fn is_quantity(&self) -> bool {
        let quantity = |leaf: &Leaf| matches!(leaf.kind, Kind::Quantity | Kind::Number);
        !self.leaves.is_empty() && self.leaves.iter().all(quantity)
    }
}

/// The words of `text`.
pub(crate) fn words(analyzer: &Analyzer, text: &str) -> Vec<Word> {
    let text = cut(text, LONGEST_TEXT);
    let mut words = runs(text);
    let mut at = 0;
    analyzer.analyze(text, Mode::Mixed, |token| {
        while at + 1 < words.len() && words[at + 1].at.start <= token.start {
            at += 1;
        }
        // Numbers hold points, quantities blanks.
        while at + 1 < words.len() && words[at + 1].at.start < token.end {
            let next = words.remove(at + 1);
            words[at].at.end = next.at.end;
        }
        let Some(word) = words.get_mut(at) else { return };
        let leaf = Leaf {
            text: token.text.to_owned(),
            at: token.start..token.end,
            kind: token.kind,
        };
        match token.kind {
            Kind::Compound => word.compounds.push(leaf),
            _ => word.leaves.push(leaf),
        }
    });
    words
}

/// Runs of letters and digits.
fn runs(text: &str) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut open = false;
    for (start, c) in text.char_indices() {
        let end = start + c.len_utf8();
        match words.last_mut() {
            Some(word) if open && c.is_alphanumeric() => word.at.end = end,
            _ if c.is_alphanumeric() => {
                words.push(Word {
                    at: start..end,
                    leaves: Vec::new(),
                    compounds: Vec::new(),
                });
            }
            _ => {}
        }
        open = c.is_alphanumeric();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::{cut, runs};

    #[test]
    fn texts_are_cut_between_characters() {
        assert_eq!(cut("감자", 4), "감");
        assert_eq!(cut("감자", 99), "감자");
        assert_eq!(cut("감자", 0), "");
    }

    #[test]
    fn words_are_runs_of_letters_and_digits() {
        let text = "세척당근(10kg), beef!";
        let found: Vec<&str> = runs(text).into_iter().map(|word| &text[word.at]).collect();
        assert_eq!(found, ["세척당근", "10kg", "beef"]);
    }
}
