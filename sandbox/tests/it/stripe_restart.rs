//! What a restart keeps of Stripe.

use axum::http::StatusCode;
use serde_json::json;
use xlcfi_sandbox::Options;

use crate::restart::Folder;
use crate::shop::Shop;
use crate::stripe::id;
use crate::support::{Sandbox, eventually, send};

#[tokio::test]
async fn payments_refunds_cards_keys_and_balance_survive() {
    let folder = Folder::new();
    let before = Sandbox::with(folder.options()).await;
    let pay = [
        ("amount", "10000"),
        ("currency", "krw"),
        ("payment_method_types[]", "card"),
        ("metadata[order_id]", "order-1"),
        ("payment_method", "pm_card_pendingRefund"),
        ("confirm", "true"),
    ];
    let request = before
        .form("/v1/payment_intents", &pay)
        .header("Idempotency-Key", "k-1");
    let paid = send(request).await;
    let refund = before.refund(&paid.body, "4000").await.ok();
    let customer = before.customer().await;
    let card = before.stored(&customer, "pm_card_visa").await;
    let waiting = before
        .pay("order-2", 1_000, "pm_card_authenticationRequired")
        .await
        .ok();
    let rows = before.list("/v1/balance_transactions").await;
    let events = before.list("/v1/events?limit=100").await;
    before.stop().await.expect("stopped");

    let after = Sandbox::with(folder.options()).await;
    let request = after
        .form("/v1/payment_intents", &pay)
        .header("Idempotency-Key", "k-1");
    assert_eq!(send(request).await, paid);
    assert_eq!(after.ledger("order-1").await, (10_000, 4_000, 6_000, 1));
    assert_eq!(after.list("/v1/balance_transactions").await, rows);
    assert_eq!(after.list("/v1/events?limit=100").await, events);
    assert_eq!(
        after.authenticate(&waiting, "succeed").await.ok()["status"],
        "succeeded"
    );
    let more = [
        ("customer", customer.as_str()),
        ("payment_method", card.as_str()),
        ("confirm", "true"),
        ("off_session", "true"),
    ];
    assert_eq!(
        after.intent("order-3", 1_000, &more).await.ok()["status"],
        "succeeded"
    );
    after.advance(601).await;
    let done = after.ask(&format!("/v1/refunds/{}", id(&refund))).await.ok();
    assert_eq!(done["status"], "succeeded");
    after.advance(7 * 86_400).await;
    let payouts = after.list("/v1/payouts").await;
    after.stop().await.expect("stopped");

    let last = Sandbox::with(folder.options()).await;
    last.advance(86_400).await;
    assert_eq!(last.list("/v1/payouts").await, payouts);
    assert_eq!(last.get("/sandbox/ledger").await.ok()["sound"], true);
}

#[tokio::test]
async fn an_event_not_yet_taken_is_sent_after_the_restart() {
    let (folder, shop) = (Folder::new(), Shop::open().await);
    let options = || Options {
        stripe_webhook_urls: vec![shop.url.clone()],
        ..folder.options()
    };
    let before = Sandbox::with(options()).await;
    shop.answers(StatusCode::SERVICE_UNAVAILABLE);
    before.intent("order-1", 1_000, &[]).await.ok();
    eventually("a failed attempt", async || {
        let shown = before.get("/sandbox/webhooks").await.ok();
        shown["deliveries"][0]["last_answer"].is_string().then_some(())
    })
    .await;
    before.stop().await.expect("stopped");
    shop.answers(StatusCode::OK);
    let after = Sandbox::with(options()).await;
    assert_eq!(
        after.get("/sandbox/webhooks").await.ok()["stripe_urls"],
        json!([shop.url])
    );
    after.advance(300).await;
    let received = shop.wait(2).await;
    assert_eq!(received[0].text, received[1].text);
}
