use std::time::{Duration, Instant};

use tokio::time::timeout;
use tonic::{Code, Streaming};
use uuid::Uuid;
use xlcfi_contracts::order::v1::{
    CancelOrderRequest, DeliverOrderRequest, Order, OrderState, ShipOrderRequest, WatchOrderRequest,
    WatchOrderResponse,
};
use xlcfi_testkit::{admin, assert_refused, user};

use crate::shop::Shop;

async fn watch(shop: &Shop, order: &Order, after_version: i64) -> Streaming<WatchOrderResponse> {
    let request = WatchOrderRequest {
        order_id: order.order_id.clone(),
        after_version,
    };
    shop.buyers().watch_order(request).await.unwrap().into_inner()
}

/// The next order; `None` when the stream has ended.
async fn next(orders: &mut Streaming<WatchOrderResponse>) -> Option<Order> {
    let answer = timeout(Duration::from_secs(8), orders.message())
        .await
        .expect("nothing came");
    answer.unwrap().map(|answer| answer.order.unwrap())
}

#[tokio::test]
async fn a_watched_order_is_told_as_it_is_then_each_change_until_it_arrives() {
    let shop = Shop::open().await;
    let order = shop.order().await;
    let mut orders = watch(&shop, &order, 0).await;
    assert_eq!(next(&mut orders).await.as_ref(), Some(&order));
    shop.settle(&order, &["reserve-stock"]).await;
    assert_eq!(
        next(&mut orders).await.unwrap().state(),
        OrderState::AwaitingPayment
    );
    shop.settle(&order, &["take-payment", "commit-stock"]).await;
    assert_eq!(next(&mut orders).await.unwrap().state(), OrderState::Confirmed);

    let mut boss = shop.client(&admin());
    let ship = ShipOrderRequest {
        order_id: order.order_id.clone(),
        carrier: "x".into(),
        tracking_number: "1".into(),
    };
    boss.ship_order(ship).await.unwrap();
    assert_eq!(next(&mut orders).await.unwrap().state(), OrderState::Shipped);
    let deliver = DeliverOrderRequest {
        order_id: order.order_id.clone(),
    };
    boss.deliver_order(deliver).await.unwrap();
    let last = next(&mut orders).await.unwrap();
    assert_eq!((last.state(), last.version), (OrderState::Delivered, 5));
    assert_eq!(next(&mut orders).await, None);

    // Somebody who comes later sees the end at once.
    let mut orders = watch(&shop, &order, 0).await;
    assert_eq!(next(&mut orders).await, Some(last));
    assert_eq!(next(&mut orders).await, None);
    let begun = Instant::now();
    assert_eq!(next(&mut watch(&shop, &order, 5).await).await, None);
    assert!(
        begun.elapsed() < Duration::from_secs(2),
        "it waited for a change that cannot come"
    );
}

#[tokio::test]
async fn a_watcher_who_reconnects_misses_nothing_and_sees_nothing_twice() {
    let shop = Shop::open().await;
    let order = shop.order().await;
    drop(watch(&shop, &order, 0).await);
    shop.settle(&order, &["reserve-stock"]).await;
    shop.reaches(&order, OrderState::AwaitingPayment).await;
    let mut orders = watch(&shop, &order, 1).await;
    assert_eq!(next(&mut orders).await.unwrap().version, 2);
    let mut later = watch(&shop, &order, 2).await;
    let cancel = CancelOrderRequest {
        order_id: order.order_id.clone(),
        reason: String::new(),
    };
    shop.buyers().cancel_order(cancel).await.unwrap();
    for orders in [&mut orders, &mut later] {
        assert_eq!(next(orders).await.unwrap().version, 3);
    }
    shop.undo(&order, &["take-payment", "reserve-stock"]).await;
    for orders in [&mut orders, &mut later] {
        assert_eq!(next(orders).await.unwrap().state(), OrderState::Cancelled);
        assert_eq!(next(orders).await, None);
    }
}

#[tokio::test]
async fn a_change_by_another_process_is_seen_too() {
    let shop = Shop::open().await;
    let order = shop.order().await;
    let mut orders = watch(&shop, &order, 1).await;
    sqlx::query("update orders set state = 'CANCELLING', version = 2 where order_id = $1")
        .bind(order.order_id.parse::<Uuid>().unwrap())
        .execute(shop.harness.pool())
        .await
        .unwrap();
    assert_eq!(next(&mut orders).await.unwrap().version, 2);
}

#[tokio::test]
async fn only_who_may_see_an_order_watches_it() {
    let shop = Shop::open().await;
    let order = shop.order().await;
    let request = WatchOrderRequest {
        order_id: order.order_id.clone(),
        after_version: 0,
    };
    let refused = shop.client(&user()).watch_order(request).await;
    assert_refused(refused, Code::NotFound, "ORDER_NOT_FOUND");
    let unknown = WatchOrderRequest {
        order_id: Uuid::now_v7().to_string(),
        after_version: 0,
    };
    let refused = shop.buyers().watch_order(unknown).await;
    assert_refused(refused, Code::NotFound, "ORDER_NOT_FOUND");
    let malformed = WatchOrderRequest {
        order_id: order.order_id,
        after_version: -1,
    };
    let refused = shop.buyers().watch_order(malformed).await;
    assert_refused(refused, Code::InvalidArgument, "INVALID_FIELDS");
}

#[tokio::test]
async fn watching_ends_when_the_service_stops() {
    let shop = Shop::open().await;
    let order = shop.order().await;
    let mut orders = watch(&shop, &order, 0).await;
    next(&mut orders).await.unwrap();
    shop.harness.base.stop.cancel();
    assert_eq!(next(&mut orders).await, None);
}
