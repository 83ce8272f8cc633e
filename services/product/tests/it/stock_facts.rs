//! What is told of lots for who keeps their story.

use uuid::Uuid;
use xlcfi_contracts::product::v1::{
    AdjustLotRequest, Allocation, CreateWarehouseRequest, DisposeLotRequest, Lot, LotChanged, LotMoved,
    LotReceived, LotSplit, MoveLotRequest, ReassignStockRequest, SplitLotRequest, StockEntryKind,
    StockReturned, StockSold, StorageClass,
};

use crate::fixture::{LATER, Shop};
use crate::ledger::hold;

fn lines(of: &[(&Lot, i64)]) -> Vec<Allocation> {
    let line = |(lot, quantity): &(&Lot, i64)| Allocation {
        product_id: lot.product_id.clone(),
        lot_id: lot.lot_id.clone(),
        quantity: *quantity,
    };
    of.iter().map(line).collect()
}

#[tokio::test]
async fn received_and_split_lots_are_told_with_what_they_are_of() {
    let shop = Shop::open().await;
    let draft = shop.create(shop.potatoes()).await;
    let lot = shop.receive(&draft.product_id, 10, "2026-12-24").await;
    let received = shop.harness.published::<LotReceived>().await;
    let product = received[0].product.clone().unwrap();
    assert_eq!(
        (
            product.seller_id.as_str(),
            product.name.as_str(),
            product.storage()
        ),
        (
            shop.seller.id.to_string().as_str(),
            "감자 10kg",
            StorageClass::Room
        )
    );
    let request = SplitLotRequest {
        lot_id: lot.lot_id.clone(),
        quantity: 4,
        reason: "선별".into(),
        request_id: Uuid::now_v7().to_string(),
        ..SplitLotRequest::default()
    };
    for _ in 0..2 {
        shop.lots().split_lot(request.clone()).await.unwrap();
    }
    let split = shop.harness.published::<LotSplit>().await;
    assert_eq!((split.len(), split[0].moved), (1, false));
    let part = split[0].lot.clone().unwrap();
    assert_eq!(
        (&part.parent_lot_id, part.received, split[0].product.clone()),
        (&lot.lot_id, 4, Some(product))
    );
}

#[tokio::test]
async fn moves_and_changes_of_lots_are_told_once() {
    let shop = Shop::open().await;
    let draft = shop.create(shop.potatoes()).await;
    let lot = shop.receive(&draft.product_id, 10, "2026-12-24").await;
    let there = CreateWarehouseRequest {
        name: "제2 창고".into(),
        address: String::new(),
    };
    let there = shop.lots().create_warehouse(there).await.unwrap().into_inner();
    let there = there.warehouse.unwrap().warehouse_id;
    let to = |quantity| MoveLotRequest {
        lot_id: lot.lot_id.clone(),
        warehouse_id: there.clone(),
        quantity,
        reason: "이동".into(),
        request_id: String::new(),
    };
    shop.lots().move_lot(to(3)).await.unwrap();
    let split = shop.harness.published::<LotSplit>().await;
    assert_eq!((split.len(), split[0].moved), (1, true));
    shop.lots().move_lot(to(0)).await.unwrap();
    let moved = shop.harness.published::<LotMoved>().await;
    assert_eq!(moved.len(), 1);
    assert_eq!((&moved[0].lot_id, &moved[0].warehouse_id), (&lot.lot_id, &there));

    let dispose = DisposeLotRequest {
        lot_id: lot.lot_id.clone(),
        quantity: 2,
        reason: "파손".into(),
        request_id: Uuid::now_v7().to_string(),
    };
    for _ in 0..2 {
        shop.lots().dispose_lot(dispose.clone()).await.unwrap();
    }
    // The second count finds what is there already: nothing changes.
    for _ in 0..2 {
        let adjust = AdjustLotRequest {
            lot_id: lot.lot_id.clone(),
            on_hand: 6,
            reason: "재고 실사".into(),
            request_id: String::new(),
        };
        shop.lots().adjust_lot(adjust).await.unwrap();
    }
    let changed = shop.harness.published::<LotChanged>().await;
    let told: Vec<_> = changed.iter().map(|fact| (fact.kind(), fact.change)).collect();
    assert_eq!(
        told,
        [(StockEntryKind::Disposed, -2), (StockEntryKind::Adjusted, 1)]
    );
}

