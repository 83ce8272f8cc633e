//! What sellers do with lots after they came in.

use tonic::Code;
use uuid::Uuid;
use xlcfi_contracts::product::v1::{
    AdjustLotRequest, Certificate, CreateWarehouseRequest, DateKind, DisposeLotRequest, GetLotRequest,
    ListWarehousesRequest, LivestockKind, Lot, LotState, MoveLotRequest, ReceiveLotRequest, SplitLotRequest,
    StockEntryKind, TraceKind,
};
use xlcfi_testkit::{assert_refused, seller};

use crate::fixture::{LATER, Shop, krw, receipt};
use crate::ledger::{entries, hold};

async fn warehouse(shop: &Shop, name: &str) -> String {
    let request = CreateWarehouseRequest {
        name: name.into(),
        address: String::new(),
    };
    let made = shop.lots().create_warehouse(request).await.unwrap().into_inner();
    made.warehouse.unwrap().warehouse_id
}

fn adjust(lot: &Lot, on_hand: i64) -> AdjustLotRequest {
    AdjustLotRequest {
        lot_id: lot.lot_id.clone(),
        on_hand,
        reason: "재고 실사".into(),
        request_id: String::new(),
    }
}

fn dispose(lot: &Lot, quantity: i64) -> DisposeLotRequest {
    DisposeLotRequest {
        lot_id: lot.lot_id.clone(),
        quantity,
        reason: "파손".into(),
        request_id: String::new(),
    }
}

fn split(lot: &Lot, quantity: i64) -> SplitLotRequest {
    SplitLotRequest {
        lot_id: lot.lot_id.clone(),
        quantity,
        reason: "선별".into(),
        ..SplitLotRequest::default()
    }
}

#[tokio::test]
async fn a_receipt_keeps_everything_that_came_with_the_goods() {
    let shop = Shop::open().await;
    let draft = shop.create(shop.potatoes()).await;
    let cold = warehouse(&shop, "냉장 창고").await;
    let request = ReceiveLotRequest {
        own_lot: "B-7".into(),
        warehouse_id: cold.clone(),
        date_kind: DateKind::SellBy.into(),
        made_date: "2026-11-20".into(),
        trace_number: "l0261120-1234-567".into(),
        certificates: vec![Certificate {
            kind: "HACCP".into(),
            number: "2026-1".into(),
            image_id: String::new(),
        }],
        supplier: "평창농협".into(),
        unit_cost: Some(krw(640)),
        ..receipt(&draft.product_id, 8, "2026-12-24")
    };
    let lot = shop
        .lots()
        .receive_lot(request.clone())
        .await
        .unwrap()
        .into_inner()
        .lot
        .unwrap();
    assert_eq!(
        (lot.own_lot.as_str(), &lot.warehouse_id, lot.supplier.as_str()),
        ("B-7", &cold, "평창농협")
    );
    assert_eq!(
        (lot.date_kind(), lot.made_date.as_str()),
        (DateKind::SellBy, "2026-11-20")
    );
    assert_eq!(
        (lot.certificates.clone(), lot.unit_cost.clone()),
        (request.certificates.clone(), Some(krw(640)))
    );
    let trace = lot.trace.clone().unwrap();
    assert_eq!(
        (trace.number.as_str(), trace.kind()),
        ("L02611201234567", TraceKind::Bundle)
    );
    assert_eq!(
        (trace.livestock(), trace.date.as_str()),
        (LivestockKind::Beef, "2026-11-20")
    );
    let read = GetLotRequest {
        lot_id: lot.lot_id.clone(),
    };
    assert_eq!(
        shop.lots().get_lot(read.clone()).await.unwrap().into_inner().lot,
        Some(lot)
    );
    assert_refused(
        shop.lots_of(&seller()).get_lot(read).await,
        Code::NotFound,
        "LOT_NOT_FOUND",
    );

    let taken = shop.lots().receive_lot(request.clone()).await;
    assert_refused(taken, Code::AlreadyExists, "OWN_LOT_TAKEN");
    let numbered = shop.receive(&draft.product_id, 1, "").await;
    assert_eq!(numbered.own_lot, "20261122-1");
    assert_eq!(shop.receive(&draft.product_id, 1, "").await.own_lot, "20261122-2");
    let bad = ReceiveLotRequest {
        made_date: "2026-11-23".into(),
        trace_number: "L32611201234567".into(),
        unit_cost: Some(krw(-1)),
        own_lot: String::new(),
        ..request.clone()
    };
    let status = assert_refused(
        shop.lots().receive_lot(bad).await,
        Code::InvalidArgument,
        "INVALID_FIELDS",
    );
    assert_eq!(
        xlcfi_testkit::violations(&status),
        ["made_date", "trace_number", "unit_cost.minor_units"]
    );
    let nowhere = ReceiveLotRequest {
        warehouse_id: Uuid::now_v7().to_string(),
        own_lot: String::new(),
        ..request
    };
    assert_refused(
        shop.lots().receive_lot(nowhere).await,
        Code::NotFound,
        "WAREHOUSE_NOT_FOUND",
    );
}

