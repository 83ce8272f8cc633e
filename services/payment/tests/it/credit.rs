//! Orders on account of business buyers.

use std::time::Duration;

use futures::future::join_all;
use tonic::Code;
use xlcfi_contracts::payment::v1::{
    Ageing, ConfirmPaymentRequest, CreateRefundRequest, DecideRefundRequest, PaymentCaptured,
    PaymentProvider, PaymentRefunded, PaymentState, RefundDecision, RefundLine, RefundState,
    SetCreditLineRequest,
};
use xlcfi_contracts::saga::v1::Direction;
use xlcfi_payment::Config;
use xlcfi_testkit::{assert_refused, eventually};

use crate::business::line_of;
use crate::world::{Order, World, quick, won};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

#[tokio::test]
async fn an_order_on_account_is_owed_and_no_pg_is_asked() {
    let world = World::start().await;
    let buyer = world.business(50_000).await;
    let order = world.owed(&buyer, 15_001).await;
    world.until_said(&order, &[(Direction::Do, "done")]).await;
    let payment = world.payment(&order).await.unwrap();
    assert_eq!(
        (payment.provider(), payment.captured, payment.receipt_url.as_str()),
        (PaymentProvider::Account, Some(won(15_001)), "")
    );
    assert_eq!(world.standing(&buyer).await, (15_001, 0, 34_999));
    assert_eq!(world.account_of(&order).await, (15_001, 0));
    assert_eq!(world.attempts(&order).await, []);
    assert_eq!(world.pg.ledger(&order).await, (0, 0, 0));
    assert_eq!(world.harness.published::<PaymentCaptured>().await.len(), 1);
    // The command that comes again changes nothing.
    world.owe(&order).await;
    world
        .until_said(&order, &[(Direction::Do, "done"), (Direction::Do, "done")])
        .await;
    assert_eq!(world.standing(&buyer).await, (15_001, 0, 34_999));
    // And there is nothing to confirm.
    let confirm = ConfirmPaymentRequest {
        order_id: order.id.to_string(),
        payment_key: "k".into(),
        amount: Some(won(15_001)),
        provider: PaymentProvider::Account.into(),
    };
    let client = world.client(&buyer.user);
    assert_refused(
        client.clone().confirm_payment(confirm.clone()).await,
        Code::InvalidArgument,
        "INVALID_FIELDS",
    );
    let at_a_pg = ConfirmPaymentRequest {
        provider: 0,
        ..confirm
    };
    assert_refused(
        client.clone().confirm_payment(at_a_pg).await,
        Code::FailedPrecondition,
        "PAYMENT_NOT_CONFIRMABLE",
    );
}

#[tokio::test]
async fn above_the_limit_or_without_a_line_an_order_is_refused() {
    let world = World::start().await;
    let buyer = world.business(10_000).await;
    world.owed(&buyer, 4_000).await;
    let above = world.order_of(&buyer, 6_001);
    world.owe(&above).await;
    world
        .until_said(&above, &[(Direction::Do, "CREDIT_LIMIT_EXCEEDED")])
        .await;
    let payment = world.payment(&above).await.unwrap();
    assert_eq!(
        (payment.state(), payment.failure_reason.as_str(), payment.captured),
        (PaymentState::Failed, "CREDIT_LIMIT_EXCEEDED", Some(won(0)))
    );
    world.cancel(&above).await;
    let refused_and_undone = [
        (Direction::Do, "CREDIT_LIMIT_EXCEEDED"),
        (Direction::Undo, "done"),
    ];
    world.until_said(&above, &refused_and_undone).await;
    world.owed(&buyer, 6_000).await;

    let stopped = SetCreditLineRequest {
        active: false,
        version: 1,
        ..line_of(&buyer, 100_000)
    };
    world.set_line(stopped).await.unwrap();
    assert_eq!(world.standing(&buyer).await, (10_000, 0, 0));
    for order in [world.order_of(&buyer, 10), world.order(10)] {
        world.owe(&order).await;
        world
            .until_said(&order, &[(Direction::Do, "CREDIT_STOPPED")])
            .await;
    }
    // What is owed is paid all the same.
    world.deposit(&buyer.account, 10_000).await;
    assert_eq!(world.standing(&buyer).await, (0, 0, 0));
}

