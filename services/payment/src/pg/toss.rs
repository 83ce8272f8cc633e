//! Toss Payments' core API.

mod records;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use ::http::HeaderMap;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::ExposeSecret as _;
use serde::Deserialize;
use serde_json::json;
use time::format_description::well_known::Rfc3339;
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::caller::{Caller, segment};
use super::http::Body;
use super::{
    Connector, Deposit, Failure, Kept, Meaning, Means, Opened, PgPayment, PgState, Provider, Return,
    Transaction,
};
use crate::config::Config;
use crate::decline::Decline;
use crate::method::label;
use crate::payment::Payment;

/// Toss Payments.
pub(super) struct Toss(Caller);

impl fmt::Debug for Toss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Toss")
    }
}

impl Toss {
    /// # Errors
    /// Settings that make no sense.
    pub(super) fn new(config: &Config) -> Result<Self, String> {
        let credentials = STANDARD.encode(format!("{}:", config.toss_secret_key.expose_secret()));
        let caller = Caller::new(
            Provider::Toss,
            &config.toss_url,
            &format!("Basic {credentials}"),
            HeaderMap::new(),
            &config.limits,
            config.pg_timeout,
        )?;
        Ok(Self(caller))
    }
}

#[tonic::async_trait]
impl Connector for Toss {
    fn longest_call(&self) -> Duration {
        self.0.longest_call()
    }

    fn is_open(&self) -> bool {
        self.0.is_open()
    }

    /// The widget does it all.
    async fn open(&self, _: &str, _: &Payment, _: &str) -> Result<Opened, Failure> {
        Ok(Opened {
            key: String::new(),
            client_secret: String::new(),
        })
    }

    async fn close(&self, pg_key: &str) -> Result<(), Failure> {
        // Only a virtual account can be paid into without us.
        let found: Option<TossPayment> = self.0.find(path_of(pg_key)).await?;
        if found.is_none_or(|payment| payment.status != Status::WaitingForDeposit) {
            return Ok(());
        }
        let body = Body::Json(Arc::new(json!({ "cancelReason": "입금 기한 종료" })));
        let path = format!("{}/cancel", path_of(pg_key));
        let cancelled: Result<TossPayment, Failure> = self.0.post(path, None, body).await;
        match cancelled {
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
        _: Uuid,
        means: Means<'_>,
        payment: &Payment,
        customer: &str,
    ) -> Result<PgPayment, Failure> {
        let order_id = payment.order_id.to_string();
        let (path, key, body) = match means {
            Means::Key(pg_key) => {
                let body = json!({"paymentKey": pg_key, "orderId": order_id, "amount": payment.amount.minor});
                ("/v1/payments/confirm".to_owned(), format!("confirm-{key}"), body)
            }
            Means::Token(token) => {
                let body = json!({
                    "customerKey": customer,
                    "orderId": order_id,
                    "orderName": payment.title,
                    "amount": payment.amount.minor,
                    "taxFreeAmount": payment.tax_exempt.minor,
                });
                (
                    format!("/v1/billing/{}", segment(token)),
                    format!("charge-{key}"),
                    body,
                )
            }
        };
        let taken: TossPayment = self.0.post(path, key, Body::Json(Arc::new(body))).await?;
        Ok(taken.into())
    }

    async fn look(&self, _: Uuid, means: Means<'_>, payment: &Payment) -> Result<Option<PgPayment>, Failure> {
        match means {
            Means::Key(pg_key) => self.get(pg_key).await,
            Means::Token(_) => self.of_order(payment).await,
        }
    }

    async fn of_order(&self, payment: &Payment) -> Result<Option<PgPayment>, Failure> {
        let path = format!("/v1/payments/orders/{}", payment.order_id);
        let found: Option<TossPayment> = self.0.find(path).await?;
        Ok(found.map(PgPayment::from))
    }

    async fn get(&self, pg_key: &str) -> Result<Option<PgPayment>, Failure> {
        let found: Option<TossPayment> = self.0.find(path_of(pg_key)).await?;
        Ok(found.map(PgPayment::from))
    }

    async fn give_back(&self, key: &str, pg_key: &str, back: &Return<'_>) -> Result<PgPayment, Failure> {
        let mut body = json!({
            "cancelReason": back.reason,
            // Refused when somebody else gave some back meanwhile.
            "refundableAmount": back.balance,
        });
        // All of it needs no parts; the PG knows the tax of the whole best.
        if back.amount < back.balance {
            body["cancelAmount"] = back.amount.into();
            body["taxFreeAmount"] = back.tax_exempt.into();
        }
        if let Some(account) = back.account {
            body["refundReceiveAccount"] = json!({
                "bank": account.bank,
                "accountNumber": account.account_number,
                "holderName": account.holder_name,
            });
        }
        let path = format!("{}/cancel", path_of(pg_key));
        let body = Body::Json(Arc::new(body));
        let after: TossPayment = self.0.post(path, format!("refund-{key}"), body).await?;
        Ok(after.into())
    }

    async fn keep(&self, key: &str, auth_key: &str, customer: &str) -> Result<Kept, Failure> {
        let body = json!({ "authKey": auth_key, "customerKey": customer });
        let path = "/v1/billing/authorizations/issue".to_owned();
        let billing: Billing = self
            .0
            .post(path, format!("issue-{key}"), Body::Json(Arc::new(body)))
            .await?;
        let card = billing.card.unwrap_or_default();
        Ok(Kept {
            token: billing.billing_key,
            customer_key: billing.customer_key,
            label: label(&card.issuer_code, &card.number),
        })
    }

    async fn forget(&self, token: &str) -> Result<(), Failure> {
        match self.0.delete(format!("/v1/billing/{}", segment(token))).await {
            Err(Failure::Refused {
                meaning: Meaning::Declined(Decline::MethodGone),
                ..
            }) => Ok(()),
            said => said,
        }
    }

    async fn transactions(&self, day: Date) -> Result<Vec<Transaction>, Failure> {
        records::of_day(&self.0, day).await
    }
}

fn path_of(pg_key: &str) -> String {
    format!("/v1/payments/{}", segment(pg_key))
}

/// A payment in Toss's words.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct TossPayment {
    payment_key: String,
    order_id: String,
    status: Status,
    total_amount: i64,
    balance_amount: i64,
    currency: String,
    receipt: Option<Receipt>,
    secret: Option<String>,
    virtual_account: Option<VirtualAccount>,
}

