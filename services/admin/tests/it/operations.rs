use std::time::Duration;

use tonic::Code;
use uuid::Uuid;
use xlcfi_contracts::admin::v1::{
    ListOperationsRequest, Operation, RunOperationRequest, RunOperationResponse,
};
use xlcfi_contracts::payment::v1::RefundDecision;
use xlcfi_contracts::types::v1::Role;
use xlcfi_testkit::{assert_refused, seller, user, violations};

use crate::world::{World, staff};

fn cancel(order: Uuid) -> RunOperationRequest {
    RunOperationRequest {
        operation: Operation::CancelOrder.into(),
        subject_id: order.to_string(),
        reason: "전화로 요청".into(),
        request_id: Uuid::now_v7().to_string(),
        ..Default::default()
    }
}

#[tokio::test]
async fn support_cancels_an_order_by_its_owner_in_its_own_name_and_it_is_audited() {
    let world = World::open().await;
    let (support, order) = (staff(Role::Support), Uuid::now_v7());
    let done: RunOperationResponse = world
        .operations(&support)
        .run_operation(cancel(order))
        .await
        .unwrap()
        .into_inner();
    assert!(done.done && done.refusal.is_empty(), "{done:?}");
    assert_eq!(done.before, r#"{"state":"ORDER_STATE_CONFIRMED"}"#);
    let told = world.book.lock().unwrap().stopped.clone();
    assert_eq!(
        told,
        [(
            order.to_string(),
            support.id.to_string(),
            "전화로 요청".to_owned()
        )]
    );
    let log = world.log(&order.to_string()).await;
    let actions: Vec<&str> = log.iter().map(|entry| entry.action.as_str()).collect();
    assert_eq!(actions, ["order.cancel.begun", "order.cancel.done"]);
    let end = &log[1];
    assert_eq!(
        (end.actor.as_str(), end.reason.as_str()),
        (support.id.to_string().as_str(), "전화로 요청")
    );
    assert_eq!(end.before, done.before);
    assert!(end.after.contains("ORDER_STATE_CANCELLING") && end.after.contains(&done.operation_id));
}

#[tokio::test]
async fn the_same_request_is_done_once_and_answered_as_before() {
    let world = World::open().await;
    let support = staff(Role::Support);
    let request = cancel(Uuid::now_v7());
    let mut operations = world.operations(&support);
    let first = operations
        .run_operation(request.clone())
        .await
        .unwrap()
        .into_inner();
    let again = operations
        .run_operation(request.clone())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(first, again);
    assert_eq!(world.book.lock().unwrap().stopped.len(), 1);
    let other = RunOperationRequest {
        subject_id: Uuid::now_v7().to_string(),
        ..request
    };
    let refused = operations.run_operation(other.clone()).await;
    assert_refused(refused, Code::Aborted, "REQUEST_ID_USED");
    // Somebody else's request of the same id is another one.
    let theirs = world.operations(&staff(Role::Admin)).run_operation(other).await;
    assert!(theirs.unwrap().into_inner().done);
}

#[tokio::test]
async fn what_the_owner_refuses_is_a_result() {
    let world = World::open().await;
    world.book.lock().unwrap().refuse = Some((Code::FailedPrecondition, "ORDER_NOT_CANCELLABLE"));
    let order = Uuid::now_v7();
    let mut operations = world.operations(&staff(Role::Support));
    let refused = operations
        .run_operation(cancel(order))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(
        (refused.done, refused.refusal.as_str()),
        (false, "ORDER_NOT_CANCELLABLE")
    );
    let actions = world.actions(&order.to_string()).await;
    assert_eq!(actions, ["order.cancel.begun", "order.cancel.refused"]);
}

#[tokio::test]
async fn an_owner_that_does_not_answer_is_asked_again_by_the_same_request() {
    let world = World::open().await;
    world.book.lock().unwrap().silent = 1;
    let order = Uuid::now_v7();
    let request = cancel(order);
    let mut operations = world.operations(&staff(Role::Support));
    let away = operations.run_operation(request.clone()).await;
    assert_refused(away, Code::Unavailable, "OWNER_UNAVAILABLE");
    let done = operations.run_operation(request).await.unwrap().into_inner();
    assert!(done.done);
    let actions = world.actions(&order.to_string()).await;
    let expected = ["begun", "lost", "begun", "done"].map(|end| format!("order.cancel.{end}"));
    assert_eq!(actions, expected);
}

#[tokio::test]
async fn an_act_another_process_is_at_is_left_to_it_until_it_is_given_up() {
    let world = World::open().await;
    let support = staff(Role::Support);
    let request = cancel(Uuid::now_v7());
    let crashed =
        "insert into operation (operation_id, actor, request_id, operation, subject_id, reason, state,
            create_time, update_time)
        values ($1, $2, $3, 'cancel_order', $4, '', 'begun', $5, $5)";
    sqlx::query(crashed)
        .bind(Uuid::now_v7())
        .bind(support.id.uuid())
        .bind(request.request_id.parse::<Uuid>().unwrap())
        .bind(request.subject_id.parse::<Uuid>().unwrap())
        .bind(world.harness.now())
        .execute(world.harness.pool())
        .await
        .unwrap();
    let mut operations = world.operations(&support);
    let running = operations.run_operation(request.clone()).await;
    assert_refused(running, Code::Aborted, "OPERATION_RUNNING");
    world.harness.advance(Duration::from_secs(91));
    assert!(operations.run_operation(request).await.unwrap().into_inner().done);
}

