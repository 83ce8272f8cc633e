//! Queries of every kind, drawn from the products they are put to.

use std::collections::HashSet;

use anyhow::Context as _;
use rand::rngs::Xoshiro256PlusPlus;
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use serde::{Deserialize, Serialize};

use crate::generate::Generator;
use crate::hangul;

/// What is asked, and so how an engine should look for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// One word.
    Term,
    /// Two or three words that must stand side by side.
    Phrase,
    /// Words of which the last is not finished, at a border of syllables.
    Prefix,
    /// `ㄱㄹㅅ` for a word that begins with 가락시.
    Initials,
    /// A word with one letter wrong.
    Typo,
    /// One word, only what is in stock, with counts by category, origin, storage and price band.
    Facet,
    /// One to four syllables, the last perhaps unfinished (`감ㅈ`): names to complete it, the most sold first.
    Suggestion,
    /// The whole search box of a shop, with everything it falls back to.
    Search,
}

impl Kind {
    /// Those that are measured.
    pub const MEASURED: [Kind; 7] = [
        Kind::Term,
        Kind::Phrase,
        Kind::Prefix,
        Kind::Initials,
        Kind::Typo,
        Kind::Facet,
        Kind::Suggestion,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Kind::Term => "term",
            Kind::Phrase => "phrase",
            Kind::Prefix => "prefix",
            Kind::Initials => "initials",
            Kind::Typo => "typo",
            Kind::Facet => "facet",
            Kind::Suggestion => "suggestion",
            Kind::Search => "search",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Query {
    pub kind: Kind,
    pub text: String,
}

/// `each` different queries of every measured kind, drawn from the first `products` products; fewer when the products
/// do not hold as many.
pub fn draw(generator: &Generator, seed: u64, products: u64, each: usize) -> anyhow::Result<Vec<Query>> {
    let mut drawn = Vec::new();
    for kind in Kind::MEASURED {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed ^ (kind as u64 + 1) << 32);
        let mut seen = HashSet::new();
        for _ in 0..each * 100 {
            let product = generator.product(rng.random_range(1..=products))?;
            let words: Vec<&str> = product.name.split(' ').collect();
            let Some(text) = text(kind, &words, &product.description, &mut rng) else {
                continue;
            };
            if seen.insert(text.clone()) {
                drawn.push(Query { kind, text });
            }
            if seen.len() == each {
                break;
            }
        }
    }
    Ok(drawn)
}

fn text(kind: Kind, words: &[&str], description: &str, rng: &mut Xoshiro256PlusPlus) -> Option<String> {
    let word = hangul_word(words, 2, rng)?;
    match kind {
        Kind::Term if rng.random_bool(0.2) => {
            let words: Vec<&str> = description.split([' ', '.']).collect();
            Some(hangul_word(&words, 2, rng)?.to_owned())
        }
        Kind::Term | Kind::Facet | Kind::Search => Some(word.to_owned()),
        Kind::Phrase => {
            let length = rng.random_range(2..=3);
            let at: Vec<&[&str]> = words
                .windows(length)
                .filter(|some| some.iter().all(|word| hangul::is_hangul(word)))
                .collect();
            Some(at.choose(rng)?.join(" "))
        }
        Kind::Prefix => {
            let at = words.iter().position(|one| *one == word)?;
            let begun = begun(word, rng);
            let before = at.checked_sub(1).map(|before| words[before]);
            match before.filter(|_| rng.random_bool(0.5)) {
                Some(before) => Some(format!("{before} {begun}")),
                None => Some(begun),
            }
        }
        Kind::Initials => {
            let least = if rng.random_bool(0.2) { 2 } else { 3 };
            Some(hangul::initials(hangul_word(words, least, rng)?))
        }
        Kind::Typo => mistyped(word, rng),
        Kind::Suggestion => Some(typed(words, word, rng)),
    }
}

/// A word of Hangul alone, with at least so many syllables.
fn hangul_word<'a>(words: &[&'a str], least: usize, rng: &mut Xoshiro256PlusPlus) -> Option<&'a str> {
    let fit: Vec<&&str> = words
        .iter()
        .filter(|word| hangul::is_hangul(word) && word.chars().count() >= least)
        .collect();
    fit.choose(rng).map(|word| **word)
}

