//! What was asked of the PG for a payment, and what came of it.

use strum::{EnumString, IntoStaticStr};
use uuid::Uuid;

use crate::payment::Reason;

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, EnumString)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Kind {
    /// Capture what the buyer authorised in the widget.
    Confirm,
    /// Charge a stored method.
    Charge,
    /// Give the money back.
    Refund,
}

/// Where an attempt stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Progress {
    /// Certainly not with the PG.
    Waiting,
    /// It may be with the PG.
    Sent,
    Succeeded,
    Refused,
    /// Given up before the PG was asked.
    Dropped,
    /// The PG did something else than it was asked.
    Conflicted,
}

/// An attempt that has not ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    pub attempt_id: Uuid,
    pub kind: Kind,
    /// It may be with the PG, by what was known before this try.
    pub sent: bool,
    /// Which try this is. Who finds another number here is no longer at it.
    pub tries: i32,
    /// Times the PG gave no answer.
    pub failures: i32,
}

impl Attempt {
    /// One that nobody has tried yet.
    pub fn new(kind: Kind) -> Self {
        Self {
            attempt_id: Uuid::now_v7(),
            kind,
            sent: false,
            tries: 0,
            failures: 0,
        }
    }
}

/// What was found out about an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// The money was taken.
    Captured {
        payment_key: String,
        receipt_url: String,
    },
    /// It was refused for good.
    Declined { reason: Reason, code: String },
    /// The buyer's authorisation is not one for this payment; nothing was taken.
    WrongKey { code: String },
    /// The money was given back.
    Refunded,
    /// The PG does not give it back under this key; another attempt follows.
    RefundRefused { code: String },
    /// The PG says something that cannot be.
    Conflict { what: String },
    /// The PG was certainly not asked.
    NotSent { why: String },
    /// It may have been asked and may have done it.
    Unknown { why: String },
}
