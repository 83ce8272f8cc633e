use tonic::Code;
use uuid::Uuid;
use xlcfi_contracts::order::v1::order_service_client::OrderServiceClient;
use xlcfi_contracts::order::v1::{
    DeliverOrderRequest, GetOrderRequest, Order, OrderState, ShipOrderRequest, StopOrderCommand,
    StopOrderRequest, StopOrderResponse, StopOrderResult,
};
use xlcfi_contracts::saga::v1::Direction;
use xlcfi_contracts::saga::v1::command_reply::Outcome;
use xlcfi_contracts::types::v1::Role;
use xlcfi_testkit::{admin, assert_refused, user};

use crate::shop::Shop;

async fn stop(shop: &Shop, order_id: &str) -> Result<StopOrderResponse, tonic::Status> {
    let request = StopOrderRequest {
        order_id: order_id.to_owned(),
        actor: Uuid::now_v7().to_string(),
        reason: "전화로 요청".into(),
    };
    let mut orders = OrderServiceClient::new(shop.harness.as_service("admin"));
    Ok(orders.stop_order(request).await?.into_inner())
}

/// What order answers to a command of admin's saga.
async fn command(shop: &Shop, order_id: &str) -> Outcome {
    let body = StopOrderCommand {
        order_id: order_id.to_owned(),
        actor: Uuid::now_v7().to_string(),
        reason: "[회수] 감자".into(),
    };
    let saga_id = Uuid::now_v7();
    let reply = shop
        .harness
        .command("admin", saga_id, "stop-order", Direction::Do, &body)
        .await;
    reply.outcome.unwrap()
}

fn state_in(outcome: Outcome) -> OrderState {
    match outcome {
        Outcome::Done(result) => result.to_msg::<StopOrderResult>().unwrap().state(),
        Outcome::Refused(refusal) => panic!("refused: {}", refusal.reason),
    }
}

async fn ship(shop: &Shop, order: &Order) {
    let request = ShipOrderRequest {
        order_id: order.order_id.clone(),
        carrier: "CJ대한통운".into(),
        tracking_number: "1".into(),
    };
    shop.client(&admin()).ship_order(request).await.unwrap();
}

#[tokio::test]
async fn staff_undoes_an_order_whoever_bought_it_and_again_changes_nothing() {
    let shop = Shop::open().await;
    let order = shop.confirmed().await;
    let stopped = stop(&shop, &order.order_id).await.unwrap();
    assert_eq!(stopped.state_before(), OrderState::Confirmed);
    let now = stopped.order.unwrap();
    assert_eq!(
        (now.state(), now.failure_reason.as_str()),
        (OrderState::Cancelling, "CANCELLED_BY_STAFF")
    );
    let again = stop(&shop, &order.order_id).await.unwrap();
    assert_eq!(
        (again.state_before(), again.order),
        (OrderState::Cancelling, Some(now))
    );
}

#[tokio::test]
async fn staff_cannot_undo_what_was_shipped_or_is_not_there() {
    let shop = Shop::open().await;
    let order = shop.confirmed().await;
    ship(&shop, &order).await;
    assert_refused(
        stop(&shop, &order.order_id).await,
        Code::FailedPrecondition,
        "ORDER_NOT_CANCELLABLE",
    );
    let unknown = Uuid::now_v7().to_string();
    assert_refused(stop(&shop, &unknown).await, Code::NotFound, "ORDER_NOT_FOUND");
}

#[tokio::test]
async fn only_the_admin_service_stops_orders() {
    let shop = Shop::open().await;
    let order = shop.order().await;
    let request = StopOrderRequest {
        order_id: order.order_id.clone(),
        actor: Uuid::now_v7().to_string(),
        reason: "x".into(),
    };
    let mut orders = OrderServiceClient::new(shop.harness.as_service("payment"));
    let refused = orders.stop_order(request.clone()).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    let mut orders = shop.client(&admin());
    assert!(orders.stop_order(request).await.is_err());
}

#[tokio::test]
async fn an_order_of_recalled_goods_is_undone_by_a_saga_of_admin() {
    let shop = Shop::open().await;
    let order = shop.confirmed().await;
    assert_eq!(
        state_in(command(&shop, &order.order_id).await),
        OrderState::Cancelling
    );
    let order = shop.get(&order).await;
    assert_eq!(order.failure_reason, "RECALLED");
    // Another recall of the same order finds it undone.
    assert_eq!(
        state_in(command(&shop, &order.order_id).await),
        OrderState::Cancelling
    );
}

#[tokio::test]
async fn an_order_that_was_shipped_is_left_to_its_refund() {
    let shop = Shop::open().await;
    let order = shop.confirmed().await;
    ship(&shop, &order).await;
    assert_eq!(
        state_in(command(&shop, &order.order_id).await),
        OrderState::Shipped
    );
    let request = DeliverOrderRequest {
        order_id: order.order_id.clone(),
    };
    shop.client(&admin()).deliver_order(request).await.unwrap();
    assert_eq!(
        state_in(command(&shop, &order.order_id).await),
        OrderState::Delivered
    );
}

#[tokio::test]
async fn an_order_that_is_not_there_is_refused() {
    let shop = Shop::open().await;
    let Outcome::Refused(refusal) = command(&shop, &Uuid::now_v7().to_string()).await else {
        panic!("it is not there");
    };
    assert_eq!(refusal.reason, "ORDER_NOT_FOUND");
}

#[tokio::test]
async fn a_command_nobody_knows_is_parked() {
    let shop = Shop::open().await;
    let saga_id = Uuid::now_v7();
    let body = StopOrderResult::default();
    let command = shop
        .harness
        .command_of("admin", saga_id, "stop-order", Direction::Do, &body);
    shop.harness.send_command(saga_id, &command).await;
    xlcfi_testkit::eventually(async || (shop.harness.parked().await.len() == 1).then_some(())).await;
}

#[tokio::test]
async fn support_and_finance_see_any_order() {
    let shop = Shop::open().await;
    let order = shop.order().await;
    let get = GetOrderRequest {
        order_id: order.order_id.clone(),
    };
    for role in [Role::Support, Role::Finance, Role::Admin] {
        let mut staff = user();
        staff.roles.push(role);
        assert!(
            shop.client(&staff).get_order(get.clone()).await.is_ok(),
            "{role:?}"
        );
    }
    let mut catalogue = user();
    catalogue.roles.push(Role::Catalogue);
    let refused = shop.client(&catalogue).get_order(get).await;
    assert_refused(refused, Code::NotFound, "ORDER_NOT_FOUND");
}
