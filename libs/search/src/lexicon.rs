//! Words and phrases, sorted by how they are typed.
//!
//! Those of the catalogue are terms of the index (fields `words` and `phrases`), so a
//! lexicon can be made from any committed state, and knows in how many products each
//! stands.

use xlcfi_korean::jamo;

/// The most phrases kept; those of most products stay.
const MOST: usize = 200_000;

/// A word or phrase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Phrase<'a> {
    /// Normalised text.
    pub text: &'a str,
    /// In how many products it stands; those replaced since the last merge count.
    pub products: u32,
}

/// Phrases sorted by their jamo.
#[derive(Default)]
pub(crate) struct Lexicon {
    texts: String,
    keys: Vec<u8>,
    initials: Vec<u8>,
    entries: Vec<Entry>,
    /// Places in the order of their initials.
    by_initials: Vec<u32>,
}

#[derive(Clone, Copy)]
struct Entry {
    /// Where its text ends; it begins where the one before ends.
    text_end: u32,
    key_end: u32,
    initials_end: u32,
    products: u32,
}

/// What stands for characters that are neither ASCII nor jamo.
const OTHER: u8 = 0xff;

fn byte(c: char) -> u8 {
    match c {
        c if c.is_ascii() => c as u8,
        'ㄱ'..='ㅣ' => 0x80 + (c as u32 - 'ㄱ' as u32) as u8,
        _ => OTHER,
    }
}

/// The jamo of `text`, one byte each.
pub(crate) fn key(text: &str) -> Vec<u8> {
    jamo::decompose(text).chars().map(byte).collect()
}

/// The initials of `text` without blanks, one byte each.
fn initials(text: &str) -> impl Iterator<Item = u8> {
    let initial = |c| jamo::split(c).map_or(c, |(initial, _, _)| initial);
    text.chars().filter(|&c| c != ' ').map(move |c| byte(initial(c)))
}

impl Lexicon {
    /// These phrases and how many products each stands in.
    pub fn new<'a>(phrases: impl Iterator<Item = (&'a str, u32)>) -> Self {
        let mut phrases: Vec<(Vec<u8>, &str, u32)> = phrases
            .map(|(text, products)| (key(text), text, products))
            .collect();
        if phrases.len() > MOST {
            phrases.select_nth_unstable_by_key(MOST, |phrase| std::cmp::Reverse(phrase.2));
            phrases.truncate(MOST);
        }
        phrases.sort_unstable();
        let mut lexicon = Self::default();
        for (key, text, products) in phrases {
            lexicon.texts.push_str(text);
            lexicon.keys.extend(key);
            lexicon.initials.extend(initials(text));
            lexicon.entries.push(Entry {
                text_end: lexicon.texts.len() as u32,
                key_end: lexicon.keys.len() as u32,
                initials_end: lexicon.initials.len() as u32,
                products,
            });
        }
        let mut order: Vec<u32> = (0..lexicon.entries.len() as u32).collect();
        order.sort_by_key(|&at| lexicon.initials(at as usize));
        lexicon.by_initials = order;
        lexicon
    }

    /// How many phrases there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// The phrase at `at`.
    pub fn phrase(&self, at: usize) -> Phrase<'_> {
        let start = at
            .checked_sub(1)
            .map_or(0, |before| self.entries[before].text_end) as usize;
        Phrase {
            text: &self.texts[start..self.entries[at].text_end as usize],
            products: self.entries[at].products,
        }
    }

    /// The jamo of the phrase at `at`.
    pub fn key(&self, at: usize) -> &[u8] {
        let start = at.checked_sub(1).map_or(0, |before| self.entries[before].key_end) as usize;
        &self.keys[start..self.entries[at].key_end as usize]
    }

    /// The initials of the phrase at `at`.
    fn initials(&self, at: usize) -> &[u8] {
        let start = at
            .checked_sub(1)
            .map_or(0, |before| self.entries[before].initials_end) as usize;
        &self.initials[start..self.entries[at].initials_end as usize]
    }

    /// The places of phrases whose initials begin with those of `text`.
    pub fn begins_initials(&self, text: &str) -> impl Iterator<Item = usize> {
        let wanted: Vec<u8> = initials(text).collect();
        let order = &self.by_initials;
        let start = order.partition_point(|&at| self.initials(at as usize) < wanted.as_slice());
        order[start..]
            .iter()
            .map(|&at| at as usize)
            .take_while(move |&at| self.initials(at).starts_with(&wanted))
    }

    /// The phrases whose jamo begin with `prefix`, as a range of places.
    pub fn begins(&self, prefix: &[u8]) -> std::ops::Range<usize> {
        let start = self.first_from(0, |key| key < prefix);
        start..self.first_from(start, |key| key.starts_with(prefix))
    }

    /// In how many products exactly this phrase stands.
    pub fn products(&self, text: &str) -> u32 {
        let key = key(text);
        let start = self.first_from(0, |other| other < key.as_slice());
        (start..self.len())
            .take_while(|&at| self.key(at) == key)
            .find(|&at| self.phrase(at).text == text)
            .map_or(0, |at| self.entries[at].products)
    }

    /// The end of the run of phrases from `from` on that begin with `prefix`, as the one
    /// there does.
    pub fn end_of(&self, from: usize, prefix: &[u8]) -> usize {
        // Runs are short mostly: double the step until it is too far.
        let mut step = 1;
        while from + step < self.len() && self.key(from + step).starts_with(prefix) {
            step *= 2;
        }
        let (mut low, mut high) = (from + step / 2, (from + step).min(self.len()));
        while low < high {
            let middle = low + (high - low) / 2;
            if self.key(middle).starts_with(prefix) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }

    /// The first place from `from` on where `before` does not hold.
    pub fn first_from(&self, from: usize, before: impl Fn(&[u8]) -> bool) -> usize {
        let (mut low, mut high) = (from, self.len());
        while low < high {
            let middle = low + (high - low) / 2;
            if before(self.key(middle)) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }
}

#[cfg(test)]
mod tests {
    use super::{Lexicon, key};

    fn lexicon() -> Lexicon {
        let phrases = ["감자", "감자 수미", "감귤", "고등어", "potato", "가지"];
        Lexicon::new(phrases.iter().zip(1..).map(|(text, count)| (*text, count)))
    }

    fn begins(lexicon: &Lexicon, typed: &str) -> Vec<String> {
        lexicon
            .begins(&key(typed))
            .map(|at| lexicon.phrase(at).text.to_owned())
            .collect()
    }

    #[test]
    fn unfinished_syllables_begin_phrases() {
        let lexicon = lexicon();
        assert_eq!(begins(&lexicon, "감ㅈ"), ["감자", "감자 수미"]);
        assert_eq!(begins(&lexicon, "고드"), ["고등어"]);
        assert_eq!(begins(&lexicon, "po"), ["potato"]);
        assert_eq!(begins(&lexicon, "배"), [""; 0]);
        assert_eq!(begins(&lexicon, "").len(), lexicon.len());
    }

    #[test]
    fn initials_begin_phrases_over_blanks() {
        let lexicon = lexicon();
        let found = |typed| {
            lexicon
                .begins_initials(typed)
                .map(|at| lexicon.phrase(at).text)
                .collect::<Vec<_>>()
        };
        assert_eq!(found("ㄱㅈ"), ["감자", "가지", "감자 수미"]);
        assert_eq!(found("ㄱㅈㅅ"), ["감자 수미"]);
        assert_eq!(found("ㅎ"), [""; 0]);
    }
}
