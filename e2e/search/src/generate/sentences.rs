//! Descriptions of 40 to 120 letters, and Roman letters for English names.

use anyhow::Context as _;
use rand::RngExt as _;
use rand::rngs::Xoshiro256PlusPlus;
use rand::seq::IndexedRandom as _;

use super::words::Words;
use crate::hangul;

/// What the sentences of one product are about.
pub struct Sentences<'a> {
    pub words: &'a Words,
    pub food: &'a str,
    pub place: &'a str,
    pub firm: &'a str,
}

impl Sentences<'_> {
    pub fn description(&self, rng: &mut Xoshiro256PlusPlus) -> anyhow::Result<String> {
        let (place, firm, food) = (self.place, self.firm, self.food);
        let (field, deed) = (self.one("fields", rng)?, self.one("deeds", rng)?);
        let (taste, usage, end) = (
            self.one("tastes", rng)?,
            self.one("uses", rng)?,
            self.one("ends", rng)?,
        );
        let first = match rng.random_range(0..4) {
            0 => {
                let by = if hangul::ends_in_consonant(firm) {
                    "이"
                } else {
                    "가"
                };
                format!(
                    "{place} {field}에서 {firm}{by} {deed} {food}{} {taste} {usage}에 {end}.",
                    by_means_of(food)
                )
            }
            1 => {
                let and = if hangul::ends_in_consonant(usage) {
                    "과"
                } else {
                    "와"
                };
                let other = self.one("uses", rng)?;
                format!(
                    "{taste} {place} {field}에서 {deed} {food}{} {usage}{and} {other}에 {end}.",
                    by_means_of(food)
                )
            }
            2 => {
                let topic = if hangul::ends_in_consonant(food) {
                    "은"
                } else {
                    "는"
                };
                format!("{place}에서 {deed} {food}{topic} {taste} {usage}에 {end}.")
            }
            _ => {
                let object = if hangul::ends_in_consonant(food) {
                    "을"
                } else {
                    "를"
                };
                format!("{firm}에서 {deed} {food}{object} {field}에서 바로 담아 {taste} {usage}에 {end}.")
            }
        };
        let mut text = first;
        while text.chars().count() < 40 || (rng.random_bool(0.4) && text.chars().count() < 90) {
            let care = self.one("cares", rng)?;
            if !text.contains(care) {
                text.push(' ');
                text.push_str(care);
                text.push('.');
            }
        }
        Ok(text)
    }

    fn one(&self, list: &str, rng: &mut Xoshiro256PlusPlus) -> anyhow::Result<&str> {
        let words = self.words.list(list)?;
        Ok(words
            .choose(rng)
            .with_context(|| format!("words.txt: {list} is empty"))?)
    }
}

/// The particle `로` or `으로`; ㄹ counts as a vowel here.
fn by_means_of(word: &str) -> &'static str {
    const RIEUL: u32 = 8;
    match word.chars().last().and_then(hangul::parts) {
        Some([_, _, last]) if last != 0 && last != RIEUL => "으로",
        _ => "로",
    }
}

/// Roman letters, syllable by syllable, without the changes of sound between them.
pub fn roman(text: &str) -> String {
    const INITIALS: [&str; 19] = [
        "g", "kk", "n", "d", "tt", "r", "m", "b", "pp", "s", "ss", "", "j", "jj", "ch", "k", "t", "p", "h",
    ];
    const VOWELS: [&str; 21] = [
        "a", "ae", "ya", "yae", "eo", "e", "yeo", "ye", "o", "wa", "wae", "oe", "yo", "u", "wo", "we", "wi",
        "yu", "eu", "ui", "i",
    ];
    const FINALS: [&str; 28] = [
        "", "k", "k", "k", "n", "n", "n", "t", "l", "k", "m", "l", "l", "l", "p", "l", "m", "p", "p", "t",
        "t", "ng", "t", "t", "k", "t", "p", "t",
    ];
    text.chars()
        .map(|letter| match hangul::parts(letter) {
            Some([initial, vowel, last]) => format!(
                "{}{}{}",
                INITIALS[initial as usize], VOWELS[vowel as usize], FINALS[last as usize]
            ),
            None => letter.to_string(),
        })
        .collect()
}
