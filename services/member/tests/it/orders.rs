use uuid::Uuid;
use xlcfi_contracts::member::v1::PointEntryKind::{Earned, Returned, Revoked, Spent};
use xlcfi_contracts::member::v1::{PointsChanged, Purchase, PurchaseState};
use xlcfi_contracts::order::v1::OrderConfirmed;
use xlcfi_testkit::user;

use crate::world::{NOW, Placed, World, account, is_done, won};

#[tokio::test]
async fn a_confirmed_order_spends_what_is_held_earns_one_percent_and_is_listed() {
    let world = World::start().await;
    let member = world.member_with_points(1_000).await;
    let order = Placed::new(&member, 12_345, 300);
    assert!(is_done(&world.hold(&order, 300).await));
    world.confirm(&order).await;

    assert_eq!(world.balance(&member).await, (1_000 - 300 + 123, 0));
    assert_eq!(
        world.ledger(&member).await,
        [(Earned, 1_000), (Spent, -300), (Earned, 123)]
    );
    let listed = world
        .purchases(&member)
        .await
        .into_iter()
        .find(|row| row.order_id == order.id.to_string());
    let expected = Purchase {
        order_id: order.id.to_string(),
        title: "감자 5kg 외 1건".into(),
        paid: Some(won(12_345)),
        state: PurchaseState::Confirmed.into(),
        order_time: Some(NOW),
    };
    assert_eq!(listed, Some(expected));
    let told = world.harness.published::<PointsChanged>().await;
    let lines: Vec<_> = told
        .iter()
        .map(|line| (line.kind(), line.points, line.balance))
        .collect();
    assert_eq!(
        lines,
        [(Earned, 1_000, 1_000), (Spent, -300, 700), (Earned, 123, 823)]
    );
    assert_eq!(told[2].order_id, order.id.to_string());
}

#[tokio::test]
async fn an_order_of_less_than_100_won_earns_nothing() {
    let world = World::start().await;
    let member = world.member().await;
    world
        .confirm(&Placed {
            lines: vec!["귤"],
            ..Placed::new(&member, 99, 0)
        })
        .await;
    assert_eq!(world.ledger(&member).await, []);
    assert_eq!(world.purchases(&member).await[0].title, "귤");
}

#[tokio::test]
async fn an_order_paid_by_points_alone_spends_and_earns_nothing() {
    let world = World::start().await;
    let member = world.member_with_points(500).await;
    let order = Placed::new(&member, 0, 500);
    assert!(is_done(&world.hold(&order, 500).await));
    world.confirm(&order).await;
    assert_eq!(world.balance(&member).await, (0, 0));
    assert_eq!(world.ledger(&member).await, [(Earned, 500), (Spent, -500)]);
}

#[tokio::test]
async fn a_confirmation_coming_again_changes_nothing() {
    let world = World::start().await;
    let member = world.member_with_points(1_000).await;
    let order = Placed::new(&member, 10_000, 300);
    assert!(is_done(&world.hold(&order, 300).await));
    let id = Uuid::now_v7();
    for _ in 0..3 {
        world
            .harness
            .redeliver("order", id, order.id, 1, &order.confirmed())
            .await;
    }
    // Told anew under another id, as when the inbox was lost.
    world
        .harness
        .deliver("order", order.id, 2, &order.confirmed())
        .await;
    world.applied(order.id, 2).await;
    assert_eq!(
        world.ledger(&member).await,
        [(Earned, 1_000), (Spent, -300), (Earned, 100)]
    );
    assert_eq!(world.purchases(&member).await.len(), 2);
}

#[tokio::test]
async fn a_cancelled_order_gives_spent_points_back_and_takes_earned_ones() {
    let world = World::start().await;
    let member = world.member_with_points(1_000).await;
    let order = Placed::new(&member, 10_000, 300);
    assert!(is_done(&world.hold(&order, 300).await));
    world.confirm(&order).await;
    world.cancel(&order).await;
    let lines = [
        (Earned, 1_000),
        (Spent, -300),
        (Earned, 100),
        (Returned, 300),
        (Revoked, -100),
    ];
    assert_eq!(world.ledger(&member).await, lines);
    assert_eq!(world.balance(&member).await, (1_000, 0));
    let purchase = world
        .purchases(&member)
        .await
        .into_iter()
        .find(|row| row.order_id == order.id.to_string());
    assert_eq!(purchase.unwrap().state(), PurchaseState::Cancelled);

    // The news of it coming again, under another id, changes nothing.
    world
        .harness
        .deliver("order", order.id, 3, &order.cancelled(true))
        .await;
    world.applied(order.id, 3).await;
    assert_eq!(world.ledger(&member).await, lines);
}

