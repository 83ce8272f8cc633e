use futures::future::join_all;
use tonic::Code;
use uuid::Uuid;
use xlcfi_contracts::payment::v1::{
    ConfirmPaymentRequest, PaymentCaptured, PaymentFailed, PaymentPending, PaymentPrepared, PaymentState,
    RetryAdvice,
};
use xlcfi_contracts::saga::v1::Direction;
use xlcfi_testkit::{assert_refused, user};

use crate::world::{World, won};

#[tokio::test]
async fn a_buyer_confirms_and_the_money_is_taken() {
    let world = World::start().await;
    let order = world.waiting(15_000).await;
    let waiting = world.payment(&order).await.unwrap();
    assert!(waiting.due_time.is_some());
    assert_eq!(waiting.checkout_order_id, order.id.to_string());

    let key = world.pg.session(&order, "APPROVE").await;
    let payment = world.confirm(&order, &key).await.unwrap();
    assert_eq!(payment.state(), PaymentState::Captured);
    assert_eq!(
        (&payment.captured, &payment.refunded),
        (&Some(won(15_000)), &Some(won(0)))
    );
    assert!(payment.receipt_url.starts_with(&world.pg.url) && payment.due_time.is_none());
    world.until_said(&order, &[(Direction::Do, "done")]).await;
    assert_eq!(world.pg.ledger(&order).await, (15_000, 0, 1));
    assert_eq!(world.harness.published::<PaymentPrepared>().await.len(), 1);
    assert_eq!(world.harness.published::<PaymentPending>().await, []);
    let captured = world.harness.published::<PaymentCaptured>().await;
    assert_eq!(captured[0].payment.as_ref(), Some(&payment));
}

#[tokio::test]
async fn a_confirm_repeated_gives_the_same_payment() {
    let world = World::start().await;
    let order = world.waiting(15_000).await;
    let key = world.pg.session(&order, "APPROVE").await;
    let first = world.confirm(&order, &key).await.unwrap();
    assert_eq!(world.confirm(&order, &key).await.unwrap(), first);
    assert_eq!(world.pg.keys(&order, "confirm").await.len(), 1);
    assert_eq!(world.harness.published::<PaymentCaptured>().await.len(), 1);
}

#[tokio::test]
async fn confirms_at_one_time_take_the_money_once() {
    let world = World::start().await;
    let order = world.waiting(15_000).await;
    let (one, other) = (
        world.pg.session(&order, "APPROVE").await,
        world.pg.session(&order, "APPROVE").await,
    );
    let confirms = (0..20).map(|index| world.confirm(&order, if index % 2 == 0 { &one } else { &other }));
    for result in join_all(confirms).await {
        match result {
            Ok(payment) => {
                assert!(matches!(
                    payment.state(),
                    PaymentState::Captured | PaymentState::Pending
                ));
            }
            Err(status) => {
                assert_refused(
                    Err::<(), _>(status),
                    Code::FailedPrecondition,
                    "PAYMENT_NOT_CONFIRMABLE",
                );
            }
        }
    }
    world.until(&order, PaymentState::Captured).await;
    assert_eq!(world.pg.ledger(&order).await, (15_000, 0, 1));
    assert_eq!(
        world.attempts(&order).await,
        [("confirm".into(), "succeeded".into())]
    );
}

#[tokio::test]
async fn a_buyer_whose_card_was_declined_may_pay_with_another() {
    let world = World::start().await;
    let order = world.waiting(15_000).await;
    let key = world.pg.session(&order, "DECLINE").await;
    assert_refused(
        world.confirm(&order, &key).await,
        Code::FailedPrecondition,
        "PAYMENT_DECLINED",
    );
    let payment = world.payment(&order).await.unwrap();
    assert_eq!(payment.state(), PaymentState::AwaitingBuyer);
    assert_eq!(payment.decline_reason, "LIMIT_EXCEEDED");
    assert_eq!(payment.retry_advice(), RetryAdvice::OtherMethod);
    assert!(!payment.message.is_empty() && payment.message_en.is_ascii());
    // The same card again is as bad.
    assert_refused(
        world.confirm(&order, &key).await,
        Code::FailedPrecondition,
        "PAYMENT_DECLINED",
    );
    assert_eq!(world.said(&order).await, []);

    let other = world.pg.session(&order, "APPROVE").await;
    let paid = world.confirm(&order, &other).await.unwrap();
    assert_eq!(
        (paid.state(), paid.decline_reason.as_str()),
        (PaymentState::Captured, "")
    );
    world.until_said(&order, &[(Direction::Do, "done")]).await;
    assert_eq!(world.harness.published::<PaymentFailed>().await, []);
    assert_eq!(world.pg.ledger(&order).await, (15_000, 0, 1));
}

#[tokio::test]
async fn nobody_tries_cards_out_on_an_order() {
    let world = World::start().await;
    let order = world.waiting(15_000).await;
    for _ in 0..10 {
        let key = world.pg.session(&order, "DECLINE").await;
        assert_refused(
            world.confirm(&order, &key).await,
            Code::FailedPrecondition,
            "PAYMENT_DECLINED",
        );
    }
    let key = world.pg.session(&order, "APPROVE").await;
    assert_refused(
        world.confirm(&order, &key).await,
        Code::FailedPrecondition,
        "TOO_MANY_PAYMENT_ATTEMPTS",
    );
    assert_eq!(world.pg.ledger(&order).await, (0, 0, 0));
}

