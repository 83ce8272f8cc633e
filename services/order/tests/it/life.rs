//! Lines that promise how long they keep.

use tonic::Code;
use uuid::Uuid;
use xlcfi_contracts::order::v1::{
    CreateOrderRequest, GetCartRequest, NewOrderLine, Order, SetCartLineRequest,
};
use xlcfi_contracts::product::v1::{ReserveStockCommand, StockLine};
use xlcfi_contracts::saga::v1::Direction::Do;
use xlcfi_contracts::saga::v1::RetrySagaRequest;
use xlcfi_contracts::saga::v1::saga_service_client::SagaServiceClient;
use xlcfi_errors::metadata_of;
use xlcfi_testkit::{admin, assert_refused, eventually};

use crate::shop::{Shop, asked, saga_id, won};

/// A shop whose potatoes keep 7 days, with others of 3 days for 8,000 won.
async fn open() -> Shop {
    let shop = Shop::open().await;
    shop.change(shop.potatoes, |item| {
        item.promised_days = 7;
        item.near_expiry = Some((3, 8_000));
    });
    shop
}

fn wanted(product_id: Uuid, minimum_remaining_days: i32, near_expiry: bool) -> NewOrderLine {
    NewOrderLine {
        product_id: product_id.to_string(),
        quantity: 1,
        minimum_remaining_days,
        near_expiry,
    }
}

fn set(line: NewOrderLine) -> SetCartLineRequest {
    SetCartLineRequest {
        product_id: line.product_id,
        quantity: line.quantity,
        minimum_remaining_days: line.minimum_remaining_days,
        near_expiry: line.near_expiry,
    }
}

/// An order's lines as (least days, near expiry, most days).
fn promises(order: &Order) -> Vec<(i32, bool, Option<i32>)> {
    let promise = |line: &xlcfi_contracts::order::v1::OrderLine| {
        (
            line.minimum_remaining_days,
            line.near_expiry,
            line.maximum_remaining_days,
        )
    };
    order.lines.iter().map(promise).collect()
}

async fn reserved(shop: &Shop, order: &Order) -> Vec<StockLine> {
    let command: ReserveStockCommand = asked(&shop.command(order, "reserve-stock", Do).await);
    command.lines
}

#[tokio::test]
async fn what_a_line_promises_is_kept_with_the_order_and_reserved() {
    let shop = open().await;
    for (days, near_expiry, promise, price) in [
        (0, false, (7, false, None), 12_000),
        (5, false, (7, false, None), 12_000),
        (30, false, (30, false, None), 12_000),
        (0, true, (0, true, Some(3)), 8_000),
    ] {
        let request = CreateOrderRequest {
            lines: vec![
                wanted(shop.potatoes, days, near_expiry),
                wanted(shop.ramen, 0, false),
            ],
            ..shop.request(&[])
        };
        let order = shop.create(request).await;
        assert_eq!(promises(&order), [promise, (0, false, None)]);
        assert_eq!(order.total, won(price + 5_000));
        assert_eq!(shop.get(&order).await, order, "also when read again");
        let lines: Vec<_> = reserved(&shop, &order)
            .await
            .into_iter()
            .map(|line| (line.minimum_remaining_days, line.maximum_remaining_days))
            .collect();
        assert_eq!(lines, [(promise.0, promise.2), (0, None)]);
    }
}

#[tokio::test]
async fn a_cart_keeps_how_long_a_line_must_keep_and_is_ordered_so() {
    let shop = open().await;
    let line = async |line: NewOrderLine| {
        let set = shop.buyers().set_cart_line(set(line)).await.unwrap();
        let line = set.into_inner().cart.unwrap().lines.pop().unwrap();
        (line.minimum_remaining_days, line.near_expiry, line.unit_price)
    };
    assert_eq!(
        line(wanted(shop.potatoes, 0, false)).await,
        (0, false, won(12_000))
    );
    assert_eq!(
        line(wanted(shop.potatoes, 10, false)).await,
        (10, false, won(12_000)),
        "as asked for, not as promised"
    );
    assert_eq!(line(wanted(shop.potatoes, 0, true)).await, (0, true, won(8_000)));
    let order = shop.create(shop.request(&[])).await;
    assert_eq!(promises(&order), [(0, true, Some(3))]);
    let cart = shop.buyers().get_cart(GetCartRequest {}).await.unwrap();
    assert!(cart.into_inner().cart.unwrap().lines.is_empty());
}

