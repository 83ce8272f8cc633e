//! Webhooks: what is sent, how often, and what faults make of it.

use std::time::Duration;

use axum::http::StatusCode;
use reqwest::Method;
use serde_json::{Value, json};

use crate::shop::{Received, Shop};
use crate::support::{Sandbox, eventually, send};

async fn open() -> (Sandbox, Shop) {
    let (sandbox, shop) = (Sandbox::start().await, Shop::open().await);
    sandbox
        .put("/sandbox/webhooks", json!({"urls": [shop.url]}))
        .await
        .ok();
    (sandbox, shop)
}

fn statuses(received: &[Received]) -> Vec<&str> {
    received.iter().map(Received::status).collect()
}

/// Confirms a new session with a fault.
async fn paid_with(sandbox: &Sandbox, order_id: &str, fault: &str) -> Value {
    let key = sandbox.session(order_id, 1_000).await;
    send(sandbox.confirm_with(&key, order_id, 1_000, &[("X-Sandbox-Fault", fault)]))
        .await
        .ok()
}

async fn deliveries(sandbox: &Sandbox) -> Vec<Value> {
    sandbox.get("/sandbox/webhooks").await.ok()["deliveries"]
        .as_array()
        .expect("deliveries")
        .clone()
}

/// Waits until no attempt is under way and `count` were made in all.
async fn attempted(sandbox: &Sandbox, count: u64) {
    eventually("the attempts", async || {
        let made: u64 = deliveries(sandbox)
            .await
            .iter()
            .map(|delivery| {
                let retried = delivery["retried_count"].as_u64().unwrap_or_default();
                retried + u64::from(delivery["outcome"] != "pending")
            })
            .sum();
        (made >= count).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_payment_is_told_with_the_payment_in_it() {
    let (sandbox, shop) = open().await;
    let paid = sandbox.paid("order-1", 1_000).await;
    let received = shop.wait(1).await;
    let body = &received[0].body;
    assert_eq!(
        (&body["eventType"], &body["data"]),
        (&json!("PAYMENT_STATUS_CHANGED"), &paid)
    );
    let created = body["createdAt"].as_str().expect("createdAt");
    assert!(
        created.len() == 26 && !created.contains('+') && !created.ends_with('Z'),
        "{created}"
    );
    assert!(received[0].header("transmission-id").starts_with("whtrans_"));
    assert!(received[0].header("transmission-time").ends_with("+09:00"));
    assert_eq!(received[0].header("transmission-retried-count"), "0");
    assert_eq!(received[0].header("signature"), "");
    assert_eq!(received[0].headers["content-type"], "application/json");
}

#[tokio::test]
async fn an_account_is_told_twice_with_its_secret() {
    let (sandbox, shop) = open().await;
    let issue =
        json!({"amount": 1_000, "orderId": "order-1", "orderName": "쌀", "customerName": "김", "bank": "20"});
    let waiting = sandbox.post("/v1/virtual-accounts", issue).await.ok();
    sandbox
        .post("/sandbox/virtual-accounts/order-1/deposit", json!({}))
        .await
        .ok();
    let received = shop.wait(4).await;
    let flat: Vec<_> = received
        .iter()
        .filter(|one| one.body.get("eventType").is_none())
        .collect();
    assert_eq!(
        flat.iter().map(|one| one.status()).collect::<Vec<_>>(),
        ["WAITING_FOR_DEPOSIT", "DONE"]
    );
    for one in &flat {
        assert_eq!(
            (&one.body["secret"], &one.body["orderId"]),
            (&waiting["secret"], &json!("order-1"))
        );
        let mut fields: Vec<_> = one.body.as_object().expect("object").keys().cloned().collect();
        fields.sort();
        assert_eq!(
            fields,
            ["createdAt", "orderId", "secret", "status", "transactionKey"]
        );
    }
}

#[tokio::test]
async fn every_change_is_told_in_order_except_a_charge_to_a_stored_card() {
    let (sandbox, shop) = open().await;
    let paid = sandbox.paid("order-1", 1_000).await;
    let key = paid["paymentKey"].as_str().expect("key");
    sandbox.cancel(key, json!({"cancelAmount": 400})).await.ok();
    sandbox.cancel(key, json!({})).await.ok();
    let told = shop.wait(3).await;
    assert_eq!(statuses(&told), ["DONE", "PARTIAL_CANCELED", "PARTIAL_CANCELED"]);

    let card = sandbox.billing_key("buyer-1", "APPROVE").await;
    let charge = json!({"customerKey": "buyer-1", "amount": 1_000, "orderId": "order-2", "orderName": "쌀"});
    let charged = sandbox.post(&format!("/v1/billing/{card}"), charge).await.ok();
    sandbox
        .cancel(charged["paymentKey"].as_str().expect("key"), json!({}))
        .await
        .ok();
    let told = shop.wait(4).await;
    assert_eq!(
        (told[3].status(), &told[3].body["data"]["orderId"]),
        ("CANCELED", &json!("order-2"))
    );
}

#[tokio::test]
async fn an_expiry_and_a_decline_are_told() {
    let (sandbox, shop) = open().await;
    sandbox.session("order-1", 1_000).await;
    sandbox.advance(601).await;
    let session = json!({"orderId": "order-2", "orderName": "쌀", "amount": 1_000, "behavior": "DECLINE"});
    let key = sandbox.session_of(session).await;
    assert_eq!(sandbox.confirm(&key, "order-2", 1_000).await.status, 403);
    let mut told = shop.wait(2).await;
    told.sort_by_key(|one| one.status().to_owned());
    assert_eq!(statuses(&told), ["ABORTED", "EXPIRED"]);
}

#[tokio::test]
async fn anything_but_200_is_sent_again_after_1_4_16_64_256_1024_4096_minutes() {
    let (sandbox, shop) = open().await;
    shop.answers(StatusCode::CREATED);
    sandbox.paid("order-1", 1_000).await;
    for (resend, minutes) in [1_i64, 4, 16, 64, 256, 1_024, 4_096].into_iter().enumerate() {
        attempted(&sandbox, resend as u64 + 1).await;
        sandbox.advance(minutes * 60 - 30).await;
        assert_eq!(shop.received().len(), resend + 1, "before {minutes}");
        sandbox.advance(30).await;
        let received = shop.wait(resend + 2).await;
        assert_eq!(
            received[resend + 1].header("transmission-retried-count"),
            (resend + 1).to_string()
        );
    }
    eventually("the end", async || {
        (deliveries(&sandbox).await[0]["outcome"] == "gave_up").then_some(())
    })
    .await;
    assert_eq!(shop.received().len(), 8);
}

#[tokio::test]
async fn a_shop_that_comes_back_gets_the_event_once() {
    let (sandbox, shop) = open().await;
    shop.answers(StatusCode::SERVICE_UNAVAILABLE);
    sandbox.paid("order-1", 1_000).await;
    attempted(&sandbox, 1).await;
    shop.answers(StatusCode::OK);
    sandbox.advance(60).await;
    shop.wait(2).await;
    eventually("delivery", async || {
        (deliveries(&sandbox).await[0]["outcome"] == "delivered").then_some(())
    })
    .await;
    sandbox.advance(86_400).await;
    assert_eq!(shop.received().len(), 2);
}

#[tokio::test]
async fn a_shop_that_is_not_there_does_not_hinder_payments() {
    let sandbox = Sandbox::start().await;
    sandbox
        .put("/sandbox/webhooks", json!({"urls": ["http://127.0.0.1:9/hook"]}))
        .await
        .ok();
    assert_eq!(sandbox.paid("order-1", 1_000).await["status"], "DONE");
    attempted(&sandbox, 1).await;
    assert_eq!(deliveries(&sandbox).await[0]["last_answer"], "unreachable");
}

#[tokio::test]
async fn a_duplicate_is_the_same_transmission() {
    let (sandbox, shop) = open().await;
    paid_with(&sandbox, "order-1", "webhook-duplicate=3").await;
    let received = shop.wait(3).await;
    assert!(received.iter().all(|one| one.body == received[0].body));
    assert!(
        received
            .iter()
            .all(|one| one.header("transmission-id") == received[0].header("transmission-id"))
    );
}

#[tokio::test]
async fn a_reordered_webhook_comes_after_its_successor() {
    let (sandbox, shop) = open().await;
    let paid = paid_with(&sandbox, "order-1", "webhook-reorder").await;
    sandbox.paid("order-2", 1_000).await;
    assert_eq!(shop.wait(1).await[0].body["data"]["orderId"], "order-2");
    sandbox
        .cancel(paid["paymentKey"].as_str().expect("key"), json!({}))
        .await
        .ok();
    let received = shop.wait(3).await;
    assert_eq!(statuses(&received[1..]), ["CANCELED", "DONE"]);
}

#[tokio::test]
async fn a_reordered_webhook_without_successor_comes_after_a_minute() {
    let (sandbox, shop) = open().await;
    paid_with(&sandbox, "order-1", "webhook-reorder").await;
    sandbox.advance(61).await;
    assert_eq!(shop.wait(1).await[0].status(), "DONE");
}

#[tokio::test]
async fn a_webhook_can_be_there_before_the_answer() {
    let (sandbox, shop) = open().await;
    shop.takes(Duration::from_millis(200));
    paid_with(&sandbox, "order-1", "webhook-before-response").await;
    assert_eq!(shop.received().len(), 1);
    sandbox.advance(86_400).await;
    sandbox.paid("order-2", 1_000).await;
    assert_eq!(shop.wait(2).await.len(), 2);
}

#[tokio::test]
async fn a_webhook_can_be_late_or_never_come() {
    let (sandbox, shop) = open().await;
    paid_with(&sandbox, "order-1", "webhook-never").await;
    paid_with(&sandbox, "order-2", "webhook-delay=3600").await;
    sandbox.paid("order-3", 1_000).await;
    assert_eq!(shop.wait(1).await[0].body["data"]["orderId"], "order-3");
    sandbox.advance(3_601).await;
    assert_eq!(shop.wait(2).await[1].body["data"]["orderId"], "order-2");
    let never = sandbox.get("/sandbox/webhooks?order_id=order-1").await.ok();
    assert_eq!(never["deliveries"][0]["outcome"], "suppressed");
}

#[tokio::test]
async fn a_rule_reaches_webhooks_of_deposits_and_expiries() {
    let (sandbox, shop) = open().await;
    let rules = json!({"rules": [
        {"fault": "webhook-never", "endpoint": "expire"},
        {"fault": "webhook-duplicate", "endpoint": "deposit"},
    ]});
    sandbox.put("/sandbox/faults", rules).await.ok();
    sandbox.session("order-1", 1_000).await;
    sandbox.advance(601).await;
    let issue =
        json!({"amount": 1_000, "orderId": "order-2", "orderName": "쌀", "customerName": "김", "bank": "20"});
    sandbox.post("/v1/virtual-accounts", issue).await.ok();
    sandbox
        .post("/sandbox/virtual-accounts/order-2/deposit", json!({}))
        .await
        .ok();
    let received = shop.wait(6).await;
    assert!(received.iter().all(|one| one.status() != "EXPIRED"));
    assert_eq!(received.iter().filter(|one| one.status() == "DONE").count(), 4);
}

#[tokio::test]
async fn an_expiry_has_no_answer_to_come_before() {
    let (sandbox, shop) = open().await;
    let rule = json!({"rules": [{"fault": "webhook-before-response", "endpoint": "expire"}]});
    sandbox.put("/sandbox/faults", rule).await.ok();
    sandbox.session("order-1", 1_000).await;
    sandbox.advance(601).await;
    assert_eq!(shop.wait(1).await[0].status(), "EXPIRED");
}

#[tokio::test]
async fn each_url_gets_each_event_and_a_bad_url_is_refused() {
    let (sandbox, first) = open().await;
    let second = Shop::open().await;
    sandbox
        .put("/sandbox/webhooks", json!({"urls": [first.url, second.url]}))
        .await
        .ok();
    sandbox.paid("order-1", 1_000).await;
    assert_eq!((first.wait(1).await.len(), second.wait(1).await.len()), (1, 1));
    assert_eq!(
        sandbox
            .put("/sandbox/webhooks", json!({"urls": ["nowhere"]}))
            .await
            .status,
        400
    );
    let shown = send(sandbox.request(Method::GET, "/sandbox/webhooks")).await.ok();
    assert_eq!(shown["urls"], json!([first.url, second.url]));
}
