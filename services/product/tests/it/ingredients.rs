use tonic::{Code, Status};
use uuid::Uuid;
use xlcfi_contracts::product::v1::{
    Allergen, CreateProductRequest, CreateVariantRequest, Product, ProductState, PublishProductRequest,
    UpdateProductRequest, Variant,
};
use xlcfi_errors::metadata_of;
use xlcfi_testkit::{assert_refused, seller};

use crate::fixture::Shop;
use crate::import_desk::{Desk, csv};

const TEXT: &str = "설탕, 소맥분(미국산), 우유. 땅콩 혼입 가능";

/// Potatoes with wheat declared, and what their label says.
fn labelled(shop: &Shop, text: &str, allergens: &[Allergen]) -> CreateProductRequest {
    CreateProductRequest {
        ingredients_text: text.into(),
        allergens: allergens.iter().map(|allergen| (*allergen).into()).collect(),
        request_id: Uuid::now_v7().to_string(),
        ..shop.potatoes()
    }
}

async fn create(shop: &Shop, request: CreateProductRequest) -> Result<Product, Status> {
    let made = shop.own().create_product(request).await?;
    Ok(made.into_inner().product.unwrap())
}

async fn update(shop: &Shop, request: UpdateProductRequest) -> Result<Product, Status> {
    let made = shop.own().update_product(request).await?;
    Ok(made.into_inner().product.unwrap())
}

async fn publish(shop: &Shop, product: &Product) -> Result<Product, Status> {
    let request = PublishProductRequest {
        product_id: product.product_id.clone(),
    };
    let shown = shop.own().publish_product(request).await?;
    Ok(shown.into_inner().product.unwrap())
}

#[tokio::test]
async fn a_listing_that_hides_an_allergen_is_refused_with_where_it_stands() {
    let shop = Shop::open().await;
    let refused = create(&shop, labelled(&shop, TEXT, &[Allergen::Wheat])).await;
    let status = assert_refused(refused, Code::FailedPrecondition, "ALLERGENS_HIDDEN");
    assert_eq!(metadata_of(&status, "allergens").as_deref(), Some("MILK"));
    assert_eq!(metadata_of(&status, "places").as_deref(), Some("MILK 14-16 우유"));

    let both = [Allergen::Wheat, Allergen::Milk];
    let product = create(&shop, labelled(&shop, TEXT, &both)).await.unwrap();
    assert_eq!(product.ingredients_text, TEXT);
    let shown = publish(&shop, &product).await.unwrap();
    assert_eq!(shown.state(), ProductState::Published);
    let mut change = UpdateProductRequest::from(shown);
    change.allergens = vec![Allergen::Milk.into()];
    let refused = update(&shop, change).await;
    let status = assert_refused(refused, Code::FailedPrecondition, "ALLERGENS_HIDDEN");
    assert_eq!(metadata_of(&status, "allergens").as_deref(), Some("WHEAT"));
}

#[tokio::test]
async fn a_text_is_looked_at_once_for_each_product_and_variants_are_held_to_it() {
    let shop = Shop::open().await;
    let asked_for = labelled(&shop, TEXT, &[Allergen::Wheat, Allergen::Milk]);
    let product = create(&shop, asked_for.clone()).await.unwrap();
    let again = create(&shop, asked_for).await.unwrap();
    assert_eq!(again.product_id, product.product_id);
    let mut change = UpdateProductRequest::from(product.clone());
    change.name = "고구마".into();
    update(&shop, change).await.unwrap();
    publish(&shop, &product).await.unwrap();
    let request = CreateVariantRequest {
        product_id: product.product_id.clone(),
        sku: "v-1".into(),
        name: "고구마 5kg".into(),
        variant: Some(Variant {
            size: "5kg".into(),
            ..Default::default()
        }),
        unit: product.unit.clone(),
        content: product.content,
        prices: product.prices.clone(),
        ..Default::default()
    };
    let variant = shop
        .own()
        .create_variant(request)
        .await
        .unwrap()
        .into_inner()
        .product
        .unwrap();
    assert_eq!(variant.ingredients_text, TEXT);
    publish(&shop, &variant).await.unwrap();
    assert_eq!(shop.label.lock().unwrap().asked, [TEXT]);
    // Somebody else's product is none, whatever its label should say.
    let mut theirs = UpdateProductRequest::from(product);
    theirs.ingredients_text = "우유".into();
    let refused = shop.client(&seller()).update_product(theirs).await;
    assert_refused(refused, Code::NotFound, "PRODUCT_NOT_FOUND");
}

#[tokio::test]
async fn while_ai_is_away_drafts_are_kept_and_nothing_unlooked_at_is_shown() {
    let shop = Shop::open().await;
    shop.label.lock().unwrap().away = true;
    let hiding = create(&shop, labelled(&shop, TEXT, &[Allergen::Wheat]))
        .await
        .unwrap();
    let refused = publish(&shop, &hiding).await;
    assert_refused(refused, Code::Unavailable, "INGREDIENTS_NOT_CHECKED");
    let bare = create(&shop, shop.potatoes()).await.unwrap();
    let bare = publish(&shop, &bare).await.unwrap();
    let mut change = UpdateProductRequest::from(bare.clone());
    change.ingredients_text = "감자".into();
    let refused = update(&shop, change).await;
    assert_refused(refused, Code::Unavailable, "INGREDIENTS_NOT_CHECKED");
    let mut change = UpdateProductRequest::from(bare);
    change.name = "고구마".into();
    assert_eq!(update(&shop, change).await.unwrap().name, "고구마");

    shop.label.lock().unwrap().away = false;
    let refused = publish(&shop, &hiding).await;
    assert_refused(refused, Code::FailedPrecondition, "ALLERGENS_HIDDEN");
    let mut change = UpdateProductRequest::from(hiding.clone());
    change.allergens.push(Allergen::Milk.into());
    update(&shop, change).await.unwrap();
    assert_eq!(
        publish(&shop, &hiding).await.unwrap().state(),
        ProductState::Published
    );
}

#[tokio::test]
async fn a_file_cannot_take_a_declared_allergen_away() {
    let shop = Shop::open().await;
    let request = labelled(&shop, TEXT, &[Allergen::Wheat, Allergen::Milk]);
    let product = create(&shop, request).await.unwrap();
    let desk = Desk::of(&shop);
    let import = desk
        .import(csv(&[&[("sku", &product.sku), ("allergens", "WHEAT")]]))
        .await;
    assert_eq!(import.failed, 1);
    let import = desk
        .import(csv(&[&[
            ("sku", &product.sku),
            ("allergens", "WHEAT;MILK"),
            ("name", "고구마"),
        ]]))
        .await;
    assert_eq!(import.failed, 0);
}
