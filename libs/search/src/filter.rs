//! Which products are wanted.

use time::Date;
use uuid::Uuid;

use crate::columns::{Columns, bit, day_number, write_origin};
use crate::schema::NO_DATE;

/// Only products these leave are found. Values of one field widen, fields narrow;
/// empty fields leave everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Of these categories and those below them.
    pub categories: Vec<Uuid>,
    /// From these places: the first words of the origin.
    pub origins: Vec<String>,
    /// Of these storage classes.
    pub storages: Vec<u8>,
    /// Free of all of these allergens.
    pub free_of: Vec<u8>,
    /// Of these sellers.
    pub sellers: Vec<Uuid>,
    /// At least so many won.
    pub minimum_price: Option<i64>,
    /// At most so many won.
    pub maximum_price: Option<i64>,
    /// Only what can be ordered now.
    pub in_stock: bool,
    /// At least so many days from `today` to the use-by date, or no date; 0 means any.
    pub remaining_days: u32,
}

impl Filter {
    /// Whether it leaves everything.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A filter made ready for one segment.
pub(crate) struct Sieve {
    categories: Option<Vec<bool>>,
    origins: Option<Vec<bool>>,
    sellers: Option<Vec<bool>>,
    storages: Option<u16>,
    allergens: u32,
    prices: Option<(i64, i64)>,
    in_stock: bool,
    use_by: i32,
    everything: bool,
}

impl Sieve {
    /// Makes `filter` ready for the documents of `columns`.
    pub fn new(filter: &Filter, today: Date, columns: &Columns) -> Self {
        let categories = (!filter.categories.is_empty()).then(|| {
            let wanted: Vec<bool> = columns
                .categories
                .iter()
                .map(|id| filter.categories.contains(id))
                .collect();
            columns
                .category_paths
                .iter()
                .map(|path| path.iter().any(|&id| wanted[id as usize]))
                .collect()
        });
        let places: Vec<String> = filter.origins.iter().map(|origin| write_origin(origin)).collect();
        let origins = (!places.is_empty()).then(|| {
            columns
                .origins
                .iter()
                .map(|origin| places.iter().any(|place| begins(&origin.text, place)))
                .collect()
        });
        let sellers = (!filter.sellers.is_empty()).then(|| {
            columns
                .sellers
                .iter()
                .map(|seller| filter.sellers.contains(seller))
                .collect()
        });
        let prices = (filter.minimum_price.is_some() || filter.maximum_price.is_some()).then(|| {
            (
                filter.minimum_price.unwrap_or(i64::MIN),
                filter.maximum_price.unwrap_or(i64::MAX),
            )
        });
        let use_by = match filter.remaining_days {
            0 => i32::MIN,
            days => day_number(today).saturating_add(i32::try_from(days).unwrap_or(NO_DATE)),
        };
        Self {
            categories,
            origins,
            sellers,
            storages: (!filter.storages.is_empty()).then(|| {
                filter
                    .storages
                    .iter()
                    .fold(0, |set, &storage| set | 1u16 << (storage & 15))
            }),
            allergens: filter
                .free_of
                .iter()
                .fold(0, |bits, &allergen| bits | bit(allergen)),
            prices,
            in_stock: filter.in_stock,
            use_by,
            everything: filter.is_empty(),
        }
    }

    /// Whether it leaves everything.
    pub fn is_open(&self) -> bool {
        self.everything
    }

    /// Whether it leaves `doc`.
    #[inline]
    pub fn leaves(&self, columns: &Columns, doc: u32) -> bool {
        if self.everything {
            return true;
        }
        let at = doc as usize;
        let facts = columns.facts[at];
        let among = |wanted: &Option<Vec<bool>>, column: &[u32]| {
            wanted.as_ref().is_none_or(|wanted| wanted[column[at] as usize])
        };
        facts.allergens() & self.allergens == 0
            && (!self.in_stock || facts.in_stock())
            && self.storages.is_none_or(|set| set >> facts.storage() & 1 == 1)
            && self.use_by <= columns.use_by[at]
            && self
                .prices
                .is_none_or(|(low, high)| (low..=high).contains(&columns.price[at]))
            && among(&self.categories, &columns.category)
            && among(&self.origins, &columns.origin)
            && among(&self.sellers, &columns.seller)
    }
}

/// Whether the words of `origin` begin with those of `place`.
pub(crate) fn begins(origin: &str, place: &str) -> bool {
    origin
        .strip_prefix(place)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
}
