use std::collections::HashMap;
use std::time::{Duration, Instant};

use tonic::{Code, Status};
use tonic_types::StatusExt as _;
use uuid::Uuid;
use xlcfi_contracts::member::v1::member_service_server::MemberServiceServer;
use xlcfi_contracts::member::v1::{ResolveAddressRequest, ResolveAddressResponse};
use xlcfi_contracts::order::v1::order_service_client::OrderServiceClient;
use xlcfi_contracts::order::v1::{CreateOrderRequest, GetCartRequest, NewOrderLine, SetCartLineRequest};
use xlcfi_contracts::product::v1::price_service_server::PriceServiceServer;
use xlcfi_contracts::product::v1::{QuotePricesRequest, QuotePricesResponse};
use xlcfi_testkit::{Calling, Fake, Harness, assert_refused, user};

use crate::shop::{Item, member, product};

/// A client of a buyer, and a request that costs 5,000 won.
struct Desk {
    harness: Harness,
    _fakes: [Fake; 2],
    buyer: OrderServiceClient<Calling>,
    request: CreateOrderRequest,
}

async fn desk(
    product_fake: impl AsyncFnOnce(HashMap<Uuid, Item>) -> Fake,
    member_fake: impl AsyncFnOnce(Uuid) -> Fake,
    adjust: impl FnOnce(&mut xlcfi_service::Settings),
) -> Desk {
    let (buyer, ramen) = (user(), Uuid::now_v7());
    let item = Item {
        name: "라면",
        price: 5_000,
        seller_id: Uuid::now_v7(),
        exempt: false,
        sold: true,
        maximum: 10,
        special: None,
        promised_days: 0,
        near_expiry: None,
    };
    let product = product_fake(HashMap::from([(ramen, item)])).await;
    let member = member_fake(buyer.id.uuid()).await;
    let peers = [("product", &product), ("member", &member)];
    let harness = Harness::start_adjusted(xlcfi_order::SERVICE, &peers, adjust, xlcfi_order::start).await;
    Desk {
        buyer: OrderServiceClient::new(harness.as_user(&buyer)),
        request: CreateOrderRequest {
            request_id: Uuid::now_v7().to_string(),
            lines: vec![NewOrderLine {
                product_id: ramen.to_string(),
                quantity: 1,
                ..Default::default()
            }],
            ..Default::default()
        },
        harness,
        _fakes: [product, member],
    }
}

async fn sells(items: HashMap<Uuid, Item>) -> Fake {
    product(std::sync::Arc::new(std::sync::Mutex::new(items))).await
}

async fn knows(buyer: Uuid) -> Fake {
    member(buyer, Uuid::now_v7()).await
}

fn assert_soon<T: std::fmt::Debug>(result: Result<T, Status>, reason: &str, begun: Instant) {
    let status = assert_refused(result, Code::Unavailable, reason);
    assert!(status.get_details_retry_info().unwrap().retry_delay.is_some());
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn without_product_nothing_is_priced_and_the_answer_is_fast() {
    let mut desk = desk(async |_| Fake::down().await, knows, |_| {}).await;
    let begun = Instant::now();
    let set = SetCartLineRequest {
        product_id: desk.request.lines[0].product_id.clone(),
        quantity: 1,
        ..Default::default()
    };
    assert_soon(
        desk.buyer.create_order(desk.request.clone()).await,
        "PRODUCT_UNAVAILABLE",
        begun,
    );
    assert_soon(desk.buyer.set_cart_line(set).await, "PRODUCT_UNAVAILABLE", begun);
    // An empty cart needs no prices.
    desk.buyer.get_cart(GetCartRequest {}).await.unwrap();
}

#[tokio::test]
async fn a_service_that_never_answers_is_not_waited_for() {
    let hangs = async |_| {
        let resolve =
            |_: ResolveAddressRequest| std::future::pending::<Result<ResolveAddressResponse, Status>>();
        Fake::answering::<MemberServiceServer<()>, _, _, _>("ResolveAddress", resolve).await
    };
    let mut desk = desk(sells, hangs, |_| {}).await;
    let begun = Instant::now();
    let refused = desk.buyer.create_order(desk.request.clone()).await;
    assert_soon(refused, "MEMBER_UNAVAILABLE", begun);
}

#[tokio::test]
async fn without_member_no_order_is_made_and_the_answer_is_fast() {
    let mut desk = desk(sells, async |_| Fake::down().await, |_| {}).await;
    let begun = Instant::now();
    let refused = desk.buyer.create_order(desk.request.clone()).await;
    assert_soon(refused, "MEMBER_UNAVAILABLE", begun);
}

#[tokio::test]
async fn a_product_service_that_prices_something_else_is_not_believed() {
    let odd = async |items: HashMap<Uuid, Item>| {
        let item = items.into_values().next().unwrap();
        let quote = move |_: QuotePricesRequest| {
            let answer = QuotePricesResponse {
                lines: vec![xlcfi_contracts::product::v1::PricedLine {
                    product_id: Uuid::now_v7().to_string(),
                    seller_id: item.seller_id.to_string(),
                    quantity: 1,
                    unit_price: crate::shop::won(1),
                    amount: crate::shop::won(1),
                    ..Default::default()
                }],
                total: None,
            };
            async { Ok(answer) }
        };
        Fake::answering::<PriceServiceServer<()>, _, _, _>("QuotePrices", quote).await
    };
    let mut desk = desk(odd, knows, |_| {}).await;
    let refused = desk.buyer.create_order(desk.request.clone()).await;
    assert_refused(refused, Code::Internal, "INTERNAL");
}

#[tokio::test]
async fn without_nats_orders_are_accepted_and_wait() {
    // A port where nobody listens any more.
    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("nats://{}", free.local_addr().unwrap());
    drop(free);
    let mut desk = desk(sells, knows, |settings| settings.nats_url = url).await;
    let begun = Instant::now();
    let order = desk.buyer.create_order(desk.request.clone()).await.unwrap();
    let again = desk.buyer.create_order(desk.request.clone()).await.unwrap();
    assert_eq!(order.into_inner(), again.into_inner());
    assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
    let unsent: i64 = sqlx::query_scalar("select count(*) from events.outbox where send_time is null")
        .fetch_one(desk.harness.pool())
        .await
        .unwrap();
    assert_eq!(unsent, 2, "the event and the first command");
}
