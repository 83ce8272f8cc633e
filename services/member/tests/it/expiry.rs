use xlcfi_contracts::member::v1::PointEntryKind::{Earned, Expired, Returned, Spent};
use xlcfi_contracts::member::v1::notification_service_client::NotificationServiceClient;
use xlcfi_contracts::member::v1::{
    ListExpiringPointsRequest, ListNotificationsRequest, NotificationKind, PointsChanged,
};
use xlcfi_errors::Code;
use xlcfi_identity::User;
use xlcfi_testkit::assert_refused;

use crate::benefits::client;
use crate::world::{Placed, World, is_done};

async fn warnings(world: &World, member: &User) -> usize {
    let mut inbox = NotificationServiceClient::new(world.harness.as_user(member));
    let listed = inbox
        .list_notifications(ListNotificationsRequest::default())
        .await
        .unwrap();
    let told = listed.into_inner().notifications.into_iter();
    told.filter(|told| told.kind() == NotificationKind::Benefit && told.title.contains("사라지는"))
        .count()
}

async fn lots(world: &World, member: &User) -> Vec<i64> {
    let listed = client(world, member)
        .list_expiring_points(ListExpiringPointsRequest::default())
        .await;
    let points = listed.unwrap().into_inner().points;
    points.into_iter().map(|lot| lot.points).collect()
}

#[tokio::test]
async fn points_expire_after_a_year_those_earned_first_before_the_others() {
    let world = World::start().await;
    let member = world.member_with_points(500).await;
    world.days(100).await;
    world.confirm(&Placed::new(&member, 30_000, 0)).await;
    assert_eq!(lots(&world, &member).await, [500, 300]);
    let order = Placed::new(&member, 0, 200);
    assert!(is_done(&world.hold(&order, 200).await));
    world.confirm(&order).await;
    assert_eq!(lots(&world, &member).await, [300, 300]);
    world.days(265).await;
    assert_eq!(world.balance(&member).await, (300, 0));
    assert_eq!(
        world.ledger(&member).await,
        [(Earned, 500), (Earned, 300), (Spent, -200), (Expired, -300)]
    );
    let told = world.harness.published::<PointsChanged>().await;
    let last = told.last().unwrap();
    assert_eq!(
        (last.kind(), last.points, last.balance, last.order_id.as_str()),
        (Expired, -300, 300, "")
    );
    world.is_sound(&member).await;
    world.night().await;
    assert_eq!(world.balance(&member).await, (300, 0));
}

#[tokio::test]
async fn a_member_is_told_once_thirty_days_before_points_expire() {
    let world = World::start().await;
    let member = world.member_with_points(500).await;
    world.days(334).await;
    assert_eq!(warnings(&world, &member).await, 0);
    world.night().await;
    assert_eq!(warnings(&world, &member).await, 1);
    world.night().await;
    assert_eq!(warnings(&world, &member).await, 1);
}

#[tokio::test]
async fn points_held_for_an_order_do_not_expire_under_it() {
    let world = World::start().await;
    let member = world.member_with_points(500).await;
    let order = Placed::new(&member, 0, 400);
    assert!(is_done(&world.hold(&order, 400).await));
    world.days(366).await;
    assert_eq!(world.balance(&member).await, (0, 400));
    world.is_sound(&member).await;
    world.confirm(&order).await;
    assert_eq!(
        world.ledger(&member).await,
        [(Earned, 500), (Expired, -100), (Spent, -400)]
    );

    // What comes back can be spent for 30 days more.
    world.cancel(&order).await;
    assert_eq!(world.balance(&member).await, (400, 0));
    world.night().await;
    assert_eq!(world.balance(&member).await, (400, 0));
    world.days(30).await;
    assert_eq!(
        world.ledger(&member).await,
        [
            (Earned, 500),
            (Expired, -100),
            (Spent, -400),
            (Returned, 400),
            (Expired, -400)
        ]
    );
    world.is_sound(&member).await;
}

#[tokio::test]
async fn expiring_points_come_in_pages_of_their_owner() {
    let world = World::start().await;
    let (member, other) = (world.member().await, world.member().await);
    for points in [1, 2, 3] {
        world.confirm(&Placed::new(&member, points * 100, 0)).await;
        world.harness.advance(std::time::Duration::from_secs(60));
    }
    let page = ListExpiringPointsRequest {
        page_size: 2,
        ..Default::default()
    };
    let mut client_of = client(&world, &member);
    let first = client_of
        .list_expiring_points(page.clone())
        .await
        .unwrap()
        .into_inner();
    let rest = ListExpiringPointsRequest {
        page_token: first.next_page_token,
        ..page
    };
    let rest = client_of.list_expiring_points(rest).await.unwrap().into_inner();
    let seen: Vec<_> = first
        .points
        .iter()
        .chain(&rest.points)
        .map(|lot| lot.points)
        .collect();
    assert_eq!((seen, rest.next_page_token.as_str()), (vec![1, 2, 3], ""));
    assert_eq!(lots(&world, &other).await, Vec::<i64>::new());
    let malformed = ListExpiringPointsRequest {
        page_token: "apple".into(),
        ..Default::default()
    };
    let refused = client_of.list_expiring_points(malformed).await;
    assert_refused(refused, Code::InvalidArgument, "INVALID_FIELDS");
}

#[tokio::test]
async fn points_go_to_nobody_else() {
    let world = World::start().await;
    let member = world.member_with_points(500).await;
    // No method moves points, and the ledger knows no line that could.
    for kind in ["transferred", "gifted", "received"] {
        let written = sqlx::query(
            "insert into point_entry (entry_id, member_id, kind, points, create_time)
             values (gen_random_uuid(), $1, $2, -1, now())",
        )
        .bind(member.id.uuid())
        .bind(kind)
        .execute(world.harness.pool())
        .await;
        let refused = written.unwrap_err().into_database_error().unwrap();
        assert_eq!(refused.constraint(), Some("point_entry_kind_check"), "{kind}");
    }
    let services = xlcfi_contracts::POOL.services();
    let ours = services.filter(|service| service.package_name() == "xlcfi.member.v1");
    let methods: Vec<String> = ours
        .flat_map(|service| {
            service
                .methods()
                .map(|method| method.name().to_lowercase())
                .collect::<Vec<_>>()
        })
        .collect();
    assert!(methods.len() > 20, "{methods:?}");
    for name in methods {
        let moves = ["transfer", "gift", "sendpoints"]
            .iter()
            .any(|word| name.contains(word));
        assert!(!moves, "{name} moves points");
    }
}
