use std::time::Duration;

use tonic::Status;
use uuid::Uuid;
use xlcfi_contracts::member::v1::benefit_service_client::BenefitServiceClient;
use xlcfi_contracts::member::v1::notification_service_client::NotificationServiceClient;
use xlcfi_contracts::member::v1::{
    CorrectPointsRequest, CorrectPointsResponse, GetPointStatementRequest, ListHistoryRequest,
    ListNotificationsRequest, ListPointEntriesRequest, PointEntryKind, PointsChanged, WithdrawMemberRequest,
    history_item,
};
use xlcfi_errors::{Code, metadata_of};
use xlcfi_identity::User;
use xlcfi_testkit::{Calling, admin, assert_refused, user, violations};

use crate::world::{Placed, World};

fn client(world: &World) -> BenefitServiceClient<Calling> {
    BenefitServiceClient::new(world.harness.as_service("admin"))
}

fn request(member: &User, points: i64) -> CorrectPointsRequest {
    CorrectPointsRequest {
        member_id: member.id.to_string(),
        points,
        reason: "배송 지연 보상".into(),
        acting_account_id: Uuid::now_v7().to_string(),
        approving_account_id: Uuid::now_v7().to_string(),
        request_id: Uuid::now_v7().to_string(),
    }
}

async fn correct(world: &World, request: CorrectPointsRequest) -> Result<CorrectPointsResponse, Status> {
    let answer = client(world).correct_points(request).await?;
    Ok(answer.into_inner())
}

#[tokio::test]
async fn points_are_added_and_taken_by_a_line_that_says_why_and_the_member_sees_it() {
    let world = World::start().await;
    let member = world.member_with_points(300).await;
    let added = correct(&world, request(&member, 200)).await.unwrap();
    assert_eq!(added.balance, 500);
    world.harness.advance(Duration::from_secs(1));
    let taken = correct(&world, request(&member, -50)).await.unwrap();
    assert_eq!((taken.balance, taken.entry.unwrap().points), (450, -50));
    assert_eq!(world.balance(&member).await, (450, 0));
    world.is_sound(&member).await;

    let entries = world
        .client(&member)
        .list_point_entries(ListPointEntriesRequest::default())
        .await
        .unwrap()
        .into_inner()
        .entries;
    let listed: Vec<_> = entries.iter().map(|entry| (entry.kind(), entry.points)).collect();
    let kind = PointEntryKind::Corrected;
    assert_eq!(listed, [(kind, -50), (kind, 200), (PointEntryKind::Earned, 300)]);
    assert_eq!(entries[0].reason, "배송 지연 보상");
    assert_eq!((&*entries[0].order_id, &*entries[2].reason), ("", ""));
    let request = ListHistoryRequest {
        member_id: member.id.to_string(),
        ..Default::default()
    };
    let history = world
        .client(&member)
        .list_history(request)
        .await
        .unwrap()
        .into_inner();
    let newest = history.items[0].item.clone().unwrap();
    assert!(matches!(newest, history_item::Item::PointEntry(entry) if entry == entries[0]));

    let mut benefits = BenefitServiceClient::new(world.harness.as_user(&member));
    let request = GetPointStatementRequest {
        month: "2026-11".into(),
    };
    let statement = benefits.get_point_statement(request).await.unwrap().into_inner();
    let sum = statement.sums.iter().find(|sum| sum.kind() == kind).unwrap();
    assert_eq!((sum.points, sum.entries, statement.closing), (150, 2, 450));
    let told = world.harness.published::<PointsChanged>().await;
    let last = told.last().unwrap();
    assert_eq!((last.kind(), last.points, last.balance), (kind, -50, 450));
    let mut inbox = NotificationServiceClient::new(world.harness.as_user(&member));
    let listed = inbox
        .list_notifications(ListNotificationsRequest::default())
        .await;
    let newest = listed.unwrap().into_inner().notifications.remove(0);
    assert!(
        newest.text.contains("50포인트를 뺐습니다. 사유: 배송 지연 보상"),
        "{newest:?}"
    );
}

