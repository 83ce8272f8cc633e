//! Refunds of recalled goods, prepared for somebody to approve.

use tonic::Code;
use uuid::Uuid;
use xlcfi_contracts::payment::v1::refund_service_client::RefundServiceClient;
use xlcfi_contracts::payment::v1::{
    DecideRefundRequest, GetRefundRequest, ListRefundsRequest, PrepareRefundCommand, PrepareRefundResult,
    Refund, RefundDecided, RefundDecision, RefundHeld, RefundLine, RefundState,
};
use xlcfi_contracts::saga::v1::Direction;
use xlcfi_contracts::saga::v1::command_reply::Outcome;
use xlcfi_contracts::types::v1::Role;
use xlcfi_identity::User;
use xlcfi_testkit::{assert_refused, eventually, user};

use crate::world::{Order, World, won};

async fn prepare(world: &World, saga_id: Uuid, order_id: Uuid, parts: &[(i32, i64)]) -> Outcome {
    let line = |(line, amount): &(i32, i64)| RefundLine {
        line: *line,
        amount: Some(won(*amount)),
    };
    let body = PrepareRefundCommand {
        order_id: order_id.to_string(),
        lines: parts.iter().map(line).collect(),
        reason: "[회수] 감자".into(),
    };
    let reply = world
        .harness
        .command("admin", saga_id, "prepare-refund", Direction::Do, &body)
        .await;
    reply.outcome.unwrap()
}

fn staff(role: Role) -> User {
    let mut staff = user();
    staff.roles.push(role);
    staff
}

async fn get(world: &World, by: &User, refund_id: &str) -> Result<Refund, tonic::Status> {
    let request = GetRefundRequest {
        refund_id: refund_id.to_owned(),
    };
    let mut refunds = RefundServiceClient::new(world.harness.as_user(by));
    Ok(refunds.get_refund(request).await?.into_inner().refund.unwrap())
}

async fn prepared(world: &World, order: &Order, parts: &[(i32, i64)]) -> Refund {
    let Outcome::Done(result) = prepare(world, Uuid::now_v7(), order.id, parts).await else {
        panic!("it can be refunded");
    };
    let refund_id = result.to_msg::<PrepareRefundResult>().unwrap().refund_id;
    get(world, &staff(Role::Finance), &refund_id).await.unwrap()
}

#[tokio::test]
async fn a_refund_is_prepared_once_and_finance_approves_it() {
    let world = World::start().await;
    let order = world.paid(10_000).await;
    let saga_id = Uuid::now_v7();
    let first = prepare(&world, saga_id, order.id, &[(2, 3_000)]).await;
    let again = prepare(&world, saga_id, order.id, &[(2, 3_000)]).await;
    assert_eq!(first, again);
    let held: Vec<RefundHeld> = world.harness.published().await;
    assert_eq!(held.len(), 1);
    let refund = held[0].refund.clone().unwrap();
    assert_eq!(
        (
            refund.state(),
            refund.review_reason.as_str(),
            refund.amount.clone()
        ),
        (RefundState::Review, "RECALLED", Some(won(3_000)))
    );
    // Nothing moves before somebody agreed.
    assert_eq!(world.pg.ledger(&order).await, (10_000, 0, 1));
    let request = DecideRefundRequest {
        refund_id: refund.refund_id.clone(),
        version: refund.version,
        decision: RefundDecision::Approve.into(),
        note: "회수".into(),
        receive_account: None,
    };
    let finance = staff(Role::Finance);
    let mut refunds = RefundServiceClient::new(world.harness.as_user(&staff(Role::Support)));
    let refused = refunds.decide_refund(request.clone()).await;
    assert_refused(refused, Code::PermissionDenied, "ROLE_MISSING");
    let mut refunds = RefundServiceClient::new(world.harness.as_user(&finance));
    refunds.decide_refund(request).await.unwrap();
    eventually(async || {
        let found = get(&world, &finance, &refund.refund_id).await.ok()?;
        (found.state() == RefundState::Succeeded).then_some(())
    })
    .await;
    assert_eq!(world.pg.ledger(&order).await, (10_000, 3_000, 1));
    let decided: Vec<RefundDecided> = world.harness.published().await;
    assert_eq!(decided.len(), 1);
}

#[tokio::test]
async fn no_more_is_prepared_than_is_left_of_each_line() {
    let world = World::start().await;
    let order = world.paid(10_000).await;
    let all = prepared(&world, &order, &[(1, 99_000), (2, 1_000), (7, 500)]).await;
    let parts: Vec<_> = all
        .lines
        .iter()
        .map(|line| (line.line, line.amount.clone().unwrap().minor_units))
        .collect();
    assert_eq!(parts, [(1, 5_000), (2, 1_000)]);
    let Outcome::Refused(refusal) = prepare(&world, Uuid::now_v7(), order.id, &[(1, 1)]).await else {
        panic!("nothing is left of the line");
    };
    assert_eq!(refusal.reason, "REFUND_ABOVE_BALANCE");
}

#[tokio::test]
async fn what_was_not_paid_is_not_refunded() {
    let world = World::start().await;
    let order = world.waiting(10_000).await;
    for (order_id, reason) in [
        (order.id, "PAYMENT_NOT_REFUNDABLE"),
        (Uuid::now_v7(), "PAYMENT_NOT_FOUND"),
    ] {
        let Outcome::Refused(refusal) = prepare(&world, Uuid::now_v7(), order_id, &[(1, 1)]).await else {
            panic!("nothing was paid");
        };
        assert_eq!(refusal.reason, reason);
    }
}

#[tokio::test]
async fn finance_and_support_see_everybodys_refunds_and_others_their_own() {
    let world = World::start().await;
    let order = world.paid(10_000).await;
    let refund = prepared(&world, &order, &[(1, 1_000)]).await;
    for role in [Role::Finance, Role::Support, Role::Admin] {
        let mut refunds = RefundServiceClient::new(world.harness.as_user(&staff(role)));
        let listed = refunds.list_refunds(ListRefundsRequest::default()).await.unwrap();
        assert_eq!(listed.into_inner().refunds.len(), 1, "{role:?}");
    }
    for role in [Role::Catalogue, Role::Security] {
        let refused = get(&world, &staff(role), &refund.refund_id).await;
        assert_refused(refused, Code::NotFound, "REFUND_NOT_FOUND");
    }
}
