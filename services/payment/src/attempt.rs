//! What was asked of the PG for a payment, and what came of it.

use strum::{EnumString, IntoStaticStr};
use uuid::Uuid;
use xlcfi_types::Id;

use crate::decline::Decline;
use crate::payment::Reason;
use crate::pg::{Deposit, PgPayment, Provider};
use crate::refund::Refund;

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
    /// The PG it is made at.
    pub provider: Provider,
    /// What is given back, when it is to give back.
    pub refund_id: Option<Id<Refund>>,
    /// It may be with the PG, by what was known before this try.
    pub sent: bool,
    /// Which try this is. Who finds another number here is no longer at it.
    pub tries: i32,
    /// Times the PG gave no answer.
    pub failures: i32,
    /// Keys that are of no more use: the PG answers them with an old fault of its own.
    pub keys_used: i32,
}

impl Attempt {
    /// One that nobody has tried yet.
    pub fn new(kind: Kind, provider: Provider) -> Self {
        Self {
            attempt_id: Uuid::now_v7(),
            kind,
            provider,
            refund_id: None,
            sent: false,
            tries: 0,
            failures: 0,
            keys_used: 0,
        }
    }

    /// What makes the PG do it once, however often it is asked.
    pub fn key(&self) -> String {
        match self.keys_used {
            0 => self.attempt_id.to_string(),
            used => format!("{}-{used}", self.attempt_id),
        }
    }
}

/// What was found out about an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// The money was taken.
    Captured(PgPayment),
    /// The buyer is to send the money to an account.
    DepositAwaited { payment_key: String, deposit: Deposit },
    /// It was refused for good.
    Declined {
        reason: Reason,
        decline: Decline,
        code: String,
    },
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
    /// It may have been asked and may have done it. `kept`: under this key it will
    /// not say more.
    Unknown { why: String, kept: bool },
}
