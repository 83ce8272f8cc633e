use std::collections::BTreeSet;

use strum::{EnumString, IntoStaticStr};
use time::{Date, OffsetDateTime};
use uuid::Uuid;
use xlcfi_contracts::product::v1::{Allergen, StorageClass, TaxClass};
use xlcfi_contracts::types::v1::Unit;
use xlcfi_identity::Member;
use xlcfi_types::Id;

use crate::attribute::Attributes;
use crate::category::Category;
use crate::ingredients::Ingredients;
use crate::ladder::Ladder;
use crate::life::{Dated, Window};
use crate::near_expiry::{Rule, Step};
use crate::rating::Rating;
use crate::special::{self, Special};

/// Something a seller lists.
#[derive(Debug, Clone, PartialEq)]
pub struct Product {
    pub product_id: Id<Product>,
    pub seller_id: Id<Member>,
    /// Shared by its variants.
    pub family_id: Uuid,
    /// Seller's own code.
    pub sku: String,
    pub details: Details,
    pub specials: Vec<Special>,
    pub state: State,
    /// Sales units that can be taken, by their last day, none of it past.
    pub stock: Vec<Dated>,
    /// See [`crate::popularity`].
    pub popularity: i16,
    /// What buyers say; `None` when nobody does.
    pub rating: Option<Rating>,
    /// Counts changes, from 1.
    pub version: i64,
    pub create_time: OffsetDateTime,
    pub update_time: OffsetDateTime,
}

/// What a seller says about a product, replaced as a whole.
#[derive(Debug, Clone, PartialEq)]
pub struct Details {
    pub category_id: Id<Category>,
    pub name: String,
    pub name_en: String,
    pub description: String,
    pub variant: Variant,
    pub unit: String,
    pub content: (i64, Unit),
    pub origin: String,
    pub storage: StorageClass,
    pub allergens: BTreeSet<Allergen>,
    pub tax: TaxClass,
    pub prices: Ladder,
    pub attributes: Attributes,
    pub ingredients: Ingredients,
    /// The cover first.
    pub images: Vec<Uuid>,
    pub codes: Codes,
    /// Days left that goods at the full price have at least.
    pub promised_days: i32,
    pub near_expiry: Rule,
}

/// What tells variants of one product apart; `""` where it does not differ.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Variant {
    pub size: String,
    pub pack: String,
    pub grade: String,
}

/// Numbers by which others know a product; `""` for none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Codes {
    pub gtin: String,
    /// 품목제조보고번호.
    pub report_number: String,
    /// 영업 인허가번호 of the maker.
    pub licence_number: String,
}

/// Whether buyers see a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, EnumString)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum State {
    Draft,
    Published,
    Archived,
}

/// The product is no longer sold, and stays so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Archived;

impl Product {
    /// What a buyer of this group of the seller's customers pays now.
    pub fn ladder(&self, group: Option<&str>, now: OffsetDateTime) -> Ladder {
        special::ladder(&self.details.prices, &self.specials, group, now)
    }

    /// Sales units that can be ordered at the full price.
    pub fn available(&self, today: Date) -> i64 {
        self.details.full_price().units(&self.stock, today)
    }

    /// At least the minimum order is available.
    pub fn in_stock(&self, today: Date) -> bool {
        self.available(today) >= self.details.prices.minimum()
    }

    /// What is near expiry: each step that has goods, soonest first.
    pub fn near_expiry(&self, today: Date) -> impl Iterator<Item = (Step, Window)> {
        let has_goods = move |(_, window): &(Step, Window)| window.units(&self.stock, today) > 0;
        self.details.near_expiry.windows().filter(has_goods)
    }

    /// Whether this person finds it: drafts are their seller's alone.
    pub fn is_visible_to(&self, viewer: Option<Id<Member>>) -> bool {
        self.state != State::Draft || viewer == Some(self.seller_id)
    }
}

impl Details {
    /// Days left of goods at the full price.
    pub fn full_price(&self) -> Window {
        Window::from(self.promised_days.max(self.near_expiry.full_price_from()))
    }
}

impl State {
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
    fn what_is_archived_stays_so() {
        assert_eq!(State::Draft.publish(), Ok(State::Published));
        assert_eq!(State::Published.publish(), Ok(State::Published));
        assert_eq!(State::Archived.publish(), Err(Archived));
        assert_eq!(State::Archived.edit(), Err(Archived));
    }
}
