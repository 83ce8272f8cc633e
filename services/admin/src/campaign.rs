//! A recall as a whole.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr};
use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_contracts::admin::v1::RecallNotice;
use xlcfi_contracts::product::v1::RecallScope;
use xlcfi_identity::Member;
use xlcfi_types::Id;

use crate::acting::Acting;

/// Where a campaign stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, EnumString)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum State {
    Holding,
    Matching,
    Notifying,
    Settling,
    Done,
    /// No lot agrees with it.
    Empty,
}

/// What became of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, EnumString)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum OrderFate {
    Found,
    Settling,
    Stopped,
    RefundPrepared,
    /// There is nothing to do.
    Left,
    Failed,
}

/// A campaign.
#[derive(Debug, Clone, PartialEq)]
pub struct Campaign {
    pub campaign_id: Id<Campaign>,
    pub title: String,
    pub state: State,
    pub drill: bool,
    pub notice: Option<RecallNotice>,
    pub scopes: Vec<RecallScope>,
    pub recall_ids: Vec<Uuid>,
    pub reason: String,
    /// For buyers.
    pub message: String,
    pub actor: Id<Member>,
    /// On whose behalf lots are held.
    pub requester: Acting,
    pub times: Times,
    pub create_time: OffsetDateTime,
    pub end_time: Option<OffsetDateTime>,
}

/// How long its parts took, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Times {
    pub hold: i64,
    pub find: i64,
    pub notify: i64,
    /// From the command to the last notification.
    pub told: i64,
}

/// What it has come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Counts {
    pub lots: i64,
    pub products: i64,
    pub orders: i64,
    pub unknown_orders: i64,
    pub buyers: i64,
    pub notified: i64,
    pub acknowledged: i64,
    pub settling: i64,
    pub stopped: i64,
    pub refunds: i64,
    pub failed: i64,
}

/// What an order has of recalled lots.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Taken {
    /// Sales units, by product.
    pub products: BTreeMap<Uuid, i64>,
    /// Some of it is sold.
    pub sold: bool,
}

/// A line of an order, as it was paid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    pub product_id: Uuid,
    pub quantity: i64,
    /// Won.
    pub payable: i64,
}

/// What of each line is to be given back: its price for the units that are recalled,
/// rounded up. A product with several lines is taken from the first on.
pub fn refundable(lines: &[Line], taken: &BTreeMap<Uuid, i64>) -> Vec<(i32, i64)> {
    let mut left = taken.clone();
    let mut parts = Vec::new();
    for (place, line) in (1..).zip(lines) {
        let Some(units) = left.get_mut(&line.product_id).filter(|units| **units > 0) else {
            continue;
        };
        let recalled = (*units).min(line.quantity);
        *units -= recalled;
        if line.quantity > 0 && line.payable > 0 {
            let share = i128::from(line.payable) * i128::from(recalled);
            let amount = (share + i128::from(line.quantity) - 1) / i128::from(line.quantity);
            parts.push((place, i64::try_from(amount).unwrap_or(line.payable)));
        }
    }
    parts
}

/// What is to be done about an order that bought recalled goods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// Undo it; when it was shipped meanwhile, refund.
    Stop,
    /// Give back what is recalled.
    Refund,
    Nothing,
}

/// By where the order stands, as far as it is known.
pub fn remedy(sold: bool, state: &str) -> Remedy {
    match (sold, state) {
        // Product takes other lots before they are sold, or the order ends.
        (false, _) | (_, "CANCELLING" | "CANCELLED") => Remedy::Nothing,
        (true, "SHIPPED" | "DELIVERED") => Remedy::Refund,
        // Sold is told sooner than confirmed.
        (true, _) => Remedy::Stop,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_units_that_are_recalled_are_given_back_and_no_more_than_was_paid() {
        let [a, b, c] = [1u128, 2, 3].map(Uuid::from_u128);
        let line = |product_id, quantity, payable| Line {
            product_id,
            quantity,
            payable,
        };
        let lines = [
            line(a, 3, 10_000),
            line(b, 1, 5_000),
            line(a, 2, 8_000),
            line(c, 1, 0),
        ];
        let of = |taken: &[(Uuid, i64)]| refundable(&lines, &taken.iter().copied().collect());
        assert_eq!(of(&[(a, 1)]), [(1, 3_334)]);
        assert_eq!(of(&[(a, 4), (b, 9)]), [(1, 10_000), (2, 5_000), (3, 4_000)]);
        assert_eq!(of(&[(c, 1)]), [], "points paid for it");
        assert_eq!(of(&[(Uuid::max(), 1)]), []);
    }

    #[test]
    fn what_was_not_shipped_is_stopped_and_what_was_is_refunded() {
        for (sold, state, expected) in [
            (false, "AWAITING_PAYMENT", Remedy::Nothing),
            (true, "AWAITING_PAYMENT", Remedy::Stop),
            (true, "CONFIRMED", Remedy::Stop),
            (true, "SHIPPED", Remedy::Refund),
            (true, "DELIVERED", Remedy::Refund),
            (true, "CANCELLED", Remedy::Nothing),
        ] {
            assert_eq!(remedy(sold, state), expected, "{sold} {state}");
        }
    }
}
