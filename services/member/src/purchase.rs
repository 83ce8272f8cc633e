//! Orders a member made, built from what the order service tells.

use strum::{EnumString, IntoStaticStr};
use time::OffsetDateTime;
use xlcfi_types::{Id, Money};

use crate::member::MemberId;

/// Names the ids of orders.
#[derive(Debug, Clone, Copy)]
pub enum Order {}

/// An order the member made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purchase {
    pub order_id: Id<Order>,
    pub member_id: MemberId,
    pub title: String,
    pub paid: Money,
    pub state: PurchaseState,
    pub order_time: OffsetDateTime,
}

/// What is known of an order when it is confirmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfirmedOrder {
    pub purchase: Purchase,
    /// Points that paid part of it.
    pub points_used: i64,
}

/// Where a purchase stands; it only ever moves to a later state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, IntoStaticStr, EnumString)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum PurchaseState {
    Confirmed,
    Shipped,
    Delivered,
    Cancelled,
}

/// What a purchase is called: its first product and how many others.
pub fn title<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let mut names = names.into_iter();
    let first = names.next().unwrap_or_default();
    match names.count() {
        0 => first.to_owned(),
        others => format!("{first} 외 {others}건"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_names_the_first_product_and_counts_the_others() {
        assert_eq!(title(["감자 5kg"]), "감자 5kg");
        assert_eq!(title(["감자 5kg", "양파", "대파"]), "감자 5kg 외 2건");
    }
}
