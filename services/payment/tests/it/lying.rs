//! A PG whose answers cannot be.

use std::sync::{Arc, Mutex};

use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use xlcfi_contracts::payment::v1::PaymentState;
use xlcfi_contracts::saga::v1::Direction;
use xlcfi_payment::{Config, SERVICE, start_with};
use xlcfi_testkit::Harness;

use crate::world::{Pg, World, quick, won};

/// A service whose PG answers each confirm with `lie` in place of the truth, and
/// gives nothing back.
async fn lied_to(lie: Value) -> World {
    let told = Arc::new(Mutex::new(Value::Null));
    let again = told.clone();
    let confirm = move |Json(asked): Json<Value>| async move {
        let mut answer = json!({
            "paymentKey": asked["paymentKey"], "orderId": asked["orderId"], "status": "DONE",
            "totalAmount": asked["amount"], "balanceAmount": asked["amount"], "currency": "KRW",
        });
        let fields = answer.as_object_mut().unwrap();
        fields.extend(lie.as_object().unwrap().clone());
        *told.lock().unwrap() = answer.clone();
        Json(answer)
    };
    let cancel = move || async move { Json(again.lock().unwrap().clone()) };
    let router = Router::new()
        .route("/v1/payments/confirm", post(confirm))
        .route("/v1/payments/{key}/cancel", post(cancel))
        .route("/v1/payments/{key}", get(async || Json(json!({}))));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let toss_url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let config = Config { toss_url, ..quick() };
    World {
        harness: Harness::start(SERVICE, |base| start_with(base, config)).await,
        pg: Pg::start().await,
    }
}

#[tokio::test]
async fn another_order_amount_currency_key_or_state_is_a_conflict() {
    for lie in [
        json!({"orderId": "another-order"}),
        json!({"totalAmount": 14_999}),
        json!({"currency": "USD"}),
        json!({"paymentKey": "another-key"}),
        json!({"status": "WAITING_FOR_DEPOSIT"}),
    ] {
        let world = lied_to(lie.clone()).await;
        let order = world.waiting(15_000).await;
        let payment = world.confirm(&order, "key").await.unwrap();
        assert_eq!(payment.state(), PaymentState::Conflicted, "{lie}");
        assert!(!payment.message.is_empty());
        assert_eq!(
            world.attempts(&order).await,
            [("confirm".into(), "conflicted".into())]
        );
        world.cancel(&order).await;
        assert_eq!(
            world.confirm(&order, "key").await.unwrap().state(),
            PaymentState::Conflicted
        );
        assert_eq!(
            world.said(&order).await,
            [],
            "the saga waits until somebody has looked"
        );
    }
}

#[tokio::test]
async fn an_answer_without_its_fields_is_no_answer() {
    let world = lied_to(json!({"orderId": null})).await;
    let order = world.waiting(15_000).await;
    assert_eq!(
        world.confirm(&order, "key").await.unwrap().state(),
        PaymentState::Pending
    );
}

#[tokio::test]
async fn a_refund_that_leaves_money_there_is_a_conflict() {
    let world = lied_to(json!({})).await;
    let order = world.waiting(15_000).await;
    assert_eq!(
        world.confirm(&order, "key").await.unwrap().state(),
        PaymentState::Captured
    );
    world.cancel(&order).await;
    let payment = world.until(&order, PaymentState::Conflicted).await;
    assert_eq!(
        (payment.captured, payment.refunded),
        (Some(won(15_000)), Some(won(0)))
    );
    world.until_said(&order, &[(Direction::Do, "done")]).await;
}
