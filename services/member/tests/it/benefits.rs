use std::time::Duration;

use prost_types::Timestamp;
use xlcfi_contracts::member::v1::benefit_service_client::BenefitServiceClient;
use xlcfi_contracts::member::v1::notification_service_client::NotificationServiceClient;
use xlcfi_contracts::member::v1::{
    GetGradeRequest, GetGradeResponse, GetPointStatementRequest, GetPointStatementResponse, GradeChanged,
    ListGradesRequest, ListNotificationsRequest, MemberGrade, PointEntryKind, PointSum,
};
use xlcfi_errors::Code;
use xlcfi_identity::User;
use xlcfi_testkit::{Calling, assert_refused, user};

use crate::world::{NOW, Placed, World, is_done, won};

pub fn client(world: &World, member: &User) -> BenefitServiceClient<Calling> {
    BenefitServiceClient::new(world.harness.as_user(member))
}

async fn grade(world: &World, member: &User) -> GetGradeResponse {
    let answer = client(world, member).get_grade(GetGradeRequest {}).await;
    answer.unwrap().into_inner()
}

async fn titles(world: &World, member: &User) -> Vec<String> {
    let mut inbox = NotificationServiceClient::new(world.harness.as_user(member));
    let listed = inbox
        .list_notifications(ListNotificationsRequest::default())
        .await
        .unwrap();
    let listed = listed.into_inner().notifications;
    listed
        .into_iter()
        .map(|notification| notification.title)
        .collect()
}

#[tokio::test]
async fn anybody_may_see_what_grades_are_good_for() {
    let world = World::start().await;
    let mut anybody = BenefitServiceClient::new(world.harness.anonymous());
    let grades = anybody
        .list_grades(ListGradesRequest {})
        .await
        .unwrap()
        .into_inner()
        .grades;
    let listed: Vec<_> = grades
        .iter()
        .map(|grade| {
            (
                grade.grade(),
                grade.threshold.clone().unwrap(),
                grade.earning_basis_points,
            )
        })
        .collect();
    assert_eq!(
        listed,
        [
            (MemberGrade::Welcome, won(0), 100),
            (MemberGrade::Silver, won(300_000), 150),
            (MemberGrade::Gold, won(1_000_000), 200),
            (MemberGrade::Vip, won(3_000_000), 300),
        ]
    );
}

#[tokio::test]
async fn the_night_makes_the_grade_that_purchases_reached_and_it_earns_more() {
    let world = World::start().await;
    let (member, other) = (world.member().await, world.member().await);
    world.confirm(&Placed::new(&member, 700_000, 0)).await;
    let undone = Placed::new(&member, 2_000_000, 0);
    world.confirm(&undone).await;
    world.cancel(&undone).await;
    assert_eq!(
        grade(&world, &member).await.benefit.unwrap().grade(),
        MemberGrade::Welcome
    );
    world.night().await;

    let told = grade(&world, &member).await;
    assert_eq!(told.benefit.unwrap().grade(), MemberGrade::Silver);
    assert_eq!(told.purchased, Some(won(700_000)));
    assert_eq!(
        (told.next.unwrap().grade(), told.missing),
        (MemberGrade::Gold, Some(won(300_000)))
    );
    assert!(told.grade_time.is_some());
    assert_eq!(
        grade(&world, &other).await.benefit.unwrap().grade(),
        MemberGrade::Welcome
    );
    let changed = world.harness.published::<GradeChanged>().await;
    assert_eq!(changed.len(), 1);
    assert_eq!(
        (
            changed[0].before(),
            changed[0].grade(),
            changed[0].earning_basis_points
        ),
        (MemberGrade::Welcome, MemberGrade::Silver, 150)
    );
    assert_eq!(
        titles(&world, &member).await[0],
        "회원 등급이 실버(으)로 바뀌었습니다"
    );

    let (before, _) = world.balance(&member).await;
    world.confirm(&Placed::new(&member, 10_000, 0)).await;
    assert_eq!(world.balance(&member).await, (before + 150, 0));
    world.is_sound(&member).await;

    // Nothing changes in a night without a reason, and purchases of long ago do not count.
    world.night().await;
    assert_eq!(world.harness.published::<GradeChanged>().await.len(), 1);
    world.days(90).await;
    assert_eq!(
        grade(&world, &member).await.benefit.unwrap().grade(),
        MemberGrade::Welcome
    );
    assert_eq!(world.harness.published::<GradeChanged>().await.len(), 2);
}

#[tokio::test]
async fn who_is_nobody_has_no_grade_and_no_statement() {
    let world = World::start().await;
    let nobody = user();
    let refused = client(&world, &nobody).get_grade(GetGradeRequest {}).await;
    assert_refused(refused, Code::NotFound, "MEMBER_NOT_FOUND");
    let month = "2026-11".to_owned();
    let refused = client(&world, &nobody)
        .get_point_statement(GetPointStatementRequest { month })
        .await;
    assert_refused(refused, Code::NotFound, "MEMBER_NOT_FOUND");
}

async fn statement(world: &World, member: &User, month: &str) -> GetPointStatementResponse {
    let month = month.to_owned();
    let mut client = client(world, member);
    let asked = client
        .get_point_statement(GetPointStatementRequest { month })
        .await;
    asked.unwrap().into_inner()
}

fn sum(kind: PointEntryKind, points: i64, entries: i32) -> PointSum {
    PointSum {
        kind: kind.into(),
        points,
        entries,
    }
}

#[tokio::test]
async fn a_statement_tells_from_what_to_what_the_points_went_in_a_month_of_korea() {
    let world = World::start().await;
    let (member, other) = (world.member_with_points(1_000).await, world.member().await);
    let order = Placed::new(&member, 20_000, 300);
    assert!(is_done(&world.hold(&order, 300).await));
    world.confirm(&order).await;
    let november = statement(&world, &member, "2026-11").await;
    assert_eq!((november.opening, november.closing), (0, 900));
    assert_eq!(
        november.sums,
        [
            sum(PointEntryKind::Earned, 1_200, 2),
            sum(PointEntryKind::Spent, -300, 1)
        ]
    );
    // Midnight between the months in Seoul is three in the afternoon before in London.
    let to_december = 1_796_050_800 - NOW.seconds;
    world
        .harness
        .advance(Duration::from_secs(u64::try_from(to_december).unwrap()));
    let later = Placed {
        create_time: Timestamp {
            seconds: NOW.seconds + to_december,
            nanos: 0,
        },
        ..Placed::new(&member, 5_000, 0)
    };
    world.confirm(&later).await;
    assert_eq!(statement(&world, &member, "2026-11").await.closing, 900);
    let december = statement(&world, &member, "2026-12").await;
    assert_eq!((december.opening, december.closing), (900, 950));
    assert_eq!(december.sums, [sum(PointEntryKind::Earned, 50, 1)]);
    assert_eq!(statement(&world, &other, "2026-12").await.closing, 0);
    assert_eq!(
        statement(&world, &member, "2027-10").await.expiring_next_month,
        900
    );
    let malformed = GetPointStatementRequest {
        month: "2026-13".into(),
    };
    let refused = client(&world, &member).get_point_statement(malformed).await;
    assert_refused(refused, Code::InvalidArgument, "INVALID_FIELDS");
}