#[tokio::test]
async fn another_amount_is_refused_before_the_pg_is_asked() {
    let world = World::start().await;
    let order = world.waiting(15_000).await;
    let key = world.pg.session(&order, "APPROVE").await;
    for amount in [14_999, 15_001, -15_000] {
        let request = ConfirmPaymentRequest {
            order_id: order.id.to_string(),
            payment_key: key.clone(),
            amount: Some(won(amount)),
            provider: 0,
        };
        let refused = world.client(&order.buyer).confirm_payment(request).await;
        assert_refused(refused, Code::FailedPrecondition, "PAYMENT_AMOUNT_MISMATCH");
    }
    assert_eq!(world.pg.keys(&order, "confirm").await.len(), 0);
    assert_eq!(
        world.payment(&order).await.unwrap().state(),
        PaymentState::AwaitingBuyer
    );
}

#[tokio::test]
async fn anothers_order_is_as_unknown_as_one_that_is_not() {
    let world = World::start().await;
    let order = world.waiting(15_000).await;
    let key = world.pg.session(&order, "APPROVE").await;
    for (order_id, buyer) in [(order.id, user()), (Uuid::now_v7(), order.buyer.clone())] {
        let request = ConfirmPaymentRequest {
            order_id: order_id.to_string(),
            payment_key: key.clone(),
            amount: Some(won(15_000)),
            provider: 0,
        };
        let refused = world.client(&buyer).confirm_payment(request).await;
        assert_refused(refused, Code::NotFound, "PAYMENT_NOT_FOUND");
    }
    assert_eq!(world.pg.ledger(&order).await, (0, 0, 0));
}

#[tokio::test]
async fn a_key_that_is_none_of_this_order_leaves_it_to_be_paid() {
    let world = World::start().await;
    let order = world.waiting(15_000).await;
    let other_order = world.pg.session_of("another-order", 15_000, "APPROVE").await;
    let other_amount = world
        .pg
        .session_of(&order.id.to_string(), 14_000, "APPROVE")
        .await;
    for key in ["no-such-key", &other_order, &other_amount] {
        assert_refused(
            world.confirm(&order, key).await,
            Code::FailedPrecondition,
            "PAYMENT_NOT_CONFIRMABLE",
        );
        assert_eq!(
            world.payment(&order).await.unwrap().state(),
            PaymentState::AwaitingBuyer
        );
    }
    let key = world.pg.session(&order, "APPROVE").await;
    assert_eq!(
        world.confirm(&order, &key).await.unwrap().state(),
        PaymentState::Captured
    );
    assert_eq!(world.pg.ledger(&order).await, (15_000, 0, 1));
}

#[tokio::test]
async fn what_the_pg_says_was_done_before_is_looked_up_and_adopted() {
    let world = World::start().await;
    let order = world.waiting(15_000).await;
    let key = world.pg.session(&order, "APPROVE").await;
    // The effect happens, and the PG says afterwards that it had happened before.
    world
        .pg
        .strike("error-after=ALREADY_PROCESSED_PAYMENT", "confirm", 1)
        .await;
    assert_eq!(
        world.confirm(&order, &key).await.unwrap().state(),
        PaymentState::Captured
    );
    assert_eq!(world.pg.ledger(&order).await, (15_000, 0, 1));
    assert_eq!(world.pg.keys(&order, "get_payment").await.len(), 1);
}

#[tokio::test]
async fn a_payment_nobody_asked_for_yet_is_not_ready() {
    let world = World::start().await;
    let order = world.order(15_000);
    crate::facts::created(&world, &order, 1).await;
    world.until(&order, PaymentState::Prepared).await;
    let key = world.pg.session(&order, "APPROVE").await;
    assert_refused(
        world.confirm(&order, &key).await,
        Code::FailedPrecondition,
        "PAYMENT_NOT_READY",
    );
}

#[tokio::test]
async fn malformed_requests_are_told_every_wrong_field() {
    let world = World::start().await;
    let buyer = user();
    for request in [
        ConfirmPaymentRequest {
            order_id: "apple".into(),
            payment_key: "k".into(),
            amount: Some(won(1)),
            provider: 0,
        },
        ConfirmPaymentRequest {
            order_id: Uuid::now_v7().into(),
            payment_key: String::new(),
            amount: Some(won(1)),
            provider: 0,
        },
        ConfirmPaymentRequest {
            order_id: Uuid::now_v7().into(),
            payment_key: "k".into(),
            amount: None,
            provider: 0,
        },
        ConfirmPaymentRequest {
            order_id: Uuid::now_v7().into(),
            payment_key: "k".into(),
            amount: Some(xlcfi_contracts::types::v1::Money {
                currency_code: "USD".into(),
                minor_units: 1,
            }),
            provider: 0,
        },
    ] {
        let refused = world.client(&buyer).confirm_payment(request).await;
        assert_refused(refused, Code::InvalidArgument, "INVALID_FIELDS");
    }
}
