//! Money given back in parts.

use futures::future::join_all;
use tonic::{Code, Status};
use uuid::Uuid;
use xlcfi_contracts::payment::v1::refund_service_client::RefundServiceClient;
use xlcfi_contracts::payment::v1::{
    CreateRefundRequest, DecideRefundRequest, GetRefundRequest, ListRefundsRequest, PaymentState, Refund,
    RefundDecision, RefundHeld, RefundLine, RefundState, RefundSucceeded,
};
use xlcfi_payment::Config;
use xlcfi_testkit::{assert_refused, eventually, user};

use crate::world::{Order, World, quick, won};

pub async fn refund(world: &World, order: &Order, parts: &[(i32, i64)]) -> Result<Refund, Status> {
    let response = world.refunds().create_refund(request(order, parts)).await?;
    Ok(response.into_inner().refund.unwrap())
}

fn request(order: &Order, parts: &[(i32, i64)]) -> CreateRefundRequest {
    let line = |(line, amount): &(i32, i64)| RefundLine {
        line: *line,
        amount: Some(won(*amount)),
    };
    CreateRefundRequest {
        order_id: order.id.to_string(),
        lines: parts.iter().map(line).collect(),
        reason: "상한 상품".into(),
        receive_account: None,
        request_id: String::new(),
    }
}

pub async fn until(world: &World, refund: &Refund, state: RefundState) -> Refund {
    eventually(async || {
        let request = GetRefundRequest {
            refund_id: refund.refund_id.clone(),
        };
        let found = world
            .refunds()
            .get_refund(request)
            .await
            .unwrap()
            .into_inner()
            .refund
            .unwrap();
        (found.state() == state).then_some(found)
    })
    .await
}

async fn decide(world: &World, refund: &Refund, decision: RefundDecision) -> Result<Refund, Status> {
    let request = DecideRefundRequest {
        refund_id: refund.refund_id.clone(),
        version: refund.version,
        decision: decision.into(),
        note: "확인함".into(),
        receive_account: None,
    };
    Ok(world
        .refunds()
        .decide_refund(request)
        .await?
        .into_inner()
        .refund
        .unwrap())
}

#[tokio::test]
async fn lines_go_back_in_parts_with_their_tax_at_either_pg() {
    let world = World::start().await;
    for order in [world.paid(15_001).await, world.paid_at_stripe(15_001).await] {
        let first = refund(&world, &order, &[(1, 2_500), (2, 1_001)]).await.unwrap();
        assert_eq!(
            (first.amount.clone(), first.tax_exempt_amount.clone()),
            (Some(won(3_501)), Some(won(2_500)))
        );
        until(&world, &first, RefundState::Succeeded).await;
        assert_eq!(world.pg.ledger(&order).await, (15_001, 3_501, 1));
        let payment = world.payment(&order).await.unwrap();
        assert_eq!(
            (payment.state(), payment.refunded),
            (PaymentState::Captured, Some(won(3_501)))
        );
        let of_lines: Vec<_> = payment.lines.into_iter().map(|line| line.refunded).collect();
        assert_eq!(of_lines, [Some(won(2_500)), Some(won(1_001))]);

        let rest = refund(&world, &order, &[(1, 5_000), (2, 6_500)]).await.unwrap();
        until(&world, &rest, RefundState::Succeeded).await;
        world.until(&order, PaymentState::Refunded).await;
        assert_eq!(world.pg.ledger(&order).await, (15_001, 15_001, 1));
        assert_eq!(world.clearing(&order).await, 0);
    }
    assert_eq!(world.harness.published::<RefundSucceeded>().await.len(), 4);
}

#[tokio::test]
async fn refunds_at_one_time_never_give_more_than_was_paid() {
    let world = World::start().await;
    let order = world.paid(10_000).await;
    let asked = join_all((0..30).map(|_| refund(&world, &order, &[(2, 500)]))).await;
    let accepted: Vec<_> = asked.iter().flatten().collect();
    assert_eq!(accepted.len(), 10, "5,000 won of the line, 500 each");
    for refused in asked.iter().filter(|asked| asked.is_err()) {
        assert_refused(refused.clone(), Code::FailedPrecondition, "REFUND_ABOVE_BALANCE");
    }
    for refund in accepted {
        until(&world, refund, RefundState::Succeeded).await;
    }
    assert_eq!(world.pg.ledger(&order).await, (10_000, 5_000, 1));
    assert_eq!(world.clearing(&order).await, 5_000);
}

#[tokio::test]
async fn parts_that_are_not_there_are_refused_and_nothing_is_changed() {
    let world = World::start().await;
    let (paid, waiting) = (world.paid(10_000).await, world.waiting(10_000).await);
    for (parts, code, reason) in [
        (&[(3, 1)][..], Code::InvalidArgument, "INVALID_REFUND"),
        (&[(1, 1), (1, 1)], Code::InvalidArgument, "INVALID_REFUND"),
        (&[(1, 0)], Code::InvalidArgument, "INVALID_REFUND"),
        (&[(1, -5)], Code::InvalidArgument, "INVALID_REFUND"),
        (
            &[(2, 1), (1, 5_001)],
            Code::FailedPrecondition,
            "REFUND_ABOVE_BALANCE",
        ),
        (&[(1, i64::MAX)], Code::InvalidArgument, "INVALID_FIELDS"),
    ] {
        assert_refused(refund(&world, &paid, parts).await, code, reason);
    }
    assert_refused(
        refund(&world, &waiting, &[(1, 1)]).await,
        Code::FailedPrecondition,
        "PAYMENT_NOT_REFUNDABLE",
    );
    assert_refused(
        refund(&world, &world.order(1), &[(1, 1)]).await,
        Code::NotFound,
        "PAYMENT_NOT_FOUND",
    );
    let buyer = RefundServiceClient::new(world.harness.as_user(&paid.buyer));
    assert_refused(
        buyer.clone().create_refund(request(&paid, &[(1, 1)])).await,
        Code::PermissionDenied,
        "ROLE_MISSING",
    );
    assert_eq!(world.pg.ledger(&paid).await, (10_000, 0, 1));
}