#[tokio::test]
async fn a_repeated_request_is_done_once_and_answered_as_before() {
    let world = World::start().await;
    let (member, other) = (world.member().await, world.member().await);
    let asked = request(&member, 200);
    let first = correct(&world, asked.clone()).await.unwrap();
    correct(&world, request(&member, 10)).await.unwrap();
    assert_eq!(correct(&world, asked.clone()).await.unwrap(), first);
    assert_eq!(world.balance(&member).await, (210, 0));
    // The same id for somebody else is another request.
    let theirs = CorrectPointsRequest {
        member_id: other.id.to_string(),
        ..asked
    };
    correct(&world, theirs).await.unwrap();
    assert_eq!(world.balance(&other).await, (200, 0));
}

#[tokio::test]
async fn what_is_held_or_not_there_is_not_taken() {
    let world = World::start().await;
    let member = world.member_with_points(300).await;
    world.hold(&Placed::new(&member, 1_000, 100), 100).await;
    let refused = correct(&world, request(&member, -201)).await;
    let status = assert_refused(refused, Code::FailedPrecondition, "POINTS_NOT_ENOUGH");
    assert_eq!(metadata_of(&status, "available").as_deref(), Some("200"));
    correct(&world, request(&member, -200)).await.unwrap();
    assert_eq!(world.balance(&member).await, (0, 100));
    world.is_sound(&member).await;
}

#[tokio::test]
async fn points_that_are_added_pay_a_debt_first() {
    let world = World::start().await;
    let member = world.member().await;
    let (earning, spending) = (Placed::new(&member, 30_000, 0), Placed::new(&member, 0, 300));
    world.confirm(&earning).await;
    world.hold(&spending, 300).await;
    world.confirm(&spending).await;
    world.cancel(&earning).await;
    assert_eq!(world.balance(&member).await, (-300, 0));
    let refused = correct(&world, request(&member, -1)).await;
    assert_refused(refused, Code::FailedPrecondition, "POINTS_NOT_ENOUGH");
    let answer = correct(&world, request(&member, 500)).await.unwrap();
    assert_eq!(answer.balance, 200);
    world.is_sound(&member).await;
}

#[tokio::test]
async fn only_the_admin_service_corrects_and_says_who_decided() {
    let world = World::start().await;
    let member = world.member().await;
    let refused = correct(&world, request(&user(), 1)).await;
    assert_refused(refused, Code::NotFound, "MEMBER_NOT_FOUND");
    let gone = world.member().await;
    let before = request(&gone, 1);
    let first = correct(&world, before.clone()).await.unwrap();
    let withdraw = WithdrawMemberRequest::default();
    world.client(&gone).withdraw_member(withdraw).await.unwrap();
    let refused = correct(&world, request(&gone, 1)).await;
    assert_refused(refused, Code::NotFound, "MEMBER_NOT_FOUND");
    assert_eq!(
        correct(&world, before).await.unwrap(),
        first,
        "it was done before"
    );
    let alone = CorrectPointsRequest {
        approving_account_id: String::new(),
        ..request(&member, 1)
    };
    correct(&world, alone.clone()).await.unwrap();
    let wrong = CorrectPointsRequest {
        points: 0,
        reason: " ".into(),
        approving_account_id: alone.acting_account_id.clone(),
        ..alone.clone()
    };
    let status = assert_refused(
        correct(&world, wrong).await,
        Code::InvalidArgument,
        "INVALID_FIELDS",
    );
    assert_eq!(violations(&status), ["approving_account_id", "points", "reason"]);
    for calling in [world.harness.as_service("order"), world.harness.as_user(&admin())] {
        let refused = BenefitServiceClient::new(calling)
            .correct_points(alone.clone())
            .await;
        assert_refused(refused, Code::PermissionDenied, "CALLER_NOT_ALLOWED");
    }
}