#[tokio::test]
async fn of_fifty_orders_at_one_time_the_limit_admits_ten() {
    let world = World::start().await;
    let buyer = world.business(10_000).await;
    let orders: Vec<Order> = (0..50).map(|_| world.order_of(&buyer, 1_000)).collect();
    join_all(orders.iter().map(|order| world.owe(order))).await;
    let states = join_all(orders.iter().map(async |order| {
        eventually(async || {
            let payment = world.payment(order).await.ok()?;
            let ended = matches!(payment.state(), PaymentState::Captured | PaymentState::Failed);
            ended.then_some(payment.state())
        })
        .await
    }))
    .await;
    let owed = states.iter().filter(|state| **state == PaymentState::Captured);
    assert_eq!(owed.count(), 10);
    assert_eq!(world.standing(&buyer).await, (10_000, 0, 0));
    assert_eq!(world.harness.parked().await, []);
}

#[tokio::test]
async fn deposits_orders_and_refunds_at_one_time_lose_nothing() {
    let world = World::start().await;
    let buyer = world.business(1_000_000).await;
    let first: Vec<Order> = join_all((0..6).map(|_| world.owed(&buyer, 1_000))).await;
    let second: Vec<Order> = (0..6).map(|_| world.order_of(&buyer, 1_000)).collect();
    tokio::join!(
        join_all((0..9).map(|_| world.deposit(&buyer.account, 700))),
        join_all(second.iter().map(|order| world.owe(order))),
        join_all(first.iter().map(|order| world.cancel(order))),
    );
    for order in &first {
        world.until(order, PaymentState::Refunded).await;
    }
    for order in &second {
        world.until(order, PaymentState::Captured).await;
    }
    assert_eq!(world.standing(&buyer).await, (0, 300, 1_000_300));
    for order in first.iter().chain(&second) {
        let kept = if first.iter().any(|other| other.id == order.id) {
            0
        } else {
            1_000
        };
        assert_eq!(world.account_of(order).await, (0, kept));
    }
    world.assert_nothing_is_lost().await;
    assert_eq!(world.harness.parked().await, []);
}

#[tokio::test]
async fn an_order_undone_before_it_is_paid_is_no_longer_owed() {
    let world = World::start().await;
    let buyer = world.business(10_000).await;
    let order = world.owed(&buyer, 10_000).await;
    world.cancel(&order).await;
    world
        .until_said(&order, &[(Direction::Do, "done"), (Direction::Undo, "done")])
        .await;
    let payment = world.payment(&order).await.unwrap();
    assert_eq!(
        (payment.state(), payment.refunded),
        (PaymentState::Refunded, Some(won(10_000)))
    );
    assert_eq!(world.harness.published::<PaymentRefunded>().await.len(), 1);
    assert_eq!(world.standing(&buyer).await, (0, 0, 10_000));
    assert_eq!(world.account_of(&order).await, (0, 0));
    world.assert_nothing_is_lost().await;
}

#[tokio::test]
async fn an_order_undone_after_it_is_paid_pays_what_else_is_owed_and_is_ordered_next() {
    let world = World::start().await;
    let buyer = world.business(20_000).await;
    let paid = world.owed(&buyer, 10_000).await;
    world.deposit(&buyer.account, 10_000).await;
    let other = world.owed(&buyer, 3_000).await;
    world.cancel(&paid).await;
    world.until(&paid, PaymentState::Refunded).await;
    assert_eq!(world.account_of(&paid).await, (0, 0));
    assert_eq!(world.account_of(&other).await, (0, 3_000));
    assert_eq!(world.standing(&buyer).await, (0, 7_000, 27_000));
    let next = world.owed(&buyer, 27_000).await;
    assert_eq!(world.account_of(&next).await, (20_000, 7_000));
    assert_eq!(world.standing(&buyer).await, (20_000, 0, 0));
    world.assert_nothing_is_lost().await;
}

#[tokio::test]
async fn a_part_given_back_lessens_what_is_owed_first() {
    let world = World::start().await;
    let buyer = world.business(20_000).await;
    let order = world.owed(&buyer, 10_000).await;
    world.deposit(&buyer.account, 8_000).await;
    let request = |line, amount| CreateRefundRequest {
        order_id: order.id.to_string(),
        lines: vec![RefundLine {
            line,
            amount: Some(won(amount)),
        }],
        reason: "상한 상품".into(),
        receive_account: None,
        request_id: String::new(),
    };
    let refund = world.refunds().create_refund(request(1, 1_500)).await.unwrap();
    assert_eq!(
        refund.into_inner().refund.unwrap().state(),
        RefundState::Succeeded
    );
    assert_eq!(world.standing(&buyer).await, (500, 0, 19_500));
    world.refunds().create_refund(request(2, 5_000)).await.unwrap();
    assert_eq!(world.standing(&buyer).await, (0, 4_500, 24_500));
    assert_eq!(world.account_of(&order).await, (0, 3_500));
    assert_refused(
        world.refunds().create_refund(request(2, 1)).await,
        Code::FailedPrecondition,
        "REFUND_ABOVE_BALANCE",
    );
    // The last of it goes back as the payment does.
    world.refunds().create_refund(request(1, 3_500)).await.unwrap();
    assert_eq!(
        world.payment(&order).await.unwrap().state(),
        PaymentState::Refunded
    );
    assert_eq!(world.standing(&buyer).await, (0, 8_000, 28_000));
    world.assert_nothing_is_lost().await;
}

