use std::time::Duration;

use uuid::Uuid;
use xlcfi_contracts::image::v1::{GetRenditionRequest, ImagePurpose};
use xlcfi_errors::Code;
use xlcfi_testkit::{assert_refused, bucket_at, s3, user};

use crate::pictures::{jpeg, photo};
use crate::world::{Folder, World, signed};

#[tokio::test]
async fn everybody_sees_what_is_no_document_by_its_content() {
    let world = World::start().await;
    let image = world.photo(&user(), 30).await;
    for made in &image.renditions {
        let expected = format!("/api/v1/images/{}/public/{}", image.content_hash, made.name);
        assert_eq!(made.url, expected);
        let shown = world.rendition(&image.content_hash, &made.name).await.unwrap();
        assert_eq!(shown.content_type, made.content_type);
        assert_eq!(shown.data.len() as i64, made.byte_count);
        let decoded = image::load_from_memory(&shown.data).unwrap();
        assert_eq!(
            (decoded.width() as i32, decoded.height() as i32),
            (made.width, made.height)
        );
    }
    assert_eq!(image.url_expire_time, None);
    let unknown = world.rendition(&"0".repeat(64), "card.webp").await;
    assert_refused(unknown, Code::NotFound, "IMAGE_NOT_FOUND");
    for (content_hash, name) in [("0".repeat(64), "card.gif"), ("x".into(), "card.webp")] {
        let request = GetRenditionRequest {
            content_hash,
            name: name.into(),
        };
        let refused = world.anonymous().get_rendition(request).await;
        assert_refused(refused, Code::InvalidArgument, "INVALID_FIELDS");
    }
}

#[tokio::test]
async fn a_document_is_seen_by_a_signed_url_only_and_for_an_hour() {
    let (world, seller) = (World::start().await, user());
    let file = jpeg(&photo(31, 300, 400));
    let uploaded = world
        .upload(&seller, ImagePurpose::Document, &file)
        .await
        .unwrap();
    let image = uploaded.image.unwrap();
    let url = &image.renditions[2].url;
    let until = image.url_expire_time.unwrap().seconds;
    assert_eq!(until, world.harness.now().unix_timestamp() + 3_600);
    let shown = world.follow(url).await.unwrap();
    assert_eq!(shown.data.len() as i64, image.renditions[2].byte_count);
    assert_eq!(shown.content_type, "image/webp");

    let hidden = world.rendition(&image.content_hash, "card.webp").await;
    assert_refused(hidden, Code::NotFound, "IMAGE_NOT_FOUND");

    let right = signed(url);
    let mut forged = Vec::new();
    for change in 0..5 {
        let mut request = right.clone();
        match change {
            0 => request.image_id = Uuid::now_v7().to_string(),
            1 => request.name = "full.webp".into(),
            2 => request.expires += 1,
            3 => request.signature = "AAAA".into(),
            _ => request.signature = "not base64!".into(),
        }
        forged.push(request);
    }
    for request in forged {
        let refused = world.anonymous().get_signed_rendition(request).await;
        assert_refused(refused, Code::PermissionDenied, "SIGNATURE_INVALID");
    }
    world.harness.advance(Duration::from_secs(3_601));
    assert_refused(
        world.follow(url).await,
        Code::PermissionDenied,
        "SIGNATURE_EXPIRED",
    );
    let again = world.get(&seller, &image.image_id).await.unwrap();
    assert!(world.follow(&again.renditions[2].url).await.is_ok());

    let request = xlcfi_contracts::image::v1::DeleteImageRequest {
        image_id: image.image_id,
    };
    world.client(&seller).delete_image(request).await.unwrap();
    let gone = world.follow(&again.renditions[2].url).await;
    assert_refused(gone, Code::NotFound, "IMAGE_NOT_FOUND");
}

#[tokio::test]
async fn a_file_that_is_a_document_for_one_and_a_photograph_for_another_is_seen_as_the_latter() {
    let world = World::start().await;
    let file = jpeg(&photo(32, 300, 400));
    let secret = world
        .upload(&user(), ImagePurpose::Document, &file)
        .await
        .unwrap();
    let hash = secret.image.unwrap().content_hash;
    assert!(world.rendition(&hash, "card.webp").await.is_err());
    world.upload(&user(), ImagePurpose::Product, &file).await.unwrap();
    assert!(world.rendition(&hash, "card.webp").await.is_ok());
}

#[tokio::test]
async fn urls_begin_with_the_address_of_the_cdn() {
    let world = World::with(&[("public_url", "https://img.xlcfi.com/")]).await;
    let image = world.photo(&user(), 33).await;
    let expected = format!(
        "https://img.xlcfi.com/api/v1/images/{}/public/thumb.webp",
        image.content_hash
    );
    assert_eq!(image.renditions[0].url, expected);
}

#[tokio::test]
async fn renditions_lie_in_an_s3_bucket_as_well_as_in_a_folder() {
    let folder = Folder::new();
    let store = s3(&folder.store()).await;
    let (world, buyer) = (World::with(&[("store_url", &store)]).await, user());
    let image = world.photo(&buyer, 34).await;
    for made in &image.renditions {
        let shown = world.rendition(&image.content_hash, &made.name).await.unwrap();
        assert_eq!(shown.data.len() as i64, made.byte_count);
    }
    let renditions = folder.store().join("bucket/kept/renditions");
    let place = renditions.read_dir().unwrap().next().unwrap().unwrap().path();
    assert_eq!(place.read_dir().unwrap().count(), 6);

    let request = xlcfi_contracts::image::v1::DeleteImageRequest {
        image_id: image.image_id,
    };
    world.client(&buyer).delete_image(request).await.unwrap();
    world.days(1);
    xlcfi_testkit::eventually(async || {
        let left = place.read_dir().map_or(0, Iterator::count);
        world.harness.advance(Duration::from_secs(660));
        (left == 0).then_some(())
    })
    .await;
}

#[tokio::test]
async fn while_the_store_is_away_nothing_is_kept_and_the_answer_says_so() {
    let store = bucket_at("http://127.0.0.1:9");
    let world = World::with(&[("store_url", &store)]).await;
    let file = jpeg(&photo(35, 300, 300));
    let refused = world.upload(&user(), ImagePurpose::Product, &file).await;
    assert_refused(refused, Code::Unavailable, "IMAGE_STORE_UNAVAILABLE");
    let kept: i64 = sqlx::query_scalar("select count(*) from content")
        .fetch_one(world.harness.pool())
        .await
        .unwrap();
    assert_eq!(kept, 0);
}
