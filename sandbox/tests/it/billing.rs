//! Stored cards.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Sandbox, send};

const BUYER: &str = "buyer-7f3a";

fn charge(order_id: &str) -> Value {
    json!({"customerKey": BUYER, "amount": 9_900, "orderId": order_id, "orderName": "쌀 10kg", "taxFreeAmount": 9_900})
}

#[tokio::test]
async fn a_card_is_stored_and_charged_at_once() {
    let sandbox = Sandbox::start().await;
    let auth = sandbox
        .post("/v1/billing-sessions", json!({"customerKey": BUYER}))
        .await
        .ok();
    let issue = json!({"authKey": auth["authKey"], "customerKey": BUYER});
    let card = sandbox
        .post("/v1/billing/authorizations/issue", issue.clone())
        .await
        .ok();
    assert_eq!(
        (&card["customerKey"], &card["method"]),
        (&json!(BUYER), &json!("카드"))
    );
    assert!(
        card["card"]["number"]
            .as_str()
            .is_some_and(|number| number.contains("****"))
    );
    let again = sandbox.post("/v1/billing/authorizations/issue", issue).await;
    assert_eq!(again.refusal(), (400, "INVALID_BILLING_AUTH"));
    let path = format!(
        "/v1/billing/{}",
        card["billingKey"].as_str().expect("billing key")
    );
    let paid = sandbox.post(&path, charge("order-1")).await.ok();
    assert_eq!(
        (&paid["type"], &paid["status"]),
        (&json!("BILLING"), &json!("DONE"))
    );
    assert_eq!((&paid["vat"], &paid["taxFreeAmount"]), (&json!(0), &json!(9_900)));
    let twice = sandbox.post(&path, charge("order-1")).await;
    assert_eq!(twice.refusal(), (400, "DUPLICATED_ORDER_ID"));
    assert_eq!(sandbox.ledger("order-1").await, (9_900, 0, 9_900, 1));
}

#[tokio::test]
async fn a_card_made_to_decline_declines_and_leaves_the_attempt() {
    let sandbox = Sandbox::start().await;
    let path = format!("/v1/billing/{}", sandbox.billing_key(BUYER, "DECLINE").await);
    assert_eq!(
        sandbox.post(&path, charge("order-1")).await.refusal(),
        (403, "REJECT_CARD_PAYMENT")
    );
    let attempt = sandbox.get("/v1/payments/orders/order-1").await.ok();
    assert_eq!(
        (&attempt["status"], &attempt["failure"]["code"]),
        (&json!("ABORTED"), &json!("REJECT_CARD_PAYMENT"))
    );
    let other = format!("/v1/billing/{}", sandbox.billing_key(BUYER, "APPROVE").await);
    assert_eq!(
        sandbox.post(&other, charge("order-1")).await.ok()["status"],
        "DONE"
    );
}

#[tokio::test]
async fn a_card_belongs_to_its_customer() {
    let sandbox = Sandbox::start().await;
    let key = sandbox.billing_key(BUYER, "APPROVE").await;
    let mut stranger = charge("order-1");
    stranger["customerKey"] = json!("stranger");
    let answer = sandbox.post(&format!("/v1/billing/{key}"), stranger).await;
    assert_eq!(answer.refusal(), (400, "NOT_MATCHES_CUSTOMER_KEY"));
    let auth = sandbox
        .post("/v1/billing-sessions", json!({"customerKey": BUYER}))
        .await
        .ok();
    let issue = json!({"authKey": auth["authKey"], "customerKey": "stranger"});
    let answer = sandbox.post("/v1/billing/authorizations/issue", issue).await;
    assert_eq!(answer.refusal(), (400, "NOT_MATCHES_CUSTOMER_KEY"));
    let unknown = sandbox.post("/v1/billing/unknown", charge("order-1")).await;
    assert_eq!(unknown.refusal(), (400, "INVALID_BILL_KEY_REQUEST"));
    let bad = sandbox
        .post("/v1/billing-sessions", json!({"customerKey": "?"}))
        .await;
    assert_eq!(bad.refusal(), (400, "INVALID_CUSTOMER_KEY"));
}

#[tokio::test]
async fn a_deleted_card_is_gone() {
    let sandbox = Sandbox::start().await;
    let path = format!("/v1/billing/{}", sandbox.billing_key(BUYER, "APPROVE").await);
    let deleted = send(sandbox.request(Method::DELETE, &path)).await;
    assert_eq!((deleted.status, deleted.body), (200, Value::Null));
    assert_eq!(
        sandbox.post(&path, charge("order-1")).await.refusal(),
        (400, "INVALID_BILL_KEY_REQUEST")
    );
    let again = send(sandbox.request(Method::DELETE, &path)).await;
    assert_eq!(again.refusal(), (400, "INVALID_BILL_KEY_REQUEST"));
}
