//! The PG, as this service speaks with it: Toss Payments' core API.

mod errors;
mod http;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use ::http::Method;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tower::ServiceExt as _;
use uuid::Uuid;

use crate::config::Config;
use crate::payment::Payment;
use crate::resilience::{Guarded, Trouble, guard};
pub(crate) use errors::{DUPLICATED_ORDER_ID, Meaning};
use http::{Answer, Call, Http, Reached};

/// A payment, as the PG has it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PgPayment {
    pub payment_key: String,
    pub order_id: String,
    pub status: Status,
    pub total_amount: i64,
    pub balance_amount: i64,
    pub currency: String,
    receipt: Option<Receipt>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct Receipt {
    url: String,
}

/// Where the PG's payment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum Status {
    Ready,
    InProgress,
    WaitingForDeposit,
    Done,
    Canceled,
    PartialCanceled,
    Aborted,
    Expired,
    #[serde(other)]
    Unknown,
}

impl PgPayment {
    pub(crate) fn receipt_url(&self) -> &str {
        self.receipt.as_ref().map_or("", |receipt| &receipt.url)
    }

    /// What differs from what was asked for, if anything does.
    pub(crate) fn difference(&self, payment: &Payment) -> Option<&'static str> {
        if self.order_id != payment.order_id.to_string() {
            Some("order id")
        } else if self.total_amount != payment.amount.minor {
            Some("amount")
        } else if self.currency != payment.amount.currency.code() {
            Some("currency")
        } else {
            None
        }
    }
}

/// A stored card, as the PG issued it.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Billing {
    pub billing_key: String,
    pub customer_key: String,
    card: Option<Card>,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Card {
    #[serde(default)]
    issuer_code: String,
    #[serde(default)]
    number: String,
}

impl Billing {
    /// Issuer's code and masked number.
    pub(crate) fn card(&self) -> (&str, &str) {
        self.card
            .as_ref()
            .map_or(("", ""), |card| (&card.issuer_code, &card.number))
    }
}

/// Why a call did not do what it was to.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub(crate) enum Failure {
    #[error("the PG refused: {code}")]
    Refused { meaning: Meaning, code: String },
    /// The PG was certainly not asked.
    #[error("{0}")]
    NotSent(Trouble),
    /// It may have been asked and may have done it.
    #[error("{0}")]
    Unknown(Trouble),
}

/// The PG.
#[derive(Clone)]
pub(crate) struct Toss {
    pg: Guarded<Call, Answer>,
    longest_call: Duration,
}

impl fmt::Debug for Toss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Toss")
    }
}

impl Toss {
    /// # Errors
    /// Settings that make no sense.
    pub(crate) fn new(config: &Config) -> Result<Self, String> {
        let Config {
            toss_url,
            toss_secret_key,
            pg_timeout,
            limits,
        } = config;
        let http = Http::new(toss_url, toss_secret_key, *pg_timeout)?;
        Ok(Self {
            pg: guard(limits, *pg_timeout, http)?,
            longest_call: limits.longest_call(*pg_timeout),
        })
    }

    /// Longest any of the calls below takes.
    pub(crate) fn longest_call(&self) -> Duration {
        self.longest_call
    }

    /// Captures what the buyer authorised.
    pub(crate) async fn confirm(
        &self,
        attempt_id: Uuid,
        payment_key: &str,
        payment: &Payment,
    ) -> Result<PgPayment, Failure> {
        let body = json!({
            "paymentKey": payment_key,
            "orderId": payment.order_id.to_string(),
            "amount": payment.amount.minor,
        });
        self.post(
            "/v1/payments/confirm".into(),
            format!("confirm-{attempt_id}"),
            body,
        )
        .await
    }

    /// Charges a stored method.
    pub(crate) async fn charge(
        &self,
        attempt_id: Uuid,
        billing_key: &str,
        customer_key: &str,
        payment: &Payment,
    ) -> Result<PgPayment, Failure> {
        let body = json!({
            "customerKey": customer_key,
            "orderId": payment.order_id.to_string(),
            "orderName": payment.title,
            "amount": payment.amount.minor,
            "taxFreeAmount": payment.tax_exempt.minor,
        });
        self.post(
            format!("/v1/billing/{}", segment(billing_key)),
            format!("charge-{attempt_id}"),
            body,
        )
        .await
    }

