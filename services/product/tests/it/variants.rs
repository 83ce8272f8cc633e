use tonic::Code;
use uuid::Uuid;
use xlcfi_contracts::product::v1::{
    CreateVariantRequest, ListVariantsRequest, Product, ProductUpdated, UpdateProductRequest, Variant,
};
use xlcfi_contracts::types::v1::{Quantity, Unit};
use xlcfi_testkit::{assert_refused, seller};

use crate::fixture::{Client, Shop, ladder};

fn variant(size: &str) -> Option<Variant> {
    Some(Variant {
        size: size.into(),
        ..Variant::default()
    })
}

fn larger(of: &Product, size: &str) -> CreateVariantRequest {
    CreateVariantRequest {
        product_id: of.product_id.clone(),
        sku: Uuid::now_v7().to_string(),
        name: format!("감자 {size}"),
        variant: variant(size),
        unit: format!("{size} 상자"),
        content: Some(Quantity {
            amount: 20_000,
            unit: Unit::Gram.into(),
        }),
        prices: Some(ladder(&[(1, 1_900)], 1, 1, 50)),
        gtin: "8801234567893".into(),
        request_id: String::new(),
    }
}

async fn listed(client: &mut Client, of: &Product) -> Vec<String> {
    let request = ListVariantsRequest {
        product_id: of.product_id.clone(),
    };
    let variants = client.list_variants(request).await.unwrap().into_inner().products;
    variants
        .into_iter()
        .map(|product| product.variant.unwrap().size)
        .collect()
}

#[tokio::test]
async fn a_variant_takes_over_everything_but_what_tells_it_apart() {
    let shop = Shop::open().await;
    let mut request = shop.potatoes();
    request.variant = variant("10kg");
    request.report_number = "19860012011123".into();
    request.promised_days = 3;
    let original = shop.create(request).await;
    let request = larger(&original, "20kg");
    let made = shop
        .own()
        .create_variant(request.clone())
        .await
        .unwrap()
        .into_inner();
    let made = made.product.unwrap();
    assert_eq!(made.family_id, original.family_id);
    assert_ne!(made.product_id, original.product_id);
    assert_eq!((&made.sku, &made.gtin), (&request.sku, &request.gtin));
    assert_eq!(
        (made.variant.clone(), made.prices.clone()),
        (request.variant, request.prices)
    );
    assert_eq!(
        (
            &made.report_number,
            made.promised_days,
            &made.description,
            &made.allergens
        ),
        (
            &original.report_number,
            3,
            &original.description,
            &original.allergens
        )
    );
    shop.publish(&original.product_id).await;
    assert_eq!(
        listed(&mut shop.anyone(), &original).await,
        ["10kg"],
        "the other is a draft"
    );
    assert_eq!(listed(&mut shop.own(), &original).await, ["10kg", "20kg"]);
    shop.publish(&made.product_id).await;
    assert_eq!(listed(&mut shop.anyone(), &made).await, ["10kg", "20kg"]);
}

#[tokio::test]
async fn variants_of_one_product_differ() {
    let shop = Shop::open().await;
    let mut request = shop.potatoes();
    request.variant = variant("10kg");
    let original = shop.create(request).await;
    let taken = shop.own().create_variant(larger(&original, "10kg")).await;
    assert_refused(taken, Code::AlreadyExists, "VARIANT_TAKEN");
    let made = shop
        .own()
        .create_variant(larger(&original, "20kg"))
        .await
        .unwrap();
    let made = made.into_inner().product.unwrap();
    let mut update = UpdateProductRequest::from(made.clone());
    update.variant = variant("10kg");
    assert_refused(
        shop.own().update_product(update).await,
        Code::AlreadyExists,
        "VARIANT_TAKEN",
    );
    let mut same_sku = larger(&original, "5kg");
    same_sku.sku = original.sku.clone();
    assert_refused(
        shop.own().create_variant(same_sku).await,
        Code::AlreadyExists,
        "SKU_TAKEN",
    );
    let of_other = shop
        .client(&seller())
        .create_variant(larger(&original, "5kg"))
        .await;
    assert_refused(of_other, Code::NotFound, "PRODUCT_NOT_FOUND");
    // A product of its own is of a family of its own.
    let mut alone = shop.potatoes();
    alone.variant = variant("10kg");
    shop.create(alone).await;
}

#[tokio::test]
async fn a_repeated_request_finds_the_variant_it_made() {
    let shop = Shop::open().await;
    let original = shop.create(shop.potatoes()).await;
    let mut request = larger(&original, "20kg");
    request.request_id = Uuid::now_v7().to_string();
    let one = shop
        .own()
        .create_variant(request.clone())
        .await
        .unwrap()
        .into_inner();
    let two = shop.own().create_variant(request).await.unwrap().into_inner();
    assert_eq!(one, two);
}

#[tokio::test]
async fn barcodes_carry_their_check_digit() {
    let shop = Shop::open().await;
    let mut request = shop.potatoes();
    request.gtin = "8801234567890".into();
    assert_refused(
        shop.own().create_product(request.clone()).await,
        Code::InvalidArgument,
        "INVALID_FIELDS",
    );
    request.gtin = "8801234567893".into();
    request.image_ids = vec![Uuid::now_v7().to_string(), Uuid::now_v7().to_string()];
    let images = request.image_ids.clone();
    let product = shop.create(request).await;
    let product = shop.publish(&product.product_id).await;
    assert_eq!(product.image_ids, images, "in their order");
    let mut update = UpdateProductRequest::from(product.clone());
    update.image_ids.reverse();
    shop.own().update_product(update.clone()).await.unwrap();
    let told = shop.harness.published::<ProductUpdated>().await;
    assert_eq!(told[0].product.as_ref().unwrap().image_ids, update.image_ids);
}
