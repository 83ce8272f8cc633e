//! Stripe's PaymentIntents.
//!
//! A buyer authorises an intent in the browser, and it is captured here once its
//! order, amount and currency were compared; a stored method is charged in one call.

mod records;
#[cfg(test)]
mod schema;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use ::http::{HeaderMap, HeaderName, HeaderValue};
use secrecy::ExposeSecret as _;
use serde::Deserialize;
use serde_json::Value;
use time::Date;
use uuid::Uuid;

use super::caller::{Caller, form, segment};
use super::{
    Connector, Failure, Kept, Meaning, Means, Opened, PgPayment, PgState, Provider, Return, Transaction,
};
use crate::config::Config;
use crate::decline::Decline;
use crate::payment::Payment;

/// The dated shape of the API this is written for.
const VERSION: HeaderValue = HeaderValue::from_static("2024-06-20");
/// Puts the charge into the answer, which says what was given back.
const WITH_CHARGE: (&str, &str) = ("expand[]", "latest_charge");

/// Stripe.
pub(super) struct Stripe(Caller);

impl fmt::Debug for Stripe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Stripe")
    }
}

impl Stripe {
    /// # Errors
    /// Settings that make no sense.
    pub(super) fn new(config: &Config) -> Result<Self, String> {
        let version = HeaderName::from_static("stripe-version");
        let caller = Caller::new(
            Provider::Stripe,
            &config.stripe_url,
            &format!("Bearer {}", config.stripe_secret_key.expose_secret()),
            HeaderMap::from_iter([(version, VERSION)]),
            &config.limits,
            config.pg_timeout,
        )?;
        Ok(Self(caller))
    }

    async fn capture(&self, key: &str, pg_key: &str, payment: &Payment) -> Result<PgPayment, Failure> {
        let found = self.get(pg_key).await?;
        let refuse = |code: &str| {
            Err(Failure::Refused {
                meaning: Meaning::WrongKey,
                code: code.to_owned(),
            })
        };
        let Some(found) = found else {
            return refuse("resource_missing");
        };
        // What the buyer authorised is compared before any money moves.
        if let Some(what) = found.difference(payment) {
            return refuse(what);
        }
        match found.state {
            PgState::Authorized => {}
            PgState::Open => return refuse("not authorised"),
            _ => return Ok(found),
        }
        self.capture_compared(key, pg_key, payment).await
    }

    async fn capture_compared(
        &self,
        key: &str,
        pg_key: &str,
        payment: &Payment,
    ) -> Result<PgPayment, Failure> {
        let fields = form([
            ("amount_to_capture", payment.amount.minor.to_string()),
            (WITH_CHARGE.0, WITH_CHARGE.1.to_owned()),
        ]);
        let path = format!("{}/capture", path_of(pg_key));
        let captured: Intent = self.0.post(path, format!("capture-{key}"), fields).await?;
        Ok(captured.into())
    }

    async fn charge(
        &self,
        key: &str,
        attempt_id: Uuid,
        token: &str,
        payment: &Payment,
    ) -> Result<PgPayment, Failure> {
        let (customer, method) = parts(token)?;
        let fields = form([
            ("amount", payment.amount.minor.to_string()),
            ("currency", currency(payment)),
            ("customer", customer.to_owned()),
            ("payment_method", method.to_owned()),
            ("description", payment.title.clone()),
            ("metadata[order_id]", payment.order_id.to_string()),
            ("metadata[attempt_id]", attempt_id.to_string()),
            ("confirm", "true".to_owned()),
            ("off_session", "true".to_owned()),
            ("automatic_payment_methods[enabled]", "true".to_owned()),
            ("automatic_payment_methods[allow_redirects]", "never".to_owned()),
            (WITH_CHARGE.0, WITH_CHARGE.1.to_owned()),
        ]);
        let path = "/v1/payment_intents".to_owned();
        let charged: Intent = self.0.post(path, format!("charge-{key}"), fields).await?;
        Ok(charged.into())
    }
}

