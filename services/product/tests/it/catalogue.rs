use tonic::Code;
use tonic_types::StatusExt as _;
use uuid::Uuid;
use xlcfi_contracts::product::v1::product_service_client::ProductServiceClient;
use xlcfi_contracts::product::v1::{
    Allergen, ArchiveProductRequest, BatchGetProductsRequest, GetProductRequest, GetStockRequest, Product,
    ProductArchived, ProductPublished, ProductState, ProductUpdated, PublishProductRequest,
    UpdateProductRequest,
};
use xlcfi_contracts::types::v1::Money;
use xlcfi_testkit::{admin, assert_refused, seller, user};

use crate::fixture::{Client, Shop, ladder};

fn get(product_id: &str) -> GetProductRequest {
    GetProductRequest {
        product_id: product_id.into(),
    }
}

async fn archive(client: &mut Client, product: &Product) -> Product {
    let request = ArchiveProductRequest {
        product_id: product.product_id.clone(),
    };
    client
        .archive_product(request)
        .await
        .unwrap()
        .into_inner()
        .product
        .unwrap()
}

#[tokio::test]
async fn a_draft_is_found_by_its_seller_only() {
    let shop = Shop::open().await;
    let draft = shop.create(shop.potatoes()).await;
    assert_eq!(
        (draft.state(), draft.version, draft.in_stock),
        (ProductState::Draft, 1, false)
    );
    let found = shop
        .own()
        .get_product(get(&draft.product_id))
        .await
        .unwrap()
        .into_inner()
        .product
        .unwrap();
    assert_eq!(found, draft);
    for mut client in [shop.anyone(), shop.client(&seller()), shop.client(&admin())] {
        let refused = client.get_product(get(&draft.product_id)).await;
        assert_refused(refused, Code::NotFound, "PRODUCT_NOT_FOUND");
        let stock = GetStockRequest {
            product_id: draft.product_id.clone(),
        };
        assert_refused(client.get_stock(stock).await, Code::NotFound, "PRODUCT_NOT_FOUND");
    }
    let unknown = shop.own().get_product(get(&Uuid::now_v7().to_string())).await;
    assert_refused(unknown, Code::NotFound, "PRODUCT_NOT_FOUND");
    assert_refused(
        shop.own().get_product(get("x")).await,
        Code::InvalidArgument,
        "INVALID_FIELDS",
    );
}

#[tokio::test]
async fn what_a_seller_says_is_kept_trimmed_and_without_repetitions() {
    let shop = Shop::open().await;
    let mut request = shop.potatoes();
    request.name = "  감자  ".into();
    request.allergens = vec![
        Allergen::Wheat.into(),
        Allergen::Egg.into(),
        Allergen::Wheat.into(),
    ];
    let product = shop.create(request.clone()).await;
    assert_eq!(product.name, "감자");
    assert_eq!(
        product.allergens,
        [i32::from(Allergen::Egg), Allergen::Wheat.into()]
    );
    assert_eq!(product.seller_id, shop.seller.id.to_string());
    assert_eq!(
        (
            product.content,
            product.origin,
            product.storage,
            product.tax,
            product.prices
        ),
        (
            request.content,
            request.origin,
            request.storage,
            request.tax,
            request.prices
        )
    );
}

#[tokio::test]
async fn a_product_needs_a_category_a_free_sku_and_a_seller() {
    let shop = Shop::open().await;
    let mut request = shop.potatoes();
    shop.create(request.clone()).await;
    let again = shop.own().create_product(request.clone()).await;
    assert_refused(again, Code::AlreadyExists, "SKU_TAKEN");
    request.request_id = Uuid::now_v7().to_string();
    let again = shop.own().create_product(request.clone()).await;
    assert_refused(again, Code::AlreadyExists, "SKU_TAKEN");
    let other = shop.client(&seller()).create_product(request.clone()).await;
    assert!(other.is_ok(), "each seller has SKUs of their own");
    request.sku = "other".into();
    request.category_id = Uuid::now_v7().to_string();
    assert_refused(
        shop.own().create_product(request.clone()).await,
        Code::NotFound,
        "CATEGORY_NOT_FOUND",
    );
    let by_buyer = shop.client(&user()).create_product(request.clone()).await;
    assert_refused(by_buyer, Code::PermissionDenied, "ROLE_MISSING");
    assert_refused(
        shop.anyone().create_product(request).await,
        Code::Unauthenticated,
        "TOKEN_MISSING",
    );
}

