//! The buyer does not pay in time.

use std::time::Duration;

use tonic::Code;
use xlcfi_contracts::payment::v1::{PaymentFailed, PaymentState};
use xlcfi_contracts::saga::v1::Direction;
use xlcfi_testkit::assert_refused;

use crate::world::{Order, World, hasty};

/// Its time is over, by the database's clock.
async fn overdue(world: &World, order: &Order) {
    sqlx::query("update payment set due_time = clock_timestamp(), next_time = least(next_time, clock_timestamp()) where order_id = $1")
        .bind(order.id)
        .execute(world.harness.pool())
        .await
        .unwrap();
}

#[tokio::test]
async fn a_payment_not_made_in_time_fails() {
    let world = World::start().await;
    let order = world.order(15_000);
    world.take_until(&order, "", Duration::from_millis(300)).await;
    let payment = world.until(&order, PaymentState::Failed).await;
    assert_eq!(payment.failure_reason, "PAYMENT_EXPIRED");
    world
        .until_said(&order, &[(Direction::Do, "PAYMENT_EXPIRED")])
        .await;
    assert_eq!(world.harness.published::<PaymentFailed>().await.len(), 1);
    let key = world.pg.session(&order, "APPROVE").await;
    assert_refused(
        world.confirm(&order, &key).await,
        Code::FailedPrecondition,
        "PAYMENT_EXPIRED",
    );
    assert_eq!(world.pg.ledger(&order).await, (0, 0, 0));
}

#[tokio::test]
async fn a_confirm_that_may_be_with_the_pg_is_found_out_first() {
    let world = World::with(hasty()).await;
    let order = world.waiting(15_000).await;
    let key = world.pg.session(&order, "APPROVE").await;
    world.pg.strike("reset-after", "confirm", 1).await;
    assert_eq!(
        world.confirm(&order, &key).await.unwrap().state(),
        PaymentState::Pending
    );
    overdue(&world, &order).await;
    world.until_said(&order, &[(Direction::Do, "done")]).await;
    assert_eq!(world.pg.ledger(&order).await, (15_000, 0, 1));
}

#[tokio::test]
async fn a_confirm_the_pg_certainly_never_saw_expires() {
    let world = World::with(hasty()).await;
    let order = world.waiting(15_000).await;
    let key = world.pg.session(&order, "APPROVE").await;
    world.pg.strike("rate-limit", "confirm", 100).await;
    assert_eq!(
        world.confirm(&order, &key).await.unwrap().state(),
        PaymentState::Pending
    );
    overdue(&world, &order).await;
    world
        .until_said(&order, &[(Direction::Do, "PAYMENT_EXPIRED")])
        .await;
    assert_refused(
        world.confirm(&order, &key).await,
        Code::FailedPrecondition,
        "PAYMENT_EXPIRED",
    );
    assert_eq!(world.pg.ledger(&order).await, (0, 0, 0));
}

#[tokio::test]
async fn a_wrong_key_after_the_time_ends_the_payment() {
    let world = World::with(hasty()).await;
    let order = world.waiting(15_000).await;
    world.pg.strike("reset-before", "confirm", 1).await;
    assert_eq!(
        world.confirm(&order, "no-such-key").await.unwrap().state(),
        PaymentState::Pending
    );
    overdue(&world, &order).await;
    world
        .until_said(&order, &[(Direction::Do, "PAYMENT_EXPIRED")])
        .await;
}
