use std::time::Duration;

use tokio::time::timeout;
use tonic::Streaming;
use uuid::Uuid;
use xlcfi_contracts::member::v1::notification_service_client::NotificationServiceClient;
use xlcfi_contracts::member::v1::{
    AcknowledgeNotificationRequest, ListNotificationsRequest, ListNotificationsResponse, MarkAllReadRequest,
    MarkReadRequest, Notification, NotificationAcknowledged, NotificationKind, NotifyCommand,
    WatchNotificationsRequest, WatchNotificationsResponse,
};
use xlcfi_contracts::order::v1::{OrderRecall, OrderRecallNoticed};
use xlcfi_errors::Code;
use xlcfi_events::Stream;
use xlcfi_identity::User;
use xlcfi_testkit::{Calling, assert_refused, eventually, user};

use crate::world::{NOW, Placed, World, account};

fn client(world: &World, member: &User) -> NotificationServiceClient<Calling> {
    NotificationServiceClient::new(world.harness.as_user(member))
}

fn command(member: &User, title: &str) -> NotifyCommand {
    NotifyCommand {
        notification_id: Uuid::now_v7().to_string(),
        member_id: member.id.to_string(),
        kind: NotificationKind::Recall.into(),
        title: title.into(),
        text: "드시지 마세요.".into(),
        subject_id: "campaign".into(),
        needs_acknowledgement: true,
    }
}

/// Sends commands and waits until they are taken in.
async fn notify(world: &World, commands: &[NotifyCommand]) {
    for command in commands {
        world.harness.send(command).await;
    }
    world
        .harness
        .taken_in(Stream::commands("member"), "notices")
        .await;
}

async fn inbox(world: &World, member: &User) -> ListNotificationsResponse {
    let request = ListNotificationsRequest {
        page_size: 100,
        ..Default::default()
    };
    let listed = client(world, member).list_notifications(request).await;
    listed.unwrap().into_inner()
}

async fn titles(world: &World, member: &User) -> Vec<String> {
    let listed = inbox(world, member).await.notifications;
    listed
        .into_iter()
        .map(|notification| notification.title)
        .collect()
}

async fn watch(world: &World, member: &User, after_position: i64) -> Streaming<WatchNotificationsResponse> {
    let request = WatchNotificationsRequest { after_position };
    let watching = client(world, member).watch_notifications(request).await;
    watching.unwrap().into_inner()
}

/// The next answer; `None` when the stream has ended.
async fn next(news: &mut Streaming<WatchNotificationsResponse>) -> Option<WatchNotificationsResponse> {
    let answer = timeout(Duration::from_secs(8), news.message()).await;
    answer.expect("nothing came").unwrap()
}

#[tokio::test]
async fn what_another_service_has_to_tell_lands_in_the_inbox_once() {
    let world = World::start().await;
    let member = world.member().await;
    let recall = command(&member, "회수 안내");
    notify(&world, &[recall.clone(), recall.clone()]).await;
    notify(&world, std::slice::from_ref(&recall)).await;
    let listed = inbox(&world, &member).await;
    let expected = Notification {
        notification_id: recall.notification_id,
        kind: NotificationKind::Recall.into(),
        title: "회수 안내".into(),
        text: "드시지 마세요.".into(),
        subject_id: "campaign".into(),
        needs_acknowledgement: true,
        acknowledge_time: None,
        read_time: None,
        create_time: Some(NOW),
    };
    assert_eq!((listed.notifications, listed.unread), (vec![expected], 1));
    assert_eq!(inbox(&world, &world.member().await).await.notifications, []);
}

#[tokio::test]
async fn many_commands_at_once_all_land_and_what_is_wrong_with_one_stops_no_other() {
    let world = World::start().await;
    let (member, other) = (world.member().await, world.member().await);
    let mut commands: Vec<_> = (0..300)
        .map(|number| command(&member, &number.to_string()))
        .collect();
    commands.extend((0..100).map(|number| command(&other, &number.to_string())));
    commands.insert(7, NotifyCommand::default());
    notify(&world, &commands).await;
    world.parked("xlcfi.member.v1.NotifyCommand").await;
    assert_eq!(world.harness.parked().await.len(), 1);
    assert_eq!(inbox(&world, &member).await.unread, 300);
    assert_eq!(inbox(&world, &other).await.unread, 100);
    let rows = "select count(*) from notification n join inbox i using (member_id)
         where n.position between 1 and i.position";
    let counted: i64 = sqlx::query_scalar(rows)
        .fetch_one(world.harness.pool())
        .await
        .unwrap();
    assert_eq!(counted, 400);
}

#[tokio::test]
async fn malformed_commands_are_parked() {
    let world = World::start().await;
    let member = world.member().await;
    for malformed in [
        NotifyCommand {
            kind: 0,
            ..command(&member, "x")
        },
        NotifyCommand {
            member_id: "apple".into(),
            ..command(&member, "x")
        },
        command(&member, " "),
    ] {
        world.harness.send(&malformed).await;
    }
    eventually(async || (world.harness.parked().await.len() == 3).then_some(())).await;
    assert_eq!(inbox(&world, &member).await.unread, 0);
}