#[derive(Debug, Deserialize)]
struct Receipt {
    url: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct VirtualAccount {
    account_number: String,
    bank_code: String,
    customer_name: Option<String>,
    due_date: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum Status {
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

impl From<TossPayment> for PgPayment {
    fn from(payment: TossPayment) -> Self {
        let state = match payment.status {
            Status::Ready | Status::InProgress | Status::Unknown => PgState::Open,
            Status::WaitingForDeposit => PgState::AwaitingDeposit,
            Status::Done => PgState::Captured,
            Status::Canceled | Status::PartialCanceled => PgState::Returned,
            Status::Aborted => PgState::Aborted,
            Status::Expired => PgState::Expired,
        };
        let secret = payment.secret.unwrap_or_default();
        let deposit = payment.virtual_account.and_then(|account| {
            Some(Deposit {
                bank: account.bank_code,
                account_number: account.account_number,
                holder_name: account.customer_name.unwrap_or_default(),
                due_time: OffsetDateTime::parse(&account.due_date, &Rfc3339).ok()?,
                secret,
            })
        });
        Self {
            key: payment.payment_key,
            order_id: payment.order_id,
            state,
            amount: payment.total_amount,
            balance: payment.balance_amount,
            currency: payment.currency,
            receipt_url: payment.receipt.map(|receipt| receipt.url).unwrap_or_default(),
            deposit,
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Billing {
    billing_key: String,
    customer_key: String,
    card: Option<Card>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Card {
    #[serde(default)]
    issuer_code: String,
    #[serde(default)]
    number: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pg::caller::read;

    #[test]
    fn a_status_of_tomorrow_is_one_that_is_still_open() {
        let value = json!({
            "paymentKey": "k", "orderId": "o", "status": "SETTLED", "totalAmount": 1, "balanceAmount": 1,
            "currency": "KRW", "receipt": null,
        });
        let payment: TossPayment = read(value).expect("it has every field");
        let payment = PgPayment::from(payment);
        assert_eq!((payment.state, payment.receipt_url.as_str()), (PgState::Open, ""));
    }
}
