//! What of a text is looked for as one.

use xlcfi_korean::{Kind, Mode, Tags, fold, jamo, units as quantities};

use crate::error::Error;
use crate::name::pair;
use crate::query::mind::Mind;
use crate::query::plan::MOST_SLOTS;
use crate::split::{Leaf, Word, words};

/// Words of a wish that are not of the food.
const FILLERS: [&str; 12] = [
    "재료",
    "식재료",
    "추천",
    "인기",
    "제품",
    "상품",
    "종류",
    "할인",
    "특가",
    "행사",
    "세일",
    "구매",
];

/// A word, or a part of one that stands alone.
#[derive(Clone)]
pub(crate) struct Unit {
    /// As it is written, normalised, without particles.
    pub surface: String,
    /// As it was typed.
    pub typed: String,
    /// What it is made of; nothing where that does not say what is meant.
    pub leaves: Vec<Leaf>,
    /// All that the analyzer made of it, for when nothing else helps.
    pub rest: Vec<Leaf>,
    /// It alone is nothing one would look for: a quantity.
    pub light: bool,
}

impl Mind<'_> {
    /// The units of a text: its words, where they stand in the catalogue as they are,
    /// and else what they are made of.
    pub fn units(&self, text: &str) -> Result<Vec<Unit>, Error> {
        let mut units = Vec::new();
        let words = words(self.analyzer, text);
        let mut at = 0;
        while at < words.len() && units.len() < MOST_SLOTS {
            match self.torn(text, &words[at..])? {
                Some((joined, count)) => {
                    units.extend(self.units(&joined)?);
                    at += count;
                }
                None => {
                    self.word(text, &words[at], &mut units)?;
                    at += 1;
                }
            }
        }
        Ok(units)
    }

    fn word(&self, text: &str, word: &Word, units: &mut Vec<Unit>) -> Result<(), Error> {
        let typed = text[word.at.clone()].to_owned();
        if let Some(surface) = native_quantity(&typed)
            && !self.known(&fold(&typed))?
        {
            units.push(Unit {
                leaves: Vec::new(),
                rest: Vec::new(),
                surface,
                typed,
                light: true,
            });
            return Ok(());
        }
        let bare = fold(&text[word.bare()]);
        let complete = word.bare() == word.at
            || self.only_suffixes(text, word)
                && (self.known(&bare)?
                    || !self.synonyms.of(&bare).is_empty()
                    || self.all_known(&word.leaves)?);
        let surface = if complete { bare } else { fold(&typed) };
        let light = word.is_quantity() || FILLERS.contains(&surface.as_str());
        let mut unit = Unit {
            surface,
            typed,
            leaves: word.leaves.clone(),
            rest: word.leaves.clone(),
            light,
        };
        let certain = light || self.known(&unit.surface)? || unit.leaves.len() == 1 && complete;
        if certain || self.synonyms.longest(&[unit.surface.as_str()]).is_some() {
            units.push(unit);
        } else if !complete || !self.all_known(&unit.leaves)? {
            unit.leaves.clear();
            units.push(unit);
        } else if self.side_by_side(&unit.leaves)? {
            units.push(unit);
        } else {
            // Known parts that never meet: a slip, unless some product has them all.
            let terms: Vec<String> = unit.leaves.iter().map(|leaf| leaf.text.clone()).collect();
            let correction = if self.literal {
                None
            } else {
                self.correction(&unit.surface)
            };
            match correction {
                Some(correction) if correction.distance == 1 || !self.together(&terms)? => {
                    unit.leaves.clear();
                    units.push(unit);
                }
                _ => units.extend(parts(text, word)),
            }
        }
        Ok(())
    }

    /// The first of `words` joined, where blanks tore a word apart: 양 배 추, 고추 가루.
    fn torn(&self, text: &str, words: &[Word]) -> Result<Option<(String, usize)>, Error> {
        for count in (2..=words.len().min(4)).rev() {
            let torn = words[..count].iter().map(|word| fold(&text[word.at.clone()]));
            let pieces: Vec<String> = torn.collect();
            if !pieces
                .iter()
                .flat_map(|piece| piece.chars())
                .all(jamo::is_syllable)
            {
                continue;
            }
            let joined = pieces.concat();
            let short = pieces.iter().filter(|piece| piece.chars().count() == 1).count();
            let word = if 2 * short >= count {
                self.known(&joined)?
            } else {
                count == 2
                    && self.frequency(self.view.fields.pairs, &pair(&pieces[0], &pieces[1]))? == 0
                    && (self.known(&joined)? || !self.synonyms.of(&joined).is_empty())
            };
            if word {
                return Ok(Some((joined, count)));
            }
        }
        Ok(None)
    }

    /// Whether what the analyzer left out of a word is but particles and suffixes of nouns.
    fn only_suffixes(&self, text: &str, word: &Word) -> bool {
        let bare = word.bare();
        if word.leaves.is_empty() || bare.start != word.at.start {
            return false;
        }
        let mut only = true;
        let everything = self.analyzer.clone().with_stop_tags(Tags::EMPTY);
        everything.analyze(&text[word.at.clone()], Mode::Whole, |token| {
            let outside = word.at.start + token.start >= bare.end;
            only &= !outside || token.tag.name().starts_with('J') || token.tag.name() == "XSN";
        });
        only
    }

    /// Whether these parts stand side by side in some name.
    fn side_by_side(&self, leaves: &[Leaf]) -> Result<bool, Error> {
        for two in leaves.windows(2) {
            if self.frequency(self.view.fields.pairs, &pair(&two[0].text, &two[1].text))? == 0 {
                return Ok(false);
            }
        }
        Ok(!leaves.is_empty())
    }
}

/// A quantity with a native number: 한판 is 1판.
fn native_quantity(word: &str) -> Option<String> {
    const NUMBERS: [(&str, &str); 6] = [
        ("한", "1"),
        ("두", "2"),
        ("세", "3"),
        ("네", "4"),
        ("다섯", "5"),
        ("열", "10"),
    ];
    NUMBERS.iter().find_map(|(native, digits)| {
        let rest = word.strip_prefix(native).filter(|rest| !rest.is_empty())?;
        quantities::parse(&format!("{digits}{rest}")).map(|quantity| quantity.to_string())
    })
}

/// What a word is made of: its compounds, and tokens that are part of none.
fn parts(text: &str, word: &Word) -> Vec<Unit> {
    let mut units: Vec<Unit> = Vec::new();
    let mut end = 0;
    for leaf in &word.leaves {
        let compound = word
            .compounds
            .iter()
            .filter(|compound| compound.at.start <= leaf.at.start && leaf.at.end <= compound.at.end)
            .max_by_key(|compound| compound.at.len());
        let whole = compound.unwrap_or(leaf);
        match units.last_mut() {
            Some(unit) if leaf.at.start < end => unit.leaves.push(leaf.clone()),
            _ => units.push(Unit {
                surface: whole.text.clone(),
                typed: text[whole.at.clone()].to_owned(),
                light: matches!(leaf.kind, Kind::Quantity | Kind::Number),
                leaves: vec![leaf.clone()],
                rest: Vec::new(),
            }),
        }
        end = end.max(whole.at.end);
    }
    units
}
