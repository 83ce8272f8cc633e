//! Giving money back.

use reqwest::Method;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::support::{Sandbox, send};

fn key(payment: &Value) -> &str {
    payment["paymentKey"].as_str().expect("key")
}

#[tokio::test]
async fn everything_at_once_ends_cancelled() {
    let sandbox = Sandbox::start().await;
    let paid = sandbox.paid("order-1", 10_000).await;
    let cancelled = sandbox
        .cancel(key(&paid), json!({"cancelReason": "품절"}))
        .await
        .ok();
    assert_eq!(cancelled["status"], "CANCELED");
    for field in ["balanceAmount", "suppliedAmount", "vat", "taxFreeAmount"] {
        assert_eq!(cancelled[field], 0, "{field}");
    }
    assert_eq!(cancelled["totalAmount"], 10_000);
    let cancel = &cancelled["cancels"][0];
    let expected = json!({
        "cancelAmount": 10_000, "cancelReason": "품절", "taxFreeAmount": 0, "taxExemptionAmount": 0,
        "refundableAmount": 0, "easyPayDiscountAmount": 0, "transferDiscountAmount": 0, "cancelStatus": "DONE",
        "receiptKey": null, "cancelRequestId": null,
    });
    for (field, value) in expected.as_object().expect("object") {
        assert_eq!(&cancel[field], value, "{field}");
    }
    assert_eq!(cancelled["lastTransactionKey"], cancel["transactionKey"]);
    assert_ne!(cancelled["lastTransactionKey"], paid["lastTransactionKey"]);
    assert_eq!(
        sandbox.cancel(key(&paid), json!({})).await.refusal(),
        (400, "ALREADY_CANCELED_PAYMENT")
    );
    assert_eq!(sandbox.ledger("order-1").await, (10_000, 10_000, 0, 1));
}

#[tokio::test]
async fn parts_add_up_to_nothing_left_and_stay_partial() {
    let sandbox = Sandbox::start().await;
    let paid = sandbox.paid("order-1", 10_000).await;
    let first = sandbox
        .cancel(
            key(&paid),
            json!({"cancelAmount": 3_000, "refundableAmount": 10_000}),
        )
        .await
        .ok();
    assert_eq!(
        (&first["status"], &first["balanceAmount"]),
        (&json!("PARTIAL_CANCELED"), &json!(7_000))
    );
    assert_eq!(
        (&first["suppliedAmount"], &first["vat"]),
        (&json!(6_364), &json!(636))
    );
    let stale = json!({"cancelAmount": 1_000, "refundableAmount": 10_000});
    assert_eq!(
        sandbox.cancel(key(&paid), stale).await.refusal(),
        (400, "NOT_MATCHES_REFUNDABLE_AMOUNT")
    );
    let over = json!({"cancelAmount": 7_001});
    assert_eq!(
        sandbox.cancel(key(&paid), over).await.refusal(),
        (403, "NOT_CANCELABLE_AMOUNT")
    );
    let last = sandbox.cancel(key(&paid), json!({})).await.ok();
    assert_eq!(
        (&last["status"], &last["balanceAmount"]),
        (&json!("PARTIAL_CANCELED"), &json!(0))
    );
    let amounts: Vec<_> = last["cancels"]
        .as_array()
        .expect("cancels")
        .iter()
        .map(|c| c["cancelAmount"].as_i64())
        .collect();
    assert_eq!(amounts, [Some(3_000), Some(7_000)]);
    assert_eq!(
        sandbox.cancel(key(&paid), json!({})).await.refusal(),
        (400, "ALREADY_CANCELED_PAYMENT")
    );
    assert_eq!(sandbox.ledger("order-1").await, (10_000, 10_000, 0, 1));
}

#[tokio::test]
async fn the_tax_free_part_is_kept_apart() {
    let sandbox = Sandbox::start().await;
    let session =
        json!({"orderId": "order-1", "orderName": "감자", "amount": 10_000, "taxFreeAmount": 4_000});
    let payment_key = sandbox.session_of(session).await;
    sandbox.confirm(&payment_key, "order-1", 10_000).await.ok();
    let taxable = json!({"cancelAmount": 6_001});
    assert_eq!(
        sandbox.cancel(&payment_key, taxable).await.refusal(),
        (403, "NOT_CANCELABLE_AMOUNT")
    );
    let after = sandbox
        .cancel(
            &payment_key,
            json!({"cancelAmount": 5_000, "taxFreeAmount": 4_000}),
        )
        .await
        .ok();
    assert_eq!(
        (&after["taxFreeAmount"], &after["balanceAmount"]),
        (&json!(0), &json!(5_000))
    );
    assert_eq!(after["cancels"][0]["taxFreeAmount"], 4_000);
}

#[tokio::test]
async fn a_cancel_that_makes_no_sense_is_refused() {
    let sandbox = Sandbox::start().await;
    assert_eq!(
        sandbox.cancel("unknown", json!({})).await.refusal(),
        (404, "NOT_FOUND_PAYMENT")
    );
    let open = sandbox.session("order-1", 1_000).await;
    assert_eq!(
        sandbox.cancel(&open, json!({})).await.refusal(),
        (403, "NOT_CANCELABLE_PAYMENT")
    );
    let paid = sandbox.paid("order-2", 1_000).await;
    for body in [
        json!({"cancelReason": ""}),
        json!({"cancelReason": "가".repeat(201)}),
        json!({"cancelAmount": 0}),
        json!({"cancelAmount": -1}),
        json!({"cancelAmount": "100"}),
        json!({"cancelAmount": 100, "taxFreeAmount": 101}),
    ] {
        let answer = sandbox.cancel(key(&paid), body.clone()).await;
        assert_eq!(answer.refusal(), (400, "INVALID_REQUEST"), "{body}");
    }
    assert_eq!(sandbox.ledger("order-2").await, (1_000, 0, 1_000, 1));
}

#[tokio::test]
async fn ten_at_once_never_give_back_more_than_was_paid() {
    let sandbox = Sandbox::start().await;
    let paid = sandbox.paid("order-1", 10_000).await;
    let path = format!("/v1/payments/{}/cancel", key(&paid));
    let body = json!({"cancelReason": "품절", "cancelAmount": 3_000});
    let cancels: JoinSet<_> = (0..10)
        .map(|_| send(sandbox.request(Method::POST, &path).json(&body)))
        .collect();
    let answers: Vec<u16> = cancels
        .join_all()
        .await
        .iter()
        .map(|answer| answer.status)
        .collect();
    assert_eq!(
        answers.iter().filter(|status| **status == 200).count(),
        3,
        "{answers:?}"
    );
    assert_eq!(sandbox.ledger("order-1").await, (10_000, 9_000, 1_000, 1));
}
