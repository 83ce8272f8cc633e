use prost_types::Timestamp;
use uuid::Uuid;
use xlcfi_contracts::convert::timestamp;
use xlcfi_contracts::member::v1::MemberWithdrawn;
use xlcfi_contracts::order::v1::{Order, OrderCancelled, OrderConfirmed, OrderLine};
use xlcfi_contracts::product::v1::{ProductPopularityChanged, ProductUpdated, ProductUseByChanged};
use xlcfi_contracts::review::v1::{ReviewChanged, ReviewPublished, ReviewWithdrawn};
use xlcfi_identity::User;
use xlcfi_testkit::{eventually, user};

use crate::world::{World, product, product_id};

/// An order of these products, and when it was told of.
pub fn order(buyer: &User, products: &[u64]) -> Order {
    let line = |number: &u64| OrderLine {
        product_id: product_id(*number).to_string(),
        quantity: 1,
        ..OrderLine::default()
    };
    Order {
        order_id: Uuid::now_v7().to_string(),
        member_id: buyer.id.to_string(),
        lines: products.iter().map(line).collect(),
        ..Order::default()
    }
}

pub fn confirmed(order: &Order, time: Timestamp) -> OrderConfirmed {
    OrderConfirmed {
        order: Some(order.clone()),
        time: Some(time),
    }
}

fn key(order: &Order) -> Uuid {
    order.order_id.parse().unwrap()
}

async fn orders(world: &World, who: &User, number: u64) -> Option<(i32, Option<i16>)> {
    sqlx::query_as("select orders, rating from interaction where member_id = $1 and product_id = $2")
        .bind(who.id.uuid())
        .bind(product_id(number))
        .fetch_optional(world.harness.pool())
        .await
        .unwrap()
}

async fn becomes(world: &World, who: &User, number: u64, expected: (i32, Option<i16>)) {
    eventually(async || (orders(world, who, number).await == Some(expected)).then_some(())).await;
}

#[tokio::test]
async fn an_order_counts_once_and_not_when_it_is_undone() {
    let world = World::start().await;
    let buyer = user();
    let now = timestamp(world.harness.now());
    let order = order(&buyer, &[0, 1, 0]);
    let event = Uuid::now_v7();
    for _ in 0..3 {
        world
            .harness
            .redeliver("order", event, key(&order), 1, &confirmed(&order, now))
            .await;
    }
    becomes(&world, &buyer, 0, (1, None)).await;
    becomes(&world, &buyer, 1, (1, None)).await;
    let cancelled = |was_confirmed| OrderCancelled {
        order: Some(order.clone()),
        reason: "CANCELLED_BY_BUYER".into(),
        was_confirmed,
        time: Some(now),
    };
    let event = Uuid::now_v7();
    for _ in 0..2 {
        world
            .harness
            .redeliver("order", event, key(&order), 2, &cancelled(true))
            .await;
    }
    becomes(&world, &buyer, 1, (0, None)).await;
    // One that was never confirmed never counted.
    world
        .harness
        .deliver("order", Uuid::now_v7(), 1, &cancelled(false))
        .await;
    assert_eq!(orders(&world, &buyer, 1).await, Some((0, None)));
}

#[tokio::test]
async fn stars_are_those_told_last() {
    let world = World::start().await;
    let author = user();
    let (review, now) = (Uuid::now_v7(), timestamp(world.harness.now()));
    let published = ReviewPublished {
        product_id: product_id(0).to_string(),
        author_id: author.id.to_string(),
        rating: 5,
        time: Some(now),
        ..ReviewPublished::default()
    };
    world.harness.deliver("review", review, 1, &published).await;
    becomes(&world, &author, 0, (0, Some(5))).await;
    let changed = ReviewChanged {
        product_id: product_id(0).to_string(),
        author_id: author.id.to_string(),
        rating: 1,
        time: Some(now),
        ..ReviewChanged::default()
    };
    world.harness.deliver("review", review, 2, &changed).await;
    becomes(&world, &author, 0, (0, Some(1))).await;
    let withdrawn = ReviewWithdrawn {
        product_id: product_id(0).to_string(),
        author_id: author.id.to_string(),
        time: Some(now),
        ..ReviewWithdrawn::default()
    };
    world.harness.deliver("review", review, 3, &withdrawn).await;
    becomes(&world, &author, 0, (0, None)).await;
}

#[tokio::test]
async fn products_are_as_told_last_and_drafts_are_not_kept() {
    let world = World::start().await;
    let id = product_id(0);
    world.publish(product(0)).await;
    let mut renamed = product(0);
    renamed.name = "햇감자".into();
    let renamed = ProductUpdated {
        product: Some(renamed),
        time: None,
    };
    let event = Uuid::now_v7();
    for _ in 0..2 {
        world.harness.redeliver("product", event, id, 2, &renamed).await;
    }
    let popularity = ProductPopularityChanged {
        product_id: id.to_string(),
        popularity: 7,
        time: None,
    };
    world.harness.deliver("product", id, 3, &popularity).await;
    world
        .count(
            "select count(*) from product where name = '햇감자' and popularity = 7",
            1,
        )
        .await;
    let mut draft = product(1);
    draft.state = 1;
    let draft = ProductUpdated {
        product: Some(draft),
        time: None,
    };
    world.harness.deliver("product", product_id(1), 1, &draft).await;
    world.publish(product(2)).await;
    world.count("select count(*) from product", 2).await;
}

#[tokio::test]
async fn messages_that_make_no_sense_are_parked() {
    let world = World::start().await;
    let now = Some(timestamp(world.harness.now()));
    let nobodys = OrderConfirmed {
        order: None,
        time: now,
    };
    world.harness.deliver("order", Uuid::now_v7(), 1, &nobodys).await;
    let six_stars = ReviewPublished {
        product_id: product_id(0).to_string(),
        author_id: user().id.to_string(),
        rating: 6,
        time: now,
        ..ReviewPublished::default()
    };
    world
        .harness
        .deliver("review", Uuid::now_v7(), 1, &six_stars)
        .await;
    let some_day = ProductUseByChanged {
        product_id: product_id(0).to_string(),
        earliest_use_by_date: "내일".into(),
        time: now,
    };
    world
        .harness
        .deliver("product", product_id(0), 1, &some_day)
        .await;
    let nobody = MemberWithdrawn {
        member_id: "nobody".into(),
        time: now,
    };
    world.harness.deliver("member", Uuid::now_v7(), 1, &nobody).await;
    eventually(async || (world.harness.parked().await.len() == 4).then_some(())).await;
}
