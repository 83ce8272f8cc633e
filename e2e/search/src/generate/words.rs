//! The vocabulary products are made of: the demo catalogue's rows and word lists of our own.

use std::collections::{HashMap, HashSet};

use anyhow::Context as _;
use rand::rngs::Xoshiro256PlusPlus;
use rand::seq::{IndexedRandom as _, SliceRandom as _};
use rand::{RngExt as _, SeedableRng as _};

use crate::product::{Row, category_names, rows};

const FOODS: &str = include_str!("foods.txt");
const PLACES: &str = include_str!("places.txt");
const WORDS: &str = include_str!("words.txt");

pub const SELLERS: usize = 5_000;
/// Brands of each seller.
pub const BRANDS: usize = 3;

/// A food under its plain name, and the catalogue's rows that say how such a food is kept and priced.
pub struct Food {
    pub category: String,
    pub name: String,
    pub varieties: Vec<String>,
    /// The English name, where the catalogue has one.
    pub name_en: Option<String>,
    pub models: Vec<usize>,
}

pub struct Words {
    pub foods: Vec<Food>,
    /// Province and place.
    pub places: Vec<(String, String)>,
    pub rows: Vec<Row>,
    pub category_names: HashMap<String, String>,
    /// Firm names, by seller.
    pub sellers: Vec<String>,
    /// Brand names, [`BRANDS`] of each seller.
    pub brands: Vec<String>,
    lists: HashMap<&'static str, Vec<String>>,
}

impl Words {
    /// Puts the vocabulary together, in an order that depends on the seed alone.
    pub fn new(seed: u64) -> anyhow::Result<Self> {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        let rows = rows()?;
        let lists: HashMap<&str, Vec<String>> = lists(WORDS)
            .map(|(name, words)| (name, words.map(|word| word.replace('-', " ")).collect()))
            .collect();
        let mut foods: Vec<Food> = rows.iter().enumerate().map(|(at, row)| of_row(at, row)).collect();
        for (category, words) in self::lists(FOODS) {
            let models: Vec<usize> = (0..rows.len())
                .filter(|at| rows[*at].category == category)
                .collect();
            anyhow::ensure!(!models.is_empty(), "foods.txt: no category {category}");
            foods.extend(words.map(|word| of_list(category, word, &models)));
        }
        foods.shuffle(&mut rng);
        let mut places: Vec<(String, String)> = self::lists(PLACES)
            .flat_map(|(province, words)| words.map(move |place| (province.to_owned(), place.to_owned())))
            .collect();
        places.shuffle(&mut rng);
        let mut words = Self {
            foods,
            places,
            rows,
            category_names: category_names()?,
            sellers: Vec::new(),
            brands: Vec::new(),
            lists,
        };
        words.sellers = words.firms(&mut rng)?;
        words.brands = words.coined(&mut rng, SELLERS * BRANDS)?;
        Ok(words)
    }

    /// One of the lists of `words.txt`.
    pub fn list(&self, name: &str) -> anyhow::Result<&[String]> {
        self.lists
            .get(name)
            .map(Vec::as_slice)
            .with_context(|| format!("words.txt: no list {name}"))
    }

    /// `한라농원`: half with a known word in front, half with two coined syllables.
    fn firms(&self, rng: &mut Xoshiro256PlusPlus) -> anyhow::Result<Vec<String>> {
        let (tops, firms, syllables) = (self.list("tops")?, self.list("firms")?, self.list("syllables")?);
        distinct(SELLERS, || {
            let firm = firms.choose(rng)?;
            Some(if rng.random_bool(0.3) {
                format!("{}{firm}", tops.choose(rng)?)
            } else {
                format!("{}{}{firm}", syllables.choose(rng)?, syllables.choose(rng)?)
            })
        })
    }

    fn coined(&self, rng: &mut Xoshiro256PlusPlus, count: usize) -> anyhow::Result<Vec<String>> {
        let syllables = self.list("syllables")?;
        distinct(count, || {
            let length = if rng.random_bool(0.25) { 2 } else { 3 };
            Some(syllables.sample(rng, length).map(String::as_str).collect())
        })
    }
}

/// `name: word word ...` lines; `#` begins a remark.
fn lists(text: &'static str) -> impl Iterator<Item = (&'static str, std::str::SplitWhitespace<'static>)> {
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once(':'))
        .map(|(name, words)| (name, words.split_whitespace()))
}

/// The row's name without packs and counts: every word with a digit is one.
fn of_row(at: usize, row: &Row) -> Food {
    let plain = |text: &str| -> Vec<String> {
        text.split_whitespace()
            .filter(|word| !word.contains(|letter: char| letter.is_ascii_digit()))
            .map(str::to_owned)
            .collect()
    };
    Food {
        category: row.category.clone(),
        name: plain(&row.name).join(" "),
        varieties: Vec::new(),
        name_en: Some(plain(&row.name_en).join(" ")),
        models: vec![at],
    }
}

/// `감자/수미,두백`.
fn of_list(category: &str, word: &str, models: &[usize]) -> Food {
    let (name, varieties) = word.split_once('/').unwrap_or((word, ""));
    Food {
        category: category.to_owned(),
        name: name.to_owned(),
        varieties: varieties
            .split(',')
            .filter(|one| !one.is_empty())
            .map(str::to_owned)
            .collect(),
        name_en: None,
        models: models.to_vec(),
    }
}

fn distinct(count: usize, mut make: impl FnMut() -> Option<String>) -> anyhow::Result<Vec<String>> {
    let (mut seen, mut names) = (HashSet::new(), Vec::with_capacity(count));
    while names.len() < count {
        let name = make().context("words.txt: an empty list")?;
        if seen.insert(name.clone()) {
            names.push(name);
        }
    }
    Ok(names)
}
