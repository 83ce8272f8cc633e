//! The order is undone.

use tonic::Code;
use xlcfi_contracts::payment::v1::{PaymentCaptured, PaymentFailed, PaymentRefunded, PaymentState};
use xlcfi_contracts::saga::v1::Direction;
use xlcfi_testkit::{assert_refused, eventually};

use crate::world::{World, hasty, won};

#[tokio::test]
async fn what_was_paid_is_given_back() {
    let world = World::start().await;
    let order = world.paid(15_000).await;
    world.cancel(&order).await;
    world
        .until_said(&order, &[(Direction::Do, "done"), (Direction::Undo, "done")])
        .await;
    let payment = world.payment(&order).await.unwrap();
    assert_eq!(payment.state(), PaymentState::Refunded);
    assert_eq!(
        (payment.captured, payment.refunded),
        (Some(won(15_000)), Some(won(15_000)))
    );
    assert_eq!(world.pg.ledger(&order).await, (15_000, 15_000, 1));
    assert_eq!(world.harness.published::<PaymentRefunded>().await.len(), 1);
}

#[tokio::test]
async fn a_refund_asked_for_twice_happens_once() {
    let world = World::start().await;
    let order = world.paid(15_000).await;
    world.cancel(&order).await;
    world.cancel(&order).await;
    world.until(&order, PaymentState::Refunded).await;
    world.cancel(&order).await;
    eventually(async || (world.said(&order).await.len() >= 3).then_some(())).await;
    assert_eq!(world.pg.ledger(&order).await, (15_000, 15_000, 1));
    assert_eq!(world.pg.keys(&order, "cancel").await.len(), 1);
}

#[tokio::test]
async fn a_payment_cancelled_before_the_buyer_confirmed_takes_nothing() {
    let world = World::start().await;
    let order = world.waiting(15_000).await;
    world.cancel(&order).await;
    world
        .until_said(
            &order,
            &[(Direction::Do, "PAYMENT_CANCELLED"), (Direction::Undo, "done")],
        )
        .await;
    let key = world.pg.session(&order, "APPROVE").await;
    assert_refused(
        world.confirm(&order, &key).await,
        Code::FailedPrecondition,
        "PAYMENT_NOT_CONFIRMABLE",
    );
    assert_eq!(
        world.payment(&order).await.unwrap().state(),
        PaymentState::Cancelled
    );
    assert_eq!(world.pg.ledger(&order).await, (0, 0, 0));
    assert_eq!(world.harness.published::<PaymentFailed>().await.len(), 1);
}

#[tokio::test]
async fn an_undo_that_comes_first_keeps_the_do_from_happening() {
    let world = World::start().await;
    let order = world.order(15_000);
    let method = world.stored(&order.buyer, "APPROVE").await;
    world.cancel(&order).await;
    world.until_said(&order, &[(Direction::Undo, "done")]).await;
    world.take(&order, &method).await;
    eventually(async || (world.harness.replies(order.id).await.len() == 2).then_some(())).await;
    assert_eq!(world.pg.ledger(&order).await, (0, 0, 0));
}

#[tokio::test]
async fn a_failed_payment_has_nothing_to_give_back() {
    let world = World::start().await;
    let order = world.order(15_000);
    let method = world.stored(&order.buyer, "DECLINE").await;
    world.take(&order, &method).await;
    world.until(&order, PaymentState::Failed).await;
    world.cancel(&order).await;
    world
        .until_said(
            &order,
            &[(Direction::Do, "PAYMENT_DECLINED"), (Direction::Undo, "done")],
        )
        .await;
    assert_eq!(world.payment(&order).await.unwrap().state(), PaymentState::Failed);
    assert_eq!(world.harness.published::<PaymentFailed>().await.len(), 1);
}

/// The order is undone while nobody knows whether the money was taken.
async fn unknown_is_found_out_and_given_back(fault: &str) {
    let world = World::with(hasty()).await;
    let order = world.waiting(15_000).await;
    let key = world.pg.session(&order, "APPROVE").await;
    world.pg.strike(fault, "confirm", 1).await;
    assert_eq!(
        world.confirm(&order, &key).await.unwrap().state(),
        PaymentState::Pending
    );
    world.cancel(&order).await;
    world
        .until_said(&order, &[(Direction::Do, "done"), (Direction::Undo, "done")])
        .await;
    assert_eq!(
        world.payment(&order).await.unwrap().state(),
        PaymentState::Refunded
    );
    assert_eq!(world.pg.ledger(&order).await, (15_000, 15_000, 1), "{fault}");
    assert_eq!(world.harness.published::<PaymentCaptured>().await.len(), 1);
    assert_eq!(world.harness.published::<PaymentRefunded>().await.len(), 1);
}

#[tokio::test]
async fn a_capture_whose_answer_was_lost_is_given_back() {
    unknown_is_found_out_and_given_back("reset-after").await;
}

#[tokio::test]
async fn a_capture_that_happens_only_after_the_cancel_is_given_back() {
    unknown_is_found_out_and_given_back("slow=3000").await;
}

