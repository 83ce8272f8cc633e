use std::time::Duration;

use uuid::Uuid;
use xlcfi_contracts::product::v1::{ArchiveProductRequest, CommitStockCommand, ReleaseStockCommand};
use xlcfi_contracts::saga::v1::Direction;
use xlcfi_testkit::eventually;

use crate::fixture::{LATER, LONG_AGO, Shop, line, outcome, reserve};

#[tokio::test]
async fn stock_is_reserved_from_the_lots_that_expire_first() {
    let shop = Shop::open().await;
    let product = shop.stocked(10).await;
    let late = shop.receive(&product.product_id, 10, "2027-01-31").await;
    let soon = shop.receive(&product.product_id, 10, "2026-12-01").await;
    let order = Uuid::now_v7();
    let taken = shop
        .reserve(order, &[(&product.product_id, 15)], LATER)
        .await
        .unwrap();
    let taken: Vec<_> = taken
        .iter()
        .map(|part| (part.lot_id.as_str(), part.quantity))
        .collect();
    assert_eq!(taken, [(soon.lot_id.as_str(), 10), (late.lot_id.as_str(), 5)]);
    assert_eq!(shop.stock(&product.product_id).await, (15, 15));
    assert_eq!(shop.lot(&soon.lot_id).await, (0, 10, 0));
    shop.assert_stock_adds_up().await;
}

#[tokio::test]
async fn goods_past_their_date_are_never_reserved() {
    let shop = Shop::open().await;
    let product = shop.stocked(3).await;
    let lot = shop.receive(&product.product_id, 10, "2026-11-22").await;
    shop.harness.advance(Duration::from_secs(24 * 3600));
    let refused = shop
        .reserve(Uuid::now_v7(), &[(&product.product_id, 4)], LATER)
        .await
        .unwrap_err();
    assert_eq!(refused.reason, "OUT_OF_STOCK");
    assert!(
        shop.reserve(Uuid::now_v7(), &[(&product.product_id, 3)], LATER)
            .await
            .is_ok()
    );
    assert_eq!(shop.lot(&lot.lot_id).await, (10, 0, 0));
}

#[tokio::test]
async fn an_order_gets_all_its_lines_or_nothing() {
    let shop = Shop::open().await;
    let (enough, short) = (shop.stocked(10).await, shop.stocked(1).await);
    let order = Uuid::now_v7();
    let lines = [(enough.product_id.as_str(), 5), (short.product_id.as_str(), 2)];
    let refused = shop.reserve(order, &lines, LATER).await.unwrap_err();
    assert_eq!(refused.reason, "OUT_OF_STOCK");
    assert_eq!(refused.metadata["product_id"], short.product_id);
    assert!(refused.message.contains(&short.name));
    assert_eq!(shop.stock(&enough.product_id).await, (10, 0));
    assert_eq!(shop.reservation(order).await, None);
}

#[tokio::test]
async fn lines_of_one_product_count_together() {
    let shop = Shop::open().await;
    let product = shop.stocked(5).await;
    let id = product.product_id.as_str();
    let refused = shop
        .reserve(Uuid::now_v7(), &[(id, 3), (id, 3)], LATER)
        .await
        .unwrap_err();
    assert_eq!(refused.reason, "OUT_OF_STOCK");
    let taken = shop
        .reserve(Uuid::now_v7(), &[(id, 3), (id, 2)], LATER)
        .await
        .unwrap();
    assert_eq!(taken.iter().map(|part| part.quantity).sum::<i64>(), 5);
}

#[tokio::test]
async fn only_products_on_sale_are_reserved() {
    let shop = Shop::open().await;
    let draft = shop.create(shop.potatoes()).await;
    shop.receive(&draft.product_id, 5, "").await;
    let archived = shop.stocked(5).await;
    let request = ArchiveProductRequest {
        product_id: archived.product_id.clone(),
    };
    shop.own().archive_product(request).await.unwrap();
    for id in [draft.product_id, archived.product_id, Uuid::now_v7().to_string()] {
        let refused = shop
            .reserve(Uuid::now_v7(), &[(&id, 1)], LATER)
            .await
            .unwrap_err();
        assert_eq!(
            (refused.reason.as_str(), &refused.metadata["product_id"]),
            ("PRODUCT_NOT_SOLD", &id)
        );
        assert!(!refused.message.is_empty());
    }
}

#[tokio::test]
async fn committed_stock_is_sold_and_goes_back_to_its_lots_when_the_order_is_cancelled() {
    let shop = Shop::open().await;
    let product = shop.stocked(4).await;
    let lot = shop.receive(&product.product_id, 10, "2026-12-01").await;
    let order = Uuid::now_v7();
    shop.reserve(order, &[(&product.product_id, 12)], LATER)
        .await
        .unwrap();
    shop.commit(order).await.unwrap();
    assert_eq!(shop.lot(&lot.lot_id).await, (0, 0, 10));
    assert_eq!(shop.stock(&product.product_id).await, (2, 0));
    assert_eq!(shop.reservation(order).await.as_deref(), Some("committed"));
    shop.release(order).await.unwrap();
    assert_eq!(shop.lot(&lot.lot_id).await, (10, 0, 0));
    assert_eq!(shop.stock(&product.product_id).await, (14, 0));
    shop.assert_stock_adds_up().await;
}

