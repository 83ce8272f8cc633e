use uuid::Uuid;
use xlcfi_contracts::image::v1::{BlockImageRequest, ImageBlocked, ImagePurpose, ImageState};
use xlcfi_errors::Code;
use xlcfi_testkit::{admin, assert_refused, user};

use crate::pictures::{jpeg, photo};
use crate::world::{World, catalogue};

#[tokio::test]
async fn a_blocked_image_and_its_like_are_shown_no_more_and_not_taken_in_again() {
    let world = World::start().await;
    let (owner, other) = (user(), user());
    let (one, theirs) = (world.photo(&owner, 90).await, world.photo(&other, 90).await);
    let file = jpeg(&photo(91, 300, 300));
    let paper = world
        .upload(&owner, ImagePurpose::Document, &file)
        .await
        .unwrap()
        .image
        .unwrap();
    let block = |image_id: &str| BlockImageRequest {
        image_id: image_id.into(),
        reason: "taken from another shop".into(),
    };
    for moderator in [catalogue(), admin()] {
        let blocked = world
            .client(&moderator)
            .block_image(block(&one.image_id))
            .await
            .unwrap();
        let blocked = blocked.into_inner().image.unwrap();
        assert_eq!(blocked.state(), ImageState::Blocked);
        assert!(blocked.renditions.is_empty());
    }
    let mut told: Vec<_> = world
        .harness
        .published::<ImageBlocked>()
        .await
        .into_iter()
        .map(|event| (event.image_id, event.owner_id, event.reason))
        .collect();
    told.sort();
    let reason = || "taken from another shop".to_owned();
    let mut expected = [
        (one.image_id.clone(), one.owner_id, reason()),
        (theirs.image_id.clone(), theirs.owner_id, reason()),
    ];
    expected.sort();
    assert_eq!(told, expected);

    let hidden = world.rendition(&one.content_hash, "card.webp").await;
    assert_refused(hidden, Code::NotFound, "IMAGE_NOT_FOUND");
    let resolved = world.resolve(&other, &[&theirs.image_id]).await;
    assert_eq!(resolved[0].state(), ImageState::Blocked);
    let again = jpeg(&photo(90, 400, 300));
    let refused = world.upload(&user(), ImagePurpose::Product, &again).await;
    assert_refused(refused, Code::FailedPrecondition, "IMAGE_WAS_BLOCKED");

    world
        .client(&admin())
        .block_image(block(&paper.image_id))
        .await
        .unwrap();
    let hidden = world.follow(&paper.renditions[0].url).await;
    assert_refused(hidden, Code::NotFound, "IMAGE_NOT_FOUND");
    world.files(0).await;
}

#[tokio::test]
async fn only_who_looks_after_the_catalogue_blocks() {
    let world = World::start().await;
    let owner = user();
    let image = world.photo(&owner, 92).await;
    let block = |image_id: &str, reason: &str| BlockImageRequest {
        image_id: image_id.into(),
        reason: reason.into(),
    };
    let refused = world
        .client(&owner)
        .block_image(block(&image.image_id, "why"))
        .await;
    assert_refused(refused, Code::PermissionDenied, "ROLE_MISSING");
    let client = || world.client(&admin()).clone();
    let refused = client()
        .block_image(block(&Uuid::now_v7().to_string(), "why"))
        .await;
    assert_refused(refused, Code::NotFound, "IMAGE_NOT_FOUND");
    let refused = client().block_image(block(&image.image_id, "")).await;
    assert_refused(refused, Code::InvalidArgument, "INVALID_FIELDS");
}
