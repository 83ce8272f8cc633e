use uuid::Uuid;
use xlcfi_contracts::member::v1::{MemberRenamed, MemberWithdrawn};
use xlcfi_contracts::order::v1::{OrderCancelled, OrderConfirmed, OrderDelivered};
use xlcfi_contracts::payment::v1::PaymentRefunded;
use xlcfi_errors::Code;
use xlcfi_testkit::{assert_refused, eventually, user};

use crate::world::{Line, NOW, World, created, delivered, refunded, saying};

#[tokio::test]
async fn a_redelivered_order_is_applied_once_and_never_moves_back() {
    let world = World::start().await;
    let buyer = world.buyer().await;
    let line = Line {
        order_id: Uuid::now_v7(),
        product_id: Uuid::now_v7(),
    };
    let (first, second) = (Uuid::now_v7(), Uuid::now_v7());
    let (confirmed, arrived) = (world.confirmed(&buyer, line), delivered(&buyer, line));
    for _ in 0..3 {
        world
            .harness
            .redeliver("order", first, line.order_id, 1, &confirmed)
            .await;
        world
            .harness
            .redeliver("order", second, line.order_id, 2, &arrived)
            .await;
    }
    // Told anew under another id, as when the inbox was lost.
    world.harness.deliver("order", line.order_id, 3, &confirmed).await;
    world.harness.deliver("order", line.order_id, 4, &arrived).await;
    world.applied(line.order_id, 4).await;
    assert!(world.create(&buyer, saying(line, 5)).await.is_ok());
    let again = world.create(&buyer, saying(line, 5)).await;
    assert_refused(again, Code::AlreadyExists, "REVIEW_EXISTS");
}

#[tokio::test]
async fn a_refund_told_before_the_delivery_counts_too() {
    let world = World::start().await;
    let buyer = world.buyer().await;
    let line = Line {
        order_id: Uuid::now_v7(),
        product_id: Uuid::now_v7(),
    };
    let id = Uuid::now_v7();
    for _ in 0..2 {
        world
            .harness
            .redeliver("payment", id, line.order_id, 1, &refunded(line))
            .await;
    }
    eventually(async || {
        let rows: i64 = sqlx::query_scalar("select count(*) from refunded_order")
            .fetch_one(world.harness.pool())
            .await
            .unwrap();
        (rows == 1).then_some(())
    })
    .await;
    world
        .harness
        .deliver("order", line.order_id, 1, &world.confirmed(&buyer, line))
        .await;
    world
        .harness
        .deliver("order", line.order_id, 2, &delivered(&buyer, line))
        .await;
    eventually(async || {
        let refused = world.create(&buyer, saying(line, 5)).await.unwrap_err();
        (xlcfi_errors::reason_of(&refused).as_deref() == Some("NOT_DELIVERED")).then_some(())
    })
    .await;
    // It is not the way of the order that forbids it.
    let state: String = sqlx::query_scalar("select state from purchase where order_id = $1")
        .bind(line.order_id)
        .fetch_one(world.harness.pool())
        .await
        .unwrap();
    assert!(["confirmed", "delivered"].contains(&state.as_str()), "{state}");
}

#[tokio::test]
async fn a_name_is_kept_masked_and_forgotten_when_the_member_withdraws() {
    let world = World::start().await;
    let (buyer, review) = world.written(Uuid::now_v7(), 5).await;
    let names: Vec<String> = sqlx::query_scalar("select name from author")
        .fetch_all(world.harness.pool())
        .await
        .unwrap();
    assert_eq!(names, ["김**"]);
    let gone = MemberWithdrawn {
        member_id: buyer.id.to_string(),
        time: Some(NOW),
    };
    let id = Uuid::now_v7();
    for _ in 0..2 {
        world
            .harness
            .redeliver("member", id, buyer.id.uuid(), 2, &gone)
            .await;
    }
    world.applied(buyer.id.uuid(), 2).await;
    let seen = world.get(&user(), &review).await.unwrap();
    assert_eq!(seen.author_name, "탈퇴한 회원");
    // Told again, the name does not come back.
    world
        .harness
        .deliver("member", buyer.id.uuid(), 3, &created(&buyer, "김상점"))
        .await;
    world.applied(buyer.id.uuid(), 3).await;
    let seen = world.get(&user(), &review).await.unwrap();
    assert_eq!(seen.author_name, "탈퇴한 회원");
}

#[tokio::test]
async fn a_new_name_shows_on_old_reviews() {
    let world = World::start().await;
    let (buyer, review) = world.written(Uuid::now_v7(), 5).await;
    let renamed = MemberRenamed {
        member_id: buyer.id.to_string(),
        display_name: "이상점".into(),
        time: Some(NOW),
    };
    world
        .harness
        .deliver("member", buyer.id.uuid(), 2, &renamed)
        .await;
    world.applied(buyer.id.uuid(), 2).await;
    let seen = world.get(&user(), &review).await.unwrap();
    assert_eq!(seen.author_name, "이**");
}

#[tokio::test]
async fn an_author_nobody_told_of_is_somebody() {
    let world = World::start().await;
    let stranger = user();
    let line = world.deliver(&stranger, Uuid::now_v7()).await;
    let review = world.create(&stranger, saying(line, 5)).await.unwrap();
    assert_eq!(review.author_name, "구매자");
}

#[tokio::test]
async fn messages_that_make_no_sense_are_parked() {
    let world = World::start().await;
    let key = Uuid::now_v7;
    world
        .harness
        .deliver("order", key(), 1, &OrderConfirmed::default())
        .await;
    world.parked("xlcfi.order.v1.OrderConfirmed").await;
    let unheard = OrderDelivered {
        order_id: key().to_string(),
        time: Some(NOW),
        ..Default::default()
    };
    world.harness.deliver("order", key(), 1, &unheard).await;
    world.parked("xlcfi.order.v1.OrderDelivered").await;
    let broken = OrderCancelled {
        order: Some(Default::default()),
        was_confirmed: true,
        ..Default::default()
    };
    world.harness.deliver("order", key(), 1, &broken).await;
    world.parked("xlcfi.order.v1.OrderCancelled").await;
    world
        .harness
        .deliver("payment", key(), 1, &PaymentRefunded::default())
        .await;
    world.parked("xlcfi.payment.v1.PaymentRefunded").await;
    world
        .harness
        .deliver("member", key(), 1, &MemberWithdrawn::default())
        .await;
    world.parked("xlcfi.member.v1.MemberWithdrawn").await;
    world
        .harness
        .deliver("member", key(), 1, &MemberRenamed::default())
        .await;
    world.parked("xlcfi.member.v1.MemberRenamed").await;
    // One that never was confirmed says nothing.
    let other = key();
    let before = OrderCancelled {
        was_confirmed: false,
        ..broken
    };
    world.harness.deliver("order", other, 1, &before).await;
    world.applied(other, 1).await;
}
