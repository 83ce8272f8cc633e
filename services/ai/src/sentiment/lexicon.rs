//! Words whose meaning is known, and what turns it over.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};
use regex::Regex;

use super::Aspect;

/// A word of the lexicon in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// -1, 0 or 1; turned over already.
    pub polarity: i8,
    pub aspect: Option<Aspect>,
}

struct Lexicon {
    finder: AhoCorasick,
    words: Vec<Found>,
}

static LEXICON: LazyLock<Lexicon> = LazyLock::new(Lexicon::read);
/// 안 싱싱, 못 먹.
static NOT_BEFORE: LazyLock<Regex> = LazyLock::new(|| regex(r"(^|\s)(안|못|덜)\s?$"));
/// 싱싱하지 않, 비린내 없이, 비싼 줄 모르.
static NOT_AFTER: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"^\S{0,3}(지|지도|지는|진|질|치)\s*(않|못|안|아니)|^\S{0,2}\s*(하나|전혀|거의|것|거|데|곳|점)?\s*(하나)?\s*(없|안\s?나|안\s?남|아니|제로)|^\S{0,4}\s?(줄|면)\s?(알았|좋겠)",
    )
});

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("written here")
}

impl Lexicon {
    fn read() -> Self {
        let rows = include_str!("../../data/opinion_words.tsv").lines();
        let rows = rows.filter(|line| !line.starts_with('#')).filter_map(|line| {
            let mut columns = line.split('\t');
            let (word, polarity, aspect) = (columns.next()?, columns.next()?, columns.next()?);
            let found = Found {
                polarity: match polarity {
                    "+" => 1,
                    "-" => -1,
                    _ => 0,
                },
                aspect: aspect.parse().ok(),
            };
            Some((word, found))
        });
        let (texts, words): (Vec<&str>, Vec<Found>) = rows.unzip();
        let finder = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .build(texts)
            .expect("the table is small");
        Self { finder, words }
    }
}

/// Words of the lexicon in a text, the longest at each place.
pub fn found(text: &str) -> Vec<Found> {
    let places = LEXICON.finder.find_iter(text);
    let found = places.map(|place| {
        let mut found = LEXICON.words[place.pattern()];
        if NOT_BEFORE.is_match(&text[..place.start()]) || NOT_AFTER.is_match(&text[place.end()..]) {
            found.polarity = -found.polarity;
        }
        found
    });
    found.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn negations_turn_a_word_over() {
        let cases = [
            ("싱싱해요", 1),
            ("안 싱싱해요", -1),
            ("신선하지 않네요", -1),
            ("신선하지도 않고", -1),
            ("시들지 않았어요", 1),
            ("비린내 하나 없어요", 1),
            ("맛있진 않아요", -1),
            ("곰팡이 없이", 1),
        ];
        for (text, polarity) in cases {
            let sum: i8 = found(text).iter().map(|found| found.polarity).sum();
            assert_eq!(sum, polarity, "{text}");
        }
    }
}