#[tokio::test]
async fn a_decline_whose_answer_was_lost_leaves_nothing_to_give_back() {
    let world = World::with(hasty()).await;
    let order = world.waiting(15_000).await;
    let key = world.pg.session(&order, "DECLINE").await;
    world.pg.strike("reset-after", "confirm", 1).await;
    assert_eq!(
        world.confirm(&order, &key).await.unwrap().state(),
        PaymentState::Pending
    );
    world.cancel(&order).await;
    world
        .until_said(
            &order,
            &[(Direction::Do, "PAYMENT_DECLINED"), (Direction::Undo, "done")],
        )
        .await;
    assert_eq!(world.pg.ledger(&order).await, (0, 0, 0));
}

#[tokio::test]
async fn what_the_pg_certainly_never_saw_is_dropped_at_once() {
    let world = World::with(hasty()).await;
    let order = world.waiting(15_000).await;
    let key = world.pg.session(&order, "APPROVE").await;
    world.pg.strike("rate-limit", "confirm", 100).await;
    assert_eq!(
        world.confirm(&order, &key).await.unwrap().state(),
        PaymentState::Pending
    );
    world.cancel(&order).await;
    world
        .until_said(
            &order,
            &[(Direction::Do, "PAYMENT_CANCELLED"), (Direction::Undo, "done")],
        )
        .await;
    assert_eq!(
        world.attempts(&order).await,
        [("confirm".into(), "dropped".into())]
    );
    assert_eq!(world.pg.ledger(&order).await, (0, 0, 0));
}

#[tokio::test]
async fn a_cancel_in_the_middle_of_a_confirm_gives_it_back() {
    let world = World::start().await;
    let order = world.waiting(15_000).await;
    let key = world.pg.session(&order, "APPROVE").await;
    world.pg.strike("slow=700", "confirm", 1).await;
    let (confirmed, ()) = tokio::join!(world.confirm(&order, &key), async {
        world.until(&order, PaymentState::Pending).await;
        world.cancel(&order).await;
    });
    let confirmed = confirmed.unwrap().state();
    assert!(
        matches!(confirmed, PaymentState::Captured | PaymentState::Refunding),
        "{confirmed:?}"
    );
    world
        .until_said(&order, &[(Direction::Do, "done"), (Direction::Undo, "done")])
        .await;
    assert_eq!(world.pg.ledger(&order).await, (15_000, 15_000, 1));
}

async fn is_refunded_once(fault: &str) {
    let world = World::with(hasty()).await;
    let order = world.paid(15_000).await;
    world.pg.strike(fault, "cancel", 1).await;
    world.cancel(&order).await;
    world.until(&order, PaymentState::Refunding).await;
    world
        .until_said(&order, &[(Direction::Do, "done"), (Direction::Undo, "done")])
        .await;
    assert_eq!(world.pg.ledger(&order).await, (15_000, 15_000, 1), "{fault}");
    assert_eq!(world.harness.published::<PaymentRefunded>().await.len(), 1);
}

#[tokio::test]
async fn a_refund_whose_answer_was_lost_happens_once() {
    is_refunded_once("reset-after").await;
}

#[tokio::test]
async fn a_refund_lost_on_the_way_happens_once() {
    is_refunded_once("reset-before").await;
}

#[tokio::test]
async fn a_refund_that_met_an_internal_error_happens_once() {
    is_refunded_once("error").await;
}

#[tokio::test]
async fn a_refund_the_pg_refuses_is_tried_under_a_new_key() {
    let world = World::start().await;
    let order = world.paid(15_000).await;
    world.pg.strike("decline", "cancel", 1).await;
    world.cancel(&order).await;
    world
        .until_said(&order, &[(Direction::Do, "done"), (Direction::Undo, "done")])
        .await;
    let attempts = world.attempts(&order).await;
    let refunds: Vec<_> = attempts
        .iter()
        .map(|(kind, state)| (kind.as_str(), state.as_str()))
        .collect();
    assert_eq!(
        refunds,
        [
            ("confirm", "succeeded"),
            ("refund", "refused"),
            ("refund", "succeeded")
        ]
    );
    let keys = world.pg.keys(&order, "cancel").await;
    assert_eq!(keys.len(), 2);
    assert_ne!(keys[0], keys[1]);
    assert_eq!(world.pg.ledger(&order).await, (15_000, 15_000, 1));
}

#[tokio::test]
async fn a_stored_charge_is_given_back_too() {
    let world = World::start().await;
    let order = world.order(15_000);
    let method = world.stored(&order.buyer, "APPROVE").await;
    world.take(&order, &method).await;
    world.until(&order, PaymentState::Captured).await;
    world.cancel(&order).await;
    world.until(&order, PaymentState::Refunded).await;
    assert_eq!(world.pg.ledger(&order).await, (15_000, 15_000, 1));
}

#[tokio::test]
async fn what_somebody_gave_back_at_the_pg_counts_as_given_back() {
    let world = World::start().await;
    let order = world.paid(15_000).await;
    let key: String = sqlx::query_scalar("select payment_key from payment where order_id = $1")
        .bind(order.id)
        .fetch_one(world.harness.pool())
        .await
        .unwrap();
    let body = serde_json::json!({"cancelReason": "고객센터"});
    world.pg.call(&format!("/v1/payments/{key}/cancel"), body).await;
    world.cancel(&order).await;
    world.until(&order, PaymentState::Refunded).await;
    assert_eq!(world.pg.ledger(&order).await, (15_000, 15_000, 1));
}
