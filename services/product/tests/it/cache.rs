use uuid::Uuid;
use xlcfi_contracts::product::v1::{GetProductRequest, ListProductsRequest, Product, UpdateProductRequest};
use xlcfi_service::{Base, Cache, Settings};
use xlcfi_testkit::{Harness, eventually};

use crate::fixture::{Shop, set};

async fn get(shop: &Shop, product_id: &str) -> Product {
    let request = GetProductRequest {
        product_id: product_id.into(),
    };
    shop.anyone()
        .get_product(request)
        .await
        .unwrap()
        .into_inner()
        .product
        .unwrap()
}

async fn first_listed(shop: &Shop) -> Option<Product> {
    let listed = shop
        .anyone()
        .list_products(ListProductsRequest::default())
        .await
        .unwrap();
    listed.into_inner().products.into_iter().next()
}

async fn version(shop: &Shop) -> i64 {
    sqlx::query_scalar("select version from product")
        .fetch_one(shop.harness.pool())
        .await
        .unwrap()
}

/// Renames a product behind the service's back, so that an answer shows where it comes from.
async fn rename(shop: &Shop, name: &str) {
    sqlx::query("update product set name = $1")
        .bind(name)
        .execute(shop.harness.pool())
        .await
        .unwrap();
}

// Redis may be slow for a moment and is then passed over, so the two tests
// below try until it was not.

#[tokio::test]
async fn answers_are_shown_again_from_the_cache() {
    let shop = Shop::open().await;
    let id = shop.stocked(5).await.product_id;
    eventually(async || {
        let before = (get(&shop, &id).await, first_listed(&shop).await);
        rename(&shop, &Uuid::now_v7().to_string()).await;
        (before == (get(&shop, &id).await, first_listed(&shop).await)).then_some(())
    })
    .await;
}

#[tokio::test]
async fn what_a_seller_writes_shows_at_once() {
    let shop = Shop::open().await;
    let id = shop.stocked(5).await.product_id;
    eventually(async || {
        let mut change = UpdateProductRequest::from(get(&shop, &id).await);
        change.version = version(&shop).await;
        change.name = Uuid::now_v7().to_string();
        first_listed(&shop).await;
        let updated = shop
            .own()
            .update_product(change)
            .await
            .unwrap()
            .into_inner()
            .product
            .unwrap();
        let shown = (get(&shop, &id).await, first_listed(&shop).await);
        (shown == (updated.clone(), Some(updated))).then_some(())
    })
    .await;
    eventually(async || {
        let renamed = Uuid::now_v7().to_string();
        get(&shop, &id).await;
        first_listed(&shop).await;
        rename(&shop, &renamed).await;
        shop.receive(&id, 5, "").await;
        let listed = first_listed(&shop).await.unwrap();
        (get(&shop, &id).await.name == renamed && listed.name == renamed).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_draft_is_not_kept() {
    let shop = Shop::open().await;
    let draft = shop.create(shop.potatoes()).await;
    let own = async |id: &str| {
        let request = GetProductRequest {
            product_id: id.into(),
        };
        shop.own()
            .get_product(request)
            .await
            .unwrap()
            .into_inner()
            .product
            .unwrap()
    };
    assert_eq!(own(&draft.product_id).await, draft);
    rename(&shop, "고구마").await;
    assert_eq!(own(&draft.product_id).await.name, "고구마");
    let request = GetProductRequest {
        product_id: draft.product_id.clone(),
    };
    assert!(shop.anyone().get_product(request).await.is_err());
    let published = shop.publish(&draft.product_id).await;
    assert_eq!(get(&shop, &draft.product_id).await, published);
}

#[tokio::test]
async fn without_redis_every_answer_comes_from_the_database() {
    let start = |mut base: Base| {
        base.cache = Cache::new("redis://127.0.0.1:1").unwrap();
        xlcfi_product::start(base)
    };
    let adjust = |all: &mut Settings| set(all, &[]);
    let harness = Harness::start_adjusted(xlcfi_product::SERVICE, &[], adjust, start).await;
    let shop = Shop::of(harness).await;
    let product = shop.stocked(5).await;
    assert_eq!(get(&shop, &product.product_id).await, product);
    rename(&shop, "고구마").await;
    assert_eq!(get(&shop, &product.product_id).await.name, "고구마");
    assert_eq!(first_listed(&shop).await.unwrap().name, "고구마");
}
