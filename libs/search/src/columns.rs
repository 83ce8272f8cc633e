//! What is known of each document besides its words, in flat arrays.
//!
//! They are read from the fast fields once per segment and kept while the segment is
//! in use, about 42 bytes a document: filters, facets and sorts touch nothing else.

use std::collections::HashMap;

use tantivy::columnar::{Column, StrColumn};
use tantivy::{SegmentReader, TantivyError};
use uuid::Uuid;

use crate::food::Food;
use crate::schema::NO_DATE;

/// Day number 0 of use-by dates.
pub(crate) fn day_number(date: time::Date) -> i32 {
    date.to_julian_day()
}

/// Columns of one segment.
pub(crate) struct Columns {
    /// Won.
    pub price: Vec<i64>,
    /// Microseconds since 1970.
    pub created: Vec<i64>,
    /// Julian day, or [`NO_DATE`].
    pub use_by: Vec<i32>,
    /// Storage, stock and allergens.
    pub facts: Vec<Facts>,
    /// Ranking.
    pub rank: Vec<Rank>,
    /// Index into `category_paths`.
    pub category: Vec<u32>,
    /// Index into `origins`.
    pub origin: Vec<u32>,
    /// Index into `sellers`.
    pub seller: Vec<u32>,
    /// Paths as indexes into `categories`.
    pub category_paths: Vec<Vec<u32>>,
    /// Ids of categories.
    pub categories: Vec<Uuid>,
    /// Origins.
    pub origins: Vec<Origin>,
    /// Widest places: the first word, and the first two.
    pub places: Vec<String>,
    /// Ids of sellers.
    pub sellers: Vec<Uuid>,
    id_high: Column<u64>,
    id_low: Column<u64>,
    version: Column<u64>,
}

/// An origin, and which places it is counted under.
pub(crate) struct Origin {
    /// As it was given, spaces made single.
    pub text: String,
    /// Indexes into [`Columns::places`].
    pub places: Vec<u32>,
}

/// Facts of a document, packed: allergens in bits 0 to 31, storage in 32 to 35, stock in 36.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Facts(u64);

impl Facts {
    /// The facts of `food`.
    pub fn of(food: &Food) -> Self {
        let allergens = food
            .allergens
            .iter()
            .fold(0u32, |bits, &allergen| bits | bit(allergen));
        let storage = u64::from(food.storage & 15) << 32;
        Self(u64::from(allergens) | storage | u64::from(food.in_stock) << 36)
    }

    /// One bit for each allergen in it.
    pub fn allergens(self) -> u32 {
        self.0 as u32
    }

    /// Storage class.
    pub fn storage(self) -> u8 {
        (self.0 >> 32 & 15) as u8
    }

    /// Whether it can be ordered.
    pub fn in_stock(self) -> bool {
        self.0 >> 36 & 1 == 1
    }

    /// As it is written.
    pub fn bits(self) -> u64 {
        self.0
    }
}

/// The bit of an allergen; none for a number that is none.
pub(crate) fn bit(allergen: u8) -> u32 {
    1u32.checked_shl(u32::from(allergen)).unwrap_or(0)
}

/// Ranking of a document, packed into 4 bytes of the array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rank {
    /// Thousandths of a star.
    pub rating: u16,
    /// Thousandths relevance is raised by.
    pub boost: u16,
    /// How many words its name has, quantities aside; at least 1.
    pub name_words: u8,
}

impl Rank {
    /// As it is written.
    pub fn bits(self) -> u64 {
        u64::from(self.rating) | u64::from(self.boost) << 16 | u64::from(self.name_words) << 32
    }

    fn from_bits(bits: u64) -> Self {
        Self {
            rating: bits as u16,
            boost: (bits >> 16) as u16,
            name_words: (bits >> 32) as u8,
        }
    }
}