#[tokio::test]
async fn every_change_stands_in_the_ledger_with_who_and_why() {
    let shop = Shop::open().await;
    let product = shop.stocked(20).await;
    let order = Uuid::now_v7();
    let lot_id = shop
        .reserve(order, &[(&product.product_id, 6)], LATER)
        .await
        .unwrap()[0]
        .lot_id
        .clone();
    shop.commit(order).await.unwrap();
    let read = GetLotRequest { lot_id };
    let lot = shop
        .lots()
        .get_lot(read.clone())
        .await
        .unwrap()
        .into_inner()
        .lot
        .unwrap();
    let counted = shop
        .lots()
        .adjust_lot(adjust(&lot, 12))
        .await
        .unwrap()
        .into_inner()
        .lot
        .unwrap();
    assert_eq!((counted.on_hand, counted.sold, counted.changed), (12, 6, -2));
    shop.lots().dispose_lot(dispose(&lot, 2)).await.unwrap();
    hold(&shop, &lot).await;
    let all = shop
        .lots()
        .dispose_lot(dispose(&lot, 0))
        .await
        .unwrap()
        .into_inner()
        .lot
        .unwrap();
    assert_eq!((all.on_hand, all.changed), (0, -14));
    let told: Vec<_> = entries(&shop, &lot)
        .await
        .into_iter()
        .map(|entry| {
            (
                entry.kind(),
                entry.on_hand,
                entry.reserved,
                entry.sold,
                entry.reason,
                entry.actor,
            )
        })
        .collect();
    let (seller, text) = (shop.seller.id.to_string(), String::from);
    use StockEntryKind::{Adjusted, Disposed, Held, Received, Reserved, Sold};
    assert_eq!(
        told,
        [
            (Received, 20, 0, 0, text(""), seller.clone()),
            (Reserved, -6, 6, 0, text(""), text("order")),
            (Sold, 0, -6, 6, text(""), text("order")),
            (Adjusted, -2, 0, 0, text("재고 실사"), seller.clone()),
            (Disposed, -2, 0, 0, text("파손"), seller.clone()),
            (Held, 0, 0, 0, text("검사 대기"), seller.clone()),
            (Disposed, -10, 0, 0, text("파손"), seller),
        ]
    );
    shop.release(order).await.unwrap();
    shop.assert_stock_adds_up().await;
    let tampered = sqlx::query("update stock_entry set on_hand = 0")
        .execute(shop.harness.pool())
        .await;
    assert!(tampered.unwrap_err().to_string().contains("append-only"));
}

#[tokio::test]
async fn more_than_is_on_hand_is_never_taken_and_a_repeated_request_takes_once() {
    let shop = Shop::open().await;
    let draft = shop.create(shop.potatoes()).await;
    let lot = shop.receive(&draft.product_id, 5, "").await;
    for quantity in [6, 1_000_000] {
        let refused = shop.lots().dispose_lot(dispose(&lot, quantity)).await;
        let status = assert_refused(refused, Code::FailedPrecondition, "LOT_TOO_SMALL");
        assert_eq!(
            xlcfi_errors::metadata_of(&status, "on_hand").as_deref(),
            Some("5")
        );
        let refused = shop.lots().split_lot(split(&lot, quantity)).await;
        assert_refused(refused, Code::FailedPrecondition, "LOT_TOO_SMALL");
    }
    let mut once = dispose(&lot, 2);
    once.request_id = Uuid::now_v7().to_string();
    for _ in 0..3 {
        let left = shop
            .lots()
            .dispose_lot(once.clone())
            .await
            .unwrap()
            .into_inner()
            .lot
            .unwrap();
        assert_eq!(left.on_hand, 3);
    }
    let blank = AdjustLotRequest {
        reason: " ".into(),
        ..adjust(&lot, 1)
    };
    assert_refused(
        shop.lots().adjust_lot(blank).await,
        Code::InvalidArgument,
        "INVALID_FIELDS",
    );
    let by_other = shop.lots_of(&seller()).adjust_lot(adjust(&lot, 1)).await;
    assert_refused(by_other, Code::NotFound, "LOT_NOT_FOUND");
    shop.assert_stock_adds_up().await;
}