#[tokio::test]
async fn an_order_under_way_goes_on_when_its_product_goes_off_sale() {
    let shop = Shop::open().await;
    let product = shop.stocked(4).await;
    let order = Uuid::now_v7();
    shop.reserve(order, &[(&product.product_id, 4)], LATER)
        .await
        .unwrap();
    let request = ArchiveProductRequest {
        product_id: product.product_id.clone(),
    };
    shop.own().archive_product(request).await.unwrap();
    shop.commit(order).await.unwrap();
    assert_eq!(shop.reservation(order).await.as_deref(), Some("committed"));
}

#[tokio::test]
async fn a_released_reservation_is_given_back_once_and_cannot_be_committed() {
    let shop = Shop::open().await;
    let product = shop.stocked(10).await;
    let order = Uuid::now_v7();
    shop.reserve(order, &[(&product.product_id, 6)], LATER)
        .await
        .unwrap();
    shop.release(order).await.unwrap();
    assert_eq!(shop.stock(&product.product_id).await, (10, 0));
    let again = ReleaseStockCommand {
        order_id: order.to_string(),
    };
    let reply = shop
        .harness
        .command("order", order, "another-step", Direction::Do, &again)
        .await;
    outcome(reply).unwrap();
    assert_eq!(shop.stock(&product.product_id).await, (10, 0));
    assert_eq!(shop.commit(order).await.unwrap_err().reason, "OUT_OF_STOCK");
    assert_eq!(
        shop.commit(Uuid::now_v7()).await.unwrap_err().reason,
        "OUT_OF_STOCK"
    );
}

/// Reserves for an order whose time is over, and waits until it is swept.
async fn expired(shop: &Shop, product_id: &str, quantity: i64) -> Uuid {
    let order = Uuid::now_v7();
    shop.reserve(order, &[(product_id, quantity)], LONG_AGO)
        .await
        .unwrap();
    eventually(async || shop.reservation(order).await.filter(|state| state == "expired")).await;
    order
}

#[tokio::test]
async fn an_overdue_reservation_is_given_back() {
    let shop = Shop::open().await;
    let product = shop.stocked(10).await;
    let order = expired(&shop, &product.product_id, 6).await;
    assert_eq!(shop.stock(&product.product_id).await, (10, 0));
    shop.release(order).await.unwrap();
    assert_eq!(shop.stock(&product.product_id).await, (10, 0));
    assert_eq!(shop.reservation(order).await.as_deref(), Some("released"));
}

#[tokio::test]
async fn many_overdue_reservations_are_given_back_in_batches() {
    let shop = Shop::open().await;
    let product = shop.stocked(100).await;
    // Made overdue together, so that one sweep finds more than a batch.
    let mut orders = Vec::new();
    for _ in 0..100 {
        let order = Uuid::now_v7();
        let command = reserve(order, &[(&product.product_id, 1)], LATER);
        let command = shop
            .harness
            .command_of("order", order, "reserve-stock", Direction::Do, &command);
        shop.harness.send_command(order, &command).await;
        orders.push(order);
    }
    eventually(async || (shop.stock(&product.product_id).await == (0, 100)).then_some(())).await;
    sqlx::query(
        "insert into reservation select gen_random_uuid(), 'held', now() - interval '1 hour', now(), now()
         from generate_series(1, 60)",
    )
    .execute(shop.harness.pool())
    .await
    .unwrap();
    sqlx::query("update reservation set expire_time = now() - interval '1 minute' where expire_time > now()")
        .execute(shop.harness.pool())
        .await
        .unwrap();
    eventually(async || (shop.stock(&product.product_id).await == (100, 0)).then_some(())).await;
    for order in orders {
        assert_eq!(shop.reservation(order).await.as_deref(), Some("expired"));
    }
    shop.assert_stock_adds_up().await;
}

#[tokio::test]
async fn an_expired_reservation_is_taken_anew_while_the_stock_allows() {
    let shop = Shop::open().await;
    let product = shop.stocked(10).await;
    let order = expired(&shop, &product.product_id, 6).await;
    // A lot that leaves before the one reserved at first.
    let lot = shop.receive(&product.product_id, 4, "2026-12-01").await;
    shop.commit(order).await.unwrap();
    assert_eq!(shop.stock(&product.product_id).await, (8, 0));
    assert_eq!(shop.lot(&lot.lot_id).await, (0, 0, 4));
    shop.assert_stock_adds_up().await;
    shop.release(order).await.unwrap();
    assert_eq!(shop.stock(&product.product_id).await, (14, 0));
    shop.assert_stock_adds_up().await;
}

