use futures::future::join_all;
use tonic::Code;
use tonic_types::StatusExt as _;
use uuid::Uuid;
use xlcfi_contracts::order::v1::{
    CreateOrderRequest, GetCartRequest, NewOrderLine, OrderCreated, OrderState, PaymentFlow,
    SetCartLineRequest,
};
use xlcfi_errors::metadata_of;
use xlcfi_testkit::{assert_refused, user};

use crate::shop::{Shop, line, won};

#[tokio::test]
async fn an_order_is_accepted_with_what_it_costs_and_where_it_goes() {
    let shop = Shop::open().await;
    let request = CreateOrderRequest {
        address_id: shop.address_id.to_string(),
        points: 2_900,
        ..shop.request(&[(shop.potatoes, 2), (shop.ramen, 1)])
    };
    let order = shop.create(request).await;
    assert_eq!(order.member_id, shop.buyer.id.to_string());
    assert_eq!(order.state(), OrderState::Pending);
    assert_eq!(
        (order.total.clone(), order.payable.clone(), order.points_used),
        (won(29_000), won(26_100), 2_900)
    );
    assert_eq!(order.payment_flow(), PaymentFlow::Widget);
    assert_eq!((order.version, order.payment_due_time), (1, None));
    assert_eq!(order.address.as_ref().unwrap().line2, "2층");
    let lines: Vec<_> = order
        .lines
        .iter()
        .map(|line| {
            (
                line.name.as_str(),
                line.quantity,
                line.amount.clone(),
                line.tax_exempt,
            )
        })
        .collect();
    assert_eq!(
        lines,
        [("감자", 2, won(24_000), true), ("라면", 1, won(5_000), false)]
    );
    let created: Vec<OrderCreated> = shop.harness.published().await;
    assert_eq!(created.len(), 1);
    assert_eq!(created[0].order.as_ref(), Some(&order));
}

#[tokio::test]
async fn a_buyer_pays_their_own_price_in_cart_and_order() {
    let shop = Shop::open().await;
    let stranger = Some((Uuid::now_v7(), 1));
    shop.change(shop.ramen, |item| item.special = stranger);
    shop.change(shop.potatoes, |item| {
        item.special = Some((shop.buyer.id.uuid(), 11_000));
    });
    let order = shop.order().await;
    assert_eq!(order.lines[0].unit_price, won(11_000));
    assert_eq!(order.total, won(27_000));

    let set = SetCartLineRequest {
        product_id: shop.potatoes.to_string(),
        quantity: 3,
        ..Default::default()
    };
    let cart = shop.buyers().set_cart_line(set).await.unwrap().into_inner().cart;
    assert_eq!(cart.unwrap().total, won(33_000));
    // Also when lines have to be priced one by one.
    let set = SetCartLineRequest {
        product_id: shop.ramen.to_string(),
        quantity: 1,
        ..Default::default()
    };
    shop.buyers().set_cart_line(set).await.unwrap();
    shop.change(shop.ramen, |item| item.sold = false);
    let cart = shop.buyers().get_cart(GetCartRequest {}).await.unwrap();
    assert_eq!(cart.into_inner().cart.unwrap().total, won(33_000));
}

#[tokio::test]
async fn the_way_of_payment_follows_from_method_and_points() {
    let shop = Shop::open().await;
    let stored = CreateOrderRequest {
        payment_method_id: Uuid::now_v7().to_string(),
        ..shop.request(&[(shop.ramen, 1)])
    };
    let points = CreateOrderRequest {
        points: 5_000,
        ..shop.request(&[(shop.ramen, 1)])
    };
    let on_account = CreateOrderRequest {
        on_account: true,
        ..shop.request(&[(shop.ramen, 1)])
    };
    let account = shop.create(on_account).await;
    assert_eq!(account.payment_flow(), PaymentFlow::OnAccount);
    assert_eq!(shop.get(&account).await.payment_flow(), PaymentFlow::OnAccount);
    assert_eq!(
        shop.create(stored).await.payment_flow(),
        PaymentFlow::StoredMethod
    );
    assert_eq!(shop.create(points).await.payment_flow(), PaymentFlow::PointsOnly);
}

