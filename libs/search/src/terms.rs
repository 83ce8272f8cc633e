//! From a product's texts to the terms it is found by.

use std::collections::HashMap;
use std::ops::Range;

use tantivy::TantivyDocument;
use xlcfi_korean::{Analyzer, Mode, fold};

use crate::columns::{Facts, Rank, day_number, write_origin, write_path};
use crate::food::Food;
use crate::matching::quality;
use crate::name::{bigrams, endings, initials, kinds, pairs, phrases};
use crate::place::{Place, Places};
use crate::schema::{Fields, NO_DATE};
use crate::split::{LONGEST_TEXT, Leaf, Word, cut, words};
use crate::stored;
use crate::wire;

/// Words of a name longer than this, in characters, are not terms as a whole.
const LONGEST_WORD: usize = 20;

/// Terms of one field with the places they stand at.
#[derive(Default)]
struct Bag {
    texts: String,
    entries: Vec<(Range<usize>, Place)>,
}

impl Bag {
    fn add(&mut self, term: &str, place: Place) {
        let start = self.texts.len();
        self.texts.push_str(term);
        self.entries.push((start..self.texts.len(), place));
    }

    /// Writes each term once and forgets all.
    fn write(&mut self, out: &mut String) {
        let texts = &self.texts;
        self.entries
            .sort_unstable_by(|a, b| texts[a.0.clone()].cmp(&texts[b.0.clone()]));
        for same in self
            .entries
            .chunk_by(|a, b| texts[a.0.clone()] == texts[b.0.clone()])
        {
            let mut places = Places::default();
            same.iter().for_each(|(_, place)| places.add(*place));
            wire::push(out, &texts[same[0].0.clone()], places.frequency());
        }
        self.texts.clear();
        self.entries.clear();
    }
}

/// Makes documents of products. Each thread has its own.
pub(crate) struct Documents {
    analyzer: Analyzer,
    fields: Fields,
    bag: Bag,
    out: String,
    phrases: Vec<String>,
    kinds: HashMap<String, Vec<String>>,
}

impl Documents {
    /// Analyses with `analyzer`.
    pub fn new(analyzer: Analyzer, fields: Fields) -> Self {
        Self {
            analyzer,
            fields,
            bag: Bag::default(),
            out: String::new(),
            phrases: Vec::new(),
            kinds: HashMap::new(),
        }
    }

    /// The document of `food`.
    pub fn make(&mut self, food: &Food) -> TantivyDocument {
        let fields = self.fields;
        let mut document = TantivyDocument::with_capacity(2048);
        let name = words(&self.analyzer, &food.name);
        let english = words(&self.analyzer, &food.name_en);
        let name_words = name
            .iter()
            .filter(|word| !word.is_quantity())
            .count()
            .clamp(1, 255);

        self.name(&food.name, &name);
        self.plain_words(&english, Place::English);
        self.plain(&food.description, Place::Description);
        self.plain(&food.unit, Place::Unit);
        self.plain(&food.origin, Place::Origin);
        for (at, category) in food.category_names.iter().enumerate() {
            let own = at + 1 == food.category_names.len();
            self.plain(category, if own { Place::Category } else { Place::Branch });
        }
        self.bag.write(&mut self.out);
        self.take(&mut document, fields.text);
        self.kinds(food);
        self.take(&mut document, fields.kinds);

        pairs(&name, &mut self.out);
        self.take(&mut document, fields.pairs);
        initials(&food.name, &name, &mut self.out);
        self.take(&mut document, fields.initials);
        for word in name.iter().filter(|word| !word.is_quantity()) {
            bigrams(&fold(&food.name[word.at.clone()]), |bigram| {
                wire::push(&mut self.out, bigram, 1)
            });
        }
        self.take(&mut document, fields.bigrams);
        endings(&food.name, &name, &mut self.out);
        self.take(&mut document, fields.endings);
        self.phrases = phrases(food, &name, &english);
        for (field, of_words) in [(fields.words, true), (fields.phrases, false)] {
            for phrase in self
                .phrases
                .iter()
                .filter(|phrase| phrase.contains(' ') != of_words)
            {
                wire::push(&mut self.out, phrase, 1);
            }
            self.take(&mut document, field);
        }

        document.add_bytes(fields.id, food.id.as_bytes());
        document.add_bytes(fields.stored, &stored::write(&food.name, &food.payload));
        let id = food.id.as_u128();
        document.add_u64(fields.id_high, (id >> 64) as u64);
        document.add_u64(fields.id_low, id as u64);
        document.add_u64(fields.version, food.version);
        document.add_i64(
            fields.created,
            (food.created.unix_timestamp_nanos() / 1000) as i64,
        );
        document.add_i64(fields.price, food.price);
        document.add_i64(fields.use_by, i64::from(food.use_by.map_or(NO_DATE, day_number)));
        document.add_u64(fields.facts, Facts::of(food).bits());
        let rank = Rank {
            rating: food.rating_millis(),
            boost: food.boost_millis(),
            name_words: name_words as u8,
        };
        document.add_u64(fields.rank, rank.bits());
        document.add_u64(fields.quality, u64::from(quality(rank)));
        document.add_text(fields.category, write_path(&food.category));
        document.add_text(fields.origin, cut(&write_origin(&food.origin), 200).trim_end());
        document.add_text(fields.seller, food.seller.hyphenated().to_string());
        document
    }

    /// Words and phrases of the last document.
    pub fn phrases(&self) -> impl Iterator<Item = &str> {
        self.phrases.iter().map(String::as_str)
    }

    fn take(&mut self, document: &mut TantivyDocument, field: tantivy::schema::Field) {
        if !self.out.is_empty() {
            document.add_text(field, &self.out);
            self.out.clear();
        }
    }

    /// What the own category is called; each name is read once.
    fn kinds(&mut self, food: &Food) {
        let Some(category) = food.category_names.last() else {
            return;
        };
        if !self.kinds.contains_key(category) {
            self.kinds
                .insert(category.clone(), kinds(&self.analyzer, category));
        }
        for kind in self.kinds.get(category).into_iter().flatten() {
            wire::push(&mut self.out, kind, 1);
        }
    }

    fn name(&mut self, text: &str, words: &[Word]) {
        let mut first = true;
        for word in words {
            let whole = if first && !word.is_quantity() {
                Place::NameFirst
            } else {
                Place::NameWord
            };
            first &= word.is_quantity();
            let at = word.bare();
            let last = word.leaves.last().map_or(0, |leaf| leaf.at.end);
            let place = |leaf: &Leaf| match leaf.at.end {
                _ if leaf.at == at || word.is_quantity() => whole,
                end if end == last => Place::NameHead,
                _ => Place::NamePart,
            };
            for leaf in word.leaves.iter().chain(&word.compounds) {
                self.bag.add(&leaf.text, place(leaf));
            }
            let covered = word
                .leaves
                .iter()
                .chain(&word.compounds)
                .any(|leaf| leaf.at == at);
            if !covered {
                let whole_text = fold(&text[at]);
                if whole_text.chars().count() <= LONGEST_WORD {
                    self.bag.add(&whole_text, whole);
                }
            }
        }
    }

    fn plain_words(&mut self, words: &[Word], place: Place) {
        for leaf in words
            .iter()
            .flat_map(|word| word.leaves.iter().chain(&word.compounds))
        {
            self.bag.add(&leaf.text, place);
        }
    }

    fn plain(&mut self, text: &str, place: Place) {
        let bag = &mut self.bag;
        self.analyzer
            .analyze(cut(text, LONGEST_TEXT), Mode::Mixed, |token| {
                bag.add(token.text, place)
            });
    }
}
