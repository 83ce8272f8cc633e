use std::time::Duration;

use tonic::Code;
use uuid::Uuid;
use xlcfi_contracts::product::v1::{
    ArchiveProductRequest, GetStockRequest, ListLotsRequest, LotReceived, ReceiveLotRequest,
};
use xlcfi_testkit::{admin, assert_refused, seller};

use crate::fixture::{Shop, receipt};

#[tokio::test]
async fn received_goods_can_be_ordered_and_are_told_of() {
    let shop = Shop::open().await;
    let draft = shop.create(shop.potatoes()).await;
    let lot = shop.receive(&draft.product_id, 30, "2026-12-24").await;
    assert_eq!(
        (lot.received, lot.on_hand, lot.reserved, lot.sold),
        (30, 30, 0, 0)
    );
    assert_eq!(
        (lot.use_by_date.as_str(), lot.origin.as_str()),
        ("2026-12-24", "국내산 강원 평창")
    );
    let told = shop.harness.published::<LotReceived>().await;
    assert_eq!(told[0].lot.as_ref(), Some(&lot));

    let mut imported = receipt(&draft.product_id, 5, "");
    imported.origin = "미국산".into();
    let imported = shop
        .lots()
        .receive_lot(imported)
        .await
        .unwrap()
        .into_inner()
        .lot
        .unwrap();
    assert_eq!(
        (imported.origin.as_str(), imported.use_by_date.as_str()),
        ("미국산", "")
    );
    let request = GetStockRequest {
        product_id: draft.product_id,
    };
    let stock = shop
        .own()
        .get_stock(request)
        .await
        .unwrap()
        .into_inner()
        .stock
        .unwrap();
    assert_eq!(
        (
            stock.available,
            stock.reserved,
            stock.earliest_use_by_date.as_str()
        ),
        (35, 0, "2026-12-24")
    );
}

#[tokio::test]
async fn goods_past_their_date_in_korea_are_neither_received_nor_available() {
    let shop = Shop::open().await;
    let product = shop.stocked(1).await;
    for bad in ["2026-11-21", "2026-11-31", "2026-02-29"] {
        let refused = shop
            .lots()
            .receive_lot(receipt(&product.product_id, 5, bad))
            .await;
        assert_refused(refused, Code::InvalidArgument, "USE_BY_DATE_INVALID");
    }
    let malformed = shop
        .lots()
        .receive_lot(receipt(&product.product_id, 5, "tomorrow"))
        .await;
    assert_refused(malformed, Code::InvalidArgument, "INVALID_FIELDS");
    shop.receive(&product.product_id, 5, "2026-11-22").await;
    // 23:59:59 in Seoul, then midnight.
    shop.harness.advance(Duration::from_secs(15 * 3600 - 1));
    assert_eq!(shop.stock(&product.product_id).await, (6, 0));
    shop.harness.advance(Duration::from_secs(1));
    assert_eq!(shop.stock(&product.product_id).await, (1, 0));
}

#[tokio::test]
async fn lots_are_booked_by_the_seller_of_a_product_that_is_sold() {
    let shop = Shop::open().await;
    let product = shop.stocked(1).await;
    let request = receipt(&product.product_id, 5, "");
    for client in [seller(), admin()] {
        let refused = shop.lots_of(&client).receive_lot(request.clone()).await;
        if client.is_admin() {
            assert_refused(refused, Code::PermissionDenied, "ROLE_MISSING");
        } else {
            assert_refused(refused, Code::NotFound, "PRODUCT_NOT_FOUND");
        }
    }
    for quantity in [0, -1, 1_000_001, i64::MAX] {
        let refused = shop
            .lots()
            .receive_lot(ReceiveLotRequest {
                quantity,
                ..request.clone()
            })
            .await;
        assert_refused(refused, Code::InvalidArgument, "INVALID_FIELDS");
    }
    let archive = ArchiveProductRequest {
        product_id: product.product_id,
    };
    shop.own().archive_product(archive).await.unwrap();
    assert_refused(
        shop.lots().receive_lot(request).await,
        Code::FailedPrecondition,
        "PRODUCT_ARCHIVED",
    );
}

#[tokio::test]
async fn a_repeated_request_finds_the_lot_it_booked() {
    let shop = Shop::open().await;
    let product = shop.stocked(1).await;
    let mut request = receipt(&product.product_id, 5, "");
    request.request_id = Uuid::now_v7().to_string();
    let (mut one, mut two) = (shop.lots(), shop.lots());
    let (one, two) = tokio::join!(one.receive_lot(request.clone()), two.receive_lot(request.clone()));
    let one = one.unwrap().into_inner();
    assert_eq!(one, two.unwrap().into_inner());
    assert_eq!(shop.lots().receive_lot(request).await.unwrap().into_inner(), one);
    assert_eq!(shop.stock(&product.product_id).await, (6, 0));
    assert_eq!(shop.harness.published::<LotReceived>().await.len(), 2);
}

#[tokio::test]
async fn lots_are_listed_in_the_order_they_leave() {
    let shop = Shop::open().await;
    let draft = shop.create(shop.potatoes()).await;
    let id = draft.product_id.as_str();
    let mut lots = Vec::new();
    for use_by in ["", "2026-12-24", "2026-11-30", "2026-12-24", ""] {
        lots.push(shop.receive(id, 5, use_by).await);
        shop.harness.advance(Duration::from_secs(1));
    }
    let leaving = [2, 1, 3, 0, 4].map(|at: usize| lots[at].clone());
    for page_size in [1, 2, 5, 0] {
        let (mut listed, mut page_token) = (Vec::new(), String::new());
        loop {
            let request = ListLotsRequest {
                product_id: id.into(),
                page_size,
                page_token,
            };
            let page = shop.lots().list_lots(request).await.unwrap().into_inner();
            listed.extend(page.lots);
            page_token = page.next_page_token;
            if page_token.is_empty() {
                break;
            }
        }
        assert_eq!(listed, leaving, "pages of {page_size}");
    }
    let request = ListLotsRequest {
        product_id: id.into(),
        ..Default::default()
    };
    let by_other = shop.lots_of(&seller()).list_lots(request.clone()).await;
    assert_refused(by_other, Code::NotFound, "PRODUCT_NOT_FOUND");
    let request = ListLotsRequest {
        page_token: "x".into(),
        ..request
    };
    assert_refused(
        shop.lots().list_lots(request).await,
        Code::InvalidArgument,
        "INVALID_FIELDS",
    );
}
