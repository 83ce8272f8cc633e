//! A PG that fails in the middle of a confirm.

use serde_json::json;
use uuid::Uuid;
use xlcfi_contracts::payment::v1::{PaymentCaptured, PaymentPending, PaymentState};
use xlcfi_contracts::saga::v1::Direction;
use xlcfi_testkit::eventually;

use crate::world::{Order, World, hasty};

/// A fault that leaves the payment pending, and settled by itself.
async fn is_settled_later(fault: &str) {
    let world = World::with(hasty()).await;
    let order = world.waiting(15_000).await;
    let key = world.pg.session(&order, "APPROVE").await;
    world.pg.strike(fault, "confirm", 1).await;
    let payment = world.confirm(&order, &key).await.unwrap();
    assert_eq!(payment.state(), PaymentState::Pending, "{fault}");
    assert_eq!(payment.message, "결제 처리 중입니다. 잠시 후 다시 확인해주세요.");
    world.until(&order, PaymentState::Captured).await;
    world.until_said(&order, &[(Direction::Do, "done")]).await;
    assert_eq!(world.pg.ledger(&order).await, (15_000, 0, 1), "{fault}");
    assert_eq!(world.harness.published::<PaymentPending>().await.len(), 1);
    assert_eq!(world.harness.published::<PaymentCaptured>().await.len(), 1);
    // A request the caller gave up on is not in the PG's log.
    let keys = world.pg.keys(&order, "confirm").await;
    let one_key = keys.iter().all(|key| !key.is_empty() && *key == keys[0]);
    assert!(one_key, "one key for one attempt: {keys:?}");
}

#[tokio::test]
async fn a_timeout_before_the_effect_is_settled_later() {
    is_settled_later("timeout-before=3000").await;
}

#[tokio::test]
async fn a_timeout_after_the_effect_is_settled_later() {
    is_settled_later("timeout-after=3000").await;
}

#[tokio::test]
async fn a_connection_reset_before_the_effect_is_settled_later() {
    is_settled_later("reset-before").await;
}

#[tokio::test]
async fn a_connection_reset_after_the_effect_is_settled_later() {
    is_settled_later("reset-after").await;
}

#[tokio::test]
async fn an_internal_error_is_settled_later() {
    is_settled_later("error").await;
}

#[tokio::test]
async fn an_internal_error_after_the_effect_is_settled_later() {
    is_settled_later("error-after").await;
}

#[tokio::test]
async fn a_rate_limit_is_settled_later() {
    is_settled_later("rate-limit").await;
}

#[tokio::test]
async fn an_answer_cut_in_half_is_settled_later() {
    is_settled_later("malformed").await;
}

#[tokio::test]
async fn trouble_of_the_provider_behind_the_pg_is_settled_later() {
    is_settled_later("error=PROVIDER_ERROR").await;
}

#[tokio::test]
async fn a_pg_slower_than_the_time_limit_is_settled_later() {
    is_settled_later("slow=2500").await;
}

#[tokio::test]
async fn a_key_of_ours_the_pg_does_not_accept_declines_nobody() {
    let world = World::with(hasty()).await;
    let order = world.waiting(15_000).await;
    let key = world.pg.session(&order, "APPROVE").await;
    world.pg.strike("error=UNAUTHORIZED_KEY", "confirm", 1).await;
    assert_eq!(
        world.confirm(&order, &key).await.unwrap().state(),
        PaymentState::Pending
    );
    eventually(async || {
        let attempts = world.attempts(&order).await;
        (attempts == [("confirm".into(), "waiting".into())]).then_some(())
    })
    .await;
    assert_eq!(world.said(&order).await, []);
}

#[tokio::test]
async fn a_short_fault_is_not_even_noticed() {
    let world = World::start().await;
    for fault in [
        "error",
        "rate-limit",
        "malformed",
        "reset-after",
        "error-after=PROVIDER_ERROR",
    ] {
        let order = world.waiting(15_000).await;
        let key = world.pg.session(&order, "APPROVE").await;
        world.pg.strike(fault, "confirm", 1).await;
        assert_eq!(
            world.confirm(&order, &key).await.unwrap().state(),
            PaymentState::Captured,
            "{fault}"
        );
        assert_eq!(world.pg.ledger(&order).await, (15_000, 0, 1), "{fault}");
    }
    assert_eq!(world.harness.published::<PaymentPending>().await, []);
}

#[tokio::test]
async fn a_decline_found_out_later_is_a_decline() {
    let world = World::with(hasty()).await;
    let order = world.waiting(15_000).await;
    let key = world.pg.session(&order, "DECLINE").await;
    world.pg.strike("reset-after", "confirm", 1).await;
    assert_eq!(
        world.confirm(&order, &key).await.unwrap().state(),
        PaymentState::Pending
    );
    let payment = world.until(&order, PaymentState::AwaitingBuyer).await;
    assert_eq!(payment.decline_reason, "REFUSED");
    assert_eq!(world.said(&order).await, []);
}

#[tokio::test]
async fn a_question_that_fails_is_asked_again() {
    let world = World::with(hasty()).await;
    let order = world.waiting(15_000).await;
    let key = world.pg.session(&order, "APPROVE").await;
    world
        .pg
        .strike_all(json!([
            {"fault": "reset-after", "endpoint": "confirm", "times": 1},
            {"fault": "error", "endpoint": "get_payment", "times": 1},
        ]))
        .await;
    assert_eq!(
        world.confirm(&order, &key).await.unwrap().state(),
        PaymentState::Pending
    );
    world.until(&order, PaymentState::Captured).await;
    assert_eq!(world.pg.ledger(&order).await, (15_000, 0, 1));
}

/// What a process leaves behind that dies after it booked the intent to confirm.
async fn left_behind(world: &World, order: &Order, key: &str) {
    sqlx::query(
        "with p as (
             update payment set state = 'pending', provider = 'toss', payment_key = $2, next_time = clock_timestamp()
             where order_id = $1 returning payment_id
         )
         insert into attempt (attempt_id, payment_id, kind, provider, state, tries, create_time, update_time)
         select $3, payment_id, 'confirm', 'toss', 'sent', 1, now(), now() from p",
    )
    .bind(order.id)
    .bind(key)
    .bind(Uuid::now_v7())
    .execute(world.harness.pool())
    .await
    .unwrap();
}

#[tokio::test]
async fn work_of_a_process_that_died_before_it_asked_is_taken_over() {
    let world = World::start().await;
    let order = world.waiting(15_000).await;
    let key = world.pg.session(&order, "APPROVE").await;
    left_behind(&world, &order, &key).await;
    world.until_said(&order, &[(Direction::Do, "done")]).await;
    assert_eq!(world.pg.ledger(&order).await, (15_000, 0, 1));
}

#[tokio::test]
async fn work_of_a_process_that_died_after_it_asked_is_taken_over() {
    let world = World::start().await;
    let order = world.waiting(15_000).await;
    let key = world.pg.session(&order, "APPROVE").await;
    let body = json!({"paymentKey": key, "orderId": order.id.to_string(), "amount": order.amount});
    world.pg.call("/v1/payments/confirm", body).await;
    left_behind(&world, &order, &key).await;
    world.until_said(&order, &[(Direction::Do, "done")]).await;
    assert_eq!(world.pg.ledger(&order).await, (15_000, 0, 1));
    assert_eq!(
        world.pg.keys(&order, "confirm").await,
        [""],
        "it was looked up, not asked for again"
    );
}
