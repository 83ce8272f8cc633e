//! What a PG has booked of a day.

use strum::{EnumString, IntoStaticStr};
use time::OffsetDateTime;

/// One movement of money in a PG's books.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transaction {
    /// The PG's key of it.
    pub key: String,
    /// The PG's key of the payment; empty when it is of none.
    pub pg_key: String,
    /// The order, where the PG says it.
    pub order_id: String,
    pub kind: Kind,
    /// Minor units. Above zero, but for a payout that was taken back.
    pub amount: i64,
    /// ISO 4217, upper case.
    pub currency: String,
    /// What the PG kept for it, in the same currency; below zero when it was given
    /// back. `None` where the PG does not say it yet.
    pub fee: Option<i64>,
    pub at: OffsetDateTime,
}

/// What a movement does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, IntoStaticStr, EnumString)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Kind {
    /// The money of a payment was taken.
    Capture,
    /// Some of it was given back.
    Refund,
    /// What was given back did not arrive, and the shop has it again.
    RefundReturned,
    /// What was paid out of one of the others.
    Payout,
    /// What is known to no other name.
    Other,
}
