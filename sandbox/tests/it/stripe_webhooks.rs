//! Events of Stripe: what is sent, signed how, and what faults make of it.

use axum::http::StatusCode;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::shop::{Received, Shop};
use crate::stripe::id;
use crate::support::{Sandbox, eventually};

async fn open() -> (Sandbox, Shop) {
    let (sandbox, shop) = (Sandbox::start().await, Shop::open().await);
    let urls = json!({"provider": "stripe", "urls": [shop.url]});
    sandbox.put("/sandbox/webhooks", urls).await.ok();
    (sandbox, shop)
}

fn kinds(received: &[Received]) -> Vec<&str> {
    received.iter().map(kind).collect()
}

fn kind(received: &Received) -> &str {
    received.body["type"].as_str().unwrap_or_default()
}

/// The time of a signature that is right for the body as it was sent.
fn verified(received: &Received, secret: &str) -> Option<i64> {
    let header = received.headers["stripe-signature"].to_str().expect("text");
    let (time, signature) = header.split_once(",v1=").expect("t=...,v1=...");
    let time = time.strip_prefix("t=").expect("a time");
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("a key");
    mac.update(format!("{time}.{}", received.text).as_bytes());
    let digits: Vec<String> = mac
        .finalize()
        .into_bytes()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    (digits.concat() == signature).then(|| time.parse().expect("seconds"))
}

async fn deliveries(sandbox: &Sandbox) -> Vec<Value> {
    let shown = sandbox.get("/sandbox/webhooks").await.ok();
    shown["deliveries"].as_array().expect("deliveries").clone()
}

/// Waits until the first delivery was tried `count` times.
async fn tried(sandbox: &Sandbox, count: u64) {
    eventually("the attempts", async || {
        let first = deliveries(sandbox).await.first()?.clone();
        (first["retried_count"].as_u64()? >= count).then_some(())
    })
    .await;
}

#[tokio::test]
async fn an_event_is_signed_and_carries_the_object_and_the_request() {
    let (sandbox, shop) = open().await;
    let paid = sandbox.form(
        "/v1/payment_intents",
        &[
            ("amount", "1000"),
            ("currency", "krw"),
            ("payment_method_types[]", "card"),
            ("payment_method", "pm_card_visa"),
            ("confirm", "true"),
        ],
    );
    let answer = paid
        .header("Idempotency-Key", "k-1")
        .send()
        .await
        .expect("an answer");
    let request_id = answer.headers()["request-id"].to_str().expect("text").to_owned();
    let paid: Value = answer.json().await.expect("json");
    let received = shop.wait(2).await;
    assert_eq!(
        kinds(&received),
        ["payment_intent.created", "payment_intent.succeeded"]
    );
    let event = &received[1].body;
    assert_eq!(
        (&event["object"], &event["livemode"]),
        (&json!("event"), &json!(false))
    );
    assert_eq!(event["data"]["object"], paid);
    assert_eq!(
        event["request"],
        json!({"id": request_id, "idempotency_key": "k-1"})
    );
    assert_eq!(event["pending_webhooks"], 1);
    for one in &received {
        assert!(verified(one, "whsec_sandbox").is_some());
        assert_eq!(verified(one, "whsec_other"), None);
    }
    assert_eq!(
        sandbox.ask(&format!("/v1/events/{}", id(event))).await.ok(),
        *event
    );
    assert_eq!(
        sandbox.list("/v1/events?type=payment_intent.succeeded").await,
        std::slice::from_ref(event)
    );
    assert_eq!(sandbox.list("/v1/events").await.len(), 2);
}

#[tokio::test]
async fn every_change_is_told() {
    let (sandbox, shop) = open().await;
    let waiting = sandbox
        .pay("order-1", 1_000, "pm_card_authenticationRequired")
        .await
        .ok();
    sandbox.authenticate(&waiting, "fail").await.ok();
    let path = format!("/v1/payment_intents/{}", id(&waiting));
    sandbox.tell(&format!("{path}/cancel"), &[]).await.ok();
    let told = shop.wait(4).await;
    assert_eq!(
        kinds(&told),
        [
            "payment_intent.created",
            "payment_intent.requires_action",
            "payment_intent.payment_failed",
            "payment_intent.canceled"
        ]
    );
    let manual = [
        ("payment_method", "pm_card_visa"),
        ("confirm", "true"),
        ("capture_method", "manual"),
    ];
    let held = sandbox.intent("order-2", 1_000, &manual).await.ok();
    sandbox
        .tell(&format!("/v1/payment_intents/{}/capture", id(&held)), &[])
        .await
        .ok();
    sandbox.refund(&held, "400").await.ok();
    let told = shop.wait(9).await;
    assert_eq!(
        kinds(&told[4..]),
        [
            "payment_intent.created",
            "payment_intent.amount_capturable_updated",
            "payment_intent.succeeded",
            "refund.created",
            "charge.refunded"
        ]
    );
    assert_eq!(told[8].body["data"]["object"]["amount_refunded"], 400);
}

