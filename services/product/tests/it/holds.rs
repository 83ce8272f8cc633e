//! Lots that may not be sold, and orders that get others.

use tonic::Code;
use uuid::Uuid;
use xlcfi_contracts::product::v1::{
    Lot, LotState, LotsHeld, LotsReleased, QuarantineLotRequest, ReassignStockRequest, ReleaseLotRequest,
    StockEntryKind,
};
use xlcfi_testkit::assert_refused;

use crate::fixture::{LATER, Shop};
use crate::ledger::{entries, hold};

#[tokio::test]
async fn a_held_lot_is_not_sold_until_it_is_released() {
    let shop = Shop::open().await;
    let product = shop.stocked(5).await;
    let lot = shop.receive(&product.product_id, 5, "2026-12-01").await;
    let held = hold(&shop, &lot).await;
    assert_eq!(
        (held.state(), held.state_reason.as_str()),
        (LotState::Held, "검사 대기")
    );
    assert_eq!(shop.stock(&product.product_id).await, (5, 0));
    let refused = shop
        .reserve(Uuid::now_v7(), &[(&product.product_id, 6)], LATER)
        .await;
    assert_eq!(refused.unwrap_err().reason, "OUT_OF_STOCK");
    let told = shop.harness.published::<LotsHeld>().await;
    assert_eq!(
        (told.len(), &told[0].lot_ids, told[0].recall_id.as_str()),
        (1, &vec![lot.lot_id.clone()], "")
    );
    let quarantine = QuarantineLotRequest {
        lot_id: lot.lot_id.clone(),
        reason: "이물 의심".into(),
    };
    let apart = shop
        .lots()
        .quarantine_lot(quarantine)
        .await
        .unwrap()
        .into_inner()
        .lot
        .unwrap();
    assert_eq!(apart.state(), LotState::Quarantined);
    let release = ReleaseLotRequest {
        lot_id: lot.lot_id.clone(),
        reason: "이상 없음".into(),
    };
    for _ in 0..2 {
        let released = shop
            .lots()
            .release_lot(release.clone())
            .await
            .unwrap()
            .into_inner()
            .lot
            .unwrap();
        assert_eq!(
            (released.state(), released.state_reason.as_str()),
            (LotState::Available, "")
        );
    }
    assert_eq!(shop.harness.published::<LotsReleased>().await.len(), 1);
    assert_eq!(shop.stock(&product.product_id).await, (10, 0));
}

#[tokio::test]
async fn an_order_under_way_gets_other_lots_than_those_held_meanwhile_or_is_refused() {
    let shop = Shop::open().await;
    let product = shop.stocked(5).await;
    let first = shop.receive(&product.product_id, 4, "2026-12-01").await;
    let second = shop.receive(&product.product_id, 4, "2026-12-02").await;
    let (order, other) = (Uuid::now_v7(), Uuid::now_v7());
    shop.reserve(order, &[(&product.product_id, 6)], LATER)
        .await
        .unwrap();
    hold(&shop, &first).await;
    shop.commit(order).await.unwrap();
    assert_eq!(shop.lot(&first.lot_id).await, (4, 0, 0));
    assert_eq!(shop.lot(&second.lot_id).await, (0, 0, 4));
    assert_eq!(shop.stock(&product.product_id).await, (3, 0));

    shop.reserve(other, &[(&product.product_id, 3)], LATER)
        .await
        .unwrap();
    let undated = sqlx::query_scalar::<_, Uuid>("select lot_id from lot where use_by_date is null")
        .fetch_one(shop.harness.pool())
        .await
        .unwrap();
    let undated = Lot {
        lot_id: undated.to_string(),
        ..first.clone()
    };
    hold(&shop, &undated).await;
    assert_eq!(shop.commit(other).await.unwrap_err().reason, "OUT_OF_STOCK");
    shop.release(other).await.unwrap();
    assert_eq!(shop.lot(&undated.lot_id).await, (3, 0, 2));
    shop.assert_stock_adds_up().await;
}

#[tokio::test]
async fn a_seller_gives_an_order_another_good_lot_and_says_why() {
    let shop = Shop::open().await;
    let product = shop.stocked(5).await;
    let id = product.product_id.as_str();
    let (first, second) = (
        shop.receive(id, 4, "2026-12-01").await,
        shop.receive(id, 4, "2026-12-24").await,
    );
    let expired = shop.receive(id, 4, "2026-11-22").await;
    shop.harness.advance(std::time::Duration::from_secs(24 * 3_600));
    let order = Uuid::now_v7();
    shop.reserve(order, &[(id, 3)], LATER).await.unwrap();
    let request = |to: &Lot, quantity| ReassignStockRequest {
        lot_id: first.lot_id.clone(),
        order_id: order.to_string(),
        to_lot_id: to.lot_id.clone(),
        quantity,
        reason: "앞 팔레트".into(),
        request_id: Uuid::now_v7().to_string(),
    };
    let swap = request(&second, 2);
    for _ in 0..2 {
        let lots = shop
            .lots()
            .reassign_stock(swap.clone())
            .await
            .unwrap()
            .into_inner();
        let (from, to) = (lots.lot.unwrap(), lots.to_lot.unwrap());
        assert_eq!(
            (from.on_hand, from.reserved, to.on_hand, to.reserved),
            (3, 1, 2, 2)
        );
    }
    shop.commit(order).await.unwrap();
    shop.lots().reassign_stock(request(&second, 1)).await.unwrap();
    assert_eq!(shop.lot(&first.lot_id).await, (4, 0, 0));
    assert_eq!(shop.lot(&second.lot_id).await, (1, 0, 3));
    let refused = shop.lots().reassign_stock(request(&second, 1)).await;
    assert_refused(refused, Code::NotFound, "RESERVATION_NOT_FOUND");
    let back = |to: &Lot, quantity| ReassignStockRequest {
        lot_id: second.lot_id.clone(),
        ..request(to, quantity)
    };
    let refused = shop.lots().reassign_stock(back(&expired, 1)).await;
    assert_refused(refused, Code::FailedPrecondition, "LOT_NOT_FIT");
    let held = hold(&shop, &first).await;
    let refused = shop.lots().reassign_stock(back(&held, 1)).await;
    assert_refused(refused, Code::FailedPrecondition, "LOT_NOT_FIT");
    let last = entries(&shop, &second).await.pop().unwrap();
    assert_eq!(
        (last.kind(), last.sold, last.reason.as_str(), last.order_id),
        (StockEntryKind::Reassigned, 1, "앞 팔레트", order.to_string())
    );
    shop.release(order).await.unwrap();
    shop.assert_stock_adds_up().await;
}