    /// Gives all of it back.
    pub(crate) async fn cancel(
        &self,
        attempt_id: Uuid,
        payment_key: &str,
        reason: &str,
    ) -> Result<PgPayment, Failure> {
        let path = format!("/v1/payments/{}/cancel", segment(payment_key));
        self.post(
            path,
            format!("refund-{attempt_id}"),
            json!({ "cancelReason": reason }),
        )
        .await
    }

    /// The payment of this key; `None` when the PG knows none.
    pub(crate) async fn get(&self, payment_key: &str) -> Result<Option<PgPayment>, Failure> {
        self.find(format!("/v1/payments/{}", segment(payment_key))).await
    }

    /// The payment that paid this order, otherwise the latest that was to.
    pub(crate) async fn get_of_order(&self, order_id: &str) -> Result<Option<PgPayment>, Failure> {
        self.find(format!("/v1/payments/orders/{}", segment(order_id)))
            .await
    }

    /// Turns the buyer's one-time key into a stored method.
    pub(crate) async fn issue(
        &self,
        key: Uuid,
        auth_key: &str,
        customer_key: &str,
    ) -> Result<Billing, Failure> {
        let body = json!({ "authKey": auth_key, "customerKey": customer_key });
        self.post(
            "/v1/billing/authorizations/issue".into(),
            format!("issue-{key}"),
            body,
        )
        .await
    }

    /// Forgets a stored method.
    pub(crate) async fn forget(&self, billing_key: &str) -> Result<(), Failure> {
        let path = format!("/v1/billing/{}", segment(billing_key));
        self.ask(Method::DELETE, path, None, None).await.map(drop)
    }

    async fn find(&self, path: String) -> Result<Option<PgPayment>, Failure> {
        match self.ask(Method::GET, path, None, None).await {
            Ok(found) => read(found).map(Some),
            Err(Failure::Refused {
                meaning: Meaning::WrongKey,
                ..
            }) => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    async fn post<T: DeserializeOwned>(&self, path: String, key: String, body: Value) -> Result<T, Failure> {
        read(self.ask(Method::POST, path, Some(key), Some(body)).await?)
    }

    async fn ask(
        &self,
        method: Method,
        path: String,
        idempotency_key: Option<String>,
        body: Option<Value>,
    ) -> Result<Value, Failure> {
        let reached = Reached::default();
        let call = Call {
            method,
            path,
            body: body.map(Arc::new),
            idempotency_key,
            reached: reached.clone(),
        };
        match self.pg.clone().oneshot(call).await {
            Ok(Answer::Done(value)) => Ok(value),
            Ok(Answer::Refused { meaning, code }) => Err(Failure::Refused { meaning, code }),
            Err(trouble) => {
                if let Trouble::NotUs { .. } = trouble {
                    tracing::error!(error = %trouble, "the PG does not accept our key; check PAYMENT_TOSS_SECRET_KEY");
                }
                Err(if reached.get() {
                    Failure::Unknown(trouble)
                } else {
                    Failure::NotSent(trouble)
                })
            }
        }
    }
}

/// Not what the PG documents: what it did is unknown.
fn read<T: DeserializeOwned>(value: Value) -> Result<T, Failure> {
    serde_json::from_value(value)
        .map_err(|_| Failure::Unknown(Trouble::Malformed("a field is missing".into())))
}

/// A key as one segment of a path, whatever is in it.
fn segment(key: &str) -> String {
    let mut segment = String::with_capacity(key.len());
    for byte in key.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'~' => segment.push(char::from(byte)),
            _ => segment.push_str(&format!("%{byte:02X}")),
        }
    }
    segment
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_cannot_lead_elsewhere() {
        assert_eq!(segment("tgen_Ab-1"), "tgen_Ab-1");
        assert_eq!(segment("../x?y#z"), "%2E%2E%2Fx%3Fy%23z");
        assert_eq!(segment("감"), "%EA%B0%90");
    }

    #[test]
    fn a_status_of_tomorrow_is_read_as_unknown() {
        let value = json!({
            "paymentKey": "k", "orderId": "o", "status": "SETTLED", "totalAmount": 1, "balanceAmount": 1,
            "currency": "KRW", "receipt": null,
        });
        let read: PgPayment = read(value).expect("it has every field");
        assert_eq!((read.status, read.receipt_url()), (Status::Unknown, ""));
    }
}
