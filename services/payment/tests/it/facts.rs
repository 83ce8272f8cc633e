//! Facts of the order service.

use xlcfi_contracts::order::v1::{Order as OrderMessage, OrderCancelled, OrderCreated, OrderLine};
use xlcfi_contracts::payment::v1::{PaymentFailed, PaymentPrepared, PaymentState};
use xlcfi_contracts::saga::v1::Direction;
use xlcfi_testkit::{assert_refused, eventually};

use crate::world::{Order, World, won};

fn message(order: &Order) -> Option<OrderMessage> {
    let line = OrderLine {
        name: "감자".into(),
        amount: Some(won(order.amount)),
        payable: Some(won(order.amount)),
        tax_exempt: true,
        ..OrderLine::default()
    };
    Some(OrderMessage {
        order_id: order.id.to_string(),
        member_id: order.buyer.id.to_string(),
        payable: Some(won(order.amount)),
        lines: vec![line],
        ..OrderMessage::default()
    })
}

pub async fn created(world: &World, order: &Order, version: i64) -> uuid::Uuid {
    let event = OrderCreated {
        order: message(order),
        ..OrderCreated::default()
    };
    world.harness.deliver("order", order.id, version, &event).await
}

async fn cancelled(world: &World, order: &Order, version: i64) {
    let event = OrderCancelled {
        order: message(order),
        ..OrderCancelled::default()
    };
    world.harness.deliver("order", order.id, version, &event).await;
}

#[tokio::test]
async fn an_order_prepares_its_payment() {
    let world = World::start().await;
    let order = world.order(15_000);
    let id = created(&world, &order, 1).await;
    let payment = world.until(&order, PaymentState::Prepared).await;
    assert_eq!(
        (payment.amount, payment.captured),
        (Some(won(15_000)), Some(won(0)))
    );
    let event = OrderCreated {
        order: message(&order),
        ..OrderCreated::default()
    };
    world.harness.redeliver("order", id, order.id, 1, &event).await;
    world.take(&order, "").await;
    world.until(&order, PaymentState::AwaitingBuyer).await;
    assert_eq!(world.harness.published::<PaymentPrepared>().await.len(), 1);
}

#[tokio::test]
async fn a_command_that_comes_before_the_event_prepares_it_as_well() {
    let world = World::start().await;
    let order = world.waiting(15_000).await;
    created(&world, &order, 1).await;
    let other = world.order(1_000);
    created(&world, &other, 1).await;
    world.until(&other, PaymentState::Prepared).await;
    assert_eq!(
        world.payment(&order).await.unwrap().state(),
        PaymentState::AwaitingBuyer
    );
    assert_eq!(world.harness.published::<PaymentPrepared>().await.len(), 2);
}

#[tokio::test]
async fn an_order_undone_before_its_payment_was_asked_for_closes_it() {
    let world = World::start().await;
    let order = world.order(15_000);
    created(&world, &order, 1).await;
    cancelled(&world, &order, 2).await;
    let payment = world.until(&order, PaymentState::Cancelled).await;
    assert_eq!(payment.failure_reason, "PAYMENT_CANCELLED");
    assert_eq!(world.harness.published::<PaymentFailed>().await.len(), 1);
    world.take(&order, "").await;
    world
        .until_said(&order, &[(Direction::Do, "PAYMENT_CANCELLED")])
        .await;
}

#[tokio::test]
async fn an_order_undone_after_it_was_paid_is_left_to_its_saga() {
    let world = World::start().await;
    let order = world.paid(15_000).await;
    created(&world, &order, 1).await;
    cancelled(&world, &order, 2).await;
    let next = world.order(1_000);
    created(&world, &next, 1).await;
    world.until(&next, PaymentState::Prepared).await;
    eventually(async || {
        let seen: i64 = sqlx::query_scalar("select version from events.position where key = $1")
            .bind(order.id)
            .fetch_optional(world.harness.pool())
            .await
            .unwrap()?;
        (seen == 2).then_some(())
    })
    .await;
    assert_eq!(
        world.payment(&order).await.unwrap().state(),
        PaymentState::Captured
    );
}

#[tokio::test]
async fn an_order_paid_with_points_alone_needs_no_payment() {
    let world = World::start().await;
    let (free, paid) = (world.order(0), world.order(1_000));
    created(&world, &free, 1).await;
    created(&world, &paid, 1).await;
    world.until(&paid, PaymentState::Prepared).await;
    eventually(async || {
        let seen: Option<i64> = sqlx::query_scalar("select version from events.position where key = $1")
            .bind(free.id)
            .fetch_optional(world.harness.pool())
            .await
            .unwrap();
        seen
    })
    .await;
    assert_refused(
        world.payment(&free).await,
        tonic::Code::NotFound,
        "PAYMENT_NOT_FOUND",
    );
}

#[tokio::test]
async fn an_event_that_makes_no_sense_is_parked() {
    let world = World::start().await;
    let order = world.order(15_000);
    world
        .harness
        .deliver("order", order.id, 1, &OrderCreated::default())
        .await;
    eventually(async || (world.harness.parked().await.len() == 1).then_some(())).await;
}

#[tokio::test]
async fn a_command_that_makes_no_sense_is_parked() {
    let world = World::start().await;
    let order = world.order(-1);
    world.take(&order, "").await;
    eventually(async || (world.harness.parked().await.len() == 1).then_some(())).await;
}