#[tokio::test]
async fn a_large_refund_on_account_waits_and_is_credited_once_it_is_approved() {
    let world = World::with(Config {
        refund_limit: Some(999),
        ..quick()
    })
    .await;
    let buyer = world.business(20_000).await;
    let order = world.owed(&buyer, 10_000).await;
    let request = CreateRefundRequest {
        order_id: order.id.to_string(),
        lines: vec![RefundLine {
            line: 1,
            amount: Some(won(5_000)),
        }],
        reason: "상한 상품".into(),
        ..CreateRefundRequest::default()
    };
    let held = world.refunds().create_refund(request).await.unwrap();
    let held = held.into_inner().refund.unwrap();
    assert_eq!(held.state(), RefundState::Review);
    assert_eq!(world.standing(&buyer).await, (10_000, 0, 10_000));
    // The order is undone meanwhile: what is not in review is credited at once.
    world.cancel(&order).await;
    world.until(&order, PaymentState::Refunding).await;
    assert_eq!(world.standing(&buyer).await, (5_000, 0, 15_000));
    let decide = |decision: RefundDecision| DecideRefundRequest {
        refund_id: held.refund_id.clone(),
        version: held.version,
        decision: decision.into(),
        note: "확인함".into(),
        receive_account: None,
    };
    let by_hand = world
        .refunds()
        .decide_refund(decide(RefundDecision::PaidByHand))
        .await;
    assert_refused(by_hand, Code::InvalidArgument, "INVALID_FIELDS");
    world
        .refunds()
        .decide_refund(decide(RefundDecision::Approve))
        .await
        .unwrap();
    world
        .until_said(&order, &[(Direction::Do, "done"), (Direction::Undo, "done")])
        .await;
    assert_eq!(world.standing(&buyer).await, (0, 0, 20_000));
    assert_eq!(world.account_of(&order).await, (0, 0));
    world.assert_nothing_is_lost().await;
}

#[tokio::test]
async fn what_is_open_ages_as_days_pass() {
    let world = World::start().await;
    let buyer = world.business(100_000).await;
    let ages = async || world.receivables(&buyer.user, false).await.ageing.unwrap();
    let aged = |current, days_30, days_60, days_90, older| Ageing {
        current: Some(won(current)),
        days_30: Some(won(days_30)),
        days_60: Some(won(days_60)),
        days_90: Some(won(days_90)),
        older: Some(won(older)),
        total: Some(won(current + days_30 + days_60 + days_90 + older)),
    };
    let first = world.owed(&buyer, 1_000).await;
    world.harness.advance(10 * DAY);
    world.owed(&buyer, 500).await;
    assert_eq!(ages().await, aged(1_500, 0, 0, 0, 0));
    world.harness.advance(20 * DAY);
    assert_eq!(ages().await, aged(1_500, 0, 0, 0, 0), "due today is not overdue");
    world.harness.advance(DAY);
    assert_eq!(ages().await, aged(500, 1_000, 0, 0, 0));
    world.harness.advance(30 * DAY);
    assert_eq!(ages().await, aged(0, 500, 1_000, 0, 0));
    world.harness.advance(30 * DAY);
    assert_eq!(ages().await, aged(0, 0, 500, 1_000, 0));
    world.harness.advance(30 * DAY);
    assert_eq!(ages().await, aged(0, 0, 0, 500, 1_000));

    let listed = world.receivables(&buyer.user, false).await.receivables;
    assert_eq!(
        (
            listed[0].order_id.clone(),
            listed[0].due_date.as_str(),
            listed[0].days_overdue
        ),
        (first.id.to_string(), "2026-12-22", 91)
    );
    world.deposit(&buyer.account, 1_200).await;
    assert_eq!(ages().await, aged(0, 0, 0, 300, 0));
    let (open, settled) = (
        world.receivables(&buyer.user, false).await.receivables,
        world.receivables(&buyer.user, true).await.receivables,
    );
    assert_eq!((open.len(), open[0].paid.clone()), (1, Some(won(200))));
    assert_eq!((settled.len(), settled[0].days_overdue), (1, 0));
}
