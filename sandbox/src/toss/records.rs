//! Transactions and settlements, for reconciliation.

use serde::Deserialize;
use serde_json::{Value, json};
use time::{Date, Duration, OffsetDateTime, Weekday};

use super::book::{Book, Transaction};
use super::errors::{
    EXCEED_MAX_QUERY_LIMIT, INVALID_DATE, INVALID_REQUEST, INVALID_TRANSACTION_KEY, Refusal,
};
use super::payment::{Method, Payment};
use super::view::{self, MERCHANT};
use crate::clock::{day, kst, kst_day, parse_day, parse_kst};

const USUAL_PAGE: usize = 100;
const LARGEST_PAGE: usize = 5_000;
/// The fee, VAT included, in hundredths of a percent.
const FEE: i64 = 250;

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TransactionsQuery {
    start_date: String,
    end_date: String,
    starting_after: Option<String>,
    limit: Option<usize>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
enum DateType {
    #[default]
    SoldDate,
    PaidOutDate,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SettlementsQuery {
    start_date: String,
    end_date: String,
    #[serde(default)]
    date_type: DateType,
    page: Option<usize>,
    size: Option<usize>,
}

/// Transactions from `startDate` to `endDate`, both included, after the one named by `startingAfter`.
pub(super) fn transactions(book: &Book, query: &TransactionsQuery, base_url: &str) -> Result<Value, Refusal> {
    let from = parse_kst(&query.start_date).ok_or(INVALID_DATE)?;
    // The end names a whole second; a bare day names all of it.
    let step = if query.end_date.contains('T') {
        Duration::SECOND
    } else {
        Duration::DAY
    };
    let until = parse_kst(&query.end_date).ok_or(INVALID_DATE)? + step;
    let limit = page_size(query.limit)?;
    let found = within(book, from, until);
    let skipped = match &query.starting_after {
        None => 0,
        Some(key) => {
            let place = found.iter().position(|(transaction, _)| transaction.key == *key);
            place.ok_or(INVALID_TRANSACTION_KEY)? + 1
        }
    };
    let page = found.iter().skip(skipped).take(limit);
    Ok(page
        .map(|(transaction, payment)| show_transaction(transaction, payment, base_url))
        .collect())
}

fn within(book: &Book, from: OffsetDateTime, until: OffsetDateTime) -> Vec<(&Transaction, &Payment)> {
    let chosen = book
        .transactions()
        .iter()
        .filter(|transaction| (from..until).contains(&transaction.at));
    chosen
        .filter_map(|transaction| Some((transaction, book.payment(&transaction.payment_key)?)))
        .collect()
}

fn show_transaction(transaction: &Transaction, payment: &Payment, base_url: &str) -> Value {
    json!({
        "mId": MERCHANT,
        "transactionKey": transaction.key,
        "paymentKey": payment.key,
        "orderId": payment.order_id,
        "method": payment.method.korean(),
        "customerKey": payment.customer_key,
        "useEscrow": false,
        "receiptUrl": format!("{base_url}/sandbox/receipts/{}", payment.key),
        "status": transaction.status,
        "transactionAt": kst(transaction.at),
        "currency": "KRW",
        "amount": transaction.amount,
    })
}

/// Settlements whose sold or paid-out day lies between `startDate` and `endDate`, both included; pages count from 1.
pub(super) fn settlements(
    book: &Book,
    query: &SettlementsQuery,
    now: OffsetDateTime,
) -> Result<Value, Refusal> {
    let from = parse_day(&query.start_date).ok_or(INVALID_DATE)?;
    let to = parse_day(&query.end_date).ok_or(INVALID_DATE)?;
    let size = page_size(query.size)?;
    let page = query.page.unwrap_or(1).checked_sub(1).ok_or(INVALID_REQUEST)?;
    let skipped = page.checked_mul(size).ok_or(INVALID_REQUEST)?;
    let chosen = book.transactions().iter().filter(|transaction| {
        let sold = kst_day(transaction.at);
        let on = match query.date_type {
            DateType::SoldDate => sold,
            DateType::PaidOutDate => paid_out(sold),
        };
        (from..=to).contains(&on)
    });
    let shown = chosen.skip(skipped).take(size);
    let rows = shown.filter_map(|transaction| Some((transaction, book.payment(&transaction.payment_key)?)));
    Ok(rows
        .map(|(transaction, payment)| show_settlement(transaction, payment, now))
        .collect())
}

fn show_settlement(transaction: &Transaction, payment: &Payment, now: OffsetDateTime) -> Value {
    let fee = fee(transaction.amount);
    let sold = kst_day(transaction.at);
    let cancel = payment
        .cancels
        .iter()
        .find(|cancel| cancel.transaction_key == transaction.key);
    json!({
        "mId": MERCHANT,
        "paymentKey": payment.key,
        "transactionKey": transaction.key,
        "orderId": payment.order_id,
        "currency": "KRW",
        "method": payment.method.korean(),
        "amount": transaction.amount,
        "interestFee": 0,
        "fees": [{ "type": "BASE", "fee": fee.total }, { "type": "ETC", "fee": 0 }],
        "fee": fee.total,
        "supplyAmount": fee.supplied,
        "vat": fee.vat,
        "payOutAmount": transaction.amount - fee.total,
        "approvedAt": payment.approved_at.map(kst),
        "soldDate": day(sold),
        "paidOutDate": day(paid_out(sold)),
        "card": (payment.method == Method::Card).then(|| view::card(payment)),
        "easyPay": (payment.method == Method::EasyPay).then(|| view::easy_pay(payment)),
        "virtualAccount": payment.account.as_ref().map(|account| view::virtual_account(payment, account, now)),
        "giftCertificate": null,
        "mobilePhone": null,
        "transfer": null,
        "cancel": cancel.map(view::cancel),
    })
}

/// What the service keeps of an amount; a cancel gives it back.
struct Fee {
    total: i64,
    supplied: i64,
    vat: i64,
}

fn fee(amount: i64) -> Fee {
    let total = (amount.abs() * FEE + 5_000) / 10_000;
    let supplied = (total * 10 + 5) / 11;
    let sign = amount.signum();
    Fee {
        total: sign * total,
        supplied: sign * supplied,
        vat: sign * (total - supplied),
    }
}

/// Two working days later; holidays are not known.
fn paid_out(sold: Date) -> Date {
    let (mut date, mut working) = (sold, 0);
    while working < 2 {
        date = date.saturating_add(Duration::DAY);
        if !matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday) {
            working += 1;
        }
    }
    date
}

fn page_size(asked: Option<usize>) -> Result<usize, Refusal> {
    match asked {
        None => Ok(USUAL_PAGE),
        Some(0) => Err(INVALID_REQUEST),
        Some(size) if size > LARGEST_PAGE => Err(EXCEED_MAX_QUERY_LIMIT),
        Some(size) => Ok(size),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    #[test]
    fn the_fee_includes_its_tax_and_a_cancel_gives_it_back() {
        for amount in [100, 1_000, 34_000, 99_800] {
            let (kept, given) = (fee(amount), fee(-amount));
            assert_eq!(kept.supplied + kept.vat, kept.total);
            assert_eq!(
                (given.total, given.supplied, given.vat),
                (-kept.total, -kept.supplied, -kept.vat)
            );
        }
        assert_eq!(
            (fee(10_000).total, fee(10_000).supplied, fee(10_000).vat),
            (250, 227, 23)
        );
    }

    #[test]
    fn money_is_paid_out_two_working_days_later() {
        assert_eq!(paid_out(date!(2026 - 01 - 05)), date!(2026 - 01 - 07));
        assert_eq!(paid_out(date!(2026 - 01 - 08)), date!(2026 - 01 - 12));
        assert_eq!(paid_out(date!(2026 - 01 - 10)), date!(2026 - 01 - 13));
    }

    #[test]
    fn a_page_has_bounds() {
        assert_eq!(page_size(None), Ok(100));
        assert_eq!(page_size(Some(5_000)), Ok(5_000));
        assert_eq!(page_size(Some(5_001)), Err(EXCEED_MAX_QUERY_LIMIT));
        assert_eq!(page_size(Some(0)), Err(INVALID_REQUEST));
    }
}
