//! Many orders over a PG that fails at random: our books and the PG's agree.

use std::time::Duration;

use futures::future::join_all;
use serde_json::json;
use xlcfi_contracts::payment::v1::PaymentState;
use xlcfi_payment::{Config, Limits};
use xlcfi_testkit::eventually;

use crate::world::{Order, World, quick};

#[tokio::test]
async fn the_pgs_ledger_equals_ours_after_random_faults() {
    // The breaker and long waits would only make it slower: half of the calls fail.
    let limits = Limits {
        failure_percent: 101,
        first_pending_wait: Duration::from_millis(20),
        longest_pending_wait: Duration::from_millis(200),
        ..quick().limits
    };
    let world = World::with(Config { limits, ..quick() }).await;
    let mut orders: Vec<(Order, usize)> = Vec::new();
    for index in 0..40 {
        let order = world.order(10_000 + i64::try_from(index).unwrap());
        orders.push((order, index));
    }
    let prepared = join_all(orders.iter().map(async |(order, index)| {
        let behavior = if index % 5 == 4 { "DECLINE" } else { "APPROVE" };
        match index % 2 {
            0 => world.stored(&order.buyer, behavior).await,
            _ => world.pg.session(order, behavior).await,
        }
    }))
    .await;
    let rules: Vec<_> = ["confirm", "billing_charge", "cancel", "get_payment", "get_order"]
        .iter()
        .flat_map(|endpoint| {
            [
                "reset-before",
                "reset-after",
                "error",
                "error-after",
                "malformed",
                "rate-limit",
                "slow=50",
            ]
            .map(|fault| json!({"fault": fault, "endpoint": endpoint, "probability": 0.1, "times": 4}))
        })
        .collect();
    world.pg.strike_all(json!(rules)).await;

    join_all(orders.iter().zip(&prepared).map(async |((order, index), key)| {
        if index % 2 == 0 {
            world.take(order, key).await;
        } else {
            world.take(order, "").await;
            world.until(order, PaymentState::AwaitingBuyer).await;
            let _ = world.confirm(order, key).await;
        }
        if index % 3 == 0 {
            world.cancel(order).await;
        }
    }))
    .await;

    for (order, index) in &orders {
        let payment = eventually(async || {
            let payment = world.payment(order).await.ok()?;
            let cancelled = index % 3 == 0;
            let ended = match payment.state() {
                PaymentState::Captured => !cancelled,
                PaymentState::Failed | PaymentState::Refunded | PaymentState::Cancelled => true,
                // A buyer whose card was declined may still pay with another.
                PaymentState::AwaitingBuyer => index % 5 == 4 && !cancelled,
                _ => false,
            };
            ended.then_some(payment)
        })
        .await;
        let (captured, refunded, captures) = world.pg.ledger(order).await;
        let ours = (
            payment.captured.unwrap().minor_units,
            payment.refunded.unwrap().minor_units,
        );
        assert_eq!((captured, refunded), ours, "order {index}");
        assert!(captures <= 1, "order {index}");
        let declined = index % 5 == 4;
        assert!(!declined || captured == 0, "order {index}");
    }
    assert_eq!(world.harness.parked().await, []);
}
