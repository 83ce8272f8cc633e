//! The daily books of Toss Payments: transactions, and settlements, which say fees
//! and payouts.

use std::collections::HashMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use time::format_description::well_known::Rfc3339;
use time::{Date, OffsetDateTime};
use xlcfi_types::calendar::seoul_midnight;

use crate::pg::caller::{Caller, segment};
use crate::pg::transaction::{Kind, Transaction};
use crate::pg::{Failure, Trouble};

/// Rows of a page; the PG gives 5,000 at most.
const PAGE: usize = 500;

/// What was booked on a Korean day, and what of earlier days was paid out on it.
pub(super) async fn of_day(caller: &Caller, day: Date) -> Result<Vec<Transaction>, Failure> {
    let sold = settlements(caller, "soldDate", day).await?;
    let fees: HashMap<String, i64> = sold
        .into_iter()
        .map(|settled| (settled.transaction_key, settled.fee))
        .collect();
    let mut all = Vec::new();
    for row in transactions(caller, day).await? {
        let Some(kind) = kind(&row) else { continue };
        all.push(Transaction {
            fee: fees.get(&row.transaction_key).copied(),
            key: row.transaction_key,
            pg_key: row.payment_key,
            order_id: row.order_id,
            kind,
            amount: row.amount.abs(),
            currency: row.currency,
            at: read_time(&row.transaction_at)?,
        });
    }
    for paid in settlements(caller, "paidOutDate", day).await? {
        all.push(Transaction {
            key: paid.transaction_key,
            pg_key: paid.payment_key,
            order_id: paid.order_id,
            kind: Kind::Payout,
            amount: paid.pay_out_amount,
            currency: paid.currency,
            fee: None,
            at: seoul_midnight(day),
        });
    }
    Ok(all)
}

fn kind(row: &Row) -> Option<Kind> {
    match row.status.as_str() {
        "CANCELED" | "PARTIAL_CANCELED" => Some(Kind::Refund),
        _ if row.amount < 0 => Some(Kind::Refund),
        "DONE" => Some(Kind::Capture),
        // Nothing has moved.
        "READY" | "IN_PROGRESS" | "WAITING_FOR_DEPOSIT" | "ABORTED" | "EXPIRED" => None,
        _ => Some(Kind::Other),
    }
}

async fn transactions(caller: &Caller, day: Date) -> Result<Vec<Row>, Failure> {
    let day = day.to_string();
    let mut all: Vec<Row> = Vec::new();
    loop {
        let after = all.last().map_or_else(String::new, |last| {
            format!("&startingAfter={}", segment(&last.transaction_key))
        });
        let path =
            format!("/v1/transactions?startDate={day}T00:00:00&endDate={day}T23:59:59&limit={PAGE}{after}");
        let page: Vec<Row> = caller.get(path).await?;
        let is_last = page.len() < PAGE;
        all.extend(page);
        if is_last {
            return Ok(all);
        }
    }
}

async fn settlements(caller: &Caller, which: &str, day: Date) -> Result<Vec<Settled>, Failure> {
    let day = day.to_string();
    pages(caller, |number| {
        format!("/v1/settlements?dateType={which}&startDate={day}&endDate={day}&page={number}&size={PAGE}")
    })
    .await
}

async fn pages<T: DeserializeOwned>(
    caller: &Caller,
    path: impl Fn(usize) -> String,
) -> Result<Vec<T>, Failure> {
    let mut all = Vec::new();
    for number in 1.. {
        let page: Vec<T> = caller.get(path(number)).await?;
        let is_last = page.len() < PAGE;
        all.extend(page);
        if is_last {
            break;
        }
    }
    Ok(all)
}

fn read_time(text: &str) -> Result<OffsetDateTime, Failure> {
    OffsetDateTime::parse(text, &Rfc3339)
        .map_err(|_| Failure::Unknown(Trouble::Malformed("a time of a transaction".into())))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    transaction_key: String,
    payment_key: String,
    order_id: String,
    status: String,
    transaction_at: String,
    currency: String,
    amount: i64,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Settled {
    transaction_key: String,
    payment_key: String,
    order_id: String,
    currency: String,
    fee: i64,
    pay_out_amount: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_moved_money_counts() {
        let of = |status: &str, amount: i64| {
            kind(&Row {
                transaction_key: "t".into(),
                payment_key: "p".into(),
                order_id: "o".into(),
                status: status.into(),
                transaction_at: String::new(),
                currency: "KRW".into(),
                amount,
            })
        };
        assert_eq!(of("DONE", 1_000), Some(Kind::Capture));
        assert_eq!(of("DONE", -1_000), Some(Kind::Refund));
        assert_eq!(of("PARTIAL_CANCELED", -300), Some(Kind::Refund));
        assert_eq!(of("CANCELED", 300), Some(Kind::Refund));
        assert_eq!(of("WAITING_FOR_DEPOSIT", 1_000), None);
        assert_eq!(of("SETTLED", 1_000), Some(Kind::Other));
    }
}
