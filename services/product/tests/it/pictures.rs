use tonic::{Code, Status};
use uuid::Uuid;
use xlcfi_contracts::image::v1::{Image, ImagePurpose, ImageState};
use xlcfi_contracts::product::v1::{CreateProductRequest, ImportState, Product, UpdateProductRequest};
use xlcfi_errors::metadata_of;
use xlcfi_testkit::{assert_refused, eventually, seller};

use crate::fixture::Shop;
use crate::import_desk::{Desk, csv};

fn pictures(count: usize) -> Vec<String> {
    (0..count).map(|_| Uuid::now_v7().to_string()).collect()
}

fn with_pictures(shop: &Shop, image_ids: &[String]) -> CreateProductRequest {
    CreateProductRequest {
        image_ids: image_ids.to_vec(),
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

fn said(image_id: &str, purpose: ImagePurpose, state: ImageState) -> Image {
    Image {
        image_id: image_id.into(),
        purpose: purpose.into(),
        state: state.into(),
        ..Image::default()
    }
}

#[tokio::test]
async fn a_picture_that_is_not_the_sellers_or_not_for_products_or_blocked_is_refused_by_name() {
    let shop = Shop::open().await;
    let ids = pictures(4);
    {
        let mut album = shop.pictures.lock().unwrap();
        album.left_out = vec![ids[1].clone()];
        album.said = vec![
            said(&ids[2], ImagePurpose::Review, ImageState::Ready),
            said(&ids[3], ImagePurpose::Product, ImageState::Blocked),
        ];
    }
    let product = create(&shop, with_pictures(&shop, &ids[..1])).await.unwrap();
    for bad in &ids[1..] {
        let both = [ids[0].clone(), bad.clone()];
        let refused = create(&shop, with_pictures(&shop, &both)).await;
        let status = assert_refused(refused, Code::FailedPrecondition, "IMAGE_NOT_USABLE");
        assert_eq!(metadata_of(&status, "image_id").as_ref(), Some(bad));
        let mut change = UpdateProductRequest::from(product.clone());
        change.image_ids = both.to_vec();
        let refused = update(&shop, change).await;
        let status = assert_refused(refused, Code::FailedPrecondition, "IMAGE_NOT_USABLE");
        assert_eq!(metadata_of(&status, "image_id").as_ref(), Some(bad));
    }
    let listed: i64 = sqlx::query_scalar("select count(*) from product")
        .fetch_one(shop.harness.pool())
        .await
        .unwrap();
    assert_eq!(listed, 1);
}

#[tokio::test]
async fn only_pictures_that_are_new_to_a_product_are_asked_about() {
    let shop = Shop::open().await;
    let ids = pictures(3);
    create(&shop, shop.potatoes()).await.unwrap();
    let asked_for = with_pictures(&shop, &ids[..2]);
    let product = create(&shop, asked_for.clone()).await.unwrap();
    let mut change = UpdateProductRequest::from(product);
    change.image_ids.reverse();
    let product = update(&shop, change).await.unwrap();
    let mut change = UpdateProductRequest::from(product);
    change.image_ids.push(ids[2].clone());
    let product = update(&shop, change).await.unwrap();
    // Somebody else's product is none, whatever pictures it should get.
    let mut theirs = UpdateProductRequest::from(product.clone());
    theirs.image_ids = pictures(1);
    let refused = shop.client(&seller()).update_product(theirs).await;
    assert_refused(refused, Code::NotFound, "PRODUCT_NOT_FOUND");
    let asked = shop.pictures.lock().unwrap().asked.clone();
    assert_eq!(asked, [ids[..2].to_vec(), ids[2..].to_vec()]);
}

#[tokio::test]
async fn while_image_is_away_no_picture_is_added_and_all_else_goes_on() {
    let shop = Shop::open().await;
    let ids = pictures(2);
    let asked_for = with_pictures(&shop, &ids[..1]);
    let product = create(&shop, asked_for.clone()).await.unwrap();
    shop.pictures.lock().unwrap().away = true;
    let refused = create(&shop, with_pictures(&shop, &ids[1..])).await;
    assert_refused(refused, Code::Unavailable, "IMAGE_UNAVAILABLE");
    let mut change = UpdateProductRequest::from(product.clone());
    change.image_ids.push(ids[1].clone());
    let refused = update(&shop, change).await;
    assert_refused(refused, Code::Unavailable, "IMAGE_UNAVAILABLE");

    let again = create(&shop, asked_for).await.unwrap();
    assert_eq!(again.product_id, product.product_id, "it was made before");
    create(&shop, shop.potatoes()).await.unwrap();
    let mut change = UpdateProductRequest::from(product);
    change.name = "고구마".into();
    assert_eq!(update(&shop, change).await.unwrap().name, "고구마");
}

#[tokio::test]
async fn a_file_takes_no_picture_in_that_a_call_would_not() {
    let shop = Shop::open().await;
    let ids = pictures(2);
    shop.pictures.lock().unwrap().left_out = vec![ids[1].clone()];
    let desk = Desk::of(&shop);
    let (one, both) = (format!("{};", ids[0]), format!("{};{}", ids[0], ids[1]));
    let file = csv(&[
        &[("sku", "fine"), ("images", &one)],
        &[("sku", "bad"), ("images", &both)],
        &[("sku", "bare")],
    ]);
    let import = desk.import(file.clone()).await;
    assert_eq!((import.created, import.failed), (2, 1));
    let problems = desk.problems(&import).await;
    assert_eq!(problems.len(), 1);
    assert_eq!((&*problems[0].sku, &*problems[0].column), ("bad", "images"));
    assert!(problems[0].message.contains(&ids[1]));
    assert_eq!(desk.skus().await, ["bare", "fine"]);
    // What a product shows already stays, also when it is blocked meanwhile.
    shop.pictures.lock().unwrap().left_out.clone_from(&ids);
    let again = desk.import(file).await;
    assert_eq!((again.unchanged, again.failed), (2, 1));
}

#[tokio::test]
async fn a_file_with_pictures_waits_for_image_and_others_do_not_wait_for_it() {
    let shop = Shop::open().await;
    let (desk, other) = (Desk::of(&shop), Desk::by(&shop, &seller()));
    shop.pictures.lock().unwrap().away = true;
    let one = format!("{};", pictures(1)[0]);
    let file = csv(&[&[("sku", "fine"), ("images", &one)]]);
    let waiting = desk.start(file, false).await.unwrap();
    let bare = other.import(csv(&[&[("sku", "bare")]])).await;
    assert_eq!(bare.created, 1);
    assert_ne!(desk.find(&waiting).await.state(), ImportState::Done);
    shop.pictures.lock().unwrap().away = false;
    let done = eventually(async || {
        let import = desk.find(&waiting).await;
        (import.state() == ImportState::Done).then_some(import)
    })
    .await;
    assert_eq!((done.created, done.failed), (1, 0));
}