impl Columns {
    /// Reads the columns of `segment`.
    pub fn load(segment: &SegmentReader) -> tantivy::Result<Self> {
        let fast = segment.fast_fields();
        let docs = segment.max_doc();
        let (categories, category_paths, category) = read_paths(required(fast.str("category")?)?, docs)?;
        let (places, origins, origin) = read_origins(required(fast.str("origin")?)?, docs)?;
        let (seller_names, seller) = read_labels(required(fast.str("seller")?)?, docs)?;
        Ok(Self {
            price: read(&fast.i64("price")?, docs),
            created: read(&fast.i64("created")?, docs),
            use_by: read(&fast.i64("use_by")?, docs)
                .into_iter()
                .map(|day| i32::try_from(day).unwrap_or(NO_DATE))
                .collect(),
            facts: read(&fast.u64("facts")?, docs).into_iter().map(Facts).collect(),
            rank: read(&fast.u64("rank")?, docs)
                .into_iter()
                .map(Rank::from_bits)
                .collect(),
            category,
            origin,
            seller,
            category_paths,
            categories,
            origins,
            places,
            sellers: seller_names
                .iter()
                .map(|name| Uuid::parse_str(name).unwrap_or_default())
                .collect(),
            id_high: fast.u64("id_high")?,
            id_low: fast.u64("id_low")?,
            version: fast.u64("version")?,
        })
    }

    /// The product's id.
    pub fn id(&self, doc: u32) -> u128 {
        u128::from(self.id_high.values.get_val(doc)) << 64 | u128::from(self.id_low.values.get_val(doc))
    }

    /// The product's version.
    pub fn version(&self, doc: u32) -> u64 {
        self.version.values.get_val(doc)
    }
}

fn required<T>(column: Option<T>) -> tantivy::Result<T> {
    column.ok_or_else(|| TantivyError::SchemaError("a column is missing".to_owned()))
}

fn read<T: Copy + Default + PartialOrd + std::fmt::Debug + Send + Sync + 'static>(
    column: &Column<T>,
    docs: u32,
) -> Vec<T> {
    let mut values = vec![T::default(); docs as usize];
    column.values.get_range(0, &mut values);
    values
}

/// The labels of a column, and the index of each document's.
fn read_labels(column: StrColumn, docs: u32) -> tantivy::Result<(Vec<String>, Vec<u32>)> {
    let mut labels = Vec::with_capacity(column.num_terms());
    let mut stream = column.dictionary().stream()?;
    while stream.advance() {
        labels.push(String::from_utf8_lossy(stream.key()).into_owned());
    }
    let ords = read(column.ords(), docs)
        .into_iter()
        .map(|ord| ord as u32)
        .collect();
    Ok((labels, ords))
}

/// Paths are written as ids without hyphens, one after the other.
pub(crate) fn write_path(path: &[Uuid]) -> String {
    path.iter().map(|id| id.simple().to_string()).collect()
}

type Paths = (Vec<Uuid>, Vec<Vec<u32>>, Vec<u32>);

fn read_paths(column: StrColumn, docs: u32) -> tantivy::Result<Paths> {
    let (labels, ords) = read_labels(column, docs)?;
    let mut known = HashMap::new();
    let mut ids = Vec::new();
    let mut paths = Vec::with_capacity(labels.len());
    for label in &labels {
        let mut path = Vec::new();
        for id in label
            .as_bytes()
            .chunks(32)
            .filter_map(|id| Uuid::try_parse_ascii(id).ok())
        {
            let place = *known.entry(id).or_insert_with(|| {
                ids.push(id);
                ids.len() as u32 - 1
            });
            if !path.contains(&place) {
                path.push(place);
            }
        }
        paths.push(path);
    }
    Ok((ids, paths, ords))
}

/// Spaces made single.
pub(crate) fn write_origin(origin: &str) -> String {
    origin.split_whitespace().collect::<Vec<_>>().join(" ")
}

type Origins = (Vec<String>, Vec<Origin>, Vec<u32>);

fn read_origins(column: StrColumn, docs: u32) -> tantivy::Result<Origins> {
    let (labels, ords) = read_labels(column, docs)?;
    let mut known: HashMap<String, u32> = HashMap::new();
    let mut places = Vec::new();
    let mut origins = Vec::with_capacity(labels.len());
    for text in labels {
        let ends = text
            .match_indices(' ')
            .map(|(at, _)| at)
            .chain([text.len()])
            .take(2);
        let counted = ends
            .filter(|&end| end > 0)
            .map(|end| {
                *known.entry(text[..end].to_owned()).or_insert_with(|| {
                    places.push(text[..end].to_owned());
                    places.len() as u32 - 1
                })
            })
            .collect();
        origins.push(Origin {
            text,
            places: counted,
        });
    }
    Ok((places, origins, ords))
}
