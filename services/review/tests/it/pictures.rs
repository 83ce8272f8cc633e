use std::sync::{Arc, Mutex};

use uuid::Uuid;
use xlcfi_contracts::image::v1::image_service_server::ImageServiceServer;
use xlcfi_contracts::image::v1::{ClaimImagesRequest, ClaimImagesResponse, ImagePurpose, ImageState};
use xlcfi_contracts::review::v1::{CreateReviewRequest, UpdateReviewRequest, WithdrawReviewRequest};
use xlcfi_errors::Code;
use xlcfi_testkit::{Fake, assert_refused, eventually, user};

use crate::world::{World, rating, saying};

#[tokio::test]
async fn only_pictures_the_author_made_for_reviews_are_shown() {
    let world = World::start().await;
    let buyer = world.buyer().await;
    let line = world.deliver(&buyer, Uuid::now_v7()).await;
    let with = |image_ids: Vec<String>| CreateReviewRequest {
        image_ids,
        ..saying(line, 5)
    };
    let own = world.picture(&buyer);
    for wrong in [
        Uuid::now_v7().to_string(),
        world.picture(&user()),
        world.picture_with(&buyer, ImagePurpose::Document, ImageState::Ready),
        world.picture_with(&buyer, ImagePurpose::Review, ImageState::Blocked),
    ] {
        let refused = world.create(&buyer, with(vec![own.clone(), wrong])).await;
        assert_refused(refused, Code::FailedPrecondition, "IMAGE_NOT_USABLE");
    }
    let known = world.pictures.lock().unwrap().take();
    let refused = world.create(&buyer, with(vec![own.clone()])).await;
    assert_refused(refused, Code::Unavailable, "IMAGE_UNAVAILABLE");
    // Without pictures nobody needs to be asked.
    let other = world.deliver(&buyer, Uuid::now_v7()).await;
    let plain = world.create(&buyer, saying(other, 5)).await.unwrap();
    let request = UpdateReviewRequest {
        image_ids: vec![own.clone()],
        ..rating(&plain, 5)
    };
    let refused = world.reviews(&buyer).update_review(request).await;
    assert_refused(refused, Code::Unavailable, "IMAGE_UNAVAILABLE");
    *world.pictures.lock().unwrap() = known;
    let review = world.create(&buyer, with(vec![own.clone()])).await.unwrap();
    assert_eq!(review.image_ids, [own]);
}

#[tokio::test]
async fn image_is_told_what_reviews_show_and_when_they_do_not_any_more() {
    let world = World::start().await;
    let buyer = world.buyer().await;
    let line = world.deliver(&buyer, Uuid::now_v7()).await;
    let (one, other) = (world.picture(&buyer), world.picture(&buyer));
    let request = CreateReviewRequest {
        image_ids: vec![one.clone(), other.clone()],
        ..saying(line, 5)
    };
    let review = world.create(&buyer, request).await.unwrap();
    // Image did not answer claims so far; now it does.
    let told = Arc::new(Mutex::new(Vec::new()));
    let hears = told.clone();
    let image = Fake::answering::<ImageServiceServer<()>, _, _, _>(
        "ClaimImages",
        move |claim: ClaimImagesRequest| {
            hears.lock().unwrap().push(claim);
            async { Ok(ClaimImagesResponse {}) }
        },
    )
    .await;
    let url = image.url().to_owned();
    let adjust = |settings: &mut xlcfi_service::Settings| {
        settings.peers.insert("image".into(), url);
    };
    let _second = world.harness.another(adjust, xlcfi_review::start).await;
    let last = async |images: &[String]| {
        let claim = ClaimImagesRequest {
            owner_id: buyer.id.to_string(),
            subject_id: review.review_id.clone(),
            image_ids: images.to_vec(),
        };
        eventually(async || (told.lock().unwrap().last() == Some(&claim)).then_some(())).await;
    };
    last(&[one.clone(), other.clone()]).await;
    let request = UpdateReviewRequest {
        image_ids: vec![other.clone()],
        ..rating(&review, 5)
    };
    world.reviews(&buyer).update_review(request).await.unwrap();
    last(&[other]).await;
    let request = WithdrawReviewRequest {
        review_id: review.review_id.clone(),
    };
    world.reviews(&buyer).withdraw_review(request).await.unwrap();
    last(&[]).await;
    eventually(async || {
        let left: i64 = sqlx::query_scalar("select count(*) from image_claim")
            .fetch_one(world.harness.pool())
            .await
            .unwrap();
        (left == 0).then_some(())
    })
    .await;
}
