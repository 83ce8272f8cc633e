//! Food products without end: the same seed gives the same product under the same id, however many are made.

mod sentences;
mod words;
mod zipf;

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use anyhow::Context as _;
use rand::rngs::Xoshiro256PlusPlus;
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};

use crate::product::Product;
use sentences::Sentences;
use words::{BRANDS, Food, SELLERS, Words};
use zipf::Zipf;

/// 2026-01-01; products are listed in the three years before it.
const NEWEST: i64 = 1_767_225_600;
const THREE_YEARS: i64 = 3 * 365 * 86_400;

/// Makes products one by one.
pub struct Generator {
    seed: u64,
    words: Words,
    by_food: Zipf,
    by_place: Zipf,
    by_seller: Zipf,
}

impl Generator {
    /// Fails only when the word lists or the demo catalogue are damaged.
    pub fn new(seed: u64) -> anyhow::Result<Self> {
        let words = Words::new(seed)?;
        Ok(Self {
            seed,
            by_food: Zipf::new(words.foods.len(), 0.9, 4.0),
            by_place: Zipf::new(words.places.len(), 0.8, 3.0),
            by_seller: Zipf::new(SELLERS, 0.7, 10.0),
            words,
        })
    }

    /// The product of this id.
    pub fn product(&self, id: u64) -> anyhow::Result<Product> {
        let mut rng = self.rng(id);
        let words = &self.words;
        let food = &words.foods[self.by_food.pick(&mut rng)];
        let row = &words.rows[*food.models.choose(&mut rng).context("a food without a model")?];
        let variety = food.varieties.choose(&mut rng);
        let variety = variety.filter(|_| rng.random_bool(0.7));
        let seller = self.by_seller.pick(&mut rng);
        let (province, place) = &words.places[self.by_place.pick(&mut rng)];
        let foreign = row.origin.ends_with("산") && !row.origin.starts_with("국내산") && rng.random_bool(0.8);
        let country = words
            .list("countries")?
            .choose(&mut rng)
            .context("no countries")?;
        let pack = words.list("packs")?.choose(&mut rng).context("no packs")?;

        let mut name: Vec<String> = Vec::new();
        if rng.random_bool(0.25) {
            name.push(words.brands[seller * BRANDS + rng.random_range(0..BRANDS)].clone());
        }
        match rng.random_range(0..100) {
            _ if foreign => name.push(country.clone()),
            0..15 => name.extend([province.clone(), place.clone()]),
            15..70 => name.push(place.clone()),
            _ => {}
        }
        self.maybe(&mut name, "marks", 0.1, &mut rng)?;
        self.push_food(&mut name, food, variety, &mut rng)?;
        name.push(pack.clone());
        self.maybe(&mut name, "grades", 0.45, &mut rng)?;
        if rng.random_bool(0.5) {
            name.push(words.sellers[seller].clone());
        }
        let sentences = Sentences {
            words,
            food: &food.name,
            place,
            firm: &words.sellers[seller],
        };
        Ok(Product {
            id,
            name: name.join(" "),
            name_en: match &food.name_en {
                Some(known) => format!("{known} {pack}"),
                None => format!(
                    "{} {} {pack}",
                    sentences::roman(place),
                    sentences::roman(&food.name)
                ),
            },
            description: sentences.description(&mut rng)?,
            category: food.category.clone(),
            category_name: words
                .category_names
                .get(&food.category)
                .cloned()
                .unwrap_or_default(),
            origin: if foreign {
                country.clone()
            } else {
                format!("국내산 {province} {place}")
            },
            storage: row.storage.clone(),
            allergens: row.allergens(),
            seller: seller as u32 + 1,
            price: ((f64::from(row.price()) * rng.random_range(0.4..2.2) / 100.0).round() * 100.0) as u32,
            in_stock: rng.random_bool(0.85),
            use_by_days: (row.date_kind == "USE_BY").then(|| rng.random_range(2..400)),
            rating: f64::from(rng.random_range(20..=50_u32).max(rng.random_range(0..=50))) / 10.0,
            sales: (1.0 / rng.random_range(1e-5..1.0_f64)).powf(1.1) as u32,
            created: NEWEST - rng.random_range(0..THREE_YEARS),
        })
    }

    /// Writes one JSON line for each of the first `count` products; tells how far it is.
    pub fn write(&self, count: u64, path: &Path, tell: impl Fn(u64)) -> anyhow::Result<()> {
        let unfinished = path.with_extension("new");
        let mut file = BufWriter::with_capacity(1 << 20, File::create(&unfinished)?);
        for id in 1..=count {
            serde_json::to_writer(&mut file, &self.product(id)?)?;
            file.write_all(b"\n")?;
            if id % 250_000 == 0 {
                tell(id);
            }
        }
        file.into_inner()?.sync_all()?;
        std::fs::rename(&unfinished, path).with_context(|| format!("cannot make {}", path.display()))
    }

    fn rng(&self, id: u64) -> Xoshiro256PlusPlus {
        Xoshiro256PlusPlus::seed_from_u64(self.seed ^ id.wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }

    fn maybe(
        &self,
        name: &mut Vec<String>,
        list: &str,
        share: f64,
        rng: &mut Xoshiro256PlusPlus,
    ) -> anyhow::Result<()> {
        if rng.random_bool(share) {
            name.extend(self.words.list(list)?.choose(rng).cloned());
        }
        Ok(())
    }

    /// `세척 감자 수미`, and as often written together as sellers do: `수미감자`, `세척감자`.
    fn push_food(
        &self,
        name: &mut Vec<String>,
        food: &Food,
        variety: Option<&String>,
        rng: &mut Xoshiro256PlusPlus,
    ) -> anyhow::Result<()> {
        let plain = |word: &str| crate::hangul::is_hangul(word);
        let form = self
            .words
            .list("forms")?
            .choose(rng)
            .filter(|_| rng.random_bool(0.25));
        let mut whole = food.name.clone();
        let mut behind = None;
        match variety {
            Some(variety) if plain(variety) && !variety.contains(&food.name) && rng.random_bool(0.3) => {
                whole = format!("{variety}{whole}");
            }
            other => behind = other,
        }
        match form {
            Some(form) if form.chars().count() < 3 && rng.random_bool(0.4) => {
                whole = format!("{form}{whole}")
            }
            other => name.extend(other.cloned()),
        }
        name.push(whole);
        name.extend(behind.cloned());
        Ok(())
    }
}

#[cfg(test)]
mod tests;
