//! What a restart keeps.

use std::path::PathBuf;

use serde_json::json;
use xlcfi_sandbox::Options;

use crate::shop::Shop;
use crate::support::{Sandbox, eventually, send};

pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Folder {
        Folder(std::env::temp_dir().join(format!("xlcfi-sandbox-it-{}", uuid::Uuid::now_v7())))
    }

    pub fn options(&self) -> Options {
        Options {
            data: Some(self.0.clone()),
            ..Options::default()
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[tokio::test]
async fn payments_keys_cards_clock_and_ledger_survive() {
    let folder = Folder::new();
    let before = Sandbox::with(folder.options()).await;
    let key = before.session("order-1", 10_000).await;
    let confirmed = send(before.confirm_with(&key, "order-1", 10_000, &[("Idempotency-Key", "k-1")])).await;
    before.cancel(&key, json!({"cancelAmount": 4_000})).await.ok();
    let card = before.billing_key("buyer-1", "DECLINE").await;
    before.advance(60).await;
    let payment = before.get(&format!("/v1/payments/{key}")).await.ok();
    before.stop().await.expect("stopped");

    let after = Sandbox::with(folder.options()).await;
    let url = |payment: &serde_json::Value| {
        let mut payment = payment.clone();
        payment["receipt"] = json!(null);
        payment["checkout"] = json!(null);
        payment
    };
    assert_eq!(
        url(&after.get(&format!("/v1/payments/{key}")).await.ok()),
        url(&payment)
    );
    assert_eq!(after.ledger("order-1").await, (10_000, 4_000, 6_000, 1));
    let replay = send(after.confirm_with(&key, "order-1", 10_000, &[("Idempotency-Key", "k-1")])).await;
    assert_eq!(replay, confirmed);
    assert_eq!(after.get("/sandbox/clock").await.ok()["offset_seconds"], 60);
    let charge = json!({"customerKey": "buyer-1", "amount": 1_000, "orderId": "order-2", "orderName": "쌀"});
    let declined = after.post(&format!("/v1/billing/{card}"), charge).await;
    assert_eq!(declined.refusal(), (403, "REJECT_CARD_PAYMENT"));
}

#[tokio::test]
async fn a_webhook_not_yet_taken_is_sent_after_the_restart() {
    let (folder, shop) = (Folder::new(), Shop::open().await);
    let before = Sandbox::with(folder.options()).await;
    before
        .put("/sandbox/webhooks", json!({"urls": [shop.url]}))
        .await
        .ok();
    shop.answers(axum::http::StatusCode::SERVICE_UNAVAILABLE);
    before.paid("order-1", 1_000).await;
    shop.wait(1).await;
    eventually("a failed attempt", async || {
        let shown = before.get("/sandbox/webhooks").await.ok();
        shown["deliveries"][0]["last_answer"].is_string().then_some(())
    })
    .await;
    before.stop().await.expect("stopped");

    shop.answers(axum::http::StatusCode::OK);
    let after = Sandbox::with(folder.options()).await;
    after.advance(60).await;
    let received = shop.wait(2).await;
    assert_eq!(
        received[0].header("transmission-id"),
        received[1].header("transmission-id")
    );
    assert_eq!(received[1].header("transmission-retried-count"), "1");
}

#[tokio::test]
async fn a_file_written_before_there_was_stripe_is_read() {
    let folder = Folder::new();
    std::fs::create_dir_all(&folder.0).expect("folder");
    let line = |account: &str, debit: i64, credit: i64| json!({"account": account, "debit": debit, "credit": credit});
    let posting = json!({
        "provider": "toss", "order_id": "order-1", "payment_key": "p", "transaction_key": "t", "kind": "capture",
        "amount": 1_000, "at": "2026-01-01T00:00:00Z", "lines": [line("buyer", 1_000, 0), line("shop", 0, 1_000)],
    });
    let old = json!([{"webhook_urls": ["http://127.0.0.1:9/hook"]}, {"posting": posting}]);
    std::fs::write(folder.0.join("sandbox.jsonl"), format!("{old}\n")).expect("written");
    let sandbox = Sandbox::with(folder.options()).await;
    assert_eq!(sandbox.ledger("order-1").await, (1_000, 0, 1_000, 1));
    let shown = sandbox.get("/sandbox/ledger").await.ok();
    assert_eq!(shown["providers"]["toss"]["krw"]["captured"], 1_000);
    let urls = sandbox.get("/sandbox/webhooks").await.ok()["urls"].clone();
    assert_eq!(urls, json!(["http://127.0.0.1:9/hook"]));
}

#[tokio::test]
async fn two_sandboxes_do_not_share_a_folder() {
    let folder = Folder::new();
    let first = Sandbox::with(folder.options()).await;
    first.get("/health").await.ok();
    let refused = Sandbox::with(folder.options()).await;
    let error = refused.stop().await.expect_err("refused");
    assert!(format!("{error:#}").contains("in use"), "{error:#}");
}

#[tokio::test]
async fn a_reset_reaches_the_file() {
    let folder = Folder::new();
    let before = Sandbox::with(folder.options()).await;
    before.paid("order-1", 1_000).await;
    before.post("/sandbox/reset", json!({})).await;
    before.stop().await.expect("stopped");
    let after = Sandbox::with(folder.options()).await;
    assert_eq!(after.ledger("order-1").await, (0, 0, 0, 0));
}
