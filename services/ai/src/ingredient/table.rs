//! The words that name allergens.

use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, Input, MatchKind};
use xlcfi_contracts::product::v1::Allergen;

use super::{is_syllable, neighbours};

/// What may follow a Korean word that stands alone.
const PARTICLES: [&str; 16] = [
    "을", "를", "이", "가", "은", "는", "과", "와", "도", "의", "등", "및", "로", "함유", "포함", "사용",
];

pub static TABLE: LazyLock<Table> = LazyLock::new(Table::read);

/// Where a word counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Also inside longer words.
    Anywhere,
    /// As a word of its own.
    Alone,
}

#[derive(Debug)]
struct Word {
    /// None for a word that hides what it holds: 땅콩호박 is no peanut.
    allergens: Vec<Allergen>,
    place: Place,
}

/// All words, found in one pass: at each place the longest one.
#[derive(Debug)]
pub struct Table {
    finder: AhoCorasick,
    words: Vec<Word>,
}

/// A place with a word that names allergens.
#[derive(Debug)]
pub struct Named<'a> {
    pub allergens: &'a [Allergen],
    pub span: Range<usize>,
}

impl Table {
    fn read() -> Self {
        let rows = include_str!("../../data/allergens.tsv")
            .lines()
            .filter(|line| !line.starts_with('#'))
            .map(|line| {
                let mut columns = line.split('\t');
                let columns = (columns.next(), columns.next(), columns.next());
                let (Some(word), Some(classes), Some(place)) = columns else {
                    unreachable!("each row of allergens.tsv has three columns: {line}")
                };
                let hides = place == "none";
                let word_row = Word {
                    allergens: if hides {
                        Vec::new()
                    } else {
                        classes.split(',').map(class).collect()
                    },
                    place: if place == "alone" {
                        Place::Alone
                    } else {
                        Place::Anywhere
                    },
                };
                (word, word_row)
            });
        let (texts, words): (Vec<&str>, Vec<Word>) = rows.unzip();
        let finder = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .ascii_case_insensitive(true)
            .build(texts)
            .expect("the table is small");
        Self { finder, words }
    }

    /// Every place of a text that names allergens.
    pub fn named(&self, text: &str) -> Vec<Named<'_>> {
        let mut found = Vec::new();
        let mut from = 0;
        while let Some(place) = self.finder.find(Input::new(text).range(from..)) {
            let (word, span) = (&self.words[place.pattern()], place.range());
            if word.place == Place::Alone && !stands_alone(text, &span) {
                from = span.start + text[span.start..].chars().next().map_or(1, char::len_utf8);
                continue;
            }
            from = span.end;
            if !word.allergens.is_empty() {
                found.push(Named {
                    allergens: &word.allergens,
                    span,
                });
            }
        }
        found
    }
}

/// Whether no other word goes on around it.
fn stands_alone(text: &str, span: &Range<usize>) -> bool {
    let joins = |letter: char| is_syllable(letter) || letter.is_ascii_alphabetic();
    let (before, after) = neighbours(text, span);
    // 미국산밀 is wheat from the USA.
    let begins = before.is_none_or(|letter| !joins(letter) || letter == '산');
    let ends = after.is_none_or(|letter| !joins(letter)) || {
        let rest = &text[span.end..];
        let particle = PARTICLES.iter().find(|particle| rest.starts_with(**particle));
        particle.is_some_and(|particle| {
            let next = rest[particle.len()..].chars().next();
            particle.chars().count() > 1 || next.is_none_or(|letter| !joins(letter))
        })
    };
    begins && ends
}

fn class(name: &str) -> Allergen {
    let name = format!("ALLERGEN_{}", name.to_ascii_uppercase());
    Allergen::from_str_name(&name).expect("allergens.tsv names classes of the contract")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_has_words_and_each_word_finds_itself() {
        for number in 1..=19 {
            let allergen = Allergen::try_from(number).unwrap();
            assert!(TABLE.words.iter().any(|word| word.allergens.contains(&allergen)));
        }
        for line in include_str!("../../data/allergens.tsv")
            .lines()
            .filter(|line| !line.starts_with('#'))
        {
            let mut columns = line.split('\t');
            let (word, classes) = (columns.next().unwrap(), columns.next().unwrap());
            let found = TABLE.named(word);
            if columns.next() == Some("none") {
                assert!(found.is_empty(), "{word}");
            } else {
                let classes: Vec<Allergen> = classes.split(',').map(class).collect();
                assert_eq!(found.len(), 1, "{word}");
                assert_eq!(found[0].allergens, classes, "{word}");
            }
        }
    }
}
