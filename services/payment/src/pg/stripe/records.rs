//! The daily books of Stripe: balance transactions, which say fees, and what each
//! payout carried.

use std::collections::HashMap;

use serde::Deserialize;
use time::{Date, Duration, OffsetDateTime};
use xlcfi_types::calendar::seoul_midnight;

use crate::pg::caller::{Caller, segment};
use crate::pg::transaction::{Kind, Transaction};
use crate::pg::{Failure, Trouble};

/// Rows of a page; the PG gives no more.
const PAGE: usize = 100;

/// What was booked on a Korean day; a payout as what it carried.
pub(super) async fn of_day(caller: &Caller, day: Date) -> Result<Vec<Transaction>, Failure> {
    let from = seoul_midnight(day);
    let until = from + Duration::DAY;
    let created = format!(
        "created[gte]={}&created[lt]={}",
        from.unix_timestamp(),
        until.unix_timestamp()
    );
    let mut all = Vec::new();
    for moved in list(caller, &created).await? {
        if moved.kind != "payout" {
            all.push(moved.booked()?);
            continue;
        }
        let at = moved.time()?;
        let payout = segment(moved.source_id());
        for carried in list(caller, &format!("payout={payout}")).await? {
            if carried.kind != "payout" {
                all.push(carried.paid_out(at)?);
            }
        }
    }
    Ok(all)
}

/// All balance transactions of a query, page by page.
pub(super) async fn list(caller: &Caller, query: &str) -> Result<Vec<Moved>, Failure> {
    #[derive(Deserialize)]
    struct List {
        data: Vec<Moved>,
        has_more: bool,
    }
    let mut all: Vec<Moved> = Vec::new();
    loop {
        let after = all.last().map_or_else(String::new, |last| {
            format!("&starting_after={}", segment(&last.id))
        });
        let path = format!("/v1/balance_transactions?{query}&limit={PAGE}&expand[]=data.source{after}");
        let page: List = caller.get(path).await?;
        let is_last = !page.has_more || page.data.is_empty();
        all.extend(page.data);
        if is_last {
            return Ok(all);
        }
    }
}

/// A balance transaction.
#[derive(Debug, Deserialize)]
pub(super) struct Moved {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    amount: i64,
    currency: String,
    fee: i64,
    net: i64,
    created: i64,
    source: Option<Source>,
}

/// What it is of. Its amount is in the currency of the buyer.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Source {
    Whole {
        id: String,
        amount: Option<i64>,
        amount_captured: Option<i64>,
        currency: Option<String>,
        payment_intent: Option<String>,
        metadata: Option<HashMap<String, String>>,
    },
    Named(String),
}

impl Moved {
    fn time(&self) -> Result<OffsetDateTime, Failure> {
        OffsetDateTime::from_unix_timestamp(self.created)
            .map_err(|_| Failure::Unknown(Trouble::Malformed("a time of a transaction".into())))
    }

    fn source_id(&self) -> &str {
        match &self.source {
            Some(Source::Whole { id, .. } | Source::Named(id)) => id,
            None => "",
        }
    }

    /// The payment and the order it is of, as far as they are told.
    fn of(&self) -> (String, String) {
        let Some(Source::Whole {
            payment_intent,
            metadata,
            ..
        }) = &self.source
        else {
            return (String::new(), String::new());
        };
        let order_id = metadata.as_ref().and_then(|metadata| metadata.get("order_id"));
        (
            payment_intent.clone().unwrap_or_default(),
            order_id.cloned().unwrap_or_default(),
        )
    }

    fn booked(self) -> Result<Transaction, Failure> {
        let at = self.time()?;
        let (pg_key, order_id) = self.of();
        let kind = match self.kind.as_str() {
            "charge" | "payment" => Kind::Capture,
            "refund" | "payment_refund" => Kind::Refund,
            "refund_failure" | "payment_failure_refund" => Kind::RefundReturned,
            _ => Kind::Other,
        };
        // The balance may be kept in another currency than the buyer paid in.
        let (amount, currency) = match &self.source {
            Some(Source::Whole {
                amount: Some(amount),
                amount_captured,
                currency: Some(currency),
                ..
            }) if kind != Kind::Other => (amount_captured.unwrap_or(*amount), currency.as_str()),
            _ => (self.amount, self.currency.as_str()),
        };
        let amount = match kind {
            Kind::Other => amount,
            _ => amount.abs(),
        };
        Ok(Transaction {
            fee: (currency == self.currency).then_some(self.fee),
            currency: currency.to_ascii_uppercase(),
            key: self.id,
            pg_key,
            order_id,
            kind,
            amount,
            at,
        })
    }

    fn paid_out(self, at: OffsetDateTime) -> Result<Transaction, Failure> {
        let (pg_key, order_id) = self.of();
        Ok(Transaction {
            key: self.id,
            pg_key,
            order_id,
            kind: Kind::Payout,
            amount: self.net,
            currency: self.currency.to_ascii_uppercase(),
            fee: None,
            at,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn moved(kind: &str, currency: &str, source: serde_json::Value) -> Transaction {
        let moved = json!({
            "id": "txn_1", "type": kind, "amount": -300, "currency": currency, "fee": 11, "net": -311,
            "created": 1_767_193_200, "source": source,
        });
        let moved: Moved = serde_json::from_value(moved).expect("a balance transaction");
        moved.booked().expect("its time is one")
    }

    #[test]
    fn a_movement_is_of_the_payment_its_source_names() {
        let charge = json!({
            "id": "ch_1", "amount": 1_000, "amount_captured": 900, "currency": "krw", "payment_intent": "pi_1",
            "metadata": {"order_id": "o"},
        });
        let capture = moved("charge", "krw", charge.clone());
        assert_eq!(
            (capture.kind, capture.amount, capture.fee),
            (Kind::Capture, 900, Some(11))
        );
        assert_eq!(
            (capture.pg_key.as_str(), capture.order_id.as_str()),
            ("pi_1", "o")
        );
        // Another currency of the balance does not change what the buyer paid.
        let abroad = moved("charge", "usd", charge);
        assert_eq!(
            (abroad.amount, abroad.currency.as_str(), abroad.fee),
            (900, "KRW", None)
        );
        let refund = json!({"id": "re_1", "amount": 300, "currency": "krw", "payment_intent": "pi_1"});
        let refund = moved("refund", "krw", refund);
        assert_eq!((refund.kind, refund.amount), (Kind::Refund, 300));
        let named = moved("adjustment", "krw", json!("du_1"));
        assert_eq!(
            (named.kind, named.amount, named.pg_key.as_str()),
            (Kind::Other, -300, "")
        );
        assert_eq!(moved("stripe_fee", "krw", json!(null)).kind, Kind::Other);
    }
}
