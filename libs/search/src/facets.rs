//! Counting what matches, exactly and in one pass.

use std::collections::HashMap;
use std::hash::Hash;

use time::Date;
use uuid::Uuid;

use crate::columns::{Columns, day_number};
use crate::schema::NO_DATE;

/// What matching products can be counted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Facet {
    /// Category; a branch counts what is below it.
    Category,
    /// First word of the origin, and first two.
    Origin,
    /// Storage class.
    Storage,
    /// Each of the 19 allergens of the law, counting products free of it.
    AllergenFree,
    /// Band of the price, in won.
    PriceBand,
    /// Seller; the 50 with most.
    Seller,
    /// Whether it can be ordered now.
    InStock,
    /// Band of the days left, from today to the use-by date.
    RemainingLife,
}

/// A value of a facet.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FacetValue {
    /// Of [`Facet::Category`] and [`Facet::Seller`].
    Id(Uuid),
    /// Of [`Facet::Origin`], and the name of a band.
    Text(String),
    /// Of [`Facet::Storage`] and [`Facet::AllergenFree`].
    Number(u8),
    /// Of [`Facet::InStock`].
    Flag(bool),
}

/// How many products have each value of one facet, most first, equals by value; those
/// of bands in their order. Values nobody has are left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FacetCounts {
    /// By what.
    pub facet: Facet,
    /// Values and how many have them, exactly.
    pub counts: Vec<(FacetValue, u64)>,
}

/// Names of the price bands, and the won each but the last ends before.
const PRICE_BANDS: [(&str, i64); 5] = [
    ("0-10000", 10_000),
    ("10000-30000", 30_000),
    ("30000-50000", 50_000),
    ("50000-100000", 100_000),
    ("100000-", i64::MAX),
];

/// Names of the bands of remaining life; the last is of goods without a date.
const LIFE_BANDS: [&str; 5] = ["0-3", "4-7", "8-30", "31-", "none"];

/// The most sellers told.
const SELLERS: usize = 50;

/// Bits of allergens.
const ALLERGENS: usize = 32;

/// Numbers of the allergens that are told.
const TOLD_ALLERGENS: std::ops::RangeInclusive<usize> = 1..=19;

fn price_band(price: i64) -> usize {
    PRICE_BANDS
        .iter()
        .position(|&(_, end)| price < end)
        .unwrap_or(PRICE_BANDS.len() - 1)
}

/// The band of a use-by date; none when it has passed.
fn life_band(use_by: i32, today: i32) -> Option<usize> {
    match use_by.saturating_sub(today) {
        _ if use_by == NO_DATE => Some(4),
        ..0 => None,
        0..=3 => Some(0),
        4..=7 => Some(1),
        8..=30 => Some(2),
        _ => Some(3),
    }
}

/// Counts of one facet over all segments.
#[derive(Default)]
struct Sum {
    values: HashMap<FacetValue, u64>,
}

impl Sum {
    fn add(&mut self, value: FacetValue, count: u64) {
        if count > 0 {
            *self.values.entry(value).or_default() += count;
        }
    }
}

/// Counts over all segments.
pub(crate) struct Counter {
    facets: Vec<(Facet, Sum)>,
    today: i32,
}

/// Flat counts of one segment, one array for each facet asked for.
pub(crate) struct Tally<'a> {
    columns: &'a Columns,
    today: i32,
    arrays: Vec<(Facet, Vec<u64>)>,
    total: u64,
}

impl Counter {
    /// Counts `facets`, repeated ones once.
    pub fn new(facets: &[Facet], today: Date) -> Self {
        let mut asked: Vec<(Facet, Sum)> = Vec::new();
        for &facet in facets {
            if asked.iter().all(|(known, _)| *known != facet) {
                asked.push((facet, Sum::default()));
            }
        }
        Self {
            facets: asked,
            today: day_number(today),
        }
    }

    /// Whether nothing is to be counted.
    pub fn is_idle(&self) -> bool {
        self.facets.is_empty()
    }

