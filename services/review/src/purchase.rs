//! Orders, as far as they decide who may review what.

use strum::{EnumString, IntoStaticStr};
use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_types::Id;

use crate::review::MemberId;

/// Names the ids of orders.
#[derive(Debug, Clone, Copy)]
pub enum Order {}

/// Names the ids of products.
#[derive(Debug, Clone, Copy)]
pub enum Product {}

/// A confirmed order, as order told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purchase {
    pub order_id: Id<Order>,
    pub member_id: MemberId,
    /// Each product once.
    pub lines: Vec<Line>,
}

/// A product of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub product_id: Id<Product>,
    pub seller_id: MemberId,
    pub product_name: String,
}

/// A line with what decides whether it may be reviewed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    pub line: Line,
    pub state: State,
    /// All of the order's money went back.
    pub refunded: bool,
    pub reviewed: bool,
}

/// A line its buyer may review.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reviewable {
    pub order_id: Uuid,
    pub product_id: Uuid,
    pub product_name: String,
    pub deliver_time: OffsetDateTime,
}

/// Where an order stands; it only ever moves to a later state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, IntoStaticStr, EnumString)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum State {
    Confirmed,
    Delivered,
    Cancelled,
}

/// Why a line may not be reviewed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    NotDelivered,
    Reviewed,
}

impl Standing {
    /// The line, when it may be reviewed.
    pub fn reviewable(self) -> Result<Line, Refused> {
        if self.reviewed {
            return Err(Refused::Reviewed);
        }
        if self.state != State::Delivered || self.refunded {
            return Err(Refused::NotDelivered);
        }
        Ok(self.line)
    }
}

/// A name as others see it: its first character, and nothing of how long it is.
pub fn mask(name: &str) -> String {
    let first = name.trim().chars().next();
    first.map_or_else(String::new, |first| format!("{first}**"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_reviewed_once_after_it_arrived_and_not_when_it_was_paid_back() {
        let standing = |state, refunded, reviewed| {
            let line = Line {
                product_id: Id::new(),
                seller_id: Id::new(),
                product_name: "감자".into(),
            };
            let standing = Standing {
                line,
                state,
                refunded,
                reviewed,
            };
            standing.reviewable().map(drop)
        };
        assert_eq!(standing(State::Delivered, false, false), Ok(()));
        assert_eq!(
            standing(State::Confirmed, false, false),
            Err(Refused::NotDelivered)
        );
        assert_eq!(
            standing(State::Cancelled, false, false),
            Err(Refused::NotDelivered)
        );
        assert_eq!(
            standing(State::Delivered, true, false),
            Err(Refused::NotDelivered)
        );
        assert_eq!(standing(State::Delivered, false, true), Err(Refused::Reviewed));
    }

    #[test]
    fn of_a_name_its_first_character_is_seen() {
        assert_eq!(mask("김상점"), "김**");
        assert_eq!(mask(" 이"), "이**");
        assert_eq!(mask("Kim Sangjeom"), "K**");
        assert_eq!(mask("  "), "");
    }
}