#[tokio::test]
async fn a_notification_waits_for_its_member() {
    let world = World::start().await;
    let member = user();
    world.harness.send(&command(&member, "회수 안내")).await;
    world
        .harness
        .deliver("auth", member.id.uuid(), 1, &account(&member))
        .await;
    eventually(async || (inbox(&world, &member).await.unread == 1).then_some(())).await;
}

#[tokio::test]
async fn an_order_that_moves_on_is_told_to_its_buyer_once() {
    let world = World::start().await;
    let member = world.member().await;
    let order = Placed::new(&member, 10_000, 0);
    world.confirm(&order).await;
    let harness = &world.harness;
    harness.deliver("order", order.id, 2, &order.shipped()).await;
    harness.deliver("order", order.id, 3, &order.shipped()).await;
    harness.deliver("order", order.id, 4, &order.delivered()).await;
    let recalled = OrderRecallNoticed {
        order_id: order.id.to_string(),
        member_id: order.member_id.clone(),
        version: 5,
        recall: Some(OrderRecall {
            reason: "이물 혼입".into(),
            ..Default::default()
        }),
        time: Some(NOW),
    };
    harness.deliver("order", order.id, 5, &recalled).await;
    harness
        .deliver("order", order.id, 6, &order.cancelled(true))
        .await;
    world.applied(order.id, 6).await;
    let mut listed = inbox(&world, &member).await.notifications;
    listed.sort_by_key(|notification| notification.title.clone());
    let told: Vec<_> = listed
        .iter()
        .map(|told| (told.title.as_str(), told.kind()))
        .collect();
    assert_eq!(
        told,
        [
            ("구매하신 상품이 회수 대상입니다", NotificationKind::Recall),
            ("상품이 도착했습니다", NotificationKind::Order),
            ("상품이 출발했습니다", NotificationKind::Order),
            ("주문이 취소되었습니다", NotificationKind::Order),
            ("주문이 확정되었습니다", NotificationKind::Order),
        ]
    );
    assert!(listed.iter().all(|told| told.subject_id == order.id.to_string()));
    assert!(listed[0].text.contains("이물 혼입"));

    let given_up = Placed::new(&member, 10_000, 0);
    harness
        .deliver("order", given_up.id, 1, &given_up.cancelled(false))
        .await;
    world.applied(given_up.id, 1).await;
    assert_eq!(inbox(&world, &member).await.unread, 6);
}

#[tokio::test]
async fn notifications_come_newest_first_in_pages_and_the_unread_by_themselves() {
    let world = World::start().await;
    let member = world.member().await;
    for title in ["1", "2", "3"] {
        notify(&world, &[command(&member, title)]).await;
        world.harness.advance(Duration::from_secs(60));
    }
    assert_eq!(titles(&world, &member).await, ["3", "2", "1"]);
    let mut client = client(&world, &member);
    let request = ListNotificationsRequest {
        page_size: 2,
        ..Default::default()
    };
    let first = client
        .list_notifications(request.clone())
        .await
        .unwrap()
        .into_inner();
    let second = ListNotificationsRequest {
        page_token: first.next_page_token,
        ..request.clone()
    };
    let second = client.list_notifications(second).await.unwrap().into_inner();
    assert_eq!(
        (second.notifications.len(), second.next_page_token.as_str()),
        (1, "")
    );

    let notification_id = first.notifications[0].notification_id.clone();
    client
        .mark_read(MarkReadRequest { notification_id })
        .await
        .unwrap();
    let unread = ListNotificationsRequest {
        unread_only: true,
        ..Default::default()
    };
    let unread = client.list_notifications(unread).await.unwrap().into_inner();
    assert_eq!((unread.notifications.len(), unread.unread), (2, 2));
    let malformed = ListNotificationsRequest {
        page_token: "apple".into(),
        ..Default::default()
    };
    let refused = client.list_notifications(malformed).await;
    assert_refused(refused, Code::InvalidArgument, "INVALID_FIELDS");
}