#[tokio::test]
async fn an_expired_reservation_is_refused_when_others_took_the_stock() {
    let shop = Shop::open().await;
    let product = shop.stocked(10).await;
    let order = expired(&shop, &product.product_id, 6).await;
    shop.reserve(Uuid::now_v7(), &[(&product.product_id, 5)], LATER)
        .await
        .unwrap();
    let refused = shop.commit(order).await.unwrap_err();
    assert_eq!(
        (refused.reason.as_str(), &refused.metadata["product_id"]),
        ("OUT_OF_STOCK", &product.product_id)
    );
    assert_eq!(shop.stock(&product.product_id).await, (5, 5));
}

#[tokio::test]
async fn a_command_that_comes_again_changes_nothing_and_is_answered_alike() {
    let shop = Shop::open().await;
    let product = shop.stocked(10).await;
    let order = Uuid::now_v7();
    let first = shop
        .reserve(order, &[(&product.product_id, 6)], LATER)
        .await
        .unwrap();
    let again = shop
        .reserve(order, &[(&product.product_id, 6)], LATER)
        .await
        .unwrap();
    assert_eq!(first, again);
    assert_eq!(shop.stock(&product.product_id).await, (4, 6));
    shop.commit(order).await.unwrap();
    shop.commit(order).await.unwrap();
    shop.release(order).await.unwrap();
    shop.release(order).await.unwrap();
    assert_eq!(shop.stock(&product.product_id).await, (10, 0));
    let late = shop
        .reserve(order, &[(&product.product_id, 6)], LATER)
        .await
        .unwrap();
    assert_eq!(late, first, "the answer of then");
    assert_eq!(shop.stock(&product.product_id).await, (10, 0));
}

#[tokio::test]
async fn a_reservation_undone_before_it_was_made_is_not_made_any_more() {
    let shop = Shop::open().await;
    let product = shop.stocked(10).await;
    let order = Uuid::now_v7();
    shop.release(order).await.unwrap();
    let refused = shop
        .reserve(order, &[(&product.product_id, 6)], LATER)
        .await
        .unwrap_err();
    assert_eq!(refused.reason, "UNDONE_BEFORE");
    assert_eq!(shop.stock(&product.product_id).await, (10, 0));
}

#[tokio::test]
async fn commands_that_make_no_sense_are_parked() {
    let shop = Shop::open().await;
    let product = shop.stocked(10).await;
    let order = Uuid::now_v7();
    let good = reserve(order, &[(&product.product_id, 1)], LATER);
    let mut bad = vec![reserve(order, &[], LATER)];
    for quantity in [0, -1] {
        bad.push(reserve(order, &[(&product.product_id, quantity)], LATER));
    }
    bad.push(reserve(
        order,
        &[(&product.product_id, i64::MAX), (&product.product_id, 1)],
        LATER,
    ));
    bad.push(reserve(order, &[("potato", 1)], LATER));
    bad.push(xlcfi_contracts::product::v1::ReserveStockCommand {
        order_id: "x".into(),
        ..good.clone()
    });
    bad.push(xlcfi_contracts::product::v1::ReserveStockCommand {
        expire_time: None,
        ..good
    });
    let count = bad.len() + 2;
    for command in bad {
        let saga = Uuid::now_v7();
        let command = shop
            .harness
            .command_of("order", saga, "reserve-stock", Direction::Do, &command);
        shop.harness.send_command(saga, &command).await;
    }
    let saga = Uuid::now_v7();
    let unknown = line(&product.product_id, 1);
    let unknown = shop
        .harness
        .command_of("order", saga, "reserve-stock", Direction::Do, &unknown);
    shop.harness.send_command(saga, &unknown).await;
    let mut garbled = CommitStockCommand {
        order_id: order.to_string(),
    };
    garbled.order_id.clear();
    let garbled = shop
        .harness
        .command_of("order", saga, "commit-stock", Direction::Do, &garbled);
    shop.harness.send_command(saga, &garbled).await;
    eventually(async || (shop.harness.parked().await.len() == count).then_some(())).await;
    assert_eq!(shop.stock(&product.product_id).await, (10, 0));
}

#[tokio::test]
async fn what_expires_between_reservation_and_payment_is_not_sold() {
    let shop = Shop::open().await;
    let product = shop.stocked(3).await;
    let id = product.product_id.as_str();
    let last_day = shop.receive(id, 5, "2026-11-22").await;
    let (order, other) = (Uuid::now_v7(), Uuid::now_v7());
    shop.reserve(order, &[(id, 3)], LATER).await.unwrap();
    shop.reserve(other, &[(id, 2)], LATER).await.unwrap();
    shop.harness.advance(std::time::Duration::from_secs(24 * 3_600));
    shop.commit(order).await.unwrap();
    assert_eq!(shop.stock(id).await.0, 0, "the undated lot was sold instead");
    assert_eq!(shop.commit(other).await.unwrap_err().reason, "OUT_OF_STOCK");
    assert_eq!(shop.lot(&last_day.lot_id).await, (5, 0, 0));
    shop.assert_stock_adds_up().await;
}