#[tokio::test]
async fn everything_wrong_with_a_product_is_told_at_once() {
    let shop = Shop::open().await;
    let mut request = shop.potatoes();
    request.name = "  ".into();
    request.prices = Some(ladder(&[(2, 100), (2, 100)], 4, 4, 6));
    let refused = shop.own().create_product(request.clone()).await;
    let status = assert_refused(refused, Code::InvalidArgument, "INVALID_FIELDS");
    let violations = status.get_details_bad_request().unwrap().field_violations;
    let fields: Vec<_> = violations
        .iter()
        .map(|violation| violation.field.as_str())
        .collect();
    assert_eq!(
        fields,
        [
            "name",
            "prices.rungs[0].from_quantity",
            "prices.rungs[1].from_quantity",
            "prices.rungs[1].unit_price",
            "prices.maximum"
        ]
    );

    let mut dollars = ladder(&[(1, 100)], 1, 1, 6);
    dollars.rungs[0].unit_price = Some(Money {
        currency_code: "USD".into(),
        minor_units: 100,
    });
    for prices in [
        Some(dollars),
        None,
        Some(ladder(&[(1, -5)], 1, 1, 6)),
        Some(ladder(&[], 1, 1, 6)),
    ] {
        let refused = shop
            .own()
            .create_product({
                let mut bad = shop.potatoes();
                bad.prices = prices;
                bad
            })
            .await;
        assert_refused(refused, Code::InvalidArgument, "INVALID_FIELDS");
    }
}

#[tokio::test]
async fn a_repeated_request_finds_the_product_it_made() {
    let shop = Shop::open().await;
    let mut request = shop.potatoes();
    request.request_id = Uuid::now_v7().to_string();
    let (mut one, mut two) = (shop.own(), shop.own());
    let (one, two) = tokio::join!(
        one.create_product(request.clone()),
        two.create_product(request.clone())
    );
    let (one, two) = (one.unwrap().into_inner(), two.unwrap().into_inner());
    assert_eq!(one, two);
    assert_eq!(Some(shop.create(request.clone()).await), one.product);
    let by_another = shop
        .client(&seller())
        .create_product(request)
        .await
        .unwrap()
        .into_inner();
    assert_ne!(
        by_another.product.unwrap().product_id,
        one.product.unwrap().product_id
    );
}

#[tokio::test]
async fn an_update_replaces_the_details_and_counts_the_version() {
    let shop = Shop::open().await;
    let product = shop.stocked(10).await;
    let mut change = UpdateProductRequest::from(product.clone());
    change.name = "햇감자 10kg".into();
    change.prices = Some(ladder(&[(2, 950)], 2, 2, 50));
    let updated = shop
        .own()
        .update_product(change.clone())
        .await
        .unwrap()
        .into_inner()
        .product
        .unwrap();
    assert_eq!(
        (updated.name.as_str(), updated.version),
        ("햇감자 10kg", product.version + 1)
    );
    assert_eq!(updated.prices, change.prices);
    let told = shop.harness.published::<ProductUpdated>().await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].product.as_ref(), Some(&updated));
}

#[tokio::test]
async fn an_update_of_an_old_version_is_aborted_and_one_of_two_at_once_wins() {
    let shop = Shop::open().await;
    let product = shop.stocked(10).await;
    let (mut one, mut two) = (shop.own(), shop.own());
    let (one, two) = tokio::join!(
        one.update_product(UpdateProductRequest::from(product.clone())),
        two.update_product(UpdateProductRequest::from(product.clone()))
    );
    let (won, lost) = if one.is_ok() { (one, two) } else { (two, one) };
    assert_eq!(
        won.unwrap().into_inner().product.unwrap().version,
        product.version + 1
    );
    assert_refused(lost, Code::Aborted, "PRODUCT_CHANGED");
}

