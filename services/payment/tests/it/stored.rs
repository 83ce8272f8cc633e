//! Stored methods charged at once.

use std::time::Duration;

use uuid::Uuid;
use xlcfi_contracts::payment::v1::{PaymentCaptured, PaymentPending, PaymentState};
use xlcfi_contracts::saga::v1::Direction;
use xlcfi_testkit::{eventually, user};

use crate::world::{World, hasty};

#[tokio::test]
async fn a_stored_method_is_charged_at_once() {
    let world = World::start().await;
    let order = world.order(15_000);
    let method = world.stored(&order.buyer, "APPROVE").await;
    world.take(&order, &method).await;
    world.until_said(&order, &[(Direction::Do, "done")]).await;
    let payment = world.payment(&order).await.unwrap();
    assert_eq!(payment.state(), PaymentState::Captured);
    assert_eq!(world.pg.ledger(&order).await, (15_000, 0, 1));
    assert_eq!(
        world.harness.published::<PaymentCaptured>().await[0].payment,
        Some(payment)
    );
    assert_eq!(world.harness.published::<PaymentPending>().await, []);
}

#[tokio::test]
async fn a_declined_charge_is_refused_to_the_saga() {
    let world = World::start().await;
    let order = world.order(15_000);
    let method = world.stored(&order.buyer, "DECLINE").await;
    world.take(&order, &method).await;
    world
        .until_said(&order, &[(Direction::Do, "PAYMENT_DECLINED")])
        .await;
    assert_eq!(world.payment(&order).await.unwrap().state(), PaymentState::Failed);
    assert_eq!(world.pg.ledger(&order).await, (0, 0, 0));
}

#[tokio::test]
async fn a_method_that_is_not_the_buyers_is_not_found() {
    let world = World::start().await;
    let order = world.order(15_000);
    let anothers = world.stored(&user(), "APPROVE").await;
    world.take(&order, &anothers).await;
    world
        .until_said(&order, &[(Direction::Do, "PAYMENT_METHOD_NOT_FOUND")])
        .await;
    let order = world.order(15_000);
    world.take(&order, &Uuid::now_v7().to_string()).await;
    world
        .until_said(&order, &[(Direction::Do, "PAYMENT_METHOD_NOT_FOUND")])
        .await;
    assert_eq!(world.pg.ledger(&order).await, (0, 0, 0));
}

#[tokio::test]
async fn a_method_the_pg_no_longer_knows_is_not_found() {
    let world = World::start().await;
    let order = world.order(15_000);
    let method = world.stored(&order.buyer, "APPROVE").await;
    world
        .pg
        .strike("error=INVALID_BILL_KEY_REQUEST", "billing_charge", 1)
        .await;
    world.take(&order, &method).await;
    world
        .until_said(&order, &[(Direction::Do, "PAYMENT_METHOD_NOT_FOUND")])
        .await;
    assert_eq!(
        world.payment(&order).await.unwrap().failure_reason,
        "PAYMENT_METHOD_NOT_FOUND"
    );
}

async fn is_charged_once(fault: &str) {
    let world = World::with(hasty()).await;
    let order = world.order(15_000);
    let method = world.stored(&order.buyer, "APPROVE").await;
    world.pg.strike(fault, "billing_charge", 1).await;
    world.take(&order, &method).await;
    world.until_said(&order, &[(Direction::Do, "done")]).await;
    assert_eq!(world.pg.ledger(&order).await, (15_000, 0, 1), "{fault}");
    assert_eq!(world.harness.published::<PaymentPending>().await.len(), 1);
}

#[tokio::test]
async fn a_charge_lost_before_the_effect_happens_once() {
    is_charged_once("reset-before").await;
}

#[tokio::test]
async fn a_charge_lost_after_the_effect_happens_once() {
    is_charged_once("reset-after").await;
}

#[tokio::test]
async fn a_slow_charge_happens_once() {
    is_charged_once("slow=2500").await;
}

#[tokio::test]
async fn a_command_that_comes_again_charges_once() {
    let world = World::start().await;
    let order = world.order(15_000);
    let method = world.stored(&order.buyer, "APPROVE").await;
    let due = time::OffsetDateTime::now_utc() + Duration::from_secs(900);
    let body = crate::world::take_command(&order, &method, due);
    let command = world
        .harness
        .command_of("order", order.id, "take-payment", Direction::Do, &body);
    for _ in 0..5 {
        world.harness.send_command(order.id, &command).await;
    }
    world.until(&order, PaymentState::Captured).await;
    world.harness.send_command(order.id, &command).await;
    let said = eventually(async || Some(world.said(&order).await).filter(|said| said.len() >= 2)).await;
    assert!(said.iter().all(|(_, outcome)| outcome == "done"), "{said:?}");
    assert_eq!(world.pg.ledger(&order).await, (15_000, 0, 1));
}

#[tokio::test]
async fn a_method_removed_while_it_is_charged_serves_to_the_end() {
    let world = World::with(hasty()).await;
    let order = world.order(15_000);
    let method = world.stored(&order.buyer, "APPROVE").await;
    world.pg.strike("reset-before", "billing_charge", 1).await;
    world.take(&order, &method).await;
    eventually(async || (world.harness.published::<PaymentPending>().await.len() == 1).then_some(())).await;
    crate::methods::remove(&world, &order.buyer, &method)
        .await
        .unwrap();
    world.until(&order, PaymentState::Captured).await;
    crate::methods::until_forgotten(&world, &method).await;
}