#[tokio::test]
async fn a_notification_is_read_and_acknowledged_once_by_its_owner() {
    let world = World::start().await;
    let (member, other) = (world.member().await, world.member().await);
    let recall = command(&member, "회수 안내");
    let plain = NotifyCommand {
        needs_acknowledgement: false,
        ..command(&member, "안내")
    };
    notify(&world, &[recall.clone(), plain.clone()]).await;
    let acknowledge = |id: &str| AcknowledgeNotificationRequest {
        notification_id: id.to_owned(),
    };
    for _ in 0..2 {
        let asked = acknowledge(&recall.notification_id);
        let answer = client(&world, &member)
            .acknowledge_notification(asked)
            .await
            .unwrap();
        let notification = answer.into_inner().notification.unwrap();
        assert_eq!(
            (notification.acknowledge_time, notification.read_time),
            (Some(NOW), Some(NOW))
        );
        world.harness.advance(Duration::from_secs(60));
    }
    let told = world.harness.published::<NotificationAcknowledged>().await;
    let expected = NotificationAcknowledged {
        member_id: member.id.to_string(),
        notification_id: recall.notification_id.clone(),
        subject_id: "campaign".into(),
        time: Some(NOW),
    };
    assert_eq!(told, [expected]);
    assert_eq!(inbox(&world, &member).await.unread, 1);

    let refused = client(&world, &member)
        .acknowledge_notification(acknowledge(&plain.notification_id))
        .await;
    assert_refused(refused, Code::FailedPrecondition, "ACKNOWLEDGEMENT_NOT_NEEDED");
    let refused = client(&world, &other)
        .acknowledge_notification(acknowledge(&recall.notification_id))
        .await;
    assert_refused(refused, Code::NotFound, "NOTIFICATION_NOT_FOUND");
    for member in [&member, &other] {
        let unknown = MarkReadRequest {
            notification_id: Uuid::now_v7().to_string(),
        };
        let refused = client(&world, member).mark_read(unknown).await;
        assert_refused(refused, Code::NotFound, "NOTIFICATION_NOT_FOUND");
    }
    let marked = client(&world, &member).mark_all_read(MarkAllReadRequest {}).await;
    assert_eq!(marked.unwrap().into_inner().marked, 1);
    let marked = client(&world, &other).mark_all_read(MarkAllReadRequest {}).await;
    assert_eq!(marked.unwrap().into_inner().marked, 0);
    assert_eq!(inbox(&world, &member).await.unread, 0);
}

#[tokio::test]
async fn who_watches_is_told_of_each_change_and_misses_nothing_over_a_reconnect() {
    let world = World::start().await;
    let (member, other) = (world.member().await, world.member().await);
    notify(&world, &[command(&member, "before")]).await;
    let mut news = watch(&world, &member, 0).await;
    let first = next(&mut news).await.unwrap();
    assert_eq!(
        (first.notifications.len(), first.unread, first.position),
        (0, 1, 1)
    );
    notify(&world, &[command(&other, "others"), command(&member, "during")]).await;
    let second = next(&mut news).await.unwrap();
    assert_eq!(
        (second.notifications[0].title.as_str(), second.unread),
        ("during", 2)
    );
    drop(news);

    notify(&world, &[command(&member, "between")]).await;
    let mut news = watch(&world, &member, second.position).await;
    let third = next(&mut news).await.unwrap();
    assert_eq!(
        (third.notifications[0].title.as_str(), third.unread),
        ("between", 3)
    );
    client(&world, &member)
        .mark_all_read(MarkAllReadRequest {})
        .await
        .unwrap();
    let last = next(&mut news).await.unwrap();
    assert_eq!((last.notifications.len(), last.unread), (0, 0));
    world.harness.base.stop.cancel();
    assert_eq!(next(&mut news).await, None);
}

#[tokio::test]
async fn a_watcher_far_behind_catches_up_in_order() {
    let world = World::start().await;
    let member = world.member().await;
    let commands: Vec<_> = (0..250)
        .map(|number| command(&member, &number.to_string()))
        .collect();
    notify(&world, &commands).await;
    let mut news = watch(&world, &member, 1).await;
    let mut seen = Vec::new();
    while seen.len() < 249 {
        let answer = next(&mut news).await.unwrap();
        seen.extend(answer.notifications.into_iter().map(|told| told.notification_id));
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 249);
}

#[tokio::test]
async fn notifications_go_90_days_after_they_were_read_and_a_year_after_they_came() {
    let world = World::start().await;
    let (member, other) = (world.member().await, world.member().await);
    let commands = [
        command(&member, "읽음"),
        command(&member, "안 읽음"),
        command(&other, "남의 것"),
    ];
    notify(&world, &commands).await;
    let read = MarkReadRequest {
        notification_id: commands[0].notification_id.clone(),
    };
    client(&world, &member).mark_read(read).await.unwrap();
    world.days(90).await;
    assert_eq!(titles(&world, &member).await.len(), 2);
    world.night().await;
    assert_eq!(titles(&world, &member).await, ["안 읽음"]);
    assert_eq!(inbox(&world, &member).await.unread, 1);
    world.days(365 - 91).await;
    assert_eq!(titles(&world, &member).await, ["안 읽음"]);
    world.night().await;
    for member in [&member, &other] {
        let left = inbox(&world, member).await;
        assert_eq!((left.notifications.len(), left.unread), (0, 0));
    }
    let last = command(&member, "다시");
    notify(&world, std::slice::from_ref(&last)).await;
    assert_eq!(titles(&world, &member).await, ["다시"]);
}
