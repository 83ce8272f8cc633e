//! Sessions, confirms and questions.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Sandbox, send};

#[tokio::test]
async fn a_confirmed_card_payment_has_the_documented_shape() {
    let sandbox = Sandbox::start().await;
    let paid = sandbox.paid("order-1", 15_000).await;
    let expected = json!({
        "version": "2022-11-16", "type": "NORMAL", "orderId": "order-1", "orderName": "감자 10kg", "currency": "KRW",
        "country": "KR", "method": "카드", "status": "DONE", "totalAmount": 15_000, "balanceAmount": 15_000,
        "suppliedAmount": 13_636, "vat": 1_364, "taxFreeAmount": 0, "taxExemptionAmount": 0, "useEscrow": false,
        "cultureExpense": false, "isPartialCancelable": true, "cancels": null, "virtualAccount": null,
        "transfer": null, "mobilePhone": null, "giftCertificate": null, "cashReceipt": null, "cashReceipts": null,
        "discount": null, "easyPay": null, "failure": null, "metadata": null,
    });
    for (field, value) in expected.as_object().expect("object") {
        assert_eq!(&paid[field], value, "{field}");
    }
    assert_eq!(paid["card"]["amount"], 15_000);
    assert_eq!(paid["card"]["installmentPlanMonths"], 0);
    for field in ["requestedAt", "approvedAt"] {
        let time = paid[field].as_str().expect("time");
        assert!(time.ends_with("+09:00") && time.len() == 25, "{time}");
    }
    for field in ["mId", "paymentKey", "lastTransactionKey", "secret"] {
        assert!(
            paid[field].as_str().is_some_and(|text| !text.is_empty()),
            "{field}"
        );
    }
    let receipt = paid["receipt"]["url"].as_str().expect("receipt");
    let page = reqwest::get(receipt)
        .await
        .expect("receipt page")
        .text()
        .await
        .expect("text");
    assert!(page.contains("order-1") && page.contains("15000"), "{page}");
    assert_eq!(sandbox.ledger("order-1").await, (15_000, 0, 15_000, 1));
}

#[tokio::test]
async fn a_payment_is_found_by_key_and_by_order() {
    let sandbox = Sandbox::start().await;
    let paid = sandbox.paid("order-1", 1_000).await;
    let key = paid["paymentKey"].as_str().expect("key");
    assert_eq!(sandbox.get(&format!("/v1/payments/{key}")).await.ok(), paid);
    assert_eq!(sandbox.get("/v1/payments/orders/order-1").await.ok(), paid);
    assert_eq!(
        sandbox.get("/v1/payments/unknown").await.refusal(),
        (404, "NOT_FOUND_PAYMENT")
    );
    assert_eq!(
        sandbox.get("/v1/payments/orders/unknown").await.refusal(),
        (404, "NOT_FOUND_PAYMENT")
    );
}

#[tokio::test]
async fn a_session_is_open_for_ten_minutes() {
    let sandbox = Sandbox::start().await;
    let key = sandbox.session("order-1", 1_000).await;
    let open = sandbox.get(&format!("/v1/payments/{key}")).await.ok();
    assert_eq!(
        (&open["status"], &open["approvedAt"]),
        (&json!("IN_PROGRESS"), &Value::Null)
    );
    sandbox.advance(590).await;
    assert_eq!(sandbox.confirm(&key, "order-1", 1_000).await.status, 200);

    let late = sandbox.session("order-2", 1_000).await;
    sandbox.advance(601).await;
    assert_eq!(
        sandbox.confirm(&late, "order-2", 1_000).await.refusal(),
        (404, "NOT_FOUND_PAYMENT_SESSION")
    );
    let expired = sandbox.get("/v1/payments/orders/order-2").await.ok();
    assert_eq!(
        (&expired["status"], &expired["failure"]["code"]),
        (&json!("EXPIRED"), &json!("EXPIRED_PAYMENT"))
    );
    assert_eq!(sandbox.ledger("order-2").await, (0, 0, 0, 0));
}

#[tokio::test]
async fn a_confirm_must_match_its_session() {
    let sandbox = Sandbox::start().await;
    let key = sandbox.session("order-1", 1_000).await;
    assert_eq!(
        sandbox.confirm("unknown", "order-1", 1_000).await.refusal(),
        (404, "NOT_FOUND_PAYMENT")
    );
    assert_eq!(
        sandbox.confirm(&key, "order-2", 1_000).await.refusal(),
        (403, "FORBIDDEN_REQUEST")
    );
    assert_eq!(
        sandbox.confirm(&key, "order-1", 1_001).await.refusal(),
        (400, "INVALID_REQUEST")
    );
    assert_eq!(sandbox.confirm(&key, "order-1", 1_000).await.status, 200);
    assert_eq!(
        sandbox.confirm(&key, "order-1", 1_000).await.refusal(),
        (400, "ALREADY_PROCESSED_PAYMENT")
    );
    assert_eq!(sandbox.ledger("order-1").await, (1_000, 0, 1_000, 1));
}

