//! Payment providers (PGs): what the service asks of each, in one vocabulary.

mod caller;
mod errors;
mod http;
mod notice;
mod stripe;
mod toss;
mod transaction;

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use crate::config::Config;
use crate::payment::Payment;
use crate::resilience::Trouble;

pub use caller::timed;
pub use errors::Meaning;
pub use notice::{Disbelief, Notice, of_stripe, of_toss};
use stripe::Stripe;
use toss::Toss;
pub use transaction::{Kind, Transaction};

/// A PG.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, IntoStaticStr, EnumString)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Provider {
    Toss,
    Stripe,
}

impl Provider {
    /// The setting that holds the shop's key.
    fn key_setting(self) -> &'static str {
        match self {
            Self::Toss => "PAYMENT_TOSS_SECRET_KEY",
            Self::Stripe => "PAYMENT_STRIPE_SECRET_KEY",
        }
    }
}

/// A payment, as a PG has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PgPayment {
    /// The PG's key of it.
    pub key: String,
    /// The order it is for, as we told the PG.
    pub order_id: String,
    pub state: PgState,
    pub amount: i64,
    /// What of it the shop has: taken and not given back.
    pub balance: i64,
    /// ISO 4217, upper case.
    pub currency: String,
    pub receipt_url: String,
    pub deposit: Option<Deposit>,
}

/// Where a PG's payment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PgState {
    /// The buyer is not done, or is not known to be.
    Open,
    /// The buyer is done; the shop may take the money.
    Authorized,
    /// A deposit is awaited.
    AwaitingDeposit,
    /// The money was taken, and all of it is there.
    Captured,
    /// All or a part was given back, or it was undone before it was taken.
    Returned,
    /// The buyer's card or account was refused.
    Aborted,
    /// The buyer's time is over.
    Expired,
}

/// A virtual account that takes one deposit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deposit {
    pub bank: String,
    pub account_number: String,
    pub holder_name: String,
    #[serde(with = "time::serde::rfc3339")]
    pub due_time: OffsetDateTime,
    /// What the PG's notice of the deposit must repeat.
    pub secret: String,
}

/// A bank account money is sent to.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    pub bank: String,
    pub account_number: String,
    pub holder_name: String,
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Account(..)")
    }
}

impl PgPayment {
    /// What differs from what was asked for, if anything does.
    pub fn difference(&self, payment: &Payment) -> Option<&'static str> {
        if self.order_id != payment.order_id.to_string() {
            Some("order id")
        } else if self.amount != payment.amount.minor {
            Some("amount")
        } else if self.currency != payment.amount.currency.code() {
            Some("currency")
        } else {
            None
        }
    }
}

/// What a buyer pays with.
#[derive(Debug, Clone, Copy)]
pub enum Means<'a> {
    /// The PG's key of what the buyer authorised there.
    Key(&'a str),
    /// The PG's token of a stored method.
    Token(&'a str),
}

/// What was prepared at a PG for the buyer to pay.
#[derive(Clone, PartialEq, Eq)]
pub struct Opened {
    /// The PG's key; empty where its widget makes it.
    pub key: String,
    /// What the PG's script in the browser works with; empty where it needs none.
    pub client_secret: String,
}

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opened")
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

/// Money to be given back.
#[derive(Debug, Clone)]
pub struct Return<'a> {
    pub amount: i64,
    pub tax_exempt: i64,
    /// What the shop has of the payment before.
    pub balance: i64,
    pub reason: &'a str,
    /// Where money goes that came as a deposit.
    pub account: Option<&'a Account>,
}

/// A method the PG keeps.
#[derive(Clone)]
pub struct Kept {
    pub token: String,
    /// Whom the PG keeps it for, by our name.
    pub customer_key: String,
    /// What the member sees.
    pub label: String,
}

/// Why a call did not do what it was to.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Failure {
    #[error("the PG refused: {code}")]
    Refused { meaning: Meaning, code: String },
    /// The PG was certainly not asked.
    #[error("{0}")]
    NotSent(Trouble),
    /// It may have been asked and may have done it.
    #[error("{0}")]
    Unknown(Trouble),
}

impl Failure {
    /// Whether the same key would be answered the same for ever.
    pub fn is_kept(&self) -> bool {
        matches!(self, Self::Unknown(Trouble::ServerError { kept: true, .. }))
    }
}

/// What the service asks of a PG. Each call has a time limit, and what changes
/// something a `key` that makes the PG do it once, however often it is asked.
#[tonic::async_trait]
pub trait Connector: fmt::Debug + Send + Sync {
    /// Longest any of the calls below takes.
    fn longest_call(&self) -> Duration;

    /// Whether it would not be asked now, its circuit being open.
    fn is_open(&self) -> bool;

    /// Prepares what the buyer is to authorise.
    async fn open(&self, key: &str, payment: &Payment, customer: &str) -> Result<Opened, Failure>;

    /// Sees that nothing is paid under the PG's key any more. What was paid stays.
    async fn close(&self, pg_key: &str) -> Result<(), Failure>;

    /// Takes the money.
    async fn take(
        &self,
        key: &str,
        attempt_id: Uuid,
        means: Means<'_>,
        payment: &Payment,
        customer: &str,
    ) -> Result<PgPayment, Failure>;

    /// What the PG has of a try to take it; `None` when it knows nothing.
    async fn look(
        &self,
        attempt_id: Uuid,
        means: Means<'_>,
        payment: &Payment,
    ) -> Result<Option<PgPayment>, Failure>;

    /// The payment that paid an order, otherwise the latest that was to; `None` where
    /// the PG does not know payments by their order.
    async fn of_order(&self, _payment: &Payment) -> Result<Option<PgPayment>, Failure> {
        Ok(None)
    }

    /// The payment of the PG's key; `None` when it knows none.
    async fn get(&self, pg_key: &str) -> Result<Option<PgPayment>, Failure>;

    /// Gives money back; answers with the payment afterwards.
    async fn give_back(&self, key: &str, pg_key: &str, back: &Return<'_>) -> Result<PgPayment, Failure>;

    /// Keeps what the buyer authorised as a method to charge.
    async fn keep(&self, key: &str, auth_key: &str, customer: &str) -> Result<Kept, Failure>;

    /// Forgets it; nothing to forget is no failure.
    async fn forget(&self, token: &str) -> Result<(), Failure>;

    /// All it booked on a Korean calendar day, in no order. Takes as many calls as it
    /// has pages.
    async fn transactions(&self, day: Date) -> Result<Vec<Transaction>, Failure>;
}

/// All PGs there are.
#[derive(Debug)]
pub struct Pgs {
    toss: Toss,
    stripe: Stripe,
}

impl Pgs {
    /// # Errors
    /// Settings that make no sense.
    pub fn new(config: &Config) -> Result<Self, String> {
        Ok(Self {
            toss: Toss::new(config)?,
            stripe: Stripe::new(config)?,
        })
    }

    pub fn of(&self, provider: Provider) -> &dyn Connector {
        match provider {
            Provider::Toss => &self.toss,
            Provider::Stripe => &self.stripe,
        }
    }

    /// Longest any call to any of them takes.
    pub fn longest_call(&self) -> Duration {
        self.toss.longest_call().max(self.stripe.longest_call())
    }

    /// The first of these that works; the first of all when none does.
    pub fn first_that_works(&self, order: &[Provider]) -> Option<Provider> {
        let working = order.iter().find(|provider| !self.of(**provider).is_open());
        working.or(order.first()).copied()
    }
}
