use std::collections::BTreeSet;

use time::OffsetDateTime;
use xlcfi_contracts::product::v1::{Allergen, StorageClass, TaxClass};
use xlcfi_contracts::types::v1::Unit;
use xlcfi_identity::Member;
use xlcfi_types::Id;

use crate::category::Category;
use crate::ladder::Ladder;

/// Something a seller lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    pub product_id: Id<Product>,
    pub seller_id: Id<Member>,
    /// Seller's own code.
    pub sku: String,
    pub details: Details,
    pub state: State,
    /// Sales units on hand in lots that have not expired.
    pub available: i64,
    /// Counts changes, from 1.
    pub version: i64,
    pub create_time: OffsetDateTime,
    pub update_time: OffsetDateTime,
}

/// What a seller says about a product, replaced as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Details {
    pub category_id: Id<Category>,
    pub name: String,
    pub name_en: String,
    pub description: String,
    pub unit: String,
    pub content: (i64, Unit),
    pub origin: String,
    pub storage: StorageClass,
    pub allergens: BTreeSet<Allergen>,
    pub tax: TaxClass,
    pub prices: Ladder,
}

/// Whether buyers see a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Draft,
    Published,
    Archived,
}

/// The product is no longer sold, and stays so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Archived;

impl Product {
    /// At least the minimum order is available.
    pub fn in_stock(&self) -> bool {
        self.available >= self.details.prices.minimum()
    }

    /// Whether this person finds it: drafts are their seller's alone.
    pub fn is_visible_to(&self, viewer: Option<Id<Member>>) -> bool {
        self.state != State::Draft || viewer == Some(self.seller_id)
    }
}

impl State {
    const NAMES: [(Self, &str); 3] = [
        (Self::Draft, "draft"),
        (Self::Published, "published"),
        (Self::Archived, "archived"),
    ];

    /// Name in the database.
    pub fn name(self) -> &'static str {
        Self::NAMES[self as usize].1
    }

    /// The state of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::NAMES
            .into_iter()
            .find_map(|(state, known)| (known == name).then_some(state))
    }

    /// On sale; a repetition changes nothing.
    ///
    /// # Errors
    /// It is archived.
    pub fn publish(self) -> Result<Self, Archived> {
        self.edit().map(|_| Self::Published)
    }

    /// The same state, when the product may still be changed.
    ///
    /// # Errors
    /// It is archived.
    pub fn edit(self) -> Result<Self, Archived> {
        if self == Self::Archived {
            Err(Archived)
        } else {
            Ok(self)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_come_back_from_their_names() {
        for state in [State::Draft, State::Published, State::Archived] {
            assert_eq!(State::from_name(state.name()), Some(state));
        }
        assert_eq!(State::from_name("gone"), None);
    }

    #[test]
    fn what_is_archived_stays_so() {
        assert_eq!(State::Draft.publish(), Ok(State::Published));
        assert_eq!(State::Published.publish(), Ok(State::Published));
        assert_eq!(State::Archived.publish(), Err(Archived));
        assert_eq!(State::Archived.edit(), Err(Archived));
    }
}
