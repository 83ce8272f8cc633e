//! Virtual accounts.

use serde_json::{Value, json};

use crate::support::Sandbox;

fn issue(order_id: &str) -> Value {
    json!({"amount": 20_000, "orderId": order_id, "orderName": "사과 5kg", "customerName": "김구매", "bank": "우리",
        "validHours": 24})
}

#[tokio::test]
async fn an_account_waits_for_its_deposit_and_is_then_paid() {
    let sandbox = Sandbox::start().await;
    let waiting = sandbox.post("/v1/virtual-accounts", issue("order-1")).await.ok();
    assert_eq!(
        (&waiting["status"], &waiting["method"]),
        (&json!("WAITING_FOR_DEPOSIT"), &json!("가상계좌"))
    );
    assert_eq!(
        (&waiting["approvedAt"], &waiting["card"]),
        (&Value::Null, &Value::Null)
    );
    let account = &waiting["virtualAccount"];
    assert!(
        account["accountNumber"]
            .as_str()
            .is_some_and(|number| number.starts_with('X')),
        "{account}"
    );
    assert_eq!(
        (&account["bankCode"], &account["expired"]),
        (&json!("20"), &json!(false))
    );
    assert_eq!(
        (&account["accountType"], &account["refundStatus"]),
        (&json!("일반"), &json!("NONE"))
    );
    assert_eq!(sandbox.ledger("order-1").await, (0, 0, 0, 0));
    let wrong = sandbox
        .post("/sandbox/virtual-accounts/order-1/deposit", json!({"amount": 1}))
        .await;
    assert_eq!(wrong.refusal(), (409, "DEPOSIT_REFUSED"));
    let paid = sandbox
        .post("/sandbox/virtual-accounts/order-1/deposit", json!({}))
        .await
        .ok();
    assert_eq!(paid["status"], "DONE");
    assert!(paid["approvedAt"].is_string());
    assert_eq!(paid["secret"], waiting["secret"]);
    let again = sandbox
        .post("/sandbox/virtual-accounts/order-1/deposit", json!({}))
        .await;
    assert_eq!(again.refusal(), (409, "DEPOSIT_REFUSED"));
    assert_eq!(sandbox.ledger("order-1").await, (20_000, 0, 20_000, 1));
}

#[tokio::test]
async fn a_session_may_ask_for_an_account() {
    let sandbox = Sandbox::start().await;
    let session =
        json!({"orderId": "order-1", "orderName": "사과", "amount": 20_000, "method": "VIRTUAL_ACCOUNT"});
    let key = sandbox.session_of(session).await;
    let waiting = sandbox.confirm(&key, "order-1", 20_000).await.ok();
    assert_eq!(waiting["status"], "WAITING_FOR_DEPOSIT");
    assert!(waiting["secret"].is_string());
}

#[tokio::test]
async fn an_account_closes_after_its_due_date() {
    let sandbox = Sandbox::start().await;
    sandbox.post("/v1/virtual-accounts", issue("order-1")).await.ok();
    sandbox.advance(24 * 3_600 + 1).await;
    let late = sandbox.get("/v1/payments/orders/order-1").await.ok();
    let shown = (&late["status"], &late["virtualAccount"]["expired"]);
    assert_eq!(shown, (&json!("WAITING_FOR_DEPOSIT"), &json!(true)));
    let deposit = sandbox
        .post("/sandbox/virtual-accounts/order-1/deposit", json!({}))
        .await;
    assert_eq!(deposit.refusal(), (409, "DEPOSIT_REFUSED"));
}

#[tokio::test]
async fn before_the_deposit_only_the_whole_can_be_cancelled_and_no_money_moves() {
    let sandbox = Sandbox::start().await;
    let waiting = sandbox.post("/v1/virtual-accounts", issue("order-1")).await.ok();
    let key = waiting["paymentKey"].as_str().expect("key");
    let part = sandbox.cancel(key, json!({"cancelAmount": 5_000})).await;
    assert_eq!(
        part.refusal(),
        (403, "NOT_ALLOWED_PARTIAL_REFUND_WAITING_DEPOSIT")
    );
    assert_eq!(sandbox.cancel(key, json!({})).await.ok()["status"], "CANCELED");
    assert_eq!(sandbox.ledger("order-1").await, (0, 0, 0, 0));
}

#[tokio::test]
async fn after_the_deposit_a_refund_needs_an_account() {
    let sandbox = Sandbox::start().await;
    let waiting = sandbox.post("/v1/virtual-accounts", issue("order-1")).await.ok();
    let key = waiting["paymentKey"].as_str().expect("key");
    sandbox
        .post("/sandbox/virtual-accounts/order-1/deposit", json!({}))
        .await
        .ok();
    let to = |bank: &str, number: &str, holder: &str| {
        json!({"cancelAmount": 5_000, "refundReceiveAccount":
            {"bank": bank, "accountNumber": number, "holderName": holder}})
    };
    for (body, code) in [
        (json!({"cancelAmount": 5_000}), "INVALID_REFUND_ACCOUNT_INFO"),
        (to("없는은행", "12345678", "김구매"), "INVALID_BANK"),
        (to("20", "1234-5678", "김구매"), "INVALID_REFUND_ACCOUNT_NUMBER"),
        (to("20", "12345678", ""), "INVALID_REFUND_ACCOUNT_INFO"),
    ] {
        assert_eq!(
            sandbox.cancel(key, body.clone()).await.refusal(),
            (400, code),
            "{body}"
        );
    }
    let refunded = sandbox.cancel(key, to("88", "12345678", "김구매")).await.ok();
    assert_eq!(refunded["status"], "PARTIAL_CANCELED");
    assert_eq!(refunded["virtualAccount"]["refundStatus"], "PENDING");
    assert_eq!(sandbox.ledger("order-1").await, (20_000, 5_000, 15_000, 1));
}

#[tokio::test]
async fn a_request_for_an_account_is_checked() {
    let sandbox = Sandbox::start().await;
    for (field, value, code) in [
        ("bank", json!("없는은행"), "INVALID_BANK"),
        ("validHours", json!(721), "EXCEED_MAX_VALID_HOURS"),
        ("validHours", json!(0), "INVALID_REQUEST"),
        ("amount", json!(0), "INVALID_REQUEST"),
        ("orderId", json!("x"), "INVALID_ORDER_ID"),
    ] {
        let mut body = issue("order-1");
        body[field] = value.clone();
        let answer = sandbox.post("/v1/virtual-accounts", body).await;
        assert_eq!(answer.refusal(), (400, code), "{field} {value}");
    }
    sandbox.post("/v1/virtual-accounts", issue("order-1")).await.ok();
    let twice = sandbox.post("/v1/virtual-accounts", issue("order-1")).await;
    assert_eq!(twice.refusal(), (400, "DUPLICATED_ORDER_ID"));
    let unknown = sandbox
        .post("/sandbox/virtual-accounts/unknown/deposit", json!({}))
        .await;
    assert_eq!(unknown.refusal(), (404, "NOT_FOUND_PAYMENT"));
}
