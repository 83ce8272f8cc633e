//! Balance transactions, payouts, lists, expansions.

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::stripe::id;
use crate::support::Sandbox;

/// Three payments and a refund of part of the first.
async fn traded() -> (Sandbox, Value) {
    let sandbox = Sandbox::start().await;
    let first = sandbox.pay("order-1", 10_000, "pm_card_visa").await.ok();
    sandbox.pay("order-2", 20_000, "pm_card_visa").await.ok();
    sandbox.pay("order-3", 30_000, "pm_card_visa").await.ok();
    sandbox.refund(&first, "4000").await.ok();
    (sandbox, first)
}

fn number(row: &Value, name: &str) -> i64 {
    row[name].as_i64().expect("a number")
}

#[tokio::test]
async fn every_movement_has_its_fee_and_net() {
    let (sandbox, first) = traded().await;
    let rows = sandbox.list("/v1/balance_transactions").await;
    let amounts: Vec<_> = rows.iter().map(|row| number(row, "amount")).collect();
    assert_eq!(amounts, [-4_000, 30_000, 20_000, 10_000]);
    let fees: Vec<_> = rows.iter().map(|row| number(row, "fee")).collect();
    assert_eq!(fees, [0, 1_080, 720, 360]);
    for row in &rows {
        assert_eq!(number(row, "net"), number(row, "amount") - number(row, "fee"));
        assert!(number(row, "available_on") > number(row, "created"));
        assert_eq!(
            (&row["currency"], &row["status"]),
            (&json!("krw"), &json!("pending"))
        );
    }
    let sum: i64 = amounts.iter().sum();
    let ledger = sandbox.get("/sandbox/ledger").await.ok();
    assert_eq!(ledger["providers"]["stripe"]["krw"]["balance"], sum);
    let charge = first["latest_charge"].as_str().expect("charge");
    let of_charge = sandbox
        .list(&format!("/v1/balance_transactions?source={charge}&type=charge"))
        .await;
    assert_eq!(of_charge, [rows[3].clone()]);
    let one = sandbox
        .ask(&format!("/v1/balance_transactions/{}", id(&rows[3])))
        .await
        .ok();
    assert_eq!(one, rows[3]);
}

#[tokio::test]
async fn a_day_is_asked_for_by_its_bounds_and_read_in_pages() {
    let (sandbox, _) = traded().await;
    let all = sandbox.list("/v1/balance_transactions").await;
    let (mut paged, mut after) = (Vec::new(), String::new());
    loop {
        let path = format!("/v1/balance_transactions?limit=3&created[gte]=0&created[lt]=4102444800{after}");
        let page = sandbox.ask(&path).await.ok();
        paged.extend(page["data"].as_array().expect("data").clone());
        if page["has_more"] == false {
            break;
        }
        after = format!("&starting_after={}", id(paged.last().expect("a row")));
    }
    assert_eq!(paged, all);
    assert!(
        sandbox
            .list("/v1/balance_transactions?created[lt]=1000000")
            .await
            .is_empty()
    );
    for bad in [
        "limit=0",
        "limit=101",
        "starting_after=txn_x",
        "created[gte]=x",
        "color=red",
    ] {
        let answer = sandbox.ask(&format!("/v1/balance_transactions?{bad}")).await;
        assert!([400, 404].contains(&answer.status), "{bad}");
    }
}

#[tokio::test]
async fn what_is_available_is_paid_out_once() {
    let (sandbox, _) = traded().await;
    assert!(sandbox.list("/v1/payouts").await.is_empty());
    sandbox.advance(7 * 86_400).await;
    let payouts = sandbox.list("/v1/payouts").await;
    let paid: i64 = payouts.iter().map(|payout| number(payout, "amount")).sum();
    assert_eq!(paid, 56_000 - 1_080 - 720 - 360);
    let mut carried = HashSet::new();
    for payout in &payouts {
        let rows = sandbox
            .list(&format!(
                "/v1/balance_transactions?payout={}&limit=100",
                id(payout)
            ))
            .await;
        assert_eq!(rows.iter().map(|row| number(row, "net")).sum::<i64>(), 0);
        let own = rows
            .iter()
            .find(|row| row["type"] == "payout")
            .expect("its own movement");
        assert_eq!(
            (&own["source"], &own["id"]),
            (&payout["id"], &payout["balance_transaction"])
        );
        assert!(rows.iter().all(|row| carried.insert(id(row).to_owned())));
        assert_eq!(payout["object"], "payout");
    }
    let all = sandbox.list("/v1/balance_transactions?limit=100").await;
    assert_eq!(carried.len(), all.len());
    sandbox.advance(7 * 86_400).await;
    assert_eq!(sandbox.list("/v1/payouts").await.len(), payouts.len());
}