#[tokio::test]
async fn each_role_does_its_own() {
    let world = World::open().await;
    let request = cancel(Uuid::now_v7());
    for role in [Role::Catalogue, Role::Finance, Role::Security] {
        let refused = world
            .operations(&staff(role))
            .run_operation(request.clone())
            .await;
        assert_refused(refused, Code::PermissionDenied, "PERMISSION_MISSING");
    }
    for other in [user(), seller()] {
        let refused = world.operations(&other).run_operation(request.clone()).await;
        assert_refused(refused, Code::PermissionDenied, "ROLE_MISSING");
    }
    assert!(
        world.actions(&request.subject_id).await.is_empty(),
        "nothing was begun"
    );
    let mut operations = world.operations(&staff(Role::Finance));
    let rules = operations
        .list_operations(ListOperationsRequest {})
        .await
        .unwrap()
        .into_inner()
        .rules;
    let allowed: Vec<Operation> = rules
        .iter()
        .filter(|rule| rule.allowed)
        .map(|rule| rule.operation())
        .collect();
    assert_eq!(allowed, [Operation::RecheckPayment, Operation::DecideRefund]);
}

#[tokio::test]
async fn accounts_are_helped_and_secured_by_their_owner() {
    let world = World::open().await;
    let (security, account) = (staff(Role::Security), Uuid::now_v7());
    for operation in [
        Operation::EndSessions,
        Operation::ResetSecondFactor,
        Operation::LockAccount,
        Operation::UnlockAccount,
    ] {
        let request = RunOperationRequest {
            operation: operation.into(),
            subject_id: account.to_string(),
            reason: "본인 확인".into(),
            ..Default::default()
        };
        let support = world
            .operations(&staff(Role::Support))
            .run_operation(request.clone())
            .await;
        match operation {
            Operation::UnlockAccount => assert!(support.unwrap().into_inner().done),
            _ => drop(assert_refused(
                support,
                Code::PermissionDenied,
                "PERMISSION_MISSING",
            )),
        }
        let done = world
            .operations(&security)
            .run_operation(request)
            .await
            .unwrap()
            .into_inner();
        assert!(done.done, "{operation:?}");
        let why = done.after.contains("본인 확인");
        assert_eq!(why, operation == Operation::LockAccount, "{done:?}");
    }
    let asked = world.book.lock().unwrap().accounts.clone();
    let by_security: Vec<&str> = asked
        .iter()
        .filter(|(_, id, by)| *id == account.to_string() && *by == security.id.to_string())
        .map(|(what, ..)| *what)
        .collect();
    assert_eq!(by_security, ["sessions", "mfa", "lock", "unlock"]);
}

#[tokio::test]
async fn reviews_and_appeals_are_decided_in_the_name_of_who_decides() {
    let world = World::open().await;
    let review = Uuid::now_v7();
    let request = RunOperationRequest {
        operation: Operation::DecideReview.into(),
        subject_id: review.to_string(),
        reason: "광고".into(),
        version: 2,
        ..Default::default()
    };
    let mut operations = world.operations(&staff(Role::Catalogue));
    let unread = RunOperationRequest {
        version: 0,
        ..request.clone()
    };
    let refused = operations.run_operation(unread).await;
    let status = assert_refused(refused, Code::InvalidArgument, "INVALID_FIELDS");
    assert_eq!(violations(&status), ["version"]);
    let hidden = operations
        .run_operation(request.clone())
        .await
        .unwrap()
        .into_inner();
    assert!(
        hidden.done && hidden.before.contains("HELD") && hidden.after.contains("HIDDEN"),
        "{hidden:?}"
    );
    let appeal = RunOperationRequest {
        operation: Operation::DecideAppeal.into(),
        publish: true,
        version: 3,
        ..request
    };
    assert!(operations.run_operation(appeal).await.unwrap().into_inner().done);
    let asked = world.book.lock().unwrap().reviews.clone();
    let id = review.to_string();
    assert_eq!(
        asked,
        [("review", id.clone(), false), ("appeal", id.clone(), true)]
    );
    let log = world.log(&id).await;
    let begun = log
        .iter()
        .find(|entry| entry.action == "review.decide.begun")
        .unwrap();
    assert!(begun.after.contains("hide"));
}

#[tokio::test]
async fn a_refund_is_decided_in_the_name_of_who_decides() {
    let world = World::open().await;
    let refund = Uuid::now_v7();
    let request = RunOperationRequest {
        operation: Operation::DecideRefund.into(),
        subject_id: refund.to_string(),
        reason: "사진과 다름".into(),
        version: 2,
        refund_decision: RefundDecision::Reject.into(),
        ..Default::default()
    };
    let mut operations = world.operations(&staff(Role::Finance));
    let missing = RunOperationRequest {
        version: 0,
        refund_decision: 0,
        ..request.clone()
    };
    let status = assert_refused(
        operations.run_operation(missing).await,
        Code::InvalidArgument,
        "INVALID_FIELDS",
    );
    assert_eq!(violations(&status), ["refund_decision", "version"]);
    let done = operations.run_operation(request).await.unwrap().into_inner();
    assert!(done.done && done.before.contains("REVIEW") && done.after.contains("REJECTED"));
    assert_eq!(world.book.lock().unwrap().decisions, [(refund.to_string(), 2)]);
}