#[tokio::test]
async fn lots_for_less_that_are_not_there_are_refused_and_said_in_the_cart() {
    let shop = open().await;
    let near = wanted(shop.potatoes, 0, true);
    shop.buyers().set_cart_line(set(near.clone())).await.unwrap();
    shop.change(shop.potatoes, |item| item.near_expiry = None);

    let cart = shop.buyers().get_cart(GetCartRequest {}).await.unwrap();
    let line = cart.into_inner().cart.unwrap().lines.pop().unwrap();
    assert_eq!(
        (line.problem.as_str(), line.near_expiry),
        ("NOT_NEAR_EXPIRY", true)
    );

    let refused = shop.buyers().set_cart_line(set(near.clone())).await;
    let status = assert_refused(refused, Code::FailedPrecondition, "NOT_NEAR_EXPIRY");
    assert_eq!(
        metadata_of(&status, "product_id"),
        Some(shop.potatoes.to_string())
    );
    let request = CreateOrderRequest {
        lines: vec![near],
        ..shop.request(&[])
    };
    let refused = shop.buyers().create_order(request).await;
    assert_refused(refused, Code::FailedPrecondition, "NOT_NEAR_EXPIRY");
    assert_eq!(shop.orders().await, 0);
}

#[tokio::test]
async fn a_cart_line_keeps_long_or_costs_less_and_not_both() {
    let shop = open().await;
    for (days, near_expiry) in [(1, true), (3_651, false), (-1, false)] {
        let set = set(wanted(shop.potatoes, days, near_expiry));
        let refused = shop.buyers().set_cart_line(set).await;
        assert_refused(refused, Code::InvalidArgument, "INVALID_FIELDS");
    }
}

#[tokio::test]
async fn a_cart_line_changed_while_its_order_is_made_is_ordered_as_changed() {
    let shop = open().await;
    shop.buyers()
        .set_cart_line(set(wanted(shop.potatoes, 0, false)))
        .await
        .unwrap();
    // The order is priced before the change and takes the line after it.
    let mut held = shop.harness.pool().begin().await.unwrap();
    sqlx::query("lock table cart_line in exclusive mode")
        .execute(&mut *held)
        .await
        .unwrap();
    let waiting = async || {
        let sql = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
        let waiting: i64 = sqlx::query_scalar(sql)
            .fetch_one(shop.harness.pool())
            .await
            .unwrap();
        (waiting == 1).then_some(())
    };
    let (order, ()) = tokio::join!(shop.create(shop.request(&[])), async {
        eventually(waiting).await;
        sqlx::query("update cart_line set minimum_remaining_days = 20")
            .execute(&mut *held)
            .await
            .unwrap();
        held.commit().await.unwrap();
    });
    assert_eq!(promises(&order), [(20, false, None)]);
    assert_eq!(shop.orders().await, 1);
}

#[tokio::test]
async fn a_run_begun_before_lines_promised_life_goes_on() {
    let shop = Shop::open().await;
    let order = shop.create(shop.request(&[(shop.potatoes, 2)])).await;
    assert_eq!(reserved(&shop, &order).await.len(), 1);
    // As a process of before would have kept it.
    sqlx::query(
        "update saga.saga set definition_version = 1,
             state = jsonb_set(state, '{lines}', jsonb_build_array(jsonb_build_array($2::text, 2)))
         where saga_id = $1",
    )
    .bind(saga_id(&order))
    .bind(shop.potatoes.to_string())
    .execute(shop.harness.pool())
    .await
    .unwrap();

    let retry = RetrySagaRequest {
        saga_id: order.order_id.clone(),
        note: "after an upgrade".into(),
    };
    let mut console = SagaServiceClient::new(shop.harness.as_user(&admin()));
    console.retry_saga(retry).await.unwrap();
    let again = eventually(async || {
        let commands = shop.harness.commands(saga_id(&order)).await;
        commands.into_iter().find(|command| command.attempt == 2)
    })
    .await;
    let again: ReserveStockCommand = asked(&again);
    let line = StockLine {
        product_id: shop.potatoes.to_string(),
        quantity: 2,
        minimum_remaining_days: 0,
        maximum_remaining_days: None,
    };
    assert_eq!(again.lines, [line]);
    shop.settle(&order, &["reserve-stock", "take-payment", "commit-stock"])
        .await;
    shop.reaches(&order, xlcfi_contracts::order::v1::OrderState::Confirmed)
        .await;
}
