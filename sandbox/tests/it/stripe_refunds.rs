//! Giving money back.

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::stripe::id;
use crate::support::{Sandbox, send};

#[tokio::test]
async fn parts_add_up_to_what_was_paid_and_no_further() {
    let sandbox = Sandbox::start().await;
    let paid = sandbox.pay("order-1", 10_000, "pm_card_visa").await.ok();
    let fields = [
        ("payment_intent", id(&paid)),
        ("amount", "3000"),
        ("reason", "requested_by_customer"),
        ("metadata[line]", "1"),
    ];
    let first = sandbox.tell("/v1/refunds", &fields).await.ok();
    assert_eq!(
        (&first["object"], &first["status"]),
        (&json!("refund"), &json!("succeeded"))
    );
    assert_eq!(
        (&first["amount"], &first["metadata"]),
        (&json!(3_000), &json!({"line": "1"}))
    );
    assert_eq!(
        sandbox.ask(&format!("/v1/refunds/{}", id(&first))).await.ok(),
        first
    );
    let over = sandbox.refund(&paid, "7001").await;
    assert_eq!(over.error(), (400, "invalid_request_error", ""));
    assert_eq!(over.body["error"]["param"], "amount");
    let charge = paid["latest_charge"].as_str().expect("charge");
    let rest = sandbox.tell("/v1/refunds", &[("charge", charge)]).await.ok();
    assert_eq!(rest["amount"], 7_000);
    let none = sandbox.refund(&paid, "1").await;
    assert_eq!(
        none.error(),
        (400, "invalid_request_error", "charge_already_refunded")
    );
    let charge = sandbox.ask(&format!("/v1/charges/{charge}")).await.ok();
    assert_eq!(
        (&charge["refunded"], &charge["amount_refunded"]),
        (&json!(true), &json!(10_000))
    );
    let list = sandbox
        .list(&format!("/v1/refunds?payment_intent={}", id(&paid)))
        .await;
    assert_eq!(list, [rest, first]);
    assert_eq!(sandbox.ledger("order-1").await, (10_000, 10_000, 0, 1));
}

#[tokio::test]
async fn what_was_not_paid_cannot_be_given_back() {
    let sandbox = Sandbox::start().await;
    let open = sandbox.intent("order-1", 1_000, &[]).await.ok();
    assert_eq!(sandbox.refund(&open, "1").await.error().0, 400);
    let more = [
        ("payment_method", "pm_card_visa"),
        ("confirm", "true"),
        ("capture_method", "manual"),
    ];
    let held = sandbox.intent("order-2", 1_000, &more).await.ok();
    assert_eq!(sandbox.refund(&held, "1").await.error().0, 400);
    let paid = sandbox.pay("order-3", 1_000, "pm_card_visa").await.ok();
    for amount in ["0", "-1", "x", "1001"] {
        assert_eq!(sandbox.refund(&paid, amount).await.error().0, 400, "{amount}");
    }
    assert_eq!(
        sandbox.tell("/v1/refunds", &[]).await.error().2,
        "parameter_missing"
    );
    assert_eq!(
        sandbox.tell("/v1/refunds", &[("charge", "ch_x")]).await.error().2,
        "resource_missing"
    );
    assert_eq!(sandbox.ledger("order-3").await, (1_000, 0, 1_000, 1));
}

#[tokio::test]
async fn fifty_refunds_at_once_give_back_no_more_than_was_paid() {
    let sandbox = Sandbox::start().await;
    let paid = sandbox.pay("order-1", 10_000, "pm_card_visa").await.ok();
    let fields = [("payment_intent", id(&paid)), ("amount", "1000")];
    let refunds: JoinSet<_> = (0..50)
        .map(|_| send(sandbox.form("/v1/refunds", &fields)))
        .collect();
    let answers = refunds.join_all().await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 10);
    assert_eq!(sandbox.ledger("order-1").await, (10_000, 10_000, 0, 1));
}

#[tokio::test]
async fn a_pending_refund_succeeds_later() {
    let sandbox = Sandbox::start().await;
    let paid = sandbox.pay("order-1", 1_000, "pm_card_pendingRefund").await.ok();
    let pending = sandbox.refund(&paid, "400").await.ok();
    assert_eq!(pending["status"], "pending");
    sandbox.advance(601).await;
    let done = sandbox.ask(&format!("/v1/refunds/{}", id(&pending))).await.ok();
    assert_eq!(done["status"], "succeeded");
    assert_eq!(sandbox.ledger("order-1").await, (1_000, 400, 600, 1));
}

#[tokio::test]
async fn a_refund_that_fails_later_comes_back() {
    let sandbox = Sandbox::start().await;
    let paid = sandbox.pay("order-1", 1_000, "pm_card_refundFail").await.ok();
    let refund = sandbox.refund(&paid, "1000").await.ok();
    assert_eq!(refund["status"], "succeeded");
    assert_eq!(sandbox.ledger("order-1").await, (1_000, 1_000, 0, 1));
    sandbox.advance(601).await;
    let failed = sandbox.ask(&format!("/v1/refunds/{}", id(&refund))).await.ok();
    assert_eq!(
        (&failed["status"], &failed["failure_reason"]),
        (&json!("failed"), &json!("unknown"))
    );
    assert!(failed["failure_balance_transaction"].is_string());
    assert_eq!(sandbox.ledger("order-1").await, (1_000, 0, 1_000, 1));
    let kinds: Vec<Value> = sandbox.list("/v1/balance_transactions").await;
    let kinds: Vec<_> = kinds
        .iter()
        .map(|row| row["type"].as_str().unwrap_or_default())
        .collect();
    assert_eq!(kinds, ["refund_failure", "refund", "charge"]);
    assert_eq!(sandbox.refund(&paid, "1000").await.status, 200);
}

#[tokio::test]
async fn an_issuer_may_take_nothing_back() {
    let sandbox = Sandbox::start().await;
    let paid = sandbox.pay("order-1", 1_000, "pm_card_visa").await.ok();
    let fields = [("payment_intent", id(&paid))];
    let failed = sandbox
        .tell_with("/v1/refunds", &fields, "decline=lost_card")
        .await
        .ok();
    assert_eq!(
        (&failed["status"], &failed["failure_reason"]),
        (&json!("failed"), &json!("lost_or_stolen_card"))
    );
    assert_eq!(failed["balance_transaction"], Value::Null);
    assert_eq!(sandbox.ledger("order-1").await, (1_000, 0, 1_000, 1));
}