#[tokio::test]
async fn the_same_request_gives_the_same_order() {
    let shop = Shop::open().await;
    let request = shop.request(&[(shop.potatoes, 1)]);
    let first = shop.create(request.clone()).await;
    shop.change(shop.potatoes, |item| item.price = 99_000);
    assert_eq!(shop.create(request.clone()).await, first);

    // Also when many come at once.
    let request = shop.request(&[(shop.potatoes, 2)]);
    let orders = join_all((0..8).map(|_| shop.create(request.clone()))).await;
    assert!(orders.iter().all(|order| order.order_id == orders[0].order_id));
    assert_eq!(shop.orders().await, 2);
    assert_eq!(shop.harness.published::<OrderCreated>().await.len(), 2);
}

#[tokio::test]
async fn a_request_id_is_good_for_one_request_of_one_member() {
    let shop = Shop::open().await;
    let request = shop.request(&[(shop.potatoes, 1)]);
    shop.create(request.clone()).await;
    let other = CreateOrderRequest {
        lines: vec![line(&(shop.potatoes, 2))],
        ..request.clone()
    };
    let refused = shop.buyers().create_order(other).await;
    assert_refused(refused, Code::Aborted, "REQUEST_ID_REUSED");

    // Somebody else's request ids are their own; this one has no address.
    let stranger = shop.client(&user()).create_order(request).await;
    assert_refused(stranger, Code::NotFound, "ADDRESS_NOT_FOUND");
    assert_eq!(shop.orders().await, 1);
}

#[tokio::test]
async fn what_product_and_member_refuse_is_refused() {
    let shop = Shop::open().await;
    let unknown = shop.request(&[(shop.potatoes, 1), (Uuid::now_v7(), 1)]);
    let product_id = unknown.lines[1].product_id.clone();
    let refused = shop.buyers().create_order(unknown).await;
    let status = assert_refused(refused, Code::NotFound, "PRODUCT_NOT_FOUND");
    assert_eq!(metadata_of(&status, "product_id"), Some(product_id));

    shop.change(shop.ramen, |item| item.maximum = 3);
    let refused = shop.buyers().create_order(shop.request(&[(shop.ramen, 4)])).await;
    let status = assert_refused(refused, Code::FailedPrecondition, "QUANTITY_NOT_ALLOWED");
    assert_eq!(metadata_of(&status, "product_id"), Some(shop.ramen.to_string()));

    shop.change(shop.ramen, |item| item.sold = false);
    let refused = shop.buyers().create_order(shop.request(&[(shop.ramen, 1)])).await;
    assert_refused(refused, Code::FailedPrecondition, "PRODUCT_NOT_SOLD");

    let elsewhere = CreateOrderRequest {
        address_id: Uuid::now_v7().to_string(),
        ..shop.request(&[(shop.potatoes, 1)])
    };
    let refused = shop.buyers().create_order(elsewhere).await;
    assert_refused(refused, Code::NotFound, "ADDRESS_NOT_FOUND");
    assert_eq!(shop.orders().await, 0);
}

#[tokio::test]
async fn points_above_the_total_are_refused() {
    let shop = Shop::open().await;
    for points in [5_001, 1_000_000_000] {
        let request = CreateOrderRequest {
            points,
            ..shop.request(&[(shop.ramen, 1)])
        };
        let refused = shop.buyers().create_order(request).await;
        assert_refused(refused, Code::FailedPrecondition, "POINTS_EXCEED_TOTAL");
    }
}