#[tokio::test]
async fn what_stands_behind_an_id_can_be_asked_for_at_once() {
    let (sandbox, first) = traded().await;
    let path = format!(
        "/v1/payment_intents/{}?expand[]=latest_charge.balance_transaction&expand[]=payment_method",
        id(&first)
    );
    let shown = sandbox.ask(&path).await.ok();
    assert_eq!(shown["latest_charge"]["balance_transaction"]["fee"], 360);
    assert_eq!(shown["payment_method"]["card"]["brand"], "visa");
    let rows = sandbox
        .list("/v1/balance_transactions?expand[]=data.source&limit=1")
        .await;
    assert_eq!(rows[0]["source"]["object"], "refund");
    assert_eq!(
        sandbox
            .ask("/v1/payment_intents?expand[]=data.wishes")
            .await
            .error()
            .0,
        400
    );
}

/// Stripe's OpenAPI document says which fields are always there, and which are never null.
#[tokio::test]
async fn what_is_always_there_is_there_and_what_is_never_null_is_left_out() {
    let (sandbox, first) = traded().await;
    sandbox.advance(7 * 86_400).await;
    let charge = first["latest_charge"].as_str().expect("charge");
    let charge = sandbox.ask(&format!("/v1/charges/{charge}")).await.ok();
    let card = &charge["payment_method_details"]["card"];
    assert!(charge["billing_details"].is_object());
    assert_eq!(card["network"], "visa");
    let method = charge["payment_method"].as_str().expect("a method");
    let method = sandbox.ask(&format!("/v1/payment_methods/{method}")).await.ok();
    assert!(method["billing_details"].is_object());
    assert_eq!(method["card"].get("network"), None);
    for refund in sandbox.list("/v1/refunds").await {
        assert_eq!(refund.get("failure_reason"), None);
        assert_eq!(refund.get("failure_balance_transaction"), None);
    }
    for row in sandbox.list("/v1/balance_transactions").await {
        assert_eq!(row["balance_type"], "payments");
    }
    for payout in sandbox.list("/v1/payouts").await {
        assert_eq!(payout["source_type"], "card");
    }
}

#[tokio::test]
async fn the_page_and_the_ledger_show_both_providers() {
    let (sandbox, first) = traded().await;
    sandbox.paid("order-1", 5_000).await;
    let ledger = sandbox.get("/sandbox/ledger?order_id=order-1").await.ok();
    let rows = ledger["orders"].as_array().expect("orders");
    let shown: Vec<_> = rows
        .iter()
        .map(|row| (&row["provider"], number(row, "captured")))
        .collect();
    assert_eq!(shown, [(&json!("toss"), 5_000), (&json!("stripe"), 10_000)]);
    assert_eq!(ledger["postings"].as_array().map(Vec::len), Some(3));
    assert_eq!(
        (&ledger["totals"]["captured"], &ledger["sound"]),
        (&json!(65_000), &json!(true))
    );
    let page = sandbox
        .client
        .get(&sandbox.url)
        .send()
        .await
        .expect("page")
        .text()
        .await
        .expect("text");
    for part in [
        "Stripe krw",
        "Toss krw",
        id(&first),
        "/v1/payment_intents",
        "1 at Toss, 3 at Stripe",
    ] {
        assert!(page.contains(part), "{part}");
    }
    sandbox.post("/sandbox/reset", json!({})).await;
    assert!(sandbox.list("/v1/payment_intents").await.is_empty());
    assert_eq!(sandbox.get("/sandbox/ledger").await.ok()["providers"], json!({}));
}