    /// Empty counts for a segment.
    pub fn tally<'a>(&self, columns: &'a Columns) -> Tally<'a> {
        let size = |facet| match facet {
            Facet::Category => columns.category_paths.len(),
            Facet::Origin => columns.origins.len(),
            Facet::Storage => 16,
            Facet::AllergenFree => ALLERGENS,
            Facet::PriceBand => PRICE_BANDS.len(),
            Facet::Seller => columns.sellers.len(),
            Facet::InStock => 2,
            Facet::RemainingLife => LIFE_BANDS.len() + 1,
        };
        let arrays = self
            .facets
            .iter()
            .map(|&(facet, _)| (facet, vec![0; size(facet)]))
            .collect();
        Tally {
            columns,
            today: self.today,
            arrays,
            total: 0,
        }
    }

    /// Adds the counts of a segment.
    pub fn add(&mut self, tally: &Tally<'_>) {
        for ((facet, sum), (_, counts)) in self.facets.iter_mut().zip(&tally.arrays) {
            tally.spread(*facet, counts, sum);
        }
    }

    /// The counts, in the order asked for.
    pub fn finish(self) -> Vec<FacetCounts> {
        self.facets
            .into_iter()
            .map(|(facet, sum)| FacetCounts {
                facet,
                counts: order(facet, sum),
            })
            .collect()
    }
}

impl Tally<'_> {
    /// Counts `docs`.
    pub fn count(&mut self, docs: &[u32]) {
        let Self {
            columns,
            today,
            arrays,
            total,
        } = self;
        *total += docs.len() as u64;
        for (facet, counts) in arrays {
            match facet {
                Facet::Category => by_column(counts, docs, &columns.category),
                Facet::Origin => by_column(counts, docs, &columns.origin),
                Facet::Seller => by_column(counts, docs, &columns.seller),
                Facet::Storage => {
                    docs.iter()
                        .for_each(|&doc| counts[usize::from(columns.facts[doc as usize].storage())] += 1);
                }
                Facet::InStock => {
                    docs.iter()
                        .for_each(|&doc| counts[usize::from(columns.facts[doc as usize].in_stock())] += 1);
                }
                Facet::PriceBand => {
                    docs.iter()
                        .for_each(|&doc| counts[price_band(columns.price[doc as usize])] += 1);
                }
                Facet::RemainingLife => docs.iter().for_each(|&doc| {
                    let band = life_band(columns.use_by[doc as usize], *today);
                    counts[band.unwrap_or(LIFE_BANDS.len())] += 1;
                }),
                Facet::AllergenFree => docs.iter().for_each(|&doc| {
                    let mut left = columns.facts[doc as usize].allergens();
                    while left != 0 {
                        counts[left.trailing_zeros() as usize] += 1;
                        left &= left - 1;
                    }
                }),
            }
        }
    }

    /// Adds the counts of `facet` under the values they stand for.
    fn spread(&self, facet: Facet, counts: &[u64], sum: &mut Sum) {
        let columns = self.columns;
        for (at, &count) in counts.iter().enumerate() {
            match facet {
                Facet::Category => columns.category_paths[at]
                    .iter()
                    .for_each(|&id| sum.add(FacetValue::Id(columns.categories[id as usize]), count)),
                Facet::Origin => columns.origins[at].places.iter().for_each(|&place| {
                    sum.add(FacetValue::Text(columns.places[place as usize].clone()), count)
                }),
                Facet::Seller => sum.add(FacetValue::Id(columns.sellers[at]), count),
                Facet::Storage => sum.add(FacetValue::Number(at as u8), count),
                Facet::InStock => sum.add(FacetValue::Flag(at == 1), count),
                Facet::AllergenFree if TOLD_ALLERGENS.contains(&at) => {
                    sum.add(FacetValue::Number(at as u8), self.total - count);
                }
                Facet::AllergenFree => {}
                Facet::PriceBand => sum.add(FacetValue::Text(PRICE_BANDS[at].0.to_owned()), count),
                Facet::RemainingLife => {
                    if let Some(name) = LIFE_BANDS.get(at) {
                        sum.add(FacetValue::Text((*name).to_owned()), count);
                    }
                }
            }
        }
    }
}

fn by_column(counts: &mut [u64], docs: &[u32], column: &[u32]) {
    for &doc in docs {
        counts[column[doc as usize] as usize] += 1;
    }
}

fn order(facet: Facet, sum: Sum) -> Vec<(FacetValue, u64)> {
    let mut counts: Vec<(FacetValue, u64)> = sum.values.into_iter().collect();
    let band = |value: &FacetValue, names: &[&str]| {
        names
            .iter()
            .position(|name| matches!(value, FacetValue::Text(text) if text == name))
    };
    match facet {
        Facet::PriceBand => {
            let names = PRICE_BANDS.map(|(name, _)| name);
            counts.sort_by_key(|(value, _)| band(value, &names));
        }
        Facet::RemainingLife => counts.sort_by_key(|(value, _)| band(value, &LIFE_BANDS)),
        _ => counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0))),
    }
    if facet == Facet::Seller {
        counts.truncate(SELLERS);
    }
    counts
}
