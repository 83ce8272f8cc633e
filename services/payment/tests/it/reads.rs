use tonic::Code;
use uuid::Uuid;
use xlcfi_contracts::payment::v1::payment_service_client::PaymentServiceClient;
use xlcfi_contracts::payment::v1::{
    GetPaymentOfOrderRequest, GetPaymentRequest, ListPaymentsRequest, PaymentState,
};
use xlcfi_testkit::{admin, assert_refused, user};

use crate::world::{Order, World};

#[tokio::test]
async fn a_payment_is_seen_by_its_owner_and_admins_only() {
    let world = World::start().await;
    let order = world.waiting(15_000).await;
    let payment = world.payment(&order).await.unwrap();
    let by_id = GetPaymentRequest {
        payment_id: payment.payment_id.clone(),
    };
    let by_order = GetPaymentOfOrderRequest {
        order_id: order.id.to_string(),
    };
    for who in [order.buyer.clone(), admin()] {
        let got = world
            .client(&who)
            .get_payment(by_id.clone())
            .await
            .unwrap()
            .into_inner();
        assert_eq!(got.payment.as_ref(), Some(&payment));
        let got = world
            .client(&who)
            .get_payment_of_order(by_order.clone())
            .await
            .unwrap()
            .into_inner();
        assert_eq!(got.payment.as_ref(), Some(&payment));
    }
    let stranger = user();
    assert_refused(
        world.client(&stranger).get_payment(by_id).await,
        Code::NotFound,
        "PAYMENT_NOT_FOUND",
    );
    let refused = world.client(&stranger).get_payment_of_order(by_order).await;
    assert_refused(refused, Code::NotFound, "PAYMENT_NOT_FOUND");
    let unknown = GetPaymentRequest {
        payment_id: Uuid::now_v7().to_string(),
    };
    assert_refused(
        world.client(&order.buyer).get_payment(unknown).await,
        Code::NotFound,
        "PAYMENT_NOT_FOUND",
    );
}

#[tokio::test]
async fn payments_come_in_pages_newest_first() {
    let world = World::start().await;
    let buyer = user();
    let mut newest_first = Vec::new();
    for amount in 1..=5 {
        world.harness.advance(std::time::Duration::from_secs(1));
        let order = Order {
            id: Uuid::now_v7(),
            buyer: buyer.clone(),
            amount: amount * 1_000,
        };
        world.take(&order, "").await;
        world.until(&order, PaymentState::AwaitingBuyer).await;
        newest_first.insert(0, order.id.to_string());
    }
    world.waiting(1_000).await;
    let (mut found, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = ListPaymentsRequest {
            page_size: 2,
            page_token,
        };
        let response = world
            .client(&buyer)
            .list_payments(request)
            .await
            .unwrap()
            .into_inner();
        found.extend(response.payments.into_iter().map(|payment| payment.order_id));
        page_token = response.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(found, newest_first);
    let request = ListPaymentsRequest {
        page_size: 0,
        page_token: "apple".into(),
    };
    assert_refused(
        world.client(&buyer).list_payments(request).await,
        Code::InvalidArgument,
        "INVALID_FIELDS",
    );
}

#[tokio::test]
async fn nobody_reads_payments_without_signing_in() {
    let world = World::start().await;
    let mut anonymous = PaymentServiceClient::new(world.harness.anonymous());
    let refused = anonymous.list_payments(ListPaymentsRequest::default()).await;
    assert_eq!(refused.unwrap_err().code(), Code::Unauthenticated);
}
