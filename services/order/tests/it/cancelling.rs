use tonic::{Code, Response, Status};
use uuid::Uuid;
use xlcfi_contracts::order::v1::{
    CancelOrderRequest, CancelOrderResponse, Order, OrderCancelled, OrderState, ShipOrderRequest,
};
use xlcfi_contracts::saga::v1::Direction::{Do, Undo};
use xlcfi_identity::User;
use xlcfi_testkit::{admin, assert_refused, done, refused, user};

use crate::shop::Shop;

async fn cancel(shop: &Shop, by: &User, order: &Order) -> Result<Response<CancelOrderResponse>, Status> {
    let request = CancelOrderRequest {
        order_id: order.order_id.clone(),
        reason: "생각이 바뀌었습니다".into(),
    };
    shop.client(by).cancel_order(request).await
}

async fn cancelled(shop: &Shop, order: &Order) -> (Order, OrderCancelled) {
    let order = shop.reaches(order, OrderState::Cancelled).await;
    let told: Vec<OrderCancelled> = shop.harness.published().await;
    (order, told.into_iter().next_back().unwrap())
}

#[tokio::test]
async fn a_pending_order_is_cancelled_although_nobody_answered_yet() {
    let shop = Shop::open().await;
    let order = shop.order().await;
    let reserve = shop.command(&order, "reserve-stock", Do).await;
    for _ in 0..2 {
        let answer = cancel(&shop, &shop.buyer, &order).await.unwrap();
        let order = answer.into_inner().order.unwrap();
        assert_eq!(
            (order.state(), order.failure_reason.as_str(), order.version),
            (OrderState::Cancelling, "CANCELLED_BY_BUYER", 2)
        );
    }
    // The reservation is answered late and is undone all the same.
    shop.harness.reply(&reserve, done()).await;
    shop.undo(&order, &["reserve-stock"]).await;
    let (order, told) = cancelled(&shop, &order).await;
    assert_eq!(
        (told.reason.as_str(), told.was_confirmed),
        ("CANCELLED_BY_BUYER", false)
    );
    assert_eq!(shop.commands(&order).await, ["reserve-stock", "-reserve-stock"]);
    let again = cancel(&shop, &shop.buyer, &order).await.unwrap();
    assert_eq!(again.into_inner().order, Some(order));
}

#[tokio::test]
async fn an_order_that_waits_for_payment_is_cancelled_with_its_payment() {
    let shop = Shop::open().await;
    let order = shop.order().await;
    shop.settle(&order, &["reserve-stock"]).await;
    shop.reaches(&order, OrderState::AwaitingPayment).await;
    let take = shop.command(&order, "take-payment", Do).await;
    cancel(&shop, &shop.buyer, &order).await.unwrap();
    shop.harness.reply(&take, refused("PAYMENT_CANCELLED")).await;
    shop.undo(&order, &["take-payment", "reserve-stock"]).await;
    let (order, told) = cancelled(&shop, &order).await;
    assert!(!told.was_confirmed);
    assert_eq!(order.failure_reason, "CANCELLED_BY_BUYER");
}

#[tokio::test]
async fn a_confirmed_order_is_cancelled_and_refunded() {
    let shop = Shop::open().await;
    let order = shop.confirmed().await;
    cancel(&shop, &shop.buyer, &order).await.unwrap();
    shop.undo(&order, &["take-payment", "reserve-stock"]).await;
    let (_, told) = cancelled(&shop, &order).await;
    assert!(told.was_confirmed);
}

#[tokio::test]
async fn a_shipped_order_is_not_cancelled() {
    let shop = Shop::open().await;
    let order = shop.confirmed().await;
    let ship = ShipOrderRequest {
        order_id: order.order_id.clone(),
        carrier: "CJ대한통운".into(),
        tracking_number: "1".into(),
    };
    shop.client(&admin()).ship_order(ship).await.unwrap();
    let refused = cancel(&shop, &shop.buyer, &order).await;
    assert_refused(refused, Code::FailedPrecondition, "ORDER_NOT_CANCELLABLE");
    assert_eq!(shop.get(&order).await.state(), OrderState::Shipped);
}

#[tokio::test]
async fn only_its_buyer_cancels_an_order() {
    let shop = Shop::open().await;
    let order = shop.order().await;
    for stranger in [user(), admin()] {
        let refused = cancel(&shop, &stranger, &order).await;
        assert_refused(refused, Code::NotFound, "ORDER_NOT_FOUND");
    }
    let unknown = Order {
        order_id: Uuid::now_v7().to_string(),
        ..order.clone()
    };
    let refused = cancel(&shop, &shop.buyer, &unknown).await;
    assert_refused(refused, Code::NotFound, "ORDER_NOT_FOUND");
    let wordy = CancelOrderRequest {
        order_id: "1".into(),
        reason: "x".repeat(201),
    };
    let refused = shop.buyers().cancel_order(wordy).await;
    assert_refused(refused, Code::InvalidArgument, "INVALID_FIELDS");
    assert_eq!(shop.get(&order).await.state(), OrderState::Pending);
}

#[tokio::test]
async fn a_cancel_and_the_last_reply_at_once_end_in_one_way() {
    let shop = Shop::open().await;
    for _ in 0..5 {
        let order = shop.order().await;
        shop.settle(&order, &["reserve-stock", "take-payment"]).await;
        let commit = shop.command(&order, "commit-stock", Do).await;
        let (cancelled, ()) = tokio::join!(
            cancel(&shop, &shop.buyer, &order),
            shop.harness.reply(&commit, done())
        );
        cancelled.unwrap();
        shop.command(&order, "take-payment", Undo).await;
        shop.undo(&order, &["take-payment", "reserve-stock"]).await;
        shop.reaches(&order, OrderState::Cancelled).await;
        assert!(shop.harness.parked().await.is_empty());
    }
}
