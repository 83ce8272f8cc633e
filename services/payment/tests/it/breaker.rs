//! The PG is down for a while.

use std::time::Duration;

use futures::future::join_all;
use xlcfi_contracts::payment::v1::{PaymentPending, PaymentState};
use xlcfi_contracts::saga::v1::Direction;
use xlcfi_payment::{Config, Limits};

use crate::world::{World, quick};

#[tokio::test]
async fn while_the_breaker_is_open_payments_wait_and_are_settled_later() {
    let limits = Limits {
        tries: 1,
        open: Duration::from_secs(2),
        ..quick().limits
    };
    let world = World::with(Config { limits, ..quick() }).await;
    let mut orders = Vec::new();
    for _ in 0..15 {
        let order = world.waiting(15_000).await;
        let key = world.pg.session(&order, "APPROVE").await;
        orders.push((order, key));
    }
    world.pg.strike("error", "confirm", 1_000).await;
    let (before, after) = orders.split_at(10);
    for orders in [before, after] {
        for payment in join_all(orders.iter().map(|(order, key)| world.confirm(order, key))).await {
            let payment = payment.unwrap();
            assert_eq!(payment.state(), PaymentState::Pending);
            assert_eq!(payment.message, "결제 처리 중입니다. 잠시 후 다시 확인해주세요.");
        }
    }
    for (order, _) in after {
        let asked = world.pg.keys(order, "confirm").await;
        assert!(asked.is_empty(), "the breaker opened after the tenth failure");
    }
    world.pg.strike_all(serde_json::json!([])).await;

    join_all(
        orders
            .iter()
            .map(|(order, _)| world.until(order, PaymentState::Captured)),
    )
    .await;
    for (order, _) in &orders {
        world.until_said(order, &[(Direction::Do, "done")]).await;
        assert_eq!(world.pg.ledger(order).await, (15_000, 0, 1));
    }
    assert_eq!(world.harness.published::<PaymentPending>().await.len(), 15);
}

#[tokio::test]
async fn declines_open_no_breaker() {
    let world = World::start().await;
    for _ in 0..15 {
        let order = world.waiting(15_000).await;
        let key = world.pg.session(&order, "DECLINE").await;
        world.confirm(&order, &key).await.unwrap_err();
    }
    world.paid(15_000).await;
}

#[tokio::test]
async fn a_pg_that_is_not_there_leaves_payments_pending() {
    let nowhere = Config {
        toss_url: "http://127.0.0.1:9".into(),
        ..quick()
    };
    let harness = xlcfi_testkit::Harness::start(xlcfi_payment::SERVICE, |base| {
        xlcfi_payment::start_with(base, nowhere)
    })
    .await;
    let world = World {
        harness,
        pg: crate::world::Pg::start().await,
    };
    let order = world.waiting(15_000).await;
    assert_eq!(
        world.confirm(&order, "key").await.unwrap().state(),
        PaymentState::Pending
    );
    world.cancel(&order).await;
    world
        .until_said(
            &order,
            &[(Direction::Do, "PAYMENT_CANCELLED"), (Direction::Undo, "done")],
        )
        .await;
}
