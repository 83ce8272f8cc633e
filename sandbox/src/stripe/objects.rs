//! The objects around an intent: charges, refunds, customers, payment methods, setups.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::OffsetDateTime;

use super::cards::TestMethod;
use super::params::Metadata;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ChargeStatus {
    Pending,
    Succeeded,
    Failed,
}

/// One try to take an intent's money.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Charge {
    pub id: String,
    pub intent: String,
    pub payment_method: String,
    pub status: ChargeStatus,
    pub amount: i64,
    pub captured: Option<i64>,
    pub refunded: i64,
    /// An authorization that was given up instead of captured.
    pub released: bool,
    pub authenticated: bool,
    pub balance_transaction: Option<String>,
    /// Code, decline code and message.
    pub failure: Option<(String, Option<String>, String)>,
    #[serde(with = "time::serde::rfc3339")]
    pub created: OffsetDateTime,
}

impl Charge {
    /// What can still be given back.
    pub(crate) fn refundable(&self) -> i64 {
        self.captured.unwrap_or_default() - self.refunded
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RefundStatus {
    Pending,
    Succeeded,
    Failed,
}

/// Money that goes back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Refund {
    pub id: String,
    pub charge: String,
    pub intent: String,
    pub status: RefundStatus,
    pub amount: i64,
    pub currency: String,
    pub reason: Option<String>,
    pub failure_reason: Option<String>,
    pub metadata: Metadata,
    pub balance_transaction: Option<String>,
    pub failure_balance_transaction: Option<String>,
    #[serde(with = "time::serde::rfc3339")]
    pub created: OffsetDateTime,
    /// When the bank answers, and what it will be.
    #[serde(with = "time::serde::rfc3339::option")]
    pub due_at: Option<OffsetDateTime>,
    pub becomes: RefundStatus,
}

/// A buyer with stored payment methods.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Customer {
    pub id: String,
    pub email: Option<String>,
    pub name: Option<String>,
    pub phone: Option<String>,
    pub description: Option<String>,
    pub metadata: Metadata,
    #[serde(with = "time::serde::rfc3339")]
    pub created: OffsetDateTime,
}

/// A card or bank account made from one of the test methods.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Method {
    pub id: String,
    /// The test method it was made from.
    pub alias: String,
    pub customer: Option<String>,
    /// Authenticated for payments without the buyer.
    pub set_up: bool,
    /// Paid with while it had no customer, or detached: never to be used again.
    pub spent: bool,
    #[serde(with = "time::serde::rfc3339")]
    pub created: OffsetDateTime,
}

impl Method {
    /// How it behaves; a method of a forgotten alias behaves like a plain card.
    pub(super) fn test(&self) -> TestMethod {
        TestMethod::of(&self.alias).unwrap_or(super::cards::TEST_METHODS[0])
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SetupStatus {
    RequiresPaymentMethod,
    RequiresConfirmation,
    RequiresAction,
    Succeeded,
    Canceled,
}

/// A SetupIntent: a payment method on its way to be stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Setup {
    pub id: String,
    pub client_secret: String,
    pub status: SetupStatus,
    pub customer: Option<String>,
    pub payment_method: Option<String>,
    pub usage: String,
    pub return_url: Option<String>,
    pub metadata: Metadata,
    pub last_setup_error: Option<Value>,
    #[serde(with = "time::serde::rfc3339")]
    pub created: OffsetDateTime,
}

/// One movement of the balance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Transaction {
    pub id: String,
    /// `charge`, `refund`, `refund_failure` or `payout`.
    pub kind: String,
    pub source: String,
    pub currency: String,
    pub amount: i64,
    pub fee: i64,
    #[serde(with = "time::serde::rfc3339")]
    pub created: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    pub available_on: OffsetDateTime,
    /// The payout that carried it to the bank.
    pub payout: Option<String>,
}

impl Transaction {
    pub(crate) fn net(&self) -> i64 {
        self.amount - self.fee
    }
}

/// What a day paid out in one currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Payout {
    pub id: String,
    pub currency: String,
    pub amount: i64,
    pub balance_transaction: String,
    #[serde(with = "time::serde::rfc3339")]
    pub created: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    pub arrival_date: OffsetDateTime,
}

/// Something that happened, as webhooks tell it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Event {
    pub id: String,
    pub kind: String,
    pub body: Value,
    #[serde(with = "time::serde::rfc3339")]
    pub created: OffsetDateTime,
}

/// What every kind has.
pub(crate) trait Object {
    fn id(&self) -> &str;
    fn created(&self) -> OffsetDateTime;
}

impl Object for super::intent::Intent {
    fn id(&self) -> &str {
        &self.id
    }

    fn created(&self) -> OffsetDateTime {
        self.created
    }
}

impl Object for Charge {
    fn id(&self) -> &str {
        &self.id
    }

    fn created(&self) -> OffsetDateTime {
        self.created
    }
}

impl Object for Refund {
    fn id(&self) -> &str {
        &self.id
    }

    fn created(&self) -> OffsetDateTime {
        self.created
    }
}

impl Object for Customer {
    fn id(&self) -> &str {
        &self.id
    }

    fn created(&self) -> OffsetDateTime {
        self.created
    }
}

impl Object for Method {
    fn id(&self) -> &str {
        &self.id
    }

    fn created(&self) -> OffsetDateTime {
        self.created
    }
}

impl Object for Setup {
    fn id(&self) -> &str {
        &self.id
    }

    fn created(&self) -> OffsetDateTime {
        self.created
    }
}

impl Object for Transaction {
    fn id(&self) -> &str {
        &self.id
    }

    fn created(&self) -> OffsetDateTime {
        self.created
    }
}

impl Object for Payout {
    fn id(&self) -> &str {
        &self.id
    }

    fn created(&self) -> OffsetDateTime {
        self.created
    }
}

impl Object for Event {
    fn id(&self) -> &str {
        &self.id
    }

    fn created(&self) -> OffsetDateTime {
        self.created
    }
}
