//! What a name is found by besides its tokens.

use xlcfi_korean::{Analyzer, fold, jamo};

use crate::food::Food;
use crate::split::{Leaf, Word, words};
use crate::wire;

/// Initials are indexed from the beginning of each word up to so many, and from inside
/// of words up to fewer.
pub(crate) const INITIALS_FROM_WORD: usize = 8;
pub(crate) const INITIALS_INSIDE: usize = 5;

/// How a run of initials stands in the name, as its frequency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum Run {
    /// Begins inside of a part of a word.
    Inside = 1,
    /// Begins a part of a word.
    Part = 2,
    /// Begins a word.
    Word = 3,
    /// Begins the name.
    First = 4,
    /// Is one or more whole parts of words.
    WholePart = 5,
    /// Is one or more whole words.
    WholeWord = 6,
    /// Is the first words of the name.
    WholeFirst = 7,
}

/// Words are found by their last syllables up to so many.
pub(crate) const ENDING: usize = 3;

/// So many first words of a name are words and phrases to suggest.
const PHRASE_WORDS: usize = 4;

/// So many of them make a phrase.
const PHRASE: usize = 2;

/// Neighbours in the name, each pair as one term.
pub(crate) fn pairs(words: &[Word], out: &mut String) {
    let leaves: Vec<&Leaf> = words.iter().flat_map(|word| &word.leaves).collect();
    let mut seen: Vec<String> = leaves
        .windows(2)
        .map(|two| pair(&two[0].text, &two[1].text))
        .collect();
    seen.sort_unstable();
    seen.dedup();
    seen.iter().for_each(|term| wire::push(out, term, 1));
}

/// The term of two neighbours.
pub(crate) fn pair(first: &str, second: &str) -> String {
    format!("{first} {second}")
}

/// Runs of initials: from the beginning of each word and part of one on through the words
/// that follow, and shorter ones from inside of parts.
pub(crate) fn initials(text: &str, words: &[Word], out: &mut String) {
    let mut letters: Vec<char> = Vec::new();
    // Places among the letters where words and parts of words begin or end.
    let mut word_edges = vec![0];
    let mut part_edges = vec![0];
    for word in words.iter().filter(|word| !word.is_quantity()) {
        let edges = word.leaves.iter().flat_map(|leaf| [leaf.at.start, leaf.at.end]);
        let edges: Vec<usize> = edges.collect();
        for (at, c) in text[word.at.clone()].char_indices() {
            if edges.contains(&(word.at.start + at)) {
                part_edges.push(letters.len());
            }
            letters.extend(
                fold(c.encode_utf8(&mut [0; 4]))
                    .chars()
                    .filter_map(jamo::split)
                    .map(|(c, ..)| c),
            );
        }
        word_edges.push(letters.len());
        part_edges.push(letters.len());
    }
    let mut runs: Vec<(String, Run)> = Vec::new();
    for start in 0..letters.len() {
        let (at_word, at_part) = (word_edges.contains(&start), part_edges.contains(&start));
        let (least, most) = if at_part {
            (1, INITIALS_FROM_WORD)
        } else {
            (2, INITIALS_INSIDE)
        };
        for len in least..=most.min(letters.len() - start) {
            let (to_word, to_part) = (
                word_edges.contains(&(start + len)),
                part_edges.contains(&(start + len)),
            );
            let run = match (start == 0, at_word, at_part) {
                (true, ..) if to_word => Run::WholeFirst,
                (_, true, _) if to_word => Run::WholeWord,
                (_, _, true) if to_part => Run::WholePart,
                (true, ..) => Run::First,
                (_, true, _) => Run::Word,
                (_, _, true) => Run::Part,
                _ => Run::Inside,
            };
            runs.push((letters[start..start + len].iter().collect(), run));
        }
    }
    runs.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(b.1.cmp(&a.1)));
    runs.dedup_by(|later, earlier| later.0 == earlier.0);
    runs.iter().for_each(|(run, of)| wire::push(out, run, *of as u8));
}

/// The last syllables of longer words of the name.
pub(crate) fn endings(text: &str, words: &[Word], out: &mut String) {
    let mut all: Vec<String> = Vec::new();
    for word in words.iter().filter(|word| !word.is_quantity()) {
        let whole = fold(&text[word.at.clone()]);
        let starts: Vec<usize> = whole.char_indices().map(|(at, _)| at).skip(1).collect();
        let ends = starts.iter().rev().take(ENDING).map(|&at| whole[at..].to_owned());
        all.extend(ends.filter(|end| end.chars().all(jamo::is_syllable)));
    }
    all.sort_unstable();
    all.dedup();
    all.iter().for_each(|end| wire::push(out, end, 1));
}

/// Neighbouring characters of `word`.
pub(crate) fn bigrams(word: &str, mut each: impl FnMut(&str)) {
    let starts: Vec<usize> = word
        .char_indices()
        .map(|(at, _)| at)
        .chain([word.len()])
        .collect();
    for three in starts.windows(3) {
        each(&word[three[0]..three[2]]);
    }
}

/// What a category is called, in each of its languages, where that is one word: 쌀 and rice for `쌀 Rice`, nothing for
/// `새우·게 Crustaceans and more`.
pub(crate) fn kinds(analyzer: &Analyzer, category: &str) -> Vec<String> {
    let texts = words(analyzer, category)
        .into_iter()
        .map(|word| match word.leaves.as_slice() {
            [leaf] => leaf.text.clone(),
            _ => fold(&category[word.bare()]),
        });
    let (korean, other): (Vec<String>, Vec<String>) =
        texts.partition(|text| text.chars().all(jamo::is_syllable));
    let sole = |texts: Vec<String>| <[String; 1]>::try_from(texts).ok();
    [sole(korean), sole(other)]
        .into_iter()
        .flatten()
        .flatten()
        .collect()
}

/// Words to correct with, and phrases to suggest: the words of the names and of the
/// categories, and what names begin with.
pub(crate) fn phrases(food: &Food, name: &[Word], english: &[Word]) -> Vec<String> {
    let mut phrases: Vec<String> = Vec::new();
    for (text, words) in [(&food.name, name), (&food.name_en, english)] {
        let mut phrase = String::new();
        for (place, word) in words
            .iter()
            .filter(|word| !word.is_quantity())
            .take(PHRASE_WORDS)
            .enumerate()
        {
            let whole = fold(&text[word.at.clone()]);
            if place > 0 {
                phrase.push(' ');
            }
            phrase.push_str(&whole);
            if place < PHRASE {
                phrases.push(phrase.clone());
            }
            phrases.push(whole);
            phrases.extend(
                word.leaves
                    .iter()
                    .chain(&word.compounds)
                    .map(|leaf| leaf.text.clone()),
            );
        }
    }
    for category in &food.category_names {
        phrases.extend(
            fold(category)
                .split(|c: char| !c.is_alphanumeric())
                .map(str::to_owned),
        );
    }
    phrases.sort_unstable();
    phrases.dedup();
    phrases.retain(|phrase| (2..=40).contains(&phrase.chars().count()));
    phrases
}
