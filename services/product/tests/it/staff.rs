//! What the admin service asks of product, for the platform's staff.

use std::collections::BTreeMap;

use tonic::Code;
use uuid::Uuid;
use xlcfi_contracts::product::v1::product_service_client::ProductServiceClient;
use xlcfi_contracts::product::v1::recall_service_client::RecallServiceClient;
use xlcfi_contracts::product::v1::{
    HoldForRecallRequest, ProductArchived, ProductState, RecallScope, ScanRecallRequest, ScanRecallResponse,
    TakeDownProductRequest,
};
use xlcfi_contracts::types::v1::Role;
use xlcfi_testkit::{admin, assert_refused, user};

use crate::fixture::{LATER, Shop};

async fn scan(shop: &Shop, request: ScanRecallRequest) -> Result<ScanRecallResponse, tonic::Status> {
    let mut recalls = RecallServiceClient::new(shop.harness.as_service("admin"));
    let mut answers = recalls.scan_recall(request).await?.into_inner();
    let mut all = ScanRecallResponse::default();
    while let Some(answer) = answers.message().await? {
        assert!(answer.lots.is_empty() || all.orders.is_empty(), "lots come first");
        all.lots.extend(answer.lots);
        all.orders.extend(answer.orders);
    }
    Ok(all)
}

#[tokio::test]
async fn staff_takes_a_product_off_sale_whoever_sells_it() {
    let shop = Shop::open().await;
    let product = shop.stocked(5).await;
    let request = TakeDownProductRequest {
        product_id: product.product_id.clone(),
        actor: Uuid::now_v7().to_string(),
    };
    let mut products = ProductServiceClient::new(shop.harness.as_service("admin"));
    for before in [ProductState::Published, ProductState::Archived] {
        let taken = products
            .take_down_product(request.clone())
            .await
            .unwrap()
            .into_inner();
        assert_eq!(taken.state_before(), before);
        assert_eq!(taken.product.unwrap().state(), ProductState::Archived);
    }
    assert_eq!(shop.harness.published::<ProductArchived>().await.len(), 1);
    let unknown = TakeDownProductRequest {
        product_id: Uuid::now_v7().to_string(),
        ..request.clone()
    };
    let refused = products.take_down_product(unknown).await;
    assert_refused(refused, Code::NotFound, "PRODUCT_NOT_FOUND");
    let mut other = ProductServiceClient::new(shop.harness.as_service("order"));
    assert_eq!(
        other.take_down_product(request).await.unwrap_err().code(),
        Code::PermissionDenied
    );
}

#[tokio::test]
async fn a_scope_shows_its_lots_and_orders_before_and_after_it_is_held() {
    let shop = Shop::open().await;
    let product = shop.on_sale("감자", 1_000).await;
    let (id, other) = (product.product_id.as_str(), shop.stocked(9).await);
    shop.receive(id, 5, "2026-12-01").await;
    shop.receive(id, 5, "2026-12-02").await;
    let [sold, reserved, released, foreign] = std::array::from_fn(|_| Uuid::now_v7());
    for order in [sold, reserved, released] {
        shop.reserve(order, &[(id, 3)], LATER).await.unwrap();
    }
    shop.reserve(foreign, &[(&other.product_id, 3)], LATER)
        .await
        .unwrap();
    shop.commit(sold).await.unwrap();
    shop.release(released).await.unwrap();
    let scope = RecallScope {
        product_id: id.into(),
        ..RecallScope::default()
    };
    let named = ScanRecallRequest {
        // Named twice, it is there once.
        scopes: vec![scope.clone(), scope.clone()],
        ..ScanRecallRequest::default()
    };
    let before = scan(&shop, named.clone()).await.unwrap();
    let on_sale = "select count(*) from lot where state <> 'available'";
    let held: i64 = sqlx::query_scalar(on_sale)
        .fetch_one(shop.harness.pool())
        .await
        .unwrap();
    assert_eq!((before.lots.len(), held), (3, 0), "looking holds nothing");
    let hold = HoldForRecallRequest {
        scope: Some(scope),
        reason: "대장균 검출".into(),
        request_id: String::new(),
    };
    let recall = shop
        .recalls(&admin())
        .hold_for_recall(hold)
        .await
        .unwrap()
        .into_inner()
        .recall
        .unwrap();
    let after = ScanRecallRequest {
        recall_ids: vec![recall.recall_id],
        ..ScanRecallRequest::default()
    };
    let after = scan(&shop, after).await.unwrap();
    assert_eq!(after, before);
    assert!(
        scan(&shop, named).await.unwrap().lots.is_empty(),
        "they are recalled already"
    );
    let mut orders = BTreeMap::<String, (i64, bool)>::new();
    for line in after.orders {
        let order = orders.entry(line.order_id).or_default();
        *order = (order.0 + line.quantity, line.sold);
    }
    let expected = BTreeMap::from([(sold.to_string(), (3, true)), (reserved.to_string(), (3, false))]);
    assert_eq!(orders, expected);
}

#[tokio::test]
async fn only_the_admin_service_looks_and_only_at_what_is_there() {
    let shop = Shop::open().await;
    let unknown = ScanRecallRequest {
        recall_ids: vec![Uuid::now_v7().to_string()],
        ..ScanRecallRequest::default()
    };
    assert_refused(
        scan(&shop, unknown.clone()).await,
        Code::NotFound,
        "RECALL_NOT_FOUND",
    );
    let empty = ScanRecallRequest {
        scopes: vec![RecallScope::default()],
        ..ScanRecallRequest::default()
    };
    assert_refused(scan(&shop, empty).await, Code::InvalidArgument, "INVALID_FIELDS");
    let mut order = RecallServiceClient::new(shop.harness.as_service("order"));
    assert_eq!(
        order.scan_recall(unknown).await.unwrap_err().code(),
        Code::PermissionDenied
    );
}

#[tokio::test]
async fn who_looks_after_the_catalogue_recalls() {
    let shop = Shop::open().await;
    let product = shop.stocked(5).await;
    let hold = HoldForRecallRequest {
        scope: Some(RecallScope {
            product_id: product.product_id,
            ..RecallScope::default()
        }),
        reason: "대장균 검출".into(),
        request_id: String::new(),
    };
    for (role, may) in [(Role::Support, false), (Role::Catalogue, true)] {
        let mut staff = user();
        staff.roles.push(role);
        let held = shop.recalls(&staff).hold_for_recall(hold.clone()).await;
        assert_eq!(held.is_ok(), may, "{role:?}");
    }
}