#[tokio::test]
async fn from_which_lots_an_order_was_sold_is_told_once_and_so_is_that_they_are_back() {
    let shop = Shop::open().await;
    let product = shop.stocked(5).await;
    let first = shop.receive(&product.product_id, 4, "2026-12-01").await;
    let second = shop.receive(&product.product_id, 4, "2026-12-02").await;
    let order = Uuid::now_v7();
    shop.reserve(order, &[(&product.product_id, 6)], LATER)
        .await
        .unwrap();
    assert_eq!(shop.harness.published::<StockSold>().await, []);
    for _ in 0..2 {
        shop.commit(order).await.unwrap();
    }
    let sold = shop.harness.published::<StockSold>().await;
    assert_eq!(sold.len(), 1);
    assert_eq!(sold[0].order_id, order.to_string());
    assert_eq!(sold[0].lines, lines(&[(&first, 4), (&second, 2)]));
    for _ in 0..2 {
        shop.release(order).await.unwrap();
    }
    let back = shop.harness.published::<StockReturned>().await;
    assert_eq!(back.len(), 1);
    assert_eq!(back[0].lines, sold[0].lines);
}

#[tokio::test]
async fn a_reservation_given_back_was_never_sold() {
    let shop = Shop::open().await;
    let product = shop.stocked(5).await;
    let order = Uuid::now_v7();
    shop.reserve(order, &[(&product.product_id, 5)], LATER)
        .await
        .unwrap();
    shop.release(order).await.unwrap();
    assert_eq!(shop.harness.published::<StockSold>().await, []);
    assert_eq!(shop.harness.published::<StockReturned>().await, []);
}

#[tokio::test]
async fn lots_taken_anew_because_the_first_were_held_are_those_told() {
    let shop = Shop::open().await;
    let product = shop.stocked(5).await;
    let first = shop.receive(&product.product_id, 4, "2026-12-01").await;
    let second = shop.receive(&product.product_id, 4, "2026-12-02").await;
    let order = Uuid::now_v7();
    shop.reserve(order, &[(&product.product_id, 4)], LATER)
        .await
        .unwrap();
    hold(&shop, &first).await;
    shop.commit(order).await.unwrap();
    let sold = shop.harness.published::<StockSold>().await;
    assert_eq!(sold.len(), 1);
    assert_eq!(sold[0].lines, lines(&[(&second, 4)]));
    assert_eq!(shop.harness.published::<StockReturned>().await, []);
}

#[tokio::test]
async fn an_order_that_gets_another_lot_gives_the_first_back() {
    let shop = Shop::open().await;
    let product = shop.stocked(5).await;
    let first = shop.receive(&product.product_id, 4, "2026-12-01").await;
    let second = shop.receive(&product.product_id, 4, "2026-12-02").await;
    let order = Uuid::now_v7();
    shop.reserve(order, &[(&product.product_id, 4)], LATER)
        .await
        .unwrap();
    let swap = |quantity| ReassignStockRequest {
        lot_id: first.lot_id.clone(),
        order_id: order.to_string(),
        to_lot_id: second.lot_id.clone(),
        quantity,
        reason: "선별".into(),
        request_id: String::new(),
    };
    // What is only reserved is not sold yet.
    shop.lots().reassign_stock(swap(1)).await.unwrap();
    assert_eq!(shop.harness.published::<StockReturned>().await, []);
    shop.commit(order).await.unwrap();
    shop.lots().reassign_stock(swap(2)).await.unwrap();
    let sold = shop.harness.published::<StockSold>().await;
    let mut begun = sold[0].lines.clone();
    begun.sort_by_key(|line| line.quantity);
    assert_eq!(begun, lines(&[(&second, 1), (&first, 3)]));
    assert_eq!(sold[1].lines, lines(&[(&second, 2)]));
    let back = shop.harness.published::<StockReturned>().await;
    assert_eq!(back[0].lines, lines(&[(&first, 2)]));
}