#[tonic::async_trait]
impl Connector for Stripe {
    fn longest_call(&self) -> Duration {
        // A capture asks twice.
        self.0.longest_call() * 2
    }

    fn is_open(&self) -> bool {
        self.0.is_open()
    }

    async fn open(&self, key: &str, payment: &Payment, customer: &str) -> Result<Opened, Failure> {
        #[derive(Deserialize)]
        struct Made {
            id: String,
            client_secret: String,
        }
        let fields = form([
            ("amount", payment.amount.minor.to_string()),
            ("currency", currency(payment)),
            ("capture_method", "manual".to_owned()),
            ("description", payment.title.clone()),
            ("metadata[order_id]", payment.order_id.to_string()),
            ("metadata[customer]", customer.to_owned()),
        ]);
        let path = "/v1/payment_intents".to_owned();
        let made: Made = self.0.post(path, format!("open-{key}"), fields).await?;
        Ok(Opened {
            key: made.id,
            client_secret: made.client_secret,
        })
    }

    async fn close(&self, pg_key: &str) -> Result<(), Failure> {
        let path = format!("{}/cancel", path_of(pg_key));
        let closed: Result<Intent, Failure> = self.0.post(path, None, form([])).await;
        match closed {
            Ok(_)
            | Err(Failure::Refused {
                meaning: Meaning::AskFirst | Meaning::WrongKey,
                ..
            }) => Ok(()),
            Err(failure) => Err(failure),
        }
    }

    async fn take(
        &self,
        key: &str,
        attempt_id: Uuid,
        means: Means<'_>,
        payment: &Payment,
        _: &str,
    ) -> Result<PgPayment, Failure> {
        match means {
            Means::Key(pg_key) => self.capture(key, pg_key, payment).await,
            Means::Token(token) => self.charge(key, attempt_id, token, payment).await,
        }
    }

    async fn look(
        &self,
        attempt_id: Uuid,
        means: Means<'_>,
        _: &Payment,
    ) -> Result<Option<PgPayment>, Failure> {
        #[derive(Deserialize)]
        struct List {
            data: Vec<Intent>,
        }
        let token = match means {
            Means::Key(pg_key) => return self.get(pg_key).await,
            Means::Token(token) => token,
        };
        // A search may be late, a list is not. Each stored method has a customer of
        // its own, and only one charge of it is under way.
        let (customer, _) = parts(token)?;
        let customer = segment(customer);
        let path = format!("/v1/payment_intents?customer={customer}&limit=100&expand[]=data.latest_charge");
        let list: List = self.0.get(path).await?;
        let attempt_id = attempt_id.to_string();
        let mut made = list.data.into_iter();
        Ok(made
            .find(|intent| intent.metadata.get("attempt_id") == Some(&attempt_id))
            .map(PgPayment::from))
    }

    async fn get(&self, pg_key: &str) -> Result<Option<PgPayment>, Failure> {
        let path = format!("{}?expand[]=latest_charge", path_of(pg_key));
        let found: Option<Intent> = self.0.find(path).await?;
        Ok(found.map(PgPayment::from))
    }

    async fn give_back(&self, key: &str, pg_key: &str, back: &Return<'_>) -> Result<PgPayment, Failure> {
        #[derive(Deserialize)]
        struct Made {
            status: String,
        }
        let fields = form([
            ("payment_intent", pg_key.to_owned()),
            ("amount", back.amount.to_string()),
            ("reason", "requested_by_customer".to_owned()),
            ("metadata[why]", back.reason.to_owned()),
        ]);
        let made: Made = self
            .0
            .post("/v1/refunds".to_owned(), format!("refund-{key}"), fields)
            .await?;
        if matches!(made.status.as_str(), "failed" | "canceled") {
            return Err(Failure::Refused {
                meaning: Meaning::Declined(Decline::Refused),
                code: format!("refund_{}", made.status),
            });
        }
        let path = format!("{}?expand[]=latest_charge", path_of(pg_key));
        let after: Intent = self.0.get(path).await?;
        Ok(after.into())
    }