#[tokio::test]
async fn what_time_does_is_told_too() {
    let (sandbox, shop) = open().await;
    let paid = sandbox.pay("order-1", 1_000, "pm_card_refundFail").await.ok();
    sandbox.refund(&paid, "400").await.ok();
    shop.wait(4).await;
    sandbox.advance(601).await;
    let told = shop.wait(6).await;
    assert_eq!(kinds(&told[4..]), ["refund.updated", "refund.failed"]);
    assert_eq!(told[5].body["data"]["object"]["status"], "failed");
    assert_eq!(
        told[5].body["data"]["previous_attributes"],
        json!({"status": "succeeded"})
    );
    assert_eq!(
        told[5].body["request"],
        json!({"id": null, "idempotency_key": null})
    );
}

#[tokio::test]
async fn what_became_available_is_told_and_has_no_id() {
    let (sandbox, shop) = open().await;
    sandbox.pay("order-1", 10_000, "pm_card_visa").await.ok();
    let before = shop.wait(2).await.len();
    sandbox.advance(7 * 86_400).await;
    let told = shop.wait(before + 1).await;
    let event = &told[before].body;
    assert_eq!(event["type"], "balance.available");
    let balance = &event["data"]["object"];
    assert_eq!((&balance["object"], balance.get("id")), (&json!("balance"), None));
    assert_eq!(balance["available"][0]["amount"], 9_640);
}

#[tokio::test]
async fn a_failed_delivery_is_sent_again_signed_anew_and_any_2xx_takes_it() {
    let (sandbox, shop) = open().await;
    shop.answers(StatusCode::FOUND);
    sandbox.intent("order-1", 1_000, &[]).await.ok();
    tried(&sandbox, 1).await;
    sandbox.advance(5 * 60).await;
    tried(&sandbox, 2).await;
    shop.answers(StatusCode::NO_CONTENT);
    sandbox.advance(30 * 60).await;
    let received = shop.wait(3).await;
    assert!(received.iter().all(|one| one.text == received[0].text));
    let times: Vec<_> = received
        .iter()
        .map(|one| verified(one, "whsec_sandbox").expect("signed"))
        .collect();
    assert!(
        times[1] >= times[0] + 300 && times[2] >= times[1] + 1_800,
        "{times:?}"
    );
    eventually("delivery", async || {
        (deliveries(&sandbox).await[0]["outcome"] == "delivered").then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_delivery_is_given_up_within_three_days() {
    let (sandbox, shop) = open().await;
    shop.answers(StatusCode::INTERNAL_SERVER_ERROR);
    sandbox.intent("order-1", 1_000, &[]).await.ok();
    for (count, minutes) in [5, 30, 120, 300, 600, 720, 720, 720, 720].into_iter().enumerate() {
        tried(&sandbox, count as u64 + 1).await;
        sandbox.advance(minutes * 60).await;
    }
    eventually("the end", async || {
        (deliveries(&sandbox).await[0]["outcome"] == "gave_up").then_some(())
    })
    .await;
    assert_eq!(shop.received().len(), 10);
}

#[tokio::test]
async fn each_provider_has_its_own_urls() {
    let (sandbox, stripes) = open().await;
    let tosses = Shop::open().await;
    sandbox
        .put("/sandbox/webhooks", json!({"urls": [tosses.url]}))
        .await
        .ok();
    sandbox.intent("order-1", 1_000, &[]).await.ok();
    sandbox.paid("order-2", 1_000).await;
    assert_eq!(kind(&stripes.wait(1).await[0]), "payment_intent.created");
    assert_eq!(tosses.wait(1).await[0].status(), "DONE");
    assert_eq!((stripes.received().len(), tosses.received().len()), (1, 1));
    let shown = sandbox.get("/sandbox/webhooks").await.ok();
    assert_eq!(
        (&shown["urls"], &shown["stripe_urls"]),
        (&json!([tosses.url]), &json!([stripes.url]))
    );
}

#[tokio::test]
async fn faults_double_delay_withhold_and_turn_events() {
    let (sandbox, shop) = open().await;
    let fields = [("amount", "1000"), ("currency", "krw")];
    let with = |fault: &'static str| sandbox.tell_with("/v1/payment_intents", &fields, fault);
    with("webhook-duplicate=3").await.ok();
    let received = shop.wait(3).await;
    assert!(received.iter().all(|one| one.text == received[0].text));
    with("webhook-before-response").await.ok();
    assert_eq!(shop.received().len(), 4);
    with("webhook-never").await.ok();
    let late = with("webhook-delay=3600").await.ok();
    let early = with("webhook-reorder").await.ok();
    sandbox
        .tell(&format!("/v1/payment_intents/{}/cancel", id(&early)), &[])
        .await
        .ok();
    let received = shop.wait(6).await;
    assert_eq!(
        kinds(&received[4..]),
        ["payment_intent.canceled", "payment_intent.created"]
    );
    sandbox.advance(3_601).await;
    assert_eq!(shop.wait(7).await[6].body["data"]["object"]["id"], late["id"]);
    assert_eq!(shop.received().len(), 7);
}

#[tokio::test]
async fn two_events_of_one_request_can_come_in_the_other_order() {
    let (sandbox, shop) = open().await;
    let rule = json!({"rules": [{"fault": "webhook-reorder", "endpoint": "stripe_create"}]});
    sandbox.put("/sandbox/faults", rule).await.ok();
    sandbox.pay("order-1", 1_000, "pm_card_visa").await.ok();
    let received = shop.wait(2).await;
    assert_eq!(
        kinds(&received),
        ["payment_intent.succeeded", "payment_intent.created"]
    );
}
