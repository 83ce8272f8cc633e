//! Words that mean the same to who buys food.

use std::collections::HashMap;

use crate::text;

/// Words of the same meaning, looked up by any of them.
pub struct Synonyms {
    words: HashMap<String, Vec<String>>,
    longest: usize,
}

/// A line of a synonym file that says nothing.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("synonyms, line {line}: {cause}")]
pub struct SynonymsError {
    /// Counted from 1.
    pub line: usize,
    /// What is wrong.
    pub cause: String,
}

impl Synonyms {
    /// The synonyms of the food trade, `words/synonyms.tsv` of this crate.
    ///
    /// # Panics
    /// Never: a test reads the file.
    pub fn food() -> Self {
        Self::parse(include_str!("../words/synonyms.tsv")).expect("a test reads the file")
    }

    /// Reads lines of words parted by tabs. All words of a line mean the same; after `>` stand words which the
    /// ones before it find, but not the other way. `#` begins a comment.
    ///
    /// # Errors
    /// When a line has fewer than two words, or a word twice.
    pub fn parse(file: &str) -> Result<Self, SynonymsError> {
        let mut synonyms = Self {
            words: HashMap::new(),
            longest: 0,
        };
        for (number, line) in file.lines().enumerate() {
            let line = line.split('#').next().unwrap_or_default().trim();
            if !line.is_empty() {
                synonyms.add(line).map_err(|cause| SynonymsError {
                    line: number + 1,
                    cause,
                })?;
            }
        }
        Ok(synonyms)
    }

    fn add(&mut self, line: &str) -> Result<(), String> {
        let (equal, narrower) = line.split_once('>').unwrap_or((line, ""));
        let read = |part: &str| -> Vec<String> {
            part.split('\t')
                .map(key)
                .filter(|word| !word.is_empty())
                .collect()
        };
        let (equal, narrower) = (read(equal), read(narrower));
        let all: Vec<&String> = equal.iter().chain(&narrower).collect();
        if equal.is_empty() || all.len() < 2 {
            return Err("a word alone has no synonym".into());
        }
        if let Some(twice) = all
            .iter()
            .enumerate()
            .find(|(at, word)| all[..*at].contains(word))
        {
            return Err(format!("{} stands there twice", twice.1));
        }
        for word in &equal {
            self.longest = self.longest.max(word.split(' ').count());
            let known = self.words.entry(word.clone()).or_default();
            for other in &all {
                if *other != word && !known.contains(other) {
                    known.push((*other).clone());
                }
            }
        }
        Ok(())
    }

    /// The words that mean what `term` does, itself left out. Case, width and doubled spaces do not matter.
    pub fn of(&self, term: &str) -> &[String] {
        self.words.get(&key(term)).map_or(&[], Vec::as_slice)
    }

    /// The longest term at the beginning of `words` that has synonyms: how many words it takes, and the synonyms.
    ///
    /// `["sweet", "potato", "10kg"]` gives 2 and 고구마.
    pub fn longest(&self, words: &[&str]) -> Option<(usize, &[String])> {
        (1..=self.longest.min(words.len())).rev().find_map(|count| {
            let found = self.of(&words[..count].join(" "));
            (!found.is_empty()).then_some((count, found))
        })
    }

    /// The words that have synonyms, in no order.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.words.keys().map(String::as_str)
    }

    /// How many words have synonyms.
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// Whether no word has any.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }
}

fn key(term: &str) -> String {
    let folded = text::fold(term);
    folded.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::Synonyms;

    #[test]
    fn any_word_of_a_group_finds_the_others() {
        let synonyms = Synonyms::parse("소고기\t쇠고기\t우육\tbeef\n").unwrap();
        assert_eq!(synonyms.of("BEEF"), ["소고기", "쇠고기", "우육"]);
        assert_eq!(synonyms.of("우육"), ["소고기", "쇠고기", "beef"]);
        assert!(synonyms.of("돼지고기").is_empty());
    }

    #[test]
    fn narrower_words_are_found_one_way() {
        let synonyms = Synonyms::parse("새우\tshrimp\t>\t왕새우 # prawns\n").unwrap();
        assert_eq!(synonyms.of("새우"), ["shrimp", "왕새우"]);
        assert!(synonyms.of("왕새우").is_empty());
    }

    #[test]
    fn terms_of_several_words_are_found_before_shorter_ones() {
        let synonyms = Synonyms::parse("고구마\tsweet potato\n감자\tpotato\n").unwrap();
        let (count, found) = synonyms.longest(&["Sweet", "potato", "10kg"]).unwrap();
        assert_eq!((count, found), (2, &["고구마".to_owned()][..]));
        assert_eq!(
            synonyms.longest(&["potato", "chip"]).map(|(count, _)| count),
            Some(1)
        );
        assert!(synonyms.longest(&["10kg"]).is_none());
        assert!(synonyms.longest(&[]).is_none());
    }

    #[test]
    fn lines_that_say_nothing_are_refused() {
        assert_eq!(Synonyms::parse("감자\n").err().map(|error| error.line), Some(1));
        assert_eq!(
            Synonyms::parse("# ok\n감자\t감자\n")
                .err()
                .map(|error| error.line),
            Some(2)
        );
        assert!(Synonyms::parse(">\t감자\t무\n").is_err());
    }

    #[test]
    fn the_synonyms_of_food_are_readable() {
        let synonyms = Synonyms::food();
        assert_eq!(synonyms.of("쇠고기"), ["소고기", "우육", "비프", "beef"]);
        assert_eq!(
            synonyms
                .longest(&["sweet", "potato"])
                .map(|(words, found)| (words, found[0].as_str())),
            Some((2, "고구마"))
        );
        assert!(synonyms.of("명태").iter().any(|word| word == "동태"));
        assert!(!synonyms.of("동태").iter().any(|word| word == "황태"));
        assert!(synonyms.len() > 1000);
    }
}
