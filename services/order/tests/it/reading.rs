use std::time::Duration;

use tonic::Code;
use uuid::Uuid;
use xlcfi_contracts::order::v1::{
    CancelOrderRequest, GetOrderRequest, ListOrdersRequest, ListSalesRequest, OrderState,
};
use xlcfi_identity::User;
use xlcfi_testkit::{admin, assert_refused, seller, user};
use xlcfi_types::Id;

use crate::shop::Shop;

fn the_seller(shop: &Shop) -> User {
    User {
        id: Id::from_uuid(shop.seller_id),
        ..seller()
    }
}

#[tokio::test]
async fn an_order_is_seen_by_its_buyer_its_sellers_and_admins() {
    let shop = Shop::open().await;
    let order = shop.order().await;
    let get = |order_id: &str| GetOrderRequest {
        order_id: order_id.to_owned(),
    };
    for somebody in [shop.buyer.clone(), the_seller(&shop), admin()] {
        let got = shop.client(&somebody).get_order(get(&order.order_id)).await;
        assert_eq!(got.unwrap().into_inner().order.unwrap().order_id, order.order_id);
    }
    for stranger in [user(), seller()] {
        let refused = shop.client(&stranger).get_order(get(&order.order_id)).await;
        assert_refused(refused, Code::NotFound, "ORDER_NOT_FOUND");
    }
    let unknown = shop.buyers().get_order(get(&Uuid::now_v7().to_string())).await;
    assert_refused(unknown, Code::NotFound, "ORDER_NOT_FOUND");
    let malformed = shop.buyers().get_order(get("1")).await;
    assert_refused(malformed, Code::InvalidArgument, "INVALID_FIELDS");
}

#[tokio::test]
async fn a_buyer_pages_through_orders_newest_first() {
    let shop = Shop::open().await;
    let mut made = Vec::new();
    for number in 0..5 {
        made.push(shop.order().await.order_id);
        // Some are of the same moment.
        if number % 2 == 0 {
            shop.harness.advance(Duration::from_secs(1));
        }
    }
    made.reverse();
    let list = async |page_size, page_token: &str| {
        let request = ListOrdersRequest {
            page_size,
            page_token: page_token.to_owned(),
            ..Default::default()
        };
        let listed = shop.buyers().list_orders(request).await.unwrap().into_inner();
        let ids: Vec<String> = listed.orders.into_iter().map(|order| order.order_id).collect();
        (ids, listed.next_page_token)
    };
    let (mut seen, mut token) = list(2, "").await;
    while !token.is_empty() {
        assert_eq!(seen.len() % 2, 0, "only the last page is shorter");
        let (ids, next) = list(2, &token).await;
        seen.extend(ids);
        token = next;
    }
    assert_eq!(seen, made);
    assert_eq!(list(0, "").await, (made, String::new()));

    let strangers = shop
        .client(&user())
        .list_orders(ListOrdersRequest::default())
        .await
        .unwrap();
    assert!(strangers.into_inner().orders.is_empty());
}

#[tokio::test]
async fn lists_are_filtered_by_state_and_refuse_what_is_no_token() {
    let shop = Shop::open().await;
    let (kept, cancelled) = (shop.order().await, shop.order().await);
    let cancel = CancelOrderRequest {
        order_id: cancelled.order_id.clone(),
        reason: String::new(),
    };
    shop.buyers().cancel_order(cancel).await.unwrap();
    for (state, expected) in [
        (OrderState::Pending, vec![&kept.order_id]),
        (OrderState::Cancelling, vec![&cancelled.order_id]),
        (OrderState::Delivered, vec![]),
    ] {
        let request = ListOrdersRequest {
            state: state.into(),
            ..Default::default()
        };
        let listed = shop.buyers().list_orders(request).await.unwrap().into_inner();
        let ids: Vec<&String> = listed.orders.iter().map(|order| &order.order_id).collect();
        assert_eq!(ids, expected, "{state:?}");
    }
    let token = |page_token: &str, page_size, state| ListOrdersRequest {
        page_token: page_token.to_owned(),
        page_size,
        state,
    };
    for bad in [
        token("nonsense", 0, 0),
        token("", 101, 0),
        token("", -1, 0),
        token("", 0, 99),
    ] {
        let refused = shop.buyers().list_orders(bad).await;
        assert_refused(refused, Code::InvalidArgument, "INVALID_FIELDS");
    }
}

#[tokio::test]
async fn a_seller_pages_through_the_orders_with_their_lines() {
    let shop = Shop::open().await;
    let other = shop.stock(Uuid::now_v7());
    let mut sales = Vec::new();
    for _ in 0..3 {
        sales.push(shop.order().await.order_id);
        shop.create(shop.request(&[(other, 1)])).await;
    }
    sales.push(
        shop.create(shop.request(&[(other, 1), (shop.ramen, 1)]))
            .await
            .order_id,
    );
    sales.reverse();
    let mut client = shop.client(&the_seller(&shop));
    let (mut seen, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = ListSalesRequest {
            page_size: 3,
            page_token,
            ..Default::default()
        };
        let listed = client.list_sales(request).await.unwrap().into_inner();
        seen.extend(listed.orders.into_iter().map(|order| order.order_id));
        page_token = listed.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(seen, sales);

    let none = shop
        .client(&seller())
        .list_sales(ListSalesRequest::default())
        .await;
    assert!(none.unwrap().into_inner().orders.is_empty());
    let refused = shop.buyers().list_sales(ListSalesRequest::default()).await;
    assert_eq!(refused.unwrap_err().code(), Code::PermissionDenied);
}
