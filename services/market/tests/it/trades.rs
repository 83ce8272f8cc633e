use uuid::Uuid;
use xlcfi_contracts::market::v1::PriceLevel;
use xlcfi_contracts::order::v1::{Order, OrderCancelled};
use xlcfi_contracts::product::v1::{Product, ProductUpdated};

use crate::world::{NOW, World, paid, product};

fn undone(order_id: Uuid, was_confirmed: bool) -> OrderCancelled {
    OrderCancelled {
        order: Some(Order {
            order_id: order_id.to_string(),
            ..Default::default()
        }),
        was_confirmed,
        time: Some(NOW),
        ..Default::default()
    }
}

#[tokio::test]
async fn what_is_paid_on_a_day_is_the_mean_over_the_units() {
    let world = World::start().await;
    let (product_id, orders) = (Uuid::now_v7(), [Uuid::now_v7(), Uuid::now_v7()]);
    world
        .harness
        .deliver("order", orders[0], 1, &paid(orders[0], product_id, 3, 20_000))
        .await;
    world
        .harness
        .deliver("order", orders[1], 1, &paid(orders[1], product_id, 1, 24_000))
        .await;
    for order in orders {
        world.applied(order, 1).await;
    }
    let series = world.traded(product_id).await.unwrap();
    assert_eq!(
        (series.level(), series.unit.as_str(), series.region.as_str()),
        (PriceLevel::Traded, "10kg 상자", "")
    );
    assert_eq!(
        (series.kind_code.as_str(), series.item_code.as_str()),
        (product_id.to_string().as_str(), "")
    );
    assert_eq!(
        world.prices(&series.series_id).await,
        [("2026-11-22".to_owned(), 21_000)]
    );

    // Another at the same price changes nothing.
    let same = Uuid::now_v7();
    world
        .harness
        .deliver("order", same, 1, &paid(same, product_id, 2, 21_000))
        .await;
    world.applied(same, 1).await;
    assert_eq!(world.traded(product_id).await.unwrap().version, series.version);
    world.harness.deliver("order", same, 2, &undone(same, true)).await;
    world.applied(same, 2).await;

    // One that is undone never was a price.
    world
        .harness
        .deliver("order", orders[0], 2, &undone(orders[0], true))
        .await;
    world.applied(orders[0], 2).await;
    assert_eq!(
        world.prices(&series.series_id).await,
        [("2026-11-22".to_owned(), 24_000)]
    );
    world
        .harness
        .deliver("order", orders[1], 2, &undone(orders[1], true))
        .await;
    world.applied(orders[1], 2).await;
    assert!(world.traded(product_id).await.is_none());
}

#[tokio::test]
async fn redelivered_orders_count_once_and_unpaid_ones_never() {
    let world = World::start().await;
    let (product_id, order, id) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
    let fact = paid(order, product_id, 3, 20_000);
    for _ in 0..3 {
        world.harness.redeliver("order", id, order, 1, &fact).await;
    }
    // Told anew under another id, as when the inbox was lost.
    world
        .harness
        .deliver("order", order, 2, &paid(order, product_id, 9, 99_000))
        .await;
    let unpaid = Uuid::now_v7();
    world
        .harness
        .deliver("order", unpaid, 1, &undone(unpaid, false))
        .await;
    world.applied(order, 2).await;
    world.applied(unpaid, 1).await;
    let series = world.traded(product_id).await.unwrap();
    assert_eq!(
        world.prices(&series.series_id).await,
        [("2026-11-22".to_owned(), 20_000)]
    );
}

#[tokio::test]
async fn goods_near_their_use_by_date_are_no_market_price() {
    let world = World::start().await;
    let (product_id, order) = (Uuid::now_v7(), Uuid::now_v7());
    let mut fact = paid(order, product_id, 3, 20_000);
    let lines = &mut fact.order.as_mut().unwrap().lines;
    lines[0].near_expiry = true;
    world.harness.deliver("order", order, 1, &fact).await;
    world.applied(order, 1).await;
    assert!(world.traded(product_id).await.is_none());
}

#[tokio::test]
async fn a_traded_series_follows_its_product_into_category_and_name() {
    let world = World::start().await;
    let product_id = world.publish(&world.seller, 20_000).await;
    let order = Uuid::now_v7();
    world
        .harness
        .deliver("order", order, 1, &paid(order, product_id, 3, 20_000))
        .await;
    world.applied(order, 1).await;
    let series = world.traded(product_id).await.unwrap();
    assert!(series.item_code.parse::<Uuid>().is_ok());
    let moved = Product {
        product_id: product_id.to_string(),
        name: "평창 감자".into(),
        ..product(&world.seller, 20_000)
    };
    let category = moved.category_id.clone();
    let fact = ProductUpdated {
        product: Some(moved),
        time: Some(NOW),
    };
    world.harness.deliver("product", product_id, 2, &fact).await;
    world.applied(product_id, 2).await;
    let renamed = world.traded(product_id).await.unwrap();
    assert_eq!(
        (renamed.series_id, renamed.item_code, renamed.kind_name.as_str()),
        (series.series_id, category, "평창 감자")
    );
}