#[tokio::test]
async fn every_malformed_field_is_told_at_once() {
    let shop = Shop::open().await;
    let bad = |product_id: String, quantity, minimum_remaining_days, near_expiry| NewOrderLine {
        product_id,
        quantity,
        minimum_remaining_days,
        near_expiry,
    };
    let potatoes = shop.potatoes.to_string();
    let request = CreateOrderRequest {
        request_id: "1".into(),
        lines: vec![
            bad("potatoes".into(), 1, 0, false),
            bad(potatoes.clone(), 0, -1, false),
            bad(shop.ramen.to_string(), i64::MAX, 3_651, false),
        ],
        address_id: "home".into(),
        points: -1,
        payment_method_id: "card".into(),
        on_account: false,
    };
    let status = assert_refused(
        shop.buyers().create_order(request).await,
        Code::InvalidArgument,
        "INVALID_FIELDS",
    );
    let mut fields: Vec<String> = status
        .get_details_bad_request()
        .unwrap()
        .field_violations
        .into_iter()
        .map(|violation| violation.field)
        .collect();
    fields.sort();
    assert_eq!(
        fields,
        [
            "address_id",
            "lines[0].product_id",
            "lines[1].minimum_remaining_days",
            "lines[1].quantity",
            "lines[2].minimum_remaining_days",
            "lines[2].quantity",
            "payment_method_id",
            "points",
            "request_id"
        ]
    );

    let twice = shop.request(&[(shop.potatoes, 1), (shop.ramen, 1), (shop.potatoes, 2)]);
    let status = assert_refused(
        shop.buyers().create_order(twice).await,
        Code::InvalidArgument,
        "INVALID_FIELDS",
    );
    let violations = status.get_details_bad_request().unwrap().field_violations;
    assert_eq!(violations[0].field, "lines[2].product_id");
    let both = CreateOrderRequest {
        lines: vec![bad(potatoes, 1, 1, true)],
        ..shop.request(&[])
    };
    let status = assert_refused(
        shop.buyers().create_order(both).await,
        Code::InvalidArgument,
        "INVALID_FIELDS",
    );
    let violations = status.get_details_bad_request().unwrap().field_violations;
    assert_eq!(violations[0].field, "lines[0].minimum_remaining_days");
    let paid_twice = CreateOrderRequest {
        on_account: true,
        payment_method_id: Uuid::now_v7().to_string(),
        ..shop.request(&[(shop.ramen, 1)])
    };
    let status = assert_refused(
        shop.buyers().create_order(paid_twice).await,
        Code::InvalidArgument,
        "INVALID_FIELDS",
    );
    let violations = status.get_details_bad_request().unwrap().field_violations;
    assert_eq!(violations[0].field, "on_account");
    assert_eq!(shop.orders().await, 0);
}

#[tokio::test]
async fn a_total_that_does_not_fit_is_no_order() {
    let shop = Shop::open().await;
    shop.change(shop.potatoes, |item| item.price = i64::MAX / 1_000);
    shop.change(shop.ramen, |item| item.price = i64::MAX / 1_000);
    let request = shop.request(&[(shop.potatoes, 1_000), (shop.ramen, 1_000)]);
    let refused = shop.buyers().create_order(request).await;
    assert_refused(refused, Code::Internal, "INTERNAL");
    assert_eq!(shop.orders().await, 0);
}

#[tokio::test]
async fn a_cart_is_ordered_once_and_emptied_of_what_was_ordered() {
    let shop = Shop::open().await;
    let refused = shop.buyers().create_order(shop.request(&[])).await;
    assert_refused(refused, Code::FailedPrecondition, "CART_EMPTY");
    for (product, quantity) in [(shop.potatoes, 1), (shop.ramen, 3)] {
        let set = SetCartLineRequest {
            product_id: product.to_string(),
            quantity,
            ..Default::default()
        };
        shop.buyers().set_cart_line(set).await.unwrap();
    }

    // Two different requests for one cart: one order, and one finds it empty.
    let (first, second) = (shop.request(&[]), shop.request(&[]));
    let (mut one, mut two) = (shop.buyers(), shop.buyers());
    let (first_made, second_made) =
        tokio::join!(one.create_order(first.clone()), two.create_order(second.clone()));
    let (order, refused, request) = match (first_made, second_made) {
        (Ok(order), refused) => (order, refused, first),
        (refused, Ok(order)) => (order, refused, second),
        (first, second) => panic!("{first:?} {second:?}"),
    };
    let order = order.into_inner().order.unwrap();
    assert_refused(refused, Code::FailedPrecondition, "CART_EMPTY");
    assert_eq!((order.lines.len(), order.total.clone()), (2, won(27_000)));
    assert_eq!(shop.orders().await, 1);

    // Repeated, the request gives its order although the cart is empty now.
    assert_eq!(shop.create(request).await.order_id, order.order_id);
}

#[tokio::test]
async fn nobody_orders_without_signing_in() {
    let shop = Shop::open().await;
    let mut orders =
        xlcfi_contracts::order::v1::order_service_client::OrderServiceClient::new(shop.harness.anonymous());
    let refused = orders.create_order(shop.request(&[(shop.potatoes, 1)])).await;
    assert_eq!(refused.unwrap_err().code(), Code::Unauthenticated);
}