/// At least one syllable of the word, and not all.
fn begun(word: &str, rng: &mut Xoshiro256PlusPlus) -> String {
    let whole = word.chars().count();
    word.chars().take(rng.random_range(1..whole)).collect()
}

/// One letter of one syllable replaced, put in or left out.
pub fn mistyped(word: &str, rng: &mut Xoshiro256PlusPlus) -> Option<String> {
    let mut letters: Vec<char> = word.chars().collect();
    let at = rng.random_range(0..letters.len());
    let mut parts = hangul::parts(*letters.get(at)?)?;
    let place = rng.random_range(0..parts.len());
    let other = rng.random_range(1..hangul::COUNTS[place]);
    parts[place] = (parts[place] + other) % hangul::COUNTS[place];
    letters[at] = hangul::syllable(parts);
    Some(letters.into_iter().collect())
}

/// The first one to four syllables of a word, or of it and the next, a third of them with a begun syllable behind.
fn typed(words: &[&str], word: &str, rng: &mut Xoshiro256PlusPlus) -> String {
    let from = words.iter().position(|one| *one == word).unwrap_or(0);
    let whole: Vec<char> = words[from..].join(" ").chars().collect();
    let length = rng.random_range(1..=4).min(whole.len());
    let mut text: String = whole[..length].iter().collect();
    if rng.random_bool(1.0 / 3.0)
        && let Some([initial, vowel, last]) = whole.get(length).copied().and_then(hangul::parts)
    {
        text.push(if last > 0 && rng.random_bool(0.5) {
            hangul::syllable([initial, vowel, 0])
        } else {
            hangul::initial_of([initial, vowel, last])
        });
    }
    text.trim_end().to_owned()
}

/// One JSON line for each query.
pub fn write(queries: &[Query], path: &std::path::Path) -> anyhow::Result<()> {
    let lines: Vec<String> = queries
        .iter()
        .map(serde_json::to_string)
        .collect::<Result<_, _>>()?;
    std::fs::write(path, lines.join("\n") + "\n").with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(kind: Kind) -> Vec<String> {
        let generator = Generator::new(1).unwrap();
        let queries = draw(&generator, 1, 20_000, 200).unwrap();
        assert_eq!(queries.len(), 200 * Kind::MEASURED.len());
        let of_kind = queries.into_iter().filter(|query| query.kind == kind);
        of_kind.map(|query| query.text).collect()
    }

    #[test]
    fn the_same_seed_draws_the_same_queries_without_repetition() {
        let terms = drawn(Kind::Term);
        assert_eq!(terms, drawn(Kind::Term));
        assert_eq!(terms.iter().collect::<HashSet<_>>().len(), 200);
    }

    #[test]
    fn phrases_have_two_or_three_words() {
        for text in drawn(Kind::Phrase) {
            assert!((2..=3).contains(&text.split(' ').count()), "{text}");
        }
    }

    #[test]
    fn initials_are_consonants_alone() {
        for text in drawn(Kind::Initials) {
            assert!(
                text.chars().all(|letter| ('ㄱ'..='ㅎ').contains(&letter)),
                "{text}"
            );
        }
    }

    #[test]
    fn a_typo_changes_one_letter_of_one_syllable() {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
        for _ in 0..1_000 {
            let typo = mistyped("서귀포감귤", &mut rng).unwrap();
            let pairs = "서귀포감귤".chars().zip(typo.chars());
            let changed: Vec<usize> = pairs
                .filter_map(|(right, wrong)| {
                    let (right, wrong) = (hangul::parts(right)?, hangul::parts(wrong)?);
                    Some(
                        right
                            .iter()
                            .zip(wrong)
                            .filter(|(right, wrong)| **right != *wrong)
                            .count(),
                    )
                })
                .filter(|letters| *letters > 0)
                .collect();
            assert_eq!(changed, [1], "{typo}");
        }
    }

    #[test]
    fn suggestions_are_asked_for_with_unfinished_syllables_too() {
        let texts = drawn(Kind::Suggestion);
        assert!(texts.iter().all(|text| (1..=5).contains(&text.chars().count())));
        let begun = texts
            .iter()
            .filter(|text| text.ends_with(|last| ('ㄱ'..='ㅎ').contains(&last)));
        assert!(begun.count() > 20);
    }
}