    async fn keep(&self, key: &str, auth_key: &str, customer: &str) -> Result<Kept, Failure> {
        #[derive(Deserialize)]
        struct Customer {
            id: String,
        }
        #[derive(Deserialize)]
        struct Method {
            id: String,
            card: Option<Card>,
        }
        #[derive(Deserialize)]
        struct Card {
            brand: String,
            last4: String,
        }
        let fields = form([("metadata[customer_key]", customer.to_owned())]);
        let made: Customer = self
            .0
            .post("/v1/customers".to_owned(), format!("customer-{key}"), fields)
            .await?;
        let path = format!("/v1/payment_methods/{}/attach", segment(auth_key));
        let fields = form([("customer", made.id.clone())]);
        let method: Method = self.0.post(path, format!("attach-{key}"), fields).await?;
        let label = method.card.map_or_else(
            || "Card".to_owned(),
            |card| format!("{} ****-{}", capitalised(&card.brand), card.last4),
        );
        Ok(Kept {
            token: format!("{} {}", made.id, method.id),
            customer_key: customer.to_owned(),
            label,
        })
    }

    async fn forget(&self, token: &str) -> Result<(), Failure> {
        let (_, method) = parts(token)?;
        let path = format!("/v1/payment_methods/{}/detach", segment(method));
        let said: Result<Value, Failure> = self.0.post(path, None, form([])).await;
        match said {
            Ok(_)
            | Err(Failure::Refused {
                meaning: Meaning::WrongKey | Meaning::AskFirst,
                ..
            }) => Ok(()),
            Err(failure) => Err(failure),
        }
    }

    async fn transactions(&self, day: Date) -> Result<Vec<Transaction>, Failure> {
        records::of_day(&self.0, day).await
    }
}

fn path_of(pg_key: &str) -> String {
    format!("/v1/payment_intents/{}", segment(pg_key))
}

fn currency(payment: &Payment) -> String {
    payment.amount.currency.code().to_ascii_lowercase()
}

/// Customer and method of a token.
fn parts(token: &str) -> Result<(&str, &str), Failure> {
    token.split_once(' ').ok_or_else(|| Failure::Refused {
        meaning: Meaning::Declined(Decline::MethodGone),
        code: "not a token of Stripe".to_owned(),
    })
}

fn capitalised(brand: &str) -> String {
    let mut letters = brand.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

/// A PaymentIntent, as far as it matters here.
#[derive(Debug, Deserialize)]
struct Intent {
    id: String,
    status: String,
    amount: i64,
    #[serde(default)]
    amount_received: i64,
    currency: String,
    #[serde(default)]
    metadata: HashMap<String, String>,
    /// The whole charge where it was asked for; otherwise its id, which says nothing.
    #[serde(default)]
    latest_charge: Value,
}

impl From<Intent> for PgPayment {
    fn from(intent: Intent) -> Self {
        let charge = &intent.latest_charge;
        let refunded = charge["amount_refunded"].as_i64().unwrap_or(0);
        let receipt_url = charge["receipt_url"].as_str().unwrap_or_default().to_owned();
        let state = match intent.status.as_str() {
            "requires_capture" => PgState::Authorized,
            "succeeded" if refunded > 0 => PgState::Returned,
            "succeeded" => PgState::Captured,
            "canceled" => PgState::Expired,
            _ => PgState::Open,
        };
        let taken = matches!(state, PgState::Captured | PgState::Returned);
        let mut metadata = intent.metadata;
        Self {
            key: intent.id,
            order_id: metadata.remove("order_id").unwrap_or_default(),
            state,
            amount: if taken {
                intent.amount_received
            } else {
                intent.amount
            },
            balance: intent.amount_received - refunded,
            currency: intent.currency.to_ascii_uppercase(),
            receipt_url,
            deposit: None,
        }
    }
}