#[tokio::test]
async fn a_split_lot_has_the_papers_and_the_state_of_the_first() {
    let shop = Shop::open().await;
    let draft = shop.create(shop.potatoes()).await;
    let lot = shop.receive(&draft.product_id, 10, "2026-12-24").await;
    let lot = hold(&shop, &lot).await;
    let mut request = split(&lot, 4);
    request.request_id = Uuid::now_v7().to_string();
    let both = shop.lots().split_lot(request.clone()).await.unwrap().into_inner();
    let (left, new) = (both.lot.unwrap(), both.split.unwrap());
    assert_eq!(
        (left.on_hand, left.changed, new.received, new.on_hand),
        (6, -4, 4, 4)
    );
    assert_eq!(
        (
            new.parent_lot_id.as_str(),
            new.use_by_date.as_str(),
            new.state(),
            new.supplier_lot.as_str()
        ),
        (lot.lot_id.as_str(), "2026-12-24", LotState::Held, "L-1")
    );
    assert_ne!(new.own_lot, lot.own_lot);
    let again = shop.lots().split_lot(request).await.unwrap().into_inner();
    assert_eq!((again.lot, again.split), (Some(left), Some(new)));
    shop.assert_stock_adds_up().await;
}

#[tokio::test]
async fn goods_move_whole_or_in_part() {
    let shop = Shop::open().await;
    let product = shop.stocked(10).await;
    let order = Uuid::now_v7();
    let lot_id = shop
        .reserve(order, &[(&product.product_id, 3)], LATER)
        .await
        .unwrap()[0]
        .lot_id
        .clone();
    let there = warehouse(&shop, "제2 창고").await;
    let to = |lot_id: &str, quantity: i64| MoveLotRequest {
        lot_id: lot_id.into(),
        warehouse_id: there.clone(),
        quantity,
        reason: "이동".into(),
        request_id: String::new(),
    };
    let moved = async |lot_id: &str, quantity| {
        shop.lots()
            .move_lot(to(lot_id, quantity))
            .await
            .unwrap()
            .into_inner()
            .lot
            .unwrap()
    };
    let part = moved(&lot_id, 2).await;
    assert_eq!(
        (part.on_hand, &part.parent_lot_id, &part.warehouse_id),
        (2, &lot_id, &there)
    );
    // What is reserved stays where it is.
    let rest = moved(&lot_id, 0).await;
    assert_eq!((rest.on_hand, &rest.parent_lot_id), (5, &lot_id));
    assert_eq!(shop.lot(&lot_id).await, (0, 3, 0));
    shop.release(order).await.unwrap();
    let whole = moved(&lot_id, 0).await;
    assert_eq!(
        (&whole.lot_id, whole.on_hand, &whole.warehouse_id),
        (&lot_id, 3, &there)
    );
    let refused = shop.lots().move_lot(to(&lot_id, 0)).await;
    assert_refused(refused, Code::FailedPrecondition, "LOT_THERE_ALREADY");
    let mut nowhere = to(&lot_id, 0);
    nowhere.warehouse_id = Uuid::now_v7().to_string();
    assert_refused(
        shop.lots().move_lot(nowhere).await,
        Code::NotFound,
        "WAREHOUSE_NOT_FOUND",
    );
    let listed = shop
        .lots()
        .list_warehouses(ListWarehousesRequest {})
        .await
        .unwrap()
        .into_inner();
    let names: Vec<_> = listed
        .warehouses
        .into_iter()
        .map(|warehouse| warehouse.name)
        .collect();
    assert_eq!(names, ["기본 창고", "제2 창고"]);
    let twice = CreateWarehouseRequest {
        name: "제2 창고".into(),
        address: String::new(),
    };
    let refused = shop.lots().create_warehouse(twice).await;
    assert_refused(refused, Code::AlreadyExists, "WAREHOUSE_NAME_TAKEN");
    shop.assert_stock_adds_up().await;
}