#[tokio::test]
async fn a_request_repeated_is_one_refund_and_only_its_buyer_sees_it() {
    let world = World::start().await;
    let order = world.paid(10_000).await;
    let request = CreateRefundRequest {
        request_id: Uuid::now_v7().to_string(),
        ..request(&order, &[(1, 100)])
    };
    let one = world
        .refunds()
        .create_refund(request.clone())
        .await
        .unwrap()
        .into_inner();
    let two = world.refunds().create_refund(request).await.unwrap().into_inner();
    let first = one.refund.unwrap();
    assert_eq!(first.refund_id, two.refund.unwrap().refund_id);
    until(&world, &first, RefundState::Succeeded).await;
    assert_eq!(world.pg.ledger(&order).await, (10_000, 100, 1));

    let list = async |user| {
        let mut client = RefundServiceClient::new(world.harness.as_user(user));
        let listed = client
            .list_refunds(ListRefundsRequest::default())
            .await
            .unwrap()
            .into_inner();
        listed.refunds.len()
    };
    assert_eq!((list(&order.buyer).await, list(&user()).await), (1, 0));
    let mut stranger = RefundServiceClient::new(world.harness.as_user(&user()));
    let request = GetRefundRequest {
        refund_id: first.refund_id,
    };
    assert_refused(
        stranger.get_refund(request).await,
        Code::NotFound,
        "REFUND_NOT_FOUND",
    );
}

#[tokio::test]
async fn what_the_pg_will_not_give_back_waits_for_a_decision() {
    let world = World::start().await;
    let order = world.paid(10_000).await;
    let refusal = "error=NOT_CANCELABLE_AMOUNT";
    world.pg.strike(refusal, "cancel", 3).await;
    let asked = refund(&world, &order, &[(1, 1_000)]).await.unwrap();
    let held = until(&world, &asked, RefundState::Review).await;
    assert_eq!(
        (held.review_reason.as_str(), held.provider_code.as_str()),
        ("PG_REFUSED", "NOT_CANCELABLE_AMOUNT")
    );
    assert_eq!(world.harness.published::<RefundHeld>().await.len(), 1);
    let stale = Refund {
        version: 1,
        ..held.clone()
    };
    assert_refused(
        decide(&world, &stale, RefundDecision::Approve).await,
        Code::Aborted,
        "REFUND_CHANGED",
    );
    decide(&world, &held, RefundDecision::Approve).await.unwrap();
    let done = until(&world, &asked, RefundState::Succeeded).await;
    assert_refused(
        decide(&world, &done, RefundDecision::Reject).await,
        Code::FailedPrecondition,
        "REFUND_NOT_IN_REVIEW",
    );
    assert_eq!(world.pg.ledger(&order).await, (10_000, 1_000, 1));
}

#[tokio::test]
async fn a_large_refund_waits_and_what_is_rejected_can_be_asked_for_again() {
    let world = World::with(Config {
        refund_limit: Some(999),
        ..quick()
    })
    .await;
    let order = world.paid(10_000).await;
    let asked = refund(&world, &order, &[(1, 5_000)]).await.unwrap();
    assert_eq!(
        (asked.state(), asked.review_reason.as_str()),
        (RefundState::Review, "ABOVE_LIMIT")
    );
    assert_refused(
        refund(&world, &order, &[(1, 1)]).await,
        Code::FailedPrecondition,
        "REFUND_ABOVE_BALANCE",
    );
    decide(&world, &asked, RefundDecision::Reject).await.unwrap();
    let again = refund(&world, &order, &[(1, 5_000)]).await.unwrap();
    let by_hand = decide(&world, &again, RefundDecision::PaidByHand).await.unwrap();
    assert_eq!(
        (by_hand.state(), by_hand.note.as_str()),
        (RefundState::Succeeded, "확인함")
    );
    assert_eq!(world.payment(&order).await.unwrap().refunded, Some(won(5_000)));
    // The PG knows nothing of it, and gives back more.
    assert_eq!(world.pg.ledger(&order).await, (10_000, 0, 1));
    let more = refund(&world, &order, &[(2, 900)]).await.unwrap();
    until(&world, &more, RefundState::Succeeded).await;
    assert_eq!(world.pg.ledger(&order).await, (10_000, 900, 1));
    assert_eq!(world.clearing(&order).await, 9_100);
    assert_eq!(world.books(&order).await("bank"), -5_000);
}

#[tokio::test]
async fn an_order_undone_amid_its_refunds_gives_all_of_it_back() {
    let world = World::start().await;
    let order = world.paid(10_000).await;
    world.pg.strike("slow=300", "cancel", 1).await;
    let part = refund(&world, &order, &[(1, 700)]).await.unwrap();
    world.cancel(&order).await;
    world.until(&order, PaymentState::Refunded).await;
    until(&world, &part, RefundState::Succeeded).await;
    assert_eq!(world.pg.ledger(&order).await, (10_000, 10_000, 1));
    assert_eq!(world.clearing(&order).await, 0);
}
