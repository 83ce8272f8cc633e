use tonic::Code;
use uuid::Uuid;
use xlcfi_contracts::order::v1::{
    DeliverOrderRequest, Order, OrderDelivered, OrderShipped, OrderState, ShipOrderRequest,
};
use xlcfi_identity::User;
use xlcfi_testkit::{admin, assert_refused, seller};
use xlcfi_types::Id;

use crate::shop::Shop;

fn ship(order: &Order) -> ShipOrderRequest {
    ShipOrderRequest {
        order_id: order.order_id.clone(),
        carrier: "CJ대한통운".into(),
        tracking_number: "612345678901".into(),
    }
}

fn deliver(order: &Order) -> DeliverOrderRequest {
    DeliverOrderRequest {
        order_id: order.order_id.clone(),
    }
}

fn who(id: Uuid) -> User {
    User {
        id: Id::from_uuid(id),
        ..seller()
    }
}

#[tokio::test]
async fn the_seller_of_all_lines_ships_and_delivers() {
    let shop = Shop::open().await;
    let order = shop.confirmed().await;
    let mut client = shop.client(&who(shop.seller_id));
    for _ in 0..2 {
        let shipped = client.ship_order(ship(&order)).await.unwrap().into_inner();
        let shipped = shipped.order.unwrap();
        assert_eq!((shipped.state(), shipped.version), (OrderState::Shipped, 4));
    }
    let told: Vec<OrderShipped> = shop.harness.published().await;
    assert_eq!(told.len(), 1);
    assert_eq!(
        (
            told[0].carrier.as_str(),
            told[0].tracking_number.as_str(),
            told[0].version
        ),
        ("CJ대한통운", "612345678901", 4)
    );
    for _ in 0..2 {
        let delivered = client.deliver_order(deliver(&order)).await.unwrap().into_inner();
        let delivered = delivered.order.unwrap();
        assert_eq!((delivered.state(), delivered.version), (OrderState::Delivered, 5));
    }
    let told: Vec<OrderDelivered> = shop.harness.published().await;
    assert_eq!((told.len(), told[0].version), (1, 5));
    let refused = client.ship_order(ship(&order)).await;
    assert_refused(refused, Code::FailedPrecondition, "ORDER_NOT_SHIPPABLE");
}

#[tokio::test]
async fn an_admin_ships_and_delivers_what_several_sellers_sold() {
    let shop = Shop::open().await;
    let (second, buyer) = (Uuid::now_v7(), shop.buyer.clone());
    let theirs = shop.stock(second);
    let order = shop
        .create(shop.request(&[(shop.potatoes, 1), (theirs, 1)]))
        .await;
    shop.settle(&order, &["reserve-stock", "take-payment", "commit-stock"])
        .await;
    shop.reaches(&order, OrderState::Confirmed).await;
    for somebody in [who(shop.seller_id), who(second), seller()] {
        let refused = shop.client(&somebody).ship_order(ship(&order)).await;
        assert_refused(refused, Code::NotFound, "ORDER_NOT_FOUND");
        let refused = shop.client(&somebody).deliver_order(deliver(&order)).await;
        assert_refused(refused, Code::NotFound, "ORDER_NOT_FOUND");
    }
    let refused = shop.client(&buyer).ship_order(ship(&order)).await;
    assert_eq!(refused.unwrap_err().code(), Code::PermissionDenied);
    let refused = shop.client(&buyer).deliver_order(deliver(&order)).await;
    assert_eq!(refused.unwrap_err().code(), Code::PermissionDenied);

    let mut boss = shop.client(&admin());
    boss.ship_order(ship(&order)).await.unwrap();
    boss.deliver_order(deliver(&order)).await.unwrap();
    assert_eq!(shop.get(&order).await.state(), OrderState::Delivered);
}

#[tokio::test]
async fn only_what_is_paid_is_shipped_and_only_what_is_shipped_arrives() {
    let shop = Shop::open().await;
    let order = shop.order().await;
    let mut boss = shop.client(&admin());
    let refused = boss.ship_order(ship(&order)).await;
    assert_refused(refused, Code::FailedPrecondition, "ORDER_NOT_SHIPPABLE");
    let refused = boss.deliver_order(deliver(&order)).await;
    assert_refused(refused, Code::FailedPrecondition, "ORDER_NOT_DELIVERABLE");
    let unknown = Order {
        order_id: Uuid::now_v7().to_string(),
        ..order
    };
    let refused = boss.ship_order(ship(&unknown)).await;
    assert_refused(refused, Code::NotFound, "ORDER_NOT_FOUND");
    let refused = boss.deliver_order(deliver(&unknown)).await;
    assert_refused(refused, Code::NotFound, "ORDER_NOT_FOUND");
    let refused = boss
        .ship_order(ShipOrderRequest {
            carrier: String::new(),
            ..ship(&unknown)
        })
        .await;
    assert_refused(refused, Code::InvalidArgument, "INVALID_FIELDS");
    let refused = boss.deliver_order(DeliverOrderRequest::default()).await;
    assert_refused(refused, Code::InvalidArgument, "INVALID_FIELDS");
}
