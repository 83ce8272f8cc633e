//! Transactions and settlements.

use serde_json::Value;

use crate::support::Sandbox;

const EVER: &str = "startDate=2020-01-01T00:00:00&endDate=2099-12-31T23:59:59";
const EVERY_DAY: &str = "startDate=2020-01-01&endDate=2099-12-31";

async fn rows(sandbox: &Sandbox, path: &str) -> Vec<Value> {
    sandbox.get(path).await.ok().as_array().expect("an array").clone()
}

/// Three captures and a partial cancel of the first.
async fn traded() -> Sandbox {
    let sandbox = Sandbox::start().await;
    let first = sandbox.paid("order-1", 10_000).await;
    sandbox.paid("order-2", 20_000).await;
    sandbox.paid("order-3", 30_000).await;
    let part = serde_json::json!({"cancelAmount": 4_000});
    sandbox
        .cancel(first["paymentKey"].as_str().expect("key"), part)
        .await
        .ok();
    sandbox
}

#[tokio::test]
async fn transactions_list_approvals_and_cancels_in_order() {
    let sandbox = traded().await;
    let all = rows(&sandbox, &format!("/v1/transactions?{EVER}")).await;
    let amounts: Vec<_> = all
        .iter()
        .map(|row| row["amount"].as_i64().expect("amount"))
        .collect();
    assert_eq!(amounts, [10_000, 20_000, 30_000, -4_000]);
    let states: Vec<_> = all
        .iter()
        .map(|row| row["status"].as_str().expect("status"))
        .collect();
    assert_eq!(states, ["DONE", "DONE", "DONE", "PARTIAL_CANCELED"]);
    for field in [
        "mId",
        "transactionKey",
        "paymentKey",
        "orderId",
        "method",
        "receiptUrl",
        "transactionAt",
        "currency",
    ] {
        assert!(all[0][field].is_string(), "{field}");
    }
    let total: i64 = amounts.iter().sum();
    let ledger = sandbox.get("/sandbox/ledger").await.ok();
    assert_eq!(ledger["totals"]["balance"], total);
}

#[tokio::test]
async fn transactions_are_paged_by_key() {
    let sandbox = traded().await;
    let all = rows(&sandbox, &format!("/v1/transactions?{EVER}")).await;
    let (mut paged, mut after) = (Vec::new(), String::new());
    loop {
        let page = rows(&sandbox, &format!("/v1/transactions?{EVER}&limit=3{after}")).await;
        let Some(last) = page.last() else { break };
        after = format!("&startingAfter={}", last["transactionKey"].as_str().expect("key"));
        paged.extend(page);
    }
    assert_eq!(paged, all);
}

#[tokio::test]
async fn a_period_without_trade_is_empty() {
    let sandbox = traded().await;
    assert!(
        rows(
            &sandbox,
            "/v1/transactions?startDate=2020-01-01&endDate=2020-01-02"
        )
        .await
        .is_empty()
    );
    assert!(
        rows(
            &sandbox,
            "/v1/settlements?startDate=2020-01-01&endDate=2020-01-02"
        )
        .await
        .is_empty()
    );
}

#[tokio::test]
async fn settlements_take_a_fee_and_cancels_give_it_back() {
    let sandbox = traded().await;
    let all = rows(&sandbox, &format!("/v1/settlements?{EVERY_DAY}")).await;
    assert_eq!(all.len(), 4);
    for row in &all {
        let number = |name: &str| row[name].as_i64().expect("a number");
        assert_eq!(number("payOutAmount"), number("amount") - number("fee"));
        assert_eq!(number("supplyAmount") + number("vat"), number("fee"));
        assert_eq!(row["fees"][0]["fee"], row["fee"]);
        assert!(row["soldDate"].as_str() < row["paidOutDate"].as_str());
    }
    assert_eq!(all[0]["fee"], 250);
    assert_eq!(
        (all[3]["fee"].as_i64(), all[3]["cancel"]["cancelAmount"].as_i64()),
        (Some(-100), Some(4_000))
    );
}

#[tokio::test]
async fn settlements_are_paged_by_number_and_dated_both_ways() {
    let sandbox = traded().await;
    let all = rows(&sandbox, &format!("/v1/settlements?{EVERY_DAY}")).await;
    let first = rows(&sandbox, &format!("/v1/settlements?{EVERY_DAY}&page=1&size=3")).await;
    let second = rows(&sandbox, &format!("/v1/settlements?{EVERY_DAY}&page=2&size=3")).await;
    let third = rows(&sandbox, &format!("/v1/settlements?{EVERY_DAY}&page=3&size=3")).await;
    assert_eq!([first, second, third].concat(), all);
    let (sold, paid) = (
        all[0]["soldDate"].as_str().expect("day"),
        all[0]["paidOutDate"].as_str().expect("day"),
    );
    let by_paid = format!("/v1/settlements?dateType=paidOutDate&startDate={paid}&endDate={paid}");
    assert!(!rows(&sandbox, &by_paid).await.is_empty());
    let by_sold = format!("/v1/settlements?dateType=paidOutDate&startDate={sold}&endDate={sold}");
    assert!(rows(&sandbox, &by_sold).await.is_empty());
}

#[tokio::test]
async fn a_query_that_makes_no_sense_is_refused() {
    let sandbox = traded().await;
    for (path, code) in [
        (
            "/v1/transactions?startDate=yesterday&endDate=2026-01-01".to_owned(),
            "INVALID_DATE",
        ),
        (
            "/v1/transactions?startDate=2026-01-01".to_owned(),
            "INVALID_REQUEST",
        ),
        (
            format!("/v1/transactions?{EVER}&limit=5001"),
            "EXCEED_MAX_QUERY_LIMIT",
        ),
        (format!("/v1/transactions?{EVER}&limit=-1"), "INVALID_REQUEST"),
        (
            format!("/v1/transactions?{EVER}&startingAfter=unknown"),
            "INVALID_TRANSACTION_KEY",
        ),
        (
            "/v1/settlements?startDate=2026-02-30&endDate=2026-03-01".to_owned(),
            "INVALID_DATE",
        ),
        (
            format!("/v1/settlements?{EVERY_DAY}&dateType=someday"),
            "INVALID_REQUEST",
        ),
        (format!("/v1/settlements?{EVERY_DAY}&page=0"), "INVALID_REQUEST"),
        (
            format!("/v1/settlements?{EVERY_DAY}&page=18446744073709551615"),
            "INVALID_REQUEST",
        ),
        (
            format!("/v1/settlements?{EVERY_DAY}&size=5001"),
            "EXCEED_MAX_QUERY_LIMIT",
        ),
    ] {
        assert_eq!(sandbox.get(&path).await.refusal(), (400, code), "{path}");
    }
}