/// What the saga's command and the event of a cancelled order come to, in each order.
async fn points_come_back_once(steps: &[&str]) {
    let world = World::start().await;
    let member = world.member_with_points(1_000).await;
    let order = Placed::new(&member, 10_000, 300);
    assert!(is_done(&world.hold(&order, 300).await));
    for step in steps {
        match *step {
            "confirmed" => world.confirm(&order).await,
            "released" => assert!(is_done(&world.release(&order).await)),
            _ => world.cancel(&order).await,
        }
        let (points, ledger, held, holds) = world.sums(&member).await;
        assert_eq!((points, held), (ledger, holds), "after {step} of {steps:?}");
    }
    assert_eq!(world.balance(&member).await, (1_000, 0), "{steps:?}");
    assert_eq!(world.harness.parked().await, [], "{steps:?}");
    let told = world.harness.published::<PointsChanged>().await;
    assert_eq!(told.last().unwrap().balance, 1_000, "{steps:?}");
}

#[tokio::test]
async fn points_come_back_once_when_the_command_comes_before_the_event() {
    points_come_back_once(&["confirmed", "released", "cancelled"]).await;
}

#[tokio::test]
async fn points_come_back_once_when_the_event_comes_before_the_command() {
    points_come_back_once(&["confirmed", "cancelled", "released"]).await;
}

#[tokio::test]
async fn points_come_back_once_when_the_command_overtakes_the_confirmation() {
    points_come_back_once(&["released", "confirmed", "cancelled"]).await;
}

#[tokio::test]
async fn a_command_alone_gives_spent_points_back() {
    let world = World::start().await;
    let member = world.member_with_points(1_000).await;
    let order = Placed::new(&member, 0, 300);
    assert!(is_done(&world.hold(&order, 300).await));
    world.confirm(&order).await;
    assert!(is_done(&world.release(&order).await));
    assert_eq!(
        world.ledger(&member).await,
        [(Earned, 1_000), (Spent, -300), (Returned, 300)]
    );
}

#[tokio::test]
async fn a_cancelled_order_that_was_never_confirmed_leaves_the_hold_to_the_saga() {
    let world = World::start().await;
    let member = world.member_with_points(1_000).await;
    let order = Placed::new(&member, 10_000, 300);
    assert!(is_done(&world.hold(&order, 300).await));
    world
        .harness
        .deliver("order", order.id, 1, &order.cancelled(false))
        .await;
    world.applied(order.id, 1).await;
    assert_eq!(world.balance(&member).await, (700, 300));
    assert!(is_done(&world.release(&order).await));
    assert_eq!(world.ledger(&member).await, [(Earned, 1_000)]);
    assert_eq!(world.purchases(&member).await.len(), 1);
}

#[tokio::test]
async fn taking_back_earned_points_may_leave_a_debt_that_later_ones_pay() {
    let world = World::start().await;
    let member = world.member().await;
    let first = Placed::new(&member, 10_000, 0);
    world.confirm(&first).await;
    let second = Placed::new(&member, 0, 100);
    assert!(is_done(&world.hold(&second, 100).await));
    world.confirm(&second).await;
    world.cancel(&first).await;
    assert_eq!(world.balance(&member).await, (-100, 0));
    assert!(!is_done(&world.hold(&Placed::new(&member, 0, 1), 1).await));
    world.confirm(&Placed::new(&member, 15_000, 0)).await;
    assert_eq!(world.balance(&member).await, (50, 0));
}

#[tokio::test]
async fn an_order_waits_for_the_news_of_its_member() {
    let world = World::start().await;
    let member = user();
    let order = Placed::new(&member, 10_000, 0);
    world
        .harness
        .deliver("order", order.id, 1, &order.confirmed())
        .await;
    world
        .harness
        .deliver("auth", member.id.uuid(), 1, &account(&member))
        .await;
    world.applied(order.id, 1).await;
    assert_eq!(world.balance(&member).await, (100, 0));
}

#[tokio::test]
async fn malformed_news_of_orders_is_parked() {
    let world = World::start().await;
    let member = world.member().await;
    let order = Placed::new(&member, 10_000, 0);
    world
        .harness
        .deliver("order", Uuid::now_v7(), 1, &OrderConfirmed::default())
        .await;
    world.parked("xlcfi.order.v1.OrderConfirmed").await;
    // No purchase is known of these.
    world
        .harness
        .deliver("order", Uuid::now_v7(), 1, &order.shipped())
        .await;
    world.parked("xlcfi.order.v1.OrderShipped").await;
    world
        .harness
        .deliver("order", Uuid::now_v7(), 1, &order.delivered())
        .await;
    world.parked("xlcfi.order.v1.OrderDelivered").await;
    world
        .harness
        .deliver("order", Uuid::now_v7(), 1, &order.cancelled(true))
        .await;
    world.parked("xlcfi.order.v1.OrderCancelled").await;
    assert_eq!(world.purchases(&member).await, []);
}

#[tokio::test]
async fn an_order_that_used_other_points_than_are_held_is_parked_whole() {
    let world = World::start().await;
    let member = world.member_with_points(1_000).await;
    let order = Placed::new(&member, 10_000, 300);
    assert!(is_done(&world.hold(&order, 200).await));
    world
        .harness
        .deliver("order", order.id, 1, &order.confirmed())
        .await;
    world.parked("xlcfi.order.v1.OrderConfirmed").await;
    assert_eq!(world.balance(&member).await, (800, 200));
    assert_eq!(world.purchases(&member).await.len(), 1);
}