#[tokio::test]
async fn an_update_needs_the_sellers_own_product_and_a_category() {
    let shop = Shop::open().await;
    let product = shop.create(shop.potatoes()).await;
    let by_other = shop
        .client(&seller())
        .update_product(UpdateProductRequest::from(product.clone()))
        .await;
    assert_refused(by_other, Code::NotFound, "PRODUCT_NOT_FOUND");
    let mut unknown = UpdateProductRequest::from(product.clone());
    unknown.product_id = Uuid::now_v7().to_string();
    assert_refused(
        shop.own().update_product(unknown).await,
        Code::NotFound,
        "PRODUCT_NOT_FOUND",
    );
    let mut elsewhere = UpdateProductRequest::from(product.clone());
    elsewhere.category_id = Uuid::now_v7().to_string();
    assert_refused(
        shop.own().update_product(elsewhere).await,
        Code::NotFound,
        "CATEGORY_NOT_FOUND",
    );
    assert!(
        shop.own()
            .update_product(UpdateProductRequest::from(product.clone()))
            .await
            .is_ok()
    );
    let told = shop.harness.published::<ProductUpdated>().await;
    assert!(told.is_empty(), "nobody is told of a draft");
}

#[tokio::test]
async fn publishing_shows_a_product_to_buyers_and_is_told_once() {
    let shop = Shop::open().await;
    let draft = shop.create(shop.potatoes()).await;
    let request = PublishProductRequest {
        product_id: draft.product_id.clone(),
    };
    let by_other = shop.client(&seller()).publish_product(request.clone()).await;
    assert_refused(by_other, Code::NotFound, "PRODUCT_NOT_FOUND");
    let published = shop.publish(&draft.product_id).await;
    assert_eq!(
        (published.state(), published.version),
        (ProductState::Published, 2)
    );
    assert_eq!(shop.publish(&draft.product_id).await, published);
    let found = shop
        .anyone()
        .get_product(get(&draft.product_id))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(found.product.as_ref(), Some(&published));
    let told = shop.harness.published::<ProductPublished>().await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].product, found.product);
}

#[tokio::test]
async fn an_archived_product_is_still_found_and_no_longer_changed() {
    let shop = Shop::open().await;
    let product = shop.stocked(10).await;
    let request = ArchiveProductRequest {
        product_id: product.product_id.clone(),
    };
    let by_other = shop.client(&seller()).archive_product(request).await;
    assert_refused(by_other, Code::NotFound, "PRODUCT_NOT_FOUND");
    let archived = archive(&mut shop.own(), &product).await;
    assert_eq!(archived.state(), ProductState::Archived);
    assert_eq!(archive(&mut shop.own(), &product).await, archived);
    assert_eq!(shop.harness.published::<ProductArchived>().await.len(), 1);

    let found = shop
        .anyone()
        .get_product(get(&product.product_id))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(found.product, Some(archived.clone()));
    let update = shop
        .own()
        .update_product(UpdateProductRequest::from(archived.clone()))
        .await;
    assert_refused(update, Code::FailedPrecondition, "PRODUCT_ARCHIVED");
    let request = PublishProductRequest {
        product_id: product.product_id.clone(),
    };
    let publish = shop.own().publish_product(request).await;
    assert_refused(publish, Code::FailedPrecondition, "PRODUCT_ARCHIVED");
}

#[tokio::test]
async fn nobody_is_told_of_a_draft_that_is_archived() {
    let shop = Shop::open().await;
    let draft = shop.create(shop.potatoes()).await;
    archive(&mut shop.own(), &draft).await;
    assert!(shop.harness.published::<ProductArchived>().await.is_empty());
}

#[tokio::test]
async fn other_services_get_many_products_whatever_their_state() {
    let shop = Shop::open().await;
    let (draft, published) = (shop.create(shop.potatoes()).await, shop.stocked(3).await);
    let ids = vec![
        draft.product_id.clone(),
        published.product_id.clone(),
        Uuid::now_v7().to_string(),
    ];
    let request = BatchGetProductsRequest { product_ids: ids };
    let mut order = ProductServiceClient::new(shop.harness.as_service("order"));
    let mut found = order
        .batch_get_products(request.clone())
        .await
        .unwrap()
        .into_inner()
        .products;
    found.sort_by_key(|product| product.product_id != draft.product_id);
    assert_eq!(found, [draft, published]);
    for refused in [
        shop.own().batch_get_products(request.clone()).await,
        ProductServiceClient::new(shop.harness.as_service("member"))
            .batch_get_products(request)
            .await,
    ] {
        assert_refused(refused, Code::PermissionDenied, "CALLER_NOT_ALLOWED");
    }
}