#[tokio::test]
async fn an_order_is_paid_once_however_many_sessions_it_had() {
    let sandbox = Sandbox::start().await;
    let (first, second) = (
        sandbox.session("order-1", 1_000).await,
        sandbox.session("order-1", 1_000).await,
    );
    assert_eq!(sandbox.confirm(&second, "order-1", 1_000).await.status, 200);
    assert_eq!(
        sandbox.confirm(&first, "order-1", 1_000).await.refusal(),
        (400, "DUPLICATED_ORDER_ID")
    );
    let third = json!({"orderId": "order-1", "orderName": "감자", "amount": 1_000});
    assert_eq!(
        sandbox.post("/v1/checkout-sessions", third).await.refusal(),
        (400, "DUPLICATED_ORDER_ID")
    );
    let found = sandbox.get("/v1/payments/orders/order-1").await.ok();
    assert_eq!(found["paymentKey"], second.as_str());
    assert_eq!(sandbox.ledger("order-1").await, (1_000, 0, 1_000, 1));
}

#[tokio::test]
async fn a_declined_session_aborts_and_the_order_may_try_again() {
    let sandbox = Sandbox::start().await;
    for (behavior, status, code) in [
        ("DECLINE", 403, "REJECT_CARD_PAYMENT"),
        ("INVALID_STOPPED_CARD", 400, "INVALID_STOPPED_CARD"),
    ] {
        let order = format!("order-{behavior}");
        let session = json!({"orderId": order, "orderName": "감자", "amount": 1_000, "behavior": behavior});
        let key = sandbox.session_of(session).await;
        assert_eq!(
            sandbox.confirm(&key, &order, 1_000).await.refusal(),
            (status, code)
        );
        let aborted = sandbox.get(&format!("/v1/payments/{key}")).await.ok();
        assert_eq!(
            (&aborted["status"], &aborted["failure"]["code"]),
            (&json!("ABORTED"), &json!(code))
        );
        assert_eq!(
            sandbox.confirm(&key, &order, 1_000).await.refusal(),
            (400, "ALREADY_PROCESSED_PAYMENT")
        );
        assert_eq!(sandbox.ledger(&order).await, (0, 0, 0, 0));
        assert_eq!(sandbox.paid(&order, 1_000).await["status"], "DONE");
    }
}

#[tokio::test]
async fn trouble_that_may_pass_leaves_the_session_open() {
    let sandbox = Sandbox::start().await;
    let session =
        json!({"orderId": "order-1", "orderName": "감자", "amount": 1_000, "behavior": "PROVIDER_ERROR"});
    let key = sandbox.session_of(session).await;
    assert_eq!(
        sandbox.confirm(&key, "order-1", 1_000).await.refusal(),
        (400, "PROVIDER_ERROR")
    );
    assert_eq!(
        sandbox.get(&format!("/v1/payments/{key}")).await.ok()["status"],
        "IN_PROGRESS"
    );
}

#[tokio::test]
async fn an_easy_payment_and_a_tax_free_part_are_shown() {
    let sandbox = Sandbox::start().await;
    let session = json!({"orderId": "order-1", "orderName": "감자", "amount": 10_000, "method": "EASY_PAY",
        "taxFreeAmount": 4_000});
    let key = sandbox.session_of(session).await;
    let paid = sandbox.confirm(&key, "order-1", 10_000).await.ok();
    assert_eq!(
        (&paid["method"], &paid["card"]),
        (&json!("간편결제"), &Value::Null)
    );
    assert_eq!(paid["easyPay"]["amount"], 10_000);
    let parts = ["suppliedAmount", "vat", "taxFreeAmount"].map(|field| paid[field].as_i64());
    assert_eq!(parts, [Some(5_455), Some(545), Some(4_000)]);
}

#[tokio::test]
async fn a_session_is_checked() {
    let sandbox = Sandbox::start().await;
    let good = json!({"orderId": "order-1", "orderName": "감자", "amount": 1_000});
    for (field, value, code) in [
        ("orderId", json!("short"), "INVALID_ORDER_ID"),
        ("orderId", json!("주문-12345"), "INVALID_ORDER_ID"),
        ("orderName", json!(""), "INVALID_ORDER_NAME"),
        ("amount", json!(0), "INVALID_REQUEST"),
        ("amount", json!(-1_000), "INVALID_REQUEST"),
        ("amount", json!("1000"), "INVALID_REQUEST"),
        ("amount", json!(1e300), "INVALID_REQUEST"),
        ("amount", json!(99), "BELOW_MINIMUM_AMOUNT"),
        ("amount", json!(i64::MAX), "EXCEED_MAX_AMOUNT"),
        ("taxFreeAmount", json!(1_001), "INVALID_REQUEST"),
        ("method", json!("CASH"), "INVALID_REQUEST"),
        ("behavior", json!("PERHAPS"), "INVALID_REQUEST"),
        ("customerKey", json!("손님"), "INVALID_CUSTOMER_KEY"),
    ] {
        let mut body = good.clone();
        body[field] = value.clone();
        let answer = sandbox.post("/v1/checkout-sessions", body).await;
        assert_eq!(answer.refusal(), (400, code), "{field} {value}");
    }
}

#[tokio::test]
async fn the_storefront_may_open_a_session_from_its_own_origin() {
    let sandbox = Sandbox::start().await;
    let preflight = sandbox
        .request(Method::OPTIONS, "/v1/checkout-sessions")
        .header("origin", "http://localhost:3000")
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "content-type");
    let response = preflight.send().await.expect("answer");
    assert_eq!(response.headers()["access-control-allow-origin"], "*");
    let shop = sandbox
        .request(Method::OPTIONS, "/v1/payments/confirm")
        .header("origin", "http://localhost:3000");
    assert_eq!(send(shop).await.refusal(), (404, "NOT_FOUND_HTTP_METHOD"));
}
