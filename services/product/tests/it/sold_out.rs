use std::time::Duration;

use uuid::Uuid;
use xlcfi_contracts::product::v1::{ProductRestocked, ProductSoldOut, UpdateProductRequest};
use xlcfi_testkit::eventually;

use crate::fixture::{LATER, LONG_AGO, Shop, ladder};

/// How often it was told that something sold out, and that it came back.
async fn told(shop: &Shop) -> (usize, usize) {
    let harness = &shop.harness;
    (
        harness.published::<ProductSoldOut>().await.len(),
        harness.published::<ProductRestocked>().await.len(),
    )
}

#[tokio::test]
async fn orders_and_their_returns_are_told_when_they_cross_the_minimum_order() {
    let shop = Shop::open().await;
    let mut request = shop.potatoes();
    request.prices = Some(ladder(&[(3, 1_000)], 3, 1, 100));
    let product = shop.create(request).await;
    let id = product.product_id.as_str();
    shop.receive(id, 10, "").await;
    shop.publish(id).await;
    assert_eq!(told(&shop).await, (0, 0), "of a draft nobody is told");

    let (first, second, third) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
    shop.reserve(first, &[(id, 7)], LATER).await.unwrap();
    assert_eq!(told(&shop).await, (0, 0), "3 are left");
    shop.reserve(second, &[(id, 1)], LATER).await.unwrap();
    assert_eq!(told(&shop).await, (1, 0), "2 are left");
    shop.reserve(third, &[(id, 1)], LATER).await.unwrap();
    shop.commit(first).await.unwrap();
    assert_eq!(told(&shop).await, (1, 0), "it is known");
    shop.release(third).await.unwrap();
    assert_eq!(told(&shop).await, (1, 0), "2 are left");
    shop.release(second).await.unwrap();
    assert_eq!(told(&shop).await, (1, 1), "3 are left");
    shop.release(first).await.unwrap();
    assert_eq!(told(&shop).await, (1, 1), "it is known");
}

#[tokio::test]
async fn a_receipt_and_a_smaller_minimum_bring_a_product_back() {
    let shop = Shop::open().await;
    let draft = shop.create(shop.potatoes()).await;
    let product = shop.publish(&draft.product_id).await;
    let lot = shop.receive(&product.product_id, 2, "").await;
    assert_eq!(told(&shop).await, (0, 1));
    shop.receive(&product.product_id, 3, "").await;
    assert_eq!(told(&shop).await, (0, 1));

    let mut larger = UpdateProductRequest::from(product.clone());
    larger.prices = Some(ladder(&[(6, 1_000)], 6, 6, 60));
    let larger = shop
        .own()
        .update_product(larger)
        .await
        .unwrap()
        .into_inner()
        .product
        .unwrap();
    assert_eq!((told(&shop).await, larger.in_stock), ((1, 1), false));
    let mut smaller = UpdateProductRequest::from(larger.clone());
    smaller.prices = Some(ladder(&[(5, 1_000)], 5, 5, 60));
    let smaller = shop
        .own()
        .update_product(smaller)
        .await
        .unwrap()
        .into_inner()
        .product
        .unwrap();
    assert_eq!((told(&shop).await, smaller.in_stock), ((1, 2), true));
    assert_eq!(shop.lot(&lot.lot_id).await, (2, 0, 0));
}

#[tokio::test]
async fn an_overdue_reservation_brings_a_product_back_and_a_late_commit_takes_it_again() {
    let shop = Shop::open().await;
    let product = shop.stocked(5).await;
    let order = Uuid::now_v7();
    shop.reserve(order, &[(&product.product_id, 5)], LONG_AGO)
        .await
        .unwrap();
    eventually(async || (told(&shop).await == (1, 1)).then_some(())).await;
    shop.commit(order).await.unwrap();
    assert_eq!(told(&shop).await, (2, 1));
}

#[tokio::test]
async fn a_use_by_date_that_passes_leaves_a_product_sold_out() {
    let shop = Shop::open().await;
    let (expiring, lasting) = (shop.create(shop.potatoes()).await, shop.stocked(5).await);
    shop.receive(&expiring.product_id, 5, "2026-11-22").await;
    shop.receive(&lasting.product_id, 5, "2026-11-22").await;
    shop.publish(&expiring.product_id).await;
    shop.harness.advance(Duration::from_secs(24 * 3600));
    let sold_out = eventually(async || shop.harness.published::<ProductSoldOut>().await.pop()).await;
    assert_eq!(sold_out.product_id, expiring.product_id);
    assert_eq!(told(&shop).await, (1, 0));
}
